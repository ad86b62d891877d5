# SPDX-License-Identifier: Apache-2.0
"""Neural engines with weights that users bring: models import, --lipsync, hardware profiles, the GPU (tests/fakes) and the
memory that they may take. The networks are tiny, with random weights (tests/golden), so mouths come out as noise: what
is looked at is that they were painted, and nothing else was."""
import functools
import json
import os
import shutil
import tempfile
import unittest

import harness
from api_harness import ApiCase, form
from harness import BINARY, SOURCE, Case, avatar, environment, frames, links_to_models, models, probe, tool

GOLDEN = os.path.join(SOURCE, "tests", "golden")
BUILD = os.environ.get("AVATAR_BUILD") or os.path.dirname(os.path.abspath(BINARY))
FAKES = os.path.join(BUILD, "tests", "fakes")
TEXT = "Hello."
MISSING, DAMAGED, MEMORY, UNSUPPORTED = 14, 15, 3, 17
RESTRICTED = ("wav2lip", "restore", "identity")
SIDE = 216  # pixels of the pictures that are compared


def bring(path, engine):
    """A folder with the tiny weights of `engine`, which may be changed."""
    os.makedirs(path)
    for name in os.listdir(os.path.join(GOLDEN, "tiny_" + engine)):
        if name.endswith((".onnx", ".model", "config.json", "_ids.json", "xtts.json", "vocab.json")) and "half" not in name:
            shutil.copy(os.path.join(GOLDEN, "tiny_" + engine, name), path)
    return path


@functools.lru_cache(maxsize=None)
def plain_film():
    """The same film by the program's own animation."""
    path = os.path.join(harness._shared, "plain.mp4")
    outcome = avatar("pipeline", "run", TEXT, "-o", path, "--size", "360x360")
    if outcome.status != 0:
        raise AssertionError(str(outcome))
    return path


def differences(one, other):
    """How much two films differ at most, in each of SIDE rows of the picture in the middle."""
    a, b = (frames(path, SIDE, SIDE) for path in (one, other))
    a, b = a[len(a) // 2], b[len(b) // 2]
    return [max(abs(p - q) for p, q in zip(a[y * SIDE:(y + 1) * SIDE], b[y * SIDE:(y + 1) * SIDE]))
            for y in range(SIDE)]


def changed_rows(one, other, level=40):
    """Where two films differ: the first and the last of SIDE rows, in the picture in the middle."""
    rows = [y for y, value in enumerate(differences(one, other)) if value > level]
    return (rows[0], rows[-1]) if rows else None


class Base(Case):
    """With a model folder of its own, so that the user's list stays as it is."""

    def setUp(self):
        super().setUp()
        self.env = links_to_models(self.path("models"))

    def run_good(self, *args, **env):
        return self.good(*args, env={**self.env, **env})

    def run_bad(self, status, *args, says=(), **env):
        return self.bad(status, *args, says=says, env={**self.env, **env})

    def imported(self):
        return self.run_good("models", "list", "--json").json["imported"]

    def bring(self, name, engine="musetalk"):
        bring(self.path(name), engine)
        self.run_good("models", "import", name, *(["--accept-licence"] if engine in RESTRICTED else []))

    def film(self, name, *args, **env):
        return self.run_good("pipeline", "run", TEXT, "-o", name, "--size", "360x360", "--json", *args, **env).json


class Import(Base):
    def test_import(self):
        bring(self.path("Muse Talk"), "musetalk")
        outcome = self.run_good("models", "import", "Muse Talk")
        for part in ("muse-talk: musetalk, 4 files", "tried and good", "Licence: MuseTalk", "--lipsync muse-talk"):
            self.assertIn(part, outcome.out)
        entry, = self.imported()
        self.assertEqual((entry["name"], entry["engine"], entry["kind"], entry["files"], entry["restricted"]),
                         ("muse-talk", "musetalk", "lipsync", 4, False))
        self.assertGreater(entry["size_bytes"], 10000)
        with open(self.path("models/imported.json"), encoding="utf-8") as file:
            kept, = json.load(file)["imported"]
        self.assertEqual({len(one["sha256"]) for one in kept["files"]}, {64})
        self.assertIn("imported: musetalk, float32, 0.0 GB, in ", self.good("doctor", env=self.env).out)

    def test_accept_licence(self):
        bring(self.path("tiny"), "wav2lip")
        self.run_bad(2, "models", "import", "tiny", "-q", says=["not for every use", "--accept-licence", "LRS2"])
        self.assertEqual(self.imported(), [])
        self.run_good("models", "import", "tiny", "--accept-licence")
        self.assertTrue(self.imported()[0]["restricted"])

    def test_what_is_wrong_is_told(self):
        def cut(path):
            with open(path, "r+b") as file:
                file.truncate(1000)

        def replace(path):
            shutil.copy(os.path.join(os.path.dirname(path), "vae_decoder.onnx"), path)

        def age(path):
            """opset_import {version: 17} is the last field that exports write."""
            with open(path, "rb") as file:
                data = file.read()
            at = max(data.rfind(bytes([0x42, size])) for size in (2, 4))
            with open(path, "wb") as file:
                file.write(data[:at] + b"\x42\x02\x10\x06")

        for name, file, change, status, says in (
                ("missing", "unet.onnx", os.remove, MISSING, ["needs a file unet.onnx", "Hugging Face"]),
                ("cut", "unet.onnx", cut, DAMAGED, ["unet.onnx", "cut short"]),
                ("shape", "unet.onnx", replace, DAMAGED, ["unet.onnx", "has no input 'input_latents'"]),
                ("opset", "unet.onnx", age, DAMAGED, ["unet.onnx", "version 6 of ONNX's operators, which is too old"])):
            with self.subTest(name=name):
                change(os.path.join(bring(self.path(name), "musetalk"), file))
                self.run_bad(status, "models", "import", name, "-q", says=says)
        self.assertEqual(self.imported(), [])
        # What Stable Diffusion needs is of no use to who lacks a file of MuseTalk.
        outcome = avatar("models", "import", "missing", cwd=self.folder, env=self.env)
        self.assertNotIn("optimum-cli", outcome.err)
        os.makedirs(self.path("empty"))
        outcome = avatar("models", "import", "empty", cwd=self.folder, env=self.env)
        self.assertIn("MuseTalk, Pocket TTS, Coqui VITS", outcome.err)

    def test_precision(self):
        """Of several imports of an engine that of the profile's precision is taken. In a file the weights of one type are
        most if enough of them are added, which nothing uses."""
        def field(number, data):
            size, length = len(data), b""
            while size > 127:
                length += bytes([size & 127 | 128])
                size >>= 7
            return bytes([number << 3 | 2]) + length + bytes([size]) + data

        def add_weights(path, kind, size):
            dims, data_type = b"\x08\x80\x80\x10", bytes([0x10, kind])  # [1 << 18]
            tensor = dims + data_type + field(8, b"unused") + field(9, bytes(size << 18))
            with open(path, "ab") as file:
                file.write(field(7, field(5, tensor)))  # more of ModelProto.graph: its initializer

        def voice(*args):
            return self.run_good("voice", "synthesize", TEXT, "-o", "x.wav", "--json", "--tts", "vits", *args).json["engine"]

        for name, kind, size in (("whole", None, 0), ("halves", 10, 2), ("small", 3, 1)):
            bring(self.path(name), "vits")
            if kind:
                add_weights(self.path(f"{name}/coqui_vits.onnx"), kind, size)
        self.run_good("models", "import", "halves")
        self.assertIn("(halves, ", voice())
        self.assertIn("weights of float32, tried", self.run_good("models", "import", "whole").out)
        self.assertIn("(whole, ", voice())
        self.run_good("models", "import", "small")
        self.assertEqual({one["name"]: one["precision"] for one in self.imported()},
                         {"whole": "float32", "halves": "float16", "small": "int8"})
        self.assertIn("(small, ", voice("--hardware", "cpu-small"))
        self.assertIn("(whole, ", voice("--hardware", "cpu"))
        self.assertIn("(whole, ", voice("--hardware", "gpu-24gb"))  # this engine stays on the processor all the same
        self.run_good("models", "import", "whole", "--name", "again")
        self.run_bad(2, "voice", "synthesize", TEXT, "-o", "x.wav", "--tts", "vits", "--hardware", "cpu",
                     says="2 models of vits of float32 are imported")
        self.assertIn(", float16, ", self.run_good("doctor").out)

    def test_changed_since(self):
        self.bring("tiny")
        os.remove(self.path("tiny/unet.onnx"))
        shutil.copy(self.path("tiny/vae_decoder.onnx"), self.path("tiny/unet.onnx"))
        self.run_bad(DAMAGED, "pipeline", "run", TEXT, "-o", "x.mp4", "--lipsync", "tiny",
                     says=["unet.onnx", "changed since it was imported"])
        self.doctor_says("warning", "changed since it was imported")
        shutil.rmtree(self.path("tiny"))
        self.run_bad(MISSING, "pipeline", "run", TEXT, "-o", "x.mp4", "--lipsync", "tiny", says="folder of the model")
        self.doctor_says("warning", "folder of the model")

    def doctor_says(self, state, detail):
        outcome = avatar("doctor", "--json", cwd=self.folder, env=self.env)
        check = next(check for check in outcome.json["checks"] if check["name"] == "tiny")
        self.assertEqual(check["state"], state)
        self.assertIn(detail, check["detail"])


class Films(Base):
    def test_lipsync(self):
        """The mouth is painted, from the nose to the chin, and nothing else."""
        self.bring("tiny")
        told = self.film("x.mp4", "--lipsync", "musetalk")
        self.assertEqual(told["engines"]["lipsync"], "musetalk 1.5 (tiny)")
        top, bottom = changed_rows(plain_film(), self.path("x.mp4"))
        self.assertGreater(top, .40 * SIDE)
        self.assertLess(bottom, .75 * SIDE)
        found = probe(self.path("x.mp4"))
        self.assertAlmostEqual(float(found["video"]["duration"]), float(found["audio"]["duration"]), delta=.05)
        self.film("y.mp4", "--lipsync", "tiny")
        self.assertEqual(harness.frame_hashes(self.path("x.mp4")), harness.frame_hashes(self.path("y.mp4")))

    def test_estimate(self):
        """By a built-in figure first; then by how long a film of that engine took here."""
        self.bring("tiny")
        self.bring("voice", "pocket")
        self.env["AVATAR_STORAGE"] = self.path("storage")

        def told(*args):
            return self.run_good("pipeline", "estimate", TEXT * 9, "--json", *args).json
        plain, paints, speaks = told(), told("--lipsync", "musetalk"), told("--tts", "pocket")
        self.assertGreater(paints["stage_seconds"]["lipsync"], 10 * plain["frames"])
        self.assertGreater(paints["total_s"], 10 * plain["frames"])
        bring(self.path("sharp"), "restore")
        self.run_good("models", "import", "sharp", "--accept-licence")
        self.assertGreater(told("--enhance", "restore:0.5")["total_s"], plain["frames"])
        self.assertGreater(speaks["stage_seconds"]["speech"], 1.5 * plain["stage_seconds"]["speech"])
        self.assertGreater(speaks["memory_mb"], plain["memory_mb"] + 200)
        self.film("x.mp4", "--lipsync", "musetalk", "--tts", "voice")
        with open(self.path("storage/measurements.json"), encoding="utf-8") as file:
            kept = json.load(file)
        self.assertEqual(kept["runs"], 0)  # of other films nothing was learnt
        self.assertLess(kept["engines"]["musetalk"]["picture_s"], 5)
        self.assertGreater(kept["engines"]["voice"]["speech_rtf"], 0)
        self.assertLess(told("--lipsync", "musetalk")["total_s"], paints["total_s"] / 2)
        self.run_bad(2, "pipeline", "estimate", TEXT, "--tts", "mouse", says="is no speech engine")

    def test_of_a_clip(self):
        """With bars beside it, an intro before it, and at the clip's own rate."""
        self.bring("tiny")
        tool("ffmpeg", "-v", "error", "-i", plain_film(), "-t", "0.6", "-r", "30000/1001", "-y", self.path("clip.mp4"))
        told = self.run_good("video", "lipsync", self.speech(), "--avatar", "clip.mp4", "-o", "x.mp4", "--json",
                             "--lipsync", "tiny", "--size", "640x360", "--fit", "contain", "--intro", self.picture()).json
        self.assertEqual((told["width"], told["height"]), (640, 360))
        self.assertAlmostEqual(told["fps"], 29.97, places=2)
        self.run_good("video", "lipsync", self.speech(), "--avatar", "clip.mp4", "-o", "y.mp4", "--json",
                      "--size", "640x360", "--fit", "contain", "--intro", self.picture())
        one, other = (frames(self.path(name), 64, 36) for name in ("x.mp4", "y.mp4"))
        self.assertEqual(len(one), len(other))
        self.assertLess(max(abs(p - q) for p, q in zip(one[20], other[20])), 12)  # of the intro
        self.assertGreater(max(abs(p - q) for p, q in zip(one[-2], other[-2])), 40)

    def speech(self):
        path = self.path("speech.wav")
        if not os.path.exists(path):
            tool("ffmpeg", "-v", "error", "-i", plain_film(), "-vn", path)
        return path

    def picture(self):
        return os.path.join(SOURCE, "models", "presenter.png")

    def test_nothing_is_imported(self):
        self.run_bad(MISSING, "pipeline", "run", TEXT, "-o", "x.mp4", "--lipsync", "musetalk",
                     says=["needs weights", "models import DIR", "docs/engines.md"])
        outcome = avatar("pipeline", "run", TEXT, "-o", "x.mp4", "--lipsync", "musetalk", cwd=self.folder, env=self.env)
        self.assertNotIn("models fetch", outcome.err)  # which brings none of these
        self.run_bad(2, "pipeline", "run", TEXT, "-o", "x.mp4", "--lipsync", "mouse", says="is no lip-sync engine")

    def test_two_of_one_engine(self):
        self.bring("one")
        self.bring("two")
        self.run_bad(2, "pipeline", "run", TEXT, "-o", "x.mp4", "--lipsync", "musetalk", says="2 models of musetalk")
        self.assertEqual(self.film("x.mp4", "--lipsync", "two")["engines"]["lipsync"], "musetalk 1.5 (two)")


class Enhance(Base):
    """Networks that make the mouth sharper: one that gives back what it sees, one that sharpens, one of random weights."""

    def test_enhance(self):
        """What gives back what it sees leaves the film as it was; what sharpens changes the lower face alone."""
        self.bring("identity", "identity")
        told = self.film("x.mp4", "--enhance", "restore:1")
        self.assertEqual(told["engines"]["enhanced_by"], "restore 1 (identity, 1)")
        self.assertEqual(told["engines"]["lipsync"], "photo 1")
        self.assertLessEqual(max(differences(plain_film(), self.path("x.mp4"))), 1)
        self.bring("tiny", "restore")
        self.assertEqual(self.film("x.mp4", "--enhance", "tiny")["engines"]["enhanced_by"], "restore 1 (tiny, 0.7)")
        top, bottom = changed_rows(plain_film(), self.path("x.mp4"), 12)
        self.assertGreater(top, .40 * SIDE)
        self.assertLess(bottom, .75 * SIDE)
        self.film("y.mp4", "--enhance", "tiny:0")
        self.assertLessEqual(max(differences(plain_film(), self.path("y.mp4"))), 1)

    def test_of_a_clip(self):
        """After a painter, in its own order: the mouth that was painted is what is made sharper."""
        self.bring("waves", "wav2lip")
        self.bring("large", "upscale")
        tool("ffmpeg", "-v", "error", "-i", plain_film(), "-t", "0.4", "-y", self.path("clip.mp4"))
        tool("ffmpeg", "-v", "error", "-i", self.path("clip.mp4"), "-vn", self.path("speech.wav"))
        film = ("video", "lipsync", "speech.wav", "--avatar", "clip.mp4", "--json", "--lipsync", "wav2lip", "-o")
        self.run_good(*film, "x.mp4")
        told = self.run_good(*film, "y.mp4", "--enhance", "large").json
        self.assertEqual((told["engines"]["lipsync"], told["engines"]["enhanced_by"]),
                         ("wav2lip 1 (waves)", "upscale 1 (large, 1)"))
        self.assertNotIn("upscale", told["warning"])
        top, bottom = changed_rows(self.path("x.mp4"), self.path("y.mp4"), 12)
        self.assertGreater(top, .40 * SIDE)
        self.assertLess(bottom, .75 * SIDE)
        self.bring("tiny", "restore")
        told = self.run_good(*film, "z.mp4", "--enhance", "tiny", "--size", "720x720").json
        self.assertRegex(told["warning"], r"restore left (\d+) of \1 pictures as they were: the face has more pixels")

    def test_what_it_cannot(self):
        run = ("pipeline", "run", TEXT, "-o", "x.mp4", "--enhance")
        self.run_bad(MISSING, *run, "restore", says=["restore needs weights", "models import DIR"])
        self.run_bad(2, *run, "mouse", says=["'mouse' makes no pictures sharper", ":STRENGTH"])
        self.run_bad(2, *run, "restore:2", says="'2' is no strength")
        self.bring("waves", "wav2lip")
        self.run_bad(2, *run, "waves", says="is one of wav2lip, which makes no pictures sharper")
        engines = self.film("x.mp4", "--enhance", "auto")["engines"]
        self.assertNotIn("enhanced_by", engines)
        self.assertIn("none: no network that makes pictures sharper is imported", engines["enhance_why"])
        self.bring("tiny", "restore")
        engines = self.film("x.mp4", "--enhance", "auto")["engines"]
        self.assertEqual(engines["enhance_why"], "none: without a GPU it takes many times as long as the film plays")


class Speech(Base):
    """Pocket TTS: its random networks say nothing that could be understood, and end soon."""

    def setUp(self):
        super().setUp()
        self.bring("tiny", "pocket")
        self.env["AVATAR_STORAGE"] = self.path("storage")

    def test_tts(self):
        told = self.run_good("pipeline", "run", "Hello there. " * 12, "-o", "x.mp4", "--size", "360x360", "--json", "--tts",
                             "pocket", "--timeline", "x.json").json
        self.assertEqual(told["engines"]["voice"], "pocket tts (tiny, af_heart)")
        with open(self.path("x.json"), encoding="utf-8") as file:
            timeline = json.load(file)
        self.assertEqual([word["w"] for word in timeline["words"]], ["Hello", "there"] * 12)
        self.assertEqual([word["text_start"] for word in timeline["words"]][::2], [13 * i for i in range(12)])
        starts = [word["start"] for word in timeline["words"]]
        self.assertEqual(starts, sorted(starts))
        self.assertAlmostEqual(timeline["duration"], told["duration_s"], delta=.05)
        self.assertIn("Pocket TTS, after kokoro-82m", probe(self.path("x.mp4"))["format"]["tags"]["comment"])
        # The voice is made once, and kept.
        kept, = os.listdir(self.path("storage/cache/pocket"))
        self.assertEqual(kept, "af_heart.tiny.voice")
        before = harness.sound_hash(self.path("x.mp4"))
        self.run_good("pipeline", "run", "Hello there. " * 12, "-o", "x.mp4", "--size", "360x360", "--tts", "tiny")
        self.assertEqual(harness.sound_hash(self.path("x.mp4")), before)
        self.run_good("pipeline", "run", "Hello there. " * 12, "-o", "x.mp4", "--size", "360x360", "--tts", "tiny",
                      "--seed", "7")
        self.assertNotEqual(harness.sound_hash(self.path("x.mp4")), before)

    def test_tts_vits(self):
        """Speakers of its own; numbers are read as words; the noise of the tiny export is off, so it repeats."""
        bring(self.path("choir"), "vits")
        self.run_good("models", "import", "choir")
        text = "It costs $4.20 today, and no more."
        hashes = []
        for tts in ("choir", "vits:0", "choir:1", "choir:bob"):
            told = self.run_good("pipeline", "run", text, "-o", "x.mp4", "--size", "360x360", "--json", "--tts", tts,
                                 "--timeline", "x.json").json
            hashes.append(harness.sound_hash(self.path("x.mp4")))
        self.assertEqual(told["engines"]["voice"], "coqui vits (choir, bob)")
        self.assertEqual((hashes[0], hashes[2]), (hashes[1], hashes[3]))
        self.assertNotEqual(hashes[0], hashes[2])
        with open(self.path("x.json"), encoding="utf-8") as file:
            self.assertEqual([word["w"] for word in json.load(file)["words"]],
                             ["It", "costs", "$4.20", "today", "and", "no", "more"])
        long = told["duration_s"]
        told = self.run_good("pipeline", "run", text, "-o", "x.mp4", "--size", "360x360", "--json", "--tts", "choir:bob",
                             "--speed", "1.5").json
        self.assertLess(told["duration_s"], .8 * long)
        run = ("pipeline", "run", text, "-o", "x.mp4")
        self.run_bad(9, *run, "--tts", "choir:zoe", says="zoe")
        # In a language that espeak-ng reads words are looked for by its sounds; in one that it lacks they are spread
        # over what is heard.
        for language in ("de", "yo"):
            self.run_good("voice", "synthesize", "Schöne Grüße, und bis bald!", "-o", "x.wav", "--tts", "choir", "--language",
                          language, "--timeline", "x.json")
            with open(self.path("x.json"), encoding="utf-8") as file:
                timeline = json.load(file)
            self.assertEqual([word["w"] for word in timeline["words"]], ["Schöne", "Grüße", "und", "bis", "bald"])
            self.assertEqual(timeline["segments"][0]["language"], language)
            self.assertEqual(timeline["words"][0]["text_end"], 7)
            vowels = {phoneme["p"] for phoneme in timeline["phonemes"]}
            self.assertEqual("øː" in vowels, language == "de")
        self.run_bad(9, "voice", "synthesize", TEXT, "-o", "x.wav", "--language", "de", says="'de' cannot be spoken")
        # This one reads letters. With a language of its own only that will do.
        with open(self.path("choir/config.json"), encoding="utf-8") as file:
            config = json.load(file)
        config.update(use_phonemes=True, phonemizer="espeak", phoneme_language="fr-fr")
        self.write("choir/config.json", json.dumps(config))
        self.run_good("models", "import", "choir")
        self.run_bad(2, *run, "--tts", "choir", says=["speaks 'fr-fr'", "'en-us' was asked for"])

    def test_speech_alone(self):
        """voice synthesize speaks with the same engines as a film, and has its seed."""
        run = ("voice", "synthesize", "Hello there. " * 3, "-o", "x.wav", "--json")
        told = self.run_good(*run, "--tts", "pocket", "--captions", "srt").json
        self.assertEqual((told["engine"], told["words"]), ("pocket tts (tiny, af_heart)", 6))
        self.assertAlmostEqual(told["loudness_lufs"], -16, delta=1)
        hashes = [harness.sound_hash(self.path("x.wav"))]
        for seed in ("1", "2"):
            self.run_good(*run, "--tts", "tiny", "--seed", seed)
            hashes.append(harness.sound_hash(self.path("x.wav")))
        self.assertEqual(hashes[0], hashes[1])
        self.assertNotEqual(hashes[0], hashes[2])
        self.assertIn("Pocket TTS, after kokoro-82m", str(probe(self.path("x.wav"))["format"]["tags"]))
        self.assertEqual(self.run_good(*run).json["engine"], "kokoro-82m 1.0 (af_heart)")
        self.run_bad(2, *run, "--tts", "pocket", "--speed", "2", says="no speed")

    def test_what_it_cannot(self):
        run = ("pipeline", "run", TEXT, "-o", "x.mp4", "--tts", "pocket")
        for more, says in ((("--speed", "1.5"), "no speed"), (("--pitch", "2"), "no pitch"),
                           (("--voice", "ef_dora"), "speaks 'en', and 'es' was asked for: add --language en"), (("--voice", "nobody"), "nobody")):
            with self.subTest(more=more):
                self.run_bad(9 if "nobody" in more else 2, *run, *more, says=says)
        self.run_bad(2, *run[:-1], "mouse", says="is no speech engine")
        self.run_good("models", "forget", "tiny")
        self.run_bad(MISSING, *run, says=["pocket needs weights", "models import DIR"])

    def test_tts_xtts(self):
        """In the voice of a recording, in another language than the voice's; faster on demand; with a seed."""
        bring(self.path("coqui"), "xtts")
        self.run_bad(2, "models", "import", "coqui", "-q", says=["not for every use", "Coqui Public Model License"])
        for name, text, says in (("vocab.json", '{"cut', "the tokenizer is no JSON"),
                                 ("xtts.json", "{}", '"model" is not "xtts"')):
            with open(self.path("coqui/" + name), encoding="utf-8") as file:
                whole = file.read()
            self.write("coqui/" + name, text)
            self.run_bad(DAMAGED, "models", "import", "coqui", "--accept-licence", "-q", says=says)
            self.write("coqui/" + name, whole)
        self.run_good("models", "import", "coqui", "--accept-licence")
        run = ("voice", "synthesize", "Schöne Grüße! Es kostet 3 Euro.", "-o", "x.wav", "--json", "--tts", "xtts")
        told = self.run_good(*run, "--language", "de", "--timeline", "x.json").json
        self.assertEqual((told["engine"], told["words"]), ("coqui xtts (coqui, af_heart)", 6))
        with open(self.path("x.json"), encoding="utf-8") as file:
            timeline = json.load(file)
        self.assertEqual([word["w"] for word in timeline["words"]], ["Schöne", "Grüße", "Es", "kostet", "3", "Euro"])
        hashes = [harness.sound_hash(self.path("x.wav"))]
        for seed in ("1", "2"):
            self.run_good(*run, "--language", "de", "--seed", seed)
            hashes.append(harness.sound_hash(self.path("x.wav")))
        self.assertEqual(hashes[0], hashes[1])
        self.assertNotEqual(hashes[0], hashes[2])
        self.assertLess(self.run_good(*run, "--language", "de", "--speed", "1.5").json["duration_s"],
                        .8 * told["duration_s"])
        self.assertEqual(os.listdir(self.path("storage/cache/xtts")), ["af_heart.coqui.voice"])
        self.run_bad(9, *run, "--language", "sv", says=["does not speak 'sv'", "cs, de, en"])
        self.run_bad(2, *run, "--pitch", "2", says="no pitch")
        film = self.film("x.mp4", "--tts", "coqui")
        self.assertIn("ran on behind 'Hello.' and was stopped", film["warning"])  # its random networks know no end
        self.assertEqual(film["engines"]["voice"], "coqui xtts (coqui, af_heart)")
        self.assertIn("Coqui XTTS, after kokoro-82m", probe(self.path("x.mp4"))["format"]["tags"]["comment"])

    def test_language(self):
        """Its files do not tell what a model speaks; the program does not speak German itself."""
        self.run_bad(2, "models", "import", "tiny", "--language", "xx", says="use en, de, es")
        self.run_good("models", "import", "tiny", "--language", "de")
        self.assertEqual(self.imported()[0]["language"], "de")
        run = ("voice", "synthesize", "Guten Morgen.", "-o", "x.wav", "--json", "--tts", "tiny")
        self.run_bad(2, *run, says=["speaks 'de', and 'en-us' was asked for", "add --language de"])
        self.assertEqual(self.run_good(*run, "--language", "de").json["words"], 2)
        bring(self.path("choir"), "vits")
        self.run_bad(2, "models", "import", "choir", "--language", "de", says="tell what it speaks")

    def test_auto(self):
        """Who has a recorded voice is spoken for by an engine that speaks from recordings."""
        def told(*args):
            found = self.run_good("voice", "synthesize", TEXT, "-o", "x.wav", "--json", "--tts", "auto", *args).json
            return found["engine"], found["engine_why"]
        self.assertEqual(told(), ("kokoro-82m 1.0 (af_heart)",
                                  "builtin: the voice is the program's own, with no recording"))
        clip = self.path("clip.wav")
        self.run_good("voice", "synthesize", "The quick brown fox jumps over the lazy dog. " * 2, "-o", clip,
                      "--voice", "am_michael")
        voice = self.run_good("voice", "clone", "--audio", clip, "--name", "Mike", "--consent", "I agree.", "--fast",
                              "--keep-reference", "--json").json["profile"]["id"]
        self.assertEqual(told("--voice", voice), (f"pocket tts (tiny, {voice})",
                                                  f"pocket tts (tiny): in the recorded voice of {voice}"))
        film = self.film("x.mp4", "--tts", "auto", "--voice", voice)
        self.assertEqual(film["engines"]["voice_why"], f"pocket tts (tiny): in the recorded voice of {voice}")
        self.assertIn("no imported engine that can say this", told("--voice", voice, "--speed", "2")[1])

    def test_without_encoder(self):
        """Open weights have none: no other voice speaks instead."""
        os.remove(self.path("tiny/mimi_encoder.onnx"))
        self.run_good("models", "import", "tiny")
        self.run_bad(MISSING, "pipeline", "run", TEXT, "-o", "x.mp4", "--tts", "pocket", says="mimi_encoder")


def fake_gpu(log, **variables):
    """The environment of a machine with a GPU that is none: its libraries are stand-ins."""
    real = models()["onnxruntime"]["path"]
    return {"AVATAR_ORT": os.path.join(FAKES, "libfake_ort.so"), "FAKE_ORT_REAL": real, "FAKE_GPU_LOG": log,
            "LD_LIBRARY_PATH": FAKES, **variables}


class Gpu(Base):
    def setUp(self):
        super().setUp()
        self.bring("tiny")
        self.gpu = fake_gpu(self.path("gpu.log"))

    def log(self):
        with open(self.path("gpu.log"), encoding="utf-8") as file:
            return file.read().splitlines()

    def test_hardware(self):
        """auto takes it; the same film comes of it as of the processor, a run of the UNet for each batch of four."""
        self.film("cpu.mp4", "--lipsync", "tiny")
        told = self.film("gpu.mp4", "--lipsync", "tiny", **self.gpu)
        self.assertIsNone(told["warning"])
        self.assertGreater(told["gpu_peak_mb"], .1)
        self.assertEqual([stage for stage, peak in told["stage_peak_mb"].items() if peak < 10], [])
        log = self.log()
        self.assertEqual(sorted(line for line in log if line.startswith("open ")),
                         ["open unet.onnx", "open vae_decoder.onnx", "open vae_encoder.onnx", "open whisper_encoder.onnx"])
        self.assertIn("option gpu_mem_limit=10000000000", log)
        self.assertLessEqual(log.count("run unet.onnx"), told["frames"] / 4 + 1)
        self.assertEqual(log.count("close unet.onnx"), 1)
        self.assertEqual(harness.frame_hashes(self.path("cpu.mp4")), harness.frame_hashes(self.path("gpu.mp4")))
        os.remove(self.path("gpu.log"))
        self.film("x.mp4", "--lipsync", "tiny", "--hardware", "cpu", **self.gpu)
        self.assertFalse(os.path.exists(self.path("gpu.log")))

    def test_auto(self):
        """The best that has weights and fits; without a GPU our own."""
        def chosen(*args, **env):
            engines = self.film("x.mp4", "--lipsync", "auto", *args, **env)["engines"]
            return engines["lipsync"], engines["lipsync_why"]
        self.bring("waves", "wav2lip")
        engine, why = chosen(**self.gpu)
        self.assertEqual(engine, "musetalk 1.5 (tiny)")
        self.assertIn("the best that is imported and fits into 10.0 GB of the GPU", why)
        engine, why = chosen("--vram", "200MB", **self.gpu)
        self.assertEqual((engine, why), ("photo 1", "builtin: no other engine is imported that fits into 0.2 GB of the GPU"))
        self.assertEqual(chosen()[0], "photo 1")
        self.run_good("models", "forget", "tiny")
        self.assertEqual(chosen(**self.gpu)[0], "wav2lip 1 (waves)")

    def test_vram(self):
        told = self.film("x.mp4", "--lipsync", "tiny", "--vram", "500MB", **self.gpu)
        self.assertIsNone(told["warning"])
        self.assertIn("option gpu_mem_limit=500000000", self.log())
        told = self.film("x.mp4", "--lipsync", "tiny", "--vram", "200MB", **self.gpu)
        self.assertIn("of the GPU, and may take 0.2: the processor painted instead", told["warning"])
        self.write("gpu.log.used", "900000000\n")  # by others
        told = self.film("x.mp4", "--lipsync", "tiny", "--hardware", "gpu-10gb", FAKE_GPU_MB="1000", **self.gpu)
        self.assertIn("of the GPU, of which 0.1 are free", told["warning"])
        self.run_bad(2, "pipeline", "run", TEXT, "-o", "x.mp4", "--vram", "much", says="10GB or 512MB")

    def test_recorded_speech(self):
        tool("ffmpeg", "-v", "error", "-i", plain_film(), "-vn", self.path("speech.wav"))
        film = ("video", "lipsync", "speech.wav", "-o", "x.mp4", "--size", "360x360", "--lipsync", "tiny")
        self.run_good(*film, "--vram", "400MB", **self.gpu)
        self.assertIn("option gpu_mem_limit=400000000", self.log())
        os.remove(self.path("gpu.log"))
        self.run_good(*film, "--hardware", "cpu-small", **self.gpu)
        self.assertFalse(os.path.exists(self.path("gpu.log")))

    def test_out_of_memory(self):
        """Smaller batches first; the processor where one picture is too many."""
        told = self.film("x.mp4", "--lipsync", "tiny", FAKE_GPU_BATCH="2", **self.gpu)
        self.assertIsNone(told["warning"])
        self.film("y.mp4", "--lipsync", "tiny")
        self.assertEqual(harness.frame_hashes(self.path("x.mp4")), harness.frame_hashes(self.path("y.mp4")))
        told = self.film("x.mp4", "--lipsync", "tiny", FAKE_GPU_BATCH="0", **self.gpu)
        self.assertIn("the processor painted instead", told["warning"])
        self.assertEqual(harness.frame_hashes(self.path("x.mp4")), harness.frame_hashes(self.path("y.mp4")))

    def test_bad_numbers(self):
        self.film("y.mp4", "--lipsync", "tiny")
        for bad in ("nan", "flat"):
            with self.subTest(bad=bad):
                told = self.film("x.mp4", "--lipsync", "tiny", FAKE_GPU_BAD=bad, **self.gpu)
                self.assertIn("the processor painted instead", told["warning"])
                self.assertEqual(harness.frame_hashes(self.path("x.mp4")), harness.frame_hashes(self.path("y.mp4")))

    def test_enhance(self):
        """Behind a painter, on the same GPU; auto where both fit; numbers that are none are noticed."""
        self.bring("waves", "wav2lip")
        self.bring("fine", "restore")
        film = ("--lipsync", "waves", "--enhance")
        self.film("x.mp4", *film, "restore")
        told = self.film("y.mp4", *film, "auto:0.7", **self.gpu)
        self.assertEqual(told["engines"]["enhanced_by"], "restore 1 (fine, 0.7)")
        self.assertIn("the best that is imported and fits into 10.0 GB", told["engines"]["enhance_why"])
        self.assertEqual(self.log().count("run restore.onnx"), told["frames"])
        self.assertEqual(harness.frame_hashes(self.path("x.mp4")), harness.frame_hashes(self.path("y.mp4")))
        told = self.film("y.mp4", *film, "restore", FAKE_GPU_BAD="nan", **self.gpu)
        self.assertEqual(told["warning"].count("the processor painted instead"), 2)
        self.assertEqual(harness.frame_hashes(self.path("x.mp4")), harness.frame_hashes(self.path("y.mp4")))
        engines = self.film("y.mp4", "--enhance", "auto", "--vram", "200MB", **self.gpu)["engines"]
        self.assertEqual(engines["enhance_why"], "none: what is imported does not fit into 0.2 GB of the GPU")

    def test_speech(self):
        """XTTS on the GPU, with its caches there; when that fails, the same is said on the processor."""
        bring(self.path("coqui"), "xtts")
        self.run_good("models", "import", "coqui", "--accept-licence")
        run = ("voice", "synthesize", TEXT, "-o", "x.wav", "--tts", "xtts", "--storage", "storage")
        self.run_good(*run)
        plain = harness.sound_hash(self.path("x.wav"))
        for hardware, bad, lines in (
                ("auto", {}, ["keep out_cache_0", "run xtts_gpt.onnx", "run xtts_decoder.onnx"]),
                ("auto", {"FAKE_GPU_BATCH": "0"}, ["open xtts_gpt.onnx", "close xtts_gpt.onnx"]),
                ("auto", {"FAKE_GPU_BAD": "nan"}, ["run xtts_gpt.onnx", "close xtts_gpt.onnx"])):
            with self.subTest(bad=bad):
                outcome = self.run_good(*run, "--hardware", hardware, **self.gpu, **bad)
                self.assertEqual("goes on on the processor" in outcome.err, bool(bad))
                for line in lines:
                    self.assertIn(line, self.log())
                os.remove(self.path("gpu.log"))
                self.assertEqual(harness.sound_hash(self.path("x.wav")), plain)
        self.run_good(*run, "--hardware", "cpu", **self.gpu)
        self.assertFalse(os.path.exists(self.path("gpu.log")))
        outcome = self.run_good(*run, "--vram", "100MB", **self.gpu)
        self.assertIn("Coqui XTTS needs about", outcome.err)

    def test_without(self):
        for kind, says in (("absent", "no NVIDIA GPU"), ("none", "built without CUDA"), ("broken", "cuDNN 9")):
            with self.subTest(kind=kind):
                self.run_bad(UNSUPPORTED, "pipeline", "run", TEXT, "-o", "x.mp4", "--lipsync", "tiny", "--hardware",
                             "gpu-10gb", says=["gpu-10gb cannot be used", says], FAKE_GPU=kind, **self.gpu)
                told = self.film("x.mp4", "--lipsync", "tiny", FAKE_GPU=kind, **self.gpu)
                self.assertIsNone(told["warning"])  # auto does without it

    def test_doctor(self):
        def profile(*args, **env):
            outcome = avatar("doctor", "--json", *args, env={**self.env, **env})
            return next(check for check in outcome.json["checks"] if check["name"] == "hardware profile")
        self.assertIn("gpu-10gb, chosen: Fake RTX 3080", profile(**self.gpu)["detail"])
        self.assertIn("of which 4.0 may be used", profile("--vram", "4GB", **self.gpu)["detail"])
        self.assertIn("cpu: ", profile("--hardware", "cpu", **self.gpu)["detail"])
        self.assertIn("no GPU: ", profile()["detail"])
        self.assertRegex(profile("--hardware", "cpu-small")["detail"],
                         r"; [1-4] threads?, 1 picture at once, weights of int8 before float32")
        self.assertRegex(profile("--hardware", "cpu")["detail"], "4 pictures at once, weights of float32 before int8")
        self.assertIn("16 pictures at once, weights of float16", profile("--hardware", "gpu-24gb", **self.gpu)["detail"])
        told = profile("--hardware", "gpu-24gb")
        self.assertEqual(told["state"], "broken")
        # The file, the environment and the command line, in rising order of weight.
        self.write("avatar.ini", "[avatar]\nhardware = cpu\nvram = 3GB\n")
        self.assertIn("cpu: ", profile(AVATAR_CONFIG=self.path("avatar.ini"), **self.gpu)["detail"])
        self.assertIn("of which 3.0", profile(AVATAR_CONFIG=self.path("avatar.ini"), AVATAR_HARDWARE="gpu-10gb",
                                              **self.gpu)["detail"])


class Server(ApiCase):
    """Two engines with imported weights behind a server of one worker, whose GPU is a stand-in."""

    WORKERS = 1
    EXTRA = ()
    COUNT = 20
    PADDING = 0  # bytes that each engine's files are larger

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="avatar-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        env = links_to_models(os.path.join(cls.folder, "models"))
        cls.log = os.path.join(cls.folder, "gpu.log")
        cls.ENV = {**{name: env[name] for name in ("AVATAR_MODELS", "XDG_DATA_HOME")}, **fake_gpu(cls.log)}
        cls.OPTIONS = (*ApiCase.OPTIONS, *cls.EXTRA)
        for engine in ("musetalk", "wav2lip"):
            path = bring(os.path.join(cls.folder, engine), engine)
            if cls.PADDING:
                cls.pad(os.path.join(path, {"musetalk": "unet.onnx", "wav2lip": "wav2lip.onnx"}[engine]))
            outcome = avatar("models", "import", path, "--accept-licence", env=environment(**cls.ENV))
            if outcome.status != 0:
                raise AssertionError(str(outcome))
        super().setUpClass()
        cls.speech = cls.upload(os.path.join(harness._shared, "word.wav"))
        cls.clip = cls.upload(os.path.join(harness._shared, "word.mp4"))

    @classmethod
    def pad(cls, path):
        """A field that no reader of ONNX knows, number 1000, at the end."""
        size, length = cls.PADDING, b""
        while size > 127:
            length += bytes([size & 127 | 128])
            size >>= 7
        with open(path, "ab") as file:
            file.write(b"\xc2\x3e" + length + bytes([size]))
            file.truncate(file.tell() + cls.PADDING)

    @classmethod
    def upload(cls, path):
        """A moment of the plain film, which makes short jobs."""
        if not os.path.exists(path):
            tool("ffmpeg", "-v", "error", "-i", plain_film(), "-t", "0.3", "-y", path)
        with open(path, "rb") as file:
            kind, body = form(("file", (os.path.basename(path), file.read())))
        answer = cls.server.request("POST", "/uploads", body, kind=kind)
        if answer.status != 201:
            raise AssertionError(str(answer))
        return answer.json["id"]

    def done(self, engine):
        answer = self.expect(202, self.server.post("/video/lipsync", {
            "audio": self.speech, "avatar": self.clip, "config": {"lipsync": engine}}))
        return self.server.wait(answer.json["id"])

    def lines(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()

    def alternate(self):
        """What of the GPU was in use at most, in bytes, by the files that are open there."""
        for number in range(self.COUNT):
            job = self.done(("musetalk", "wav2lip")[number % 2])
            self.assertEqual(job["status"], "completed", job)
            self.assertIn(("musetalk", "wav2lip")[number % 2], job["result"]["engines"]["lipsync"])
        used, most = 0, 0
        sizes = {name: os.path.getsize(os.path.join(self.folder, engine, name))
                 for engine in ("musetalk", "wav2lip") for name in os.listdir(os.path.join(self.folder, engine))}
        for line in self.lines():
            what, name = line.split(" ")
            used += sizes[name] * ((what == "open") - (what == "close")) if name in sizes else 0
            most = max(most, used)
        return most, sizes


class Jobs(Server):
    def test_lipsync_of_a_job(self):
        """Twenty jobs that alternate: without a budget nothing is loaded twice."""
        most, sizes = self.alternate()
        self.assertEqual(most, sum(sizes.values()))
        for name in sizes:
            self.assertEqual(self.lines().count("open " + name), 1, name)
        loaded = {model["id"] for model in self.expect(200, self.server.get("/status")).json["models"]}
        self.assertLessEqual({"musetalk", "wav2lip"}, loaded)
        self.assertEqual(self.expect(200, self.server.get("/status")).json["gpus"][0]["name"], "Fake RTX 3080")

    def test_refused(self):
        for engine in ("/etc", "../x", "", "X", "a b", 7):
            self.refused(422, "validation_error", self.server.post("/video/lipsync", {
                "audio": self.speech, "avatar": self.clip, "config": {"lipsync": engine}}), ("body", "config", "lipsync"))
        for engine in ("/etc", "", "X:1", 7, "restore:", "restore:2", "restore:-1", "restore:1e-1", "a/b:1", ":1"):
            self.refused(422, "validation_error", self.server.post("/video/lipsync", {
                "audio": self.speech, "avatar": self.clip, "config": {"enhance": engine}}), ("body", "config", "enhance"))

    def test_failures_show_no_paths(self):
        job = self.done("none")
        self.assertEqual((job["status"], job["error"]["code"]), ("failed", "invalid_argument"))
        path = os.path.join(self.folder, "musetalk", "vae_encoder.onnx")
        with open(path, "ab") as file:
            file.write(b"x")
        self.addCleanup(os.truncate, path, os.path.getsize(path) - 1)
        job = self.done("musetalk")
        self.assertEqual((job["status"], job["error"]["code"]), ("failed", "model_damaged"))
        self.assertNotIn(self.folder, job["error"]["message"])

    def test_submitted_by_command(self):
        job = self.server.command("jobs", "submit", "Hello.", "--lipsync", "wav2lip", "--tts", "pocket",
                                  "--enhance", "restore:0.5", "--at", "2100-01-01")["jobs"][0]
        self.assertEqual(job["params"]["config"], {"lipsync": "wav2lip", "enhance": "restore:0.5", "tts": "pocket"})
        job = self.server.command("jobs", "submit", "Hello.", "--type", "voice_synthesis", "--tts", "pocket", "--seed", "3",
                                  "--at", "2100-01-01")["jobs"][0]
        self.assertEqual((job["params"]["tts"], job["params"]["seed"]), ("pocket", 3))

    def test_tts_of_a_job(self):
        path = bring(os.path.join(self.folder, "pocket"), "pocket")
        self.assertEqual(avatar("models", "import", path, env=environment(**self.ENV)).status, 0)
        answer = self.expect(202, self.server.post("/jobs", {
            "type": "full_pipeline", "text": "Hello.", "avatar": self.clip, "config": {"tts": "pocket", "size": "360x360"}}))
        job = self.server.wait(answer.json["id"])
        self.assertEqual(job["status"], "completed", job)
        self.assertEqual(job["result"]["engines"]["voice"], "pocket tts (pocket, af_heart)")
        answer = self.expect(202, self.server.post("/voice/synthesize", {
            "text": "Hello.", "tts": "pocket", "seed": 3}))
        job = self.server.wait(answer.json["id"])
        self.assertEqual(job["status"], "completed", job)
        self.assertEqual(job["result"]["engine"], "pocket tts (pocket, af_heart)")
        self.assertIn("pocket", {model["id"] for model in self.expect(200, self.server.get("/status")).json["models"]})
        for tts in ("/etc", "", "P", 7, "a:B", ":b", "a/b:c"):
            self.refused(422, "validation_error", self.server.post("/jobs", {
                "type": "full_pipeline", "text": "Hello.", "config": {"tts": tts}}), ("body", "config", "tts"))


class Budget(Server):
    """There is room for one of them at work, but not for the other one's weights beside it."""

    EXTRA = ("--vram", "314.85MB")

    def test_one_at_a_time(self):
        most, sizes = self.alternate()
        muse = sum(size for name, size in sizes.items() if name != "wav2lip.onnx")
        self.assertEqual(most, max(muse, sizes["wav2lip.onnx"]))
        self.assertEqual(self.lines().count("open wav2lip.onnx"), self.COUNT / 2)
        self.assertEqual(self.lines().count("open unet.onnx"), self.COUNT / 2)


class Memory(Server):
    """The same in the machine's own memory, for workers without a GPU."""

    EXTRA = ("--memory-budget", "400", "--hardware", "cpu")
    COUNT = 6
    PADDING = 64 * 10 ** 6

    def test_memory_budget(self):
        for number in range(self.COUNT):
            engine = ("musetalk", "wav2lip")[number % 2]
            job = self.done(engine)
            self.assertEqual(job["status"], "completed", job)
            status = self.expect(200, self.server.get("/status")).json
            loaded = {model["id"]: model["size_mb"] for model in status["models"]}
            self.assertIn(engine, loaded)
            self.assertEqual(len({"musetalk", "wav2lip"} & set(loaded)), 1, loaded)
            self.assertLess(sum(loaded.values()), 400)
        self.assertFalse(os.path.exists(self.log))


class TooSmall(Server):
    EXTRA = ("--memory-budget", "250", "--hardware", "cpu")

    def test_too_small_a_budget(self):
        job = self.done("musetalk")
        self.assertEqual((job["status"], job["error"]["code"]), ("failed", "out_of_memory"))
        self.assertIn("raise --memory-budget", job["error"]["message"])


class TwoWorkers(Server):
    """Who shares the GPU leaves nothing there."""

    WORKERS = 2

    def test_gpu_is_left(self):
        for _ in range(2):
            self.assertEqual(self.done("wav2lip")["status"], "completed")
        lines = self.lines()
        self.assertEqual((lines.count("open wav2lip.onnx"), lines.count("close wav2lip.onnx")), (2, 2))


if __name__ == "__main__":
    unittest.main(verbosity=2)
