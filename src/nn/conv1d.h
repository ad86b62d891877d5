/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One-dimensional convolution in float32 with weights kept as bytes, by the fast algorithm of
 * kernels.h. Private to nn.
 *
 * Weights stay as small as in the file and become spectra anew in each run: that costs 2 % (128
 * channels) to 15 % (256) of a run of some seconds of speech, while keeping the spectra would cost
 * 370 MB for Kokoro.
 *
 * Threads: immutable once made; any number of threads may run one at the same time.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "nn/kernels.h"

enum {
    AVT_CONV1D_TAPS_MIN = 3, /* with fewer, direct multiplication is as good */
    AVT_CONV1D_TAPS_MAX = 16,
    AVT_CONV1D_DILATION_MAX = 64,
    AVT_CONV1D_PAD_MAX = 4096,
    /* Input times output channels: while it runs, the weights' spectra take 188 bytes a pair. */
    AVT_CONV1D_PAIRS_MAX = 1 << 16,
};

/* Stride and group are 1. */
struct avt_conv1d_shape {
    size_t in, out; /* channels: multiples of AVT_LANES and of AVT_PANEL */
    size_t taps;
    size_t dilation;
    size_t pad_begin, pad_end; /* zeros around the input */
};
bool avt_conv1d_supports(const struct avt_conv1d_shape *shape);

/* How each byte of the weights becomes a float: (byte - zero) * scale. */
struct avt_conv1d_bytes {
    const uint8_t *data; /* [out, in, taps] */
    int zero;
    float scale;
};

struct avt_conv1d;
/** @param shape  Supported, or it is our bug.
 *  @param bias   [out], or NULL for none; copied, as is what `bytes` points to.
 *  @return NULL when memory runs out. */
struct avt_conv1d *avt_conv1d_new(const struct avt_conv1d_shape *shape,
                                  const struct avt_conv1d_bytes *bytes, const float *bias);
void avt_conv1d_free(struct avt_conv1d *conv);
AVT_DEFINE_FREEP(struct avt_conv1d, avt_conv1d_free)

/** Samples that come out of `length` samples; 0 if the input is shorter than the taps reach. */
size_t avt_conv1d_output_length(const struct avt_conv1d *conv, size_t length);

/* Where the threads and the memory of a run come from. */
struct avt_workers {
    /** Calls task(arg, 0) to task(arg, count - 1), in any order and at the same time; false if not.
     */
    bool (*run)(void *user, void (*task)(void *arg, size_t index), size_t count, void *arg);
    /** 64-byte aligned, for any thread; NULL when memory runs out. give() takes it back. */
    void *(*take)(void *user, size_t size);
    void (*give)(void *user, void *memory);
    void *user;
};

/** @param x  [in, length]
 *  @param y  [out, avt_conv1d_output_length()]; the same bits whatever the number of threads.
 *  @return False when memory runs out or the workers fail; y is undefined then. */
bool avt_conv1d_run(const struct avt_conv1d *conv, const struct avt_kernels *kernels,
                    const struct avt_workers *workers, const float *x, size_t length, float *y);
