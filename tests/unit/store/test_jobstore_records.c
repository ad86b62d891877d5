/* SPDX-License-Identifier: Apache-2.0 */
/* Job stores, continued: events, records, and copies of the whole. */
#include "fixture.h"

/* ---- events ---------------------------------------------------------------------------------- */

struct log {
    struct avt_job_event *events;
    size_t count;
};

static struct log log_of(struct box *box, const char *id, int64_t after, size_t limit)
{
    struct log log = {0};
    GOOD(avt_jobstore_events(box->store, id, after, limit, &log.events, &log.count, &error));
    for (size_t i = 0; i < log.count; i++) {
        assert_true(log.events[i].sequence > after);
        assert_true(json_is_object(log.events[i].data));
        after = log.events[i].sequence;
        if (id)
            assert_string_equal(log.events[i].job, id);
    }
    return log;
}

static const char *text_in(const struct avt_job_event *event, const char *field)
{
    return json_string_value(json_object_get(event->data, field));
}

static void events__every_change_of_status(void **state)
{
    struct box *box = *state;
    static const char *const expected[] = {"pending", "running", "pending",
                                           "running", "running", "completed"};
    const struct avt_error why = {AVT_EIO, "a hiccup"};
    struct avt_job job;
    const char *id = SUBMIT();
    box->now_ms += 1000;
    int64_t token = box_claim(box).lease_token;
    GOOD(avt_jobstore_fail(box->store, id, token, &why, "speech", 1, NULL, &error));
    box->now_ms += 1000;
    token = box_claim(box).lease_token;
    GOOD(avt_jobstore_heartbeat(box->store, id, token, 60000, 50, "speech", 1, NULL, &error));
    GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error));
    avt_job_done(&job);
    GOOD(avt_jobstore_complete(box->store, id, token, NULL, NULL, &error));
    if (box_lasts(box))
        box_reopen(box);
    struct log log = log_of(box, id, 0, 100);
    assert_int_equal(log.count, 6);
    for (size_t i = 0; i < log.count; i++) {
        assert_string_equal(log.events[i].type, "status");
        assert_string_equal(text_in(&log.events[i], "status"), expected[i]);
    }
    assert_int_equal(log.events[0].at_ms, START_MS);
    assert_int_equal(log.events[1].at_ms, START_MS + 1000);
    const json_t *failure = json_object_get(log.events[2].data, "error");
    assert_string_equal(json_string_value(json_object_get(failure, "code")), "io");
    assert_string_equal(json_string_value(json_object_get(failure, "message")), "a hiccup");
    assert_true(json_is_true(json_object_get(log.events[4].data, "cancel_requested")));
    assert_int_equal(json_integer_value(json_object_get(log.events[5].data, "progress")), 100);
    avt_job_events_done(log.events, log.count);
}

static void events__of_one_job_and_of_all_after_a_sequence(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_json_decrefp) json_t *data = json_pack("{s:i}", "progress", 5);
    const char *a = SUBMIT(), *b = SUBMIT();
    for (int i = 0; i < 3; i++) {
        GOOD(avt_jobstore_event_add(box->store, a, "progress", data, &error));
        GOOD(avt_jobstore_event_add(box->store, b, "note", data, &error));
    }
    struct log all = log_of(box, NULL, 0, 100), of_a = log_of(box, a, 0, 100);
    assert_int_equal(all.count, 8);
    assert_int_equal(of_a.count, 4);
    assert_string_equal(of_a.events[3].type, "progress");
    assert_true(json_equal(of_a.events[3].data, data));
    struct log rest = log_of(box, NULL, all.events[5].sequence, 100);
    assert_int_equal(rest.count, 2);
    assert_int_equal(rest.events[0].sequence, all.events[6].sequence);
    struct log two = log_of(box, b, of_a.events[0].sequence, 2);
    assert_int_equal(two.count, 2);
    assert_string_equal(two.events[0].type, "status");
    struct log none = log_of(box, NULL, all.events[7].sequence, 100);
    assert_int_equal(none.count, 0);
    int64_t last = 0;
    GOOD(avt_jobstore_event_last(box->store, &last, &error));
    assert_int_equal(last, all.events[7].sequence);
    avt_job_events_done(all.events, all.count);
    avt_job_events_done(of_a.events, of_a.count);
    avt_job_events_done(rest.events, rest.count);
    avt_job_events_done(two.events, two.count);
    avt_job_events_done(none.events, none.count);
}

static void events__a_sequence_is_never_used_again(void **state)
{
    struct box *box = *state;
    struct avt_job job;
    const char *id = SUBMIT();
    GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error));
    avt_job_done(&job);
    int64_t before = 0, after = 0;
    GOOD(avt_jobstore_event_last(box->store, &before, &error));
    GOOD(avt_jobstore_delete(box->store, id, NULL, &error));
    if (box_lasts(box))
        box_reopen(box);
    SUBMIT();
    GOOD(avt_jobstore_event_last(box->store, &after, &error));
    assert_true(after > before);
}

static void events__seen_by_another_handle(void **state)
{
    struct box *box = *state;
    if (!box_lasts(box))
        return;
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *other = box_open(box);
    AVT_CLEANUP(avt_json_decrefp) json_t *data = json_object();
    struct avt_job_event *events;
    size_t count = 0;
    const char *id = SUBMIT();
    GOOD(avt_jobstore_event_add(box->store, id, "note", data, &error));
    GOOD(avt_jobstore_events(other, NULL, 0, 10, &events, &count, &error));
    assert_int_equal(count, 2);
    avt_job_events_done(events, count);
    assert_string_equal(box_claim_with(box, other, "w").id, id);
    GOOD(avt_jobstore_events(box->store, id, 0, 10, &events, &count, &error));
    assert_int_equal(count, 3);
    avt_job_events_done(events, count);
}

static void events__refuses(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_json_decrefp) json_t *data = json_object();
    AVT_CLEANUP(avt_json_decrefp) json_t *list = json_array();
    AVT_CLEANUP(avt_json_decrefp) json_t *large = json_object();
    char *text = avt_alloc0(AVT_JOBSTORE_EVENT_BYTES_MAX, 1);
    struct avt_job_event *events;
    size_t count;
    memset(text, 'x', AVT_JOBSTORE_EVENT_BYTES_MAX - 1);
    json_object_set_new(large, "text", json_string(text));
    avt_free(text);
    const char *id = SUBMIT();
    BAD(AVT_ENOENT, "no job",
        avt_jobstore_event_add(box->store, "job-20240115120000-abc12345", "note", data, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_event_add(box->store, "../x", "note", data, &error));
    BAD(AVT_EINVAL, "type", avt_jobstore_event_add(box->store, id, "", data, &error));
    BAD(AVT_EINVAL, "type", avt_jobstore_event_add(box->store, id, "a\nb", data, &error));
    BAD(AVT_EINVAL, "type",
        avt_jobstore_event_add(box->store, id, "sixteen_letters_", data, &error));
    BAD(AVT_EINVAL, "object", avt_jobstore_event_add(box->store, id, "note", list, &error));
    BAD(AVT_ELIMIT, "bytes", avt_jobstore_event_add(box->store, id, "note", large, &error));
    BAD(AVT_EINVAL, "1 to", avt_jobstore_events(box->store, id, 0, 0, &events, &count, &error));
    BAD(AVT_EINVAL, "id", avt_jobstore_events(box->store, "x", 0, 5, &events, &count, &error));
    struct log log = log_of(box, id, 0, 10);
    assert_int_equal(log.count, 1);
    avt_job_events_done(log.events, log.count);
}

/* ---- records --------------------------------------------------------------------------------- */

static void put(struct box *box, const char *kind, const char *id, const char *owner, int value)
{
    struct avt_record record = {.data = json_pack("{s:i}", "value", value)};
    snprintf(record.kind, sizeof(record.kind), "%s", kind);
    snprintf(record.id, sizeof(record.id), "%s", id);
    snprintf(record.owner, sizeof(record.owner), "%s", owner);
    GOOD(avt_jobstore_record_put(box->store, &record, &error));
    avt_record_done(&record);
}

static void records__put_get_replace(void **state)
{
    struct box *box = *state;
    struct avt_record record = {0};
    put(box, "voice", "vp-00000001", "alice", 1);
    box->now_ms += 500;
    put(box, "voice", "vp-00000001", "alice", 2);
    put(box, "avatar", "vp-00000001", "bob", 3); /* another kind: another record */
    if (box_lasts(box))
        box_reopen(box);
    GOOD(avt_jobstore_record_get(box->store, "voice", "vp-00000001", "alice", &record, &error));
    assert_int_equal(json_integer_value(json_object_get(record.data, "value")), 2);
    assert_string_equal(record.kind, "voice");
    assert_string_equal(record.owner, "alice");
    assert_int_equal(record.created_ms, START_MS);
    assert_int_equal(record.updated_ms, START_MS + 500);
    assert_int_equal(record.expires_ms, 0);
    avt_record_done(&record);
    BAD(AVT_ENOENT, "no voice",
        avt_jobstore_record_get(box->store, "voice", "vp-00000001", "bob", &record, &error));
    BAD(AVT_ENOENT, "no voice",
        avt_jobstore_record_delete(box->store, "voice", "vp-00000001", "bob", &error));
    GOOD(avt_jobstore_record_delete(box->store, "voice", "vp-00000001", "alice", &error));
    BAD(AVT_ENOENT, "no voice",
        avt_jobstore_record_get(box->store, "voice", "vp-00000001", NULL, &record, &error));
    BAD(AVT_ENOENT, "no voice",
        avt_jobstore_record_delete(box->store, "voice", "vp-00000001", NULL, &error));
    GOOD(avt_jobstore_record_get(box->store, "avatar", "vp-00000001", NULL, &record, &error));
    avt_record_done(&record);
}

static void records__list_newest_first(void **state)
{
    struct box *box = *state;
    struct avt_record *records;
    size_t count;
    static const char *const order[] = {"c", "d", "b", "a"};
    put(box, "upload", "a", "alice", 0);
    box->now_ms += 10;
    put(box, "upload", "b", "alice", 0);
    box->now_ms += 10;
    put(box, "upload", "d", "bob", 0);
    put(box, "upload", "c", "alice", 0);
    put(box, "worker", "e", "alice", 0);
    GOOD(avt_jobstore_record_list(box->store, "upload", NULL, 100, &records, &count, &error));
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(records[i].id, order[i]);
    avt_records_done(records, count);
    GOOD(avt_jobstore_record_list(box->store, "upload", "alice", 2, &records, &count, &error));
    assert_int_equal(count, 2);
    assert_string_equal(records[1].id, "b");
    avt_records_done(records, count);
    GOOD(avt_jobstore_record_list(box->store, "nothing", NULL, 5, &records, &count, &error));
    assert_int_equal(count, 0);
    avt_records_done(records, count);
}

static void records__come_in_pages(void **state)
{
    struct box *box = *state;
    struct avt_record *records;
    struct avt_record_mark mark;
    size_t count, turned = 0;
    static const char *const order[] = {"c", "d", "e", "b", "a"};
    put(box, "upload", "a", "alice", 0);
    box->now_ms += 10;
    put(box, "upload", "b", "alice", 0);
    box->now_ms += 10;
    put(box, "upload", "e", "alice", 0);
    put(box, "upload", "c", "alice", 0);
    put(box, "upload", "d", "alice", 0);
    put(box, "upload", "x", "bob", 0);
    for (bool first = true;; first = false) {
        GOOD(avt_jobstore_record_page(box->store, "upload", "alice", first ? NULL : &mark, 2,
                                      &records, &count, &error));
        for (size_t i = 0; i < count; i++)
            assert_string_equal(records[i].id, order[turned++]);
        if (count > 0) {
            mark.created_ms = records[count - 1].created_ms;
            memcpy(mark.id, records[count - 1].id, sizeof(mark.id));
            /* It may be gone before the next page is asked for. */
            GOOD(avt_jobstore_record_delete(box->store, "upload", mark.id, NULL, &error));
        }
        avt_records_done(records, count);
        if (count == 0)
            break;
    }
    assert_int_equal(turned, 5);
}

static void records__expire_and_are_purged(void **state)
{
    struct box *box = *state;
    struct avt_record record = {.kind = "upload", .id = "x", .expires_ms = START_MS + 1000};
    struct avt_record *records;
    size_t count;
    record.data = json_object();
    GOOD(avt_jobstore_record_put(box->store, &record, &error));
    avt_record_done(&record);
    put(box, "upload", "y", "", 0);
    struct avt_jobstore_idempotency idempotency = {.key = "k", .scope = "s", .request_sha256 = "0"};
    struct avt_job job = {.params = json_object()};
    GOOD(avt_jobstore_submit(box->store, &job, &idempotency, NULL, &error));
    avt_job_done(&job);
    box->now_ms += 999;
    GOOD(avt_jobstore_purge(box->store, &count, &error));
    assert_int_equal(count, 0);
    GOOD(avt_jobstore_record_get(box->store, "upload", "x", NULL, &record, &error));
    avt_record_done(&record);
    box->now_ms += 1;
    BAD(AVT_ENOENT, "no upload",
        avt_jobstore_record_get(box->store, "upload", "x", NULL, &record, &error));
    GOOD(avt_jobstore_record_list(box->store, "upload", NULL, 10, &records, &count, &error));
    assert_int_equal(count, 1);
    avt_records_done(records, count);
    GOOD(avt_jobstore_purge(box->store, &count, &error));
    assert_int_equal(count, 1);
    box->now_ms += AVT_IDEMPOTENCY_MS;
    GOOD(avt_jobstore_purge(box->store, &count, &error));
    assert_int_equal(count, 1);
    GOOD(avt_jobstore_record_get(box->store, "upload", "y", NULL, &record, &error));
    avt_record_done(&record);
}

static void records__refuses(void **state)
{
    struct box *box = *state;
    static const struct {
        const char *kind, *id, *owner;
    } rows[] = {
        {"", "x", ""},        {"Voice", "x", ""},   {"../a", "x", ""},
        {"voice", "", ""},    {"voice", "..", ""},  {"voice", ".x", ""},
        {"voice", "a/b", ""}, {"voice", "a b", ""}, {"voice", "x", "a/b"},
    };
    struct avt_record record = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        record = (struct avt_record){.data = json_object()};
        snprintf(record.kind, sizeof(record.kind), "%s", rows[i].kind);
        snprintf(record.id, sizeof(record.id), "%s", rows[i].id);
        snprintf(record.owner, sizeof(record.owner), "%s", rows[i].owner);
        BAD(AVT_EINVAL, "record", avt_jobstore_record_put(box->store, &record, &error));
        avt_record_done(&record);
        if (*rows[i].owner == '\0')
            BAD(AVT_ENOENT, "there is no",
                avt_jobstore_record_get(box->store, rows[i].kind, rows[i].id, NULL, &record,
                                        &error));
    }
    record = (struct avt_record){.kind = "voice", .id = "x", .data = json_array()};
    BAD(AVT_EINVAL, "record", avt_jobstore_record_put(box->store, &record, &error));
    avt_record_done(&record);
    char *text = avt_alloc0(AVT_RECORD_BYTES_MAX, 1);
    memset(text, 'x', AVT_RECORD_BYTES_MAX - 1);
    record.data = json_pack("{s:s}", "text", text);
    avt_free(text);
    BAD(AVT_ELIMIT, "bytes", avt_jobstore_record_put(box->store, &record, &error));
    avt_record_done(&record);
}

/* ---- version ------------------------------------------------------------------------------- */

static void version__is_another_after_every_change(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_jobstore_closep)
    struct avt_jobstore *other = box_lasts(box) ? box_open(box) : NULL;
    uint64_t seen[6] = {avt_jobstore_version(box->store)};
    if (seen[0] == 0) { /* only SQLite can tell */
        assert_string_not_equal(box->kind, "sqlite");
        return;
    }
    char id[AVT_JOB_ID_SIZE];
    struct avt_job job = {0};
    memcpy(id, SUBMIT(.owner = "alice"), sizeof(id));
    seen[1] = avt_jobstore_version(box->store);
    GOOD(avt_jobstore_get(other, id, NULL, &job, &error)); /* looking changes nothing */
    avt_job_done(&job);
    assert_int_equal(avt_jobstore_version(other), seen[1]);
    assert_int_equal(avt_jobstore_version(box->store), seen[1]);
    put(box, "key", "0a1b2c3d", "", 7);
    seen[2] = avt_jobstore_version(box->store);
    GOOD(avt_jobstore_cancel(other, id, NULL, &job, &error)); /* by somebody else */
    avt_job_done(&job);
    seen[3] = avt_jobstore_version(box->store);
    GOOD(avt_jobstore_delete(other, id, NULL, &error));
    seen[4] = avt_jobstore_version(box->store);
    BAD(AVT_ENOENT, "no job", avt_jobstore_delete(box->store, id, NULL, &error));
    assert_int_equal(avt_jobstore_version(box->store), seen[4]);
    for (int i = 1; i < 5; i++)
        assert_int_not_equal(seen[i], seen[i - 1]);
}

/* ---- backup ---------------------------------------------------------------------------------- */

static void backup__is_a_store_of_its_own(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_freep) char *folder = avt_path_join(box->folder, "backup/monday");
    if (!box_lasts(box)) {
        BAD(AVT_EUNSUPPORTED, "memory", avt_jobstore_backup(box->store, folder, &error));
        return;
    }
    char id[AVT_JOB_ID_SIZE];
    AVT_CLEANUP(avt_json_decrefp) json_t *data = json_object();
    memcpy(id, SUBMIT(.owner = "alice"), sizeof(id));
    int64_t token = box_claim(box).lease_token;
    GOOD(avt_jobstore_event_add(box->store, id, "note", data, &error));
    put(box, "key", "0a1b2c3d", "", 7);
    GOOD(avt_jobstore_backup(box->store, folder, &error));
    BAD(AVT_EOUTPUT, "exists", avt_jobstore_backup(box->store, folder, &error));
    GOOD(avt_jobstore_complete(box->store, id, token, NULL, NULL, &error));

    struct avt_jobstore_options options = {
        .storage = folder, .kind = box->kind, .now_ms = box_now, .user = box};
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *copy = NULL;
    struct avt_job job = {0};
    struct avt_record record = {0};
    struct avt_job_event *events;
    size_t count;
    GOOD(avt_jobstore_open(&options, &copy, &error));
    GOOD(avt_jobstore_get(copy, id, "alice", &job, &error));
    assert_int_equal(job.status, AVT_JOB_RUNNING);
    avt_job_done(&job);
    GOOD(avt_jobstore_events(copy, id, 0, 10, &events, &count, &error));
    assert_int_equal(count, 3);
    avt_job_events_done(events, count);
    GOOD(avt_jobstore_record_get(copy, "key", "0a1b2c3d", NULL, &record, &error));
    avt_record_done(&record);
    GOOD(avt_jobstore_hand_back(copy, id, token, &error)); /* and it can be worked with */
    assert_int_equal(box_job(box, id).status, AVT_JOB_COMPLETED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events__every_change_of_status),
        TEST(events__of_one_job_and_of_all_after_a_sequence),
        TEST(events__a_sequence_is_never_used_again),
        TEST(events__seen_by_another_handle),
        TEST(events__refuses),
        TEST(records__put_get_replace),
        TEST(records__list_newest_first),
        TEST(records__come_in_pages),
        TEST(records__expire_and_are_purged),
        TEST(records__refuses),
        TEST(version__is_another_after_every_change),
        TEST(backup__is_a_store_of_its_own),
    };
    return RUN_ALL_KINDS(tests);
}
