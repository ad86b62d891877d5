# SPDX-License-Identifier: Apache-2.0
"""voice clone, and voice profiles: what recordings get, and what is done with what was made."""
import json
import os
import re
import shutil
import tempfile

import harness
from harness import Case, avatar, most_threads, probe, tool

TEXT = ("The lighthouse stood at the end of a long and narrow road. Every evening an old man walked up "
        "the stairs and lit the lamp. Nobody knew how many years he had done that, and nobody asked.")
CONSENT = "I agree that my voice is cloned for this test."


def ffmpeg(*args):
    tool("ffmpeg", "-v", "error", "-y", *args)


class Recorded(Case):
    """Speech of the program itself stands in for recordings; one clone is made for all tests."""

    @classmethod
    def setUpClass(cls):
        if hasattr(Recorded, "clip"):
            return
        folder = tempfile.mkdtemp(dir=harness._shared)
        Recorded.clip = os.path.join(folder, "george.flac")
        Recorded.other = os.path.join(folder, "heart.flac")
        Recorded.storage = os.path.join(folder, "storage")
        for voice, path in (("bm_george", cls.clip), ("af_heart", cls.other)):
            outcome = avatar("voice", "synthesize", TEXT, "--voice", voice, "-o", path)
            if outcome.status != 0:
                raise AssertionError(str(outcome))
        outcome = avatar("voice", "clone", "--storage", cls.storage, "--name", "George", "--fast", "--points",
                         "5", "--keep-reference", "--audio", cls.clip, "--consent", CONSENT,
                         "--consent-by", "G. Eorge", "--json", "-v", "-v", "-v")
        if outcome.status != 0:
            raise AssertionError(str(outcome))
        Recorded.made, Recorded.log = outcome.json, outcome.err
        Recorded.profile = outcome.json["profile"]

    def refuse(self, clip, says, status=22, *more):
        return self.bad(status, "voice", "clone", "--name", "X", "--consent", CONSENT, clip, *more,
                        says=says)

    def copy_of_storage(self):
        path = self.path("storage")
        shutil.copytree(self.storage, path)
        return path


class Clone(Recorded):
    def test_profile(self):
        self.assertRegex(self.profile["id"], r"^vp-[a-z0-9]{8}$")
        self.assertEqual(self.profile["name"], "George")
        self.assertGreater(self.profile["similarity"], 0.7)
        self.assertGreater(self.profile["reference_speech_s"], 6)
        self.assertLess(abs(self.profile["pitch_hz"] / self.profile["reference_pitch_hz"] - 1), 0.15)
        self.assertIn(self.made["points"], (5, 6, 7, 8), "one for each thread at a time")
        out = self.path("said.mp3")
        self.good("voice", "synthesize", "Good evening.", "--voice", self.profile["id"][:6],
                  "--storage", self.storage, "-o", out)
        self.assertIn("cloned", json.dumps(probe(out)["format"]["tags"]))

    def stored(self, storage, profile):
        with open(os.path.join(storage, "voices", profile, "profile.json"), encoding="utf-8") as file:
            return json.load(file)

    def test_facts(self):
        stored = self.stored(self.storage, self.profile["id"])
        for key, value in (("language", "en-us"), ("gender", "male"), ("engine", "kokoro"),
                           ("maker", "kokoro-search 1")):
            self.assertEqual((self.profile[key], stored[key]), (value, value))
        self.assertEqual((stored["encoder"], stored["model"]), ("resemblyzer-ge2e 0.1.4", "kokoro-82m 1.0"))
        self.assertRegex(stored["created_at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(stored["created_at"], self.profile["created_at"])

    def test_report(self):
        """What was measured of the recordings, and that a spectrum which does not help is left out."""
        found = self.made["recordings"]
        self.assertGreater(found["seconds"], found["speech_s"])
        self.assertGreater(found["snr_db"], 30)
        self.assertLess(found["clipped"], 0.003)
        self.assertLess(found["music"], 0.05)
        self.assertLess(found["other_voice"], 0.1)
        self.assertEqual(self.made["warnings"], [])
        # The recordings are a published voice, which is as it should be already.
        self.assertIs(self.made["spectrum_matched"], False)
        self.assertEqual(self.stored(self.storage, self.profile["id"])["eq_db"], [0] * 40)

    def test_progress(self):
        shown = [int(found) for found in re.findall(r"\[1/6\] voice +(\d+) %", self.log)]
        self.assertGreaterEqual(len(shown), 2, self.log)
        self.assertEqual(shown, sorted(set(shown)))
        self.assertLess(shown[-1], 100)

    def test_best(self):
        """With the ends of the spectrum turned up and down, which is then turned back."""
        thin = self.path("thin.flac")
        ffmpeg("-i", self.clip, "-af", "bass=g=-9:f=500,treble=g=9:f=2500,volume=-9dB", thin)
        # It says some two dozen sentences, which a sanitizer build on a busy machine takes minutes for.
        process = harness.start("voice", "clone", "--storage", self.path("s"), "--name", "Thin", "--best",
                                "--points", "1", "--language", "fr", "--consent", CONSENT, thin, "--json")
        out, err = process.communicate(timeout=4 * harness.TIMEOUT_S)
        self.assertEqual(process.returncode, 0, err.decode())
        made = json.loads(out)
        self.assertIn(made["points"], (1, 2, 3, 4))
        self.assertEqual(made["profile"]["language"], "fr")
        self.assertIs(made["spectrum_matched"], True)
        gains = self.stored(self.path("s"), made["profile"]["id"])["eq_db"]
        self.assertGreater(sum(gains[30:]) / 10, sum(gains[:10]) / 10 + 1)
        self.assertGreater(made["profile"]["similarity"], made["profile"]["stock_similarity"])

    def test_consent(self):
        for consent in ((), ("--consent", ""), ("--consent", "  ")):
            self.bad(2, "voice", "clone", "--name", "X", self.clip, *consent, says="consent")
        self.assertEqual(self.profile["consent"], CONSENT)
        with open(os.path.join(self.storage, "voices", "audit.log"), encoding="utf-8") as file:
            line = json.loads(file.readline())
        self.assertEqual((line["action"], line["consent"], line["consent_by"]), ("create", CONSENT, "G. Eorge"))
        # When: before the profile was written, and the same in both places.
        self.assertEqual(line["consent_at"], self.profile["consent_at"])
        self.assertRegex(line["consent_at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertLessEqual(line["consent_at"], line["time"])

    def test_consent_by(self):
        self.assertEqual(self.profile["consent_by"], "G. Eorge")

    def test_consent_audio(self):
        self.refuse(self.clip, "another voice", 22, "--consent-audio", self.other)

    def test_audio(self):
        self.bad(2, "voice", "clone", "--name", "X", "--consent", CONSENT, says="CLIP")
        # Both of them are read: two people.
        self.bad(22, "voice", "clone", "--name", "X", "--consent", CONSENT, "--audio", self.clip,
                 "--audio", self.other, says="more than one person")
        self.bad(22, "voice", "clone", "--name", "X", "--consent", CONSENT, "--audio", self.clip,
                 self.other, says="more than one person")

    def test_name(self):
        for name in ("", "x" * 65, "a\nb"):
            self.bad(2, "voice", "clone", "--name", name, "--consent", CONSENT, self.clip, says="name")

    def test_fast_or_best(self):
        self.bad(2, "voice", "clone", "--name", "X", "--consent", CONSENT, self.clip, "--fast",
                 "--best", says="cannot be had together")

    def test_language(self):
        self.refuse(self.clip, "xx", 9, "--language", "xx")

    def test_keep_reference(self):
        path = os.path.join(self.storage, "voices", self.profile["id"], "reference.flac")
        self.assertEqual(probe(path)["audio"]["sample_rate"], "24000")
        self.assertTrue(self.profile["reference_kept"])

    def test_storage(self):
        shown = self.good("voice", "profiles", "--storage", self.storage, "--json").json["profiles"]
        self.assertEqual([p["id"] for p in shown], [self.profile["id"]])
        self.assertEqual(self.good("voice", "profiles", "--json").json["profiles"], [])

    def test_verbose(self):
        self.assertIn("clone verdict", self.log)

    def test_threads(self):
        args = ("voice", "clone", "--storage", self.path("s"), "--name", "T", "--fast", self.clip,
                "--consent", CONSENT, "--threads")
        self.assertLess(most_threads(*args, "1"), most_threads(*args, "4"))


class Recordings(Recorded):
    """What each kind of recording gets."""

    def make(self, name, *args):
        path = self.path(name)
        ffmpeg(*args, path)
        return path

    def test_refused(self):
        noise = self.make("noise.wav", "-f", "lavfi", "-i", "anoisesrc=d=8:a=0.3")
        silence = self.make("silence.wav", "-f", "lavfi", "-i", "anullsrc=r=44100", "-t", "8")
        chord = "+".join(f"sin(2*PI*{hz}*t)" for hz in (220, 440, 660, 880, 1320, 1760, 2640))
        music = self.make("music.wav", "-f", "lavfi", "-i", f"aevalsrc='0.1*({chord})':d=8")
        short = self.make("short.wav", "-i", self.clip, "-t", "1")
        two = self.make("two.wav", "-i", self.clip, "-i", self.other, "-filter_complex",
                        "concat=n=2:v=0:a=1")
        loud = self.make("loud.wav", "-i", self.clip, "-af", "volume=30dB")
        for clip, says in ((noise, "no speech"), (silence, "silent"), (music, "music"),
                           (short, "3 s are needed"), (two, "more than one person"),
                           (loud, "clipped")):
            self.refuse(clip, says)

    def test_no_sound(self):
        text = self.path("text.wav")
        with open(text, "w", encoding="utf-8") as file:
            file.write("This is no sound at all.\n" * 50)
        self.refuse(text, "text.wav", 7)
        self.refuse(self.path("missing.wav"), "missing.wav", 4)

    def test_three_hours(self):
        long = self.make("long.flac", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "10800")
        self.refuse(long, "180 minutes", 6)

    def test_ten_minutes_in_several_files(self):
        part = self.make("part.flac", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "301")
        self.refuse(part, "602 s together", 6, part)

    def test_odd_formats(self):
        """They pass the check: the spoken consent beside them is what is refused."""
        for name, args in (("8bit.wav", ("-c:a", "pcm_u8")), ("192k.wav", ("-ar", "192000")),
                           ("six.flac", ("-ac", "6")), ("low.mp3", ("-ar", "16000", "-b:a", "32k"))):
            self.refuse(self.make(name, "-i", self.clip, *args), "another voice", 22,
                        "--consent-audio", self.other)


class Profiles(Recorded):
    def test_show(self):
        shown = self.good("voice", "show", "George", "--storage", self.storage)
        self.assertIn("does not copy it", shown.out)
        self.assertIn(CONSENT, shown.out)
        self.bad(9, "voice", "show", "Nobody", "--storage", self.storage, says="Nobody")

    def test_rename(self):
        storage = self.copy_of_storage()
        self.good("voice", "rename", "George", "--name", "Jorge", "--storage", storage)
        self.assertIn("Jorge", self.good("voice", "profiles", "--storage", storage).out)
        self.bad(2, "voice", "rename", "Jorge", "--name", " ", "--storage", storage, says="name")

    def test_delete(self):
        storage = self.copy_of_storage()
        self.good("voice", "delete", self.profile["id"], "--storage", storage)
        self.assertEqual(os.listdir(os.path.join(storage, "voices")), ["audit.log"])
        self.bad(9, "voice", "synthesize", "Hello.", "--voice", self.profile["id"], "--storage",
                 storage, "-o", self.path("x.wav"), says="no voice profile")

    def test_travel(self):
        path = self.path("george.avtvoice")
        self.good("voice", "export", "George", "-o", path, "--storage", self.storage)
        taken = self.good("voice", "import", path, "--storage", self.path("elsewhere"), "--json").json
        self.assertNotEqual(taken["profile"]["id"], self.profile["id"])
        for key in ("name", "consent", "consent_by", "similarity"):
            self.assertEqual(taken["profile"][key], self.profile[key])
        self.assertFalse(taken["profile"]["reference_kept"])
        with open(path, "r+b") as file:
            file.truncate(1000)
        self.bad(7, "voice", "import", path, "--storage", self.path("elsewhere"), says="damaged")

    def test_blend(self):
        out = self.path("blend.wav")
        self.good("voice", "synthesize", "Hello.", "--voice", f"{self.profile['id']}*0.6+af_heart*0.4",
                  "--storage", self.storage, "-o", out)
        self.assertGreater(float(probe(out)["format"]["duration"]), 0.5)


    def test_used_in_texts_and_films(self):
        """A clone in a blend, wherever a voice is named."""
        voice = f"{self.profile['id']}*0.6+af_heart*0.4"
        long = f"{self.profile['id']}*0.60+af_heart*0.40"
        said, times = self.path("a.mp3"), self.path("a.json")
        for text in (f"One. [voice:{voice}]Two.[/voice]", f"<speak>One. <voice name='{voice}'>Two.</voice></speak>"):
            self.good("voice", "synthesize", text, "--storage", self.storage, "-o", said, "--timeline", times)
            with open(times, encoding="utf-8") as file:
                self.assertEqual([s["voice"] for s in json.load(file)["segments"]], ["af_heart", long])
            self.assertIn("cloned", json.dumps(probe(said)["format"]["tags"]))
        film = self.path("a.mp4")
        self.good("pipeline", "run", "Hi.", "--voice", voice, "--storage", self.storage, "--size", "320x320",
                  "--avatar", harness.picture("presenter"), "-o", film)
        tags = json.dumps(probe(film)["format"]["tags"])
        self.assertIn("cloned", tags)
        self.assertIn(self.profile["id"], tags)


class Blend(Recorded):
    def say(self, voice, storage, name):
        path = self.path(name)
        self.good("voice", "synthesize", "A blend of voices.", "--voice", voice, "--storage", storage,
                  "-o", path)
        return path

    def test_profile(self):
        storage = self.path("storage")
        made = self.good("voice", "blend", "af_heart*0.7 + am_adam*0.3", "--name", "Anna", "--storage",
                         storage, "--json").json["profile"]
        self.assertEqual((made["name"], made["kind"], made["blend"]),
                         ("Anna", "blend", "af_heart*0.70+am_adam*0.30"))
        self.assertNotIn("consent", made)
        blend = self.say("af_heart*0.7+am_adam*0.3", storage, "blend.wav")
        saved = self.say(made["id"], storage, "saved.wav")
        with open(blend, "rb") as one, open(saved, "rb") as two:
            # After the origin, which has the name of the voice.
            self.assertEqual(one.read()[-20000:], two.read()[-20000:])
        self.assertEqual(harness.sound_hash(self.say("Anna", storage, "named.wav")),
                         harness.sound_hash(saved))
        self.assertNotIn("cloned", json.dumps(probe(saved)["format"]["tags"]))
        self.assertIn("blend of", self.good("voice", "show", "Anna", "--storage", storage).out)
        for blend, says in (("af_heart", "no blend"), ("af_heart*0+am_adam", "no blend"),
                            ("af_heart+xx_nobody", "xx_nobody"), ("af_heart+vp-nobody99", "vp-nobody99")):
            self.bad(9, "voice", "blend", blend, "--name", "X", "--storage", storage, says=says)

    def test_melody(self):
        """What the melody of a voice was changed by is as if asked for, on top of what is asked for."""
        storage = self.path("s")
        made = self.good("voice", "blend", "af_heart*0.7+am_adam*0.3", "--name", "Anna", "--storage",
                         storage, "--json").json["profile"]
        path = os.path.join(storage, "voices", made["id"], "profile.json")
        with open(path, encoding="utf-8") as file:
            profile = json.load(file)
        self.assertEqual((profile["melody_st"], profile["melody_range"]), (0, 1))

        def said(name, *args, **changes):
            with open(path, "w", encoding="utf-8") as file:
                json.dump({**profile, **changes}, file)
            self.good("voice", "synthesize", "Hi there.", "--voice", made["id"], "--storage", storage,
                      "-o", self.path(name), *args)
            return harness.sound_hash(self.path(name))

        higher = said("a.wav", "--pitch", "3")
        self.assertEqual(said("b.wav", melody_st=3), higher)
        self.assertEqual(said("c.wav", "--pitch", "1", melody_st=2), higher)
        plain = said("d.wav")
        livelier = said("e.wav", melody_range=1.5)
        self.assertEqual(len({higher, plain, livelier}), 3)
        del profile["melody_st"], profile["melody_range"]
        self.assertEqual(said("f.wav"), plain, "a profile made before there were these")
        profile["melody_st"] = 13
        with open(path, "w", encoding="utf-8") as file:
            json.dump(profile, file)
        self.bad(7, "voice", "show", made["id"], "--storage", storage, says="melody_st")

    def test_consent_is_inherited(self):
        storage = self.copy_of_storage()
        made = self.good("voice", "blend", f"{self.profile['id']}*0.6+af_heart*0.4", "--name", "Half",
                         "--storage", storage, "--json").json["profile"]
        self.assertEqual((made["consent"], made["consent_by"]), (CONSENT, "G. Eorge"))
        # It stays what it is without the voice that it was made of.
        self.good("voice", "delete", self.profile["id"], "--storage", storage)
        said = self.say("vp-" + made["id"][3:], storage, "half.mp3")
        self.assertIn("cloned", json.dumps(probe(said)["format"]["tags"]))


if __name__ == "__main__":
    harness.main()
