/* SPDX-License-Identifier: Apache-2.0 */
#include "media/cues.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/cue_tokens.h"

/* Seconds. Netflix Timed Text Style Guide and BBC Subtitle Guidelines agree on these within a few
 * frames. */
#define CUE_MIN_S 1.0
#define CUE_MAX_S 7.0
/* Two frames at 25: one caption is seen to leave before the next comes. */
#define CUE_GAP_S 0.08

#define CUE_CHAIN_S        0.5 /* shorter gaps only flicker, so they are closed down to CUE_GAP_S */
#define CUE_LINGER_S       0.4 /* stays this long after the last word if nothing follows */
#define READ_COLUMNS_PER_S 17.0
/* A pause that a listener hears as one. */
#define PAUSE_S 0.3

/* What a cue or a line costs; only their order of size matters. Found by reading the result on
 * dialogue, news and lists. */
#define COST_CUE             2.0  /* fewer, fuller cues */
#define COST_HURRIED         1.5  /* per column a second too fast */
#define COST_BRIEF           40.0 /* per second below CUE_MIN_S */
#define COST_SENTENCE_INSIDE 4.0
#define COST_PAUSE_INSIDE    8.0  /* per second of pause inside a cue */
#define COST_ORPHAN          14.0 /* a word alone that is not a sentence */
#define COST_UNBALANCED      0.15 /* per column that two lines differ */
#define COST_SECOND_LINE     1.0
#define COST_IMPOSSIBLE      1e9

/* Columns of tokens [first, last) on one line. */
static int columns_of(const struct avt_cue_tokens *tokens, size_t first, size_t last)
{
    int columns = 0;
    for (size_t i = first; i < last; i++)
        columns += tokens->items[i].columns + (i > first && !tokens->items[i].glued);
    return columns;
}

/* The best place to break [first, last) into two lines, `last` if one line does. */
static size_t break_line(const struct avt_cue_tokens *tokens, size_t first, size_t last, int limit,
                         double *ret_cost)
{
    *ret_cost = 0;
    if (columns_of(tokens, first, last) <= limit)
        return last;
    size_t best = last;
    *ret_cost = COST_IMPOSSIBLE;
    for (size_t at = first + 1; at < last; at++) {
        int top = columns_of(tokens, first, at);
        int bottom = columns_of(tokens, at, last);
        if (top > limit || bottom > limit)
            continue;
        bool orphan = (at - first == 1 || last - at == 1) && last - first > 3;
        double cost = COST_SECOND_LINE + avt_cue_break_cost(tokens, at) * .5 +
                      abs(top - bottom) * COST_UNBALANCED + (orphan ? COST_ORPHAN / 4 : 0);
        if (cost < *ret_cost) {
            *ret_cost = cost;
            best = at;
        }
    }
    return best;
}

static double pause_after(const struct avt_cue_tokens *tokens, size_t index)
{
    if (index + 1 >= tokens->count)
        return INFINITY;
    return tokens->items[index + 1].start - tokens->items[index].end;
}

/* When [first, last) may stay on screen at most, given what follows. */
static double latest_end(const struct avt_cue_tokens *tokens, size_t last, double duration)
{
    return last < tokens->count ? tokens->items[last].start - CUE_GAP_S : duration;
}

static double cue_cost(const struct avt_cue_tokens *tokens, size_t first, size_t last, int limit,
                       double duration)
{
    const struct avt_cue_token *items = tokens->items;
    double start = items[first].start;
    double spoken = items[last - 1].end - start;
    if (spoken > CUE_MAX_S && last - first > 1)
        return COST_IMPOSSIBLE;
    double lines;
    (void)break_line(tokens, first, last, limit, &lines);
    if (lines >= COST_IMPOSSIBLE)
        return COST_IMPOSSIBLE;

    double cost = COST_CUE + lines;
    double shown = fmax(spoken, fmin(latest_end(tokens, last, duration) - start, CUE_MAX_S));
    double hurry = columns_of(tokens, first, last) / fmax(shown, .1) - READ_COLUMNS_PER_S;
    cost += hurry > 0 ? hurry * COST_HURRIED : 0;
    cost += shown < CUE_MIN_S ? (CUE_MIN_S - shown) * COST_BRIEF : 0;
    for (size_t i = first; i + 1 < last; i++) {
        double pause = pause_after(tokens, i);
        cost += items[i].ends == AVT_CUE_SENTENCE ? COST_SENTENCE_INSIDE : 0;
        cost += pause > PAUSE_S ? pause * COST_PAUSE_INSIDE : 0;
    }
    bool alone = last - first == 1 && items[first].ends != AVT_CUE_SENTENCE;
    bool sentence_before = first == 0 || items[first - 1].ends == AVT_CUE_SENTENCE;
    if (last - first == 1 && (alone || !sentence_before))
        cost += COST_ORPHAN;
    if (last < tokens->count) {
        double relief = pause_after(tokens, last - 1) > PAUSE_S ? .25 : 1;
        cost += avt_cue_break_cost(tokens, last) * relief;
    }
    return cost;
}

/* Shortest path over the places where a cue may end. `ends[i]`: where the cue that starts at token
 * i ends. */
static size_t *choose_cues(const struct avt_cue_tokens *tokens, int limit, double duration)
{
    size_t count = tokens->count;
    size_t *ends = avt_new0(size_t, count + 1);
    double *rest = avt_new0(double, count + 1);
    for (size_t first = count; first-- > 0;) {
        rest[first] = INFINITY;
        for (size_t last = first + 1; last <= count; last++) {
            /* Two full lines and the break between them: nothing longer can fit. */
            if (last - first > 1 && columns_of(tokens, first, last) > AVT_CUE_LINES * limit + 1)
                break;
            double cost = cue_cost(tokens, first, last, limit, duration) + rest[last];
            if (cost < rest[first]) {
                rest[first] = cost;
                ends[first] = last;
            }
        }
    }
    avt_free(rest);
    return ends;
}

static char *join(const struct avt_cue_tokens *tokens, size_t first, size_t last)
{
    size_t size = 1;
    for (size_t i = first; i < last; i++)
        size += strlen(tokens->items[i].text) + 1;
    char *line = avt_new0(char, size);
    char *at = line;
    for (size_t i = first; i < last; i++) {
        if (i > first && !tokens->items[i].glued)
            *at++ = ' ';
        size_t length = strlen(tokens->items[i].text);
        memcpy(at, tokens->items[i].text, length);
        at += length;
    }
    return line;
}

static void time_cue(struct avt_cue *cue, const struct avt_cue_tokens *tokens, size_t first,
                     size_t last, double duration)
{
    double spoken_end = tokens->items[last - 1].end;
    double limit = fmin(latest_end(tokens, last, duration), tokens->items[first].start + CUE_MAX_S);
    double wanted = fmax(spoken_end + CUE_LINGER_S, tokens->items[first].start + CUE_MIN_S);
    wanted = fmax(wanted, tokens->items[first].start +
                              columns_of(tokens, first, last) / READ_COLUMNS_PER_S);
    if (last < tokens->count && tokens->items[last].start - wanted < CUE_CHAIN_S)
        wanted = tokens->items[last].start - CUE_GAP_S;
    cue->start = tokens->items[first].start;
    /* The words come first: a cue never ends before they do, unless the next one begins. */
    cue->end = fmax(fmin(wanted, limit), fmin(spoken_end, limit));
    cue->end = fmax(cue->end, cue->start + CUE_GAP_S / 2);
}

struct avt_cues *avt_cues_new(const struct avt_timeline *timeline, int line_columns)
{
    avt_assert(timeline && line_columns >= 8 && line_columns <= AVT_CUE_LINE_COLUMNS);
    struct avt_cues *cues = avt_new0(struct avt_cues, 1);
    AVT_CLEANUP(avt_cue_tokens_freep)
    struct avt_cue_tokens *tokens = avt_cue_tokens_new(timeline, line_columns);
    if (tokens->count == 0)
        return cues;
    AVT_CLEANUP(avt_freep) size_t *ends = choose_cues(tokens, line_columns, timeline->duration);
    cues->items = avt_new0(struct avt_cue, tokens->count);
    for (size_t first = 0; first < tokens->count; first = ends[first]) {
        size_t last = ends[first];
        struct avt_cue *cue = &cues->items[cues->count++];
        double cost;
        size_t split = break_line(tokens, first, last, line_columns, &cost);
        cue->lines[0] = join(tokens, first, split);
        cue->lines[1] = split < last ? join(tokens, split, last) : NULL;
        time_cue(cue, tokens, first, last, timeline->duration);
    }
    return cues;
}

void avt_cues_free(struct avt_cues *cues)
{
    if (!cues)
        return;
    for (size_t i = 0; i < cues->count; i++) {
        for (int line = 0; line < AVT_CUE_LINES; line++)
            avt_free(cues->items[i].lines[line]);
    }
    avt_free(cues->items);
    avt_free(cues);
}
