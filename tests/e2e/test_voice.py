# SPDX-License-Identifier: Apache-2.0
"""voice list and voice synthesize."""
import json
import os
import tempfile
import unittest

import harness
from harness import Case, avatar, probe, tool

TEXT = "Hello there, doctor."
# A sentence of each other language, and its words.
LANGUAGES = {
    "es": ("Son 2,50 € por persona.", ["Son", "2,50 €", "por", "persona"]),
    "fr": ("Nous avons un ami.", ["Nous", "avons", "un", "ami"]),
    "hi": ("मेरा नाम राहुल है।", ["मेरा", "नाम", "राहुल", "है"]),
    "it": ("La vita è bella.", ["La", "vita", "è", "bella"]),
    "ja": ("おちゃを ください。", ["おちゃを", "ください"]),
    "zh": ("今天天气很好。", ["今天天气", "很", "好"]),
    "pt-br": ("O pão está quente.", ["O", "pão", "está", "quente"]),
}


class List(Case):
    def voices(self, *args):
        return self.good("voice", "list", "--json", *args).json["voices"]

    def test_all(self):
        voices = self.voices()
        self.assertGreaterEqual(len(voices), 54, "all of Kokoro's voices")
        self.assertEqual({v["language"] for v in voices}, set(LANGUAGES) | {"en-us", "en-gb"})
        self.assertEqual(len({v["id"] for v in voices}), len(voices))
        for voice in voices:
            self.assertGreater(len(voice["sample"].encode()), 60, voice["id"])
        self.assertEqual(len({v["sample"] for v in voices}), 8, "a sentence a language, one in English")
        table = self.good("voice", "list").out.splitlines()
        self.assertEqual(len(table), len(voices) + 1)
        self.assertRegex(table[0], r"^id +name +language +gender +grade")
        for voice, line in zip(voices, table[1:]):
            self.assertTrue(line.startswith(voice["id"]))

    def test_language(self):
        british = self.voices("--language", "en-gb")
        self.assertTrue(british)
        self.assertEqual({v["language"] for v in british}, {"en-gb"})
        self.assertEqual({v["language"] for v in self.voices("--language", "en")},
                         {"en-us", "en-gb"})
        self.bad(9, "voice", "list", "--language", "e", says="no such voice")

    def test_gender(self):
        men, women = self.voices("--gender", "male"), self.voices("--gender", "female")
        self.assertEqual({v["gender"] for v in men}, {"male"})
        self.assertEqual(len(men) + len(women), len(self.voices()))


class Synthesize(Case):
    @classmethod
    def setUpClass(cls):
        cls.base_folder = tempfile.mkdtemp(dir=harness._shared)
        cls.sound = os.path.join(cls.base_folder, "base.wav")
        cls.timeline = os.path.join(cls.base_folder, "base.json")
        outcome = avatar("voice", "synthesize", TEXT, "-o", cls.sound, "--timeline", cls.timeline,
                         "--json")
        if outcome.status != 0:
            raise AssertionError(str(outcome))
        cls.result = outcome.json

    def speak(self, name, *args, text=TEXT):
        path = self.path(name)
        return path, self.good("voice", "synthesize", text, "-o", path, "--json", *args).json

    def test_sound(self):
        audio = probe(self.sound)["audio"]
        self.assertEqual((audio["sample_rate"], audio["channels"]), ("24000", 1))
        self.assertAlmostEqual(float(audio["duration"]), self.result["duration_s"], delta=0.01)
        self.assertAlmostEqual(self.result["loudness_lufs"], -16, delta=1.5)
        self.assertEqual(self.result["words"], 3)
        self.assertGreater(self.result["real_time_factor"], 0)

    def test_same_input_same_samples(self):
        path, _ = self.speak("again.wav")
        with open(path, "rb") as ours, open(self.sound, "rb") as base:
            self.assertEqual(ours.read(), base.read())

    def test_output(self):
        table = [("a.wav", "pcm_s16le"), ("a.flac", "flac"), ("a.mp3", "mp3"), ("a.opus", "opus"),
                 ("a.ogg", ("vorbis", "opus", "flac")), ("a.m4a", "aac")]
        for name, codec in table:
            with self.subTest(name=name):
                path, result = self.speak(name, text="Hi.")
                audio = probe(path)["audio"]
                self.assertIn(audio["codec_name"], codec)
                self.assertAlmostEqual(float(probe(path)["format"]["duration"]),
                                       result["duration_s"], delta=0.1)
        self.good("voice", "synthesize", "Hi.")
        self.assertIsNotNone(probe(self.path("speech.wav"))["audio"], "the default name")

    def test_voice(self):
        path, result = self.speak("a.wav", "--voice", "bm_george", "--timeline",
                                  self.path("t.json"))
        self.assertNotEqual(harness.sound_hash(path), harness.sound_hash(self.sound))
        with open(self.path("t.json"), encoding="utf-8") as file:
            segment = json.load(file)["segments"][0]
        self.assertEqual((segment["voice"], segment["language"]), ("bm_george", "en-gb"))

    def test_language(self):
        path, _ = self.speak("a.wav", "--language", "en-gb")
        self.assertNotEqual(harness.sound_hash(path), harness.sound_hash(self.sound))

    def check_phonemes(self, timeline):
        """They follow each other without a gap, and words last as long as their own."""
        phonemes, clock = timeline["phonemes"], 0.0
        for phoneme in phonemes:
            self.assertAlmostEqual(phoneme["start"], clock, delta=1e-5)
            self.assertGreaterEqual(phoneme["end"], phoneme["start"])
            clock = phoneme["end"]
        self.assertAlmostEqual(clock, timeline["duration"], delta=1e-3)
        for i, word in enumerate(timeline["words"]):
            own = [p for p in phonemes if p.get("word") == i]
            self.assertGreaterEqual(len(own), 1, word)
            self.assertAlmostEqual(own[0]["start"], word["start"], delta=1e-5)
            self.assertAlmostEqual(own[-1]["end"], word["end"], delta=1e-5)

    def test_every_language(self):
        """Speaks with the language's own voice, and every word has its time."""
        for language, (text, words) in LANGUAGES.items():
            with self.subTest(language=language):
                path, _ = self.speak("%s.wav" % language, "--language", language, "--timeline",
                                     self.path("t.json"), "--captions", "srt", text=text)
                with open(self.path("t.json"), encoding="utf-8") as file:
                    timeline = json.load(file)
                self.assertEqual(timeline["segments"][0]["language"], language)
                self.assertEqual(timeline["segments"][0]["voice"][0], language[0])
                self.assertEqual([w["w"] for w in timeline["words"]], words)
                self.assertEqual(timeline["words"][-1]["text_end"],
                                 len(text.rstrip(".।。").encode()))
                for word, after in zip(timeline["words"], timeline["words"][1:]):
                    self.assertLess(word["start"], word["end"])
                    self.assertLessEqual(word["end"], after["start"] + 1e-6)
                self.check_phonemes(timeline)
                with open(self.path("%s.srt" % language), encoding="utf-8") as file:
                    self.assertIn(text, file.read().replace("\n", " "))
                self.assertGreater(float(probe(path)["format"]["duration"]), 0.7)

    def test_speed(self):
        fast = self.speak("a.wav", "--speed", "1.8")[1]["duration_s"]
        self.assertLess(fast, 0.85 * self.result["duration_s"])

    def test_captions(self):
        _, result = self.speak("a.flac", "--captions", "vtt")
        self.assertEqual(result["captions"], self.path("a.vtt"))
        with open(self.path("a.vtt"), encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith("WEBVTT\n"))
        self.assertIn("doctor", text)
        self.speak("b.wav", "--captions", "srt")
        with open(self.path("b.srt"), encoding="utf-8") as file:
            self.assertIn(" --> ", file.read())
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.flac", "a.vtt", "b.srt", "b.wav"])

    def test_timeline(self):
        with open(self.timeline, encoding="utf-8") as file:
            timeline = json.load(file)
        self.assertEqual([w["w"] for w in timeline["words"]], ["Hello", "there", "doctor"])
        self.assertAlmostEqual(timeline["duration"], self.result["duration_s"], delta=0.01)
        self.assertIsNone(self.speak("a.wav")[1]["timeline"])

    def test_text_file(self):
        path = self.write("said.txt", TEXT + "\n")
        outcome = self.good("voice", "synthesize", "--text-file", path, "--json")
        self.assertEqual(outcome.json["words"], 3)
        outcome = self.good("voice", "synthesize", "--text-file", "-", "--json",
                            stdin=TEXT.encode())
        self.assertEqual(outcome.json["words"], 3)

    def test_threads(self):
        most = [harness.most_threads("voice", "synthesize", TEXT, "-q", "--threads", count, "-o",
                                     self.path("a.wav"), unnamed=True) for count in ("1", "8")]
        self.assertGreaterEqual(most[1] - most[0], 5)

    def test_verbose(self):
        self.assertIn("LUFS", self.good("voice", "synthesize", "Hi.", "-v").out)
        self.assertNotIn("LUFS", self.good("voice", "synthesize", "Hi.").out)

    def test_peak_stays_below_full_scale(self):
        raw = tool("ffmpeg", "-v", "error", "-i", self.sound, "-f", "s16le", "-")
        peak = max(abs(int.from_bytes(raw[i:i + 2], "little", signed=True))
                   for i in range(0, len(raw), 2))
        self.assertLess(peak, 32000)
        self.assertGreater(peak, 3000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
