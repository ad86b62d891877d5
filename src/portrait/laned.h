/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Inside of portrait.h: the inner loops, whose sources are compiled twice: for AVX2, and for whatever the compiler's
 * target is. Both do the same operations in the same order, with nothing fused, so pixels are the same. laned.c has the
 * functions themselves, which choose by the processor.
 */
#include "portrait/lens.h"
#include "portrait/raster_tile.h"
#include "portrait/shade.h"
#include "portrait/strand_rows.h"

#ifdef __AVX2__
#define AVT_LANED(name) name##_avx2
#else
#define AVT_LANED(name) name##_plain
#endif
#define AVT_DECLARE_LANED(name, ...)  \
    void name##_plain(__VA_ARGS__);   \
    void name##_avx2(__VA_ARGS__)

AVT_DECLARE_LANED(avt_raster_tile, const struct avt_raster *raster, struct avt_tile *tile, int index);
AVT_DECLARE_LANED(avt_shade_skin, const void *scene, struct avt_batch *batch);
AVT_DECLARE_LANED(avt_shade_stuff, const void *stuff, struct avt_batch *batch);
AVT_DECLARE_LANED(avt_shade_mouth, const void *mouth, struct avt_batch *batch);
AVT_DECLARE_LANED(avt_strand_rows_some, void *work, int worker, int first, int end);
AVT_DECLARE_LANED(avt_lens_row, const uint8_t *const rows[3], int width, uint8_t *out);
