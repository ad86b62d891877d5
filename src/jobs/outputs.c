/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/outputs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/job.h"

enum { TRIES = 3 };

static char *folder_of(const char *storage, const char *job, int64_t token)
{
    avt_assert(avt_job_id_valid(job));
    return avt_asprintf("%s/outputs/%s/%lld", storage, job, (long long)token);
}

enum avt_code avt_job_output_make(const char *storage, const char *job, int64_t token,
                                  char **ret_folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = folder_of(storage, job, token);
    struct avt_error error = {0};
    enum avt_code code = AVT_OK;
    /* Who clears up after an earlier attempt may take the job's folder away in between. */
    for (int i = 0; i < TRIES; i++) {
        code = avt_mkdirs(folder, &error);
        if (code == AVT_OK) {
            *ret_folder = AVT_TAKE(folder);
            return AVT_OK;
        }
    }
    /* The storage is at fault, not what was asked for. */
    return avt_fail(reterr, code == AVT_EOUTPUT ? AVT_EIO : code, "%s", error.message);
}

void avt_job_output_remove(const char *storage, const char *job, int64_t token)
{
    AVT_CLEANUP(avt_freep) char *path = folder_of(storage, job, token);
    DIR *folder = opendir(path);
    if (folder) {
        for (const struct dirent *entry; (entry = readdir(folder));)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
        closedir(folder);
    }
    (void)rmdir(path);
    AVT_CLEANUP(avt_freep) char *parent = avt_asprintf("%s/outputs/%s", storage, job);
    (void)rmdir(parent);
}
