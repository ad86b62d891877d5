/* SPDX-License-Identifier: Apache-2.0 */
/* What makes strands hair: locks of two sizes, waves and curls that a lock shares, hairs that stray. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/hair_parts.h"
#include "portrait/noise.h"

/* Cells in which roots share a lock: cm. */
#define LOCK_CM 2.3f
#define WISP_CM .62f

struct curl_row {
    float amount, pitch; /* cm: radius of the curl, length of a turn */
    float flat;          /* 1 waves in a plane .. 0 coils */
    float start;         /* cm from the root to where it is full */
    float frizz;         /* cm */
    float cord;          /* cm: radius of a ringlet's cord; 0: no ringlets */
};
static const struct curl_row CURLS[AVT_HAIR_TEXTURE_COUNT] = {
    [AVT_HAIR_STRAIGHT] = {.26f, 15, .75f, 12, .05f, 0},
    [AVT_HAIR_WAVY] = {.72f, 5.6f, .75f, 7.0f, .10f, 0},
    [AVT_HAIR_CURLY] = {.50f, 3.6f, 0, 2.5f, .08f, .24f},
    [AVT_HAIR_COILY] = {.42f, 2.0f, 0, 1.4f, .16f, 0},
};

struct avt_point3 *avt_hair_more(struct avt_hair *hair, struct avt_hair_info **ret_info)
{
    if (hair->count >= hair->capacity)
        return NULL;
    *ret_info = &hair->info[hair->count];
    return &hair->at[hair->count++ * hair->points];
}

void avt_hair_info_init(const struct avt_hair *hair, const struct avt_hair_root *root, float side,
                        struct avt_hair_info *ret_info)
{
    uint32_t lock, wisp,
        own = avt_hash3((int32_t)(root->at.x * 4096), (int32_t)(root->at.y * 4096), (int32_t)(root->at.z * 4096),
                        hair->seed);
    /* Nobody can tell where one lock ends: a root near a border belongs to either. */
    struct avt_point3 p = root->average, jitter = {avt_hash_unit(own) - .5f, avt_hash_unit(own * 31u) - .5f,
                                                   avt_hash_unit(own * 1021u) - .5f};
    avt_noise_cells(avt_vec_along(p, .45f, jitter), 1 / LOCK_CM, hair->seed + 21, &lock);
    float wisp_cm = hair->attributes->hair_texture == AVT_HAIR_CURLY ? 1.8f * WISP_CM : WISP_CM;
    avt_noise_cells(avt_vec_along(p, .12f, jitter), 1 / wisp_cm, hair->seed + 22, &wisp);
    float fly = avt_hash_unit(own * 7919u + 5u);
    *ret_info = (struct avt_hair_info){
        .lock = side < 0 ? lock : lock ^ 0x2aaaaaaau,
        .wisp = side < 0 ? wisp : wisp ^ 0x2aaaaaaau,
        .root = p,
        .level = root->level,
        .side = side,
        .loose = fly > .955f ? (.4f + .6f * (fly - .955f) / .045f) * (.45f + .75f * hair->row.messy) : 0,
        .thick = (.75f + .5f * avt_hash_unit(own * 131u)) * (.58f + .42f * avt_smoothstep(-.3f, .7f, root->level)),
        .tip = .35f,
        .shade = 1};
}

/* ---- locks -------------------------------------------------------------------------------------- */

struct member {
    uint32_t lock, strand;
};

static int by_lock(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->lock != y->lock)
        return x->lock < y->lock ? -1 : 1;
    return x->strand < y->strand ? -1 : 1;
}

static void draw_together(struct avt_hair *hair, const struct member *members, size_t count, float strength,
                          float start)
{
    struct avt_point3 mean[AVT_STRAND_POINTS_MAX] = {{0}};
    size_t points = hair->points;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < points; k++)
            mean[k] = avt_vec_along(mean[k], 1 / (float)count, hair->at[members[i].strand * points + k]);
    for (size_t i = 0; i < count; i++) {
        const struct avt_hair_info *info = &hair->info[members[i].strand];
        float own = strength * (.45f + .55f * avt_hash_unit(members[i].strand * 2654435761u)) * (1 - info->loose);
        for (size_t k = 1; k < points; k++) {
            struct avt_point3 *p = &hair->at[members[i].strand * points + k];
            *p = avt_vec_mix(*p, mean[k], own * avt_smoothstep(start, .9f, (float)k / (float)(points - 1)));
        }
    }
}

static enum avt_code clump_by(struct avt_hair *hair, bool large, float strength, float start, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct member *members = avt_try_new0(struct member, hair->count + 1);
    if (!members)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    size_t count = 0;
    for (size_t i = 0; i < hair->count; i++)
        if (!hair->info[i].shaped)
            members[count++] = (struct member){large ? hair->info[i].lock : hair->info[i].wisp, (uint32_t)i};
    qsort(members, count, sizeof(*members), by_lock);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && members[end].lock == members[first].lock; end++)
            ;
        if (end - first > 1)
            draw_together(hair, members + first, end - first, strength, start);
    }
    return AVT_OK;
}

enum avt_code avt_hair_clump(struct avt_hair *hair, struct avt_error *reterr)
{
    bool brief = hair->row.kind == AVT_HAIR_KIND_SHORT;
    static const float LARGE[AVT_HAIR_TEXTURE_COUNT] = {.22f, .30f, .30f, .10f};
    static const float SMALL[AVT_HAIR_TEXTURE_COUNT] = {.55f, .70f, .96f, .60f};
    int texture = hair->attributes->hair_texture;
    float large = LARGE[texture] * (.6f + .8f * hair->row.messy);
    if (hair->row.kind == AVT_HAIR_KIND_AFRO || hair->style == AVT_HAIR_BUZZ)
        return AVT_OK;
    enum avt_code code = brief ? AVT_OK : clump_by(hair, true, large, .05f, reterr);
    return code == AVT_OK
               ? clump_by(hair, false, SMALL[texture], brief || texture >= AVT_HAIR_CURLY ? .02f : .12f, reterr)
               : code;
}

/* ---- curls -------------------------------------------------------------------------------------- */

static void curl_strand(const struct avt_hair *hair, struct avt_point3 *at, const struct avt_hair_info *info,
                        const struct curl_row *row, uint32_t strand)
{
    /* A curl is shared by its lock; tight ones by a smaller. */
    uint32_t shared = hair->attributes->hair_texture <= AVT_HAIR_WAVY ? info->lock : info->wisp;
    float unit = hair->unit, phase = 6.2832f * avt_hash_unit(shared * 2246822519u + 9u);
    /* Ringlets: hairs keep their places in a cord that coils, or they would be seen to cross like a weave. */
    bool ringlet = row->cord > 0;
    phase += (ringlet ? .3f : .8f) * (avt_hash_unit(strand * 3266489917u + 1u) - .5f);
    float cord = row->cord * unit * sqrtf(avt_hash_unit(strand * 2654435761u + 3u)),
          place = 6.2832f * avt_hash_unit(strand * 40503u + 11u);
    float pitch = row->pitch * unit * (.82f + .36f * avt_hash_unit(shared * 668265263u + 7u)), gone = 0;
    float amount = row->amount * unit * (.7f + .6f * avt_hash_unit(shared * 374761393u + 3u)), total = 0;
    float turn = avt_hash_unit(shared * 97u) < (ringlet ? .12f : .5f) ? -1 : 1;
    turn *= ringlet && info->root.x * hair->part_x > 0 ? -1 : 1;
    for (size_t k = 1; k < hair->points; k++)
        total += avt_vec_length(avt_vec_sub(at[k], at[k - 1]));
    float start = fminf(row->start * unit, .7f * total);
    amount = fminf(amount, .22f * total);
    struct avt_point3 before = at[0];
    for (size_t k = 1; k < hair->points; k++) {
        struct avt_point3 here = at[k], along = avt_vec_unit(avt_vec_sub(here, before));
        gone += avt_vec_length(avt_vec_sub(here, before));
        before = here;
        struct avt_point3 out = avt_vec_unit((struct avt_point3){here.x, .25f * here.y, here.z + 6.2f * unit});
        out = avt_vec_unit(avt_vec_along(out, -avt_vec_dot(out, along), along));
        struct avt_point3 across = avt_vec_cross(along, out);
        float angle = phase + turn * 6.2832f * gone / pitch, size = amount * avt_smoothstep(0, start, gone);
        float in = sinf(angle), beside = cosf(angle);
        if (ringlet) {
            float full = avt_smoothstep(0, start, gone) * cord;
            /* It coils on the hair below it, not through it. */
            at[k] = avt_vec_along(at[k], size * (.7f + .8f * in) + full * sinf(place + angle), out);
            at[k] = avt_vec_along(at[k], size * beside + full * cosf(place + angle), across);
            continue;
        }
        at[k] = avt_vec_along(at[k], size * (row->flat > .5f ? .55f : .8f) * in, out);
        at[k] = avt_vec_along(at[k], size * (row->flat > .5f ? in * .8f : beside), across);
    }
}

/* Slow bends of a hair's own, and much more of them where it flies away. */
static void frizz_strand(const struct avt_hair *hair, struct avt_point3 *at, const struct avt_hair_info *info,
                         float amount, struct avt_rng *rng)
{
    float phase[3], turns[3], total = 0;
    for (int c = 0; c < 3; c++) {
        phase[c] = avt_rnd_in(rng, 0, 6.2832f);
        turns[c] = avt_rnd_in(rng, .6f, 3.2f) * 6.2832f;
    }
    for (size_t k = 1; k < hair->points; k++)
        total += avt_vec_length(avt_vec_sub(at[k], at[k - 1]));
    amount = (amount + (.12f + .34f * info->loose) * info->loose) * fminf(total / 8, 1.4f) * hair->unit;
    struct avt_point3 away = {0};
    if (info->loose > 0)
        away = avt_vec_scale(avt_vec_unit((struct avt_point3){at[0].x, at[0].y - 1, at[0].z + 6}), .7f * amount);
    for (size_t k = 1; k < hair->points; k++) {
        float t = (float)k / (float)(hair->points - 1);
        struct avt_point3 bend = {sinf(phase[0] + turns[0] * t) - sinf(phase[0]),
                                  sinf(phase[1] + turns[1] * t) - sinf(phase[1]),
                                  sinf(phase[2] + turns[2] * t) - sinf(phase[2])};
        at[k] = avt_vec_along(at[k], amount * t, bend);
        at[k] = avt_vec_along(at[k], 4 * t * (1 - t) * t, away);
    }
}

void avt_hair_curl(struct avt_hair *hair)
{
    const struct curl_row *row = &CURLS[hair->attributes->hair_texture];
    struct avt_rng rng = avt_hair_stream(hair->seed, 3);
    bool curled =
        hair->row.kind != AVT_HAIR_KIND_AFRO && hair->row.kind != AVT_HAIR_KIND_LOCS && hair->style != AVT_HAIR_BUZZ;
    for (size_t i = 0; i < hair->count; i++) {
        struct avt_point3 *at = &hair->at[i * hair->points];
        const struct avt_hair_info *info = &hair->info[i];
        float tame = info->shaped ? .25f : 1;
        if (curled && !info->shaped)
            curl_strand(hair, at, info, row, (uint32_t)i);
        if (hair->row.kind != AVT_HAIR_KIND_AFRO)
            frizz_strand(hair, at, info, tame * row->frizz * (.6f + hair->row.messy), &rng);
    }
}

/* How high hair may stand under what is worn, cm, all told on the average head. Under a cap or a beanie it lies flat
 * and comes out below; a band holds it down where it runs: over the head from ear to ear, or around it for men
 * (headwear.c). */
#define WORN_GAP_CM .22f
#define BAND_GAP_CM .45f
#define SKULL_Y     1.5f
#define SKULL_Z     (-6.5f)

static float room_at(const struct avt_attributes *attributes, struct avt_point3 q)
{
    if (attributes->headwear != AVT_HEADWEAR_HEADBAND) {
        float line = avt_mix(-.5f, 4.6f, avt_smoothstep(-13, 1, q.z));
        return WORN_GAP_CM + .75f * fmaxf(line - q.y, 0);
    }
    struct avt_point3 p = {q.x, q.y - SKULL_Y, q.z - SKULL_Z};
    float off, around = hypotf(p.x, p.z);
    if (attributes->masculine > .5f) {
        /* .47 radians up in front, .23 at the sides, a little below behind. */
        float ahead = p.z / fmaxf(around, .1f), rim = .21f + .26f * ahead;
        off = fabsf(atan2f(p.y, around) - rim) * hypotf(p.y, around) - .9f;
    } else {
        off = p.y < 0 ? 9 : fabsf(.955f * (p.z - .8f) - .296f * p.y) - 1.0f;
    }
    return BAND_GAP_CM + 1.1f * fmaxf(off, 0);
}

static void press(const struct avt_hair *hair, struct avt_point3 *at)
{
    for (size_t k = 0; k < hair->points; k++) {
        struct avt_point3 out;
        float most = room_at(hair->attributes, avt_vec_scale(at[k], 1 / hair->unit));
        for (int round = 0; most < 4 && round < 3; round++) {
            float distance = avt_hair_body_distance(&hair->body, at[k], &out);
            if (distance <= most)
                break;
            at[k] = avt_vec_along(at[k], most - distance, out);
        }
    }
}

void avt_hair_settle(struct avt_hair *hair)
{
    int worn = hair->attributes->headwear;
    bool pressed = worn == AVT_HEADWEAR_CAP || worn == AVT_HEADWEAR_BEANIE || worn == AVT_HEADWEAR_HEADBAND;
    for (size_t i = 0; pressed && i < hair->count; i++)
        press(hair, &hair->at[i * hair->points]);
    for (size_t i = 0; i < hair->count; i++) {
        if (hair->info[i].shaped)
            continue;
        struct avt_point3 *at = &hair->at[i * hair->points];
        float gone = 0;
        for (size_t k = 1; k < hair->points; k++) {
            gone += avt_vec_length(avt_vec_sub(at[k], at[k - 1]));
            at[k] = avt_hair_body_clear(&hair->body, at[k], fminf(.10f, .04f + .1f * gone));
        }
    }
}
