/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <stdio.h>
#include <sys/stat.h>

#include "api/access_log.h"
#include "api/auth.h"
#include "api/call.h"
#include "api/follower.h"
#include "api/spent.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

const struct avt_api_options avt_api_options_default = {
    .host = "127.0.0.1",
    .port = 8000,
    .free_bytes_min = INT64_C(500) << 20,
    .upload_keep_ms = INT64_C(7) * 24 * 3600 * 1000,
    .rate_per_min = 600,
    .jobs_per_key = 100,
    .short_wait_s = 30,
    .workers = 1,
};

static const char *const method_names[AVT_HTTP_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH",
                                                                "DELETE"};

bool avt_api_host_is_local(const char *host)
{
    return avt_str_equal(host, "localhost") || avt_str_equal(host, "::1") ||
           avt_str_starts(host, "127.");
}

/* The last call of a request. */
static void finish(struct avt_http_request *request, const struct avt_http_finished *how,
                   void *user)
{
    struct avt_api *api = user;
    const struct avt_call *call = avt_call(request);
    size_t route = call && call->binding ? call->binding->index : avt_api_operation_count;
    avt_metrics_request(api->metrics, route, how->status, how->seconds, how->bytes_in,
                        how->bytes_out);
    if (call)
        avt_access_log(call, how);
}

static void make_routes(struct avt_api *api)
{
    size_t count = avt_api_operation_count;
    api->routes = avt_new0(struct avt_http_route, count);
    api->bindings = avt_new0(struct avt_api_binding, count);
    api->paths = avt_new0(const char *, count);
    api->methods = avt_new0(const char *, count);
    for (size_t i = 0; i < count; i++) {
        const struct avt_api_operation *operation = &avt_api_operations[i];
        api->bindings[i] = (struct avt_api_binding){operation, avt_api_handlers[i], i};
        api->routes[i] = (struct avt_http_route){.method = operation->method,
                                                 .path = operation->path,
                                                 .handler = avt_call_dispatch,
                                                 .body = operation->body,
                                                 .data = &api->bindings[i]};
        api->paths[i] = operation->path;
        api->methods[i] = method_names[operation->method];
    }
}

static void free_api(struct avt_api *api)
{
    if (!api)
        return;
    avt_limiter_free(api->limiter);
    avt_metrics_free(api->metrics);
    avt_live_free(api->live);
    avt_places_free(api->places);
    avt_answers_free(api->answers);
    avt_spent_free(api->spent);
    avt_mutex_free(api->inflight_lock);
    avt_free(api->routes);
    avt_free(api->bindings);
    avt_free(api->paths);
    avt_free(api->methods);
    avt_free(api->storage);
    avt_free(api);
}
AVT_DEFINE_FREEP(struct avt_api, free_api)

static struct avt_api *make_api(const struct avt_api_options *options)
{
    struct avt_api *api = avt_new0(struct avt_api, 1);
    api->options = *options;
    api->storage = avt_strdup(options->storage);
    api->options.storage = api->storage;
    api->started_ms = avt_jobstore_now_ms(options->store);
    api->started_s = avt_now_s();
    api->limiter = avt_limiter_new();
    api->live = avt_live_new();
    api->places = avt_places_new(options->store);
    api->answers = avt_answers_new(options->store);
    api->spent = avt_spent_new(options->store, api->storage);
    api->inflight_lock = avt_mutex_new();
    make_routes(api);
    api->metrics = avt_metrics_new(api->paths, api->methods, avt_api_operation_count);
    char hex[AVT_SHA256_HEX_SIZE];
    avt_sha256_data(avt_api_document, avt_api_document_size, hex);
    snprintf(api->document_etag, sizeof(api->document_etag), "\"%.32s\"", hex);
    return api;
}

static enum avt_code start_http(struct avt_api *api, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *spool = avt_asprintf("%s/tmp", api->storage);
    enum avt_code code = avt_mkdirs(spool, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_http_options options = {
        .host = api->options.host,
        .port = api->options.port,
        .threads = api->options.threads,
        .spool = spool,
        .cors_origins = api->options.cors_origins,
        .limits = api->options.limits,
        .routes = api->routes,
        .route_count = avt_api_operation_count,
        .begin = avt_call_begin,
        .fail = avt_call_fail,
        .finish = finish,
        .user = api,
    };
    return avt_http_start(&options, &api->server, reterr);
}

enum avt_code avt_api_start(const struct avt_api_options *options, struct avt_api **ret_api,
                            struct avt_error *reterr)
{
    AVT_CLEANUP(free_apip) struct avt_api *api = make_api(options);
    if (!avt_auth_keys_exist(api) && !options->insecure && !avt_api_host_is_local(options->host))
        return avt_fail(reterr, AVT_EINVAL,
                        "others can reach %s, and there is no key yet: make one with `avatar keys "
                        "create --scope submit`, or serve everybody with --insecure",
                        options->host);
    enum avt_code code = start_http(api, reterr);
    if (code != AVT_OK)
        return code;
    api->follower = avt_follower_start(api);
    if (!api->follower) {
        avt_http_stop(api->server, 0);
        return avt_fail(reterr, AVT_ENOMEM, "the server cannot start another thread");
    }
    *ret_api = AVT_TAKE(api);
    return AVT_OK;
}

unsigned avt_api_port(const struct avt_api *api)
{
    return avt_http_port(api->server);
}

void avt_api_set_supervisor(struct avt_api *api, struct avt_supervisor *supervisor)
{
    atomic_store(&api->supervisor, supervisor);
}

static void publish_progress(struct avt_api *api, const struct avt_link_message *message)
{
    char topic[AVT_HTTP_TOPIC_SIZE];
    avt_topic_of(message->job, topic);
    if (!avt_http_has_audience(api->server, topic))
        return;
    AVT_CLEANUP(avt_json_decrefp)
    json_t *data = json_pack("{s:s, s:s, s:i, s:s, s:o}", "job", message->job, "status", "running",
                             "progress", message->progress, "stage", message->stage, "eta_seconds",
                             message->eta_s >= 0 ? json_real(message->eta_s) : json_null());
    AVT_CLEANUP(avt_freep) char *text = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(4));
    if (text)
        avt_http_publish(api->server, topic, 0, "progress", text, false);
}

void avt_api_on_link(const char *worker, const struct avt_link_message *message, void *user)
{
    (void)worker;
    struct avt_api *api = user;
    avt_live_take(api->live, message);
    if (message->type == AVT_LINK_PROGRESS)
        publish_progress(api, message);
    else if (message->type == AVT_LINK_CLAIMED || message->type == AVT_LINK_FINISHED)
        avt_follower_wake(api->follower);
}

void avt_api_drain(struct avt_api *api)
{
    atomic_store(&api->draining, true);
}

void avt_api_stop(struct avt_api *api, unsigned grace_ms)
{
    if (!api)
        return;
    atomic_store(&api->draining, true);
    avt_http_stop(api->server, grace_ms);
    avt_follower_stop(api->follower);
    free_api(api);
}
