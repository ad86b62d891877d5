/* SPDX-License-Identifier: Apache-2.0 */
/* Which painters go and which stay, with an engine that is nothing but a count of what is open. */
#include "../cmocka_all.h"

#include <stdio.h>

#include "lipsync/painter_shelf.h"

static int opened, closed;

static enum avt_code count_open(const struct avt_painter_weights *weights, void **ret_state, struct avt_error *reterr)
{
    (void)reterr;
    (void)weights;
    opened++;
    *ret_state = &opened;
    return AVT_OK;
}

static void count_close(void *state)
{
    assert_ptr_equal(state, &opened);
    closed++;
}

static const struct avt_painter_engine counting = {.name = "counting", .open = count_open, .close = count_close};

static void load(struct avt_painter_shelf *shelf, const char *id, enum avt_device device)
{
    void *state = NULL;
    const struct avt_painter_weights weights = {.folder = "", .device = device};
    assert_int_equal(avt_painter_shelf_load(shelf, id, &counting, &weights, 100, &state, NULL), AVT_OK);
    assert_ptr_equal(state, &opened);
}

/* What a film uses is not unloaded, whoever asks, until it is released; then it goes like any other. */
static void shelf__keeps_what_is_in_use(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_footprints_freep) struct avt_footprints *table = avt_footprints_new();
    AVT_CLEANUP(avt_painter_shelf_freep) struct avt_painter_shelf *shelf = avt_painter_shelf_new(table);
    opened = closed = 0;
    load(shelf, "painter", AVT_DEVICE_GPU);
    load(shelf, "enhancer", AVT_DEVICE_GPU);
    assert_int_equal(avt_painter_shelf_gpu_bytes(shelf), 200);
    assert_false(avt_painter_shelf_drop(shelf, "painter"));
    assert_false(avt_painter_shelf_drop_gpu(shelf));
    avt_painter_shelf_release(shelf, "enhancer");
    avt_painter_shelf_release(shelf, "nobody");
    assert_true(avt_painter_shelf_drop_gpu(shelf)); /* though the other one was used longer ago */
    assert_false(avt_painter_shelf_has(shelf, "enhancer", AVT_DEVICE_GPU));
    assert_true(avt_painter_shelf_has(shelf, "painter", AVT_DEVICE_GPU));
    avt_painter_shelf_release(shelf, "painter");
    assert_true(avt_painter_shelf_drop(shelf, "painter"));
    assert_false(avt_painter_shelf_drop(shelf, "painter"));
    assert_int_equal(opened, 2);
    assert_int_equal(closed, 2);
}

/* A full shelf makes room for a new one: the one that was used longest ago goes, but for those in use. */
static void shelf__makes_room(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_footprints_freep) struct avt_footprints *table = avt_footprints_new();
    AVT_CLEANUP(avt_painter_shelf_freep) struct avt_painter_shelf *shelf = avt_painter_shelf_new(table);
    char id[8];
    opened = closed = 0;
    for (int i = 0; i < AVT_PAINTERS_MAX; i++) {
        snprintf(id, sizeof(id), "%d", i);
        load(shelf, id, AVT_DEVICE_CPU);
        if (i > 0)
            avt_painter_shelf_release(shelf, id);
    }
    load(shelf, "new", AVT_DEVICE_CPU);
    assert_true(avt_painter_shelf_has(shelf, "0", AVT_DEVICE_CPU));
    assert_false(avt_painter_shelf_has(shelf, "1", AVT_DEVICE_CPU));
    assert_true(avt_painter_shelf_has(shelf, "2", AVT_DEVICE_CPU));
    /* The same again is not loaded twice; on another device it is, and the first one goes. */
    load(shelf, "2", AVT_DEVICE_CPU);
    assert_int_equal(opened, AVT_PAINTERS_MAX + 1);
    load(shelf, "2", AVT_DEVICE_GPU);
    assert_int_equal(opened, AVT_PAINTERS_MAX + 2);
    assert_int_equal(closed, 2);
    avt_painter_shelf_clear(shelf);
    assert_int_equal(opened, closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shelf__keeps_what_is_in_use),
        cmocka_unit_test(shelf__makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
