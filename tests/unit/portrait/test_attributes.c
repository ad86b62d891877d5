/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "portrait/attributes.h"
#include "portrait/wear.h"
#include "portrait/wish.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Chi-square at p = .001 for 9 and for 4 degrees of freedom: one seed in a thousand would fail, and seeds are fixed. */
static const double CHI_9 = 27.88, CHI_4 = 18.47;

static struct avt_attributes drawn(uint64_t seed)
{
    struct avt_attributes attributes = {.seed = seed};
    avt_attributes_draw(&attributes, NULL);
    return attributes;
}

static double chi_square(const int *counts, int bins, double total)
{
    double sum = 0, expected = total / bins;
    for (int i = 0; i < bins; i++)
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    return sum;
}

static void draw__tone_age_and_gender_are_even(void **state)
{
    (void)state;
    static const int sizes[] = {300, 3000};
    for (size_t s = 0; s < LENGTH(sizes); s++) {
        int tones[10] = {0}, ages[5] = {0}, feminine = 0, masculine = 0;
        double african = 0, asian = 0, european = 0;
        for (int i = 0; i < sizes[s]; i++) {
            struct avt_attributes of = drawn((uint64_t)i);
            tones[(int)lround((double)of.skin_tone) - 1]++;
            assert_true(of.age >= 18 && of.age <= 75);
            ages[(int)((of.age - 18) / 58 * 5)]++;
            feminine += of.masculine < 0.3f;
            masculine += of.masculine > 0.7f;
            african += (double)of.african / sizes[s];
            asian += (double)of.asian / sizes[s];
            european += (double)of.european / sizes[s];
        }
        int androgynous = sizes[s] - feminine - masculine;
        assert_true(chi_square(tones, 10, sizes[s]) < CHI_9);
        assert_true(chi_square(ages, 5, sizes[s]) < CHI_4);
        double apart = fabs((double)feminine - masculine), spread = sqrt(0.92 * sizes[s]);
        assert_true(apart < 3.3 * spread);
        assert_true(androgynous > 0.03 * sizes[s] && androgynous < 0.14 * sizes[s]);
        assert_true(african > 0.22 && asian > 0.2 && european > 0.22);
        assert_true(african < 0.48 && asian < 0.48 && european < 0.5);
    }
}

static void draw__skin_and_ancestry_go_together(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct avt_attributes of = drawn(seed);
        assert_true(fabsf(of.african + of.asian + of.european - 1) < 1e-4f);
        if (of.skin_tone < 2.5f)
            assert_true(of.african < 0.2f);
        if (of.skin_tone > 9.5f)
            assert_true(of.african > 0.4f);
    }
}

static void draw__what_goes_together(void **state)
{
    (void)state;
    int glasses = 0, bearded = 0, men = 0, grey_old = 0, old = 0;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct avt_attributes of = drawn(seed);
        glasses += of.glasses != AVT_GLASSES_NONE;
        assert_int_not_equal(of.glasses, AVT_GLASSES_SUN);
        assert_int_equal(of.headwear, AVT_HEADWEAR_NONE);
        assert_int_equal(of.look, AVT_LOOK_REAL);
        assert_int_equal(of.framing, AVT_FRAMING_PORTRAIT);
        assert_true(of.mood == AVT_MOOD_FRIENDLY || of.mood == AVT_MOOD_NEUTRAL);
        assert_true(of.clothing != AVT_CLOTHING_SCRUBS && of.clothing != AVT_CLOTHING_LAB_COAT &&
                    of.clothing != AVT_CLOTHING_UNIFORM && of.clothing != AVT_CLOTHING_APRON);
        assert_true(of.hair_colour <= AVT_HAIR_PLATINUM);
        assert_int_not_equal(of.clothing_colour, of.scenery_colour);
        if (of.facial_hair != AVT_FACIAL_HAIR_NONE)
            assert_true(of.masculine > 0.6f);
        if (of.hair == AVT_HAIR_AFRO || of.hair == AVT_HAIR_CORNROWS || of.hair == AVT_HAIR_LOCS)
            assert_int_equal(of.hair_texture, AVT_HAIR_COILY);
        if (of.age < 25)
            assert_true(of.grey == 0);
        men += of.masculine > 0.7f;
        bearded += of.facial_hair != AVT_FACIAL_HAIR_NONE;
        old += of.age >= 65;
        grey_old += of.age >= 65 && of.grey > 0.4f;
    }
    assert_true(glasses > 650 && glasses < 850);
    assert_true(bearded > men / 3 && bearded < men * 3 / 4);
    assert_true(grey_old > old * 3 / 4);
}

static void draw__every_everyday_value_comes_up(void **state)
{
    (void)state;
    int hair[AVT_HAIR_STYLE_COUNT] = {0}, clothes[AVT_CLOTHING_COUNT] = {0}, faces[AVT_FACE_SHAPE_COUNT] = {0};
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct avt_attributes of = drawn(seed);
        hair[of.hair]++;
        clothes[of.clothing]++;
        faces[of.face_shape]++;
    }
    for (int i = 0; i < AVT_HAIR_STYLE_COUNT; i++)
        assert_true(hair[i] >= 10 && hair[i] < 400);
    for (int i = 0; i < AVT_CLOTHING_SCRUBS; i++)
        assert_true(clothes[i] >= 50 && clothes[i] < 600);
    for (int i = 0; i < AVT_FACE_SHAPE_COUNT; i++)
        assert_true(faces[i] > 400 && faces[i] < 600);
}

static void draw__no_two_look_alike(void **state)
{
    (void)state;
    enum { PEOPLE = 300 };
    static struct avt_attributes all[PEOPLE];
    for (int i = 0; i < PEOPLE; i++)
        all[i] = drawn((uint64_t)i);
    float nearest = 100;
    for (int a = 0; a < PEOPLE; a++)
        for (int b = 0; b < a; b++) {
            float sum = 0;
            for (int f = 0; f < AVT_FEATURE_COUNT; f++) {
                float by = all[a].features[f] - all[b].features[f];
                sum += by * by;
            }
            nearest = fminf(nearest, sqrtf(sum));
        }
    assert_true(nearest > 2 * .24f); /* two of the deviations by which features are drawn */
}

/* Whatever is said of one attribute, those that do not depend on it stay. */
static void draw__streams_are_independent(void **state)
{
    (void)state;
    static const enum avt_slot worn[] = {AVT_SLOT_EARRINGS, AVT_SLOT_GLASSES, AVT_SLOT_MAKEUP, AVT_SLOT_LIGHT,
                                         AVT_SLOT_MOOD, AVT_SLOT_LOOK, AVT_SLOT_FRAMING,
                                         AVT_SLOT_SCENERY_COLOUR};
    size_t count;
    const struct avt_choice *choices = avt_attribute_choices(&count);
    for (uint64_t seed = 0; seed < 40; seed++)
        for (size_t w = 0; w < LENGTH(worn); w++)
            for (int value = 0; value < choices[worn[w]].count; value++) {
                struct avt_attributes plain = {.seed = seed, .masculine = 0.1f}, said_so = plain;
                struct avt_attributes_said said = {0};
                avt_attributes_say(&said, AVT_SLOT_MASCULINE); /* which make-up leans to */
                avt_attributes_draw(&plain, &said);
                *avt_attribute_choice(&said_so, &choices[worn[w]]) = value;
                avt_attributes_say(&said, worn[w]);
                avt_attributes_draw(&said_so, &said);
                assert_int_equal(*avt_attribute_choice(&said_so, &choices[worn[w]]), value);
                *avt_attribute_choice(&plain, &choices[worn[w]]) = value;
                if (worn[w] == AVT_SLOT_GLASSES) /* metal for the one, plastic for the other */
                    plain.glasses_colour = said_so.glasses_colour;
                assert_memory_equal(&plain, &said_so, sizeof(plain));
            }
}

static void draw__said_amounts_change_no_other(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct avt_attributes plain = drawn(seed), wide = {.seed = seed};
        struct avt_attributes_said said = {0};
        wide.features[AVT_FEATURE_NOSE_WIDTH] = 0.75f;
        avt_attributes_say(&said, AVT_SLOT_FEATURES + AVT_FEATURE_NOSE_WIDTH);
        avt_attributes_draw(&wide, &said);
        plain.features[AVT_FEATURE_NOSE_WIDTH] = 0.75f;
        assert_memory_equal(&plain, &wide, sizeof(plain));
    }
}

static void draw__children_are_children(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct avt_attributes child = {.seed = seed, .age = 8};
        struct avt_attributes_said said = {0};
        avt_attributes_say(&said, AVT_SLOT_AGE);
        avt_attributes_draw(&child, &said);
        assert_true(child.age == 8 && child.makeup == AVT_MAKEUP_NONE && child.facial_hair == AVT_FACIAL_HAIR_NONE);
        assert_true(child.hair != AVT_HAIR_BALD && child.hair != AVT_HAIR_RECEDING && child.grey == 0);
        assert_true(child.clothing != AVT_CLOTHING_SUIT);
    }
}

static void json__round_trip_is_exact(void **state)
{
    (void)state;
    static const uint64_t seeds[] = {0, 7, 123456789, UINT64_C(9007199254740993), UINT64_MAX};
    for (size_t i = 0; i < LENGTH(seeds) + 200; i++) {
        struct avt_attributes before = drawn(i < LENGTH(seeds) ? seeds[i] : i * 77), after = {0};
        before.weight = 1.0f / 3; /* no short decimal */
        struct avt_attributes_said said = {0};
        AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_attributes_json(&before);
        assert_non_null(json);
        size_t size;
        AVT_CLEANUP(avt_freep) char *text = avt_json_text(json, &size);
        AVT_CLEANUP(avt_json_decrefp) json_t *again = json_loads(text, 0, NULL);
        struct avt_error error = {0};
        assert_int_equal(avt_attributes_parse(again, &after, &said, &error), AVT_OK);
        assert_memory_equal(&before, &after, sizeof(before));
        for (size_t slot = 0; slot < AVT_SLOT_COUNT; slot++)
            assert_true(avt_attributes_is_said(&said, slot));
        avt_attributes_draw(&after, &said);
        assert_memory_equal(&before, &after, sizeof(before));
    }
}

static void json__is_short_to_read(void **state)
{
    (void)state;
    struct avt_attributes attributes = drawn(1);
    attributes.weight = 0.1f;
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_attributes_json(&attributes);
    size_t size;
    AVT_CLEANUP(avt_freep) char *text = avt_json_text(json, &size);
    assert_non_null(strstr(text, "\"weight\":0.1,"));
}

static void json__part_of_it_is_said(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_loads("{\"age\": 52, \"hair\": \"bob\","
                              " \"eye_colour\": \"Gray\", \"hair_colour\": \"dark_brown\","
                              " \"ancestry\": {\"african\": 0.5, \"asian\": 0.5}, \"nose_width\": -0.5}", 0, NULL);
    struct avt_attributes attributes = {.seed = 9};
    struct avt_attributes_said said = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_attributes_parse(json, &attributes, &said, &error), AVT_OK);
    avt_attributes_draw(&attributes, &said);
    assert_true(attributes.age == 52 && attributes.hair == AVT_HAIR_BOB && attributes.eye_colour == AVT_EYES_GREY);
    assert_true(attributes.hair_colour == AVT_HAIR_DARK_BROWN);
    assert_true(attributes.african == 0.5f && attributes.european == 0);
    assert_true(attributes.features[AVT_FEATURE_NOSE_WIDTH] == -0.5f);
    assert_true(avt_attributes_is_said(&said, AVT_SLOT_AGE) && !avt_attributes_is_said(&said, AVT_SLOT_GLASSES));
}

static void json__refusals_name_what_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says[2];
    } rows[] = {
        {"[]", {"JSON object", "age"}},
        {"{\"hair\": \"mullet\"}", {"mullet", "pixie"}},
        {"{\"hair\": \"mullet\"}", {"hair", "short afro"}},
        {"{\"hair\": 3}", {"hair", "pixie"}},
        {"{\"hair_color\": \"red\"}", {"hair_color", "hair_colour"}},
        {"{\"wingspan\": 1}", {"wingspan", "clothing_colour"}},
        {"{\"age\": 3}", {"age", "4 to 95"}},
        {"{\"age\": 96}", {"age", "4 to 95"}},
        {"{\"age\": \"old\"}", {"age", "number"}},
        {"{\"skin_tone\": 11}", {"skin_tone", "1 to 10"}},
        {"{\"nose_width\": -1.01}", {"nose_width", "-1 to 1"}},
        {"{\"asymmetry\": -0.1}", {"asymmetry", "0 to 1"}},
        {"{\"ancestry\": 1}", {"ancestry", "african"}},
        {"{\"ancestry\": {\"martian\": 1}}", {"martian", "european"}},
        {"{\"ancestry\": {\"asian\": 2}}", {"asian", "0 to 1"}},
        {"{\"ancestry\": {\"asian\": 0}}", {"ancestry", "above 0"}},
        {"{\"ancestry\": {}}", {"ancestry", "above 0"}},
        {"{\"seed\": -1}", {"seed", "whole number"}},
        {"{\"seed\": \"18446744073709551616\"}", {"seed", "18446744073709551615"}},
        {"{\"seed\": \"\"}", {"seed", "whole number"}},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        AVT_CLEANUP(avt_json_decrefp) json_t *json = json_loads(rows[i].json, 0, NULL);
        struct avt_attributes attributes = drawn(4), before = attributes;
        struct avt_attributes_said said = {0};
        struct avt_error error = {0};
        assert_int_equal(avt_attributes_parse(json, &attributes, &said, &error), AVT_EINVAL);
        for (int k = 0; k < 2; k++)
            if (!strstr(error.message, rows[i].says[k]))
                fail_msg("%s: \"%s\" lacks %s", rows[i].json, error.message, rows[i].says[k]);
        assert_memory_equal(&attributes, &before, sizeof(before));
        assert_true(said.bits[0] == 0 && said.bits[1] == 0);
    }
}

static void tables__names_are_unique_and_in_range(void **state)
{
    (void)state;
    for (size_t slot = 0; slot < AVT_SLOT_COUNT; slot++)
        assert_int_equal(avt_slot_find(avt_slot_name(slot), strlen(avt_slot_name(slot))), slot);
    size_t count;
    const struct avt_choice *choices = avt_attribute_choices(&count);
    for (size_t i = 0; i < count; i++)
        for (int a = 0; a < choices[i].count; a++)
            for (int b = 0; b < a; b++)
                assert_string_not_equal(choices[i].values[a], choices[i].values[b]);
    const struct avt_people *peoples = avt_peoples(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(fabsf(peoples[i].african + peoples[i].asian + peoples[i].european - 1) < 1e-5f);
        assert_true(1 <= peoples[i].tone_low && peoples[i].tone_low < peoples[i].tone_high);
        assert_true(peoples[i].tone_high <= 10);
    }
}

static void paints__differ_and_are_light(void **state)
{
    (void)state;
    for (int a = 0; a < AVT_PAINT_COUNT; a++) {
        const float *one = avt_paint_colour(a);
        assert_true(one[0] > 0.005f && one[1] > 0.002f && one[2] > 0.01f && one[0] < 0.92f && one[2] < 0.92f);
        for (int b = 0; b < a; b++) {
            const float *other = avt_paint_colour(b);
            assert_true(fabsf(one[0] - other[0]) + fabsf(one[1] - other[1]) + fabsf(one[2] - other[2]) > 0.03f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draw__tone_age_and_gender_are_even),
        cmocka_unit_test(draw__skin_and_ancestry_go_together),
        cmocka_unit_test(draw__what_goes_together),
        cmocka_unit_test(draw__every_everyday_value_comes_up),
        cmocka_unit_test(draw__no_two_look_alike),
        cmocka_unit_test(draw__streams_are_independent),
        cmocka_unit_test(draw__said_amounts_change_no_other),
        cmocka_unit_test(draw__children_are_children),
        cmocka_unit_test(json__round_trip_is_exact),
        cmocka_unit_test(json__is_short_to_read),
        cmocka_unit_test(json__part_of_it_is_said),
        cmocka_unit_test(json__refusals_name_what_there_is),
        cmocka_unit_test(tables__names_are_unique_and_in_range),
        cmocka_unit_test(paints__differ_and_are_light),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
