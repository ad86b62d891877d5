/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Eight numbers at once, for the inner loops of shaders: what one fragment would go through, eight go through
 * together. Compilers turn these into whatever the processor has; results are the same everywhere.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dsp/landmarks.h"

/* How lanes are passed does not matter: all of this is inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"

enum { AVT_LANES8 = 8 };
typedef float avt_v8 __attribute__((vector_size(32)));
typedef int32_t avt_i8 __attribute__((vector_size(32)));
typedef uint32_t avt_u8 __attribute__((vector_size(32)));
typedef uint8_t avt_b8 __attribute__((vector_size(8)));
/* Sources with such loops are compiled twice (laned.h): where a compiler does not find the one instruction of AVX2 that
 * does as much, it is named here. */
#ifdef __AVX2__
#include <immintrin.h>
#endif
#define AVT_LANE_FN static inline __attribute__((always_inline, unused))

struct avt_v3x8 {
    avt_v8 x, y, z;
};

AVT_LANE_FN avt_v8 avt_v8_all(float x)
{
    return (avt_v8){x, x, x, x, x, x, x, x};
}
AVT_LANE_FN avt_v8 avt_v8_load(const float *from)
{
    avt_v8 out;
    memcpy(&out, from, sizeof(out));
    return out;
}
AVT_LANE_FN void avt_v8_store(float *to, avt_v8 v)
{
    memcpy(to, &v, sizeof(v));
}
/** Eight bytes as numbers. */
AVT_LANE_FN avt_v8 avt_v8_bytes(const void *from)
{
#ifdef __AVX2__
    return (avt_v8)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadu_si64(from)));
#else
    avt_b8 bytes;
    memcpy(&bytes, from, sizeof(bytes));
    return __builtin_convertvector(bytes, avt_v8);
#endif
}
AVT_LANE_FN int avt_i8_any(avt_i8 mask)
{
#ifdef __AVX2__
    return !_mm256_testz_si256((__m256i)mask, (__m256i)mask);
#else
    int64_t quarters[4];
    memcpy(quarters, &mask, sizeof(mask));
    return ((quarters[0] | quarters[1]) | (quarters[2] | quarters[3])) != 0;
#endif
}
AVT_LANE_FN avt_v8 avt_v8_pick(avt_i8 mask, avt_v8 yes, avt_v8 no)
{
    return (avt_v8)(((avt_i8)yes & mask) | ((avt_i8)no & ~mask));
}
AVT_LANE_FN avt_v8 avt_v8_min(avt_v8 a, avt_v8 b)
{
#ifdef __AVX2__
    return (avt_v8)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return avt_v8_pick(a < b, a, b);
#endif
}
AVT_LANE_FN avt_v8 avt_v8_max(avt_v8 a, avt_v8 b)
{
#ifdef __AVX2__
    return (avt_v8)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return avt_v8_pick(a > b, a, b);
#endif
}
AVT_LANE_FN avt_v8 avt_v8_sqrt(avt_v8 a)
{
#ifdef __AVX2__
    return (avt_v8)_mm256_sqrt_ps((__m256)a);
#else
    avt_v8 out;
    for (int k = 0; k < AVT_LANES8; k++)
        out[k] = sqrtf(a[k]);
    return out;
#endif
}
AVT_LANE_FN avt_v8 avt_v8_floor(avt_v8 a)
{
    avt_v8 cut = __builtin_convertvector(__builtin_convertvector(a, avt_i8), avt_v8);
    return cut - avt_v8_pick(cut > a, avt_v8_all(1), avt_v8_all(0));
}
AVT_LANE_FN avt_v8 avt_v8_mix(avt_v8 a, avt_v8 b, avt_v8 t)
{
    return a + t * (b - a);
}
AVT_LANE_FN avt_v8 avt_v8_smoothstep(float low, float high, avt_v8 x)
{
    avt_v8 t = avt_v8_min(avt_v8_max((x - low) / (high - low), avt_v8_all(0)), avt_v8_all(1));
    return t * t * (3 - 2 * t);
}

/** Rows become columns. */
AVT_LANE_FN void avt_v8_transpose(avt_v8 a[AVT_LANES8])
{
    avt_v8 b[AVT_LANES8], c[AVT_LANES8];
    for (int i = 0; i < AVT_LANES8; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < AVT_LANES8; i += 4)
        for (int k = i; k < i + 2; k++) {
            c[k] = __builtin_shufflevector(b[k], b[k + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            c[k + 2] = __builtin_shufflevector(b[k], b[k + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int i = 0; i < AVT_LANES8 / 2; i++) {
        a[i] = __builtin_shufflevector(c[i], c[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        a[i + 4] = __builtin_shufflevector(c[i], c[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

AVT_LANE_FN avt_v8 avt_v3x8_dot(struct avt_v3x8 a, struct avt_v3x8 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
/** With one vector for all. */
AVT_LANE_FN avt_v8 avt_v3x8_dot_all(struct avt_v3x8 a, struct avt_point3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
AVT_LANE_FN struct avt_v3x8 avt_v3x8_cross(struct avt_v3x8 a, struct avt_v3x8 b)
{
    return (struct avt_v3x8){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
AVT_LANE_FN struct avt_v3x8 avt_v3x8_scale(struct avt_v3x8 a, avt_v8 k)
{
    return (struct avt_v3x8){a.x * k, a.y * k, a.z * k};
}
AVT_LANE_FN struct avt_v3x8 avt_v3x8_unit(struct avt_v3x8 a)
{
    avt_v8 square = avt_v3x8_dot(a, a);
    return avt_v3x8_scale(a, 1 / avt_v8_sqrt(avt_v8_max(square, avt_v8_all(1e-20f))));
}
