/* SPDX-License-Identifier: Apache-2.0 */
#include "os/footprint.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"
#include "os/thread.h"

struct avt_footprints {
    void (*make_room)(void *user, const char *name, int64_t bytes); /* set before threads start */
    void *user;
    struct avt_mutex *lock;
    /* guarded by lock */
    struct avt_footprint list[AVT_FOOTPRINTS_MAX];
    size_t count;
};

struct avt_footprints *avt_footprints_new(void)
{
    struct avt_footprints *table = avt_new0(struct avt_footprints, 1);
    table->lock = avt_mutex_new();
    return table;
}

void avt_footprints_free(struct avt_footprints *table)
{
    if (!table)
        return;
    avt_mutex_free(table->lock);
    avt_free(table);
}

/* Index, or `count`. Needs lock. */
static size_t find(const struct avt_footprints *table, const char *name)
{
    size_t i = 0;
    while (i < table->count && !avt_str_equal(table->list[i].name, name))
        i++;
    return i;
}

void avt_footprints_on_expect(struct avt_footprints *table,
                              void (*make_room)(void *user, const char *name, int64_t bytes), void *user)
{
    table->make_room = make_room;
    table->user = user;
}

void avt_footprints_expect(struct avt_footprints *table, const char *name, int64_t bytes)
{
    if (table && table->make_room)
        table->make_room(table->user, name, bytes);
}

void avt_footprints_loaded(struct avt_footprints *table, const char *name, size_t before,
                           int64_t bytes_min)
{
    if (!table)
        return;
    int64_t grown = (int64_t)avt_memory_now_bytes() - (int64_t)before;
    struct avt_footprint entry = {.bytes = grown > bytes_min ? grown : bytes_min,
                                  .used_s = avt_now_s()};
    snprintf(entry.name, sizeof(entry.name), "%s", name);
    avt_mutex_lock(table->lock);
    size_t i = find(table, name);
    if (i < AVT_FOOTPRINTS_MAX) {
        table->list[i] = entry;
        table->count += i == table->count;
    }
    avt_mutex_unlock(table->lock);
}

void avt_footprints_used(struct avt_footprints *table, const char *name)
{
    if (!table)
        return;
    avt_mutex_lock(table->lock);
    size_t i = find(table, name);
    if (i < table->count)
        table->list[i].used_s = avt_now_s();
    avt_mutex_unlock(table->lock);
}

void avt_footprints_unloaded(struct avt_footprints *table, const char *name)
{
    if (!table)
        return;
    avt_mutex_lock(table->lock);
    size_t i = find(table, name);
    if (i < table->count) {
        table->count--;
        memmove(&table->list[i], &table->list[i + 1], (table->count - i) * sizeof(*table->list));
    }
    avt_mutex_unlock(table->lock);
}

size_t avt_footprints_list(struct avt_footprints *table, struct avt_footprint *ret_list, size_t max)
{
    if (!table)
        return 0;
    avt_mutex_lock(table->lock);
    size_t count = table->count < max ? table->count : max;
    memcpy(ret_list, table->list, count * sizeof(*ret_list));
    avt_mutex_unlock(table->lock);
    return count;
}
