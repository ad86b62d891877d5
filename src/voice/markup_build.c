/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/markup_build.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

enum { TEXT_BYTES_MAX = 16 << 20, SHOWN_BYTES = 300, TIME_BYTES = 24 };

static const double RATE_MIN = 0.25, RATE_MAX = 4.0, PITCH_MAX_ST = 12.0;

void avt_markup_begin(struct avt_markup_builder *builder, const char *source, size_t size,
                      struct avt_error *reterr)
{
    *builder = (struct avt_markup_builder){.source = source,
                                           .size = size,
                                           .markup = avt_new0(struct avt_markup, 1),
                                           .style = {.rate = 1.0, .range = 1.0},
                                           .pause_ms = -1,
                                           .reterr = reterr};
    avt_buf_init(&builder->text, TEXT_BYTES_MAX);
}

void avt_markup_builder_done(struct avt_markup_builder *builder)
{
    avt_markup_free(builder->markup);
    avt_buf_done(&builder->text);
}

void avt_markup_free(struct avt_markup *markup)
{
    if (!markup)
        return;
    for (size_t i = 0; i < markup->override_count; i++)
        avt_free(markup->overrides[i].value);
    for (size_t i = 0; i < markup->string_count; i++)
        avt_free(markup->strings[i]);
    avt_free(markup->overrides);
    avt_free(markup->strings);
    avt_free(markup->spans);
    avt_free(markup->text);
    avt_free(markup);
}

void avt_markup_place(const char *source, size_t at, size_t *ret_line, size_t *ret_column)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && source[i]; i++) {
        if (source[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)source[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

enum avt_code avt_markup_fail(const struct avt_markup_builder *builder, size_t at,
                              const char *format, ...)
{
    char message[SHOWN_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    size_t line, column;
    avt_markup_place(builder->source, at, &line, &column);
    return avt_fail(builder->reterr, AVT_ETEXT, "line %zu, column %zu: %s", line, column, message);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && avt_str_equal(a, b));
}

static bool same_style(const struct avt_style *a, const struct avt_style *b)
{
    return same_text(a->voice, b->voice) && same_text(a->language, b->language) &&
           a->rate == b->rate && a->pitch_st == b->pitch_st && a->range == b->range &&
           a->volume_db == b->volume_db;
}

static bool blank_line_before(const struct avt_buf *text)
{
    return text->size >= 2 && text->data[text->size - 1] == '\n' &&
           text->data[text->size - 2] == '\n';
}

/* The span that the next byte belongs to: the last one while nothing changes, and while it is not
 * so long that speech would have to wait for the end of it. */
static enum avt_code open_span(struct avt_markup_builder *builder)
{
    struct avt_markup *markup = builder->markup;
    struct avt_span *last = markup->span_count ? &markup->spans[markup->span_count - 1] : NULL;
    bool long_enough = last && builder->text.size - last->start > AVT_MARKUP_PIECE_BYTES;
    if (last && builder->pause_ms < 0 && same_style(&last->style, &builder->style) &&
        !(long_enough && blank_line_before(&builder->text)))
        return AVT_OK;
    if (markup->span_count == AVT_MARKUP_SPANS_MAX)
        return avt_fail(builder->reterr, AVT_ELIMIT,
                        "the text changes voice or pace more than %d times; split it",
                        AVT_MARKUP_SPANS_MAX);
    if (markup->span_count == markup->span_capacity) {
        markup->span_capacity = markup->span_capacity ? markup->span_capacity * 2 : 16;
        markup->spans =
            avt_realloc(markup->spans, markup->span_capacity, sizeof *markup->spans);
    }
    markup->spans[markup->span_count++] = (struct avt_span){.start = builder->text.size,
                                                            .end = builder->text.size,
                                                            .pause_ms = builder->pause_ms,
                                                            .style = builder->style};
    builder->pause_ms = -1;
    return AVT_OK;
}

enum avt_code avt_markup_text(struct avt_markup_builder *builder, const char *text, size_t size)
{
    while (size > 0) {
        enum avt_code code = open_span(builder);
        if (code != AVT_OK)
            return code;
        /* Up to and with the next blank line, where a long span may be parted. */
        const char *blank = memmem(text, size, "\n\n", 2);
        size_t part = blank ? (size_t)(blank - text) + 2 : size;
        if (!avt_buf_append(&builder->text, text, part))
            return avt_fail(builder->reterr, AVT_ELIMIT, "the text is too long; split it");
        builder->markup->spans[builder->markup->span_count - 1].end = builder->text.size;
        text += part;
        size -= part;
    }
    return AVT_OK;
}

void avt_markup_pause(struct avt_markup_builder *builder, int pause_ms)
{
    if (pause_ms > builder->pause_ms)
        builder->pause_ms = pause_ms;
}

enum avt_code avt_markup_override(struct avt_markup_builder *builder, size_t start, size_t source,
                                  enum avt_override_kind kind, const char *value)
{
    struct avt_markup *markup = builder->markup;
    if (builder->text.size == start)
        return AVT_OK;
    if (markup->override_count == AVT_MARKUP_SPANS_MAX)
        return avt_fail(builder->reterr, AVT_ELIMIT,
                        "the text gives more than %d pronunciations; use a lexicon file",
                        AVT_MARKUP_SPANS_MAX);
    if (markup->override_count == markup->override_capacity) {
        markup->override_capacity = markup->override_capacity ? markup->override_capacity * 2 : 16;
        markup->overrides = avt_realloc(markup->overrides, markup->override_capacity,
                                        sizeof *markup->overrides);
    }
    markup->overrides[markup->override_count++] =
        (struct avt_override){.start = start,
                              .end = builder->text.size,
                              .source = source,
                              .kind = kind,
                              .value = value ? avt_strdup(value) : NULL};
    return AVT_OK;
}

const char *avt_markup_string(struct avt_markup_builder *builder, const char *text, size_t size)
{
    struct avt_markup *markup = builder->markup;
    for (size_t i = 0; i < markup->string_count; i++)
        if (strlen(markup->strings[i]) == size && memcmp(markup->strings[i], text, size) == 0)
            return markup->strings[i];
    markup->strings =
        avt_realloc(markup->strings, markup->string_count + 1, sizeof *markup->strings);
    markup->strings[markup->string_count] = avt_strndup(text, size);
    return markup->strings[markup->string_count++];
}

enum avt_code avt_markup_finish(struct avt_markup_builder *builder, struct avt_markup **ret_markup)
{
    /* A pause at the very end stands alone. */
    if (builder->pause_ms >= 0) {
        enum avt_code code = open_span(builder);
        if (code != AVT_OK)
            return code;
    }
    builder->markup->text = avt_buf_take(&builder->text);
    *ret_markup = AVT_TAKE(builder->markup);
    return AVT_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

struct word_value {
    const char *word;
    double value;
};

static bool word_value(const struct word_value *words, const char *text, double *ret_value)
{
    for (; words->word; words++) {
        if (avt_str_equal(words->word, text)) {
            *ret_value = words->value;
            return true;
        }
    }
    return false;
}

/* A number and what follows it. */
static bool number_and_unit(const char *text, double *ret_value, const char **ret_unit)
{
    size_t size = strspn(text, "+-0123456789.");
    char number[TIME_BYTES];
    if (size == 0 || size >= sizeof number)
        return false;
    memcpy(number, text, size);
    number[size] = '\0';
    *ret_unit = text + size;
    return avt_parse_double(number[0] == '+' ? number + 1 : number, -1e6, 1e6, ret_value);
}

bool avt_markup_time(const char *text, int *ret_ms)
{
    double value;
    const char *unit;
    if (!number_and_unit(text, &value, &unit))
        return false;
    double ms = avt_str_equal(unit, "ms") ? value : avt_str_equal(unit, "s") ? value * 1000 : -1;
    if (!(ms >= 0 && ms <= AVT_MARKUP_PAUSE_MAX_MS))
        return false;
    *ret_ms = (int)ms;
    return true;
}

bool avt_markup_rate(const char *text, bool words, double *ret_rate)
{
    static const struct word_value WORDS[] = {
        {"x-slow", 0.6}, {"slow", 0.8},    {"medium", 1.0}, {"default", 1.0},
        {"fast", 1.25},  {"x-fast", 1.6},  {NULL, 0},
    };
    double value;
    const char *unit;
    if (words && word_value(WORDS, text, ret_rate))
        return true;
    if (!number_and_unit(text, &value, &unit))
        return false;
    if (avt_str_equal(unit, "%"))
        value = *text == '+' || *text == '-' ? 1 + value / 100 : value / 100;
    else if (*unit)
        return false;
    if (!(value >= RATE_MIN && value <= RATE_MAX))
        return false;
    *ret_rate = value;
    return true;
}

bool avt_markup_pitch(const char *text, bool words, double *ret_semitones)
{
    static const struct word_value WORDS[] = {
        {"x-low", -4.0}, {"low", -2.0},  {"medium", 0.0}, {"default", 0.0},
        {"high", 2.0},   {"x-high", 4.0}, {NULL, 0},
    };
    double value;
    const char *unit;
    if (words && word_value(WORDS, text, ret_semitones))
        return true;
    if (!number_and_unit(text, &value, &unit))
        return false;
    if (avt_str_equal(unit, "%")) {
        double factor = *text == '+' || *text == '-' ? 1 + value / 100 : value / 100;
        value = factor > 0 ? 12 * log2(factor) : -2 * PITCH_MAX_ST;
    } else if (!avt_str_equal(unit, "st")) {
        return false;
    }
    if (!(fabs(value) <= PITCH_MAX_ST))
        return false;
    *ret_semitones = value;
    return true;
}
