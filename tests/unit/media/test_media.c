/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <fcntl.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <sys/stat.h>

#include "media/av.h"

static struct avt_media_info probe(const char *path)
{
    struct avt_media_info info;
    struct avt_error error = {0};
    if (avt_media_probe(path, &info, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return info;
}

/* A film that we cannot write ourselves: any codec, format and time stamps. */
struct odd_film {
    const char *muxer;
    enum AVCodecID codec;
    enum AVPixelFormat format;
    int width, height;
    bool full_range;
    int sar_num, sar_den;
    int64_t times[8]; /* ms, ends with -1 */
    int rotation;     /* degrees clockwise */
};

static void write_odd(const char *path, const struct odd_film *odd)
{
    AVFormatContext *mux = NULL;
    assert_true(avformat_alloc_output_context2(&mux, NULL, odd->muxer, path) >= 0);
    AVCodecContext *codec = avcodec_alloc_context3(avcodec_find_encoder(odd->codec));
    assert_non_null(codec);
    codec->width = odd->width;
    codec->height = odd->height;
    codec->pix_fmt = odd->format;
    codec->time_base = (AVRational){1, 1000};
    codec->sample_aspect_ratio = (AVRational){odd->sar_num, odd->sar_den};
    codec->color_range = odd->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    codec->thread_count = 1;
    (void)av_opt_set(codec->priv_data, "preset", "ultrafast", 0);
    assert_int_equal(avcodec_open2(codec, NULL, NULL), 0);
    AVStream *stream = avformat_new_stream(mux, NULL);
    stream->time_base = codec->time_base;
    stream->sample_aspect_ratio = codec->sample_aspect_ratio;
    (void)avcodec_parameters_from_context(stream->codecpar, codec);
    if (odd->rotation) {
        int32_t *matrix = (int32_t *)(void *)av_stream_new_side_data(
            stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t));
        av_display_rotation_set(matrix, odd->rotation);
    }
    assert_int_equal(avio_open(&mux->pb, path, AVIO_FLAG_WRITE), 0);
    assert_true(avformat_write_header(mux, NULL) >= 0);
    AVFrame *frame = av_frame_alloc();
    AVPacket *packet = av_packet_alloc();
    frame->format = odd->format;
    frame->width = odd->width;
    frame->height = odd->height;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    const AVPixFmtDescriptor *info = av_pix_fmt_desc_get(odd->format);
    int bytes = info->comp[0].depth > 8 ? 2 : 1;
    for (int i = 0;; i++) {
        bool end = odd->times[i] < 0;
        assert_int_equal(av_frame_make_writable(frame), 0);
        for (int c = 0; c < 3; c++) {
            int rows = c ? -(-odd->height >> info->log2_chroma_h) : odd->height;
            for (int y = 0; y < rows; y++) {
                /* Upper half light, lower half dark; no colour. */
                int value = c ? 128 : y < rows / 2 ? 220 : 40;
                uint8_t *row = frame->data[c] + (ptrdiff_t)y * frame->linesize[c];
                for (int x = 0; x < frame->linesize[c] / bytes; x++) {
                    if (bytes == 2)
                        ((uint16_t *)(void *)row)[x] = (uint16_t)(value << 2);
                    else
                        row[x] = (uint8_t)value;
                }
            }
        }
        frame->pts = odd->times[i];
        assert_int_equal(avcodec_send_frame(codec, end ? NULL : frame), 0);
        while (avcodec_receive_packet(codec, packet) == 0) {
            packet->duration = 40;
            av_packet_rescale_ts(packet, codec->time_base, stream->time_base);
            assert_int_equal(av_interleaved_write_frame(mux, packet), 0);
        }
        if (end)
            break;
    }
    assert_int_equal(av_write_trailer(mux), 0);
    avio_closep(&mux->pb);
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    avformat_free_context(mux);
}

/* Mean of the first frame's luma in the rectangle, 0..1 of each side. */
static double luma(const char *path, double x0, double y0, double x1, double y1)
{
    AVFormatContext *format = NULL;
    assert_int_equal(avformat_open_input(&format, path, NULL, NULL), 0);
    assert_true(avformat_find_stream_info(format, NULL) >= 0);
    const AVCodecParameters *parameters = format->streams[0]->codecpar;
    AVCodecContext *codec = avcodec_alloc_context3(avcodec_find_decoder(parameters->codec_id));
    (void)avcodec_parameters_to_context(codec, parameters);
    assert_int_equal(avcodec_open2(codec, NULL, NULL), 0);
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    while (avcodec_receive_frame(codec, frame) != 0) {
        int rc = av_read_frame(format, packet);
        (void)avcodec_send_packet(codec, rc < 0 ? NULL : packet);
        av_packet_unref(packet);
    }
    double sum = 0, count = 0;
    for (int y = (int)(y0 * frame->height); y < (int)(y1 * frame->height); y++) {
        for (int x = (int)(x0 * frame->width); x < (int)(x1 * frame->width); x++, count++)
            sum += frame->data[0][y * frame->linesize[0] + x];
    }
    av_packet_free(&packet);
    av_frame_free(&frame);
    avcodec_free_context(&codec);
    avformat_close_input(&format);
    return sum / count;
}

static void transcode__odd_inputs(void **state)
{
    (void)state;
    const enum AVCodecID H264 = AV_CODEC_ID_H264;
    const enum AVPixelFormat I420 = AV_PIX_FMT_YUV420P;
    const struct {
        struct odd_film in;
        int width, height, frames;
        double top, bottom; /* luma expected of the film's upper and lower edge */
    } rows[] = {
        {{"mp4", H264, I420, 64, 48, false, 1, 1, {0, 40, 80, 120, -1}, 0}, 64, 48, 4, 220, 40},
        /* odd size, 10 bit, 4:4:4 */
        {{"mp4", H264, AV_PIX_FMT_YUV444P10LE, 65, 47, false, 1, 1, {0, 40, 80, 120, -1}, 0},
         66,
         48,
         4,
         220,
         40},
        /* full range: 220 of 255 is 205 of 16..235 */
        {{"mp4", H264, AV_PIX_FMT_YUVJ420P, 64, 48, true, 1, 1, {0, 40, 80, 120, -1}, 0},
         64,
         48,
         4,
         205,
         50},
        /* a telephone held upright, and upside down */
        {{"mp4", H264, I420, 64, 48, false, 1, 1, {0, 40, 80, 120, -1}, 90}, 48, 64, 4, 130, 130},
        {{"mp4", H264, I420, 64, 48, false, 1, 1, {0, 40, 80, 120, -1}, 180}, 64, 48, 4, 40, 220},
        /* pixels twice as wide as high */
        {{"mp4", H264, I420, 64, 48, false, 2, 1, {0, 40, 80, 120, -1}, 0}, 128, 48, 4, 220, 40},
        /* variable rate: holes are filled, what comes too soon is left out */
        {{"matroska", H264, I420, 64, 48, false, 1, 1, {0, 40, 200, 210, 220, 400, 440, -1}, 0},
         64,
         48,
         12,
         220,
         40},
        {{"avi", AV_CODEC_ID_MPEG4, I420, 64, 48, false, 1, 1, {0, 1, 2, 3, -1}, 0},
         64,
         48,
         -1,
         220,
         40},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *in = fixture_path("odd.in");
        AVT_CLEANUP(avt_freep) char *out = fixture_path("odd.mp4");
        write_odd(in, &rows[i].in);
        struct avt_transcode_options options = {
            .quality = AVT_QUALITY_MEDIUM, .fps_num = 25, .fps_den = 1};
        struct avt_error error = {0};
        if (avt_media_transcode(in, out, &options, &error) != AVT_OK)
            fail_msg("row %zu: %s", i, error.message);
        struct avt_media_info info = probe(out);
        if (info.width != rows[i].width || info.height != rows[i].height)
            fail_msg("row %zu: %d x %d", i, info.width, info.height);
        if (rows[i].frames >= 0 && info.frame_count != rows[i].frames)
            fail_msg("row %zu: %lld frames", i, info.frame_count);
        assert_string_equal(info.digital_source_type, "");
        assert_near(luma(out, .25, 0, .75, .2), rows[i].top, 4);
        assert_near(luma(out, .25, .8, .75, 1), rows[i].bottom, 4);
        if (rows[i].in.rotation == 90) /* clockwise: the upper half is now the right one */
            assert_near(luma(out, .7, 0, 1, 1), 220, 4);
    }
}

static void transcode__size_rate_sound_and_origin(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *in = fixture_path("in.mp4");
    struct avt_film_options film = fixture_options(320, 180, 25, 24000);
    assert_int_equal(fixture_film(in, &film, 50, 2, NULL), AVT_OK);
    static const struct {
        const char *name;
        int width, height, fps, frames, out_width, out_height;
    } rows[] = {
        {"square.mp4", 90, 90, 0, 50, 90, 90},     {"tall.mov", 90, 160, 30, 60, 90, 160},
        {"same.webm", 0, 0, 0, 50, 320, 180},      {"slow.mp4", 0, 0, 10, 20, 320, 180},
        {"larger.mp4", 640, 480, 0, 50, 640, 480}, {"a.gif", 0, 0, 0, 25, 320, 180},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *out = fixture_path(rows[i].name);
        struct avt_transcode_options options = {.quality = AVT_QUALITY_MEDIUM,
                                                .width = rows[i].width,
                                                .height = rows[i].height,
                                                .fps_num = rows[i].fps,
                                                .fps_den = rows[i].fps ? 1 : 0};
        struct avt_error error = {0};
        if (avt_media_transcode(in, out, &options, &error) != AVT_OK)
            fail_msg("%s: %s", rows[i].name, error.message);
        struct avt_media_info info = probe(out);
        assert_int_equal(info.width, rows[i].out_width);
        assert_int_equal(info.height, rows[i].out_height);
        assert_int_equal(info.frame_count, rows[i].frames);
        assert_near(info.video_duration, 2, .021);
        assert_string_equal(info.digital_source_type, "compositeSynthetic");
        if (!info.has_audio)
            continue;
        assert_near(info.audio_start + info.audio_duration, 2, .04);
        assert_near(fixture_onset(out), .5, .01);
    }
    AVT_CLEANUP(avt_freep) char *sound = fixture_path("only.flac");
    struct avt_transcode_options options = {.quality = AVT_QUALITY_LOW};
    assert_int_equal(avt_media_transcode(in, sound, &options, NULL), AVT_OK);
    struct avt_media_info info = probe(sound);
    assert_false(info.has_video);
    assert_near(fixture_onset(sound), .5, .01);
}

static void on_progress(double fraction, void *user)
{
    double *last = user;
    assert_true(fraction >= *last && fraction <= 1);
    *last = fraction;
}

static void cancel_at_half(double fraction, void *user)
{
    if (fraction > .4)
        avt_cancel_request(user);
}

static void transcode__progress_and_cancel(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *in = fixture_path("in.mp4");
    AVT_CLEANUP(avt_freep) char *out = fixture_path("cancelled.mp4");
    struct avt_film_options film = fixture_options(64, 64, 25, 24000);
    assert_int_equal(fixture_film(in, &film, 50, 2, NULL), AVT_OK);
    double last = 0;
    struct avt_transcode_options options = {
        .quality = AVT_QUALITY_LOW, .progress = on_progress, .user = &last};
    assert_int_equal(avt_media_transcode(in, out, &options, NULL), AVT_OK);
    assert_near(last, 1, 0);
    assert_int_equal(unlink(out), 0);

    struct avt_cancel cancel = {0};
    options.cancel = &cancel;
    options.progress = cancel_at_half;
    options.user = &cancel;
    assert_int_equal(avt_media_transcode(in, out, &options, NULL), AVT_ECANCELLED);
    assert_int_not_equal(access(out, F_OK), 0);
}

/* A file of `size` bytes of `data`, then cut or changed. */
static char *write_bytes(const char *name, const void *data, size_t size)
{
    char *path = fixture_path(name);
    assert_int_equal(avt_file_write(path, data, size, NULL), AVT_OK);
    return path;
}

static void bad_input__one_sentence_each(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *good = fixture_path("good.mp4");
    struct avt_film_options film = fixture_options(64, 64, 25, 24000);
    assert_int_equal(fixture_film(good, &film, 25, 1, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(good, 1 << 24, &data, &size, NULL), AVT_OK);
    static const char playlist[] = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n"
                                   "#EXT-X-ENDLIST\n";
    static const char concat[] = "ffconcat version 1.0\nfile '/etc/passwd'\n";
    const struct {
        const char *name;
        const void *data;
        size_t size;
        enum avt_code code;
        const char *says;
    } rows[] = {
        {"empty.mp4", "", 0, AVT_EFORMAT, "is empty"},
        {"text.mp4", "just some text\n", 15, AVT_EFORMAT, "not a film"},
        {"list.m3u8", playlist, sizeof(playlist) - 1, AVT_EFORMAT, "not a film"},
        {"list.ffconcat", concat, sizeof(concat) - 1, AVT_EFORMAT, "not a film"},
        {"cut.mp4", data, 100, AVT_EFORMAT, "neither pictures nor sound"},
        {"half.mp4", data + 40, size / 2, AVT_EFORMAT, "damaged"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *path = write_bytes(rows[i].name, rows[i].data, rows[i].size);
        struct avt_media_info info;
        struct avt_error error = {0};
        struct avt_audio *audio = NULL;
        assert_int_equal(avt_media_probe(path, &info, &error), rows[i].code);
        if (!strstr(error.message, rows[i].says) || !strstr(error.message, path))
            fail_msg("%s: '%s'", rows[i].name, error.message);
        assert_int_equal(avt_media_read_audio(path, 16000, &audio, &error), rows[i].code);
        AVT_CLEANUP(avt_freep) char *out = fixture_path("never.mp4");
        struct avt_transcode_options options = {.quality = AVT_QUALITY_LOW};
        assert_int_equal(avt_media_transcode(path, out, &options, &error), rows[i].code);
        assert_int_not_equal(access(out, F_OK), 0);
    }
    struct avt_media_info info;
    struct avt_error error = {0};
    assert_int_equal(avt_media_probe("/no/such/film.mp4", &info, &error), AVT_ENOENT);
    assert_int_equal(avt_media_probe(fixture_folder, &info, &error), AVT_EFORMAT);
    AVT_CLEANUP(avt_freep) char *pipe_path = fixture_path("pipe.mp4");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(avt_media_probe(pipe_path, &info, &error), AVT_EFORMAT);
}

static void damaged__never_crashes(void **state)
{
    (void)state;
    static const char *const names[] = {"d.mp4", "d.webm", "d.gif", "d.mp3", "d.opus", "d.wav"};
    for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++) {
        bool video = n < 3;
        AVT_CLEANUP(avt_freep) char *good = fixture_path(names[n]);
        struct avt_film_options film = fixture_options(video ? 64 : 0, video ? 64 : 0, 25, 24000);
        assert_int_equal(fixture_film(good, &film, video ? 10 : 0, .4, NULL), AVT_OK);
        AVT_CLEANUP(avt_freep) char *data = NULL;
        size_t size = 0;
        assert_int_equal(avt_file_read(good, 1 << 24, &data, &size, NULL), AVT_OK);
        unsigned seed = 1;
        for (int round = 0; round < 24; round++) {
            AVT_CLEANUP(avt_freep) char *bytes = avt_new0(char, size);
            memcpy(bytes, data, size);
            for (int k = 0; k < 12; k++) {
                seed = seed * 1664525 + 1013904223;
                bytes[(seed >> 8) % size] ^= (char)(1 << (seed & 7));
            }
            size_t kept = round % 3 == 0 ? size * (size_t)(round + 1) / 25 : size;
            AVT_CLEANUP(avt_freep) char *path = write_bytes("damaged", bytes, kept);
            AVT_CLEANUP(avt_freep) char *out = fixture_path(video ? "out.mp4" : "out.wav");
            struct avt_transcode_options options = {.quality = AVT_QUALITY_LOW};
            struct avt_error error = {0};
            enum avt_code code = avt_media_transcode(path, out, &options, &error);
            /* Either a whole film, or a reason and none. */
            if (code == AVT_OK) {
                (void)probe(out);
                assert_int_equal(unlink(out), 0);
            } else {
                assert_true(error.message[0] != '\0');
                assert_int_not_equal(access(out, F_OK), 0);
            }
        }
    }
}

static void read_audio__rates(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("tone.wav");
    struct avt_film_options film = fixture_options(0, 0, 0, 24000);
    assert_int_equal(fixture_film(path, &film, 0, 1, NULL), AVT_OK);
    static const int rates[] = {16000, 24000, 44100, 48000};
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
        assert_int_equal(avt_media_read_audio(path, rates[i], &audio, NULL), AVT_OK);
        assert_int_equal(audio->rate, rates[i]);
        assert_int_equal(audio->count, rates[i]);
        double energy = 0;
        for (size_t k = audio->count * 6 / 10; k < audio->count * 9 / 10; k++)
            energy += (double)audio->samples[k] * audio->samples[k];
        assert_near(sqrt(energy / (double)(audio->count * 3 / 10)), .4 / sqrt(2), .003);
    }
    AVT_CLEANUP(avt_freep) char *silent = fixture_path("silent.mp4");
    struct avt_film_options mute = fixture_options(64, 64, 25, 0);
    assert_int_equal(fixture_film(silent, &mute, 5, 0, NULL), AVT_OK);
    struct avt_audio *none = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_media_read_audio(silent, 16000, &none, &error), AVT_EFORMAT);
    assert_non_null(strstr(error.message, "no sound"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transcode__odd_inputs),
        cmocka_unit_test(transcode__size_rate_sound_and_origin),
        cmocka_unit_test(transcode__progress_and_cancel),
        cmocka_unit_test(bad_input__one_sentence_each),
        cmocka_unit_test(damaged__never_crashes),
        cmocka_unit_test(read_audio__rates),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
