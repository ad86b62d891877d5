/* SPDX-License-Identifier: Apache-2.0 */
#include "media/av.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "media/media.h"

/* Large enough that a 720p film is a few hundred writes, small beside everything else. */
enum { IO_BUFFER_BYTES = 1 << 18 };

/* av_log() adds it to the level of each message of one codec. Above AV_LOG_TRACE (56) for all of
 * them, and below 256 where the level's low byte would wrap. */
enum { HUSH_OFFSET = 128 };

enum avt_code avt_fail_av(struct avt_error *reterr, enum avt_code code, int averror,
                          const char *format, ...)
{
    char text[AVT_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (averror == AVERROR(ENOMEM))
        code = AVT_ENOMEM;
    else if (averror == AVERROR(ENOSPC) || averror == AVERROR(EFBIG) || averror == AVERROR(EDQUOT))
        code = AVT_ENOSPACE;
    char reason[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(averror, reason, sizeof(reason));
    return avt_fail(reterr, code, "%s (%s)", text, reason);
}

void avt_av_hush(AVCodecContext *codec)
{
    codec->log_level_offset = HUSH_OFFSET;
}

/* AVFormatContext has no level offset of its own: it gets a class that is libav's own but for
 * taking the offset from max_ts_probe (packets to wait for a time stamp), an int that 128 suits
 * well. */
static AVClass quiet_class;
static pthread_once_t quiet_class_once = PTHREAD_ONCE_INIT;

static void make_quiet_class(void)
{
    quiet_class = *avformat_get_class();
    quiet_class.log_level_offset_offset = (int)offsetof(AVFormatContext, max_ts_probe);
}

void avt_av_hush_format(AVFormatContext *format)
{
    (void)pthread_once(&quiet_class_once, make_quiet_class);
    format->max_ts_probe = HUSH_OFFSET;
    format->av_class = &quiet_class;
}

void avt_media_quiet(void)
{
    av_log_set_level(AV_LOG_QUIET);
}

static int io_read(void *opaque, uint8_t *buffer, int size)
{
    struct avt_av_io *io = opaque;
    if (io->fd < 0) {
        int64_t left = io->size - io->pos;
        if (left <= 0)
            return AVERROR_EOF;
        size_t count = (size_t)(left < size ? left : size);
        memcpy(buffer, io->data + io->pos, count);
        io->pos += (int64_t)count;
        return (int)count;
    }
    ssize_t count;
    do {
        count = pread(io->fd, buffer, (size_t)size, io->pos);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        io->errnum = io->errnum ? io->errnum : errno;
        return AVERROR(errno);
    }
    io->pos += count;
    return count == 0 ? AVERROR_EOF : (int)count;
}

static int io_write(void *opaque, uint8_t *buffer, int size)
{
    struct avt_av_io *io = opaque;
    for (int done = 0; done < size;) {
        ssize_t count = pwrite(io->fd, buffer + done, (size_t)(size - done), io->pos);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            int errnum = count < 0 ? errno : EIO;
            io->errnum = io->errnum ? io->errnum : errnum;
            return AVERROR(errnum);
        }
        done += (int)count;
        io->pos += count;
    }
    return size;
}

static int64_t io_size(const struct avt_av_io *io)
{
    if (io->fd < 0)
        return io->size;
    struct stat info;
    return fstat(io->fd, &info) == 0 ? (int64_t)info.st_size : AVERROR(errno);
}

static int64_t io_seek(void *opaque, int64_t offset, int whence)
{
    struct avt_av_io *io = opaque;
    whence &= ~AVSEEK_FORCE;
    if (whence == AVSEEK_SIZE)
        return io_size(io);
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? io->pos : io_size(io);
    if (base < 0 || offset > INT64_MAX - base || base + offset < 0)
        return AVERROR(EINVAL);
    io->pos = base + offset;
    return io->pos;
}

static struct avt_av_io *io_new(bool writable)
{
    struct avt_av_io *io = avt_new0(struct avt_av_io, 1);
    io->fd = -1;
    uint8_t *buffer = av_malloc(IO_BUFFER_BYTES);
    avt_assert(buffer);
    io->pb = avio_alloc_context(buffer, IO_BUFFER_BYTES, writable, io, io_read,
                                writable ? io_write : NULL, io_seek);
    avt_assert(io->pb);
    return io;
}

struct avt_av_io *avt_av_io_new_fd(int fd, bool writable)
{
    avt_assert(fd >= 0);
    struct avt_av_io *io = io_new(writable);
    io->fd = fd;
    return io;
}

struct avt_av_io *avt_av_io_new_memory(const void *data, size_t size)
{
    struct avt_av_io *io = io_new(false);
    io->data = data;
    io->size = (int64_t)size;
    return io;
}

void avt_av_io_free(struct avt_av_io *io)
{
    if (!io)
        return;
    if (io->pb)
        av_freep(&io->pb->buffer);
    avio_context_free(&io->pb);
    avt_free(io);
}
