/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/painter_shelf.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"

struct avt_painter_shelf {
    struct avt_footprints *table;
    const struct avt_painter_engine *engine; /* NULL: empty */
    void *state;
    enum avt_device device;
    char id[AVT_FOOTPRINT_NAME_SIZE];
};

struct avt_painter_shelf *avt_painter_shelf_new(struct avt_footprints *table)
{
    struct avt_painter_shelf *shelf = avt_new0(struct avt_painter_shelf, 1);
    shelf->table = table;
    return shelf;
}

void avt_painter_shelf_free(struct avt_painter_shelf *shelf)
{
    if (!shelf)
        return;
    avt_painter_shelf_drop(shelf, NULL);
    avt_free(shelf);
}

bool avt_painter_shelf_has(const struct avt_painter_shelf *shelf, const char *id, enum avt_device device)
{
    return shelf->engine && shelf->device == device && avt_str_equal(shelf->id, id);
}

bool avt_painter_shelf_drop(struct avt_painter_shelf *shelf, const char *id)
{
    if (!shelf->engine || (id && !avt_str_equal(shelf->id, id)))
        return false;
    shelf->engine->close(shelf->state);
    avt_footprints_unloaded(shelf->table, shelf->id);
    shelf->engine = NULL;
    shelf->state = NULL;
    avt_memory_trim();
    return true;
}

enum avt_code avt_painter_shelf_load(struct avt_painter_shelf *shelf, const char *id,
                                     const struct avt_painter_engine *engine,
                                     const struct avt_painter_weights *weights, int64_t bytes_min, void **ret_state,
                                     struct avt_error *reterr)
{
    if (!avt_painter_shelf_has(shelf, id, weights->device)) {
        avt_painter_shelf_drop(shelf, NULL);
        size_t before = avt_memory_now_bytes();
        enum avt_code code = engine->open(weights, &shelf->state, reterr);
        if (code != AVT_OK)
            return code;
        shelf->engine = engine;
        shelf->device = weights->device;
        snprintf(shelf->id, sizeof(shelf->id), "%s", id);
        /* On the GPU the files are not in this process's memory. */
        avt_footprints_loaded(shelf->table, id, before, weights->device == AVT_DEVICE_CPU ? bytes_min : 0);
    }
    avt_footprints_used(shelf->table, id);
    *ret_state = shelf->state;
    return AVT_OK;
}
