/* SPDX-License-Identifier: Apache-2.0 */
/* Ages and skin tones by number: "45-year-old", "in her mid-thirties", "over 60", "Monk 7". */
#include "base/str.h"
#include "portrait/prompt_reader.h"

enum { AGE_TAKEN_MAX = 120, TEENS_LOW = 13, TEENS_HIGH = 17, ADULT = 18 };

static const char *word(const struct avt_reader *reader, size_t at)
{
    return at < reader->count ? reader->tokens[at].text : "";
}

/* Is `at` in the same breath as the word before it? */
static bool follows(const struct avt_reader *reader, size_t at)
{
    return at < reader->count && !reader->tokens[at].comma && !reader->tokens[at].stop;
}

static int index_of(const char *text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (avt_str_equal(text, names[i]))
            return i;
    return -1;
}
#define INDEX_OF(text, names) index_of((text), (names), (int)(sizeof(names) / sizeof((names)[0])))

/* A number in digits or words, with what sticks to its digits ("45yo" gives "yo"). @return words taken. */
static size_t number(const struct avt_reader *reader, size_t at, double *ret_value, const char **ret_rest)
{
    static const char *const small[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
                                        "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
                                        "seventeen", "eighteen", "nineteen"};
    static const char *const tens[] = {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
    const char *text = word(reader, at);
    size_t digits = strspn(text, "0123456789.");
    *ret_rest = text + digits;
    if (digits) {
        char copy[AVT_TOKEN_BYTES];
        memcpy(copy, text, digits);
        copy[digits] = '\0';
        return avt_parse_double(copy, 0, 1e6, ret_value) ? 1 : 0;
    }
    *ret_rest = "";
    int ten = INDEX_OF(text, tens), unit = INDEX_OF(text, small);
    if (ten >= 0) {
        int after = follows(reader, at + 1) ? INDEX_OF(word(reader, at + 1), small) : -1;
        bool joined = after >= 1 && after <= 9;
        *ret_value = 20 + 10 * ten + (joined ? after : 0);
        return joined ? 2 : 1;
    }
    *ret_value = unit;
    return unit >= 0 ? 1 : 0;
}

/* "60s", "sixties", "teens": the first and last year. @return words taken. */
static size_t decade(const struct avt_reader *reader, size_t at, int *ret_low, int *ret_high)
{
    static const char *const tens[] = {"twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties",
                                       "nineties"};
    const char *text = word(reader, at);
    int ten = INDEX_OF(text, tens);
    size_t taken = 1;
    if (ten < 0 && strlen(text) == 3 && text[0] >= '2' && text[0] <= '9' && text[1] == '0' && text[2] == 's')
        ten = text[0] - '2';
    double value;
    const char *rest;
    size_t words = number(reader, at, &value, &rest);
    if (ten < 0 && words && !*rest && value >= 20 && value <= 90 && (int)value % 10 == 0 &&
        follows(reader, at + words) && avt_word_is(word(reader, at + words), "something", 9)) {
        ten = (int)value / 10 - 2;
        taken = words + 1;
    }
    *ret_low = ten >= 0 ? 20 + 10 * ten : TEENS_LOW;
    *ret_high = ten >= 0 ? *ret_low + 9 : TEENS_HIGH;
    return ten >= 0 || avt_str_equal(text, "teens") ? taken : 0;
}

static void narrow(const char *part, int *low, int *high)
{
    bool teens = *low == TEENS_LOW;
    if (avt_str_equal(part, "early"))
        *high = teens ? 14 : *low + 3;
    else if (avt_str_equal(part, "late"))
        *low = teens ? 17 : *low + 7, *high += teens ? 2 : 0;
    else
        *low += teens ? 2 : 4, *high -= teens ? 1 : 3;
}

static bool is_part(const char *text)
{
    static const char *const parts[] = {"early", "mid", "middle", "late"};
    return AVT_STR_AMONG(text, parts);
}

static void say_age(struct avt_reader *reader, double low, double high, size_t from, size_t to)
{
    double bounds[2] = {low, high};
    for (int i = 0; i < 2; i++)
        bounds[i] = bounds[i] < AVT_AGE_MIN ? AVT_AGE_MIN : bounds[i] > AVT_AGE_MAX ? AVT_AGE_MAX : bounds[i];
    struct avt_saying saying = {.strength = AVT_STRENGTH_EXACT, .phrase = SIZE_MAX, .token = from,
                                .span = {reader->tokens[from].from, reader->tokens[to - 1].to}};
    if (high < AVT_AGE_MIN || low > AVT_AGE_MAX)
        avt_reader_note(reader, "\"%.*s\": %d years is what comes nearest", (int)(saying.span.to - saying.span.from),
                        reader->prompt + saying.span.from, (int)bounds[0]);
    avt_reader_amount(reader, AVT_SLOT_AGE, (float)bounds[0], (float)bounds[1], &saying);
}

/* "80s clothes" speaks of no age. */
static bool is_of_things(const struct avt_reader *reader, size_t at)
{
    static const char *const things[] = {"style", "styled", "fashion", "vibe", "inspired"};
    if (!follows(reader, at))
        return false;
    const struct avt_match *match = &reader->matches[at];
    for (size_t i = 0; i < match->count; i++)
        if (match->rows[i]->kind == AVT_WORD_NOUN && match->rows[i]->class != AVT_CLASS_PERSON)
            return true;
    return AVT_STR_AMONG(word(reader, at), things);
}

/* "early thirties", "mid to late 60s". */
static size_t read_decade(struct avt_reader *reader, size_t at)
{
    size_t next = at, words;
    const char *first = "", *last = "";
    if (is_part(word(reader, at))) {
        first = last = word(reader, at);
        next++;
        bool both = avt_str_equal(word(reader, next), "to") || avt_str_equal(word(reader, next), "or") ||
                    avt_str_equal(word(reader, next), "and");
        if (both && is_part(word(reader, next + 1))) {
            last = word(reader, next + 1);
            next += 2;
        } else if (is_part(word(reader, next))) {
            last = word(reader, next++);
        }
    }
    int low, high;
    words = decade(reader, next, &low, &high);
    bool of_a_century = !*first && at > 0 && avt_str_equal(word(reader, at - 1), "the");
    if (!words || of_a_century || (next > at && !follows(reader, next)) || is_of_things(reader, next + words))
        return 0;
    int low_last = low, high_last = high;
    if (*first) {
        narrow(first, &low, &high);
        narrow(last, &low_last, &high_last);
        high = high_last > high ? high_last : high;
    }
    next += words;
    static const char *const to[] = {"or", "to", "and"};
    size_t skip = AVT_STR_AMONG(word(reader, next), to) ? 1 : 0;
    bool joined = skip || (next < reader->count && reader->tokens[next].hyphen);
    words = joined ? decade(reader, next + skip, &low_last, &high_last) : 0;
    if (words && low_last > low) { /* "her 20s or 30s" */
        high = high_last;
        next += skip + words;
    }
    say_age(reader, low, high, at, next);
    return next - at;
}

/* Words after a number that make it an age; SIZE_MAX months. */
static size_t unit_words(const struct avt_reader *reader, size_t at, const char *rest, bool *ret_months)
{
    static const char *const years[] = {"year", "years", "yr", "yrs", "y"},
                      *const old[] = {"old", "o", "young", "olds"},
                      *const months[] = {"month", "months", "week", "weeks", "day", "days"};
    static const char *const stuck[] = {"yo", "yr", "yrs", "y", "ish", "yrold", "yearold"};
    size_t next = at;
    *ret_months = false;
    if (*rest && !AVT_STR_AMONG(rest, stuck))
        return 0;
    bool unit = *rest != '\0';
    if (!unit && follows(reader, next)) {
        const char *text = word(reader, next);
        *ret_months = AVT_STR_AMONG(text, months);
        unit = *ret_months || AVT_STR_AMONG(text, years) || avt_str_equal(text, "yo");
        next += unit;
    }
    if (unit && follows(reader, next) && AVT_STR_AMONG(word(reader, next), old))
        next++;
    else if (unit && follows(reader, next + 1) && avt_str_equal(word(reader, next), "of") &&
             avt_str_equal(word(reader, next + 1), "age"))
        next += 2;
    return unit ? next - at + 1 : 0;
}

enum compare { EXACTLY, ABOUT, OVER, UNDER, NEARLY };

static size_t comparison(const struct avt_reader *reader, size_t at, enum compare *ret_compare)
{
    static const struct {
        const char *first, *second;
        enum compare compare;
    } words[] = {
        {"over", NULL, OVER}, {"above", NULL, OVER}, {"older", "than", OVER}, {"more", "than", OVER},
        {"past", NULL, OVER},
        {"at", "least", OVER}, {"under", NULL, UNDER}, {"below", NULL, UNDER}, {"younger", "than", UNDER},
        {"less", "than", UNDER}, {"about", NULL, ABOUT}, {"around", NULL, ABOUT}, {"approximately", NULL, ABOUT},
        {"approx", NULL, ABOUT}, {"roughly", NULL, ABOUT}, {"circa", NULL, ABOUT}, {"some", NULL, ABOUT},
        {"nearly", NULL, NEARLY}, {"almost", NULL, NEARLY},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (avt_str_equal(word(reader, at), words[i].first) &&
            (!words[i].second || avt_str_equal(word(reader, at + 1), words[i].second))) {
            *ret_compare = words[i].compare;
            return words[i].second ? 2 : 1;
        }
    *ret_compare = EXACTLY;
    return 0;
}

/* Does a bare number stand where an age does: at the end, or before "with"? */
static bool stands_alone(const struct avt_reader *reader, size_t at)
{
    if (!follows(reader, at))
        return true;
    const struct avt_match *match = &reader->matches[at];
    for (size_t i = 0; i < match->count; i++) {
        enum avt_word_kind kind = match->rows[i]->kind;
        if (kind == AVT_WORD_LINK || kind == AVT_WORD_IN || kind == AVT_WORD_AND || kind == AVT_WORD_BUT ||
            kind == AVT_WORD_WITHOUT || kind == AVT_WORD_NOT)
            return true;
    }
    return false;
}

static size_t read_age(struct avt_reader *reader, size_t at)
{
    size_t next = at;
    bool asked = avt_str_equal(word(reader, at), "aged") || avt_str_equal(word(reader, at), "age") ||
                 avt_str_equal(word(reader, at), "ages");
    next += asked;
    bool between = avt_str_equal(word(reader, next), "between");
    enum compare compare = EXACTLY;
    next += between ? 1 : comparison(reader, next, &compare);
    double low, high;
    const char *rest;
    size_t words = number(reader, next, &low, &rest);
    if (!words || (next > at && reader->tokens[next].stop))
        return 0;
    next += words;
    high = low;
    static const char *const to[] = {"to", "or", "and"};
    bool joined = next < reader->count && reader->tokens[next].hyphen;
    size_t skip = AVT_STR_AMONG(word(reader, next), to) && (between || !avt_str_equal(word(reader, next), "and"));
    double second;
    const char *rest_second;
    size_t words_second = !*rest && (joined || skip) ? number(reader, next + skip, &second, &rest_second) : 0;
    if (words_second && second > low) {
        high = second;
        next += skip + words_second;
        rest = rest_second;
    }
    bool months, alone = compare != EXACTLY || stands_alone(reader, next);
    size_t unit = unit_words(reader, next, rest, &months);
    if (avt_str_equal(rest, "ish"))
        compare = ABOUT;
    if (!unit && (*rest || !alone || low < (asked ? 1 : AVT_AGE_MIN)))
        return 0;
    if (low > AGE_TAKEN_MAX || high > AGE_TAKEN_MAX || (!unit && !asked && low > AVT_AGE_MAX))
        return 0;
    next += unit ? unit - 1 : 0;
    if (months)
        low = high = 0;
    if (compare == OVER)
        low += 1, high += 15;
    else if (compare == UNDER)
        high -= 1, low -= low > ADULT + 15 ? 15 : low > ADULT ? low - ADULT : 4;
    else if (compare == ABOUT)
        low -= 2, high += 2;
    else if (compare == NEARLY)
        low -= 2, high -= 1;
    say_age(reader, low, high > low ? high : low, at, next);
    return next - at;
}

/* "Monk 7", "skin tone 4", "Fitzpatrick type III". */
static size_t read_tone(struct avt_reader *reader, size_t at)
{
    static const char *const filler[] = {"scale", "skin", "tone", "type", "level", "number",
                                         "no",    "of",   "monk", "the",  "on"};
    static const char *const roman[] = {"i", "ii", "iii", "iv", "v", "vi"};
    static const float fitzpatrick[][2] = {{1, 1.6f}, {1.8f, 3}, {3, 4.4f}, {4.5f, 6}, {6.2f, 8}, {8.2f, 10}};
    const char *text = word(reader, at);
    bool fitz = avt_str_equal(text, "fitzpatrick"), monk = avt_str_equal(text, "monk") || avt_str_equal(text, "mst");
    bool tone = avt_str_equal(text, "skin") && AVT_STR_AMONG(word(reader, at + 1), filler);
    if (!fitz && !monk && !tone)
        return 0;
    size_t next = at + 1;
    while (next < reader->count && !reader->tokens[next].stop && AVT_STR_AMONG(word(reader, next), filler))
        next++;
    double value;
    const char *rest;
    size_t words = number(reader, next, &value, &rest);
    if (!words && fitz) {
        value = INDEX_OF(word(reader, next), roman) + 1;
        words = value >= 1;
        rest = "";
    }
    if (!words || *rest || value < 1 || value > (fitz ? 6 : 10))
        return 0;
    struct avt_saying saying = {.strength = AVT_STRENGTH_EXACT, .phrase = SIZE_MAX, .token = at,
                                .span = {reader->tokens[at].from, reader->tokens[next + words - 1].to}};
    const float *type = fitzpatrick[fitz ? (int)value - 1 : 0];
    avt_reader_amount(reader, AVT_SLOT_SKIN_TONE, fitz ? type[0] : (float)value, fitz ? type[1] : (float)value,
                      &saying);
    return next + words - at;
}

size_t avt_reader_number(struct avt_reader *reader, size_t at)
{
    size_t words = read_decade(reader, at);
    words = words ? words : read_age(reader, at);
    words = words ? words : read_tone(reader, at);
    return words;
}
