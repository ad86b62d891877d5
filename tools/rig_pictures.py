# SPDX-License-Identifier: Apache-2.0
"""Pictures to judge the rig by eye: the mesh on the head, and the canonical face in some shapes."""

import os

import cv2
import numpy as np
from rig_head import View
from rig_register import skin_triangles

ON_HEAD = ({}, {"jawOpen": 0.7}, {"eyeBlinkLeft": 1, "eyeBlinkRight": 1, "mouthSmileLeft": 1, "mouthSmileRight": 1})
ON_FACE = ({}, {"jawOpen": 0.6}, {"jawOpen": 1, "mouthClose": 1}, {"mouthPucker": 1}, {"mouthFunnel": 1},
           {"mouthSmileLeft": 1, "mouthSmileRight": 1}, {"eyeBlinkLeft": 1, "eyeBlinkRight": 1},
           {"browInnerUp": 1, "mouthFrownLeft": 1, "mouthFrownRight": 1})
COLOURS = {"upper_teeth": (150, 150, 150), "lower_teeth": (170, 170, 170), "tongue": (90, 86, 181),
           "upper_gum": (140, 120, 200), "lower_gum": (140, 120, 200), "right_eye": (200, 160, 60),
           "left_eye": (200, 160, 60)}
PIXELS, WIDTH, HEIGHT = 20, 360, 440  # a centimetre, a picture


def wires(image, seen, tris, colour):
    for tri in tris:
        cv2.polylines(image, [np.round(seen[tri, :2] * 8).astype(np.int32)], True, colour, 1, cv2.LINE_AA, 3)


def on_head(head, fit, tris, weights):
    view = View(head)
    posed = head.posed(weights)
    image = view.draw(head, posed)[:, :, ::-1].copy()
    wires(image, view.project(fit.carried(posed)), skin_triangles(tris), (0, 160, 0))
    return image[150:720, 180:720]


def on_face(tris, shapes, points, parts, weights, turn):
    names = sorted(shapes)
    c, s = np.cos(turn), np.sin(turn)

    def seen(at):
        return np.c_[WIDTH / 2 + PIXELS * (c * at[:, 0] + s * at[:, 2]), HEIGHT * 0.48 - PIXELS * at[:, 1]]

    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for name, (vertices, corners, moved) in parts.items():
        at = vertices + sum((w * moved[names.index(n)] for n, w in weights.items() if names.index(n) in moved),
                            np.zeros_like(vertices))
        wires(image, seen(at), corners, COLOURS[name])
    at = points + sum((w * shapes[n] for n, w in weights.items()), np.zeros_like(points))
    wires(image, seen(at), skin_triangles(tris), (120, 80, 0))
    return image


def draw_pictures(folder, head, fit, tris, shapes, points, parts):
    os.makedirs(folder, exist_ok=True)
    cv2.imwrite(os.path.join(folder, "head.png"), np.hstack([on_head(head, fit, tris, w) for w in ON_HEAD]))
    rows = [np.hstack([on_face(tris, shapes, points, parts, w, turn) for w in ON_FACE[k:k + 4]])
            for turn in (0, 0.6) for k in (0, 4)]
    cv2.imwrite(os.path.join(folder, "face.png"), np.vstack(rows))
