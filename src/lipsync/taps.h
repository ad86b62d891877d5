/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Weights of a resampling along one axis, in floats: cubic (Catmull-Rom) between values when enlarging, widened to what
 * a result covers when shrinking, so that nothing flickers. What lies beyond the ends is left out.
 *
 * Threads: immutable once made.
 */
#include <stdbool.h>

struct avt_taps {
    int count, width; /* results; weights of each */
    int *first;       /* [count] value that the first weight is for: all of them lie among the values */
    float *weights;   /* [count, width] */
};
/** Results are `count` even steps over from..to, of `values` values, each of which is one long. False when out of
 *  memory. avt_taps_done(). */
bool avt_taps_init(struct avt_taps *taps, double from, double to, int values, int count);
void avt_taps_done(struct avt_taps *taps);
