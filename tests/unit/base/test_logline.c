/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/logline.h"

/** What avt_logline() writes to standard error. */
static void written(enum avt_logline_form form, const char *message, const char *value,
                    char ret_line[1024])
{
    int kept = dup(STDERR_FILENO), pipe_fds[2];
    const struct avt_logline_field fields[] = {
        {"job", "job-1"}, {"none", NULL}, {"empty", ""}, {"value", value}, {NULL, NULL}};
    assert_int_equal(pipe(pipe_fds), 0);
    dup2(pipe_fds[1], STDERR_FILENO);
    avt_logline(form, "worker-1", AVT_LOG_WARN, message, fields);
    dup2(kept, STDERR_FILENO);
    close(pipe_fds[1]);
    close(kept);
    ssize_t size = read(pipe_fds[0], ret_line, 1023);
    assert_true(size > 0);
    ret_line[size] = '\0';
    close(pipe_fds[0]);
    /* One line, whatever was in it. */
    assert_ptr_equal(strchr(ret_line, '\n'), ret_line + size - 1);
}

static void logline__for_people(void **state)
{
    (void)state;
    char line[1024];
    written(AVT_LOGLINE_TEXT, "it failed", "x\ny\033[1m", line);
    assert_string_equal(line, "worker-1: warning: it failed (job job-1, value x y [1m)\n");
    written(AVT_LOGLINE_TEXT, "evil\nworker-2: line", NULL, line);
    assert_string_equal(line, "worker-1: warning: evil worker-2: line (job job-1)\n");
}

static void logline__as_json(void **state)
{
    (void)state;
    char line[1024];
    written(AVT_LOGLINE_JSON, "it \"failed\"\n", "a\\b", line);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_loads(line, 0, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "message")), "it \"failed\"\n");
    assert_string_equal(json_string_value(json_object_get(json, "level")), "warning");
    assert_string_equal(json_string_value(json_object_get(json, "program")), "worker-1");
    assert_string_equal(json_string_value(json_object_get(json, "value")), "a\\b");
    assert_null(json_object_get(json, "empty"));
    written(AVT_LOGLINE_JSON, "\xff", NULL, line);
    assert_non_null(strstr(line, "(not UTF-8)"));
}

static void logline__as_logfmt(void **state)
{
    (void)state;
    char line[1024];
    written(AVT_LOGLINE_LOGFMT, "it \"failed\"", "a=b\nlevel=info", line);
    assert_non_null(
        strstr(line, " level=warning program=worker-1 message=\"it \\\"failed\\\"\" job=job-1 "
                     "value=\"a=b level=info\"\n"));
}

static void logline__forms(void **state)
{
    (void)state;
    enum avt_logline_form form = AVT_LOGLINE_TEXT;
    assert_true(avt_logline_form_parse("logfmt", &form));
    assert_int_equal(form, AVT_LOGLINE_LOGFMT);
    assert_false(avt_logline_form_parse("xml", &form));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logline__for_people),
        cmocka_unit_test(logline__as_json),
        cmocka_unit_test(logline__as_logfmt),
        cmocka_unit_test(logline__forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
