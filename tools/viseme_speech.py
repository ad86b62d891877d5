# SPDX-License-Identifier: Apache-2.0
"""Speech whose mouth is known: the program itself says sentences, and its timelines say what is heard when.

A recording is about ten sentences, each by another voice (a blend of two), pace and pitch, as FLAC with a
timeline beside it. Beside the training set there are two tests that share no voice with it: four voices of
the same engine, and a Piper voice, whose model gives exact times.
"""
import concurrent.futures
import json
import os
import pydoc_data.topics
import random
import re
import subprocess

import numpy as np
import soundfile

from quality_voice import sentences as foreign_sentences

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RATE = 16000
HELD_BACK = ("af_nova", "am_onyx", "bf_lily", "bm_daniel")
FOREIGN = ("es", "fr", "it", "pt-br", "hi", "zh")
SENTENCES = 10  # of a recording
SECONDS = 4.2  # that one takes, about
FRAME_S = .01


# ---- texts ---------------------------------------------------------------------------------------

def english():
    """Sentences of Python's own help pages, which are on every machine that runs this."""
    text = re.sub(r'[`*_|=+<>\\/\[\]{}#"()]', " ", " ".join(pydoc_data.topics.topics.values()))
    found = [re.sub(r"\s+", " ", sentence).strip() for sentence in re.split(r"(?<=[.!?])\s", text)]
    return [s for s in found if 40 < len(s) < 120 and re.fullmatch(r"[A-Za-z ,.'!?;:-]+", s)]


def marked(rng, sentence, voice):
    """With a voice, a pace and a pitch of its own."""
    rate, pitch = rng.uniform(.85, 1.2), rng.uniform(-2, 2)
    return "[voice:%s][rate:%.2f][pitch:%+.1fst]%s[/pitch][/rate][/voice]" % (voice, rate, pitch, sentence)


def training_texts(voices, minutes):
    rng = random.Random(1)
    pool = {"en": english()}
    rng.shuffle(pool["en"])
    pool["en"] = pool["en"][120:]  # the others are for the tests
    for language in FOREIGN:
        pool[language] = foreign_sentences(language, 300)
    by_language = {}
    for voice in voices:
        if voice["id"] not in HELD_BACK:
            by_language.setdefault(voice["language"], []).append(voice["id"])
    every = sum(by_language.values(), [])
    spoken = [language for language in by_language if language in pool or language.startswith("en-")]
    texts = []
    for _ in range(round(minutes * 60 / SENTENCES / SECONDS)):
        lines = []
        for _ in range(SENTENCES):
            language = rng.choice(["en-us", "en-us", "en-gb"]) if rng.random() < .6 else rng.choice(spoken)
            weight = rng.uniform(.5, 1)
            voice = "%s*%.2f+%s*%.2f" % (rng.choice(by_language[language]), weight, rng.choice(every),
                                         1.01 - weight)
            sentence = rng.choice(pool["en" if language.startswith("en-") else language])
            lines.append(marked(rng, sentence, voice))
        texts.append("\n".join(lines))
    return texts


def test_texts():
    rng = random.Random(1)
    pool = english()
    rng.shuffle(pool)
    held = [" ".join("[voice:%s]%s[/voice]" % (HELD_BACK[(i + k) % 4], pool[10 * i + k]) for k in range(10))
            for i in range(6)]
    piper = [" ".join(pool[60 + 10 * i:70 + 10 * i]) for i in range(6)]
    return held, piper


# ---- speaking ------------------------------------------------------------------------------------

def say(program, text, path, *options):
    if os.path.exists(path + ".json"):
        return
    with open(path + ".txt", "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([program, "voice", "synthesize", "--text-file", path + ".txt", "--threads", "1", "-o",
                    path + ".flac", "--timeline", path + ".json.part", "--quiet", *options], check=True)
    os.rename(path + ".json.part", path + ".json")


def output(program, *args):
    run = subprocess.run([program, *args, "--json"], check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return json.loads(run.stdout.splitlines()[-1])


def make(program, folder, minutes):
    """Speaks what is not there yet; the paths (without ending) of training, held-back and Piper recordings."""
    os.makedirs(folder, exist_ok=True)
    held, piper = test_texts()
    storage = os.path.join(folder, "storage")
    if not os.path.exists(storage):
        models = {model["id"]: model for model in output(program, "models", "list")["models"]}
        voice = os.path.join(models["test-piper"]["path"], "en_US-joe-medium.onnx")
        output(program, "voice", "add", "--piper", voice, "--name", "joe", "--storage", storage)
    sets = {"train": (training_texts(output(program, "voice", "list")["voices"], minutes), ()),
            "held": (held, ()),
            "piper": (piper, ("--voice", "piper-joe", "--storage", storage))}
    paths = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = []
        for name, (texts, options) in sets.items():
            paths[name] = [os.path.join(folder, "%s-%04d" % (name, i)) for i in range(len(texts))]
            jobs += [pool.submit(say, program, text, path, *options) for text, path in zip(texts, paths[name])]
        for count, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            job.result()
            if count % 20 == 0:
                print("spoke %d of %d" % (count, len(jobs)), flush=True)
    return paths


# ---- reading -------------------------------------------------------------------------------------

def viseme_table():
    """Names in order and the viseme of each symbol, out of the program's source."""
    with open(os.path.join(ROOT, "src", "lipsync", "viseme.h"), encoding="utf-8") as file:
        names = re.findall(r"AVT_VISEME_([A-Z]+)\b", re.search(r"enum avt_viseme \{(.*?)\}", file.read(), re.S)[1])
    names = [name for name in names if name != "COUNT"]
    with open(os.path.join(ROOT, "src", "lipsync", "viseme.c"), encoding="utf-8") as file:
        rows = re.findall(r'\{AVT_VISEME_([A-Z]+), "([^"]+)"\}', file.read())
    return names, {symbol: names.index(name) for name, symbols in rows for symbol in symbols.split(" ")}


NAMES, VISEME_OF = viseme_table()
MARKS = set("ˈˌːˑ ^") | {chr(c) for c in range(0x300, 0x370)} | {chr(c) for c in range(0x2B0, 0x2B9)} - {"ʷ"}


def visemes_of(ipa):
    """As avt_visemes_of()."""
    found = [VISEME_OF.get(c, NAMES.index("UH")) for c in ipa if c not in MARKS][:2]
    if len(found) == 2 and (found[0] == NAMES.index("DD") or found[0] == found[1]):
        found = found[1:]
    return found or [NAMES.index("SIL")]


class Recording:
    """sound [samples] f32 at 16 kHz; parts: (viseme, start, end) in seconds; lips: (start, end) of p, b, m."""

    def __init__(self, path):
        from scipy.signal import resample_poly
        sound, rate = soundfile.read(path + ".flac", dtype="float32")
        self.sound = resample_poly(sound, RATE // 1000, rate // 1000).astype("float32")
        with open(path + ".json", encoding="utf-8") as file:
            phonemes = json.load(file)["phonemes"]
        self.parts = []
        for phoneme in phonemes:
            visemes, start, end = visemes_of(phoneme["p"]), phoneme["start"], phoneme["end"]
            turn = start + .6 * (end - start) if len(visemes) == 2 else end
            self.parts.append((visemes[0], start, turn))
            if len(visemes) == 2:
                self.parts.append((visemes[1], turn, end))
        lips = NAMES.index("PP")
        self.lips = [(start, end) for viseme, start, end in self.parts if viseme == lips]

    def labels(self, frames, scale=1.0):
        """[frames] viseme in the middle of each; `scale` times as long as it was."""
        made = np.zeros(frames, np.int32)
        for viseme, start, end in self.parts:
            made[round(start * scale / FRAME_S):round(end * scale / FRAME_S)] = viseme
        return made
