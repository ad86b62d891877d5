/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/mem.h"
#include "nn/bound.h"

/* make_tiny.py says what it does. */
#define STATE TEST_FOLDER "/tiny_state.onnx"

enum { ROWS = 3, COUNT = ROWS * 2, STEPS = 7 };

static struct avt_session *open_state(void)
{
    const struct avt_session_options options = {.foreign = true};
    struct avt_error error = {0};
    struct avt_session *session = NULL;
    if (avt_session_open(STATE, &options, &session, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return session;
}

/* Where everything starts: the caller's memory. */
struct start {
    float x[COUNT], state[COUNT];
    int64_t step;
    uint8_t seen;
};

static void set(struct avt_bound *bound, const struct avt_tensor *tensor)
{
    struct avt_error error = {0};
    if (avt_bound_set(bound, tensor, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static void set_all(struct avt_bound *bound, struct start *start)
{
    set(bound, &(struct avt_tensor){"x", AVT_DTYPE_F32, 2, {ROWS, 2}, start->x});
    set(bound, &(struct avt_tensor){"state", AVT_DTYPE_F32, 2, {ROWS, 2}, start->state});
    set(bound, &(struct avt_tensor){"step", AVT_DTYPE_I64, 1, {1}, &start->step});
    set(bound, &(struct avt_tensor){"seen", AVT_DTYPE_BOOL, 1, {1}, &start->seen});
    set(bound, &(struct avt_tensor){"kept", AVT_DTYPE_F32, 2, {0, 2}, start->x});
    static const char *const outputs[] = {"y", "out_state", "out_step", "out_seen", "out_kept"};
    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
        assert_int_equal(avt_bound_want(bound, outputs[i], NULL), AVT_OK);
}

static struct avt_tensor get(const struct avt_bound *bound, const char *name)
{
    struct avt_tensor tensor = {.name = name};
    struct avt_error error = {0};
    if (avt_bound_get(bound, &tensor, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return tensor;
}

static void step(struct avt_bound *bound)
{
    struct avt_error error = {0};
    if (avt_bound_run(bound, &error) != AVT_OK)
        fail_msg("%s", error.message);
    static const char *const carried[][2] = {
        {"out_state", "state"}, {"out_step", "step"}, {"out_seen", "seen"}, {"out_kept", "kept"}};
    for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++)
        assert_int_equal(avt_bound_carry(bound, carried[i][0], carried[i][1], NULL), AVT_OK);
}

/* The step, by hand. */
static void expect(float state[COUNT], const float x[COUNT])
{
    float next[COUNT];
    for (int i = 0; i < COUNT; i++)
        next[i] = state[(i + 2) % COUNT] + x[i];
    memcpy(state, next, sizeof(next));
}

static void bound__carries_a_state(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_state();
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *bound = avt_bound_new(session);
    struct start start = {.state = {1, 2, 3, 4, 5, 6}, .step = 40};
    const struct start before = start;
    set_all(bound, &start);
    float expected[COUNT];
    memcpy(expected, start.state, sizeof(expected));
    const void *last = NULL;
    for (int i = 0; i < STEPS; i++) {
        for (int k = 0; k < COUNT; k++)
            start.x[k] = (float)(i * 10 + k); /* may change between steps */
        step(bound);
        expect(expected, start.x);
        struct avt_tensor y = get(bound, "y"), s = get(bound, "out_state"), kept = get(bound, "out_kept");
        assert_memory_equal(y.data, expected, sizeof(expected));
        assert_memory_equal(s.data, expected, sizeof(expected));
        assert_int_equal(*(int64_t *)get(bound, "out_step").data, 41 + i);
        assert_int_equal(*(uint8_t *)get(bound, "out_seen").data, (i + 1) % 2);
        /* One that grows with each step. */
        assert_true(kept.rank == 2 && kept.shape[0] == i + 1 && kept.shape[1] == 2);
        assert_true(((float *)kept.data)[2 * i] == (float)(i * 10));
        /* What a step reads it does not write. */
        assert_ptr_not_equal(s.data, last);
        last = s.data;
    }
    assert_memory_equal(start.state, before.state, sizeof(before.state));
    assert_true(start.step == before.step && start.seen == before.seen);
}

/* Two from the same start go their own ways. */
static void bound__start_is_shared(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_state();
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *a = avt_bound_new(session), *b = avt_bound_new(session);
    struct start start = {.state = {1, 2, 3, 4, 5, 6}, .x = {1, 1, 1, 1, 1, 1}};
    set_all(a, &start);
    set_all(b, &start);
    step(a);
    step(a);
    step(b);
    assert_int_equal(*(int64_t *)get(a, "out_step").data, 2);
    assert_int_equal(*(int64_t *)get(b, "out_step").data, 1);
    assert_true(((float *)get(a, "y").data)[0] == 7 && ((float *)get(b, "y").data)[0] == 4);
    /* Back to the start. */
    set(a, &(struct avt_tensor){"state", AVT_DTYPE_F32, 2, {ROWS, 2}, start.state});
    step(a);
    assert_true(((float *)get(a, "y").data)[0] == 4);
}

/* Four states, of which a step replaces one number each: make_tiny.py says how they differ. */
static void bound__updates_in_place(void **state)
{
    (void)state;
    static const char *const path = TEST_FOLDER "/tiny_update.onnx";
    static const char *const inputs[] = {"state_0", "state_1", "state_2", "state_3"},
                      *const outputs[] = {"out_state_0", "out_state_1", "out_state_2", "out_state_3"};
    static const bool may[] = {true, false, false, false};
    const struct avt_session_options options = {.foreign = true};
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    assert_int_equal(avt_session_open(path, &options, &session, NULL), AVT_OK);
    AVT_CLEANUP(avt_updates_freep) struct avt_updates *updates = avt_updates_read(path);
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *bound = avt_bound_new(session), *plain = avt_bound_new(session);
    float x = 0, start[4] = {1, 2, 3, 4};
    int64_t index = 0;
    struct avt_bound *const both[] = {bound, plain};
    for (int b = 0; b < 2; b++) {
        set(both[b], &(struct avt_tensor){"x", AVT_DTYPE_F32, 1, {1}, &x});
        set(both[b], &(struct avt_tensor){"step", AVT_DTYPE_I64, 1, {1}, &index});
        for (int i = 0; i < 4; i++) {
            set(both[b], &(struct avt_tensor){inputs[i], AVT_DTYPE_F32, 1, {4}, start});
            assert_int_equal(avt_bound_want(both[b], outputs[i], NULL), AVT_OK);
        }
        assert_int_equal(avt_bound_want(both[b], "y", NULL), AVT_OK);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(avt_bound_update(bound, updates, outputs[i], inputs[i]), may[i]);
    assert_false(avt_bound_update(bound, updates, "out_state_0", "state_1"));
    assert_false(avt_bound_update(bound, updates, "out_state_0", "nobody"));
    const void *first = NULL;
    for (int turn = 0; turn < 6; turn++) {
        index = turn % 4;
        x = (float)(10 + turn);
        for (int b = 0; b < 2; b++) {
            assert_int_equal(avt_bound_run(both[b], NULL), AVT_OK);
            for (int i = 0; i < 4; i++)
                assert_int_equal(avt_bound_carry(both[b], outputs[i], inputs[i], NULL), AVT_OK);
        }
        for (int i = 0; i < 4; i++)
            assert_memory_equal(get(bound, outputs[i]).data, get(plain, outputs[i]).data, sizeof(start));
        assert_memory_equal(get(bound, "y").data, get(plain, "y").data, sizeof(start));
        /* Over itself from the second step on; over the caller's never. */
        const void *now = get(bound, "out_state_0").data;
        assert_true(turn == 0 || now == first);
        first = now;
        assert_true(start[0] == 1 && start[1] == 2 && start[2] == 3 && start[3] == 4);
    }
    /* Borrowed again: it is not written over. */
    set(bound, &(struct avt_tensor){"state_0", AVT_DTYPE_F32, 1, {4}, start});
    assert_int_equal(avt_bound_run(bound, NULL), AVT_OK);
    assert_true(start[1] == 2 && ((float *)get(bound, "out_state_0").data)[index] == x);
}

static void bound__updates_of_no_model(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_state();
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *bound = avt_bound_new(session);
    static const char *const paths[] = {"/nonexistent.onnx", TEST_FOLDER "/test_bound.c", STATE};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        AVT_CLEANUP(avt_updates_freep) struct avt_updates *updates = avt_updates_read(paths[i]);
        assert_false(avt_bound_update(bound, updates, "out_state", "state"));
    }
}

static void bound__bad_calls(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = open_state();
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *bound = avt_bound_new(session);
    struct start start = {0};
    struct avt_error error = {0};
    struct avt_tensor nobody = {"nobody", AVT_DTYPE_F32, 1, {1}, start.x}, y = {.name = "y"},
                      negative = {"x", AVT_DTYPE_F32, 2, {-1, 2}, start.x},
                      short_one = {"x", AVT_DTYPE_F32, 2, {1, 2}, start.x};
    assert_int_equal(avt_bound_set(bound, &nobody, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "nobody"));
    assert_int_equal(avt_bound_set(bound, &negative, &error), AVT_EINVAL);
    assert_int_equal(avt_bound_want(bound, "nobody", &error), AVT_EINVAL);
    assert_int_equal(avt_bound_get(bound, &y, &error), AVT_EINVAL); /* no step yet */
    assert_int_equal(avt_bound_want(bound, "y", NULL), AVT_OK);
    assert_int_equal(avt_bound_run(bound, &error), AVT_EINTERNAL); /* nothing is set */
    set_all(bound, &start);
    set(bound, &short_one);
    assert_int_equal(avt_bound_run(bound, &error), AVT_EINTERNAL);
    set_all(bound, &start);
    step(bound);
    assert_int_equal(avt_bound_carry(bound, "out_state", "x", &error), AVT_EINVAL); /* "state" has it */
    assert_int_equal(avt_bound_carry(bound, "y", "nobody", &error), AVT_EINVAL);
    assert_int_equal(avt_bound_carry(bound, "nobody", "x", &error), AVT_EINVAL);
    step(bound); /* and goes on */
    assert_int_equal(*(int64_t *)get(bound, "out_step").data, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound__carries_a_state),
        cmocka_unit_test(bound__start_is_shared),
        cmocka_unit_test(bound__updates_in_place),
        cmocka_unit_test(bound__updates_of_no_model),
        cmocka_unit_test(bound__bad_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
