/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What people and programs are told of jobs: the JSON form of a job with its place in the queue and
 * the time to go, and of the statistics. The API answers with these and the commands print them, so
 * that a command says the same with a server and without.
 */
#include "store/jobstore.h"

/** What a worker says while it works; not in the store. */
struct avt_job_live {
    double eta_s; /* seconds to go; < 0: not known */
    int progress; /* 0..100; < 0: not known */
};

/** Where a job waits. */
struct avt_job_place {
    bool known;
    long long ahead;
    double ahead_s; /* sum of the estimates of those */
};

/**
 * avt_job_to_json(job, false) with "queue_position" (1 is next; null unless it waits) and
 * "eta_seconds" (null when it has ended or nothing is known).
 * @param workers  That share the queue; < 1: one.
 * @param live     NULL: what the store knows.
 * @return the object, a new reference. Without a figure from the store these two are null.
 */
json_t *avt_job_view(struct avt_jobstore *store, const struct avt_job *job, int workers,
                     const struct avt_job_live *live);
/** The same for who knows the place already. */
json_t *avt_job_view_at(struct avt_jobstore *store, const struct avt_job *job, int workers,
                        const struct avt_job_live *live, const struct avt_job_place *place);
/** "JobStatsResponse" of the API. Types that no list shows are left out. New reference. */
json_t *avt_job_stats_view(const struct avt_job_stats *stats, int64_t now_ms);
