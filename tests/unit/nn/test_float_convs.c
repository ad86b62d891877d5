/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "nn/float_convs.h"
#include "nn/onnx_bytes.h"
#include "nn/session.h"

/* Two quantised convolutions in a row, the first with bias (make_tiny.py). */
#define TINY_CONV TEST_FOLDER "/tiny_conv.onnx"

enum { N = 6 };
static float x_data[N] = {0.5f, -1, 2, 0, 1.5f, -0.25f};

/* The same by hand, in float: weights (w - 20) / 10 and (w - 10) / 2, one zero on each side. */
static void expected(float y[2][N], float z[N])
{
    static const float a[2][3] = {{-1, 0, 1}, {2, 0, -2}}, bias[2] = {1, -2};
    for (int c = 0; c < 2; c++) {
        for (int i = 0; i < N; i++) {
            float before = i > 0 ? x_data[i - 1] : 0, after = i + 1 < N ? x_data[i + 1] : 0;
            y[c][i] = bias[c] + a[c][0] * before + a[c][1] * x_data[i] + a[c][2] * after;
        }
    }
    for (int i = 0; i < N; i++) {
        float before = i > 0 ? y[0][i - 1] : 0, after = i + 1 < N ? y[0][i + 1] : 0;
        z[i] = -0.5f * before + 0.5f * after + 2 * y[1][i];
    }
}

static void run(const char *path, float ret_y[2][N], float ret_z[N])
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    if (avt_session_open(path, NULL, &session, &error) != AVT_OK)
        fail_msg("%s", error.message);
    const struct avt_tensor input = {"x", AVT_DTYPE_F32, 3, {1, 1, N}, x_data};
    struct avt_tensor outputs[2] = {{.name = "y"}, {.name = "z"}};
    if (avt_session_run(session, &input, 1, outputs, 2, &error) != AVT_OK)
        fail_msg("%s", error.message);
    memcpy(ret_y, outputs[0].data, sizeof(float) * 2 * N);
    memcpy(ret_z, outputs[1].data, sizeof(float) * N);
    avt_tensor_done(&outputs[0]);
    avt_tensor_done(&outputs[1]);
}

static float worst(const float *a, const float *b, int count)
{
    float most = 0;
    for (int i = 0; i < count; i++)
        most = fmaxf(most, fabsf(a[i] - b[i]));
    return most;
}

static void apply__gives_the_float_result(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
    assert_int_equal(avt_model_bytes_open(TINY_CONV, NULL, 0, &bytes, NULL), AVT_OK);
    assert_int_equal(avt_float_convs_apply(&bytes), 2);
    char path[] = "/tmp/avatar-test-convs-XXXXXX";
    close(mkstemp(path));
    assert_int_equal(avt_file_write(path, bytes.data, bytes.size, NULL), AVT_OK);
    float y[2][N], z[N], y_expected[2][N], z_expected[N];
    run(path, y, z);
    expected(y_expected, z_expected);
    assert_true(worst(y[0], y_expected[0], 2 * N) < 1e-5f);
    assert_true(worst(z, z_expected, N) < 1e-5f);
    (void)unlink(path);
}

/* On any processor: by bytes the result is coarser, but the same. */
static void session__either_way(void **state)
{
    (void)state;
    float y[2][N], z[N], y_expected[2][N], z_expected[N];
    run(TINY_CONV, y, z);
    expected(y_expected, z_expected);
    assert_true(worst(y[0], y_expected[0], 2 * N) < 0.25f);
    assert_true(worst(z, z_expected, N) < 0.6f);
}

/* Nothing left of the integer chain, so nothing of it is computed. */
static void apply__strikes_the_chain(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
    assert_int_equal(avt_model_bytes_open(TINY_CONV, NULL, 0, &bytes, NULL), AVT_OK);
    assert_int_equal(avt_float_convs_apply(&bytes), 2);
    struct avt_slice model = {bytes.data, bytes.size};
    struct avt_pb_field part, field;
    bool damaged = false;
    int nodes = 0;
    while (avt_pb_next(&model, &part, &damaged)) {
        struct avt_slice rest = part.number == 7 ? part.bytes : (struct avt_slice){0};
        while (avt_pb_next(&rest, &field, &damaged)) {
            struct avt_onnx_node node;
            if (field.number != 1)
                continue;
            assert_true(avt_onnx_read_node(&field, &node));
            assert_true(avt_slice_is(node.op_type, "Conv"));
            nodes++;
        }
    }
    assert_false(damaged);
    assert_int_equal(nodes, 2);
    /* A second time there is nothing to do. */
    assert_int_equal(avt_float_convs_apply(&bytes), 0);
}

/* An output that lies inside the chain keeps it. */
static void apply__leaves_what_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *output;
        size_t changed;
    } rows[] = {{"a_sum", 1}, {"a_float", 1}, {"b_float", 1}, {"a_scales", 2}, {"x", 2}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
        assert_int_equal(avt_model_bytes_open(TINY_CONV, &rows[i].output, 1, &bytes, NULL), AVT_OK);
        if (avt_float_convs_apply(&bytes) != rows[i].changed)
            fail_msg("row %zu", i);
    }
}

static void apply__damaged_is_left_alone(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes whole = {0};
    assert_int_equal(avt_model_bytes_open(TINY_CONV, NULL, 0, &whole, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) uint8_t *copy = malloc(whole.size * 8);
    /* The graph ends before the last field, which names the operator set: cut inside the graph. */
    enum { OPERATOR_SET_BYTES = 6 };
    for (size_t size = 0; size < whole.size - OPERATOR_SET_BYTES; size++) {
        memcpy(copy, whole.data, size);
        struct avt_model_bytes cut = {copy, size, whole.size * 8};
        assert_int_equal(avt_float_convs_apply(&cut), 0);
        assert_int_equal(cut.size, size);
        assert_int_equal(memcmp(copy, whole.data, size), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apply__gives_the_float_result),
        cmocka_unit_test(session__either_way),
        cmocka_unit_test(apply__strikes_the_chain),
        cmocka_unit_test(apply__leaves_what_is_read),
        cmocka_unit_test(apply__damaged_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
