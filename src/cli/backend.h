/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where jobs are: in the storage folder of this machine, or behind a server (--server). The
 * commands see jobs as JSON in the form of the API (JobResponse without "links") in both cases, so
 * they print the same.
 */
#include "cli/cli.h"
#include "store/jobstore.h"

enum {
    AVT_BACKEND_ID_SIZE = 32, /* of uploads too */
    AVT_BACKEND_SERVER_JOBS_MAX =
        100000, /* that a prefix or a clean-up looks through on a server */
};

struct avt_backend_query {
    const char *status, *type; /* NULL: any */
    int64_t since_ms;          /* 0: any */
    const char *cursor;        /* NULL: from the newest */
    size_t limit;              /* 1..AVT_JOB_LIST_MAX */
};

struct avt_backend_cleanup {
    int64_t older_than_ms; /* finished longer ago; < 0: whatever their age */
    long long keep_last;   /* newest finished jobs that stay */
    const char *status;    /* only this final status; NULL: all */
    bool dry_run;
};

/** Sees a job after each change. False: enough. */
typedef bool (*avt_backend_watch_fn)(const json_t *job, void *user);

struct avt_backend {
    const struct avt_backend_ops *ops;
    const char
        *place; /* "http://..." or the storage folder; for messages. Owned by the implementation */
};

/** JSON that is returned is a new reference. What fails has the code that the same failure has
 * without a server; beside these AVT_ENETWORK (not reachable) and AVT_EDENIED (no key, or one that
 * may not). */
struct avt_backend_ops {
    /** {"jobs": [...], "next_cursor": text or null}. */
    enum avt_code (*list)(struct avt_backend *backend, const struct avt_backend_query *query,
                          json_t **ret_page, struct avt_error *reterr);
    /** The whole id. AVT_ENOENT, AVT_EINVAL (several). */
    enum avt_code (*resolve)(struct avt_backend *backend, const char *prefix,
                             char ret_id[AVT_JOB_ID_SIZE], struct avt_error *reterr);
    enum avt_code (*get)(struct avt_backend *backend, const char *id, json_t **ret_job,
                         struct avt_error *reterr);
    /** JobStatsResponse. */
    enum avt_code (*stats)(struct avt_backend *backend, json_t **ret_stats,
                           struct avt_error *reterr);
    /** Take in a file of this machine; its id can stand in a request. */
    enum avt_code (*upload)(struct avt_backend *backend, const char *path,
                            char ret_id[AVT_BACKEND_ID_SIZE], struct avt_error *reterr);
    enum avt_code (*upload_remove)(struct avt_backend *backend, const char *id,
                                   struct avt_error *reterr);
    /** The whole id of the avatar profile with that id, beginning of an id, or name. AVT_ENOENT,
     *  AVT_EINVAL (several). NULL: only whole ids are known. */
    enum avt_code (*avatar)(struct avt_backend *backend, const char *which,
                            char ret_id[AVT_BACKEND_ID_SIZE], struct avt_error *reterr);
    /** `request` as the body of POST /jobs: the params, and type, priority, run_at, webhook_url. */
    enum avt_code (*submit)(struct avt_backend *backend, const json_t *request, json_t **ret_job,
                            struct avt_error *reterr);
    /** No error for one that has ended already. */
    enum avt_code (*cancel)(struct avt_backend *backend, const char *id, json_t **ret_job,
                            struct avt_error *reterr);
    /** The new job. */
    enum avt_code (*retry)(struct avt_backend *backend, const char *id, json_t **ret_job,
                           struct avt_error *reterr);
    /** Record and files. AVT_EINVAL while it waits or runs. */
    enum avt_code (*purge)(struct avt_backend *backend, const char *id, struct avt_error *reterr);
    enum avt_code (*cleanup)(struct avt_backend *backend, const struct avt_backend_cleanup *cleanup,
                             long long *ret_jobs, long long *ret_bytes, struct avt_error *reterr);
    /** Write the result ("main") or its captions to `fd`. `job` is what get() returned. */
    enum avt_code (*result)(struct avt_backend *backend, const json_t *job, const char *which,
                            int fd, struct avt_error *reterr);
    /** Follow a job until it has ended, `visit` has enough, or Ctrl-C (AVT_ECANCELLED). */
    enum avt_code (*watch)(struct avt_backend *backend, const char *id, avt_backend_watch_fn visit,
                           void *user, struct avt_error *reterr);
    /** True if nobody is there to do the work. NULL: cannot be told. */
    bool (*idle)(struct avt_backend *backend);
    void (*close)(struct avt_backend *backend);
};

/** By --server and the other settings of `cli`, which must outlive it. */
AVT_CHECKED enum avt_code avt_backend_open(struct avt_cli *cli, struct avt_backend **ret_backend,
                                           struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_backend_open_local(struct avt_cli *cli,
                                                 struct avt_backend **ret_backend,
                                                 struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_backend_open_http(struct avt_cli *cli,
                                                struct avt_backend **ret_backend,
                                                struct avt_error *reterr);
/** Does nothing for NULL. */
void avt_backend_close(struct avt_backend *backend);
AVT_DEFINE_FREEP(struct avt_backend, avt_backend_close)

/** Text of a member, "" if it is not there or null; borrowed. */
const char *avt_backend_text(const json_t *object, const char *key);
/** True for a job that has ended. */
bool avt_backend_final(const json_t *job);
