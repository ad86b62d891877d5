/* SPDX-License-Identifier: Apache-2.0 */
#include "media/convert.h"

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <stdbool.h>

#include "base/assert.h"
#include "dsp/yuv.h"
#include "media/av.h"

/* swscale logs a complaint for the "J" formats, which are the plain ones with full range. */
static enum AVPixelFormat plain_format(enum AVPixelFormat format, bool *full_range)
{
    static const struct {
        enum AVPixelFormat j, plain;
    } pairs[] = {
        {AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P}, {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
        {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P}, {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
        {AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        if (pairs[i].j == format) {
            *full_range = true;
            return pairs[i].plain;
        }
    }
    return format;
}

static int matrix_of(const AVFrame *frame)
{
    switch (frame->colorspace) {
    case AVCOL_SPC_BT709:
        return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return SWS_CS_BT2020;
    case AVCOL_SPC_SMPTE240M:
        return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC:
        return SWS_CS_FCC;
    default:
        return SWS_CS_ITU601;
    }
}

/* Where a chroma sample lies, in 1/256 of a luma pixel, as swscale counts. */
static int chroma_x(const AVFrame *frame)
{
    bool left = frame->chroma_location == AVCHROMA_LOC_LEFT ||
                frame->chroma_location == AVCHROMA_LOC_TOPLEFT ||
                frame->chroma_location == AVCHROMA_LOC_BOTTOMLEFT;
    return left ? 0 : 128;
}

static struct SwsContext *open_sws(const AVFrame *frame, enum AVPixelFormat format, bool full_range,
                                   bool quick, const struct avt_image *image)
{
    struct SwsContext *sws = sws_alloc_context();
    if (!sws)
        return NULL;
    const AVPixFmtDescriptor *info = av_pix_fmt_desc_get(format);
    av_opt_set_int(sws, "srcw", frame->width, 0);
    av_opt_set_int(sws, "srch", frame->height, 0);
    av_opt_set_int(sws, "src_format", format, 0);
    av_opt_set_int(sws, "dstw", image->width, 0);
    av_opt_set_int(sws, "dsth", image->height, 0);
    av_opt_set_int(sws, "dst_format", AV_PIX_FMT_RGBA, 0);
    av_opt_set_int(sws, "src_range", full_range, 0);
    av_opt_set_int(sws, "dst_range", 1, 0);
    if (info && info->log2_chroma_w)
        av_opt_set_int(sws, "src_h_chr_pos", chroma_x(frame), 0);
    if (info && info->log2_chroma_h)
        av_opt_set_int(sws, "src_v_chr_pos", 128, 0);
    av_opt_set_int(sws, "sws_flags",
                   (quick ? SWS_BILINEAR : SWS_BICUBIC) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT |
                       SWS_FULL_CHR_H_INP,
                   0);
    if (sws_init_context(sws, NULL, NULL) < 0) {
        sws_freeContext(sws);
        return NULL;
    }
    (void)sws_setColorspaceDetails(sws, sws_getCoefficients(matrix_of(frame)), full_range,
                                   sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
    return sws;
}

static bool same_setup(const struct avt_converter *a, const struct avt_converter *b)
{
    return a->width == b->width && a->height == b->height && a->format == b->format &&
           a->matrix == b->matrix && a->full_range == b->full_range &&
           a->chroma_location == b->chroma_location && a->out_width == b->out_width &&
           a->out_height == b->out_height;
}

enum avt_code avt_converter_run(struct avt_converter *converter, const AVFrame *frame,
                                struct avt_image *image, struct avt_error *reterr)
{
    bool full_range = frame->color_range == AVCOL_RANGE_JPEG;
    enum AVPixelFormat format = plain_format(frame->format, &full_range);
    const struct avt_converter wanted = {
        .quick = converter->quick,
        .width = frame->width,
        .height = frame->height,
        .format = format,
        .matrix = matrix_of(frame),
        .full_range = full_range,
        .chroma_location = frame->chroma_location,
        .out_width = image->width,
        .out_height = image->height,
    };
    if (!converter->sws || !same_setup(converter, &wanted)) {
        avt_converter_done(converter);
        *converter = wanted;
        converter->sws = open_sws(frame, format, full_range, wanted.quick, image);
    }
    if (!converter->sws) {
        const char *name = av_get_pix_fmt_name(format);
        return avt_fail(reterr, AVT_EUNSUPPORTED, "pictures of pixel format %s cannot be read",
                        name ? name : "unknown");
    }
    uint8_t *const planes[4] = {image->pixels};
    const int strides[4] = {(int)image->stride};
    int rows = sws_scale(converter->sws, (const uint8_t *const *)frame->data, frame->linesize, 0,
                         frame->height, planes, strides);
    if (rows != image->height)
        return avt_fail(reterr, AVT_EINTERNAL, "a picture could not be converted to RGB");
    return AVT_OK;
}

void avt_converter_done(struct avt_converter *converter)
{
    sws_freeContext(converter->sws);
    converter->sws = NULL;
}

void avt_image_to_yuv420(const struct avt_image *image, AVFrame *frame)
{
    const struct avt_yuv_planes planes = {
        .y = frame->data[0],
        .u = frame->data[1],
        .v = frame->data[2],
        .y_stride = (size_t)frame->linesize[0],
        .u_stride = (size_t)frame->linesize[1],
        .v_stride = (size_t)frame->linesize[2],
    };
    avt_yuv_from_rgba(image, &planes);
}

enum avt_code avt_image_turn(struct avt_image **image, int orientation, struct avt_error *reterr)
{
    avt_assert(orientation >= 1 && orientation <= 8);
    if (orientation == 1)
        return AVT_OK;
    const struct avt_image *in = *image;
    int w = in->width, h = in->height;
    /* EXIF 2.3, 4.6.4 A: from 5 on rows were columns; the rest are mirrors of one side or both. */
    bool swap = orientation >= 5;
    bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    struct avt_image *out = NULL;
    enum avt_code code = avt_image_new(swap ? h : w, swap ? w : h, &out, reterr);
    if (code != AVT_OK)
        return code;
    for (int y = 0; y < out->height; y++) {
        uint32_t *row = (uint32_t *)(void *)avt_image_row(out, y);
        for (int x = 0; x < out->width; x++) {
            int sx = swap ? y : x, sy = swap ? x : y;
            sx = mirror_x ? w - 1 - sx : sx;
            sy = mirror_y ? h - 1 - sy : sy;
            row[x] = ((const uint32_t *)(const void *)avt_image_row(in, sy))[sx];
        }
    }
    avt_image_free(*image);
    *image = out;
    return AVT_OK;
}
