/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A picture becomes an avatar profile: one that was given (avatar add, import), and one that this program made
 * (avatar generate, jobs of type avatar_generate).
 */
#include <avatar/avatar.h>

#include "base/json.h"
#include "store/avatar.h"

/** Where a profile goes; all borrowed. */
struct avt_keep {
    struct avt_context *context; /* that makes the thumbnail */
    struct avt_jobstore *store;
    const char *storage;
    const char *owner; /* id of a key; "": nobody's */
    const char *wish;  /* the id it gets if no other has it; NULL: a new one */
};

/** @param about       As avt_avatar_draft_commit(); borrowed.
 *  @param ret_record  avt_record_done(). Untouched on failure, which leaves nothing.
 *  @return AVT_OK, AVT_ECANCELLED (intake->cancel), as avt_avatar_draft_new(), _copy() and _commit() and
 *  avt_picture_thumbnail(). */
AVT_CHECKED enum avt_code avt_keep_picture(const struct avt_keep *keep, struct avt_intake *intake, json_t *about,
                                           struct avt_record *ret_record, struct avt_error *reterr);

/** What a record says of one whom avt_avatar_generate() made.
 *  @param result  What the call told, with width and height.
 *  @param prompt  NULL: attributes alone said who it is.
 *  @param job_id  NULL: a command made it.
 *  @return a new reference. */
json_t *avt_keep_about_generated(const json_t *result, const char *name, const char *prompt, bool is_diffused,
                                 const char *job_id);
