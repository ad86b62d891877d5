/* SPDX-License-Identifier: Apache-2.0 */
/* Models of the public interface: what is installed, fetching, verifying (models_import.c: those that users bring). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "lib/context.h"
#include "portrait/bust.h"
#include "voice/hanzi.h"
#include "voice/lexicon.h"

size_t avt_models_count(struct avt_context *context)
{
    struct avt_registry *registry = NULL;
    return avt_context_registry(context, &registry, NULL) == AVT_OK ? avt_registry_count(registry)
                                                                    : 0;
}

enum avt_code avt_models_get(struct avt_context *context, size_t index,
                             struct avt_model_info *ret_model)
{
    struct avt_registry *registry = NULL;
    enum avt_code code = avt_context_registry(context, &registry, NULL);
    if (code != AVT_OK || index >= avt_registry_count(registry))
        return code != AVT_OK ? code : AVT_EINVAL;
    const struct avt_asset *asset = avt_registry_get(registry, index);
    *ret_model = (struct avt_model_info){.size_bytes = asset->size_bytes,
                                         .required = asset->required,
                                         .committed = asset->committed};
    snprintf(ret_model->id, sizeof(ret_model->id), "%s", asset->id);
    snprintf(ret_model->title, sizeof(ret_model->title), "%s", asset->title);
    snprintf(ret_model->version, sizeof(ret_model->version), "%s", asset->version);
    snprintf(ret_model->licence, sizeof(ret_model->licence), "%s", asset->licence);
    snprintf(ret_model->source, sizeof(ret_model->source), "%s", asset->source);
    AVT_CLEANUP(avt_freep) char *path = NULL;
    code = avt_registry_path(registry, asset->id, &path, NULL);
    ret_model->state = code == AVT_OK       ? AVT_MODEL_INSTALLED
                       : code == AVT_EMODEL ? AVT_MODEL_MISSING
                                            : AVT_MODEL_DAMAGED;
    snprintf(ret_model->path, sizeof(ret_model->path), "%s", path ? path : "");
    return AVT_OK;
}

enum avt_code avt_models_verify(struct avt_context *context, const char *id,
                                struct avt_error *reterr)
{
    struct avt_registry *registry = NULL;
    enum avt_code code = avt_context_registry(context, &registry, reterr);
    return code == AVT_OK ? avt_registry_verify(registry, id, reterr) : code;
}

/* The lexicons are compiled on this machine from the dictionaries that were fetched, the head is baked. */
static enum avt_code build(const char *id, const char *const *source_paths, size_t source_count,
                           const char *out_path, void *user, struct avt_error *reterr)
{
    (void)user;
    if (avt_str_equal(id, "head"))
        return avt_head_bake(source_paths, source_count, out_path, reterr);
    bool chinese = avt_str_equal(id, "lexicon-zh");
    if (source_count != (chinese ? 3 : 2))
        return avt_fail(reterr, AVT_EINTERNAL, "'%s' cannot be built from %zu files", id,
                        source_count);
    if (chinese)
        return avt_hanzi_compile(source_paths[0], source_paths[1], source_paths[2], out_path,
                                 reterr);
    return avt_lexicon_compile(source_paths[0], source_paths[1], out_path, reterr);
}

struct fetch {
    avt_fetch_fn progress;
    void *user;
};

static void on_progress(const char *id, const char *stage, long long done, long long total,
                        void *user)
{
    const struct fetch *fetch = user;
    fetch->progress(id, stage, done, total, fetch->user);
}

enum avt_code avt_models_fetch(struct avt_context *context, const char *id, int force,
                               avt_fetch_fn progress, void *user, struct avt_error *reterr)
{
    avt_context_begin(context);
    struct avt_registry *registry = NULL;
    enum avt_code code = avt_context_registry(context, &registry, reterr);
    if (code != AVT_OK)
        return code;
    struct fetch fetch = {progress, user};
    struct avt_fetch_options options = {.force = force != 0,
                                        .cancel = &context->cancel,
                                        .progress = progress ? on_progress : NULL,
                                        .build = build,
                                        .user = &fetch};
    return avt_registry_fetch(registry, id, &options, reterr);
}
