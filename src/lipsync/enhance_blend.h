/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What of an enhancer's picture comes into the film: its detail in the film's own colours, and still where the film is
 * still. Enhancers see one picture at a time, and make other skin of a little other grain; so what they changed is
 * carried on from picture to picture wherever the picture beneath has not changed.
 *
 * Threads: pure functions; a struct avt_enhance_steady is used by one thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Contrast is brought back to the picture's own by this much at most: beyond it something else was painted. */
#define AVT_ENHANCE_GAIN_MAX 1.25f

/** Bring `made` to mean and spread of `seen`, each colour for itself, within the mask.
 *  @param seen  [3, count]
 *  @param mask  [count] weights; where all are 0 nothing changes
 *  @param made  [3, count], changed in place */
void avt_enhance_match(const float *seen, const float *mask, size_t count, float *made);

/** The last picture; zero it. avt_enhance_steady_done(). */
struct avt_enhance_steady {
    int side;        /* 0: there is none */
    long long frame;
    float *light;    /* [side, side] of what was seen */
    float *change;   /* [3, side, side] */
    float *work;     /* [2, side, side] */
};
/** Carry on what was changed in the picture before where what is seen has stayed the same. The first picture, one that
 *  is not the next, and one of another size, stay as they are.
 *  @param seen    [3, side, side] 0..1
 *  @param change  [3, side, side], made - seen; changed in place
 *  @param reach   pixels around each one that are looked at: 1..side / 4
 *  @return AVT_OK, AVT_ENOMEM: nothing has been changed. */
AVT_CHECKED enum avt_code avt_enhance_steady_run(struct avt_enhance_steady *steady, long long frame, int side,
                                                 const float *seen, int reach, float *change,
                                                 struct avt_error *reterr);
void avt_enhance_steady_done(struct avt_enhance_steady *steady);
