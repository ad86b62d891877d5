/* SPDX-License-Identifier: Apache-2.0 */
/* The job store of the commands, and lists on the command line. */
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/jobs.h"
#include "os/paths.h"
#include "store/jobstore.h"
#include "store/layout.h"

const char *avt_cli_store_kind(const struct avt_cli *cli, const char *storage)
{
    const struct avt_config_value *value = &cli->config.values[AVT_SET_STORE];
    AVT_CLEANUP(avt_freep) char *database = avt_path_join(storage, "avatar.db");
    AVT_CLEANUP(avt_freep) char *files = avt_path_join(storage, "jobs");
    bool is_files = !avt_file_exists(database) && avt_file_exists(files);
    return value->origin == AVT_CONFIG_DEFAULT && is_files ? "file" : value->text;
}

enum avt_code avt_cli_storage_owner(const char *storage, struct avt_error *reterr)
{
    struct stat st;
    if (geteuid() != 0 || stat(storage, &st) != 0 || st.st_uid == 0)
        return AVT_OK;
    struct passwd *user = getpwuid(st.st_uid);
    return avt_fail(reterr, AVT_EINVAL,
                    "the storage '%s' is that of the user %s: run this as that user, with 'sudo -u %s "
                    "avatar ...'",
                    storage, user ? user->pw_name : "who made it", user ? user->pw_name : "USER");
}

enum avt_code avt_cli_store(struct avt_cli *cli, struct avt_jobstore **ret_store,
                            struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep)
    char *storage = avt_path_storage(avt_config_text(&cli->config, AVT_SET_STORAGE));
    const struct avt_jobstore_options options = {
        .storage = storage,
        .kind = avt_cli_store_kind(cli, storage),
        .queue_max = avt_config_number(&cli->config, AVT_SET_QUEUE_LIMIT),
    };
    enum avt_code code = avt_cli_storage_owner(storage, reterr);
    if (code == AVT_OK)
        code = avt_layout_make(storage, reterr);
    return code == AVT_OK ? avt_jobstore_open(&options, ret_store, reterr) : code;
}

char *avt_cli_list_text(const struct avt_cli *cli, enum avt_cli_opt id)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf all = AVT_BUF_INIT(AVT_CONFIG_FILE_BYTES_MAX);
    for (size_t i = 0; i < cli->args.value_count; i++)
        if (cli->args.values[i].id == id)
            avt_buf_printf(&all, "%s%s", all.size ? "," : "", cli->args.values[i].text);
    if (all.size > 0)
        return avt_buf_take(&all);
    return cli->args.text[id] ? avt_strdup(cli->args.text[id]) : NULL;
}
