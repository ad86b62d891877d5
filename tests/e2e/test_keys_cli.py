# SPDX-License-Identifier: Apache-2.0
"""Keys and backup: what they say, and that a server heeds them."""
import os
import shutil
import time
import unittest

import harness
from api_harness import Server
from harness import Case, environment


class Keys(Case):
    def setUp(self):
        super().setUp()
        self.storage = self.path("storage")
        self.env = environment(AVATAR_STORAGE=self.storage)

    def keys(self, *args, **kwargs):
        return self.good("keys", *args, env=self.env, **kwargs)

    def create(self, *args):
        return self.keys("create", "--json", *args).json

    def listed(self):
        return self.keys("list", "--json").json["keys"]

    def serve(self):
        server = Server("--rate-limit", "0", storage=self.storage)
        self.addCleanup(server.close)
        return server.start()

    def test_create(self):
        outcome = self.keys("create", "--name", "website")
        key = outcome.out.splitlines()[0]
        self.assertRegex(key, r"^avt_[0-9a-f]{8}_[0-9A-Za-z]{43}$")
        self.assertIn("shown this once", outcome.out)
        server = self.serve()
        self.assertEqual(server.request("GET", "/jobs", key=key).status, 200)
        self.assertEqual(server.request("GET", "/jobs", key=key[:-1] + "x").status, 401)
        self.assertEqual(server.request("GET", "/jobs").status, 401)
        # The secret is nowhere in the storage.
        for top, _, names in os.walk(self.storage):
            for name in names:
                with open(os.path.join(top, name), "rb") as file:
                    self.assertNotIn(key[13:].encode(), file.read(), name)

    def test_name(self):
        self.create("--name", "the website")
        self.create()
        self.assertEqual([k["label"] or "" for k in self.listed()], ["", "the website"])
        self.assertIn("the website", self.keys("list").out)
        self.bad(2, "keys", "create", "--name", "x" * 200, env=self.env, says="--name is longer")

    def test_scope(self):
        server = self.serve()
        table = [(["--scope", "read"], ["read"], 403), (["--scope", "read,submit"], ["read", "submit"], 202),
                 (["--scope", "read", "--scope", "submit"], ["read", "submit"], 202),
                 ([], ["read", "submit"], 202)]
        for args, scopes, status in table:
            with self.subTest(args=args):
                made = self.create(*args)
                self.assertEqual(made["info"]["scopes"], scopes)
                answer = server.request("POST", "/jobs", {"text": "Hi."}, key=made["key"])
                self.assertEqual(answer.status, status, str(answer))
        self.bad(2, "keys", "create", "--scope", "write", env=self.env, says="--scope cannot be 'write'")

    def test_expires(self):
        self.create("--expires", "90d")
        self.assertRegex(self.keys("list").out, r"read,submit +in 90 d +never")
        self.bad(2, "keys", "create", "--expires", "1s", env=self.env, says="--expires cannot be '1s'")
        self.create()
        self.assertEqual([k["expires_at"] is None for k in self.listed()], [True, False])

    def test_limits_of_its_own(self):
        storage = environment(AVATAR_STORAGE=self.storage, AVATAR_RATE_LIMIT="7", AVATAR_KEY_JOBS="7")
        made = self.good("keys", "create", "--json", "--rate-limit", "3", "--key-jobs", "1", env=storage).json
        # What the server is told by its own settings is not a limit of the key.
        other = self.good("keys", "create", "--json", env=storage).json
        self.assertEqual([(k["requests_per_minute"], k["concurrent_jobs"]) for k in self.listed()],
                         [(0, 0), (3, 1)])
        self.assertEqual(made["info"]["requests_per_minute"], 3)
        server = Server("--rate-limit", "1000", "--key-jobs", "0", storage=self.storage)
        self.addCleanup(server.close)
        server.start()
        limited, free = made["key"], other["key"]
        answers = [server.post("/jobs", {"text": "Hi."}, key=limited) for _ in range(4)]
        self.assertEqual([a.status for a in answers], [202, 429, 429, 429])
        self.assertEqual([a.json.get("code") for a in answers[1:]],
                         ["too_many_jobs", "too_many_jobs", "rate_limited"])
        self.assertEqual(answers[0].headers["RateLimit-Policy"], '"default";q=3;w=60')
        # Nobody else pays for it: the other key has a bucket and a count of its own.
        answers = [server.post("/jobs", {"text": "Hi."}, key=free) for _ in range(4)]
        self.assertEqual([a.status for a in answers], [202] * 4)
        self.assertEqual(answers[0].headers["RateLimit-Policy"], '"default";q=1000;w=60')
        for option in ("--rate-limit", "--key-jobs"):
            self.bad(2, "keys", "create", option, "0", env=self.env, says=option + " cannot be '0'")

    def test_list(self):
        self.assertIn("there are no keys", self.keys("list").out)
        key = self.create("--name", "used")["key"]
        self.serve().request("GET", "/jobs", key=key)
        text = self.keys("list").out
        self.assertRegex(text, r"(?m)^%s +read,submit +never +\d+ s ago +used$" % key[4:12])
        self.assertNotIn(key[13:], text + str(self.listed()))

    def test_revoke(self):
        first, second = self.create()["key"], self.create()["key"]
        server = self.serve()
        self.assertEqual(server.request("GET", "/jobs", key=first).status, 200)
        outcome = self.keys("revoke", first[4:10])
        self.assertIn("%s: revoked" % first[4:12], outcome.out)
        self.assertEqual(server.request("GET", "/jobs", key=first).status, 401)
        self.assertEqual(server.request("GET", "/jobs", key=second).status, 200)
        self.bad(4, "keys", "revoke", first[4:12], env=self.env, says="there is no key")
        self.bad(4, "keys", "revoke", "", env=self.env, says="there is no key")
        self.create()
        prefixes = {k["id"][0] for k in self.listed()}
        if len(prefixes) == 1:
            self.bad(2, "keys", "revoke", prefixes.pop(), env=self.env, says="more than one key")

    def test_places(self):
        """--storage, --store and --config of each command."""
        for command in (["create"], ["list"], ["revoke", "0"]):
            for number, options in enumerate((["--store", "file"], ["--store", "sqlite"])):
                storage = self.path("%s%d" % (command[0], number))
                config = self.write("a.ini", "[avatar]\nstorage = %s\n" % storage)
                for place in (["--storage", storage], ["--config", config]):
                    with self.subTest(command=command, options=options, place=place):
                        shutil.rmtree(storage, ignore_errors=True)
                        outcome = harness.avatar("keys", *command, *options, *place,
                                                 env=environment(AVATAR_STORAGE=None))
                        self.assertEqual(outcome.status, 4 if command[0] == "revoke" else 0, str(outcome))
                        kind = "jobs" if options[1] == "file" else "avatar.db"
                        self.assertTrue(os.path.exists(os.path.join(storage, kind)))


class Backup(Case):
    def setUp(self):
        super().setUp()
        self.env = environment(AVATAR_STORAGE=self.path("storage"))

    def fill(self, *options):
        """A job with an upload, and a result that lies there as a worker would have left it."""
        job = self.good("jobs", "submit", "Hi.", "--avatar", harness.picture("presenter"), "--json",
                        *options, env=self.env).json["jobs"][0]
        folder = os.path.join(self.path("storage"), "outputs", job["id"], "1")
        os.makedirs(folder)
        with open(os.path.join(folder, "film.mp4"), "wb") as file:
            file.write(b"film")
        return job

    def test_backup(self):
        for store in ("sqlite", "file"):
            with self.subTest(store=store):
                shutil.rmtree(self.path("storage"), ignore_errors=True)
                job = self.fill("--store", store)
                copy = self.path("copy-" + store)
                outcome = self.good("backup", copy, env=self.env)
                self.assertIn("%s: the store and 2 files" % copy, outcome.out)
                self.assertEqual(os.stat(copy).st_mode & 0o077, 0)
                # The original goes, the copy serves.
                shutil.rmtree(self.path("storage"))
                restored = self.good("jobs", "status", job["id"], "--json", "--storage", copy,
                                     env=self.env).json["job"]
                self.assertEqual(restored["params"], job["params"])
                for name in ("uploads/%s/data" % job["params"]["avatar"],
                             "outputs/%s/1/film.mp4" % job["id"]):
                    self.assertTrue(os.path.getsize(os.path.join(copy, name)))

    def test_no_outputs(self):
        self.fill()
        self.good("backup", self.path("copy"), "--no-outputs", env=self.env)
        self.assertFalse(os.path.exists(self.path("copy/outputs")))
        self.assertTrue(os.path.exists(self.path("copy/uploads")))

    def test_nothing_is_overwritten(self):
        self.fill()
        self.write("file", "x")
        os.makedirs(self.path("full/inside"))
        for target in ("file", "full"):
            self.bad(12, "backup", self.path(target), env=self.env, says="is there already")
        os.makedirs(self.path("empty"))
        self.good("backup", self.path("empty"), env=self.env)

    def test_failure_leaves_nothing(self):
        self.fill()
        self.write("in-the-way", "x")
        self.bad(12, "backup", self.path("in-the-way/copy"), "-q", env=self.env)
        self.bad(4, "backup", self.path("copy"), "--storage", self.path("missing"), env=self.env,
                 says="there is no storage")

    def test_storage(self):
        self.fill()
        other = environment(AVATAR_STORAGE=self.path("missing"))
        self.good("backup", self.path("a"), "--storage", self.path("storage"), env=other)
        config = self.write("a.ini", "[avatar]\nstorage = %s\n" % self.path("storage"))
        self.good("backup", self.path("b"), "--config", config, env=environment(AVATAR_STORAGE=None))
        self.assertTrue(os.path.exists(self.path("a/avatar.db")))
        self.assertTrue(os.path.exists(self.path("b/avatar.db")))

    def test_store(self):
        self.fill("--store", "file")
        self.good("backup", self.path("copy"), "--store", "file", env=self.env)
        self.assertTrue(os.listdir(self.path("copy/jobs")))

    def test_while_jobs_come_in(self):
        server = Server("--rate-limit", "0", storage=self.path("storage"))
        self.addCleanup(server.close)
        server.start()
        for i in range(3):
            for _ in range(5):
                answer = server.request("POST", "/jobs", {"text": "Hi."})
                self.assertEqual(answer.status, 202, str(answer))
            copy = self.path("copy-%d" % i)
            self.good("backup", copy, env=self.env)
            jobs = self.good("jobs", "list", "--json", "--storage", copy, env=self.env).json["jobs"]
            self.assertEqual(len(jobs), 5 * (i + 1))
            time.sleep(0.01)


if __name__ == "__main__":
    harness.main()
