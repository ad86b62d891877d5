# SPDX-License-Identifier: Apache-2.0
"""The commands of jobs, on the storage of this machine and on a server: the same in both."""
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import time
import unittest

import harness
from api_harness import Server
from harness import BINARY, Case, avatar, environment

ID = r"job-\d{14}-[0-9a-f]{8}"


def url_of(server):
    return "http://%s:%d" % (server.host, server.port)


class Place(Case):
    """Where the jobs are: in a storage, of either kind, or on a server."""

    store = "sqlite"
    remote = False

    def setUp(self):
        super().setUp()
        self.storage = self.path("storage")
        self.env = environment(AVATAR_STORAGE=self.storage, AVATAR_STORE=self.store)
        self.local_env = dict(self.env)
        if self.remote:
            self.server = Server("--store", self.store, "--rate-limit", "0", storage=self.storage)
            self.addCleanup(self.server.close)
            self.server.start()
            self.env["AVATAR_SERVER"] = url_of(self.server)
            self.env["AVATAR_STORAGE"] = self.path("not-used")

    def jobs(self, *args, **kwargs):
        return self.good("jobs", *args, env=kwargs.pop("env", self.env), **kwargs)

    def fails(self, status, *args, says=(), **kwargs):
        outcome = avatar("jobs", *args, cwd=self.folder, env=self.env, **kwargs)
        self.assertEqual(outcome.status, status, str(outcome))
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, outcome.err)
        return outcome

    def submit(self, *args):
        """The one job that was made."""
        jobs = self.jobs("submit", *args, "--json").json["jobs"]
        self.assertEqual(len(jobs), 1)
        return jobs[0]

    def listed(self, *args):
        return [job["id"] for job in self.jobs("list", "--json", *args).json["jobs"]]


class Submit(Place):
    def params(self, *args):
        return self.submit(*args)["params"]

    def test_text(self):
        outcome = self.jobs("submit", "Good morning.")
        self.assertRegex(outcome.out, r"^%s: pending, place 1" % ID)
        self.assertIn("--watch' follows it", outcome.out)
        job = self.submit("Good morning.")
        self.assertEqual(job["type"], "full_pipeline")
        self.assertEqual(job["status"], "pending")
        self.assertEqual(job["params"], {"text": "Good morning."})
        self.assertNotIn("links", job)
        self.assertEqual(job["queue_position"], 2)

    def test_voice(self):
        self.assertEqual(self.params("Hi.", "--voice", "bf_emma")["voice_profile_id"], "bf_emma")

    def test_language(self):
        self.assertEqual(self.params("Hi.", "--language", "en-gb")["language"], "en-gb")

    def test_captions(self):
        self.assertEqual(self.params("Hi.", "--captions", "srt")["captions"], "srt")

    def test_quality(self):
        self.assertEqual(self.params("Hi.", "--quality", "low")["config"], {"video_quality": "low"})

    def test_size(self):
        self.assertEqual(self.params("Hi.", "--size", "640x360")["config"], {"size": "640x360"})

    def test_fps(self):
        self.assertEqual(self.params("Hi.", "--fps", "30")["config"], {"fps": 30})
        fraction = self.params("Hi.", "--fps", "30000/1001")["config"]["fps"]
        self.assertAlmostEqual(fraction, 29.97, places=2)

    def test_speed(self):
        self.assertEqual(self.params("Hi.", "--speed", "1.5")["config"], {"speed": 1.5})
        speech = self.params("Hi.", "--type", "voice_synthesis", "--speed", "1.5")
        self.assertEqual(speech, {"text": "Hi.", "speed": 1.5})

    def test_seed(self):
        self.assertEqual(self.params("Hi.", "--seed", "7")["config"], {"seed": 7})

    def test_how_lively(self):
        self.assertEqual(self.params("Hi.", "--head-motion", "0.2", "--expressiveness", "1", "--emotion", "sad",
                                     "--blink", "7")["config"],
                         {"head_motion": 0.2, "expressiveness": 1, "emotion": "sad", "blink": 7})
        for word, number in (("on", 16), ("off", 0)):
            self.assertEqual(self.params("Hi.", "--blink", word)["config"], {"blink": number})

    def test_format(self):
        self.assertEqual(self.params("Hi.", "--format", "webm")["config"], {"format": "webm"})
        speech = self.params("Hi.", "--type", "voice_synthesis", "--format", "flac")
        self.assertEqual(speech, {"text": "Hi.", "format": "flac"})

    def test_type(self):
        job = self.submit("Hi.", "--type", "voice_synthesis")
        self.assertEqual((job["type"], job["params"]), ("voice_synthesis", {"text": "Hi."}))

    def test_presenter(self):
        self.write("a.json", '{"age": 52}')
        options = ["--type", "avatar_generate", "--look", "toon", "--variations", "2", "--seed", "7", "--size",
                   "320x320", "--name", "Ada", "--attributes", "a.json"]
        job = self.submit("a doctor", *options)
        self.assertEqual((job["type"], job["params"]), (
            "avatar_generate", {"prompt": "a doctor", "look": "toon", "variations": 2, "seed": 7, "size": "320x320",
                                "name": "Ada", "attributes": {"age": 52}}))
        self.assertEqual(self.params("--type", "avatar_generate", "--attributes", "a.json"), {"attributes": {"age": 52}})
        self.write("t.txt", "a doctor")
        self.assertEqual(self.params("--type", "avatar_generate", "--text-file", "t.txt"), {"prompt": "a doctor"})
        for args, says in ((["Hi.", "--look", "toon"], "--look is for jobs of type avatar_generate"),
                           (["Hi.", "--variations", "2"], "--variations is for"),
                           (["Hi.", "--engine", "sd"], "--engine is for"),
                           (["Hi.", "--attributes", "a.json"], "--attributes is for"),
                           (["Hi.", "--name", "Ada"], "--name is for"),
                           (["--type", "avatar_generate"], "there is no text"),
                           (["a doctor", "--type", "avatar_generate", "--size", "source"], "size: must be"),
                           (["a doctor", "--type", "avatar_generate", "--quality", "low"], "config: there is no such"),
                           (["a doctor", "--type", "avatar_generate", "--voice", "af_heart"], "no such field"),
                           (["--params", "t.txt", "--look", "toon"], "--look stands in the file")):
            with self.subTest(args=args):
                self.fails(2, "submit", *args, says=says)
        self.write("a.json", "{")
        self.fails(7, "submit", "a doctor", "--type", "avatar_generate", "--attributes", "a.json", says="is no JSON")
        self.fails(8, "submit", " ", "--type", "avatar_generate", says="prompt: is empty")

    def test_text_file(self):
        self.write("t.txt", "From a file.")
        self.assertEqual(self.params("--text-file", "t.txt")["text"], "From a file.")

    def test_avatar(self):
        params = self.params("Hi.", "--avatar", harness.picture("presenter"))
        self.assertRegex(params["avatar"], r"^up-[0-9a-f]{16}$")
        data = os.path.join(self.storage, "uploads", params["avatar"], "data")
        with open(data, "rb") as kept, open(harness.picture("presenter"), "rb") as given:
            self.assertEqual(kept.read(), given.read())
        # An id is taken as it is.
        self.assertEqual(self.params("Hi.", "--avatar", params["avatar"]), params)

    def test_input(self):
        job = self.submit("--type", "face_detect", "--input", harness.picture("presenter"))
        self.assertRegex(job["params"]["image"], r"^up-[0-9a-f]{16}$")
        self.write("t.txt", "Hi.")
        self.fails(2, "submit", "--type", "lipsync", "--text-file", "t.txt", says="needs --input")
        self.fails(2, "submit", "Hi.", "--input", "t.txt", says="takes no --input")

    def test_clone(self):
        harness.tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=4", self.path("me.wav"))
        args = ("--type", "voice_clone", "--input", "me.wav")
        job = self.submit(*args, "--name", "Anna", "--consent", "I agree.", "--consent-by", "Anna B.")
        clips = job["params"].pop("audio")
        self.assertRegex(" ".join(clips), r"^up-[0-9a-f]{16}$")
        self.assertEqual(job["params"], {"name": "Anna", "consent": "I agree.", "consent_by": "Anna B."})
        self.fails(2, "submit", *args, "--name", "Anna", says="needs --consent")
        self.fails(2, "submit", *args, "--consent", "I agree.", says="needs --name")
        self.fails(2, "submit", "Hi.", "--name", "Anna", says="--name is for jobs of type voice_clone")
        # Each takes its recordings with it when it has ended, so none is shared.
        self.write("b.jsonl", 2 * (json.dumps({"type": "voice_clone", "name": "A", "consent": "Yes.", "audio": [
            "me.wav", "me.wav"], "consent_audio": "me.wav"}) + "\n"))
        jobs = self.jobs("submit", "--batch", "b.jsonl", "--json").json["jobs"]
        ids = [i for job in jobs for i in job["params"]["audio"] + [job["params"]["consent_audio"]]]
        self.assertEqual((len(ids), len(set(ids))), (6, 6))
        self.write("b.jsonl", '{"type": "voice_clone", "name": "A", "consent": "Yes.", "audio": ["none.wav"]}')
        self.fails(4, "submit", "--batch", "b.jsonl", says="'none.wav' (audio) is neither a file nor an id")

    def test_priority(self):
        low, high = self.submit("Hi.", "--priority", "-5"), self.submit("Hi.")
        self.assertEqual((low["priority"], high["priority"]), (-5, 0))
        self.assertEqual(high["queue_position"], 1)

    def test_at(self):
        job = self.submit("Hi.", "--at", "2100-01-15T18:30:00Z")
        self.assertEqual(job["run_at"], "2100-01-15T18:30:00.000Z")
        text = self.jobs("submit", "Hi.", "--at", "2h").out
        self.assertRegex(text, r"pending, starts in 2 h")
        self.fails(2, "submit", "Hi.", "--at", "soon", says="--at cannot be 'soon'")

    def test_files_of_a_job_that_waits_are_kept(self):
        """An upload lives for a day, a job may wait for longer."""
        job = self.submit("Hi.", "--avatar", harness.picture("presenter"), "--at", "30d")
        if self.store == "sqlite":
            with contextlib.closing(sqlite3.connect(os.path.join(self.storage, "avatar.db"))) as db:
                expires = db.execute("SELECT expires_ms FROM record WHERE id = ?",
                                     [job["params"]["avatar"]]).fetchone()[0]
            self.assertGreater(expires / 1000 - time.time(), 30 * 86400)

    def test_webhook(self):
        url = "https://example.org/hook"
        self.assertEqual(self.submit("Hi.", "--webhook", url)["webhook_url"], url)

    def test_params(self):
        picture = os.path.relpath(harness.picture("presenter"), self.folder)
        self.write("job.json", json.dumps({"text": "Hi.", "avatar": picture, "priority": -3,
                                           "config": {"video_quality": "low"}}))
        job = self.submit("--params", "job.json")
        self.assertEqual(job["priority"], -3)
        self.assertEqual(job["params"]["config"], {"video_quality": "low"})
        self.assertRegex(job["params"]["avatar"], r"^up-")
        outcome = self.jobs("submit", "--params", "-", "--json", stdin=b'{"text": "Piped."}')
        self.assertEqual(outcome.json["jobs"][0]["params"], {"text": "Piped."})

    def test_batch(self):
        picture = harness.picture("presenter")
        lines = [{"text": "One.", "avatar": picture}, {"text": "Two.", "type": "voice_synthesis"},
                 {"text": "Three.", "avatar": picture, "priority": -7}]
        self.write("b.jsonl", "\n\n".join(map(json.dumps, lines)) + "\n")
        jobs = self.jobs("submit", "--batch", "b.jsonl", "--priority", "-1", "--json").json["jobs"]
        self.assertEqual([j["params"]["text"] for j in jobs], ["One.", "Two.", "Three."])
        self.assertEqual([j["priority"] for j in jobs], [-1, -1, -7])
        # The same picture is taken in once.
        self.assertEqual(jobs[0]["params"]["avatar"], jobs[2]["params"]["avatar"])
        self.assertEqual(len(os.listdir(os.path.join(self.storage, "uploads"))), 1)

    def test_one_bad_line_stops_all(self):
        good = '{"text": "One."}\n'
        table = [
            ('{"text": ""}', 8, "line 2:"),
            ('{"text": "x", "voice": "y"}', 2, "line 2:"),
            ('{"text": "x", "config": {"fps": 1000}}', 2, "fps"),
            ('{"text": "x", "type": "film"}', 2, "no type of job 'film'"),
            ('{"text": "x", "avatar": "missing.png"}', 4, "'missing.png' (avatar) is neither"),
            ("{", 7, "line 2 is no JSON"),
            ("[1]", 7, "line 2 is not a JSON object"),
            ('{"text": "x", "text": "y"}', 7, "line 2 is no JSON"),
        ]
        for line, status, says in table:
            with self.subTest(line=line):
                self.write("b.jsonl", good + line + "\n")
                self.fails(status, "submit", "--batch", "b.jsonl", says=says)
                self.assertEqual(self.listed(), [])
        self.write("b.jsonl", "\n \n")
        self.fails(7, "submit", "--batch", "b.jsonl", says="holds no job")

    def test_two_sources(self):
        self.write("a.json", "{}")
        table = [
            (["Hi.", "--params", "a.json"], "a text beside --params"),
            (["--params", "a.json", "--batch", "a.json"], "two sources"),
            (["--batch", "a.json", "--voice", "af_heart"], "--voice stands in the file"),
            ([], "there is no text"),
        ]
        for args, says in table:
            with self.subTest(args=args):
                self.fails(2, "submit", *args, says=says)

    def test_bad_files(self):
        self.write("notes.txt", "These are no pixels.")
        self.fails(4, "submit", "--params", "missing.json", says="missing.json")
        self.fails(4, "submit", "Hi.", "--avatar", "missing.png", says="missing.png")
        outcome = self.fails(7, "submit", "Hi.", "--avatar", "notes.txt")
        self.assertEqual(len(outcome.err.splitlines()), 1)
        self.assertEqual(self.listed(), [])
        uploads = os.path.join(self.storage, "uploads")
        self.assertEqual(os.listdir(uploads) if os.path.exists(uploads) else [], [])


class Look(Place):
    def test_list(self):
        first, second = self.submit("One."), self.submit("Two.")
        self.assertEqual(self.listed(), [second["id"], first["id"]])
        text = self.jobs("list").out.splitlines()
        self.assertEqual(len(text), 3)
        self.assertRegex(text[1], r"^%s +full_pipeline +pending +place 2" % second["id"])
        self.assertEqual(self.jobs("list", "--status", "failed").out, "there are no such jobs\n")

    def test_list_status(self):
        first, second = self.submit("One."), self.submit("Two.")
        self.jobs("cancel", first["id"])
        self.assertEqual(self.listed("--status", "cancelled"), [first["id"]])
        self.assertEqual(self.listed("--status", "pending"), [second["id"]])

    def test_list_type(self):
        self.submit("One.")
        speech = self.submit("Two.", "--type", "voice_synthesis")
        self.assertEqual(self.listed("--type", "voice_synthesis"), [speech["id"]])

    def test_list_since(self):
        job = self.submit("One.")
        self.assertEqual(self.listed("--since", "1h"), [job["id"]])
        self.assertEqual(self.listed("--since", "2100-01-01"), [])
        self.assertEqual(self.listed("--since", "0s"), [])

    def test_list_limit(self):
        ids = [self.submit("%d." % i)["id"] for i in range(5)]
        outcome = self.jobs("list", "--limit", "2", "--json")
        self.assertEqual([j["id"] for j in outcome.json["jobs"]], ids[:2:-1])
        self.assertIs(outcome.json["more"], True)
        self.assertIn("there are more", self.jobs("list", "--limit", "2").out)
        self.assertIs(self.jobs("list", "--limit", "5", "--json").json["more"], False)

    def test_status(self):
        job = self.submit("Good morning.", "--quality", "low", "--at", "2100-01-15T18:30:00Z")
        text = self.jobs("status", job["id"]).out
        for pattern in (r"^job +%s$" % job["id"], r"^type +full_pipeline$",
                        r"^status +pending: starts in ", r"^attempt +0 of 3$",
                        r"^starts +2100-01-15T18:30:00Z, in \d+ d$",
                        r'^params +{"text":"Good morning.","config":{"video_quality":"low"}}$'):
            self.assertRegex(text, "(?m)" + pattern)
        shown = self.jobs("status", job["id"], "--json").json["job"]
        del shown["eta_seconds"], job["eta_seconds"]
        self.assertEqual(shown, job)

    def test_prefixes(self):
        job = self.submit("One.")
        for prefix in (job["id"], job["id"][4:], job["id"][:12], job["id"][4:12], job["id"][:22]):
            with self.subTest(prefix=prefix):
                self.assertEqual(self.jobs("status", prefix, "--json").json["job"]["id"], job["id"])
        self.submit("Two.")
        self.fails(2, "status", job["id"][:8], says=["several jobs have an id", "give more of it"])
        for nothing in ("job-1970", "zzz", "", "../x", "job-20260115120000-abc12345",
                        "job-20260115120000-abc123456"):
            with self.subTest(nothing=nothing):
                outcome = self.fails(4, "status", nothing)
                self.assertEqual(len(outcome.err.splitlines()), 1, str(outcome))

    def test_stats(self):
        self.jobs("cancel", self.submit("One.")["id"])
        self.submit("Two.", "--type", "voice_synthesis")
        outcome = self.jobs("stats", "--json").json["stats"]
        self.assertEqual(outcome["jobs"], {"pending": 1, "running": 0, "completed": 0, "failed": 0,
                                           "cancelled": 1})
        self.assertEqual(outcome["by_type"]["full_pipeline"]["cancelled"], 1)
        self.assertGreaterEqual(outcome["oldest_pending_s"], 0)
        text = self.jobs("stats").out
        self.assertRegex(text, r"(?m)^all +1 +0 +0 +0 +1$")
        self.assertRegex(text, r"(?m)^the oldest waits for ")

    def test_result_of_what_is_not_done(self):
        job = self.submit("One.")
        self.fails(2, "result", job["id"], says="is pending")
        self.jobs("cancel", job["id"])
        self.fails(21, "result", job["id"], says="was cancelled")


class Change(Place):
    def test_cancel(self):
        jobs = [self.submit("%d." % i)["id"] for i in range(3)]
        outcome = self.jobs("cancel", jobs[0], jobs[1])
        self.assertEqual(outcome.out, "%s: cancelled\n%s: cancelled\n" % tuple(jobs[:2]))
        self.assertEqual(self.listed("--status", "pending"), jobs[2:])
        again = self.jobs("cancel", jobs[0])
        self.assertIn("was cancelled already", again.out)
        self.assertEqual(self.jobs("cancel", jobs[0], "--json").json["jobs"],
                         [{"id": jobs[0], "status": "cancelled", "changed": False}])

    def test_a_wrong_id_changes_nothing(self):
        job = self.submit("One.")
        self.fails(4, "cancel", job["id"], "job-1970", says="there is no job whose id begins with 'job-1970'")
        self.assertEqual(self.listed("--status", "pending"), [job["id"]])

    def test_retry(self):
        job = self.submit("One.", "--quality", "low")
        self.fails(2, "retry", job["id"])
        self.jobs("cancel", job["id"])
        outcome = self.jobs("retry", job["id"])
        self.assertRegex(outcome.out, r"^%s: put on again as %s: place 1" % (job["id"], ID))
        new = self.jobs("retry", job["id"], "--json").json["jobs"][0]["job"]
        self.assertNotEqual(new["id"], job["id"])
        self.assertEqual(new["params"], job["params"])

    def test_delete(self):
        first, second = self.submit("One."), self.submit("Two.")
        self.fails(2, "delete", first["id"], says="is pending: 'avatar jobs cancel %s' first" % first["id"])
        self.jobs("cancel", first["id"])
        self.assertEqual(self.jobs("delete", first["id"]).out, "%s: deleted\n" % first["id"])
        self.assertEqual(self.listed(), [second["id"]])
        self.fails(4, "status", first["id"])

    def cancelled(self, count):
        ids = []
        for i in range(count):
            ids.append(self.submit("%d." % i)["id"])
            self.jobs("cancel", ids[-1])
        return ids

    def test_cleanup(self):
        self.fails(2, "cleanup", says="say which finished jobs are to go")
        waiting = self.submit("Waits.")["id"]
        self.cancelled(2)
        outcome = self.jobs("cleanup", "--status", "cancelled")
        self.assertEqual(outcome.out, "removes every job that was cancelled, and what it made\n"
                                      "2 jobs and 0 B of results removed\n")
        self.assertEqual(self.listed(), [waiting])

    def test_cleanup_older_than(self):
        self.cancelled(1)
        self.assertEqual(self.jobs("cleanup", "--older-than", "1h", "--json").json["jobs"], 0)
        self.assertEqual(self.jobs("cleanup", "--older-than", "0s", "--json").json["jobs"], 1)

    def test_cleanup_keep_last(self):
        ids = self.cancelled(3)
        outcome = self.jobs("cleanup", "--keep-last", "1")
        self.assertIn("removes every job that has ended, but for the newest 1, and what", outcome.out)
        self.assertEqual(self.listed(), ids[2:])

    def test_cleanup_status(self):
        self.cancelled(1)
        self.assertEqual(self.jobs("cleanup", "--status", "failed", "--json").json["jobs"], 0)
        self.assertEqual(self.jobs("cleanup", "--status", "cancelled", "--json").json["jobs"], 1)

    def test_cleanup_dry_run(self):
        ids = self.cancelled(2)
        outcome = self.jobs("cleanup", "--older-than", "0s", "--dry-run")
        self.assertEqual(outcome.out.splitlines()[-1], "2 jobs would be removed")
        self.assertEqual(self.listed(), ids[::-1])


class Work(Place):
    """What a worker does for it."""

    def worker(self, *options):
        """One that goes on until the test ends."""
        process = harness.start("worker", "--storage", self.storage, "--store", self.store, "--name",
                                "test", "--poll", "200ms", *options, env=self.local_env)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def test_submit_wait(self):
        self.worker()
        outcome = self.jobs("submit", "Hi.", "--type", "voice_synthesis", "--wait")
        lines = outcome.out.splitlines()
        self.assertRegex(lines[0], "^%s: pending" % ID)
        self.assertRegex(lines[1], "^%s: completed, [0-9.]+ s, " % ID)
        # A face is what it lacks.
        self.write("grey.png", harness.png(64, 64, lambda x, y: (128, 128, 128)))
        failed = self.fails(21, "submit", "--type", "face_detect", "--input", "grey.png", "--wait")
        self.assertRegex(failed.err, "(?m)^avatar: the job %s failed: " % ID)
        self.write("b.jsonl", '{"type": "voice_synthesis", "text": "One."}\n' * 2)
        jobs = self.jobs("submit", "--batch", "b.jsonl", "--wait", "--json").json["jobs"]
        self.assertEqual([j["status"] for j in jobs], ["completed", "completed"])

    def test_status_watch(self):
        job = self.submit("Good morning, and welcome.", "--avatar", harness.picture("presenter"),
                          "--quality", "low")
        watching = harness.start("jobs", "status", job["id"], "--watch", "--json", env=self.env)
        self.addCleanup(watching.kill)
        self.assertIn(b"avatar: pending  place 1", watching.stderr.readline())
        self.worker()
        out, err = watching.communicate(timeout=harness.TIMEOUT_S)
        self.assertEqual(watching.returncode, 0, err)
        shown = json.loads(out)["job"]
        self.assertEqual((shown["id"], shown["status"]), (job["id"], "completed"))
        self.assertRegex(err.decode(), r"(?m)^avatar: running \d+ %  ")
        again = self.jobs("status", job["id"], "--watch")
        self.assertRegex(again.out, r"(?m)^status +completed: ")

    def test_watch_ends_with_the_first_interrupt(self):
        job = self.submit("Hi.")
        watching = harness.start("jobs", "status", job["id"], "--watch", env=self.env)
        self.addCleanup(watching.kill)
        line = watching.stderr.readline()
        self.assertIn(b"pending", line)
        watching.send_signal(2)
        _, err = watching.communicate(timeout=60)
        self.assertEqual(watching.returncode, 130, err)
        self.assertIn(b"the job goes on", err)

    def test_a_failed_job_says_why(self):
        self.write("grey.png", harness.png(64, 64, lambda x, y: (128, 128, 128)))
        job = self.submit("--type", "face_detect", "--input", "grey.png")
        self.worker()
        self.fails(21, "status", job["id"], "--watch", says="failed: ")
        self.assertRegex(self.jobs("list").out, r"(?s)failed +no_face: ")
        self.assertIn("no_face", self.jobs("status", job["id"]).out)
        self.fails(21, "result", job["id"], says="failed: ")
        self.assertEqual(self.listed("--status", "failed"), [job["id"]])

    def film(self, *options):
        self.worker()
        return self.submit_wait("Good morning.", "--avatar", harness.picture("presenter"), "--quality",
                                "low", *options)

    def submit_wait(self, *args):
        return self.jobs("submit", *args, "--wait", "--json").json["jobs"][0]

    def test_result(self):
        job = self.film()
        outcome = self.jobs("result", job["id"])
        name = job["id"] + ".mp4"
        self.assertRegex(outcome.out, "^%s: [0-9.]+ kB$" % re.escape(name))
        self.assertEqual(harness.probe(self.path(name))["video"]["codec_name"], "h264")
        self.assertEqual(os.path.getsize(self.path(name)), job["result"]["size_bytes"])

    def test_result_output(self):
        self.worker()
        job = self.submit_wait("Hi.", "--type", "voice_synthesis")
        self.jobs("result", job["id"], "-o", "a.wav")
        self.assertEqual(harness.probe(self.path("a.wav"))["audio"]["codec_type"], "audio")
        self.fails(12, "result", job["id"], "-o", "no/such/folder/a.wav")
        self.fails(4, "result", job["id"], "--captions", says="made no caption file")

    def test_result_captions(self):
        job = self.film("--captions", "srt")
        self.jobs("result", job["id"], "--captions", "-o", "a.srt")
        with open(self.path("a.srt"), encoding="utf-8") as file:
            self.assertIn("Good morning.", file.read())

    def test_result_json(self):
        self.worker()
        job = self.submit_wait("Hi.", "--type", "voice_synthesis")
        result = self.jobs("result", job["id"], "-o", "a.wav", "--json").json
        self.assertEqual((result["output"], result["size_bytes"]),
                         ("a.wav", os.path.getsize(self.path("a.wav"))))
        self.assertEqual(self.jobs("result", job["id"], "-o", "b.wav", "--quiet").out, "")

    def test_deleted_with_its_file(self):
        self.worker()
        job = self.submit_wait("Hi.", "--type", "voice_synthesis")
        folder = os.path.join(self.storage, "outputs", job["id"])
        self.assertTrue(os.listdir(folder))
        self.assertIn("and its result with it", self.jobs("delete", job["id"]).out)
        self.assertFalse(os.path.exists(folder))


class Files:
    """On the store of JSON files."""
    store = "file"


class Remote:
    """On a server."""
    remote = True


class LookFiles(Files, Look):
    pass


class ChangeFiles(Files, Change):
    pass


class WorkRemote(Remote, Work):
    pass


class SubmitRemote(Remote, Submit):
    pass


class LookRemote(Remote, Look):
    pass


class ChangeRemote(Remote, Change):
    pass


class Settings(Case):
    """--storage, --store, --server, --key and --config of every command of jobs."""

    COMMANDS = ["submit", "list", "status", "result", "cancel", "retry", "delete", "cleanup", "stats"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.storage = os.path.join(harness._shared, "jobs-settings")
        cls.server = Server("--rate-limit", "0", storage=cls.storage)
        cls.addClassCleanup(cls.server.close)
        cls.url = url_of(cls.server.start())

    def arguments(self, command, id_):
        return {"submit": ["Hi."], "list": [], "cleanup": ["--status", "failed"],
                "stats": []}.get(command, [id_])

    def expect(self, command, id_, *options, env=None):
        """True if the command found the job."""
        outcome = avatar("jobs", command, *self.arguments(command, id_), *options, "--json",
                         cwd=self.folder, env=env or environment(AVATAR_STORAGE=self.path("none")))
        self.assertNotIn(outcome.status, (1, 139), str(outcome))
        self.assertNotIn("there is no option", outcome.err)
        return outcome

    def one_job(self, *options):
        outcome = self.good("jobs", "submit", "Hi.", "--json", *options,
                            env=environment(AVATAR_STORAGE=None))
        return outcome.json["jobs"][0]["id"]

    def test_storage(self):
        for command in self.COMMANDS:
            with self.subTest(command=command):
                storage = self.path(command)
                id_ = self.one_job("--storage", storage)
                self.assertNotEqual(self.expect(command, id_, "--storage", storage).status, 4)
                self.assertTrue(os.path.exists(os.path.join(storage, "avatar.db")))
                if command in ("status", "cancel"):
                    self.assertEqual(self.expect(command, id_).status, 4)

    def test_store(self):
        for command in self.COMMANDS:
            with self.subTest(command=command):
                storage = self.path(command)
                id_ = self.one_job("--storage", storage, "--store", "file")
                self.assertTrue(os.path.exists(os.path.join(storage, "jobs", id_ + ".json")))
                # Without --store it is found to be one of files; with it, it is as said.
                self.assertNotEqual(self.expect(command, id_, "--storage", storage).status, 4)
                self.expect(command, id_, "--storage", storage, "--store", "sqlite")
                self.assertTrue(os.path.exists(os.path.join(storage, "avatar.db")))

    def test_server(self):
        id_ = self.one_job("--server", self.url)
        for command in self.COMMANDS:
            with self.subTest(command=command):
                self.assertNotEqual(
                    self.expect(command, id_, "--server", self.url).status, 4)
                outcome = self.expect(command, id_, "--server", "http://127.0.0.1:1")
                self.assertEqual(outcome.status, 18, str(outcome))
                self.assertIn("nothing answers at http://127.0.0.1:1", outcome.err)
                outcome = self.expect(command, id_, "--server", "ftp://example.org")
                self.assertEqual(outcome.status, 2, str(outcome))

    def test_key(self):
        storage = self.path("storage")
        server = Server("--rate-limit", "0", storage=storage)
        self.addCleanup(server.close)
        there = ["--server", url_of(server.start())]
        key = server.key("submit", "--name", "test")
        id_ = self.one_job(*there, "--key", key)
        for command in self.COMMANDS:
            with self.subTest(command=command):
                self.assertNotIn(self.expect(command, id_, *there, "--key", key).status, (4, 20))
                self.assertEqual(self.expect(command, id_, *there).status, 20)
                wrong = self.expect(command, id_, *there, "--key", key[:-1] + "!")
                self.assertEqual(wrong.status, 20)
                self.assertNotIn(key[13:-1], wrong.err)

    def test_config(self):
        for command in self.COMMANDS:
            with self.subTest(command=command):
                storage = self.path(command)
                path = self.write("a.ini", "[avatar]\nstorage = %s\nstore = file\n" % storage)
                id_ = self.one_job("--config", path)
                self.assertTrue(os.path.exists(os.path.join(storage, "jobs", id_ + ".json")))
                outcome = self.expect(command, id_, "--config", path,
                                      env=environment(AVATAR_STORAGE=None))
                self.assertNotEqual(outcome.status, 4)


class Patience(Case):
    def test_a_server_that_wants_us_slower(self):
        """A batch larger than the limit takes longer, and comes through."""
        server = Server("--rate-limit", "60", storage=self.path("storage"))
        self.addCleanup(server.close)
        server.start()
        self.write("b.jsonl", '{"text": "Hi."}\n' * 70)
        outcome = self.good("jobs", "submit", "--batch", "b.jsonl", "--json", "--server", url_of(server))
        self.assertEqual(len(outcome.json["jobs"]), 70)
        self.assertIn("so many requests a minute", outcome.err)


class Owner(Case):
    @unittest.skipUnless(os.geteuid() == 0, "only root can get into another's storage")
    def test_root_leaves_the_storage_of_others_alone(self):
        storage = self.path("storage")
        self.good("jobs", "submit", "Hi.", "-q", "--storage", storage)
        os.chown(storage, 12345, 12345)
        for command in (["jobs", "list"], ["keys", "create"], ["server", "start", "--port", "0"],
                        ["backup", self.path("copy")]):
            with self.subTest(command=command):
                self.bad(2, *command, "--storage", storage, says="run this as that user")


class Terminal(Case):
    """Tables in 80 columns."""

    def test_list_fits(self):
        env = environment(AVATAR_STORAGE=self.path("storage"), COLUMNS="80", TERM="xterm")
        for kind in ("full_pipeline", "voice_synthesis"):
            self.good("jobs", "submit", "Hi.", "--type", kind, "-q", env=env)
        script = "exec script -qec '%s jobs list' /dev/null" % BINARY
        out = subprocess.run(["bash", "-c", "stty cols 80 2>/dev/null; " + script], env=env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60,
                             check=True).stdout.decode()
        lines = out.replace("\r", "").splitlines()
        self.assertLessEqual(max(map(len, lines)), 80, out)
        # The id is whole: it is there to be copied.
        self.assertTrue(any(re.match(ID + r"\b", line) for line in lines), out)


if __name__ == "__main__":
    harness.main()
