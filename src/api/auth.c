/* SPDX-License-Identifier: Apache-2.0 */
#include "api/auth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/keys.h"

enum { LOOK_EVERY_MS = 1000 };

/* Keys may be made by a command at any time; that there are some is remembered, so that revoking
 * the last one does not open the door. */
bool avt_auth_keys_exist(struct avt_api *api)
{
    if (atomic_load(&api->keys_exist))
        return true;
    long long now_ms = (long long)(avt_now_s() * 1000),
              looked_ms = atomic_load(&api->keys_looked_ms);
    if (looked_ms != 0 && now_ms - looked_ms < LOOK_EVERY_MS)
        return false;
    atomic_store(&api->keys_looked_ms, now_ms);
    struct avt_key *keys = NULL;
    size_t count = 0;
    struct avt_error error = {0};
    /* A store that does not answer must not open the door either. */
    bool some = avt_keys_list(api->options.store, &keys, &count, &error) != AVT_OK || count > 0;
    avt_free(keys);
    if (some && error.code == AVT_OK)
        atomic_store(&api->keys_exist, true);
    return some;
}

/* The key as sent; NULL without one. Borrowed from the request. */
static const char *key_text(const struct avt_call *call)
{
    const char *authorization = avt_http_header(call->request, "Authorization");
    enum { SCHEME = 7 };
    if (authorization && strncasecmp(authorization, "Bearer ", SCHEME) == 0)
        return authorization + SCHEME + strspn(authorization + SCHEME, " ");
    return avt_http_header(call->request, "X-Api-Key");
}

static void take_key(struct avt_call *call, const struct avt_key *key)
{
    memcpy(call->key_id, key->id, sizeof(key->id));
    call->granted = key->scopes & AVT_SCOPE_ADMIN    ? AVT_NEEDS_ADMIN
                    : key->scopes & AVT_SCOPE_SUBMIT ? AVT_NEEDS_SUBMIT
                                                     : AVT_NEEDS_READ;
    call->owner = call->granted == AVT_NEEDS_ADMIN ? NULL : call->key_id;
    call->rate_per_min = key->requests_per_minute > 0 ? (unsigned)key->requests_per_minute
                                                      : call->api->options.rate_per_min;
    call->jobs_max =
        key->concurrent_jobs > 0 ? (unsigned)key->concurrent_jobs : call->api->options.jobs_per_key;
}

/* OpenAI's clients cannot do without a key: while there is none, what is none of ours says nothing. */
static bool is_made_up(const struct avt_call *call, const char *text)
{
    return avt_str_starts(call->binding->operation->path, "/v1/") && !avt_str_starts(text, "avt_");
}

static bool verify(struct avt_call *call, const char *text)
{
    struct avt_key key;
    struct avt_error error = {0};
    enum avt_code code = avt_keys_verify(call->api->options.store, text, &key, &error);
    if (code == AVT_OK) {
        atomic_store(&call->api->keys_exist, true);
        take_key(call, &key);
    }
    if (code == AVT_ENOENT)
        avt_call_problem(call, 401, "unauthorized", "%s", error.message);
    else if (code != AVT_OK)
        avt_call_error(call, &error);
    return code == AVT_OK;
}

bool avt_auth_check(struct avt_call *call)
{
    static const char *const names[] = {"", "read", "submit", "admin"};
    enum avt_api_needs needs = call->binding->operation->needs;
    const char *text = key_text(call);
    call->rate_per_min = call->api->options.rate_per_min;
    if (needs == AVT_NEEDS_NOTHING)
        return true;
    /* A key that is shown is looked at whether it is needed or not: it may be the first, just made.
     */
    if ((!text || is_made_up(call, text)) && !avt_auth_keys_exist(call->api)) {
        call->granted = AVT_NEEDS_ADMIN;
        return true;
    }
    if (!text) {
        avt_call_problem(call, 401, "unauthorized",
                         "this needs a key: send it as 'Authorization: Bearer avt_...' or as "
                         "'X-Api-Key: avt_...'; `avatar keys create` makes one");
        return false;
    }
    if (!verify(call, text))
        return false;
    if (call->granted >= needs)
        return true;
    avt_call_problem(call, 403, "forbidden", "this needs a key with the scope %s", names[needs]);
    return false;
}

bool avt_auth_limit(struct avt_call *call)
{
    unsigned per_minute = call->rate_per_min;
    if (per_minute == 0 || call->binding->operation->needs == AVT_NEEDS_NOTHING)
        return true;
    const char *who = *call->key_id ? call->key_id : avt_http_peer(call->request);
    struct avt_limit_state state =
        avt_limiter_take(call->api->limiter, who, per_minute, avt_now_s());
    char text[64];
    snprintf(text, sizeof(text), "\"default\";q=%u;w=60", per_minute);
    avt_http_add_header(call->request, "RateLimit-Policy", text);
    snprintf(text, sizeof(text), "\"default\";r=%u;t=%u", state.left,
             state.left > 0 ? 60u / per_minute : (unsigned)ceil(state.retry_s));
    avt_http_add_header(call->request, "RateLimit", text);
    if (state.allowed)
        return true;
    snprintf(text, sizeof(text), "%u", (unsigned)fmax(1, ceil(state.retry_s)));
    avt_http_add_header(call->request, "Retry-After", text);
    avt_call_problem(call, 429, "rate_limited",
                     "more than %u requests a minute; come again in %s s", per_minute, text);
    return false;
}

bool avt_auth_may_submit(struct avt_call *call)
{
    struct avt_job_stats stats;
    struct avt_error error = {0};
    if (call->jobs_max == 0)
        return true;
    if (avt_jobstore_stats(call->api->options.store, call->key_id, &stats, &error) != AVT_OK) {
        avt_call_error(call, &error);
        return false;
    }
    long long active = 0;
    for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++)
        active += stats.count[t][AVT_JOB_PENDING] + stats.count[t][AVT_JOB_RUNNING];
    if (active < call->jobs_max)
        return true;
    avt_http_add_header(call->request, "Retry-After", "10");
    avt_call_problem(
        call, 429, "too_many_jobs",
        "this key has %lld jobs waiting or running, and may have %u; wait until one ends", active,
        call->jobs_max);
    return false;
}
