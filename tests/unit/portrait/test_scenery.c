/* SPDX-License-Identifier: Apache-2.0 */
/* Backgrounds: the same twice, different by kind and seed, quiet behind the head, neither black nor white. */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "portrait/scenery.h"

enum { WIDTH = 320, HEIGHT = 180, SEEDS = 3 };

static struct avt_image *drawn(int kind, int colour, int light, uint64_t seed, enum avt_look look, int width,
                               int height)
{
    struct avt_attributes attributes = {.seed = seed, .scenery = kind, .scenery_colour = colour, .light = light};
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(width, height, &image, NULL), AVT_OK);
    assert_int_equal(avt_scenery_draw(&attributes, look, image, NULL), AVT_OK);
    return image;
}

static struct avt_image *small(int kind, int colour, int light, uint64_t seed)
{
    return drawn(kind, colour, light, seed, AVT_LOOK_REAL, WIDTH, HEIGHT);
}

/* Mean difference of bytes. */
static double distance(const struct avt_image *a, const struct avt_image *b)
{
    double sum = 0;
    for (int y = 0; y < a->height; y++) {
        for (int x = 0; x < 4 * a->width; x++)
            sum += abs(avt_image_row(a, y)[x] - avt_image_row(b, y)[x]);
    }
    return sum / (3.0 * a->width * a->height);
}

static double luma(const uint8_t *p)
{
    return .2126 * p[0] + .7152 * p[1] + .0722 * p[2];
}

/* Mean over a part, by shares of the sides. */
static double brightness(const struct avt_image *image, double left, double top, double right, double bottom)
{
    double sum = 0, count = 0;
    for (int y = (int)(top * image->height); y < (int)(bottom * image->height); y++) {
        for (int x = (int)(left * image->width); x < (int)(right * image->width); x++, count++)
            sum += luma(avt_image_row(image, y) + 4 * x);
    }
    return sum / count;
}

/* Mean change over 6 pixels, so that grain does not count. */
static double unrest(const struct avt_image *image, double left, double right)
{
    double sum = 0, count = 0;
    for (int y = image->height / 20; y < image->height * 6 / 10; y++) {
        for (int x = (int)(left * image->width); x < (int)(right * image->width) - 6; x++, count++) {
            const uint8_t *p = avt_image_row(image, y) + 4 * x;
            sum += fabs(luma(p + 24) - luma(p)) + fabs(luma(p + 6 * image->stride) - luma(p));
        }
    }
    return sum / count;
}

static void scenery__is_the_same_each_time(void **state)
{
    (void)state;
    for (int kind = 0; kind < AVT_SCENERY_COUNT; kind++) {
        for (int look = 0; look < AVT_LOOK_COUNT; look++) {
            AVT_CLEANUP(avt_image_freep) struct avt_image *a = drawn(kind, kind, 0, 5, (enum avt_look)look, 160, 120);
            AVT_CLEANUP(avt_image_freep) struct avt_image *b = drawn(kind, kind, 0, 5, (enum avt_look)look, 160, 120);
            assert_memory_equal(a->pixels, b->pixels, a->stride * 120);
            for (int x = 3; x < 4 * 160; x += 4)
                assert_int_equal(avt_image_row(a, 60)[x], 255);
        }
    }
}

static void seeds__change_what_is_there(void **state)
{
    (void)state;
    for (int kind = AVT_SCENERY_STUDIO; kind < AVT_SCENERY_COUNT; kind++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *a = small(kind, AVT_PAINT_BEIGE, 0, 1);
        AVT_CLEANUP(avt_image_freep) struct avt_image *b = small(kind, AVT_PAINT_BEIGE, 0, 2);
        if (distance(a, b) < 3)
            fail_msg("kind %d: seeds differ by %.2f", kind, distance(a, b));
    }
}

static void kinds__are_told_apart(void **state)
{
    (void)state;
    struct avt_image *images[AVT_SCENERY_COUNT];
    for (int kind = 0; kind < AVT_SCENERY_COUNT; kind++)
        images[kind] = small(kind, AVT_PAINT_GREY, AVT_LIGHT_SOFT, 3);
    for (int a = 0; a < AVT_SCENERY_COUNT; a++) {
        for (int b = 0; b < a; b++) {
            if (distance(images[a], images[b]) < 8)
                fail_msg("kinds %d and %d differ by %.2f", a, b, distance(images[a], images[b]));
        }
    }
    for (int kind = 0; kind < AVT_SCENERY_COUNT; kind++)
        avt_image_free(images[kind]);
}

static void colour_and_light__are_seen(void **state)
{
    (void)state;
    for (int kind = 0; kind < AVT_SCENERY_COUNT; kind++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *a = small(kind, AVT_PAINT_BURGUNDY, AVT_LIGHT_SOFT, 1);
        AVT_CLEANUP(avt_image_freep) struct avt_image *b = small(kind, AVT_PAINT_LIGHT_BLUE, AVT_LIGHT_SOFT, 1);
        if (distance(a, b) < 2)
            fail_msg("kind %d: colours differ by %.2f", kind, distance(a, b));
        struct avt_image *lit[AVT_LIGHT_COUNT];
        for (int light = 0; light < AVT_LIGHT_COUNT; light++)
            lit[light] = small(kind, AVT_PAINT_BURGUNDY, light, 1);
        for (int light = 1; light < AVT_LIGHT_COUNT; light++) {
            if (distance(lit[light], lit[light - 1]) < 4)
                fail_msg("kind %d: lights %d and %d differ by %.2f", kind, light, light - 1,
                         distance(lit[light], lit[light - 1]));
        }
        double soft = brightness(lit[AVT_LIGHT_SOFT], 0, 0, 1, 1),
               bright = brightness(lit[AVT_LIGHT_BRIGHT], 0, 0, 1, 1);
        double dramatic = brightness(lit[AVT_LIGHT_DRAMATIC], 0, 0, 1, 1);
        if (!(bright > 1.05 * soft && dramatic < .93 * soft))
            fail_msg("kind %d: bright %.0f, soft %.0f, dramatic %.0f", kind, bright, soft, dramatic);
        for (int light = 0; light < AVT_LIGHT_COUNT; light++)
            avt_image_free(lit[light]);
    }
}

static void middle__is_calmer_than_the_sides(void **state)
{
    (void)state;
    for (int kind = AVT_SCENERY_OFFICE; kind < AVT_SCENERY_COUNT; kind++) {
        for (int seed = 0; seed < SEEDS; seed++) {
            AVT_CLEANUP(avt_image_freep) struct avt_image *image = small(kind, AVT_PAINT_BEIGE, 0, (uint64_t)seed);
            double middle = unrest(image, .4, .6), sides = .5 * (unrest(image, 0, .3) + unrest(image, .7, 1));
            if (!(middle < .85 * sides))
                fail_msg("kind %d seed %d: %.2f in the middle, %.2f at the sides", kind, seed, middle, sides);
        }
    }
}

static void brightness__leaves_room_for_dark_and_light_hair(void **state)
{
    (void)state;
    static const int colours[] = {AVT_PAINT_BLACK, AVT_PAINT_WHITE, AVT_PAINT_BLUE, AVT_PAINT_BEIGE};
    for (int kind = 0; kind < AVT_SCENERY_COUNT; kind++) {
        for (int light = 0; light < AVT_LIGHT_COUNT; light++) {
            for (int i = 0; i < 4; i++) {
                AVT_CLEANUP(avt_image_freep)
                struct avt_image *image = drawn(kind, colours[i], light, 7, AVT_LOOK_REAL, 160, 90);
                double all = brightness(image, 0, 0, 1, 1), head = brightness(image, .4, .1, .6, .6);
                if (all < 22 || all > 225 || head < 22 || head > 238)
                    fail_msg("kind %d light %d colour %d: %.0f, behind the head %.0f", kind, light, colours[i], all,
                             head);
            }
        }
    }
}

static void sizes__all_work(void **state)
{
    (void)state;
    static const int sizes[][2] = {{16, 16}, {1, 1}, {200, 3}, {3, 200}, {90, 160}, {2560, 1440}, {97, 61}};
    for (int kind = 0; kind < AVT_SCENERY_COUNT; kind++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
            if (sizes[i][0] > 2000 && kind != AVT_SCENERY_NATURE)
                continue;
            AVT_CLEANUP(avt_image_freep)
            struct avt_image *image = drawn(kind, AVT_PAINT_TEAL, AVT_LIGHT_WARM, 1,
                                            kind % 2 ? AVT_LOOK_TOON : AVT_LOOK_REAL, sizes[i][0], sizes[i][1]);
            if (sizes[i][0] >= 16 && sizes[i][1] >= 16)
                assert_true(brightness(image, 0, 0, 1, 1) > 20);
        }
    }
}

/* A wider picture of the same height shows the same in its middle. */
static void width__adds_at_the_sides(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep)
    struct avt_image *wide = drawn(AVT_SCENERY_LIBRARY, AVT_PAINT_BEIGE, 0, 1, AVT_LOOK_TOON, 320, 180);
    AVT_CLEANUP(avt_image_freep)
    struct avt_image *square = drawn(AVT_SCENERY_LIBRARY, AVT_PAINT_BEIGE, 0, 1, AVT_LOOK_TOON, 180, 180);
    double sum = 0;
    for (int y = 0; y < 180; y++) {
        for (int x = 60; x < 120; x++)
            sum += fabs(luma(avt_image_row(square, y) + 4 * x) - luma(avt_image_row(wide, y) + 4 * (x + 70)));
    }
    assert_true(sum / (180 * 60) < 12); /* exposure is measured on all of a picture */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenery__is_the_same_each_time),
        cmocka_unit_test(seeds__change_what_is_there),
        cmocka_unit_test(kinds__are_told_apart),
        cmocka_unit_test(colour_and_light__are_seen),
        cmocka_unit_test(middle__is_calmer_than_the_sides),
        cmocka_unit_test(brightness__leaves_room_for_dark_and_light_hair),
        cmocka_unit_test(sizes__all_work),
        cmocka_unit_test(width__adds_at_the_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
