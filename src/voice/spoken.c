/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/spoken.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/normalize.h"
#include "voice/xtts_numbers.h"

enum { BYTES_MAX = 1 << 20 };

static void put_word(struct avt_buf *out, const struct avt_word *word, bool is_first)
{
    if (!is_first && !(word->flags & AVT_WORD_JOIN))
        avt_buf_printf(out, " ");
    if (!(word->flags & AVT_WORD_SPELL)) {
        avt_buf_printf(out, "%s", word->text);
        return;
    }
    for (const char *c = word->text; *c; c++)
        avt_buf_printf(out, "%s%c", c > word->text ? " " : "", *c);
}

char *avt_spoken_text(const char *text)
{
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(BYTES_MAX);
    if (avt_normalize(text, strlen(text), false, &reading, NULL) != AVT_OK)
        return avt_strdup(text);
    size_t word = 0;
    for (size_t i = 0; i < reading.tokens.count; i++) {
        const struct avt_token *token = &reading.tokens.tokens[i];
        if (token->punctuation)
            avt_buf_printf(&out, "%s", token->text);
        bool is_first = true;
        for (; word < reading.word_count && reading.words[word].token == i; word++, is_first = false)
            put_word(&out, &reading.words[word], is_first);
        if (token->space_after)
            avt_buf_printf(&out, " ");
    }
    return avt_strdup(avt_buf_str(&out));
}

char *avt_spoken_text_in(const char *language, const char *text)
{
    if (avt_str_starts(language, "en"))
        return avt_spoken_text(text);
    const struct avt_xtts_language *known = avt_xtts_language_find(language);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(BYTES_MAX);
    if (!known)
        return avt_strdup(text);
    avt_xtts_read_numbers(known, text, &out);
    return avt_strdup(avt_buf_str(&out));
}
