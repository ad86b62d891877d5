/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/ipa.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/kokoro_vocab.h"

struct rewrite {
    const char *from, *to;
};

/* The first that fits where the reader stands; longer ones first. */
static const struct rewrite ENGLISH[] = {
    {"eɪ", "A"}, {"aɪ", "I"}, {"ɔɪ", "Y"}, {"oʊ", "O"}, {"əʊ", "Q"}, {"aʊ", "W"}, {"tʃ", "ʧ"},
    {"dʒ", "ʤ"}, {"ɝː", "ɜɹ"}, {"ɝ", "ɜɹ"}, {"ɚ", "əɹ"}, {"r", "ɹ"}, {"e", "ɛ"},
    {"x", "k"},  {"ɾ", "T"},  {"ʔ", "t"},
};
static const struct rewrite AMERICAN[] = {{"ɜːɹ", "ɜɹ"}, {"ɜːr", "ɜɹ"}, {"ɜː", "ɜɹ"},
                                          {"ɒ", "ɑ"},    {"ː", ""},    {"a", "æ"}};
static const struct rewrite OTHER[] = {
    {"eɪ", "A"}, {"aɪ", "I"}, {"ɔɪ", "Y"}, {"oʊ", "O"}, {"əʊ", "Q"}, {"aʊ", "W"}, {"tʃ", "ʧ"},
    {"dʒ", "ʤ"}, {"ts", "ʦ"}, {"dz", "ʣ"}, {"tɕ", "ʨ"}, {"dʑ", "ʥ"}, {"tʂ", "ꭧ"},
};
/* In every language, after those above. */
static const struct rewrite COMMON[] = {
    {"g", "ɡ"}, {"'", "ˈ"}, {"ʼ", "ˈ"}, {":", "ː"}, {"/", ""},  {".", ""},
    {"-", ""},  {"‿", ""},  {"[", ""},  {"]", ""},  {"ɫ", "l"}, {"(", ""}, {")", ""},
    {"ɱ", "m"}, {"ʉ", "u"}, {"ɵ", "ə"}, {"̩", ""}, {"\n", " "}, {"\t", " "},
};

static const struct rewrite *find(const struct rewrite *table, size_t count, const char *at)
{
    for (size_t i = 0; i < count; i++)
        if (avt_str_starts(at, table[i].from))
            return &table[i];
    return NULL;
}
#define FIND(table, at) find(table, sizeof(table) / sizeof((table)[0]), at)

static const struct rewrite *rule_at(const char *at, const char *language)
{
    const struct rewrite *rule = NULL;
    bool english = avt_str_starts(language, "en");
    if (avt_str_equal(language, "en-us"))
        rule = FIND(AMERICAN, at);
    if (!rule && english)
        rule = FIND(ENGLISH, at);
    if (!rule && !english)
        rule = FIND(OTHER, at);
    return rule ? rule : FIND(COMMON, at);
}

/* Without ties and marks of what is no syllable: they would part the pairs above. */
static char *untied(const char *ipa)
{
    static const char *const MARKS[] = {"\u0361", "\u035c", "\u032f"};
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(AVT_IPA_BYTES_MAX);
    while (*ipa) {
        size_t skip = 0;
        for (size_t i = 0; i < sizeof MARKS / sizeof MARKS[0]; i++)
            skip = avt_str_starts(ipa, MARKS[i]) ? strlen(MARKS[i]) : skip;
        if (!skip)
            avt_buf_append_char(&out, *ipa);
        ipa += skip ? skip : 1;
    }
    return avt_buf_take(&out);
}

enum avt_code avt_ipa_to_phonemes(const char *ipa, const char *language, char **ret_phonemes,
                                  struct avt_error *reterr)
{
    avt_assert(ipa && language && ret_phonemes);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(AVT_IPA_BYTES_MAX);
    AVT_CLEANUP(avt_freep) char *plain = untied(ipa);
    bool sound = false;
    for (const char *at = plain; *at;) {
        const struct rewrite *rule = rule_at(at, language);
        if (rule) {
            avt_buf_append_str(&out, rule->to);
            sound |= *rule->to != '\0';
            at += strlen(rule->from);
            continue;
        }
        uint32_t codepoint = 0;
        size_t size = avt_utf8_decode(at, strlen(at), &codepoint);
        if (size == 0 || avt_kokoro_symbol_id(codepoint) < 0)
            return avt_fail(reterr, AVT_ETEXT,
                            "'%.*s' in the pronunciation /%.60s/ is no sound that the voices know",
                            (int)(size ? size : 1), at, ipa);
        avt_buf_append(&out, at, size);
        sound |= codepoint != ' ' && codepoint != 0x2c8 && codepoint != 0x2cc;
        at += size;
    }
    if (!sound || out.overflowed)
        return avt_fail(reterr, AVT_ETEXT, "the pronunciation /%.60s/ has %s", ipa,
                        sound ? "too many sounds" : "no sound in it");
    *ret_phonemes = avt_buf_take(&out);
    return AVT_OK;
}
