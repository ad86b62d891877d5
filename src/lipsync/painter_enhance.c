/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enhancers among the painters: they hear nothing, and make what has been painted sharper. Of a picture the network
 * sees a square that is turned with the face; what it makes larger is averaged down to about the picture's own pixels;
 * and what it changed is added to the picture, in its own colours, within the lower face.
 *
 *     picture --crop--> seen [W] --average--> [N] --network--> [N * factor] --average--> made [W]
 *     made - seen, matched and steadied, masked --> added to the picture
 */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "lipsync/enhance_blend.h"
#include "lipsync/enhance_net.h"
#include "lipsync/enhance_place.h"
#include "lipsync/painter.h"

/* Of the template: all of it, as restorers were trained; the lower face, which the mask has. */
static const struct avt_enhance_window windows[] = {
    [AVT_ENHANCE_RESTORE] = {0, 0, AVT_ENHANCE_TEMPLATE},
    [AVT_ENHANCE_UPSCALE] = {106, 210, 300},
};
/* Sides of squares that a network gets which takes any: whole steps, so that windowed ones work as well, and no larger
 * than a processor bears (docs/engines.md). */
enum { STEP = 16, SIDE_MIN = AVT_ENHANCE_SIDE_MIN, SIDE_MAX = 256 };
/* Pixels of the picture that are looked at to tell whether a place is still. */
#define REACH 2
enum { REACH_MAX = 8 };

struct state {
    struct avt_enhance_net net;
    /* Of the film; all empty without one. */
    bool has_film;
    const struct avt_cancel *cancel;
    struct avt_painter_tally *tally;
    struct avt_enhance_places places;
    struct avt_enhance_steady steady;
    int side; /* that the network got last; 0: none yet */
};

static void enhance_end(void *user)
{
    struct state *state = user;
    avt_enhance_steady_done(&state->steady);
    *state = (struct state){.net = state->net};
}

static void enhance_close(void *user)
{
    struct state *state = user;
    if (!state)
        return;
    enhance_end(state);
    avt_enhance_net_close(&state->net);
    avt_free(state);
}

static void state_freep(struct state **state)
{
    enhance_close(*state);
}

static enum avt_code open_kind(enum avt_enhance_kind kind, const struct avt_painter_weights *weights, void **ret_state,
                               struct avt_error *reterr)
{
    avt_assert(weights && weights->folder && ret_state);
    AVT_CLEANUP(state_freep) struct state *state = avt_new0(struct state, 1);
    enum avt_code code = avt_enhance_net_open(kind, weights, &state->net, reterr);
    if (code == AVT_OK)
        *ret_state = AVT_TAKE(state);
    return code;
}

static enum avt_code restore_open(const struct avt_painter_weights *weights, void **ret_state,
                                  struct avt_error *reterr)
{
    return open_kind(AVT_ENHANCE_RESTORE, weights, ret_state, reterr);
}

static enum avt_code upscale_open(const struct avt_painter_weights *weights, void **ret_state,
                                  struct avt_error *reterr)
{
    return open_kind(AVT_ENHANCE_UPSCALE, weights, ret_state, reterr);
}

static enum avt_code enhance_begin(void *user, const struct avt_painter_film *film, struct avt_error *reterr)
{
    struct state *state = user;
    (void)reterr;
    avt_assert(state && !state->has_film);
    state->has_film = true;
    state->cancel = film->cancel;
    state->tally = film->tally;
    return AVT_OK;
}

/* Pixels that the network gets of a window that is `length` long: its own number, or what there is. The last one's
 * number stays as long as it will do, so that a face that comes nearer is not seen anew with each picture. */
static int side_for(const struct state *state, double length)
{
    if (state->net.side)
        return state->net.side;
    int wanted = (int)fmin(fmax(ceil(length / STEP) * STEP, SIDE_MIN), SIDE_MAX);
    return state->side >= wanted && state->side <= wanted + 2 * STEP ? state->side : wanted;
}

/* Pixels of the network's that one of W is averaged of, so that W is no coarser than the picture. 0: all of them would
 * be: the picture has more of its own. */
static int average_of(int side, int factor, double length)
{
    for (int parts = factor; parts > 0; parts--) {
        if (factor % parts == 0 && (double)(side * (factor / parts)) >= length)
            return parts;
    }
    return 0;
}

/* Means of `parts` x `parts` values.  @param out  [3, side / parts, side / parts] */
static void average(const float *in, int side, int parts, float *out)
{
    float share = 1 / (float)(parts * parts);
    for (int row = 0; row < 3 * side / parts; row++) {
        for (int x = 0; x < side / parts; x++) {
            float sum = 0;
            for (int k = 0; k < parts * parts; k++)
                sum += in[(size_t)(row * parts + k / parts) * (size_t)side + (size_t)(x * parts + k % parts)];
            *out++ = sum * share;
        }
    }
}

struct work {
    float *memory;
    float *seen, *change; /* [3, W, W] */
    float *mask;          /* [W, W] */
    float *small;         /* [3, N, N] */
    float *large;         /* [3, N * factor, N * factor] */
};

static bool work_init(struct work *work, int side, int small, int large)
{
    size_t pixels = (size_t)side * (size_t)side, seen = (size_t)small * (size_t)small;
    work->memory = avt_try_new0(float, 7 * pixels + 3 * seen + 3 * (size_t)large * (size_t)large);
    if (!work->memory)
        return false;
    work->seen = work->memory;
    work->change = work->seen + 3 * pixels;
    work->mask = work->change + 3 * pixels;
    work->small = work->mask + pixels;
    work->large = work->small + 3 * seen;
    return true;
}

static void work_done(struct work *work)
{
    avt_free(work->memory);
}

/* What is to be added to the picture, as work->change. */
static enum avt_code make_change(struct state *state, const struct avt_painter_view *view,
                                 const struct avt_enhance_square *square, int parts, struct work *work,
                                 struct avt_error *reterr)
{
    int side = square->side, factor = state->net.factor, small = side * parts / factor;
    double length = avt_enhance_square_length(square);
    size_t pixels = (size_t)side * (size_t)side;
    enum avt_code code = avt_enhance_crop(view->image, square, work->seen, reterr);
    if (code == AVT_OK) {
        average(work->seen, side, side / small, work->small);
        code = avt_enhance_net_run(&state->net, small, work->small, state->cancel, work->large, reterr);
    }
    if (code == AVT_OK)
        code = avt_enhance_mask(view->face, view->image->width, view->image->height, square, work->mask, reterr);
    if (code != AVT_OK)
        return code;
    average(work->large, small * factor, parts, work->change);
    avt_enhance_match(work->seen, work->mask, pixels, work->change);
    for (size_t i = 0; i < 3 * pixels; i++)
        work->change[i] -= work->seen[i];
    int reach = (int)fmin(fmax(round(REACH * side / length), REACH), REACH_MAX);
    code = avt_enhance_steady_run(&state->steady, view->frame, side, work->seen, reach, work->change, reterr);
    for (size_t i = 0; code == AVT_OK && i < 3 * pixels; i++)
        work->change[i] *= work->mask[i % pixels];
    return code;
}

static enum avt_code paint_one(struct state *state, const struct avt_painter_view *view, struct avt_error *reterr)
{
    struct avt_enhance_place place;
    if (!view->face || !avt_enhance_place_of(view->face, &place))
        return AVT_OK;
    const struct avt_enhance_places before = state->places;
    /* Where nothing is done the face is still followed. */
    struct avt_enhance_square square = {.place = avt_enhance_places_add(&state->places, view->frame, &place),
                                        .window = windows[state->net.kind]};
    if (!(view->strength > 0))
        return AVT_OK;
    double length = avt_enhance_square_length(&square);
    int side = side_for(state, length), factor = state->net.factor, parts = average_of(side, factor, length);
    if (state->tally)
        *(parts ? &state->tally->painted : &state->tally->too_large) += 1;
    if (parts == 0)
        return AVT_OK;
    AVT_CLEANUP(work_done) struct work work = {0};
    square.side = side * factor / parts;
    enum avt_code code = work_init(&work, square.side, side, side * factor)
                             ? make_change(state, view, &square, parts, &work, reterr)
                             : avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to enhance a mouth");
    if (code == AVT_OK) {
        state->side = side;
        avt_enhance_add(work.change, &square, fminf(view->strength, 1), view->image);
    } else {
        state->places = before; /* it comes again */
        if (state->tally)
            state->tally->painted--;
    }
    return code;
}

static enum avt_code enhance_paint(void *user, const struct avt_painter_view *views, size_t count,
                                   struct avt_error *reterr)
{
    struct state *state = user;
    avt_assert(state && state->has_film && views && count <= AVT_ENHANCE_BATCH);
    return count ? paint_one(state, views, reterr) : AVT_OK;
}

const struct avt_painter_engine avt_painter_restore = {
    .name = "restore",
    .version = "restore 1",
    .open = restore_open,
    .close = enhance_close,
    .begin = enhance_begin,
    .paint = enhance_paint,
    .end = enhance_end,
};
const struct avt_painter_engine avt_painter_upscale = {
    .name = "upscale",
    .version = "upscale 1",
    .open = upscale_open,
    .close = enhance_close,
    .begin = enhance_begin,
    .paint = enhance_paint,
    .end = enhance_end,
};
