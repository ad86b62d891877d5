/* SPDX-License-Identifier: Apache-2.0 */
/* A form comes from anybody. The first byte says in which pieces it arrives; then a line with the
 * Content-Type, then the body. Whatever the pieces, the same parts have to come out. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "api/multipart.h"
#include "base/assert.h"
#include "base/hash.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct avt_sha256 *hash;
    bool open;
};

static enum avt_code on_begin(const struct avt_multipart_part *part, void *user,
                              struct avt_error *reterr)
{
    struct seen *seen = user;
    (void)reterr;
    avt_assert(!seen->open && strlen(part->name) < AVT_MULTIPART_NAME_MAX);
    seen->open = true;
    avt_sha256_update(seen->hash, part->name, strlen(part->name) + 1);
    if (part->filename)
        avt_sha256_update(seen->hash, part->filename, strlen(part->filename) + 1);
    avt_sha256_update(seen->hash, part->media_type, strlen(part->media_type) + 1);
    return AVT_OK;
}

static enum avt_code on_data(const char *data, size_t size, void *user, struct avt_error *reterr)
{
    struct seen *seen = user;
    (void)reterr;
    avt_assert(seen->open && size > 0);
    avt_sha256_update(seen->hash, data, size);
    return AVT_OK;
}

static enum avt_code on_end(void *user, struct avt_error *reterr)
{
    struct seen *seen = user;
    (void)reterr;
    avt_assert(seen->open);
    seen->open = false;
    avt_sha256_update(seen->hash, "|", 1);
    return AVT_OK;
}

static const struct avt_multipart_calls calls = {.begin = on_begin, .data = on_data, .end = on_end};

static enum avt_code parse(const char *boundary, const char *body, size_t size, size_t step,
                           char hex[AVT_SHA256_HEX_SIZE])
{
    struct avt_error error = {0};
    struct seen seen = {.hash = avt_sha256_new()};
    AVT_CLEANUP(avt_multipart_freep)
    struct avt_multipart *parser = avt_multipart_new(boundary, &calls, &seen);
    enum avt_code code = AVT_OK;
    for (size_t at = 0; at < size && code == AVT_OK; at += step)
        code = avt_multipart_feed(parser, body + at, step < size - at ? step : size - at, &error);
    if (code == AVT_OK)
        code = avt_multipart_finish(parser, &error);
    avt_assert(code == AVT_OK || error.message[0] != '\0');
    avt_sha256_finish(seen.hash, hex);
    avt_sha256_free(seen.hash);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char boundary[AVT_MULTIPART_BOUNDARY_MAX + 1] = "b";
    char whole[AVT_SHA256_HEX_SIZE], pieces[AVT_SHA256_HEX_SIZE];
    if (size < 2)
        return 0;
    size_t step = 1 + data[0] % 64;
    const uint8_t *line = data + 1, *end = memchr(line, '\n', size - 1);
    if (!end)
        return 0;
    AVT_CLEANUP(avt_freep)
    char *type = avt_strndup((const char *)line, (size_t)(end - line));
    if (!avt_multipart_boundary(type, boundary))
        memcpy(boundary, "b", 2);
    const char *body = (const char *)end + 1;
    size_t left = size - (size_t)(end + 1 - data);
    enum avt_code code = parse(boundary, body, left, left + 1, whole);
    avt_assert(parse(boundary, body, left, step, pieces) == code);
    /* Of a body that is refused more or less may have come out before the fault. */
    avt_assert(code != AVT_OK || strcmp(whole, pieces) == 0);
    return 0;
}
