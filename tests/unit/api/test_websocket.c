/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "api/websocket.h"

static void ws__accept_key_of_the_standard(void **state)
{
    (void)state;
    char accept[AVT_WS_ACCEPT_SIZE];
    assert_true(avt_ws_accept_key("dGhlIHNhbXBsZSBub25jZQ==", accept));
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    static const char *const bad[] = {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQQ=",
                                      "dGhlIHNhbXBsZSBub25jZ*==", "dGhlIHNhbXBsZSBub25jZQ==A"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(avt_ws_accept_key(bad[i], accept));
}

static void ws__tokens_and_origins(void **state)
{
    (void)state;
    assert_true(avt_ws_has_token("keep-alive, Upgrade", "upgrade"));
    assert_true(avt_ws_has_token("websocket", "websocket"));
    assert_false(avt_ws_has_token("websocket2, xwebsocket", "websocket"));
    assert_false(avt_ws_has_token("", "websocket"));
    assert_true(avt_ws_same_origin("https://host:8000", "Host:8000"));
    assert_false(avt_ws_same_origin("https://host", "host:8000"));
    assert_false(avt_ws_same_origin("https://evil/?://host", "host"));
    assert_false(avt_ws_same_origin("null", "null"));
}

static void ws__text_headers(void **state)
{
    (void)state;
    static const struct {
        size_t size, length;
        uint8_t bytes[AVT_WS_HEADER_MAX];
    } rows[] = {
        {0, 2, {0x81, 0}},
        {125, 2, {0x81, 125}},
        {126, 4, {0x81, 126, 0, 126}},
        {65535, 4, {0x81, 126, 255, 255}},
        {65536, 10, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint8_t header[AVT_WS_HEADER_MAX] = {0};
        assert_int_equal(avt_ws_text_header(rows[i].size, header), rows[i].length);
        assert_memory_equal(header, rows[i].bytes, rows[i].length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ws__accept_key_of_the_standard),
        cmocka_unit_test(ws__tokens_and_origins),
        cmocka_unit_test(ws__text_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
