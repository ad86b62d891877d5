# SPDX-License-Identifier: Apache-2.0
"""The command line itself: parsing, help, manual page, completion, what --json and --quiet promise."""
import json
import os
import pty
import re
import subprocess
import tempfile
import time
import unittest

import harness
from api_harness import Server
from harness import BINARY, SOURCE, Case, avatar, environment, tool


def commands():
    return avatar("help", "--json").json["commands"]


class Parsing(Case):
    def test_wrong_command_lines(self):
        table = [
            ([], "Usage: avatar"),
            (["pipelin", "run"], "did you mean 'avatar pipeline'?"),
            (["pipeline", "rum", "Hi."], "did you mean 'avatar pipeline run'?"),
            (["pipeline"], "needs a command"),
            (["pipeline", "run", "Hi.", "--voise", "x"], "did you mean --voice?"),
            (["pipeline", "run", "Hi.", "--voice"], "--voice needs a value: ID"),
            (["pipeline", "run", "Hi.", "--voice="], "--voice is empty"),
            (["pipeline", "run", "Good", "morning"], "in quotes"),
            (["pipeline", "run"], "there is no text"),
            (["pipeline", "run", "Hi.", "--text-file", "x"], "two texts"),
            (["pipeline", "run", "-Hi."], "put -- before a text"),
            (["pipeline", "run", "Hi.", "--quality", "hihg"], "did you mean high?"),
            (["pipeline", "run", "Hi.", "--speed", "3"], "from 0.5 to 2"),
            (["pipeline", "run", "Hi.", "--speed", "1,5"], "--speed cannot be '1,5'"),
            (["pipeline", "run", "Hi.", "--speed", "nan"], "--speed cannot be 'nan'"),
            (["pipeline", "run", "Hi.", "--fps", "0"], "--fps cannot be '0'"),
            (["pipeline", "run", "Hi.", "--fps", "30/0"], "--fps cannot be '30/0'"),
            (["pipeline", "run", "Hi.", "--fps", "1000/1"], "from 5 to 60"),
            (["pipeline", "run", "Hi.", "--size", "1280"], "such as 1280x720"),
            (["pipeline", "run", "Hi.", "--size", "1280x720x2"], "such as 1280x720"),
            (["pipeline", "run", "Hi.", "--face", "-1"], "--face cannot be '-1'"),
            (["pipeline", "run", "Hi.", "--seed", "1.5"], "a whole number"),
            (["pipeline", "run", "Hi.", "--head-motion", "1.1"], "a number from 0 to 1"),
            (["pipeline", "run", "Hi.", "--expressiveness", "-1"], "a number from 0 to 1"),
            (["video", "lipsync", "a.wav", "--emotion", "hapy"], "did you mean happy?"),
            (["pipeline", "run", "Hi.", "--blink", "0"], "on, off, or how often a minute, a whole number from 1 to 60"),
            (["pipeline", "run", "Hi.", "--blink", "61"], "--blink cannot be '61'"),
            (["jobs", "submit", "Hi.", "--blink", "often"], "--blink cannot be 'often'"),
            (["pipeline", "run", "Hi.", "--captions", "ass"], "none, srt, vtt, burn"),
            (["pipeline", "run", "Hi.", "--fit", "crop"], "cover, contain, face"),
            (["pipeline", "run", "Hi.", "--low-memory=yes"], "takes no value"),
            (["pipeline", "run", "Hi.", "--markdown"], "there is no option '--markdown'"),
            (["voice", "list", "en"], "takes no argument"),
            (["voice", "list", "-v"], "there is no option '-v'"),
            (["-v", "voice", "list"], "there is no option '--verbose'"),
            (["video", "encode", "a.mp4"], "needs --output FILE"),
            (["video", "info"], "needs FILE"),
            (["video", "info", "a", "b"], "takes 1 FILE"),
            (["video", "lipsync"], "there is no speech"),
            (["video", "lipsync", "a.wav", "--captions", "srt"], "--text"),
            (["video", "lipsync", "a.wav", "--speech", "b.wav"], "two recordings"),
            (["completion", "zsh"], "it is one of bash"),
            (["help", "nothing"], "there is no command 'avatar nothing'"),
        ]
        for args, says in table:
            with self.subTest(args=args):
                outcome = avatar(*args)
                self.assertEqual(outcome.status, 2, str(outcome))
                self.assertEqual(outcome.out, "")
                self.assertIn(says, outcome.err)

    def test_forms_of_options(self):
        table = [
            ["voice", "list", "--language", "en-gb", "--json"],
            ["voice", "list", "--language=en-gb", "--json"],
            ["--json", "voice", "list", "--language=en-gb"],
            ["voice", "--json", "list", "--language", "en-gb"],
            ["voice", "list", "--json", "--language=en-us", "--language=en-gb"],
        ]
        results = [avatar(*args).json for args in table]
        self.assertTrue(results[0]["voices"])
        for args, result in zip(table, results):
            with self.subTest(args=args):
                self.assertEqual(result, results[0])

    def test_dashes_end_options(self):
        outcome = avatar("video", "info", "--", "--json")
        self.assertIn("'--json'", outcome.err)
        self.assertEqual(outcome.out, "")

    def test_wrong_usage_as_json(self):
        outcome = avatar("pipeline", "run", "--json", "--voise", "x")
        self.assertEqual(outcome.status, 2)
        self.assertEqual(outcome.json["success"], False)
        self.assertEqual(outcome.json["error"]["code"], "invalid_argument")
        self.assertIn("--voise", outcome.json["error"]["message"])
        self.assertIsNone(outcome.json["error"]["stage"])

    def test_text_that_begins_with_a_dash(self):
        outcome = avatar("pipeline", "estimate", "--json", "--", "-40 degrees")
        self.assertEqual(outcome.status, 0, str(outcome))


class Help(Case):
    def test_every_command_explains_itself(self):
        for command in commands():
            with self.subTest(command=command["name"]):
                words = command["name"].split()
                outcome = avatar(*words, "--help")
                self.assertEqual(outcome.status, 0, str(outcome))
                self.assertTrue(outcome.out.startswith("Usage: avatar " + command["name"]))
                for option in command["options"]:
                    self.assertIn("--" + option["name"], outcome.out)
                self.assertEqual(avatar(*words, "-h").out, outcome.out)
                self.assertEqual(avatar("help", *words).out, outcome.out)

    def test_groups_list_their_commands(self):
        names = [c["name"] for c in commands()]
        text = avatar("--help").out
        for name in names:
            self.assertRegex(text, r"(?m)^  %s\b" % name)
        self.assertIn("synthesize", avatar("voice", "--help").out)

    def test_version(self):
        version = avatar("help", "--json").json["version"]
        for command in [[]] + [c["name"].split() for c in commands()]:
            with self.subTest(command=command):
                self.assertEqual(avatar(*command, "--version").out, "avatar %s\n" % version)

    def test_help_fits_the_terminal(self):
        for columns in (44, 72, 100):
            text = avatar("pipeline", "run", "--help",
                          env=environment(COLUMNS=str(columns))).out.split("\nExamples:")[0]
            self.assertLessEqual(max(map(len, text.splitlines())), columns)

    def test_json_lists_what_help_shows(self):
        for command in commands():
            shown = re.findall(r"(?m)^ +(?:-\w, )?--([a-z-]+)",
                               avatar(*command["name"].split(), "--help").out)
            self.assertEqual(shown, [o["name"] for o in command["options"]])

    def test_markdown_is_the_committed_reference(self):
        with open(os.path.join(SOURCE, "docs", "cli.md"), encoding="utf-8") as file:
            committed = file.read()
        self.assertEqual(avatar("help", "--markdown").out, committed,
                         "docs/cli.md is old: write it anew with avatar help --markdown")

    def test_presets_are_those_of_the_encoder(self):
        with open(os.path.join(SOURCE, "src", "media", "preset.c"), encoding="utf-8") as file:
            table = file.read().split("presets[] = {")[1].split("};")[0]
        rows = re.findall(r'\{"(\w+)", (\d+), (\d+), "(\w+)", (QUICK|NULL), \d+, (\d+), (\d+), '
                          r'(\d+)000, (\d+)000, \d+, (\d+), \d+, \d+\}', " ".join(table.split()))
        self.assertEqual(len(rows), 4)
        page = avatar("help", "--markdown").out
        for name, side, crf, speed, less, *others in rows:
            # docs/media.md says what "less" leaves out.
            row = name, side, crf, speed + (" less" if less == "QUICK" else ""), *others
            line = "| %s | %s | %s, %s | %s, %s | %s kbit/s | %s kbit/s | %s |" % row
            self.assertTrue(line in page, line)

    def test_man(self):
        page = avatar("man").out
        self.assertTrue(page.splitlines()[2].startswith(".TH AVATAR 1"))
        for command in commands():
            self.assertIn(".SS avatar " + command["name"], page)
            for option in command["options"]:
                self.assertIn("\\-\\-" + option["name"].replace("-", "\\-"), page)
        for status in avatar("help", "--json").json["exit_statuses"]:
            self.assertIn(".B %d\n" % status["status"], page)

    def test_exit_statuses_are_unique(self):
        rows = avatar("help", "--json").json["exit_statuses"]
        self.assertEqual(len({r["status"] for r in rows}), len(rows))
        self.assertGreaterEqual(len([r for r in rows if r["code"]]), 19)


class Completion(Case):
    """The script runs in a real bash."""

    def complete(self, *words):
        script = ('eval "$("$0" completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_avatar; printf "%s\\n" "${COMPREPLY[@]}"')
        env = environment()
        out = subprocess.run(["bash", "-c", script, BINARY, "avatar", *words], cwd=self.folder,
                             env=env, stdout=subprocess.PIPE, timeout=60, check=False).stdout
        return out.decode().split("\n")[:-1]

    def test_words(self):
        self.write("face.png", b"")
        table = [
            (["pipe"], ["pipeline"]),
            (["pipeline", ""], ["run", "estimate"]),
            (["pipeline", "run", "--qual"], ["--quality"]),
            (["pipeline", "run", "--quality", "h"], ["high"]),
            (["pipeline", "run", "--quality", "=", "u"], ["ultra"]),
            (["pipeline", "run", "--avatar", "fa"], ["face.png"]),
            (["avatar", "detect", "fa"], ["face.png"]),
            (["completion", ""], ["bash"]),
            (["voice", "synthesize", "--voice", "af_hea"], ["af_heart"]),
            (["voice", "list", "--gender", "f"], ["female"]),
        ]
        for words, expected in table:
            with self.subTest(words=words):
                self.assertEqual(self.complete(*words), expected)

    def test_every_option_is_offered(self):
        for command in commands():
            offered = self.complete(*command["name"].split(), "--")
            self.assertEqual(offered, ["--" + o["name"] for o in command["options"]])


class Terminal(Case):
    """What people see: through a pseudo-terminal."""

    def test_live_line_is_redrawn_and_cleared(self):
        text = self.run_on_terminal("pipeline", "run", "Hi.", "--avatar",
                                    harness.picture("presenter"), "-o", "a.mp4")
        drawn = re.findall(r"\r(\[\d/6\][^\r\033]*)", text)
        self.assertGreater(len(drawn), 1, text)
        self.assertTrue(all(len(line) < 60 for line in drawn))
        self.assertRegex(drawn[0], r"^\[1/6\] voice")
        # The last thing that happens to the line is that it goes.
        self.assertRegex(text, r"\r\033\[Ka\.mp4: ")

    def test_live_line_tells_speed_and_time_to_go(self):
        text = self.run_on_terminal("pipeline", "run", "The museum opens at nine. Members pass the barrier free "
                                    "of charge, and a famous blue room shows maps and ships.", "--avatar",
                                    harness.picture("presenter"), "--fps", "50", "-o", "a.mp4")
        drawn = re.findall(r"\r(\[\d/6\][^\r\033]*)", text)
        self.assertTrue(any(re.search(r"\d %  \d+\.\dx  ETA \d+:\d\d$", line) for line in drawn), drawn)

    def test_tables_fit(self):
        for columns in (50, 80):
            text = self.run_on_terminal("models", "list", columns=columns)
            self.assertLessEqual(max(map(len, text.replace("\r", "").splitlines())), columns)

    def test_tables_of_the_service_fit(self):
        """With values as long as they may be."""
        storage = dict(AVATAR_STORAGE=self.path("storage" + "e" * 60))
        env = environment(**storage)
        key = self.good("keys", "create", "--name", "a name of " + "x" * 53, "--expires", "90d",
                        "--scope", "read,submit,admin", "--json", env=env).json["key"]
        job = self.good("jobs", "submit", "A long text. " * 50, "--voice", "af_heart*0.5+am_adam*0.5",
                        "--webhook", "https://example.com/" + "x" * 100, "--at", "2100-01-01T00:00:00Z", "--json",
                        env=env).json["jobs"][0]["id"]
        server = Server(storage=env["AVATAR_STORAGE"], workers=1)
        self.addCleanup(server.close)
        server.start()
        while not server.get("/status", key=key).json["workers"]:
            time.sleep(0.05)
        for columns in (50, 80):
            for command in (["jobs", "list"], ["jobs", "status", job], ["jobs", "stats"], ["keys", "list"],
                            ["server", "status"], ["config", "show"]):
                with self.subTest(command=command, columns=columns):
                    text = self.run_on_terminal(*command, columns=columns, AVATAR_KEY=key,
                                                **storage).replace("\r", "")
                    self.assertLessEqual(max(map(len, text.splitlines())), columns, text)

    def test_no_colour_when_not_wanted(self):
        env = environment(TERM="xterm")
        for changes, coloured in ((({}), True), ({"NO_COLOR": "1"}, False)):
            reader, writer = pty.openpty()
            subprocess.run([BINARY, "nothing"], env=dict(env, **changes), stderr=writer,
                           stdout=subprocess.DEVNULL, timeout=60, check=False)
            os.close(writer)
            text = os.read(reader, 65536)
            os.close(reader)
            self.assertEqual(b"\033[31m" in text, coloured, text)

    def test_plain_lines_elsewhere(self):
        outcome = self.good("pipeline", "run", "Hi.", "--avatar", harness.picture("presenter"),
                            "-o", "a.mp4")
        lines = outcome.err.splitlines()
        self.assertNotIn("\033", outcome.err)
        self.assertRegex(lines[0], r"^avatar: \[1/6\] voice +\d %")
        self.assertLessEqual(len(lines), 6 + 10)

    def test_control_characters_are_not_passed_on(self):
        outcome = avatar("video", "info", "\033]0;evil\007\u202etxt.mp4")
        self.assertNotIn("\033", outcome.err)
        self.assertNotIn("\u202e", outcome.err)
        self.assertIn("\\x1b]0;evil\\x07\\u{202e}txt.mp4", outcome.err)

    def test_full_standard_output_is_an_error(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([BINARY, "voice", "list"], env=environment(), stdout=full,
                                     stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(b"standard output", process.stderr)

    def test_closed_pipe_is_quiet(self):
        process = subprocess.run(["bash", "-c", '"$0" voice list | head -n 1', BINARY],
                                 env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 timeout=60, check=False)
        self.assertEqual(process.stderr, b"")


class Promises(Case):
    """--json and --quiet of every command but a few with tests of their own: bench takes long, a server
    serves, and a result needs a worker. Each needs arguments with which it succeeds, or a function that
    makes them."""

    ELSEWHERE = ["bench", "jobs result", "models import", "models forget", "server start"]

    @staticmethod
    def job(cancelled=False):
        """Id of a new job, as the arguments of a command."""
        made = avatar("jobs", "submit", "Hi.", "--json").json["jobs"][0]["id"]
        if cancelled:
            avatar("jobs", "cancel", made)
        return [made]

    @classmethod
    def profile(cls):
        """Id of a new voice profile, as the arguments of a command. One is cloned, and the rest are copies."""
        if not os.path.exists(cls.exported):
            made = avatar("voice", "clone", "--name", "Promise", "--points", "1", "--consent", "I agree.", cls.clip,
                          "--json")
        else:
            made = avatar("voice", "import", cls.exported, "--json")
        return [made.json["profile"]["id"]]

    @staticmethod
    def face(*args):
        """Id of a new avatar profile, as the arguments of a command, with those that follow it."""
        made = avatar("avatar", "add", harness.picture("presenter"), "--name", "Promise", "--rights",
                      "Made by this program.", "--json")
        return [made.json["profile"]["id"], *args]

    @staticmethod
    def new_folder():
        return [os.path.join(tempfile.mkdtemp(dir=harness._shared), "copy")]

    @classmethod
    def setUpClass(cls):
        cls.film = os.path.join(harness._shared, "promise.mp4")
        cls.speech = os.path.join(harness._shared, "promise.wav")
        face = harness.picture("presenter")
        tool(BINARY, "pipeline", "run", "Hi.", "--avatar", face, "-q", "-o", cls.film)
        tool(BINARY, "voice", "synthesize", "Hi.", "-q", "-o", cls.speech)
        cls.clip = os.path.join(harness._shared, "promise-clip.flac")
        tool(BINARY, "voice", "synthesize", "The lighthouse stood at the end of a long and narrow road, and "
             "nobody knew how old it was.", "-q", "-o", cls.clip)
        cls.exported = os.path.join(harness._shared, "promise.avtvoice")
        avatar("voice", "export", *cls.profile(), "-o", cls.exported)
        cls.carried = os.path.join(harness._shared, "promise.avtface")
        avatar("avatar", "export", *cls.face(), "-o", cls.carried)
        server = Server()
        cls.addClassCleanup(server.close)
        cls.url = "http://127.0.0.1:%d" % server.start().port
        cls.arguments = {
            "pipeline run": ["Hi.", "--avatar", face],
            "pipeline estimate": ["Hi."],
            "voice list": [],
            "voice synthesize": ["Hi."],
            "avatar generate": ["a man", "--size", "64x64"],
            "avatar detect": [face],
            "avatar add": [harness.picture("presenter", 512), "--name", "Promised", "--rights",
                           "Made by this program."],
            "avatar list": [],
            "avatar show": cls.face,
            "avatar rename": lambda: cls.face("Kept"),
            "avatar delete": cls.face,
            "avatar export": lambda: cls.face("-o", *cls.new_folder()),
            "avatar import": [cls.carried],
            "voice add": ["--piper", harness.models()["test-piper"]["path"] + "/en_US-joe-medium.onnx",
                          "--name", "promised"],
            "voice remove": ["piper-promised"],
            "voice clone": ["--name", "Promised", "--points", "1", "--consent", "I agree.", cls.clip],
            "voice blend": ["af_heart*0.7+am_adam*0.3", "--name", "Promised blend"],
            "voice profiles": [],
            "voice show": cls.profile,
            "voice rename": lambda: [*cls.profile(), "--name", "Kept"],
            "voice export": lambda: [*cls.profile(), "-o", *cls.new_folder()],
            "voice import": [cls.exported],
            "voice delete": cls.profile,
            "video info": [cls.film],
            "video encode": [cls.film, "-o", "out.mp4"],
            "video lipsync": [cls.speech, "--text", "Hi.", "--avatar", face],
            "models list": [],
            "models fetch": [],
            "models verify": ["presenter"],
            "jobs submit": ["Hi."],
            "jobs list": [],
            "jobs status": cls.job,
            "jobs cancel": cls.job,
            "jobs retry": lambda: cls.job(cancelled=True),
            "jobs delete": lambda: cls.job(cancelled=True),
            "jobs cleanup": ["--status", "failed"],
            "jobs stats": [],
            "server status": ["--server", cls.url],
            "server stop": [],
            "worker": ["--once", "--storage", os.path.join(harness._shared, "idle")],
            "keys create": [],
            "keys list": [],
            "keys revoke": lambda: [avatar("keys", "create", "--json").json["info"]["id"]],
            "backup": cls.new_folder,
            "config show": [],
            "doctor": [],
            "completion": ["bash"],
            "man": [],
            "help": [],
        }

    def test_json(self):
        self.assertEqual(sorted([*self.arguments, *self.ELSEWHERE]),
                         sorted(c["name"] for c in commands()))
        for name, args in self.arguments.items():
            with self.subTest(command=name):
                args = args() if callable(args) else args
                outcome = self.good(*name.split(), *args, "--json")
                self.assertEqual(len(outcome.out.splitlines()), 1)
                self.assertIs(outcome.json["success"], True)
                self.assertGreater(len(outcome.json), 1)

    def test_quiet(self):
        for name, args in self.arguments.items():
            with self.subTest(command=name):
                args = args() if callable(args) else args
                outcome = self.good(*name.split(), *args, "--quiet")
                self.assertEqual(outcome.out + outcome.err, "")
        self.assertEqual(self.good("voice", "list", "-q").out, "")

    def test_without_either(self):
        for name, args in self.arguments.items():
            with self.subTest(command=name):
                args = args() if callable(args) else args
                outcome = self.good(*name.split(), *args)
                self.assertNotEqual(outcome.out, "")
                with self.assertRaises(json.JSONDecodeError):
                    json.loads(outcome.out.splitlines()[-1])


if __name__ == "__main__":
    harness.main()
