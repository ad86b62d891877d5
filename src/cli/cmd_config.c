/* SPDX-License-Identifier: Apache-2.0 */
/* config show: every setting, its value and where that comes from. */
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "os/paths.h"

/** What is in force, also where that is worked out at run time. Owned; NULL: nothing. */
static char *value_of(const struct avt_cli *cli, enum avt_setting id)
{
    const char *text = avt_config_text(&cli->config, id);
    if (id == AVT_SET_STORAGE)
        return avt_path_storage(text);
    return text ? avt_strdup(text) : NULL;
}

static json_t *value_json(const struct avt_cli *cli, enum avt_setting id, const char *text)
{
    const struct avt_setting_info *info = avt_setting_info(id);
    if (!text || info->secret)
        return json_null();
    if (info->type == AVT_SETTING_INTEGER)
        return json_integer(avt_config_number(&cli->config, id));
    if (info->type == AVT_SETTING_FLAG)
        return json_boolean(avt_config_flag(&cli->config, id));
    if (info->type != AVT_SETTING_LIST)
        return json_string(text);
    json_t *list = json_array();
    AVT_CLEANUP(avt_config_list_freep) char **parts = avt_config_list(&cli->config, id);
    for (size_t i = 0; parts[i]; i++)
        json_array_append_new(list, json_string(parts[i]));
    return list;
}

static json_t *setting_json(const struct avt_cli *cli, enum avt_setting id, const char *text)
{
    const struct avt_setting_info *info = avt_setting_info(id);
    const struct avt_config_value *value = &cli->config.values[id];
    json_t *object = json_object();
    avt_cli_set_text(object, "name", info->name);
    avt_cli_set_text(object, "section", info->section);
    avt_cli_set_text(object, "variable", info->variable);
    json_object_set_new(object, "value", value_json(cli, id, text));
    avt_cli_set_bool(object, "set", text != NULL);
    avt_cli_set_bool(object, "secret", info->secret);
    avt_cli_set_text(object, "origin", avt_config_origin_name(value->origin));
    if (value->line > 0)
        avt_cli_set_int(object, "line", value->line);
    return object;
}

static void add_row(struct avt_table *table, const struct avt_cli *cli, enum avt_setting id,
                    const char *text)
{
    const struct avt_setting_info *info = avt_setting_info(id);
    const struct avt_config_value *value = &cli->config.values[id];
    char origin[96], amount[64];
    const char *shown = !text ? "-" : info->secret ? "(not shown)" : text;
    if (text && info->type == AVT_SETTING_INTEGER && !avt_str_equal(info->argument, "N")) {
        snprintf(amount, sizeof(amount), "%s %s", text, info->argument);
        shown = amount;
    }
    if (value->origin == AVT_CONFIG_FILE)
        snprintf(origin, sizeof(origin), "file, line %d", value->line);
    else if (value->origin == AVT_CONFIG_ENVIRONMENT)
        snprintf(origin, sizeof(origin), "environment, %s", info->variable);
    else
        snprintf(origin, sizeof(origin), "%s", avt_config_origin_name(value->origin));
    avt_table_row(table, (const char *[]){info->section, info->name, shown, origin});
}

enum avt_code avt_cmd_config_show(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    (void)reterr;
    const char *const headings[] = {"section", "setting", "value", "from"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 4);
    json_t *settings = json_array();
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        if (avt_setting_info((enum avt_setting)i)->hidden)
            continue;
        AVT_CLEANUP(avt_freep) char *text = value_of(cli, (enum avt_setting)i);
        json_array_append_new(settings, setting_json(cli, (enum avt_setting)i, text));
        add_row(table, cli, (enum avt_setting)i, text);
    }
    avt_cli_set_text(result, "file", cli->config.file);
    json_object_set_new(result, "settings", settings);
    avt_cli_say(cli, cli->config.file ? "file: %s\n\n" : "no file was read\n\n", cli->config.file);
    if (avt_cli_talks(cli))
        avt_table_print(table, stdout, cli->width);
    return AVT_OK;
}
