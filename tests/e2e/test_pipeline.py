# SPDX-License-Identifier: Apache-2.0
"""pipeline run and estimate: each option against a run without it."""
import json
import os
import tempfile
import unittest

import harness
from harness import Case, avatar, environment, frames, picture, probe

TEXT = "Hi there."


def run_json(folder, name, *args, text=TEXT, **kwargs):
    """A finished film and its result."""
    path = os.path.join(folder, name)
    outcome = avatar("pipeline", "run", text, "-o", path, "--json", *args, **kwargs)
    if outcome.status != 0:
        raise AssertionError(str(outcome))
    return path, outcome.json


def phonemes(timeline):
    with open(timeline, encoding="utf-8") as file:
        return [p["p"] for p in json.load(file)["phonemes"] if p["p"]]


class Run(Case):
    @classmethod
    def setUpClass(cls):
        cls.base_folder = tempfile.mkdtemp(dir=harness._shared)
        cls.timeline = os.path.join(cls.base_folder, "base.json")
        cls.film, cls.result = run_json(cls.base_folder, "base.mp4", "--avatar",
                                        picture("presenter"), "--timeline", cls.timeline)

    def run_json(self, name, *args, face=True, **kwargs):
        if face:
            args = ("--avatar", picture("presenter"), *args)
        return run_json(self.folder, name, *args, **kwargs)

    def test_film_is_whole(self):
        info = probe(self.film)
        video, audio = info["video"], info["audio"]
        self.assertEqual(video["codec_name"], "h264")
        self.assertEqual(video["color_space"], "bt709")
        self.assertEqual(audio["codec_name"], "aac")
        self.assertEqual(int(video["nb_read_frames"]), self.result["frames"])
        self.assertAlmostEqual(float(video["duration"]), self.result["duration_s"], delta=0.001)
        frame = 1 / self.result["fps"]
        self.assertLessEqual(abs(float(video["duration"]) - float(audio["duration"])), frame)
        self.assertLessEqual(abs(float(video["start_time"]) - float(audio["start_time"])), 0.01)

    def test_result(self):
        result = self.result
        self.assertIs(result["success"], True)
        self.assertEqual(result["stages_completed"],
                         ["voice", "speech", "face", "lipsync", "encode", "cleanup"])
        self.assertIsNone(result["failed_stage"])
        self.assertEqual(sorted(result["stage_seconds"]), sorted(result["stages_completed"]))
        self.assertGreater(result["total_s"], 0)
        self.assertGreater(result["peak_memory_mb"], 50)
        self.assertIn("kokoro", result["engines"]["voice"])
        self.assertEqual(result["size_bytes"], os.path.getsize(self.film))

    def test_mouth_moves(self):
        pictures = frames(self.film, 64, 64)
        moved = max(sum(abs(a - b) for a, b in zip(pictures[0], other)) for other in pictures[1:])
        self.assertGreater(moved, 200)

    def test_origin_is_written(self):
        outcome = self.good("video", "info", self.film, "--json")
        self.assertEqual(outcome.json["digital_source_type"].rsplit("/", 1)[-1],
                         "compositeSynthetic")

    def test_voice(self):
        timeline = self.path("t.json")
        film, result = self.run_json("a.mp4", "--voice", "am_michael", "--timeline", timeline)
        self.assertIn("am_michael", result["engines"]["voice"])
        self.assertIn("af_heart", self.result["engines"]["voice"])
        with open(timeline, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["segments"][0]["voice"], "am_michael")
        self.assertNotEqual(harness.sound_hash(film), harness.sound_hash(self.film))

    def test_avatar(self):
        film, result = run_json(self.folder, "a.mp4", "--avatar", picture("astronaut", 300))
        self.assertEqual(result["width"], 300)
        self.assertEqual(self.result["width"], 320)
        ours, base = frames(film, 16, 16, 1)[0], frames(self.film, 16, 16, 1)[0]
        self.assertGreater(sum(abs(a - b) for a, b in zip(ours, base)), 2000)

    def test_default_avatar(self):
        film, result = self.run_json("a.mp4", "--quality", "low", face=False)
        self.assertIn("computer graphics", json.dumps(self.good("video", "info", film,
                                                                "--json").json["tags"]))
        self.assertGreaterEqual(max(result["width"], result["height"]), 640)

    def test_output(self):
        table = [("a.mp4", "h264", "aac"), ("a.m4v", "h264", "aac"), ("a.mov", "h264", "aac"),
                 ("a.webm", "vp9", "opus"), ("a.gif", "gif", None)]
        for name, video, audio in table:
            with self.subTest(name=name):
                film, _ = self.run_json(name, "--fps", "10", text="Hi.")
                info = probe(film)
                self.assertEqual(info["video"]["codec_name"], video)
                self.assertEqual(info["audio"] and info["audio"]["codec_name"], audio)

    def test_output_default_and_replacement(self):
        self.write("avatar.mp4", "what was there before")
        self.good("pipeline", "run", "Hi.", "--avatar", picture("presenter"))
        self.assertEqual(probe(self.path("avatar.mp4"))["video"]["codec_name"], "h264")
        self.assertEqual(self.listing(), [self.path("avatar.mp4")])

    def test_quality(self):
        sizes = [self.run_json("%s.mp4" % level, "--quality", level)[1]["size_bytes"]
                 for level in ("low", "medium", "high", "ultra")]
        self.assertEqual(sizes, sorted(set(sizes)))
        self.assertEqual(sizes[1], self.result["size_bytes"], "medium is the default")

    def test_language(self):
        heard = []
        for language in ("en-us", "en-gb"):
            timeline = self.path(language + ".json")
            self.run_json("a.mp4", "--language", language, "--timeline", timeline,
                          text="Hot tomato.")
            heard.append(phonemes(timeline))
        self.assertNotEqual(heard[0], heard[1])

    def test_pitch(self):
        path = self.run_json("a.mp4", "--pitch", "4")[0]
        self.assertNotEqual(harness.sound_hash(path), harness.sound_hash(self.film))

    def test_markup(self):
        timeline = self.path("t.json")
        lexicon = self.write("my.tsv", "qux\t/bɑː/\n")
        self.run_json("a.mp4", "--ssml", "--lexicon", lexicon, "--timeline", timeline,
                      text="<speak><sub alias='qux'>Well</sub></speak>")
        self.assertEqual([p for p in phonemes(timeline) if p], ["b", "ɑ"])
        with open(timeline, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["text"], "Well")

    def test_speed(self):
        slow = self.run_json("a.mp4", "--speed", "0.6")[1]["duration_s"]
        fast = self.run_json("b.mp4", "--speed", "1.8")[1]["duration_s"]
        self.assertLess(fast, 0.9 * self.result["duration_s"])
        self.assertGreater(slow, 1.1 * self.result["duration_s"])

    def test_fps(self):
        for given, expected in (("10", "10/1"), ("30000/1001", "30000/1001")):
            film, result = self.run_json("a.mp4", "--fps", given, text="Hi.")
            video = probe(film)["video"]
            self.assertEqual(video["r_frame_rate"], expected)
            self.assertEqual(int(video["nb_read_frames"]), result["frames"])
        self.assertEqual(probe(self.film)["video"]["r_frame_rate"], "25/1")

    def test_size(self):
        for given in ("200x300", "256x144"):
            film, _ = self.run_json("a.mp4", "--size", given, text="Hi.")
            video = probe(film)["video"]
            self.assertEqual("%dx%d" % (video["width"], video["height"]), given)
            # No bars: the outer columns and rows are picture, not one flat colour.
            first = frames(film, int(video["width"]), int(video["height"]), 1)[0]
            self.assertGreater(max(first) - min(first), 60)

    def test_captions(self):
        film, result = self.run_json("a.mp4", "--captions", "srt")
        self.assertEqual(result["captions"], self.path("a.srt"))
        with open(self.path("a.srt"), encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith("1\n00:00:00,"), text)
        self.assertIn("Hi there.", text)
        self.run_json("b.mp4", "--captions", "vtt")
        with open(self.path("b.vtt"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("WEBVTT\n"))
        burnt, _ = self.run_json("c.mp4", "--captions", "burn")
        middle = self.result["frames"] // 2
        with_text = frames(burnt, 160, 160)[middle]
        without = frames(film, 160, 160)[middle]
        low = slice(160 * 110, None)
        changed = sum(abs(a - b) > 40 for a, b in zip(with_text[low], without[low]))
        self.assertGreater(changed, 50, "no caption in the picture")
        self.assertEqual(os.path.exists(self.path("c.srt")), False)

    def test_timeline(self):
        with open(self.timeline, encoding="utf-8") as file:
            timeline = json.load(file)
        self.assertEqual(timeline["version"], 1)
        self.assertEqual(timeline["text"], TEXT)
        self.assertEqual([w["w"] for w in timeline["words"]], ["Hi", "there"])
        self.assertAlmostEqual(timeline["duration"], self.result["duration_s"], delta=0.05)
        last = 0
        for phoneme in timeline["phonemes"]:
            self.assertAlmostEqual(phoneme["start"], last, delta=0.002)
            last = phoneme["end"]
        for word in timeline["words"]:
            self.assertEqual(TEXT.encode()[word["text_start"]:word["text_end"]].decode(),
                             word["w"])

    def test_text_file(self):
        path = self.write("said.txt", "\ufeffGood night.\n")
        for args, stdin in ((["--text-file", path], b""), (["--text-file", "-"], b"Good night.\n")):
            with self.subTest(args=args):
                outcome = self.good("pipeline", "run", *args, "--avatar", picture("presenter"),
                                    "-o", "a.mp4", "--timeline", "t.json", stdin=stdin)
                with open(self.path("t.json"), encoding="utf-8") as file:
                    words = [w["w"] for w in json.load(file)["words"]]
                self.assertEqual(words, ["Good", "night"], str(outcome))

    def test_face(self):
        def motion(face):
            film, _ = run_json(self.folder, "f%s.mp4" % face, "--avatar", harness.two_faces(),
                               "--face", face)
            pictures = frames(film, 64, 32)
            half = [0, 0]
            for other in pictures[1:]:
                for i, (a, b) in enumerate(zip(pictures[0], other)):
                    half[i % 64 >= 32] += abs(a - b)
            return half
        found = self.good("avatar", "detect", harness.two_faces(), "--json").json["faces"]
        self.assertEqual(len(found), 2)
        first_is_left = found[0]["box"][0] < 320
        one, two = motion("1"), motion("2")
        self.assertGreater(one[not first_is_left], 3 * one[first_is_left])
        self.assertGreater(two[first_is_left], 3 * two[not first_is_left])

    def test_seed(self):
        again = harness.frame_hashes(self.run_json("a.mp4", "--seed", "1")[0])
        other = harness.frame_hashes(self.run_json("b.mp4", "--seed", "2")[0])
        self.assertEqual(again, harness.frame_hashes(self.film), "the same seed, the same film")
        self.assertNotEqual(other, again)

    def test_how_lively(self):
        base = harness.frame_hashes(self.film)
        usual = self.run_json("a.mp4", "--head-motion", "0.5", "--expressiveness", "0.5", "--emotion", "neutral",
                              "--blink", "16")[0]
        self.assertEqual(harness.frame_hashes(usual), base, "what is usual")
        # A slow voice, so that the film is long enough for a blink.
        slow = harness.frame_hashes(self.run_json("b.mp4", "--speed", "0.5")[0])
        for args in (("--head-motion", "1"), ("--expressiveness", "1"), ("--emotion", "happy"), ("--blink", "off")):
            with self.subTest(args):
                film = self.run_json("c.mp4", "--speed", "0.5", *args)[0]
                self.assertNotEqual(harness.frame_hashes(film), slow)

    def test_threads(self):
        most = [harness.most_threads("pipeline", "run", TEXT, "--threads", count, "-q", "--avatar",
                                     picture("presenter"), "-o", self.path("a.mp4"), unnamed=True)
                for count in ("1", "8")]
        self.assertGreaterEqual(most[1] - most[0], 5)

    def test_low_memory(self):
        # Large, and of a quality that looks ahead, so that what the encoder holds back counts beside the speech model.
        large = ("--avatar", picture("presenter", 960), "--quality", "high")
        _, usual = self.run_json("a.mp4", *large, face=False)
        _, result = self.run_json("b.mp4", "--low-memory", *large, face=False)
        self.assertLess(result["peak_memory_mb"], usual["peak_memory_mb"] - (0 if harness.SANITIZED else 10))

    def test_keep_intermediates(self):
        self.run_json("a.mp4", "--keep-intermediates")
        self.assertEqual(sorted(os.listdir(self.path("a.mp4.parts"))),
                         ["face.json", "face.png", "speech.wav", "timeline.json"])
        self.assertEqual(probe(self.path("a.mp4.parts/speech.wav"))["audio"]["sample_rate"],
                         "24000")
        self.assertFalse(os.path.exists(self.film + ".parts"))

    def test_storage(self):
        for args, env in ((["--storage", self.path("one")], environment()),
                          ([], environment(AVATAR_STORAGE=self.path("two")))):
            self.run_json("a.mp4", *args, env=env)
        for name in ("one", "two"):
            self.assertTrue(os.listdir(self.path(name)))
            self.assertEqual(os.stat(self.path(name)).st_mode & 0o777, 0o700)

    def test_verbose(self):
        outcome = self.good("pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-v")
        self.assertIn("busy seconds", outcome.out)
        more = self.good("pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-vv")
        self.assertGreater(len(more.err), len(outcome.err))

    def test_summary(self):
        outcome = self.good("pipeline", "run", "Hi.", "--avatar", picture("presenter"),
                            "--captions", "srt", "--timeline", "t.json")
        lines = outcome.out.splitlines()
        self.assertRegex(lines[0], r"^avatar\.mp4: \d\.\d s, 320 x \d+, 25 fps, [\d.]+ kB; made in ")
        self.assertEqual(lines[1:], ["avatar.srt: captions", "t.json: timeline"])


class Estimate(Case):
    def estimate(self, *args, text="Hello, and welcome to this short film about nothing.", **kwargs):
        words = [text] if text else []
        return self.good("pipeline", "estimate", *words, *args, "--json", **kwargs).json

    def test_figures(self):
        result = self.estimate()
        for key in ("duration_s", "total_s", "memory_mb", "frames", "width", "height"):
            self.assertGreater(result[key], 0, key)
        self.assertEqual(self.listing(), [], "an estimate makes nothing")
        self.assertGreater(self.estimate(text="A long text. " * 100)["total_s"],
                           result["total_s"])

    def test_voice(self):
        self.bad(9, "pipeline", "estimate", "Hi.", "--voice", "af_hart", says="af_heart")

    def test_avatar(self):
        self.assertEqual(self.estimate("--avatar", picture("astronaut", 300))["width"], 300)
        self.bad(4, "pipeline", "estimate", "Hi.", "--avatar", "none.png", says="none.png")

    def test_quality(self):
        low, ultra = self.estimate("--quality", "low"), self.estimate("--quality", "ultra")
        self.assertGreater(ultra["stage_seconds"]["encode"], low["stage_seconds"]["encode"])

    def test_pitch(self):
        self.bad(2, "pipeline", "estimate", "Hi.", "--pitch", "-13", says="-12")

    def test_ssml(self):
        self.bad(8, "pipeline", "estimate", "Hi.", "--ssml", says="<speak>")

    def test_lexicon(self):
        self.bad(4, "pipeline", "estimate", "Hi.", "--lexicon", self.path("none.tsv"), says="none.tsv")

    def test_language(self):
        self.bad(9, "pipeline", "estimate", "Hi.", "--language", "xx", says="xx")

    def test_speed(self):
        self.assertLess(self.estimate("--speed", "2")["duration_s"],
                        self.estimate("--speed", "1")["duration_s"])

    def test_fps(self):
        self.assertGreater(self.estimate("--fps", "50")["frames"],
                           1.8 * self.estimate("--fps", "25")["frames"])

    def test_size(self):
        result = self.estimate("--size", "640x360")
        self.assertEqual((result["width"], result["height"]), (640, 360))

    def test_size_of_a_large_source(self):
        # Scaled to 1280 x 722.6 and 723.2: sides are even whatever the shape.
        for wide, high in ((2000, 1129), (1130, 2000)):
            path = self.path("%d.jpg" % wide)
            harness.tool("ffmpeg", "-v", "error", "-y", "-i", picture("presenter"), "-vf",
                         "scale=1000:1000,pad=%d:%d:(ow-iw)/2" % (wide, high), "-frames:v", "1", path)
            result = self.estimate("--avatar", path)
            size = result["width"], result["height"]
            self.assertEqual(max(size), 1280)
            self.assertEqual(size.index(1280), int(high > wide))
            self.assertEqual(min(size) % 2, 0)
            self.assertAlmostEqual(min(size), 723, delta=1)

    def test_text_file(self):
        path = self.write("long.txt", "A long text. " * 50)
        self.assertGreater(self.estimate("--text-file", path, text=None)["duration_s"], 10)

    def test_face(self):
        self.bad(2, "pipeline", "estimate", "Hi.", "--avatar", harness.two_faces(), "--face", "3",
                 says="2 faces")

    def test_storage(self):
        storage = self.path("storage")
        self.assertEqual(self.estimate("--storage", storage)["runs_measured"], 0)
        run_json(self.folder, "a.mp4", "--avatar", picture("presenter"), "--storage", storage,
                 text="This is long enough to be measured.")
        self.assertEqual(self.estimate("--storage", storage)["runs_measured"], 1)

    def test_verbose(self):
        self.assertNotIn("stage lipsync", self.good("pipeline", "estimate", "Hi.").out)
        self.assertIn("stage lipsync", self.good("pipeline", "estimate", "Hi.", "-v").out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
