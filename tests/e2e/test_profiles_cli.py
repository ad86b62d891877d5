# SPDX-License-Identifier: Apache-2.0
"""avatar add, list, show, rename, delete, export, import; profiles wherever a face is named; the same ones over HTTP."""
import hashlib
import json
import os
import resource
import signal
import time
import unittest

import harness
from api_harness import Server, form
from harness import Case, avatar, environment, picture, probe, tool

RIGHTS = "A picture of myself, taken by me."


class Shelf(Case):
    """A storage of the test's own."""

    def setUp(self):
        super().setUp()
        self.storage = self.path("storage")
        self.env = environment(AVATAR_STORAGE=self.storage)

    def avatar(self, *args, **kwargs):
        return self.good("avatar", *args, env=kwargs.pop("env", self.env), **kwargs)

    def add(self, name="Ada", face=None, **kwargs):
        return self.avatar("add", face or picture("presenter"), "--name", name, "--rights", RIGHTS, "--json",
                           **kwargs).json["profile"]

    def listed(self, **kwargs):
        return [one["id"] for one in self.avatar("list", "--json", **kwargs).json["profiles"]]

    def fails(self, status, *args, **kwargs):
        return self.bad(status, *args, env=kwargs.pop("env", self.env), **kwargs)

    def left(self):
        """What there is of profiles, and of work under way."""
        return [os.listdir(os.path.join(self.storage, name)) for name in ("avatars", "tmp")]

    def film_of(self, *args):
        """The grey pictures of a film, small."""
        self.good(*args, "--size", "160x160", "--fps", "5", "--quality", "low", "-o", "a.mp4", env=self.env)
        self.assertEqual(probe(self.path("a.mp4"))["video"]["codec_name"], "h264")
        return harness.frame_hashes(self.path("a.mp4"))


class Add(Shelf):
    def test_photo(self):
        profile = self.add()
        self.assertRegex(profile["id"], r"^ap-[0-9a-f]{8}$")
        self.assertEqual((profile["name"], profile["rights"], profile["media_type"]), ("Ada", RIGHTS, "image/png"))
        with open(picture("presenter"), "rb") as given, open(profile["picture"], "rb") as kept:
            data = given.read()
            self.assertEqual(kept.read(), data)
        self.assertEqual(profile["picture"], os.path.join(self.storage, "avatars", profile["id"], "picture"))
        self.assertEqual((profile["size_bytes"], profile["sha256"]), (len(data), hashlib.sha256(data).hexdigest()))
        thumbnail = probe(profile["thumbnail"])["video"]
        self.assertEqual((thumbnail["codec_name"], thumbnail["width"]), ("png", 320))
        # What was found is known from then on.
        self.assertEqual((profile["width"], profile["face"]["usable"]), (320, True))
        self.assertGreater(profile["face"]["eye_distance"], 40)
        self.assertNotIn("mesh", profile["face"])
        self.assertEqual(self.left()[1], [])
        # Others' faces are nobody else's business.
        self.assertEqual(os.stat(os.path.dirname(profile["picture"])).st_mode & 0o077, 0)

    def test_says(self):
        out = self.avatar("add", picture("presenter"), "--name", "Ada", "--rights", RIGHTS).out
        self.assertRegex(out, r"(?m)^ap-[0-9a-f]{8}  Ada$")
        for part in (RIGHTS, "px between the eyes", "thumbnail", "--avatar ap-"):
            self.assertIn(part, out)

    def test_large_picture_and_other_kinds(self):
        for name in ("a.jpg", "a.webp", "a.nothing"):
            path = self.path(name)
            tool("ffmpeg", "-v", "error", "-i", picture("presenter"), "-vf", "scale=900:-2", "-frames:v", "1",
                 "-f", "image2", "-c:v", "libwebp" if name == "a.webp" else "mjpeg", path)
            with self.subTest(name=name):
                profile = self.add(face=path)
                self.assertEqual(profile["media_type"], "image/webp" if name == "a.webp" else "image/jpeg")
                self.assertEqual(probe(profile["thumbnail"])["video"]["width"], 320)

    def test_rights(self):
        face = picture("presenter")
        self.fails(2, "avatar", "add", face, "--name", "Ada", says="only with a statement of rights: say with --rights")
        for rights, says in (("mine", "10 to 2000 characters, not 4"), ("x" * 2001, "not 2001"),
                             (b"\xff" * 20, "UTF-8")):
            with self.subTest(says=says):
                self.fails(2, "avatar", "add", face, "--name", "Ada", "--rights", rights, says=says)
        self.assertFalse(os.path.exists(self.storage))

    def test_name(self):
        face = picture("presenter")
        self.fails(2, "avatar", "add", face, "--rights", RIGHTS, says="needs --name NAME")
        for name, says in ((" ", "empty"), ("x" * 81, "80 characters, not 81"), (b"\xff", "UTF-8")):
            with self.subTest(says=says):
                self.fails(2, "avatar", "add", face, "--name", name, "--rights", RIGHTS, says=says)
        self.assertEqual(self.add("\u00c4" * 80)["name"], "\u00c4" * 80)

    def test_refused(self):
        self.avatar("list")
        tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", self.path("a.wav"))
        os.mkdir(self.path("folder"))
        self.write("text.png", "I am a text and not a picture.")
        with open(picture("presenter"), "rb") as file:
            self.write("cut.png", file.read()[:3000])
        table = [
            (10, harness.photograph("chelsea"), "no face was found"),
            (11, picture("presenter", 80), ["cannot be animated", "40 needed"]),
            (7, "a.wav", "is a sound (audio/wav)"),
            (7, "text.png", "no picture, sound or video"),
            (7, "cut.png", "cut.png"),
            (4, "none.png", "none.png"),
            (5, "folder", "not a file"),
        ]
        for status, path, says in table:
            with self.subTest(path=path):
                self.fails(status, "avatar", "add", path, "--name", "Ada", "--rights", RIGHTS, says=says)
        self.assertEqual(self.left(), [[], []])
        self.assertEqual(self.listed(), [])

    def test_clip_is_for_the_library_to_judge(self):
        """What detection says of a clip, adding it says too."""
        path = self.path("a.mp4")
        tool("ffmpeg", "-v", "error", "-loop", "1", "-i", picture("presenter"), "-t", "1", "-pix_fmt", "yuv420p",
             path)
        detected = avatar("avatar", "detect", path, env=self.env)
        added = avatar("avatar", "add", path, "--name", "Ada", "--rights", RIGHTS, "--json", env=self.env)
        self.assertEqual(added.status, detected.status, added)
        if added.status == 0:
            profile = added.json["profile"]
            self.assertEqual(profile["media_type"], "video/mp4")
            self.assertEqual(probe(profile["thumbnail"])["video"]["codec_name"], "png")
            self.good("avatar", "detect", profile["id"], env=self.env)

    def test_too_large(self):
        self.avatar("list")
        with open(picture("presenter"), "rb") as file:
            path = self.write("large.png", file.read() + bytes(1 << 20))
        self.fails(6, "avatar", "add", path, "--name", "Ada", "--rights", RIGHTS, says="larger than the 1 MB allowed",
                   env=dict(self.env, AVATAR_UPLOAD_LIMIT="1"))
        self.assertEqual(self.left(), [[], []])

    def test_full_disk(self):
        """A limit on the size of files stands for a disk that fills up on the way."""
        self.avatar("list")
        face = picture("presenter", 640)
        size = os.path.getsize(face)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1000, size - 1000))
        outcome = avatar("avatar", "add", face, "--name", "Ada", "--rights", RIGHTS, env=self.env, preexec_fn=limit)
        self.assertEqual(outcome.status, 13, str(outcome))
        self.assertIn("the copy of", outcome.err)
        self.assertEqual(self.left(), [[], []])
        self.assertEqual(self.listed(), [])

    def test_stopped(self):
        """At whatever moment: a whole profile or none."""
        self.avatar("list")
        for number, delay_s in ((signal.SIGINT, 0.02), (signal.SIGINT, 0.3), (signal.SIGTERM, 0.6),
                                (signal.SIGINT, 1), (signal.SIGKILL, 0.8)):
            with self.subTest(delay_s=delay_s):
                process = harness.start("avatar", "add", picture("presenter", 640), "--name", "Ada", "--rights",
                                        RIGHTS, env=self.env)
                time.sleep(delay_s)
                process.send_signal(number)
                process.communicate(timeout=harness.TIMEOUT_S)
                ids = self.listed()
                self.assertEqual(sorted(os.listdir(os.path.join(self.storage, "avatars"))), sorted(ids))
                if number == signal.SIGKILL:  # it may have come after the last step
                    self.assertLessEqual(len(ids), 1)
                else:
                    self.assertEqual(len(ids), 1 if process.returncode == 0 else 0)
                    self.assertEqual(self.left()[1], [])
                for name in ids:
                    self.avatar("delete", name)


class Profiles(Shelf):
    def test_list(self):
        self.assertIn("no avatar profiles yet", self.avatar("list").out)
        self.assertEqual(self.listed(), [])
        first, second = self.add("Ada"), self.add("Eve")
        self.assertEqual(self.listed(), [second["id"], first["id"]])
        lines = self.avatar("list").out.splitlines()
        self.assertEqual(lines[0].split(), ["id", "name", "kind", "size", "made"])
        self.assertEqual(lines[1].split()[:3], [second["id"], "Eve", "image/png"])

    def test_show(self):
        profile = self.add()
        for which in (profile["id"], profile["id"][:9], "Ada"):
            self.assertEqual(self.avatar("show", which, "--json").json["profile"], profile)
        self.assertIn(RIGHTS, self.avatar("show", "Ada").out)
        for which in ("Nobody", "ap-", "ap-00000000", "ada"):
            self.fails(4, "avatar", "show", which, says=["no avatar profile", "avatar avatar list"])

    def test_several_of_one_name(self):
        profiles = [self.add(), self.add()]
        for args in (["avatar", "show", "Ada"], ["avatar", "detect", "Ada"],
                     ["jobs", "submit", "Hi.", "--avatar", "Ada"]):
            self.fails(2, *args, says="2 avatar profiles are meant by 'Ada'; give more of the id")
        self.avatar("rename", profiles[0]["id"], "Eve")
        self.assertEqual(self.avatar("show", "Ada", "--json").json["profile"]["id"], profiles[1]["id"])

    def test_rename(self):
        profile = self.add()
        for args, name in ((["Ada", "Ada L."], "Ada L."), ([profile["id"][:7], "--name", "Eve"], "Eve"),
                           (["--name", "Bo b", "Eve"], "Bo b")):
            with self.subTest(args=args):
                self.assertEqual(self.avatar("rename", *args).out, "%s  %s: renamed\n" % (profile["id"], name))
                self.assertEqual(self.avatar("show", name, "--json").json["profile"]["sha256"], profile["sha256"])
        renamed = self.avatar("rename", "Bo b", "Bo", "--json").json["profile"]
        self.assertEqual(self.avatar("show", "Bo", "--json").json["profile"], renamed)
        self.avatar("rename", "Bo", "Bo b")
        self.fails(2, "avatar", "rename", "Bo b", says="needs PROFILE NAME")
        self.fails(2, "avatar", "rename", "Bo b", " ", says="empty")
        self.fails(4, "avatar", "rename", "Ada", "Eve", says="Ada")

    def test_delete(self):
        kept, profile = self.add("Kept"), self.add()
        self.assertEqual(self.avatar("delete", "Ada").out, profile["id"] + "  Ada: deleted\n")
        self.assertEqual(self.listed(), [kept["id"]])
        self.assertEqual(self.left(), [[kept["id"]], []])
        self.fails(4, "avatar", "delete", profile["id"], says=profile["id"])

    def test_places(self):
        """--storage, --store, and a file with settings."""
        ini = self.write("a.ini", "[avatar]\nstorage = %s\n" % self.path("other"))
        env = environment(AVATAR_STORAGE=None)
        for options in (["--storage", self.path("third")], ["--storage", self.path("fourth"), "--store", "file"],
                        ["--config", ini]):
            with self.subTest(options=options):
                profile = self.avatar("add", picture("presenter"), "--name", "Eve", "--rights", RIGHTS, "--json",
                                      *options, env=env).json["profile"]
                self.assertEqual(self.avatar("list", "--json", *options, env=env).json["profiles"], [profile])
                self.assertEqual(self.avatar("show", "Eve", "--json", *options, env=env).json["profile"], profile)
                self.avatar("rename", "Eve", "Ada", *options, env=env)
                self.avatar("export", "Ada", "-o", "ada.avtface", *options, env=env)
                self.avatar("import", "ada.avtface", *options, env=env)
                self.assertEqual(len(self.avatar("list", "--json", *options, env=env).json["profiles"]), 2)
                self.avatar("delete", profile["id"], *options, env=env)
                self.avatar("detect", "Ada", *[o for o in options if o not in ("--store", "file")], env=env)
                self.avatar("delete", "Ada", *options, env=env)
                self.assertEqual(self.avatar("list", "--json", *options, env=env).json["profiles"], [])
        self.assertTrue(os.path.isdir(os.path.join(self.path("fourth"), "records")))
        self.assertEqual(os.listdir(os.path.join(self.path("other"), "avatars")), [])

    def test_looking_makes_no_storage(self):
        self.fails(4, "avatar", "detect", "Ada", says="neither a file nor an avatar profile")
        self.fails(4, "pipeline", "run", "Hi.", "--avatar", "Ada", says="neither a file nor an avatar profile")
        self.assertFalse(os.path.exists(os.path.join(self.storage, "avatar.db")))


class Generated(Shelf):
    """avatar generate --name."""

    def generate(self, *args, **kwargs):
        return self.avatar("generate", *args, "--size", "64x64", "--seed", "7", **kwargs)

    def test_in_one_step(self):
        made = self.generate("a doctor", "--name", "Doctor Zoë", "--json").json
        profile = self.avatar("show", "Doctor Zoë", "--json").json["profile"]
        self.assertEqual(profile["id"], made["profile_id"])
        self.assertIn("no such person exists", profile["rights"])
        self.assertEqual(profile["origin"], {"kind": "modelled", "prompt": "a doctor", "seed": 7, "look": "real",
                                             "job_id": None})
        self.assertEqual((profile["width"], profile["height"]), (64, 64))
        self.assertEqual(probe(profile["thumbnail"])["video"]["codec_name"], "png")
        with open(self.path("presenter.png"), "rb") as given, open(profile["picture"], "rb") as kept:
            self.assertEqual(given.read(), kept.read())
        self.assertEqual(self.left(), [[profile["id"]], []])
        film = self.good("pipeline", "run", "Hi.", "--avatar", "Doctor Zoë", "--size", "160x160", "--fps", "5", "--json",
                         "-o", "a.mp4", env=self.env).json
        self.assertEqual(film["engines"]["lipsync"], "modelled 1")

    def test_what_is_said(self):
        self.write("a.json", '{"age": 52}')
        out = self.generate("--attributes", "a.json", "--name", "Ada").out
        profile, = self.listed()
        self.assertIn("kept as the avatar profile %s  Ada\n" % profile, out)
        self.assertIn("--avatar %s\n" % profile, out)
        self.assertIn("modelled   from attributes, seed 7, real", self.avatar("show", "Ada").out)

    def test_places(self):
        """--storage, --store, and a file with settings; without a name no storage is made."""
        ini = self.write("a.ini", "[avatar]\nstorage = %s\n" % self.path("other"))
        env = environment(AVATAR_STORAGE=None)
        self.assertIsNone(self.generate("a man", "--json", "--storage", self.path("none"), env=env).json["profile_id"])
        self.assertFalse(os.path.exists(self.path("none")))
        for options in (["--storage", self.path("third"), "--store", "file"], ["--config", ini]):
            with self.subTest(options=options):
                made = self.generate("a man", "--name", "Eve", "--json", *options, env=env).json["profile_id"]
                kept, = self.avatar("list", "--json", *options, env=env).json["profiles"]
                self.assertEqual(kept["id"], made)
        self.assertTrue(os.path.isdir(os.path.join(self.path("third"), "records")))

    def test_refused_before_anybody_is_drawn(self):
        for args, says in ((["--name", " "], "is empty"), (["--name", "a" * 81], "80 characters, not 81"),
                           (["--name", "Two", "--variations", "2"], "makes no avatar profile")):
            with self.subTest(args=args):
                self.fails(2, "avatar", "generate", "a man", *args, "-o", "x.png", says=says)
        self.assertFalse(os.path.exists(self.path("x.png")))
        self.assertFalse(os.path.exists(self.storage))


class Travel(Shelf):
    """export and import."""

    def setUp(self):
        super().setUp()
        self.other = environment(AVATAR_STORAGE=self.path("elsewhere"))
        self.profile = self.add()

    def export(self):
        made = self.avatar("export", "Ada", "-o", "ada.avtface", "--json").json
        self.assertEqual((made["profile"]["id"], made["output"]), (self.profile["id"], "ada.avtface"))
        return self.path("ada.avtface")

    def test_there(self):
        self.export()
        kept = self.avatar("import", "ada.avtface", "--json", env=self.other).json["profile"]
        for key in ("name", "rights", "media_type", "size_bytes", "sha256", "width", "height", "face"):
            self.assertEqual(kept[key], self.profile[key], key)
        self.assertNotEqual(kept["picture"], self.profile["picture"])
        with open(kept["picture"], "rb") as there, open(self.profile["picture"], "rb") as here:
            self.assertEqual(there.read(), here.read())
        self.assertTrue(os.path.exists(kept["thumbnail"]))
        self.assertEqual(self.film_of("pipeline", "run", "Hi.", "--avatar", "Ada"),
                         self.film_of("pipeline", "run", "Hi.", "--avatar", kept["picture"]))

    def test_damaged(self):
        with open(self.export(), "rb") as file:
            data = file.read()
        text = data[12:data.index(b"}") + 1]
        self.avatar("list", env=self.other)  # makes the storage, which stays
        damaged = {"cut": data[:-100], "longer": data + b"x", "changed": data[:-50] + b"?" + data[-49:],
                   "head": data[:40], "empty": b"", "magic": b"AVTFACE2" + data[8:],
                   "no picture": data[:12] + text}
        for name, content in damaged.items():
            with self.subTest(name=name):
                with open(self.path("bad.avtface"), "wb") as file:
                    file.write(content)
                self.fails(7, "avatar", "import", "bad.avtface", env=self.other, says="bad.avtface")
        self.assertEqual(self.avatar("list", "--json", env=self.other).json["profiles"], [])
        self.fails(7, "avatar", "import", picture("presenter"), env=self.other, says="no exported avatar profile")

    def test_changed_at_home(self):
        """A picture that somebody painted over is not sent as if it were the one that was added."""
        with open(self.profile["picture"], "ab") as file:
            file.write(b"more")
        self.fails(7, "avatar", "export", "Ada", "-o", "ada.avtface", says="damaged")
        self.assertFalse(os.path.exists(self.path("ada.avtface")))

    def test_nobody(self):
        self.fails(4, "avatar", "export", "Eve", "-o", "eve.avtface", says="no avatar profile")


class Used(Shelf):
    """Wherever a face is named."""

    def test_in_films(self):
        profile = self.add("Ada L.", picture("astronaut"))
        film = self.film_of("pipeline", "run", "Hi.", "--avatar", picture("astronaut"))
        for which in (profile["id"], profile["id"][:8], "Ada L."):
            with self.subTest(which=which):
                self.assertEqual(self.film_of("pipeline", "run", "Hi.", "--avatar", which), film)
        self.assertNotEqual(self.film_of("pipeline", "run", "Hi."), film)
        self.fails(4, "pipeline", "run", "Hi.", "--avatar", "Ada", says="'Ada' is neither a file nor an avatar profile")

    def test_in_films_of_recordings(self):
        profile = self.add(face=picture("astronaut"))
        self.good("voice", "synthesize", "Hi.", "-o", "a.wav", env=self.env)
        film = self.film_of("video", "lipsync", "a.wav", "--avatar", picture("astronaut"))
        self.assertEqual(self.film_of("video", "lipsync", "a.wav", "--avatar", profile["id"]), film)
        self.fails(4, "video", "lipsync", "a.wav", "--avatar", "Eve", says="'Eve' is neither")

    def test_in_estimates(self):
        self.add(face=picture("presenter", 300))
        estimate = self.good("pipeline", "estimate", "Hi.", "--avatar", "Ada", "--json", env=self.env).json
        self.assertEqual((estimate["width"], estimate["height"]), (300, 300))
        self.fails(4, "pipeline", "estimate", "Hi.", "--avatar", "Eve", says="'Eve' is neither")

    def test_in_detection(self):
        profile = self.add()
        faces = self.avatar("detect", picture("presenter"), "--json").json["faces"]
        self.assertEqual(self.avatar("detect", profile["id"][:9], "--json").json["faces"], faces)

    def test_a_file_of_that_name_wins(self):
        self.add("me", picture("astronaut"))
        with open(picture("presenter", 240), "rb") as file:
            self.write("me", file.read())
        self.assertEqual(self.avatar("detect", "me", "--json").json["width"], 240)
        job = self.good("jobs", "submit", "Hi.", "--avatar", "me", "--json", env=self.env).json["jobs"][0]
        self.assertRegex(job["params"]["avatar"], r"^up-")

    def test_in_jobs(self):
        profile = self.add()
        lines = [{"text": "One.", "avatar": "Ada"}, {"type": "face_detect", "image": profile["id"][:10]}]
        batch = self.write("jobs.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        for args in (["Hi.", "--avatar", "Ada"], ["Hi.", "--avatar", profile["id"][:6]],
                     ["Hi.", "--avatar", profile["id"]], ["--type", "face_detect", "--input", "Ada"], ["--batch", batch]):
            with self.subTest(args=args):
                for job in self.good("jobs", "submit", *args, "--json", env=self.env).json["jobs"]:
                    face = job["params"]["image" if job["type"] == "face_detect" else "avatar"]
                    self.assertEqual(face, profile["id"])
        self.fails(4, "jobs", "submit", "Hi.", "--avatar", "Eve", says="neither a file nor an id nor an avatar profile")
        # Only a face can be a profile.
        self.fails(4, "jobs", "submit", "Hi.", "--music", "Ada", says="'Ada' (music) is neither a file nor an id")
        self.fails(4, "jobs", "submit", "--type", "lipsync", "--input", "Ada", says="(audio) is neither")


class Service(Shelf):
    """The service on the same storage."""

    def serve(self, **kwargs):
        server = Server("--rate-limit", "0", storage=self.storage, **kwargs)
        self.addCleanup(server.close)
        return server.start()

    def test_sees_what_commands_made(self):
        profile = self.add()
        server = self.serve()
        path = "/avatar/profiles/" + profile["id"]
        shown = server.get(path).json
        for key in ("id", "name", "rights", "media_type", "size_bytes", "sha256", "created_at"):
            self.assertEqual(shown[key], profile[key], key)
        self.assertIsNone(shown["check_job"])
        self.assertEqual([one["id"] for one in server.get("/avatar/profiles").json["profiles"]], [profile["id"]])
        answer = server.get(path + "/thumbnail")
        with open(profile["thumbnail"], "rb") as file:
            self.assertEqual((answer.status, answer.body), (200, file.read()))
        self.assertEqual(server.post("/jobs", {"text": "Hi.", "avatar": profile["id"]}).status, 202)
        self.assertEqual(server.request("PATCH", path, {"name": "Eve", "description": "me"}).status, 200)
        self.assertIn("  about      me\n", self.avatar("show", "Eve").out)
        self.assertEqual(server.delete(path).status, 204)
        self.assertEqual((self.listed(), self.left()), ([], [[], []]))

    def test_makes_what_commands_see(self):
        server = self.serve(workers=1)
        with open(picture("presenter"), "rb") as file:
            kind, body = form(("image", ("me.png", file.read())), ("name", "Ada"), ("rights", RIGHTS))
        made = server.post("/avatar/profiles", body, kind=kind).json
        self.assertEqual(server.wait(made["check_job"])["status"], "completed")
        profile = self.avatar("show", "Ada", "--json").json["profile"]
        for key in ("id", "rights", "sha256", "check_job", "created_at"):
            self.assertEqual(profile[key], made[key], key)
        # The thumbnail of the job is the profile's own, as if it had been asked for over HTTP.
        self.assertEqual(probe(profile["thumbnail"])["video"]["width"], 320)
        self.assertEqual(self.listed(), [made["id"]])
        self.avatar("detect", "Ada")
        self.avatar("rename", "Ada", "Eve")
        self.assertEqual(server.get("/avatar/profiles/" + made["id"]).json["name"], "Eve")
        # A worker finds one that commands made.
        job = self.good("jobs", "submit", "Hi.", "--avatar", self.add("Bob")["id"], "--size", "160x160", "--fps", "5",
                        "--wait", "--json", env=self.env).json["jobs"][0]
        self.assertEqual(job["status"], "completed")
        self.avatar("delete", "Eve")
        self.assertEqual(server.get("/avatar/profiles/" + made["id"]).status, 404)

    def test_keys(self):
        """What commands make belongs to no key: only one for everything sees it."""
        profile = self.add()
        server = self.serve()
        for scope, status in (("submit", 404), ("admin", 200)):
            answer = server.get("/avatar/profiles/" + profile["id"], key=server.key(scope))
            self.assertEqual(answer.status, status)

    def test_elsewhere_only_ids(self):
        """The names of a server's profiles are not looked for from here."""
        server = self.serve()
        profile = self.add()
        env = dict(self.env, AVATAR_SERVER="http://%s:%d" % (server.host, server.port), AVATAR_STORAGE=self.path("no"))
        job = self.good("jobs", "submit", "Hi.", "--avatar", profile["id"], "--json", env=env).json["jobs"][0]
        self.assertEqual(job["params"]["avatar"], profile["id"])
        self.fails(4, "jobs", "submit", "Hi.", "--avatar", "Ada", says="'Ada' (avatar) is neither a file nor an id\n",
                   env=env)


if __name__ == "__main__":
    unittest.main(verbosity=2)
