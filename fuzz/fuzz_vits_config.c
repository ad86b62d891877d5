/* SPDX-License-Identifier: Apache-2.0 */
/* The config.json of a Coqui voice comes from anywhere; so does the text that it is to read. */
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "voice/vits_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    const char *json = size ? (const char *)data : "";
    struct avt_error error = {0};
    if (avt_vits_config_parse(json, size, config, &error) != AVT_OK)
        return 0;
    AVT_CLEANUP(avt_freep) char *text = avt_strndup(json, size);
    AVT_CLEANUP(avt_freep) char *clean = avt_vits_clean(config, text);
    int64_t *ids = NULL;
    size_t count = 0;
    if (avt_vits_ids(config, clean, &ids, &count, NULL, &error) == AVT_OK)
        avt_free(ids);
    return 0;
}
