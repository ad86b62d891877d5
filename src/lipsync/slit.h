/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A cut in the skin that opens and closes: the mouth or the lids of an eye. The skin above and the
 * skin below are warped apart from each other; the opening between them shows what lies behind.
 *
 * Threads: one slit is used by one thread at a time.
 */
#include <stdint.h>

#include "base/cleanup.h"
#include "dsp/image.h"
#include "lipsync/cover.h"
#include "lipsync/field.h"

struct avt_slit_plan {
    const struct avt_curve *upper, *lower; /* its edges, in the frame of the face */
    const struct avt_curve *depth;         /* of the edges */
    bool lids;                             /* else lips */
    float x0, x1;                          /* its ends */
    float above, below, beside;            /* how far around it is drawn, eye distances */
    float travel;                          /* how far skin moves into that area from outside */
    int step_log2;
    int soften; /* passes of avt_cover_soften() on the opening */
};

struct avt_slit {
    int x0, y0, x1, y1; /* what it draws, pixels of the picture */
    struct avt_lattice *upper, *lower;
    struct avt_field *edges[2]; /* [AVT_CURVE_POINTS] upper, lower */
    struct avt_cover *opening, *under;
    /* After avt_slit_move(): the edges as they are now, and the widest gap, in pixels. */
    struct avt_point now[2][AVT_CURVE_POINTS];
    float gap;
    int soften;
    uint8_t *rows[2]; /* [x1 - x0, 4] scratch of each worker */
};

/** NULL when out of memory; a slit outside the picture draws nothing (x0 == x1). */
struct avt_slit *avt_slit_new(const struct avt_ground *ground, const struct avt_slit_plan *plan);
void avt_slit_free(struct avt_slit *slit);
AVT_DEFINE_FREEP(struct avt_slit, avt_slit_free)

void avt_slit_move(struct avt_slit *slit, const struct avt_rig *rig,
                   const float amounts[AVT_SHAPE_COUNT]);
/** Draw the skin of row y of the slit's area into `frame`. Workers 0 and 1 may draw at once. */
void avt_slit_draw_skin(const struct avt_slit *slit, const struct avt_image *source, int worker,
                        int y, struct avt_image *frame);
/** Cover of the opening in row y: [x1 - x0]. Borrowed. */
const uint16_t *avt_slit_opening(const struct avt_slit *slit, int y);

/** a and b by part of 256; the same bytes where a equals b. */
static inline void avt_blend_pixel(uint8_t *a, const uint8_t *b, unsigned part)
{
    for (int c = 0; c < 4; c++)
        a[c] = (uint8_t)((a[c] * (256 - part) + b[c] * part + 128) >> 8);
}
