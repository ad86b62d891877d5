/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A strict streaming parser of multipart/form-data (RFC 7578): bytes go in as they come, parts go
 * out through callbacks. It keeps nothing but the headers of the part at hand.
 *
 * Strict: lines end with CRLF, the first delimiter comes first, every part has a
 * Content-Disposition form-data with a name, no Content-Transfer-Encoding, no nested multipart.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
    AVT_MULTIPART_BOUNDARY_MAX = 70, /* RFC 2046 */
    AVT_MULTIPART_HEADER_BYTES_MAX = 4096,
    AVT_MULTIPART_NAME_MAX = 256,
};

struct avt_multipart;

struct avt_multipart_part {
    const char *name;       /* UTF-8 without control characters */
    const char *filename;   /* likewise; NULL: none was given */
    const char *media_type; /* "" if none was given */
};

/** Each returns AVT_OK to go on; anything else ends the parse with that code. */
struct avt_multipart_calls {
    enum avt_code (*begin)(const struct avt_multipart_part *part, void *user,
                           struct avt_error *reterr);
    enum avt_code (*data)(const char *data, size_t size, void *user, struct avt_error *reterr);
    enum avt_code (*end)(void *user, struct avt_error *reterr);
};

/** The boundary in a Content-Type value: false if it is no multipart/form-data with a good one. */
bool avt_multipart_boundary(const char *content_type,
                            char ret_boundary[AVT_MULTIPART_BOUNDARY_MAX + 1]);

/** `calls` is borrowed for the parser's life. */
struct avt_multipart *avt_multipart_new(const char *boundary,
                                        const struct avt_multipart_calls *calls, void *user);
/** @return AVT_OK, AVT_EFORMAT, AVT_ELIMIT (headers of a part), or what a callback returned; after
 * an error nothing more may be fed. */
AVT_CHECKED enum avt_code avt_multipart_feed(struct avt_multipart *parser, const char *data,
                                             size_t size, struct avt_error *reterr);
/** The body is over. AVT_EFORMAT unless the last delimiter was seen. */
AVT_CHECKED enum avt_code avt_multipart_finish(struct avt_multipart *parser,
                                               struct avt_error *reterr);
void avt_multipart_free(struct avt_multipart *parser);
AVT_DEFINE_FREEP(struct avt_multipart, avt_multipart_free)
