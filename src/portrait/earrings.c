/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "portrait/sheet.h"
#include "portrait/vec.h"
#include "portrait/wear_parts.h"

#define PI 3.14159265f
enum { HOOP_STEPS = 40, DROP_ROWS = 12, SIDES = 14 };

/* A body of revolution around the vertical: radii and heights from below. */
static void lathe(struct avt_sheet *sheet, struct avt_point3 at, const float (*profile)[2],
                  size_t rows, float scale)
{
    uint32_t first = (uint32_t)sheet->vertex_count;
    for (size_t r = 0; r < rows; r++)
        for (int k = 0; k < SIDES; k++) {
            float turn = 2 * PI * (float)k / SIDES, far = profile[r][0] * scale;
            struct avt_sheet_vertex v = {.at = {at.x + far * sinf(turn),
                                                at.y + profile[r][1] * scale,
                                                at.z + far * cosf(turn)},
                                         .follow = 1,
                                         .shade = 1};
            avt_sheet_add(sheet, &v);
        }
    avt_sheet_grid(sheet, first, rows, SIDES, true);
}

static void ball(struct avt_sheet *sheet, struct avt_point3 at, float radius)
{
    float profile[9][2];
    for (int i = 0; i < 9; i++) {
        float turn = PI * (float)i / 8;
        profile[i][0] = fmaxf(sinf(turn), .01f);
        profile[i][1] = -cosf(turn);
    }
    lathe(sheet, at, profile, 9, radius);
}

static void hoop(struct avt_sheet *sheet, struct avt_point3 top, float side, float radius)
{
    struct avt_point3 points[HOOP_STEPS];
    float radii[HOOP_STEPS];
    /* It hangs across the lobe, turned a little to the front. */
    struct avt_point3 across = avt_vec_unit((struct avt_point3){.55f * side, 0, .84f});
    for (int i = 0; i < HOOP_STEPS; i++) {
        float turn = 2 * PI * (float)i / HOOP_STEPS;
        points[i] = avt_vec_along(top, radius * sinf(turn), across);
        points[i].y += radius * (cosf(turn) - 1);
        radii[i] = .085f + .03f * (1 - cosf(turn));
    }
    struct avt_sheet_path path = {
        .points = points, .radii = radii, .count = HOOP_STEPS, .sides = 9, .around = true};
    avt_sheet_tube(sheet, &path);
}

/* Where the lobe's front is, a little above its lowest point. */
static struct avt_point3 pierced(const struct avt_bust *bust, int side, float scale)
{
    struct avt_point3 lobe = bust->ear_lobes[side], best = lobe;
    float far = -1e9f, sign = side ? 1 : -1;
    for (size_t i = 0; i < bust->skin.vertex_count; i++) {
        struct avt_point3 p = bust->skin.points[i], d = avt_vec_sub(p, lobe);
        if (fabsf(d.y - .45f * scale) > .3f * scale || fabsf(d.x) > .8f || fabsf(d.z) > .9f)
            continue;
        float out = .75f * sign * d.x + .65f * d.z - .5f * fabsf(d.y - .45f * scale);
        if (out > far) {
            far = out;
            best = p;
        }
    }
    return best;
}

void avt_earrings_make(const struct avt_bust *bust, const struct avt_attributes *attributes,
                       struct avt_wear *wear)
{
    static const float GOLD[3] = {.78f, .50f, .18f}, SILVER[3] = {.72f, .73f, .75f};
    static const float STONES[4][3] = {
        {.86f, .82f, .76f}, {.03f, .10f, .30f}, {.02f, .22f, .12f}, {.35f, .03f, .06f}};
    static const float DROP[][2] = {{.02f, -1.55f}, {.16f, -1.5f}, {.29f, -1.36f},
                                    {.35f, -1.15f}, {.32f, -.95f}, {.22f, -.70f},
                                    {.11f, -.5f},   {.06f, -.38f}, {.02f, -.3f}};
    if (attributes->earrings <= AVT_EARRINGS_NONE || attributes->earrings >= AVT_EARRINGS_COUNT)
        return;
    struct avt_rng rng;
    avt_rng_init(&rng, attributes->seed ^ 0x65617272696e6773u);
    bool gold = avt_rng_u32(&rng) % 2;
    const float *stone = STONES[avt_rng_u32(&rng) % 4];
    struct avt_material metal = {.stuff = AVT_STUFF_METAL}, gem = {.stuff = AVT_STUFF_PLASTIC};
    memcpy(metal.colour, gold ? GOLD : SILVER, sizeof(metal.colour));
    memcpy(gem.colour, stone, sizeof(gem.colour));
    float scale = bust->head_width / 15.5f;
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet metals = {0}, gems = {0};
    for (int side = 0; side < 2; side++) {
        struct avt_point3 at = pierced(bust, side, scale);
        float sign = side ? 1 : -1;
        if (attributes->earrings == AVT_EARRINGS_STUDS) {
            ball(&metals, avt_vec_along(at, .10f, (struct avt_point3){.75f * sign, 0, .65f}),
                 .26f * scale);
        } else if (attributes->earrings == AVT_EARRINGS_HOOPS) {
            hoop(&metals, avt_vec_along(at, .1f, (struct avt_point3){.5f * sign, -.5f, .3f}), sign,
                 1.35f * scale);
        } else {
            ball(&metals, avt_vec_along(at, .08f, (struct avt_point3){.75f * sign, 0, .65f}),
                 .17f * scale);
            struct avt_point3 hang =
                avt_vec_along(at, .22f, (struct avt_point3){.75f * sign, -.5f, .65f});
            struct avt_point3 wire[2] = {hang, {hang.x, hang.y - .45f * scale, hang.z}};
            static const float THIN[2] = {.04f, .04f};
            struct avt_sheet_path path = {.points = wire, .radii = THIN, .count = 2, .sides = 6};
            avt_sheet_tube(&metals, &path);
            lathe(&gems, hang, DROP, sizeof(DROP) / sizeof(DROP[0]), scale);
        }
    }
    avt_wear_add(wear, &metals, &metal);
    avt_wear_add(wear, &gems, &gem);
}
