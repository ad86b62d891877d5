#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speech against the Python package kokoro-onnx, and docs/benchmarks-speech.md.

    speech.py [--program build/avatar] [--rounds 3] [--threads 2] [--realtime] [--print]

Both get the same texts, the same voice, the same 8-bit model file and as many threads, and write bare
samples to a pipe as they are made. Figures are those of whole processes: time until the first sample is
read, time until the last, peak memory (wait4). The package's own start (Python, imports, loading the
model) is large, so its figures without it stand beside them; ours always have it. Rounds alternate, and
the best of each side counts. --realtime runs both sides under `chrt --rr 1`, for a machine with other
work on it; that needs root. Exit status 1 if we are slower or take more memory anywhere.

The package lives in a virtual environment in the user's cache folder, with the voices in its own form.
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

import run

PACKAGES = ["kokoro-onnx==0.6.1", "onnxruntime==1.32.0", "numpy==2.4.6"]
VOICE, RATE = "af_heart", 24000
TEXTS = {"one sentence": "The museum opens at nine, and members pass free of charge.",
         "a paragraph": run.TEN_SECONDS,
         "two paragraphs": run.PARAGRAPH * 2}

# Runs inside the virtual environment: samples to standard output, seconds without the start to
# standard error.
OTHER = """
import asyncio, json, sys, time
import numpy as np, onnxruntime as rt
from kokoro_onnx import Kokoro
job = json.loads(sys.argv[1])
options = rt.SessionOptions()
options.intra_op_num_threads = job["threads"]
options.log_severity_level = 3
session = rt.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
kokoro = Kokoro.from_session(session, job["voices"])

async def speak():
    started, first = time.perf_counter(), None
    async for samples, _ in kokoro.create_stream(job["text"], voice=job["voice"], lang="en-us"):
        sys.stdout.buffer.write((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        sys.stdout.buffer.flush()
        first = first or time.perf_counter() - started
    print(json.dumps({"first": first, "all": time.perf_counter() - started}), file=sys.stderr)

asyncio.run(speak())
"""


def environment(models):
    """Python of the virtual environment, and the voices as the package wants them."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(cache, "avatar", "bench-speech")
    python, stamp = os.path.join(folder, "bin", "python"), os.path.join(folder, "packages")
    voices = os.path.join(folder, "voices.npz")
    if not os.path.exists(stamp) or open(stamp, encoding="utf-8").read() != "\n".join(PACKAGES):
        print("installing kokoro-onnx into", folder, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write("\n".join(PACKAGES))
    if not os.path.exists(voices):
        subprocess.run([python, "-c", "import sys, glob, os, numpy as np\n"
                        "packs = glob.glob(os.path.join(sys.argv[1], '*.bin'))\n"
                        "np.savez(sys.argv[2], **{os.path.basename(p)[:-4]: np.fromfile(p, np.float32)"
                        ".reshape(510, 1, 256) for p in packs})", models["kokoro-voices"], voices], check=True)
    return python, voices


def measure(command):
    """Seconds to the first sample and to the end, seconds of speech, MB, what it said on standard error."""
    with tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err)
        size = len(os.read(process.stdout.fileno(), 1 << 16))
        first = time.perf_counter() - started
        while piece := os.read(process.stdout.fileno(), 1 << 20):
            size += len(piece)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        whole = time.perf_counter() - started
        err.seek(0)
        said = err.read().decode()
    if process.returncode or not size:
        sys.exit("%s failed:\n%s" % (command[:3], said[-2000:]))
    return {"first": first, "whole": whole, "speech": size / 2 / RATE, "memory": usage.ru_maxrss / 1024,
            "said": said}


def ours(options, text):
    return measure([*options.prefix, options.program, "voice", "synthesize", text, "--voice", VOICE, "--threads",
                    str(options.threads), "--quiet", "-o", "-"])


def theirs(options, text):
    job = {"threads": options.threads, "text": text, "voice": VOICE, "model": options.models["kokoro-82m-int8"],
           "voices": options.voices}
    made = measure([*options.prefix, options.python, "-c", OTHER, json.dumps(job)])
    inside = json.loads(made["said"].splitlines()[-1])
    made["warm_first"], made["warm_whole"] = inside["first"], inside["all"]
    return made


def best(rounds, key, per_speech=False):
    return min(made[key] / (made["speech"] if per_speech else 1) for made in rounds)


def rows_of(name, mine, other):
    """(what, ours, theirs, theirs without the start, better or equal)"""
    rows = [(name + ": first sample after", "%.2f s", "first", "warm_first", False),
            (name + ": seconds per second of speech", "%.3f", "whole", "warm_whole", True)]
    made = []
    for what, form, key, warm, per_speech in rows:
        a, b, c = best(mine, key, per_speech), best(other, key, per_speech), best(other, warm, per_speech)
        made.append((what, form % a, form % b, form % c, a <= min(b, c)))
    a, b = max(m["memory"] for m in mine), max(m["memory"] for m in other)
    made.append((name + ": peak memory", "%.0f MB" % a, "%.0f MB" % b, "", a <= b))
    made.append((name + ": speech made", "%.1f s" % mine[0]["speech"], "%.1f s" % other[0]["speech"], "", True))
    return made


def write(options, rows):
    version = subprocess.run([options.program, "--version"], stdout=subprocess.PIPE, check=True)
    machine = json.loads(subprocess.run([options.program, "bench", "--json"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, check=True).stdout.splitlines()[-1])
    lines = ["# Speech against kokoro-onnx", "",
             "Written by `./dev bench speech` with %s on %s (%s), %d cores; %s\nwith the same model file, %s, "
             "%d threads, best of %d alternating rounds%s." % (
                 version.stdout.decode().strip(), machine["cpu"], platform.machine(), len(os.sched_getaffinity(0)),
                 ", ".join(PACKAGES), VOICE, options.threads, options.rounds,
                 " under `chrt --rr 1`" if options.realtime else ""),
             "Figures are of whole processes that write to a pipe; the last column leaves out the package's start "
             "(Python, imports,", "loading the model), which ours have in them. Bold: worse than either.", "",
             "| what | avatar | kokoro-onnx | without its start |", "|---|---|---|---|"]
    for what, a, b, c, good in rows:
        lines.append("| %s | %s | %s | %s |" % (what, a if good else "**%s**" % a, b, c))
    with open(os.path.join(run.ROOT, "docs", "benchmarks-speech.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.path.join(run.ROOT, "build", "avatar"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=run.THREADS)
    parser.add_argument("--realtime", action="store_true")
    parser.add_argument("--print", action="store_true", help="write no document")
    options = parser.parse_args()
    listed = subprocess.run([options.program, "models", "list", "--json"], stdout=subprocess.PIPE, check=True)
    options.models = {m["id"]: m["path"] for m in json.loads(listed.stdout.splitlines()[-1])["models"]}
    options.python, options.voices = environment(options.models)
    options.prefix = ["chrt", "--rr", "1"] if options.realtime else []
    rows = []
    for name, text in TEXTS.items():
        mine, other = [], []
        for _ in range(options.rounds):
            mine.append(ours(options, text))
            other.append(theirs(options, text))
        rows += rows_of(name, mine, other)
        for row in rows[-4:]:
            print("%-50s %-10s %-10s %-10s %s" % (*row[:4], "" if row[4] else "WORSE"), flush=True)
    if not options.print:
        write(options, rows)
        print("docs/benchmarks-speech.md is written")
    return 0 if all(row[4] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
