/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a modelled presenter looks like: every choice there is, by name. A prompt (prompt.h) and a seed become
 * one of these; the modeller (bust.h, hair.h, wear.h, scenery.h) makes it a head. As JSON it is what
 * `avatar avatar generate --json` prints and `--attributes FILE` reads: {"age": 52, "hair": "bob", ...}.
 *
 * A value that nobody chose is drawn from the seed, evenly: nothing has a default ancestry, gender or age.
 * docs/prompts.md lists all values and says how each is drawn.
 *
 * Threads: plain values; no shared state.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"

enum avt_look { AVT_LOOK_REAL, AVT_LOOK_TOON, AVT_LOOK_COUNT };

enum avt_undertone { AVT_UNDERTONE_COOL, AVT_UNDERTONE_NEUTRAL, AVT_UNDERTONE_WARM, AVT_UNDERTONE_COUNT };

enum avt_face_shape {
    AVT_FACE_OVAL,
    AVT_FACE_ROUND,
    AVT_FACE_SQUARE,
    AVT_FACE_HEART,
    AVT_FACE_LONG,
    AVT_FACE_DIAMOND,
    AVT_FACE_SHAPE_COUNT,
};

enum avt_eye_shape {
    AVT_EYES_ALMOND,
    AVT_EYES_ROUND,
    AVT_EYES_HOODED,
    AVT_EYES_MONOLID,
    AVT_EYES_UPTURNED,
    AVT_EYES_DOWNTURNED,
    AVT_EYE_SHAPE_COUNT,
};

enum avt_eye_colour {
    AVT_EYES_DARK_BROWN,
    AVT_EYES_BROWN,
    AVT_EYES_HAZEL,
    AVT_EYES_AMBER,
    AVT_EYES_GREEN,
    AVT_EYES_BLUE,
    AVT_EYES_GREY,
    AVT_EYE_COLOUR_COUNT,
};

enum avt_brows {
    AVT_BROWS_THIN,
    AVT_BROWS_MEDIUM,
    AVT_BROWS_THICK,
    AVT_BROWS_STRAIGHT,
    AVT_BROWS_ARCHED,
    AVT_BROWS_COUNT,
};

/* How hair is cut and worn. What covers it is enum avt_headwear. */
enum avt_hair_style {
    AVT_HAIR_BALD,
    AVT_HAIR_BUZZ,
    AVT_HAIR_CREW,       /* short sides, a little longer on top */
    AVT_HAIR_SIDE_PART,  /* short, combed to a side */
    AVT_HAIR_SLICKED,    /* combed straight back */
    AVT_HAIR_QUIFF,      /* raised over the forehead */
    AVT_HAIR_FRINGE_CROP,/* short with a fringe forward */
    AVT_HAIR_RECEDING,   /* short, temples and crown thin */
    AVT_HAIR_SHAVED_SIDES,
    AVT_HAIR_PIXIE,
    AVT_HAIR_SHAGGY,     /* medium, layered, untidy */
    AVT_HAIR_BOB,        /* to the jaw */
    AVT_HAIR_BOB_FRINGE,
    AVT_HAIR_LOB,        /* to the shoulders */
    AVT_HAIR_LONG,       /* middle part, to the chest */
    AVT_HAIR_LONG_SIDE,  /* side part, to the chest */
    AVT_HAIR_LONG_FRINGE,
    AVT_HAIR_LAYERED,
    AVT_HAIR_HALF_UP,
    AVT_HAIR_PONYTAIL,
    AVT_HAIR_BUN,
    AVT_HAIR_TOP_KNOT,
    AVT_HAIR_CHIGNON,    /* low bun */
    AVT_HAIR_BRAID,      /* one, over a shoulder */
    AVT_HAIR_BRAIDS,     /* two */
    AVT_HAIR_CORNROWS,
    AVT_HAIR_LOCS,       /* to the shoulders */
    AVT_HAIR_AFRO,
    AVT_HAIR_SHORT_AFRO,
    AVT_HAIR_STYLE_COUNT,
};

enum avt_hair_texture {
    AVT_HAIR_STRAIGHT,
    AVT_HAIR_WAVY,
    AVT_HAIR_CURLY,
    AVT_HAIR_COILY,
    AVT_HAIR_TEXTURE_COUNT,
};

enum avt_hair_colour {
    AVT_HAIR_BLACK,
    AVT_HAIR_DARK_BROWN,
    AVT_HAIR_BROWN,
    AVT_HAIR_LIGHT_BROWN,
    AVT_HAIR_AUBURN,
    AVT_HAIR_RED,
    AVT_HAIR_DARK_BLOND,
    AVT_HAIR_BLOND,
    AVT_HAIR_PLATINUM,
    AVT_HAIR_GREY,
    AVT_HAIR_WHITE,
    AVT_HAIR_BLUE,
    AVT_HAIR_PINK,
    AVT_HAIR_PURPLE,
    AVT_HAIR_GREEN,
    AVT_HAIR_COLOUR_COUNT,
};

enum avt_headwear {
    AVT_HEADWEAR_NONE,
    AVT_HEADWEAR_HIJAB,
    AVT_HEADWEAR_TURBAN,
    AVT_HEADWEAR_CAP,
    AVT_HEADWEAR_BEANIE,
    AVT_HEADWEAR_HEADBAND,
    AVT_HEADWEAR_COUNT,
};

enum avt_facial_hair {
    AVT_FACIAL_HAIR_NONE,
    AVT_FACIAL_HAIR_STUBBLE,
    AVT_FACIAL_HAIR_MOUSTACHE,
    AVT_FACIAL_HAIR_GOATEE,
    AVT_FACIAL_HAIR_CIRCLE, /* moustache and goatee */
    AVT_FACIAL_HAIR_SHORT_BEARD,
    AVT_FACIAL_HAIR_FULL_BEARD,
    AVT_FACIAL_HAIR_LONG_BEARD,
    AVT_FACIAL_HAIR_SIDEBURNS,
    AVT_FACIAL_HAIR_COUNT,
};

enum avt_glasses {
    AVT_GLASSES_NONE,
    AVT_GLASSES_ROUND,
    AVT_GLASSES_SQUARE,
    AVT_GLASSES_RECTANGULAR,
    AVT_GLASSES_CAT_EYE,
    AVT_GLASSES_RIMLESS,
    AVT_GLASSES_AVIATOR,
    AVT_GLASSES_SUN, /* dark lenses */
    AVT_GLASSES_COUNT,
};

enum avt_makeup { AVT_MAKEUP_NONE, AVT_MAKEUP_NATURAL, AVT_MAKEUP_EVENING, AVT_MAKEUP_BOLD, AVT_MAKEUP_COUNT };

enum avt_earrings { AVT_EARRINGS_NONE, AVT_EARRINGS_STUDS, AVT_EARRINGS_HOOPS, AVT_EARRINGS_DROPS, AVT_EARRINGS_COUNT };

enum avt_clothing {
    AVT_CLOTHING_T_SHIRT,
    AVT_CLOTHING_SHIRT,   /* collar, buttons */
    AVT_CLOTHING_BLOUSE,
    AVT_CLOTHING_POLO,
    AVT_CLOTHING_SWEATER,
    AVT_CLOTHING_TURTLENECK,
    AVT_CLOTHING_HOODIE,
    AVT_CLOTHING_CARDIGAN,
    AVT_CLOTHING_SUIT,    /* jacket, shirt, tie */
    AVT_CLOTHING_BLAZER,  /* jacket over a plain top */
    AVT_CLOTHING_DRESS,
    AVT_CLOTHING_SCRUBS,
    AVT_CLOTHING_LAB_COAT,
    AVT_CLOTHING_UNIFORM,
    AVT_CLOTHING_KURTA,
    AVT_CLOTHING_DENIM_JACKET,
    AVT_CLOTHING_LEATHER_JACKET,
    AVT_CLOTHING_APRON,
    AVT_CLOTHING_COUNT,
};

/* Of clothes, headwear, frames and walls. */
enum avt_paint {
    AVT_PAINT_BLACK,
    AVT_PAINT_CHARCOAL,
    AVT_PAINT_GREY,
    AVT_PAINT_WHITE,
    AVT_PAINT_CREAM,
    AVT_PAINT_BEIGE,
    AVT_PAINT_BROWN,
    AVT_PAINT_NAVY,
    AVT_PAINT_BLUE,
    AVT_PAINT_LIGHT_BLUE,
    AVT_PAINT_TEAL,
    AVT_PAINT_GREEN,
    AVT_PAINT_OLIVE,
    AVT_PAINT_YELLOW,
    AVT_PAINT_ORANGE,
    AVT_PAINT_RED,
    AVT_PAINT_BURGUNDY,
    AVT_PAINT_PINK,
    AVT_PAINT_PURPLE,
    AVT_PAINT_LAVENDER,
    AVT_PAINT_GOLD,
    AVT_PAINT_SILVER,
    AVT_PAINT_COUNT,
};

enum avt_scenery {
    AVT_SCENERY_PLAIN,
    AVT_SCENERY_GRADIENT,
    AVT_SCENERY_STUDIO,
    AVT_SCENERY_OFFICE,
    AVT_SCENERY_CLASSROOM,
    AVT_SCENERY_LIBRARY,
    AVT_SCENERY_CITY,
    AVT_SCENERY_NATURE,
    AVT_SCENERY_HOME,
    AVT_SCENERY_HOSPITAL,
    AVT_SCENERY_BEACH,
    AVT_SCENERY_COUNT,
};

enum avt_light {
    AVT_LIGHT_SOFT,
    AVT_LIGHT_BRIGHT,
    AVT_LIGHT_WARM,
    AVT_LIGHT_COOL,
    AVT_LIGHT_DRAMATIC,
    AVT_LIGHT_COUNT,
};

enum avt_mood {
    AVT_MOOD_NEUTRAL,
    AVT_MOOD_FRIENDLY, /* a slight smile */
    AVT_MOOD_HAPPY,
    AVT_MOOD_SERIOUS,
    AVT_MOOD_SAD,
    AVT_MOOD_SURPRISED,
    AVT_MOOD_CONFIDENT,
    AVT_MOOD_COUNT,
};

enum avt_framing { AVT_FRAMING_CLOSE, AVT_FRAMING_PORTRAIT, AVT_FRAMING_BUST, AVT_FRAMING_COUNT };

/* Amounts from -1 to 1; 0 is what age, gender and ancestry make. */
enum avt_feature {
    AVT_FEATURE_EYE_SIZE,
    AVT_FEATURE_EYE_SPACING,
    AVT_FEATURE_EYE_DEPTH,
    AVT_FEATURE_BROW_HEIGHT,
    AVT_FEATURE_NOSE_LENGTH,
    AVT_FEATURE_NOSE_WIDTH,
    AVT_FEATURE_NOSE_BRIDGE,  /* -1 concave .. 1 humped */
    AVT_FEATURE_NOSE_TIP,     /* -1 down .. 1 up */
    AVT_FEATURE_MOUTH_WIDTH,
    AVT_FEATURE_LIP_FULLNESS,
    AVT_FEATURE_JAW_WIDTH,
    AVT_FEATURE_CHIN_LENGTH,
    AVT_FEATURE_CHIN_FORWARD,
    AVT_FEATURE_CHEEKBONES,
    AVT_FEATURE_CHEEK_FULLNESS,
    AVT_FEATURE_FOREHEAD,     /* height */
    AVT_FEATURE_EAR_SIZE,
    AVT_FEATURE_NECK_WIDTH,
    AVT_FEATURE_SHOULDERS,
    AVT_FEATURE_ASYMMETRY,    /* 0..1 */
    AVT_FEATURE_COUNT,
};

enum { AVT_AGE_MIN = 4, AVT_AGE_MAX = 95 };

struct avt_attributes {
    uint64_t seed; /* of all that is not named here: pores, flyaways, folds, books on a shelf */
    float age;        /* years, AVT_AGE_MIN .. AVT_AGE_MAX */
    float masculine;  /* 0 feminine .. 1 masculine; around .5 androgynous */
    float african, asian, european; /* ancestry, each 0..1, together 1 */
    float weight;     /* 0 thin .. 1 heavy */
    float muscle;     /* 0..1 */
    float skin_tone;  /* 1..10, Monk's scale; between them is between */
    float freckles;   /* 0..1 */
    float grey;       /* 0..1: share of hairs that have gone grey; the others have hair_colour */
    float features[AVT_FEATURE_COUNT];
    /* Values of the enumerations above. */
    int look; /* what the prompt asks for ("cartoon"); who renders may choose otherwise */
    int undertone, face_shape, eye_shape, eye_colour, brows;
    int hair, hair_texture, hair_colour, headwear, headwear_colour;
    int facial_hair, facial_hair_colour; /* the colour is one of enum avt_hair_colour; mostly that of the hair */
    int glasses, glasses_colour, makeup, earrings;
    int clothing, clothing_colour;
    int scenery, scenery_colour, light, mood, framing;
};

/** One attribute that is chosen among names. Borrowed from a constant table. */
struct avt_choice {
    const char *name;           /* its key in JSON: "hair_colour" */
    size_t offset;              /* of its int in struct avt_attributes */
    int count;
    const char *const *values;  /* [count] "dark brown", in the order of its enumeration */
};
/** One that is a number. */
struct avt_amount {
    const char *name;  /* "age"; features as "nose_width" */
    size_t offset;     /* of its float */
    float low, high;
};
/** The tables. @return [*ret_count]. */
const struct avt_choice *avt_attribute_choices(size_t *ret_count);
const struct avt_amount *avt_attribute_amounts(size_t *ret_count);

/** Which attributes are said: one bit each, first the choices, then the amounts, then ancestry. */
struct avt_attributes_said {
    uint64_t bits[2];
};
void avt_attributes_say(struct avt_attributes_said *said, size_t slot);
bool avt_attributes_is_said(const struct avt_attributes_said *said, size_t slot);

/** Draw all that is not said from `attributes->seed`: evenly where people differ evenly (ancestry, gender, age,
 *  skin within what the ancestry has), and by what goes together where it does (grey hair by age, facial hair by
 *  gender, head coverings never unasked, glasses for a quarter). The same seed and sayings give the same result. Each
 *  attribute has a stream of its own: what is said of one changes none that does not depend on it. */
void avt_attributes_draw(struct avt_attributes *attributes, const struct avt_attributes_said *said);

/** All of it as JSON, every value by name. NULL: out of memory. Owned by the caller: json_decref(). */
json_t *avt_attributes_json(const struct avt_attributes *attributes);
/** From JSON as above; what is missing stays as it was and is not said, and on failure all does. Shares of ancestry
 *  are scaled to 1 together.
 *  @return AVT_OK, AVT_EINVAL (an unknown key or value: the message names it and what there is). */
AVT_CHECKED enum avt_code avt_attributes_parse(const json_t *json, struct avt_attributes *attributes,
                                               struct avt_attributes_said *said, struct avt_error *reterr);
