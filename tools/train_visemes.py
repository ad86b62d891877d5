#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains models/visemes.onnx, which hears what a mouth does, on speech of the program itself, and judges it.

    train_visemes.py [--program build/avatar] [--out out/visemes] [--minutes 60] [--epochs 30]
                     [--write] [--judge MODEL]

No person's recording is in it. docs/visemes.md says how it is made; --write puts the model into models/ and
the figures into that document. Judged are voices that it never heard: four voices of the same engine
("held back"), and a Piper voice, whose model gives exact times; clean, and with white noise at 20 and 5 dB.
Three judgements, each also for something simple:

- frames: share of 10 ms frames whose mouth, one of eight, is the right one. Beside it: 13 MFCC with their
  slopes and a Gaussian for each mouth.
- opening: correlation of the opening that the mouths stand for with that of the labels. Beside it: loudness.
- lips: share of p, b and m within 40 ms of which the network sees closed lips (at .25). Beside it: of 80 ms
  without any of them, the share where it sees them too.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time

import quality_document
import quality_environment

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGES = ["jax==0.4.38", "jaxlib==0.4.38", "numpy==1.26.4", "scipy==1.14.1", "soundfile==0.14.0",
            "onnx==1.17.0", "onnxruntime==1.23.2"]
SEGMENT, BATCH, RATE_MAX, SMOOTHING = 320, 24, 3e-3, .05
# The eight mouths that frames are judged by, and how far open each is.
MOUTHS = {"SIL": 0, "PP": 1, "FF": 2, "AA": 3, "AE": 3, "AH": 3, "UH": 4, "E": 4, "I": 5, "SS": 5, "TH": 5,
          "O": 6, "U": 6, "W": 6, "CH": 6, "RR": 6, "DD": 7, "KK": 7, "NN": 7, "NONE": 7}
OPEN = (0, 0, .1, 1, .6, .35, .35, .25)
LIPS_SEEN = .25


# ---- training ------------------------------------------------------------------------------------

def segments(args):
    """One recording, spoiled, in pieces: [(features, labels)]."""
    import numpy as np
    import viseme_features as features
    recording, others, prior, seed = args
    rng = np.random.default_rng(seed)
    sound, scale = features.spoil(rng, recording.sound, others)
    mel = features.normalise(features.log_mel(sound), prior)
    labels, first = recording.labels(len(mel), scale), int(rng.integers(SEGMENT // 2))
    return [(mel[at:at + SEGMENT], labels[at:at + SEGMENT]) for at in range(first, len(mel) - SEGMENT, SEGMENT)]


def masked(rng, batch):
    """Some bands and some moments are not heard (SpecAugment)."""
    for piece in batch:
        for _ in range(2):
            low, size = rng.integers(40), rng.integers(7)
            piece[:, low:low + size] = 0
        at, size = rng.integers(SEGMENT), rng.integers(9)
        piece[at:at + size] = 0
    return batch


def train(recordings, prior, outputs, epochs):
    import concurrent.futures
    import jax
    import jax.numpy as jnp
    import numpy as np
    import viseme_net as net
    rng = np.random.default_rng(7)
    params, state = net.init(rng, outputs)
    print("%d weights, %d frames ahead" % (sum(np.size(w) for w in jax.tree.leaves(params)), net.AHEAD))

    def loss_of(params, state, x, y):
        logits, state = net.forward(params, state, x, True)
        wanted = jax.nn.one_hot(y, outputs) * (1 - SMOOTHING) + SMOOTHING / outputs
        return -(wanted * jax.nn.log_softmax(logits)).sum(-1).mean(), state

    @jax.jit
    def step(params, state, moments, x, y, rate, count):
        (loss, state), slope = jax.value_and_grad(loss_of, has_aux=True)(params, state, x, y)
        first = jax.tree.map(lambda m, g: .9 * m + .1 * g, moments[0], slope)
        second = jax.tree.map(lambda m, g: .99 * m + .01 * g * g, moments[1], slope)
        params = jax.tree.map(  # AdamW
            lambda p, m, v: p - rate * (m / (1 - .9 ** count) / (jnp.sqrt(v / (1 - .99 ** count)) + 1e-8) + 1e-3 * p),
            params, first, second)
        return params, state, (first, second), loss

    zero = jax.tree.map(np.zeros_like, params)
    moments, count, started = (zero, zero), 0, time.monotonic()
    others = [r.sound[:60 * 16000] for r in recordings[::max(1, len(recordings) // 40)]]
    per_epoch = sum(len(r.sound) // 160 for r in recordings) // SEGMENT // BATCH
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        work = lambda epoch: [pool.submit(segments, (r, others[:3] + [others[(epoch + i) % len(others)]], prior,
                                                     (epoch, i))) for i, r in enumerate(recordings)]
        coming = work(0)
        for epoch in range(epochs):
            pieces = [piece for job in coming for piece in job.result()]
            coming = work(epoch + 1) if epoch + 1 < epochs else []
            order, losses = rng.permutation(len(pieces)), []
            for at in range(0, len(order) - BATCH, BATCH):
                chosen = [pieces[i] for i in order[at:at + BATCH]]
                x = masked(rng, np.stack([c[0] for c in chosen]))
                y = np.stack([c[1] for c in chosen])
                count += 1
                done = min(count / (per_epoch * epochs), 1)
                rate = RATE_MAX * min(count / 100, 1) * (.01 + .99 * .5 * (1 + np.cos(np.pi * done)))
                params, state, moments, loss = step(params, state, moments, x, y, rate, count)
                losses.append(float(loss))
            print("epoch %d: loss %.3f, %.0f s" % (epoch + 1, np.mean(losses), time.monotonic() - started),
                  flush=True)
    return params, state


# ---- judging -------------------------------------------------------------------------------------

class Model:
    def __init__(self, path):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def __call__(self, sound):
        """[frames, visemes] probabilities."""
        import numpy as np
        import viseme_features as features
        mel = features.log_mel(features.level(sound))
        prior = self.session.run(["prior"], {"mel": mel[:1].T[None]})[0]
        logits = self.session.run(["logits"], {"mel": features.normalise(mel, prior).T[None]})[0][0].T
        e = np.exp(logits - logits.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)


def mfcc(sound):
    """[frames, 26]: 13 coefficients and their slopes."""
    import numpy as np
    import viseme_features as features
    from scipy.fftpack import dct
    c = dct(features.log_mel(features.level(sound)), norm="ortho", axis=1)[:, :13]
    return np.hstack([c, np.gradient(c, axis=0)])


def gaussians(recordings, mouth_of):
    """Log-likelihood of each mouth as a function of MFCC."""
    import numpy as np
    x = [mfcc(r.sound) for r in recordings[:60]]
    y = np.concatenate([mouth_of[r.labels(len(m))] for r, m in zip(recordings, x)])
    x = np.concatenate(x)
    rows = []
    for mouth in range(len(OPEN)):
        mine = x[y == mouth]
        rows.append((mine.mean(0), np.cov(mine.T) + 1e-3 * np.eye(x.shape[1]), np.log(len(mine) / len(x))))

    def score(frames):
        out = []
        for mean, cov, prior in rows:
            d = frames - mean
            out.append(prior - .5 * (np.einsum("ij,ij->i", d @ np.linalg.inv(cov), d) + np.linalg.slogdet(cov)[1]))
        return np.stack(out, 1)
    return score


def judge(model, simple, recordings, mouth_of, snr=None):
    """{frames, frames_simple, opening, opening_simple, lips, lips_false}"""
    import numpy as np
    rng, openness = np.random.default_rng(5), np.array(OPEN)
    rows = {name: [] for name in ("right", "right_simple", "opening", "truth", "loudness", "seen", "false")}
    for recording in recordings:
        sound = recording.sound
        if snr is not None:
            noise = rng.standard_normal(len(sound))
            sound = sound + (noise * np.sqrt(np.mean(sound ** 2) / 10 ** (snr / 10))).astype("f4")
        p = model(sound)
        labels = mouth_of[recording.labels(len(p))]
        mouths = np.stack([p[:, mouth_of == m].sum(1) for m in range(len(OPEN))], 1)
        rows["right"].append(mouths.argmax(1) == labels)
        rows["right_simple"].append(simple(mfcc(sound))[:len(p)].argmax(1) == labels)
        rows["opening"].append(mouths @ openness)
        rows["truth"].append(np.convolve(openness[labels], np.ones(5) / 5, "same"))
        energy = np.convolve(sound.astype("f8") ** 2, np.ones(400) / 400, "same")[::160]
        rows["loudness"].append(20 * np.log10(np.sqrt(np.resize(energy, len(p))) + 1e-4))
        near = np.zeros(len(p), bool)
        for start, end in recording.lips:
            first, last = max(round(start * 100) - 4, 0), round(end * 100) + 4
            near[first:last] = True
            rows["seen"].append([mouths[first:last, 1].max() > LIPS_SEEN])
        for at in range(0, len(p) - 8, 8):
            if not near[at:at + 8].any() and labels[at:at + 8].any():
                rows["false"].append([mouths[at:at + 8, 1].max() > LIPS_SEEN])
    rows = {name: np.concatenate(parts) for name, parts in rows.items()}
    together = lambda name: float(np.corrcoef(rows[name], rows["truth"])[0, 1])
    return {"frames": rows["right"].mean(), "frames_simple": rows["right_simple"].mean(),
            "opening": together("opening"), "opening_simple": together("loudness"),
            "lips": rows["seen"].mean(), "lips_false": rows["false"].mean()}


def table(model, simple, sets, mouth_of):
    lines = ["| speech | frames | MFCC, Gaussians | opening | loudness | lips seen | seen where there are none |",
             "|---|---|---|---|---|---|---|"]
    for name, recordings in sets:
        for snr in (None, 20, 5):
            row = judge(model, simple, recordings, mouth_of, snr)
            lines.append("| %s, %s | %.1f %% | %.1f %% | %.2f | %.2f | %.2f | %.2f |" % (
                name, "clean" if snr is None else "noise at %d dB" % snr, 100 * row["frames"],
                100 * row["frames_simple"], row["opening"], row["opening_simple"], row["lips"],
                row["lips_false"]))
            print(lines[-1], flush=True)
    return lines


def expected(model):
    """What it hears in the buzz of tests/unit/lipsync/test_viseme_net.c, which compares itself with this."""
    import numpy as np
    t = np.arange(2 * 16000) / 16000
    sound = sum(np.sin(2 * np.pi * 130 * k * t) / k for k in range(1, 21))
    sound = (.1 * sound * (.5 + .5 * np.sin(2 * np.pi * 3 * t))).astype("f4")
    return "".join("%d\t%s\n" % (i, "\t".join("%.4f" % p for p in row))
                   for i, row in enumerate(model(sound)) if i % 10 == 0 and i < 200)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "avatar"))
    parser.add_argument("--out", default=os.path.join(ROOT, "out", "visemes"))
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="put model and figures into the repository")
    parser.add_argument("--judge", metavar="MODEL", help="judge this one instead of training")
    args = parser.parse_args()
    quality_environment.enter("visemes", PACKAGES)
    import numpy as np
    import viseme_features as features
    import viseme_net as net
    import viseme_speech as speech
    os.makedirs(args.out, exist_ok=True)
    started = time.monotonic()
    paths = speech.make(args.program, os.path.join(args.out, "speech"), args.minutes)
    print("speech is there: %.0f s" % (time.monotonic() - started), flush=True)
    sets = {name: [speech.Recording(path) for path in some] for name, some in paths.items()}
    mouth_of = np.array([MOUTHS[name] for name in speech.NAMES])
    path = args.judge or os.path.join(args.out, "visemes.onnx")
    if not args.judge:
        prior = np.mean([features.log_mel(features.level(r.sound)).mean(0) for r in sets["train"]], 0)
        params, state = train(sets["train"], prior.astype("f4"), len(speech.NAMES), args.epochs)
        net.export(params, state, prior, path)
    print("%s: %d bytes" % (path, os.path.getsize(path)))
    model = Model(path)
    lines = table(model, gaussians(sets["train"], mouth_of),
                  (("held back", sets["held"]), ("Piper", sets["piper"])), mouth_of)
    if args.write:
        quality_document.write("judged", None, "\n".join(lines), os.path.join(ROOT, "docs", "visemes.md"))
        with open(os.path.join(ROOT, "tests", "golden", "visemes.tsv"), "w", encoding="ascii") as file:
            file.write(expected(model))
        shutil.copyfile(path, os.path.join(ROOT, "models", "visemes.onnx"))
        subprocess.run([sys.executable, os.path.join(ROOT, "tools", "lint_manifest.py"), "--write"], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
