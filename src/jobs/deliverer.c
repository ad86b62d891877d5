/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/deliverer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "jobs/webhook.h"
#include "jobs/worker.h"
#include "os/thread.h"

struct avt_deliverer {
    struct avt_deliverer_options options; /* strings are copies */
    struct avt_worker_options worker_options;
    struct avt_runner runner;
    struct avt_cancel cancel;
    struct avt_worker *worker;
    struct avt_thread *thread;
    char name[AVT_WORKER_NAME_SIZE];
};

static enum avt_code run(const struct avt_work *work, struct avt_work_result *ret_result,
                         void *user, struct avt_error *reterr)
{
    struct avt_deliverer *deliverer = user;
    const struct avt_webhook_options options = {.secret = deliverer->options.secret,
                                                .allow_private = deliverer->options.allow_private,
                                                .cancel = &deliverer->cancel};
    atomic_store(&deliverer->cancel.requested, 0);
    enum avt_code code =
        avt_webhook_deliver(work->store, work->job, &options, &ret_result->result, reterr);
    if (code == AVT_OK && !ret_result->result)
        ret_result->result = json_object();
    return code;
}

static void cancel(void *user)
{
    avt_cancel_request(&((struct avt_deliverer *)user)->cancel);
}

/* The server goes on; curl's own limit ends the call some time. */
static void stuck(void *user)
{
    (void)user;
}

static void log_line(enum avt_log_level level, const struct avt_job *job, const char *text,
                     void *user)
{
    const struct avt_deliverer *deliverer = user;
    if (!deliverer->options.log || level > AVT_LOG_WARN)
        return; /* that one went out is no news */
    AVT_CLEANUP(avt_freep)
    char *line = avt_asprintf("webhook%s%s: %s", job ? " " : "", job ? job->id : "", text);
    deliverer->options.log(level <= AVT_LOG_WARN, line, deliverer->options.user);
}

static void deliverer_main(void *user)
{
    struct avt_deliverer *deliverer = user;
    enum avt_worker_end end = AVT_WORKER_RECYCLE;
    struct avt_error error = {0};
    /* A store that fails for a minute ends the loop; it may be back later. */
    while (end != AVT_WORKER_DRAINED) {
        enum avt_code code = avt_worker_run(deliverer->worker, &end, &error);
        if (code != AVT_OK)
            log_line(AVT_LOG_ERROR, NULL, error.message, deliverer);
    }
}

enum avt_code avt_deliverer_start(const struct avt_deliverer_options *options,
                                  struct avt_deliverer **ret_deliverer, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_deliverer_stopp)
    struct avt_deliverer *deliverer = avt_new0(struct avt_deliverer, 1);
    deliverer->options = *options;
    deliverer->options.storage = avt_strdup(options->storage);
    deliverer->options.secret = options->secret ? avt_strdup(options->secret) : NULL;
    snprintf(deliverer->name, sizeof(deliverer->name), AVT_DELIVERER_NAME "%d", (int)getpid());
    deliverer->runner = (struct avt_runner){
        .types = 1u << AVT_JOB_WEBHOOK, .run = run, .cancel = cancel, .user = deliverer};
    deliverer->worker_options = avt_worker_options_default;
    deliverer->worker_options.storage = deliverer->options.storage;
    deliverer->worker_options.store = options->store;
    deliverer->worker_options.name = deliverer->name;
    deliverer->worker_options.no_link = true;
    deliverer->worker_options.lease_ms = options->lease_ms;
    deliverer->worker_options.rescues_max = options->rescues_max;
    deliverer->worker_options.drain_ms = 0;
    deliverer->worker_options.stuck = stuck;
    deliverer->worker_options.log = log_line;
    deliverer->worker_options.user = deliverer;
    enum avt_code code =
        avt_worker_new(&deliverer->worker_options, &deliverer->runner, &deliverer->worker, reterr);
    if (code != AVT_OK)
        return code;
    deliverer->thread = avt_thread_start("deliveries", deliverer_main, deliverer);
    if (!deliverer->thread)
        return avt_fail(reterr, AVT_ENOMEM, "no more threads can be started on this machine");
    *ret_deliverer = AVT_TAKE(deliverer);
    return AVT_OK;
}

void avt_deliverer_stop(struct avt_deliverer *deliverer)
{
    if (!deliverer)
        return;
    if (deliverer->worker)
        avt_worker_drain(deliverer->worker);
    avt_thread_join(deliverer->thread);
    avt_worker_free(deliverer->worker);
    avt_free((char *)(uintptr_t)deliverer->options.storage);
    avt_free((char *)(uintptr_t)deliverer->options.secret);
    avt_free(deliverer);
}
