# SPDX-License-Identifier: Apache-2.0
"""The validator and Python's jsonschema agree on what a good body is."""
import os
import re
import subprocess
import unittest

import harness
from api_harness import tools_python

BUILD = os.environ.get("AVATAR_BUILD") or os.path.dirname(os.path.abspath(harness.BINARY))
EACH = 1500


class Difference(unittest.TestCase):
    def test_none(self):
        run = subprocess.run(
            [tools_python(self), os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                              "schema_difference.py"),
             os.path.join(BUILD, "tests", "unit", "api", "schema_lines"),
             os.path.join(harness.SOURCE, "src", "api", "openapi.json"), str(EACH)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=harness.TIMEOUT_S, check=False)
        text = run.stdout.decode()
        self.assertEqual(run.returncode, 0, text[-6000:])
        found = re.search(r"(\d+) bodies, (\d+) of them valid, 0 differences", text)
        self.assertTrue(found, text)
        self.assertGreater(int(found[2]), int(found[1]) // 20, "hardly any body was valid")
        print(text.splitlines()[-1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
