/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Spooled files become uploads (store/upload.h). Private to the API. */
#include "api/call.h"
#include "store/upload.h"

enum { AVT_UPLOADS_PER_KEY_MAX = 1000 };

/** Keep a spooled file that is of one of `kinds` ("image|audio|video"). False: it has answered (415, 422,
 *  429, 507). */
bool avt_upload_keep(struct avt_call *call, const struct avt_http_part *part, const char *kinds,
                     struct avt_upload *ret_upload);
/** Remove an upload of ours again; what fails is logged and left to the sweep. */
void avt_upload_drop(struct avt_api *api, const char *id);
