/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a worker does with a job: its params become calls of <avatar/avatar.h>, what it names
 * becomes files of the storage, what comes of it becomes the job's result. All decoding of what
 * users sent in happens below here, and so in worker processes only.
 *
 * Threads: as struct avt_runner says.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "jobs/worker.h"

struct avt_job_runner;

struct avt_job_runner_options {
    const char *storage;
    int threads; /* for the neural networks; 0: one per core */
    /* As of struct avt_context_options. */
    long long memory_bytes, vram_bytes;
    const char *hardware;
    bool leave_gpu;
    /** Messages of the library; from any thread. Never more than warnings: finer ones may hold what
     * is spoken. */
    void (*message)(bool problem, const char *text, void *user);
    void *user;
};

/** Options are borrowed until avt_job_runner_free(). @return AVT_OK, AVT_EINVAL, AVT_EMODEL. */
AVT_CHECKED enum avt_code avt_job_runner_new(const struct avt_job_runner_options *options,
                                             struct avt_job_runner **ret_runner,
                                             struct avt_error *reterr);
/** Borrowed. */
const struct avt_runner *avt_job_runner_table(const struct avt_job_runner *runner);
void avt_job_runner_free(struct avt_job_runner *runner);
AVT_DEFINE_FREEP(struct avt_job_runner, avt_job_runner_free)
