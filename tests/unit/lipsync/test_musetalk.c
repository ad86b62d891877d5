/* SPDX-License-Identifier: Apache-2.0 */
#include "musetalk_fixture.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "lipsync/musetalk_blend.h"
#include "lipsync/musetalk_cache.h"
#include "lipsync/musetalk_hear.h"

enum { BOTH = 2 * AVT_MUSETALK_LATENTS, IMAGE = 3 * AVT_MUSETALK_PIXELS, BATCH = 4 };

static void *open_tiny(const struct avt_painter_film *changes)
{
    AVT_CLEANUP(avt_freep) char *folder = tiny_folder();
    struct avt_painter_film film = changes ? *changes : (struct avt_painter_film){.fps_num = 25, .fps_den = 1};
    film.batch = film.batch ? film.batch : BATCH;
    film.sound = film.sound ? film.sound : &tiny;
    struct avt_error error = {0};
    void *painter = NULL;
    if (avt_painter_musetalk.open(&(struct avt_painter_weights){.folder = folder}, &painter, &error) != AVT_OK ||
        avt_painter_musetalk.begin(painter, &film, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return painter;
}

/* The tiny picture, painted. Owned. */
static struct avt_image *paint_one(void *painter, long long frame, long long picture, float strength)
{
    struct avt_face face = tiny_face();
    struct avt_image *image = tiny_picture();
    const struct avt_painter_view view = {image, &face, frame, picture, strength};
    struct avt_error error = {0};
    if (avt_painter_musetalk.paint(painter, &view, 1, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return image;
}

/* --- the same as diffusers, transformers and OpenCV --- */

/* As tools/check_musetalk.py has them. */
enum { STRIDE = 61 };
static const int frames[][3] = {{0, 25, 1}, {899, 30000, 1001}};

struct expected {
    float *values;
    size_t count, at;
};

static void compare(struct expected *expected, const char *stage, const float *values, size_t count, size_t stride,
                    float error_max)
{
    for (size_t i = 0; i < count; i += stride) {
        assert_true(expected->at < expected->count);
        float error = fabsf(values[i] - expected->values[expected->at++]);
        if (!(error <= error_max))
            fail_msg("%s: value %zu is %g off", stage, i, (double)error);
    }
}

static void compare_frame(const struct avt_musetalk_model *model, const int row[3], struct expected *expected)
{
    struct avt_face face = tiny_face();
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = tiny_picture();
    AVT_CLEANUP(avt_musetalk_ear_freep)
    struct avt_musetalk_ear *ear = avt_musetalk_ear_new(model, &tiny, row[1], row[2]);
    size_t width = (size_t)avt_musetalk_model_width(model);
    AVT_CLEANUP(avt_freep) float *prompts = avt_new0(float, AVT_MUSETALK_PROMPTS * width);
    AVT_CLEANUP(avt_freep) float *images = avt_new0(float, 2 * (size_t)IMAGE);
    AVT_CLEANUP(avt_freep) float *latents = avt_new0(float, BOTH + AVT_MUSETALK_LATENTS);
    float *painted = latents + BOTH;
    struct avt_musetalk_box box;
    assert_true(avt_musetalk_box_find(&face, TINY_WIDTH, TINY_HEIGHT, &box));
    const float corners[] = {(float)box.x1, (float)box.y1, (float)box.x2, (float)box.y2};
    compare(expected, "box", corners, 4, 1, 0);
    assert_int_equal(avt_musetalk_ear_listen(ear, row[0], NULL, prompts, NULL), AVT_OK);
    compare(expected, "features", prompts, AVT_MUSETALK_PROMPTS * width, 1, 1e-4f);
    avt_musetalk_crop(image, &box, images, images + IMAGE);
    compare(expected, "crops", images, 2 * (size_t)IMAGE, STRIDE, 1e-6f);
    assert_int_equal(avt_musetalk_encode(model, images, 2, NULL, latents, NULL), AVT_OK);
    compare(expected, "latents", latents, BOTH, STRIDE, 1e-3f);
    assert_int_equal(avt_musetalk_unet(model, latents, prompts, 1, NULL, painted, NULL), AVT_OK);
    compare(expected, "painted", painted, AVT_MUSETALK_LATENTS, STRIDE, 1e-3f);
    assert_int_equal(avt_musetalk_decode(model, painted, 1, NULL, images, NULL), AVT_OK);
    compare(expected, "decoded", images, IMAGE, STRIDE, 1e-3f);
}

/* Only the box, as it lies there: 50 dB. */
static void compare_picture(const struct avt_image *image, struct expected *expected)
{
    struct avt_face face = tiny_face();
    struct avt_musetalk_box box;
    assert_true(avt_musetalk_box_find(&face, TINY_WIDTH, TINY_HEIGHT, &box));
    size_t width = (size_t)(box.x2 - box.x1), count = 3 * width * (size_t)(box.y2 - box.y1), seen = 0;
    double sum = 0;
    for (size_t i = 0; i < count; i += STRIDE, seen++) {
        size_t pixel = i / 3;
        uint8_t mine = avt_image_row(image, box.y1 + (int)(pixel / width))[4 * (box.x1 + (int)(pixel % width)) + i % 3];
        assert_true(expected->at < expected->count);
        double error = (double)mine - (double)expected->values[expected->at++];
        sum += error * error;
    }
    double decibels = 10 * log10(255 * 255 / fmax(sum / (double)seen, 1e-9));
    if (!(decibels >= 50))
        fail_msg("the picture is %.1f dB", decibels);
}

static void musetalk__as_diffusers(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_folder();
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/expected.f32", folder);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(path, 1 << 20, &data, &size, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) float *values = avt_new0(float, size / sizeof(float));
    memcpy(values, data, size); /* little-endian, as every machine that this runs on */
    struct expected expected = {values, size / sizeof(float), 0};
    AVT_CLEANUP(avt_musetalk_model_freep) struct avt_musetalk_model *model = NULL;
    assert_int_equal(avt_musetalk_model_open(&(struct avt_painter_weights){.folder = folder}, &model, NULL), AVT_OK);
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        compare_frame(model, frames[i], &expected);
        const struct avt_painter_film options = {.fps_num = frames[i][1], .fps_den = frames[i][2]};
        void *painter = open_tiny(&options);
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = paint_one(painter, frames[i][0], -1, 1);
        compare_picture(image, &expected);
        avt_painter_musetalk.close(painter);
    }
    assert_int_equal(expected.at, expected.count);
}

/* --- sound --- */

static void musetalk__listens_when_asked(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_folder();
    AVT_CLEANUP(avt_musetalk_model_freep) struct avt_musetalk_model *model = NULL;
    assert_int_equal(avt_musetalk_model_open(&(struct avt_painter_weights){.folder = folder}, &model, NULL), AVT_OK);
    AVT_CLEANUP(avt_musetalk_ear_freep) struct avt_musetalk_ear *ear = avt_musetalk_ear_new(model, &tiny, 25, 1);
    size_t count = AVT_MUSETALK_PROMPTS * (size_t)avt_musetalk_model_width(model);
    AVT_CLEANUP(avt_freep) float *first = avt_new0(float, count);
    AVT_CLEANUP(avt_freep) float *prompts = avt_new0(float, count);
    assert_int_equal(avt_musetalk_ear_encoded(ear), 0);
    static const struct {
        long long frame;
        int encoded;
    } rows[] = {{0, 1}, {1, 1}, {747, 1} /* [1490, 1500) */, {748, 2}, {752, 2}, {824, 2}, {900, 2}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(avt_musetalk_ear_listen(ear, rows[i].frame, NULL, prompts, NULL), AVT_OK);
        assert_int_equal(avt_musetalk_ear_encoded(ear), rows[i].encoded);
    }
    /* 900 is beyond the sound: what is left are the positions, as for a frame far beyond. */
    assert_int_equal(avt_musetalk_ear_listen(ear, 90000, NULL, first, NULL), AVT_OK);
    assert_memory_equal(first, prompts, count * sizeof(float));
}

/* --- pictures --- */

static void musetalk__passes_through(void **state)
{
    (void)state;
    void *painter = open_tiny(NULL);
    struct avt_face face = tiny_face(), small = make_face(4, 150, 140, 0, 0);
    AVT_CLEANUP(avt_image_freep) struct avt_image *plain = tiny_picture();
    AVT_CLEANUP(avt_image_freep) struct avt_image *a = tiny_picture();
    AVT_CLEANUP(avt_image_freep) struct avt_image *b = tiny_picture();
    AVT_CLEANUP(avt_image_freep) struct avt_image *c = tiny_picture();
    AVT_CLEANUP(avt_image_freep) struct avt_image *d = tiny_picture();
    small.box = (struct avt_rect){150, 140, 5, 5};
    const struct avt_painter_view views[BATCH] = {
        {a, NULL, 3, -1, 1}, {b, &face, 4, -1, 0}, {c, &small, 5, -1, 1}, {d, &face, 6, -1, 1}};
    assert_int_equal(avt_painter_musetalk.paint(painter, views, BATCH, NULL), AVT_OK);
    assert_true(is_same_picture(a, plain) && is_same_picture(b, plain) && is_same_picture(c, plain));
    assert_false(is_same_picture(d, plain));
    /* And the one with a face is as if it had been alone. */
    AVT_CLEANUP(avt_image_freep) struct avt_image *alone = paint_one(painter, 6, -1, 1);
    assert_true(is_same_picture(alone, d));
    avt_painter_musetalk.close(painter);
}

/* Some of a batch are known, some have no face, each hears its own moment: all come out as if alone. */
static void musetalk__batches_keep_apart(void **state)
{
    (void)state;
    struct avt_face face = tiny_face();
    struct avt_image *alone[BATCH], *together[BATCH];
    void *painter = open_tiny(NULL);
    for (int i = 0; i < BATCH; i++) {
        alone[i] = tiny_picture();
        together[i] = tiny_picture();
        for (int y = 80; y < 100; y++) {
            memset(avt_image_row(alone[i], y), 50 * i, 4 * TINY_WIDTH);
            memset(avt_image_row(together[i], y), 50 * i, 4 * TINY_WIDTH);
        }
        const struct avt_painter_view view = {alone[i], i == 1 ? NULL : &face, 10 + 9 * i, i == 2 ? 70 : -1, 1};
        assert_int_equal(avt_painter_musetalk.paint(painter, &view, 1, NULL), AVT_OK);
    }
    struct avt_painter_view views[BATCH];
    for (int i = 0; i < BATCH; i++)
        views[i] = (struct avt_painter_view){together[i], i == 1 ? NULL : &face, 10 + 9 * i, i == 2 ? 70 : -1, 1};
    assert_int_equal(avt_painter_musetalk.paint(painter, views, BATCH, NULL), AVT_OK);
    avt_painter_musetalk.close(painter);
    for (int i = 0; i < BATCH; i++) {
        /* Sums of a batch may be made in another order. */
        int worst = 0;
        for (int y = 0; y < TINY_HEIGHT; y++) {
            for (int x = 0; x < 4 * TINY_WIDTH; x++) {
                int error = abs(avt_image_row(alone[i], y)[x] - avt_image_row(together[i], y)[x]);
                worst = error > worst ? error : worst;
            }
        }
        assert_true(worst <= 1);
        assert_true(i == 0 || !is_same_picture(together[i], together[0]));
    }
    for (int i = 0; i < BATCH; i++) {
        avt_image_free(alone[i]);
        avt_image_free(together[i]);
    }
}

static double distance(const struct avt_image *a, const struct avt_image *b)
{
    double sum = 0;
    for (int y = 0; y < a->height; y++) {
        for (int x = 0; x < 4 * a->width; x++)
            sum += abs(avt_image_row(a, y)[x] - avt_image_row(b, y)[x]);
    }
    return sum;
}

static void musetalk__changes_the_lower_face_only(void **state)
{
    (void)state;
    void *painter = open_tiny(NULL);
    struct avt_face face = tiny_face();
    struct avt_musetalk_box box;
    assert_true(avt_musetalk_box_find(&face, TINY_WIDTH, TINY_HEIGHT, &box));
    AVT_CLEANUP(avt_image_freep) struct avt_image *plain = tiny_picture();
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = paint_one(painter, 9, -1, 1);
    AVT_CLEANUP(avt_image_freep) struct avt_image *half = paint_one(painter, 9, -1, .5f);
    AVT_CLEANUP(avt_image_freep) struct avt_image *other = paint_one(painter, 40, -1, 1);
    int middle = (box.y1 + box.y2) / 2 - avt_musetalk_blur_size(avt_musetalk_square_of(&box).side) / 2;
    for (int y = 0; y < TINY_HEIGHT; y++) {
        const uint8_t *now = avt_image_row(image, y), *before = avt_image_row(plain, y);
        for (int x = 0; x < TINY_WIDTH; x++) {
            bool may = y >= middle && y < box.y2 && x >= box.x1 && x < box.x2;
            assert_true(may || memcmp(now + 4 * x, before + 4 * x, 4) == 0);
            assert_int_equal(now[4 * x + 3], 255);
        }
    }
    double whole = distance(image, plain), part = distance(half, plain);
    assert_true(part > .4 * whole && part < .6 * whole);
    assert_true(distance(image, other) > 0); /* the sound is heard */
    avt_painter_musetalk.close(painter);
}

/* What is laid back is what was cut out: a face of the net's own size comes back as it was. */
static void musetalk__blends_without_a_trace(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *plain = NULL;
    assert_int_equal(avt_image_new(400, 400, &image, NULL), AVT_OK);
    for (int y = 0; y < 400; y++) {
        for (int x = 0; x < 400; x++)
            memcpy(avt_image_row(image, y) + 4 * x,
                   (const uint8_t[4]){(uint8_t)(128 + 90 * sin(x * .11)), (uint8_t)(128 + 90 * cos(y * .07 + x * .05)),
                                      (uint8_t)(y / 2), 255}, 4);
    }
    assert_int_equal(avt_image_copy(image, &plain, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 2 * (size_t)IMAGE);
    AVT_CLEANUP(avt_freep) uint8_t *mask = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    memset(mask, 255, AVT_MUSETALK_PARSE_PIXELS);
    static const struct {
        int side;
        double error_max; /* mean of the squares: 50 dB are .65 */
    } rows[] = {{256, 0}, {240, .65}, {180, .65}, {310, .65}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct avt_musetalk_box box = {50, 40, 50 + rows[i].side, 40 + rows[i].side};
        avt_musetalk_crop(image, &box, planes, planes + IMAGE);
        assert_int_equal(avt_musetalk_blend(image, &box, mask, planes + IMAGE, 1, NULL), AVT_OK);
        double sum = 0;
        for (int y = box.y1; y < box.y2; y++) {
            for (int x = 4 * box.x1; x < 4 * box.x2; x++)
                sum += pow(avt_image_row(image, y)[x] - avt_image_row(plain, y)[x], 2);
        }
        sum /= 3. * rows[i].side * rows[i].side;
        if (sum > rows[i].error_max)
            fail_msg("%d pixels: %g", rows[i].side, sum);
    }
}

/* The mesh's mask is one piece, as wide as the mouth and more, and has soft edges; the nose's tip is not in it. */
static void musetalk__mask_of_a_mesh(void **state)
{
    (void)state;
    struct avt_face face = tiny_face();
    struct avt_musetalk_box box;
    assert_true(avt_musetalk_box_find(&face, TINY_WIDTH, TINY_HEIGHT, &box));
    struct avt_musetalk_square square = avt_musetalk_square_of(&box);
    AVT_CLEANUP(avt_freep) uint8_t *classes = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    AVT_CLEANUP(avt_freep) uint8_t *mask = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    AVT_CLEANUP(avt_freep) float *white = avt_new0(float, IMAGE);
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    for (int i = 0; i < IMAGE; i++)
        white[i] = 1;
    assert_int_equal(avt_image_new(TINY_WIDTH, TINY_HEIGHT, &image, NULL), AVT_OK);
    avt_musetalk_classes_from_mesh(&face, &square, classes);
    avt_musetalk_jaw(classes, mask);
    assert_int_equal(avt_musetalk_blend(image, &box, mask, white, 1, NULL), AVT_OK);
    static const struct {
        int point, low, high;
    } rows[] = {{13, 255, 255}, {14, 255, 255}, {61, 255, 255}, {291, 255, 255}, {17, 255, 255}, {199, 255, 255},
                {152, 60, 254} /* the chin's edge */, {1, 0, 30}, {5, 0, 20}, {468, 0, 0}, {10, 0, 0}, {234, 0, 20}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_point3 at = face.mesh[rows[i].point];
        int seen = avt_image_row(image, (int)at.y)[4 * (int)at.x];
        if (seen < rows[i].low || seen > rows[i].high)
            fail_msg("at point %d the mask is %d", rows[i].point, seen);
    }
    for (int y = 0; y < TINY_HEIGHT; y++) { /* no hard edge but those of the box */
        for (int x = box.x1 + 1; x < box.x2; x++)
            assert_true(abs(avt_image_row(image, y)[4 * x] - avt_image_row(image, y)[4 * x - 4]) < 90);
    }
}

/* --- the cache --- */

static char *make_temp(void)
{
    char *folder = avt_strdup("/tmp/avatar-musetalk-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

/* The files that a test makes in its folder; and the folder. */
static void remove_temp(char **folder)
{
    static const char *const names[] = {"face.musetalk", "whisper_encoder.onnx", "vae_encoder.onnx", "unet.onnx",
                                        "vae_decoder.onnx", "face_parsing.onnx"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", *folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(*folder);
    avt_free(*folder);
}

static void musetalk__pictures_of_a_clip_are_known(void **state)
{
    (void)state;
    AVT_CLEANUP(remove_temp) char *temp = make_temp();
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/face.musetalk", temp);
    const struct avt_painter_film options = {.fps_num = 25, .fps_den = 1, .cache = temp, .cache_key = "face"};
    void *painter = open_tiny(&options);
    AVT_CLEANUP(avt_image_freep) struct avt_image *fresh = paint_one(painter, 3, 7, 1);
    AVT_CLEANUP(avt_image_freep) struct avt_image *again = paint_one(painter, 3, 7, 1);
    AVT_CLEANUP(avt_image_freep) struct avt_image *single = paint_one(painter, 3, -1, 1);
    assert_true(is_same_picture(fresh, again) && is_same_picture(fresh, single));
    assert_false(avt_file_exists(path));
    avt_painter_musetalk.close(painter);
    assert_true(avt_file_exists(path));
    /* A picture of the same number and box is taken from the file: it is not looked at any more. */
    painter = open_tiny(&options);
    struct avt_face face = tiny_face();
    AVT_CLEANUP(avt_image_freep) struct avt_image *known = tiny_picture();
    memset(avt_image_row(known, 60), 0, 4 * TINY_WIDTH);
    const struct avt_painter_view view = {known, &face, 3, 7, 1};
    assert_int_equal(avt_painter_musetalk.paint(painter, &view, 1, NULL), AVT_OK);
    memcpy(avt_image_row(known, 60), avt_image_row(fresh, 60), 4 * TINY_WIDTH);
    assert_true(is_same_picture(known, fresh));
    avt_painter_musetalk.close(painter);
}

static const char print_a[] = "0123456789012345678901234567890123456789012345678901234567890123";
static const char print_b[] = "1123456789012345678901234567890123456789012345678901234567890123";

static void musetalk__cache_is_read_with_care(void **state)
{
    (void)state;
    AVT_CLEANUP(remove_temp) char *temp = make_temp();
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/face.musetalk", temp);
    AVT_CLEANUP(avt_freep) float *latents = avt_new0(float, 2 * (size_t)BOTH);
    AVT_CLEANUP(avt_freep) uint8_t *mask = avt_new0(uint8_t, 2 * (size_t)AVT_MUSETALK_PARSE_PIXELS);
    float *found = latents + BOTH;
    uint8_t *found_mask = mask + AVT_MUSETALK_PARSE_PIXELS;
    for (int i = 0; i < BOTH; i++)
        latents[i] = (float)i * .25f - 7;
    for (int i = 0; i < AVT_MUSETALK_PARSE_PIXELS; i++)
        mask[i] = i * 7 % 13 < 5 ? 255 : 0;
    const struct avt_musetalk_box box = {1, 2, 30, 40}, other = {1, 2, 30, 41};
    struct avt_musetalk_cache *cache = avt_musetalk_cache_open(path, print_a, true);
    avt_musetalk_cache_keep(cache, 5, &box, latents, mask);
    avt_musetalk_cache_keep(cache, 5, &box, latents, mask);
    assert_int_equal(avt_musetalk_cache_count(cache), 1);
    avt_musetalk_cache_close(cache);

    cache = avt_musetalk_cache_open(path, print_a, true);
    assert_true(avt_musetalk_cache_find(cache, 5, &box, found, found_mask));
    assert_memory_equal(latents, found, BOTH * sizeof(float));
    assert_memory_equal(mask, found_mask, AVT_MUSETALK_PARSE_PIXELS);
    assert_false(avt_musetalk_cache_find(cache, 5, &other, found, found_mask));
    assert_false(avt_musetalk_cache_find(cache, 6, &box, found, found_mask));
    assert_false(avt_musetalk_cache_find(cache, -1, &box, found, found_mask));
    avt_musetalk_cache_close(cache);

    /* Of other networks; without masks. */
    cache = avt_musetalk_cache_open(path, print_b, true);
    assert_int_equal(avt_musetalk_cache_count(cache), 0);
    avt_musetalk_cache_close(cache);
    cache = avt_musetalk_cache_open(path, print_a, false);
    assert_int_equal(avt_musetalk_cache_count(cache), 0);
    avt_musetalk_cache_close(cache);

    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(path, 1 << 20, &data, &size, NULL), AVT_OK);
    const uint8_t *pictures = NULL;
    int count = 0;
    struct avt_error error = {0};
    for (size_t cut = 0; cut < size; cut += cut < 200 ? 1 : 997)
        assert_int_equal(avt_musetalk_cache_parse((uint8_t *)data, cut, print_a, true, &pictures, &count, &error),
                         AVT_EFORMAT);
    data[size - 5] ^= 1; /* one bit of a mask: that picture is made anew */
    assert_int_equal(avt_file_write(path, data, size, NULL), AVT_OK);
    cache = avt_musetalk_cache_open(path, print_a, true);
    assert_int_equal(avt_musetalk_cache_count(cache), 1);
    assert_false(avt_musetalk_cache_find(cache, 5, &box, found, found_mask));
    avt_musetalk_cache_close(cache);
}

static void musetalk__cache_is_bounded(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) float *latents = avt_new0(float, BOTH);
    const struct avt_musetalk_box box = {1, 2, 30, 40};
    AVT_CLEANUP(avt_musetalk_cache_closep)
    struct avt_musetalk_cache *cache = avt_musetalk_cache_open(NULL, print_a, false);
    for (int i = 0; i < AVT_MUSETALK_CACHE_MAX + 5; i++)
        avt_musetalk_cache_keep(cache, i, &box, latents, NULL);
    assert_int_equal(avt_musetalk_cache_count(cache), AVT_MUSETALK_CACHE_MAX);
    assert_true(avt_musetalk_cache_find(cache, 0, &box, latents, NULL));
    assert_false(avt_musetalk_cache_find(cache, AVT_MUSETALK_CACHE_MAX, &box, latents, NULL));
}

/* --- what goes wrong --- */

static void musetalk__can_be_cancelled(void **state)
{
    (void)state;
    struct avt_cancel cancel = {0};
    const struct avt_painter_film options = {.fps_num = 25, .fps_den = 1, .cancel = &cancel};
    void *painter = open_tiny(&options);
    avt_cancel_request(&cancel);
    struct avt_face face = tiny_face();
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = tiny_picture();
    AVT_CLEANUP(avt_image_freep) struct avt_image *plain = tiny_picture();
    const struct avt_painter_view view = {image, &face, 0, -1, 1};
    assert_int_equal(avt_painter_musetalk.paint(painter, &view, 1, NULL), AVT_ECANCELLED);
    assert_true(is_same_picture(image, plain));
    avt_painter_musetalk.close(painter);
}

static enum avt_code no_sound(void *user, long long from, size_t count, float *ret_samples, struct avt_error *reterr)
{
    (void)user, (void)from, (void)count, (void)ret_samples;
    return avt_fail(reterr, AVT_EIO, "the sound is gone");
}

static void musetalk__tells_why_it_cannot_hear(void **state)
{
    (void)state;
    const struct avt_painter_sound sound = {160000, no_sound, NULL};
    const struct avt_painter_film film = {.fps_num = 25, .fps_den = 1, .sound = &sound};
    void *painter = open_tiny(&film);
    struct avt_error error = {0};
    struct avt_face face = tiny_face();
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = tiny_picture();
    const struct avt_painter_view view = {image, &face, 0, -1, 1};
    assert_int_equal(avt_painter_musetalk.paint(painter, &view, 1, &error), AVT_EIO);
    assert_string_equal(error.message, "the sound is gone");
    avt_painter_musetalk.close(painter);
}

/* One film after the other with the networks that are loaded: of another rate, and from the start. */
static void musetalk__paints_film_after_film(void **state)
{
    (void)state;
    struct avt_painter_film film = {.fps_num = 30, .fps_den = 1, .batch = 1, .sound = &tiny};
    void *painter = open_tiny(&film);
    AVT_CLEANUP(avt_image_freep) struct avt_image *first = paint_one(painter, 7, -1, 1);
    avt_painter_musetalk.end(painter);
    film.fps_num = 25;
    assert_int_equal(avt_painter_musetalk.begin(painter, &film, NULL), AVT_OK);
    AVT_CLEANUP(avt_image_freep) struct avt_image *other = paint_one(painter, 7, -1, 1);
    avt_painter_musetalk.end(painter);
    avt_painter_musetalk.end(painter); /* nothing is left to end */
    film.fps_num = 30;
    assert_int_equal(avt_painter_musetalk.begin(painter, &film, NULL), AVT_OK);
    AVT_CLEANUP(avt_image_freep) struct avt_image *again = paint_one(painter, 7, -1, 1);
    avt_painter_musetalk.close(painter);
    assert_true(is_same_picture(first, again));
    assert_false(is_same_picture(first, other));
}

/* Links to the tiny files, but for one. */
static void link_all(const char *temp, const char *but, const char *instead)
{
    static const char *const names[] = {"whisper_encoder.onnx", "vae_encoder.onnx", "unet.onnx", "vae_decoder.onnx",
                                        "face_parsing.onnx"};
    AVT_CLEANUP(avt_freep) char *folder = tiny_folder();
    AVT_CLEANUP(avt_freep) char *real = realpath(folder, NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bool is_it = strcmp(names[i], but) == 0;
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", temp, names[i]);
        AVT_CLEANUP(avt_freep) char *target = avt_asprintf("%s/%s", real, is_it ? instead : names[i]);
        (void)unlink(path);
        if ((is_it && *instead) || (!is_it && i < 4))
            assert_int_equal(symlink(target, path), 0);
    }
}

static void musetalk__says_what_is_missing_or_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *file, *instead;
        enum avt_code code;
        const char *messages[3];
    } rows[] = {
        {"vae_encoder.onnx", "", AVT_EMODEL, {"vae_encoder.onnx", "not there", ""}},
        {"unet.onnx", "", AVT_EMODEL, {"unet.onnx", "not there", ""}},
        {"unet.onnx", "expected.f32", AVT_EMODELBAD, {"unet.onnx", "", ""}},
        {"unet.onnx", "vae_decoder.onnx", AVT_EMODELBAD,
         {"unet.onnx", "input 'input_latents' should be like float32 [n, 8, 32, 32]", "nothing"}},
        {"vae_decoder.onnx", "vae_encoder.onnx", AVT_EMODELBAD, {"vae_decoder.onnx", "'latents'", "nothing"}},
        {"whisper_encoder.onnx", "unet.onnx", AVT_EMODELBAD, {"whisper_encoder.onnx", "'input_features'", "3000"}},
        {"face_parsing.onnx", "vae_encoder.onnx", AVT_EMODELBAD,
         {"face_parsing.onnx", "[1, 3, 512, 512]", "float32 [n, 3, 256, 256]"}},
    };
    AVT_CLEANUP(remove_temp) char *temp = make_temp();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        link_all(temp, rows[i].file, rows[i].instead);
        struct avt_error error = {0};
        struct avt_musetalk_model *model = NULL;
        assert_int_equal(avt_musetalk_model_open(&(struct avt_painter_weights){.folder = temp}, &model, &error),
                         rows[i].code);
        for (int k = 0; k < 3; k++) {
            if (!strstr(error.message, rows[i].messages[k]))
                fail_msg("row %zu: %s", i, error.message);
        }
    }
}

/* A file in float16 among others in float32. */
static void musetalk__takes_half_floats(void **state)
{
    (void)state;
    AVT_CLEANUP(remove_temp) char *temp = make_temp();
    AVT_CLEANUP(avt_freep) char *folder = tiny_folder();
    link_all(temp, "vae_decoder.onnx", "vae_decoder_half.onnx");
    AVT_CLEANUP(avt_musetalk_model_freep) struct avt_musetalk_model *whole = NULL;
    AVT_CLEANUP(avt_musetalk_model_freep) struct avt_musetalk_model *half = NULL;
    assert_int_equal(avt_musetalk_model_open(&(struct avt_painter_weights){.folder = folder}, &whole, NULL), AVT_OK);
    assert_int_equal(avt_musetalk_model_open(&(struct avt_painter_weights){.folder = temp}, &half, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) float *latents = avt_new0(float, AVT_MUSETALK_LATENTS);
    AVT_CLEANUP(avt_freep) float *images = avt_new0(float, 2 * (size_t)IMAGE);
    for (int i = 0; i < AVT_MUSETALK_LATENTS; i++)
        latents[i] = (float)(i % 17) * .02f - .1f;
    assert_int_equal(avt_musetalk_decode(whole, latents, 1, NULL, images, NULL), AVT_OK);
    assert_int_equal(avt_musetalk_decode(half, latents, 1, NULL, images + IMAGE, NULL), AVT_OK);
    float worst = 0;
    for (int i = 0; i < IMAGE; i++)
        worst = fmaxf(worst, fabsf(images[i] - images[IMAGE + i]));
    assert_true(worst > 0 && worst < 5e-2f);
}

/* Pictures of numbers that are none. */
static void musetalk__notices_what_is_no_picture(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_folder();
    AVT_CLEANUP(avt_musetalk_model_freep) struct avt_musetalk_model *model = NULL;
    assert_int_equal(avt_musetalk_model_open(&(struct avt_painter_weights){.folder = folder}, &model, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) float *latents = avt_new0(float, 2 * (size_t)AVT_MUSETALK_LATENTS);
    AVT_CLEANUP(avt_freep) float *images = avt_new0(float, 2 * (size_t)IMAGE);
    struct avt_error error = {0};
    for (int i = 0; i < 2 * AVT_MUSETALK_LATENTS; i++)
        latents[i] = (float)(i % 17) * .1f - 1;
    assert_int_equal(avt_musetalk_decode(model, latents, 2, NULL, images, &error), AVT_OK);
    latents[AVT_MUSETALK_LATENTS + 9] = NAN; /* in the second only */
    assert_int_equal(avt_musetalk_decode(model, latents, 2, NULL, images, &error), AVT_EMODELBAD);
    assert_non_null(strstr(error.message, "vae_decoder.onnx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(musetalk__as_diffusers),
        cmocka_unit_test(musetalk__listens_when_asked),
        cmocka_unit_test(musetalk__passes_through),
        cmocka_unit_test(musetalk__batches_keep_apart),
        cmocka_unit_test(musetalk__changes_the_lower_face_only),
        cmocka_unit_test(musetalk__blends_without_a_trace),
        cmocka_unit_test(musetalk__mask_of_a_mesh),
        cmocka_unit_test(musetalk__pictures_of_a_clip_are_known),
        cmocka_unit_test(musetalk__cache_is_read_with_care),
        cmocka_unit_test(musetalk__cache_is_bounded),
        cmocka_unit_test(musetalk__paints_film_after_film),
        cmocka_unit_test(musetalk__can_be_cancelled),
        cmocka_unit_test(musetalk__tells_why_it_cannot_hear),
        cmocka_unit_test(musetalk__says_what_is_missing_or_does_not_fit),
        cmocka_unit_test(musetalk__takes_half_floats),
        cmocka_unit_test(musetalk__notices_what_is_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
