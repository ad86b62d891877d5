/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of phrases into wishes, and what happens where two of them disagree. */
#include <stdio.h>

#include "base/assert.h"
#include "base/str.h"
#include "portrait/prompt_reader.h"

enum { NUMBER_MAX = 16, ASSIGNMENTS_MAX = 32 };

struct assignment {
    size_t slot;
    bool weak;    /* "~" */
    bool nearest; /* "@" */
    struct avt_wish wish;
};

static bool parse_number(const char *text, size_t size, float *ret_value)
{
    char copy[NUMBER_MAX];
    double value;
    if (size == 0 || size >= sizeof(copy))
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (!avt_parse_double(copy, -1000, 1000, &value))
        return false;
    *ret_value = (float)value;
    return true;
}

static bool parse_range(const char *text, size_t size, size_t slot, struct avt_wish *wish)
{
    const char *dots = memmem(text, size, "..", 2);
    size_t count;
    const struct avt_amount *amount = &avt_attribute_amounts(&count)[slot - AVT_SLOT_CHOICES];
    return dots && parse_number(text, (size_t)(dots - text), &wish->low) &&
           parse_number(dots + 2, size - (size_t)(dots + 2 - text), &wish->high) && wish->low <= wish->high &&
           wish->low >= amount->low && wish->high <= amount->high;
}

static bool parse_values(const char *text, size_t size, size_t slot, struct avt_wish *wish)
{
    size_t count;
    const struct avt_choice *choices = avt_attribute_choices(&count);
    const struct avt_people *peoples = avt_peoples(&count);
    for (size_t at = 0; at <= size;) {
        const char *bar = memchr(text + at, '|', size - at);
        size_t length = bar ? (size_t)(bar - text) - at : size - at;
        int found = -1, values = slot < AVT_SLOT_CHOICES ? choices[slot].count : (int)count;
        for (int v = 0; v < values; v++) {
            const char *name = slot < AVT_SLOT_CHOICES ? choices[slot].values[v] : peoples[v].name;
            if (strlen(name) == length && memcmp(name, text + at, length) == 0)
                found = v;
        }
        if (found < 0)
            return false;
        wish->mask |= UINT64_C(1) << found;
        at += length + 1;
    }
    return true;
}

/* One of "slot=..." at text[0..size). */
static bool parse_one(const char *text, size_t size, struct assignment *out)
{
    while (size && *text == ' ')
        text++, size--;
    while (size && text[size - 1] == ' ')
        size--;
    out->weak = size && *text == '~';
    out->nearest = size && *text == '@';
    text += out->weak || out->nearest;
    size -= out->weak || out->nearest;
    const char *equals = memchr(text, '=', size);
    if (!equals)
        return false;
    out->wish = (struct avt_wish){0};
    out->slot = avt_slot_find(text, (size_t)(equals - text));
    size_t left = size - (size_t)(equals + 1 - text);
    if (out->slot == AVT_SLOT_COUNT)
        return false;
    return out->slot < AVT_SLOT_CHOICES || out->slot == AVT_SLOT_ANCESTRY
               ? parse_values(equals + 1, left, out->slot, &out->wish)
               : parse_range(equals + 1, left, out->slot, &out->wish);
}

/* Those of the part before or after "!". False if one of them is wrong. */
static bool parse(const char *effects, bool negative, struct assignment *out, size_t *ret_count)
{
    const char *mark = strchr(effects, '!');
    const char *text = negative && mark ? mark + 1 : effects;
    const char *end = negative || !mark ? text + strlen(text) : mark;
    *ret_count = 0;
    while (text < end) {
        const char *semicolon = memchr(text, ';', (size_t)(end - text));
        const char *stop = semicolon ? semicolon : end;
        if (*ret_count == ASSIGNMENTS_MAX || !parse_one(text, (size_t)(stop - text), &out[*ret_count]))
            return false;
        (*ret_count)++;
        text = stop + 1;
    }
    return true;
}

bool avt_effects_valid(const char *effects)
{
    struct assignment assignments[ASSIGNMENTS_MAX];
    size_t count;
    const char *mark = strchr(effects, '!');
    return parse(effects, false, assignments, &count) &&
           (!mark || (parse(effects, true, assignments, &count) && count > 0));
}

/* All other values. False where what is left is not one range. */
static bool complement(struct assignment *assignment)
{
    struct avt_wish *wish = &assignment->wish;
    size_t slot = assignment->slot, count;
    if (slot < AVT_SLOT_CHOICES || slot == AVT_SLOT_ANCESTRY) {
        size_t values = slot < AVT_SLOT_CHOICES ? (size_t)avt_attribute_choices(&count)[slot].count
                                                : (avt_peoples(&count), count);
        wish->mask = ~wish->mask & (UINT64_MAX >> (64 - values));
        return wish->mask != 0;
    }
    const struct avt_amount *amount = &avt_attribute_amounts(&count)[slot - AVT_SLOT_CHOICES];
    if (wish->low <= amount->low && wish->high < amount->high) {
        wish->low = wish->high;
        wish->high = amount->high;
        return true;
    }
    if (wish->high < amount->high || wish->low <= amount->low)
        return false;
    wish->high = wish->low;
    wish->low = amount->low;
    return true;
}

static bool is_amount(size_t slot)
{
    return slot >= AVT_SLOT_AGE && slot < AVT_SLOT_ANCESTRY;
}

static bool is_joining(const char *word)
{
    static const char *const words[] = {"and", "half", "part", "quarter", "a", "n", "also", "an"};
    return AVT_STR_AMONG(word, words);
}

/* Do both speak of one mix: "half Japanese, half Nigerian", "Irish-Jamaican"? */
static bool is_blend(const struct avt_reader *reader, const struct avt_saying *saying)
{
    if (reader->is_mixed || (saying->phrase != SIZE_MAX && saying->phrase == reader->phrase[AVT_SLOT_ANCESTRY]))
        return true;
    bool parts = false;
    for (size_t i = reader->ancestry_end; i < saying->token && i < reader->count; i++) {
        if (!is_joining(reader->tokens[i].text) || reader->tokens[i].stop)
            return false;
        static const char *const shares[] = {"half", "part", "quarter"};
        parts = parts || AVT_STR_AMONG(reader->tokens[i].text, shares);
    }
    return reader->ancestry_end <= saying->token && (parts || !reader->tokens[saying->token].comma);
}

static struct avt_span own_span(const struct avt_saying *saying)
{
    return (struct avt_span){saying->span.from, saying->own_to ? saying->own_to : saying->span.to};
}

static void tell(struct avt_reader *reader, const struct avt_span *before, const struct avt_span *now,
                 const char *which)
{
    int size = (int)(before->to - before->from), size_now = (int)(now->to - now->from);
    size = size > 100 ? 100 : size;
    size_now = size_now > 100 ? 100 : size_now;
    avt_reader_note(reader, "\"%.*s\" and \"%.*s\": %s", size, reader->prompt + before->from, size_now,
                    reader->prompt + now->from, which);
}

/* What both wish for, into `wish`. False if there is nothing. */
static bool narrow(const struct avt_wish *old, struct avt_wish *wish, bool amount)
{
    if (amount) {
        bool agrees = wish->low <= old->high && old->low <= wish->high;
        wish->low = agrees && old->low > wish->low ? old->low : wish->low;
        wish->high = agrees && old->high < wish->high ? old->high : wish->high;
        return agrees;
    }
    bool agrees = (wish->mask & old->mask) != 0;
    if (agrees && old->part_count)
        *wish = *old;
    else if (agrees)
        wish->mask &= old->mask;
    return agrees;
}

/* "blue or green eyes": any of both. */
static void widen(const struct avt_wish *old, struct avt_wish *wish, bool amount)
{
    wish->mask |= old->mask;
    wish->low = amount && old->low < wish->low ? old->low : wish->low;
    wish->high = amount && old->high > wish->high ? old->high : wish->high;
}

static void blend(struct avt_reader *reader, const struct avt_wish *old, struct avt_wish *wish)
{
    if (reader->is_mixed) { /* "mixed Black and white": these are the parts */
        reader->is_mixed = false;
        return;
    }
    uint64_t added = wish->mask;
    *wish = *old;
    wish->mask |= added;
    if (!wish->part_count)
        wish->parts[wish->part_count++] = old->mask;
    if (wish->part_count < AVT_WISH_PARTS_MAX)
        wish->parts[wish->part_count++] = added;
}

/* Same words said twice do not contradict. */
static void combine(struct avt_reader *reader, const struct assignment *new, const struct avt_saying *saying,
                    enum avt_strength strength)
{
    size_t slot = new->slot;
    struct avt_wish *old = &reader->wishes.of[slot];
    struct avt_wish wish = new->wish;
    wish.strength = strength;
    if (strength < old->strength)
        return;
    bool same = strength == old->strength;
    bool agrees = same && !saying->alternative && narrow(old, &wish, is_amount(slot));
    if (same && saying->alternative) {
        widen(old, &wish, is_amount(slot));
    } else if (slot == AVT_SLOT_ANCESTRY && same && (!agrees || reader->is_mixed) && is_blend(reader, saying)) {
        wish = new->wish;
        wish.strength = strength;
        blend(reader, old, &wish);
    } else if (same && !agrees && strength >= AVT_STRENGTH_SAID) {
        bool one_noun = saying->phrase != SIZE_MAX && saying->phrase == reader->phrase[slot];
        struct avt_span own = own_span(saying);
        if (one_noun && saying->token == saying->phrase) {
            /* "thick moustache": what it is counts more than how. */
        } else if (one_noun) {
            tell(reader, &reader->by_own[slot], &own, "the first counts");
            return;
        } else {
            tell(reader, &reader->by[slot], &saying->span, "the later counts");
        }
    }
    *old = wish;
    reader->by[slot] = saying->span;
    reader->by_own[slot] = own_span(saying);
    reader->phrase[slot] = saying->phrase;
}

/* "black and grey hair": greying, rather than one or the other. */
static bool is_greying(struct avt_reader *reader, const struct assignment *new, const struct avt_saying *saying)
{
    const uint64_t grey = UINT64_C(1) << AVT_HAIR_GREY | UINT64_C(1) << AVT_HAIR_WHITE;
    struct avt_wish *old = &reader->wishes.of[AVT_SLOT_HAIR_COLOUR];
    if (saying->alternative || new->slot != AVT_SLOT_HAIR_COLOUR || old->strength != AVT_STRENGTH_SAID ||
        saying->phrase == SIZE_MAX || saying->phrase != reader->phrase[AVT_SLOT_HAIR_COLOUR])
        return false;
    bool was_grey = !(old->mask & ~grey), is_grey = !(new->wish.mask & ~grey);
    if (was_grey == is_grey)
        return false;
    if (was_grey)
        old->mask = new->wish.mask;
    avt_reader_amount(reader, AVT_SLOT_GREY, 0.4f, 0.6f, saying);
    return true;
}

void avt_reader_amount(struct avt_reader *reader, size_t slot, float low, float high, const struct avt_saying *saying)
{
    struct assignment assignment = {.slot = slot, .wish = {.low = low, .high = high}};
    combine(reader, &assignment, saying, saying->strength);
}

/* What was taken where there is no such thing: "home" of a kitchen. */
static void tell_nearest(struct avt_reader *reader, const struct assignment *assignment,
                         const struct avt_saying *saying)
{
    const struct avt_span *by = &reader->by[assignment->slot], own = own_span(saying);
    size_t count, size = own.to - own.from;
    if (!assignment->nearest || saying->negated || by->from != saying->span.from || by->to != saying->span.to)
        return;
    const struct avt_choice *choice = &avt_attribute_choices(&count)[assignment->slot];
    for (int v = 0; v < choice->count; v++)
        if (assignment->wish.mask >> v & 1)
            avt_reader_note(reader, "\"%.*s\": \"%s\" is what comes nearest", (int)(size > 100 ? 100 : size),
                            reader->prompt + own.from, choice->values[v]);
}

bool avt_reader_apply(struct avt_reader *reader, const char *effects, const struct avt_saying *saying)
{
    struct assignment assignments[ASSIGNMENTS_MAX];
    size_t count;
    bool explicit_negative = saying->negated && strchr(effects, '!');
    avt_assert(parse(effects, saying->negated, assignments, &count)); /* a test reads all tables */
    bool said = false;
    for (size_t i = 0; i < count; i++) {
        struct assignment *assignment = &assignments[i];
        enum avt_strength strength = saying->strength;
        if (assignment->weak && strength == AVT_STRENGTH_SAID)
            strength = AVT_STRENGTH_HINT;
        /* "businesswoman" says who, and leans to what she wears. */
        if (assignment->slot == AVT_SLOT_MASCULINE && strength == AVT_STRENGTH_LEANING)
            strength = AVT_STRENGTH_SAID;
        if (saying->negated && !explicit_negative && (assignment->weak || !complement(assignment)))
            continue;
        said = true;
        if (!saying->negated && is_greying(reader, assignment, saying))
            continue;
        combine(reader, assignment, saying, strength);
        tell_nearest(reader, assignment, saying);
    }
    return said || !count;
}
