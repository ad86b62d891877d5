/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One request on its way to its handler: who asks, what was asked for (checked against the
 * operation's schemas), and the ways to answer. Private to the routes.
 *
 * What stands before a handler, in this order: key and scope (401, 403), rate (429), body taken in,
 * parameters and body checked (404 for an id that cannot be, 422), Idempotency-Key (replay, 409,
 * 422).
 */
#include <stdatomic.h>

#include "api/answers.h"
#include "api/api.h"
#include "api/limit.h"
#include "api/live.h"
#include "api/metrics.h"
#include "api/operations.h"
#include "api/place.h"
#include "base/json.h"
#include "os/thread.h"
#include "store/jobstore.h"

struct speech;
struct avt_spent;

struct avt_api {
    struct avt_api_options options;
    char *storage;
    struct avt_http_server *server;
    struct avt_http_route *routes;
    struct avt_api_binding *bindings;
    const char **paths, **methods; /* of the operations, for the metrics */
    _Atomic(struct avt_supervisor *) supervisor;
    atomic_bool draining;
    atomic_bool keys_exist; /* once true, true for this run */
    atomic_llong keys_looked_ms;
    char document_etag[40]; /* of openapi.json, with its quotes */
    int64_t started_ms;
    double started_s;
    struct avt_limiter *limiter;
    struct avt_metrics *metrics;
    struct avt_live *live;
    struct avt_places *places;
    struct avt_answers *answers;
    struct avt_spent *spent;
    _Atomic(struct avt_follower *) follower;
    struct avt_mutex *inflight_lock;
    struct avt_inflight *inflight; /* idempotency keys being worked on; guarded by inflight_lock */
};

/** An operation and its handler; what a route's `data` points to. */
struct avt_api_binding {
    const struct avt_api_operation *operation;
    avt_http_handler handler;
    size_t index;
};

struct avt_call {
    struct avt_api *api;
    struct avt_http_request *request;
    const struct avt_api_binding *binding; /* NULL: no route matched */
    /* Who asks. */
    char key_id[AVT_JOB_OWNER_SIZE]; /* "" without a key */
    const char *owner; /* for the store: only what belongs to this key; NULL: everything */
    enum avt_api_needs granted;
    unsigned rate_per_min; /* requests of this key or address; 0: any number */
    unsigned jobs_max;     /* of this key, waiting and running; 0: unlimited */
    /* What was asked. */
    json_t *params; /* by name, typed; what was not given is not there */
    json_t *body;   /* NULL: none, or not JSON */
    json_t *faults;
    /* Idempotency. */
    const char *idempotency_key; /* NULL: none */
    char request_sha256[65];
    char record_id[AVT_RECORD_ID_SIZE]; /* of the answer to keep; "" = none is kept */
    bool inflight;
    const char *location; /* header of the answer, as set by avt_call_location() */
    /* A job. */
    char job[AVT_JOB_ID_SIZE]; /* that it is about, for the log too */
    double deadline_s;         /* of waiting for it */
    void (*finished)(struct avt_call *call, const struct avt_job *job);
    json_t *extra; /* to merge into the answer while it is pending; or NULL */
    struct speech *speech; /* that is the answer, of api/speech.c; or NULL */
};

struct avt_call *avt_call(const struct avt_http_request *request);
/** The handler of every route: checks, then calls the operation's own. */
void avt_call_dispatch(struct avt_http_request *request, void *user);
/** Hook `begin`. */
bool avt_call_begin(struct avt_http_request *request, void *user);

/** Text of a parameter, NULL if it was not given. */
const char *avt_call_text(const struct avt_call *call, const char *name);
int64_t avt_call_int(const struct avt_call *call, const char *name, int64_t fallback);
bool avt_call_bool(const struct avt_call *call, const char *name);
/** Member of the body as text, NULL if it was not given or is null. */
const char *avt_call_body_text(const struct avt_call *call, const char *name);
/** The request wants application/json more than anything else that the route could answer. */
bool avt_call_wants_json(const struct avt_call *call);
/** "respond-async" in Prefer. */
bool avt_call_async(const struct avt_call *call);

/** Answer with JSON; `body` is taken. Kept for the Idempotency-Key if the status is a success. */
void avt_call_json(struct avt_call *call, int status, json_t *body);
/** Answer 200 with the text kept for `key`, if there is one, and the note that was kept with it. False: there
 *  is none, so make the answer and give it with avt_call_kept_json(). */
bool avt_call_answer_kept(struct avt_call *call, struct avt_answer_key *key,
                          char ret_note[AVT_ANSWERS_NOTE_SIZE]);
/** As avt_call_json() with 200, and keep the text: see avt_answers_keep(). */
void avt_call_kept_json(struct avt_call *call, const struct avt_answer_key *key, json_t *body,
                        const char *note, unsigned keep_ms);
/** Header Location of the answer to come. */
void avt_call_location(struct avt_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void avt_call_empty(struct avt_call *call, int status);
/** Answer with an error of a lower module. Its message goes out, except of what is the server's
 * own. */
void avt_call_error(struct avt_call *call, const struct avt_error *error);
/** Answer with a problem of this layer. */
void avt_call_problem(struct avt_call *call, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/** 404 for a thing: "there is no upload 'up-...'; ..." */
void avt_call_missing(struct avt_call *call, const char *what, const char *id);
/** A fault in the body, with the status and code given: {"loc": ["body", name], ...}. */
void avt_call_body_fault(struct avt_call *call, int status, const char *code, const char *name,
                         const char *type, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/** 422 with what is in call->faults. */
void avt_call_invalid(struct avt_call *call);
/** Hook `fail`. */
void avt_call_fail(struct avt_http_request *request, int status, const char *code,
                   const char *detail, void *user);
