/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of a request for a file, one a line; the first eight bytes are the file's size. What
 * is granted must lie within the file. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "api/range.h"
#include "base/assert.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t total = 0, offset = 0, length = 0;
    if (size < sizeof(total))
        return 0;
    memcpy(&total, data, sizeof(total));
    AVT_CLEANUP(avt_freep)
    char *text = avt_strndup((const char *)data + sizeof(total), size - sizeof(total));
    char *rest = text, *fields[7] = {0};
    for (size_t i = 0; i < 7 && rest; i++) {
        fields[i] = strsep(&rest, "\n");
        if (*fields[i] == '\0')
            fields[i] = NULL;
    }
    const struct avt_conditions conditions = {
        .range = fields[0],
        .if_range = fields[1],
        .if_match = fields[2],
        .if_none_match = fields[3],
        .if_modified_since = fields[4],
        .if_unmodified_since = fields[5],
    };
    int status = avt_conditions_judge(&conditions, total, fields[6] ? fields[6] : "\"e\"",
                                      784111777, &offset, &length);
    avt_assert(status == 200 || status == 206 || status == 304 || status == 412 || status == 416);
    if (status == 200)
        avt_assert(offset == 0 && length == total);
    if (status == 206)
        avt_assert(length > 0 && length <= total && offset <= total - length);
    int64_t s = 0;
    if (fields[4] && avt_http_date_parse(fields[4], &s)) {
        char date[AVT_HTTP_DATE_SIZE];
        int64_t again = 0;
        avt_http_date_format(s, date);
        avt_assert(avt_http_date_parse(date, &again) && again == s);
    }
    return 0;
}
