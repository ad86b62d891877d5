#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sum up meson's test logs (JSON lines): seconds per suite, then "N passed, N failed".

A program counts as the cases it reports (cmocka, unittest), else as one. One that fails or dies
counts as at least one failure; a skipped one counts as failed, since no test here may skip."""
import json
import pathlib
import re
import sys

CMOCKA_PASSED = re.compile(r"\[  PASSED  \] (\d+) test")
CMOCKA_FAILED = re.compile(r"\[  FAILED  \] (\d+) test")
UNITTEST = re.compile(r"^Ran (\d+) tests? in", re.M)
UNITTEST_BAD = re.compile(r"^FAILED \((?:failures=(\d+))?(?:, )?(?:errors=(\d+))?", re.M)


def count(test):
    """(passed, failed) of one test program."""
    text = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    passed = sum(int(n) for n in CMOCKA_PASSED.findall(text))
    failed = sum(int(n) for n in CMOCKA_FAILED.findall(text))
    for ran in UNITTEST.findall(text):
        passed += int(ran)
    for groups in UNITTEST_BAD.findall(text):
        bad = sum(int(n) for n in groups if n)
        passed, failed = passed - bad, failed + bad
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        return (max(passed, 1), 0) if not failed else (passed, failed)
    return passed, max(failed, 1)


def main():
    passed = failed = 0
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        if not path.exists() or path.suffix != ".json":
            continue
        tests = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
        counts = [count(test) for test in tests]
        ok, bad = sum(c[0] for c in counts), sum(c[1] for c in counts)
        seconds = sum(test["duration"] for test in tests)
        print(f"{path.stem.removeprefix('suite-'):12} {ok:5} passed {bad:3} failed {seconds:8.1f} s")
        passed, failed = passed + ok, failed + bad
    print(f"{passed} passed, {failed} failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
