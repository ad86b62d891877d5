/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Opening and decoding outside media files: only regular files, only formats and codecs of the
 * lists in reader.c, never a file or address that the file itself names. Private to media.
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "media/av.h"

struct avt_reader {
    char *path;
    int fd;
    struct avt_av_io *io;
    AVFormatContext *format;
    AVStream *video, *audio; /* the first of each, or NULL; cover art is not video */
    AVCodecContext *video_codec, *audio_codec; /* NULL until opened */
    AVPacket *packet;
    bool at_end;
};

/** @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_EFORMAT, AVT_ELIMIT, AVT_EUNSUPPORTED. */
AVT_CHECKED enum avt_code avt_reader_open(const char *path, struct avt_reader **ret_reader,
                                          struct avt_error *reterr);
/** Start decoding `stream`, which is reader->video or reader->audio. */
AVT_CHECKED enum avt_code avt_reader_decode(struct avt_reader *reader, AVStream *stream,
                                            int threads, struct avt_error *reterr);
/** The next decoded frame of the opened streams in file order; *ret_stream NULL at the end. Single
 *  broken packets are passed over. */
AVT_CHECKED enum avt_code avt_reader_next(struct avt_reader *reader, AVFrame *frame,
                                          AVStream **ret_stream, struct avt_error *reterr);
/** Length of the longest stream in seconds, 0 if unknown. */
double avt_reader_duration(const struct avt_reader *reader);
/** How the video is to be turned, as an EXIF orientation 1..8. */
int avt_reader_orientation(const struct avt_reader *reader);
/** How much wider than high a pixel of the video is; 1 for what is not believed (beyond 4 either way).
 *  @param frame  What it says of itself counts before the stream; may be NULL. */
double avt_reader_pixel_aspect(const struct avt_reader *reader, const AVFrame *frame);
/** Frames a second of the video: of a variable rate the mean, 25 where nothing is known. */
AVRational avt_reader_rate(const struct avt_reader *reader);
/** The nearest rate of 1..fps_max that a film can have; 29.97 stays 30000/1001. */
AVRational avt_reader_film_rate(const struct avt_reader *reader, int fps_max);
void avt_reader_free(struct avt_reader *reader);
AVT_DEFINE_FREEP(struct avt_reader, avt_reader_free)
