/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "dsp/fft.h"

enum { SIZE = 64 };

static void fft__agrees_with_the_definition(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_fft_freep) struct avt_fft *fft = avt_fft_new(SIZE);
    float re[SIZE], im[SIZE];
    for (int i = 0; i < SIZE; i++) {
        re[i] = (float)(sin(i * 0.37) + 0.1 * i);
        im[i] = (float)cos(i * 1.1);
    }
    float re_out[SIZE], im_out[SIZE];
    memcpy(re_out, re, sizeof(re));
    memcpy(im_out, im, sizeof(im));
    avt_fft_run(fft, re_out, im_out);
    for (int k = 0; k < SIZE; k++) {
        double a = 0.0, b = 0.0;
        for (int i = 0; i < SIZE; i++) {
            double angle = -2.0 * M_PI * k * i / SIZE;
            a += (double)re[i] * cos(angle) - (double)im[i] * sin(angle);
            b += (double)re[i] * sin(angle) + (double)im[i] * cos(angle);
        }
        assert_true(fabs(a - (double)re_out[k]) < 1e-3 && fabs(b - (double)im_out[k]) < 1e-3);
    }
}

static void fft__power_of_a_tone_is_in_its_bin(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_fft_freep) struct avt_fft *fft = avt_fft_new(SIZE);
    float samples[SIZE], work[2 * SIZE], power[SIZE / 2 + 1];
    for (int i = 0; i < SIZE; i++)
        samples[i] = (float)cos(2.0 * M_PI * 8 * i / SIZE);
    avt_fft_power(fft, samples, work, power);
    /* Hann: half of size / 2 in the bin, a quarter of that power on both sides, nothing else. */
    assert_true(fabsf(power[8] - 256.0f) < 0.1f && fabsf(power[7] - 64.0f) < 0.1f);
    assert_true(power[20] < 1e-3f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fft__agrees_with_the_definition),
        cmocka_unit_test(fft__power_of_a_tone_is_in_its_bin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
