/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/sse.h"

struct seen {
    struct avt_buf text; /* "type|data|id;" of each event */
    int count, stop_at;
};

static bool on_event(const struct avt_sse_event *event, void *user)
{
    struct seen *seen = user;
    avt_buf_printf(&seen->text, "%s|%s|%s;", event->type, event->data, event->id);
    return ++seen->count != seen->stop_at;
}

/* However the bytes are cut, the events are the same. */
static void check(const char *stream, const char *expected)
{
    for (size_t step = 1; step <= strlen(stream); step++) {
        struct seen seen = {.text = AVT_BUF_INIT(4096)};
        struct avt_sse sse;
        avt_sse_init(&sse);
        for (size_t i = 0; i < strlen(stream); i += step) {
            size_t left = strlen(stream) - i;
            assert_int_equal(avt_sse_feed(&sse, stream + i, left < step ? left : step, on_event, &seen),
                             AVT_SSE_OK);
        }
        assert_string_equal(avt_buf_str(&seen.text), expected);
        avt_buf_done(&seen.text);
        avt_sse_done(&sse);
    }
}

static void sse__events(void **state)
{
    (void)state;
    check("data: one\n\n", "message|one|;");
    check("id: 7\nevent: status\ndata: {\"a\":1}\n\ndata:two\n\n", "status|{\"a\":1}|7;message|two|7;");
    check("data: a\r\ndata:  b\r\n\r\n", "message|a\n b|;");
    check("data: a\rdata\r\r", "message|a\n|;");
    check(": ping\n\n: ping\n\nretry: 5\nevent: x\n\ndata: y\n\n", "message|y|;");
    check("\xef\xbb\xbf" "data: bom\n\n", "message|bom|;");
    check("data: never ended\n", "");
    check("database: x\ndata: y\n\n", "message|y|;");
}

static void sse__stops_when_told(void **state)
{
    (void)state;
    struct seen seen = {.text = AVT_BUF_INIT(4096), .stop_at = 2};
    struct avt_sse sse;
    const char *stream = "data: 1\n\ndata: 2\n\ndata: 3\n\n";
    avt_sse_init(&sse);
    assert_int_equal(avt_sse_feed(&sse, stream, strlen(stream), on_event, &seen), AVT_SSE_STOPPED);
    assert_int_equal(seen.count, 2);
    avt_buf_done(&seen.text);
    avt_sse_done(&sse);
}

static void sse__lines_and_events_have_a_limit(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *line = avt_alloc0(AVT_SSE_LINE_BYTES_MAX, 1);
    memset(line, 'x', AVT_SSE_LINE_BYTES_MAX);
    struct seen seen = {.text = AVT_BUF_INIT(4096)};
    struct avt_sse sse;
    avt_sse_init(&sse);
    assert_int_equal(avt_sse_feed(&sse, line, AVT_SSE_LINE_BYTES_MAX, on_event, &seen), AVT_SSE_OK);
    assert_int_equal(avt_sse_feed(&sse, "x", 1, on_event, &seen), AVT_SSE_TOO_LONG);
    avt_sse_done(&sse);

    avt_sse_init(&sse);
    enum avt_sse_result result = AVT_SSE_OK;
    memcpy(line, "data: ", 6);
    size_t lines = 0;
    for (; result == AVT_SSE_OK && lines < 100; lines++) {
        result = avt_sse_feed(&sse, line, AVT_SSE_LINE_BYTES_MAX - 1, on_event, &seen);
        if (result == AVT_SSE_OK)
            result = avt_sse_feed(&sse, "\n", 1, on_event, &seen);
    }
    assert_int_equal(result, AVT_SSE_TOO_LONG);
    assert_in_range(lines, 16, 18); /* 1 MB of lines of 64 kB */
    assert_int_equal(seen.count, 0);
    avt_sse_done(&sse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sse__events),
        cmocka_unit_test(sse__stops_when_told),
        cmocka_unit_test(sse__lines_and_events_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
