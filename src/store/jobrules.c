/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/jobstore_ops.h"

json_t *avt_job_status_event(const struct avt_job *job)
{
    json_t *event =
        json_pack("{s:s, s:i, s:s, s:i}", "status", avt_job_status_name(job->status), "progress",
                  job->progress, "stage", job->stage, "attempt", job->attempt);
    if (job->error_code[0])
        json_object_set_new(event, "error",
                            json_pack("{s:s, s:s, s:s}", "code", job->error_code, "message",
                                      job->error_message, "stage", job->error_stage));
    return event;
}

void avt_job_set_status(struct avt_job *job, enum avt_job_status status, int64_t now_ms)
{
    avt_assert(avt_job_transition_allowed(job->status, status));
    job->status = status;
    job->updated_ms = now_ms;
    job->lease_owner[0] = '\0';
    job->lease_until_ms = 0;
    if (avt_job_status_final(status)) {
        job->finished_ms = now_ms;
    } else {
        job->progress = 0;
        job->stage[0] = '\0';
        job->stages_completed = 0;
    }
}

void avt_job_set_claimed(struct avt_job *job, const struct avt_job_claim_options *options,
                         int64_t now_ms)
{
    avt_job_set_status(job, AVT_JOB_RUNNING, now_ms);
    job->started_ms = now_ms;
    job->attempt++;
    job->lease_token++;
    job->lease_until_ms = now_ms + options->lease_ms;
    memcpy(job->lease_owner, options->worker, strlen(options->worker) + 1);
    job->error_code[0] = job->error_message[0] = job->error_stage[0] = '\0';
}

void avt_job_turn_back(struct avt_job *job, int64_t now_ms, int64_t furthest_ms)
{
    int64_t ahead_ms = job->updated_ms - now_ms;
    /* Those that were due keep their order among each other; those that wait have as long to wait.
     */
    job->run_at_ms -= job->run_at_ms <= job->updated_ms ? furthest_ms - now_ms : ahead_ms;
    if (job->lease_until_ms)
        job->lease_until_ms -= ahead_ms;
    job->updated_ms = now_ms;
}

enum avt_code avt_job_events_full(const char *job, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ELIMIT, "%s has the %d events that a job may have", job,
                    AVT_JOBSTORE_EVENTS_MAX);
}

bool avt_record_visible(const struct avt_record *record, const char *owner, int64_t now_ms)
{
    return (!owner || avt_str_equal(record->owner, owner)) &&
           (record->expires_ms == 0 || record->expires_ms > now_ms);
}

bool avt_record_asked_for(const struct avt_record *record, const struct avt_record_query *query)
{
    const struct avt_record_mark *mark = &query->mark;
    bool after = record->created_ms != mark->created_ms ? record->created_ms < mark->created_ms
                                                        : strcmp(record->id, mark->id) > 0;
    return after && avt_record_visible(record, query->owner, query->now_ms);
}

static int newest_first(const void *a, const void *b)
{
    const struct avt_record *x = a, *y = b;
    if (x->created_ms != y->created_ms)
        return x->created_ms > y->created_ms ? -1 : 1;
    return strcmp(x->id, y->id);
}

void avt_records_sort(struct avt_record *records, size_t *count, size_t limit)
{
    qsort(records, *count, sizeof(*records), newest_first);
    while (*count > limit)
        avt_record_done(&records[--*count]);
}

void avt_job_list_done(struct avt_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        avt_job_done(&jobs[i]);
    avt_free(jobs);
}

void avt_job_events_done(struct avt_job_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(events[i].data);
    avt_free(events);
}

const char *avt_record_text(const struct avt_record *record, const char *name)
{
    return json_string_value(json_object_get(record->data, name));
}

void avt_record_copy(json_t *to, const struct avt_record *record, const char *name)
{
    json_t *value = json_object_get(record->data, name);
    json_object_set_new(to, name, value ? json_deep_copy(value) : json_null());
}

json_t *avt_json_time(int64_t ms)
{
    char text[AVT_TIME_SIZE];
    if (ms <= 0)
        return json_null();
    avt_time_format_ms(ms, text);
    return json_string(text);
}

void avt_record_done(struct avt_record *record)
{
    json_decref(record->data);
    record->data = NULL;
}

void avt_records_done(struct avt_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        avt_record_done(&records[i]);
    avt_free(records);
}
