# SPDX-License-Identifier: Apache-2.0
"""Settings: command line, environment and INI file, and what 'config show' says of them."""
import configparser
import os
import re
import unittest

import harness
from harness import Case, environment


class Show(Case):
    def settings(self, *args, **changes):
        outcome = self.good("config", "show", "--json", *args, env=environment(**changes))
        self.settings_file = outcome.json["file"]
        return {s["name"]: s for s in outcome.json["settings"]}

    def test_origins(self):
        path = self.write("a.ini", "[server]\nport = 9000\ncors-origin = https://a, https://b\n"
                                   "insecure = yes\n[worker]\nlease = 3s\n")
        shown = self.settings("--config", path, AVATAR_LEASE="5s", AVATAR_STORAGE=None,
                              XDG_DATA_HOME="/data")
        self.assertEqual(self.settings_file, path)
        rows = {name: (s["value"], s["origin"], s.get("line")) for name, s in shown.items()}
        self.assertEqual(rows["port"], (9000, "file", 2))
        self.assertEqual(rows["lease"], ("5s", "environment", None))
        self.assertEqual(rows["insecure"], (True, "file", 4))
        self.assertEqual(rows["cors-origin"], (["https://a", "https://b"], "file", 3))
        self.assertEqual(rows["workers"], (1, "default", None))
        self.assertEqual(rows["server"], (None, "default", None))
        self.assertEqual(rows["storage"], ("/data/avatar", "default", None))
        self.assertEqual(shown["upload-limit"]["variable"], "AVATAR_UPLOAD_LIMIT")

    def test_table(self):
        path = self.write("a.ini", "[server]\nport = 9000\n")
        text = self.good("config", "show", env=environment(AVATAR_CONFIG=path)).out
        self.assertIn("file: " + path, text)
        self.assertRegex(text, r"(?m)^server +port +9000 +file, line 2$")
        self.assertRegex(text, r"(?m)^avatar +storage .* environment, AVATAR_STORAGE$")
        self.assertRegex(text, r"(?m)^limits +upload-limit +512 MB +default$")

    def test_secrets_are_hidden(self):
        path = self.write("a.ini", "[client]\nkey = avt_0_file-secret\n")
        for args in ([], ["--json"]):
            outcome = self.good("config", "show", "--config", path, *args,
                                env=environment(AVATAR_WEBHOOK_SECRET="whsec_env-secret"))
            self.assertNotIn("file-secret", outcome.out + outcome.err)
            self.assertNotIn("env-secret", outcome.out + outcome.err)
        settings = {s["name"]: s for s in outcome.json["settings"]}
        self.assertTrue(settings["key"]["set"])
        self.assertIsNone(settings["key"]["value"])

    def test_secrets_for_everybody(self):
        path = self.write("a.ini", "[client]\nkey = avt_0_file-secret\n")
        for mode, warned in ((0o644, True), (0o640, False), (0o600, False)):
            os.chmod(path, mode)
            outcome = self.good("config", "show", "--config", path)
            self.assertEqual("everybody can read it" in outcome.err, warned, oct(mode))
        os.chmod(path, 0o644)
        outcome = self.good("config", "show", "--config", path,
                            env=environment(AVATAR_KEY="from-elsewhere"))
        self.assertEqual(outcome.err, "")

    def test_which_file(self):
        home = self.path("home")
        os.makedirs(os.path.join(home, "avatar"))
        own = self.write("home/avatar/avatar.ini", "[server]\nport = 1\n")
        other = self.write("other.ini", "[server]\nport = 2\n")
        third = self.write("third.ini", "[server]\nport = 3\n")
        table = [
            (None, None, own, 1),
            (None, other, other, 2),
            (third, other, third, 3),
            (None, "", None, 8000),
        ]
        for option, variable, file, port in table:
            with self.subTest(option=option, variable=variable):
                args = ["--config", option] if option else []
                shown = self.settings(*args, AVATAR_CONFIG=variable, XDG_CONFIG_HOME=home)
                self.assertEqual((self.settings_file, shown["port"]["value"]), (file, port))

    def test_packaged(self):
        """What packaging/ installs uses settings and options that there are."""
        path = os.path.join(harness.SOURCE, "packaging", "avatar.ini")
        ini = configparser.ConfigParser()
        ini.read(path)
        shown = self.settings("--config", path, AVATAR_STORAGE=None)
        self.assertEqual({name for name, s in shown.items() if s["origin"] == "file"},
                         {name for section in ini.sections() for name in ini[section]})
        for section in ini.sections():
            for name, value in ini[section].items():
                self.assertEqual(str(shown[name]["value"]), value, name)
        with open(os.path.join(harness.SOURCE, "packaging", "systemd", "avatar.service"), encoding="utf-8") as file:
            unit = file.read()
        program, *words = re.search(r"(?m)^ExecStart=(.*)$", unit)[1].split()
        self.assertTrue(program.endswith("/avatar"))
        command = next(c for c in harness.avatar("help", "--json").json["commands"]
                       if c["name"] == " ".join(words[:2]))
        offered = {"--" + option["name"] for option in command["options"]}
        self.assertLessEqual({word for word in words if word.startswith("--")}, offered)
        # The service is not given up before its workers have had the time to hand back what they do.
        self.assertGreater(int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]),
                           int(shown["drain"]["value"].removesuffix("s")))
        for name in re.findall(r"AVATAR_[A-Z_]+", unit):
            self.assertIn(name, [s["variable"] for s in shown.values()])
        # The words are taken as they stand; the file that they name is not there.
        self.bad(4, *words[:2], *[w.replace("/etc/avatar/", "") for w in words[2:]], says="avatar.ini")

    def test_faults(self):
        table = [
            ("[server]\nprot = 1\n", 2, "line 2: there is no setting 'prot' in [server]; did you mean "
                                        "'port'?"),
            ("[sever]\nport = 1\n", 2, "did you mean [server]?"),
            ("[server]\nport = high\n", 2, "'port' cannot be 'high'"),
            ("port = 1\n", 2, "before the first section"),
            ("[server\nport = 1\n", 7, "line 1: neither a [section] nor name = value"),
            (b"[server]\nhost = a\0b\n", 7, "zero byte"),
        ]
        for text, status, says in table:
            with self.subTest(text=text):
                path = self.write("a.ini", text)
                self.bad(status, "config", "show", "--config", path, says=says)
        self.bad(4, "config", "show", "--config", "missing.ini", says="missing.ini")
        self.bad(5, "config", "show", "--config", self.folder, says="is a folder")
        self.bad(2, "config", "show", env=environment(AVATAR_PORT="70000"),
                 says="AVATAR_PORT cannot be '70000'; it is a whole number from 0 to 65535")


class Others(Case):
    """Commands of before that take a setting."""

    def storage_of(self, *args):
        path = self.write("a.ini", "[avatar]\nstorage = %s\n" % self.path("from-file"))
        self.good(*args, "--config", path, env=environment(AVATAR_STORAGE=None))
        return os.listdir(self.path("from-file"))

    def test_pipeline_run(self):
        self.assertIn("measurements.json", self.storage_of(
            "pipeline", "run", "Hi.", "--avatar", harness.picture("presenter")))

    def test_pipeline_estimate(self):
        self.bad(4, "pipeline", "estimate", "Hi.", "--config", "missing.ini", says="missing.ini")
        self.storage_of("pipeline", "run", "Hi.", "--avatar", harness.picture("presenter"))
        outcome = self.good("pipeline", "estimate", "Hi.", "--config", "a.ini", "--json",
                            env=environment(AVATAR_STORAGE=None))
        self.assertEqual(outcome.json["runs_measured"], 1)

    def test_video_lipsync(self):
        self.good("voice", "synthesize", "Hi.", "-o", "hi.wav", "-q")
        self.assertIn("measurements.json", self.storage_of(
            "video", "lipsync", "hi.wav", "--text", "Hi.", "--avatar", harness.picture("presenter")))

    def test_doctor(self):
        path = self.write("a.ini", "[avatar]\nstorage = %s\n" % self.path("from-file"))
        outcome = self.good("doctor", "--config", path, env=environment(AVATAR_STORAGE=None))
        self.assertIn(self.path("from-file"), outcome.out)

    def test_voices(self):
        path = self.write("a.ini", "[avatar]\nstorage = %s\n" % self.path("from-file"))
        options = ["--config", path, "--json"]
        unset = environment(AVATAR_STORAGE=None)
        model = harness.models()["test-piper"]["path"] + "/en_US-joe-medium.onnx"
        self.good("voice", "add", "--piper", model, "--name", "joe", *options, env=unset)
        listed = self.good("voice", "list", *options, env=unset).json["voices"]
        self.assertIn("piper-joe", [voice["id"] for voice in listed])
        self.good("voice", "synthesize", "Hi.", "--voice", "piper-joe", "-o", "joe.wav", *options,
                  env=unset)
        self.good("voice", "remove", "piper-joe", *options, env=unset)
        listed = self.good("voice", "list", *options, env=unset).json["voices"]
        self.assertNotIn("piper-joe", [voice["id"] for voice in listed])

    def test_profiles(self):
        for command in (["profiles"], ["show", "vp-12345678"], ["delete", "vp-12345678"],
                        ["rename", "vp-12345678", "--name", "Anna"],
                        ["export", "vp-12345678", "-o", "anna.avtvoice"], ["import", "a.avtvoice"],
                        ["blend", "af_heart+am_adam", "--name", "Anna"],
                        ["clone", "--name", "Anna", "--audio", "a.wav", "--consent", "Yes."]):
            with self.subTest(command=command[0]):
                self.bad(4, "voice", *command, "--config", "missing.ini", says="missing.ini")

    def test_faces(self):
        for command in (["list"], ["show", "Ada"], ["delete", "Ada"], ["rename", "Ada", "Eve"], ["detect", "a.png"],
                        ["add", "a.png", "--name", "Ada", "--rights", "A picture of myself."]):
            with self.subTest(command=command[0]):
                self.bad(4, "avatar", *command, "--config", "missing.ini", says="missing.ini")


if __name__ == "__main__":
    harness.main()
