/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One line per request to standard error. Path templates instead of paths, and neither queries nor
 * bodies: no spoken text and no secret can be in it. */
#include "api/call.h"

void avt_access_log(const struct avt_call *call, const struct avt_http_finished *how);
