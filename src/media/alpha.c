/* SPDX-License-Identifier: Apache-2.0 */
#include "media/alpha.h"

#include <libswscale/swscale.h>

#include "media/convert.h"

enum AVPixelFormat avt_alpha_format(enum AVCodecID id)
{
    return id == AV_CODEC_ID_VP9      ? AV_PIX_FMT_YUVA420P
           : id == AV_CODEC_ID_PRORES ? AV_PIX_FMT_YUVA444P10LE
                                      : AV_PIX_FMT_NONE;
}

static void fill_420(const struct avt_image *image, AVFrame *frame)
{
    avt_image_to_yuv420(image, frame);
    for (int y = 0; y < image->height; y++) {
        const uint8_t *pixel = avt_image_row(image, y);
        uint8_t *out = frame->data[3] + (ptrdiff_t)y * frame->linesize[3];
        for (int x = 0; x < image->width; x++)
            out[x] = pixel[4 * x + 3];
    }
}

/* BT.709, limited range, as dsp/yuv.h does for 8 bits. */
static struct SwsContext *open_sws(const AVFrame *frame)
{
    struct SwsContext *sws =
        sws_getContext(frame->width, frame->height, AV_PIX_FMT_RGBA, frame->width, frame->height, frame->format,
                       SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
    if (sws)
        (void)sws_setColorspaceDetails(sws, sws_getCoefficients(SWS_CS_DEFAULT), 1, sws_getCoefficients(SWS_CS_ITU709),
                                       0, 0, 1 << 16, 1 << 16);
    return sws;
}

enum avt_code avt_alpha_fill(struct avt_alpha *alpha, const struct avt_image *image, AVFrame *frame,
                             struct avt_error *reterr)
{
    if (frame->format == AV_PIX_FMT_YUVA420P) {
        fill_420(image, frame);
        return AVT_OK;
    }
    if (!alpha->sws)
        alpha->sws = open_sws(frame);
    if (!alpha->sws)
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "the FFmpeg libraries of this machine cannot convert pictures for ProRes; make a .webm film");
    const uint8_t *const planes[4] = {image->pixels};
    const int strides[4] = {(int)image->stride};
    if (sws_scale(alpha->sws, planes, strides, 0, image->height, frame->data, frame->linesize) != image->height)
        return avt_fail(reterr, AVT_EINTERNAL, "a picture could not be converted for the encoder");
    return AVT_OK;
}

void avt_alpha_done(struct avt_alpha *alpha)
{
    sws_freeContext(alpha->sws);
    alpha->sws = NULL;
}
