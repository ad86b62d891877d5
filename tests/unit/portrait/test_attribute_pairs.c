/* SPDX-License-Identifier: Apache-2.0 */
/* Every value of every attribute against the one before it: the two pictures differ where they should, and hardly
 * anywhere else. Run in parts, since there are three hundred pairs: test_attribute_pairs PART OF. */
#include "head_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "portrait/portrait.h"
#include "portrait/wish.h"

enum { SIDE = 128 };
#define ELSEWHERE_MOST 2.0

/* Where a change may be seen, in shares of the picture's side: told by eye from a picture of somebody(). */
struct box {
    float left, top, right, bottom;
};
static const struct box EYES = {.34f, .36f, .66f, .46f}, BROWS = {.34f, .28f, .66f, .42f};
static const struct box FACE = {.28f, .20f, .72f, .76f}, HEAD = {.20f, .02f, .80f, .80f};
static const struct box HAIR = {.16f, 0, .84f, 1}, SCALP = {.26f, .05f, .74f, .60f}, EARS = {.22f, .34f, .78f, .66f};
static const struct box NECK = {.24f, .62f, .76f, 1}, CLOTHES = {0, .62f, 1, 1}, ALL = {0, 0, 1, 1};

/* What of an attribute has to be seen: `least` levels on average in `where`. The base is somebody() with one other
 * attribute set, without which there would be nothing to see. */
struct row {
    enum avt_slot slot;
    const struct box *where;
    double least;
    enum avt_slot with;
    int value;
};
static const struct row ROWS[] = {
    {AVT_SLOT_UNDERTONE, &HEAD, .6, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_FACE_SHAPE, &HEAD, .5, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_EYE_SHAPE, &BROWS, .5, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_EYE_COLOUR, &EYES, .15, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_BROWS, &BROWS, .4, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_HAIR, &HAIR, .8, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_HAIR_TEXTURE, &HAIR, 1, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_HAIR_COLOUR, &SCALP, .8, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_HEADWEAR, &ALL, 2, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_HEADWEAR_COLOUR, &HEAD, 1, AVT_SLOT_HEADWEAR, AVT_HEADWEAR_BEANIE},
    {AVT_SLOT_FACIAL_HAIR, &HAIR, .5, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_FACIAL_HAIR_COLOUR, &FACE, .3, AVT_SLOT_FACIAL_HAIR, AVT_FACIAL_HAIR_FULL_BEARD},
    {AVT_SLOT_GLASSES, &FACE, .5, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_GLASSES_COLOUR, &FACE, .15, AVT_SLOT_GLASSES, AVT_GLASSES_SQUARE},
    {AVT_SLOT_MAKEUP, &FACE, .3, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_EARRINGS, &EARS, .02, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_CLOTHING, &CLOTHES, 1, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_CLOTHING_COLOUR, &CLOTHES, 2, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_SCENERY, &ALL, 2, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_SCENERY_COLOUR, &ALL, 2, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_LIGHT, &ALL, 2, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_MOOD, &FACE, .25, AVT_SLOT_COUNT, 0},
    {AVT_SLOT_FRAMING, &ALL, 3, AVT_SLOT_COUNT, 0},
};

/* Numbers: the lowest and the highest against the middle. */
struct amount_row {
    const char *name;
    const struct box *where;
    double least;
};
static const struct amount_row AMOUNTS[] = {
    {"age", &ALL, 1},           {"masculine", &ALL, .8},    {"weight", &ALL, 1},        {"muscle", &ALL, .3},
    {"skin_tone", &ALL, 2},     {"freckles", &FACE, .08},   {"grey", &HAIR, .5},        {"eye_size", &BROWS, .5},
    {"eye_spacing", &BROWS, .5},{"eye_depth", &BROWS, .3},  {"brow_height", &FACE, .3}, {"nose_length", &FACE, .4},
    {"nose_width", &FACE, .3},  {"nose_bridge", &FACE, .1}, {"nose_tip", &FACE, .1},    {"mouth_width", &FACE, .3},
    {"lip_fullness", &FACE, .3},{"jaw_width", &HEAD, .3},   {"chin_length", &HEAD, .3}, {"chin_forward", &HEAD, .15},
    {"cheekbones", &HEAD, .1},  {"cheek_fullness", &HEAD, .2},{"forehead", &HEAD, .3},  {"ear_size", &HEAD, .08},
    {"neck_width", &NECK, .2},  {"shoulders", &CLOTHES, .3},{"asymmetry", &HEAD, .15},
};

static int part = 0, parts = 1, number = 0;

static struct avt_attributes somebody(void)
{
    return (struct avt_attributes){.seed = 5, .age = 34, .masculine = .35f, .african = .2f, .asian = .3f,
                                   .european = .5f, .weight = .45f, .muscle = .5f, .skin_tone = 4,
                                   .undertone = AVT_UNDERTONE_NEUTRAL, .eye_colour = AVT_EYES_BROWN,
                                   .brows = AVT_BROWS_MEDIUM, .hair = AVT_HAIR_PIXIE,
                                   .hair_colour = AVT_HAIR_DARK_BROWN, .facial_hair_colour = AVT_HAIR_DARK_BROWN,
                                   .clothing = AVT_CLOTHING_SWEATER, .clothing_colour = AVT_PAINT_TEAL,
                                   .glasses_colour = AVT_PAINT_BLACK, .scenery = AVT_SCENERY_PLAIN,
                                   .scenery_colour = AVT_PAINT_GREY, .framing = AVT_FRAMING_PORTRAIT};
}

static struct avt_image *picture(const struct avt_head *head, const struct avt_attributes *attributes)
{
    struct avt_portrait *portrait = NULL;
    struct avt_image *image = NULL;
    struct avt_error error = {0};
    if (avt_portrait_new(head, attributes, AVT_LOOK_REAL, &portrait, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(avt_image_new(SIDE, SIDE, &image, NULL), AVT_OK);
    assert_int_equal(avt_portrait_still(portrait, NULL, image, NULL), AVT_OK);
    avt_portrait_free(portrait);
    return image;
}

/* Mean difference of a channel inside and outside, levels. */
static void compare(const struct avt_image *a, const struct avt_image *b, const struct box *box, double *ret_in,
                    double *ret_out)
{
    double sum[2] = {0}, count[2] = {0};
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const uint8_t *p = avt_image_row(a, y) + 4 * x, *q = avt_image_row(b, y) + 4 * x;
            float px = ((float)x + .5f) / SIDE, py = ((float)y + .5f) / SIDE;
            int in = px >= box->left && px < box->right && py >= box->top && py < box->bottom;
            for (int c = 0; c < 3; c++)
                sum[in] += abs(p[c] - q[c]);
            count[in] += 3;
        }
    *ret_in = sum[1] / count[1];
    *ret_out = count[0] > 0 ? sum[0] / count[0] : 0;
}

/* Parts are stretches, so that most pictures serve two pairs. */
static bool mine(size_t total)
{
    return (size_t)(number++ * parts) / total == (size_t)part;
}

/* 1 if it is not as it should be, told. */
static int judge(const char *name, const char *value, const struct avt_image *a, const struct avt_image *b,
                 const struct box *where, double least)
{
    double in, out;
    compare(a, b, where, &in, &out);
    if (in >= least && out <= ELSEWHERE_MOST)
        return 0;
    print_error("%s %s: %.2f levels where it should be (at least %.2f), %.2f elsewhere (at most %.0f)\n", name, value,
                in, least, out, ELSEWHERE_MOST);
    return 1;
}

static void pairs__choices(void **state)
{
    size_t count;
    const struct avt_choice *choices = avt_attribute_choices(&count);
    int wrong = 0;
    size_t total = 0;
    number = 0;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        total += (size_t)choices[ROWS[i].slot].count - 1;
    assert_int_equal(sizeof(ROWS) / sizeof(ROWS[0]), count - 1); /* all but the look */
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct avt_choice *choice = &choices[ROWS[i].slot];
        struct avt_image *before = NULL;
        int of_before = -1;
        for (int value = 1; value < choice->count; value++) {
            if (!mine(total))
                continue;
            struct avt_attributes attributes = somebody();
            if (ROWS[i].with < AVT_SLOT_CHOICES)
                *(int *)((char *)&attributes + choices[ROWS[i].with].offset) = ROWS[i].value;
            int *at = (int *)((char *)&attributes + choice->offset);
            if (of_before != value - 1) {
                avt_image_free(before);
                *at = value - 1;
                before = picture(*state, &attributes);
            }
            *at = value;
            struct avt_image *after = picture(*state, &attributes);
            wrong += judge(choice->name, choice->values[value], before, after, ROWS[i].where, ROWS[i].least);
            avt_image_free(before);
            before = after;
            of_before = value;
        }
        avt_image_free(before);
    }
    assert_int_equal(wrong, 0);
}

static void pairs__amounts(void **state)
{
    size_t count;
    const struct avt_amount *amounts = avt_attribute_amounts(&count);
    int wrong = 0;
    number = 0;
    assert_int_equal(sizeof(AMOUNTS) / sizeof(AMOUNTS[0]), count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(AMOUNTS[i].name, amounts[i].name);
        if (!mine(count))
            continue;
        struct avt_attributes attributes = somebody();
        float *at = (float *)((char *)&attributes + amounts[i].offset);
        struct avt_image *middle = picture(*state, &attributes);
        for (int end = 0; end < 2; end++) {
            float extreme = end ? amounts[i].high : amounts[i].low, was = *at;
            if (extreme == was)
                continue;
            *at = extreme;
            struct avt_image *other = picture(*state, &attributes);
            wrong += judge(amounts[i].name, end ? "highest" : "lowest", middle, other, AMOUNTS[i].where,
                           AMOUNTS[i].least);
            avt_image_free(other);
            *at = was;
        }
        avt_image_free(middle);
    }
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        part = atoi(argv[1]);
        parts = atoi(argv[2]);
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs__choices), cmocka_unit_test(pairs__amounts)};
    return cmocka_run_group_tests(tests, open_head, free_head);
}
