/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/webhook.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/client.h"

#define SECRET_PREFIX "whsec_"

enum { ANSWER_BYTES_MAX = 64 << 10 };

/* ---- putting on ---------------------------------------------------------------------------------
 */

enum avt_code avt_webhook_enqueue(struct avt_jobstore *store, const struct avt_job *job,
                                  struct avt_error *reterr)
{
    if (!job->webhook_url[0] || !avt_job_status_final(job->status) || job->type == AVT_JOB_WEBHOOK)
        return AVT_OK;
    struct avt_job delivery = {.type = AVT_JOB_WEBHOOK, .attempts_max = AVT_WEBHOOK_ATTEMPTS};
    delivery.params = json_pack("{s:s, s:s, s:s}", "url", job->webhook_url, "job", job->id, "event",
                                avt_job_status_name(job->status));
    memcpy(delivery.owner, job->owner, sizeof(delivery.owner));
    memcpy(delivery.request_id, job->request_id, sizeof(delivery.request_id));
    /* The same request twice is one delivery. */
    struct avt_jobstore_idempotency once = {.key = job->id, .scope = "webhook"};
    avt_sha256_data(job->webhook_url, strlen(job->webhook_url), once.request_sha256);
    bool replayed;
    enum avt_code code = avt_jobstore_submit(store, &delivery, &once, &replayed, reterr);
    avt_job_done(&delivery);
    return code;
}

/* ---- delivering ---------------------------------------------------------------------------------
 */

bool avt_webhook_sign(const char *secret, const char *id, const char *timestamp, const char *body,
                      char ret_text[64])
{
    uint8_t key[AVT_WEBHOOK_SECRET_MAX], mac[AVT_SHA256_SIZE];
    char text[AVT_BASE64_SIZE(AVT_SHA256_SIZE)];
    size_t size = 0;
    if (!avt_str_starts(secret, SECRET_PREFIX) ||
        !avt_base64_decode(secret + strlen(SECRET_PREFIX), key, sizeof(key), &size) ||
        size < AVT_WEBHOOK_SECRET_MIN)
        return false;
    AVT_CLEANUP(avt_freep) char *message = avt_asprintf("%s.%s.%s", id, timestamp, body);
    avt_hmac_sha256(key, size, message, strlen(message), mac);
    avt_base64_encode(mac, sizeof(mac), text);
    snprintf(ret_text, 64, "v1,%s", text);
    return true;
}

/* The message: what happened, and the job as GET /jobs/{id} has it. NULL if the job is gone. */
static char *message_of(struct avt_jobstore *store, const char *id, const char *event,
                        enum avt_code *ret_code, struct avt_error *reterr)
{
    struct avt_job job = {0};
    *ret_code = avt_jobstore_get(store, id, NULL, &job, reterr);
    if (*ret_code != AVT_OK)
        return NULL;
    char at[AVT_TIME_SIZE];
    avt_time_format_ms(job.finished_ms, at);
    AVT_CLEANUP(avt_freep) char *type = avt_asprintf("job.%s", event);
    AVT_CLEANUP(avt_json_decrefp)
    json_t *message = json_pack("{s:s, s:s, s:{s:o}}", "type", type, "timestamp", at, "data", "job",
                                avt_job_to_json(&job, false));
    avt_job_done(&job);
    return json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(9));
}

static enum avt_code judge(const struct avt_net_response *response, json_t **ret_result,
                           struct avt_error *reterr)
{
    enum { GONE = 410 };
    if (response->status >= 200 && response->status < 300) {
        *ret_result = json_pack("{s:i}", "status", response->status);
        return AVT_OK;
    }
    if (response->status == GONE)
        return avt_fail(reterr, AVT_EINVAL,
                        "the webhook answered 410: it is gone, and not tried again");
    return avt_fail(reterr, AVT_ENETWORK, "the webhook answered %d instead of 2xx",
                    response->status);
}

static enum avt_code post(const char *url, const char *id, const char *body,
                          const struct avt_webhook_options *options, json_t **ret_result,
                          struct avt_error *reterr)
{
    char timestamp[24], signature[64];
    snprintf(timestamp, sizeof(timestamp), "%lld", (long long)(avt_time_now_ms() / 1000));
    bool sign = options->secret && *options->secret;
    if (sign && !avt_webhook_sign(options->secret, id, timestamp, body, signature))
        return avt_fail(reterr, AVT_EINVAL,
                        "the webhook secret is not whsec_ and %d to %d bytes in Base64",
                        AVT_WEBHOOK_SECRET_MIN, AVT_WEBHOOK_SECRET_MAX);
    AVT_CLEANUP(avt_freep) char *id_header = avt_asprintf("webhook-id: %s", id);
    AVT_CLEANUP(avt_freep) char *time_header = avt_asprintf("webhook-timestamp: %s", timestamp);
    AVT_CLEANUP(avt_freep)
    char *sign_header = sign ? avt_asprintf("webhook-signature: %s", signature) : NULL;
    const char *const headers[] = {"Content-Type: application/json",
                                   "User-Agent: avatar-webhook",
                                   id_header,
                                   time_header,
                                   sign_header,
                                   NULL};
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.url = url;
    request.headers = headers;
    request.body = body;
    request.body_size = strlen(body);
    request.size_max = ANSWER_BYTES_MAX;
    request.timeout_ms = AVT_WEBHOOK_TIMEOUT_MS;
    request.guarded = !options->allow_private;
    request.cancel = options->cancel;
    struct avt_net_response response = {0};
    enum avt_code code = avt_net_perform(&request, &response, reterr);
    if (code != AVT_OK)
        return code;
    code = judge(&response, ret_result, reterr);
    avt_net_response_done(&response);
    return code;
}

enum avt_code avt_webhook_deliver(struct avt_jobstore *store, const struct avt_job *delivery,
                                  const struct avt_webhook_options *options, json_t **ret_result,
                                  struct avt_error *reterr)
{
    const char *url = json_string_value(json_object_get(delivery->params, "url"));
    const char *job = json_string_value(json_object_get(delivery->params, "job"));
    const char *event = json_string_value(json_object_get(delivery->params, "event"));
    enum avt_code code = AVT_OK;
    if (!url || !job || !event || !avt_job_id_valid(job))
        return avt_fail(reterr, AVT_EINVAL, "the delivery '%s' does not say what to where",
                        delivery->id);
    AVT_CLEANUP(avt_freep) char *body = message_of(store, job, event, &code, reterr);
    if (code == AVT_ENOENT) {
        *ret_result = json_pack("{s:n, s:s}", "status", "note", "the job was removed meanwhile");
        return AVT_OK;
    }
    if (!body)
        return code;
    AVT_CLEANUP(avt_freep) char *id = avt_asprintf("msg_%s", delivery->id);
    return post(url, id, body, options, ret_result, reterr);
}
