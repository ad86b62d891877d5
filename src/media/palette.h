/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * 255 colours for a GIF, found from sample pictures, and pictures reduced to them. Ordered dither:
 * unlike error diffusion, a pixel that stays the same keeps its colour, so a still background does
 * not crawl and costs no bytes. Private to media.
 */
#include <stdint.h>

#include "base/cleanup.h"
#include "dsp/image.h"

enum { AVT_PALETTE_COLOURS = 255, AVT_PALETTE_TRANSPARENT = 255, AVT_PALETTE_SIZE = 256 };

struct avt_palette;

struct avt_palette *avt_palette_new(void);
/** Count the colours of a picture. */
void avt_palette_sample(struct avt_palette *palette, const struct avt_image *image);
/** Choose the colours; once, after all samples. */
void avt_palette_choose(struct avt_palette *palette);
/** 0xAARRGGBB; the last one is transparent. */
const uint32_t *avt_palette_colours(const struct avt_palette *palette);
/** @param out  [image->height, stride] */
void avt_palette_map(struct avt_palette *palette, const struct avt_image *image, uint8_t *out,
                     size_t stride);
void avt_palette_free(struct avt_palette *palette);
AVT_DEFINE_FREEP(struct avt_palette, avt_palette_free)
