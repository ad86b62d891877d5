#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each kind of recording gets from `avatar voice clone`: the table in docs/voices.md.

    table_recordings.py [--program build/avatar] [--print]

Runs the program on recordings made here: two published voices stand in for people, ffmpeg makes the
rest. Exit status 1 if one is refused that should be taken, or the other way round.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import quality_document
from quality_program import ask

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEXT = ("The lighthouse stood at the end of a long and narrow road. Every evening an old man walked up "
        "the stairs and lit the lamp. Nobody knew how many years he had done that, and nobody asked.")
CHORD = "+".join(f"sin(2*PI*{hz}*t)" for hz in (220, 440, 660, 880, 1320, 1760, 2640))
MUSIC = f"aevalsrc='0.1*({CHORD})':d=8"
# File, what it is, whether it should be taken, how ffmpeg makes it.
INPUTS = [
    ("noise.wav", "white noise, 8 s", False, ["-f", "lavfi", "-i", "anoisesrc=d=8:a=0.3"]),
    ("music.wav", "a chord, 8 s", False, ["-f", "lavfi", "-i", MUSIC]),
    ("silence.wav", "silence, 8 s", False, ["-f", "lavfi", "-i", "anullsrc=r=44100", "-t", "8"]),
    ("two.wav", "two speakers, one after the other", False,
     ["-i", "george.flac", "-i", "heart.flac", "-filter_complex", "concat=n=2:v=0:a=1"]),
    ("second.wav", "1 s of speech", False, ["-i", "george.flac", "-t", "1"]),
    ("hours.flac", "3 hours", False, ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "10800"]),
    ("clipped.wav", "speech, 30 dB too loud", False, ["-i", "george.flac", "-af", "volume=30dB"]),
    ("text.wav", "a text file", False, None),
    ("empty.wav", "an empty file", False, None),
    ("missing.wav", "a file that is not there", False, None),
    ("noisy.wav", "speech with loud noise", True,
     ["-i", "george.flac", "-f", "lavfi", "-i", "anoisesrc=a=0.25", "-filter_complex",
      "amix=duration=first:normalize=0"]),
    ("five.wav", "5 s of speech", True, ["-i", "george.flac", "-t", "5"]),
    ("telephone.wav", "8 kHz, as by telephone", True, ["-i", "george.flac", "-af", "lowpass=3000,lowpass=3000,lowpass=3000", "-ar", "8000"]),
    ("8bit.wav", "8 bits", True, ["-i", "george.flac", "-c:a", "pcm_u8"]),
    ("192k.wav", "192 kHz", True, ["-i", "george.flac", "-ar", "192000"]),
    ("surround.flac", "5.1 channels", True, ["-i", "george.flac", "-ac", "6"]),
    ("low.mp3", "MP3, 16 kHz, 32 kbit/s", True, ["-i", "george.flac", "-ar", "16000", "-b:a", "32k"]),
    ("film.mp4", "a video", True, ["-i", "george.flac", "-f", "lavfi", "-i", "color=s=64x64:d=9", "-shortest"]),
]


def make_inputs(program, folder):
    for voice, name in (("bm_george", "george.flac"), ("af_heart", "heart.flac")):
        subprocess.run([program, "voice", "synthesize", TEXT, "--voice", voice, "-o", name, "--quiet"], cwd=folder,
                       check=True)
    for name, _, _, args in INPUTS:
        if args:
            subprocess.run(["ffmpeg", "-v", "error", "-y", *args, name], cwd=folder, check=True)
    with open(os.path.join(folder, "text.wav"), "w", encoding="utf-8") as file:
        file.write("This is no sound at all.\n" * 50)
    with open(os.path.join(folder, "empty.wav"), "w", encoding="utf-8"):
        pass


def clone(program, folder, name):
    """(exit status, one line)"""
    status, result = ask(program, "voice", "clone", "--name", "Test", "--audio", name, "--consent", "A test.", "--fast",
                         "--points", "5", "--storage", "storage", cwd=folder)
    if status:
        return status, result["error"]["message"]
    return 0, "taken" + "".join("; warning: " + line for line in result["warnings"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "avatar"))
    parser.add_argument("--print", action="store_true", help="write no document")
    options = parser.parse_args()
    program, wrong = os.path.abspath(options.program), []
    lines = ["| input | exit status | what it gets |", "|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        make_inputs(program, folder)
        for name, what, taken, _ in INPUTS:
            status, line = clone(program, folder, name)
            lines.append("| %s (`%s`) | %d | %s |" % (what, name, status, line.replace("|", "\\|")))
            print(lines[-1], flush=True)
            if taken != (status == 0):
                wrong.append(name)
    if not options.print:
        quality_document.write("recordings", None, "\n".join(lines), os.path.join(ROOT, "docs", "voices.md"))
    if wrong:
        print("not as it should be:", ", ".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
