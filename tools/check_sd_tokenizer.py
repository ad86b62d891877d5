#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the program's CLIP tokenizer with transformers' on 1,000 prompts, with CLIP's own vocabulary.

usage: check_sd_tokenizer.py build/tests/unit/portrait/print_clip_tokens [--golden FOLDER]

The vocabulary comes out of the PyPI package open_clip_torch and stays in a temporary folder. --golden writes a small
made-up vocabulary and what transformers makes of some of the prompts with it: what the unit test reads."""
import argparse
import gzip
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import zipfile

import quality_environment
from sd_packages import PACKAGES

SEED = 7
COUNT = 1000
GOLDEN_COUNT = 120
GOLDEN_MERGES = 700
CLIP_MERGES = 49152 - 256 - 2  # as OpenAI's own tokenizer cuts the file

WHO = ["a friendly doctor", "an old woman", "a man in his 60s", "a girl's portrait", "Frau Müller", "un café-owner",
       "a person who isn't smiling", "the CEO of ACME Inc.", "a 45-year-old teacher", "they're twins", "a scientist"]
WITH = ["short grey curly hair", "round glasses", "red-haired", "a green scrub", "no beard", "freckles & dimples",
        "Hijab", "THICK EYEBROWS", "a well-worn T-shirt (navy)", "blue eyes", "she'd smile", "I'll wait", "we've met"]
WHERE = ["in a hospital office", "@ home", "on a beach, sunset", "studio light --ar 3:4", "8k, hdr, f/1.8, 85mm",
         "((masterpiece)), [best quality:1.2]", "bokeh...", "“soft” light – 1/60 s", "#portrait", "in São Paulo"]
ODD = ["", " ", "\t\n tabs\r\nand\u3000wide\u00a0spaces ", "e\u0301clair vs \u00e9clair", "\u1100\u1161\u11a8 \uac01",
       "İSTANBUL ıi", "ΑΣ ΟΔΥΣΣΕΥΣ σς", "Straße ẞ", "ﬁne ﬂow ﬀ", "日本の女性、笑顔", "портрет женщины", "صورة امرأة",
       "हिन्दी चित्र", "👩‍🔬 👩🏽‍⚕️ ❤️", "½ ² Ⅷ ⅳ ٣ 一二三", "ẋ̣ ẋ̣ a\u0316\u0301", "zero\u200bwidth\u200djoin\ufeff",
       "it's 's 'S 'Re !'s ''ll 'd'd 'x", "don’t", "a_b__c", "1234567890 12.5% 3rd", "<|endoftext|> <|startoftext|>a",
       "x<|endoftext|>y!<|endoftext|>!", "<|ENDOFTEXT|>", "\u0344 \u0958 \u2126 \u212b \uf900", "a" * 300, "!" * 200,
       "word " * 100, "\x01\x02 \x7f \x85 \x9f", "\ufffd \U0001f600\U0001f1e9\U0001f1ea", "ǅ ǈ Ǌ Ⴀ Ა Ꭰ",
       "q\u0307\u0323 \u0f73 \u0f71\u0f72", "naïve façade — œuvre", "…?!?!…", "c++ & c#", "http://example.org/?q=1&r=2"]


def prompts():
    rng = random.Random(SEED)
    made = list(ODD)
    blocks = [(0x20, 0x7e), (0xa0, 0x24f), (0x300, 0x36f), (0x370, 0x52f), (0x590, 0x6ff), (0x900, 0xdff),
              (0x1100, 0x11ff), (0x1e00, 0x1fff), (0x2000, 0x2bff), (0x3000, 0x30ff), (0x4e00, 0x4fff),
              (0xac00, 0xacff), (0xf900, 0xfaff), (0xfb00, 0xfdff), (0x1d100, 0x1d7ff), (0x1f300, 0x1f6ff)]
    while len(made) < COUNT:
        if rng.random() < .6:
            parts = [rng.choice(WHO), "with " + rng.choice(WITH), rng.choice([" and ", ", ", ",", " "]).strip(),
                     rng.choice(WITH), rng.choice(WHERE), str(rng.randrange(10 ** rng.randrange(1, 8)))]
            text = rng.choice([" ", ", ", "  "]).join(rng.sample(parts, rng.randrange(1, 7)))
            made.append(rng.choice([str.upper, str.lower, str.title, str])(text))
            continue
        text = ""
        for _ in range(rng.randrange(1, 40)):
            low, high = rng.choice(blocks if rng.random() < .5 else blocks[:2])
            text += chr(rng.randint(low, high)) + rng.choice(["", "", "", " "])
        made.append(text)
    return made


def byte_characters():
    own = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in own]
    return [chr(b) for b in own] + [chr(256 + i) for i in range(len(others))]


def clip_merges():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder,
                        "open_clip_torch==2.24.0"], check=True)
        wheel = next(pathlib.Path(folder).glob("*.whl"))
        packed = zipfile.ZipFile(wheel).read("open_clip/bpe_simple_vocab_16e6.txt.gz")
    return gzip.decompress(packed).decode("utf-8").split("\n")[1:CLIP_MERGES + 1]


def learn_merges(texts, count):
    """The commonest pairs of the texts' words, one after the other (Sennrich et al. 2016)."""
    characters, order = byte_characters(), [*range(33, 127), *range(161, 173), *range(174, 256)]
    order += [b for b in range(256) if b not in order]
    names = dict(zip(order, characters))
    words = {}
    for word in " ".join(texts).lower().split():
        symbols = [names[b] for b in word.encode("utf-8")]
        symbols[-1] += "</w>"
        words[tuple(symbols)] = words.get(tuple(symbols), 0) + 1
    merges = []
    while len(merges) < count:
        pairs = {}
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + times
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(" ".join(best))
        words = {tuple(merge(word, best)): times for word, times in words.items()}
    return merges


def merge(word, pair):
    i = 0
    while i < len(word):
        if word[i:i + 2] == pair:
            yield pair[0] + pair[1]
            i += 2
        else:
            yield word[i]
            i += 1


def write_folder(folder, merges, pad):
    characters = byte_characters()
    tokens = characters + [c + "</w>" for c in characters] + ["".join(m.split()) for m in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocab = {t: i for i, t in enumerate(tokens)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", "utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"pad_token": pad, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}) + "\n", "utf-8")


def theirs(folder, texts, kind):
    import transformers
    tokenizer = getattr(transformers, kind).from_pretrained(folder)
    return [tokenizer(t, padding="max_length", max_length=77, truncation=True).input_ids for t in texts]


def ours(program, folder, texts):
    data = b"".join(t.encode("utf-8") + b"\0" for t in texts)
    result = subprocess.run([program, folder], input=data, capture_output=True, check=True)
    return [[int(n) for n in line.split()] for line in result.stdout.decode().splitlines()]


def write_golden(folder):
    texts = prompts()[:GOLDEN_COUNT]
    write_folder(folder, learn_merges(prompts()[len(ODD):], GOLDEN_MERGES), "!")
    lines = []
    for text, ids in zip(texts, theirs(folder, texts, "CLIPTokenizerFast")):
        while len(ids) > 1 and ids[-1] == ids[-2] == 0:
            ids.pop()
        lines.append(json.dumps([text, ids], separators=(",", ":")))
    (folder / "expected.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--golden", type=pathlib.Path)
    arguments = parser.parse_args()
    quality_environment.enter("sd", PACKAGES)
    os.environ["HF_HUB_OFFLINE"] = "1"
    if arguments.golden:
        write_golden(arguments.golden)
    texts, wrong = prompts(), 0
    with tempfile.TemporaryDirectory() as name:
        for pad in ("<|endoftext|>", "!"):
            folder = pathlib.Path(name) / pad.strip("<|>")
            write_folder(folder, clip_merges(), pad)
            mine = ours(arguments.program, folder, texts)
            fast, slow = (theirs(folder, texts, k) for k in ("CLIPTokenizerFast", "CLIPTokenizer"))
            for text, a, b in zip(texts, mine, fast):
                if a != b:
                    wrong += 1
                    print(f"{text!r}\n  ours   {a[:20]}\n  theirs {b[:20]}")
            print(f"pad {pad}: {sum(a == b for a, b in zip(mine, fast))} of {len(texts)} as CLIPTokenizerFast, "
                  f"{sum(a == b for a, b in zip(mine, slow))} as CLIPTokenizer without ftfy")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
