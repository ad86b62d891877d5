#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/voice/word_chars_table.h: the characters that the pre-tokenizer "Whitespace" of the package tokenizers
joins to words (\\w of its regular expressions), asked of the package itself, character by character."""
import pathlib
import sys

import quality_environment
from coqui_packages import PACKAGES

OUT = pathlib.Path(__file__).resolve().parent.parent / "src" / "voice" / "word_chars_table.h"
LINE_MAX = 118


def word_ranges():
    from tokenizers.pre_tokenizers import Whitespace
    cut, found = Whitespace(), []
    for c in range(1, 0x110000):
        if 0xD800 <= c < 0xE000 or len(cut.pre_tokenize_str(f"a{chr(c)}a")) > 1:
            continue
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def main():
    quality_environment.enter("coqui", PACKAGES)
    import tokenizers
    lines, line = [], "   "
    for first, last in word_ranges():
        cell = f" {{0x{first:x}, 0x{last:x}}},"
        if len(line) + len(cell) > LINE_MAX:
            lines.append(line)
            line = "   "
        line += cell
    lines.append(line)
    OUT.write_text(
        "/* SPDX-License-Identifier: Apache-2.0 */\n"
        f"/* Written by tools/make_word_chars.py from the package tokenizers {tokenizers.__version__}. For bpe.c only. */\n"
        "#pragma once\n#include <stdint.h>\n\n"
        "/* First and last of each run of characters that words are made of. */\n"
        "static const uint32_t word_chars[][2] = {\n" + "\n".join(lines) + "\n};\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
