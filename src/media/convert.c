/* SPDX-License-Identifier: Apache-2.0 */
#include "media/convert.h"

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#include "base/assert.h"
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

static int chroma_x(const AVFrame *frame)
{
    bool left = frame->chroma_location == AVCHROMA_LOC_LEFT ||
                frame->chroma_location == AVCHROMA_LOC_TOPLEFT ||
                frame->chroma_location == AVCHROMA_LOC_BOTTOMLEFT;
    return left ? 0 : 128;
}

static struct SwsContext *open_sws(const AVFrame *frame, enum AVPixelFormat format, bool full_range,
                                   int width, int height)
{
    struct SwsContext *sws = sws_alloc_context();
    if (!sws)
        return NULL;
    const AVPixFmtDescriptor *info = av_pix_fmt_desc_get(format);
    av_opt_set_int(sws, "srcw", frame->width, 0);
    av_opt_set_int(sws, "srch", frame->height, 0);
    av_opt_set_int(sws, "src_format", format, 0);
    av_opt_set_int(sws, "dstw", width, 0);
    av_opt_set_int(sws, "dsth", height, 0);
    av_opt_set_int(sws, "dst_format", AV_PIX_FMT_RGBA, 0);
    av_opt_set_int(sws, "src_range", full_range, 0);
    av_opt_set_int(sws, "dst_range", 1, 0);
    if (info && info->log2_chroma_w)
        av_opt_set_int(sws, "src_h_chr_pos", chroma_x(frame), 0);
    if (info && info->log2_chroma_h)
        av_opt_set_int(sws, "src_v_chr_pos", 128, 0);
    av_opt_set_int(sws, "sws_flags",
                   SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP, 0);
    const int *from = sws_getCoefficients(matrix_of(frame));
    if (sws_init_context(sws, NULL, NULL) < 0) {
        sws_freeContext(sws);
        return NULL;
    }
    (void)sws_setColorspaceDetails(sws, from, full_range, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0,
                                   1 << 16, 1 << 16);
    return sws;
}

enum avt_code avt_frame_to_image(const AVFrame *frame, struct avt_image **ret_image,
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    enum avt_code code = avt_image_new(frame->width, frame->height, &image, reterr);
    if (code != AVT_OK)
        return code;
    bool full_range = frame->color_range == AVCOL_RANGE_JPEG;
    enum AVPixelFormat format = plain_format(frame->format, &full_range);
    AVT_CLEANUP(avt_av_sws_freep)
    struct SwsContext *sws = open_sws(frame, format, full_range, frame->width, frame->height);
    if (!sws)
        return avt_fail(reterr, AVT_EUNSUPPORTED, "pictures of pixel format %s cannot be read",
                        av_get_pix_fmt_name(format) ? av_get_pix_fmt_name(format) : "unknown");
    uint8_t *const planes[4] = {image->pixels};
    const int strides[4] = {(int)image->stride};
    int rows = sws_scale(sws, (const uint8_t *const *)frame->data, frame->linesize, 0,
                         frame->height, planes, strides);
    if (rows != frame->height)
        return avt_fail(reterr, AVT_EINTERNAL, "a picture could not be converted to RGB");
    *ret_image = AVT_TAKE(image);
    return AVT_OK;
}
