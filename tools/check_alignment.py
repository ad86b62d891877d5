#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well words are found in a recording whose text is known (pipeline/align.c), by speech whose times are known.

usage: check_alignment.py build/tests/unit/pipeline/print_alignment     (needs Debian's flite)

The speech is Flite's: four voices, built from recordings of people, that have nothing in common with this program's own
and tell when each word begins. Prints how far the beginnings of words are off, in ms: as they are, in noise of 15 dB,
and where the text lacks a word that is said, or has one that is not. Exit 1 where the middle of the first is above 25 ms
or nine in ten above 70."""
import argparse
import array
import ctypes
import math
import pathlib
import random
import re
import subprocess
import sys

TEXTS = (
    "Maybe my baby poppy plants will bloom by the big blue pump.",
    "Five thick white fish swim south; she sees six seals, though, and laughs.",
    "Who moved my umbrella?",
    "Above all, we hope you enjoy every warm summer evening.",
    "Good morning, and welcome aboard.",
    "This machine washes, rinses and spins in under an hour.",
    "Push the purple button, choose a programme, and press start.",
    "Please remember that the quality of the picture depends on the light, on the camera, and on how still you sit.",
    "Yesterday we walked along the river until the bridge, where three children were feeding the ducks.",
    "Our service team will answer your question within two working days, usually much sooner.",
    "The recipe asks for butter, flour, a pinch of salt and exactly four large eggs.",
    "He thought about the journey for a long while, and then he put his coat back on the chair.",
    "When the alarm goes off, leave the building by the nearest door and do not use the lifts.",
)
VOICES = ("slt", "rms", "awb", "kal16")
MEDIAN_MS, NINE_IN_TEN_MS = 25, 70
NOISE_DB = -15


class Flite:
    """Flite 2.2's shared libraries, as Debian has them."""

    class Wave(ctypes.Structure):
        _fields_ = [("type", ctypes.c_char_p), ("rate", ctypes.c_int), ("count", ctypes.c_int),
                    ("channels", ctypes.c_int), ("samples", ctypes.POINTER(ctypes.c_short))]

    def __init__(self):
        names = ("", "_cmulex", "_usenglish", *(f"_cmu_us_{voice}" for voice in VOICES))
        self.libraries = {name: ctypes.CDLL(f"libflite{name}.so.1", ctypes.RTLD_GLOBAL) for name in names}
        self.lib = self.libraries[""]
        for name in ("flite_synth_text", "utt_wave", "utt_relation", "relation_head", "item_next", "item_prev",
                     "path_to_item"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        self.lib.item_feat_string.restype = ctypes.c_char_p
        self.lib.item_feat_float.restype = ctypes.c_float
        self.lib.flite_init()

    def time_of(self, item, what):
        return self.lib.item_feat_float(ctypes.c_void_p(item), what)

    def say(self, text, voice):
        """Rate, samples of -1 to 1, [(word, begin, end)]."""
        register = getattr(self.libraries[f"_cmu_us_{voice}"], f"register_cmu_us_{voice}")
        register.restype = ctypes.c_void_p
        spoken = ctypes.c_void_p(self.lib.flite_synth_text(text.encode(), ctypes.c_void_p(register(None))))
        wave = ctypes.cast(self.lib.utt_wave(spoken), ctypes.POINTER(self.Wave)).contents
        words = []
        item = self.lib.relation_head(ctypes.c_void_p(self.lib.utt_relation(spoken, b"Word")))
        while item:
            first, last = (self.lib.path_to_item(ctypes.c_void_p(item),
                                                 f"R:SylStructure.{side}.{side}.R:Segment".encode())
                           for side in ("daughter1", "daughtern"))
            before = self.lib.item_prev(ctypes.c_void_p(first))
            words.append((self.lib.item_feat_string(ctypes.c_void_p(item), b"name").decode(),
                          self.time_of(before, b"end") if before else 0., self.time_of(last, b"end")))
            item = self.lib.item_next(ctypes.c_void_p(item))
        return wave.rate, [value / 32768 for value in wave.samples[:wave.count]], words


def noisy(samples, dice):
    """Hiss with a rumble below it."""
    rumble, noise = 0., []
    for _ in samples:
        rumble = .95 * rumble + dice.gauss(0, 1)
        noise.append(rumble + dice.gauss(0, 1))

    def level(values):
        return math.sqrt(sum(value * value for value in values) / len(values))
    gain = level(samples) / level(noise) * 10 ** (NOISE_DB / 20)
    return [sample + gain * value for sample, value in zip(samples, noise)]


def changed(kind, text, words):
    """The text and the words' times; None for one that is not said."""
    parts, middle = text.split(), len(words) // 2
    words = list(words)
    if kind == "a word not in the text":
        del parts[middle], words[middle]
    elif kind == "a word not said":
        parts.insert(middle, "certainly")
        words.insert(middle, None)
    return " ".join(parts), words


def align(program, rate, samples, text):
    result = subprocess.run([program, str(rate), "af_heart", "-", text], stdout=subprocess.PIPE, check=True,
                            input=array.array("f", samples).tobytes())
    return [(word, float(begin)) for word, begin, _ in
            (line.split("\t") for line in result.stdout.decode().splitlines())]


def measure(program, kind, spoken):
    dice, off = random.Random(1), []
    for text, (rate, samples, words) in spoken:
        text, words = changed(kind, text, words)
        found = align(program, rate, noisy(samples, dice) if kind == "noise" else samples, text)
        if len(found) != len(words):
            raise SystemExit(f"{len(found)} words for {len(words)}: {text}")
        for (word, begin), true in zip(found, words):
            if true:
                assert re.sub(r"\W", "", word.lower()) == true[0].lower(), (word, true)
                off.append(abs(begin - true[1]) * 1000)
    off.sort()
    share = {part: off[int(part / 100 * (len(off) - 1))] for part in (50, 75, 90, 95)}
    print(f"{kind:24} {len(off):4} words: " + ", ".join(f"{part} % within {value:.0f} ms"
                                                         for part, value in share.items()))
    return share


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    program = parser.parse_args().program.resolve()
    flite = Flite()
    spoken = [(text, flite.say(text, voice)) for text in TEXTS for voice in VOICES]
    plain = measure(program, "as it is", spoken)
    for kind in ("noise", "a word not in the text", "a word not said"):
        measure(program, kind, spoken)
    return 0 if plain[50] <= MEDIAN_MS and plain[90] <= NINE_IN_TEN_MS else 1


if __name__ == "__main__":
    sys.exit(main())
