# SPDX-License-Identifier: Apache-2.0
"""Skin and eyes of the default presenter: regional colour, lid creases, eyeballs."""

import bpy  # noqa: F401  (brings mathutils)
import numpy as np
from mathutils import Vector
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

import presenter_hair as hair
import presenter_scene as scene
from presenter_hair import smoothstep

# The closed edge loop of the mesh where lip meets skin, from the cupid's bow by the subject's left.
LIP_LOOP = (
    466,
    7222,
    7219,
    7216,
    7211,
    11953,
    7207,
    7173,
    7172,
    7184,
    10404,
    7182,
    7183,
    10371,
    7201,
    7200,
    7233,
    7239,
    7245,
    496,
    490,
    484,
    478,
    440,
    441,
    3703,
    423,
    422,
    3736,
    424,
    412,
    413,
    447,
    5351,
    451,
    457,
    460,
    463,
)
# Height of the lid crease over the lid's margin, from the inner to the outer corner.
CREASE = ((0, 0.12, 0.5, 0.85, 1.06), (0.020, 0.034, 0.042, 0.036, 0.014))


def value_noise(p, scale, seed):
    """Smooth noise in 0..1 at points p."""
    q = p * scale + 1000
    cell, f = np.floor(q).astype(np.int64), q - np.floor(q)
    f = f * f * (3 - 2 * f)
    out = np.zeros(len(p))
    for corner in np.ndindex(2, 2, 2):
        k = cell + corner
        key = k[:, 0] * 73856093 ^ k[:, 1] * 19349663 ^ k[:, 2] * 83492791 ^ seed
        weight = np.where(np.array(corner), f, 1 - f).prod(1)
        out += (key * 2654435761 % 4294967296) / 4294967296 * weight
    return out


def closed_curve(points, count=400):
    p = np.vstack([points, points[:1]])
    at = np.linspace(0, len(points), count, endpoint=False)
    return CubicSpline(np.arange(len(p)), p, bc_type="periodic")(at)


def inside_distance(polygon, p):
    """Signed distance in the picture plane to a closed polygon, positive inside."""
    d, _ = cKDTree(polygon).query(p)
    x, y = p[:, 0], p[:, 1]
    inside = np.zeros(len(p), bool)
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0)):
        if a[1] != b[1]:
            cut = (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]
            inside ^= ((a[1] > y) != (b[1] > y)) & (x < cut)
    return np.where(inside, d, -d)


def blob(p, centre, size):
    d = (p - np.array(centre)) / np.array(size)
    return np.exp(-0.5 * (d * d).sum(1))


def lip_mask(v, head):
    loop = closed_curve(head.v[list(LIP_LOOP)][:, :2])
    near = (np.abs(v[:, 0]) < 0.45) & (v[:, 1] < -0.3) & (v[:, 1] > -1) & (v[:, 2] > 0)
    p = v[near]
    # The mesh's loop runs a little high under the lower lip.
    soft = value_noise(p, 40, 5) * 0.008 - 0.004 + 0.010 * smoothstep(-0.66, -0.70, p[:, 1])
    out = np.zeros(len(v))
    out[near] = smoothstep(-0.008, 0.012, inside_distance(loop, p[:, :2]) + soft)
    return out


def paint_skin(obj, v, person, head, crease):
    """Colour, roughness and masks by region: what distinguishes a face from a wax figure."""
    lip = lip_mask(v, head)
    mirror = np.abs(v) * [1, 0, 0] + v * [0, 1, 1]
    cheek = blob(mirror, (0.40, -0.28, 0.12), (0.15, 0.13, 0.3))
    nose = blob(v, (0, -0.36, 0.45), (0.11, 0.10, 0.2))
    chin = blob(v, (0, -0.86, 0.25), (0.14, 0.09, 0.25))
    ear = (
        smoothstep(0.64, 0.74, mirror[:, 0])
        * smoothstep(-0.45, -0.3, v[:, 1])
        * smoothstep(0.15, 0.05, v[:, 1])
    )
    rim, bag = np.zeros(len(v)), np.zeros(len(v))
    for centre, radius in head.eyes():
        d = np.linalg.norm((v - centre) * [1, 1.25, 1], axis=1)
        rim = np.maximum(rim, smoothstep(radius * 1.5, radius * 1.02, d))
        bag = np.maximum(bag, blob(v, centre + [0, -0.13, radius], (0.12, 0.045, 0.12)))
    brow = blob(mirror, (0.30, 0.205, 0.25), (0.16, 0.035, 0.2))
    low = value_noise(v, 9, 1) * 0.6 + value_noise(v, 22, 2) * 0.4 - 0.5
    red = 0.5 * cheek + 0.55 * nose + 0.22 * chin + 0.7 * ear + 0.38 * rim + 0.2 * bag + 0.28 * low
    red = np.clip(red, -0.3, 1.2)[:, None] * person["flush"]
    colour = np.array(scene.linear(person["skin"])) * np.exp(red * [-0.06, -0.52, -0.50])
    shade = 0.16 * bag + 0.12 * rim + 0.10 * brow + 0.06 * low + 0.55 * crease
    colour *= np.exp(-shade)[:, None]
    streaks = value_noise(v * [3, 1, 1], 25, 3) - 0.5
    lips = np.array(scene.linear(person["lip"])) * np.exp(-0.35 * streaks)[:, None]
    colour = colour * (1 - lip[:, None]) + lips * lip[:, None]
    style = person["hair"]
    level = hair.hairline(style, v) + 0.05 * (value_noise(v, 14, 4) - 0.5)
    scalp = smoothstep(-0.03, 0.14, level) * smoothstep(
        0.008, 0.03, np.abs(v[:, 0] - style["part"])
    )
    colour *= 1 - scalp[:, None] * [0.66, 0.72, 0.76]
    shine = (
        0.6 * blob(v, (0, 0.5, 0.3), (0.30, 0.22, 0.3))
        + blob(v, (0, -0.15, 0.35), (0.06, 0.25, 0.2))
        + 0.5 * cheek
    )
    scene.paint(obj, "albedo", colour)
    scene.paint(obj, "rough", 0.52 - 0.10 * shine + 0.04 * low - 0.14 * lip - 0.1 * rim)
    scene.paint(obj, "lip", lip)
    scene.paint(obj, "freckle", np.clip(cheek * 1.2 + nose * 0.8, 0, 1))
    scene.paint(obj, "stubble", stubble_mask(mirror, lip))


def stubble_mask(mirror, lip):
    """Where a beard would grow: jaw, chin and upper lip."""
    jaw = smoothstep(-0.45, -0.75, mirror[:, 1] + 0.55 * smoothstep(0.25, 0.6, mirror[:, 0]) * -1)
    lip_area = blob(mirror, (0.10, -0.50, 0.35), (0.14, 0.06, 0.2))
    return np.clip(np.maximum(jaw * smoothstep(-1.15, -0.95, mirror[:, 1]), lip_area), 0, 1) * (
        1 - lip
    )


def fold_lids(obj, v, margins):
    """Press the crease of the upper lid into the skin; returns how deep each vertex lies in it."""
    depth = np.zeros(len(v))
    for (centre, radius), upper, _ in margins:
        u = np.linspace(-0.04, 1.06, 50)
        x = np.interp(u, [0, 1], [upper[0, 0], upper[-1, 0]])
        rise = np.interp(u if centre[0] > 0 else 1 - u, *CREASE)
        line = np.stack([x, np.interp(x, upper[:, 0], upper[:, 1]) + rise], 1)
        near = np.linalg.norm(v - centre, axis=1) < 2.2 * radius
        d = np.linalg.norm(v[near][:, None, :2] - line[None], axis=2).min(1)
        depth[near] = np.maximum(depth[near], np.exp(-0.5 * (d / 0.0075) ** 2))
    moved = v.copy()
    moved[:, 2] -= 0.008 * depth
    scene.set_points(obj, moved)
    return depth


def add_lid_lines(margins):
    """The line of tears on the lower lid, which catches the light, and the dark lash root above."""
    for _, upper, lower in margins:
        tears = scene.strands("tears", (lower + [0, 0.004, -0.004])[None], [0.0045], 1.0)
        tears.data.materials.append(scene.wet_material())
        root = scene.strands("lash root", (upper[1:-1] + [0, -0.001, 0.001])[None], [0.0042], 1.0)
        root.data.materials.append(scene.matt_material("lash root", (0.018, 0.010, 0.008)))


def add_eye(centre, radius, person, camera):
    """An eyeball whose z axis looks at the camera: hollow iris behind a bulging cornea."""
    rows, columns = 120, 96
    u, w = np.meshgrid(
        np.linspace(0, np.pi * 0.7, rows),
        np.linspace(0, 2 * np.pi, columns, endpoint=False),
        indexing="ij",
    )
    faces = [
        (
            i * columns + j,
            (i + 1) * columns + j,
            (i + 1) * columns + (j + 1) % columns,
            i * columns + (j + 1) % columns,
        )
        for i in range(rows - 1)
        for j in range(columns)
    ]
    ball = np.stack([np.sin(u) * np.cos(w), np.sin(u) * np.sin(w), np.cos(u)], -1)
    ball = ball.reshape(-1, 3) * radius
    iris = person["iris"]["radius"]
    r = np.hypot(ball[:, 0], ball[:, 1])
    front = ball[:, 2] > 0
    hollow = ball.copy()
    blend = smoothstep(iris * 1.08, iris * 0.96, r) * front
    floor = np.sqrt(radius**2 - iris**2) - 0.012 + 0.010 * (r / iris) ** 2
    hollow[:, 2] = ball[:, 2] * (1 - blend) + floor * blend
    dome = ball * (1 + 0.003 / radius)
    dome[:, 2] += front * 0.022 * smoothstep(iris * 1.25, 0, r)
    turn = (Vector(camera) - Vector(centre)).to_track_quat("Z", "Y").to_euler()
    for name, verts, material in (
        ("eye", hollow, scene.eye_material(person["iris"])),
        ("cornea", dome, scene.cornea_material()),
    ):
        obj = scene.mesh_object(name, verts, faces)
        obj.data.materials.append(material)
        obj.location, obj.rotation_euler = centre, turn
        obj.visible_shadow = name != "cornea"
