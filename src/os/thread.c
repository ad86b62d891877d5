/* SPDX-License-Identifier: Apache-2.0 */
#include "os/thread.h"

#include <pthread.h>
#include <signal.h>

#include "base/assert.h"
#include "base/mem.h"

struct avt_mutex {
    pthread_mutex_t mutex;
};

struct avt_mutex *avt_mutex_new(void)
{
    struct avt_mutex *mutex = avt_new0(struct avt_mutex, 1);
    avt_assert(pthread_mutex_init(&mutex->mutex, NULL) == 0);
    return mutex;
}

void avt_mutex_lock(struct avt_mutex *mutex)
{
    avt_assert(pthread_mutex_lock(&mutex->mutex) == 0);
}

void avt_mutex_unlock(struct avt_mutex *mutex)
{
    avt_assert(pthread_mutex_unlock(&mutex->mutex) == 0);
}

void avt_mutex_free(struct avt_mutex *mutex)
{
    if (!mutex)
        return;
    pthread_mutex_destroy(&mutex->mutex);
    avt_free(mutex);
}

struct avt_cond {
    pthread_cond_t cond;
};

struct avt_cond *avt_cond_new(void)
{
    struct avt_cond *cond = avt_new0(struct avt_cond, 1);
    avt_assert(pthread_cond_init(&cond->cond, NULL) == 0);
    return cond;
}

void avt_cond_wait(struct avt_cond *cond, struct avt_mutex *mutex)
{
    avt_assert(pthread_cond_wait(&cond->cond, &mutex->mutex) == 0);
}

void avt_cond_wake_all(struct avt_cond *cond)
{
    avt_assert(pthread_cond_broadcast(&cond->cond) == 0);
}

void avt_cond_free(struct avt_cond *cond)
{
    if (!cond)
        return;
    pthread_cond_destroy(&cond->cond);
    avt_free(cond);
}

struct avt_thread {
    pthread_t thread;
    void (*run)(void *user);
    void *user;
};

static void *thread_main(void *user)
{
    struct avt_thread *thread = user;
    thread->run(thread->user);
    return NULL;
}

struct avt_thread *avt_thread_start(const char *name, void (*run)(void *user), void *user)
{
    struct avt_thread *thread = avt_new0(struct avt_thread, 1);
    thread->run = run;
    thread->user = user;
    /* Signals belong to the program's own thread: a handler must not run in the middle of ours. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = pthread_create(&thread->thread, NULL, thread_main, thread);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed) {
        avt_free(thread);
        return NULL;
    }
    (void)pthread_setname_np(thread->thread, name);
    return thread;
}

void avt_thread_join(struct avt_thread *thread)
{
    if (!thread)
        return;
    avt_assert(pthread_join(thread->thread, NULL) == 0);
    avt_free(thread);
}
