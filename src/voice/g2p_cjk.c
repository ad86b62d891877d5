/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/g2p_cjk.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/hanzi.h"
#include "voice/intl.h"
#include "voice/kana.h"

enum { TOKEN_PHONEMES_MAX = 1 << 14, SHOWN_BYTES = 24 };

struct run {
    const struct avt_g2p_cjk *g2p;
    struct avt_reading *reading;
    struct avt_token_list out;
};

static struct avt_token *push(struct run *run, const struct avt_token *token)
{
    struct avt_token_list *list = &run->out;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->tokens = avt_realloc(list->tokens, list->capacity, sizeof *list->tokens);
    }
    list->tokens[list->count] = *token;
    return &list->tokens[list->count++];
}

/* A part of `token`, bytes [from, to) of it, spoken as `phonemes`; what follows the whole follows
 * only its last part. */
static void push_part(struct run *run, const struct avt_token *token, size_t from, size_t to,
                      char *phonemes)
{
    bool last = token->text_start + to == token->text_end;
    struct avt_token part = {.text = avt_strndup(token->text + from, to - from),
                             .phonemes = phonemes,
                             .text_start = token->text_start + from,
                             .text_end = token->text_start + to,
                             .space_after = true};
    if (last) {
        part.space_after = token->space_after;
        part.pause_ms = token->pause_ms;
        part.sentence_end = token->sentence_end;
    }
    push(run, &part);
}

static enum intl_script script_of(const char *text)
{
    uint32_t codepoint = 0;
    (void)avt_utf8_decode(text, strlen(text), &codepoint);
    return intl_script(codepoint);
}

/* Phonemes of a text that is Chinese throughout, a space between its words. */
static char *say_hanzi(const struct avt_lexicon *hanzi, const char *text)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(TOKEN_PHONEMES_MAX);
    size_t size = strlen(text), start = 0;
    while (start < size) {
        size_t ends[AVT_HANZI_RUN_MAX];
        size_t words = avt_hanzi_words(hanzi, text + start, size - start, ends);
        for (size_t i = 0, from = 0; i < words; from = ends[i++]) {
            if (out.size > 0)
                avt_buf_append_char(&out, ' ');
            avt_hanzi_phonemes(hanzi, text + start + from, ends[i] - from, &out);
        }
        start += ends[words - 1];
    }
    return avt_buf_take(&out);
}

static void push_hanzi(struct run *run, const struct avt_token *token)
{
    size_t size = strlen(token->text), start = 0;
    while (start < size) {
        size_t ends[AVT_HANZI_RUN_MAX];
        size_t words =
            avt_hanzi_words(run->g2p->hanzi, token->text + start, size - start, ends);
        for (size_t i = 0, from = 0; i < words; from = ends[i++]) {
            AVT_CLEANUP(avt_buf_done) struct avt_buf phonemes = AVT_BUF_INIT(TOKEN_PHONEMES_MAX);
            avt_hanzi_phonemes(run->g2p->hanzi, token->text + start + from, ends[i] - from,
                               &phonemes);
            push_part(run, token, start + from, start + ends[i], avt_buf_take(&phonemes));
        }
        start += ends[words - 1];
    }
}

static void push_kana(struct run *run, const struct avt_token *token)
{
    size_t size = strlen(token->text);
    for (size_t from = 0; from < size;) {
        size_t to = from + avt_kana_word(token->text + from, size - from);
        AVT_CLEANUP(avt_buf_done) struct avt_buf phonemes = AVT_BUF_INIT(TOKEN_PHONEMES_MAX);
        avt_kana_phonemes(token->text + from, to - from, to - from == size, &phonemes);
        push_part(run, token, from, to, avt_buf_take(&phonemes));
        from = to;
    }
}

static enum avt_code refuse_kanji(const struct avt_token *token, struct avt_error *reterr)
{
    size_t size = strlen(token->text);
    size = size < SHOWN_BYTES ? size : SHOWN_BYTES - SHOWN_BYTES % 3; /* whole characters */
    return avt_fail(reterr, AVT_ETEXT,
                    "the kanji '%.*s' at byte %zu cannot be read: write Japanese in kana, with "
                    "spaces between words",
                    (int)size, token->text, token->text_start);
}

/* A number or sign, said in words of the language. */
static char *say_words(const struct avt_g2p_cjk *g2p, const char *spoken)
{
    if (g2p->hanzi)
        return say_hanzi(g2p->hanzi, spoken);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(TOKEN_PHONEMES_MAX);
    avt_kana_phonemes(spoken, strlen(spoken), 0, &out);
    return avt_buf_take(&out);
}

static enum avt_code push_word(struct run *run, const struct avt_token *token, const char *spoken,
                               struct avt_error *reterr)
{
    bool as_written = avt_str_equal(spoken, token->text);
    enum intl_script script = script_of(spoken);
    if (script == INTL_HAN && !run->g2p->hanzi)
        return refuse_kanji(token, reterr);
    if (as_written && script == INTL_HAN) {
        push_hanzi(run, token);
    } else if (as_written && script == INTL_KANA && !run->g2p->hanzi) {
        push_kana(run, token);
    } else if (script == INTL_ALPHABETIC) {
        const char *phonemes = NULL;
        enum avt_code code =
            avt_phonemizer_word(run->g2p->phonemizer, spoken, &phonemes, reterr);
        if (code != AVT_OK)
            return code;
        push_part(run, token, 0, strlen(token->text), avt_strdup(phonemes));
    } else {
        push_part(run, token, 0, strlen(token->text), say_words(run->g2p, spoken));
    }
    return AVT_OK;
}

enum avt_code avt_g2p_cjk_run(const struct avt_g2p_cjk *g2p, struct avt_reading *reading,
                              struct avt_error *reterr)
{
    avt_assert(g2p && reading);
    struct run run = {.g2p = g2p, .reading = reading};
    enum avt_code code = AVT_OK;
    size_t word = 0;
    for (size_t i = 0; code == AVT_OK && i < reading->tokens.count; i++) {
        const struct avt_token *token = &reading->tokens.tokens[i];
        if (token->punctuation) {
            struct avt_token mark = *token;
            mark.text = avt_strdup(token->text);
            mark.phonemes = avt_strdup("");
            push(&run, &mark);
        } else {
            code = push_word(&run, token, reading->words[word++].text, reterr);
        }
    }
    avt_token_list_done(&reading->tokens);
    reading->tokens = run.out;
    avt_token_list_drop_silent(&reading->tokens);
    return code;
}
