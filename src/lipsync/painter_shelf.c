/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/painter_shelf.h"

#include <stdio.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"

struct place {
    const struct avt_painter_engine *engine; /* NULL: empty */
    void *state;
    enum avt_device device;
    bool is_kept; /* a film uses it */
    double used_s;
    int64_t bytes; /* of its files */
    char id[AVT_FOOTPRINT_NAME_SIZE];
};

struct avt_painter_shelf {
    struct avt_footprints *table;
    struct place places[AVT_PAINTERS_MAX];
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
    avt_painter_shelf_clear(shelf);
    avt_free(shelf);
}

static void empty(struct avt_painter_shelf *shelf, struct place *place)
{
    place->engine->close(place->state);
    avt_footprints_unloaded(shelf->table, place->id);
    *place = (struct place){0};
    avt_memory_trim();
}

/* NULL: it is not loaded. */
static struct place *find(struct avt_painter_shelf *shelf, const char *id)
{
    for (size_t i = 0; i < AVT_PAINTERS_MAX; i++) {
        if (shelf->places[i].engine && avt_str_equal(shelf->places[i].id, id))
            return &shelf->places[i];
    }
    return NULL;
}

/* Of all that are not in use, or of those on the GPU, the one that was used longest ago. NULL: there is none. */
static struct place *oldest(struct avt_painter_shelf *shelf, bool on_gpu)
{
    struct place *found = NULL;
    for (size_t i = 0; i < AVT_PAINTERS_MAX; i++) {
        struct place *place = &shelf->places[i];
        bool counts = place->engine && !place->is_kept && (!on_gpu || place->device == AVT_DEVICE_GPU);
        if (counts && (!found || place->used_s < found->used_s))
            found = place;
    }
    return found;
}

bool avt_painter_shelf_has(const struct avt_painter_shelf *shelf, const char *id, enum avt_device device)
{
    for (size_t i = 0; i < AVT_PAINTERS_MAX; i++) {
        const struct place *place = &shelf->places[i];
        if (place->engine && place->device == device && avt_str_equal(place->id, id))
            return true;
    }
    return false;
}

bool avt_painter_shelf_drop(struct avt_painter_shelf *shelf, const char *id)
{
    struct place *place = find(shelf, id);
    bool may_go = place && !place->is_kept;
    if (may_go)
        empty(shelf, place);
    return may_go;
}

void avt_painter_shelf_release(struct avt_painter_shelf *shelf, const char *id)
{
    struct place *place = find(shelf, id);
    if (place)
        place->is_kept = false;
}

bool avt_painter_shelf_drop_gpu(struct avt_painter_shelf *shelf)
{
    struct place *place = oldest(shelf, true);
    if (place)
        empty(shelf, place);
    return place != NULL;
}

int64_t avt_painter_shelf_gpu_bytes(const struct avt_painter_shelf *shelf)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < AVT_PAINTERS_MAX; i++) {
        const struct place *place = &shelf->places[i];
        bytes += place->engine && place->device == AVT_DEVICE_GPU ? place->bytes : 0;
    }
    return bytes;
}

void avt_painter_shelf_clear(struct avt_painter_shelf *shelf)
{
    for (size_t i = 0; i < AVT_PAINTERS_MAX; i++) {
        if (shelf->places[i].engine)
            empty(shelf, &shelf->places[i]);
    }
}

/* An empty place. */
static struct place *make_place(struct avt_painter_shelf *shelf)
{
    for (size_t i = 0; i < AVT_PAINTERS_MAX; i++) {
        if (!shelf->places[i].engine)
            return &shelf->places[i];
    }
    struct place *place = oldest(shelf, false);
    avt_assert(place);
    empty(shelf, place);
    return place;
}

enum avt_code avt_painter_shelf_load(struct avt_painter_shelf *shelf, const char *id,
                                     const struct avt_painter_engine *engine,
                                     const struct avt_painter_weights *weights, int64_t bytes_min, void **ret_state,
                                     struct avt_error *reterr)
{
    struct place *place = find(shelf, id);
    if (place && place->device != weights->device) {
        empty(shelf, place);
        place = NULL;
    }
    if (!place) {
        place = make_place(shelf);
        size_t before = avt_memory_now_bytes();
        enum avt_code code = engine->open(weights, &place->state, reterr);
        if (code != AVT_OK)
            return code;
        place->engine = engine;
        place->device = weights->device;
        place->bytes = bytes_min;
        snprintf(place->id, sizeof(place->id), "%s", id);
        /* On the GPU the files are not in this process's memory. */
        avt_footprints_loaded(shelf->table, id, before, weights->device == AVT_DEVICE_CPU ? bytes_min : 0);
    }
    place->used_s = avt_now_s();
    place->is_kept = true;
    avt_footprints_used(shelf->table, id);
    *ret_state = place->state;
    return AVT_OK;
}
