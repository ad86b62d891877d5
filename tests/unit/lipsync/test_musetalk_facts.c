/* SPDX-License-Identifier: Apache-2.0 */
/* What is published of MuseTalk 1.5, line by line, against the code: the words are those of the descriptions. */
#include "musetalk_fixture.h"

#include <math.h>

#include "lipsync/byte_resize.h"
#include "lipsync/musetalk_blend.h"
#include "lipsync/musetalk_hear.h"

enum { SIDE = AVT_MUSETALK_PARSE_SIDE };

struct fact {
    const char *words;
    bool (*holds)(void);
};

static void check_facts(const struct fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!facts[i].holds())
            fail_msg("%s", facts[i].words);
    }
}
#define CHECK(facts) check_facts(facts, sizeof(facts) / sizeof((facts)[0]))

/* --- sound --- */

static bool segment_is_30_s(void)
{
    return AVT_MUSETALK_SEGMENT_SAMPLES == 480000 && AVT_MUSETALK_MEL == 80 * 3000 && AVT_MUSETALK_STEPS == 1500;
}

static bool states_are_five(void)
{
    return AVT_MUSETALK_LAYERS == 5 && AVT_MUSETALK_WINDOW == 10 && AVT_MUSETALK_PROMPTS == 50;
}

static bool windows_at_25(void)
{
    for (long long i = 0; i < 100000; i++) {
        if (avt_musetalk_first_step(i, 25, 1) != 2 * i - 4)
            return false;
    }
    return true;
}

static bool windows_are_exact(void)
{
    /* After an hour of 29.97, 3600 s and 180000 states; a rate of 29 would be 120 s off. */
    return avt_musetalk_first_step(107892, 30000, 1001) == 179999 - 4 &&
           avt_musetalk_first_step(30, 30, 1) == 46 && avt_musetalk_first_step(1, 30, 1) == 1 - 4 &&
           avt_musetalk_first_step(48, 24, 1) == 96 && avt_musetalk_first_step(60, 60, 1) == 46;
}

static bool mel_is_scaled(void)
{
    float *mel = avt_new0(float, AVT_MUSETALK_MEL), *scaled = avt_new0(float, AVT_MUSETALK_MEL);
    for (int i = 0; i < AVT_MUSETALK_MEL; i++)
        mel[i] = -10;
    mel[7 * 80 + 3] = 2; /* frame 7, band 3 */
    mel[8 * 80 + 3] = -5;
    avt_musetalk_scale_mel(mel, scaled);
    bool holds = scaled[3 * 3000 + 7] == (2 + 4) / 4.f && scaled[3 * 3000 + 8] == (-5 + 4) / 4.f &&
                 scaled[0] == (-6 + 4) / 4.f; /* 8 below the loudest */
    avt_free(mel);
    avt_free(scaled);
    return holds;
}

/* Without a sound only the positions are left: at frame 0 all, as nothing is heard. */
static bool positions_are_sinusoidal(void)
{
    AVT_CLEANUP(avt_freep) char *folder = tiny_folder();
    AVT_CLEANUP(avt_musetalk_model_freep) struct avt_musetalk_model *model = NULL;
    assert_int_equal(avt_musetalk_model_open(&(struct avt_painter_weights){.folder = folder}, &model, NULL), AVT_OK);
    int width = avt_musetalk_model_width(model);
    const struct avt_painter_sound none = {0, tiny_sound, NULL};
    AVT_CLEANUP(avt_musetalk_ear_freep) struct avt_musetalk_ear *ear = avt_musetalk_ear_new(model, &none, 25, 1);
    AVT_CLEANUP(avt_freep) float *prompts = avt_new0(float, 50 * (size_t)width);
    assert_int_equal(avt_musetalk_ear_listen(ear, 9, NULL, prompts, NULL), AVT_OK);
    float worst = 0;
    for (int row = 0; row < 50; row++) {
        for (int column = 0; column < width; column += 2) {
            double angle = row / pow(10000, (double)column / width);
            worst = fmaxf(worst, fabsf(prompts[row * width + column] - (float)sin(angle)));
            worst = fmaxf(worst, fabsf(prompts[row * width + column + 1] - (float)cos(angle)));
        }
    }
    return worst < 1e-6f && avt_musetalk_ear_encoded(ear) == 0;
}

static void musetalk__hears_as_published(void **state)
{
    (void)state;
    static const struct fact facts[] = {
        {"Cut into 30 s segments -> log-mel [1,80,3000]; encoder -> 1500 steps = 50 Hz", segment_is_30_s},
        {"ALL 5 hidden states; take 10 steps; reshape [10,5,384] -> [50,384]", states_are_five},
        {"unpadded steps [2i-4, 2i+6) at 25 fps", windows_at_25},
        {"int(fps) while muxing at the float fps drifts 3.2 %: use exact rationals", windows_are_exact},
        {"clamp to max-8, (x+4)/4", mel_is_scaled},
        {"sinusoidal table (even=sin, odd=cos, base 10000) for positions 0..49", positions_are_sinusoidal},
    };
    CHECK(facts);
}

/* --- the box --- */

/* A face whose 68 points are where the test says: bridge's third at (50, 100), chin at (50, 180), ears at 10 and 90. */
static struct avt_face plain_face(void)
{
    struct avt_face face = {.box = {5, 20, 90, 170}};
    for (int i = 0; i < AVT_MESH_POINTS; i++)
        face.mesh[i] = (struct avt_point3){50, 100, 0};
    face.mesh[5].y = 100.9f; /* cut to a whole number */
    face.mesh[152].y = 180.4f;
    face.mesh[234].x = 10.7f;
    face.mesh[454].x = 90.2f;
    return face;
}

static bool is_box(const struct avt_face *face, int width, int height, int x1, int y1, int x2, int y2)
{
    struct avt_musetalk_box box;
    return avt_musetalk_box_find(face, width, height, &box) && box.x1 == x1 && box.y1 == y1 && box.x2 == x2 &&
           box.y2 == y2;
}

static bool box_is_symmetric(void)
{
    struct avt_face face = plain_face();
    return is_box(&face, 400, 400, 10, 20, 90, 190);
}

static bool box_is_cut(void)
{
    struct avt_face face = plain_face();
    face.mesh[152].y = 230;
    return is_box(&face, 400, 235, 10, 0, 90, 235);
}

static bool box_of_the_detector(void)
{
    struct avt_face left = plain_face(), flat = plain_face();
    left.mesh[234].x = -3;
    flat.mesh[152].y = 100;
    return is_box(&left, 400, 400, 5, 20, 95, 200) && is_box(&flat, 400, 400, 5, 20, 95, 200);
}

static bool bridge_is_in_thirds(void)
{
    /* lm27..lm30 = 168, 197, 5, 1 on the mean of frontal faces. */
    float top = face_points[168][1], step = (face_points[1][1] - top) / 3;
    return fabsf(face_points[197][1] - top - step) < .1f * step &&
           fabsf(face_points[5][1] - top - 2 * step) < .1f * step;
}

static bool square_is_half_as_large_again(void)
{
    const struct avt_musetalk_box box = {10, 20, 91, 190};
    struct avt_musetalk_square square = avt_musetalk_square_of(&box);
    return square.side == 2 * 127 && square.x == 50 - 127 && square.y == 105 - 127;
}

static void musetalk__crops_as_published(void **state)
{
    (void)state;
    static const struct fact facts[] = {
        {"half = lm[29], int; d = max(lm.y) - half.y; y1 = half.y-d; x1,x2 = min/max lm.x; v1.5: y2 + 10",
         box_is_symmetric},
        {"y1 = max(0, half.y-d); y2 = min(y2 + extra_margin, H)", box_is_cut},
        {"If degenerate or x1<0 use detector box", box_of_the_detector},
        {"lm29: lower nose bridge, the third of four", bridge_is_in_thirds},
        {"Expanded square: centre of box, half-side s=int(max(w,h)//2*1.5)", square_is_half_as_large_again},
    };
    CHECK(facts);
}

/* --- the tensors --- */

static bool crop_is_masked(void)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(256, 256, &image, NULL), AVT_OK);
    for (int y = 0; y < 256; y++) {
        for (int x = 0; x < 256; x++)
            memcpy(avt_image_row(image, y) + 4 * x, (const uint8_t[4]){255, 0, (uint8_t)y, 255}, 4);
    }
    const struct avt_musetalk_box box = {0, 0, 256, 256};
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 6 * (size_t)AVT_MUSETALK_PIXELS);
    float *masked = planes, *whole = planes + 3 * (size_t)AVT_MUSETALK_PIXELS;
    avt_musetalk_crop(image, &box, masked, whole);
    for (int y = 0; y < 256; y++) {
        size_t at = (size_t)y * 256 + 9;
        float blue = ((float)y / 255 - .5f) / .5f;
        if (whole[at] != 1 || whole[AVT_MUSETALK_PIXELS + at] != -1 || whole[2 * AVT_MUSETALK_PIXELS + at] != blue ||
            masked[at] != (y < 128 ? 1 : -1) || masked[2 * AVT_MUSETALK_PIXELS + at] != (y < 128 ? blue : -1))
            return false;
    }
    return true;
}

static const uint8_t stripes[13] = {0, 255, 17, 90, 200, 3, 77, 128, 254, 66, 31, 180, 9};
/* cv2.resize(stripes, (6, 1), interpolation=cv2.INTER_LANCZOS4), OpenCV 4.11, and Pillow 11.1's BILINEAR to 6. */
static bool lanczos_is_opencv(void)
{
    static const uint8_t shrunk[6] = {184, 30, 13, 139, 19, 129};
    const struct avt_bytes bytes = {stripes, 13, 1, 13, 1};
    uint8_t out[6];
    avt_bytes_resize(&bytes, 1, AVT_BYTE_LANCZOS4, 6, 1, out);
    return memcmp(out, shrunk, sizeof(out)) == 0;
}

static bool bilinear_is_pillow(void)
{
    static const uint8_t shrunk[6] = {112, 104, 78, 144, 102, 86};
    const struct avt_bytes bytes = {stripes, 13, 1, 13, 1};
    uint8_t out[6];
    avt_bytes_resize(&bytes, 1, AVT_BYTE_TRIANGLE, 6, 1, out);
    return memcmp(out, shrunk, sizeof(out)) == 0;
}

static bool parse_input_is_normal(void)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(100, 100, &image, NULL), AVT_OK);
    memset(image->pixels, 255, 100 * image->stride);
    const struct avt_musetalk_square square = {0, 50, 100}; /* its lower half lies below the picture */
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * (size_t)AVT_MUSETALK_PARSE_PIXELS);
    assert_int_equal(avt_musetalk_parse_input(image, &square, planes, NULL), AVT_OK);
    static const float mean[3] = {.485f, .456f, .406f}, deviation[3] = {.229f, .224f, .225f};
    for (int c = 0; c < 3; c++) {
        const float *plane = planes + (size_t)c * AVT_MUSETALK_PARSE_PIXELS;
        if (fabsf(plane[0] - (1 - mean[c]) / deviation[c]) > 1e-6f ||
            fabsf(plane[AVT_MUSETALK_PARSE_PIXELS - 1] + mean[c] / deviation[c]) > 1e-6f)
            return false;
    }
    return true;
}

static void musetalk__makes_tensors_as_published(void **state)
{
    (void)state;
    static const struct fact facts[] = {
        {"x = RGB/255; rows 128..255 multiplied by 0; then (x-.5)/.5 => masked rows are -1", crop_is_masked},
        {"resize to 256x256 LANCZOS4", lanczos_is_opencv},
        {"face parsing on that crop at 512x512 bilinear", bilinear_is_pillow},
        {"PIL crop pads outside-image with black; ImageNet mean/std", parse_input_is_normal},
    };
    CHECK(facts);
}

/* --- the mask --- */

struct maps {
    uint8_t classes[SIDE * SIDE], mask[SIDE * SIDE];
};

static bool kernel_grows(void)
{
    AVT_CLEANUP(avt_freep) struct maps *maps = avt_new0(struct maps, 1);
    maps->classes[300 * SIDE + 256] = AVT_MUSETALK_SKIN;
    avt_musetalk_jaw(maps->classes, maps->mask);
    for (int y = 0; y < SIDE; y++) {
        /* The kernel's row r lets a place see what lies r - 16 rows below it. */
        int row = 300 - y + 16, half = row < 10 || row > 32 ? -1 : row <= 20 ? row - 10 : 10;
        for (int x = 0; x < SIDE; x++) {
            if ((maps->mask[y * SIDE + x] != 0) != (abs(x - 256) <= half))
                return false;
        }
    }
    return true;
}

static bool cheeks_are_shrunk(void)
{
    AVT_CLEANUP(avt_freep) struct maps *maps = avt_new0(struct maps, 1);
    for (int y = 300; y < 400; y++)
        memset(maps->classes + y * SIDE + 60, AVT_MUSETALK_SKIN, 392);
    avt_musetalk_jaw(maps->classes, maps->mask);
    const uint8_t *row = maps->mask + 350 * SIDE, *top = maps->mask + 285 * SIDE;
    /* Skin from 60 to 451 grows by 10, and shrinks by twice 17. */
    return !row[60 - 10 + 33] && row[60 - 10 + 34] && row[451 + 10 - 34] && !row[451 + 10 - 33] &&
           !top[166] && top[167] && top[345] && !top[346]; /* and by two rows */
}

static bool nose_and_mouth(void)
{
    AVT_CLEANUP(avt_freep) struct maps *maps = avt_new0(struct maps, 1);
    for (int y = 300; y < 400; y++)
        memset(maps->classes + y * SIDE + 200, AVT_MUSETALK_SKIN, 100);
    maps->classes[350 * SIDE + 250] = AVT_MUSETALK_NOSE;
    static const uint8_t mouth[] = {11, 12, 13, 14}; /* 14: the neck */
    memcpy(maps->classes + 500 * SIDE + 10, mouth, sizeof(mouth));
    avt_musetalk_jaw(maps->classes, maps->mask);
    const uint8_t *row = maps->mask + 500 * SIDE + 10;
    return !maps->mask[350 * SIDE + 250] && maps->mask[350 * SIDE + 251] && row[0] && row[1] && row[2] && !row[3];
}

static bool argmax(void)
{
    AVT_CLEANUP(avt_freep) float *scores = avt_new0(float, AVT_MUSETALK_CLASSES * (size_t)AVT_MUSETALK_PARSE_PIXELS);
    AVT_CLEANUP(avt_freep) uint8_t *classes = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    scores[13 * (size_t)AVT_MUSETALK_PARSE_PIXELS + 5] = 2;
    scores[12 * (size_t)AVT_MUSETALK_PARSE_PIXELS + 5] = 1;
    avt_musetalk_classes_from_scores(scores, classes);
    return classes[5] == 13 && classes[4] == 0;
}

static bool blur_is_odd(void)
{
    /* int(0.05 * W // 2 * 2) + 1 */
    static const int rows[][2] = {{39, 1}, {40, 3}, {79, 3}, {80, 5}, {254, 13}, {512, 25}, {1000, 51}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (avt_musetalk_blur_size(rows[i][0]) != rows[i][1])
            return false;
    }
    return true;
}

/* A white face over a black picture shows the mask itself. */
static bool upper_half_stays(void)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(400, 400, &image, NULL), AVT_OK);
    const struct avt_musetalk_box box = {100, 100, 300, 300};
    AVT_CLEANUP(avt_freep) float *face = avt_new0(float, 3 * (size_t)AVT_MUSETALK_PIXELS);
    AVT_CLEANUP(avt_freep) uint8_t *mask = avt_new0(uint8_t, AVT_MUSETALK_PARSE_PIXELS);
    for (int i = 0; i < 3 * AVT_MUSETALK_PIXELS; i++)
        face[i] = 3; /* beyond white */
    memset(mask, 255, AVT_MUSETALK_PARSE_PIXELS);
    assert_int_equal(avt_musetalk_blend(image, &box, mask, face, 1, NULL), AVT_OK);
    int half = avt_musetalk_blur_size(300) / 2;
    bool holds = true;
    for (int y = 0; y < 400; y++) {
        int seen = avt_image_row(image, y)[4 * 200];
        int expected = y < 200 - half || y >= 300 ? 0 : y >= 200 + half && y < 300 - half ? 255 : seen;
        holds &= seen == expected && avt_image_row(image, y)[4 * 99] == 0 && avt_image_row(image, y)[4 * 300] == 0;
    }
    int middle = avt_image_row(image, 200)[4 * 200];
    return holds && middle > 127 && middle < 160; /* just inside of the edge */
}

static void musetalk__blends_as_published(void **state)
{
    (void)state;
    static const struct fact facts[] = {
        {"skin mask dilated once with a 33x33 kernel (rows 0-9 empty, rows 10-20 cone width 2(r-10)+1, rows 21-32 "
         "width 21, centre 16)", kernel_grows},
        {"eroded twice with 35x3 ellipse; eroded version used only where x<=256-90 or x>=256+90", cheeks_are_shrunk},
        {"minus nose; plus 11,12,13", nose_and_mouth},
        {"argmax. Classes: 1 skin, 10 nose, 11 mouth interior, 12/13 lips", argmax},
        {"GaussianBlur odd k = int(0.05*W//2*2)+1", blur_is_odd},
        {"keep only inside the face box; zero everything above 50 %; (x/2+.5) clamp; paste with mask as alpha",
         upper_half_stays},
    };
    CHECK(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(musetalk__hears_as_published),
        cmocka_unit_test(musetalk__crops_as_published),
        cmocka_unit_test(musetalk__makes_tensors_as_published),
        cmocka_unit_test(musetalk__blends_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
