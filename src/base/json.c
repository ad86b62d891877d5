/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum avt_code avt_json_read_file(const char *path, size_t size_max, json_t **ret_json,
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, size_max, &data, &size, reterr);
    if (code != AVT_OK)
        return code;
    json_error_t error;
    json_t *json = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is not valid JSON: line %d, column %d: %s", path,
                        error.line, error.column, error.text);
    *ret_json = json;
    return AVT_OK;
}

enum avt_code avt_json_write_file(const char *path, const json_t *json, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    if (!text)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while writing '%s'", path);
    return avt_file_write(path, text, strlen(text), reterr);
}

/* ---- writing fast ------------------------------------------------------------------------------
 */

/* Bytes that stand for themselves are copied in runs. */
static void write_string(struct avt_buf *buf, const char *text, size_t size)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char names[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    size_t from = 0;
    avt_buf_append_char(buf, '"');
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        avt_buf_append(buf, text + from, i - from);
        from = i + 1;
        char escape[6] = {'\\', (char)c, '0', '0'};
        size_t length = 2;
        if (c < ' ' && names[c]) {
            escape[1] = names[c];
        } else if (c < ' ') {
            escape[1] = 'u';
            escape[2] = escape[3] = '0';
            escape[4] = hex[c >> 4];
            escape[5] = hex[c & 15];
            length = 6;
        }
        avt_buf_append(buf, escape, length);
    }
    avt_buf_append(buf, text + from, size - from);
    avt_buf_append_char(buf, '"');
}

/* A real stays one: 560 is written as 560.0. */
static void write_real(struct avt_buf *buf, double value)
{
    char text[40];
    int size = snprintf(text, sizeof(text) - 2, "%.9g", value);
    if (!strpbrk(text, ".e")) {
        text[size++] = '.';
        text[size++] = '0';
    }
    avt_buf_append(buf, text, (size_t)size);
}

static bool write_value(struct avt_buf *buf, const json_t *json);

static bool write_object(struct avt_buf *buf, const json_t *json)
{
    /* Nothing is changed: jansson's iterators take no const. */
    json_t *object = (json_t *)(uintptr_t)json;
    bool good = true;
    avt_buf_append_char(buf, '{');
    for (void *at = json_object_iter(object); at && good; at = json_object_iter_next(object, at)) {
        const char *name = json_object_iter_key(at);
        if (buf->data[buf->size - 1] != '{')
            avt_buf_append_char(buf, ',');
        write_string(buf, name, strlen(name));
        avt_buf_append_char(buf, ':');
        good = write_value(buf, json_object_iter_value(at));
    }
    return good && avt_buf_append_char(buf, '}');
}

static bool write_value(struct avt_buf *buf, const json_t *json)
{
    char text[24];
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return write_object(buf, json);
    case JSON_ARRAY:
        avt_buf_append_char(buf, '[');
        for (size_t i = 0; i < json_array_size(json); i++) {
            if ((i > 0 && !avt_buf_append_char(buf, ',')) ||
                !write_value(buf, json_array_get(json, i)))
                return false;
        }
        return avt_buf_append_char(buf, ']');
    case JSON_STRING:
        write_string(buf, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        avt_buf_append(
            buf, text,
            (size_t)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(json)));
        break;
    case JSON_REAL:
        write_real(buf, json_real_value(json));
        break;
    case JSON_TRUE:
        avt_buf_append(buf, "true", 4);
        break;
    case JSON_FALSE:
        avt_buf_append(buf, "false", 5);
        break;
    case JSON_NULL:
        avt_buf_append(buf, "null", 4);
        break;
    }
    return !buf->overflowed;
}

char *avt_json_text(const json_t *json, size_t *ret_size)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf buf = AVT_BUF_INIT(AVT_JSON_BYTES_MAX);
    if (!write_value(&buf, json))
        return NULL;
    if (ret_size)
        *ret_size = buf.size;
    return avt_buf_take(&buf);
}
