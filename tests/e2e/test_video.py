# SPDX-License-Identifier: Apache-2.0
"""video info, encode and lipsync."""
import itertools
import json
import math
import os
import tempfile
import unittest

import harness
from harness import Case, avatar, frames, picture, probe, tool

TEXT = "Maybe my puppy will bloom."


class Films(Case):
    """A film and a recording that the classes share."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(dir=harness._shared)
        cls.film = os.path.join(folder, "film.mp4")
        cls.speech = os.path.join(folder, "speech.flac")
        cls.timeline = os.path.join(folder, "speech.json")
        tool(harness.BINARY, "pipeline", "run", "Hi there.", "--avatar", picture("presenter"), "-q",
             "-o", cls.film)
        tool(harness.BINARY, "voice", "synthesize", TEXT, "-q", "-o", cls.speech, "--timeline",
             cls.timeline)


class Info(Films):
    def test_film(self):
        info = self.good("video", "info", self.film, "--json").json
        truth = probe(self.film)
        self.assertEqual(info["video"]["codec"], "h264")
        self.assertEqual(info["video"]["width"], truth["video"]["width"])
        self.assertEqual(info["video"]["height"], truth["video"]["height"])
        self.assertEqual(info["video"]["frames"], int(truth["video"]["nb_read_frames"]))
        self.assertAlmostEqual(info["video"]["fps"], 25)
        self.assertEqual(info["audio"]["codec"], "aac")
        self.assertAlmostEqual(info["duration_s"], float(truth["format"]["duration"]), delta=0.05)
        self.assertEqual(info["size_bytes"], os.path.getsize(self.film))
        text = self.good("video", "info", self.film).out
        self.assertIn("h264, 320 x", text)

    def test_sound(self):
        info = self.good("video", "info", self.speech, "--json").json
        self.assertIsNone(info["video"])
        self.assertEqual(info["audio"]["codec"], "flac")

    def test_verbose(self):
        plain, more = (self.good("video", "info", self.film, *args).out for args in ([], ["-v"]))
        self.assertGreater(len(more.splitlines()), len(plain.splitlines()))


class Encode(Films):
    def encode(self, name, *args):
        path = self.path(name)
        return path, self.good("video", "encode", self.film, "--output", path, "--json", *args).json

    def test_output(self):
        for name, video, audio in (("a.mp4", "h264", "aac"), ("a.webm", "vp9", "opus"),
                                   ("a.mov", "h264", "aac"), ("a.gif", "gif", None)):
            with self.subTest(name=name):
                path, result = self.encode(name)
                info = probe(path)
                self.assertEqual(info["video"]["codec_name"], video)
                self.assertEqual(info["audio"] and info["audio"]["codec_name"], audio)
                self.assertEqual(result["video"]["codec"], video)

    def test_origin_is_kept(self):
        before = self.good("video", "info", self.film, "--json").json["digital_source_type"]
        path, _ = self.encode("a.mp4")
        after = self.good("video", "info", path, "--json").json["digital_source_type"]
        self.assertTrue(before)
        self.assertEqual(after, before)

    def test_quality(self):
        sizes = [os.path.getsize(self.encode(q + ".mp4", "--quality", q)[0])
                 for q in ("low", "medium", "high", "ultra")]
        self.assertEqual(sizes, sorted(set(sizes)))

    def test_size(self):
        video = probe(self.encode("a.mp4", "--size", "200x160")[0])["video"]
        self.assertEqual((video["width"], video["height"]), (200, 160))

    def test_size_is_capped_by_the_preset(self):
        source = self.path("large.mp4")
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=800x600:rate=10:duration=0.5",
             "-c:v", "mpeg4", source)
        for args, size in ((["--quality", "low"], (640, 480)), (["--quality", "medium"], (800, 600)),
                           (["--quality", "low", "--size", "720x540"], (720, 540))):
            with self.subTest(args=args):
                path = self.path("a.mp4")
                self.good("video", "encode", source, "-o", path, *args)
                video = probe(path)["video"]
                self.assertEqual((video["width"], video["height"]), size)

    def test_fps(self):
        video = probe(self.encode("a.mp4", "--fps", "12")[0])["video"]
        self.assertEqual(video["r_frame_rate"], "12/1")
        self.assertEqual(probe(self.encode("b.mp4")[0])["video"]["r_frame_rate"], "25/1")

    def test_verbose(self):
        outcome = self.good("video", "encode", self.film, "-o", "a.mp4", "-v")
        self.assertIn("h264, 320 x", outcome.out)

    def test_bad_input(self):
        text = self.write("a.mp4", "this is no film")
        self.bad(7, "video", "encode", text, "-o", "b.mp4", says="a.mp4")
        self.bad(4, "video", "encode", "none.mp4", "-o", "b.mp4", says="none.mp4")
        self.bad(12, "video", "encode", self.film, "-o", "none/b.mp4", says="none")
        with open(self.film, "rb") as file:
            cut = self.write("cut.mp4", file.read()[:3000])
        self.bad(7, "video", "encode", cut, "-o", "b.mp4", says="cut.mp4")


class Lipsync(Films):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.base = os.path.join(os.path.dirname(cls.film), "lips.mp4")
        outcome = avatar("video", "lipsync", cls.speech, "--timeline", cls.timeline, "--avatar",
                         picture("presenter"), "-o", cls.base, "--json")
        if outcome.status != 0:
            raise AssertionError(str(outcome))
        cls.result = outcome.json

    def lipsync(self, name, *args, timeline=True, speech=True):
        words = [self.speech] if speech else []
        if timeline:
            args = ("--timeline", self.timeline, *args)
        path = self.path(name)
        return path, self.good("video", "lipsync", *words, "--avatar", picture("presenter"), "-o",
                               path, "--json", *args).json

    def test_sound_is_the_recording(self):
        length = float(probe(self.speech)["format"]["duration"])
        self.assertAlmostEqual(self.result["duration_s"], length, delta=0.05)

    def test_listening(self):
        """Without words the mouth moves much as it does with them, and not as to other speech."""
        film, result = self.lipsync("a.mp4", timeline=False)
        self.assertAlmostEqual(result["duration_s"], self.result["duration_s"], delta=0.05)
        # The mouth of the presenter, frame by frame.
        mouth = [[row[y * 64 + x] for y in range(34, 50) for x in range(22, 42)]
                 for row in (*frames(film, 64, 64), *frames(self.base, 64, 64))]
        count = len(mouth) // 2
        away = [[sum(abs(a - b) for a, b in zip(picture, mouth[half * count])) for picture in
                 mouth[half * count:(half + 1) * count]] for half in (0, 1)]

        def together(shift):
            one, two = away[0][shift:], away[1][:count - shift]
            mean = [sum(v) / len(v) for v in (one, two)]
            parts = [(a - mean[0], b - mean[1]) for a, b in zip(one, two)]
            return sum(a * b for a, b in parts) / math.sqrt(
                sum(a * a for a, _ in parts) * sum(b * b for _, b in parts))
        self.assertGreater(together(0), 0.5)
        self.assertGreater(together(0), together(7) + 0.2)
        self.bad(2, "video", "lipsync", self.speech, "--captions", "srt", "-o", "c.mp4", says="--text")

    def test_timeline(self):
        with open(self.timeline, encoding="utf-8") as file:
            silent = json.load(file)
        silent["phonemes"] = [{"p": "", "start": 0, "end": silent["duration"], "word": -1,
                               "stress": 0}]
        path = self.write("silent.json", json.dumps(silent))
        still, _ = self.lipsync("a.mp4", "--timeline", path, timeline=False)

        def motion(film):
            pictures = frames(film, 64, 64)
            return sum(abs(a - b) for one, two in zip(pictures, pictures[1:])
                       for a, b in zip(one, two))
        self.assertGreater(motion(self.base), 1.5 * motion(still))

    def test_text(self):
        film, result = self.lipsync("a.mp4", "--text", TEXT, timeline=False)
        self.assertIs(result["success"], True)
        other, _ = self.lipsync("b.mp4", "--text", "Ooh.", timeline=False)
        self.assertNotEqual(harness.frame_hashes(film), harness.frame_hashes(other))

    def test_text_file(self):
        path = self.write("said.txt", TEXT)
        film, _ = self.lipsync("a.mp4", "--text-file", path, timeline=False)
        same, _ = self.lipsync("b.mp4", "--text", TEXT, timeline=False)
        self.assertEqual(harness.frame_hashes(film), harness.frame_hashes(same))

    def test_speech(self):
        film, _ = self.lipsync("a.mp4", "--speech", self.speech, speech=False)
        self.assertEqual(harness.frame_hashes(film), harness.frame_hashes(self.base))

    def test_language(self):
        us, _ = self.lipsync("a.mp4", "--text", TEXT, "--language", "en-us", timeline=False)
        gb, _ = self.lipsync("b.mp4", "--text", "Hot tomato bath.", "--language", "en-gb",
                             timeline=False)
        also, _ = self.lipsync("c.mp4", "--text", "Hot tomato bath.", "--language", "en-us",
                               timeline=False)
        self.assertNotEqual(harness.frame_hashes(gb), harness.frame_hashes(also))

    def test_words_are_found(self):
        """In the language that is spoken, and in one that the program does not speak itself, by the sounds that espeak-ng
        has for it; both are near to what the voice knows of its own words."""
        text = "El museo abre a las nueve de la mañana. ¿Quién quiere visitar la famosa sala azul?"
        self.good("voice", "synthesize", text, "--language", "es", "-q", "-o", "es.wav", "--timeline", "es.json")
        with open(self.path("es.json"), encoding="utf-8") as file:
            true = [word["start"] for word in json.load(file)["words"]]
        for language in ("es", "ca"):
            with self.subTest(language=language):
                self.good("video", "lipsync", "es.wav", "--avatar", picture("presenter"), "--text", text, "--language",
                          language, "--captions", "srt", "--keep-intermediates", "-o", "es.mp4", "-q")
                with open(self.path("es.mp4.parts/timeline.json"), encoding="utf-8") as file:
                    timeline = json.load(file)
                self.assertEqual(len(timeline["words"]), len(true))
                off = sorted(abs(word["start"] - start) for word, start in zip(timeline["words"], true))
                self.assertLess(off[len(off) // 2], .03)
                self.assertLess(off[-1], .25)
        self.bad(2, "video", "lipsync", "es.wav", "--text", text, "--language", "xx", "-o", "x.mp4",
                 says=["'xx' cannot be laid over the recording", "espeak-ng lacks this language"])

    def test_avatar(self):
        path = self.path("a.mp4")
        result = self.good("video", "lipsync", self.speech, "--timeline", self.timeline, "--avatar",
                           picture("astronaut", 300), "-o", path, "--json").json
        self.assertEqual(result["width"], 300)
        self.assertEqual(self.result["width"], 320)

    def test_all_that_a_face_lacks_is_told(self):
        tool("ffmpeg", "-v", "error", "-i", picture("presenter"), "-vf", "rotate=.7", self.path("tilted.png"))
        warning = self.good("video", "lipsync", self.speech, "--timeline", self.timeline, "--avatar",
                            self.path("tilted.png"), "-o", self.path("a.mp4"), "--json").json["warning"]
        self.assertRegex(warning, r"tilted.png: face rather small: \d+ px .*; head tilted by 4\d degrees")

    def test_output(self):
        path, _ = self.lipsync("a.webm")
        self.assertEqual(probe(path)["video"]["codec_name"], "vp9")

    def test_quality(self):
        low = self.lipsync("a.mp4", "--quality", "low")[1]["size_bytes"]
        high = self.lipsync("b.mp4", "--quality", "ultra")[1]["size_bytes"]
        self.assertTrue(low < self.result["size_bytes"] < high)

    def test_fps(self):
        self.assertEqual(probe(self.lipsync("a.mp4", "--fps", "12")[0])["video"]["r_frame_rate"],
                         "12/1")

    def test_size(self):
        video = probe(self.lipsync("a.mp4", "--size", "160x200")[0])["video"]
        self.assertEqual((video["width"], video["height"]), (160, 200))

    def test_captions(self):
        _, result = self.lipsync("a.mp4", "--captions", "srt")
        with open(result["captions"], encoding="utf-8") as file:
            self.assertIn("puppy", file.read())

    def test_face(self):
        def result(*args):
            return avatar("video", "lipsync", self.speech, "--timeline", self.timeline, "--avatar",
                          harness.two_faces(), "-o", self.path("a.mp4"), *args)
        self.assertEqual(result("--face", "2").status, 0)
        second = harness.frame_hashes(self.path("a.mp4"))
        self.assertEqual(result("--face", "1").status, 0)
        self.assertNotEqual(harness.frame_hashes(self.path("a.mp4")), second)
        self.assertEqual(result("--face", "3").status, 2)

    def test_seed(self):
        other = harness.frame_hashes(self.lipsync("a.mp4", "--seed", "7")[0])
        same = harness.frame_hashes(self.lipsync("b.mp4", "--seed", "1")[0])
        base = harness.frame_hashes(self.base)
        self.assertEqual(same, base)
        self.assertNotEqual(other, base)

    def life(self, name, *args):
        """How far the picture goes from its first frame, the most in each of ten bands from top to bottom."""
        pictures = frames(self.lipsync(name, *args)[0], 40, 40)
        return [max(abs(a - b) for other in pictures
                    for a, b in zip(pictures[0][at:at + 160], other[at:at + 160])) for at in range(0, 1600, 160)]

    def test_head_motion(self):
        still, usual, lively = (self.life("%s.mp4" % x, "--head-motion", x) for x in ("0", "0.5", "1"))
        self.assertEqual(harness.frame_hashes(self.path("0.5.mp4")), harness.frame_hashes(self.base))
        # Hair and shoulders; the eyes blink and the mouth speaks all the same.
        self.assertLess(max(still[:2] + still[8:]), 3)
        self.assertGreater(still[3], 30)
        self.assertGreater(still[6], 30)
        self.assertGreater(usual[1], 8)
        self.assertGreater(lively[1], 1.2 * usual[1])

    def test_expressiveness(self):
        """All of a band is summed: a mouth that opens further is no darker, but larger."""
        def moved(x):
            pictures = frames(self.lipsync("a.mp4", "--head-motion", "0", "--blink", "off", "--expressiveness", x)[0],
                              40, 40)
            return [max(sum(abs(a - b) for a, b in zip(pictures[0][at:at + 160], other[at:at + 160]))
                        for other in pictures) for at in range(0, 1600, 160)]
        reserved, usual, lively = (moved(x) for x in ("0", "0.5", "1"))
        for band in (3, 5):  # brows, the upper half of the mouth
            self.assertGreater(usual[band], 1.2 * reserved[band])
            self.assertGreater(lively[band], 1.2 * usual[band])

    def test_emotion(self):
        self.assertEqual(harness.frame_hashes(self.lipsync("a.mp4", "--emotion", "neutral")[0]),
                         harness.frame_hashes(self.base))
        def apart(one, other):
            return max(abs(a - b) for a, b in zip(one, other))
        first, last = {}, {}
        for emotion in ("neutral", "happy", "sad", "serious", "surprised"):
            # High, so that the first picture tells nothing of those that follow.
            film, _ = self.lipsync("a.mp4", "--head-motion", "0", "--blink", "off", "--emotion", emotion, "--quality",
                                   "high")
            pictures = frames(film, 80, 80)
            first[emotion], last[emotion] = pictures[0], pictures[-1]
        for one, other in itertools.combinations(last, 2):
            with self.subTest(one=one, other=other):
                self.assertLess(apart(first[one], first[other]), 4, "it begins with the picture")
                self.assertGreater(apart(last[one], last[other]), 8)

    def test_blink(self):
        self.assertEqual(harness.frame_hashes(self.lipsync("on.mp4", "--blink", "on")[0]),
                         harness.frame_hashes(self.base))
        off, often = (self.life("a.mp4", "--head-motion", "0", "--blink", blink) for blink in ("off", "60"))
        self.assertLess(off[3], 20)
        self.assertGreater(often[3], 30)
        self.assertEqual(off[5:], often[5:])

    def test_threads(self):
        most = [harness.most_threads("video", "lipsync", self.speech, "--timeline", self.timeline,
                                     "--threads", count, "-q", "--avatar", picture("presenter"),
                                     "-o", self.path("a.mp4"), unnamed=True) for count in ("1", "8")]
        self.assertGreaterEqual(most[1] - most[0], 5)

    def test_low_memory(self):
        result = self.lipsync("a.mp4", "--low-memory")[1]
        allowed = 20 if harness.SANITIZED else 0
        self.assertLess(result["peak_memory_mb"], self.result["peak_memory_mb"] + allowed)

    def test_keep_intermediates(self):
        self.lipsync("a.mp4", "--keep-intermediates")
        self.assertIn("timeline.json", os.listdir(self.path("a.mp4.parts")))

    def test_storage(self):
        self.lipsync("a.mp4", "--storage", self.path("data"))
        self.assertTrue(os.listdir(self.path("data")))

    def test_verbose(self):
        outcome = self.good("video", "lipsync", self.speech, "--timeline", self.timeline,
                            "--avatar", picture("presenter"), "-v")
        self.assertIn("busy seconds", outcome.out)
        self.assertIn("recorded", outcome.out)

    def test_bad_input(self):
        junk = self.write("junk.wav", "no sound at all")
        broken = self.write("broken.json", '{"version": 1, "phonemes": [{"p"')
        table = [
            (4, [self.speech, "--timeline", "none.json"], "none.json"),
            (7, [self.speech, "--timeline", broken], "the timeline is not JSON"),
            (4, ["none.wav", "--text", "Hi."], "none.wav"),
            (7, [junk, "--text", "Hi."], "junk.wav"),
            (8, [self.speech, "--text", "  "], "text"),
        ]
        for status, args, says in table:
            with self.subTest(args=args):
                self.bad(status, "video", "lipsync", *args, "--avatar", picture("presenter"),
                         says=says)


if __name__ == "__main__":
    unittest.main(verbosity=2)
