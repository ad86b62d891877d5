/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How changes get to disk: new files are written beside the old ones and synced; at the commit the
 * ids go to .changes, all files are renamed, and the folders are synced.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"
#include "store/jobstore_file.h"

/* ---- staged files ---------------------------------------------------------------------------- */

static struct avt_staged *find_staged(struct avt_file_store *files, const char *path)
{
    for (size_t i = 0; i < files->staged_count; i++)
        if (avt_str_equal(files->staged[i].path, path))
            return &files->staged[i];
    return NULL;
}

enum avt_code avt_file_read_json(struct avt_file_store *files, const char *path, size_t size_max,
                                 json_t **ret_json, struct avt_error *reterr)
{
    const struct avt_staged *staged = find_staged(files, path);
    if (staged && !staged->temporary)
        return AVT_ENOENT;
    return avt_json_read_file(staged ? staged->temporary : path, size_max, ret_json, reterr);
}

static enum avt_code write_new(const char *path, const char *text, bool sync,
                               struct avt_error *reterr)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return avt_file_failed(path, "made", errno, reterr);
    size_t size = strlen(text), done = 0;
    int errnum = 0;
    while (done < size && errnum == 0) {
        ssize_t put = write(fd, text + done, size - done);
        if (put >= 0)
            done += (size_t)put;
        else if (errno != EINTR)
            errnum = errno;
    }
    if (errnum == 0 && sync && fsync(fd) != 0)
        errnum = errno;
    if (close(fd) != 0 && errnum == 0)
        errnum = errno;
    if (errnum == 0)
        return AVT_OK;
    (void)unlink(path);
    return avt_file_failed(path, "written", errnum, reterr);
}

/* A place in the list for `path` (taken), instead of what was to become of it before. */
static struct avt_staged *stage(struct avt_file_store *files, char *path)
{
    struct avt_staged *staged = find_staged(files, path);
    if (staged) {
        if (staged->temporary)
            (void)unlink(staged->temporary);
        avt_free(staged->temporary);
        avt_free(staged->path);
    } else {
        if (files->staged_count == files->staged_capacity) {
            files->staged_capacity = files->staged_capacity ? files->staged_capacity * 2 : 16;
            files->staged =
                avt_realloc(files->staged, files->staged_capacity, sizeof(*files->staged));
        }
        staged = &files->staged[files->staged_count++];
    }
    *staged = (struct avt_staged){.path = path};
    return staged;
}

enum avt_code avt_file_stage(struct avt_file_store *files, char *path, const json_t *json,
                             bool sync, struct avt_error *reterr)
{
    static atomic_uint serial;
    AVT_CLEANUP(avt_freep) char *owned = path;
    AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
    AVT_CLEANUP(avt_freep)
    char *temporary = avt_asprintf("%s/" AVT_FILE_TEMPORARY "%d-%u", folder, (int)getpid(),
                                   atomic_fetch_add(&serial, 1));
    AVT_CLEANUP(avt_freep) char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    avt_assert(files->begun);
    if (!text)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while writing '%s'", path);
    enum avt_code code = write_new(temporary, text, sync, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_staged *staged = stage(files, AVT_TAKE(owned));
    staged->temporary = AVT_TAKE(temporary);
    staged->sync = sync;
    return AVT_OK;
}

void avt_file_stage_remove(struct avt_file_store *files, char *path)
{
    avt_assert(files->begun);
    (void)stage(files, path);
}

void avt_file_mark_changed(struct avt_file_store *files, const char *id)
{
    if (files->changed_count > 0 && avt_str_equal(files->changed[files->changed_count - 1], id))
        return;
    if (files->changed_count == files->changed_capacity) {
        files->changed_capacity = files->changed_capacity ? files->changed_capacity * 2 : 16;
        files->changed =
            avt_realloc(files->changed, files->changed_capacity, sizeof(*files->changed));
    }
    memcpy(files->changed[files->changed_count++], id, AVT_JOB_ID_SIZE);
}

static void forget_staged(struct avt_file_store *files)
{
    for (size_t i = 0; i < files->staged_count; i++) {
        if (files->staged[i].temporary)
            (void)unlink(files->staged[i].temporary); /* of no effect once it is renamed */
        avt_free(files->staged[i].temporary);
        avt_free(files->staged[i].path);
    }
    files->staged_count = 0;
    files->changed_count = 0;
}

/* ---- transactions ---------------------------------------------------------------------------- */

enum avt_code avt_file_begin(void *impl, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    int64_t generation;
    enum avt_code code = avt_file_lock(files, LOCK_EX, reterr);
    if (code != AVT_OK)
        return code;
    code = avt_file_refresh_locked(files, reterr);
    if (code != AVT_OK) {
        avt_file_unlock(files);
        return code;
    }
    avt_file_read_counters(files, &files->sequence, &generation);
    /* After a loss of power the counter may be behind the files: looked at once per reading of all.
     */
    if (files->sequence < files->largest)
        files->sequence = files->largest;
    files->begun = true;
    return AVT_OK;
}

void avt_file_rollback(void *impl)
{
    struct avt_file_store *files = impl;
    if (!files->begun)
        return;
    if (files->staged_count > 0)
        files->stale = true; /* the index is ahead of the files */
    forget_staged(files);
    files->begun = false;
    avt_file_unlock(files);
}

/* Tell others which jobs to read again: before the files change, so that one that dies here leaves
 * lines too many rather than too few. */
static enum avt_code tell_changes(struct avt_file_store *files, struct avt_error *reterr)
{
    int64_t before = avt_file_changes_size(files);
    if (before > AVT_FILE_CHANGES_BYTES_MAX && ftruncate(files->changes_fd, 0) == 0) {
        before = 0;
        files->generation++;
        avt_file_write_counters(files);
    }
    for (size_t i = 0; i < files->changed_count; i++)
        files->changed[i][AVT_FILE_LINE_BYTES - 1] = '\n';
    size_t size = files->changed_count * AVT_FILE_LINE_BYTES;
    ssize_t put = size > 0 ? write(files->changes_fd, files->changed, size) : 0;
    if (put != (ssize_t)size) {
        int errnum = put < 0 ? errno : ENOSPC;
        (void)!ftruncate(files->changes_fd, before);
        return avt_file_failed(files->jobs, "written", errnum, reterr);
    }
    files->changes_read = before + (int64_t)size;
    return AVT_OK;
}

void avt_file_sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd); /* a file system that cannot has no better way */
    close(fd);
}

/* The folders in which a name has to last, each once. */
static void sync_folders(struct avt_file_store *files)
{
    enum { FOLDERS = 8 };
    char *folders[FOLDERS];
    size_t count = 0;
    for (size_t i = 0; i < files->staged_count; i++) {
        if (!files->staged[i].sync && files->staged[i].temporary)
            continue;
        char *folder = avt_path_dirname(files->staged[i].path);
        size_t known = 0;
        while (known < count && !avt_str_equal(folders[known], folder))
            known++;
        if (known == count)
            avt_file_sync_folder(folder);
        if (known == count && count < FOLDERS)
            folders[count++] = folder;
        else
            avt_free(folder);
    }
    while (count > 0)
        avt_free(folders[--count]);
}

static enum avt_code put_in_place(struct avt_file_store *files, struct avt_error *reterr)
{
    for (size_t i = 0; i < files->staged_count; i++) {
        const struct avt_staged *staged = &files->staged[i];
        if (staged->temporary && rename(staged->temporary, staged->path) != 0)
            return avt_file_failed(staged->path, "written", errno, reterr);
        if (!staged->temporary && unlink(staged->path) != 0 && errno != ENOENT)
            return avt_file_failed(staged->path, "removed", errno, reterr);
    }
    sync_folders(files);
    return AVT_OK;
}

enum avt_code avt_file_commit(void *impl, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    avt_assert(files->begun);
    enum avt_code code = tell_changes(files, reterr);
    if (code == AVT_OK)
        code = put_in_place(files, reterr);
    avt_file_write_counters(files);
    if (code != AVT_OK) {
        avt_file_rollback(files);
        return code;
    }
    forget_staged(files);
    files->begun = false;
    avt_file_unlock(files);
    return AVT_OK;
}
