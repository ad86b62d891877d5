#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Twelve presenters out of words speak, in both looks, and are judged as the films of ./dev quality are: ./dev gallery
--films. Writes docs/quality-presenters.md and a contact sheet beside each film in out/gallery/films.

Of the judge's floors mouth_sharpness is left out, which compares with a source picture: there is none. Borders and what
is far from the face breathe with the shoulders here; border_psnr and still_psnr are told all the same.
"""
import argparse
import os

import quality
from gallery import ROOT, prompts

# Of gallery_prompts.txt: ages, peoples, genders, hair, beards, glasses, headwear and clothes.
SPEAKERS = (1, 2, 3, 4, 6, 8, 12, 14, 19, 24, 39, 57)
LOOKS = ("real", "toon")
LEFT_OUT = ("clip_psnr", "mouth_sharpness")
TOLD_ONLY = ("border_psnr", "still_psnr")
DOCUMENT = os.path.join(ROOT, "docs", "quality-presenters.md")


class Speakers(quality.Quality):
    """As the pictures there, but each is generated first."""

    def picture(self, face):
        number, look = face.split("-")
        path = os.path.join(self.args.out, face + ".png")
        if not os.path.exists(path):
            self.run_program("avatar", "generate", prompts()[int(number) - 1], "--look", look, "--seed",
                             str(100 + int(number)), "-o", path)
        return path

    @staticmethod
    def reached(figures, name):
        if name in LEFT_OUT or name in TOLD_ONLY:
            return None
        return quality.Quality.reached(figures, name)

    def standing_still(self):
        """Lines of the document: what the judge reads of each film's first frame, where nothing moves."""
        import cv2
        module = self.judge()
        lines = ["## The judge on presenters that stand still", "",
                 "What it reads of 60 copies of a film's first frame: its own noise, which is in the jitter above. Each",
                 "crop follows the points found in the one before, and on some faces it never comes to rest.", "",
                 "| prompt | look | jitter | of the film | opening, from 2 % to 98 % |", "|---|---|---|---|---|"]
        for film in self.films:
            number, look = film["face"].split("-")
            good, frame = cv2.VideoCapture(film["path"]).read()
            if not good:
                raise SystemExit("no frames in " + film["path"])
            jitter, spread = self.still(module, frame)
            lines.append("| %s | %s | %.4f | %s | %.4f |" % (prompts()[int(number) - 1], look, jitter,
                                                            film["jitter"], spread))
        return lines + [""]

    def write_speakers(self):
        names = [n for n, _, _ in quality.FLOORS if n not in LEFT_OUT]
        met = sum(all(self.reached(f, n) is not False for n in names) for f in self.films)
        lines = ["# Quality of presenters out of words", "",
                 "Written by `./dev gallery --films`: twelve prompts of `tools/gallery_prompts.txt` in both looks, each",
                 "with one of the judge's texts. The same judge and floors as in [quality.md](quality.md), but for",
                 "mouth_sharpness, which needs a source picture, and border_psnr and still_psnr, which are told only:",
                 "shoulders breathe. Bold: a floor is missed.", "",
                 "| prompt | look | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names),
                 "| floor | | " + " | ".join(next(f for n, f, _ in quality.FLOORS if n == name) for name in names) + " |"]
        for film in self.films:
            number, look = film["face"].split("-")
            cells = ["–" if film.get(n) is None else str(film[n]) for n in names]
            cells = ["**%s**" % c if self.reached(film, n) is False else c for n, c in zip(names, cells)]
            lines.append("| %s | %s | %s |" % (prompts()[int(number) - 1], look, " | ".join(cells)))
        minutes = sum(f["frames"] / f["fps"] for f in self.films) / 60
        blinks = sum(f["blinks_per_min"] * f["frames"] / f["fps"] / 60 for f in self.films) / minutes
        lines += ["", "%d of %d films meet every floor; %.1f blinks a minute (8..30) over %.1f minutes."
                  % (met, len(self.films), blinks, minutes), ""]
        lines += self.standing_still()
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        if not 8 <= blinks <= 30:
            self.missed.append("%.1f blinks a minute" % blinks)
        print("%d of %d films meet every floor" % (met, len(self.films)))

    def run(self):
        spoken = quality.texts(os.path.join(self.args.check, "texts.txt"))
        for i, number in enumerate(SPEAKERS):
            for look in LOOKS:
                self.make_film("%d-%s" % (number, look), i % len(spoken) + 1, spoken[i % len(spoken)])
                self.contact_sheet(self.films[-1])
        self.write_speakers()
        for line in self.missed:
            print("missed: " + line)
        return 1 if self.missed else 0


def run(options):
    return Speakers(argparse.Namespace(program=options.program, check=options.check, reuse=options.reuse, ci=False,
                                       out=os.path.join(options.out, "films"))).run()
