/* SPDX-License-Identifier: Apache-2.0 */
/* Markup is what anybody types. Spans must follow each other and cover the plain text. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_markup_freep) struct avt_markup *markup = NULL;
    struct avt_error error = {0};
    /* The parser is given text that was checked to be UTF-8, with a NUL behind it. */
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)data, size);
    size_t length = strlen(text);
    if (avt_utf8_invalid_at(text, length) != SIZE_MAX)
        return 0;
    enum avt_markup_kind kind = length % 3 == 0 ? AVT_MARKUP_SSML : AVT_MARKUP_AUTO;
    if (avt_markup_parse(text, length, kind, &markup, &error) != AVT_OK)
        return 0;
    size_t end = 0;
    for (size_t i = 0; i < markup->span_count; i++) {
        avt_assert(markup->spans[i].start == end && markup->spans[i].end >= end);
        end = markup->spans[i].end;
    }
    avt_assert(end == strlen(markup->text));
    for (size_t i = 0; i < markup->override_count; i++)
        avt_assert(markup->overrides[i].end > markup->overrides[i].start &&
                   markup->overrides[i].end <= end);
    return 0;
}
