/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/motion_emotion.h"

#include <math.h>

#include "base/assert.h"
#include "base/str.h"

/* The film begins with the picture as it is; a face takes about this long to change its mood. */
#define EASE_S 1.2

/* How lips that are busy hold the mood off. Rounded ones draw the corners in, which a smile or a frown draws
 * elsewhere; a jaw that is open has no lips to press. */
enum yield {
    STAYS,
    YIELDS_TO_ROUND,
    YIELDS_TO_OPEN,
};

struct part {
    unsigned char shape, also; /* enum avt_arkit; the other side's, or the same */
    float weight;
    enum yield yield;
};
enum { PARTS_MAX = 6 };

/*
 * Which muscles: the action units of each emotion (Ekman & Friesen 1978): happy 6 + 12, sad 1 + 15, surprised
 * 1 + 2 + 5; serious is the 4 + 24 of concentration, no anger. The weights are our own, judged by eye on films:
 * somebody who talks in a mood, not an actor of it. None of them parts the lips, so what shuts them for p, b and m
 * still does.
 */
static const struct part emotions[AVT_EMOTION_COUNT][PARTS_MAX] = {
    [AVT_EMOTION_HAPPY] = {{AVT_MOUTH_SMILE_LEFT, AVT_MOUTH_SMILE_RIGHT, .60f, YIELDS_TO_ROUND},
                           {AVT_CHEEK_SQUINT_LEFT, AVT_CHEEK_SQUINT_RIGHT, .70f, STAYS},
                           {AVT_EYE_SQUINT_LEFT, AVT_EYE_SQUINT_RIGHT, .35f, STAYS},
                           {AVT_BROW_OUTER_UP_LEFT, AVT_BROW_OUTER_UP_RIGHT, .25f, STAYS},
                           {AVT_BROW_INNER_UP, AVT_BROW_INNER_UP, .15f, STAYS}},
    [AVT_EMOTION_SAD] = {{AVT_MOUTH_FROWN_LEFT, AVT_MOUTH_FROWN_RIGHT, .65f, YIELDS_TO_ROUND},
                         {AVT_BROW_INNER_UP, AVT_BROW_INNER_UP, .65f, STAYS},
                         {AVT_EYE_SQUINT_LEFT, AVT_EYE_SQUINT_RIGHT, .20f, STAYS}},
    [AVT_EMOTION_SERIOUS] = {{AVT_BROW_DOWN_LEFT, AVT_BROW_DOWN_RIGHT, .80f, STAYS},
                             {AVT_EYE_SQUINT_LEFT, AVT_EYE_SQUINT_RIGHT, .30f, STAYS},
                             {AVT_MOUTH_PRESS_LEFT, AVT_MOUTH_PRESS_RIGHT, .50f, YIELDS_TO_OPEN},
                             {AVT_MOUTH_FROWN_LEFT, AVT_MOUTH_FROWN_RIGHT, .20f, YIELDS_TO_ROUND}},
    [AVT_EMOTION_SURPRISED] = {{AVT_BROW_INNER_UP, AVT_BROW_INNER_UP, .65f, STAYS},
                               {AVT_BROW_OUTER_UP_LEFT, AVT_BROW_OUTER_UP_RIGHT, .65f, STAYS},
                               {AVT_EYE_WIDE_LEFT, AVT_EYE_WIDE_RIGHT, .90f, STAYS}},
};

bool avt_emotion_parse(const char *text, enum avt_emotion *ret_emotion)
{
    static const char *const names[AVT_EMOTION_COUNT] = {"neutral", "happy", "sad", "serious", "surprised"};
    for (int i = 0; text && i < AVT_EMOTION_COUNT; i++) {
        if (avt_str_equal(text, names[i])) {
            *ret_emotion = (enum avt_emotion)i;
            return true;
        }
    }
    return false;
}

static float clamped(float value)
{
    return fminf(fmaxf(value, 0), 1);
}

void avt_emotion_at(enum avt_emotion emotion, double t, struct avt_motion *motion)
{
    avt_assert(emotion >= 0 && emotion < AVT_EMOTION_COUNT);
    float *arkit = motion->arkit;
    const float x = clamped((float)(t / EASE_S)), eased = x * x * (3 - 2 * x);
    const float round = clamped(arkit[AVT_MOUTH_PUCKER] + arkit[AVT_MOUTH_FUNNEL]);
    const float open = clamped(4 * (arkit[AVT_JAW_OPEN] - arkit[AVT_MOUTH_CLOSE]));
    const float left[] = {[STAYS] = 1, [YIELDS_TO_ROUND] = 1 - .7f * round, [YIELDS_TO_OPEN] = 1 - open};
    for (int i = 0; i < PARTS_MAX && emotions[emotion][i].weight > 0; i++) {
        const struct part *part = &emotions[emotion][i];
        float amount = part->weight * eased * left[part->yield];
        arkit[part->shape] = clamped(arkit[part->shape] + amount);
        if (part->also != part->shape)
            arkit[part->also] = clamped(arkit[part->also] + amount);
    }
}
