/* SPDX-License-Identifier: Apache-2.0 */
/* The xtts.json beside a model comes from anywhere; its numbers decide how much memory there is. */
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/mem.h"
#include "voice/xtts_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_freep) struct avt_xtts_config *config = avt_new0(struct avt_xtts_config, 1);
    struct avt_error error = {0};
    if (avt_xtts_config_parse(size ? (const char *)data : "", size, config, &error) != AVT_OK) {
        avt_assert(error.message[0] && config->width == 0);
        return 0;
    }
    avt_assert(config->width > 0 && config->width <= AVT_XTTS_WIDTH_MAX && config->codes > 1);
    avt_assert(config->code_start < config->codes && config->code_stop < config->codes);
    avt_assert(config->text_start < config->text_tokens && config->text_stop < config->text_tokens);
    avt_assert(config->language_count > 0 && config->languages[config->language_count - 1][0]);
    return 0;
}
