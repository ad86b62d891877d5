# SPDX-License-Identifier: Apache-2.0
"""Clothes and surroundings of the default presenter: a knitted jumper, a soft office."""

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

import presenter_scene as scene
from presenter_mesh import subset
from presenter_skin import closed_curve, smoothstep, value_noise


def neckline(p):
    """How far above the neck opening's slanted plane a point lies: lower in front, higher behind.
    """
    return p[:, 1] + 1.47 + 0.28 * (p[:, 2] + 0.5) + 0.10 * np.abs(p[:, 0])


def add_clothes(head, person, lowest):
    """A jumper: the body's own surface, moved outwards, cut at the neck and closed with a rib."""
    v, faces, _ = subset(head.v, [f for f in head.faces["body"] if head.v[f, 1].mean() > lowest])
    body = scene.mesh_object("shell", v, faces, 3)
    fine, normals, polys = scene.arrays(body)
    scene.discard(body)
    level = neckline(fine)
    keep = [p for p in polys if level[list(p)].max() < 0]
    slant = fine @ np.array([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]])
    fold = 0.05 * (value_noise(slant * [3.2, 1, 1], 1.6, 9) - 0.5) * smoothstep(0, -0.5, level)
    shell = fine + normals * (0.035 + fold + 0.01 * smoothstep(0, -0.4, level))[:, None]
    verts, keep, _ = subset(shell, keep)
    cloth = scene.mesh_object("cloth", verts, keep)
    cloth.data.materials.append(scene.cloth_material("knit", person["cloth"], 60.0))
    thick = cloth.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.03, 1
    add_collar(neck_edge(verts, keep), person)


def neck_edge(verts, faces):
    """The highest open edge of a mesh as a smooth closed line of points around the neck."""
    count = {}
    for f in faces:
        for a, b in zip(f, f[1:] + f[:1]):
            edge = frozenset((a, b))
            count[edge] = count.get(edge, 0) + 1
    p = verts[np.unique([i for edge, n in count.items() if n == 1 for i in edge])]
    p = p[p[:, 1] > p[:, 1].max() - 0.75]
    middle = p.mean(0)
    angle = np.arctan2(p[:, 2] - middle[2], p[:, 0] - middle[0])
    bins = np.linspace(-np.pi, np.pi, 73)
    rows = [p[(angle >= lo) & (angle < hi)] for lo, hi in zip(bins[:-1], bins[1:])]
    line = closed_curve(np.array([r.mean(0) for r in rows if len(r)]), 360)
    return gaussian_filter1d(line, 5, axis=0, mode="wrap")


def add_collar(rim, person):
    """A ribbed band along the neck opening: a flat ring swept around it, with a rib every 3 steps.
    """
    n, k = len(rim), 16
    out = (rim - rim.mean(0)) * [1, 0, 1]
    out /= np.linalg.norm(out, axis=1)[:, None]
    up = np.array([0, 0.96, 0]) - 0.28 * out
    t = np.linspace(0, 2 * np.pi, k, endpoint=False)
    rib = 0.004 * np.cos(np.arange(n) * 2 * np.pi / 3)
    ring = (
        rim[:, None]
        + up[:, None] * (0.022 + 0.085 * np.sin(t))[None, :, None]
        + out[:, None] * (0.008 + 0.028 * np.cos(t)[None] + rib[:, None])[..., None]
    )
    faces = [
        (i * k + j, i * k + (j + 1) % k, (i + 1) % n * k + (j + 1) % k, (i + 1) % n * k + j)
        for i in range(n)
        for j in range(k)
    ]
    collar = scene.mesh_object("collar", ring.reshape(-1, 3), faces, 1)
    colour = tuple(0.85 * c for c in person["cloth"])
    collar.data.materials.append(scene.cloth_material("rib", colour, 60.0))


def background(rng, size=480):
    """A soft office far out of focus: a wall, window light, a shelf. Linear light, top row first.
    """
    y, x = np.mgrid[0:size, 0:size] / size
    image = np.zeros((size, size, 3)) + scene.linear((168, 172, 174))
    image *= (1.12 - 0.55 * np.hypot(x - 0.42, (y - 0.40) * 0.8))[..., None]

    def block(x0, y0, x1, y1, colour, amount):
        m = ((x >= x0) & (x < x1) & (y >= y0) & (y < y1))[..., None] * amount
        image[:] = image * (1 - m) + np.array(scene.linear(colour)) * m

    block(0.0, 0.05, 0.16, 0.75, (226, 234, 240), 0.75)
    block(0.18, 0.05, 0.24, 0.75, (222, 230, 238), 0.55)
    block(0.74, 0.0, 1, 1, (132, 122, 112), 0.6)
    for board in (0.12, 0.32, 0.52, 0.72):
        block(0.76, board, 1, board + 0.015, (92, 78, 66), 0.8)
        at = 0.77
        while at < 0.98:
            wide, tall = rng.uniform(0.015, 0.04), rng.uniform(0.08, 0.14)
            cover = np.array((118, 108, 98)) + rng.normal(0, 1, 3) * 14 + rng.normal(0, 30)
            block(at, board - tall, at + wide, board, np.clip(cover, 30, 220), 0.6)
            at += wide + rng.uniform(0, 0.02)
    blur = [gaussian_filter(image[..., c], 11, mode="nearest") for c in range(3)]
    return np.stack(blur, -1)
