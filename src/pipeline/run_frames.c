/* SPDX-License-Identifier: Apache-2.0 */
/* Lip-sync and encode threads of a run. */
#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "dsp/cutout.h"
#include "media/film.h"
#include "pipeline/run.h"

/* Lips that are modelled take each step of the driver's at once and to the full, where a photo's skin gives way: over
 * about two frames they move as people's do, and still shut for each p. */
#define MODELLED_SOFTEN_S .026f

struct frames_state {
    struct avt_run *run;
    struct avt_motion_driver *driver;
    double known_s; /* sound and timeline up to here */
    long long next; /* frame */
    long long first_drawn;  /* what comes before shows the intro alone */
    long long outro;        /* first frame of it; -1: not known yet */
    double busy_s;
};

static struct avt_encode_item *new_item(struct avt_image *frame, struct avt_audio *audio)
{
    struct avt_encode_item *item = avt_new0(struct avt_encode_item, 1);
    item->frame = frame;
    item->audio = audio;
    return item;
}

static void give_back(struct avt_run *run, struct avt_image *frame)
{
    if (!avt_queue_push(run->pool, frame))
        avt_image_free(frame); /* the run has been stopped */
}

/* The next picture of the clip with the mouth of `motion`. False: the run has been stopped. */
static bool draw_clip(struct avt_run *run, long long number, const struct avt_motion *motion,
                      struct avt_image *face)
{
    struct avt_clip_view view;
    struct avt_error error = {0};
    enum avt_code code = avt_face_clip_view(run->clip, number, &view, &error);
    if (code != AVT_OK) {
        avt_run_fail(run, AVT_STAGE_LIPSYNC, code, &error);
        return false;
    }
    avt_render_clip(run->clip_renderer, view.picture, view.face, view.strength, motion, face);
    if (view.ground)
        code = avt_background_fill(&run->plan->background, view.ground, run->backdrop, &error);
    if (code != AVT_OK)
        avt_run_fail(run, AVT_STAGE_LIPSYNC, code, &error);
    return code == AVT_OK;
}

/* The modelled presenter in `motion`. False: the run has been stopped. */
static bool draw_portrait(struct avt_run *run, const struct avt_motion *motion, struct avt_image *face)
{
    struct avt_error error = {0};
    enum avt_code code = avt_portrait_draw(run->portrait, motion, face, &error);
    if (code != AVT_OK)
        avt_run_fail(run, AVT_STAGE_LIPSYNC, code, &error);
    return code == AVT_OK;
}

/* The picture of the video that stands behind frame `number`. False: the run has been stopped. */
static bool draw_behind(struct avt_run *run, long long number)
{
    struct avt_error error = {0};
    enum avt_code code = avt_background_video_fill(run->video, number, run->backdrop, &error);
    if (code != AVT_OK)
        avt_run_fail(run, AVT_STAGE_LIPSYNC, code, &error);
    return code == AVT_OK;
}

/* All of frame `number`, which has been used before. False: the run has been stopped. */
static bool draw(struct avt_run *run, long long number, const struct avt_motion *motion,
                 struct avt_image *frame)
{
    struct avt_image *face = run->inside ? run->inside : frame;
    if (run->video && !draw_behind(run, number))
        return false;
    if (run->portrait) {
        if (!draw_portrait(run, motion, face))
            return false;
    } else if (!run->clip)
        avt_render(run->renderer, motion, face);
    else if (!draw_clip(run, number, motion, face))
        return false;
    if (run->inside) {
        avt_image_put(frame, run->backdrop, 0, 0);
        if (!run->over)
            avt_image_put(frame, run->inside, run->inside_x, run->inside_y);
    }
    if (run->over)
        avt_lay_over(run->inside ? run->inside : frame, run->backdrop, run->inside_x, run->inside_y, frame);
    if (run->watermark)
        avt_watermark_draw(run->watermark, frame);
    return true;
}

/* A frame that shows both is the still one and the face, which goes on. */
static void mix_still(const struct frames_state *state, struct avt_image *frame)
{
    const struct avt_plan *plan = state->run->plan;
    const struct avt_stills *stills = state->run->stills;
    long long left = plan->intro_frames - state->next;
    if (left > 0)
        avt_stills_mix(stills->intro, (unsigned)(256 * left / (plan->fade_frames + 1)), frame);
    if (state->outro >= 0)
        avt_stills_mix(stills->outro, (unsigned)(256 * (state->next - state->outro + 1) / (plan->fade_frames + 1)),
                       frame);
}

/* Fill `frame` with what is seen at its time. False: the run has been stopped. */
static bool draw_next(struct frames_state *state, struct avt_image *frame)
{
    struct avt_run *run = state->run;
    const struct avt_plan *plan = run->plan;
    if (state->next < state->first_drawn) {
        avt_image_put(frame, run->stills->intro, 0, 0);
        return true;
    }
    if (state->outro >= 0 && state->next >= state->outro + plan->fade_frames) {
        avt_image_put(frame, run->stills->outro, 0, 0);
        return true;
    }
    struct avt_motion motion;
    /* In the middle of the frame's time on screen. */
    avt_motion_at(state->driver, ((double)state->next + 0.5) * plan->fps_den / plan->fps_num, &motion);
    if (!draw(run, state->next - state->first_drawn, &motion, frame))
        return false;
    mix_still(state, frame);
    return true;
}

/* Make frames whose moment is known well enough: all up to `until` seconds. */
static bool render_until(struct frames_state *state, double until)
{
    struct avt_run *run = state->run;
    double fps = (double)run->plan->fps_num / run->plan->fps_den;
    for (;; state->next++) {
        if ((double)state->next / fps >= until - 1e-9)
            return true;
        void *frame = NULL;
        if (avt_cancelled(&run->stop) || !avt_queue_pop(run->pool, &frame))
            return false;
        double before = avt_now_s();
        bool drawn = draw_next(state, frame);
        state->busy_s += avt_now_s() - before;
        if (!drawn) {
            give_back(run, frame);
            return false;
        }
        struct avt_encode_item *item = new_item(frame, NULL);
        if (!avt_queue_push(run->items, item)) {
            avt_free(item);
            give_back(run, frame);
            return false;
        }
        avt_mutex_lock(run->lock);
        run->frames_made = state->next + 1;
        avt_mutex_unlock(run->lock);
    }
}

/* Sound to the encoder: `audio`, which is taken, or NULL and as many samples of silence. */
static bool push_sound(struct avt_run *run, struct avt_audio *audio, size_t silence)
{
    struct avt_encode_item *item = new_item(NULL, audio);
    item->silence = silence;
    if (avt_queue_push(run->items, item))
        return true;
    avt_audio_free(audio);
    avt_free(item);
    return false;
}

/* The intro is known before anybody has spoken. */
static bool begin(struct frames_state *state)
{
    const struct avt_plan *plan = state->run->plan;
    state->known_s = avt_run_intro_s(plan);
    if (plan->intro_frames == 0)
        return true;
    state->first_drawn = plan->intro_frames - plan->fade_frames;
    return push_sound(state->run, NULL, (size_t)llround(state->known_s * AVT_SPEECH_RATE)) &&
           render_until(state, (double)state->first_drawn * plan->fps_den / plan->fps_num);
}

/* The rest of the talking, and the outro. */
static bool end(struct frames_state *state)
{
    const struct avt_plan *plan = state->run->plan;
    if (!render_until(state, state->known_s))
        return false;
    state->run->timeline->duration = state->known_s;
    if (plan->outro_frames == 0)
        return true;
    state->outro = state->next;
    double end_s = (double)(state->next + plan->outro_frames) * plan->fps_den / plan->fps_num;
    return push_sound(state->run, NULL, (size_t)llround((end_s - state->known_s) * AVT_SPEECH_RATE)) &&
           render_until(state, end_s);
}

/* Feed one chunk: timeline to the driver and the film's timeline, sound to the encoder. */
static bool take_chunk(struct frames_state *state, struct avt_speech_chunk *chunk)
{
    struct avt_run *run = state->run;
    /* What waited on the disk has the times of the film. */
    avt_motion_feed(state->driver, chunk->timeline, run->spool ? 0 : state->known_s);
    if (!run->spool && !avt_timeline_append(run->timeline, chunk->timeline, state->known_s,
                                            chunk->text_start)) {
        struct avt_error error = {0};
        (void)avt_fail(&error, AVT_ELIMIT, "the text is too long for one film; split it");
        avt_run_fail(run, AVT_STAGE_LIPSYNC, AVT_ELIMIT, &error);
        return false;
    }
    state->known_s += (double)chunk->audio->count / chunk->audio->rate;
    return push_sound(run, AVT_TAKE(chunk->audio), 0);
}

void avt_run_frames(void *user)
{
    struct avt_run *run = user;
    const struct avt_plan *plan = run->plan;
    struct avt_motion_options options = {.seed = plan->options.seed,
                                         .head_motion = (float)plan->options.head_motion,
                                         .expressiveness = (float)plan->options.expressiveness,
                                         .blinks_per_min = (float)plan->options.blink,
                                         .emotion = plan->emotion,
                                         .soften_s = plan->modelled ? MODELLED_SOFTEN_S : 0};
    struct frames_state state = {.run = run, .driver = avt_motion_from_timeline(&options), .outro = -1};
    struct avt_speech_chunk *chunk = NULL;
    bool alive = begin(&state);
    while (alive && avt_run_next_chunk(run, &chunk)) {
        alive = take_chunk(&state, chunk);
        avt_speech_chunk_free(chunk);
        if (alive)
            alive = render_until(&state, state.known_s - AVT_MOTION_LOOKAHEAD_S);
    }
    if (alive && !avt_cancelled(&run->stop))
        alive = end(&state);
    avt_motion_free(state.driver);
    avt_run_add_time(run, AVT_STAGE_LIPSYNC, state.busy_s);
    if (alive && !avt_cancelled(&run->stop)) {
        avt_run_complete(run, AVT_STAGE_LIPSYNC);
        avt_mutex_lock(run->lock);
        run->frames_done = true;
        avt_mutex_unlock(run->lock);
        avt_queue_close(run->items);
    }
}

static enum avt_code write_sound(struct avt_film *film, const struct avt_encode_item *item, struct avt_error *reterr)
{
    return item->audio ? avt_film_write_audio(film, item->audio->samples, item->audio->count, reterr)
                       : avt_film_write_silence(film, item->silence, reterr);
}

void avt_run_encode(void *user)
{
    struct avt_run *run = user;
    struct avt_error error = {0};
    enum avt_code code = AVT_OK;
    double busy_s = 0;
    void *popped = NULL;
    while (code == AVT_OK && avt_queue_pop(run->items, &popped)) {
        struct avt_encode_item *item = popped;
        double before = avt_now_s();
        if (!item->frame) {
            code = write_sound(run->film, item, &error);
            if (code == AVT_OK && run->sound)
                code = write_sound(run->sound, item, &error);
        } else {
            code = avt_film_write_frame(run->film, item->frame, &error);
        }
        busy_s += avt_now_s() - before;
        if (item->frame) {
            give_back(run, item->frame);
            avt_mutex_lock(run->lock);
            run->frames_encoded++;
            avt_mutex_unlock(run->lock);
        }
        avt_audio_free(item->audio);
        avt_free(item);
    }
    avt_run_add_time(run, AVT_STAGE_ENCODE, busy_s);
    if (code != AVT_OK)
        avt_run_fail(run, AVT_STAGE_ENCODE, code, &error);
    avt_mutex_lock(run->lock);
    run->encode_done = true;
    avt_mutex_unlock(run->lock);
}
