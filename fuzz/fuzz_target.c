/* SPDX-License-Identifier: Apache-2.0 */
/* The target of a request line. What is taken cannot climb, and holds nothing that another reader
 * could take for a separator. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "api/target.h"
#include "base/assert.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        avt_assert((unsigned char)*c >= 0x20 && *c != 0x7f);
    avt_assert(avt_utf8_invalid_at(text, strlen(text)) == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_target target;
    const char *why = NULL;
    if (!avt_target_parse((const char *)data, size, &target, &why)) {
        avt_assert(why);
        return 0;
    }
    size_t length = 0;
    for (size_t i = 0; i < target.segment_count; i++) {
        const char *segment = target.segments[i];
        check_text(segment);
        avt_assert(*segment != '\0' && !avt_str_equal(segment, ".") &&
                   !avt_str_equal(segment, ".."));
        avt_assert(!strpbrk(segment, "/\\"));
        length += 1 + strlen(segment);
    }
    avt_assert(strlen(target.text) == (length ? length : 1));
    for (size_t i = 0; i < target.query_count; i++) {
        check_text(target.query[i].name);
        check_text(target.query[i].value);
    }
    avt_target_done(&target);
    return 0;
}
