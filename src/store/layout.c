/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "os/paths.h"
#include "store/tree.h"

static const struct {
    const char *folder;
    const char *prefix; /* of ids; NULL: none, or the job's */
    int digits;
} kinds[AVT_LAYOUT_COUNT] = {
    [AVT_LAYOUT_OUTPUTS] = {"outputs", NULL, 0},  [AVT_LAYOUT_UPLOADS] = {"uploads", "up-", 16},
    [AVT_LAYOUT_AVATARS] = {"avatars", "ap-", 8}, [AVT_LAYOUT_VOICES] = {"voices", "vp-", 8},
    [AVT_LAYOUT_RUN] = {"run", NULL, 0},          [AVT_LAYOUT_TMP] = {"tmp", NULL, 0},
};

char *avt_layout_folder(const char *storage, enum avt_layout_kind kind)
{
    avt_assert((unsigned)kind < AVT_LAYOUT_COUNT);
    return avt_path_join(storage, kinds[kind].folder);
}

enum avt_code avt_layout_make(const char *storage, struct avt_error *reterr)
{
    for (int i = 0; i < AVT_LAYOUT_COUNT; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_layout_folder(storage, (enum avt_layout_kind)i);
        enum avt_code code = avt_mkdirs(path, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

/* ---- ids and paths --------------------------------------------------------------------------- */

void avt_layout_id_make(enum avt_layout_kind kind, char ret_id[AVT_LAYOUT_ID_SIZE])
{
    uint64_t random;
    avt_assert((unsigned)kind < AVT_LAYOUT_COUNT && kinds[kind].prefix);
    avt_random_bytes(&random, sizeof(random));
    if (kinds[kind].digits == 8)
        random &= UINT32_MAX;
    snprintf(ret_id, AVT_LAYOUT_ID_SIZE, "%s%0*" PRIx64, kinds[kind].prefix, kinds[kind].digits,
             random);
}

bool avt_layout_id_valid(enum avt_layout_kind kind, const char *id)
{
    if (kind == AVT_LAYOUT_OUTPUTS)
        return avt_job_id_valid(id);
    const char *prefix = kinds[kind].prefix;
    if (!prefix || !avt_str_starts(id, prefix))
        return false;
    const char *digits = id + strlen(prefix);
    /* Those of voices are made by profile/profile.h, of letters and digits. */
    size_t count = strspn(digits, kind == AVT_LAYOUT_VOICES ? "0123456789abcdefghijklmnopqrstuvwxyz"
                                                            : "0123456789abcdef");
    return count == (size_t)kinds[kind].digits && digits[count] == '\0';
}

char *avt_layout_path(const char *storage, enum avt_layout_kind kind, const char *id)
{
    if (!avt_layout_id_valid(kind, id))
        return NULL;
    return avt_asprintf("%s/%s/%s", storage, kinds[kind].folder, id);
}

char *avt_layout_output(const char *storage, const char *job, int64_t token)
{
    if (!avt_job_id_valid(job) || token < 0)
        return NULL;
    return avt_asprintf("%s/outputs/%s/%" PRId64, storage, job, token);
}

char *avt_layout_result(const char *storage, const char *job, const char *file)
{
    size_t digits = strspn(file, "0123456789");
    const char *name = file + digits + 1;
    if (!avt_job_id_valid(job) || digits < 1 || digits > 18 || file[digits] != '/' ||
        *name == '\0' || *name == '.' || strlen(name) > 255)
        return NULL;
    for (const char *p = name; *p; p++)
        if (*p == '/' || (unsigned char)*p < ' ' || *p == 127)
            return NULL;
    return avt_asprintf("%s/outputs/%s/%s", storage, job, file);
}

static enum avt_code no_id(enum avt_layout_kind kind, const char *id, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOENT, "there is no '%.64s' in %s", id, kinds[kind].folder);
}

enum avt_code avt_layout_create(const char *storage, enum avt_layout_kind kind, const char *id,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_layout_path(storage, kind, id);
    return path ? avt_mkdirs(path, reterr) : no_id(kind, id, reterr);
}

enum avt_code avt_layout_remove(const char *storage, enum avt_layout_kind kind, const char *id,
                                int64_t *ret_bytes, struct avt_error *reterr)
{
    int64_t bytes = 0;
    AVT_CLEANUP(avt_freep) char *path = avt_layout_path(storage, kind, id);
    if (!path)
        return no_id(kind, id, reterr);
    enum avt_code code = avt_tree_remove(path, &bytes, reterr);
    if (ret_bytes)
        *ret_bytes = bytes;
    return code;
}

int64_t avt_layout_bytes(const char *storage, enum avt_layout_kind kind)
{
    AVT_CLEANUP(avt_freep) char *path = avt_layout_folder(storage, kind);
    return avt_tree_bytes(path);
}

int64_t avt_layout_free_bytes(const char *storage)
{
    struct statvfs fs;
    uint64_t bytes;
    if (statvfs(storage, &fs) != 0)
        return -1;
    if (__builtin_mul_overflow((uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, &bytes) ||
        bytes > INT64_MAX)
        return INT64_MAX;
    return (int64_t)bytes;
}

/* ---- folders for work under way -------------------------------------------------------------- */

struct avt_tmp {
    char *path;
    int fd; /* of the folder, locked: the system lets go of it however the process ends */
};

enum avt_code avt_tmp_new(const char *storage, struct avt_tmp **ret_tmp, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(storage, AVT_LAYOUT_TMP);
    enum avt_code code = avt_mkdirs(folder, reterr);
    if (code != AVT_OK)
        return code;
    uint64_t random;
    avt_random_bytes(&random, sizeof(random));
    AVT_CLEANUP(avt_tmp_freep) struct avt_tmp *tmp = avt_new0(struct avt_tmp, 1);
    tmp->path = avt_asprintf("%s/%d-%016" PRIx64, folder, (int)getpid(), random);
    tmp->fd = -1;
    if (mkdir(tmp->path, 0700) != 0)
        return avt_fail(reterr, errno == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                        "the folder '%s' cannot be made: %s", tmp->path, strerror(errno));
    tmp->fd = open(tmp->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tmp->fd < 0 || flock(tmp->fd, LOCK_SH | LOCK_NB) != 0)
        return avt_fail(reterr, AVT_EIO, "the folder '%s' cannot be locked: %s", tmp->path,
                        strerror(errno));
    *ret_tmp = AVT_TAKE(tmp);
    return AVT_OK;
}

const char *avt_tmp_path(const struct avt_tmp *tmp)
{
    return tmp->path;
}

void avt_tmp_free(struct avt_tmp *tmp)
{
    if (!tmp)
        return;
    (void)!avt_tree_remove(tmp->path, NULL, NULL);
    if (tmp->fd >= 0)
        close(tmp->fd);
    avt_free(tmp->path);
    avt_free(tmp);
}

/* ---- one server per storage ------------------------------------------------------------------ */

struct avt_server_lock {
    int fd;
};

static char *lock_path(const char *storage)
{
    return avt_asprintf("%s/run/server.lock", storage);
}

static int read_pid(int fd)
{
    char text[32] = "";
    int64_t pid = 0;
    ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
    if (got > 0)
        text[strcspn(text, "\n")] = '\0';
    return got > 0 && avt_parse_int(text, 1, INT32_MAX, &pid) ? (int)pid : 0;
}

static bool write_pid(int fd)
{
    char text[32];
    int size = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)size, 0) == size;
}

enum avt_code avt_server_lock_take(const char *storage, struct avt_server_lock **ret_lock,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = lock_path(storage);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be opened: %s", path,
                        strerror(errno));
    enum avt_code code = AVT_OK;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        code =
            errno == EWOULDBLOCK
                ? avt_fail(reterr, AVT_EINVAL,
                           "a server (process %d) is already at work on '%s': end it with avatar "
                           "server stop, or name another storage folder",
                           read_pid(fd), storage)
                : avt_fail(reterr, AVT_EIO, "'%s' cannot be locked: %s", path, strerror(errno));
    else if (!write_pid(fd))
        code = avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be written: %s", path,
                        strerror(errno));
    if (code != AVT_OK) {
        close(fd);
        return code;
    }
    struct avt_server_lock *lock = avt_new0(struct avt_server_lock, 1);
    lock->fd = fd;
    *ret_lock = lock;
    return AVT_OK;
}

void avt_server_lock_free(struct avt_server_lock *lock)
{
    if (!lock)
        return;
    /* The file stays: to remove it would let two servers lock two files of one name. */
    (void)!ftruncate(lock->fd, 0);
    close(lock->fd);
    avt_free(lock);
}

int avt_server_lock_holder(const char *storage)
{
    AVT_CLEANUP(avt_freep) char *path = lock_path(storage);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return 0;
    int pid = 0;
    if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        pid = read_pid(fd);
    close(fd);
    return pid;
}
