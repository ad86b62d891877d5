/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Style packs, mapped and kept: a worker speaks with the same few voices again and again. A pack
 * that was replaced or deleted since is never given out: each look compares device, inode, size and
 * time of the file. (As long as a file is mapped, no other gets its inode.)
 *
 * Threads: one at a time.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

struct avt_packs;

struct avt_packs *avt_packs_new(void);
void avt_packs_free(struct avt_packs *packs);

/**
 * The pack in a file, [510, 1, 256] f32, little-endian.
 * @param ret_pack  Borrowed; good until the pack of 16 others was asked for.
 * @return AVT_OK; AVT_ENOENT, AVT_EIO; AVT_EFORMAT for what no pack can hold.
 */
AVT_CHECKED enum avt_code avt_packs_get(struct avt_packs *packs, const char *path,
                                        const struct avt_map **ret_pack, struct avt_error *reterr);
