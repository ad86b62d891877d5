/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/shelf.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"

struct place {
    void (*close)(void *state); /* NULL: empty */
    void *state;
    enum avt_device device;
    bool is_taken;
    double used_s;
    int64_t bytes; /* of its files */
    char id[AVT_FOOTPRINT_NAME_SIZE];
};

struct avt_shelf {
    struct avt_footprints *table;
    struct place places[AVT_SHELF_MAX];
};

struct avt_shelf *avt_shelf_new(struct avt_footprints *table)
{
    struct avt_shelf *shelf = avt_new0(struct avt_shelf, 1);
    shelf->table = table;
    return shelf;
}

static void empty(struct avt_shelf *shelf, struct place *place)
{
    place->close(place->state);
    avt_footprints_unloaded(shelf->table, place->id);
    *place = (struct place){0};
    avt_memory_trim();
}

void avt_shelf_free(struct avt_shelf *shelf)
{
    if (!shelf)
        return;
    for (size_t i = 0; i < AVT_SHELF_MAX; i++) {
        if (shelf->places[i].close)
            empty(shelf, &shelf->places[i]);
    }
    avt_free(shelf);
}

/* NULL: it is not loaded. */
static struct place *find(struct avt_shelf *shelf, const char *id)
{
    for (size_t i = 0; i < AVT_SHELF_MAX; i++) {
        if (shelf->places[i].close && avt_str_equal(shelf->places[i].id, id))
            return &shelf->places[i];
    }
    return NULL;
}

/* Of all that are not taken, or of those on the GPU, the one that was used longest ago. NULL: there is none. */
static struct place *oldest(struct avt_shelf *shelf, bool on_gpu)
{
    struct place *found = NULL;
    for (size_t i = 0; i < AVT_SHELF_MAX; i++) {
        struct place *place = &shelf->places[i];
        bool counts = place->close && !place->is_taken && (!on_gpu || place->device == AVT_DEVICE_GPU);
        if (counts && (!found || place->used_s < found->used_s))
            found = place;
    }
    return found;
}

bool avt_shelf_has(const struct avt_shelf *shelf, const char *id, enum avt_device device)
{
    for (size_t i = 0; i < AVT_SHELF_MAX; i++) {
        const struct place *place = &shelf->places[i];
        if (place->close && place->device == device && avt_str_equal(place->id, id))
            return true;
    }
    return false;
}

bool avt_shelf_drop(struct avt_shelf *shelf, const char *id)
{
    struct place *place = find(shelf, id);
    if (!place || place->is_taken)
        return false;
    empty(shelf, place);
    return true;
}

bool avt_shelf_drop_gpu(struct avt_shelf *shelf)
{
    struct place *place = oldest(shelf, true);
    if (place)
        empty(shelf, place);
    return place != NULL;
}

int64_t avt_shelf_gpu_bytes(const struct avt_shelf *shelf)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < AVT_SHELF_MAX; i++) {
        const struct place *place = &shelf->places[i];
        bytes += place->close && place->device == AVT_DEVICE_GPU ? place->bytes : 0;
    }
    return bytes;
}

void avt_shelf_clear(struct avt_shelf *shelf)
{
    for (struct place *place; (place = oldest(shelf, false));)
        empty(shelf, place);
}

/* NULL: all are taken. */
static struct place *make_place(struct avt_shelf *shelf)
{
    for (size_t i = 0; i < AVT_SHELF_MAX; i++) {
        if (!shelf->places[i].close)
            return &shelf->places[i];
    }
    struct place *place = oldest(shelf, false);
    if (place)
        empty(shelf, place);
    return place;
}

enum avt_code avt_shelf_take(struct avt_shelf *shelf, const struct avt_shelf_item *item, void **ret_state,
                             struct avt_error *reterr)
{
    struct place *place = find(shelf, item->id);
    if (place && place->device != item->device) {
        empty(shelf, place);
        place = NULL;
    }
    if (!place) {
        place = make_place(shelf);
        if (!place)
            return avt_fail(reterr, AVT_EINTERNAL, "%d networks are at work at once", AVT_SHELF_MAX);
        size_t before = avt_memory_now_bytes();
        enum avt_code code = item->open(item->how, &place->state, reterr);
        if (code != AVT_OK)
            return code;
        place->close = item->close;
        place->device = item->device;
        place->bytes = item->bytes_min;
        snprintf(place->id, sizeof(place->id), "%s", item->id);
        /* On the GPU the files are not in this process's memory. */
        avt_footprints_loaded(shelf->table, item->id, before, item->device == AVT_DEVICE_CPU ? item->bytes_min : 0);
    }
    place->is_taken = true;
    place->used_s = avt_now_s();
    avt_footprints_used(shelf->table, item->id);
    *ret_state = place->state;
    return AVT_OK;
}

void avt_shelf_put(struct avt_shelf *shelf, const char *id)
{
    struct place *place = find(shelf, id);
    if (place)
        place->is_taken = false;
}
