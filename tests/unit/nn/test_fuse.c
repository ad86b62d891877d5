/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "nn/custom_ops.h"
#include "nn/fuse.h"
#include "nn/session.h"

/* Made by make_tiny.py, which describes them. */
#define TINY_CONV  TEST_FOLDER "/tiny_conv.onnx"
#define TINY_ADAIN TEST_FOLDER "/tiny_adain.onnx"

enum { N = 50, IN = 8, OUT = 16, LAST = 2, CHANNELS = 3 };
enum { ALL = AVT_FUSE_CONV1D | AVT_FUSE_ADAIN };

static size_t fused_count(struct avt_fused fused)
{
    return fused.conv1d + fused.adain;
}

/* ---- a model with what was changed in memory, run by ONNX Runtime ---------------------------- */

static OrtSession *open_bytes(const struct avt_runtime *runtime,
                              const struct avt_model_bytes *bytes)
{
    const OrtApi *api = runtime->api;
    OrtSessionOptions *options = NULL;
    OrtSession *session = NULL;
    OrtStatus *status = api->CreateSessionOptions(&options);
    if (!status)
        status = api->DisablePerSessionThreads(options);
    if (!status)
        status = api->AddCustomOpDomain(options, runtime->operators);
    if (!status)
        status =
            api->CreateSessionFromArray(runtime->env, bytes->data, bytes->size, options, &session);
    if (status)
        fail_msg("%s", api->GetErrorMessage(status));
    api->ReleaseSessionOptions(options);
    return session;
}

struct tensor {
    const char *name;
    int64_t channels, length;
    float *data;
};

/* Runs it; outputs are copied to their data. Null if all is well, else what ONNX Runtime says. */
static OrtStatus *run_bytes(const struct avt_model_bytes *bytes, const struct tensor *inputs,
                            size_t input_count, const struct tensor *outputs, size_t output_count)
{
    const struct avt_runtime *runtime = NULL;
    assert_int_equal(avt_runtime(&runtime, NULL), AVT_OK);
    const OrtApi *api = runtime->api;
    OrtSession *session = open_bytes(runtime, bytes);
    const char *in_names[4], *out_names[4];
    OrtValue *in[4] = {0}, *out[4] = {0};
    OrtStatus *status = NULL;
    for (size_t i = 0; i < input_count && !status; i++) {
        const int64_t shape[3] = {1, inputs[i].channels, inputs[i].length};
        in_names[i] = inputs[i].name;
        status = api->CreateTensorWithDataAsOrtValue(
            runtime->cpu, inputs[i].data,
            (size_t)(inputs[i].channels * inputs[i].length) * sizeof(float), shape, 3,
            ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &in[i]);
    }
    for (size_t i = 0; i < output_count; i++)
        out_names[i] = outputs[i].name;
    if (!status)
        status = api->Run(session, NULL, in_names, (const OrtValue *const *)in, input_count,
                          out_names, output_count, out);
    for (size_t i = 0; i < output_count && !status; i++) {
        void *data = NULL;
        status = api->GetTensorMutableData(out[i], &data);
        memcpy(outputs[i].data, data,
               (size_t)(outputs[i].channels * outputs[i].length) * sizeof(float));
    }
    for (size_t i = 0; i < 4; i++) {
        api->ReleaseValue(in[i]);
        api->ReleaseValue(out[i]);
    }
    api->ReleaseSession(session);
    return status;
}

static void assert_runs(OrtStatus *status)
{
    const struct avt_runtime *runtime = NULL;
    assert_int_equal(avt_runtime(&runtime, NULL), AVT_OK);
    if (status)
        fail_msg("%s", runtime->api->GetErrorMessage(status));
}

static float worst(const float *a, const float *b, size_t count)
{
    float most = 0;
    for (size_t i = 0; i < count; i++) {
        float difference = fabsf(a[i] - b[i]);
        most = difference > most || isnan(difference) ? difference : most;
    }
    return most;
}

/* ---- convolutions --------------------------------------------------------------------------- */

static float x_data[IN * N];

/* What make_tiny.py's convolutions do, by hand. */
static void convolve(const float *x, int in, int out, int taps, int dilation, bool has_bias,
                     float *y)
{
    for (int o = 0; o < out; o++) {
        for (int t = 0; t < N; t++) {
            double sum = has_bias ? o * 0.25 - 1.0 : 0.0;
            for (int i = 0; i < in; i++) {
                for (int k = 0; k < taps; k++) {
                    int at = t + (k - (taps - 1) / 2) * dilation;
                    double weight = ((7 * o + 3 * i + 5 * k) % 41 - 20) * 0.01;
                    sum += at >= 0 && at < N ? weight * (double)x[i * N + at] : 0.0;
                }
            }
            y[o * N + t] = (float)sum;
        }
    }
}

struct conv_outputs {
    float y[OUT * N], z[OUT * N], last[LAST * N];
};

static void expect_convs(struct conv_outputs *ret)
{
    for (int i = 0; i < IN * N; i++)
        x_data[i] = (float)((i * 37) % 101) / 50.0f - 1.0f;
    convolve(x_data, IN, OUT, 3, 1, true, ret->y);
    convolve(ret->y, OUT, OUT, 7, 3, true, ret->z);
    convolve(ret->z, OUT, LAST, 3, 1, false, ret->last);
}

static void conv1d__gives_the_float_result(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
    assert_int_equal(avt_model_bytes_open(TINY_CONV, NULL, 0, &bytes, NULL), AVT_OK);
    assert_int_equal(avt_fuse(&bytes, ALL).conv1d, 2);
    struct conv_outputs got, wanted;
    expect_convs(&wanted);
    const struct tensor input = {"x", IN, N, x_data};
    const struct tensor outputs[] = {
        {"y", OUT, N, got.y}, {"z", OUT, N, got.z}, {"last", LAST, N, got.last}};
    assert_runs(run_bytes(&bytes, &input, 1, outputs, 3));
    assert_true(worst(got.y, wanted.y, OUT * N) < 1e-5f);
    assert_true(worst(got.z, wanted.z, OUT * N) < 2e-5f);
    /* The last has too few channels and stays as it is: by bytes, so coarser. */
    assert_true(worst(got.last, wanted.last, LAST * N) < 0.1f);
}

/* On any processor: by bytes the result is coarser, but the same. */
static void session__either_way(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct conv_outputs wanted;
    expect_convs(&wanted);
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    if (avt_session_open(TINY_CONV, NULL, &session, &error) != AVT_OK)
        fail_msg("%s", error.message);
    const struct avt_tensor input = {"x", AVT_DTYPE_F32, 3, {1, IN, N}, x_data};
    struct avt_tensor outputs[2] = {{.name = "y"}, {.name = "z"}};
    if (avt_session_run(session, &input, 1, outputs, 2, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_true(worst(outputs[0].data, wanted.y, OUT * N) < 0.05f);
    assert_true(worst(outputs[1].data, wanted.z, OUT * N) < 0.2f);
    avt_tensor_done(&outputs[0]);
    avt_tensor_done(&outputs[1]);
}

/* How many nodes of each kind are left. */
static size_t count_nodes(const struct avt_model_bytes *bytes, const char *op)
{
    struct avt_slice model = {bytes->data, bytes->size};
    struct avt_pb_field part, field;
    bool damaged = false;
    size_t nodes = 0;
    while (avt_pb_next(&model, &part, &damaged)) {
        struct avt_slice rest = part.number == 7 ? part.bytes : (struct avt_slice){0};
        while (avt_pb_next(&rest, &field, &damaged)) {
            struct avt_onnx_node node;
            if (field.number != 1)
                continue;
            assert_true(avt_onnx_read_node(&field, &node));
            nodes += !op || avt_slice_is(node.op_type, op);
        }
    }
    assert_false(damaged);
    return nodes;
}

/* Nothing left of the integer chain, so nothing of it is computed. */
static void fuse__strikes_the_chain(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes conv = {0};
    assert_int_equal(avt_model_bytes_open(TINY_CONV, NULL, 0, &conv, NULL), AVT_OK);
    assert_int_equal(fused_count(avt_fuse(&conv, 0)), 0);
    assert_int_equal(fused_count(avt_fuse(&conv, ALL)), 2);
    assert_int_equal(count_nodes(&conv, AVT_CONV1D), 2);
    assert_int_equal(count_nodes(&conv, "ConvInteger"), 1);
    /* DynamicQuantizeLinear, Mul, ConvInteger, Cast and Mul of the third. */
    assert_int_equal(count_nodes(&conv, NULL), 2 + 5);
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes adain = {0};
    assert_int_equal(avt_model_bytes_open(TINY_ADAIN, NULL, 0, &adain, NULL), AVT_OK);
    assert_int_equal(avt_fuse(&adain, AVT_FUSE_ADAIN).adain, 2);
    assert_int_equal(count_nodes(&adain, NULL), 2);
    /* A second time there is nothing to do. */
    assert_int_equal(fused_count(avt_fuse(&conv, ALL)), 0);
    assert_int_equal(fused_count(avt_fuse(&adain, ALL)), 0);
}

/* An output that lies inside a chain keeps it. */
static void fuse__leaves_what_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *path, *output;
        size_t conv1d, adain;
    } rows[] = {
        {TINY_CONV, "a_sum", 1, 0},    {TINY_CONV, "a_float", 1, 0}, {TINY_CONV, "b_float", 1, 0},
        {TINY_CONV, "a_scales", 2, 0}, {TINY_CONV, "x", 2, 0},       {TINY_ADAIN, "a_mean", 0, 1},
        {TINY_ADAIN, "b_d", 0, 1},     {TINY_ADAIN, "b_dev", 0, 1},  {TINY_ADAIN, "b_n", 0, 1},
        {TINY_ADAIN, "b_y", 0, 2},     {TINY_ADAIN, "sine", 0, 2},   {TINY_ADAIN, "x", 0, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
        assert_int_equal(avt_model_bytes_open(rows[i].path, &rows[i].output, 1, &bytes, NULL),
                         AVT_OK);
        struct avt_fused fused = avt_fuse(&bytes, ALL);
        if (fused.conv1d != rows[i].conv1d || fused.adain != rows[i].adain)
            fail_msg("row %zu: %zu, %zu", i, fused.conv1d, fused.adain);
    }
}

/* ---- normalisation -------------------------------------------------------------------------- */

static void run_adain(unsigned fusions, struct avt_fused wanted, float y[CHANNELS * N],
                      float z[CHANNELS * N])
{
    float x[CHANNELS * N], gamma[CHANNELS] = {0.5f, -2.0f, 1.25f}, beta[CHANNELS] = {1, 0, -3};
    for (int i = 0; i < CHANNELS * N; i++)
        x[i] = (float)((i * 53) % 97) / 10.0f - 2.0f;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
    assert_int_equal(avt_model_bytes_open(TINY_ADAIN, NULL, 0, &bytes, NULL), AVT_OK);
    struct avt_fused fused = avt_fuse(&bytes, fusions);
    assert_int_equal(fused.adain, wanted.adain);
    const struct tensor inputs[] = {
        {"x", CHANNELS, N, x}, {"gamma", CHANNELS, 1, gamma}, {"beta", CHANNELS, 1, beta}};
    const struct tensor outputs[] = {{"y", CHANNELS, N, y}, {"z", CHANNELS, N, z}};
    assert_runs(run_bytes(&bytes, inputs, 3, outputs, 2));
}

static void adain__gives_the_result_of_its_parts(void **state)
{
    (void)state;
    float y[CHANNELS * N], z[CHANNELS * N], y_parts[CHANNELS * N], z_parts[CHANNELS * N];
    run_adain(0, (struct avt_fused){0}, y_parts, z_parts);
    run_adain(ALL, (struct avt_fused){.adain = 2}, y, z);
    assert_true(worst(y, y_parts, CHANNELS * N) < 4e-6f);
    assert_true(worst(z, z_parts, CHANNELS * N) < 4e-6f);
}

/* ---- what is not as expected ---------------------------------------------------------------- */

/* A channel less than the weights have: refused when it runs. */
static void conv1d__wrong_input_is_refused(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
    assert_int_equal(avt_model_bytes_open(TINY_CONV, NULL, 0, &bytes, NULL), AVT_OK);
    assert_int_equal(avt_fuse(&bytes, ALL).conv1d, 2);
    float y[OUT * N];
    const struct tensor input = {"x", IN - 1, N, x_data}, output = {"y", OUT, N, y};
    OrtStatus *status = run_bytes(&bytes, &input, 1, &output, 1);
    assert_non_null(status);
    const struct avt_runtime *runtime = NULL;
    assert_int_equal(avt_runtime(&runtime, NULL), AVT_OK);
    runtime->api->ReleaseStatus(status);
}

static void fuse__damaged_is_left_alone(void **state)
{
    (void)state;
    static const char *const paths[] = {TINY_CONV, TINY_ADAIN};
    for (size_t p = 0; p < 2; p++) {
        AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes whole = {0};
        assert_int_equal(avt_model_bytes_open(paths[p], NULL, 0, &whole, NULL), AVT_OK);
        AVT_CLEANUP(avt_freep) uint8_t *copy = malloc(whole.size * 8);
        /* Behind the graph stands the operator set alone: cut inside the graph. */
        enum { OPERATOR_SET_BYTES = 6 };
        for (size_t size = 0; size < whole.size - OPERATOR_SET_BYTES; size++) {
            memcpy(copy, whole.data, size);
            struct avt_model_bytes cut = {copy, size, whole.size * 8};
            assert_int_equal(fused_count(avt_fuse(&cut, ALL)), 0);
            assert_int_equal(cut.size, size);
            assert_int_equal(memcmp(copy, whole.data, size), 0);
        }
        /* No room for the new nodes. */
        memcpy(copy, whole.data, whole.size);
        struct avt_model_bytes tight = {copy, whole.size, whole.size + 100};
        assert_int_equal(fused_count(avt_fuse(&tight, ALL)), 0);
        assert_int_equal(memcmp(copy, whole.data, whole.size), 0);
    }
}

/* Any one byte changed: whatever comes of it, it stays within its memory (for the sanitizers). */
static void fuse__changed_bytes(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes whole = {0};
    assert_int_equal(avt_model_bytes_open(TINY_ADAIN, NULL, 0, &whole, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) uint8_t *copy = malloc(whole.size * 8);
    for (size_t at = 0; at < whole.size; at++) {
        memcpy(copy, whole.data, whole.size);
        copy[at] ^= (uint8_t)(1u << at % 8);
        struct avt_model_bytes bytes = {copy, whole.size, whole.size * 8};
        (void)avt_fuse(&bytes, ALL);
        assert_true(bytes.size <= bytes.reserved);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv1d__gives_the_float_result),
        cmocka_unit_test(session__either_way),
        cmocka_unit_test(fuse__strikes_the_chain),
        cmocka_unit_test(fuse__leaves_what_is_read),
        cmocka_unit_test(adain__gives_the_result_of_its_parts),
        cmocka_unit_test(conv1d__wrong_input_is_refused),
        cmocka_unit_test(fuse__damaged_is_left_alone),
        cmocka_unit_test(fuse__changed_bytes),
    };
    return cmocka_run_group_tests_name("fuse", tests, NULL, NULL);
}
