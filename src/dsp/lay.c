/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "dsp/cutout.h"

typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint16_t words8 __attribute__((vector_size(16)));

/* (top alpha + ground (255 - alpha)) / 255, rounded, exact for all bytes. */
static inline words8 mix(words8 top, words8 ground, words8 alpha)
{
    words8 sum = top * alpha + ground * (255 - alpha) + 128;
    return (sum + (sum >> 8)) >> 8;
}

/* Two pixels at once: most of a frame is all person or all ground. */
static void lay_row(const uint8_t *top, const uint8_t *ground, int width, uint8_t *out)
{
    static const words8 solid = {0, 0, 0, 255, 0, 0, 0, 255};
    int x = 0;
    for (; x + 2 <= width; x += 2, top += 8, ground += 8, out += 8) {
        bytes8 a, b;
        memcpy(&a, top, sizeof(a));
        memcpy(&b, ground, sizeof(b));
        if ((a[3] & a[7]) != 255 && (a[3] | a[7]) != 0) {
            const words8 alpha = {a[3], a[3], a[3], a[3], a[7], a[7], a[7], a[7]};
            words8 top_words = __builtin_convertvector(a, words8) | solid;
            words8 mixed = mix(top_words, __builtin_convertvector(b, words8), alpha);
            a = __builtin_convertvector(mixed, bytes8);
        } else if (a[3] == 0) {
            a = b;
        }
        memcpy(out, &a, sizeof(a));
    }
    for (; x < width; x++, top += 4, ground += 4, out += 4) {
        unsigned alpha = top[3];
        for (int c = 0; c < 3; c++) {
            unsigned sum = top[c] * alpha + ground[c] * (255 - alpha) + 128;
            out[c] = (uint8_t)((sum + (sum >> 8)) >> 8);
        }
        out[3] = 255;
    }
}

void avt_lay_over(const struct avt_image *top, const struct avt_image *ground, int x, int y, struct avt_image *out)
{
    avt_assert(x >= 0 && y >= 0 && x + top->width <= ground->width && y + top->height <= ground->height);
    avt_assert(out->width == ground->width && out->height == ground->height);
    for (int row = 0; row < top->height; row++)
        lay_row(avt_image_row(top, row), avt_image_row(ground, y + row) + 4 * (size_t)x, top->width,
                avt_image_row(out, y + row) + 4 * (size_t)x);
}

void avt_lay_pixel(uint8_t *pixel, const uint8_t colour[3], unsigned alpha)
{
    /* Both parts of what is seen, in 1 / 255^2. */
    unsigned over = 255 * alpha, under = pixel[3] * (255 - alpha), both = over + under;
    if (both == 0)
        return;
    for (int c = 0; c < 3; c++)
        pixel[c] = (uint8_t)((colour[c] * over + pixel[c] * under + both / 2) / both);
    pixel[3] = (uint8_t)((both + 127) / 255);
}
