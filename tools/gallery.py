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

./dev gallery --pairs compares every value of every attribute with the one before it: the pictures differ where they
should, and at most 2 levels on average elsewhere.

./dev gallery --people 300 asks so many times for "a person" with nothing else said, and counts what comes: skin tone
as measured on the cheeks of the pictures (against ten tones of one face in each light), age and gender as they drive
the mesh. Each is compared with an even distribution: chi-square at 1 %.
"""
import argparse
import concurrent.futures
import itertools
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)
PRESENCE = .9
NEAREST_PICTURE = 8.0
NEAREST_MESH = .006
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


def attributes_of(program, arguments, path):
    made = subprocess.run([program, "avatar", "generate", *arguments, "--size", "256x256", "-o", path, "--json"],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(made.stdout.decode().splitlines()[-1])["presenters"][0]["attributes"]


CHEEKS = (50, 280, 117, 346, 205, 425)  # landmarks of the face mesh
# Upper 1 % of the chi-square distribution by degrees of freedom.
CHI_SQUARE = {2: 9.21, 5: 15.09, 9: 21.67}


def skin_light(talking_head, path):
    """Logarithm of how light the cheeks are, in the middle of what their pixels show."""
    import cv2
    import numpy as np
    image = cv2.imread(path)
    _, centre, size, angle = talking_head.detect(image)
    points, _ = talking_head.mesh(image, centre, 1.5 * size, angle)
    points, _ = talking_head.mesh(image, *talking_head.roi_of(points))
    patches = []
    for x, y in points[list(CHEEKS), :2].round().astype(int):
        patches.append(np.median(image[y - 2:y + 3, x - 2:x + 3].reshape(-1, 3), axis=0))
    linear = (np.array(patches) / 255) ** 2.2 @ [.0722, .7152, .2126]
    return float(np.log(np.median(linear)))


def counted(name, values, edges, shares):
    """One line of the table; whether it is even."""
    import numpy as np
    counts = np.histogram(values, edges)[0]
    expected = len(values) * np.array(shares)
    chi = float(((counts - expected) ** 2 / expected).sum())
    most = CHI_SQUARE[len(counts) - 1]
    print("%-10s %s  chi-square %.1f (<= %.1f)%s" % (name, " ".join("%3d" % c for c in counts), chi, most,
                                                     "" if chi <= most else "  MISSED"), flush=True)
    return chi <= most


def people(options):
    import numpy as np
    import talking_head
    folder = os.path.join(options.out, "people")
    os.makedirs(folder, exist_ok=True)
    first = attributes_of(options.program, ["a person", "--seed", "1"], os.path.join(folder, "first.png"))
    plain = dict(first, age=35, masculine=.5, facial_hair="none", headwear="none", hair="crew", glasses="none",
                 makeup="none", freckles=0)

    def known(tone_and_light):
        tone, light = tone_and_light
        name = os.path.join(folder, "tone-%d-%s" % (tone, light))
        with open(name + ".json", "w", encoding="utf-8") as file:
            json.dump(dict(plain, skin_tone=tone, light=light), file)
        attributes_of(options.program, ["--attributes", name + ".json", "--seed", "1"], name + ".png")
        return skin_light(talking_head, name + ".png")

    def somebody(seed):
        path = os.path.join(folder, "%03d.png" % seed)
        return attributes_of(options.program, ["a person", "--seed", str(seed)], path), skin_light(talking_head, path)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = list(pool.map(somebody, range(1, options.people + 1)))
        lights = sorted({attributes["light"] for attributes, _ in found})
        tones = {light: list(pool.map(known, [(tone, light) for tone in range(1, 11)])) for light in lights}
    # Tones darken: from the darkest on, lightness rises.
    measured = [np.interp(value, np.maximum.accumulate(tones[a["light"]][::-1]), range(10, 0, -1)) for a, value in found]
    error = np.abs(np.array(measured) - [a["skin_tone"] for a, _ in found])
    print("%d times \"a person\"; skin tone measured within %.2f steps in the middle, %.2f in nine of ten"
          % (len(found), np.median(error), np.quantile(error, .9)))
    good = [counted("skin tone", measured, np.linspace(1, 10, 11), [.1] * 10),
            counted("age", [a["age"] for a, _ in found], np.linspace(18, 75, 7), [1 / 6] * 6),
            counted("masculine", [a["masculine"] for a, _ in found], [0, .4, .6, 1.0001], [.46, .08, .46])]
    return 0 if all(good) else 1


def nearest(values, distance):
    return min((distance(values[a], values[b]), a, b) for a, b in itertools.combinations(sorted(values), 2))


def sheet(paths, out):
    import cv2
    import numpy as np
    cells = [cv2.resize(cv2.imread(path), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for path in paths]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[i:i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    cv2.imwrite(out, np.vstack(rows))


def pairs(options):
    """tests/unit/portrait/test_attribute_pairs.c, in parts, two at a time. The build folder is the program's."""
    test = os.path.join(os.path.dirname(options.program), "tests", "unit", "portrait", "test_portrait_attribute_pairs")
    parts = 4
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda part: subprocess.run([test, str(part), str(parts)], check=False).returncode,
                              range(parts)))
    return 1 if any(codes) else 0


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
    parser.add_argument("--pairs", action="store_true",
                        help="compare every value of every attribute with the one before it instead")
    parser.add_argument("--films", action="store_true", help="let twelve of them speak and judge the films instead")
    parser.add_argument("--reuse", action="store_true", help="with --films: keep those that were judged before")
    parser.add_argument("--people", type=int, metavar="N", help='count N of "a person" instead')
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.check, "talking_head.py")):
        sys.exit("gallery: the judge, talking_head.py, is not in %s" % options.check)
    import quality
    quality.enter_environment(os.path.join(options.check, "requirements.txt"))
    sys.path.insert(0, options.check)
    os.makedirs(options.out, exist_ok=True)
    if options.pairs:
        return pairs(options)
    if options.people:
        return people(options)
    if options.films:
        import gallery_films
        return gallery_films.run(options)
    missed = [line for seed in options.seeds for look in options.looks for line in run(options, look, seed)]
    print("sheets are in %s" % os.path.relpath(options.out, ROOT))
    for line in missed:
        print("MISSED: " + line)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
