/* SPDX-License-Identifier: Apache-2.0 */
#include "media/still.h"

#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "dsp/icc.h"
#include "media/av.h"
#include "media/convert.h"
#include "media/sniff.h"

/* What transparent pixels are laid over. */
enum { MATTE = 128 };

static enum AVCodecID codec_of(enum avt_still_kind kind)
{
    static const enum AVCodecID ids[] = {
        [AVT_STILL_UNKNOWN] = AV_CODEC_ID_NONE,
        [AVT_STILL_PNG] = AV_CODEC_ID_PNG,
        [AVT_STILL_JPEG] = AV_CODEC_ID_MJPEG,
        [AVT_STILL_WEBP] = AV_CODEC_ID_WEBP,
    };
    return ids[kind];
}

static enum avt_code broken(const char *name, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT,
                    "'%s' is damaged or cut short and cannot be read as a picture; export it anew",
                    name);
}

static enum avt_code check_facts(const struct avt_still_facts *facts, const char *name,
                                 struct avt_error *reterr)
{
    if (facts->kind == AVT_STILL_UNKNOWN)
        return avt_fail(reterr, AVT_EFORMAT,
                        "'%s' is not a PNG, JPEG or WebP picture, whatever its name says", name);
    if (facts->width > AVT_IMAGE_SIDE_MAX || facts->height > AVT_IMAGE_SIDE_MAX ||
        (uint64_t)facts->width * (uint64_t)facts->height > AVT_IMAGE_PIXELS_MAX)
        return avt_fail(reterr, AVT_ELIMIT,
                        "'%s' is %lld x %lld pixels; at most %d a side and %d million in all can "
                        "be used, so make it smaller",
                        name, (long long)facts->width, (long long)facts->height, AVT_IMAGE_SIDE_MAX,
                        (int)(AVT_IMAGE_PIXELS_MAX / 1000000));
    if (facts->width <= 0 || facts->height <= 0 || !facts->whole)
        return broken(name, reterr);
    return AVT_OK;
}

/* One picture in, one frame out. */
static enum avt_code decode_frame(enum AVCodecID id, const uint8_t *data, size_t size,
                                  const char *name, AVFrame *frame, struct avt_error *reterr)
{
    const AVCodec *found = avcodec_find_decoder(id);
    if (!found)
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "the FFmpeg libraries of this machine cannot read %s pictures",
                        avcodec_get_name(id));
    AVT_CLEANUP(avt_av_codec_freep) AVCodecContext *codec = avcodec_alloc_context3(found);
    AVT_CLEANUP(avt_av_packet_freep) AVPacket *packet = av_packet_alloc();
    if (!codec || !packet || av_new_packet(packet, (int)size) < 0)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to read '%s'", name);
    memcpy(packet->data, data, size);
    avt_av_hush(codec);
    codec->thread_count = 1;
    codec->max_pixels = (int64_t)AVT_IMAGE_PIXELS_MAX;
    codec->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
    int rc = avcodec_open2(codec, found, NULL);
    if (rc >= 0)
        rc = avcodec_send_packet(codec, packet);
    if (rc >= 0)
        rc = avcodec_send_packet(codec, NULL);
    if (rc >= 0)
        rc = avcodec_receive_frame(codec, frame);
    if (rc == AVERROR(ENOMEM))
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to read '%s'", name);
    if (rc < 0 || frame->width <= 0 || frame->height <= 0)
        return broken(name, reterr);
    return AVT_OK;
}

/* libav does not read animations: give it the first frame as a WebP file of its own. */
static uint8_t *wrap_webp_frame(const struct avt_still_facts *facts, size_t *ret_size)
{
    enum { HEADER = 12, VP8X = 18 };
    static const uint8_t alpha_flag = 0x10;
    size_t size = HEADER + VP8X + facts->frame_size;
    uint8_t *file = avt_try_new0(uint8_t, size);
    if (!file)
        return NULL;
    bool extended = facts->frame_size >= 4 && memcmp(facts->frame, "ALPH", 4) == 0;
    uint8_t *at = file + HEADER;
    if (extended) {
        uint32_t width = (uint32_t)facts->frame_width - 1;
        uint32_t height = (uint32_t)facts->frame_height - 1;
        memcpy(at, "VP8X\x0A\0\0\0", 8);
        at[8] = alpha_flag;
        for (int i = 0; i < 3; i++) {
            at[12 + i] = (uint8_t)(width >> 8 * i);
            at[15 + i] = (uint8_t)(height >> 8 * i);
        }
        at += VP8X;
    }
    memcpy(at, facts->frame, facts->frame_size);
    size = (size_t)(at - file) + facts->frame_size;
    memcpy(file, "RIFF", 4);
    for (int i = 0; i < 4; i++)
        file[4 + i] = (uint8_t)((size - 8) >> 8 * i);
    memcpy(file + 8, "WEBP", 4);
    *ret_size = size;
    return file;
}

static enum avt_code convert(const AVFrame *frame, struct avt_image *image,
                             struct avt_error *reterr)
{
    struct avt_converter converter = {0};
    enum avt_code code = avt_converter_run(&converter, frame, image, reterr);
    avt_converter_done(&converter);
    return code;
}

static void flatten(struct avt_image *image)
{
    for (int y = 0; y < image->height; y++) {
        uint8_t *row = avt_image_row(image, y);
        for (uint8_t *p = row; p < row + 4 * (size_t)image->width; p += 4) {
            if (p[3] == 255)
                continue;
            for (int c = 0; c < 3; c++)
                p[c] = (uint8_t)((p[c] * p[3] + MATTE * (255 - p[3]) + 127) / 255);
            p[3] = 255;
        }
    }
}

static void apply_profile(struct avt_image *image, const AVFrame *frame, const char *name)
{
    const AVFrameSideData *icc = av_frame_get_side_data(frame, AV_FRAME_DATA_ICC_PROFILE);
    struct avt_error error = {0};
    if (icc && avt_icc_to_srgb(image, icc->data, icc->size, &error) != AVT_OK)
        avt_debug("'%s': colour profile not used: %s", name, error.message);
}

/* Place the first frame of an animation on its canvas. */
static enum avt_code place_on_canvas(struct avt_image **image, const struct avt_still_facts *facts,
                                     const char *name, struct avt_error *reterr)
{
    const struct avt_image *part = *image;
    if (facts->frame_x + part->width > facts->width ||
        facts->frame_y + part->height > facts->height)
        return broken(name, reterr);
    struct avt_image *canvas = NULL;
    enum avt_code code = avt_image_new((int)facts->width, (int)facts->height, &canvas, reterr);
    if (code != AVT_OK)
        return code;
    for (int y = 0; y < part->height; y++)
        memcpy(avt_image_row(canvas, y + (int)facts->frame_y) + 4 * (size_t)facts->frame_x,
               avt_image_row(part, y), 4 * (size_t)part->width);
    avt_image_free(*image);
    *image = canvas;
    return AVT_OK;
}

static enum avt_code decode(const void *data, size_t size, const char *name,
                            struct avt_image **ret_image, struct avt_error *reterr)
{
    avt_assert((data || size == 0) && name && ret_image);
    struct avt_still_facts facts;
    avt_still_sniff(data, size, &facts);
    if (size > AVT_STILL_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "'%s' is larger than %d MB; make it smaller", name,
                        AVT_STILL_BYTES_MAX >> 20);
    enum avt_code code = check_facts(&facts, name, reterr);
    if (code != AVT_OK)
        return code;

    AVT_CLEANUP(avt_freep) uint8_t *wrapped = NULL;
    if (facts.frame) {
        data = wrapped = wrap_webp_frame(&facts, &size);
        if (!wrapped)
            return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to read '%s'", name);
    }
    AVT_CLEANUP(avt_av_frame_freep) AVFrame *frame = av_frame_alloc();
    if (!frame)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to read '%s'", name);
    code = decode_frame(codec_of(facts.kind), data, size, name, frame, reterr);
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    if (code == AVT_OK)
        code = avt_image_new(frame->width, frame->height, &image, reterr);
    if (code == AVT_OK)
        code = convert(frame, image, reterr);
    if (code == AVT_OK && facts.frame)
        code = place_on_canvas(&image, &facts, name, reterr);
    if (code != AVT_OK)
        return code;
    apply_profile(image, frame, name);
    code = avt_image_turn(&image, facts.orientation, reterr);
    if (code == AVT_OK)
        *ret_image = AVT_TAKE(image);
    return code;
}

enum avt_code avt_still_decode(const void *data, size_t size, const char *name,
                               struct avt_image **ret_image, struct avt_error *reterr)
{
    enum avt_code code = decode(data, size, name, ret_image, reterr);
    if (code == AVT_OK)
        flatten(*ret_image);
    return code;
}

enum avt_code avt_still_load_alpha(const char *path, struct avt_image **ret_image,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, AVT_STILL_BYTES_MAX, &data, &size, reterr);
    if (code != AVT_OK)
        return code;
    if (size == 0)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is empty; choose a PNG, JPEG or WebP picture",
                        path);
    return decode(data, size, path, ret_image, reterr);
}

enum avt_code avt_still_load(const char *path, struct avt_image **ret_image,
                             struct avt_error *reterr)
{
    enum avt_code code = avt_still_load_alpha(path, ret_image, reterr);
    if (code == AVT_OK)
        flatten(*ret_image);
    return code;
}
