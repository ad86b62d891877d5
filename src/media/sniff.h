/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a still picture says about itself before anything is decoded: kind, size, EXIF orientation.
 * Decides by content, so that a bomb is refused before memory is asked for. Private to media.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum avt_still_kind { AVT_STILL_UNKNOWN, AVT_STILL_PNG, AVT_STILL_JPEG, AVT_STILL_WEBP };

struct avt_still_facts {
    enum avt_still_kind kind;
    int64_t width, height; /* of the whole picture, before orientation; 0: header is broken */
    int orientation;       /* EXIF, 1..8 */
    bool whole;            /* the file's own end was found: it is not cut short */
    /* First frame of an animated WebP: its chunks inside the file, else NULL. */
    const uint8_t *frame;
    size_t frame_size;
    int64_t frame_x, frame_y, frame_width, frame_height;
};

/** Never fails: what cannot be told stays 0 (orientation 1). */
void avt_still_sniff(const uint8_t *data, size_t size, struct avt_still_facts *ret_facts);
