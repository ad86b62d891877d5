# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C, SIGTERM and SIGKILL in the middle of the work."""
import os
import select
import signal
import subprocess
import time
import unittest

import harness
from harness import Case, picture

LONG = ("The museum opens at nine, and members pass the barrier free of charge. Upstairs, a room "
        "shows maps, ships and bronze bells. ") * 12


class Running(Case):
    """Runs that are stopped on the way."""

    def start(self, *args, **kwargs):
        harness.stop_s()  # measured before, not beside
        process = harness.start("pipeline", "run", LONG, "--avatar", picture("presenter"), "-o",
                                self.path("a.mp4"), "--captions", "srt", "--timeline",
                                self.path("t.json"), *args, **kwargs)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        """After a test that failed on the way."""
        if process.returncode is None:
            process.kill()
            process.communicate()

    def wait_for(self, process, word):
        """Until the progress on standard error names that stage."""
        seen, end = b"", time.monotonic() + 120
        while word not in seen and time.monotonic() < end:
            ready, _, _ = select.select([process.stderr], [], [], 1)
            if ready:
                block = os.read(process.stderr.fileno(), 65536)
                if not block:
                    break
                seen += block
        self.assertIn(word, seen)

    def finish(self, process):
        """Exit status and how long it took."""
        started = time.monotonic()
        out, err = process.communicate(timeout=harness.TIMEOUT_S)
        return process.returncode, time.monotonic() - started, out, err


class Stop(Running):
    def test_interrupt(self):
        for stage in (b"] voice", b"] speech", b"] lipsync"):
            with self.subTest(stage=stage):
                process = self.start("--keep-intermediates", "--json")
                self.wait_for(process, stage)
                process.send_signal(signal.SIGINT)
                status, took, out, err = self.finish(process)
                self.assertEqual(status, 130, err)
                self.assertLess(took, harness.stop_s())
                self.assertIn(b'"code":"cancelled"', out)
                self.assertEqual(self.listing(), [])

    def test_terminate(self):
        process = self.start()
        self.wait_for(process, b"] speech")
        process.send_signal(signal.SIGTERM)
        status, took, _, err = self.finish(process)
        self.assertEqual(status, 143, err)
        self.assertLess(took, harness.stop_s())
        self.assertEqual(self.listing(), [])

    def test_very_early(self):
        for delay_s in (0.05, 0.15, 0.4):
            process = self.start()
            time.sleep(delay_s)
            process.send_signal(signal.SIGINT)
            status, took, _, err = self.finish(process)
            self.assertIn(status, (130, -signal.SIGINT), err)
            self.assertLess(took, harness.stop_s())
            self.assertEqual(self.listing(), [])

    def test_twice(self):
        process = self.start()
        self.wait_for(process, b"] speech")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        status, took, _, _ = self.finish(process)
        self.assertEqual(status, 130)
        self.assertLess(took, harness.stop_s())

    def test_while_text_is_awaited(self):
        reader, writer = os.pipe()
        process = subprocess.Popen(
            [harness.BINARY, "pipeline", "run", "--text-file", "-"], cwd=self.folder,
            env=harness.environment(), stdin=reader, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        os.close(reader)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        status, took, _, err = self.finish(process)
        os.close(writer)
        self.assertEqual(status, 130, err)
        self.assertLess(took, harness.stop_s())

    def test_other_commands(self):
        film = self.path("film.mp4")
        harness.tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                     "testsrc2=size=1280x720:rate=25:duration=60", "-c:v", "mpeg4", "-q:v", "8",
                     film)
        for args in (["voice", "synthesize", LONG * 3, "-o", self.path("a.wav")],
                     ["video", "encode", film, "-o", self.path("a.webm")],
                     ["bench"]):
            with self.subTest(args=args[:2]):
                process = harness.start(*args)
                time.sleep(1.5)
                self.assertIsNone(process.poll(), "it ended too soon to be stopped")
                process.send_signal(signal.SIGINT)
                status, took, _, err = self.finish(process)
                self.assertEqual(status, 130, err)
                self.assertLess(took, harness.stop_s())
                self.assertEqual(self.listing(), [film])


class Kill(Running):
    def test_kill(self):
        process = self.start()
        self.wait_for(process, b"] lipsync")
        process.kill()
        self.finish(process)
        self.assertFalse(os.path.exists(self.path("a.mp4")))
        # What a file system without unnamed files would leave: the next run sweeps it.
        dead = subprocess.Popen(["true"])
        dead.wait()
        left = self.write(".avatar-%d-0.part" % dead.pid, "half a film")
        mine = self.write(".avatar-%d-0.part" % os.getpid(), "of a process that lives")
        self.good("pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-o", "a.mp4")
        self.assertFalse(os.path.exists(left))
        self.assertEqual(self.listing(), sorted([mine, self.path("a.mp4")]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
