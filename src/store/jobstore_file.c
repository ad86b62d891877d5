/* SPDX-License-Identifier: Apache-2.0 */
#include "store/jobstore_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

enum { LOCK_S_MAX = 30 };

enum avt_code avt_file_failed(const char *path, const char *what, int errnum,
                              struct avt_error *reterr)
{
    if (avt_code_from_errno(errnum) == AVT_ENOSPACE)
        return avt_fail(reterr, AVT_ENOSPACE,
                        "'%s' cannot be %s: the disk is full; free some space and try again", path,
                        what);
    return avt_fail(reterr, AVT_EIO, "'%s' cannot be %s: %s", path, what, strerror(errnum));
}

/* ---- the lock, and what it holds ------------------------------------------------------------- */

/* Waits in small steps: flock() itself would wait for ever for a process that is stopped. */
enum avt_code avt_file_lock(struct avt_file_store *files, int how, struct avt_error *reterr)
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

void avt_file_unlock(struct avt_file_store *files)
{
    (void)flock(files->lock_fd, LOCK_UN);
}

/* Two numbers of fixed width, so that they are written in place: sequence and generation. A lost or
 * damaged one reads as 0 and is made good from the files. */
void avt_file_read_counters(const struct avt_file_store *files, int64_t *ret_sequence,
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

void avt_file_write_counters(struct avt_file_store *files)
{
    char text[64];
    int size = snprintf(text, sizeof(text), "%019" PRId64 " %019" PRId64 "\n", files->sequence,
                        files->generation);
    avt_assert(size == 40);
    (void)!pwrite(files->lock_fd, text, (size_t)size, 0);
}

int64_t avt_file_changes_size(const struct avt_file_store *files)
{
    struct stat st;
    return fstat(files->changes_fd, &st) == 0 ? st.st_size : 0;
}

/* ---- the index ------------------------------------------------------------------------------- */

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
        return avt_file_failed(files->jobs, "read", errno, reterr);
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
    char lines[64][AVT_FILE_LINE_BYTES];
    while (files->changes_read < size) {
        ssize_t got = pread(files->changes_fd, lines, sizeof(lines), files->changes_read);
        if (got < AVT_FILE_LINE_BYTES)
            return avt_file_failed(files->jobs, "read", got < 0 ? errno : EIO, reterr);
        for (ssize_t i = 0; i < got / AVT_FILE_LINE_BYTES; i++) {
            lines[i][AVT_FILE_LINE_BYTES - 1] = '\0';
            if (avt_job_id_valid(lines[i]))
                avt_file_index_job(files, lines[i]);
        }
        files->changes_read += got / AVT_FILE_LINE_BYTES * AVT_FILE_LINE_BYTES;
    }
    return AVT_OK;
}

/* With the lock held, in whatever way. */
enum avt_code avt_file_refresh_locked(struct avt_file_store *files, struct avt_error *reterr)
{
    int64_t sequence, generation,
        size = avt_file_changes_size(files) / AVT_FILE_LINE_BYTES * AVT_FILE_LINE_BYTES;
    avt_file_read_counters(files, &sequence, &generation);
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
    enum avt_code code = avt_file_lock(files, LOCK_SH, reterr); /* so that nobody is half-way */
    if (code != AVT_OK)
        return code;
    avt_file_read_counters(files, &sequence, &generation);
    size = avt_file_changes_size(files) / AVT_FILE_LINE_BYTES * AVT_FILE_LINE_BYTES;
    avt_file_unlock(files);
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
    avt_file_read_counters(files, &sequence, &generation);
    if (files->stale || generation != files->generation)
        code = read_all_unlocked(files, reterr);
    else if (avt_file_changes_size(files) == files->changes_read)
        return AVT_OK;
    if (code == AVT_OK)
        code = avt_file_lock(files, LOCK_SH, reterr);
    if (code != AVT_OK)
        return code;
    code = avt_file_refresh_locked(files, reterr);
    avt_file_unlock(files);
    return code;
}

/* ---- opening --------------------------------------------------------------------------------- */

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
        if (orphan || avt_str_starts(entry->d_name, AVT_FILE_TEMPORARY))
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
    avt_file_unlock(files);
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
    enum avt_code code = avt_file_begin(files, reterr);
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
        avt_file_rollback(files);
        return code;
    }
    return avt_file_commit(files, reterr);
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
        return avt_file_failed(lock, "opened", errno, reterr);
    avt_file_sync_folder(files->storage);
    files->changes_fd = open(changes, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (files->changes_fd < 0)
        return avt_file_failed(changes, "opened", errno, reterr);
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
    avt_file_read_counters(files, ret_sequence, &generation);
    if (*ret_sequence < files->largest)
        *ret_sequence = files->largest;
    return AVT_OK;
}

/* ---- backup ---------------------------------------------------------------------------------- */

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
    enum avt_code code = avt_file_lock(files, LOCK_EX, reterr);
    if (code != AVT_OK)
        return code;
    code = backup_folder(files->jobs, folder, reterr);
    if (code == AVT_OK)
        code = backup_folder(records, folder, reterr);
    avt_file_unlock(files);
    return code;
}

const struct avt_jobstore_ops avt_jobstore_file = {
    .kind = "file",
    .open = file_open,
    .close = file_close,
    .backup = file_backup,
    .begin = avt_file_begin,
    .commit = avt_file_commit,
    .rollback = avt_file_rollback,
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
