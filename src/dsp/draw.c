/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/draw.h"

#include <math.h>

#include "base/assert.h"

static void blend(struct avt_image *image, int x, int y, struct avt_colour colour, float cover)
{
    uint8_t *pixel = avt_image_row(image, y) + (size_t)x * 4;
    float alpha = cover * (float)colour.a / 255;
    const uint8_t ink[3] = {colour.r, colour.g, colour.b};
    for (int c = 0; c < 3; c++)
        pixel[c] = (uint8_t)((float)pixel[c] * (1 - alpha) + (float)ink[c] * alpha + 0.5f);
    pixel[3] = (uint8_t)fmaxf(pixel[3], 255 * alpha);
}

static int clamp_int(float value, int low, int high)
{
    return value <= (float)low ? low : value >= (float)high ? high : (int)value;
}

void avt_draw_line(struct avt_image *image, float x0, float y0, float x1, float y1, float width,
                   struct avt_colour colour)
{
    avt_assert(image);
    if (!isfinite(x0) || !isfinite(y0) || !isfinite(x1) || !isfinite(y1) || !(width > 0))
        return;
    float reach = width / 2 + 1;
    int left = clamp_int(floorf(fminf(x0, x1) - reach), 0, image->width);
    int right = clamp_int(ceilf(fmaxf(x0, x1) + reach), 0, image->width);
    int top = clamp_int(floorf(fminf(y0, y1) - reach), 0, image->height);
    int bottom = clamp_int(ceilf(fmaxf(y0, y1) + reach), 0, image->height);
    float dx = x1 - x0;
    float dy = y1 - y0;
    float length2 = dx * dx + dy * dy;
    for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
            float px = (float)x + 0.5f - x0;
            float py = (float)y + 0.5f - y0;
            float t = length2 > 0 ? fminf(fmaxf((px * dx + py * dy) / length2, 0), 1) : 0;
            float cover = width / 2 + 0.5f - hypotf(px - t * dx, py - t * dy);
            if (cover > 0)
                blend(image, x, y, colour, fminf(cover, 1));
        }
    }
}

void avt_draw_box(struct avt_image *image, int x, int y, int width, int height,
                  struct avt_colour colour)
{
    avt_assert(image);
    int64_t right = (int64_t)x + width;
    int64_t bottom = (int64_t)y + height;
    for (int row = y < 0 ? 0 : y; row < bottom && row < image->height; row++) {
        for (int column = x < 0 ? 0 : x; column < right && column < image->width; column++)
            blend(image, column, row, colour, 1);
    }
}

/* Seven rows of five cells, the leftmost in bit 4; from ' ' to 'Z'. */
enum { ROWS = 7, COLUMNS = 5, FIRST = ' ', LAST = 'Z' };
static const uint8_t glyphs[LAST - FIRST + 1][ROWS] = {
    [' ' - FIRST] = {0},
    ['!' - FIRST] = {4, 4, 4, 4, 4, 0, 4},
    ['"' - FIRST] = {10, 10, 0, 0, 0, 0, 0},
    ['#' - FIRST] = {10, 31, 10, 10, 10, 31, 10},
    ['$' - FIRST] = {4, 15, 20, 14, 5, 30, 4},
    ['%' - FIRST] = {25, 26, 2, 4, 8, 11, 19},
    ['&' - FIRST] = {12, 18, 12, 21, 18, 18, 13},
    ['\'' - FIRST] = {4, 4, 0, 0, 0, 0, 0},
    ['(' - FIRST] = {2, 4, 8, 8, 8, 4, 2},
    [')' - FIRST] = {8, 4, 2, 2, 2, 4, 8},
    ['*' - FIRST] = {0, 21, 14, 31, 14, 21, 0},
    ['+' - FIRST] = {0, 4, 4, 31, 4, 4, 0},
    [',' - FIRST] = {0, 0, 0, 0, 0, 4, 8},
    ['-' - FIRST] = {0, 0, 0, 14, 0, 0, 0},
    ['.' - FIRST] = {0, 0, 0, 0, 0, 0, 4},
    ['/' - FIRST] = {1, 1, 2, 4, 8, 16, 16},
    ['0' - FIRST] = {14, 17, 19, 21, 25, 17, 14},
    ['1' - FIRST] = {4, 12, 4, 4, 4, 4, 14},
    ['2' - FIRST] = {14, 17, 1, 6, 8, 16, 31},
    ['3' - FIRST] = {30, 1, 1, 14, 1, 1, 30},
    ['4' - FIRST] = {3, 5, 9, 17, 31, 1, 1},
    ['5' - FIRST] = {31, 16, 30, 1, 1, 17, 14},
    ['6' - FIRST] = {6, 8, 16, 30, 17, 17, 14},
    ['7' - FIRST] = {31, 1, 2, 4, 4, 8, 8},
    ['8' - FIRST] = {14, 17, 17, 14, 17, 17, 14},
    ['9' - FIRST] = {14, 17, 17, 15, 1, 2, 12},
    [':' - FIRST] = {0, 0, 4, 0, 0, 4, 0},
    [';' - FIRST] = {0, 0, 4, 0, 0, 4, 8},
    ['<' - FIRST] = {0, 3, 12, 16, 12, 3, 0},
    ['=' - FIRST] = {0, 0, 31, 0, 31, 0, 0},
    ['>' - FIRST] = {0, 24, 6, 1, 6, 24, 0},
    ['?' - FIRST] = {14, 17, 1, 2, 4, 0, 4},
    ['@' - FIRST] = {14, 17, 23, 21, 23, 16, 14},
    ['A' - FIRST] = {4, 10, 17, 17, 31, 17, 17},
    ['B' - FIRST] = {30, 17, 17, 30, 17, 17, 30},
    ['C' - FIRST] = {15, 16, 16, 16, 16, 16, 15},
    ['D' - FIRST] = {30, 17, 17, 17, 17, 17, 30},
    ['E' - FIRST] = {31, 16, 16, 30, 16, 16, 31},
    ['F' - FIRST] = {31, 16, 16, 30, 16, 16, 16},
    ['G' - FIRST] = {15, 16, 16, 19, 17, 17, 15},
    ['H' - FIRST] = {17, 17, 17, 31, 17, 17, 17},
    ['I' - FIRST] = {14, 4, 4, 4, 4, 4, 14},
    ['J' - FIRST] = {7, 2, 2, 2, 2, 18, 12},
    ['K' - FIRST] = {17, 18, 20, 24, 20, 18, 17},
    ['L' - FIRST] = {16, 16, 16, 16, 16, 16, 31},
    ['M' - FIRST] = {17, 27, 21, 21, 17, 17, 17},
    ['N' - FIRST] = {17, 25, 25, 21, 19, 19, 17},
    ['O' - FIRST] = {14, 17, 17, 17, 17, 17, 14},
    ['P' - FIRST] = {30, 17, 17, 30, 16, 16, 16},
    ['Q' - FIRST] = {14, 17, 17, 17, 21, 18, 13},
    ['R' - FIRST] = {30, 17, 17, 30, 20, 18, 17},
    ['S' - FIRST] = {15, 16, 16, 14, 1, 1, 30},
    ['T' - FIRST] = {31, 4, 4, 4, 4, 4, 4},
    ['U' - FIRST] = {17, 17, 17, 17, 17, 17, 14},
    ['V' - FIRST] = {17, 17, 17, 17, 10, 10, 4},
    ['W' - FIRST] = {17, 17, 17, 21, 21, 27, 17},
    ['X' - FIRST] = {17, 17, 10, 4, 10, 17, 17},
    ['Y' - FIRST] = {17, 17, 10, 4, 4, 4, 4},
    ['Z' - FIRST] = {31, 1, 2, 4, 8, 16, 31},
};
static const uint8_t unknown[ROWS] = {31, 17, 17, 17, 17, 17, 31};

void avt_draw_text(struct avt_image *image, int x, int y, int scale, const char *text,
                   struct avt_colour colour)
{
    avt_assert(image && scale > 0 && text);
    for (; *text != '\0' && x < image->width; text++, x += AVT_DRAW_CELL_WIDTH * scale) {
        int letter = *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text;
        const uint8_t *rows = letter >= FIRST && letter <= LAST ? glyphs[letter - FIRST] : unknown;
        for (int k = 0; k < ROWS * COLUMNS; k++) {
            if (rows[k / COLUMNS] >> (COLUMNS - 1 - k % COLUMNS) & 1)
                avt_draw_box(image, x + k % COLUMNS * scale, y + k / COLUMNS * scale, scale, scale,
                             colour);
        }
    }
}
