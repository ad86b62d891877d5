/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/loudness.h"
#include "fixture.h"
#include "media/music.h"

enum { RATE = 24000 };

static void make_sound(const char *path, int rate, double seconds, double amplitude)
{
    AVT_CLEANUP(avt_film_freep) struct avt_film *film = NULL;
    struct avt_film_options options = fixture_options(0, 0, 0, rate);
    size_t count = (size_t)(seconds * rate);
    AVT_CLEANUP(avt_freep) float *samples = avt_new0(float, count + 1);
    for (size_t i = 0; i < count; i++)
        samples[i] = (float)(amplitude * sin(2 * M_PI * 440 * (double)i / rate));
    assert_int_equal(avt_film_open(path, &options, &film, NULL), AVT_OK);
    assert_int_equal(avt_film_write_audio(film, samples, count, NULL), AVT_OK);
    assert_int_equal(avt_film_finish(film, NULL), AVT_OK);
}

static double rms(const float *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sqrt(sum / (double)count);
}

static void music__has_no_end_and_no_gap(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int rate;
        double seconds;
    } rows[] = {{"short.wav", 44100, 1.3}, {"music.mp3", 44100, 3.7}, {"music.flac", 48000, 9},
                {"same.wav", 24000, 2},    {"music.m4a", 44100, 3}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(rows[i].name);
        AVT_CLEANUP(avt_music_freep) struct avt_music *music = NULL;
        AVT_CLEANUP(avt_freep) float *samples = avt_new0(float, 40 * RATE);
        struct avt_error error = {0};
        make_sound(path, rows[i].rate, rows[i].seconds, .4);
        if (avt_music_open(path, RATE, NULL, &music, &error) != AVT_OK)
            fail_msg("%s", error.message);
        assert_near(avt_music_lufs(music), -11.7, 1);
        /* Pieces of a length that nothing in the file has. */
        for (size_t at = 0, part = 0; at < 20 * RATE; at += part) {
            part = 20 * RATE - at < 7001 ? 20 * RATE - at : 7001;
            assert_int_equal(avt_music_read(music, samples + 2 * at, part, &error), AVT_OK);
        }
        for (size_t at = 0; at < 20 * RATE; at++) { /* a mono file is in the middle, with its power */
            assert_true(samples[2 * at] == samples[2 * at + 1]);
            samples[at] = (float)M_SQRT2 * samples[2 * at];
        }
        /* Between a tone and itself at another phase lies anything from 0 to twice as much, but not
         * over the length of a crossfade. */
        for (size_t at = RATE / 10; at + RATE / 4 < 20 * RATE; at += RATE / 20) {
            double level = rms(samples + at, RATE / 4);
            if (!(level > .08 && level < .6))
                fail_msg("%s: %g at %g s", rows[i].name, level, (double)at / RATE);
        }
        for (size_t at = 1; at < 20 * RATE; at++)
            assert_true(fabsf(samples[at] - samples[at - 1]) < .12f);
    }
}

static void music__that_is_none_is_refused(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *text = fixture_path("text.mp3"), *blip = fixture_path("blip.wav");
    AVT_CLEANUP(avt_freep) char *mute = fixture_path("mute.mp4"), *none = fixture_path("none.wav");
    assert_int_equal(avt_file_write(text, "no music at all", 15, NULL), AVT_OK);
    make_sound(blip, RATE, .4, .4);
    struct avt_film_options options = fixture_options(96, 64, 10, 0);
    assert_int_equal(fixture_film(mute, &options, 10, 0, NULL), AVT_OK);
    const struct {
        const char *path;
        enum avt_code code;
        const char *says;
    } rows[] = {{text, AVT_EFORMAT, "text.mp3"},
                {blip, AVT_ELIMIT, "at least 1 s"},
                {mute, AVT_EFORMAT, "has no sound"},
                {none, AVT_ENOENT, "none.wav"},
                {fixture_folder, AVT_EFORMAT, "not a file"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_music *music = NULL;
        struct avt_error error = {0};
        assert_int_equal(avt_music_open(rows[i].path, RATE, NULL, &music, &error), rows[i].code);
        assert_null(music);
        if (!strstr(error.message, rows[i].says))
            fail_msg("%s", error.message);
    }
}

static void silence__is_music_too(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("silence.wav");
    AVT_CLEANUP(avt_music_freep) struct avt_music *music = NULL;
    make_sound(path, RATE, 2, 0);
    assert_int_equal(avt_music_open(path, RATE, NULL, &music, NULL), AVT_OK);
    assert_false(isfinite(avt_music_lufs(music)));
}

/* The film's length is that of its pictures, whatever the music's. */
static void film__has_music_under_its_speech(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("music.wav");
    make_sound(path, 44100, 2, .4);
    static const struct {
        const char *name;
        int frames;
        double seconds;
    } rows[] = {{"a.mp4", 100, 10}, {"b.webm", 5, .5}, {"c.mp4", 60, 5.9}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_music_freep) struct avt_music *music = NULL;
        AVT_CLEANUP(avt_freep) char *film = fixture_path(rows[i].name);
        struct avt_error error = {0};
        struct avt_film_options options = fixture_options(96, 64, 10, RATE);
        assert_int_equal(avt_music_open(path, RATE, NULL, &music, NULL), AVT_OK);
        options.music = music;
        if (fixture_film(film, &options, rows[i].frames, rows[i].seconds, &error) != AVT_OK)
            fail_msg("%s", error.message);
        struct avt_media_info info;
        assert_int_equal(avt_media_probe(film, &info, &error), AVT_OK);
        assert_near(info.audio_duration, rows[i].frames / 10., .1);
        assert_int_equal(info.audio_channels, 2);
        assert_int_equal(info.audio_rate, 48000);
        if (rows[i].frames < 50)
            continue;
        /* The tone of the speech begins at .5 s. */
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
        assert_int_equal(avt_media_read_audio(film, RATE, &audio, &error), AVT_OK);
        assert_true(rms(audio->samples + RATE / 10, RATE / 4) > .002);
        assert_true(rms(audio->samples + RATE / 10, RATE / 4) < .06);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(music__has_no_end_and_no_gap),
        cmocka_unit_test(music__that_is_none_is_refused),
        cmocka_unit_test(silence__is_music_too),
        cmocka_unit_test(film__has_music_under_its_speech),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
