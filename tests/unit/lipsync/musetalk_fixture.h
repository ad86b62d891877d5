/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What tools/check_musetalk.py's golden mode makes of whole numbers, made again: a picture, a face and a sound. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "face_fixture.h"
#include "lipsync/musetalk_model.h"
#include "lipsync/painter.h"

enum { TINY_WIDTH = 300, TINY_HEIGHT = 340, TINY_SECONDS = 33 };

/* Owned. */
static inline char *tiny_folder(void)
{
    return avt_asprintf("%s/tiny_musetalk", getenv("GOLDEN"));
}

static inline struct avt_face tiny_face(void)
{
    struct avt_face face = make_face(100, 150.3f, 140.2f, 0, 0);
    face.box = (struct avt_rect){60, 60, 180, 220};
    return face;
}

static inline struct avt_image *tiny_picture(void)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(TINY_WIDTH, TINY_HEIGHT, &image, NULL), AVT_OK);
    for (int y = 0; y < TINY_HEIGHT; y++) {
        uint8_t *pixel = avt_image_row(image, y);
        for (int x = 0; x < TINY_WIDTH; x++, pixel += 4) {
            int wave = ((x * 5) ^ (y * 3)) & 31;
            pixel[0] = (uint8_t)(90 + wave + x * 90 / TINY_WIDTH);
            pixel[1] = (uint8_t)(60 + wave + y * 120 / TINY_HEIGHT);
            pixel[2] = (uint8_t)(110 + wave - x * 60 / TINY_WIDTH);
            pixel[3] = 255;
        }
    }
    return image;
}

/* `user`: NULL. */
static inline enum avt_code tiny_sound(void *user, long long from, size_t count, float *ret_samples,
                                       struct avt_error *reterr)
{
    (void)user, (void)reterr;
    for (size_t k = 0; k < count; k++) {
        long long i = from + (long long)k, loud = i / 4000 % 5;
        bool is_in = i >= 0 && i < (long long)TINY_SECONDS * AVT_PAINTER_RATE;
        ret_samples[k] = is_in ? (float)(((i * i * 7 + i * 13) % 2001 - 1000) * loud) / 16000 : 0;
    }
    return AVT_OK;
}
static const struct avt_painter_sound tiny = {TINY_SECONDS * (long long)AVT_PAINTER_RATE, tiny_sound, NULL};

static inline bool is_same_picture(const struct avt_image *a, const struct avt_image *b)
{
    for (int y = 0; y < a->height; y++) {
        if (memcmp(avt_image_row(a, y), avt_image_row(b, y), 4 * (size_t)a->width) != 0)
            return false;
    }
    return true;
}
