/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "api/multipart.h"
#include "base/buf.h"

/* What came, as "[name|filename|type|data]..." */
struct seen {
    struct avt_buf text;
    int open;
};

static enum avt_code on_begin(const struct avt_multipart_part *part, void *user,
                              struct avt_error *reterr)
{
    struct seen *seen = user;
    (void)reterr;
    assert_int_equal(seen->open++, 0);
    avt_buf_printf(&seen->text, "[%s|%s|%s|", part->name, part->filename ? part->filename : "-",
                   part->media_type);
    return AVT_OK;
}

static enum avt_code on_data(const char *data, size_t size, void *user, struct avt_error *reterr)
{
    struct seen *seen = user;
    (void)reterr;
    assert_int_equal(seen->open, 1);
    assert_true(size > 0);
    avt_buf_append(&seen->text, data, size);
    return AVT_OK;
}

static enum avt_code on_end(void *user, struct avt_error *reterr)
{
    struct seen *seen = user;
    (void)reterr;
    assert_int_equal(seen->open--, 1);
    avt_buf_append_char(&seen->text, ']');
    return AVT_OK;
}

static const struct avt_multipart_calls calls = {.begin = on_begin, .data = on_data, .end = on_end};

/* Parses `body` in pieces of `step` bytes. */
static enum avt_code parse(const char *body, size_t step, struct seen *seen)
{
    AVT_CLEANUP(avt_multipart_freep)
    struct avt_multipart *parser = avt_multipart_new("XX", &calls, seen);
    struct avt_error error = {0};
    enum avt_code code = AVT_OK;
    size_t size = strlen(body);
    for (size_t at = 0; at < size && code == AVT_OK; at += step)
        code = avt_multipart_feed(parser, body + at, step < size - at ? step : size - at, &error);
    if (code == AVT_OK)
        code = avt_multipart_finish(parser, &error);
    assert_true(code == AVT_OK || error.message[0] != '\0');
    return code;
}

#define D "Content-Disposition: form-data; "

static void multipart__good_bodies_in_any_pieces(void **state)
{
    (void)state;
    static const struct {
        const char *body, *want;
    } rows[] = {
        {"--XX--\r\n", ""},
        {"--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX--\r\n", "[a|-||1]"},
        {"--XX\r\n" D "name=\"a\"\r\n\r\n\r\n--XX--", "[a|-||]"},
        {"--XX\r\ncontent-disposition: FORM-DATA; NAME=a ; filename=b.png\r\ncontent-type: "
         "image/png \r\n\r\n"
         "1\r\n--XX\r\n" D "name=b\r\n\r\n2\r\n--XX--\r\nepilogue",
         "[a|b.png|image/png|1][b|-||2]"},
        {"--XX\r\n" D "name=\"a\"\r\n\r\n\r\r\n\r\n-\r\n--\r\n--X\r\n--XY\r\r\n--XX--\r\n",
         "[a|-||\r\r\n\r\n-\r\n--\r\n--X\r\n--XY\r]"},
        {"--XX\r\n" D "name=\"a\"\r\n\r\n\r\n\r\n--XX--\r\n", "[a|-||\r\n]"},
        {"--XX\r\n" D "name=\"q\\\"x\"; filename=\"C:\\\\dir\\file.txt\"\r\n\r\n1\r\n--XX--\r\n",
         "[q\"x|C:\\dir\\file.txt||1]"},
        {"--XX\r\n" D "name=\"\xc3\xa9\"; filename=\"\"\r\n\r\n1\r\n--XX--\r\n", "[\xc3\xa9|||1]"},
        {"--XX\r\n" D "name=a; filename*=UTF-8''x\r\nX-Other: 1\r\n\r\n1\r\n--XX--\r\n",
         "[a|-||1]"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        for (size_t step = 1; step < 40; step++) {
            struct seen seen = {.text = AVT_BUF_INIT(4096)};
            if (parse(rows[i].body, step, &seen) != AVT_OK)
                fail_msg("row %zu in pieces of %zu is refused", i, step);
            assert_string_equal(avt_buf_str(&seen.text), rows[i].want);
            avt_buf_done(&seen.text);
        }
    }
}

static void multipart__bad_bodies_are_refused(void **state)
{
    (void)state;
    static char long_header[6000] = "--XX\r\n" D "name=a; x=\"";
    memset(long_header + strlen(long_header), 'x', 5000);
    static const char *const rows[] = {
        "",
        "--XX",
        "preamble\r\n--XX--\r\n",
        "\r\n--XX--\r\n",
        "--XY--\r\n",
        "--XX\r\n" D "name=\"a\"\r\n\r\n1",
        "--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX",
        "--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX-",
        "--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX\r\n",
        "--XX\n" D "name=\"a\"\n\n1\n--XX--\n",
        "--XXtail\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX--",
        "--XX\r\n\r\n1\r\n--XX--",
        "--XX\r\nContent-Type: text/plain\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "filename=a\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=\"a\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=\"a\";; filename\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=a; name=b\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=a\r\n" D "name=b\r\n\r\n1\r\n--XX--",
        "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=\"\xff\"\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=\"a\001\"\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=a\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=a\r\nno colon\r\n\r\n1\r\n--XX--",
        "--XX\r\n" D "name=a\r\nX Y: 1\r\n\r\n1\r\n--XX--",
        "--XX\r\n " D "name=a\r\n\r\n1\r\n--XX--",
        long_header,
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        for (size_t step = 1; step < 64; step += 9) {
            struct seen seen = {.text = AVT_BUF_INIT(4096)};
            if (parse(rows[i], step, &seen) == AVT_OK)
                fail_msg("row %zu is taken: %s", i, rows[i]);
            avt_buf_done(&seen.text);
        }
    }
}

static void multipart__boundaries(void **state)
{
    (void)state;
    char boundary[AVT_MULTIPART_BOUNDARY_MAX + 1];
    assert_true(avt_multipart_boundary("multipart/form-data; boundary=----WebKit12", boundary));
    assert_string_equal(boundary, "----WebKit12");
    assert_true(
        avt_multipart_boundary("Multipart/Form-Data ; charset=x; Boundary=\"a b:c\"", boundary));
    assert_string_equal(boundary, "a b:c");
    static const char *const bad[] = {
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"a ",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=\"a\r\"",
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-datax; boundary=a",
        "multipart/mixed; boundary=a",
        ("multipart/form-data; "
         "boundary=0123456789012345678901234567890123456789012345678901234567890123456789X"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (avt_multipart_boundary(bad[i], boundary))
            fail_msg("'%s' is taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multipart__good_bodies_in_any_pieces),
        cmocka_unit_test(multipart__bad_bodies_are_refused),
        cmocka_unit_test(multipart__boundaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
