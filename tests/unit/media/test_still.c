/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <lcms2.h>
#include <libavutil/crc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "media/av.h"
#include "media/still.h"
#include "media/still_note.h"

/* Small pictures of kinds that libav cannot write: 8x8 red in CMYK; animations whose first frame is
 * red or orange and whose second is not; half transparent green; plain brown. */

static const uint8_t cmyk_jpeg[] = {
    0xFF, 0xD8, 0xFF, 0xEE, 0x00, 0x0E, 0x41, 0x64, 0x6F, 0x62, 0x65, 0x00, 0x64, 0x00, 0x00, 0x00,
    0x00, 0x00, 0xFF, 0xDB, 0x00, 0x43, 0x00, 0x10, 0x0B, 0x0C, 0x0E, 0x0C, 0x0A, 0x10, 0x0E, 0x0D,
    0x0E, 0x12, 0x11, 0x10, 0x13, 0x18, 0x28, 0x1A, 0x18, 0x16, 0x16, 0x18, 0x31, 0x23, 0x25, 0x1D,
    0x28, 0x3A, 0x33, 0x3D, 0x3C, 0x39, 0x33, 0x38, 0x37, 0x40, 0x48, 0x5C, 0x4E, 0x40, 0x44, 0x57,
    0x45, 0x37, 0x38, 0x50, 0x6D, 0x51, 0x57, 0x5F, 0x62, 0x67, 0x68, 0x67, 0x3E, 0x4D, 0x71, 0x79,
    0x70, 0x64, 0x78, 0x5C, 0x65, 0x67, 0x63, 0xFF, 0xC0, 0x00, 0x14, 0x08, 0x00, 0x08, 0x00, 0x08,
    0x04, 0x43, 0x11, 0x00, 0x4D, 0x11, 0x00, 0x59, 0x11, 0x00, 0x4B, 0x11, 0x00, 0xFF, 0xC4, 0x00,
    0x14, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x07, 0xFF, 0xC4, 0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xDA, 0x00, 0x0E, 0x04, 0x43, 0x00,
    0x4D, 0x00, 0x59, 0x00, 0x4B, 0x00, 0x00, 0x3F, 0x00, 0x40, 0x1F, 0x8F, 0xC8, 0x0F, 0xFF, 0xD9,
};

static const uint8_t anim_webp[] = {
    0x52, 0x49, 0x46, 0x46, 0x88, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x58,
    0x0A, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x03, 0x00, 0x00, 0x41, 0x4E,
    0x49, 0x4D, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x41, 0x4E, 0x4D, 0x46,
    0x2A, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x03, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x02, 0x56, 0x50, 0x38, 0x4C, 0x11, 0x00, 0x00, 0x00, 0x2F, 0x05, 0xC0, 0x00,
    0x00, 0x07, 0x50, 0x94, 0x22, 0x17, 0xA5, 0xFF, 0x81, 0x88, 0xE8, 0x7F, 0x00, 0x00, 0x41, 0x4E,
    0x4D, 0x46, 0x2A, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x03,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x56, 0x50, 0x38, 0x4C, 0x11, 0x00, 0x00, 0x00, 0x2F, 0x05,
    0xC0, 0x00, 0x00, 0x07, 0x50, 0xE4, 0x52, 0x14, 0xA5, 0xFF, 0x81, 0x88, 0xE8, 0x7F, 0x00, 0x00,
};

static const uint8_t alpha_webp[] = {
    0x52, 0x49, 0x46, 0x46, 0x1E, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56,
    0x50, 0x38, 0x4C, 0x11, 0x00, 0x00, 0x00, 0x2F, 0x03, 0xC0, 0x00, 0x10, 0x07,
    0x50, 0xE4, 0x2A, 0xD4, 0xA3, 0x80, 0x81, 0x88, 0xE8, 0x7F, 0x00, 0x00,
};

static const uint8_t lossy_webp[] = {
    0x52, 0x49, 0x46, 0x46, 0x3A, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50,
    0x38, 0x20, 0x2E, 0x00, 0x00, 0x00, 0xF0, 0x01, 0x00, 0x9D, 0x01, 0x2A, 0x10, 0x00,
    0x10, 0x00, 0x01, 0x40, 0x26, 0x25, 0xA0, 0x02, 0x74, 0xBA, 0x01, 0xF8, 0x00, 0x04,
    0x83, 0x00, 0x00, 0xFE, 0xE9, 0x69, 0x1F, 0xF9, 0xD8, 0x36, 0x25, 0xDA, 0xF7, 0x03,
    0xFF, 0x9E, 0x99, 0xAF, 0x30, 0x7F, 0x85, 0x80, 0x00, 0x00,
};

static const uint8_t apng[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x04, 0x08, 0x06, 0x00, 0x00, 0x00, 0xA9, 0xF1, 0x9E,
    0x7E, 0x00, 0x00, 0x00, 0x08, 0x61, 0x63, 0x54, 0x4C, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
    0x00, 0xF3, 0x8D, 0x93, 0x70, 0x00, 0x00, 0x00, 0x1A, 0x66, 0x63, 0x54, 0x4C, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x66, 0x47, 0xC5, 0xB0, 0x00, 0x00, 0x00, 0x15, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xFC, 0x55, 0xC1, 0xF0, 0x9F, 0x01, 0x09, 0x30, 0x31, 0xA0,
    0x01, 0xC2, 0x02, 0x00, 0xA1, 0x72, 0x02, 0x79, 0x22, 0xB6, 0x1B, 0x24, 0x00, 0x00, 0x00, 0x1A,
    0x66, 0x63, 0x54, 0x4C, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x04,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0xFD, 0x34,
    0x2F, 0x64, 0x00, 0x00, 0x00, 0x19, 0x66, 0x64, 0x41, 0x54, 0x00, 0x00, 0x00, 0x02, 0x78, 0x9C,
    0x63, 0x64, 0x60, 0x38, 0xF1, 0x9F, 0x01, 0x09, 0x30, 0x31, 0xA0, 0x01, 0xC2, 0x02, 0x00, 0x73,
    0xDC, 0x01, 0xCF, 0x3D, 0xF5, 0x88, 0xC2, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE,
    0x42, 0x60, 0x82,
};

static void assert_colour(const struct avt_image *image, int x, int y, int r, int g, int b,
                          int tolerance)
{
    const uint8_t *p = avt_image_row(image, y) + 4 * (size_t)x;
    if (abs(p[0] - r) > tolerance || abs(p[1] - g) > tolerance || abs(p[2] - b) > tolerance ||
        p[3] != 255)
        fail_msg("pixel %d,%d is %d %d %d %d, not %d %d %d", x, y, p[0], p[1], p[2], p[3], r, g, b);
}

/* Encode `frame` with libav, whole. */
static uint8_t *encode(enum AVCodecID id, AVFrame *frame, size_t *ret_size)
{
    AVCodecContext *codec = avcodec_alloc_context3(avcodec_find_encoder(id));
    AVPacket *packet = av_packet_alloc();
    codec->width = frame->width;
    codec->height = frame->height;
    codec->pix_fmt = frame->format;
    codec->time_base = (AVRational){1, 1};
    codec->flags |= AV_CODEC_FLAG_QSCALE;
    codec->global_quality = FF_QP2LAMBDA * 2;
    assert_int_equal(avcodec_open2(codec, NULL, NULL), 0);
    assert_int_equal(avcodec_send_frame(codec, frame), 0);
    (void)avcodec_send_frame(codec, NULL);
    assert_int_equal(avcodec_receive_packet(codec, packet), 0);
    uint8_t *data = avt_new0(uint8_t, (size_t)packet->size);
    memcpy(data, packet->data, (size_t)packet->size);
    *ret_size = (size_t)packet->size;
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    return data;
}

/* A frame filled by `fill` with bytes per component as the format has them. */
static AVFrame *new_frame(enum AVPixelFormat format, int width, int height)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = format;
    frame->width = width;
    frame->height = height;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    return frame;
}

static void png__round_trip(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("r.png");
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = fixture_image(123, 45, 1);
    assert_int_equal(avt_still_save_png(path, image, NULL), AVT_OK);
    AVT_CLEANUP(avt_image_freep) struct avt_image *back = NULL;
    assert_int_equal(avt_still_load(path, &back, NULL), AVT_OK);
    assert_int_equal(back->width, 123);
    assert_int_equal(back->height, 45);
    for (int y = 0; y < 45; y++)
        assert_memory_equal(avt_image_row(back, y), avt_image_row(image, y), 123 * 4);
}

static void png__every_pixel_kind(void **state)
{
    (void)state;
    /* First bytes of every pixel, big-endian where there are two to a component. */
    static const struct {
        enum AVPixelFormat format;
        uint8_t pixel[8];
        int size, r, g, b;
    } rows[] = {
        {AV_PIX_FMT_RGB24, {200, 100, 50}, 3, 200, 100, 50},
        {AV_PIX_FMT_RGBA, {200, 100, 50, 255}, 4, 200, 100, 50},
        {AV_PIX_FMT_RGBA, {200, 100, 50, 0}, 4, 128, 128, 128},
        {AV_PIX_FMT_RGBA, {255, 255, 255, 128}, 4, 192, 192, 192},
        {AV_PIX_FMT_RGB48BE, {200, 7, 100, 9, 50, 3}, 6, 200, 100, 50},
        {AV_PIX_FMT_RGBA64BE, {200, 0, 100, 0, 50, 0, 255, 255}, 8, 200, 100, 50},
        {AV_PIX_FMT_GRAY8, {77}, 1, 77, 77, 77},
        {AV_PIX_FMT_GRAY16BE, {77, 200}, 2, 77, 77, 77},
        {AV_PIX_FMT_YA8, {77, 255}, 2, 77, 77, 77},
        {AV_PIX_FMT_YA8, {0, 0}, 2, 128, 128, 128},
        {AV_PIX_FMT_PAL8, {3}, 1, 10, 20, 30},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVFrame *frame = new_frame(rows[i].format, 9, 7);
        for (int y = 0; y < 7; y++) {
            for (int x = 0; x < 9; x++)
                memcpy(frame->data[0] + y * frame->linesize[0] + x * rows[i].size, rows[i].pixel,
                       (size_t)rows[i].size);
        }
        if (rows[i].format == AV_PIX_FMT_PAL8)
            ((uint32_t *)(void *)frame->data[1])[3] = 0xFF0A141Eu;
        size_t size = 0;
        AVT_CLEANUP(avt_freep) uint8_t *data = encode(AV_CODEC_ID_PNG, frame, &size);
        av_frame_free(&frame);
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
        struct avt_error error = {0};
        if (avt_still_decode(data, size, "x.png", &image, &error) != AVT_OK)
            fail_msg("row %zu: %s", i, error.message);
        assert_int_equal(image->width, 9);
        assert_colour(image, 0, 0, rows[i].r, rows[i].g, rows[i].b, 1);
        assert_colour(image, 8, 6, rows[i].r, rows[i].g, rows[i].b, 1);
    }
}

static void embedded__first_frame_and_colour(void **state)
{
    (void)state;
    static const struct {
        const uint8_t *data;
        size_t size;
        int width, height, r, g, b;
    } rows[] = {
        {cmyk_jpeg, sizeof(cmyk_jpeg), 8, 8, 255, 0, 0},
        {anim_webp, sizeof(anim_webp), 6, 4, 200, 40, 40},
        {alpha_webp, sizeof(alpha_webp), 4, 4, 69, 164, 79},
        {lossy_webp, sizeof(lossy_webp), 16, 16, 180, 90, 30},
        {apng, sizeof(apng), 4, 4, 250, 120, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
        struct avt_error error = {0};
        if (avt_still_decode(rows[i].data, rows[i].size, "x", &image, &error) != AVT_OK)
            fail_msg("row %zu: %s", i, error.message);
        assert_int_equal(image->width, rows[i].width);
        assert_int_equal(image->height, rows[i].height);
        assert_colour(image, 1, 1, rows[i].r, rows[i].g, rows[i].b, 4);
    }
}

static void alpha__is_kept_for_who_asks(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *path = fixture_path("alpha.webp"), *plain = fixture_path("plain.webp");
    AVT_CLEANUP(avt_freep) char *empty = fixture_path("empty.png");
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL, *opaque = NULL, *flat = NULL, *none = NULL;
    assert_int_equal(avt_file_write(path, alpha_webp, sizeof(alpha_webp), NULL), AVT_OK);
    assert_int_equal(avt_file_write(plain, lossy_webp, sizeof(lossy_webp), NULL), AVT_OK);
    assert_int_equal(avt_file_write(empty, "", 0, NULL), AVT_OK);
    assert_int_equal(avt_still_load_alpha(path, &image, NULL), AVT_OK);
    assert_int_equal(avt_still_load_alpha(plain, &opaque, NULL), AVT_OK);
    assert_int_equal(avt_still_load(path, &flat, NULL), AVT_OK);
    assert_in_range(avt_image_row(image, 1)[7], 120, 136);
    assert_int_equal(avt_image_row(opaque, 1)[7], 255);
    assert_int_equal(avt_image_row(flat, 1)[7], 255);
    assert_int_equal(avt_still_load_alpha(empty, &none, NULL), AVT_EFORMAT);
}

/* A JPEG of four coloured quarters: red, green / blue, white. */
static uint8_t *quarters_jpeg(size_t *ret_size)
{
    /* Y, Cb, Cr of these by JFIF */
    static const uint8_t colours[4][3] = {
        {76, 85, 255}, {150, 44, 21}, {29, 255, 107}, {255, 128, 128}};
    AVFrame *frame = new_frame(AV_PIX_FMT_YUVJ444P, 32, 16);
    for (int y = 0; y < 16; y++) {
        for (int x = 0; x < 32; x++) {
            for (int c = 0; c < 3; c++)
                frame->data[c][y * frame->linesize[c] + x] = colours[(y / 8) * 2 + x / 16][c];
        }
    }
    uint8_t *data = encode(AV_CODEC_ID_MJPEG, frame, ret_size);
    av_frame_free(&frame);
    return data;
}

/* `data` with a segment put in after its first two bytes. */
static uint8_t *with_segment(const uint8_t *data, size_t size, uint8_t mark, const void *body,
                             size_t body_size, size_t *ret_size)
{
    uint8_t *out = avt_new0(uint8_t, size + body_size + 4);
    memcpy(out, data, 2);
    out[2] = 0xFF;
    out[3] = mark;
    out[4] = (uint8_t)((body_size + 2) >> 8);
    out[5] = (uint8_t)(body_size + 2);
    memcpy(out + 6, body, body_size);
    memcpy(out + 6 + body_size, data + 2, size - 2);
    *ret_size = size + body_size + 4;
    return out;
}

/* 32 x 16, lossless: the same quarters. */
static const uint8_t quarters_webp[] = {
    0x52, 0x49, 0x46, 0x46, 0x3E, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x4C,
    0x32, 0x00, 0x00, 0x00, 0x2F, 0x1F, 0xC0, 0x03, 0x00, 0x1F, 0x20, 0x90, 0x4D, 0x5A, 0xFE, 0xCE,
    0xD7, 0x10, 0x90, 0x10, 0xFC, 0xDF, 0x2C, 0x02, 0x92, 0x24, 0xFF, 0x7F, 0x8E, 0xF9, 0x8F, 0xB8,
    0x21, 0x17, 0x10, 0x64, 0xDB, 0x4C, 0x72, 0x92, 0x93, 0x3C, 0xC0, 0x05, 0x22, 0xFA, 0x1F, 0xDB,
    0x56, 0xF5, 0x03, 0x50, 0xFD, 0x01,
};

/* An EXIF block that holds an orientation and nothing else, in either byte order. */
enum { EXIF_MARK_SIZE = 6, EXIF_SIZE = 32 };

static void make_exif(bool little, int value, uint8_t exif[EXIF_SIZE])
{
    memset(exif, 0, EXIF_SIZE);
    memcpy(exif, "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 25);
    if (little)
        memcpy(exif, "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 24);
    exif[little ? 24 : 25] = (uint8_t)value;
}

static void put_be32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A PNG of the same quarters with an eXIf chunk after its header, or before its end. */
static uint8_t *turned_png(const uint8_t exif[EXIF_SIZE], bool late, size_t *ret_size)
{
    enum { IHDR_END = 33, IEND_SIZE = 12, TIFF = EXIF_SIZE - EXIF_MARK_SIZE };
    static const uint8_t colours[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    AVFrame *frame = new_frame(AV_PIX_FMT_RGB24, 32, 16);
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 32; x++)
            memcpy(frame->data[0] + y * frame->linesize[0] + 3 * x, colours[(y / 8) * 2 + x / 16], 3);
    size_t size = 0;
    AVT_CLEANUP(avt_freep) uint8_t *plain = encode(AV_CODEC_ID_PNG, frame, &size);
    av_frame_free(&frame);
    size_t at = late ? size - IEND_SIZE : IHDR_END;
    uint8_t *out = avt_new0(uint8_t, size + 12 + TIFF);
    memcpy(out, plain, at);
    put_be32(out + at, TIFF);
    memcpy(out + at + 4, "eXIf", 4);
    memcpy(out + at + 8, exif + EXIF_MARK_SIZE, TIFF);
    uint32_t crc = ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), UINT32_MAX, out + at + 4, 4 + TIFF);
    put_be32(out + at + 8 + TIFF, crc);
    memcpy(out + at + 12 + TIFF, plain + at, size - at);
    *ret_size = size + 12 + TIFF;
    return out;
}

/* A WebP of them with an EXIF chunk, which some programs begin with the mark of JPEG's. */
static uint8_t *turned_webp(const uint8_t exif[EXIF_SIZE], bool mark, size_t *ret_size)
{
    enum { RIFF = 12, VP8X = 18, BODY = sizeof(quarters_webp) - RIFF };
    const uint8_t *from = mark ? exif : exif + EXIF_MARK_SIZE;
    size_t exif_size = mark ? EXIF_SIZE : EXIF_SIZE - EXIF_MARK_SIZE;
    size_t size = RIFF + VP8X + BODY + 8 + exif_size;
    uint8_t *out = avt_new0(uint8_t, size);
    memcpy(out, quarters_webp, RIFF);
    out[4] = (uint8_t)(size - 8);
    memcpy(out + RIFF, "VP8X\x0A\0\0\0\x08\0\0\0\x1F\0\0\x0F\0\0", VP8X); /* 0x08: there is EXIF */
    memcpy(out + RIFF + VP8X, quarters_webp + RIFF, BODY);
    uint8_t *chunk = out + RIFF + VP8X + BODY;
    memcpy(chunk, "EXIF", 4);
    chunk[4] = (uint8_t)exif_size;
    memcpy(chunk + 8, from, exif_size);
    *ret_size = size;
    return out;
}

static void assert_turned(const uint8_t *data, size_t size, const char *name, int width, int left, int right)
{
    static const int colours[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    struct avt_error error = {0};
    if (avt_still_decode(data, size, name, &image, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(image->width, width);
    const int *l = colours[left], *r = colours[right];
    assert_colour(image, 2, 2, l[0], l[1], l[2], 12);
    assert_colour(image, image->width - 3, 2, r[0], r[1], r[2], 12);
}

static void every_kind__orientation(void **state)
{
    (void)state;
    /* Which quarter (red, green, blue, white) is upper left and upper right then. */
    static const struct {
        int value, width, left, right;
    } rows[] = {{1, 32, 0, 1}, {2, 32, 1, 0}, {3, 32, 3, 2}, {4, 32, 2, 3}, {5, 16, 0, 2},
                {6, 16, 2, 0}, {7, 16, 3, 1}, {8, 16, 1, 3}, {0, 32, 0, 1}, {9, 32, 0, 1}};
    size_t size = 0;
    AVT_CLEANUP(avt_freep) uint8_t *jpeg = quarters_jpeg(&size);
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
        bool little = i & 1;
        int width = rows[i / 2].width, left = rows[i / 2].left, right = rows[i / 2].right;
        uint8_t exif[EXIF_SIZE];
        make_exif(little, rows[i / 2].value, exif);
        size_t turned_size = 0;
        AVT_CLEANUP(avt_freep) uint8_t *turned = with_segment(jpeg, size, 0xE1, exif, EXIF_SIZE, &turned_size);
        assert_turned(turned, turned_size, "x.jpg", width, left, right);
        size_t png_size = 0, webp_size = 0;
        AVT_CLEANUP(avt_freep) uint8_t *png = turned_png(exif, little, &png_size);
        assert_turned(png, png_size, "x.png", width, left, right);
        AVT_CLEANUP(avt_freep) uint8_t *webp = turned_webp(exif, little, &webp_size);
        assert_turned(webp, webp_size, "x.webp", width, left, right);
    }
}

/* A profile of Display P3's primaries with the sRGB curve. */
static uint8_t *p3_profile(size_t *ret_size)
{
    cmsCIExyY white = {.3127, .3290, 1};
    cmsCIExyYTRIPLE primaries = {{.680, .320, 1}, {.265, .690, 1}, {.150, .060, 1}};
    cmsFloat64Number srgb[5] = {2.4, 1 / 1.055, .055 / 1.055, 1 / 12.92, .04045};
    cmsToneCurve *curve = cmsBuildParametricToneCurve(NULL, 4, srgb);
    cmsToneCurve *curves[3] = {curve, curve, curve};
    cmsHPROFILE profile = cmsCreateRGBProfile(&white, &primaries, curves);
    cmsUInt32Number size = 0;
    assert_true(cmsSaveProfileToMem(profile, NULL, &size));
    uint8_t *data = avt_new0(uint8_t, size);
    assert_true(cmsSaveProfileToMem(profile, data, &size));
    cmsCloseProfile(profile);
    cmsFreeToneCurve(curve);
    *ret_size = size;
    return data;
}

static void jpeg__profile_applied_or_ignored(void **state)
{
    (void)state;
    AVFrame *frame = new_frame(AV_PIX_FMT_YUVJ444P, 16, 16);
    /* RGB 200 100 100 */
    static const uint8_t colour[3] = {130, 111, 178};
    for (int c = 0; c < 3; c++)
        memset(frame->data[c], colour[c], (size_t)frame->linesize[c] * 16);
    size_t size = 0, profile_size = 0;
    AVT_CLEANUP(avt_freep) uint8_t *plain = encode(AV_CODEC_ID_MJPEG, frame, &size);
    av_frame_free(&frame);
    AVT_CLEANUP(avt_freep) uint8_t *profile = p3_profile(&profile_size);
    for (int broken = 0; broken < 2; broken++) {
        AVT_CLEANUP(avt_freep) uint8_t *body = avt_new0(uint8_t, profile_size + 14);
        memcpy(body, "ICC_PROFILE\0\x01\x01", 14);
        memcpy(body + 14, profile, profile_size);
        if (broken)
            memset(body + 14 + 128, 0xEE, profile_size - 128);
        size_t tagged_size = 0;
        AVT_CLEANUP(avt_freep)
        uint8_t *tagged = with_segment(plain, size, 0xE2, body, profile_size + 14, &tagged_size);
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
        assert_int_equal(avt_still_decode(tagged, tagged_size, "x.jpg", &image, NULL), AVT_OK);
        /* By the matrices of IEC 61966-2-1 and SMPTE EG 432-1: red grows, the others shrink. */
        if (broken)
            assert_colour(image, 8, 8, 200, 100, 100, 3);
        else
            assert_colour(image, 8, 8, 214, 94, 97, 4);
    }
}

static void bad_input__one_sentence_each(void **state)
{
    (void)state;
    AVFrame *frame = new_frame(AV_PIX_FMT_RGB24, 64, 64);
    for (int i = 0; i < 64 * frame->linesize[0]; i++)
        frame->data[0][i] = (uint8_t)(i * 37 + i / 64);
    size_t png_size = 0, jpeg_size = 0;
    AVT_CLEANUP(avt_freep) uint8_t *png = encode(AV_CODEC_ID_PNG, frame, &png_size);
    av_frame_free(&frame);
    AVT_CLEANUP(avt_freep) uint8_t *jpeg = quarters_jpeg(&jpeg_size);
    AVT_CLEANUP(avt_freep) uint8_t *bomb = avt_new0(uint8_t, png_size);
    memcpy(bomb, png, png_size);
    put_be32(bomb + 16, 30000);
    put_be32(bomb + 20, 30000);
    AVT_CLEANUP(avt_freep) uint8_t *flipped = avt_new0(uint8_t, png_size);
    memcpy(flipped, png, png_size);
    flipped[png_size / 2] ^= 0x40;
    const struct {
        const void *data;
        size_t size;
        enum avt_code code;
        const char *says;
    } rows[] = {
        {"", 0, AVT_EFORMAT, "not a PNG"},
        {"just some text\n", 15, AVT_EFORMAT, "not a PNG, JPEG or WebP"},
        {"GIF89a\1\0\1\0", 10, AVT_EFORMAT, "not a PNG"},
        {png, 8, AVT_EFORMAT, "damaged"},
        {png, 40, AVT_EFORMAT, "damaged"},
        {png, png_size / 2, AVT_EFORMAT, "cut short"},
        {png, png_size - 1, AVT_EFORMAT, "cut short"},
        {flipped, png_size, AVT_EFORMAT, "damaged"},
        {bomb, png_size, AVT_ELIMIT, "30000 x 30000"},
        {jpeg, 3, AVT_EFORMAT, "damaged"},
        {jpeg, jpeg_size / 2, AVT_EFORMAT, "cut short"},
        {jpeg, jpeg_size - 2, AVT_EFORMAT, "cut short"},
        {anim_webp, 60, AVT_EFORMAT, "damaged"},
        {lossy_webp, 30, AVT_EFORMAT, "damaged"},
        {"RIFF\4\0\0\0WEBP", 12, AVT_EFORMAT, "damaged"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_error error = {0};
        struct avt_image *image = NULL;
        assert_int_equal(avt_still_decode(rows[i].data, rows[i].size, "p.png", &image, &error),
                         rows[i].code);
        assert_null(image);
        if (!strstr(error.message, rows[i].says) || !strstr(error.message, "p.png"))
            fail_msg("row %zu: '%s' does not say '%s'", i, error.message, rows[i].says);
    }
}

static void files__missing_empty_folder_tiny(void **state)
{
    (void)state;
    struct avt_image *none = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_still_load("/no/such/picture.png", &none, &error), AVT_ENOENT);
    assert_int_not_equal(avt_still_load(fixture_folder, &none, &error), AVT_OK);
    AVT_CLEANUP(avt_freep) char *empty = fixture_path("empty.png");
    assert_int_equal(avt_file_write(empty, "", 0, NULL), AVT_OK);
    assert_int_equal(avt_still_load(empty, &none, &error), AVT_EFORMAT);
    assert_non_null(strstr(error.message, "is empty"));
    AVT_CLEANUP(avt_freep) char *tiny = fixture_path("tiny.png");
    AVT_CLEANUP(avt_image_freep) struct avt_image *one = fixture_image(1, 1, 0);
    assert_int_equal(avt_still_save_png(tiny, one, NULL), AVT_OK);
    AVT_CLEANUP(avt_image_freep) struct avt_image *back = NULL;
    assert_int_equal(avt_still_load(tiny, &back, NULL), AVT_OK);
    assert_int_equal(back->width * back->height, 1);
    assert_int_equal(avt_still_save_png("/no/such/folder/a.png", one, &error), AVT_EOUTPUT);
}

/* ---- notes inside pictures ------------------------------------------------------------------- */

enum { NOTE_FIRST = 8 + 12 + 13 }; /* signature and header of a PNG; a note comes behind them */

/* A small PNG's bytes, with `text` under `key` unless that is NULL. */
static char *noted_png(const char *key, const char *text, size_t *ret_size)
{
    AVT_CLEANUP(avt_freep) char *path = fixture_path("noted.png");
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = fixture_image(6, 4, 3);
    char *data = NULL;
    assert_int_equal(avt_still_save_png_note(path, image, key, text, NULL), AVT_OK);
    assert_int_equal(avt_file_read(path, 1 << 20, &data, ret_size, NULL), AVT_OK);
    return data;
}

static void assert_note(const char *png, size_t size, const char *key, const char *wanted)
{
    AVT_CLEANUP(avt_freep) char *text = avt_still_note_find((const uint8_t *)png, size, key);
    if (!wanted)
        assert_null(text);
    else if (!text || strcmp(text, wanted) != 0)
        fail_msg("under %s: '%s', not '%s'", key, text ? text : "(none)", wanted);
}

static void note__round_trip(void **state)
{
    (void)state;
    static const char said[] = "{\"name\": \"Zo\xc3\xab\"}";
    AVT_CLEANUP(avt_freep) char *path = fixture_path("note.png"), *plain = fixture_path("none.png");
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = fixture_image(31, 17, 1), *back = NULL;
    assert_int_equal(avt_still_save_png_note(path, image, "avatar:test", said, NULL), AVT_OK);
    assert_int_equal(avt_still_save_png(plain, image, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) char *text = avt_still_note_read(path, "avatar:test");
    assert_string_equal(text, said);
    assert_null(avt_still_note_read(path, "avatar:tes"));
    assert_null(avt_still_note_read(path, "avatar:test2"));
    assert_null(avt_still_note_read(plain, "avatar:test"));
    assert_null(avt_still_note_read("/no/such/picture.png", "avatar:test"));
    /* Whoever looks at the picture sees nothing of it. */
    assert_int_equal(avt_still_load(path, &back, NULL), AVT_OK);
    for (int y = 0; y < 17; y++)
        assert_memory_equal(avt_image_row(back, y), avt_image_row(image, y), 31 * 4);
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *empty = noted_png("k", "", &size);
    assert_note(empty, size, "k", "");
}

static void note__cut_short(void **state)
{
    (void)state;
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *png = noted_png("key", "text", &size);
    size_t end = NOTE_FIRST + 12 + strlen("key") + 5 + strlen("text");
    assert_memory_equal(png + NOTE_FIRST + 4, "iTXt", 4);
    for (size_t cut = 0; cut <= size; cut++) {
        /* A block of that very size: a checker sees a read beyond it. */
        AVT_CLEANUP(avt_freep) char *part = avt_new0(char, cut ? cut : 1);
        memcpy(part, png, cut);
        assert_note(part, cut, "key", cut < end ? NULL : "text");
    }
}

/* A PNG whose first chunk behind the header is an iTXt with those bytes, and of which nothing else is looked at. */
static char *png_with(const void *chunk, size_t size, uint32_t told, size_t *ret_size)
{
    size_t plain_size = 0;
    AVT_CLEANUP(avt_freep) char *plain = noted_png(NULL, NULL, &plain_size);
    char *out = avt_new0(char, plain_size + 12 + size);
    memcpy(out, plain, NOTE_FIRST);
    put_be32((uint8_t *)out + NOTE_FIRST, told);
    memcpy(out + NOTE_FIRST + 4, "iTXt", 4);
    memcpy(out + NOTE_FIRST + 8, chunk, size);
    memcpy(out + NOTE_FIRST + 12 + size, plain + NOTE_FIRST, plain_size - NOTE_FIRST);
    *ret_size = plain_size + 12 + size;
    return out;
}

static void note__kinds_of_chunk(void **state)
{
    (void)state;
#define CHUNK(text) text, sizeof(text) - 1
    static const struct {
        const char *chunk;
        size_t size;
        const char *says;
    } rows[] = {
        {CHUNK("k\0\0\0\0\0Hi"), "Hi"},
        {CHUNK("k\0\0\0en\0Schl\xc3\xbcssel\0Hi"), "Hi"}, /* with a language and a translated keyword */
        {CHUNK("k\0\1\0\0\0Hi"), NULL},                 /* compressed */
        {CHUNK("k\0\0\0\0\0H\0i"), NULL},                /* NUL in the text */
        {CHUNK("k\0\0\0en"), NULL},                       /* ends in the language */
        {CHUNK("k\0\0\0\0no end"), NULL},
        {CHUNK("k\0\0\0"), NULL},
        {CHUNK("k"), NULL},
        {CHUNK(""), NULL},
        {CHUNK("kk\0\0\0\0\0Hi"), NULL},
        {CHUNK("k\0\0\0\0\0"), ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t size = 0;
        AVT_CLEANUP(avt_freep) char *png = png_with(rows[i].chunk, rows[i].size, (uint32_t)rows[i].size, &size);
        assert_note(png, size, "k", rows[i].says);
        AVT_CLEANUP(avt_freep) char *huge = png_with(rows[i].chunk, rows[i].size, UINT32_MAX, &size);
        assert_note(huge, size, "k", NULL);
    }
    assert_note("no picture at all, but long enough for a header", 47, "k", NULL);
}

static void note__several(void **state)
{
    (void)state;
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *one = noted_png("a", "first", &size);
    AVT_CLEANUP(avt_buf_done) struct avt_buf two = AVT_BUF_INIT(1 << 20), three = AVT_BUF_INIT(1 << 20);
    assert_int_equal(avt_still_note_add((const uint8_t *)one, size, "b", "second", &two, NULL), AVT_OK);
    assert_note(two.data, two.size, "a", "first");
    assert_note(two.data, two.size, "b", "second");
    /* A new one comes before the old one, so it counts. */
    assert_int_equal(avt_still_note_add((const uint8_t *)two.data, two.size, "a", "third", &three, NULL), AVT_OK);
    assert_note(three.data, three.size, "a", "third");
    assert_note(three.data, three.size, "b", "second");
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    assert_int_equal(avt_still_decode(three.data, three.size, "x.png", &image, NULL), AVT_OK);
}

static void note__what_cannot_be_added(void **state)
{
    (void)state;
    size_t size = 0;
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *png = noted_png(NULL, NULL, &size), *long_text = avt_new0(char, AVT_STILL_NOTE_MAX + 2);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(1 << 20), small = AVT_BUF_INIT(size + 4);
    const uint8_t *bytes = (const uint8_t *)png;
    char key[81] = "";
    memset(key, 'k', 80);
    memset(long_text, 't', AVT_STILL_NOTE_MAX + 1);
    assert_int_equal(avt_still_note_add(bytes, NOTE_FIRST - 1, "k", "t", &out, &error), AVT_EINTERNAL);
    assert_int_equal(avt_still_note_add((const uint8_t *)"GIF89a, and some more of it to be long enough", 45, "k", "t",
                                        &out, &error),
                     AVT_EINTERNAL);
    assert_int_equal(avt_still_note_add(bytes, size, key, "t", &out, &error), AVT_EINTERNAL);
    assert_int_equal(avt_still_note_add(bytes, size, "k", long_text, &out, &error), AVT_EINTERNAL);
    assert_int_equal(avt_still_note_add(bytes, size, "k", "t", &small, &error), AVT_ELIMIT);
    long_text[AVT_STILL_NOTE_MAX] = '\0';
    key[79] = '\0';
    assert_int_equal(out.size, 0);
    assert_int_equal(avt_still_note_add(bytes, size, key, long_text, &out, &error), AVT_OK);
    assert_note(out.data, out.size, key, long_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png__round_trip),
        cmocka_unit_test(png__every_pixel_kind),
        cmocka_unit_test(embedded__first_frame_and_colour),
        cmocka_unit_test(alpha__is_kept_for_who_asks),
        cmocka_unit_test(every_kind__orientation),
        cmocka_unit_test(jpeg__profile_applied_or_ignored),
        cmocka_unit_test(bad_input__one_sentence_each),
        cmocka_unit_test(files__missing_empty_folder_tiny),
        cmocka_unit_test(note__round_trip),
        cmocka_unit_test(note__cut_short),
        cmocka_unit_test(note__kinds_of_chunk),
        cmocka_unit_test(note__several),
        cmocka_unit_test(note__what_cannot_be_added),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
