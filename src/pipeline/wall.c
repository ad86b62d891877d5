/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/wall.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "dsp/cutout.h"
#include "pipeline/background.h"

/* From films of eight pictures; docs/lipsync.md has their figures. */
#define DRAWN_MIN  10.f
/* Of `drawn`: what is filled in behind an edge differs by as much as the wall does from place to place. */
#define UNLIKE_MAX .90f
/* The head drags along what is so near, in eye distances. */
#define REACH .8f
/* Shoulders do not move, so they stay the picture that they are: from so far below the chin, eye distances. */
#define WHOLE_FROM 1.2f
#define PART_TO    .2f
/* Measured on a picture no larger than this: grain is not what swims. */
enum { SMALL = 320 };
enum { BRIDGE = 168, CHIN = 152 }; /* of the mesh */

/* 1 where the person is within `reach` to the left or right, or above or below. */
static void mark_beside(const struct avt_image *cut, int reach, uint8_t *near)
{
    int width = cut->width, height = cut->height;
    for (int y = 0; y < height; y++) {
        int last = -reach - 1;
        for (int x = 0; x < width; x++) {
            last = avt_image_row(cut, y)[4 * x + 3] > 127 ? x : last;
            near[(size_t)y * width + x] = x - last <= reach;
        }
        last = width + reach;
        for (int x = width - 1; x >= 0; x--) {
            last = avt_image_row(cut, y)[4 * x + 3] > 127 ? x : last;
            near[(size_t)y * width + x] |= last - x <= reach;
        }
    }
    for (int x = 0; x < width; x++) {
        int last = height + reach;
        for (int y = height - 1; y >= 0; y--) {
            last = avt_image_row(cut, y)[4 * x + 3] > 127 ? y : last;
            near[(size_t)y * width + x] |= last - y <= reach;
        }
    }
}

static int green(const struct avt_image *image, int x, int y)
{
    return avt_image_row(image, y)[4 * x + 1];
}

void avt_wall_measure(const struct avt_image *picture, const struct avt_image *cut, const struct avt_image *wall,
                      int reach, struct avt_wall_figures *ret_figures)
{
    AVT_CLEANUP(avt_freep) uint8_t *near = avt_new0(uint8_t, (size_t)cut->width * cut->height);
    mark_beside(cut, reach, near);
    double drawn = 0, unlike = 0;
    long walls = 1, edges = 1;
    for (int y = 0; y + 1 < cut->height; y++)
        for (int x = 0; x + 1 < cut->width; x++) {
            int alpha = avt_image_row(cut, y)[4 * x + 3], here = green(wall, x, y);
            if (alpha == 0 && near[(size_t)y * cut->width + x]) {
                drawn += abs(green(wall, x + 1, y) - here) + abs(green(wall, x, y + 1) - here);
                walls++;
            } else if (alpha > 12 && alpha < 243) {
                unlike += fabs((alpha * green(cut, x, y) + (255 - alpha) * here) / 255. - green(picture, x, y));
                edges++;
            }
        }
    *ret_figures = (struct avt_wall_figures){(float)(drawn / (double)walls), (float)(unlike / (double)edges)};
}

/* Whether it can be worth to cut the person out, which takes some tenths of a second: the same as `drawn` of where hair
 * and shoulders seldom are, beside and above a head. */
static float drawn_around(const struct avt_image *small, float x, float y, float eyes)
{
    double drawn = 0;
    long count = 1;
    for (int row = 0; row + 1 < small->height; row++)
        for (int column = 0; column + 1 < small->width; column++) {
            float dx = fabsf((float)column - x) / eyes, dy = ((float)row - y) / eyes;
            if (dx > 2.6f || dy < -3 || dy > 1 || (dx < 1.6f && dy > -2.2f))
                continue;
            int here = green(small, column, row);
            drawn += abs(green(small, column + 1, row) - here) + abs(green(small, column, row + 1) - here);
            count++;
        }
    return (float)(drawn / (double)count);
}

static enum avt_code resized(const struct avt_image *image, int width, int height, struct avt_image **ret_image,
                             struct avt_error *reterr)
{
    enum avt_code code = avt_image_new(width, height, ret_image, reterr);
    if (code == AVT_OK)
        avt_image_resize(image, 0, 0, image->width, image->height, *ret_image);
    return code;
}

/* As avt_wall_measure(), of copies as large as `small`. */
static enum avt_code judge(const struct avt_image *small, const struct avt_image *cut, const struct avt_image *wall,
                           float reach, struct avt_wall_figures *ret_figures, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *person = NULL, *behind = NULL;
    enum avt_code code = resized(cut, small->width, small->height, &person, reterr);
    if (code == AVT_OK)
        code = resized(wall, small->width, small->height, &behind, reterr);
    if (code == AVT_OK)
        avt_wall_measure(small, person, behind, (int)lroundf(reach), ret_figures);
    return code;
}

/* The person as it was cut out down to the neck, and the picture itself from the shoulders on. */
static void put_head(const struct avt_image *cut, float chin, float eyes, struct avt_image *shown)
{
    for (int y = 0; y < shown->height; y++) {
        float below = ((float)y - chin) / eyes;
        int part = (int)lroundf(255 * fminf(fmaxf((WHOLE_FROM - below) / (WHOLE_FROM - PART_TO), 0), 1));
        const uint8_t *from = avt_image_row(cut, y);
        uint8_t *to = avt_image_row(shown, y);
        for (int x = 0; x < shown->width; x++, from += 4, to += 4) {
            int person = part * from[3], picture = 255 * (255 - part), all = person + picture;
            for (int c = 0; c < 3; c++)
                to[c] = (uint8_t)(all > 0 ? (person * from[c] + picture * to[c] + all / 2) / all : from[c]);
            to[3] = (uint8_t)((all + 127) / 255);
        }
    }
}

enum avt_code avt_wall_part(const struct avt_plan *plan, const struct avt_image *picture, const struct avt_face *face,
                            const struct avt_frame_layout *layout, const struct avt_face *shown_face,
                            struct avt_image *shown, struct avt_image **ret_wall, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *small = NULL, *cut = NULL, *ground = NULL, *wall = NULL;
    struct avt_error error = {0};
    const struct avt_point3 *mesh = shown_face->mesh;
    float shrink = fminf(1, (float)SMALL / (float)shown->width), eyes = shown_face->eye_distance;
    enum avt_code code = resized(shown, (int)fmaxf(2, shrink * (float)shown->width),
                                 (int)fmaxf(2, shrink * (float)shown->height), &small, reterr);
    if (code != AVT_OK)
        return code;
    float drawn = drawn_around(small, shrink * mesh[BRIDGE].x, shrink * mesh[BRIDGE].y, shrink * eyes);
    if (drawn < DRAWN_MIN / 2)
        return AVT_OK;
    code = avt_image_copy(shown, &cut, reterr);
    if (code != AVT_OK)
        return code;
    if (avt_background_cut(plan, picture, face, layout, cut, &ground, &error) != AVT_OK) {
        avt_debug("the wall behind the head moves with it: %s", error.message);
        return AVT_OK;
    }
    struct avt_wall_figures figures = {0};
    code = resized(ground, shown->width, shown->height, &wall, reterr);
    if (code == AVT_OK)
        code = judge(small, cut, wall, REACH * shrink * eyes, &figures, reterr);
    if (code != AVT_OK)
        return code;
    avt_debug("the wall behind the head: drawn %.1f, %.1f around, unlike %.1f", (double)figures.drawn, (double)drawn,
              (double)figures.unlike);
    if (figures.drawn < DRAWN_MIN || figures.unlike > UNLIKE_MAX * figures.drawn)
        return AVT_OK;
    put_head(cut, mesh[CHIN].y, eyes, shown);
    *ret_wall = AVT_TAKE(wall);
    return AVT_OK;
}
