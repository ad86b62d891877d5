/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "media/av.h"
#include "media/still.h"
#include "media/still_note.h"

/* zlib's level: 9 takes four times as long for a few percent. */
enum { PNG_LEVEL = 6 };

static AVFrame *frame_of(const struct avt_image *image)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = AV_PIX_FMT_RGBA;
    frame->width = image->width;
    frame->height = image->height;
    if (av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return NULL;
    }
    for (int y = 0; y < image->height; y++)
        memcpy(frame->data[0] + (ptrdiff_t)y * frame->linesize[0], avt_image_row(image, y),
               4 * (size_t)image->width);
    return frame;
}

enum avt_code avt_still_save_png(const char *path, const struct avt_image *image,
                                 struct avt_error *reterr)
{
    return avt_still_save_png_note(path, image, NULL, NULL, reterr);
}

enum avt_code avt_still_save_png_note(const char *path, const struct avt_image *image, const char *key,
                                      const char *text, struct avt_error *reterr)
{
    avt_assert(path && image);
    const AVCodec *found = avcodec_find_encoder(AV_CODEC_ID_PNG);
    if (!found)
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "the FFmpeg libraries of this machine cannot write PNG pictures");
    AVT_CLEANUP(avt_av_codec_freep) AVCodecContext *codec = avcodec_alloc_context3(found);
    AVT_CLEANUP(avt_av_packet_freep) AVPacket *packet = av_packet_alloc();
    AVT_CLEANUP(avt_av_frame_freep) AVFrame *frame = frame_of(image);
    if (!codec || !packet || !frame)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to write '%s'", path);
    avt_av_hush(codec);
    codec->width = image->width;
    codec->height = image->height;
    codec->pix_fmt = AV_PIX_FMT_RGBA;
    codec->time_base = (AVRational){1, 1};
    codec->compression_level = PNG_LEVEL;
    codec->thread_count = 1;
    int rc = avcodec_open2(codec, found, NULL);
    if (rc >= 0)
        rc = avcodec_send_frame(codec, frame);
    if (rc >= 0)
        rc = avcodec_send_frame(codec, NULL);
    if (rc >= 0)
        rc = avcodec_receive_packet(codec, packet);
    if (rc < 0)
        return avt_fail_av(reterr, AVT_EINTERNAL, rc, "'%s' cannot be encoded as PNG", path);
    if (!key)
        return avt_file_write(path, packet->data, (size_t)packet->size, reterr);
    AVT_CLEANUP(avt_buf_done) struct avt_buf noted = AVT_BUF_INIT((size_t)AVT_STILL_BYTES_MAX);
    enum avt_code code = avt_still_note_add(packet->data, (size_t)packet->size, key, text, &noted, reterr);
    return code == AVT_OK ? avt_file_write(path, noted.data, noted.size, reterr) : code;
}
