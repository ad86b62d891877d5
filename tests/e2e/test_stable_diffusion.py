# SPDX-License-Identifier: Apache-2.0
"""Models of Stable Diffusion that users bring: models import and forget, avatar generate --engine sd, and jobs with it.
Weights are random (tiny_sd.py), so that no face comes of them but where a decoder gives one."""
import functools
import json
import os
import signal
import unittest

import harness
from api_harness import ApiCase
from harness import Case, avatar, links_to_models, probe
from tiny_sd import make_folder

SIZE = ("--size", "320x320")
NO_FACE, BAD_FACE, MISSING, DAMAGED = 10, 11, 14, 15


@functools.lru_cache(maxsize=None)
def person():
    """A picture that will do: frontal, mouth closed."""
    path = os.path.join(harness._shared, "person.png")
    outcome = avatar("avatar", "generate", "a friendly doctor", "--seed", "1", *SIZE, "-o", path)
    if outcome.status != 0:
        raise AssertionError(str(outcome))
    return path


class Base(Case):
    """With a model folder of its own, so that the user's list stays as it is; all other models are found."""

    def setUp(self):
        super().setUp()
        self.env = links_to_models(self.path("models"))
        self.list = self.path("models/imported.json")

    def run_good(self, *args):
        return self.good(*args, env=self.env)

    def run_bad(self, status, *args, says=()):
        return self.bad(status, *args, says=says, env=self.env)

    def imported(self):
        return self.run_good("models", "list", "--json").json["imported"]

    def bring(self, name, *args, **kwargs):
        make_folder(self.path(name), **kwargs)
        return self.run_good("models", "import", name, *args, "--json").json["imported"]

    def refused(self, status, *args, says=()):
        """Nothing is written either."""
        return self.run_bad(status, "avatar", "generate", *args, "--engine", "sd", "-o", "x.png", says=says)


class Import(Base):
    def test_import(self):
        make_folder(self.path("Tiny SD"), "sd15")
        outcome = self.run_good("models", "import", "Tiny SD")
        for part in ("tiny-sd: sd15, 64 pixels, 25 steps, without TAESD", "CreativeML OpenRAIL-M",
                     "files stay in " + self.path("Tiny SD")):
            self.assertIn(part, outcome.out)
        self.assertEqual(self.imported(), [{"name": "tiny-sd", "engine": "sd", "kind": "sd15", "present": True,
                                            "licence": "CreativeML OpenRAIL-M", "folder": self.path("Tiny SD")}])
        self.assertIn(self.path("Tiny SD"), self.run_good("models", "list").out)
        # Nothing was copied.
        with open(self.list, encoding="utf-8") as file:
            self.assertEqual(len(json.load(file)["imported"]), 1)

    def test_what_is_told(self):
        told = self.bring("tiny-turbo")
        self.assertEqual((told["name"], told["kind"], told["steps"], told["taesd"]), ("tiny-turbo", "turbo", 2, True))
        told = self.bring("tiny-lcm", "--name", "quick", kind="lcm")
        self.assertEqual((told["name"], told["kind"], told["size"], told["size_fixed"]), ("quick", "lcm", 64, True))
        self.assertEqual([one["name"] for one in self.imported()], ["quick", "tiny-turbo"])

    def test_the_same_name_again_replaces(self):
        self.bring("one", "--name", "mine", kind="sd15")
        self.bring("two", "--name", "mine", kind="lcm")
        one, = self.imported()
        self.assertEqual((one["kind"], one["folder"]), ("lcm", self.path("two")))

    def test_bad_names(self):
        make_folder(self.path("tiny"))
        for name in ("", "A", "a/b", "..", "a b", "x" * 64, "-"):
            with self.subTest(name=name):
                self.run_bad(2, "models", "import", "tiny", "--name", name)
        self.assertEqual(self.imported(), [])

    def test_broken_folders(self):
        self.run_bad(MISSING, "models", "import", "none", says="no folder 'none'")
        os.mkdir(self.path("empty"))
        outcome = self.run_bad(MISSING, "models", "import", "empty", says="no text_encoder/model.onnx")
        self.assertIn("optimum-cli export onnx", outcome.err)
        self.assertNotIn("optimum-cli", self.run_bad(MISSING, "models", "import", "empty", "-q").err)
        folder = make_folder(self.path("broken"))
        os.unlink(os.path.join(folder, "unet"))
        self.write("broken/unet/model.onnx", "no ONNX at all")
        self.run_bad(DAMAGED, "models", "import", "broken", says="unet/model.onnx")
        self.write("file", "x")
        self.run_bad(MISSING, "models", "import", "file")
        self.assertEqual(self.imported(), [])

    def test_forget(self):
        self.bring("tiny")
        self.run_bad(4, "models", "forget", "tinny", says="did you mean tiny?")
        outcome = self.run_good("models", "forget", "tiny")
        self.assertIn("files of the model stay", outcome.out)
        self.assertTrue(os.path.exists(self.path("tiny/unet/model.onnx")))
        self.assertEqual(self.imported(), [])
        self.run_bad(4, "models", "forget", "tiny", says="none is imported")

    def test_json_and_quiet(self):
        make_folder(self.path("tiny"))
        outcome = self.run_good("models", "import", "tiny", "-q")
        self.assertEqual(outcome.out + outcome.err, "")
        self.assertEqual(self.run_good("models", "forget", "tiny", "--json").json["forgotten"], "tiny")
        self.assertIs(self.run_good("models", "import", "tiny", "--json").json["success"], True)
        outcome = self.run_good("models", "forget", "tiny", "-q")
        self.assertEqual(outcome.out + outcome.err, "")

    def test_a_folder_that_is_gone(self):
        self.bring("tiny")
        os.rename(self.path("tiny"), self.path("moved"))
        self.assertIs(self.imported()[0]["present"], False)
        self.assertIn("folder gone", self.run_good("models", "list").out)
        self.refused(MISSING, "a chef", says="the model 'tiny' is not there any more")

    def test_a_broken_list(self):
        for text in ("", "{", "[]", '{"imported": [7]}', '{"imported": [{"name": "../a"}]}', b"\xff\x00"):
            with self.subTest(text=text):
                self.write("models/imported.json", text)
                self.run_bad(7, "models", "list", says="is broken")
                self.run_bad(7, "models", "forget", "a", says="is broken")
                self.refused(7, "a chef", says="is broken")


class Generate(Base):
    def test_nothing_imported(self):
        outcome = self.refused(MISSING, "a chef", says=["none is imported", "models import DIR"])
        self.assertIn("taesd_decoder/model.onnx", outcome.err)

    def test_no_face_of_five(self):
        """Progress is told on the way; the error says why and what next."""
        self.bring("tiny")
        outcome = self.refused(NO_FACE, "a chef", "--seed", "7",
                               says=["none of 5 pictures will do: no face was found", "another seed may help"])
        self.assertRegex(outcome.err, r"face +[1-9]\d* %")

    def test_a_picture_that_will_do(self):
        """What the decoder gives, and the way of it; to be animated as a photograph."""
        self.bring("tiny", picture=person())
        told = self.run_good("avatar", "generate", "a chef", "--engine", "sd", "--seed", "7", *SIZE, "-o", "x.png",
                             "--json").json
        self.assertEqual(told["presenters"], [{"seed": 7, "engine": "sd", "model": "tiny", "reseeds": 0}])
        self.assertEqual((told["width"], told["height"], told["output"]), (320, 320, "x.png"))
        video = probe(self.path("x.png"))["video"]
        self.assertEqual((video["width"], video["height"]), (320, 320))
        with open(self.path("x.png"), "rb") as file:
            self.assertNotIn(b"iTXt", file.read())
        self.assertEqual(harness.frames(self.path("x.png"), 64, 64)[0][:64],
                         harness.frames(person(), 64, 64)[0][:64])
        film = self.run_good("pipeline", "run", "Hi.", "--avatar", "x.png", "--size", "320x180", "--fps", "10", "-o",
                             "a.mp4", "--json").json
        self.assertEqual(film["engines"]["lipsync"], "photo 1")

    def test_what_is_said(self):
        """A text that is too long is used as far as it goes (the tiny vocabulary has hardly more than letters); without
        a seed one is drawn."""
        make_folder(self.path("tiny"), picture=person())
        outcome = self.run_good("avatar", "generate", "a chef with a hat, " * 60, "--engine", "sd", "--model", "./tiny",
                                *SIZE, "-o", "x.png")
        self.assertRegex(outcome.out, r"x.png: 320 x 320(.|\n)*seed \d+, model ./tiny\n")
        self.assertIn("its end was left out", outcome.err)

    def test_pictures_that_will_not_do(self):
        """More than one face, and one that smiles with its teeth."""
        harness.tool("ffmpeg", "-v", "error", "-i", harness.two_faces(), "-vf", "pad=640:640:0:160",
                     self.path("square.png"))
        for name, picture, says in (("two", self.path("square.png"), "2 faces"),
                                    ("smile", harness.picture("astronaut", 512), "mouth open")):
            with self.subTest(name):
                make_folder(self.path(name), picture=picture)
                self.refused(BAD_FACE, "a chef", "--model", "./" + name, *SIZE, says=says)

    def test_cancelled(self):
        """Within a step, and with nothing written."""
        make_folder(self.path("tiny"), "sd15")
        before = self.listing()
        process = harness.start("avatar", "generate", "a chef", "--engine", "sd", "--model", "./tiny", "--size",
                                "512x512", "-o", "x.png", cwd=self.folder, env=self.env)
        self.assertIn(b"face", process.stderr.readline())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=harness.TIMEOUT_S)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"cancelled; nothing was written", err)
        self.assertEqual(self.listing(), before)

    def test_which_model(self):
        self.bring("one")
        self.bring("two", kind="lcm")
        self.refused(2, "a chef", says="say which, one and two")
        self.refused(4, "a chef", "--model", "three", says="there is one and two")
        # The name of a folder alone is none: with a slash it is.
        make_folder(self.path("folder"))
        self.refused(4, "a chef", "--model", "folder", says="no imported model is named 'folder'")
        self.refused(NO_FACE, "a chef", "--model", "./folder")
        self.refused(MISSING, "a chef", "--model", "./none")

    def test_what_does_not_go_with_it(self):
        self.bring("tiny")
        self.write("a.json", '{"age": 52}')
        for args, says in ((["--attributes", "a.json"], "attributes are of the engine modelled"),
                           (["--look", "toon"], "a look is of the engine modelled"),
                           (["--variations", "2"], "sheet of variations"),
                           (["--size", "100x100"], "multiples of 8"), (["--size", "1032x1024"], "64 to 1024"),
                           (["--size", "source"], "multiples of 8")):
            with self.subTest(args=args):
                self.refused(2, "a chef", *args, says=says)
        self.refused(8, " ", says="prompt is empty")
        self.refused(2, says="say what the person looks like")
        self.run_bad(12, "avatar", "generate", "a chef", "--engine", "sd", "-o", "none/x.png", says="none")
        self.run_bad(2, "avatar", "generate", "a chef", "--engine", "oil", says="modelled, sd")
        self.run_bad(2, "avatar", "generate", "a chef", "--model", "tiny", says="a model is of the engine sd")


class Jobs(ApiCase):
    """Over HTTP a model has a name; the worker finds it in its own list, and paths are never taken."""

    WORKERS = 1
    FOLDER = os.path.join(harness._shared, "sd-server")

    @classmethod
    def setUpClass(cls):
        cls.ENV = links_to_models(os.path.join(cls.FOLDER, "models"))
        cls.ENV = {name: cls.ENV[name] for name in ("AVATAR_MODELS", "XDG_DATA_HOME")}
        make_folder(os.path.join(cls.FOLDER, "tiny"), picture=person())
        super().setUpClass()
        outcome = avatar("models", "import", os.path.join(cls.FOLDER, "tiny"), env=cls.server.env)
        if outcome.status != 0:
            raise AssertionError(str(outcome))

    def done(self, body):
        answer = self.expect(202, self.server.post("/avatar/generate", {"engine": "sd", **body}))
        return self.server.wait(answer.json["id"])

    def test_engine_and_model(self):
        job = self.done({"prompt": "a chef", "model": "tiny", "size": "320x320", "seed": 3, "name": "Chef"})
        self.assertEqual(job["status"], "completed", job)
        self.assertEqual(job["result"]["presenters"], [{"seed": 3, "engine": "sd", "model": "tiny", "reseeds": 0}])
        kept = self.expect(200, self.server.get("/avatar/profiles/" + job["result"]["profile_id"])).json
        self.assertEqual(kept["origin"], {"kind": "generated", "prompt": "a chef", "seed": 3, "model": "tiny",
                                          "job_id": job["id"]})
        self.assertIn("Stable Diffusion", kept["rights"])
        told = avatar("avatar", "show", job["result"]["profile_id"], env=self.server.env)
        self.assertIn('generated  "a chef", seed 3, tiny', told.out)

    def test_no_paths(self):
        for model in ("/etc", "./tiny", "../tiny", "a/b", ".", "..", "~", "", "Tiny", "x" * 64, self.FOLDER + "/tiny"):
            with self.subTest(model=model):
                self.refused(422, "validation_error", self.server.post(
                    "/avatar/generate", {"prompt": "a chef", "engine": "sd", "model": model}), ("body", "model"))

    def test_what_does_not_go_together(self):
        for body, field in (({"model": "tiny"}, "model"), ({"engine": "sd", "look": "toon"}, "look"),
                            ({"engine": "sd", "attributes": {"age": 52}}, "attributes"),
                            ({"engine": "sd", "variations": 2}, "variations"), ({"engine": "oil"}, "engine"),
                            ({"engine": "sd", "size": "1032x64"}, "size"), ({"engine": "sd", "size": "68x64"}, "size")):
            with self.subTest(body=body):
                problem = self.refused(422, "validation_error",
                                       self.server.post("/avatar/generate", {"prompt": "a chef", **body}))
                self.assertIn(field, json.dumps(problem["errors"]))

    def test_failures_show_no_paths(self):
        job = self.done({"prompt": "a chef", "model": "none"})
        self.assertEqual((job["status"], job["error"]["code"]), ("failed", "not_found"))
        # The decoder gives pictures of another size than is asked for here.
        job = self.done({"prompt": "a chef", "model": "tiny", "size": "64x64"})
        self.assertEqual(job["status"], "failed", job)
        self.assertNotIn(self.FOLDER, job["error"]["message"])

    def test_submitted_by_command(self):
        job = self.server.command("jobs", "submit", "a chef", "--type", "avatar_generate", "--engine", "sd", "--model",
                                  "tiny", "--at", "2100-01-01")["jobs"][0]
        self.assertEqual(job["params"], {"prompt": "a chef", "engine": "sd", "model": "tiny"})
        outcome = avatar("jobs", "submit", "a chef", "--type", "avatar_generate", "--engine", "sd", "--model", "./tiny",
                         env=self.server.env)
        self.assertEqual(outcome.status, 2, str(outcome))
        self.assertIn("a path is not taken", outcome.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
