# SPDX-License-Identifier: Apache-2.0
"""Voices of one's own over HTTP, with a worker behind the server: cloned from speech of the program itself,
used, shared with nobody, deleted."""
import json
import os
import time
import unittest

import harness
from api_harness import ApiCase, Server, form, write_profile
from harness import avatar, probe, tool

TEXT = ("The lighthouse stood at the end of a long and narrow road. Every evening an old man walked up "
        "the stairs and lit the lamp.")
CONSENT = "I agree that my voice is cloned for this test."
SHORT = {"video_quality": "low", "size": "320x320"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Clone(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.clips = {}
        for voice in ("bm_george", "af_heart"):
            path = os.path.join(harness._shared, voice + ".flac")
            outcome = avatar("voice", "synthesize", TEXT, "--voice", voice, "-o", path)
            if outcome.status != 0:
                raise AssertionError(str(outcome))
            cls.clips[voice] = path
        cls.server = Server(*cls.OPTIONS, workers=1).start()
        cls.addClassCleanup(cls.server.close)
        cls.alice = cls.server.key("read,submit")
        cls.bob = cls.server.key("read,submit")
        cls.admin = cls.server.key("admin")
        # Without a key, keys are looked for once a second.
        while cls.server.get("/jobs").status != 401:
            time.sleep(0.1)
        deadline = time.monotonic() + 60
        while cls.server.get("/ready").json["workers"] < 1:
            if time.monotonic() > deadline:
                raise AssertionError("the worker did not come: " + cls.server.log())
            time.sleep(0.1)

    def clone(self, *parts, status=202, headers=None, **fields):
        fields = dict({"name": "George", "consent": CONSENT, "points": "2"}, **fields)
        kind, body = form(*parts, *fields.items())
        return self.expect(status, self.server.post("/voice/clone", body, kind=kind, key=self.alice,
                                                    headers=headers))

    def finished(self, answer):
        self.assertEqual(answer.headers["Location"], "/jobs/" + answer.json["id"])
        return self.server.wait(answer.json["id"], key=self.alice, seconds=300)

    def uploads(self):
        return sorted(os.listdir(os.path.join(self.server.storage, "uploads")))

    def uploads_become(self, wanted, message):
        """A worker removes recordings when the end of the job is written, so a moment after it can be seen."""
        until = time.monotonic() + 10
        while self.uploads() != wanted and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(self.uploads(), wanted, message)

    def upload(self, path):
        return self.expect(201, self.server.post("/uploads", read(path), key=self.alice)).json["id"]

    def say(self, voice, key, text="Good evening."):
        return self.server.post("/voice/synthesize", {"text": text, "voice_profile_id": voice},
                                key=key)

    def audit(self, profile):
        with open(os.path.join(self.server.storage, "voices", "audit.log"), encoding="utf-8") as file:
            return [(line["action"], line["owner"], line["actor"])
                    for line in map(json.loads, file) if line["id"] == profile]

    def test_life(self):
        before = self.uploads()
        answer = self.clone(("audio", ("me.flac", read(self.clips["bm_george"]))), consent_by="G. E.",
                            effort="fast")
        self.assertEqual(answer.json["type"], "voice_clone")
        done = self.finished(answer)
        self.assertEqual(done["status"], "completed", done)
        result = done["result"]
        profile = result["profile_id"]
        self.assertRegex(profile, r"^vp-[a-z0-9]{8}$")
        self.assertEqual(result["profile"]["id"], profile)
        self.assertGreater(result["profile"]["similarity"], 0.6)
        self.assertGreater(result["report"]["recordings"]["speech_s"], 3)
        self.assertGreaterEqual(result["report"]["points"], 2)
        self.uploads_become(before, "the recording is kept")
        self.expect(404, self.server.get("/uploads/" + done["params"]["audio"][0], key=self.alice))
        again = self.expect(200, self.server.get("/jobs/%s/result" % done["id"], key=self.alice)).json
        self.assertEqual(again, result)

        path = "/voice/profiles/" + profile
        voice = self.expect(200, self.server.get(path, key=self.alice)).json
        self.assertEqual((voice["name"], voice["kind"], voice["consent"], voice["consent_by"],
                          voice["reference_kept"]), ("George", "cloned", CONSENT, "G. E.", False))
        listed = self.server.get("/voice/profiles?limit=1000", key=self.alice).json["profiles"]
        self.assertEqual(listed[-1], voice)
        self.used_by_its_owner(profile)
        self.hidden_from_others(profile)

        renamed = self.server.request("PATCH", path, {"name": "Georg"}, key=self.alice)
        self.assertEqual(self.expect(200, renamed).json["name"], "Georg")
        self.expect(204, self.server.delete(path, key=self.alice))
        self.refused(404, "unknown_voice", self.say(profile, self.alice), ("body", "voice_profile_id"))
        self.assertFalse(os.path.exists(os.path.join(self.server.storage, "voices", profile)))
        owner = self.alice.split("_")[1]
        self.assertEqual(self.audit(profile), [(action, owner, owner)
                                               for action in ("create", "rename", "delete")])

    def used_by_its_owner(self, profile):
        said = self.expect(200, self.say(profile, self.alice))
        self.assertEqual(said.body[:4], b"RIFF")
        path = os.path.join(self.server.folder, "said.wav")
        with open(path, "wb") as file:
            file.write(said.body)
        self.assertIn("cloned", json.dumps(probe(path)["format"]["tags"]))
        self.expect(200, self.say(profile + "*0.6+af_heart*0.4", self.alice))
        self.expect(200, self.say("af_heart", self.alice, "One. [voice:%s]Two.[/voice]" % profile))
        film = self.server.post("/jobs", {"text": "Hello.", "voice_profile_id": profile,
                                          "config": SHORT}, key=self.alice)
        done = self.server.wait(self.expect(202, film).json["id"], key=self.alice)
        self.assertEqual(done["status"], "completed", done)

    def hidden_from_others(self, profile):
        path = "/voice/profiles/" + profile
        for method, body in (("GET", None), ("PATCH", {"name": "Eve"}), ("DELETE", None)):
            self.expect(404, self.server.request(method, path, body, key=self.bob))
        for voice in (profile, profile + "*0.5+af_heart"):
            self.refused(404, "unknown_voice", self.say(voice, self.bob))
        # What a text asks for the worker finds out.
        for text in ("One. [voice:%s]Two.[/voice]" % profile, "One. [voice:vp-]Two.[/voice]",
                     "One. [voice:%s]Two.[/voice]" % profile[:6]):
            answer = self.say("af_heart", self.bob, text)
            self.assertEqual(answer.status, 404, str(answer))
        self.expect(200, self.server.get(path, key=self.admin))
        self.expect(200, self.say(profile, self.admin))

    def test_kept(self):
        """By ids, as JSON, with the spoken consent; the uploads stay as the recordings are kept."""
        first, consent = (self.upload(self.clips["bm_george"]) for _ in range(2))
        body = {"type": "voice_clone", "name": "Kept", "audio": [first], "consent": CONSENT,
                "consent_audio": consent, "points": 1, "keep_reference": True}
        done = self.finished(self.expect(202, self.server.post("/jobs", body, key=self.alice)))
        self.assertEqual(done["status"], "completed", done)
        profile = done["result"]["profile"]
        self.assertTrue(profile["reference_kept"])
        self.assertIn(self.alice.split("_")[1], profile["consent_by"])
        folder = os.path.join(self.server.storage, "voices", profile["id"])
        self.assertEqual(sorted(os.listdir(folder)), ["profile.json", "reference.flac", "style.f32"])
        for upload in (first, consent):
            self.expect(200, self.server.get("/uploads/" + upload, key=self.alice))
        self.expect(204, self.server.delete("/voice/profiles/" + profile["id"], key=self.admin))
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(self.audit(profile["id"])[-1],
                         ("delete", self.alice.split("_")[1], self.admin.split("_")[1]))

    def bad(self, says, *parts, code="unusable_recording", **fields):
        answer = self.clone(*parts, status=200, headers={"Prefer": "wait=60"}, **fields)
        self.assertEqual(answer.headers["Preference-Applied"], "wait")
        job = answer.json
        self.assertEqual((job["status"], job["attempt"], job["result"]), ("failed", 1, None), job)
        self.assertEqual(job["error"]["code"], code)
        self.assertIn(says, job["error"]["message"])
        self.assertNotIn(self.server.storage, job["error"]["message"])

    def test_bad_recordings(self):
        before = self.uploads()
        noise = tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=8:a=0.3", "-f", "wav", "-")
        short = tool("ffmpeg", "-v", "error", "-i", self.clips["bm_george"], "-t", "1", "-f", "wav", "-")
        chord = "+".join("sin(2*PI*%d*t)" % hz for hz in (220, 440, 660, 880, 1320, 1760, 2640))
        music = tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "aevalsrc='0.1*(%s)':d=8" % chord,
                     "-f", "wav", "-")
        george, heart = (("audio", ("x.flac", read(self.clips[v]))) for v in ("bm_george", "af_heart"))
        self.bad("no speech", ("audio", ("noise.wav", noise)))
        self.bad("music", ("audio", ("music.wav", music)))
        self.bad("3 s are needed", ("audio", ("short.wav", short)))
        self.bad("more than one person", george, heart)
        self.bad("another voice", george, ("consent_audio", heart[1]))
        broken = tool("ffmpeg", "-v", "error", "-i", self.clips["bm_george"], "-f", "wav", "-")[:60]
        self.bad("up-", ("audio", ("broken.wav", broken)), code="bad_format")
        self.uploads_become(before, "a recording is kept")

    def test_bad_requests(self):
        before = self.uploads()
        clip = ("audio", ("x.flac", read(self.clips["af_heart"])))
        rows = (
            ((), {}, "audio"), ((clip,) * 17, {}, "audio"), ((("audio", "nobody"),), {}, "audio"),
            ((clip,), {"consent": ""}, "consent"), ((clip,), {"name": "x" * 65}, "name"),
            ((clip,), {"effort": "more"}, "effort"), ((clip,), {"points": "0"}, "points"),
            ((clip,), {"keep_reference": "yes"}, "keep_reference"), ((clip,), {"more": "x"}, "more"),
            ((clip, ("consent_audio", "x"), ("consent_audio", "y")), {}, "consent_audio"),
        )
        for parts, fields, field in rows:
            with self.subTest(field=field, fields=fields):
                answer = self.clone(*parts, status=422, **fields)
                self.assertIn(["body", field], [fault["loc"] for fault in answer.json["errors"]])
        kind, body = form(clip, ("name", "x"))
        self.refused(422, "validation_error", self.server.post("/voice/clone", body, kind=kind,
                                                               key=self.alice), ("body", "consent"))
        # One of two is no sound: the other goes too.
        self.clone(clip, ("audio", ("me.png", harness.png(8, 8, lambda x, y: (x, y, 0)))), status=415)
        self.clone(clip, ("audio", "up-0123456789abcdef"), status=404)
        self.clone(clip, consent="one\nline", status=422)
        self.uploads_become(before, "a recording is kept")
        # Once, not twice: the second one's recording goes.
        header = {"Idempotency-Key": "clone", "Prefer": "respond-async"}
        first = self.clone(clip, headers=header, run_at="2099-01-01T00:00:00Z").json
        uploads = self.uploads()
        self.assertEqual(self.clone(clip, headers=header, run_at="2099-01-01T00:00:00Z").json["id"],
                         first["id"])
        self.assertEqual(self.uploads(), uploads)
        self.expect(200, self.server.delete("/jobs/" + first["id"], key=self.alice))
        self.uploads_become(before, "the recording of a cancelled job is kept")


class Once(ApiCase):
    def test_a_job_makes_one_profile(self):
        """Its worker was lost after the profile was there and before that was stored."""
        upload = self.server.post("/uploads", b"fLaC\0\0\0\x22").json["id"]
        job = self.expect(202, self.server.post("/voice/clone", {
            "name": "x", "consent": "x", "audio": [upload]})).json["id"]
        profile = "vp" + job[-9:]
        write_profile(self.server.storage, profile, "", source=job)
        self.server.command("worker", "--once")
        done = self.server.get("/jobs/" + job).json
        self.assertEqual((done["status"], done["result"]["profile_id"]), ("completed", profile), done)
        self.expect(404, self.server.get("/uploads/" + upload))
        self.assertEqual(len(self.server.get("/voice/profiles?kind=cloned").json["profiles"]), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
