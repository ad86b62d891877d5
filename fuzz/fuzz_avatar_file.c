/* SPDX-License-Identifier: Apache-2.0 */
/* An exported avatar profile comes from anywhere. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "store/avatar_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_json_decrefp) json_t *about = NULL;
    size_t begin = 0;
    if (avt_avatar_file_parse(data, size, &about, &begin, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EFORMAT && error.message[0] && !about);
        return 0;
    }
    avt_assert(begin >= AVT_AVATAR_FILE_HEAD && begin <= size);
    avt_assert(json_is_string(json_object_get(about, "name")) && json_is_string(json_object_get(about, "rights")));
    avt_assert(json_is_integer(json_object_get(about, "size_bytes")));
    return 0;
}
