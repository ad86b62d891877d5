/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/attributes.h"

#include "base/assert.h"
#include "base/str.h"
#include "portrait/wish.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* In the order of the enumerations. */
static const char *const looks[] = {"real", "toon"};
static const char *const undertones[] = {"cool", "neutral", "warm"};
static const char *const face_shapes[] = {"oval", "round", "square", "heart", "long", "diamond"};
static const char *const eye_shapes[] = {"almond", "round", "hooded", "monolid", "upturned", "downturned"};
static const char *const eye_colours[] = {"dark brown", "brown", "hazel", "amber", "green", "blue", "grey"};
static const char *const brows[] = {"thin", "medium", "thick", "straight", "arched"};
static const char *const hair_styles[] = {
    "bald",      "buzz",        "crew",     "side part",   "slicked", "quiff",     "fringe crop", "receding",
    "shaved sides", "pixie",    "shaggy",   "bob",         "bob with fringe", "lob", "long",      "long side part",
    "long with fringe", "layered", "half up", "ponytail",  "bun",     "top knot",  "chignon",     "braid",
    "two braids", "cornrows",   "locs",     "afro",        "short afro",
};
static const char *const hair_textures[] = {"straight", "wavy", "curly", "coily"};
static const char *const hair_colours[] = {
    "black", "dark brown", "brown", "light brown", "auburn", "red",    "dark blond", "blond",
    "platinum", "grey",    "white", "blue",        "pink",   "purple", "green",
};
static const char *const headwears[] = {"none", "hijab", "turban", "cap", "beanie", "headband"};
static const char *const facial_hairs[] = {
    "none",       "stubble",    "moustache",  "goatee",    "circle beard",
    "short beard", "full beard", "long beard", "sideburns",
};
static const char *const glasses[] = {"none",    "round",   "square",  "rectangular",
                                      "cat-eye", "rimless", "aviator", "sunglasses"};
static const char *const makeups[] = {"none", "natural", "evening", "bold"};
static const char *const earrings[] = {"none", "studs", "hoops", "drops"};
static const char *const clothings[] = {
    "t-shirt", "shirt",  "blouse", "polo",   "sweater",  "turtleneck", "hoodie", "cardigan",     "suit",
    "blazer",  "dress",  "scrubs", "lab coat", "uniform", "kurta", "denim jacket", "leather jacket", "apron",
};
static const char *const paints[] = {
    "black", "charcoal", "grey", "white", "cream", "beige", "brown", "navy", "blue", "light blue", "teal",
    "green", "olive", "yellow", "orange", "red", "burgundy", "pink", "purple", "lavender", "gold", "silver",
};
static const char *const sceneries[] = {"plain",   "gradient", "studio", "office", "classroom",
                                        "library", "city",     "nature", "home",   "hospital",
                                        "beach"};
static const char *const lights[] = {"soft", "bright", "warm", "cool", "dramatic"};
static const char *const moods[] = {"neutral", "friendly", "happy", "serious", "sad", "surprised", "confident"};
static const char *const framings[] = {"close", "portrait", "bust"};

_Static_assert(LENGTH(looks) == AVT_LOOK_COUNT && LENGTH(undertones) == AVT_UNDERTONE_COUNT, "names");
_Static_assert(LENGTH(face_shapes) == AVT_FACE_SHAPE_COUNT && LENGTH(eye_shapes) == AVT_EYE_SHAPE_COUNT, "names");
_Static_assert(LENGTH(eye_colours) == AVT_EYE_COLOUR_COUNT && LENGTH(brows) == AVT_BROWS_COUNT, "names");
_Static_assert(LENGTH(hair_styles) == AVT_HAIR_STYLE_COUNT && LENGTH(hair_textures) == AVT_HAIR_TEXTURE_COUNT, "names");
_Static_assert(LENGTH(hair_colours) == AVT_HAIR_COLOUR_COUNT && LENGTH(headwears) == AVT_HEADWEAR_COUNT, "names");
_Static_assert(LENGTH(facial_hairs) == AVT_FACIAL_HAIR_COUNT && LENGTH(glasses) == AVT_GLASSES_COUNT, "names");
_Static_assert(LENGTH(makeups) == AVT_MAKEUP_COUNT && LENGTH(earrings) == AVT_EARRINGS_COUNT, "names");
_Static_assert(LENGTH(clothings) == AVT_CLOTHING_COUNT && LENGTH(paints) == AVT_PAINT_COUNT, "names");
_Static_assert(LENGTH(sceneries) == AVT_SCENERY_COUNT && LENGTH(lights) == AVT_LIGHT_COUNT, "names");
_Static_assert(LENGTH(moods) == AVT_MOOD_COUNT && LENGTH(framings) == AVT_FRAMING_COUNT, "names");

#define CHOICE(field, values) {#field, offsetof(struct avt_attributes, field), (int)LENGTH(values), values}

/* In the order of enum avt_slot. */
static const struct avt_choice choices[] = {
    CHOICE(look, looks),
    CHOICE(undertone, undertones),
    CHOICE(face_shape, face_shapes),
    CHOICE(eye_shape, eye_shapes),
    CHOICE(eye_colour, eye_colours),
    CHOICE(brows, brows),
    CHOICE(hair, hair_styles),
    CHOICE(hair_texture, hair_textures),
    CHOICE(hair_colour, hair_colours),
    CHOICE(headwear, headwears),
    CHOICE(headwear_colour, paints),
    CHOICE(facial_hair, facial_hairs),
    CHOICE(facial_hair_colour, hair_colours),
    CHOICE(glasses, glasses),
    CHOICE(glasses_colour, paints),
    CHOICE(makeup, makeups),
    CHOICE(earrings, earrings),
    CHOICE(clothing, clothings),
    CHOICE(clothing_colour, paints),
    CHOICE(scenery, sceneries),
    CHOICE(scenery_colour, paints),
    CHOICE(light, lights),
    CHOICE(mood, moods),
    CHOICE(framing, framings),
};

#define AMOUNT(field, low, high) {#field, offsetof(struct avt_attributes, field), low, high}
#define FEATURE(name, index, low) {name, offsetof(struct avt_attributes, features[AVT_FEATURE_##index]), low, 1}

static const struct avt_amount amounts[] = {
    AMOUNT(age, AVT_AGE_MIN, AVT_AGE_MAX),
    AMOUNT(masculine, 0, 1),
    AMOUNT(weight, 0, 1),
    AMOUNT(muscle, 0, 1),
    AMOUNT(skin_tone, 1, 10),
    AMOUNT(freckles, 0, 1),
    AMOUNT(grey, 0, 1),
    FEATURE("eye_size", EYE_SIZE, -1),
    FEATURE("eye_spacing", EYE_SPACING, -1),
    FEATURE("eye_depth", EYE_DEPTH, -1),
    FEATURE("brow_height", BROW_HEIGHT, -1),
    FEATURE("nose_length", NOSE_LENGTH, -1),
    FEATURE("nose_width", NOSE_WIDTH, -1),
    FEATURE("nose_bridge", NOSE_BRIDGE, -1),
    FEATURE("nose_tip", NOSE_TIP, -1),
    FEATURE("mouth_width", MOUTH_WIDTH, -1),
    FEATURE("lip_fullness", LIP_FULLNESS, -1),
    FEATURE("jaw_width", JAW_WIDTH, -1),
    FEATURE("chin_length", CHIN_LENGTH, -1),
    FEATURE("chin_forward", CHIN_FORWARD, -1),
    FEATURE("cheekbones", CHEEKBONES, -1),
    FEATURE("cheek_fullness", CHEEK_FULLNESS, -1),
    FEATURE("forehead", FOREHEAD, -1),
    FEATURE("ear_size", EAR_SIZE, -1),
    FEATURE("neck_width", NECK_WIDTH, -1),
    FEATURE("shoulders", SHOULDERS, -1),
    FEATURE("asymmetry", ASYMMETRY, 0),
};

_Static_assert(LENGTH(choices) == AVT_SLOT_CHOICES, "a slot each");
_Static_assert(LENGTH(choices) + LENGTH(amounts) == AVT_SLOT_ANCESTRY, "a slot each");
_Static_assert(AVT_SLOT_COUNT <= 128, "bits of struct avt_attributes_said");

static const struct avt_people peoples[] = {
    {"northern european", 0, 0, 1, 1, 3},
    {"southern european", 0.04f, 0.04f, 0.92f, 2, 5},
    {"eastern european", 0, 0.1f, 0.9f, 1, 3},
    {"middle eastern", 0.12f, 0.12f, 0.76f, 3, 6},
    {"north african", 0.3f, 0.05f, 0.65f, 4, 7},
    {"central asian", 0, 0.6f, 0.4f, 2, 5},
    {"east asian", 0, 1, 0, 1, 5},
    {"southeast asian", 0.08f, 0.87f, 0.05f, 3, 7},
    {"south asian", 0.18f, 0.3f, 0.52f, 4, 9},
    {"latin american", 0.12f, 0.33f, 0.55f, 3, 7},
    {"indigenous american", 0, 0.8f, 0.2f, 4, 7},
    {"pacific islander", 0.35f, 0.55f, 0.1f, 5, 9},
    {"aboriginal australian", 0.6f, 0.25f, 0.15f, 7, 10},
    {"west african", 1, 0, 0, 8, 10},
    {"east african", 0.85f, 0, 0.15f, 7, 10},
    {"southern african", 0.93f, 0.04f, 0.03f, 7, 10},
    {"african diaspora", 0.8f, 0.03f, 0.17f, 6, 10},
    {"african and european", 0.5f, 0, 0.5f, 4, 8},
    {"asian and european", 0, 0.5f, 0.5f, 2, 5},
    {"african and asian", 0.5f, 0.5f, 0, 5, 8},
};
_Static_assert(LENGTH(peoples) <= 64, "bits of a wish");

const struct avt_choice *avt_attribute_choices(size_t *ret_count)
{
    *ret_count = LENGTH(choices);
    return choices;
}

const struct avt_amount *avt_attribute_amounts(size_t *ret_count)
{
    *ret_count = LENGTH(amounts);
    return amounts;
}

const struct avt_people *avt_peoples(size_t *ret_count)
{
    *ret_count = LENGTH(peoples);
    return peoples;
}

const char *avt_slot_name(size_t slot)
{
    avt_assert(slot < AVT_SLOT_COUNT);
    return slot < AVT_SLOT_CHOICES ? choices[slot].name
           : slot < AVT_SLOT_ANCESTRY ? amounts[slot - AVT_SLOT_CHOICES].name
                                      : "ancestry";
}

size_t avt_slot_find(const char *name, size_t size)
{
    for (size_t slot = 0; slot < AVT_SLOT_COUNT; slot++) {
        const char *known = avt_slot_name(slot);
        if (strlen(known) == size && memcmp(known, name, size) == 0)
            return slot;
    }
    return AVT_SLOT_COUNT;
}

void avt_attributes_say(struct avt_attributes_said *said, size_t slot)
{
    avt_assert(slot < AVT_SLOT_COUNT);
    said->bits[slot / 64] |= UINT64_C(1) << slot % 64;
}

bool avt_attributes_is_said(const struct avt_attributes_said *said, size_t slot)
{
    avt_assert(slot < AVT_SLOT_COUNT);
    return said->bits[slot / 64] >> slot % 64 & 1;
}
