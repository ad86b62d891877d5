/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/assert.h"
#include "base/mem.h"
#include "os/thread.h"

struct avt_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t capacity;
    void (*drop)(void *item);
    /* guarded by lock */
    void **items; /* [capacity], a ring */
    size_t first, count;
    bool closed, aborted;
};

struct avt_queue *avt_queue_new(size_t capacity, void (*drop)(void *item))
{
    avt_assert(capacity > 0);
    struct avt_queue *queue = avt_new0(struct avt_queue, 1);
    avt_assert(pthread_mutex_init(&queue->lock, NULL) == 0);
    avt_assert(pthread_cond_init(&queue->changed, NULL) == 0);
    queue->capacity = capacity;
    queue->drop = drop;
    queue->items = avt_new0(void *, capacity);
    return queue;
}

bool avt_queue_push(struct avt_queue *queue, void *item)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == queue->capacity && !queue->closed && !queue->aborted)
        pthread_cond_wait(&queue->changed, &queue->lock);
    bool open = !queue->closed && !queue->aborted;
    if (open) {
        queue->items[(queue->first + queue->count) % queue->capacity] = item;
        queue->count++;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return open;
}

bool avt_queue_pop(struct avt_queue *queue, void **ret_item)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed && !queue->aborted)
        pthread_cond_wait(&queue->changed, &queue->lock);
    bool have = queue->count > 0 && !queue->aborted;
    if (have) {
        *ret_item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return have;
}

void avt_queue_close(struct avt_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void avt_queue_abort(struct avt_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->aborted = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void avt_queue_free(struct avt_queue *queue)
{
    if (!queue)
        return;
    for (; queue->count; queue->count--) {
        if (queue->drop)
            queue->drop(queue->items[queue->first]);
        queue->first = (queue->first + 1) % queue->capacity;
    }
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    avt_free(queue->items);
    avt_free(queue);
}
