/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clone_search.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "voice/clone_gp.h"

/* Outputs of the process. */
enum { SIMILARITY, PITCH };
enum {
    PARENTS = 6,   /* best points that proposals start from */
    CHILDREN = 24, /* of each parent in the first round */
    ROUNDS = 5,    /* of refining proposals; nothing is said meanwhile */
    KEPT = 8,      /* proposals that go on to the next round */
    POOL = PARENTS * CHILDREN,
    SENTENCES = 4, /* said in turn: one sentence alone would be learnt by heart */
};
static const double RANGE_PENALTY = 0.15; /* per unit of mean square beyond the packs' own */
static const double PITCH_PENALTY = 0.02, PITCH_FREE_ST = 0.5, PITCH_PENALTY_MAX = 0.15;
/* How much not knowing is worth, in standard deviations: for a thread each, and none at the end. */
static const double CURIOSITY[] = {0.4, 1.0};
static const double LAST_PART = 0.7;
static const double STEPS[] = {0.1, 0.25, 0.5};

struct search {
    const struct avt_clone_model *model;
    const struct avt_clone_space *space;
    const struct avt_clone_probe *probe;
    const struct avt_clone_target *target;
    const struct avt_clone_search_options *options;
    struct avt_clone_gp *gp;
    struct avt_rng rng;
    float (*points)[AVT_CLONE_DIMS_MAX]; /* all that the process knows */
    size_t count, capacity;
    size_t heard;
};

/* A point and what is expected of it. */
struct proposal {
    float coords[AVT_CLONE_DIMS_MAX];
    double worth;
};

/* One point being said. */
struct hearing {
    const struct search *search;
    float coords[AVT_CLONE_DIMS_MAX];
    int sentence;
    struct avt_clone_heard heard;
    enum avt_code code;
    struct avt_error error;
};

double avt_clone_pitch_penalty(double off_st)
{
    double beyond = fmax(fabs(off_st) - PITCH_FREE_ST, 0.0);
    return fmin(PITCH_PENALTY * beyond * beyond, PITCH_PENALTY_MAX);
}

double avt_clone_range_penalty(const float *coords, size_t dims)
{
    double squares = 0.0;
    for (size_t i = 0; i < dims; i++)
        squares += (double)coords[i] * (double)coords[i];
    return RANGE_PENALTY * fmax(squares / (double)dims - 1.0, 0.0);
}

static double worth_of(struct search *search, const float *coords, double curiosity)
{
    double means[AVT_CLONE_GP_OUTPUTS], deviation = 0.0;
    avt_clone_gp_predict(search->gp, coords, means, curiosity > 0.0 ? &deviation : NULL);
    return means[SIMILARITY] + curiosity * deviation -
           avt_clone_pitch_penalty(means[PITCH] - search->target->pitch_st) -
           avt_clone_range_penalty(coords, search->model->dims);
}

static void learn(struct search *search, const float *coords, int sentence,
                  const struct avt_embedding *voice, double pitch_st)
{
    if (search->count == search->capacity) {
        search->capacity = search->capacity ? 2 * search->capacity : 256;
        search->points = avt_realloc(search->points, search->capacity, sizeof(*search->points));
    }
    memcpy(search->points[search->count++], coords, search->model->dims * sizeof(*coords));
    const double values[AVT_CLONE_GP_OUTPUTS] = {
        avt_embedding_similarity(voice, &search->target->voice), pitch_st};
    avt_clone_gp_add(search->gp, coords, sentence, values);
}

/* Into a list of at most `most`, best first. */
static void keep_best(struct proposal *best, size_t *count, size_t most,
                      const struct proposal *proposal)
{
    size_t place = *count;
    if (place == most) {
        if (best[most - 1].worth >= proposal->worth)
            return;
        place--;
    } else {
        (*count)++;
    }
    while (place > 0 && best[place - 1].worth < proposal->worth) {
        best[place] = best[place - 1];
        place--;
    }
    best[place] = *proposal;
}

static size_t best_known(struct search *search, struct proposal *best, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < search->count; i++) {
        struct proposal known = {0};
        memcpy(known.coords, search->points[i], sizeof(known.coords));
        known.worth = worth_of(search, known.coords, 0.0);
        keep_best(best, &count, most, &known);
    }
    return count;
}

static void vary(struct search *search, const float *from, const float *other, double step,
                 float *ret_coords)
{
    bool crossed = other && avt_rng_uniform(&search->rng) < 0.3;
    double part = avt_rng_uniform(&search->rng);
    for (size_t i = 0; i < search->model->dims; i++) {
        double value = (double)from[i];
        if (crossed)
            value += part * ((double)other[i] - value);
        if (avt_rng_uniform(&search->rng) < 0.5)
            value += step * avt_rng_normal(&search->rng);
        ret_coords[i] = (float)value;
    }
}

/* A point worth saying: children of the best known points, refined by what the process expects. */
static void propose(struct search *search, double curiosity, float *ret_coords)
{
    struct proposal parents[PARENTS], best[KEPT], next[KEPT];
    size_t parent_count = best_known(search, parents, PARENTS), count = 0;
    for (size_t i = 0; i < POOL; i++) {
        struct proposal child = {0};
        const struct proposal *parent = &parents[i % parent_count];
        vary(search, parent->coords, parents[avt_rng_u32(&search->rng) % parent_count].coords,
             STEPS[i / PARENTS % 3], child.coords);
        child.worth = worth_of(search, child.coords, curiosity);
        keep_best(best, &count, KEPT, &child);
    }
    for (int round = 0; round < ROUNDS; round++) {
        size_t next_count = count;
        memcpy(next, best, sizeof(best));
        for (size_t i = 0; i < count * 6; i++) {
            struct proposal child = {0};
            vary(search, best[i % count].coords, best[avt_rng_u32(&search->rng) % count].coords,
                 STEPS[i % 3] / (1.0 + round), child.coords);
            child.worth = worth_of(search, child.coords, curiosity);
            keep_best(next, &next_count, KEPT, &child);
        }
        memcpy(best, next, sizeof(best));
        count = next_count;
    }
    memcpy(ret_coords, best[0].coords, sizeof(best[0].coords));
}

static void hear(void *user)
{
    struct hearing *hearing = user;
    const struct search *search = hearing->search;
    float style[AVT_PACK_STYLE];
    avt_clone_space_row(search->space, hearing->coords,
                        avt_clone_probe_row(search->probe, hearing->sentence), style);
    hearing->code = avt_clone_probe_hear(search->probe, style, NULL, hearing->sentence,
                                         search->options->cancel, &hearing->heard, &hearing->error);
}

/* Several points at once, then learnt in order, so that a run can be repeated. */
static enum avt_code hear_all(struct search *search, struct hearing *hearings, int count,
                              struct avt_error *reterr)
{
    struct avt_thread *threads[AVT_CLONE_THREADS_MAX] = {0};
    for (int i = 1; i < count; i++)
        threads[i] = avt_thread_start("clone", hear, &hearings[i]);
    hear(&hearings[0]);
    enum avt_code code = AVT_OK;
    for (int i = 0; i < count; i++) {
        if (i > 0 && !threads[i])
            hear(&hearings[i]);
        avt_thread_join(threads[i]);
        struct hearing *hearing = &hearings[i];
        if (hearing->code != AVT_OK && code == AVT_OK)
            code = avt_fail(reterr, hearing->code, "%s", hearing->error.message);
        if (hearing->code == AVT_OK) {
            double pitch = hearing->heard.voiced ? hearing->heard.pitch_st : 0.0;
            avt_debug("clone %zu: similarity %.3f, pitch %.1f st", search->heard,
                      avt_embedding_similarity(&hearing->heard.voice, &search->target->voice),
                      pitch);
            learn(search, hearing->coords, hearing->sentence, &hearing->heard.voice, pitch);
            search->heard++;
        }
        avt_clone_heard_done(&hearing->heard);
    }
    return code;
}

static enum avt_code run(struct search *search, struct avt_error *reterr)
{
    const struct avt_clone_search_options *options = search->options;
    int threads = options->threads < 1 ? 1 : options->threads;
    threads = threads < AVT_CLONE_THREADS_MAX ? threads : AVT_CLONE_THREADS_MAX;
    double started = avt_now_s(), part = 0.0;
    while (search->heard < options->points_max) {
        double elapsed = avt_now_s() - started;
        double each = search->heard > 0 ? elapsed / (double)search->heard : 0.0;
        double seconds = fmax(options->seconds_max - each * (double)options->points_after, 0.01);
        part = fmax((double)search->heard / (double)options->points_max, elapsed / seconds);
        if (part >= 1.0)
            break;
        if (options->progress)
            options->progress(part, options->user);
        struct hearing hearings[AVT_CLONE_THREADS_MAX] = {0};
        for (int i = 0; i < threads; i++) {
            double curiosity = part < LAST_PART ? CURIOSITY[i % 2] : 0.0;
            propose(search, curiosity, hearings[i].coords);
            hearings[i].search = search;
            hearings[i].sentence = (int)((search->heard + (size_t)i) % SENTENCES);
        }
        enum avt_code code = hear_all(search, hearings, threads, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

enum avt_code avt_clone_search(const struct avt_clone_model *model,
                               const struct avt_clone_space *space,
                               const struct avt_clone_probe *probe,
                               const struct avt_clone_target *target,
                               const struct avt_clone_search_options *options,
                               struct avt_clone_found *ret_found, struct avt_error *reterr)
{
    avt_assert(model && space && probe && target && options && ret_found);
    AVT_CLEANUP(avt_clone_gp_freep)
    struct avt_clone_gp *gp = avt_clone_gp_new(&model->kernel, model->dims);
    struct search search = {.model = model,
                            .space = space,
                            .probe = probe,
                            .target = target,
                            .options = options,
                            .gp = gp};
    avt_rng_init(&search.rng, options->seed);
    for (size_t i = 0; i < model->sample_count; i++) {
        const struct avt_clone_sample *sample = &model->samples[i];
        learn(&search, sample->coords, sample->sentence, &sample->voice, sample->pitch_st);
    }
    enum avt_code code = run(&search, reterr);
    struct proposal best[AVT_CLONE_FOUND_MAX];
    if (code == AVT_OK) {
        size_t count = best_known(&search, best, AVT_CLONE_FOUND_MAX);
        for (size_t i = 0; i < AVT_CLONE_FOUND_MAX; i++) {
            const struct proposal *proposal = &best[i < count ? i : 0];
            ret_found[i] =
                (struct avt_clone_found){.score = proposal->worth, .heard = search.heard};
            memcpy(ret_found[i].coords, proposal->coords, sizeof(ret_found[i].coords));
        }
    }
    avt_free(search.points);
    return code;
}
