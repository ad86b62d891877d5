# SPDX-License-Identifier: Apache-2.0
"""A short spell of tests/chaos/chaos.py; ./dev chaos is the long one."""
import os
import re
import subprocess
import sys
import unittest

import harness

CHAOS = os.path.join(harness.SOURCE, "tests", "chaos", "chaos.py")
ZERO = ["jobs lost", "jobs nobody submitted", "jobs not completed", "jobs completed twice",
        "outputs missing or broken", "outputs of the wrong length", "files that results name and are not there",
        "files without a job", "half-written files", "files left in tmp"]


class Chaos(unittest.TestCase):

    def spell(self, store, jobs, seconds):
        process = subprocess.run(
            [sys.executable, CHAOS, "--store", store, "--jobs", str(jobs), "--seconds", str(seconds)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=harness.TIMEOUT_S * 2, check=False)
        text = process.stdout.decode("utf-8", "replace")
        sys.stderr.write(text)
        self.assertEqual(process.returncode, 0, text)
        figures = dict(re.split(r"  +", line, maxsplit=1) for line in text.splitlines() if "  " in line)
        # It is no test if nothing befell.
        for name in ("workers killed", "server killed"):
            self.assertGreater(int(figures[name]), 0, text)
        self.assertEqual(int(figures["jobs"]), jobs + 6, text)
        self.assertEqual(int(figures["completed"]) + int(figures["rescued too often, so failed"]), jobs + 6, text)
        for name in ZERO:
            self.assertEqual(figures[name], "0", text)

    def test_sqlite(self):
        self.spell("sqlite", 40, 30)

    def test_file(self):
        self.spell("file", 20, 15)


if __name__ == "__main__":
    harness.main()
