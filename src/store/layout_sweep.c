/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of looking makes the sweep safe while workers run: first the names on disk, then the
 * job. A token folder that was there before the job was read belongs to a claim that was made
 * before; so if the job's last token is another, that claim is over for good.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"
#include "store/layout.h"
#include "store/tree.h"

enum { NAMES_MAX = 1000000, UPLOAD_IDLE_S = 3600 };

struct names {
    char **list;
    size_t count, capacity;
};

static void names_done(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        avt_free(names->list[i]);
    avt_free(names->list);
}

/* Read whole before anything is changed: what readdir() gives while entries go is not defined. */
static void names_read(struct names *names, const char *folder, bool hidden)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *entry; names->count < NAMES_MAX && (entry = readdir(dir));) {
        if ((entry->d_name[0] == '.') != hidden || avt_str_equal(entry->d_name, ".") ||
            avt_str_equal(entry->d_name, ".."))
            continue;
        if (names->count == names->capacity) {
            names->capacity = names->capacity ? names->capacity * 2 : 64;
            names->list = avt_realloc(names->list, names->capacity, sizeof(char *));
        }
        names->list[names->count++] = avt_strdup(entry->d_name);
    }
    closedir(dir);
}

struct sweep {
    const char *storage;
    struct avt_jobstore *store;
    struct avt_sweep_result result;
    enum avt_code code;
    struct avt_error *reterr; /* of the first problem */
};

static void remove_folder(struct sweep *sweep, const char *path)
{
    enum avt_code code =
        avt_tree_remove(path, &sweep->result.bytes, sweep->code == AVT_OK ? sweep->reterr : NULL);
    if (code == AVT_OK)
        sweep->result.folders++;
    else if (sweep->code == AVT_OK)
        sweep->code = code;
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* The token whose folder is in use; -1: none is. */
static int64_t token_in_use(const struct avt_job *job)
{
    return job->status == AVT_JOB_RUNNING || job->status == AVT_JOB_COMPLETED ? job->lease_token
                                                                              : -1;
}

static void sweep_job(struct sweep *sweep, const char *id)
{
    struct names tokens = {0};
    struct avt_job job = {0};
    AVT_CLEANUP(avt_freep) char *path = avt_layout_path(sweep->storage, AVT_LAYOUT_OUTPUTS, id);
    names_read(&tokens, path, false);
    enum avt_code code = avt_jobstore_get(sweep->store, id, NULL, &job, NULL);
    if (code == AVT_ENOENT)
        remove_folder(sweep, path);
    for (size_t i = 0; code == AVT_OK && i < tokens.count; i++) {
        int64_t token;
        if (!avt_parse_int(tokens.list[i], 0, INT64_MAX, &token) || token == token_in_use(&job))
            continue;
        AVT_CLEANUP(avt_freep) char *folder = avt_path_join(path, tokens.list[i]);
        remove_folder(sweep, folder);
    }
    if (code == AVT_OK)
        (void)rmdir(path); /* stays if there is anything left in it */
    avt_job_done(&job);
    names_done(&tokens);
}

static bool has_jobs(struct avt_jobstore *store)
{
    struct avt_job_stats stats;
    if (avt_jobstore_stats(store, NULL, &stats, NULL) != AVT_OK)
        return false;
    for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++)
        for (int s = 0; s < AVT_JOB_STATUS_COUNT; s++)
            if (stats.count[t][s] > 0)
                return true;
    return false;
}

static void sweep_outputs(struct sweep *sweep)
{
    struct names names = {0};
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(sweep->storage, AVT_LAYOUT_OUTPUTS);
    names_read(&names, folder, false);
    bool lost = names.count > 0 && !has_jobs(sweep->store);
    for (size_t i = 0; !lost && i < names.count; i++)
        if (avt_job_id_valid(names.list[i]))
            sweep_job(sweep, names.list[i]);
    names_done(&names);
}

/* ---- uploads, voices and tmp ------------------------------------------------------------------------- */

/* An upload that is still coming in has no record yet; each chunk touches its file or folder. */
static bool idle(const char *path)
{
    struct stat st;
    int64_t newest_s = 0;
    struct names names = {0};
    names_read(&names, path, false);
    if (stat(path, &st) == 0)
        newest_s = st.st_mtime;
    for (size_t i = 0; i < names.count; i++) {
        AVT_CLEANUP(avt_freep) char *file = avt_path_join(path, names.list[i]);
        if (lstat(file, &st) == 0 && st.st_mtime > newest_s)
            newest_s = st.st_mtime;
    }
    names_done(&names);
    return avt_time_now_ms() / 1000 - newest_s >= UPLOAD_IDLE_S;
}

static void sweep_uploads(struct sweep *sweep)
{
    struct names names = {0};
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(sweep->storage, AVT_LAYOUT_UPLOADS);
    names_read(&names, folder, false);
    for (size_t i = 0; i < names.count; i++) {
        struct avt_record record = {0};
        AVT_CLEANUP(avt_freep)
        char *path = avt_layout_path(sweep->storage, AVT_LAYOUT_UPLOADS, names.list[i]);
        if (!path)
            continue;
        if (avt_jobstore_record_get(sweep->store, "upload", names.list[i], NULL, &record, NULL) ==
                AVT_ENOENT &&
            idle(path))
            remove_folder(sweep, path);
        avt_record_done(&record);
    }
    names_done(&names);
}

/* What a process left of a profile that it did not finish: a recording may be in it. Profiles have no
 * hidden names. */
static void sweep_voices(struct sweep *sweep)
{
    struct names names = {0};
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(sweep->storage, AVT_LAYOUT_VOICES);
    names_read(&names, folder, true);
    for (size_t i = 0; i < names.count; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, names.list[i]);
        if ((avt_str_starts(names.list[i], ".new-vp-") ||
             avt_str_starts(names.list[i], ".reference-")) &&
            idle(path))
            remove_folder(sweep, path);
    }
    names_done(&names);
}

/* Folders whose lock nobody holds; see avt_tmp_new(). One that was made a moment ago is not locked
 * yet. */
static void sweep_tmp(struct sweep *sweep)
{
    enum { NEW_S = 10 };
    struct names names = {0};
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(sweep->storage, AVT_LAYOUT_TMP);
    names_read(&names, folder, false);
    for (size_t i = 0; i < names.count; i++) {
        struct stat st;
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, names.list[i]);
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            continue;
        if (fstat(fd, &st) == 0 && avt_time_now_ms() / 1000 - st.st_mtime >= NEW_S &&
            flock(fd, LOCK_EX | LOCK_NB) == 0)
            remove_folder(sweep, path);
        close(fd);
    }
    names_done(&names);
}

enum avt_code avt_layout_sweep(const char *storage, struct avt_jobstore *store,
                               struct avt_sweep_result *ret_result, struct avt_error *reterr)
{
    struct sweep sweep = {.storage = storage, .store = store, .reterr = reterr};
    sweep_outputs(&sweep);
    sweep_uploads(&sweep);
    sweep_voices(&sweep);
    sweep_tmp(&sweep);
    if (ret_result)
        *ret_result = sweep.result;
    return sweep.code;
}
