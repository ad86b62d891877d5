# SPDX-License-Identifier: MIT
"""The numbers that make a person: face shape, colours, hair and clothes. Lengths in dm from between the eyes."""

HAIRLINE = ((0, .74), (18, .735), (34, .69), (48, .56), (60, .36), (72, .10), (82, -.06), (92, .02), (104, .03),
            (115, -.20), (140, -.52), (180, -.62))
BROW_LINE = ((.105, .185), (.18, .215), (.30, .245), (.40, .252), (.50, .215))
BROW_THICK = ((.105, .026), (.16, .034), (.30, .030), (.42, .018), (.50, .006))

ADA = {
    "female": 1.0, "old": .04, "origin": {"caucasian": .5, "asian": .25, "african": .25},
    "details": {"head/head-oval": .4, "*eyes/eye-scale-incr": .5, "chin/chin-width-decr": .3, "*cheek/cheek-bones-incr": .3, "head/head-scale-horiz-decr": .25, "*ears/ear-scale-decr": .5, "*ears/ear-wing-decr": .5, "nose/nose-scale-horiz-decr": .2,
                "mouth/mouth-lowerlip-volume-incr": .3, "neck/neck-scale-horiz-decr": .3},
    "expression": {"*mouthSmile": .45, "*mouthDimple": .12, "*cheekSquint": .15, "*eyeBlink": .02, "browInnerUp": .1},
    "arms": 38, "shrug": 4,
    "skin": (214, 160, 132), "lip": (190, 104, 98), "freckles": .5,
    "iris": {"radius": .063, "inner": (.30, .17, .06), "middle": (.16, .085, .03), "outer": (.09, .05, .022),
             "limbus": (.016, .011, .009)},
    "hair": {"hairline": HAIRLINE, "cut": "falling", "count": 50000, "points": 36, "part": .20, "lift": .17, "end": -1.42,
             "face_z": -.28, "ears_covered": True, "locks": ((260, .45), (3000, .55)), "wave": .006, "radius": .0013,
             "melanin": .74, "redness": .45, "brow_line": BROW_LINE, "brow_thick": BROW_THICK, "brow_count": 330},
    "cloth": (.035, .075, .10),
}
PEOPLE = {"ada": ADA}
