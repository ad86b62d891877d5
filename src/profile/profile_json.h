/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A profile as JSON, and its pack checked; shared by profile.c and profile_file.c, for nobody else.
 */
#include "base/json.h"
#include "profile/profile.h"

/** Owned by the caller. */
json_t *avt_profile_to_json(const struct avt_profile *profile);
/** @return AVT_OK, AVT_EFORMAT (message names the key). */
AVT_CHECKED enum avt_code avt_profile_from_json(const json_t *json, struct avt_profile *ret_profile,
                                                struct avt_error *reterr);
/** Whether pack[510 * 256] holds numbers that a style can have. */
bool avt_profile_pack_sound(const float *pack);
/** One line more in the audit log. A log that cannot be written is an error: consent has to be on
 * record.
 *  @return AVT_OK, AVT_EOUTPUT, AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_profile_audit(const struct avt_profile_home *home,
                                            const char *action,
                                            const struct avt_profile *profile,
                                            struct avt_error *reterr);
