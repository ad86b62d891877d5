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

static bool fail(struct avt_run *run, enum avt_code code, const struct avt_error *error)
{
    if (code != AVT_OK)
        avt_run_fail(run, AVT_STAGE_LIPSYNC, code, error);
    return code == AVT_OK;
}

/* The next picture of the clip: with the mouth of `motion`, or as it is, to be painted on.
 *  @param painted  NULL: nothing is painted. */
static bool draw_clip(struct avt_run *run, long long number, const struct avt_motion *motion, struct avt_image *face,
                      struct avt_painted *painted, const struct avt_image **ret_ground)
{
    struct avt_clip_view view;
    struct avt_error error = {0};
    enum avt_code code = avt_face_clip_view(run->clip, number, &view, &error);
    if (code == AVT_OK && run->clip_renderer)
        avt_render_clip(run->clip_renderer, view.picture, view.face, view.strength, motion, face);
    else if (code == AVT_OK)
        avt_image_put(face, view.picture, 0, 0);
    if (code == AVT_OK && painted)
        code = avt_painting_look(run->painting, painted, &view, &error);
    if (code == AVT_OK)
        *ret_ground = view.ground;
    return fail(run, code, &error);
}

/* The face of picture `number` in `motion`. False: the run has been stopped. */
static bool draw_face(struct avt_run *run, long long number, const struct avt_motion *motion, struct avt_image *face,
                      struct avt_painted *painted, const struct avt_image **ret_ground)
{
    struct avt_error error = {0};
    *ret_ground = NULL;
    if (run->clip)
        return draw_clip(run, number, motion, face, painted, ret_ground);
    if (run->portrait) {
        if (!fail(run, avt_portrait_draw(run->portrait, motion, face, &error), &error))
            return false;
    } else {
        avt_render(run->renderer, motion, face);
    }
    return !painted || fail(run, avt_painting_look(run->painting, painted, NULL, &error), &error);
}

/* What is behind the face and beside it. `face` is the frame itself where there are no bars. */
static bool finish(struct avt_run *run, long long number, struct avt_image *face, const struct avt_image *ground,
                   struct avt_image *frame)
{
    struct avt_error error = {0};
    enum avt_code code = AVT_OK;
    if (run->video)
        code = avt_background_video_fill(run->video, number, run->backdrop, &error);
    if (code == AVT_OK && ground)
        code = avt_background_fill(&run->plan->background, ground, run->backdrop, &error);
    if (!fail(run, code, &error))
        return false;
    if (run->inside) {
        avt_image_put(frame, run->backdrop, 0, 0);
        if (!run->over)
            avt_image_put(frame, face, run->inside_x, run->inside_y);
    }
    if (run->over)
        avt_lay_over(face, run->backdrop, run->inside_x, run->inside_y, frame);
    if (run->watermark)
        avt_watermark_draw(run->watermark, frame);
    return true;
}

/* A frame that shows both is the still one and the face, which goes on. */
static void mix_still(const struct frames_state *state, long long number, struct avt_image *frame)
{
    const struct avt_plan *plan = state->run->plan;
    const struct avt_stills *stills = state->run->stills;
    long long left = plan->intro_frames - number;
    if (left > 0)
        avt_stills_mix(stills->intro, (unsigned)(256 * left / (plan->fade_frames + 1)), frame);
    if (state->outro >= 0)
        avt_stills_mix(stills->outro, (unsigned)(256 * (number - state->outro + 1) / (plan->fade_frames + 1)), frame);
}

/* What frame `number` shows beside the face; true: it shows nothing but that. */
static bool draw_still(const struct frames_state *state, long long number, struct avt_image *frame)
{
    const struct avt_stills *stills = state->run->stills;
    bool before = number < state->first_drawn;
    bool after = state->outro >= 0 && number >= state->outro + state->run->plan->fade_frames;
    if (before || after)
        avt_image_put(frame, before ? stills->intro : stills->outro, 0, 0);
    return before || after;
}

static bool push_frame(struct frames_state *state, struct avt_image *frame)
{
    struct avt_run *run = state->run;
    struct avt_encode_item *item = new_item(frame, NULL);
    if (!avt_queue_push(run->items, item)) {
        avt_free(item);
        give_back(run, frame);
        return false;
    }
    avt_mutex_lock(run->lock);
    run->frames_made++;
    avt_mutex_unlock(run->lock);
    return true;
}

/* All that wait to be painted on go to the encoder. */
static bool paint(struct frames_state *state)
{
    struct avt_run *run = state->run;
    struct avt_error error = {0};
    if (!run->painting || avt_painting_waiting(run->painting) == 0)
        return true;
    double before = avt_now_s();
    bool alive = fail(run, avt_painting_run(run->painting, &error), &error);
    state->busy_s += avt_now_s() - before;
    for (struct avt_painted *painted; (painted = avt_painting_take(run->painting));) {
        if (alive)
            alive = finish(run, painted->number - state->first_drawn, painted->face, painted->ground, painted->frame);
        if (!alive) {
            give_back(run, painted->frame);
            continue;
        }
        mix_still(state, painted->number, painted->frame);
        alive = push_frame(state, painted->frame);
    }
    return alive;
}

/* The face in frame `number`; painted or not, it goes to the encoder then. */
static bool draw_next(struct frames_state *state, long long number, struct avt_image *frame)
{
    struct avt_run *run = state->run;
    const struct avt_plan *plan = run->plan;
    struct avt_motion motion;
    const struct avt_image *ground = NULL;
    double before = avt_now_s();
    /* In the middle of the frame's time on screen. */
    avt_motion_at(state->driver, ((double)number + 0.5) * plan->fps_den / plan->fps_num, &motion);
    struct avt_painted *painted = NULL;
    struct avt_image *face = run->inside ? run->inside : frame;
    if (run->painting) {
        if (plan->painter.engine)
            avt_painting_rest(&motion);
        painted = avt_painting_next(run->painting, frame, number);
        face = painted->face;
    }
    bool alive = draw_face(run, number - state->first_drawn, &motion, face, painted, &ground);
    if (alive && !painted) {
        alive = finish(run, number - state->first_drawn, face, ground, frame);
        mix_still(state, number, frame);
    }
    state->busy_s += avt_now_s() - before;
    if (painted)
        return (alive && !avt_painting_full(run->painting)) || (alive && paint(state));
    if (alive)
        return push_frame(state, frame);
    give_back(run, frame);
    return false;
}

/* Make frames whose moment is known well enough: all up to `until` seconds. */
static bool render_until(struct frames_state *state, double until)
{
    struct avt_run *run = state->run;
    double fps = (double)run->plan->fps_num / run->plan->fps_den;
    for (;; state->next++) {
        if ((double)state->next / fps >= until - 1e-9)
            return true;
        void *popped = NULL;
        if (avt_cancelled(&run->stop) || !avt_queue_pop(run->pool, &popped))
            return false;
        struct avt_image *frame = popped;
        bool alive = true;
        if (!draw_still(state, state->next, frame))
            alive = draw_next(state, state->next, frame);
        else if (paint(state))
            alive = push_frame(state, frame);
        else
            alive = (give_back(run, frame), false);
        if (!alive)
            return false;
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
    if (!render_until(state, state->known_s) || !paint(state))
        return false;
    state->run->timeline->duration = state->known_s;
    if (plan->outro_frames == 0)
        return true;
    state->outro = state->next;
    double end_s = (double)(state->next + plan->outro_frames) * plan->fps_den / plan->fps_num;
    return push_sound(state->run, NULL, (size_t)llround((end_s - state->known_s) * AVT_SPEECH_RATE)) &&
           render_until(state, end_s) && paint(state);
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

static bool open_painting(struct frames_state *state)
{
    struct avt_error error = {0};
    double before = avt_now_s();
    enum avt_code code = avt_painting_new(state->run, &state->run->painting, &error);
    state->busy_s += avt_now_s() - before;
    return fail(state->run, code, &error);
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
    bool alive = (!avt_plan_paints(plan) || open_painting(&state)) && begin(&state);
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
