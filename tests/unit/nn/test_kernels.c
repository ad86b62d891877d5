/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "nn/kernels.h"

static const double epsilon = 1e-5;

/* By the definition, in double. */
static void expected(const float *x, size_t count, double gamma, double beta, double alpha,
                     double *ret_y)
{
    double mean = 0.0, variance = 0.0;
    for (size_t i = 0; i < count; i++)
        mean += (double)x[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        variance += ((double)x[i] - mean) * ((double)x[i] - mean) / (double)count;
    for (size_t i = 0; i < count; i++) {
        double y = gamma * ((double)x[i] - mean) / sqrt(variance + epsilon) + beta;
        double sine = sin(alpha * y);
        ret_y[i] = alpha == 0.0 ? y : y + sine * sine / alpha;
    }
}

static void check(const struct avt_kernels *kernels, size_t count, float gamma, float alpha,
                  double tolerance)
{
    unsigned seed = 99;
    AVT_CLEANUP(avt_freep) float *x = avt_new0(float, count);
    AVT_CLEANUP(avt_freep) float *y = avt_new0(float, count + 1);
    AVT_CLEANUP(avt_freep) double *wanted = avt_new0(double, count);
    for (size_t i = 0; i < count; i++)
        x[i] = (float)(rand_r(&seed) % 20001) / 1000.0f - 3.0f;
    y[count] = 77.0f;
    expected(x, count, (double)gamma, 0.3, (double)alpha, wanted);
    kernels->adain_row(x, count, (float)epsilon, gamma, 0.3f, alpha,
                       alpha == 0.0f ? 0.0f : 1.0f / alpha, y);
    for (size_t i = 0; i < count; i++) {
        if (!(fabs((double)y[i] - wanted[i]) < tolerance))
            fail_msg("%zu of %zu, alpha %f: %.7f, not %.7f", i, count, (double)alpha, (double)y[i],
                     wanted[i]);
    }
    assert_true(y[count] == 77.0f);
}

static void adain_row__is_what_the_definition_says(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 7, 8, 9, 31, 32, 33, 100, 24000};
    const struct avt_kernels *const all[] = {&avt_kernels_plain, avt_kernels()};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        for (size_t k = 0; k < 2; k++) {
            check(all[k], counts[i], 1.5f, 0.0f, 4e-6);
            check(all[k], counts[i], 1.5f, 0.7f, 6e-6);
            check(all[k], counts[i], -0.8f, 12.0f, 6e-6);
            /* Angles of thousands of radians: the angle itself is rounded to 1e-4 of one. */
            check(all[k], counts[i], 40.0f, 60.0f, 2e-4);
        }
    }
}

static void adain_row__constant_input(void **state)
{
    (void)state;
    float x[20], y[20];
    for (size_t i = 0; i < 20; i++)
        x[i] = 0.25f;
    avt_kernels()->adain_row(x, 20, 1e-5f, 3.0f, -2.0f, 0.0f, 0.0f, y);
    for (size_t i = 0; i < 20; i++)
        assert_true(y[i] == -2.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adain_row__is_what_the_definition_says),
        cmocka_unit_test(adain_row__constant_input),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
