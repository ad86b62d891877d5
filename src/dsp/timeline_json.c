/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline as a file: docs/timeline.md says what each field means. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/timeline.h"

enum {
    VERSION = 1,
    SAMPLE_RATE_MAX = 192000,
    SEGMENTS_MAX = 4096,
    WORD_BYTES_MAX = 1024,
};
/* 10 hours, as much as the phoneme limit stands for. */
static const double DURATION_MAX_S = 36000.0;
/* Numbers are written with 6 decimals; what is off by less is rounding, not an overlap. */
static const double ROUNDING_S = 2e-6;

static json_t *time_json(double seconds)
{
    return json_real(round(seconds * 1e6) / 1e6);
}

static json_t *segments_json(const struct avt_timeline *timeline)
{
    json_t *list = json_array();
    for (size_t i = 0; i < timeline->segment_count; i++) {
        const struct avt_timeline_segment *segment = &timeline->segments[i];
        json_array_append_new(list,
                              json_pack("{s:o, s:o, s:s, s:s}", "start", time_json(segment->start),
                                        "end", time_json(segment->end), "voice", segment->voice,
                                        "language", segment->language));
    }
    return list;
}

static json_t *phonemes_json(const struct avt_timeline *timeline)
{
    json_t *list = json_array();
    for (size_t i = 0; i < timeline->phoneme_count; i++) {
        const struct avt_phoneme *phoneme = &timeline->phonemes[i];
        json_t *entry = json_pack("{s:s, s:o, s:o}", "p", phoneme->ipa, "start",
                                  time_json(phoneme->start), "end", time_json(phoneme->end));
        if (phoneme->word >= 0)
            json_object_set_new(entry, "word", json_integer(phoneme->word));
        if (phoneme->stress > 0)
            json_object_set_new(entry, "stress", json_integer(phoneme->stress));
        if (phoneme->loudness > 0)
            json_object_set_new(entry, "loudness",
                                json_real(round((double)phoneme->loudness * 1000) / 1000));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *words_json(const struct avt_timeline *timeline)
{
    json_t *list = json_array();
    for (size_t i = 0; i < timeline->word_count; i++) {
        const struct avt_word *word = &timeline->words[i];
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:I, s:I}", "w", word->text, "start",
                                              time_json(word->start), "end", time_json(word->end),
                                              "text_start", (json_int_t)word->text_start,
                                              "text_end", (json_int_t)word->text_end));
    }
    return list;
}

char *avt_timeline_format(const struct avt_timeline *timeline)
{
    avt_assert(timeline);
    AVT_CLEANUP(avt_json_decrefp)
    json_t *root =
        json_pack("{s:i, s:s, s:o, s:i, s:o, s:o, s:o}", "version", VERSION, "text", timeline->text,
                  "duration", time_json(timeline->duration), "sample_rate", timeline->sample_rate,
                  "segments", segments_json(timeline), "phonemes", phonemes_json(timeline), "words",
                  words_json(timeline));
    char *text = root ? json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
    avt_assert(text);
    return text;
}

enum avt_code avt_timeline_write(const struct avt_timeline *timeline, const char *path,
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = avt_timeline_format(timeline);
    return avt_file_write(path, text, strlen(text), reterr);
}

/* What is being read, so that every message can say where in it something is wrong. */
struct reader {
    struct avt_timeline *timeline;
    const char *list; /* "phonemes" */
    size_t index;
    double clock; /* nothing in the list may start before this */
    struct avt_error *reterr;
};

static enum avt_code bad(const struct reader *reader, const char *what)
{
    if (!reader->list)
        return avt_fail(reader->reterr, AVT_EFORMAT,
                        "the timeline is not usable: %s; docs/timeline.md shows the format", what);
    return avt_fail(reader->reterr, AVT_EFORMAT,
                    "the timeline is not usable: %s[%zu] %s; docs/timeline.md shows the format",
                    reader->list, reader->index, what);
}

/* Start and end of an entry, in order and inside the duration; what rounding moved is put back. */
static enum avt_code read_times(struct reader *reader, const json_t *entry, double *ret_start,
                                double *ret_end)
{
    const json_t *start = json_object_get(entry, "start");
    const json_t *end = json_object_get(entry, "end");
    if (!json_is_number(start) || !json_is_number(end))
        return bad(reader, "lacks the number \"start\" or \"end\"");
    double from = json_number_value(start), to = json_number_value(end);
    if (!(from >= reader->clock - ROUNDING_S))
        return bad(reader, "starts before the one before it ends");
    if (!(to >= from))
        return bad(reader, "ends before it starts");
    if (!(to <= reader->timeline->duration + ROUNDING_S))
        return bad(reader, "ends after \"duration\"");
    from = fmax(from, reader->clock);
    to = fmin(fmax(to, from), reader->timeline->duration);
    reader->clock = to;
    *ret_start = from;
    *ret_end = to;
    return AVT_OK;
}

/* An optional whole number within [min, max]. */
static enum avt_code read_int(const struct reader *reader, const json_t *entry, const char *key,
                              json_int_t min, json_int_t max, json_int_t absent,
                              json_int_t *ret_value)
{
    const json_t *value = json_object_get(entry, key);
    *ret_value = absent;
    if (!value)
        return AVT_OK;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max) {
        char what[96];
        (void)snprintf(what, sizeof(what),
                       "has a \"%s\" that is not a whole number from %lld to %lld", key,
                       (long long)min, (long long)max);
        return bad(reader, what);
    }
    *ret_value = json_integer_value(value);
    return AVT_OK;
}

/* Text of a fixed field; too long counts as wrong, never as something to cut short. */
static enum avt_code read_name(const struct reader *reader, const json_t *entry, const char *key,
                               char *out, size_t size)
{
    const json_t *value = json_object_get(entry, key);
    if (!json_is_string(value) || json_string_length(value) >= size ||
        strlen(json_string_value(value)) != json_string_length(value)) {
        char what[96];
        (void)snprintf(what, sizeof(what), "lacks \"%s\", a text of at most %zu bytes", key,
                       size - 1);
        return bad(reader, what);
    }
    memcpy(out, json_string_value(value), json_string_length(value) + 1);
    return AVT_OK;
}

static enum avt_code read_segment(struct reader *reader, const json_t *entry)
{
    struct avt_timeline *timeline = reader->timeline;
    struct avt_timeline_segment segment = {0};
    enum avt_code code = read_times(reader, entry, &segment.start, &segment.end);
    if (code == AVT_OK)
        code = read_name(reader, entry, "voice", segment.voice, sizeof(segment.voice));
    if (code == AVT_OK)
        code = read_name(reader, entry, "language", segment.language, sizeof(segment.language));
    if (code != AVT_OK)
        return code;
    timeline->segments =
        avt_realloc(timeline->segments, timeline->segment_count + 1, sizeof(segment));
    timeline->segments[timeline->segment_count++] = segment;
    return AVT_OK;
}

static enum avt_code read_word(struct reader *reader, const json_t *entry)
{
    char text[WORD_BYTES_MAX];
    struct avt_word word = {.text = text};
    json_int_t from = 0, to = 0;
    json_int_t text_size = (json_int_t)strlen(reader->timeline->text);
    enum avt_code code = read_times(reader, entry, &word.start, &word.end);
    if (code == AVT_OK)
        code = read_name(reader, entry, "w", text, sizeof(text));
    if (code == AVT_OK)
        code = read_int(reader, entry, "text_start", 0, text_size, 0, &from);
    if (code == AVT_OK)
        code = read_int(reader, entry, "text_end", from, text_size, from, &to);
    if (code != AVT_OK)
        return code;
    word.text_start = (size_t)from;
    word.text_end = (size_t)to;
    return avt_timeline_add_word(reader->timeline, &word)
               ? AVT_OK
               : avt_fail(reader->reterr, AVT_ELIMIT, "the timeline holds more than %d words",
                          AVT_TIMELINE_WORDS_MAX);
}

static enum avt_code add_phoneme(const struct reader *reader, const struct avt_phoneme *phoneme)
{
    if (avt_timeline_add_phoneme(reader->timeline, phoneme))
        return AVT_OK;
    return avt_fail(reader->reterr, AVT_ELIMIT, "the timeline holds more than %d phonemes",
                    AVT_TIMELINE_PHONEMES_MAX);
}

/* Silence up to `until`, where the list leaves a gap. */
static enum avt_code fill_gap(const struct reader *reader, double until)
{
    const struct avt_timeline *timeline = reader->timeline;
    double from =
        timeline->phoneme_count ? timeline->phonemes[timeline->phoneme_count - 1].end : 0.0;
    if (until <= from)
        return AVT_OK;
    if (until - from <= ROUNDING_S && timeline->phoneme_count) {
        timeline->phonemes[timeline->phoneme_count - 1].end = until;
        return AVT_OK;
    }
    struct avt_phoneme silence = {.start = from, .end = until, .word = -1};
    return add_phoneme(reader, &silence);
}

static enum avt_code read_phoneme(struct reader *reader, const json_t *entry)
{
    struct avt_phoneme phoneme = {0};
    json_int_t word = -1, stress = 0;
    enum avt_code code = read_times(reader, entry, &phoneme.start, &phoneme.end);
    if (code == AVT_OK)
        code = read_name(reader, entry, "p", phoneme.ipa, sizeof(phoneme.ipa));
    if (code == AVT_OK)
        code = read_int(reader, entry, "word", -1, (json_int_t)reader->timeline->word_count - 1, -1,
                        &word);
    if (code == AVT_OK)
        code = read_int(reader, entry, "stress", 0, 2, 0, &stress);
    if (code != AVT_OK)
        return code;
    phoneme.word = (int32_t)word;
    phoneme.stress = (uint8_t)stress;
    const json_t *loudness = json_object_get(entry, "loudness");
    if (loudness) {
        double value = json_is_number(loudness) ? json_number_value(loudness) : -1.0;
        if (!(value >= 0.0 && value <= 1000.0))
            return bad(reader, "has a \"loudness\" that is not a number from 0 to 1000");
        phoneme.loudness = (float)value;
    }
    code = fill_gap(reader, phoneme.start);
    return code == AVT_OK ? add_phoneme(reader, &phoneme) : code;
}

static enum avt_code read_list(struct reader *reader, const json_t *root, const char *key,
                               size_t count_max,
                               enum avt_code (*read)(struct reader *reader, const json_t *entry))
{
    const json_t *list = json_object_get(root, key);
    reader->list = NULL;
    if (!list)
        return AVT_OK;
    if (!json_is_array(list))
        return bad(reader, "one of \"segments\", \"phonemes\", \"words\" is not a list");
    if (json_array_size(list) > count_max)
        return avt_fail(reader->reterr, AVT_ELIMIT,
                        "the timeline has %zu entries in \"%s\", more than the %zu allowed",
                        json_array_size(list), key, count_max);
    reader->list = key;
    reader->clock = 0.0;
    for (reader->index = 0; reader->index < json_array_size(list); reader->index++) {
        const json_t *entry = json_array_get(list, reader->index);
        if (!json_is_object(entry))
            return bad(reader, "is not an object");
        enum avt_code code = read(reader, entry);
        if (code != AVT_OK)
            return code;
    }
    reader->list = NULL;
    return AVT_OK;
}

static enum avt_code read_head(struct reader *reader, const json_t *root)
{
    struct avt_timeline *timeline = reader->timeline;
    const json_t *version = json_object_get(root, "version");
    if (!json_is_integer(version) || json_integer_value(version) != VERSION)
        return bad(reader, "\"version\" is not 1");
    const json_t *duration = json_object_get(root, "duration");
    if (!json_is_number(duration) || !(json_number_value(duration) > 0.0) ||
        !(json_number_value(duration) <= DURATION_MAX_S))
        return bad(reader, "\"duration\" is not a number of seconds above 0, at most 36000");
    timeline->duration = json_number_value(duration);

    json_int_t rate = 0;
    enum avt_code code = read_int(reader, root, "sample_rate", 0, SAMPLE_RATE_MAX, 0, &rate);
    if (code != AVT_OK)
        return code;
    timeline->sample_rate = (int)rate;

    const json_t *text = json_object_get(root, "text");
    if (!text)
        return AVT_OK;
    if (!json_is_string(text) || strlen(json_string_value(text)) != json_string_length(text))
        return bad(reader, "\"text\" is not a text");
    avt_free(timeline->text);
    timeline->text = avt_strdup(json_string_value(text));
    return AVT_OK;
}

enum avt_code avt_timeline_parse(const char *json, size_t size, struct avt_timeline **ret_timeline,
                                 struct avt_error *reterr)
{
    avt_assert(json && ret_timeline);
    if (size > AVT_JSON_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the timeline is over %d MiB",
                        AVT_JSON_BYTES_MAX >> 20);
    json_error_t where;
    AVT_CLEANUP(avt_json_decrefp) json_t *root = json_loadb(json, size, 0, &where);
    if (!root)
        return avt_fail(
            reterr, AVT_EFORMAT,
            "the timeline is not JSON: line %d, column %d: %s; docs/timeline.md shows the "
            "format",
            where.line, where.column, where.text);

    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = avt_timeline_new();
    struct reader reader = {.timeline = timeline, .reterr = reterr};
    enum avt_code code =
        json_is_object(root) ? read_head(&reader, root) : bad(&reader, "it is not an object");
    if (code == AVT_OK)
        code = read_list(&reader, root, "segments", SEGMENTS_MAX, read_segment);
    /* Words first: phonemes point at them. */
    if (code == AVT_OK)
        code = read_list(&reader, root, "words", AVT_TIMELINE_WORDS_MAX, read_word);
    if (code == AVT_OK)
        code = read_list(&reader, root, "phonemes", AVT_TIMELINE_PHONEMES_MAX, read_phoneme);
    if (code == AVT_OK)
        code = fill_gap(&reader, timeline->duration);
    if (code != AVT_OK)
        return code;
    *ret_timeline = AVT_TAKE(timeline);
    return AVT_OK;
}

enum avt_code avt_timeline_read(const char *path, struct avt_timeline **ret_timeline,
                                struct avt_error *reterr)
{
    avt_assert(path && ret_timeline);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, AVT_JSON_BYTES_MAX, &data, &size, reterr);
    return code == AVT_OK ? avt_timeline_parse(data, size, ret_timeline, reterr) : code;
}
