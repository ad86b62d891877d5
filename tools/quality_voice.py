#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How exact the front ends of speech are, against other programs on the same sentences.

    quality_voice.py [--build build] [--count 200]

- Spanish, French, Italian, Portuguese and Hindi: PyPI phonemizer on the same libespeak-ng, its output
  rewritten as misaki's EspeakG2P does. Share of symbols that agree, by edit distance, marks and
  spaces included; at least 99 %.
- English: each word of the sentences against the entry of misaki's own dictionaries that it was read
  from (words with one pronunciation only, so that no part of speech has to be guessed); at least 98 %.
- English with words of several pronunciations: tools/quality_voice_tagged.txt gives the part of speech
  wherever misaki's reading depends on it, misaki's G2P (misaki.en, all of it but its tagger, which
  would be a download) reads the sentences by these, and our front end finds the parts of speech by
  itself. At least 98 % of symbols, and beside it the share of those words that are read the same.
- Numbers, dates, money and heteronyms in English: the cases of tests/golden/readings_en_us.tsv; at least
  98 % of them.
- Chinese: PyPI misaki (misaki.zh) with jieba and pypinyin; reported.

All but the tagged sentences are put together from tools/quality_voice_words.json, without digits, whose reading is ours.
Writes its part of docs/quality-voice.md. Needs phonemizer; misaki with num2words and regex for
English, with jieba, pypinyin, cn2an and ordered-set for Chinese. Exit status 1 if a floor is missed.
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys

import quality_document

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ESPEAK = {"es": "es", "fr": "fr-fr", "it": "it", "pt-br": "pt-br", "hi": "hi"}
FLOORS = {"es": .99, "fr": .99, "it": .99, "pt-br": .99, "hi": .99, "en-us": .98, "en-gb": .98, "zh": 0}
# misaki's EspeakG2P.
E2M = [("a^ɪ", "I"), ("a^ʊ", "W"), ("d^z", "ʣ"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ə^ʊ", "Q"),
       ("s^s", "S"), ("t^s", "ʦ"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("^", ""), ("-", "")]


INTRODUCTION = (
    "By `./dev quality front-ends`; the docstring of `tools/quality_voice.py` says how it measures. All but the "
    "last three rows:\nsentences are put together from some sixty words and phrases a language, so this shows "
    "that the rules are the same,\nnot how well rare words are read.\n\n"
    "The next two: parts of speech are found by our own rules. Of their sentences, 30 were new to these rules when "
    "first tried;\n68 of 77 words were read the same then, before rules were added.\n\n"
    "The last: of the first 344 cases 325 were right (94.5 %) before rules were added, and 67 of the 72 that were "
    "then written to\ntry these on (93 %; 41 of 42 but for heteronyms).\n\n")


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


def espeak_judge():
    """Who is compared with, by the versions that were at work: libespeak-ng is the one that our helper loads."""
    from importlib.metadata import version
    from phonemizer.backend import EspeakBackend
    return "phonemizer %s on libespeak-ng %s" % (
        version("phonemizer"), ".".join(str(part) for part in EspeakBackend.version()))


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


# Where a word does not say its tag: the usual one of those that misaki reads by it.
USUAL_TAGS = {"a": "DT", "i": "PRP", "in": "IN", "by": "IN", "am": "VBP", "an": "DT", "to": "TO", "the": "DT",
              "will": "MD", "can": "MD", "my": "PRP$", "his": "PRP$", "through": "IN", "those": "DT",
              "could": "MD", "would": "MD", "has": "VBZ", "have": "VBP", "had": "VBD", "been": "VBN",
              "this": "DT"}
TAGS = ("NN", "NNS", "VB", "VBP", "VBZ", "VBD", "VBN", "JJ", "RB", "IN", "DT", "WDT", "EX", "MD", "PRP", "PRP$")


def misaki_english(british):
    """misaki's G2P, which is handed its tokens with their tags, and what it says of one word."""
    import types
    # Only its tagger needs spaCy.
    sys.modules.setdefault("spacy", types.ModuleType("spacy"))
    from misaki import en

    class Tagged(en.G2P):
        def __init__(self):
            self.version, self.british, self.fallback, self.unk = None, british, None, "?"
            self.lexicon = en.Lexicon(british)

        def tokenize(self, text, tokens, features):
            made = []
            for word, tag, space in text:
                made.append(en.MToken(text=word, tag=tag, whitespace=space,
                                      _=en.MToken.Underscore(is_head=True, num_flags="", prespace=False)))
            return made

    g2p = Tagged()

    def readings(word):
        """Its readings by tag, in each of the three contexts that it may stand in."""
        found = set()
        for tag in TAGS:
            said = []
            for vowel in (None, False, True):
                said.append(g2p.lexicon.get_word(word, tag, None, en.TokenContext(future_vowel=vowel))[0])
            found.add(tuple(said))
        return found
    return g2p, readings


def tagged_tokens(line, readings):
    """(text, tag, space) of each word and mark, and where in them the words of several readings are."""
    tokens, several = [], []
    for part in re.findall(r"[A-Za-z'-]+(?:_[A-Z$]+)?|[.,;:!?]", line):
        word, _, tag = part.partition("_")
        if word in ".,;:!?":
            tokens[-1] = (*tokens[-1][:2], "")
            tokens.append((word, "." if word in ".!?" else "," if word == "," else ":", " "))
            continue
        depends = len(readings(word.lower())) > 1 and word.lower() not in USUAL_TAGS
        if depends and not tag:
            sys.exit("quality_voice_tagged.txt: '%s' has no tag in '%s'" % (word, line))
        if depends or (tag and word.lower() in USUAL_TAGS):
            several.append(len(tokens))
        tokens.append((word, tag or USUAL_TAGS.get(word.lower(), "NN"), " "))
    return tokens, several


def tagged_english(options, language):
    g2p, readings = misaki_english(language == "en-gb")
    with open(os.path.join(ROOT, "tools", "quality_voice_tagged.txt"), encoding="utf-8") as file:
        lines = [line.strip() for line in file if not line.startswith("#")]
    parsed = [tagged_tokens(line, readings) for line in lines]
    texts = ["".join(word + space for word, _, space in tokens).strip() for tokens, _ in parsed]
    pairs, words, same = [], 0, 0
    for text, (tokens, several), said in zip(texts, parsed, ours(options, language, texts)):
        whole, spoken = g2p(tokens, preprocess=None)
        pairs.append((text, said, whole))
        mine = [word for word in re.split(r"[\s.,;:!?]+", said) if word]
        other = [token.phonemes if i in several else None for i, token in enumerate(spoken)
                 if token.text not in ".,;:!?"]
        if len(mine) != len(other):
            sys.exit("another number of words: %s | %s" % (said, whole))
        for a, b in zip(mine, other):
            if b is not None:
                words += 1
                same += a == b
                if a != b:
                    print("  %s: ours %s, other %s" % (text, a, b))
    return agreement(pairs), len(texts), same, words


def readings(options):
    """Share, number of those right and of all in the golden readings, as their test has it."""
    env = dict(os.environ, AVATAR_HELPERS=os.path.join(options.build, "src", "voice"))
    run = subprocess.run([os.path.join(options.build, "tests", "unit", "voice", "test_readings_golden"),
                          os.path.join(ROOT, "tests", "golden", "readings_en_us.tsv")],
                         env=env, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    right, cases = map(int, re.search(r"(\d+) of (\d+) are read right", run.stdout).groups())
    return right / cases, right, cases


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
            share, judge = agreement(pairs), espeak_judge()
        elif language == "zh":
            share, judge = chinese(options, texts), "misaki.zh"
        else:
            share, judge = english(options, language, texts), "misaki's dictionaries"
        print("  %.2f %%" % (100 * share))
        rows.append("| %s | %s | %d | %.2f %% | %s |" % (
            language, judge, len(texts), 100 * share, "≥ %d %%" % (100 * floor) if floor else ""))
        if share < floor:
            missed.append(language)
    for language in ("en-us", "en-gb"):
        print(language, "by tag")
        share, count, same, words = tagged_english(options, language)
        print("  %.2f %%, %d of %d words" % (100 * share, same, words))
        rows.append("| %s, words of several pronunciations | misaki.en with given tags: %d of these %d words "
                    "are read the same | %d | %.2f %% | ≥ 98 %% |" % (language, same, words, count, 100 * share))
        if share < .98:
            missed.append(language + " by tag")
    share, right, cases = readings(options)
    print("en-us readings\n  %d of %d" % (right, cases))
    rows.append("| en-us, numbers, dates, money, heteronyms | what is said, written down by hand before the "
                "program was asked (`tests/golden/readings_en_us.tsv`) | %d | %.2f %% of them | ≥ 98 %% |"
                % (cases, 100 * share))
    if share < .98:
        missed.append("en-us readings")
    quality_document.write("front ends", "How exact the front ends are", INTRODUCTION
                           + "| language | compared with | sentences | symbols that agree | floor |\n"
                           "|---|---|---|---|---|\n" + "\n".join(rows))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
