/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that make a presenter: avatar_generate. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/keep_avatar.h"
#include "cli/run_job_private.h"

/* ---- the avatar profile ---------------------------------------------------------------------- */

/* It has the letters of the job's own id, as the profile of a cloned voice has. */
static void profile_id_of(const struct avt_job *job, char ret_id[AVT_LAYOUT_ID_SIZE])
{
    const char *letters = strrchr(job->id, '-');
    snprintf(ret_id, AVT_LAYOUT_ID_SIZE, "ap-%.8s", letters ? letters + 1 : "");
}

/* That another claim of this job made, whose worker was lost before the job was over. */
static bool made_already(const struct avt_job_run *run, const char *id)
{
    struct avt_record record = {0};
    if (avt_jobstore_record_get(run->work->store, AVT_AVATAR_KIND, id, NULL, &record, NULL) != AVT_OK)
        return false;
    const char *job = json_string_value(json_object_get(json_object_get(record.data, "origin"), "job_id"));
    bool same = job && avt_str_equal(job, run->work->job->id);
    avt_record_done(&record);
    return same;
}

static enum avt_code make_profile(struct avt_job_run *run, const char *picture, const char *id,
                                  struct avt_record *ret_record, struct avt_error *reterr)
{
    const struct avt_work *work = run->work;
    const struct avt_job_generate *generate = &work->params->generate;
    const struct avt_keep keep = {run->runner->context, work->store, work->storage, work->job->owner, id};
    AVT_CLEANUP(avt_intake_done) struct avt_intake intake = {.fd = -1};
    AVT_CLEANUP(avt_json_decrefp)
    json_t *about = avt_keep_about_generated(run->result->result, generate->name, generate->prompt,
                                             generate->is_diffused, work->job->id);
    enum avt_code code = avt_intake_open(picture, &intake, reterr);
    return code == AVT_OK ? avt_keep_picture(&keep, &intake, about, ret_record, reterr) : code;
}

/* A name makes one person an avatar profile; who is on a sheet has none of their own yet. */
static enum avt_code keep(struct avt_job_run *run, const char *picture, struct avt_error *reterr)
{
    const struct avt_job_generate *generate = &run->work->params->generate;
    json_t *result = run->result->result;
    char id[AVT_LAYOUT_ID_SIZE];
    json_object_set_new(result, "profile_id", json_null());
    if (generate->name && generate->variations > 1)
        json_array_append_new(json_object_get(result, "notes"),
                              json_string("a sheet of several people makes no avatar profile: choose one, and generate "
                                          "that one alone, with its seed"));
    if (!generate->name || generate->variations > 1)
        return AVT_OK;
    profile_id_of(run->work->job, id);
    if (!made_already(run, id)) {
        struct avt_record record = {0};
        enum avt_code code = make_profile(run, picture, id, &record, reterr);
        if (code != AVT_OK)
            return code;
        snprintf(id, sizeof(id), "%.*s", (int)sizeof(id) - 1, record.id);
        avt_record_done(&record);
    }
    avt_cli_set_text(result, "profile_id", id);
    return AVT_OK;
}

/* ---- the picture ----------------------------------------------------------------------------- */

static enum avt_code draw(struct avt_job_run *run, const char *picture, struct avt_error *reterr)
{
    const struct avt_job_params *params = run->work->params;
    const struct avt_job_generate *generate = &params->generate;
    json_t *result = run->result->result;
    AVT_CLEANUP(avt_freep) char *attributes =
        generate->attributes ? avt_json_text(generate->attributes, NULL) : NULL;
    AVT_CLEANUP(avt_freep) struct avt_generate_result *made = avt_new0(struct avt_generate_result, 1);
    struct avt_generate_options options = AVT_GENERATE_OPTIONS_INIT;
    made->size = sizeof(*made);
    options.prompt = generate->prompt;
    options.attributes = attributes;
    options.look = generate->look;
    options.seed = generate->seed;
    options.size_spec = generate->size;
    options.variations = generate->variations;
    options.output = picture;
    options.engine = generate->is_diffused ? "sd" : "modelled";
    options.model = generate->model;
    options.progress = avt_jobrun_on_progress;
    options.user = run;
    enum avt_code code = avt_avatar_generate(run->runner->context, &options, made, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_json_decrefp) json_t *told = json_loads(made->json, 0, NULL);
    avt_jobrun_set_main_file(run, picture);
    avt_cli_set_int(result, "width", made->width);
    avt_cli_set_int(result, "height", made->height);
    avt_cli_set_real(result, "total_s", made->total_s);
    json_object_update(result, told);
    return AVT_OK;
}

_Static_assert((int)AVT_PARAMS_VARIATIONS_MAX == AVT_GENERATE_VARIATIONS_MAX, "a job draws what the library can");

enum avt_code avt_jobrun_generate(struct avt_job_run *run, struct avt_error *reterr)
{
    const char *picture = avt_jobrun_output(run, "presenter", "png");
    double before = avt_now_s();
    snprintf(run->result->stage, sizeof(run->result->stage), "%s", avt_stage_name(AVT_STAGE_FACE));
    enum avt_code code = draw(run, picture, reterr);
    if (code == AVT_OK)
        code = keep(run, picture, reterr);
    run->result->stage_s[AVT_STAGE_FACE] = avt_now_s() - before;
    return code;
}
