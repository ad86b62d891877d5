/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The frame of files in which engines keep what they made of a recording: a magic, the SHA-256 of the model and of the
 * recording (as 64 hexadecimal digits each), what the engine writes, and the SHA-256 of all that stands before it.
 * Numbers are little-endian.
 *
 * Threads: pure functions.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/hash.h"

/** Magic and the two digests. */
void avt_kept_voice_begin(struct avt_buf *out, const char *magic, const char model[AVT_SHA256_HEX_SIZE],
                          const char sound[AVT_SHA256_HEX_SIZE]);
/** A number of 1 to 4 bytes. */
void avt_kept_voice_number(struct avt_buf *out, size_t value, size_t bytes);
/** The digest of all that `out` holds. */
void avt_kept_voice_seal(struct avt_buf *out);

/** Check frame and digest.
 *  @param ret_cursor  What the engine wrote, borrowed from `data`.
 *  @return False: it is another file, or damaged. */
bool avt_kept_voice_open(const void *data, size_t size, const char *magic, struct avt_cursor *ret_cursor,
                         char ret_model[AVT_SHA256_HEX_SIZE], char ret_sound[AVT_SHA256_HEX_SIZE]);
