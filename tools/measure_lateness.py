#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure how late the labels of each voice are against its sound, for the table in src/base/voices.c.

    measure_lateness.py [--program build/avatar] [VOICE ...]

Speaks a text full of s and sh with each voice (all of `voice list` without names), and compares the
centre of each hiss in the sound with the centre of its phoneme in the timeline. Printed per voice:
what is left (ms, median; negative: the label is late), how many hisses it rests on, and the hiss's
start and end against those of the label; then the lateness to write into the table: the one that is
there plus what is left. The model and the packs are pinned by hash, so the figures hold until one
of them, or the rules in src/voice/timing.c, change. Needs numpy.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import wave

import numpy as np

RATE = 16000
TEXT = """The ship sails slowly south across the silver sea, and seven sailors sing as she passes.
She said that this small shop sells shoes, socks, scissors and sixteen sorts of soap.
Sam asked his sister to send six parcels to the station, since the last post was so slow.
A short summer storm struck the city streets, and soon the sun was on the wet stones.
Please listen: the most important issue is safety, and it starts with simple, sensible steps.
Push the switch, choose a session, and press start; the system checks itself in seconds.
Several guests sat outside with something cold, spoke softly and saw strangers."""
TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "base", "voices.c")


def read_wav(path):
    """The sound of a WAV file at 16 kHz, resampled through its spectrum."""
    with wave.open(path, "rb") as file:
        rate, width = file.getframerate(), file.getsampwidth()
        data = file.readframes(file.getnframes())
    sound = np.frombuffer(data, {2: "<i2", 4: "<i4"}[width]).astype(np.float64)
    sound /= 2.0 ** (8 * width - 1)
    count = len(sound) * RATE // rate
    spectrum = np.fft.rfft(sound)[:count // 2 + 1]
    return np.fft.irfft(spectrum, count) * count / len(sound)


def hiss_level(sound):
    """How much there is of the highest frequencies, smoothed over 10 ms."""
    edge = np.abs(np.diff(sound, 3, prepend=[0, 0, 0]))
    return np.convolve(edge, np.ones(RATE // 100) / (RATE // 100), "same")


def measure(phonemes, sound):
    """For each s and sh: centre, start and end of the hiss minus those of the label, in seconds."""
    level, found = hiss_level(sound), []
    for phoneme in phonemes:
        start, end = phoneme["start"], phoneme["end"]
        if phoneme["p"][:1] not in ("s", "ʃ") or not .04 < end - start < .25:
            continue
        first = int(max(start - .15, 0) * RATE)
        part = level[first:int((end + .15) * RATE)]
        weight = np.clip(part - np.median(part), 0, None) ** 2
        centre = (first + np.sum(weight * np.arange(len(part))) / max(weight.sum(), 1e-12)) / RATE
        # The hiss itself: around its loudest point near the label, down to a quarter of that.
        low, high = int(start * RATE) - first, int(end * RATE) - first
        left = right = low + int(np.argmax(part[low:high]))
        floor = part[left] / 4
        while left > 0 and part[left] > floor:
            left -= 1
        while right < len(part) - 1 and part[right] > floor:
            right += 1
        found.append((centre - (start + end) / 2, (first + left) / RATE - start,
                      (first + right) / RATE - end))
    return found


def table():
    """Voice -> lateness in ms, as the table has it now."""
    with open(TABLE, encoding="utf-8") as file:
        return {voice: float(late) for voice, late in
                re.findall(r'KOKORO\("(\w+)",.*?, (-?[\d.]+)\),', file.read())}


def speak(program, voice, folder):
    base = os.path.join(folder, voice)
    subprocess.run([program, "voice", "synthesize", TEXT, "--voice", voice, "--output",
                    base + ".wav", "--timeline", base + ".json", "--quiet"], check=True)
    with open(base + ".json", encoding="utf-8") as file:
        return json.load(file)["phonemes"], read_wav(base + ".wav")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/avatar")
    parser.add_argument("voices", nargs="*")
    options = parser.parse_args()
    now = table()
    print("voice          left  count  start   end  -> lateness (ms)")
    for voice in options.voices or now:
        if voice not in now:
            sys.exit("voices.c has no voice " + voice)
        with tempfile.TemporaryDirectory() as folder:
            found = np.array(measure(*speak(options.program, voice, folder))) * 1000
        left, start, end = np.median(found, axis=0)
        print("%-12s %6.1f %6d %6.1f %5.1f  -> %.0f" %
              (voice, left, len(found), start, end, now[voice] - left), flush=True)


if __name__ == "__main__":
    main()
