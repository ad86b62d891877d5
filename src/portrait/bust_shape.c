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
        /* A face leaves babyhood faster than a body. */
        if (i == BABY)
            weights[i + 1] *= 1.6f - .6f * weights[i + 1];
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
    [AVT_FEATURE_EYE_SIZE] = {{{"eyes/eye-scale-decr", .9f}}, {{"eyes/eye-scale-incr", 1.1f}}},
    [AVT_FEATURE_EYE_SPACING] = {{{"eyes/eye-trans-in", .8f}}, {{"eyes/eye-trans-out", .8f}}},
    [AVT_FEATURE_EYE_DEPTH] = {{{"eyes/eye-push1-out", .8f}, {"eyes/eye-push2-out", .8f},
                                {"eyebrows/eyebrows-trans-backward", .3f}},
                               {{"eyes/eye-push1-in", .8f}, {"eyes/eye-push2-in", .8f},
                                {"eyebrows/eyebrows-trans-forward", .25f}}},
    [AVT_FEATURE_BROW_HEIGHT] = {{{"eyebrows/eyebrows-trans-down", .8f}}, {{"eyebrows/eyebrows-trans-up", .9f}}},
    [AVT_FEATURE_NOSE_LENGTH] = {{{"nose/nose-scale-vert-decr", .5f}, {"nose/nose-trans-up", .3f}},
                                 {{"nose/nose-scale-vert-incr", .7f}, {"nose/nose-trans-down", .3f}}},
    [AVT_FEATURE_NOSE_WIDTH] = {{{"nose/nose-scale-horiz-decr", .6f}, {"nose/nose-nostrils-width-decr", .5f}},
                                {{"nose/nose-scale-horiz-incr", .6f}, {"nose/nose-nostrils-width-incr", .5f},
                                 {"nose/nose-width2-incr", .3f}}},
    [AVT_FEATURE_NOSE_BRIDGE] = {{{"nose/nose-curve-concave", .55f}, {"nose/nose-hump-decr", .25f}},
                                 {{"nose/nose-hump-incr", .7f}, {"nose/nose-curve-convex", .5f},
                                  {"nose/nose-greek-incr", .2f}}},
    [AVT_FEATURE_NOSE_TIP] = {{{"nose/nose-point-down", .45f}, {"nose/nose-septumangle-incr", .2f}},
                              {{"nose/nose-point-up", .9f}, {"nose/nose-septumangle-decr", .4f}}},
    [AVT_FEATURE_MOUTH_WIDTH] = {{{"mouth/mouth-scale-horiz-decr", .7f}}, {{"mouth/mouth-scale-horiz-incr", .7f}}},
    [AVT_FEATURE_LIP_FULLNESS] = {{{"mouth/mouth-upperlip-height-decr", .6f},
                                   {"mouth/mouth-lowerlip-height-decr", .6f},
                                   {"mouth/mouth-upperlip-volume-decr", .6f},
                                   {"mouth/mouth-lowerlip-volume-decr", .6f}},
                                  {{"mouth/mouth-upperlip-height-incr", .6f},
                                   {"mouth/mouth-lowerlip-height-incr", .6f},
                                   {"mouth/mouth-upperlip-volume-incr", .6f},
                                   {"mouth/mouth-lowerlip-volume-incr", .6f}}},
    [AVT_FEATURE_JAW_WIDTH] = {{{"chin/chin-bones-decr", 1}, {"chin/chin-width-decr", .7f}},
                               {{"chin/chin-bones-incr", .9f}, {"chin/chin-width-incr", .6f}}},
    [AVT_FEATURE_CHIN_LENGTH] = {{{"chin/chin-height-decr", .7f}}, {{"chin/chin-height-incr", .4f}}},
    [AVT_FEATURE_CHIN_FORWARD] = {{{"chin/chin-prominent-decr", .7f}, {"chin/chin-prognathism-decr", .2f}},
                                  {{"chin/chin-prominent-incr", .7f}, {"chin/chin-prognathism-incr", .2f}}},
    [AVT_FEATURE_CHEEKBONES] = {{{"cheek/cheek-bones-decr", .8f}}, {{"cheek/cheek-bones-incr", .45f}}},
    [AVT_FEATURE_CHEEK_FULLNESS] = {{{"cheek/cheek-volume-decr", .8f}, {"cheek/cheek-inner-decr", .4f}},
                                    {{"cheek/cheek-volume-incr", .6f}, {"cheek/cheek-inner-incr", .3f}}},
    [AVT_FEATURE_FOREHEAD] = {{{"forehead/forehead-scale-vert-decr", .35f}},
                              {{"forehead/forehead-scale-vert-incr", .3f}}},
    [AVT_FEATURE_EAR_SIZE] = {{{"ears/ear-scale-decr", .8f}},
                              {{"ears/ear-scale-incr", .65f}, {"ears/ear-wing-incr", .1f}}},
    [AVT_FEATURE_NECK_WIDTH] = {{{"neck/neck-scale-horiz-decr", .9f}, {"neck/neck-scale-depth-decr", .5f}},
                                {{"neck/neck-scale-horiz-incr", .9f}, {"neck/neck-scale-depth-incr", .5f}}},
    [AVT_FEATURE_SHOULDERS] = {{{"torso/measure-shoulder-dist-decr", 1}}, {{"torso/measure-shoulder-dist-incr", 1}}},
};

static const struct part face_shapes[AVT_FACE_SHAPE_COUNT][PARTS_MAX] = {
    [AVT_FACE_OVAL] = {{"head/head-oval", .15f}, {"head/head-scale-horiz-decr", .25f}, {"chin/chin-width-decr", .2f}},
    [AVT_FACE_ROUND] = {{"head/head-round", .55f}, {"cheek/cheek-volume-incr", .5f}, {"chin/chin-height-decr", .3f}},
    [AVT_FACE_SQUARE] = {{"head/head-square", .5f}, {"chin/chin-bones-incr", .2f}},
    [AVT_FACE_HEART] = {{"head/head-invertedtriangular", .7f}, {"chin/chin-width-decr", .4f}},
    [AVT_FACE_LONG] = {{"head/head-rectangular", .45f},
                       {"head/head-scale-horiz-decr", .4f},
                       {"chin/chin-height-incr", .2f}},
    [AVT_FACE_DIAMOND] = {{"head/head-diamond", .8f}, {"cheek/cheek-bones-incr", .4f}},
};

static const struct part eye_shapes[AVT_EYE_SHAPE_COUNT][PARTS_MAX] = {
    [AVT_EYES_ALMOND] = {{"eyes/eye-corner1-up", .2f}, {"eyes/eye-height2-decr", .15f}},
    [AVT_EYES_ROUND] = {{"eyes/eye-height2-incr", .55f},
                        {"eyes/eye-height1-incr", .3f},
                        {"eyes/eye-height3-incr", .3f}},
    [AVT_EYES_HOODED] = {{"eyes/eye-eyefold-down", .8f}, {"eyes/eye-eyefold-convex", .5f},
                         {"eyes/eye-eyefold-angle-down", .5f}, {"eyebrows/eyebrows-trans-down", .2f}},
    [AVT_EYES_MONOLID] = {{"eyes/eye-epicanthus-in", .8f}, {"eyes/eye-eyefold-convex", .7f},
                          {"eyes/eye-eyefold-down", .5f}, {"eyes/eye-height2-decr", .3f}},
    [AVT_EYES_UPTURNED] = {{"eyes/eye-corner1-up", 1}, {"eyes/eye-corner2-down", .4f}},
    [AVT_EYES_DOWNTURNED] = {{"eyes/eye-corner1-down", .9f}, {"eyes/eye-corner2-up", .3f}},
};

/* The source's neutral person has small eyes. */
static const struct part everybody[PARTS_MAX] = {{"eyes/eye-scale-incr", .45f}};
/* The jaws of the source's women are as broad as those of its men. */
static const struct part feminine[PARTS_MAX] = {{"chin/chin-width-decr", .35f}, {"head/head-scale-horiz-decr", .18f},
                                              {"head/head-invertedtriangular", .38f}};

static void add_parts(const struct avt_head *head, const struct part *parts, float amount, struct avt_point3 *points)
{
    for (int i = 0; i < PARTS_MAX && parts[i].target; i++)
        add(head, parts[i].target, amount * parts[i].amount, points);
}

/* Face shapes belong to the face: the source's give heads to fit, flat on top or pointed, which hair would show. */
static void add_face(const struct avt_head *head, const struct part *parts, float amount, struct avt_point3 *points)
{
    static const float low = -3, crown = 10;
    for (int i = 0; i < PARTS_MAX && parts[i].target; i++) {
        const struct avt_head_target *target = avt_head_find(head, parts[i].target);
        if (target)
            avt_head_add_below(head, target, amount * parts[i].amount, low, crown, points);
    }
}

/* What years do beyond the macro targets, which stop at bones and flesh. */
static void add_age(const struct avt_head *head, float years, struct avt_point3 *points)
{
    static const struct part old[] = {{"head/head-age-incr", .35f},
                                      {"eyes/eye-bag-incr", .6f},
                                      {"mouth/mouth-laugh-lines-in", .25f},
                                      {"ears/ear-scale-incr", .3f},
                                      {"nose/nose-point-down", .12f},
                                      {"eyes/eye-eyefold-down", .25f},
                                      {NULL, 0}};
    static const struct part lips[] = {{"mouth/mouth-upperlip-height-decr", .35f},
                                       {"mouth/mouth-upperlip-volume-decr", .35f},
                                       {"mouth/mouth-lowerlip-volume-decr", .3f},
                                       {"mouth/mouth-angles-up", .25f}, /* the macro target sulks */
                                       {NULL, 0}};
    static const struct part child[] = {{"eyes/eye-scale-incr", .6f},
                                        {"nose/nose-scale-vert-decr", .15f},
                                        {NULL, 0}};
    add_parts(head, child, within((14 - years) / 8, 0, 1), points);
    float age = within((years - 40) / 45, 0, 1.1f);
    add_parts(head, old, age, points);
    add_parts(head, lips, age, points);
}

/* The macro targets carry weight on the body; a face shows it as well. */
static void add_weight(const struct avt_head *head, float weight, struct avt_point3 *points)
{
    static const struct part thin[PARTS_MAX] = {{"head/head-fat-decr", .5f}, {"cheek/cheek-volume-decr", .4f}};
    static const struct part heavy[PARTS_MAX] = {{"head/head-fat-incr", .5f},
                                                 {"cheek/cheek-volume-incr", .3f},
                                                 {"neck/neck-double-incr", .5f},
                                                 {"neck/neck-scale-horiz-incr", .5f}};
    float more = 2 * within(weight, 0, 1) - 1;
    add_parts(head, more < 0 ? thin : heavy, fabsf(more), points);
}

/* Nobody's halves are equal: which way each part leans is drawn, how far is said. */
static void add_asymmetry(const struct avt_head *head, uint64_t seed, float amount, struct avt_point3 *points)
{
    static const struct part parts[] = {{"brown-1", .9f},  {"brown-2", .8f},  {"cheek-1", 1},    {"cheek-2", .8f},
                                        {"eye-1", .8f},    {"eye-3", .6f},    {"eye-5", .6f},    {"eye-7", .6f},
                                        {"jaw-1", 1},      {"jaw-3", .7f},    {"mouth-1", 1.1f}, {"mouth-2", .9f},
                                        {"nose-1", .8f},   {"nose-3", .6f},   {"nose-4", .6f},   {"ear-1", .6f},
                                        {"temple-1", .6f}, {"top-1", .6f}};
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
    /* Targets move by lengths: on a child's face they do less, and its bones are still soft. */
    float grown = within(.55f + .45f * (a->age - 5) / 12, .55f, 1);
    add_parts(head, everybody, 1, points);
    add_face(head, feminine, (1 - within(a->masculine, 0, 1)) * within((a->age - 12) / 8, 0, 1), points);
    if (a->face_shape >= 0 && a->face_shape < AVT_FACE_SHAPE_COUNT)
        add_face(head, face_shapes[a->face_shape], grown, points);
    if (a->eye_shape >= 0 && a->eye_shape < AVT_EYE_SHAPE_COUNT)
        add_parts(head, eye_shapes[a->eye_shape], 1, points);
    for (int i = 0; i < AVT_FEATURE_ASYMMETRY; i++) {
        float value = within(a->features[i], -1, 1);
        add_parts(head, value < 0 ? features[i].less : features[i].more, grown * fabsf(value), points);
    }
    add_age(head, a->age, points);
    add_weight(head, a->weight, points);
    add_asymmetry(head, a->seed, a->features[AVT_FEATURE_ASYMMETRY], points);
}
