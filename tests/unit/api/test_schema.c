/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "api/operations.h"
#include "base/mem.h"
#include "base/str.h"

static const struct avt_api_operation *operation(const char *id)
{
    for (size_t i = 0; i < avt_api_operation_count; i++) {
        if (avt_str_equal(avt_api_operations[i].id, id))
            return &avt_api_operations[i];
    }
    fail_msg("no operation %s", id);
    return NULL;
}

/* "type loc/loc/..." of each fault, joined by "; ". Owned. */
static char *faults_of(const char *id, const char *body)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *faults = json_array();
    AVT_CLEANUP(avt_json_decrefp) json_t *value = NULL;
    struct avt_loc loc = {NULL, "body", 0};
    if (avt_schema_parse(body, strlen(body), &value, faults))
        avt_schema_check(operation(id)->json, value, &loc, faults);
    char *all = avt_strdup("");
    size_t index;
    json_t *fault;
    json_array_foreach(faults, index, fault)
    {
        char *line = avt_asprintf("%s%s%s ", all, index ? "; " : "",
                                  json_string_value(json_object_get(fault, "type")));
        size_t i;
        json_t *part;
        json_array_foreach(json_object_get(fault, "loc"), i, part)
        {
            char *longer = json_is_string(part)
                               ? avt_asprintf("%s%s%s", line, i ? "/" : "", json_string_value(part))
                               : avt_asprintf("%s/%lld", line, (long long)json_integer_value(part));
            avt_free(line);
            line = longer;
        }
        avt_free(all);
        all = line;
    }
    return all;
}

static void check__finds_every_fault_and_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *id, *body, *faults;
    } rows[] = {
        {"submit_job", "{\"text\":\"Hi.\"}", ""},
        {"submit_job", "{\"text\":\"Hi.\",\"config\":{\"fps\":25.0,\"seed\":7.0}}", ""},
        {"submit_job", "{}", "missing body/text"},
        {"submit_job", "[]", "dict_type body"},
        {"submit_job", "null", "dict_type body"},
        {"submit_job", "{\"text\":7}", "string_type body/text"},
        {"submit_job", "{\"text\":\"\"}", "string_too_short body/text"},
        {"submit_job", "{\"text\":\" \\t\\n\"}", "string_pattern_mismatch body/text"},
        {"submit_job", "{\"text\":\"x\",\"x\":1}", "extra_forbidden body/x"},
        {"submit_job", "{\"text\":\"x\",\"config\":{\"fps\":61,\"speed\":\"1\",\"seed\":1.5}}",
         "less_than_equal body/config/fps; float_type body/config/speed; "
         "int_from_float body/config/seed"},
        {"submit_job", "{\"text\":\"x\",\"config\":{\"size\":\"1280x721\"}}",
         "string_pattern_mismatch body/config/size"},
        {"submit_job", "{\"text\":\"x\",\"config\":{\"size\":\"64x3840\"}}", ""},
        {"submit_job", "{\"text\":\"x\",\"config\":{\"size\":\"62x64\"}}",
         "string_pattern_mismatch body/config/size"},
        {"submit_job", "{\"text\":\"x\",\"captions\":\"ass\"}", "literal_error body/captions"},
        {"submit_job", "{\"text\":\"x\",\"avatar\":\"../etc/passwd\"}",
         "string_pattern_mismatch body/avatar"},
        {"submit_job", "{\"text\":\"x\",\"avatar\":\"up-0123456789abcdef\"}", ""},
        {"submit_job", "{\"text\":\"x\",\"avatar\":\"up-0123456789abcdef\\n\"}",
         "string_pattern_mismatch body/avatar"},
        {"submit_job", "{\"text\":\"x\",\"run_at\":\"2026-02-29T00:00:00Z\"}",
         "datetime_parsing body/run_at"},
        {"submit_job", "{\"text\":\"x\",\"run_at\":\"2024-02-29T23:59:60.5+05:30\"}", ""},
        {"submit_job", "{\"type\":\"voice_synthesis\",\"text\":\"x\",\"speed\":0.2}",
         "greater_than_equal body/speed"},
        {"create_speech", "{\"model\":\"m\",\"input\":\"x\",\"voice\":{\"id\":\"v\"},\"x\":1}", ""},
        {"create_speech", "{\"model\":\"m\",\"input\":\"x\",\"voice\":{\"id\":null}}",
         "string_type body/voice/id"},
        {"create_speech", "{\"model\":\"m\",\"input\":\"x\",\"voice\":[]}", "dict_type body/voice"},
        {"submit_job", "{\"type\":\"face_detect\"}", "missing body/image"},
        {"submit_job", "{\"type\":\"nothing\"}", "union_tag_invalid body/type"},
        {"submit_job", "{\"type\":7}", "union_tag_invalid body/type"},
        {"lipsync_video",
         "{\"audio\":\"up-0123456789abcdef\",\"timeline\":{\"version\":1,\"duration\":1,"
         "\"phonemes\":[{\"p\":\"b\",\"start\":0,\"end\":1,\"word\":0},{\"p\":1,\"start\":0}]}}",
         "string_type body/timeline/phonemes/1/p; missing body/timeline/phonemes/1/end"},
        {"lipsync_video",
         "{\"audio\":\"up-0123456789abcdef\",\"timeline\":{\"version\":1.0,\"duration\":1,"
         "\"phonemes\":[],\"from\":-99999999999999999999}}",
         ""},
        {"update_avatar", "{}", "too_short body"},
        {"submit_job", "{\"text\":\"x\",\"text\":\"y\"}", "json_invalid body/17"},
        {"submit_job", "{\"text\":\"a\\u0000b\"}", "json_invalid body/17"},
        {"submit_job", "{\"text\":\"\xff\"}", "json_invalid body/9"},
        {"submit_job", "{\"text\":\"x\"} 1", "json_invalid body/14"},
        {"submit_job", "", "json_invalid body/0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *found = faults_of(rows[i].id, rows[i].body);
        if (strncmp(rows[i].faults, "json_invalid", 12) == 0)
            assert_true(avt_str_starts(found, "json_invalid body/"));
        else
            assert_string_equal(found, rows[i].faults);
    }
}

static void parse__gives_integers(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_json_decrefp) json_t *value = NULL, *faults = json_array();
    const char *body = "{\"a\":25.0,\"b\":[1e2,1.5,-0.0],\"c\":99999999999999999999}";
    assert_true(avt_schema_parse(body, strlen(body), &value, faults));
    AVT_CLEANUP(avt_freep) char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, "{\"a\":25,\"b\":[100,1.5,0],\"c\":1e20}");
}

static void parse__refuses_depth_before_parsing(void **state)
{
    (void)state;
    enum { DEEP = 1000000 };
    AVT_CLEANUP(avt_freep) char *body = avt_alloc0(DEEP + 1, 1);
    memset(body, '[', DEEP);
    AVT_CLEANUP(avt_freep) char *found = faults_of("submit_job", body);
    assert_string_equal(found, "json_invalid body/32");
    /* Brackets inside text do not count. */
    AVT_CLEANUP(avt_freep)
    char *text = avt_strdup("{\"text\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}");
    AVT_CLEANUP(avt_freep) char *none = faults_of("submit_job", text);
    assert_string_equal(none, "");
}

static void faults__are_bounded(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_json_decrefp) json_t *object = json_object(), *faults = json_array();
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "x%d", i);
        json_object_set_new(object, name, json_null());
    }
    struct avt_loc loc = {NULL, "body", 0};
    assert_false(avt_schema_check(operation("submit_job")->json, object, &loc, faults));
    assert_int_equal(json_array_size(faults), AVT_SCHEMA_FAULTS_MAX);
}

static void text__is_read_by_type(void **state)
{
    (void)state;
    const struct avt_api_operation *list = operation("list_jobs");
    static const struct {
        const char *name, *text, *type; /* NULL: good */
    } rows[] = {
        {"limit", "20", NULL},
        {"limit", "0", "greater_than_equal"},
        {"limit", "1001", "less_than_equal"},
        {"limit", "ten", "int_parsing"},
        {"limit", "", "int_parsing"},
        {"status", "pending", NULL},
        {"status", "Pending", "literal_error"},
        {"since", "2026-01-01T00:00:00Z", NULL},
        {"since", "yesterday", "datetime_parsing"},
    };
    struct avt_loc loc = {NULL, "query", 0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        for (size_t p = 0; p < list->param_count; p++) {
            if (!avt_str_equal(list->params[p].name, rows[i].name))
                continue;
            AVT_CLEANUP(avt_json_decrefp) json_t *value = NULL, *faults = json_array();
            bool good =
                avt_schema_check_text(list->params[p].schema, rows[i].text, &loc, &value, faults);
            assert_int_equal(good, rows[i].type == NULL);
            if (!good)
                assert_string_equal(
                    json_string_value(json_object_get(json_array_get(faults, 0), "type")),
                    rows[i].type);
        }
    }
}

static void operations__say_what_they_need(void **state)
{
    (void)state;
    assert_int_equal(operation("get_health")->needs, AVT_NEEDS_NOTHING);
    assert_int_equal(operation("get_status")->needs, AVT_NEEDS_READ);
    assert_int_equal(operation("submit_job")->needs, AVT_NEEDS_SUBMIT);
    assert_int_equal(operation("submit_job")->body, AVT_HTTP_BODY_JSON);
    assert_int_equal(operation("create_upload")->body, AVT_HTTP_BODY_UPLOAD);
    assert_int_equal(operation("create_avatar")->body, AVT_HTTP_BODY_MULTIPART);
    assert_non_null(avt_schema_field(operation("create_avatar")->form, "rights"));
    AVT_CLEANUP(avt_json_decrefp)
    json_t *document = json_loadb(avt_api_document, avt_api_document_size, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(document, "openapi")), "3.1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__finds_every_fault_and_its_place),
        cmocka_unit_test(parse__gives_integers),
        cmocka_unit_test(parse__refuses_depth_before_parsing),
        cmocka_unit_test(faults__are_bounded),
        cmocka_unit_test(text__is_read_by_type),
        cmocka_unit_test(operations__say_what_they_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
