/* SPDX-License-Identifier: Apache-2.0 */
/* Presenters by Stable Diffusion: of the pictures that a model makes, the first that can be animated. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "lib/generate.h"
#include "media/still.h"
#include "nn/imported.h"
#include "nn/session.h"
#include "pipeline/plan.h"
#include "portrait/sd.h"

/* A face that a film can be made of without excuses; the verdict of face/judge.h takes more, since a photograph of
 * somebody cannot be had again. */
#define YAW_MAX    20.0f /* degrees */
#define PITCH_MAX  20.0f
#define HEIGHT_MIN .15f /* of its box in the picture's height */
#define HEIGHT_MAX .6f
/* Between the inner edges of the lips, in eye distances. Closed mouths of photographs, paintings and cartoons have .000
 * to .005, those that show teeth in a smile .11 and .17. */
#define GAP_MAX .06f
enum { LIP_UPPER = 13, LIP_LOWER = 14, SIDE_STEP = 8 };

/* How much of what is left each picture gets of the progress: mostly the first will do, and it must never go back. */
#define SHARE .8

/* ---- options --------------------------------------------------------------------------------- */

static enum avt_code check_options(struct avt_generating *work, struct avt_error *reterr)
{
    const struct avt_generate_options *options = &work->options;
    const char *other = options->attributes       ? "attributes are"
                        : options->look           ? "a look is"
                        : options->variations > 1 ? "a sheet of variations is"
                                                  : NULL;
    if (other)
        return avt_fail(reterr, AVT_EINVAL, "%s of the engine modelled; sd makes one picture of the prompt alone",
                        other);
    enum avt_code code =
        options->size_spec ? avt_size_parse(options->size_spec, &work->width, &work->height, NULL) : AVT_OK;
    const int sides[] = {work->width, work->height};
    for (size_t i = 0; i < 2 && options->size_spec; i++)
        if (code != AVT_OK || sides[i] < AVT_SD_SIDE_MIN || sides[i] > AVT_SD_SIDE_MAX || sides[i] % SIDE_STEP)
            return avt_fail(reterr, AVT_EINVAL,
                            "the engine sd cannot make a picture of the size '%.32s': use WIDTHxHEIGHT with sides that "
                            "are multiples of %d from %d to %d, best those that the model was trained on",
                            options->size_spec, SIDE_STEP, AVT_SD_SIDE_MIN, AVT_SD_SIDE_MAX);
    return AVT_OK;
}

/* That the picture can be put there, before minutes go into it. */
static enum avt_code check_place(const char *path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = NULL;
    return avt_outfile_open(path, &file, reterr);
}

/* ---- the model ------------------------------------------------------------------------------- */

struct model {
    char *folder; /* owned */
    char *name;   /* that is told: the imported one's, or the folder; owned */
};

static void model_done(struct model *model)
{
    avt_free(model->folder);
    avt_free(model->name);
}

static enum avt_code only_one(const struct avt_imported_list *list, const struct avt_imported **ret_entry,
                              struct avt_error *reterr)
{
    char names[256];
    if (list->count == 1) {
        *ret_entry = &list->items[0];
        return AVT_OK;
    }
    if (list->count == 0)
        return avt_fail(reterr, AVT_EMODEL,
                        "the engine sd needs a Stable Diffusion model in ONNX, which does not come with this program, "
                        "and none is imported: 'avatar models import DIR' registers a folder with one");
    avt_imported_names(list, names, sizeof(names));
    return avt_fail(reterr, AVT_EINVAL, "%zu models are imported: say which, %s", list->count, names);
}

/* A name never has a '/', so that no file is read which a name cannot reach. */
static enum avt_code choose_model(const char *wanted, struct model *ret_model, struct avt_error *reterr)
{
    if (wanted && strchr(wanted, '/')) {
        if (avt_utf8_invalid_at(wanted, strlen(wanted)) != SIZE_MAX)
            return avt_fail(reterr, AVT_EINVAL, "the path of the model's folder is not UTF-8: rename it");
        *ret_model = (struct model){avt_strdup(wanted), avt_strdup(wanted)};
        return AVT_OK;
    }
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_imported *entry = wanted ? avt_imported_find(&list, wanted) : NULL;
    if (!wanted)
        code = only_one(&list, &entry, reterr);
    else if (!entry)
        code = avt_imported_missing(&list, wanted, reterr);
    if (code != AVT_OK)
        return code;
    if (!avt_str_equal(entry->engine, "sd"))
        return avt_fail(reterr, AVT_EUNSUPPORTED, "the model '%s' is of the engine '%s', which this version has not",
                        entry->name, entry->engine);
    if (!avt_file_exists(entry->folder))
        return avt_fail(reterr, AVT_EMODEL,
                        "the folder of the model '%s' is not there any more: bring it back, or import the model again",
                        entry->name);
    *ret_model = (struct model){avt_strdup(entry->folder), avt_strdup(entry->name)};
    return AVT_OK;
}

/* ---- pictures -------------------------------------------------------------------------------- */

static void on_step(int step, int steps, int attempt, const struct avt_image *preview, void *user)
{
    (void)preview;
    const struct avt_generating *work = user;
    if (!work->options.progress)
        return;
    double left = pow(1 - SHARE, attempt);
    struct avt_progress progress = {.stage = AVT_STAGE_FACE,
                                    .fraction = 1 - left + left * SHARE * step / steps,
                                    .elapsed_s = avt_now_s() - work->started};
    progress.eta_s = progress.elapsed_s / progress.fraction * (1 - progress.fraction);
    work->options.progress(&progress, work->options.user);
}

/* Only what is said of the last picture reaches the user. */
static enum avt_code judge(const struct avt_face *face, const struct avt_image *image, struct avt_error *reterr)
{
    struct avt_face_verdict verdict;
    avt_face_judge(face, image, &verdict);
    float height = face->box.height / (float)image->height;
    float gap = hypotf(face->mesh[LIP_UPPER].x - face->mesh[LIP_LOWER].x,
                       face->mesh[LIP_UPPER].y - face->mesh[LIP_LOWER].y);
    if (!verdict.usable)
        return avt_fail(reterr, AVT_EFACE, "the face of the last cannot be animated: %s", verdict.reasons[0]);
    if (fabsf(face->pose.yaw) > YAW_MAX || fabsf(face->pose.pitch) > PITCH_MAX)
        return avt_fail(reterr, AVT_EFACE, "the last looks away from the camera");
    if (height < HEIGHT_MIN || height > HEIGHT_MAX)
        return avt_fail(reterr, AVT_EFACE,
                        "the face of the last takes %.0f %% of the height, and should take %.0f to %.0f",
                        100 * (double)height, 100 * (double)HEIGHT_MIN, 100 * (double)HEIGHT_MAX);
    if (gap > GAP_MAX * face->eye_distance)
        return avt_fail(reterr, AVT_EFACE, "the last has its mouth open");
    return AVT_OK;
}

static enum avt_code accept(const struct avt_image *image, void *user, struct avt_error *reterr)
{
    const struct avt_generating *work = user;
    AVT_CLEANUP(avt_freep) struct avt_face *faces = avt_new0(struct avt_face, AVT_FACES_MAX);
    size_t count = 0;
    enum avt_code code = avt_face_find(work->context->finder, image, faces, &count, reterr);
    if (code != AVT_OK)
        return code;
    if (count == 0)
        return avt_fail(reterr, AVT_ENOFACE, "no face was found in the last");
    if (count > 1)
        return avt_fail(reterr, AVT_EFACE, "the last shows %zu faces", count);
    return judge(&faces[0], image, reterr);
}

/* Whoever named the model by its name is told of it by that: a server does not show where its files are. */
static void name_folder(const struct model *model, char message[AVT_ERROR_MESSAGE_MAX])
{
    char rest[AVT_ERROR_MESSAGE_MAX];
    char *found = strstr(message, model->folder);
    if (!found || avt_str_equal(model->folder, model->name))
        return;
    snprintf(rest, sizeof(rest), "%s", found + strlen(model->folder));
    snprintf(found, AVT_ERROR_MESSAGE_MAX - (size_t)(found - message), "%s%s", model->name, rest);
}

static enum avt_code make(struct avt_generating *work, const struct model *model, struct avt_sd_result *ret_made,
                          struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = NULL;
    struct avt_sd_options options = {.prompt = work->options.prompt,
                                     .seed = work->options.seed,
                                     .width = work->width,
                                     .height = work->height,
                                     .cancel = &work->context->cancel,
                                     .accept = accept,
                                     .progress = on_step,
                                     .user = work};
    struct avt_error why = {0};
    /* One network in memory at a time: to load it again takes little beside the steps. */
    enum avt_code code = avt_sd_open(model->folder, true, &sd, &why);
    if (code == AVT_OK)
        code = avt_sd_generate(sd, &options, ret_made, &why);
    if (code != AVT_OK)
        name_folder(model, why.message);
    if (code == AVT_ENOFACE || code == AVT_EFACE)
        return avt_fail(reterr, code, "%.400s; other words or another seed may help", why.message);
    if (code == AVT_ECANCELLED)
        return avt_fail(reterr, code, "cancelled; nothing was written");
    return code == AVT_OK ? code : avt_fail(reterr, code, "%s", why.message);
}

static void tell(struct avt_generating *work, const struct model *model, const struct avt_sd_result *made)
{
    json_t *notes = json_array();
    if (made->is_cut)
        json_array_append_new(notes, json_string("the prompt is longer than the model reads: its end was left out"));
    json_array_append_new(json_object_get(work->json, "presenters"),
                          json_pack("{s:I, s:s, s:s, s:i}", "seed", (json_int_t)made->seed, "engine", "sd", "model",
                                    model->name, "reseeds", made->reseeds));
    json_object_set_new(work->json, "notes", notes);
    work->width = made->image->width;
    work->height = made->image->height;
}

enum avt_code avt_generate_diffused(struct avt_generating *work, struct avt_error *reterr)
{
    AVT_CLEANUP(model_done) struct model model = {0};
    struct avt_sd_result made = {0};
    enum avt_code code = check_options(work, reterr);
    if (code == AVT_OK)
        code = choose_model(work->options.model, &model, reterr);
    if (code == AVT_OK)
        code = check_place(work->options.output, reterr);
    if (code == AVT_OK)
        code = avt_nn_start(work->context->threads, reterr);
    if (code == AVT_OK)
        code = make(work, &model, &made, reterr);
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = made.image;
    if (code != AVT_OK)
        return code;
    tell(work, &model, &made);
    /* Without a note: it is a photograph to whatever animates it. */
    return avt_still_save_png(work->options.output, image, reterr);
}
