/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

struct walk {
    bool remove;
    int64_t bytes;
    int errnum; /* the first problem */
};

static void note(struct walk *walk, int errnum)
{
    if (walk->errnum == 0 && errnum != ENOENT) /* somebody else removed it: as well */
        walk->errnum = errnum;
}

static bool is_dots(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* One entry of the folder `at`, and what is under it. The recursion is as deep as
 * AVT_TREE_DEPTH_MAX. */
static void walk_entry(struct walk *walk, int at, const char *name, int depth)
{
    struct stat st;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        note(walk, errno);
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        if (walk->remove && unlinkat(at, name, 0) != 0)
            note(walk, errno);
        else if (S_ISREG(st.st_mode))
            walk->bytes += st.st_size;
        return;
    }
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 && depth < AVT_TREE_DEPTH_MAX ? fdopendir(fd) : NULL;
    if (!dir) {
        note(walk, fd >= 0 ? ELOOP : errno);
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (!is_dots(entry->d_name))
            walk_entry(walk, fd, entry->d_name, depth + 1);
    closedir(dir);
    if (walk->remove && unlinkat(at, name, AT_REMOVEDIR) != 0)
        note(walk, errno);
}

int64_t avt_tree_bytes(const char *path)
{
    struct walk walk = {0};
    walk_entry(&walk, AT_FDCWD, path, 0);
    return walk.bytes;
}

enum avt_code avt_tree_remove(const char *path, int64_t *ret_bytes, struct avt_error *reterr)
{
    struct walk walk = {.remove = true};
    walk_entry(&walk, AT_FDCWD, path, 0);
    if (ret_bytes)
        *ret_bytes += walk.bytes;
    return walk.errnum == 0 ? AVT_OK
                            : avt_fail(reterr, AVT_EIO, "'%s' cannot be removed: %s", path,
                                       strerror(walk.errnum));
}

/* ---- copies ---------------------------------------------------------------------------------- */

struct copy {
    const char *from, *to; /* for the message */
    struct avt_error *reterr;
};

static enum avt_code copy_failed(const struct copy *copy, const char *name, int errnum)
{
    return avt_fail(
        copy->reterr, avt_code_from_errno(errnum) == AVT_ENOSPACE ? AVT_ENOSPACE : AVT_EIO,
        "'%s' of '%s' cannot be copied to '%s': %s", name, copy->from, copy->to, strerror(errnum));
}

static enum avt_code copy_bytes(const struct copy *copy, const char *name, int in, int out)
{
    enum { BLOCK = 1 << 16 };
    AVT_CLEANUP(avt_freep) char *block = avt_new0(char, BLOCK);
    for (;;) {
        ssize_t got = read(in, block, BLOCK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return copy_failed(copy, name, errno);
        if (got == 0)
            return AVT_OK;
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(out, block + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR)
                return copy_failed(copy, name, errno);
            done += put > 0 ? put : 0;
        }
    }
}

static enum avt_code copy_file(const struct copy *copy, const char *name, int in, int to)
{
    int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0)
        return copy_failed(copy, name, errno);
    enum avt_code code = copy_bytes(copy, name, in, out);
    if (close(out) != 0 && code == AVT_OK)
        code = copy_failed(copy, name, errno);
    return code;
}

/* The entries of the folder `from` (taken) into the folder `to`. */
static enum avt_code copy_entries(const struct copy *copy, int from, int to, int depth)
{
    enum avt_code code = AVT_OK;
    DIR *dir = fdopendir(from);
    if (!dir) {
        close(from);
        return copy_failed(copy, ".", errno);
    }
    for (struct dirent *entry; code == AVT_OK && (entry = readdir(dir));) {
        struct stat st;
        const char *name = entry->d_name;
        if (is_dots(name))
            continue;
        int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (in < 0 || fstat(in, &st) != 0) {
            if (in < 0 && errno == ELOOP)
                continue; /* a symbolic link */
            code = copy_failed(copy, name, errno);
        } else if (S_ISDIR(st.st_mode)) {
            int out = depth < AVT_TREE_DEPTH_MAX && mkdirat(to, name, 0700) == 0
                          ? openat(to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                          : -1;
            code =
                out >= 0 ? copy_entries(copy, in, out, depth + 1) : copy_failed(copy, name, errno);
            if (out >= 0) {
                close(out);
                in = -1; /* taken */
            }
        } else if (S_ISREG(st.st_mode)) {
            code = copy_file(copy, name, in, to);
        }
        if (in >= 0)
            close(in);
    }
    closedir(dir);
    return code;
}

enum avt_code avt_tree_copy(const char *from, const char *to, struct avt_error *reterr)
{
    const struct copy copy = {from, to, reterr};
    enum avt_code code = avt_mkdirs(to, reterr);
    if (code != AVT_OK)
        return code;
    int in = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int out = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in < 0 || out < 0) {
        code = copy_failed(&copy, ".", errno);
        if (in >= 0)
            close(in);
    } else {
        code = copy_entries(&copy, in, out, 0);
    }
    /* Once for all: thousands of small files, each waited for, would take minutes. */
    if (code == AVT_OK && syncfs(out) != 0)
        code = copy_failed(&copy, ".", errno);
    if (out >= 0)
        close(out);
    if (code != AVT_OK)
        (void)!avt_tree_remove(to, NULL, NULL);
    return code;
}
