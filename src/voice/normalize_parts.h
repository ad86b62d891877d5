/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the files normalize_*.c share; for nobody else. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "voice/normalize.h"

/* Bounds of one written token: longer runs are cut, so that no token outgrows the speech model. */
enum {
    NORM_WORD_LETTERS_MAX = 60,
    NORM_NUMBER_BYTES_MAX = 48,
    NORM_ADDRESS_BYTES_MAX = 400, /* of an e-mail or web address, to know it as such */
    NORM_ADDRESS_PART_MAX = 48,   /* of what is made one token of it */
    NORM_FIELDS_MAX = 16,
};

/* Breaks between lines. */
enum {
    NORM_PARAGRAPH_PAUSE_MS = 350, /* on top of the pause of the sentence end */
    NORM_LINE_PAUSE_MS = 150,      /* after a heading or an item of a list */
    NORM_HEADING_BYTES_MAX = 60, /* a shorter line without a full stop is one, if a capital follows */
};

/* normalize_chars.c: what a character is. */
enum norm_char {
    NORM_SPACE,
    NORM_NEWLINE,
    NORM_LETTER,
    NORM_DIGIT, /* 0-9 only; other digits are folded to these */
    NORM_MARK,  /* combining: belongs to the letter before it */
    NORM_APOSTROPHE,
    NORM_PUNCTUATION, /* its ASCII form is in `ascii` */
    NORM_SYMBOL,      /* its name is in `name` */
    NORM_CURRENCY,
    NORM_NOTHING, /* not spoken: emoji, control characters, broken bytes */
};
struct norm_codepoint {
    enum norm_char kind;
    uint32_t value;
    size_t size;      /* bytes, at least 1 */
    char ascii;       /* plain form of punctuation, digits and some symbols; 0 if none */
    const char *name; /* spoken name of a symbol, NULL if none */
};
/** The character at text[0..size), size > 0. */
struct norm_codepoint norm_char_at(const char *text, size_t size);
/** Append a letter without its accent and ligature ("é" as e, "ﬁ" as fi); false if it is no letter
 *  of the Latin script. */
bool norm_fold_letter(uint32_t codepoint, struct avt_buf *out);
/** `text` folded so and in ASCII lower case, cut to size - 1 bytes; other characters as '?'. */
void norm_fold_lower(const char *text, size_t text_size, char *ret_folded, size_t size);

static inline bool norm_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool norm_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
static inline bool norm_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}
static inline bool norm_is_alpha(char c)
{
    return norm_is_upper(c) || norm_is_lower(c);
}

/* normalize_lex.c: the text cut into written tokens. */
enum raw_kind { RAW_WORD, RAW_NUMBER, RAW_PUNCT, RAW_SYMBOL, RAW_ADDRESS, RAW_HASHTAG, RAW_HANDLE };
struct raw {
    enum raw_kind kind;
    size_t start, end; /* bytes of the text */
    char punctuation;  /* of RAW_PUNCT, as in struct avt_token */
    const char *name;  /* of RAW_SYMBOL: how it is spoken */
    bool space_after;
    bool line_start;         /* first of a line */
    unsigned newlines_after; /* line ends before the next token: 2 or more are a paragraph */
    bool abbreviation_dot;   /* a RAW_WORD that ends with its own dot: "Dr.", "U.S." */
};
struct raw_list {
    struct raw *items;
    size_t count, capacity;
};
AVT_CHECKED enum avt_code norm_lex(const char *text, size_t size, struct raw_list *ret_list,
                                   struct avt_error *reterr);

/* normalize.c: the reader, which the subjects below append words to. */
struct reader {
    const char *text;
    const struct raw *raws;
    size_t count;
    size_t at; /* the token being read */
    bool british;
    const char *pending; /* words to say after the next number word: "$4.2 million" dollars */
    struct avt_reading *reading;
};
/** Say the words of a text that spaces separate. */
void norm_say(struct reader *reader, const char *words);
void norm_say_flags(struct reader *reader, const char *words, unsigned flags);
void norm_say_spelled(struct reader *reader, const char *letters);
/** Token `offset` away, NULL if there is none or a line or sentence break is between (punctuation
 *  counts as a token). */
const struct raw *norm_neighbour(const struct reader *reader, int offset);
/** Its text folded to lower case without a final dot; "" if it is no word. */
void norm_neighbour_word(const struct reader *reader, int offset, char ret_word[32]);
/** Whether the word before has a capital letter that the start of its sentence does not explain. */
bool norm_after_name(const struct reader *reader);
/** Whether a word (lower case) with a capital letter most likely starts a sentence: "the". */
bool norm_starts_sentence(const char *word);
/** Text of a token, folded case kept, cut to size - 1. */
void norm_raw_text(const struct reader *reader, const struct raw *raw, char *ret_text, size_t size);

/** Mark where sentences end: on the last of the marks that close one, and on the last token. */
void norm_mark_sentence_ends(struct avt_token_list *list);

/* normalize_number.c: numbers in words, appended to a buffer with a space between. */
struct avt_buf;
enum { NORM_CARDINAL_DIGITS_MAX = 15 };
/** Digits only. More digits than NORM_CARDINAL_DIGITS_MAX, or a leading zero, are read one by one.
 */
void norm_cardinal(struct avt_buf *out, const char *digits, size_t count, bool british);
void norm_ordinal(struct avt_buf *out, const char *digits, size_t count, bool british);
void norm_digits(struct avt_buf *out, const char *digits, size_t count, const char *zero);
/** "1984" as nineteen eighty-four; anything but 4 digits as a cardinal. */
void norm_year(struct avt_buf *out, const char *digits, size_t count, bool british);
/** "205" as two oh five, "1450" as fourteen fifty: rooms, flights, streets. */
void norm_label(struct avt_buf *out, const char *digits, size_t count, bool british);
/** The last word made plural: "eighty" as eighties. */
void norm_make_plural(struct avt_buf *out);
/** Value of up to 9 digits, -1 if longer. */
long norm_value(const char *digits, size_t count);

/* normalize_digits.c: tokens that hold digits. */
struct norm_field {
    const char *text;
    size_t size;
};
struct norm_shape {
    /* One letter per field: d digits, a letters, c currency, f a fraction sign, else the sign. */
    char pattern[NORM_FIELDS_MAX + 1];
    struct norm_field fields[NORM_FIELDS_MAX];
    size_t count;
    bool grouped;                         /* had thousands commas: no year, no telephone number */
    char text[NORM_NUMBER_BYTES_MAX * 2]; /* what the fields point into */
};
void norm_read_number(struct reader *reader, const struct raw *raw);
/** The same for a part of a token ("1990s" of "mid-1990s"). */
void norm_read_digits(struct reader *reader, const char *text, size_t size);
/** A plain decimal: digits, or digits point digits. */
void norm_decimal(struct avt_buf *out, const struct norm_field *whole,
                  const struct norm_field *fraction, bool british);
/** The letters of a token; `word`: they stand between hyphens, so "a" is the article. */
void norm_say_letters(struct reader *reader, const struct norm_field *letters, bool word);
/** Say what a buffer holds as number words. */
void norm_say_number(struct reader *reader, struct avt_buf *words);

/* normalize_dates.c */
/** 1-12 for a month's name or abbreviation in lower case, else 0. */
int norm_month(const char *word);
/** Whether the shape is a date or a time; then it has been read. */
bool norm_read_date(struct reader *reader, const struct norm_shape *shape);
/** The same for "11/23" where the caller knows that it is no fraction. */
bool norm_read_day_month(struct reader *reader, const struct norm_field *a,
                         const struct norm_field *b);
bool norm_read_time(struct reader *reader, const struct norm_shape *shape);
/** A plain number beside a month's name: its day or year. */
bool norm_read_day(struct reader *reader, const struct norm_field *number);
bool norm_is_year_context(const struct reader *reader, const struct norm_field *number);

/* normalize_units.c */
struct norm_unit {
    const char *written;
    const char *one, *many;
};
/** A unit of measure by its abbreviation (case kept), NULL if it is none. */
const struct norm_unit *norm_unit(const char *written);
/** Whether "a" or "an" stands `offset` tokens away (negative: before). */
bool norm_is_qualifier(const struct reader *reader, int offset);
/** Whether `written` is one that may stand apart from its number ("5 km", not "5 in"). */
bool norm_unit_apart(const char *written);
/** Money in all its shapes; then it has been read. */
bool norm_read_money(struct reader *reader, const struct norm_shape *shape);
/** "million" for M, bn ...; NULL if none. */
const char *norm_multiplier(const char *letters);

/* normalize_words.c: words, abbreviations, initialisms, Roman numerals, words with digits. */
void norm_read_word(struct reader *reader, const struct raw *raw);
/** Whether a dot after `word` (lower case, no dot; `capital`: written with one) is its own, before
 * a 'd'igit, an 'u'pper or 'l'ower case letter or something else (0). */
bool norm_is_abbreviation(const char *word, bool capital, char next);
/** Whether it goes before a name ("dr", "mt", "st"). */
bool norm_is_title(const char *word);
/** Letters and digits mixed ("MP3", "H2O"): each run in its own way. */
void norm_say_mixed(struct reader *reader, const char *text, size_t size);

/* normalize_net.c */
/** Bytes of the web or e-mail address that text[0..size) starts with, 0 if none. */
size_t norm_address_size(const char *text, size_t size);
void norm_read_address(struct reader *reader, const struct raw *raw);
void norm_read_hashtag(struct reader *reader, const struct raw *raw);
