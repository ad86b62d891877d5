/* SPDX-License-Identifier: Apache-2.0 */
/* jobs cancel, retry, delete, cleanup: each says what it did to what. */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/job_text.h"
#include "cli/jobs.h"
#include "cli/terminal.h"

/** What a command does to one job; fills `entry` and says it. */
typedef enum avt_code (*change_fn)(struct avt_cli *cli, struct avt_backend *backend, const char *id,
                                   json_t *entry, struct avt_error *reterr);

/**
 * All ids are looked up before anything is done, so that a mistyped one changes nothing. Then the
 * first failure ends it; what was done before is said and in the result.
 */
static enum avt_code change_all(struct avt_cli *cli, json_t *result, change_fn change,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_backend_closep) struct avt_backend *backend = NULL;
    char ids[AVT_ARGS_OPERANDS_MAX][AVT_JOB_ID_SIZE];
    json_t *done = json_array();
    json_object_set_new(result, "jobs", done);
    enum avt_code code = avt_backend_open(cli, &backend, reterr);
    for (size_t i = 0; code == AVT_OK && i < cli->args.operand_count; i++)
        code = backend->ops->resolve(backend, cli->args.operands[i], ids[i], reterr);
    for (size_t i = 0; code == AVT_OK && i < cli->args.operand_count; i++) {
        json_t *entry = json_object();
        avt_cli_set_text(entry, "id", ids[i]);
        code = avt_interrupted() ? avt_fail(reterr, AVT_ECANCELLED, "stopped")
                                 : change(cli, backend, ids[i], entry, reterr);
        if (code == AVT_OK)
            json_array_append_new(done, entry);
        else
            json_decref(entry);
    }
    return code;
}

/* ---- cancel ------------------------------------------------------------------------------------
 */

static enum avt_code cancel(struct avt_cli *cli, struct avt_backend *backend, const char *id,
                            json_t *entry, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *before = NULL;
    AVT_CLEANUP(avt_json_decrefp) json_t *after = NULL;
    enum avt_code code = backend->ops->get(backend, id, &before, reterr);
    bool ended = code == AVT_OK && avt_backend_final(before);
    if (code == AVT_OK && !ended)
        code = backend->ops->cancel(backend, id, &after, reterr);
    if (code != AVT_OK)
        return code;
    const char *status = avt_backend_text(ended ? before : after, "status");
    avt_cli_set_text(entry, "status", status);
    avt_cli_set_bool(entry, "changed", !ended);
    if (ended)
        avt_cli_say(cli, "%s: was %s already; nothing to do\n", id, status);
    else if (avt_str_equal(status, "running"))
        avt_cli_say(cli, "%s: is being cancelled; its worker stops within 2 s\n", id);
    else
        avt_cli_say(cli, "%s: %s\n", id, status);
    return AVT_OK;
}

enum avt_code avt_cmd_jobs_cancel(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    return change_all(cli, result, cancel, reterr);
}

/* ---- retry -------------------------------------------------------------------------------------
 */

static enum avt_code retry(struct avt_cli *cli, struct avt_backend *backend, const char *id,
                           json_t *entry, struct avt_error *reterr)
{
    json_t *job = NULL;
    enum avt_code code = backend->ops->retry(backend, id, &job, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_buf_done) struct avt_buf note = AVT_BUF_INIT(AVT_JOB_NOTE_MAX);
    avt_job_text_note(job, avt_time_now_ms(), true, &note);
    json_object_set_new(entry, "job", job);
    avt_cli_say(cli, "%s: put on again as %s%s%s\n", id, avt_backend_text(job, "id"),
                note.size ? ": " : "", avt_buf_str(&note));
    return AVT_OK;
}

enum avt_code avt_cmd_jobs_retry(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    return change_all(cli, result, retry, reterr);
}

/* ---- delete ------------------------------------------------------------------------------------
 */

static enum avt_code delete (struct avt_cli *cli, struct avt_backend *backend, const char *id,
                             json_t *entry, struct avt_error *reterr) {
    AVT_CLEANUP(avt_json_decrefp) json_t *job = NULL;
    enum avt_code code = backend->ops->get(backend, id, &job, reterr);
    if (code == AVT_OK && !avt_backend_final(job))
        code = avt_fail(reterr, AVT_EINVAL, "the job %s is %s: 'avatar jobs cancel %s' first", id,
                        avt_backend_text(job, "status"), id);
    if (code == AVT_OK) code = backend->ops->purge(backend, id, reterr);
    if (code != AVT_OK) return code;
    bool file = *avt_backend_text(json_object_get(job, "result"), "file") != '\0';
    avt_cli_set_bool(entry, "deleted", true);
    avt_cli_say(cli, file ? "%s: deleted, and its result with it\n" : "%s: deleted\n", id);
    return AVT_OK;
}

enum avt_code avt_cmd_jobs_delete(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    return change_all(cli, result, delete, reterr);
}

/* ---- cleanup -----------------------------------------------------------------------------------
 */

/** What is about to go, before it goes. */
static void say_plan(struct avt_cli *cli, const struct avt_backend_cleanup *cleanup)
{
    char age[AVT_DURATION_SIZE];
    AVT_CLEANUP(avt_buf_done) struct avt_buf plan = AVT_BUF_INIT(512);
    bool cancelled = cleanup->status && avt_str_equal(cleanup->status, "cancelled");
    avt_buf_printf(&plan, "%s every job that %s", cleanup->dry_run ? "would remove" : "removes",
                   cancelled ? "was cancelled" : cleanup->status ? cleanup->status : "has ended");
    if (cleanup->older_than_ms > 0)
        avt_buf_printf(&plan, " more than %s ago", avt_duration_text(cleanup->older_than_ms, age));
    if (cleanup->keep_last > 0)
        avt_buf_printf(&plan, ", but for the newest %lld", cleanup->keep_last);
    avt_cli_say(cli, "%s, and what it made\n", avt_buf_str(&plan));
}

enum avt_code avt_cmd_jobs_cleanup(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_backend_closep) struct avt_backend *backend = NULL;
    const struct avt_args *args = &cli->args;
    const struct avt_backend_cleanup cleanup = {
        /* With --keep-last alone the number decides, with --status alone every age will do. */
        .older_than_ms = args->given[AVT_OPT_OLDER_THAN] ? (int64_t)args->number[AVT_OPT_OLDER_THAN]
                         : args->number[AVT_OPT_CLEAN_KEEP] > 0 ? -1
                                                                : 0,
        .keep_last = (long long)args->number[AVT_OPT_CLEAN_KEEP],
        .status = args->text[AVT_OPT_CLEAN_STATUS],
        .dry_run = args->given[AVT_OPT_DRY_RUN] > 0,
    };
    long long jobs = 0, bytes = 0;
    char size[24];
    /* Everything that ended, by a slip of the fingers, is too much. */
    if (!args->given[AVT_OPT_OLDER_THAN] && !args->given[AVT_OPT_CLEAN_KEEP] && !cleanup.status)
        return avt_fail(
            reterr, AVT_EINVAL,
            "say which finished jobs are to go: --older-than 7d, --keep-last 100, --status "
            "failed");
    enum avt_code code = avt_backend_open(cli, &backend, reterr);
    if (code == AVT_OK)
        say_plan(cli, &cleanup);
    if (code == AVT_OK)
        code = backend->ops->cleanup(backend, &cleanup, &jobs, &bytes, reterr);
    avt_cli_set_int(result, "jobs", jobs);
    avt_cli_set_bool(result, "dry_run", cleanup.dry_run);
    if (!cleanup.dry_run)
        avt_cli_set_int(result, "size_bytes", bytes);
    if (code == AVT_OK && cleanup.dry_run)
        avt_cli_say(cli, "%lld %s would be removed\n", jobs, jobs == 1 ? "job" : "jobs");
    else if (code == AVT_OK || jobs > 0)
        avt_cli_say(cli, "%lld %s and %s of results removed\n", jobs, jobs == 1 ? "job" : "jobs",
                    avt_text_bytes(bytes, size));
    return code;
}
