/* SPDX-License-Identifier: Apache-2.0 */
/* INI files. What is accepted must be within the table's ranges; what is refused must say why. */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/config.h"
#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_config_done) struct avt_config config;
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)data, size);
    avt_config_init(&config);
    if (avt_config_read_ini(&config, text, "f", &error) != AVT_OK) {
        avt_assert(error.code < 0 && avt_str_starts(error.message, "'f' line "));
        return 0;
    }
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        const struct avt_config_value *value = &config.values[i];
        avt_assert((value->origin == AVT_CONFIG_FILE) == (value->line > 0));
        avt_assert(value->origin != AVT_CONFIG_FILE || (value->text && !strchr(value->text, '\n')));
        if (info->type == AVT_SETTING_INTEGER || info->type == AVT_SETTING_DURATION)
            avt_assert(value->number >= info->min && value->number <= info->max);
    }
    /* What we write for a child must be read back as the same. */
    char **args = avt_config_to_args(&config, ~0U);
    AVT_CLEANUP(avt_config_done) struct avt_config copy;
    avt_config_init(&copy);
    char *argv[AVT_SETTING_COUNT + 1] = {NULL};
    int argc = 1;
    for (; args[argc - 1]; argc++)
        argv[argc] = args[argc - 1];
    avt_assert(avt_config_from_args(&copy, argc, argv, ~0U, &error) == AVT_OK);
    for (int i = 0; i < AVT_SETTING_COUNT; i++)
        avt_assert(copy.values[i].number == config.values[i].number);
    avt_config_list_free(args);
    return 0;
}
