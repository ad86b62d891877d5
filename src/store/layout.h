/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The folders of a storage, made with mode 0700, and what is in them by id:
 *
 *   outputs/<job id>/<lease token>/   what a claim of a job made; the token keeps a worker that lost its
 *                                     lease from writing over what the next one makes
 *   uploads/<upload id>/  avatars/<profile id>/  voices/<profile id>/
 *   run/                              sockets of workers, server.lock
 *   tmp/                              one folder per struct avt_tmp, held by a lock
 *
 * Ids are checked by pattern before they become part of a path: a function that takes an id gives NULL, or
 * AVT_ENOENT, for anything else. Paths are owned by the caller (avt_free).
 *
 * Threads: no state here; any number of threads and processes.
 */
#include <stdint.h>

#include "store/jobstore.h"

enum avt_layout_kind {
    AVT_LAYOUT_OUTPUTS, /* by job id */
    AVT_LAYOUT_UPLOADS, /* "up-" and 16 hex digits */
    AVT_LAYOUT_AVATARS, /* "ap-" and 8 */
    AVT_LAYOUT_VOICES,  /* "vp-" and 8 of a-z0-9 */
    AVT_LAYOUT_RUN,
    AVT_LAYOUT_TMP,
    AVT_LAYOUT_COUNT,
};
enum { AVT_LAYOUT_ID_SIZE = 28 };

/** Make the storage and its folders. @return AVT_OK, AVT_EOUTPUT, AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_layout_make(const char *storage, struct avt_error *reterr);
/** A folder of the storage: outputs, run, ... */
char *avt_layout_folder(const char *storage, enum avt_layout_kind kind);

/** A new id of an upload or profile. */
void avt_layout_id_make(enum avt_layout_kind kind, char ret_id[AVT_LAYOUT_ID_SIZE]);
bool avt_layout_id_valid(enum avt_layout_kind kind, const char *id);
/** The folder of that job, upload or profile, whether it exists or not. NULL for no id. */
char *avt_layout_path(const char *storage, enum avt_layout_kind kind, const char *id);
/** outputs/<job>/<token>. NULL for no id. */
char *avt_layout_output(const char *storage, const char *job, int64_t token);
/** The file that a job's result names: outputs/<job>/<file>, where `file` is "<token>/<name>" and the name
 *  a plain one (no folder, no leading dot). NULL for anything else. */
char *avt_layout_result(const char *storage, const char *job, const char *file);

/** Make the folder of an id. @return AVT_OK, AVT_ENOENT (no id), AVT_EOUTPUT, AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_layout_create(const char *storage, enum avt_layout_kind kind,
                                            const char *id, struct avt_error *reterr);
/** Remove the folder of an id with all that is in it; AVT_OK if there is none.
 *  @return AVT_OK, AVT_ENOENT (no id), AVT_EIO. *ret_bytes (may be NULL): size of the files removed. */
AVT_CHECKED enum avt_code avt_layout_remove(const char *storage, enum avt_layout_kind kind,
                                            const char *id, int64_t *ret_bytes,
                                            struct avt_error *reterr);
/** Size of the files under a folder of the storage; 0 if it is not there. */
int64_t avt_layout_bytes(const char *storage, enum avt_layout_kind kind);
/** Bytes that can still be written by this user; -1 if the system does not say. */
int64_t avt_layout_free_bytes(const char *storage);

/* ---- folders for work under way -------------------------------------------------------------- */

/** A folder in tmp/ that a sweep removes once the process that made it is gone, however it ended. */
struct avt_tmp;
AVT_CHECKED enum avt_code avt_tmp_new(const char *storage, struct avt_tmp **ret_tmp,
                                      struct avt_error *reterr);
/** Borrowed. */
const char *avt_tmp_path(const struct avt_tmp *tmp);
/** Removes the folder. Does nothing for NULL. */
void avt_tmp_free(struct avt_tmp *tmp);
AVT_DEFINE_FREEP(struct avt_tmp, avt_tmp_free)

/* ---- what nobody needs any more -------------------------------------------------------------- */

struct avt_sweep_result {
    long long folders;
    int64_t bytes;
};
/**
 * Remove what a crash, a lost lease or a deletion left: token folders of claims that are over (of a job
 * that runs or is completed, all but the last claim's; of any other job, all), outputs of jobs that are not
 * in the store, uploads without a record and unfinished profiles that were not touched for an hour, and tmp/
 * of dead processes. Names that are no ids are left alone, and so are profiles; and all outputs while the
 * store has no job at all, since then the store is rather new or lost. Safe while workers run.
 * @return AVT_OK, AVT_EIO (what can be removed is).
 */
AVT_CHECKED enum avt_code avt_layout_sweep(const char *storage, struct avt_jobstore *store,
                                           struct avt_sweep_result *ret_result,
                                           struct avt_error *reterr);

/* ---- one server per storage ------------------------------------------------------------------ */

struct avt_server_lock;
/** Take run/server.lock for as long as the process lives and write its id there.
 *  @return AVT_OK, AVT_EINVAL (another server has it; the sentence names its process), AVT_EIO. */
AVT_CHECKED enum avt_code avt_server_lock_take(const char *storage,
                                               struct avt_server_lock **ret_lock,
                                               struct avt_error *reterr);
void avt_server_lock_free(struct avt_server_lock *lock);
AVT_DEFINE_FREEP(struct avt_server_lock, avt_server_lock_free)
/** Process id of the server that holds the storage now; 0 if none does. */
int avt_server_lock_holder(const char *storage);
