# SPDX-License-Identifier: Apache-2.0
"""POST /avatar/generate and jobs of type avatar_generate, with a worker that does them. Pictures are small: each person
takes seconds whatever the size."""
import json
import os
import time
import unittest

import harness
from api_harness import ApiCase

WAIT = {"Prefer": "wait=60"}
SMALL = {"size": "64x64"}


class Base(ApiCase):
    WORKERS = 1

    def done(self, body, path="/avatar/generate", **kwargs):
        """The job once it has ended."""
        answer = self.server.post(path, body, **kwargs)
        self.expect(202, answer)
        self.assertEqual(answer.headers["Location"], "/jobs/" + answer.json["id"])
        return self.server.wait(answer.json["id"], key=kwargs.get("key"))

    def failed(self, code, says, body):
        job = self.done(body)
        self.assertEqual((job["status"], job["attempt"]), ("failed", 1), job)
        self.assertEqual(job["error"]["code"], code)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, job["error"]["message"])
        self.assertNotIn(self.server.storage, job["error"]["message"])
        self.refused(409, "job_failed", self.server.get("/jobs/%s/result" % job["id"]))


class Generate(Base):
    def test_picture(self):
        """The answer to who waits; the file is the picture that the command makes."""
        body = {"prompt": "a chef with a zyxwv", "seed": 7, "size": "128x128"}
        answer = self.expect(200, self.server.post("/avatar/generate", body, headers=WAIT))
        self.assertEqual(answer.headers["Preference-Applied"], "wait")
        job = answer.json
        self.assertEqual((job["type"], job["status"], job["params"]), ("avatar_generate", "completed", body))
        self.assertGreater(job["estimate_seconds"], 0)
        self.assertGreater(job["stage_seconds"]["face"], 0)
        result = job["result"]
        self.assertEqual((result["width"], result["height"], result["media_type"]), (128, 128, "image/png"))
        self.assertEqual((result["unknown"], result["profile_id"]), (["zyxwv"], None))
        person, = result["presenters"]
        self.assertEqual((person["seed"], person["look"]), (7, "real"))
        file = self.expect(200, self.server.get("/jobs/%s/result" % job["id"]))
        self.assertEqual(file.headers["Content-Type"], "image/png")
        self.assertEqual(file.headers["Content-Disposition"], 'attachment; filename="%s.png"' % job["id"])
        self.assertEqual(len(file.body), result["size_bytes"])
        path = os.path.join(harness._shared, "chef.png")
        made = harness.avatar("avatar", "generate", body["prompt"], "--seed", "7", "--size", "128x128", "-o", path, "--json")
        self.assertEqual(made.status, 0, str(made))
        self.assertEqual(made.json["presenters"], result["presenters"])
        with open(path, "rb") as same:
            self.assertEqual(same.read(), file.body)

    def test_profile(self):
        """With a name it is a face that is kept, which says what it is, outlives the job and speaks."""
        job = self.done({"type": "avatar_generate", "prompt": "an elderly teacher", "seed": 3, "name": "Teacher Zoë",
                         **SMALL}, "/jobs")
        self.assertEqual(job["status"], "completed", job)
        profile = job["result"]["profile_id"]
        self.assertEqual(profile, "ap-" + job["id"].split("-")[-1])
        self.expect(204, self.server.delete("/jobs/%s?purge=true" % job["id"]))
        kept = self.expect(200, self.server.get("/avatar/profiles/" + profile)).json
        self.assertEqual((kept["name"], kept["media_type"], kept["check_job"]), ("Teacher Zoë", "image/png", None))
        self.assertIn("no such person exists", kept["rights"])
        self.assertEqual(kept["origin"], {"kind": "modelled", "prompt": "an elderly teacher", "seed": 3, "look": "real",
                                          "job_id": job["id"]})
        self.assertIn(profile, [p["id"] for p in self.server.get("/avatar/profiles").json["profiles"]])
        thumbnail = self.expect(200, self.server.get(kept["thumbnail"]))
        self.assertEqual(thumbnail.body[:4], b"\x89PNG")
        told = harness.avatar("avatar", "show", profile, env=self.server.env)
        self.assertIn('modelled   "an elderly teacher", seed 3, real', told.out)
        film = self.done({"text": "Hi.", "avatar": profile, "config": {"size": "320x180", "fps": 10}}, "/jobs")
        self.assertEqual(film["status"], "completed", film)
        self.assertEqual(film["result"]["engines"]["lipsync"], "modelled 1")
        self.assertEqual((film["result"]["width"], film["result"]["height"]), (320, 180))

    def test_look_attributes_and_a_sheet(self):
        job = self.done({"prompt": "a man", "attributes": {"age": 52, "glasses": "round"}, "look": "toon", "variations": 2,
                         "name": "Two", "size": "160x80", "seed": 5})
        self.assertEqual(job["status"], "completed", job)
        people = job["result"]["presenters"]
        self.assertEqual([person["seed"] for person in people], [5, 6])
        for person in people:
            self.assertEqual((person["look"], person["attributes"]["age"], person["attributes"]["glasses"]),
                             ("toon", 52, "round"))
        # Two people are no profile, and that is told.
        self.assertIsNone(job["result"]["profile_id"])
        self.assertIn("makes no avatar profile", job["result"]["notes"][-1])
        self.assertNotIn("Two", [p["name"] for p in self.server.get("/avatar/profiles").json["profiles"]])

    def test_attributes_alone(self):
        """As the command's --attributes: the same person, and a profile that says so."""
        said = {"age": 52, "glasses": "round", "hair": "bob"}
        job = self.done({"attributes": said, "seed": 9, "name": "Nobody said", **SMALL})
        self.assertEqual(job["status"], "completed", job)
        attributes = job["result"]["presenters"][0]["attributes"]
        self.assertEqual({name: attributes[name] for name in said}, said)
        path = os.path.join(harness._shared, "said.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(said, file)
        made = harness.avatar("avatar", "generate", "--attributes", path, "--seed", "9", "--size", "64x64", "-o",
                              os.path.join(harness._shared, "said.png"), "--json")
        self.assertEqual(made.json["presenters"], job["result"]["presenters"], str(made))
        kept = self.expect(200, self.server.get("/avatar/profiles/" + job["result"]["profile_id"])).json
        self.assertIsNone(kept["origin"]["prompt"])
        for body in ({}, {"seed": 7}, {"engine": "sd", "attributes": said}):
            with self.subTest(body=body):
                answer = self.server.post("/avatar/generate", body)
                self.refused(422, "validation_error", answer, ("body",), "value_error")
                self.assertIn("prompt: is missing; say what the person looks like", answer.json["detail"])

    def test_what_is_not_understood_fails_the_job(self):
        self.failed("bad_text", ["nothing in the prompt was understood", "qwrtz"], {"prompt": "qwrtz plok", "name": "X"})
        self.failed("bad_text", "say in English", {"prompt": "一个女人"})
        self.failed("invalid_argument", "no attribute 'hare', but 'hair'", {"prompt": "a man", "attributes": {"hare": "bob"}})
        self.failed("invalid_argument", "no 'nonsense', but", {"prompt": "a man", "attributes": {"hair": "nonsense"}})
        self.assertNotIn("X", [p["name"] for p in self.server.get("/avatar/profiles").json["profiles"]])

    def test_once_per_key(self):
        key = {"Idempotency-Key": "generate-%d" % time.time_ns()}
        body = {"prompt": "a man", "run_at": "2100-01-01T00:00:00Z"}
        first = self.expect(202, self.server.post("/avatar/generate", body, headers=key))
        again = self.expect(202, self.server.post("/avatar/generate", body, headers=key))
        self.assertEqual(first.json["id"], again.json["id"])
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertEqual(first.json["run_at"], "2100-01-01T00:00:00.000Z")
        self.refused(422, "idempotency_key_reused", self.server.post("/avatar/generate", {"prompt": "x"}, headers=key))
        self.expect(200, self.server.delete("/jobs/" + first.json["id"]))

    def test_submitted_by_command(self):
        out = os.path.join(self.server.folder, "made.png")
        job = self.server.command("jobs", "submit", "a woman in a red dress", "--type", "avatar_generate", "--size", "64x64",
                                  "--wait")["jobs"][0]
        self.assertEqual((job["type"], job["status"]), ("avatar_generate", "completed"))
        self.server.command("jobs", "result", job["id"], "-o", out)
        self.assertEqual(harness.probe(out)["video"]["width"], 64)


class Owners(Base):
    def test_a_profile_is_the_key_s(self):
        mine, other = self.server.key("read,submit"), self.server.key("read,submit")
        job = self.done({"prompt": "a man", "name": "Mine", **SMALL}, key=mine)
        profile = job["result"]["profile_id"]
        self.assertTrue(profile, json.dumps(job))
        self.assertEqual(self.expect(200, self.server.get("/avatar/profiles/" + profile, key=mine)).json["name"], "Mine")
        self.refused(404, "not_found", self.server.get("/avatar/profiles/" + profile, key=other))
        self.refused(404, "not_found", self.server.post("/jobs", {"text": "Hi.", "avatar": profile}, key=other),
                     ("body", "avatar"))
        self.expect(204, self.server.delete("/avatar/profiles/" + profile, key=mine))
        self.expect(403, self.server.post("/avatar/generate", {"prompt": "x"}, key=self.server.key("read")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
