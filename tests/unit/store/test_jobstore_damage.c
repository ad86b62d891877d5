/* SPDX-License-Identifier: Apache-2.0 */
/* Job stores, continued: what people, disks and other versions do to them. Each kind has its own
 * tests here, but for the full disk. */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "store/jobstore_sqlite.h"

static char *path_in(struct box *box, const char *name)
{
    return avt_path_join(box->folder, name);
}

static void write_text(struct box *box, const char *name, const char *text)
{
    AVT_CLEANUP(avt_freep) char *path = path_in(box, name);
    GOOD(avt_file_write(path, text, strlen(text), &error));
}

static char *read_text(struct box *box, const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = path_in(box, name);
    char *text = NULL;
    size_t size;
    GOOD(avt_file_read(path, 1 << 24, &text, &size, &error));
    return text;
}

static size_t list_all(struct box *box)
{
    struct avt_job_filter filter = {.status = -1, .type = -1, .limit = 1000};
    struct avt_job *jobs;
    size_t count = 0;
    GOOD(avt_jobstore_list(box->store, &filter, &jobs, &count, filter.cursor, &error));
    avt_job_list_done(jobs, count);
    return count;
}

static void close_store(struct box *box)
{
    avt_jobstore_close(AVT_TAKE(box->store));
}

static enum avt_code open_store(struct box *box, struct avt_error *reterr)
{
    struct avt_jobstore_options options = {.storage = box->folder,
                                           .kind = box->kind,
                                           .now_ms = box_now,
                                           .report = box_report,
                                           .user = box};
    return avt_jobstore_open(&options, &box->store, reterr);
}

/* ---- SQLite ---------------------------------------------------------------------------------- */

static void execute(struct box *box, const char *sql)
{
    sqlite3 *db = NULL;
    AVT_CLEANUP(avt_freep) char *path = path_in(box, "avatar.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void sqlite__migrates_an_older_schema(void **state)
{
    struct box *box = *state;
    char id[AVT_JOB_ID_SIZE];
    memcpy(id, SUBMIT(.owner = "alice"), sizeof(id));
    close_store(box);
    /* What version 1 was. */
    execute(box,
            "DROP INDEX record_list; DROP INDEX record_expires; DROP INDEX idempotency_expires;"
            "PRAGMA user_version = 1");
    GOOD(open_store(box, &error));
    assert_string_equal(box_claim(box).id, id);
    close_store(box);
    struct avt_sqlite raw = {.path = path_in(box, "avatar.db")};
    int64_t value = 0;
    assert_int_equal(sqlite3_open(raw.path, &raw.db), SQLITE_OK);
    GOOD(avt_sqlite_integer(&raw, &value, &error, "PRAGMA user_version", ""));
    assert_int_equal(value, AVT_SQLITE_SCHEMA_VERSION);
    GOOD(avt_sqlite_integer(&raw, &value, &error,
                            "SELECT count(*) FROM sqlite_schema WHERE name = 'record_list'", ""));
    assert_int_equal(value, 1);
    for (int i = 0; i < AVT_SQLITE_STATEMENTS_MAX; i++)
        sqlite3_finalize(raw.statements[i].stmt);
    sqlite3_close(raw.db);
    avt_free(raw.path);
}

static void sqlite__refuses_what_is_not_its_own(void **state)
{
    struct box *box = *state;
    SUBMIT();
    close_store(box);
    execute(box, "PRAGMA user_version = 99");
    BAD(AVT_EFORMAT, "newer version", open_store(box, &error));
    AVT_CLEANUP(avt_freep) char *path = path_in(box, "avatar.db");
    assert_int_equal(unlink(path), 0);
    execute(box, "CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('soup')");
    BAD(AVT_EFORMAT, "another program", open_store(box, &error));
    execute(box, "SELECT name FROM recipe");
}

static void sqlite__refuses_a_damaged_header(void **state)
{
    struct box *box = *state;
    SUBMIT();
    close_store(box);
    write_text(box, "avatar.db",
               "This was a database once, and then somebody saved a letter here. "
               "It is longer than the hundred bytes of a header.");
    BAD(AVT_EFORMAT, "is damaged", open_store(box, &error));
    AVT_CLEANUP(avt_freep) char *text = read_text(box, "avatar.db");
    assert_non_null(strstr(text, "This was a database")); /* nothing was made of it */
}

/* Every call says what is wrong or does its work; none crashes. True if one found damage. */
static bool try_everything(struct box *box)
{
    struct avt_error error = {0};
    struct avt_job_stats stats;
    struct avt_job_filter filter = {.status = -1, .type = -1, .limit = 1000};
    struct avt_job *jobs, job = {0};
    struct avt_job_event *events;
    struct avt_job_claim_options options = {.worker = "w", .lease_ms = 1000, .types = ALL_TYPES};
    size_t count;
    bool damaged = false;
    enum avt_code code =
        avt_jobstore_list(box->store, &filter, &jobs, &count, filter.cursor, &error);
    if (code == AVT_OK)
        avt_job_list_done(jobs, count);
    damaged |= code == AVT_EFORMAT;
    code = avt_jobstore_events(box->store, NULL, 0, 1000, &events, &count, &error);
    if (code == AVT_OK)
        avt_job_events_done(events, count);
    damaged |= code == AVT_EFORMAT;
    damaged |= avt_jobstore_stats(box->store, NULL, &stats, &error) == AVT_EFORMAT;
    code = avt_jobstore_claim(box->store, &options, &job, &error);
    avt_job_done(&job);
    damaged |= code == AVT_EFORMAT;
    job = (struct avt_job){.params = json_object()};
    code = avt_jobstore_submit(box->store, &job, NULL, NULL, &error);
    avt_job_done(&job);
    damaged |= code == AVT_EFORMAT;
    if (damaged)
        assert_non_null(strstr(error.message, "damaged"));
    return damaged;
}

static void sqlite__damage_inside_is_said_not_crashed_on(void **state)
{
    struct box *box = *state;
    enum { JOBS = 200, PAGE = 4096 };
    for (int i = 0; i < JOBS; i++)
        SUBMIT();
    close_store(box);
    AVT_CLEANUP(avt_freep) char *path = path_in(box, "avatar.db");
    AVT_CLEANUP(avt_freep) char *whole = NULL;
    size_t size;
    GOOD(avt_file_read(path, 1 << 24, &whole, &size, &error));
    assert_true(size > 20 * PAGE);
    int found = 0;
    for (int way = 0; way < 6; way++) {
        AVT_CLEANUP(avt_freep) char *copy = avt_strndup(whole, size);
        for (size_t page = 2; way < 5 && page < size / PAGE; page++)
            if ((int)(page % 5) == way) /* a fifth of the pages */
                memset(copy + page * PAGE + 16, 0x5a + way, PAGE - 16);
        GOOD(avt_file_write(path, copy, way < 5 ? size : size / 2, &error));
        struct avt_error error = {0};
        enum avt_code code = open_store(box, &error);
        assert_true(code == AVT_OK || code == AVT_EFORMAT);
        found += code == AVT_EFORMAT || try_everything(box);
        if (code == AVT_OK)
            close_store(box);
    }
    assert_int_equal(found, 6);
}

static void sqlite__rows_that_make_no_sense(void **state)
{
    struct box *box = *state;
    static const char *const changes[] = {
        "UPDATE job SET type = 'dance'", "UPDATE job SET params = '[1'",
        "UPDATE job SET params = '7'",   "UPDATE job SET stage = 'longer than any stage is'",
        "UPDATE job SET result = 'x'",   "UPDATE job SET id = '../../etc/passwd'",
    };
    struct avt_job_filter filter = {.status = -1, .type = AVT_JOB_LIPSYNC, .limit = 10};
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        struct avt_job *jobs;
        size_t count;
        SUBMIT(.type = AVT_JOB_LIPSYNC);
        close_store(box);
        execute(box, changes[i]);
        GOOD(open_store(box, &error));
        filter.type = i == 0 ? -1 : AVT_JOB_LIPSYNC;
        BAD(AVT_EFORMAT, "damaged",
            avt_jobstore_list(box->store, &filter, &jobs, &count, filter.cursor, &error));
        close_store(box);
        execute(box, "DELETE FROM job");
        GOOD(open_store(box, &error));
    }
}

static void sqlite__rules_of_the_environment(void **state)
{
    struct box *box = *state;
    assert_true(avt_sqlite_network_magic(0x6969));
    assert_true(avt_sqlite_network_magic((long)0xff534d42));
    assert_true(avt_sqlite_network_magic((int)0xff534d42)); /* f_type is signed on some machines */
    assert_false(avt_sqlite_network_magic(0xef53));         /* ext4 */
    assert_false(avt_sqlite_network_magic(0x01021994));     /* tmpfs */
    assert_true(avt_sqlite_wal_safe(3051003));
    assert_false(avt_sqlite_wal_safe(3051002));
    assert_false(avt_sqlite_wal_safe(3040001));
    struct stat st;
    AVT_CLEANUP(avt_freep) char *path = path_in(box, "avatar.db");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void file__broken_ones_are_told_of_and_passed_over(void **state)
{
    struct box *box = *state;
    static const struct {
        const char *name, *text, *says;
    } rows[] = {
        {"job-20240115120000-00000001", "", "line 1"},
        {"job-20240115120000-00000002", "{\"id\": ", "line 1"},
        {"job-20240115120000-00000003", "[]", "not a JSON object"},
        {"job-20240115120000-00000004",
         "{\"id\": \"job-20240115120000-00000004\", \"type\": \"dance\"}", "'type'"},
        {"job-20240115120000-00000005",
         "{\"id\": \"job-20240115120000-00000099\", \"type\": \"lipsync\", \"status\": \"pending\","
         " \"params\": {}, \"created_at\": \"2024-01-15T12:00:00Z\"}",
         "not that of its name"},
        {"my favourite job", "{}", "its name is not the id of a job"},
    };
    enum { ROWS = sizeof(rows) / sizeof(*rows) };
    char id[AVT_JOB_ID_SIZE];
    memcpy(id, SUBMIT(), sizeof(id));
    close_store(box);
    for (int i = 0; i < ROWS; i++) {
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("jobs/%s.json", rows[i].name);
        write_text(box, name, rows[i].text);
    }
    AVT_CLEANUP(avt_freep) char *folder = path_in(box, "jobs/job-20240115120000-00000006.json");
    assert_int_equal(mkdir(folder, 0700), 0);
    GOOD(open_store(box, &error));
    assert_int_equal(list_all(box), 1);
    for (int i = 0; i < ROWS; i++) { /* a sentence each, which names the file */
        const char *line = strstr(box->reported, rows[i].name);
        assert_non_null(line);
        char sentence[512];
        snprintf(sentence, sizeof(sentence), "%.*s", (int)strcspn(line, "\n"), line);
        if (!strstr(sentence, rows[i].says))
            fail_msg("'%s' in '%s'", rows[i].says, sentence);
    }
    assert_non_null(strstr(box->reported, "00000006"));
    struct avt_job job;
    BAD(AVT_EFORMAT, "'type'",
        avt_jobstore_get(box->store, "job-20240115120000-00000004", NULL, &job, &error));
    assert_string_equal(box_claim(box).id, id);
    assert_string_equal(box_claim(box).id, "");
    for (int i = 0; i < ROWS; i++) { /* and all are as they were */
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("jobs/%s.json", rows[i].name);
        AVT_CLEANUP(avt_freep) char *text = read_text(box, name);
        assert_string_equal(text, rows[i].text);
    }
}

/* jobs/<id>.json with `from` replaced by `to`. */
static void edit(struct box *box, const char *id, const char *from, const char *to)
{
    AVT_CLEANUP(avt_freep) char *name = avt_asprintf("jobs/%s.json", id);
    AVT_CLEANUP(avt_freep) char *text = read_text(box, name);
    char *at = strstr(text, from);
    assert_non_null(at);
    AVT_CLEANUP(avt_freep)
    char *new = avt_asprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    write_text(box, name, new);
}

static void file__a_person_may_edit_while_it_is_closed(void **state)
{
    struct box *box = *state;
    char first[AVT_JOB_ID_SIZE], second[AVT_JOB_ID_SIZE], third[AVT_JOB_ID_SIZE];
    memcpy(first, SUBMIT(), sizeof(first));
    box->now_ms += 5;
    memcpy(second, SUBMIT(), sizeof(second));
    memcpy(third, SUBMIT(), sizeof(third));
    close_store(box);
    edit(box, second, "\"priority\": 0", "\"priority\": 50");
    edit(box, second, "\"Hello.\"", "\"Good evening.\"");
    edit(box, second, "\"rescues\"", "\"note\": \"urgent\",\n  \"rescues\"");
    AVT_CLEANUP(avt_freep) char *gone = avt_asprintf("%s/jobs/%s.json", box->folder, third);
    assert_int_equal(unlink(gone), 0);
    /* A job written from nothing, and a copy of one under another id. */
    write_text(box, "jobs/job-20240115120000-00000001.json",
               "{\"id\": \"job-20240115120000-00000001\", \"type\": \"lipsync\", \"status\": "
               "\"pending\", \"params\": {}, \"priority\": 20,"
               " \"created_at\": \"2024-01-15T12:00:00Z\"}");
    AVT_CLEANUP(avt_freep) char *name = avt_asprintf("jobs/%s.json", first);
    AVT_CLEANUP(avt_freep) char *text = read_text(box, name);
    write_text(box, "jobs/job-20240115120000-00000002.json", text);
    edit(box, "job-20240115120000-00000002", first, "job-20240115120000-00000002");
    GOOD(open_store(box, &error));
    assert_string_equal(box->reported, "");
    /* Each is on a page of its own. */
    struct avt_job_filter filter = {.status = -1, .type = -1, .limit = 1};
    int pages = 0;
    do {
        struct avt_job *jobs;
        size_t count;
        GOOD(avt_jobstore_list(box->store, &filter, &jobs, &count, filter.cursor, &error));
        pages += (int)count;
        avt_job_list_done(jobs, count);
    } while (filter.cursor[0]);
    assert_int_equal(pages, 4);
    struct avt_job_claim_options options = {.worker = "w", .lease_ms = 1000, .types = ALL_TYPES};
    struct avt_job job = {0};
    GOOD(avt_jobstore_claim(box->store, &options, &job, &error));
    assert_string_equal(job.id, second);
    assert_string_equal(json_string_value(json_object_get(job.params, "text")), "Good evening.");
    avt_job_done(&job);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("jobs/%s.json", second);
    AVT_CLEANUP(avt_freep) char *kept = read_text(box, path);
    assert_non_null(strstr(kept, "urgent")); /* what we do not know stays */
    assert_string_equal(box_claim(box).id, "job-20240115120000-00000001");
}

static void file__a_failed_job_set_to_pending_runs_again(void **state)
{
    struct box *box = *state;
    const struct avt_error why = {AVT_EIO, "broken"};
    char id[AVT_JOB_ID_SIZE];
    memcpy(id, SUBMIT(.attempts_max = 1), sizeof(id));
    int64_t token = box_claim(box).lease_token;
    GOOD(avt_jobstore_fail(box->store, id, token, &why, "", 0, NULL, &error));
    close_store(box);
    edit(box, id, "\"status\": \"failed\"", "\"status\": \"pending\"");
    GOOD(open_store(box, &error));
    struct avt_job job = box_claim(box);
    assert_string_equal(job.id, id);
    assert_int_equal(job.lease_token, token + 1);
    GOOD(avt_jobstore_complete(box->store, id, job.lease_token, NULL, NULL, &error));
}

static void file__reads_like_a_letter(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT(.owner = "alice");
    AVT_CLEANUP(avt_freep) char *name = avt_asprintf("jobs/%s.json", id);
    AVT_CLEANUP(avt_freep) char *text = read_text(box, name);
    assert_non_null(strstr(text, "\n  \"status\": \"pending\",\n"));
    assert_non_null(strstr(text, "\n    \"text\": \"Hello.\"\n"));
    assert_non_null(strstr(text, "\"created_at\": \"2025-06-15T15:06:40.000Z\""));
    assert_non_null(strstr(text, "\"history\": ["));
}

static void file__side_files_may_be_missing_or_broken(void **state)
{
    struct box *box = *state;
    char id[AVT_JOB_ID_SIZE];
    AVT_CLEANUP(avt_json_decrefp) json_t *data = json_object();
    struct avt_job_event *events;
    size_t count;
    int64_t before, after;
    memcpy(id, SUBMIT(), sizeof(id));
    int64_t token = box_claim(box).lease_token;
    GOOD(avt_jobstore_heartbeat(box->store, id, token, 90000, 50, "speech", 1, NULL, &error));
    GOOD(avt_jobstore_event_add(box->store, id, "note", data, &error));
    GOOD(avt_jobstore_event_last(box->store, &before, &error));
    close_store(box);
    AVT_CLEANUP(avt_freep) char *progress = avt_asprintf("jobs/%s.progress.json", id);
    AVT_CLEANUP(avt_freep) char *lines = avt_asprintf("jobs/%s.events.jsonl", id);
    AVT_CLEANUP(avt_freep) char *text = read_text(box, lines);
    AVT_CLEANUP(avt_freep) char *torn = avt_asprintf("%s{\"sequence\": 5, \"at", text);
    write_text(box, progress, "");
    write_text(box, lines, torn);
    write_text(box, "jobs/.lock", "nothing of use");
    write_text(box, "jobs/.changes", "neither is this");
    write_text(box, "jobs/.tmp-1-1", "half a jo");
    write_text(box, "jobs/job-20240115120000-00000001.events.jsonl", "of a job that is gone\n");
    GOOD(open_store(box, &error));
    /* The lease is that of the claim; the worker goes on. */
    assert_int_equal(box_job(box, id).lease_until_ms, START_MS + 60000);
    GOOD(avt_jobstore_heartbeat(box->store, id, token, 90000, 60, "speech", 1, NULL, &error));
    assert_int_equal(box_job(box, id).lease_until_ms, START_MS + 90000);
    GOOD(avt_jobstore_event_add(box->store, id, "note", data, &error));
    GOOD(avt_jobstore_event_last(box->store, &after, &error));
    assert_true(after > before);
    GOOD(avt_jobstore_events(box->store, id, 0, 100, &events, &count, &error));
    assert_int_equal(count, 4);
    avt_job_events_done(events, count);
    AVT_CLEANUP(avt_freep) char *left = path_in(box, "jobs/.tmp-1-1");
    AVT_CLEANUP(avt_freep)
    char *orphan = path_in(box, "jobs/job-20240115120000-00000001.events.jsonl");
    assert_false(avt_file_exists(left));
    assert_false(avt_file_exists(orphan));
}

static void file__broken_records_are_passed_over(void **state)
{
    struct box *box = *state;
    struct avt_record record = {.kind = "voice", .id = "good", .data = json_object()};
    struct avt_record *records;
    size_t count;
    GOOD(avt_jobstore_record_put(box->store, &record, &error));
    avt_record_done(&record);
    write_text(box, "records/voice/bad.json", "{\"data\": 7}");
    write_text(box, "records/voice/worse.json", "{");
    GOOD(avt_jobstore_record_list(box->store, "voice", NULL, 10, &records, &count, &error));
    assert_int_equal(count, 1);
    avt_records_done(records, count);
    assert_non_null(strstr(box->reported, "bad.json"));
    assert_non_null(strstr(box->reported, "worse.json"));
    BAD(AVT_EFORMAT, "bad.json",
        avt_jobstore_record_get(box->store, "voice", "bad", NULL, &record, &error));
}

static void file__many_changes_are_followed_by_others(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *other = box_open(box);
    AVT_CLEANUP(avt_freep) char *changes = path_in(box, "jobs/.changes");
    struct avt_job_stats stats;
    char id[AVT_JOB_ID_SIZE];
    memcpy(id, SUBMIT(), sizeof(id));
    GOOD(avt_jobstore_stats(other, NULL, &stats, &error));
    /* As if there had been a great many: the list begins anew with the next one. */
    assert_int_equal(
        truncate(changes, (1 << 20) / AVT_JOB_ID_SIZE * AVT_JOB_ID_SIZE + AVT_JOB_ID_SIZE), 0);
    SUBMIT();
    struct stat st;
    assert_int_equal(stat(changes, &st), 0);
    assert_int_equal(st.st_size, AVT_JOB_ID_SIZE);
    GOOD(avt_jobstore_stats(other, NULL, &stats, &error));
    assert_int_equal(stats.count[AVT_JOB_FULL_PIPELINE][AVT_JOB_PENDING], 2);
    SUBMIT();
    GOOD(avt_jobstore_stats(other, NULL, &stats, &error));
    assert_int_equal(stats.count[AVT_JOB_FULL_PIPELINE][AVT_JOB_PENDING], 3);
}

/* ---- a full disk ----------------------------------------------------------------------------- */

/* Submits larger and larger jobs until it is told that the disk is full. 0 if all went as it
 * should. */
static int fill_disk(struct box *box, int out)
{
    struct avt_error error = {0};
    struct rlimit limit = {300000, 300000};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || open_store(box, &error) != AVT_OK)
        return 1;
    for (int i = 1; i < 100; i++) {
        size_t size = (size_t)i * 5000;
        AVT_CLEANUP(avt_freep) char *text = avt_alloc0(size + 1, 1);
        memset(text, 'x', size);
        struct avt_job job = {.params = json_pack("{s:s}", "text", text)};
        enum avt_code code = avt_jobstore_submit(box->store, &job, NULL, NULL, &error);
        if (code == AVT_OK && write(out, job.id, sizeof(job.id)) != sizeof(job.id))
            return 2;
        avt_job_done(&job);
        if (code == AVT_OK)
            continue;
        if (code != AVT_ENOSPACE || !strstr(error.message, "the disk is full"))
            return 3;
        /* It still answers. */
        struct avt_job_stats stats;
        if (avt_jobstore_stats(box->store, NULL, &stats, &error) != AVT_OK)
            return 4;
        close_store(box);
        return 0;
    }
    return 5;
}

static void disk_full__is_said_and_loses_nothing(void **state)
{
    struct box *box = *state;
    int fds[2], status = -1;
    char id[AVT_JOB_ID_SIZE];
    size_t accepted = 0;
    if (!box_lasts(box))
        return;
    close_store(box);
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(fill_disk(box, fds[1]));
    close(fds[1]);
    assert_true(waitpid(child, &status, 0) == child && WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    GOOD(open_store(box, &error));
    while (read(fds[0], id, sizeof(id)) == sizeof(id)) {
        assert_int_equal(box_job(box, id).status, AVT_JOB_PENDING);
        accepted++;
    }
    close(fds[0]);
    assert_true(accepted > 2);
    assert_int_equal(list_all(box), accepted); /* and no half job */
    SUBMIT();
}

int main(void)
{
    const struct CMUnitTest all[] = {TEST(disk_full__is_said_and_loses_nothing)};
    const struct CMUnitTest sqlite[] = {
        TEST(sqlite__migrates_an_older_schema), TEST(sqlite__refuses_what_is_not_its_own),
        TEST(sqlite__refuses_a_damaged_header), TEST(sqlite__damage_inside_is_said_not_crashed_on),
        TEST(sqlite__rows_that_make_no_sense),  TEST(sqlite__rules_of_the_environment),
    };
    const struct CMUnitTest file[] = {
        TEST(file__broken_ones_are_told_of_and_passed_over),
        TEST(file__a_person_may_edit_while_it_is_closed),
        TEST(file__a_failed_job_set_to_pending_runs_again),
        TEST(file__reads_like_a_letter),
        TEST(file__side_files_may_be_missing_or_broken),
        TEST(file__broken_records_are_passed_over),
        TEST(file__many_changes_are_followed_by_others),
    };
    int failed = RUN_ALL_KINDS(all);
    box_kind = "sqlite";
    failed += cmocka_run_group_tests_name("sqlite", sqlite, NULL, NULL);
    box_kind = "file";
    failed += cmocka_run_group_tests_name("file", file, NULL, NULL);
    return failed;
}
