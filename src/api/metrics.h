/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Figures for Prometheus (text format 0.0.4). Counters are atomics; any thread. */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/jobstore.h"

struct avt_metrics;

/** @param routes  [count] path templates, borrowed for ever; @param methods  "GET", same order. */
struct avt_metrics *avt_metrics_new(const char *const *routes, const char *const *methods,
                                    size_t count);
void avt_metrics_free(struct avt_metrics *metrics);

/** One finished request. @param route  Index, or `count` for one that matched none. */
void avt_metrics_request(struct avt_metrics *metrics, size_t route, int status, double seconds,
                         uint64_t bytes_in, uint64_t bytes_out);
/** One job that ended: its stages and how its time compares with its film's. */
void avt_metrics_job(struct avt_metrics *metrics, const struct avt_job *job);

/** What is looked up when figures are asked for. */
struct avt_metrics_now {
    const char *version;
    double uptime_s;
    struct avt_job_stats stats;
    int64_t now_ms;
    size_t server_bytes; /* resident memory of this process */
    uint64_t disk_free_bytes, disk_total_bytes;
    unsigned connections, requests, streams, parked;
    uint64_t streams_dropped, timed_out;
    size_t workers, workers_busy;
    int64_t workers_bytes, models_bytes;
    long long workers_crashed, workers_started, rescued, removed;
};
void avt_metrics_write(struct avt_metrics *metrics, const struct avt_metrics_now *now,
                       struct avt_buf *buf);
