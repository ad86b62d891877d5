/* SPDX-License-Identifier: Apache-2.0 */
#include "store/job_view.h"

static json_t *known_seconds(double seconds)
{
    return seconds >= 0 ? json_real(seconds) : json_null();
}

/** Seconds until a job that waits is done, < 0 if its own length is not known. */
static double waiting_eta(const struct avt_job *job, int64_t now_ms, double ahead_s, int workers)
{
    if (job->estimate_s <= 0)
        return -1;
    double queue_s = ahead_s / (workers < 1 ? 1 : workers);
    double delay_s = (double)(job->run_at_ms - now_ms) / 1000;
    return (delay_s > queue_s ? delay_s : queue_s) + job->estimate_s;
}

/** Early progress says little (loading goes by steps): before a tenth the estimate counts, then the
 * pace so far. */
static double running_eta(const struct avt_job *job, int64_t now_ms, int progress)
{
    double spent_s = (double)(now_ms - job->started_ms) / 1000;
    if (spent_s < 0 || (progress < 10 && job->estimate_s <= 0))
        return -1;
    double left_s =
        progress < 10 ? job->estimate_s - spent_s : spent_s * (100 - progress) / progress;
    return left_s > 0 ? left_s : 0;
}

json_t *avt_job_view_at(struct avt_jobstore *store, const struct avt_job *job, int workers,
                        const struct avt_job_live *live, const struct avt_job_place *place)
{
    json_t *json = avt_job_to_json(job, false);
    int64_t now_ms = avt_jobstore_now_ms(store);
    bool waits = job->status == AVT_JOB_PENDING && place->known;
    double eta_s = waits ? waiting_eta(job, now_ms, place->ahead_s, workers) : -1;
    if (job->status == AVT_JOB_RUNNING) {
        int progress = live && live->progress > job->progress ? live->progress : job->progress;
        eta_s = live && live->eta_s >= 0 ? live->eta_s : running_eta(job, now_ms, progress);
        json_object_set_new(json, "progress", json_integer(progress));
    }
    json_object_set_new(json, "queue_position",
                        waits ? json_integer(place->ahead + 1) : json_null());
    json_object_set_new(json, "eta_seconds", known_seconds(eta_s));
    return json;
}

json_t *avt_job_view(struct avt_jobstore *store, const struct avt_job *job, int workers,
                     const struct avt_job_live *live)
{
    struct avt_job_place place = {0};
    if (job->status == AVT_JOB_PENDING)
        place.known =
            avt_jobstore_queue_position(store, job, &place.ahead, &place.ahead_s, NULL) == AVT_OK;
    return avt_job_view_at(store, job, workers, live, &place);
}

json_t *avt_job_stats_view(const struct avt_job_stats *stats, int64_t now_ms)
{
    json_t *jobs = json_object(), *by_type = json_object(), *mean = json_object();
    json_t *stages = json_object();
    double stage_sum = 0;
    for (int s = 0; s < AVT_JOB_STATUS_COUNT; s++) {
        long long count = 0;
        for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++)
            count += avt_job_type_listed((enum avt_job_type)t) ? stats->count[t][s] : 0;
        json_object_set_new(jobs, avt_job_status_name((enum avt_job_status)s), json_integer(count));
    }
    for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++) {
        const char *name = avt_job_type_name((enum avt_job_type)t);
        if (!avt_job_type_listed((enum avt_job_type)t))
            continue;
        json_t *counts = json_object();
        for (int s = 0; s < AVT_JOB_STATUS_COUNT; s++)
            json_object_set_new(counts, avt_job_status_name((enum avt_job_status)s),
                                json_integer(stats->count[t][s]));
        json_object_set_new(by_type, name, counts);
        if (stats->seconds_mean[t] > 0)
            json_object_set_new(mean, name, json_real(stats->seconds_mean[t]));
    }
    for (int i = 0; i < AVT_JOB_STAGES; i++) {
        stage_sum += stats->stage_mean_s[i];
        json_object_set_new(stages, avt_job_stage_name(i), json_real(stats->stage_mean_s[i]));
    }
    if (stage_sum <= 0) {
        json_decref(stages);
        stages = json_null();
    }
    double oldest_s =
        stats->oldest_pending_ms > 0 ? (double)(now_ms - stats->oldest_pending_ms) / 1000 : -1;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "jobs", jobs, "by_type", by_type,
                     "oldest_pending_s", known_seconds(oldest_s), "mean_stage_seconds", stages,
                     "mean_seconds", mean, "completed_last_hour",
                     (json_int_t)stats->completed_last_hour, "rescues", (json_int_t)stats->rescues);
}
