/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/kana.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum {
    HIRAGANA_FIRST = 0x3041,
    HIRAGANA_LAST = 0x3096,
    KATAKANA_OFFSET = 0x60,
    LONG_MARK = 0x30fc,
    SMALL_TSU = 0x3063,
    NASAL = 0x3093,
};

/* U+3041..U+3096 in order; small ones as their large sisters, "" for っ and ん. */
static const char *const PLAIN[] = {
    "a",   "a",  "i",   "i",   "ɯ",  "ɯ",  "e",  "e",  "o",  "o",                       /* ぁ-お */
    "ka",  "ɡa", "kʲi", "ɡʲi", "kɯ", "ɡɯ", "ke", "ɡe", "ko", "ɡo",                     /* か-ご */
    "sa",  "ʣa", "ɕi",  "ʥi",  "sɨ", "zɨ", "se", "ʣe", "so", "ʣo",                     /* さ-ぞ */
    "ta",  "da", "ʨi",  "ʥi",  "",   "ʦɨ", "zɨ", "te", "de", "to", "do",               /* た-ど */
    "na",  "ɲi", "nɯ",  "ne",  "no",                                                    /* な-の */
    "ha",  "ba", "pa",  "çi",  "bʲi", "pʲi", "ɸɯ", "bɯ", "pɯ", "he", "be", "pe", "ho", "bo", "po",
    "ma",  "mʲi", "mɯ", "me",  "mo",                                                    /* ま-も */
    "ja",  "ja", "jɯ",  "jɯ",  "jo", "jo",                                              /* ゃ-よ */
    "ɾa",  "ɾʲi", "ɾɯ", "ɾe",  "ɾo",                                                    /* ら-ろ */
    "βa",  "βa", "i",   "e",   "o",  "",   "vɯ", "ka", "ke",                            /* ゎ-ゖ */
};

/* Half-width katakana U+FF66..U+FF9D, as hiragana. */
static const uint16_t HALF_WIDTH[] = {
    0x3092, 0x3041, 0x3043, 0x3045, 0x3047, 0x3049, 0x3083, 0x3085, 0x3087, 0x3063, 0x30fc, 0x3042,
    0x3044, 0x3046, 0x3048, 0x304a, 0x304b, 0x304d, 0x304f, 0x3051, 0x3053, 0x3055, 0x3057, 0x3059,
    0x305b, 0x305d, 0x305f, 0x3061, 0x3064, 0x3066, 0x3068, 0x306a, 0x306b, 0x306c, 0x306d, 0x306e,
    0x306f, 0x3072, 0x3075, 0x3078, 0x307b, 0x307e, 0x307f, 0x3080, 0x3081, 0x3082, 0x3084, 0x3086,
    0x3088, 0x3089, 0x308a, 0x308b, 0x308c, 0x308d, 0x308f, 0x3093, 0,
};

struct mora {
    uint32_t kana; /* as hiragana */
    bool katakana;
};

static bool is_small(uint32_t c)
{
    return (c >= 0x3041 && c <= 0x3049 && (c & 1)) || c == 0x3083 || c == 0x3085 || c == 0x3087 ||
           c == 0x308e;
}

/* The kana at text[0..size) as hiragana, voiced marks of half-width ones taken along; its bytes. */
static size_t next_kana(const char *text, size_t size, struct mora *ret_mora)
{
    uint32_t c = 0;
    size_t length = avt_utf8_decode(text, size, &c);
    *ret_mora = (struct mora){0};
    if (length == 0)
        return 1;
    if (c >= HIRAGANA_FIRST && c <= HIRAGANA_LAST) {
        ret_mora->kana = c;
    } else if (c >= HIRAGANA_FIRST + KATAKANA_OFFSET && c <= HIRAGANA_LAST + KATAKANA_OFFSET) {
        *ret_mora = (struct mora){.kana = c - KATAKANA_OFFSET, .katakana = true};
    } else if (c == LONG_MARK) {
        ret_mora->kana = LONG_MARK;
    } else if (c >= 0xff66 && c <= 0xff9d) {
        *ret_mora = (struct mora){.kana = HALF_WIDTH[c - 0xff66], .katakana = true};
        uint32_t mark = 0;
        size_t more = avt_utf8_decode(text + length, size - length, &mark);
        if (mark == 0xff9e || mark == 0xff9f) {
            ret_mora->kana += mark == 0xff9e ? 1 : 2; /* か + ゛ = が; は + ゜ = ぱ */
            length += more;
        }
    }
    return length;
}

static const char *plain(uint32_t kana)
{
    return kana >= HIRAGANA_FIRST && kana <= HIRAGANA_LAST ? PLAIN[kana - HIRAGANA_FIRST] : "";
}

static char vowel_of(uint32_t small)
{
    switch (small) {
    case 0x3041:
    case 0x3083:
    case 0x308e:
        return 'a';
    case 0x3043:
        return 'i';
    case 0x3047:
        return 'e';
    case 0x3049:
    case 0x3087:
        return 'o';
    default:
        return 'u';
    }
}

/* A kana and the small one after it: きゃ kʲa, ふぁ ɸa, てぃ tʲi. */
static void append_pair(struct avt_buf *out, uint32_t kana, uint32_t small)
{
    const char *sound = plain(kana);
    char vowel = vowel_of(small);
    bool glide = small >= 0x3083 && small <= 0x3087;
    const char *stem = NULL;
    switch (kana) {
    case 0x3044:
        stem = "j"; /* いぇ */
        break;
    case 0x3046:
        stem = "β"; /* うぃ */
        break;
    case 0x304f:
        stem = "kᵝ";
        break;
    case 0x3050:
        stem = "ɡᵝ";
        break;
    case 0x3064:
        stem = vowel == 'i' ? "ʦʲ" : "ʦ";
        break;
    case 0x3066:
    case 0x3068:
        stem = vowel == 'i' || glide ? "tʲ" : "t";
        break;
    case 0x3067:
    case 0x3069:
        stem = vowel == 'i' || glide ? "dʲ" : "d";
        break;
    case 0x3075:
        stem = vowel == 'i' || glide ? "ɸʲ" : "ɸ";
        break;
    case 0x3094:
        stem = glide ? "bʲ" : vowel == 'i' ? "vʲ" : "v";
        break;
    default:
        break;
    }
    size_t size = strlen(sound);
    if (stem)
        avt_buf_append_str(out, stem);
    else if (size > 1 && sound[size - 1] == 'i')
        avt_buf_append(out, sound, size - 1); /* き, し, に ...: the small vowel takes its place */
    else
        avt_buf_append_str(out, sound);
    if (vowel == 'u')
        avt_buf_append_str(out, glide ? "ɨ" : "ɯ");
    else
        avt_buf_append_char(out, vowel);
}

/* What ん sounds like before `next`. */
static const char *nasal_before(const char *next)
{
    static const char *const N[] = {"n", "t", "d", "ɾ", "z", "ʣ"};
    static const char *const NY[] = {"ɲ", "ʨ", "ʥ"};
    if (*next == 'm' || *next == 'p' || *next == 'b')
        return "m";
    if (*next == 'k' || avt_str_starts(next, "ɡ"))
        return "ŋ";
    for (size_t i = 0; i < sizeof NY / sizeof NY[0]; i++)
        if (avt_str_starts(next, NY[i]))
            return "ɲ";
    for (size_t i = 0; i < sizeof N / sizeof N[0]; i++)
        if (avt_str_starts(next, N[i]))
            return "n";
    return "ɴ";
}

static bool ends_with_row(const struct avt_buf *out, size_t from, char vowel)
{
    return out->size > from && out->data[out->size - 1] == vowel;
}

static bool ends_with(const struct avt_buf *out, const char *symbols)
{
    size_t size = strlen(symbols);
    return out->size >= size && memcmp(out->data + out->size - size, symbols, size) == 0;
}

/* After きゅ, じゅ and their like. */
static bool after_glide(const struct avt_buf *out)
{
    static const char *const ENDS[] = {"ʲɨ", "ɕɨ", "ʥɨ", "ʨɨ", "çɨ", "ɲɨ"};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++)
        if (ends_with(out, ENDS[i]))
            return true;
    return false;
}

/* う after an o or a glide, and い after an e, lengthen it in native words ("とうきょう", "せんせい"). */
static bool lengthens(const struct avt_buf *out, size_t from, const struct mora *mora)
{
    return !mora->katakana && ((mora->kana == 0x3046 &&
                                (ends_with_row(out, from, 'o') || after_glide(out))) ||
                               (mora->kana == 0x3044 && ends_with_row(out, from, 'e')));
}

/* は as wa: at the end of a word of three kana or more, and after the words that it follows most. */
static bool is_topic(const char *text, size_t size, size_t at)
{
    if (at + 3 == size && at >= 6)
        return true;
    static const char *const BEFORE[] = {"これ",     "それ",   "あれ", "わたし", "ぼく",  "かれ",
                                         "かのじょ", "あなた", "ここ", "そこ",   "きょう", "こんにち",
                                         "こんばん", "で",     "に",   "と"};
    for (size_t i = 0; i < sizeof BEFORE / sizeof BEFORE[0]; i++) {
        size_t length = strlen(BEFORE[i]);
        bool whole = length > 3; /* one kana is a particle only after another word */
        if (at >= length && memcmp(text + at - length, BEFORE[i], length) == 0 &&
            (whole || at > length))
            return true;
    }
    return false;
}

static void append_mora(struct avt_buf *out, size_t from, const char *text, size_t size, size_t at,
                        size_t *ret_next)
{
    struct mora mora, after = {0};
    size_t length = next_kana(text + at, size - at, &mora);
    *ret_next = at + length;
    if (*ret_next < size)
        (void)next_kana(text + *ret_next, size - *ret_next, &after);
    if (mora.kana == LONG_MARK || lengthens(out, from, &mora)) {
        avt_buf_append_str(out, out->size > from ? "ː" : "");
    } else if (mora.kana == SMALL_TSU) {
        avt_buf_append_str(out, "ʔ");
    } else if (mora.kana == NASAL) {
        avt_buf_append_str(out, nasal_before(plain(after.kana)));
    } else if (mora.kana == 0x306f && !mora.katakana && is_topic(text, size, at)) {
        avt_buf_append_str(out, "βa");
    } else if (mora.kana == 0x3078 && !mora.katakana && at + 3 == size && at >= 6) {
        avt_buf_append_str(out, "e"); /* うみへ */
    } else if (is_small(after.kana) && !is_small(mora.kana) && mora.kana != LONG_MARK &&
               *plain(mora.kana)) {
        append_pair(out, mora.kana, after.kana);
        *ret_next += next_kana(text + *ret_next, size - *ret_next, &after);
    } else {
        avt_buf_append_str(out, plain(mora.kana));
    }
}

void avt_kana_phonemes(const char *text, size_t size, int alone, struct avt_buf *out)
{
    size_t from = out->size;
    if (alone && size == 3 && (memcmp(text, "は", 3) == 0 || memcmp(text, "へ", 3) == 0)) {
        avt_buf_append_str(out, memcmp(text, "は", 3) == 0 ? "βa" : "e");
        return;
    }
    for (size_t at = 0; at < size;)
        append_mora(out, from, text, size, at, &at);
}

/* ---- in Latin letters ---------------------------------------------------------------------- */

/* As PLAIN. */
static const char *const ROMAJI[] = {
    "a",  "a",  "i",  "i",  "u",  "u",  "e",  "e",  "o",  "o",                          /* ぁ-お */
    "ka", "ga", "ki", "gi", "ku", "gu", "ke", "ge", "ko", "go",                         /* か-ご */
    "sa", "za", "shi", "ji", "su", "zu", "se", "ze", "so", "zo",                        /* さ-ぞ */
    "ta", "da", "chi", "ji", "",  "tsu", "zu", "te", "de", "to", "do",                  /* た-ど */
    "na", "ni", "nu", "ne", "no",                                                       /* な-の */
    "ha", "ba", "pa", "hi", "bi", "pi", "fu", "bu", "pu", "he", "be", "pe", "ho", "bo", "po",
    "ma", "mi", "mu", "me", "mo",                                                       /* ま-も */
    "ya", "ya", "yu", "yu", "yo", "yo",                                                 /* ゃ-よ */
    "ra", "ri", "ru", "re", "ro",                                                       /* ら-ろ */
    "wa", "wa", "i",  "e",  "wo", "n",  "vu", "ka", "ke",                               /* ゎ-ゖ */
};

static const char *romaji_of(uint32_t kana)
{
    return kana >= HIRAGANA_FIRST && kana <= HIRAGANA_LAST ? ROMAJI[kana - HIRAGANA_FIRST] : "";
}

static bool is_vowel(char c)
{
    return c != '\0' && strchr("aiueo", c) != NULL;
}

/* きゃ kya, しゃ sha, ふぁ fa, うぃ wi, てぃ ti. */
static void append_romaji_pair(struct avt_buf *out, uint32_t kana, uint32_t small)
{
    const char *large = romaji_of(kana);
    size_t stem = strlen(large) - 1;
    bool glide = small >= 0x3083 && small <= 0x3087;
    if (kana == 0x3044 || kana == 0x3046)
        avt_buf_append_char(out, kana == 0x3044 ? 'y' : 'w');
    else
        avt_buf_append(out, large, stem);
    if (kana == 0x304f || kana == 0x3050)
        avt_buf_append_char(out, 'w'); /* くぁ */
    if (glide && stem > 0 && large[stem - 1] != 'j' && (stem < 2 || large[stem - 1] != 'h'))
        avt_buf_append_char(out, 'y');
    avt_buf_append_char(out, vowel_of(small));
}

/* は, へ and を where they are words of their own, with a blank before them; NULL: they are not. */
static const char *particle_at(const char *text, size_t size, size_t at, const struct mora *mora)
{
    if (mora->katakana || at == 0)
        return NULL;
    if (mora->kana == 0x306f && is_topic(text, size, at))
        return " wa";
    if (mora->kana == 0x3078 && at + 3 == size && at >= 6)
        return " e"; /* うみへ */
    return mora->kana == 0x3092 ? " wo" : NULL;
}

void avt_kana_romaji(const char *text, size_t size, int alone, struct avt_buf *out)
{
    size_t from = out->size;
    bool doubles = false, nasal = false;
    if (alone && size == 3 && (memcmp(text, "は", 3) == 0 || memcmp(text, "へ", 3) == 0)) {
        avt_buf_append_str(out, memcmp(text, "は", 3) == 0 ? "wa" : "e");
        return;
    }
    for (size_t at = 0; at < size;) {
        struct mora mora, after = {0};
        size_t here = at, before = out->size;
        at += next_kana(text + at, size - at, &mora);
        size_t length = at < size ? next_kana(text + at, size - at, &after) : 0;
        const char *large = romaji_of(mora.kana);
        if (mora.kana == SMALL_TSU) {
            doubles = true;
            continue;
        }
        if (mora.kana == LONG_MARK && out->size > from && is_vowel(out->data[out->size - 1]))
            avt_buf_append_char(out, out->data[out->size - 1]);
        if (!*large)
            continue;
        bool is_pair = is_small(after.kana) && !is_small(mora.kana) && mora.kana != NASAL;
        if (doubles && !is_vowel(*large))
            avt_buf_append_char(out, *large == 'c' ? 't' : *large);
        const char *particle = particle_at(text, size, here, &mora);
        if (nasal && !particle && (is_vowel(*large) || *large == 'y'))
            avt_buf_append_char(out, '\'');
        if (particle)
            avt_buf_append_str(out, particle);
        else if (is_pair)
            append_romaji_pair(out, mora.kana, after.kana);
        else
            avt_buf_append_str(out, large);
        at += is_pair ? length : 0;
        doubles = false;
        nasal = mora.kana == NASAL && out->size > before;
    }
}

size_t avt_kana_word(const char *text, size_t size)
{
    struct mora first, mora;
    size_t at = next_kana(text, size, &first);
    while (at < size) {
        size_t length = next_kana(text + at, size - at, &mora);
        bool joins = mora.kana == LONG_MARK || is_small(mora.kana) || mora.kana == NASAL ||
                     mora.kana == SMALL_TSU;
        if (mora.katakana != first.katakana && !joins)
            return at;
        at += length;
        if (mora.kana == 0x3092 && !mora.katakana)
            return at;
    }
    return at;
}
