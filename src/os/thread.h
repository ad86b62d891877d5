/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Threads, locks, a cancel flag and a bounded queue. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct avt_mutex;
struct avt_mutex *avt_mutex_new(void);
void avt_mutex_lock(struct avt_mutex *mutex);
void avt_mutex_unlock(struct avt_mutex *mutex);
void avt_mutex_free(struct avt_mutex *mutex);
AVT_DEFINE_FREEP(struct avt_mutex, avt_mutex_free)

/** To wait, with a mutex held, for what another thread does under it. */
struct avt_cond;
struct avt_cond *avt_cond_new(void);
/** Lets go of the mutex, waits, takes it again; may wake for nothing: look again at what is waited for. */
void avt_cond_wait(struct avt_cond *cond, struct avt_mutex *mutex);
void avt_cond_wake_all(struct avt_cond *cond);
void avt_cond_free(struct avt_cond *cond);
AVT_DEFINE_FREEP(struct avt_cond, avt_cond_free)

struct avt_thread;
/** Starts at once; all signals are blocked in it. NULL if the system refuses. */
struct avt_thread *avt_thread_start(const char *name, void (*run)(void *user), void *user);
/** Waits for the end and frees. Does nothing for NULL. */
void avt_thread_join(struct avt_thread *thread);

/** Polled by every stage; may be set from any thread or a signal handler. */
struct avt_cancel {
    atomic_int requested;
};
static inline bool avt_cancelled(const struct avt_cancel *cancel)
{
    return cancel && atomic_load_explicit(&cancel->requested, memory_order_relaxed) != 0;
}
static inline void avt_cancel_request(struct avt_cancel *cancel)
{
    atomic_store(&cancel->requested, 1);
}

/*
 * Bounded queue of pointers between threads. push() blocks while full, pop() while empty. close():
 * pushes fail, pops drain what is left and then fail. abort(): both fail at once, items left are
 * handed to `drop` at free.
 */
struct avt_queue;
struct avt_queue *avt_queue_new(size_t capacity, void (*drop)(void *item));
/** False when closed or aborted: the item stays the caller's. */
bool avt_queue_push(struct avt_queue *queue, void *item);
/** False when closed and drained, or aborted. */
bool avt_queue_pop(struct avt_queue *queue, void **ret_item);
void avt_queue_close(struct avt_queue *queue);
void avt_queue_abort(struct avt_queue *queue);
void avt_queue_free(struct avt_queue *queue);
AVT_DEFINE_FREEP(struct avt_queue, avt_queue_free)
