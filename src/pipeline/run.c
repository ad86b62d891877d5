/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/run.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/backdrop.h"
#include "media/media.h"
#include "media/still.h"
#include "nn/session.h"
#include "os/paths.h"
#include "os/proc.h"
#include "pipeline/outputs.h"
#include "pipeline/wall.h"
#include "voice/speaker.h"

#define POLL_NS          (50 * 1000 * 1000)
#define PROGRESS_EVERY_S 0.2

void avt_run_fail(struct avt_run *run, enum avt_stage stage, enum avt_code code,
                  const struct avt_error *error)
{
    avt_mutex_lock(run->lock);
    if (run->code == AVT_OK) {
        run->code = code;
        run->error = *error;
        run->failed_stage = (int)stage;
    }
    avt_mutex_unlock(run->lock);
    avt_cancel_request(&run->stop);
    avt_queue_abort(run->chunks);
    avt_queue_abort(run->items);
    avt_queue_abort(run->pool);
}

void avt_run_add_time(struct avt_run *run, enum avt_stage stage, double seconds)
{
    avt_mutex_lock(run->lock);
    run->stage_s[stage] += seconds;
    avt_mutex_unlock(run->lock);
}

void avt_run_complete(struct avt_run *run, enum avt_stage stage)
{
    avt_mutex_lock(run->lock);
    run->completed |= 1u << stage;
    avt_mutex_unlock(run->lock);
}

static void drop_chunk(void *item)
{
    avt_speech_chunk_free(item);
}

static void drop_item(void *item)
{
    struct avt_encode_item *encode = item;
    avt_image_free(encode->frame);
    avt_audio_free(encode->audio);
    avt_free(encode);
}

static void drop_frame(void *item)
{
    avt_image_free(item);
}

/* ---- progress -------------------------------------------------------------------------------- */

/* Seconds to go, of `film_s` seconds of film: at first what earlier films on this machine took, and the more
 * is encoded the more what this one takes. */
static double seconds_left(const struct avt_run *run, const struct avt_rates *rates, double film_s,
                           const struct avt_progress *progress, double encoded_s)
{
    bool is_known = run->width > 0 && run->height > 0; /* until the picture is read, most films' size */
    const struct avt_rates_film film = avt_rates_film_of(rates, run->plan, film_s, is_known ? run->width : 1280,
                                                         is_known ? run->height : 720);
    double stage_s[AVT_RATES_STAGES], expected_s;
    long long frames;
    avt_rates_film(rates, &film, &frames, stage_s, &expected_s);
    expected_s = fmax(0, expected_s - progress->elapsed_s);
    if (progress->speed <= 0)
        return expected_s;
    double trust = fmin(1, 4 * encoded_s / film_s); /* whole from a quarter of the film on */
    double measured_s = fmax(0, film_s - encoded_s) / progress->speed;
    return expected_s + trust * (measured_s - expected_s);
}

/* Which stage the run waits for, how far it is, how long it will take: from what is known now, so
 * the figures correct themselves as sentences come in. */
static void report(struct avt_run *run, const struct avt_rates *rates)
{
    const struct avt_pipeline_options *options = &run->plan->options;
    if (!options->progress)
        return;
    struct avt_progress progress = {.elapsed_s = avt_now_s() - run->started, .eta_s = -1};
    double fps = (double)run->plan->fps_num / run->plan->fps_den;
    size_t chars = avt_utf8_count(run->plan->plain_text);
    avt_mutex_lock(run->lock);
    double film = run->speech_done ? run->speech_known_s
                  : run->speech_fraction > 0.02
                      ? run->speech_known_s / run->speech_fraction
                      : avt_rates_duration(rates, chars, options->speed);
    if (film > 0)
        film += avt_plan_still_s(run->plan);
    double encoded = (double)run->frames_encoded / fps;
    progress.frames = run->frames_encoded;
    bool face = run->completed & 1u << AVT_STAGE_FACE;
    progress.stage = run->encode_done && run->frames_done ? AVT_STAGE_CLEANUP
                     : run->frames_done                   ? AVT_STAGE_ENCODE
                     : run->frames_encoded > 0            ? AVT_STAGE_LIPSYNC
                     : !run->voice_ready && !options->speech ? AVT_STAGE_VOICE
                     : !face                              ? AVT_STAGE_FACE
                                                          : AVT_STAGE_SPEECH;
    /* Speech alone counts for a fifth when it must finish before the first frame. */
    double spoken = run->spool ? 0.2 * run->speech_fraction : 0;
    avt_mutex_unlock(run->lock);
    double done = film > 0 ? fmin(encoded / film, 1) : 0;
    /* Never back, though a sentence longer than thought makes the film longer than was thought. */
    double fraction = 0.02 + 0.04 * face + spoken + (0.93 - (run->spool ? .2 : 0)) * done;
    run->told_fraction = fmax(run->told_fraction, fraction);
    progress.fraction = fmin(0.99, run->told_fraction);
    if (encoded > 0.5)
        progress.speed = encoded / progress.elapsed_s;
    if (film > 0)
        progress.eta_s = seconds_left(run, rates, film, &progress, encoded);
    options->progress(&progress, options->user);
}

/* How much memory there is in use now, for each stage that is at work. */
static void measure(struct avt_run *run)
{
    size_t now = avt_memory_now_bytes();
    avt_mutex_lock(run->lock);
    const bool at_work[AVT_STAGE_COUNT] = {
        [AVT_STAGE_VOICE] = !run->voice_ready && !run->speech_done,
        [AVT_STAGE_SPEECH] = run->voice_ready && !run->speech_done,
        [AVT_STAGE_FACE] = !(run->completed & 1u << AVT_STAGE_FACE),
        [AVT_STAGE_LIPSYNC] = run->drawing && !run->frames_done,
        [AVT_STAGE_ENCODE] = run->drawing && !run->encode_done,
        [AVT_STAGE_CLEANUP] = run->encode_done && run->frames_done,
    };
    for (int i = 0; i < AVT_STAGE_COUNT; i++) {
        if (at_work[i] && now > run->stage_peak[i])
            run->stage_peak[i] = now;
    }
    avt_mutex_unlock(run->lock);
    struct avt_gpu gpu;
    if (run->hardware.device == AVT_DEVICE_GPU && avt_gpu_look(&gpu) && gpu.memory_used_bytes > run->gpu_peak)
        run->gpu_peak = gpu.memory_used_bytes;
}

/* The calling thread's part while others work: pass on a cancel, report, until `done`. */
static void wait_for(struct avt_run *run, const struct avt_rates *rates, const bool *done)
{
    double reported = 0;
    for (;;) {
        avt_mutex_lock(run->lock);
        bool over = *done || run->code != AVT_OK;
        avt_mutex_unlock(run->lock);
        if (over)
            return;
        if (avt_cancelled(run->outer)) {
            struct avt_error error = {0};
            (void)avt_fail(&error, AVT_ECANCELLED, "cancelled; nothing was written");
            avt_run_fail(run, AVT_STAGE_LIPSYNC, AVT_ECANCELLED, &error);
            return;
        }
        measure(run);
        if (avt_now_s() - reported >= PROGRESS_EVERY_S) {
            report(run, rates);
            reported = avt_now_s();
        }
        nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
}

/* ---- the face and the film ------------------------------------------------------------------- */

/* What is seen beside the picture and behind the person. */
static enum avt_code make_backdrop(struct avt_run *run, const struct avt_frame_layout *layout,
                                   const struct avt_image *picture, const struct avt_image *ground,
                                   struct avt_error *reterr)
{
    const struct avt_background *background = &run->plan->background;
    bool bars = layout->in_width < run->width || layout->in_height < run->height;
    bool keep = background->kind == AVT_BACKGROUND_KEEP;
    run->over = keep ? ground != NULL : background->kind != AVT_BACKGROUND_TRANSPARENT;
    enum avt_code code = AVT_OK;
    if (bars) {
        run->inside_x = layout->in_x;
        /* A person that was cut out stands on the film's lower border, or would float. */
        run->inside_y = keep ? layout->in_y : run->height - layout->in_height;
        code = avt_image_new(layout->in_width, layout->in_height, &run->inside, reterr);
    }
    if (code == AVT_OK && (bars || run->over))
        code = avt_image_new(run->width, run->height, &run->backdrop, reterr);
    if (code == AVT_OK && run->video)
        code = avt_background_video_place(run->video, run->width, run->height, run->plan->fps_num, run->plan->fps_den,
                                          reterr);
    if (code != AVT_OK || !run->backdrop)
        return code;
    if (!keep)
        return avt_background_fill(background, ground ? ground : run->behind, run->backdrop, reterr);
    if (bars)
        code = avt_backdrop_draw(picture, run->backdrop, reterr);
    if (code == AVT_OK && ground)
        avt_image_put(run->backdrop, ground, run->inside_x, run->inside_y);
    return code;
}

/* The pool of frames, the watermark on them, and the still ones. */
static enum avt_code make_frames(struct avt_run *run, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    if (code == AVT_OK && run->logo)
        code = avt_watermark_new(run->logo, run->width, run->height, &run->watermark, reterr);
    if (code == AVT_OK)
        code = avt_stills_fit(run->stills, run->plan->fit, run->width, run->height, run->watermark, reterr);
    /* A batch waits for its last picture while the encoder has others. */
    for (int i = 0; code == AVT_OK && i < AVT_RUN_FRAMES + run->hardware.batch; i++) {
        struct avt_image *frame = NULL;
        code = avt_image_new(run->width, run->height, &frame, reterr);
        if (code == AVT_OK && !avt_queue_push(run->pool, frame)) {
            avt_image_free(frame);
            code = avt_fail(reterr, AVT_ECANCELLED, "cancelled; nothing was written");
        }
    }
    return code;
}

/* The face of a run: of a picture, or of the picture of a clip that stands for all of it. */
struct face_source {
    struct avt_image *loaded;        /* of a picture */
    struct avt_face_clip *clip;
    const struct avt_image *picture; /* borrowed from these */
    struct avt_face face;
    struct avt_face_verdict verdict;
};

static void face_source_done(struct face_source *source)
{
    avt_image_free(source->loaded);
    avt_face_clip_free(source->clip);
}

static enum avt_code load_face(const struct avt_engines *engines, const struct avt_plan *plan,
                               const struct avt_cancel *cancel, struct face_source *source,
                               struct avt_error *reterr)
{
    int index = plan->options.face_index;
    if (plan->clip) {
        enum avt_code code = avt_face_clip_open(plan->picture, plan->picture_name, index, engines->finder,
                                                cancel, &source->clip, reterr);
        if (code != AVT_OK)
            return code;
        source->picture = avt_face_clip_picture(source->clip);
        source->face = *avt_face_clip_face(source->clip);
        source->verdict = *avt_face_clip_verdict(source->clip);
        return AVT_OK;
    }
    enum avt_code code = avt_still_load(plan->picture, &source->loaded, reterr);
    source->picture = source->loaded;
    /* Nothing is measured of a presenter that is drawn, so it may be of any size, and wear what it likes. */
    if (code == AVT_OK && plan->modelled) {
        if (avt_face_choose(engines->finder, source->loaded, index, plan->picture_name, &source->face, &source->verdict,
                            NULL) != AVT_OK)
            source->face = (struct avt_face){0};
        source->verdict = (struct avt_face_verdict){0};
        return AVT_OK;
    }
    return code == AVT_OK ? avt_face_choose(engines->finder, source->loaded, index, plan->picture_name,
                                            &source->face, &source->verdict, reterr)
                          : code;
}

/* What draws the face: of a picture, out of which the person may be cut, or of each picture of a clip.
 *  @param ret_ground  As avt_background_cut()'s, or avt_wall_part()'s wall. */
static enum avt_code make_renderer(struct avt_run *run, const struct face_source *source,
                                   const struct avt_frame_layout *layout, struct avt_image **ret_ground,
                                   struct avt_error *reterr)
{
    const struct avt_plan *plan = run->plan;
    AVT_CLEANUP(avt_image_freep) struct avt_image *scaled = NULL;
    struct avt_face face;
    enum avt_code code =
        avt_frame_layout_apply(layout, source->picture, &source->face, &scaled, &face, reterr);
    /* Around the default presenter's head there is nothing but a plain wall. */
    bool keep = plan->background.kind == AVT_BACKGROUND_KEEP;
    if (code == AVT_OK && keep && !source->clip && !plan->presenter && plan->options.head_motion > 0)
        code = avt_wall_part(plan, source->picture, &source->face, layout, &face, scaled, ret_ground, reterr);
    if (code == AVT_OK && !keep)
        code = avt_background_cut(plan, source->picture, &source->face, layout, scaled, ret_ground, reterr);
    if (code == AVT_OK && !source->clip)
        code = avt_render_photo_new(scaled, &face, &run->renderer, reterr);
    else if (code == AVT_OK && !plan->painter.engine)
        code = avt_render_clip_new(scaled, &face, &run->clip_renderer, reterr);
    return code;
}

/* A modelled presenter is drawn at the film's own size and shape: there is nothing to cut or to fill up.
 *  @param ret_ground  Its scenery, to be blurred; else untouched. */
static enum avt_code make_portrait(struct avt_run *run, struct avt_frame_layout *layout, struct avt_image **ret_ground,
                                   struct avt_error *reterr)
{
    const struct avt_plan *plan = run->plan;
    layout->in_x = layout->in_y = 0;
    layout->in_width = layout->out_width;
    layout->in_height = layout->out_height;
    enum avt_code code = avt_modelled_make(plan->modelled, &run->portrait, reterr);
    if (code == AVT_OK && plan->background.kind == AVT_BACKGROUND_BLUR)
        code = avt_portrait_scenery(run->portrait, layout->out_width, layout->out_height, ret_ground, reterr);
    if (code == AVT_OK && plan->background.kind != AVT_BACKGROUND_KEEP)
        avt_portrait_cut_out(run->portrait);
    if (code == AVT_OK)
        code = avt_portrait_look_around(run->portrait, layout->out_width, layout->out_height, reterr);
    return code;
}

/* From now on the clip is the run's. */
static enum avt_code place_clip(struct avt_run *run, struct face_source *source,
                                const struct avt_frame_layout *layout, struct avt_error *reterr)
{
    const struct avt_plan *plan = run->plan;
    char hash[AVT_SHA256_HEX_SIZE];
    AVT_CLEANUP(avt_freep) char *cache = avt_path_join(run->engines->home->storage, "cache/tracks");
    enum avt_code code = avt_sha256_file(plan->picture, hash, reterr);
    if (code == AVT_OK)
        code = avt_face_clip_place(source->clip, layout, plan->fps_num, plan->fps_den, cache, hash, reterr);
    run->clip = AVT_TAKE(source->clip);
    enum avt_background_kind kind = plan->background.kind;
    if (code == AVT_OK && kind != AVT_BACKGROUND_KEEP)
        code = avt_face_clip_cut(run->clip, kind == AVT_BACKGROUND_BLUR, reterr);
    return code;
}

/* Load, check, cut and scale the picture; make the renderer. Fills what `outputs` wants to keep. */
static enum avt_code prepare_face(struct avt_run *run, struct avt_outputs *outputs,
                                  struct avt_error *reterr)
{
    const struct avt_plan *plan = run->plan;
    AVT_CLEANUP(face_source_done) struct face_source source = {0};
    AVT_CLEANUP(avt_image_freep) struct avt_image *ground = NULL;
    enum avt_code code = load_face(run->engines, plan, run->outer, &source, reterr);
    if (code != AVT_OK)
        return code;
    outputs->verdict = source.verdict;
    struct avt_frame_layout layout;
    avt_frame_layout_make(source.picture->width, source.picture->height, &source.face,
                          plan->modelled ? AVT_FIT_COVER : plan->fit, plan->width, plan->height, AVT_PLAN_SIDE_DEFAULT,
                          &layout);
    code = plan->modelled ? make_portrait(run, &layout, &ground, reterr)
                          : make_renderer(run, &source, &layout, &ground, reterr);
    if (code != AVT_OK)
        return code;
    run->width = layout.out_width;
    run->height = layout.out_height;
    if (plan->options.low_memory && !plan->clip)
        avt_face_finder_unload(run->engines->finder);
    code = make_backdrop(run, &layout, source.picture, ground, reterr);
    if (code == AVT_OK)
        code = make_frames(run, reterr);
    if (code == AVT_OK)
        code = avt_outputs_face(outputs, plan, source.picture, &source.face, reterr);
    return code == AVT_OK && source.clip ? place_clip(run, &source, &layout, reterr) : code;
}

static enum avt_code open_film(struct avt_run *run, const struct avt_outputs *outputs,
                               struct avt_error *reterr)
{
    const struct avt_plan *plan = run->plan;
    AVT_CLEANUP(avt_freep) char *ass = NULL;
    if (plan->captions == AVT_CAPTIONS_BURN)
        ass = avt_captions_ass(run->timeline, run->width, run->height,
                               run->watermark ? avt_watermark_reach(run->watermark) : 0);
    AVT_CLEANUP(avt_freep) char *origin = avt_speaker_origin(plan->voice, plan->options.text, plan->home);
    AVT_CLEANUP(avt_freep) char *voice = plan->options.speech ? avt_strdup("recorded speech")
                                         : plan->speaker.engine ? avt_speaking_origin(&plan->speaker, origin)
                                                                : avt_strdup(origin);
    struct avt_film_options options = {
        .width = run->width,
        .height = run->height,
        .fps_num = plan->fps_num,
        .fps_den = plan->fps_den,
        .audio_rate = AVT_SPEECH_RATE,
        .quality = plan->quality,
        .threads = run->engines->hardware.threads,
        .low_memory = plan->options.low_memory,
        .origin = {.digital_source_type = (plan->presenter || plan->modelled) && !plan->options.speech
                                              ? "trainedAlgorithmicMedia"
                                              : "compositeSynthetic",
                   .voice = voice,
                   .face = outputs->face_origin,
                   .title = "Talking head made with avatar"},
        .burn_ass = ass,
        .alpha = plan->background.kind == AVT_BACKGROUND_TRANSPARENT,
        .music = run->music,
        .outro = run->stills->outro,
        .cancel = &run->stop,
    };
    enum avt_code code = avt_film_open(plan->options.output, &options, &run->film, reterr);
    if (code != AVT_OK || !plan->parts)
        return code;
    AVT_CLEANUP(avt_freep) char *wav = avt_path_join(plan->parts, "speech.wav");
    struct avt_film_options sound = {.audio_rate = AVT_SPEECH_RATE, .origin = options.origin};
    return avt_film_open(wav, &sound, &run->sound, reterr);
}

/* ---- the run --------------------------------------------------------------------------------- */

static void run_init(struct avt_run *run, const struct avt_engines *engines,
                     const struct avt_plan *plan, const struct avt_cancel *cancel)
{
    *run = (struct avt_run){.engines = engines,
                            .plan = plan,
                            .outer = cancel,
                            .started = avt_now_s(),
                            .failed_stage = -1,
                            .lock = avt_mutex_new(),
                            .chunks = avt_queue_new(AVT_RUN_CHUNKS, drop_chunk),
                            .items = avt_queue_new(AVT_RUN_ENCODE_ITEMS, drop_item),
                            .pool = avt_queue_new(AVT_RUN_FRAMES + AVT_PAINTER_BATCH_MAX, drop_frame),
                            .timeline = avt_timeline_new()};
    avt_free(run->timeline->text);
    run->timeline->text = avt_strdup(plan->plain_text);
    run->timeline->sample_rate = AVT_SPEECH_RATE;
    (void)avt_run_pause(run, avt_run_intro_s(plan)); /* an empty timeline has room */
    run->spool = plan->captions == AVT_CAPTIONS_BURN || plan->options.low_memory ||
                 avt_plan_paints(plan);
}

double avt_run_intro_s(const struct avt_plan *plan)
{
    return (double)plan->intro_frames * plan->fps_den / plan->fps_num;
}

bool avt_run_pause(struct avt_run *run, double end_s)
{
    double start_s = run->timeline->duration;
    const struct avt_phoneme silence = {.start = start_s, .end = end_s, .word = -1};
    run->timeline->duration = end_s;
    return end_s <= start_s || avt_timeline_add_phoneme(run->timeline, &silence);
}

static void run_done(struct avt_run *run)
{
    avt_film_free(run->film);
    avt_film_free(run->sound);
    avt_painting_free(run->painting);
    avt_renderer_free(run->renderer);
    avt_portrait_free(run->portrait);
    avt_clip_renderer_free(run->clip_renderer);
    avt_face_clip_free(run->clip);
    avt_image_free(run->inside);
    avt_image_free(run->backdrop);
    avt_watermark_free(run->watermark);
    avt_queue_free(run->chunks);
    avt_queue_free(run->items);
    avt_queue_free(run->pool);
    avt_timeline_free(run->timeline);
    avt_mutex_free(run->lock);
    if (run->spool_file)
        fclose(run->spool_file);
}

static void fail_here(struct avt_run *run, enum avt_stage stage, enum avt_code code,
                      const struct avt_error *error)
{
    if (code != AVT_OK)
        avt_run_fail(run, stage, code, error);
}

static bool failed(struct avt_run *run)
{
    avt_mutex_lock(run->lock);
    bool yes = run->code != AVT_OK;
    avt_mutex_unlock(run->lock);
    return yes;
}

static void start_threads(struct avt_run *run, const struct avt_rates *rates)
{
    avt_mutex_lock(run->lock);
    run->drawing = true;
    avt_mutex_unlock(run->lock);
    struct avt_thread *frames = avt_thread_start("lipsync", avt_run_frames, run);
    struct avt_thread *encode = avt_thread_start("encode", avt_run_encode, run);
    if (frames && encode) {
        wait_for(run, rates, &run->encode_done);
    } else {
        struct avt_error error = {0};
        (void)avt_fail(&error, AVT_ENOMEM, "no more threads can be started on this machine");
        avt_run_fail(run, AVT_STAGE_LIPSYNC, AVT_ENOMEM, &error);
    }
    avt_thread_join(frames);
    avt_thread_join(encode);
}

/* Everything between the checked plan and the finished film. Errors end up in `run`. */
static void run_stages(struct avt_run *run, struct avt_outputs *outputs,
                       const struct avt_rates *rates)
{
    struct avt_error error = {0};
    enum avt_code code = AVT_OK;
    if (run->spool && !(run->spool_file = tmpfile())) {
        code = avt_fail(&error, AVT_ENOSPACE,
                        "no temporary file can be made for the speech; free some disk space");
        fail_here(run, AVT_STAGE_SPEECH, code, &error);
        return;
    }
    struct avt_thread *speech = avt_thread_start("speech", avt_run_speech, run);
    if (!speech) {
        code = avt_fail(&error, AVT_ENOMEM, "no more threads can be started on this machine");
        fail_here(run, AVT_STAGE_SPEECH, code, &error);
        return;
    }
    report(run, rates);
    double before = avt_now_s();
    measure(run);
    code = prepare_face(run, outputs, &error);
    measure(run);
    avt_run_add_time(run, AVT_STAGE_FACE, avt_now_s() - before);
    fail_here(run, AVT_STAGE_FACE, code, &error);
    if (code == AVT_OK)
        avt_run_complete(run, AVT_STAGE_FACE);
    if (run->spool)
        wait_for(run, rates, &run->speech_done);
    if (!failed(run) && run->spool) {
        rewind(run->spool_file);
        run->timeline->duration = avt_run_intro_s(run->plan) + run->speech_known_s;
    }
    if (!failed(run)) {
        code = open_film(run, outputs, &error);
        fail_here(run, AVT_STAGE_ENCODE, code, &error);
    }
    if (!failed(run))
        start_threads(run, rates);
    avt_thread_join(speech);
}

/* Put film and side files in place. The side files' contents are on disk before the film appears;
 * naming them after is all that is left then. */
static void finish(struct avt_run *run, struct avt_outputs *outputs)
{
    measure(run);
    struct avt_error error = {0};
    double before = avt_now_s();
    enum avt_code code = avt_outputs_write(outputs, run, &error);
    fail_here(run, AVT_STAGE_CLEANUP, code, &error);
    if (code != AVT_OK)
        return;
    if (run->sound)
        code = avt_film_finish(run->sound, &error);
    if (code == AVT_OK)
        code = avt_film_finish(run->film, &error);
    avt_run_add_time(run, AVT_STAGE_ENCODE, avt_now_s() - before);
    fail_here(run, AVT_STAGE_ENCODE, code, &error);
    if (code != AVT_OK)
        return;
    avt_run_complete(run, AVT_STAGE_ENCODE);
    before = avt_now_s();
    if (run->clip)
        avt_face_clip_save(run->clip);
    code = avt_outputs_commit(outputs, &error);
    avt_run_add_time(run, AVT_STAGE_CLEANUP, avt_now_s() - before);
    fail_here(run, AVT_STAGE_CLEANUP, code, &error);
    if (code == AVT_OK)
        avt_run_complete(run, AVT_STAGE_CLEANUP);
}

static void fill_result(struct avt_run *run, const struct avt_outputs *outputs,
                        struct avt_pipeline_result *result)
{
    const struct avt_plan *plan = run->plan;
    *result = (struct avt_pipeline_result){.size = sizeof(*result),
                                           .success = run->code == AVT_OK,
                                           .stages_completed = (int)run->completed,
                                           .failed_stage = run->failed_stage,
                                           .code = run->code,
                                           .frames = run->frames_encoded,
                                           .width = run->width,
                                           .height = run->height,
                                           .fps = (double)plan->fps_num / plan->fps_den,
                                           .total_s = avt_now_s() - run->started};
    result->duration_s = (double)run->frames_encoded / result->fps;
    memcpy(result->stage_s, run->stage_s, sizeof(result->stage_s));
    for (int i = 0; i < AVT_STAGE_COUNT; i++)
        result->stage_peak_mb[i] = (double)run->stage_peak[i] / 1e6;
    result->gpu_peak_mb = (double)run->gpu_peak / 1e6;
    result->peak_memory_mb = (double)avt_memory_peak_bytes() / 1e6;
    snprintf(result->message, sizeof(result->message), "%s", run->error.message);
    if (run->code == AVT_OK) {
        snprintf(result->output, sizeof(result->output), "%s", plan->options.output);
        snprintf(result->captions, sizeof(result->captions), "%s",
                 plan->captions_path ? plan->captions_path : "");
    }
    if (plan->options.speech)
        snprintf(result->voice_engine, sizeof(result->voice_engine), "recorded speech");
    else if (plan->speaker.engine)
        avt_speaking_describe(&plan->speaker, plan->voice, result->voice_engine, sizeof(result->voice_engine));
    else
        snprintf(result->voice_engine, sizeof(result->voice_engine), "%s (%s)",
                 avt_speaker_engine_text(plan->voice), plan->voice);
    snprintf(result->face_engine, sizeof(result->face_engine), "mediapipe attention mesh");
    if (plan->painter.engine)
        snprintf(result->lipsync_engine, sizeof(result->lipsync_engine), "%s (%.40s)", plan->painter.engine->version,
                 plan->painter.name);
    else
        snprintf(result->lipsync_engine, sizeof(result->lipsync_engine), "%s",
             plan->clip       ? "clip 1"
             : plan->modelled ? "modelled 1"
                              : "photo 1");
    if (plan->enhancer.engine)
        snprintf(result->enhanced_by, sizeof(result->enhanced_by), "%s (%.32s, %.2g)", plan->enhancer.engine->version,
                 plan->enhancer.name, (double)plan->enhancer.strength);
    if (run->painting)
        avt_painting_warn(run->painting);
    if (outputs->verdict.warning) {
        AVT_CLEANUP(avt_freep) char *reasons = avt_face_reasons(&outputs->verdict);
        snprintf(result->warning, sizeof(result->warning), "%s: %s", plan->picture_name, reasons);
    }
    const char *const told[] = {run->speech_warning, run->warning};
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        size_t used = strlen(result->warning);
        if (*told[i])
            snprintf(result->warning + used, sizeof(result->warning) - used, "%s%s", used ? "; " : "", told[i]);
    }
}

/* Pictures that go into the film beside the face, and a video. */
struct given {
    struct avt_stills stills;
    struct avt_image *logo, *behind;
    struct avt_background_video *video;
};

static void given_done(struct given *given)
{
    avt_stills_done(&given->stills);
    avt_image_free(given->logo);
    avt_image_free(given->behind);
    avt_background_video_freep(&given->video);
}

static enum avt_code load_given(const struct avt_plan *plan, struct given *given, struct avt_error *reterr)
{
    enum avt_code code = avt_stills_load(plan, &given->stills, reterr);
    if (code == AVT_OK && plan->options.watermark)
        code = avt_still_load_alpha(plan->options.watermark, &given->logo, reterr);
    if (code == AVT_OK)
        code = avt_background_load(&plan->background, &given->behind, reterr);
    if (code == AVT_OK && plan->background.kind == AVT_BACKGROUND_VIDEO)
        code = avt_background_video_open(plan->background.path, &given->video, reterr);
    return code;
}

enum avt_code avt_pipeline_execute(const struct avt_engines *engines,
                                   const struct avt_pipeline_options *options,
                                   const struct avt_cancel *cancel,
                                   struct avt_pipeline_result *ret_result,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_plan_done) struct avt_plan plan = {0};
    struct avt_error error = {0};
    *ret_result = (struct avt_pipeline_result){.size = sizeof(*ret_result), .failed_stage = -1};
    AVT_CLEANUP(avt_outputs_done) struct avt_outputs outputs = {0};
    AVT_CLEANUP(avt_music_freep) struct avt_music *music = NULL;
    AVT_CLEANUP(given_done) struct given given = {0};
    enum avt_code code = avt_plan_make(options, engines, &plan, &error);
    if (code == AVT_OK)
        code = load_given(&plan, &given, &error);
    if (code == AVT_OK && plan.options.music)
        code = avt_music_open(plan.options.music, AVT_MUSIC_RATE, cancel, &music, &error);
    if (code == AVT_OK)
        code = avt_outputs_open(&outputs, &plan, &error);
    if (code == AVT_OK)
        code = avt_nn_start(engines->hardware.threads, &error);
    struct avt_hardware hardware = {0};
    if (code == AVT_OK && (avt_plan_paints(&plan) || plan.painter.is_auto || plan.enhancer.is_auto))
        code = avt_hardware_choose(&engines->hardware, &hardware, &error);
    char why[AVT_PAINTING_WHY_SIZE] = "", enhance_why[AVT_PAINTING_WHY_SIZE] = "";
    if (code == AVT_OK && plan.painter.is_auto)
        avt_painting_settle(&plan.painter, &hardware, why);
    if (code == AVT_OK && plan.enhancer.is_auto)
        avt_enhancing_settle(&plan.enhancer, &plan.painter, &hardware, enhance_why);
    if (!avt_plan_paints(&plan))
        hardware = (struct avt_hardware){0}; /* nothing big is run */
    if (code != AVT_OK) {
        ret_result->code = code;
        ret_result->failed_stage = AVT_STAGE_VOICE;
        snprintf(ret_result->message, sizeof(ret_result->message), "%s", error.message);
        return avt_fail(reterr, code, "%s", error.message);
    }
    struct avt_rates rates;
    avt_rates_load(engines->home->storage, &rates);
    struct avt_run run;
    run_init(&run, engines, &plan, cancel);
    run.music = music;
    run.logo = given.logo;
    run.behind = given.behind;
    run.stills = &given.stills;
    run.hardware = hardware;
    run.video = given.video;
    run_stages(&run, &outputs, &rates);
    if (!failed(&run))
        finish(&run, &outputs);
    fill_result(&run, &outputs, ret_result);
    snprintf(ret_result->lipsync_why, sizeof(ret_result->lipsync_why), "%s", why);
    snprintf(ret_result->voice_why, sizeof(ret_result->voice_why), "%s", plan.speaker_why);
    snprintf(ret_result->enhance_why, sizeof(ret_result->enhance_why), "%s", enhance_why);
    code = run.code;
    if (code == AVT_OK)
        avt_rates_learn(engines->home->storage, &plan, ret_result,
                        avt_utf8_count(plan.plain_text));
    else
        (void)avt_fail(reterr, code, "%s", run.error.message);
    run_done(&run);
    return code;
}

/* How long a sound file is; of none nothing is changed. */
static enum avt_code sound_s(const char *path, double *ret_s, struct avt_error *reterr)
{
    struct avt_media_info info = {0};
    enum avt_code code = path ? avt_media_probe(path, &info, reterr) : AVT_OK;
    if (code == AVT_OK && path && !info.has_audio)
        code = avt_fail(reterr, AVT_EFORMAT, "'%s' has no sound", path);
    if (code == AVT_OK && path)
        *ret_s = info.audio_duration;
    return code;
}

enum avt_code avt_pipeline_plan(const struct avt_engines *engines,
                                const struct avt_pipeline_options *options,
                                struct avt_pipeline_estimate *ret_estimate,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_plan_done) struct avt_plan plan = {0};
    enum avt_code code = avt_plan_make(options, engines, &plan, reterr);
    AVT_CLEANUP(given_done) struct given given = {0};
    if (code == AVT_OK)
        code = load_given(&plan, &given, reterr);
    AVT_CLEANUP(face_source_done) struct face_source source = {0};
    if (code == AVT_OK)
        code = load_face(engines, &plan, NULL, &source, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_frame_layout layout;
    avt_frame_layout_make(source.picture->width, source.picture->height, &source.face, plan.fit,
                          plan.width, plan.height, AVT_PLAN_SIDE_DEFAULT, &layout);
    struct avt_rates rates;
    avt_rates_load(engines->home->storage, &rates);
    struct avt_estimate_facts facts = {.width = layout.out_width, .height = layout.out_height};
    facts.talking_s = avt_rates_duration(&rates, avt_utf8_count(plan.plain_text), plan.options.speed);
    code = sound_s(plan.options.speech, &facts.talking_s, reterr);
    if (code == AVT_OK)
        code = sound_s(plan.options.music, &facts.music_s, reterr);
    if (code == AVT_OK)
        avt_rates_estimate(&rates, &plan, &facts, ret_estimate);
    return code;
}
