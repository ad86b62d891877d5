/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/skin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "portrait/noise.h"
#include "portrait/skin_marks.h"
#include "portrait/vec.h"

/* What skin of Monk's ten tones reflects without blood in it, linear light. His swatches (skintone.google) are of the
 * colour as seen; these are as light or dark, with the red of faces in photographs. */
static const float TONES[10][3] = {{.76f, .575f, .475f}, {.72f, .525f, .415f}, {.68f, .475f, .355f},
                                   {.61f, .405f, .285f}, {.52f, .325f, .212f}, {.345f, .200f, .118f},
                                   {.240f, .130f, .074f}, {.165f, .084f, .048f}, {.108f, .054f, .031f},
                                   {.074f, .038f, .023f}};

static void base_tone(const struct avt_attributes *attributes, float rgb[3])
{
    float tone = avt_min(avt_max(attributes->skin_tone, 1), 10) - 1;
    int low = tone >= 9 ? 8 : (int)tone;
    float part = tone - (float)low;
    static const float UNDER[AVT_UNDERTONE_COUNT][3] = {
        [AVT_UNDERTONE_COOL] = {1.0f, .97f, 1.06f}, [AVT_UNDERTONE_NEUTRAL] = {1, 1, 1},
        [AVT_UNDERTONE_WARM] = {1.01f, 1.0f, .90f}};
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_mix(TONES[low][c], TONES[low + 1][c], part) * UNDER[attributes->undertone][c];
}

/* ---- where a texel lies on the average head ----------------------------------------------------- */

struct ground {
    struct avt_point3 *at; /* [rows, columns]; the outermost point */
    float *radius;         /* its distance from the axis; < 0: nothing there */
};

static void ground_triangle(const struct ground *ground, const struct avt_point3 p[3])
{
    float column[3], row[3];
    for (int k = 0; k < 3; k++)
        avt_skin_place(p[k].x, p[k].y, p[k].z, &column[k], &row[k]);
    /* Across the seam behind: drawn on both sides of the map. */
    float low = avt_min(column[0], avt_min(column[1], column[2]));
    float high = avt_max(column[0], avt_max(column[1], column[2]));
    bool seam = high - low > AVT_SKIN_COLUMNS / 2.0f;
    for (int k = 0; seam && k < 3; k++)
        column[k] -= column[k] > AVT_SKIN_COLUMNS / 2.0f ? AVT_SKIN_COLUMNS : 0;
    low = avt_min(column[0], avt_min(column[1], column[2]));
    high = avt_max(column[0], avt_max(column[1], column[2]));
    float area = (column[1] - column[0]) * (row[2] - row[0]) - (row[1] - row[0]) * (column[2] - column[0]);
    if (fabsf(area) < 1e-6f)
        return;
    float top = avt_min(row[0], avt_min(row[1], row[2])), bottom = avt_max(row[0], avt_max(row[1], row[2]));
    for (int y = (int)avt_max(floorf(top), 0); y <= (int)avt_min(ceilf(bottom), AVT_SKIN_ROWS - 1); y++)
        for (int x = (int)floorf(low); x <= (int)ceilf(high); x++) {
            float px = (float)x + .5f, py = (float)y + .5f;
            float u = ((px - column[0]) * (row[2] - row[0]) - (py - row[0]) * (column[2] - column[0])) / area;
            float v = ((column[1] - column[0]) * (py - row[0]) - (row[1] - row[0]) * (px - column[0])) / area;
            /* A texel beyond the edge too, so that none is left between triangles. */
            if (u < -.05f || v < -.05f || u + v > 1.05f)
                continue;
            struct avt_point3 q = avt_vec_along(avt_vec_along(p[0], u, avt_vec_sub(p[1], p[0])), v,
                                                avt_vec_sub(p[2], p[0]));
            float radius = hypotf(q.x, q.z - AVT_SKIN_AXIS_CM);
            size_t at = (size_t)y * AVT_SKIN_COLUMNS + (size_t)((x + AVT_SKIN_COLUMNS) % AVT_SKIN_COLUMNS);
            if (radius > ground->radius[at]) {
                ground->radius[at] = radius;
                ground->at[at] = q;
            }
        }
}

/* What no triangle covers takes what is beside it, so that sampling near an edge finds skin. */
static void fill_gaps(const struct ground *ground)
{
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < AVT_SKIN_ROWS * AVT_SKIN_COLUMNS; i++) {
            int at = pass ? AVT_SKIN_ROWS * AVT_SKIN_COLUMNS - 1 - i : i, next = pass ? at + 1 : at - 1;
            if (ground->radius[at] < 0 && next >= 0 && next < AVT_SKIN_ROWS * AVT_SKIN_COLUMNS &&
                ground->radius[next] >= 0) {
                ground->at[at] = ground->at[next];
                ground->radius[at] = 0;
            }
        }
}

/* ---- the map ------------------------------------------------------------------------------------ */

struct painting {
    const struct avt_skin_marks *marks;
    struct ground ground;
    struct avt_skin_map *map;
    float *relief; /* [rows, columns] cm */
};

static uint8_t byte_of(float x)
{
    return (uint8_t)(avt_min(avt_max(x, 0), 1) * 255 + .5f);
}

/* Beyond this angle from the front, as a share of a half turn, nobody looks: one texel is painted for as many along and
 * down. Whole blocks of them are in the rows that a worker takes at once. */
#define BEHIND .68f
enum { COARSE = 4, ROWS_AT_ONCE = 2 * COARSE };

static bool is_behind(int column)
{
    return abs(2 * column + 1 - AVT_SKIN_COLUMNS) > (int)(BEHIND * AVT_SKIN_COLUMNS);
}

static void paint_rows(void *user, int worker, int first, int end)
{
    (void)worker;
    struct painting *painting = user;
    for (int row = first; row < end; row++)
        for (int column = 0; column < AVT_SKIN_COLUMNS; column++) {
            size_t at = (size_t)row * AVT_SKIN_COLUMNS + (size_t)column;
            if (painting->ground.radius[at] < 0)
                continue;
            int corner = column - column % COARSE;
            size_t from = (size_t)(row - row % COARSE) * AVT_SKIN_COLUMNS + (size_t)corner;
            if (from != at && is_behind(column) && is_behind(corner) && painting->ground.radius[from] >= 0) {
                painting->map->texels[at] = painting->map->texels[from];
                painting->relief[at] = painting->relief[from];
                continue;
            }
            struct avt_skin_spot spot;
            avt_skin_spot(painting->marks, painting->ground.at[at], painting->map->tone, &spot);
            struct avt_skin_texel *texel = &painting->map->texels[at];
            for (int c = 0; c < 3; c++)
                texel->albedo[c] = byte_of(sqrtf(avt_max(spot.albedo[c], 0)));
            texel->oil = byte_of(spot.oil);
            texel->lip = byte_of(spot.lip);
            texel->across = texel->up = 128;
            painting->relief[at] = spot.relief;
        }
}

static uint8_t slope_of(float rise, float run_cm)
{
    return (uint8_t)(128 + lrintf(avt_min(avt_max(rise / run_cm / AVT_SKIN_SLOPE, -1), 1) * 127));
}

static void slope_rows(void *user, int worker, int first, int end)
{
    (void)worker;
    struct painting *painting = user;
    const float step = AVT_SKIN_HEIGHT_CM / AVT_SKIN_ROWS;
    for (int row = first; row < end; row++)
        for (int column = 0; column < AVT_SKIN_COLUMNS; column++) {
            const float *line = painting->relief + (size_t)row * AVT_SKIN_COLUMNS;
            size_t at = (size_t)row * AVT_SKIN_COLUMNS + (size_t)column;
            float radius = avt_max(painting->ground.radius[at], 4);
            float across = 2 * radius * 2 * 3.14159265f / AVT_SKIN_COLUMNS;
            int left = (column + AVT_SKIN_COLUMNS - 1) % AVT_SKIN_COLUMNS, right = (column + 1) % AVT_SKIN_COLUMNS;
            float above = row ? line[column - AVT_SKIN_COLUMNS] : line[column];
            float below = row + 1 < AVT_SKIN_ROWS ? line[column + AVT_SKIN_COLUMNS] : line[column];
            struct avt_skin_texel *texel = &painting->map->texels[at];
            texel->across = slope_of(line[right] - line[left], across);
            texel->up = slope_of(above - below, 2 * step);
        }
}

void avt_skin_map_done(struct avt_skin_map *map)
{
    avt_free(map->texels);
    *map = (struct avt_skin_map){0};
}

enum avt_code avt_skin_map_make(const struct avt_bust *bust, const struct avt_attributes *attributes,
                                enum avt_look look, struct avt_crew *crew, struct avt_skin_map *ret_map,
                                struct avt_error *reterr)
{
    const size_t count = (size_t)AVT_SKIN_ROWS * AVT_SKIN_COLUMNS;
    AVT_CLEANUP(avt_freep) struct avt_point3 *at = avt_try_new0(struct avt_point3, count);
    AVT_CLEANUP(avt_freep) float *radius = avt_try_new0(float, count);
    AVT_CLEANUP(avt_freep) float *relief = avt_try_new0(float, count);
    struct avt_skin_map map = {.texels = avt_try_new0(struct avt_skin_texel, count)};
    if (!at || !radius || !relief || !map.texels) {
        avt_skin_map_done(&map);
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the skin of a presenter");
    }
    base_tone(attributes, map.tone);
    struct painting painting = {.ground = {at, radius}, .map = &map, .relief = relief};
    for (size_t i = 0; i < count; i++)
        radius[i] = -1;
    for (size_t t = 0; t < bust->skin.triangle_count; t++) {
        const uint32_t *corner = bust->skin.triangles[t];
        ground_triangle(&painting.ground, (struct avt_point3[]){bust->average[corner[0]], bust->average[corner[1]],
                                                                bust->average[corner[2]]});
    }
    fill_gaps(&painting.ground);
    struct avt_skin_marks marks;
    avt_skin_marks_make(bust, attributes, look, &marks);
    painting.marks = &marks;
    avt_crew_run(crew, paint_rows, &painting, AVT_SKIN_ROWS, ROWS_AT_ONCE);
    if (look == AVT_LOOK_REAL)
        avt_crew_run(crew, slope_rows, &painting, AVT_SKIN_ROWS, 32);
    *ret_map = map;
    return AVT_OK;
}
