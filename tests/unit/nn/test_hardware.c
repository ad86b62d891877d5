/* SPDX-License-Identifier: Apache-2.0 */
/* What big networks run on: on a machine with a GPU (tests/fakes) and on one without. */
#include "../cmocka_all.h"

#include "nn/folders.h"
#include "nn/hardware.h"
#include "os/proc.h"
#include "sandbox.h"

static void hardware__suits(void **state)
{
    (void)state;
    static const struct {
        int cores, memory_gb, gpu_gb; /* 0: none */
        const char *profile;
    } rows[] = {
        {2, 24, 0, "cpu-small"}, {4, 64, 0, "cpu-small"}, {8, 8, 0, "cpu-small"}, {5, 12, 0, "cpu"}, {64, 512, 0,
                                                                                                      "cpu"},
        {2, 8, 4, "cpu-small"},  {8, 32, 4, "cpu"},       {2, 8, 6, "gpu-10gb"},  {8, 32, 12, "gpu-10gb"},
        {8, 32, 20, "gpu-24gb"}, {2, 8, 140, "gpu-24gb"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct avt_gpu gpu = {.memory_total_bytes = (uint64_t)rows[i].gpu_gb * 1000000000};
        const char *profile =
            avt_hardware_suits(rows[i].cores, rows[i].memory_gb * 1000000000LL, rows[i].gpu_gb ? &gpu : NULL);
        if (strcmp(profile, rows[i].profile) != 0)
            fail_msg("row %zu: %s", i, profile);
    }
}

static void choose(const char *profile, long long vram, struct avt_hardware *hardware)
{
    struct avt_error error = {0};
    if (avt_hardware_choose(&(struct avt_hardware_wish){profile, vram, 0}, hardware, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static void hardware__with_a_gpu(void **state)
{
    (void)state;
    struct avt_hardware hardware;
    setenv("FAKE_GPU_MB", "11000", 1); /* 11.5 GB */
    choose(NULL, 0, &hardware);
    assert_string_equal(hardware.profile, "gpu-10gb");
    assert_int_equal(hardware.device, AVT_DEVICE_GPU);
    assert_true(hardware.vram_bytes == 10000000000);
    assert_non_null(strstr(hardware.why, "Fake RTX 3080 with 11.5 GB, of which 10.0 may be used"));
    choose("auto", 4000000000, &hardware);
    assert_true(hardware.vram_bytes == 4000000000);
    choose("gpu-24gb", 0, &hardware); /* no more than there is */
    assert_true(hardware.vram_bytes == 11000LL << 20);
    assert_int_equal(hardware.batch, 16);
    choose("cpu", 0, &hardware);
    assert_int_equal(hardware.device, AVT_DEVICE_CPU);
    assert_int_equal(hardware.batch, 4);
    assert_true(hardware.vram_bytes == 0);
}

static void hardware__without_one(void **state)
{
    (void)state;
    struct avt_hardware hardware;
    struct avt_error error = {0};
    setenv("FAKE_GPU", "none", 1);
    choose("auto", 0, &hardware);
    assert_int_equal(hardware.device, AVT_DEVICE_CPU);
    assert_non_null(strstr(hardware.why, "no GPU: ONNX Runtime"));
    const struct avt_hardware_wish gpu = {"gpu-10gb", 0, 0}, none = {"tpu", 0, 0};
    assert_int_equal(avt_hardware_choose(&gpu, &hardware, &error), AVT_EUNSUPPORTED);
    assert_non_null(strstr(error.message, "gpu-10gb cannot be used: ONNX Runtime"));
    assert_int_equal(avt_hardware_choose(&none, &hardware, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "cpu-small, cpu, gpu-10gb or gpu-24gb"));
}

/* Of which precision an engine's weights are the best, as "int8 float32 float16". */
static void expect_precisions(const char *profile, bool has_gpu, const char *expected)
{
    char text[64] = "";
    const char *const *precisions = avt_hardware_precisions(&(struct avt_hardware_wish){profile, 0, 0}, has_gpu);
    for (size_t i = 0; i < AVT_HARDWARE_PRECISIONS; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", precisions[i]);
    assert_string_equal(text, expected);
}

static void hardware__precisions(void **state)
{
    (void)state;
    const char *here = avt_hardware_suits(avt_cpu_count(), (long long)avt_memory_total_bytes(), NULL);
    bool is_small = strcmp(here, "cpu-small") == 0;
    static const char on_gpu[] = "float16 float32 int8";
    static const char on_cpu[] = "float32 int8 float16", on_small[] = "int8 float32 float16";
    setenv("FAKE_GPU_MB", "11000", 1);
    expect_precisions(NULL, true, on_gpu);
    expect_precisions("auto", false, is_small ? on_small : on_cpu); /* an engine that stays on the processor */
    expect_precisions("gpu-24gb", true, on_gpu);
    expect_precisions("gpu-24gb", false, on_cpu);
    expect_precisions("cpu", true, on_cpu);
    expect_precisions("cpu-small", true, on_small);
    setenv("FAKE_GPU", "none", 1);
    expect_precisions("auto", true, is_small ? on_small : on_cpu);
}

/* Of the cores only cpu-small leaves some, when it is asked for by name. */
static void hardware__threads(void **state)
{
    (void)state;
    int cores = avt_cpu_count();
    struct avt_hardware hardware;
    assert_int_equal(avt_hardware_threads(NULL), cores);
    assert_int_equal(avt_hardware_threads("auto"), cores);
    assert_int_equal(avt_hardware_threads("cpu"), cores);
    assert_int_equal(avt_hardware_threads("gpu-10gb"), cores);
    assert_int_equal(avt_hardware_threads("cpu-small"), cores < 4 ? cores : 4);
    choose("cpu-small", 0, &hardware);
    assert_int_equal(hardware.threads, cores < 4 ? cores : 4);
    assert_non_null(strstr(hardware.why, "1 picture at once, weights of int8 before float32"));
    const struct avt_hardware_wish wish = {"cpu", 0, 7}; /* said on the command line: it counts */
    assert_int_equal(avt_hardware_choose(&wish, &hardware, NULL), AVT_OK);
    assert_int_equal(hardware.threads, 7);
    assert_non_null(strstr(hardware.why, "7 threads, 4 pictures at once, weights of float32 before int8"));
}

static int begin(void **state)
{
    unsetenv("FAKE_GPU");
    unsetenv("FAKE_GPU_MB");
    return sandbox_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hardware__suits),
        cmocka_unit_test_setup_teardown(hardware__with_a_gpu, begin, sandbox_end),
        cmocka_unit_test_setup_teardown(hardware__without_one, begin, sandbox_end),
        cmocka_unit_test_setup_teardown(hardware__precisions, begin, sandbox_end),
        cmocka_unit_test_setup_teardown(hardware__threads, begin, sandbox_end),
    };
    AVT_CLEANUP(avt_freep) char *real = avt_model_find(AVT_RUNTIME_FILE);
    if (real)
        setenv("FAKE_ORT_REAL", real, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
