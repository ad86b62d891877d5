/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Included once by each kernels_*.c, which is compiled for its processor and names KERNELS; the
 * contracts are in kernels.h. Written with the vector types of gcc and clang: eight floats are one
 * register with AVX2 and two with SSE or NEON.
 */
#include <math.h>
#include <string.h>

#include "nn/kernels.h"

/* Without AVX, vectors of 32 bytes are passed in another way; none is, all is inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

typedef float v8 __attribute__((vector_size(32), may_alias));
typedef int32_t v8i __attribute__((vector_size(32)));

INLINE v8 load(const float *from)
{
    v8 value;
    memcpy(&value, from, sizeof(value));
    return value;
}

INLINE void store(float *to, v8 value)
{
    memcpy(to, &value, sizeof(value));
}

INLINE v8 all(float value)
{
    return (v8){value, value, value, value, value, value, value, value};
}

/* ---- real DFT of 32 ------------------------------------------------------------------------- */

/*
 * Radix 2 by time: the spectrum of n real samples from those of the even and the odd ones,
 *     X[k] = E[k] + w^k O[k],  X[n/2 - k] = conj(E[k] - w^k O[k]),  w = exp(-2 pi i / n)
 * (Cooley and Tukey 1965; for real input only the lower half is kept). n / 2 + 1 bins; the
 * imaginary parts of the first and the last are zero and neither written nor read. Each vector lane
 * is a transform of its own.
 */
enum { BINS = AVT_TILE / 2 + 1 };
struct spectrum {
    v8 re[BINS], im[BINS];
};

#define SQRT_HALF 0.70710678118654752f

/* cos and sin of 2 pi k / 32; those of 16 are every other. */
static const float cosines[8] = {1.0f,      0.980785280f, 0.923879533f, 0.831469612f,
                                 SQRT_HALF, 0.555570233f, 0.382683432f, 0.195090322f};
static const float sines[8] = {0.0f,      0.195090322f, 0.382683432f, 0.555570233f,
                               SQRT_HALF, 0.831469612f, 0.923879533f, 0.980785280f};

/* Of x[0], x[step], ..., x[7 step]. */
INLINE void dft8(const v8 *x, int step, struct spectrum *X)
{
    v8 a = x[0] + x[4 * step], b = x[0] - x[4 * step];
    v8 c = x[2 * step] + x[6 * step], d = x[2 * step] - x[6 * step];
    v8 e = x[step] + x[5 * step], f = x[step] - x[5 * step];
    v8 g = x[3 * step] + x[7 * step], h = x[3 * step] - x[7 * step];
    v8 u = (f - h) * SQRT_HALF, v = (f + h) * SQRT_HALF;
    X->re[0] = (a + c) + (e + g);
    X->re[4] = (a + c) - (e + g);
    X->re[2] = a - c;
    X->im[2] = g - e;
    X->re[1] = b + u;
    X->im[1] = -d - v;
    X->re[3] = b - u;
    X->im[3] = d - v;
}

INLINE void join(const struct spectrum *E, const struct spectrum *O, int n, struct spectrum *X)
{
    X->re[0] = E->re[0] + O->re[0];
    X->re[n / 2] = E->re[0] - O->re[0];
    X->re[n / 4] = E->re[n / 4];
    X->im[n / 4] = -O->re[n / 4];
#pragma GCC unroll 8
    for (int k = 1; k < n / 4; k++) {
        float c = cosines[k * AVT_TILE / n], s = sines[k * AVT_TILE / n];
        v8 re = O->re[k] * c + O->im[k] * s, im = O->im[k] * c - O->re[k] * s;
        X->re[k] = E->re[k] + re;
        X->im[k] = E->im[k] + im;
        X->re[n / 2 - k] = E->re[k] - re;
        X->im[n / 2 - k] = im - E->im[k];
    }
}

INLINE void dft32(const v8 x[AVT_TILE], struct spectrum *X)
{
    struct spectrum part[4], even, odd;
    dft8(x, 4, &part[0]);
    dft8(x + 2, 4, &part[1]);
    join(&part[0], &part[1], 16, &even);
    dft8(x + 1, 4, &part[2]);
    dft8(x + 3, 4, &part[3]);
    join(&part[2], &part[3], 16, &odd);
    join(&even, &odd, 32, X);
}

/* The inverses, without the division by n. */
INLINE void inverse8(const struct spectrum *X, v8 *x, int step)
{
    v8 p = X->re[0] + X->re[4], q = X->re[0] - X->re[4];
    v8 re2 = X->re[2] + X->re[2], im2 = X->im[2] + X->im[2];
    v8 u = (X->re[1] + X->re[3]) * 2.0f, v = (X->im[1] - X->im[3]) * 2.0f;
    v8 d = X->re[1] - X->re[3], s = X->im[1] + X->im[3];
    v8 r = (d - s) * (2.0f * SQRT_HALF), t = (d + s) * (2.0f * SQRT_HALF);
    x[0] = (p + re2) + u;
    x[4 * step] = (p + re2) - u;
    x[2 * step] = (p - re2) - v;
    x[6 * step] = (p - re2) + v;
    x[step] = (q - im2) + r;
    x[5 * step] = (q - im2) - r;
    x[3 * step] = (q + im2) - t;
    x[7 * step] = (q + im2) + t;
}

INLINE void split(const struct spectrum *X, int n, struct spectrum *E, struct spectrum *O)
{
    E->re[0] = X->re[0] + X->re[n / 2];
    O->re[0] = X->re[0] - X->re[n / 2];
    E->re[n / 4] = X->re[n / 4] + X->re[n / 4];
    O->re[n / 4] = X->im[n / 4] * -2.0f;
#pragma GCC unroll 8
    for (int k = 1; k < n / 4; k++) {
        float c = cosines[k * AVT_TILE / n], s = sines[k * AVT_TILE / n];
        v8 re = X->re[k] - X->re[n / 2 - k], im = X->im[k] + X->im[n / 2 - k];
        E->re[k] = X->re[k] + X->re[n / 2 - k];
        E->im[k] = X->im[k] - X->im[n / 2 - k];
        O->re[k] = re * c - im * s;
        O->im[k] = re * s + im * c;
    }
}

INLINE void inverse32(const struct spectrum *X, v8 x[AVT_TILE])
{
    struct spectrum even, odd, quarter[2];
    split(X, 32, &even, &odd);
    split(&even, 16, &quarter[0], &quarter[1]);
    inverse8(&quarter[0], x, 4);
    inverse8(&quarter[1], x + 2, 4);
    split(&odd, 16, &quarter[0], &quarter[1]);
    inverse8(&quarter[0], x + 1, 4);
    inverse8(&quarter[1], x + 3, 4);
}

/* ---- fast convolution ----------------------------------------------------------------------- */

static void spread_weights(const uint8_t *packed, const float values[256], size_t in, size_t taps,
                           float *weights, size_t point_stride)
{
    for (size_t i = 0; i < in; i++) {
        for (int half = 0; half < AVT_PANEL; half += AVT_LANES) {
            v8 x[AVT_TILE] = {0};
            for (size_t tap = 0; tap < taps; tap++) {
                const uint8_t *bytes = packed + (i * taps + tap) * AVT_PANEL + half;
                x[tap] =
                    (v8){values[bytes[0]], values[bytes[1]], values[bytes[2]], values[bytes[3]],
                         values[bytes[4]], values[bytes[5]], values[bytes[6]], values[bytes[7]]};
            }
            struct spectrum X;
            dft32(x, &X);
            float *to = weights + i * AVT_PANEL + half;
            store(to, X.re[0]);
            store(to + point_stride, X.re[BINS - 1]);
            /* Conjugated: networks correlate where mathematics convolves. */
            for (int k = 1; k < BINS - 1; k++) {
                float *point = to + (size_t)(3 * k - 1) * point_stride;
                store(point, X.re[k]);
                store(point + point_stride, -X.im[k] - X.re[k]);
                store(point + 2 * point_stride, X.re[k] - X.im[k]);
            }
        }
    }
}

/* 8 x 8: row r of the result holds lane r of each. */
INLINE void transpose(v8 a[AVT_LANES])
{
    v8 b[AVT_LANES], c[AVT_LANES];
    for (int i = 0; i < 8; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < 8; i += 4) {
        for (int k = i; k < i + 2; k++) {
            c[k] = __builtin_shufflevector(b[k], b[k + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            c[k + 2] = __builtin_shufflevector(b[k], b[k + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
    for (int i = 0; i < 4; i++) {
        a[i] = __builtin_shufflevector(c[i], c[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        a[i + 4] = __builtin_shufflevector(c[i], c[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

static void spread_tile(const float *const rows[AVT_LANES], float *spectra, size_t point_stride)
{
    v8 x[AVT_TILE];
    for (int at = 0; at < AVT_TILE; at += AVT_LANES) {
        for (int c = 0; c < AVT_LANES; c++)
            x[at + c] = load(rows[c] + at);
        transpose(x + at);
    }
    struct spectrum X;
    dft32(x, &X);
    store(spectra, X.re[0]);
    store(spectra + point_stride, X.re[BINS - 1]);
    for (int k = 1; k < BINS - 1; k++) {
        float *point = spectra + (size_t)(3 * k - 1) * point_stride;
        store(point, X.re[k] + X.im[k]);
        store(point + point_stride, X.re[k]);
        store(point + 2 * point_stride, X.im[k]);
    }
}

static void gather_tile(const float *products, size_t point_stride, const float bias[AVT_LANES],
                        float rows[AVT_LANES][AVT_TILE])
{
    struct spectrum X;
    X.re[0] = load(products) + load(bias);
    X.re[BINS - 1] = load(products + point_stride);
    for (int k = 1; k < BINS - 1; k++) {
        const float *point = products + (size_t)(3 * k - 1) * point_stride;
        v8 t1 = load(point);
        X.re[k] = t1 - load(point + 2 * point_stride);
        X.im[k] = t1 + load(point + point_stride);
    }
    v8 x[AVT_TILE];
    inverse32(&X, x);
    for (int at = 0; at < AVT_TILE; at += AVT_LANES) {
        transpose(x + at);
        for (int c = 0; c < AVT_LANES; c++)
            store(rows[c] + at, x[at + c]);
    }
}

/* `count` tiles by one panel: with AVX2, 6 x 2 sums, two weights and one sample take 15 of the 16
 * registers. */
enum { GROUP = AVT_TILE_GROUP };
INLINE void multiply_group(const float *spectra, size_t in, const float *weights, float *products,
                           size_t out, const int count)
{
    v8 sums[GROUP][2] = {0};
    for (size_t i = 0; i < in; i++) {
        v8 low = load(weights + i * AVT_PANEL), high = load(weights + i * AVT_PANEL + AVT_LANES);
#pragma GCC unroll 6
        for (int t = 0; t < count; t++) {
            v8 x = all(spectra[(size_t)t * in + i]);
            sums[t][0] += x * low;
            sums[t][1] += x * high;
        }
    }
#pragma GCC unroll 6
    for (int t = 0; t < count; t++) {
        store(products + (size_t)t * out, sums[t][0]);
        store(products + (size_t)t * out + AVT_LANES, sums[t][1]);
    }
}

static void multiply(const struct avt_points *spectra, const struct avt_points *products,
                     size_t point, size_t tiles, const float *weights, size_t channel)
{
    const float *from = spectra->data + point * spectra->point_stride;
    float *to = products->data + point * products->point_stride + channel;
    size_t in = spectra->channels, out = products->channels;
    for (; tiles >= GROUP; tiles -= GROUP) {
        multiply_group(from, in, weights, to, out, GROUP);
        from += spectra->group_stride;
        to += products->group_stride;
    }
    /* The last group is one call too, so that few tiles still keep the adders busy. */
    switch (tiles) {
    case 5:
        multiply_group(from, in, weights, to, out, 5);
        break;
    case 4:
        multiply_group(from, in, weights, to, out, 4);
        break;
    case 3:
        multiply_group(from, in, weights, to, out, 3);
        break;
    case 2:
        multiply_group(from, in, weights, to, out, 2);
        break;
    case 1:
        multiply_group(from, in, weights, to, out, 1);
        break;
    default:
        break;
    }
}

/* ---- normalisation -------------------------------------------------------------------------- */

INLINE float sum_of(v8 v)
{
    return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

/* Four sums at once: no addition waits for the one before, and rounding errors stay small. */
enum { STRIDE = 4 * AVT_LANES };

static float mean_of(const float *x, size_t count)
{
    v8 sums[4] = {0};
    size_t i = 0;
    for (; i + STRIDE <= count; i += STRIDE) {
        for (int k = 0; k < 4; k++)
            sums[k] += load(x + i + k * AVT_LANES);
    }
    float rest = 0.0f;
    for (; i < count; i++)
        rest += x[i];
    return (sum_of((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest) / (float)count;
}

static float variance_of(const float *x, size_t count, float mean)
{
    v8 sums[4] = {0};
    size_t i = 0;
    for (; i + STRIDE <= count; i += STRIDE) {
        for (int k = 0; k < 4; k++) {
            v8 d = load(x + i + k * AVT_LANES) - mean;
            sums[k] += d * d;
        }
    }
    float rest = 0.0f;
    for (; i < count; i++)
        rest += (x[i] - mean) * (x[i] - mean);
    return (sum_of((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest) / (float)count;
}

/*
 * y + sin^2(alpha y) * scale. sin^2 has the period pi, so the angle less its nearest multiple of pi
 * needs neither quadrant nor sign. The polynomial is the odd minimax one of degree 9 for +-pi/2
 * (Remez; error 2e-7 with rounding); pi comes in two parts, which is exact enough up to some 10^4
 * radians.
 */
static const float pi_high = 3.14159274f, pi_low = -8.74227766e-8f, one_by_pi = 0.318309886f;
static const float s1 = 0x1.000000p+0f, s3 = -0x1.55553cp-3f, s5 = 0x1.110d6ep-7f,
                   s7 = -0x1.9f4118p-13f, s9 = 0x1.5bae4cp-19f;

INLINE v8 snake(v8 y, float alpha, float scale)
{
    const float whole = 0x1.8p23f; /* adding it leaves no bits for a fraction */
    v8 angle = y * alpha;
    v8 turns = (angle * one_by_pi + whole) - whole;
    v8 r = (angle - turns * pi_high) - turns * pi_low;
    v8 r2 = r * r;
    v8 sine = r * ((((r2 * s9 + s7) * r2 + s5) * r2 + s3) * r2 + s1);
    return y + sine * sine * scale;
}

static void adain_row(const float *x, size_t count, float epsilon, float gamma, float beta,
                      float alpha, float scale, float *y)
{
    float mean = mean_of(x, count);
    float factor = gamma / sqrtf(variance_of(x, count, mean) + epsilon);
    for (size_t i = 0; i < count; i += AVT_LANES) {
        size_t left = count - i;
        v8 in = {0};
        if (left >= AVT_LANES)
            in = load(x + i);
        else
            memcpy(&in, x + i, left * sizeof(float));
        v8 out = (in - mean) * factor + beta;
        if (alpha != 0.0f)
            out = snake(out, alpha, scale);
        if (left >= AVT_LANES)
            store(y + i, out);
        else
            memcpy(y + i, &out, left * sizeof(float));
    }
}

const struct avt_kernels KERNELS = {
    .spread_weights = spread_weights,
    .spread_tile = spread_tile,
    .multiply = multiply,
    .gather_tile = gather_tile,
    .adain_row = adain_row,
};
