/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What workers and the server say to each other beside the store: one line of JSON per message over
 * <storage>/run/<worker>.sock (mode 0600). The store is the truth; a message only makes things
 * quicker (wake, cancel) or shows what is too fleeting to be stored (progress). Any message may be
 * lost.
 *
 * To a worker:
 *   {"type":"wake"}  {"type":"cancel","job":ID}  {"type":"drain"}  {"type":"status"}
 * From a worker:
 *   {"type":"progress","job":ID,"progress":42,"stage":"lipsync","eta_s":3.1,"speed":2.5}
 *   {"type":"claimed","job":ID,"status":"running"}
 *   {"type":"finished","job":ID,"status":"completed"}  ("pending": it comes again)
 *   {"type":"status","worker":"worker-1","pid":...,"models":[...]}
 *
 * Threads: both sides run a thread of their own; every function may be called from any thread, and
 * the callbacks come on that own thread: they must return soon and not call the _free() of their
 * side.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "store/job.h"

enum {
    AVT_LINK_LINE_MAX = 16 << 10, /* bytes; a longer line ends the connection */
    AVT_LINK_PEERS_MAX = 64,      /* of one worker; one more is refused */
    AVT_LINK_WORKERS_MAX = 256,   /* that one watcher follows */
    AVT_LINK_MODELS_MAX = 16,     /* listed in a status */
    AVT_WORKER_NAME_SIZE = 48,    /* "worker-1", "interactive-1", "gpu-host.2", with NUL */
};

enum avt_link_type {
    AVT_LINK_WAKE,
    AVT_LINK_CANCEL,
    AVT_LINK_DRAIN,
    AVT_LINK_ASK_STATUS,
    AVT_LINK_PROGRESS,
    AVT_LINK_CLAIMED,
    AVT_LINK_FINISHED,
    AVT_LINK_STATUS,
};

/** A model that a worker holds in memory. */
struct avt_link_model {
    char id[64];   /* as in the model list: "kokoro-82m" */
    int64_t bytes; /* measured when it was loaded */
    double idle_s; /* since it was last used */
};

/** What a worker says of itself. */
struct avt_worker_status {
    char name[AVT_WORKER_NAME_SIZE];
    int pid;
    bool interactive, draining;
    char job[AVT_JOB_ID_SIZE]; /* "": idle */
    int progress;              /* of that job, 0..100 */
    char stage[16];
    double uptime_s;
    long long jobs_done;  /* since it started, whatever came of them */
    int64_t rss_bytes;    /* resident memory of the process */
    int64_t budget_bytes; /* share of the memory budget for models; 0: none set */
    struct avt_link_model models[AVT_LINK_MODELS_MAX];
    size_t model_count;
};

struct avt_link_message {
    enum avt_link_type type;
    char job[AVT_JOB_ID_SIZE];  /* cancel, progress, claimed, finished */
    enum avt_job_status status; /* claimed, finished */
    int progress;               /* 0..100 */
    char stage[16];
    double eta_s;                    /* seconds to go; < 0: not known yet */
    double speed;                    /* seconds of film made per second; 0: not known */
    struct avt_worker_status worker; /* of AVT_LINK_STATUS */
};

/** One line without the newline. AVT_EFORMAT for anything that is not such a message (ids, numbers
 * and names are checked; unknown keys are ignored). */
AVT_CHECKED enum avt_code avt_link_parse(const char *line, size_t size,
                                         struct avt_link_message *ret_message,
                                         struct avt_error *reterr);
/** Appends the line with its newline. False if the buffer is full. */
bool avt_link_format(const struct avt_link_message *message, struct avt_buf *buf);
/** The object that a status is on the wire, as /status may show it. New reference. */
json_t *avt_worker_status_json(const struct avt_worker_status *status);
/** 1..47 of [A-Za-z0-9._-], not beginning with a dot: it becomes a file name. */
bool avt_worker_name_valid(const char *name);

/* ---- the worker's side ----------------------------------------------------------------------- */

struct avt_link;

/** Called for what comes in. A status is asked for with AVT_LINK_ASK_STATUS: fill `ret_status`. */
struct avt_link_handler {
    void (*message)(const struct avt_link_message *message, void *user);
    void (*status)(struct avt_worker_status *ret_status, void *user);
    void *user;
};
/**
 * Listen on <storage>/run/<name>.sock (the folder is made). A socket left by a dead worker is
 * replaced.
 * @return AVT_OK, AVT_EINVAL (name), AVT_EIO, or AVT_ELIMIT: a worker of this name lives.
 */
AVT_CHECKED enum avt_code avt_link_listen(const char *storage, const char *name,
                                          const struct avt_link_handler *handler,
                                          struct avt_link **ret_link, struct avt_error *reterr);
/** To every peer. Never waits: a peer that does not read misses progress, and is dropped when it
 * misses anything else. */
void avt_link_send(struct avt_link *link, const struct avt_link_message *message);
/** Closes, removes the socket. Does nothing for NULL. */
void avt_link_free(struct avt_link *link);
AVT_DEFINE_FREEP(struct avt_link, avt_link_free)

/* ---- the server's side ----------------------------------------------------------------------- */

struct avt_link_watch;

/** `worker` is the socket's name: "worker-1". AVT_LINK_STATUS comes after connecting, with every
 * claimed and finished, and every few seconds. */
typedef void (*avt_link_watch_fn)(const char *worker, const struct avt_link_message *message,
                                  void *user);
/**
 * Connect to every socket in <storage>/run, now and whenever one appears, and pass on what the
 * workers say. @param message  May be NULL.
 * @return AVT_OK, AVT_EIO, AVT_ENOMEM.
 */
AVT_CHECKED enum avt_code avt_link_watch_start(const char *storage, avt_link_watch_fn message,
                                               void *user, struct avt_link_watch **ret_watch,
                                               struct avt_error *reterr);
/** To one worker, or to all (NULL). Only wake, cancel, drain and ask_status. */
void avt_link_watch_send(struct avt_link_watch *watch, const char *worker,
                         const struct avt_link_message *message);
/** Work was submitted: wakes all. Many calls in a short time become one message. */
void avt_link_watch_wake(struct avt_link_watch *watch);
/** Tell whoever runs `job` to stop it; call after avt_jobstore_cancel(). */
void avt_link_watch_cancel(struct avt_link_watch *watch, const char *job);
/** The last status of each connected worker, by name. @param ret_workers  [max]. Returns how many.
 */
size_t avt_link_watch_workers(struct avt_link_watch *watch, struct avt_worker_status *ret_workers,
                              size_t max);
/** Ends the thread and closes. Does nothing for NULL. */
void avt_link_watch_free(struct avt_link_watch *watch);
AVT_DEFINE_FREEP(struct avt_link_watch, avt_link_watch_free)

/** Say one thing to every worker of a storage and leave: for a command without a server. Best
 * effort; returns how many took it. */
size_t avt_link_tell(const char *storage, const struct avt_link_message *message);
