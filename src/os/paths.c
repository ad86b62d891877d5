/* SPDX-License-Identifier: Apache-2.0 */
#include "os/paths.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "avt_config.h"
#include "base/file.h"
#include "base/mem.h"
#include "os/proc.h"

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

char *avt_path_storage(const char *override)
{
    if (override)
        return avt_strdup(override);
    if (environment("AVATAR_STORAGE"))
        return avt_strdup(environment("AVATAR_STORAGE"));
    if (environment("XDG_DATA_HOME"))
        return avt_path_join(environment("XDG_DATA_HOME"), "avatar");
    const char *home = environment("HOME");
    return avt_path_join(home ? home : "/var/tmp", ".local/share/avatar");
}

char *avt_path_dirname(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return avt_strdup(".");
    return slash == path ? avt_strdup("/") : avt_strndup(path, (size_t)(slash - path));
}

const char *avt_path_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *avt_path_extension(const char *path)
{
    const char *name = avt_path_basename(path);
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? dot + 1 : "";
}

char *avt_path_join(const char *a, const char *b)
{
    size_t size = strlen(a);
    return avt_asprintf("%s%s%s", a, size && a[size - 1] == '/' ? "" : "/", b);
}

/* The first of NULL-ended `folders` that holds `name`, owned; NULL if none. Folders may be NULL. */
static char *first_existing(const char *const *folders, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (!folders[i])
            continue;
        char *path = avt_path_join(folders[i], name);
        if (avt_file_exists(path))
            return path;
        avt_free(path);
    }
    return NULL;
}

char *avt_path_data(const char *name)
{
    AVT_CLEANUP(avt_freep) char *beside = avt_path_join(avt_self_folder(), "../share/avatar");
    AVT_CLEANUP(avt_freep) char *prefix = avt_path_join(AVT_PREFIX, "share/avatar");
    const char *folders[] = {environment("AVATAR_DATA"), beside, AVT_SOURCE_DIR, prefix};
    return first_existing(folders, 4, name);
}

char *avt_path_helper(const char *name)
{
    AVT_CLEANUP(avt_freep) char *libexec = avt_path_join(avt_self_folder(), "../libexec/avatar");
    AVT_CLEANUP(avt_freep) char *built = avt_path_join(avt_self_folder(), "src/voice");
    AVT_CLEANUP(avt_freep) char *prefix = avt_path_join(AVT_PREFIX, "libexec/avatar");
    const char *folders[] = {environment("AVATAR_HELPERS"), avt_self_folder(), libexec, built,
                             prefix};
    return first_existing(folders, 5, name);
}
