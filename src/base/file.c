/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static enum avt_code open_failed(struct avt_error *reterr, const char *path)
{
    return avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be opened: %s", path,
                    strerror(errno));
}

/* Opens a regular file (or pipe) for reading; folders give a sentence of their own. */
static enum avt_code open_readable(const char *path, int *ret_fd, struct stat *ret_stat,
                                   struct avt_error *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return open_failed(reterr, path);
    if (fstat(fd, ret_stat) != 0 || S_ISDIR(ret_stat->st_mode)) {
        close(fd);
        return avt_fail(reterr, AVT_EIO, "'%s' is a folder, not a file", path);
    }
    *ret_fd = fd;
    return AVT_OK;
}

/* Reads to the end of fd; the buffer grows with what is really there, not with what stat claims. */
static enum avt_code read_all(int fd, const char *path, size_t size_max, char **ret_data,
                              size_t *ret_size, struct avt_error *reterr)
{
    size_t capacity = 1 << 16, size = 0;
    AVT_CLEANUP(avt_freep) char *data = malloc(capacity);
    if (!data)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while reading '%s'", path);
    for (;;) {
        ssize_t got = read(fd, data + size, capacity - 1 - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", path, strerror(errno));
        size += (size_t)got;
        if (size > size_max)
            return avt_fail(reterr, AVT_ELIMIT, "'%s' is larger than the %zu bytes allowed here",
                            path, size_max);
        if (got == 0)
            break;
        if (size + 1 == capacity) {
            char *grown = realloc(data, capacity * 2);
            if (!grown)
                return avt_fail(reterr, AVT_ENOMEM, "out of memory while reading '%s'", path);
            data = grown;
            capacity *= 2;
        }
    }
    data[size] = '\0';
    *ret_size = size;
    *ret_data = AVT_TAKE(data);
    return AVT_OK;
}

enum avt_code avt_file_read(const char *path, size_t size_max, char **ret_data, size_t *ret_size,
                            struct avt_error *reterr)
{
    int fd = -1;
    struct stat st;
    enum avt_code code = open_readable(path, &fd, &st, reterr);
    if (code != AVT_OK)
        return code;
    code = read_all(fd, path, size_max, ret_data, ret_size, reterr);
    close(fd);
    return code;
}

enum avt_code avt_file_read_text(const char *path, size_t size_max, char **ret_text,
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, size_max, &text, &size, reterr);
    if (code != AVT_OK)
        return code;
    if (memchr(text, '\0', size))
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is not a text file: it holds a zero byte", path);
    *ret_text = AVT_TAKE(text);
    return AVT_OK;
}

enum avt_code avt_file_write(const char *path, const void *data, size_t size,
                             struct avt_error *reterr)
{
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = NULL;
    enum avt_code code = avt_outfile_open(path, &file, reterr);
    if (code != AVT_OK)
        return code;
    const char *bytes = data;
    for (size_t done = 0; done < size;) {
        ssize_t put = write(avt_outfile_fd(file), bytes + done, size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return avt_fail(reterr, errno == ENOSPC || errno == EFBIG ? AVT_ENOSPACE : AVT_EOUTPUT,
                            "'%s' cannot be written: %s", path, strerror(errno));
        done += (size_t)put;
    }
    return avt_outfile_commit(file, reterr);
}

bool avt_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

enum avt_code avt_mkdirs(const char *path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *partial = avt_strdup(path);
    for (char *p = partial + 1;; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char kept = *p;
        *p = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST)
            return avt_fail(reterr, errno == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                            "the folder '%s' cannot be made: %s", partial, strerror(errno));
        *p = kept;
        if (kept == '\0')
            break;
    }
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' is in the way: it is not a folder", path);
    return AVT_OK;
}

enum avt_code avt_map_open(const char *path, struct avt_map *ret_map, struct avt_error *reterr)
{
    int fd = -1;
    struct stat st;
    enum avt_code code = open_readable(path, &fd, &st, reterr);
    if (code != AVT_OK)
        return code;
    static const uint8_t nothing[1];
    struct avt_map map = {nothing, 0};
    if (st.st_size > 0) {
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED) {
            int errnum = errno;
            close(fd);
            return avt_fail(reterr, AVT_EIO, "'%s' cannot be mapped: %s", path, strerror(errnum));
        }
        map = (struct avt_map){data, (size_t)st.st_size};
    }
    close(fd);
    *ret_map = map;
    return AVT_OK;
}

void avt_map_close(struct avt_map *map)
{
    if (map->size)
        munmap((void *)(uintptr_t)map->data, map->size);
    *map = (struct avt_map){0};
}
