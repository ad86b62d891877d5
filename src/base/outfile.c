/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output that appears whole or not at all. Where the file system can, the data lives in a file
 * without a name (O_TMPFILE), so that not even SIGKILL leaves anything. Elsewhere it has a hidden
 * name that carries our process id, and a later run removes those whose process is gone.
 *
 * linkat() cannot replace an existing file, so the commit links the unnamed file under a hidden name
 * first and renames that: rename is atomic, and what was there before stays until then.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define HIDDEN_PREFIX ".avatar-"
#define HIDDEN_SUFFIX ".part"

struct avt_outfile {
    int fd;
    char *path;        /* where it will appear */
    char *folder;
    char *hidden;      /* its present name, or NULL while it has none */
    char proc_path[40];
    mode_t mode;
    bool shown;        /* under its path, but not committed */
};

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return avt_strdup(".");
    return slash == path ? avt_strdup("/") : avt_strndup(path, (size_t)(slash - path));
}

static char *hidden_name(const char *folder)
{
    static atomic_uint serial;
    return avt_asprintf("%s/" HIDDEN_PREFIX "%d-%u" HIDDEN_SUFFIX, folder, (int)getpid(),
                        atomic_fetch_add(&serial, 1));
}

/* Remove what killed processes left here: hidden names whose process id no longer runs. */
static void sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!avt_str_starts(entry->d_name, HIDDEN_PREFIX) ||
            !avt_str_ends(entry->d_name, HIDDEN_SUFFIX))
            continue;
        AVT_CLEANUP(avt_freep) char *number = avt_strdup(entry->d_name + strlen(HIDDEN_PREFIX));
        number[strcspn(number, "-.")] = '\0';
        int64_t pid = 0;
        if (avt_parse_int(number, 1, INT32_MAX, &pid) && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
}

/* One sentence for why an output cannot be opened, most telling first. */
static enum avt_code cannot_open(const char *path, const char *folder, int errnum,
                                 struct avt_error *reterr)
{
    struct stat st;
    if (errnum == ENOSPC || errnum == EDQUOT)
        return avt_fail(reterr, AVT_ENOSPACE,
                        "'%s' cannot be written: the disk is full; free some space and try again",
                        path);
    if (stat(folder, &st) != 0)
        return avt_fail(reterr, AVT_EOUTPUT,
                        "'%s' cannot be written: the folder '%s' does not exist; make it first",
                        path, folder);
    if (!S_ISDIR(st.st_mode))
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: '%s' is not a folder", path,
                        folder);
    return avt_fail(reterr, AVT_EOUTPUT,
                    "'%s' cannot be written: %s; choose another output folder", path,
                    strerror(errnum));
}

enum avt_code avt_outfile_open(const char *path, struct avt_outfile **ret_file,
                               struct avt_error *reterr)
{
    struct stat st;
    if (*path == '\0')
        return avt_fail(reterr, AVT_EOUTPUT, "the output has no name");
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return avt_fail(reterr, AVT_EOUTPUT,
                        "'%s' cannot be written: it is a folder; name a file in it", path);
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = avt_new0(struct avt_outfile, 1);
    file->fd = -1;
    file->path = avt_strdup(path);
    file->folder = folder_of(path);
    mode_t mask = umask(0);
    (void)umask(mask);
    file->mode = 0666 & ~mask;
    sweep(file->folder);

    file->fd = open(file->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        file->hidden = hidden_name(file->folder);
        file->fd = open(file->hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file->fd < 0) {
            int errnum = errno;
            avt_free(AVT_TAKE(file->hidden));
            errno = errnum;
        }
    }
    if (file->fd < 0)
        return cannot_open(path, file->folder, errno, reterr);
    snprintf(file->proc_path, sizeof(file->proc_path), "/proc/self/fd/%d", file->fd);
    *ret_file = AVT_TAKE(file);
    return AVT_OK;
}

int avt_outfile_fd(const struct avt_outfile *file)
{
    return file->fd;
}

const char *avt_outfile_path(const struct avt_outfile *file)
{
    return file->hidden ? file->hidden : file->proc_path;
}

/* From no name, or a hidden one, to the one it was opened for. */
static enum avt_code put_in_place(struct avt_outfile *file, struct avt_error *reterr)
{
    if (!file->hidden) {
        char *hidden = hidden_name(file->folder);
        if (linkat(AT_FDCWD, file->proc_path, AT_FDCWD, hidden, AT_SYMLINK_FOLLOW) != 0) {
            enum avt_code code = avt_fail(reterr, errno == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                                          "'%s' cannot be finished: %s", file->path,
                                          strerror(errno));
            avt_free(hidden);
            return code;
        }
        file->hidden = hidden;
    }
    if (rename(file->hidden, file->path) != 0)
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be put in place: %s", file->path,
                        strerror(errno));
    avt_free(AVT_TAKE(file->hidden));
    return AVT_OK;
}

enum avt_code avt_outfile_show(struct avt_outfile *file, struct avt_error *reterr)
{
    if (file->shown)
        return AVT_OK;
    if (fchmod(file->fd, file->mode) != 0)
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", file->path,
                        strerror(errno));
    enum avt_code code = put_in_place(file, reterr);
    file->shown = code == AVT_OK;
    return code;
}

enum avt_code avt_outfile_commit(struct avt_outfile *file, struct avt_error *reterr)
{
    if (fchmod(file->fd, file->mode) != 0 || fsync(file->fd) != 0)
        return avt_fail(reterr, errno == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                        "'%s' cannot be finished: %s", file->path, strerror(errno));
    enum avt_code code = file->shown ? AVT_OK : put_in_place(file, reterr);
    if (code != AVT_OK)
        return code;
    file->shown = false;
    int folder = open(file->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder); /* the name itself; a file system that cannot has no better way */
        close(folder);
    }
    return AVT_OK;
}

void avt_outfile_free(struct avt_outfile *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    if (file->hidden)
        (void)unlink(file->hidden);
    if (file->shown)
        (void)unlink(file->path);
    avt_free(file->hidden);
    avt_free(file->folder);
    avt_free(file->path);
    avt_free(file);
}
