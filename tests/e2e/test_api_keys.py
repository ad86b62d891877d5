# SPDX-License-Identifier: Apache-2.0
"""Keys: who may do what, and that nobody sees what is another's."""
import contextlib
import json
import os
import re
import sqlite3
import time
import unittest

import harness
from api_harness import ApiCase, Server, form, write_profile

PNG = harness.png(8, 8, lambda x, y: (x, y, 0))
SECRET_TEXT = "The quick brown fox has a secret."


class Keys(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.server.key("read")
        cls.server.get("/jobs", key=cls.reader)
        cls.alice = cls.server.key("read,submit")
        cls.bob = cls.server.key("read,submit")
        cls.admin = cls.server.key("admin")

    def operations(self):
        for path, methods in self.server.get("/openapi.json").json["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    def test_every_route_asks_for_its_scope(self):
        """Without a key 401, unless the document says that it is open; with one of too little 403."""
        open_routes = set()
        for method, path, operation in self.operations():
            real = path.replace("{name}", "docs.js").replace("{id}", "x")
            with self.subTest(method=method, path=path):
                answer = self.server.request(method, real)
                if not operation["security"]:
                    open_routes.add(path)
                    self.assertNotIn(answer.status, (401, 403), str(answer))
                    continue
                if path.startswith("/v1/"):
                    self.assertEqual(answer.json["error"]["code"], "invalid_api_key", str(answer))
                elif method != "HEAD":
                    self.refused(401, "unauthorized", answer)
                self.assertEqual(answer.status, 401)
                self.assertIn("Bearer", answer.headers["WWW-Authenticate"])
                for wrong in ("", "avt_", "avt_00000000_" + "a" * 43, self.alice[:-1] + "!"):
                    self.assertEqual(self.server.request(method, real, key=wrong or "x").status, 401)
                scope = operation["security"][0]["bearer"][0]
                answer = self.server.request(method, real, key=self.reader)
                self.assertEqual(answer.status == 403, scope != "read", str(answer))
        self.assertEqual(open_routes, {"/", "/health", "/ready", "/docs", "/redoc", "/openapi.json",
                                       "/assets/{name}"})

    def test_both_headers(self):
        answer = self.server.get("/jobs", headers={"X-Api-Key": self.alice})
        self.expect(200, answer)
        self.expect(200, self.server.get("/jobs", headers={"Authorization": "bearer " + self.alice}))
        self.expect(401, self.server.get("/jobs", headers={"Authorization": "Basic " + self.alice}))

    def everything_of(self, key):
        """One of each kind: {parameter of paths: id}."""
        job = self.expect(202, self.server.post("/jobs", {"text": SECRET_TEXT}, key=key)).json["id"]
        upload = self.expect(201, self.server.post("/uploads", PNG, key=key)).json["id"]
        kind, body = form(("image", ("me.png", PNG)), ("name", "Ada"),
                          ("rights", "A picture of myself, taken by me."))
        avatar = self.expect(201, self.server.post("/avatar/profiles", body, kind=kind, key=key)).json
        write_profile(self.server.storage, "vp-k3x9z0qw", key.split("_")[1])
        return {"/jobs": job, "/uploads": upload, "/avatar/profiles": avatar["id"],
                "/voice/profiles": "vp-k3x9z0qw", "check": avatar["check_job"]}

    def test_no_key_sees_what_is_anothers(self):
        """Every route with an id, with the other key: as if there were nothing."""
        mine = self.everything_of(self.alice)
        walked = 0
        for method, path, _ in self.operations():
            for prefix, name in mine.items():
                if not path.startswith(prefix + "/{id}"):
                    continue
                walked += 1
                real = path.replace("{id}", name)
                body = {"name": "Eve"} if method == "PATCH" else None
                with self.subTest(method=method, path=path):
                    answer = self.server.request(method, real, body, key=self.bob)
                    self.assertEqual(answer.status, 404, str(answer))
                    if method == "DELETE":
                        answer = self.server.delete(real + "?purge=true", key=self.bob)
                        self.assertEqual(answer.status, 404, str(answer))
        self.assertGreaterEqual(walked, 16)
        status, _ = self.server.websocket("/jobs/%s/ws" % mine["/jobs"], key=self.bob)
        self.assertEqual(status, 404)
        # Nor is anything listed, counted or usable.
        theirs = self.expect(201, self.server.post("/uploads", b"RIFF\0\0\0\0WAVEfmt ", key=self.bob)).json["id"]
        self.assertEqual(self.server.get("/jobs", key=self.bob).json["jobs"], [])
        self.assertEqual(self.server.get("/avatar/profiles", key=self.bob).json["profiles"], [])
        self.assertIsNone(self.server.get("/avatar/profiles", key=self.bob).json["next_cursor"])
        voice = mine["/voice/profiles"]
        self.assertEqual(self.server.get("/voice/profiles?kind=cloned", key=self.bob).json["profiles"], [])
        for said in (voice, "af_heart*0.5+%s*0.5" % voice):
            for path in ("/jobs", "/voice/synthesize", "/pipeline/estimate"):
                answer = self.server.post(path, {"text": "x", "voice_profile_id": said}, key=self.bob)
                self.refused(404, "unknown_voice", answer, ("body", "voice_profile_id"))
        clone = {"type": "voice_clone", "name": "x", "consent": "x"}
        for more in ({"audio": [mine["/uploads"]]}, {"audio": [mine["/jobs"]]}):
            self.refused(404, "not_found", self.server.post("/jobs", {**clone, **more}, key=self.bob),
                         ("body", "audio"))
        kind, body = form(("audio", mine["/uploads"]), ("name", "x"), ("consent", "x"))
        self.refused(404, "not_found", self.server.post("/voice/clone", body, kind=kind, key=self.bob),
                     ("body", "audio"))
        self.assertEqual(self.server.get("/jobs/stats", key=self.bob).json["jobs"]["pending"], 0)
        self.assertEqual(self.server.get("/status", key=self.bob).json["jobs"]["pending"], 0)
        for field, body in (("avatar", {"text": "x", "avatar": mine["/uploads"]}),
                            ("avatar", {"text": "x", "avatar": mine["/avatar/profiles"]}),
                            ("avatar", {"text": "x", "avatar": mine["/jobs"]}),
                            ("image", {"type": "face_detect", "image": mine["/uploads"]}),
                            ("audio", {"type": "lipsync", "text": "x", "audio": mine["/uploads"]}),
                            ("audio", {"type": "lipsync", "text": "x", "audio": mine["/jobs"]}),
                            ("avatar", {"type": "lipsync", "text": "x", "audio": theirs,
                                        "avatar": mine["/avatar/profiles"]}),
                            ("input", {"type": "video_encode", "input": mine["/uploads"]}),
                            ("input", {"type": "video_encode", "input": mine["/jobs"]})):
            with self.subTest(body=body):
                self.refused(404, "not_found", self.server.post("/jobs", body, key=self.bob),
                             ("body", field))
        for name in (mine["/uploads"], mine["/jobs"]):
            for path, field in (("/video/lipsync", "audio"), ("/video/encode", "input")):
                body = {field: name, **({"text": "x"} if field == "audio" else {})}
                self.refused(404, "not_found", self.server.post(path, body, key=self.bob), ("body", field))
            self.expect(404, self.server.get("/video/info?id=" + name, key=self.bob))
        kind, body = form(("upload_id", mine["/uploads"]), ("name", "Eve"), ("rights", "Not mine at all."))
        self.refused(404, "not_found", self.server.post("/avatar/profiles", body, kind=kind, key=self.bob),
                     ("body", "upload_id"))
        # The same Idempotency-Key of two keys is two.
        header = {"Idempotency-Key": "shared"}
        one = self.server.post("/jobs", {"text": "x"}, key=self.alice, headers=header).json["id"]
        two = self.server.post("/jobs", {"text": "x"}, key=self.bob, headers=header).json["id"]
        self.assertNotEqual(one, two)
        self.expect(200, self.server.delete("/jobs/" + two, key=self.bob))
        # All of it is still there for its owner, and for an admin.
        for key in (self.alice, self.admin):
            for prefix in ("/jobs", "/uploads", "/avatar/profiles", "/voice/profiles"):
                self.expect(200, self.server.get("%s/%s" % (prefix, mine[prefix]), key=key))
            self.expect(202, self.server.post("/jobs", {"text": "x", "voice_profile_id": voice}, key=key))
            listed = self.server.get("/voice/profiles?kind=cloned", key=key).json["profiles"]
            self.assertEqual([one["id"] for one in listed], [voice])
        listed = self.server.get("/jobs?limit=1000", key=self.admin).json["jobs"]
        self.assertLessEqual({mine["/jobs"], one, two}, {job["id"] for job in listed})

    def test_priority_is_for_admins(self):
        body = {"text": "x", "priority": 1}
        self.refused(403, "forbidden", self.server.post("/jobs", body, key=self.alice),
                     ("body", "priority"))
        self.expect(202, self.server.post("/jobs", body, key=self.admin))
        self.expect(202, self.server.post("/jobs", {"text": "x", "priority": -1}, key=self.alice))

    def test_revoked_at_once(self):
        key = self.server.key("read")
        self.expect(200, self.server.get("/jobs", key=key))
        self.server.command("keys", "revoke", key.split("_")[1])
        self.expect(401, self.server.get("/jobs", key=key))

    def test_expired(self):
        key = self.server.key("read", "--expires", "90d")
        self.expect(200, self.server.get("/jobs", key=key))
        # Three months pass in the store, not in the test.
        store = sqlite3.connect(os.path.join(self.server.storage, "avatar.db"), timeout=30)
        with contextlib.closing(store), store:
            changed = store.execute("UPDATE record SET expires_ms = ? WHERE kind = 'key' AND id = ?",
                                    (int(time.time() * 1000) - 1, key.split("_")[1]))
            self.assertEqual(changed.rowcount, 1)
        self.refused(401, "unauthorized", self.server.get("/jobs", key=key))
        self.assertNotIn(key.split("_")[1], [k["id"] for k in self.server.command("keys", "list")["keys"]])

    def test_nothing_secret_in_the_log(self):
        self.expect(202, self.server.post("/jobs", {"text": SECRET_TEXT}, key=self.alice))
        self.server.get("/jobs?cursor=" + self.alice, key=self.alice)
        log = self.server.log()
        self.assertIn("POST /jobs 202", log)
        self.assertNotIn("quick brown", log)
        for key in (self.alice, self.bob, self.admin, self.reader):
            self.assertNotIn(key.split("_")[2], log)


class Server_(unittest.TestCase):
    def server(self, *options, **kwargs):
        server = Server(*options, **kwargs)
        self.addCleanup(server.close)
        return server

    def test_open_until_there_is_a_key(self):
        server = self.server().start()
        self.assertEqual(server.get("/status").json["authentication"], "open")
        key = server.key("read")
        # Without one, keys are looked for once a second.
        time.sleep(1.2)
        self.assertEqual(server.get("/jobs").status, 401)
        self.assertEqual(server.get("/status", key=key).json["authentication"], "keys")
        server.command("keys", "revoke", key.split("_")[1])
        self.assertEqual(server.get("/jobs").status, 401, "the last key's end opens nothing")

    def test_others_need_a_key(self):
        server = self.server("--host", "0.0.0.0")
        with self.assertRaises(AssertionError) as refused:
            server.start()
        self.assertIn("avatar keys create", str(refused.exception))
        server = self.server("--host", "0.0.0.0", "--insecure")
        server.start()
        self.assertEqual(server.get("/jobs").status, 200)

    def test_rate_limit(self):
        server = self.server("--rate-limit", "5").start()
        answers = [server.get("/jobs") for _ in range(6)]
        self.assertEqual([a.status for a in answers], [200] * 5 + [429])
        self.assertEqual(answers[0].headers["RateLimit-Policy"], '"default";q=5;w=60')
        self.assertRegex(answers[0].headers["RateLimit"], r'^"default";r=4;t=\d+$')
        self.assertEqual(answers[5].json["code"], "rate_limited")
        self.assertGreaterEqual(int(answers[5].headers["Retry-After"]), 1)
        self.assertEqual(server.get("/health").status, 200, "probes are not counted")
        # Keys are counted each for itself, and apart from the address that they come from.
        first, second = server.key("read"), server.key("read")
        self.assertEqual([server.get("/jobs", key=first).status for _ in range(6)], [200] * 5 + [429])
        self.assertEqual([server.get("/jobs", key=second).status for _ in range(6)], [200] * 5 + [429])

    def test_jobs_of_a_key(self):
        server = self.server("--key-jobs", "2").start()
        key = server.key("submit")
        statuses = [server.post("/jobs", {"text": "x"}, key=key) for _ in range(3)]
        self.assertEqual([a.status for a in statuses], [202, 202, 429])
        self.assertEqual(statuses[2].json["code"], "too_many_jobs")
        server.delete("/jobs/" + statuses[0].json["id"], key=key)
        self.assertEqual(server.post("/jobs", {"text": "x"}, key=key).status, 202)

    def test_cors(self):
        origin = "https://app.example.org"
        server = self.server("--cors-origin", origin).start()
        answer = server.get("/jobs", headers={"Origin": origin})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], origin)
        answer = server.get("/jobs", headers={"Origin": "https://evil.example.org"})
        self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])
        answer = server.request("OPTIONS", "/jobs", headers={
            "Origin": origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key"})
        self.assertEqual(answer.status, 204)
        self.assertIn("POST", answer.headers["Access-Control-Allow-Methods"])
        plain = self.server().start()
        self.assertIsNone(plain.get("/jobs", headers={"Origin": origin})
                          .headers["Access-Control-Allow-Origin"])

    def test_logs_are_json_or_logfmt(self):
        for form_, pattern in (("json", None), ("logfmt", r"^time=\S+ level=\w+ message=")):
            with self.subTest(form_):
                server = self.server("--log", form_).start()
                job = server.post("/jobs", {"text": SECRET_TEXT},
                                  headers={"X-Request-Id": "mine-1"}).json["id"]
                server.stop()
                lines = [line for line in server.log().splitlines() if "mine-1" in line]
                self.assertEqual(len(lines), 1, server.log())
                self.assertNotIn("quick brown", server.log())
                if form_ == "json":
                    line = json.loads(lines[0])
                    self.assertEqual((line["request_id"], line["job"], line["status"], line["route"]),
                                     ("mine-1", job, 202, "/jobs"))
                else:
                    self.assertRegex(lines[0], pattern)
                    self.assertIn("job=" + job, lines[0])
                    self.assertIsNone(re.search(r'=(?=\s|$)', lines[0]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
