/* SPDX-License-Identifier: Apache-2.0 */
#include "store/jobindex.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

enum { STATS_WINDOW = 1000 };

struct avt_jobindex {
    struct avt_job_head **by_id, **by_sequence;
    size_t count, capacity;
    void (*free_more)(void *more);
};

struct avt_jobindex *avt_jobindex_new(void (*free_more)(void *more))
{
    struct avt_jobindex *index = avt_new0(struct avt_jobindex, 1);
    index->free_more = free_more;
    return index;
}

static void free_head(const struct avt_jobindex *index, struct avt_job_head *head)
{
    if (index->free_more && head->more)
        index->free_more(head->more);
    avt_free(head);
}

void avt_jobindex_clear(struct avt_jobindex *index)
{
    for (size_t i = 0; i < index->count; i++)
        free_head(index, index->by_id[i]);
    index->count = 0;
}

void avt_jobindex_free(struct avt_jobindex *index)
{
    if (!index)
        return;
    avt_jobindex_clear(index);
    avt_free(index->by_id);
    avt_free(index->by_sequence);
    avt_free(index);
}

/* Number of heads whose id comes before `id`. */
static size_t id_place(const struct avt_jobindex *index, const char *id)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(index->by_id[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Number of heads before (sequence, id): hand-made files may share a sequence. */
static size_t sequence_place(const struct avt_jobindex *index, int64_t sequence, const char *id)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct avt_job_head *head = index->by_sequence[middle];
        if (head->sequence < sequence || (head->sequence == sequence && strcmp(head->id, id) < 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert_at(struct avt_job_head **heads, size_t count, size_t place,
                      struct avt_job_head *head)
{
    memmove(heads + place + 1, heads + place, (count - place) * sizeof(struct avt_job_head *));
    heads[place] = head;
}

static void remove_at(struct avt_job_head **heads, size_t count, size_t place)
{
    memmove(heads + place, heads + place + 1, (count - place - 1) * sizeof(struct avt_job_head *));
}

struct avt_job_head *avt_jobindex_find(const struct avt_jobindex *index, const char *id)
{
    size_t place = id_place(index, id);
    return place < index->count && avt_str_equal(index->by_id[place]->id, id) ? index->by_id[place]
                                                                              : NULL;
}

static void fill(struct avt_job_head *head, const struct avt_job *job)
{
    memcpy(head->id, job->id, sizeof(head->id));
    memcpy(head->owner, job->owner, sizeof(head->owner));
    memcpy(head->lease_owner, job->lease_owner, sizeof(head->lease_owner));
    head->type = (unsigned char)job->type;
    head->status = (unsigned char)job->status;
    head->short_work = job->short_work;
    head->priority = job->priority;
    head->rescues = job->rescues;
    head->sequence = job->sequence;
    head->run_at_ms = job->run_at_ms;
    head->created_ms = job->created_ms;
    head->started_ms = job->started_ms;
    head->finished_ms = job->finished_ms;
    head->updated_ms = job->updated_ms;
    head->lease_until_ms = job->lease_until_ms;
    head->estimate_s = job->estimate_s;
    memcpy(head->stage_s, job->stage_s, sizeof(head->stage_s));
}

struct avt_job_head *avt_jobindex_put(struct avt_jobindex *index, const struct avt_job *job)
{
    struct avt_job_head *head = avt_jobindex_find(index, job->id);
    void *more = NULL;
    if (head && head->sequence != job->sequence) {
        more = AVT_TAKE(head->more); /* edited by hand: it moves */
        avt_jobindex_remove(index, job->id);
        head = NULL;
    }
    if (!head) {
        if (index->count == index->capacity) {
            index->capacity = index->capacity ? index->capacity * 2 : 64;
            index->by_id =
                avt_realloc(index->by_id, index->capacity, sizeof(struct avt_job_head *));
            index->by_sequence =
                avt_realloc(index->by_sequence, index->capacity, sizeof(struct avt_job_head *));
        }
        head = avt_new0(struct avt_job_head, 1);
        head->more = more;
        insert_at(index->by_id, index->count, id_place(index, job->id), head);
        insert_at(index->by_sequence, index->count, sequence_place(index, job->sequence, job->id),
                  head);
        index->count++;
    }
    fill(head, job);
    return head;
}

void avt_jobindex_remove(struct avt_jobindex *index, const char *id)
{
    struct avt_job_head *head = avt_jobindex_find(index, id);
    if (!head)
        return;
    remove_at(index->by_id, index->count, id_place(index, id));
    remove_at(index->by_sequence, index->count, sequence_place(index, head->sequence, id));
    index->count--;
    free_head(index, head);
}

struct avt_job_head *const *avt_jobindex_all(const struct avt_jobindex *index, size_t *ret_count)
{
    *ret_count = index->count;
    return index->by_sequence;
}

bool avt_jobindex_is_ahead(const struct avt_job_head *head, int64_t now_ms)
{
    return !avt_job_status_final((enum avt_job_status)head->status) &&
           head->updated_ms > now_ms + AVT_JOBSTORE_CLOCK_SLACK_MS;
}

int64_t avt_jobindex_furthest(const struct avt_jobindex *index)
{
    int64_t furthest_ms = 0;
    for (size_t i = 0; i < index->count; i++)
        if (!avt_job_status_final((enum avt_job_status)index->by_id[i]->status) &&
            index->by_id[i]->updated_ms > furthest_ms)
            furthest_ms = index->by_id[i]->updated_ms;
    return furthest_ms;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* Claim order: priority, then run_at, then id. */
static bool before(int a_priority, int64_t a_run_at_ms, const char *a_id,
                   const struct avt_job_head *b)
{
    if (a_priority != b->priority)
        return a_priority > b->priority;
    if (a_run_at_ms != b->run_at_ms)
        return a_run_at_ms < b->run_at_ms;
    return strcmp(a_id, b->id) < 0;
}

static bool wanted(const struct avt_job_head *head, const struct avt_job_claim_options *options,
                   int64_t now_ms)
{
    return head->status == AVT_JOB_PENDING && head->run_at_ms <= now_ms &&
           (options->types & (1u << head->type)) != 0 && (!options->short_only || head->short_work);
}

struct avt_job_head *avt_jobindex_next(const struct avt_jobindex *index,
                                       const struct avt_job_claim_options *options, int64_t now_ms)
{
    struct avt_job_head *best = NULL;
    for (size_t i = 0; i < index->count; i++) {
        struct avt_job_head *head = index->by_id[i];
        if (wanted(head, options, now_ms) &&
            (!best || before(head->priority, head->run_at_ms, head->id, best)))
            best = head;
    }
    return best;
}

size_t avt_jobindex_lost(const struct avt_jobindex *index, const struct avt_lease_query *query,
                         char ret_ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE])
{
    size_t count = 0;
    for (size_t i = 0; i < index->count && count < AVT_RESCUE_BATCH; i++) {
        const struct avt_job_head *head = index->by_sequence[i];
        if (head->status != AVT_JOB_RUNNING)
            continue;
        if (head->lease_until_ms < query->now_ms ||
            (query->dead_worker && avt_str_equal(head->lease_owner, query->dead_worker)))
            memcpy(ret_ids[count++], head->id, AVT_JOB_ID_SIZE);
    }
    return count;
}

static bool owned(const struct avt_job_head *head, const char *owner)
{
    return !owner || avt_str_equal(head->owner, owner);
}

long long avt_jobindex_count(const struct avt_jobindex *index, const char *owner, unsigned statuses)
{
    long long count = 0;
    for (size_t i = 0; i < index->count; i++)
        count += owned(index->by_id[i], owner) && (statuses & (1u << index->by_id[i]->status));
    return count;
}

static bool matches(const struct avt_job_head *head, const struct avt_job_filter *filter)
{
    return owned(head, filter->owner) && (filter->status < 0 || head->status == filter->status) &&
           (filter->type < 0 ? avt_job_type_listed(head->type) : head->type == filter->type) &&
           head->created_ms >= filter->since_ms &&
           (filter->finished_before_ms == 0 ||
            (head->finished_ms != 0 && head->finished_ms < filter->finished_before_ms));
}

size_t avt_jobindex_page(const struct avt_jobindex *index, const struct avt_job_filter *filter,
                         int64_t below, struct avt_job_head **ret_heads, size_t limit)
{
    size_t count = 0;
    for (size_t i = sequence_place(index, below, ""); i-- > 0 && count < limit;)
        if (matches(index->by_sequence[i], filter))
            ret_heads[count++] = index->by_sequence[i];
    return count;
}

size_t avt_jobindex_resolve(const struct avt_jobindex *index, const char *prefix, const char *owner,
                            char ret_ids[2][AVT_JOB_ID_SIZE])
{
    size_t count = 0;
    for (size_t i = id_place(index, prefix); i < index->count && count < 2; i++) {
        const struct avt_job_head *head = index->by_id[i];
        if (!avt_str_starts(head->id, prefix))
            break;
        if (owned(head, owner) && avt_job_type_listed(head->type))
            memcpy(ret_ids[count++], head->id, AVT_JOB_ID_SIZE);
    }
    return count;
}

static int by_finished(const void *a, const void *b)
{
    const struct avt_job_head *x = *(struct avt_job_head *const *)a;
    const struct avt_job_head *y = *(struct avt_job_head *const *)b;
    if (x->finished_ms != y->finished_ms)
        return x->finished_ms > y->finished_ms ? -1 : 1;
    return x->sequence > y->sequence ? -1 : x->sequence < y->sequence;
}

/* Means over the completed jobs that ended last. */
static void means(struct avt_job_head **done, size_t count, struct avt_job_stats *stats)
{
    long long jobs[AVT_JOB_TYPE_COUNT] = {0};
    qsort(done, count, sizeof(struct avt_job_head *), by_finished);
    if (count > STATS_WINDOW)
        count = STATS_WINDOW;
    for (size_t i = 0; i < count; i++) {
        const struct avt_job_head *head = done[i];
        for (int s = 0; s < AVT_JOB_STAGES; s++)
            stats->stage_mean_s[s] += head->stage_s[s] / (double)count;
        stats->seconds_mean[head->type] += (double)(head->finished_ms - head->started_ms) / 1000.0;
        jobs[head->type]++;
    }
    for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++)
        if (jobs[t])
            stats->seconds_mean[t] /= (double)jobs[t];
}

void avt_jobindex_stats(const struct avt_jobindex *index, const char *owner, int64_t now_ms,
                        struct avt_job_stats *ret_stats)
{
    enum { HOUR_MS = 3600 * 1000 };
    struct avt_job_stats stats = {0};
    AVT_CLEANUP(avt_freep)
    struct avt_job_head **done = avt_new0(struct avt_job_head *, index->count);
    size_t done_count = 0;
    for (size_t i = 0; i < index->count; i++) {
        struct avt_job_head *head = index->by_sequence[i];
        if (!owned(head, owner) || !avt_job_type_listed(head->type))
            continue;
        stats.count[head->type][head->status]++;
        stats.rescues += head->rescues;
        if (head->status == AVT_JOB_PENDING && head->run_at_ms <= now_ms &&
            (stats.oldest_pending_ms == 0 || head->created_ms < stats.oldest_pending_ms))
            stats.oldest_pending_ms = head->created_ms;
        if (head->status == AVT_JOB_COMPLETED) {
            stats.completed_last_hour += head->finished_ms >= now_ms - HOUR_MS;
            done[done_count++] = head;
        }
    }
    means(done, done_count, &stats);
    *ret_stats = stats;
}

void avt_jobindex_position(const struct avt_jobindex *index, const struct avt_job *job,
                           int64_t now_ms, long long *ret_ahead, double *ret_estimate_s)
{
    int64_t start_ms = job->run_at_ms > now_ms ? job->run_at_ms : now_ms;
    *ret_ahead = 0;
    *ret_estimate_s = 0.0;
    for (size_t i = 0; i < index->count; i++) {
        const struct avt_job_head *head = index->by_id[i];
        if (head->status == AVT_JOB_PENDING && head->type != AVT_JOB_WEBHOOK &&
            head->run_at_ms <= start_ms && !before(job->priority, job->run_at_ms, job->id, head) &&
            !avt_str_equal(head->id, job->id)) {
            ++*ret_ahead;
            *ret_estimate_s += head->estimate_s;
        }
    }
}
