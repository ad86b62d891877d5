/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/jobstore_sqlite.h"

enum avt_code avt_sqlite_count(void *impl, const char *owner, unsigned statuses,
                               long long *ret_count, struct avt_error *reterr)
{
    int64_t pending = 0, running = 0;
    enum avt_code code = AVT_OK;
    avt_assert((statuses & ~(1u << AVT_JOB_PENDING | 1u << AVT_JOB_RUNNING)) == 0);
    if (statuses & (1u << AVT_JOB_PENDING))
        code = avt_sqlite_integer(
            impl, &pending, reterr,
            "SELECT count(*) FROM job INDEXED BY job_pending WHERE status = 'pending'"
            " AND (?1 IS NULL OR owner = ?1)",
            "t", owner);
    if (code == AVT_OK && statuses & (1u << AVT_JOB_RUNNING))
        code = avt_sqlite_integer(
            impl, &running, reterr,
            "SELECT count(*) FROM job INDEXED BY job_running WHERE status = 'running'"
            " AND (?1 IS NULL OR owner = ?1)",
            "t", owner);
    if (code == AVT_OK)
        *ret_count = pending + running;
    return code;
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Conditions that are left out rather than made always true, so that each list finds its index. */
enum { BY_OWNER = 1, BY_STATUS = 2, BY_TYPE = 4, BY_SINCE = 8, BY_FINISHED = 16 };

static enum avt_code list_statement(struct avt_sqlite *sqlite, int by, sqlite3_stmt **ret_stmt,
                                    struct avt_error *reterr)
{
    if (!sqlite->lists[by]) {
        struct avt_buf sql = AVT_BUF_INIT(4096);
        avt_buf_append_str(&sql, "SELECT " AVT_SQLITE_JOB ", params, result FROM job"
                                 " WHERE sequence < ?1");
        if (by & BY_OWNER)
            avt_buf_append_str(&sql, " AND owner = ?3");
        if (by & BY_STATUS)
            avt_buf_append_str(&sql, " AND status = ?4");
        avt_buf_append_str(&sql, by & BY_TYPE ? " AND type = ?5"
                                              : " AND instr(?5, ',' || type || ',') = 0");
        if (by & BY_SINCE)
            avt_buf_append_str(&sql, " AND created_ms >= ?6");
        if (by & BY_FINISHED)
            avt_buf_append_str(&sql, " AND finished_ms <> 0 AND finished_ms < ?7");
        avt_buf_append_str(&sql, " ORDER BY sequence DESC LIMIT ?2");
        int result = sqlite3_prepare_v3(sqlite->db, avt_buf_str(&sql), -1,
                                        SQLITE_PREPARE_PERSISTENT, &sqlite->lists[by], NULL);
        avt_buf_done(&sql);
        if (result != SQLITE_OK)
            return avt_sqlite_fail(sqlite, reterr);
    }
    *ret_stmt = sqlite->lists[by];
    return AVT_OK;
}

static enum avt_code bind_list(struct avt_sqlite *sqlite, sqlite3_stmt *stmt,
                               const struct avt_job_filter *filter, int by, int64_t below,
                               struct avt_error *reterr)
{
    int bad = sqlite3_bind_int64(stmt, 1, below);
    bad |= sqlite3_bind_int64(stmt, 2, (int64_t)filter->limit);
    if (by & BY_OWNER)
        bad |= sqlite3_bind_text(stmt, 3, filter->owner, -1, SQLITE_STATIC);
    if (by & BY_STATUS)
        bad |= sqlite3_bind_text(stmt, 4, avt_job_status_name((enum avt_job_status)filter->status),
                                 -1, SQLITE_STATIC);
    bad |= sqlite3_bind_text(stmt, 5,
                             by & BY_TYPE ? avt_job_type_name((enum avt_job_type)filter->type)
                                          : sqlite->hidden_types,
                             -1, SQLITE_STATIC);
    if (by & BY_SINCE)
        bad |= sqlite3_bind_int64(stmt, 6, filter->since_ms);
    if (by & BY_FINISHED)
        bad |= sqlite3_bind_int64(stmt, 7, filter->finished_before_ms);
    return bad == SQLITE_OK ? AVT_OK : avt_sqlite_fail(sqlite, reterr);
}

enum avt_code avt_sqlite_list(void *impl, const struct avt_job_filter *filter, int64_t below,
                              struct avt_job *jobs, size_t *ret_count, struct avt_error *reterr)
{
    int by = (filter->owner ? BY_OWNER : 0) | (filter->status >= 0 ? BY_STATUS : 0) |
             (filter->type >= 0 ? BY_TYPE : 0) | (filter->since_ms > 0 ? BY_SINCE : 0) |
             (filter->finished_before_ms != 0 ? BY_FINISHED : 0);
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = true;
    size_t count = 0;
    enum avt_code code = list_statement(impl, by, &stmt, reterr);
    if (code == AVT_OK)
        code = bind_list(impl, stmt, filter, by, below, reterr);
    while (code == AVT_OK && (code = avt_sqlite_step(impl, stmt, &row, reterr)) == AVT_OK && row) {
        code = avt_sqlite_read_job(impl, stmt, true, &jobs[count], reterr);
        count += code == AVT_OK;
    }
    if (code != AVT_OK) {
        while (count > 0)
            avt_job_done(&jobs[--count]);
        return code;
    }
    *ret_count = count;
    return AVT_OK;
}

enum avt_code avt_sqlite_resolve(void *impl, const char *prefix, const char *owner,
                                 char ret_ids[2][AVT_JOB_ID_SIZE], size_t *ret_count,
                                 struct avt_error *reterr)
{
    struct avt_sqlite *sqlite = impl;
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    size_t count = 0;
    /* "~" comes after every letter of an id. */
    enum avt_code code =
        avt_sqlite_prepare(impl, &stmt, reterr,
                           "SELECT id FROM job WHERE id >= ?1 AND id < ?1 || '~'"
                           " AND (?2 IS NULL OR owner = ?2) AND instr(?3, ',' || type || ',') = 0"
                           " ORDER BY id LIMIT 2",
                           "ttt", prefix, owner, sqlite->hidden_types);
    while (code == AVT_OK && (code = avt_sqlite_step(impl, stmt, &row, reterr)) == AVT_OK && row) {
        if (!avt_sqlite_text(stmt, 0, ret_ids[count], AVT_JOB_ID_SIZE))
            return avt_sqlite_damaged(impl, "an id in it is too long", reterr);
        count++;
    }
    if (code == AVT_OK)
        *ret_count = count;
    return code;
}

/* ---- statistics ------------------------------------------------------------------------------ */

static enum avt_code read_counts(struct avt_sqlite *sqlite, const char *owner,
                                 struct avt_job_stats *stats, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    enum avt_code code =
        avt_sqlite_prepare(sqlite, &stmt, reterr,
                           "SELECT type, status, count(*) FROM job INDEXED BY job_counts"
                           " WHERE (?1 IS NULL OR owner = ?1) GROUP BY type, status",
                           "t", owner);
    while (code == AVT_OK && (code = avt_sqlite_step(sqlite, stmt, &row, reterr)) == AVT_OK &&
           row) {
        char text[32];
        enum avt_job_type type;
        enum avt_job_status status;
        if (!avt_sqlite_text(stmt, 0, text, sizeof(text)) || !avt_job_type_parse(text, &type) ||
            !avt_sqlite_text(stmt, 1, text, sizeof(text)) || !avt_job_status_parse(text, &status))
            return avt_sqlite_damaged(sqlite, "a type of job in it is unknown", reterr);
        if (avt_job_type_listed(type))
            stats->count[type][status] = sqlite3_column_int64(stmt, 2);
    }
    return code;
}

static enum avt_code read_means(struct avt_sqlite *sqlite, const char *owner,
                                struct avt_job_stats *stats, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    long long jobs = 0;
    enum avt_code code = avt_sqlite_prepare(
        sqlite, &stmt, reterr,
        "SELECT type, count(*), avg(took), sum(stage_0), sum(stage_1), sum(stage_2), sum(stage_3),"
        " sum(stage_4), sum(stage_5) FROM (SELECT type, (finished_ms - started_ms) / 1000.0 AS "
        "took,"
        "  stage_0, stage_1, stage_2, stage_3, stage_4, stage_5 FROM job INDEXED BY job_completed"
        "  WHERE status = 'completed' AND (?1 IS NULL OR owner = ?1)"
        "  AND instr(?2, ',' || type || ',') = 0"
        "  ORDER BY finished_ms DESC, sequence DESC LIMIT 1000) GROUP BY type",
        "tt", owner, sqlite->hidden_types);
    while (code == AVT_OK && (code = avt_sqlite_step(sqlite, stmt, &row, reterr)) == AVT_OK &&
           row) {
        char text[32];
        enum avt_job_type type;
        if (!avt_sqlite_text(stmt, 0, text, sizeof(text)) || !avt_job_type_parse(text, &type))
            return avt_sqlite_damaged(sqlite, "a type of job in it is unknown", reterr);
        jobs += sqlite3_column_int64(stmt, 1);
        stats->seconds_mean[type] = sqlite3_column_double(stmt, 2);
        for (int i = 0; i < AVT_JOB_STAGES; i++)
            stats->stage_mean_s[i] += sqlite3_column_double(stmt, 3 + i);
    }
    for (int i = 0; i < AVT_JOB_STAGES && jobs > 0; i++)
        stats->stage_mean_s[i] /= (double)jobs;
    return code;
}

enum avt_code avt_sqlite_stats(void *impl, const char *owner, int64_t now_ms,
                               struct avt_job_stats *ret_stats, struct avt_error *reterr)
{
    struct avt_sqlite *sqlite = impl;
    struct avt_job_stats stats = {0};
    int64_t last_hour = 0, rescues = 0;
    enum avt_code code = read_counts(sqlite, owner, &stats, reterr);
    if (code == AVT_OK)
        code = read_means(sqlite, owner, &stats, reterr);
    if (code == AVT_OK)
        code = avt_sqlite_integer(
            sqlite, &stats.oldest_pending_ms, reterr,
            "SELECT min(created_ms) FROM job INDEXED BY job_pending WHERE status = 'pending'"
            " AND run_at_ms <= ?1 AND (?2 IS NULL OR owner = ?2)"
            " AND instr(?3, ',' || type || ',') = 0",
            "itt", now_ms, owner, sqlite->hidden_types);
    if (code == AVT_OK)
        code = avt_sqlite_integer(
            sqlite, &last_hour, reterr,
            "SELECT count(*) FROM job INDEXED BY job_completed WHERE status = 'completed'"
            " AND finished_ms >= ?1 - 3600000 AND (?2 IS NULL OR owner = ?2)"
            " AND instr(?3, ',' || type || ',') = 0",
            "itt", now_ms, owner, sqlite->hidden_types);
    if (code == AVT_OK)
        code = avt_sqlite_integer(sqlite, &rescues, reterr,
                                  "SELECT sum(rescues) FROM job WHERE rescues > 0"
                                  " AND (?1 IS NULL OR owner = ?1)"
                                  " AND instr(?2, ',' || type || ',') = 0",
                                  "tt", owner, sqlite->hidden_types);
    if (code != AVT_OK)
        return code;
    stats.completed_last_hour = last_hour;
    stats.rescues = rescues;
    *ret_stats = stats;
    return AVT_OK;
}

enum avt_code avt_sqlite_position(void *impl, const struct avt_job *job, int64_t now_ms,
                                  long long *ret_ahead, double *ret_estimate_s,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    int64_t start_ms = job->run_at_ms > now_ms ? job->run_at_ms : now_ms;
    enum avt_code code =
        avt_sqlite_prepare(impl, &stmt, reterr,
                           "SELECT count(*), total(estimate_s) FROM job INDEXED BY job_pending "
                           "WHERE status = 'pending'"
                           " AND type <> 'webhook' AND run_at_ms <= ?1"
                           " AND (priority > ?2 OR (priority = ?2 AND (run_at_ms, id) < (?3, ?4)))",
                           "iiit", start_ms, (int64_t)job->priority, job->run_at_ms, job->id);
    if (code == AVT_OK)
        code = avt_sqlite_step(impl, stmt, &row, reterr);
    if (code == AVT_OK && row) {
        *ret_ahead = sqlite3_column_int64(stmt, 0);
        *ret_estimate_s = sqlite3_column_double(stmt, 1);
    }
    return code;
}
