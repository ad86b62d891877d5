/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "base/buf.h"
#include "base/mem.h"

static void append__stops_at_the_ceiling(void **state)
{
    (void)state;
    struct avt_buf buf;
    avt_buf_init(&buf, 8);
    assert_string_equal(avt_buf_str(&buf), "");
    assert_true(avt_buf_append_str(&buf, "12345"));
    assert_true(avt_buf_printf(&buf, "%d", 678));
    assert_false(avt_buf_append_char(&buf, '9'));
    assert_true(buf.overflowed);
    assert_string_equal(avt_buf_str(&buf), "12345678");
    assert_false(avt_buf_append_str(&buf, ""));
    avt_buf_clear(&buf);
    assert_true(avt_buf_append_utf8(&buf, 0x20AC));
    AVT_CLEANUP(avt_freep) char *text = avt_buf_take(&buf);
    assert_string_equal(text, "\xE2\x82\xAC");
    assert_int_equal(buf.size, 0);
    avt_buf_done(&buf);
}

static void alloc__refuses_what_cannot_be(void **state)
{
    (void)state;
    assert_null(avt_try_alloc(SIZE_MAX / 2, 4));
    assert_null(avt_try_alloc(1, SIZE_MAX));
    void *some = avt_try_alloc(3, 7);
    assert_non_null(some);
    assert_int_equal((uintptr_t)some % 64, 0);
    assert_int_equal(((char *)some)[20], 0);
    avt_free(some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(append__stops_at_the_ceiling),
        cmocka_unit_test(alloc__refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
