/* SPDX-License-Identifier: Apache-2.0 */
/* For tests/e2e/schema_difference.py: reads lines "operation TAB json" and answers each with the
 * faults that the validator finds, as a JSON array. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/operations.h"
#include "base/mem.h"
#include "base/str.h"

static const struct avt_schema *schema_of(const char *operation)
{
    for (size_t i = 0; i < avt_api_operation_count; i++) {
        if (avt_str_equal(avt_api_operations[i].id, operation))
            return avt_api_operations[i].json;
    }
    return NULL;
}

int main(void)
{
    AVT_CLEANUP(avt_freep) char *line = NULL;
    size_t room = 0;
    ssize_t size;
    while ((size = getline(&line, &room, stdin)) > 0) {
        char *body = memchr(line, '\t', (size_t)size);
        if (!body || line[size - 1] != '\n')
            return 1;
        *body++ = '\0';
        const struct avt_schema *schema = schema_of(line);
        if (!schema)
            return 1;
        AVT_CLEANUP(avt_json_decrefp) json_t *faults = json_array(), *value = NULL;
        struct avt_loc loc = {NULL, "body", 0};
        if (avt_schema_parse(body, (size_t)(line + size - 1 - body), &value, faults))
            avt_schema_check(schema, value, &loc, faults);
        AVT_CLEANUP(avt_freep) char *text = json_dumps(faults, JSON_COMPACT);
        printf("%s\n", text);
    }
    return 0;
}
