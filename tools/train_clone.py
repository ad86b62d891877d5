#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the cloning engine knows beforehand: models/clone-kokoro.bin.

    train_clone.py sample VOICE_PROBE PACKS_FOLDER SAMPLES.npz   hours on two cores; goes on where it stopped
    train_clone.py build PACKS_FOLDER SAMPLES.npz OUT.bin

VOICE_PROBE is build/tools/voice_probe, PACKS_FOLDER the installed kokoro-82m/voices. Needs numpy. Every sample
is a random voice of Kokoro's space that says one of the probe sentences: the engine itself speaks and the
program's own encoder listens, no recording of anybody goes in. The file's layout is in
src/voice/clone_model.h.
"""
import glob
import os
import struct
import subprocess
import sys

import numpy as np

TIMBRE_DIMS, PROSODY_DIMS = 24, 16  # 90 % of the packs' variance in each half
ROWS, STYLE, HALF, SPEAKER = 510, 256, 128, 256
SENTENCES = 6  # of the eight; the last two stay unheard until the verdict
STOCK_SENTENCES = (0, 2)  # that every published voice says
# Seed of a stream of random voices: how many of it are used.
STREAMS = {1: 40, 2: 40, 11: 400, 12: 400}
LENGTHS = (3.0, 4.0, 5.0, 6.0, 8.0)
LINEARS = (0.3, 1.0, 3.0)
NOISES = (0.15, 0.3, 0.6, 1.0)
SENTENCE_PART = 0.1


class Probe:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.rows = [int(word) for word in self.process.stdout.readline().split()]

    def hear(self, sentence, style):
        self.process.stdin.write(b"S" + struct.pack("<I", sentence) + style.astype("<f4").tobytes())
        self.process.stdin.flush()
        answer = np.frombuffer(self.process.stdout.read(4 * (SPEAKER + 2)), "<f4")
        return answer[:SPEAKER], answer[SPEAKER]


class Space:
    """Principal components of each half of the packs over all rows, in standard deviations."""

    def __init__(self, folder):
        paths = sorted(glob.glob(os.path.join(folder, "*.bin")))
        self.names = [os.path.basename(path)[:-4] for path in paths]
        self.packs = np.stack([np.fromfile(path, "<f4").reshape(ROWS, STYLE) for path in paths])
        self.coords, count = [], len(paths)
        for half in (slice(0, HALF), slice(HALF, STYLE)):
            apart = (self.packs - self.packs.mean(0))[:, :, half].reshape(count, -1).astype(float)
            values, vectors = np.linalg.eigh(apart @ apart.T)
            order = np.argsort(-values)[:count - 1]  # the mean takes one away
            self.coords.append(vectors[:, order] * np.sqrt(count))

    def parts(self, half, coords):
        """How much of each pack."""
        count = len(self.packs)
        return 1.0 / count + self.coords[half][:, :len(coords)] @ coords / count

    def row(self, coords, row):
        return np.concatenate([self.parts(half, coords[half]) @
                               self.packs[:, row, half * HALF:(half + 1) * HALF] for half in (0, 1)])


def draw_half(space, half, rng):
    """Now a blend of a few packs, some of it overdone, now a point of the whole cloud."""
    coords = space.coords[half]
    if rng.random() < 0.45:
        chosen = rng.choice(len(coords), rng.integers(2, 5), replace=False)
        parts = rng.dirichlet(np.full(len(chosen), 0.7))
        return parts @ coords[chosen] * rng.uniform(0.8, 1.5), (chosen, parts)
    return rng.normal(size=coords.shape[1]) * rng.uniform(0.5, 1.2), None


def draw(space, rng):
    timbre, blend = draw_half(space, 0, rng)
    if blend is not None and rng.random() < 0.6:
        prosody = blend[1] @ space.coords[1][blend[0]] * rng.uniform(0.8, 1.3)
    else:
        prosody, _ = draw_half(space, 1, rng)
    return (timbre, prosody), int(rng.integers(SENTENCES))


def wanted(space):
    """(key, coordinates of both halves, sentence, pack or -1) of every sample."""
    for index, name in enumerate(space.names):
        for sentence in STOCK_SENTENCES:
            yield f"{name}.{sentence}", [half[index] for half in space.coords], sentence, index
    for seed, count in STREAMS.items():
        rng = np.random.default_rng(seed)
        for number in range(count):
            coords, sentence = draw(space, rng)
            yield f"{seed}.{number}", coords, sentence, -1


def sample(probe_path, folder, out):
    space, probe = Space(folder), Probe(probe_path)
    heard = dict(np.load(out)) if os.path.exists(out) else {}
    for key, coords, sentence, _ in wanted(space):
        if key in heard:
            continue
        voice, pitch = probe.hear(sentence, space.row(coords, probe.rows[sentence]))
        heard[key] = np.append(voice, pitch)
        if len(heard) % 20 == 0:
            np.savez(out, **heard)
            print(len(heard), flush=True)
    np.savez(out, **heard)


def covariance(coords, sentences, length, linear):
    squares = (coords ** 2).sum(1)
    apart = np.maximum(squares[:, None] + squares[None] - 2.0 * coords @ coords.T, 0.0)
    return (np.exp(-apart / (2.0 * length ** 2)) + linear * (coords @ coords.T) / coords.shape[1] +
            SENTENCE_PART * (sentences[:, None] == sentences[None]))


def fit_kernel(coords, sentences, voices):
    """Hyperparameters of highest marginal likelihood for the similarity to some of the samples, each with its
    own variance."""
    targets = voices[:: max(1, len(voices) // 12)]
    best = (np.inf, None)
    for length in LENGTHS:
        for linear in LINEARS:
            base = covariance(coords, sentences, length, linear)
            for noise in NOISES:
                lower = np.linalg.cholesky(base + noise * np.eye(len(base)))
                score = len(targets) * np.log(np.diag(lower)).sum()
                for target in targets:
                    values = voices @ target
                    half = np.linalg.solve(lower, values - values.mean())
                    score += 0.5 * len(values) * np.log(half @ half / len(values))
                if score < best[0]:
                    best = (score, (length, 1.0, linear, SENTENCE_PART, noise))
    return best[1]


def build(folder, samples, out):
    space, heard = Space(folder), np.load(samples)
    rows, dims = [], (TIMBRE_DIMS, PROSODY_DIMS)
    for key, coords, sentence, pack in wanted(space):
        if key in heard:
            short = np.concatenate([half[:count] for half, count in zip(coords, dims)])
            rows.append((short, heard[key][SPEAKER], pack, sentence, heard[key][:SPEAKER]))
    coords = np.stack([row[0] for row in rows])
    kernel = fit_kernel(coords, np.array([row[3] for row in rows]), np.stack([row[4] for row in rows]))
    weights = np.concatenate([half[:, :count].T for half, count in zip(space.coords, dims)])
    with open(out, "wb") as file:
        file.write(b"AVTCLN2\n" + struct.pack("<6I", len(space.names), *dims, len(rows), SENTENCES, 0))
        file.write(struct.pack("<6f", *kernel, 0.0))
        for name in space.names:
            file.write(name.encode().ljust(32, b"\0"))
        file.write((weights / len(space.names)).astype("<f4").tobytes())
        for short, pitch, pack, sentence, voice in rows:
            file.write(short.astype("<f4").tobytes() + struct.pack("<fhH", pitch, pack, sentence))
            file.write(np.round(np.clip(voice, 0, 1) * 65535).astype("<u2").tobytes())
    print(f"{len(rows)} samples, kernel {kernel}, {os.path.getsize(out)} bytes")


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "sample":
        sample(*sys.argv[2:])
    elif len(sys.argv) == 5 and sys.argv[1] == "build":
        build(*sys.argv[2:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
