/* SPDX-License-Identifier: Apache-2.0 */
/* What nobody said, drawn: attributes_usual.c has how often each value is, this file in which order. Shares are
 * judgement, not statistics of any one country. */
#include "portrait/attributes.h"

#include <math.h>

#include "base/assert.h"
#include "base/rng.h"
#include "portrait/usual.h"
#include "portrait/wish.h"

#define TONE_BEYOND 1.5f /* steps that somebody may be from what a people mostly has */

enum { ASKED_COLOURS_MAX = 6 }; /* that a word for hair may mean: "dark", "fair" */
enum { ADULT_LOW = 18, ADULT_HIGH = 75 }; /* years of somebody of whom no age is said */

struct drawing {
    struct avt_attributes *out;
    const struct avt_attributes_said *said;
    const struct avt_wishes *wishes;
};

uint64_t avt_attribute_seed(uint64_t seed, const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, 64 bit */
    for (const char *at = name; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    /* The finalizer of SplitMix64 (Steele, Lea, Flood 2014), so that neighbouring seeds are strangers. */
    uint64_t mixed = hash + seed * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static struct avt_rng stream(const struct drawing *drawing, const char *name)
{
    struct avt_rng rng;
    avt_rng_init(&rng, avt_attribute_seed(drawing->out->seed, name));
    return rng;
}

/* Nearly normal with deviation 1, from four even ones; no logarithm, which machines round differently. */
static float bell(struct avt_rng *rng)
{
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += avt_rng_uniform(rng);
    return (float)((sum - 2) * 1.7320508);
}

static float clamp(float value, float low, float high)
{
    return value < low ? low : value > high ? high : value;
}

/* Thousandths, so that what is printed is short. */
static float rounded(float value)
{
    return (float)(rint((double)value * 1000) / 1000) + 0.0f; /* no negative zero */
}

static bool is_said(const struct drawing *drawing, enum avt_slot slot)
{
    return drawing->said && avt_attributes_is_said(drawing->said, slot);
}

static const struct avt_wish *wish_of(const struct drawing *drawing, enum avt_slot slot)
{
    const struct avt_wish *wish = drawing->wishes ? &drawing->wishes->of[slot] : NULL;
    return wish && wish->strength != AVT_STRENGTH_NONE ? wish : NULL;
}

static const struct avt_choice *choice_of(enum avt_slot slot)
{
    size_t count;
    return &avt_attribute_choices(&count)[slot];
}

/* The values that somebody asked for, 0 if nobody asked. */
static uint64_t asked(const struct drawing *drawing, enum avt_slot slot)
{
    if (is_said(drawing, slot))
        return UINT64_C(1) << *avt_attribute_choice(drawing->out, choice_of(slot));
    const struct avt_wish *wish = wish_of(drawing, slot);
    return wish ? wish->mask : 0;
}

static bool asked_within(const struct drawing *drawing, enum avt_slot slot, uint64_t values)
{
    uint64_t mask = asked(drawing, slot);
    return mask && !(mask & ~values);
}

/* One of `count` by weight among those of the mask; evenly if none of these weighs anything. */
static int pick(struct avt_rng *rng, const float *weights, int count, uint64_t mask)
{
    float total = 0;
    for (int v = 0; v < count; v++)
        total += mask >> v & 1 ? weights[v] : 0;
    bool even = !(total > 0);
    for (int v = 0; v < count && even; v++)
        total += mask >> v & 1 ? 1 : 0;
    float at = (float)avt_rng_uniform(rng) * total;
    int last = 0;
    for (int v = 0; v < count; v++) {
        if (!(mask >> v & 1))
            continue;
        float weight = even ? 1 : weights[v];
        if (weight > 0)
            last = v;
        if (weight > at)
            return v;
        at -= weight;
    }
    return last; /* rounding */
}

static void draw_choice(struct drawing *drawing, enum avt_slot slot, const float *weights)
{
    const struct avt_choice *choice = choice_of(slot);
    if (is_said(drawing, slot))
        return;
    uint64_t mask = asked(drawing, slot);
    struct avt_rng rng = stream(drawing, choice->name);
    *avt_attribute_choice(drawing->out, choice) = pick(&rng, weights, choice->count, mask ? mask : UINT64_MAX);
}

/* Where nothing is asked: evenly from low to high. */
static void draw_amount(struct drawing *drawing, enum avt_slot slot, float low, float high)
{
    size_t count;
    const struct avt_amount *amount = &avt_attribute_amounts(&count)[slot - AVT_SLOT_CHOICES];
    if (is_said(drawing, slot))
        return;
    const struct avt_wish *wish = wish_of(drawing, slot);
    if (wish) {
        low = wish->low;
        high = wish->high;
    }
    struct avt_rng rng = stream(drawing, amount->name);
    float share = (float)avt_rng_uniform(&rng);
    float value = slot == AVT_SLOT_AGE ? floorf(low + share * (high - low + 1)) : rounded(low + share * (high - low));
    *avt_attribute_amount(drawing->out, amount) = clamp(value, low, high);
}

/* What nobody asked for, about a middle. */
static void draw_around(struct drawing *drawing, enum avt_slot slot, float middle, float deviation)
{
    size_t count;
    const struct avt_amount *amount = &avt_attribute_amounts(&count)[slot - AVT_SLOT_CHOICES];
    if (is_said(drawing, slot))
        return;
    if (wish_of(drawing, slot)) {
        draw_amount(drawing, slot, 0, 0);
        return;
    }
    struct avt_rng rng = stream(drawing, amount->name);
    *avt_attribute_amount(drawing->out, amount) =
        rounded(clamp(middle + deviation * bell(&rng), amount->low, amount->high));
}

#define BIT(value) (UINT64_C(1) << (value))
static const uint64_t grey_hair = BIT(AVT_HAIR_GREY) | BIT(AVT_HAIR_WHITE);

static void draw_age(struct drawing *drawing)
{
    bool grey = asked_within(drawing, AVT_SLOT_HAIR_COLOUR, grey_hair) ||
                asked_within(drawing, AVT_SLOT_FACIAL_HAIR_COLOUR, grey_hair);
    const struct avt_wish *wish = wish_of(drawing, AVT_SLOT_GREY);
    bool greying = wish && wish->low >= 0.15f;
    draw_amount(drawing, AVT_SLOT_AGE, grey ? 55 : greying ? 42 : ADULT_LOW, ADULT_HIGH);
}

static void draw_gender(struct drawing *drawing)
{
    /* What mostly goes with one gender leans to it; only a prompt can ask for it. */
    static const uint64_t feminine_clothes = BIT(AVT_CLOTHING_DRESS) | BIT(AVT_CLOTHING_BLOUSE);
    static const uint64_t feminine_makeup = BIT(AVT_MAKEUP_NATURAL) | BIT(AVT_MAKEUP_EVENING) | BIT(AVT_MAKEUP_BOLD);
    static const float even[] = {0.46f, 0.46f, 0.08f}, feminine[] = {1, 0, 0}, masculine[] = {0, 1, 0};
    static const float ranges[][2] = {{0, 0.2f}, {0.8f, 1}, {0.42f, 0.58f}};
    const float *weights = even;
    if (asked_within(drawing, AVT_SLOT_CLOTHING, feminine_clothes) ||
        asked_within(drawing, AVT_SLOT_HEADWEAR, BIT(AVT_HEADWEAR_HIJAB)) ||
        asked_within(drawing, AVT_SLOT_MAKEUP, feminine_makeup))
        weights = feminine;
    if (asked_within(drawing, AVT_SLOT_FACIAL_HAIR, ~BIT(AVT_FACIAL_HAIR_NONE)) ||
        asked_within(drawing, AVT_SLOT_HAIR, BIT(AVT_HAIR_RECEDING)))
        weights = masculine;
    struct avt_rng rng = stream(drawing, "gender");
    int gender = pick(&rng, weights, 3, UINT64_MAX);
    draw_amount(drawing, AVT_SLOT_MASCULINE, ranges[gender][0], ranges[gender][1]);
}

/* Skin that goes with hair or eyes that were asked for, where nothing is said of skin or ancestry. */
static void tone_bounds(const struct drawing *drawing, float *ret_low, float *ret_high)
{
    static const uint64_t fair_hair = BIT(AVT_HAIR_AUBURN) | BIT(AVT_HAIR_RED) | BIT(AVT_HAIR_DARK_BLOND) |
                                      BIT(AVT_HAIR_BLOND) | BIT(AVT_HAIR_LIGHT_BROWN);
    static const uint64_t fair_eyes = BIT(AVT_EYES_GREEN) | BIT(AVT_EYES_BLUE) | BIT(AVT_EYES_GREY);
    static const uint64_t african_hair = BIT(AVT_HAIR_CORNROWS) | BIT(AVT_HAIR_LOCS) | BIT(AVT_HAIR_AFRO) |
                                         BIT(AVT_HAIR_SHORT_AFRO);
    *ret_low = 0.5f;
    *ret_high = 10.5f;
    const struct avt_wish *freckles = wish_of(drawing, AVT_SLOT_FRECKLES);
    if (asked_within(drawing, AVT_SLOT_HAIR_COLOUR, fair_hair) ||
        asked_within(drawing, AVT_SLOT_EYE_COLOUR, fair_eyes) || (freckles && freckles->low > 0))
        *ret_high = 5.5f;
    if (asked_within(drawing, AVT_SLOT_HAIR, african_hair) ||
        asked_within(drawing, AVT_SLOT_HAIR_TEXTURE, BIT(AVT_HAIR_COILY)))
        *ret_low = *ret_high < 10 ? 3.5f : 5.5f;
}

/* Evenly over the ten steps: the outer half of the first and the last has no step beyond to share with. */
static void draw_tone(struct drawing *drawing, float low, float high)
{
    draw_amount(drawing, AVT_SLOT_SKIN_TONE, low, high);
    drawing->out->skin_tone = clamp(drawing->out->skin_tone, 1, 10);
}

static float distance(const struct avt_people *people, const struct avt_attributes *attributes)
{
    return fabsf(people->african - attributes->african) + fabsf(people->asian - attributes->asian) +
           fabsf(people->european - attributes->european);
}

static void set_shares(struct drawing *drawing, const float shares[3])
{
    struct avt_rng rng = stream(drawing, "ancestry shares");
    float jittered[3], sum = 0;
    for (int i = 0; i < 3; i++) {
        float by = (float)(avt_rng_uniform(&rng) - 0.5) * 0.16f;
        jittered[i] = shares[i] > 0.02f ? clamp(shares[i] + by, 0.02f, 1) : 0;
        sum += jittered[i];
    }
    drawing->out->african = rounded(jittered[0] / sum);
    drawing->out->asian = rounded(jittered[1] / sum);
    drawing->out->european = clamp(rounded(1 - drawing->out->african - drawing->out->asian), 0, 1);
}

/* Which peoples have this skin, and how far it is from those that have it least. */
static uint64_t peoples_with(float tone, uint64_t mask)
{
    size_t count;
    const struct avt_people *peoples = avt_peoples(&count);
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (mask >> i & 1 && tone >= peoples[i].tone_low - 0.5f && tone <= peoples[i].tone_high + 0.5f)
            found |= BIT(i);
    return found ? found : mask;
}

/* One people of each part, in equal shares, with a skin between theirs. */
static void blend(struct drawing *drawing, const struct avt_wish *wish, const float *weights, struct avt_rng *rng)
{
    size_t count;
    const struct avt_people *peoples = avt_peoples(&count);
    float shares[3] = {0}, low = 0, high = 0, part = 1 / (float)wish->part_count;
    for (int i = 0; i < wish->part_count; i++) {
        const struct avt_people *people = &peoples[pick(rng, weights, (int)count, wish->parts[i])];
        shares[0] += people->african * part;
        shares[1] += people->asian * part;
        shares[2] += people->european * part;
        low += people->tone_low * part;
        high += people->tone_high * part;
    }
    draw_tone(drawing, low, high);
    set_shares(drawing, shares);
}

static void draw_ancestry(struct drawing *drawing)
{
    size_t count;
    const struct avt_people *peoples = avt_peoples(&count);
    float even[64];
    for (size_t i = 0; i < count; i++)
        even[i] = 1;
    struct avt_rng rng = stream(drawing, "ancestry");
    const struct avt_wish *wish = wish_of(drawing, AVT_SLOT_ANCESTRY);
    if (is_said(drawing, AVT_SLOT_ANCESTRY)) {
        const struct avt_people *nearest = &peoples[0];
        for (size_t i = 1; i < count; i++)
            nearest = distance(&peoples[i], drawing->out) < distance(nearest, drawing->out) ? &peoples[i] : nearest;
        draw_tone(drawing, nearest->tone_low, nearest->tone_high);
        return;
    }
    if (wish && wish->part_count) {
        blend(drawing, wish, even, &rng);
        return;
    }
    uint64_t mask = wish ? wish->mask : UINT64_MAX >> (64 - count);
    bool tone_asked = is_said(drawing, AVT_SLOT_SKIN_TONE) || wish_of(drawing, AVT_SLOT_SKIN_TONE);
    float low, high;
    tone_bounds(drawing, &low, &high);
    if (tone_asked || !wish) {
        draw_tone(drawing, low, high);
        mask = peoples_with(drawing->out->skin_tone, mask);
    }
    const struct avt_people *people = &peoples[pick(&rng, even, (int)count, mask)];
    /* "a light-skinned Black woman" is light among her people. A number is meant as it is. */
    const struct avt_wish *tone = wish_of(drawing, AVT_SLOT_SKIN_TONE);
    if (tone && wish && tone->strength < AVT_STRENGTH_EXACT)
        drawing->out->skin_tone = clamp(drawing->out->skin_tone, people->tone_low - TONE_BEYOND,
                                        people->tone_high + TONE_BEYOND);
    drawing->out->skin_tone = clamp(drawing->out->skin_tone, 1, 10);
    if (!tone_asked && wish)
        draw_tone(drawing, people->tone_low, people->tone_high);
    const float shares[3] = {people->african, people->asian, people->european};
    set_shares(drawing, shares);
}

static void draw_face(struct drawing *drawing)
{
    struct avt_attributes *out = drawing->out;
    struct avt_rng rng = stream(drawing, "has freckles");
    float some = avt_rng_uniform(&rng) < (out->skin_tone < 4.5f ? 0.3 : 0.06) ? 0.6f : 0;
    draw_amount(drawing, AVT_SLOT_FRECKLES, some / 6, some);
    draw_around(drawing, AVT_SLOT_WEIGHT, 0.42f, 0.17f);
    draw_around(drawing, AVT_SLOT_MUSCLE, 0.35f + 0.2f * out->masculine, 0.14f);
    for (int f = 0; f < AVT_FEATURE_COUNT; f++)
        if (f != AVT_FEATURE_ASYMMETRY)
            draw_around(drawing, (enum avt_slot)(AVT_SLOT_FEATURES + f), 0, 0.24f);
    draw_amount(drawing, (enum avt_slot)(AVT_SLOT_FEATURES + AVT_FEATURE_ASYMMETRY), 0.1f, 0.5f);
    static const enum avt_slot slots[] = {AVT_SLOT_UNDERTONE, AVT_SLOT_FACE_SHAPE, AVT_SLOT_EYE_SHAPE,
                                          AVT_SLOT_EYE_COLOUR, AVT_SLOT_BROWS};
    float weights[AVT_USUAL_MAX];
    for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
        avt_usual(slots[i], out, weights);
        draw_choice(drawing, slots[i], weights);
    }
}

/* Styles and textures that exclude each other are not drawn together, whichever was said. */
static void draw_hair(struct drawing *drawing)
{
    struct avt_attributes *out = drawing->out;
    float weights[AVT_USUAL_MAX];
    uint64_t styles = asked(drawing, AVT_SLOT_HAIR);
    avt_usual(AVT_SLOT_HAIR_TEXTURE, out, weights);
    for (int t = 0; t < AVT_HAIR_TEXTURE_COUNT && styles; t++)
        weights[t] *= avt_usual_has_style(t, styles) ? 1 : 0;
    draw_choice(drawing, AVT_SLOT_HAIR_TEXTURE, weights);
    avt_usual(AVT_SLOT_HAIR, out, weights);
    draw_choice(drawing, AVT_SLOT_HAIR, weights);

    avt_usual(AVT_SLOT_HAIR_COLOUR, out, weights);
    uint64_t beard = asked(drawing, AVT_SLOT_FACIAL_HAIR_COLOUR);
    for (int c = 0; c < AVT_HAIR_COLOUR_COUNT && beard; c++)
        weights[c] = (float)(beard >> c & 1);
    draw_choice(drawing, AVT_SLOT_HAIR_COLOUR, weights);
    for (int c = 0; c < AVT_HAIR_COLOUR_COUNT; c++)
        weights[c] = c == out->hair_colour ? 1 : 0;
    draw_choice(drawing, AVT_SLOT_FACIAL_HAIR_COLOUR, weights);

    /* Hair greys from the middle thirties on, half of it by 55 or so; what is dyed, or has no colour left, does not. */
    struct avt_rng rng = stream(drawing, "grey");
    float grey = clamp((out->age - 35) / 42 + 0.15f * bell(&rng), 0, 1) * (out->age < 25 ? 0 : 1);
    if (out->hair_colour >= AVT_HAIR_PLATINUM)
        grey = 0;
    /* Who asks for brown hair gets brown hair, whatever the age. "Not red" asks for nothing. */
    uint64_t colours = asked(drawing, AVT_SLOT_HAIR_COLOUR);
    if (colours && __builtin_popcountll(colours) <= ASKED_COLOURS_MAX)
        grey = 0;
    draw_amount(drawing, AVT_SLOT_GREY, rounded(grey), rounded(grey));
}

static void draw_worn(struct drawing *drawing)
{
    static const enum avt_slot slots[] = {
        AVT_SLOT_FACIAL_HAIR, AVT_SLOT_HEADWEAR, AVT_SLOT_HEADWEAR_COLOUR, AVT_SLOT_GLASSES,
        AVT_SLOT_GLASSES_COLOUR, AVT_SLOT_MAKEUP, AVT_SLOT_EARRINGS, AVT_SLOT_CLOTHING,
        AVT_SLOT_CLOTHING_COLOUR, AVT_SLOT_SCENERY, AVT_SLOT_SCENERY_COLOUR, AVT_SLOT_LIGHT,
        AVT_SLOT_MOOD, AVT_SLOT_FRAMING, AVT_SLOT_LOOK,
    };
    float weights[AVT_USUAL_MAX];
    for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
        avt_usual(slots[i], drawing->out, weights);
        draw_choice(drawing, slots[i], weights);
    }
}

void avt_attributes_draw_wishes(struct avt_attributes *attributes, const struct avt_attributes_said *said,
                                const struct avt_wishes *wishes)
{
    struct drawing drawing = {attributes, said, wishes};
    /* Each uses those before it. */
    draw_age(&drawing);
    draw_gender(&drawing);
    draw_ancestry(&drawing);
    draw_face(&drawing);
    draw_hair(&drawing);
    draw_worn(&drawing);
}

void avt_attributes_draw(struct avt_attributes *attributes, const struct avt_attributes_said *said)
{
    avt_attributes_draw_wishes(attributes, said, NULL);
}
