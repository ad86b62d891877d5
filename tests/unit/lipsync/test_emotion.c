/* SPDX-License-Identifier: Apache-2.0 */
/* Emotions: that they show, that they are mild, and that speech stays what it is, lips that meet above all. */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "face_fixture.h"
#include "lipsync/motion_driver.h"
#include "lipsync/rig.h"

#define SPEECH_S 6.0

/* Two seconds of silence, in which the mood settles, and then "mapupi" until the end. */
static struct avt_motion_driver *make_driver(enum avt_emotion emotion)
{
    static const char *const sounds[] = {"m", "ɑ", "p", "u", "p", "i"};
    struct avt_motion_options options = AVT_MOTION_OPTIONS_INIT;
    options.emotion = emotion;
    struct avt_motion_driver *driver = avt_motion_from_timeline(&options);
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = avt_timeline_new();
    struct avt_phoneme phoneme = {.end = 2, .word = -1};
    assert_true(avt_timeline_add_phoneme(timeline, &phoneme));
    for (int i = 0; phoneme.end < SPEECH_S; i = (i + 1) % 6) {
        phoneme = (struct avt_phoneme){.start = phoneme.end, .end = phoneme.end + .13, .word = -1, .loudness = 1};
        memcpy(phoneme.ipa, sounds[i], strlen(sounds[i]) + 1);
        assert_true(avt_timeline_add_phoneme(timeline, &phoneme));
    }
    timeline->duration = phoneme.end;
    avt_motion_feed(driver, timeline, 0);
    return driver;
}

/* How far the lips are apart at a place between the corners (-1..1), in eye distances. */
static float lips_apart(const struct avt_rig *rig, const float *amounts, float u)
{
    struct avt_point3 at = {rig->mouth_x + u * rig->mouth_half_width, 0, rig->mouth_z};
    at.y = avt_curve_at(&rig->seam, at.x);
    float apart = 0;
    for (int shape = 0; shape < AVT_SHAPE_SKIN_COUNT; shape++)
        if (amounts[shape] != 0)
            apart += amounts[shape] * (avt_rig_displace(rig, (enum avt_shape)shape, AVT_LOWER, at).y -
                                       avt_rig_displace(rig, (enum avt_shape)shape, AVT_UPPER, at).y);
    return fmaxf(apart, 0); /* edges that would cross have met */
}

static void emotion__shuts_the_lips_as_neutral_does(void **state)
{
    (void)state;
    struct avt_face face = make_face(100, 300, 300, 0, 0);
    struct avt_rig rig;
    assert_true(avt_rig_measure(&face, &rig));
    for (int emotion = 1; emotion < AVT_EMOTION_COUNT; emotion++) {
        AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *neutral = make_driver(AVT_EMOTION_NEUTRAL);
        AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *moved = make_driver((enum avt_emotion)emotion);
        int shut = 0, open = 0;
        for (double t = 2.3; t < SPEECH_S - .3; t += .02) {
            struct avt_motion a, b;
            float amounts[2][AVT_SHAPE_COUNT];
            avt_motion_at(neutral, t, &a);
            avt_motion_at(moved, t, &b);
            avt_rig_amounts(&rig, &a, amounts[0]);
            avt_rig_amounts(&rig, &b, amounts[1]);
            for (float u = -.75f; u <= .8f; u += .25f) {
                float was = lips_apart(&rig, amounts[0], u), is = lips_apart(&rig, amounts[1], u);
                if (fabsf(is - was) > .012f || (was < .005f && is > .01f))
                    fail_msg("emotion %d at %.2f s: lips are %.3f apart at %.2f, %.3f without", emotion, t,
                             (double)is, (double)u, (double)was);
                shut += was < .005f;
                open += was > .1f;
            }
        }
        assert_true(shut > 50 && open > 50); /* there was something to compare */
    }
}

static void emotion__leaves_visemes_and_head_alone(void **state)
{
    (void)state;
    static const int speech[] = {AVT_JAW_OPEN,         AVT_MOUTH_CLOSE,      AVT_MOUTH_PUCKER,
                                 AVT_MOUTH_FUNNEL,     AVT_MOUTH_ROLL_LOWER, AVT_MOUTH_ROLL_UPPER,
                                 AVT_MOUTH_UPPER_UP_LEFT, AVT_MOUTH_LOWER_DOWN_LEFT, AVT_MOUTH_STRETCH_LEFT,
                                 AVT_TONGUE_OUT,       AVT_EYE_BLINK_LEFT,   AVT_EYE_BLINK_RIGHT};
    for (int emotion = 1; emotion < AVT_EMOTION_COUNT; emotion++) {
        AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *neutral = make_driver(AVT_EMOTION_NEUTRAL);
        AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *moved = make_driver((enum avt_emotion)emotion);
        for (double t = 0; t < SPEECH_S; t += .02) {
            struct avt_motion a, b;
            avt_motion_at(neutral, t, &a);
            avt_motion_at(moved, t, &b);
            for (size_t i = 0; i < sizeof(speech) / sizeof(*speech); i++)
                if (a.arkit[speech[i]] != b.arkit[speech[i]])
                    fail_msg("emotion %d changes %s", emotion, avt_arkit_name((enum avt_arkit)speech[i]));
            assert_memory_equal(&a.pose, &b.pose, sizeof(a.pose));
            assert_true(a.tongue_up == b.tongue_up);
        }
    }
}

static void emotion__comes_in_softly_and_shows(void **state)
{
    (void)state;
    /* What makes each of them, and by how much at least when at rest. */
    static const struct {
        enum avt_emotion emotion;
        enum avt_arkit shape;
    } rows[] = {
        {AVT_EMOTION_HAPPY, AVT_MOUTH_SMILE_LEFT},      {AVT_EMOTION_HAPPY, AVT_MOUTH_SMILE_RIGHT},
        {AVT_EMOTION_HAPPY, AVT_CHEEK_SQUINT_LEFT},     {AVT_EMOTION_SAD, AVT_MOUTH_FROWN_RIGHT},
        {AVT_EMOTION_SAD, AVT_BROW_INNER_UP},           {AVT_EMOTION_SERIOUS, AVT_BROW_DOWN_LEFT},
        {AVT_EMOTION_SERIOUS, AVT_MOUTH_PRESS_RIGHT},   {AVT_EMOTION_SURPRISED, AVT_EYE_WIDE_LEFT},
        {AVT_EMOTION_SURPRISED, AVT_BROW_OUTER_UP_RIGHT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *neutral = make_driver(AVT_EMOTION_NEUTRAL);
        AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *moved = make_driver(rows[i].emotion);
        struct avt_motion a, b, last;
        avt_motion_at(neutral, 0, &a);
        avt_motion_at(moved, 0, &last);
        assert_memory_equal(&a, &last, sizeof(a)); /* the first frame is the picture */
        for (double t = .04; t < SPEECH_S; t += .04) {
            avt_motion_at(neutral, t, &a);
            avt_motion_at(moved, t, &b);
            float offset = b.arkit[rows[i].shape] - a.arkit[rows[i].shape];
            assert_true(offset >= 0 && offset < .95f && b.arkit[rows[i].shape] <= 1);
            if (t < 1.2)
                assert_true(b.arkit[rows[i].shape] - last.arkit[rows[i].shape] < .06f);
            if (t > 1.2 && t < 1.8 && offset < .4f)
                fail_msg("row %zu: %.2f at rest", i, (double)offset);
            last = b;
        }
    }
}

static void emotion__yields_to_rounded_and_open_lips(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *happy = make_driver(AVT_EMOTION_HAPPY);
    AVT_CLEANUP(avt_motion_freep) struct avt_motion_driver *serious = make_driver(AVT_EMOTION_SERIOUS);
    float rest = 0, round = 1, pressed = 0, open = 1;
    for (double t = 1.5; t < SPEECH_S; t += .02) {
        struct avt_motion a, b;
        avt_motion_at(happy, t, &a);
        avt_motion_at(serious, t, &b);
        rest = t < 1.7 ? a.arkit[AVT_MOUTH_SMILE_LEFT] : rest;
        pressed = t < 1.7 ? b.arkit[AVT_MOUTH_PRESS_LEFT] : pressed;
        if (a.arkit[AVT_MOUTH_PUCKER] > .6f)
            round = fminf(round, a.arkit[AVT_MOUTH_SMILE_LEFT]);
        if (b.arkit[AVT_JAW_OPEN] - b.arkit[AVT_MOUTH_CLOSE] > .3f)
            open = fminf(open, b.arkit[AVT_MOUTH_PRESS_LEFT]);
    }
    assert_true(round < .6f * rest);
    assert_true(open < .1f * pressed);
}

static void emotion__names(void **state)
{
    (void)state;
    enum avt_emotion emotion = AVT_EMOTION_NEUTRAL;
    assert_true(avt_emotion_parse("surprised", &emotion));
    assert_int_equal(emotion, AVT_EMOTION_SURPRISED);
    static const char *const others[] = {"", "Happy", "happy ", "angry", NULL};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_false(avt_emotion_parse(others[i], &emotion));
    assert_int_equal(emotion, AVT_EMOTION_SURPRISED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emotion__shuts_the_lips_as_neutral_does),
        cmocka_unit_test(emotion__leaves_visemes_and_head_alone),
        cmocka_unit_test(emotion__comes_in_softly_and_shows),
        cmocka_unit_test(emotion__yields_to_rounded_and_open_lips),
        cmocka_unit_test(emotion__names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
