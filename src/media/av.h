/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the files of this module share about libav: clean-up wrappers, error translation and byte
 * streams over a descriptor or memory. Private to media.
 *
 * Logging: libav's one log callback and level belong to the whole process, so nothing here sets
 * them. Codecs, muxers and demuxers are silenced one by one; codecs that a demuxer opens by itself
 * to look at a broken stream cannot be, so a program that owns its process calls avt_media_quiet().
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

static inline void avt_av_frame_freep(AVFrame **frame)
{
    av_frame_free(frame);
}
static inline void avt_av_packet_freep(AVPacket **packet)
{
    av_packet_free(packet);
}
static inline void avt_av_codec_freep(AVCodecContext **codec)
{
    avcodec_free_context(codec);
}
static inline void avt_av_dict_freep(AVDictionary **dict)
{
    av_dict_free(dict);
}
static inline void avt_av_sws_freep(struct SwsContext **sws)
{
    sws_freeContext(*sws);
    *sws = NULL;
}

/** Fill `reterr` with the sentence, " (libav's own words)" appended. Out of memory and a full disk
 *  keep their own codes, all else becomes `code`. */
enum avt_code avt_fail_av(struct avt_error *reterr, enum avt_code code, int averror,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Keeps what this codec logs below any level that a program prints. */
void avt_av_hush(AVCodecContext *codec);
/** The same for a muxer or demuxer; before it is opened. */
void avt_av_hush_format(AVFormatContext *format);

/*
 * A byte stream for libav over an open descriptor, or over memory. Positions are its own (pread,
 * pwrite), so two may share one descriptor.
 */
struct avt_av_io {
    AVIOContext *pb;
    int fd;              /* -1: memory */
    const uint8_t *data; /* [size], borrowed */
    int64_t size;        /* of the memory */
    int64_t pos;
    int errnum; /* of the first failed call, 0 if none */
};

/** Never fails: memory of a fixed size. `fd` is borrowed. */
struct avt_av_io *avt_av_io_new_fd(int fd, bool writable);
struct avt_av_io *avt_av_io_new_memory(const void *data, size_t size);
void avt_av_io_free(struct avt_av_io *io);
AVT_DEFINE_FREEP(struct avt_av_io, avt_av_io_free)
