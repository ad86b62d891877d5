/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/pocket_prompt.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

/* Frames a second. */
#define FRAME_RATE 12.5

static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* The next codepoint; U+FFFD for a byte that is not UTF-8. */
static size_t next_codepoint(const char *text, size_t size, uint32_t *ret_codepoint)
{
    size_t used = avt_utf8_decode(text, size, ret_codepoint);
    if (used == 0)
        *ret_codepoint = 0xfffd;
    return used ? used : 1;
}

/* Blanks at the ends gone, one space for each of the others, and the apostrophes that the model knows. */
static void clean(const char *text, struct avt_buf *out)
{
    bool is_pending = false;
    for (size_t at = 0, size = strlen(text); at < size;) {
        uint32_t c;
        at += next_codepoint(text + at, size - at, &c);
        if (is_blank(c)) {
            is_pending = out->size > 0;
            continue;
        }
        if (is_pending)
            avt_buf_append_char(out, ' ');
        is_pending = false;
        avt_buf_append_utf8(out, c == 0x2018 || c == 0x2019 ? '\'' : c);
    }
}

static size_t count_words(const char *text)
{
    size_t count = 0;
    bool is_word = false;
    for (size_t at = 0, size = strlen(text); at < size;) {
        uint32_t c;
        at += next_codepoint(text + at, size - at, &c);
        count += !is_blank(c) && !is_word;
        is_word = !is_blank(c);
    }
    return count;
}

/* Of the letters of the languages that the model exists in, and Greek and Cyrillic. */
static uint32_t large(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) ||
        (c >= 0x430 && c <= 0x44f))
        return c - 32;
    if ((c >= 0x100 && c <= 0x137 && c != 0x131) || (c >= 0x14a && c <= 0x177))
        return c & ~1u;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c % 2 == 0 ? c - 1 : c;
    return c >= 0x450 && c <= 0x45f ? c - 80 : c;
}

/* A letter or a digit: of what is beyond ASCII all that is no mark, quotation or other sign. */
static bool is_alnum(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c < 0xc0)
        return c == 0xaa || c == 0xb5 || c == 0xba || c == 0xb2 || c == 0xb3 || c == 0xb9 || (c >= 0xbc && c <= 0xbe);
    return c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x303f) &&
           !(c >= 0xfe00 && c <= 0xfe6f) && !(c >= 0xff00 && c <= 0xff0f) && c < 0x1f000 && c != 0xfffd;
}

char *avt_pocket_prepare(const char *text, struct avt_pocket_style style)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf body = AVT_BUF_INIT(SIZE_MAX / 2), out = AVT_BUF_INIT(SIZE_MAX / 2);
    clean(text, &body);
    for (size_t i = 0; style.is_without_semicolons && i < body.size; i++)
        body.data[i] = body.data[i] == ';' ? ',' : body.data[i];
    if (body.size > 0) {
        uint32_t first, last = 0;
        size_t used = next_codepoint(body.data, body.size, &first);
        if (style.is_padding && count_words(body.data) < AVT_POCKET_PAD_WORDS) {
            for (int i = 0; i < AVT_POCKET_PAD_SPACES; i++)
                avt_buf_append_char(&out, ' ');
        }
        avt_buf_append_utf8(&out, large(first));
        avt_buf_append_str(&out, body.data + used);
        for (size_t at = 0; at < body.size;)
            at += next_codepoint(body.data + at, body.size - at, &last);
        if (is_alnum(last))
            avt_buf_append_char(&out, '.');
    }
    return avt_buf_take(&out);
}

int avt_pocket_frames_after(const char *text)
{
    return (count_words(text) <= AVT_POCKET_SHORT_WORDS ? 3 : 1) + AVT_POCKET_TAIL_FRAMES;
}

int avt_pocket_frames_max(size_t token_count)
{
    return (int)ceil(((double)token_count / 3 + 2) * FRAME_RATE);
}

/* --- pieces of a long text --- */

void avt_pocket_chunks_done(struct avt_pocket_chunks *chunks)
{
    for (size_t i = 0; i < chunks->count; i++)
        avt_free(chunks->texts[i]);
    avt_free(chunks->texts);
    *chunks = (struct avt_pocket_chunks){0};
}

/* Where a text may be cut, the best first. */
enum level { SENTENCES, CLAUSES, WORDS, HALVES };

struct splitter {
    const struct avt_spm *spm;
    size_t tokens_max;
    struct avt_pocket_chunks *chunks;
    char *current; /* what the next chunk is so far, or NULL */
    struct avt_error *reterr;
};

static enum avt_code fits(const struct splitter *s, const char *text, bool *ret_fits)
{
    AVT_CLEANUP(avt_freep) int32_t *ids = NULL;
    size_t count = 0;
    enum avt_code code = avt_spm_encode(s->spm, text, &ids, &count, s->reterr);
    *ret_fits = code == AVT_OK && count <= s->tokens_max;
    return code;
}

static void flush(struct splitter *s)
{
    if (!s->current)
        return;
    s->chunks->texts = avt_realloc(s->chunks->texts, s->chunks->count + 1, sizeof(char *));
    s->chunks->texts[s->chunks->count++] = AVT_TAKE(s->current);
}

/* Behind what is there, if both are few enough tokens. */
static enum avt_code add_part(struct splitter *s, const char *part)
{
    if (s->current) {
        AVT_CLEANUP(avt_freep) char *both = avt_asprintf("%s %s", s->current, part);
        bool is_fitting = false;
        enum avt_code code = fits(s, both, &is_fitting);
        if (code != AVT_OK)
            return code;
        if (is_fitting) {
            avt_free(s->current);
            s->current = AVT_TAKE(both);
            return AVT_OK;
        }
        flush(s);
    }
    s->current = avt_strdup(part);
    return AVT_OK;
}

static bool is_among(uint32_t c, const char *ascii, const uint32_t *others)
{
    if (c < 0x80)
        return c && strchr(ascii, (int)c);
    while (*others && *others != c)
        others++;
    return *others != 0;
}

static bool is_cut_mark(uint32_t c, enum level level)
{
    static const uint32_t ends[] = {0x2026, 0}, none[] = {0}; /* … */
    return level == SENTENCES ? is_among(c, ".!?", ends) : is_among(c, ",;:", none);
}

/* Bytes of the first part of a cleaned text, its space not counted. */
static size_t first_part(const char *text, size_t size, enum level level)
{
    static const uint32_t closers[] = {0x201d, 0x2019, 0xbb, 0}; /* ” ’ » */
    if (level == HALVES) {
        size_t half = size / 2;
        while (half > 0 && ((uint8_t)text[half] & 0xc0) == 0x80)
            half--;
        return half;
    }
    bool is_behind_mark = false;
    for (size_t at = 0; at < size;) {
        uint32_t c;
        size_t used = next_codepoint(text + at, size - at, &c);
        if (c == ' ' && (level == WORDS || is_behind_mark))
            return at;
        is_behind_mark = is_cut_mark(c, level) || (is_behind_mark && is_among(c, "\"')]", closers));
        at += used;
    }
    return size;
}

/* A part as it is if it fits, else in parts of its own. */
static enum avt_code split(struct splitter *s, const char *text, size_t size, enum level level)
{
    AVT_CLEANUP(avt_freep) char *whole = avt_strndup(text, size);
    bool is_fitting = false;
    enum avt_code code = fits(s, whole, &is_fitting);
    if (code != AVT_OK)
        return code;
    size_t first = first_part(text, size, level);
    if (is_fitting || first == 0)
        return add_part(s, whole); /* first == 0: one character of several bytes, each a token */
    if (first == size)
        return split(s, text, size, level + 1);
    for (size_t at = 0; code == AVT_OK && at < size;) {
        size_t part = level == HALVES && at > 0 ? size - at : first_part(text + at, size - at, level);
        code = split(s, text + at, part, level == HALVES ? HALVES : level + 1);
        at += part;
        at += at < size && text[at] == ' ';
    }
    return code;
}

enum avt_code avt_pocket_split(const struct avt_spm *spm, const char *text, size_t tokens_max,
                               struct avt_pocket_chunks *ret_chunks, struct avt_error *reterr)
{
    if (strlen(text) > AVT_SPM_TEXT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "a text of more than %d bytes is too long to be spoken at once",
                        AVT_SPM_TEXT_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf clean_text = AVT_BUF_INIT(4 * AVT_SPM_TEXT_BYTES_MAX);
    clean(text, &clean_text);
    struct splitter s = {.spm = spm, .tokens_max = tokens_max, .chunks = ret_chunks, .reterr = reterr};
    enum avt_code code = AVT_OK;
    for (size_t at = 0; code == AVT_OK && at < clean_text.size;) {
        size_t part = first_part(clean_text.data + at, clean_text.size - at, SENTENCES);
        code = split(&s, clean_text.data + at, part, CLAUSES);
        at += part;
        at += at < clean_text.size && clean_text.data[at] == ' ';
    }
    flush(&s);
    return code;
}
