/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Marks on a picture, for pictures that explain: lines, dots, filled boxes and small capitals.
 * Anything may lie outside the picture; coordinates that are no numbers draw nothing. */
#include "dsp/image.h"

struct avt_colour {
    uint8_t r, g, b, a;
};

/** Anti-aliased, round ends; both ends equal: a dot of that width. Pixel centres are at .5. */
void avt_draw_line(struct avt_image *image, float x0, float y0, float x1, float y1, float width,
                   struct avt_colour colour);
void avt_draw_box(struct avt_image *image, int x, int y, int width, int height,
                  struct avt_colour colour);

/* A letter takes 6 x 9 cells of `scale` pixels, gap and line space included. */
enum { AVT_DRAW_CELL_WIDTH = 6, AVT_DRAW_CELL_HEIGHT = 9 };
/** ASCII, drawn as capitals; other characters as a box. x, y: the upper left corner. */
void avt_draw_text(struct avt_image *image, int x, int y, int scale, const char *text,
                   struct avt_colour colour);
