/* SPDX-License-Identifier: Apache-2.0 */
/* Clips as numbered pictures: each tells its number by a row of black and white fields. */
#include "fixture.h"

#include "media/clip.h"

enum { WIDTH = 160, HEIGHT = 64, BITS = 8 };

static void write_number(struct avt_image *image, int number)
{
    for (int y = 0; y < image->height; y++) {
        for (int x = 0; x < image->width; x++) {
            int on = number >> (x * BITS / image->width) & 1;
            uint8_t *p = avt_image_row(image, y) + 4 * (ptrdiff_t)x;
            p[0] = p[1] = p[2] = on ? 230 : 20;
            p[3] = 255;
        }
    }
}

static int read_number(const struct avt_image *image)
{
    int number = 0;
    for (int bit = 0; bit < BITS; bit++) {
        int x = (2 * bit + 1) * image->width / (2 * BITS);
        number |= (avt_image_row(image, image->height / 2)[4 * (ptrdiff_t)x] > 127) << bit;
    }
    return number;
}

static char *make_clip(const char *name, int frames, int fps_num, int fps_den)
{
    char *path = fixture_path(name);
    struct avt_error error = {0};
    struct avt_film_options options = fixture_options(WIDTH, HEIGHT, fps_num, 0);
    options.fps_den = fps_den;
    AVT_CLEANUP(avt_film_freep) struct avt_film *film = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(WIDTH, HEIGHT, &image, &error), AVT_OK);
    assert_int_equal(avt_film_open(path, &options, &film, &error), AVT_OK);
    for (int i = 0; i < frames; i++) {
        write_number(image, i);
        assert_int_equal(avt_film_write_frame(film, image, &error), AVT_OK);
    }
    assert_int_equal(avt_film_finish(film, &error), AVT_OK);
    return path;
}

static void assert_reads(struct avt_clip *clip, long long index, int number)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    struct avt_error error = {0};
    bool end = false;
    assert_int_equal(avt_image_new(WIDTH, HEIGHT, &image, &error), AVT_OK);
    if (avt_clip_read(clip, index, image, &end, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(end, number < 0);
    if (number >= 0)
        assert_int_equal(read_number(image), number);
}

static void clip__every_picture_on_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int num, den;
    } rows[] = {{"a.mp4", 25, 1}, {"b.mov", 30000, 1001}, {"c.webm", 24, 1}, {"d.mp4", 60, 1}, {"e.gif", 10, 1}};
    enum { FRAMES = 150 };
    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
        AVT_CLEANUP(avt_freep) char *path = make_clip(rows[r].name, FRAMES, rows[r].num, rows[r].den);
        AVT_CLEANUP(avt_clip_freep) struct avt_clip *clip = NULL;
        struct avt_error error = {0};
        struct avt_clip_info probed;
        assert_true(avt_clip_probe(path, &probed));
        assert_int_equal(avt_clip_open(path, 1, &clip, &error), AVT_OK);
        const struct avt_clip_info *info = avt_clip_info(clip);
        assert_int_equal(info->width, WIDTH);
        assert_int_equal(info->height, HEIGHT);
        assert_int_equal((long long)info->fps_num * rows[r].den, (long long)rows[r].num * info->fps_den);
        assert_memory_equal(info, &probed, sizeof(probed));
        assert_int_equal(avt_clip_count(clip), 0);
        for (int i = 0; i < FRAMES; i++)
            assert_reads(clip, i, i);
        assert_reads(clip, FRAMES, -1);
        assert_int_equal(avt_clip_count(clip), FRAMES);
        for (int i = FRAMES - 2; i >= 0; i--)
            assert_reads(clip, i, i);
        for (int i = 1; i < FRAMES; i++)
            assert_reads(clip, i, i);
        assert_reads(clip, 17, 17);
        assert_reads(clip, 140, 140);
        assert_reads(clip, FRAMES, -1);
    }
}

static void clip__other_rates_repeat_or_leave_out(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = make_clip("rate.mp4", 50, 25, 1);
    AVT_CLEANUP(avt_clip_freep) struct avt_clip *clip = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_clip_open(path, 1, &clip, &error), AVT_OK);
    avt_clip_set_rate(clip, 50, 1);
    for (int i = 0; i < 100; i++)
        assert_reads(clip, i, i / 2);
    assert_reads(clip, 100, -1);
    assert_int_equal(avt_clip_count(clip), 100);
    avt_clip_set_rate(clip, 25, 2);
    assert_int_equal(avt_clip_count(clip), 25);
    for (int i = 24; i >= 0; i--)
        assert_reads(clip, i, 2 * i + 1);
}

static void clip__there_and_back(void **state)
{
    (void)state;
    static const long long four[] = {0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2};
    for (size_t i = 0; i < sizeof(four) / sizeof(*four); i++)
        assert_int_equal(avt_clip_there_and_back((long long)i, 4), four[i]);
    assert_int_equal(avt_clip_there_and_back(7, 0), 7);
    assert_int_equal(avt_clip_there_and_back(7, 1), 0);
    assert_int_equal(avt_clip_there_and_back(3, 2), 1);
}

static void clip__what_is_no_film(void **state)
{
    (void)state;
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *text = fixture_path("text.mp4"), *sound = fixture_path("sound.wav");
    AVT_CLEANUP(avt_freep) char *missing = fixture_path("missing.mp4");
    assert_int_equal(avt_file_write(text, "not a film", 10, &error), AVT_OK);
    struct avt_film_options options = fixture_options(0, 0, 0, 24000);
    assert_int_equal(fixture_film(sound, &options, 0, 1, &error), AVT_OK);
    assert_false(avt_clip_probe(text, NULL));
    assert_false(avt_clip_probe(sound, NULL));
    assert_false(avt_clip_probe(missing, NULL));
    AVT_CLEANUP(avt_clip_freep) struct avt_clip *clip = NULL;
    assert_int_equal(avt_clip_open(text, 1, &clip, &error), AVT_EFORMAT);
    assert_int_equal(avt_clip_open(sound, 1, &clip, &error), AVT_EFORMAT);
    assert_non_null(strstr(error.message, "no pictures"));
    assert_int_equal(avt_clip_open(missing, 1, &clip, &error), AVT_ENOENT);
}

/* A film that breaks off is as long as what is left of it. */
static void clip__cut_short(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *whole = make_clip("whole.webm", 100, 25, 1);
    AVT_CLEANUP(avt_freep) char *cut = fixture_path("cut.webm");
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    struct avt_error error = {0};
    assert_int_equal(avt_file_read(whole, 1 << 20, &data, &size, &error), AVT_OK);
    assert_int_equal(avt_file_write(cut, data, size * 2 / 3, &error), AVT_OK);
    AVT_CLEANUP(avt_clip_freep) struct avt_clip *clip = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    assert_int_equal(avt_clip_open(cut, 1, &clip, &error), AVT_OK);
    assert_int_equal(avt_image_new(WIDTH, HEIGHT, &image, &error), AVT_OK);
    bool end = false;
    assert_int_equal(avt_clip_read(clip, 1000, image, &end, &error), AVT_OK);
    assert_true(end);
    long long count = avt_clip_count(clip);
    assert_true(count > 10 && count < 100);
    for (long long i = count - 1; i >= 0; i--)
        assert_reads(clip, i, (int)i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clip__every_picture_on_and_back),
        cmocka_unit_test(clip__other_rates_repeat_or_leave_out),
        cmocka_unit_test(clip__there_and_back),
        cmocka_unit_test(clip__what_is_no_film),
        cmocka_unit_test(clip__cut_short),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
