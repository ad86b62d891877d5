/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/hanzi.h"
#include "voice/lexicon_format.h"
#include "voice/lexicon_pack.h"

enum {
    WORDS_BYTES_MAX = 32 << 20,
    PINYIN_BYTES_MAX = 192, /* of one word */
    COUNT_MIN = 3,          /* rarer words of several characters are left out */
};

struct compiler {
    struct avt_lexicon_pack pack;
    json_t *characters, *phrases;
};

static void compiler_done(struct compiler *compiler)
{
    avt_lexicon_pack_done(&compiler->pack);
    json_decref(compiler->characters);
    json_decref(compiler->phrases);
}

/* The vowel and tone of a letter with a tone mark; false for any other. */
static bool toned_letter(uint32_t c, char *ret_letter, int *ret_tone)
{
    static const struct {
        const char *letters; /* tones 1 to 4 */
        char plain;
    } ROWS[] = {{"āáǎà", 'a'}, {"ēéěè", 'e'}, {"īíǐì", 'i'}, {"ōóǒò", 'o'},
                {"ūúǔù", 'u'}, {"ǖǘǚǜ", 'v'}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const char *at = ROWS[i].letters;
        for (int tone = 1; *at; tone++) {
            uint32_t letter = 0;
            at += avt_utf8_decode(at, strlen(at), &letter);
            if (letter == c) {
                *ret_letter = ROWS[i].plain;
                *ret_tone = tone;
                return true;
            }
        }
    }
    return false;
}

/* Nasal syllables that carry their tone themselves. */
static bool toned_nasal(uint32_t c, const char **ret_text, int *ret_tone)
{
    static const struct {
        uint32_t c;
        const char *text;
        int tone;
    } ROWS[] = {{0x144, "n", 2}, {0x148, "n", 3}, {0x1f9, "n", 4}, {0x1e3f, "m", 2}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (ROWS[i].c == c) {
            *ret_text = ROWS[i].text;
            *ret_tone = ROWS[i].tone;
            return true;
        }
    }
    return false;
}

/* "zhōng" as "zhong1"; appended, with a space before unless first. What follows a comma is another
 * reading. */
static void append_numbered(struct avt_buf *out, const char *marked)
{
    if (out->size > 0)
        avt_buf_append_char(out, ' ');
    int tone = 5;
    size_t size = strcspn(marked, ",");
    for (size_t at = 0; at < size;) {
        uint32_t c = 0;
        size_t length = avt_utf8_decode(marked + at, size - at, &c);
        if (length == 0)
            return;
        char letter;
        const char *nasal;
        if (toned_letter(c, &letter, &tone))
            avt_buf_append_char(out, letter);
        else if (toned_nasal(c, &nasal, &tone))
            avt_buf_append_str(out, nasal);
        else if (c == 0xfc)
            avt_buf_append_char(out, 'v');
        else if (c == 0x300)
            tone = 4; /* combining, on m and ê */
        else
            avt_buf_append(out, marked + at, length);
        at += length;
    }
    avt_buf_append_char(out, (char)('0' + tone));
}

static void character_pinyin(const struct compiler *compiler, uint32_t codepoint,
                             struct avt_buf *out)
{
    char key[16];
    (void)snprintf(key, sizeof key, "%u", (unsigned)codepoint);
    const char *reading = json_string_value(json_object_get(compiler->characters, key));
    if (reading)
        append_numbered(out, reading);
}

/* The pinyin of a word where it differs from that of its characters, else nothing. */
static void phrase_pinyin(const struct compiler *compiler, const char *word, struct avt_buf *out)
{
    json_t *syllables = json_object_get(compiler->phrases, word);
    AVT_CLEANUP(avt_buf_done) struct avt_buf alone = AVT_BUF_INIT(PINYIN_BYTES_MAX);
    size_t size = strlen(word), count = 0;
    for (size_t at = 0, length; at < size; at += length, count++) {
        uint32_t codepoint = 0;
        length = avt_utf8_decode(word + at, size - at, &codepoint);
        if (length == 0)
            return;
        character_pinyin(compiler, codepoint, &alone);
    }
    if (json_array_size(syllables) != count)
        return;
    for (size_t i = 0; i < count; i++) {
        const char *reading =
            json_string_value(json_array_get(json_array_get(syllables, i), 0));
        if (!reading)
            return;
        append_numbered(out, reading);
    }
    if (out->overflowed || avt_str_equal(avt_buf_str(out), avt_buf_str(&alone)))
        avt_buf_clear(out);
}

static enum avt_code add(struct compiler *compiler, const char *word, long count,
                         struct avt_error *reterr)
{
    uint32_t *slot = avt_lexicon_pack_slot(&compiler->pack, word);
    if (!slot)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the Chinese dictionary cannot be packed: too many words fall on one "
                        "place");
    if (slot[0] != 0 || strlen(word) > AVT_LEXICON_KEY_MAX)
        return AVT_OK;
    AVT_CLEANUP(avt_buf_done) struct avt_buf pinyin = AVT_BUF_INIT(PINYIN_BYTES_MAX);
    uint32_t codepoint = 0;
    if (avt_utf8_decode(word, strlen(word), &codepoint) == strlen(word))
        character_pinyin(compiler, codepoint, &pinyin);
    else
        phrase_pinyin(compiler, word, &pinyin);
    avt_lexicon_pack_begin(&compiler->pack, slot, word);
    avt_buf_append_char(&compiler->pack.pool, LEX_VALUE_MARK);
    avt_buf_printf(&compiler->pack.pool, "%ld%s%s", count, pinyin.size ? " " : "",
                   avt_buf_str(&pinyin));
    avt_buf_append_char(&compiler->pack.pool, '\0');
    return AVT_OK;
}

/* "word count part-of-speech" a line. */
static enum avt_code add_words(struct compiler *compiler, char *text, struct avt_error *reterr)
{
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        char *space = strchr(line, ' ');
        if (!space)
            continue;
        *space = '\0';
        long count = strtol(space + 1, NULL, 10);
        uint32_t codepoint = 0;
        bool one = avt_utf8_decode(line, strlen(line), &codepoint) == strlen(line);
        if (count < COUNT_MIN && !one)
            continue;
        enum avt_code code = add(compiler, line, count, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

static enum avt_code add_keys(struct compiler *compiler, json_t *object, bool codepoints,
                              struct avt_error *reterr)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char character[8] = "";
        if (codepoints && avt_utf8_encode((uint32_t)strtoul(key, NULL, 10), character) == 0)
            continue;
        enum avt_code code = add(compiler, codepoints ? character : key, 0, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

enum avt_code avt_hanzi_compile(const char *words_txt, const char *characters_json,
                                const char *phrases_json, const char *out_path,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(compiler_done) struct compiler compiler = {0};
    AVT_CLEANUP(avt_freep) char *words = NULL;
    enum avt_code code = avt_file_read_text(words_txt, WORDS_BYTES_MAX, &words, reterr);
    if (code == AVT_OK)
        code = avt_json_read_file(characters_json, AVT_JSON_BYTES_MAX, &compiler.characters,
                                  reterr);
    if (code == AVT_OK)
        code = avt_json_read_file(phrases_json, AVT_JSON_BYTES_MAX, &compiler.phrases, reterr);
    if (code != AVT_OK)
        return code;
    if (!json_is_object(compiler.characters) || !json_is_object(compiler.phrases) ||
        json_object_size(compiler.phrases) > AVT_LEXICON_ENTRIES_MAX / 4)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is not a dictionary of pinyin", phrases_json);
    size_t lines = 0;
    for (const char *at = words; (at = strchr(at, '\n')); at++)
        lines++;
    if (lines > AVT_LEXICON_ENTRIES_MAX / 2)
        return avt_fail(reterr, AVT_ELIMIT, "'%s' has more than %d words", words_txt,
                        AVT_LEXICON_ENTRIES_MAX / 2);
    avt_lexicon_pack_init(&compiler.pack, lines + json_object_size(compiler.characters) +
                                              json_object_size(compiler.phrases));
    code = add_words(&compiler, words, reterr);
    if (code == AVT_OK)
        code = add_keys(&compiler, compiler.characters, true, reterr);
    if (code == AVT_OK)
        code = add_keys(&compiler, compiler.phrases, false, reterr);
    return code == AVT_OK ? avt_lexicon_pack_write(&compiler.pack, out_path, words_txt, reterr)
                          : code;
}
