/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/alphabet.h"
#include "voice/kokoro_vocab.h"
#include "voice/phonemizer.h"

/* U+0329: the consonant before it is a syllable of its own. */
#define SYLLABIC "\u0329"

struct rewrite {
    const char *from, *to;
};

/* espeak-ng to misaki's letters, the longest first, as misaki's own fallback applies them: one
 * after the other over the whole text, so that a later one sees what an earlier one left. */
static const struct rewrite COMMON[] = {
    {"ʔˌn" SYLLABIC, "ʔn"},
    {"ʔn" SYLLABIC, "ʔn"},
    {"a^ɪ", "I"},
    {"a^ʊ", "W"},
    {"d^ʒ", "ʤ"},
    {"e^ɪ", "A"},
    {"t^ʃ", "ʧ"},
    {"ɔ^ɪ", "Y"},
    {"ə^l", "ᵊl"},
    {"ʲo", "jo"},
    {"ʲə", "jə"},
    {"e", "A"},
    {"ʲ", ""},
    {"ɚ", "əɹ"},
    {"r", "ɹ"},
    {"x", "k"},
    {"ç", "k"},
    {"ɐ", "ə"},
    {"ɬ", "l"},
    {"\u0303", ""},
};
static const struct rewrite AMERICAN[] = {
    {"o^ʊ", "O"}, {"ɜːɹ", "ɜɹ"}, {"ɜː", "ɜɹ"}, {"ɪə", "iə"}, {"i^ə", "iə"}, {"ː", ""},
};
/* "e^ə" stands before the common rule for "e", which would leave "A^ə"; espeak-ng 1.51 ties "i^ə",
 * later versions do not. */
static const struct rewrite BRITISH_FIRST[] = {{"e^ə", "ɛː"}, {"i^ə", "ɪə"}, {"ə^ʊ", "Q"}};
static const struct rewrite BRITISH[] = {{"iə", "ɪə"}};
/* Versions before 1.52 write the vowel of "thought" with a plain o before r. */
static const struct rewrite LAST[] = {{"o", "ɔ"}, {"^", ""}, {"g", "ɡ"}};

enum { MAPPED_BYTES_MAX = 1 << 16 };

static char *replace_all(char *text, const struct rewrite *rewrites, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t from_size = strlen(rewrites[i].from);
        char *hit = strstr(text, rewrites[i].from);
        if (!hit)
            continue;
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(MAPPED_BYTES_MAX);
        const char *rest = text;
        for (; hit; hit = strstr(rest, rewrites[i].from)) {
            avt_buf_append(&out, rest, (size_t)(hit - rest));
            avt_buf_append_str(&out, rewrites[i].to);
            rest = hit + from_size;
        }
        avt_buf_append_str(&out, rest);
        avt_free(text);
        text = avt_buf_take(&out);
    }
    return text;
}
#define REPLACE_ALL(text, table) replace_all((text), (table), sizeof(table) / sizeof((table)[0]))

/* Flags of a switch of language, "(en)" or, tied, "(^e^n)". */
static char *without_flags(const char *ipa, bool hyphens)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(MAPPED_BYTES_MAX);
    bool inside = false;
    for (const char *at = ipa; *at; at++) {
        if (*at == '(')
            inside = true;
        if (!inside && *at != '\n' && *at != '_' && (hyphens || *at != '-'))
            avt_buf_append_char(&out, *at);
        if (*at == ')')
            inside = false;
    }
    return avt_buf_take(&out);
}

/* A syllabic consonant gets a short vowel before it instead of the mark after it. */
static char *spell_syllabics(char *text)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(MAPPED_BYTES_MAX);
    for (const char *at = text; *at; at += avt_alphabet_symbol_size(at)) {
        size_t size = avt_alphabet_symbol_size(at);
        if (avt_str_starts(at, SYLLABIC))
            continue;
        if (*at != ' ' && avt_str_starts(at + size, SYLLABIC))
            avt_buf_append_str(&out, "ᵊ");
        avt_buf_append(&out, at, size);
    }
    avt_free(text);
    return avt_buf_take(&out);
}

char *avt_phonemizer_map(const char *ipa, bool british)
{
    char *text = without_flags(ipa, false);
    if (british)
        text = REPLACE_ALL(text, BRITISH_FIRST);
    text = REPLACE_ALL(text, COMMON);
    text = spell_syllabics(text);
    text = british ? REPLACE_ALL(text, BRITISH) : REPLACE_ALL(text, AMERICAN);
    text = REPLACE_ALL(text, LAST);
    char *finished = avt_alphabet_finish(text);
    avt_free(text);
    size_t size = strlen(finished);
    while (size > 0 && finished[size - 1] == ' ')
        finished[--size] = '\0';
    return finished;
}

/* misaki's letters for languages other than English; length marks and r's stay as they are. */
static const struct rewrite FOREIGN[] = {
    {"a^ɪ", "I"}, {"a^ʊ", "W"}, {"d^z", "ʣ"}, {"d^ʒ", "ʤ"}, {"e^ɪ", "A"}, {"o^ʊ", "O"},
    {"ə^ʊ", "Q"}, {"s^s", "S"}, {"t^s", "ʦ"}, {"t^ʃ", "ʧ"}, {"ɔ^ɪ", "Y"}, {"^", ""},
    {"g", "ɡ"},
};
static const struct rewrite HINDI[] = {{"r.", "ɽ"}};

/* Sounds that the model has no letter for, and the nearest that it has: they come from words that
 * espeak-ng takes for another language's. */
static const struct {
    uint32_t from;
    const char *to;
} NEAREST[] = {
    {0x0271, "m"}, {0x026b, "l"}, {0x026c, "l"}, {0x0275, "ə"}, {0x0289, "u"}, {0x028f, "y"},
    {0x0266, "h"}, {0x0127, "h"}, {0x0280, "ʁ"}, {0x0290, "ʒ"}, {0x0291, "ʒ"}, {0x025d, "ɜɹ"},
    {0x0276, "œ"}, {0x028d, "w"}, {0x1d7f, "ʊ"}, {0x025e, "ɜ"}, {0x026d, "l"},
    {0x0253, "b"}, {0x0257, "d"}, {0x0295, "ʔ"}, {0x0299, "b"}, {0x0262, "ɡ"},
};

static void append_known(struct avt_buf *out, const char *at, size_t size)
{
    uint32_t codepoint = 0;
    if (avt_utf8_decode(at, size, &codepoint) == 0)
        return;
    if (codepoint == ' ' || avt_kokoro_symbol_id(codepoint) > 0) {
        avt_buf_append(out, at, size);
        return;
    }
    for (size_t i = 0; i < sizeof NEAREST / sizeof NEAREST[0]; i++)
        if (NEAREST[i].from == codepoint)
            avt_buf_append_str(out, NEAREST[i].to);
}

char *avt_phonemizer_map_foreign(const char *ipa, bool hindi)
{
    char *text = without_flags(ipa, false);
    if (hindi)
        text = REPLACE_ALL(text, HINDI);
    text = REPLACE_ALL(text, FOREIGN);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(MAPPED_BYTES_MAX);
    bool space = true; /* at the start, and after another one, a space is dropped */
    for (const char *at = text; *at; at += avt_alphabet_symbol_size(at)) {
        /* A mark of the sentence here would be one that espeak-ng wrote on its own. */
        bool mark = strchr(".,;:!?()\"", *at) != NULL;
        if (!mark && !(space && *at == ' '))
            append_known(&out, at, avt_alphabet_symbol_size(at));
        space = mark ? space : *at == ' ';
    }
    avt_free(text);
    char *finished = avt_buf_take(&out);
    size_t size = strlen(finished);
    while (size > 0 && finished[size - 1] == ' ')
        finished[--size] = '\0';
    return finished;
}

char *avt_phonemizer_map_raw(const char *ipa, bool hyphens)
{
    AVT_CLEANUP(avt_freep) char *text = without_flags(ipa, hyphens);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(MAPPED_BYTES_MAX);
    for (const char *at = text; *at; at++) {
        bool space = *at == ' ' && (out.size == 0 || out.data[out.size - 1] == ' ');
        if (*at != '^' && !space)
            avt_buf_append_char(&out, *at);
    }
    while (out.size > 0 && out.data[out.size - 1] == ' ')
        out.data[--out.size] = '\0';
    return avt_buf_take(&out);
}
