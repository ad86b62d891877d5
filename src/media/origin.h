/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where a film comes from, in a form that machines read: IPTC's digital source type, the program,
 * the voice and the face, as an XMP packet and as plain container tags. Private to media.
 */
#include <libavutil/dict.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "media/film.h"

enum { AVT_ORIGIN_CODE_SIZE = 64, AVT_XMP_BYTES_MAX = 1 << 16 };

/** "avatar 0.1.0" */
const char *avt_origin_program(void);
/** One line for containers that take a single comment; owned by the caller (avt_free). */
char *avt_origin_comment(const struct avt_origin *origin);
/** The XMP packet, owned by the caller (avt_free). */
char *avt_origin_xmp(const struct avt_origin *origin);
/** title, comment, digital_source_type, software, voice and face, those that are known. */
void avt_origin_tags(const struct avt_origin *origin, AVDictionary **tags);
/** The code after the first IPTC digital source type URI in `text`; false if there is none. */
bool avt_origin_find(const char *text, size_t size, char ret_code[AVT_ORIGIN_CODE_SIZE]);

/** Append the XMP packet to a finished MP4 or MOV file as a top-level uuid box. */
AVT_CHECKED enum avt_code avt_origin_append_box(int fd, const struct avt_origin *origin,
                                                struct avt_error *reterr);
/** The code in the XMP box of an MP4 or MOV file; false if it has none. */
bool avt_origin_read_box(int fd, char ret_code[AVT_ORIGIN_CODE_SIZE]);
