/* SPDX-License-Identifier: Apache-2.0 */
/* A disc of one colour before another stands for the person; a blurred disc for what the network makes of it. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/cutout.h"
#include "dsp/cutout_parts.h"

static const uint8_t person[3] = {60, 40, 30}, ground[3] = {200, 205, 190};

static struct avt_image *picture(int width, int height)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(width, height, &image, NULL), AVT_OK);
    return image;
}

/* How much of a pixel lies in the disc that takes 60 % of the picture's height. */
static double cover(int x, int y, int width, int height)
{
    return fmin(1, fmax(0, .3 * height - hypot(x + .5 - width / 2., y + .5 - height / 2.) + .5));
}

/* @param grain  Another one for each number. */
static struct avt_image *grainy_disc(int width, int height, int grain)
{
    struct avt_image *image = picture(width, height);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            uint8_t *p = avt_image_row(image, y) + 4 * x;
            double part = cover(x, y, width, height);
            for (int c = 0; c < 3; c++)
                p[c] = (uint8_t)lrint(part * person[c] + (1 - part) * ground[c] + (x * 7 + y * 5 + grain * 3) % 5 - 2);
            p[3] = 255;
        }
    }
    return image;
}

static struct avt_image *disc(int width, int height)
{
    return grainy_disc(width, height, 0);
}

/* Soft, two pixels too large, and wavy. */
static void rough(struct avt_share *share)
{
    share->reach = 4;
    for (int y = 0; y < share->height; y++) {
        for (int x = 0; x < share->width; x++) {
            double dx = x + .5 - share->width / 2., dy = y + .5 - share->height / 2.;
            double outside = hypot(dx, dy) - .3 * share->height - 2 - sin(9 * atan2(dy, dx));
            share->values[y * share->width + x] = (float)(1 / (1 + exp(outside / 2)));
        }
    }
}

static void cutout__finds_the_edge_and_frees_it_of_the_ground(void **state)
{
    (void)state;
    static const int sizes[][2] = {{200, 160}, {161, 121}, {2000, 1500} /* more than is looked at */};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        int width = sizes[i][0], height = sizes[i][1];
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = disc(width, height), *behind = NULL;
        AVT_CLEANUP(avt_share_done) struct avt_share share = {0};
        assert_int_equal(avt_share_init(width, height, &share, NULL), AVT_OK);
        assert_true((long long)share.width * share.height <= AVT_CUTOUT_PIXELS_MAX);
        rough(&share);
        assert_int_equal(avt_cutout(image, &share, &behind, NULL), AVT_OK);
        double off = 0;
        long long edge = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                const uint8_t *p = avt_image_row(image, y) + 4 * x;
                double part = cover(x, y, width, height);
                if (part == 0 || part == 1) {
                    double away = fabs(hypot(x + .5 - width / 2., y + .5 - height / 2.) - .3 * height);
                    if (away > 6 * fmax(1, (double)width / share.width))
                        assert_in_range(p[3], part == 0 ? 0 : 229, part == 0 ? 26 : 255);
                } else {
                    off += fabs(p[3] / 255. - part);
                    edge++;
                }
                /* The person's colour at the edge and everywhere beyond it. */
                for (int c = 0; c < 3; c++)
                    if (abs(p[c] - person[c]) * p[3] > 255 * 25 || abs(p[c] - person[c]) > 80)
                        fail_msg("%d, %d: %d with alpha %d", x, y, p[c], p[3]);
            }
        }
        if (off / (double)edge > .15)
            fail_msg("%d x %d: the edge is %.2f off", width, height, off / (double)edge);
        for (int y = 0; y < behind->height; y += 3) {
            for (int x = 0; x < behind->width; x += 3) {
                const uint8_t *p = avt_image_row(behind, y) + 4 * x;
                assert_int_equal(p[3], 255);
                for (int c = 0; c < 3; c++)
                    assert_in_range(p[c], ground[c] - 14, ground[c] + 14);
            }
        }
    }
}

/* One of a clip: as exact as one picture, and a rough edge that boils is not seen in the fine one. */
static void cutter__holds_still_what_does_and_follows_what_moves(void **state)
{
    (void)state;
    enum { WIDTH = 800, HEIGHT = 600, FRAMES = 6, CUT = 4 };
    AVT_CLEANUP(avt_cutter_freep) struct avt_cutter *cutter = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *before = NULL;
    assert_int_equal(avt_cutter_new(WIDTH, HEIGHT, &cutter, NULL), AVT_OK);
    struct avt_share *share = avt_cutter_share(cutter);
    assert_true(share->width * share->height <= AVT_CUTTER_PIXELS_MAX);
    for (int frame = 0; frame < FRAMES; frame++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL, *half = picture(WIDTH / 2, HEIGHT / 2);
        AVT_CLEANUP(avt_image_freep) struct avt_image *behind = NULL;
        double x0 = frame < CUT ? WIDTH / 2. : WIDTH / 4.;
        image = grainy_disc(frame < CUT ? WIDTH : WIDTH / 2, HEIGHT, frame);
        if (frame >= CUT) { /* elsewhere: to the left, nothing to the right */
            struct avt_image *wide = picture(WIDTH, HEIGHT);
            for (int y = 0; y < HEIGHT; y++) {
                memcpy(avt_image_row(wide, y), avt_image_row(image, y), 4 * WIDTH / 2);
                for (int x = WIDTH / 2; x < WIDTH; x++)
                    memcpy(avt_image_row(wide, y) + 4 * x, avt_image_row(image, y), 4);
            }
            avt_image_free(image);
            image = wide;
        }
        avt_image_halve(image, half);
        double scale = (double)share->height / HEIGHT;
        share->reach = 4;
        for (int i = 0; i < share->width * share->height; i++) {
            double dx = i % share->width + .5 - scale * x0, dy = i / share->width + .5 - share->height / 2.;
            double outside = hypot(dx, dy) - .3 * share->height - 2 * sin(9 * atan2(dy, dx) + 2 * frame);
            share->values[i] = (float)(1 / (1 + exp(outside / 2)));
        }
        assert_int_equal(avt_cutter_run(cutter, half, image, &behind, NULL), AVT_OK);
        double off = 0, change = 0;
        long long edge = 0;
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                double part = cover(x + (int)(WIDTH / 2. - x0), y, WIDTH, HEIGHT);
                double away = fabs(hypot(x + .5 - x0, y + .5 - HEIGHT / 2.) - .3 * HEIGHT);
                const uint8_t *p = avt_image_row(image, y) + 4 * x;
                if (away > 40)
                    assert_int_equal(p[3], part > 0 ? 255 : 0);
                if (away > 3)
                    continue;
                off += fabs(p[3] / 255. - part);
                change += before ? abs(p[3] - avt_image_row(before, y)[4 * x + 3]) : 0;
                edge++;
            }
        }
        if (off / (double)edge > .12 || (frame > 0 && frame < CUT && change / (double)edge > 4))
            fail_msg("frame %d: %.3f off, %.2f changed", frame, off / (double)edge, change / (double)edge);
        const uint8_t *filled = avt_image_row(behind, share->height / 2) + 4 * (size_t)(scale * x0);
        assert_in_range(filled[0], ground[0] - 14, ground[0] + 14);
        avt_image_free(before);
        before = AVT_TAKE(image);
    }
}

/* Where person and ground look alike the network's word counts, and nothing is lost. */
static void cutout__without_contrast(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = picture(200, 160);
    AVT_CLEANUP(avt_share_done) struct avt_share share = {0};
    for (int y = 0; y < 160; y++)
        memset(avt_image_row(image, y), 90, 4 * 200);
    assert_int_equal(avt_share_init(200, 160, &share, NULL), AVT_OK);
    rough(&share);
    assert_int_equal(avt_cutout(image, &share, NULL, NULL), AVT_OK);
    for (int y = 0; y < 160; y++) {
        for (int x = 0; x < 200; x++) {
            double away = hypot(x + .5 - 100, y + .5 - 80) - .3 * 160 - 3;
            const uint8_t *p = avt_image_row(image, y) + 4 * x;
            if (fabs(away) > 9)
                assert_int_equal(p[3], away < 0 ? 255 : 0);
            assert_in_range(p[0], 89, 91);
        }
    }
}

static void cutout__all_or_nothing(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = disc(64, 48), *behind = NULL;
        AVT_CLEANUP(avt_share_done) struct avt_share share = {0};
        assert_int_equal(avt_share_init(64, 48, &share, NULL), AVT_OK);
        for (int i = 0; i < 64 * 48; i++)
            share.values[i] = (float)all;
        assert_int_equal(avt_cutout(image, &share, &behind, NULL), AVT_OK);
        for (int i = 0; i < 48; i++)
            assert_int_equal(avt_image_row(image, i)[4 * i + 3], 255 * all);
    }
}

static void spread__reaches_everything(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = picture(75, 33), *out = picture(75, 33);
    AVT_CLEANUP(avt_freep) uint8_t *weight = avt_new0(uint8_t, 75 * 33);
    memcpy(avt_image_row(image, 20) + 4 * 10, (uint8_t[]){250, 100, 50, 7}, 4);
    weight[20 * 75 + 10] = 255;
    assert_int_equal(avt_spread_colours(image, weight, out, NULL), AVT_OK);
    for (int i = 0; i < 33; i++)
        assert_memory_equal(avt_image_row(out, i) + 8 * i, ((uint8_t[]){250, 100, 50, 255}), 4);
    /* What is known stays, and what lies between two is of both. */
    memcpy(avt_image_row(image, 20) + 4 * 50, (uint8_t[]){50, 200, 250, 7}, 4);
    weight[20 * 75 + 50] = 255;
    assert_int_equal(avt_spread_colours(image, weight, out, NULL), AVT_OK);
    assert_memory_equal(avt_image_row(out, 20) + 4 * 50, ((uint8_t[]){50, 200, 250, 255}), 4);
    assert_in_range(avt_image_row(out, 20)[4 * 30], 60, 240);
}

static void guided__follows_the_picture(void **state)
{
    (void)state;
    enum { SIDE = 40 };
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = picture(SIDE, SIDE);
    static float values[SIDE * SIDE];
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            memset(avt_image_row(image, y) + 4 * x, x < 20 ? 30 : 220, 3);
            values[y * SIDE + x] = x < 17 ? 1 : x < 23 ? (float)(23 - x) / 6 : 0;
        }
    }
    assert_int_equal(avt_guided_filter(image, 4, values, NULL), AVT_OK);
    for (int y = 0; y < SIDE; y++) {
        assert_true(values[y * SIDE + 19] > .75f && values[y * SIDE + 20] < .25f);
        assert_true(values[y * SIDE] > .999f && values[y * SIDE + SIDE - 1] < .001f);
    }
}

static void lay__is_the_mean_by_alpha(void **state)
{
    (void)state;
    enum { WIDE = 259, HIGH = 3 }; /* every alpha, and an odd end */
    AVT_CLEANUP(avt_image_freep) struct avt_image *top = picture(WIDE, HIGH);
    AVT_CLEANUP(avt_image_freep) struct avt_image *under = picture(WIDE + 10, HIGH + 4);
    AVT_CLEANUP(avt_image_freep) struct avt_image *out = picture(WIDE + 10, HIGH + 4);
    for (int y = 0; y < under->height; y++)
        for (int x = 0; x < under->width; x++)
            memcpy(avt_image_row(under, y) + 4 * x, (uint8_t[]){(uint8_t)(37 * x + y), (uint8_t)(91 * x), 255, 255}, 4);
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++)
            memcpy(avt_image_row(top, y) + 4 * x, (uint8_t[]){(uint8_t)(53 * x), (uint8_t)(x * x), 0, (uint8_t)x}, 4);
    avt_lay_over(top, under, 7, 2, out);
    for (int y = 0; y < HIGH; y++) {
        for (int x = 0; x < WIDE; x++) {
            const uint8_t *a = avt_image_row(top, y) + 4 * x, *b = avt_image_row(under, y + 2) + 4 * (x + 7);
            const uint8_t *o = avt_image_row(out, y + 2) + 4 * (x + 7);
            for (int c = 0; c < 3; c++)
                assert_int_equal(o[c], (2 * (a[c] * a[3] + b[c] * (255 - a[3])) + 255) / 510);
            assert_int_equal(o[3], 255);
        }
    }
    assert_int_equal(avt_image_row(out, 2)[4 * 6 + 3], 0); /* beside it nothing */
    /* Into itself. */
    AVT_CLEANUP(avt_image_freep) struct avt_image *own = NULL;
    assert_int_equal(avt_image_copy(under, &own, NULL), AVT_OK);
    for (int x = 0; x < own->width; x++)
        avt_image_row(own, 1)[4 * x + 3] = 0;
    avt_lay_over(own, under, 0, 0, own);
    assert_memory_equal(avt_image_row(own, 1), avt_image_row(under, 1), 4 * WIDE);
}

static void pixel__on_what_may_be_transparent(void **state)
{
    (void)state;
    static const struct {
        uint8_t pixel[4];
        unsigned alpha;
        uint8_t want[4];
    } rows[] = {
        {{9, 9, 9, 0}, 0, {9, 9, 9, 0}},           {{9, 9, 9, 0}, 255, {200, 100, 0, 255}},
        {{9, 9, 9, 0}, 128, {200, 100, 0, 128}},   {{100, 100, 100, 255}, 128, {150, 100, 50, 255}},
        {{0, 0, 0, 128}, 128, {133, 67, 0, 192}},  {{50, 60, 70, 200}, 0, {50, 60, 70, 200}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint8_t pixel[4];
        memcpy(pixel, rows[i].pixel, 4);
        avt_lay_pixel(pixel, (uint8_t[]){200, 100, 0}, rows[i].alpha);
        for (int c = 0; c < 4; c++)
            if (abs(pixel[c] - rows[i].want[c]) > 1)
                fail_msg("row %zu: %d %d %d %d", i, pixel[0], pixel[1], pixel[2], pixel[3]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cutout__finds_the_edge_and_frees_it_of_the_ground),
        cmocka_unit_test(cutter__holds_still_what_does_and_follows_what_moves),
        cmocka_unit_test(cutout__without_contrast),
        cmocka_unit_test(cutout__all_or_nothing),
        cmocka_unit_test(spread__reaches_everything),
        cmocka_unit_test(guided__follows_the_picture),
        cmocka_unit_test(lay__is_the_mean_by_alpha),
        cmocka_unit_test(pixel__on_what_may_be_transparent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
