/* SPDX-License-Identifier: Apache-2.0 */
/* The model list. What it accepts must hold what the rest of nn relies on. */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "nn/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_manifest_freep) struct avt_manifest *manifest = NULL;
    if (avt_manifest_parse((const char *)data, size, "x86_64", &manifest, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EMODELBAD && error.message[0]);
        return 0;
    }
    for (size_t i = 0; i < manifest->count; i++) {
        const struct avt_manifest_entry *entry = &manifest->entries[i];
        avt_assert(entry->asset.file[0] != '/' && !strstr(entry->asset.file, ".."));
        for (size_t s = 0; s < entry->source_count; s++)
            avt_assert(entry->sources[s].spec[0] != '-' && !strchr(entry->sources[s].archive, '/'));
    }
    return 0;
}
