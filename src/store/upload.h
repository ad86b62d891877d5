/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Uploads: pictures, sounds and videos that jobs refer to by id. The bytes are uploads/<id>/data in
 * the storage, the facts a record of kind "upload". What a file is, its first bytes decide, never
 * its name. The API takes them in over HTTP, the commands from a file of this machine.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "store/jobstore.h"

enum {
    AVT_UPLOAD_ID_SIZE = 20,     /* "up-0123456789abcdef" + NUL */
    AVT_UPLOAD_HEAD_BYTES = 512, /* that avt_upload_sniff() needs at most */
};

struct avt_upload {
    char id[AVT_UPLOAD_ID_SIZE];
    char owner[AVT_JOB_OWNER_SIZE]; /* "" = nobody (local) */
    const char *kind;               /* "image", "audio", "video"; static */
    const char *media_type;         /* "image/png"; static */
    int64_t size_bytes;
    char sha256[AVT_SHA256_HEX_SIZE];
    int64_t created_ms, expires_ms; /* expires 0: never */
};

/** What a file that begins so is: kind and media type, static. False for what no job can use. */
bool avt_upload_sniff(const void *head, size_t size, const char **ret_kind,
                      const char **ret_media_type);

/** A new id, random. */
void avt_upload_id_make(char ret_id[AVT_UPLOAD_ID_SIZE]);
/** Checked before an id is used in any path or query. */
bool avt_upload_id_valid(const char *id);
/** <storage>/uploads/<id>/data. The id must be valid. Owned by the caller. */
char *avt_upload_path(const char *storage, const char *id);
/** Make <storage>/uploads/<id>, where the bytes then go. @return AVT_OK, AVT_EOUTPUT, AVT_ENOSPACE.
 */
AVT_CHECKED enum avt_code avt_upload_make_folder(const char *storage, const char *id,
                                                 struct avt_error *reterr);

/** Make it known, once its bytes are in place. id, owner, kind, media_type, size_bytes, sha256,
 * expires_ms are read; created_ms is filled in. As avt_jobstore_record_put(). */
AVT_CHECKED enum avt_code avt_upload_put(struct avt_jobstore *store, struct avt_upload *upload,
                                         struct avt_error *reterr);
/** AVT_ENOENT: none of this owner (NULL: any), or expired. */
AVT_CHECKED enum avt_code avt_upload_get(struct avt_jobstore *store, const char *id,
                                         const char *owner, struct avt_upload *ret_upload,
                                         struct avt_error *reterr);
/** Let it live at least until then: a job that waits needs it. AVT_ENOENT as above. */
AVT_CHECKED enum avt_code avt_upload_hold(struct avt_jobstore *store, const char *id,
                                          int64_t until_ms, struct avt_error *reterr);
/** Record first, then bytes: what is half removed is swept, not served. AVT_ENOENT as above. */
AVT_CHECKED enum avt_code avt_upload_remove(struct avt_jobstore *store, const char *storage,
                                            const char *id, const char *owner,
                                            struct avt_error *reterr);
/** "UploadResponse" of the API. New reference. */
json_t *avt_upload_view(const struct avt_upload *upload);

/** Whether a file of this machine is one that can be an upload, before it is sent anywhere.
 *  @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_EFORMAT. */
AVT_CHECKED enum avt_code avt_upload_check_file(const char *path, struct avt_error *reterr);

struct avt_upload_import_options {
    const char *storage;
    const char *owner;      /* NULL: nobody */
    int64_t keep_ms;        /* 0: for ever */
    int64_t size_bytes_max; /* 0: any */
};
/**
 * Take in a copy of a file.
 * @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_ELIMIT (too large), AVT_EFORMAT (no picture, sound or
 * video), AVT_EOUTPUT, AVT_ENOSPACE. Nothing is left behind on failure.
 */
AVT_CHECKED enum avt_code avt_upload_import(struct avt_jobstore *store,
                                            const struct avt_upload_import_options *options,
                                            const char *path, struct avt_upload *ret_upload,
                                            struct avt_error *reterr);
