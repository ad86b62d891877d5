/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void mp4_webm_mov__streams_agree_and_carry_origin(void **state)
{
    (void)state;
    static const struct {
        const char *name, *container, *video, *audio;
        int fps;
        int frames;
        double seconds; /* of sound handed in: less or more than the picture lasts */
    } rows[] = {
        {"a.mp4", "mp4", "h264", "aac", 25, 30, 1.7},
        {"b.MOV", "mov", "h264", "aac", 30, 31, .6},
        {"c.webm", "webm", "vp9", "opus", 25, 30, 2.2},
        {"d.m4v", "mp4", "h264", "aac", 60, 61, 1.0},
        {"e.mp4", "mp4", "h264", "aac", 10, 1, 5.0},
        {"f.webm", "webm", "vp9", "opus", 60, 50, 0.2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(rows[i].name);
        struct avt_error error = {0};
        struct avt_film_options options = fixture_options(96, 64, rows[i].fps, 24000);
        if (fixture_film(path, &options, rows[i].frames, rows[i].seconds, &error) != AVT_OK)
            fail_msg("%s: %s", rows[i].name, error.message);
        struct avt_media_info info;
        assert_int_equal(avt_media_probe(path, &info, &error), AVT_OK);
        assert_string_equal(info.container, rows[i].container);
        assert_string_equal(info.video_codec, rows[i].video);
        assert_string_equal(info.audio_codec, rows[i].audio);
        assert_int_equal(info.width, 96);
        assert_int_equal(info.height, 64);
        assert_int_equal(info.frame_count, rows[i].frames);
        assert_near(info.fps, rows[i].fps, .01);
        assert_string_equal(info.color_space, "bt709");
        assert_string_equal(info.pixel_format, "yuv420p");
        assert_near(info.video_duration, (double)rows[i].frames / rows[i].fps, .002);
        assert_near(info.video_start, 0, .0005);
        assert_near(info.audio_start, 0, .0101);
        assert_near(info.audio_start + info.audio_duration, info.video_duration, 1. / rows[i].fps);
        assert_string_equal(info.digital_source_type, "compositeSynthetic");
    }
}

/* What the alpha is when it is read back is for an end-to-end test: libav's own VP9 decoder has no eye for it. */
static void webm_mov__with_transparency(void **state)
{
    (void)state;
    static const struct {
        const char *name, *video, *format;
        enum avt_code code;
    } rows[] = {
        {"t.webm", "vp9", "yuv420p", AVT_OK},          {"t.MOV", "prores", "yuva444p12le", AVT_OK},
        {"t.mp4", NULL, NULL, AVT_EINVAL},             {"t.gif", NULL, NULL, AVT_EINVAL},
        {"t.m4v", NULL, NULL, AVT_EINVAL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(rows[i].name);
        struct avt_error error = {0};
        struct avt_media_info info;
        struct avt_film_options options = fixture_options(96, 64, 25, 24000);
        options.alpha = true;
        if (fixture_film(path, &options, 30, 1.2, &error) != rows[i].code)
            fail_msg("%s: %s", rows[i].name, error.message);
        if (rows[i].code != AVT_OK) {
            assert_non_null(strstr(error.message, ".webm"));
            assert_false(avt_file_exists(path));
            continue;
        }
        assert_int_equal(avt_media_probe(path, &info, &error), AVT_OK);
        assert_string_equal(info.video_codec, rows[i].video);
        assert_string_equal(info.pixel_format, rows[i].format);
        assert_string_equal(info.color_space, "bt709");
        assert_int_equal(info.frame_count, 30);
        assert_string_equal(info.digital_source_type, "compositeSynthetic");
    }
}

static void prores__is_smaller_at_less_quality(void **state)
{
    (void)state;
    long before = 0;
    for (enum avt_quality quality = AVT_QUALITY_LOW; quality <= AVT_QUALITY_ULTRA; quality++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path("q.mov");
        struct avt_error error = {0};
        struct avt_film_options options = fixture_options(192, 128, 25, 24000);
        struct stat st;
        options.alpha = true;
        options.quality = quality;
        assert_int_equal(fixture_film(path, &options, 4, .16, &error), AVT_OK);
        assert_int_equal(stat(path, &st), 0);
        assert_true(st.st_size > before + before / 20);
        before = st.st_size;
    }
}

static void sound_only__keeps_length_onset_and_origin(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"a.wav", "pcm_s16le"}, {"a.flac", "flac"},
                                           {"a.mp3", "mp3"},       {"a.opus", "opus"},
                                           {"a.ogg", "opus"},      {"a.m4a", "aac"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(names[i][0]);
        struct avt_error error = {0};
        struct avt_film_options options = fixture_options(0, 0, 0, 24000);
        if (fixture_film(path, &options, 0, 1.2345, &error) != AVT_OK)
            fail_msg("%s: %s", names[i][0], error.message);
        struct avt_media_info info;
        assert_int_equal(avt_media_probe(path, &info, &error), AVT_OK);
        assert_false(info.has_video);
        assert_string_equal(info.audio_codec, names[i][1]);
        assert_int_equal(info.audio_channels, 1);
        /* MP3 counts its encoder's delay and padding in. */
        assert_near(info.audio_duration, 1.2345, .08);
        assert_string_equal(info.digital_source_type, "compositeSynthetic");
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
        assert_int_equal(avt_media_read_audio(path, 24000, &audio, &error), AVT_OK);
        assert_near((double)audio->count / 24000, 1.2345, .03);
        assert_near(fixture_onset(path), .5, .004);
    }
}

/* As a reader sees it who does not wait for the end. */
static void growing__is_there_from_the_first_sound(void **state)
{
    (void)state;
    static const char *const names[] = {"g.wav", "g.flac", "g.mp3", "g.opus", "g.aac", "g.pcm"};
    static float second[24000];
    for (int i = 0; i < 24000; i++)
        second[i] = .5f * sinf((float)i * .1f);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(names[i]);
        struct avt_film_options options = fixture_options(0, 0, 0, 24000);
        struct avt_film *film = NULL;
        struct avt_error error = {0};
        options.growing = true;
        assert_int_equal(avt_film_open(path, &options, &film, &error), AVT_OK);
        assert_false(avt_file_exists(path));
        assert_int_equal(avt_film_write_audio(film, second, 24000, &error), AVT_OK);
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *part = NULL;
        if (!avt_str_ends(path, ".pcm")) {
            assert_int_equal(avt_media_read_audio(path, 24000, &part, &error), AVT_OK);
            if ((double)part->count < .7 * 24000)
                fail_msg("%s: %zu samples", names[i], part->count);
        }
        assert_int_equal(avt_film_write_audio(film, second, 24000, &error), AVT_OK);
        bool finish = i % 2 == 0;
        if (finish)
            assert_int_equal(avt_film_finish(film, &error), AVT_OK);
        avt_film_free(film);
        assert_int_equal(avt_file_exists(path), finish);
    }
    struct avt_film_options options = fixture_options(0, 0, 0, 24000);
    struct avt_film *film = NULL;
    options.growing = true;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("g.m4a");
    assert_int_equal(avt_film_open(path, &options, &film, NULL), AVT_EINVAL);
}

static void sound_and_picture__start_together(void **state)
{
    (void)state;
    static const char *const names[] = {"s.mp4", "s.mov", "s.webm"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(names[i]);
        struct avt_film_options options = fixture_options(64, 64, 25, 44100);
        assert_int_equal(fixture_film(path, &options, 30, 1.2, NULL), AVT_OK);
        assert_near(fixture_onset(path), .5, .004);
    }
}

static void stereo__stays_stereo(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("stereo.m4a");
    struct avt_film_options options = fixture_options(0, 0, 0, 48000);
    options.audio_channels = 2;
    assert_int_equal(fixture_film(path, &options, 0, 1, NULL), AVT_OK);
    struct avt_media_info info;
    assert_int_equal(avt_media_probe(path, &info, NULL), AVT_OK);
    assert_int_equal(info.audio_channels, 2);
    assert_near(fixture_onset(path), .5, .004);
}

static size_t find(const char *data, size_t size, const char *what)
{
    const char *found = memmem(data, size, what, strlen(what));
    return found ? (size_t)(found - data) : SIZE_MAX;
}

static void mp4__index_first_and_xmp_box(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("x.mp4");
    struct avt_film_options options = fixture_options(64, 64, 25, 24000);
    assert_int_equal(fixture_film(path, &options, 10, .4, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(path, 1 << 24, &data, &size, NULL), AVT_OK);
    size_t index = find(data, size, "moov"), media = find(data, size, "mdat");
    assert_true(index < media && media != SIZE_MAX);
    size_t colour = find(data, size, "colrnclx");
    assert_int_not_equal(colour, SIZE_MAX);
    /* primaries, transfer and matrix 1 (BT.709), limited range */
    assert_memory_equal(data + colour + 8, "\0\1\0\1\0\1\0", 7);
    static const char uuid[] =
        "uuid\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
    size_t box = find(data, size, uuid);
    assert_true(box > media && box != SIZE_MAX);
    assert_int_not_equal(find(data + box, size - box,
                              "Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/"
                              "digitalsourcetype/compositeSynthetic\""),
                         SIZE_MAX);
    assert_int_not_equal(find(data + box, size - box, "Fish &amp; &lt;chips&gt;"), SIZE_MAX);
}

static void same_input__same_bytes(void **state)
{
    (void)state;
    char *data[2] = {NULL};
    size_t size[2] = {0};
    for (int i = 0; i < 2; i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(i == 0 ? "one.mp4" : "two.mp4");
        struct avt_film_options options = fixture_options(64, 64, 25, 24000);
        assert_int_equal(fixture_film(path, &options, 12, .5, NULL), AVT_OK);
        assert_int_equal(avt_file_read(path, 1 << 24, &data[i], &size[i], NULL), AVT_OK);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(data[0], data[1], size[0]);
    avt_free(data[0]);
    avt_free(data[1]);
}

static void gif__smaller_slower_with_comment(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("a.gif");
    struct avt_film_options options = fixture_options(640, 360, 25, 24000);
    assert_int_equal(fixture_film(path, &options, 50, 2, NULL), AVT_OK);
    struct avt_media_info info;
    assert_int_equal(avt_media_probe(path, &info, NULL), AVT_OK);
    assert_string_equal(info.container, "gif");
    assert_false(info.has_audio);
    assert_int_equal(info.width, 320);
    assert_int_equal(info.height, 180);
    assert_int_equal(info.frame_count, 20);
    assert_near(info.duration, 2, .05);
    assert_string_equal(info.digital_source_type, "compositeSynthetic");
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(path, 1 << 24, &data, &size, NULL), AVT_OK);
    assert_memory_equal(data, "GIF89a", 6);
    assert_int_equal((unsigned char)data[size - 1], 0x3B);
}

static void options__bad_ones_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int width, height, fps_num, fps_den, rate;
        enum avt_code code;
        const char *says;
    } rows[] = {
        {"a.mp4", 63, 64, 25, 1, 24000, AVT_EINVAL, "even"},
        {"a.mp4", 64, 8, 25, 1, 24000, AVT_EINVAL, "64 x 8"},
        {"a.mp4", 30000, 30000, 25, 1, 24000, AVT_EINVAL, "30000 x 30000"},
        {"a.mp4", -64, 64, 25, 1, 24000, AVT_EINVAL, "-64"},
        {"a.mp4", 64, 64, 0, 1, 24000, AVT_EINVAL, "frames a second"},
        {"a.mp4", 64, 64, 1000, 1, 24000, AVT_EINVAL, "frames a second"},
        {"a.mp4", 64, 64, 25, 1, 100, AVT_EINVAL, "100 samples"},
        {"a.txt", 64, 64, 25, 1, 24000, AVT_EINVAL, ".webm"},
        {"noextension", 64, 64, 25, 1, 24000, AVT_EINVAL, ".mp4"},
        {"a.mp3", 64, 64, 25, 1, 24000, AVT_EINVAL, "sound only"},
        {"a.mp4", 0, 0, 25, 1, 24000, AVT_EINVAL, ".flac"},
        {"a.wav", 0, 0, 25, 1, 0, AVT_EINVAL, "0 samples"},
        {"no/such/folder/a.mp4", 64, 64, 25, 1, 24000, AVT_EOUTPUT, "does not exist"},
    };
    int before = fixture_entries();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(rows[i].name);
        struct avt_film_options options =
            fixture_options(rows[i].width, rows[i].height, rows[i].fps_num, rows[i].rate);
        struct avt_error error = {0};
        struct avt_film *film = NULL;
        options.fps_den = rows[i].fps_den;
        assert_int_equal(avt_film_open(path, &options, &film, &error), rows[i].code);
        assert_null(film);
        if (!strstr(error.message, rows[i].says))
            fail_msg("row %zu: '%s' does not say '%s'", i, error.message, rows[i].says);
    }
    assert_int_equal(fixture_entries(), before);
}

static void unfinished__leaves_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"u.mp4", "u.webm", "u.gif", "u.mov"};
    int before = fixture_entries();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(names[i]);
        struct avt_film_options options = fixture_options(64, 64, 25, 24000);
        struct avt_film *film = NULL;
        assert_int_equal(avt_film_open(path, &options, &film, NULL), AVT_OK);
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = fixture_image(64, 64, 0);
        for (int frame = 0; frame < 5; frame++)
            assert_int_equal(avt_film_write_frame(film, image, NULL), AVT_OK);
        avt_film_free(film);
    }
    /* No frame at all is an error, and leaves nothing either. */
    AVT_CLEANUP(avt_freep) char *path = fixture_path("empty.mp4");
    struct avt_film_options options = fixture_options(64, 64, 25, 24000);
    assert_int_equal(fixture_film(path, &options, 0, 1, NULL), AVT_EINVAL);
    assert_int_equal(fixture_entries(), before);
}

/* In a child, because the limit cannot be lifted again: exit status is what to assert. */
static int write_with_limit(const char *path, size_t limit, char *message, size_t size, int out)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit file_size = {limit, limit};
        (void)signal(SIGXFSZ, SIG_IGN);
        (void)setrlimit(RLIMIT_FSIZE, &file_size);
        struct avt_film_options options = fixture_options(320, 240, 25, 48000);
        options.quality = AVT_QUALITY_ULTRA;
        if (strstr(path, ".wav"))
            options.width = options.height = 0;
        struct avt_error error = {0};
        enum avt_code code = fixture_film(path, &options, options.width ? 40 : 0, 1.6, &error);
        (void)!write(out, error.message, strlen(error.message));
        _exit(-(int)code);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    (void)message;
    (void)size;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : 1;
}

static void full_disk__is_no_space_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"full.mp4", "full.mov", "full.webm", "full.gif",
                                        "full.wav"};
    int before = fixture_entries();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        AVT_CLEANUP(avt_freep) char *path = fixture_path(names[i]);
        int ends[2];
        char message[AVT_ERROR_MESSAGE_MAX] = "";
        assert_int_equal(pipe(ends), 0);
        enum avt_code code = write_with_limit(path, 2000, message, sizeof(message), ends[1]);
        close(ends[1]);
        assert_true(read(ends[0], message, sizeof(message) - 1) > 0);
        close(ends[0]);
        if (code != AVT_ENOSPACE || !strstr(message, "space"))
            fail_msg("%s: code %d, '%s'", names[i], code, message);
    }
    assert_int_equal(fixture_entries(), before);
}

static void quality__names_and_caps(void **state)
{
    (void)state;
    static const char *const names[] = {"low", "medium", "high", "ultra"};
    int side = 0;
    for (int i = 0; i < 4; i++) {
        enum avt_quality quality;
        assert_true(avt_quality_parse(names[i], &quality));
        assert_int_equal((int)quality, i);
        assert_string_equal(avt_quality_name(quality), names[i]);
        assert_true(avt_quality_side_max(quality) > side);
        side = avt_quality_side_max(quality);
    }
    enum avt_quality quality;
    static const char *const wrong[] = {"", "LOW", "mediu", "medium ", "best"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_false(avt_quality_parse(wrong[i], &quality));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mp4_webm_mov__streams_agree_and_carry_origin),
        cmocka_unit_test(growing__is_there_from_the_first_sound),
        cmocka_unit_test(webm_mov__with_transparency),
        cmocka_unit_test(prores__is_smaller_at_less_quality),
        cmocka_unit_test(sound_only__keeps_length_onset_and_origin),
        cmocka_unit_test(sound_and_picture__start_together),
        cmocka_unit_test(stereo__stays_stereo),
        cmocka_unit_test(mp4__index_first_and_xmp_box),
        cmocka_unit_test(same_input__same_bytes),
        cmocka_unit_test(gif__smaller_slower_with_comment),
        cmocka_unit_test(options__bad_ones_are_named),
        cmocka_unit_test(unfinished__leaves_nothing),
        cmocka_unit_test(full_disk__is_no_space_and_leaves_nothing),
        cmocka_unit_test(quality__names_and_caps),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
