/* SPDX-License-Identifier: Apache-2.0 */
/* Pinyin to misaki's phonemes. Tones are arrows behind the vowel: → 1, ↗ 2, ↓ 3, ↘ 4, none 5. */
#include <string.h>

#include "base/str.h"
#include "voice/hanzi.h"

struct sound {
    const char *pinyin, *phonemes;
};

/* The longest first where one begins with another. */
static const struct sound INITIALS[] = {
    {"zh", "ꭧ"}, {"ch", "ꭧʰ"}, {"sh", "ʂ"}, {"b", "p"},  {"p", "pʰ"}, {"m", "m"},  {"f", "f"},
    {"d", "t"},  {"t", "tʰ"},  {"n", "n"},  {"l", "l"},  {"g", "k"},  {"k", "kʰ"}, {"h", "x"},
    {"j", "ʨ"},  {"q", "ʨʰ"},  {"x", "ɕ"},  {"r", "ɻ"},  {"z", "ʦ"},  {"c", "ʦʰ"}, {"s", "s"},
};

/* 0 is where the tone goes. */
static const struct sound FINALS[] = {
    {"a", "a0"},       {"ai", "ai0"},    {"an", "a0n"},     {"ang", "a0ŋ"},   {"ao", "au0"},
    {"e", "ɤ0"},       {"ei", "ei0"},    {"en", "ə0n"},     {"eng", "ə0ŋ"},   {"i", "i0"},
    {"ia", "ja0"},     {"ian", "jɛ0n"},  {"iang", "ja0ŋ"},  {"iao", "jau0"},  {"ie", "je0"},
    {"in", "i0n"},     {"iu", "jou0"},   {"iou", "jou0"},   {"ing", "i0ŋ"},   {"iong", "jʊ0ŋ"},
    {"ong", "ʊ0ŋ"},    {"ou", "ou0"},    {"u", "u0"},       {"ui", "wei0"},   {"uei", "wei0"},
    {"ua", "wa0"},     {"uai", "wai0"},  {"uan", "wa0n"},   {"un", "wə0n"},   {"uen", "wə0n"},
    {"uang", "wa0ŋ"},  {"ueng", "wə0ŋ"}, {"uo", "wo0"},     {"o", "wo0"},     {"v", "y0"},
    {"ve", "ɥe0"},     {"van", "ɥɛ0n"},  {"vn", "y0n"},     {"ue", "ɥe0"},
};

/* Without an initial; y and w stand for the vowels i, u and v. */
static const struct sound WHOLE[] = {
    {"er", "ɚ0"},     {"o", "ɔ0"},       {"io", "jɔ0"},     {"yo", "jɔ0"},    {"ê", "ɛ0"},
    {"m", "m0"},      {"n", "n0"},       {"ng", "ŋ0"},      {"hm", "hm0"},    {"hng", "hŋ0"},
    {"yi", "i0"},     {"ya", "ja0"},     {"yan", "jɛ0n"},   {"ye", "je0"},    {"yao", "jau0"},
    {"you", "jou0"},  {"yin", "i0n"},    {"ying", "i0ŋ"},   {"yang", "ja0ŋ"}, {"yong", "jʊ0ŋ"},
    {"yu", "y0"},     {"yue", "ɥe0"},    {"yuan", "ɥɛ0n"},  {"yun", "y0n"},   {"yai", "jai0"},
    {"wu", "u0"},     {"wa", "wa0"},     {"wo", "wo0"},     {"wai", "wai0"},  {"wei", "wei0"},
    {"wan", "wa0n"},  {"wen", "wə0n"},   {"wang", "wa0ŋ"},  {"weng", "wə0ŋ"}, {"r", "ɚ0"},
};

static const char *find(const struct sound *sounds, size_t count, const char *pinyin, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(sounds[i].pinyin) == size && memcmp(sounds[i].pinyin, pinyin, size) == 0)
            return sounds[i].phonemes;
    return NULL;
}
#define FIND(table, pinyin, size) find(table, sizeof(table) / sizeof((table)[0]), pinyin, size)

static void append_toned(struct avt_buf *out, const char *phonemes, int tone)
{
    static const char *const ARROWS[] = {"", "→", "↗", "↓", "↘", ""};
    const char *mark = strchr(phonemes, '0');
    avt_buf_append(out, phonemes, (size_t)(mark - phonemes));
    avt_buf_append_str(out, ARROWS[tone]);
    avt_buf_append_str(out, mark + 1);
}

/* After j, q and x a written u is ü; after zh, z and their like an i is no i. */
static const char *final_after(const struct sound *initial, const char *final, size_t size)
{
    if (strchr("jqx", initial->pinyin[0]) && final[0] == 'u') {
        char fronted[8] = "v";
        if (size >= sizeof fronted)
            return NULL;
        memcpy(fronted + 1, final + 1, size - 1);
        return FIND(FINALS, fronted, size);
    }
    if (size == 1 && final[0] == 'i' && strchr("zcsr", initial->pinyin[0]))
        return "ɨ0";
    return FIND(FINALS, final, size);
}

bool avt_pinyin_phonemes(const char *syllable, size_t size, struct avt_buf *out)
{
    int tone = 5;
    if (size > 1 && syllable[size - 1] >= '1' && syllable[size - 1] <= '5')
        tone = syllable[--size] - '0';
    const char *whole = FIND(WHOLE, syllable, size);
    if (whole) {
        append_toned(out, whole, tone);
        return true;
    }
    for (size_t i = 0; i < sizeof INITIALS / sizeof INITIALS[0]; i++) {
        size_t length = strlen(INITIALS[i].pinyin);
        if (length >= size || memcmp(INITIALS[i].pinyin, syllable, length) != 0)
            continue;
        const char *final = final_after(&INITIALS[i], syllable + length, size - length);
        if (!final)
            return false;
        avt_buf_append_str(out, INITIALS[i].phonemes);
        append_toned(out, final, tone);
        return true;
    }
    whole = FIND(FINALS, syllable, size);
    if (!whole)
        return false;
    append_toned(out, whole, tone);
    return true;
}
