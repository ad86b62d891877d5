/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/outputs.h"

#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/layout.h"
#include "store/tree.h"

enum { TRIES = 3 };

enum avt_code avt_job_output_make(const char *storage, const char *job, int64_t token,
                                  char **ret_folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_output(storage, job, token);
    avt_assert(folder);
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
    AVT_CLEANUP(avt_freep) char *path = avt_layout_output(storage, job, token);
    AVT_CLEANUP(avt_freep) char *parent = avt_layout_path(storage, AVT_LAYOUT_OUTPUTS, job);
    avt_assert(path && parent);
    if (avt_tree_remove(path, NULL, NULL) == AVT_OK)
        (void)rmdir(parent);
}

void avt_job_output_tidy(const char *storage, const char *job, int64_t token)
{
    AVT_CLEANUP(avt_freep) char *path = avt_layout_output(storage, job, token);
    AVT_CLEANUP(avt_freep) char *parent = avt_layout_path(storage, AVT_LAYOUT_OUTPUTS, job);
    avt_assert(path && parent);
    if (rmdir(path) == 0)
        (void)rmdir(parent);
}
