/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of itself: /, /health, /ready, /status, /metrics, /openapi.json. */
#include <math.h>
#include <stdio.h>

#include "api/auth.h"
#include "api/call.h"
#include "api/machine.h"
#include "api/upload.h"
#include "api_handlers.h"
#include "avt_config.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/gpu.h"
#include "os/proc.h"

static double uptime_s(const struct avt_api *api)
{
    return round((avt_now_s() - api->started_s) * 1000) / 1000;
}

void avt_route_get_root(struct avt_http_request *request, void *user)
{
    (void)user;
    json_t *links = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "docs", "/docs", "redoc",
                              "/redoc", "openapi", "/openapi.json", "health", "/health", "jobs",
                              "/jobs", "voices", "/voice/profiles", "avatars", "/avatar/profiles");
    avt_call_json(
        avt_call(request), 200,
        json_pack("{s:s, s:s, s:o}", "name", "avatar", "version", AVT_VERSION, "links", links));
}

void avt_route_get_health(struct avt_http_request *request, void *user)
{
    struct avt_api *api = user;
    /* Asked often, so without a tree. */
    char body[128];
    int size =
        snprintf(body, sizeof(body), "{\"status\":\"ok\",\"version\":\"%s\",\"uptime_s\":%.3f}",
                 AVT_VERSION, avt_now_s() - api->started_s);
    avt_http_answer(request, 200, "application/json", body, (size_t)size);
}

/* ---- workers
 * ---------------------------------------------------------------------------------------- */

struct workers {
    struct avt_worker_status *list; /* owned */
    size_t count;
};

static void workers_done(struct workers *workers)
{
    avt_free(workers->list);
}

static struct workers workers_of(struct avt_api *api)
{
    struct workers workers = {avt_new0(struct avt_worker_status, AVT_LINK_WORKERS_MAX), 0};
    struct avt_supervisor *supervisor = atomic_load(&api->supervisor);
    if (supervisor)
        workers.count = avt_supervisor_workers(supervisor, workers.list, AVT_LINK_WORKERS_MAX);
    return workers;
}

void avt_route_get_ready(struct avt_http_request *request, void *user)
{
    struct avt_api *api = user;
    struct avt_job_filter filter = {.status = -1, .type = -1, .limit = 1};
    struct avt_job *jobs = NULL;
    size_t count = 0;
    char cursor[64];
    struct avt_error error = {0};
    struct avt_machine machine;
    avt_machine_look(api->storage, &machine);
    bool store =
        avt_jobstore_list(api->options.store, &filter, &jobs, &count, cursor, &error) == AVT_OK;
    avt_job_list_done(jobs, count);
    bool disk = machine.disk_free_bytes >= (uint64_t)api->options.free_bytes_min;
    bool draining = atomic_load(&api->draining);
    AVT_CLEANUP(workers_done) struct workers workers = workers_of(api);
    json_t *checks = json_pack("{s:s, s:s, s:s}", "store", store ? "ok" : "does not answer", "disk",
                               disk ? "ok" : "less is free than --free-space keeps", "shutdown",
                               draining ? "the server is shutting down" : "ok");
    bool ready = store && disk && !draining;
    if (!ready)
        avt_http_add_header(request, "Retry-After", "5");
    avt_call_json(avt_call(request), ready ? 200 : 503,
                  json_pack("{s:b, s:o, s:I}", "ready", ready, "checks", checks, "workers",
                            (json_int_t)workers.count));
}

/* ---- status
 * --------------------------------------------------------------------------------------------- */

static json_t *megabytes(double bytes)
{
    return json_real(round(bytes / 1e5) / 10);
}

static json_t *gpus_json(void)
{
    struct avt_gpu gpus[AVT_GPUS_MAX];
    size_t count = avt_gpus_look(gpus);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list,
            json_pack("{s:s, s:o, s:o, s:o}", "name", gpus[i].name, "memory_total_mb",
                      megabytes((double)gpus[i].memory_total_bytes), "memory_used_mb",
                      megabytes((double)gpus[i].memory_used_bytes), "utilization_percent",
                      gpus[i].utilization_percent < 0 ? json_null()
                                                      : json_integer(gpus[i].utilization_percent)));
    return list;
}

static json_t *worker_json(const struct avt_worker_status *worker)
{
    const char *state = worker->draining ? "draining" : worker->job[0] ? "busy" : "idle";
    return json_pack("{s:s, s:i, s:s, s:o, s:b, s:o, s:I, s:f}", "name", worker->name, "pid",
                     worker->pid, "state", state, "job",
                     worker->job[0] ? json_string(worker->job) : json_null(), "interactive",
                     worker->interactive, "memory_mb", megabytes((double)worker->rss_bytes),
                     "jobs_done", (json_int_t)worker->jobs_done, "uptime_s", worker->uptime_s);
}

/* `all`: a key sees on what others' workers are, not on whose jobs. */
static json_t *workers_json(const struct workers *workers, bool all)
{
    json_t *list = json_array();
    for (size_t i = 0; i < workers->count; i++) {
        json_t *worker = worker_json(&workers->list[i]);
        if (!all)
            json_object_set_new(worker, "job", json_null());
        json_array_append_new(list, worker);
    }
    return list;
}

static json_t *models_json(const struct workers *workers)
{
    json_t *list = json_array();
    for (size_t i = 0; i < workers->count; i++)
        for (size_t m = 0; m < workers->list[i].model_count; m++)
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:o, s:f}", "id", workers->list[i].models[m].id,
                                "worker", workers->list[i].name, "size_mb",
                                megabytes((double)workers->list[i].models[m].bytes), "idle_s",
                                workers->list[i].models[m].idle_s));
    return list;
}

static json_t *memory_json(const struct avt_api *api, const struct avt_machine *machine,
                           const struct workers *workers)
{
    double bytes = 0;
    for (size_t i = 0; i < workers->count; i++)
        bytes += (double)workers->list[i].rss_bytes;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o}", "total_mb", megabytes((double)machine->memory_total_bytes),
        "available_mb", megabytes((double)avt_memory_available_bytes()), "server_mb",
        megabytes((double)avt_memory_now_bytes()), "workers_mb", megabytes(bytes), "budget_mb",
        api->options.budget_bytes > 0 ? megabytes((double)api->options.budget_bytes) : json_null());
}

static json_t *jobs_json(const struct avt_job_stats *stats)
{
    json_t *jobs = json_object();
    for (int s = 0; s < AVT_JOB_STATUS_COUNT; s++) {
        long long count = 0;
        for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++)
            count += avt_job_type_listed((enum avt_job_type)t) ? stats->count[t][s] : 0;
        json_object_set_new(jobs, avt_job_status_name((enum avt_job_status)s), json_integer(count));
    }
    return jobs;
}

void avt_route_get_status(struct avt_http_request *request, void *user)
{
    struct avt_api *api = user;
    struct avt_call *call = avt_call(request);
    struct avt_job_stats stats;
    struct avt_machine machine;
    struct avt_error error = {0};
    if (avt_jobstore_stats(api->options.store, call->owner, &stats, &error) != AVT_OK) {
        avt_call_error(call, &error);
        return;
    }
    avt_machine_look(api->storage, &machine);
    AVT_CLEANUP(workers_done) struct workers workers = workers_of(api);
    json_t *status = json_object();
    json_object_set_new(status, "version", json_string(AVT_VERSION));
    json_object_set_new(status, "uptime_s", json_real(uptime_s(api)));
    json_object_set_new(status, "started_at", avt_json_time(api->started_ms));
    json_object_set_new(status, "authentication",
                        json_string(avt_auth_keys_exist(api) ? "keys" : "open"));
    json_object_set_new(status, "cpu",
                        json_pack("{s:i, s:f, s:o}", "count", avt_cpu_count(), "load_1m",
                                  machine.load_1m, "percent",
                                  machine.cpu_percent < 0
                                      ? json_null()
                                      : json_real(round(machine.cpu_percent * 10) / 10)));
    json_object_set_new(status, "memory", memory_json(api, &machine, &workers));
    json_object_set_new(status, "gpus", gpus_json());
    json_object_set_new(status, "models", models_json(&workers));
    json_object_set_new(status, "workers", workers_json(&workers, call->owner == NULL));
    json_object_set_new(status, "jobs", jobs_json(&stats));
    json_object_set_new(status, "disk",
                        json_pack("{s:o, s:o, s:o}", "total_mb",
                                  megabytes((double)machine.disk_total_bytes), "free_mb",
                                  megabytes((double)machine.disk_free_bytes), "floor_mb",
                                  megabytes((double)api->options.free_bytes_min)));
    avt_call_json(call, 200, status);
}

/* ---- metrics
 * -------------------------------------------------------------------------------------------- */

static void count_workers(struct avt_api *api, struct avt_metrics_now *now)
{
    AVT_CLEANUP(workers_done) struct workers workers = workers_of(api);
    now->workers = workers.count;
    for (size_t i = 0; i < workers.count; i++) {
        const struct avt_worker_status *worker = &workers.list[i];
        now->workers_busy += worker->job[0] != '\0';
        now->workers_bytes += worker->rss_bytes;
        for (size_t m = 0; m < worker->model_count; m++)
            now->models_bytes += worker->models[m].bytes;
    }
    struct avt_supervisor *supervisor = atomic_load(&api->supervisor);
    if (!supervisor)
        return;
    struct avt_supervisor_counts counts;
    avt_supervisor_counts(supervisor, &counts);
    now->workers_started = counts.started;
    now->workers_crashed = counts.crashed;
    now->rescued = counts.rescued;
    now->removed = counts.removed;
}

void avt_route_get_metrics(struct avt_http_request *request, void *user)
{
    enum { METRICS_BYTES_MAX = 4 << 20 };
    struct avt_api *api = user;
    struct avt_metrics_now now = {.version = AVT_VERSION, .uptime_s = uptime_s(api)};
    struct avt_machine machine;
    struct avt_http_counts http;
    struct avt_error error = {0};
    if (avt_jobstore_stats(api->options.store, NULL, &now.stats, &error) != AVT_OK) {
        avt_call_error(avt_call(request), &error);
        return;
    }
    avt_machine_look(api->storage, &machine);
    avt_http_counts(api->server, &http);
    now.now_ms = avt_jobstore_now_ms(api->options.store);
    now.server_bytes = avt_memory_now_bytes();
    now.disk_free_bytes = machine.disk_free_bytes;
    now.disk_total_bytes = machine.disk_total_bytes;
    now.connections = http.connections;
    now.requests = http.requests;
    now.streams = http.streams;
    now.parked = http.parked;
    now.streams_dropped = http.streams_dropped;
    now.timed_out = http.timed_out;
    count_workers(api, &now);
    struct avt_buf buf = AVT_BUF_INIT(METRICS_BYTES_MAX);
    avt_metrics_write(api->metrics, &now, &buf);
    size_t size = buf.size;
    avt_http_answer_take(request, 200, "text/plain; version=0.0.4; charset=utf-8",
                         avt_buf_take(&buf), size);
}

/* ---- the document
 * ------------------------------------------------------------------------------------------ */

void avt_route_get_openapi(struct avt_http_request *request, void *user)
{
    struct avt_api *api = user;
    const char *known = avt_http_header(request, "If-None-Match");
    avt_http_add_header(request, "Cache-Control", "no-cache");
    avt_http_add_header(request, "ETag", api->document_etag);
    if (known && strstr(known, api->document_etag)) {
        avt_http_answer(request, 304, NULL, "", 0);
        return;
    }
    avt_http_answer_static(request, 200, "application/json", avt_api_document,
                           avt_api_document_size);
}
