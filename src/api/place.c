/* SPDX-License-Identifier: Apache-2.0 */
#include "api/place.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/thread.h"

struct entry {
    char job[AVT_JOB_ID_SIZE]; /* "" = free */
    struct avt_job_place place;
};
struct avt_places {
    struct avt_jobstore *store;
    struct avt_mutex *lock;
    /* guarded by lock */
    double since_s;
    unsigned generation;
    struct entry entries[AVT_PLACES_MAX];
};

struct avt_places *avt_places_new(struct avt_jobstore *store)
{
    struct avt_places *places = avt_new0(struct avt_places, 1);
    places->store = store;
    places->lock = avt_mutex_new();
    return places;
}

void avt_places_free(struct avt_places *places)
{
    if (!places)
        return;
    avt_mutex_free(places->lock);
    avt_free(places);
}

static void forget(struct avt_places *places)
{
    memset(places->entries, 0, sizeof(places->entries));
    places->since_s = avt_now_s();
    places->generation++;
}

void avt_places_forget(struct avt_places *places)
{
    avt_mutex_lock(places->lock);
    forget(places);
    avt_mutex_unlock(places->lock);
}

/* The random end of the id spreads well. */
static struct entry *entry_of(struct avt_places *places, const char *job)
{
    unsigned value = 0;
    for (const char *p = job + strlen("job-YYYYMMDDHHMMSS-"); *p; p++)
        value = value * 31 + (unsigned char)*p;
    return &places->entries[value % AVT_PLACES_MAX];
}

struct avt_job_place avt_places_get(struct avt_places *places, const struct avt_job *job)
{
    struct avt_job_place place = {0};
    if (job->status != AVT_JOB_PENDING)
        return place;
    avt_mutex_lock(places->lock);
    if (avt_now_s() - places->since_s > AVT_PLACE_KEEP_MS / 1000.0)
        forget(places);
    unsigned generation = places->generation;
    struct entry *entry = entry_of(places, job->id);
    bool found = avt_str_equal(entry->job, job->id);
    if (found)
        place = entry->place;
    avt_mutex_unlock(places->lock);
    if (found)
        return place;
    place.known = avt_jobstore_queue_position(places->store, job, &place.ahead, &place.ahead_s,
                                              NULL) == AVT_OK;
    avt_mutex_lock(places->lock);
    /* What was true before a change must not be remembered after it. */
    if (place.known && generation == places->generation) {
        memcpy(entry->job, job->id, sizeof(entry->job));
        entry->place = place;
    }
    avt_mutex_unlock(places->lock);
    return place;
}
