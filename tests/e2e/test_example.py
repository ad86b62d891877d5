# SPDX-License-Identifier: Apache-2.0
"""The library as its users have it: programs built with pkg-config and a compiler, from the build folder
and from an installation."""
import json
import os
import shlex
import shutil
import subprocess
import time
import unittest

import harness
from harness import SOURCE, Case, environment, picture, probe, tool

BUILD = os.environ.get("AVATAR_BUILD") or os.path.dirname(harness.BINARY)


EXAMPLE = os.path.join(SOURCE, "examples", "pipeline_example.c")


def build(source, program, flags):
    tool(*shlex.split(os.environ.get("CC", "cc")), "-std=gnu99", "-Wall", "-Wextra", "-Wpedantic",
         "-Werror", source, "-o", program, *flags, "-pthread",
         *shlex.split(os.environ.get("AVATAR_TEST_LDFLAGS", "")))


def build_flags():
    """For the library of the build folder."""
    env = environment(PKG_CONFIG_PATH=os.path.join(BUILD, "meson-uninstalled"))
    return shlex.split(subprocess.run(["pkg-config", "--cflags", "--libs", "avatar"], env=env,
                                      stdout=subprocess.PIPE, check=True).stdout.decode())


class User(Case):
    """A program that is built on the shared library of the build folder, which is not installed."""

    SOURCE = None

    def setUp(self):
        super().setUp()
        self.program = self.path("example")
        build(self.SOURCE, self.program, build_flags())
        # The helper process is looked for beside the library.
        self.env = environment(LD_LIBRARY_PATH=os.path.join(BUILD, "src", "lib"))

    def run_example(self, *args):
        return subprocess.run([self.program, *args], env=self.env, cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=harness.TIMEOUT_S, check=False)


class Example(User):
    SOURCE = EXAMPLE

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
        names = []
        for line in tool("nm", "-D", "--defined-only", library).decode().splitlines():
            if " A " not in line:
                # A default version: what is linked with it asks for just this one at run time.
                self.assertRegex(line, r" T avt_\w+@@AVATAR_\d+\.\d+$")
                names.append(line.split()[-1].split("@")[0])
        with open(os.path.join(SOURCE, "include", "avatar", "avatar.h"), encoding="utf-8") as file:
            header = file.read()
        promised = {line.split("(")[0].split()[-1].lstrip("*")
                    for line in header.splitlines() if line.startswith("AVT_EXPORT")}
        self.assertEqual(promised, set(names))

    def test_a_program_asks_for_versions(self):
        wanted = tool("nm", "-D", "--undefined-only", self.program).decode()
        self.assertRegex(wanted, r" avt_pipeline_run@AVATAR_\d+\.\d+\n")


class Rules(User):
    """What include/avatar/avatar.h promises to programs."""

    SOURCE = os.path.join(SOURCE, "tests", "e2e", "library_user.c")
    TEXT = ("The museum opens at nine, and members pass the barrier free of charge. Upstairs, a famous blue "
            "room shows maps, ships and bronze bells. A short film about the sea begins every hour.")

    def test_manners_and_progress(self):
        process = self.run_example("manners", self.TEXT, "a.mp4", picture("presenter"))
        lines = process.stdout.decode().splitlines()
        self.assertEqual(process.returncode, 0, lines[-5:])
        # The program's own lines and nothing else; a locale or another folder it would tell.
        reports = [[float(v) for v in line.split()[1:]] for line in lines if line.startswith("progress ")]
        self.assertEqual(process.stderr, b"")
        self.assertEqual(len(lines), len(reports) + 1, lines)
        self.check_progress(reports)

    def check_progress(self, reports):
        self.assertGreater(len(reports), 5)
        for column in (0, 1):
            self.assertEqual([r[column] for r in reports], sorted(r[column] for r in reports))
        known = [report for report in reports if report[2] >= 0 and report[3] > 0]
        self.assertGreater(len(known), 1, "speed and time to go were told")
        # Corrected as it runs: what is foretold is what this film itself has taken so far, from a quarter on.
        # A fraction that is waiting, since the film turned out longer than thought, tells nothing of that.
        self.assertLess(known[-1][2], known[0][2])
        fraction, elapsed, eta, _ = [now for before, now in zip(known, known[1:]) if now[0] > before[0]][-1]
        done = (fraction - .06) / .93  # src/pipeline/run.c: voice and face count for six hundredths
        self.assertGreater(done, .25)
        self.assertAlmostEqual(eta, elapsed * (1 - done) / done, delta=.02 * (elapsed + eta))

    def test_older_structs(self):
        process = self.run_example("older", "Hello.", picture("presenter"))
        self.assertEqual((process.returncode, process.stdout), (0, b""))
        self.assertEqual(process.stderr, b"")


class Installed(Case):
    """What `meson install` puts somewhere, as ./dev install does, used from there."""

    def setUp(self):
        super().setUp()
        # The log of an installation lies in the build folder, where an earlier one's must stay: this is
        # the same build folder under another name, but for that.
        self.build = self.path("build")
        os.makedirs(os.path.join(self.build, "meson-logs"))
        for entry in os.scandir(BUILD):
            place = os.path.join(self.build, entry.name)
            if entry.name == "meson-private":
                shutil.copytree(entry.path, place)
            elif entry.name != "meson-logs":
                (os.symlink if entry.is_dir() else shutil.copy)(entry.path, place)
        self.root = self.path("root")
        self.meson("install", "-C", self.build, "--no-rebuild", "--quiet", "--destdir", self.root)
        config = next(top for top, _, names in os.walk(self.root) if "avatar.pc" in names)
        self.env = environment(PKG_CONFIG_PATH=config, AVATAR_HELPERS=None, AVATAR_DATA=None)
        self.prefix = self.root + self.pkg_config("--variable=prefix")[0]

    def meson(self, *args):
        process = subprocess.run(["meson", *args], cwd=self.build, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=harness.TIMEOUT_S, check=False)
        self.assertEqual(process.returncode, 0, process.stdout)

    def pkg_config(self, *args):
        return shlex.split(subprocess.run(["pkg-config", *args, "avatar"], env=self.env,
                                          stdout=subprocess.PIPE, check=True).stdout.decode())

    def run_here(self, *args, **changes):
        return subprocess.run(args, env=dict(self.env, **changes), cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=harness.TIMEOUT_S, check=False)

    def test_program(self):
        program = os.path.join(self.prefix, "bin", "avatar")
        process = self.run_here(program, "doctor", "--json")
        self.assertEqual(process.returncode, 0, process.stdout)
        listed = json.loads(self.run_here(program, "models", "list", "--json").stdout)["models"]
        presenter = next(m["path"] for m in listed if m["id"] == "presenter")
        self.assertTrue(os.path.realpath(presenter).startswith(self.prefix + os.sep), presenter)
        for place, start in (("man/man1/avatar.1", ".TH AVATAR 1"),
                             ("bash-completion/completions/avatar", "complete ")):
            with open(os.path.join(self.prefix, "share", place), encoding="utf-8") as file:
                self.assertIn(start, file.read())

    def test_static_library(self):
        # Beside the installed program, where the helper process and the pictures are found.
        program = os.path.join(self.prefix, "bin", "example")
        flags = self.pkg_config("--define-variable=prefix=" + self.prefix, "--static", "--cflags", "--libs")
        build(EXAMPLE, program, ["-l:libavatar.a" if flag == "-lavatar" else flag for flag in flags])
        self.assertNotIn("libavatar", tool("ldd", program).decode())
        process = self.run_here(program, "Hello.", "hello.mp4", picture("presenter"))
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(probe(self.path("hello.mp4"))["video"]["codec_name"], "h264")

    def test_uninstall(self):
        self.assertGreater(sum(len(names) for _, _, names in os.walk(self.root)), 15)
        self.meson("--internal", "uninstall")  # what `ninja uninstall` runs
        self.assertEqual([name for _, _, names in os.walk(self.root) for name in names], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
