/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the kinds of jobs share. Private to run_job*.c. */
#include <avatar/avatar.h>

#include "cli/run_job.h"

struct avt_job_runner {
    const struct avt_job_runner_options *options;
    struct avt_context *context;
    struct avt_runner table;
};

enum { AVT_RUN_FILES_MAX = AVT_PARAMS_CLIPS_MAX + 8 };

/** One job at work. */
struct avt_job_run {
    struct avt_job_runner *runner;
    const struct avt_work *work;
    struct avt_work_result *result; /* result->result is an object from the start */
    double started;
    const char *owner; /* only what is its own can be named; NULL: everything */
    /* Paths of this machine and what a message says instead. */
    struct {
        char *path;
        char name[AVT_PARAMS_ID_SIZE];
    } files[AVT_RUN_FILES_MAX];
    size_t file_count;
};

/**
 * The file that `ref` names: an upload, the picture of an avatar profile, the result of a job; of
 * the job's owner. @param field     Of the params, for messages.
 * @param ret_path  Borrowed from `run`; NULL if `ref` names nothing.
 * @return AVT_OK, AVT_ENOENT, AVT_EINVAL (a job without a file).
 */
AVT_CHECKED enum avt_code avt_jobrun_input(struct avt_job_run *run, const struct avt_ref *ref,
                                           const char *field, const char **ret_path,
                                           struct avt_error *reterr);
/** <folder>/<stem>.<extension>, borrowed from `run`. */
const char *avt_jobrun_output(struct avt_job_run *run, const char *stem, const char *extension);
/** Set `key` of the result to that output, as "<token>/<name>". */
void avt_jobrun_set_file(struct avt_job_run *run, const char *key, const char *path);
/** Set file, media_type and size_bytes. */
void avt_jobrun_set_main_file(struct avt_job_run *run, const char *path);
/** avt_progress_fn; `user` is the struct avt_job_run. */
void avt_jobrun_on_progress(const struct avt_progress *progress, void *user);

enum avt_code avt_jobrun_film(struct avt_job_run *run, struct avt_error *reterr);
enum avt_code avt_jobrun_speech(struct avt_job_run *run, struct avt_error *reterr);
enum avt_code avt_jobrun_detect(struct avt_job_run *run, struct avt_error *reterr);
enum avt_code avt_jobrun_encode(struct avt_job_run *run, struct avt_error *reterr);
enum avt_code avt_jobrun_generate(struct avt_job_run *run, struct avt_error *reterr);
enum avt_code avt_jobrun_clone(struct avt_job_run *run, struct avt_error *reterr);
enum avt_code avt_jobrun_info(struct avt_job_run *run, struct avt_error *reterr);
