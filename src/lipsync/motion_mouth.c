/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/motion_mouth.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* The picture leads the sound by about one frame: viewers take 0 to 100 ms of lead for synchronous
 * and mouths do move first (Schwartz & Savariaux 2014; Davis & Kim 2013). Lips start even earlier
 * through the lead of each viseme. */
#define PICTURE_LEAD_S 0.030

/* Pauses (after Rhubarb Lip Sync): shorter ones hold the mouth, middling ones relax it, longer ones
 * close it. */
#define PAUSE_HOLD_S  0.12
#define PAUSE_RELAX_S 0.35

/* No gesture reaches further than this beyond its sound. */
#define REACH_S 0.35

/* Lips stay shut at least this long, so that a film of 25 frames a second shows it once. */
#define CLOSURE_MIN_S 0.055
/* On their way there and back; what a long closure can give of its time to the vowels beside it, or a short
 * vowel between two of them (my baby) would never be seen. */
#define CLOSURE_MOVE_S  0.060
#define CLOSURE_SPARE_S 0.015

#define JAW_SCALE_USUAL 1.1 /* at an expressiveness of .5 */
/* Weights of jawOpen, of which 1 is 23 mm, at that scale: see wide(). */
#define JAW_TALK 0.35
#define JAW_GAIN 0.70
#define JAW_MAX  0.75

void avt_mouth_init(struct avt_mouth *mouth, float expressiveness)
{
    *mouth = (struct avt_mouth){.jaw_scale = (float)JAW_SCALE_USUAL + 0.8f * (expressiveness - 0.5f)};
}

void avt_mouth_done(struct avt_mouth *mouth)
{
    avt_free(mouth->gestures);
    *mouth = (struct avt_mouth){0};
}

static void add(struct avt_mouth *mouth, const struct avt_gesture *gesture)
{
    if (mouth->count == mouth->capacity && mouth->first > mouth->count / 2) {
        memmove(mouth->gestures, mouth->gestures + mouth->first,
                (mouth->count - mouth->first) * sizeof(*mouth->gestures));
        mouth->count -= mouth->first;
        mouth->first = 0;
    }
    if (mouth->count == mouth->capacity) {
        mouth->capacity = mouth->capacity ? mouth->capacity * 2 : 256;
        mouth->gestures = avt_realloc(mouth->gestures, mouth->capacity, sizeof(*mouth->gestures));
    }
    mouth->gestures[mouth->count++] = *gesture;
}

static bool is_vowel(enum avt_viseme viseme)
{
    return viseme >= AVT_VISEME_AA && viseme <= AVT_VISEME_U;
}

/* Jaw follows stress and loudness; lips do not (JALI, Edwards et al. 2016: loud speech opens the
 * jaw, it does not round the lips more). */
static float jaw_gain(const struct avt_phoneme *phoneme, enum avt_viseme viseme)
{
    if (!is_vowel(viseme))
        return 1;
    float stress = phoneme->stress == 1 ? 1.08f : phoneme->stress == 2 ? 0.95f : 0.78f;
    float loud = phoneme->loudness > 0 ? 0.6f + 0.4f * fminf(phoneme->loudness, 1.6f) : 1;
    float length = (float)(phoneme->end - phoneme->start);
    /* A vowel of 50 ms has no time to open. */
    float room = fminf(1, 0.6f + length * 4);
    return stress * loud * room;
}

static void feed_phoneme(struct avt_mouth *mouth, const struct avt_phoneme *phoneme, double offset)
{
    enum avt_viseme visemes[2];
    size_t count = avt_visemes_of(phoneme->ipa, visemes);
    double start = offset + phoneme->start - PICTURE_LEAD_S;
    double end = offset + phoneme->end - PICTURE_LEAD_S, length = end - start;
    struct avt_gesture gesture = {.viseme = visemes[0], .start = start, .end = end, .strength = 1,
                                  .loudness = phoneme->loudness};
    if (visemes[0] == AVT_VISEME_SIL) {
        if (length < PAUSE_HOLD_S)
            return;
        gesture.strength = length < PAUSE_RELAX_S ? 0.6f : 1.5f;
        gesture.jaw_gain = 1;
        add(mouth, &gesture);
        return;
    }
    gesture.stressed = phoneme->stress == 1 && is_vowel(visemes[0]);
    gesture.jaw_gain = jaw_gain(phoneme, visemes[0]);
    if (count == 2)
        gesture.end = start + 0.6 * length;
    add(mouth, &gesture);
    if (count == 2) {
        gesture.viseme = visemes[1];
        gesture.start = gesture.end;
        gesture.end = end;
        gesture.stressed = false;
        gesture.jaw_gain = jaw_gain(phoneme, visemes[1]);
        add(mouth, &gesture);
    }
}

void avt_mouth_feed(struct avt_mouth *mouth, const struct avt_timeline *part, double offset_s)
{
    for (size_t i = 0; i < part->phoneme_count; i++)
        feed_phoneme(mouth, &part->phonemes[i], offset_s);
}

static double smooth(double x)
{
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    return x * x * (3 - 2 * x);
}

/* Up from start - lead, full shortly after the start, down from three quarters to end + lag. */
static double window(const struct avt_gesture *gesture, const struct avt_viseme_shape *shape,
                     double t)
{
    double length = gesture->end - gesture->start;
    double full = gesture->start + fmin(0.25 * length, 0.03);
    double leave = gesture->end - 0.25 * length;
    double up_from = gesture->start - shape->lead_s, down_to = gesture->end + shape->lag_s;
    return smooth((t - up_from) / (full - up_from)) * smooth((down_to - t) / (down_to - leave));
}

/* Dominance blend of all channels at one instant. */
static void blend(const struct avt_mouth *mouth, double t, double ret_channel[AVT_MOUTH_CHANNELS])
{
    double sum[AVT_MOUTH_CHANNELS] = {0}, weights[AVT_MOUTH_CHANNELS] = {0};
    for (size_t i = mouth->first; i < mouth->count; i++) {
        const struct avt_gesture *gesture = &mouth->gestures[i];
        if (gesture->start - REACH_S > t)
            break;
        const struct avt_viseme_shape *shape = avt_viseme_shape(gesture->viseme);
        double w = window(gesture, shape, t) * gesture->strength;
        if (w <= 0)
            continue;
        for (int c = 0; c < AVT_MOUTH_CHANNELS; c++) {
            double target = shape->target[c];
            if (c == AVT_MOUTH_JAW && gesture->viseme != AVT_VISEME_SIL)
                target *= gesture->jaw_gain * mouth->jaw_scale;
            sum[c] += w * shape->weight[c] * target;
            weights[c] += w * shape->weight[c];
        }
    }
    /* A little pull to rest, so that fading gestures let go instead of holding their target. */
    for (int c = 0; c < AVT_MOUTH_CHANNELS; c++)
        ret_channel[c] = sum[c] / (weights[c] + 0.06);
}

/* How far the hard gestures are carried out at t: lips shut, lower lip tucked. */
static void constraints(const struct avt_mouth *mouth, double t, double *ret_shut,
                        double *ret_tuck)
{
    double shut = 0, tuck = 0;
    for (size_t i = mouth->first; i < mouth->count; i++) {
        const struct avt_gesture *gesture = &mouth->gestures[i];
        if (gesture->start - REACH_S > t)
            break;
        bool lips = gesture->viseme == AVT_VISEME_PP, teeth = gesture->viseme == AVT_VISEME_FF;
        if (!lips && !teeth)
            continue;
        double spare = fmax(gesture->end - gesture->start - CLOSURE_MIN_S, 0);
        double from = gesture->start + fmin(0.3 * spare, CLOSURE_SPARE_S);
        double to = fmax(gesture->end - fmin(0.7 * spare, 2 * CLOSURE_SPARE_S), from + CLOSURE_MIN_S);
        double value = fmin(smooth((t - from) / CLOSURE_MOVE_S + 1), smooth((to - t) / CLOSURE_MOVE_S + 1));
        if (lips)
            shut = fmax(shut, value);
        else
            tuck = fmax(tuck, value);
    }
    *ret_shut = shut;
    *ret_tuck = tuck;
}

/* Talk opens the jaw by 10 to 15 mm, a shout by 20: past the first a stressed, loud vowel gains less and
 * less. */
static double wide(const struct avt_mouth *mouth, double jaw)
{
    double scale = mouth->jaw_scale / JAW_SCALE_USUAL, talk = JAW_TALK * scale;
    return jaw <= talk ? jaw : fmin(talk + JAW_GAIN * (jaw - talk), JAW_MAX * scale);
}

static void set_both(struct avt_motion *motion, enum avt_arkit left, enum avt_arkit right,
                     double value)
{
    motion->arkit[left] = motion->arkit[right] = (float)fmin(fmax(value, 0), 1);
}

void avt_mouth_at(struct avt_mouth *mouth, double t, struct avt_motion *motion)
{
    while (mouth->first < mouth->count && mouth->gestures[mouth->first].end + 2.0 < t)
        mouth->first++;
    /* Three taps: about a 10 Hz low-pass, so no channel snaps. Closures stay sharp. */
    static const double taps[3][2] = {{-0.018, 0.25}, {0, 0.5}, {0.018, 0.25}};
    double v[AVT_MOUTH_CHANNELS] = {0}, shut, tuck;
    for (int k = 0; k < 3; k++) {
        double channel[AVT_MOUTH_CHANNELS];
        blend(mouth, t + taps[k][0], channel);
        for (int c = 0; c < AVT_MOUTH_CHANNELS; c++)
            v[c] += taps[k][1] * channel[c];
    }
    constraints(mouth, t, &shut, &tuck);

    float *arkit = motion->arkit;
    double jaw = wide(mouth, v[AVT_MOUTH_JAW]);
    jaw += tuck * (fmin(jaw, 0.10) - jaw);
    /* Up to the bite: lips that only just meet before an open jaw are not seen to be shut in small pictures. */
    jaw *= 1 - shut;
    double apart = (1 - shut) * (1 - 0.85 * tuck);
    arkit[AVT_JAW_OPEN] = (float)jaw;
    arkit[AVT_MOUTH_CLOSE] = (float)(jaw * fmax(shut, 0.55 * tuck));
    arkit[AVT_MOUTH_ROLL_LOWER] = (float)fmax(0.40 * shut, 0.65 * tuck);
    arkit[AVT_MOUTH_ROLL_UPPER] = (float)(0.35 * shut);
    arkit[AVT_MOUTH_PUCKER] = (float)(v[AVT_MOUTH_ROUND] * (1 - 0.15 * shut));
    arkit[AVT_MOUTH_FUNNEL] = (float)(v[AVT_MOUTH_FUNNELED] * (1 - shut));
    set_both(motion, AVT_MOUTH_STRETCH_LEFT, AVT_MOUTH_STRETCH_RIGHT, 0.70 * v[AVT_MOUTH_WIDE]);
    set_both(motion, AVT_MOUTH_SMILE_LEFT, AVT_MOUTH_SMILE_RIGHT, 0.22 * v[AVT_MOUTH_WIDE]);
    set_both(motion, AVT_MOUTH_UPPER_UP_LEFT, AVT_MOUTH_UPPER_UP_RIGHT,
             v[AVT_MOUTH_UPPER] * (1 - shut) + 0.14 * tuck);
    set_both(motion, AVT_MOUTH_LOWER_DOWN_LEFT, AVT_MOUTH_LOWER_DOWN_RIGHT,
             v[AVT_MOUTH_LOWER] * apart);
    set_both(motion, AVT_MOUTH_PRESS_LEFT, AVT_MOUTH_PRESS_RIGHT, 0.8 * shut);
    motion->tongue_up = (float)v[AVT_MOUTH_TONGUE];
    arkit[AVT_TONGUE_OUT] = (float)(v[AVT_MOUTH_TONGUE_OUT] * (1 - shut));
}
