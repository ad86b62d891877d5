/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "nn/half.h"
#include "nn/session.h"
#include "os/thread.h"

/* y = 2 * relu(x) + k; "inner" = relu(x) is no output of the file (make_tiny.py). */
#define TINY TEST_FOLDER "/tiny.onnx"

enum { N = 5 };
static float x_data[N] = {-1, 0, 1, 2.5f, -3};
static int64_t k_data[1] = {10};
static const float y_expected[N] = {10, 10, 12, 15, 10};
static const float inner_expected[N] = {0, 0, 1, 2.5f, 0};

static struct avt_tensor x_input(void)
{
    return (struct avt_tensor){"x", AVT_DTYPE_F32, 2, {1, N}, x_data};
}

static struct avt_tensor k_input(void)
{
    return (struct avt_tensor){"k", AVT_DTYPE_I64, 1, {1}, k_data};
}

static struct avt_session *open_tiny(const struct avt_session_options *options)
{
    struct avt_error error = {0};
    struct avt_session *session = NULL;
    if (avt_session_open(TINY, options, &session, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return session;
}

static void check_row(const struct avt_tensor *tensor, const float expected[N])
{
    assert_int_equal(tensor->dtype, AVT_DTYPE_F32);
    assert_int_equal(tensor->rank, 2);
    assert_int_equal(tensor->shape[0], 1);
    assert_int_equal(tensor->shape[1], N);
    const float *data = tensor->data;
    for (int i = 0; i < N; i++)
        assert_true(data[i] == expected[i]);
}

/* y = 2 * (relu(x) * gain) + k. */
static void session__edit_reroutes_a_tensor(void **state)
{
    (void)state;
    static const char *const gain_input[] = {"gain"};
    static const struct avt_graph_node nodes[] = {
        {.op = "Constant", .output = "one", .float_name = "value_float", .float_value = 1.0f},
        {.op = "Mul", .inputs = {"inner", "gain"}, .output = "louder"},
        {.op = "Mul", .inputs = {"louder", "one"}, .output = "inner_after"},
    };
    struct avt_graph_edit edit = {.tensor = "inner",
                                  .replacement = "inner_after",
                                  .inputs = gain_input,
                                  .input_count = 1,
                                  .nodes = nodes,
                                  .node_count = 3};
    const struct avt_session_options options = {.edit = &edit};
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_tiny(&options);
    assert_int_equal(avt_session_input_count(session), 3);
    float gain = 3.0f;
    const struct avt_tensor inputs[] = {
        x_input(), k_input(), {"gain", AVT_DTYPE_F32, 1, {1}, &gain}};
    struct avt_tensor output = {.name = "y"};
    struct avt_error error = {0};
    if (avt_session_run(session, inputs, 3, &output, 1, &error) != AVT_OK)
        fail_msg("%s", error.message);
    static const float expected[N] = {10, 10, 16, 25, 10};
    check_row(&output, expected);
    avt_tensor_done(&output);

    /* A tensor that is not there, one that nothing makes, one that nobody reads. */
    static const char *const wrong[] = {"nothing", "x", "y"};
    for (size_t i = 0; i < 3; i++) {
        struct avt_session *none = NULL;
        edit.tensor = wrong[i];
        assert_int_equal(avt_session_open(TINY, &options, &none, &error), AVT_EMODELBAD);
        assert_null(none);
    }
}

static void session__names(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_tiny(NULL);
    assert_int_equal(avt_session_input_count(session), 2);
    assert_string_equal(avt_session_input_name(session, 0), "x");
    assert_string_equal(avt_session_input_name(session, 1), "k");
    assert_int_equal(avt_session_output_count(session), 1);
    assert_string_equal(avt_session_output_name(session, 0), "y");
    assert_string_equal(avt_nn_version(), "1.32.0");
}

/* The same whether it is one of ours, a foreign one, or opened for looking only. */
static void session__tells_types_and_shapes(void **state)
{
    (void)state;
    const struct avt_session_options rows[] = {{0}, {.foreign = true}, {.foreign = true, .unoptimized = true}};
    for (size_t i = 0; i < 3; i++) {
        AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_tiny(&rows[i]);
        const struct avt_tensor_info *x = avt_session_find_input(session, "x"), *k = avt_session_input_info(session, 1),
                                     *y = avt_session_find_output(session, "y");
        assert_ptr_equal(x, avt_session_input_info(session, 0));
        assert_ptr_equal(y, avt_session_output_info(session, 0));
        assert_true(x->dtype == AVT_DTYPE_F32 && x->rank == 2 && x->shape[0] == 1 && x->shape[1] == -1);
        assert_true(k->dtype == AVT_DTYPE_I64 && k->rank == 1 && k->shape[0] == 1);
        assert_string_equal(avt_dtype_name(k->dtype), "int64");
        assert_null(avt_session_find_input(session, "y"));
        assert_null(avt_session_find_output(session, "x"));
        const struct avt_tensor inputs[] = {x_input(), k_input()};
        struct avt_tensor output = {.name = "y"};
        assert_int_equal(avt_session_run(session, inputs, 2, &output, 1, NULL), AVT_OK);
        check_row(&output, y_expected);
        avt_tensor_done(&output);
    }
}

static void half__keeps_every_value(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 65536; bits++) {
        float value = avt_half_to_float((uint16_t)bits);
        if (isnan(value))
            assert_true(isnan(avt_half_to_float(avt_half_from_float(value))));
        else
            assert_int_equal(avt_half_from_float(value), bits);
    }
}

static void half__rounds(void **state)
{
    (void)state;
    static const struct {
        float value;
        uint16_t half;
    } rows[] = {
        {1.0f, 0x3c00}, {-2.0f, 0xc000}, {.1f, 0x2e66}, {65504.0f, 0x7bff},
        {65519.0f, 0x7bff}, {65520.0f, 0x7c00}, {-1e30f, 0xfc00},
        {0x1p-24f, 0x0001}, {0x1p-25f, 0x0000}, {0x1.8p-25f, 0x0001}, {0x1p-14f, 0x0400}, {0x1.ff8p-15f, 0x03ff},
        {1.0f + 0x1p-11f, 0x3c00}, {1.0f + 0x1.8p-10f, 0x3c02}, {1.0f + 0x1.02p-11f, 0x3c01}, /* ties to even */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(avt_half_from_float(rows[i].value), rows[i].half);
}

static void session__extra_output(void **state)
{
    (void)state;
    static const char *const extra[] = {"inner"};
    const struct avt_session_options rows[] = {
        {.extra_outputs = extra, .extra_output_count = 1},
        {.extra_outputs = extra, .extra_output_count = 1, .sequential = true},
    };
    for (size_t i = 0; i < 2; i++) {
        AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_tiny(&rows[i]);
        assert_int_equal(avt_session_output_count(session), 2);
        const struct avt_tensor inputs[] = {x_input(), k_input()};
        struct avt_tensor outputs[] = {{.name = "inner"}, {.name = "y"}};
        struct avt_error error = {0};
        assert_int_equal(avt_session_run(session, inputs, 2, outputs, 2, &error), AVT_OK);
        check_row(&outputs[0], inner_expected);
        check_row(&outputs[1], y_expected);
        avt_tensor_done(&outputs[0]);
        avt_tensor_done(&outputs[1]);
        assert_null(outputs[0].data);
    }
}

static void session__bad_calls(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_tiny(NULL);
    struct avt_tensor wrong_name = x_input(), wrong_rank = x_input(), wrong_type = x_input(),
                      negative = x_input(), too_many_dims = x_input();
    wrong_name.name = "nobody";
    wrong_rank.rank = 1;
    wrong_type.dtype = AVT_DTYPE_I32;
    negative.shape[1] = -1;
    too_many_dims.rank = AVT_TENSOR_RANK_MAX + 1;
    const struct {
        struct avt_tensor input;
        const char *output;
        enum avt_code code;
    } rows[] = {
        {wrong_name, "y", AVT_EINTERNAL}, {wrong_rank, "y", AVT_EINTERNAL},
        {wrong_type, "y", AVT_EINTERNAL}, {x_input(), "inner", AVT_EINTERNAL},
        {negative, "y", AVT_EINVAL},      {too_many_dims, "y", AVT_EINVAL},
        {x_input(), "y", AVT_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct avt_tensor inputs[] = {rows[i].input, k_input()};
        struct avt_tensor output = {.name = rows[i].output};
        struct avt_error error = {0};
        assert_int_equal(avt_session_run(session, inputs, 2, &output, 1, &error), rows[i].code);
        assert_true((output.data != NULL) == (rows[i].code == AVT_OK));
        assert_true((error.message[0] != '\0') == (rows[i].code != AVT_OK));
        assert_null(strchr(error.message, '\n'));
        avt_tensor_done(&output);
    }
}

static void session__bad_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/avatar-test-session-XXXXXX";
    assert_non_null(mkdtemp(folder));
    AVT_CLEANUP(avt_freep) char *tiny = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(TINY, 1 << 16, &tiny, &size, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/model.onnx", folder);
    static const char *const extra[] = {"inner"}, *const unknown[] = {"no_such_tensor"};
    const struct {
        size_t size; /* of the file; SIZE_MAX: there is none */
        const char *const *extra;
        enum avt_code code;
    } rows[] = {
        {SIZE_MAX, NULL, AVT_EMODEL},    {SIZE_MAX, extra, AVT_EMODEL},
        {0, NULL, AVT_EMODELBAD},        {0, extra, AVT_EMODELBAD},
        {size / 2, NULL, AVT_EMODELBAD}, {size / 2, extra, AVT_EMODELBAD},
        {size, unknown, AVT_EMODELBAD},  {size, extra, AVT_OK},
        {size, NULL, AVT_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)unlink(path);
        if (rows[i].size != SIZE_MAX)
            assert_int_equal(avt_file_write(path, tiny, rows[i].size, NULL), AVT_OK);
        const struct avt_session_options options = {.extra_outputs = rows[i].extra,
                                                    .extra_output_count = rows[i].extra ? 1 : 0};
        AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
        struct avt_error error = {0};
        assert_int_equal(avt_session_open(path, &options, &session, &error), rows[i].code);
        assert_true((session != NULL) == (rows[i].code == AVT_OK));
        if (rows[i].code != AVT_OK)
            assert_non_null(strstr(error.message, "avatar models"));
    }
    (void)unlink(path);
    (void)rmdir(folder);
}

struct worker {
    struct avt_session *session;
    int good;
};

static void run_often(void *user)
{
    struct worker *worker = user;
    for (int i = 0; i < 50; i++) {
        const struct avt_tensor inputs[] = {x_input(), k_input()};
        struct avt_tensor output = {.name = "y"};
        if (avt_session_run(worker->session, inputs, 2, &output, 1, NULL) == AVT_OK &&
            memcmp(output.data, y_expected, sizeof(y_expected)) == 0)
            worker->good++;
        avt_tensor_done(&output);
    }
}

static void session__many_threads(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_tiny(NULL);
    struct worker workers[3] = {{session, 0}, {session, 0}, {session, 0}};
    struct avt_thread *threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = avt_thread_start("test", run_often, &workers[i]);
    for (int i = 0; i < 3; i++) {
        avt_thread_join(threads[i]);
        assert_int_equal(workers[i].good, 50);
    }
}

static void tensor__count(void **state)
{
    (void)state;
    const struct {
        struct avt_tensor tensor;
        size_t count;
    } rows[] = {
        {{.rank = 0}, 1},
        {{.rank = 2, .shape = {3, 4}}, 12},
        {{.rank = 2, .shape = {3, 0}}, 0},
        {{.rank = 3, .shape = {1LL << 40, 1LL << 40, 2}}, SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(avt_tensor_count(&rows[i].tensor) == rows[i].count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session__names),
        cmocka_unit_test(session__tells_types_and_shapes),
        cmocka_unit_test(half__keeps_every_value),
        cmocka_unit_test(half__rounds),
        cmocka_unit_test(session__edit_reroutes_a_tensor),        cmocka_unit_test(session__extra_output),
        cmocka_unit_test(session__bad_calls),    cmocka_unit_test(session__bad_files),
        cmocka_unit_test(session__many_threads), cmocka_unit_test(tensor__count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
