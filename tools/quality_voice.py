#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How exact the front ends of speech are, against other programs on the same sentences.

    quality_voice.py [--build build] [--count 200]

- Spanish, French, Italian, Portuguese and Hindi: PyPI phonemizer on the same libespeak-ng, its output
  rewritten as misaki's EspeakG2P does. Share of symbols that agree, by edit distance, marks and
  spaces included; at least 99 %.
- English: each word of the sentences against the entry of misaki's own dictionaries that it was read
  from (words with one pronunciation only, so that no part of speech has to be guessed); at least 98 %.
- Chinese: PyPI misaki (misaki.zh) with jieba and pypinyin; reported.

Sentences are put together from tools/quality_voice_words.json, without digits, whose reading is ours.
Writes docs/quality-voice.md. Needs phonemizer; misaki with jieba, pypinyin, cn2an and ordered-set for
the last two. Exit status 1 if a floor is missed.
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ESPEAK = {"es": "es", "fr": "fr-fr", "it": "it", "pt-br": "pt-br", "hi": "hi"}
FLOORS = {"es": .99, "fr": .99, "it": .99, "pt-br": .99, "hi": .99, "en-us": .98, "en-gb": .98, "zh": 0}
# misaki's EspeakG2P.
E2M = [("a^ɪ", "I"), ("a^ʊ", "W"), ("d^z", "ʣ"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ə^ʊ", "Q"),
       ("s^s", "S"), ("t^s", "ʦ"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("^", ""), ("-", "")]


def sentences(language, count):
    with open(os.path.join(ROOT, "tools", "quality_voice_words.json"), encoding="utf-8") as file:
        parts = json.load(file)[language]
    rng = random.Random(language)
    made = []
    while len(made) < count:
        sentence = re.sub(r"<(\w+)>", lambda m: rng.choice(parts[m[1]]), rng.choice(parts["shapes"]))
        sentence = sentence[0].upper() + sentence[1:]
        if sentence not in made:
            made.append(sentence)
    return made


def ours(options, language, texts):
    env = dict(os.environ, AVATAR_HELPERS=os.path.join(options.build, "src", "voice"))
    program = os.path.join(options.build, "tests", "unit", "voice", "print_phonemes")
    run = subprocess.run([program, language], input="\n".join(texts) + "\n", env=env, check=True,
                         stdout=subprocess.PIPE, encoding="utf-8")
    return run.stdout.splitlines()


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def plain(text):
    """One form for what means the same to the model: spaces and the marks of questions."""
    text = re.sub("[¿¡]", "", text)
    return re.sub(r"\s+", " ", re.sub(r"\s*([.,;:!?])\s*", r"\1 ", text)).strip()


def phonemizer_reference(language, texts):
    from phonemizer.backend import EspeakBackend
    backend = EspeakBackend(ESPEAK[language], preserve_punctuation=True, with_stress=True, tie="^",
                            language_switch="remove-flags")
    made = []
    # It does not know the danda for a mark of its own.
    for phonemes in backend.phonemize([text.replace("।", ".") for text in texts]):
        phonemes = phonemes.replace("r.", "ɽ") if language == "hi" else phonemes
        for old, new in E2M:
            phonemes = phonemes.replace(old, new)
        made.append(phonemes)
    return made


def agreement(pairs):
    wrong = total = 0
    worst = []
    for text, a, b in pairs:
        missed = distance(plain(a), plain(b))
        wrong += missed
        total += len(plain(b))
        if missed:
            worst.append((missed, text, plain(a), plain(b)))
    worst.sort(reverse=True)
    for missed, text, a, b in worst[:3]:
        print("  %d: %s\n     ours  %s\n     other %s" % (missed, text, a, b))
    return 1 - wrong / total


def english(options, language, texts):
    import importlib.resources
    import misaki.data
    short = "us" if language == "en-us" else "gb"
    words = {}
    for kind in ("silver", "gold"):
        with importlib.resources.files(misaki.data).joinpath("%s_%s.json" % (short, kind)).open(
                encoding="utf-8") as file:
            words.update(json.load(file))
    pairs = []
    for text, phonemes in zip(texts, ours(options, language, texts)):
        written = re.findall(r"[a-z']+", text.lower())
        spoken = re.sub("[.,;:!?]", "", phonemes).split()
        if len(written) != len(spoken):
            pairs.append((text, " ".join(spoken), "another number of words"))
            continue
        for word, said in zip(written, spoken):
            entry = words.get(word)
            # Context decides about stress on function words, as it does in misaki.
            if isinstance(entry, str) and len(word) > 3:
                pairs.append((word, said, entry.replace("ɾ", "T").replace("ʔ", "t")))
    return agreement(pairs)


def chinese(options, texts):
    from misaki.zh import ZHG2P
    reference = ZHG2P()
    return agreement(zip(texts, ours(options, "zh", texts), [reference(t)[0] for t in texts]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    rows, missed = [], []
    for language, floor in FLOORS.items():
        texts = sentences(language, options.count)
        print(language)
        if language in ESPEAK:
            pairs = zip(texts, ours(options, language, texts), phonemizer_reference(language, texts))
            share, judge = agreement(pairs), "phonemizer on libespeak-ng"
        elif language == "zh":
            share, judge = chinese(options, texts), "misaki.zh"
        else:
            share, judge = english(options, language, texts), "misaki's dictionaries"
        print("  %.2f %%" % (100 * share))
        rows.append("| %s | %s | %d | %.2f %% | %s |" % (
            language, judge, len(texts), 100 * share, "≥ %d %%" % (100 * floor) if floor else ""))
        if share < floor:
            missed.append(language)
    with open(os.path.join(ROOT, "docs", "quality-voice.md"), "w", encoding="utf-8") as file:
        file.write("# How exact the front ends of speech are\n\nWritten by `tools/quality_voice.py`, whose "
                   "docstring says how it measures. "
                   "Sentences\nare put together from some sixty words and phrases a language, so this shows "
                   "that the rules are the same,\nnot how well rare words are read.\n\n"
                   "| language | compared with | sentences | symbols that agree | floor |\n|---|---|---|---|---|\n"
                   + "\n".join(rows) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
