/* SPDX-License-Identifier: Apache-2.0 */
#include "base/logline.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

enum { LINE_BYTES_MAX = 8192 };

static const char *const forms[] = {"text", "json", "logfmt"};
static const char *const levels[] = {[AVT_LOG_ERROR] = "error",
                                     [AVT_LOG_WARN] = "warning",
                                     [AVT_LOG_INFO] = "info",
                                     [AVT_LOG_DEBUG] = "debug"};

bool avt_logline_form_parse(const char *name, enum avt_logline_form *ret_form)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
        if (avt_str_equal(name, forms[i])) {
            *ret_form = (enum avt_logline_form)i;
            return true;
        }
    return false;
}

/* Nothing in a value may end the line or steer a terminal. */
static void append_safe(struct avt_buf *buf, const char *text)
{
    for (; *text; text++)
        avt_buf_append_char(buf, (unsigned char)*text < ' ' || *text == 127 ? ' ' : *text);
}

static void text_line(struct avt_buf *buf, const char *program, enum avt_log_level level,
                      const char *message, const struct avt_logline_field *fields)
{
    avt_buf_printf(buf, "%s: ", program);
    if (level <= AVT_LOG_WARN)
        avt_buf_printf(buf, "%s: ", levels[level]);
    append_safe(buf, message);
    const char *between = " (";
    for (; fields && fields->key; fields++) {
        if (!fields->value || !*fields->value)
            continue;
        avt_buf_printf(buf, "%s%s ", between, fields->key);
        append_safe(buf, fields->value);
        between = ", ";
    }
    avt_buf_append_str(buf, *between == ',' ? ")\n" : "\n");
}

/* Text that is no UTF-8 is left out: JSON has no place for it. */
static void set(json_t *object, const char *key, const char *value)
{
    json_t *string = json_string(value);
    json_object_set_new(object, key, string ? string : json_string("(not UTF-8)"));
}

static void json_line(struct avt_buf *buf, const char *now, const char *program,
                      enum avt_log_level level, const char *message,
                      const struct avt_logline_field *fields)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *object = json_object();
    set(object, "time", now);
    set(object, "level", levels[level]);
    set(object, "program", program);
    set(object, "message", message);
    for (; fields && fields->key; fields++)
        if (fields->value && *fields->value)
            set(object, fields->key, fields->value);
    AVT_CLEANUP(avt_freep) char *line = json_dumps(object, JSON_COMPACT);
    avt_buf_printf(buf, "%s\n", line);
}

static void logfmt_value(struct avt_buf *buf, const char *key, const char *value)
{
    bool plain = *value && !strpbrk(value, " =\"\\") && value[strcspn(value, "\x7f")] == '\0';
    avt_buf_printf(buf, "%s%s=%s", buf->size ? " " : "", key, plain ? "" : "\"");
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            avt_buf_append_char(buf, '\\');
        avt_buf_append_char(buf, (unsigned char)*value < ' ' || *value == 127 ? ' ' : *value);
    }
    if (!plain)
        avt_buf_append_char(buf, '"');
}

static void logfmt_line(struct avt_buf *buf, const char *now, const char *program,
                        enum avt_log_level level, const char *message,
                        const struct avt_logline_field *fields)
{
    logfmt_value(buf, "time", now);
    logfmt_value(buf, "level", levels[level]);
    logfmt_value(buf, "program", program);
    logfmt_value(buf, "message", message);
    for (; fields && fields->key; fields++)
        if (fields->value && *fields->value)
            logfmt_value(buf, fields->key, fields->value);
    avt_buf_append_char(buf, '\n');
}

void avt_logline(enum avt_logline_form form, const char *program, enum avt_log_level level,
                 const char *message, const struct avt_logline_field *fields)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf buf = AVT_BUF_INIT(LINE_BYTES_MAX);
    char now[AVT_TIME_SIZE];
    avt_time_format_ms(avt_time_now_ms(), now);
    if (form == AVT_LOGLINE_TEXT)
        text_line(&buf, program, level, message, fields);
    else if (form == AVT_LOGLINE_JSON)
        json_line(&buf, now, program, level, message, fields);
    else
        logfmt_line(&buf, now, program, level, message, fields);
    /* A log that is gone stops nobody. */
    if (!buf.overflowed && write(STDERR_FILENO, buf.data, buf.size) < 0)
        return;
}
