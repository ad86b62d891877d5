/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/viseme_align.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* What the network holds for impossible may still be so: a lower floor lets one bad frame push a word aside. Of 884
 * words of four voices .01 and .001 are equally good (docs/adr/0007-aligning-by-visemes.md). */
static const float FLOOR = 1e-3f;

/* Where the best way to a state came from, and so two bits. */
enum { STAY, BEFORE, OVER, CHOICES_PER_BYTE = 4 };

/* A step of n frames at least is n states in a row, the last of which repeats. */
struct state {
    uint8_t viseme;
    bool may_stay;  /* the last of its step */
    bool may_skip;  /* the first of a step whose predecessor, one state, is optional */
    uint32_t step;
};

struct search {
    struct state *states; /* [count] */
    size_t count;
    uint8_t *choices; /* [frames, row_bytes] */
    size_t row_bytes;
};

static void search_done(struct search *search)
{
    avt_free(search->states);
    avt_free(search->choices);
}

static size_t count_states(const struct avt_viseme_step *steps, size_t count)
{
    size_t states = 0;
    for (size_t i = 0; i < count; i++) {
        avt_assert(steps[i].frames_min >= 1 && steps[i].frames_min <= AVT_VISEME_STEP_FRAMES_MAX);
        avt_assert(!steps[i].is_optional || (steps[i].frames_min == 1 && (i == 0 || !steps[i - 1].is_optional)));
        states += (size_t)steps[i].frames_min;
    }
    return states;
}

static size_t frames_needed(const struct avt_viseme_step *steps, size_t count)
{
    size_t needed = 0;
    for (size_t i = 0; i < count; i++)
        needed += steps[i].is_optional ? 0 : (size_t)steps[i].frames_min;
    return needed;
}

static enum avt_code prepare(const struct avt_viseme_step *steps, size_t count, size_t frames, struct search *search,
                             struct avt_error *reterr)
{
    search->count = count_states(steps, count);
    search->row_bytes = (search->count + CHOICES_PER_BYTE - 1) / CHOICES_PER_BYTE;
    if (frames > AVT_VISEME_ALIGN_CELLS_MAX / search->count)
        return avt_fail(reterr, AVT_ELIMIT, "the recording and its text are too long to be laid over each other: cut "
                                            "them, or give a timeline");
    search->states = avt_try_new0(struct state, search->count);
    search->choices = avt_try_new0(uint8_t, frames * search->row_bytes);
    if (!search->states || !search->choices)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to lay the text over the recording");
    struct state *state = search->states;
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < steps[i].frames_min; k++)
            *state++ = (struct state){.viseme = (uint8_t)steps[i].viseme,
                                      .may_stay = k + 1 == steps[i].frames_min,
                                      .may_skip = k == 0 && i > 0 && steps[i - 1].is_optional,
                                      .step = (uint32_t)i};
    }
    return AVT_OK;
}

static void logarithms(const float *frame, float logs[AVT_VISEME_COUNT])
{
    for (size_t v = 0; v < AVT_VISEME_COUNT; v++)
        logs[v] = logf(frame[v] + FLOOR);
}

/* One frame on, from the last state to the first, so that `score` is that of the frame before wherever it is read. */
static void advance(const struct search *search, const float logs[AVT_VISEME_COUNT], double *score, uint8_t *row)
{
    for (size_t s = search->count; s-- > 0;) {
        const struct state *state = &search->states[s];
        double best = state->may_stay ? score[s] : -INFINITY;
        uint8_t choice = STAY;
        if (s > 0 && score[s - 1] > best) {
            best = score[s - 1];
            choice = BEFORE;
        }
        if (s > 1 && state->may_skip && score[s - 2] > best) {
            best = score[s - 2];
            choice = OVER;
        }
        score[s] = best + (double)logs[state->viseme];
        row[s / CHOICES_PER_BYTE] |= (uint8_t)(choice << (2 * (s % CHOICES_PER_BYTE)));
    }
}

static enum avt_code search_forward(struct search *search, const float *visemes, size_t frames,
                                    const struct avt_viseme_step *steps, size_t count, size_t *ret_last,
                                    struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) double *score = avt_try_new0(double, search->count);
    float logs[AVT_VISEME_COUNT];
    if (!score)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to lay the text over the recording");
    logarithms(visemes, logs);
    for (size_t s = 0; s < search->count; s++) {
        bool begins = s == 0 || (s == 1 && steps[0].is_optional);
        score[s] = begins ? (double)logs[search->states[s].viseme] : -INFINITY;
    }
    for (size_t i = 1; i < frames; i++) {
        logarithms(visemes + i * AVT_VISEME_COUNT, logs);
        advance(search, logs, score, search->choices + i * search->row_bytes);
    }
    *ret_last = search->count - 1;
    if (search->count > 1 && steps[count - 1].is_optional && score[search->count - 2] > score[search->count - 1])
        *ret_last = search->count - 2;
    return AVT_OK;
}

/* Back from the end: the first frame of each step. */
static void trace_back(const struct search *search, size_t last, size_t frames, size_t count, size_t *ret_starts)
{
    size_t state = last;
    for (size_t i = 0; i <= count; i++)
        ret_starts[i] = SIZE_MAX;
    for (size_t i = frames; i-- > 0;) {
        const uint8_t *row = search->choices + i * search->row_bytes;
        ret_starts[search->states[state].step] = i;
        size_t choice = row[state / CHOICES_PER_BYTE] >> (2 * (state % CHOICES_PER_BYTE)) & 3;
        avt_assert(state >= choice);
        state -= choice;
    }
    ret_starts[count] = frames;
    for (size_t i = count; i-- > 0;) {
        if (ret_starts[i] == SIZE_MAX)
            ret_starts[i] = ret_starts[i + 1];
    }
}

enum avt_code avt_viseme_align(const float *visemes, size_t frames, const struct avt_viseme_step *steps, size_t count,
                               size_t *ret_starts, struct avt_error *reterr)
{
    avt_assert(visemes && ret_starts && (steps || count == 0));
    if (count == 0 || frames < frames_needed(steps, count) || frames == 0) {
        for (size_t i = 0; i <= count; i++)
            ret_starts[i] = count ? frames * i / count : frames;
        return AVT_OK;
    }
    AVT_CLEANUP(search_done) struct search search = {0};
    size_t last = 0;
    enum avt_code code = prepare(steps, count, frames, &search, reterr);
    if (code == AVT_OK)
        code = search_forward(&search, visemes, frames, steps, count, &last, reterr);
    if (code == AVT_OK)
        trace_back(&search, last, frames, count, ret_starts);
    return code;
}
