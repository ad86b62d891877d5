# SPDX-License-Identifier: Apache-2.0
"""/uploads, /voice, /avatar, /video without a worker."""
import hashlib
import json
import os
import unittest

import harness
from api_harness import ApiCase, exported, form, write_profile

PNG = harness.png(8, 8, lambda x, y: (x, y, 0))
RIGHTS = "A picture of myself, taken by me."


class Uploads(ApiCase):
    def test_content_decides(self):
        rows = (
            (PNG, "image", "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image", "image/jpeg"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image", "image/webp"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "audio", "audio/wav"),
            (b"fLaC\0\0\0\x22", "audio", "audio/flac"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "video", "video/mp4"),
        )
        for data, kind, media_type in rows:
            with self.subTest(media_type):
                # The name and the claimed type lie.
                form_kind, body = form(("file", ("../../etc/passwd.exe", data)))
                for answer in (self.server.post("/uploads", data, kind="text/html"),
                               self.server.post("/uploads", body, kind=form_kind)):
                    upload = self.expect(201, answer).json
                    self.assertEqual((upload["kind"], upload["media_type"]), (kind, media_type))
                    self.assertEqual(upload["size_bytes"], len(data))
                    self.assertEqual(upload["sha256"], hashlib.sha256(data).hexdigest())
                    self.assertEqual(answer.headers["Location"], "/uploads/" + upload["id"])

    def test_refuses(self):
        self.refused(415, "unsupported_media_type", self.server.post("/uploads", b"#!/bin/sh\n"))
        self.refused(422, "validation_error", self.server.post("/uploads", b"", kind="image/png"))
        kind, body = form(("picture", ("a.png", PNG)))
        self.refused(422, "validation_error", self.server.post("/uploads", body, kind=kind),
                     ("body", "picture"), "extra_forbidden")
        kind, body = form(("file", ("a.png", PNG)), ("file", ("b.png", PNG)))
        self.refused(422, "validation_error", self.server.post("/uploads", body, kind=kind),
                     ("body", "file"), "multiple_values")

    def test_life(self):
        upload = self.expect(201, self.server.post("/uploads", PNG)).json
        path = "/uploads/" + upload["id"]
        data = os.path.join(self.server.storage, "uploads", upload["id"], "data")
        with open(data, "rb") as file:
            self.assertEqual(file.read(), PNG)
        self.assertEqual(os.stat(data).st_mode & 0o777, 0o600)
        self.assertEqual(self.expect(200, self.server.get(path)).json, upload)
        self.expect(204, self.server.delete(path))
        self.assertFalse(os.path.exists(os.path.dirname(data)))
        self.expect(404, self.server.delete(path))
        self.expect(404, self.server.get(path))
        self.expect(404, self.server.get("/uploads/up-zz"))

    def test_polyglots_are_what_they_begin_as(self):
        page = b"<html><script>alert(1)</script></html>PK\x05\x06" + bytes(18)
        upload = self.expect(201, self.server.post("/uploads", PNG + page, kind="text/html")).json
        self.assertEqual((upload["kind"], upload["media_type"]), ("image", "image/png"))
        self.expect(415, self.server.post("/uploads", page + PNG, kind="image/png"))

    def test_nothing_is_left_of_what_was_refused(self):
        folder = os.path.join(self.server.storage, "uploads")
        before = sorted(os.listdir(folder)) if os.path.exists(folder) else []
        self.expect(415, self.server.post("/uploads", b"x" * 100000))
        self.assertEqual(sorted(os.listdir(folder)) if os.path.exists(folder) else [], before)


class Voices(ApiCase):
    def test_list(self):
        voices = self.expect(200, self.server.get("/voice/profiles")).json
        self.assertEqual(voices["default"], "af_heart")
        by_id = {voice["id"]: voice for voice in voices["profiles"]}
        listed = self.server.command("voice", "list")["voices"]
        self.assertEqual(set(by_id), {voice["id"] for voice in listed})
        self.assertTrue(all(voice["read_only"] for voice in by_id.values()))
        some = self.server.get("/voice/profiles?language=en-gb&gender=male").json["profiles"]
        self.assertEqual({(v["language"], v["gender"]) for v in some}, {("en-gb", "male")})
        self.refused(422, "validation_error", self.server.get("/voice/profiles?gender=robot"),
                     ("query", "gender"))

    def test_pages(self):
        for letter in "cab":
            write_profile(self.server.storage, "vp-pages00" + letter, "")
        whole = self.server.get("/voice/profiles?limit=1000").json
        self.assertIsNone(whole["next_cursor"])
        names = [voice["id"] for voice in whole["profiles"]]
        self.assertEqual(names[-3:], ["vp-pages00a", "vp-pages00b", "vp-pages00c"])
        female = [voice["id"] for voice in whole["profiles"]
                  if (voice["language"], voice["gender"]) == ("en-us", "female")]
        for limit, query, want in ((7, "", names), (2, "&kind=cloned", names[-3:]),
                                   (1, "&language=en-us&gender=female", female)):
            seen, cursor = [], ""
            while cursor is not None:
                page = self.expect(200, self.server.get("/voice/profiles?limit=%d%s%s" % (
                    limit, query, cursor))).json
                self.assertLessEqual(len(page["profiles"]), limit)
                seen += [voice["id"] for voice in page["profiles"]]
                cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
            self.assertEqual(seen, want, query)
        # A voice that is gone does not stop whoever turns the pages.
        page = self.server.get("/voice/profiles?limit=1&kind=cloned").json
        self.expect(204, self.server.delete("/voice/profiles/vp-pages00a"))
        after = self.server.get("/voice/profiles?limit=5&kind=cloned&cursor=" + page["next_cursor"]).json
        self.assertEqual([voice["id"] for voice in after["profiles"]], ["vp-pages00b", "vp-pages00c"])
        for letter in "bc":
            self.expect(204, self.server.delete("/voice/profiles/vp-pages00" + letter))
        self.refused(422, "validation_error", self.server.get("/voice/profiles?cursor=x"),
                     ("query", "cursor"))

    def test_own(self):
        write_profile(self.server.storage, "vp-own00000", "")
        path = "/voice/profiles/vp-own00000"
        voice = self.expect(200, self.server.get(path)).json
        self.assertEqual((voice["name"], voice["kind"], voice["read_only"], voice["consent"]),
                         ("Ada", "cloned", False, "I agree."))
        self.refused(422, "validation_error", self.server.request("PATCH", path, {"name": "a\nb"}),
                     ("body", "name"))
        self.refused(422, "validation_error", self.server.request("PATCH", path, {}), ("body", "name"))
        voice = self.expect(200, self.server.request("PATCH", path, {"name": "Äda"})).json
        self.assertEqual(voice["name"], "Äda")
        self.assertEqual(self.server.get(path).json, voice)
        self.expect(204, self.server.delete(path))
        self.expect(404, self.server.get(path))
        self.expect(404, self.server.delete(path))
        with open(os.path.join(self.server.storage, "voices", "audit.log"), encoding="utf-8") as file:
            actions = [line["action"] for line in map(json.loads, file) if line["id"] == "vp-own00000"]
        self.assertEqual(actions, ["rename", "delete"])

    def test_one(self):
        voice = self.expect(200, self.server.get("/voice/profiles/bf_emma")).json
        self.assertEqual((voice["name"], voice["language"]), ("Emma", "en-gb"))
        self.expect(404, self.server.get("/voice/profiles/xx_nobody"))
        self.expect(404, self.server.get("/voice/profiles/vp-01234567"))

    def test_stock_voices_are_read_only(self):
        self.refused(403, "read_only", self.server.delete("/voice/profiles/af_heart"))
        self.refused(403, "read_only", self.server.request("PATCH", "/voice/profiles/af_heart",
                                                           {"name": "Mine"}))
        self.expect(404, self.server.delete("/voice/profiles/vp-01234567"))
        self.expect(404, self.server.request("PATCH", "/voice/profiles/vp-01234567", {"name": "x"}))

    def test_languages(self):
        languages = self.expect(200, self.server.get("/languages")).json["languages"]
        tags = ["en-us", "en-gb", "es", "fr", "hi", "it", "ja", "pt-br", "zh"]
        self.assertEqual([one["tag"] for one in languages], tags)
        listed = self.server.get("/voice/profiles").json["profiles"]
        for one in languages:
            own = [voice["id"] for voice in listed if voice["language"] == one["tag"]]
            self.assertEqual(len(own), one["voices"], one)
            self.assertIn(one["voice"], own)
        samples = {voice["language"]: voice["sample"]
                   for voice in self.server.command("voice", "list")["voices"]}
        self.assertEqual({one["tag"]: one["sample"] for one in languages}, samples)
        # The document has the same ones wherever a language is asked for; a text may be in others too, which
        # imported engines speak.
        text = self.server.get("/openapi.json").body.decode()
        ours = '"enum":' + json.dumps(tags, separators=(",", ":"))[:-1]
        self.assertEqual(text.count('"enum":["en-us",'), text.count(ours))
        spoken = json.loads(text)["components"]["schemas"]["VoiceSynthesizeRequest"]["properties"]["language"]
        self.assertEqual(spoken["enum"][:len(tags)], tags)
        self.assertIn("de", spoken["enum"])
        self.expect(202, self.server.post("/voice/synthesize", {"text": "Bonjour.", "language": "fr"}))
        self.refused(422, "validation_error", self.server.post(
            "/voice/synthesize", {"text": "Bonjour.", "language": "xx"}), ("body", "language"))

    def test_long_speech_is_a_job(self):
        job = self.expect(202, self.server.post("/voice/synthesize", {"text": "word " * 200})).json
        self.assertEqual(job["type"], "voice_synthesis")
        # Short too, where nobody could do it now.
        self.expect(202, self.server.post("/voice/synthesize", {"text": "Hi."}))
        self.refused(422, "validation_error", self.server.post("/voice/synthesize", {"text": "x",
                                                                                     "speed": 9}),
                     ("body", "speed"))


class Avatars(ApiCase):
    def create(self, *parts, status=201):
        kind, body = form(*parts)
        return self.expect(status, self.server.post("/avatar/profiles", body, kind=kind))

    def test_life(self):
        answer = self.create(("image", ("me.png", PNG)), ("name", "Ada"), ("rights", RIGHTS))
        avatar = answer.json
        path = "/avatar/profiles/" + avatar["id"]
        self.assertEqual(answer.headers["Location"], path)
        self.assertEqual((avatar["name"], avatar["rights"], avatar["media_type"]),
                         ("Ada", RIGHTS, "image/png"))
        with open(os.path.join(self.server.storage, "avatars", avatar["id"], "picture"), "rb") as file:
            self.assertEqual(file.read(), PNG)
        self.assertEqual(self.server.get("/jobs/" + avatar["check_job"]).json["type"], "face_detect")
        self.assertIn(avatar["id"],
                      [a["id"] for a in self.server.get("/avatar/profiles").json["profiles"]])
        answer = self.refused(409, "not_ready", self.server.get(path + "/thumbnail"))
        changed = self.expect(200, self.server.request(
            "PATCH", path, {"name": "Ada L.", "description": "portrait"})).json
        self.assertEqual((changed["name"], changed["description"]), ("Ada L.", "portrait"))
        self.assertEqual(self.server.get(path).json["name"], "Ada L.")
        self.refused(422, "validation_error", self.server.request("PATCH", path, {"id": "ap-0"}),
                     ("body", "id"))
        self.refused(422, "validation_error", self.server.request("PATCH", path, {}), ("body",))
        self.expect(202, self.server.post("/jobs", {"text": "x", "avatar": avatar["id"]}))
        self.expect(204, self.server.delete(path))
        for gone in (path, path + "/thumbnail"):
            self.expect(404, self.server.get(gone))
        self.expect(404, self.server.delete(path))
        self.assertFalse(os.path.exists(os.path.join(self.server.storage, "avatars", avatar["id"])))

    def test_travel(self):
        """What was exported is imported as it was, under another id; a damaged file is not."""
        avatar = self.create(("image", ("me.png", PNG)), ("name", "Ada"), ("rights", RIGHTS)).json
        answer = self.expect(200, self.server.get("/avatar/profiles/%s/export" % avatar["id"]))
        self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
        self.assertIn(avatar["id"] + ".avtface", answer.headers["Content-Disposition"])
        self.assertTrue(answer.body.endswith(PNG))
        again = self.server.request("GET", "/avatar/profiles/%s/export" % avatar["id"],
                                    headers={"If-None-Match": answer.headers["ETag"]})
        self.expect(304, again)

        def send(data):
            kind, body = form(("profile", ("ada.avtface", data)))
            return self.server.post("/avatar/import", body, kind=kind)
        made = self.expect(201, send(answer.body))
        self.assertEqual(made.headers["Location"], "/avatar/profiles/" + made.json["id"])
        for key in ("name", "rights", "media_type", "size_bytes", "sha256"):
            self.assertEqual(made.json[key], avatar[key], key)
        self.assertNotEqual(made.json["id"], avatar["id"])
        self.assertEqual(self.server.get("/jobs/" + made.json["check_job"]).json["type"], "face_detect")
        for data in (answer.body[:-1], answer.body + b"x", answer.body[:30], PNG, exported(b"fLaC\0\0\0\x22")):
            self.refused(415, "unsupported_media_type", send(data))
        for data in (exported(PNG, rights="short"), exported(PNG, name=" ")):
            self.refused(422, "validation_error", send(data), ("body", "profile"))
        kind, body = form(("profile", "no file"))
        self.refused(422, "validation_error", self.server.post("/avatar/import", body, kind=kind), ("body", "profile"))
        self.expect(404, self.server.get("/avatar/profiles/ap-00000000/export"))
        self.assertEqual(os.listdir(os.path.join(self.server.storage, "tmp")), [])

    def test_of_an_upload(self):
        upload = self.expect(201, self.server.post("/uploads", PNG)).json["id"]
        avatar = self.create(("upload_id", upload), ("name", "Ada"), ("rights", RIGHTS)).json
        # The profile does not need the upload any more.
        self.expect(204, self.server.delete("/uploads/" + upload))
        picture = os.path.join(self.server.storage, "avatars", avatar["id"], "picture")
        self.assertTrue(os.path.exists(picture))

    def test_pages(self):
        def listed(query):
            return self.expect(200, self.server.get("/avatar/profiles?" + query)).json
        for name in ("A", "B", "C", "D", "E"):
            self.create(("image", ("me.png", PNG)), ("name", name), ("rights", RIGHTS))
        whole = listed("limit=1000")
        self.assertIsNone(whole["next_cursor"])
        names = [one["id"] for one in whole["profiles"]]
        self.assertEqual([one["name"] for one in whole["profiles"]][:5], ["E", "D", "C", "B", "A"])
        for limit in (1, 2, len(names)):
            seen, cursor = [], ""
            while cursor is not None:
                page = listed("limit=%d%s" % (limit, cursor))
                self.assertLessEqual(len(page["profiles"]), limit)
                seen += [one["id"] for one in page["profiles"]]
                cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
            self.assertEqual(seen, names, limit)
        # One that is gone, or new, does not stop whoever turns the pages.
        page = listed("limit=2")
        self.expect(204, self.server.delete("/avatar/profiles/" + names[1]))
        self.create(("image", ("me.png", PNG)), ("name", "F"), ("rights", RIGHTS))
        after = listed("limit=2&cursor=" + page["next_cursor"])
        self.assertEqual([one["id"] for one in after["profiles"]], names[2:4])
        for query, place in (("cursor=x", "cursor"), ("limit=0", "limit"), ("limit=1001", "limit")):
            self.refused(422, "validation_error", self.server.get("/avatar/profiles?" + query),
                         ("query", place))

    def test_refuses(self):
        image = ("image", ("me.png", PNG))
        for parts, loc in (((image, ("name", "Ada")), ("body", "rights")),
                           ((image, ("rights", RIGHTS)), ("body", "name")),
                           ((image, ("name", "Ada"), ("rights", "no")), ("body", "rights")),
                           ((("name", "Ada"), ("rights", RIGHTS)), ("body", "image")),
                           ((image, ("upload_id", "up-0123456789abcdef"), ("name", "Ada"),
                             ("rights", RIGHTS)), ("body", "image"))):
            with self.subTest(loc=loc):
                kind, body = form(*parts)
                self.refused(422, "validation_error",
                             self.server.post("/avatar/profiles", body, kind=kind), loc)
        self.create(("image", ("a.wav", b"RIFF\0\0\0\0WAVEfmt ")), ("name", "Ada"), ("rights", RIGHTS),
                    status=415)
        self.create(("upload_id", "up-0123456789abcdef"), ("name", "Ada"), ("rights", RIGHTS),
                    status=404)
        self.expect(415, self.server.post("/avatar/profiles", {"name": "Ada"}))

    def test_detect_is_a_job_where_nobody_could_do_it_now(self):
        kind, body = form(("image", ("me.png", PNG)), ("face", "1"), ("annotate", "true"))
        job = self.expect(202, self.server.post("/avatar/detect", body, kind=kind)).json
        self.assertEqual(job["type"], "face_detect")
        self.assertEqual((job["params"]["face"], job["params"]["annotate"]), (1, True))
        upload = job["params"]["image"]
        job = self.expect(202, self.server.post("/avatar/detect", {"image": upload})).json
        self.assertEqual(job["params"], {"image": upload})
        self.refused(404, "not_found", self.server.post("/avatar/detect",
                                                        {"image": "up-0123456789abcdef"}))
        kind, body = form(("image", ("me.png", PNG)), ("face", "many"))
        self.refused(422, "validation_error", self.server.post("/avatar/detect", body, kind=kind),
                     ("body", "face"), "int_parsing")
        self.expect(415, self.server.post("/avatar/detect", b"x", kind="text/plain"))

    def test_detect_is_once_per_key(self):
        kind, body = form(("image", ("me.png", PNG)))
        key = {"Idempotency-Key": "detect-once"}
        first = self.expect(202, self.server.post("/avatar/detect", body, kind=kind, headers=key))
        uploads = sorted(os.listdir(os.path.join(self.server.storage, "uploads")))
        again = self.expect(202, self.server.post("/avatar/detect", body, kind=kind, headers=key))
        self.assertEqual(first.json["id"], again.json["id"])
        self.assertEqual(sorted(os.listdir(os.path.join(self.server.storage, "uploads"))), uploads)


class Videos(ApiCase):
    def test_routes(self):
        film = self.expect(201, self.server.post("/uploads", b"\0\0\0\x18ftypisom\0\0\0\0")).json["id"]
        sound = self.expect(201, self.server.post("/uploads", b"fLaC\0\0\0\x22")).json["id"]
        job = self.expect(202, self.server.post("/video/encode", {
            "input": film, "config": {"format": "webm"}})).json
        self.assertEqual((job["type"], job["params"]["input"]), ("video_encode", film))
        job = self.expect(202, self.server.post("/video/lipsync", {"audio": sound, "text": "x"})).json
        self.assertEqual(job["type"], "lipsync")
        job = self.expect(202, self.server.get("/video/info?id=" + film)).json
        self.assertEqual(job["params"], {"input": film})
        self.expect(404, self.server.get("/video/info?id=up-0123456789abcdef"))
        self.refused(422, "validation_error", self.server.get("/video/info"), ("query", "id"), "missing")
        self.refused(422, "validation_error", self.server.get("/video/info?id=/etc/passwd"),
                     ("query", "id"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
