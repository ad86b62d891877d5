/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/crew.h"

#include "base/mem.h"
#include "os/thread.h"

struct job {
    avt_crew_fn run;
    void *user;
    int first, end;
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

static void work(void *user)
{
    struct avt_crew *crew = user;
    void *item = NULL;
    while (avt_queue_pop(crew->todo, &item)) {
        struct job *job = item;
        job->run(job->user, 1, job->first, job->end);
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

void avt_crew_run(struct avt_crew *crew, avt_crew_fn run, void *user, int first, int split, int end)
{
    struct job job = {.run = run, .user = user, .first = split, .end = end};
    void *item = NULL;
    if (!crew->thread || !avt_queue_push(crew->todo, &job)) {
        run(user, 0, first, end);
        return;
    }
    run(user, 0, first, split);
    (void)avt_queue_pop(crew->done, &item);
}
