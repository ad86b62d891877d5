/* SPDX-License-Identifier: Apache-2.0 */
/* The GPU, by libraries that stand in for it (tests/fakes): how it is looked for, used, and shared. */
#include "../cmocka_all.h"

#include "nn/bound.h"
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

/* tiny_state.onnx, of which make_tiny.py says what it does: state and seen go round on the GPU, y comes from there. */
static void gpu__keeps_a_state(void **state)
{
    (void)state;
    static const char *const kept[][2] = {{"out_state", "state"}, {"out_seen", "seen"}};
    float x[6] = {1, 2, 3, 4, 5, 6}, start[6] = {0}, other[1];
    float ys[2][3][6]; /* of the processor, of the GPU */
    int64_t step = 0;
    uint8_t seen = 0;
    struct avt_error error = {0};
    for (int device = 0; device < 2; device++) {
        const struct avt_session_options options = {.foreign = true,
                                                    .device = device ? AVT_DEVICE_GPU : AVT_DEVICE_CPU};
        AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
        assert_int_equal(avt_session_open(TEST_FOLDER "/tiny_state.onnx", &options, &session, &error), AVT_OK);
        AVT_CLEANUP(avt_bound_freep) struct avt_bound *bound = avt_bound_new(session);
        const struct avt_tensor inputs[] = {{"x", AVT_DTYPE_F32, 2, {3, 2}, x},
                                            {"state", AVT_DTYPE_F32, 2, {3, 2}, start},
                                            {"step", AVT_DTYPE_I64, 1, {1}, &step},
                                            {"seen", AVT_DTYPE_BOOL, 1, {1}, &seen},
                                            {"kept", AVT_DTYPE_F32, 2, {0, 2}, other}};
        for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
            assert_int_equal(avt_bound_set(bound, &inputs[i], &error), AVT_OK);
        assert_int_equal(avt_bound_want(bound, "y", &error), AVT_OK);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(avt_bound_keep(bound, kept[i][0], &error), AVT_OK);
        log_text();
        for (int i = 0; i < 3; i++) {
            struct avt_tensor y = {.name = "y"}, state_out = {.name = "out_state"};
            if (avt_bound_run(bound, &error) != AVT_OK)
                fail_msg("%s", error.message);
            assert_int_equal(avt_bound_get(bound, &y, &error), AVT_OK);
            memcpy(ys[device][i], y.data, sizeof(ys[device][i]));
            assert_int_equal(avt_bound_get(bound, &state_out, &error), AVT_EINVAL);
            for (size_t k = 0; k < 2; k++)
                assert_int_equal(avt_bound_carry(bound, kept[k][0], kept[k][1], &error), AVT_OK);
        }
        assert_string_equal(log_text(), device ? "keep out_state\nkeep out_seen\nrun tiny_state.onnx\n"
                                                 "keep out_state\nkeep out_seen\nrun tiny_state.onnx\n"
                                                 "keep out_state\nkeep out_seen\nrun tiny_state.onnx\n"
                                               : "");
        if (device) {
            setenv("FAKE_GPU_BATCH", "0", 1);
            assert_int_equal(avt_bound_run(bound, &error), AVT_ENOMEM);
            unsetenv("FAKE_GPU_BATCH");
        }
    }
    assert_memory_equal(ys[0], ys[1], sizeof(ys[0]));
    assert_memory_not_equal(ys[1][0], ys[1][1], sizeof(ys[1][0]));
}

/* tiny_update.onnx replaces one number of its state by x: there, too, over itself from the second step on. */
static void gpu__updates_in_place(void **state)
{
    (void)state;
    static const char path[] = TEST_FOLDER "/tiny_update.onnx";
    static const char *const names[] = {"state_0", "state_1", "state_2", "state_3"};
    const struct avt_session_options options = {.foreign = true, .device = AVT_DEVICE_GPU};
    AVT_CLEANUP(avt_updates_freep) struct avt_updates *updates = avt_updates_read(path);
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    struct avt_error error = {0};
    float x = 0, start[4] = {1, 2, 3, 4}, now[4] = {1, 2, 3, 4};
    int64_t index = 0;
    assert_int_equal(avt_session_open(path, &options, &session, &error), AVT_OK);
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *bound = avt_bound_new(session);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(avt_bound_set(bound, &(struct avt_tensor){names[i], AVT_DTYPE_F32, 1, {4}, start}, &error),
                         AVT_OK);
    assert_int_equal(avt_bound_want(bound, "out_state_0", &error), AVT_OK);
    assert_true(avt_bound_update(bound, updates, "out_state_0", "state_0"));
    const void *first = NULL;
    for (int step = 0; step < 6; step++) {
        struct avt_tensor made = {.name = "out_state_0"};
        index = step % 4;
        x = (float)(10 + step);
        now[index] = x;
        assert_int_equal(avt_bound_set(bound, &(struct avt_tensor){"x", AVT_DTYPE_F32, 1, {1}, &x}, &error), AVT_OK);
        assert_int_equal(avt_bound_set(bound, &(struct avt_tensor){"step", AVT_DTYPE_I64, 1, {1}, &index}, &error),
                         AVT_OK);
        if (avt_bound_run(bound, &error) != AVT_OK)
            fail_msg("%s", error.message);
        assert_int_equal(avt_bound_get(bound, &made, &error), AVT_OK);
        assert_memory_equal(made.data, now, sizeof(now));
        assert_true(step == 0 || made.data == first);
        first = made.data;
        assert_int_equal(avt_bound_carry(bound, "out_state_0", "state_0", &error), AVT_OK);
    }
    assert_true(start[0] == 1); /* the caller's is as it was */
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
        cmocka_unit_test_setup_teardown(gpu__keeps_a_state, begin, sandbox_end),
        cmocka_unit_test_setup_teardown(gpu__updates_in_place, begin, sandbox_end),
        cmocka_unit_test_setup_teardown(gpu__one_at_a_time, begin, sandbox_end),
    };
    AVT_CLEANUP(avt_freep) char *real = avt_model_find(AVT_RUNTIME_FILE);
    if (real)
        setenv("FAKE_ORT_REAL", real, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
