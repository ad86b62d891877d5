# SPDX-License-Identifier: Apache-2.0
"""./dev where packages are missing: a copy of it with the tools that ask and install replaced by scripts, so
nothing is installed and nothing outside is reached."""
import os
import re
import shutil
import subprocess
import sys
import unittest

from harness import SOURCE, Case, environment

TOOLS = os.path.join(SOURCE, "tools")


class Dev(Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("clone"))
        self.dev = shutil.copy(os.path.join(SOURCE, "dev"), self.path("clone"))

    def tool(self, name, script):
        os.chmod(self.write("tools/" + name, "#!/bin/sh\n%s\n" % script), 0o755)

    def missing(self, *packages):
        """A machine that has all packages but these, and whose apt-get tells what it is asked for."""
        self.tool("dpkg-query", "for last; do :; done\ncase $last in %s) exit 1 ;; esac\necho installed"
                  % "|".join(packages))
        self.tool("apt-get", "echo \"$*\" >>'%s'\n[ \"$1\" = update ]" % self.path("asked"))

    def asked(self):
        if not os.path.exists(self.path("asked")):
            return []
        with open(self.path("asked"), encoding="utf-8") as file:
            return file.read().splitlines()

    def run_dev(self, *args, tools_only=False):
        path = self.path("tools") + ("" if tools_only else os.pathsep + os.environ["PATH"])
        env = environment(PATH=path, HOME=self.path("home"), XDG_CACHE_HOME=None, XDG_DATA_HOME=None)
        return subprocess.run([self.dev, *args], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=False, text=True)

    def assert_untouched(self):
        self.assertEqual(os.listdir(self.path("clone")), ["dev"])
        self.assertFalse(os.path.exists(self.path("home")))

    def test_without_root_the_line_to_run_is_printed(self):
        self.missing("gcc", "libsoxr-dev")
        self.tool("id", "echo 1000")
        for verb in ("setup", "build", "demo", "test"):
            with self.subTest(verb=verb):
                process = self.run_dev(verb)
                self.assertEqual(process.returncode, 1, process.stderr)
                lines = [line.strip() for line in process.stderr.splitlines() if "apt-get" in line]
                self.assertEqual(lines, ["sudo apt-get update && sudo apt-get install -y "
                                         "--no-install-recommends gcc libsoxr-dev"])
        self.assertEqual(self.asked(), [])
        self.assert_untouched()

    def test_root_installs_what_is_missing_and_nothing_else(self):
        self.missing("gcc", "libsoxr-dev")
        self.tool("id", "echo 0")
        # The script that stands for apt-get fails to install: that is the end.
        self.assertNotEqual(self.run_dev("setup").returncode, 0)
        update, install = self.asked()
        self.assertTrue(update.startswith("update"))
        self.assertRegex(install, r"^install .*--no-install-recommends gcc libsoxr-dev$")
        self.assert_untouched()

    def test_other_systems_are_told_what_is_needed(self):
        for name in ("bash", "dirname", "readlink", "nproc"):
            os.makedirs(self.path("tools"), exist_ok=True)
            os.symlink(shutil.which(name), self.path("tools/" + name))
        process = self.run_dev("setup", tools_only=True)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(process.stderr, r"^This is not Debian or Ubuntu: .* gcc .* libsoxr-dev ")
        self.assert_untouched()

    def test_verbs(self):
        shown = self.run_dev()
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        with open(self.dev, encoding="utf-8") as file:
            verbs = set(re.findall(r"(?m)^verb_(\w+)\(\)", file.read())) - {"help"}
        self.assertGreater(len(verbs), 10)
        self.assertEqual(verbs, set(re.findall(r"(?m)^  (\w+)", shown.stdout)))
        unknown = self.run_dev("nothing")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("There is no verb 'nothing'.", unknown.stderr)
        self.assertEqual(self.run_dev("uninstall").stderr, "Nothing was installed from here.\n")
        self.assert_untouched()

    def test_what_quality_measures(self):
        """Each word after quality is in the help and runs a tool that there is."""
        with open(self.dev, encoding="utf-8") as file:
            text = file.read()
        cases = re.search(r"(?ms)^verb_quality\(\) \{.*?^\}", text).group(0)
        words = set(re.findall(r"(?m)^    ([\w-]+)\)$", cases))
        self.assertIn("faces", words)
        self.assertEqual(words, set(re.findall(r"(?m)^  quality ([a-z][\w-]*)", self.run_dev().stdout)))
        for tool in re.findall(r"tools/(\w+\.py)", text):
            self.assertTrue(os.path.exists(os.path.join(TOOLS, tool)), tool)


class Tables(Case):
    """tools/table_*.py, as far as they need no packages."""

    def setUp(self):
        super().setUp()
        sys.path.insert(0, TOOLS)
        self.addCleanup(sys.path.remove, TOOLS)

    def test_help(self):
        for tool in ("table_faces.py", "table_recordings.py"):
            shown = subprocess.run([sys.executable, os.path.join(TOOLS, tool), "--help"], stdout=subprocess.PIPE,
                                   check=True, timeout=60, text=True).stdout
            self.assertIn("--program", shown)

    def test_reasons_are_told_once_with_all_their_numbers(self):
        import table_faces
        small, turned = "face small: %d px, 40 needed", "head turned by %d degrees"
        tried = [table_faces.Tried(table_faces.REFUSED, reasons, None, None)
                 for reasons in ([turned % 34], [small % 9], [small % 31, turned % 34], [small % 12], [])]
        self.assertEqual(table_faces.told(tried), ["face small: 9\u201331 px, 40 needed", "head turned by 34 degrees"])

    def test_the_program_is_asked(self):
        from quality_program import ask
        program = self.write("program", "#!/bin/sh\necho talk\necho \"{\\\"said\\\": \\\"$*\\\"}\"\nexit 3\n")
        os.chmod(program, 0o755)
        self.assertEqual(ask(program, "avatar", "detect"), (3, {"said": "avatar detect --json --quiet"}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
