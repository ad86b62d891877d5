/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keep_avatar.h"

/* What is kept with every face (docs/api.md), said of one that is nobody's. */
#define RIGHTS "Modelled by this program from a description: no such person exists, and no photograph is in it."
#define RIGHTS_DIFFUSED \
    "Made from a description by a Stable Diffusion model, whose licence applies; nobody is meant to be shown."

json_t *avt_keep_about_generated(const json_t *result, const char *name, const char *prompt, bool is_diffused,
                                 const char *job_id)
{
    const json_t *person = json_array_get(json_object_get(result, "presenters"), 0);
    json_t *origin =
        json_pack("{s:s, s:s?, s:O, s:s?}", "kind", is_diffused ? "generated" : "modelled", "prompt", prompt, "seed",
                  json_object_get(person, "seed"), "job_id", job_id);
    json_object_set(origin, is_diffused ? "model" : "look", json_object_get(person, is_diffused ? "model" : "look"));
    return json_pack("{s:s, s:s, s:O, s:O, s:o}", "name", name, "rights", is_diffused ? RIGHTS_DIFFUSED : RIGHTS,
                     "width", json_object_get(result, "width"), "height", json_object_get(result, "height"), "origin",
                     origin);
}

enum avt_code avt_keep_picture(const struct avt_keep *keep, struct avt_intake *intake, json_t *about,
                               struct avt_record *ret_record, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_avatar_draft_freep) struct avt_avatar_draft *draft = NULL;
    enum avt_code code = avt_avatar_draft_new(keep->store, keep->storage, keep->owner, &draft, reterr);
    if (code == AVT_OK)
        code = avt_avatar_draft_copy(draft, intake, reterr);
    if (code == AVT_OK)
        code = avt_picture_thumbnail(keep->context, avt_avatar_draft_picture(draft), AVT_AVATAR_THUMBNAIL_SIDE,
                                     avt_avatar_draft_thumbnail(draft), reterr);
    /* A signal between two calls is forgotten by the library. */
    if (code == AVT_OK && avt_cancelled(intake->cancel))
        code = avt_fail(reterr, AVT_ECANCELLED, "stopped; no profile was made");
    if (code != AVT_OK)
        return code;
    if (keep->wish)
        avt_avatar_draft_wish(draft, keep->wish);
    return avt_avatar_draft_commit(draft, about, ret_record, reterr);
}
