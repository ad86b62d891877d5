/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Spooled files become uploads (store/upload.h); what records look like in answers. Private to the
 * API. */
#include "api/call.h"
#include "store/upload.h"

enum { AVT_UPLOADS_PER_KEY_MAX = 1000 };

/** Keep a spooled file that is of one of `kinds` ("image|audio|video"). False: it has answered (415, 422,
 *  429, 507). */
bool avt_upload_keep(struct avt_call *call, const struct avt_http_part *part, const char *kinds,
                     struct avt_upload *ret_upload);
/** Remove an upload of ours again; what fails is logged and left to the sweep. */
void avt_upload_drop(struct avt_api *api, const char *id);
/** A member of a record as text, or NULL. */
const char *avt_record_text(const struct avt_record *record, const char *name);
json_t *avt_json_time(int64_t ms); /* RFC 3339; null for 0. New reference */
/** Copy a member of a record, null if it has none. */
void avt_record_copy(json_t *to, const struct avt_record *record, const char *name);
