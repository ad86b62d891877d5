#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Presenters of sixty prompts, to look at and to count: ./dev gallery [--seeds 1 2 3] [--looks real toon] [--only N ...]

Makes the pictures of tools/gallery_prompts.txt with the program as people do, puts them on sheets of twenty
(out/gallery/*.png) and judges them from the outside. Prompt n is drawn with seed 100 S + n, so that what it does not say
differs from that of the others:

- presence: how sure the judge of ./dev quality, which shares no code with the project, is of a face: >= .9 on each.
- picture: of each two pictures of a sheet's look and seed, the mean difference of their heads, 64 x 64 around the
  tracked face, in levels of 255: no two may be nearer than NEAREST_PICTURE.
- mesh: the same of the landmarks of the face, brought to the same place, size and turn, in eye distances: no two may
  be nearer than NEAREST_MESH.
"""
import argparse
import concurrent.futures
import itertools
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)
PRESENCE = .9
NEAREST_PICTURE = 8.0
NEAREST_MESH = .008
COLUMNS, SIDE, A_SHEET = 5, 384, 20


def prompts():
    with open(os.path.join(HERE, "gallery_prompts.txt"), encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]


def make(program, prompt, look, seed, path):
    subprocess.run([program, "avatar", "generate", prompt, "--look", look, "--seed", str(seed), "--size",
                    "512x512", "-o", path, "--quiet"], check=True)


def judge(talking_head, path):
    """Presence, the head as 64 x 64 pixels, 468 landmarks in eye distances."""
    import cv2
    import numpy as np
    image = cv2.imread(path)
    score, centre, size, angle = talking_head.detect(image)
    roi = (centre, 1.5 * size, angle)
    for _ in range(2):
        points, presence = talking_head.mesh(image, *roi)
        roi = talking_head.roi_of(points)
    (x, y), side = roi[0], .75 * roi[1]
    box = [int(round(v)) for v in (x - side, y - side * 1.1, x + side, y + side * .9)]
    shift = np.float32([[64 / (box[2] - box[0]), 0, -box[0] * 64 / (box[2] - box[0])],
                        [0, 64 / (box[3] - box[1]), -box[1] * 64 / (box[3] - box[1])]])
    head = cv2.warpAffine(image, shift, (64, 64), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    eyes = points[263] - points[33]
    across = eyes / np.linalg.norm(eyes)
    down = points[152] - points[10]
    down = down - across * (down @ across)
    down /= np.linalg.norm(down)
    frame = np.stack([across, down, np.cross(across, down)])
    face = (points - points.mean(0)) @ frame.T / np.linalg.norm(eyes)
    return (presence if score >= .5 else 0), head.astype(np.float32), face


def nearest(values, distance):
    return min((distance(values[a], values[b]), a, b) for a, b in itertools.combinations(sorted(values), 2))


def sheet(paths, out):
    import cv2
    import numpy as np
    cells = [cv2.resize(cv2.imread(path), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for path in paths]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[i:i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    cv2.imwrite(out, np.vstack(rows))


def run(options, look, seed):
    """One look and seed: what it misses."""
    import numpy as np
    import talking_head
    folder = os.path.join(options.out, "%s-%d" % (look, seed))
    os.makedirs(folder, exist_ok=True)
    texts = prompts()
    numbers = options.only or range(1, len(texts) + 1)
    paths = {n: os.path.join(folder, "%02d.png" % n) for n in numbers}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: make(options.program, texts[n - 1], look, 100 * seed + n, paths[n]), numbers))
    found = {n: judge(talking_head, path) for n, path in paths.items()}
    for first in range(0, len(numbers), A_SHEET):
        some = [paths[n] for n in list(numbers)[first:first + A_SHEET]]
        sheet(some, os.path.join(options.out, "%s-%d-%d.png" % (look, seed, first // A_SHEET + 1)))
    missed = []
    worst = min((found[n][0], n) for n in found)
    faint = sorted(n for n in found if found[n][0] < PRESENCE)
    missed += ["%s, seed %d: %d has a presence of %.2f" % (look, seed, n, found[n][0]) for n in faint]
    line = "%s, seed %d: presence %.3f or more (%d)" % (look, seed, *worst)
    if len(found) > 1:
        picture = nearest({n: f[1] for n, f in found.items()}, lambda a, b: float(np.abs(a - b).mean()))
        mesh = nearest({n: f[2] for n, f in found.items()},
                       lambda a, b: float(np.linalg.norm(a - b, axis=1).mean()))
        line += "; nearest pictures %.1f levels (%d, %d), faces %.4f eye distances (%d, %d)" % (*picture, *mesh)
        if picture[0] < NEAREST_PICTURE:
            missed.append("%s, seed %d: pictures %d and %d are %.1f levels apart" % (look, seed, *picture[1:], picture[0]))
        if mesh[0] < NEAREST_MESH:
            missed.append("%s, seed %d: faces %d and %d are %.4f apart" % (look, seed, *mesh[1:], mesh[0]))
    print(line, flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "avatar"))
    parser.add_argument("--check", default=os.path.join(os.path.dirname(ROOT), "shared", "check"))
    parser.add_argument("--out", default=os.path.join(ROOT, "out", "gallery"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--looks", nargs="+", default=["real", "toon"], choices=["real", "toon"])
    parser.add_argument("--only", type=int, nargs="+", help="numbers of prompts, from 1")
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.check, "talking_head.py")):
        sys.exit("gallery: the judge, talking_head.py, is not in %s" % options.check)
    import quality
    quality.enter_environment(os.path.join(options.check, "requirements.txt"))
    sys.path.insert(0, options.check)
    os.makedirs(options.out, exist_ok=True)
    missed = [line for seed in options.seeds for look in options.looks for line in run(options, look, seed)]
    print("sheets are in %s" % os.path.relpath(options.out, ROOT))
    for line in missed:
        print("MISSED: " + line)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
