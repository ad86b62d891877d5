/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/folders.h"

#include <stdlib.h>

#include "avt_config.h"
#include "base/file.h"
#include "base/mem.h"
#include "os/paths.h"
#include "os/proc.h"

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* Models are shared by all storages of a user, so $AVATAR_STORAGE has no say here. */
static char *user_folder(void)
{
    if (environment("XDG_DATA_HOME"))
        return avt_path_join(environment("XDG_DATA_HOME"), "avatar/models");
    const char *home = environment("HOME");
    return avt_path_join(home ? home : "/var/tmp", ".local/share/avatar/models");
}

size_t avt_model_folders(char *ret_folders[AVT_MODEL_FOLDERS_MAX])
{
    size_t count = 0;
    if (environment("AVATAR_MODELS"))
        ret_folders[count++] = avt_strdup(environment("AVATAR_MODELS"));
    ret_folders[count++] = user_folder();
    ret_folders[count++] = avt_strdup("/var/lib/avatar/models");
    return count;
}

char *avt_model_find(const char *file)
{
    char *folders[AVT_MODEL_FOLDERS_MAX];
    size_t count = avt_model_folders(folders);
    char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(folders[i], file);
        if (!found && avt_file_exists(path))
            found = AVT_TAKE(path);
        avt_free(folders[i]);
    }
    return found;
}

char *avt_runtime_find_installed(void)
{
    /* Beside the program or libavatar, wherever its prefix was moved to; then the prefix itself. */
    AVT_CLEANUP(avt_freep) char *near_program =
        avt_path_join(avt_self_folder(), "../lib/avatar/" AVT_RUNTIME_NAME);
    AVT_CLEANUP(avt_freep) char *near_library =
        avt_path_join(avt_self_folder(), "avatar/" AVT_RUNTIME_NAME);
    AVT_CLEANUP(avt_freep) char *prefix =
        avt_path_join(AVT_PREFIX, "lib/avatar/" AVT_RUNTIME_NAME);
    char **paths[] = {&near_program, &near_library, &prefix};
    for (size_t i = 0; i < 3; i++) {
        if (avt_file_exists(*paths[i]))
            return AVT_TAKE(*paths[i]);
    }
    return NULL;
}
