/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a request for a file says about which bytes it wants, and whether at all (RFC 9110, 13 and
 * 14). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum avt_range {
    AVT_RANGE_WHOLE, /* no range, or one that is not understood: send everything */
    AVT_RANGE_PART,
    AVT_RANGE_UNSATISFIABLE, /* 416 */
};

/** Value of a Range header (NULL: none) for a representation of `size` bytes. Several ranges are
 * not understood, which is allowed. On AVT_RANGE_PART: *ret_offset + *ret_length <= size,
 * *ret_length > 0. */
enum avt_range avt_range_parse(const char *header, uint64_t size, uint64_t *ret_offset,
                               uint64_t *ret_length);

/** Is `etag` (with its quotes; "" = none) in the list of an If-Match or If-None-Match header, or is
 * that "*"? weak: W/"x" and "x" are the same. */
bool avt_etag_listed(const char *list, const char *etag, bool weak);

/** "Sun, 06 Nov 1994 08:49:37 GMT" to seconds since 1970; false for anything else. */
bool avt_http_date_parse(const char *text, int64_t *ret_s);
enum { AVT_HTTP_DATE_SIZE = 30 };
void avt_http_date_format(int64_t s, char ret_text[AVT_HTTP_DATE_SIZE]);

/** The conditional headers of a request; NULL where absent. */
struct avt_conditions {
    const char *if_match, *if_none_match, *if_modified_since, *if_unmodified_since;
    const char *range, *if_range;
};
/** Status for a file: 200, 206, 304, 412 or 416. Offset and length are set for 200 and 206. */
int avt_conditions_judge(const struct avt_conditions *conditions, uint64_t size, const char *etag,
                         int64_t modified_s, uint64_t *ret_offset, uint64_t *ret_length);
