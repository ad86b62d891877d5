/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * API keys: "avt_<id>_<secret>", 8 hex digits and 43 letters and digits (256 bits). Only the SHA-256 of
 * the secret is kept, which is enough for one that cannot be guessed. The id is the owner of what the key
 * makes (avt_job.owner) and no secret.
 */
#include <stdint.h>

#include "store/jobstore.h"

enum avt_scope {
    AVT_SCOPE_READ = 1,   /* look at what is its own */
    AVT_SCOPE_SUBMIT = 2, /* put on, cancel and delete work, uploads and profiles of its own */
    AVT_SCOPE_ADMIN = 4,  /* all of it, of every owner */
    AVT_SCOPE_ALL = 7,
};

enum {
    AVT_KEY_ID_SIZE = 9,
    AVT_KEY_TEXT_SIZE = 57, /* "avt_" 8 "_" 43 NUL */
    AVT_KEYS_MAX = 10000,
    AVT_KEY_RATE_MAX = 1000000,
};

struct avt_key {
    char id[AVT_KEY_ID_SIZE];
    char label[64];          /* for people; "" = none */
    unsigned scopes;         /* of enum avt_scope */
    int64_t created_ms;
    int64_t expires_ms;      /* 0: never */
    int64_t last_used_ms;    /* to the minute; 0: never */
    int requests_per_minute; /* 0: the server's own limit */
    int concurrent_jobs;     /* pending and running; 0: the server's own limit */
};

/** "read", "submit", "admin", several with commas. False for anything else, and for none. */
bool avt_scopes_parse(const char *text, unsigned *ret_scopes);
/** "read,submit"; room for all. */
void avt_scopes_format(unsigned scopes, char ret_text[24]);

/**
 * Make a key. label, scopes (at least one), expires_ms and the limits are read from `key`; id and
 * created_ms are filled in. `ret_text` is shown once and kept nowhere.
 * @return AVT_OK, AVT_EINVAL (a field), AVT_ELIMIT (AVT_KEYS_MAX), AVT_EIO, AVT_ENOSPACE.
 */
AVT_CHECKED enum avt_code avt_keys_create(struct avt_jobstore *store, struct avt_key *key,
                                          char ret_text[AVT_KEY_TEXT_SIZE],
                                          struct avt_error *reterr);
/** The key that `text` is. AVT_ENOENT for every reason why it is none (form, unknown, revoked, expired, wrong
 *  secret), with the same sentence. Notes the use, once a minute at most. */
AVT_CHECKED enum avt_code avt_keys_verify(struct avt_jobstore *store, const char *text,
                                          struct avt_key *ret_key, struct avt_error *reterr);
/** What the key of this id may do. AVT_ENOENT: there is none (any more). */
AVT_CHECKED enum avt_code avt_keys_scopes(struct avt_jobstore *store, const char *id,
                                          unsigned *ret_scopes, struct avt_error *reterr);
/** Newest first; the array is the caller's (avt_free). Expired ones are not among them. */
AVT_CHECKED enum avt_code avt_keys_list(struct avt_jobstore *store, struct avt_key **ret_keys,
                                        size_t *ret_count, struct avt_error *reterr);
/** At once, for every process. AVT_ENOENT. */
AVT_CHECKED enum avt_code avt_keys_revoke(struct avt_jobstore *store, const char *id,
                                          struct avt_error *reterr);
/** As the API and --json print it: no secret, and no hash of it. New reference. */
json_t *avt_key_to_json(const struct avt_key *key);
