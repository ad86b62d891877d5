/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/clip_chars.h"

#include "base/mem.h"
#include "base/str.h"
#include "portrait/clip_chars_table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One character decomposes into four at most. */
enum { DECOMPOSED_MAX = 4 };
/* Hangul syllables are composed by arithmetic (Unicode 3.12). */
enum { SYLLABLES = 0xac00, LEADS = 0x1100, VOWELS = 0x1161, TAILS = 0x11a7, LEAD_COUNT = 19, VOWEL_COUNT = 21,
       TAIL_COUNT = 28, SYLLABLE_COUNT = LEAD_COUNT * VOWEL_COUNT * TAIL_COUNT };

/* The last row of `table`, sorted by its first member, that begins at or before `key`; NULL if none does. */
static const void *find_row(const void *table, size_t count, size_t size, uint32_t key)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (*(const uint32_t *)((const char *)table + middle * size) <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? (const char *)table + (low - 1) * size : NULL;
}

#define FIND(table, key) find_row((table), COUNT(table), sizeof((table)[0]), (key))

static bool is_space(uint32_t c)
{
    return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

enum avt_clip_class avt_clip_class(uint32_t character)
{
    if (is_space(character))
        return AVT_CLIP_SPACE;
    const struct range *range = FIND(letters, character);
    if (range && character <= range->last)
        return AVT_CLIP_LETTER;
    range = FIND(numbers, character);
    return range && character <= range->last ? AVT_CLIP_NUMBER : AVT_CLIP_OTHER;
}

static bool append_lower(struct avt_buf *out, uint32_t c)
{
    if (c == 0x130) /* capital I with a dot above: the one whose lower case is two characters */
        return avt_buf_append_utf8(out, 'i') && avt_buf_append_utf8(out, 0x307);
    const struct lower *run = FIND(lowers, c);
    if (run && c <= run->last && (c - run->first) % run->step == 0)
        c = (uint32_t)((int32_t)c + run->offset);
    return avt_buf_append_utf8(out, c);
}

/* Characters carry their combining class in the top byte until they are composed: it is asked for often. */
enum { ORDER_SHIFT = 24 };
#define CHARACTER_MASK ((1u << ORDER_SHIFT) - 1)

static uint32_t with_order(uint32_t c)
{
    const struct combining *run = FIND(combinings, c);
    return run && c <= run->last ? c | (uint32_t)run->order << ORDER_SHIFT : c;
}

static uint8_t order_of(uint32_t c)
{
    return (uint8_t)(c >> ORDER_SHIFT);
}

static size_t decompose(uint32_t c, uint32_t out[DECOMPOSED_MAX])
{
    if (c >= SYLLABLES && c < SYLLABLES + SYLLABLE_COUNT) {
        uint32_t index = c - SYLLABLES, tail = index % TAIL_COUNT;
        out[0] = LEADS + index / (VOWEL_COUNT * TAIL_COUNT);
        out[1] = VOWELS + index / TAIL_COUNT % VOWEL_COUNT;
        out[2] = TAILS + tail;
        return tail ? 3 : 2;
    }
    const struct pair *row = FIND(decompositions, c);
    if (!row || row->a != c) {
        out[0] = c;
        return 1;
    }
    size_t count = decompose(row->b, out);
    if (row->c && count < DECOMPOSED_MAX)
        out[count++] = row->c;
    return count;
}

/* What a and b together are; 0 if they stay apart. */
static uint32_t compose(uint32_t a, uint32_t b)
{
    if (a - LEADS < LEAD_COUNT && b - VOWELS < VOWEL_COUNT)
        return SYLLABLES + ((a - LEADS) * VOWEL_COUNT + (b - VOWELS)) * TAIL_COUNT;
    if (a - SYLLABLES < SYLLABLE_COUNT && (a - SYLLABLES) % TAIL_COUNT == 0 && b > TAILS && b < TAILS + TAIL_COUNT)
        return a + (b - TAILS);
    size_t low = 0, high = COUNT(compositions);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct pair *row = &compositions[middle];
        if (row->a == a && row->b == b)
            return row->c;
        if (row->a < a || (row->a == a && row->b < b))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* Marks that follow a letter, by their class; equal ones keep their order. */
static void sort_marks(uint32_t *text, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t c = text[i];
        uint8_t order = order_of(c);
        size_t k = i;
        for (; order && k > 0 && order_of(text[k - 1]) > order; k--)
            text[k] = text[k - 1];
        text[k] = c;
    }
}

/* In place, classes taken off; returns the new count. */
static size_t compose_all(uint32_t *text, size_t count)
{
    size_t kept = 0, starter = SIZE_MAX;
    uint8_t last = 0; /* class of what was kept last behind the starter */
    for (size_t i = 0; i < count; i++) {
        uint32_t c = text[i] & CHARACTER_MASK;
        uint8_t order = order_of(text[i]);
        bool is_free = starter != SIZE_MAX && (starter + 1 == kept || (last != 0 && last < order));
        uint32_t whole = is_free ? compose(text[starter], c) : 0;
        if (whole) {
            text[starter] = whole;
            continue;
        }
        if (order == 0)
            starter = kept;
        last = order;
        text[kept++] = c;
    }
    return kept;
}

bool avt_clip_normalize(const char *text, size_t size, struct avt_buf *out)
{
    AVT_CLEANUP(avt_freep) uint32_t *characters = avt_try_new0(uint32_t, (size + 1) * DECOMPOSED_MAX);
    if (!characters)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < size;) {
        uint32_t c = 0;
        size_t length = avt_utf8_decode(text + i, size - i, &c);
        count += decompose(length ? c : 0xfffd, characters + count);
        i += length ? length : 1;
    }
    for (size_t i = 0; i < count; i++)
        characters[i] = with_order(characters[i]);
    sort_marks(characters, count);
    count = compose_all(characters, count);
    bool fits = true;
    for (size_t i = 0; fits && i < count; i++) {
        if (!is_space(characters[i]))
            fits = append_lower(out, characters[i]);
        else if (i == 0 || !is_space(characters[i - 1]))
            fits = avt_buf_append_char(out, ' ');
    }
    return fits;
}
