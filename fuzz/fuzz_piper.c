/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON file of a Piper voice comes from anywhere. */
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "profile/piper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_freep) struct avt_piper_config *config = avt_new0(struct avt_piper_config, 1);
    struct avt_error error = {0};
    if (avt_piper_config_parse(size ? (const char *)data : "", size, config, &error) == AVT_OK)
        (void)avt_piper_symbol(config, 'a');
    return 0;
}
