# SPDX-License-Identifier: Apache-2.0
"""/v1 as OpenAI's own Python client uses it, against a live server with keys and one worker. The client is
one of tests/requirements.txt; run without it, this file looks for it where `./dev test` puts it."""
import base64
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import unittest

import harness
from api_harness import ApiCase, Server, tools_python, write_profile

SHORT = "The train to Graz leaves at nine."
SENTENCES = ("The train to Graz leaves at nine. ", "Breakfast is served on board from seven. ",
             "Please keep your ticket with you at all times. ", "We wish you a pleasant journey. ")
LONG = "".join(SENTENCES) * 3
SECRET = "The quick brown fox has a secret."
RATE = 24000
# Codec by ffprobe, and how far from the samples' length the file may be, in seconds: MP3 and AAC keep
# their encoder's delay and padding.
FORMATS = {"mp3": ("mp3", .12), "opus": ("opus", .05), "aac": ("aac", .12), "flac": ("flac", .01),
           "wav": ("pcm_s16le", .01), "pcm": (None, .001)}


def client_of(server, key):
    import openai
    return openai.OpenAI(api_key=key, base_url="http://127.0.0.1:%d/v1" % server.port, max_retries=0)


def decoded_seconds(data, suffix):
    """Length of a file by decoding it: streamed files do not say it."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        codec = harness.probe(file.name)["audio"]["codec_name"]
        samples = harness.tool("ffmpeg", "-v", "error", "-i", file.name, "-f", "s16le", "-ac", "1",
                               "-ar", str(RATE), "-")
        return codec, len(samples) / 2 / RATE


def events_of(lines):
    """The data of server-sent events."""
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


class Speech(ApiCase):
    WORKERS = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import openai
        cls.openai = openai
        cls.key = cls.server.key("read,submit")
        cls.other = cls.server.key("read,submit")
        cls.client = client_of(cls.server, cls.key)
        deadline = time.monotonic() + 60
        while not cls.server.get("/status", key=cls.key).json["workers"]:
            if time.monotonic() > deadline:
                raise AssertionError("no worker: " + cls.server.log())
            time.sleep(.05)

    def pcm(self, text=SHORT, voice="alloy", **options):
        return self.client.audio.speech.create(model="tts-1", voice=voice, input=text,
                                               response_format="pcm", **options).content

    def streaming(self, text=LONG, form="pcm", **options):
        return self.client.audio.speech.with_streaming_response.create(
            model="gpt-4o-mini-tts", voice="nova", input=text, response_format=form, **options)

    def job_of(self, answer):
        location = answer.headers["location"]
        self.assertTrue(location.startswith("/jobs/job-"), location)
        return location

    def wait_until_gone(self, path, seconds=30):
        deadline = time.monotonic() + seconds
        while (answer := self.server.get(path, key=self.key)).status != 404:
            self.assertLess(time.monotonic(), deadline, str(answer))
            time.sleep(.1)

    def test_formats(self):
        want_s = len(self.pcm()) / 2 / RATE
        self.assertGreater(want_s, 1)
        for form, (codec, tolerance) in FORMATS.items():
            with self.subTest(form):
                answer = self.client.audio.speech.with_raw_response.create(
                    model="tts-1-hd", voice="alloy", input=SHORT, response_format=form,
                    instructions="Speak like a pirate.")
                data = answer.content
                self.assertTrue(answer.headers["content-type"].startswith("audio/"))
                if form == "pcm":
                    got_s = len(data) / 2 / RATE
                else:
                    found, got_s = decoded_seconds(data, "." + form)
                    self.assertEqual(found, codec)
                self.assertAlmostEqual(got_s, want_s, delta=tolerance)
        # Said or not, what comes is sound.
        self.assertEqual(len(self.pcm(stream_format="audio")) / 2 / RATE, want_s)
        # Without a format it is MP3.
        answer = self.client.audio.speech.create(model="kokoro", voice="echo", input="Hello.")
        self.assertEqual(answer.response.headers["content-type"], "audio/mpeg")

    def test_streaming(self):
        """The first sound is there while the job that makes the rest still runs."""
        with self.streaming() as answer:
            job = self.job_of(answer)
            chunks = answer.iter_bytes()
            first = next(chunks)
            state = self.server.get(job, key=self.key).json
            self.assertEqual((state["status"], state["type"]), ("running", "voice_synthesis"))
            self.assertLess(state["progress"], 90)
            self.assertEqual(self.server.get(job, key=self.other).status, 404)
            rest = list(chunks)
        self.assertGreater(len(rest), 3)
        self.assertGreater(len(first) + sum(map(len, rest)), 20 * RATE * 2)
        # With what was said it is gone soon after.
        self.wait_until_gone(job)
        self.assertFalse(os.path.exists(os.path.join(self.server.storage, "outputs", job.split("/")[2])))

    def test_sse(self):
        with self.streaming("".join(SENTENCES[:2]), "wav", stream_format="sse") as answer:
            self.assertEqual(answer.headers["content-type"], "text/event-stream")
            events = events_of(answer.iter_lines())
        self.assertEqual({event["type"] for event in events[:-1]}, {"speech.audio.delta"})
        data = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
        codec, seconds = decoded_seconds(data, ".wav")
        self.assertEqual(codec, "pcm_s16le")
        usage = events[-1]["usage"]
        self.assertEqual(events[-1]["type"], "speech.audio.done")
        self.assertEqual(usage["input_tokens"], len("".join(SENTENCES[:2])))
        self.assertAlmostEqual(usage["output_tokens"] / 40, seconds, delta=.1)
        self.assertEqual(usage["total_tokens"], usage["input_tokens"] + usage["output_tokens"])

    def test_voices(self):
        voices = self.client.get("/audio/voices", cast_to=object)["voices"]
        by_id = {voice["id"]: voice for voice in voices}
        self.assertEqual(set(by_id), {v["id"] for v in self.server.command("voice", "list")["voices"]})
        self.assertEqual(by_id["bf_emma"]["name"], "Emma")
        self.assertEqual(self.pcm("Hi.", "alloy"), self.pcm("Hi.", "af_alloy"))
        self.assertEqual(self.pcm("Hi.", {"id": "onyx"}), self.pcm("Hi.", "am_onyx"))
        blend = self.pcm("Hi.", "af_heart*0.7+am_adam*0.3")
        self.assertNotIn(blend, (self.pcm("Hi.", "af_heart"), self.pcm("Hi.", "am_adam")))

    def test_added_voice(self):
        """A Piper voice of this machine: listed for every key, spoken with, changed by none."""
        model = harness.models()["test-piper"]["path"] + "/en_US-joe-medium.onnx"
        self.server.command("voice", "add", "--piper", model, "--name", "joe")
        voices = self.client.get("/audio/voices", cast_to=object)["voices"]
        self.assertEqual([v for v in voices if v["kind"] == "added"],
                         [{"id": "piper-joe", "name": "joe", "language": "en-us", "gender": None,
                           "kind": "added"}])
        listed = self.server.get("/voice/profiles?kind=added", key=self.other).json["profiles"]
        path = "/voice/profiles/piper-joe"
        self.assertEqual(listed, [self.server.get(path, key=self.key).json])
        self.assertEqual((listed[0]["engine"], listed[0]["read_only"]), ("piper", True))
        self.assertGreater(len(self.pcm("Hi there.", "piper-joe")), RATE)
        self.expect(200, self.server.post("/voice/synthesize", {"text": "Hi.", "voice_profile_id": "piper-joe"},
                                          key=self.key))
        self.refused(403, "read_only", self.server.request("DELETE", path, key=self.key))
        self.server.command("voice", "remove", "piper-joe")
        self.assertEqual(self.server.get(path, key=self.key).status, 404)
        with self.assertRaises(self.openai.BadRequestError):
            self.pcm("Hi there.", "piper-joe")

    def test_voice_of_ones_own(self):
        """A clone: listed for its owner and spoken for its owner, who hears the pack that it has."""
        folder = write_profile(self.server.storage, "vp-0a1b2c3d", self.key.split("_")[1])
        self.addCleanup(shutil.rmtree, folder)
        shutil.copyfile(os.path.join(harness.models()["kokoro-voices"]["path"], "af_heart.bin"),
                        os.path.join(folder, "style.f32"))
        for key, own in ((self.key, True), (self.other, False)):
            listed = self.expect(200, self.server.get("/v1/audio/voices", key=key)).json["voices"]
            self.assertEqual([v for v in listed if v["kind"] == "cloned"],
                             [{"id": "vp-0a1b2c3d", "name": "Ada", "language": "en-us", "gender": "female",
                               "kind": "cloned"}] if own else [])
        self.assertEqual(self.pcm("Hi.", "vp-0a1b2c3d"), self.pcm("Hi.", "af_heart"))
        with self.assertRaises(self.openai.BadRequestError) as refused:
            client_of(self.server, self.other).audio.speech.create(model="tts-1", voice="vp-0a1b2c3d", input="Hi.")
        self.assertEqual(refused.exception.code, "unknown_voice")

    def test_speed(self):
        """All that OpenAI allows, and the engine speaks at it."""
        plain = len(self.pcm())
        self.assertGreater(len(self.pcm(speed=.25)), 2.2 * plain)
        self.assertLess(len(self.pcm(speed=4)), .5 * plain)

    def test_models(self):
        models = {model.id: model for model in self.client.models.list()}
        self.assertLessEqual({"kokoro", "tts-1", "tts-1-hd", "gpt-4o-mini-tts"}, set(models))
        self.assertEqual(self.client.models.retrieve("tts-1-1106").object, "model")
        with self.assertRaises(self.openai.NotFoundError) as refused:
            self.client.models.retrieve("gpt-9")
        self.assertEqual(refused.exception.code, "model_not_found")

    def test_errors(self):
        rows = (({"voice": "nobody"}, "voice", "unknown_voice"),
                ({"voice": {"id": "vp-01234567"}}, "voice", "unknown_voice"),
                ({"voice": "af_heart+"}, "voice", "unknown_voice"),
                ({"voice": "x" * 201}, "voice", "validation_error"),
                ({"voice": {}}, "voice", "validation_error"),
                ({"voice": {"id": 7}}, "voice.id", "validation_error"),
                ({"voice": 7}, "voice", "validation_error"),
                ({"voice": "af_heart*x+am_adam"}, "voice", "unknown_voice"),
                ({"input": " "}, "input", "validation_error"),
                ({"input": "x" * 200001}, "input", "validation_error"),
                ({"input": "é" * 150000}, None, "validation_error"),
                ({"input": "..."}, None, "bad_text"),
                ({"input": "[rate:99]Hi.[/rate]"}, None, "bad_text"),
                ({"speed": 4.01}, "speed", "validation_error"),
                ({"speed": .24}, "speed", "validation_error"),
                ({"response_format": "ogg"}, "response_format", "validation_error"),
                ({"stream_format": "json"}, "stream_format", "validation_error"))
        for changes, param, code in rows:
            with self.subTest(str(changes)[:80]):
                with self.assertRaises(self.openai.APIStatusError) as refused:
                    self.client.audio.speech.create(**{"model": "tts-1", "voice": "alloy",
                                                       "input": SHORT, **changes})
                error = refused.exception
                self.assertIsInstance(error, self.openai.BadRequestError)
                self.assertEqual((error.param, error.code), (param, code))
                self.assertEqual(error.type, "invalid_request_error")
                self.assertTrue(error.body["message"])
                self.assertTrue(error.request_id)
        with self.assertRaises(self.openai.NotFoundError) as refused:
            self.client.audio.speech.create(model="gpt-9", voice="alloy", input=SHORT)
        self.assertEqual((refused.exception.code, refused.exception.param), ("model_not_found", "model"))

    def test_keys(self):
        for key in ("wrong", self.key[:-1] + "!"):
            with self.assertRaises(self.openai.AuthenticationError) as refused:
                client_of(self.server, key).audio.speech.create(model="tts-1", voice="alloy", input="x")
            self.assertEqual(refused.exception.code, "invalid_api_key")
        reader = client_of(self.server, self.server.key("read"))
        self.assertTrue(list(reader.models.list()))
        with self.assertRaises(self.openai.PermissionDeniedError):
            reader.audio.speech.create(model="tts-1", voice="alloy", input="x")

    def test_other_addresses(self):
        for method, path, status in (("GET", "/v1/nothing", 404), ("GET", "/v1/audio/speech", 405),
                                     ("GET", "/v1/models/%00", 400), ("GET", "/v1/models/a/../b", 400),
                                     ("POST", "/v1/audio/speech", 400)):
            answer = self.server.request(method, path, b"{" if method == "POST" else None, key=self.key,
                                         kind="application/json" if method == "POST" else None)
            self.assertEqual(answer.status, status, str(answer))
            self.assertEqual(set(answer.json["error"]), {"message", "type", "param", "code"})

    def test_leaving_cancels(self):
        with self.streaming() as answer:
            job = self.job_of(answer)
            next(answer.iter_bytes())
        self.wait_until_gone(job)
        self.assertRegex(self.server.log(), r"cancelled \(job %s" % job.split("/")[2])

    def test_lost_worker_cuts_the_answer(self):
        """Half a speech is not taken for a whole one; events say what happened."""
        for options in ({}, {"stream_format": "sse"}):
            with self.subTest(options), self.streaming(**options) as answer:
                job = self.job_of(answer)
                parts = answer.iter_lines() if options else answer.iter_bytes()
                seen = [next(parts)]
                worker, = self.server.get("/status", key=self.key).json["workers"]
                os.kill(worker["pid"], signal.SIGKILL)
                if options:
                    seen += list(parts)
                    self.assertEqual(events_of(seen)[-1]["error"]["type"], "server_error")
                else:
                    with self.assertRaises(Exception) as cut:
                        list(parts)
                    self.assertIn("incomplete", str(cut.exception))
            self.wait_until_gone(job)

    def test_idempotency(self):
        header = {"Idempotency-Key": "speech-%d" % time.time_ns()}
        first = self.client.audio.speech.with_raw_response.create(
            model="tts-1", voice="alloy", input=SHORT, response_format="pcm", extra_headers=header)
        again = self.client.audio.speech.with_raw_response.create(
            model="tts-1", voice="alloy", input=SHORT, response_format="pcm", extra_headers=header)
        self.assertEqual(first.content, again.content)
        self.assertEqual(again.headers["idempotency-replayed"], "true")
        self.assertEqual(self.server.get(self.job_of(first), key=self.key).json["status"], "completed")
        with self.assertRaises(self.openai.BadRequestError) as refused:
            self.pcm("Another text.", extra_headers=header)
        self.assertEqual(refused.exception.code, "idempotency_key_reused")
        with self.assertRaises(self.openai.BadRequestError) as refused:
            self.pcm(extra_headers={"Idempotency-Key": "a b"})
        self.assertEqual(refused.exception.param, "Idempotency-Key")

    def test_what_others_know_is_ignored(self):
        """Fields of our own jobs do not come in with what other servers take."""
        header = {"Idempotency-Key": "extra-%d" % time.time_ns()}
        answer = self.client.audio.speech.with_raw_response.create(
            model="tts-1", voice="alloy", input="Hi.", extra_headers=header, extra_body={
                "stream": True, "lang_code": "a", "priority": 100, "run_at": "2099-01-01T00:00:00Z",
                "webhook_url": "ftp://x", "avatar": "../x"})
        self.assertGreater(len(answer.content), 1000)
        job = self.server.get(self.job_of(answer), key=self.key).json
        self.assertEqual(set(job["params"]), {"text", "voice_profile_id", "format", "stream"})

    def test_nothing_said_is_in_the_log(self):
        self.assertGreater(len(self.pcm(SECRET)), RATE)
        log = self.server.log()
        self.assertIn("POST /v1/audio/speech 200", log)
        self.assertNotIn("quick brown", log)


class NoWorker(unittest.TestCase):
    def test_says_so_at_once(self):
        """Nor does a server without keys mind the one that such a client cannot do without."""
        import openai
        server = Server().start()
        self.addCleanup(server.close)
        client = client_of(server, "none")
        with self.assertRaises(openai.InternalServerError) as refused:
            client.audio.speech.create(model="tts-1", voice="alloy", input=SHORT)
        self.assertEqual((refused.exception.status_code, refused.exception.code), (503, "no_worker"))
        self.assertEqual(server.get("/jobs").json["jobs"], [])
        self.assertTrue(list(client.models.list()))
        self.assertEqual(server.get("/jobs", key="none").status, 401)
        server.key("read")
        time.sleep(1.2)
        with self.assertRaises(openai.AuthenticationError):
            client.models.list()


class Where:
    """Takes what a test would be told."""

    @staticmethod
    def skipTest(why):
        print(why)
        sys.exit(77)


def main():
    """With the Python that has the client, if this one has not."""
    try:
        import openai  # noqa: F401
    except ImportError:
        python = tools_python(Where)
        if os.path.realpath(sys.prefix) == os.path.realpath(os.path.dirname(os.path.dirname(python))):
            raise
        os.execv(python, [python, *sys.argv])
    harness.main()


if __name__ == "__main__":
    main()
