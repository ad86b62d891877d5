/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "store/keys.h"

static void make_key(struct box *box, struct avt_key *key, char text[AVT_KEY_TEXT_SIZE])
{
    if (key->scopes == 0)
        key->scopes = AVT_SCOPE_READ | AVT_SCOPE_SUBMIT;
    GOOD(avt_keys_create(box->store, key, text, &error));
}

static void keys__scopes_as_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"", ",", "read,", ",read", "Read", "read submit", "all", "r"};
    unsigned scopes = 0;
    char text[24];
    assert_true(avt_scopes_parse("read", &scopes));
    assert_int_equal(scopes, AVT_SCOPE_READ);
    assert_true(avt_scopes_parse("admin,read,read,submit", &scopes));
    assert_int_equal(scopes, AVT_SCOPE_ALL);
    avt_scopes_format(scopes, text);
    assert_string_equal(text, "read,submit,admin");
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (avt_scopes_parse(bad[i], &scopes))
            fail_msg("'%s' passed", bad[i]);
}

static void keys__made_and_recognised(void **state)
{
    struct box *box = *state;
    char text[AVT_KEY_TEXT_SIZE], other[AVT_KEY_TEXT_SIZE];
    struct avt_key key = {
        .label = "für die Küche", .requests_per_minute = 90, .concurrent_jobs = 4};
    struct avt_key second = {0}, got = {0};
    make_key(box, &key, text);
    make_key(box, &second, other);
    assert_int_equal(strlen(text), AVT_KEY_TEXT_SIZE - 1);
    assert_memory_equal(text, "avt_", 4);
    assert_memory_equal(text + 4, key.id, 8);
    assert_string_not_equal(text + 13, other + 13);
    assert_true(avt_job_owner_valid(key.id));
    if (box_lasts(box))
        box_reopen(box);
    GOOD(avt_keys_verify(box->store, text, &got, &error));
    assert_string_equal(got.id, key.id);
    assert_string_equal(got.label, key.label);
    assert_int_equal(got.scopes, AVT_SCOPE_READ | AVT_SCOPE_SUBMIT);
    assert_int_equal(got.requests_per_minute, 90);
    assert_int_equal(got.concurrent_jobs, 4);
    assert_int_equal(got.created_ms, START_MS);
}

static void keys__anything_else_gets_one_answer(void **state)
{
    struct box *box = *state;
    char text[AVT_KEY_TEXT_SIZE], wrong[AVT_KEY_TEXT_SIZE + 8];
    struct avt_key key = {0}, got;
    make_key(box, &key, text);
    static const char *const bad[] = {
        "",
        "avt_",
        "avt_00000000_",
        "Bearer x",
        "avt_../../../x_0000000000000000000000000000000000000",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        BAD(AVT_ENOENT, "the API key is not valid, or not valid any more",
            avt_keys_verify(box->store, bad[i], &got, &error));
    for (size_t i = 0; i < AVT_KEY_TEXT_SIZE - 1; i++) { /* each character counts */
        memcpy(wrong, text, sizeof(text));
        wrong[i] = wrong[i] == '1' ? '2' : '1';
        BAD(AVT_ENOENT, "not valid", avt_keys_verify(box->store, wrong, &got, &error));
    }
    snprintf(wrong, sizeof(wrong), "%sx", text);
    BAD(AVT_ENOENT, "not valid", avt_keys_verify(box->store, wrong, &got, &error));
    GOOD(avt_keys_verify(box->store, text, &got, &error));
}

static void keys__expire_and_are_revoked(void **state)
{
    struct box *box = *state;
    char brief[AVT_KEY_TEXT_SIZE], text[AVT_KEY_TEXT_SIZE];
    struct avt_key key = {.expires_ms = START_MS + 1000}, got, *keys;
    struct avt_key lasting = {0};
    size_t count;
    make_key(box, &key, brief);
    make_key(box, &lasting, text);
    box->now_ms += 999;
    GOOD(avt_keys_verify(box->store, brief, &got, &error));
    box->now_ms += 1;
    BAD(AVT_ENOENT, "not valid", avt_keys_verify(box->store, brief, &got, &error));
    GOOD(avt_keys_list(box->store, &keys, &count, &error));
    assert_int_equal(count, 1);
    assert_string_equal(keys[0].id, lasting.id);
    avt_free(keys);
    GOOD(avt_keys_revoke(box->store, lasting.id, &error));
    BAD(AVT_ENOENT, "not valid", avt_keys_verify(box->store, text, &got, &error));
    BAD(AVT_ENOENT, "no key", avt_keys_revoke(box->store, lasting.id, &error));
    BAD(AVT_ENOENT, "no key", avt_keys_revoke(box->store, "../x", &error));
}

static void keys__note_their_use_once_a_minute(void **state)
{
    struct box *box = *state;
    char text[AVT_KEY_TEXT_SIZE];
    struct avt_key key = {0}, got;
    make_key(box, &key, text);
    const struct {
        int64_t after_ms, noted_ms;
    } rows[] = {{5000, 5000}, {64999, 5000}, {65000, 65000}, {2000, 2000} /* clock set back */};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        box->now_ms = START_MS + rows[i].after_ms;
        GOOD(avt_keys_verify(box->store, text, &got, &error));
        assert_int_equal(got.last_used_ms, START_MS + rows[i].noted_ms);
    }
}

static void keys__list_has_no_secrets(void **state)
{
    struct box *box = *state;
    char text[AVT_KEY_TEXT_SIZE];
    struct avt_key key = {.label = "a", .scopes = AVT_SCOPE_ADMIN}, *keys;
    struct avt_record record = {0};
    size_t count;
    make_key(box, &key, text);
    GOOD(avt_keys_list(box->store, &keys, &count, &error));
    assert_int_equal(count, 1);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_key_to_json(&keys[0]);
    AVT_CLEANUP(avt_freep) char *shown = json_dumps(json, 0);
    assert_non_null(strstr(shown, "\"admin\""));
    assert_null(strstr(shown, text + 13));
    assert_null(strstr(shown, "sha256"));
    avt_free(keys);
    /* Nor does the record, which has the hash only. */
    GOOD(avt_jobstore_record_get(box->store, "key", key.id, NULL, &record, &error));
    AVT_CLEANUP(avt_freep) char *kept = json_dumps(record.data, 0);
    assert_null(strstr(kept, text + 13));
    avt_record_done(&record);
}

static void keys__create_refuses(void **state)
{
    struct box *box = *state;
    char text[AVT_KEY_TEXT_SIZE] = "untouched";
    const struct {
        struct avt_key key;
        const char *says;
    } rows[] = {
        {{.scopes = 0}, "scope"},
        {{.scopes = 8}, "scope"},
        {{.scopes = 1, .label = "a\nb"}, "control"},
        {{.scopes = 1, .label = "\xff"}, "UTF-8"},
        {{.scopes = 1, .expires_ms = START_MS}, "expired"},
        {{.scopes = 1, .requests_per_minute = -1}, "limit"},
        {{.scopes = 1, .concurrent_jobs = AVT_KEY_RATE_MAX + 1}, "limit"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_key key = rows[i].key;
        BAD(AVT_EINVAL, rows[i].says, avt_keys_create(box->store, &key, text, &error));
    }
    assert_string_equal(text, "untouched");
}

static void keys__damaged_records_are_no_keys(void **state)
{
    struct box *box = *state;
    char text[AVT_KEY_TEXT_SIZE];
    struct avt_key key = {0}, got, *keys;
    struct avt_record record = {0};
    size_t count;
    make_key(box, &key, text);
    GOOD(avt_jobstore_record_get(box->store, "key", key.id, NULL, &record, &error));
    json_object_set_new(record.data, "scopes", json_string("everything"));
    GOOD(avt_jobstore_record_put(box->store, &record, &error));
    avt_record_done(&record);
    BAD(AVT_ENOENT, "not valid", avt_keys_verify(box->store, text, &got, &error));
    GOOD(avt_keys_list(box->store, &keys, &count, &error));
    assert_int_equal(count, 0);
    avt_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys__scopes_as_text),
        TEST(keys__made_and_recognised),
        TEST(keys__anything_else_gets_one_answer),
        TEST(keys__expire_and_are_revoked),
        TEST(keys__note_their_use_once_a_minute),
        TEST(keys__list_has_no_secrets),
        TEST(keys__create_refuses),
        TEST(keys__damaged_records_are_no_keys),
    };
    return RUN_ALL_KINDS(tests);
}
