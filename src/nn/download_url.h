/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One file by libcurl. Private to nn. */
#include "nn/fetch_private.h"

/** Fetch a URL source to `path`; what lies there already is its beginning and is continued.
 *  @return AVT_OK, AVT_ENETWORK, AVT_ENOSPACE, AVT_EOUTPUT, AVT_ECANCELLED. */
AVT_CHECKED enum avt_code avt_download_url(const struct avt_fetch *fetch,
                                           const struct avt_source *source, const char *path,
                                           struct avt_error *reterr);
