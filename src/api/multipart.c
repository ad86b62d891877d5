/* SPDX-License-Identifier: Apache-2.0 */
#include "api/multipart.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

enum state {
    STATE_FIRST, /* the first delimiter, without the CRLF before it */
    STATE_AFTER, /* behind a delimiter: CRLF, or the two dashes of the last */
    STATE_HEADERS,
    STATE_DATA,
    STATE_EPILOGUE,
};

/* CR, LF, two dashes, boundary. */
enum { DELIMITER_MAX = 4 + AVT_MULTIPART_BOUNDARY_MAX };

struct avt_multipart {
    const struct avt_multipart_calls *calls;
    void *user;
    enum state state;
    char delimiter[DELIMITER_MAX + 1];
    size_t delimiter_size;
    size_t matched; /* bytes of the delimiter seen so far */
    char after[2];  /* what followed the delimiter */
    size_t after_size;
    struct avt_buf headers;
    bool in_part;
};

/* ---- parameters of header values ------------------------------------------------------------- */

static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

/* The value of parameter `name` in "type; a=b; c=\"d\"". Browsers and curl write \" (or %22) for a
 * quote inside; a backslash is otherwise a plain character, as browsers mean it. 1 found, 0 absent,
 * -1 malformed or too long for `size`. */
static int find_param(const char *text, const char *name, char *out, size_t size)
{
    int found = 0;
    text += strcspn(text, ";");
    while (*text == ';') {
        text++;
        text += strspn(text, " \t");
        if (*text == '\0')
            break;
        const char *key = text;
        while (is_token_char(*text))
            text++;
        size_t key_size = (size_t)(text - key);
        if (key_size == 0 || *text != '=')
            return -1;
        text++;
        bool wanted = strlen(name) == key_size && strncasecmp(key, name, key_size) == 0;
        if (wanted && found)
            return -1;
        size_t length = 0;
        bool quoted = *text == '"';
        if (quoted)
            text++;
        for (; quoted ? *text != '"' : is_token_char(*text); text++) {
            if (*text == '\0')
                return -1;
            if (quoted && text[0] == '\\' && (text[1] == '"' || text[1] == '\\'))
                text++;
            if (wanted && length + 1 >= size)
                return -1;
            if (wanted)
                out[length++] = *text;
        }
        if (quoted)
            text++;
        else if (text[-1] == '=')
            return -1;
        if (wanted) {
            out[length] = '\0';
            found = 1;
        }
        text += strspn(text, " \t");
        if (*text != ';' && *text != '\0')
            return -1;
    }
    return found;
}

static bool is_boundary(const char *text)
{
    size_t size = strlen(text);
    if (size == 0 || size > AVT_MULTIPART_BOUNDARY_MAX || text[size - 1] == ' ')
        return false;
    for (; *text != '\0'; text++)
        if (!((*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
              (*text >= 'A' && *text <= 'Z') || strchr("'()+_,-./:=? ", *text)))
            return false;
    return true;
}

bool avt_multipart_boundary(const char *content_type,
                            char ret_boundary[AVT_MULTIPART_BOUNDARY_MAX + 1])
{
    static const char type[] = "multipart/form-data";
    enum { TYPE_SIZE = sizeof(type) - 1 };
    if (strncasecmp(content_type, type, TYPE_SIZE) != 0 || !strchr("; \t", content_type[TYPE_SIZE]))
        return false;
    return find_param(content_type, "boundary", ret_boundary, AVT_MULTIPART_BOUNDARY_MAX + 1) ==
               1 &&
           is_boundary(ret_boundary);
}

/* ---- the headers of a part ------------------------------------------------------------------- */

static bool is_clean(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return avt_utf8_invalid_at(text, strlen(text)) == SIZE_MAX;
}

struct parsed_headers {
    char name[AVT_MULTIPART_NAME_MAX], filename[AVT_MULTIPART_NAME_MAX];
    char media_type[AVT_MULTIPART_NAME_MAX];
    bool has_disposition, has_filename, has_type;
};

static const char *read_disposition(const char *value, struct parsed_headers *out)
{
    if (out->has_disposition || strncasecmp(value, "form-data", 9) != 0 ||
        !strchr("; \t", value[9]))
        return "its Content-Disposition is not one form-data";
    out->has_disposition = true;
    if (find_param(value, "name", out->name, sizeof(out->name)) != 1 || !is_clean(out->name))
        return "its Content-Disposition has no good name";
    int found = find_param(value, "filename", out->filename, sizeof(out->filename));
    if (found < 0 || (found > 0 && !is_clean(out->filename)))
        return "its file name is malformed or too long";
    out->has_filename = found > 0;
    return NULL;
}

static const char *read_header(char *line, struct parsed_headers *out)
{
    char *colon = strchr(line, ':');
    char *end = line;
    while (is_token_char(*end))
        end++;
    if (!colon || end != colon || end == line)
        return "it has a malformed header";
    *colon = '\0';
    char *value = colon + 1;
    value += strspn(value, " \t");
    for (size_t size = strlen(value); size > 0 && strchr(" \t", value[size - 1]); size--)
        value[size - 1] = '\0';
    if (avt_str_casecmp(line, "Content-Disposition") == 0)
        return read_disposition(value, out);
    if (avt_str_casecmp(line, "Content-Transfer-Encoding") == 0 &&
        avt_str_casecmp(value, "binary") != 0 && avt_str_casecmp(value, "8bit") != 0 &&
        avt_str_casecmp(value, "7bit") != 0)
        return "it has a Content-Transfer-Encoding";
    if (avt_str_casecmp(line, "Content-Type") == 0) {
        if (out->has_type || strlen(value) >= sizeof(out->media_type) || !is_clean(value) ||
            strncasecmp(value, "multipart/", 10) == 0)
            return "its Content-Type is not a plain one";
        out->has_type = true;
        memcpy(out->media_type, value, strlen(value) + 1);
    }
    return NULL;
}

/* All header lines of a part are in parser->headers, each with its CRLF. */
static enum avt_code begin_part(struct avt_multipart *parser, struct avt_error *reterr)
{
    struct parsed_headers headers = {0};
    char *line = parser->headers.data;
    const char *why = NULL;
    if (parser->headers.size > 0 && memchr(line, '\0', parser->headers.size))
        why = "it has a malformed header";
    while (!why && line && *line != '\0') {
        char *end = strstr(line, "\r\n");
        if (!end) {
            why = "it has a malformed header";
            break;
        }
        *end = '\0';
        if (strpbrk(line, "\r\n"))
            why = "it has a malformed header";
        else
            why = read_header(line, &headers);
        line = end + 2;
    }
    if (!why && !headers.has_disposition)
        why = "it has no Content-Disposition";
    if (why)
        return avt_fail(reterr, AVT_EFORMAT, "a part of the multipart body cannot be read: %s",
                        why);
    struct avt_multipart_part part = {
        .name = headers.name,
        .filename = headers.has_filename ? headers.filename : NULL,
        .media_type = headers.media_type,
    };
    avt_buf_clear(&parser->headers);
    parser->in_part = true;
    return parser->calls->begin(&part, parser->user, reterr);
}

/* ---- states ---------------------------------------------------------------------------------- */

static enum avt_code malformed(struct avt_error *reterr, const char *why)
{
    return avt_fail(reterr, AVT_EFORMAT, "the multipart body cannot be read: %s", why);
}

static enum avt_code feed_first(struct avt_multipart *parser, const char **data, const char *end,
                                struct avt_error *reterr)
{
    for (; *data < end && parser->matched < parser->delimiter_size; ++*data)
        if (**data != parser->delimiter[parser->matched++])
            return malformed(reterr, "it does not begin with its boundary");
    if (parser->matched == parser->delimiter_size)
        parser->state = STATE_AFTER;
    return AVT_OK;
}

static enum avt_code feed_after(struct avt_multipart *parser, const char **data,
                                struct avt_error *reterr)
{
    parser->after[parser->after_size++] = *(*data)++;
    if (parser->after_size < 2)
        return AVT_OK;
    parser->after_size = 0;
    if (memcmp(parser->after, "\r\n", 2) == 0)
        parser->state = STATE_HEADERS;
    else if (memcmp(parser->after, "--", 2) == 0)
        parser->state = STATE_EPILOGUE;
    else
        return malformed(reterr,
                         "a boundary is followed by something else than the end of its line");
    return AVT_OK;
}

static enum avt_code feed_headers(struct avt_multipart *parser, const char **data, const char *end,
                                  struct avt_error *reterr)
{
    while (*data < end) {
        char c = *(*data)++;
        if (!avt_buf_append_char(&parser->headers, c))
            return avt_fail(reterr, AVT_ELIMIT,
                            "the headers of a part of the multipart body are over %d bytes",
                            AVT_MULTIPART_HEADER_BYTES_MAX);
        size_t size = parser->headers.size;
        const char *text = parser->headers.data;
        bool is_end = size == 2 ? memcmp(text, "\r\n", 2) == 0
                                : size >= 4 && memcmp(text + size - 4, "\r\n\r\n", 4) == 0;
        if (!is_end)
            continue;
        parser->headers.data[size - 2] = '\0';
        parser->headers.size = size - 2;
        parser->state = STATE_DATA;
        parser->matched = 0;
        return begin_part(parser, reterr);
    }
    return AVT_OK;
}

/* Only the first byte of a delimiter is a CR, so after a mismatch it can begin again no earlier
 * than at the byte that did not match. */
static enum avt_code feed_data(struct avt_multipart *parser, const char **data, const char *end,
                               struct avt_error *reterr)
{
    const struct avt_multipart_calls *calls = parser->calls;
    while (*data < end) {
        enum avt_code code = AVT_OK;
        if (parser->matched == 0) {
            const char *cr = memchr(*data, '\r', (size_t)(end - *data));
            const char *stop = cr ? cr : end;
            if (stop > *data)
                code = calls->data(*data, (size_t)(stop - *data), parser->user, reterr);
            *data = stop;
            if (code != AVT_OK || !cr)
                return code;
        }
        while (*data < end && parser->matched < parser->delimiter_size &&
               **data == parser->delimiter[parser->matched]) {
            parser->matched++;
            ++*data;
        }
        if (parser->matched == parser->delimiter_size) {
            parser->state = STATE_AFTER;
            parser->in_part = false;
            return calls->end(parser->user, reterr);
        }
        if (*data < end) { /* a mismatch: what looked like a delimiter was data */
            code = calls->data(parser->delimiter, parser->matched, parser->user, reterr);
            parser->matched = 0;
            if (code != AVT_OK)
                return code;
        }
    }
    return AVT_OK;
}

struct avt_multipart *avt_multipart_new(const char *boundary,
                                        const struct avt_multipart_calls *calls, void *user)
{
    struct avt_multipart *parser = avt_new0(struct avt_multipart, 1);
    parser->calls = calls;
    parser->user = user;
    parser->delimiter_size = (size_t)snprintf(parser->delimiter, sizeof(parser->delimiter),
                                              "\r\n--%.*s", AVT_MULTIPART_BOUNDARY_MAX, boundary);
    parser->matched = 2; /* the first one has no CRLF before it */
    avt_buf_init(&parser->headers, AVT_MULTIPART_HEADER_BYTES_MAX);
    return parser;
}

enum avt_code avt_multipart_feed(struct avt_multipart *parser, const char *data, size_t size,
                                 struct avt_error *reterr)
{
    const char *end = data + size;
    enum avt_code code = AVT_OK;
    while (data < end && code == AVT_OK) {
        switch (parser->state) {
        case STATE_FIRST:
            code = feed_first(parser, &data, end, reterr);
            break;
        case STATE_AFTER:
            code = feed_after(parser, &data, reterr);
            break;
        case STATE_HEADERS:
            code = feed_headers(parser, &data, end, reterr);
            break;
        case STATE_DATA:
            code = feed_data(parser, &data, end, reterr);
            break;
        case STATE_EPILOGUE:
            data = end;
            break;
        }
    }
    return code;
}

enum avt_code avt_multipart_finish(struct avt_multipart *parser, struct avt_error *reterr)
{
    if (parser->state != STATE_EPILOGUE)
        return malformed(reterr, "it ends before its last boundary");
    return AVT_OK;
}

void avt_multipart_free(struct avt_multipart *parser)
{
    if (!parser)
        return;
    avt_buf_done(&parser->headers);
    avt_free(parser);
}
