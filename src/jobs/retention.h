/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is removed when: finished jobs by age, number and disk quota, with their outputs; never a
 * job that waits or runs. Used by the server on a timer and by `avatar jobs cleanup`.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/jobstore.h"

enum {
    AVT_RETENTION_JOBS_MAX = 1000000,             /* looked at in one go, from the newest */
    AVT_RETENTION_INTERNAL_MS = 24 * 3600 * 1000, /* jobs that no list shows stay as long */
};

struct avt_retention {
    int64_t older_than_ms; /* finished longer ago; < 0: age does not count, keep_last alone does */
    long long keep_last;   /* newest finished jobs that stay whatever their age; 0: none */
    int64_t quota_bytes;   /* of outputs and uploads together; oldest finished go first; 0: none */
    const char *owner;     /* only this one's; NULL: all */
    int status;            /* only this final status; -1: all */
    bool dry_run;          /* count only */
};

struct avt_retention_result {
    long long jobs; /* removed */
    int64_t bytes;  /* of outputs removed */
};

/** With neither age nor number nor quota nothing is removed.
 *  @return AVT_OK, AVT_EIO. What was removed before an error stays removed. */
AVT_CHECKED enum avt_code avt_retention_apply(struct avt_jobstore *store, const char *storage,
                                              const struct avt_retention *retention,
                                              struct avt_retention_result *ret_result,
                                              struct avt_error *reterr);
/** Remove jobs of types that no list shows (deliveries, information on files),
 * AVT_RETENTION_INTERNAL_MS after they ended. */
AVT_CHECKED enum avt_code avt_retention_internal(struct avt_jobstore *store, const char *storage,
                                                 struct avt_error *reterr);
/** Remove one finished job: outputs first, then the record, so that no file is left without a job.
 *  @return AVT_OK, AVT_ENOENT, AVT_EINVAL (it waits or runs), AVT_EIO. */
AVT_CHECKED enum avt_code avt_jobs_purge(struct avt_jobstore *store, const char *storage,
                                         const char *id, const char *owner,
                                         struct avt_error *reterr);
