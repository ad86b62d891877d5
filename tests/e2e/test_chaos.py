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

# In this order, one after the other; a short spell has room for the first ones.
BEFALLS = ("workers killed", "server killed", "workers stopped for longer than a lease")


class Chaos(unittest.TestCase):

    def spell(self, store, jobs, seconds, befalls):
        process = subprocess.run(
            [sys.executable, CHAOS, "--store", store, "--jobs", str(jobs), "--seconds", str(seconds),
             "--spread", str(seconds - 5)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=harness.TIMEOUT_S * 2, check=False)
        text = process.stdout.decode("utf-8", "replace")
        sys.stderr.write(text)
        self.assertEqual(process.returncode, 0, text)
        figures = dict(re.split(r"  +", line, maxsplit=1) for line in text.splitlines() if "  " in line)
        # It is no test if nothing befell.
        for name in befalls:
            # Without the right to mount it says so; libfaketime is installed with the other tools of the tests.
            if not (name == "disk full" and figures[name] == "left out: no right to mount"):
                self.assertRegex(figures[name], "^[1-9]", name + "\n" + text)
        self.assertEqual(int(figures["jobs"]), jobs + 6, text)
        self.assertEqual(int(figures["completed"]) + int(figures["rescued too often, so failed"]), jobs + 6, text)
        for name in ZERO:
            self.assertEqual(figures[name], "0", text)

    def test_sqlite(self):
        self.spell("sqlite", 40, 30, (*BEFALLS, "disk full", "clock set"))

    def test_file(self):
        self.spell("file", 20, 15, BEFALLS)


if __name__ == "__main__":
    harness.main()
