/* SPDX-License-Identifier: Apache-2.0 */
/* The inner loops that this processor is given and those for any processor give the same bits. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "portrait/laned.h"

enum { SIDE = 100, TRIANGLES = 400, STRANDS = 300, POINTS = 5 };

static float between(struct avt_rng *rng, float low, float high)
{
    return low + (high - low) * (float)avt_rng_uniform(rng);
}

static void fill(struct avt_batch *batch, struct avt_rng *rng)
{
    batch->count = AVT_BATCH - 3;
    for (int row = 0; row < AVT_VARYINGS; row++)
        for (int i = 0; i < AVT_BATCH; i++)
            batch->varyings[row][i] = row < AVT_VARY_LIT ? between(rng, -9, 9) : between(rng, 0, 1);
}

static void compare(void (*plain)(const void *, struct avt_batch *), void (*chosen)(const void *, struct avt_batch *),
                    const void *data)
{
    static struct avt_batch a, b;
    struct avt_rng rng;
    avt_rng_init(&rng, 3);
    for (int k = 0; k < 50; k++) {
        fill(&a, &rng);
        b = a;
        plain(data, &a);
        chosen(data, &b);
        for (int c = 0; c < 3; c++)
            assert_memory_equal(a.rgb[c], b.rgb[c], sizeof(float) * (size_t)a.count);
    }
}

static void laned__shaders(void **state)
{
    (void)state;
    struct avt_rng rng;
    avt_rng_init(&rng, 1);
    const size_t count = (size_t)AVT_SKIN_ROWS * AVT_SKIN_COLUMNS;
    AVT_CLEANUP(avt_freep) struct avt_skin_texel *texels = avt_try_new0(struct avt_skin_texel, count);
    assert_non_null(texels);
    for (size_t i = 0; i < count; i++) {
        uint32_t bits[2] = {avt_rng_u32(&rng), avt_rng_u32(&rng)};
        memcpy(&texels[i], bits, sizeof(bits));
    }
    const struct avt_skin_map map = {.texels = texels};
    for (int look = 0; look < AVT_LOOK_COUNT; look++) {
        struct avt_shade_scene scene = {.look = (enum avt_look)look, .camera = {0, 0, 190}, .skin = &map};
        avt_light_rig_make(AVT_LIGHT_SOFT, &scene.rig);
        compare(avt_shade_skin_plain, avt_shade_skin, &scene);
        for (int stuff = AVT_STUFF_CLOTH; stuff <= AVT_STUFF_LENS; stuff++) {
            const struct avt_shade_stuff data = {.scene = &scene, .stuff = (enum avt_stuff)stuff, .weave = .3f,
                                                 .clear = .4f, .colour = {.4f, .2f, .1f}, .seed = 7};
            compare(avt_shade_stuff_plain, avt_shade_stuff, &data);
        }
        const struct avt_shade_mouth mouth = {.scene = &scene, .part = AVT_MOUTH_TEETH, .tone = {.4f, .1f, .1f}};
        compare(avt_shade_mouth_plain, avt_shade_mouth, &mouth);
    }
}

static void paint(const void *data, struct avt_batch *batch)
{
    (void)data;
    for (int i = 0; i < batch->count; i++)
        for (int c = 0; c < 3; c++)
            batch->rgb[c][i] = batch->varyings[c][i];
}

static void laned__tiles(void **state)
{
    (void)state;
    static struct avt_seen seen[3 * TRIANGLES];
    static float varyings[3 * TRIANGLES][AVT_VARYINGS];
    static uint32_t triangles[TRIANGLES][3];
    static uint8_t even[TRIANGLES];
    static struct avt_strand_point strands[STRANDS][POINTS];
    struct avt_rng rng;
    avt_rng_init(&rng, 2);
    for (uint32_t i = 0; i < 3 * TRIANGLES; i++) {
        /* Each triangle's corners lie near each other; many share one with the triangle before. */
        float x = i % 3 ? seen[i - 1].x : between(&rng, 0, SIDE), y = i % 3 ? seen[i - 1].y : between(&rng, 0, SIDE);
        seen[i] = (struct avt_seen){x + between(&rng, -9, 9), y + between(&rng, -9, 9), between(&rng, .004f, .006f)};
        for (int k = 0; k < AVT_VARYINGS; k++)
            varyings[i][k] = between(&rng, 0, 1);
        triangles[i / 3][i % 3] = i % 3 == 0 && i > 2 && avt_rng_uniform(&rng) < .5 ? i - 1 : i;
        even[i / 3] = i % 2;
    }
    for (int i = 0; i < STRANDS; i++)
        for (int k = 0; k < POINTS; k++) {
            float x = k ? strands[i][k - 1].seen.x : between(&rng, 0, SIDE);
            float y = k ? strands[i][k - 1].seen.y : between(&rng, 0, SIDE);
            strands[i][k] = (struct avt_strand_point){
                .seen = {x + between(&rng, -8, 8), y + between(&rng, -8, 8), between(&rng, .004f, .006f)},
                .width = between(&rng, .2f, 2), .rgb = {between(&rng, 0, 1), between(&rng, 0, 1), between(&rng, 0, 1)}};
        }
    AVT_CLEANUP(avt_raster_freep) struct avt_raster *raster = avt_raster_new();
    AVT_CLEANUP(avt_crew_freep) struct avt_crew *crew = avt_crew_new();
    AVT_CLEANUP(avt_image_freep) struct avt_image *chosen = NULL, *plain = NULL;
    assert_int_equal(avt_image_new(SIDE, SIDE, &chosen, NULL), AVT_OK);
    assert_int_equal(avt_image_new(SIDE, SIDE, &plain, NULL), AVT_OK);
    avt_raster_begin(raster, SIDE, SIDE);
    avt_raster_surface(raster, &(struct avt_surface){.vertex_count = 3 * TRIANGLES, .triangle_count = TRIANGLES,
                                                     .triangles = (const uint32_t(*)[3])triangles, .even = even,
                                                     .steep = .1f, .seen = seen,
                                                     .varyings = (const float(*)[AVT_VARYINGS])varyings,
                                                     .shader = paint, .two_sided = true});
    avt_raster_strands(raster,
                       &(struct avt_strand_set){.count = STRANDS, .points = POINTS, .at = strands[0], .opacity = .8f});
    assert_int_equal(avt_raster_draw(raster, crew, NULL, chosen, NULL), AVT_OK);
    raster->image = plain; /* once more, tile by tile */
    for (int tile = 0; tile < raster->columns * raster->rows; tile++)
        avt_raster_tile_plain(raster, raster->tiles[0], tile);
    for (int y = 0; y < SIDE; y++)
        assert_memory_equal(avt_image_row(chosen, y), avt_image_row(plain, y), 4 * SIDE);
    assert_true(avt_image_row(plain, SIDE / 2)[4 * (SIDE / 2) + 3] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(laned__shaders), cmocka_unit_test(laned__tiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
