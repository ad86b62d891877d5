/* SPDX-License-Identifier: Apache-2.0 */
#include "enhance_fixture.h"

#include <math.h>

#include "face_fixture.h"
#include "lipsync/enhance_blend.h"
#include "lipsync/enhance_net.h"
#include "lipsync/enhance_place.h"
#include "lipsync/painter.h"
#include "shot_fixture.h"

enum { WIDTH = 320, HEIGHT = 300, SIDE = 96, PIXELS = SIDE * SIDE };

/* --- places --- */

/* What is published, one row for each fact. */
static void facts__of_the_template(void **state)
{
    (void)state;
    const struct {
        const char *says;
        double is, should;
    } rows[] = {
        {"template of 512 x 512", AVT_ENHANCE_TEMPLATE, 512},
        {"left eye, x", (double)avt_enhance_template[0].x, 192.98138},
        {"left eye, y", (double)avt_enhance_template[0].y, 239.94708},
        {"right eye, x", (double)avt_enhance_template[1].x, 318.90277},
        {"right eye, y", (double)avt_enhance_template[1].y, 240.1936},
        {"nose, x", (double)avt_enhance_template[2].x, 256.63416},
        {"nose, y", (double)avt_enhance_template[2].y, 314.01935},
        {"left corner of the mouth, x", (double)avt_enhance_template[3].x, 201.26117},
        {"left corner of the mouth, y", (double)avt_enhance_template[3].y, 371.41043},
        {"right corner of the mouth, x", (double)avt_enhance_template[4].x, 313.08905},
        {"right corner of the mouth, y", (double)avt_enhance_template[4].y, 371.15118},
        {"CodeFormer of films: -w 1.0", AVT_ENHANCE_FIDELITY, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!(fabs(rows[i].is - rows[i].should) < 1e-4))
            fail_msg("%s: %f", rows[i].says, rows[i].is);
    }
}

/* A face whose five points lie as the template's do, turned and sized; `off` moves the nose. */
static struct avt_face template_face(const struct avt_enhance_place *place, float off)
{
    static const short points[AVT_ENHANCE_POINTS][2] = {{33, 133}, {362, 263}, {1, 1}, {61, 61}, {291, 291}};
    struct avt_face face = make_face(60, 160, 120, 0, 0);
    for (int i = 0; i < AVT_ENHANCE_POINTS; i++) {
        double u = (double)avt_enhance_template[i].x + .5, v = (double)avt_enhance_template[i].y + .5;
        for (int k = 0; k < 2; k++) {
            double wide = points[i][0] == points[i][1] ? 0 : k ? 14 : -14; /* corners of an eye */
            face.mesh[points[i][k]].x = (float)(place->x + place->a * (u + wide) - place->b * v) + (i == 2 ? off : 0);
            face.mesh[points[i][k]].y = (float)(place->y + place->b * (u + wide) + place->a * v);
        }
    }
    return face;
}

static void place__is_found(void **state)
{
    (void)state;
    const struct avt_enhance_place rows[] = {{1, 0, 0, 0}, {.4, 0, 33, -20}, {.3, .2, 100, 40}, {-.5, -.1, 300, 290}};
    struct avt_enhance_place found;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_face face = template_face(&rows[i], 0);
        assert_true(avt_enhance_place_of(&face, &found));
        if (fabs(found.a - rows[i].a) + fabs(found.b - rows[i].b) > 1e-5 ||
            fabs(found.x - rows[i].x) + fabs(found.y - rows[i].y) > 1e-3)
            fail_msg("row %zu: %f %f %f %f", i, found.a, found.b, found.x, found.y);
        assert_true(fabs(avt_enhance_place_scale(&found) - hypot(rows[i].a, rows[i].b)) < 1e-5);
    }
    /* A nose that is off moves all of it by a fifth: none is left out. */
    struct avt_face face = template_face(&rows[0], 10);
    assert_true(avt_enhance_place_of(&face, &found));
    double middle = found.x + found.a * 257.1 - found.b * 307.8;
    assert_true(middle > 257.1 + 1.5 && middle < 257.1 + 2.5);
    face = (struct avt_face){0};
    assert_false(avt_enhance_place_of(&face, &found));
    face.mesh[1].x = NAN;
    assert_false(avt_enhance_place_of(&face, &found));
}

static void places__are_averaged(void **state)
{
    (void)state;
    struct avt_enhance_places places = {0};
    struct avt_enhance_place mean, place = {.5, 0, 100, 50};
    for (int i = 0; i < 7; i++) {
        place.x = 100 + i;
        mean = avt_enhance_places_add(&places, 10 + i, &place);
    }
    assert_true(fabs(mean.x - 104) < 1e-9 && fabs(mean.a - .5) < 1e-9); /* of 102 .. 106 */
    const struct {
        long long frame;
        struct avt_enhance_place place;
        bool is_new;
    } rows[] = {
        {17, {.5, 0, 107, 50}, false},
        {18, {.5, 0, 107, 50}, true},  /* one is missing */
        {17, {.5, 0, 160, 50}, true},  /* it is elsewhere */
        {17, {.7, 0, 107, 50}, true},  /* it is another one */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_enhance_places copy = places;
        mean = avt_enhance_places_add(&copy, rows[i].frame, &rows[i].place);
        assert_int_equal(copy.count, rows[i].is_new ? 1 : AVT_ENHANCE_PLACES);
        assert_int_equal(fabs(mean.x - rows[i].place.x) < 1e-9, rows[i].is_new);
    }
}

static void free_image(struct avt_image **image)
{
    avt_image_free(*image);
}

/* Squares that lie on the pixels show them as they are: upright, and turned by a right angle. */
static void crop__shows_pixels(void **state)
{
    (void)state;
    struct avt_face face = make_face(60, 160, 120, 0, 0);
    AVT_CLEANUP(free_image) struct avt_image *image = make_picture(WIDTH, HEIGHT, &face);
    static float planes[3 * PIXELS];
    struct avt_enhance_square square = {{1, 0, 40, 30}, {10, 20, SIDE}, SIDE};
    assert_int_equal(avt_enhance_crop(image, &square, planes, NULL), AVT_OK);
    for (int i = 0; i < 3 * PIXELS; i++) {
        const uint8_t *pixel = avt_image_row(image, 50 + i % PIXELS / SIDE) + (size_t)(50 + i % SIDE) * 4;
        assert_true(fabsf(planes[i] * 255 - pixel[i / PIXELS]) < .01f);
    }
    square.place = (struct avt_enhance_place){0, 1, 200, 30};
    assert_int_equal(avt_enhance_crop(image, &square, planes, NULL), AVT_OK);
    for (int i = 0; i < 3 * PIXELS; i++) { /* right is down, down is left */
        const uint8_t *pixel = avt_image_row(image, 40 + i % SIDE) + (size_t)(179 - i % PIXELS / SIDE) * 4;
        assert_true(fabsf(planes[i] * 255 - pixel[i / PIXELS]) < .01f);
    }
    /* Far outside the border's pixels go on; what is transparent is seen over grey. */
    memset(avt_image_row(image, 0), 0, image->stride);
    square.place = (struct avt_enhance_place){1, 0, 40, -5000};
    assert_int_equal(avt_enhance_crop(image, &square, planes, NULL), AVT_OK);
    for (int i = 0; i < 3 * PIXELS; i++)
        assert_true(fabsf(planes[i] * 255 - 128) < .01f);
}

static void mask__has_the_lower_face(void **state)
{
    (void)state;
    static float mask[PIXELS];
    for (int degrees = -20; degrees <= 20; degrees += 20) {
        struct avt_face face = make_face(60, 160, 120, 0, (float)degrees);
        struct avt_enhance_square square = {.window = {0, 0, 512}, .side = SIDE};
        assert_true(avt_enhance_place_of(&face, &square.place));
        assert_int_equal(avt_enhance_mask(&face, WIDTH, HEIGHT, &square, mask, NULL), AVT_OK);
        float lips = 1, above = 0, beside = 0, total = 0;
        for (int i = 0; i < PIXELS; i++) {
            int column = i % SIDE, row = i / SIDE;
            double u = (column + .5) / SIDE * 512, v = (row + .5) / SIDE * 512;
            if (u > 200 && u < 313 && v > 360 && v < 380)
                lips = fminf(lips, mask[i]);
            if (v < 250)
                above = fmaxf(above, mask[i]);
            if (u < 70 || u > 442)
                beside = fmaxf(beside, mask[i]);
            total += mask[i] / PIXELS;
        }
        if (lips < .9f || above > .02f || beside > .02f || total < .08f || total > .3f)
            fail_msg("%d degrees: %.2f %.2f %.2f %.2f", degrees, (double)lips, (double)above, (double)beside,
                     (double)total);
    }
    /* Nothing at the borders of a square that cuts through the face. */
    struct avt_face face = make_face(60, 160, 120, 0, 0);
    struct avt_enhance_square square = {.window = {240, 330, 90}, .side = SIDE};
    assert_true(avt_enhance_place_of(&face, &square.place));
    assert_int_equal(avt_enhance_mask(&face, WIDTH, HEIGHT, &square, mask, NULL), AVT_OK);
    assert_true(mask[PIXELS / 2 + SIDE / 2] > .9f);
    for (int i = 0; i < SIDE; i++)
        assert_true(mask[i] < .05f && mask[i * SIDE] < .05f && mask[PIXELS - 1 - i] < .05f);
    face = make_face(4, 160, 120, 0, 0);
    assert_int_equal(avt_enhance_mask(&face, WIDTH, HEIGHT, &square, mask, NULL), AVT_OK);
    for (int i = 0; i < PIXELS; i++)
        assert_true(mask[i] == 0);
}

static void add__changes_what_it_should(void **state)
{
    (void)state;
    struct avt_face face = make_face(60, 160, 120, 0, 0);
    AVT_CLEANUP(free_image) struct avt_image *image = make_picture(WIDTH, HEIGHT, &face);
    AVT_CLEANUP(free_image) struct avt_image *before = make_picture(WIDTH, HEIGHT, &face);
    static float change[3 * PIXELS];
    struct avt_enhance_square square = {{.31, .12, 60, 20}, {0, 0, 512}, SIDE};
    avt_enhance_add(change, &square, 1, image);
    assert_memory_equal(image->pixels, before->pixels, image->stride * HEIGHT);
    /* 10 of 255 in green alone, by half. */
    for (int i = PIXELS; i < 2 * PIXELS; i++)
        change[i] = 10.f / 255;
    avt_enhance_add(change, &square, .5f, image);
    const uint8_t *pixel = avt_image_row(image, 130) + (size_t)110 * 4, *old = avt_image_row(before, 130) + 110 * 4;
    assert_int_equal(pixel[0], old[0]);
    assert_int_equal(pixel[1], old[1] + 5);
    assert_int_equal(pixel[2], old[2]);
    assert_int_equal(pixel[3], 255);
    assert_memory_equal(image->pixels, before->pixels, image->stride * 10); /* above the square */
    /* Detail that is finer than the picture comes to nothing: 96 pixels over 32 of it. */
    for (int i = 0; i < 3 * PIXELS; i++)
        change[i] = (i % SIDE + i / SIDE) & 1 ? .3f : -.3f;
    square.place = (struct avt_enhance_place){32. / 512, 0, 100, 100};
    memcpy(image->pixels, before->pixels, image->stride * HEIGHT);
    avt_enhance_add(change, &square, 1, image);
    for (int y = 104; y < 128; y++) {
        for (int x = 104; x < 128; x++) {
            pixel = avt_image_row(image, y) + (size_t)x * 4;
            assert_true(abs(pixel[0] - avt_image_row(before, y)[(size_t)x * 4]) <= 10);
        }
    }
}

/* --- blending --- */

static float wave(int i, float step)
{
    return .5f + .2f * sinf((float)i * step);
}

static void mean_and_spread(const float *values, double *ret_mean, double *ret_spread)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < PIXELS; i++) {
        sum += (double)values[i];
        squares += (double)values[i] * (double)values[i];
    }
    *ret_mean = sum / PIXELS;
    *ret_spread = sqrt(squares / PIXELS - *ret_mean * *ret_mean);
}

static void match__brings_colours_back(void **state)
{
    (void)state;
    static float seen[3 * PIXELS], made[3 * PIXELS], same[3 * PIXELS], mask[PIXELS];
    for (int i = 0; i < 3 * PIXELS; i++) {
        seen[i] = same[i] = wave(i, .1f);
        made[i] = .2f + .9f * wave(i, .13f);
    }
    avt_enhance_match(seen, mask, PIXELS, made); /* nothing counts */
    assert_true(made[5] == .2f + .9f * wave(5, .13f));
    for (int i = 0; i < PIXELS; i++)
        mask[i] = 1;
    avt_enhance_match(seen, mask, PIXELS, same);
    for (int i = 0; i < 3 * PIXELS; i++)
        assert_true(fabsf(same[i] - seen[i]) < 1e-6f);
    avt_enhance_match(seen, mask, PIXELS, made);
    for (int c = 0; c < 3; c++) {
        double mean[2], spread[2];
        mean_and_spread(seen + c * PIXELS, &mean[0], &spread[0]);
        mean_and_spread(made + c * PIXELS, &mean[1], &spread[1]);
        assert_true(fabs(mean[0] - mean[1]) < 1e-4 && fabs(spread[0] - spread[1]) < 1e-4);
    }
    /* Of something else the contrast stays its own but for a quarter. */
    for (int i = 0; i < 3 * PIXELS; i++)
        made[i] = .5f + .1f * (wave(i, .1f) - .5f);
    avt_enhance_match(seen, mask, PIXELS, made);
    double mean, spread, own;
    mean_and_spread(seen, &mean, &own);
    mean_and_spread(made, &mean, &spread);
    assert_true(fabs(spread - .125 * own) < 1e-4);
}

/* Pseudo-random, -1..1. */
static float noise(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 8388608.f - 1;
}

/* On a picture that stands still but for its grain, what is changed stands still as well; where it moves it follows. */
static void steady__holds_what_is_still(void **state)
{
    (void)state;
    static float seen[3 * PIXELS], change[3 * PIXELS], before[3 * PIXELS];
    AVT_CLEANUP(avt_enhance_steady_done) struct avt_enhance_steady steady = {0};
    unsigned seed = 7;
    double moved = 0, given = 0;
    for (int frame = 0; frame < 40; frame++) {
        double differs = 0, fresh = 0;
        for (int i = 0; i < 3 * PIXELS; i++) {
            bool is_left = i % SIDE < SIDE / 2;
            seen[i] = wave(i, .05f) + noise(&seed) * 3 / 255 + (is_left || frame % 2 ? 0 : .2f);
            change[i] = .1f + .05f * noise(&seed);
        }
        float right = change[SIDE - 1 - 5], left = change[5];
        assert_int_equal(avt_enhance_steady_run(&steady, frame, SIDE, seen, 2, change, NULL), AVT_OK);
        assert_true(fabsf(change[SIDE - 1 - 5] - right) < 1e-5f);
        assert_true(frame > 0 ? fabsf(change[5] - left) > 1e-6f : change[5] == left);
        for (int i = 0; i < 3 * PIXELS && frame > 20; i++) {
            if (i % SIDE < SIDE / 2 - 4)
                differs += fabs((double)(change[i] - before[i]));
            if (i % SIDE > SIDE / 2 + 4)
                fresh += fabs((double)(change[i] - before[i]));
        }
        moved += differs;
        given += fresh;
        memcpy(before, change, sizeof(before));
    }
    assert_true(moved > 0 && moved < .2 * given);
    /* After a gap, and of another size, it stays as it is. */
    for (int i = 0; i < 3 * PIXELS; i++)
        change[i] = .7f;
    assert_int_equal(avt_enhance_steady_run(&steady, 50, SIDE, seen, 2, change, NULL), AVT_OK);
    assert_true(change[5] == .7f);
    change[5] = .2f;
    assert_int_equal(avt_enhance_steady_run(&steady, 51, SIDE / 2, seen, 2, change, NULL), AVT_OK);
    assert_true(change[5] == .2f);
}

/* --- networks --- */

static const struct avt_painter_engine *engine_of(const struct tiny *tiny)
{
    return tiny->is_upscale ? &avt_painter_upscale : &avt_painter_restore;
}

static void net__misfits(void **state)
{
    (void)state;
    const struct {
        struct tiny tiny;
        const char *says;
    } rows[] = {
        {{.channels = 1}, "should take a picture like float32 [1, 3, 512, 512], and 'input' is float32 [n, 1, n, n]"},
        {{.batch = 2}, "'input' is float32 [2, 3, n, n]"},
        {{.side = 32}, "takes pictures of 32 x 32 pixels"},
        {{.side = 1040}, "takes pictures of 1040 x 1040 pixels"},
        {{.factor = 2}, "makes 1024 pixels of 512; it should be as many"},
        {{.is_upscale = true, .fidelity = 1}, "'w' is float32 [1]"},
        {{.fidelity = 7}, "'w' is int64 [1]"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(tiny_remove) char *folder = tiny_make(&rows[i].tiny);
        struct avt_error error = {0};
        void *painter = NULL;
        enum avt_code code = engine_of(&rows[i].tiny)->open(&(struct avt_painter_weights){.folder = folder}, &painter,
                                                            &error);
        if (code != AVT_EMODELBAD || !strstr(error.message, rows[i].says) || !strstr(error.message, ".onnx'"))
            fail_msg("row %zu gives %d: %s", i, (int)code, error.message);
    }
    void *painter = NULL;
    assert_int_equal(avt_painter_restore.open(&(struct avt_painter_weights){.folder = "/tmp/none"}, &painter, NULL),
                     AVT_EMODEL);
}

static void shot_init(struct shot *shot, float eyes)
{
    shot->face = make_face(eyes, 160, 110, 0, 4);
    shot->image = make_picture(WIDTH, HEIGHT, &shot->face);
    shot->before = make_picture(WIDTH, HEIGHT, &shot->face);
}

struct painter {
    const struct avt_painter_engine *engine;
    void *state;
    char *folder;
    struct avt_painter_tally tally;
};

static void painter_open(struct painter *painter, const struct tiny *tiny, const struct avt_cancel *cancel)
{
    const struct avt_painter_film film = {.fps_num = 25, .fps_den = 1, .batch = AVT_ENHANCE_BATCH, .cancel = cancel,
                                          .tally = &painter->tally};
    struct avt_error error = {0};
    painter->engine = engine_of(tiny);
    painter->folder = tiny_make(tiny);
    if (painter->engine->open(&(struct avt_painter_weights){.folder = painter->folder}, &painter->state, &error) !=
            AVT_OK ||
        painter->engine->begin(painter->state, &film, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static void painter_done(struct painter *painter)
{
    painter->engine->close(painter->state);
    tiny_remove(&painter->folder);
}

static void paint(struct painter *painter, struct shot *shot, long long frame, float strength)
{
    struct avt_painter_view view = view_of(shot, frame, strength);
    struct avt_error error = {0};
    if (painter->engine->paint(painter->state, &view, 1, &error) != AVT_OK)
        fail_msg("frame %lld: %s", frame, error.message);
}

/* The largest difference in rows from..to. */
static int differs(const struct shot *shot, int from, int to)
{
    int most = 0;
    for (int y = from; y < to; y++) {
        const uint8_t *a = avt_image_row(shot->image, y), *b = avt_image_row(shot->before, y);
        for (int i = 0; i < 4 * WIDTH; i++)
            most = abs(a[i] - b[i]) > most ? abs(a[i] - b[i]) : most;
    }
    return most;
}

/* A network that gives back what it sees leaves the picture as it was, whatever its side, factor and names. */
static void paint__gives_back_what_the_network_does(void **state)
{
    (void)state;
    const struct tiny rows[] = {
        {.side = 512},
        {.side = 256, .batch = 1},
        {.side = 0},
        {.side = 256, .fidelity = 1},
        {.side = 256, .fidelity = 11},
        {.side = 256, .fidelity = 11, .is_scalar = true},
        {.side = 256, .image = "x", .output = "1288"},
        {.side = 256, .has_more = true},
        {.is_upscale = true},
        {.is_upscale = true, .factor = 2},
        {.is_upscale = true, .factor = 3},
        {.is_upscale = true, .factor = 4, .image = "lr", .output = "sr"},
        {.is_upscale = true, .factor = 4, .side = 128, .batch = 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct painter painter = {0};
        struct shot shot;
        painter_open(&painter, &rows[i], NULL);
        shot_init(&shot, 50);
        for (int frame = 0; frame < 2; frame++)
            paint(&painter, &shot, frame, 1);
        if (differs(&shot, 0, HEIGHT) > 1 || painter.tally.painted != 2)
            fail_msg("row %zu: %d, %lld", i, differs(&shot, 0, HEIGHT), painter.tally.painted);
        shot_done(&shot);
        painter_done(&painter);
    }
}

/* Mean difference between neighbours across the lips. */
static double sharpness(const struct avt_image *image, const struct avt_face *face)
{
    double sum = 0;
    int left = (int)face->mesh[61].x, right = (int)face->mesh[291].x, middle = (int)face->mesh[13].y;
    for (int y = middle - 8; y < middle + 8; y++) {
        for (int x = left; x < right; x++)
            sum += abs(avt_image_row(image, y)[4 * x + 1] - avt_image_row(image, y + 1)[4 * x + 1]);
    }
    return sum / (16. * (right - left));
}

/* Sharper, as much as was asked for, in the lower face and nowhere else; alpha stays, and the mean colour. */
static void paint__sharpens_the_lower_face_only(void **state)
{
    (void)state;
    const struct tiny rows[] = {{.side = 256, .sharpness = 1}, {.is_upscale = true, .factor = 2, .sharpness = 1},
                                {.is_upscale = true, .factor = 4, .side = 64, .sharpness = 1}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct painter painter = {0};
        struct shot shot;
        painter_open(&painter, &rows[i], NULL);
        shot_init(&shot, 50);
        double before = sharpness(shot.before, &shot.face);
        int nose = (int)shot.face.mesh[1].y;
        paint(&painter, &shot, 0, 0);
        assert_int_equal(differs(&shot, 0, HEIGHT), 0);
        paint(&painter, &shot, 1, .5f);
        double half = sharpness(shot.image, &shot.face);
        memcpy(shot.image->pixels, shot.before->pixels, shot.image->stride * HEIGHT);
        paint(&painter, &shot, 3, 1);
        double whole = sharpness(shot.image, &shot.face);
        if (!(whole > 1.1 * before && half > before && half < whole))
            fail_msg("row %zu: %.2f %.2f %.2f", i, before, half, whole);
        if (differs(&shot, 0, nose - 12) > 0 || differs(&shot, 215, HEIGHT) > 0)
            fail_msg("row %zu: %d above, %d below", i, differs(&shot, 0, nose - 12), differs(&shot, 215, HEIGHT));
        shot_done(&shot);
        painter_done(&painter);
    }
}

/* Another light and contrast of the network's own do not come into the picture. */
static void paint__keeps_the_colours(void **state)
{
    (void)state;
    struct painter painter = {0};
    struct shot shot;
    painter_open(&painter, &(struct tiny){.side = 256, .gain = .85f, .bias = .12f}, NULL);
    shot_init(&shot, 50);
    paint(&painter, &shot, 0, 1);
    assert_true(differs(&shot, 0, HEIGHT) <= 1);
    shot_done(&shot);
    painter_done(&painter);
}

/* No face, one with more pixels than the network makes, one that is too small. */
static void paint__passes_through(void **state)
{
    (void)state;
    const struct tiny rows[] = {{.side = 128, .sharpness = 2}, {.is_upscale = true, .side = 64, .sharpness = 2}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct painter painter = {0};
        struct shot shot;
        painter_open(&painter, &rows[i], NULL);
        shot_init(&shot, 50);
        struct avt_painter_view view = view_of(&shot, 0, 1);
        view.face = NULL;
        assert_int_equal(painter.engine->paint(painter.state, &view, 1, NULL), AVT_OK);
        assert_int_equal(painter.engine->paint(painter.state, &view, 0, NULL), AVT_OK);
        assert_int_equal(painter.tally.too_large, 0);
        paint(&painter, &shot, 1, 1);
        assert_int_equal(painter.tally.too_large, 1);
        assert_int_equal(painter.tally.painted, 0);
        shot.face = make_face(4, 160, 120, 0, 0);
        paint(&painter, &shot, 2, 1);
        assert_int_equal(differs(&shot, 0, HEIGHT), 0);
        shot_done(&shot);
        painter_done(&painter);
    }
}

static void paint__notices_what_is_no_picture(void **state)
{
    (void)state;
    const struct tiny rows[] = {{.side = 256, .gain = NAN}, {.side = 256, .gain = 1e-30f, .bias = .5f},
                                {.is_upscale = true, .factor = 2, .bias = INFINITY}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct painter painter = {0};
        struct shot shot;
        struct avt_error error = {0};
        painter_open(&painter, &rows[i], NULL);
        shot_init(&shot, 50);
        struct avt_painter_view view = view_of(&shot, 0, 1);
        assert_int_equal(painter.engine->paint(painter.state, &view, 1, &error), AVT_EMODELBAD);
        assert_non_null(strstr(error.message, "made what is no picture"));
        assert_int_equal(differs(&shot, 0, HEIGHT), 0);
        assert_int_equal(painter.tally.painted, 0);
        shot_done(&shot);
        painter_done(&painter);
    }
}

static void paint__is_cancelled(void **state)
{
    (void)state;
    struct avt_cancel cancel = {0};
    struct painter painter = {0};
    struct shot shot;
    painter_open(&painter, &(struct tiny){.side = 256, .sharpness = 1}, &cancel);
    shot_init(&shot, 50);
    avt_cancel_request(&cancel);
    struct avt_painter_view view = view_of(&shot, 0, 1);
    assert_int_equal(painter.engine->paint(painter.state, &view, 1, NULL), AVT_ECANCELLED);
    assert_int_equal(differs(&shot, 0, HEIGHT), 0);
    shot_done(&shot);
    painter_done(&painter);
}

/* A face that stands still, with grain and with a mesh that trembles: the grain of its cheek, sharpened, does not
 * flicker as much more as the network makes it, and no more than a quarter above what it did. */
static void paint__does_not_make_grain_shimmer(void **state)
{
    (void)state;
    enum { FRAMES = 24, FROM = 8, CHEEK = 24 };
    static uint8_t last[2][CHEEK * CHEEK];
    double moved[2] = {0};
    unsigned seed = 3;
    struct painter painter = {0};
    struct shot shot;
    painter_open(&painter, &(struct tiny){.is_upscale = true, .factor = 2, .sharpness = 2}, NULL);
    shot_init(&shot, 50);
    const struct avt_face still = shot.face;
    for (int frame = 0; frame < FRAMES; frame++) {
        for (size_t i = 0; i < shot.image->stride * HEIGHT; i++) {
            int value = shot.before->pixels[i] + (int)lrintf(noise(&seed) * 4);
            shot.image->pixels[i] = i % 4 == 3 ? 255 : (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
        float dx = noise(&seed) * .3f, dy = noise(&seed) * .3f;
        for (int i = 0; i < AVT_MESH_POINTS; i++) {
            shot.face.mesh[i].x = still.mesh[i].x + dx;
            shot.face.mesh[i].y = still.mesh[i].y + dy;
        }
        for (int pass = 0; pass < 2; pass++) {
            if (pass)
                paint(&painter, &shot, frame, 1);
            for (int i = 0; i < CHEEK * CHEEK; i++) {
                uint8_t value = avt_image_row(shot.image, 165 + i / CHEEK)[4 * (125 + i % CHEEK) + 1];
                if (frame > FROM)
                    moved[pass] += abs(value - last[pass][i]);
                last[pass][i] = value;
            }
        }
    }
    double many = (double)(FRAMES - 1 - FROM) * CHEEK * CHEEK;
    print_message("grain moves by %.2f levels a picture, enhanced by %.2f\n", moved[0] / many, moved[1] / many);
    assert_true(moved[1] < 1.25 * moved[0]);
    shot_done(&shot);
    painter_done(&painter);
}

/* --- the same as the steps in Python: tools/check_enhance.py golden --- */

enum { GOLDEN_MAX = 4, STRIDE = 211, PICTURE_STRIDE = 3 };

static char *read_golden(const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", getenv("GOLDEN"), name);
    char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(path, 1 << 20, &data, &size, NULL), AVT_OK);
    return data;
}

static const char *take(const char **at, void *out, size_t size)
{
    memcpy(out, *at, size);
    return *at += size;
}

/* The largest difference of every STRIDEth value. */
static float off_by(const char **at, const float *values, size_t count)
{
    float worst = 0, expected;
    for (size_t i = 0; i < count; i += STRIDE) {
        take(at, &expected, sizeof(expected));
        worst = fmaxf(worst, fabsf(values[i] - expected));
    }
    return worst;
}

static void golden__stages_and_pictures(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        enum avt_enhance_kind kind;
        struct avt_enhance_window window;
        int small, made; /* sides */
        double inside;   /* dB */
    } rows[] = {{"tiny_restore", AVT_ENHANCE_RESTORE, {0, 0, 512}, 256, 256, 60},
                {"tiny_upscale", AVT_ENHANCE_UPSCALE, {106, 210, 300}, 64, 128, 52}};
    static float seen[3 * 256 * 256], made[3 * 256 * 256];
    AVT_CLEANUP(avt_freep) char *scene = read_golden("tiny_identity/scene");
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/%s", getenv("GOLDEN"), rows[k].folder);
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("%s/expected", rows[k].folder);
        AVT_CLEANUP(avt_freep) char *expected = read_golden(name);
        AVT_CLEANUP(avt_enhance_net_close) struct avt_enhance_net net = {0};
        const struct avt_painter_weights weights = {.folder = folder};
        assert_int_equal(avt_enhance_net_open(rows[k].kind, &weights, &net, NULL), AVT_OK);
        const char *in = scene, *at = expected;
        int32_t sizes[3];
        static struct shot shots[GOLDEN_MAX];
        struct avt_enhance_places places = {0};
        take(&in, sizes, sizeof(sizes));
        assert_true(sizes[2] <= GOLDEN_MAX);
        for (int i = 0; i < sizes[2]; i++) {
            struct shot *shot = &shots[i];
            assert_int_equal(avt_image_new(sizes[0], sizes[1], &shot->image, NULL), AVT_OK);
            for (int y = 0; y < sizes[1]; y++)
                take(&in, avt_image_row(shot->image, y), (size_t)sizes[0] * 4);
            take(&in, shot->face.mesh, sizeof(shot->face.mesh));
            assert_int_equal(avt_image_copy(shot->image, &shot->before, NULL), AVT_OK);
            struct avt_enhance_square square = {.window = rows[k].window, .side = rows[k].small};
            double should[4];
            take(&at, should, sizeof(should));
            assert_true(avt_enhance_place_of(&shot->face, &square.place));
            square.place = avt_enhance_places_add(&places, i, &square.place);
            const double is[4] = {square.place.a, square.place.b, square.place.x, square.place.y};
            for (int j = 0; j < 4; j++)
                assert_true(fabs(is[j] - should[j]) < 1e-3);
            assert_int_equal(avt_enhance_crop(shot->image, &square, seen, NULL), AVT_OK);
            assert_int_equal(avt_enhance_net_run(&net, rows[k].small, seen, NULL, made, NULL), AVT_OK);
            assert_true(off_by(&at, seen, 3 * (size_t)rows[k].small * (size_t)rows[k].small) < 1e-4f);
            assert_true(off_by(&at, made, 3 * (size_t)rows[k].made * (size_t)rows[k].made) < 1e-3f);
        }
        struct painter painter = {.engine = rows[k].kind == AVT_ENHANCE_RESTORE ? &avt_painter_restore
                                                                               : &avt_painter_upscale};
        const struct avt_painter_film film = {.fps_num = 25, .fps_den = 1, .batch = AVT_ENHANCE_BATCH};
        assert_int_equal(painter.engine->open(&weights, &painter.state, NULL), AVT_OK);
        assert_int_equal(painter.engine->begin(painter.state, &film, NULL), AVT_OK);
        for (int i = 0; i < sizes[2]; i++) {
            double error = 0;
            long count = 0;
            paint(&painter, &shots[i], i, 1);
            for (long j = 0; j < 4L * sizes[0] * sizes[1]; j += PICTURE_STRIDE) {
                long y = j / 4 / sizes[0], x = j % (4L * sizes[0]);
                double is = avt_image_row(shots[i].image, (int)y)[x];
                double should = (uint8_t)*at++, was = avt_image_row(shots[i].before, (int)y)[x];
                error += (is - should) * (is - should);
                count += is != was || should != was;
            }
            double decibels = 10 * log10(255. * 255 * (double)count / fmax(error, 1e-9));
            if (count < 500 || decibels < rows[k].inside)
                fail_msg("%s, picture %d: %.1f dB in %ld values", rows[k].folder, i, decibels, count);
            shot_done(&shots[i]);
        }
        painter.engine->close(painter.state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts__of_the_template),
        cmocka_unit_test(place__is_found),
        cmocka_unit_test(places__are_averaged),
        cmocka_unit_test(crop__shows_pixels),
        cmocka_unit_test(mask__has_the_lower_face),
        cmocka_unit_test(add__changes_what_it_should),
        cmocka_unit_test(match__brings_colours_back),
        cmocka_unit_test(steady__holds_what_is_still),
        cmocka_unit_test(net__misfits),
        cmocka_unit_test(paint__gives_back_what_the_network_does),
        cmocka_unit_test(paint__sharpens_the_lower_face_only),
        cmocka_unit_test(paint__keeps_the_colours),
        cmocka_unit_test(paint__passes_through),
        cmocka_unit_test(paint__notices_what_is_no_picture),
        cmocka_unit_test(paint__is_cancelled),
        cmocka_unit_test(paint__does_not_make_grain_shimmer),
        cmocka_unit_test(golden__stages_and_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
