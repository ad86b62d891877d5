/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/g2p_en.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/alphabet.h"
#include "voice/tagger.h"

enum { TOKEN_PHONEMES_MAX = 1 << 16 };

static enum avt_code speak_words(const struct avt_g2p *g2p, struct avt_reading *reading,
                                 struct avt_error *reterr)
{
    struct avt_g2p_context context = {.next = AVT_NEXT_PAUSE};
    for (size_t i = reading->word_count; i-- > 0;) {
        struct avt_word *word = &reading->words[i];
        if (avt_tagger_pause_after(reading, i))
            context = (struct avt_g2p_context){.next = AVT_NEXT_PAUSE};
        const char *sense = avt_g2p_sense(reading, i, g2p->british);
        if (sense) {
            word->phonemes = avt_strdup(sense);
        } else {
            enum avt_code code = avt_g2p_word(g2p, word, &context, &word->phonemes, reterr);
            if (code != AVT_OK)
                return code;
        }
        context.next = avt_g2p_first_sound(word->phonemes, context.next);
        context.next_is_to = avt_str_casecmp(word->text, "to") == 0;
    }
    return AVT_OK;
}

/* One token's words in one string: a space between them unless they are joined. */
static char *token_phonemes(const struct avt_g2p *g2p, const struct avt_word *words, size_t first,
                            size_t end)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(TOKEN_PHONEMES_MAX);
    for (size_t i = first; i < end; i++) {
        if ((words[i].flags & AVT_WORD_JOIN) && avt_str_equal(words[i].text, "'s")) {
            AVT_CLEANUP(avt_freep) char *whole = avt_g2p_add_s(avt_buf_str(&out), g2p->british);
            avt_buf_clear(&out);
            avt_buf_append_str(&out, whole);
            continue;
        }
        if (out.size > 0 && words[i].phonemes[0] && !(words[i].flags & AVT_WORD_JOIN))
            avt_buf_append_char(&out, ' ');
        avt_buf_append_str(&out, words[i].phonemes);
    }
    return avt_alphabet_finish(avt_buf_str(&out));
}

enum avt_code avt_g2p_run(const struct avt_g2p *g2p, struct avt_reading *reading,
                          struct avt_error *reterr)
{
    enum avt_code code = speak_words(g2p, reading, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_token_list *list = &reading->tokens;
    size_t word = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t first = word;
        while (word < reading->word_count && reading->words[word].token == i)
            word++;
        list->tokens[i].phonemes = token_phonemes(g2p, reading->words, first, word);
    }
    avt_token_list_drop_silent(list);
    return AVT_OK;
}
