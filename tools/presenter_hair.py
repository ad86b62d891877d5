# SPDX-License-Identifier: Apache-2.0
"""Strands of the default presenter: head hair, brows and lashes, as arrays of points for Blender's
curves.
"""

import bpy  # noqa: F401  (brings mathutils)
import numpy as np
from mathutils.bvhtree import BVHTree
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.spatial import cKDTree


class Surface:
    """Nearest points, inside/outside and front projection of a triangle surface."""

    def __init__(self, verts, normals, faces, solid=None):
        """solid: which vertices hair keeps off (all of them when None); folds like ears are best
        left out.
        """
        solid = np.ones(len(verts), bool) if solid is None else solid
        self.v, self.n = verts[solid], normals[solid]
        self.tree = cKDTree(self.v)
        self.bvh = BVHTree.FromPolygons(verts.tolist(), faces)

    def nearest(self, p):
        """Signed distance and normal by the tangent plane of the nearest fine vertex."""
        shape = p.shape
        far, k = self.tree.query(p.reshape(-1, 3), workers=2)
        n = self.n[k]
        d = np.einsum("ij,ij->i", p.reshape(-1, 3) - self.v[k], n)
        d = np.where(
            far > 0.15, np.maximum(d, 0.8 * far), d
        )  # beside an edge the tangent plane says nothing
        return d.reshape(shape[:-1]), n.reshape(shape)

    def push_out(self, p, gap):
        d, n = self.nearest(p)
        return p + n * np.maximum(gap - d, 0)[..., None]

    def front(self, x, y):
        """Point and normal where a ray from the viewer first meets the surface; None where it
        misses.
        """
        hit, normal, _, _ = self.bvh.ray_cast((float(x), float(y), 20.0), (0, 0, -1))
        return (np.array(hit), np.array(normal)) if hit is not None else None


def smoothstep(lo, hi, x):
    t = np.clip((x - lo) / (hi - lo), 0, 1)
    return t * t * (3 - 2 * t)


AXIS_Z = -0.62  # the upright axis of the skull, around which the hairline is given


def hairline(style, point):
    """How far above the hairline a point of the scalp lies, in dm (negative: skin)."""
    phi = np.degrees(np.arctan2(np.abs(point[:, 0]), point[:, 2] - AXIS_Z))
    knots = np.array(style["hairline"])
    return point[:, 1] - PchipInterpolator(knots[:, 0], knots[:, 1])(np.clip(phi, 0, 180))


def scalp_roots(rng, style, verts, normals, faces):
    """Random roots on the scalp: thinner towards the hairline, so that no edge shows."""
    tri = np.array([t for f in faces for t in ((f[0], f[1], f[2]), (f[0], f[2], f[3]))])
    mid = verts[tri].mean(1)
    level = hairline(style, mid)
    count, ok = style["count"], level > -0.07
    tri, level = tri[ok], level[ok]
    side = verts[tri[:, 1:]] - verts[tri[:, :1]]
    area = np.linalg.norm(np.cross(side[:, 0], side[:, 1]), axis=1)
    weight = area * smoothstep(-0.05, 0.12, level + rng.normal(0, 0.03, len(level)))
    pick = rng.choice(len(tri), count, p=weight / weight.sum())
    a, b = np.sqrt(rng.random(count)), rng.random(count)
    w = np.stack([1 - a, a * (1 - b), a * b], 1)[..., None]
    n = (normals[tri[pick]] * w).sum(1)
    return (verts[tri[pick]] * w).sum(1), n / np.linalg.norm(n, axis=1)[:, None]


def clump(rng, roots, strands, groups, strength, start=0.05):
    """Draw each strand towards the leader of its lock, more so towards the tips."""
    lead = rng.choice(len(roots), groups, replace=False)
    _, k = cKDTree(roots[lead]).query(roots + rng.normal(0, 0.006, roots.shape))
    t = np.linspace(0, 1, strands.shape[1])[None, :, None]
    own = rng.uniform(0.35, 1, (len(roots), 1, 1))
    return strands + (strands[lead[k]] - strands) * (strength * own * smoothstep(start, 0.9, t))


def falling(rng, style, surface, roots, normals):
    """Hair parted at one side, combed over the skull and let fall to its length behind the cheeks.

    Walked step by step: the direction keeps its inertia, bends with gravity, and follows the
    skull at the height of its layer; what is rooted near the parting lies outermost.
    """
    m, n = len(roots), style["points"]
    side = np.sign(
        roots[:, 0] - style["part"] + 0.02 * np.sin(9 * roots[:, 2]) + rng.normal(0, 0.006, m)
    )
    # How far round the skull from the parting to above the ear: 0 at the parting, 1 at the ear.
    around = np.clip(np.abs(roots[:, 0] - style["part"]) / (0.72 - side * style["part"]), 0, 1)
    around = np.maximum(around, smoothstep(0.55, -0.2, roots[:, 1]))
    back = smoothstep(0.0, -1.1, roots[:, 2])
    layer = style["lift"] * (1 - around) ** 1.3 * (0.45 + 0.55 * smoothstep(0, 0.3, around)) + 0.03
    layer *= rng.uniform(0.30, 1.0, m)
    comb = np.stack(
        [
            side * (1.0 - 0.55 * around),
            0.30 * (1 - around) - 1.0 * around**2,
            -0.42 - 0.5 * back + 0.12 * around,
        ],
        1,
    )
    comb += normals * 0.18 * (1 - around)[:, None]
    d = comb / np.linalg.norm(comb, axis=1)[:, None]
    length = np.clip(roots[:, 1] - style["end"], 0.5, None) * rng.normal(1, 0.03, m) + 0.55 * (
        1 - around
    )
    step = length / (n - 1)
    p, out = roots.copy(), [roots.copy()]
    for k in range(1, n):
        gone = k / (n - 1)
        low = smoothstep(0.35, -0.25, p[:, 1])
        pull = np.zeros_like(p)
        pull[:, 1] = -(0.10 + 0.42 * low)
        # Behind the cheeks: hair at the sides keeps back from the face.
        face = smoothstep(style["face_z"] - 0.08, style["face_z"] + 0.10, p[:, 2]) * smoothstep(
            0.45, 0.1, p[:, 1]
        )
        pull[:, 2] -= 0.55 * face
        pull[:, 0] -= (
            side
            * (np.abs(p[:, 0]) > 0.66)
            * (
                0.10 * smoothstep(-0.2, -0.7, p[:, 1])
                + 0.30 * smoothstep(style["end"] + 0.5, style["end"], p[:, 1])
            )
        )
        # Body: the outer layers stand off at the jaw and turn in again below it.
        room = smoothstep(style["belly"] + 0.04, style["belly"] - 0.12, np.abs(p[:, 0])) * (
            layer / style["lift"]
        )
        pull[:, 0] += (
            side * 0.62 * room * smoothstep(0.35, -0.05, p[:, 1]) * smoothstep(-1.0, -0.55, p[:, 1])
        )
        d = d + pull
        d /= np.linalg.norm(d, axis=1)[:, None]
        p = p + d * step[:, None]
        dist, nn = surface.nearest(p)
        want = layer * smoothstep(0, 0.18, gone) + 0.012 + 0.05 * smoothstep(-0.55, -0.9, p[:, 1])
        high = smoothstep(-0.55, 0.0, p[:, 1])
        error = want - dist
        move = np.where(error > 0, error, 0.30 * high * np.maximum(error, -0.15))
        p = p + nn * move[:, None]
        into = np.einsum("ij,ij->i", d, nn)
        d = d - nn * (np.where(error > 0, np.minimum(into, 0), 0.5 * high * into))[:, None]
        out.append(p.copy())
    return smooth(np.stack(out, 1), 2)


def smooth(strands, rounds):
    for _ in range(rounds):
        strands = strands.copy()
        strands[:, 1:-1] = (strands[:, :-2] + 2 * strands[:, 1:-1] + strands[:, 2:]) / 4
    return strands


def cropped(rng, style, surface, roots, normals):
    """Short hair that stands off the skull and curls."""
    n = style["points"]
    t = np.linspace(0, 1, n)[None, :, None]
    length = style["lift"] * rng.uniform(0.6, 1.1, (len(roots), 1, 1))
    # Shorter towards the hairline, as a barber leaves it.
    length = length * (0.25 + 0.75 * smoothstep(0, 0.35, hairline(style, roots)))[:, None, None]
    turn = rng.uniform(0, 2 * np.pi, (len(roots), 1, 1))
    across = np.cross(normals, [0, 0, 1.0])
    across /= np.linalg.norm(across, axis=1)[:, None] + 1e-9
    along = np.cross(normals, across)
    curl = (
        0.35
        * length
        * (
            across[:, None] * (np.cos(turn + 5 * t) - np.cos(turn))
            + along[:, None] * (np.sin(turn + 5 * t) - np.sin(turn))
        )
    )
    return surface.push_out(roots[:, None] + normals[:, None] * length * t + curl * t, 0.002)


def wave(rng, strands, amount):
    """Slow bends shared by neighbours and fine ones of each strand's own."""
    m, n, _ = strands.shape
    t = np.linspace(0, 1, n)[None, :]
    phase = rng.uniform(0, 2 * np.pi, (m, 1, 3))
    freq = rng.uniform(1, 4, (m, 1, 3))
    bend = np.sin(2 * np.pi * freq * t[..., None] + phase) - np.sin(phase)
    return strands + amount * bend * t[..., None]


def brows(rng, style, surface, sides=(1, -1)):
    """Short strands between a lower and an upper edge given as curves over the width of the brow.
    """
    out = []
    for side in sides:
        shift = rng.normal(0, 0.006, 2)
        line = CubicSpline(*np.array(style["brow_line"]).T)
        thick = PchipInterpolator(*np.array(style["brow_thick"]).T)
        x0, x1 = style["brow_line"][0][0], style["brow_line"][-1][0]
        for _ in range(style["brow_count"]):
            u = rng.beta(1.25, 1.25)
            x = x0 + (x1 - x0) * u
            across = np.clip(rng.normal(0, 0.36), -1, 1)
            y = line(x) + across * thick(x) + shift[1]
            slope = float(line(x, 1))
          # Hairs stand up near the nose, then lie along the brow; upper ones bend down.
          
            angle = (
                np.arctan(slope)
                + np.interp(u, [0, 0.12, 0.35, 1], [1.0, 0.75, 0.38, 0.05])
                - across * 0.38
            )
            angle += rng.normal(0, 0.16)
            length = np.interp(u, [0, 0.2, 0.7, 1], [0.055, 0.085, 0.085, 0.05]) * rng.uniform(
                0.6, 1.15
            )
            pts = []
            for k in range(6):
                s = length * k / 5
                a = angle - 0.35 * (k / 5) * np.sign(angle - np.arctan(slope)) * abs(
                    angle - np.arctan(slope)
                )
                hit = surface.front(side * (x + s * np.cos(a)), y + s * np.sin(a))
                if hit is None:
                    break
                pts.append(hit[0] + hit[1] * (0.002 + 0.012 * np.sin(np.pi * min(k / 5, 0.8))))
            if len(pts) == 6:
                out.append(pts)
    return np.array(out)


def lid_margin(surface, eye, up, count=60):
    """Where the lid ends in front of the eyeball, from the inner to the outer corner, seen from
    the front.
    """
    (cx, cy, cz), r = eye
    out = []
    for x in np.linspace(cx - 0.95 * r, cx + 0.95 * r, count):
        for y in np.arange(0, 1.1 * r, 0.002):
            hit = surface.front(x, cy + up * y)
            depth = r * r - (x - cx) ** 2 - y * y
            if hit is not None and depth > 0 and hit[0][2] > cz + np.sqrt(depth) - 0.012:
                if y > 0.006:
                    out.append(hit[0])
                break
    return np.array(out)


def lashes(rng, margin, eye, up, count, length):
    """Strands along a lid margin: out from the eyeball, then bent up (or down), fanned towards the
    corners.
    """
    curve = CubicSpline(np.linspace(0, 1, len(margin)), margin)
    s = np.clip(np.linspace(0.02, 0.99, count) + rng.normal(0, 0.006, count), 0, 1)
    root = curve(s) + np.array([0, 0, 0.004])
    outer = np.sign(eye[0][0])
    u = (
        s if margin[-1][0] * outer > margin[0][0] * outer else 1 - s
    )  # 0 at the nose, 1 at the temple
    size = (
        length
        * np.interp(u, [0, 0.15, 0.75, 1], [0.45, 0.75, 1.1, 0.8])
        * rng.uniform(0.7, 1.12, count)
    )
    fan = outer * np.interp(u, [0, 0.4, 1], [-0.35, 0.1, 0.85]) + rng.normal(0, 0.09, count)
    start = np.stack([0.35 * fan, np.full(count, -0.10 * up), np.ones(count)], 1)
    end = np.stack([fan, up * rng.uniform(0.75, 1.0, count), np.full(count, 0.35)], 1)
    t = np.linspace(0, 1, 8)[None, :, None]
    bend = start[:, None] * 0.715 * (t - 0.5 * t * t) + end[:, None] * 0.62 * t * t
    return root[:, None] + size[:, None, None] * bend
