#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Work under the worst of circumstances: real jobs on a real server, while workers are killed every two seconds
and stopped for longer than a lease, the server is killed, the clock jumps and the disk is full. At the end each
job has to be completed exactly once (but for those that lost more workers than is allowed), every output whole,
no file without a job and no job without its file. What is found on disk is read here, not asked of the program.

Only the Python standard library is used. The storage is a small tmpfs in a mount namespace of this process, so
that nothing of it stays; the clock is that of libfaketime. Without the right to one or the other that part is
left out, and the table says so.
"""
import argparse
import collections
import contextlib
import ctypes
import http.client
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("AVATAR_BUILD") or os.path.join(HERE, "..", "..", "build")
BINARY = os.environ.get("AVATAR_BIN") or os.path.join(BUILD, "avatar")
LEASE_S = 3
WORKERS = 4
RESCUES = 10
DISK_MB = 96
TEXTS = ["One.", "Two words.", "Now three words.", "Is it raining?", "Good morning to you.", "Seven and eight."]
FINAL = ("completed", "failed", "cancelled")
JOB_ID = re.compile(r"job-\d{14}-[0-9a-f]{8}$")


# ---- the surroundings ------------------------------------------------------------------------------

def own_mounts():
    """A mount namespace of our own, as root or by a user namespace. False if the system refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_namespace, new_user = 0x00020000, 0x10000000
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        if libc.unshare(new_namespace) != 0:
            return False
    else:
        if libc.unshare(new_namespace | new_user) != 0:
            return False
        for name, text in (("setgroups", "deny"), ("uid_map", "0 %d 1" % uid), ("gid_map", "0 %d 1" % gid)):
            with open("/proc/self/" + name, "w", encoding="ascii") as file:
                file.write(text)
    return subprocess.run(["mount", "--make-rprivate", "/"], check=False).returncode == 0


def small_disk(folder):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm,mode=0700" % DISK_MB, "tmpfs", folder],
                          check=False, stderr=subprocess.DEVNULL).returncode == 0


def faketime_library():
    listed = subprocess.run(["dpkg", "-L", "libfaketime"], check=False, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL).stdout.decode()
    found = [line for line in listed.splitlines() if line.endswith("libfaketimeMT.so.1")]
    return found[0] if found else None


def parent_and_command(pid):
    """Of a process, or (0, "") if it is gone or a zombie."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            command = file.read().replace(b"\0", b" ").decode("utf-8", "replace")
    except (OSError, IndexError):
        return 0, ""
    return (0, "") if fields[0] == "Z" else (int(fields[1]), command)


# ---- the server ------------------------------------------------------------------------------------

class Server:
    """The server, killed and started again, and what is asked of it however often it has to be asked."""

    def __init__(self, folder, storage, store, clock_library):
        self.storage = storage
        self.clock_path = os.path.join(folder, "clock")
        self.log_path = os.path.join(folder, "log")
        self.env = dict(os.environ, AVATAR_STORAGE=storage, AVATAR_CONFIG="", TERM="dumb")
        settings = {"storage": storage, "store": store, "port": 0, "workers": WORKERS, "interactive": 0,
                    "lease": "%ds" % LEASE_S, "poll": "1s", "worker-threads": 1, "rescues": RESCUES,
                    "free-space": 0, "rate-limit": 0}
        self.options = ["--%s=%s" % setting for setting in settings.items()]
        self.has_clock = clock_library is not None
        self.set_clock(0)
        if clock_library:
            self.env.update(LD_PRELOAD=clock_library, FAKETIME_TIMESTAMP_FILE=self.clock_path,
                            FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1", NO_FAKE_STAT="1",
                            FAKETIME_DISABLE_SHM="1")
        self.process = None
        self.port = None
        self.workers_seen = set()
        self.lock = threading.Lock()

    def set_clock(self, offset_s):
        with open(self.clock_path + ".new", "w", encoding="ascii") as file:
            file.write("%+d\n" % offset_s)
        os.replace(self.clock_path + ".new", self.clock_path)

    def start(self):
        deadline = time.monotonic() + 60
        while True:
            with open(self.log_path, "ab") as log:
                start = log.tell()
                process = subprocess.Popen([BINARY, "server", "start", *self.options], env=self.env,
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            while process.poll() is None and time.monotonic() < deadline:
                with open(self.log_path, encoding="utf-8", errors="replace") as log:
                    log.seek(start)
                    found = re.search(r"http://[^ :]+:(\d+)", log.read())
                if found:
                    with self.lock:
                        self.process, self.port = process, int(found[1])
                    return
                time.sleep(0.05)
            process.kill()
            process.wait()
            # On a full disk it may refuse to start; it has to once there is room again.
            if time.monotonic() > deadline or self.process is None:
                raise AssertionError("the server does not start, see " + self.log_path)
            time.sleep(0.5)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server does not end when it is asked to") from None

    def workers(self):
        """Process ids of the workers that are alive: children of this server, and of those before."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            parent, command = parent_and_command(int(name))
            if parent == self.process.pid and " worker " in command:
                self.workers_seen.add((int(name), command))
                found.append(int(name))
        return found

    def alive(self):
        """Workers of all servers there were that still run."""
        return [pid for pid, command in self.workers_seen if parent_and_command(pid)[1] == command]

    def request(self, method, path, body=None, headers=None):
        with self.lock:
            port = self.port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, json.dumps(body) if body else None,
                               {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def insist(self, method, path, good, body=None, headers=None, limit_s=120):
        """Asks until the answer is one of `good`: the server may be dead, or its disk full."""
        deadline = time.monotonic() + limit_s
        answer = "none"
        while time.monotonic() < deadline:
            try:
                status, data = self.request(method, path, body, headers)
                if status in good:
                    return json.loads(data)
                answer = "%d %s" % (status, data[:300])
                if status < 500 and status != 429:
                    break
            except (OSError, http.client.HTTPException) as error:
                answer = repr(error)
            time.sleep(0.2)
        raise AssertionError("%s %s: %s" % (method, path, answer))

    def submit(self, text):
        body = {"type": "voice_synthesis", "text": text, "format": "wav"}
        return self.insist("POST", "/jobs", (200, 202), body, {"Idempotency-Key": str(uuid.uuid4())})["id"]


# ---- what befalls it ---------------------------------------------------------------------------------

class Chaos:
    """A worker is killed every two seconds; meanwhile each other misfortune has its turn."""

    def __init__(self, server, disk, every_s, rng):
        self.server, self.disk, self.every_s, self.rng = server, disk, every_s, rng
        self.counts = collections.Counter()
        self.over = threading.Event()
        self.errors = []
        self.threads = [threading.Thread(target=self.guard, args=(work,), daemon=True)
                        for work in (self.kill_workers, self.take_turns)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def end(self):
        self.over.set()
        for thread in self.threads:
            if thread.ident:
                thread.join(90)
                if thread.is_alive():
                    self.errors.append("it does not end")

    def guard(self, work):
        try:
            work()
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(repr(error))

    def kill_workers(self):
        while not self.over.wait(self.every_s):
            self.kill_worker()

    def take_turns(self):
        turns = [self.kill_server, self.stop_worker, self.fill_disk, self.clock_forwards, self.clock_back]
        turn = 0
        while not self.over.wait(self.every_s):
            turns[turn % len(turns)]()
            turn += 1
        self.server.set_clock(0)

    def victim(self):
        workers = self.server.workers()
        return self.rng.choice(workers) if workers else None

    def kill_worker(self):
        victim = self.victim()
        if victim:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.counts["workers killed"] += 1

    def stop_worker(self):
        victim = self.victim()
        if not victim:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGSTOP)
            self.counts["workers stopped for longer than a lease"] += 1
            time.sleep(LEASE_S * 1.5)
            os.kill(victim, signal.SIGCONT)

    def kill_server(self):
        self.server.kill()
        self.counts["server killed"] += 1
        time.sleep(0.5)
        self.server.start()

    def clock_forwards(self):
        if self.server.has_clock:
            self.server.set_clock(3600)
            self.counts["clock set"] += 1

    def clock_back(self):
        if self.server.has_clock:
            self.server.set_clock(-1800)
            self.counts["clock set"] += 1

    def fill_disk(self):
        """Not a byte is left for three seconds."""
        if not self.disk:
            return
        path = os.path.join(self.server.storage, "ballast")
        with open(path, "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * 65536)
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0")
        self.counts["disk full"] += 1
        time.sleep(3)
        os.unlink(path)


# ---- what is left ------------------------------------------------------------------------------------

def jobs_on_disk(storage, store):
    """{id: {"status", "result", "error", "rescues", "attempt", "token", "statuses"}}, read from the files."""
    jobs = {}
    if store == "file":
        folder = os.path.join(storage, "jobs")
        for name in os.listdir(folder):
            if not JOB_ID.match(name.removesuffix(".json")) or not name.endswith(".json"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                job = json.load(file)
            jobs[job["id"]] = {
                "status": job["status"], "result": job.get("result"), "error": (job.get("error") or {}).get("code"),
                "rescues": job["rescues"], "attempt": job["attempt"], "token": job["lease"]["token"],
                "statuses": [event["status"] for event in job["history"]]}
        return jobs
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(storage, "avatar.db"), uri=True)
    with contextlib.closing(db):
        broken = db.execute("PRAGMA integrity_check").fetchall()
        if broken != [("ok",)]:
            raise AssertionError("the database is damaged: %r" % broken)
        for row in db.execute("SELECT id, status, result, error_code, rescues, attempt, lease_token FROM job"):
            events = db.execute("SELECT data FROM event WHERE job = ? AND type = 'status' ORDER BY sequence",
                                (row[0],))
            jobs[row[0]] = {
                "status": row[1], "result": json.loads(row[2]) if row[2] else None, "error": row[3] or None,
                "rescues": row[4], "attempt": row[5], "token": row[6],
                "statuses": [json.loads(data)["status"] for (data,) in events]}
    return jobs


def sound_of(path):
    """(frames, rate, bytes of sound) of a WAV file that is whole."""
    with wave.open(path, "rb") as file:
        data = file.readframes(file.getnframes())
        if len(data) != file.getnframes() * file.getsampwidth() * file.getnchannels() or not data:
            raise AssertionError(path + " is cut short")
        return file.getnframes(), file.getframerate(), data


def files_named(value):
    """Every "<claim>/<name>" in a result, however deep."""
    if isinstance(value, str):
        return {value} if re.match(r"\d+/[^/]+$", value) else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*(files_named(one) for one in inner))


class Verdict:
    """Every way in which the end is not as it should be, with a sentence for each."""

    def __init__(self, storage, store, submitted, expected):
        self.storage = storage
        self.jobs = jobs_on_disk(storage, store)
        self.problems = collections.defaultdict(list)
        self.counts = collections.Counter()
        self.different = 0
        for job, text in submitted.items():
            self.check_job(job, expected[text])
        for job in self.jobs:
            if job not in submitted:
                self.problems["jobs nobody submitted"].append(job)
        self.check_files(store)

    def output(self, job, name):
        return os.path.join(self.storage, "outputs", job, name)

    def check_job(self, job, expected):
        found = self.jobs.get(job)
        if not found:
            self.problems["jobs lost"].append(job)
            return
        self.counts[found["status"]] += 1
        self.counts["rescues"] += found["rescues"]
        self.counts["most attempts"] = max(self.counts["most attempts"], found["attempt"])
        if found["statuses"].count("completed") > 1:
            self.problems["jobs completed twice"].append(job)
        if found["status"] == "failed" and found["error"] == "worker_lost" and found["rescues"] > RESCUES:
            self.counts["rescued too often"] += 1
            return
        if found["status"] != "completed":
            self.problems["jobs not completed"].append("%s: %s %s" % (job, found["status"], found["error"]))
            return
        try:
            frames, rate, data = sound_of(self.output(job, found["result"]["file"]))
        except (OSError, EOFError, wave.Error, AssertionError) as error:
            self.problems["outputs missing or broken"].append("%s: %r" % (job, error))
            return
        if (frames, rate) != expected[:2]:
            self.problems["outputs of the wrong length"].append("%s: %d, not %d" % (job, frames, expected[0]))
        self.different += data != expected[2]

    def check_files(self, store):
        """No file but those of jobs, and nothing half-written anywhere."""
        outputs = os.path.join(self.storage, "outputs")
        wanted = {self.output(job, name) for job in self.jobs if self.jobs[job]["status"] == "completed"
                  for name in files_named(self.jobs[job]["result"])}
        found = {os.path.join(top, name) for top, _, names in os.walk(outputs) for name in names}
        self.problems["files without a job"] += sorted(found - wanted)
        self.problems["files that results name and are not there"] += sorted(wanted - found)
        for top, folders, names in os.walk(self.storage):
            for name in names:
                if name.startswith((".tmp-", ".avatar-")):
                    self.problems["half-written files"].append(os.path.join(top, name))
            if os.path.basename(top) == "tmp" and (names or folders):
                self.problems["files left in tmp"] += names + folders
        if store == "file":
            for name in os.listdir(os.path.join(self.storage, "jobs")):
                if JOB_ID.match(name.split(".")[0]) and name.split(".")[0] not in self.jobs:
                    self.problems["files without a job"].append(name)

    def total(self):
        return sum(len(found) for found in self.problems.values())


# ---- a run ------------------------------------------------------------------------------------------

def baseline(server):
    """Each text once in peace: what its sound has to be."""
    sounds, jobs = {}, {text: server.submit(text) for text in TEXTS}
    for text, job in jobs.items():
        deadline = time.monotonic() + 180
        while True:
            got = server.insist("GET", "/jobs/" + job, (200,))
            if got["status"] in FINAL:
                break
            if time.monotonic() > deadline:
                raise AssertionError("no job ends, even in peace; see " + server.log_path)
            time.sleep(0.2)
        if got["status"] != "completed":
            raise AssertionError("%s %s in peace: %s" % (job, got["status"], got["error"]))
        sounds[text] = sound_of(os.path.join(server.storage, "outputs", job, got["result"]["file"]))
    return {job: text for text, job in jobs.items()}, sounds


def wait_for_all(server, count, limit_s):
    """True once no job waits or runs."""
    deadline = time.monotonic() + limit_s
    shown = 0
    while time.monotonic() < deadline:
        counts = server.insist("GET", "/jobs/stats", (200,))["jobs"]
        done = sum(counts[status] for status in FINAL)
        if done * 10 // count > shown:
            shown = done * 10 // count
            print("%d of %d jobs have ended" % (done, count), flush=True)
        if counts["pending"] + counts["running"] == 0:
            return True
        time.sleep(0.5)
    return False


def run(options, folder):
    disk_folder = os.path.join(folder, "disk")
    os.mkdir(disk_folder)
    disk = own_mounts() and small_disk(disk_folder)
    storage = os.path.join(disk_folder, "storage")
    server = Server(folder, storage, options.store, faketime_library())
    chaos = Chaos(server, disk, options.every, random.Random(options.seed))
    problems = []
    server.start()
    try:
        submitted, expected = baseline(server)
        started = time.monotonic()
        rng = random.Random(options.seed)
        chaos.start()
        for number in range(options.jobs):
            text = rng.choice(TEXTS)
            submitted[server.submit(text)] = text
            time.sleep(max(0, started + options.spread * (number + 1) / options.jobs - time.monotonic()))
        left = options.seconds - (time.monotonic() - started)
        ended = wait_for_all(server, len(submitted), max(left, 0))
        chaos.end()
        if not ended:  # what is left has to end in peace
            ended = wait_for_all(server, len(submitted), options.grace)
        seconds = time.monotonic() - started
        if not ended:
            problems.append("there are jobs that do not end")
        problems += ["the misfortunes themselves failed: " + error for error in chaos.errors]
        # A clean start sweeps what the dead left, as an operator's would.
        server.stop()
        server.start()
        server.stop()
    finally:
        chaos.over.set()
        if server.process and server.process.poll() is None:
            server.kill()
    deadline = time.monotonic() + 20
    while server.alive() and time.monotonic() < deadline:
        time.sleep(0.2)
    if server.alive():
        problems.append("workers outlive their server: %r" % server.alive())
        for pid in server.alive():
            os.kill(pid, signal.SIGKILL)
    return report(options, server, chaos, Verdict(storage, options.store, submitted, expected), problems,
                  seconds, disk)


def report(options, server, chaos, verdict, problems, seconds, disk):
    rows = [("store", options.store), ("jobs", len(verdict.jobs)), ("seconds", "%.0f" % seconds),
            ("workers, lease", "%d, %d s" % (WORKERS, LEASE_S))]
    rows += [(name, chaos.counts[name]) for name in
             ("workers killed", "workers stopped for longer than a lease", "server killed")]
    rows += [("clock set", chaos.counts["clock set"] if server.has_clock else "left out: no libfaketime"),
             ("disk full", chaos.counts["disk full"] if disk else "left out: no right to mount"),
             ("completed", verdict.counts["completed"]), ("leases lost and rescued", verdict.counts["rescues"]),
             ("most attempts of a job", verdict.counts["most attempts"]),
             ("rescued too often, so failed", verdict.counts["rescued too often"]),
             ("outputs that differ in a bit", verdict.different)]
    rows += [(name, len(verdict.problems[name])) for name in
             ("jobs lost", "jobs nobody submitted", "jobs not completed", "jobs completed twice",
              "outputs missing or broken", "outputs of the wrong length",
              "files that results name and are not there", "files without a job",
              "half-written files", "files left in tmp")]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print("%-*s  %s" % (width, name, value))
    for name, found in verdict.problems.items():
        for text in found[:10]:
            print("%s: %s" % (name, text))
    for text in problems:
        print(text)
    return len(problems) + verdict.total()


def run_store(options, store):
    """One run in a folder of its own. True if all went well."""
    options.store = store
    folder = tempfile.mkdtemp(prefix="avatar-chaos-")
    good = False
    try:
        good = run(options, folder) == 0
    finally:
        if not good:
            show_log(folder)
            if options.keep:
                shutil.copytree(folder, os.path.join(options.keep, store), dirs_exist_ok=True,
                                ignore=lambda top, names: [n for n in names if ".sock" in n])
        subprocess.run(["umount", os.path.join(folder, "disk")], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
    return good


def show_log(folder):
    """What the server said, without the requests that went well."""
    try:
        with open(os.path.join(folder, "log"), encoding="utf-8", errors="replace") as log:
            lines = [line for line in log if not re.search(r" (GET|POST) \S+ 20\d ", line)]
    except OSError:
        return
    print("the end of the server's log:\n" + "".join(lines[-60:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=300, help="beside six in peace (300)")
    parser.add_argument("--store", choices=("sqlite", "file", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=900,
                        help="after these the misfortunes end, and the rest has peace (900)")
    parser.add_argument("--spread", type=float, default=0,
                        help="seconds over which the jobs come, so that there is work in each misfortune (0)")
    parser.add_argument("--grace", type=float, default=300, help="seconds that the rest may then take (300)")
    parser.add_argument("--every", type=float, default=2, help="seconds from one killed worker to the next (2)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER", help="copy storage and log there if something is wrong")
    options = parser.parse_args()
    stores = ("sqlite", "file") if options.store == "both" else (options.store,)
    return 0 if all([run_store(options, store) for store in stores]) else 1


if __name__ == "__main__":
    sys.exit(main())
