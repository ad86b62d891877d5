/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * HTTP client: one request, one answer. For `--server`, and, guarded, for URLs that a stranger gave
 * us (webhooks). Redirects are never followed. The only includer of libcurl beside nn.
 *
 * Threads: any number of requests at once, each on the thread that made it; no state is shared.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/sse.h"
#include "os/thread.h"

enum {
    AVT_NET_BODY_BYTES_MAX =
        16 << 20, /* of an answer in memory, unless size_max says less or more */
    AVT_NET_ERROR_BYTES_MAX =
        64 << 10, /* of an answer that is no success and was to go to a file */
    AVT_NET_HEADER_BYTES_MAX = 64 << 10,
    AVT_NET_CONNECT_MS = 10000,
};

struct avt_net_request {
    const char *method;         /* "GET", "POST", ...; NULL: GET, or POST with a body */
    const char *url;            /* http:// or https:// */
    const char *const *headers; /* "Name: value", ends with NULL; NULL: none */
    const void *body;           /* or NULL */
    size_t body_size;
    const char *body_file; /* path, instead of `body`: streamed */

    int response_fd;    /* >= 0: the body of a 2xx answer is written there; not closed */
    long long size_max; /* of the body; 0: AVT_NET_BODY_BYTES_MAX (to a descriptor: no limit) */
    /** Answer is text/event-stream: each event as it comes, while the call lasts. False: stop, with
     *  AVT_OK. The body is not kept. */
    bool (*on_event)(const struct avt_sse_event *event, void *user);
    /** Bytes of the larger direction so far, a few times a second; total < 0: not known. */
    void (*on_progress)(long long done, long long total, void *user);
    void *user;

    int connect_timeout_ms;          /* 0: AVT_NET_CONNECT_MS */
    int timeout_ms;                  /* of the whole request; 0: none */
    int stall_timeout_ms;            /* without a byte either way; 0: none */
    const struct avt_cancel *cancel; /* or NULL; looked at five times a second */

    /** The URL is a stranger's: only addresses that avt_net_address_public() allows are connected
     * to, checked on the socket's own address, so that a second answer of the name server changes
     * nothing; no proxy, no name or password in the URL. */
    bool guarded;
};
#define AVT_NET_REQUEST_INIT                                                                       \
    {                                                                                              \
        .response_fd = -1                                                                          \
    }

struct avt_net_response {
    int status;             /* of HTTP */
    char content_type[128]; /* without parameters, small letters; "" if none */
    struct avt_buf headers; /* as received; read with avt_net_header() */
    struct avt_buf body;    /* what was not written to response_fd nor given to on_event */
    long long received;     /* bytes of the body, wherever they went */
};

/**
 * Any answer is AVT_OK, whatever its status.
 *
 * @param ret_response  Filled on success: avt_net_response_done(). Untouched on failure.
 * @return AVT_OK; AVT_EINVAL (not an http URL; guarded: an address that is not allowed);
 * AVT_ENETWORK (not reachable, broken off, too slow); AVT_ELIMIT (the answer is too large);
 * AVT_ENOENT, AVT_EIO (body_file); AVT_ENOSPACE, AVT_EOUTPUT (response_fd); AVT_ECANCELLED.
 */
AVT_CHECKED enum avt_code avt_net_perform(const struct avt_net_request *request,
                                          struct avt_net_response *ret_response,
                                          struct avt_error *reterr);
/** Value of the last header of that name, cut to `size`; false (and "") if there is none. */
bool avt_net_header(const struct avt_net_response *response, const char *name, char *ret_value,
                    size_t size);
/** Frees what the response owns, not the struct. */
void avt_net_response_done(struct avt_net_response *response);

/** `text` with everything but letters, digits and -._~ as %XX, for one part of a URL. Owned. */
char *avt_url_escape(const char *text);
