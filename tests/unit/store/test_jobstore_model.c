/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random operations on all kinds of store at once: what each answers, and what it then holds, has
 * to be what the one in memory says. The kinds that last are used through two handles in turn, and
 * closed and opened again now and then. AVATAR_TEST_SEED chooses another sequence.
 */
#include "fixture.h"

#include "base/rng.h"

enum { STORES = 3, JOBS_MAX = 400, STEPS = 1500, CHECK_EVERY = 50 };

struct world {
    struct box *boxes[STORES];
    struct avt_jobstore *second[STORES];
    char ids[JOBS_MAX][STORES][AVT_JOB_ID_SIZE];
    int64_t tokens[JOBS_MAX]; /* of the last claim */
    int jobs;
    int64_t now_ms;
    struct avt_rng rng;
    unsigned step;
};

static int below(struct world *world, int limit)
{
    return (int)(avt_rng_u32(&world->rng) % (unsigned)limit);
}

/* The handle that this step uses. */
static struct avt_jobstore *handle(struct world *world, int store)
{
    return world->step % 2 && world->second[store] ? world->second[store]
                                                   : world->boxes[store]->store;
}

static void set_clock(struct world *world, int64_t now_ms)
{
    world->now_ms = now_ms;
    for (int i = 0; i < STORES; i++)
        world->boxes[i]->now_ms = now_ms;
}

/* Ids differ from store to store: "#7" for the seventh job. */
static void hide_ids(struct world *world, int store, json_t *json)
{
    const char *id = json_string_value(json_object_get(json, "id"));
    for (int i = 0; id && i < world->jobs; i++) {
        if (avt_str_equal(world->ids[i][store], id)) {
            char name[16];
            snprintf(name, sizeof(name), "#%d", i);
            json_object_set_new(json, "id", json_string(name));
            return;
        }
    }
}

/* ---- what a store answers, as JSON ----------------------------------------------------------- */

static json_t *code_json(enum avt_code code)
{
    return json_pack("{s:s}", "code", avt_code_name(code));
}

static json_t *job_json(struct world *world, int store, const struct avt_job *job)
{
    json_t *json = avt_job_to_json(job, true);
    hide_ids(world, store, json);
    return json;
}

static void choose_run(struct world *world, struct avt_job *job)
{
    static const char *const owners[] = {"", "alice", "bob"};
    snprintf(job->owner, sizeof(job->owner), "%s", owners[below(world, 3)]);
    job->type = (enum avt_job_type)below(world, AVT_JOB_TYPE_COUNT);
    job->short_work = below(world, 2) == 1;
    job->priority = below(world, 5) - 2;
    job->attempts_max = below(world, 4);
    job->estimate_s = below(world, 8) * 0.5;
    /* All different, since ties are broken by ids, which differ. */
    job->run_at_ms = below(world, 3) ? 0 : world->now_ms + below(world, 40) * 1000 + world->jobs;
}

static void submit(struct world *world, json_t *answers[STORES])
{
    struct avt_job wish = {0};
    if (world->jobs == JOBS_MAX)
        return;
    set_clock(world, world->now_ms + 1);
    choose_run(world, &wish);
    bool keyed = below(world, 3) == 0;
    char key[16];
    snprintf(key, sizeof(key), "k%d", below(world, 20));
    struct avt_jobstore_idempotency idempotency = {.key = keyed ? key : NULL, .scope = "s"};
    idempotency.request_sha256[0] = (char)('a' + below(world, 2));
    for (int i = 0; i < STORES; i++) {
        struct avt_job job = wish;
        bool replayed = false;
        job.params = json_pack("{s:i, s:f}", "n", world->jobs, "x", world->jobs / 10.0);
        enum avt_code code =
            avt_jobstore_submit(handle(world, i), &job, &idempotency, &replayed, NULL);
        if (code == AVT_OK && !replayed)
            memcpy(world->ids[world->jobs][i], job.id, AVT_JOB_ID_SIZE);
        world->jobs += code == AVT_OK && !replayed; /* so that its id is found */
        answers[i] = code == AVT_OK ? job_json(world, i, &job) : code_json(code);
        world->jobs -= code == AVT_OK && !replayed;
        if (i == STORES - 1)
            world->jobs += code == AVT_OK && !replayed;
        avt_job_done(&job);
    }
}

static void claim(struct world *world, json_t *answers[STORES])
{
    struct avt_job_claim_options options = {.worker = below(world, 2) ? "worker-1" : "worker-2",
                                            .lease_ms = 1000 + below(world, 20) * 1000,
                                            .short_only = below(world, 4) == 0,
                                            .types = below(world, 3) ? ALL_TYPES : 0x55};
    for (int i = 0; i < STORES; i++) {
        struct avt_job job = {0};
        enum avt_code code = avt_jobstore_claim(handle(world, i), &options, &job, NULL);
        answers[i] = code == AVT_OK ? job_json(world, i, &job) : code_json(code);
        for (int j = 0; code == AVT_OK && j < world->jobs; j++)
            if (avt_str_equal(world->ids[j][i], job.id))
                world->tokens[j] = job.lease_token;
        avt_job_done(&job);
    }
}

/* Something a worker says about a job; mostly with the right token. */
static void report(struct world *world, json_t *answers[STORES])
{
    if (world->jobs == 0)
        return;
    int job = below(world, world->jobs), what = below(world, 6), progress = below(world, 120);
    int64_t token = world->tokens[job] - (below(world, 5) == 0);
    int64_t retry_after = below(world, 2) ? below(world, 30) * 1000 + job + 1 : 0;
    const double seconds[AVT_JOB_STAGES] = {0.5, progress, 0, 0.25, 0, 1};
    const struct avt_error why = {AVT_EIO, "chance"};
    for (int i = 0; i < STORES; i++) {
        struct avt_jobstore *store = handle(world, i);
        const char *id = world->ids[job][i];
        bool flag = false;
        AVT_CLEANUP(avt_json_decrefp) json_t *result = json_pack("{s:i}", "progress", progress);
        enum avt_code code =
            what == 0   ? avt_jobstore_complete(store, id, token, result, seconds, NULL)
            : what == 1 ? avt_jobstore_fail(store, id, token, &why, "speech", retry_after, &flag, NULL)
            : what == 2 ? avt_jobstore_hand_back(store, id, token, NULL)
            : what == 3 ? avt_jobstore_cancelled(store, id, token, NULL)
                        : avt_jobstore_heartbeat(store, id, token, 5000, progress, "speech", 3,
                                                 &flag, NULL);
        answers[i] = json_pack("{s:s, s:b}", "code", avt_code_name(code), "flag", flag);
    }
}

static void client(struct world *world, json_t *answers[STORES])
{
    static const char *const owners[] = {NULL, NULL, "alice", "bob"};
    if (world->jobs == 0)
        return;
    int which = below(world, world->jobs), what = below(world, 3);
    const char *owner = owners[below(world, 4)];
    AVT_CLEANUP(avt_json_decrefp) json_t *data = json_pack("{s:i}", "n", which);
    for (int i = 0; i < STORES; i++) {
        struct avt_jobstore *store = handle(world, i);
        const char *id = world->ids[which][i];
        struct avt_job job = {0};
        enum avt_code code = what == 0   ? avt_jobstore_cancel(store, id, owner, &job, NULL)
                             : what == 1 ? avt_jobstore_delete(store, id, owner, NULL)
                                         : avt_jobstore_event_add(store, id, "note", data, NULL);
        answers[i] = what == 0 && code == AVT_OK ? job_json(world, i, &job) : code_json(code);
        avt_job_done(&job);
    }
}

static void rescue(struct world *world, json_t *answers[STORES])
{
    const char *dead = below(world, 3) == 0 ? "worker-1" : NULL;
    int limit = below(world, 3);
    for (int i = 0; i < STORES; i++) {
        size_t count = 0;
        enum avt_code code =
            avt_jobstore_rescue(handle(world, i), dead, limit, NULL, NULL, &count, NULL);
        answers[i] = json_pack("{s:s, s:i}", "code", avt_code_name(code), "count", (int)count);
    }
}

static void keep_record(struct world *world, json_t *answers[STORES])
{
    int what = below(world, 4);
    struct avt_record record = {.kind = "voice", .owner = "alice"};
    snprintf(record.id, sizeof(record.id), "v%d", below(world, 6));
    record.expires_ms = below(world, 2) ? world->now_ms + below(world, 20) * 1000 : 0;
    for (int i = 0; i < STORES; i++) {
        struct avt_jobstore *store = handle(world, i);
        size_t count = 0;
        record.data = json_pack("{s:i}", "step", (int)world->step);
        enum avt_code code = what == 0
                                 ? avt_jobstore_record_delete(store, "voice", record.id, NULL, NULL)
                             : what == 1 ? avt_jobstore_purge(store, &count, NULL)
                                         : avt_jobstore_record_put(store, &record, NULL);
        /* Keys of deleted jobs go at once in one kind and when they expire in another. */
        answers[i] = code_json(code);
        avt_record_done(&record);
    }
}

/* Every handle looks at the clock: what it does when it sees time go back, it does now. */
static void look(struct world *world)
{
    for (int i = 0; i < STORES; i++) {
        struct avt_jobstore *handles[2] = {world->boxes[i]->store, world->second[i]};
        for (int j = 0; j < 2 && handles[j]; j++)
            assert_int_equal(avt_jobstore_record_delete(handles[j], "none", "none", NULL, NULL),
                             AVT_ENOENT);
    }
}

/* Mostly forwards; sometimes a day back, sometimes far ahead. */
static void clock_step(struct world *world, json_t *answers[STORES])
{
    (void)answers;
    look(world);
    int how = below(world, 40);
    set_clock(world, world->now_ms + (how == 0   ? -86400000
                                      : how == 1 ? 86400000
                                                 : below(world, 8000)));
    look(world);
}

/* ---- what a store holds ---------------------------------------------------------------------- */

static json_t *list_json(struct world *world, int store, struct avt_job_filter filter)
{
    json_t *list = json_array();
    do {
        struct avt_job *jobs;
        size_t count;
        char cursor[64];
        assert_int_equal(
            avt_jobstore_list(handle(world, store), &filter, &jobs, &count, cursor, NULL), AVT_OK);
        for (size_t i = 0; i < count; i++) {
            long long ahead = 0;
            double seconds = 0;
            json_t *json = job_json(world, store, &jobs[i]);
            assert_int_equal(
                avt_jobstore_queue_position(handle(world, store), &jobs[i], &ahead, &seconds, NULL),
                AVT_OK);
            json_object_set_new(json, "ahead", json_integer(ahead));
            json_object_set_new(json, "seconds", json_real(seconds));
            json_array_append_new(list, json);
        }
        avt_job_list_done(jobs, count);
        memcpy(filter.cursor, cursor, sizeof(cursor));
    } while (filter.cursor[0]);
    return list;
}

static json_t *stats_json(struct world *world, int store, const char *owner)
{
    struct avt_job_stats stats;
    json_t *counts = json_array();
    assert_int_equal(avt_jobstore_stats(handle(world, store), owner, &stats, NULL), AVT_OK);
    for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++)
        for (int s = 0; s < AVT_JOB_STATUS_COUNT; s++)
            json_array_append_new(counts, json_integer(stats.count[t][s]));
    for (int i = 0; i < AVT_JOB_STAGES; i++) /* sums in another order */
        json_array_append_new(counts, json_integer((int)(stats.stage_mean_s[i] * 1e6 + 0.5)));
    for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++)
        json_array_append_new(counts, json_integer((int)(stats.seconds_mean[t] * 1e3 + 0.5)));
    return json_pack("{s:o, s:I, s:I, s:I}", "counts", counts, "oldest",
                     (json_int_t)stats.oldest_pending_ms, "hour",
                     (json_int_t)stats.completed_last_hour, "rescues", (json_int_t)stats.rescues);
}

static json_t *events_json(struct world *world, int store)
{
    json_t *list = json_array();
    struct avt_job_event *events;
    size_t count;
    int64_t after = 0;
    do {
        assert_int_equal(
            avt_jobstore_events(handle(world, store), NULL, after, 300, &events, &count, NULL),
            AVT_OK);
        for (size_t i = 0; i < count; i++) {
            json_t *json =
                json_pack("{s:I, s:I, s:s, s:s, s:O}", "sequence", (json_int_t)events[i].sequence,
                          "at", (json_int_t)events[i].at_ms, "id", events[i].job, "type",
                          events[i].type, "data", events[i].data);
            hide_ids(world, store, json);
            json_array_append_new(list, json);
            after = events[i].sequence;
        }
        avt_job_events_done(events, count);
    } while (count > 0);
    return list;
}

static json_t *records_json(struct world *world, int store)
{
    json_t *list = json_array();
    struct avt_record *records;
    size_t count;
    assert_int_equal(
        avt_jobstore_record_list(handle(world, store), "voice", NULL, 100, &records, &count, NULL),
        AVT_OK);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:O}", "id", records[i].id, "c",
                                              (json_int_t)records[i].created_ms, "u",
                                              (json_int_t)records[i].updated_ms, "e",
                                              (json_int_t)records[i].expires_ms, "data",
                                              records[i].data));
    avt_records_done(records, count);
    return list;
}

static json_t *everything(struct world *world, int store)
{
    struct avt_job_filter all = {.status = -1, .type = -1, .limit = 37};
    struct avt_job_filter alices = {
        .owner = "alice", .status = AVT_JOB_PENDING, .type = -1, .limit = 7};
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "jobs", list_json(world, store, all),
                     "alice", list_json(world, store, alices), "stats",
                     stats_json(world, store, NULL), "bob", stats_json(world, store, "bob"),
                     "events", events_json(world, store), "records", records_json(world, store));
}

/* ---- the test -------------------------------------------------------------------------------- */

static void compare(struct world *world, const char *what, json_t *answers[STORES])
{
    for (int i = 1; i < STORES; i++) {
        if (json_equal(answers[i], answers[0]))
            continue;
        AVT_CLEANUP(avt_freep) char *a = json_dumps(answers[0], JSON_SORT_KEYS);
        AVT_CLEANUP(avt_freep) char *b = json_dumps(answers[i], JSON_SORT_KEYS);
        size_t same = 0;
        while (a[same] && a[same] == b[same])
            same++;
        size_t from = same > 300 ? same - 300 : 0;
        fail_msg("step %u, %s: %s says\n...%.600s\nand memory\n...%.600s", world->step, what,
                 world->boxes[i]->kind, b + from, a + from);
    }
    for (int i = 0; i < STORES; i++)
        json_decref(answers[i]);
}

static void reopen(struct world *world)
{
    for (int i = 1; i < STORES; i++) {
        avt_jobstore_close(world->second[i]);
        box_reopen(world->boxes[i]);
        world->second[i] = box_open(world->boxes[i]);
    }
}

static void model__all_kinds_do_the_same(void **state)
{
    static const struct {
        const char *name;
        void (*run)(struct world *world, json_t *answers[STORES]);
        int weight;
    } steps[] = {
        {"submit", submit, 25},    {"claim", claim, 20},  {"report", report, 30},
        {"client", client, 10},    {"rescue", rescue, 4}, {"record", keep_record, 5},
        {"clock", clock_step, 20},
    };
    (void)state;
    const char *seed = getenv("AVATAR_TEST_SEED");
    int64_t value = 20260101;
    if (seed)
        assert_true(avt_parse_int(seed, 0, INT64_MAX, &value));
    AVT_CLEANUP(avt_freep) struct world *world = avt_new0(struct world, 1);
    avt_rng_init(&world->rng, (uint64_t)value);
    static const char *const kinds[STORES] = {"memory", "sqlite", "file"};
    void *boxes[STORES];
    for (int i = 0; i < STORES; i++) {
        box_kind = kinds[i];
        assert_int_equal(box_setup(&boxes[i]), 0);
        world->boxes[i] = boxes[i];
        world->second[i] = i > 0 ? box_open(boxes[i]) : NULL;
    }
    set_clock(world, START_MS);
    int total = 0;
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        total += steps[i].weight;
    for (world->step = 1; world->step <= STEPS; world->step++) {
        json_t *answers[STORES] = {NULL};
        int choice = below(world, total);
        size_t which = 0;
        while (choice >= steps[which].weight)
            choice -= steps[which++].weight;
        steps[which].run(world, answers);
        if (answers[0])
            compare(world, steps[which].name, answers);
        if (world->step % 200 == 0)
            reopen(world);
        if (world->step % CHECK_EVERY == 0) {
            for (int i = 0; i < STORES; i++)
                answers[i] = everything(world, i);
            compare(world, "everything", answers);
        }
    }
    for (int i = 0; i < STORES; i++) {
        assert_string_equal(world->boxes[i]->reported, "");
        avt_jobstore_close(world->second[i]);
        (void)box_teardown(&boxes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(model__all_kinds_do_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
