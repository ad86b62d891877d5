/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Who asks, and may they? Private to the API. */
#include "api/call.h"

/** Finds the key of the request and fills call->key_id, owner, granted, jobs_max. False: it has
 * answered (401, 403). Without any key in the store everybody who can reach the server may do
 * everything. */
bool avt_auth_check(struct avt_call *call);
/** Counts the request against the key's rate, with the RateLimit headers. False: it has answered
 * (429). */
bool avt_auth_limit(struct avt_call *call);
/** True once the store holds a key, revoked ones included: looked up at most once a second. */
bool avt_auth_keys_exist(struct avt_api *api);
/** False (429) if the key has as many jobs waiting and running as it may. */
bool avt_auth_may_submit(struct avt_call *call);
