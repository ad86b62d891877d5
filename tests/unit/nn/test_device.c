/* SPDX-License-Identifier: Apache-2.0 */
/* The GPU, by libraries that stand in for it (tests/fakes): how it is looked for, used, and shared. */
#include "../cmocka_all.h"

#include "nn/device.h"
#include "nn/folders.h"
#include "nn/session.h"
#include "sandbox.h"

static char logged[4096];

/* What the stand-in noted, and a fresh start. */
static const char *log_text(void)
{
    AVT_CLEANUP(avt_freep) char *path = sandbox_path("gpu.log");
    AVT_CLEANUP(avt_freep) char *text = NULL;
    logged[0] = '\0';
    if (avt_file_read_text(path, sizeof(logged) - 1, &text, NULL) == AVT_OK)
        snprintf(logged, sizeof(logged), "%s", text);
    unlink(path);
    return logged;
}

static int begin(void **state)
{
    int rc = sandbox_begin(state);
    AVT_CLEANUP(avt_freep) char *path = sandbox_path("gpu.log");
    static const char *const variables[] = {"FAKE_GPU", "FAKE_GPU_MB", "FAKE_GPU_BATCH", "FAKE_GPU_BAD"};
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
    setenv("FAKE_GPU_LOG", path, 1);
    return rc;
}

static void gpu__is_looked_for(void **state)
{
    (void)state;
    struct avt_gpu gpu;
    setenv("FAKE_GPU_MB", "2048", 1);
    assert_true(avt_gpu_look(&gpu));
    assert_string_equal(gpu.name, "Fake RTX 3080");
    assert_true(gpu.memory_total_bytes == 2048LL << 20);
    assert_true(gpu.memory_used_bytes == 0);
    setenv("FAKE_GPU", "absent", 1);
    assert_false(avt_gpu_look(&gpu));
}

static void expect_unusable(const char *kind, const char *says)
{
    struct avt_error error = {0};
    setenv("FAKE_GPU", kind, 1);
    assert_int_equal(avt_gpu_usable(&error), AVT_EUNSUPPORTED);
    if (!strstr(error.message, says))
        fail_msg("%s: %s", kind, error.message);
}

static void gpu__usable_or_why_not(void **state)
{
    (void)state;
    struct avt_error error = {0};
    if (avt_gpu_usable(&error) != AVT_OK)
        fail_msg("%s", error.message);
    expect_unusable("absent", "there is no NVIDIA GPU");
    expect_unusable("none", "avatar models fetch onnxruntime-gpu");
    expect_unusable("broken", "CUDA 13 and cuDNN 9 must be installed (Failed to load libonnxruntime_providers_cuda.so");
}

/* y = 2 * relu(x) + k, of tiny.onnx. */
static enum avt_code run_tiny(struct avt_session *session, float *ret_first, struct avt_error *reterr)
{
    float x[2] = {1, -1};
    int64_t k[1] = {10};
    const struct avt_tensor inputs[] = {{"x", AVT_DTYPE_F32, 2, {1, 2}, x}, {"k", AVT_DTYPE_I64, 1, {1}, k}};
    struct avt_tensor output = {.name = "y"};
    enum avt_code code = avt_session_run(session, inputs, 2, &output, 1, reterr);
    if (code == AVT_OK)
        *ret_first = ((const float *)output.data)[0];
    avt_tensor_done(&output);
    return code;
}

static void gpu__session(void **state)
{
    (void)state;
    const struct avt_session_options options = {.foreign = true, .device = AVT_DEVICE_GPU, .gpu_bytes_max = 1000};
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL, *other = NULL;
    struct avt_error error = {0};
    struct avt_gpu gpu;
    float first = 0;
    if (avt_session_open(TEST_FOLDER "/tiny.onnx", &options, &session, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_non_null(strstr(log_text(), "gpu_mem_limit=1000\nopen tiny.onnx"));
    assert_true(avt_gpu_look(&gpu) && gpu.memory_used_bytes == 196); /* the file's size */
    assert_int_equal(run_tiny(session, &first, &error), AVT_OK);
    assert_true(first == 12);
    assert_string_equal(log_text(), "run tiny.onnx\n");
    setenv("FAKE_GPU_BATCH", "0", 1);
    assert_int_equal(run_tiny(session, &first, &error), AVT_ENOMEM);
    unsetenv("FAKE_GPU_BATCH");
    setenv("FAKE_GPU_BAD", "nan", 1);
    assert_int_equal(run_tiny(session, &first, &error), AVT_OK);
    assert_true(first != first);
    log_text();
    /* On the processor nothing of that happens. */
    assert_int_equal(avt_session_open(TEST_FOLDER "/tiny.onnx", &(struct avt_session_options){.foreign = true}, &other,
                                      &error), AVT_OK);
    assert_int_equal(run_tiny(other, &first, &error), AVT_OK);
    assert_true(first == 12);
    assert_string_equal(log_text(), "");
    avt_session_freep(&session);
    assert_string_equal(log_text(), "close tiny.onnx\n");
    setenv("FAKE_GPU", "broken", 1);
    assert_int_equal(avt_session_open(TEST_FOLDER "/tiny.onnx", &options, &session, &error), AVT_EUNSUPPORTED);
    assert_non_null(strstr(error.message, "cannot be put on the GPU"));
}

static void gpu__one_at_a_time(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = sandbox_path("storage/run");
    AVT_CLEANUP(avt_gpu_end_turnp) struct avt_gpu_turn *first = NULL, *second = NULL;
    struct avt_cancel cancel = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_gpu_take_turn(folder, NULL, &first, &error), AVT_OK);
    avt_cancel_request(&cancel);
    assert_int_equal(avt_gpu_take_turn(folder, &cancel, &second, &error), AVT_ECANCELLED);
    avt_gpu_end_turnp(&first);
    assert_int_equal(avt_gpu_take_turn(folder, NULL, &second, &error), AVT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gpu__is_looked_for, begin, sandbox_end),
        cmocka_unit_test_setup_teardown(gpu__usable_or_why_not, begin, sandbox_end),
        cmocka_unit_test_setup_teardown(gpu__session, begin, sandbox_end),
        cmocka_unit_test_setup_teardown(gpu__one_at_a_time, begin, sandbox_end),
    };
    AVT_CLEANUP(avt_freep) char *real = avt_model_find(AVT_RUNTIME_FILE);
    if (real)
        setenv("FAKE_ORT_REAL", real, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
