/* SPDX-License-Identifier: Apache-2.0 */
/* The warp of dsp: exact where nothing moves, the same bits on every path, never out of bounds. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "dsp/warp.h"

static struct avt_image *noise(int width, int height, uint64_t seed)
{
    struct avt_image *image = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_image_new(width, height, &image, &error), AVT_OK);
    struct avt_rng rng;
    avt_rng_init(&rng, seed);
    for (int y = 0; y < height; y++)
        for (int i = 0; i < 4 * width; i++)
            avt_image_row(image, y)[i] = (uint8_t)avt_rng_u32(&rng);
    return image;
}

struct grid {
    struct avt_warp_lattice lattice;
    int32_t *nodes;
};

static struct grid make_grid(int width, int height, int step_log2)
{
    int step = 1 << step_log2;
    struct grid grid = {.lattice = {.step_log2 = step_log2,
                                    .nx = (width + step - 1) / step + 1,
                                    .ny = (height + step - 1) / step + 1}};
    size_t count = (size_t)grid.lattice.nx * (size_t)grid.lattice.ny;
    grid.nodes = calloc(2 * count, sizeof(int32_t));
    assert_non_null(grid.nodes);
    grid.lattice.dx = grid.nodes;
    grid.lattice.dy = grid.nodes + count;
    return grid;
}

static void warp__zero_is_the_source(void **state)
{
    (void)state;
    struct avt_image *image = noise(61, 37, 1);
    uint8_t row[61 * 4];
    for (int log2 = 0; log2 <= AVT_WARP_STEP_LOG2_MAX; log2++) {
        struct grid grid = make_grid(61, 37, log2);
        grid.lattice.filter = log2 % AVT_WARP_FILTERS;
        for (int y = 0; y < 37; y++) {
            avt_warp_row(image, &grid.lattice, y, 0, 61, row);
            assert_memory_equal(row, avt_image_row(image, y), sizeof(row));
        }
        free(grid.nodes);
    }
    avt_image_free(image);
}

static void warp__whole_pixels_copy(void **state)
{
    (void)state;
    struct avt_image *image = noise(64, 32, 2);
    struct grid grid = make_grid(64, 32, 3);
    int count = grid.lattice.nx * grid.lattice.ny;
    for (int i = 0; i < count; i++) {
        grid.nodes[i] = avt_warp_fixed(5);
        grid.nodes[count + i] = avt_warp_fixed(-3);
    }
    uint8_t row[64 * 4];
    avt_warp_row(image, &grid.lattice, 20, 8, 50, row);
    assert_memory_equal(row, avt_image_row(image, 17) + 4 * 13, 42 * 4);
    /* Beyond the edge the edge repeats. */
    avt_warp_row(image, &grid.lattice, 1, 60, 64, row);
    for (int i = 0; i < 4; i++)
        assert_memory_equal(row + 4 * i, avt_image_row(image, 0) + 4 * 63, 4);
    free(grid.nodes);
    avt_image_free(image);
}

static void warp__flat_stays_flat(void **state)
{
    (void)state;
    struct avt_image *image = noise(40, 40, 3);
    memset(image->pixels, 201, image->stride * 40);
    struct grid grid = make_grid(40, 40, 2);
    grid.lattice.filter = AVT_WARP_FILTERS - 1;
    struct avt_rng rng;
    avt_rng_init(&rng, 4);
    for (int i = 0; i < 2 * grid.lattice.nx * grid.lattice.ny; i++)
        grid.nodes[i] = avt_warp_fixed((float)avt_rng_normal(&rng) * 3);
    uint8_t row[160], flat[160];
    memset(flat, 201, sizeof(flat));
    for (int y = 0; y < 40; y++) {
        avt_warp_row(image, &grid.lattice, y, 0, 40, row);
        assert_memory_equal(row, flat, sizeof(flat));
    }
    free(grid.nodes);
    avt_image_free(image);
}

static void warp__every_path_gives_the_same_bits(void **state)
{
    (void)state;
    static const struct {
        int width, height, log2;
        float spread;
    } rows[] = {{97, 53, 3, .4f}, {128, 64, 4, 6},  {33, 65, 2, 40}, {5, 5, 1, 2},
                {1, 1, 0, 3},     {2, 90, 3, 2000}, {300, 3, 4, 1}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int width = rows[i].width, height = rows[i].height;
        struct avt_image *image = noise(width, height, 10 + i);
        struct grid grid = make_grid(width, height, rows[i].log2);
        grid.lattice.filter = (int)i % AVT_WARP_FILTERS;
        struct avt_rng rng;
        avt_rng_init(&rng, 20 + i);
        for (int k = 0; k < 2 * grid.lattice.nx * grid.lattice.ny; k++)
            grid.nodes[k] = avt_warp_fixed((float)avt_rng_normal(&rng) * rows[i].spread);
        uint8_t *fast = calloc((size_t)width, 4), *plain = calloc((size_t)width, 4);
        for (int y = 0; y < height; y++) {
            avt_warp_row(image, &grid.lattice, y, 0, width, fast);
            avt_warp_row_plain(image, &grid.lattice, y, 0, width, plain);
            assert_memory_equal(fast, plain, 4 * (size_t)width);
        }
        free(fast);
        free(plain);
        free(grid.nodes);
        avt_image_free(image);
    }
}

static void warp__fixed_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(avt_warp_fixed(0), 0);
    assert_int_equal(avt_warp_fixed(1.5f), 98304);
    assert_int_equal(avt_warp_fixed(-1.5f), -98304);
    assert_int_equal(avt_warp_fixed(1e30f), AVT_WARP_SHIFT_MAX << AVT_WARP_FRACTION_BITS);
    assert_int_equal(avt_warp_fixed(-1e30f), -(AVT_WARP_SHIFT_MAX << AVT_WARP_FRACTION_BITS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warp__zero_is_the_source),
        cmocka_unit_test(warp__whole_pixels_copy),
        cmocka_unit_test(warp__flat_stays_flat),
        cmocka_unit_test(warp__every_path_gives_the_same_bits),
        cmocka_unit_test(warp__fixed_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
