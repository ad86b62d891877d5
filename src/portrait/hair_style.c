/* SPDX-License-Identifier: Apache-2.0 */
/* Every cut as a row of numbers; by eye. */
#include "base/assert.h"
#include "portrait/hair_parts.h"

#define SHORT AVT_HAIR_KIND_SHORT
#define FALLING AVT_HAIR_KIND_FALLING
#define TIED AVT_HAIR_KIND_TIED

static const struct avt_hair_row ROWS[AVT_HAIR_STYLE_COUNT] = {
    [AVT_HAIR_BALD] = {.kind = AVT_HAIR_KIND_NONE},
    [AVT_HAIR_BUZZ] = {SHORT, .comb = AVT_COMB_CROWN, .top = .62f, .side = .42f, .back = .42f, .lift = .5f,
                       .stand = .40f, .messy = .4f},
    [AVT_HAIR_CREW] = {SHORT, .comb = AVT_COMB_FORWARD, .top = 2.3f, .side = .7f, .back = .7f, .front = 2.6f,
                       .lift = 1.3f, .stand = .62f, .messy = .35f},
    [AVT_HAIR_SIDE_PART] = {SHORT, AVT_PART_SIDE, AVT_COMB_ACROSS, 6.5f, 2.2f, 2.2f, 7.5f, 1.5f, .30f, .messy = .12f},
    [AVT_HAIR_SLICKED] = {SHORT, AVT_PART_NONE, AVT_COMB_BACK, 8.5f, 4.5f, 3.5f, 9.5f, 1.15f, .22f, .messy = .06f},
    [AVT_HAIR_QUIFF] = {SHORT, AVT_PART_NONE, AVT_COMB_UP, 5.5f, 1.6f, 1.6f, 7.0f, 3.6f, .85f, .messy = .25f},
    [AVT_HAIR_FRINGE_CROP] = {SHORT, AVT_PART_NONE, AVT_COMB_FORWARD, 4.6f, 1.6f, 1.6f, 4.4f, 1.5f, .35f, .messy = .35f},
    [AVT_HAIR_RECEDING] = {SHORT, AVT_PART_NONE, AVT_COMB_BACK, 3.0f, 1.6f, 1.6f, 3.0f, .7f, .30f, .messy = .25f},
    [AVT_HAIR_SHAVED_SIDES] = {SHORT, AVT_PART_SIDE, AVT_COMB_ACROSS, 7.5f, .35f, .35f, 8.0f, 2.1f, .40f, .messy = .25f},
    [AVT_HAIR_PIXIE] = {SHORT, AVT_PART_SIDE, AVT_COMB_ACROSS, 6.0f, 4.2f, 3.2f, 8.0f, 1.8f, .35f, .messy = .4f},
    [AVT_HAIR_SHAGGY] = {FALLING, AVT_PART_SIDE, .lift = 2.4f, .end = -8.5f, .layers = .75f, .fringe = .55f, .messy = .9f},
    [AVT_HAIR_BOB] = {FALLING, AVT_PART_SIDE, .lift = 2.1f, .end = -10.5f, .layers = .10f, .messy = .12f},
    [AVT_HAIR_BOB_FRINGE] = {FALLING, AVT_PART_MIDDLE, .lift = 2.0f, .end = -9.5f, .layers = .08f, .fringe = 1,
                             .messy = .08f},
    [AVT_HAIR_LOB] = {FALLING, AVT_PART_SIDE, .lift = 2.0f, .end = -15.0f, .layers = .15f, .messy = .2f, .forward = .4f},
    [AVT_HAIR_LONG] = {FALLING, AVT_PART_MIDDLE, .lift = 1.8f, .end = -25.0f, .layers = .15f, .messy = .18f,
                       .forward = .6f},
    [AVT_HAIR_LONG_SIDE] = {FALLING, AVT_PART_SIDE, .lift = 2.3f, .end = -24.0f, .layers = .2f, .messy = .22f,
                            .forward = .6f},
    [AVT_HAIR_LONG_FRINGE] = {FALLING, AVT_PART_MIDDLE, .lift = 1.9f, .end = -24.0f, .layers = .15f, .fringe = 1,
                              .messy = .15f, .forward = .6f},
    [AVT_HAIR_LAYERED] = {FALLING, AVT_PART_SIDE, .lift = 2.3f, .end = -19.0f, .layers = .6f, .messy = .45f,
                          .forward = .5f},
    [AVT_HAIR_HALF_UP] = {FALLING, AVT_PART_NONE, .lift = 1.3f, .end = -22.0f, .layers = .15f, .messy = .2f,
                          .forward = .5f},
    [AVT_HAIR_PONYTAIL] = {TIED, AVT_PART_NONE, .lift = .55f, .end = -20, .messy = .12f},
    [AVT_HAIR_BUN] = {TIED, AVT_PART_NONE, .lift = .55f, .messy = .15f},
    [AVT_HAIR_TOP_KNOT] = {TIED, AVT_PART_NONE, .lift = .6f, .messy = .3f},
    [AVT_HAIR_CHIGNON] = {TIED, AVT_PART_SIDE, .lift = .75f, .messy = .12f},
    [AVT_HAIR_BRAID] = {TIED, AVT_PART_SIDE, .lift = .8f, .end = -26, .messy = .2f},
    [AVT_HAIR_BRAIDS] = {TIED, AVT_PART_MIDDLE, .lift = .65f, .end = -25, .messy = .2f},
    [AVT_HAIR_CORNROWS] = {.kind = AVT_HAIR_KIND_CORNROWS, .end = -12},
    [AVT_HAIR_LOCS] = {.kind = AVT_HAIR_KIND_LOCS, .part = AVT_PART_MIDDLE, .lift = 1.6f, .end = -16.5f, .messy = .35f,
                       .forward = .3f},
    [AVT_HAIR_AFRO] = {.kind = AVT_HAIR_KIND_AFRO, .lift = 7.5f},
    [AVT_HAIR_SHORT_AFRO] = {.kind = AVT_HAIR_KIND_AFRO, .lift = 2.3f},
};

const struct avt_hair_row *avt_hair_row(int style)
{
    avt_assert(style >= 0 && style < AVT_HAIR_STYLE_COUNT);
    return &ROWS[style];
}
