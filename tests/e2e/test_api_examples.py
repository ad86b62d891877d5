# SPDX-License-Identifier: Apache-2.0
"""The three clients in examples/: each submits a job, follows it and saves the film."""
import os
import subprocess
import unittest

import harness
from api_harness import Server, tools_python

BUILD = os.environ.get("AVATAR_BUILD") or os.path.dirname(os.path.abspath(harness.BINARY))
EXAMPLES = os.path.join(harness.SOURCE, "examples")


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--rate-limit", "0", workers=1).start()
        cls.addClassCleanup(cls.server.close)
        cls.key = cls.server.key("read,submit")

    def run_client(self, *command, key=None, status=0):
        env = harness.environment(AVATAR_KEY=key if key is not None else self.key)
        output = os.path.join(self.server.folder, self.id().split(".")[-1] + ".mp4")
        done = subprocess.run([*command, "http://127.0.0.1:%d" % self.server.port,
                               'A "quoted" word.', output], env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=harness.TIMEOUT_S, check=False)
        text = done.stdout.decode() + done.stderr.decode()
        self.assertEqual(done.returncode == 0, status == 0, text)
        return output, text

    def check(self, *command):
        output, text = self.run_client(*command)
        found = harness.probe(output)
        self.assertEqual(found["video"]["codec_name"], "h264")
        self.assertGreater(float(found["format"]["duration"]), 0.5)
        # It was followed to the end, and what was said came through whole.
        self.assertRegex(text, r"\d+ % running")
        self.assertRegex(text, r"100 % completed")
        job = self.server.get("/jobs?limit=1", key=self.key).json["jobs"][0]
        self.assertEqual(job["params"]["text"], 'A "quoted" word.')
        _, text = self.run_client(*command, key="avt_00000000_" + "x" * 43, status=1)
        self.assertIn("401", text)

    def test_c(self):
        self.check(os.path.join(BUILD, "examples", "api_example"))

    def test_python(self):
        self.check(tools_python(self), os.path.join(EXAMPLES, "api_example.py"))

    def test_shell(self):
        self.check("sh", os.path.join(EXAMPLES, "api_example.sh"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
