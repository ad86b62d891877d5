/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sse.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

void avt_sse_init(struct avt_sse *sse)
{
    memset(sse, 0, sizeof(*sse));
    avt_buf_init(&sse->line, AVT_SSE_LINE_BYTES_MAX);
    avt_buf_init(&sse->data, AVT_SSE_DATA_BYTES_MAX);
}

void avt_sse_done(struct avt_sse *sse)
{
    avt_buf_done(&sse->line);
    avt_buf_done(&sse->data);
}

/** The field's value, after one space that may follow the colon; NULL if it is another field. */
static const char *value_of(const char *line, const char *field)
{
    size_t size = strlen(field);
    if (strncmp(line, field, size) != 0)
        return NULL;
    if (line[size] == '\0')
        return line + size;
    if (line[size] != ':')
        return NULL;
    return line + size + 1 + (line[size + 1] == ' ');
}

/** False: `visit` wants no more. An event without data is none. */
static bool dispatch(struct avt_sse *sse,
                     bool (*visit)(const struct avt_sse_event *event, void *user), void *user)
{
    bool go_on = true;
    if (sse->has_data) {
        struct avt_sse_event event = {.type = sse->type[0] ? sse->type : "message",
                                      .data = avt_buf_str(&sse->data),
                                      .id = sse->id};
        go_on = visit(&event, user);
    }
    avt_buf_clear(&sse->data);
    sse->type[0] = '\0';
    sse->has_data = false;
    return go_on;
}

/** False if the event grows beyond its limit. */
static bool take_line(struct avt_sse *sse, const char *line)
{
    const char *value;
    if ((value = value_of(line, "data"))) {
        bool fits = !sse->has_data || avt_buf_append_char(&sse->data, '\n');
        sse->has_data = true;
        return fits && avt_buf_append_str(&sse->data, value);
    }
    if ((value = value_of(line, "event")))
        snprintf(sse->type, sizeof(sse->type), "%s", value);
    else if ((value = value_of(line, "id")))
        snprintf(sse->id, sizeof(sse->id), "%s", value);
    return true; /* a comment, retry:, or a field of the future */
}

static enum avt_sse_result end_line(struct avt_sse *sse,
                                    bool (*visit)(const struct avt_sse_event *event, void *user),
                                    void *user)
{
    const char *line = avt_buf_str(&sse->line);
    if (!sse->started && avt_str_starts(line, "\xef\xbb\xbf"))
        line += 3;
    sse->started = true;
    enum avt_sse_result result = AVT_SSE_OK;
    if (!*line)
        result = dispatch(sse, visit, user) ? AVT_SSE_OK : AVT_SSE_STOPPED;
    else if (!take_line(sse, line))
        result = AVT_SSE_TOO_LONG;
    avt_buf_clear(&sse->line);
    return result;
}

enum avt_sse_result avt_sse_feed(struct avt_sse *sse, const char *bytes, size_t size,
                                 bool (*visit)(const struct avt_sse_event *event, void *user),
                                 void *user)
{
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        bool second_half = c == '\n' && sse->was_cr;
        sse->was_cr = c == '\r';
        if (second_half)
            continue;
        if (c == '\r' || c == '\n') {
            enum avt_sse_result result = end_line(sse, visit, user);
            if (result != AVT_SSE_OK)
                return result;
        } else if (c != '\0' && !avt_buf_append_char(&sse->line, c)) {
            return AVT_SSE_TOO_LONG;
        }
    }
    return AVT_SSE_OK;
}
