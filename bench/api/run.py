#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The server against FastAPI and uvicorn on the same four routes, the same SQLite schema and the same durability:
requests a second, latency, private memory. Then memory with 500 idle event streams and during an upload of a
gigabyte.

    ./dev bench api            # installs what it needs, prints, and writes docs/benchmarks-api.md
    bench/api/run.py --program build/avatar --uvicorn VENV/bin/uvicorn [--seconds 4] [--rounds 3] [--write]

Both servers run at the same time and are asked in turns, so that a machine that is busy with other things
is so for both; of the rounds the best counts. The load comes from the same machine (wrk, 16 connections).
"""
import argparse
import contextlib
import hashlib
import http.client
import json
import os
import platform
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CONNECTIONS = 16
JOBS = 1000
STREAMS = 500
UPLOAD_MIB = 1024
BODY = {"text": "Hello, and welcome. You are watching a picture that speaks.", "language": "en-us",
        "config": {"video_quality": "medium"}}


# ---- what is asked -----------------------------------------------------------------------------------

def fill(path):
    """Jobs as after a busy day: most are completed, some failed, the newest wait. Gives an id."""
    database = sqlite3.connect(path)
    columns = [row[1] for row in database.execute("PRAGMA table_info(job)")]
    now = int(time.time() * 1000)
    result = json.dumps({"file": "1/film.mp4", "media_type": "video/mp4", "size_bytes": 1234567,
                         "duration_s": 10.2, "width": 1280, "height": 720})
    for i in range(JOBS):
        created, waits = now - (JOBS - i) * 60000, i >= JOBS - 10
        status = "pending" if waits else "completed" if i % 20 else "failed"
        name = "job-%s-%s" % (time.strftime("%Y%m%d%H%M%S", time.gmtime(created / 1000)),
                              hashlib.sha256(b"%d" % i).hexdigest()[:8])
        sequence = database.execute("INSERT INTO event (job, at_ms, type, data) VALUES (?, ?, 'status', ?)",
                                    (name, created, '{"status":"pending"}')).lastrowid
        row = dict.fromkeys(columns, 0)
        row.update(
            sequence=sequence, id=name, type="full_pipeline", status=status, owner="", run_at_ms=created,
            created_ms=created, updated_ms=created + 20000, attempts_max=5, lease_token=1, estimate_s=19.5,
            stage="", lease_owner="", error_code="", error_stage="", error_message="",
            request_id="req-%016x" % i, webhook_url="", params=json.dumps(BODY), result=None)
        if not waits:
            row.update(started_ms=created + 1000, finished_ms=created + 20000, attempt=1, progress=100,
                       stage="cleanup", stages_completed=63, stage_0=.1, stage_1=2.0, stage_2=.3, stage_3=6.0,
                       stage_4=8.0, stage_5=.1)
        if status == "failed":
            row.update(error_code="no_face", error_stage="face", error_message="there is no face in the picture")
        if status == "completed":
            row["result"] = result
        database.execute("INSERT INTO job (%s) VALUES (%s)" % (",".join(row), ",".join("?" * len(row))),
                         list(row.values()))
    database.commit()
    found = database.execute("SELECT id FROM job WHERE status = 'completed' ORDER BY sequence DESC LIMIT 1")
    name = found.fetchone()[0]
    database.close()
    return name


def wrk(url, seconds, script=None):
    """Requests a second, and milliseconds of the 50th and 99th percentile; stops if an answer was no success."""
    command = ["wrk", "-t2", "-c%d" % CONNECTIONS, "-d%ds" % seconds, "--latency", "--timeout", "20s"]
    out = subprocess.run(command + (["-s", script] if script else []) + [url], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit("%s: %s" % (url, out))
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}

    def percentile(name):
        value, kind = re.search(r"%s%%\s+([\d.]+)(us|ms|s)" % name, out).groups()
        return float(value) * unit[kind]
    return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), "p50_ms": percentile("50"),
            "p99_ms": percentile("99")}


# ---- the servers -------------------------------------------------------------------------------------

def free_port():
    with contextlib.closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    """A process that listens on 127.0.0.1."""

    def __init__(self, command, port, env=None):
        self.port = port
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        deadline = time.monotonic() + 60
        while True:
            try:
                if self.get("/health")[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.seek(0)
                raise SystemExit("%r does not start: %s" % (command, self.log.read().decode()))
            time.sleep(0.05)

    def url(self, path):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def get(self, path):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def private_kb(self):
        """Of the process and its children."""
        pids, total = [self.process.pid], 0
        for pid in pids:
            with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
            with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
                pids += [int(child) for child in file.read().split()]
        return total

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def start_ours(program, storage, *options):
    """avatar-server, which `avatar server start` becomes, without workers and without a limit per client."""
    folder = os.path.dirname(os.path.abspath(program))
    places = [os.path.join(folder, place) for place in ("avatar-server", "../libexec/avatar/avatar-server")]
    binary = next(place for place in places if os.path.exists(place))
    port = free_port()
    return Server([binary, "--storage=" + storage, "--port=%d" % port, "--workers=0", "--interactive=0",
                   "--rate-limit=0", "--queue-limit=10000000", *options], port)


def start_theirs(uvicorn, database):
    port = free_port()
    return Server([uvicorn, "--app-dir", HERE, "fastapi_app:app", "--port", str(port), "--no-access-log",
                   "--log-level", "warning"], port, env=dict(os.environ, AVATAR_DB=database))


def versions(uvicorn):
    python = os.path.join(os.path.dirname(uvicorn), "python3")
    code = ("import sys, importlib.metadata as m; print('Python %d.%d' % sys.version_info[:2] + ''.join("
            "', %s %s' % (n, m.version(n)) for n in ('fastapi', 'uvicorn', 'pydantic', 'uvloop', 'httptools')))")
    return subprocess.run([python, "-c", code], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


# ---- measurements ------------------------------------------------------------------------------------

def compare(args, folder):
    storage = os.path.join(folder, "storage")
    first = start_ours(args.program, storage) # makes the schema
    first.stop()
    job = fill(os.path.join(storage, "avatar.db"))
    copy = os.path.join(folder, "fastapi.db")
    shutil.copy(os.path.join(storage, "avatar.db"), copy)
    script = os.path.join(folder, "post.lua")
    with open(script, "w", encoding="ascii") as file:
        file.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = %s\n' %
                   json.dumps(json.dumps(BODY)))
    routes = [("GET /health", "/health", None), ("GET /jobs/{id}", "/jobs/" + job, None),
              ("GET /jobs?limit=20", "/jobs?limit=20", None), ("POST /jobs", "/jobs", script)]
    servers = [start_ours(args.program, storage), start_theirs(args.uvicorn, copy)]
    rows = []
    try:
        for name, path, lua in routes:
            best = [None, None]
            for _ in range(args.rounds):
                for i, server in enumerate(servers):
                    got = wrk(server.url(path), args.seconds, lua)
                    if best[i] is None or got["rps"] > best[i]["rps"]:
                        best[i] = got
            rows.append((name, best[0], best[1]))
            print("%-20s %9.0f/s %7.2f ms %7.2f ms   FastAPI %8.0f/s %7.2f ms %7.2f ms   %5.1f x" % (
                name, best[0]["rps"], best[0]["p50_ms"], best[0]["p99_ms"], best[1]["rps"],
                best[1]["p50_ms"], best[1]["p99_ms"], best[0]["rps"] / best[1]["rps"]), flush=True)
        memory = [server.private_kb() for server in servers]
    finally:
        for server in servers:
            server.stop()
    print("private memory       %9d kB                       FastAPI %8d kB                         %5.2f x" %
          (memory[0], memory[1], memory[0] / memory[1]))
    return rows, memory


def upload(server, mib):
    """Sends a film-like body of that size in pieces; it never is in memory here or, we hope, there: the most
    that the server had meanwhile, in kB."""
    block = bytes(range(256)) * 4096
    most = 0
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(("POST /uploads HTTP/1.1\r\nHost: x\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n"
                      "Connection: close\r\n\r\n" % (mib << 20)).encode())
        sock.sendall(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + block[24:])
        for i in range(mib - 1):
            sock.sendall(block)
            if i % 8 == 0:
                most = max(most, server.private_kb())
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
    status = int(answer.split()[1])
    if status not in (200, 201, 202):
        raise SystemExit("the upload: " + answer.decode(errors="replace"))
    return max(most, server.private_kb())


def grow(args, folder):
    """kB that 500 idle event streams and an upload of a gigabyte add."""
    server = start_ours(args.program, os.path.join(folder, "grow"), "--upload-limit=%d" % (UPLOAD_MIB + 1))
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("POST", "/jobs", json.dumps(BODY), {"Content-Type": "application/json"})
        job = json.loads(connection.getresponse().read())["id"]
        before = server.private_kb()
        socks = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(STREAMS)]
        for sock in socks:
            sock.sendall(("GET /jobs/%s/events HTTP/1.1\r\nHost: x\r\n\r\n" % job).encode())
        for sock in socks:
            answer = sock.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise SystemExit("a stream was refused: %r" % answer)
        streams = server.private_kb() - before
        for sock in socks:
            sock.close()
        time.sleep(1)
        before = server.private_kb()
        started = time.monotonic()
        uploaded = upload(server, UPLOAD_MIB) - before
        seconds = time.monotonic() - started
    finally:
        server.stop()
    print("%d idle event streams add %d kB; an upload of %d MiB (%.1f s) adds %d kB at most" %
          (STREAMS, streams, UPLOAD_MIB, seconds, uploaded))
    return streams, uploaded, seconds


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    return "%d × %s" % (os.cpu_count(), model[1] if model else platform.machine())


def write(path, args, rows, memory, growth):
    lines = ["# The API in figures", "",
             "Written by `bench/api/run.py` (`./dev bench api`), which says how they are taken: this server and an",
             "equivalent in FastAPI (`bench/api/fastapi_app.py`) on the same four routes, the same SQLite schema,",
             "%d jobs in it, `synchronous=FULL` and a rollback journal in both. Both run at the same time on one" % JOBS,
             "machine and are asked in turns by wrk with %d connections from the same machine; the best of %d rounds" % (
                 CONNECTIONS, args.rounds), "of %d s counts." % args.seconds, "",
             "%s, %s. FastAPI: %s, one process." % (machine(), time.strftime("%Y-%m-%d"), versions(args.uvicorn)), "",
             "| | this server, requests/s | p50 / p99, ms | FastAPI, requests/s | p50 / p99, ms | ratio |",
             "|---|---|---|---|---|---|"]
    for name, ours, theirs in rows:
        lines.append("| `%s` | %.0f | %.2f / %.2f | %.0f | %.2f / %.2f | %.1f |" % (
            name, ours["rps"], ours["p50_ms"], ours["p99_ms"], theirs["rps"], theirs["p50_ms"],
            theirs["p99_ms"], ours["rps"] / theirs["rps"]))
    lines += ["| private memory after that | %.1f MB | | %.1f MB | | %.2f |" % (
        memory[0] / 1024, memory[1] / 1024, memory[0] / memory[1]), "",
              "%d idle event streams add %.1f MB. An upload of %d MiB (taken in %.1f s, SHA-256 included) adds %.1f MB at most while it comes."
              % (STREAMS, growth[0] / 1024, UPLOAD_MIB, growth[2], growth[1] / 1024), "",
              "What it takes for that: answers are written once and not copied, statements stay prepared, jobs that are",
              "submitted at the same time share one wait for the disk, event streams share their events and one thread",
              "([adr/0005](adr/0005-http-library.md)).", ""]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "avatar"))
    parser.add_argument("--uvicorn", required=True, help="uvicorn of an environment with fastapi")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks-api.md")
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="avatar-bench-")
    try:
        rows, memory = compare(args, folder)
        growth = grow(args, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if args.write:
        write(os.path.join(ROOT, "docs", "benchmarks-api.md"), args, rows, memory, growth)
    return 0


if __name__ == "__main__":
    sys.exit(main())
