# SPDX-License-Identifier: Apache-2.0
"""schemathesis, all its checks, against a live server with keys and without a worker: what openapi.json
says is what the server does. The seed is fixed (schemathesis.toml), so a run repeats."""
import os
import re
import subprocess
import unittest

from api_harness import Server, tools_python

HERE = os.path.dirname(os.path.abspath(__file__))
TIME_LIMIT_S = 600
EXAMPLES = 10


class Schemathesis(unittest.TestCase):
    def test_all_checks(self):
        python = tools_python(self)
        server = Server("--rate-limit", "0", "--key-jobs", "0").start()
        self.addCleanup(server.close)
        key = server.key("read,submit")
        run = subprocess.run(
            [os.path.join(os.path.dirname(python), "schemathesis"), "--config-file",
             os.path.join(HERE, "schemathesis.toml"), "run",
             "http://127.0.0.1:%d/openapi.json" % server.port, "--header",
             "Authorization: Bearer " + key, "--checks", "all", "--max-examples", str(EXAMPLES),
             "--no-shrink", "--report-dir", server.folder],
            cwd=server.folder,
            env=dict(os.environ, SCHEMATHESIS_HOOKS=os.path.join(HERE, "schemathesis_hooks.py")),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT_S,
            check=False)
        text = run.stdout.decode(errors="replace")
        self.assertEqual(run.returncode, 0, text[-20000:])
        self.assertRegex(text, r"Tested: \d+")
        # No 5xx but the promised 501, and 503 where a worker was waited for, whatever the checks allow.
        log = server.log()
        found = re.findall(r"(\S+ \S+) (5\d\d) \d+\.\d ms", log)
        self.assertEqual([row for row in found if row[1] != "501"
                          and row != ("POST /v1/audio/speech", "503")], [], "5xx in the log")
        self.assertGreater(len(re.findall(r" 2\d\d \d+\.\d ms", log)), 100, "too little was accepted")
        print(re.findall(r"(\d+ generated[^\n]*)", text))


if __name__ == "__main__":
    unittest.main(verbosity=2)
