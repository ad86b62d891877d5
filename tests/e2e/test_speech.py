# SPDX-License-Identifier: Apache-2.0
"""voice synthesize: markup, lexicon, blends, streaming."""
import array
import json
import math
import os
import subprocess
import unittest
import wave

import harness
from harness import BINARY, Case, environment


class Spoken(Case):
    def timeline(self, text, *args):
        path = self.path("t.json")
        self.good("voice", "synthesize", text, "-q", "-o", self.path("a.wav"), "--timeline", path,
                  *args)
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def sounds(self, text, *args):
        return "".join(p["p"] for p in self.timeline(text, *args)["phonemes"])


class Markup(Spoken):
    def test_brackets(self):
        text = "Hi. [pause:1s] [voice:am_michael]Bye[/voice] [tomato](/bɑː/)."
        timeline = self.timeline(text, "--captions", "srt")
        self.assertEqual(timeline["text"], "Hi. Bye tomato.")
        self.assertEqual([s["voice"] for s in timeline["segments"]],
                         ["af_heart", "am_michael", "af_heart"])
        first, second, third = timeline["words"]
        self.assertAlmostEqual(second["start"] - first["end"], 1.0, delta=0.15)
        self.assertEqual((third["w"], third["text_start"], third["text_end"]), ("tomato", 8, 14))
        said = [p["p"] for p in timeline["phonemes"] if p.get("word") == 2]
        self.assertEqual(said, ["b", "ɑ"])
        with open(self.path("a.srt"), encoding="utf-8") as file:
            captions = file.read()
        self.assertIn("Bye tomato.", captions)
        self.assertNotIn("[", captions)

    def test_ssml(self):
        self.assertEqual(self.sounds("<speak><sub alias='a bee'>X</sub></speak>"),
                         self.sounds("<speak>a bee</speak>", "--ssml"))
        self.bad(8, "voice", "synthesize", "Hello", "--ssml", says="inside <speak>")
        self.bad(8, "voice", "synthesize", "<speak>\n<zap/></speak>",
                 says=["line 2, column 1", "<zap>"])

    def test_say_as(self):
        """Each kind as the same thing spelled out."""
        rows = (("cardinal", "1984", "One thousand nine hundred eighty four"), ("ordinal", "3", "Third"),
                ("characters", "dog", "D O G"), ("date' format='dmy", "3.2.2024", "February third, twenty twenty four"),
                ("time", "3:05 pm", "Three oh five PM"), ("telephone", "555-12", "Five five five, one two"))
        marked = " ".join("<say-as interpret-as='%s'>%s</say-as>." % row[:2] for row in rows)
        said, spelled = self.sounds("<speak>%s</speak>" % marked), self.sounds(". ".join(row[2] for row in rows) + ".")
        self.assertEqual(said, spelled)

    def test_volume(self):
        """Twelve decibels between the words, by sign and by SSML."""
        for text in ("Good morning. [volume:-12dB]Good morning.[/volume]",
                     "<speak>Good morning. <prosody volume='-12dB'>Good morning.</prosody></speak>"):
            words = self.timeline(text)["words"]
            with wave.open(self.path("a.wav")) as file:
                sound = array.array("h", file.readframes(file.getnframes()))
            levels = []
            for word in words:
                part = sound[int(word["start"] * 24000):int(word["end"] * 24000)]
                levels.append(10 * math.log10(sum(v * v for v in part) / len(part)))
            self.assertAlmostEqual(levels[0] - levels[2], 12, delta=1)
            self.assertAlmostEqual(levels[1] - levels[3], 12, delta=1)

    def test_rate(self):
        slow = self.timeline("[rate:0.5]One two three.[/rate]")["duration"]
        self.assertGreater(slow, 1.3 * self.timeline("One two three.")["duration"])

    def test_pitch(self):
        """The option, the sign and SSML do the same: another melody, the same times."""
        heard = []
        for text, args in (("Hi there.", ()), ("Hi there.", ("--pitch", "3")),
                           ("[pitch:+3st]Hi there.[/pitch]", ()),
                           ("<speak><prosody pitch='+3st'>Hi there.</prosody></speak>", ()),
                           ("<speak><prosody range='x-low'>Hi there.</prosody></speak>", ())):
            timeline = self.timeline(text, *args)
            heard.append((timeline["duration"], harness.sound_hash(self.path("a.wav"))))
        for duration, _ in heard:
            self.assertAlmostEqual(duration, heard[0][0], delta=0.1)
        self.assertEqual(heard[1][1], heard[2][1])
        self.assertEqual(heard[1][1], heard[3][1])
        self.assertEqual(len({sound for _, sound in heard}), 3)
        self.bad(2, "voice", "synthesize", "Hi.", "--pitch", "13", says="12")

    def test_wrong_brackets(self):
        for text, part in (("[pause:x]Hi", "column 1"), ("Hi [voice:af_hart]you[/voice]", "af_heart"),
                           ("[voice:af_heart]Hi", "not closed")):
            self.bad(9 if "af_hart" in text else 8, "voice", "synthesize", text, says=part)

    def test_late_errors_have_their_place(self):
        """What only a voice or a language can judge: where its sign begins."""
        for status, text, part in (
                (9, "One.\nTwo [voice:nobody]three[/voice]", "line 2, column 5: there is no voice 'nobody'"),
                (9, "Zwölf [voice:af_heart]a [voice:nobody][pitch:+1st]b[/pitch][/voice][/voice]",
                 "line 1, column 25:"),
                (9, "<speak>One.\nTwo <voice name='nobody'>three</voice></speak>", "line 2, column 5:"),
                (9, "<speak>One.\nTwo <voice name='af_heart' xml:lang='xx'>a</voice></speak>", "line 2, column 5:"),
                (8, "One.\nTwo [three](/4/)", "line 2, column 5: '4'"),
                (8, "<speak>One.\nTwo <phoneme ph='4'>three</phoneme></speak>", "line 2, column 5: '4'"),
                (8, "<speak>One.\nTwo <say-as interpret-as='ordinal'>three</say-as></speak>",
                 "line 2, column 5: <say-as>: 'three' is no whole number")):
            with self.subTest(text=text):
                self.bad(status, "voice", "synthesize", text, says=part)

    def test_lexicon(self):
        lexicon = self.write("my.tsv", "# mine\nqux\t/bɑː/\nzot\ta bee\n")
        self.assertEqual(self.sounds("Qux.", "--lexicon", lexicon), "bɑ")
        self.assertEqual(self.sounds("Zot.", "--lexicon", lexicon), self.sounds("A bee."))
        wrong = self.write("bad.tsv", "ok\tokay\nqux\t/b4/\n")
        self.bad(7, "voice", "synthesize", "Qux.", "--lexicon", wrong, says="line 2, column 6: '4'")
        self.bad(4, "voice", "synthesize", "Qux.", "--lexicon", self.path("none"), says="none")

    def test_kanji_are_refused(self):
        self.bad(8, "voice", "synthesize", "すし 寿司", "--language", "ja", says=["寿司", "kana"])


class Blend(Spoken):
    def test_blend(self):
        sounds = set()
        for voice in ("af_heart", "am_adam", "af_heart*0.5+am_adam*0.5"):
            timeline = self.timeline("Hi.", "--voice", voice)
            sounds.add(harness.sound_hash(self.path("a.wav")))
        self.assertEqual(len(sounds), 3)
        blend = "af_heart*0.50+am_adam*0.50"
        self.assertEqual(timeline["segments"][0]["voice"], blend)
        for text in ("[voice:af_heart+am_adam]Hi.[/voice]",
                     "<speak><voice name='af_heart*0.5+am_adam*0.5'>Hi.</voice></speak>"):
            self.assertEqual([s["voice"] for s in self.timeline(text)["segments"]], [blend])
            self.assertIn(harness.sound_hash(self.path("a.wav")), sounds)
        outcome = self.good("voice", "synthesize", "Hi.", "--voice", "af_heart+ff_siwis", "--json",
                            "-o", self.path("b.wav"))
        self.assertIn("accent", outcome.json["warning"])
        for voice in ("af_heart*", "af_heart*0", "af_heart+nobody"):
            self.bad(9, "voice", "synthesize", "Hi.", "--voice", voice)


class Stream(Spoken):
    def test_standard_output(self):
        """The first sentence is heard before the last is made."""
        process = subprocess.Popen([BINARY, "voice", "synthesize", "-q", "-o", "-", "One is here. " * 8],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment(), cwd=self.folder)
        first = process.stdout.read(4800)
        self.assertEqual(len(first), 4800)
        self.assertIsNone(process.poll(), "there is more to come")
        process.stdout.close()
        err = process.stderr.read().decode()
        process.stderr.close()
        self.assertNotEqual(process.wait(harness.TIMEOUT_S), 0)
        self.assertIn("stopped reading", err)

    def test_format(self):
        self.good("voice", "synthesize", "Hi.", "-q", "-o", self.path("a.wav"))
        raw = self.run_raw("Hi.")
        wav = self.run_raw("Hi.", "--format", "wav")
        self.assertEqual(wav[:4], b"RIFF")
        self.assertEqual(wav[44:], raw)
        self.assertGreater(len(raw), 24000)
        self.bad(2, "voice", "synthesize", "Hi.", "-o", "-", "--json", says="standard output")
        self.bad(2, "voice", "synthesize", "Hi.", "-o", "-", "--captions", "srt", says="captions")

    def run_raw(self, *args):
        process = subprocess.run([BINARY, "voice", "synthesize", "-q", "-o", "-", *args],
                                 stdout=subprocess.PIPE, env=environment(), check=True,
                                 timeout=harness.TIMEOUT_S, cwd=self.folder)
        return process.stdout

    def test_storage(self):
        self.bad(9, "voice", "synthesize", "Hi.", "--storage", self.path("s"), "--voice",
                 "piper-none", says="piper-none")


class Piper(Spoken):
    def model(self):
        folder = harness.models()["test-piper"]["path"]
        self.assertTrue(folder, "run ./dev test, which fetches it")
        return folder + "/en_US-joe-medium.onnx"

    def test_speaks(self):
        outcome = self.good("voice", "add", "--piper", self.model(), "--name", "joe", "--json",
                            "--storage", self.path("s"))
        self.assertEqual(outcome.json["voice"]["id"], "piper-joe")
        self.assertEqual(outcome.json["voice"]["language"], "en-us")
        timeline = self.timeline("Hi there. [voice:af_heart]Hello.[/voice]", "--voice", "piper-joe",
                                 "--storage", self.path("s"))
        self.assertEqual([s["voice"] for s in timeline["segments"]], ["piper-joe", "af_heart"])
        self.assertEqual([w["w"] for w in timeline["words"]], ["Hi", "there", "Hello"])
        self.assertEqual([p["p"] for p in timeline["phonemes"] if p.get("word") == 0],
                         ["h", "a", "ɪ"])
        self.assertGreater(timeline["words"][1]["end"], timeline["words"][0]["end"] + 0.1)
        self.bad(9, "voice", "synthesize", "Hi.", "--voice", "piper-joe+af_heart", "--storage",
                 self.path("s"), says="blended")
        self.bad(2, "voice", "add", "--piper", self.model(), "--name", "joe", "--storage",
                 self.path("s"), says="already")

    def test_other_language(self):
        """espeak-ng alone knows it, and reads its numbers and signs."""
        with open(self.model() + ".json", encoding="utf-8") as file:
            config = json.load(file)
        os.symlink(self.model(), self.path("x.onnx"))
        store = ["--storage", self.path("s")]
        for tag in ("de", "qqq"):
            config["espeak"]["voice"] = tag
            self.write("x.onnx.json", json.dumps(config))
            made = self.good("voice", "add", "--piper", self.path("x.onnx"), "--name", tag, "--json", *store)
            self.assertEqual(made.json["voice"]["language"], tag)
        timeline = self.timeline("Zwei: 3,5 % [voice:af_heart]Hi[/voice]", "--voice", "piper-de", *store)
        self.assertEqual([w["w"] for w in timeline["words"]], ["Zwei", "3,5", "%", "Hi"])
        self.assertEqual([s["language"] for s in timeline["segments"]], ["de", "en-us"])
        said = ["".join(p["p"] for p in timeline["phonemes"] if p.get("word") == i) for i in range(3)]
        self.assertEqual(said, ["tsvaɪ", "dɾaɪkɔmɑːfynf", "pɾoːtsɛnt"])
        self.bad(9, "voice", "synthesize", "Hi.", "--voice", "af_heart", "--language", "de", says="'de'")
        self.bad(16, "voice", "synthesize", "Hi.", "--voice", "piper-qqq", *store, says="espeak-ng")

    def test_list(self):
        store = ["--storage", self.path("s")]
        self.good("voice", "add", "--piper", self.model(), *store)
        ids = [v["id"] for v in self.good("voice", "list", "--json", *store).json["voices"]]
        self.assertIn("piper-en_US-joe-medium", ids)
        self.good("voice", "remove", "piper-en_US-joe-medium", *store)
        ids = [v["id"] for v in self.good("voice", "list", "--json", *store).json["voices"]]
        self.assertNotIn("piper-en_US-joe-medium", ids)
        self.bad(9, "voice", "remove", "piper-en_US-joe-medium", *store)
        self.bad(9, "voice", "remove", "../../etc", *store)

    def test_what_is_no_voice(self):
        wrong = self.write("x.onnx", "no model")
        self.bad(7, "voice", "add", "--piper", wrong, "--storage", self.path("s"))
        self.bad(4, "voice", "add", "--piper", self.path("none.onnx"), "--storage", self.path("s"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
