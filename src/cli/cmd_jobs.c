/* SPDX-License-Identifier: Apache-2.0 */
/* jobs list, status, stats, result: looking at jobs. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/backend.h"
#include "cli/commands.h"
#include "cli/job_text.h"
#include "cli/jobs.h"
#include "cli/terminal.h"
#include "os/paths.h"

/* ---- list --------------------------------------------------------------------------------------
 */

/** Pages until there are `limit` jobs; *ret_more: there would be others. */
static enum avt_code read_list(struct avt_backend *backend, struct avt_backend_query query,
                               size_t limit, json_t *jobs, bool *ret_more, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *cursor = NULL;
    for (;;) {
        size_t left = limit - json_array_size(jobs);
        AVT_CLEANUP(avt_json_decrefp) json_t *page = NULL;
        query.cursor = cursor;
        query.limit = left < AVT_JOB_LIST_MAX ? left : AVT_JOB_LIST_MAX;
        enum avt_code code = backend->ops->list(backend, &query, &page, reterr);
        if (code != AVT_OK)
            return code;
        json_array_extend(jobs, json_object_get(page, "jobs"));
        const char *next = avt_backend_text(page, "next_cursor");
        *ret_more = *next != '\0';
        if (!*next || json_array_size(jobs) >= limit)
            return AVT_OK;
        avt_free(cursor);
        cursor = avt_strdup(next);
    }
}

static void print_list(struct avt_cli *cli, const json_t *jobs, bool more)
{
    const char *const headings[] = {"id", "type", "status", ""};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 4);
    size_t i, count = json_array_size(jobs);
    json_t *job;
    if (!avt_cli_talks(cli))
        return;
    if (count == 0) {
        avt_cli_say(cli, "there are no such jobs\n");
        return;
    }
    json_array_foreach(jobs, i, job)
    {
        AVT_CLEANUP(avt_buf_done) struct avt_buf note = AVT_BUF_INIT(AVT_JOB_NOTE_MAX);
        avt_job_text_note(job, avt_time_now_ms(), true, &note);
        avt_table_row(table,
                      (const char *[]){avt_backend_text(job, "id"), avt_backend_text(job, "type"),
                                       avt_backend_text(job, "status"), avt_buf_str(&note)});
    }
    avt_table_print(table, stdout, cli->width);
    if (more)
        avt_cli_say(cli, "there are more: --limit shows them\n");
}

enum avt_code avt_cmd_jobs_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_backend_closep) struct avt_backend *backend = NULL;
    const struct avt_args *args = &cli->args;
    const struct avt_backend_query query = {
        .status = args->text[AVT_OPT_FILTER_STATUS],
        .type = args->text[AVT_OPT_FILTER_TYPE],
        .since_ms = (int64_t)args->number[AVT_OPT_SINCE],
    };
    bool more = false;
    json_t *jobs = json_array();
    json_object_set_new(result, "jobs", jobs);
    enum avt_code code = avt_backend_open(cli, &backend, reterr);
    if (code == AVT_OK)
        code = read_list(backend, query, (size_t)args->number[AVT_OPT_LIMIT], jobs, &more, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_bool(result, "more", more);
    print_list(cli, jobs, more);
    return AVT_OK;
}

/* ---- status ------------------------------------------------------------------------------------
 */

static void text_row(struct avt_table *table, const char *name, const char *text)
{
    if (*text)
        avt_table_row(table, (const char *[]){name, text});
}

static void time_row(struct avt_table *table, const json_t *job, const char *name, const char *key)
{
    char text[64], age[24];
    int64_t ms = avt_job_text_time(job, key), now_ms = avt_time_now_ms();
    if (ms == 0)
        return;
    snprintf(text, sizeof(text), ms > now_ms ? "%.19sZ, in %s" : "%.19sZ, %s ago",
             avt_backend_text(job, key),
             avt_job_text_age(ms > now_ms ? ms - now_ms : now_ms - ms, age));
    text_row(table, name, text);
}

static void result_rows(struct avt_table *table, const json_t *job)
{
    const json_t *result = json_object_get(job, "result"), *value;
    const char *key;
    if (!json_is_object(result))
        return;
    json_object_foreach((json_t *)(uintptr_t)result, key, value)
    {
        AVT_CLEANUP(avt_freep)
        char *text = json_is_string(value) ? avt_strdup(json_string_value(value))
                                           : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("result: %s", key);
        if (text && !json_is_null(value))
            text_row(table, name, text);
    }
}

void avt_cli_jobs_print(struct avt_cli *cli, const json_t *job)
{
    const char *const headings[] = {"job", avt_backend_text(job, "id")};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 2);
    AVT_CLEANUP(avt_buf_done) struct avt_buf note = AVT_BUF_INIT(AVT_JOB_NOTE_MAX);
    AVT_CLEANUP(avt_freep) char *status = NULL;
    char text[64];
    if (!avt_cli_talks(cli))
        return;
    avt_job_text_note(job, avt_time_now_ms(), true, &note);
    status = avt_asprintf("%s%s%s", avt_backend_text(job, "status"), note.size ? ": " : "",
                          avt_buf_str(&note));
    text_row(table, "type", avt_backend_text(job, "type"));
    text_row(table, "status", status);
    time_row(table, job, "made", "created_at");
    if (avt_job_text_time(job, "run_at") > avt_job_text_time(job, "created_at"))
        time_row(table, job, "starts", "run_at");
    time_row(table, job, "started", "started_at");
    time_row(table, job, "ended", "finished_at");
    snprintf(text, sizeof(text), "%lld of %lld",
             (long long)json_integer_value(json_object_get(job, "attempt")),
             (long long)json_integer_value(json_object_get(job, "attempts_max")));
    text_row(table, "attempt", text);
    snprintf(text, sizeof(text), "%lld",
             (long long)json_integer_value(json_object_get(job, "priority")));
    text_row(table, "priority", text);
    AVT_CLEANUP(avt_freep)
    char *params = json_dumps(json_object_get(job, "params"), JSON_COMPACT | JSON_PRESERVE_ORDER);
    text_row(table, "params", params ? params : "");
    text_row(table, "webhook", avt_backend_text(job, "webhook_url"));
    result_rows(table, job);
    avt_progress_line_clear(cli->progress);
    avt_table_print(table, stdout, cli->width);
}

enum avt_code avt_cli_jobs_verdict(const json_t *job, struct avt_error *reterr)
{
    const char *status = avt_backend_text(job, "status");
    if (avt_str_equal(status, "failed"))
        return avt_fail(reterr, AVT_EJOB, "the job %s failed: %s", avt_backend_text(job, "id"),
                        avt_backend_text(json_object_get(job, "error"), "message"));
    if (avt_str_equal(status, "cancelled"))
        return avt_fail(reterr, AVT_EJOB, "the job %s was cancelled", avt_backend_text(job, "id"));
    return AVT_OK;
}

struct watch {
    struct avt_cli *cli;
    json_t *last;
};

static bool on_job(const json_t *job, void *user)
{
    struct watch *watch = user;
    AVT_CLEANUP(avt_buf_done) struct avt_buf note = AVT_BUF_INIT(AVT_JOB_NOTE_MAX);
    bool running = avt_str_equal(avt_backend_text(job, "status"), "running");
    double progress = (double)json_integer_value(json_object_get(job, "progress")) / 100;
    json_decref(watch->last);
    watch->last = json_deep_copy(job);
    if (avt_backend_final(job))
        return true;
    avt_job_text_note(job, avt_time_now_ms(), false, &note);
    avt_progress_line_step(watch->cli->progress, avt_backend_text(job, "status"),
                           running ? progress : -1, avt_buf_str(&note));
    return true;
}

enum avt_code avt_cli_jobs_watch(struct avt_cli *cli, struct avt_backend *backend, const char *id,
                                 json_t **ret_job, struct avt_error *reterr)
{
    struct watch watch = {.cli = cli};
    enum avt_code code = backend->ops->watch(backend, id, on_job, &watch, reterr);
    avt_progress_line_clear(cli->progress);
    if (watch.last)
        *ret_job = watch.last;
    return code;
}

enum avt_code avt_cmd_jobs_status(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_backend_closep) struct avt_backend *backend = NULL;
    char id[AVT_JOB_ID_SIZE];
    json_t *job = NULL;
    bool watch = cli->args.given[AVT_OPT_WATCH] > 0;
    enum avt_code code = avt_backend_open(cli, &backend, reterr);
    if (code == AVT_OK)
        code = backend->ops->resolve(backend, cli->args.operands[0], id, reterr);
    if (code == AVT_OK)
        code = watch ? avt_cli_jobs_watch(cli, backend, id, &job, reterr)
                     : backend->ops->get(backend, id, &job, reterr);
    if (job)
        json_object_set_new(result, "job", job);
    if (code != AVT_OK)
        return code;
    avt_cli_jobs_print(cli, job);
    return watch ? avt_cli_jobs_verdict(job, reterr) : AVT_OK;
}

/* ---- stats -------------------------------------------------------------------------------------
 */

static const char *count_text(const json_t *counts, const char *status, char ret_text[24])
{
    snprintf(ret_text, 24, "%lld", (long long)json_integer_value(json_object_get(counts, status)));
    return ret_text;
}

static void count_row(struct avt_table *table, const char *name, const json_t *counts)
{
    char cells[AVT_JOB_STATUS_COUNT][24];
    const char *row[AVT_JOB_STATUS_COUNT + 1] = {name};
    for (int s = 0; s < AVT_JOB_STATUS_COUNT; s++)
        row[s + 1] = count_text(counts, avt_job_status_name((enum avt_job_status)s), cells[s]);
    avt_table_row(table, row);
}

static void print_counts(struct avt_cli *cli, const json_t *stats)
{
    const char *const headings[] = {"type",       ">pending", ">running",
                                    ">completed", ">failed",  ">cancelled"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 6);
    const char *type;
    json_t *counts, *value;
    json_object_foreach(json_object_get(stats, "by_type"), type, counts)
    {
        const char *status;
        long long sum = 0;
        json_object_foreach(counts, status, value) sum += json_integer_value(value);
        if (sum > 0)
            count_row(table, type, counts);
    }
    count_row(table, "all", json_object_get(stats, "jobs"));
    avt_table_print(table, stdout, cli->width);
}

static void print_means(struct avt_cli *cli, const json_t *stats)
{
    const char *const headings[] = {"what", ">figure"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 2);
    char cell[64], number[24];
    const char *name;
    json_t *value;
    const json_t *oldest = json_object_get(stats, "oldest_pending_s");
    if (json_is_number(oldest))
        avt_table_row(table, (const char *[]){"the oldest waits for",
                                              avt_text_seconds(json_number_value(oldest), number)});
    avt_table_row(table, (const char *[]){"completed in the last hour",
                                          count_text(stats, "completed_last_hour", number)});
    avt_table_row(table, (const char *[]){"leases lost", count_text(stats, "rescues", number)});
    json_object_foreach(json_object_get(stats, "mean_seconds"), name, value)
    {
        snprintf(cell, sizeof(cell), "mean time of %s", name);
        avt_table_row(table,
                      (const char *[]){cell, avt_text_seconds(json_number_value(value), number)});
    }
    json_object_foreach(json_object_get(stats, "mean_stage_seconds"), name, value)
    {
        snprintf(cell, sizeof(cell), "mean time of stage %s", name);
        avt_table_row(table,
                      (const char *[]){cell, avt_text_seconds(json_number_value(value), number)});
    }
    avt_cli_say(cli, "\n");
    avt_table_print(table, stdout, cli->width);
}

enum avt_code avt_cmd_jobs_stats(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_backend_closep) struct avt_backend *backend = NULL;
    json_t *stats = NULL;
    enum avt_code code = avt_backend_open(cli, &backend, reterr);
    if (code == AVT_OK)
        code = backend->ops->stats(backend, &stats, reterr);
    if (code != AVT_OK)
        return code;
    json_object_set_new(result, "stats", stats);
    if (avt_cli_talks(cli)) {
        print_counts(cli, stats);
        print_means(cli, stats);
    }
    return AVT_OK;
}

/* ---- result ------------------------------------------------------------------------------------
 */

/** Where it goes without --output: the job's id and the extension of what was made. Owned. */
static char *default_name(const json_t *job, const char *key)
{
    const char *file = avt_backend_text(json_object_get(job, "result"), key);
    const char *extension = avt_path_extension(file);
    return avt_asprintf("%s%s%s", avt_backend_text(job, "id"), *extension ? "." : "", extension);
}

static enum avt_code check_result(const json_t *job, const char *key, struct avt_error *reterr)
{
    const char *id = avt_backend_text(job, "id"), *status = avt_backend_text(job, "status");
    if (!avt_backend_final(job))
        return avt_fail(reterr, AVT_EINVAL,
                        "the job %s is %s: 'avatar jobs status %s --watch' waits for it", id,
                        status, id);
    enum avt_code code = avt_cli_jobs_verdict(job, reterr);
    if (code != AVT_OK)
        return code;
    if (*avt_backend_text(json_object_get(job, "result"), key))
        return AVT_OK;
    if (avt_str_equal(key, "captions"))
        return avt_fail(reterr, AVT_ENOENT,
                        "the job %s made no caption file: submit it with --captions srt or vtt",
                        id);
    return avt_fail(reterr, AVT_ENOENT,
                    "the job %s made no file: 'avatar jobs status %s' shows what it found", id, id);
}

enum avt_code avt_cli_jobs_save(struct avt_cli *cli, struct avt_backend *backend, const json_t *job,
                                bool captions, const char *path, json_t *result,
                                struct avt_error *reterr)
{
    const char *key = captions ? "captions" : "file";
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = NULL;
    AVT_CLEANUP(avt_freep) char *name = NULL;
    char size[24];
    enum avt_code code = check_result(job, key, reterr);
    if (code != AVT_OK)
        return code;
    name = path ? avt_strdup(path) : default_name(job, key);
    code = avt_outfile_open(name, &file, reterr);
    if (code == AVT_OK)
        code = backend->ops->result(backend, job, captions ? "captions" : "main",
                                    avt_outfile_fd(file), reterr);
    if (code == AVT_OK)
        code = avt_outfile_commit(file, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "output", name);
    avt_cli_set_int(result, "size_bytes", avt_cli_file_size(name));
    avt_cli_say(cli, "%s: %s\n", name, avt_text_bytes(avt_cli_file_size(name), size));
    return AVT_OK;
}

enum avt_code avt_cmd_jobs_result(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_backend_closep) struct avt_backend *backend = NULL;
    AVT_CLEANUP(avt_json_decrefp) json_t *job = NULL;
    char id[AVT_JOB_ID_SIZE];
    enum avt_code code = avt_backend_open(cli, &backend, reterr);
    if (code == AVT_OK)
        code = backend->ops->resolve(backend, cli->args.operands[0], id, reterr);
    if (code == AVT_OK)
        code = backend->ops->get(backend, id, &job, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "id", id);
    return avt_cli_jobs_save(cli, backend, job, cli->args.given[AVT_OPT_RESULT_CAPTIONS] > 0,
                             cli->args.text[AVT_OPT_OUTPUT_RESULT], result, reterr);
}
