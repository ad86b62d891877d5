/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What attributes make of the base mesh: which of MakeHuman's targets, by how much. The macro targets are combined
 * as its macro.json says (gender x age x muscle x weight, and ancestry x gender x age); the amounts of the details
 * were chosen by eye, so that at 1 a feature is plainly there and still human.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "portrait/head.h"

static void add(const struct avt_head *head, const char *name, float weight, struct avt_point3 *points)
{
    const struct avt_head_target *target = weight != 0 ? avt_head_find(head, name) : NULL;
    if (target)
        avt_head_add(target, weight, points);
}

/* ---- macro targets ------------------------------------------------------------------------- */

enum { BABY, CHILD, YOUNG, OLD, AGES };
static const char *const age_names[AGES] = {"baby", "child", "young", "old"};
/* Years that the targets show. */
static const float age_years[AGES] = {1, 10, 25, 90};

static float within(float value, float low, float high)
{
    return value > low ? fminf(value, high) : low; /* also what is not a number */
}

static void weigh_ages(float years, float weights[AGES])
{
    for (int i = 0; i < AGES; i++)
        weights[i] = 0;
    years = within(years, age_years[BABY], age_years[OLD]);
    for (int i = 0; i + 1 < AGES; i++) {
        if (years < age_years[i] || years > age_years[i + 1])
            continue;
        weights[i + 1] = (years - age_years[i]) / (age_years[i + 1] - age_years[i]);
        weights[i] = 1 - weights[i + 1];
        return;
    }
}

/* Low, average, high of an amount from 0 to 1. */
static void weigh_thirds(float amount, float weights[3])
{
    amount = within(amount, 0, 1);
    weights[0] = fmaxf(1 - 2 * amount, 0);
    weights[2] = fmaxf(2 * amount - 1, 0);
    weights[1] = 1 - weights[0] - weights[2];
}

static void add_body(const struct avt_head *head, const struct avt_attributes *a, const char *person, float weight,
                     struct avt_point3 *points)
{
    static const char *const levels[3] = {"min", "average", "max"};
    float muscle[3], fat[3];
    weigh_thirds(a->muscle, muscle);
    weigh_thirds(a->weight, fat);
    for (int m = 0; m < 3; m++) {
        for (int f = 0; f < 3; f++) {
            char name[AVT_HEAD_NAME_SIZE];
            snprintf(name, sizeof(name), "macrodetails/universal-%s-%smuscle-%sweight", person, levels[m], levels[f]);
            add(head, name, weight * muscle[m] * fat[f], points);
        }
    }
}

void avt_head_macro(const struct avt_head *head, const struct avt_attributes *a, struct avt_point3 *points)
{
    float ages[AGES], masculine = within(a->masculine, 0, 1);
    weigh_ages(a->age, ages);
    const struct {
        const char *name;
        float share;
    } ancestries[] = {{"african", a->african}, {"asian", a->asian}, {"caucasian", a->european}};
    for (int male = 0; male < 2; male++) {
        for (int age = 0; age < AGES; age++) {
            float weight = (male ? masculine : 1 - masculine) * ages[age];
            if (weight <= 0)
                continue;
            char person[32], name[AVT_HEAD_NAME_SIZE];
            snprintf(person, sizeof(person), "%s-%s", male ? "male" : "female", age_names[age]);
            add_body(head, a, person, weight, points);
            for (int i = 0; i < 3; i++) {
                snprintf(name, sizeof(name), "macrodetails/%s-%s", ancestries[i].name, person);
                add(head, name, weight * within(ancestries[i].share, 0, 1), points);
            }
        }
    }
}

/* ---- details ------------------------------------------------------------------------------- */

struct part {
    const char *target;
    float amount;
};
enum { PARTS_MAX = 7 };

/* What one value of a feature is made of: at -1 and at 1. */
static const struct {
    struct part less[PARTS_MAX], more[PARTS_MAX];
} features[AVT_FEATURE_ASYMMETRY] = {
    [AVT_FEATURE_EYE_SIZE] = {{{"eyes/eye-scale-decr", .75f}}, {{"eyes/eye-scale-incr", .75f}}},
    [AVT_FEATURE_EYE_SPACING] = {{{"eyes/eye-trans-in", .6f}}, {{"eyes/eye-trans-out", .6f}}},
    [AVT_FEATURE_EYE_DEPTH] = {{{"eyes/eye-push1-out", .5f}, {"eyes/eye-push2-out", .5f},
                                {"eyebrows/eyebrows-trans-backward", .5f}},
                               {{"eyes/eye-push1-in", .5f}, {"eyes/eye-push2-in", .5f},
                                {"eyebrows/eyebrows-trans-forward", .8f}}},
    [AVT_FEATURE_BROW_HEIGHT] = {{{"eyebrows/eyebrows-trans-down", .8f}}, {{"eyebrows/eyebrows-trans-up", .9f}}},
    [AVT_FEATURE_NOSE_LENGTH] = {{{"nose/nose-scale-vert-decr", .7f}, {"nose/nose-trans-up", .3f}},
                                 {{"nose/nose-scale-vert-incr", .7f}, {"nose/nose-trans-down", .3f}}},
    [AVT_FEATURE_NOSE_WIDTH] = {{{"nose/nose-scale-horiz-decr", .6f}, {"nose/nose-nostrils-width-decr", .5f}},
                                {{"nose/nose-scale-horiz-incr", .6f}, {"nose/nose-nostrils-width-incr", .5f},
                                 {"nose/nose-width2-incr", .3f}}},
    [AVT_FEATURE_NOSE_BRIDGE] = {{{"nose/nose-curve-concave", .7f}, {"nose/nose-hump-decr", .6f}},
                                 {{"nose/nose-hump-incr", .7f}, {"nose/nose-curve-convex", .5f},
                                  {"nose/nose-greek-incr", .2f}}},
    [AVT_FEATURE_NOSE_TIP] = {{{"nose/nose-point-down", .8f}, {"nose/nose-septumangle-incr", .4f}},
                              {{"nose/nose-point-up", .8f}, {"nose/nose-septumangle-decr", .4f}}},
    [AVT_FEATURE_MOUTH_WIDTH] = {{{"mouth/mouth-scale-horiz-decr", .7f}}, {{"mouth/mouth-scale-horiz-incr", .7f}}},
    [AVT_FEATURE_LIP_FULLNESS] = {{{"mouth/mouth-upperlip-height-decr", .6f},
                                   {"mouth/mouth-lowerlip-height-decr", .6f},
                                   {"mouth/mouth-upperlip-volume-decr", .6f},
                                   {"mouth/mouth-lowerlip-volume-decr", .6f}},
                                  {{"mouth/mouth-upperlip-height-incr", .6f},
                                   {"mouth/mouth-lowerlip-height-incr", .6f},
                                   {"mouth/mouth-upperlip-volume-incr", .6f},
                                   {"mouth/mouth-lowerlip-volume-incr", .6f}}},
    [AVT_FEATURE_JAW_WIDTH] = {{{"chin/chin-bones-decr", .7f}, {"chin/chin-width-decr", .5f}},
                               {{"chin/chin-bones-incr", .7f}, {"chin/chin-width-incr", .5f}}},
    [AVT_FEATURE_CHIN_LENGTH] = {{{"chin/chin-height-decr", .8f}}, {{"chin/chin-height-incr", .8f}}},
    [AVT_FEATURE_CHIN_FORWARD] = {{{"chin/chin-prominent-decr", .7f}, {"chin/chin-prognathism-decr", .2f}},
                                  {{"chin/chin-prominent-incr", .7f}, {"chin/chin-prognathism-incr", .2f}}},
    [AVT_FEATURE_CHEEKBONES] = {{{"cheek/cheek-bones-decr", .8f}}, {{"cheek/cheek-bones-incr", .9f}}},
    [AVT_FEATURE_CHEEK_FULLNESS] = {{{"cheek/cheek-volume-decr", .8f}, {"cheek/cheek-inner-decr", .4f}},
                                    {{"cheek/cheek-volume-incr", .8f}, {"cheek/cheek-inner-incr", .4f}}},
    [AVT_FEATURE_FOREHEAD] = {{{"forehead/forehead-scale-vert-decr", .8f}},
                              {{"forehead/forehead-scale-vert-incr", .8f}}},
    [AVT_FEATURE_EAR_SIZE] = {{{"ears/ear-scale-decr", .8f}},
                              {{"ears/ear-scale-incr", .8f}, {"ears/ear-wing-incr", .3f}}},
    [AVT_FEATURE_NECK_WIDTH] = {{{"neck/neck-scale-horiz-decr", .7f}, {"neck/neck-scale-depth-decr", .4f}},
                                {{"neck/neck-scale-horiz-incr", .7f}, {"neck/neck-scale-depth-incr", .4f}}},
    [AVT_FEATURE_SHOULDERS] = {{{"torso/measure-shoulder-dist-decr", 1}}, {{"torso/measure-shoulder-dist-incr", 1}}},
};

static const struct part face_shapes[AVT_FACE_SHAPE_COUNT][PARTS_MAX] = {
    [AVT_FACE_OVAL] = {{"head/head-oval", .7f}},
    [AVT_FACE_ROUND] = {{"head/head-round", .8f}, {"cheek/cheek-volume-incr", .3f}},
    [AVT_FACE_SQUARE] = {{"head/head-square", .7f}, {"chin/chin-bones-incr", .3f}},
    [AVT_FACE_HEART] = {{"head/head-invertedtriangular", .7f}, {"chin/chin-width-decr", .4f}},
    [AVT_FACE_LONG] = {{"head/head-rectangular", .6f}, {"head/head-scale-vert-incr", .4f}},
    [AVT_FACE_DIAMOND] = {{"head/head-diamond", .8f}, {"cheek/cheek-bones-incr", .4f}},
};

static const struct part eye_shapes[AVT_EYE_SHAPE_COUNT][PARTS_MAX] = {
    [AVT_EYES_ALMOND] = {{"eyes/eye-corner2-up", .2f}, {"eyes/eye-height2-decr", .15f}},
    [AVT_EYES_ROUND] = {{"eyes/eye-height2-incr", .7f}, {"eyes/eye-height1-incr", .3f}, {"eyes/eye-height3-incr", .3f}},
    [AVT_EYES_HOODED] = {{"eyes/eye-eyefold-down", .8f}, {"eyes/eye-eyefold-convex", .5f},
                         {"eyes/eye-eyefold-angle-down", .5f}, {"eyebrows/eyebrows-trans-down", .2f}},
    [AVT_EYES_MONOLID] = {{"eyes/eye-epicanthus-in", .8f}, {"eyes/eye-eyefold-convex", .7f},
                          {"eyes/eye-eyefold-down", .5f}, {"eyes/eye-height2-decr", .3f}},
    [AVT_EYES_UPTURNED] = {{"eyes/eye-corner2-up", .8f}, {"eyes/eye-corner1-down", .2f}},
    [AVT_EYES_DOWNTURNED] = {{"eyes/eye-corner2-down", .8f}, {"eyes/eye-corner1-up", .2f}},
};

static void add_parts(const struct avt_head *head, const struct part *parts, float amount, struct avt_point3 *points)
{
    for (int i = 0; i < PARTS_MAX && parts[i].target; i++)
        add(head, parts[i].target, amount * parts[i].amount, points);
}

/* What years do beyond the macro targets, which stop at bones and flesh. */
static void add_age(const struct avt_head *head, float years, struct avt_point3 *points)
{
    static const struct part old[] = {{"head/head-age-incr", .5f},
                                      {"eyes/eye-bag-incr", .6f},
                                      {"mouth/mouth-laugh-lines-in", .5f},
                                      {"ears/ear-scale-incr", .3f},
                                      {"nose/nose-point-down", .2f},
                                      {"eyes/eye-eyefold-down", .35f},
                                      {NULL, 0}};
    static const struct part lips[] = {{"mouth/mouth-upperlip-height-decr", .35f},
                                       {"mouth/mouth-upperlip-volume-decr", .35f},
                                       {"mouth/mouth-lowerlip-volume-decr", .3f},
                                       {"mouth/mouth-angles-down", .2f},
                                       {NULL, 0}};
    float age = within((years - 40) / 45, 0, 1.1f);
    add_parts(head, old, age, points);
    add_parts(head, lips, age, points);
}

/* Nobody's halves are equal: which way each part leans is drawn, how far is said. */
static void add_asymmetry(const struct avt_head *head, uint64_t seed, float amount, struct avt_point3 *points)
{
    static const struct part parts[] = {{"brown-1", .5f}, {"brown-2", .5f}, {"cheek-1", .7f}, {"cheek-2", .5f},
                                        {"eye-1", .5f}, {"eye-3", .4f}, {"eye-5", .4f}, {"eye-7", .4f},
                                        {"jaw-1", .6f}, {"jaw-3", .4f}, {"mouth-1", .6f}, {"mouth-2", .5f},
                                        {"nose-1", .5f}, {"nose-3", .4f}, {"nose-4", .4f}, {"ear-1", .4f},
                                        {"temple-1", .4f}, {"top-1", .4f}};
    amount = within(amount, 0, 1);
    struct avt_rng rng;
    avt_rng_init(&rng, seed ^ 0x6c6f707369646564u);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        float lean = (float)(2 * avt_rng_uniform(&rng) - 1);
        char name[AVT_HEAD_NAME_SIZE];
        snprintf(name, sizeof(name), "asym/asym-%s-%c", parts[i].target, lean < 0 ? 'l' : 'r');
        add(head, name, amount * fabsf(lean) * parts[i].amount, points);
    }
}

void avt_head_details(const struct avt_head *head, const struct avt_attributes *a, struct avt_point3 *points)
{
    if (a->face_shape >= 0 && a->face_shape < AVT_FACE_SHAPE_COUNT)
        add_parts(head, face_shapes[a->face_shape], 1, points);
    if (a->eye_shape >= 0 && a->eye_shape < AVT_EYE_SHAPE_COUNT)
        add_parts(head, eye_shapes[a->eye_shape], 1, points);
    for (int i = 0; i < AVT_FEATURE_ASYMMETRY; i++) {
        float value = within(a->features[i], -1, 1);
        add_parts(head, value < 0 ? features[i].less : features[i].more, fabsf(value), points);
    }
    add_age(head, a->age, points);
    add_asymmetry(head, a->seed, a->features[AVT_FEATURE_ASYMMETRY], points);
}
