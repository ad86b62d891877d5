/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A rough picture of latents without the decoder: red, green and blue are nearly linear in the four channels.
 *
 * Threads: no shared state.
 */
#include "dsp/image.h"

/** @param latents  [4, height, width] of a clean picture, before the decoder's scale.
 *  @param image    height x width, opaque. */
void avt_sd_preview(const float *latents, const struct avt_image *image);
