/* SPDX-License-Identifier: Apache-2.0 */
#include "store/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "store/upload.h"

enum { COPY_BYTES = 1 << 16 };

enum avt_code avt_intake_open(const char *path, struct avt_intake *ret_intake,
                              struct avt_error *reterr)
{
    unsigned char head[AVT_UPLOAD_HEAD_BYTES];
    struct avt_intake *intake = ret_intake;
    struct stat st;
    *intake = (struct avt_intake){.path = path, .fd = -1};
    intake->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (intake->fd < 0)
        return avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be opened: %s", path,
                        strerror(errno));
    if (fstat(intake->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return avt_fail(reterr, AVT_EIO, "'%s' is not a file", path);
    ssize_t got = pread(intake->fd, head, sizeof(head), 0);
    if (got < 0)
        return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", path, strerror(errno));
    if (!avt_upload_sniff(head, (size_t)got, &intake->kind, &intake->media_type))
        return avt_fail(reterr, AVT_EFORMAT,
                        "'%s' is no picture, sound or video of a kind that is known here", path);
    return AVT_OK;
}

static enum avt_code write_all(const struct avt_intake *intake, int fd, const char *data,
                               size_t size, struct avt_error *reterr)
{
    for (size_t done = 0; done < size;) {
        ssize_t put = write(fd, data + done, size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return avt_fail(reterr,
                            avt_code_from_errno(errno) == AVT_ENOSPACE ? AVT_ENOSPACE : AVT_EOUTPUT,
                            "the copy of '%s' cannot be written: %s", intake->path,
                            strerror(errno));
        done += (size_t)put;
    }
    return AVT_OK;
}

static enum avt_code copy_bytes(struct avt_intake *intake, int to, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *block = avt_alloc0(COPY_BYTES, 1);
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    for (;;) {
        ssize_t got = read(intake->fd, block, COPY_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", intake->path,
                            strerror(errno));
        if (got == 0)
            break;
        intake->size_bytes += got;
        if (intake->size_bytes_max > 0 && intake->size_bytes > intake->size_bytes_max)
            return avt_fail(reterr, AVT_ELIMIT, "'%s' is larger than the %lld MB allowed",
                            intake->path, (long long)(intake->size_bytes_max >> 20));
        avt_sha256_update(hash, block, (size_t)got);
        enum avt_code code = write_all(intake, to, block, (size_t)got, reterr);
        if (code != AVT_OK)
            return code;
        if (avt_cancelled(intake->cancel))
            return avt_fail(reterr, AVT_ECANCELLED, "stopped while '%s' was copied", intake->path);
    }
    avt_sha256_finish(hash, intake->sha256);
    return AVT_OK;
}

enum avt_code avt_intake_copy(struct avt_intake *intake, const char *to, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = NULL;
    enum avt_code code = avt_outfile_open(to, &file, reterr);
    if (code == AVT_OK)
        code = copy_bytes(intake, avt_outfile_fd(file), reterr);
    if (code == AVT_OK)
        code = avt_outfile_commit(file, reterr);
    return code;
}

void avt_intake_done(struct avt_intake *intake)
{
    if (intake->fd >= 0)
        close(intake->fd);
    intake->fd = -1;
}
