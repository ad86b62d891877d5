/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Between a prompt and its attributes: for each attribute the values that are wished for, from which one is drawn.
 * "short hair" wishes for any of the short styles, "in her sixties" for 60 to 69 years.
 *
 * Threads: plain values.
 */
#include "portrait/prompt.h"

/** An attribute by number, in the order of the tables: choices, amounts, ancestry. */
enum avt_slot {
    AVT_SLOT_LOOK,
    AVT_SLOT_UNDERTONE,
    AVT_SLOT_FACE_SHAPE,
    AVT_SLOT_EYE_SHAPE,
    AVT_SLOT_EYE_COLOUR,
    AVT_SLOT_BROWS,
    AVT_SLOT_HAIR,
    AVT_SLOT_HAIR_TEXTURE,
    AVT_SLOT_HAIR_COLOUR,
    AVT_SLOT_HEADWEAR,
    AVT_SLOT_HEADWEAR_COLOUR,
    AVT_SLOT_FACIAL_HAIR,
    AVT_SLOT_FACIAL_HAIR_COLOUR,
    AVT_SLOT_GLASSES,
    AVT_SLOT_GLASSES_COLOUR,
    AVT_SLOT_MAKEUP,
    AVT_SLOT_EARRINGS,
    AVT_SLOT_CLOTHING,
    AVT_SLOT_CLOTHING_COLOUR,
    AVT_SLOT_SCENERY,
    AVT_SLOT_SCENERY_COLOUR,
    AVT_SLOT_LIGHT,
    AVT_SLOT_MOOD,
    AVT_SLOT_FRAMING,
    AVT_SLOT_CHOICES,
    AVT_SLOT_AGE = AVT_SLOT_CHOICES,
    AVT_SLOT_MASCULINE,
    AVT_SLOT_WEIGHT,
    AVT_SLOT_MUSCLE,
    AVT_SLOT_SKIN_TONE,
    AVT_SLOT_FRECKLES,
    AVT_SLOT_GREY,
    AVT_SLOT_FEATURES,
    AVT_SLOT_ANCESTRY = AVT_SLOT_FEATURES + AVT_FEATURE_COUNT,
    AVT_SLOT_COUNT,
};

/** Peoples by the shares of ancestry that the head is made of, and the skin that they mostly have. Coarse on
 *  purpose: within each, people differ more than between them. */
struct avt_people {
    const char *name;
    float african, asian, european; /* together 1 */
    float tone_low, tone_high;      /* Monk's scale */
};
const struct avt_people *avt_peoples(size_t *ret_count);

enum { AVT_WISH_PARTS_MAX = 4 }; /* peoples that somebody is a mix of */

/** How much a wish counts: a stronger one replaces a weaker one. */
enum avt_strength {
    AVT_STRENGTH_NONE,
    AVT_STRENGTH_LEANING, /* what goes with a profession */
    AVT_STRENGTH_HINT,    /* "her" */
    AVT_STRENGTH_SAID,
    AVT_STRENGTH_EXACT,   /* by number: "a girl of 17" */
};

struct avt_wish {
    enum avt_strength strength;
    uint64_t mask;   /* of a choice: one bit a value; of ancestry: one bit a people */
    float low, high; /* of an amount */
    /* Of ancestry: somebody of several peoples at once, one from each of these masks. None: of one in `mask`. */
    uint64_t parts[AVT_WISH_PARTS_MAX];
    int part_count;
};
struct avt_wishes {
    struct avt_wish of[AVT_SLOT_COUNT];
};

/** As avt_attributes_draw(), within what is wished. Either of `said` and `wishes` may be NULL. */
void avt_attributes_draw_wishes(struct avt_attributes *attributes, const struct avt_attributes_said *said,
                                const struct avt_wishes *wishes);

/** What a prompt wishes for: the first half of avt_prompt_parse(), whose codes it returns. */
AVT_CHECKED enum avt_code avt_prompt_wishes(const char *text, struct avt_wishes *ret_wishes,
                                            struct avt_prompt_words *ret_unknown, struct avt_buf *ret_notes,
                                            struct avt_error *reterr);

/** The number that belongs to one seed and one attribute, for its own stream. */
uint64_t avt_attribute_seed(uint64_t seed, const char *name);
/** Name of a slot: "hair", "age", "ancestry". */
const char *avt_slot_name(size_t slot);
/** Slot of that name, AVT_SLOT_COUNT if there is none. */
size_t avt_slot_find(const char *name, size_t size);

static inline int *avt_attribute_choice(struct avt_attributes *attributes, const struct avt_choice *choice)
{
    return (int *)(void *)((char *)attributes + choice->offset);
}
static inline float *avt_attribute_amount(struct avt_attributes *attributes, const struct avt_amount *amount)
{
    return (float *)(void *)((char *)attributes + amount->offset);
}
