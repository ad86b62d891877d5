/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>

#include "base/mem.h"
#include "os/footprint.h"
#include "os/proc.h"

static void footprint__growth_is_measured(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_footprints_freep) struct avt_footprints *table = avt_footprints_new();
    struct avt_footprint list[AVT_FOOTPRINTS_MAX];
    assert_int_equal(avt_footprints_list(table, list, AVT_FOOTPRINTS_MAX), 0);
    enum { SIZE = 64 << 20 };
    size_t before = avt_memory_now_bytes();
    AVT_CLEANUP(avt_freep) char *weights = avt_new0(char, SIZE);
    for (volatile char *page = weights; page < weights + SIZE; page += 4096)
        *page = 1;
    avt_footprints_loaded(table, "large", before, 0);
    avt_footprints_loaded(table, "small", avt_memory_now_bytes() + SIZE, 1000);
    assert_int_equal(avt_footprints_list(table, list, AVT_FOOTPRINTS_MAX), 2);
    assert_string_equal(list[0].name, "large");
    assert_true(list[0].bytes > SIZE / 2 && list[0].bytes < 2 * (int64_t)SIZE);
    assert_int_equal(list[1].bytes, 1000); /* never less than its file */
}

static void footprint__use_and_end(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_footprints_freep) struct avt_footprints *table = avt_footprints_new();
    struct avt_footprint list[AVT_FOOTPRINTS_MAX];
    char name[8];
    for (int i = 0; i < AVT_FOOTPRINTS_MAX + 3;
         i++) { /* more than there is room for: not counted */
        snprintf(name, sizeof(name), "m%d", i);
        avt_footprints_loaded(table, name, 0, 1);
    }
    avt_footprints_loaded(table, "m0", 0, 1); /* again: still one */
    assert_int_equal(avt_footprints_list(table, list, AVT_FOOTPRINTS_MAX), AVT_FOOTPRINTS_MAX);
    double used = list[3].used_s;
    avt_footprints_used(table, "m3");
    avt_footprints_used(table, "unknown");
    avt_footprints_unloaded(table, "m1");
    avt_footprints_unloaded(table, "unknown");
    assert_int_equal(avt_footprints_list(table, list, 3), 3);
    assert_string_equal(list[1].name, "m2");
    assert_string_equal(list[2].name, "m3");
    assert_true(list[2].used_s >= used);
}

static void footprint__without_a_table(void **state)
{
    (void)state;
    struct avt_footprint list[1];
    avt_footprints_loaded(NULL, "x", 0, 0);
    avt_footprints_used(NULL, "x");
    avt_footprints_unloaded(NULL, "x");
    avt_footprints_free(NULL);
    assert_int_equal(avt_footprints_list(NULL, list, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(footprint__growth_is_measured),
        cmocka_unit_test(footprint__use_and_end),
        cmocka_unit_test(footprint__without_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
