/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/warp.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/assert.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Weights have 6 bits, so that a row sum of 8-bit pixels fits 16 bits; sub-pixel phase has 6 too.
 */
enum { WEIGHT_BITS = 6, PHASES = 64, PHASE_SHIFT = AVT_WARP_FRACTION_BITS - 6, ONE = 64 };
/* A span is filtered in pieces of at most one lattice cell. */
enum { CELL_MAX = 1 << AVT_WARP_STEP_LOG2_MAX };

struct taps {
    int8_t w[PHASES][4];
    /* The same as the AVX2 path wants them: across, w0 w1 or w2 w3 for pmaddwd; down, w0 w1 for the
     * upper two rows in the low lane, w2 w3 for the lower two in the high lane, for pmaddubsw. */
    int16_t across[2][PHASES][16] __attribute__((aligned(32)));
    int8_t down[PHASES][32] __attribute__((aligned(32)));
};

static struct taps filters[AVT_WARP_FILTERS];
static bool have_avx2;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Keys 1981, cubic convolution. At -1/2 (Catmull-Rom) fine grain loses 45 % of its contrast half
 * way between pixels. Beyond -1 edges ring on a smooth picture; where the grain is as fine as the
 * pixels, as in the cracks of an old painting, -1.45 shows none. */
static const double sharpness[AVT_WARP_FILTERS] = {-.5, -.75, -1., -1.3, -1.45};

/* The weights of a phase sum to exactly ONE. */
static void make_taps(double sharp, struct taps *taps)
{
    for (int p = 0; p < PHASES; p++) {
        double t = (double)p / PHASES, w[4];
        w[0] = sharp * t * (1 - t * (2 - t));
        w[1] = 1 + t * t * ((sharp + 2) * t - (sharp + 3));
        w[2] = t * (-sharp + t * ((2 * sharp + 3) - (sharp + 2) * t));
        w[3] = sharp * t * t * (1 - t);
        int sum = 0;
        for (int i = 0; i < 4; i++) {
            taps->w[p][i] = (int8_t)lrint(w[i] * ONE);
            sum += taps->w[p][i];
        }
        taps->w[p][p < PHASES / 2 ? 1 : 2] += (int8_t)(ONE - sum);
        for (int i = 0; i < 32; i++) {
            taps->across[i / 16][p][i % 16] = taps->w[p][(i & 1) + (i >= 16 ? 2 : 0)];
            taps->down[p][i] = taps->w[p][(i & 1) + (i >= 16 ? 2 : 0)];
        }
    }
}

static void make_tables(void)
{
    for (int f = 0; f < AVT_WARP_FILTERS; f++)
        make_taps(sharpness[f], &filters[f]);
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

static void filter_plain(const struct taps *taps, const uint8_t *const rows[4],
                         const int offsets[4], int px, int py, uint8_t out[4])
{
    const int8_t *wx = taps->w[px], *wy = taps->w[py];
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

static void sample_clamped(const struct avt_image *source, const struct taps *taps, int ix, int iy,
                           int px, int py, uint8_t out[4])
{
    const uint8_t *rows[4];
    int offsets[4];
    for (int i = 0; i < 4; i++) {
        rows[i] = avt_image_row(source, clamp_int(iy - 1 + i, 0, source->height - 1));
        offsets[i] = 4 * clamp_int(ix - 1 + i, 0, source->width - 1);
    }
    filter_plain(taps, rows, offsets, px, py, out);
}

/* One cell of the lattice on one row: displacements at its two ends, and which part is drawn. */
struct cell {
    int32_t ax, bx, ay, by; /* 1 / 2^16 pixel */
    int x, y;               /* first pixel drawn */
    int first, count;       /* of the cell's pixels */
    int step_log2;
    const struct taps *taps;
};

static int32_t between(int32_t a, int32_t b, int part, int step_log2)
{
    return a + (((b - a) * part) >> step_log2);
}

/* Half a phase, so that phases round instead of cutting off. */
enum { HALF_PHASE = 1 << (PHASE_SHIFT - 1) };

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

/* Where each pixel of a cell is read, in bytes: its upper left neighbour from pixel (-1, -1), and its
 * taps across and down. */
struct reads {
    int32_t first[CELL_MAX], across[CELL_MAX], down[CELL_MAX];
};

/* Offset into a table of `taps` whose rows have 32 bytes. */
AVX2 static inline __m256i row_offset_avx2(__m256i at)
{
    __m256i phase = _mm256_srai_epi32(at, PHASE_SHIFT);
    return _mm256_slli_epi32(_mm256_and_si256(phase, _mm256_set1_epi32(PHASES - 1)), 5);
}

AVX2 static inline void find_reads_avx2(const struct cell *cell, size_t stride,
                                        struct reads *ret_reads)
{
    const __m256i along = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i slope_x = _mm256_set1_epi32(cell->bx - cell->ax);
    __m256i slope_y = _mm256_set1_epi32(cell->by - cell->ay);
    __m256i start_x = _mm256_set1_epi32((cell->x << AVT_WARP_FRACTION_BITS) + HALF_PHASE + cell->ax);
    __m256i start_y = _mm256_set1_epi32((cell->y << AVT_WARP_FRACTION_BITS) + HALF_PHASE + cell->ay);
    __m128i log2 = _mm_cvtsi32_si128(cell->step_log2);
    for (int i = 0; i < cell->count; i += 8) {
        __m256i k = _mm256_add_epi32(along, _mm256_set1_epi32(i));
        __m256i part = _mm256_add_epi32(k, _mm256_set1_epi32(cell->first));
        __m256i x = _mm256_add_epi32(start_x, _mm256_slli_epi32(k, AVT_WARP_FRACTION_BITS));
        x = _mm256_add_epi32(x, _mm256_sra_epi32(_mm256_mullo_epi32(slope_x, part), log2));
        __m256i y = _mm256_add_epi32(
            start_y, _mm256_sra_epi32(_mm256_mullo_epi32(slope_y, part), log2));
        __m256i row = _mm256_mullo_epi32(_mm256_srai_epi32(y, AVT_WARP_FRACTION_BITS),
                                         _mm256_set1_epi32((int)stride));
        __m256i column = _mm256_slli_epi32(_mm256_srai_epi32(x, AVT_WARP_FRACTION_BITS), 2);
        _mm256_storeu_si256((__m256i *)(ret_reads->first + i), _mm256_add_epi32(row, column));
        _mm256_storeu_si256((__m256i *)(ret_reads->across + i), row_offset_avx2(x));
        _mm256_storeu_si256((__m256i *)(ret_reads->down + i), row_offset_avx2(y));
    }
}

/* first: the upper left of the 4 x 4 pixels. Four channels from the upper two rows in the low lane
 * and from the lower two in the high one, before the final shift. */
AVX2 static inline __m256i filter_avx2(const struct taps *taps, const uint8_t *first, size_t stride,
                                       int32_t across, int32_t down)
{
    const uint8_t *third = first + 2 * stride;
    __m256i even =
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)first)),
                                _mm_loadu_si128((const __m128i *)third), 1);
    __m256i odd = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(first + stride))),
        _mm_loadu_si128((const __m128i *)(third + stride)), 1);
    __m256i wy = _mm256_load_si256((const __m256i *)((const uint8_t *)taps->down + down));
    __m256i left = _mm256_maddubs_epi16(_mm256_unpacklo_epi8(even, odd), wy);
    __m256i right = _mm256_maddubs_epi16(_mm256_unpackhi_epi8(even, odd), wy);
    /* Two neighbours of one channel side by side. */
    const __m256i by_channel =
        _mm256_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8, 9, 2, 3, 10,
                         11, 4, 5, 12, 13, 6, 7, 14, 15);
    const uint8_t *wx = (const uint8_t *)taps->across + across;
    left = _mm256_madd_epi16(_mm256_shuffle_epi8(left, by_channel),
                             _mm256_load_si256((const __m256i *)wx));
    right = _mm256_madd_epi16(_mm256_shuffle_epi8(right, by_channel),
                              _mm256_load_si256((const __m256i *)(wx + sizeof(taps->across[0]))));
    return _mm256_add_epi32(left, right);
}

/* A cell whose pixels all have their 4 x 4 neighbours inside the picture. */
AVX2 static void cell_avx2(const struct avt_image *source, const struct cell *cell, uint8_t *out)
{
    struct reads reads;
    find_reads_avx2(cell, source->stride, &reads);
    const struct taps *taps = cell->taps;
    const uint8_t *origin = source->pixels - source->stride - 4; /* pixel (-1, -1) */
    const __m256i half = _mm256_set1_epi32(1 << (2 * WEIGHT_BITS - 1));
    size_t stride = source->stride;
    for (int i = 0; i < cell->count; i += 2, out += 8) {
        /* The last of an odd number is done twice and stored once. */
        int j = i + 1 < cell->count ? i + 1 : i;
        __m256i a = filter_avx2(taps, origin + reads.first[i], stride, reads.across[i],
                                reads.down[i]);
        __m256i b = filter_avx2(taps, origin + reads.first[j], stride, reads.across[j],
                                reads.down[j]);
        __m256i sums = _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20),
                                        _mm256_permute2x128_si256(a, b, 0x31));
        sums = _mm256_srai_epi32(_mm256_add_epi32(sums, half), 2 * WEIGHT_BITS);
        __m128i both = _mm_packs_epi32(_mm256_castsi256_si128(sums),
                                       _mm256_extracti128_si256(sums, 1));
        both = _mm_packus_epi16(both, both);
        if (j > i) {
            _mm_storel_epi64((__m128i *)out, both);
        } else {
            int32_t pixel = _mm_cvtsi128_si32(both);
            memcpy(out, &pixel, 4);
        }
    }
}

static bool is_inside(const struct avt_image *source, const struct cell *cell)
{
    /* Displacements are linear along a cell, so its ends bound it; one pixel for rounding. */
    int last = cell->first + cell->count - 1;
    int32_t x0 = between(cell->ax, cell->bx, cell->first, cell->step_log2);
    int32_t x1 = between(cell->ax, cell->bx, last, cell->step_log2);
    int32_t y0 = between(cell->ay, cell->by, cell->first, cell->step_log2);
    int32_t y1 = between(cell->ay, cell->by, last, cell->step_log2);
    int lo_x = cell->x + ((x0 < x1 ? x0 : x1) >> AVT_WARP_FRACTION_BITS) - 2;
    int hi_x = cell->x + cell->count + ((x0 > x1 ? x0 : x1) >> AVT_WARP_FRACTION_BITS) + 3;
    int lo_y = cell->y + ((y0 < y1 ? y0 : y1) >> AVT_WARP_FRACTION_BITS) - 2;
    int hi_y = cell->y + ((y0 > y1 ? y0 : y1) >> AVT_WARP_FRACTION_BITS) + 4;
    return lo_x >= 0 && lo_y >= 0 && hi_x < source->width && hi_y < source->height;
}
#endif

static void cell_plain(const struct avt_image *source, const struct cell *cell, uint8_t *out)
{
    for (int i = 0; i < cell->count; i++, out += 4) {
        int32_t x = ((cell->x + i) << AVT_WARP_FRACTION_BITS) + HALF_PHASE +
                    between(cell->ax, cell->bx, cell->first + i, cell->step_log2);
        int32_t y = (cell->y << AVT_WARP_FRACTION_BITS) + HALF_PHASE +
                    between(cell->ay, cell->by, cell->first + i, cell->step_log2);
        sample_clamped(source, cell->taps, x >> AVT_WARP_FRACTION_BITS, y >> AVT_WARP_FRACTION_BITS,
                       (x >> PHASE_SHIFT) & (PHASES - 1), (y >> PHASE_SHIFT) & (PHASES - 1), out);
    }
}

static void warp_row(const struct avt_image *source, const struct avt_warp_lattice *lattice, int y,
                     int x0, int x1, uint8_t *out, bool avx2)
{
    int log2 = lattice->step_log2, step = 1 << log2;
    int row = (y - lattice->y) >> log2, part = (y - lattice->y) & (step - 1);
    avt_assert(lattice->filter >= 0 && lattice->filter < AVT_WARP_FILTERS);
    avt_assert(y >= 0 && y < source->height && x0 >= 0 && x1 <= source->width);
    avt_assert(y >= lattice->y && row + 1 < lattice->ny && x0 >= lattice->x &&
               x1 <= lattice->x + ((lattice->nx - 1) << log2));
    const int32_t *dx0 = lattice->dx + (ptrdiff_t)row * lattice->nx, *dx1 = dx0 + lattice->nx;
    const int32_t *dy0 = lattice->dy + (ptrdiff_t)row * lattice->nx, *dy1 = dy0 + lattice->nx;
    for (int x = x0; x < x1;) {
        int col = (x - lattice->x) >> log2, first = (x - lattice->x) & (step - 1);
        int count = step - first < x1 - x ? step - first : x1 - x;
        struct cell cell = {.ax = between(dx0[col], dx1[col], part, log2),
                            .bx = between(dx0[col + 1], dx1[col + 1], part, log2),
                            .ay = between(dy0[col], dy1[col], part, log2),
                            .by = between(dy0[col + 1], dy1[col + 1], part, log2),
                            .x = x,
                            .y = y,
                            .first = first,
                            .count = count,
                            .step_log2 = log2,
                            .taps = &filters[lattice->filter]};
        if (!(cell.ax | cell.bx | cell.ay | cell.by))
            memcpy(out, avt_image_row(source, y) + 4 * (ptrdiff_t)x, 4 * (size_t)count);
#if defined(__x86_64__)
        else if (avx2 && is_inside(source, &cell))
            cell_avx2(source, &cell, out);
#endif
        else
            cell_plain(source, &cell, out);
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
