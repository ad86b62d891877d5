# SPDX-License-Identifier: Apache-2.0
"""Lays MediaPipe's canonical face onto the CC0 head, so that the head's shapes move its points.

Where a point of the mesh lies on a face is what the face mesh itself says: pictures of the head, at
rest and with parted lips, are shown to it. Its answer is a little noisy and flat, so it only pulls:
the canonical face is bent onto the skin as smoothly as that allows. Lips are laid on in the parted
picture, where upper and lower ones cannot be confused, and each stays on the side of the mouth's
corner that the jaw's motion says it belongs to.
"""

import numpy as np
from rig_head import barycentric

UPPER_LIP = ((185, 40, 39, 37, 0, 267, 269, 270, 409), (184, 74, 73, 72, 11, 302, 303, 304, 408),
             (183, 42, 41, 38, 12, 268, 271, 272, 407), (191, 80, 81, 82, 13, 312, 311, 310, 415))
LOWER_LIP = ((146, 91, 181, 84, 17, 314, 405, 321, 375), (77, 90, 180, 85, 16, 315, 404, 320, 307),
             (96, 89, 179, 86, 15, 316, 403, 319, 325), (95, 88, 178, 87, 14, 317, 402, 318, 324))
CORNERS = (61, 291, 76, 306, 62, 292, 78, 308)
EYES = ((33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
        (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249))
LID_HALO = ((130, 247, 30, 29, 27, 28, 56, 190, 243, 112, 26, 22, 23, 24, 110, 25),
            (359, 467, 260, 259, 257, 258, 286, 414, 463, 341, 256, 252, 253, 254, 339, 255))
OUTER_EYES = (33, 263)
POINTS = 468
SMOOTH = (8.0, 4.0, 2.0, 1.0, 0.5, 0.5)  # keep the form, round by round
PULL, ONTO = 1.0, 1.0  # follow what was seen, lie on the skin
DEEP = 0.05  # dm
FLAT, GRAZING = 0.5, 0.3


def similarity(source, target, weights):
    """scale, rotation, shift with target = scale * rotation @ source + shift (Umeyama 1991)."""
    w = weights / weights.sum()
    a, b = w @ source, w @ target
    u, s, vt = np.linalg.svd(((target - b) * w[:, None]).T @ (source - a))
    sign = np.diag([1, 1, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ sign @ vt
    scale = (s @ np.diag(sign)) / (w @ ((source - a) ** 2).sum(1))
    return scale, rotation, b - scale * rotation @ a


def pairs_of(canonical):
    """The mirror image of every point."""
    apart = np.linalg.norm(canonical[:, None] - canonical[None] * [-1, 1, 1], axis=2)
    return apart.argmin(1)


def skin_triangles(tris):
    """Without the lids of the holes: mouth and eyes."""
    holes = [set(UPPER_LIP[3]) | set(LOWER_LIP[3]) | {78, 308}] + [set(eye) for eye in EYES]
    return np.array([t for t in tris if not any(hole.issuperset(t) for hole in holes)])


def laplacian(tris, count):
    out = np.zeros((count, count))
    for k in range(3):
        out[tris[:, k], tris[:, (k + 1) % 3]] = out[tris[:, (k + 1) % 3], tris[:, k]] = -1
    degree = -out.sum(1)
    out /= degree[:, None]
    return out + np.eye(count)


def nearest(points, corner):
    """For each point the nearest place of triangles [t, 3, 3]: which one, its shares."""
    which, shares = [], []
    a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
    edges = ((a, b - a, 0, 1), (b, c - b, 1, 2), (c, a - c, 2, 0))
    ab, ac = b - a, c - a
    d00, d01, d11 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    whole = np.maximum(d00 * d11 - d01 * d01, 1e-18)
    for p in points:
        ap = p - a
        d20, d21 = (ap * ab).sum(1), (ap * ac).sum(1)
        s, t = (d11 * d20 - d01 * d21) / whole, (d00 * d21 - d01 * d20) / whole
        best = np.c_[1 - s - t, s, t]
        far = np.where((best >= 0).all(1), np.linalg.norm(ap - s[:, None] * ab - t[:, None] * ac, axis=1), np.inf)
        for start, along, i, k in edges:
            q = np.clip(((p - start) * along).sum(1) / np.maximum((along * along).sum(1), 1e-18), 0, 1)
            away = np.linalg.norm(p - start - q[:, None] * along, axis=1)
            nearer = away < far
            share = np.zeros((len(q), 3))
            share[:, i], share[:, k] = 1 - q, q
            best[nearer], far[nearer] = share[nearer], away[nearer]
        which.append(far.argmin())
        shares.append(best[which[-1]])
    return np.array(which), np.array(shares)


def first_hit(point, corner):
    """The triangle of [t, 3, 3] nearest to the viewer at x, y, and shares; None if there is none."""
    low, high = corner[:, :, :2].min(1), corner[:, :, :2].max(1)
    best = None
    for t in np.flatnonzero(((low <= point[:2]) & (high >= point[:2])).all(1)):
        share = barycentric(point[None, :2], corner[t, :, :2])[0]
        if (share >= -1e-6).all():
            z = share @ corner[t, :, 2]
            if best is None or z > best[2]:
                best = (t, share, z)
    return best


class Registration:
    """corners [468, 3]: vertices of the head; shares [468, 3]: how much of each; scale, rotation,
    shift: from the head to the canonical face."""

    def __init__(self, head, canonical, tris, basis, seen, parted, parted_weights):
        """seen, parted: the mesh found in the two pictures, in the head's space."""
        self.head, self.canonical = head, canonical
        self.pairs = pairs_of(canonical)
        self.basis = np.zeros(POINTS)
        for index, weight in basis.items():
            self.basis[index] = weight
        self.noise = np.abs(seen - self.mirror(seen))[:, :2]
        seen, parted = (seen + self.mirror(seen)) / 2, (parted + self.mirror(parted)) / 2
        self.deep = self.hidden(head.v)
        self.facing = self.outside(head.v)
        bent = self.bend(seen, tris)
        self.corners, self.shares = self.lay(bent, head.v, self.facing)
        self.onto = np.linalg.norm(self.carried(head.v) - bent, axis=1)
        self.lay_parted(parted, head.posed(parted_weights))
        self.make_symmetric()
        self.points = self.carried(head.v)
        scale, rotation, shift = similarity(self.points, canonical, self.basis)
        self.rotation = rotation
        self.scale = self.outer_eyes(canonical) / self.outer_eyes(self.points)
        self.shift = shift + (scale - self.scale) * rotation @ (self.basis @ self.points / self.basis.sum())

    @staticmethod
    def outer_eyes(points):
        return np.linalg.norm(points[OUTER_EYES[0]] - points[OUTER_EYES[1]])

    def mirror(self, points):
        return points[self.pairs] * [-1, 1, 1]

    def carried(self, values):
        """Values of the head's vertices at the points of the mesh."""
        return (values[self.corners] * self.shares[:, :, None]).sum(1)

    def front(self, points):
        """Skin of the front of the head that looks forwards."""
        tris = self.head.skin
        middle = points[tris].mean(1)
        eyes = np.mean(self.head.eye_centres, axis=0)
        near = (np.abs(middle[:, 0]) < 1.0) & (middle[:, 1] > eyes[1] - 1.6) & (middle[:, 1] < eyes[1] + 1.3)
        near &= middle[:, 2] > eyes[2] - 1.0
        tris = tris[near]
        return tris[normals_of(points, tris)[:, 2] > -0.35]

    def hidden(self, points):
        """Which vertices lie deep behind others at rest: the bag of the mouth, the nostrils."""
        tris = self.front(points)
        out = np.zeros(len(points), bool)
        for vertex in np.unique(tris):
            hit = first_hit(points[vertex], points[tris])
            out[vertex] = hit is not None and hit[2] > points[vertex, 2] + DEEP
        return out

    def outside(self, points):
        tris = self.front(points)
        return tris[~self.deep[tris].any(1)]

    def bend(self, seen, tris):
        """The canonical face, as little bent as it takes to lie on the skin where the mesh was seen."""
        scale, rotation, shift = similarity(self.canonical, seen, self.basis)
        form = scale * self.canonical @ rotation.T + shift
        smooth = laplacian(skin_triangles(tris), POINTS)
        smooth = smooth.T @ smooth
        points = form.copy()
        for stiff in SMOOTH:
            target = self.skin_under(points)
            for k, (wanted, pull) in enumerate(((seen, PULL), (seen, PULL), (target, ONTO))):
                left = stiff * smooth + pull * np.eye(POINTS)
                points[:, k] = np.linalg.solve(left, stiff * smooth @ form[:, k] + pull * wanted[:, k])
        return points

    def skin_under(self, points):
        corners, shares = self.lay(points, self.head.v, self.facing)
        return (self.head.v[corners] * shares[:, :, None]).sum(1)

    @staticmethod
    def lay(points, posed, allowed):
        """Vertices and shares of the skin before each point: along the view, or the nearest place
        where there is none or the view only grazes it."""
        space = posed[allowed]
        facing = normals_of(posed, allowed)[:, 2]
        flat = np.array([1, 1, FLAT])
        corners, shares = np.zeros((len(points), 3), int), np.zeros((len(points), 3))
        for i, point in enumerate(points):
            hit = first_hit(point, space)
            if hit is None or facing[hit[0]] < GRAZING:
                which, share = nearest(point[None] * flat, space * flat)
                hit = (which[0], share[0])
            corners[i], shares[i] = allowed[hit[0]], hit[1]
        return corners, shares

    def lay_parted(self, parted, posed):
        """Lips and lids again, in the picture where they are moved: a lip stays on its side of the
        corner by the jaw's motion, a lid on skin that the blink moves or does not."""
        jaw = self.head.shapes["jawOpen"][:, 1]
        tris = self.outside(posed)
        middle = jaw[tris].mean(1)
        corners, shares = self.lay(parted[[61]], posed, tris)
        corner = jaw[corners[0]] @ shares[0]
        for rings, allowed in ((UPPER_LIP, tris[middle > corner]), (LOWER_LIP, tris[middle < corner]),
                               ((CORNERS,), tris), (EYES + LID_HALO, tris)):
            points = np.concatenate(rings)
            at = parted[points].copy()
            at[:, 2] = self.carried(posed)[points, 2]
            self.corners[points], self.shares[points] = self.lay(at, posed, allowed)

    def make_symmetric(self):
        """The subject's left half is the mirror image of the right one."""
        for point in range(POINTS):
            twin = self.pairs[point]
            if self.canonical[point, 0] > 0:
                self.corners[point] = self.head.twin[self.corners[twin]]
                self.shares[point] = self.shares[twin]

    def to_canonical(self, points):
        return self.scale * points @ self.rotation.T + self.shift

    def shape(self, name):
        """Displacements of the canonical face's points, cm."""
        out = self.scale * self.carried(self.head.shapes[name]) @ self.rotation.T
        middle = self.pairs == np.arange(POINTS)
        if not ("Left" in name or "Right" in name):
            out[middle, 0] = 0
        return out

    def errors(self, tris):
        """Root mean square distances, in outer-eye distances: mesh to skin after bending, skin to
        mesh, and the left-right difference of what the mesh saw."""
        unit = self.outer_eyes(self.points)
        mesh = skin_triangles(tris)
        skin = self.head.v[np.unique(self.facing)]
        under = np.array([p for p in skin if first_hit(p, self.points[mesh]) is not None])
        which, shares = nearest(under, self.points[mesh])
        back = np.linalg.norm((self.points[mesh[which]] * shares[:, :, None]).sum(1) - under, axis=1)
        return [np.sqrt((e ** 2).mean()) / unit for e in (self.onto, back, np.linalg.norm(self.noise, axis=1))]


def normals_of(points, tris):
    across = np.cross(points[tris[:, 1]] - points[tris[:, 0]], points[tris[:, 2]] - points[tris[:, 0]])
    return across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
