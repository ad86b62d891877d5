/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/estimate.h"
#include "pipeline/plan.h"

static void size__is_source_or_even_sides(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        enum avt_code code;
        int width, height;
    } rows[] = {
        {"source", AVT_OK, 0, 0},       {"1280x720", AVT_OK, 1280, 720},
        {"720X1280", AVT_OK, 720, 1280}, {"1280", AVT_EINVAL, 0, 0},
        {"1281x720", AVT_EINVAL, 0, 0}, {"0x0", AVT_EINVAL, 0, 0},
        {"1280x720x3", AVT_EINVAL, 0, 0}, {"-2x-2", AVT_EINVAL, 0, 0},
        {"99999x720", AVT_EINVAL, 0, 0}, {"", AVT_EINVAL, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int width = -1, height = -1;
        struct avt_error error = {0};
        assert_int_equal(avt_size_parse(rows[i].spec, &width, &height, &error), rows[i].code);
        if (rows[i].code == AVT_OK) {
            assert_int_equal(width, rows[i].width);
            assert_int_equal(height, rows[i].height);
        }
    }
}

static void background__words_colours_and_files(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        enum avt_code code;
        enum avt_background_kind kind;
        const char *says;
    } rows[] = {
        {"keep", AVT_OK, AVT_BACKGROUND_KEEP, NULL},
        {"blur", AVT_OK, AVT_BACKGROUND_BLUR, NULL},
        {"transparent", AVT_OK, AVT_BACKGROUND_TRANSPARENT, NULL},
        {"#1a6b3c", AVT_OK, AVT_BACKGROUND_COLOUR, NULL},
        {"White", AVT_OK, AVT_BACKGROUND_COLOUR, NULL},
        {"/dev/null", AVT_OK, AVT_BACKGROUND_PICTURE, NULL}, /* there; what it holds is found out later */
        {"none.png", AVT_ENOENT, 0, "none.png"},
        {"foggy", AVT_EINVAL, 0, "foggy"},
        {"#12345", AVT_EINVAL, 0, "white"},
        {"", AVT_EINVAL, 0, "keep, blur, transparent"},
        {NULL, AVT_EINVAL, 0, "keep, blur, transparent"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_background background = {0};
        struct avt_error error = {0};
        assert_int_equal(avt_background_parse(rows[i].spec, &background, &error), rows[i].code);
        if (rows[i].code == AVT_OK)
            assert_int_equal(background.kind, rows[i].kind);
        else
            assert_non_null(strstr(error.message, rows[i].says));
    }
    struct avt_background green;
    assert_int_equal(avt_background_parse("#1a6b3c", &green, NULL), AVT_OK);
    assert_memory_equal(green.colour, ((uint8_t[]){0x1a, 0x6b, 0x3c}), 3);
}

static void layout__fits_and_keeps_the_face(void **state)
{
    (void)state;
    struct avt_face face = {.box = {700, 100, 200, 200}};
    struct avt_frame_layout layout;
    avt_frame_layout_make(2000, 1001, &face, AVT_FIT_COVER, 0, 0, 1280, &layout);
    assert_int_equal(layout.out_width, 1280);
    assert_int_equal(layout.out_height, 640);
    assert_true(layout.width == 2000 && layout.height == 1001);
    avt_frame_layout_make(301, 203, &face, AVT_FIT_COVER, 0, 0, 1280, &layout);
    assert_int_equal(layout.out_width % 2, 0);
    assert_int_equal(layout.out_height % 2, 0);

    static const int wants[][2] = {{1280, 720}, {720, 1280}, {512, 512}, {3840, 64}};
    for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
        avt_frame_layout_make(2000, 1000, &face, AVT_FIT_COVER, wants[i][0], wants[i][1], 1280,
                              &layout);
        assert_int_equal(layout.out_width, wants[i][0]);
        assert_true(layout.x >= 0 && layout.x + layout.width <= 2000 + 1e-6);
        assert_true(layout.y >= 0 && layout.y + layout.height <= 1000 + 1e-6);
        /* No bars, no stretching. */
        assert_true(fabs(layout.width / layout.height - (double)wants[i][0] / wants[i][1]) < 1e-6);
    }
    avt_frame_layout_make(2000, 1000, &face, AVT_FIT_COVER, 720, 1280, 1280, &layout);
    assert_true(layout.x <= 700 && layout.x + layout.width >= 900);
}

static void layout__contain_shows_all_in_the_middle(void **state)
{
    (void)state;
    static const struct {
        int width, height, want_width, want_height, in_width, in_height;
    } rows[] = {
        {500, 500, 1280, 720, 720, 720}, {500, 500, 720, 1280, 720, 720},
        {1600, 900, 640, 640, 640, 360}, {900, 1600, 640, 640, 360, 640},
        {1280, 720, 640, 360, 640, 360}, /* the same shape: no bars */
        {3000, 1, 640, 640, 640, 2},     {300, 200, 0, 0, 300, 200},
    };
    const struct avt_face face = {.box = {10, 10, 100, 100}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_frame_layout layout;
        avt_frame_layout_make(rows[i].width, rows[i].height, &face, AVT_FIT_CONTAIN,
                              rows[i].want_width, rows[i].want_height, 1280, &layout);
        assert_true(layout.x == 0 && layout.y == 0);
        assert_true(layout.width == rows[i].width && layout.height == rows[i].height);
        assert_int_equal(layout.in_width, rows[i].in_width);
        assert_int_equal(layout.in_height, rows[i].in_height);
        assert_int_equal(layout.in_x, (layout.out_width - layout.in_width) / 2);
        assert_int_equal(layout.in_y, (layout.out_height - layout.in_height) / 2);
        if (rows[i].want_width > 0)
            assert_int_equal(layout.out_width, rows[i].want_width);
    }
}

static void layout__face_is_head_and_shoulders(void **state)
{
    (void)state;
    /* A small face somewhere in a large picture, at every shape; the last: in the source's. */
    static const int wants[][2] = {{1280, 720}, {1080, 1920}, {1080, 1080}, {0, 0}};
    static const float places[][2] = {{900, 600}, {0, 0}, {1900, 0}, {1900, 1400}};
    for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
        for (size_t j = 0; j < sizeof(places) / sizeof(*places); j++) {
            const struct avt_face face = {.box = {places[j][0], places[j][1], 100, 100}};
            struct avt_frame_layout layout;
            avt_frame_layout_make(2000, 1500, &face, AVT_FIT_FACE, wants[i][0], wants[i][1], 1280,
                                  &layout);
            double aspect = wants[i][0] ? (double)wants[i][0] / wants[i][1] : 2000. / 1500;
            assert_true(fabs(layout.width / layout.height - aspect) < 1e-6);
            assert_true(layout.height >= 300 - 1e-6 && layout.width >= 260 - 1e-6);
            assert_true(layout.height <= 300 + 1e-6 || layout.width <= 260 + 1e-6);
            assert_true(layout.x >= 0 && layout.x + layout.width <= 2000 + 1e-6);
            assert_true(layout.y >= 0 && layout.y + layout.height <= 1500 + 1e-6);
            assert_true(layout.x <= places[j][0] && layout.y <= places[j][1]);
            assert_true(layout.x + layout.width >= places[j][0] + 100);
            assert_true(layout.y + layout.height >= places[j][1] + 100);
            assert_int_equal(layout.in_width, layout.out_width);
            assert_int_equal(layout.in_height, layout.out_height);
            if (!wants[i][0]) /* its own pixels */
                assert_int_equal(layout.out_height, 300);
        }
    }
    /* A face that fills its picture: there is no more of it than --fit cover shows. */
    const struct avt_face close = {.box = {100, 100, 400, 400}};
    struct avt_frame_layout face, cover;
    avt_frame_layout_make(600, 600, &close, AVT_FIT_FACE, 1280, 720, 1280, &face);
    avt_frame_layout_make(600, 600, &close, AVT_FIT_COVER, 1280, 720, 1280, &cover);
    assert_memory_equal(&face, &cover, sizeof(face));
}

static void layout__moves_the_landmarks_with_the_picture(void **state)
{
    (void)state;
    struct avt_image *picture = NULL, *out = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_image_new(400, 200, &picture, &error), AVT_OK);
    struct avt_face face = {.box = {150, 50, 40, 40}, .eye_distance = 20}, moved;
    face.mesh[7] = (struct avt_point3){200, 100, -10};
    struct avt_frame_layout layout = {.x = 100, .y = 0, .width = 200, .height = 200,
                                      .out_width = 300, .out_height = 100,
                                      .in_width = 100, .in_height = 100};
    assert_int_equal(avt_frame_layout_apply(&layout, picture, &face, &out, &moved, &error), AVT_OK);
    assert_int_equal(out->width, 100);
    assert_float_equal(moved.mesh[7].x, 50, 1e-4);
    assert_float_equal(moved.mesh[7].y, 50, 1e-4);
    assert_float_equal(moved.mesh[7].z, -5, 1e-4);
    assert_float_equal(moved.eye_distance, 10, 1e-4);
    assert_float_equal(moved.box.x, 25, 1e-4);
    avt_image_free(picture);
    avt_image_free(out);
}

static void estimate__scales_with_work(void **state)
{
    (void)state;
    struct avt_rates rates;
    avt_rates_load("/no/such/folder", &rates);
    assert_int_equal(rates.runs, 0);
    assert_true(avt_rates_duration(&rates, 300, 1) > avt_rates_duration(&rates, 100, 1));
    assert_true(avt_rates_duration(&rates, 300, 2) < avt_rates_duration(&rates, 300, 1));
    struct avt_plan plan = {.quality = AVT_QUALITY_MEDIUM, .fps_num = 25, .fps_den = 1, .options.output = "a.mp4"};
    struct avt_estimate_facts facts = {.talking_s = 10, .width = 640, .height = 360};
    struct avt_pipeline_estimate small, large, more;
    avt_rates_estimate(&rates, &plan, &facts, &small);
    facts.width = 1280;
    facts.height = 720;
    avt_rates_estimate(&rates, &plan, &facts, &large);
    assert_int_equal(small.frames, 250);
    assert_true(large.total_s > small.total_s);
    assert_true(large.size_bytes > 2 * small.size_bytes);
    assert_true(large.stage_s[AVT_STAGE_ENCODE] > 3.9 * small.stage_s[AVT_STAGE_ENCODE]);
    /* Stills are encoded, but nobody speaks and no face is drawn. */
    plan.intro_frames = plan.outro_frames = 63;
    avt_rates_estimate(&rates, &plan, &facts, &more);
    assert_int_equal(more.frames, 250 + 2 * 63);
    assert_true(fabs(more.stage_s[AVT_STAGE_LIPSYNC] / large.stage_s[AVT_STAGE_LIPSYNC] - 1) < .01);
    assert_true(more.stage_s[AVT_STAGE_ENCODE] > 1.4 * large.stage_s[AVT_STAGE_ENCODE]);
    assert_true(fabs(more.stage_s[AVT_STAGE_SPEECH] / large.stage_s[AVT_STAGE_SPEECH] - 1) < .01);
    plan.intro_frames = plan.outro_frames = 0;
    plan.clip = true;
    avt_rates_estimate(&rates, &plan, &facts, &more);
    assert_true(more.stage_s[AVT_STAGE_LIPSYNC] > 2 * large.stage_s[AVT_STAGE_LIPSYNC]);
    plan.clip = false;
    plan.background.kind = AVT_BACKGROUND_TRANSPARENT;
    plan.options.output = "a.mov";
    avt_rates_estimate(&rates, &plan, &facts, &more);
    assert_true(more.size_bytes > 20 * large.size_bytes);
    plan.options.output = "a.gif";
    avt_rates_estimate(&rates, &plan, &facts, &more);
    assert_int_equal(more.size_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size__is_source_or_even_sides),
        cmocka_unit_test(background__words_colours_and_files),
        cmocka_unit_test(layout__fits_and_keeps_the_face),
        cmocka_unit_test(layout__contain_shows_all_in_the_middle),
        cmocka_unit_test(layout__face_is_head_and_shoulders),
        cmocka_unit_test(layout__moves_the_landmarks_with_the_picture),
        cmocka_unit_test(estimate__scales_with_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
