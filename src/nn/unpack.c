/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"

/* Far above anything that is fetched (npm itself has some 2,500 files); a bomb ends here. */
enum { READ_BYTES = 1 << 18, ENTRIES_MAX = 100000 };
#define UNPACKED_BYTES_MAX (8LL << 30)

static void close_archive(struct archive **archive)
{
    archive_read_free(*archive);
    *archive = NULL;
}

static enum avt_code damaged(struct avt_error *reterr, const char *path, struct archive *archive)
{
    const char *why = archive_error_string(archive);
    return avt_fail(reterr, AVT_EMODELBAD, "the download '%s' cannot be unpacked: %s", path,
                    why ? why : "it is damaged");
}

static enum avt_code open_archive(const char *path, struct archive **ret_archive,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(close_archive) struct archive *archive = archive_read_new();
    if (!archive)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while unpacking '%s'", path);
    archive_read_support_format_zip(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_filter_gzip(archive);
    if (archive_read_open_filename(archive, path, READ_BYTES) != ARCHIVE_OK)
        return damaged(reterr, path, archive);
    *ret_archive = AVT_TAKE(archive);
    return AVT_OK;
}

static enum avt_code copy_entry(struct archive *archive, const char *path, avt_unpack_fn write,
                                void *user, struct avt_error *reterr)
{
    long long total = 0;
    for (;;) {
        const void *data = NULL;
        size_t size = 0;
        la_int64_t offset = 0;
        int got = archive_read_data_block(archive, &data, &size, &offset);
        if (got == ARCHIVE_EOF)
            return AVT_OK;
        /* Sparse files would leave holes: no package has any. */
        if (got != ARCHIVE_OK || offset != total || (total += (long long)size) > UNPACKED_BYTES_MAX)
            return damaged(reterr, path, archive);
        enum avt_code code = write(data, size, user, reterr);
        if (code != AVT_OK)
            return code;
    }
}

enum avt_code avt_unpack_member(const char *path, const char *member, avt_unpack_fn write,
                                void *user, struct avt_error *reterr)
{
    AVT_CLEANUP(close_archive) struct archive *archive = NULL;
    enum avt_code code = open_archive(path, &archive, reterr);
    struct archive_entry *entry = NULL;
    for (int i = 0; code == AVT_OK && i < ENTRIES_MAX; i++) {
        int got = archive_read_next_header(archive, &entry);
        if (got == ARCHIVE_EOF)
            break;
        if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
            return damaged(reterr, path, archive);
        const char *name = archive_entry_pathname(entry);
        if (name && avt_str_equal(name, member) && archive_entry_filetype(entry) == AE_IFREG)
            return copy_entry(archive, path, write, user, reterr);
    }
    return code != AVT_OK ? code
                          : avt_fail(reterr, AVT_EMODELBAD,
                                     "the download '%s' holds no '%s': its package has changed",
                                     path, member);
}

static enum avt_code write_fd(const void *data, size_t size, void *user, struct avt_error *reterr)
{
    const char *bytes = data;
    for (size_t done = 0; done < size;) {
        ssize_t put = write(*(int *)user, bytes + done, size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return avt_fail(reterr, errno == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                            "a model file cannot be written: %s", strerror(errno));
        done += (size_t)put;
    }
    return AVT_OK;
}

static enum avt_code extract(struct archive *archive, struct archive_entry *entry,
                             const char *archive_path, const char *out_path,
                             struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(out_path);
    enum avt_code code = avt_mkdirs(folder, reterr);
    if (code != AVT_OK)
        return code;
    mode_t mode = archive_entry_perm(entry) & 0100 ? 0700 : 0600;
    int fd = open(out_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", out_path,
                        strerror(errno));
    code = copy_entry(archive, archive_path, write_fd, &fd, reterr);
    if (close(fd) != 0 && code == AVT_OK)
        code = avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", out_path,
                        strerror(errno));
    return code;
}

/* The part of `name` below `prefix`; NULL if it is elsewhere or would climb out. */
static const char *name_below(const char *name, const char *prefix)
{
    if (!name || !avt_str_starts(name, prefix))
        return NULL;
    const char *rest = name + strlen(prefix);
    bool is_safe = *rest && *rest != '/' && !avt_str_equal(rest, "..") &&
                   !avt_str_starts(rest, "../") && !strstr(rest, "/../") &&
                   !avt_str_ends(rest, "/..");
    return is_safe ? rest : NULL;
}

enum avt_code avt_unpack_folder(const char *path, const char *prefix, const char *folder,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(close_archive) struct archive *archive = NULL;
    enum avt_code code = open_archive(path, &archive, reterr);
    if (code == AVT_OK)
        code = avt_mkdirs(folder, reterr);
    struct archive_entry *entry = NULL;
    for (int i = 0; code == AVT_OK && i < ENTRIES_MAX; i++) {
        int got = archive_read_next_header(archive, &entry);
        if (got == ARCHIVE_EOF)
            return AVT_OK;
        if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
            return damaged(reterr, path, archive);
        const char *rest = name_below(archive_entry_pathname(entry), prefix);
        if (!rest || archive_entry_filetype(entry) != AE_IFREG)
            continue;
        AVT_CLEANUP(avt_freep) char *out = avt_path_join(folder, rest);
        code = extract(archive, entry, path, out, reterr);
    }
    return code;
}

static enum avt_code append(const void *data, size_t size, void *user, struct avt_error *reterr)
{
    struct avt_buf *buf = user;
    return avt_buf_append(buf, data, size)
               ? AVT_OK
               : avt_fail(reterr, AVT_ELIMIT, "a file of the download is longer than %zu bytes", buf->size_max);
}

enum avt_code avt_unpack_text(const char *path, size_t size_max, char **ret_text, size_t *ret_size,
                              struct avt_error *reterr)
{
    AVT_CLEANUP(close_archive) struct archive *archive = archive_read_new();
    if (!archive)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while unpacking '%s'", path);
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    archive_read_support_filter_gzip(archive);
    struct archive_entry *entry = NULL;
    if (archive_read_open_filename(archive, path, READ_BYTES) != ARCHIVE_OK)
        return damaged(reterr, path, archive);
    AVT_CLEANUP(avt_buf_done) struct avt_buf buf = AVT_BUF_INIT(size_max);
    int got = archive_read_next_header(archive, &entry);
    if (got != ARCHIVE_OK && got != ARCHIVE_EOF)
        return damaged(reterr, path, archive);
    enum avt_code code = got == ARCHIVE_OK ? copy_entry(archive, path, append, &buf, reterr) : AVT_OK;
    if (code != AVT_OK)
        return code;
    *ret_size = buf.size;
    *ret_text = avt_buf_take(&buf);
    return AVT_OK;
}
