/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/jobstore_file.h"

char *avt_file_job_path(const struct avt_file_store *files, const char *id, const char *suffix)
{
    return avt_asprintf("%s/%s%s", files->jobs, id, suffix);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What the heartbeats said, if it is of this claim and not older than the job itself. A file that
 * is broken or missing means that they said nothing: it is not synced, and a loss of power may take
 * it. */
static void add_progress(struct avt_file_store *files, struct avt_job *job)
{
    AVT_CLEANUP(avt_freep) char *path = avt_file_job_path(files, job->id, ".progress.json");
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    const char *until = NULL, *updated = NULL, *stage = NULL;
    json_int_t token = 0;
    int progress = 0, stages = 0;
    int64_t until_ms, updated_ms;
    if (avt_file_read_json(files, path, AVT_FILE_RECORD_BYTES_MAX, &json, NULL) != AVT_OK ||
        json_unpack(json, "{s:I, s:s, s:s, s:i, s:s, s:i}", "token", &token, "until", &until,
                    "updated_at", &updated, "progress", &progress, "stage", &stage,
                    "stages_completed", &stages) != 0 ||
        !avt_time_parse_ms(until, &until_ms) || !avt_time_parse_ms(updated, &updated_ms) ||
        token != job->lease_token || updated_ms < job->updated_ms || progress < 0 ||
        progress > 100 || strlen(stage) >= sizeof(job->stage))
        return;
    job->lease_until_ms = until_ms;
    job->updated_ms = updated_ms;
    job->progress = progress;
    job->stages_completed = stages;
    memcpy(job->stage, stage, strlen(stage) + 1);
}

/* jobs/<id>.json as JSON and as a job. AVT_ENOENT without a message; any other failure names the
 * file. */
static enum avt_code read_job(struct avt_file_store *files, const char *id, json_t **ret_json,
                              struct avt_job *ret_job, struct avt_error *reterr)
{
    struct avt_job job = {0};
    struct avt_error why = {0};
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    AVT_CLEANUP(avt_freep) char *path = avt_file_job_path(files, id, ".json");
    enum avt_code code = avt_file_read_json(files, path, AVT_FILE_JOB_BYTES_MAX, &json, reterr);
    if (code != AVT_OK)
        return code;
    code = avt_job_from_json(json, &job, &why);
    if (code != AVT_OK)
        return avt_fail(reterr, code, "'%s' cannot be used: %s", path, why.message);
    if (!avt_str_equal(job.id, id)) {
        avt_job_done(&job);
        return avt_fail(reterr, AVT_EFORMAT,
                        "'%s' cannot be used: the id in it, %s, is not that of its name", path,
                        job.id);
    }
    if (job.status == AVT_JOB_RUNNING)
        add_progress(files, &job);
    if (ret_json)
        *ret_json = AVT_TAKE(json);
    *ret_job = job;
    return AVT_OK;
}

enum avt_code avt_file_job_load(void *impl, const char *id, bool documents, struct avt_job *ret_job,
                                struct avt_error *reterr)
{
    enum avt_code code = read_job(impl, id, NULL, ret_job, reterr);
    if (code == AVT_OK && !documents)
        avt_job_done(ret_job);
    return code;
}

static int64_t last_in_history(const json_t *json)
{
    const json_t *history = json_object_get(json, "history");
    size_t count = json_array_size(history);
    return count
               ? json_integer_value(json_object_get(json_array_get(history, count - 1), "sequence"))
               : 0;
}

static struct avt_file_more *put_in_index(struct avt_file_store *files, const struct avt_job *job)
{
    struct avt_job_head *head = avt_jobindex_put(files->index, job);
    if (!head->more) {
        struct avt_file_more *more = avt_new0(struct avt_file_more, 1);
        more->events_size = -1;
        head->more = more;
    }
    return head->more;
}

void avt_file_index_job(struct avt_file_store *files, const char *id)
{
    struct avt_job job = {0};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    enum avt_code code = read_job(files, id, &json, &job, &error);
    if (code != AVT_OK) {
        avt_jobindex_remove(files->index, id);
        if (code != AVT_ENOENT)
            avt_jobstore_report(files->store, "a job is passed over: %s", error.message);
        return;
    }
    int64_t a = last_in_history(json), b = avt_file_events_last(files, id);
    put_in_index(files, &job)->last_event = a > b ? a : b;
    avt_job_done(&job);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void add_to_history(json_t *json, const json_t *event, int64_t sequence, int64_t at_ms)
{
    char at[AVT_TIME_SIZE];
    json_t *history = json_object_get(json, "history");
    if (!json_is_array(history)) {
        history = json_array();
        json_object_set_new(json, "history", history);
    }
    avt_time_format_ms(at_ms, at);
    json_t *entry = json_pack("{s:I, s:s}", "sequence", (json_int_t)sequence, "at", at);
    json_t *data = json_deep_copy(event);
    json_object_update_missing(entry, data);
    json_decref(data);
    json_array_append_new(history, entry);
    while (json_array_size(history) > AVT_FILE_HISTORY_MAX)
        json_array_remove(history, 0);
}

/* The new form of a job over its old one, whose unknown fields stay: a person may have put them
 * there. */
static json_t *merge(json_t *old, const struct avt_job *job)
{
    json_t *new = avt_job_to_json(job, true);
    if (!job->params)
        json_object_del(new, "params");
    if (!job->result && json_object_get(old, "result"))
        json_object_del(new, "result");
    json_object_update(old, new);
    json_decref(new);
    return old;
}

static enum avt_code write_merged(struct avt_file_store *files, const struct avt_job *job,
                                  json_t *old, const json_t *event, struct avt_error *reterr)
{
    json_t *json = merge(old, job);
    if (event)
        add_to_history(json, event, ++files->sequence, job->updated_ms);
    enum avt_code code =
        avt_file_stage(files, avt_file_job_path(files, job->id, ".json"), json, true, reterr);
    if (code != AVT_OK)
        return code;
    /* What heartbeats said is in the job now. */
    avt_file_stage_remove(files, avt_file_job_path(files, job->id, ".progress.json"));
    avt_file_mark_changed(files, job->id);
    struct avt_file_more *more = put_in_index(files, job);
    if (event)
        more->last_event = files->sequence;
    return AVT_OK;
}

enum avt_code avt_file_write_job(struct avt_file_store *files, const struct avt_job *job,
                                 const json_t *event, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *old = NULL;
    AVT_CLEANUP(avt_freep) char *path = avt_file_job_path(files, job->id, ".json");
    enum avt_code code = avt_file_read_json(files, path, AVT_FILE_JOB_BYTES_MAX, &old, reterr);
    return code == AVT_OK ? write_merged(files, job, old, event, reterr) : code;
}

enum avt_code avt_file_job_insert(void *impl, struct avt_job *job, const char *params_text,
                                  const json_t *event, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    AVT_CLEANUP(avt_json_decrefp) json_t *empty = json_object();
    (void)params_text;
    job->sequence = files->sequence + 1; /* that of its first event */
    return write_merged(files, job, empty, event, reterr);
}

static enum avt_code write_progress(struct avt_file_store *files, const struct avt_job *job,
                                    struct avt_error *reterr)
{
    char until[AVT_TIME_SIZE], updated[AVT_TIME_SIZE];
    avt_time_format_ms(job->lease_until_ms, until);
    avt_time_format_ms(job->updated_ms, updated);
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json =
        json_pack("{s:I, s:s, s:s, s:i, s:s, s:i}", "token", (json_int_t)job->lease_token, "until",
                  until, "updated_at", updated, "progress", job->progress, "stage", job->stage,
                  "stages_completed", job->stages_completed);
    /* Not synced: other processes see it all the same, and when the power goes they are gone too.
     * So a lease is never shorter to them than its worker believes. */
    enum avt_code code = avt_file_stage(files, avt_file_job_path(files, job->id, ".progress.json"),
                                        json, false, reterr);
    if (code != AVT_OK)
        return code;
    avt_file_mark_changed(files, job->id);
    (void)put_in_index(files, job);
    return AVT_OK;
}

enum avt_code avt_file_job_update(void *impl, const struct avt_job *job, const json_t *event,
                                  struct avt_error *reterr)
{
    return event ? avt_file_write_job(impl, job, event, reterr) : write_progress(impl, job, reterr);
}

enum avt_code avt_file_job_remove(void *impl, const char *id, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    (void)reterr;
    /* Idempotency entries of a job that is gone are as good as none, and go when they expire. */
    avt_file_stage_remove(files, avt_file_job_path(files, id, ".json"));
    avt_file_stage_remove(files, avt_file_job_path(files, id, ".progress.json"));
    avt_file_stage_remove(files, avt_file_job_path(files, id, ".events.jsonl"));
    avt_file_mark_changed(files, id);
    avt_jobindex_remove(files->index, id);
    return AVT_OK;
}

enum avt_code avt_file_claim(void *impl, const struct avt_job_claim_options *options,
                             int64_t now_ms, struct avt_job *ret_job, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    struct avt_job_head *head;
    while ((head = avt_jobindex_next(files->index, options, now_ms))) {
        struct avt_job job = {0};
        struct avt_error why = {0};
        char id[AVT_JOB_ID_SIZE];
        memcpy(id, head->id, sizeof(id));
        enum avt_code code = read_job(files, id, NULL, &job, &why);
        if (code != AVT_OK || job.status != AVT_JOB_PENDING) {
            /* Somebody edits files under us. What is there now counts, and only that. */
            avt_job_done(&job);
            avt_file_index_job(files, id);
            head = avt_jobindex_find(files->index, id);
            if (head && head->status == AVT_JOB_PENDING)
                return avt_fail(reterr, AVT_EIO, "'%s/%s.json' changes while it is read",
                                files->jobs, id);
            continue;
        }
        avt_job_set_claimed(&job, options, now_ms);
        AVT_CLEANUP(avt_json_decrefp) json_t *event = avt_job_status_event(&job);
        code = avt_file_write_job(files, &job, event, reterr);
        if (code == AVT_OK)
            *ret_job = job;
        else
            avt_job_done(&job);
        return code;
    }
    return AVT_ENOENT;
}

enum avt_code avt_file_turn_back(void *impl, int64_t now_ms, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    size_t count, found = 0;
    struct avt_job_head *const *heads = avt_jobindex_all(files->index, &count);
    char(*ids)[AVT_JOB_ID_SIZE] = (char(*)[AVT_JOB_ID_SIZE])avt_alloc0(count, AVT_JOB_ID_SIZE);
    for (size_t i = 0; i < count; i++)
        if (avt_jobindex_is_ahead(heads[i], now_ms))
            memcpy(ids[found++], heads[i]->id, AVT_JOB_ID_SIZE);
    int64_t furthest_ms = avt_jobindex_furthest(files->index);
    enum avt_code code = AVT_OK;
    for (size_t i = 0; i < found && code == AVT_OK; i++) {
        struct avt_job job = {0};
        code = avt_file_job_load(files, ids[i], false, &job, reterr);
        if (code != AVT_OK)
            break;
        avt_job_turn_back(&job, now_ms, furthest_ms);
        code = avt_file_write_job(files, &job, NULL, reterr);
    }
    avt_free(ids);
    return code;
}

/* ---- questions ------------------------------------------------------------------------------- */

enum avt_code avt_file_claimable(void *impl, const struct avt_job_claim_options *options,
                                 int64_t now_ms, bool *ret_found, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code == AVT_OK)
        *ret_found = avt_jobindex_next(files->index, options, now_ms) != NULL;
    return code;
}

enum avt_code avt_file_lost(void *impl, const struct avt_lease_query *query,
                            char ret_ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE], size_t *ret_count,
                            struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code == AVT_OK)
        *ret_count = avt_jobindex_lost(files->index, query, ret_ids);
    return code;
}

enum avt_code avt_file_count(void *impl, const char *owner, unsigned statuses, long long *ret_count,
                             struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code == AVT_OK)
        *ret_count = avt_jobindex_count(files->index, owner, statuses);
    return code;
}

enum avt_code avt_file_list(void *impl, const struct avt_job_filter *filter, int64_t below,
                            struct avt_job *jobs, size_t *ret_count, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    size_t count, filled = 0;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep)
    struct avt_job_head **heads = avt_new0(struct avt_job_head *, filter->limit);
    count = avt_jobindex_page(files->index, filter, below, heads, filter->limit);
    for (size_t i = 0; i < count; i++) {
        /* One that is gone since, or broken, is left out like any other. */
        if (read_job(files, heads[i]->id, NULL, &jobs[filled], NULL) == AVT_OK)
            filled++;
    }
    *ret_count = filled;
    return AVT_OK;
}

enum avt_code avt_file_resolve(void *impl, const char *prefix, const char *owner,
                               char ret_ids[2][AVT_JOB_ID_SIZE], size_t *ret_count,
                               struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code == AVT_OK)
        *ret_count = avt_jobindex_resolve(files->index, prefix, owner, ret_ids);
    return code;
}

enum avt_code avt_file_stats(void *impl, const char *owner, int64_t now_ms,
                             struct avt_job_stats *ret_stats, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code == AVT_OK)
        avt_jobindex_stats(files->index, owner, now_ms, ret_stats);
    return code;
}

enum avt_code avt_file_position(void *impl, const struct avt_job *job, int64_t now_ms,
                                long long *ret_ahead, double *ret_estimate_s,
                                struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code == AVT_OK)
        avt_jobindex_position(files->index, job, now_ms, ret_ahead, ret_estimate_s);
    return code;
}
