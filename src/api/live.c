/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live.h"

#include "base/mem.h"
#include "base/str.h"
#include "os/thread.h"

/* A worker runs one job at a time. */
enum { JOBS_MAX = AVT_LINK_WORKERS_MAX };

struct avt_live {
    struct avt_mutex *lock;
    struct avt_link_message jobs[JOBS_MAX]; /* guarded by lock; job "" = free */
    size_t next;                            /* to overwrite when all are taken */
};

struct avt_live *avt_live_new(void)
{
    struct avt_live *live = avt_new0(struct avt_live, 1);
    live->lock = avt_mutex_new();
    return live;
}

void avt_live_free(struct avt_live *live)
{
    if (!live)
        return;
    avt_mutex_free(live->lock);
    avt_free(live);
}

static struct avt_link_message *find(struct avt_live *live, const char *job)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (avt_str_equal(live->jobs[i].job, job))
            return &live->jobs[i];
    }
    return NULL;
}

void avt_live_take(struct avt_live *live, const struct avt_link_message *message)
{
    if (message->type != AVT_LINK_PROGRESS && message->type != AVT_LINK_CLAIMED &&
        message->type != AVT_LINK_FINISHED)
        return;
    avt_mutex_lock(live->lock);
    struct avt_link_message *slot = find(live, message->job);
    if (message->type == AVT_LINK_PROGRESS) {
        if (!slot)
            slot = find(live, "");
        if (!slot)
            slot = &live->jobs[live->next++ % JOBS_MAX];
        *slot = *message;
    } else if (slot) {
        *slot = (struct avt_link_message){0};
    }
    avt_mutex_unlock(live->lock);
}

bool avt_live_get(struct avt_live *live, const char *job, struct avt_link_message *ret_message)
{
    avt_mutex_lock(live->lock);
    const struct avt_link_message *slot = find(live, job);
    if (slot)
        *ret_message = *slot;
    avt_mutex_unlock(live->lock);
    return slot != NULL;
}
