/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Fourier transform of a power-of-two length (radix 2, in place), for spectra of sound.
 *
 * Threads: immutable once made.
 */
#include <stddef.h>

#include "base/cleanup.h"

enum { AVT_FFT_SIZE_MIN = 8, AVT_FFT_SIZE_MAX = 1 << 16 };

struct avt_fft;
/** `size`: a power of two within the limits. Owned by the caller: avt_fft_free(). */
struct avt_fft *avt_fft_new(size_t size);
void avt_fft_free(struct avt_fft *fft);
AVT_DEFINE_FREEP(struct avt_fft, avt_fft_free)

/** Forward transform, sum of x[k] exp(-2 pi i k n / size). re[size], im[size]. */
void avt_fft_run(const struct avt_fft *fft, float *re, float *im);
/** |X|^2 of size real samples under a periodic Hann window. `work` [2 * size] is written over.
 *  @param ret_power  [size / 2 + 1] */
void avt_fft_power(const struct avt_fft *fft, const float *samples, float *work, float *ret_power);
