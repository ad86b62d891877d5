/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/overrides.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/ipa.h"
#include "voice/phonemizer.h"

enum { PHONEMES_BYTES_MAX = 1 << 14, DIGITS_MAX = 40 };

static enum avt_code apply_lexicon(struct avt_frontend *frontend,
                                   const struct avt_user_lexicon *lexicon,
                                   struct avt_token *token, struct avt_error *reterr);

/* What `text` is read as, in one string; the marks that make a rest stay in it. `lexicon` may be NULL:
 * a respelling does not look itself up. */
static enum avt_code read_aloud(struct avt_frontend *frontend, const char *text,
                                const struct avt_user_lexicon *lexicon, char **ret_phonemes,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_token_list_done) struct avt_token_list tokens = {0};
    enum avt_code code = avt_frontend_read(frontend, text, strlen(text), &tokens, reterr);
    for (size_t i = 0; lexicon && code == AVT_OK && i < tokens.count; i++)
        code = apply_lexicon(frontend, lexicon, &tokens.tokens[i], reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(PHONEMES_BYTES_MAX);
    for (size_t i = 0; i < tokens.count; i++) {
        const struct avt_token *token = &tokens.tokens[i];
        bool rest = token->punctuation && strchr(",;:", token->punctuation);
        if (rest && out.size > 0 && i + 1 < tokens.count)
            avt_buf_append_char(&out, token->punctuation);
        if (!token->punctuation) {
            avt_buf_append_str(&out, out.size && out.data[out.size - 1] != ' ' ? " " : "");
            avt_buf_append_str(&out, token->phonemes);
        }
    }
    *ret_phonemes = avt_buf_take(&out);
    return AVT_OK;
}

static enum avt_code number_phonemes(struct avt_frontend *frontend, const char *text, bool ordinal,
                                     char **ret_phonemes, struct avt_error *reterr)
{
    char digits[DIGITS_MAX + 1];
    size_t count = 0;
    for (; *text && count < DIGITS_MAX; text++)
        if (*text >= '0' && *text <= '9')
            digits[count++] = *text;
    digits[count] = '\0';
    AVT_CLEANUP(avt_freep) char *words = avt_frontend_number(frontend, digits, ordinal);
    return read_aloud(frontend, words, NULL, ret_phonemes, reterr);
}

static enum avt_code ipa_phonemes(const struct avt_frontend *frontend, const char *ipa,
                                  char **ret_phonemes, struct avt_error *reterr)
{
    enum avt_code code =
        avt_ipa_to_phonemes(ipa, avt_frontend_language(frontend), ret_phonemes, reterr);
    if (code != AVT_OK || !avt_frontend_is_raw(frontend))
        return code;
    /* It can be spoken; but this engine wants it as it was written. */
    avt_free(*ret_phonemes);
    *ret_phonemes = avt_phonemizer_map_raw(ipa, false);
    return AVT_OK;
}

static enum avt_code override_phonemes(struct avt_frontend *frontend,
                                       const struct avt_override *override, const char *text,
                                       const struct avt_user_lexicon *lexicon,
                                       char **ret_phonemes, struct avt_error *reterr)
{
    switch (override->kind) {
    case AVT_OVERRIDE_IPA:
        return ipa_phonemes(frontend, override->value, ret_phonemes, reterr);
    case AVT_OVERRIDE_ALIAS:
        return read_aloud(frontend, override->value, lexicon, ret_phonemes, reterr);
    case AVT_OVERRIDE_CARDINAL:
    case AVT_OVERRIDE_ORDINAL:
        return number_phonemes(frontend, text, override->kind == AVT_OVERRIDE_ORDINAL,
                               ret_phonemes, reterr);
    case AVT_OVERRIDE_CHARACTERS:
        return avt_frontend_spell(frontend, text, ret_phonemes, reterr);
    }
    return AVT_OK;
}

static void token_done(struct avt_token *token)
{
    avt_free(token->text);
    avt_free(token->phonemes);
}

/* Tokens [first, last) become one over bytes [start, end) of the plain text. With none in range, a
 * new one is put at `first`. */
static void replace_tokens(struct avt_token_list *list, size_t first, size_t last,
                           const char *plain, size_t start, size_t end, char *phonemes)
{
    struct avt_token merged = {.text = avt_strndup(plain + start, end - start),
                               .phonemes = phonemes,
                               .text_start = start,
                               .text_end = end,
                               .space_after = true};
    if (last > first) {
        const struct avt_token *tail = &list->tokens[last - 1];
        merged.space_after = tail->space_after;
        merged.pause_ms = tail->pause_ms;
        merged.sentence_end = tail->sentence_end;
        for (size_t i = first; i < last; i++)
            token_done(&list->tokens[i]);
        memmove(&list->tokens[first + 1], &list->tokens[last],
                (list->count - last) * sizeof *list->tokens);
        list->count -= last - first - 1;
    } else {
        if (list->count == list->capacity) {
            list->capacity = list->capacity ? list->capacity * 2 : 16;
            list->tokens = avt_realloc(list->tokens, list->capacity, sizeof *list->tokens);
        }
        memmove(&list->tokens[first + 1], &list->tokens[first],
                (list->count - first) * sizeof *list->tokens);
        list->count++;
    }
    list->tokens[first] = merged;
}

static enum avt_code apply_one(struct avt_frontend *frontend, const struct avt_markup *markup,
                               const struct avt_override *override, const char *source,
                               const struct avt_user_lexicon *lexicon,
                               struct avt_token_list *tokens, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep)
    char *text = avt_strndup(markup->text + override->start, override->end - override->start);
    char *phonemes = NULL;
    struct avt_error error = {0};
    enum avt_code code = override_phonemes(frontend, override, text, lexicon, &phonemes, &error);
    if (code == AVT_ETEXT) {
        size_t line, column;
        avt_markup_place(source, override->source, &line, &column);
        return avt_fail(reterr, code, "line %zu, column %zu: %.400s", line, column, error.message);
    }
    if (code != AVT_OK)
        return avt_fail(reterr, code, "%s", error.message);
    size_t first = 0;
    while (first < tokens->count && tokens->tokens[first].text_end <= override->start)
        first++;
    size_t last = first;
    while (last < tokens->count && tokens->tokens[last].text_start < override->end)
        last++;
    /* A word that was cut elsewhere keeps what hangs over. */
    size_t start = override->start, end = override->end;
    if (last > first) {
        start = tokens->tokens[first].text_start < start ? tokens->tokens[first].text_start : start;
        end = tokens->tokens[last - 1].text_end > end ? tokens->tokens[last - 1].text_end : end;
    }
    replace_tokens(tokens, first, last, markup->text, start, end, phonemes);
    return AVT_OK;
}

static enum avt_code apply_lexicon(struct avt_frontend *frontend,
                                   const struct avt_user_lexicon *lexicon,
                                   struct avt_token *token, struct avt_error *reterr)
{
    struct avt_pronunciation found;
    const char *language = avt_frontend_language(frontend);
    if (token->punctuation || !avt_user_lexicon_find(lexicon, token->text, language, &found))
        return AVT_OK;
    char *phonemes = NULL;
    enum avt_code code = found.ipa
                             ? ipa_phonemes(frontend, found.text, &phonemes, reterr)
                             : read_aloud(frontend, found.text, NULL, &phonemes, reterr);
    if (code != AVT_OK)
        return code;
    avt_free(token->phonemes);
    token->phonemes = phonemes;
    return AVT_OK;
}

enum avt_code avt_overrides_apply(struct avt_frontend *frontend, const struct avt_markup *markup,
                                  size_t start, size_t end, const char *source,
                                  const struct avt_user_lexicon *lexicon,
                                  struct avt_token_list *tokens, struct avt_error *reterr)
{
    avt_assert(frontend && markup && source && tokens);
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && lexicon && i < tokens->count; i++)
        code = apply_lexicon(frontend, lexicon, &tokens->tokens[i], reterr);
    for (size_t i = 0; code == AVT_OK && i < markup->override_count; i++) {
        const struct avt_override *override = &markup->overrides[i];
        if (override->start >= start && override->end <= end)
            code = apply_one(frontend, markup, override, source, lexicon, tokens, reterr);
    }
    return code;
}
