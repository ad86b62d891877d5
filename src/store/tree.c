/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
