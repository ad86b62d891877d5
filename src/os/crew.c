/* SPDX-License-Identifier: Apache-2.0 */
#include "os/crew.h"

#include <stdatomic.h>

#include "base/assert.h"
#include "base/mem.h"
#include "os/thread.h"

struct job {
    avt_crew_fn run;
    void *user;
    int end, at_once;
    atomic_int next;
};

struct avt_crew {
    struct avt_thread *thread; /* NULL: the caller works alone */
    /* A job lies on the caller's stack and is handed over through `todo` and back through `done`,
     * which also order the memory that both touch. */
    struct avt_queue *todo, *done;
};

static void drop_nothing(void *item)
{
    (void)item;
}

static void share(struct job *job, int worker)
{
    for (;;) {
        int first = atomic_fetch_add(&job->next, job->at_once), last = first + job->at_once;
        if (first >= job->end)
            return;
        job->run(job->user, worker, first, last < job->end ? last : job->end);
    }
}

static void work(void *user)
{
    struct avt_crew *crew = user;
    void *item = NULL;
    while (avt_queue_pop(crew->todo, &item)) {
        struct job *job = item;
        share(job, 1);
        if (!avt_queue_push(crew->done, job))
            return;
    }
}

struct avt_crew *avt_crew_new(void)
{
    struct avt_crew *crew = avt_new0(struct avt_crew, 1);
    crew->todo = avt_queue_new(1, drop_nothing);
    crew->done = avt_queue_new(1, drop_nothing);
    crew->thread = avt_thread_start("avatar-rows", work, crew);
    return crew;
}

void avt_crew_free(struct avt_crew *crew)
{
    if (!crew)
        return;
    avt_queue_close(crew->todo);
    avt_thread_join(crew->thread);
    avt_queue_free(crew->todo);
    avt_queue_free(crew->done);
    avt_free(crew);
}

void avt_crew_run(struct avt_crew *crew, avt_crew_fn run, void *user, int end, int at_once)
{
    avt_assert(end >= 0 && at_once > 0);
    struct job job = {.run = run, .user = user, .end = end, .at_once = at_once};
    void *item = NULL;
    bool helped = crew->thread && avt_queue_push(crew->todo, &job);
    share(&job, 0);
    if (helped)
        (void)avt_queue_pop(crew->done, &item);
}
