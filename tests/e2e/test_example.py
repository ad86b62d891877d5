# SPDX-License-Identifier: Apache-2.0
"""examples/pipeline_example.c, built as a user of the library would: pkg-config and a compiler."""
import os
import shlex
import subprocess
import time
import unittest

import harness
from harness import SOURCE, Case, environment, picture, probe, tool

BUILD = os.environ.get("AVATAR_BUILD") or os.path.dirname(harness.BINARY)


class Example(Case):
    def setUp(self):
        super().setUp()
        env = environment(PKG_CONFIG_PATH=os.path.join(BUILD, "meson-uninstalled"))
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "avatar"], env=env,
                               stdout=subprocess.PIPE, check=True).stdout.decode()
        self.program = self.path("example")
        tool(*shlex.split(os.environ.get("CC", "cc")), "-std=gnu99", "-Wall", "-Wextra",
             "-Wpedantic", "-Werror", os.path.join(SOURCE, "examples", "pipeline_example.c"), "-o",
             self.program, *shlex.split(flags), "-pthread",
             *shlex.split(os.environ.get("AVATAR_TEST_LDFLAGS", "")))
        # The helper process is looked for beside the library, which is not installed here.
        self.env = environment(LD_LIBRARY_PATH=os.path.join(BUILD, "src", "lib"))

    def run_example(self, *args):
        return subprocess.run([self.program, *args], env=self.env, cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=harness.TIMEOUT_S, check=False)

    def test_film(self):
        process = self.run_example("Hello there.", "hello.mp4", picture("presenter"))
        self.assertEqual(process.returncode, 0, process.stderr)
        lines = process.stdout.decode().splitlines()
        self.assertGreater(len(lines), 2, "progress was reported")
        self.assertRegex(lines[-1], r"^hello\.mp4: \d\.\d\d s, 320 x \d+, made in .* kokoro")
        self.assertEqual(probe(self.path("hello.mp4"))["video"]["codec_name"], "h264")

    def test_cancel_from_another_thread(self):
        limit = 1 + harness.stop_s()
        started = time.monotonic()
        process = self.run_example("This takes a while. " * 200, "long.mp4", picture("presenter"),
                                   "1")
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"(cancelled)", process.stderr)
        self.assertLess(time.monotonic() - started, limit)
        self.assertFalse(os.path.exists(self.path("long.mp4")))

    def test_error(self):
        process = self.run_example(" ", "a.mp4")
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"(bad_text)", process.stderr)

    def test_only_promised_names_are_exported(self):
        library = os.path.join(BUILD, "src", "lib", "libavatar.so")
        names = [line.split()[-1].split("@")[0] for line in
                 tool("nm", "-D", "--defined-only", library).decode().splitlines()
                 if " A " not in line]
        with open(os.path.join(SOURCE, "include", "avatar", "avatar.h"), encoding="utf-8") as file:
            header = file.read()
        promised = {line.split("(")[0].split()[-1].lstrip("*")
                    for line in header.splitlines() if line.startswith("AVT_EXPORT")}
        self.assertEqual(promised, set(names))


if __name__ == "__main__":
    unittest.main(verbosity=2)
