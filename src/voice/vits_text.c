/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/vits_text.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

enum { PIECE_BYTES_MAX = AVT_PHONEMIZER_PHRASE_MAX - 2, WRITTEN_BYTES_MAX = 16 * AVT_VITS_TEXT_BYTES_MAX };

/* ---- letters --------------------------------------------------------------------------------- */

/* Capitals from..to, every `step`-th of them, and how far their small ones are. */
struct capitals {
    uint32_t from, to;
    int step, distance;
};
static const struct capitals CAPITALS[] = {
    {'A', 'Z', 1, 32}, {0xc0, 0xd6, 1, 32}, {0xd8, 0xde, 1, 32}, {0x100, 0x12e, 2, 1}, {0x132, 0x136, 2, 1},
    {0x139, 0x147, 2, 1}, {0x14a, 0x176, 2, 1}, {0x178, 0x178, 1, -121}, {0x179, 0x17d, 2, 1}, {0x181, 0x181, 1, 210},
    {0x182, 0x184, 2, 1}, {0x186, 0x186, 1, 206}, {0x187, 0x187, 1, 1}, {0x189, 0x18a, 1, 205}, {0x18b, 0x18b, 1, 1},
    {0x18e, 0x18e, 1, 79}, {0x18f, 0x18f, 1, 202}, {0x190, 0x190, 1, 203}, {0x191, 0x191, 1, 1},
    {0x193, 0x193, 1, 205}, {0x194, 0x194, 1, 207}, {0x196, 0x196, 1, 211}, {0x197, 0x197, 1, 209},
    {0x198, 0x198, 1, 1}, {0x19c, 0x19c, 1, 211}, {0x19d, 0x19d, 1, 213}, {0x19f, 0x19f, 1, 214},
    {0x1a0, 0x1a4, 2, 1}, {0x1a6, 0x1a6, 1, 218}, {0x1a7, 0x1a7, 1, 1}, {0x1a9, 0x1a9, 1, 218}, {0x1ac, 0x1ac, 1, 1},
    {0x1ae, 0x1ae, 1, 218}, {0x1af, 0x1af, 1, 1}, {0x1b1, 0x1b2, 1, 217}, {0x1b3, 0x1b5, 2, 1},
    {0x1b7, 0x1b7, 1, 219}, {0x1b8, 0x1b8, 1, 1}, {0x1bc, 0x1bc, 1, 1}, {0x1c4, 0x1c4, 1, 2}, {0x1c5, 0x1c5, 1, 1},
    {0x1c7, 0x1c7, 1, 2}, {0x1c8, 0x1c8, 1, 1}, {0x1ca, 0x1ca, 1, 2}, {0x1cb, 0x1cb, 1, 1}, {0x1cd, 0x1db, 2, 1},
    {0x1de, 0x1ee, 2, 1}, {0x1f1, 0x1f1, 1, 2}, {0x1f2, 0x1f4, 2, 1}, {0x1f6, 0x1f6, 1, -97}, {0x1f7, 0x1f7, 1, -56},
    {0x1f8, 0x21e, 2, 1}, {0x220, 0x220, 1, -130}, {0x222, 0x232, 2, 1}, {0x23a, 0x23a, 1, 10795},
    {0x23b, 0x23b, 1, 1}, {0x23d, 0x23d, 1, -163}, {0x23e, 0x23e, 1, 10792}, {0x241, 0x241, 1, 1},
    {0x243, 0x243, 1, -195}, {0x244, 0x244, 1, 69}, {0x245, 0x245, 1, 71}, {0x246, 0x24e, 2, 1}, {0x370, 0x372, 2, 1},
    {0x376, 0x376, 1, 1}, {0x37f, 0x37f, 1, 116}, {0x386, 0x386, 1, 38}, {0x388, 0x38a, 1, 37}, {0x38c, 0x38c, 1, 64},
    {0x38e, 0x38f, 1, 63}, {0x391, 0x3a1, 1, 32}, {0x3a3, 0x3ab, 1, 32}, {0x3cf, 0x3cf, 1, 8}, {0x3d8, 0x3de, 2, 1},
    {0x400, 0x40f, 1, 80}, {0x410, 0x42f, 1, 32}, {0x460, 0x480, 2, 1}, {0x48a, 0x4be, 2, 1}, {0x4c0, 0x4c0, 1, 15},
    {0x4c1, 0x4cd, 2, 1}, {0x4d0, 0x52e, 2, 1}, {0x531, 0x556, 1, 48}, {0x10a0, 0x10c5, 1, 7264},
    {0x1c90, 0x1cba, 1, -3008}, {0x1e00, 0x1e94, 2, 1}, {0x1e9e, 0x1e9e, 1, -7615}, {0x1ea0, 0x1efe, 2, 1},
};

static uint32_t small_of(uint32_t codepoint)
{
    for (size_t i = 0; i < sizeof(CAPITALS) / sizeof(CAPITALS[0]); i++) {
        const struct capitals *row = &CAPITALS[i];
        if (codepoint >= row->from && codepoint <= row->to && (codepoint - row->from) % (uint32_t)row->step == 0)
            return (uint32_t)((int64_t)codepoint + row->distance);
    }
    return codepoint;
}

/* Enough of what has a case to tell a Greek word's end. */
static bool is_cased(uint32_t codepoint)
{
    return small_of(codepoint) != codepoint || (codepoint >= 'a' && codepoint <= 'z') ||
           (codepoint >= 0xdf && codepoint <= 0xff && codepoint != 0xf7) ||
           (codepoint >= 0x3ac && codepoint <= 0x3ce) || codepoint == 0x390 ||
           (codepoint >= 0x430 && codepoint <= 0x45f);
}

char *avt_vits_lower(const char *text)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(WRITTEN_BYTES_MAX);
    uint32_t codepoint = 0, before = 0, after = 0;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size, before = codepoint) {
        const char *next = text + size;
        bool more = avt_utf8_decode(next, strlen(next), &after) > 0;
        if (codepoint == 0x130) /* İ keeps its dot */
            avt_buf_append_str(&out, "i\u0307");
        else if (codepoint == 0x3a3 && is_cased(before) && !(more && is_cased(after)))
            avt_buf_append_str(&out, "ς");
        else
            avt_buf_append_utf8(&out, small_of(codepoint));
    }
    return avt_buf_take(&out);
}

/* What Python's \s and strip() take as white space. */
static bool is_space(uint32_t codepoint)
{
    return codepoint == ' ' || (codepoint >= 0x09 && codepoint <= 0x0d) || (codepoint >= 0x1c && codepoint <= 0x1f) ||
           codepoint == 0x85 || codepoint == 0xa0 || codepoint == 0x1680 ||
           (codepoint >= 0x2000 && codepoint <= 0x200a) || codepoint == 0x2028 || codepoint == 0x2029 ||
           codepoint == 0x202f || codepoint == 0x205f || codepoint == 0x3000;
}

static void append_cleaned(struct avt_buf *out, const struct avt_vits_cleaner *cleaner, uint32_t codepoint)
{
    unsigned cleaning = cleaner->cleaning;
    if ((cleaning & AVT_VITS_NO_NEWLINES) && codepoint == '\n')
        return;
    if ((cleaning & AVT_VITS_SYMBOLS) && (codepoint == ';' || codepoint == ':'))
        codepoint = ',';
    if ((cleaning & AVT_VITS_SYMBOLS) && codepoint == '-')
        codepoint = ' ';
    if ((cleaning & AVT_VITS_BRACKETS) && codepoint < 0x80 && strchr("<>()[]\"", (int)codepoint))
        return;
    if ((cleaning & AVT_VITS_SYMBOLS) && codepoint == '&' && cleaner->and_word)
        avt_buf_append_str(out, cleaner->and_word);
    else
        avt_buf_append_utf8(out, codepoint);
}

/* One space for any white space, none at the ends. */
static char *collapsed(const char *text)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(WRITTEN_BYTES_MAX);
    uint32_t codepoint = 0;
    bool space = false;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size) {
        if (is_space(codepoint)) {
            space = true;
            continue;
        }
        if (space && out.size > 0)
            avt_buf_append_char(&out, ' ');
        space = false;
        avt_buf_append(&out, text, size);
    }
    return avt_buf_take(&out);
}

char *avt_vits_clean(const struct avt_vits_config *config, const char *text)
{
    avt_assert(config && config->cleaner && text);
    const struct avt_vits_cleaner *cleaner = config->cleaner;
    AVT_CLEANUP(avt_buf_done) struct avt_buf turned = AVT_BUF_INIT(WRITTEN_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(WRITTEN_BYTES_MAX);
    uint32_t codepoint = 0;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size)
        avt_buf_append_utf8(&turned, (cleaner->cleaning & AVT_VITS_TURKISH_I) && codepoint == 'I' ? 0x131 : codepoint);
    AVT_CLEANUP(avt_freep)
    char *cased = cleaner->cleaning & AVT_VITS_LOWER ? avt_vits_lower(avt_buf_str(&turned)) : avt_buf_take(&turned);
    const char *at = cased;
    for (size_t size; (size = avt_utf8_decode(at, strlen(at), &codepoint)) > 0; at += size)
        append_cleaned(&out, cleaner, codepoint);
    return cleaner->cleaning & AVT_VITS_SPACES ? collapsed(avt_buf_str(&out)) : avt_buf_take(&out);
}

/* ---- phonemes -------------------------------------------------------------------------------- */

/* Coqui keeps these from espeak-ng, with the white space around them, and puts them back. */
static bool is_mark(uint32_t codepoint)
{
    static const uint32_t MARKS[] = {';', ':', ',', '.', '!', '?', 0xa1, 0xbf, 0x2014, 0x2026, '"', 0xab, 0xbb,
                                     0x201c, 0x201d};
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        if (MARKS[i] == codepoint)
            return true;
    }
    return false;
}

/* Bytes of `text` before its first run of marks, which has the white space around it; *ret_run: of that run. */
static size_t before_marks(const char *text, size_t *ret_run)
{
    size_t start = 0, at = 0;
    bool is_marked = false, in_run = false;
    uint32_t codepoint = 0;
    for (size_t size; (size = avt_utf8_decode(text + at, strlen(text + at), &codepoint)) > 0; at += size) {
        bool belongs = is_space(codepoint) || is_mark(codepoint);
        if (!belongs && is_marked)
            break;
        if (belongs && !in_run)
            start = at;
        in_run = belongs;
        is_marked |= is_mark(codepoint);
    }
    *ret_run = is_marked ? at - start : 0;
    return is_marked ? start : at;
}

/* Without white space at its ends, as strip(). Owned by the caller. */
static char *stripped(const char *text)
{
    size_t start = SIZE_MAX, end = 0, at = 0;
    uint32_t codepoint = 0;
    for (size_t size; (size = avt_utf8_decode(text + at, strlen(text + at), &codepoint)) > 0; at += size) {
        if (is_space(codepoint))
            continue;
        start = start == SIZE_MAX ? at : start;
        end = at + size;
    }
    return start == SIZE_MAX ? avt_strdup("") : avt_strndup(text + start, end - start);
}

/* gruut writes no stress and, in English, no length. */
static void append_phonemes(struct avt_buf *out, const struct avt_vits_config *config, const char *phonemes)
{
    bool is_plain = config->reader == AVT_VITS_GRUUT, is_english = avt_str_starts(config->language, "en");
    uint32_t codepoint = 0;
    for (size_t size; (size = avt_utf8_decode(phonemes, strlen(phonemes), &codepoint)) > 0; phonemes += size) {
        bool is_dropped = is_plain && (codepoint == 0x2c8 || codepoint == 0x2cc || (is_english && codepoint == 0x2d0));
        if (!is_dropped)
            avt_buf_append(out, phonemes, size);
    }
}

/* As many bytes of words as the helper takes at once, up to a space if there is one. */
static size_t portion(const char *words, size_t size)
{
    if (size <= PIECE_BYTES_MAX)
        return size;
    size_t cut = PIECE_BYTES_MAX;
    while (cut > 0 && words[cut] != ' ')
        cut--;
    if (cut > 0)
        return cut;
    for (cut = PIECE_BYTES_MAX; ((unsigned char)words[cut] & 0xc0) == 0x80;)
        cut--;
    return cut;
}

static enum avt_code append_words(struct avt_buf *out, const struct avt_vits_config *config,
                                  struct avt_phonemizer *phonemizer, const char *words, size_t size,
                                  struct avt_error *reterr)
{
    for (size_t at = 0, part; at < size; at += part) {
        part = portion(words + at, size - at);
        AVT_CLEANUP(avt_freep) char *own = avt_strndup(words + at, part);
        AVT_CLEANUP(avt_freep) char *phonemes = NULL;
        enum avt_code code = avt_phonemizer_phrase(phonemizer, own, &phonemes, reterr);
        if (code != AVT_OK)
            return code;
        if (at > 0)
            avt_buf_append_char(out, ' ');
        append_phonemes(out, config, phonemes);
    }
    return AVT_OK;
}

enum avt_code avt_vits_read(const struct avt_vits_config *config, struct avt_phonemizer *phonemizer, const char *text,
                            char **ret_text, struct avt_error *reterr)
{
    avt_assert(config && text && ret_text && (phonemizer || config->reader == AVT_VITS_LETTERS));
    if (strlen(text) > AVT_VITS_TEXT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "more than %d bytes of text cannot be spoken at once",
                        AVT_VITS_TEXT_BYTES_MAX);
    if (config->reader == AVT_VITS_LETTERS) {
        *ret_text = avt_strdup(text);
        return AVT_OK;
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(WRITTEN_BYTES_MAX);
    AVT_CLEANUP(avt_freep) char *own = stripped(text);
    for (const char *at = own; *at;) {
        size_t run = 0, words = before_marks(at, &run);
        if (words + run == 0)
            break; /* no UTF-8 */
        enum avt_code code = append_words(&out, config, phonemizer, at, words, reterr);
        if (code != AVT_OK)
            return code;
        avt_buf_append(&out, at + words, run);
        at += words + run;
    }
    if (out.overflowed)
        return avt_fail(reterr, AVT_ELIMIT, "the phonemes of a piece of text are more than can be spoken at once");
    *ret_text = avt_buf_take(&out);
    return AVT_OK;
}

/* ---- ids ------------------------------------------------------------------------------------- */

enum avt_code avt_vits_ids(const struct avt_vits_config *config, const char *text, int64_t **ret_ids, size_t *ret_count,
                           int *ret_places, struct avt_error *reterr)
{
    avt_assert(config && text && ret_ids && ret_count);
    AVT_CLEANUP(avt_freep) int64_t *ids = avt_new0(int64_t, AVT_VITS_IDS_MAX);
    size_t count = 0, spoken = 0, ends = config->has_ends ? 2 : 0, step = config->has_blanks ? 2 : 1, index = 0;
    uint32_t codepoint = 0;
    if (config->has_ends)
        ids[count++] = config->bos;
    if (config->has_blanks)
        ids[count++] = config->blank;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size, index++) {
        int64_t id = avt_vits_symbol(config, codepoint);
        if (ret_places)
            ret_places[index] = id < 0 ? -1 : (int)count;
        if (id < 0)
            continue;
        if (count + step + ends > AVT_VITS_IDS_MAX)
            return avt_fail(reterr, AVT_ELIMIT, "a piece of text has more than %d symbols for this voice: make "
                            "sentences shorter", AVT_VITS_IDS_MAX);
        ids[count++] = id;
        if (config->has_blanks)
            ids[count++] = config->blank;
        spoken++;
    }
    if (spoken == 0)
        return avt_fail(reterr, AVT_ETEXT, "this voice knows none of the characters of a piece of the text");
    if (config->has_ends)
        ids[count++] = config->eos;
    *ret_ids = AVT_TAKE(ids);
    *ret_count = count;
    return AVT_OK;
}
