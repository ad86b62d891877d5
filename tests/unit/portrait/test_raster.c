/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "portrait/raster.h"

enum { SIDE = 70 }; /* more than two tiles, and no multiple of one */

static void paint(const void *data, struct avt_batch *batch)
{
    const float *rgb = data;
    for (int i = 0; i < batch->count; i++)
        for (int c = 0; c < 3; c++)
            batch->rgb[c][i] = rgb[c] * batch->varyings[0][i];
}

static void paint_lens(const void *data, struct avt_batch *batch)
{
    (void)data;
    for (int i = 0; i < batch->count; i++) {
        batch->rgb[0][i] = batch->rgb[1][i] = batch->rgb[2][i] = 0;
        batch->pass[i] = .5f;
    }
}

static const float RED[3] = {1, 0, 0}, GREEN[3] = {0, 1, 0};
static const uint32_t CORNERS[2][3] = {{0, 1, 2}, {0, 2, 3}};
static const float WHITE[4][AVT_VARYINGS] = {{1}, {1}, {1}, {1}};

/* A square from (low, low) to (high, high), facing the viewer: counter-clockwise with y up. */
static struct avt_surface square(struct avt_seen seen[4], float low, float high, float near, const float *colour)
{
    const struct avt_seen corners[4] = {{low, high, near}, {high, high, near}, {high, low, near}, {low, low, near}};
    memcpy(seen, corners, sizeof(corners));
    return (struct avt_surface){.vertex_count = 4, .triangle_count = 2, .triangles = CORNERS, .seen = seen,
                                .varyings = WHITE, .shader = paint, .data = colour};
}

struct scene {
    struct avt_raster *raster;
    struct avt_crew *crew;
    struct avt_image *image;
    struct avt_seen seen[3][4];
};

static int begin(void **state)
{
    static struct scene scene;
    scene = (struct scene){.raster = avt_raster_new(), .crew = avt_crew_new()};
    assert_int_equal(avt_image_new(SIDE, SIDE, &scene.image, NULL), AVT_OK);
    avt_raster_begin(scene.raster, SIDE, SIDE);
    *state = &scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;
    avt_raster_free(scene->raster);
    avt_crew_free(scene->crew);
    avt_image_free(scene->image);
    return 0;
}

static const uint8_t *pixel(const struct scene *scene, int x, int y)
{
    return avt_image_row(scene->image, y) + 4 * (size_t)x;
}

static void draw(struct scene *scene, const struct avt_raster_ground *ground)
{
    assert_int_equal(avt_raster_draw(scene->raster, scene->crew, ground, scene->image, NULL), AVT_OK);
}

static void raster__edges_are_smooth_and_inside_is_whole(void **state)
{
    struct scene *scene = *state;
    struct avt_surface surface = square(scene->seen[0], 10.5f, 50.5f, 1, RED);
    avt_raster_surface(scene->raster, &surface);
    draw(scene, NULL);
    for (int i = 12; i < 49; i++) { /* along the diagonal that both triangles share, and beside it */
        assert_int_equal(pixel(scene, i, i)[3], 255);
        assert_int_equal(pixel(scene, i, 60 - i > 10 ? 60 - i : 11)[0], 255);
    }
    assert_int_equal(pixel(scene, 10, 30)[3], 128); /* half of its area */
    assert_int_equal(pixel(scene, 10, 30)[0], 255); /* straight alpha: the colour is whole */
    assert_int_equal(pixel(scene, 10, 10)[3], 64);
    assert_int_equal(pixel(scene, 5, 30)[3], 0);
    assert_int_equal(pixel(scene, 60, 60)[3], 0);
}

static void raster__the_nearer_wins_whatever_the_order(void **state)
{
    struct scene *scene = *state;
    struct avt_surface near = square(scene->seen[0], 20, 40, 2, GREEN), far = square(scene->seen[1], 10, 60, 1, RED);
    avt_raster_surface(scene->raster, &near);
    avt_raster_surface(scene->raster, &far);
    draw(scene, NULL);
    assert_int_equal(pixel(scene, 30, 30)[1], 255);
    assert_int_equal(pixel(scene, 30, 30)[0], 0);
    assert_int_equal(pixel(scene, 50, 50)[0], 255);
}

static void raster__backs_are_seen_only_if_asked(void **state)
{
    struct scene *scene = *state;
    struct avt_surface back = square(scene->seen[0], 50, 10, 1, RED); /* corners the other way round twice */
    for (int k = 0; k < 4; k++)
        scene->seen[0][k].x = SIDE - scene->seen[0][k].x;
    avt_raster_surface(scene->raster, &back);
    draw(scene, NULL);
    bool hidden = pixel(scene, 30, 30)[3] == 0;
    back.two_sided = true;
    avt_raster_begin(scene->raster, SIDE, SIDE);
    avt_raster_surface(scene->raster, &back);
    draw(scene, NULL);
    assert_true(hidden);
    assert_int_equal(pixel(scene, 30, 30)[3], 255);
}

static void raster__ground_shows_through(void **state)
{
    struct scene *scene = *state;
    static float light[SIDE * SIDE * 3];
    AVT_CLEANUP(avt_image_freep) struct avt_image *bytes = NULL;
    assert_int_equal(avt_image_new(SIDE, SIDE, &bytes, NULL), AVT_OK);
    for (int i = 0; i < SIDE * SIDE; i++) {
        light[3 * i + 2] = 1;
        memcpy(avt_image_row(bytes, i / SIDE) + 4 * (i % SIDE), "\0\0\377\377", 4);
    }
    const struct avt_raster_ground ground = {light, bytes};
    struct avt_surface surface = square(scene->seen[0], 10.5f, 50, 1, RED);
    struct avt_surface lens = square(scene->seen[1], 20, 30, 2, RED);
    lens.see_through = true;
    lens.shader = paint_lens;
    avt_raster_surface(scene->raster, &surface);
    avt_raster_surface(scene->raster, &lens);
    draw(scene, &ground);
    assert_int_equal(pixel(scene, 5, 5)[2], 255);
    assert_int_equal(pixel(scene, 5, 5)[3], 255);
    assert_int_equal(pixel(scene, SIDE - 1, 5)[2], 255); /* a tile of its own */
    assert_in_range(pixel(scene, 10, 30)[0], 187, 188); /* half the light of each, in sRGB */
    assert_in_range(pixel(scene, 10, 30)[2], 187, 188);
    assert_in_range(pixel(scene, 25, 25)[0], 187, 188); /* the lens lets half through */
    assert_int_equal(pixel(scene, 40, 40)[0], 255);
}

/* Total light of a strand is as its width says, thinner or wider than a pixel, and joints do not show. */
static void raster__strands_cover_as_they_are_wide(void **state)
{
    struct scene *scene = *state;
    const float widths[] = {.25f, 1, 3};
    for (size_t w = 0; w < 3; w++) {
        struct avt_strand_point points[8];
        for (int k = 0; k < 8; k++)
            points[k] = (struct avt_strand_point){
                .seen = {5 + 8 * (float)k, 20.2f + 2.5f * (float)k, 1}, .width = widths[w], .rgb = {1, 1, 1}};
        avt_raster_begin(scene->raster, SIDE, SIDE);
        avt_raster_strands(scene->raster,
                           &(struct avt_strand_set){.count = 1, .points = 8, .at = points, .opacity = 1});
        draw(scene, NULL);
        double sum = 0, length = 56 * sqrt(1 + 2.5 * 2.5 / 64);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                sum += pixel(scene, x, y)[3] / 255.0;
        assert_true(fabs(sum / (length * (double)widths[w]) - 1) < .12);
    }
}

static void raster__strands_are_hidden_and_sorted(void **state)
{
    struct scene *scene = *state;
    struct avt_surface wall = square(scene->seen[0], 30, 60, 1, RED);
    struct avt_strand_point points[3][2];
    const float nears[3] = {.5f, 3, 2}; /* behind the wall, before all, between */
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++)
            points[i][k] = (struct avt_strand_point){
                .seen = {5 + 55 * (float)k, 40.5f, nears[i]}, .width = 3, .rgb = {0, i == 1, i == 2}};
    avt_raster_surface(scene->raster, &wall);
    avt_raster_strands(scene->raster, &(struct avt_strand_set){.count = 3, .points = 2, .at = points[0], .opacity = 1});
    draw(scene, NULL);
    assert_int_equal(pixel(scene, 45, 40)[1], 255); /* the nearest, drawn last */
    assert_int_equal(pixel(scene, 45, 40)[2], 0);
    avt_raster_begin(scene->raster, SIDE, SIDE);
    avt_raster_surface(scene->raster, &wall);
    avt_raster_strands(scene->raster, &(struct avt_strand_set){.count = 1, .points = 2, .at = points[0], .opacity = 1});
    draw(scene, NULL);
    assert_int_equal(pixel(scene, 45, 40)[0], 255);
    assert_int_equal(pixel(scene, 20, 40)[3], 255); /* beside the wall it is seen */
}

/* What lies partly or wholly outside, or behind the viewer, does no harm. */
static void raster__outside(void **state)
{
    struct scene *scene = *state;
    struct avt_surface large = square(scene->seen[0], -1e6f, 1e6f, 1, RED);
    struct avt_surface off = square(scene->seen[1], 200, 300, 1, RED);
    struct avt_surface behind = square(scene->seen[2], 10, 20, -1, GREEN);
    struct avt_strand_point points[2] = {{.seen = {-500, 30, 2}, .width = 2, .rgb = {0, 1, 0}},
                                         {.seen = {500, 35, 2}, .width = 2, .rgb = {0, 1, 0}}};
    avt_raster_surface(scene->raster, &large);
    avt_raster_surface(scene->raster, &off);
    avt_raster_surface(scene->raster, &behind);
    avt_raster_strands(scene->raster, &(struct avt_strand_set){.count = 1, .points = 2, .at = points, .opacity = 1});
    draw(scene, NULL);
    assert_int_equal(pixel(scene, 15, 15)[0], 255);
    assert_int_equal(pixel(scene, 0, 32)[1], 255);
    assert_int_equal(pixel(scene, SIDE - 1, SIDE - 1)[0], 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(raster__edges_are_smooth_and_inside_is_whole, begin, end),
        cmocka_unit_test_setup_teardown(raster__the_nearer_wins_whatever_the_order, begin, end),
        cmocka_unit_test_setup_teardown(raster__backs_are_seen_only_if_asked, begin, end),
        cmocka_unit_test_setup_teardown(raster__ground_shows_through, begin, end),
        cmocka_unit_test_setup_teardown(raster__strands_cover_as_they_are_wide, begin, end),
        cmocka_unit_test_setup_teardown(raster__strands_are_hidden_and_sorted, begin, end),
        cmocka_unit_test_setup_teardown(raster__outside, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
