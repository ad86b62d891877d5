/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static void text__is_what_jansson_writes(void **state)
{
    (void)state;
    static const char *const values[] = {
        "{}",
        "[]",
        "null",
        "{\"b\":1,\"a\":[true,false,null,{}],\"c\":{\"d\":[]}}",
        "\"quotes \\\" and \\\\ and \\/ and \\b\\t\\n\\f\\r and \\u0001\\u001f\\u007f\"",
        "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "[0,-1,9223372036854775807,-9223372036854775807]",
        "[0.5,-2.0,1e300,1e-7,123456789.123456789,560.0,0.1]",
        "{\"\":{\"\\u0002\":\"\"}}",
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        AVT_CLEANUP(avt_json_decrefp) json_t *json = json_loads(values[i], JSON_DECODE_ANY, NULL);
        assert_non_null(json);
        size_t size = 0;
        AVT_CLEANUP(avt_freep) char *ours = avt_json_text(json, &size);
        AVT_CLEANUP(avt_freep)
        char *theirs = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
        assert_int_equal(size, strlen(ours));
        /* An exponent may be written in two ways; as values they are the same. */
        AVT_CLEANUP(avt_json_decrefp) json_t *again = json_loads(ours, JSON_DECODE_ANY, NULL);
        AVT_CLEANUP(avt_json_decrefp) json_t *reference = json_loads(theirs, JSON_DECODE_ANY, NULL);
        assert_true(json_equal(again, reference));
        if (!strchr(theirs, 'e'))
            assert_string_equal(ours, theirs);
    }
}

static void text__has_a_limit(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *long_text = avt_alloc0(AVT_JSON_BYTES_MAX + 1, 1);
    memset(long_text, 'a', AVT_JSON_BYTES_MAX);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_pack("[s]", long_text);
    size_t size = 0;
    assert_null(avt_json_text(json, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text__is_what_jansson_writes),
        cmocka_unit_test(text__has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
