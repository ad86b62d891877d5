# SPDX-License-Identifier: Apache-2.0
"""Workers: real processes, real jobs. Killed, stopped, drained, and what becomes of their jobs then."""
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import harness
from api_harness import START_S, Server, form
from harness import picture, probe

SHORT = "Good morning."
# Half a minute of speech: on any machine long enough to be hit in the middle.
LONG = ("The museum opens at nine, and members pass the barrier free of charge. Upstairs, a room "
        "shows maps, ships and bronze bells. ") * 4
SECRET_WORD = "barrier"
# What a cancelled job may take to stop (docs/orchestration.md), and what asking how it is costs.
CANCEL_S, ASKING_S = 2, 0.5
# Generous: sanitizer builds and loaded machines are slow.
SLOW_S = 400


def until(found, what, seconds=SLOW_S):
    """The first true value of found()."""
    deadline = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("never: " + what)
        time.sleep(0.05)


class Service(Server):
    """avatar-server itself, with workers that it supervises."""

    def start(self):
        program = os.path.join(os.path.dirname(harness.BINARY), "avatar-server")
        arguments = ["--storage=" + self.storage]
        for name, value in zip(self.options[::2], self.options[1::2]):
            arguments.append("%s=%s" % (name, value))
        self.port = None
        open(self.log_path, "wb").close()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([program, *arguments], env=self.env, cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        def listening():
            if self.process.poll() is not None:
                raise AssertionError("the server did not start: " + self.log())
            return re.search(r"http://[^ :]+:(\d+)", self.log())
        self.port = int(until(listening, "listening", START_S)[1])
        return self


class Case(unittest.TestCase):
    STORE = "sqlite"

    def service(self, *options, **kwargs):
        service = Service("--store", self.STORE, "--rate-limit", "0", *options, **kwargs)
        self.addCleanup(service.close)
        return service.start()

    def worker(self, service, *options, name="by-hand"):
        """A worker started by hand."""
        log = open(os.path.join(service.folder, name + ".log"), "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [harness.BINARY, "worker", "--storage", service.storage, "--store", self.STORE, "--name",
             name, *options], env=service.env, cwd=service.folder, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log)
        process.name = name
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()

    @staticmethod
    def log_of(service, name="by-hand"):
        with open(os.path.join(service.folder, name + ".log"), encoding="utf-8") as file:
            return file.read()

    def submit(self, service, **body):
        body.setdefault("type", "voice_synthesis")
        answer = service.post("/jobs", body)
        self.assertEqual(answer.status, 202, str(answer))
        return answer.json["id"]

    def upload(self, service, path):
        with open(path, "rb") as file:
            kind, body = form(("file", (os.path.basename(path), file.read())))
        answer = service.request("POST", "/uploads", body, kind=kind)
        self.assertEqual(answer.status, 201, str(answer))
        return answer.json["id"]

    def job(self, service, job):
        answer = service.get("/jobs/" + job)
        self.assertEqual(answer.status, 200, str(answer))
        return answer.json

    def running(self, service, job):
        """Wait until a worker is at work on it: its output folder is there."""
        folder = os.path.join(service.storage, "outputs", job)
        until(lambda: self.job(service, job)["status"] == "running" and os.path.isdir(folder),
              "running")

    def done(self, service, job, status="completed"):
        found = service.wait(job, seconds=SLOW_S)
        self.assertEqual(found["status"], status, json.dumps(found, indent=1) + service.log())
        return found

    def workers(self, service):
        """{name: worker} of those that answer."""
        return {w["name"]: w for w in service.get("/status").json["workers"]}

    def one_worker(self, service, name="worker-1"):
        return until(lambda: self.workers(service).get(name), name + " answers")

    def outputs(self, service, job):
        """Names of the files under the job's folder."""
        folder = os.path.join(service.storage, "outputs", job)
        return sorted(os.path.relpath(os.path.join(top, name), folder)
                      for top, _, names in os.walk(folder) for name in names)


class Jobs(Case):
    """Each kind of job by the one worker of a server."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Service("--store", cls.STORE, "--rate-limit", "0", "--log", "json", workers=1)
        cls.addClassCleanup(cls.shared.close)
        cls.shared.start()

    def run_job(self, status="completed", **body):
        return self.done(self.shared, self.submit(self.shared, **body), status)

    def test_speech(self):
        job = self.run_job(text=SHORT, format="mp3", voice_profile_id="bf_emma", speed=1.2)
        result = job["result"]
        self.assertEqual(result["media_type"], "audio/mpeg")
        self.assertGreater(result["words"], 1)
        answer = self.shared.get("/jobs/%s/result" % job["id"])
        self.assertEqual(len(answer.body), result["size_bytes"])
        path = os.path.join(self.shared.storage, "outputs", job["id"], result["file"])
        self.assertAlmostEqual(float(probe(path)["format"]["duration"]), result["duration_s"], 0)
        self.assertEqual(job["stages_completed"], ["speech"])

    def test_film_and_what_can_be_made_of_it(self):
        face = self.upload(self.shared, picture("astronaut"))
        film = self.run_job(type="full_pipeline", text=SHORT, avatar=face, captions="srt",
                            config={"video_quality": "low", "size": "320x240", "fps": 12.5})
        result = film["result"]
        self.assertEqual([result["width"], result["height"], result["fps"]], [320, 240, 12.5])
        self.assertEqual(film["stages_completed"],
                         ["voice", "speech", "face", "lipsync", "encode", "cleanup"])
        self.assertEqual(self.outputs(self.shared, film["id"]), ["1/film.mp4", "1/film.srt"])
        self.assertIn("Good morning", self.shared.get(
            "/jobs/%s/result?file=captions" % film["id"]).body.decode())
        path = os.path.join(self.shared.storage, "outputs", film["id"], result["file"])
        self.assertEqual(probe(path)["video"]["width"], 320)

        again = self.run_job(type="video_encode", input=film["id"], config={"format": "webm"})
        self.assertEqual(again["result"]["media_type"], "video/webm")
        self.assertEqual(again["result"]["frames"], result["frames"])
        info = self.shared.get("/video/info?id=" + film["id"])
        self.assertEqual(info.json["video"]["codec"], "h264", str(info))
        speech = self.run_job(text=SHORT)
        timeline = os.path.join(self.shared.storage, "outputs", speech["id"],
                                speech["result"]["timeline"])
        with open(timeline, encoding="utf-8") as file:
            spoken = self.run_job(type="lipsync", audio=speech["id"], avatar=face,
                                  timeline=json.load(file),
                                  config={"video_quality": "low", "size": "320x240"})
        self.assertAlmostEqual(spoken["result"]["duration_s"], speech["result"]["duration_s"], 0)
        self.assertEqual(self.outputs(self.shared, spoken["id"]), ["1/film.mp4"])

    def test_faces(self):
        face = self.upload(self.shared, picture("presenter"))
        job = self.run_job(type="face_detect", image=face, annotate=True)
        self.assertEqual(len(job["result"]["faces"]), 1)
        self.assertTrue(job["result"]["faces"][0]["usable"])
        self.assertEqual(self.outputs(self.shared, job["id"]), ["1/faces.png"])

    def test_bad_input_fails_once_and_names_no_path(self):
        blank = os.path.join(self.shared.folder, "blank.png")
        with open(blank, "wb") as file:
            file.write(harness.png(200, 200, lambda x, y: (128, 128, 128)))
        cases = [
            ("no_face", dict(type="full_pipeline", text=SHORT, avatar=self.upload(self.shared, blank))),
            ("bad_format", dict(type="face_detect", image=self.run_job(text=SHORT)["id"])),
            ("bad_text", dict(text="\u2764 \U0001F600")),
        ]
        for code, body in cases:
            with self.subTest(code=code):
                job = self.run_job("failed", **body)
                self.assertEqual(job["error"]["code"], code)
                self.assertEqual(job["attempt"], 1)
                self.assertNotIn(self.shared.storage, json.dumps(job))
                self.assertEqual(self.outputs(self.shared, job["id"]), [])
                for key in ("avatar", "image"):
                    if key in body and code != "no_face":
                        self.assertIn(body[key], job["error"]["message"])

    def test_log_has_ids_and_no_words(self):
        job = self.run_job(text="The %s is high." % SECRET_WORD)
        lines = [json.loads(line) for line in self.shared.log().splitlines()
                 if line.startswith("{")]
        mine = [line for line in lines if line.get("job") == job["id"] and
                line.get("program") == "worker-1"]
        self.assertEqual([line["message"] for line in mine], ["attempt 1 of 3 begins", "completed"])
        self.assertEqual({line["request_id"] for line in mine}, {job["request_id"]})
        self.assertNotIn(SECRET_WORD, self.shared.log())

    def test_models_stay_loaded_and_are_shown(self):
        before = self.one_worker(self.shared)["pid"]
        self.run_job(text=SHORT)
        def models():
            return [m for m in self.shared.get("/status").json["models"]
                    if m["worker"] == "worker-1" and m["id"].startswith("kokoro")]
        self.assertGreater(until(models, "model shown")[0]["size_mb"], 50)
        self.assertEqual(self.one_worker(self.shared)["pid"], before)

    def cancelled_at(self, stage, **body):
        """Cancels a job as soon as it is in that stage (None: anywhere); how long it took, in seconds."""
        job = self.submit(self.shared, **body)
        def reached():
            found = self.job(self.shared, job)
            self.assertIn(found["status"], ("pending", "running"), json.dumps(found, indent=1))
            return found["status"] == "running" and stage in (None, found["stage"])
        while not reached():
            time.sleep(0.01)
        started = time.monotonic()
        self.assertEqual(self.shared.delete("/jobs/" + job).status, 200)
        self.done(self.shared, job, "cancelled")
        seconds = time.monotonic() - started
        until(lambda: not self.outputs(self.shared, job), "nothing left")
        return seconds

    def test_cancel_within_two_seconds(self):
        """Wherever it is: each type that takes longer, and each stage of a film that does."""
        pid = self.one_worker(self.shared)["pid"]
        face = self.upload(self.shared, picture("presenter"))
        path = os.path.join(self.shared.folder, "long.mp4")
        harness.tool("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30:duration=20",
                     "-c:v", "mpeg4", path)
        film = self.upload(self.shared, path)
        speech = self.run_job(text=SHORT * 5)["id"]
        big = {"video_quality": "ultra", "size": "1280x720", "fps": 60}
        rows = [
            ("speech", dict(text=LONG)),
            ("speech", dict(type="full_pipeline", text=LONG, avatar=face)),
            ("lipsync", dict(type="full_pipeline", text=SHORT * 2, avatar=face, config=big)),
            ("lipsync", dict(type="lipsync", audio=speech, text=SHORT * 5, avatar=face, config=big)),
            ("encode", dict(type="video_encode", input=film, config={"format": "webm", "video_quality": "ultra"})),
            (None, dict(type="voice_clone", audio=[speech], name="Anna", consent="I agree.", points=2000)),
        ]
        for stage, body in rows:
            with self.subTest(type=body.get("type"), stage=stage):
                seconds = self.cancelled_at(stage, **body)
                self.assertLess(seconds, CANCEL_S + ASKING_S)
        self.run_job(text=SHORT)
        self.assertEqual(self.one_worker(self.shared)["pid"], pid, "a worker was given up")

    def test_estimate_is_given(self):
        job = self.submit(self.shared, text=LONG)
        self.assertGreater(self.job(self.shared, job)["estimate_seconds"], 1)
        self.shared.delete("/jobs/" + job)
        self.done(self.shared, job, "cancelled")


class ByHand(Case):
    """`avatar worker` with its options."""

    def test_once(self):
        service = self.service()
        job = self.submit(service, text=SHORT)
        outcome = harness.avatar("worker", "--once", "--json", env=service.env)
        self.assertEqual(outcome.status, 0, str(outcome))
        self.assertEqual([outcome.json["end"], outcome.json["completed"]], ["once", 1])
        self.assertEqual(self.done(service, job)["attempt"], 1)
        self.assertEqual(self.outputs(service, job), ["1/speech.wav", "1/timeline.json"])
        outcome = harness.avatar("worker", "--once", "--json", env=service.env)
        self.assertEqual([outcome.status, outcome.json["completed"]], [0, 0], str(outcome))
        # Nothing but errors, and no log.
        outcome = harness.avatar("worker", "--once", "--quiet", env=service.env)
        self.assertEqual([outcome.status, outcome.out, outcome.err], [0, "", ""])

    def test_name(self):
        service = self.service()
        self.worker(service, name="left")
        until(lambda: "left" in self.workers(service), "left answers")
        outcome = harness.avatar("worker", "--once", "--name", "left", env=service.env)
        self.assertEqual(outcome.status, 6, str(outcome))
        self.assertIn("'left' runs already", outcome.err)
        outcome = harness.avatar("worker", "--once", "--name", "../left", env=service.env)
        self.assertEqual(outcome.status, 2, str(outcome))

    def test_interactive(self):
        service = self.service()
        film = self.submit(service, text=LONG * 2)  # over 500 characters
        short = self.submit(service, text=SHORT)
        outcome = harness.avatar("worker", "--once", "--interactive", env=service.env)
        self.assertEqual(outcome.status, 0, str(outcome))
        self.assertEqual(self.job(service, short)["status"], "completed")
        self.assertEqual(self.job(service, film)["status"], "pending")

    def test_log(self):
        service = self.service()
        self.submit(service, text=SHORT)
        outcome = harness.avatar("worker", "--once", "--log", "logfmt", "--name", "w", env=service.env)
        self.assertRegex(outcome.err, r"time=\S+ level=info program=w message=completed job=job-\S+ "
                                      r"type=voice_synthesis request_id=\S+")

    def test_time_limit(self):
        service = self.service()
        job = self.submit(service, text=LONG)
        outcome = harness.avatar("worker", "--once", "--time-limit", "500ms", env=service.env)
        self.assertEqual(outcome.status, 0, str(outcome))
        found = self.done(service, job, "failed")
        self.assertEqual(found["error"]["code"], "time_limit")
        self.assertEqual(found["attempt"], 1)
        self.assertEqual(self.outputs(service, job), [])

    def test_drain(self):
        service = self.service()
        job = self.submit(service, text=LONG)
        process = self.worker(service, "--drain", "0s")
        self.running(service, job)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(SLOW_S), 0, self.log_of(service))
        found = self.job(service, job)
        self.assertEqual([found["status"], found["attempt"]], ["pending", 0])
        self.assertIn("handed back", self.log_of(service))
        self.assertEqual(self.outputs(service, job), [])
        # With time to finish it is finished.
        process = self.worker(service, "--drain", "1h", name="patient")
        self.running(service, job)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(SLOW_S), 0, self.log_of(service, "patient"))
        self.assertEqual(self.job(service, job)["status"], "completed")
        # A second signal does not wait.
        job = self.submit(service, text=LONG)
        process = self.worker(service, "--drain", "1h", name="twice")
        self.running(service, job)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(SLOW_S), 0, self.log_of(service, "twice"))
        self.assertEqual(self.job(service, job)["status"], "pending")

    def test_recycle_jobs(self):
        service = self.service()
        jobs = [self.submit(service, text=SHORT) for _ in range(2)]
        outcome = harness.avatar("worker", "--recycle-jobs", "1", "--json", env=service.env)
        self.assertEqual([outcome.status, outcome.json["end"], outcome.json["completed"]],
                         [0, "recycle", 1], str(outcome))
        self.assertEqual(self.job(service, jobs[1])["status"], "pending")

    def test_recycle_memory(self):
        service = self.service()
        self.submit(service, text=SHORT)
        outcome = harness.avatar("worker", "--recycle-memory", "1", "--json", env=service.env)
        self.assertEqual([outcome.status, outcome.json["end"]], [0, "recycle"], str(outcome))

    def test_memory_budget(self):
        service = self.service()
        for budget, loaded in (("100000", True), ("1", False)):
            process = self.worker(service, "--memory-budget", budget, name="budget-" + budget)
            worker = self.one_worker(service, "budget-" + budget)
            self.done(service, self.submit(service, text=SHORT))
            def models():
                return [m["id"] for m in service.get("/status").json["models"]
                        if m["worker"] == worker["name"]]
            until(lambda: bool(models()) == loaded, "models loaded: %s" % loaded)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(SLOW_S), 0)

    def test_least_recently_used_goes_first(self):
        """Two models, and room for one: it is the one that was used last that stays."""
        service = self.service()
        model = harness.models()["test-piper"]["path"] + "/en_US-joe-medium.onnx"
        service.command("voice", "add", "--piper", model, "--name", "joe")
        def loaded():
            return {m["id"]: m["size_mb"] for m in service.get("/status").json["models"]}
        def speak(voice):
            before = set(loaded())
            self.done(service, self.submit(service, text=SHORT, voice_profile_id=voice))
            return until(lambda: set(loaded()) != before and loaded(), "a model is loaded")
        roomy = self.worker(service, "--memory-budget", "100000", name="roomy")
        self.one_worker(service, "roomy")
        kokoro, size = speak("af_heart").popitem()
        both = speak("piper-joe")
        self.assertEqual(len(both), 2, both)
        other = (set(both) - {kokoro}).pop()
        roomy.send_signal(signal.SIGTERM)
        self.assertEqual(roomy.wait(SLOW_S), 0)
        until(lambda: not loaded(), "it has gone")
        budget = int(size + both[other] / 2)
        self.worker(service, "--memory-budget", str(budget), name="tight")
        self.one_worker(service, "tight")
        self.assertEqual(set(speak("af_heart")), {kokoro})
        speak("piper-joe")
        until(lambda: set(loaded()) == {other}, "the older one goes")

    def test_config(self):
        service = self.service()
        job = self.submit(service, text=LONG)
        path = os.path.join(service.folder, "avatar.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[avatar]\nstorage = %s\n[worker]\ntime-limit = 500ms\n" % service.storage)
        outcome = harness.avatar("worker", "--once", "--config", path,
                                 env=harness.environment(AVATAR_STORAGE=None))
        self.assertEqual(outcome.status, 0, str(outcome))
        self.assertEqual(self.done(service, job, "failed")["error"]["code"], "time_limit")

    def test_poll(self):
        service = self.service()
        service.stop()
        for name, poll in (("sleepy", "60s"), ("awake", "100ms")):
            self.worker(service, "--poll", poll, name=name)
            socket = os.path.join(service.storage, "run", name + ".sock")
            until(lambda: os.path.exists(socket), "listening")
            os.unlink(socket)  # as on another machine: nobody can wake it
            time.sleep(0.5)  # its first look finds nothing
        service.start()
        job = self.submit(service, text=SHORT)
        self.done(service, job)
        self.assertIn(job, self.log_of(service, "awake"))

    def test_threads(self):
        service = self.service()
        counts = []
        for threads in ("1", "4"):
            self.submit(service, text=LONG[:400])
            counts.append(harness.most_threads("worker", "--once", "--threads", threads, "--storage",
                                               service.storage, unnamed=True))
        self.assertGreater(counts[1], counts[0])


class Survival(Case):
    """What dies, and what becomes of the job."""

    def test_a_killed_worker_costs_one_attempt(self):
        # The lease is an hour: freed because the child died, not because it ran out.
        service = self.service("--lease", "1h", workers=1)
        job = self.submit(service, text=LONG)
        self.running(service, job)
        pid = self.one_worker(service)["pid"]
        os.kill(pid, signal.SIGKILL)
        found = self.done(service, job)
        self.assertEqual([found["attempt"], found["rescues"]], [2, 1])
        self.assertNotEqual(self.one_worker(service)["pid"], pid)
        metrics = service.get("/metrics").body.decode()
        for name in ("avatar_lease_losses_total", "avatar_workers_crashed_total"):
            self.assertRegex(metrics, r"(?m)^%s 1$" % name)
        self.assertEqual(found["result"]["file"], "2/speech.wav")
        until(lambda: self.outputs(service, job) == ["2/speech.wav", "2/timeline.json"], "swept")

    def test_a_stopped_worker_is_fenced(self):
        service = self.service("--lease", "2s")
        first = self.worker(service, "--lease", "2s", name="first")
        job = self.submit(service, text=LONG)
        self.running(service, job)
        first.send_signal(signal.SIGSTOP)
        until(lambda: self.job(service, job)["status"] == "pending", "rescued")
        self.worker(service, "--lease", "1m", name="second")  # which a busy machine does not cost it
        found = self.done(service, job)
        self.assertEqual([found["attempt"], found["rescues"]], [2, 1])
        first.send_signal(signal.SIGCONT)
        until(lambda: "the lease was lost" in self.log_of(service, "first"), "fenced")
        after = self.job(service, job)
        self.assertEqual([after["status"], after["result"]], ["completed", found["result"]])
        self.assertEqual(self.outputs(service, job), ["2/speech.wav", "2/timeline.json"])
        # And it goes on with other work.
        first.send_signal(signal.SIGTERM)
        self.assertEqual(first.wait(SLOW_S), 0)

    def test_cancel(self):
        service = self.service(workers=1)
        pid = self.one_worker(service)["pid"]
        for body in (dict(text=LONG), dict(type="full_pipeline", text=LONG,
                                           config={"video_quality": "low"})):
            job = self.submit(service, **body)
            self.running(service, job)
            self.assertIn(service.delete("/jobs/" + job).status, (200, 202))
            found = self.done(service, job, "cancelled")
            self.assertIsNone(found["result"])
            until(lambda: not self.outputs(service, job), "nothing left")
        self.done(service, self.submit(service, text=SHORT))
        self.assertEqual(self.one_worker(service)["pid"], pid)

    def test_cancel_without_a_socket(self):
        """The store alone carries it: another machine has no socket here."""
        service = self.service()
        self.worker(service)
        job = self.submit(service, text=LONG)
        self.running(service, job)
        os.unlink(os.path.join(service.storage, "run", "by-hand.sock"))
        self.assertIn(service.delete("/jobs/" + job).status, (200, 202))
        self.done(service, job, "cancelled")

    def test_a_job_that_kills_workers_ends(self):
        service = self.service("--rescues", "1", workers=1)
        job = self.submit(service, text=LONG)
        for attempt in (1, 2):
            until(lambda: self.job(service, job)["attempt"] == attempt, "attempt %d" % attempt)
            self.running(service, job)
            os.kill(until(lambda: self.workers(service).get("worker-1", {}).get("job") == job and
                          self.workers(service)["worker-1"]["pid"], "at work"), signal.SIGKILL)
        found = self.done(service, job, "failed")
        self.assertEqual([found["error"]["code"], found["rescues"]], ["worker_lost", 2])
        self.done(service, self.submit(service, text=SHORT))

    def test_the_server_stops(self):
        service = self.service("--drain", "0s", workers=2)
        job = self.submit(service, text=LONG)
        self.running(service, job)
        until(lambda: len(self.workers(service)) == 2, "both answer")
        pids = [w["pid"] for w in self.workers(service).values()]
        service.stop()
        self.assertEqual(service.process.returncode, 0)
        for pid in pids:
            self.assertFalse(os.path.exists("/proc/%d" % pid))
        self.assertEqual(os.listdir(os.path.join(service.storage, "outputs")), [])
        service.start()
        self.assertEqual(self.done(service, job)["attempt"], 1)

    def test_the_server_is_killed(self):
        service = self.service("--drain", "0s", "--lease", "1h", workers=1)
        job = self.submit(service, text=LONG)
        self.running(service, job)
        pid = self.one_worker(service)["pid"]
        service.process.kill()
        service.process.wait()
        # The worker notices, hands its job back and ends.
        until(lambda: not os.path.exists("/proc/%d" % pid), "the worker ends")
        service.start()
        self.assertEqual(self.done(service, job)["attempt"], 1)

    def test_all_are_killed(self):
        service = self.service("--lease", "1h", workers=1)
        job = self.submit(service, text=LONG)
        self.running(service, job)
        pid = self.one_worker(service)["pid"]
        service.process.send_signal(signal.SIGSTOP)  # it shall not see the other one die
        os.kill(pid, signal.SIGKILL)
        service.process.kill()
        service.process.wait()
        # The lease has an hour to go, but the next server sees that its holder is dead.
        service.start()
        self.assertEqual(self.done(service, job)["attempt"], 2)

    def test_workers_are_replaced_without_an_end(self):
        service = self.service("--recycle-jobs", "1", workers=1)
        pids = set()
        for _ in range(3):
            job = self.submit(service, text=SHORT)
            pids.add(self.one_worker(service)["pid"])
            self.done(service, job)
        self.assertGreater(len(pids), 1)

    def test_short_work_is_not_held_up(self):
        service = self.service(workers=1, interactive=1)
        self.one_worker(service, "interactive-1")
        long = self.submit(service, text=LONG * 3)
        self.running(service, long)
        self.done(service, self.submit(service, text=SHORT))
        self.assertEqual(self.job(service, long)["status"], "running")
        service.delete("/jobs/" + long)
        self.done(service, long, "cancelled")


class Alone(Case):
    """Workers and commands on a storage, and no server."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="avatar-workers-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.env = harness.environment(AVATAR_STORAGE=os.path.join(self.folder, "storage"),
                                       AVATAR_CONFIG="")

    def command(self, *args):
        outcome = harness.avatar(*args, "--json", env=self.env)
        self.assertEqual(outcome.status, 0, str(outcome))
        return outcome.json

    def status(self, job):
        return self.command("jobs", "status", job)["job"]

    def start(self, name, *options):
        with open(os.path.join(self.folder, name), "wb") as log:
            process = subprocess.Popen([harness.BINARY, "worker", "--name", name, *options],
                                       env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(self.end, process)
        return process

    def test_the_next_one_frees_the_lease(self):
        for rescues, status in (("1", "completed"), ("0", "failed")):
            job = self.command("jobs", "submit", LONG, "--type", "voice_synthesis")["jobs"][0]["id"]
            first = self.start("first", "--lease", "2s")
            until(lambda: self.status(job)["status"] == "running", "running")
            first.kill()
            first.wait()
            second = self.start("second", "--lease", "2s", "--rescues", rescues)
            until(lambda: self.status(job)["status"] == status, status)
            self.assertEqual(self.status(job)["rescues"], 1)
            second.send_signal(signal.SIGTERM)
            self.assertEqual(second.wait(SLOW_S), 0)


class SurvivalOfFiles(Case):
    """The same with the other store, where it matters most."""
    STORE = "file"
    test_a_killed_worker_costs_one_attempt = Survival.test_a_killed_worker_costs_one_attempt
    test_a_stopped_worker_is_fenced = Survival.test_a_stopped_worker_is_fenced
    test_cancel = Survival.test_cancel
    test_all_are_killed = Survival.test_all_are_killed


class Deliveries(Case):
    """Webhooks are the server's own work: no worker has to be there, or to know the secret."""

    def test_without_a_worker(self):
        got = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                got.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        receiver = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        service = self.service("--webhook-private", "yes")
        job = self.submit(service, text=SHORT, run_at="2100-01-01T00:00:00Z",
                          webhook_url="http://127.0.0.1:%d/" % receiver.server_address[1])
        service.delete("/jobs/" + job)
        _, body = until(lambda: got and got[0], "delivered")
        self.assertEqual(json.loads(body)["data"]["job"]["id"], job)
        until(lambda: not os.listdir(os.path.join(service.storage, "outputs")), "no folder left")

    def test_the_secret_stays_with_the_server(self):
        service = self.service(workers=1, env={"AVATAR_WEBHOOK_SECRET": "whsec_" + "c2VjcmV0" * 4})
        with open("/proc/%d/environ" % self.one_worker(service)["pid"], "rb") as file:
            self.assertNotIn(b"AVATAR_WEBHOOK_SECRET", file.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
