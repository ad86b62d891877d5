/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/motion_life.h"

#include <math.h>

/* Lids close fast and open slowly (VanderWerf et al. 2003); viewers prefer 230-300 ms in all
 * (Trutoiu et al. 2011). */
#define BLINK_CLOSE_S 0.095
#define BLINK_DWELL_S 0.035
#define BLINK_OPEN_S  0.190

/* A decision about time t may look this far ahead of t, and is taken this long before. */
#define DECIDE_S 0.65

static double smooth(double x)
{
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    return x * x * (3 - 2 * x);
}

/* Log-normal intervals, as people's are (Bentivoglio et al. 1997), never shorter than .9 s, or what haste asks for. */
static double blink_interval(struct avt_life *life)
{
    const double sigma = 0.45, mean = 60.0 / life->options.blinks_per_min;
    double interval =
        exp(log(mean) - sigma * sigma / 2 + sigma * avt_rng_normal(&life->blink_rng));
    return fmin(fmax(interval, fmin(0.9, 0.45 * mean)), 3 * mean);
}

void avt_life_init(struct avt_life *life, const struct avt_motion_options *options)
{
    *life = (struct avt_life){.options = *options, .last_nod = -10, .nod_seen = -1};
    avt_rng_init(&life->blink_rng, options->seed * 4 + 1);
    avt_rng_init(&life->nod_rng, options->seed * 4 + 2);
    avt_rng_init(&life->gaze_rng, options->seed * 4 + 3);
    life->next_gaze = 0.5;
    life->next_blink = options->blinks_per_min > 0
                           ? 0.8 + 1.6 * avt_rng_uniform(&life->blink_rng)
                           : INFINITY;
}

/* Moves a blink out of a stressed vowel and into a pause that begins soon. */
static double place_blink(const struct avt_mouth *mouth, double at)
{
    for (size_t i = mouth->first; i < mouth->count; i++) {
        const struct avt_gesture *gesture = &mouth->gestures[i];
        if (gesture->start > at + 0.30)
            break;
        if (gesture->viseme == AVT_VISEME_SIL && gesture->start >= at - 0.05)
            return gesture->start + 0.04;
    }
    for (size_t i = mouth->first; i < mouth->count; i++) {
        const struct avt_gesture *gesture = &mouth->gestures[i];
        if (gesture->start > at + 0.12)
            break;
        if (gesture->stressed && at < gesture->end && at > gesture->start - 0.12)
            return gesture->end;
    }
    return at;
}

static double blink_curve(double since)
{
    if (since < BLINK_CLOSE_S)
        return smooth(since / BLINK_CLOSE_S);
    since -= BLINK_CLOSE_S + BLINK_DWELL_S;
    return since < 0 ? 1 : 1 - smooth(since / BLINK_OPEN_S);
}

static void blink(struct avt_life *life, const struct avt_mouth *mouth, double t,
                  struct avt_motion *motion)
{
    while (life->next_blink - DECIDE_S <= t) {
        double at = place_blink(mouth, life->next_blink);
        life->blinks[life->blink_count++ % AVT_LIFE_EVENTS] = (struct avt_life_event){
            .at = at, .amount = (float)(0.94 + 0.06 * avt_rng_uniform(&life->blink_rng))};
        bool twice = avt_rng_uniform(&life->blink_rng) < 0.08;
        life->next_blink = at + (twice ? 0.42 : blink_interval(life));
    }
    double left = 0, right = 0;
    size_t known = life->blink_count < AVT_LIFE_EVENTS ? life->blink_count : AVT_LIFE_EVENTS;
    for (size_t i = 0; i < known; i++) {
        const struct avt_life_event *event = &life->blinks[i];
        /* One eye is a few milliseconds behind the other. */
        left = fmax(left, event->amount * (t < event->at ? 0 : blink_curve(t - event->at)));
        right = fmax(right,
                     event->amount * (t < event->at + .008 ? 0 : blink_curve(t - event->at - .008)));
    }
    motion->arkit[AVT_EYE_BLINK_LEFT] = (float)left;
    motion->arkit[AVT_EYE_BLINK_RIGHT] = (float)right;
    double lids = (left + right) / 2;
    motion->arkit[AVT_BROW_DOWN_LEFT] = motion->arkit[AVT_BROW_DOWN_RIGHT] = (float)(0.06 * lids);
}

/* Small shifts that are held for a second or two; uniform jitter looks nervous (Eyes Alive, Lee et
 * al. 2002). At the viewer most of the time. */
static void gaze(struct avt_life *life, double t, struct avt_motion *motion)
{
    while (life->next_gaze <= t) {
        bool away = avt_rng_uniform(&life->gaze_rng) < 0.35;
        life->gaze = (struct avt_life_event){.at = life->next_gaze};
        if (away) {
            life->gaze.amount = (float)(avt_rng_normal(&life->gaze_rng) * 0.03);
            life->gaze.turn = (float)(avt_rng_normal(&life->gaze_rng) * 0.06);
        }
        life->next_gaze += (away ? 0.5 : 1.2) + 1.6 * avt_rng_uniform(&life->gaze_rng);
    }
    double x = fmin(fmax(life->gaze.turn, -0.15f), 0.15f);
    double y = fmin(fmax(life->gaze.amount, -0.08f), 0.08f);
    double arrive = smooth((t - life->gaze.at) / 0.05);
    x *= arrive;
    y *= arrive;
    float *a = motion->arkit;
    /* x > 0: to the picture's right, which is the subject's left. */
    a[AVT_EYE_LOOK_OUT_LEFT] = a[AVT_EYE_LOOK_IN_RIGHT] = (float)fmax(x, 0);
    a[AVT_EYE_LOOK_IN_LEFT] = a[AVT_EYE_LOOK_OUT_RIGHT] = (float)fmax(-x, 0);
    a[AVT_EYE_LOOK_UP_LEFT] = a[AVT_EYE_LOOK_UP_RIGHT] = (float)fmax(y, 0);
    a[AVT_EYE_LOOK_DOWN_LEFT] = a[AVT_EYE_LOOK_DOWN_RIGHT] = (float)fmax(-y, 0);
}

/* Value noise with zero slope at the knots: smooth, bounded by 1, the same for a seed. */
static double noise(uint64_t seed, unsigned channel, double x)
{
    double cell = floor(x), knot[2];
    for (int k = 0; k < 2; k++) {
        struct avt_rng rng;
        avt_rng_init(&rng, seed * 1000003u + channel * 7919u + (uint64_t)((int64_t)cell + k + 4096));
        knot[k] = 2 * avt_rng_uniform(&rng) - 1;
    }
    return knot[0] + (knot[1] - knot[0]) * smooth(x - cell);
}

/* Slow, with a little quicker noise on top. Each channel has its own pace and phase: they must not
 * come to rest together, or the film freezes for a moment. */
static double sway(uint64_t seed, unsigned channel, double t)
{
    double pace = 0.56 * (1 + 0.17 * channel), phase = 0.37 * channel;
    return 0.7 * noise(seed, channel, t * pace + phase) +
           0.3 * noise(seed, channel + 100, t * 2.3 * pace + 0.61 + phase);
}

/* Nods sit on stressed, loud syllables (Alexanderson et al. 2013), not on each of them. */
static void find_nods(struct avt_life *life, const struct avt_mouth *mouth, double t)
{
    for (size_t i = mouth->first; i < mouth->count; i++) {
        const struct avt_gesture *gesture = &mouth->gestures[i];
        if (gesture->start > t + DECIDE_S)
            break;
        if (gesture->start <= life->nod_seen || !gesture->stressed)
            continue;
        life->nod_seen = gesture->start;
        double chance = gesture->loudness > 1.1f ? 0.75 : 0.4;
        bool wanted = avt_rng_uniform(&life->nod_rng) < chance;
        float amount = (float)(0.6 + 0.9 * avt_rng_uniform(&life->nod_rng));
        float turn = (float)avt_rng_normal(&life->nod_rng);
        if (!wanted || gesture->start - life->last_nod < 0.75)
            continue;
        life->last_nod = gesture->start;
        life->nods[life->nod_count++ % AVT_LIFE_EVENTS] = (struct avt_life_event){
            .at = (gesture->start + gesture->end) / 2, .amount = amount, .turn = turn};
    }
}

/* Down within .22 s, back within .34 s. */
static double nod_curve(double since)
{
    return since < 0 ? smooth(1 + since / 0.22) : 1 - smooth(since / 0.34);
}

/* 1 as people usually move. Less than twice that when lively: a photograph turned further shows that it is flat. */
static double head_amount(const struct avt_life *life)
{
    double wanted = life->options.head_motion;
    return wanted * (2.4 - 0.8 * wanted);
}

static void head(struct avt_life *life, const struct avt_mouth *mouth, double t,
                 struct avt_motion *motion)
{
    find_nods(life, mouth, t);
    /* The film begins with the picture as it is. */
    double amount = head_amount(life) * smooth(t / 0.8);
    uint64_t seed = life->options.seed;
    double yaw = 3.8 * sway(seed, 0, t), pitch = 2.0 * sway(seed, 1, t);
    double roll = 1.5 * sway(seed, 2, t) - 0.15 * yaw, brows = 0;
    size_t known = life->nod_count < AVT_LIFE_EVENTS ? life->nod_count : AVT_LIFE_EVENTS;
    for (size_t i = 0; i < known; i++) {
        const struct avt_life_event *nod = &life->nods[i];
        double curve = nod_curve(t - nod->at);
        pitch -= 1.5 * nod->amount * curve;
        roll += 0.25 * nod->turn * curve;
        if (nod->turn > 0.1f)
            brows = fmax(brows, nod->amount * nod_curve((t - nod->at) * 0.8));
    }
    motion->pose.yaw = (float)(amount * yaw);
    motion->pose.pitch = (float)(amount * pitch);
    motion->pose.roll = (float)(amount * roll);
    motion->shift.x = (float)(amount * 0.045 * sway(seed, 3, t));
    motion->shift.y = (float)(amount * 0.025 * sway(seed, 4, t));
    double lift = brows * (0.4 + 1.2 * life->options.expressiveness);
    motion->arkit[AVT_BROW_INNER_UP] = (float)(0.16 * lift);
    motion->arkit[AVT_BROW_OUTER_UP_LEFT] = motion->arkit[AVT_BROW_OUTER_UP_RIGHT] =
        (float)(0.20 * lift);
}

/* 15 breaths a minute: in for 35 %, out for 45 %, rest for 20 %. */
static double breath_at(double t)
{
    double phase = fmod(t, 4.0) / 4.0;
    if (phase < 0.35)
        return 2 * smooth(phase / 0.35) - 1;
    return phase < 0.8 ? 1 - 2 * smooth((phase - 0.35) / 0.45) : -1;
}

void avt_life_at(struct avt_life *life, const struct avt_mouth *mouth, double t,
                 struct avt_motion *motion)
{
    blink(life, mouth, t, motion);
    gaze(life, t, motion);
    head(life, mouth, t, motion);
    /* From 0 at the start, so that the first frame is the picture. Breath lifts the head too, which must keep still
     * when asked to. */
    motion->breath = (float)((breath_at(t) + 1) * 0.5 * smooth(t) * fmin(head_amount(life), 1));
}
