/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/alphabet.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

const char AVT_ALPHABET_VOWELS[] = "AIOQWYaiuæɐɑɒɔəɛɜɪʊʌᵊᵻ";
const char AVT_ALPHABET_CONSONANTS[] = "bdfhjklmnpstTvwzðŋɡɹɾʃʒʤʧθʔ";
const char AVT_ALPHABET_FLAPPERS[] = "AIOWYiuæɑəɛɪɹʊʌ";

/* Union of the American and British sets; each is part of the model's 114 symbols. */
static const char KNOWN[] = "AIOQTWYabdfhijklmnpstuvwzæðŋɐɑɒɔəɛɜɡɪɹɾʃʊʌʒʔʤʧˈˌːθᵊᵻ";

enum { PHONEMES_BYTES_MAX = 1 << 16 };

size_t avt_alphabet_symbol_size(const char *text)
{
    unsigned char lead = (unsigned char)text[0];
    size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : lead != 0;
    return strnlen(text, size);
}

bool avt_alphabet_in(const char *symbol, const char *set)
{
    size_t size = avt_alphabet_symbol_size(symbol);
    if (size == 0)
        return false;
    for (const char *at = set; *at; at += avt_alphabet_symbol_size(at))
        if (strncmp(at, symbol, size) == 0)
            return true;
    return false;
}

bool avt_alphabet_all_known(const char *phonemes)
{
    for (const char *at = phonemes; *at; at += avt_alphabet_symbol_size(at))
        if (!avt_alphabet_in(at, KNOWN))
            return false;
    return true;
}

static const char *symbol_before(const char *text, const char *at)
{
    if (at == text)
        return NULL;
    do
        at--;
    while (at > text && ((unsigned char)*at & 0xc0) == 0x80);
    return at;
}

const char *avt_alphabet_last(const char *phonemes)
{
    return symbol_before(phonemes, phonemes + strlen(phonemes));
}

const char *avt_alphabet_before_last(const char *phonemes)
{
    const char *last = avt_alphabet_last(phonemes);
    return last ? symbol_before(phonemes, last) : NULL;
}

static bool has_vowel(const char *phonemes)
{
    for (const char *at = phonemes; *at; at += avt_alphabet_symbol_size(at))
        if (avt_alphabet_in(at, AVT_ALPHABET_VOWELS))
            return true;
    return false;
}

/* `mark` just before the first vowel. */
static char *with_mark(const char *phonemes, const char *mark)
{
    if (!has_vowel(phonemes))
        return avt_strdup(phonemes);
    const char *vowel = phonemes;
    while (!avt_alphabet_in(vowel, AVT_ALPHABET_VOWELS))
        vowel += avt_alphabet_symbol_size(vowel);
    return avt_asprintf("%.*s%s%s", (int)(vowel - phonemes), phonemes, mark, vowel);
}

/* Every mark `from` becomes `to`; every other stress mark is kept unless `only`. */
static char *replace_marks(const char *phonemes, const char *primary_becomes,
                           const char *secondary_becomes)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(PHONEMES_BYTES_MAX);
    for (const char *at = phonemes; *at; at += avt_alphabet_symbol_size(at)) {
        if (avt_str_starts(at, AVT_STRESS_PRIMARY))
            avt_buf_append_str(&out, primary_becomes);
        else if (avt_str_starts(at, AVT_STRESS_SECONDARY))
            avt_buf_append_str(&out, secondary_becomes);
        else
            avt_buf_append(&out, at, avt_alphabet_symbol_size(at));
    }
    return avt_buf_take(&out);
}

char *avt_alphabet_stress(const char *phonemes, enum avt_stress stress)
{
    bool primary = strstr(phonemes, AVT_STRESS_PRIMARY) != NULL;
    bool secondary = strstr(phonemes, AVT_STRESS_SECONDARY) != NULL;
    switch (stress) {
    case AVT_STRESS_NONE:
        return replace_marks(phonemes, "", "");
    case AVT_STRESS_LOWER:
        return replace_marks(phonemes, AVT_STRESS_SECONDARY, "");
    case AVT_STRESS_SOFTEN:
        if (primary)
            return replace_marks(phonemes, AVT_STRESS_SECONDARY, "");
        break;
    case AVT_STRESS_SECONDARY_AT_LEAST:
        if (!primary && !secondary)
            return with_mark(phonemes, AVT_STRESS_SECONDARY);
        break;
    case AVT_STRESS_RAISE:
        if (!primary && secondary)
            return replace_marks(phonemes, "", AVT_STRESS_PRIMARY);
        if (!primary)
            return with_mark(phonemes, AVT_STRESS_SECONDARY);
        break;
    case AVT_STRESS_PRIMARY_AT_LEAST:
        if (!primary && secondary)
            return replace_marks(phonemes, "", AVT_STRESS_PRIMARY);
        if (!primary)
            return with_mark(phonemes, AVT_STRESS_PRIMARY);
        break;
    case AVT_STRESS_KEEP:
        break;
    }
    return avt_strdup(phonemes);
}

size_t avt_alphabet_weight(const char *phonemes)
{
    size_t weight = 0;
    for (const char *at = phonemes; *at; at += avt_alphabet_symbol_size(at))
        weight += avt_alphabet_in(at, "AIOQWYʤʧ") ? 2 : 1;
    return weight;
}

char *avt_alphabet_finish(const char *phonemes)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(PHONEMES_BYTES_MAX);
    for (const char *at = phonemes; *at; at += avt_alphabet_symbol_size(at)) {
        if (avt_str_starts(at, "ɾ"))
            avt_buf_append_char(&out, 'T');
        else if (avt_str_starts(at, "ʔ"))
            avt_buf_append_char(&out, 't');
        else if (*at == ' ' || avt_alphabet_in(at, KNOWN))
            avt_buf_append(&out, at, avt_alphabet_symbol_size(at));
    }
    return avt_buf_take(&out);
}
