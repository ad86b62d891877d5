/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subset of SSML 1.1 that docs/speech.md lists. An element or attribute outside it is refused
 * with its place rather than passed over: speech that lacks what was asked for is worse to find out
 * about later.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/markup_build.h"
#include "voice/xml.h"

enum { SENTENCE_PAUSE_MS = 400, FIELD_DIGITS_MAX = 4, ALIAS_BYTES_MAX = 400 };

struct element;
struct open_element {
    const struct element *element;
    size_t at;
    size_t text_start; /* bytes of plain text before it */
    struct avt_style before;
    char *value; /* of what becomes an override at its end; owned */
    enum avt_override_kind override;
};

struct reader {
    struct avt_markup_builder *builder;
    struct avt_xml xml;
    struct avt_xml_item item;
    struct open_element open[AVT_MARKUP_DEPTH_MAX];
    size_t depth;
    bool finished; /* </speak> has been read */
};

struct element {
    const char *name;
    const char *attributes; /* allowed ones, a space around each */
    enum avt_code (*start)(struct reader *reader, struct open_element *open);
    enum avt_code (*end)(struct reader *reader, struct open_element *open);
    bool text_only; /* no elements inside */
};

static enum avt_code fail_item(const struct reader *reader, const char *what, const char *value)
{
    return avt_markup_fail(reader->builder, reader->item.at, "<%s>: %s '%.60s'", reader->item.name,
                           what, value ? value : "");
}

static const char *attribute(const struct reader *reader, const char *name)
{
    return avt_xml_attribute(&reader->item, name);
}

static enum avt_code append_plain(struct reader *reader, const char *text)
{
    return avt_markup_text(reader->builder, text, strlen(text));
}

/* ---- elements ------------------------------------------------------------------------------ */

static enum avt_code set_language(struct reader *reader)
{
    const char *language = attribute(reader, "xml:lang");
    if (!language)
        return AVT_OK;
    struct avt_style *style = &reader->builder->style;
    style->language = avt_markup_string(reader->builder, language, strlen(language));
    style->named_at = reader->item.at;
    return AVT_OK;
}

static enum avt_code start_speak(struct reader *reader, struct open_element *open)
{
    (void)open;
    return set_language(reader);
}

/* A paragraph or sentence ends what stands before it, written so or not. */
static enum avt_code part_before(struct reader *reader, const char *gap)
{
    const struct avt_buf *text = &reader->builder->text;
    size_t size = text->size;
    while (size > 0 && strchr(" \n", text->data[size - 1]))
        size--;
    bool paragraph = text->size >= 2 && memcmp(text->data + text->size - 2, "\n\n", 2) == 0;
    if (size == 0 || paragraph)
        return AVT_OK;
    bool unmarked =
        !strchr(".!?:;", text->data[size - 1]) && (unsigned char)text->data[size - 1] < 0x80;
    bool first = reader->builder->pause_ms < 0;
    enum avt_code code = AVT_OK;
    int pause_ms = reader->builder->pause_ms;
    reader->builder->pause_ms = -1; /* the gap belongs to what stands before */
    if (size == text->size || gap[0] == '\n')
        code = append_plain(reader, gap);
    reader->builder->pause_ms = pause_ms;
    if (unmarked && first)
        avt_markup_pause(reader->builder, SENTENCE_PAUSE_MS);
    return code;
}

static enum avt_code edge_p(struct reader *reader, struct open_element *open)
{
    (void)open;
    return part_before(reader, "\n\n");
}

static enum avt_code edge_s(struct reader *reader, struct open_element *open)
{
    (void)open;
    return part_before(reader, " ");
}

static enum avt_code start_break(struct reader *reader, struct open_element *open)
{
    static const struct {
        const char *strength;
        int ms;
    } ROWS[] = {{"none", 0},     {"x-weak", 100},  {"weak", 170},
                {"medium", 300}, {"strong", 600}, {"x-strong", 1000}};
    (void)open;
    const char *time = attribute(reader, "time"), *strength = attribute(reader, "strength");
    int ms = strength || time ? -1 : 300;
    for (size_t i = 0; strength && i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (avt_str_equal(ROWS[i].strength, strength))
            ms = ROWS[i].ms;
    if (time && !avt_markup_time(time, &ms))
        return fail_item(reader, "this is no time such as 500ms or 1.5s, up to a minute:", time);
    if (ms < 0)
        return fail_item(reader, "this is no strength of a pause:", strength);
    avt_markup_pause(reader->builder, ms);
    return AVT_OK;
}

/* "+20%" more or less lively, "x-low" ... */
static bool range_of(const char *text, double *ret_range)
{
    double st;
    if (avt_markup_pitch(text, true, &st)) {
        *ret_range = exp2(st / 12);
        return true;
    }
    return false;
}

static bool volume_of(const char *text, double *ret_db)
{
    static const struct {
        const char *word;
        double db;
    } ROWS[] = {{"silent", -90}, {"x-soft", -12}, {"soft", -6}, {"medium", 0},
                {"default", 0},  {"loud", 4},     {"x-loud", 8}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (avt_str_equal(ROWS[i].word, text)) {
            *ret_db = ROWS[i].db;
            return true;
        }
    }
    char number[16];
    size_t size = strlen(text), plus = text[0] == '+';
    if (size < 3 || size >= sizeof number || !avt_str_ends(text, "dB"))
        return false;
    memcpy(number, text + plus, size - 2 - plus);
    number[size - 2 - plus] = '\0';
    return avt_parse_double(number, -40, 12, ret_db);
}

static enum avt_code start_prosody(struct reader *reader, struct open_element *open)
{
    (void)open;
    struct avt_style *style = &reader->builder->style;
    const char *rate = attribute(reader, "rate"), *pitch = attribute(reader, "pitch");
    const char *range = attribute(reader, "range"), *volume = attribute(reader, "volume");
    double number = 0.0;
    if (rate && !avt_markup_rate(rate, true, &number))
        return fail_item(reader, "this is no rate such as slow, 90% or 0.9:", rate);
    style->rate *= rate ? number : 1.0;
    if (pitch && !avt_markup_pitch(pitch, true, &number))
        return fail_item(reader, "this is no pitch such as high, +2st or +10%:", pitch);
    style->pitch_st += pitch ? number : 0.0;
    if (range && !range_of(range, &number))
        return fail_item(reader, "this is no range such as low, +20% or +2st:", range);
    style->range *= range ? number : 1.0;
    if (volume && !volume_of(volume, &number))
        return fail_item(reader, "this is no volume such as soft or +3dB:", volume);
    style->volume_db += volume ? number : 0.0;
    return AVT_OK;
}

static enum avt_code start_sub(struct reader *reader, struct open_element *open)
{
    const char *alias = attribute(reader, "alias");
    if (!alias || !*alias)
        return fail_item(reader, "an alias is missing, what is read instead", "");
    open->value = avt_strdup(alias);
    open->override = AVT_OVERRIDE_ALIAS;
    return AVT_OK;
}

static enum avt_code start_phoneme(struct reader *reader, struct open_element *open)
{
    const char *alphabet = attribute(reader, "alphabet"), *ph = attribute(reader, "ph");
    if (alphabet && !avt_str_equal(alphabet, "ipa"))
        return fail_item(reader, "only alphabet=\"ipa\" is known, not", alphabet);
    if (!ph || !*ph)
        return fail_item(reader, "ph, the pronunciation, is missing", "");
    open->value = avt_strdup(ph);
    open->override = AVT_OVERRIDE_IPA;
    return AVT_OK;
}

static enum avt_code start_voice(struct reader *reader, struct open_element *open)
{
    (void)open;
    const char *name = attribute(reader, "name");
    if (!name || !*name)
        return fail_item(reader, "name, the voice, is missing", "");
    reader->builder->style.voice = avt_markup_string(reader->builder, name, strlen(name));
    reader->builder->style.named_at = reader->item.at;
    return set_language(reader);
}

static enum avt_code start_say_as(struct reader *reader, struct open_element *open)
{
    static const char *const KINDS[] = {"cardinal",  "number",   "ordinal", "characters",
                                        "spell-out", "verbatim", "digits",  "date",
                                        "time",      "telephone"};
    const char *as = attribute(reader, "interpret-as");
    for (size_t i = 0; as && i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (!avt_str_equal(as, KINDS[i]))
            continue;
        const char *format = attribute(reader, "format");
        open->value = avt_asprintf("%s %s", as, format ? format : "");
        return AVT_OK;
    }
    return fail_item(reader,
                     "interpret-as is one of cardinal, ordinal, characters, date, time and "
                     "telephone, not",
                     as);
}

static enum avt_code end_override(struct reader *reader, struct open_element *open)
{
    return avt_markup_override(reader->builder, open->text_start, open->at, open->override,
                               open->value);
}

/* "31.12.2024" by its format to 2024-12-31, which every language's reader knows; false if the text
 * does not have the form. */
static bool iso_date(const char *text, const char *format, char out[32])
{
    char fields[3][FIELD_DIGITS_MAX + 1] = {{0}};
    size_t count = 0;
    for (const char *at = text; *at && count < 3;) {
        size_t digits = strspn(at, "0123456789");
        if (digits == 0) {
            at++;
            continue;
        }
        if (digits > FIELD_DIGITS_MAX)
            return false;
        memcpy(fields[count++], at, digits);
        at += digits;
    }
    const char *year = strchr(format, 'y'), *month = strchr(format, 'm'), *day = strchr(format, 'd');
    if (count != 3 || strlen(format) != 3 || !year || !month || !day)
        return false;
    if (strlen(fields[year - format]) != FIELD_DIGITS_MAX)
        return false;
    (void)snprintf(out, 32, "%s-%02d-%02d", fields[year - format],
                   (int)strtol(fields[month - format], NULL, 10),
                   (int)strtol(fields[day - format], NULL, 10));
    return true;
}

/* "555-1234" digit by digit, with a short rest where it is parted. */
static void spell_telephone(const char *text, struct avt_buf *out)
{
    bool rest = false;
    for (; *text; text++) {
        if (*text >= '0' && *text <= '9') {
            if (out->size > 0)
                avt_buf_append_str(out, rest ? ", " : " ");
            avt_buf_append_char(out, *text);
            rest = false;
        } else {
            rest = true;
        }
    }
}

static enum avt_code end_say_as(struct reader *reader, struct open_element *open)
{
    struct avt_markup_builder *builder = reader->builder;
    const char *as = open->value, *format = strchr(as, ' ') + 1;
    const char *text = avt_buf_str(&builder->text) + open->text_start;
    AVT_CLEANUP(avt_buf_done) struct avt_buf alias = AVT_BUF_INIT(ALIAS_BYTES_MAX);
    enum avt_override_kind kind = AVT_OVERRIDE_ALIAS;
    if (builder->text.size == open->text_start || avt_str_starts(as, "time"))
        return AVT_OK;
    if (avt_str_starts(as, "cardinal") || avt_str_starts(as, "number")) {
        kind = AVT_OVERRIDE_CARDINAL;
    } else if (avt_str_starts(as, "ordinal")) {
        kind = AVT_OVERRIDE_ORDINAL;
    } else if (avt_str_starts(as, "date")) {
        char date[32];
        if (!*format)
            return AVT_OK; /* as the language writes dates */
        if (!iso_date(text, format, date))
            return avt_markup_fail(builder, open->at,
                                   "<say-as>: '%.40s' is no date of the format '%.10s'; formats are "
                                   "ymd, mdy and dmy",
                                   text, format);
        avt_buf_append_str(&alias, date);
    } else if (avt_str_starts(as, "telephone") || avt_str_starts(as, "digits")) {
        spell_telephone(text, &alias);
        if (alias.size == 0)
            return AVT_OK;
    } else {
        kind = AVT_OVERRIDE_CHARACTERS;
    }
    bool number = kind == AVT_OVERRIDE_CARDINAL || kind == AVT_OVERRIDE_ORDINAL;
    if (number && strspn(text, "0123456789,. ") != strlen(text))
        return avt_markup_fail(builder, open->at, "<say-as>: '%.40s' is no whole number", text);
    return avt_markup_override(builder, open->text_start, open->at, kind,
                               alias.size ? avt_buf_str(&alias) : NULL);
}

static const struct element ELEMENTS[] = {
    {"speak", " version xmlns xml:lang xmlns:xsi xsi:schemaLocation ", start_speak, NULL, false},
    {"p", " xml:lang ", edge_p, edge_p, false},
    {"s", " xml:lang ", edge_s, edge_s, false},
    {"break", " time strength ", start_break, NULL, true},
    {"prosody", " rate pitch range volume ", start_prosody, NULL, false},
    {"sub", " alias ", start_sub, end_override, true},
    {"phoneme", " alphabet ph ", start_phoneme, end_override, true},
    {"say-as", " interpret-as format detail ", start_say_as, end_say_as, true},
    {"voice", " name xml:lang ", start_voice, NULL, false},
};

/* ---- structure ----------------------------------------------------------------------------- */

static const struct element *element_named(const char *name)
{
    for (size_t i = 0; i < sizeof ELEMENTS / sizeof ELEMENTS[0]; i++)
        if (avt_str_equal(ELEMENTS[i].name, name))
            return &ELEMENTS[i];
    return NULL;
}

static enum avt_code check_attributes(const struct reader *reader, const struct element *element)
{
    for (size_t i = 0; i < reader->item.attribute_count; i++) {
        AVT_CLEANUP(avt_freep) char *word = avt_asprintf(" %s ", reader->item.attributes[i].name);
        if (!strstr(element->attributes, word))
            return fail_item(reader, "this attribute is not known:",
                             reader->item.attributes[i].name);
    }
    return AVT_OK;
}

static enum avt_code close_element(struct reader *reader)
{
    struct open_element *open = &reader->open[reader->depth - 1];
    enum avt_code code = open->element->end ? open->element->end(reader, open) : AVT_OK;
    reader->builder->style = open->before;
    avt_free(open->value);
    reader->depth--;
    reader->finished = reader->depth == 0;
    return code;
}

static enum avt_code open_element(struct reader *reader)
{
    const struct element *element = element_named(reader->item.name);
    if (!element)
        return avt_markup_fail(reader->builder, reader->item.at,
                               "the element <%s> is not known; docs/speech.md lists those that are",
                               reader->item.name);
    bool root = avt_str_equal(element->name, "speak");
    if (root != (reader->depth == 0) || reader->finished)
        return avt_markup_fail(reader->builder, reader->item.at, "%s",
                               root ? "<speak> stands once, around everything"
                                    : "everything stands inside <speak>");
    if (reader->depth > 0 && reader->open[reader->depth - 1].element->text_only)
        return avt_markup_fail(reader->builder, reader->item.at, "<%s> may hold text only",
                               reader->open[reader->depth - 1].element->name);
    if (reader->depth == AVT_MARKUP_DEPTH_MAX)
        return avt_markup_fail(reader->builder, reader->item.at,
                               "more than %d elements are inside each other", AVT_MARKUP_DEPTH_MAX);
    enum avt_code code = check_attributes(reader, element);
    if (code != AVT_OK)
        return code;
    struct open_element *open = &reader->open[reader->depth++];
    *open = (struct open_element){.element = element,
                                  .at = reader->item.at,
                                  .before = reader->builder->style};
    code = element->start(reader, open);
    open->text_start = reader->builder->text.size;
    if (code == AVT_OK && reader->item.empty)
        code = close_element(reader);
    return code;
}

/* White space in XML is one space; line ends are no paragraphs. */
static enum avt_code add_text(struct reader *reader)
{
    struct avt_buf *text = &reader->item.text;
    struct avt_buf *out = &reader->builder->text;
    AVT_CLEANUP(avt_buf_done) struct avt_buf squeezed = AVT_BUF_INIT(text->size + 1);
    bool space = out->size == 0 || strchr(" \n", out->data[out->size - 1]) != NULL;
    bool visible = false;
    for (size_t i = 0; i < text->size; i++) {
        bool blank = strchr(" \t\r\n", text->data[i]) != NULL;
        visible |= !blank;
        if (blank && !space)
            avt_buf_append_char(&squeezed, ' ');
        else if (!blank)
            avt_buf_append_char(&squeezed, text->data[i]);
        space = blank;
    }
    if (visible && (reader->depth == 0 || reader->finished))
        return avt_markup_fail(reader->builder, reader->item.at,
                               "everything stands inside <speak>");
    if (reader->depth == 0)
        return AVT_OK;
    return avt_markup_text(reader->builder, avt_buf_str(&squeezed), squeezed.size);
}

static enum avt_code read_item(struct reader *reader)
{
    switch (reader->item.kind) {
    case AVT_XML_OPEN:
        return open_element(reader);
    case AVT_XML_CLOSE:
        if (reader->depth == 0 ||
            !avt_str_equal(reader->open[reader->depth - 1].element->name, reader->item.name))
            return avt_markup_fail(reader->builder, reader->item.at,
                                   "</%s> closes nothing that was opened last", reader->item.name);
        return close_element(reader);
    case AVT_XML_TEXT:
        return add_text(reader);
    case AVT_XML_END:
        break;
    }
    if (reader->depth > 0)
        return avt_markup_fail(reader->builder, reader->open[reader->depth - 1].at,
                               "<%s> is not closed",
                               reader->open[reader->depth - 1].element->name);
    if (!reader->finished)
        return avt_markup_fail(reader->builder, 0, "there is no <speak> element");
    return AVT_OK;
}

enum avt_code avt_ssml_parse(struct avt_markup_builder *builder)
{
    struct reader reader = {.builder = builder,
                            .xml = {.text = builder->source, .size = builder->size}};
    enum avt_code code = AVT_OK;
    do {
        const char *problem = avt_xml_next(&reader.xml, &reader.item);
        if (problem)
            code = avt_markup_fail(builder, reader.xml.at, "%s", problem);
        else
            code = read_item(&reader);
    } while (code == AVT_OK && reader.item.kind != AVT_XML_END);
    for (size_t i = 0; i < reader.depth; i++)
        avt_free(reader.open[i].value);
    avt_xml_item_done(&reader.item);
    return code;
}
