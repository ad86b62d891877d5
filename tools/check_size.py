#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check that no C file is over 900 lines no function over 120 and no line over 120 columns. Exit 1 if one is."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 900
FUNCTION_LINES_MAX = 120
LINE_COLUMNS_MAX = 120
# Tables that a script writes have no functions to read.
GENERATED = "Written by tools/"


def functions(lines):
    """(first line, length) of each function: its braces stand alone at column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            yield start, number - start + 1
            start = None


def main():
    problems = []
    files = [p for folder in ("src", "include", "tests", "fuzz", "examples", "bench")
             for p in sorted((ROOT / folder).rglob("*.[ch]"))]
    for path in files:
        name = path.relative_to(ROOT)
        lines = path.read_text(encoding="utf-8").splitlines()
        if any(GENERATED in line for line in lines[:5]):
            continue
        if len(lines) > FILE_LINES_MAX:
            problems.append(f"{name}: {len(lines)} lines, {FILE_LINES_MAX} allowed")
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS_MAX:
                problems.append(f"{name}:{number}: {len(line)} columns, {LINE_COLUMNS_MAX} allowed")
        for start, length in functions(lines):
            if length > FUNCTION_LINES_MAX:
                problems.append(
                    f"{name}:{start}: a function of {length} lines, {FUNCTION_LINES_MAX} allowed")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
