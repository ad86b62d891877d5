#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/portrait/clip_chars_table.h: what CLIP's tokenizer has to know of Unicode, from Python's unicodedata.

Classes and lower case as runs; canonical decompositions, combining classes and which pairs compose (NFC)."""
import pathlib
import sys
import unicodedata

OUT = pathlib.Path(__file__).resolve().parent.parent / "src" / "portrait" / "clip_chars_table.h"
ALL = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xAC00 + 11172)  # (de)composed by arithmetic

STRUCTS = """#include <stdint.h>

struct range {
    uint32_t first, last;
};
struct lower {
    uint32_t first, last, step;
    int32_t offset;
};
struct combining {
    uint32_t first, last;
    uint8_t order; /* canonical combining class */
};
struct pair {
    uint32_t a, b, c; /* decompositions: a is b and c (or 0); compositions: a and b are c */
};

"""


def ranges(test):
    """[(first, last)] of the characters that pass."""
    found = []
    for c in ALL:
        if test(c):
            if found and found[-1][1] == c - 1:
                found[-1][1] = c
            else:
                found.append([c, c])
    return found


def lower_runs():
    """[(first, last, step, offset)] of characters whose lower case is one other character."""
    runs = []
    for c in ALL:
        low = chr(c).lower()
        if low == chr(c) or len(low) > 1:
            continue
        offset = ord(low) - c
        last = runs[-1] if runs else None
        if last and last[3] == offset and (c - last[1] == last[2] or (last[0] == last[1] and c - last[1] <= 2)):
            last[2] = c - last[1]
            last[1] = c
        else:
            runs.append([c, c, 1, offset])
    return runs


def combining_runs():
    runs = []
    for c in ALL:
        k = unicodedata.combining(chr(c))
        if not k:
            continue
        if runs and runs[-1][1] == c - 1 and runs[-1][2] == k:
            runs[-1][1] = c
        else:
            runs.append([c, c, k])
    return runs


def decompositions():
    """[(character, first, second or 0)], one level; composes only where NFC makes the character again."""
    found = []
    for c in ALL:
        text = unicodedata.decomposition(chr(c))
        if not text or text.startswith("<") or c in HANGUL:
            continue
        parts = [int(p, 16) for p in text.split()]
        pair = "".join(map(chr, parts))
        composes = len(parts) == 2 and unicodedata.normalize("NFC", pair) == chr(c)
        found.append((c, parts[0], parts[1] if len(parts) > 1 else 0, composes))
    return found


def table(kind, name, rows):
    cells = ["{" + ", ".join(f"0x{v:x}" if isinstance(v, int) and v > 255 else str(v) for v in row) + "}," for row in rows]
    lines, line = [], "   "
    for cell in cells:
        if len(line) + 1 + len(cell) > 118:
            lines.append(line)
            line = "   "
        line += " " + cell
    lines.append(line)
    return f"static const {kind} {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


def main():
    letters = ranges(lambda c: unicodedata.category(chr(c))[0] == "L")
    numbers = ranges(lambda c: unicodedata.category(chr(c))[0] == "N")
    parts = decompositions()
    composed = sorted((a, b, c) for c, a, b, composes in parts if composes)
    text = (
        "/* SPDX-License-Identifier: Apache-2.0 */\n"
        f"/* Written by tools/make_clip_chars.py from Unicode {unicodedata.unidata_version}. For clip_chars.c only. */\n"
        "#pragma once\n"
        + STRUCTS
        + table("struct range", "letters", letters) + table("struct range", "numbers", numbers)
        + table("struct lower", "lowers", lower_runs()) + table("struct combining", "combinings", combining_runs())
        + table("struct pair", "decompositions", [(a, b, c) for a, b, c, _ in parts])
        + table("struct pair", "compositions", composed))
    OUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
