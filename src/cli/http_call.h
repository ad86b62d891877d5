/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Requests to the REST API of a server, with its key: JSON in, JSON out, and its errors turned into
 * the codes that the same failure has without a server.
 */
#include "cli/cli.h"
#include "net/client.h"

struct avt_http_call {
    char *base;          /* "http://host:8000", without a slash at the end. Owned */
    char *key;           /* header "Authorization: Bearer ..."; NULL: no key. Owned */
    struct avt_cli *cli; /* shows the progress of long transfers */
};

/** With the key of --key. AVT_EINVAL: not an http URL. Free with avt_http_call_done() in any case.
 */
AVT_CHECKED enum avt_code avt_http_call_init(struct avt_http_call *call, struct avt_cli *cli,
                                             const char *url, struct avt_error *reterr);
void avt_http_call_done(struct avt_http_call *call);

/**
 * @param body      NULL: none.
 * @param ret_json  The answer; NULL: not wanted. A new reference.
 * @return what avt_http_call_error() makes of it, or AVT_EFORMAT: the answer is not of our API.
 */
AVT_CHECKED enum avt_code avt_http_call(struct avt_http_call *call, const char *method,
                                        const char *path, const json_t *body, json_t **ret_json,
                                        struct avt_error *reterr);
/** POST a file as the body. */
AVT_CHECKED enum avt_code avt_http_call_upload(struct avt_http_call *call, const char *path,
                                               const char *file, json_t **ret_json,
                                               struct avt_error *reterr);
/** GET into a descriptor. */
AVT_CHECKED enum avt_code avt_http_call_download(struct avt_http_call *call, const char *path,
                                                 int fd, struct avt_error *reterr);
/** GET a stream of events; it ends with AVT_OK when `visit` has enough or the server closes it. */
AVT_CHECKED enum avt_code
avt_http_call_events(struct avt_http_call *call, const char *path, const char *last_event_id,
                     bool (*visit)(const struct avt_sse_event *event, void *user), void *user,
                     struct avt_error *reterr);
/**
 * The error that an answer with a status of 400 or more is: its problem details, or FastAPI's form
 * of them, as one sentence, and the code of its "code" or else of its status.
 */
enum avt_code avt_http_call_error(const struct avt_net_response *response,
                                  struct avt_error *reterr);
