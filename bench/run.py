#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the built program against its targets and writes docs/benchmarks.md.

    run.py [--program build/avatar] [--long] [--rounds 3] [--print] [--only PART]

Wall time and peak memory are those of the whole process, from start to exit (wait4). --long adds the
memory of a ten-minute text, which takes a few minutes. What Ctrl-C takes is measured at a few moments of
each stage and is the longest of them, because it is a promise. The comparison of speech gives the very same
tokens, which the program logs with -vv, to Python's onnxruntime with as many threads, in turns; its
packages live in a virtual environment in the user's cache folder. Other work on the machine makes
all of this slower: every other figure is the best of the rounds.
"""
import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCUMENT = os.path.join(ROOT, "docs", "benchmarks.md")
LONG = "Memory of long texts, by `./dev bench --long`: "
ORT_VERSION = "1.29.0"
THREADS = 2
TEN_SECONDS = ("Good morning, and welcome to the museum. Our new rooms open today at nine: maps, ships, "
               "and bronze bells. Members pass free of charge, so please bring your card.")
PARAGRAPH = ("The museum opens at nine, and members pass the barrier free of charge. Upstairs, a famous "
             "blue room shows maps, ships and bronze bells. A short film about the sea begins every "
             "fifty minutes, and the guide explains how the old harbour grew into a city. ")
# About 16.5 seconds when af_heart says it.
PARAGRAPH_S = 16.5

# Runs inside the virtual environment: tokens in, seconds per second of speech out.
REFERENCE = """
import json, sys, time
import numpy as np, onnxruntime as ort
job = json.load(sys.stdin)
options = ort.SessionOptions()
options.intra_op_num_threads = job["threads"]
options.log_severity_level = 3
session = ort.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
pack = np.fromfile(job["pack"], np.float32).reshape(510, 1, 256)
started, samples = time.perf_counter(), 0
for ids in job["chunks"]:
    inputs = {"tokens": np.array([[0, *ids, 0]], np.int64), "speed": np.ones(1, np.float32),
              "style": pack[len(ids) - 1]}
    samples += session.run(["audio"], inputs)[0].size
print(json.dumps({"seconds": time.perf_counter() - started, "speech": samples / 24000}))
"""


def environment():
    """Python of a virtual environment with the pinned onnxruntime."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(cache, "avatar", "bench-" + ORT_VERSION)
    python = os.path.join(folder, "bin", "python")
    done = os.path.join(folder, "complete")
    if not os.path.exists(done):
        print("installing onnxruntime %s into %s" % (ORT_VERSION, folder), flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check",
                        "onnxruntime==" + ORT_VERSION, "numpy>=1.26,<3"], check=True)
        open(done, "w", encoding="ascii").close()
    return python


class Bench:
    def __init__(self, args):
        self.args = args
        self.rows = []  # what, figure, target, reached
        self.long = None  # a sentence, once measured
        self.folder = tempfile.TemporaryDirectory(prefix="avatar-bench-")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def program(self, *args):
        """(result, wall seconds, peak MB, standard error) of one run."""
        with open(self.path("out"), "w+b") as out, open(self.path("err"), "w+b") as err:
            started = time.perf_counter()
            process = subprocess.Popen([self.args.program, *args, "--json"], stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            text, log = out.read().decode(), err.read().decode()
        if process.returncode != 0:
            sys.exit("%s ended with %d\n%s" % (args, process.returncode, log))
        return json.loads(text.splitlines()[-1]), wall, usage.ru_maxrss / 1024, log

    def row(self, what, figure, target, reached):
        self.rows.append((what, figure, target, reached))
        print("%-58s %-22s target %-12s %s" % (what, figure, target,
                                               "" if reached else "MISSED"), flush=True)

    def whole_job(self):
        runs = [self.program("pipeline", "run", TEN_SECONDS, "--size", "1280x720", "--quality",
                             "medium", "-o", self.path("film.mp4"))
                for _ in range(self.args.rounds)]
        result, wall, _, _ = min(runs, key=lambda r: r[1])
        peak = max(r[2] for r in runs)
        length = result["duration_s"]
        self.row("text to film, %.1f s of speech, 1280x720, medium: wall" % length, "%.2f s" % wall,
                 "≤ 5 s", wall <= 5)
        self.row("the same: peak memory", "%.0f MB" % peak, "≤ 750 MB", peak <= 750)
        self.stages = result["stage_seconds"]

    def long_text(self):
        peaks, lengths = [], []
        for minutes in (1, 10):
            text = self.path("text")
            with open(text, "w", encoding="ascii") as file:
                file.write(PARAGRAPH * round(minutes * 60 / PARAGRAPH_S))
            result, wall, peak, _ = self.program(
                "pipeline", "run", "--text-file", text, "--size", "640x360", "--quality", "low",
                "-o", self.path("film.mp4"))
            print("%.1f minutes of film: %.0f s, %.0f MB" % (result["duration_s"] / 60, wall, peak),
                  flush=True)
            peaks.append(peak)
            lengths.append(result["duration_s"] / 60)
        more = peaks[1] - peaks[0]
        self.row("peak memory of a 10-minute text above a 1-minute text", "%.0f MB" % more,
                 "≤ 60 MB", more <= 60)
        self.long = LONG + "%.0f MB for %.1f minutes, %.0f MB for %.1f: %.0f MB more (target: ≤ 60 MB)." % (
            peaks[0], lengths[0], peaks[1], lengths[1], more)

    def long_of_before(self):
        """What the document says of the last run with --long."""
        with open(DOCUMENT, encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if line.startswith(LONG)]
        return lines[0] if lines else LONG + "not measured yet."

    def frames(self):
        fps = max(self.program("bench", "--threads", str(THREADS))[0]["lipsync_fps"]
                  for _ in range(self.args.rounds))
        self.row("lip-sync frames alone, 1280x720", "%.0f /s" % fps, "≥ 200 /s", fps >= 200)

    def after_speech(self):
        """Frames a second from sound and timeline to the film, over the whole process."""
        sound, timeline, clip = self.path("said.wav"), self.path("said.json"), self.path("clip.mp4")
        self.program("voice", "synthesize", PARAGRAPH, "-o", sound, "--timeline", timeline)
        self.program("video", "lipsync", sound, "--timeline", timeline, "--size", "1280x720", "-o", clip)
        words = self.path("words.png")
        self.program("avatar", "generate", "a woman of 40 with long wavy hair and glasses in a blazer, office", "-o", words)
        for what, size, face, floor in (("a picture", "1280x720", (), 60), ("a picture", "1920x1080", (), 25),
                                        ("a clip", "1280x720", ("--avatar", clip), 0),
                                        ("a presenter out of words", "1280x720", ("--avatar", words), 30)):
            best = 0
            for _ in range(self.args.rounds):
                result, wall, _, _ = self.program("video", "lipsync", sound, "--timeline", timeline, "--size", size,
                                                  "--quality", "medium", "-o", self.path("film.mp4"), *face)
                best = max(best, result["frames"] / wall)
            self.row("speech to film, %s of %.0f s, %s, medium" % (what, result["duration_s"], size),
                     "%.0f frames/s" % best, "≥ %d" % floor if floor else "", best >= floor)

    def speech(self):
        python = environment()
        models = {m["id"]: m["path"] for m in self.program("models", "list")[0]["models"]}
        ours, theirs = [], []
        for _ in range(self.args.rounds):
            result, _, _, log = self.program("voice", "synthesize", TEN_SECONDS, "-vv", "--threads",
                                             str(THREADS), "-o", self.path("a.wav"))
            ours.append(result["real_time_factor"])
            chunks = [[int(i) for i in line.split(":")[-1].split()] for line in log.splitlines()
                      if "kokoro af_heart:" in line]
            job = {"threads": THREADS, "chunks": chunks, "model": models["kokoro-82m-int8"],
                   "pack": os.path.join(models["kokoro-voices"], "af_heart.bin")}
            outcome = subprocess.run([python, "-c", REFERENCE], input=json.dumps(job).encode(),
                                     stdout=subprocess.PIPE, check=True)
            answer = json.loads(outcome.stdout)
            theirs.append(answer["seconds"] / answer["speech"])
        ratio = min(ours) / min(theirs)
        self.row("speech, seconds per second, %d threads" % THREADS, "%.3f" % min(ours), "", True)
        self.row("Python onnxruntime %s, same tokens and threads" % ORT_VERSION,
                 "%.3f" % min(theirs), "", True)
        self.row("ratio of the two", "%.2f" % ratio, "≤ 1.1", ratio <= 1.1)

    def until_gone(self, stage, wait_s):
        """Seconds from SIGINT, sent so long after the stage began, to the end of the program."""
        process = subprocess.Popen([self.args.program, "pipeline", "run", PARAGRAPH * 4, "-o", self.path("film.mp4")],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for line in process.stderr:
            if b"] %s " % stage.encode() in line:
                break
        time.sleep(wait_s)
        started = time.perf_counter()
        process.send_signal(signal.SIGINT)
        process.communicate()
        took = time.perf_counter() - started
        if process.returncode != 130:
            sys.exit("a film that was interrupted in %s ended with %d" % (stage, process.returncode))
        return took

    def interrupt(self):
        for stage, what in (("voice", "models are loaded"), ("speech", "speech is made"),
                            ("lipsync", "speech and frames are made")):
            took = max(self.until_gone(stage, 0.15 * i) for i in range(self.args.rounds + 1))
            self.row("Ctrl-C while %s, until the program is gone" % what, "%.2f s" % took, "≤ 1 s", took <= 1)

    def write(self):
        version = subprocess.run([self.args.program, "--version"], stdout=subprocess.PIPE,
                                 check=True).stdout.decode().strip()
        machine = self.program("bench")[0]
        lines = ["# Benchmarks", "",
                 "Written by `./dev bench` with %s on %s (%s), %d cores. Best of %d rounds "
                 "(Ctrl-C: longest); wall time and"
                 % (version, machine["cpu"], platform.machine(), len(os.sched_getaffinity(0)), self.args.rounds),
                 "memory are those of the whole process, from its start to its end.", "",
                 "| what | figure | target |", "|---|---|---|"]
        for what, figure, target, reached in self.rows:
            lines.append("| %s | %s | %s |" % (what, figure if reached else "**%s**" % figure,
                                               target or "–"))
        lines += ["", self.long or self.long_of_before(), "", "Busy seconds of the stages in the first row's run (stages overlap): "
                  + ", ".join("%s %.2f" % s for s in self.stages.items()) + ".", "",
                  "The same figures for one's own machine: `avatar bench`. Speech against another program:",
                  "[benchmarks-speech.md](benchmarks-speech.md).", ""]
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))

    def run(self):
        if self.args.only:
            getattr(self, self.args.only)()
        else:
            self.whole_job()
            if self.args.long:
                self.long_text()
            self.frames()
            self.after_speech()
            self.interrupt()
            self.speech()
        if not (self.args.print or self.args.only):
            self.write()
            print("docs/benchmarks.md is written")
        self.folder.cleanup()
        return 0 if all(reached for _, _, _, reached in self.rows) else 1


def main():
    parser = argparse.ArgumentParser(description="Measure the program against its targets.")
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "avatar"))
    parser.add_argument("--long", action="store_true", help="also the memory of a 10-minute text")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--print", action="store_true", help="write no document")
    parser.add_argument("--only", choices=["whole_job", "long_text", "frames", "after_speech", "interrupt",
                                           "speech"],
                        help="measure one part and write no document")
    sys.exit(Bench(parser.parse_args()).run())


if __name__ == "__main__":
    main()
