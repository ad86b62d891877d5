/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that hold digits. A token is cut into fields (runs of digits, runs of letters, single
 * signs), whose kinds in a row are its shape: "$4.2M" is "cd.da". The shape says how to read it.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/normalize_parts.h"

static void add_field(struct norm_shape *shape, char kind, const char *text, size_t size)
{
    shape->pattern[shape->count] = kind;
    shape->fields[shape->count++] = (struct norm_field){.text = text, .size = size};
}

/* The text of a token in its plainest form: no thousands commas, ASCII signs, letters as they are.
 * Returns its size. */
static size_t plain_text(const char *text, size_t size, struct norm_shape *shape)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(sizeof shape->text - 1);
    bool letters = false;
    for (size_t at = 0; at < size;) {
        struct norm_codepoint c = norm_char_at(text + at, size - at);
        bool squared = letters && (c.value == 0xb2 || c.value == 0xb3);
        if (c.ascii == ',') {
            shape->grouped = true;
        } else if (c.ascii == '.' && letters) {
            /* the dots of "a.m." */
        } else if (c.kind == NORM_LETTER || squared) {
            avt_buf_append(&out, text + at, c.size);
        } else if (c.ascii == 'o') {
            avt_buf_append_str(&out, "°");
        } else if (c.ascii == 'f' || c.ascii == 'c' || c.kind == NORM_CURRENCY) {
            /* A sign in front of its letter keeps it apart from plain letters. */
            avt_buf_append_char(&out, c.ascii == 'f' ? '\x02' : '\x01');
            avt_buf_append(&out, c.ascii == 'f' ? text + at : &c.ascii,
                           c.ascii == 'f' ? c.size : 1);
        } else if (c.value == 0xd7) {
            avt_buf_append_char(&out, '\x03');
        } else if (c.ascii) {
            avt_buf_append_char(&out, c.ascii);
        }
        letters = c.kind == NORM_LETTER || (letters && c.ascii == '.');
        at += c.size;
    }
    memcpy(shape->text, avt_buf_str(&out), out.size + 1);
    return out.size;
}

static bool letter_byte(char c)
{
    return norm_is_alpha(c) || (unsigned char)c >= 0x80;
}

static bool parse_shape(const char *text, size_t size, struct norm_shape *shape)
{
    *shape = (struct norm_shape){0};
    size_t length = plain_text(text, size, shape);
    const char *at = shape->text, *end = shape->text + length;
    while (at < end) {
        if (shape->count == NORM_FIELDS_MAX)
            return false;
        const char *start = at;
        if (norm_is_digit(*at)) {
            while (at < end && norm_is_digit(*at))
                at++;
            add_field(shape, 'd', start, (size_t)(at - start));
        } else if (*at == '\x01') {
            add_field(shape, 'c', at + 1, 1);
            at += 2;
        } else if (*at == '\x02') {
            at += 1 + norm_char_at(at + 1, (size_t)(end - at - 1)).size;
            add_field(shape, 'f', start + 1, (size_t)(at - start - 1));
        } else if (*at == '\x03') {
            add_field(shape, 'x', at++, 1);
        } else if (letter_byte(*at)) {
            while (at < end && letter_byte(*at))
                at++;
            add_field(shape, 'a', start, (size_t)(at - start));
        } else {
            add_field(shape, *at, at, 1);
            at++;
        }
    }
    return true;
}

/* "km/h" after a number: one field. */
static void join_compound_unit(struct norm_shape *shape)
{
    size_t n = shape->count;
    if (n < 4 || strcmp(shape->pattern + n - 3, "a/a") != 0)
        return;
    char written[16];
    size_t size =
        (size_t)(shape->fields[n - 1].text + shape->fields[n - 1].size - shape->fields[n - 3].text);
    if (size >= sizeof written)
        return;
    memcpy(written, shape->fields[n - 3].text, size);
    written[size] = '\0';
    if (!norm_unit(written))
        return;
    shape->fields[n - 3].size = size;
    shape->count = n - 2;
    shape->pattern[shape->count] = '\0';
}

static struct norm_shape slice(const struct norm_shape *shape, size_t first, size_t count)
{
    struct norm_shape part = {.count = count, .grouped = shape->grouped};
    memcpy(part.fields, shape->fields + first, count * sizeof part.fields[0]);
    memcpy(part.pattern, shape->pattern + first, count);
    return part;
}

void norm_say_number(struct reader *reader, struct avt_buf *words)
{
    norm_say_flags(reader, avt_buf_str(words), AVT_WORD_NUMBER);
    avt_buf_clear(words);
}

void norm_decimal(struct avt_buf *out, const struct norm_field *whole,
                  const struct norm_field *fraction, bool british)
{
    if (whole && whole->size > 0)
        norm_cardinal(out, whole->text, whole->size, british);
    if (!fraction || fraction->size == 0)
        return;
    avt_buf_append_str(out, out->size > 0 ? " point" : "point");
    norm_digits(out, fraction->text, fraction->size, british ? "nought" : "zero");
}

static void say_cardinal(struct reader *reader, const struct norm_field *field)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(4096);
    norm_cardinal(&words, field->text, field->size, reader->british);
    norm_say_number(reader, &words);
}

static void say_digits(struct reader *reader, const struct norm_field *field)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(4096);
    norm_digits(&words, field->text, field->size, "oh");
    norm_say_number(reader, &words);
}

/* Rooms, flights and the like are read in pairs. */
static bool is_label_context(const struct reader *reader)
{
    static const char *const BEFORE[] = {"room", "flight",  "suite", "apartment",
                                         "apt",  "highway", "route", "interstate",
                                         "bus",  "gate",    "area",  "boeing"};
    char before[32];
    norm_neighbour_word(reader, -1, before);
    for (size_t i = 0; i < sizeof BEFORE / sizeof BEFORE[0]; i++)
        if (avt_str_equal(before, BEFORE[i]))
            return true;
    return false;
}

static void read_plain(struct reader *reader, const struct norm_shape *shape)
{
    const struct norm_field *number = &shape->fields[0];
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(4096);
    if (norm_read_day(reader, number))
        return;
    if (number->size == 3 && memcmp(number->text, "007", 3) == 0)
        avt_buf_append_str(&words, "double oh seven");
    else if (number->size == 3 && memcmp(number->text, "911", 3) == 0)
        norm_digits(&words, number->text, number->size, "oh");
    else if (!shape->grouped && is_label_context(reader))
        norm_label(&words, number->text, number->size, reader->british);
    else if (!shape->grouped && norm_is_year_context(reader, number))
        norm_year(&words, number->text, number->size, reader->british);
    else
        norm_cardinal(&words, number->text, number->size, reader->british);
    norm_say_number(reader, &words);
}

static void read_fraction(struct reader *reader, const struct norm_field *above,
                          const struct norm_field *below)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(1024);
    long top = norm_value(above->text, above->size), bottom = norm_value(below->text, below->size);
    const struct raw *before = norm_neighbour(reader, -1);
    /* "1 1/2": one and a half. */
    bool mixed = before && before->kind == RAW_NUMBER && top > 0 && top < bottom;
    if (mixed)
        norm_say(reader, "and");
    if (mixed && top == 1 && (bottom == 2 || bottom == 4))
        norm_say(reader, "a");
    else
        say_cardinal(reader, above);
    if (bottom == 10 || bottom == 100 || top >= bottom || top < 0 || bottom < 2 || bottom > 100) {
        norm_say(reader, bottom == 10 || bottom == 100 ? "out of" : "over");
        say_cardinal(reader, below);
        return;
    }
    if (bottom == 2)
        avt_buf_append_str(&words, "half");
    else if (bottom == 4)
        avt_buf_append_str(&words, "quarter");
    else
        norm_ordinal(&words, below->text, below->size, reader->british);
    if (top != 1)
        norm_make_plural(&words);
    norm_say_number(reader, &words);
}

/* "221B Baker Street" is no billion. */
static bool name_follows(const struct reader *reader)
{
    const struct raw *next = norm_neighbour(reader, 1);
    return next && next->kind == RAW_WORD && norm_is_upper(reader->text[next->start]);
}

static void read_slash(struct reader *reader, const struct norm_shape *shape)
{
    static const char *const BEFORE_DATE[] = {"on",     "by",    "until", "since",
                                              "before", "after", "due"};
    const struct norm_field *a = &shape->fields[0], *b = &shape->fields[2];
    long first = norm_value(a->text, a->size), second = norm_value(b->text, b->size);
    /* "24/7", and "80/20" by its sum. */
    if ((first == 24 && second == 7) || (first == 9 && second == 11) ||
        (first + second == 100 && second >= 10)) {
        say_cardinal(reader, a);
        say_cardinal(reader, b);
        return;
    }
    char before[32];
    norm_neighbour_word(reader, -1, before);
    bool date = first > 12 ? first <= 31 && second >= 1 && second <= 12
                           : first >= 1 && second > 16 && second <= 31 && second != 20;
    for (size_t i = 0; i < sizeof BEFORE_DATE / sizeof BEFORE_DATE[0]; i++)
        date |= avt_str_equal(before, BEFORE_DATE[i]) && first >= 1 && second >= 1 && first <= 31 &&
                second <= 31 && (first <= 12 || second <= 12);
    if (!date || !norm_read_day_month(reader, a, b))
        read_fraction(reader, a, b);
}

/* "1990s", "80s", "'90s". */
static void read_plural(struct reader *reader, const struct norm_field *number)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(1024);
    norm_year(&words, number->text, number->size, reader->british);
    norm_make_plural(&words);
    norm_say_number(reader, &words);
}

static bool is_text(const struct norm_field *field, const char *text)
{
    return field->size == strlen(text) && memcmp(field->text, text, field->size) == 0;
}

static bool is_ordinal_ending(const struct norm_field *letters)
{
    char lower[4];
    if (letters->size != 2)
        return false;
    norm_fold_lower(letters->text, letters->size, lower, sizeof lower);
    return avt_str_equal(lower, "st") || avt_str_equal(lower, "nd") || avt_str_equal(lower, "rd") ||
           avt_str_equal(lower, "th");
}

static void say_unit(struct reader *reader, const struct norm_unit *unit, bool one)
{
    norm_say(reader, one ? unit->one : unit->many);
}

/* "4K video", "10K run": things that go by such a name, not thousands. */
static bool is_named_by_k(const struct norm_field *whole, const struct norm_field *fraction,
                          const char *letters)
{
    static const long NAMES[] = {1, 2, 4, 5, 6, 8, 10, 12, 16};
    if (fraction || !avt_str_equal(letters, "K"))
        return false;
    long value = norm_value(whole->text, whole->size);
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (value == NAMES[i])
            return true;
    return false;
}

/* Letters right after a number. */
static void read_suffix(struct reader *reader, const struct norm_field *whole,
                        const struct norm_field *fraction, const struct norm_field *letters)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(4096);
    char written[16] = "", lower[16];
    if (letters->size < sizeof written)
        memcpy(written, letters->text, letters->size);
    norm_fold_lower(letters->text, letters->size, lower, sizeof lower);
    if (!fraction && is_ordinal_ending(letters)) {
        norm_ordinal(&words, whole->text, whole->size, reader->british);
        norm_say_number(reader, &words);
        return;
    }
    if (!fraction && avt_str_equal(written, "s") && whole->size != 1) {
        read_plural(reader, whole);
        return;
    }
    norm_decimal(&words, whole, fraction, reader->british);
    norm_say_number(reader, &words);
    bool house = avt_str_equal(written, "B") && name_follows(reader);
    const struct norm_unit *unit = written[0] && !house ? norm_unit(written) : NULL;
    const char *multiplier =
        house || is_named_by_k(whole, fraction, written) ? NULL : norm_multiplier(written);
    if (avt_str_equal(lower, "am") || avt_str_equal(lower, "pm"))
        norm_say_spelled(reader, lower[0] == 'a' ? "AM" : "PM");
    else if (avt_str_equal(lower, "x"))
        norm_say(reader, "times");
    else if (multiplier && !avt_str_equal(written, "m") && !avt_str_equal(written, "mm") &&
             !avt_str_equal(written, "T"))
        norm_say_flags(reader, multiplier, AVT_WORD_NUMBER);
    else if (unit)
        say_unit(reader, unit, (!fraction && is_text(whole, "1")) || norm_is_qualifier(reader, -1));
    else
        norm_say_mixed(reader, letters->text, letters->size);
}

void norm_say_letters(struct reader *reader, const struct norm_field *letters, bool word)
{
    /* "a" between hyphens is the article, not a letter's name. */
    if (word && is_text(letters, "a"))
        norm_say(reader, "a");
    else
        norm_say_mixed(reader, letters->text, letters->size);
}

static void say_fraction_sign(struct reader *reader, const struct norm_field *sign, bool after)
{
    struct norm_codepoint c = norm_char_at(sign->text, sign->size);
    if (after && c.value == 0xbd)
        norm_say(reader, "and a half");
    else if (after && c.value == 0xbc)
        norm_say(reader, "and a quarter");
    else {
        if (after)
            norm_say(reader, "and");
        if (c.name)
            norm_say(reader, c.name);
    }
}

/* Whatever no rule knows: each field in its own way, from left to right. */
static void read_fields(struct reader *reader, const struct norm_shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct norm_field *field = &shape->fields[i];
        char kind = shape->pattern[i], next = i + 1 < shape->count ? shape->pattern[i + 1] : 0;
        bool between = i > 0 && shape->pattern[i - 1] == 'd' && next == 'd';
        if (kind == 'd' && next == 'a' && is_ordinal_ending(&shape->fields[i + 1])) {
            read_suffix(reader, field, NULL, field + 1);
            i++;
        } else if (kind == 'd' && i >= 2 && shape->pattern[i - 1] == '.' &&
                   (field->size > 2 || field->text[0] == '0')) {
            say_digits(reader, field);
        } else if (kind == 'd') {
            say_cardinal(reader, field);
        } else if (kind == 'a' && i > 1 && shape->pattern[i - 1] == '\'' && is_text(field, "s")) {
            norm_say_flags(reader, "'s", AVT_WORD_JOIN);
        } else if (kind == 'a') {
            norm_say_letters(reader, field, i > 0 && shape->pattern[i - 1] == '-');
        } else if (kind == 'f') {
            say_fraction_sign(reader, field, i > 0 && shape->pattern[i - 1] == 'd');
        } else if (kind == '.' && between) {
            norm_say(reader, "point");
        } else if (kind == '/' && between) {
            norm_say(reader, "slash");
        } else if (kind == 'x' && between) {
            norm_say(reader, "by");
        } else if (kind == '%') {
            norm_say(reader, "percent");
        } else if (kind == '+' || kind == '&') {
            norm_say(reader, kind == '+' ? "plus" : "and");
        }
    }
}

static bool is_telephone(const struct norm_shape *shape)
{
    const struct norm_field *field = shape->fields;
    const char *pattern = shape->pattern;
    if (shape->grouped)
        return false;
    if (avt_str_equal(pattern, "d-d"))
        return field[0].size == 3 && field[2].size == 4 && field[0].text[2] != '0';
    if (avt_str_equal(pattern, "d-d-d") || avt_str_equal(pattern, "d.d.d"))
        return field[0].size == 3 && field[2].size >= 2 && field[2].size <= 3 && field[4].size == 4;
    return avt_str_equal(pattern, "d-d-d-d") && field[2].size == 3 && field[6].size == 4;
}

static void say_all_digits(struct reader *reader, const struct norm_shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        bool hundred = shape->pattern[i] == 'd' && shape->fields[i].size == 3 &&
                       memcmp(shape->fields[i].text + 1, "00", 2) == 0;
        if (shape->pattern[i] == '+')
            norm_say(reader, "plus");
        else if (hundred) /* "1-800" is eight hundred */
            say_cardinal(reader, &shape->fields[i]);
        else if (shape->pattern[i] == 'd')
            say_digits(reader, &shape->fields[i]);
    }
}

/* "+44 ..." or "020 ...": how a telephone number starts. */
static bool starts_telephone(const struct reader *reader, const struct raw *group)
{
    const char *text = reader->text + group->start;
    return text[0] == '+' ||
           (text[0] == '0' && group->end - group->start >= 3 && group->end - group->start <= 5 &&
            norm_is_digit(text[1]) && norm_is_digit(text[2]));
}

/* "+44 20 7946 0958": a first group like that, or one that only such groups stand before. */
static bool in_telephone(const struct reader *reader, const struct raw *raw)
{
    enum { GROUPS_MAX = 6 };
    const struct raw *end = reader->raws + reader->count, *group = raw;
    for (int i = 0; i < GROUPS_MAX && group > reader->raws; i++) {
        const struct raw *before = group - 1;
        if (before->kind != RAW_NUMBER || group->start - before->end != 1)
            break;
        group = before;
    }
    bool groups =
        group < raw || (raw + 1 < end && raw[1].kind == RAW_NUMBER && raw[1].start - raw->end == 1);
    return groups && starts_telephone(reader, group);
}

/* Shapes with one reading whatever stands around them; false if it is none of them. */
static bool read_fixed(struct reader *reader, const struct norm_shape *shape)
{
    const struct norm_field *field = shape->fields;
    const char *pattern = shape->pattern;
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(4096);
    if (avt_str_equal(pattern, "d.d") || avt_str_equal(pattern, ".d")) {
        bool bare = pattern[0] == '.';
        norm_decimal(&words, bare ? NULL : &field[0], bare ? &field[1] : &field[2],
                     reader->british);
        norm_say_number(reader, &words);
    } else if (avt_str_equal(pattern, "d.d%")) {
        norm_decimal(&words, &field[0], &field[2], reader->british);
        norm_say_number(reader, &words);
        norm_say(reader, "percent");
    } else if (avt_str_equal(pattern, "d%")) {
        say_cardinal(reader, &field[0]);
        norm_say(reader, "percent");
    } else if (avt_str_equal(pattern, "da")) {
        read_suffix(reader, &field[0], NULL, &field[1]);
    } else if (avt_str_equal(pattern, "d.da")) {
        read_suffix(reader, &field[0], &field[2], &field[3]);
    } else if (avt_str_equal(pattern, "d/d")) {
        read_slash(reader, shape);
    } else if (avt_str_equal(pattern, "'d") || avt_str_equal(pattern, "'da")) {
        if (pattern[2])
            read_plural(reader, &field[1]);
        else
            say_cardinal(reader, &field[1]);
    } else if (avt_str_equal(pattern, "d'a") && is_text(&field[2], "s")) {
        read_plural(reader, &field[0]);
    } else if (avt_str_equal(pattern, "d'd") || avt_str_equal(pattern, "d'd\"")) {
        say_cardinal(reader, &field[0]);
        norm_say(reader, "foot");
        say_cardinal(reader, &field[2]);
    } else if (avt_str_equal(pattern, "dad") && is_text(&field[1], "x")) {
        norm_label(&words, field[0].text, field[0].size, reader->british);
        norm_say_number(reader, &words);
        norm_say(reader, "by");
        norm_label(&words, field[2].text, field[2].size, reader->british);
        norm_say_number(reader, &words);
    } else {
        return false;
    }
    return true;
}

static void read_shape(struct reader *reader, const struct norm_shape *shape);

/* "3-5", "9:30-10:15am", "10-20kg": what stands on both sides, with "to". */
static bool read_range(struct reader *reader, const struct norm_shape *shape)
{
    const char *dash = strchr(shape->pattern, '-');
    size_t at = dash ? (size_t)(dash - shape->pattern) : 0;
    if (!dash || at == 0 || shape->pattern[0] != 'd' || dash[1] != 'd' || strchr(dash + 1, '-'))
        return false;
    struct norm_shape left = slice(shape, 0, at);
    struct norm_shape right = slice(shape, at + 1, shape->count - at - 1);
    bool pair = left.count == 1 && right.count == 1 &&
                left.fields[0].size == right.fields[0].size &&
                memcmp(left.fields[0].text, right.fields[0].text, left.fields[0].size) == 0;
    read_shape(reader, &left);
    if (!pair) /* "fifty-fifty" */
        norm_say(reader, "to");
    read_shape(reader, &right);
    return true;
}

static void read_shape(struct reader *reader, const struct norm_shape *shape)
{
    static const struct {
        char sign;
        const char *word;
    } PREFIXES[] = {{'-', "minus"}, {'+', "plus"}, {'#', "number"}, {'~', "about"}};
    if (shape->pattern[0] != '\0' && norm_read_money(reader, shape))
        return;
    for (size_t i = 0; i < sizeof PREFIXES / sizeof PREFIXES[0]; i++) {
        if (shape->pattern[0] != PREFIXES[i].sign || shape->count < 2)
            continue;
        norm_say(reader, PREFIXES[i].word);
        struct norm_shape rest = slice(shape, 1, shape->count - 1);
        read_shape(reader, &rest);
        return;
    }
    if (avt_str_equal(shape->pattern, "d"))
        read_plain(reader, shape);
    else if (is_telephone(shape))
        say_all_digits(reader, shape);
    else if (!norm_read_date(reader, shape) && !norm_read_time(reader, shape) &&
             !read_fixed(reader, shape) && !read_range(reader, shape))
        read_fields(reader, shape);
}

void norm_read_digits(struct reader *reader, const char *text, size_t size)
{
    struct norm_shape shape;
    bool whole = size < NORM_NUMBER_BYTES_MAX && parse_shape(text, size, &shape);
    if (whole)
        read_shape(reader, &shape);
}

void norm_read_number(struct reader *reader, const struct raw *raw)
{
    struct norm_shape shape;
    const char *text = reader->text + raw->start;
    bool whole = parse_shape(text, raw->end - raw->start, &shape);
    join_compound_unit(&shape);
    if (whole && (text[0] == '(' || in_telephone(reader, raw)))
        say_all_digits(reader, &shape);
    else if (whole)
        read_shape(reader, &shape);
    else
        read_fields(reader, &shape);
}
