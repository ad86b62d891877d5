/* SPDX-License-Identifier: Apache-2.0 */
/*
 * avatar-server: the REST API and the supervisor of its workers, in one process that loads neither
 * media libraries nor neural networks. `avatar server start` resolves all settings and starts it;
 * every setting comes on its command line, secrets in the environment.
 *
 * SIGTERM and SIGINT end it: no new work, /ready says no, answers under way finish, workers drain.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/supervisor.h"
#include "os/paths.h"
#include "os/proc.h"
#include "store/layout.h"

enum { STOP_GRACE_MS = 5000, FILES_WANTED = 65536 };

static enum avt_api_log log_form;

/* ---- the log --------------------------------------------------------------------------------- */

static void log_line(const char *level, const char *text)
{
    char now[AVT_TIME_SIZE];
    avt_time_format_ms(avt_time_now_ms(), now);
    if (log_form == AVT_API_LOG_JSON) {
        json_t *line = json_pack("{s:s, s:s, s:s}", "time", now, "level", level, "message", text);
        AVT_CLEANUP(avt_freep) char *dumped = line ? json_dumps(line, JSON_COMPACT) : NULL;
        json_decref(line);
        fprintf(stderr, "%s\n", dumped ? dumped : "{}");
    } else if (log_form == AVT_API_LOG_LOGFMT) {
        fprintf(stderr, "time=%s level=%s message=\"%s\"\n", now, level, text);
    } else {
        fprintf(stderr, "avatar-server: %s\n", text);
    }
}

static void on_log(enum avt_log_level level, const char *message, void *user)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    (void)user;
    log_line(names[level], message);
}

static void on_worker_log(bool problem, const char *worker, const char *text, void *user)
{
    (void)user;
    AVT_CLEANUP(avt_freep) char *line = avt_asprintf("%s: %s", worker, text);
    log_line(problem ? "warning" : "info", line);
}

/* ---- what the one who started it is told ------------------------------------------------------- */

static void print_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    fflush(stdout);
    json_decref(json);
}

static int fail(const struct avt_config *config, const struct avt_error *error)
{
    fprintf(stderr, "avatar-server: %s\n", error->message);
    if (avt_str_equal(avt_config_text(config, AVT_SET_ANNOUNCE), "json"))
        print_json(json_pack("{s:b, s:{s:s, s:s, s:n}}", "success", 0, "error", "code",
                             avt_code_name(error->code), "message", error->message, "stage"));
    return avt_code_exit_status(error->code);
}

static void announce(const struct avt_config *config, const char *url)
{
    const char *how = avt_config_text(config, AVT_SET_ANNOUNCE);
    if (avt_str_equal(how, "json")) {
        print_json(json_pack("{s:b, s:s, s:i}", "success", 1, "url", url, "pid", (int)getpid()));
    } else if (avt_str_equal(how, "text")) {
        printf("serving %s (%s/docs shows the API; Ctrl-C ends it)\n", url, url);
        fflush(stdout);
    }
}

/** run/server.json: where `avatar server status` finds the server of a storage. Owned path. */
static char *run_file_of(const char *storage)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(storage, AVT_LAYOUT_RUN);
    return avt_path_join(folder, "server.json");
}

static enum avt_code write_run_file(const char *path, const char *url, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_pack("{s:i, s:s}", "pid", (int)getpid(), "url", url);
    return avt_json_write_file(path, json, reterr);
}

/* ---- settings -------------------------------------------------------------------------------- */

static int64_t megabytes(const struct avt_config *config, enum avt_setting id)
{
    return avt_config_number(config, id) << 20;
}

static struct avt_http_limits limits_of(const struct avt_config *config)
{
    enum { KB = 1024 };
    struct avt_http_limits limits = {0};
    limits.upload_bytes = (uint64_t)megabytes(config, AVT_SET_UPLOAD_LIMIT);
    limits.json_bytes = (uint64_t)avt_config_number(config, AVT_SET_JSON_LIMIT) * KB;
    limits.header_bytes = (size_t)avt_config_number(config, AVT_SET_HEADER_LIMIT) * KB;
    limits.uri_bytes = (size_t)avt_config_number(config, AVT_SET_URI_LIMIT) * KB;
    limits.headers = (size_t)avt_config_number(config, AVT_SET_HEADER_LINES);
    limits.parts = (size_t)avt_config_number(config, AVT_SET_PARTS_LIMIT);
    limits.field_bytes = (size_t)avt_config_number(config, AVT_SET_FIELD_LIMIT) * KB;
    limits.connections = (unsigned)avt_config_number(config, AVT_SET_CONNECTIONS);
    limits.connections_per_peer = (unsigned)avt_config_number(config, AVT_SET_CONNECTIONS_PER_PEER);
    limits.streams = (unsigned)avt_config_number(config, AVT_SET_STREAMS);
    limits.stream_buffer_bytes = (size_t)avt_config_number(config, AVT_SET_STREAM_BUFFER) * KB;
    limits.parked = (unsigned)avt_config_number(config, AVT_SET_WAITING);
    limits.header_ms = (unsigned)avt_config_number(config, AVT_SET_HEADER_TIMEOUT);
    limits.idle_ms = (unsigned)avt_config_number(config, AVT_SET_IDLE_TIMEOUT);
    limits.stall_ms = (unsigned)avt_config_number(config, AVT_SET_STALL_TIMEOUT);
    limits.request_ms = (unsigned)avt_config_number(config, AVT_SET_REQUEST_TIMEOUT);
    int64_t rate = avt_config_number(config, AVT_SET_RATE_MIN);
    limits.rate_bytes_s = rate > 0 ? (unsigned)rate : 1;
    limits.ping_ms = (unsigned)avt_config_number(config, AVT_SET_PING);
    return limits;
}

static enum avt_api_log log_of(const struct avt_config *config)
{
    const char *form = avt_config_text(config, AVT_SET_LOG);
    return avt_str_equal(form, "json")     ? AVT_API_LOG_JSON
           : avt_str_equal(form, "logfmt") ? AVT_API_LOG_LOGFMT
                                           : AVT_API_LOG_TEXT;
}

static struct avt_api_options api_options_of(const struct avt_config *config, char **origins)
{
    struct avt_api_options options = avt_api_options_default;
    options.host = avt_config_text(config, AVT_SET_HOST);
    options.port = (unsigned)avt_config_number(config, AVT_SET_PORT);
    options.cors_origins = *origins ? (const char *const *)origins : NULL;
    options.limits = limits_of(config);
    options.insecure = avt_config_flag(config, AVT_SET_INSECURE);
    options.fastapi_errors = avt_str_equal(avt_config_text(config, AVT_SET_ERRORS), "fastapi");
    options.free_bytes_min = megabytes(config, AVT_SET_FREE_SPACE);
    options.upload_keep_ms = avt_config_number(config, AVT_SET_KEEP_UPLOADS);
    options.rate_per_min = (unsigned)avt_config_number(config, AVT_SET_RATE_LIMIT);
    options.jobs_per_key = (unsigned)avt_config_number(config, AVT_SET_KEY_JOBS);
    options.workers = (int)avt_config_number(config, AVT_SET_WORKERS);
    options.budget_bytes = megabytes(config, AVT_SET_MEMORY_BUDGET);
    options.log = log_form;
    return options;
}

static struct avt_supervisor_options supervisor_options_of(const struct avt_config *config)
{
    struct avt_supervisor_options options = avt_supervisor_options_default;
    options.store_kind = avt_config_text(config, AVT_SET_STORE);
    options.workers = (int)avt_config_number(config, AVT_SET_WORKERS);
    options.interactive = (int)avt_config_number(config, AVT_SET_INTERACTIVE);
    options.threads = (int)avt_config_number(config, AVT_SET_WORKER_THREADS);
    options.lease_ms = avt_config_number(config, AVT_SET_LEASE);
    options.drain_ms = avt_config_number(config, AVT_SET_DRAIN);
    options.time_limit_ms = avt_config_number(config, AVT_SET_TIME_LIMIT);
    options.jobs_max = avt_config_number(config, AVT_SET_RECYCLE_JOBS);
    options.rss_max_bytes = megabytes(config, AVT_SET_RECYCLE_MEMORY);
    options.budget_bytes = megabytes(config, AVT_SET_MEMORY_BUDGET);
    options.rescues_max = (int)avt_config_number(config, AVT_SET_RESCUES);
    int64_t keep_ms = avt_config_number(config, AVT_SET_KEEP_FOR);
    options.retention.older_than_ms = keep_ms > 0 ? keep_ms : -1;
    /* Without an age it would be a limit of its own; here it only softens one. */
    options.retention.keep_last = keep_ms > 0 ? avt_config_number(config, AVT_SET_KEEP_LAST) : 0;
    options.retention.quota_bytes = megabytes(config, AVT_SET_DISK_QUOTA);
    options.retention.status = -1;
    options.webhook_secret = avt_config_text(config, AVT_SET_WEBHOOK_SECRET);
    options.webhook_private = avt_config_flag(config, AVT_SET_WEBHOOK_PRIVATE);
    return options;
}

/* The program whose `avatar worker` does the work: beside this one, or where it was installed. */
static char *find_program(void)
{
    AVT_CLEANUP(avt_freep) char *beside = avt_path_join(avt_self_folder(), "avatar");
    return avt_file_exists(beside) ? AVT_TAKE(beside)
                                   : avt_path_join(avt_self_folder(), "../../bin/avatar");
}

/* ---- life ------------------------------------------------------------------------------------ */

static int serve(const struct avt_config *config, const char *storage, struct avt_jobstore *store)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_config_list_freep)
    char **origins = avt_config_list(config, AVT_SET_CORS_ORIGIN);
    struct avt_api_options api_options = api_options_of(config, origins);
    struct avt_api *api = NULL;
    api_options.storage = storage;
    api_options.store = store;
    if (avt_api_start(&api_options, &api, &error) != AVT_OK)
        return fail(config, &error);
    struct avt_supervisor_options options = supervisor_options_of(config);
    AVT_CLEANUP(avt_freep) char *program = find_program();
    AVT_CLEANUP(avt_config_list_freep) char **extra = avt_config_to_args(config, AVT_FOR_WORKER);
    struct avt_supervisor *supervisor = NULL;
    options.extra = (const char *const *)extra;
    options.storage = storage;
    options.store = store;
    options.program = program;
    options.message = avt_api_on_link;
    options.log = on_worker_log;
    options.user = api;
    if (avt_supervisor_start(&options, &supervisor, &error) != AVT_OK) {
        avt_api_stop(api, 0);
        return fail(config, &error);
    }
    avt_api_set_supervisor(api, supervisor);
    AVT_CLEANUP(avt_freep)
    char *url = avt_asprintf(strchr(api_options.host, ':') ? "http://[%s]:%u" : "http://%s:%u",
                             api_options.host, avt_api_port(api));
    AVT_CLEANUP(avt_freep) char *run_file = run_file_of(storage);
    if (write_run_file(run_file, url, &error) != AVT_OK)
        log_line("warning", error.message);
    announce(config, url);
    sigset_t signals;
    int caught = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    while (sigwait(&signals, &caught) != 0)
        ;
    (void)unlink(run_file);
    avt_api_drain(api);
    avt_api_set_supervisor(api, NULL);
    avt_supervisor_stop(supervisor);
    avt_api_stop(api, STOP_GRACE_MS);
    return 0;
}

static int run(const struct avt_config *config)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep)
    char *storage = avt_path_storage(avt_config_text(config, AVT_SET_STORAGE));
    AVT_CLEANUP(avt_server_lock_freep) struct avt_server_lock *lock = NULL;
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = NULL;
    if (avt_layout_make(storage, &error) != AVT_OK ||
        avt_server_lock_take(storage, &lock, &error) != AVT_OK)
        return fail(config, &error);
    struct avt_jobstore_options options = {.storage = storage,
                                           .kind = avt_config_text(config, AVT_SET_STORE)};
    options.queue_max = avt_config_number(config, AVT_SET_QUEUE_LIMIT);
    if (avt_jobstore_open(&options, &store, &error) != AVT_OK)
        return fail(config, &error);
    return serve(config, storage, store);
}

/* Every connection is a descriptor, and the usual 1024 are fewer than the connections allowed. */
static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= FILES_WANTED)
        return;
    files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
    struct avt_config config;
    struct avt_error error = {0};
    sigset_t signals;
    /* Before threads start: they all leave these two to the main one. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* Requests are small and short: a heap for each thread would only hold memory. */
    (void)mallopt(M_ARENA_MAX, 2);
    raise_file_limit();
    avt_config_init(&config);
    int status = 2;
    if (avt_config_from_args(&config, argc, argv, AVT_FOR_SERVER, &error) == AVT_OK) {
        /* Workers decode what strangers sent in: they shall not have it. */
        (void)unsetenv(avt_setting_info(AVT_SET_WEBHOOK_SECRET)->variable);
        log_form = log_of(&config);
        avt_log_set_sink(on_log, AVT_LOG_INFO, NULL);
        status = run(&config);
    } else {
        status = fail(&config, &error);
    }
    avt_config_done(&config);
    return status;
}
