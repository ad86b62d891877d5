# SPDX-License-Identifier: Apache-2.0
"""Bad input: one clear sentence, an exit status of its own, and nothing left behind."""
import os
import random
import resource
import subprocess
import unittest
import zlib

import harness
from harness import Case, avatar, environment, models, picture, png, png_of, tool


class Text(Case):
    def test_unspeakable(self):
        table = [
            ("", "empty"), (" \t\n ", "empty"), (b"caf\xe9", "UTF-8"), (b"\xed\xa0\x80", "UTF-8"),
            (b"a\xf8\x88\x80\x80\x80", "UTF-8"),
        ]
        for text, says in table:
            with self.subTest(text=text):
                for command in (["pipeline", "run"], ["voice", "synthesize"],
                                ["pipeline", "estimate"]):
                    self.bad(8, *command, text, says=says)

    def test_nothing_to_speak(self):
        for text in ("...", "\u200b", "\U0001f600"):
            with self.subTest(text=text):
                self.bad(8, "voice", "synthesize", text)

    def test_a_million_characters(self):
        path = self.write("long.txt", "word " * 200000)
        self.bad(8, "pipeline", "run", "--text-file", path, says="long")

    def test_files(self):
        table = [
            (4, "none.txt", "none.txt"),
            (5, self.folder, "directory"),
            (8, self.write("utf16.txt", "Hello".encode("utf-16")), "save it as UTF-8"),
            (8, self.write("nul.txt", "Hel\0lo"), "NUL"),
            (8, self.write("empty.txt", ""), "empty"),
            (8, self.write("latin1.txt", b"caf\xe9"), "UTF-8"),
        ]
        for status, path, says in table:
            with self.subTest(path=path):
                self.bad(status, "pipeline", "run", "--text-file", path, says=says)

    def test_endless_standard_input(self):
        with subprocess.Popen(["yes", "word"], stdout=subprocess.PIPE) as endless:
            process = subprocess.run(
                [harness.BINARY, "voice", "synthesize", "--text-file", "-"], cwd=self.folder,
                env=environment(), stdin=endless.stdout, stderr=subprocess.PIPE,
                stdout=subprocess.PIPE, timeout=harness.TIMEOUT_S, check=False)
            endless.stdout.close()
            endless.terminate()
        self.assertEqual(process.returncode, 8, process.stderr)
        self.assertIn(b"longer than", process.stderr)
        self.assertEqual(self.listing(), [])

    def test_voice(self):
        for command in (["pipeline", "run"], ["voice", "synthesize"]):
            self.bad(9, *command, "Hi.", "--voice", "af_haert", says="af_heart")
            self.bad(9, *command, "Hi.", "--language", "tlh", says="tlh")

    def test_failure_as_json(self):
        outcome = self.bad(9, "pipeline", "run", "Hi.", "--voice", "af_haert", "--json")
        self.assertIs(outcome.json["success"], False)
        self.assertEqual(outcome.json["error"]["code"], "unknown_voice")
        self.assertIn("af_heart", outcome.json["error"]["message"])
        self.assertNotIn("output", outcome.json)


class Picture(Case):
    def refused(self, status, path, says):
        for command in (["pipeline", "run", "Hi.", "--avatar"], ["avatar", "detect"]):
            self.bad(status, *command, path, says=says)

    def test_no_face(self):
        chance = random.Random(1)
        table = {
            "noise.png": png(256, 256, lambda x, y: [chance.randrange(256) for _ in range(3)]),
            "gradient.png": png(300, 200, lambda x, y: (x * 255 // 300, y * 255 // 200, 128)),
            "dot.png": png(1, 1, lambda x, y: (200, 150, 120)),
            "stripe.png": png(2000, 2, lambda x, y: (200, 150, 120)),
        }
        for name, data in table.items():
            with self.subTest(name=name):
                self.refused(10, self.write(name, data), says=name)

    def test_a_cat(self):
        self.refused(10, harness.photograph("chelsea"), says="no face was found")

    def test_from_the_side(self):
        harness.tool("ffmpeg", "-v", "error", "-i", harness.photograph("camera"), "-vf",
                     "crop=256:256:100:40,scale=1024:-1:flags=bicubic", self.path("side.png"))
        outcome = self.bad(11, "pipeline", "run", "Hi.", "--avatar", self.path("side.png"),
                           says="turned too far to the side")
        self.assertRegex(outcome.err, r"side: [45]\d degrees, at most 40")

    def test_tiny_face(self):
        outcome = self.bad(11, "pipeline", "run", "Hi.", "--avatar", picture("presenter", 80),
                           says=["px between the eyes", "40 needed"])
        self.assertIn("hint: ", outcome.err)

    def test_face_that_is_not_there(self):
        self.bad(2, "pipeline", "run", "Hi.", "--avatar", picture("presenter"), "--face", "2",
                 says="1 face")

    def test_too_large(self):
        data = png_of(30000, 30000, zlib.compress(b"\0" * 1000))
        self.refused(6, self.write("huge.png", data), says="30000")

    def test_broken(self):
        with open(picture("presenter"), "rb") as file:
            whole = file.read()
        table = {
            "cut.png": whole[:len(whole) // 2],
            "header.png": whole[:40],
            "text.png": b"I am a text and not a picture.",
            "empty.png": b"",
            "zero.png": png_of(0, 0, zlib.compress(b"")),
        }
        for name, data in table.items():
            with self.subTest(name=name):
                self.refused(7, self.write(name, data), says=name)

    def test_not_there(self):
        self.refused(4, "none.png", says="none.png")

    def test_video_without_a_face(self):
        path = self.path("a.mp4")
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=size=64x64:duration=1", path)
        self.refused(10, path, says="a.mp4")

    def test_odd_names(self):
        with open(picture("presenter"), "rb") as file:
            data = file.read()
        for name in ("-x.png", "a b'\"\u00e4.png", "%s%n.png", "file:x.png"):
            with self.subTest(name=name):
                self.write(name, data)
                self.good("avatar", "detect", "--", name)


class Output(Case):
    def test_refused(self):
        os.mkdir(self.path("folder.mp4"))
        self.write("file", "x")
        # Nobody may make files in /proc, not even root.
        locked = "/proc"
        if os.geteuid() != 0:
            locked = self.path("locked")
            os.mkdir(locked)
            os.chmod(locked, 0o555)
        table = [
            ("none/a.mp4", 12, "none"),
            ("folder.mp4", 12, "folder"),
            ("file/a.mp4", 12, "file"),
            (os.path.join(locked, "a.mp4"), 12, locked),
            ("a.xyz", 2, "xyz"),
            ("a", 2, ".mp4"),
        ]
        for path, status, says in table:
            with self.subTest(path=path):
                self.bad(status, "pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-o",
                         path, says=says)

    def test_refused_before_any_work(self):
        outcome = self.bad(12, "pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-o",
                           "none/a.mp4", "--json")
        self.assertNotIn("lipsync", outcome.json["stages_completed"])

    def test_other_outputs(self):
        face = picture("presenter")
        self.bad(12, "pipeline", "run", "Hi.", "--avatar", face, "--timeline", "none/t.json",
                 says="none")
        self.bad(12, "voice", "synthesize", "Hi.", "-o", "none/a.wav", says="none")
        self.bad(12, "avatar", "detect", face, "--annotate", "none/a.png", says="none")
        self.bad(2, "voice", "synthesize", "Hi.", "-o", "a.mp4", says="mp4")

    def test_full_disk(self):
        """A limit on the size of files stands for a disk that fills up on the way."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
        self.write("a.mp4", "old")
        before = self.listing()
        for command in (["pipeline", "run", "Hi there, world.", "--avatar", picture("presenter"),
                         "-o", "a.mp4"], ["voice", "synthesize", "Hi there.", "-o", "a.wav"]):
            with self.subTest(command=command):
                outcome = avatar(*command, cwd=self.folder, preexec_fn=limit)
                self.assertEqual(outcome.status, 13, str(outcome))
                self.assertEqual(self.listing(), before)
        with open(self.path("a.mp4"), encoding="ascii") as file:
            self.assertEqual(file.read(), "old")


class Models(Case):
    """A missing or damaged model file."""

    def test_missing(self):
        for name in ("kokoro-82m-int8", "kokoro-voices", "onnxruntime", "lexicon-en-us"):
            with self.subTest(name=name):
                folder = self.path("models-" + name)
                env = harness.links_to_models(folder, leave_out=[name])
                outcome = avatar("pipeline", "run", "Hi.", "--avatar", picture("presenter"),
                                 "-o", self.path("a.mp4"), env=env)
                self.assertEqual(outcome.status, 14, str(outcome))
                self.assertIn("avatar models fetch", outcome.err)
                self.assertFalse(os.path.exists(self.path("a.mp4")))

    def test_damaged(self):
        folder = self.path("models")
        env = harness.links_to_models(folder, leave_out=["kokoro-82m-int8"])
        os.makedirs(os.path.join(folder, "kokoro-82m"), exist_ok=True)
        place = os.path.join(folder, "kokoro-82m", "model.onnx")
        size = models()["kokoro-82m-int8"]["size_bytes"]
        for data in (b"", b"short", size):
            with self.subTest(data=data):
                with open(place, "wb") as file:
                    if isinstance(data, int):
                        file.truncate(data)
                    else:
                        file.write(data)
                outcome = avatar("pipeline", "run", "Hi.", "--avatar", picture("presenter"),
                                 "-o", self.path("a.mp4"), env=env)
                self.assertEqual(outcome.status, 15, str(outcome))
                self.assertIn("model.onnx", outcome.err)
                self.assertFalse(os.path.exists(self.path("a.mp4")))

    def test_damaged_lexicon(self):
        folder = self.path("models")
        env = harness.links_to_models(folder, leave_out=["lexicon-en-us"])
        place = os.path.join(folder, "lexicon", "en-us.lex")
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(models()["lexicon-en-us"]["path"], "rb") as file:
            whole = file.read()
        for data in (whole[:5000], b"x" * 4096, whole[:64] + b"\xff" * (len(whole) - 64)):
            with open(place, "wb") as file:
                file.write(data)
            outcome = avatar("voice", "synthesize", "Hi.", "-o", self.path("a.wav"), env=env)
            self.assertEqual(outcome.status, 15, str(outcome))
            self.assertFalse(os.path.exists(self.path("a.wav")))


class Phonemizer(Case):
    """espeak-ng's helper process is only needed for words that the dictionary lacks."""

    def helper(self, script):
        path = self.write("avatar-phonemize", "#!/bin/sh\n" + script)
        os.chmod(path, 0o755)
        return environment(AVATAR_HELPERS=self.folder)

    def test_dead(self):
        for script in ("exit 1\n", "kill -9 $$\n", "read line; exit 0\n"):
            with self.subTest(script=script):
                env = self.helper(script)
                self.bad(16, "pipeline", "run", "Zyxxgorp is here.", "--avatar",
                         picture("presenter"), env=env, says="avatar-phonemize")

    def test_not_needed(self):
        self.good("voice", "synthesize", "Hello there.", env=self.helper("exit 1\n"))

    def test_needed_and_alive(self):
        self.good("voice", "synthesize", "Zyxxgorp is here.")


if __name__ == "__main__":
    unittest.main(verbosity=2)
