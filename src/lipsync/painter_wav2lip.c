/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/assert.h"
#include "base/mem.h"
#include "lipsync/painter.h"
#include "lipsync/painter_check.h"
#include "lipsync/wav2lip_crop.h"
#include "lipsync/wav2lip_mel.h"
#include "lipsync/wav2lip_net.h"

enum { MEL = AVT_WAV2LIP_BANDS * AVT_WAV2LIP_STEPS };

struct state {
    struct avt_wav2lip_net net;
    /* Of the film; all empty without one. */
    int fps_num, fps_den, batch;
    const struct avt_cancel *cancel;
    struct avt_wav2lip_mel *mel;
    long long columns;
    struct avt_wav2lip_boxes boxes;
    float *mels, *videos, *planes; /* of a batch, as avt_wav2lip_net_run() has them */
};

static void wav2lip_end(void *user)
{
    struct state *state = user;
    avt_wav2lip_mel_free(state->mel);
    avt_free(state->mels);
    avt_free(state->videos);
    avt_free(state->planes);
    *state = (struct state){.net = state->net};
}

static void wav2lip_close(void *user)
{
    struct state *state = user;
    if (!state)
        return;
    wav2lip_end(state);
    avt_wav2lip_net_close(&state->net);
    avt_free(state);
}

static void state_freep(struct state **state)
{
    wav2lip_close(*state);
}

static enum avt_code wav2lip_open(const struct avt_painter_weights *weights, void **ret_state, struct avt_error *reterr)
{
    avt_assert(weights && weights->folder && ret_state);
    AVT_CLEANUP(state_freep) struct state *state = avt_new0(struct state, 1);
    enum avt_code code = avt_wav2lip_net_open(weights, &state->net, reterr);
    if (code == AVT_OK)
        *ret_state = AVT_TAKE(state);
    return code;
}

static enum avt_code wav2lip_begin(void *user, const struct avt_painter_film *film, struct avt_error *reterr)
{
    struct state *state = user;
    avt_assert(state && !state->mel && film->fps_num > 0 && film->fps_den > 0);
    avt_assert(film->batch >= 1 && film->batch <= AVT_PAINTER_BATCH_MAX);
    state->fps_num = film->fps_num;
    state->fps_den = film->fps_den;
    state->batch = film->batch;
    state->cancel = film->cancel;
    size_t batch = (size_t)state->batch, square = (size_t)state->net.side * (size_t)state->net.side;
    state->mels = avt_try_new0(float, batch * MEL);
    state->videos = avt_try_new0(float, batch * 6 * square);
    state->planes = avt_try_new0(float, batch * 3 * square);
    if (!state->mels || !state->videos || !state->planes)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to paint %d mouths at once", state->batch);
    state->mel = avt_wav2lip_mel_new(film->sound);
    state->columns = avt_wav2lip_mel_columns(film->sound->count);
    return AVT_OK;
}

/* A picture that is painted: the others pass through. */
struct work {
    const struct avt_painter_view *view;
    struct avt_wav2lip_box box;
};

static enum avt_code prepare(struct state *state, const struct work *work, size_t index, struct avt_error *reterr)
{
    size_t square = (size_t)state->net.side * (size_t)state->net.side;
    long long start = avt_wav2lip_mel_start(work->view->frame, state->fps_num, state->fps_den, state->columns);
    enum avt_code code = avt_wav2lip_mel_read(state->mel, start, state->mels + index * MEL, reterr);
    if (code == AVT_OK)
        code = avt_wav2lip_crop(work->view->image, &work->box, state->net.side, state->videos + index * 6 * square,
                                reterr);
    return code;
}

static enum avt_code finish(const struct state *state, const struct work *work, size_t index, struct avt_error *reterr)
{
    size_t size = (size_t)state->net.side * (size_t)state->net.side * 3;
    const struct avt_painter_view *view = work->view;
    float mask[AVT_WAV2LIP_MASK_SIDE * AVT_WAV2LIP_MASK_SIDE];
    enum avt_code code = avt_wav2lip_mask(view->face, &work->box, mask, reterr);
    if (code == AVT_OK)
        code = avt_wav2lip_paste(state->planes + index * size, state->net.side, mask, fminf(view->strength, 1),
                                 &work->box, view->image, reterr);
    return code;
}

static enum avt_code wav2lip_paint(void *user, const struct avt_painter_view *views, size_t count,
                                   struct avt_error *reterr)
{
    struct state *state = user;
    avt_assert(state && state->mel && views && count <= (size_t)state->batch);
    struct work works[AVT_PAINTER_BATCH_MAX];
    const struct avt_wav2lip_boxes before = state->boxes;
    size_t used = 0, size = (size_t)state->net.side * (size_t)state->net.side * 3;
    for (size_t i = 0; i < count; i++) {
        struct avt_wav2lip_box box;
        if (!views[i].face || !avt_wav2lip_box_of(views[i].face, views[i].image->width, views[i].image->height, &box))
            continue;
        /* Where nothing is painted the face is still followed. */
        box = avt_wav2lip_boxes_add(&state->boxes, views[i].frame, &box);
        if (views[i].strength > 0)
            works[used++] = (struct work){&views[i], box};
    }
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < used; i++)
        code = prepare(state, &works[i], i, reterr);
    if (code == AVT_OK && used)
        code = avt_wav2lip_net_run(&state->net, state->mels, state->videos, used, state->cancel, state->planes, reterr);
    /* All of them, before the first is laid over: a batch is painted as a whole or not at all. */
    for (size_t i = 0; code == AVT_OK && i < used; i++) {
        if (!avt_painter_sane(state->planes + i * size, size))
            code = avt_fail(reterr, AVT_EMODELBAD, "'%.200s' painted what is no picture, at frame %lld: its file is "
                            "damaged, or the processor it runs on computes wrongly", state->net.path,
                            works[i].view->frame);
    }
    for (size_t i = 0; code == AVT_OK && i < used; i++)
        code = finish(state, &works[i], i, reterr);
    if (code != AVT_OK)
        state->boxes = before; /* they come again */
    return code;
}

const struct avt_painter_engine avt_painter_wav2lip = {
    .name = "wav2lip",
    .version = AVT_WAV2LIP_VERSION,
    .open = wav2lip_open,
    .close = wav2lip_close,
    .begin = wav2lip_begin,
    .paint = wav2lip_paint,
    .end = wav2lip_end,
};
