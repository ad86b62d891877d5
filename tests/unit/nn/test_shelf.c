/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/shelf.h"

/* What is opened and closed, in order: "a+ b+ a-". */
static char events[200];

static void note(const char *id, const char *what)
{
    size_t used = strlen(events);
    snprintf(events + used, sizeof(events) - used, "%s%s%s", used ? " " : "", id, what);
}

static enum avt_code open_thing(const void *how, void **ret_state, struct avt_error *reterr)
{
    if (strcmp(how, "bad") == 0)
        return avt_fail(reterr, AVT_EMODELBAD, "it is bad");
    note(how, "+");
    *ret_state = strdup(how);
    return AVT_OK;
}

static void close_thing(void *state)
{
    note(state, "-");
    free(state);
}

static enum avt_code take(struct avt_shelf *shelf, const char *id, enum avt_device device, int64_t bytes)
{
    const struct avt_shelf_item item = {
        .id = id, .device = device, .bytes_min = bytes, .open = open_thing, .how = id, .close = close_thing};
    void *got = NULL;
    struct avt_error error = {0};
    enum avt_code code = avt_shelf_take(shelf, &item, &got, &error);
    if (code == AVT_OK)
        assert_string_equal(got, id);
    return code;
}

static void expect(const char *list)
{
    if (strcmp(events, list) != 0)
        fail_msg("'%s' is not '%s'", events, list);
    events[0] = '\0';
}

static void shelf__keeps_what_is_used(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d"};
    AVT_CLEANUP(avt_shelf_freep) struct avt_shelf *shelf = avt_shelf_new(NULL);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(take(shelf, names[i % 4], AVT_DEVICE_CPU, 10), AVT_OK);
        avt_shelf_put(shelf, names[i % 4]);
    }
    expect("a+ b+ c+ d+"); /* each once */
    assert_int_equal(take(shelf, "a", AVT_DEVICE_CPU, 10), AVT_OK);
    avt_shelf_put(shelf, "a");
    assert_int_equal(take(shelf, "e", AVT_DEVICE_CPU, 10), AVT_OK);
    expect("b- e+"); /* what was used longest ago goes */
    assert_true(avt_shelf_has(shelf, "a", AVT_DEVICE_CPU));
    assert_false(avt_shelf_has(shelf, "a", AVT_DEVICE_GPU));
    assert_false(avt_shelf_has(shelf, "b", AVT_DEVICE_CPU));
    assert_int_equal(take(shelf, "bad", AVT_DEVICE_CPU, 10), AVT_EMODELBAD);
    assert_false(avt_shelf_has(shelf, "bad", AVT_DEVICE_CPU));
}

static void shelf__leaves_what_is_at_work(void **state)
{
    (void)state;
    events[0] = '\0';
    AVT_CLEANUP(avt_shelf_freep) struct avt_shelf *shelf = avt_shelf_new(NULL);
    assert_int_equal(take(shelf, "a", AVT_DEVICE_CPU, 10), AVT_OK);
    assert_int_equal(take(shelf, "b", AVT_DEVICE_CPU, 10), AVT_OK);
    avt_shelf_put(shelf, "b");
    avt_shelf_put(shelf, "nobody");
    assert_false(avt_shelf_drop(shelf, "a"));
    assert_false(avt_shelf_drop(shelf, "nobody"));
    avt_shelf_clear(shelf);
    expect("a+ b+ b-");
    avt_shelf_put(shelf, "a");
    assert_true(avt_shelf_drop(shelf, "a"));
    expect("a-");
    static const char *const names[] = {"a", "b", "c", "d"};
    for (int i = 0; i < AVT_SHELF_MAX; i++)
        assert_int_equal(take(shelf, names[i], AVT_DEVICE_CPU, 10), AVT_OK);
    assert_int_equal(take(shelf, "e", AVT_DEVICE_CPU, 10), AVT_EINTERNAL);
}

static void shelf__of_the_gpu(void **state)
{
    (void)state;
    events[0] = '\0';
    AVT_CLEANUP(avt_shelf_freep) struct avt_shelf *shelf = avt_shelf_new(NULL);
    assert_int_equal(take(shelf, "a", AVT_DEVICE_GPU, 10), AVT_OK);
    assert_int_equal(take(shelf, "b", AVT_DEVICE_GPU, 5), AVT_OK);
    assert_int_equal(take(shelf, "c", AVT_DEVICE_CPU, 7), AVT_OK);
    assert_int_equal(avt_shelf_gpu_bytes(shelf), 15);
    assert_false(avt_shelf_drop_gpu(shelf)); /* both are at work */
    avt_shelf_put(shelf, "a");
    avt_shelf_put(shelf, "c");
    assert_true(avt_shelf_drop_gpu(shelf));
    assert_int_equal(avt_shelf_gpu_bytes(shelf), 5);
    avt_shelf_put(shelf, "b");
    /* Another device is another opening. */
    assert_int_equal(take(shelf, "b", AVT_DEVICE_CPU, 5), AVT_OK);
    assert_int_equal(avt_shelf_gpu_bytes(shelf), 0);
    expect("a+ b+ c+ a- b- b+");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shelf__keeps_what_is_used),
        cmocka_unit_test(shelf__leaves_what_is_at_work),
        cmocka_unit_test(shelf__of_the_gpu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
