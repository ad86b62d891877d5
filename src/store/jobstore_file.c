/* SPDX-License-Identifier: Apache-2.0 */
#include "store/jobstore_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "os/paths.h"
#include "store/tree.h"

#define TEMPORARY_PREFIX ".tmp-"
enum {
    LOCK_S_MAX = 30,
    LINE_BYTES = AVT_JOB_ID_SIZE, /* of .changes: an id and a newline */
};

static enum avt_code file_failed(const char *path, const char *what, int errnum,
                                 struct avt_error *reterr)
{
    if (avt_code_from_errno(errnum) == AVT_ENOSPACE)
        return avt_fail(reterr, AVT_ENOSPACE,
                        "'%s' cannot be %s: the disk is full; free some space and try again", path,
                        what);
    return avt_fail(reterr, AVT_EIO, "'%s' cannot be %s: %s", path, what, strerror(errnum));
}

/* ---- the lock, and what it holds
 * --------------------------------------------------------------------- */

/* Waits in small steps: flock() itself would wait for ever for a process that is stopped. */
static enum avt_code take_lock(struct avt_file_store *files, int how, struct avt_error *reterr)
{
    double give_up_s = avt_now_s() + LOCK_S_MAX;
    while (flock(files->lock_fd, how | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return avt_fail(reterr, AVT_EIO, "the folder '%s' cannot be locked: %s", files->jobs,
                            strerror(errno));
        if (avt_now_s() > give_up_s)
            return avt_fail(
                reterr, AVT_EIO,
                "the folder '%s' was locked by another process for %d seconds: end what "
                "holds it, then try again",
                files->jobs, LOCK_S_MAX);
        unsigned char random;
        avt_random_bytes(&random, sizeof(random));
        struct timespec pause = {0, 500000L + random % 16 * 250000L};
        (void)nanosleep(&pause, NULL);
    }
    return AVT_OK;
}

static void drop_lock(struct avt_file_store *files)
{
    (void)flock(files->lock_fd, LOCK_UN);
}

/* Two numbers of fixed width, so that they are written in place: sequence and generation. A lost or
 * damaged one reads as 0 and is made good from the files. */
static void read_counters(const struct avt_file_store *files, int64_t *ret_sequence,
                          int64_t *ret_generation)
{
    char text[64] = "";
    *ret_sequence = *ret_generation = 0;
    ssize_t got = pread(files->lock_fd, text, sizeof(text) - 1, 0);
    char *second = got == 40 ? memchr(text, ' ', 40) : NULL;
    if (!second)
        return;
    *second++ = '\0';
    second[strcspn(second, "\n")] = '\0';
    (void)avt_parse_int(text, 0, INT64_MAX, ret_sequence);
    (void)avt_parse_int(second, 0, INT64_MAX, ret_generation);
}

static void write_counters(struct avt_file_store *files)
{
    char text[64];
    int size = snprintf(text, sizeof(text), "%019" PRId64 " %019" PRId64 "\n", files->sequence,
                        files->generation);
    avt_assert(size == 40);
    (void)!pwrite(files->lock_fd, text, (size_t)size, 0);
}

static int64_t changes_size(const struct avt_file_store *files)
{
    struct stat st;
    return fstat(files->changes_fd, &st) == 0 ? st.st_size : 0;
}

/* ---- the index
 * ---------------------------------------------------------------------------------------- */

static bool has_suffix_of_job(const char *name, const char *suffix, char ret_id[AVT_JOB_ID_SIZE])
{
    if (strlen(name) != AVT_JOB_ID_SIZE - 1 + strlen(suffix) || !avt_str_ends(name, suffix))
        return false;
    memcpy(ret_id, name, AVT_JOB_ID_SIZE - 1);
    ret_id[AVT_JOB_ID_SIZE - 1] = '\0';
    return avt_job_id_valid(ret_id);
}

/* The largest sequence that a file mentions. */
static int64_t largest_sequence(const struct avt_file_store *files)
{
    size_t count;
    int64_t largest = 0;
    struct avt_job_head *const *heads = avt_jobindex_all(files->index, &count);
    for (size_t i = 0; i < count; i++) {
        const struct avt_file_more *more = heads[i]->more;
        if (heads[i]->sequence > largest)
            largest = heads[i]->sequence;
        if (more->last_event > largest)
            largest = more->last_event;
    }
    return largest;
}

static enum avt_code read_all(struct avt_file_store *files, struct avt_error *reterr)
{
    char id[AVT_JOB_ID_SIZE];
    DIR *dir = opendir(files->jobs);
    if (!dir)
        return file_failed(files->jobs, "read", errno, reterr);
    avt_jobindex_clear(files->index);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (has_suffix_of_job(entry->d_name, ".json", id))
            avt_file_index_job(files, id);
        else if (entry->d_name[0] != '.' && avt_str_ends(entry->d_name, ".json") &&
                 !has_suffix_of_job(entry->d_name, ".progress.json", id))
            avt_jobstore_report(files->store,
                                "'%s/%s' is passed over: its name is not the id of a job",
                                files->jobs, entry->d_name);
    }
    closedir(dir);
    files->largest = largest_sequence(files);
    return AVT_OK;
}

/* The jobs that .changes names from where it was read to last. Under the lock: whoever adds a line
 * renames the file before he lets go of it. */
static enum avt_code read_changes(struct avt_file_store *files, int64_t size,
                                  struct avt_error *reterr)
{
    char lines[64][LINE_BYTES];
    while (files->changes_read < size) {
        ssize_t got = pread(files->changes_fd, lines, sizeof(lines), files->changes_read);
        if (got < LINE_BYTES)
            return file_failed(files->jobs, "read", got < 0 ? errno : EIO, reterr);
        for (ssize_t i = 0; i < got / LINE_BYTES; i++) {
            lines[i][LINE_BYTES - 1] = '\0';
            if (avt_job_id_valid(lines[i]))
                avt_file_index_job(files, lines[i]);
        }
        files->changes_read += got / LINE_BYTES * LINE_BYTES;
    }
    return AVT_OK;
}

/* With the lock held, in whatever way. */
static enum avt_code refresh_locked(struct avt_file_store *files, struct avt_error *reterr)
{
    int64_t sequence, generation, size = changes_size(files) / LINE_BYTES * LINE_BYTES;
    read_counters(files, &sequence, &generation);
    if (!files->stale && generation == files->generation && size >= files->changes_read)
        return read_changes(files, size, reterr);
    enum avt_code code = read_all(files, reterr);
    if (code == AVT_OK) {
        files->stale = false;
        files->generation = generation;
        files->changes_read = size;
    }
    return code;
}

/* All files, without keeping others from their work: what changes meanwhile is in .changes after.
 */
static enum avt_code read_all_unlocked(struct avt_file_store *files, struct avt_error *reterr)
{
    int64_t sequence, generation, size;
    enum avt_code code = take_lock(files, LOCK_SH, reterr); /* so that nobody is half-way */
    if (code != AVT_OK)
        return code;
    read_counters(files, &sequence, &generation);
    size = changes_size(files) / LINE_BYTES * LINE_BYTES;
    drop_lock(files);
    code = read_all(files, reterr);
    if (code == AVT_OK) {
        files->stale = false;
        files->generation = generation;
        files->changes_read = size;
    }
    return code;
}

enum avt_code avt_file_refresh(struct avt_file_store *files, struct avt_error *reterr)
{
    int64_t sequence, generation;
    enum avt_code code = AVT_OK;
    if (files->begun)
        return AVT_OK; /* nobody else changes anything now */
    read_counters(files, &sequence, &generation);
    if (files->stale || generation != files->generation)
        code = read_all_unlocked(files, reterr);
    else if (changes_size(files) == files->changes_read)
        return AVT_OK;
    if (code == AVT_OK)
        code = take_lock(files, LOCK_SH, reterr);
    if (code != AVT_OK)
        return code;
    code = refresh_locked(files, reterr);
    drop_lock(files);
    return code;
}

/* ---- staged files
 * ------------------------------------------------------------------------------------- */

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
        return file_failed(path, "made", errno, reterr);
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
    return file_failed(path, "written", errnum, reterr);
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
    char *temporary = avt_asprintf("%s/" TEMPORARY_PREFIX "%d-%u", folder, (int)getpid(),
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

/* ---- transactions
 * --------------------------------------------------------------------------------------- */

static enum avt_code file_begin(void *impl, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    int64_t generation;
    enum avt_code code = take_lock(files, LOCK_EX, reterr);
    if (code != AVT_OK)
        return code;
    code = refresh_locked(files, reterr);
    if (code != AVT_OK) {
        drop_lock(files);
        return code;
    }
    read_counters(files, &files->sequence, &generation);
    /* After a loss of power the counter may be behind the files: looked at once per reading of all.
     */
    if (files->sequence < files->largest)
        files->sequence = files->largest;
    files->begun = true;
    return AVT_OK;
}

static void file_rollback(void *impl)
{
    struct avt_file_store *files = impl;
    if (!files->begun)
        return;
    if (files->staged_count > 0)
        files->stale = true; /* the index is ahead of the files */
    forget_staged(files);
    files->begun = false;
    drop_lock(files);
}

/* Tell others which jobs to read again: before the files change, so that one that dies here leaves
 * lines too many rather than too few. */
static enum avt_code tell_changes(struct avt_file_store *files, struct avt_error *reterr)
{
    int64_t before = changes_size(files);
    if (before > AVT_FILE_CHANGES_BYTES_MAX && ftruncate(files->changes_fd, 0) == 0) {
        before = 0;
        files->generation++;
        write_counters(files);
    }
    for (size_t i = 0; i < files->changed_count; i++)
        files->changed[i][LINE_BYTES - 1] = '\n';
    size_t size = files->changed_count * LINE_BYTES;
    ssize_t put = size > 0 ? write(files->changes_fd, files->changed, size) : 0;
    if (put != (ssize_t)size) {
        int errnum = put < 0 ? errno : ENOSPC;
        (void)!ftruncate(files->changes_fd, before);
        return file_failed(files->jobs, "written", errnum, reterr);
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
            return file_failed(staged->path, "written", errno, reterr);
        if (!staged->temporary && unlink(staged->path) != 0 && errno != ENOENT)
            return file_failed(staged->path, "removed", errno, reterr);
    }
    sync_folders(files);
    return AVT_OK;
}

static enum avt_code file_commit(void *impl, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    avt_assert(files->begun);
    enum avt_code code = tell_changes(files, reterr);
    if (code == AVT_OK)
        code = put_in_place(files, reterr);
    write_counters(files);
    if (code != AVT_OK) {
        file_rollback(files);
        return code;
    }
    forget_staged(files);
    files->begun = false;
    drop_lock(files);
    return AVT_OK;
}

/* ---- opening
 * ---------------------------------------------------------------------------------------------- */

/* Temporary files in a folder, and in jobs/ what belongs to jobs that are gone. */
static void tidy_folder(struct avt_file_store *files, const char *folder)
{
    char id[AVT_JOB_ID_SIZE];
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        bool orphan = (has_suffix_of_job(entry->d_name, ".events.jsonl", id) ||
                       has_suffix_of_job(entry->d_name, ".progress.json", id)) &&
                      !avt_jobindex_find(files->index, id);
        if (orphan) {
            /* A broken job is not in the index, but what it has shall stay for whoever mends it. */
            AVT_CLEANUP(avt_freep) char *job = avt_file_job_path(files, id, ".json");
            orphan = !avt_file_exists(job);
        }
        if (orphan || avt_str_starts(entry->d_name, TEMPORARY_PREFIX))
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
}

/* What processes that died left. Only if nobody is at work: then every temporary file is of the
 * dead. */
static void tidy(struct avt_file_store *files)
{
    if (flock(files->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return;
    tidy_folder(files, files->jobs);
    AVT_CLEANUP(avt_freep) char *records = avt_path_join(files->storage, "records");
    DIR *dir = opendir(records);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        AVT_CLEANUP(avt_freep) char *kind = avt_path_join(records, entry->d_name);
        tidy_folder(files, kind);
    }
    if (dir)
        closedir(dir);
    drop_lock(files);
}

/* Ids of jobs whose sequence is missing or another's: files that a person made or copied. */
static size_t unnumbered(const struct avt_file_store *files, char (*ids)[AVT_JOB_ID_SIZE])
{
    size_t count, found = 0;
    struct avt_job_head *const *heads = avt_jobindex_all(files->index, &count);
    for (size_t i = 0; i < count; i++) {
        bool twice = i > 0 && heads[i]->sequence == heads[i - 1]->sequence;
        if (heads[i]->sequence > 0 && !twice)
            continue;
        if (ids)
            memcpy(ids[found], heads[i]->id, AVT_JOB_ID_SIZE);
        found++;
    }
    return found;
}

static enum avt_code number_jobs(struct avt_file_store *files, struct avt_error *reterr)
{
    if (unnumbered(files, NULL) == 0)
        return AVT_OK;
    enum avt_code code = file_begin(files, reterr);
    if (code != AVT_OK)
        return code;
    size_t count = unnumbered(files, NULL);
    char(*ids)[AVT_JOB_ID_SIZE] = (char(*)[AVT_JOB_ID_SIZE])avt_alloc0(count, AVT_JOB_ID_SIZE);
    (void)unnumbered(files, ids);
    for (size_t i = 0; i < count && code == AVT_OK; i++) {
        struct avt_job job = {0};
        code = avt_file_job_load(files, ids[i], false, &job, reterr);
        if (code != AVT_OK)
            break;
        job.sequence = ++files->sequence;
        code = avt_file_write_job(files, &job, NULL, reterr);
    }
    avt_free(ids);
    if (code != AVT_OK) {
        file_rollback(files);
        return code;
    }
    return file_commit(files, reterr);
}

static void file_close(void *impl)
{
    struct avt_file_store *files = impl;
    if (files->lock_fd >= 0)
        close(files->lock_fd);
    if (files->changes_fd >= 0)
        close(files->changes_fd);
    avt_jobindex_free(files->index);
    avt_free(files->staged);
    avt_free(files->changed);
    avt_free(files->storage);
    avt_free(files->jobs);
    avt_free(files);
}

static enum avt_code open_files(struct avt_file_store *files, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *lock = avt_path_join(files->jobs, ".lock");
    AVT_CLEANUP(avt_freep) char *changes = avt_path_join(files->jobs, ".changes");
    enum avt_code code = avt_mkdirs(files->jobs, reterr);
    if (code != AVT_OK)
        return code;
    files->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (files->lock_fd < 0)
        return file_failed(lock, "opened", errno, reterr);
    avt_file_sync_folder(files->storage);
    files->changes_fd = open(changes, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (files->changes_fd < 0)
        return file_failed(changes, "opened", errno, reterr);
    code = avt_file_refresh(files, reterr);
    if (code != AVT_OK)
        return code;
    tidy(files);
    return number_jobs(files, reterr);
}

static enum avt_code file_open(const struct avt_jobstore_options *options,
                               struct avt_jobstore *store, void **ret_impl,
                               struct avt_error *reterr)
{
    struct avt_file_store *files = avt_new0(struct avt_file_store, 1);
    files->storage = avt_strdup(options->storage);
    files->jobs = avt_path_join(options->storage, "jobs");
    files->store = store;
    files->index = avt_jobindex_new(free);
    files->lock_fd = files->changes_fd = -1;
    files->stale = true;
    enum avt_code code = open_files(files, reterr);
    if (code != AVT_OK) {
        file_close(files);
        return code;
    }
    *ret_impl = files;
    return AVT_OK;
}

enum avt_code avt_file_event_last(void *impl, int64_t *ret_sequence, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    int64_t generation;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code != AVT_OK)
        return code;
    read_counters(files, ret_sequence, &generation);
    if (*ret_sequence < files->largest)
        *ret_sequence = files->largest;
    return AVT_OK;
}

/* ---- backup
 * -----------------------------------------------------------------------------------------------
 */

static enum avt_code backup_folder(const char *from, const char *to, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *target = avt_path_join(to, avt_path_basename(from));
    if (avt_file_exists(target))
        return avt_fail(reterr, AVT_EOUTPUT,
                        "'%s' exists already: name a new folder for the backup", target);
    return avt_file_exists(from) ? avt_tree_copy(from, target, reterr) : AVT_OK;
}

static enum avt_code file_backup(void *impl, const char *folder, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    AVT_CLEANUP(avt_freep) char *records = avt_path_join(files->storage, "records");
    enum avt_code code = take_lock(files, LOCK_EX, reterr);
    if (code != AVT_OK)
        return code;
    code = backup_folder(files->jobs, folder, reterr);
    if (code == AVT_OK)
        code = backup_folder(records, folder, reterr);
    drop_lock(files);
    return code;
}

const struct avt_jobstore_ops avt_jobstore_file = {
    .kind = "file",
    .open = file_open,
    .close = file_close,
    .backup = file_backup,
    .begin = file_begin,
    .commit = file_commit,
    .rollback = file_rollback,
    .job_insert = avt_file_job_insert,
    .job_update = avt_file_job_update,
    .job_remove = avt_file_job_remove,
    .claim = avt_file_claim,
    .turn_back = avt_file_turn_back,
    .event_add = avt_file_event_add,
    .idempotency_put = avt_file_idempotency_put,
    .record_put = avt_file_record_put,
    .record_remove = avt_file_record_remove,
    .purge = avt_file_purge,
    .job_load = avt_file_job_load,
    .claimable = avt_file_claimable,
    .lost = avt_file_lost,
    .count = avt_file_count,
    .list = avt_file_list,
    .resolve = avt_file_resolve,
    .stats = avt_file_stats,
    .position = avt_file_position,
    .events = avt_file_events,
    .event_last = avt_file_event_last,
    .idempotency_get = avt_file_idempotency_get,
    .record_get = avt_file_record_get,
    .record_list = avt_file_record_list,
};
