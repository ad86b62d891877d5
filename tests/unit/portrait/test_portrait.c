/* SPDX-License-Identifier: Apache-2.0 */
/* A presenter is the same every time, shows what it is asked to and nothing else, and moves as its motion says. */
#include "head_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "portrait/portrait.h"

enum { SIDE = 144 };

static struct avt_attributes somebody(void)
{
    return (struct avt_attributes){.seed = 5, .age = 34, .masculine = .2f, .african = .2f, .asian = .3f,
                                   .european = .5f,
                                   .weight = .45f, .muscle = .5f, .skin_tone = 4, .undertone = AVT_UNDERTONE_NEUTRAL,
                                   .eye_colour = AVT_EYES_BROWN, .brows = AVT_BROWS_MEDIUM, .hair = AVT_HAIR_PIXIE,
                                   .hair_colour = AVT_HAIR_DARK_BROWN, .clothing = AVT_CLOTHING_SWEATER,
                                   .clothing_colour = AVT_PAINT_TEAL, .glasses_colour = AVT_PAINT_BLACK,
                                   .scenery = AVT_SCENERY_PLAIN, .scenery_colour = AVT_PAINT_GREY,
                                   .framing = AVT_FRAMING_PORTRAIT};
}

static struct avt_portrait *make(const struct avt_head *head, const struct avt_attributes *attributes,
                                 enum avt_look look)
{
    struct avt_portrait *portrait = NULL;
    struct avt_error error = {0};
    if (avt_portrait_new(head, attributes, look, &portrait, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return portrait;
}

static struct avt_image *draw(struct avt_portrait *portrait, const struct avt_motion *motion)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(SIDE, SIDE, &image, NULL), AVT_OK);
    assert_int_equal(avt_portrait_draw(portrait, motion, image, NULL), AVT_OK);
    return image;
}

static struct avt_image *picture(const struct avt_head *head, struct avt_attributes attributes, enum avt_look look)
{
    struct avt_portrait *portrait = make(head, &attributes, look);
    struct avt_image *image = draw(portrait, NULL);
    avt_portrait_free(portrait);
    return image;
}

/* Parts of the picture, in shares of its side: told by eye from a picture of somebody(). */
enum part { EYES, BROWS, MOUTH, FACE, HAIR, CLOTHES, WALL, PARTS };
static const float BOXES[PARTS][4] = {
    [EYES] = {.36f, .36f, .64f, .455f},  [BROWS] = {.36f, .30f, .64f, .40f}, [MOUTH] = {.40f, .52f, .60f, .64f},
    [FACE] = {.34f, .24f, .66f, .72f},   [HAIR] = {.26f, .06f, .74f, .44f},  [CLOTHES] = {0, .70f, 1, 1},
    [WALL] = {0, 0, 1, 1},
};

static bool inside(enum part part, int x, int y)
{
    const float *box = BOXES[part];
    float px = ((float)x + .5f) / SIDE, py = ((float)y + .5f) / SIDE;
    return px >= box[0] && py >= box[1] && px < box[2] && py < box[3];
}

/* Mean difference of a channel inside and outside of a part, levels. */
static void compare(const struct avt_image *a, const struct avt_image *b, enum part part, double *ret_in,
                    double *ret_out)
{
    double sum[2] = {0}, count[2] = {0};
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const uint8_t *p = avt_image_row(a, y) + 4 * x, *q = avt_image_row(b, y) + 4 * x;
            int in = inside(part, x, y);
            for (int c = 0; c < 3; c++)
                sum[in] += abs(p[c] - q[c]);
            count[in] += 3;
        }
    *ret_in = sum[1] / count[1];
    *ret_out = count[0] > 0 ? sum[0] / count[0] : 0;
}

/* Hair that was found to be out of sight makes no difference that anybody could see, whichever way the head turns. */
static void portrait__looked_around(void **state)
{
    static const struct avt_head_pose POSES[] = {{0, 0, 0}, {17, 4, 2}, {-9, -6, 0}, {24, 5, -3}};
    struct avt_attributes attributes = somebody();
    attributes.hair = AVT_HAIR_LONG;
    attributes.hair_texture = AVT_HAIR_WAVY;
    struct avt_portrait *all = make(*state, &attributes, AVT_LOOK_REAL);
    struct avt_portrait *some = make(*state, &attributes, AVT_LOOK_REAL);
    assert_int_equal(avt_portrait_look_around(some, SIDE, SIDE, NULL), AVT_OK);
    int differ = 0;
    for (size_t i = 0; i < sizeof(POSES) / sizeof(POSES[0]); i++) {
        struct avt_motion motion = {.pose = POSES[i]};
        struct avt_image *a = draw(all, &motion), *b = draw(some, &motion);
        double mean, none;
        compare(a, b, WALL, &mean, &none);
        assert_true(mean < .25);
        differ += mean > 0;
        avt_image_free(a);
        avt_image_free(b);
    }
    assert_true(differ > 0); /* something was left out */
    avt_portrait_free(all);
    avt_portrait_free(some);
}

static void portrait__the_same_every_time(void **state)
{
    for (int look = 0; look < AVT_LOOK_COUNT; look++) {
        struct avt_image *a = picture(*state, somebody(), (enum avt_look)look);
        struct avt_image *b = picture(*state, somebody(), (enum avt_look)look);
        for (int y = 0; y < SIDE; y++)
            assert_memory_equal(avt_image_row(a, y), avt_image_row(b, y), 4 * SIDE);
        avt_image_free(a);
        avt_image_free(b);
    }
}

static void portrait__looks_differ(void **state)
{
    double in, out;
    struct avt_image *real = picture(*state, somebody(), AVT_LOOK_REAL);
    struct avt_image *toon = picture(*state, somebody(), AVT_LOOK_TOON);
    compare(real, toon, FACE, &in, &out);
    assert_true(in > 6);
    avt_image_free(real);
    avt_image_free(toon);
}

/* One attribute changed: the difference is where it should be, and next to nothing is elsewhere. */
static void portrait__each_attribute_shows_where_it_should(void **state)
{
    struct avt_attributes plain = somebody();
    struct {
        const char *what;
        enum part part;
        double least; /* mean difference in the part */
        struct avt_attributes attributes;
    } rows[] = {
        {"eye colour", EYES, .8, plain},      {"brows", BROWS, .8, plain},   {"lips", FACE, .5, plain},
        {"hair colour", HAIR, 5, plain},      {"glasses", FACE, 1.5, plain}, {"clothing colour", CLOTHES, 8, plain},
        {"clothing", CLOTHES, 3, plain},      {"wall", WALL, 8, plain},      {"freckles", FACE, .1, plain},
    };
    rows[0].attributes.eye_colour = AVT_EYES_BLUE;
    rows[1].attributes.brows = AVT_BROWS_THICK;
    rows[2].attributes.makeup = AVT_MAKEUP_BOLD;
    rows[3].attributes.hair_colour = AVT_HAIR_BLOND;
    rows[4].attributes.glasses = AVT_GLASSES_ROUND;
    rows[5].attributes.clothing_colour = AVT_PAINT_RED;
    rows[6].attributes.clothing = AVT_CLOTHING_SUIT;
    rows[7].attributes.scenery_colour = AVT_PAINT_YELLOW;
    rows[8].attributes.freckles = 1;
    struct avt_image *before = picture(*state, plain, AVT_LOOK_REAL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double in, out;
        struct avt_image *after = picture(*state, rows[i].attributes, AVT_LOOK_REAL);
        compare(before, after, rows[i].part, &in, &out);
        avt_image_free(after);
        if (in < rows[i].least || out > 2)
            fail_msg("%s: %.2f levels where it should be (at least %.2f), %.2f elsewhere (at most 2)", rows[i].what, in,
                     rows[i].least, out);
    }
    avt_image_free(before);
}

static void portrait__moves_as_told(void **state)
{
    struct avt_attributes plain = somebody();
    struct avt_portrait *portrait = make(*state, &plain, AVT_LOOK_REAL);
    struct avt_motion rest = {0}, blink = {0}, jaw = {0}, turn = {0};
    blink.arkit[AVT_EYE_BLINK_LEFT] = blink.arkit[AVT_EYE_BLINK_RIGHT] = 1;
    jaw.arkit[AVT_JAW_OPEN] = .5f;
    turn.pose.yaw = 20;
    struct avt_image *a = draw(portrait, &rest), *b = draw(portrait, &blink), *c = draw(portrait, &jaw),
                     *d = draw(portrait, &turn), *e = draw(portrait, &rest);
    double in, out;
    compare(a, b, EYES, &in, &out);
    assert_true(in > 4 && out < .3);
    compare(a, c, FACE, &in, &out);
    assert_true(in > 2 && out < 1);
    compare(a, d, FACE, &in, &out);
    assert_true(in > 8);
    compare(a, e, WALL, &in, &out);
    assert_true(in == 0); /* nothing of earlier frames is left */
    struct avt_image *all[] = {a, b, c, d, e};
    for (size_t i = 0; i < 5; i++)
        avt_image_free(all[i]);
    avt_portrait_free(portrait);
}

static void portrait__cut_out(void **state)
{
    struct avt_attributes plain = somebody();
    struct avt_portrait *portrait = make(*state, &plain, AVT_LOOK_REAL);
    avt_portrait_cut_out(portrait);
    struct avt_image *image = draw(portrait, NULL);
    assert_int_equal(avt_image_row(image, 2)[3], 0);
    assert_int_equal(avt_image_row(image, SIDE / 2)[4 * (SIDE / 2) + 3], 255);
    avt_image_free(image);
    avt_portrait_free(portrait);
}

/* Nobody is refused: every value of every choice, at the ends of every amount, at odd shapes of picture. */
static void portrait__anybody_at_any_shape(void **state)
{
    static const int sizes[][2] = {{64, 64}, {200, 64}, {64, 200}, {97, 61}};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct avt_attributes attributes = {.seed = seed * 7919};
        struct avt_attributes_said said = {0};
        avt_attributes_draw(&attributes, &said);
        attributes.headwear = (int)(seed % AVT_HEADWEAR_COUNT);
        attributes.age = seed % 3 == 0 ? AVT_AGE_MIN : seed % 3 == 1 ? AVT_AGE_MAX : attributes.age;
        struct avt_portrait *portrait = make(*state, &attributes, (enum avt_look)(seed % 2));
        struct avt_image *image = NULL;
        assert_int_equal(avt_image_new(sizes[seed % 4][0], sizes[seed % 4][1], &image, NULL), AVT_OK);
        assert_int_equal(avt_portrait_draw(portrait, NULL, image, NULL), AVT_OK);
        avt_image_free(image);
        avt_portrait_free(portrait);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portrait__looked_around),
        cmocka_unit_test(portrait__the_same_every_time),
        cmocka_unit_test(portrait__looks_differ),
        cmocka_unit_test(portrait__each_attribute_shows_where_it_should),
        cmocka_unit_test(portrait__moves_as_told),
        cmocka_unit_test(portrait__cut_out),
        cmocka_unit_test(portrait__anybody_at_any_shape),
    };
    return cmocka_run_group_tests(tests, open_head, free_head);
}
