/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Resizing of bytes as the image libraries do it that networks were trained behind, to the last bit: what a network
 * gets must not depend on who runs it. For pictures that people see there is dsp/image.h.
 *
 * Threads: pure.
 */
#include <stddef.h>
#include <stdint.h>

struct avt_bytes {
    const uint8_t *pixels; /* [height, stride], borrowed */
    int width, height;
    size_t stride; /* bytes a row */
    int step;      /* bytes a pixel, of which the first `channels` are taken */
};

enum avt_byte_filter {
    /** OpenCV's INTER_LANCZOS4: eight taps at the source's own grid, so that shrinking does not smooth; weights of
     *  11 bits, one rounding at the end; the border's pixels repeat. */
    AVT_BYTE_LANCZOS4,
    /** Pillow's BILINEAR: a triangle as wide as the target's pixels where it shrinks; weights of 22 bits, rounded
     *  after the rows and after the columns; what lies outside has no weight. */
    AVT_BYTE_TRIANGLE,
};

/** @param out  [out_height, out_width, channels], 1 to 4 channels. Sizes are 1 to AVT_IMAGE_SIDE_MAX. */
void avt_bytes_resize(const struct avt_bytes *in, int channels, enum avt_byte_filter filter, int out_width,
                      int out_height, uint8_t *out);
