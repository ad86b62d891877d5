/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "voice/normalize_parts.h"

struct sign {
    uint32_t value;
    enum norm_char kind;
    char ascii;
    const char *name;
};

/* A symbol without a name is passed over in silence. */
static const struct sign SIGNS[] = {
    {'!', NORM_PUNCTUATION, '!', NULL},
    {'"', NORM_PUNCTUATION, '"', NULL},
    {'#', NORM_SYMBOL, '#', NULL},
    {'$', NORM_CURRENCY, '$', NULL},
    {'%', NORM_SYMBOL, '%', "percent"},
    {'&', NORM_SYMBOL, '&', "and"},
    {'\'', NORM_APOSTROPHE, '\'', NULL},
    {'(', NORM_PUNCTUATION, '(', NULL},
    {')', NORM_PUNCTUATION, ')', NULL},
    {'*', NORM_SYMBOL, '*', NULL},
    {'+', NORM_SYMBOL, '+', "plus"},
    {',', NORM_PUNCTUATION, ',', NULL},
    {'-', NORM_PUNCTUATION, '-', NULL},
    {'.', NORM_PUNCTUATION, '.', NULL},
    {'/', NORM_SYMBOL, '/', NULL},
    {':', NORM_PUNCTUATION, ':', NULL},
    {';', NORM_PUNCTUATION, ';', NULL},
    {'<', NORM_SYMBOL, '<', "less than"},
    {'=', NORM_SYMBOL, '=', "equals"},
    {'>', NORM_SYMBOL, '>', "greater than"},
    {'?', NORM_PUNCTUATION, '?', NULL},
    {'@', NORM_SYMBOL, '@', "at"},
    {'[', NORM_PUNCTUATION, '(', NULL},
    {'\\', NORM_SYMBOL, '\\', NULL},
    {']', NORM_PUNCTUATION, ')', NULL},
    {'^', NORM_SYMBOL, '^', NULL},
    {'_', NORM_SYMBOL, '_', NULL},
    {'`', NORM_SYMBOL, '`', NULL},
    {'{', NORM_PUNCTUATION, '(', NULL},
    {'|', NORM_SYMBOL, '|', NULL},
    {'}', NORM_PUNCTUATION, ')', NULL},
    {'~', NORM_SYMBOL, '~', NULL},
    {0xa1, NORM_NOTHING, 0, NULL}, /* ¡ */
    {0xa2, NORM_CURRENCY, 'c', NULL},
    {0xa3, NORM_CURRENCY, 'L', NULL},
    {0xa5, NORM_CURRENCY, 'Y', NULL},
    {0xa7, NORM_SYMBOL, 0, "section"},
    {0xa9, NORM_SYMBOL, 0, "copyright"},
    {0xab, NORM_PUNCTUATION, '"', NULL},
    {0xac, NORM_SYMBOL, 0, "not"},
    {0xad, NORM_NOTHING, 0, NULL}, /* soft hyphen */
    {0xae, NORM_NOTHING, 0, NULL}, /* ® */
    {0xb0, NORM_SYMBOL, 'o', "degrees"},
    {0xb1, NORM_SYMBOL, 0, "plus or minus"},
    {0xb2, NORM_SYMBOL, '2', "squared"},
    {0xb3, NORM_SYMBOL, '3', "cubed"},
    {0xb4, NORM_APOSTROPHE, '\'', NULL},
    {0xba, NORM_SYMBOL, 'o', "degrees"}, /* the ordinal sign, often typed for it */
    {0xb7, NORM_SYMBOL, '.', NULL},
    {0xb9, NORM_NOTHING, 0, NULL}, /* superscript one: a footnote */
    {0xbb, NORM_PUNCTUATION, '"', NULL},
    {0xbc, NORM_SYMBOL, 'f', "one quarter"},
    {0xbd, NORM_SYMBOL, 'f', "one half"},
    {0xbe, NORM_SYMBOL, 'f', "three quarters"},
    {0xbf, NORM_NOTHING, 0, NULL}, /* ¿ */
    {0xd7, NORM_SYMBOL, 'x', "times"},
    {0xf7, NORM_SYMBOL, 0, "divided by"},
    {0x2bc, NORM_APOSTROPHE, '\'', NULL},
    {0x2010, NORM_PUNCTUATION, '-', NULL},
    {0x2011, NORM_PUNCTUATION, '-', NULL},
    {0x2012, NORM_PUNCTUATION, '-', NULL},
    {0x2013, NORM_PUNCTUATION, '-', NULL},
    {0x2014, NORM_PUNCTUATION, '-', NULL},
    {0x2015, NORM_PUNCTUATION, '-', NULL},
    {0x2018, NORM_APOSTROPHE, '\'', NULL},
    {0x2019, NORM_APOSTROPHE, '\'', NULL},
    {0x201a, NORM_PUNCTUATION, '\'', NULL},
    {0x201b, NORM_APOSTROPHE, '\'', NULL},
    {0x201c, NORM_PUNCTUATION, '"', NULL},
    {0x201d, NORM_PUNCTUATION, '"', NULL},
    {0x201e, NORM_PUNCTUATION, '"', NULL},
    {0x201f, NORM_PUNCTUATION, '"', NULL},
    {0x2022, NORM_SYMBOL, '*', NULL},
    {0x2026, NORM_PUNCTUATION, 'e', NULL},
    {0x2032, NORM_APOSTROPHE, '\'', NULL},
    {0x2033, NORM_PUNCTUATION, '"', NULL},
    {0x2039, NORM_PUNCTUATION, '\'', NULL},
    {0x203a, NORM_PUNCTUATION, '\'', NULL},
    {0x2044, NORM_SYMBOL, '/', NULL},
    {0x20a9, NORM_CURRENCY, 'W', NULL},
    {0x20ac, NORM_CURRENCY, 'E', NULL},
    {0x20b9, NORM_CURRENCY, 'R', NULL},
    {0x20bd, NORM_CURRENCY, 'B', NULL},
    {0x20bf, NORM_CURRENCY, 'T', NULL},
    {0x2122, NORM_NOTHING, 0, NULL}, /* ™ */
    {0x2190, NORM_SYMBOL, 0, NULL},
    {0x2192, NORM_SYMBOL, 0, NULL},
    {0x2212, NORM_PUNCTUATION, '-', NULL},
    {0x221a, NORM_SYMBOL, 0, "square root of"},
    {0x221e, NORM_SYMBOL, 0, "infinity"},
    {0x2248, NORM_SYMBOL, 0, "approximately"},
    {0x2260, NORM_SYMBOL, 0, "is not equal to"},
    {0x2264, NORM_SYMBOL, 0, "less than or equal to"},
    {0x2265, NORM_SYMBOL, 0, "greater than or equal to"},
    {0x2153, NORM_SYMBOL, 'f', "one third"},
    {0x2154, NORM_SYMBOL, 'f', "two thirds"},
    {0x215b, NORM_SYMBOL, 'f', "one eighth"},
    {0x215c, NORM_SYMBOL, 'f', "three eighths"},
    {0x215d, NORM_SYMBOL, 'f', "five eighths"},
    {0x215e, NORM_SYMBOL, 'f', "seven eighths"},
    {0x3001, NORM_PUNCTUATION, ',', NULL},
    {0x3002, NORM_PUNCTUATION, '.', NULL},
    {0x300c, NORM_PUNCTUATION, '"', NULL},
    {0x300d, NORM_PUNCTUATION, '"', NULL},
    {0x300e, NORM_PUNCTUATION, '"', NULL},
    {0x300f, NORM_PUNCTUATION, '"', NULL},
};

/* Greek letters that stand alone in English text; capitals 0x391.., small 0x3b1... */
static const char *const GREEK[25] = {
    "alpha", "beta",   "gamma",   "delta", "epsilon", "zeta",    "eta",  "theta", "iota",
    "kappa", "lambda", "mu",      "nu",    "xi",      "omicron", "pi",   "rho",   "sigma",
    "sigma", "tau",    "upsilon", "phi",   "chi",     "psi",     "omega"};

static const struct sign *find_sign(uint32_t value)
{
    for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
        if (SIGNS[i].value == value)
            return &SIGNS[i];
    return NULL;
}

static bool is_space(uint32_t value)
{
    return value == ' ' || value == '\t' || value == 0xa0 || (value >= 0x2000 && value <= 0x200a) ||
           value == 0x202f || value == 0x205f || value == 0x3000;
}

static bool is_newline(uint32_t value)
{
    return value == '\n' || value == '\r' || value == '\v' || value == '\f' || value == 0x85 ||
           value == 0x2028 || value == 0x2029;
}

static bool is_mark(uint32_t value)
{
    return (value >= 0x300 && value <= 0x36f) || (value >= 0x1ab0 && value <= 0x1aff) ||
           (value >= 0x1dc0 && value <= 0x1dff) || (value >= 0x20d0 && value <= 0x20ff);
}

/* Latin letters and the Latin ligatures of the presentation forms. */
static bool is_letter(uint32_t value)
{
    if (value < 0x80)
        return norm_is_alpha((char)value);
    return value == 0xaa || (value >= 0xc0 && value <= 0x24f) ||
           (value >= 0x250 && value <= 0x2af) || (value >= 0x1e00 && value <= 0x1eff) ||
           (value >= 0xfb00 && value <= 0xfb06);
}

struct norm_codepoint norm_char_at(const char *text, size_t size)
{
    struct norm_codepoint c = {.kind = NORM_NOTHING, .size = 1};
    size_t bytes = avt_utf8_decode(text, size, &c.value);
    if (bytes == 0)
        return c;
    c.size = bytes;
    /* Full-width forms are ASCII, wide. */
    if (c.value >= 0xff01 && c.value <= 0xff5e)
        c.value -= 0xfee0;
    if (c.value < 0x80 && norm_is_alpha((char)c.value))
        c.kind = NORM_LETTER, c.ascii = (char)c.value;
    else if (is_newline(c.value))
        c.kind = NORM_NEWLINE;
    else if (is_space(c.value))
        c.kind = NORM_SPACE;
    else if (c.value < 0x80 && norm_is_digit((char)c.value))
        c.kind = NORM_DIGIT, c.ascii = (char)c.value;
    else if (is_mark(c.value))
        c.kind = NORM_MARK;
    else {
        const struct sign *sign = find_sign(c.value);
        if (sign) {
            c.kind = sign->kind;
            c.ascii = sign->ascii;
            c.name = sign->name;
        } else if (is_letter(c.value)) {
            c.kind = NORM_LETTER;
        } else if ((c.value >= 0x391 && c.value <= 0x3a9) ||
                   (c.value >= 0x3b1 && c.value <= 0x3c9)) {
            c.kind = NORM_SYMBOL;
            c.name = GREEK[(c.value - (c.value < 0x3b1 ? 0x391 : 0x3b1)) % 25];
        } else if (c.value == 0xb5) {
            c.kind = NORM_LETTER; /* micro sign, of units */
        }
    }
    return c;
}

/* Plain letters of U+00C0..U+017F in order; '?' marks those without one, upper case for both. */
static const char PLAIN_C0[] = "AAAAAAACEEEEIIIIDNOOOOO?OUUUUYTsaaaaaaaceeeeiiiidnooooo?ouuuuyty";
static const char PLAIN_100[] =
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRr"
    "SsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
/* U+1E00..U+1EFF: the base letter of each pair, by ranges. */
static const struct {
    uint32_t first, last;
    char base;
} PLAIN_1E00[] = {
    {0x1e00, 0x1e01, 'a'}, {0x1e02, 0x1e07, 'b'}, {0x1e08, 0x1e09, 'c'}, {0x1e0a, 0x1e13, 'd'},
    {0x1e14, 0x1e1d, 'e'}, {0x1e1e, 0x1e1f, 'f'}, {0x1e20, 0x1e21, 'g'}, {0x1e22, 0x1e2b, 'h'},
    {0x1e2c, 0x1e2f, 'i'}, {0x1e30, 0x1e35, 'k'}, {0x1e36, 0x1e3d, 'l'}, {0x1e3e, 0x1e43, 'm'},
    {0x1e44, 0x1e4b, 'n'}, {0x1e4c, 0x1e53, 'o'}, {0x1e54, 0x1e57, 'p'}, {0x1e58, 0x1e5f, 'r'},
    {0x1e60, 0x1e69, 's'}, {0x1e6a, 0x1e71, 't'}, {0x1e72, 0x1e7b, 'u'}, {0x1e7c, 0x1e7f, 'v'},
    {0x1e80, 0x1e89, 'w'}, {0x1e8a, 0x1e8d, 'x'}, {0x1e8e, 0x1e8f, 'y'}, {0x1e90, 0x1e95, 'z'},
    {0x1ea0, 0x1eb7, 'a'}, {0x1eb8, 0x1ec7, 'e'}, {0x1ec8, 0x1ecb, 'i'}, {0x1ecc, 0x1ee3, 'o'},
    {0x1ee4, 0x1ef1, 'u'}, {0x1ef2, 0x1ef9, 'y'}, {0x1cd, 0x1ce, 'a'},   {0x1cf, 0x1d0, 'i'},
    {0x1d1, 0x1d2, 'o'},   {0x1d3, 0x1dc, 'u'},   {0x218, 0x219, 's'},   {0x21a, 0x21b, 't'},
    {0x1a0, 0x1a1, 'o'},   {0x1af, 0x1b0, 'u'},
};

bool norm_fold_letter(uint32_t value, struct avt_buf *out)
{
    if (value < 0x80 && norm_is_alpha((char)value))
        return avt_buf_append_char(out, (char)value);
    switch (value) {
    case 0xc6:
        return avt_buf_append_str(out, "AE");
    case 0xe6:
        return avt_buf_append_str(out, "ae");
    case 0xdf:
        return avt_buf_append_str(out, "ss");
    case 0xde:
        return avt_buf_append_str(out, "Th");
    case 0xfe:
        return avt_buf_append_str(out, "th");
    case 0x152:
        return avt_buf_append_str(out, "OE");
    case 0x153:
        return avt_buf_append_str(out, "oe");
    case 0xfb00:
        return avt_buf_append_str(out, "ff");
    case 0xfb01:
        return avt_buf_append_str(out, "fi");
    case 0xfb02:
        return avt_buf_append_str(out, "fl");
    case 0xfb03:
        return avt_buf_append_str(out, "ffi");
    case 0xfb04:
        return avt_buf_append_str(out, "ffl");
    case 0xfb05:
    case 0xfb06:
        return avt_buf_append_str(out, "st");
    case 0xb5:
        return avt_buf_append_char(out, 'u');
    default:
        break;
    }
    if (value >= 0xc0 && value < 0x100 && PLAIN_C0[value - 0xc0] != '?')
        return avt_buf_append_char(out, PLAIN_C0[value - 0xc0]);
    if (value >= 0x100 && value < 0x100 + sizeof PLAIN_100 - 1)
        return avt_buf_append_char(out, PLAIN_100[value - 0x100]);
    for (size_t i = 0; i < sizeof PLAIN_1E00 / sizeof PLAIN_1E00[0]; i++)
        if (value >= PLAIN_1E00[i].first && value <= PLAIN_1E00[i].last)
            return avt_buf_append_char(out, PLAIN_1E00[i].base);
    return false;
}

void norm_fold_lower(const char *text, size_t text_size, char *ret_folded, size_t size)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(size - 1);
    for (size_t at = 0; at < text_size && !out.overflowed;) {
        struct norm_codepoint c = norm_char_at(text + at, text_size - at);
        at += c.size;
        if (c.kind == NORM_LETTER) {
            if (!norm_fold_letter(c.value, &out))
                avt_buf_append_char(&out, '?');
        } else if (c.kind != NORM_MARK) {
            avt_buf_append_char(&out, c.ascii ? c.ascii : '?');
        }
    }
    memcpy(ret_folded, avt_buf_str(&out), out.size + 1);
    for (char *at = ret_folded; *at; at++)
        if (norm_is_upper(*at))
            *at = (char)(*at - 'A' + 'a');
}
