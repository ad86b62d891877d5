/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The target of a request line ("/jobs/job-1?limit=20") taken apart and checked. Nothing that
 * passes can climb out of a folder or mean something else to the next reader: each part is
 * percent-decoded exactly once, and must then be UTF-8 without control characters.
 */
#include <stdbool.h>
#include <stddef.h>

enum { AVT_TARGET_QUERY_MAX = 32, AVT_TARGET_SEGMENTS_MAX = 16 };

struct avt_target {
    char *text;    /* decoded path, "/" first; the storage of all below. Owned */
    bool asterisk; /* "*", for OPTIONS: no segments */
    size_t segment_count;
    const char *segments[AVT_TARGET_SEGMENTS_MAX]; /* decoded, never empty, "." or ".." */
    size_t query_count;
    struct {
        const char *name, *value;
    } query[AVT_TARGET_QUERY_MAX]; /* decoded, in order */
};

/**
 * Take `raw` apart: a path with or without a query, or a whole URL (its host is ignored), or "*".
 *
 * @param size  At most a limit of the caller's; about three times as much memory is used.
 * @param ret_why  On failure: what is wrong, for a person; never NULL then, static.
 * @return False if it is refused; *ret_target then owns nothing.
 */
bool avt_target_parse(const char *raw, size_t size, struct avt_target *ret_target,
                      const char **ret_why);
/** Frees what it owns, not the struct. */
void avt_target_done(struct avt_target *target);
