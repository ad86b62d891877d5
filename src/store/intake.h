/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A file of this machine that is taken into the storage: opened once, told by its first bytes, and
 * copied and hashed at once, so that the hash is of what was kept even if the source changes
 * meanwhile.
 */
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "os/thread.h"

struct avt_intake {
    const char *path; /* borrowed; messages name it */
    int fd;
    const char *kind, *media_type; /* static, as avt_upload_sniff() */
    /* May be set before the copy. */
    int64_t size_bytes_max;          /* 0: any */
    const struct avt_cancel *cancel; /* NULL: goes on until the end */
    /* Known after it. */
    int64_t size_bytes;
    char sha256[AVT_SHA256_HEX_SIZE];
};

/** Fills all of *ret_intake, which needs avt_intake_done() also after a failure.
 *  @param path  Borrowed as long as *ret_intake lives.
 *  @return AVT_OK, AVT_ENOENT, AVT_EIO (no file, or not readable), AVT_EFORMAT (no picture, sound or
 *  video). */
AVT_CHECKED enum avt_code avt_intake_open(const char *path, struct avt_intake *ret_intake,
                                          struct avt_error *reterr);
/** The bytes as the new file `to`, which is there when whole and on disk, or not at all. Once only.
 *  @return AVT_OK, AVT_EIO, AVT_ELIMIT (too large), AVT_ECANCELLED, AVT_EOUTPUT, AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_intake_copy(struct avt_intake *intake, const char *to,
                                          struct avt_error *reterr);
void avt_intake_done(struct avt_intake *intake);
