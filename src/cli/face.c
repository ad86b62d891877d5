/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/face.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "os/paths.h"
#include "store/avatar.h"

/* A storage that is not there yet has no profiles, and is not made by looking for one. */
static bool has_profiles(const char *storage)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(storage, AVT_LAYOUT_AVATARS);
    return avt_file_exists(folder);
}

static enum avt_code find(struct avt_cli *cli, const char *storage, const char *which,
                          struct avt_record *ret_record, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = NULL;
    struct avt_error error = {0};
    if (!has_profiles(storage))
        return AVT_ENOENT;
    enum avt_code code = avt_cli_store(cli, &store, &error);
    if (code != AVT_OK)
        return avt_fail(reterr, code,
                        "there is no file '%.80s', and whether there is such an avatar profile "
                        "cannot be told: %.300s",
                        which, error.message);
    return avt_avatar_find(store, which, ret_record, reterr);
}

enum avt_code avt_cli_face(struct avt_cli *cli, const char *which, char **ret_path,
                           struct avt_error *reterr)
{
    struct stat st;
    if (!which)
        return AVT_OK;
    if (stat(which, &st) == 0 || errno == EACCES) {
        *ret_path = avt_strdup(which);
        return AVT_OK;
    }
    AVT_CLEANUP(avt_freep)
    char *storage = avt_path_storage(avt_config_text(&cli->config, AVT_SET_STORAGE));
    struct avt_record record = {0};
    enum avt_code code = find(cli, storage, which, &record, reterr);
    if (code == AVT_ENOENT)
        return avt_fail(reterr, code,
                        "'%.300s' is neither a file nor an avatar profile; 'avatar avatar list' shows "
                        "the profiles",
                        which);
    if (code == AVT_OK)
        *ret_path = avt_avatar_path(storage, record.id, "picture");
    avt_record_done(&record);
    return code;
}
