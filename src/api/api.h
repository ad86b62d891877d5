/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The REST API: the operations of openapi.json on an HTTP server, over one job store. Loads no
 * model and decodes no media; what takes either is a job, and short ones are waited for.
 *
 * Threads: handlers run on the HTTP server's; one more follows the store's events and passes them
 * on to streams, waiting requests, metrics and webhooks. All functions here may be called from any
 * thread.
 */
#include "api/http.h"
#include "jobs/supervisor.h"
#include "store/jobstore.h"

/** Of requests, to standard error. Text is for people: method, path template, status, time. */
enum avt_api_log { AVT_API_LOG_NONE, AVT_API_LOG_TEXT, AVT_API_LOG_JSON, AVT_API_LOG_LOGFMT };

struct avt_api_options {
    const char *storage;
    struct avt_jobstore *store; /* borrowed; must outlive the API */
    const char *host;
    unsigned port;                   /* 0: any free one */
    unsigned threads;                /* 0: avt_http_options's default */
    const char *const *cors_origins; /* NULL-terminated; NULL: none */
    struct avt_http_limits limits;
    bool insecure;          /* no key needed, although others can reach it */
    bool fastapi_errors;    /* {"detail": ...} instead of problem+json */
    int64_t free_bytes_min; /* work and uploads are refused when the disk has less; 0: no floor */
    int64_t upload_keep_ms; /* an upload expires after this; 0: never */
    unsigned rate_per_min; /* requests of one key, or of one address without a key; 0: any number */
    unsigned jobs_per_key; /* of one key, waiting and running; 0: unlimited */
    unsigned short_wait_s; /* how long a request waits for short work before it answers 202 */
    int workers;           /* that the supervisor starts; for expected times */
    int64_t budget_bytes;  /* for models of all workers; 0: none */
    enum avt_api_log log;
};
extern const struct avt_api_options avt_api_options_default;

struct avt_api;

/** True if `host` can be reached by this machine only, so that keys may be done without. */
bool avt_api_host_is_local(const char *host);
/**
 * Listens and serves. Options are copied, except what is borrowed.
 * @return AVT_OK, AVT_EINVAL (host; no key exists and others can reach it: the message says how to
 * make one), AVT_EIO (address in use), AVT_ENOSPACE.
 */
AVT_CHECKED enum avt_code avt_api_start(const struct avt_api_options *options,
                                        struct avt_api **ret_api, struct avt_error *reterr);
unsigned avt_api_port(const struct avt_api *api);
/** Who wakes and cancels workers; NULL again before it is stopped. */
void avt_api_set_supervisor(struct avt_api *api, struct avt_supervisor *supervisor);
/** What workers say; an avt_link_watch_fn whose `user` is the struct avt_api. */
void avt_api_on_link(const char *worker, const struct avt_link_message *message, void *user);
/** From now on /ready says no. */
void avt_api_drain(struct avt_api *api);
/** Answers under way get grace_ms; then all is freed. Does nothing for NULL. */
void avt_api_stop(struct avt_api *api, unsigned grace_ms);
