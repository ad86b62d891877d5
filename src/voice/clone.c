/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clone.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "os/proc.h"
#include "voice/clone_search.h"

enum {
    THREADS_MAX = 4,   /* more would take more memory than a small machine has */
    CANDIDATES = 2,    /* points that come to the verdict, besides the published voice */
    FIT_COUNT = 2,     /* sentences that the spectrum is fitted to: the first ones */
    TEST_MAX = 4,      /* sentences of the verdict: the last ones */
    POINTS_AFTER = 36, /* what verdict, melody and spectrum take, in points */
    POINTS_AFTER_FAST = 14,
};
/* The spectrum has to win so much where it was not fitted. */
static const double SPECTRUM_GAIN_MIN = 0.005;
/* What the melody may be changed by: far from its own register a voice stops sounding like one. */
static const double MELODY_MAX_ST = 3.0, MELODY_RANGE_MIN = 0.6, MELODY_RANGE_MAX = 1.6;
/* A spread that is off by a semitone counts as much as so much likeness. */
static const double SPREAD_PENALTY = 0.02;
/* Of two candidates, the one that sounds like one person in all sentences. */
static const double SELF_WEIGHT = 0.1;

static const struct effort {
    size_t points_max, points_after;
    double seconds_max;
    size_t candidates;
    int spectrum_rounds, test_count;
} efforts[] = {
    /* Reading the recordings and loading take up to 5 s on two cores. */
    [AVT_CLONE_DEFAULT] = {.points_max = 120,
                           .points_after = POINTS_AFTER,
                           .seconds_max = 85.0,
                           .candidates = CANDIDATES,
                           .spectrum_rounds = 3,
                           .test_count = TEST_MAX},
    [AVT_CLONE_FAST] = {.points_max = 8,
                        .points_after = POINTS_AFTER_FAST,
                        .seconds_max = 8.0,
                        .candidates = 1,
                        .spectrum_rounds = 1,
                        .test_count = 2},
    [AVT_CLONE_BEST] = {.points_max = 360,
                        .points_after = POINTS_AFTER,
                        .seconds_max = 3600.0,
                        .candidates = CANDIDATES,
                        .spectrum_rounds = 5,
                        .test_count = TEST_MAX},
};

/* A voice on trial. */
struct candidate {
    float coords[AVT_CLONE_DIMS_MAX];
    int pack; /* a published voice as it is, or -1: the point */
    struct avt_melody melody;
    float eq_db[AVT_CLONE_EQ_BANDS];
    bool spectrum;            /* eq_db helps */
    double plain, similarity; /* without and with what the spectrum gives */
    double self_similarity, pitch_st, spread_st;
    double worth;
};

struct making {
    const struct avt_clone_model *model;
    const struct avt_clone_space *space;
    const struct avt_clone_probe *probe;
    const struct avt_ge2e *encoder;
    const struct avt_clip_speech *speech;
    const struct avt_clone_options *options;
    const struct effort *effort;
    double reference_pitch_st, reference_spread_st;
};

void avt_clone_voice_done(struct avt_clone_voice *voice)
{
    avt_free(voice->pack);
    *voice = (struct avt_clone_voice){0};
}

static void row_of(const struct making *making, const struct candidate *candidate, size_t row,
                   float *ret_style)
{
    if (candidate->pack >= 0)
        avt_clone_space_pack_row(making->space, (size_t)candidate->pack, row, ret_style);
    else
        avt_clone_space_row(making->space, candidate->coords, row, ret_style);
}

struct saying {
    const struct making *making;
    const struct candidate *candidate;
    int sentence;
    struct avt_clone_heard *heard;
    enum avt_code code;
    struct avt_error error;
};

static void say(void *user)
{
    struct saying *saying = user;
    const struct making *making = saying->making;
    float style[AVT_PACK_STYLE];
    row_of(making, saying->candidate, avt_clone_probe_row(making->probe, saying->sentence), style);
    saying->code = avt_clone_probe_hear(making->probe, style, &saying->candidate->melody,
                                        saying->sentence, making->options->cancel, saying->heard,
                                        &saying->error);
}

static void done_all(struct avt_clone_heard *heard, size_t count)
{
    for (size_t i = 0; i < count; i++)
        avt_clone_heard_done(&heard[i]);
}

/* `count` sentences from `first` on, two at a time. */
static enum avt_code say_all(const struct making *making, const struct candidate *candidate,
                             int first, int count, struct avt_clone_heard *heard,
                             struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    for (int at = 0; code == AVT_OK && at < count; at += 2) {
        struct saying sayings[2] = {0};
        int at_once = count - at < 2 ? count - at : 2;
        for (int i = 0; i < at_once; i++)
            sayings[i] = (struct saying){.making = making,
                                         .candidate = candidate,
                                         .sentence = first + at + i,
                                         .heard = &heard[at + i]};
        struct avt_thread *thread =
            at_once > 1 ? avt_thread_start("clone", say, &sayings[1]) : NULL;
        say(&sayings[0]);
        if (at_once > 1 && !thread)
            say(&sayings[1]);
        avt_thread_join(thread);
        for (int i = 0; code == AVT_OK && i < at_once; i++) {
            if (sayings[i].code != AVT_OK)
                code = avt_fail(reterr, sayings[i].code, "%s", sayings[i].error.message);
        }
    }
    return code;
}

double avt_clone_worth(const struct avt_clone_verdict *verdict)
{
    return verdict->similarity + SELF_WEIGHT * verdict->self_similarity -
           avt_clone_pitch_penalty(verdict->pitch_off_st) -
           SPREAD_PENALTY * fabs(verdict->spread_off_st);
}

bool avt_clone_spectrum_helps(double without, double with)
{
    return with > without + SPECTRUM_GAIN_MIN;
}

/* Fit the spectrum on some sentences and see on others whether it helps. */
static enum avt_code fit_spectrum(const struct making *making, struct candidate *candidate,
                                  const struct avt_clone_heard *test, size_t test_count,
                                  struct avt_error *reterr)
{
    struct avt_clone_heard heard[FIT_COUNT] = {0};
    double with = 0.0;
    enum avt_code code = say_all(making, candidate, 0, FIT_COUNT, heard, reterr);
    if (code == AVT_OK)
        code = avt_clone_eq_fit(making->encoder, heard, FIT_COUNT, &making->speech->voice,
                                making->effort->spectrum_rounds, candidate->eq_db, reterr);
    if (code == AVT_OK)
        code = avt_clone_eq_similarity(making->encoder, test, test_count, &making->speech->voice,
                                       candidate->eq_db, &with, reterr);
    done_all(heard, FIT_COUNT);
    if (code != AVT_OK)
        return code;
    candidate->spectrum = avt_clone_spectrum_helps(candidate->plain, with);
    candidate->similarity = candidate->spectrum ? with : candidate->plain;
    return AVT_OK;
}

/* What the sentences of the verdict say of a candidate whose similarity is known. */
static void weigh(const struct making *making, struct candidate *candidate,
                  const struct avt_clone_heard *test, size_t count)
{
    size_t pairs = 0;
    candidate->pitch_st = candidate->spread_st = candidate->self_similarity = 0.0;
    for (size_t i = 0; i < count; i++) {
        candidate->pitch_st += test[i].pitch_st / (double)count;
        candidate->spread_st += test[i].spread_st / (double)count;
        for (size_t k = i + 1; k < count; k++, pairs++)
            candidate->self_similarity += avt_embedding_similarity(&test[i].voice, &test[k].voice);
    }
    candidate->self_similarity /= pairs > 0 ? (double)pairs : 1.0;
    candidate->worth = avt_clone_worth(&(struct avt_clone_verdict){
        .similarity = candidate->similarity,
        .self_similarity = candidate->self_similarity,
        .pitch_off_st = candidate->pitch_st - making->reference_pitch_st,
        .spread_off_st = candidate->spread_st - making->reference_spread_st});
}

static void log_verdict(const struct making *making, const struct candidate *candidate)
{
    avt_debug("clone verdict: %s, melody %+.1f st x %.2f: similarity %.3f, with spectrum %.3f, self "
              "%.3f, pitch %.1f of %.1f st, spread %.1f of %.1f",
              candidate->pack >= 0 ? making->model->pack_ids[candidate->pack] : "point",
              candidate->melody.pitch_st, candidate->melody.range, candidate->plain,
              candidate->similarity, candidate->self_similarity, candidate->pitch_st,
              making->reference_pitch_st, candidate->spread_st, making->reference_spread_st);
}

/* The sentences of the verdict, and how alike they are through a spectrum (NULL: as they are). */
static enum avt_code hear_test(const struct making *making, const struct candidate *candidate,
                               const float *eq_db, struct avt_clone_heard test[TEST_MAX],
                               double *ret_similarity, struct avt_error *reterr)
{
    int count = making->effort->test_count;
    enum avt_code code = say_all(making, candidate, AVT_CLONE_SENTENCES - count, count, test, reterr);
    if (code == AVT_OK)
        code = avt_clone_eq_similarity(making->encoder, test, (size_t)count, &making->speech->voice,
                                       eq_db, ret_similarity, reterr);
    return code;
}

static enum avt_code try_candidate(const struct making *making, struct candidate *candidate,
                                   struct avt_error *reterr)
{
    struct avt_clone_heard test[TEST_MAX] = {0};
    size_t count = (size_t)making->effort->test_count;
    enum avt_code code = hear_test(making, candidate, NULL, test, &candidate->plain, reterr);
    if (code == AVT_OK)
        code = fit_spectrum(making, candidate, test, count, reterr);
    if (code == AVT_OK)
        weigh(making, candidate, test, count);
    done_all(test, count);
    if (code != AVT_OK)
        return code;
    log_verdict(making, candidate);
    return AVT_OK;
}

/* As high and as lively as the recordings, if that makes the winner better. */
static enum avt_code match_melody(const struct making *making, struct candidate *winner,
                                  struct avt_error *reterr)
{
    if (making->reference_spread_st <= 0.0 || winner->spread_st <= 0.0)
        return AVT_OK; /* nothing voiced to go by */
    struct candidate with = *winner;
    double off_st = making->reference_pitch_st - winner->pitch_st;
    with.melody.pitch_st = fmin(fmax(off_st, -MELODY_MAX_ST), MELODY_MAX_ST);
    with.melody.range = fmin(fmax(making->reference_spread_st / winner->spread_st, MELODY_RANGE_MIN),
                             MELODY_RANGE_MAX);
    struct avt_clone_heard test[TEST_MAX] = {0};
    size_t count = (size_t)making->effort->test_count;
    enum avt_code code =
        hear_test(making, &with, with.spectrum ? with.eq_db : NULL, test, &with.similarity, reterr);
    if (code == AVT_OK)
        weigh(making, &with, test, count);
    done_all(test, count);
    if (code != AVT_OK)
        return code;
    log_verdict(making, &with);
    if (with.worth > winner->worth)
        *winner = with;
    return AVT_OK;
}

/* The published voice that is most alike, by what the model file knows of each. */
static int nearest_pack(const struct making *making)
{
    double sums[AVT_CLONE_PACKS_MAX] = {0};
    int counts[AVT_CLONE_PACKS_MAX] = {0}, best = 0;
    for (size_t i = 0; i < making->model->sample_count; i++) {
        const struct avt_clone_sample *sample = &making->model->samples[i];
        if (sample->pack < 0)
            continue;
        sums[sample->pack] += avt_embedding_similarity(&sample->voice, &making->speech->voice);
        counts[sample->pack]++;
    }
    for (size_t i = 0; i < making->model->pack_count; i++) {
        sums[i] = counts[i] > 0 ? sums[i] / counts[i] : 0.0;
        best = sums[i] > sums[best] ? (int)i : best;
    }
    return best;
}

static enum avt_code search(const struct making *making, struct avt_clone_found *found,
                            struct avt_error *reterr)
{
    int threads = making->options->threads > 0 ? making->options->threads : avt_cpu_count();
    const struct avt_clone_target target = {.voice = making->speech->voice,
                                            .pitch_st = making->reference_pitch_st};
    const struct avt_clone_search_options options = {
        .points_max = making->options->points > 0 ? making->options->points
                                                   : making->effort->points_max,
        .seconds_max = making->options->points > 0 ? HUGE_VAL : making->effort->seconds_max,
        .points_after = making->effort->points_after,
        .threads = threads < THREADS_MAX ? threads : THREADS_MAX,
        .seed = making->options->seed,
        .cancel = making->options->cancel,
        .progress = making->options->progress,
        .user = making->options->user,
    };
    return avt_clone_search(making->model, making->space, making->probe, &target, &options, found,
                            reterr);
}

static enum avt_code take_voice(const struct making *making, const struct candidate *winner,
                                const struct candidate *stock, struct avt_clone_voice *voice,
                                struct avt_error *reterr)
{
    voice->pack = avt_try_new0(float, AVT_PACK_COUNT);
    if (!voice->pack)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for a voice");
    for (size_t row = 0; row < AVT_PACK_ROWS; row++)
        row_of(making, winner, row, voice->pack + row * AVT_PACK_STYLE);
    voice->melody = winner->melody;
    memcpy(voice->eq_db, winner->eq_db, winner->spectrum ? sizeof(voice->eq_db) : 0);
    voice->spectrum = winner->spectrum;
    voice->searched = winner->pack < 0;
    voice->similarity = winner->similarity;
    voice->self_similarity = winner->self_similarity;
    voice->stock_similarity = stock->plain;
    (void)snprintf(voice->stock_id, sizeof(voice->stock_id), "%s",
                   making->model->pack_ids[stock->pack]);
    voice->pitch_st = winner->pitch_st;
    voice->pitch_spread_st = winner->spread_st;
    voice->reference_pitch_st = making->reference_pitch_st;
    voice->reference_spread_st = making->reference_spread_st;
    return AVT_OK;
}

static enum avt_code make(struct making *making, struct avt_clone_voice *ret_voice,
                          struct avt_error *reterr)
{
    struct avt_clone_found found[AVT_CLONE_FOUND_MAX];
    struct candidate all[CANDIDATES + 1] = {0};
    AVT_CLEANUP(avt_clone_voice_done) struct avt_clone_voice voice = {0};
    enum avt_code code = search(making, found, reterr);
    all[0].pack = nearest_pack(making);
    size_t count = making->effort->candidates + 1, best = 0;
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        if (i > 0) {
            all[i].pack = -1;
            memcpy(all[i].coords, found[i - 1].coords, sizeof(all[i].coords));
        }
        all[i].melody.range = 1.0;
        code = try_candidate(making, &all[i], reterr);
        best = all[i].worth > all[best].worth ? i : best;
    }
    const struct candidate stock = all[0];
    if (code == AVT_OK)
        code = match_melody(making, &all[best], reterr);
    if (code == AVT_OK)
        code = take_voice(making, &all[best], &stock, &voice, reterr);
    if (code != AVT_OK)
        return code;
    voice.points = found[0].heard;
    *ret_voice = voice;
    voice = (struct avt_clone_voice){0};
    return AVT_OK;
}

enum avt_code avt_clone_make(const struct avt_ge2e *encoder, const struct avt_clip_speech *speech,
                             const struct avt_clone_options *options,
                             struct avt_clone_voice *ret_voice, struct avt_error *reterr)
{
    avt_assert(encoder && speech && options && ret_voice);
    double started = avt_now_s();
    AVT_CLEANUP(avt_clone_model_freep) struct avt_clone_model *model = NULL;
    AVT_CLEANUP(avt_clone_space_freep) struct avt_clone_space *space = NULL;
    AVT_CLEANUP(avt_clone_probe_freep) struct avt_clone_probe *probe = NULL;
    enum avt_code code = avt_clone_model_open(&model, reterr);
    if (code == AVT_OK)
        code = avt_clone_space_open(model, &space, reterr);
    if (code == AVT_OK)
        code = avt_clone_probe_open(encoder, &probe, reterr);
    if (code != AVT_OK)
        return code;
    struct making making = {.model = model,
                            .space = space,
                            .probe = probe,
                            .encoder = encoder,
                            .speech = speech,
                            .options = options,
                            .effort = &efforts[options->effort]};
    (void)avt_pitch_summary(&speech->pitch, &making.reference_pitch_st,
                            &making.reference_spread_st);
    code = make(&making, ret_voice, reterr);
    if (code == AVT_OK)
        ret_voice->seconds = avt_now_s() - started;
    return code;
}
