# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm, on raw sockets: after each the server lives, answers, and has kept nothing."""
import contextlib
import os
import random
import re
import socket
import struct
import subprocess
import time
import unittest

import api_harness
import harness

MIB = 1 << 20
WAIT_S = 60
JSON = "Content-Type: application/json\r\n"


def program():
    """avatar-server, beside the program or where it was installed."""
    folder = os.path.dirname(os.path.abspath(harness.BINARY))
    for place in ("avatar-server", "../libexec/avatar/avatar-server"):
        path = os.path.join(folder, place)
        if os.path.exists(path):
            return path
    raise AssertionError("avatar-server is not there")


# Requests that garbage() spoils, and what it spoils them with.
GOOD = [
    b"GET /jobs?limit=5&cursor=a%20b HTTP/1.1\r\nHost: x\r\nCookie: a=\"b\"; c=d\r\nRange: bytes=0-1\r\n\r\n",
    b"POST /jobs HTTP/1.1\r\nHost: x\r\n" + JSON.encode() + b"Content-Length: 14\r\n\r\n{\"text\":\"hi\"}\n",
    b"POST /jobs HTTP/1.1\r\nHost: x\r\n" + JSON.encode() + b"Transfer-Encoding: chunked\r\n\r\n"
    b"5;a=b\r\n{\"tex\r\n9\r\nt\":\"hi\"}\n\r\n0\r\nX-T: y\r\n z\r\n\r\n",
    b"POST /uploads HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 92"
    b"\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\x89PNG\r\n\x1a\n\r\n"
    b"--x--\r\n",
    b"GET /jobs/job-20240115120000-abc12345/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade"
    b"\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x82\1\2\3\4hi",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\nOrigin: y\r\n folded\r\nExpect: 100-continue\r\n\r\n"
    b"HEAD /health HTTP/1.0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]
BAD = [b"\r\n", b"\n", b"\r\n ", b":", b" ", b"\0", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
       b"%00", b"%2e", b"&", b"=", b"\"", b";", b"A" * 3000, b"0\r\n\r\n", b"HTTP/1.1", b"Cookie: =\"\r\n"]


def garbage(chance):
    """A request or two, spoilt."""
    data = bytearray(chance.choice(GOOD))
    if chance.random() < 0.3:
        data += chance.choice(GOOD)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            del data[at:at + chance.randrange(1, 20)]
        elif kind == 1:
            data[at:at] = chance.choice(BAD) * chance.choice((1, 1, 1, 40))
        elif kind == 2:
            data[at:at + 1] = bytes([chance.randrange(256)])
        elif kind == 3:
            data[at:at] = bytes(data[at:at + chance.randrange(1, 60)]) * chance.randrange(1, 4)
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


class Server(api_harness.Server):
    """The server itself, without the command that starts it, so that its own process can be looked at."""

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [program(), "--storage=" + self.storage, "--port=0", "--workers=0", "--interactive=0",
                 *self.options[6:]], env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + WAIT_S
        while self.port is None:
            found = re.search(r"http://[^ :]+:(\d+)", self.log())
            if found:
                self.port = int(found[1])
            elif self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the server did not start: " + self.log())
            else:
                time.sleep(0.02)
        return self


class Reply:
    """The first answer in some bytes, and what follows it."""

    def __init__(self, data):
        self.data = data
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        found = re.match(r"HTTP/1\.[01] (\d{3})", lines[0])
        self.status = int(found[1]) if found else None
        self.headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines[1:]}
        length = int(self.headers.get("content-length", len(rest)))
        self.body, self.rest = rest[:length], rest[length:]

    def __str__(self):
        return repr(self.data[:600])


class Hostile(unittest.TestCase):
    """One server for all, with deadlines of a second."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--header-timeout=1s", "--idle-timeout=1s", "--stall-timeout=1s",
                            "--rate-min=1000", "--upload-limit=1", "--streams=500", "--rate-limit=0",
                            "--connections=3000").start()
        cls.addClassCleanup(cls.server.close)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        # Under a sanitizer: nothing was leaked by any of the tests either.
        if cls.server.process.returncode != 0:
            raise AssertionError("the server ended with %d: %s" %
                                 (cls.server.process.returncode, cls.server.log()[-4000:]))

    def tearDown(self):
        answer = self.server.get("/health")
        self.assertEqual(answer.status, 200, str(answer))
        self.assertIsNone(self.server.process.poll())
        deadline = time.monotonic() + WAIT_S
        while self.leftovers() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.leftovers(), [])

    def leftovers(self):
        """Files in tmp/, and unnamed ones that the server still holds open."""
        found = os.listdir(os.path.join(self.server.storage, "tmp"))
        folder = "/proc/%d/fd" % self.server.process.pid
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                target = os.readlink(os.path.join(folder, name))
                if "/tmp/#" in target or "/.spool-" in target:
                    found.append(target)
        return found

    def connect(self):
        sock = socket.create_connection((self.server.host, self.server.port), timeout=WAIT_S)
        self.addCleanup(sock.close)
        return sock

    def read(self, sock, until=None):
        """All there is, to the end of the connection or `until` was seen."""
        data = b""
        with contextlib.suppress(ConnectionError):
            while until is None or until not in data:
                piece = sock.recv(65536)
                if not piece:
                    break
                data += piece
        return data

    def ask(self, data):
        """Sends bytes and reads until the server closes."""
        sock = self.connect()
        with contextlib.suppress(ConnectionError):
            sock.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        return Reply(self.read(sock))

    def get(self, target, headers=""):
        return self.ask("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n" % (target, headers))

    def post(self, target, headers, body=b""):
        return self.ask(("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n" %
                         (target, headers)).encode("latin-1") + body)

    def job(self):
        answer = self.server.post("/jobs", {"text": "Be kind."})
        self.assertEqual(answer.status, 202, str(answer))
        return answer.json["id"]

    # ---- addresses ---------------------------------------------------------------------------

    def test_no_path_leads_out(self):
        ups = ["..", "%2e%2e", "%2E%2e", ".%2e", "%2e.", "%252e%252e", "%c0%ae%c0%ae", "..%00", "..%2f..",
               "..%5c..", "..\\..", "%uff0e%uff0e", "....//", "..;", "%2e%2e%2f%2e%2e%2f", "/", "%00", "~",
               "\xff\xfe", "%ff", "..%c0%af.."]
        places = ["/{}", "/{}/etc/passwd", "/jobs/{}", "/jobs/{}/result", "/jobs/{}/{}/{}/etc/passwd",
                  "/uploads/{}", "/voice/profiles/{}", "/avatar/profiles/{}/thumbnail", "/docs/{}",
                  "/docs/{}/{}/{}/etc/passwd", "/redoc/{}", "/video/info?id={}"]
        for place in places:
            for up in ups:
                target = place.replace("{}", up)
                reply = self.get(target)
                # /docs and the like are pages of their own; nothing else may be found.
                self.assertIn(reply.status, (400, 404, 405, 422), target + ": " + str(reply))
                self.assertNotIn(b"root:", reply.data, target)

    def test_huge_addresses_and_headers(self):
        for size in (9000, 70000, 140000, MIB):
            self.assertEqual(self.get("/" + "a" * size).status, 414, size)
            self.assertEqual(self.get("/health?x=" + "a" * size).status, 414, size)
        for size in (66000, 131000, MIB):
            self.assertEqual(self.get("/health", "X-Long: %s\r\n" % ("a" * size)).status, 431, size)
        many = "".join("X-%d: 1\r\n" % i for i in range(5000))
        self.assertEqual(self.get("/health", many).status, 431)
        self.assertEqual(self.get("/health", "X: %s\r\n" % ("a" * 8000)).status, 200)
        self.assertIn(self.get("/health", "Cookie: a=\"\r\nCookie: %s\r\n" % ("a=\";" * 900)).status, (200, 431))

    # ---- framing -----------------------------------------------------------------------------

    def test_contradictory_lengths_smuggle_nothing(self):
        hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
        cases = [
            ("Content-Length: 0\r\nContent-Length: %d\r\n" % len(hidden), 400),
            ("Content-Length: %d\r\nContent-Length: 0\r\n" % len(hidden), 400),
            ("Content-Length: %d, 0\r\n" % len(hidden), 400),
            ("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(hidden), 400),
            ("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", 400),
            ("Transfer-Encoding: identity\r\nContent-Length: 0\r\n", 400),
            ("Transfer-Encoding: xchunked\r\n", 501),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400),
            ("Transfer-Encoding: chunked, identity\r\n", 501),
            ("Transfer-Encoding:\x0bchunked\r\nContent-Length: 0\r\n", 400),
            ("Content-Length : 0\r\n", 400),
            ("Content-\r\n Length: 5\r\n", 400),
            ("Content-:5\r\n Length\r\n", 400),
            ("X: a\r\n\tb: c\r\nContent-Length: 0\r\n", 400),
            ("Content-Length: +0\r\n", 400),
            ("Content-Length: 0x10\r\n", 400),
            ("Content-Length: -1\r\n", 400),
            ("Content-Length: 1e1\r\n", 400),
            ("Content-Length: 18446744073709551617\r\n", 413),
            ("Content-Length: \r\n", 400),
        ]
        for headers, status in cases:
            for kept in ("", "Connection: keep-alive\r\n"):
                data = ("POST /jobs HTTP/1.1\r\nHost: x\r\n" + JSON + kept + headers + "\r\n").encode("latin-1")
                reply = self.ask(data + hidden)
                self.assertEqual(reply.status, status, headers + str(reply))
                # One answer, and then the end. (The library sends its own about a length that is no
                # number with its head twice.)
                statuses = set(re.findall(rb"HTTP/1.1 (\d+)", reply.data))
                self.assertEqual(statuses, {b"%d" % status}, headers + str(reply))

    def test_bad_chunks(self):
        for body in (b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"+2\r\n{}\r\n0\r\n\r\n",
                     b"0x2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}x\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n", b"\r\n\r\n",
                     b"ffffffffffffffffff\r\n", b";\r\n", b"2 \r\n{}\r\n0\r\n\r\n"):
            reply = self.post("/jobs", JSON + "Transfer-Encoding: chunked\r\n", body)
            self.assertIn(reply.status, (400, 413), repr(body) + str(reply))
        # An endless line of a size or an extension, and trailers without end. The library answers the
        # first two itself, with 500.
        for body in (b"2;" + b"x" * MIB, b"0" * MIB, b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 50000):
            reply = self.post("/jobs", JSON + "Transfer-Encoding: chunked\r\n", body)
            self.assertIn(reply.status, (400, 413, 422, 431, 500, None), str(reply))

    def test_garbage(self):
        chance = random.Random(20240115)
        for _ in range(600):
            data = garbage(chance)
            with contextlib.closing(self.connect()) as sock, contextlib.suppress(OSError):
                cut = chance.randrange(len(data) + 1)
                sock.sendall(data[:cut])
                sock.sendall(data[cut:])
                sock.shutdown(socket.SHUT_WR)
                sock.settimeout(0.2)
                self.read(sock)

    def test_pipelining(self):
        one = b"GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: n%d\r\n\r\n"
        last = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        reply = self.ask(b"".join(one % i for i in range(200)) + last)
        ids = re.findall(rb"X-Request-Id: n(\d+)\r\n", reply.data)
        self.assertEqual([int(i) for i in ids], list(range(200)))
        # What stands behind a request whose end is not clear is never read as another.
        bad = b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
        reply = self.ask(one % 0 + bad + one % 1)
        self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", reply.data), [b"200", b"400"], str(reply))

    # ---- slow clients ------------------------------------------------------------------------

    def drip(self, begin, byte=b"a"):
        """Sends a byte now and then until the server has had enough."""
        sock = self.connect()
        sock.sendall(begin)
        sock.settimeout(0.1)
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            try:
                sock.sendall(byte)
                if not sock.recv(65536):
                    return
            except socket.timeout:
                continue
            except ConnectionError:
                return
        self.fail("a client that drips is never closed")

    def test_slow_headers(self):
        self.drip(b"")
        self.drip(b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: ")
        self.drip(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /hea")

    def test_slow_bodies(self):
        head = b"POST /uploads HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        self.drip(head + b"Content-Length: 100000\r\n\r\n")
        self.drip(head + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n")
        self.drip(b"POST /jobs HTTP/1.1\r\nHost: x\r\n" + JSON.encode() + b"Content-Length: 1000\r\n\r\n")

    def test_idle_connections_are_closed_and_do_not_keep_others_out(self):
        idle = [self.connect() for _ in range(300)]
        self.assertEqual(self.get("/health").status, 200)
        for sock in idle:
            self.assertEqual(self.read(sock), b"")

    # ---- bodies ------------------------------------------------------------------------------

    def test_deep_json(self):
        for body in (b"[" * 1000000, b"[" * 500000 + b"]" * 500000, b'{"a":' * 400000,
                     b'{"text":' + b"[" * 1000000):
            reply = self.post("/jobs", JSON + "Content-Length: %d\r\n" % len(body), body)
            self.assertIn(reply.status, (400, 422), str(reply))
        for body in (b'{"text":"' + b"a" * 5000000 + b'"}', b"1" * 1000000, b'"\xff\xfe"', b'"\\ud800"',
                     b'{"text":"a","text":"b"}', b"\xef\xbb\xbf{}", b"nul", b'{"text":"\\u0000"}'):
            reply = self.post("/jobs", JSON + "Content-Length: %d\r\n" % len(body), body)
            self.assertIn(reply.status, (400, 422), repr(body[:40]) + str(reply))

    def test_claims_of_ten_gigabytes(self):
        claim = "Content-Length: 10737418240\r\n"
        for target, kind in (("/uploads", "Content-Type: video/mp4\r\n"), ("/jobs", JSON),
                             ("/uploads", "Content-Type: multipart/form-data; boundary=x\r\n")):
            reply = self.post(target, kind + claim, b"some")
            self.assertEqual(reply.status, 413, str(reply))
            self.assertIn(b"too_large", reply.body)
            sock = self.connect()
            sock.sendall(("POST %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n%s%s\r\n" %
                          (target, kind, claim)).encode())
            self.assertEqual(Reply(self.read(sock)).status, 413, "the body is asked for")

    def test_more_than_the_limit_without_a_claim(self):
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for kind in ("Content-Type: video/mp4\r\n", "Content-Type: multipart/form-data; boundary=x\r\n"):
            part = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
            begin = b"" if "mp4" in kind else b"%x\r\n%s\r\n" % (len(part), part)
            reply = self.post("/uploads", kind + "Transfer-Encoding: chunked\r\n", begin + chunk * 64)
            self.assertEqual(reply.status, 413, kind + str(reply))

    def test_compressed_and_untyped_bodies(self):
        for headers in (JSON + "Content-Encoding: gzip\r\n", JSON + "Content-Encoding: deflate, br\r\n", "",
                        "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"):
            reply = self.post("/jobs", headers + "Content-Length: 2\r\n", b"{}")
            self.assertEqual(reply.status, 415, headers + str(reply))

    def test_bad_forms(self):
        part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        forms = [b"", b"--x", part, part + b"data", part + b"data\r\n--x", b"--y--\r\n", b"--x\r\n\r\n\r\n--x--",
                 b"--x\r\n" + b"A: " + b"b" * 100000 + b"\r\n\r\n--x--\r\n",
                 b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n' % i
                          for i in range(40)) + b"--x--\r\n",
                 b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n' + b"a" * 100000 + b"\r\n--x--\r\n"]
        for form in forms:
            reply = self.post("/uploads", "Content-Type: multipart/form-data; boundary=x\r\n"
                              "Content-Length: %d\r\n" % len(form), form)
            self.assertIn(reply.status, (400, 413, 415, 422), repr(form[:60]) + str(reply))

    def test_abrupt_ends_of_uploads(self):
        reset = struct.pack("ii", 1, 0)
        kinds = [b"Content-Type: image/png\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 500000,
                 b"Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n" + b"x" * 500000,
                 b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n"
                 b"--x\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n" + b"x" * 500000,
                 b"Content-Type: image/png\r\nContent-Length: 1000000\r\n\r\n"]
        for kind in kinds:
            for hard in (False, True):
                sock = self.connect()
                sock.sendall(b"POST /uploads HTTP/1.1\r\nHost: x\r\n" + kind)
                if hard:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                sock.close()

    # ---- streams -----------------------------------------------------------------------------

    def test_more_streams_than_allowed(self):
        job = self.job()
        request = ("GET /jobs/%s/events HTTP/1.1\r\nHost: x\r\n\r\n" % job).encode()
        socks = [self.connect() for _ in range(600)]
        for sock in socks:
            sock.sendall(request)
        statuses = [Reply(self.read(sock, b"\r\n\r\n")).status for sock in socks]
        self.assertEqual(sorted(set(statuses)), [200, 503])
        self.assertEqual(statuses.count(200), 500)
        self.assertEqual(self.get("/health").status, 200)
        self.assertEqual(self.server.delete("/jobs/" + job).status, 200)
        for sock, status in zip(socks, statuses):
            rest = self.read(sock) # the end of the job ends every stream
            if status == 200:
                self.assertIn(b"cancelled", rest)

    def test_websocket_garbage(self):
        job = self.job()
        upgrade = ("GET /jobs/%s/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" %
                   job).encode()
        chance = random.Random(7)
        for i in range(40):
            sock = self.connect()
            sock.sendall(upgrade)
            self.assertEqual(Reply(self.read(sock, b"\r\n\r\n")).status, 101)
            sock.sendall(bytes([0xf0 | i % 16]) + bytes(chance.randrange(256) for _ in range(300)))
            self.read(sock)
        # A client that never stops sending pings, and never reads, is dropped.
        sock = self.connect()
        sock.sendall(upgrade)
        sock.settimeout(WAIT_S)
        with self.assertRaises(ConnectionError):
            while True:
                sock.sendall((b"\x89\xfd\0\0\0\0" + b"p" * 125) * 100)
        self.server.delete("/jobs/" + job)


class Stopping(unittest.TestCase):
    """The end comes in time whatever clients do."""

    def test_stop_with_everything_open(self):
        server = Server("--rate-limit=0").start()
        self.addCleanup(server.close)
        job = server.post("/jobs", {"text": "Be kind."}).json["id"]
        begins = [b"", b"GET /hea", b"GET /jobs/%s/events HTTP/1.1\r\nHost: x\r\n\r\n" % job.encode(),
                  b"GET /jobs/%s HTTP/1.1\r\nHost: x\r\nPrefer: wait=60\r\n\r\n" % job.encode(),
                  b"POST /uploads HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 9999\r\n\r\nab"]
        socks = []
        for begin in begins * 5:
            sock = socket.create_connection((server.host, server.port), timeout=WAIT_S)
            self.addCleanup(sock.close)
            sock.sendall(begin)
            socks.append(sock)
        self.assertEqual(server.get("/health").status, 200)
        server.stop()
        self.assertEqual(server.process.returncode, 0, server.log())
        self.assertEqual(os.listdir(os.path.join(server.storage, "tmp")), [])


if __name__ == "__main__":
    harness.main()
