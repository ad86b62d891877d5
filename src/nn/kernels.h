/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The inner loops of the speech model: fast convolution and normalisation. Private to nn.
 *
 * One source (kernels_body.h) is compiled twice: for AVX2 with fused multiply-add, and for whatever
 * the compiler's target is. Both do the same operations in the same order; results differ by the
 * rounding that a fused multiply-add saves.
 *
 * Fast convolution (overlap-save): a tile of AVT_TILE neighbouring samples of each channel goes
 * through a real DFT. A convolution is then one product per frequency, and as each output channel
 * is the sum over all input channels, one matrix product per frequency. Each of the 15 complex
 * frequencies is three real products: (a + bi)(c + di) = (t1 - t3) + (t1 + t2)i with
 *
 *     t1 = c (a + b),  t2 = a (d - c),  t3 = b (c + d)
 *
 * With the two real frequencies that makes AVT_POINTS products per tile, of which come
 * AVT_TILE - taps + 1 outputs: 2.1 multiplications per output instead of 11 for 11 taps, 1.8 for 7,
 * 1.6 for 3.
 *
 * The points stand in this order: frequency 0, frequency 16, then three per frequency 1 to 15.
 * Weights are
 *
 *     packed   [out / 16, in, taps, 16] u8
 *     points   [AVT_POINTS, out / 16, in, 16] f32
 *
 * and tiles lie in groups of six, so that one tile's points are in few pages of memory (struct
 * avt_points). Strides are a bit more than they need be: else 47 points would compete for one set
 * of the cache.
 */
#include <stddef.h>
#include <stdint.h>

enum {
    AVT_LANES = 8,
    AVT_PANEL = 16, /* output channels of one step of the matrix product */
    AVT_TILE = 32,
    AVT_TILE_GROUP = 6, /* tiles of one step of the matrix product */
    AVT_POINTS = 2 + 3 * (AVT_TILE / 2 - 1),
    AVT_POINT_PAD = 16,
};

/* Point p of tile t and channel c stands at
 * data[p * point_stride + t / 6 * group_stride + t % 6 * channels + c]. */
struct avt_points {
    float *data;
    size_t channels, point_stride, group_stride;
};

struct avt_kernels {
    /** One panel's weights to points. `values[b]` is what byte b stands for.
     *  @param packed   [in, taps, 16]
     *  @param weights  [in, 16] of the first point */
    void (*spread_weights)(const uint8_t *packed, const float values[256], size_t in, size_t taps,
                           float *weights, size_t point_stride);
    /** Eight channels of a tile to points. rows[c] are AVT_TILE samples each; spectra: 8 floats. */
    void (*spread_tile)(const float *const rows[AVT_LANES], float *spectra, size_t point_stride);
    /** For one point, the first `tiles` tiles and 16 output channels from `channel` on:
     *  products[t, channel + j] = sum over i of spectra[t, i] * weights[i, j]. */
    void (*multiply)(const struct avt_points *spectra, const struct avt_points *products,
                     size_t point, size_t tiles, const float *weights, size_t channel);
    /** Eight channels of a tile back from points, with a bias for each; AVT_TILE samples a row. */
    void (*gather_tile)(const float *products, size_t point_stride, const float bias[AVT_LANES],
                        float rows[AVT_LANES][AVT_TILE]);
    /** Adaptive instance normalisation of one channel:
     *  y = gamma (x - mean) / sqrt(variance + epsilon)
     *  + beta over all `count` samples; then, if alpha != 0, Snake: y + sin^2(alpha y) * scale. */
    void (*adain_row)(const float *x, size_t count, float epsilon, float gamma, float beta,
                      float alpha, float scale, float *y);
};

/** The best of them for this processor; never NULL. */
const struct avt_kernels *avt_kernels(void);

extern const struct avt_kernels avt_kernels_plain;
#if defined(__x86_64__)
extern const struct avt_kernels avt_kernels_avx2;
#endif
