/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A body on its way to disk: an unnamed file (O_TMPFILE) with a running SHA-256 and its first bytes
 * kept. Whatever happens, SIGKILL included, nothing of it remains unless it is given a name. Only
 * where the file system has no unnamed files it has a hidden name, ".spool-PID-N", which a SIGKILL
 * leaves.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"

enum { AVT_SPOOL_HEAD_BYTES = 4096 };

struct avt_spool;

/** @return AVT_OK, AVT_ENOSPACE, AVT_EIO. */
AVT_CHECKED enum avt_code avt_spool_open(const char *folder, struct avt_spool **ret_spool,
                                         struct avt_error *reterr);
/** @return AVT_OK, AVT_ENOSPACE, AVT_EIO. */
AVT_CHECKED enum avt_code avt_spool_write(struct avt_spool *spool, const void *data, size_t size,
                                          struct avt_error *reterr);
/** No more writes; size and hash are final. Once. */
void avt_spool_finish(struct avt_spool *spool, char ret_sha256[AVT_SHA256_HEX_SIZE]);
int avt_spool_fd(const struct avt_spool *spool);
uint64_t avt_spool_size(const struct avt_spool *spool);
const uint8_t *avt_spool_head(const struct avt_spool *spool, size_t *ret_size);
/** Give the file a name that nothing has yet: see avt_http_part_keep(). */
AVT_CHECKED enum avt_code avt_spool_keep(int fd, const char *path, struct avt_error *reterr);
/** Does nothing for NULL. */
void avt_spool_free(struct avt_spool *spool);
AVT_DEFINE_FREEP(struct avt_spool, avt_spool_free)
