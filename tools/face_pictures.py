# SPDX-License-Identifier: Apache-2.0
"""Variations of a picture of a face for tools/table_faces.py: things are drawn on, at places that the program found.

Each function takes a picture (BGR, uint8) and, where it needs them, the program's 478 points of the face [478, 2] in
pixels, and returns a new picture. Everything random is seeded.
"""
import cv2
import numpy as np

# Points of the mesh (MediaPipe's numbering).
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
JAW = [454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234]
LIPS = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146]
EYES = [[33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
        [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249]]
CORNERS = [(33, 133), (263, 362)]
TEMPLES = [127, 356]
FOREHEAD = [108, 151, 337, 336, 9, 107]


def eyes_of(points):
    """Centres of the right and the left eye."""
    return [(points[a] + points[b]) / 2 for a, b in CORNERS]


def eye_distance(points):
    right, left = eyes_of(points)
    return float(np.hypot(*(left - right)))


def cells(image):
    return np.stack(np.meshgrid(np.arange(image.shape[1]), np.arange(image.shape[0])), -1).astype(np.float32)


def around(image, points, centre, degrees=0.0):
    """Coordinates of every pixel in eye distances from `centre`: along the line of the eyes, turned, and down."""
    right, left = eyes_of(points)
    angle = np.arctan2(*(left - right)[::-1]) + np.radians(degrees)
    x, y = ((cells(image) - centre) / eye_distance(points)).transpose(2, 0, 1)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def filled(image, outline):
    """Coverage, 0 to 1, of a polygon."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.int32(np.round(np.asarray(outline) * 16))], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def laid(image, colour, coverage):
    """`colour` (a picture or one colour) over the picture where there is coverage."""
    coverage = coverage[..., None]
    out = image * (1 - coverage) + np.asarray(colour, np.float32) * coverage
    return np.clip(np.round(out), 0, 255).astype(np.uint8)


def blurred(image, sigma):
    return cv2.GaussianBlur(image, (0, 0), max(float(sigma), .1), borderType=cv2.BORDER_REFLECT)


def light_of(image):
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)


# ---- the picture as a whole -----------------------------------------------------------------------

def grey(image):
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def mirrored(image):
    return image[:, ::-1].copy()


def dark(image):
    return np.uint8(np.round(image * .22))


def noisy(image):
    noise = np.random.default_rng(1).normal(0, 22, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def rolled(image, degrees):
    """Turned around its middle; corners show the edge's colours."""
    if degrees % 90 == 0:
        return np.rot90(image, -(degrees // 90) % 4).copy()
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def scaled(image, points, distance):
    """With this many pixels between the eyes."""
    factor = distance / eye_distance(points)
    size = [max(1, round(side * factor)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def side_by_side(image):
    """Two: as it is, and at seven tenths."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (int(width * .7), int(height * .7)), interpolation=cv2.INTER_AREA)[:, ::-1]
    out = np.full((height, width + small.shape[1], 3), 90, np.uint8)
    out[:, :width] = image
    out[height - small.shape[0]:, width:] = small
    return out


# ---- worn -----------------------------------------------------------------------------------------

def glasses(image, points, square=False, dark_lenses=False):
    distance, out = eye_distance(points), image.copy()
    rims = []
    for eye in eyes_of(points):
        x, y = around(image, points, eye + (points[6] - points[168]) * .1)
        reach = np.maximum(np.abs(x) / .43, np.abs(y) / .32) if square else np.hypot(x, y) / .41
        if square:  # corners are round
            reach = np.maximum(reach, ((np.abs(x) / .43) ** 6 + (np.abs(y) / .32) ** 6) ** (1 / 6))
        rims.append(reach)
    nearest, edge = np.minimum(*rims), 1 / (.4 * distance)
    lens = np.clip((1 - nearest) / edge, 0, 1)
    out = laid(out, (24, 20, 18), lens * .97) if dark_lenses else laid(out, (255, 250, 245), lens * .05)
    width = .15 if square else .07
    rim = np.clip((width / 2 - np.abs(nearest - 1)) / edge + .5, 0, 1)
    out = laid(out, (26, 24, 24) if square else (60, 84, 120), rim)
    for side, eye in enumerate(eyes_of(points)):
        x, _ = around(image, points, eye)
        temple = points[TEMPLES[side]]
        start = eye + (temple - eye) * min(1.0, .43 * distance / max(float(np.hypot(*(temple - eye))), 1))
        cv2.line(out, np.int32(np.round(start)).tolist(), np.int32(np.round(temple)).tolist(), (34, 34, 36),
                 max(1, round(.05 * distance)), cv2.LINE_AA)
    right, left = eyes_of(points)
    along = (left - right) * .41
    cv2.line(out, np.int32(np.round(right + along)).tolist(), np.int32(np.round(left - along)).tolist(), (34, 34, 36),
             max(1, round(.06 * distance)), cv2.LINE_AA)
    return out


def beard(image, points, colour=(30, 42, 58)):
    """Full, with a moustache: strands over a darkened skin, thinner upwards. Lips stay free."""
    distance, random = eye_distance(points), np.random.default_rng(2)
    middle = points[164]
    outline = [points[i] + (points[i] - middle) * .06 for i in JAW] + [
        points[i] for i in (123, 205, 98, 164, 327, 425, 352)]
    hairy = filled(image, outline) * (1 - filled(image, points[LIPS]))
    hairy = blurred(hairy, .04 * distance)
    out = laid(image, colour, hairy * .65)
    places = np.argwhere(hairy > .4)
    if len(places) == 0:
        return out
    down = points[152] - points[1]
    down = down / max(float(np.hypot(*down)), 1)
    for y, x in places[random.integers(0, len(places), 2200)]:
        turn = random.normal(0, .35)
        way = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ down
        end = np.array([x, y]) + way * distance * random.uniform(.06, .16)
        shade = np.clip(np.array(colour) * random.uniform(.4, 1.9), 0, 255)
        cv2.line(out, (int(x), int(y)), np.int32(end).tolist(), shade.tolist(), max(1, round(.012 * distance)),
                 cv2.LINE_AA)
    return out


def mask(image, points, colour):
    """A surgical mask with pleats, from the bridge of the nose to the chin, in the light of the face."""
    distance = eye_distance(points)
    chin = points[152] + (points[152] - points[1]) * .08
    upper = [points[i] for i in (93, 117, 114, 195, 343, 346, 323)]
    lower = [points[i] for i in (361, 397, 378)] + [chin] + [points[i] for i in (149, 172, 132)]
    cover = blurred(filled(image, upper + lower), .01 * distance)
    light = blurred(light_of(image), .25 * distance)
    light = light / max(float(light[cover > .5].mean()) if (cover > .5).any() else 1, 1)
    _, y = around(image, points, points[1])
    pleats = 1 - .10 * np.exp(-(((y + .1) % .3 - .15) / .018) ** 2)
    grain = np.random.default_rng(3).normal(1, .015, image.shape[:2])
    cloth = np.array(colour, np.float32) * (np.clip(light, .5, 1.4) * pleats * grain)[..., None]
    out = laid(image, np.clip(cloth, 0, 255), cover)
    for corner, ear in ((93, 234), (132, 234), (323, 454), (361, 454)):
        cv2.line(out, np.int32(np.round(points[corner])).tolist(), np.int32(np.round(points[ear])).tolist(),
                 (225, 225, 225), max(1, round(.025 * distance)), cv2.LINE_AA)
    return out


# ---- held before the mouth ------------------------------------------------------------------------

def skin_like(image, points):
    """Skin as on the forehead: its colour, and its texture mirrored over the whole picture."""
    inside = filled(image, points[FOREHEAD]) > .9
    if not inside.any():
        inside = filled(image, points[OVAL]) > .9
    ys, xs = np.nonzero(inside)
    top, left = ys.min() + (ys.max() - ys.min()) // 4, xs.min() + (xs.max() - xs.min()) // 4
    height, width = max(4, (ys.max() - ys.min()) // 2), max(4, (xs.max() - xs.min()) // 2)
    patch = image[top:top + height, left:left + width].astype(np.float32)
    grain = patch - blurred(patch, max(patch.shape[0] / 6, 1))
    grain = np.vstack([np.hstack([grain, grain[:, ::-1]]), np.hstack([grain[::-1], grain[::-1, ::-1]])])
    times = [-(-a // b) for a, b in zip(image.shape[:2], grain.shape[:2])]
    tiled = np.tile(grain, (*times, 1))[:image.shape[0], :image.shape[1]]
    return np.median(image[inside].reshape(-1, 3), axis=0) + .6 * tiled


def rod(x, y, start, end, radius):
    """How far a pixel is from the middle of a rod with round ends, in radii, and on which side."""
    way = np.array(end) - start
    length = np.hypot(*way)
    along = ((x - start[0]) * way[0] + (y - start[1]) * way[1]) / length ** 2
    along = np.clip(along, 0, 1)
    dx, dy = x - start[0] - along * way[0], y - start[1] - along * way[1]
    side = (dx * -way[1] + dy * way[0]) / length
    return np.hypot(dx, dy) / radius, side / radius


# Fingers of a hand from the side of the subject's right, in eye distances from the mouth: from the knuckles at the left
# to tips at the right, one below the other, each drawn over the one before.
FINGERS = [((-1.0, -.40), (.72, -.36), .135), ((-1.05, -.13), (.88, -.12), .142), ((-1.05, .15), (.80, .12), .138),
           ((-.95, .41), (.55, .36), .12)]


def hand(image, points, degrees=0.0, fingers=4):
    """Fingers and the back of a hand in front of the mouth, in skin like the forehead's, shaded as round, with a shadow
    on the face. `degrees`: how the fingers lie against the line of the eyes."""
    distance, out = eye_distance(points), image.astype(np.float32)
    x, y = around(image, points, (points[13] + points[14]) / 2, degrees)
    skin, soft = skin_like(image, points), 1 / (.14 * distance)
    middle = 0 if fingers == 4 else (FINGERS[0][0][1] + FINGERS[fingers - 1][0][1]) / 2
    shapes = [((-1.75, middle + .1), (-1.15, middle), .52)] if fingers > 1 else []
    shapes += [((a[0], a[1] - middle), (b[0], b[1] - middle), r) for a, b, r in FINGERS[:fingers]]
    reach = np.min([rod(x, y, *shape)[0] * shape[2] for shape in shapes], axis=0)
    shade = np.clip(1 - (reach - .1) / .2, 0, 1) ** 2 * .45
    out *= 1 - blurred(shade.astype(np.float32), .05 * distance)[..., None]
    for start, end, radius in shapes:
        off, side = rod(x, y, start, end, radius)
        round_light = .72 + .28 * np.sqrt(np.clip(1 - off ** 2, 0, 1)) - .13 * side
        crease = np.ones_like(x)
        for at in (.45, .72):  # over the joints
            place = start[0] + (end[0] - start[0]) * at
            crease -= .08 * np.exp(-((x - place) / .02) ** 2) * (radius < .2)
        colour = skin * (round_light * crease)[..., None]
        nail = np.hypot((x - end[0]) / (.75 * radius), (y - end[1]) / (.55 * radius)) if radius < .2 else off + 9
        pink = np.array([178, 180, 222]) * skin.mean() / 170
        colour = np.where((nail < 1)[..., None], colour * .55 + pink * .45, colour)
        cover = np.clip((1 - off) / soft, 0, 1)[..., None]
        out = out * (1 - cover) + colour * cover
    return np.clip(np.round(out), 0, 255).astype(np.uint8)


def finger(image, points):
    """One upright finger, as for silence."""
    return hand(image, points, -90, 1)


def microphone(image, points, reach=.16):
    """A ball of wire with a handle, its top this far (eye distances) above the lower lip's lower edge."""
    distance, radius = eye_distance(points), .36
    up = points[13] - points[17]
    x, y = around(image, points, points[17] + up / max(float(np.hypot(*up)), 1) * reach * distance)
    y = y - radius
    ball = np.hypot(x, y) / radius
    handle, side = rod(x, y, (0, .3), (.5, 2.5), .2)
    light = .35 + .5 * np.clip(1 - side ** 2, 0, 1)
    out = laid(image, np.array((70, 66, 64)) * light[..., None], np.clip((1 - handle) * .2 * distance, 0, 1))
    wire = .7 + .3 * np.cos(2 * np.pi * (x + y) / .045) * np.cos(2 * np.pi * (x - y) / .045)
    light = wire * (.3 + .7 * np.sqrt(np.clip(1 - ball ** 2, 0, 1))) * (1 - .4 * x / radius)
    return laid(out, np.array((118, 116, 114)) * light[..., None], np.clip((1 - ball) * radius * distance, 0, 1))


# ---- other than people ----------------------------------------------------------------------------

def clouds(height, width, coarsest, seed):
    """Noise of halving sizes, mean 0, deviation 1."""
    random, out, size, weight = np.random.default_rng(seed), np.zeros((height, width), np.float32), coarsest, 1.0
    while size >= 2:
        coarse = random.normal(0, 1, (int(height / size) + 2, int(width / size) + 2)).astype(np.float32)
        out += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        size, weight = size / 2, weight * .6
    return (out - out.mean()) / out.std()


def statue(image, points, metal=False):
    """Stone or bronze: one colour with veins, the shape's light without what hair, brows and lips are darker by, and
    eyes without irises."""
    distance = eye_distance(points)
    eyeless = image.astype(np.float32)
    for outline in EYES:
        shape = points[outline]
        hole = blurred(filled(image, shape + (shape - shape.mean(0)) * .04), .015 * distance)
        lids = cv2.dilate(np.uint8(hole > .2), np.ones((3, 3)), iterations=max(2, round(.05 * distance)))
        rim = eyeless[(lids > 0) & (hole < .2)]
        _, y = around(image, points, shape.mean(0))
        ball = np.median(rim, axis=0) * (1.04 - .9 * np.clip(y, -.2, .2))[..., None]
        eyeless = eyeless * (1 - hole[..., None]) + ball * hole[..., None]
    light = light_of(np.clip(eyeless, 0, 255).astype(np.uint8))
    coarse = blurred(light, .22 * distance)
    light = (light - coarse) * .8 + (coarse - coarse.mean()) * .45
    veins = clouds(*light.shape, distance, 4)
    light = 165 + light + (2.5 * veins if metal else 5 * veins - 14 * np.exp(-(veins / .06) ** 2))
    tint = np.array((.38, .55, .62)) if metal else np.array((.96, .99, 1.0))
    return np.clip(light[..., None] * tint, 0, 255).astype(np.uint8)


def painted(height, width, light, colour=(255, 255, 255)):
    return np.clip(light[..., None] * np.array(colour) / 255, 0, 255).astype(np.uint8).reshape(height, width, 3)


def textures(side=512):
    """name: picture without a face."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    random = np.random.default_rng(5)
    rings = np.hypot(x - side * .4, y - side * .55) + 9 * clouds(side, side, side / 3, 6)
    bricks = ((x + (y // 40 % 2) * 45) % 90 < 4) | (y % 40 < 4)
    spots = np.full((side, side, 3), 200, np.uint8)
    leaves = np.full((side, side, 3), (40, 70, 30), np.uint8)
    for _ in range(60):
        centre = random.integers(0, side, 2).tolist()
        cv2.circle(spots, centre, int(random.integers(8, 40)), random.integers(0, 255, 3).tolist(), -1, cv2.LINE_AA)
    for _ in range(500):
        cv2.ellipse(leaves, random.integers(0, side, 2).tolist(), (26, 9), float(random.uniform(0, 180)), 0, 360,
                    (30, int(random.integers(70, 190)), int(random.integers(40, 110))), -1, cv2.LINE_AA)
    text = np.full((side, side, 3), 250, np.uint8)
    for line in range(14):
        cv2.putText(text, "no face is written here, %d" % line, (20, 40 + 34 * line), cv2.FONT_HERSHEY_SIMPLEX, .9,
                    (20, 20, 20), 2, cv2.LINE_AA)
    hills = 200 - 90 * (y > side * .5 + 30 * np.sin(x / 60)) - 60 * (y > side * .7 + 40 * np.sin(x / 45 + 1))
    return {
        "noise": random.integers(0, 255, (side, side, 3), np.uint8),
        "clouds": painted(side, side, 150 + 40 * clouds(side, side, side / 3, 7), (255, 230, 210)),
        "checks": painted(side, side, 60 + 140 * ((x // 32 + y // 32) % 2)),
        "stripes": painted(side, side, 128 + 90 * np.sin(x / 9)),
        "wood": painted(side, side, 140 + 40 * np.sin(rings / 5), (110, 170, 220)),
        "bricks": painted(side, side, np.where(bricks, 190, 120 + 10 * clouds(side, side, 20, 8)), (120, 140, 230)),
        "spots": spots, "leaves": leaves, "text": text,
        "hills": painted(side, side, hills + 6 * clouds(side, side, side / 4, 9), (200, 230, 190)),
        "black": np.zeros((side, side, 3), np.uint8),
    }
