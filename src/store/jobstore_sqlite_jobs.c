/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "store/jobstore_sqlite.h"

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_identity(sqlite3_stmt *stmt, struct avt_job *job)
{
    char type[32], status[16];
    job->sequence = sqlite3_column_int64(stmt, 0);
    job->short_work = sqlite3_column_int(stmt, 5) != 0;
    return avt_sqlite_text(stmt, 1, job->id, sizeof(job->id)) && avt_job_id_valid(job->id) &&
           avt_sqlite_text(stmt, 2, type, sizeof(type)) && avt_job_type_parse(type, &job->type) &&
           avt_sqlite_text(stmt, 3, status, sizeof(status)) &&
           avt_job_status_parse(status, &job->status) &&
           avt_sqlite_text(stmt, 4, job->owner, sizeof(job->owner));
}

static void read_numbers(sqlite3_stmt *stmt, struct avt_job *job)
{
    job->priority = sqlite3_column_int(stmt, 6);
    job->run_at_ms = sqlite3_column_int64(stmt, 7);
    job->created_ms = sqlite3_column_int64(stmt, 8);
    job->started_ms = sqlite3_column_int64(stmt, 9);
    job->finished_ms = sqlite3_column_int64(stmt, 10);
    job->updated_ms = sqlite3_column_int64(stmt, 11);
    job->attempt = sqlite3_column_int(stmt, 12);
    job->attempts_max = sqlite3_column_int(stmt, 13);
    job->rescues = sqlite3_column_int(stmt, 14);
    job->progress = sqlite3_column_int(stmt, 15);
    job->stages_completed = sqlite3_column_int(stmt, 17);
    job->cancel_requested = sqlite3_column_int(stmt, 18) != 0;
    job->lease_until_ms = sqlite3_column_int64(stmt, 20);
    job->lease_token = sqlite3_column_int64(stmt, 21);
    job->estimate_s = sqlite3_column_double(stmt, 25);
    for (int i = 0; i < AVT_JOB_STAGES; i++)
        job->stage_s[i] = sqlite3_column_double(stmt, 26 + i);
}

enum { COLUMN_PARAMS = 34, COLUMN_RESULT = 35 }; /* after those of AVT_SQLITE_JOB */

enum avt_code avt_sqlite_read_job(struct avt_sqlite *sqlite, sqlite3_stmt *stmt, bool documents,
                                  struct avt_job *ret_job, struct avt_error *reterr)
{
    struct avt_job job = {0};
    bool good = read_identity(stmt, &job) &&
                avt_sqlite_text(stmt, 16, job.stage, sizeof(job.stage)) &&
                avt_sqlite_text(stmt, 19, job.lease_owner, sizeof(job.lease_owner)) &&
                avt_sqlite_text(stmt, 22, job.error_code, sizeof(job.error_code)) &&
                avt_sqlite_text(stmt, 23, job.error_stage, sizeof(job.error_stage)) &&
                avt_sqlite_text(stmt, 24, job.error_message, sizeof(job.error_message)) &&
                avt_sqlite_text(stmt, 32, job.request_id, sizeof(job.request_id)) &&
                avt_sqlite_text(stmt, 33, job.webhook_url, sizeof(job.webhook_url));
    read_numbers(stmt, &job);
    if (good && documents) {
        bool has_result = sqlite3_column_type(stmt, COLUMN_RESULT) != SQLITE_NULL;
        job.params = avt_sqlite_object(stmt, COLUMN_PARAMS);
        job.result = has_result ? avt_sqlite_object(stmt, COLUMN_RESULT) : NULL;
        good = job.params && (job.result || !has_result);
    }
    if (!good) {
        avt_job_done(&job);
        return avt_sqlite_damaged(sqlite, "a job in it is not as it was written", reterr);
    }
    *ret_job = job;
    return AVT_OK;
}

enum avt_code avt_sqlite_job_load(void *impl, const char *id, bool documents,
                                  struct avt_job *ret_job, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    enum avt_code code =
        documents
            ? avt_sqlite_prepare(impl, &stmt, reterr,
                                 "SELECT " AVT_SQLITE_JOB ", params, result FROM job WHERE id = ?1",
                                 "t", id)
            : avt_sqlite_prepare(impl, &stmt, reterr,
                                 "SELECT " AVT_SQLITE_JOB " FROM job WHERE id = ?1", "t", id);
    if (code == AVT_OK)
        code = avt_sqlite_step(impl, stmt, &row, reterr);
    if (code != AVT_OK)
        return code;
    return row ? avt_sqlite_read_job(impl, stmt, documents, ret_job, reterr) : AVT_ENOENT;
}

/* ---- writing --------------------------------------------------------------------------------- */

enum avt_code avt_sqlite_job_insert(void *impl, struct avt_job *job, const char *params_text,
                                    const json_t *event, struct avt_error *reterr)
{
    int64_t sequence = 0;
    enum avt_code code =
        avt_sqlite_event_write(impl, job->id, "status", event, job->updated_ms, &sequence, reterr);
    if (code != AVT_OK)
        return code;
    code = avt_sqlite_run(
        impl, reterr,
        "INSERT INTO job (" AVT_SQLITE_JOB ", params) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " 0, 0, ?9, 0, ?10, 0, 0, '', 0, 0, '', 0, 0, '', '', '', ?11, 0.0, 0.0, 0.0, 0.0, 0.0,"
        " 0.0, ?12, ?13, ?14)",
        "itttt"
        "iiii"
        "ir"
        "ttt",
        sequence, job->id, avt_job_type_name(job->type), avt_job_status_name(job->status),
        job->owner, (int64_t)job->short_work, (int64_t)job->priority, job->run_at_ms,
        job->created_ms, (int64_t)job->attempts_max, job->estimate_s, job->request_id,
        job->webhook_url, params_text);
    if (code == AVT_OK)
        job->sequence = sequence;
    return code;
}

/* A heartbeat pays for the disk like every change: with a rollback journal, a commit that does not
 * wait could damage the database when power is lost. It comes once in a third of a lease. */
enum avt_code avt_sqlite_job_update(void *impl, const struct avt_job *job, const json_t *event,
                                    struct avt_error *reterr)
{
    int64_t sequence;
    AVT_CLEANUP(avt_freep) char *result = json_dumps(job->result, JSON_COMPACT);
    enum avt_code code = avt_sqlite_run(
        impl, reterr,
        "UPDATE job SET status = ?2, run_at_ms = ?3, started_ms = ?4, finished_ms = ?5,"
        " updated_ms = ?6, attempt = ?7, rescues = ?8, progress = ?9, stage = ?10,"
        " stages_completed = ?11, cancel_requested = ?12, lease_owner = ?13, lease_until_ms = ?14,"
        " lease_token = ?15, error_code = ?16, error_stage = ?17, error_message = ?18,"
        " stage_0 = ?19, stage_1 = ?20, stage_2 = ?21, stage_3 = ?22, stage_4 = ?23, stage_5 = ?24,"
        " result = coalesce(?25, result) WHERE id = ?1",
        "tt"
        "iiiiiii"
        "tiiti"
        "i"
        "ttt"
        "rrrrrr"
        "t",
        job->id, avt_job_status_name(job->status), job->run_at_ms, job->started_ms,
        job->finished_ms, job->updated_ms, (int64_t)job->attempt, (int64_t)job->rescues,
        (int64_t)job->progress, job->stage, (int64_t)job->stages_completed,
        (int64_t)job->cancel_requested, job->lease_owner, job->lease_until_ms, job->lease_token,
        job->error_code, job->error_stage, job->error_message, job->stage_s[0], job->stage_s[1],
        job->stage_s[2], job->stage_s[3], job->stage_s[4], job->stage_s[5], result);
    if (code != AVT_OK || !event)
        return code;
    return avt_sqlite_event_write(impl, job->id, "status", event, job->updated_ms, &sequence,
                                  reterr);
}

enum avt_code avt_sqlite_job_remove(void *impl, const char *id, struct avt_error *reterr)
{
    enum avt_code code = avt_sqlite_run(impl, reterr, "DELETE FROM event WHERE job = ?1", "t", id);
    if (code == AVT_OK)
        code = avt_sqlite_run(impl, reterr, "DELETE FROM idempotency WHERE job = ?1", "t", id);
    if (code == AVT_OK)
        code = avt_sqlite_run(impl, reterr, "DELETE FROM job WHERE id = ?1", "t", id);
    return code;
}

/* ---- claims ---------------------------------------------------------------------------------- */

/* ",lipsync,webhook,": looked into with instr(), so that one statement serves every set of types.
 */
static char *types_text(unsigned types)
{
    struct avt_buf buf = AVT_BUF_INIT(1024);
    avt_buf_append_char(&buf, ',');
    for (int i = 0; i < AVT_JOB_TYPE_COUNT; i++)
        if (types & (1u << i))
            avt_buf_printf(&buf, "%s,", avt_job_type_name((enum avt_job_type)i));
    return avt_buf_take(&buf);
}

/* ?1 now, ?2 types, ?3 short work only. The index job_pending has all of it, in this order. */
#define NEXT_PENDING                                                                               \
    "FROM job INDEXED BY job_pending WHERE status = 'pending' AND run_at_ms <= ?1 "                \
    "AND instr(?2, ',' || type || ',') > 0 AND (?3 = 0 OR short_work <> 0) "                       \
    "ORDER BY priority DESC, run_at_ms, id LIMIT 1"

enum avt_code avt_sqlite_claimable(void *impl, const struct avt_job_claim_options *options,
                                   int64_t now_ms, bool *ret_found, struct avt_error *reterr)
{
    int64_t found = 0;
    AVT_CLEANUP(avt_freep) char *types = types_text(options->types);
    enum avt_code code = avt_sqlite_integer(impl, &found, reterr, "SELECT 1 " NEXT_PENDING, "iti",
                                            now_ms, types, (int64_t)options->short_only);
    if (code == AVT_OK)
        *ret_found = found != 0;
    return code;
}

enum avt_code avt_sqlite_claim(void *impl, const struct avt_job_claim_options *options,
                               int64_t now_ms, struct avt_job *ret_job, struct avt_error *reterr)
{
    struct avt_job job = {0};
    AVT_CLEANUP(avt_freep) char *types = types_text(options->types);
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    int64_t sequence;
    enum avt_code code = avt_sqlite_prepare(
        impl, &stmt, reterr,
        "UPDATE job SET status = 'running', started_ms = ?1, updated_ms = ?1, attempt = attempt + "
        "1,"
        " lease_token = lease_token + 1, lease_owner = ?4, lease_until_ms = ?5, progress = 0,"
        " stage = '', stages_completed = 0, error_code = '', error_stage = '', error_message = ''"
        " WHERE sequence = (SELECT sequence " NEXT_PENDING ")"
        " RETURNING " AVT_SQLITE_JOB ", params, result",
        "ititi", now_ms, types, (int64_t)options->short_only, options->worker,
        now_ms + options->lease_ms);
    if (code == AVT_OK)
        code = avt_sqlite_step(impl, stmt, &row, reterr);
    if (code == AVT_OK && !row)
        return AVT_ENOENT;
    if (code == AVT_OK)
        code = avt_sqlite_read_job(impl, stmt, true, &job, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_json_decrefp) json_t *event = avt_job_status_event(&job);
    code = avt_sqlite_event_write(impl, job.id, "status", event, now_ms, &sequence, reterr);
    if (code == AVT_OK)
        *ret_job = job;
    else
        avt_job_done(&job);
    return code;
}

enum avt_code avt_sqlite_lost(void *impl, const struct avt_lease_query *query,
                              char ret_ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE], size_t *ret_count,
                              struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    size_t count = 0;
    enum avt_code code = avt_sqlite_prepare(
        impl, &stmt, reterr,
        "SELECT id FROM job INDEXED BY job_running WHERE status = 'running'"
        " AND (lease_until_ms < ?1 OR lease_owner = ?2) ORDER BY sequence LIMIT ?3",
        "iti", query->now_ms, query->dead_worker, (int64_t)AVT_RESCUE_BATCH);
    while (code == AVT_OK && (code = avt_sqlite_step(impl, stmt, &row, reterr)) == AVT_OK && row) {
        if (!avt_sqlite_text(stmt, 0, ret_ids[count], AVT_JOB_ID_SIZE))
            return avt_sqlite_damaged(impl, "an id in it is too long", reterr);
        count++;
    }
    if (code == AVT_OK)
        *ret_count = count;
    return code;
}

enum avt_code avt_sqlite_turn_back(void *impl, int64_t now_ms, struct avt_error *reterr)
{
    int64_t furthest_ms = 0;
    enum avt_code code = avt_sqlite_integer(
        impl, &furthest_ms, reterr,
        "SELECT max(updated_ms) FROM job WHERE status IN ('pending', 'running')", "");
    if (code != AVT_OK || furthest_ms <= now_ms + AVT_JOBSTORE_CLOCK_SLACK_MS)
        return code;
    return avt_sqlite_run(impl, reterr,
                          "UPDATE job SET run_at_ms = run_at_ms - CASE"
                          "  WHEN run_at_ms <= updated_ms THEN ?3 - ?1 ELSE updated_ms - ?1 END,"
                          " lease_until_ms = CASE lease_until_ms WHEN 0 THEN 0"
                          "  ELSE lease_until_ms - (updated_ms - ?1) END,"
                          " updated_ms = ?1"
                          " WHERE status IN ('pending', 'running') AND updated_ms > ?1 + ?2",
                          "iii", now_ms, (int64_t)AVT_JOBSTORE_CLOCK_SLACK_MS, furthest_ms);
}
