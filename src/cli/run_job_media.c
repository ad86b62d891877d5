/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs on pictures and videos that are there already: face_detect, video_encode, video_info. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/run_job_private.h"
#include "cli/views.h"
#include "jobs/estimate.h"
#include "store/avatar.h"

static void set_stage(struct avt_job_run *run, enum avt_stage stage)
{
    snprintf(run->result->stage, sizeof(run->result->stage), "%s", avt_stage_name(stage));
}

/* ---- face_detect ----------------------------------------------------------------------------- */

static enum avt_code make_thumbnail(struct avt_job_run *run, const char *picture,
                                    struct avt_error *reterr)
{
    const char *path = avt_jobrun_output(run, "thumbnail", "png");
    enum avt_code code = avt_picture_thumbnail(run->runner->context, picture,
                                               AVT_AVATAR_THUMBNAIL_SIDE, path, reterr);
    if (code != AVT_OK)
        return code;
    avt_jobrun_set_file(run, "thumbnail", path);
    avt_jobrun_set_main_file(run, path);
    return AVT_OK;
}

static enum avt_code find_faces(struct avt_job_run *run, const char *picture,
                                struct avt_error *reterr)
{
    const struct avt_job_params *params = run->work->params;
    json_t *result = run->result->result, *list = json_array();
    AVT_CLEANUP(avt_freep)
    struct avt_face_info *faces = avt_new0(struct avt_face_info, AVT_FACE_INFO_MAX);
    size_t count = 0;
    int width = 0, height = 0;
    const char *annotated = params->annotate ? avt_jobrun_output(run, "faces", "png") : NULL;
    json_object_set_new(result, "faces", list);
    enum avt_code code = avt_face_detect(run->runner->context, picture, params->face, annotated,
                                         faces, &count, &width, &height, reterr);
    /* A profile's picture is shown whatever is in it; its faces are none then. */
    if (code == AVT_ENOFACE && params->thumbnail)
        code = AVT_OK;
    if (code != AVT_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, avt_view_face(&faces[i]));
    avt_cli_set_int(result, "width", width);
    avt_cli_set_int(result, "height", height);
    if (annotated && count > 0)
        avt_jobrun_set_main_file(run, annotated);
    return AVT_OK;
}

enum avt_code avt_jobrun_detect(struct avt_job_run *run, struct avt_error *reterr)
{
    const struct avt_job_params *params = run->work->params;
    const char *picture = NULL;
    struct avt_loaded_model loaded[1];
    bool warm = avt_context_loaded(run->runner->context, loaded, 1) > 0;
    set_stage(run, AVT_STAGE_FACE);
    enum avt_code code = avt_jobrun_input(run, &params->image, "image", &picture, reterr);
    if (code == AVT_OK && params->thumbnail)
        code = make_thumbnail(run, picture, reterr);
    double before = avt_now_s();
    if (code == AVT_OK)
        code = find_faces(run, picture, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_job_measured measured = {.busy_s = avt_now_s() - before};
    run->result->stage_s[AVT_STAGE_FACE] = measured.busy_s;
    if (warm) /* not the loading of models */
        avt_job_learn(run->work->storage, params, &measured);
    return AVT_OK;
}

/* ---- video_info ------------------------------------------------------------------------------ */

enum avt_code avt_jobrun_info(struct avt_job_run *run, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_video_info *info = avt_new0(struct avt_video_info, 1);
    const char *path = NULL;
    info->size = sizeof(*info);
    enum avt_code code = avt_jobrun_input(run, &run->work->params->input, "input", &path, reterr);
    if (code == AVT_OK)
        code = avt_video_probe(run->runner->context, path, info, reterr);
    if (code == AVT_OK)
        avt_view_video(run->result->result, info);
    return code;
}

/* ---- video_encode ---------------------------------------------------------------------------- */

static enum avt_code report_video(struct avt_job_run *run, const char *path,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_video_info *info = avt_new0(struct avt_video_info, 1);
    json_t *result = run->result->result;
    info->size = sizeof(*info);
    enum avt_code code = avt_video_probe(run->runner->context, path, info, reterr);
    if (code != AVT_OK)
        return code;
    avt_jobrun_set_main_file(run, path);
    avt_cli_set_real(result, "duration_s", info->duration_s);
    avt_cli_set_int(result, "frames", info->frames);
    avt_cli_set_int(result, "width", info->width);
    avt_cli_set_int(result, "height", info->height);
    avt_cli_set_real(result, "fps", info->fps);
    const struct avt_job_measured measured = {.busy_s = run->result->stage_s[AVT_STAGE_ENCODE],
                                              .mpix = info->duration_s * info->fps * info->width *
                                                      info->height / 1e6};
    avt_job_learn(run->work->storage, run->work->params, &measured);
    return AVT_OK;
}

enum avt_code avt_jobrun_encode(struct avt_job_run *run, struct avt_error *reterr)
{
    const struct avt_job_params *params = run->work->params;
    struct avt_encode_options options = AVT_ENCODE_OPTIONS_INIT;
    set_stage(run, AVT_STAGE_ENCODE);
    enum avt_code code = avt_jobrun_input(run, &params->input, "input", &options.input, reterr);
    if (code != AVT_OK)
        return code;
    options.output = avt_jobrun_output(run, "video", params->config.format);
    options.quality = params->config.quality;
    options.size_spec = params->config.size;
    options.fps_num = params->config.fps_num;
    options.fps_den = params->config.fps_den;
    options.progress = avt_jobrun_on_progress;
    options.user = run;
    double before = avt_now_s();
    code = avt_video_encode(run->runner->context, &options, reterr);
    run->result->stage_s[AVT_STAGE_ENCODE] = avt_now_s() - before;
    return code == AVT_OK ? report_video(run, options.output, reterr) : code;
}
