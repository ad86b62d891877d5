/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/skin_marks.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "portrait/noise.h"
#include "portrait/vec.h"

/* exp(x) for x in about -4..1, the same bits everywhere: (1 + x / 64)^64. */
static float power_of_e(float x)
{
    float y = avt_max(1 + x * (1.0f / 64), 0);
    for (int k = 0; k < 6; k++)
        y *= y;
    return y;
}

/* A soft spot: 1 in the middle, .6 at `size`. */
static float blob(struct avt_point3 p, float x, float y, float z, float sx, float sy, float sz)
{
    float dx = (p.x - x) / sx, dy = (p.y - y) / sy, dz = (p.z - z) / sz;
    return power_of_e(-.5f * avt_min(dx * dx + dy * dy + dz * dz, 8));
}

/* ---- making ------------------------------------------------------------------------------------- */

static int line_of(const struct avt_bust *bust, const uint32_t *vertices, size_t count, struct avt_point *ret_line)
{
    int used = count < AVT_SKIN_OUTLINE_MAX ? (int)count : AVT_SKIN_OUTLINE_MAX;
    for (int i = 0; i < used; i++)
        ret_line[i] = (struct avt_point){bust->average[vertices[i]].x, bust->average[vertices[i]].y};
    return used;
}

void avt_skin_marks_make(const struct avt_bust *bust, const struct avt_attributes *attributes, enum avt_look look,
                         struct avt_skin_marks *ret_marks)
{
    struct avt_skin_marks marks = {
        .look = look,
        .seed = (uint32_t)(attributes->seed ^ attributes->seed >> 32) * 2654435761u,
        .age = attributes->age,
        .masculine = attributes->masculine,
        .freckles = attributes->freckles,
        .dark = avt_smoothstep(2, 9, attributes->skin_tone),
        .makeup = attributes->makeup,
    };
    const struct avt_bust_lines *lines = &bust->lines;
    float seam = 0;
    for (size_t i = 0; i < lines->lip_seam_count; i++)
        seam += bust->average[lines->lip_seam[i]].y / (float)lines->lip_seam_count;
    marks.seam_y = seam;
    marks.outline_count = line_of(bust, lines->lip_outline, lines->lip_outline_count, marks.outline);
    marks.seam_count = line_of(bust, lines->lip_seam, lines->lip_seam_count / 2 + 3, marks.seam);
    for (int side = 0; side < 2; side++) {
        marks.lid_count[0] = line_of(bust, lines->upper_lid[side], lines->upper_lid_count, marks.lids[side][0]);
        marks.lid_count[1] = line_of(bust, lines->lower_lid[side], lines->lower_lid_count, marks.lids[side][1]);
        float x = 0, y = 0;
        for (int i = 0; i < marks.lid_count[0]; i++) {
            x += marks.lids[side][0][i].x / (float)marks.lid_count[0];
            y += marks.lids[side][0][i].y / (float)marks.lid_count[0];
        }
        marks.eyes[side] = (struct avt_point3){x, y - .3f, 0};
    }
    /* Height of the fold over the lashes, cm: a monolid has none, a hooded lid hides it low. */
    marks.crease = attributes->eye_shape == AVT_EYES_MONOLID  ? 0
                   : attributes->eye_shape == AVT_EYES_HOODED ? .22f
                                                              : .36f;
    bool grown = attributes->age > 17 && attributes->masculine > .55f;
    marks.stubble = attributes->facial_hair == AVT_FACIAL_HAIR_STUBBLE ? 1
                    : attributes->facial_hair != AVT_FACIAL_HAIR_NONE  ? .55f
                    : grown                                            ? .22f
                                                                       : 0;
    if (attributes->hair != AVT_HAIR_BALD) {
        float tip[3];
        marks.scalp = attributes->hair == AVT_HAIR_CORNROWS ? .25f : .75f;
        avt_hairline_make(attributes, &marks.hairline);
        avt_hair_colour(attributes->hair_colour, marks.hair, tip);
        avt_hair_greyed(attributes->grey, .5f, marks.hair);
    }
    struct avt_rng rng;
    avt_rng_init(&rng, attributes->seed ^ 0x6d6f6c65);
    for (int i = 0; i < AVT_SKIN_MOLES; i++) {
        marks.moles[i].x = (float)(avt_rng_uniform(&rng) * 13 - 6.5);
        marks.moles[i].y = (float)(avt_rng_uniform(&rng) * 24 - 18);
        marks.moles[i].z = (float)(.03 + .06 * avt_rng_uniform(&rng) * avt_rng_uniform(&rng));
    }
    *ret_marks = marks;
}

/* ---- regions ------------------------------------------------------------------------------------ */

/* Signed distance to a closed line in the plane of the face, cm; inside positive. */
static float inside(const struct avt_point *line, int count, float x, float y)
{
    float nearest = 1e9f;
    bool in = false;
    for (int i = 0; i < count; i++) {
        struct avt_point a = line[i], b = line[(i + 1) % count];
        float dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
        float t = square > 0 ? avt_min(avt_max(((x - a.x) * dx + (y - a.y) * dy) / square, 0), 1) : 0;
        float ex = x - a.x - t * dx, ey = y - a.y - t * dy;
        nearest = avt_min(nearest, ex * ex + ey * ey);
        if ((a.y > y) != (b.y > y) && x < a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y))
            in = !in;
    }
    return in ? sqrtf(nearest) : -sqrtf(nearest);
}

/* Distance to an open line, cm. */
static float away(const struct avt_point *line, int count, float x, float y)
{
    float nearest = 1e9f;
    for (int i = 0; i + 1 < count; i++) {
        float dx = line[i + 1].x - line[i].x, dy = line[i + 1].y - line[i].y, square = dx * dx + dy * dy;
        float t = square > 0 ? avt_min(avt_max(((x - line[i].x) * dx + (y - line[i].y) * dy) / square, 0), 1) : 0;
        float ex = x - line[i].x - t * dx, ey = y - line[i].y - t * dy;
        nearest = avt_min(nearest, ex * ex + ey * ey);
    }
    return sqrtf(nearest);
}

struct regions {
    float crease, cheek, nose, chin, ear, forehead, lids, bag, lip, seam, beard, upper_lid, lash;
};
/* Of the line between drawn lips, cm: half of it is all ink, and where it ends. */
#define SEAM_INK .06f
#define SEAM_END .14f

static void regions_of(const struct avt_skin_marks *marks, struct avt_point3 p, struct regions *r)
{
    struct avt_point3 m = {fabsf(p.x), p.y, p.z};
    memset(r, 0, sizeof(*r));
    r->cheek = blob(m, 4.1f, -3.0f, 1.2f, 1.6f, 1.4f, 3);
    r->nose = blob(p, 0, -3.6f, 4.5f, 1.2f, 1.1f, 2);
    r->chin = blob(p, 0, -9.0f, 2.5f, 1.4f, 1.0f, 2.5f);
    r->forehead = blob(p, 0, 5.0f, 3, 3.4f, 2.4f, 3.5f);
    r->ear = avt_smoothstep(6.6f, 7.4f, m.x) * avt_smoothstep(-5, -3, p.y) * avt_smoothstep(2.5f, 1.2f, p.y);
    if (p.z > -2 && p.y < -4 && p.y > -11) {
        float lip = inside(marks->outline, marks->outline_count, p.x, p.y);
        bool real = marks->look == AVT_LOOK_REAL;
        float ragged = real ? .10f * (avt_noise(p, 5, marks->seed + 5) - .5f) : 0;
        r->lip = avt_smoothstep(-.05f, .10f, lip + ragged);
        if (!real && lip > -.5f)
            r->seam = avt_smoothstep(SEAM_END, SEAM_INK, away(marks->seam, marks->seam_count, p.x, p.y));
        float jaw = avt_smoothstep(-4.2f, -6.6f, p.y + 1.1f * avt_smoothstep(3.2f, 6.4f, m.x));
        float philtrum = blob(m, 1.0f, -5.3f, 3.5f, 1.5f, .55f, 2.5f);
        r->beard = avt_max(jaw, philtrum) * (1 - avt_smoothstep(-.25f, .05f, lip));
    } else if (p.y <= -11) {
        r->beard = avt_smoothstep(-13.5f, -11, p.y);
    }
    r->beard *= avt_smoothstep(-2, .5f, p.z);
    for (int side = 0; side < 2; side++) {
        struct avt_point3 eye = marks->eyes[side];
        if (p.z < -2 || fabsf(p.x - eye.x) > 4 || fabsf(p.y - eye.y) > 3.2f)
            continue;
        float upper = away(marks->lids[side][0], marks->lid_count[0], p.x, p.y);
        float lower = away(marks->lids[side][1], marks->lid_count[1], p.x, p.y);
        float margin = avt_min(upper, lower);
        r->lids = avt_max(r->lids, avt_smoothstep(.75f, .05f, margin));
        r->lash = avt_max(r->lash, avt_smoothstep(.09f, .02f, upper));
        bool above = p.y > eye.y;
        if (above && marks->crease > 0) {
            float off = (upper - marks->crease) / .055f, near = 1 / (1 + off * off * off * off);
            r->crease = avt_max(r->crease, near * avt_smoothstep(2.1f, 1.5f, fabsf(p.x - eye.x)));
        }
        r->upper_lid = avt_max(r->upper_lid, above ? avt_smoothstep(1.0f, .25f, upper) : 0);
        r->bag = avt_max(r->bag, blob(p, eye.x, eye.y - 1.25f, p.z, 1.2f, .45f, 1));
    }
}

/* ---- what age does ------------------------------------------------------------------------------ */

/* A furrow: deep where `across` is 0, of `width` cm. */
static float furrow(float across, float width)
{
    float t = across / width;
    return 1 / (1 + t * t * t * t);
}

/* Depth of lines, cm: the forehead's, beside and under the eyes, around the mouth, of the neck. */
static float wrinkles(const struct avt_skin_marks *marks, struct avt_point3 p)
{
    float old = avt_smoothstep(28, 80, marks->age), depth = 0;
    if (old <= 0)
        return 0;
    float waver = 2.2f * avt_noise(p, .45f, marks->seed + 31) + .5f * avt_noise(p, 1.6f, marks->seed + 32) - 1.35f;
    if (p.y > 2.6f && p.y < 7.5f && p.z > 0) {
        float line = (p.y + waver * .45f + .06f * p.x * p.x * .2f) * 1.25f, row = line - floorf(line) - .5f;
        depth += .020f * furrow(row, .10f) * avt_smoothstep(2.6f, 3.4f, p.y) * avt_smoothstep(7.4f, 6.2f, p.y) *
                 avt_smoothstep(5.5f, 3.0f, fabsf(p.x)) * (.4f + .6f * avt_noise(p, .7f, marks->seed + 33));
    }
    for (int side = 0; side < 2; side++) {
        float out = (side ? 1 : -1) * p.x - 4.5f, up = p.y - marks->eyes[side].y;
        if (out > -.4f && out < 2.2f && fabsf(up) < 2 && p.z > -4) {
            float fan = (up + .15f * waver) / (out + 1.1f) * 4.2f, row = fan - floorf(fan) - .5f;
            depth += .016f * furrow(row, .12f) * avt_smoothstep(-.4f, .3f, out) * avt_smoothstep(2.2f, .9f, out) *
                     avt_smoothstep(1.7f, .8f, fabsf(up));
        }
        float under = marks->eyes[side].y - p.y;
        if (p.z <= -1 || under <= 0 || under > 3.5f || fabsf(p.x - marks->eyes[side].x) > 4)
            continue;
        float below = away(marks->lids[side][1], marks->lid_count[1], p.x, p.y), off = below - .1f * waver;
        if (below < 1.4f)
            depth += .012f * (furrow(off - .55f, .06f) + .6f * furrow(off - 1, .07f));
    }
    float neck = avt_smoothstep(-10.5f, -12, p.y) * avt_smoothstep(-16.5f, -15, p.y);
    neck *= avt_smoothstep(7, 5.5f, fabsf(p.x));
    if (neck > 0) {
        float line = (p.y + waver * .5f + .05f * p.x * p.x) * .55f, row = line - floorf(line) - .5f;
        depth += .016f * neck * furrow(row, .09f);
    }
    return depth * old;
}

/* ---- a spot ------------------------------------------------------------------------------------- */

static void redden(float rgb[3], float amount)
{
    rgb[0] *= power_of_e(-.05f * amount);
    rgb[1] *= power_of_e(-.50f * amount);
    rgb[2] *= power_of_e(-.46f * amount);
}

static void towards(float rgb[3], const float to[3], float share)
{
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_mix(rgb[c], to[c], share);
}

static void darken(float rgb[3], float amount)
{
    /* Melanin: blue goes first. */
    rgb[0] *= power_of_e(-.55f * amount);
    rgb[1] *= power_of_e(-.85f * amount);
    rgb[2] *= power_of_e(-1.05f * amount);
}

static void paint_lips(const struct avt_skin_marks *marks, const struct regions *r, struct avt_point3 p,
                       const float tone[3], struct avt_skin_spot *spot)
{
    static const float PAINT[AVT_MAKEUP_COUNT][3] = {[AVT_MAKEUP_EVENING] = {.30f, .035f, .05f},
                                                     [AVT_MAKEUP_BOLD] = {.34f, .014f, .024f}};
    static const float COVER[AVT_MAKEUP_COUNT] = {0, 0, .70f, .85f};
    /* Blood under thin skin; on dark skin the upper lip keeps its melanin. */
    float lips[3] = {tone[0] * .80f, tone[1] * .47f, tone[2] * .50f};
    towards(lips, tone, .30f * marks->dark * (p.y > marks->seam_y ? 1 : .4f));
    if (marks->makeup == AVT_MAKEUP_NATURAL)
        redden(lips, .45f);
    towards(lips, PAINT[marks->makeup], COVER[marks->makeup]);
    float fade = avt_smoothstep(40, 85, marks->age) * .35f;
    towards(lips, tone, marks->makeup > AVT_MAKEUP_NATURAL ? 0 : fade);
    if (marks->look == AVT_LOOK_REAL) {
        struct avt_point3 folds = {p.x * 3.2f, p.y * .5f, 0};
        float fold = avt_noise(folds, 2.2f, marks->seed + 7);
        darken(lips, .30f * (fold - .4f));
        spot->relief += .012f * r->lip * (fold - .5f);
    } else if (p.y > marks->seam_y) {
        darken(lips, .30f); /* turned from the light, as drawings have it */
    }
    towards(spot->albedo, lips, r->lip);
    /* In flat tones nothing else tells closed lips from parted ones. */
    float ink[3] = {.16f * lips[0], .10f * lips[1], .12f * lips[2]};
    towards(spot->albedo, ink, .9f * r->seam);
    spot->oil = avt_mix(spot->oil, marks->makeup >= AVT_MAKEUP_EVENING ? .75f : .55f, r->lip);
}

static void paint_hairy(const struct avt_skin_marks *marks, const struct regions *r, struct avt_point3 p,
                        struct avt_skin_spot *spot)
{
    float amount = marks->stubble * r->beard;
    if (amount <= 0)
        return;
    /* The shadow of shaved hair under the skin, and stumps where it has grown for days. */
    spot->albedo[0] *= 1 - .30f * amount;
    spot->albedo[1] *= 1 - .24f * amount;
    spot->albedo[2] *= 1 - .16f * amount;
    if (marks->look == AVT_LOOK_REAL && marks->stubble > .3f) {
        uint32_t cell;
        float stump = avt_noise_cells(p, 9, marks->seed + 11, &cell);
        darken(spot->albedo, 1.6f * amount * avt_smoothstep(.34f, .12f, stump) * (.4f + .6f * avt_hash_unit(cell)));
    }
}

/* Where hair is parted, or shorn, the scalp is seen between its roots, in their shade. */
static void paint_scalp(const struct avt_skin_marks *marks, struct avt_point3 p, struct avt_skin_spot *spot)
{
    if (marks->scalp <= 0 || p.y < -8)
        return;
    struct avt_point3 crown = {p.x, p.y - 9.6f, p.z + 10.5f};
    float thin = marks->hairline.thin_crown * avt_smoothstep(6.5f, 2.5f, avt_vec_length(crown));
    float amount = marks->scalp * avt_smoothstep(-.1f, .9f, avt_hairline_level(&marks->hairline, p)) * (1 - thin);
    if (amount <= 0)
        return;
    for (int c = 0; c < 3; c++)
        spot->albedo[c] *= 1 - .40f * amount;
    towards(spot->albedo, marks->hair, .50f * amount);
    spot->oil *= 1 - .6f * amount;
}

static void paint_makeup(const struct avt_skin_marks *marks, const struct regions *r, struct avt_skin_spot *spot)
{
    static const float LINER[3] = {.012f, .010f, .011f}, SHADOW[AVT_MAKEUP_COUNT][3] = {
        {0}, {.30f, .18f, .14f}, {.10f, .06f, .07f}, {.12f, .05f, .16f}};
    static const float AMOUNT[AVT_MAKEUP_COUNT] = {0, .25f, .6f, .75f};
    if (!marks->makeup)
        return;
    towards(spot->albedo, SHADOW[marks->makeup], AMOUNT[marks->makeup] * .75f * r->upper_lid);
    towards(spot->albedo, LINER, avt_min(1, AMOUNT[marks->makeup] + .25f) * r->lash);
    redden(spot->albedo, .35f * AMOUNT[marks->makeup] * r->cheek);
}

static void add_marks(const struct avt_skin_marks *marks, const struct regions *r, struct avt_point3 p,
                      struct avt_skin_spot *spot)
{
    uint32_t cell;
    float sun = avt_min(r->cheek * 1.1f + r->nose + .35f * r->forehead + .25f * avt_smoothstep(-14, -17, p.y), 1);
    if (marks->freckles > 0 && sun > .05f) {
        float spot_size = avt_noise_cells(p, 3.6f, marks->seed + 13, &cell), keep = avt_hash_unit(cell);
        float strong = avt_smoothstep(.34f, .12f, spot_size) * (keep < .75f * marks->freckles ? .4f + keep : 0);
        darken(spot->albedo, .85f * strong * sun * (1 - .6f * marks->dark));
    }
    float old = avt_smoothstep(52, 85, marks->age);
    if (old > 0) {
        float spot_size = avt_noise_cells(p, 1.1f, marks->seed + 17, &cell);
        bool here = avt_hash_unit(cell) < .35f;
        float ragged = spot_size + .12f * avt_noise(p, 6, 18);
        darken(spot->albedo, .4f * old * (here ? avt_smoothstep(.35f, .15f, ragged) : 0));
    }
    for (int i = 0; i < AVT_SKIN_MOLES; i++) {
        float distance = hypotf(p.x - marks->moles[i].x, p.y - marks->moles[i].y) / marks->moles[i].z;
        if (p.z > -4 && distance < 1.3f && r->lip < .1f && r->lids < .5f)
            darken(spot->albedo, 1.3f * avt_smoothstep(1.25f, .6f, distance));
    }
}

void avt_skin_spot(const struct avt_skin_marks *marks, struct avt_point3 p, const float tone[3],
                   struct avt_skin_spot *ret_spot)
{
    struct regions r;
    regions_of(marks, p, &r);
    bool real = marks->look == AVT_LOOK_REAL;
    struct avt_skin_spot spot = {.albedo = {tone[0], tone[1], tone[2]}, .lip = r.lip};
    float low = .6f * avt_noise(p, .9f, marks->seed + 1) + .4f * avt_noise(p, 2.2f, marks->seed + 2) - .5f;
    float fine = avt_noise(p, 6.5f, marks->seed + 3) - .5f;
    float red = .38f * r.cheek + .55f * r.nose + .20f * r.chin + .65f * r.ear + .40f * r.lids + .15f * r.bag +
                (real ? (.16f + .12f * r.cheek) * low + .10f * fine : 0);
    redden(spot.albedo, red * avt_mix(1, .55f, marks->dark));
    float tired = avt_mix(.20f, .42f, avt_smoothstep(25, 70, marks->age));
    darken(spot.albedo, tired * r.bag + .16f * r.lids + .55f * r.crease + (real ? .05f * low + .04f * fine : 0));
    spot.oil = .30f + .22f * r.forehead + .30f * r.nose + .12f * r.cheek + .1f * r.chin + .25f * r.lids;
    spot.relief -= .022f * r.crease;
    if (real) {
        /* Pores are seen on the face. */
        bool face = p.z > -3 && p.y > -13;
        float pore = face ? avt_noise_cells(p, 8.5f, marks->seed + 21, NULL) : 1;
        float where = .35f + .65f * avt_min(r.cheek + r.nose + .6f * r.forehead, 1);
        spot.relief -= .0075f * where * avt_smoothstep(.45f, .1f, pore);
        spot.relief += .0045f * (avt_noise(p, 11, marks->seed + 22) - .5f);
        spot.relief += .006f * (avt_noise(p, 4, marks->seed + 23) - .5f);
        float lines = wrinkles(marks, p);
        spot.relief -= lines;
        darken(spot.albedo, 6 * lines);
        add_marks(marks, &r, p, &spot);
    }
    paint_hairy(marks, &r, p, &spot);
    paint_scalp(marks, p, &spot);
    paint_lips(marks, &r, p, tone, &spot);
    paint_makeup(marks, &r, &spot);
    *ret_spot = spot;
}
