/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/usual.h"

#include <string.h>

#include "base/assert.h"

#define BIT(value) (1u << (value))

enum { CHILD_UNTIL = 13, ADULT_FROM = 18 }; /* years */

struct style {
    float feminine, masculine; /* weights */
    unsigned textures;         /* one bit each: worn with them */
    unsigned char from;        /* years of age */
};

enum {
    STRAIGHT = BIT(AVT_HAIR_STRAIGHT),
    WAVY = BIT(AVT_HAIR_WAVY),
    CURLY = BIT(AVT_HAIR_CURLY),
    COILY = BIT(AVT_HAIR_COILY),
    SLEEK = STRAIGHT | WAVY,
    LOOSE = SLEEK | CURLY,
    ANY = LOOSE | COILY,
};

static const struct style styles[AVT_HAIR_STYLE_COUNT] = {
    [AVT_HAIR_BALD] = {0.2f, 3, ANY, 28},
    [AVT_HAIR_BUZZ] = {0.4f, 7, ANY, 0},
    [AVT_HAIR_CREW] = {0, 10, ANY, 0},
    [AVT_HAIR_SIDE_PART] = {1, 12, SLEEK, 0},
    [AVT_HAIR_SLICKED] = {0.7f, 6, SLEEK, 18},
    [AVT_HAIR_QUIFF] = {0.7f, 8, LOOSE, 14},
    [AVT_HAIR_FRINGE_CROP] = {1, 8, LOOSE, 0},
    [AVT_HAIR_RECEDING] = {0, 3, ANY, 34},
    [AVT_HAIR_SHAVED_SIDES] = {0.8f, 6, ANY, 14},
    [AVT_HAIR_PIXIE] = {6, 0, LOOSE, 0},
    [AVT_HAIR_SHAGGY] = {4, 6, LOOSE, 0},
    [AVT_HAIR_BOB] = {8, 0, LOOSE, 0},
    [AVT_HAIR_BOB_FRINGE] = {6, 0, LOOSE, 0},
    [AVT_HAIR_LOB] = {8, 1, LOOSE, 0},
    [AVT_HAIR_LONG] = {8, 0.8f, ANY, 0},
    [AVT_HAIR_LONG_SIDE] = {8, 0.3f, LOOSE, 0},
    [AVT_HAIR_LONG_FRINGE] = {5, 0, LOOSE, 0},
    [AVT_HAIR_LAYERED] = {7, 0.4f, LOOSE, 0},
    [AVT_HAIR_HALF_UP] = {4, 0.2f, ANY, 0},
    [AVT_HAIR_PONYTAIL] = {6, 0.5f, ANY, 0},
    [AVT_HAIR_BUN] = {5, 0.3f, ANY, 0},
    [AVT_HAIR_TOP_KNOT] = {2, 0.9f, ANY, 16},
    [AVT_HAIR_CHIGNON] = {5, 0, ANY, 16},
    [AVT_HAIR_BRAID] = {4, 0.1f, ANY, 0},
    [AVT_HAIR_BRAIDS] = {2, 0.1f, ANY, 0},
    [AVT_HAIR_CORNROWS] = {6, 6, COILY, 0},
    [AVT_HAIR_LOCS] = {8, 7, COILY, 12},
    [AVT_HAIR_AFRO] = {11, 6, COILY, 0},
    [AVT_HAIR_SHORT_AFRO] = {10, 16, COILY, 0},
};

bool avt_usual_has_style(int texture, uint64_t wanted)
{
    for (int s = 0; s < AVT_HAIR_STYLE_COUNT; s++)
        if (wanted >> s & 1 && styles[s].textures & BIT(texture))
            return true;
    return false;
}

/* Weights of one kind of people and of another, mixed. */
static void mix(float *weights, const float *a, const float *b, float share_b, int count)
{
    for (int i = 0; i < count; i++)
        weights[i] = a[i] * (1 - share_b) + b[i] * share_b;
}

static bool is_adult(const struct avt_attributes *of)
{
    return of->age >= ADULT_FROM;
}

/* 0 for all that are drawn feminine, 1 for all masculine; what is usual does not blend within them. */
static float manliness(const struct avt_attributes *of)
{
    float share = (of->masculine - 0.2f) / 0.6f;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

static bool is_masculine(const struct avt_attributes *of)
{
    return of->masculine > 0.62f;
}

static void hair(const struct avt_attributes *of, float *weights)
{
    /* Past 40 men's hair recedes and is cut shorter; long hair becomes rarer with both. */
    float late = of->age > 40 ? (of->age - 40) / 35 : 0;
    late = late > 1 ? 1 : late;
    for (int s = 0; s < AVT_HAIR_STYLE_COUNT; s++) {
        float weight = styles[s].feminine * (1 - manliness(of)) + styles[s].masculine * manliness(of);
        bool never = of->age < styles[s].from || !(styles[s].textures & BIT(of->hair_texture));
        bool is_long = s >= AVT_HAIR_LONG && s <= AVT_HAIR_BRAIDS && s != AVT_HAIR_BUN && s != AVT_HAIR_CHIGNON;
        bool thins = (s == AVT_HAIR_BALD || s == AVT_HAIR_RECEDING) && is_masculine(of);
        weights[s] = never ? 0 : weight * (is_long ? 1 - 0.7f * late : 1) * (thins ? 1 + 5 * late : 1);
    }
    if (of->age < CHILD_UNTIL)
        weights[AVT_HAIR_SLICKED] = 0;
}

static void hair_texture(const struct avt_attributes *of, float *weights)
{
    static const float african[] = {0.01f, 0.02f, 0.27f, 0.7f}, asian[] = {0.78f, 0.2f, 0.02f, 0},
                       european[] = {0.38f, 0.4f, 0.22f, 0};
    for (int t = 0; t < AVT_HAIR_TEXTURE_COUNT; t++)
        weights[t] = african[t] * of->african + asian[t] * of->asian + european[t] * of->european;
    weights[AVT_HAIR_COILY] *= of->african > 0.3f ? 1 : 0.2f;
}

/* How much of the fair hair and eyes of Europe's north one may have: 1 for the fairest skin, 0 from Monk 6 on. */
static float fairness(const struct avt_attributes *of)
{
    float by_tone = 1 - (of->skin_tone - 2) / 4, by_ancestry = (of->european - 0.35f) / 0.4f;
    float fair = by_tone < by_ancestry ? by_tone : by_ancestry;
    return fair < 0 ? 0 : fair > 1 ? 1 : fair;
}

static void hair_colour(const struct avt_attributes *of, float *weights)
{
    static const float dark[AVT_HAIR_COLOUR_COUNT] = {0.62f, 0.3f, 0.08f},
                       fair[AVT_HAIR_COLOUR_COUNT] = {0.07f, 0.18f, 0.2f, 0.14f, 0.09f, 0.09f, 0.11f, 0.1f, 0.02f};
    mix(weights, dark, fair, fairness(of), AVT_HAIR_COLOUR_COUNT);
}

static void eye_colour(const struct avt_attributes *of, float *weights)
{
    static const float dark[] = {0.68f, 0.29f, 0.02f, 0.01f, 0, 0, 0},
                       fair[] = {0.08f, 0.2f, 0.16f, 0.05f, 0.16f, 0.26f, 0.09f};
    mix(weights, dark, fair, fairness(of), AVT_EYE_COLOUR_COUNT);
}

static void eye_shape(const struct avt_attributes *of, float *weights)
{
    static const float others[] = {0.3f, 0.2f, 0.2f, 0, 0.15f, 0.15f},
                       asian[] = {0.27f, 0.1f, 0.13f, 0.3f, 0.15f, 0.05f};
    mix(weights, others, asian, of->asian, AVT_EYE_SHAPE_COUNT);
    weights[AVT_EYES_HOODED] *= of->age > 55 ? 2 : 1;
}

static void facial_hair(const struct avt_attributes *of, float *weights)
{
    static const float usual[] = {0.44f, 0.18f, 0.05f, 0.04f, 0.06f, 0.14f, 0.06f, 0.02f, 0.01f};
    weights[0] = 1;
    if (is_masculine(of) && is_adult(of))
        memcpy(weights, usual, sizeof(usual));
}

static void glasses(const struct avt_attributes *of, float *weights)
{
    static const float usual[] = {0, 0.26f, 0.22f, 0.27f, 0.12f, 0.08f, 0.05f, 0};
    memcpy(weights, usual, sizeof(usual));
    float sum = 0;
    weights[AVT_GLASSES_CAT_EYE] *= is_masculine(of) ? 0 : 1;
    for (int g = 0; g < AVT_GLASSES_COUNT; g++)
        sum += weights[g];
    weights[AVT_GLASSES_NONE] = sum * 3; /* a quarter wears some */
}

static void glasses_colour(const struct avt_attributes *of, float *weights)
{
    bool metal = of->glasses == AVT_GLASSES_RIMLESS || of->glasses == AVT_GLASSES_AVIATOR;
    weights[AVT_PAINT_BLACK] = metal ? 1 : 4;
    weights[AVT_PAINT_GOLD] = weights[AVT_PAINT_SILVER] = metal ? 3 : 1;
    weights[AVT_PAINT_BROWN] = metal ? 0 : 3;
    weights[AVT_PAINT_CHARCOAL] = metal ? 1 : 2;
    weights[AVT_PAINT_NAVY] = weights[AVT_PAINT_BURGUNDY] = metal ? 0 : 1;
}

static void makeup(const struct avt_attributes *of, float *weights)
{
    static const float feminine[] = {0.34f, 0.5f, 0.13f, 0.03f};
    weights[0] = 1;
    if (of->masculine < 0.38f && is_adult(of))
        memcpy(weights, feminine, sizeof(feminine));
}

static void earrings(const struct avt_attributes *of, float *weights)
{
    static const float feminine[] = {0.4f, 0.27f, 0.17f, 0.16f}, masculine[] = {0.93f, 0.06f, 0.01f, 0};
    weights[0] = 1;
    if (of->age >= CHILD_UNTIL)
        mix(weights, feminine, masculine, manliness(of), AVT_EARRINGS_COUNT);
}

/* What many people wear on any day; nothing that a trade, a faith or a country goes with. */
static void clothing(const struct avt_attributes *of, float *weights)
{
    static const float feminine[AVT_CLOTHING_COUNT] = {1, 0.8f, 1, 0.4f, 1, 1, 0.6f, 1, 0.1f, 1, 0.8f,
                                                          [AVT_CLOTHING_DENIM_JACKET] = 0.5f, 0.4f},
                       masculine[AVT_CLOTHING_COUNT] = {1, 1.2f, 0, 1, 1, 0.7f, 0.8f, 0.5f, 1, 1, 0,
                                                           [AVT_CLOTHING_DENIM_JACKET] = 0.5f, 0.5f};
    mix(weights, feminine, masculine, manliness(of), AVT_CLOTHING_COUNT);
    if (is_adult(of))
        return;
    static const int grown_up[] = {AVT_CLOTHING_BLOUSE, AVT_CLOTHING_SUIT, AVT_CLOTHING_BLAZER, AVT_CLOTHING_TURTLENECK,
                                   AVT_CLOTHING_LEATHER_JACKET};
    for (size_t i = 0; i < sizeof(grown_up) / sizeof(*grown_up); i++)
        weights[grown_up[i]] = 0;
}

#define PAINT(name) BIT(AVT_PAINT_##name)
enum {
    SOBER = PAINT(BLACK) | PAINT(CHARCOAL) | PAINT(GREY) | PAINT(NAVY),
    LIGHT = PAINT(WHITE) | PAINT(CREAM) | PAINT(BEIGE) | PAINT(LIGHT_BLUE),
    DEEP = PAINT(TEAL) | PAINT(GREEN) | PAINT(OLIVE) | PAINT(BURGUNDY) | PAINT(BROWN) | PAINT(BLUE),
    VIVID = PAINT(YELLOW) | PAINT(ORANGE) | PAINT(RED) | PAINT(PINK) | PAINT(PURPLE) | PAINT(LAVENDER),
};

static unsigned clothing_paints(int clothes)
{
    switch (clothes) {
    case AVT_CLOTHING_SHIRT:
        return LIGHT | PAINT(BLUE) | PAINT(NAVY) | PAINT(PINK) | PAINT(LAVENDER) | PAINT(BLACK) | PAINT(OLIVE);
    case AVT_CLOTHING_SUIT:
        return SOBER | PAINT(BROWN) | PAINT(BLUE) | PAINT(BEIGE);
    case AVT_CLOTHING_BLAZER:
        return SOBER | DEEP | PAINT(BEIGE) | PAINT(CREAM) | PAINT(RED);
    case AVT_CLOTHING_SCRUBS:
        return PAINT(TEAL) | PAINT(BLUE) | PAINT(NAVY) | PAINT(GREEN) | PAINT(BURGUNDY) | PAINT(LIGHT_BLUE);
    case AVT_CLOTHING_LAB_COAT:
        return PAINT(WHITE);
    case AVT_CLOTHING_UNIFORM:
        return PAINT(NAVY) | PAINT(BLACK) | PAINT(OLIVE) | PAINT(BLUE);
    case AVT_CLOTHING_KURTA:
        return LIGHT | DEEP | PAINT(YELLOW) | PAINT(ORANGE) | PAINT(PINK);
    case AVT_CLOTHING_DENIM_JACKET:
        return PAINT(BLUE) | PAINT(LIGHT_BLUE) | PAINT(NAVY) | PAINT(BLACK);
    case AVT_CLOTHING_LEATHER_JACKET:
        return PAINT(BLACK) | PAINT(BROWN) | PAINT(BURGUNDY);
    case AVT_CLOTHING_APRON:
        return SOBER | PAINT(WHITE) | PAINT(BEIGE) | PAINT(OLIVE) | PAINT(BURGUNDY);
    default:
        return SOBER | LIGHT | DEEP | VIVID;
    }
}

static void paints(unsigned mask, float *weights)
{
    for (int p = 0; p < AVT_PAINT_COUNT; p++)
        weights[p] = (float)(mask >> p & 1);
}

/* Walls are quiet, and not of the colour that is worn before them. */
static void scenery_colour(const struct avt_attributes *of, float *weights)
{
    paints(LIGHT | DEEP | PAINT(CHARCOAL) | PAINT(GREY) | PAINT(NAVY) | PAINT(LAVENDER), weights);
    weights[of->clothing_colour] = 0;
}

static void scenery(float *weights)
{
    weights[AVT_SCENERY_PLAIN] = weights[AVT_SCENERY_STUDIO] = 3;
    weights[AVT_SCENERY_GRADIENT] = weights[AVT_SCENERY_OFFICE] = weights[AVT_SCENERY_HOME] = 4;
    weights[AVT_SCENERY_LIBRARY] = weights[AVT_SCENERY_CITY] = weights[AVT_SCENERY_NATURE] = 1;
}

static void light(float *weights)
{
    static const float usual[] = {0.5f, 0.22f, 0.16f, 0.12f, 0};
    memcpy(weights, usual, sizeof(usual));
}

static void brows(const struct avt_attributes *of, float *weights)
{
    static const float feminine[] = {0.2f, 0.3f, 0.12f, 0.13f, 0.25f}, masculine[] = {0.06f, 0.35f, 0.34f, 0.2f, 0.05f};
    mix(weights, feminine, masculine, manliness(of), AVT_BROWS_COUNT);
}

void avt_usual(enum avt_slot slot, const struct avt_attributes *of, float weights[AVT_USUAL_MAX])
{
    memset(weights, 0, AVT_USUAL_MAX * sizeof(*weights));
    switch (slot) {
    case AVT_SLOT_UNDERTONE:
    case AVT_SLOT_FACE_SHAPE:
        for (int v = 0; v < AVT_USUAL_MAX; v++)
            weights[v] = 1;
        break;
    case AVT_SLOT_EYE_SHAPE:
        eye_shape(of, weights);
        break;
    case AVT_SLOT_EYE_COLOUR:
        eye_colour(of, weights);
        break;
    case AVT_SLOT_BROWS:
        brows(of, weights);
        break;
    case AVT_SLOT_HAIR:
        hair(of, weights);
        break;
    case AVT_SLOT_HAIR_TEXTURE:
        hair_texture(of, weights);
        break;
    case AVT_SLOT_HAIR_COLOUR:
        hair_colour(of, weights);
        break;
    case AVT_SLOT_FACIAL_HAIR:
        facial_hair(of, weights);
        break;
    case AVT_SLOT_HEADWEAR_COLOUR:
        paints(SOBER | DEEP | PAINT(CREAM) | PAINT(BEIGE) | PAINT(WHITE) | PAINT(PINK) | PAINT(PURPLE) | PAINT(RED),
               weights);
        break;
    case AVT_SLOT_GLASSES:
        glasses(of, weights);
        break;
    case AVT_SLOT_GLASSES_COLOUR:
        glasses_colour(of, weights);
        break;
    case AVT_SLOT_MAKEUP:
        makeup(of, weights);
        break;
    case AVT_SLOT_EARRINGS:
        earrings(of, weights);
        break;
    case AVT_SLOT_CLOTHING:
        clothing(of, weights);
        break;
    case AVT_SLOT_CLOTHING_COLOUR:
        paints(clothing_paints(of->clothing), weights);
        break;
    case AVT_SLOT_SCENERY:
        scenery(weights);
        break;
    case AVT_SLOT_SCENERY_COLOUR:
        scenery_colour(of, weights);
        break;
    case AVT_SLOT_LIGHT:
        light(weights);
        break;
    case AVT_SLOT_MOOD:
        weights[AVT_MOOD_NEUTRAL] = 1;
        weights[AVT_MOOD_FRIENDLY] = 4;
        break;
    case AVT_SLOT_HEADWEAR:
    case AVT_SLOT_LOOK:
        weights[0] = 1;
        break;
    case AVT_SLOT_FRAMING:
        weights[AVT_FRAMING_PORTRAIT] = 1;
        break;
    default:
        avt_assert(slot < AVT_SLOT_CHOICES); /* and not one of those that are drawn by hand */
    }
}
