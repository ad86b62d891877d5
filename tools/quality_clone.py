#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clones readers with the built program and has the clones judged from the outside.

    quality_clone.py [--program build/avatar] [--speech ../shared/data/speech] [--out out/quality-clone]
                     [--effort fast|default|best] [--points N] [--readers N] [--write]

For each reader three clips are the reference and the other three are held back. The clone, and the published
voice that is nearest to the held-back clips, say sentences that the program's search does not know. That voice is
found by this judge: all 54 say one passage. (The program has a nearest one of its own, by what it knows of the
reference; it is only reported.) Then:

- similarity: GE2E cosine of each sentence to the mean direction of the held-back clips, all sound cut by
  webrtcvad and set to -30 dBFS first, with a front end in NumPy that shares no code with the program (beside
  it: the same by Resemblyzer's own preprocessing, which leaves loud sound as loud as it is);
- self-similarity: mean cosine between the clone's sentences;
- pitch: difference of the mean to that of the reference, and of the held-back clips, semitones (librosa's pYIN,
  octaves folded). A reader who acts differs from himself: 1688 by 4 semitones between the two. Beside it the
  standard deviation of the pitch, of the clone and of the reference;
- identification, which the search does not see: Gaussian mixtures over MFCC of the readers' reference clips
  and of every published voice; which of the 60 does the clone's speech fit best, and is it the reader?

--write puts the table into docs/quality-voice.md. Exit status 1 if a clone is below the best published voice, the
mean below .74 (--effort best: .78), the pitch more than 1.5 semitones off the reference, or a clone took longer than
90 s (fast: 10 s). Of a machine that had other work, and with --points, the time is only reported.

What was made before is used again unless the program is newer. The packages live in a virtual environment in the
user's cache folder.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys

import quality_document
import quality_environment

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGES = ["numpy==2.4.6", "scipy==1.17.1", "librosa==0.11.0", "webrtcvad-wheels==2.0.14.post1",
            "onnxruntime==1.32.0", "scikit-learn==1.9.1", "soundfile==0.14.0"]
SENTENCES = ["In the morning the harbour was quiet, and only two fishermen were at work.",
             "You will find the answer on the last page, if you have patience.",
             "The teacher asked them to bring a warm coat and something to eat.",
             "Nothing was said about the money until the guests had left the room."]
ENROL = ("A small garden lay behind the house, with apple trees and a wooden bench. Children came there "
         "after school to read, to quarrel and to share what they had found on the way.")
CONSENT = "LibriSpeech recordings, CC BY 4.0; cloned only to measure this program"
REFERENCE, GAUSSIANS, RATE, FRAMES, STEP = 3, 16, 16000, 160, 77
# Least mean similarity and most seconds a clone.
FLOORS = {"fast": (None, 10), "default": (.74, 90), "best": (.78, None)}
PITCH_MAX_ST = 1.5


# ---- listening -----------------------------------------------------------------------------------

def load(path):
    import librosa
    return librosa.load(path, sr=RATE)[0].astype("float64")


def trim(sound):
    """What webrtcvad calls speech, smoothed as Resemblyzer does."""
    import numpy as np
    import webrtcvad
    from scipy.ndimage import binary_dilation
    size, vad = 480, webrtcvad.Vad(3)
    sound = sound[:len(sound) // size * size]
    pcm = np.clip(np.round(sound * 32767), -32768, 32767).astype(np.int16)
    flags = np.array([vad.is_speech(pcm[i:i + size].tobytes(), RATE) for i in range(0, len(pcm), size)])
    smooth = np.round(np.convolve(flags, np.ones(8) / 8, "full")[4:4 + len(flags)]).astype(bool)
    return sound[np.repeat(binary_dilation(smooth, np.ones(7)), size)]


def at_level(sound, level_db=-30.0, only_up=False):
    import numpy as np
    change = level_db - 20 * np.log10(np.sqrt(np.mean(sound ** 2)) + 1e-12)
    return sound if only_up and change < 0 else sound * 10 ** (change / 20)


class Encoder:
    def __init__(self):
        import onnxruntime
        path = os.path.join(ROOT, "models", "speaker-ge2e.onnx")
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def direction(self, sound):
        import librosa
        import numpy as np
        frames = int(np.ceil((len(sound) + 1) / 160))
        starts = list(range(0, max(1, frames - FRAMES + STEP + 1), STEP))
        if len(starts) > 1 and (len(sound) - starts[-1] * 160) / 25600 < 0.75:
            starts.pop()
        sound = np.pad(sound, (0, max(0, (starts[-1] + FRAMES) * 160 - len(sound))))
        mel = librosa.feature.melspectrogram(y=sound, sr=RATE, n_fft=400, hop_length=160, n_mels=40).T
        windows = np.stack([mel[start:start + FRAMES] for start in starts]).astype(np.float32)
        return unit(self.session.run(None, {"mels": windows})[0].mean(0))


def unit(vector):
    import numpy as np
    return vector / np.linalg.norm(vector)


def pitch_of(sounds):
    """Mean and standard deviation, semitones."""
    import librosa
    import numpy as np
    found = []
    for sound in sounds:
        hz, voiced, _ = librosa.pyin(sound, fmin=65, fmax=400, sr=RATE, frame_length=1024)
        found.append(12 * np.log2(hz[voiced & (hz > 0)] / 100))
    tones = np.concatenate(found)
    tones = tones[np.abs(tones - np.median(tones)) < 7]
    return float(np.mean(tones)), float(np.std(tones))


def features(sounds):
    """MFCC without the first, which is loudness."""
    import librosa
    import numpy as np
    return np.concatenate([librosa.feature.mfcc(y=at_level(sound), sr=RATE, n_mfcc=20, n_fft=512,
                                                hop_length=160)[1:].T for sound in sounds])


# ---- the program -----------------------------------------------------------------------------------

def english_of(voice):
    return "en-gb" if voice.startswith("b") else "en-us"


class Program:
    def __init__(self, path, storage):
        self.path, self.storage = path, storage
        self.made_at = os.path.getmtime(path)

    def run(self, *args):
        done = subprocess.run([self.path, *args, "--storage", self.storage, "--json"],
                              stdout=subprocess.PIPE, check=False)
        result = json.loads(done.stdout.splitlines()[-1])
        if done.returncode:
            sys.exit(f"{args} failed: {result}")
        return result

    def is_fresh(self, path):
        return os.path.exists(path) and os.path.getmtime(path) > self.made_at

    def say(self, text, voice, path):
        if not self.is_fresh(path):
            # The nearest published voice may be one of another language; the text is English.
            self.run("voice", "synthesize", text, "--voice", voice, "--language", english_of(voice), "-o", path)
        return load(path)


def readers(folder):
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.flac"))):
        found.setdefault(os.path.basename(path).split("-")[0], []).append(path)
    return found


def judge_voice(encoder, sentences, held):
    import numpy as np
    ours = [encoder.direction(at_level(trim(sound))) for sound in sentences]
    plain = [encoder.direction(trim(at_level(sound, only_up=True))) for sound in sentences]
    target = unit(np.mean([encoder.direction(at_level(trim(sound))) for sound in held], 0))
    loud = unit(np.mean([encoder.direction(trim(at_level(s, only_up=True))) for s in held], 0))
    pairs = [a @ b for i, a in enumerate(ours) for b in ours[i + 1:]]
    return (float(np.mean([o @ target for o in ours])), float(np.mean([o @ loud for o in plain])),
            float(np.mean(pairs)))


def stock_voices(program, out):
    """What each published voice makes of one passage."""
    voices = [v["id"] for v in program.run("voice", "list")["voices"] if v["engine"] == "kokoro"]
    return {voice: program.say(ENROL, voice, os.path.join(out, f"enrol-{voice}.wav")) for voice in voices}


def best_stock(encoder, stock, held):
    """The one that is nearest to the held-back clips."""
    import numpy as np
    target = unit(np.mean([encoder.direction(at_level(trim(sound))) for sound in held], 0))
    return max(stock, key=lambda voice: encoder.direction(at_level(trim(stock[voice]))) @ target)


def clone(program, name, reference, options):
    """What the program says of the clone that it made, now or before."""
    effort = options.effort + (f"-{options.points}" if options.points else "")
    record = os.path.join(options.out, f"{name}-{effort}.json")
    if program.is_fresh(record):
        with open(record, encoding="utf-8") as file:
            return json.load(file)
    flags = [] if options.effort == "default" else ["--" + options.effort]
    flags += ["--points", str(options.points)] if options.points else []
    busy = os.getloadavg()[0] > .5 * os.cpu_count()
    made = program.run("voice", "clone", "--name", name, "--consent", CONSENT, *flags, *reference)
    made["busy"] = busy
    with open(record, "w", encoding="utf-8") as file:
        json.dump(made, file)
    return made


def measure(program, encoder, name, clips, stock, options):
    reference, held = [load(path) for path in clips[:REFERENCE]], [load(path) for path in clips[REFERENCE:]]
    made = clone(program, name, clips[:REFERENCE], options)
    profile = made["profile"]
    row = {"reader": name, "seconds": made["total_s"], "points": made["points"], "busy": made["busy"],
           "stock_voice": best_stock(encoder, stock, held), "nearest": profile["stock_voice"]}
    said = {}
    for kind, voice in (("clone", profile["id"]), ("stock", row["stock_voice"])):
        said[kind] = [program.say(text, voice, os.path.join(options.out, f"{voice}-{i}.wav"))
                      for i, text in enumerate(SENTENCES)]
        row[kind], row[kind + "_loud"], row[kind + "_self"] = judge_voice(encoder, said[kind], held)
    mean, row["spread"] = pitch_of(said["clone"])
    reference_mean, row["spread_reference"] = pitch_of(reference)
    row["pitch"], row["pitch_held"] = mean - reference_mean, mean - pitch_of(held)[0]
    return row, said["clone"]


def identify(people, clones, stock):
    """For each clone the name that its speech fits best."""
    from sklearn.mixture import GaussianMixture
    models = {}
    sounds = {name: [load(path) for path in clips[:REFERENCE]] for name, clips in people.items()}
    sounds.update((voice, [sound]) for voice, sound in stock.items())
    for name, pieces in sounds.items():
        models[name] = GaussianMixture(GAUSSIANS, covariance_type="diag", random_state=1, reg_covar=1e-2).fit(
            features([trim(piece) for piece in pieces]))
    found = {}
    for reader, said in clones.items():
        frames = features([trim(sound) for sound in said])
        scores = sorted(((model.score(frames), name) for name, model in models.items()), reverse=True)
        found[reader] = (scores[0][1], 1 + [name for _, name in scores].index(reader))
    return found


def table(rows, found, effort, points):
    import numpy as np
    at = f", {points} voices tried whatever the time: the machine was busy" if points else ""
    lines = [f"Effort `{effort}`{at}. Similarity is the GE2E cosine to the three held-back clips, by the judge's own "
             "front end at -30 dBFS; in brackets as Resemblyzer takes sound.", "",
             "| reader | best of the 54 published voices (the program's choice) | clone | between its sentences "
             "| pitch off reference (held back), st | its spread (of the reference), st | seconds | voices tried "
             "| fits best (place of the reader of 60) |",
             "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        who = found.get(row["reader"], ("-", 0))
        own = "" if row["nearest"] == row["stock_voice"] else f" ({row['nearest']})"
        lines.append(f"| {row['reader']} | {row['stock']:.3f} ({row['stock_loud']:.3f}) {row['stock_voice']}{own} "
                     f"| {row['clone']:.3f} ({row['clone_loud']:.3f}) | {row['clone_self']:.3f} "
                     f"| {row['pitch']:+.1f} ({row['pitch_held']:+.1f}) "
                     f"| {row['spread']:.1f} ({row['spread_reference']:.1f}) | {row['seconds']:.0f} | {row['points']} "
                     f"| {who[0]} ({who[1]}) |")
    mean = {key: np.mean([row[key] for row in rows]) for key in
            ("stock", "stock_loud", "clone", "clone_loud", "clone_self", "seconds")}
    taken = sum(found.get(row["reader"], ("", 0))[0] == row["reader"] for row in rows)
    lines.append(f"| mean | {mean['stock']:.3f} ({mean['stock_loud']:.3f}) | {mean['clone']:.3f} "
                 f"({mean['clone_loud']:.3f}) | {mean['clone_self']:.3f} | | | {mean['seconds']:.0f} | "
                 f"| {taken} of {len(rows)} taken for their reader |")
    return "\n".join(lines)


def missed_floors(rows, options):
    """A sentence for each."""
    similarity_min, seconds_max = FLOORS[options.effort]
    mean = sum(row["clone"] for row in rows) / len(rows)
    missed = []
    if similarity_min and mean < similarity_min:
        missed.append(f"the mean similarity is {mean:.3f}, below {similarity_min}")
    for row in rows:
        if row["clone"] < row["stock"]:
            missed.append(f"{row['reader']}: the clone is below {row['stock_voice']}")
        if abs(row["pitch"]) > PITCH_MAX_ST:
            missed.append(f"{row['reader']}: the pitch is {row['pitch']:+.1f} semitones off")
        if seconds_max and not options.points and row["seconds"] > seconds_max:
            late = f"{row['reader']}: {row['seconds']:.0f} s, more than {seconds_max}"
            if row["busy"]:
                print(late, "(the machine had other work)")
            else:
                missed.append(late)
    return missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "avatar"))
    parser.add_argument("--speech", default=os.path.join(ROOT, "..", "shared", "data", "speech"))
    parser.add_argument("--out", default=os.path.join(ROOT, "out", "quality-clone"))
    parser.add_argument("--effort", choices=("fast", "default", "best"), default="default")
    parser.add_argument("--points", type=int, help="voices to try, whatever the time: for a busy machine")
    parser.add_argument("--readers", type=int, default=99)
    parser.add_argument("--no-identification", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    quality_environment.enter("quality-clone", PACKAGES)
    os.makedirs(options.out, exist_ok=True)
    program = Program(os.path.abspath(options.program), os.path.join(options.out, "storage"))
    people = dict(list(readers(options.speech).items())[:options.readers])
    if not people:
        sys.exit(f"there are no recordings in {options.speech}")
    encoder, rows, clones = Encoder(), [], {}
    stock = stock_voices(program, options.out)
    for name, clips in people.items():
        row, clones[name] = measure(program, encoder, name, clips, stock, options)
        rows.append(row)
        print(row, flush=True)
    found = {} if options.no_identification else identify(people, clones, stock)
    text = table(rows, found, options.effort, options.points)
    print(text)
    if options.write:
        part = "" if options.effort == "default" else " with --" + options.effort
        quality_document.write("cloning" + part, "How near clones come" + part, text)
    missed = missed_floors(rows, options)
    print("\n".join(missed) if missed else "every floor is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
