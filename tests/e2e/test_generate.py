# SPDX-License-Identifier: Apache-2.0
"""avatar generate, and films of whom it made. Each person takes seconds, so tests share what was made; pictures are
small, and films say one word."""
import functools
import json
import os
import re
import shlex
import unittest

import harness
from harness import Case, avatar, frame_hashes, probe, tool

PROMPT = "a friendly doctor in her fifties with short grey hair and round glasses"
SIZE = ("--size", "320x320")
FILM = ("--size", "320x180", "--fps", "10")


@functools.lru_cache(maxsize=None)
def doctor():
    """(path of her picture, what --json told)."""
    path = os.path.join(harness._shared, "doctor.png")
    outcome = avatar("avatar", "generate", PROMPT, "--seed", "7", *SIZE, "-o", path, "--json")
    if outcome.status != 0:
        raise AssertionError(str(outcome))
    return path, outcome.json


def read(path):
    with open(path, "rb") as file:
        return file.read()


def pixels(path, kind="rgb24"):
    return tool("ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-pix_fmt", kind, "-f", "rawvideo", "-")


class Generate(Case):
    def generate(self, *args, **kwargs):
        return self.good("avatar", "generate", *args, "--json", **kwargs).json

    def refused(self, status, *args, says=(), **kwargs):
        return self.bad(status, "avatar", "generate", *args, "-o", "x.png", says=says, **kwargs)

    def test_what_is_told(self):
        path, told = doctor()
        self.assertEqual((told["width"], told["height"], told["output"]), (320, 320, path))
        self.assertEqual((told["unknown"], told["notes"]), ([], []))
        person, = told["presenters"]
        self.assertEqual((person["seed"], person["look"]), (7, "real"))
        attributes = person["attributes"]
        self.assertTrue(50 <= attributes["age"] <= 59, attributes)
        self.assertEqual((attributes["hair_colour"], attributes["glasses"]), ("grey", "round"))
        video = probe(path)["video"]
        self.assertEqual((video["codec_name"], video["width"], video["height"]), ("png", 320, 320))
        self.assertGreater(len(set(pixels(path))), 100, "an empty picture")

    def test_a_face_is_found(self):
        faces = self.good("avatar", "detect", doctor()[0], "--json").json["faces"]
        self.assertEqual(len(faces), 1)
        self.assertIs(faces[0]["usable"], True)
        x, y, width, height = faces[0]["box"]
        self.assertTrue(0 < x < 160 < x + width < 320 and 0 < y < 160 < y + height < 320, faces[0]["box"])

    def test_no_seed_is_one_at_random(self):
        seeds = [self.generate(PROMPT, *SIZE, "-o", "any.png")["presenters"][0]["seed"] for _ in range(2)]
        self.assertNotEqual(seeds[0], seeds[1])
        told = self.generate(PROMPT, "--seed", str(seeds[1]), *SIZE, "-o", "again.png")["presenters"][0]
        self.assertEqual(told["seed"], seeds[1])
        self.assertEqual(read(self.path("again.png")), read(self.path("any.png")))

    def test_seed(self):
        path, told = doctor()
        self.good("avatar", "generate", PROMPT, "--seed", "7", *SIZE, "-o", "again.png", "-q")
        self.assertEqual(read(self.path("again.png")), read(path))
        other = self.generate(PROMPT, "--seed", "8", *SIZE, "-o", "other.png")
        self.assertNotEqual(pixels(self.path("other.png")), pixels(path))
        self.assertNotEqual(other["presenters"][0]["attributes"], told["presenters"][0]["attributes"])
        # What was said stays.
        self.assertEqual(other["presenters"][0]["attributes"]["glasses"], "round")

    def test_attributes(self):
        """What was told makes the same person again, and one value changes nothing else."""
        path, told = doctor()
        attributes = told["presenters"][0]["attributes"]
        self.write("same.json", json.dumps(attributes))
        self.generate("--attributes", "same.json", "--seed", "7", *SIZE, "-o", "same.png")
        self.assertEqual(pixels(self.path("same.png")), pixels(path))
        changed = dict(attributes, glasses="none")
        self.write("changed.json", json.dumps(changed))
        made = self.generate("a man with a beard", "--attributes", "changed.json", "--seed", "7", *SIZE)
        self.assertEqual(made["presenters"][0]["attributes"], changed)
        self.assertEqual(made["output"], "presenter.png")
        self.assertNotEqual(pixels(self.path("presenter.png")), pixels(path))

    def test_bad_attributes_are_named(self):
        rows = (({"hare": "bob"}, 2, "no attribute 'hare', but 'hair'"),
                ({"hair": "nonsense"}, 2, "hair: there is no 'nonsense'"),
                ({"age": "old"}, 2, "age"),
                ({"age": 1e9}, 2, "age"),
                ([1], 2, "JSON object"))
        for value, status, says in rows:
            with self.subTest(value=value):
                self.write("a.json", json.dumps(value))
                self.refused(status, "a man", "--attributes", "a.json", says=says)
        for text, says in (("{", "not JSON"), ('{"age":1,"age":2}', "not JSON"), ("", "not JSON")):
            with self.subTest(text=text):
                self.write("a.json", text)
                self.refused(7, "a man", "--attributes", "a.json", says=says)
        self.refused(4, "a man", "--attributes", "none.json", says="none.json")

    def test_look(self):
        made = self.generate(PROMPT, "--seed", "7", "--look", "toon", *SIZE, "-o", "toon.png")
        self.assertEqual(made["presenters"][0]["look"], "toon")
        self.assertNotEqual(pixels(self.path("toon.png")), pixels(doctor()[0]))
        self.bad(2, "avatar", "generate", "a man", "--look", "oil", says="real, toon")

    def test_size(self):
        self.generate("a man", "--size", "128x256", "-o", "high.png")
        video = probe(self.path("high.png"))["video"]
        self.assertEqual((video["width"], video["height"]), (128, 256))
        for size in ("source", "62x64", "2050x64", "321x320"):
            with self.subTest(size):
                self.refused(2, "a man", "--size", size, says="sides from 64 to 2048")

    def test_variations(self):
        made = self.generate("a chef", "--variations", "2", "--seed", "5", "--size", "320x160", "-o", "sheet.png")
        self.assertEqual([person["seed"] for person in made["presenters"]], [5, 6])
        self.assertEqual((made["width"], made["height"]), (320, 160))
        sheet = pixels(self.path("sheet.png"), "gray")
        left, right = (b"".join(sheet[320 * y + x:320 * y + x + 150] for y in range(160)) for x in (0, 165))
        self.assertGreater(len(set(left)), 50)
        self.assertGreater(len(set(right)), 50)
        self.assertNotEqual(left, right)
        self.refused(2, "a chef", "--variations", "16", "--size", "128x128", says="16 people on 128 x 128")
        self.bad(2, "avatar", "generate", "a chef", "--variations", "17", says="from 1 to 16")

    def test_output(self):
        outcome = self.good("avatar", "generate", "a man", "--size", "64x64", "-o", "sub.PNG")
        self.assertIn("sub.PNG: 64 x 64", outcome.out)
        self.assertIn("--avatar sub.PNG", outcome.out)
        self.assertEqual(self.listing(), [self.path("sub.PNG")])
        self.bad(2, "avatar", "generate", "a man", "-o", "x.jpg", says="ends in .png")
        self.bad(12, "avatar", "generate", "a man", "--size", "64x64", "-o", "none/x.png", says="none")

    def test_unknown_words_and_contradictions_are_told(self):
        outcome = self.good("avatar", "generate", "a bald man with long hair, a spaceship and a zyxwv", "--size",
                            "64x64", "-o", "a.png", "--json")
        self.assertEqual(outcome.json["unknown"], ["spaceship", "zyxwv"])
        self.assertIn('"bald" and "long hair"', outcome.json["notes"][0])
        self.assertIn("not understood: spaceship, zyxwv", outcome.err)
        self.assertIn("the later counts", outcome.err)

    def test_prompts_that_say_nothing(self):
        for prompt in ("", " \t\n", "qwrtz plok", "一个女人", "женщина в очках", "!!! ???", "%s%n%s", b"\xff\xfe",
                       "\u202e", "<script>"):
            with self.subTest(prompt=prompt):
                self.refused(8, prompt)
        self.refused(6, "a man " * 17000, says="4000 bytes")
        self.refused(2, says="what the person looks like")

    def test_prompts_that_say_much(self):
        """Nothing that fits is refused: what cannot be is told."""
        prompt = ("a man, no, a woman of 200 and of -3, bald with an afro, with and without glasses, in a suit and a "
                  "sari, smiling sadly, not a person; ") * 20
        made = self.generate(prompt[:3990], "--size", "64x64", "-o", "a.png")
        self.assertTrue(made["notes"])


class Films(Case):
    def film(self, *args, output="a.mp4"):
        result = self.good("pipeline", "run", "Hi.", *args, "-o", output, "--json").json
        return result, probe(self.path(output))

    def test_film(self):
        """Drawn anew at the film's own size, whatever the picture's, and without a word about its small face."""
        result, film = self.film("--avatar", doctor()[0], *FILM)
        self.assertEqual((film["video"]["width"], film["video"]["height"]), (320, 180))
        self.assertEqual(film["format"]["tags"]["face"], "modelled presenter (computer graphics)")
        self.assertEqual(result["engines"]["lipsync"], "modelled 1")
        self.assertFalse(result["warning"])
        self.assertGreater(len(set(frame_hashes(self.path("a.mp4")))), 5, "nobody moves")

    def test_film_of_a_tiny_picture(self):
        """In which no face can be measured; nothing needs to be."""
        self.good("avatar", "generate", PROMPT, "--size", "64x64", "-o", "tiny.png")
        _, film = self.film("--avatar", "tiny.png", *FILM, "--fit", "face")
        self.assertEqual((film["video"]["width"], film["video"]["height"]), (320, 180))
        self.assertEqual(film["format"]["tags"]["face"], "modelled presenter (computer graphics)")

    def test_transparent(self):
        self.film("--avatar", doctor()[0], *FILM, "--background", "transparent", output="a.mov")
        alpha = tool("ffmpeg", "-v", "error", "-i", self.path("a.mov"), "-frames:v", "1", "-vf", "alphaextract",
                     "-f", "rawvideo", "-pix_fmt", "gray", "-")
        self.assertLess(alpha[320 * 5 + 5], 20)
        self.assertGreater(alpha[320 * 90 + 160], 235)

    def test_profile(self):
        """Kept under a name, and before a colour."""
        self.good("avatar", "add", doctor()[0], "--name", "Doctor who is not", "--rights", "Modelled by this program.")
        _, film = self.film("--avatar", "Doctor who is not", *FILM, "--background", "#00ff00")
        self.assertEqual(film["format"]["tags"]["face"], "modelled presenter (computer graphics)")
        frame = tool("ffmpeg", "-v", "error", "-i", self.path("a.mp4"), "-frames:v", "1", "-f", "rawvideo",
                     "-pix_fmt", "rgb24", "-")
        red, green, blue = frame[3 * (320 * 5 + 5):][:3]
        self.assertTrue(red < 60 and green > 200 and blue < 60, (red, green, blue))
        red, green, blue = frame[3 * (320 * 90 + 160):][:3]
        self.assertFalse(red < 60 and green > 200 and blue < 60, (red, green, blue))

    def test_changed_pixels_are_a_photograph(self):
        """The note goes along, but the picture is another."""
        data = read(doctor()[0])
        at = data.index(b"iTXt") - 4
        note = data[at:at + 12 + int.from_bytes(data[at:at + 4], "big")]
        tool("ffmpeg", "-v", "error", "-i", doctor()[0], "-vf", "drawbox=x=0:y=0:w=2:h=2:c=red:t=fill",
             self.path("plain.png"))
        plain = read(self.path("plain.png"))
        self.write("changed.png", plain[:33] + note + plain[33:])
        result, film = self.film("--avatar", "changed.png", "--size", "320x320", "--fps", "10")
        self.assertEqual(result["engines"]["lipsync"], "photo 1")
        self.assertRegex(film["format"]["tags"]["face"], "^picture sha256:")

    def test_the_default_presenter_is_a_photograph_unless_named(self):
        result, film = self.film(*FILM)
        self.assertEqual(result["engines"]["lipsync"], "photo 1")
        self.assertEqual(film["format"]["tags"]["face"], "default presenter (computer graphics)")
        result, film = self.film("--avatar", harness.models()["presenter"]["path"], *FILM)
        self.assertEqual(result["engines"]["lipsync"], "modelled 1")
        self.assertEqual(film["format"]["tags"]["face"], "modelled presenter (computer graphics)")


class Default(Case):
    def test_it_is_what_its_command_makes(self):
        """The command of docs/presenter.md makes the picture of models/; libraries of mathematics may round otherwise."""
        with open(os.path.join(harness.SOURCE, "docs", "presenter.md"), encoding="utf-8") as file:
            command = shlex.split(re.search("```sh\n(.*?)```", file.read(), re.S)[1].replace("\\\n", " "))
        self.assertEqual((command[:3], command[-2:]), (["avatar", "avatar", "generate"], ["-o", "models/presenter.png"]))
        told = self.good(*command[1:-1], "anew.png", "--json").json
        self.assertEqual((told["unknown"], told["notes"]), ([], []))
        anew, kept = pixels(self.path("anew.png")), pixels(harness.models()["presenter"]["path"])
        self.assertEqual(len(anew), len(kept))
        # Every 97th byte: all columns and colours in turn. Before another wall it is 23 levels.
        apart = [abs(a - b) for a, b in zip(anew[::97], kept[::97])]
        self.assertLess(sum(apart) / len(apart), .1, "models/presenter.png is out of date: docs/presenter.md")


if __name__ == "__main__":
    unittest.main(verbosity=2)
