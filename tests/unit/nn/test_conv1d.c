/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/conv1d.h"

/* Workers without threads, which count what they hand out; `backwards`: last task first. */
struct desk {
    bool backwards;
    int allowed; /* allocations until one fails */
    int open;    /* not given back */
};

static bool run_tasks(void *user, void (*task)(void *arg, size_t index), size_t count, void *arg)
{
    const struct desk *desk = user;
    for (size_t i = 0; i < count; i++)
        task(arg, desk->backwards ? count - 1 - i : i);
    return true;
}

static void *take_memory(void *user, size_t size)
{
    struct desk *desk = user;
    if (desk->allowed-- <= 0)
        return NULL;
    desk->open++;
    void *memory = avt_try_alloc(size, 1);
    assert_non_null(memory);
    memset(memory, 0xFF, size); /* NaN, so that what is not written shows */
    return memory;
}

static void give_memory(void *user, void *memory)
{
    struct desk *desk = user;
    desk->open--;
    avt_free(memory);
}

struct fixture {
    struct avt_conv1d_shape shape;
    size_t length, out_length;
    uint8_t *weights;
    float *x, *y, *bias;
    struct avt_conv1d *conv;
};

enum { ZERO = 117 };
static const float scale = 0.004f;

static void set_up(struct fixture *f, struct avt_conv1d_shape shape, size_t length, bool has_bias)
{
    unsigned seed = 12345;
    *f = (struct fixture){.shape = shape, .length = length};
    size_t weight_count = shape.out * shape.in * shape.taps;
    f->weights = avt_new0(uint8_t, weight_count);
    f->x = avt_new0(float, shape.in *length + 1);
    f->bias = has_bias ? avt_new0(float, shape.out) : NULL;
    for (size_t i = 0; i < weight_count; i++)
        f->weights[i] = (uint8_t)rand_r(&seed);
    for (size_t i = 0; i < shape.in * length; i++)
        f->x[i] = (float)(rand_r(&seed) % 2001) / 1000.0f - 1.0f;
    for (size_t i = 0; has_bias && i < shape.out; i++)
        f->bias[i] = (float)i - 3.5f;
    const struct avt_conv1d_bytes bytes = {f->weights, ZERO, scale};
    f->conv = avt_conv1d_new(&shape, &bytes, f->bias);
    assert_non_null(f->conv);
    f->out_length = avt_conv1d_output_length(f->conv, length);
    f->y = avt_new0(float, shape.out * f->out_length + 1);
}

static void tear_down(struct fixture *f)
{
    avt_free(f->weights);
    avt_free(f->x);
    avt_free(f->y);
    avt_free(f->bias);
    avt_conv1d_free(f->conv);
}

/* By the definition, in double. */
static double expected(const struct fixture *f, size_t out, size_t at)
{
    double sum = f->bias ? (double)f->bias[out] : 0.0;
    for (size_t i = 0; i < f->shape.in; i++) {
        for (size_t tap = 0; tap < f->shape.taps; tap++) {
            size_t from = at + tap * f->shape.dilation;
            if (from < f->shape.pad_begin || from - f->shape.pad_begin >= f->length)
                continue;
            int weight = f->weights[(out * f->shape.in + i) * f->shape.taps + tap] - ZERO;
            sum += (double)f->x[i * f->length + from - f->shape.pad_begin] * weight * (double)scale;
        }
    }
    return sum;
}

static void run(struct fixture *f, const struct avt_kernels *kernels, bool backwards)
{
    struct desk desk = {.backwards = backwards, .allowed = 1000};
    const struct avt_workers workers = {run_tasks, take_memory, give_memory, &desk};
    f->y[f->shape.out * f->out_length] = 77.0f;
    assert_true(avt_conv1d_run(f->conv, kernels, &workers, f->x, f->length, f->y));
    assert_int_equal(desk.open, 0);
    assert_true(f->y[f->shape.out * f->out_length] == 77.0f);
}

static void check(struct fixture *f, const struct avt_kernels *kernels, size_t row)
{
    run(f, kernels, false);
    for (size_t out = 0; out < f->shape.out; out++) {
        for (size_t at = 0; at < f->out_length; at++) {
            double wanted = expected(f, out, at);
            if (!(fabs(wanted - (double)f->y[out * f->out_length + at]) < 2e-5))
                fail_msg("row %zu: [%zu, %zu] is %f, not %f", row, out, at,
                         (double)f->y[out * f->out_length + at], wanted);
        }
    }
}

static const struct {
    struct avt_conv1d_shape shape;
    size_t length;
} cases[] = {
    {{8, 16, 3, 1, 1, 1}, 1},       {{8, 16, 3, 1, 1, 1}, 29},     {{8, 16, 3, 1, 1, 1}, 30},
    {{8, 16, 3, 1, 1, 1}, 31},      {{8, 16, 3, 3, 3, 3}, 100},    {{16, 32, 3, 5, 5, 5}, 61},
    {{8, 16, 7, 1, 3, 3}, 5},       {{16, 16, 7, 3, 9, 9}, 333},   {{8, 16, 7, 5, 15, 15}, 2},
    {{8, 16, 11, 1, 5, 5}, 22},     {{24, 16, 11, 3, 15, 15}, 90}, {{8, 48, 11, 5, 25, 25}, 640},
    {{8, 16, 16, 1, 0, 0}, 400},    {{8, 16, 4, 1, 0, 3}, 77},     {{8, 16, 5, 2, 8, 0}, 77},
    {{8, 16, 3, 64, 4000, 9}, 300}, {{8, 16, 11, 1, 5, 5}, 3000},  {{8, 16, 3, 1, 1, 1}, 30 * 7},
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static void run__is_what_the_definition_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct fixture f;
        set_up(&f, cases[i].shape, cases[i].length, i % 3 != 2);
        check(&f, &avt_kernels_plain, i);
        check(&f, avt_kernels(), i);
        tear_down(&f);
    }
}

/* Which thread does which block, and when, leaves no trace. */
static void run__order_does_not_matter(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, (struct avt_conv1d_shape){16, 16, 7, 3, 9, 9}, 2000, true);
    size_t size = f.shape.out * f.out_length * sizeof(float);
    AVT_CLEANUP(avt_freep) float *first = avt_new0(float, f.shape.out *f.out_length);
    run(&f, avt_kernels(), false);
    memcpy(first, f.y, size);
    memset(f.y, 0, size);
    run(&f, avt_kernels(), true);
    assert_memory_equal(first, f.y, size);
    tear_down(&f);
}

static void run__out_of_memory(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, (struct avt_conv1d_shape){8, 16, 3, 1, 1, 1}, 3000, true);
    for (int allowed = 0; allowed < 3; allowed++) {
        struct desk desk = {.allowed = allowed};
        const struct avt_workers workers = {run_tasks, take_memory, give_memory, &desk};
        assert_false(avt_conv1d_run(f.conv, avt_kernels(), &workers, f.x, f.length, f.y) &&
                     allowed < 2);
        assert_int_equal(desk.open, 0);
    }
    tear_down(&f);
}

static void output_length__too_short(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, (struct avt_conv1d_shape){8, 16, 11, 5, 2, 2}, 46, true);
    assert_int_equal(f.out_length, 0);
    run(&f, avt_kernels(), false);
    assert_int_equal(avt_conv1d_output_length(f.conv, 47), 1);
    tear_down(&f);
}

static void supports__table(void **state)
{
    (void)state;
    static const struct {
        struct avt_conv1d_shape shape;
        bool yes;
    } rows[] = {
        {{8, 16, 3, 1, 0, 0}, true},         {{256, 256, 11, 5, 25, 25}, true},
        {{7, 16, 3, 1, 0, 0}, false},        {{0, 16, 3, 1, 0, 0}, false},
        {{8, 0, 3, 1, 0, 0}, false},         {{8, 24, 3, 1, 0, 0}, false},
        {{512, 256, 3, 1, 0, 0}, false},     {{8, 16, 2, 1, 0, 0}, false},
        {{8, 16, 17, 1, 0, 0}, false},       {{8, 16, 3, 0, 0, 0}, false},
        {{8, 16, 3, 65, 0, 0}, false},       {{8, 16, 3, 1, 5000, 0}, false},
        {{8, 16, 3, 1, 0, SIZE_MAX}, false}, {{SIZE_MAX - 7, 16, 3, 1, 0, 0}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (avt_conv1d_supports(&rows[i].shape) != rows[i].yes)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run__is_what_the_definition_says),
        cmocka_unit_test(run__order_does_not_matter),
        cmocka_unit_test(run__out_of_memory),
        cmocka_unit_test(output_length__too_short),
        cmocka_unit_test(supports__table),
    };
    return cmocka_run_group_tests_name("conv1d", tests, NULL, NULL);
}
