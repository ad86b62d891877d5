/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline driver: what the mouth must do whatever the blend says, and what keeps still. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lipsync/motion_driver.h"

struct sound {
    const char *ipa;
    double length;
    int stress;
};

/* "a b a", a pause, "f i", a long end. */
static const struct sound sounds[] = {{"", 0.6, 0},  {"ɑ", 0.15, 1}, {"b", 0.07, 0},
                                      {"ɑ", 0.15, 1}, {"", 1.2, 0},   {"f", 0.09, 0},
                                      {"i", 0.15, 1}, {"u", 0.15, 0}, {"", 1.0, 0}};
enum { SOUND_COUNT = sizeof(sounds) / sizeof(*sounds), CHANT_S = 10 };

static struct avt_timeline *make_timeline(size_t first, size_t count)
{
    struct avt_timeline *timeline = avt_timeline_new();
    double t = 0;
    for (size_t i = first; i < first + count; i++) {
        struct avt_phoneme phoneme = {.start = t, .end = t + sounds[i].length, .word = -1,
                                      .stress = (uint8_t)sounds[i].stress};
        memcpy(phoneme.ipa, sounds[i].ipa, strlen(sounds[i].ipa) + 1);
        assert_true(avt_timeline_add_phoneme(timeline, &phoneme));
        t = phoneme.end;
    }
    timeline->duration = t;
    return timeline;
}

static double start_of(size_t index)
{
    double t = 0;
    for (size_t i = 0; i < index; i++)
        t += sounds[i].length;
    return t;
}

static struct avt_motion_driver *make_driver(void)
{
    struct avt_motion_options options = AVT_MOTION_OPTIONS_INIT;
    struct avt_motion_driver *driver = avt_motion_from_timeline(&options);
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = make_timeline(0, SOUND_COUNT);
    avt_motion_feed(driver, timeline, 0);
    return driver;
}

/* Lips apart: the jaw less what mouthClose takes back. */
static float gap(const struct avt_motion *motion)
{
    return motion->arkit[AVT_JAW_OPEN] - motion->arkit[AVT_MOUTH_CLOSE];
}

static void lips__close_for_b_at_every_frame_rate(void **state)
{
    (void)state;
    static const double rates[] = {24, 25, 30, 50, 60};
    for (size_t k = 0; k < 5; k++) {
        AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *driver = make_driver();
        float least = 1, most = 0;
        for (int i = 0; i < 5 * rates[k]; i++) {
            struct avt_motion motion;
            double t = (i + 0.5) / rates[k];
            avt_motion_at(driver, t, &motion);
            if (t >= start_of(2) - 0.06 && t <= start_of(3) + 0.03)
                least = fminf(least, gap(&motion));
            if (t >= start_of(1) && t < start_of(4))
                most = fmaxf(most, gap(&motion));
        }
        assert_true(most > 0.35f);
        assert_true(least < 0.15f * most);
    }
}

static void pause__rests_and_vowels_differ(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *driver = make_driver();
    struct avt_motion motion;
    for (double t = start_of(4) + 0.35; t < start_of(5) - 0.25; t += 0.02) {
        avt_motion_at(driver, t, &motion);
        assert_true(motion.arkit[AVT_JAW_OPEN] < 0.01f);
        assert_true(motion.arkit[AVT_MOUTH_PUCKER] < 0.01f);
        assert_true(motion.arkit[AVT_MOUTH_STRETCH_LEFT] < 0.01f);
    }
    avt_motion_at(driver, start_of(5) + 0.03, &motion);
    assert_true(motion.arkit[AVT_MOUTH_ROLL_LOWER] > 0.4f); /* f: the lower lip is tucked */
    avt_motion_at(driver, start_of(6) + 0.06, &motion);
    float wide = motion.arkit[AVT_MOUTH_STRETCH_LEFT];
    avt_motion_at(driver, start_of(7) + 0.09, &motion);
    assert_true(wide > 0.3f && motion.arkit[AVT_MOUTH_PUCKER] > 0.4f);
    assert_true(motion.arkit[AVT_MOUTH_STRETCH_LEFT] < wide / 2);
}

static void feeding__in_parts_gives_the_same_motion(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *whole = make_driver();
    struct avt_motion_options options = AVT_MOTION_OPTIONS_INIT;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *parts =
        avt_motion_from_timeline(&options);
    double known = 0;
    size_t next = 0;
    for (double t = 0.02; t < start_of(SOUND_COUNT); t += 0.04) {
        while (next < SOUND_COUNT && known < t + AVT_MOTION_LOOKAHEAD_S) {
            AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *part = make_timeline(next, 1);
            avt_motion_feed(parts, part, known);
            known += part->duration;
            next++;
        }
        struct avt_motion a, b;
        avt_motion_at(whole, t, &a);
        avt_motion_at(parts, t, &b);
        for (int i = 0; i < AVT_ARKIT_COUNT; i++)
            assert_true(fabsf(a.arkit[i] - b.arkit[i]) < 1e-5f);
        assert_true(fabsf(a.pose.pitch - b.pose.pitch) < 1e-5f);
    }
}

static double unsteadiness(float soften_s, float *ret_widest, float *ret_shut)
{
    const struct avt_motion_options options = {.seed = 1, .expressiveness = .5f, .soften_s = soften_s};
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *driver = avt_motion_from_timeline(&options);
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = make_timeline(0, SOUND_COUNT);
    avt_motion_feed(driver, timeline, 0);
    float before[2] = {0};
    double sum = 0;
    *ret_widest = *ret_shut = 0;
    for (double t = .02; t < start_of(SOUND_COUNT); t += .04) {
        struct avt_motion motion;
        avt_motion_at(driver, t, &motion);
        float jaw = motion.arkit[AVT_JAW_OPEN];
        sum += fabsf(jaw - 2 * before[1] + before[0]);
        before[0] = before[1];
        before[1] = jaw;
        *ret_widest = fmaxf(*ret_widest, jaw);
        *ret_shut = fmaxf(*ret_shut, motion.arkit[AVT_MOUTH_PRESS_LEFT]);
    }
    return sum;
}

static void softening__calms_a_mouth_that_still_opens_and_shuts(void **state)
{
    (void)state;
    float wide, shut, soft_wide, soft_shut;
    double sharp = unsteadiness(0, &wide, &shut), soft = unsteadiness(.026f, &soft_wide, &soft_shut);
    assert_true(soft < .9 * sharp);
    assert_true(soft_wide > .9f * wide && soft_shut > .9f * shut);
}

static void life__blinks_at_the_rate_and_keeps_within_limits(void **state)
{
    (void)state;
    struct avt_motion_options options = AVT_MOTION_OPTIONS_INIT;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *driver =
        avt_motion_from_timeline(&options);
    int blinks = 0;
    bool shut = false;
    double minutes = 10, speed_max = 0;
    struct avt_motion last = {0};
    for (double t = 0.02; t < minutes * 60; t += 0.04) {
        struct avt_motion motion;
        avt_motion_at(driver, t, &motion);
        float lid = motion.arkit[AVT_EYE_BLINK_LEFT];
        blinks += !shut && lid > 0.7f;
        shut = lid > (shut ? 0.5f : 0.7f);
        assert_true(fabsf(motion.pose.yaw) < 8 && fabsf(motion.pose.pitch) < 6 &&
                    fabsf(motion.pose.roll) < 5);
        assert_true(motion.breath >= 0 && motion.breath <= 1);
        assert_true(motion.arkit[AVT_EYE_LOOK_OUT_LEFT] <= 0.16f);
        speed_max = fmax(speed_max, fabs(motion.pose.yaw - last.pose.yaw) / 0.04);
        last = motion;
    }
    assert_in_range(blinks, (int)(10 * minutes), (int)(24 * minutes));
    assert_true(speed_max < 12); /* degrees a second: sways, never jerks */
}

/* A vowel a second, as loud and stressed as asked for. */
static struct avt_motion_driver *make_chant_of(const struct avt_motion_options *options, int seconds, float loudness,
                                               uint8_t stress)
{
    static const struct avt_phoneme bar[] = {
        {.ipa = "", .start = 0, .end = .5, .word = -1},
        {.ipa = "ɑ", .start = .5, .end = .7, .word = -1},
        {.ipa = "u", .start = .7, .end = .85, .word = -1},
        {.ipa = "i", .start = .85, .end = 1, .word = -1},
    };
    struct avt_motion_driver *driver = avt_motion_from_timeline(options);
    for (int second = 0; second < seconds; second++) {
        AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *part = avt_timeline_new();
        part->duration = 1;
        for (size_t i = 0; i < sizeof(bar) / sizeof(*bar); i++) {
            struct avt_phoneme phoneme = bar[i];
            phoneme.loudness = *phoneme.ipa ? loudness : 0;
            phoneme.stress = i == 1 ? stress : 0;
            assert_true(avt_timeline_add_phoneme(part, &phoneme));
        }
        avt_motion_feed(driver, part, second);
    }
    return driver;
}

static struct avt_motion_driver *make_chant(float loudness, uint8_t stress)
{
    const struct avt_motion_options options = AVT_MOTION_OPTIONS_INIT;
    return make_chant_of(&options, CHANT_S, loudness, stress);
}

static void loudness__opens_the_jaw_and_nothing_else(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *quiet = make_chant(.4f, 1);
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *loud = make_chant(1.4f, 1);
    float jaw[2] = {0}, round = 0, wide = 0;
    for (double t = 0.02; t < CHANT_S; t += 0.02) {
        struct avt_motion a, b;
        avt_motion_at(quiet, t, &a);
        avt_motion_at(loud, t, &b);
        jaw[0] = fmaxf(jaw[0], a.arkit[AVT_JAW_OPEN]);
        jaw[1] = fmaxf(jaw[1], b.arkit[AVT_JAW_OPEN]);
        round = fmaxf(round, a.arkit[AVT_MOUTH_PUCKER]);
        wide = fmaxf(wide, a.arkit[AVT_MOUTH_STRETCH_LEFT]);
        assert_true(b.arkit[AVT_JAW_OPEN] >= a.arkit[AVT_JAW_OPEN]);
        /* Every shape of the lips and cheeks; brows go with nods, which loud syllables get more of. */
        for (int i = AVT_JAW_OPEN + 1; i < AVT_ARKIT_COUNT; i++)
            if (b.arkit[i] != a.arkit[i])
                fail_msg("at %.2f s %s is %.3f, and %.3f when loud", t, avt_arkit_name((enum avt_arkit)i),
                         (double)a.arkit[i], (double)b.arkit[i]);
    }
    assert_true(jaw[1] > 1.25f * jaw[0] && jaw[0] > .1f);
    assert_true(round > .3f && wide > .3f); /* there was something to compare */
}

static void head__nods_where_a_vowel_is_stressed(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *flat = make_chant(1, 0);
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *stressed = make_chant(1, 1);
    int nods = 0;
    bool down = false;
    for (double t = 0.02; t < CHANT_S; t += 0.02) {
        struct avt_motion a, b;
        avt_motion_at(flat, t, &a);
        avt_motion_at(stressed, t, &b);
        /* The same seed sways both alike: what is left is the nod. */
        float nod = a.pose.pitch - b.pose.pitch;
        assert_true(nod > -1e-4f);
        if (nod > .3f)
            assert_in_range((int)(100 * fmod(t, 1)), 30, 95); /* about the vowel, not in the pause */
        nods += !down && nod > .5f;
        down = nod > (down ? .25f : .5f);
    }
    assert_in_range(nods, 2, CHANT_S - 1); /* on some of the syllables, not on each */
}

static void life__breathes_in_and_out(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *driver = make_chant(1, 0);
    float least = 1, most = -1, step = 0, last = 0;
    for (double t = 2; t < 7; t += 0.04) { /* a breath takes 4 s */
        struct avt_motion motion;
        avt_motion_at(driver, t, &motion);
        least = fminf(least, motion.breath);
        most = fmaxf(most, motion.breath);
        step = t > 2 ? fmaxf(step, fabsf(motion.breath - last)) : 0;
        last = motion.breath;
    }
    assert_true(most - least > .5f);
    assert_true(step < .1f); /* and never jerks */
}

static void life__can_be_switched_off(void **state)
{
    (void)state;
    struct avt_motion_options options = {.seed = 3};
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *driver =
        avt_motion_from_timeline(&options);
    for (double t = 0; t < 30; t += 0.04) {
        struct avt_motion motion;
        avt_motion_at(driver, t, &motion);
        assert_true(motion.arkit[AVT_EYE_BLINK_LEFT] == 0 && motion.pose.yaw == 0);
    }
}

/* Everything of the face but what is between `first` and `last` is the same. */
static void check_rest_of_face(const struct avt_motion *a, const struct avt_motion *b, int first, int last)
{
    for (int i = 0; i < AVT_ARKIT_COUNT; i++)
        if ((i < first || i > last) && a->arkit[i] != b->arkit[i])
            fail_msg("%s is %.3f, and %.3f", avt_arkit_name((enum avt_arkit)i), (double)a->arkit[i],
                     (double)b->arkit[i]);
}

static void head_motion__is_the_heads_alone(void **state)
{
    (void)state;
    struct avt_motion_options options = AVT_MOTION_OPTIONS_INIT;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *usual = make_chant_of(&options, 60, 1.2f, 1);
    options.head_motion = 0;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *still = make_chant_of(&options, 60, 1.2f, 1);
    options.head_motion = 1;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *lively = make_chant_of(&options, 60, 1.2f, 1);
    float lids = 0, brows = 0, gaze = 0, nod = 0, cut = 0;
    for (double t = 0.02; t < 60; t += 0.04) {
        struct avt_motion a, b, c;
        avt_motion_at(still, t, &a);
        avt_motion_at(usual, t, &b);
        avt_motion_at(lively, t, &c);
        if (a.pose.yaw != 0 || a.pose.pitch != 0 || a.pose.roll != 0 || a.shift.x != 0 || a.shift.y != 0 ||
            a.breath != 0)
            fail_msg("at %.2f s the head moves", t);
        assert_true(fabsf(c.pose.pitch - 1.6f * b.pose.pitch) < 1e-4f);
        assert_true(fabsf(c.pose.yaw - 1.6f * b.pose.yaw) < 1e-4f);
        assert_true(c.breath == b.breath); /* lively, not out of breath */
        check_rest_of_face(&a, &b, -1, -1);
        check_rest_of_face(&a, &c, -1, -1);
        lids = fmaxf(lids, a.arkit[AVT_EYE_BLINK_LEFT]);
        brows = fmaxf(brows, a.arkit[AVT_BROW_INNER_UP]);
        gaze = fmaxf(gaze, a.arkit[AVT_EYE_LOOK_OUT_LEFT]);
        nod = fmaxf(nod, fabsf(b.pose.pitch));
        cut += fabsf(c.pose.pitch) > 5 || fabsf(c.pose.yaw) > 6; /* what the renderer allows */
    }
    assert_true(lids > .9f && brows > .1f && gaze > .01f && nod > 1);
    assert_true(cut < 60 / 0.04 / 100);
}

static void expressiveness__is_of_jaw_and_brows(void **state)
{
    (void)state;
    struct avt_motion_options options = AVT_MOTION_OPTIONS_INIT;
    float jaw[3] = {0}, brows[3] = {0};
    struct avt_motion_driver *drivers[3];
    for (int i = 0; i < 3; i++) {
        options.expressiveness = .5f * (float)i;
        drivers[i] = make_chant_of(&options, 30, .8f, 1);
    }
    for (double t = 0.02; t < 30; t += 0.04) {
        struct avt_motion m[3];
        for (int i = 0; i < 3; i++) {
            avt_motion_at(drivers[i], t, &m[i]);
            jaw[i] += m[i].arkit[AVT_JAW_OPEN];
            brows[i] = fmaxf(brows[i], m[i].arkit[AVT_BROW_OUTER_UP_LEFT]);
        }
        for (int i = 0; i < 3; i += 2) {
            assert_true(m[i].pose.pitch == m[1].pose.pitch);
            for (int w = AVT_CHEEK_PUFF; w < AVT_ARKIT_COUNT; w++)
                if (w != AVT_JAW_OPEN && m[i].arkit[w] != m[1].arkit[w])
                    fail_msg("at %.2f s %s follows", t, avt_arkit_name((enum avt_arkit)w));
        }
    }
    for (int i = 0; i < 3; i++)
        avt_motion_free(drivers[i]);
    assert_true(jaw[0] < .8f * jaw[1] && jaw[2] > 1.1f * jaw[1]);
    assert_true(brows[0] < .6f * brows[1] && brows[2] > 1.4f * brows[1]);
}

/* Blinks of five minutes, in silence or over the chant. */
static int count_blinks(float rate, uint64_t seed, bool speaks)
{
    const struct avt_motion_options options = {.seed = seed, .blinks_per_min = rate};
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *driver = make_chant_of(&options, speaks ? 300 : 0, 1, 1);
    int blinks = 0;
    bool shut = false;
    for (double t = 0.01; t < 300; t += 0.02) {
        struct avt_motion motion;
        avt_motion_at(driver, t, &motion);
        float lid = motion.arkit[AVT_EYE_BLINK_LEFT];
        blinks += !shut && lid > .7f;
        shut = lid > (shut ? .5f : .7f);
        /* The stressed vowel goes from .5 s to .7 s, and the picture leads. */
        double beat = fmod(t, 1);
        if (speaks && beat > .52 && beat < .64 && lid > .9f)
            fail_msg("with %.0f a minute lids are shut in the stressed vowel at %.2f s", (double)rate, t);
    }
    return blinks;
}

static void blinks__come_as_often_as_asked(void **state)
{
    (void)state;
    static const int rates[] = {0, 1, 5, 16, 30, 60};
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            int asked = 5 * rates[i], silent = count_blinks((float)rates[i], seed, false);
            int spoken = count_blinks((float)rates[i], seed, true);
            int around = rates[i] ? asked / 4 + 5 : 0;
            if (abs(silent - asked) > around || abs(spoken - asked) > around)
                fail_msg("%d a minute: %d and %d within five", rates[i], silent, spoken);
        }
    }
}

static void seed__gives_the_same_motion_again(void **state)
{
    (void)state;
    struct avt_motion_options options = {
        .seed = 5, .head_motion = .8f, .expressiveness = .3f, .blinks_per_min = 20, .emotion = AVT_EMOTION_HAPPY};
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *one = make_chant_of(&options, CHANT_S, 1, 1);
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *two = make_chant_of(&options, CHANT_S, 1, 1);
    options.seed = 6;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *other = make_chant_of(&options, CHANT_S, 1, 1);
    float apart = 0;
    for (double t = 0.02; t < CHANT_S; t += 0.04) {
        struct avt_motion a, b, c;
        avt_motion_at(one, t, &a);
        avt_motion_at(two, t, &b);
        avt_motion_at(other, t, &c);
        assert_memory_equal(&a, &b, sizeof(a));
        apart = fmaxf(apart, fabsf(a.pose.yaw - c.pose.yaw));
    }
    assert_true(apart > .5f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lips__close_for_b_at_every_frame_rate),
        cmocka_unit_test(pause__rests_and_vowels_differ),
        cmocka_unit_test(feeding__in_parts_gives_the_same_motion),
        cmocka_unit_test(softening__calms_a_mouth_that_still_opens_and_shuts),
        cmocka_unit_test(life__blinks_at_the_rate_and_keeps_within_limits),
        cmocka_unit_test(loudness__opens_the_jaw_and_nothing_else),
        cmocka_unit_test(head__nods_where_a_vowel_is_stressed),
        cmocka_unit_test(life__breathes_in_and_out),
        cmocka_unit_test(life__can_be_switched_off),
        cmocka_unit_test(head_motion__is_the_heads_alone),
        cmocka_unit_test(expressiveness__is_of_jaw_and_brows),
        cmocka_unit_test(blinks__come_as_often_as_asked),
        cmocka_unit_test(seed__gives_the_same_motion_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
