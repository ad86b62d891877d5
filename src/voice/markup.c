/* SPDX-License-Identifier: Apache-2.0 */
/* The notation in square brackets. A bracket that is none of ours is text. */
#include "voice/markup.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/markup_build.h"

struct open_sign {
    const char *name; /* of a sign in SIGNS */
    size_t at;
    struct avt_style before;
};

struct brackets {
    struct avt_markup_builder *builder;
    size_t at;
    struct open_sign open[AVT_MARKUP_DEPTH_MAX];
    size_t depth;
};

static const char *const SIGNS[] = {"voice", "rate", "pitch", "volume"};

/* The bracket at `at` up to its end: "[pause:500ms]" gives name and value. False if it is text. */
static bool read_bracket(const struct brackets *brackets, char name[16],
                         char value[AVT_MARKUP_VALUE_MAX], size_t *ret_size)
{
    const char *text = brackets->builder->source + brackets->at;
    size_t rest = brackets->builder->size - brackets->at;
    const char *end = memchr(text, ']', rest < AVT_MARKUP_VALUE_MAX ? rest : AVT_MARKUP_VALUE_MAX);
    if (!end)
        return false;
    const char *colon = memchr(text, ':', (size_t)(end - text));
    const char *name_end = colon ? colon : end;
    size_t name_size = (size_t)(name_end - text) - 1;
    if (name_size == 0 || name_size >= 16)
        return false;
    memcpy(name, text + 1, name_size);
    name[name_size] = '\0';
    size_t value_size = colon ? (size_t)(end - colon) - 1 : 0;
    memcpy(value, colon ? colon + 1 : end, value_size);
    value[value_size] = '\0';
    *ret_size = (size_t)(end - text) + 1;
    return true;
}

static const char *sign_named(const char *name)
{
    for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
        if (avt_str_equal(SIGNS[i], name))
            return SIGNS[i];
    return NULL;
}

static enum avt_code set_style(struct brackets *brackets, const char *sign, const char *value)
{
    struct avt_markup_builder *builder = brackets->builder;
    double number = 0.0;
    if (avt_str_equal(sign, "voice")) {
        if (!*value)
            return avt_markup_fail(builder, brackets->at, "[voice:] names no voice");
        builder->style.voice = avt_markup_string(builder, value, strlen(value));
        builder->style.named_at = brackets->at;
    } else if (avt_str_equal(sign, "rate")) {
        if (!avt_markup_rate(value, false, &number))
            return avt_markup_fail(builder, brackets->at,
                                   "[rate:%.40s] is no rate from 0.25 to 4, such as [rate:0.9]",
                                   value);
        builder->style.rate *= number;
    } else if (avt_str_equal(sign, "pitch")) {
        if (!avt_markup_pitch(value, false, &number))
            return avt_markup_fail(builder, brackets->at,
                                   "[pitch:%.40s] is no pitch from -12st to +12st, such as "
                                   "[pitch:+2st]",
                                   value);
        builder->style.pitch_st += number;
    } else {
        size_t size = strlen(value);
        if (size < 3 || !avt_str_ends(value, "dB") || size >= 16)
            return avt_markup_fail(builder, brackets->at,
                                   "[volume:%.40s] is no volume such as [volume:-6dB]", value);
        char digits[16];
        size_t plus = value[0] == '+';
        memcpy(digits, value + plus, size - 2 - plus);
        digits[size - 2 - plus] = '\0';
        if (!avt_parse_double(digits, -40, 12, &number))
            return avt_markup_fail(builder, brackets->at,
                                   "[volume:%.40s] is out of range; it may be from -40dB to +12dB",
                                   value);
        builder->style.volume_db += number;
    }
    return AVT_OK;
}

static enum avt_code close_sign(struct brackets *brackets, const char *name)
{
    if (brackets->depth == 0 ||
        !avt_str_equal(brackets->open[brackets->depth - 1].name, name))
        return avt_markup_fail(brackets->builder, brackets->at,
                               "[/%s] closes nothing that was opened last", name);
    brackets->builder->style = brackets->open[--brackets->depth].before;
    return AVT_OK;
}

static enum avt_code open_sign(struct brackets *brackets, const char *sign, const char *value)
{
    if (brackets->depth == AVT_MARKUP_DEPTH_MAX)
        return avt_markup_fail(brackets->builder, brackets->at,
                               "more than %d signs are open inside each other",
                               AVT_MARKUP_DEPTH_MAX);
    struct avt_style before = brackets->builder->style;
    enum avt_code code = set_style(brackets, sign, value);
    brackets->open[brackets->depth++] =
        (struct open_sign){.name = sign, .at = brackets->at, .before = before};
    return code;
}

/* "[word](/ipa/)": sets *ret_size to all of it, 0 if it is not that. */
static enum avt_code read_pronunciation(struct brackets *brackets, size_t *ret_size)
{
    struct avt_markup_builder *builder = brackets->builder;
    const char *text = builder->source + brackets->at;
    size_t rest = builder->size - brackets->at;
    size_t limit = rest < AVT_MARKUP_VALUE_MAX ? rest : AVT_MARKUP_VALUE_MAX;
    *ret_size = 0;
    const char *middle = memmem(text, limit, "](/", 3);
    const char *bracket = memchr(text, ']', limit);
    if (!middle || middle != bracket || middle == text + 1)
        return AVT_OK;
    const char *end = memmem(middle, limit - (size_t)(middle - text), "/)", 2);
    if (!end || end == middle + 2)
        return avt_markup_fail(builder, brackets->at,
                               "the pronunciation in [...](/.../) is empty or has no end");
    AVT_CLEANUP(avt_freep) char *ipa = avt_strndup(middle + 3, (size_t)(end - middle) - 3);
    size_t start = builder->text.size;
    enum avt_code code = avt_markup_text(builder, text + 1, (size_t)(middle - text) - 1);
    if (code == AVT_OK)
        code = avt_markup_override(builder, start, brackets->at, AVT_OVERRIDE_IPA, ipa);
    *ret_size = (size_t)(end - text) + 2;
    return code;
}

/* What stands at a '[': *ret_size bytes of markup, 0 if it is text. */
static enum avt_code read_sign(struct brackets *brackets, size_t *ret_size)
{
    char name[16], value[AVT_MARKUP_VALUE_MAX];
    enum avt_code code = read_pronunciation(brackets, ret_size);
    if (code != AVT_OK || *ret_size > 0 || !read_bracket(brackets, name, value, ret_size))
        return code;
    int pause_ms;
    if (avt_str_equal(name, "pause")) {
        if (!avt_markup_time(value, &pause_ms))
            return avt_markup_fail(brackets->builder, brackets->at,
                                   "[pause:%.40s] is no time from 0 to %d s, such as "
                                   "[pause:500ms] or [pause:1.5s]",
                                   value, AVT_MARKUP_PAUSE_MAX_MS / 1000);
        avt_markup_pause(brackets->builder, pause_ms);
        return AVT_OK;
    }
    if (name[0] == '/' && sign_named(name + 1))
        return close_sign(brackets, name + 1);
    const char *sign = sign_named(name);
    bool colon = brackets->builder->source[brackets->at + 1 + strlen(name)] == ':';
    if (sign && colon)
        return open_sign(brackets, sign, value);
    *ret_size = 0;
    return AVT_OK;
}

/* A sign between two spaces leaves one. */
static void skip_space_beside(struct brackets *brackets)
{
    const struct avt_markup_builder *builder = brackets->builder;
    const struct avt_buf *text = &builder->text;
    bool space = text->size == 0 || text->data[text->size - 1] == ' ' ||
                 text->data[text->size - 1] == '\n';
    if (space && brackets->at < builder->size && builder->source[brackets->at] == ' ')
        brackets->at++;
}

static enum avt_code parse_brackets(struct avt_markup_builder *builder)
{
    struct brackets brackets = {.builder = builder};
    enum avt_code code = AVT_OK;
    while (code == AVT_OK && brackets.at < builder->size) {
        const char *text = builder->source + brackets.at;
        size_t rest = builder->size - brackets.at, size = 0;
        if (*text == '[') {
            code = read_sign(&brackets, &size);
            brackets.at += size;
            if (size > 0) {
                skip_space_beside(&brackets);
                continue;
            }
        }
        const char *next = rest > 1 ? memchr(text + 1, '[', rest - 1) : NULL;
        size = next ? (size_t)(next - text) : rest;
        /* \[ is a bracket to be spoken of, not one of ours. */
        bool escaped = next && next[-1] == '\\' && next > text;
        if (code == AVT_OK)
            code = avt_markup_text(builder, text, size - escaped);
        brackets.at += size;
        if (escaped && code == AVT_OK) {
            code = avt_markup_text(builder, "[", 1);
            brackets.at++;
        }
    }
    if (code == AVT_OK && brackets.depth > 0)
        return avt_markup_fail(builder, brackets.open[brackets.depth - 1].at,
                               "[%s:...] is not closed; add [/%s]",
                               brackets.open[brackets.depth - 1].name,
                               brackets.open[brackets.depth - 1].name);
    return code;
}

static bool begins_with_speak(const char *source, size_t size)
{
    size_t at = 0;
    while (at < size && strchr(" \t\r\n", source[at]))
        at++;
    if (size - at > 5 && memcmp(source + at, "<?xml", 5) == 0)
        return true;
    return size - at > 6 && memcmp(source + at, "<speak", 6) == 0 &&
           strchr(" \t\r\n/>", source[at + 6]) != NULL;
}

enum avt_code avt_markup_parse(const char *source, size_t size, enum avt_markup_kind kind,
                               struct avt_markup **ret_markup, struct avt_error *reterr)
{
    avt_assert(source && ret_markup);
    AVT_CLEANUP(avt_markup_builder_done) struct avt_markup_builder builder = {0};
    avt_markup_begin(&builder, source, size, reterr);
    enum avt_code code;
    if (kind == AVT_MARKUP_SSML || (kind == AVT_MARKUP_AUTO && begins_with_speak(source, size)))
        code = avt_ssml_parse(&builder);
    else if (kind == AVT_MARKUP_AUTO)
        code = parse_brackets(&builder);
    else
        code = avt_markup_text(&builder, source, size);
    return code == AVT_OK ? avt_markup_finish(&builder, ret_markup) : code;
}
