/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

/* ---- checking -------------------------------------------------------------------------------- */

bool avt_parse_duration_ms(const char *text, int64_t min_ms, int64_t max_ms, int64_t *ret_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"", 1000},     {"ms", 1},      {"s", 1000},     {"m", 60000},
                 {"min", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 7 * INT64_C(86400000)}};
    char digits[20];
    int64_t count = 0;
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length >= sizeof(digits))
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!avt_str_equal(text + length, units[i].unit))
            continue;
        if (!avt_parse_int(digits, 0, max_ms / units[i].ms, &count) || count * units[i].ms < min_ms)
            return false;
        *ret_ms = count * units[i].ms;
        return true;
    }
    return false;
}

bool avt_parse_bytes(const char *text, int64_t min_bytes, int64_t max_bytes, int64_t *ret_bytes)
{
    static const struct {
        const char *unit;
        double bytes;
    } units[] = {{"", 1e6}, {"M", 1e6}, {"MB", 1e6}, {"G", 1e9}, {"GB", 1e9}};
    char digits[20];
    double count = 0;
    size_t length = strspn(text, "0123456789.");
    if (length == 0 || length >= sizeof(digits))
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    const char *unit = text + length + strspn(text + length, " ");
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        double bytes_min = (double)min_bytes / units[i].bytes, bytes_max = (double)max_bytes / units[i].bytes;
        if (avt_str_casecmp(unit, units[i].unit) != 0 || !avt_parse_double(digits, bytes_min, bytes_max, &count))
            continue;
        *ret_bytes = (int64_t)(count * units[i].bytes + .5);
        return true;
    }
    return false;
}

const char *avt_duration_text(int64_t ms, char ret_text[AVT_DURATION_SIZE])
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    size_t i = 0;
    while (i < 4 && (ms == 0 ? units[i].ms != 1000 : ms % units[i].ms != 0))
        i++;
    snprintf(ret_text, AVT_DURATION_SIZE, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
    return ret_text;
}

static bool parse_flag(const char *text, int64_t *ret_value)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (avt_str_casecmp(text, words[i]) == 0) {
            *ret_value = i % 2;
            return true;
        }
    return false;
}

static enum avt_code check_choice(const struct avt_setting_info *info, const char *text,
                                  const char *source, struct avt_error *reterr)
{
    char all[128] = "";
    size_t count = 0;
    for (; info->choices[count]; count++) {
        if (avt_str_equal(info->choices[count], text))
            return AVT_OK;
        size_t used = strlen(all);
        snprintf(all + used, sizeof(all) - used, "%s%s", count ? ", " : "", info->choices[count]);
    }
    return avt_fail(reterr, AVT_EINVAL, "%s cannot be '%.100s'; it is one of %s", source, text,
                    all);
}

static enum avt_code check(const struct avt_setting_info *info, const char *text,
                           const char *source, int64_t *ret_number, struct avt_error *reterr)
{
    char low[AVT_DURATION_SIZE], high[AVT_DURATION_SIZE];
    switch (info->type) {
    case AVT_SETTING_CHOICE:
        return check_choice(info, text, source, reterr);
    case AVT_SETTING_FLAG:
        if (!parse_flag(text, ret_number))
            return avt_fail(reterr, AVT_EINVAL, "%s cannot be '%.100s'; it is yes or no", source,
                            text);
        return AVT_OK;
    case AVT_SETTING_INTEGER:
        if (!avt_parse_int(text, info->min, info->max, ret_number))
            return avt_fail(reterr, AVT_EINVAL,
                            "%s cannot be '%.100s'; it is a whole number from %lld to %lld", source,
                            text, (long long)info->min, (long long)info->max);
        return AVT_OK;
    case AVT_SETTING_BYTES:
        if (!avt_parse_bytes(text, info->min, info->max, ret_number))
            return avt_fail(reterr, AVT_EINVAL, "%s cannot be '%.100s'; it is an amount of memory such as 10GB or "
                                                "512MB, from %lld to %lld "
                                                "MB", source, text, (long long)(info->min / 1000000),
                            (long long)(info->max / 1000000));
        return AVT_OK;
    case AVT_SETTING_DURATION:
        if (!avt_parse_duration_ms(text, info->min, info->max, ret_number))
            return avt_fail(
                reterr, AVT_EINVAL,
                "%s cannot be '%.100s'; it is a time such as 90s, 15m, 12h or 7d, from %s "
                "to %s",
                source, text, avt_duration_text(info->min, low),
                avt_duration_text(info->max, high));
        return AVT_OK;
    default:
        if (!*text)
            return avt_fail(reterr, AVT_EINVAL, "%s is empty; it needs a %s", source,
                            info->argument);
        if (avt_utf8_invalid_at(text, strlen(text)) != SIZE_MAX || strpbrk(text, "\n\r"))
            return avt_fail(reterr, AVT_EINVAL, "%s is not one line of UTF-8", source);
        return AVT_OK;
    }
}

/* ---- values ---------------------------------------------------------------------------------- */

void avt_config_init(struct avt_config *config)
{
    memset(config, 0, sizeof(*config));
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        struct avt_config_value *value = &config->values[i];
        if (!info->fallback)
            continue;
        avt_assert(check(info, info->fallback, info->name, &value->number, NULL) == AVT_OK);
        value->text = avt_strdup(info->fallback);
    }
}

void avt_config_done(struct avt_config *config)
{
    for (int i = 0; i < AVT_SETTING_COUNT; i++)
        avt_free(config->values[i].text);
    avt_free(config->file);
    memset(config, 0, sizeof(*config));
}

enum avt_code avt_config_set(struct avt_config *config, enum avt_setting id, const char *text,
                             enum avt_config_origin origin, const char *source,
                             struct avt_error *reterr)
{
    struct avt_config_value *value = &config->values[id];
    int64_t number = 0;
    enum avt_code code = check(avt_setting_info(id), text, source, &number, reterr);
    if (code != AVT_OK || origin < value->origin)
        return code;
    avt_free(value->text);
    *value =
        (struct avt_config_value){.origin = origin, .text = avt_strdup(text), .number = number};
    return AVT_OK;
}

const char *avt_config_text(const struct avt_config *config, enum avt_setting id)
{
    return config->values[id].text;
}

int64_t avt_config_number(const struct avt_config *config, enum avt_setting id)
{
    return config->values[id].number;
}

bool avt_config_flag(const struct avt_config *config, enum avt_setting id)
{
    return config->values[id].number != 0;
}

char **avt_config_list(const struct avt_config *config, enum avt_setting id)
{
    char **list = avt_new0(char *, AVT_CONFIG_LIST_MAX + 1);
    const char *text = config->values[id].text;
    for (size_t count = 0; text && *text && count < AVT_CONFIG_LIST_MAX;) {
        text += strspn(text, ", \t");
        size_t size = strcspn(text, ", \t");
        if (size > 0)
            list[count++] = avt_strndup(text, size);
        text += size;
    }
    return list;
}

void avt_config_list_free(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        avt_free(list[i]);
    avt_free(list);
}

const char *avt_config_origin_name(enum avt_config_origin origin)
{
    static const char *const names[] = {"default", "file", "environment", "command line"};
    return names[origin];
}

/* ---- environment and file -------------------------------------------------------------------- */

static enum avt_code read_environment(struct avt_config *config, bool secrets_only, unsigned scope,
                                      struct avt_error *reterr)
{
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        const char *text = getenv(info->variable);
        /* Empty is as good as unset: that is how a shell takes a variable away for one command. */
        if (!text || !*text || info->hidden || !(info->scope & scope) ||
            (secrets_only && !info->secret))
            continue;
        enum avt_code code = avt_config_set(config, (enum avt_setting)i, text,
                                            AVT_CONFIG_ENVIRONMENT, info->variable, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

static char *first_default_file(void)
{
    const char *config_home = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    AVT_CLEANUP(avt_freep) char *own = NULL;
    if (config_home && config_home[0] == '/')
        own = avt_asprintf("%s/avatar/avatar.ini", config_home);
    else if (home && *home)
        own = avt_asprintf("%s/.config/avatar/avatar.ini", home);
    if (own && avt_file_exists(own))
        return AVT_TAKE(own);
    return avt_file_exists("/etc/avatar/avatar.ini") ? avt_strdup("/etc/avatar/avatar.ini") : NULL;
}

static enum avt_code read_file(struct avt_config *config, const char *path,
                               struct avt_error *reterr)
{
    const char *variable = getenv("AVATAR_CONFIG");
    AVT_CLEANUP(avt_freep)
    char *file = path        ? avt_strdup(path)
                 : !variable ? first_default_file()
                 : *variable ? avt_strdup(variable)
                             : NULL;
    AVT_CLEANUP(avt_freep) char *text = NULL;
    if (!file)
        return AVT_OK;
    enum avt_code code = avt_file_read_text(file, AVT_CONFIG_FILE_BYTES_MAX, &text, reterr);
    if (code == AVT_OK)
        code = avt_config_read_ini(config, text, file, reterr);
    if (code != AVT_OK)
        return code;
    avt_free(config->file);
    config->file = AVT_TAKE(file);
    return AVT_OK;
}

enum avt_code avt_config_load(struct avt_config *config, const char *path, struct avt_error *reterr)
{
    enum avt_code code = read_file(config, path, reterr);
    if (code == AVT_OK)
        code = read_environment(config, false, ~0U, reterr);
    return code;
}

/* ---- from one process of ours to another -------------------------------------------------------
 */

char **avt_config_to_args(const struct avt_config *config, unsigned scope)
{
    char **args = avt_new0(char *, AVT_SETTING_COUNT + 1);
    size_t count = 0;
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        if (config->values[i].text && (info->scope & scope) && !info->secret)
            args[count++] = avt_asprintf("--%s=%s", info->name, config->values[i].text);
    }
    return args;
}

void avt_config_export_secrets(const struct avt_config *config, unsigned scope)
{
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        if (config->values[i].text && (info->scope & scope) && info->secret)
            setenv(info->variable, config->values[i].text, 1);
    }
}

enum avt_code avt_config_from_args(struct avt_config *config, int argc, char *const *argv,
                                   unsigned scope, struct avt_error *reterr)
{
    for (int a = 1; a < argc; a++) {
        size_t size = strcspn(argv[a], "=");
        int id = 0;
        for (; id < AVT_SETTING_COUNT; id++) {
            const struct avt_setting_info *info = avt_setting_info((enum avt_setting)id);
            if ((info->scope & scope) && !info->secret && size == strlen(info->name) + 2 &&
                strncmp(argv[a], "--", 2) == 0 && strncmp(argv[a] + 2, info->name, size - 2) == 0)
                break;
        }
        if (id == AVT_SETTING_COUNT || argv[a][size] != '=')
            return avt_fail(
                reterr, AVT_EINVAL,
                "'%.100s' is no option of this program, which 'avatar server start' runs", argv[a]);
        char source[64];
        snprintf(source, sizeof(source), "%.*s", (int)size, argv[a]);
        enum avt_code code = avt_config_set(config, (enum avt_setting)id, argv[a] + size + 1,
                                            AVT_CONFIG_COMMAND, source, reterr);
        if (code != AVT_OK)
            return code;
    }
    return read_environment(config, true, scope, reterr);
}
