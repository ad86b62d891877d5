/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "api/machine.h"
#include "os/gpu.h"

/* The library found is fake_nvml.c: LD_LIBRARY_PATH leads to it. */
static void gpus__are_told_by_nvml(void **state)
{
    (void)state;
    struct avt_gpu gpus[AVT_GPUS_MAX];
    for (int again = 0; again < 2; again++) {
        assert_int_equal(avt_gpus_look(gpus), 2);
        assert_string_equal(gpus[0].name, "Fake 0");
        assert_int_equal(gpus[0].memory_total_bytes, 8000000000);
        assert_int_equal(gpus[0].memory_used_bytes, 2000000000);
        assert_int_equal(gpus[0].utilization_percent, 55);
        assert_int_equal(gpus[1].utilization_percent, -1);
    }
}

static void machine__has_memory_and_a_disk(void **state)
{
    (void)state;
    struct avt_machine machine;
    avt_machine_look("/", &machine);
    assert_true(machine.memory_total_bytes > 0);
    assert_true(machine.disk_total_bytes >= machine.disk_free_bytes);
    assert_true(machine.disk_total_bytes > 0);
    assert_true(machine.cpu_percent <= 100);
    avt_machine_look("/no/such/folder", &machine);
    assert_int_equal(machine.disk_total_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpus__are_told_by_nvml),
        cmocka_unit_test(machine__has_memory_and_a_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
