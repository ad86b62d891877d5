/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of requests: parsed strictly, then checked against the schema of every operation. */
#include <stdint.h>

#include "api/operations.h"
#include "base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_faults(json_t *faults, bool good)
{
    size_t index;
    json_t *fault;
    avt_assert(good == (json_array_size(faults) == 0));
    avt_assert(json_array_size(faults) <= AVT_SCHEMA_FAULTS_MAX);
    json_array_foreach(faults, index, fault)
    {
        avt_assert(json_string_length(json_object_get(fault, "msg")) > 0);
        avt_assert(json_string_length(json_object_get(fault, "type")) > 0);
        avt_assert(json_array_size(json_object_get(fault, "loc")) > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_loc loc = {NULL, "body", 0};
    AVT_CLEANUP(avt_json_decrefp) json_t *value = NULL, *parse_faults = json_array();
    bool parsed = avt_schema_parse((const char *)data, size, &value, parse_faults);
    check_faults(parse_faults, parsed);
    if (!parsed)
        return 0;
    for (size_t i = 0; i < avt_api_operation_count; i++) {
        if (!avt_api_operations[i].json)
            continue;
        AVT_CLEANUP(avt_json_decrefp) json_t *faults = json_array();
        check_faults(faults, avt_schema_check(avt_api_operations[i].json, value, &loc, faults));
    }
    return 0;
}
