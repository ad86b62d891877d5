/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "dsp/yuv.h"
#include "media/palette.h"

static struct avt_image *noise(int width, int height, unsigned seed)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(width, height, &image, NULL), AVT_OK);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < 4 * width; x++) {
            seed = seed * 1664525 + 1013904223;
            /* Extremes are where sums overflow. */
            avt_image_row(image, y)[x] = seed >> 30 ? (uint8_t)(seed >> 20) : seed & 1 ? 255 : 0;
        }
    }
    return image;
}

struct planes {
    struct avt_yuv_planes view;
    uint8_t *bytes;
    size_t size;
};

/* Strides wider than the rows, so that writing beyond a row is seen. */
static struct planes new_planes(int width, int height)
{
    struct planes planes = {0};
    size_t stride = (size_t)width + 7, half = (size_t)width / 2 + 3;
    planes.size = stride * (size_t)height + half * (size_t)height;
    planes.bytes = avt_new0(uint8_t, planes.size);
    memset(planes.bytes, 0xA5, planes.size);
    planes.view.y = planes.bytes;
    planes.view.u = planes.view.y + stride * (size_t)height;
    planes.view.v = planes.view.u + half * (size_t)height / 2;
    planes.view.y_stride = stride;
    planes.view.u_stride = planes.view.v_stride = half;
    return planes;
}

static void yuv__same_bits_with_and_without_avx2(void **state)
{
    (void)state;
    static const int widths[] = {2, 4, 16, 18, 20, 32, 34, 66, 126, 1280};
    for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = noise(widths[i], 6, (unsigned)i);
        struct planes fast = new_planes(widths[i], 6), plain = new_planes(widths[i], 6);
        avt_yuv_from_rgba(image, &fast.view);
        avt_yuv_from_rgba_scalar(image, &plain.view);
        assert_memory_equal(fast.bytes, plain.bytes, fast.size);
        /* What lies between the rows is not touched. */
        for (int y = 0; y < 6; y++)
            assert_int_equal(plain.view.y[(size_t)y * plain.view.y_stride + (size_t)widths[i]],
                             0xA5);
        avt_free(fast.bytes);
        avt_free(plain.bytes);
    }
}

static void yuv__colours_of_bt709(void **state)
{
    (void)state;
    /* ITU-R BT.709-6, table 3: 8-bit limited range. */
    static const int rows[][6] = {
        {0, 0, 0, 16, 128, 128},     {255, 255, 255, 235, 128, 128}, {128, 128, 128, 126, 128, 128},
        {255, 0, 0, 63, 102, 240},   {0, 255, 0, 173, 42, 26},       {0, 0, 255, 32, 240, 118},
        {255, 255, 0, 219, 16, 138}, {200, 120, 100, 132, 111, 164},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = noise(36, 4, 1);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 36; x++) {
                for (int c = 0; c < 3; c++)
                    avt_image_row(image, y)[4 * x + c] = (uint8_t)rows[i][c];
            }
        }
        struct planes planes = new_planes(36, 4);
        avt_yuv_from_rgba(image, &planes.view);
        assert_near(planes.view.y[10], rows[i][3], 1);
        assert_near(planes.view.u[5], rows[i][4], 1);
        assert_near(planes.view.v[5], rows[i][5], 1);
        assert_int_equal(planes.view.u[0], planes.view.u[17]);
        avt_free(planes.bytes);
    }
}

static void yuv__chroma_is_sited_left(void **state)
{
    (void)state;
    /* One blue column at x = 8: its own sample gets half of it, those beside it nothing; at x = 9
     * the samples on both sides get a quarter. */
    static const int columns[][4] = {{8, 0, 2, 0}, {9, 0, 1, 1}};
    for (size_t i = 0; i < 2; i++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
        assert_int_equal(avt_image_new(32, 2, &image, NULL), AVT_OK);
        for (int y = 0; y < 2; y++)
            avt_image_row(image, y)[4 * columns[i][0] + 2] = 255;
        struct planes planes = new_planes(32, 2);
        avt_yuv_from_rgba(image, &planes.view);
        for (int k = 0; k < 3; k++)
            assert_near(planes.view.u[3 + k], 128 + 112 * columns[i][1 + k] / 4., 1);
        avt_free(planes.bytes);
    }
}

static void palette__few_colours_are_kept(void **state)
{
    (void)state;
    static const uint8_t colours[3][3] = {{250, 10, 10}, {12, 240, 30}, {255, 255, 255}};
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(48, 16, &image, NULL), AVT_OK);
    for (int y = 0; y < 16; y++) {
        for (int x = 0; x < 48; x++)
            memcpy(avt_image_row(image, y) + 4 * (size_t)x, colours[x / 16], 3);
    }
    AVT_CLEANUP(avt_palette_freep) struct avt_palette *palette = avt_palette_new();
    avt_palette_sample(palette, image);
    avt_palette_choose(palette);
    uint8_t mapped[16 * 50];
    memset(mapped, 0xA5, sizeof(mapped));
    avt_palette_map(palette, image, mapped, 50);
    const uint32_t *found = avt_palette_colours(palette);
    for (int x = 0; x < 48; x++) {
        const uint8_t *want = colours[x / 16];
        assert_int_equal(found[mapped[50 + x]],
                         0xFF000000u | (uint32_t)want[0] << 16 | (uint32_t)want[1] << 8 | want[2]);
    }
    assert_int_equal(mapped[48], 0xA5);
    assert_int_equal(found[AVT_PALETTE_TRANSPARENT], 0);
}

static void palette__gradient_stays_close_and_still(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = fixture_image(160, 90, 0);
    AVT_CLEANUP(avt_image_freep) struct avt_image *moved = fixture_image(160, 90, 2);
    AVT_CLEANUP(avt_palette_freep) struct avt_palette *palette = avt_palette_new();
    avt_palette_sample(palette, image);
    avt_palette_sample(palette, moved);
    avt_palette_choose(palette);
    AVT_CLEANUP(avt_freep) uint8_t *a = avt_new0(uint8_t, 160 * 90);
    AVT_CLEANUP(avt_freep) uint8_t *b = avt_new0(uint8_t, 160 * 90);
    avt_palette_map(palette, image, a, 160);
    avt_palette_map(palette, moved, b, 160);
    const uint32_t *colours = avt_palette_colours(palette);
    double error = 0;
    for (int y = 0; y < 90; y++) {
        for (int x = 0; x < 160; x++) {
            const uint8_t *p = avt_image_row(image, y) + 4 * (size_t)x;
            uint32_t colour = colours[a[y * 160 + x]];
            for (int c = 0; c < 3; c++) {
                double difference = (int)(colour >> (16 - 8 * c) & 255) - p[c];
                error += difference * difference;
            }
            /* Where nothing moved, no index changes: the background does not crawl. */
            if (memcmp(p, avt_image_row(moved, y) + 4 * (size_t)x, 4) == 0)
                assert_int_equal(a[y * 160 + x], b[y * 160 + x]);
        }
    }
    double psnr = 10 * log10(255. * 255 / (error / (160 * 90 * 3)));
    if (psnr < 33)
        fail_msg("PSNR is %.1f dB", psnr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yuv__same_bits_with_and_without_avx2),
        cmocka_unit_test(yuv__colours_of_bt709),
        cmocka_unit_test(yuv__chroma_is_sited_left),
        cmocka_unit_test(palette__few_colours_are_kept),
        cmocka_unit_test(palette__gradient_stays_close_and_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
