/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whether what a network painted can be a picture at all: accelerators of too narrow floats give planes of one value,
 * or of none. */
#include <stdbool.h>
#include <stddef.h>

/** What varies less than this over a whole picture is of one value, in units of a picture of 0..1. */
#define AVT_PAINTER_SPREAD_MIN 1e-4f

/** False where any value is no finite number, or all of at least two lie within AVT_PAINTER_SPREAD_MIN. One call is
 *  for one picture of a batch: others of it may be good. */
bool avt_painter_sane(const float *values, size_t count);
