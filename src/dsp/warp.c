/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/warp.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/assert.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Weights have 6 bits, so that a row sum of 8-bit pixels fits 16 bits; sub-pixel phase has 6 too. */
enum { WEIGHT_BITS = 6, PHASES = 64, PHASE_SHIFT = AVT_WARP_FRACTION_BITS - 6, ONE = 64 };
/* A span is filtered in pieces of at most one lattice cell. */
enum { CELL_MAX = 1 << AVT_WARP_STEP_LOG2_MAX };

struct taps {
    int8_t w[PHASES][4];
    /* The same for pmaddwd: w0 w1 four times, w2 w3 four times. */
    int16_t pairs[PHASES][16] __attribute__((aligned(32)));
};

static struct taps catmull_rom;
static bool have_avx2;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Catmull and Rom 1974, tension 1/2; the weights of a phase sum to exactly ONE. */
static void make_tables(void)
{
    for (int p = 0; p < PHASES; p++) {
        double t = (double)p / PHASES, w[4];
        w[0] = .5 * t * (-1 + t * (2 - t));
        w[1] = .5 * (2 + t * t * (-5 + 3 * t));
        w[2] = .5 * t * (1 + t * (4 - 3 * t));
        w[3] = .5 * t * t * (t - 1);
        int sum = 0;
        for (int i = 0; i < 4; i++) {
            catmull_rom.w[p][i] = (int8_t)lrint(w[i] * ONE);
            sum += catmull_rom.w[p][i];
        }
        catmull_rom.w[p][p < PHASES / 2 ? 1 : 2] += (int8_t)(ONE - sum);
        for (int i = 0; i < 16; i++)
            catmull_rom.pairs[p][i] = catmull_rom.w[p][(i & 1) + (i >= 8 ? 2 : 0)];
    }
#if defined(__x86_64__)
    __builtin_cpu_init();
    have_avx2 = __builtin_cpu_supports("avx2");
#endif
}

int32_t avt_warp_fixed(float pixels)
{
    float limit = (float)AVT_WARP_SHIFT_MAX;
    float clamped = pixels > limit ? limit : pixels > -limit ? pixels : -limit;
    return (int32_t)lrintf(clamped * (float)(1 << AVT_WARP_FRACTION_BITS));
}

static int clamp_int(int v, int lo, int hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static void filter_plain(const uint8_t *const rows[4], const int offsets[4], int px, int py,
                         uint8_t out[4])
{
    const int8_t *wx = catmull_rom.w[px], *wy = catmull_rom.w[py];
    for (int c = 0; c < 4; c++) {
        int sum = 1 << (2 * WEIGHT_BITS - 1);
        for (int i = 0; i < 4; i++) {
            int column = 0;
            for (int j = 0; j < 4; j++)
                column += wy[j] * rows[j][offsets[i] + c];
            sum += wx[i] * column;
        }
        out[c] = (uint8_t)clamp_int(sum >> (2 * WEIGHT_BITS), 0, 255);
    }
}

static void sample_clamped(const struct avt_image *source, int ix, int iy, int px, int py,
                           uint8_t out[4])
{
    const uint8_t *rows[4];
    int offsets[4];
    for (int i = 0; i < 4; i++) {
        rows[i] = avt_image_row(source, clamp_int(iy - 1 + i, 0, source->height - 1));
        offsets[i] = 4 * clamp_int(ix - 1 + i, 0, source->width - 1);
    }
    filter_plain(rows, offsets, px, py, out);
}

#if defined(__x86_64__)
/* rows: the 4 x 4 pixels at `first` and the three rows below. */
__attribute__((target("avx2"))) static inline void filter_avx2(const uint8_t *first, size_t stride,
                                                               int px, int py, uint8_t out[4])
{
    __m128i r0 = _mm_loadu_si128((const __m128i *)first);
    __m128i r1 = _mm_loadu_si128((const __m128i *)(first + stride));
    __m128i r2 = _mm_loadu_si128((const __m128i *)(first + 2 * stride));
    __m128i r3 = _mm_loadu_si128((const __m128i *)(first + 3 * stride));
    __m256i upper = _mm256_set_m128i(_mm_unpackhi_epi8(r0, r1), _mm_unpacklo_epi8(r0, r1));
    __m256i lower = _mm256_set_m128i(_mm_unpackhi_epi8(r2, r3), _mm_unpacklo_epi8(r2, r3));
    int16_t w01, w23;
    memcpy(&w01, catmull_rom.w[py], 2);
    memcpy(&w23, catmull_rom.w[py] + 2, 2);
    __m256i columns = _mm256_add_epi16(_mm256_maddubs_epi16(upper, _mm256_set1_epi16(w01)),
                                       _mm256_maddubs_epi16(lower, _mm256_set1_epi16(w23)));
    const __m256i by_channel =
        _mm256_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8, 9, 2, 3, 10,
                         11, 4, 5, 12, 13, 6, 7, 14, 15);
    columns = _mm256_shuffle_epi8(columns, by_channel);
    __m256i wx = _mm256_load_si256((const __m256i *)catmull_rom.pairs[px]);
    __m256i sums = _mm256_madd_epi16(columns, wx);
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    sum = _mm_add_epi32(sum, _mm_set1_epi32(1 << (2 * WEIGHT_BITS - 1)));
    sum = _mm_srai_epi32(sum, 2 * WEIGHT_BITS);
    sum = _mm_packs_epi32(sum, sum);
    sum = _mm_packus_epi16(sum, sum);
    int32_t pixel = _mm_cvtsi128_si32(sum);
    memcpy(out, &pixel, 4);
}

__attribute__((target("avx2"))) static void cell_avx2(const struct avt_image *source, int32_t sx,
                                                      int32_t sy, const int32_t *dx,
                                                      const int32_t *dy, int count, uint8_t *out)
{
    for (int i = 0; i < count; i++, sx += 1 << AVT_WARP_FRACTION_BITS, out += 4) {
        int32_t x = sx + dx[i], y = sy + dy[i];
        int ix = x >> AVT_WARP_FRACTION_BITS, iy = y >> AVT_WARP_FRACTION_BITS;
        int px = (x >> PHASE_SHIFT) & (PHASES - 1), py = (y >> PHASE_SHIFT) & (PHASES - 1);
        if (ix >= 1 && iy >= 1 && ix < source->width - 2 && iy < source->height - 2)
            filter_avx2(avt_image_row(source, iy - 1) + 4 * (ptrdiff_t)(ix - 1), source->stride, px,
                        py, out);
        else
            sample_clamped(source, ix, iy, px, py, out);
    }
}
#endif

static void cell_plain(const struct avt_image *source, int32_t sx, int32_t sy, const int32_t *dx,
                       const int32_t *dy, int count, uint8_t *out)
{
    for (int i = 0; i < count; i++, sx += 1 << AVT_WARP_FRACTION_BITS, out += 4) {
        int32_t x = sx + dx[i], y = sy + dy[i];
        sample_clamped(source, x >> AVT_WARP_FRACTION_BITS, y >> AVT_WARP_FRACTION_BITS,
                       (x >> PHASE_SHIFT) & (PHASES - 1), (y >> PHASE_SHIFT) & (PHASES - 1), out);
    }
}

static int32_t between(int32_t a, int32_t b, int part, int step_log2)
{
    return a + (((b - a) * part) >> step_log2);
}

static void warp_row(const struct avt_image *source, const struct avt_warp_lattice *lattice, int y,
                     int x0, int x1, uint8_t *out, bool avx2)
{
    int log2 = lattice->step_log2, step = 1 << log2;
    int row = (y - lattice->y) >> log2, part = (y - lattice->y) & (step - 1);
    avt_assert(y >= lattice->y && row + 1 < lattice->ny && x0 >= lattice->x &&
               x1 <= lattice->x + ((lattice->nx - 1) << log2));
    const int32_t *dx0 = lattice->dx + (ptrdiff_t)row * lattice->nx, *dx1 = dx0 + lattice->nx;
    const int32_t *dy0 = lattice->dy + (ptrdiff_t)row * lattice->nx, *dy1 = dy0 + lattice->nx;
    int32_t sy = y << AVT_WARP_FRACTION_BITS;
    /* Half a phase, so that phases round instead of cutting off. */
    const int32_t half = 1 << (PHASE_SHIFT - 1);
    for (int x = x0; x < x1;) {
        int col = (x - lattice->x) >> log2, first = (x - lattice->x) & (step - 1);
        int count = step - first < x1 - x ? step - first : x1 - x;
        int32_t ax = between(dx0[col], dx1[col], part, log2);
        int32_t bx = between(dx0[col + 1], dx1[col + 1], part, log2);
        int32_t ay = between(dy0[col], dy1[col], part, log2);
        int32_t by = between(dy0[col + 1], dy1[col + 1], part, log2);
        if (!(ax | bx | ay | by) && y >= 0 && y < source->height && x >= 0 &&
            x + count <= source->width) {
            memcpy(out, avt_image_row(source, y) + 4 * (ptrdiff_t)x, 4 * (size_t)count);
        } else {
            int32_t dx[CELL_MAX], dy[CELL_MAX];
            for (int i = 0; i < count; i++) {
                dx[i] = between(ax, bx, first + i, log2) + half;
                dy[i] = between(ay, by, first + i, log2) + half;
            }
#if defined(__x86_64__)
            if (avx2)
                cell_avx2(source, x << AVT_WARP_FRACTION_BITS, sy, dx, dy, count, out);
            else
#endif
                cell_plain(source, x << AVT_WARP_FRACTION_BITS, sy, dx, dy, count, out);
        }
        x += count;
        out += 4 * (ptrdiff_t)count;
    }
    (void)avx2;
}

void avt_warp_row(const struct avt_image *source, const struct avt_warp_lattice *lattice, int y,
                  int x0, int x1, uint8_t *out)
{
    pthread_once(&once, make_tables);
    warp_row(source, lattice, y, x0, x1, out, have_avx2);
}

void avt_warp_row_plain(const struct avt_image *source, const struct avt_warp_lattice *lattice,
                        int y, int x0, int x1, uint8_t *out)
{
    pthread_once(&once, make_tables);
    warp_row(source, lattice, y, x0, x1, out, false);
}

void avt_warp_sample(const struct avt_image *source, int32_t x, int32_t y, uint8_t out[4])
{
    pthread_once(&once, make_tables);
    const int32_t half = 1 << (PHASE_SHIFT - 1);
    x += half;
    y += half;
    sample_clamped(source, x >> AVT_WARP_FRACTION_BITS, y >> AVT_WARP_FRACTION_BITS,
                   (x >> PHASE_SHIFT) & (PHASES - 1), (y >> PHASE_SHIFT) & (PHASES - 1), out);
}
