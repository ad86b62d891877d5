/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Webhooks: a job that ended and names a webhook_url gets a second job, of type webhook, whose work
 * is to deliver the news. So deliveries survive whatever jobs survive, and are tried again with
 * backoff for about a day. Signed as Standard Webhooks: headers webhook-id, webhook-timestamp,
 * webhook-signature
 * ("v1,<Base64 of HMAC-SHA256 over id.timestamp.body>").
 */
#include "base/json.h"
#include "store/jobstore.h"

enum {
    AVT_WEBHOOK_ATTEMPTS = 15, /* with avt_retry_delay_ms(): a little over a day */
    AVT_WEBHOOK_TIMEOUT_MS = 15000,
    AVT_WEBHOOK_SECRET_MIN = 24, /* bytes, decoded */
    AVT_WEBHOOK_SECRET_MAX = 64,
};

/**
 * Put on the delivery for a job in a final state, if it has a webhook_url. Once per job, however
 * often and from wherever it is called.
 * @return AVT_OK (also if there is nothing to do), or as avt_jobstore_submit().
 */
AVT_CHECKED enum avt_code avt_webhook_enqueue(struct avt_jobstore *store, const struct avt_job *job,
                                              struct avt_error *reterr);

struct avt_webhook_options {
    const char *secret;              /* "whsec_<Base64>"; NULL: deliveries are not signed */
    bool allow_private;              /* private, local and link-local addresses too */
    const struct avt_cancel *cancel; /* or NULL */
};
/**
 * Do a job of type webhook.
 * @param ret_result  {"status": HTTP status}; owned. Set on success.
 * @return AVT_OK: taken (any 2xx), or the job it is about is gone; AVT_EINVAL: no use to try again
 * (410, an address that is not allowed, a secret that is none); AVT_ENETWORK: try again;
 * AVT_ECANCELLED.
 */
AVT_CHECKED enum avt_code avt_webhook_deliver(struct avt_jobstore *store,
                                              const struct avt_job *delivery,
                                              const struct avt_webhook_options *options,
                                              json_t **ret_result, struct avt_error *reterr);
/** The signature header for a message. False if the secret is none. @param ret_text  [64] */
bool avt_webhook_sign(const char *secret, const char *id, const char *timestamp, const char *body,
                      char ret_text[64]);
