/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/context.h"

#include <stdio.h>
#include <string.h>

#include "avt_config.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/media.h"
#include "nn/hardware.h"
#include "nn/shelf.h"
#include "os/paths.h"
#include "os/proc.h"
#include "pipeline/room.h"

const char *avt_version(void)
{
    return AVT_VERSION;
}

const char *avt_code_text(enum avt_code code)
{
    return avt_code_name(code);
}

int avt_code_status(enum avt_code code)
{
    return avt_code_exit_status(code);
}

void avt_quiet_process(void)
{
    avt_media_quiet();
}

const char *avt_stage_name(enum avt_stage stage)
{
    static const char *const names[AVT_STAGE_COUNT] = {"voice",   "speech", "face",
                                                       "lipsync", "encode", "cleanup"};
    return stage >= 0 && stage < AVT_STAGE_COUNT ? names[stage] : "unknown";
}

_Static_assert((int)AVT_LOADED_MAX == (int)AVT_FOOTPRINTS_MAX, "public and inner limits agree");
_Static_assert(sizeof(((struct avt_loaded_model *)0)->id) == AVT_FOOTPRINT_NAME_SIZE, "and sizes");

/* One log per process: the sink of the context that was opened last with one. */
static struct {
    void (*message)(enum avt_message_level level, const char *text, void *user);
    void *user;
} message_sink;

static void forward(enum avt_log_level level, const char *message, void *user)
{
    (void)user;
    static const enum avt_message_level levels[] = {
        [AVT_LOG_ERROR] = AVT_MESSAGE_ERROR,
        [AVT_LOG_WARN] = AVT_MESSAGE_WARNING,
        [AVT_LOG_INFO] = AVT_MESSAGE_INFO,
        [AVT_LOG_DEBUG] = AVT_MESSAGE_DEBUG,
    };
    message_sink.message(levels[level], message, message_sink.user);
}

/* Speech needs a model: painters that are in the way go. None is at work then, since a film's speech comes first. */
static void make_room(void *user, const char *name, int64_t bytes)
{
    const struct avt_engines engines = avt_context_engines(user);
    struct avt_error error = {0};
    if (avt_room_make(&engines, name, name, bytes, &error) != AVT_OK)
        avt_debug("%s", error.message); /* it is tried all the same: nothing is made without a voice */
}

enum avt_code avt_context_open(const struct avt_context_options *options,
                               struct avt_context **ret_context, struct avt_error *reterr)
{
    struct avt_context_options all = AVT_CONTEXT_OPTIONS_INIT;
    if (options)
        memcpy(&all, options, options->size < sizeof(all) ? options->size : sizeof(all));
    if (all.threads < 0 || all.threads > 256)
        return avt_fail(reterr, AVT_EINVAL, "the number of threads must be from 1 to 256, or 0 for "
                                            "as the hardware profile says");
    if (all.hardware && !avt_hardware_valid(all.hardware))
        return avt_fail(reterr, AVT_EINVAL, "'%.40s' is no hardware profile: use auto, cpu-small, cpu, gpu-10gb or "
                                            "gpu-24gb",
                        all.hardware);
    if (all.message) {
        message_sink.message = all.message;
        message_sink.user = all.user;
        avt_log_set_sink(forward, (enum avt_log_level)all.message_level, NULL);
    }
    AVT_CLEANUP(avt_freep) struct avt_context *context = avt_new0(struct avt_context, 1);
    enum avt_code code = avt_tts_new(&context->tts, reterr);
    if (code != AVT_OK)
        return code;
    context->storage = avt_path_storage(all.storage);
    context->home.storage = context->storage;
    context->threads = all.threads ? all.threads : avt_hardware_threads(all.hardware);
    context->finder = avt_face_finder_new();
    context->footprints = avt_footprints_new();
    context->shelf = avt_shelf_new(context->footprints);
    avt_footprints_on_expect(context->footprints, make_room, context);
    context->memory_bytes = all.memory_bytes;
    context->vram_bytes = all.vram_bytes;
    context->leave_gpu = all.leave_gpu != 0;
    snprintf(context->hardware, sizeof(context->hardware), "%s", all.hardware ? all.hardware : "auto");
    avt_tts_watch(context->tts, context->footprints);
    avt_face_finder_watch(context->finder, context->footprints);
    *ret_context = AVT_TAKE(context);
    return AVT_OK;
}

void avt_context_close(struct avt_context *context)
{
    if (!context)
        return;
    avt_tts_free(context->tts);
    avt_face_finder_free(context->finder);
    avt_shelf_free(context->shelf);
    avt_registry_free(context->registry);
    avt_footprints_free(context->footprints);
    avt_free(context->profiles);
    avt_free(context->storage);
    avt_free(context);
}

enum avt_code avt_context_set_owner(struct avt_context *context, const char *owner, int sees_all)
{
    if (owner && strlen(owner) >= sizeof(context->owner))
        return AVT_EINVAL;
    (void)snprintf(context->owner, sizeof(context->owner), "%s", owner ? owner : "");
    context->home.actor = owner ? context->owner : NULL;
    context->home.owner = owner && !sees_all ? context->owner : NULL;
    return AVT_OK;
}

void avt_context_cancel(struct avt_context *context)
{
    avt_cancel_request(&context->cancel);
}

void avt_context_unload(struct avt_context *context)
{
    avt_tts_unload(context->tts);
    avt_face_finder_unload(context->finder);
    avt_shelf_clear(context->shelf);
    avt_memory_trim();
}

enum avt_code avt_context_unload_model(struct avt_context *context, const char *id,
                                       struct avt_error *reterr)
{
    if (!avt_tts_drop(context->tts, id) && !avt_face_finder_drop(context->finder, id) &&
        !avt_shelf_drop(context->shelf, id))
        return avt_fail(reterr, AVT_ENOENT, "the model '%s' is not loaded", id);
    avt_memory_trim();
    return AVT_OK;
}

size_t avt_context_loaded(struct avt_context *context, struct avt_loaded_model *ret_models,
                          size_t max)
{
    struct avt_footprint list[AVT_FOOTPRINTS_MAX];
    size_t count = avt_footprints_list(context->footprints, list, AVT_FOOTPRINTS_MAX);
    double now = avt_now_s();
    for (size_t i = 0; i < count && i < max; i++) {
        ret_models[i] = (struct avt_loaded_model){.bytes = list[i].bytes,
                                                  .idle_s = now - list[i].used_s};
        memcpy(ret_models[i].id, list[i].name, sizeof(ret_models[i].id));
    }
    return count < max ? count : max;
}

void avt_context_begin(struct avt_context *context)
{
    atomic_store(&context->cancel.requested, 0);
}

struct avt_hardware_wish avt_context_hardware(const struct avt_context *context)
{
    return (struct avt_hardware_wish){context->hardware, context->vram_bytes, context->threads};
}

struct avt_engines avt_context_engines(const struct avt_context *context)
{
    return (struct avt_engines){.home = &context->home,
                                .tts = context->tts,
                                .finder = context->finder,
                                .shelf = context->shelf,
                                .footprints = context->footprints,
                                .memory_bytes = context->memory_bytes,
                                .hardware = avt_context_hardware(context),
                                .leave_gpu = context->leave_gpu};
}

enum avt_code avt_context_registry(struct avt_context *context,
                                   struct avt_registry **ret_registry, struct avt_error *reterr)
{
    if (!context->registry) {
        enum avt_code code = avt_registry_open(&context->registry, reterr);
        if (code != AVT_OK)
            return code;
    }
    *ret_registry = context->registry;
    return AVT_OK;
}

enum avt_code avt_pipeline_run(struct avt_context *context,
                               const struct avt_pipeline_options *options,
                               struct avt_pipeline_result *ret_result, struct avt_error *reterr)
{
    avt_context_begin(context);
    struct avt_engines engines = avt_context_engines(context);
    return avt_pipeline_execute(&engines, options, &context->cancel, ret_result, reterr);
}

enum avt_code avt_pipeline_estimate(struct avt_context *context,
                                    const struct avt_pipeline_options *options,
                                    struct avt_pipeline_estimate *ret_estimate,
                                    struct avt_error *reterr)
{
    avt_context_begin(context);
    struct avt_engines engines = avt_context_engines(context);
    return avt_pipeline_plan(&engines, options, ret_estimate, reterr);
}
