/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "base/mem.h"
#include "os/thread.h"

enum { ITEMS = 1000 };

static atomic_int dropped;

static void drop(void *item)
{
    (void)item;
    atomic_fetch_add(&dropped, 1);
}

static void produce(void *user)
{
    struct avt_queue *queue = user;
    for (uintptr_t i = 1; i <= ITEMS; i++)
        if (!avt_queue_push(queue, (void *)i))
            return;
    avt_queue_close(queue);
}

static void queue__keeps_order_and_drains_after_close(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_queue_freep) struct avt_queue *queue = avt_queue_new(3, drop);
    struct avt_thread *thread = avt_thread_start("produce", produce, queue);
    assert_non_null(thread);
    void *item = NULL;
    uintptr_t want = 1;
    for (; avt_queue_pop(queue, &item); want++)
        assert_int_equal((uintptr_t)item, want);
    assert_int_equal(want, ITEMS + 1);
    assert_false(avt_queue_push(queue, (void *)1));
    avt_thread_join(thread);
}

static void queue__abort_wakes_the_waiting_and_drops_the_rest(void **state)
{
    (void)state;
    atomic_store(&dropped, 0);
    struct avt_queue *queue = avt_queue_new(2, drop);
    struct avt_thread *thread = avt_thread_start("produce", produce, queue);
    void *item = NULL;
    assert_true(avt_queue_pop(queue, &item));
    avt_queue_abort(queue); /* the producer waits for room or will */
    avt_thread_join(thread);
    assert_false(avt_queue_pop(queue, &item));
    avt_queue_free(queue);
    assert_in_range(atomic_load(&dropped), 0, 2);
}

static void cancel__is_seen(void **state)
{
    (void)state;
    struct avt_cancel cancel = {0};
    assert_false(avt_cancelled(NULL));
    assert_false(avt_cancelled(&cancel));
    avt_cancel_request(&cancel);
    assert_true(avt_cancelled(&cancel));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue__keeps_order_and_drains_after_close),
        cmocka_unit_test(queue__abort_wakes_the_waiting_and_drops_the_rest),
        cmocka_unit_test(cancel__is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
