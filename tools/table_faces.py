#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each kind of picture gets when its face is to speak: the table in docs/face.md.

    table_faces.py [--program build/avatar] [--data ../shared/data] [--only WORD ...] [--print]

Takes the portraits and the pictures without a face of the data folder, the presenter, and people that the program
models itself, draws variations (tools/face_pictures.py) and has the program look at each (avatar detect) and make a
film of one word of the first of each kind (video lipsync). Each kind is put on a sheet in out/faces: the pictures
above, the middle frame of each film below. Exit status 1 if more pictures of a kind than were known to get what they
should not, or if the two commands disagree.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile

import quality
import quality_document
from quality_program import ask

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILM, WARNED, REFUSED, NONE = "film", "film, warned about", "refused", "no face"
GOOD = (FILM, WARNED)
# Photographs and paintings show few kinds of people: these are modelled, as all others that follow.
PEOPLE = ["a Black woman of 30, skin tone 10", "a Black man of 60, skin tone 8, in dim light",
          "an Indian man of 50 with a moustache",
          "a Chinese woman of 25", "a pale red-haired man of 35", "a woman of 75 with white hair"]
CHILDREN = ["a child", "a 7 year old girl", "a 7 year old Black boy", "a 5 year old boy",
            "a girl of 10 with two braids", "a 4 year old Asian girl"]
OLD = ["an old man with a full beard and glasses", "an old Black man with a full white beard and round glasses",
       "an 85 year old Indian man with a long beard and glasses"]
TOONS = ["a woman", "a man with a beard", "a child", "an old woman with glasses"]
STATUES = ["a bald man of 50", "a woman of 30 with a bun", "a man of 60 with a full beard", "a young man"]
TURNED = ["a man of 40", "a woman of 30 with short hair", "a Black man of 25"]
MASKS = {"blue": (200, 160, 100), "white": (238, 238, 236), "black": (36, 34, 34)}
SIDE = 200  # of a cell of a sheet
FILMS = 4   # of each kind
# Pictures that get what they should not, by kind; docs/face.md tells why.
KNOWN = {"blurred by a fifteenth of the eye distance": 1, "black mask": 2, "one finger before the mouth": 3}


class Picture:
    """One with a face: where the program sees it is where things are drawn."""

    def __init__(self, name, image, points):
        self.name, self.image, self.points = name, image, points


class Tried:
    """What the program says of a picture."""

    def __init__(self, outcome, reasons, face, frame):
        self.outcome, self.reasons, self.face, self.frame = outcome, reasons, face, frame


class Faces:
    def __init__(self, options, folder):
        import cv2
        self.cv2, self.options, self.folder = cv2, options, folder
        self.speech = os.path.join(folder, "speech.wav")
        subprocess.run([options.program, "voice", "synthesize", "Wow.", "-o", self.speech, "--quiet"], check=True)
        self.build = os.path.dirname(options.program)
        subprocess.run(["ninja", "-C", self.build, "--quiet", "bench/bench_portrait"], check=True)
        self.disagreed = []

    # ---- pictures ----

    def read(self, path):
        """A picture and its face."""
        import numpy as np
        status, said = ask(self.options.program, "avatar", "detect", path)
        if status:
            sys.exit("table_faces: %s: %s" % (path, said["error"]["message"]))
        return Picture(os.path.basename(path), self.cv2.imread(path), np.array(said["faces"][0]["mesh"])[:, :2])

    def modelled(self, prompts, look="real"):
        """Read without what the file knows about its person: as a photograph."""
        def make(number):
            path = os.path.join(self.folder, "modelled-%s.png" % re.sub(r"\W+", "-", prompts[number] + look))
            ask(self.options.program, "avatar", "generate", prompts[number], "--look", look, "--seed", str(number + 1),
                "--size", "512x512", "-o", path)
            return self.read(path)
        return list(self.pool.map(make, range(len(prompts))))

    def turned(self, degrees):
        def make(prompt, yaw):
            path = os.path.join(self.folder, "turned-%s%d.png" % (re.sub(r"\W+", "-", prompt), yaw))
            bench = os.path.join(self.build, "bench", "bench_portrait")
            subprocess.run([bench, prompt, "real", "640", "640", "1", path, str(yaw)], check=True,
                           stdout=subprocess.DEVNULL)
            return self.cv2.imread(path)
        return list(self.pool.map(make, TURNED, [degrees, -degrees, degrees]))

    def faceless(self):
        """Pictures of the data folder, each also changed, and textures."""
        import face_pictures as draw
        changes = [lambda i: i, draw.grey, draw.mirrored, draw.dark, lambda i: draw.rolled(i, 90),
                   lambda i: draw.rolled(i, 180), lambda i: i[:i.shape[0] * 3 // 4, i.shape[1] // 8:-i.shape[1] // 8]]
        paths = sorted(glob.glob(os.path.join(self.options.data, "no_face", "*.*")))
        for path in paths:
            image = self.cv2.imread(path)
            yield os.path.splitext(os.path.basename(path))[0], [change(image) for change in changes]
        yield "texture, text or landscape, drawn", list(draw.textures().values())

    def kinds(self):
        """(kind, what makes its pictures, what they may get)"""
        import face_pictures as draw
        paths = sorted(glob.glob(os.path.join(self.options.data, "portraits", "*.*")))
        if not paths:
            sys.exit("table_faces: there are no portraits in %s: name a folder with --data" % self.options.data)
        bases = [self.read(path) for path in [*paths, os.path.join(ROOT, "models", "presenter.png")]]
        bases += self.modelled(PEOPLE)
        # What makes a face small is told by rows of its own.
        large = [b for b in bases if draw.eye_distance(b.points) > 60]

        def plain(change):
            return lambda: [change(b.image) for b in bases]

        def worn(change, of=bases):
            return lambda: [change(b.image, b.points) for b in of]

        def people(prompts, change=lambda image, _: image, look="real"):
            return lambda: [change(b.image, b.points) for b in self.modelled(prompts, look)]

        yield "photographs, paintings, a cartoon, modelled people", plain(lambda i: i), GOOD
        yield "the same in black and white", plain(draw.grey), GOOD
        yield "mirrored", plain(draw.mirrored), GOOD
        yield "dark: a fifth of the light", plain(draw.dark), GOOD
        yield "noise", plain(draw.noisy), GOOD
        yield "blurred by a fifteenth of the eye distance", worn(
            lambda i, p: draw.blurred(i, draw.eye_distance(p) / 15)), (WARNED,)
        yield "rolled by 30°", plain(lambda i: draw.rolled(i, 30)), GOOD
        yield "lying, rolled by 90°", plain(lambda i: draw.rolled(i, 90)), (WARNED,)
        yield "upside down", plain(lambda i: draw.rolled(i, 180)), (WARNED,)
        for degrees, may in ((20, GOOD), (30, (WARNED,)), (40, (WARNED, REFUSED)), (50, (REFUSED,)), (70, (REFUSED,)),
                             (90, (REFUSED, NONE))):
            yield "turned by %d°" % degrees, lambda d=degrees: self.turned(d), may
        for distance, may in ((31, (REFUSED,)), (42, (WARNED,)), (50, (WARNED,))):
            yield "%d px between the eyes" % distance, worn(lambda i, p, d=distance: draw.scaled(i, p, d), large), may
        yield "glasses with thin round rims", worn(draw.glasses), GOOD
        yield "glasses with black square rims", worn(lambda i, p: draw.glasses(i, p, square=True)), GOOD
        yield "dark glasses", worn(lambda i, p: draw.glasses(i, p, dark_lenses=True)), GOOD
        yield "full beard drawn on", worn(draw.beard), GOOD
        for name, colour in MASKS.items():
            yield "%s mask" % name, worn(lambda i, p, c=colour: draw.mask(i, p, c)), (REFUSED,)
        for name, degrees in (("flat", 0), ("slanting", 35), ("from below", -60)):
            yield "hand before the mouth, %s" % name, worn(
                lambda i, p, d=degrees: draw.hand(i, p, d)), (WARNED, REFUSED)
        yield "one finger before the mouth", worn(draw.finger), (WARNED, REFUSED)
        yield "microphone before the lower lip", worn(draw.microphone), GOOD
        yield "two faces side by side", plain(draw.side_by_side), GOOD
        yield "child of 4 to 10, modelled", people(CHILDREN), GOOD
        yield "old man with full beard and glasses, modelled", people(OLD), GOOD
        yield "cartoon, modelled", people(TOONS, look="toon"), GOOD
        yield "statue of stone", people(STATUES, draw.statue), GOOD
        yield "statue of bronze", people(STATUES, lambda i, p: draw.statue(i, p, metal=True)), GOOD
        for name, images in self.faceless():
            yield name, lambda i=images: i, (NONE,)

    # ---- what the program does with them ----

    def frame_of(self, film):
        video = self.cv2.VideoCapture(film)
        video.set(self.cv2.CAP_PROP_POS_FRAMES, int(video.get(self.cv2.CAP_PROP_FRAME_COUNT)) // 2)
        return video.read()[1]

    def attempt(self, name, image, filmed):
        path, film = os.path.join(self.folder, name + ".png"), os.path.join(self.folder, name + ".mp4")
        self.cv2.imwrite(path, image)
        status, seen = ask(self.options.program, "avatar", "detect", path)
        if status and seen["error"]["code"] != "no_face":
            sys.exit("table_faces: %s: %s" % (name, seen["error"]["message"]))
        face, frame = (seen.get("faces") or [None])[0], None
        reasons = face["reasons"] if face else [seen["error"]["message"].split(" in '")[0]]
        outcome = NONE if not face else REFUSED if not face["usable"] else WARNED if reasons else FILM
        if filmed:
            status, made = ask(self.options.program, "video", "lipsync", self.speech, "--avatar", path, "-o", film)
            said = made["error"]["message"] if status else made["warning"] or ""
            if (status == 0) != (outcome in GOOD) or not all(reason in said for reason in reasons):
                self.disagreed.append("%s: detection says %s, the film %s" % (name, reasons, said or "is made"))
            if status == 0:
                frame = self.frame_of(film)
                os.remove(film)
        os.remove(path)
        return Tried(outcome, reasons, face, frame)

    def sheet(self, name, images, tried):
        """The faces of pictures, and of films made of them."""
        import numpy as np
        columns = []
        for image, one in zip(images, tried):
            box = one.face["box"] if one.face else (0, 0, image.shape[1], image.shape[0])
            side = 1.9 * max(box[2:]) if one.face else max(box[2:])
            corner = [box[0] + box[2] / 2 - side / 2, box[1] + box[3] / 2 - side * (.58 if one.face else .5)]

            def cut(picture, corner=corner, side=side, width=image.shape[1]):
                zoom = picture.shape[1] / width
                move = np.float32([[SIDE / side / zoom, 0, -corner[0] * SIDE / side],
                                   [0, SIDE / side / zoom, -corner[1] * SIDE / side]])
                return self.cv2.warpAffine(picture, move, (SIDE, SIDE), flags=self.cv2.INTER_AREA)
            below = np.full((SIDE, SIDE, 3), 255, np.uint8) if one.frame is None else cut(one.frame)
            cell = np.vstack([cut(image), below])
            self.cv2.putText(cell, one.outcome[:6], (4, 14), self.cv2.FONT_HERSHEY_SIMPLEX, .5, (0, 0, 255), 1)
            columns.append(cell)
        self.cv2.imwrite(os.path.join(self.options.out, name + ".png"), np.hstack(columns))

    def run(self):
        """Rows of the table; what was not as it should be."""
        lines = ["| picture | tried | film | warned | refused | no face | what it is told |",
                 "|---|---|---|---|---|---|---|"]
        print("\n".join(lines))
        wrong = []
        with concurrent.futures.ThreadPoolExecutor(2) as self.pool:
            for kind, make, may in self.kinds():
                if self.options.only and not any(word in kind for word in self.options.only):
                    continue
                images = make()
                name = re.sub(r"\W+", "-", kind).strip("-")
                names = ["%s-%d" % (name, i + 1) for i in range(len(images))]
                tried = list(self.pool.map(self.attempt, names, images, [i < FILMS for i in range(len(images))]))
                self.sheet(name, images, tried)
                counts = [sum(t.outcome == outcome for t in tried) for outcome in (FILM, WARNED, REFUSED, NONE)]
                lines.append("| %s | %d | %s | %s |" % (kind, len(tried), " | ".join(str(c or "") for c in counts),
                                                        "; ".join(told(tried)).replace("|", "\\|")))
                print(lines[-1], flush=True)
                missed = ["%s: %s, %s" % (n, t.outcome, "; ".join(t.reasons)) for n, t in zip(names, tried)
                          if t.outcome not in may]
                wrong += missed if len(missed) > KNOWN.get(kind, 0) else []
        return lines, wrong + self.disagreed


def told(tried):
    """Each thing that is said once, with the least and the greatest of its numbers, the most frequent first."""
    numbers, counts = {}, {}
    for one in tried:
        for reason in one.reasons:
            text = re.sub(r"\d+(?:\.\d+)?", "#", reason)
            counts[text] = counts.get(text, 0) + 1
            numbers.setdefault(text, []).append(re.findall(r"\d+(?:\.\d+)?", reason))
    out = []
    for text in sorted(counts, key=lambda t: -counts[t]):
        for values in zip(*numbers[text]):
            least, most = min(values, key=float), max(values, key=float)
            text = text.replace("#", least if least == most else "%s–%s" % (least, most), 1)
        out.append(text)
    return out


def main():
    shared = os.path.join(os.path.dirname(ROOT), "shared")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "avatar"))
    parser.add_argument("--check", default=os.path.join(shared, "check"), help="folder of the judge of ./dev quality")
    parser.add_argument("--data", default=os.path.join(shared, "data"), help="with folders portraits and no_face")
    parser.add_argument("--out", default=os.path.join(ROOT, "out", "faces"), help="where sheets to look at go")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="kinds with such a word; writes no document")
    parser.add_argument("--print", action="store_true", help="write no document")
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    # Its packages draw, too.
    quality.enter_environment(os.path.join(options.check, "requirements.txt"))
    os.makedirs(options.out, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        lines, wrong = Faces(options, folder).run()
    if not options.print and not options.only:
        quality_document.write("faces", None, "\n".join(lines), os.path.join(ROOT, "docs", "face.md"))
    for line in wrong:
        print("not as it should be: " + line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
