/* SPDX-License-Identifier: Apache-2.0 */
#include "api/metrics.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "base/str.h"

/* Statuses that are counted one by one; the last is all others. */
static const int statuses[] = {101, 200, 201, 202, 204, 206, 304, 400, 401, 403,
                               404, 405, 408, 409, 412, 413, 414, 415, 416, 422,
                               426, 429, 431, 499, 500, 501, 503, 507, 0};
enum { STATUS_COUNT = sizeof(statuses) / sizeof(*statuses) };

/* Upper bounds in seconds. */
static const double request_bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                        0.1,   0.25,   1,     10,   60};
static const double stage_bounds[] = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800};
static const double factor_bounds[] = {0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10};
enum { BOUND_COUNT = sizeof(request_bounds) / sizeof(*request_bounds), STAGE_COUNT = 6 };

struct histogram {
    atomic_ullong counts[BOUND_COUNT + 1];
    atomic_ullong sum_us;
};
struct route {
    atomic_ullong by_status[STATUS_COUNT];
    struct histogram seconds;
};
struct avt_metrics {
    const char *const *names, *const *methods;
    size_t count;
    struct route *routes; /* [count + 1] */
    atomic_ullong bytes_in, bytes_out;
    struct histogram stages[STAGE_COUNT];
    struct histogram factor; /* seconds of work per second of film or sound */
    atomic_ullong film_ms;
};

struct avt_metrics *avt_metrics_new(const char *const *routes, const char *const *methods,
                                    size_t count)
{
    struct avt_metrics *metrics = avt_new0(struct avt_metrics, 1);
    metrics->names = routes;
    metrics->methods = methods;
    metrics->count = count;
    metrics->routes = avt_new0(struct route, count + 1);
    return metrics;
}

void avt_metrics_free(struct avt_metrics *metrics)
{
    if (!metrics)
        return;
    avt_free(metrics->routes);
    avt_free(metrics);
}

static void observe(struct histogram *histogram, const double *bounds, double value)
{
    size_t i = 0;
    while (i < BOUND_COUNT && value > bounds[i])
        i++;
    atomic_fetch_add_explicit(&histogram->counts[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, (unsigned long long)(value * 1e6),
                              memory_order_relaxed);
}

void avt_metrics_request(struct avt_metrics *metrics, size_t route, int status, double seconds,
                         uint64_t bytes_in, uint64_t bytes_out)
{
    struct route *counted = &metrics->routes[route < metrics->count ? route : metrics->count];
    size_t i = 0;
    while (i + 1 < STATUS_COUNT && statuses[i] != status)
        i++;
    atomic_fetch_add_explicit(&counted->by_status[i], 1, memory_order_relaxed);
    observe(&counted->seconds, request_bounds, seconds);
    atomic_fetch_add_explicit(&metrics->bytes_in, bytes_in, memory_order_relaxed);
    atomic_fetch_add_explicit(&metrics->bytes_out, bytes_out, memory_order_relaxed);
}

void avt_metrics_job(struct avt_metrics *metrics, const struct avt_job *job)
{
    if (job->status != AVT_JOB_COMPLETED)
        return;
    for (int i = 0; i < STAGE_COUNT; i++) {
        if (job->stage_s[i] > 0)
            observe(&metrics->stages[i], stage_bounds, job->stage_s[i]);
    }
    double film_s = json_number_value(json_object_get(job->result, "duration_s"));
    double work_s = (double)(job->finished_ms - job->started_ms) / 1000;
    if (film_s > 0 && work_s > 0) {
        observe(&metrics->factor, factor_bounds, work_s / film_s);
        atomic_fetch_add_explicit(&metrics->film_ms, (unsigned long long)(film_s * 1000),
                                  memory_order_relaxed);
    }
}

/* ---- writing -------------------------------------------------------------------------------- */

static void head(struct avt_buf *buf, const char *name, const char *type, const char *help)
{
    avt_buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(struct avt_buf *buf, const char *name, const char *type, const char *help,
                   double value)
{
    head(buf, name, type, help);
    avt_buf_printf(buf, "%s %.15g\n", name, value);
}

/* `labels` ends with a comma if there are any. */
static void write_histogram(struct avt_buf *buf, const char *name, const char *labels,
                            const double *bounds, struct histogram *histogram)
{
    unsigned long long total = 0;
    size_t size = strlen(labels);
    for (size_t i = 0; i < BOUND_COUNT; i++) {
        total += atomic_load(&histogram->counts[i]);
        avt_buf_printf(buf, "%s_bucket{%sle=\"%g\"} %llu\n", name, labels, bounds[i], total);
    }
    total += atomic_load(&histogram->counts[BOUND_COUNT]);
    avt_buf_printf(buf, "%s_bucket{%sle=\"+Inf\"} %llu\n", name, labels, total);
    /* "a="b"," without its comma. */
    AVT_CLEANUP(avt_freep)
    char *plain = size ? avt_asprintf("{%.*s}", (int)size - 1, labels) : avt_strdup("");
    avt_buf_printf(buf, "%s_sum%s %.6f\n%s_count%s %llu\n", name, plain,
                   (double)atomic_load(&histogram->sum_us) / 1e6, name, plain, total);
}

static void write_http(struct avt_metrics *metrics, struct avt_buf *buf)
{
    head(buf, "avatar_http_requests_total", "counter", "Requests by route and status.");
    for (size_t r = 0; r <= metrics->count; r++) {
        for (size_t s = 0; s < STATUS_COUNT; s++) {
            unsigned long long count = atomic_load(&metrics->routes[r].by_status[s]);
            if (count == 0)
                continue;
            bool known = r < metrics->count;
            avt_buf_printf(
                buf, "avatar_http_requests_total{method=\"%s\",route=\"%s\",code=\"%d\"} %llu\n",
                known ? metrics->methods[r] : "", known ? metrics->names[r] : "", statuses[s],
                count);
        }
    }
    head(buf, "avatar_http_request_seconds", "histogram", "Seconds from the headers to the end.");
    for (size_t r = 0; r < metrics->count; r++) {
        unsigned long long any = 0;
        for (size_t i = 0; i <= BOUND_COUNT; i++)
            any += atomic_load(&metrics->routes[r].seconds.counts[i]);
        if (any == 0)
            continue;
        AVT_CLEANUP(avt_freep)
        char *labels =
            avt_asprintf("method=\"%s\",route=\"%s\",", metrics->methods[r], metrics->names[r]);
        write_histogram(buf, "avatar_http_request_seconds", labels, request_bounds,
                        &metrics->routes[r].seconds);
    }
    single(buf, "avatar_http_received_bytes_total", "counter", "Bytes of request bodies.",
           (double)atomic_load(&metrics->bytes_in));
    single(buf, "avatar_http_sent_bytes_total", "counter", "Bytes of answers.",
           (double)atomic_load(&metrics->bytes_out));
}

static void write_jobs(struct avt_metrics *metrics, const struct avt_metrics_now *now,
                       struct avt_buf *buf)
{
    const struct avt_job_stats *stats = &now->stats;
    head(buf, "avatar_jobs", "gauge", "Jobs in the store by type and status.");
    for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++) {
        if (!avt_job_type_listed((enum avt_job_type)t))
            continue;
        for (int s = 0; s < AVT_JOB_STATUS_COUNT; s++)
            avt_buf_printf(buf, "avatar_jobs{type=\"%s\",status=\"%s\"} %lld\n",
                           avt_job_type_name((enum avt_job_type)t),
                           avt_job_status_name((enum avt_job_status)s), stats->count[t][s]);
    }
    double age =
        stats->oldest_pending_ms > 0 ? (double)(now->now_ms - stats->oldest_pending_ms) / 1000 : 0;
    single(buf, "avatar_queue_age_seconds", "gauge",
           "Age of the oldest waiting job; 0 if none waits.", age > 0 ? age : 0);
    single(buf, "avatar_jobs_completed_last_hour", "gauge", "Jobs completed in the last hour.",
           (double)stats->completed_last_hour);
    single(buf, "avatar_lease_losses_total", "counter", "Leases lost by workers that died or hung.",
           (double)stats->rescues);
    head(buf, "avatar_stage_seconds", "histogram", "Busy seconds of each stage of completed jobs.");
    for (int i = 0; i < STAGE_COUNT; i++) {
        AVT_CLEANUP(avt_freep) char *labels = avt_asprintf("stage=\"%s\",", avt_job_stage_name(i));
        write_histogram(buf, "avatar_stage_seconds", labels, stage_bounds, &metrics->stages[i]);
    }
    head(buf, "avatar_real_time_factor", "histogram",
         "Seconds of work per second of film or sound.");
    write_histogram(buf, "avatar_real_time_factor", "", factor_bounds, &metrics->factor);
    single(buf, "avatar_made_seconds_total", "counter", "Seconds of film and sound made.",
           (double)atomic_load(&metrics->film_ms) / 1000);
}

static void write_machine(const struct avt_metrics_now *now, struct avt_buf *buf)
{
    head(buf, "avatar_info", "gauge", "Version of the program.");
    avt_buf_printf(buf, "avatar_info{version=\"%s\"} 1\n", now->version);
    single(buf, "avatar_uptime_seconds", "gauge", "Since the server started.", now->uptime_s);
    single(buf, "avatar_server_memory_bytes", "gauge", "Resident memory of the server process.",
           (double)now->server_bytes);
    single(buf, "avatar_workers_memory_bytes", "gauge", "Resident memory of the workers.",
           (double)now->workers_bytes);
    single(buf, "avatar_models_memory_bytes", "gauge", "Memory of the models that workers hold.",
           (double)now->models_bytes);
    head(buf, "avatar_workers", "gauge", "Workers that answer.");
    avt_buf_printf(buf, "avatar_workers{state=\"busy\"} %zu\navatar_workers{state=\"idle\"} %zu\n",
                   now->workers_busy, now->workers - now->workers_busy);
    single(buf, "avatar_workers_started_total", "counter", "Worker processes started.",
           (double)now->workers_started);
    single(buf, "avatar_workers_crashed_total", "counter", "Worker processes that crashed.",
           (double)now->workers_crashed);
    single(buf, "avatar_jobs_removed_total", "counter", "Jobs removed by retention.",
           (double)now->removed);
    single(buf, "avatar_disk_free_bytes", "gauge", "Free where the storage is.",
           (double)now->disk_free_bytes);
    single(buf, "avatar_disk_size_bytes", "gauge", "Size of the disk where the storage is.",
           (double)now->disk_total_bytes);
    single(buf, "avatar_http_connections", "gauge", "Open connections.", now->connections);
    single(buf, "avatar_http_streams", "gauge", "Event streams and WebSockets.", now->streams);
    single(buf, "avatar_http_waiting", "gauge", "Requests that wait for a job.", now->parked);
    single(buf, "avatar_http_streams_dropped_total", "counter",
           "Streams dropped, too slow a client.", (double)now->streams_dropped);
    single(buf, "avatar_http_timed_out_total", "counter", "Connections closed at a deadline.",
           (double)now->timed_out);
}

void avt_metrics_write(struct avt_metrics *metrics, const struct avt_metrics_now *now,
                       struct avt_buf *buf)
{
    write_machine(now, buf);
    write_jobs(metrics, now, buf);
    write_http(metrics, buf);
}
