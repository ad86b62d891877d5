/* SPDX-License-Identifier: Apache-2.0 */
#include "api/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "os/paths.h"

struct avt_spool {
    int fd;
    char *hidden; /* its name where a file must have one, else NULL */
    uint64_t size;
    struct avt_sha256 *hash;
    size_t head_size;
    uint8_t head[AVT_SPOOL_HEAD_BYTES];
};

static enum avt_code cannot(const char *what, int errnum, struct avt_error *reterr)
{
    enum avt_code code = avt_code_from_errno(errnum);
    if (code == AVT_ENOSPACE)
        return avt_fail(reterr, code, "the upload cannot be %s: the disk is full", what);
    return avt_fail(reterr, AVT_EIO, "the upload cannot be %s: %s", what, strerror(errnum));
}

enum avt_code avt_spool_open(const char *folder, struct avt_spool **ret_spool,
                             struct avt_error *reterr)
{
    static atomic_uint serial;
    AVT_CLEANUP(avt_spool_freep) struct avt_spool *spool = avt_new0(struct avt_spool, 1);
    spool->hash = avt_sha256_new();
    spool->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        AVT_CLEANUP(avt_freep)
        char *name =
            avt_asprintf("%s/.spool-%d-%u", folder, (int)getpid(), atomic_fetch_add(&serial, 1));
        spool->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (spool->fd >= 0)
            spool->hidden = AVT_TAKE(name);
    }
    if (spool->fd < 0)
        return cannot("stored", errno, reterr);
    *ret_spool = AVT_TAKE(spool);
    return AVT_OK;
}

enum avt_code avt_spool_write(struct avt_spool *spool, const void *data, size_t size,
                              struct avt_error *reterr)
{
    const char *rest = data;
    if (spool->head_size < AVT_SPOOL_HEAD_BYTES) {
        size_t room = AVT_SPOOL_HEAD_BYTES - spool->head_size;
        size_t part = size < room ? size : room;
        memcpy(spool->head + spool->head_size, data, part);
        spool->head_size += part;
    }
    avt_sha256_update(spool->hash, data, size);
    spool->size += size;
    while (size > 0) {
        ssize_t put = write(spool->fd, rest, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return cannot("stored", errno, reterr);
        rest += put;
        size -= (size_t)put;
    }
    return AVT_OK;
}

void avt_spool_finish(struct avt_spool *spool, char ret_sha256[AVT_SHA256_HEX_SIZE])
{
    avt_assert(spool->hash);
    avt_sha256_finish(spool->hash, ret_sha256);
    avt_sha256_free(AVT_TAKE(spool->hash));
}

int avt_spool_fd(const struct avt_spool *spool)
{
    return spool->fd;
}

uint64_t avt_spool_size(const struct avt_spool *spool)
{
    return spool->size;
}

const uint8_t *avt_spool_head(const struct avt_spool *spool, size_t *ret_size)
{
    *ret_size = spool->head_size;
    return spool->head;
}

enum avt_code avt_spool_keep(int fd, const char *path, struct avt_error *reterr)
{
    char proc_path[40];
    snprintf(proc_path, sizeof(proc_path), "/proc/self/fd/%d", fd);
    if (fchmod(fd, 0600) != 0 || fsync(fd) != 0)
        return cannot("finished", errno, reterr);
    if (linkat(AT_FDCWD, proc_path, AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0)
        return cannot("put in place", errno, reterr);
    AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
    int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd >= 0) {
        (void)fsync(folder_fd); /* the name itself; a file system that cannot has no better way */
        close(folder_fd);
    }
    return AVT_OK;
}

void avt_spool_free(struct avt_spool *spool)
{
    if (!spool)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    if (spool->hidden)
        (void)unlink(spool->hidden);
    avt_free(spool->hidden);
    avt_sha256_free(spool->hash);
    avt_free(spool);
}
