/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_job.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/run_job_private.h"
#include "os/paths.h"
#include "store/avatar.h"
#include "store/keys.h"

/* ---- files ----------------------------------------------------------------------------------- */

/* Remember that messages call `path` (taken) `name`. */
static const char *remember(struct avt_job_run *run, char *path, const char *name)
{
    avt_assert(run->file_count < AVT_RUN_FILES_MAX);
    snprintf(run->files[run->file_count].name, sizeof(run->files[0].name), "%s", name);
    run->files[run->file_count].path = path;
    return run->files[run->file_count++].path;
}

static enum avt_code path_of_profile(struct avt_job_run *run, const char *id, char **ret_path,
                                     struct avt_error *reterr)
{
    struct avt_record record = {0};
    enum avt_code code =
        avt_jobstore_record_get(run->work->store, AVT_AVATAR_KIND, id, run->owner, &record, reterr);
    if (code != AVT_OK)
        return code;
    avt_record_done(&record);
    *ret_path = avt_avatar_path(run->work->storage, id, "picture");
    return AVT_OK;
}

static enum avt_code path_of_job(struct avt_job_run *run, const char *id, char **ret_path,
                                 struct avt_error *reterr)
{
    struct avt_job job = {0};
    enum avt_code code = avt_jobstore_get(run->work->store, id, run->owner, &job, reterr);
    if (code != AVT_OK)
        return code;
    const char *file = json_string_value(json_object_get(job.result, "file"));
    if (job.status == AVT_JOB_COMPLETED && file)
        *ret_path = avt_layout_result(run->work->storage, id, file);
    if (!*ret_path)
        code = avt_fail(reterr, AVT_EINVAL, "the job '%s' is %s and has no file that can be used",
                        id, avt_job_status_name(job.status));
    avt_job_done(&job);
    return code;
}

static enum avt_code path_of(struct avt_job_run *run, const struct avt_ref *ref, char **ret_path,
                             struct avt_error *reterr)
{
    struct avt_upload upload;
    if (ref->kind == AVT_REF_AVATAR)
        return path_of_profile(run, ref->id, ret_path, reterr);
    if (ref->kind == AVT_REF_JOB)
        return path_of_job(run, ref->id, ret_path, reterr);
    enum avt_code code = avt_upload_get(run->work->store, ref->id, run->owner, &upload, reterr);
    if (code == AVT_OK)
        *ret_path = avt_upload_path(run->work->storage, ref->id);
    return code;
}

enum avt_code avt_jobrun_input(struct avt_job_run *run, const struct avt_ref *ref,
                               const char *field, const char **ret_path, struct avt_error *reterr)
{
    *ret_path = NULL;
    if (ref->kind == AVT_REF_NONE)
        return AVT_OK;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    enum avt_code code = path_of(run, ref, &path, reterr);
    if (code == AVT_ENOENT)
        return avt_fail(reterr, AVT_ENOENT, "%s: there is no '%s' (any more)", field, ref->id);
    struct stat st;
    if (code == AVT_OK && (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)))
        return avt_fail(reterr, AVT_ENOENT, "%s: the file of '%s' is not there any more", field,
                        ref->id);
    if (code == AVT_OK)
        *ret_path = remember(run, AVT_TAKE(path), ref->id);
    return code;
}

const char *avt_jobrun_output(struct avt_job_run *run, const char *stem, const char *extension)
{
    char name[AVT_PARAMS_ID_SIZE];
    snprintf(name, sizeof(name), "%s.%s", stem, extension);
    return remember(run, avt_path_join(run->work->folder, name), name);
}

void avt_jobrun_set_file(struct avt_job_run *run, const char *key, const char *path)
{
    AVT_CLEANUP(avt_freep)
    char *name = avt_asprintf("%s%s", run->work->prefix, avt_path_basename(path));
    avt_cli_set_text(run->result->result, key, name);
}

void avt_jobrun_set_main_file(struct avt_job_run *run, const char *path)
{
    json_t *result = run->result->result;
    avt_jobrun_set_file(run, "file", path);
    avt_cli_set_text(result, "media_type", avt_media_type_of(avt_path_extension(path)));
    avt_cli_set_int(result, "size_bytes", avt_cli_file_size(path));
}

/* The library names files by their paths; whoever sent the job in knows them by their ids, and is
 * not told where the storage is. */
static void name_files(const struct avt_job_run *run, struct avt_error *error)
{
    for (size_t i = 0; i < run->file_count; i++) {
        const char *path = run->files[i].path;
        char *found;
        while ((found = strstr(error->message, path))) {
            char rest[AVT_ERROR_MESSAGE_MAX];
            snprintf(rest, sizeof(rest), "%s", found + strlen(path));
            snprintf(found, sizeof(error->message) - (size_t)(found - error->message), "%s%s",
                     run->files[i].name, rest);
        }
    }
    /* What is left of a path was cut off at the end of the message. */
    char *storage = strstr(error->message, run->work->storage);
    if (storage)
        snprintf(storage, sizeof(error->message) - (size_t)(storage - error->message),
                 "(the storage)");
}

/* ---- progress -------------------------------------------------------------------------------- */

/* Stages overlap, and the library says only which one it waits for: those that must be over by
 * then. */
static int completed_before(enum avt_stage stage)
{
    switch (stage) {
    case AVT_STAGE_SPEECH:
        return 1 << AVT_STAGE_VOICE;
    case AVT_STAGE_LIPSYNC:
        return 1 << AVT_STAGE_VOICE | 1 << AVT_STAGE_FACE;
    case AVT_STAGE_ENCODE:
        return 1 << AVT_STAGE_VOICE | 1 << AVT_STAGE_FACE;
    case AVT_STAGE_CLEANUP:
        return (1 << AVT_STAGE_CLEANUP) - 1;
    default:
        return 0;
    }
}

void avt_jobrun_on_progress(const struct avt_progress *progress, void *user)
{
    const struct avt_job_run *run = user;
    const struct avt_work_progress work = {
        .fraction = progress->fraction,
        .stage = avt_stage_name(progress->stage),
        .stages_completed =
            run->work->job->type == AVT_JOB_FULL_PIPELINE || run->work->job->type == AVT_JOB_LIPSYNC
                ? completed_before(progress->stage)
                : 0,
        .eta_s = progress->eta_s,
        .speed = progress->speed,
    };
    run->work->progress(run->work, &work);
}

/* ---- running --------------------------------------------------------------------------------- */

static enum avt_code run_type(struct avt_job_run *run, struct avt_error *reterr)
{
    switch (run->work->job->type) {
    case AVT_JOB_FULL_PIPELINE:
    case AVT_JOB_LIPSYNC:
        return avt_jobrun_film(run, reterr);
    case AVT_JOB_VOICE_SYNTHESIS:
        return avt_jobrun_speech(run, reterr);
    case AVT_JOB_FACE_DETECT:
        return avt_jobrun_detect(run, reterr);
    case AVT_JOB_VIDEO_ENCODE:
        return avt_jobrun_encode(run, reterr);
    case AVT_JOB_VIDEO_INFO:
        return avt_jobrun_info(run, reterr);
    case AVT_JOB_VOICE_CLONE:
        return avt_jobrun_clone(run, reterr);
    case AVT_JOB_AVATAR_GENERATE:
        return avt_jobrun_generate(run, reterr);
    default:
        return avt_fail(reterr, AVT_EUNSUPPORTED, "this build has no engine for %s",
                        avt_job_type_name(run->work->job->type));
    }
}

/* Of jobs that nobody owns (submitted on this machine), and of those of a key that may see all,
 * nothing is hidden. */
static void set_owner(struct avt_job_run *run)
{
    const char *owner = run->work->job->owner;
    unsigned scopes = 0;
    bool sees_all = !*owner || (avt_keys_scopes(run->work->store, owner, &scopes, NULL) == AVT_OK &&
                                scopes & AVT_SCOPE_ADMIN);
    run->owner = sees_all ? NULL : owner;
    enum avt_code code =
        avt_context_set_owner(run->runner->context, *owner ? owner : NULL, sees_all);
    avt_assert(code == AVT_OK); /* ids of keys are short */
}

static enum avt_code run_job(const struct avt_work *work, struct avt_work_result *ret_result,
                             void *user, struct avt_error *reterr)
{
    struct avt_job_runner *runner = user;
    struct avt_job_run run = {
        .runner = runner, .work = work, .result = ret_result, .started = avt_now_s()};
    struct avt_error error = {0};
    ret_result->result = json_object();
    set_owner(&run);
    enum avt_code code = run_type(&run, &error);
    if (code != AVT_OK) {
        name_files(&run, &error);
        (void)avt_fail(reterr, code, "%s",
                       *error.message ? error.message : "the work failed without saying why");
    }
    for (size_t i = 0; i < run.file_count; i++)
        avt_free(run.files[i].path);
    return code;
}

static void cancel_job(void *user)
{
    struct avt_job_runner *runner = user;
    avt_context_cancel(runner->context);
}

_Static_assert(sizeof(((struct avt_link_model *)0)->id) ==
                   sizeof(((struct avt_loaded_model *)0)->id),
               "ids of models have one size");

/* ---- models ---------------------------------------------------------------------------------- */

static size_t list_models(struct avt_link_model *ret_models, size_t max, void *user)
{
    struct avt_job_runner *runner = user;
    struct avt_loaded_model loaded[AVT_LOADED_MAX];
    size_t count = avt_context_loaded(runner->context, loaded, AVT_LOADED_MAX);
    count = count < max ? count : max;
    for (size_t i = 0; i < count; i++) {
        ret_models[i] =
            (struct avt_link_model){.bytes = loaded[i].bytes, .idle_s = loaded[i].idle_s};
        memcpy(ret_models[i].id, loaded[i].id, sizeof(ret_models[i].id));
    }
    return count;
}

static void trim_models(int64_t bytes, void *user)
{
    struct avt_job_runner *runner = user;
    for (;;) {
        struct avt_link_model loaded[AVT_LOADED_MAX];
        size_t count = list_models(loaded, AVT_LOADED_MAX, runner);
        size_t drop = avt_worker_model_to_drop(loaded, count, bytes);
        if (drop == count ||
            avt_context_unload_model(runner->context, loaded[drop].id, NULL) != AVT_OK)
            return;
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

static void on_message(enum avt_message_level level, const char *text, void *user)
{
    const struct avt_job_runner *runner = user;
    if (runner->options->message)
        runner->options->message(level <= AVT_MESSAGE_WARNING, text, runner->options->user);
}

enum avt_code avt_job_runner_new(const struct avt_job_runner_options *options,
                                 struct avt_job_runner **ret_runner, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_job_runner_freep)
    struct avt_job_runner *runner = avt_new0(struct avt_job_runner, 1);
    runner->options = options;
    runner->table =
        (struct avt_runner){.types = 1u << AVT_JOB_FULL_PIPELINE | 1u << AVT_JOB_LIPSYNC |
                                     1u << AVT_JOB_VOICE_SYNTHESIS | 1u << AVT_JOB_FACE_DETECT |
                                     1u << AVT_JOB_VIDEO_ENCODE | 1u << AVT_JOB_VIDEO_INFO |
                                     1u << AVT_JOB_VOICE_CLONE | 1u << AVT_JOB_AVATAR_GENERATE,
                            .run = run_job,
                            .cancel = cancel_job,
                            .trim = trim_models,
                            .models = list_models,
                            .user = runner};
    struct avt_context_options context = AVT_CONTEXT_OPTIONS_INIT;
    context.storage = options->storage;
    context.threads = options->threads;
    context.message = on_message;
    context.message_level = AVT_MESSAGE_WARNING;
    context.memory_bytes = options->memory_bytes;
    context.vram_bytes = options->vram_bytes;
    context.hardware = options->hardware;
    context.leave_gpu = options->leave_gpu;
    context.user = runner;
    enum avt_code code = avt_context_open(&context, &runner->context, reterr);
    if (code == AVT_OK)
        *ret_runner = AVT_TAKE(runner);
    return code;
}

const struct avt_runner *avt_job_runner_table(const struct avt_job_runner *runner)
{
    return &runner->table;
}

void avt_job_runner_free(struct avt_job_runner *runner)
{
    if (!runner)
        return;
    avt_context_close(runner->context);
    avt_free(runner);
}
