/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/hanzi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/str.h"

/* Sum of all counts of jieba's list: what a count is a share of. */
static const double COUNT_TOTAL = 60101967.0;

enum { WORD_BYTES = AVT_HANZI_WORD_MAX * 4 + 1 };

struct entry {
    double count;
    const char *pinyin; /* "" if that of the characters is right */
};

static bool look_up(const struct avt_lexicon *lexicon, const char *word, size_t size,
                    struct entry *ret_entry)
{
    char key[WORD_BYTES];
    struct avt_lexicon_entry found;
    if (size >= sizeof key)
        return false;
    memcpy(key, word, size);
    key[size] = '\0';
    if (!avt_lexicon_find(lexicon, key, &found))
        return false;
    const char *value = found.phonemes[AVT_POS_DEFAULT], *space = strchr(value, ' ');
    ret_entry->count = (double)strtol(value, NULL, 10);
    ret_entry->pinyin = space ? space + 1 : "";
    return true;
}

/* Byte offsets of the characters and of the end; how many characters there are. */
static size_t characters(const char *text, size_t size, size_t starts[AVT_HANZI_RUN_MAX + 1])
{
    size_t count = 0, at = 0;
    while (at < size && count < AVT_HANZI_RUN_MAX) {
        uint32_t codepoint;
        size_t length = avt_utf8_decode(text + at, size - at, &codepoint);
        starts[count++] = at;
        at += length ? length : 1;
    }
    starts[count] = at;
    return count;
}

size_t avt_hanzi_words(const struct avt_lexicon *lexicon, const char *text, size_t size,
                       size_t *ret_ends)
{
    avt_assert(lexicon && text && ret_ends);
    size_t starts[AVT_HANZI_RUN_MAX + 1], length[AVT_HANZI_RUN_MAX];
    double best[AVT_HANZI_RUN_MAX + 1];
    size_t count = characters(text, size, starts);
    best[count] = 0.0;
    for (size_t i = count; i-- > 0;) {
        best[i] = -INFINITY;
        for (size_t n = 1; n <= AVT_HANZI_WORD_MAX && i + n <= count; n++) {
            struct entry entry = {0};
            bool known = look_up(lexicon, text + starts[i], starts[i + n] - starts[i], &entry);
            /* What was never counted as a word of its own is the rarest word; several characters
             * without an entry are none. */
            if (n > 1 && (!known || entry.count < 1.0))
                continue;
            double score = log(fmax(entry.count, 1.0) / COUNT_TOTAL) + best[i + n];
            if (score > best[i]) {
                best[i] = score;
                length[i] = n;
            }
        }
    }
    size_t words = 0;
    for (size_t i = 0; i < count; i += length[i])
        ret_ends[words++] = starts[i + length[i]];
    return words;
}

static void append_syllables(const char *pinyin, bool as_written, struct avt_buf *out)
{
    while (*pinyin) {
        size_t size = strcspn(pinyin, " ");
        if (as_written) {
            avt_buf_append(out, pinyin, size);
            if (size > 0 && (pinyin[size - 1] < '1' || pinyin[size - 1] > '5'))
                avt_buf_append_char(out, '5');
        } else {
            (void)avt_pinyin_phonemes(pinyin, size, out);
        }
        pinyin += size;
        pinyin += *pinyin == ' ';
    }
}

static void append_word(const struct avt_lexicon *lexicon, const char *word, size_t size, bool as_written,
                        struct avt_buf *out)
{
    size_t starts[AVT_HANZI_RUN_MAX + 1];
    size_t count = characters(word, size, starts);
    for (size_t i = 0; i < count;) {
        /* The longest part that has a reading of its own. */
        size_t n = count - i < AVT_HANZI_WORD_MAX ? count - i : AVT_HANZI_WORD_MAX;
        struct entry entry = {.pinyin = ""};
        for (; n > 0; n--)
            if (look_up(lexicon, word + starts[i], starts[i + n] - starts[i], &entry) &&
                *entry.pinyin)
                break;
        if (n > 0)
            append_syllables(entry.pinyin, as_written, out);
        else if (as_written)
            avt_buf_append(out, word + starts[i], starts[i + 1] - starts[i]);
        i += n > 0 ? n : 1;
    }
}

void avt_hanzi_phonemes(const struct avt_lexicon *lexicon, const char *word, size_t size,
                        struct avt_buf *out)
{
    append_word(lexicon, word, size, false, out);
}

void avt_hanzi_pinyin(const struct avt_lexicon *lexicon, const char *word, size_t size, struct avt_buf *out)
{
    append_word(lexicon, word, size, true, out);
}
