/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "cli/http_call.h"

/* The same failure has the same code with a server and without. */
static void http_call__errors(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *headers, *body;
        enum avt_code code;
        const char *message;
    } rows[] = {
        {404, "", "{\"detail\":\"there is no job 'x'\",\"code\":\"not_found\"}", AVT_ENOENT,
         "there is no job 'x'"},
        {422, "", "{\"detail\":\"the text is empty\",\"code\":\"bad_text\"}", AVT_ETEXT,
         "the text is empty"},
        {422, "", "{\"detail\":\"1 fault\",\"code\":\"validation_error\"}", AVT_EINVAL, "1 fault"},
        {401, "", "{\"detail\":\"a key\",\"code\":\"unauthorized\"}", AVT_EDENIED, "a key"},
        {403, "", "{\"detail\":\"more\",\"code\":\"forbidden\"}", AVT_EDENIED, "more"},
        {429, "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\n\r\n", "{\"detail\":\"too many\"}", AVT_ELIMIT,
         "too many (try again in 7 s)"},
        {507, "", "{\"detail\":\"full\",\"code\":\"no_space\"}", AVT_ENOSPACE, "full"},
        {501, "", "{\"detail\":\"later\",\"code\":\"not_available\"}", AVT_EUNSUPPORTED, "later"},
        {500, "", "{\"detail\":\"a bug\",\"code\":\"internal\"}", AVT_EINTERNAL, "a bug"},
        /* FastAPI's form. */
        {422, "", "{\"detail\":[{\"loc\":[\"body\",\"text\"],\"msg\":\"Field required\",\"type\":\"m\"},"
                  "{\"loc\":[\"body\",\"a\",0],\"msg\":\"bad\"}]}",
         AVT_EINVAL, "body.text: Field required; body.a.0: bad"},
        {404, "", "{\"detail\":\"gone\"}", AVT_ENOENT, "gone"},
        /* A proxy in between, and worse. */
        {502, "", "<html>Bad Gateway</html>", AVT_ENETWORK, "the server answers with status 502"},
        {503, "", "", AVT_ENETWORK, "the server answers with status 503"},
        {302, "", "", AVT_EINVAL, "the server answers with status 302"},
        {301, "HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n", "", AVT_EINVAL,
         "the server sends us to 'https://x/': give that address as --server"},
        {404, "", "[]", AVT_ENOENT, "the server answers with status 404"},
        {404, "", "{\"detail\":5,\"code\":7}", AVT_ENOENT, "the server answers with status 404"},
        {404, "", "{\"detail\":[5,{\"loc\":3}]}", AVT_ENOENT, ": wrong; : wrong"},
        {500, "", "{\"detail\":\"\\u001b]0;title\\u0007\",\"code\":\"ok\"}", AVT_EINTERNAL,
         "\\x1b]0;title\\x07"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_net_response response = {.status = rows[i].status,
                                            .headers = AVT_BUF_INIT(1000),
                                            .body = AVT_BUF_INIT(1000)};
        struct avt_error error = {0};
        avt_buf_append_str(&response.headers, rows[i].headers);
        avt_buf_append_str(&response.body, rows[i].body);
        enum avt_code code = avt_http_call_error(&response, &error);
        if (code != rows[i].code || strcmp(error.message, rows[i].message) != 0)
            fail_msg("row %zu: %d %s", i, code, error.message);
        avt_net_response_done(&response);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(http_call__errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
