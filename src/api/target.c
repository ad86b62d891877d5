/* SPDX-License-Identifier: Apache-2.0 */
#include "api/target.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes raw[0..size) once to out, which has room for size + 1. What a path refuses beyond the
 * rest: a slash or backslash that was encoded, since some reader behind us may take it for a
 * separator. */
static const char *decode(const char *raw, size_t size, bool is_path, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)raw[i];
        bool encoded = false;
        if (c <= 0x20 || c >= 0x7f)
            return "the address holds a character that has to be percent-encoded";
        if (c == '%') {
            int high = size - i > 2 ? hex_value(raw[i + 1]) : -1;
            int low = size - i > 2 ? hex_value(raw[i + 2]) : -1;
            if (high < 0 || low < 0)
                return "the address holds a % without two hexadecimal digits";
            c = (unsigned char)(high * 16 + low);
            encoded = true;
            i += 2;
        } else if (c == '+' && !is_path) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return "the address holds a control character";
        if (is_path && (c == '\\' || (encoded && c == '/')))
            return "the path holds a backslash or an encoded slash";
        out[length++] = (char)c;
    }
    out[length] = '\0';
    if (avt_utf8_invalid_at(out, length) != SIZE_MAX)
        return "the address is not UTF-8";
    return NULL;
}

/* raw: the path without its first slash. Segments go to *out one after another, each ended by NUL.
 */
static const char *parse_path(const char *raw, size_t size, struct avt_target *target, char **out)
{
    while (size > 0) {
        const char *slash = memchr(raw, '/', size);
        size_t length = slash ? (size_t)(slash - raw) : size;
        const char *why = decode(raw, length, true, *out);
        if (why)
            return why;
        if (**out == '\0' || avt_str_equal(*out, ".") || avt_str_equal(*out, ".."))
            return "the path holds an empty, '.' or '..' segment";
        if (target->segment_count == AVT_TARGET_SEGMENTS_MAX)
            return "the path has too many segments";
        if (slash && length + 1 == size)
            return "the path ends with a slash";
        target->segments[target->segment_count++] = *out;
        *out += strlen(*out) + 1;
        raw += length + (slash ? 1 : 0);
        size -= length + (slash ? 1 : 0);
    }
    return NULL;
}

static const char *parse_query(const char *raw, size_t size, struct avt_target *target, char **out)
{
    while (size > 0) {
        const char *end = memchr(raw, '&', size);
        size_t length = end ? (size_t)(end - raw) : size;
        const char *equals = memchr(raw, '=', length);
        size_t name_length = equals ? (size_t)(equals - raw) : length;
        if (length > 0) {
            if (target->query_count == AVT_TARGET_QUERY_MAX)
                return "the query has too many parameters";
            char *name = *out;
            const char *why = decode(raw, name_length, false, name);
            if (why)
                return why;
            *out += strlen(name) + 1;
            char *value = *out;
            why = equals ? decode(equals + 1, length - name_length - 1, false, value) : NULL;
            if (why)
                return why;
            if (!equals)
                *value = '\0';
            *out += strlen(value) + 1;
            target->query[target->query_count].name = name;
            target->query[target->query_count++].value = value;
        }
        raw += length + (end ? 1 : 0);
        size -= length + (end ? 1 : 0);
    }
    return NULL;
}

/* "http://host:port/path": the part from the third slash on; NULL if it is no such URL. */
static const char *path_of_url(const char *raw, size_t size)
{
    size_t scheme = 0;
    if (size > 7 && strncasecmp(raw, "http://", 7) == 0)
        scheme = 7;
    else if (size > 8 && strncasecmp(raw, "https://", 8) == 0)
        scheme = 8;
    return scheme ? memchr(raw + scheme, '/', size - scheme) : NULL;
}

bool avt_target_parse(const char *raw, size_t size, struct avt_target *ret_target,
                      const char **ret_why)
{
    struct avt_target target = {0};
    *ret_why = NULL;
    if (size == 1 && raw[0] == '*') {
        target.text = avt_strdup("*");
        target.asterisk = true;
        *ret_target = target;
        return true;
    }
    if (size > 0 && raw[0] != '/') {
        const char *path = path_of_url(raw, size);
        size -= path ? (size_t)(path - raw) : 0;
        raw = path ? path : raw;
    }
    if (size == 0 || raw[0] != '/') {
        *ret_why = "the address does not begin with a slash";
        return false;
    }
    if (memchr(raw, '#', size)) {
        *ret_why = "the address holds a fragment";
        return false;
    }
    const char *question = memchr(raw, '?', size);
    size_t path_size = question ? (size_t)(question - raw) : size;
    /* The joined path, then each segment, name and value with a NUL: none is longer than it was
     * raw. */
    target.text = avt_new0(char, 2 * size + 2 * AVT_TARGET_QUERY_MAX + 4);
    char *out = target.text + path_size + 1;
    *ret_why = parse_path(raw + 1, path_size - 1, &target, &out);
    if (!*ret_why && question)
        *ret_why = parse_query(question + 1, size - path_size - 1, &target, &out);
    if (*ret_why) {
        avt_target_done(&target);
        return false;
    }
    char *joined = target.text;
    if (target.segment_count == 0)
        *joined++ = '/';
    for (size_t i = 0; i < target.segment_count; i++) {
        *joined++ = '/';
        joined = stpcpy(joined, target.segments[i]);
    }
    *ret_target = target;
    return true;
}

void avt_target_done(struct avt_target *target)
{
    avt_free(target->text);
    *target = (struct avt_target){0};
}
