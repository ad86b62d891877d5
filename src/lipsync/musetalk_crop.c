/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/musetalk_crop.h"

#include <string.h>

#include "base/mem.h"
#include "lipsync/byte_resize.h"

/* The face's oval from ear to ear by the chin, and the nose's tip. */
static const short outline[] = {127, 234, 93,  132, 58,  172, 136, 150, 149, 176, 148, 152, 377, 400,
                                378, 379, 365, 397, 288, 361, 323, 454, 356, 1};
enum { BRIDGE = 5 };

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static bool is_box(const struct avt_musetalk_box *box)
{
    return box->x2 - box->x1 >= AVT_MUSETALK_BOX_MIN && box->y2 - box->y1 >= AVT_MUSETALK_BOX_MIN;
}

/* The margin, and what of it lies in the picture. */
static void finish(struct avt_musetalk_box *box, int width, int height)
{
    *box = (struct avt_musetalk_box){clamp(box->x1, 0, width), clamp(box->y1, 0, height), clamp(box->x2, 0, width),
                                     clamp(box->y2 + AVT_MUSETALK_MARGIN, 0, height)};
}

/* To a whole number, also of what is far off or no number. */
static int whole(float value)
{
    return value >= -2e6f && value <= 2e6f ? (int)value : -2000000;
}

bool avt_musetalk_box_find(const struct avt_face *face, int width, int height, struct avt_musetalk_box *ret_box)
{
    int left = INT32_MAX, right = INT32_MIN, lowest = INT32_MIN, middle = whole(face->mesh[BRIDGE].y);
    for (size_t i = 0; i < sizeof(outline) / sizeof(outline[0]); i++) {
        struct avt_point3 point = face->mesh[outline[i]];
        int x = whole(point.x), y = whole(point.y);
        left = x < left ? x : left;
        right = x > right ? x : right;
        lowest = y > lowest ? y : lowest;
    }
    *ret_box = (struct avt_musetalk_box){left, middle - (lowest - middle), right, lowest};
    finish(ret_box, width, height);
    if (left >= 0 && lowest > middle && is_box(ret_box))
        return true;
    const struct avt_rect *box = &face->box;
    *ret_box = (struct avt_musetalk_box){whole(box->x), whole(box->y), whole(box->x + box->width),
                                         whole(box->y + box->height)};
    finish(ret_box, width, height);
    return is_box(ret_box);
}

struct avt_musetalk_square avt_musetalk_square_of(const struct avt_musetalk_box *box)
{
    int w = box->x2 - box->x1, h = box->y2 - box->y1, half = (int)((w > h ? w : h) / 2 * 1.5);
    return (struct avt_musetalk_square){(box->x1 + box->x2) / 2 - half, (box->y1 + box->y2) / 2 - half, 2 * half};
}

void avt_musetalk_crop(const struct avt_image *image, const struct avt_musetalk_box *box, float *ret_masked,
                       float *ret_reference)
{
    AVT_CLEANUP(avt_freep) uint8_t *small = avt_new0(uint8_t, 3 * (size_t)AVT_MUSETALK_PIXELS);
    const struct avt_bytes part = {avt_image_row(image, box->y1) + 4 * (size_t)box->x1, box->x2 - box->x1,
                                   box->y2 - box->y1, image->stride, 4};
    avt_bytes_resize(&part, 3, AVT_BYTE_LANCZOS4, AVT_MUSETALK_SIDE, AVT_MUSETALK_SIDE, small);
    for (size_t c = 0; c < 3; c++) {
        float *reference = ret_reference + c * AVT_MUSETALK_PIXELS, *masked = ret_masked + c * AVT_MUSETALK_PIXELS;
        for (size_t i = 0; i < AVT_MUSETALK_PIXELS; i++) {
            reference[i] = ((float)small[3 * i + c] / 255 - .5f) / .5f;
            masked[i] = i < AVT_MUSETALK_PIXELS / 2 ? reference[i] : -1;
        }
    }
}

enum avt_code avt_musetalk_parse_input(const struct avt_image *image, const struct avt_musetalk_square *square,
                                       float *ret_planes, struct avt_error *reterr)
{
    static const float mean[3] = {.485f, .456f, .406f}, deviation[3] = {.229f, .224f, .225f};
    size_t side = (size_t)square->side;
    AVT_CLEANUP(avt_freep) uint8_t *cut = avt_try_new0(uint8_t, 3 * side * side);
    if (!cut)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for a face of %d pixels", square->side);
    int x1 = clamp(square->x, 0, image->width), x2 = clamp(square->x + square->side, 0, image->width);
    for (int y = clamp(square->y, 0, image->height); y < clamp(square->y + square->side, 0, image->height); y++) {
        const uint8_t *from = avt_image_row(image, y) + 4 * (size_t)x1;
        uint8_t *to = cut + 3 * ((size_t)(y - square->y) * side + (size_t)(x1 - square->x));
        for (int x = x1; x < x2; x++, from += 4, to += 3)
            memcpy(to, from, 3);
    }
    AVT_CLEANUP(avt_freep) uint8_t *small = avt_new0(uint8_t, 3 * (size_t)AVT_MUSETALK_PARSE_PIXELS);
    const struct avt_bytes all = {cut, square->side, square->side, 3 * side, 3};
    avt_bytes_resize(&all, 3, AVT_BYTE_TRIANGLE, AVT_MUSETALK_PARSE_SIDE, AVT_MUSETALK_PARSE_SIDE, small);
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = 0; i < AVT_MUSETALK_PARSE_PIXELS; i++)
            ret_planes[c * AVT_MUSETALK_PARSE_PIXELS + i] = ((float)small[3 * i + c] / 255 - mean[c]) / deviation[c];
    }
    return AVT_OK;
}
