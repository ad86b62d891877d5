/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup: a copy of a storage that is whole at every moment or not there. Also while a server
 * works: the store copies itself consistently, and files of the storage never change once they have
 * their name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/jobs.h"
#include "cli/terminal.h"
#include "os/paths.h"
#include "store/jobstore.h"
#include "store/layout.h"

/* <storage>/outputs/<job>/<token>/<file> is the deepest there is; more is not ours. */
enum { DEPTH_MAX = 6, COPY_BYTES = 1 << 20, PROGRESS_BYTES = 100 << 20 };

struct backup {
    struct avt_cli *cli;
    long long files, bytes;
};

static enum avt_code cannot(const char *path, const char *what, struct avt_error *reterr)
{
    int errnum = errno;
    return avt_fail(reterr,
                    avt_code_from_errno(errnum) == AVT_ENOSPACE ? AVT_ENOSPACE : AVT_EOUTPUT,
                    "'%s' cannot be %s: %s", path, what, strerror(errnum));
}

/* ---- files -------------------------------------------------------------------------------------
 */

static enum avt_code copy_bytes(int from, int to, const char *path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *block = avt_alloc0(COPY_BYTES, 1);
    for (;;) {
        ssize_t got = read(from, block, COPY_BYTES);
        if (got < 0)
            return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", path, strerror(errno));
        if (got == 0)
            return AVT_OK;
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, block + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR)
                return cannot(path, "copied", reterr);
            done += put > 0 ? put : 0;
        }
        if (avt_interrupted())
            return avt_fail(reterr, AVT_ECANCELLED, "stopped");
    }
}

static enum avt_code copy_file(const char *from, const char *to, struct avt_error *reterr)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0)
        return errno == ENOENT ? AVT_OK : cannot(from, "read", reterr); /* removed meanwhile */
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum avt_code code =
        out < 0 ? cannot(to, "written", reterr) : copy_bytes(in, out, from, reterr);
    if (code == AVT_OK && fsync(out) != 0)
        code = cannot(to, "written", reterr);
    if (out >= 0)
        close(out);
    close(in);
    return code;
}

/** A second name costs no space; where the file systems differ it is a copy. */
static enum avt_code take_file(struct backup *backup, const char *from, const char *to,
                               struct avt_error *reterr)
{
    long long size = avt_cli_file_size(from);
    if (size < 0)
        return AVT_OK; /* removed meanwhile */
    if (link(from, to) != 0) {
        enum avt_code code = copy_file(from, to, reterr);
        if (code != AVT_OK)
            return code;
    }
    char done[24];
    backup->files++;
    backup->bytes += size;
    /* What is over at once needs no line. */
    if (backup->bytes > PROGRESS_BYTES)
        avt_progress_line_step(backup->cli->progress, "backup", -1,
                               avt_text_bytes(backup->bytes, done));
    return AVT_OK;
}

static enum avt_code take_folder(struct backup *backup, const char *from, const char *to, int depth,
                                 struct avt_error *reterr)
{
    DIR *dir = opendir(from);
    enum avt_code code = AVT_OK;
    if (!dir)
        return errno == ENOENT ? AVT_OK : cannot(from, "read", reterr);
    if (mkdir(to, 0700) != 0)
        code = cannot(to, "made", reterr);
    for (struct dirent *entry; code == AVT_OK && (entry = readdir(dir));) {
        struct stat st;
        AVT_CLEANUP(avt_freep) char *source = avt_path_join(from, entry->d_name);
        AVT_CLEANUP(avt_freep) char *target = avt_path_join(to, entry->d_name);
        /* Hidden names are on their way to another one. */
        if (entry->d_name[0] == '.' || lstat(source, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
            code = take_folder(backup, source, target, depth + 1, reterr);
        else if (S_ISREG(st.st_mode))
            code = take_file(backup, source, target, reterr);
        if (code == AVT_OK && avt_interrupted())
            code = avt_fail(reterr, AVT_ECANCELLED, "stopped");
    }
    closedir(dir);
    return code;
}

static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        AVT_CLEANUP(avt_freep) char *inside = avt_path_join(path, entry->d_name);
        if (avt_str_equal(entry->d_name, ".") || avt_str_equal(entry->d_name, ".."))
            continue;
        if (unlink(inside) != 0)
            remove_folder(inside);
    }
    if (dir)
        closedir(dir);
    (void)rmdir(path);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static enum avt_code check_target(const char *folder, struct avt_error *reterr)
{
    struct stat st;
    if (lstat(folder, &st) != 0)
        return AVT_OK;
    /* Nothing is in an empty one: rmdir() is the test that cannot be raced. */
    if (S_ISDIR(st.st_mode) && rmdir(folder) == 0)
        return AVT_OK;
    return avt_fail(reterr, AVT_EOUTPUT, "'%s' is there already: name a new folder for the backup",
                    folder);
}

static enum avt_code fill(struct backup *backup, const char *storage, const char *folder,
                          struct avt_error *reterr)
{
    static const enum avt_layout_kind kinds[] = {AVT_LAYOUT_UPLOADS, AVT_LAYOUT_AVATARS,
                                                 AVT_LAYOUT_VOICES, AVT_LAYOUT_OUTPUTS};
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = NULL;
    bool outputs = backup->cli->args.given[AVT_OPT_NO_OUTPUTS] == 0;
    enum avt_code code = avt_cli_store(backup->cli, &store, reterr);
    if (code == AVT_OK)
        code = avt_jobstore_backup(store, folder, reterr);
    /* The store first: a file that comes after it has no job in the copy and is swept there; the
     * other way round a job would have no file. */
    for (size_t i = 0; code == AVT_OK && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i] == AVT_LAYOUT_OUTPUTS && !outputs)
            continue;
        AVT_CLEANUP(avt_freep) char *from = avt_layout_folder(storage, kinds[i]);
        AVT_CLEANUP(avt_freep) char *to = avt_layout_folder(folder, kinds[i]);
        code = take_folder(backup, from, to, 0, reterr);
    }
    AVT_CLEANUP(avt_freep) char *measured = avt_path_join(storage, "measurements.json");
    AVT_CLEANUP(avt_freep) char *measured_to = avt_path_join(folder, "measurements.json");
    return code == AVT_OK ? take_file(backup, measured, measured_to, reterr) : code;
}

enum avt_code avt_cmd_backup(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct backup backup = {.cli = cli};
    AVT_CLEANUP(avt_freep) char *target = avt_strdup(cli->args.operands[0]);
    AVT_CLEANUP(avt_freep)
    char *storage = avt_path_storage(avt_config_text(&cli->config, AVT_SET_STORAGE));
    char size[24];
    for (size_t end = strlen(target); end > 1 && target[end - 1] == '/';)
        target[--end] = '\0';
    AVT_CLEANUP(avt_freep) char *partial = avt_asprintf("%s.partial-%d", target, (int)getpid());
    if (!avt_file_exists(storage))
        return avt_fail(reterr, AVT_ENOENT, "there is no storage '%s' to back up", storage);
    enum avt_code code = check_target(target, reterr);
    if (code == AVT_OK)
        code = fill(&backup, storage, partial, reterr);
    avt_progress_line_clear(cli->progress);
    if (code == AVT_OK && rename(partial, target) != 0)
        code = cannot(target, "put in place", reterr);
    if (code != AVT_OK) {
        remove_folder(partial);
        return code;
    }
    avt_cli_set_text(result, "folder", target);
    avt_cli_set_int(result, "files", backup.files);
    avt_cli_set_int(result, "size_bytes", backup.bytes);
    avt_cli_say(cli, "%s: the store and %lld %s, %s\n", target, backup.files,
                backup.files == 1 ? "file" : "files", avt_text_bytes(backup.bytes, size));
    return AVT_OK;
}
