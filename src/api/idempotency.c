/* SPDX-License-Identifier: Apache-2.0 */
#include "api/idempotency.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

/* Records hold 256 KiB; an answer that is longer is not kept, and then the work is done again. */
enum { ANSWER_BYTES_MAX = 200 << 10 };

struct avt_inflight {
    struct avt_inflight *next;
    char id[AVT_RECORD_ID_SIZE];
};

/* Operations whose key goes to the store with the job. */
static bool makes_job(const struct avt_call *call)
{
    static const char *const ids[] = {"submit_job", "synthesize_voice", "detect_faces",
                                      "lipsync_video", "encode_video", "create_speech"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
        if (avt_str_equal(ids[i], call->binding->operation->id))
            return true;
    }
    return false;
}

static void hash_request(struct avt_call *call)
{
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    const char *path = avt_http_path(call->request);
    avt_sha256_update(hash, path, strlen(path) + 1);
    if (call->binding->operation->body == AVT_HTTP_BODY_JSON) {
        size_t size = 0;
        const char *data = avt_http_json(call->request, &size);
        avt_sha256_update(hash, data, size);
    }
    for (size_t i = 0; i < avt_http_part_count(call->request); i++) {
        const struct avt_http_part *part = avt_http_part(call->request, i);
        avt_sha256_update(hash, part->name, strlen(part->name) + 1);
        avt_sha256_update(hash, part->sha256, strlen(part->sha256));
        if (part->value)
            avt_sha256_update(hash, part->value, (size_t)part->size);
    }
    avt_sha256_finish(hash, call->request_sha256);
}

static void name_record(struct avt_call *call)
{
    AVT_CLEANUP(avt_freep)
    char *text =
        avt_asprintf("%s %s %s", call->binding->operation->id, call->key_id, call->idempotency_key);
    char hex[AVT_SHA256_HEX_SIZE];
    avt_sha256_data(text, strlen(text), hex);
    enum { ID_CHARS = 48 };
    memcpy(call->record_id, hex, ID_CHARS);
    call->record_id[ID_CHARS] = '\0';
}

static bool enter(struct avt_call *call)
{
    bool taken = false;
    avt_mutex_lock(call->api->inflight_lock);
    for (struct avt_inflight *one = call->api->inflight; one && !taken; one = one->next)
        taken = avt_str_equal(one->id, call->record_id);
    if (!taken) {
        struct avt_inflight *one = avt_new0(struct avt_inflight, 1);
        memcpy(one->id, call->record_id, sizeof(one->id));
        one->next = call->api->inflight;
        call->api->inflight = one;
    }
    avt_mutex_unlock(call->api->inflight_lock);
    call->inflight = !taken;
    return !taken;
}

void avt_idempotency_done(struct avt_call *call)
{
    if (!call->inflight)
        return;
    avt_mutex_lock(call->api->inflight_lock);
    for (struct avt_inflight **at = &call->api->inflight; *at; at = &(*at)->next) {
        struct avt_inflight *one = *at;
        if (avt_str_equal(one->id, call->record_id)) {
            *at = one->next;
            avt_free(one);
            break;
        }
    }
    avt_mutex_unlock(call->api->inflight_lock);
    call->inflight = false;
}

/* Answer with what was kept. */
static void replay(struct avt_call *call, const json_t *kept)
{
    const char *sha256 = json_string_value(json_object_get(kept, "request_sha256"));
    const char *body = json_string_value(json_object_get(kept, "body"));
    const char *location = json_string_value(json_object_get(kept, "location"));
    if (!sha256 || !body || !avt_str_equal(sha256, call->request_sha256)) {
        avt_call_problem(call, 422, "idempotency_key_reused",
                         "this Idempotency-Key was used for another request; make up a new one");
        return;
    }
    avt_http_add_header(call->request, "Idempotency-Replayed", "true");
    if (location)
        avt_http_add_header(call->request, "Location", location);
    avt_http_answer(call->request, (int)json_integer_value(json_object_get(kept, "status")),
                    "application/json", body, strlen(body));
}

bool avt_idempotency_begin(struct avt_call *call)
{
    call->idempotency_key = avt_call_text(call, "Idempotency-Key");
    if (!call->idempotency_key)
        return true;
    hash_request(call);
    name_record(call);
    if (!enter(call)) {
        avt_http_add_header(call->request, "Retry-After", "1");
        avt_call_problem(call, 409, "idempotency_key_in_use",
                         "a request with this Idempotency-Key is being worked on; ask again soon");
        return false;
    }
    if (makes_job(call))
        return true;
    struct avt_record record = {0};
    struct avt_error error = {0};
    enum avt_code code = avt_jobstore_record_get(call->api->options.store, "answer",
                                                 call->record_id, NULL, &record, &error);
    if (code == AVT_ENOENT)
        return true;
    if (code == AVT_OK)
        replay(call, record.data);
    else
        avt_call_error(call, &error);
    avt_record_done(&record);
    return false;
}

void avt_idempotency_keep(struct avt_call *call, int status, const char *body)
{
    if (!call->inflight || makes_job(call) || status < 200 || status > 299 ||
        strlen(body) > ANSWER_BYTES_MAX)
        return;
    struct avt_record record = {.kind = "answer"};
    memcpy(record.id, call->record_id, sizeof(record.id));
    memcpy(record.owner, call->key_id, sizeof(record.owner));
    record.expires_ms = avt_jobstore_now_ms(call->api->options.store) + AVT_IDEMPOTENCY_KEEP_MS;
    record.data = json_pack("{s:s, s:i, s:s, s:s?}", "request_sha256", call->request_sha256,
                            "status", status, "body", body, "location", call->location);
    struct avt_error error = {0};
    /* The work is done: an answer that cannot be kept is still the answer. */
    if (avt_jobstore_record_put(call->api->options.store, &record, &error) != AVT_OK)
        avt_log(AVT_LOG_WARN, "an answer is not kept for its Idempotency-Key: %s", error.message);
    avt_record_done(&record);
}

const struct avt_jobstore_idempotency *avt_idempotency_of_job(struct avt_call *call)
{
    if (!call->idempotency_key)
        return NULL;
    struct avt_jobstore_idempotency *idempotency =
        avt_http_alloc(call->request, sizeof(*idempotency));
    idempotency->key = call->idempotency_key;
    idempotency->scope =
        avt_http_printf(call->request, "%s %s", call->binding->operation->id, call->key_id);
    memcpy(idempotency->request_sha256, call->request_sha256, sizeof(call->request_sha256));
    return idempotency;
}
