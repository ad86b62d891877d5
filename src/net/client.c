/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"

#include <curl/curl.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/guard.h"

/* How long a cancel flag may go unseen. */
enum { POLL_MS = 200, HEADERS_MAX = 64 };

struct exchange {
    const struct avt_net_request *request;
    CURL *curl;
    struct curl_slist *headers;
    char *host, *origin; /* of the URL, for messages: "127.0.0.1", "http://127.0.0.1:8000" */
    int body_fd;         /* of request->body_file, or -1 */
    long long body_size;
    struct avt_net_response response;
    struct avt_sse sse;
    /* Why a callback stopped the transfer. */
    int write_errno, read_errno;
    bool too_large, stopped, headers_too_large;
    const char *refused; /* kind of the last address that the guard refused */
};

/* ---- what curl calls ------------------------------------------------------------------------ */

static bool is_success(CURL *curl)
{
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

static bool write_out(struct exchange *x, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t put = write(x->request->response_fd, data + done, size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            x->write_errno = errno;
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

static bool feed_events(struct exchange *x, const char *data, size_t size)
{
    enum avt_sse_result result =
        avt_sse_feed(&x->sse, data, size, x->request->on_event, x->request->user);
    x->stopped = result == AVT_SSE_STOPPED;
    x->too_large = result == AVT_SSE_TOO_LONG;
    return result == AVT_SSE_OK;
}

static size_t on_body(char *data, size_t unit, size_t count, void *user)
{
    struct exchange *x = user;
    const struct avt_net_request *request = x->request;
    size_t size = unit * count;
    bool success = is_success(x->curl), good;
    long long limit = request->size_max ? request->size_max : LLONG_MAX;
    x->response.received += (long long)size;
    if (success && request->on_event) {
        good = feed_events(x, data, size);
    } else if (x->response.received > limit) {
        x->too_large = true;
        good = false;
    } else if (success && request->response_fd >= 0) {
        good = write_out(x, data, size);
    } else {
        good = avt_buf_append(&x->response.body, data, size);
        x->too_large = !good;
    }
    return good ? size : 0;
}

static size_t on_header(char *data, size_t unit, size_t count, void *user)
{
    struct exchange *x = user;
    size_t size = unit * count;
    /* An interim answer (100 Continue) has headers of its own. */
    if (size > 5 && memcmp(data, "HTTP/", 5) == 0)
        avt_buf_clear(&x->response.headers);
    x->headers_too_large = !avt_buf_append(&x->response.headers, data, size);
    return x->headers_too_large ? 0 : size;
}

static size_t on_read(char *data, size_t unit, size_t count, void *user)
{
    struct exchange *x = user;
    ssize_t got;
    do {
        got = read(x->body_fd, data, unit * count);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        x->read_errno = errno;
        return CURL_READFUNC_ABORT;
    }
    return (size_t)got;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
    struct exchange *x = user;
    return lseek(x->body_fd, offset, origin) >= 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static int on_transfer(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const struct exchange *x = user;
    bool sends = up_total > down_total;
    long long total = sends ? up_total : down_total;
    if (x->request->on_progress)
        x->request->on_progress(sends ? up : down, total > 0 ? total : -1, x->request->user);
    return 0;
}

/** The address that is about to be connected to: what was checked is what is used. */
static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *x = user;
    (void)purpose;
    const char *kind = NULL;
    if (x->request->guarded && !avt_net_address_public(&address->addr, &kind)) {
        x->refused = kind;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- setting up ----------------------------------------------------------------------------- */

static enum avt_code parse_url(struct exchange *x, struct avt_error *reterr)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool good = url && curl_url_set(url, CURLUPART_URL, x->request->url, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                (avt_str_equal(scheme, "http") || avt_str_equal(scheme, "https"));
    if (good && curl_url_get(url, CURLUPART_PORT, &port, 0) != CURLUE_OK)
        port = NULL; /* the scheme's own */
    if (good) {
        x->host = avt_strdup(host);
        x->origin = avt_asprintf("%s://%s%s%s", scheme, host, port ? ":" : "", port ? port : "");
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
    if (good)
        return AVT_OK;
    return avt_fail(reterr, AVT_EINVAL,
                    "'%.200s' is no address of a web server: it begins with http:// or https://",
                    x->request->url);
}

static enum avt_code open_body(struct exchange *x, struct avt_error *reterr)
{
    const char *path = x->request->body_file;
    if (!path)
        return AVT_OK;
    struct stat st;
    x->body_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (x->body_fd < 0)
        return avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be opened: %s", path,
                        strerror(errno));
    if (fstat(x->body_fd, &st) != 0 || !S_ISREG(st.st_mode))
        return avt_fail(reterr, AVT_EIO, "'%s' is not a file", path);
    x->body_size = st.st_size;
    return AVT_OK;
}

static void set_body(struct exchange *x)
{
    const struct avt_net_request *request = x->request;
    const char *method = request->method;
    bool has_body = request->body || request->body_file;
    if (has_body) {
        curl_easy_setopt(x->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         request->body_file ? (curl_off_t)x->body_size
                                            : (curl_off_t)request->body_size);
    }
    if (request->body_file) {
        curl_easy_setopt(x->curl, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(x->curl, CURLOPT_READDATA, x);
        curl_easy_setopt(x->curl, CURLOPT_SEEKFUNCTION, on_seek);
        curl_easy_setopt(x->curl, CURLOPT_SEEKDATA, x);
    } else if (request->body) {
        curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, request->body);
    }
    if (!method)
        return;
    if (avt_str_equal(method, "HEAD"))
        curl_easy_setopt(x->curl, CURLOPT_NOBODY, 1L);
    else if (avt_str_equal(method, "POST") && !has_body) {
        curl_easy_setopt(x->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE, 0L);
    } else if (!avt_str_equal(method, "GET") && !avt_str_equal(method, "POST"))
        curl_easy_setopt(x->curl, CURLOPT_CUSTOMREQUEST, method);
}

static void set_headers(struct exchange *x)
{
    const char *const *headers = x->request->headers;
    for (size_t i = 0; headers && headers[i]; i++) {
        avt_assert(i < HEADERS_MAX);
        struct curl_slist *grown = curl_slist_append(x->headers, headers[i]);
        avt_assert(grown);
        x->headers = grown;
    }
    curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
}

static void set_limits(struct exchange *x)
{
    const struct avt_net_request *request = x->request;
    curl_easy_setopt(
        x->curl, CURLOPT_CONNECTTIMEOUT_MS,
        (long)(request->connect_timeout_ms ? request->connect_timeout_ms : AVT_NET_CONNECT_MS));
    curl_easy_setopt(x->curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    if (request->stall_timeout_ms) {
        curl_easy_setopt(x->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(x->curl, CURLOPT_LOW_SPEED_TIME,
                         (long)(request->stall_timeout_ms + 999) / 1000);
    }
    /* A proxy connects in our place, past the guard; and one that the environment names cannot
     * reach the loopback of this machine. */
    if (request->guarded || avt_net_host_is_loopback(x->host))
        curl_easy_setopt(x->curl, CURLOPT_PROXY, "");
    if (request->guarded)
        curl_easy_setopt(x->curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
}

static void set_options(struct exchange *x)
{
    CURL *curl = x->curl;
    curl_easy_setopt(curl, CURLOPT_URL, x->request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "avatar");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, x);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_transfer);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, x);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    /* As the command-line tools do: a machine may trust certificates of its own. */
    const char *certificates = getenv("SSL_CERT_FILE");
    if (certificates && *certificates)
        curl_easy_setopt(curl, CURLOPT_CAINFO, certificates);
    set_limits(x);
    set_headers(x);
    set_body(x);
}

/* ---- running -------------------------------------------------------------------------------- */

/** As curl_easy_perform(), but looks at the cancel flag meanwhile. */
static CURLcode transfer(struct exchange *x)
{
    CURLM *multi = curl_multi_init();
    if (!multi)
        return CURLE_OUT_OF_MEMORY;
    CURLcode result = CURLE_FAILED_INIT;
    int running = 0;
    if (curl_multi_add_handle(multi, x->curl) == CURLM_OK) {
        for (;;) {
            if (avt_cancelled(x->request->cancel)) {
                result = CURLE_ABORTED_BY_CALLBACK;
                break;
            }
            if (curl_multi_perform(multi, &running) != CURLM_OK || !running)
                break;
            if (curl_multi_poll(multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
                break;
        }
        int left;
        for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));)
            if (message->msg == CURLMSG_DONE)
                result = message->data.result;
        curl_multi_remove_handle(multi, x->curl);
    }
    curl_multi_cleanup(multi);
    return result;
}

static enum avt_code explain_own(const struct exchange *x, struct avt_error *reterr)
{
    if (x->too_large || x->headers_too_large)
        return avt_fail(reterr, AVT_ELIMIT, "the answer of %s is larger than is allowed here",
                        x->host);
    if (x->read_errno)
        return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", x->request->body_file,
                        strerror(x->read_errno));
    if (x->write_errno) {
        bool full = avt_code_from_errno(x->write_errno) == AVT_ENOSPACE;
        return avt_fail(reterr, full ? AVT_ENOSPACE : AVT_EOUTPUT,
                        "what %s sent cannot be written: %s", x->host, strerror(x->write_errno));
    }
    if (x->refused)
        return avt_fail(reterr, AVT_EINVAL, "%s leads to %s, which is not allowed here", x->host,
                        x->refused);
    return AVT_OK;
}

static enum avt_code explain(const struct exchange *x, CURLcode result, struct avt_error *reterr)
{
    if (result == CURLE_OK || x->stopped)
        return AVT_OK;
    if (avt_cancelled(x->request->cancel))
        return avt_fail(reterr, AVT_ECANCELLED, "stopped");
    enum avt_code code = explain_own(x, reterr);
    if (code != AVT_OK)
        return code;
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return avt_fail(reterr, AVT_ENETWORK, "there is no host named %s", x->host);
    case CURLE_COULDNT_CONNECT:
        return avt_fail(reterr, AVT_ENETWORK, "nothing answers at %.200s", x->origin);
    case CURLE_OPERATION_TIMEDOUT:
        return avt_fail(reterr, AVT_ENETWORK, "%s did not answer in time", x->host);
    case CURLE_LOGIN_DENIED:
        return avt_fail(reterr, AVT_EINVAL, "a name or password in the URL is not allowed here");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return avt_fail(reterr, AVT_EINVAL, "'%.200s' is no address of a web server",
                        x->request->url);
    default:
        return avt_fail(reterr, AVT_ENETWORK, "the exchange with %s failed: %s", x->host,
                        curl_easy_strerror(result));
    }
}

static void fill_status(struct exchange *x)
{
    long status = 0;
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
    x->response.status = (int)status;
    avt_net_header(&x->response, "Content-Type", x->response.content_type,
                   sizeof(x->response.content_type));
    x->response.content_type[strcspn(x->response.content_type, "; \t")] = '\0';
    for (char *c = x->response.content_type; *c; c++)
        *c = (char)tolower((unsigned char)*c);
}

static void exchange_done(struct exchange *x)
{
    curl_slist_free_all(x->headers);
    curl_easy_cleanup(x->curl);
    if (x->body_fd >= 0)
        close(x->body_fd);
    avt_sse_done(&x->sse);
    avt_net_response_done(&x->response);
    avt_free(x->host);
    avt_free(x->origin);
}

enum avt_code avt_net_perform(const struct avt_net_request *request,
                              struct avt_net_response *ret_response, struct avt_error *reterr)
{
    avt_assert(request->url && !(request->body && request->body_file));
    AVT_CLEANUP(exchange_done) struct exchange x = {.request = request, .body_fd = -1};
    bool to_memory = request->response_fd < 0 && !request->on_event;
    size_t memory_max = !to_memory          ? AVT_NET_ERROR_BYTES_MAX
                        : request->size_max ? (size_t)request->size_max
                                            : AVT_NET_BODY_BYTES_MAX;
    avt_buf_init(&x.response.headers, AVT_NET_HEADER_BYTES_MAX);
    avt_buf_init(&x.response.body, memory_max);
    avt_sse_init(&x.sse);
    x.curl = curl_easy_init();
    if (!x.curl)
        return avt_fail(reterr, AVT_EINTERNAL, "libcurl cannot be started");
    enum avt_code code = parse_url(&x, reterr);
    if (code == AVT_OK)
        code = open_body(&x, reterr);
    if (code != AVT_OK)
        return code;
    set_options(&x);
    code = explain(&x, transfer(&x), reterr);
    if (code != AVT_OK)
        return code;
    fill_status(&x);
    *ret_response = x.response;
    memset(&x.response, 0, sizeof(x.response));
    return AVT_OK;
}

/* ---- answers -------------------------------------------------------------------------------- */

bool avt_net_header(const struct avt_net_response *response, const char *name, char *ret_value,
                    size_t size)
{
    size_t name_size = strlen(name);
    bool found = false;
    ret_value[0] = '\0';
    for (const char *line = avt_buf_str(&response->headers); *line;) {
        size_t length = strcspn(line, "\r\n");
        if (length > name_size && line[name_size] == ':' &&
            strncasecmp(line, name, name_size) == 0) {
            const char *value = line + name_size + 1;
            value += strspn(value, " \t");
            const char *end = line + length;
            while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
            snprintf(ret_value, size, "%.*s", end > value ? (int)(end - value) : 0, value);
            found = true;
        }
        line += length;
        line += strspn(line, "\r\n");
    }
    return found;
}

void avt_net_response_done(struct avt_net_response *response)
{
    avt_buf_done(&response->headers);
    avt_buf_done(&response->body);
}

char *avt_url_escape(const char *text)
{
    struct avt_buf out = AVT_BUF_INIT(3 * strlen(text) + 1);
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text))
            avt_buf_append_char(&out, *text);
        else
            avt_buf_printf(&out, "%%%02X", (unsigned)(unsigned char)*text);
    }
    return avt_buf_take(&out);
}
