/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/yuv.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/assert.h"
#include "os/proc.h"

/*
 * ITU-R BT.709 (Kr .2126, Kb .0722), limited range, times 2^15. Each row of Y sums to
 * 219/255 * 2^15 and each row of U and V to zero, so greys stay free of colour.
 */
enum { FIX_BITS = 15 };
enum { Y_R = 5983, Y_G = 20127, Y_B = 2032 };
enum { U_R = -3298, U_G = -11094, U_B = 14392 };
enum { V_R = 14392, V_G = -13072, V_B = -1320 };
/* Offsets with one half for rounding. A chroma sample is a sum of weight 8: three more bits. */
enum { CHROMA_BITS = FIX_BITS + 3 };
enum { Y_BIAS = (16 << FIX_BITS) + (1 << (FIX_BITS - 1)) };
enum { C_BIAS = (128 << CHROMA_BITS) + (1 << (CHROMA_BITS - 1)) };

/* All 8-bit inputs stay within 16..235 and 16..240 before the shift, so nothing is clamped. */
static void luma_row_scalar(const uint8_t *rgba, uint8_t *y, int from, int width)
{
    for (int x = from; x < width; x++) {
        const uint8_t *p = rgba + 4 * (size_t)x;
        y[x] = (uint8_t)((Y_R * p[0] + Y_G * p[1] + Y_B * p[2] + Y_BIAS) >> FIX_BITS);
    }
}

static void chroma_row_scalar(const uint8_t *top, const uint8_t *bottom, uint8_t *u, uint8_t *v,
                              int from, int width)
{
    for (int x = from; x < width; x += 2) {
        size_t here = 4 * (size_t)x;
        size_t left = x > 0 ? here - 4 : here;
        int sum[3];
        for (int c = 0; c < 3; c++)
            sum[c] = top[left + c] + bottom[left + c] + 2 * (top[here + c] + bottom[here + c]) +
                     top[here + 4 + c] + bottom[here + 4 + c];
        u[x / 2] = (uint8_t)((U_R * sum[0] + U_G * sum[1] + U_B * sum[2] + C_BIAS) >> CHROMA_BITS);
        v[x / 2] = (uint8_t)((V_R * sum[0] + V_G * sum[1] + V_B * sum[2] + C_BIAS) >> CHROMA_BITS);
    }
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

/* Weighted sum of R, G, B of 4 + 4 pixels of 16-bit channels; comes out in order a0 a1 b0 b1 per
 * 128-bit lane. */
AVX2 static inline __m256i weigh(__m256i a, __m256i b, __m256i weights)
{
    return _mm256_hadd_epi32(_mm256_madd_epi16(a, weights), _mm256_madd_epi16(b, weights));
}

AVX2 static inline __m256i weights_of(int r, int g, int b)
{
    return _mm256_set1_epi64x((long long)((uint64_t)(uint16_t)r | (uint64_t)(uint16_t)g << 16 |
                                          (uint64_t)(uint16_t)b << 32));
}

/* 8 sums of 32 bits to bytes, in the order of `sums`. */
AVX2 static inline void store_bytes(__m256i sums, int bias, int shift, uint8_t *out)
{
    __m256i v = _mm256_srai_epi32(_mm256_add_epi32(sums, _mm256_set1_epi32(bias)), shift);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64((__m128i *)(void *)out, _mm_packus_epi16(words, words));
}

AVX2 static int luma_row_avx2(const uint8_t *rgba, uint8_t *y, int width)
{
    const __m256i zero = _mm256_setzero_si256();
    const __m256i weights = weights_of(Y_R, Y_G, Y_B);
    int x = 0;
    for (; x + 8 <= width; x += 8) {
        __m256i p = _mm256_loadu_si256((const __m256i *)(const void *)(rgba + 4 * (size_t)x));
        __m256i sums = weigh(_mm256_unpacklo_epi8(p, zero), _mm256_unpackhi_epi8(p, zero), weights);
        store_bytes(sums, Y_BIAS, FIX_BITS, y + x);
    }
    return x;
}

/* Both rows of 4 pixels from x on, added, as 16-bit channels. */
AVX2 static inline __m256i row_sum(const uint8_t *top, const uint8_t *bottom, int x)
{
    size_t at = 4 * (size_t)x;
    return _mm256_add_epi16(
        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(top + at))),
        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(bottom + at))));
}

/* [1 2 1] around x and x + 2, in the low 64 bits of each lane. */
AVX2 static inline __m256i tent(const uint8_t *top, const uint8_t *bottom, int x)
{
    __m256i here = row_sum(top, bottom, x);
    __m256i left = row_sum(top, bottom, x - 1);
    __m256i right = _mm256_bsrli_epi128(here, 8);
    return _mm256_add_epi16(_mm256_add_epi16(left, right), _mm256_add_epi16(here, here));
}

AVX2 static int chroma_row_avx2(const uint8_t *top, const uint8_t *bottom, uint8_t *u, uint8_t *v,
                                int from, int width)
{
    const __m256i u_weights = weights_of(U_R, U_G, U_B);
    const __m256i v_weights = weights_of(V_R, V_G, V_B);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    int x = from;
    for (; x + 16 <= width; x += 16) {
        /* Samples 0 2 | 1 3 and 4 6 | 5 7. */
        __m256i a = _mm256_unpacklo_epi64(tent(top, bottom, x), tent(top, bottom, x + 4));
        __m256i b = _mm256_unpacklo_epi64(tent(top, bottom, x + 8), tent(top, bottom, x + 12));
        __m256i u_sums = _mm256_permutevar8x32_epi32(weigh(a, b, u_weights), order);
        __m256i v_sums = _mm256_permutevar8x32_epi32(weigh(a, b, v_weights), order);
        store_bytes(u_sums, C_BIAS, CHROMA_BITS, u + x / 2);
        store_bytes(v_sums, C_BIAS, CHROMA_BITS, v + x / 2);
    }
    return x;
}
#endif

static void convert(const struct avt_image *image, const struct avt_yuv_planes *planes, bool avx2)
{
    avt_assert(image->width % 2 == 0 && image->height % 2 == 0);
    for (int row = 0; row < image->height; row += 2) {
        const uint8_t *top = avt_image_row(image, row);
        const uint8_t *bottom = avt_image_row(image, row + 1);
        uint8_t *y = planes->y + (size_t)row * planes->y_stride;
        uint8_t *u = planes->u + (size_t)(row / 2) * planes->u_stride;
        uint8_t *v = planes->v + (size_t)(row / 2) * planes->v_stride;
        int luma_top = 0, luma_bottom = 0, chroma = 0;
#if defined(__x86_64__)
        if (avx2) {
            luma_top = luma_row_avx2(top, y, image->width);
            luma_bottom = luma_row_avx2(bottom, y + planes->y_stride, image->width);
            /* The first sample has no left neighbour: scalar. */
            chroma_row_scalar(top, bottom, u, v, 0, 2);
            chroma = chroma_row_avx2(top, bottom, u, v, 2, image->width);
        }
#endif
        luma_row_scalar(top, y, luma_top, image->width);
        luma_row_scalar(bottom, y + planes->y_stride, luma_bottom, image->width);
        chroma_row_scalar(top, bottom, u, v, chroma, image->width);
    }
    (void)avx2;
}

void avt_yuv_from_rgba(const struct avt_image *image, const struct avt_yuv_planes *planes)
{
    convert(image, planes, avt_cpu_has_avx2());
}

void avt_yuv_from_rgba_scalar(const struct avt_image *image, const struct avt_yuv_planes *planes)
{
    convert(image, planes, false);
}
