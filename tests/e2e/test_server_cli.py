# SPDX-License-Identifier: Apache-2.0
"""server start, status and stop: what each option does, seen from outside."""
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
import unittest

import harness
from api_harness import Server, form
from harness import BINARY, Case, avatar, environment

SECOND = 1.0


def url_of(server):
    return "http://%s:%d" % (server.host, server.port)


def raw(server, data, seconds=60):
    """All that comes back to these bytes until the server closes or `seconds` are over."""
    with socket.create_connection((server.host, server.port), timeout=seconds) as sock:
        sock.sendall(data)
        got = b""
        with contextlib.suppress(socket.timeout):
            while block := sock.recv(65536):
                got += block
        return got


def closed_after(sock, seconds=60):
    """Seconds until the server closes the connection."""
    started = time.monotonic()
    sock.settimeout(seconds)
    with contextlib.suppress(ConnectionResetError):
        while sock.recv(65536):
            pass
    return time.monotonic() - started


class ServerCase(Case):
    def setUp(self):
        super().setUp()
        self.storage = self.path("storage")

    def serve(self, *options, **kwargs):
        server = Server(*options, storage=self.storage, **kwargs)
        self.addCleanup(server.close)
        return server.start()

    def refused(self, status, *options, says=()):
        """`server start` that ends at once."""
        outcome = avatar("server", "start", "--port", "0", "--workers", "0", "--interactive", "0",
                         *options, cwd=self.folder, env=environment(AVATAR_STORAGE=self.storage))
        self.assertEqual(outcome.status, status, str(outcome))
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, outcome.err)
        return outcome


class Start(ServerCase):
    def test_serves_until_it_is_told(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process = harness.start("server", "start", "--port", "0", "--workers", "0",
                                        "--interactive", "0", "--storage", self.storage)
                line = process.stdout.readline().decode()
                self.assertRegex(line, r"^serving http://127\.0\.0\.1:\d+ \(.*/docs shows the API")
                process.send_signal(number)
                out, err = process.communicate(timeout=60)
                self.assertEqual((process.returncode, out), (0, b""), err)
                self.assertFalse(os.path.exists(os.path.join(self.storage, "run", "server.json")))

    def test_json(self):
        process = harness.start("server", "start", "--port", "0", "--workers", "0", "--interactive",
                                "0", "--storage", self.storage, "--json")
        ready = json.loads(process.stdout.readline())
        self.assertIs(ready["success"], True)
        # The process became the server: what a service manager sees is what serves.
        self.assertEqual(ready["pid"], process.pid)
        with contextlib.closing(http.client.HTTPConnection(ready["url"][7:], timeout=60)) as client:
            client.request("GET", "/health")
            self.assertEqual(client.getresponse().status, 200)
        process.terminate()
        process.communicate(timeout=60)
        failed = self.refused(2, "--host", "nowhere", "--json")
        self.assertIs(failed.json["success"], False)
        self.assertEqual(failed.json["error"]["code"], "invalid_argument")

    def test_quiet(self):
        process = harness.start("server", "start", "--port", "0", "--workers", "0", "--interactive",
                                "0", "--storage", self.storage, "-q")
        path = os.path.join(self.storage, "run", "server.json")
        end = time.monotonic() + 60
        while not os.path.exists(path) and time.monotonic() < end:
            time.sleep(0.02)
        process.terminate()
        self.assertEqual(process.communicate(timeout=60)[0], b"")

    def test_one_server_per_storage(self):
        server = self.serve()
        outcome = self.refused(2, says=str(server.process.pid))
        self.assertEqual(server.get("/health").status, 200, str(outcome))

    def test_host(self):
        server = self.serve("--host", "127.0.0.2")
        found = re.search(r"http://([^ :]+):", server.log())
        self.assertEqual(found[1], "127.0.0.2")
        with self.assertRaises(OSError):
            server.get("/health")
        server.host = "127.0.0.2"
        self.assertEqual(server.get("/health").status, 200)

    def test_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            taken.listen()
            self.refused(5, "--port", str(port), says=str(port))
        self.assertEqual(self.serve("--port", str(port)).port, port)

    def test_insecure(self):
        self.refused(2, "--host", "0.0.0.0", says="avatar keys create")
        self.serve("--host", "0.0.0.0", "--insecure").close()
        # On in a file, off on the command line.
        config = self.write("a.ini", "[server]\ninsecure = yes\nhost = 0.0.0.0\n")
        self.refused(2, "--config", config, "--insecure=no", says="avatar keys create")

    def test_storage(self):
        other = self.path("other")
        self.serve("--storage", other)
        self.assertTrue(os.path.exists(os.path.join(other, "avatar.db")))
        self.assertFalse(os.path.exists(self.storage))

    def test_store(self):
        self.serve("--store", "file").post("/jobs", {"text": "Hi."})
        self.assertTrue([n for n in os.listdir(os.path.join(self.storage, "jobs"))
                         if n.startswith("job-")])

    def test_config(self):
        config = self.write("a.ini", "[server]\nerrors = fastapi\n")
        answer = self.serve("--config", config).post("/jobs", {})
        self.assertIsInstance(answer.json["detail"], list)
        self.refused(4, "--config", self.path("missing.ini"), says="missing.ini")

    def test_environment(self):
        self.serve(env={"AVATAR_ERRORS": "fastapi"})
        self.refused(2, "--config", self.write("b.ini", "[server]\nprot = 1\n"), says="'port'")

    def test_errors(self):
        answer = self.serve("--errors", "fastapi").post("/jobs", {})
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.json["detail"][0]["loc"], ["body", "text"])

    def test_cors_origin(self):
        server = self.serve("--cors-origin", "https://a.example,https://b.example", "--cors-origin",
                            "https://c.example")
        for origin in ("https://a.example", "https://b.example", "https://c.example"):
            answer = server.get("/health", headers={"Origin": origin})
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], origin)
        answer = server.get("/health", headers={"Origin": "https://d.example"})
        self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])

    def test_log(self):
        server = self.serve("--log", "json")
        server.get("/health")
        server.stop()
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        self.assertTrue([line for line in lines if line.get("route") == "/health"], server.log())

    def test_queue_limit(self):
        server = self.serve("--queue-limit", "1")
        self.assertEqual(server.post("/jobs", {"text": "Hi."}).status, 202)
        self.assertEqual(server.post("/jobs", {"text": "Hi."}).status, 429)

    def test_rate_limit(self):
        server = self.serve("--rate-limit", "3")
        answers = [server.get("/jobs") for _ in range(5)]
        self.assertEqual([a.status for a in answers], [200, 200, 200, 429, 429])
        self.assertTrue(answers[-1].headers["Retry-After"])

    def test_key_jobs(self):
        server = self.serve("--key-jobs", "1")
        key = server.key("submit")
        self.assertEqual(server.post("/jobs", {"text": "Hi."}, key=key).status, 202)
        self.assertEqual(server.post("/jobs", {"text": "Hi."}, key=key).status, 429)

    def test_free_space(self):
        server = self.serve("--free-space", "100000000")
        self.assertEqual(server.post("/jobs", {"text": "Hi."}).status, 507)
        self.assertEqual(server.get("/jobs").status, 200)

    def test_keep_uploads(self):
        server = self.serve("--keep-uploads", "2h")
        with open(harness.picture("presenter"), "rb") as file:
            upload = server.post("/uploads", file.read(), kind="image/png").json
        made, ends = (time.mktime(time.strptime(upload[k][:19], "%Y-%m-%dT%H:%M:%S"))
                      for k in ("created_at", "expires_at"))
        self.assertAlmostEqual(ends - made, 7200, delta=2)

    def test_memory_budget(self):
        status = self.serve("--memory-budget", "1234").get("/status").json
        self.assertAlmostEqual(status["memory"]["budget_mb"], 1234, delta=70)


class Limits(ServerCase):
    """Of HTTP."""

    def test_upload_limit(self):
        server = self.serve("--upload-limit", "1")
        with open(harness.picture("presenter"), "rb") as file:
            picture = file.read()
        self.assertEqual(server.post("/uploads", picture, kind="image/png").status, 201)
        self.assertEqual(server.post("/uploads", picture + bytes(1 << 20), kind="image/png").status, 413)

    def test_json_limit(self):
        server = self.serve("--json-limit", "1")
        self.assertEqual(server.post("/jobs", {"text": "a" * 900}).status, 202)
        self.assertEqual(server.post("/jobs", {"text": "a" * 1100}).status, 413)

    def test_header_limit(self):
        server = self.serve("--header-limit", "8")
        self.assertEqual(server.get("/health", headers={"X": "a" * 2000}).status, 200)
        self.assertIn(server.get("/health", headers={"X": "a" * 9000}).status, (413, 431))

    def test_uri_limit(self):
        server = self.serve("--uri-limit", "1")
        self.assertEqual(server.get("/jobs?status=" + "a" * 900).status, 422)
        self.assertEqual(server.get("/jobs?status=" + "a" * 1100).status, 414)

    def test_header_lines(self):
        server = self.serve("--header-lines", "20")
        self.assertEqual(server.get("/health", headers={"X-%d" % i: "1" for i in range(10)}).status, 200)
        self.assertEqual(server.get("/health", headers={"X-%d" % i: "1" for i in range(30)}).status, 431)

    def test_parts_limit(self):
        server = self.serve("--parts-limit", "2")
        parts = [("file", ("a.png", b"\x89PNG")), ("a", "1"), ("b", "2")]
        kind, body = form(*parts)
        self.assertEqual(server.post("/uploads", body, kind=kind).status, 413)
        kind, body = form(*parts[:2])
        self.assertEqual(server.post("/uploads", body, kind=kind).status, 422)

    def test_field_limit(self):
        server = self.serve("--field-limit", "1")
        for size, status in ((900, 422), (1100, 413)):
            kind, body = form(("file", ("a.png", b"\x89PNG")), ("other", "x" * size))
            self.assertEqual(server.post("/uploads", body, kind=kind).status, status)

    def test_connections(self):
        server = self.serve("--connections", "8", "--header-timeout", "60s")
        with contextlib.ExitStack() as stack:
            for _ in range(8):
                sock = stack.enter_context(
                    socket.create_connection((server.host, server.port), timeout=60))
                sock.sendall(b"GET /health HTTP/1.1\r\n")
            with self.assertRaises((OSError, http.client.HTTPException)):
                connection = http.client.HTTPConnection(server.host, server.port, timeout=2)
                with contextlib.closing(connection):
                    connection.request("GET", "/health")
                    connection.getresponse()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.assertEqual(server.get("/health").status, 200)
                return
        self.fail("the server does not recover")

    def test_streams(self):
        server = self.serve("--streams", "1")
        job = server.post("/jobs", {"text": "Hi."}).json["id"]
        with contextlib.closing(http.client.HTTPConnection(server.host, server.port, timeout=60)) as one:
            one.request("GET", "/jobs/%s/events" % job)
            stream = one.getresponse()  # kept: the connection ends with it
            self.assertEqual(stream.status, 200)
            self.assertEqual(server.get("/jobs/%s/events" % job).status, 503)

    def test_waiting(self):
        server = self.serve("--waiting", "1")
        hold = {"Prefer": "wait=30"}
        with contextlib.closing(http.client.HTTPConnection(server.host, server.port, timeout=60)) as one:
            one.request("POST", "/jobs", json.dumps({"text": "Hi."}),
                        {"Content-Type": "application/json", **hold})
            end = time.monotonic() + 30
            while time.monotonic() < end and not server.get("/jobs").json["jobs"]:
                time.sleep(0.02)
            started = time.monotonic()
            second = server.post("/jobs", {"text": "Hi."}, headers=hold)
            self.assertIn(second.status, (202, 503))
            self.assertLess(time.monotonic() - started, 25)

    def test_header_timeout(self):
        server = self.serve("--header-timeout", "300ms", "--idle-timeout", "1h", "--stall-timeout", "1h")
        with socket.create_connection((server.host, server.port), timeout=60) as sock:
            sock.sendall(b"GET /health HTTP/1.1\r\nX: ")
            self.assertLess(closed_after(sock, 30), 20)

    def test_idle_timeout(self):
        server = self.serve("--idle-timeout", "300ms", "--header-timeout", "10m", "--stall-timeout", "1h")
        with socket.create_connection((server.host, server.port), timeout=60) as sock:
            sock.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(sock.recv(65536).startswith(b"HTTP/1.1 200"))
            self.assertLess(closed_after(sock, 30), 20)

    def test_stall_timeout(self):
        server = self.serve("--stall-timeout", "1s", "--idle-timeout", "1h", "--header-timeout", "10m")
        with socket.create_connection((server.host, server.port), timeout=60) as sock:
            sock.sendall(b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 100\r\n\r\n{")
            self.assertLess(closed_after(sock, 29), 20)

    def test_request_timeout(self):
        server = self.serve("--request-timeout", "1s")
        job = server.post("/jobs", {"text": "Hi."}).json["id"]
        with socket.create_connection((server.host, server.port), timeout=60) as sock:
            sock.sendall(b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 1000000\r\n\r\n")
            started = time.monotonic()
            with contextlib.suppress(OSError):
                while time.monotonic() - started < 30:
                    sock.sendall(b" " * 2000)
                    time.sleep(0.1)
            self.assertLess(time.monotonic() - started, 25, job)

    def test_rate_min(self):
        """10 kB/s are enough by default, and too few when a megabyte is asked for."""
        for options, enough in (((), True), (("--rate-min", "1000000"), False)):
            server = self.serve("--stall-timeout", "1s", *options)
            with socket.create_connection((server.host, server.port), timeout=60) as sock:
                sock.sendall(b"POST /uploads HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
                             b"Content-Length: 1000000\r\n\r\n")
                started, alive = time.monotonic(), True
                while alive and time.monotonic() - started < (3 if enough else 30):
                    try:
                        sock.sendall(b" " * 2000)
                    except OSError:
                        alive = False
                    time.sleep(0.2)
                self.assertEqual(alive, enough)
            server.close()

    def test_ping(self):
        server = self.serve("--ping", "200ms")
        job = server.post("/jobs", {"text": "Hi."}).json["id"]
        with contextlib.closing(http.client.HTTPConnection(server.host, server.port, timeout=60)) as one:
            one.request("GET", "/jobs/%s/events" % job)
            stream = one.getresponse()
            pings = 0
            while pings < 2:
                line = stream.readline()
                self.assertTrue(line, "the stream ended")
                pings += line.startswith(b":")


class Retention(ServerCase):
    """Applied when the server starts, and every minute."""

    def finished(self, count=2):
        """Jobs that have ended, the oldest first."""
        env = environment(AVATAR_STORAGE=self.storage)
        ids = []
        for _ in range(count):
            job = self.good("jobs", "submit", "Hi.", "--avatar", harness.picture("presenter", 900),
                            "--json", env=env).json["jobs"][0]
            self.good("jobs", "cancel", job["id"], env=env)
            ids.append(job["id"])
        return ids

    def left(self, server, expected, seconds=30):
        end = time.monotonic() + seconds
        while True:
            ids = [job["id"] for job in server.get("/jobs").json["jobs"]]
            if sorted(ids) == sorted(expected) or time.monotonic() > end:
                return self.assertEqual(sorted(ids), sorted(expected))
            time.sleep(0.05)

    def test_nothing_goes_by_itself(self):
        ids = self.finished()
        server = self.serve()
        time.sleep(1)
        self.left(server, ids)

    def test_keep_for(self):
        self.finished()
        time.sleep(1)
        self.left(self.serve("--keep-for", "1s"), [])

    def test_keep_last(self):
        ids = self.finished(3)
        time.sleep(1)
        self.left(self.serve("--keep-for", "1s", "--keep-last", "2"), ids[1:])

    def test_disk_quota(self):
        ids = self.finished()
        uploads = os.path.join(self.storage, "uploads")
        used = sum(os.path.getsize(os.path.join(uploads, name, "data")) for name in os.listdir(uploads))
        self.assertGreater(used, 1 << 20)
        server = self.serve("--disk-quota", str((used >> 20) + 1))
        time.sleep(1)
        self.left(server, ids)
        server.close()
        self.left(self.serve("--disk-quota", "1"), [])


class Handed(ServerCase):
    """What the server hands on without doing anything with it itself."""

    def test_to_the_server(self):
        """Every setting arrives on its command line, with the value that was resolved."""
        given = {"connections-per-peer": "77", "stream-buffer": "17", "worker-threads": "3",
                 "memory-budget": "1000", "lease": "7s", "poll": "2s", "drain": "3s",
                 "time-limit": "10m", "rescues": "5", "recycle-jobs": "9", "recycle-memory": "900",
                 "webhook-private": "yes", "interactive": "0", "workers": "0"}
        options = [word for name, value in given.items() for word in
                   (["--" + name] if value == "yes" else ["--" + name, value])]
        server = self.serve(*options)
        with open("/proc/%d/cmdline" % server.process.pid, encoding="utf-8") as file:
            args = file.read().split("\0")
        for name, value in given.items():
            self.assertIn("--%s=%s" % (name, value), args)
        self.assertIn("--keep-for=0", args)

    def test_secrets_are_not_on_the_command_line(self):
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        server = self.serve(env={"AVATAR_WEBHOOK_SECRET": secret})
        with open("/proc/%d/cmdline" % server.process.pid, encoding="utf-8") as file:
            self.assertNotIn(secret, file.read())
        server.stop()
        self.assertNotIn(secret, server.log())


class Workers(ServerCase):
    def workers(self, server, count):
        """{name: command line} of its worker processes, once they answer."""
        end = time.monotonic() + 60
        while True:
            found = server.get("/status").json["workers"]
            if len(found) == count or time.monotonic() > end:
                break
            time.sleep(0.05)
        self.assertEqual(len(found), count, found)
        lines = {}
        for worker in found:
            with open("/proc/%d/cmdline" % worker["pid"], encoding="utf-8") as file:
                lines[worker["name"]] = file.read().split("\0")
        return lines

    def test_workers(self):
        server = self.serve(workers=2)
        self.assertEqual(sorted(self.workers(server, 2)), ["worker-1", "worker-2"])
        text = self.good("server", "status", "--storage", self.storage).out
        self.assertRegex(text, r"(?m)^worker-2 +idle, \d+ MB$")

    def test_interactive(self):
        lines = self.workers(self.serve(workers=1, interactive=1), 2)
        self.assertIn("--interactive", lines["interactive-1"])
        self.assertNotIn("--interactive", lines["worker-1"])

    def test_handed_to_workers(self):
        """What is the workers' own is given to each; what all share is divided."""
        lines = self.workers(self.serve(
            "--lease", "7s", "--poll", "2s", "--drain", "3s", "--time-limit", "10m", "--recycle-jobs",
            "9", "--recycle-memory", "900", "--memory-budget", "1000", "--worker-threads", "3",
            "--webhook-private", workers=2), 2)
        for line in lines.values():
            # The last of two is what counts.
            given = dict(word[2:].partition("=")[::2] for word in line if word.startswith("--"))
            self.assertEqual(given["lease"], "7000ms")
            self.assertEqual(given["poll"], "2s")
            self.assertEqual(given["drain"], "3000ms")
            self.assertEqual(given["time-limit"], "600000ms")
            self.assertEqual(given["recycle-jobs"], "9")
            self.assertAlmostEqual(int(given["recycle-memory"]), 900, delta=50)
            self.assertAlmostEqual(int(given["memory-budget"]), 500, delta=50)
            self.assertEqual(given["threads"], "3")
            # Deliveries are the server's own.
            self.assertNotIn("webhook-private", given)


class Status(ServerCase):
    def test_status(self):
        outcome = avatar("server", "status", "--storage", self.storage)
        self.assertEqual(outcome.status, 18, str(outcome))
        self.assertIn("'avatar server start' starts one", outcome.err)
        server = self.serve()
        server.post("/jobs", {"text": "Hi."})
        text = self.good("server", "status", "--storage", self.storage).out
        self.assertRegex(text, r"(?m)^server +%s$" % url_of(server))
        self.assertRegex(text, r"(?m)^process +%d$" % server.process.pid)
        self.assertRegex(text, r"(?m)^jobs +1 waiting, 0 running")
        result = self.good("server", "status", "--storage", self.storage, "--json").json
        self.assertEqual((result["url"], result["pid"]), (url_of(server), server.process.pid))
        self.assertEqual(result["status"]["jobs"]["pending"], 1)

    def test_server(self):
        server = self.serve()
        none = environment(AVATAR_STORAGE=self.path("none"))
        text = self.good("server", "status", "--server", url_of(server), env=none).out
        self.assertIn(url_of(server), text)
        outcome = avatar("server", "status", "--server", "http://127.0.0.1:1", env=none)
        self.assertEqual(outcome.status, 18, str(outcome))

    def test_key(self):
        key = self.good("keys", "create", "--scope", "read", "--storage", self.storage,
                        "--json").json["key"]
        place = ["--server", url_of(self.serve())]
        without = self.good("server", "status", *place)
        self.assertNotIn("jobs", without.out)
        self.assertIn("--key", without.err)
        self.assertRegex(self.good("server", "status", *place, "--key", key).out, r"(?m)^jobs ")

    def test_storage_store_and_config(self):
        self.serve("--store", "file")
        config = self.write("a.ini", "[avatar]\nstorage = %s\nstore = file\n" % self.storage)
        none = environment(AVATAR_STORAGE=None)
        for place in (["--config", config], ["--storage", self.storage, "--store", "file"]):
            self.assertIn("process", self.good("server", "status", *place, env=none).out)


class Stop(ServerCase):
    def test_stop(self):
        server = self.serve()
        text = self.good("server", "stop", "--storage", self.storage).out
        self.assertEqual(text, "the server (process %d) has stopped\n" % server.process.pid)
        self.assertEqual(server.process.wait(60), 0)
        again = self.good("server", "stop", "--storage", self.storage)
        self.assertIn("no server runs", again.out)
        self.assertIs(self.good("server", "stop", "--storage", self.storage, "--json").json["stopped"],
                      False)

    def test_storage_and_config(self):
        for place in ("--storage", "--config"):
            server = self.serve()
            value = self.storage if place == "--storage" else self.write(
                "a.ini", "[avatar]\nstorage = %s\n" % self.storage)
            self.good("server", "stop", place, value, env=environment(AVATAR_STORAGE=None))
            self.assertEqual(server.process.wait(60), 0)
            server.close()

    def test_drain(self):
        """It waits for as long as the server may take, and says so when that is not enough."""
        os.makedirs(os.path.join(self.storage, "run"))
        script = ("import fcntl,os,signal,sys,time\n"
                  "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                  "f=open(sys.argv[1],'w+'); fcntl.flock(f, fcntl.LOCK_EX); f.write(str(os.getpid()))\n"
                  "f.flush(); print('ready', flush=True); time.sleep(120)\n")
        lock = os.path.join(self.storage, "run", "server.lock")
        holder = subprocess.Popen(["python3", "-c", script, lock], stdout=subprocess.PIPE)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        holder.stdout.readline()
        started = time.monotonic()
        outcome = avatar("server", "stop", "--storage", self.storage, "--drain", "0")
        self.assertEqual(outcome.status, 19, str(outcome))
        self.assertIn("still runs after 20 s", outcome.err)
        self.assertLess(time.monotonic() - started, 45)


if __name__ == "__main__":
    harness.main()
