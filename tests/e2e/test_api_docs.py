# SPDX-License-Identifier: Apache-2.0
"""/docs and /redoc in a real browser."""
import json
import os
import shutil
import subprocess
import unittest

import harness
from api_harness import Server, tools_python

BUILD = os.environ.get("AVATAR_BUILD") or os.path.dirname(os.path.abspath(harness.BINARY))
HERE = os.path.dirname(os.path.abspath(__file__))


class Docs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--rate-limit", "0", workers=1).start()
        cls.addClassCleanup(cls.server.close)
        cls.key = cls.server.key("read,submit")

    def browser(self):
        if not shutil.which("chromium"):
            if os.environ.get("AVATAR_TEST_TOOLS"):
                self.fail("chromium is not installed: run ./dev test")
            self.skipTest("chromium is not installed")

    def test_try_it_out(self):
        """From the page to a finished film. The picture of it stays in the build folder."""
        self.browser()
        run = subprocess.run(
            [tools_python(self), os.path.join(HERE, "swagger_page.py"),
             "http://127.0.0.1:%d" % self.server.port, self.key, self.server.folder,
             os.path.join(BUILD, "swagger-ui.png")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=harness.TIMEOUT_S, check=False)
        self.assertEqual(run.returncode, 0, run.stderr.decode()[-3000:])
        seen = json.loads(run.stdout)
        self.assertEqual(seen["status"], "completed")
        self.assertEqual(seen["complaints"], [], "the page broke its own policy, or failed")
        job = self.server.get("/jobs/" + seen["job"], key=self.key).json
        self.assertEqual(job["params"]["text"], "Hello from the page.")
        self.assertGreater(os.path.getsize(os.path.join(BUILD, "swagger-ui.png")), 20000)

    def test_redoc_renders(self):
        self.browser()
        dom = subprocess.run(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--virtual-time-budget=30000", "--user-data-dir=" + os.path.join(self.server.folder, "b"),
             "--dump-dom", "http://127.0.0.1:%d/redoc" % self.server.port],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=harness.TIMEOUT_S,
            check=False).stdout.decode(errors="replace")
        self.assertIn("Submit work", dom)
        self.assertIn("Fetch what came of it", dom)


if __name__ == "__main__":
    unittest.main(verbosity=2)
