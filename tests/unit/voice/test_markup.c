/* SPDX-License-Identifier: Apache-2.0 */
/* Markup of both notations: the plain text, the spans over it, what is overridden, and what is
 * refused where. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/markup.h"

/* "text" of each span with what differs from plain, then the overrides. */
static void render(const struct avt_markup *markup, struct avt_buf *out)
{
    for (size_t i = 0; i < markup->span_count; i++) {
        const struct avt_span *span = &markup->spans[i];
        const struct avt_style *style = &span->style;
        if (span->pause_ms >= 0)
            avt_buf_printf(out, "~%d", span->pause_ms);
        avt_buf_printf(out, "{%.*s", (int)(span->end - span->start), markup->text + span->start);
        if (style->voice)
            avt_buf_printf(out, "|v=%s", style->voice);
        if (style->language)
            avt_buf_printf(out, "|l=%s", style->language);
        if (style->rate != 1.0)
            avt_buf_printf(out, "|r=%.2f", style->rate);
        if (style->pitch_st != 0.0)
            avt_buf_printf(out, "|p=%.1f", style->pitch_st);
        if (style->range != 1.0)
            avt_buf_printf(out, "|range=%.2f", style->range);
        if (style->volume_db != 0.0)
            avt_buf_printf(out, "|vol=%.0f", style->volume_db);
        avt_buf_append_char(out, '}');
    }
    for (size_t i = 0; i < markup->override_count; i++) {
        const struct avt_override *o = &markup->overrides[i];
        avt_buf_printf(out, " %.*s=%d:%s", (int)(o->end - o->start), markup->text + o->start,
                       (int)o->kind, o->value ? o->value : "");
    }
}

static void check(const char *source, enum avt_markup_kind kind, const char *expected)
{
    AVT_CLEANUP(avt_markup_freep) struct avt_markup *markup = NULL;
    struct avt_error error = {0};
    if (avt_markup_parse(source, strlen(source), kind, &markup, &error) != AVT_OK)
        fail_msg("'%s': %s", source, error.message);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(4096);
    render(markup, &out);
    if (!avt_str_equal(avt_buf_str(&out), expected))
        fail_msg("'%s':\n  %s\n  %s", source, avt_buf_str(&out), expected);
}

static void brackets__become_spans(void **state)
{
    (void)state;
    static const struct {
        const char *source, *expected;
    } ROWS[] = {
        {"Plain.", "{Plain.}"},
        {"", ""},
        {"a [pause:500ms] b", "{a }~500{b}"},
        {"a[pause:1.5s][pause:1s]", "{a}~1500{}"},
        {"[voice:am_adam]A[/voice] B", "{A|v=am_adam}{ B}"},
        {"[rate:0.5]a[rate:2]b[/rate]c[/rate]", "{a|r=0.50}{b}{c|r=0.50}"},
        {"[pitch:+2st]a[/pitch][volume:-6dB]b[/volume]", "{a|p=2.0}{b|vol=-6}"},
        {"[tomato](/təˈmɑːtəʊ/)!", "{tomato!} tomato=0:təˈmɑːtəʊ"},
        {"[note] [1] [voice] a]b[", "{[note] [1] [voice] a]b[}"},
        {"[link](http://x)", "{[link](http://x)}"},
        {"\\[pause:1s]", "{[pause:1s]}"},
        {"[]", "{[]}"},
        {"[rate:1]x[/rate]", "{x}"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        check(ROWS[i].source, AVT_MARKUP_AUTO, ROWS[i].expected);
    check("[pause:1s] <b>", AVT_MARKUP_NONE, "{[pause:1s] <b>}");
}

static void ssml__becomes_spans(void **state)
{
    (void)state;
    static const struct {
        const char *source, *expected;
    } ROWS[] = {
        {"<speak>Hi &amp; bye&#33;</speak>", "{Hi & bye!}"},
        {"<?xml version='1.0'?>\n<!-- c --><speak version=\"1.1\" xml:lang='es'>a\n b</speak>\n",
         "{a b|l=es}"},
        {"<speak>a<break time='200ms'/>b<break/>c<break strength=\"strong\"/></speak>",
         "{a}~200{b}~300{c}~600{}"},
        {"<speak><prosody rate='90%' pitch='+2st' volume='soft' range='+2st'>a</prosody>b</speak>",
         "{a|r=0.90|p=2.0|range=1.12|vol=-6}{b}"},
        {"<speak><prosody rate='slow'><prosody rate='fast'>a</prosody></prosody></speak>", "{a}"},
        {"<speak><sub alias='World Wide Web'>WWW</sub></speak>", "{WWW} WWW=1:World Wide Web"},
        {"<speak><phoneme alphabet='ipa' ph='tə'>to</phoneme></speak>", "{to} to=0:tə"},
        {"<speak><say-as interpret-as='cardinal'>1984</say-as></speak>", "{1984} 1984=2:"},
        {"<speak><say-as interpret-as='ordinal'>3</say-as></speak>", "{3} 3=3:"},
        {"<speak><say-as interpret-as='characters'>abc</say-as></speak>", "{abc} abc=4:"},
        {"<speak><say-as interpret-as='date' format='dmy'>3.2.2024</say-as></speak>",
         "{3.2.2024} 3.2.2024=1:2024-02-03"},
        {"<speak><say-as interpret-as='date'>2024-02-03</say-as></speak>", "{2024-02-03}"},
        {"<speak><say-as interpret-as='time'>3:05 pm</say-as></speak>", "{3:05 pm}"},
        {"<speak><say-as interpret-as='telephone'>555-12</say-as></speak>",
         "{555-12} 555-12=1:5 5 5, 1 2"},
        {"<speak><voice name='am_adam'>a</voice> b</speak>", "{a|v=am_adam}{ b}"},
        {"<speak><p>One</p><p><s>Two</s><s>Three.</s></p></speak>",
         "{One\n\n}~400{Two }~400{Three. \n\n}"},
        {"<speak><![CDATA[a <b> & c]]></speak>", "{a <b> & c}"},
        {"<speak/>", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        check(ROWS[i].source, AVT_MARKUP_AUTO, ROWS[i].expected);
}

static void wrong_markup__is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        enum avt_markup_kind kind;
        const char *part;
    } ROWS[] = {
        {"a\nb [pause:5]", AVT_MARKUP_AUTO, "line 2, column 3: [pause:5]"},
        {"é[rate:9]", AVT_MARKUP_AUTO, "line 1, column 2: [rate:9]"},
        {"[pitch:20st]a", AVT_MARKUP_AUTO, "-12st"},
        {"[volume:1]a", AVT_MARKUP_AUTO, "volume"},
        {"[volume:dB]a", AVT_MARKUP_AUTO, "volume"},
        {"[voice:]a", AVT_MARKUP_AUTO, "no voice"},
        {"[voice:x]a", AVT_MARKUP_AUTO, "not closed"},
        {"[/voice]a", AVT_MARKUP_AUTO, "closes nothing"},
        {"[voice:a][rate:1][/voice]", AVT_MARKUP_AUTO, "column 18: [/voice] closes nothing"},
        {"[w](/abc", AVT_MARKUP_AUTO, "no end"},
        {"Hello", AVT_MARKUP_SSML, "inside <speak>"},
        {"", AVT_MARKUP_SSML, "no <speak>"},
        {"<speak>a", AVT_MARKUP_AUTO, "<speak> is not closed"},
        {"<speak>a</p></speak>", AVT_MARKUP_AUTO, "column 9: </p> closes nothing"},
        {"<speak><p>a</speak>", AVT_MARKUP_AUTO, "closes nothing"},
        {"<speak><x/></speak>", AVT_MARKUP_AUTO, "<x> is not known"},
        {"<speak><break size='1'/></speak>", AVT_MARKUP_AUTO, "not known: 'size'"},
        {"<speak><break time='1h'/></speak>", AVT_MARKUP_AUTO, "no time"},
        {"<speak><break strength='x'/></speak>", AVT_MARKUP_AUTO, "no strength"},
        {"<speak><prosody rate='x'>a</prosody></speak>", AVT_MARKUP_AUTO, "no rate"},
        {"<speak><sub>a</sub></speak>", AVT_MARKUP_AUTO, "alias is missing"},
        {"<speak><phoneme alphabet='x' ph='a'>a</phoneme></speak>", AVT_MARKUP_AUTO, "ipa"},
        {"<speak><say-as interpret-as='x'>a</say-as></speak>", AVT_MARKUP_AUTO, "interpret-as"},
        {"<speak><say-as>a</say-as></speak>", AVT_MARKUP_AUTO, "interpret-as"},
        {"<speak><say-as interpret-as='cardinal'>a</say-as></speak>", AVT_MARKUP_AUTO, "number"},
        {"<speak><say-as interpret-as='date' format='dmy'>a</say-as></speak>", AVT_MARKUP_AUTO,
         "no date"},
        {"<speak><sub alias='x'><p/></sub></speak>", AVT_MARKUP_AUTO, "text only"},
        {"<speak></speak><speak/>", AVT_MARKUP_AUTO, "stands once"},
        {"<speak></speak>x", AVT_MARKUP_AUTO, "inside <speak>"},
        {"<speak>&nbsp;</speak>", AVT_MARKUP_AUTO, "unknown"},
        {"<speak>&#0;</speak>", AVT_MARKUP_AUTO, "no number"},
        {"<speak>& b</speak>", AVT_MARKUP_AUTO, "&amp;"},
        {"<speak><break time='1s' time='2s'/></speak>", AVT_MARKUP_AUTO, "twice"},
        {"<speak><break time=1s/></speak>", AVT_MARKUP_AUTO, "quotation"},
        {"<speak><break time='1s/></speak>", AVT_MARKUP_AUTO, "&lt;"},
        {"<speak><!-- </speak>", AVT_MARKUP_AUTO, "no end"},
        {"<speak><!DOCTYPE x></speak>", AVT_MARKUP_AUTO, "document type"},
        {"<speak", AVT_MARKUP_SSML, "no end"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_markup_freep) struct avt_markup *markup = NULL;
        struct avt_error error = {0};
        enum avt_code code = avt_markup_parse(ROWS[i].source, strlen(ROWS[i].source),
                                              ROWS[i].kind, &markup, &error);
        if (code != AVT_ETEXT || !strstr(error.message, ROWS[i].part) ||
            !strstr(error.message, "line "))
            fail_msg("'%s': %d %s", ROWS[i].source, code, error.message);
    }
}

static void limits__hold(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_buf_done) struct avt_buf deep = AVT_BUF_INIT(1 << 16);
    for (int i = 0; i <= AVT_MARKUP_DEPTH_MAX; i++)
        avt_buf_append_str(&deep, "[rate:1]");
    AVT_CLEANUP(avt_markup_freep) struct avt_markup *markup = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_markup_parse(deep.data, deep.size, AVT_MARKUP_AUTO, &markup, &error),
                     AVT_ETEXT);
    AVT_CLEANUP(avt_buf_done) struct avt_buf many = AVT_BUF_INIT(1 << 20);
    for (int i = 0; i <= AVT_MARKUP_SPANS_MAX; i++)
        avt_buf_append_str(&many, "a[pause:1s]");
    assert_int_equal(avt_markup_parse(many.data, many.size, AVT_MARKUP_AUTO, &markup, &error),
                     AVT_ELIMIT);
    /* Long texts are parted at paragraphs, so that speech can begin. */
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(1 << 20);
    for (int i = 0; i < 200; i++)
        avt_buf_append_str(&text, "A paragraph that is about sixty bytes long, or a bit more.\n\n");
    assert_int_equal(avt_markup_parse(text.data, text.size, AVT_MARKUP_AUTO, &markup, &error),
                     AVT_OK);
    assert_true(markup->span_count >= 2 && markup->span_count <= 4);
    assert_string_equal(markup->text, text.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets__become_spans),
        cmocka_unit_test(ssml__becomes_spans),
        cmocka_unit_test(wrong_markup__is_refused_with_its_place),
        cmocka_unit_test(limits__hold),
    };
    return cmocka_run_group_tests_name("markup", tests, NULL, NULL);
}
