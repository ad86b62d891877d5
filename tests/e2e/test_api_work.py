# SPDX-License-Identifier: Apache-2.0
"""Work that is done: films, speech, faces and files over HTTP, with a worker behind the server."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import tempfile
import threading
import time
import unittest
import zlib

import harness
from api_harness import ApiCase, Server, form, once

SHORT = {"video_quality": "low", "size": "320x320"}
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Work(ApiCase):
    WORKERS = 1

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.OPTIONS, workers=1, interactive=1).start()
        cls.addClassCleanup(cls.server.close)
        deadline = time.monotonic() + 60
        while cls.server.get("/ready").json["workers"] < 2:
            if time.monotonic() > deadline:
                raise AssertionError("the workers did not come: " + cls.server.log())
            time.sleep(0.1)

    def film(self, **body):
        body = dict({"text": "Hello there.", "config": SHORT}, **body)
        job = self.expect(202, self.server.post("/jobs", body)).json["id"]
        done = self.server.wait(job)
        self.assertEqual(done["status"], "completed", done)
        return done

    def upload(self, path):
        return self.expect(201, self.server.post("/uploads", read(path))).json["id"]

    def test_film(self):
        job = self.expect(202, self.server.post("/jobs", {
            "text": "Hello there. This is a film.", "captions": "srt", "config": SHORT})).json["id"]
        events = self.server.events(job)
        self.assertEqual(events[-1][2]["status"], "completed")
        self.assertIn("running", [data["status"] for _, _, data in events])
        progress = [data["progress"] for _, kind, data in events if kind == "progress"]
        self.assertTrue(progress, "no progress was told")
        self.assertEqual(progress, sorted(progress))
        done = self.server.get("/jobs/" + job).json
        self.assertEqual((done["progress"], done["eta_seconds"], done["error"]), (100, None, None))
        self.assertEqual(set(done["stage_seconds"]),
                         {"voice", "speech", "face", "lipsync", "encode", "cleanup"})
        self.assertEqual(done["links"]["result"], "/jobs/%s/result" % job)

        whole = self.expect(200, self.server.get("/jobs/%s/result" % job))
        self.assertEqual(whole.headers["Content-Type"], "video/mp4")
        self.assertEqual(whole.headers["Content-Disposition"],
                         'attachment; filename="%s.mp4"' % job)
        path = os.path.join(self.server.folder, "film.mp4")
        with open(path, "wb") as file:
            file.write(whole.body)
        found = harness.probe(path)
        self.assertEqual((found["video"]["width"], found["video"]["height"]), (320, 320))
        self.ranges("/jobs/%s/result" % job, whole)
        captions = self.expect(200, self.server.get("/jobs/%s/result?file=captions" % job))
        self.assertIn(b"-->", captions.body)

    def test_how_lively(self):
        still, usual = ({"head_motion": 0, "blink": 0, "emotion": "happy", "expressiveness": 0}, {})
        moved = []
        for config in (still, usual):
            job = self.film(config=dict(SHORT, **config))
            path = os.path.join(tempfile.mkdtemp(dir=harness._shared), "film.mp4")
            with open(path, "wb") as file:
                file.write(self.expect(200, self.server.get("/jobs/%s/result" % job["id"])).body)
            pictures = harness.frames(path, 40, 40)
            self.assertGreater(len(pictures), 20)
            # The hair: eyes and mouth are further down.
            moved.append(max(abs(a - b) for other in pictures for a, b in zip(pictures[0][:400], other)))
        self.assertLess(moved[0], 4)
        self.assertGreater(moved[1], 8)

    def ranges(self, path, whole):
        """Parts, conditions and HEAD of a file."""
        etag = whole.headers["ETag"]
        head = self.server.request("HEAD", path)
        self.assertEqual((head.status, head.headers["Content-Length"], head.body),
                         (200, str(len(whole.body)), b""))
        part = self.server.get(path, headers={"Range": "bytes=10-19"})
        self.assertEqual((part.status, part.body), (206, whole.body[10:20]))
        self.assertEqual(part.headers["Content-Range"], "bytes 10-19/%d" % len(whole.body))
        part = self.server.get(path, headers={"Range": "bytes=-5", "If-Range": etag})
        self.assertEqual((part.status, part.body), (206, whole.body[-5:]))
        part = self.server.get(path, headers={"Range": "bytes=-5", "If-Range": '"other"'})
        self.assertEqual((part.status, len(part.body)), (200, len(whole.body)))
        self.expect(416, self.server.get(path, headers={"Range": "bytes=99999999-"}))
        same = self.server.get(path, headers={"If-None-Match": etag})
        self.assertEqual((same.status, same.body), (304, b""))

    def test_job_with_purge(self):
        job = self.film()["id"]
        self.refused(409, "job_finished", self.server.delete("/jobs/" + job))
        self.refused(409, "job_not_failed", self.server.post("/jobs/%s/retry" % job))
        folder = os.path.join(self.server.storage, "outputs", job)
        self.assertTrue(os.path.isdir(folder))
        self.expect(204, self.server.delete("/jobs/%s?purge=true" % job))
        self.assertFalse(os.path.exists(folder))
        self.expect(404, self.server.get("/jobs/" + job))

    def test_wait_for_a_film(self):
        answer = self.expect(200, self.server.post("/jobs", {"text": "Hi.", "config": SHORT},
                                                   headers={"Prefer": "wait=60"}))
        self.assertEqual(answer.json["status"], "completed")
        self.assertEqual(answer.headers["Location"], "/jobs/" + answer.json["id"])

    def test_bad_input_fails_the_job(self):
        broken = self.expect(201, self.server.post(
            "/uploads", b"\x89PNG\r\n\x1a\n" + b"\0" * 100)).json["id"]
        job = self.expect(202, self.server.post("/jobs", {"text": "x", "avatar": broken})).json["id"]
        done = self.server.wait(job)
        self.assertEqual((done["status"], done["attempt"]), ("failed", 1))
        self.assertEqual(done["error"]["code"], "bad_format")
        self.assertTrue(done["error"]["message"])
        self.refused(409, "job_failed", self.server.get("/jobs/%s/result" % job))
        again = self.expect(202, self.server.post("/jobs/%s/retry" % job)).json["id"]
        self.assertEqual(self.server.wait(again)["status"], "failed")

    def test_speech_directly(self):
        answer = self.expect(200, self.server.post("/voice/synthesize", {"text": "Hello."}))
        self.assertEqual(answer.headers["Content-Type"], "audio/wav")
        self.assertEqual(answer.body[:4] + answer.body[8:12], b"RIFFWAVE")
        self.assertTrue(answer.headers["Location"].startswith("/jobs/job-"))
        answer = self.expect(200, self.server.post("/voice/synthesize", {
            "text": "Hello.", "format": "flac", "voice_profile_id": "bf_emma"}))
        self.assertEqual(answer.body[:4], b"fLaC")
        answer = self.expect(200, self.server.post("/voice/synthesize", {"text": "Hello."},
                                                   headers={"Accept": "application/json"}))
        self.assertEqual(answer.json["status"], "completed")
        self.expect(202, self.server.post("/voice/synthesize", {"text": "Hello."},
                                          headers={"Prefer": "respond-async"}))

    def test_faces_directly(self):
        picture = harness.picture("presenter")
        kind, body = form(("image", ("me.png", read(picture))))
        found = self.expect(200, self.server.post("/avatar/detect", body, kind=kind)).json
        self.assertEqual(len(found["faces"]), 1)
        self.assertTrue(found["faces"][0]["usable"])
        self.assertEqual(found["width"], 320)
        job = self.server.get("/jobs/" + found["job_id"]).json
        self.assertEqual(job["result"]["faces"], found["faces"])
        result = self.expect(200, self.server.get("/jobs/%s/result" % found["job_id"])).json
        self.assertEqual(result["faces"], found["faces"])
        upload = self.upload(picture)
        again = self.expect(200, self.server.post("/avatar/detect", {"image": upload})).json
        self.assertEqual(again["faces"], found["faces"])
        # Drawn: the picture is the job's file, and can be used like any other.
        job = self.expect(200, self.server.post("/avatar/detect", {
            "image": upload, "annotate": True})).json["job_id"]
        self.assertEqual(self.server.get("/jobs/%s/result" % job).body[:4], b"\x89PNG")
        self.expect(202, self.server.post("/jobs", {"text": "x", "avatar": job, "config": SHORT}))

    def test_no_face(self):
        kind, body = form(("image", ("x.png", harness.png(64, 64, lambda x, y: (x, y, 0)))))
        self.refused(422, "no_face", self.server.post("/avatar/detect", body, kind=kind))

    def test_files_directly(self):
        sound = self.server.post("/voice/synthesize", {"text": "Hello."})
        upload = self.expect(201, self.server.post("/uploads", sound.body)).json["id"]
        info = self.expect(200, self.server.get("/video/info?id=" + upload)).json
        self.assertIsNone(info["video"])
        self.assertEqual(info["audio"]["sample_rate"], 24000)
        film = self.film()["id"]
        info = self.expect(200, self.server.get("/video/info?id=" + film)).json
        self.assertEqual((info["video"]["width"], info["digital_source_type"] is not None),
                         (320, True))
        listed = self.server.get("/jobs?limit=1000").json["jobs"]
        self.assertNotIn("video_info", {job["type"] for job in listed})
        broken = self.expect(201, self.server.post("/uploads", b"RIFF\x10\0\0\0WAVEjunk")).json["id"]
        self.assertEqual(self.server.get("/video/info?id=" + broken).status, 422)

    def test_the_other_types(self):
        sound = self.server.post("/voice/synthesize", {"text": "Good morning."}).body
        upload = self.expect(201, self.server.post("/uploads", sound)).json["id"]
        job = self.expect(202, self.server.post("/video/lipsync", {
            "audio": upload, "text": "Good morning.", "config": SHORT})).json["id"]
        self.assertEqual(self.server.wait(job)["status"], "completed")
        # Its text may be in any language that espeak-ng reads.
        asked = {"audio": upload, "text": "Bon dia.", "language": "ca", "captions": "srt", "config": SHORT}
        told = self.server.wait(self.expect(202, self.server.post("/video/lipsync", asked)).json["id"])
        self.assertEqual(told["status"], "completed")
        asked["language"] = "xx"
        told = self.server.wait(self.expect(202, self.server.post("/video/lipsync", asked)).json["id"])
        self.assertEqual((told["status"], told["error"]["code"]), ("failed", "invalid_argument"))
        self.assertIn("'xx' cannot be laid over the recording", told["error"]["message"])
        job = self.expect(202, self.server.post("/video/encode", {
            "input": job, "config": {"format": "webm", "video_quality": "low"}})).json["id"]
        self.assertEqual(self.server.wait(job)["status"], "completed")
        answer = self.expect(200, self.server.get("/jobs/%s/result" % job))
        self.assertEqual(answer.headers["Content-Type"], "video/webm")

    def test_thumbnail(self):
        kind, body = form(("image", ("me.png", read(harness.picture("presenter")))), ("name", "Ada"),
                          ("rights", "Made by this program."))
        avatar = self.expect(201, self.server.post("/avatar/profiles", body, kind=kind)).json
        self.assertEqual(self.server.wait(avatar["check_job"])["status"], "completed")
        answer = self.expect(200, self.server.get(avatar["thumbnail"]))
        self.assertEqual(answer.headers["Content-Type"], "image/png")
        self.assertEqual(answer.body[:4], b"\x89PNG")
        self.expect(204, self.server.delete("/jobs/%s?purge=true" % avatar["check_job"]))
        self.expect(200, self.server.get(avatar["thumbnail"]))
        self.film(avatar=avatar["id"])

    def test_cancel_while_it_runs(self):
        job = self.expect(202, self.server.post("/jobs", {
            "text": "This takes a while. " * 300, "config": SHORT})).json["id"]
        result = once(lambda: self.server.events(job))
        while self.server.get("/jobs/" + job).json["status"] == "pending":
            time.sleep(0.05)
        # Purging has to wait for the end.
        self.refused(409, "job_active", self.server.delete("/jobs/%s?purge=true" % job))
        cancelled = self.expect(200, self.server.delete("/jobs/" + job)).json
        self.assertIn(cancelled["status"], ("running", "cancelled"))
        self.assertEqual(result()[-1][2]["status"], "cancelled")
        self.refused(409, "job_cancelled", self.server.get("/jobs/%s/result" % job))

    def test_status_and_metrics(self):
        self.film()
        status = self.server.get("/status").json
        self.assertEqual({w["interactive"] for w in status["workers"]}, {True, False})
        self.assertTrue(all(w["memory_mb"] > 0 and w["pid"] > 0 for w in status["workers"]))
        self.assertTrue(status["models"], "a model stays loaded between jobs")
        self.assertTrue(all(m["size_mb"] > 0 for m in status["models"]))
        deadline = time.monotonic() + 20
        while True:
            text = self.server.get("/metrics").body.decode()
            if 'avatar_stage_seconds_count{stage="encode"} 0' not in text:
                break
            self.assertLess(time.monotonic(), deadline, "no stage was measured")
            time.sleep(0.2)
        self.assertRegex(text, r'avatar_real_time_factor_count [1-9]')
        self.assertRegex(text, r'(?m)^avatar_models_memory_bytes [1-9]')
        self.assertRegex(text, r'(?m)^avatar_jobs_completed_last_hour [1-9]')

    def test_what_is_done_is_learned_from(self):
        def runs():
            body = {"text": "Hello there.", "config": SHORT}
            return self.expect(200, self.server.post("/pipeline/estimate", body)).json["runs_measured"]
        before = runs()
        self.film()
        # A worker writes it down after the job has ended.
        deadline = time.monotonic() + 20
        while runs() == before:
            self.assertLess(time.monotonic(), deadline, "nothing was measured")
            time.sleep(0.1)
        stats = self.expect(200, self.server.get("/jobs/stats")).json
        self.assertGreaterEqual(stats["completed_last_hour"], 1)
        self.assertGreater(stats["mean_seconds"]["full_pipeline"], 0)
        for stage in ("speech", "lipsync", "encode"):
            self.assertGreater(stats["mean_stage_seconds"][stage], 0)
        told = self.server.command("jobs", "stats")["stats"]
        self.assertEqual(told["mean_stage_seconds"], stats["mean_stage_seconds"])

    def test_pictures_that_burst(self):
        """A small file that unpacks to gigabytes ends as bad input, and the worker that had it goes on."""
        rows = zlib.compressobj(9)
        row = b"\0" * (1 + 30000 // 8)
        packed = b"".join(rows.compress(row * 100) for _ in range(300)) + rows.flush()
        bomb = harness.png_of(30000, 30000, packed, depth=1, colour=0)
        self.assertLess(len(bomb), 1 << 20)
        pids = [w["pid"] for w in self.server.get("/status").json["workers"]]
        kind, body = form(("image", ("bomb.png", bomb)))
        self.refused(422, "too_large", self.server.post("/avatar/detect", body, kind=kind))
        upload = self.expect(201, self.server.post("/uploads", bomb)).json["id"]
        job = self.expect(202, self.server.post("/jobs", {"text": "x", "avatar": upload})).json["id"]
        done = self.server.wait(job)
        self.assertEqual((done["status"], done["attempt"], done["error"]["code"]), ("failed", 1, "too_large"))
        self.assertEqual([w["pid"] for w in self.server.get("/status").json["workers"]], pids)


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes webhooks; answers with what the test put on the list."""

    got = []
    answers = []
    followed = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/hook":
            Receiver.followed.append(self.path)
        Receiver.got.append((dict(self.headers), body))
        status = Receiver.answers.pop(0) if Receiver.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    # Whoever follows a redirect comes with one of these, after a 302 most likely with GET.
    def do_GET(self):
        Receiver.followed.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *args):
        pass


class Webhooks(unittest.TestCase):
    def setUp(self):
        Receiver.got, Receiver.answers, Receiver.followed = [], [], []
        self.receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        thread = threading.Thread(target=self.receiver.serve_forever)
        thread.start()
        self.addCleanup(self.receiver.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.receiver.shutdown)
        self.url = "http://127.0.0.1:%d/hook" % self.receiver.server_address[1]

    def server(self, *options):
        server = Server("--rate-limit", "0", *options, workers=1,
                        env={"AVATAR_WEBHOOK_SECRET": SECRET}).start()
        self.addCleanup(server.close)
        return server

    def told(self, count, seconds=60):
        deadline = time.monotonic() + seconds
        while len(Receiver.got) < count:
            if time.monotonic() > deadline:
                self.fail("%d of %d deliveries came" % (len(Receiver.got), count))
            time.sleep(0.05)
        return Receiver.got[count - 1]

    def test_signed_once_and_again_after_a_failure(self):
        server = self.server("--webhook-private")
        Receiver.answers = [500]
        job = server.post("/jobs", {"text": "x", "run_at": "2100-01-01T00:00:00Z",
                                    "webhook_url": self.url}).json["id"]
        self.assertEqual(server.delete("/jobs/" + job).status, 200)
        first, _ = self.told(1)
        headers, body = self.told(2)
        self.assertEqual(first["webhook-id"], headers["webhook-id"], "the same message")
        message = json.loads(body)
        self.assertEqual(message["type"], "job.cancelled")
        self.assertEqual(message["data"]["job"]["id"], job)
        self.assertNotIn("owner", message["data"]["job"])
        self.assertLess(abs(int(headers["webhook-timestamp"]) - time.time()), 300)
        signed = "%s.%s." % (headers["webhook-id"], headers["webhook-timestamp"])
        want = hmac.new(base64.b64decode(SECRET[6:]), signed.encode() + body, hashlib.sha256)
        self.assertEqual(headers["webhook-signature"],
                         "v1," + base64.b64encode(want.digest()).decode())
        self.assertEqual(headers["Content-Type"], "application/json")
        # Listed nowhere, and told once.
        self.assertEqual(len(server.get("/jobs").json["jobs"]), 1)
        time.sleep(1)
        self.assertEqual(len(Receiver.got), 2)

    def test_completed_and_no_redirects(self):
        server = self.server("--webhook-private")
        Receiver.answers = [302]
        job = server.post("/jobs", {"type": "voice_synthesis", "text": "Hi.",
                                    "webhook_url": self.url}).json["id"]
        self.told(1)
        headers, body = self.told(2)
        self.assertEqual(json.loads(body)["type"], "job.completed")
        self.assertEqual(json.loads(body)["data"]["job"]["result"],
                         server.get("/jobs/" + job).json["result"])
        self.assertEqual(Receiver.followed, [])

    def test_private_addresses_are_refused(self):
        server = self.server()
        for host in ("127.0.0.1", "localhost", "[::1]", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"):
            url = "http://%s:%d/" % (host, self.receiver.server_address[1])
            job = server.post("/jobs", {"text": "x", "run_at": "2100-01-01T00:00:00Z",
                                        "webhook_url": url})
            self.assertEqual(job.status, 202, str(job))
            self.assertEqual(server.delete("/jobs/" + job.json["id"]).status, 200)
        # A delivery that is known to work comes after those.
        time.sleep(4)
        self.assertEqual(Receiver.got, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
