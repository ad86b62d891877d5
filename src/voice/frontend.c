/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/frontend.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/voices.h"
#include "nn/registry.h"
#include "voice/g2p_cjk.h"
#include "voice/g2p_en.h"
#include "voice/g2p_espeak.h"
#include "voice/intl.h"
#include "voice/tagger.h"

struct avt_frontend {
    const char *language;             /* its tag, of the table, or `own` */
    char *own;                        /* what espeak-ng calls a language that is not in the table */
    const struct intl_language *intl; /* NULL: English */
    struct avt_lexicon *lexicon;      /* NULL: none is needed */
    bool raw;
    struct avt_phonemizer *phonemizer;
};

static bool is_british(const struct avt_frontend *frontend)
{
    return avt_str_equal(frontend->language, "en-gb");
}

static enum avt_code open_lexicon(const char *id, struct avt_lexicon **ret_lexicon,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = NULL;
    enum avt_code code = avt_registry_locate(id, &path, reterr);
    return code == AVT_OK ? avt_lexicon_open(path, ret_lexicon, reterr) : code;
}

/* Names of languages as espeak-ng 1.51 finds them. */
static const char *espeak_name(const char *language)
{
    /* Latin words in Chinese and Japanese. */
    if (avt_str_equal(language, "zh") || avt_str_equal(language, "ja"))
        return "en-us";
    return avt_str_equal(language, "fr") ? "fr-fr" : language;
}

/* Id of the dictionary that the language needs, NULL if none. */
static const char *lexicon_of(const struct avt_frontend *frontend)
{
    if (!frontend->intl)
        return is_british(frontend) ? "lexicon-en-gb" : "lexicon-en-us";
    return avt_str_equal(frontend->language, "zh") ? "lexicon-zh" : NULL;
}

static enum avt_code make(const char *language, bool raw, struct avt_frontend **ret_frontend,
                          struct avt_error *reterr)
{
    avt_assert(language && ret_frontend);
    const struct avt_language *known = avt_language_find(language);
    enum avt_code code = known || raw ? AVT_OK : avt_language_check(language, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_frontend_freep)
    struct avt_frontend *frontend = avt_new0(struct avt_frontend, 1);
    frontend->own = known ? NULL : avt_strdup(language);
    frontend->language = known ? known->tag : frontend->own;
    frontend->intl = known ? intl_language(known->tag) : intl_language_plain();
    frontend->raw = raw;
    const char *lexicon = raw ? NULL : lexicon_of(frontend);
    if (lexicon)
        code = open_lexicon(lexicon, &frontend->lexicon, reterr);
    if (code != AVT_OK)
        return code;
    frontend->phonemizer = avt_phonemizer_new(&(struct avt_phonemizer_options){
        .language = espeak_name(frontend->language), .raw = raw});
    *ret_frontend = AVT_TAKE(frontend);
    return AVT_OK;
}

enum avt_code avt_frontend_new(const char *language, struct avt_frontend **ret_frontend,
                               struct avt_error *reterr)
{
    return make(language, false, ret_frontend, reterr);
}

enum avt_code avt_frontend_new_raw(const char *language, struct avt_frontend **ret_frontend,
                                   struct avt_error *reterr)
{
    return make(language, true, ret_frontend, reterr);
}

bool avt_frontend_is_raw(const struct avt_frontend *frontend)
{
    return frontend->raw;
}

/* The words of each token as one, which is what espeak-ng is asked for; letters to be spelled stand
 * apart. */
static void join_words(struct avt_reading *reading)
{
    size_t count = 0;
    for (size_t i = 0; i < reading->word_count; i++) {
        struct avt_word *word = &reading->words[i];
        struct avt_word *last = count ? &reading->words[count - 1] : NULL;
        bool same = last && last->token == word->token;
        AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(INTL_SPOKEN_BYTES_MAX);
        if (same)
            avt_buf_printf(&text, "%s%s", last->text, word->flags & AVT_WORD_JOIN ? "" : " ");
        for (const char *at = word->text; *at; at++)
            avt_buf_printf(&text, "%c%s", *at, word->flags & AVT_WORD_SPELL && at[1] ? " " : "");
        struct avt_word joined = {.text = avt_buf_take(&text), .token = word->token};
        avt_free(word->text);
        avt_free(same ? last->text : NULL);
        word->text = NULL;
        reading->words[same ? count - 1 : count++] = joined;
    }
    reading->word_count = count;
}

static enum avt_code read_raw_english(struct avt_frontend *frontend, const char *text, size_t size,
                                      struct avt_reading *reading, struct avt_error *reterr)
{
    enum avt_code code = avt_normalize(text, size, is_british(frontend), reading, reterr);
    if (code != AVT_OK)
        return code;
    join_words(reading);
    return avt_g2p_espeak_run(frontend->phonemizer, reading, reterr);
}

static enum avt_code read_english(struct avt_frontend *frontend, const char *text, size_t size,
                                  struct avt_reading *reading, struct avt_error *reterr)
{
    enum avt_code code = avt_normalize(text, size, is_british(frontend), reading, reterr);
    if (code != AVT_OK)
        return code;
    avt_tagger_run(reading);
    const struct avt_g2p g2p = {.lexicon = frontend->lexicon,
                                .phonemizer = frontend->phonemizer,
                                .british = is_british(frontend)};
    return avt_g2p_run(&g2p, reading, reterr);
}

static enum avt_code read_other(struct avt_frontend *frontend, const char *text, size_t size,
                                struct avt_reading *reading, struct avt_error *reterr)
{
    enum avt_code code = intl_normalize(text, size, frontend->intl, reading, reterr);
    if (code != AVT_OK)
        return code;
    if (!frontend->intl->cardinal)
        return avt_g2p_espeak_run(frontend->phonemizer, reading, reterr);
    const struct avt_g2p_cjk g2p = {.hanzi = frontend->lexicon,
                                    .phonemizer = frontend->phonemizer};
    return avt_g2p_cjk_run(&g2p, reading, reterr);
}

enum avt_code avt_frontend_read(struct avt_frontend *frontend, const char *text, size_t size,
                                struct avt_token_list *ret_tokens, struct avt_error *reterr)
{
    avt_assert(frontend && text && ret_tokens);
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    enum avt_code code = frontend->intl  ? read_other(frontend, text, size, &reading, reterr)
                         : frontend->raw ? read_raw_english(frontend, text, size, &reading, reterr)
                                         : read_english(frontend, text, size, &reading, reterr);
    if (code != AVT_OK)
        return code;
    *ret_tokens = reading.tokens;
    reading.tokens = (struct avt_token_list){0};
    return AVT_OK;
}

enum avt_code avt_frontend_run(struct avt_frontend *frontend, const char *text, size_t size,
                               struct avt_token_list *ret_tokens, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_token_list_done) struct avt_token_list tokens = {0};
    enum avt_code code = avt_frontend_read(frontend, text, size, &tokens, reterr);
    if (code != AVT_OK)
        return code;
    bool spoken = false;
    for (size_t i = 0; i < tokens.count; i++)
        spoken |= tokens.tokens[i].phonemes[0] != '\0';
    if (!spoken)
        return avt_fail(reterr, AVT_ETEXT,
                        "there is nothing to speak in the text; give at least one word");
    *ret_tokens = tokens;
    tokens = (struct avt_token_list){0};
    return AVT_OK;
}

/* Letters and digits of a text, one by one with a space between. */
static char *spaced(const char *text)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(INTL_SPOKEN_BYTES_MAX);
    size_t size = strlen(text);
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t codepoint = 0;
        length = avt_utf8_decode(text + at, size - at, &codepoint);
        length = length ? length : 1;
        if (intl_script(codepoint) == INTL_NO_LETTER && intl_digit(codepoint) < 0)
            continue;
        if (out.size > 0)
            avt_buf_append_char(&out, ' ');
        avt_buf_append(&out, text + at, length);
    }
    return avt_buf_take(&out);
}

/* One token whose words are spelled. */
static enum avt_code spell_english(struct avt_frontend *frontend, const char *text,
                                   struct avt_reading *reading, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *letters = spaced(text);
    reading->tokens.tokens = avt_new0(struct avt_token, 1);
    reading->tokens.count = reading->tokens.capacity = 1;
    reading->tokens.tokens[0].text = avt_strdup(text);
    reading->words = avt_new0(struct avt_word, strlen(letters) + 1);
    char *rest = letters;
    for (char *letter = strsep(&rest, " "); letter && *letter; letter = strsep(&rest, " ")) {
        char *digit = avt_frontend_number(frontend, letter, false);
        bool number = *letter >= '0' && *letter <= '9';
        if (!number)
            avt_free(digit);
        reading->words[reading->word_count++] =
            (struct avt_word){.text = number ? digit : avt_strdup(letter),
                              .flags = number ? 0 : AVT_WORD_SPELL};
    }
    const struct avt_g2p g2p = {.lexicon = frontend->lexicon,
                                .phonemizer = frontend->phonemizer,
                                .british = is_british(frontend)};
    avt_tagger_run(reading);
    return avt_g2p_run(&g2p, reading, reterr);
}

enum avt_code avt_frontend_spell(struct avt_frontend *frontend, const char *text,
                                 char **ret_phonemes, struct avt_error *reterr)
{
    avt_assert(frontend && text && ret_phonemes);
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    AVT_CLEANUP(avt_freep) char *letters = spaced(text);
    enum avt_code code =
        frontend->intl  ? read_other(frontend, letters, strlen(letters), &reading, reterr)
        : frontend->raw ? read_raw_english(frontend, letters, strlen(letters), &reading, reterr)
                        : spell_english(frontend, text, &reading, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(1 << 14);
    for (size_t i = 0; i < reading.tokens.count; i++)
        avt_buf_printf(&out, "%s%s", out.size ? " " : "", reading.tokens.tokens[i].phonemes);
    *ret_phonemes = avt_buf_take(&out);
    return AVT_OK;
}

char *avt_frontend_number(const struct avt_frontend *frontend, const char *digits, bool ordinal)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(INTL_SPOKEN_BYTES_MAX);
    size_t count = strspn(digits, "0123456789");
    if (!frontend->intl) {
        avt_normalize_number(&out, digits, count, ordinal, is_british(frontend));
    } else {
        int value = count <= 2 ? (int)strtol(digits, NULL, 10) : 0;
        const char *word =
            ordinal && value >= 1 && value <= 20 ? frontend->intl->ordinals[value] : NULL;
        if (word)
            avt_buf_append_str(&out, word);
        else
            intl_cardinal(frontend->intl, &out, digits, count);
    }
    return avt_buf_take(&out);
}

const char *avt_frontend_language(const struct avt_frontend *frontend)
{
    return frontend->language;
}

void avt_frontend_free(struct avt_frontend *frontend)
{
    if (!frontend)
        return;
    avt_phonemizer_free(frontend->phonemizer);
    avt_lexicon_free(frontend->lexicon);
    avt_free(frontend->own);
    avt_free(frontend);
}
