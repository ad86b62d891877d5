# SPDX-License-Identifier: Apache-2.0
"""models, doctor and bench."""
import hashlib
import http.server
import io
import json
import os
import shutil
import tarfile
import threading
import time
import unittest

import harness
from harness import Case, avatar, environment, models


class List(Case):
    def test_states(self):
        for model in models().values():
            if model["required"]:
                self.assertEqual(model["state"], "installed", model)
                self.assertTrue(os.path.exists(model["path"]))
        table = self.good("models", "list").out
        for name in models():
            self.assertRegex(table, r"(?m)^%s +" % name)

    def test_missing_and_damaged(self):
        folder = self.path("models")
        env = harness.links_to_models(folder, leave_out=["kokoro-82m-int8", "lexicon-en-gb"])
        os.makedirs(os.path.join(folder, "kokoro-82m"), exist_ok=True)
        with open(os.path.join(folder, "kokoro-82m", "model.onnx"), "wb") as file:
            file.write(b"half")
        states = {m["id"]: m["state"]
                  for m in self.good("models", "list", "--json", env=env).json["models"]}
        self.assertEqual(states["kokoro-82m-int8"], "damaged")
        self.assertEqual(states["lexicon-en-gb"], "missing")
        self.assertEqual(states["kokoro-voices"], "installed")

    def test_verbose(self):
        plain, more = (self.good("models", "list", *args).out for args in ([], ["-v"]))
        self.assertIn("npm kokoro-js@1.2.1", more)
        self.assertNotIn("npm kokoro-js@1.2.1", plain)


class Verify(Case):
    def test_all(self):
        result = self.good("models", "verify", "--json").json
        self.assertTrue(all(m["ok"] for m in result["models"]), result)
        required = {m["id"] for m in models().values() if m["required"]}
        self.assertLessEqual(required, {m["id"] for m in result["models"]})

    def test_one(self):
        result = self.good("models", "verify", "presenter", "face-mesh", "--json").json
        self.assertEqual([m["id"] for m in result["models"]], ["presenter", "face-mesh"])
        outcome = avatar("models", "verify", "presentr", "-q")
        self.assertEqual(outcome.status, 14, str(outcome))
        self.assertIn("did you mean 'presenter'?", outcome.err)

    def test_wrong_content_of_the_right_size(self):
        folder = self.path("models")
        env = harness.links_to_models(folder, leave_out=["kokoro-82m-int8"])
        os.makedirs(os.path.join(folder, "kokoro-82m"), exist_ok=True)
        with open(os.path.join(folder, "kokoro-82m", "model.onnx"), "wb") as file:
            file.truncate(models()["kokoro-82m-int8"]["size_bytes"])
        outcome = avatar("models", "verify", "--json", env=env)
        self.assertEqual(outcome.status, 15, str(outcome))
        broken = [m["id"] for m in outcome.json["models"] if not m["ok"]]
        self.assertEqual(broken, ["kokoro-82m-int8"])


def in_halves(content):
    return content[:len(content) // 2], content[len(content) // 2:]


def facts(content):
    """What the model list says of a file."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


class SlowServer:
    """One file over HTTP: half of it, a while later the rest."""

    def __init__(self, content):
        first, rest = in_halves(content)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(first) + len(rest)))
                self.end_headers()
                self.wfile.write(first)
                time.sleep(1)
                self.wfile.write(rest)

            def log_message(self, *args):
                pass
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/made" % self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def end(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Fetch(Case):
    """Nothing here reaches the network: the tools that would are replaced by ones that fail."""

    def no_network(self, env=None):
        tools = self.path("tools")
        os.makedirs(tools, exist_ok=True)
        for name in ("pip", "pip3", "python3", "python", "npm", "node"):
            path = os.path.join(tools, name)
            with open(path, "w", encoding="ascii") as file:
                file.write("#!/bin/sh\necho no network >&2\nexit 1\n")
            os.chmod(path, 0o755)
        env = dict(env or environment())
        env["PATH"] = tools + os.pathsep + env["PATH"]
        return env

    def test_nothing_to_do(self):
        result = self.good("models", "fetch", "--json", env=self.no_network()).json
        required = {m["id"] for m in models().values() if m["required"]}
        self.assertLessEqual(required, set(result["installed"]))
        self.good("models", "fetch", "kokoro-82m-int8", "presenter", env=self.no_network())

    def test_missing_without_network(self):
        folder = self.path("models")
        env = self.no_network(harness.links_to_models(folder, leave_out=["onnxruntime"]))
        outcome = avatar("models", "fetch", "onnxruntime", env=env)
        self.assertEqual(outcome.status, 18, str(outcome))
        left = [name for _, _, names in os.walk(os.path.join(folder, "onnxruntime"))
                for name in names]
        self.assertEqual(left, [])

    def test_force(self):
        folder = self.path("models")
        env = self.no_network(harness.links_to_models(folder))
        self.good("models", "fetch", "onnxruntime", env=env)
        outcome = avatar("models", "fetch", "onnxruntime", "--force", env=env)
        self.assertEqual(outcome.status, 18, str(outcome))
        # What was there is still there.
        self.good("models", "verify", "onnxruntime", env=env)

    def slow_list(self):
        """A model list of two of the same content, which come in halves: one from a server, one through pip.
        Gives their ids and the environment for it."""
        content = os.urandom(800000)
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            member = tarfile.TarInfo("made/part")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        archive = archive.getvalue()
        server = SlowServer(content)
        self.addCleanup(server.end)
        halves = [self.write("half%d" % i, part) for i, part in enumerate(in_halves(archive))]
        client = self.write("tools/python3", "#!/bin/sh\ncat '%s' >made\nsleep 1\ncat '%s' >>made\n"
                            % tuple(halves))
        os.chmod(client, 0o755)
        sources = {"by-url": dict(facts(content), url=server.url),
                   "by-pip": dict(facts(archive), pip="made==1", members=["made/part"])}
        assets = [dict(facts(content), id=name, file=name, required=False, title="T", version="1", licence="MIT",
                       source="S", **{"from": [dict(source, archive="made")]})
                  for name, source in sources.items()]
        self.write("data/models/manifest.json", json.dumps({"version": 1, "assets": assets}))
        return sources, {"AVATAR_DATA": self.path("data"), "AVATAR_MODELS": self.path("models"),
                         "PATH": self.path("tools") + os.pathsep + os.environ["PATH"]}

    def test_progress(self):
        ids, changes = self.slow_list()
        for name in ids:
            with self.subTest(name=name):
                seen = self.run_on_terminal("models", "fetch", name, columns=100, **changes)
                self.assertRegex(seen, r"download %s  \[#{10} {10}\]  50 %%  40\d kB of 80\d kB" % name)
                shutil.rmtree(self.path("models"))
                plain = self.good("models", "fetch", name, env=environment(**changes)).err
                self.assertRegex(plain, r"(?m)^avatar: download %s 50 %%  40\d kB of 80\d kB$" % name)

    def test_unknown(self):
        self.bad(14, "models", "fetch", "kokoro", says=["kokoro-82m-int8", "models list"])


class Doctor(Case):
    def test_all_is_well(self):
        outcome = self.good("doctor", "--json")
        checks = outcome.json["checks"]
        self.assertGreater(len(checks), 5)
        self.assertTrue(all(c["state"] in ("ok", "warning") for c in checks), checks)
        self.assertIn("phonemizer", [c["name"] for c in checks])
        table = self.good("doctor").out
        for check in checks:
            self.assertIn(check["name"], table)

    def test_speed(self):
        def speed(*args):
            checks = self.good("doctor", "--json", *args).json["checks"]
            return next(c for c in checks if c["name"] == "speed")
        env = self.path("new")
        self.assertIn("not measured yet", speed("--storage", env)["detail"])
        self.good("pipeline", "run", "One, two.", "--storage", env, "--quality", "low", "-o", "a.mp4",
                  "--avatar", harness.picture("presenter"))
        self.assertRegex(speed("--storage", env)["detail"], r"takes about [0-9.]+ s, as 1 film here did")
        slow = dict.fromkeys(("startup_s", "chars_per_s", "speech_rtf"), 20.0)
        self.write("new/measurements.json", json.dumps(dict(slow, runs=3)))
        found = speed("--storage", env)
        self.assertEqual(found["state"], "warning")
        self.assertIn("as 3 films", found["detail"])

    def test_something_is_broken(self):
        env = harness.links_to_models(self.path("models"), leave_out=["kokoro-82m-int8"])
        outcome = avatar("doctor", "--json", env=env)
        self.assertEqual(outcome.status, 1, str(outcome))
        self.assertIs(outcome.json["success"], False)
        broken = [c for c in outcome.json["checks"] if c["state"] == "broken"]
        self.assertTrue(broken)
        self.assertIn("avatar models fetch", " ".join(c["detail"] for c in broken))
        self.assertIn("broken", avatar("doctor", env=env).out)

    def test_dead_phonemizer(self):
        path = self.write("avatar-phonemize", "#!/bin/sh\nexit 1\n")
        os.chmod(path, 0o755)
        outcome = avatar("doctor", "--json", env=environment(AVATAR_HELPERS=self.folder))
        self.assertEqual(outcome.status, 1, str(outcome))
        self.assertEqual([c["name"] for c in outcome.json["checks"] if c["state"] == "broken"],
                         ["phonemizer"])

    def test_storage(self):
        outcome = self.good("doctor", "--storage", self.path("mine"))
        self.assertIn(self.path("mine"), outcome.out.replace("\n", ""))
        self.write("file", "")
        self.assertEqual(avatar("doctor", "--storage", self.path("file/x")).status, 1)


class Bench(Case):
    def test_figures_and_threads(self):
        outcome = self.good("bench", "--json", "--threads", "1")
        self.assertEqual(len(outcome.out.splitlines()), 1)
        result = outcome.json
        self.assertEqual(result["threads"], 1)
        for key in ("speech_load_s", "speech_rtf", "face_ms", "lipsync_fps", "encode_fps",
                    "memory_peak_mb"):
            self.assertGreater(result[key], 0, key)

    def test_table(self):
        outcome = self.good("bench", "--threads", "3")
        self.assertIn("3 threads", outcome.out)
        self.assertIn("lip-sync", outcome.out)

    def test_quiet(self):
        outcome = self.good("bench", "--quiet")
        self.assertEqual(outcome.out + outcome.err, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
