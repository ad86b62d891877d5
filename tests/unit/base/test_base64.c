/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/base64.h"

/* RFC 4648, section 10. */
static const struct {
    const char *plain, *text;
} vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

static void encode__pads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        char text[16];
        avt_base64_encode((const uint8_t *)vectors[i].plain, strlen(vectors[i].plain), text);
        assert_string_equal(text, vectors[i].text);
        assert_true(strlen(text) < AVT_BASE64_SIZE(strlen(vectors[i].plain)));
    }
}

static void decode__takes_what_encode_gives_and_nothing_else(void **state)
{
    (void)state;
    uint8_t data[8];
    size_t size = 99;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        assert_true(avt_base64_decode(vectors[i].text, data, sizeof(data), &size));
        assert_int_equal(size, strlen(vectors[i].plain));
        assert_memory_equal(data, vectors[i].plain, size);
    }
    assert_true(avt_base64_decode("Zg", data, sizeof(data), &size));
    assert_int_equal(size, 1);
    static const char *const bad[] = {
        "Z", "Zg=", "Zg===", "Z===", "Zm9v=", "Zm9v Zm9v", "Zm9-", "="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(avt_base64_decode(bad[i], data, sizeof(data), &size));
    assert_false(avt_base64_decode("Zm9vYmFy", data, 5, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode__pads),
        cmocka_unit_test(decode__takes_what_encode_gives_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
