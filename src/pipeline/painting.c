/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/painting.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "dsp/resample.h"
#include "nn/device.h"
#include "nn/imported.h"
#include "nn/shelf.h"
#include "os/paths.h"
#include "pipeline/room.h"
#include "pipeline/run.h"
#include "profile/profile.h"

enum { PIECE_S = 4, HANDS_MAX = 2, WARNING_SIZE = 256 };
/* A new face is looked for only where it can be followed from; 0 .. 1, as the mesh gives it. */
#define PRESENCE_MIN .5f
/* ---- what it hears --------------------------------------------------------------------------- */

/* A network at work: the painter, or the enhancer behind it. */
struct hand {
    const struct avt_painting_choice *choice;
    struct avt_painter_film film;
    struct avt_painter_tally tally;
    void *state; /* NULL: it has not begun */
    bool is_loaded;
    enum avt_device device;
    size_t limit; /* pictures at once, for which there is memory */
    char id[AVT_FOOTPRINT_NAME_SIZE];
};

struct avt_painting {
    struct avt_run *run;
    struct hand hands[HANDS_MAX];
    size_t hand_count;
    FILE *heard;          /* float, mono, AVT_PAINTER_RATE: the speech without the intro before it */
    long long heard_from; /* of the film's sound */
    struct avt_painter_sound sound;
    char *cache, *cache_key; /* of the film */
    struct avt_gpu_turn *turn; /* NULL: on the processor */
    size_t batch, count, taken;
    bool has_face;
    struct avt_face face; /* in the picture before */
    struct avt_painted items[];
};

static enum avt_code no_space(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOSPACE, "the speech cannot be kept for the lip-sync engine: %s; free some disk space",
                    strerror(errno));
}

/* The speech that waits on the disk, at the rate that painters hear. */
static enum avt_code keep_sound(struct avt_painting *painting, struct avt_error *reterr)
{
    enum { PIECE = PIECE_S * AVT_SPEECH_RATE, ROOM = PIECE + AVT_SPEECH_RATE };
    AVT_CLEANUP(avt_resampler_freep) struct avt_resampler *resampler = NULL;
    AVT_CLEANUP(avt_freep) float *in = avt_new0(float, PIECE);
    AVT_CLEANUP(avt_freep) float *out = avt_new0(float, ROOM);
    enum avt_code code = avt_resampler_new(AVT_SPEECH_RATE, AVT_PAINTER_RATE, &resampler, reterr);
    long long at = 0;
    for (size_t count = 1; code == AVT_OK && count > 0;) {
        size_t made = 0;
        ssize_t got = pread(fileno(painting->run->spool_file), in, PIECE * sizeof(float), at);
        if (got < 0)
            return avt_fail(reterr, AVT_EIO, "the speech cannot be read back: %s", strerror(errno));
        count = (size_t)got / sizeof(float);
        at += got;
        code = avt_resampler_run(resampler, count ? in : NULL, count, out, ROOM, &made, reterr);
        if (code == AVT_OK && fwrite(out, sizeof(float), made, painting->heard) != made)
            return no_space(reterr);
        painting->sound.count += (long long)made;
    }
    if (code == AVT_OK && fflush(painting->heard) != 0)
        return no_space(reterr);
    return code;
}

static enum avt_code read_sound(void *user, long long from, size_t count, float *ret_samples, struct avt_error *reterr)
{
    const struct avt_painting *painting = user;
    long long kept = painting->sound.count - painting->heard_from;
    long long start = from - painting->heard_from, end = start + (long long)count;
    long long first = start > 0 ? start : 0, last = end < kept ? end : kept;
    memset(ret_samples, 0, count * sizeof(float));
    for (long long at = first; at < last;) {
        ssize_t got = pread(fileno(painting->heard), ret_samples + (at - start), (size_t)(last - at) * sizeof(float),
                            at * (long long)sizeof(float));
        if (got < (ssize_t)sizeof(float))
            return avt_fail(reterr, AVT_EIO, "the speech cannot be read back: %s",
                            got < 0 ? strerror(errno) : "cut short");
        at += got / (ssize_t)sizeof(float);
    }
    return AVT_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* What is found out about pictures of a clip is kept for the next film of it: its content, and where it is cut to what
 * size. Owned; NULL: what is drawn is new each time. */
static char *cache_key(const struct avt_run *run)
{
    char hash[AVT_SHA256_HEX_SIZE];
    if (!run->clip || avt_sha256_file(run->plan->picture, hash, NULL) != AVT_OK)
        return NULL;
    return avt_asprintf("%.32s-%dx%d-%d-%d", hash, run->width, run->height, (int)run->plan->fit, run->inside != NULL);
}

static enum avt_code make_pictures(struct avt_painting *painting, struct avt_error *reterr)
{
    const struct avt_image *inside = painting->run->inside;
    enum avt_code code = AVT_OK;
    for (size_t i = 0; inside && i < painting->batch && code == AVT_OK; i++)
        code = avt_image_new(inside->width, inside->height, &painting->items[i].face, reterr);
    return code;
}

struct opening {
    const struct avt_painter_engine *engine;
    struct avt_painter_weights weights;
};

static enum avt_code open_painter(const void *how, void **ret_state, struct avt_error *reterr)
{
    const struct opening *opening = how;
    return opening->engine->open(&opening->weights, ret_state, reterr);
}

/* Load the network for `device` and begin the film with it. */
static enum avt_code start(const struct avt_run *run, struct hand *hand, enum avt_device device,
                           struct avt_error *reterr)
{
    const struct avt_painting_choice *choice = hand->choice;
    const struct opening opening = {choice->engine,
                                    {.folder = choice->folder,
                                     .device = device,
                                     .gpu_bytes_max = run->hardware.vram_bytes}};
    const struct avt_shelf_item item = {.id = hand->id,
                                        .device = device,
                                        .bytes_min = choice->bytes,
                                        .open = open_painter,
                                        .how = &opening,
                                        .close = choice->engine->close};
    hand->device = device;
    enum avt_code code = avt_room_load(run->engines, &item, choice->engine->name, avt_painting_bytes(choice, device),
                                       run->hardware.vram_bytes, &hand->state, reterr);
    hand->is_loaded = code == AVT_OK;
    if (code == AVT_OK)
        code = choice->engine->begin(hand->state, &hand->film, reterr);
    return avt_imported_hide_folder(hand->choice->folder, code, reterr);
}

/* The end of the film for it; it stays loaded. */
static void stop(const struct avt_run *run, struct hand *hand)
{
    if (hand->state)
        hand->choice->engine->end(hand->state);
    if (hand->is_loaded)
        avt_shelf_put(run->engines->shelf, hand->id);
    hand->state = NULL;
    hand->is_loaded = false;
}

static bool is_on_gpu(const struct avt_painting *painting)
{
    bool found = false;
    for (size_t i = 0; i < painting->hand_count; i++)
        found |= painting->hands[i].is_loaded && painting->hands[i].device == AVT_DEVICE_GPU;
    return found;
}

static void warn(struct avt_run *run, const char *text)
{
    size_t used = strlen(run->warning);
    snprintf(run->warning + used, sizeof(run->warning) - used, "%s%s", used ? "; " : "", text);
}

/* The rest of the film is painted on the processor. */
static enum avt_code leave_gpu(struct avt_painting *painting, struct hand *hand, struct avt_error *reterr)
{
    struct avt_run *run = painting->run;
    char text[WARNING_SIZE];
    avt_log(AVT_LOG_WARN, "%s; %s goes on on the processor, which takes many times as long", reterr->message,
             hand->choice->engine->name);
    snprintf(text, sizeof(text), "%.200s: the processor painted instead", reterr->message);
    warn(run, text);
    stop(run, hand);
    avt_shelf_drop(run->engines->shelf, hand->id);
    if (!is_on_gpu(painting))
        avt_room_end_turn(run->engines, AVT_TAKE(painting->turn));
    return start(run, hand, AVT_DEVICE_CPU, reterr);
}

/* Whose turn it is on the GPU is settled first. */
static enum avt_code start_anywhere(struct avt_painting *painting, struct hand *hand, struct avt_error *reterr)
{
    const struct avt_run *run = painting->run;
    if (run->hardware.device == AVT_DEVICE_CPU)
        return start(run, hand, AVT_DEVICE_CPU, reterr);
    enum avt_code code = painting->turn ? AVT_OK
                                        : avt_room_take_turn(run->engines, &run->stop, &painting->turn, reterr);
    if (code == AVT_OK)
        code = start(run, hand, AVT_DEVICE_GPU, reterr);
    return avt_gpu_is_at_fault(code) ? leave_gpu(painting, hand, reterr) : code;
}

static void add_hand(struct avt_painting *painting, const struct avt_painting_choice *choice, size_t batch)
{
    struct hand *hand = &painting->hands[painting->hand_count++];
    hand->choice = choice;
    hand->limit = batch;
    hand->film = (struct avt_painter_film){.fps_num = painting->run->plan->fps_num,
                                           .fps_den = painting->run->plan->fps_den,
                                           .batch = (int)batch,
                                           .cache = painting->cache_key ? painting->cache : NULL,
                                           .cache_key = painting->cache_key,
                                           .sound = &painting->sound,
                                           .tally = &hand->tally,
                                           .cancel = &painting->run->stop};
    snprintf(hand->id, sizeof(hand->id), "%s", choice->name);
}

/* All that is heard. */
static enum avt_code listen(struct avt_painting *painting, struct avt_error *reterr)
{
    painting->heard = tmpfile();
    enum avt_code code = painting->heard ? keep_sound(painting, reterr) : no_space(reterr);
    painting->heard_from = llround(avt_run_intro_s(painting->run->plan) * AVT_PAINTER_RATE);
    painting->sound.count += painting->heard_from;
    painting->sound.read = read_sound;
    painting->sound.user = painting;
    return code;
}

enum avt_code avt_painting_new(struct avt_run *run, struct avt_painting **ret_painting, struct avt_error *reterr)
{
    const struct avt_plan *plan = run->plan;
    avt_assert(run->spool_file && run->hardware.batch <= AVT_PAINTER_BATCH_MAX);
    avt_assert(plan->painter.engine || plan->enhancer.engine);
    /* What stood behind the person in a clip's picture is there until the next picture. */
    bool one_by_one = !plan->painter.engine || (run->clip && plan->background.kind == AVT_BACKGROUND_BLUR);
    size_t batch = one_by_one ? 1 : (size_t)run->hardware.batch;
    AVT_CLEANUP(avt_painting_freep) struct avt_painting *painting =
        avt_alloc0(1, sizeof(*painting) + batch * sizeof(painting->items[0]));
    painting->run = run;
    painting->batch = batch;
    painting->cache = avt_path_join(run->engines->home->storage, "cache/painters");
    painting->cache_key = plan->painter.engine ? cache_key(run) : NULL;
    if (plan->painter.engine)
        add_hand(painting, &plan->painter, batch);
    if (plan->enhancer.engine)
        add_hand(painting, &plan->enhancer, AVT_ENHANCE_BATCH);
    enum avt_code code = plan->painter.engine ? listen(painting, reterr) : AVT_OK;
    if (code == AVT_OK)
        code = make_pictures(painting, reterr);
    for (size_t i = 0; i < painting->hand_count && code == AVT_OK; i++)
        code = start_anywhere(painting, &painting->hands[i], reterr);
    if (code == AVT_OK)
        *ret_painting = AVT_TAKE(painting);
    return code;
}

void avt_painting_free(struct avt_painting *painting)
{
    if (!painting)
        return;
    const struct avt_engines *engines = painting->run->engines;
    for (size_t i = 0; i < painting->hand_count; i++) {
        stop(painting->run, &painting->hands[i]);
        if (painting->run->plan->options.low_memory)
            avt_shelf_drop(engines->shelf, painting->hands[i].id);
    }
    avt_room_end_turn(engines, painting->turn);
    if (painting->heard)
        fclose(painting->heard);
    for (size_t i = painting->taken; i < painting->count; i++)
        avt_image_free(painting->items[i].frame); /* the run has been stopped */
    for (size_t i = 0; painting->run->inside && i < painting->batch; i++)
        avt_image_free(painting->items[i].face);
    avt_free(painting->cache);
    avt_free(painting->cache_key);
    avt_free(painting);
}

/* ---- pictures -------------------------------------------------------------------------------- */

void avt_painting_rest(struct avt_motion *motion)
{
    for (int i = AVT_JAW_FORWARD; i <= AVT_MOUTH_UPPER_UP_RIGHT; i++)
        motion->arkit[i] = 0;
    motion->arkit[AVT_CHEEK_PUFF] = motion->arkit[AVT_TONGUE_OUT] = motion->tongue_up = 0;
}

struct avt_painted *avt_painting_next(struct avt_painting *painting, struct avt_image *frame, long long number)
{
    avt_assert(painting->count < painting->batch && painting->taken == 0);
    struct avt_painted *painted = &painting->items[painting->count++];
    painted->frame = frame;
    if (!painting->run->inside)
        painted->face = frame;
    painted->ground = NULL;
    painted->number = number;
    painted->view = (struct avt_painter_view){.image = painted->face, .frame = number, .picture = -1, .strength = 1};
    return painted;
}

/* The largest central one, if there is any. */
static enum avt_code find_face(struct avt_painting *painting, const struct avt_image *image, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_face *faces = avt_new0(struct avt_face, AVT_FACES_MAX);
    size_t count = 0;
    enum avt_code code = avt_face_find(painting->run->engines->finder, image, faces, &count, reterr);
    painting->has_face = code == AVT_OK && count > 0 && faces[0].presence >= PRESENCE_MIN;
    if (painting->has_face)
        painting->face = faces[0];
    return code;
}

enum avt_code avt_painting_look(struct avt_painting *painting, struct avt_painted *painted,
                                const struct avt_clip_view *view, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    if (view) {
        painted->ground = view->ground;
        painted->view.strength = view->strength;
        painted->view.picture = view->number;
        painting->has_face = view->face != NULL;
        if (view->face)
            painting->face = *view->face;
    } else {
        struct avt_face before = painting->face;
        if (painting->has_face)
            code = avt_face_follow(painting->run->engines->finder, painted->face, &before, &painting->face,
                                   &painting->has_face, reterr);
        if (code == AVT_OK && !painting->has_face)
            code = find_face(painting, painted->face, reterr);
    }
    painted->where = painting->face;
    painted->view.face = painting->has_face ? &painted->where : NULL;
    return code;
}

size_t avt_painting_waiting(const struct avt_painting *painting)
{
    return painting->count;
}

bool avt_painting_full(const struct avt_painting *painting)
{
    return painting->count == painting->batch;
}

static enum avt_code paint(struct avt_painting *painting, struct hand *hand, struct avt_error *reterr)
{
    struct avt_painter_view views[AVT_PAINTER_BATCH_MAX];
    for (size_t i = 0; i < painting->count; i++) {
        views[i] = painting->items[i].view;
        views[i].strength *= hand->choice->strength;
    }
    for (size_t done = 0; done < painting->count;) {
        size_t count = painting->count - done < hand->limit ? painting->count - done : hand->limit;
        enum avt_code code = hand->choice->engine->paint(hand->state, views + done, count, reterr);
        code = avt_imported_hide_folder(hand->choice->folder, code, reterr);
        if (code == AVT_OK) {
            done += count;
        } else if (code == AVT_ENOMEM && count > 1) {
            hand->limit = count / 2;
            avt_log(AVT_LOG_WARN, "%s; %zu pictures at once instead of %zu", reterr->message, hand->limit, count);
        } else {
            bool can_leave = hand->device == AVT_DEVICE_GPU && avt_gpu_is_at_fault(code);
            code = can_leave ? leave_gpu(painting, hand, reterr) : code;
            if (code != AVT_OK)
                return code;
        }
    }
    return AVT_OK;
}

enum avt_code avt_painting_run(struct avt_painting *painting, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    for (size_t i = 0; i < painting->hand_count && code == AVT_OK; i++)
        code = paint(painting, &painting->hands[i], reterr);
    return code;
}

void avt_painting_warn(const struct avt_painting *painting)
{
    char text[WARNING_SIZE];
    for (size_t i = 0; i < painting->hand_count; i++) {
        const struct hand *hand = &painting->hands[i];
        if (hand->tally.too_large == 0)
            continue;
        snprintf(text, sizeof(text), "%s left %lld of %lld pictures as they were: the face has more pixels there than "
                                     "the network makes",
                 hand->choice->engine->name, hand->tally.too_large, hand->tally.too_large + hand->tally.painted);
        warn(painting->run, text);
    }
}

struct avt_painted *avt_painting_take(struct avt_painting *painting)
{
    if (painting->taken < painting->count)
        return &painting->items[painting->taken++];
    painting->count = painting->taken = 0;
    return NULL;
}
