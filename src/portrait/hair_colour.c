/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of hair: melanin from root to tip, lock by lock, and grey hair by hair. */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/hair_parts.h"
#include "portrait/noise.h"

struct colour_row {
    float root[3], tip[3]; /* linear light that a hair sends back */
};
static const struct colour_row COLOURS[AVT_HAIR_COLOUR_COUNT] = {
    [AVT_HAIR_BLACK] = {{.012f, .0095f, .009f}, {.016f, .012f, .011f}},
    [AVT_HAIR_DARK_BROWN] = {{.034f, .018f, .010f}, {.052f, .029f, .016f}},
    [AVT_HAIR_BROWN] = {{.064f, .032f, .016f}, {.104f, .053f, .026f}},
    [AVT_HAIR_LIGHT_BROWN] = {{.135f, .072f, .036f}, {.215f, .122f, .060f}},
    [AVT_HAIR_AUBURN] = {{.100f, .030f, .013f}, {.150f, .046f, .019f}},
    [AVT_HAIR_RED] = {{.260f, .075f, .020f}, {.360f, .120f, .035f}},
    [AVT_HAIR_DARK_BLOND] = {{.205f, .120f, .058f}, {.360f, .228f, .112f}},
    [AVT_HAIR_BLOND] = {{.330f, .205f, .092f}, {.580f, .395f, .190f}},
    [AVT_HAIR_PLATINUM] = {{.500f, .420f, .300f}, {.720f, .640f, .490f}},
    [AVT_HAIR_GREY] = {{.240f, .240f, .245f}, {.300f, .300f, .300f}},
    [AVT_HAIR_WHITE] = {{.640f, .630f, .600f}, {.700f, .690f, .660f}},
    [AVT_HAIR_BLUE] = {{.018f, .050f, .190f}, {.030f, .100f, .330f}},
    [AVT_HAIR_PINK] = {{.480f, .100f, .220f}, {.680f, .210f, .380f}},
    [AVT_HAIR_PURPLE] = {{.110f, .030f, .180f}, {.190f, .060f, .300f}},
    [AVT_HAIR_GREEN] = {{.028f, .130f, .055f}, {.055f, .230f, .100f}},
};
static const float GREYED[3] = {.46f, .455f, .445f};

void avt_hair_colour(int colour, float ret_root[3], float ret_tip[3])
{
    avt_assert(colour >= 0 && colour < AVT_HAIR_COLOUR_COUNT);
    memcpy(ret_root, COLOURS[colour].root, sizeof(COLOURS[colour].root));
    memcpy(ret_tip, COLOURS[colour].tip, sizeof(COLOURS[colour].tip));
}

void avt_body_hair_colour(const struct avt_attributes *attributes, int colour, float ret_colour[3])
{
    /* Nobody dyes brows blue: bright colours are worn over brown. A beard unlike the hair is as asked for. */
    if (colour >= AVT_HAIR_BLUE && colour == attributes->hair_colour)
        colour = AVT_HAIR_DARK_BROWN;
    float tip[3];
    avt_hair_colour(colour, ret_colour, tip);
    float light = .3f * ret_colour[0] + .6f * ret_colour[1] + .1f * ret_colour[2];
    float darker = avt_mix(.85f, .42f, avt_smoothstep(.03f, .30f, light));
    if (colour == AVT_HAIR_GREY || colour == AVT_HAIR_WHITE)
        darker = avt_mix(.30f, .75f, avt_smoothstep(42, 62, attributes->age)); /* the young dye it */
    for (int c = 0; c < 3; c++)
        ret_colour[c] *= darker;
}

void avt_hair_greyed(float grey, float chance, float colour[3])
{
    /* A strand stands for several hairs: most are one or the other, some both. */
    if (grey <= 0)
        return;
    float edge = fminf(grey, .15f), share = avt_mix(avt_smoothstep(-edge, edge, grey - chance), fminf(grey, 1), .38f);
    for (int c = 0; c < 3; c++)
        colour[c] = avt_mix(colour[c], fmaxf(GREYED[c], colour[c]), share);
}

/* Temples go grey first, the crown and nape last. */
static float grey_at(float grey, const struct avt_hair_info *info)
{
    float temple = avt_smoothstep(3.5f, .3f, info->level) * avt_smoothstep(-9, -5, info->root.z);
    float share = grey * (.75f + .9f * temple * (1 - grey));
    return grey >= 1 ? 1.2f : fminf(share, 1);
}

static void colour_strand(const struct avt_hair *hair, const struct avt_hair_info *info, struct avt_rng *rng,
                          struct avt_strand *strand)
{
    avt_hair_colour(hair->attributes->hair_colour, strand->colour, strand->tip_colour);
    float lock = avt_hash_unit(info->lock * 2654435761u + 17u) - .5f,
          wisp = avt_hash_unit(info->wisp * 40503u + 5u) - .5f;
    float light = 1 + .30f * lock + .46f * wisp + .12f * avt_rnd_normal(rng);
    light = fmaxf(light, .45f) * info->shade;
    float warm = .06f * lock + .05f * wisp, chance = avt_rnd(rng);
    for (int c = 0; c < 3; c++) {
        float tint = 1 + warm * (float)(1 - c);
        strand->colour[c] = fminf(strand->colour[c] * light * tint, .9f);
        strand->tip_colour[c] = fminf(strand->tip_colour[c] * light * tint, .9f);
    }
    float grey = grey_at(hair->attributes->grey, info);
    avt_hair_greyed(grey, chance, strand->colour);
    avt_hair_greyed(grey, chance, strand->tip_colour);
}

/* Curls scatter what smooth hair mirrors. */
static float sheen_of(const struct avt_hair *hair)
{
    static const float BY_TEXTURE[AVT_HAIR_TEXTURE_COUNT] = {1, .85f, .55f, .35f};
    switch (hair->row.kind) {
    case AVT_HAIR_KIND_CORNROWS:
    case AVT_HAIR_KIND_LOCS:
    case AVT_HAIR_KIND_AFRO:
        return .28f;
    default:
        return BY_TEXTURE[hair->attributes->hair_texture] * (hair->row.top > 0 && hair->row.top < 1 ? .4f : 1);
    }
}

/* What lies on the shoulders goes with the chest. */
static float follow_at(const struct avt_hair *hair, struct avt_point3 p)
{
    float from = hair->bust->chin.y + 3 * hair->unit, to = hair->bust->chin.y - 9 * hair->unit;
    return 1 - .78f * avt_smoothstep(from, to, p.y);
}

enum avt_code avt_hair_finish(struct avt_hair *hair, struct avt_strands **ret_strands, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_strands_freep) struct avt_strands *out = avt_new0(struct avt_strands, 1);
    out->count = hair->count;
    out->points = hair->points;
    out->strands = avt_try_new0(struct avt_strand, hair->count + 1);
    out->follow = avt_try_new0(float, hair->count * hair->points + 1);
    if (!out->strands || !out->follow)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    struct avt_rng rng = avt_hair_stream(hair->seed, 4);
    for (size_t i = 0; i < hair->count; i++) {
        const struct avt_hair_info *info = &hair->info[i];
        struct avt_strand *strand = &out->strands[i];
        *strand = (struct avt_strand){
            .root = AVT_STRAND_FREE, .radius = hair->radius * info->thick * hair->unit, .tip = info->tip};
        strand->sheen = sheen_of(hair) * avt_rnd_in(&rng, .55f, 1.3f);
        colour_strand(hair, info, &rng, strand);
        for (size_t k = 0; k < hair->points; k++)
            out->follow[i * hair->points + k] = follow_at(hair, hair->at[i * hair->points + k]);
    }
    out->at = AVT_TAKE(hair->at);
    *ret_strands = AVT_TAKE(out);
    return AVT_OK;
}
