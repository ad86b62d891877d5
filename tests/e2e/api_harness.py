# SPDX-License-Identifier: Apache-2.0
"""A server of the test's own, on a free port of the loopback address, and a client for it. Only the Python
standard library is used; each server ends with the test that started it."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import harness

# Generous: sanitizer builds and loaded machines are slow.
START_S = 60
REQUEST_S = 120


class Answer:
    """What came back."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return "%d %s\n%s" % (self.status, dict(self.headers), self.body[:2000])


def form(*parts):
    """A multipart body: (name, value) or (name, (filename, bytes)). Gives (content type, bytes)."""
    boundary = "boundary-0123456789"
    out = []
    for name, value in parts:
        head = 'Content-Disposition: form-data; name="%s"' % name
        if isinstance(value, tuple):
            head += '; filename="%s"\r\nContent-Type: application/octet-stream' % value[0]
            value = value[1]
        out.append(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), value
                                                if isinstance(value, bytes) else value.encode()))
    out.append(b"--%s--\r\n" % boundary.encode())
    return "multipart/form-data; boundary=" + boundary, b"".join(out)


def exported(picture, name="Ada", rights="A picture of myself, taken by me."):
    """An avatar profile as a file (store/avatar_file.h), though nobody exported it."""
    about = json.dumps({"name": name, "rights": rights, "media_type": "image/png", "size_bytes": len(picture),
                        "sha256": hashlib.sha256(picture).hexdigest()}).encode()
    return b"AVTFACE1" + len(about).to_bytes(4, "little") + about + picture


def write_profile(storage, profile_id, owner, source=""):
    """A cloned voice as the storage keeps it (profile/profile.h), without cloning. Gives its folder."""
    folder = os.path.join(storage, "voices", profile_id)
    texts = {"id": profile_id, "name": "Ada", "language": "en-us", "gender": "female",
             "engine": "kokoro", "maker": "test", "encoder": "test", "model": "test",
             "created_at": "2026-01-15T12:00:00Z", "consent": "I agree.", "consent_by": "Ada",
             "consent_at": "2026-01-15T12:00:00Z", "stock_id": "af_heart", "owner": owner,
             "source": source, "blend": ""}
    numbers = dict.fromkeys(("similarity", "self_similarity", "stock_similarity", "pitch_st",
                             "pitch_spread_st", "reference_pitch_st", "reference_spread_st",
                             "reference_s", "reference_speech_s", "reference_snr_db"), 0.5)
    os.makedirs(folder)
    with open(os.path.join(folder, "profile.json"), "w", encoding="utf-8") as file:
        json.dump({"version": 1, **texts, **numbers, "eq_db": [0.0] * 40, "has_reference": False}, file)
    with open(os.path.join(folder, "style.f32"), "wb") as file:
        file.write(bytes(4 * 510 * 256))
    return folder


class Server:
    """`avatar server start` in a storage folder of its own."""

    def __init__(self, *options, workers=0, interactive=0, storage=None, env=None):
        self.folder = tempfile.mkdtemp(prefix="avatar-api-")
        self.storage = storage or os.path.join(self.folder, "storage")
        self.log_path = os.path.join(self.folder, "log")
        self.env = harness.environment(AVATAR_STORAGE=self.storage, AVATAR_CONFIG="", **(env or {}))
        self.options = ["--port", "0", "--workers", str(workers), "--interactive", str(interactive),
                        *options]
        self.process = None
        self.host, self.port = "127.0.0.1", None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [harness.BINARY, "server", "start", *self.options], env=self.env, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_S
        while self.port is None:
            found = re.search(r"http://[^ :]+:(\d+)", self.log())
            if found:
                self.port = int(found[1])
            elif self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the server did not start: " + self.log())
            else:
                time.sleep(0.02)
        return self

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.process:
            self.process.wait()

    def close(self):
        """A server that was up has to end well: sanitizers report at the end. Can be repeated."""
        self.stop()
        if not os.path.exists(self.log_path):
            return
        log = self.log()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.port is not None and self.process.returncode != 0:
            raise AssertionError("the server ended with %d: %s" % (self.process.returncode,
                                                                  log[-6000:]))

    def command(self, *args):
        """A command of the same storage; its JSON."""
        outcome = harness.avatar(*args, "--json", env=self.env)
        if outcome.status != 0:
            raise AssertionError(str(outcome))
        return outcome.json

    def key(self, scope, *options):
        return self.command("keys", "create", "--scope", scope, *options)["key"]

    def request(self, method, path, body=None, key=None, headers=None, kind=None):
        sent = dict(headers or {})
        if isinstance(body, (dict, list)):
            body, kind = json.dumps(body).encode(), kind or "application/json"
        if kind:
            sent["Content-Type"] = kind
        if key:
            sent["Authorization"] = "Bearer " + key
        connection = http.client.HTTPConnection(self.host, self.port, timeout=REQUEST_S)
        with contextlib.closing(connection):
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            return Answer(got.status, got.headers, got.read())

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path, body=None, **kwargs):
        return self.request("POST", path, body, **kwargs)

    def delete(self, path, **kwargs):
        return self.request("DELETE", path, **kwargs)

    def events(self, job, key=None, last_id=None, seconds=REQUEST_S):
        """Server-sent events of a job until the stream ends: [(id, event, data)]."""
        headers = {"Accept": "text/event-stream"}
        if key:
            headers["Authorization"] = "Bearer " + key
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=seconds)
        found = []
        with contextlib.closing(connection):
            connection.request("GET", "/jobs/%s/events" % job, headers=headers)
            got = connection.getresponse()
            if got.status != 200:
                raise AssertionError(str(Answer(got.status, got.headers, got.read())))
            event = {}
            for line in got:
                line = line.decode().rstrip("\r\n")
                if not line and "data" in event:
                    found.append((event.get("id"), event.get("event"), json.loads(event["data"])))
                if not line:
                    event = {}
                elif not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    event[name] = value
        return found

    def websocket(self, path, key=None, headers=()):
        """Handshake; gives the status and, for 101, the text messages until the server closes."""
        nonce = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET %s HTTP/1.1" % path, "Host: %s:%d" % (self.host, self.port),
                 "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " + nonce, *headers]
        if key:
            lines.append("Authorization: Bearer " + key)
        with socket.create_connection((self.host, self.port), timeout=REQUEST_S) as sock:
            sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            stream = sock.makefile("rb")
            status = int(stream.readline().split()[1])
            accept = None
            while line := stream.readline().strip():
                name, _, value = line.decode().partition(":")
                if name.lower() == "sec-websocket-accept":
                    accept = value.strip()
            if status != 101:
                return status, []
            want = hashlib.sha1((nonce + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            if accept != base64.b64encode(want).decode():
                raise AssertionError("wrong Sec-WebSocket-Accept")
            return status, list(messages(stream))

    def wait(self, job, key=None, seconds=REQUEST_S):
        """The job once it is in a final state."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.get("/jobs/" + job, key=key)
            if answer.status != 200:
                raise AssertionError(str(answer))
            if answer.json["status"] in ("completed", "failed", "cancelled"):
                return answer.json
            if time.monotonic() > deadline:
                raise AssertionError("not done in time: " + str(answer))
            time.sleep(0.05)


def messages(stream):
    """Text messages of a WebSocket's frames from the server, until it closes."""
    while True:
        head = stream.read(2)
        if len(head) < 2:
            return
        opcode, size = head[0] & 15, head[1] & 127
        if size == 126:
            size = struct.unpack(">H", stream.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", stream.read(8))[0]
        data = stream.read(size)
        if opcode == 8:
            return
        if opcode == 1:
            yield json.loads(data)


class ApiCase(unittest.TestCase):
    """Tests that share one server, started with OPTIONS and WORKERS."""

    OPTIONS = ("--rate-limit", "0", "--key-jobs", "0")
    ENV = {}
    WORKERS = 0
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.OPTIONS, workers=cls.WORKERS, env=cls.ENV).start()
        cls.addClassCleanup(cls.server.close)

    def expect(self, status, answer):
        """The answer, which must have this status, and, if it is an error, the form of one."""
        self.assertEqual(answer.status, status, str(answer))
        self.assertTrue(answer.headers["X-Request-Id"], str(answer))
        if status >= 400 and answer.body:
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            problem = answer.json
            self.assertEqual(problem["status"], status)
            self.assertEqual(problem["request_id"], answer.headers["X-Request-Id"])
            for name in ("title", "detail", "code"):
                self.assertTrue(problem[name], str(answer))
        return answer

    def refused(self, status, code, answer, loc=None, kind=None):
        """An error with that code, and with a fault at that place."""
        problem = self.expect(status, answer).json
        self.assertEqual(problem["code"], code, str(answer))
        if loc is not None:
            self.assertIn(list(loc), [fault["loc"] for fault in problem["errors"]], str(answer))
        if kind is not None:
            self.assertIn(kind, [fault["type"] for fault in problem["errors"]], str(answer))
        return problem


def once(call):
    """A thread that calls, and a function that waits and gives what came back."""
    box = []
    thread = threading.Thread(target=lambda: box.append(call()))
    thread.start()

    def result():
        thread.join(REQUEST_S)
        return box[0]
    return result


def tools_python(case):
    """Python with the packages of tests/requirements.txt. `./dev test` installs them and says where; a test
    that is run without it is skipped where they are not."""
    said = os.environ.get("AVATAR_TEST_TOOLS")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    python = os.path.join(said or os.path.join(cache, "avatar", "test-tools"), "bin", "python")
    if not os.path.exists(python):
        if said:
            raise AssertionError("%s is not there: run ./dev test" % python)
        case.skipTest("the Python packages of the tests are not installed: run ./dev test")
    return python
