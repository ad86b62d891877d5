/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/room.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"
#include "os/proc.h"
#include "profile/profile.h"

/* Unload the one that was used longest ago, but for `id`. False: there is none that may go. */
static bool drop_one(const struct avt_engines *engines, const char *id)
{
    struct avt_footprint list[AVT_FOOTPRINTS_MAX];
    size_t count = avt_footprints_list(engines->footprints, list, AVT_FOOTPRINTS_MAX);
    for (;;) {
        size_t oldest = count;
        for (size_t i = 0; i < count; i++) {
            bool may_go = list[i].bytes > 0 && !avt_str_equal(list[i].name, id);
            if (may_go && (oldest == count || list[i].used_s < list[oldest].used_s))
                oldest = i;
        }
        if (oldest == count)
            return false;
        if (avt_shelf_drop(engines->shelf, list[oldest].name) ||
            avt_tts_drop(engines->tts, list[oldest].name)) {
            avt_log(AVT_LOG_INFO, "%s was unloaded: there was no room beside it for %s", list[oldest].name, id);
            avt_memory_trim();
            return true;
        }
        list[oldest].bytes = 0; /* not ours to unload */
    }
}

static int64_t loaded_bytes(const struct avt_engines *engines, const char *id)
{
    struct avt_footprint list[AVT_FOOTPRINTS_MAX];
    size_t count = avt_footprints_list(engines->footprints, list, AVT_FOOTPRINTS_MAX);
    int64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += avt_str_equal(list[i].name, id) ? 0 : list[i].bytes;
    return bytes;
}

enum avt_code avt_room_make(const struct avt_engines *engines, const char *id, const char *what, int64_t bytes,
                            struct avt_error *reterr)
{
    for (;;) {
        int64_t budget = engines->memory_bytes, free_bytes = (int64_t)avt_memory_available_bytes();
        bool in_budget = budget <= 0 || loaded_bytes(engines, id) + bytes <= budget;
        if (in_budget && bytes <= free_bytes)
            return AVT_OK;
        if (drop_one(engines, id))
            continue;
        return in_budget ? avt_fail(reterr, AVT_ENOMEM,
                                    "%s needs about %.1f GB of memory, and %.1f are free: close other programs, or use "
                                    "another engine",
                                    what, (double)bytes / 1e9, (double)free_bytes / 1e9)
                         : avt_fail(reterr, AVT_ENOMEM,
                                    "%s needs about %.0f MB, and models may take %.0f MB: raise --memory-budget, or "
                                    "use another engine",
                                    what, (double)bytes / 1e6, (double)budget / 1e6);
    }
}

enum avt_code avt_room_make_on_gpu(const struct avt_engines *engines, const char *what, int64_t bytes,
                                   int64_t vram_bytes, struct avt_error *reterr)
{
    struct avt_gpu gpu;
    int64_t used;
    while ((used = avt_shelf_gpu_bytes(engines->shelf)) + bytes > vram_bytes) {
        if (!avt_shelf_drop_gpu(engines->shelf))
            return avt_fail(reterr, AVT_ENOMEM, "%s needs about %.1f GB of the GPU, and may take %.1f", what,
                            (double)bytes / 1e9, (double)(vram_bytes - used) / 1e9);
    }
    while (avt_gpu_look(&gpu) && (int64_t)gpu.memory_used_bytes + bytes > (int64_t)gpu.memory_total_bytes) {
        if (!avt_shelf_drop_gpu(engines->shelf))
            return avt_fail(reterr, AVT_ENOMEM, "%s needs about %.1f GB of the GPU, of which %.1f are free", what,
                            (double)bytes / 1e9, (double)(gpu.memory_total_bytes - gpu.memory_used_bytes) / 1e9);
    }
    return AVT_OK;
}

enum avt_code avt_room_load(const struct avt_engines *engines, const struct avt_shelf_item *item, const char *what,
                            int64_t bytes, int64_t vram_bytes, void **ret_state, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    if (!avt_shelf_has(engines->shelf, item->id, item->device))
        code = item->device == AVT_DEVICE_GPU ? avt_room_make_on_gpu(engines, what, bytes, vram_bytes, reterr)
                                              : avt_room_make(engines, item->id, what, bytes, reterr);
    return code == AVT_OK ? avt_shelf_take(engines->shelf, item, ret_state, reterr) : code;
}

enum avt_code avt_room_take_turn(const struct avt_engines *engines, const struct avt_cancel *cancel,
                                 struct avt_gpu_turn **ret_turn, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_path_join(engines->home->storage, "run");
    return avt_gpu_take_turn(folder, cancel, ret_turn, reterr);
}

void avt_room_end_turn(const struct avt_engines *engines, struct avt_gpu_turn *turn)
{
    while (turn && engines->leave_gpu && avt_shelf_drop_gpu(engines->shelf))
        continue;
    avt_gpu_end_turn(turn);
}
