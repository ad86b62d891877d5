/* SPDX-License-Identifier: Apache-2.0 */
#include "api/follower.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api/speech.h"
#include "api/spent.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/webhook.h"

struct avt_follower {
    struct avt_api *api;
    struct avt_thread *thread;
    int wake_fd;
    atomic_bool stop;
    int64_t last;  /* sequence seen */
    int64_t saved; /* sequence kept in the store, and when */
    double saved_s;
};

#define CURSOR_KIND "cursor"
#define CURSOR_ID   "events"
enum { SAVE_EVERY_S = 10 };

void avt_topic_of(const char *job, char ret_topic[AVT_HTTP_TOPIC_SIZE])
{
    snprintf(ret_topic, AVT_HTTP_TOPIC_SIZE, "job:%s", job);
}

char *avt_event_text(const struct avt_job_event *event)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *data = json_deep_copy(event->data);
    json_object_set_new(data, "job", json_string(event->job));
    return json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(9));
}

bool avt_event_final(const struct avt_job_event *event)
{
    const char *name = json_string_value(json_object_get(event->data, "status"));
    enum avt_job_status status;
    return avt_str_equal(event->type, "status") && name && avt_job_status_parse(name, &status) &&
           avt_job_status_final(status);
}

/* A job ended: for the figures, and for whoever wants to be told. */
static void settle(struct avt_follower *follower, const char *id)
{
    struct avt_jobstore *store = follower->api->options.store;
    struct avt_job job = {0};
    struct avt_error error = {0};
    if (avt_jobstore_get(store, id, NULL, &job, &error) != AVT_OK)
        return; /* purged already */
    avt_metrics_job(follower->api->metrics, &job);
    if (avt_webhook_enqueue(store, &job, &error) != AVT_OK)
        avt_log(AVT_LOG_WARN, "the webhook of %s is not delivered: %s", id, error.message);
    avt_job_done(&job);
}

/* ---- how far we came, over restarts -------------------------------------------------------------
 */

/* What ended while no server ran still has its webhook delivered. */
static int64_t load_cursor(struct avt_jobstore *store)
{
    struct avt_record record = {0};
    if (avt_jobstore_record_get(store, CURSOR_KIND, CURSOR_ID, NULL, &record, NULL) != AVT_OK)
        return -1;
    int64_t sequence = json_integer_value(json_object_get(record.data, "sequence"));
    avt_record_done(&record);
    return sequence;
}

static void save_cursor(struct avt_follower *follower)
{
    if (follower->saved == follower->last)
        return;
    struct avt_record record = {.kind = CURSOR_KIND, .id = CURSOR_ID};
    struct avt_error error = {0};
    record.data = json_pack("{s:I}", "sequence", (json_int_t)follower->last);
    if (avt_jobstore_record_put(follower->api->options.store, &record, &error) == AVT_OK)
        follower->saved = follower->last;
    avt_record_done(&record);
    follower->saved_s = avt_now_s();
}

static void pass_on(struct avt_follower *follower, const struct avt_job_event *event)
{
    struct avt_api *api = follower->api;
    char topic[AVT_HTTP_TOPIC_SIZE];
    avt_topic_of(event->job, topic);
    bool final = avt_event_final(event);
    avt_places_forget(api->places);
    if (avt_http_has_audience(api->server, topic)) {
        AVT_CLEANUP(avt_freep) char *text = avt_event_text(event);
        if (text)
            avt_http_publish(api->server, topic, event->sequence, event->type, text, final);
        avt_http_wake(api->server, topic);
    }
    avt_speech_follow(api, event);
    if (final)
        settle(follower, event->job);
    follower->last = event->sequence;
}

/* A page of events; false when there are no more for now. */
static bool follow_page(struct avt_follower *follower, bool quietly)
{
    struct avt_job_event *events = NULL;
    size_t count = 0;
    struct avt_error error = {0};
    if (avt_jobstore_events(follower->api->options.store, NULL, follower->last, AVT_FOLLOWER_PAGE,
                            &events, &count, &error) != AVT_OK) {
        avt_log(AVT_LOG_WARN, "events of jobs cannot be read: %s", error.message);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (quietly)
            follower->last = events[i].sequence;
        else
            pass_on(follower, &events[i]);
    }
    avt_job_events_done(events, count);
    return count == AVT_FOLLOWER_PAGE;
}

static void run(void *user)
{
    struct avt_follower *follower = user;
    while (!atomic_load(&follower->stop)) {
        avt_spent_look(follower->api->spent);
        while (follow_page(follower, false) && !atomic_load(&follower->stop))
            ;
        avt_spent_purge(follower->api->spent);
        if (avt_now_s() - follower->saved_s > SAVE_EVERY_S)
            save_cursor(follower);
        struct pollfd wait = {.fd = follower->wake_fd, .events = POLLIN};
        uint64_t count;
        if (poll(&wait, 1, AVT_FOLLOWER_EVERY_MS) > 0 &&
            read(follower->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
            avt_log(AVT_LOG_WARN, "the follower of events cannot be woken");
    }
}

struct avt_follower *avt_follower_start(struct avt_api *api)
{
    struct avt_follower *follower = avt_new0(struct avt_follower, 1);
    follower->api = api;
    follower->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (follower->wake_fd < 0) {
        avt_free(follower);
        return NULL;
    }
    follower->saved = follower->last = load_cursor(api->options.store);
    if (follower->last < 0) {
        follower->last = 0;
        while (follow_page(follower, true))
            ;
    }
    follower->thread = avt_thread_start("events", run, follower);
    if (!follower->thread) {
        close(follower->wake_fd);
        avt_free(follower);
        return NULL;
    }
    return follower;
}

void avt_follower_wake(struct avt_follower *follower)
{
    uint64_t one = 1;
    /* A full counter means that it is awake anyway. */
    if (follower && write(follower->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
        avt_log(AVT_LOG_WARN, "the follower of events cannot be woken");
}

void avt_follower_stop(struct avt_follower *follower)
{
    if (!follower)
        return;
    atomic_store(&follower->stop, true);
    avt_follower_wake(follower);
    avt_thread_join(follower->thread);
    save_cursor(follower);
    close(follower->wake_fd);
    avt_free(follower);
}
