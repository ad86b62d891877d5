/* SPDX-License-Identifier: Apache-2.0 */
#include "api/access_log.h"

#include <unistd.h>

#include "base/clock.h"

enum { LINE_MAX_BYTES = 1024 };

/* What stands here are ids, templates and numbers of ours, or checked by the server; anything else
 * that could break a line is dropped. */
static const char *safe(const char *text, char buffer[80])
{
    size_t at = 0;
    for (; *text && at < 79; text++) {
        if (*text > ' ' && *text < 127 && *text != '"' && *text != '\\' && *text != '=')
            buffer[at++] = *text;
    }
    buffer[at] = '\0';
    return at > 0 ? buffer : "-";
}

static void write_line(const struct avt_buf *buf)
{
    /* One write a line, so that lines of several processes do not mix. A log that is gone stops
     * nobody. */
    if (write(STDERR_FILENO, buf->data, buf->size) < 0)
        return;
}

void avt_access_log(const struct avt_call *call, const struct avt_http_finished *how)
{
    enum avt_api_log form = call->api->options.log;
    AVT_CLEANUP(avt_buf_done) struct avt_buf buf = AVT_BUF_INIT(LINE_MAX_BYTES);
    char now[AVT_TIME_SIZE] = "", id[80], method[80], peer[80];
    if (form == AVT_API_LOG_NONE)
        return;
    if (form != AVT_API_LOG_TEXT) /* there whoever collects the lines stamps them */
        avt_time_format_ms(avt_time_now_ms(), now);
    const char *route = *how->route ? how->route : "-";
    const char *key = *call->key_id ? call->key_id : "-", *job = *call->job ? call->job : "-";
    const char *request_id = safe(avt_http_request_id(call->request), id);
    if (form == AVT_API_LOG_TEXT)
        avt_buf_printf(&buf, "avatar-server: %s %s %d %.1f ms %s%s%s\n", safe(how->method, method),
                       route, how->status, how->seconds * 1000, request_id, *call->job ? " " : "",
                       call->job);
    else if (form == AVT_API_LOG_JSON)
        avt_buf_printf(&buf,
                       "{\"time\":\"%s\",\"level\":\"info\",\"message\":\"request\","
                       "\"request_id\":\"%s\",\"method\":\"%s\",\"route\":\"%s\",\"status\":%d,"
                       "\"seconds\":%.6f,\"bytes_in\":%llu,\"bytes_out\":%llu,\"key\":\"%s\","
                       "\"job\":\"%s\",\"peer\":\"%s\"}\n",
                       now, request_id, safe(how->method, method), route, how->status, how->seconds,
                       (unsigned long long)how->bytes_in, (unsigned long long)how->bytes_out, key,
                       job, safe(avt_http_peer(call->request), peer));
    else
        avt_buf_printf(
            &buf,
            "time=%s level=info message=request request_id=%s method=%s route=%s "
            "status=%d seconds=%.6f bytes_in=%llu bytes_out=%llu key=%s job=%s peer=%s\n",
            now, request_id, safe(how->method, method), route, how->status, how->seconds,
            (unsigned long long)how->bytes_in, (unsigned long long)how->bytes_out, key, job,
            safe(avt_http_peer(call->request), peer));
    if (!buf.overflowed)
        write_line(&buf);
}
