/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/fft.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

struct avt_fft {
    size_t size;
    float *cosine, *sine; /* [size / 2] of 2 pi k / size */
    float *hann;          /* [size] */
    size_t *reversed;     /* [size] bits of the index in the other order */
};

struct avt_fft *avt_fft_new(size_t size)
{
    avt_assert(size >= AVT_FFT_SIZE_MIN && size <= AVT_FFT_SIZE_MAX && (size & (size - 1)) == 0);
    struct avt_fft *fft = avt_new0(struct avt_fft, 1);
    fft->size = size;
    fft->cosine = avt_new0(float, size / 2);
    fft->sine = avt_new0(float, size / 2);
    fft->hann = avt_new0(float, size);
    fft->reversed = avt_new0(size_t, size);
    for (size_t i = 0; i < size; i++) {
        double angle = 2.0 * M_PI * (double)i / (double)size;
        fft->hann[i] = (float)(0.5 - 0.5 * cos(angle));
        if (i < size / 2) {
            fft->cosine[i] = (float)cos(angle);
            fft->sine[i] = (float)sin(angle);
        }
        for (size_t bit = 1, mirror = size / 2; bit < size; bit *= 2, mirror /= 2)
            fft->reversed[i] |= i & bit ? mirror : 0;
    }
    return fft;
}

void avt_fft_free(struct avt_fft *fft)
{
    if (!fft)
        return;
    avt_free(fft->cosine);
    avt_free(fft->sine);
    avt_free(fft->hann);
    avt_free(fft->reversed);
    avt_free(fft);
}

static void swap(float *a, float *b)
{
    float kept = *a;
    *a = *b;
    *b = kept;
}

void avt_fft_run(const struct avt_fft *fft, float *re, float *im)
{
    for (size_t i = 0; i < fft->size; i++) {
        if (fft->reversed[i] > i) {
            swap(&re[i], &re[fft->reversed[i]]);
            swap(&im[i], &im[fft->reversed[i]]);
        }
    }
    for (size_t half = 1; half < fft->size; half *= 2) {
        size_t stride = fft->size / (2 * half);
        for (size_t start = 0; start < fft->size; start += 2 * half) {
            for (size_t k = 0; k < half; k++) {
                size_t a = start + k, b = a + half;
                float c = fft->cosine[k * stride], s = fft->sine[k * stride];
                float x = re[b] * c + im[b] * s, y = im[b] * c - re[b] * s;
                re[b] = re[a] - x;
                im[b] = im[a] - y;
                re[a] += x;
                im[a] += y;
            }
        }
    }
}

void avt_fft_power(const struct avt_fft *fft, const float *samples, float *work, float *ret_power)
{
    float *re = work, *im = work + fft->size;
    for (size_t i = 0; i < fft->size; i++)
        re[i] = samples[i] * fft->hann[i];
    memset(im, 0, fft->size * sizeof(*im));
    avt_fft_run(fft, re, im);
    for (size_t i = 0; i <= fft->size / 2; i++)
        ret_power[i] = re[i] * re[i] + im[i] * im[i];
}
