/* SPDX-License-Identifier: Apache-2.0 */
/* INI files, by libinih. The only includer of ini.h. */
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/mem.h"
#include "base/str.h"

/*
 * The parser knows line numbers, but its handler is told them in some builds of the library only,
 * so we hand out the lines ourselves and count.
 */
struct reader {
    struct avt_config *config;
    const char *name;              /* of the file */
    const char *rest;              /* of the text */
    int line;                      /* the one that was handed out last */
    int set_in[AVT_SETTING_COUNT]; /* line that set it; 0: none yet */
    enum avt_code code;            /* the first failure; nothing is looked at after it */
    struct avt_error error;
};

static void fail_at(struct reader *r, enum avt_code code, const char *text)
{
    if (r->code == AVT_OK)
        r->code = avt_fail(&r->error, code, "'%.200s' line %d: %s", r->name, r->line, text);
}

/** fgets() on a string. A line that does not fit is an error, not two lines. */
static char *next_line(char *buffer, int size, void *user)
{
    struct reader *r = user;
    size_t length = strcspn(r->rest, "\n");
    if (r->code != AVT_OK || !*r->rest || size < 2)
        return NULL;
    r->line++;
    if (length + 2 > (size_t)size) {
        char text[64];
        snprintf(text, sizeof(text), "longer than %d bytes", AVT_CONFIG_LINE_BYTES_MAX);
        fail_at(r, AVT_ELIMIT, text);
        return NULL;
    }
    memcpy(buffer, r->rest, length);
    r->rest += length + (r->rest[length] == '\n');
    buffer[length] = '\n';
    buffer[length + 1] = '\0';
    return buffer;
}

static const char *nearest(const char *name, const char *section)
{
    const char *names[AVT_SETTING_COUNT];
    size_t count = 0;
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        if (!info->hidden && (!section || avt_str_equal(info->section, section)))
            names[count++] = info->name;
    }
    return avt_nearest_name(name, names, count);
}

static bool section_exists(const char *section)
{
    for (int i = 0; i < AVT_SETTING_COUNT; i++)
        if (avt_str_equal(avt_setting_info((enum avt_setting)i)->section, section))
            return true;
    return false;
}

static void fail_unknown_section(struct reader *r, const char *section)
{
    static const char *const names[] = {"avatar", "server", "worker", "limits", "client"};
    char text[256];
    const char *near = avt_nearest_name(section, names, sizeof(names) / sizeof(names[0]));
    if (!*section)
        snprintf(text, sizeof(text), "a setting stands before the first section, such as [server]");
    else
        snprintf(text, sizeof(text), "there is no section [%.50s]%s%s%s", section,
                 near ? "; did you mean [" : "", near ? near : "", near ? "]?" : "");
    fail_at(r, AVT_EINVAL, text);
}

static void fail_unknown_key(struct reader *r, const char *section, const char *name)
{
    char text[256];
    const char *near = nearest(name, section);
    near = near ? near : nearest(name, NULL);
    const char *belongs = NULL;
    for (int i = 0; near && i < AVT_SETTING_COUNT; i++)
        if (avt_str_equal(avt_setting_info((enum avt_setting)i)->name, near))
            belongs = avt_setting_info((enum avt_setting)i)->section;
    if (!near)
        snprintf(text, sizeof(text),
                 "there is no setting '%.50s' in [%s]; 'avatar config show' lists all", name,
                 section);
    else if (avt_str_equal(near, name))
        snprintf(text, sizeof(text), "the setting '%s' belongs into the section [%s]", name,
                 belongs);
    else
        snprintf(text, sizeof(text),
                 "there is no setting '%.50s' in [%s]; did you mean '%s'%s%s%s?", name, section,
                 near, avt_str_equal(belongs, section) ? "" : " in [",
                 avt_str_equal(belongs, section) ? "" : belongs,
                 avt_str_equal(belongs, section) ? "" : "]");
    fail_at(r, AVT_EINVAL, text);
}

static void take(struct reader *r, enum avt_setting id, const char *value)
{
    char text[256];
    const struct avt_setting_info *info = avt_setting_info(id);
    if (r->set_in[id]) {
        snprintf(text, sizeof(text), "'%s' is set for a second time, after line %d", info->name,
                 r->set_in[id]);
        fail_at(r, AVT_EINVAL, text);
        return;
    }
    r->set_in[id] = r->line;
    struct avt_error error = {0};
    char source[64];
    snprintf(source, sizeof(source), "'%s'", info->name);
    bool stronger = r->config->values[id].origin > AVT_CONFIG_FILE;
    if (avt_config_set(r->config, id, value, AVT_CONFIG_FILE, source, &error) != AVT_OK)
        fail_at(r, error.code, error.message);
    else if (!stronger)
        r->config->values[id].line = r->line;
}

static int on_value(void *user, const char *section, const char *name, const char *value)
{
    struct reader *r = user;
    if (r->code != AVT_OK)
        return 0;
    if (!section_exists(section)) {
        fail_unknown_section(r, section);
        return 0;
    }
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        if (!info->hidden && avt_str_equal(info->section, section) &&
            avt_str_equal(info->name, name)) {
            take(r, (enum avt_setting)i, value);
            return r->code == AVT_OK;
        }
    }
    fail_unknown_key(r, section, name);
    return 0;
}

enum avt_code avt_config_read_ini(struct avt_config *config, const char *text, const char *name,
                                  struct avt_error *reterr)
{
    /* The library's switches are global: one line is one value, and a ; inside a value belongs to
     * it. */
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_allow_bom = true;
    ini_use_stack = false;
    ini_allow_realloc = false;
    ini_stop_on_first_error = true;
    ini_max_line = AVT_CONFIG_LINE_BYTES_MAX + 3;
    ini_initial_alloc = AVT_CONFIG_LINE_BYTES_MAX + 3;

    struct reader r = {.config = config, .name = name, .rest = text};
    int first_bad = ini_parse_stream(next_line, &r, on_value, &r);
    if (r.code == AVT_OK && first_bad > 0) {
        r.line = first_bad;
        fail_at(&r, AVT_EFORMAT, "neither a [section] nor name = value");
    } else if (r.code == AVT_OK && first_bad < 0) {
        fail_at(&r, AVT_ENOMEM, "out of memory");
    }
    if (r.code != AVT_OK && reterr)
        *reterr = r.error;
    return r.code;
}
