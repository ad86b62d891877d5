/* SPDX-License-Identifier: Apache-2.0 */
#include "wav2lip_fixture.h"

#include <math.h>

#include "face_points.h"
#include "lipsync/painter.h"
#include "lipsync/painter_check.h"
#include "lipsync/wav2lip_crop.h"
#include "lipsync/wav2lip_mel.h"
#include "lipsync/wav2lip_net.h"
#include "shot_fixture.h"

enum {
    MEL = AVT_WAV2LIP_BANDS * AVT_WAV2LIP_STEPS,
    MASK = AVT_WAV2LIP_MASK_SIDE,
    WIDTH = 240,
    HEIGHT = 280,
    CHIN = 152, /* points of the mesh */
    NOSE_TIP = 4,
    LIP_UPPER = 13,
    LIP_LOWER = 14,
};

/* --- a face, a picture, a sound --- */

static void make_face(float eyes, float x, float y, struct avt_face *ret_face)
{
    *ret_face = (struct avt_face){.eye_distance = eyes};
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        const short *point = face_points[i];
        ret_face->mesh[i] = (struct avt_point3){x + eyes * point[0] / 1000, y + eyes * point[1] / 1000,
                                                -eyes * point[2] / 1000};
    }
}

/* Waves that a network of 96 pixels can carry. */
static struct avt_image *make_picture(int number)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(WIDTH, HEIGHT, &image, NULL), AVT_OK);
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *pixel = avt_image_row(image, y);
        for (int x = 0; x < WIDTH; x++, pixel += 4) {
            for (int c = 0; c < 3; c++)
                pixel[c] = (uint8_t)(127 + 90 * sin(x / (21. + 3 * c) + number) * cos(y / (27. - 2 * c)));
            pixel[3] = 255;
        }
    }
    return image;
}

struct tone {
    long long count;
    float level;
    bool swells; /* from nothing to the level */
    int reads_left; /* before it fails; -1: never */
};

static enum avt_code read_tone(void *user, long long from, size_t count, float *ret_samples, struct avt_error *reterr)
{
    struct tone *tone = user;
    if (tone->reads_left == 0)
        return avt_fail(reterr, AVT_EIO, "no more");
    tone->reads_left -= tone->reads_left > 0;
    for (size_t i = 0; i < count; i++) {
        long long at = from + (long long)i;
        bool is_within = at >= 0 && at < tone->count;
        float level = tone->level * (tone->swells ? powf((float)at / (float)tone->count, 3) : 1);
        ret_samples[i] = is_within ? level * (float)sin(2 * M_PI * 440 * (double)at / 16000) : 0;
    }
    return AVT_OK;
}

static double psnr(const struct avt_image *a, const struct avt_image *b)
{
    double sum = 0;
    for (int y = 0; y < a->height; y++) {
        for (int i = 0; i < 4 * a->width; i++) {
            double error = avt_image_row(a, y)[i] - avt_image_row(b, y)[i];
            sum += error * error;
        }
    }
    return sum > 0 ? 10 * log10(255. * 255. * 4 * a->width * a->height / sum) : HUGE_VAL;
}

/* --- what the notes say, line by line --- */

static void facts__of_the_published_program(void **state)
{
    (void)state;
    const struct {
        const char *fact;
        double is, should_be;
    } rows[] = {
        {"16 kHz", AVT_WAV2LIP_RATE, 16000},
        {"pre-emphasis .97", AVT_WAV2LIP_EMPHASIS, .97},
        {"n_fft 800, win 800", AVT_WAV2LIP_WINDOW, 800},
        {"hop 200", AVT_WAV2LIP_HOP, 200},
        {"80 mels", AVT_WAV2LIP_BANDS, 80},
        {"fmin 55", AVT_WAV2LIP_HZ_MIN, 55},
        {"fmax 7600", AVT_WAV2LIP_HZ_MAX, 7600},
        {"20*log10(max(1e-5,S))...", AVT_WAV2LIP_FLOOR, 1e-5},
        {"...-20", AVT_WAV2LIP_REFERENCE_DB, 20},
        {"clip(8*(S+100)/100-4...", 2 * AVT_WAV2LIP_RANGE / -AVT_WAV2LIP_FLOOR_DB, 8. / 100},
        {"...+-4)", AVT_WAV2LIP_RANGE, 4},
        {"80 mel frames/s", AVT_WAV2LIP_STEPS_A_SECOND, 80},
        {"chunk 16 cols", AVT_WAV2LIP_STEPS, 16},
        {"(0.2 s)", (double)AVT_WAV2LIP_STEPS / AVT_WAV2LIP_STEPS_A_SECOND, .2},
        {"pads top 0", AVT_WAV2LIP_PAD_TOP, 0},
        {"pads bottom 10", AVT_WAV2LIP_PAD_BOTTOM, 10},
        {"pads left 0", AVT_WAV2LIP_PAD_LEFT, 0},
        {"pads right 0", AVT_WAV2LIP_PAD_RIGHT, 0},
        {"mean over 5 boxes", AVT_WAV2LIP_BOXES, 5},
        {"resize 96x96", AVT_WAV2LIP_SIDE, 96},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (fabs(rows[i].is - rows[i].should_be) > 1e-12)
            fail_msg("%s: %g", rows[i].fact, rows[i].is);
    }
}

/* "from int(i*80/fps), last chunk right-aligned" */
static void mel_start__is_exact_and_ends_on_the_last(void **state)
{
    (void)state;
    static const struct {
        long long frame;
        int num, den;
        long long columns, expected;
    } rows[] = {
        {0, 25, 1, 801, 0},
        {1, 25, 1, 801, 3}, /* 3.2 */
        {4, 25, 1, 801, 12},
        {5, 25, 1, 801, 16},
        {245, 25, 1, 801, 784},
        {246, 25, 1, 801, 785}, /* 787.2 + 16 > 801 */
        {9999, 25, 1, 801, 785},
        {3, 30, 1, 801, 8},
        /* 29.97: not that of 30, nor of 29 */
        {1000, 30000, 1001, 100000, 2669},
        {30000, 30000, 1001, 100000, 80080},
        {1000000000000000, 30000, 1001, 9000000000000000000, 2669333333333333}, /* products beyond 64 bits */
        {0, 25, 1, 16, 0},
        {7, 25, 1, 5, 0}, /* shorter than a chunk */
        {7, 25, 1, 17, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(avt_wav2lip_mel_start(rows[i].frame, rows[i].num, rows[i].den, rows[i].columns),
                         rows[i].expected);
    }
    assert_int_equal(avt_wav2lip_mel_columns(0), 1);
    assert_int_equal(avt_wav2lip_mel_columns(199), 1);
    assert_int_equal(avt_wav2lip_mel_columns(200), 2);
    assert_int_equal(avt_wav2lip_mel_columns(16000), 81);
}

static void read_mel(struct avt_wav2lip_mel *mel, long long start, float values[MEL])
{
    struct avt_error error = {0};
    if (avt_wav2lip_mel_read(mel, start, values, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

/* "adds NaN guard for TTS digital silence" */
static void mel__of_digital_silence_is_its_floor(void **state)
{
    (void)state;
    for (long long count = 0; count <= 16000; count = count ? 10 * count : 1) {
        struct tone tone = {.count = count, .reads_left = -1};
        const struct avt_painter_sound sound = {.count = count, .read = read_tone, .user = &tone};
        AVT_CLEANUP(avt_wav2lip_mel_freep) struct avt_wav2lip_mel *mel = avt_wav2lip_mel_new(&sound);
        float values[MEL];
        read_mel(mel, 0, values);
        for (int i = 0; i < MEL; i++)
            assert_true(values[i] == -4);
    }
}

/* Columns that were kept are those that would be computed. */
static void mel__is_the_same_from_anywhere(void **state)
{
    (void)state;
    struct tone tone = {.count = 8100, .level = .5f, .reads_left = -1};
    const struct avt_painter_sound sound = {.count = tone.count, .read = read_tone, .user = &tone};
    AVT_CLEANUP(avt_wav2lip_mel_freep) struct avt_wav2lip_mel *mel = avt_wav2lip_mel_new(&sound);
    static const int starts[] = {0, 3, 6, 9, 25, 24, 60, 0};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        AVT_CLEANUP(avt_wav2lip_mel_freep) struct avt_wav2lip_mel *fresh = avt_wav2lip_mel_new(&sound);
        float kept[MEL], computed[MEL];
        read_mel(mel, starts[i], kept);
        read_mel(fresh, starts[i], computed);
        assert_memory_equal(kept, computed, sizeof(kept));
        for (int k = 0; k < MEL; k++)
            assert_true(kept[k] >= -4 && kept[k] <= 4);
    }
    /* The loudest band is that of 440 Hz. */
    float values[MEL];
    read_mel(mel, 10, values);
    int loudest = 0;
    for (int band = 0; band < AVT_WAV2LIP_BANDS; band++)
        loudest = values[band * AVT_WAV2LIP_STEPS] > values[loudest * AVT_WAV2LIP_STEPS] ? band : loudest;
    double low = 55 * 3 / 200., high = 15 + log(7.6) * 27 / log(6.4), step = (high - low) / 81;
    assert_true(fabs((440 * 3 / 200. - low) / step - 1 - loudest) <= 1);
    read_mel(mel, 41, values); /* 8100 samples have 41 columns: this is beyond */
    for (int k = 0; k < MEL; k++)
        assert_true(values[k] == -4);
    tone.reads_left = 1;
    struct avt_error error = {0};
    assert_int_equal(avt_wav2lip_mel_read(mel, 0, values, &error), AVT_EIO);
}

/* "Crop: ... BGR/255, lower half zeroed; input [B,6,96,96]=(masked|full)" */
static void crop__is_bgr_with_the_lower_half_black(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = make_picture(0);
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *row = avt_image_row(image, y);
        for (int x = 0; x < WIDTH; x++)
            memcpy(row + (size_t)4 * (size_t)x, x < 200 ? (uint8_t[]){51, 102, 204, 255} : (uint8_t[]){0, 0, 0, 0}, 4);
    }
    static float planes[6 * 96 * 96];
    const struct avt_wav2lip_box box = {10.25, 20.5, 180.75, 240};
    assert_int_equal(avt_wav2lip_crop(image, &box, 96, planes, NULL), AVT_OK);
    for (int c = 0; c < 6; c++) {
        for (int i = 0; i < 96 * 96; i++) {
            float expected = c < 3 && i / 96 >= 48 ? 0 : (const float[]){.8f, .4f, .2f}[c % 3];
            assert_true(fabsf(planes[c * 96 * 96 + i] - expected) < 1e-5f);
        }
    }
    /* What is cut out is seen over grey. */
    const struct avt_wav2lip_box outside = {205, 20, 240, 60};
    assert_int_equal(avt_wav2lip_crop(image, &outside, 96, planes, NULL), AVT_OK);
    assert_true(fabsf(planes[5 * 96 * 96 + 48 * 96 + 90] - 128 / 255.f) < 1e-5f);
}

static void box__is_the_face_and_pads(void **state)
{
    (void)state;
    struct avt_face face;
    make_face(70, 120, 100, &face);
    struct avt_wav2lip_box box;
    assert_true(avt_wav2lip_box_of(&face, WIDTH, HEIGHT, &box));
    double x0 = HUGE_VAL, y0 = HUGE_VAL, x1 = -HUGE_VAL, y1 = -HUGE_VAL;
    for (int i = 0; i < 468; i++) {
        x0 = fmin(x0, (double)face.mesh[i].x), x1 = fmax(x1, (double)face.mesh[i].x);
        y0 = fmin(y0, (double)face.mesh[i].y), y1 = fmax(y1, (double)face.mesh[i].y);
    }
    assert_true(fabs(box.x0 - x0) < 1e-9 && fabs(box.x1 - x1) < 1e-9 && fabs(box.y0 - y0) < 1e-9);
    assert_true(fabs(box.y1 - (y1 + .02 * (y1 - y0) + 10)) < 1e-9);
    /* The half of it is at the tip of the nose, above the lips; the chin is within. */
    double half = (box.y0 + box.y1) / 2;
    assert_true(fabs(half - (double)face.mesh[NOSE_TIP].y) < .12 * (box.y1 - box.y0));
    assert_true(half < (double)face.mesh[LIP_UPPER].y && (double)face.mesh[CHIN].y < box.y1 - 10);

    /* Within the picture, or none. */
    make_face(70, 230, 240, &face);
    assert_true(avt_wav2lip_box_of(&face, WIDTH, HEIGHT, &box));
    assert_true(box.x1 <= WIDTH && box.y1 <= HEIGHT && box.x0 > 0);
    make_face(70, 900, 100, &face);
    assert_false(avt_wav2lip_box_of(&face, WIDTH, HEIGHT, &box));
    make_face(4, 100, 100, &face);
    assert_false(avt_wav2lip_box_of(&face, WIDTH, HEIGHT, &box));
    make_face(70, 120, 100, &face);
    face.mesh[7].x = NAN;
    assert_false(avt_wav2lip_box_of(&face, WIDTH, HEIGHT, &box));
}

static void boxes__are_averaged_until_the_face_jumps(void **state)
{
    (void)state;
    struct avt_wav2lip_boxes boxes = {0};
    for (int i = 0; i < 8; i++) {
        const struct avt_wav2lip_box box = {10 + i, 20, 110 + i, 140 + 2 * i};
        struct avt_wav2lip_box mean = avt_wav2lip_boxes_add(&boxes, 100 + i, &box);
        int known = i < 4 ? i + 1 : 5;
        assert_true(fabs(mean.x0 - (10 + i - (known - 1) / 2.)) < 1e-9 && fabs(mean.x1 - mean.x0 - 100) < 1e-9);
        assert_true(fabs(mean.y0 - 20) < 1e-9 && fabs(mean.y1 - (140 + 2 * i - (known - 1))) < 1e-9);
    }
    static const struct {
        const char *what;
        long long frame;
        struct avt_wav2lip_box box;
        bool is_kept;
    } rows[] = {
        {"goes on", 108, {18, 20, 118, 156}, true},
        {"a picture is missing", 109, {18, 20, 118, 156}, false},
        {"elsewhere", 108, {60, 20, 160, 156}, false},
        {"lower", 108, {18, 70, 118, 206}, false},
        {"much larger", 108, {0, 0, 130, 180}, false},
        {"much smaller", 108, {18, 20, 98, 126}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_wav2lip_boxes copy = boxes;
        struct avt_wav2lip_box mean = avt_wav2lip_boxes_add(&copy, rows[i].frame, &rows[i].box);
        if (rows[i].is_kept != (fabs(mean.y1 - rows[i].box.y1) > 1e-9))
            fail_msg("%s", rows[i].what);
    }
}

static void mask__is_the_lower_face_and_soft(void **state)
{
    (void)state;
    struct avt_face face;
    struct avt_wav2lip_box box;
    for (int row = 0; row < 3; row++) {
        /* in the middle, off a border, large and cut off */
        make_face((const float[]){70, 60, 110}[row], (const float[]){120, 100, 120}[row],
                  (const float[]){100, 90, 150}[row], &face);
        assert_true(avt_wav2lip_box_of(&face, WIDTH, HEIGHT, &box));
        static float mask[MASK * MASK];
        assert_int_equal(avt_wav2lip_mask(&face, &box, mask, NULL), AVT_OK);
        float most = 0, step = 0;
        for (int y = 0; y < MASK; y++) {
            for (int x = 0; x < MASK; x++) {
                float value = mask[y * MASK + x];
                assert_true(value >= 0 && value <= 1);
                assert_true(y >= MASK / 2 || value == 0);
                most = fmaxf(most, value);
                step = fmaxf(step, x ? fabsf(value - mask[y * MASK + x - 1]) : value);
                step = fmaxf(step, y ? fabsf(value - mask[(y - 1) * MASK + x]) : value);
            }
        }
        assert_true(most > .99f);
        assert_true(step < .4f); /* no edge */
        for (int i = 0; i < MASK; i++) {
            assert_true(mask[i * MASK] < .05f && mask[i * MASK + MASK - 1] < .05f);
            assert_true(mask[(MASK - 1) * MASK + i] < .05f);
        }
        for (int i = 0; i < 4 && row < 2; i++) { /* corners and middle of the lips are the network's as a whole */
            const struct avt_point3 *point = &face.mesh[(const int[]){61, 291, LIP_UPPER, LIP_LOWER}[i]];
            int x = (int)(((double)point->x - box.x0) / (box.x1 - box.x0) * MASK);
            int y = (int)(((double)point->y - box.y0) / (box.y1 - box.y0) * MASK);
            assert_true(mask[y * MASK + x] > .98f);
        }
    }
}

/* Lips are the network's from either side, too. */
static void mask__has_the_lips_of_a_turned_face(void **state)
{
    (void)state;
    struct avt_face face;
    struct avt_wav2lip_box box;
    static float mask[MASK * MASK];
    for (int degrees = -60; degrees <= 60; degrees += 5) {
        float turn = (float)degrees * (float)M_PI / 180;
        make_face(70, 120, 100, &face);
        for (int i = 0; i < AVT_MESH_POINTS; i++) {
            struct avt_point3 *point = &face.mesh[i];
            point->x = 120 + cosf(turn) * (point->x - 120) + sinf(turn) * point->z;
        }
        assert_true(avt_wav2lip_box_of(&face, WIDTH, HEIGHT, &box));
        assert_int_equal(avt_wav2lip_mask(&face, &box, mask, NULL), AVT_OK);
        for (int i = 0; i < 4; i++) {
            const struct avt_point3 *point = &face.mesh[(const int[]){61, 291, LIP_UPPER, LIP_LOWER}[i]];
            int x = (int)(((double)point->x - box.x0) / (box.x1 - box.x0) * MASK);
            int y = (int)(((double)point->y - box.y0) / (box.y1 - box.y0) * MASK);
            if (mask[y * MASK + x] < .75f)
                fail_msg("%d degrees, %d: %.2f", degrees, i, (double)mask[y * MASK + x]);
        }
    }
}

/* --- the network --- */

static void *open_painter(const char *folder, int batch, const struct avt_cancel *cancel,
                          const struct avt_painter_sound *sound)
{
    const struct avt_painter_film film = {.fps_num = 25, .fps_den = 1, .batch = batch, .sound = sound,
                                          .cancel = cancel};
    void *state = NULL;
    struct avt_error error = {0};
    if (avt_painter_wav2lip.open(&(struct avt_painter_weights){.folder = folder}, &state, &error) != AVT_OK ||
        avt_painter_wav2lip.begin(state, &film, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return state;
}

static void close_painter(void *state_ptr)
{
    avt_painter_wav2lip.close(*(void **)state_ptr);
}

static void remove_tiny(char **folder)
{
    tiny_remove(*folder);
}

static void shot_init(struct shot *shot, int number, float eyes)
{
    shot->image = make_picture(number);
    shot->before = make_picture(number);
    make_face(eyes, 118 + (float)number, 96, &shot->face);
}

static struct tone second = {.count = 16000, .level = .3f, .reads_left = -1};
static const struct avt_painter_sound second_sound = {.count = 16000, .read = read_tone, .user = &second};

/* A network that gives back what it sees leaves the picture as it was, whatever its side and batch, and whatever its
 * exporter called what it takes. */
static void paint__gives_back_what_the_network_does(void **state)
{
    (void)state;
    const struct tiny rows[] = {
        {.from_full = 1, .side = 96},
        {.from_full = 1, .side = 256},
        {.from_full = 1, .side = 96, .batch = 1},
        {.from_full = 1, .side = 96, .batch = 2}, /* three pictures: one place stays empty */
        {.from_full = 1}, /* says nothing of its side */
        {.from_full = 1, .side = 96, .mel = "mel_spectrogram", .video = "video_frames"},
        {.from_full = 1, .side = 96, .mel = "audio_sequences", .video = "face_sequences", .is_turned = true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(remove_tiny) char *folder = tiny_make(&rows[i]);
        AVT_CLEANUP(close_painter) void *painter = open_painter(folder, 3, NULL, &second_sound);
        struct shot shots[3];
        struct avt_painter_view views[3];
        for (int k = 0; k < 3; k++) {
            shot_init(&shots[k], k, 45);
            views[k] = view_of(&shots[k], k, 1);
        }
        struct avt_error error = {0};
        if (avt_painter_wav2lip.paint(painter, views, 3, &error) != AVT_OK)
            fail_msg("row %zu: %s", i, error.message);
        for (int k = 0; k < 3; k++) {
            if (psnr(shots[k].image, shots[k].before) < 50)
                fail_msg("row %zu, picture %d: %.1f dB", i, k, psnr(shots[k].image, shots[k].before));
            shot_done(&shots[k]);
        }
    }
}

/* Grey is laid over the lower face, by its strength, and over nothing else. */
static void paint__changes_the_lower_face_only(void **state)
{
    (void)state;
    const struct tiny grey = {.from_full = .004f, .bias = .5f, .side = 96};
    AVT_CLEANUP(remove_tiny) char *folder = tiny_make(&grey);
    AVT_CLEANUP(close_painter) void *painter = open_painter(folder, 4, NULL, &second_sound);
    struct shot shots[4];
    for (int i = 0; i < 4; i++)
        shot_init(&shots[i], 0, 45);
    struct avt_painter_view views[] = {view_of(&shots[0], 0, 1), view_of(&shots[1], 1, .5f), view_of(&shots[2], 2, 0),
                                       view_of(&shots[3], 3, 1)};
    views[3].face = NULL;
    assert_int_equal(avt_painter_wav2lip.paint(painter, views, 4, NULL), AVT_OK);
    const struct avt_face *face = &shots[0].face;
    float half = (face->mesh[LIP_UPPER].y + face->mesh[NOSE_TIP].y) / 2 - 30, below = face->mesh[CHIN].y + 12;
    for (int y = 0; y < HEIGHT; y++) {
        const uint8_t *whole = avt_image_row(shots[0].image, y), *part = avt_image_row(shots[1].image, y);
        const uint8_t *before = avt_image_row(shots[0].before, y);
        if ((float)y < half || (float)y > below)
            assert_memory_equal(whole, before, 4 * WIDTH);
        for (int i = 0; i < 4 * WIDTH; i++) {
            assert_true(i % 4 != 3 || whole[i] == 255);
            /* half as much, to the rounding */
            assert_true(abs(2 * (part[i] - before[i]) - (whole[i] - before[i])) <= 3);
        }
    }
    int x = (int)face->mesh[LIP_LOWER].x, y = (int)face->mesh[LIP_LOWER].y;
    for (int c = 0; c < 3; c++)
        assert_in_range(avt_image_row(shots[0].image, y)[4 * x + c], 127, 130);
    assert_true(isinf(psnr(shots[2].image, shots[2].before)) && isinf(psnr(shots[3].image, shots[3].before)));
    for (int i = 0; i < 4; i++)
        shot_done(&shots[i]);
}

/* Each picture of a batch hears its own moment. */
static void paint__hears_the_moment_of_each_picture(void **state)
{
    (void)state;
    const struct tiny net = {.from_full = .004f, .bias = .5f, .from_mel = .1f, .side = 96};
    AVT_CLEANUP(remove_tiny) char *folder = tiny_make(&net);
    struct tone tone = {.count = 16000, .level = .3f, .swells = true, .reads_left = -1};
    const struct avt_painter_sound sound = {.count = tone.count, .read = read_tone, .user = &tone};
    AVT_CLEANUP(close_painter) void *painter = open_painter(folder, 3, NULL, &sound);
    AVT_CLEANUP(avt_wav2lip_mel_freep) struct avt_wav2lip_mel *mel = avt_wav2lip_mel_new(&sound);
    struct shot shots[3];
    struct avt_painter_view views[3];
    static const int frames[] = {0, 8, 21};
    for (int i = 0; i < 3; i++) {
        shot_init(&shots[i], 0, 45);
        views[i] = view_of(&shots[i], frames[i], 1);
    }
    assert_int_equal(avt_painter_wav2lip.paint(painter, views, 3, NULL), AVT_OK);
    float before = 0;
    for (int i = 0; i < 3; i++) {
        float values[MEL], mean = 0;
        read_mel(mel, avt_wav2lip_mel_start(frames[i], 25, 1, avt_wav2lip_mel_columns(tone.count)), values);
        for (int k = 0; k < MEL; k++)
            mean += values[k] / MEL;
        assert_true(i == 0 || fabsf(mean - before) > .05f);
        before = mean;
        const struct avt_point3 *lip = &shots[i].face.mesh[LIP_LOWER];
        int light = avt_image_row(shots[i].image, (int)lip->y)[4 * (int)lip->x];
        assert_true(fabsf((float)light - 255 * (.502f + .1f * mean)) < 2);
        shot_done(&shots[i]);
    }
}

static void paint__does_not_depend_on_the_batch(void **state)
{
    (void)state;
    const struct tiny net = {.from_masked = .5f, .from_full = .3f, .bias = .1f, .side = 96};
    AVT_CLEANUP(remove_tiny) char *folder = tiny_make(&net);
    struct shot shots[2][7];
    for (int run = 0; run < 2; run++) {
        int batch = run ? 7 : 2;
        AVT_CLEANUP(close_painter) void *painter = open_painter(folder, batch, NULL, &second_sound);
        struct avt_painter_view views[7];
        for (int i = 0; i < 7; i++) {
            shot_init(&shots[run][i], i, 45);
            views[i] = view_of(&shots[run][i], i, 1);
        }
        for (int i = 0; i < 7; i += batch) {
            size_t count = (size_t)(7 - i < batch ? 7 - i : batch);
            assert_int_equal(avt_painter_wav2lip.paint(painter, views + i, count, NULL), AVT_OK);
        }
    }
    for (int i = 0; i < 7; i++) {
        assert_true(isinf(psnr(shots[0][i].image, shots[1][i].image)));
        assert_true(psnr(shots[0][i].image, shots[0][i].before) < 50);
        shot_done(&shots[0][i]);
        shot_done(&shots[1][i]);
    }
}

/* What is no picture is told, and nothing is laid over. */
static void paint__refuses_what_is_no_picture(void **state)
{
    (void)state;
    const struct tiny rows[] = {
        {.from_full = 1, .bias = NAN, .side = 96},
        {.bias = INFINITY, .side = 96},
        {.bias = .5f, .side = 96},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(remove_tiny) char *folder = tiny_make(&rows[i]);
        AVT_CLEANUP(close_painter) void *painter = open_painter(folder, 2, NULL, &second_sound);
        AVT_CLEANUP(shot_done) struct shot shot;
        shot_init(&shot, 0, 45);
        const struct avt_painter_view view = view_of(&shot, 17, 1);
        struct avt_error error = {0};
        assert_int_equal(avt_painter_wav2lip.paint(painter, &view, 1, &error), AVT_EMODELBAD);
        assert_non_null(strstr(error.message, "frame 17"));
        assert_non_null(strstr(error.message, folder));
        /* Where nothing is to be painted, nothing is asked. */
        const struct avt_painter_view none = view_of(&shot, 18, 0);
        assert_int_equal(avt_painter_wav2lip.paint(painter, &none, 1, NULL), AVT_OK);
        assert_true(isinf(psnr(shot.image, shot.before)));
    }
}

static void paint__stops_when_cancelled_or_when_the_sound_fails(void **state)
{
    (void)state;
    const struct tiny net = {.from_full = 1, .side = 96};
    AVT_CLEANUP(remove_tiny) char *folder = tiny_make(&net);
    struct avt_cancel cancel = {0};
    struct tone tone = {.count = 16000, .reads_left = 3};
    const struct avt_painter_sound sound = {.count = 16000, .read = read_tone, .user = &tone};
    AVT_CLEANUP(close_painter) void *painter = open_painter(folder, 1, &cancel, &sound);
    AVT_CLEANUP(shot_done) struct shot shot;
    shot_init(&shot, 0, 45);
    const struct avt_painter_view view = view_of(&shot, 0, 1);
    assert_int_equal(avt_painter_wav2lip.paint(painter, &view, 1, NULL), AVT_EIO);
    tone.reads_left = -1;
    assert_int_equal(avt_painter_wav2lip.paint(painter, &view, 1, NULL), AVT_OK);
    avt_cancel_request(&cancel);
    assert_int_equal(avt_painter_wav2lip.paint(painter, &view, 1, NULL), AVT_ECANCELLED);
}

static void open__tells_what_is_wrong_with_a_file(void **state)
{
    (void)state;
    const struct {
        struct tiny net;
        const char *words;
    } rows[] = {
        {{.side = 96, .mel_bands = 128}, "[n, 1, 80, 16]"},
        {{.side = 96, .channels = 9}, "[n, 6, 96, 96]"},
        {{.side = 16}, "16 x 16"},
        {{.side = 95}, "95 x 95"},
        {{.side = 2048}, "2048 x 2048"},
        {{.side = 96, .batch = 65}, "65 pictures"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(remove_tiny) char *folder = tiny_make(&rows[i].net);
        const struct avt_painter_weights weights = {.folder = folder};
        void *painter = NULL;
        struct avt_error error = {0};
        assert_int_equal(avt_painter_wav2lip.open(&weights, &painter, &error), AVT_EMODELBAD);
        assert_null(painter);
        if (!strstr(error.message, rows[i].words) || !strstr(error.message, "wav2lip.onnx"))
            fail_msg("%s: %s", rows[i].words, error.message);
    }
    AVT_CLEANUP(remove_tiny) char *folder = tiny_make(&rows[0].net);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/wav2lip.onnx", folder);
    const struct avt_painter_weights weights = {.folder = folder};
    void *painter = NULL;
    assert_int_equal(avt_file_write(path, "nothing of the kind", 19, NULL), AVT_OK);
    assert_int_equal(avt_painter_wav2lip.open(&weights, &painter, NULL), AVT_EMODELBAD);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(avt_painter_wav2lip.open(&weights, &painter, NULL), AVT_EMODEL);
}

/* --- the same as the published steps, in Python: tools/check_wav2lip.py golden --- */

enum { STRIDE = 61, PICTURE_STRIDE = 3, GOLDEN_MAX = 3 };

struct golden {
    char *scene, *expected;
    const char *at;
    int32_t width, height, count, samples;
    int32_t frames[GOLDEN_MAX];
    struct avt_image *images[GOLDEN_MAX];
    struct avt_face faces[GOLDEN_MAX];
    const float *sound;
};

static enum avt_code read_golden(void *user, long long from, size_t count, float *ret_samples, struct avt_error *reterr)
{
    (void)reterr;
    const struct golden *golden = user;
    for (size_t i = 0; i < count; i++) {
        long long at = from + (long long)i;
        ret_samples[i] = at >= 0 && at < golden->samples ? golden->sound[at] : 0;
    }
    return AVT_OK;
}

static char *read_file(const char *folder, const char *name, size_t *ret_size)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, name);
    char *data = NULL;
    assert_int_equal(avt_file_read(path, 1 << 20, &data, ret_size, NULL), AVT_OK);
    return data;
}

static void golden_open(const char *folder, struct golden *golden)
{
    size_t size;
    golden->expected = read_file(folder, "expected", &size);
    golden->at = golden->expected;
    golden->scene = read_file(folder, "scene", &size);
    const char *at = golden->scene;
    memcpy(&golden->width, at, 4 * sizeof(int32_t));
    at += 4 * sizeof(int32_t);
    assert_int_equal(golden->count, GOLDEN_MAX);
    for (int i = 0; i < golden->count; i++) {
        memcpy(&golden->frames[i], at, sizeof(int32_t));
        at += sizeof(int32_t);
        assert_int_equal(avt_image_new(golden->width, golden->height, &golden->images[i], NULL), AVT_OK);
        for (int y = 0; y < golden->height; y++, at += 4 * golden->width)
            memcpy(avt_image_row(golden->images[i], y), at, 4 * (size_t)golden->width);
        memcpy(golden->faces[i].mesh, at, sizeof(golden->faces[i].mesh));
        at += sizeof(golden->faces[i].mesh);
    }
    golden->sound = (const float *)(const void *)at;
    assert_int_equal(at + (size_t)golden->samples * sizeof(float) - golden->scene, (ptrdiff_t)size);
}

static void golden_done(struct golden *golden)
{
    for (int i = 0; i < GOLDEN_MAX; i++)
        avt_image_free(golden->images[i]);
    avt_free(golden->scene);
    avt_free(golden->expected);
}

/* The largest difference of every so manieth value from what comes next. */
static float distance(struct golden *golden, const float *values, int count, int stride)
{
    float worst = 0;
    for (int i = 0; i < count; i += stride) {
        float expected;
        memcpy(&expected, golden->at, sizeof(expected));
        golden->at += sizeof(expected);
        worst = fmaxf(worst, fabsf(values[i] - expected));
    }
    return worst;
}

static void paint__agrees_with_the_published_steps(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/tiny_wav2lip", getenv("GOLDEN"));
    AVT_CLEANUP(golden_done) struct golden golden = {0};
    golden_open(folder, &golden);
    const struct avt_painter_sound sound = {.count = golden.samples, .read = read_golden, .user = &golden};
    AVT_CLEANUP(avt_wav2lip_net_close) struct avt_wav2lip_net net = {0};
    assert_int_equal(avt_wav2lip_net_open(&(struct avt_painter_weights){.folder = folder}, &net, NULL), AVT_OK);
    assert_int_equal(net.side, 96);
    AVT_CLEANUP(avt_wav2lip_mel_freep) struct avt_wav2lip_mel *mel = avt_wav2lip_mel_new(&sound);
    struct avt_wav2lip_boxes boxes = {0};
    static float values[MEL], planes[6 * 96 * 96], painted[3 * 96 * 96];
    for (int i = 0; i < golden.count; i++) {
        struct avt_wav2lip_box box;
        long long columns = avt_wav2lip_mel_columns(golden.samples);
        read_mel(mel, avt_wav2lip_mel_start(golden.frames[i], 25, 1, columns), values);
        assert_true(distance(&golden, values, MEL, 1) <= 1e-4f);
        assert_true(avt_wav2lip_box_of(&golden.faces[i], golden.width, golden.height, &box));
        box = avt_wav2lip_boxes_add(&boxes, golden.frames[i], &box);
        assert_int_equal(avt_wav2lip_crop(golden.images[i], &box, 96, planes, NULL), AVT_OK);
        assert_true(distance(&golden, planes, 6 * 96 * 96, STRIDE) <= 1e-3f);
        assert_int_equal(avt_wav2lip_net_run(&net, values, planes, 1, NULL, painted, NULL), AVT_OK);
        assert_true(distance(&golden, painted, 3 * 96 * 96, STRIDE) <= 1e-3f);
    }

    AVT_CLEANUP(close_painter) void *painter = open_painter(folder, GOLDEN_MAX, NULL, &sound);
    struct avt_painter_view views[GOLDEN_MAX];
    for (int i = 0; i < golden.count; i++)
        views[i] = (struct avt_painter_view){.image = golden.images[i], .face = &golden.faces[i],
                                             .frame = golden.frames[i], .picture = -1, .strength = 1};
    assert_int_equal(avt_painter_wav2lip.paint(painter, views, GOLDEN_MAX, NULL), AVT_OK);
    double sum = 0;
    int count = 0, all = 4 * golden.width * golden.height;
    for (int i = 0; i < golden.count; i++) {
        for (int k = 0; k < all; k += PICTURE_STRIDE, count++) {
            double error = avt_image_row(golden.images[i], k / (4 * golden.width))[k % (4 * golden.width)] -
                           (uint8_t)*golden.at++;
            sum += error * error;
        }
    }
    assert_true(sum == 0 || 10 * log10(255. * 255. * count / sum) >= 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts__of_the_published_program),
        cmocka_unit_test(mel_start__is_exact_and_ends_on_the_last),
        cmocka_unit_test(mel__of_digital_silence_is_its_floor),
        cmocka_unit_test(mel__is_the_same_from_anywhere),
        cmocka_unit_test(crop__is_bgr_with_the_lower_half_black),
        cmocka_unit_test(box__is_the_face_and_pads),
        cmocka_unit_test(boxes__are_averaged_until_the_face_jumps),
        cmocka_unit_test(mask__is_the_lower_face_and_soft),
        cmocka_unit_test(mask__has_the_lips_of_a_turned_face),
        cmocka_unit_test(paint__gives_back_what_the_network_does),
        cmocka_unit_test(paint__changes_the_lower_face_only),
        cmocka_unit_test(paint__hears_the_moment_of_each_picture),
        cmocka_unit_test(paint__does_not_depend_on_the_batch),
        cmocka_unit_test(paint__refuses_what_is_no_picture),
        cmocka_unit_test(paint__stops_when_cancelled_or_when_the_sound_fails),
        cmocka_unit_test(open__tells_what_is_wrong_with_a_file),
        cmocka_unit_test(paint__agrees_with_the_published_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
