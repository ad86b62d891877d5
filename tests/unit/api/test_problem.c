/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "api/problem.h"
#include "api/schema.h"
#include "base/mem.h"

static json_t *body_of(const struct avt_problem *problem, bool fastapi)
{
    AVT_CLEANUP(avt_freep) char *text = avt_problem_body(problem, fastapi);
    assert_non_null(text);
    json_t *body = json_loads(text, 0, NULL);
    assert_non_null(body);
    return body;
}

static const char *text_of(const json_t *body, const char *name)
{
    return json_string_value(json_object_get(body, name));
}

static void status__every_code_has_one(void **state)
{
    (void)state;
    for (int i = 0; i < AVT_CODE_COUNT; i++) {
        int status = avt_problem_status((enum avt_code)(-i));
        assert_true(status == 200 || (status >= 400 && status < 600));
        assert_string_not_equal(avt_problem_title(status == 200 ? 404 : status), "Error");
    }
    assert_int_equal(avt_problem_status(AVT_ENOENT), 404);
    assert_int_equal(avt_problem_status(AVT_ENOSPACE), 507);
    assert_int_equal(avt_problem_status((enum avt_code)(-1000)), 500);
}

static void body__both_forms(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_json_decrefp) json_t *faults = json_array();
    struct avt_problem problem = {404, "not_found", "there is none", faults, "req-1"};
    AVT_CLEANUP(avt_json_decrefp) json_t *plain = body_of(&problem, false);
    assert_string_equal(text_of(plain, "title"), "Not Found");
    assert_string_equal(text_of(plain, "code"), "not_found");
    assert_string_equal(text_of(plain, "request_id"), "req-1");
    assert_null(json_object_get(plain, "errors"));
    AVT_CLEANUP(avt_json_decrefp) json_t *short_form = body_of(&problem, true);
    assert_string_equal(text_of(short_form, "detail"), "there is none");
    assert_int_equal(json_object_size(short_form), 1);

    struct avt_loc top = {NULL, "body", 0}, loc = {&top, NULL, 3};
    avt_fault(faults, &loc, "missing", "Field required");
    AVT_CLEANUP(avt_json_decrefp) json_t *listed = body_of(&problem, true);
    assert_int_equal(json_array_size(json_object_get(listed, "detail")), 1);
    AVT_CLEANUP(avt_freep) char *sentence = avt_problem_sentence(faults);
    assert_string_equal(sentence, "The request has 1 fault: body[3]: Field required");
}

static void openai__message_type_param_code(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_json_decrefp) json_t *faults = json_array();
    struct avt_problem problem = {401, "unauthorized", "no key \xc3", NULL, "req-1"};
    AVT_CLEANUP(avt_json_decrefp) json_t *plain = avt_problem_openai(&problem);
    assert_string_equal(text_of(plain, "message"), "no key ");
    assert_string_equal(text_of(plain, "type"), "invalid_request_error");
    assert_string_equal(text_of(plain, "code"), "invalid_api_key");
    assert_true(json_is_null(json_object_get(plain, "param")));
    struct avt_loc top = {NULL, "body", 0}, voice = {&top, "voice", 0}, loc = {&voice, "id", 0};
    avt_fault(faults, &loc, "missing", "Field required");
    problem = (struct avt_problem){503, "busy", "later", faults, "req-1"};
    AVT_CLEANUP(avt_json_decrefp) json_t *ours = avt_problem_openai(&problem);
    assert_string_equal(text_of(ours, "type"), "server_error");
    assert_string_equal(text_of(ours, "param"), "voice.id");
    assert_string_equal(text_of(ours, "code"), "busy");
}

/* Quoted text of a client that was cut inside a character. */
static void body__is_utf8_whatever_the_sentence(void **state)
{
    (void)state;
    struct avt_problem problem = {404, "not_found", "there is no 'x\xc3", NULL, "req-1"};
    AVT_CLEANUP(avt_json_decrefp) json_t *body = body_of(&problem, false);
    assert_string_equal(text_of(body, "detail"), "there is no 'x");
    AVT_CLEANUP(avt_json_decrefp) json_t *faults = json_array();
    struct avt_loc loc = {NULL, "body", 0};
    avt_fault(faults, &loc, "wrong", "%.3s", "ab\xc3\xa4");
    assert_string_equal(text_of(json_array_get(faults, 0), "msg"), "ab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status__every_code_has_one),
        cmocka_unit_test(body__both_forms),
        cmocka_unit_test(openai__message_type_param_code),
        cmocka_unit_test(body__is_utf8_whatever_the_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
