/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A note inside a PNG picture, under a keyword: text that picture viewers pass over and editors mostly keep. */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "media/still.h"

enum { AVT_STILL_NOTE_MAX = 64 << 10 };

/** `png` with the note behind its header, into `ret_png`. @return AVT_OK, AVT_ELIMIT (ret_png is full),
 *  AVT_EINTERNAL (no PNG; key over 79 bytes, text over AVT_STILL_NOTE_MAX). */
AVT_CHECKED enum avt_code avt_still_note_add(const uint8_t *png, size_t size, const char *key, const char *text,
                                             struct avt_buf *ret_png, struct avt_error *reterr);
/** The first note under `key` in bytes that may be anything. NULL: none. Owned: avt_free(). Fuzzed. */
char *avt_still_note_find(const uint8_t *png, size_t size, const char *key);
/** The same of a file; NULL too if it cannot be read. */
char *avt_still_note_read(const char *path, const char *key);
