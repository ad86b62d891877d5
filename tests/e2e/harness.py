# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: they drive the built program as a user would.

The program under test is $AVATAR_BIN; its models are those that ./dev setup fetched. Only the Python
standard library, ffmpeg and ffprobe are used.
"""
import atexit
import functools
import json
import os
import pty
import shutil
import struct
import subprocess
import tempfile
import time
import unittest
import zlib

BINARY = os.environ.get("AVATAR_BIN") or os.path.join(
    os.path.dirname(__file__), "..", "..", "build", "avatar")
SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# Generous: sanitizer builds and loaded machines are slow.
TIMEOUT_S = 300

_shared = tempfile.mkdtemp(prefix="avatar-e2e-")
atexit.register(shutil.rmtree, _shared, ignore_errors=True)


# What a sanitizer keeps for itself is in every figure of memory.
SANITIZED = "-fsanitize" in os.environ.get("AVATAR_TEST_LDFLAGS", "")


def environment(**changes):
    """The environment of a run: a storage folder of the test's own, no terminal habits."""
    env = dict(os.environ, AVATAR_STORAGE=os.path.join(_shared, "storage"), TERM="dumb",
               AVATAR_CONFIG="")
    for name in ("NO_COLOR", "COLUMNS"):
        env.pop(name, None)
    for name, value in changes.items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    return env


class Outcome:
    """One finished run."""

    def __init__(self, args, process):
        self.args = args
        self.status = process.returncode
        self.out = process.stdout.decode("utf-8", "surrogateescape")
        self.err = process.stderr.decode("utf-8", "surrogateescape")

    @property
    def json(self):
        return json.loads(self.out.splitlines()[-1])

    def __str__(self):
        return "%r ended with %d\nstdout: %s\nstderr: %s" % (
            self.args, self.status, self.out[-2000:], self.err[-2000:])


def avatar(*args, cwd=None, env=None, stdin=b"", **kwargs):
    args = [os.fspath(a) if not isinstance(a, bytes) else a for a in args]
    process = subprocess.run([BINARY, *args], cwd=cwd or _shared, env=env or environment(),
                             input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=TIMEOUT_S, check=False, **kwargs)
    return Outcome(args, process)


def start(*args, cwd=None, env=None, **kwargs):
    """A run that goes on in the background."""
    return subprocess.Popen([BINARY, *[os.fspath(a) for a in args]], cwd=cwd or _shared,
                            env=env or environment(), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)


def most_threads(*args, unnamed=False):
    """The largest number of threads that a run was seen with. `unnamed`: only those of the pools of libraries;
    the program's own have names, and on a busy machine several that watch for an end are there at once."""
    process = start(*args)
    seen, folder = 0, "/proc/%d/task" % process.pid

    def is_unnamed(thread):
        with open(os.path.join(folder, thread, "comm"), encoding="ascii") as file:
            return file.read() == "avatar\n"
    while process.poll() is None:
        try:
            threads = os.listdir(folder)
            seen = max(seen, sum(map(is_unnamed, threads)) if unnamed else len(threads))
        except OSError:
            pass
        time.sleep(0.002)
    _, err = process.communicate()
    if process.returncode != 0:
        raise AssertionError("%r failed: %s" % (args, err.decode(errors="replace")))
    return seen


def tool(*args, stdin=None):
    """ffmpeg or another program that has to work."""
    process = subprocess.run(args, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=TIMEOUT_S, check=False)
    if process.returncode != 0:
        raise AssertionError("%r failed: %s" % (args, process.stderr.decode(errors="replace")))
    return process.stdout


def probe(path):
    """ffprobe's view: {"format": ..., "video": stream or None, "audio": stream or None}."""
    data = json.loads(tool("ffprobe", "-v", "error", "-show_format", "-show_streams", "-count_frames",
                           "-of", "json", path))
    found = {"format": data["format"], "video": None, "audio": None}
    for stream in data["streams"]:
        found[stream["codec_type"]] = stream
    return found


def frames(path, width, height, count=None):
    """Decoded grey frames, [n] of width * height bytes, scaled to that size."""
    limit = [] if count is None else ["-frames:v", str(count)]
    raw = tool("ffmpeg", "-v", "error", "-i", path, *limit, "-vf",
               "scale=%d:%d:flags=area" % (width, height), "-pix_fmt", "gray", "-f", "rawvideo", "-")
    size = width * height
    return [raw[i:i + size] for i in range(0, len(raw) - size + 1, size)]


def frame_hashes(path):
    """MD5 of each decoded frame."""
    text = tool("ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-f", "framemd5", "-").decode()
    return [line.split(",")[-1].strip() for line in text.splitlines() if not line.startswith("#")]


def sound_hash(path):
    return tool("ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-f", "md5", "-").decode()


def png(width, height, pixel):
    """A PNG file; pixel(x, y) gives (r, g, b)."""
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in pixel(x, y))
                    for y in range(height))
    return png_of(width, height, zlib.compress(rows))


def png_of(width, height, compressed, depth=8, colour=2):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", compressed)
            + chunk(b"IEND", b""))


@functools.lru_cache(maxsize=None)
def models():
    """The program's own list: {id: model}."""
    outcome = avatar("models", "list", "--json")
    if outcome.status != 0:
        raise AssertionError(str(outcome))
    return {m["id"]: m for m in outcome.json["models"]}


def photograph(name):
    """Path of a photograph as it is: "astronaut", "camera" (a man from the side), "chelsea" (a cat)."""
    return os.path.join(models()["test-pictures"]["path"] or "", name + ".png")


@functools.lru_cache(maxsize=None)
def picture(name, width=320):
    """Path of a portrait, scaled: "presenter", or "astronaut", cut to head and shoulders."""
    source = photograph(name) if name == "astronaut" else models()[name]["path"]
    crop = "crop=300:300:80:0," if name == "astronaut" else ""
    if not source or not os.path.exists(source):
        raise AssertionError("the picture %s is not there: run ./dev setup" % name)
    path = os.path.join(_shared, "%s-%d.png" % (name, width))
    tool("ffmpeg", "-v", "error", "-y", "-i", source, "-vf",
         "%sscale=%d:-2:flags=area" % (crop, width), "-frames:v", "1", path)
    return path


@functools.lru_cache(maxsize=None)
def stop_s():
    """Seconds within which a cancelled run has to be gone. The promise is one; a machine that is busy
    with other things gets as long as it takes to make the shortest film."""
    started = time.monotonic()
    tool(BINARY, "pipeline", "run", "Hi.", "--avatar", picture("presenter"), "-q", "-o",
         os.path.join(_shared, "short.mp4"))
    return max(3, time.monotonic() - started)


@functools.lru_cache(maxsize=None)
def two_faces():
    """Both portraits side by side, each 320 x 320."""
    path = os.path.join(_shared, "two.png")
    square = "scale=320:320:force_original_aspect_ratio=increase,crop=320:320:(iw-320)/2:0"
    tool("ffmpeg", "-v", "error", "-y", "-i", picture("presenter"), "-i", picture("astronaut"),
         "-filter_complex", "[0]%s[a];[1]%s[b];[a][b]hstack" % (square, square),
         "-frames:v", "1", path)
    return path


def links_to_models(folder, leave_out=()):
    """A model folder of links to the installed one, without the ids in leave_out; and the
    environment that makes the program see nothing else."""
    for model in models().values():
        path = model["path"]
        if model["committed"] or not path or model["id"] in leave_out:
            continue
        # The place inside a model folder: its last two parts (kokoro-82m/model.onnx).
        place = os.path.join(folder, *path.split(os.sep)[-2:])
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(path, place)
    return environment(AVATAR_MODELS=folder, XDG_DATA_HOME=os.path.join(folder, "none"),
                       AVATAR_ORT=None)


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="avatar-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return path

    def good(self, *args, **kwargs):
        """Runs in the test's folder and expects success."""
        kwargs.setdefault("cwd", self.folder)
        outcome = avatar(*args, **kwargs)
        self.assertEqual(outcome.status, 0, str(outcome))
        return outcome

    def bad(self, status, *args, says=(), **kwargs):
        """Expects that exit status, one clear sentence, and nothing left in the folder."""
        kwargs.setdefault("cwd", self.folder)
        before = self.listing()
        outcome = avatar(*args, **kwargs)
        self.assertEqual(outcome.status, status, str(outcome))
        lines = [line for line in outcome.err.splitlines() if line.startswith("avatar: ")
                 and not line.startswith("avatar: [")]
        self.assertEqual(len(lines), 1, "not one sentence: " + str(outcome))
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, outcome.err)
        self.assertEqual(self.listing(), before, "something was left behind")
        return outcome

    def run_on_terminal(self, *args, columns=60, **changes):
        """What people see: all that went to a pseudo-terminal of that width."""
        env = environment(TERM="xterm", COLUMNS=str(columns), **changes)
        reader, writer = pty.openpty()
        process = subprocess.Popen([BINARY, *args], cwd=self.folder, env=env,
                                   stdin=subprocess.DEVNULL, stdout=writer, stderr=writer)
        os.close(writer)
        data = b""
        while True:
            try:
                block = os.read(reader, 65536)
            except OSError:
                break
            if not block:
                break
            data += block
        os.close(reader)
        self.assertEqual(process.wait(timeout=TIMEOUT_S), 0, data)
        return data.decode()

    def listing(self):
        return sorted(os.path.join(top, name) for top, folders, names in os.walk(self.folder)
                      for name in folders + names)


def main():
    unittest.main(verbosity=2)
