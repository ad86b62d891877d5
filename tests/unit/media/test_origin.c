/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <fcntl.h>

#include "media/origin.h"

static void find__code_after_the_uri(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code; /* NULL: none */
    } rows[] = {
        {"http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia", "algorithmicMedia"},
        {"x=\"http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic\"/>",
         "compositeSynthetic"},
        {"http://cv.iptc.org/newscodes/digitalsourcetype/", NULL},
        {"http://cv.iptc.org/newscodes/digitalsourcetype/ a", NULL},
        {"http://cv.iptc.org/newscodes/", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char code[AVT_ORIGIN_CODE_SIZE] = "";
        bool found = avt_origin_find(rows[i].text, strlen(rows[i].text), code);
        assert_int_equal(found, rows[i].code != NULL);
        if (found)
            assert_string_equal(code, rows[i].code);
    }
    /* Longer than the place for it: cut, not overrun. */
    char text[256], code[AVT_ORIGIN_CODE_SIZE];
    snprintf(text, sizeof(text), "http://cv.iptc.org/newscodes/digitalsourcetype/%0100d", 0);
    memset(text + 47, 'a', 100);
    assert_true(avt_origin_find(text, strlen(text), code));
    assert_int_equal(strlen(code), AVT_ORIGIN_CODE_SIZE - 1);
}

static void xmp__is_escaped(void **state)
{
    (void)state;
    const struct avt_origin origin = {
        .digital_source_type = "compositeSynthetic", .voice = "a<b\"&c>\x01", .title = "x & y"};
    AVT_CLEANUP(avt_freep) char *xmp = avt_origin_xmp(&origin);
    assert_non_null(strstr(xmp, "avatar:voice=\"a&lt;b&quot;&amp;c&gt;\""));
    assert_non_null(strstr(xmp, ">x &amp; y</rdf:li>"));
    assert_null(strstr(xmp, "avatar:face"));
    AVT_CLEANUP(avt_freep) char *comment = avt_origin_comment(&origin);
    char code[AVT_ORIGIN_CODE_SIZE];
    assert_true(avt_origin_find(comment, strlen(comment), code));
    assert_string_equal(code, "compositeSynthetic");
    const struct avt_origin none = {0};
    AVT_CLEANUP(avt_freep) char *plain = avt_origin_comment(&none);
    assert_null(strstr(plain, "ynthetic"));
}

static void box__written_found_and_hardened(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("box");
    static const uint8_t head[] = {0, 0, 0, 16, 'f', 't', 'y', 'p', 'i', 's', 'o', 'm', 0, 0, 0, 0};
    assert_int_equal(avt_file_write(path, head, sizeof(head), NULL), AVT_OK);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    char code[AVT_ORIGIN_CODE_SIZE] = "";
    assert_false(avt_origin_read_box(fd, code));
    const struct avt_origin origin = {.digital_source_type = "algorithmicMedia"};
    assert_int_equal(avt_origin_append_box(fd, &origin, NULL), AVT_OK);
    assert_true(avt_origin_read_box(fd, code));
    assert_string_equal(code, "algorithmicMedia");
    /* Sizes of the first box that lead nowhere, backwards or round and round. */
    static const uint8_t sizes[][4] = {
        {0, 0, 0, 0}, {0, 0, 0, 7}, {0, 0, 0, 1}, {0xFF, 0xFF, 0xFF, 0xFF}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        assert_int_equal(pwrite(fd, sizes[i], 4, 0), 4);
        assert_false(avt_origin_read_box(fd, code));
    }
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find__code_after_the_uri),
        cmocka_unit_test(xmp__is_escaped),
        cmocka_unit_test(box__written_found_and_hardened),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
