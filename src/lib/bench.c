/* SPDX-License-Identifier: Apache-2.0 */
/* `avatar bench`: how fast this machine is, each stage on its own, through the product's own code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "lib/context.h"
#include "lipsync/motion_driver.h"
#include "lipsync/renderer.h"
#include "media/film.h"
#include "media/still.h"
#include "nn/session.h"
#include "os/paths.h"
#include "os/proc.h"
#include "pipeline/plan.h"

enum { BENCH_WIDTH = 1280, BENCH_HEIGHT = 720, BENCH_FPS = 25 };

static const char bench_text[] =
    "This is how fast your machine speaks. A film of ten seconds needs about one hundred and fifty "
    "characters of text, which is what you are listening to right now, more or less.";

struct bench {
    struct avt_context *context;
    struct avt_benchmark *result;
    avt_progress_fn progress;
    void *user;
    double started;
    struct avt_timeline *timeline;
    struct avt_image *picture;
    struct avt_renderer *renderer;
    double speech_s;
};

static void report(const struct bench *bench, enum avt_stage stage, double fraction)
{
    if (!bench->progress)
        return;
    struct avt_progress progress = {.stage = stage, .fraction = fraction, .eta_s = -1,
                                    .elapsed_s = avt_now_s() - bench->started};
    bench->progress(&progress, bench->user);
}

static enum avt_code on_chunk(struct avt_speech_chunk *chunk, void *user, struct avt_error *reterr)
{
    (void)reterr;
    struct bench *bench = user;
    (void)avt_timeline_append(bench->timeline, chunk->timeline, bench->speech_s, 0);
    bench->speech_s += (double)chunk->audio->count / chunk->audio->rate;
    avt_speech_chunk_free(chunk);
    return AVT_OK;
}

static enum avt_code bench_speech(struct bench *bench, struct avt_error *reterr)
{
    struct avt_context *context = bench->context;
    avt_tts_unload(context->tts);
    double before = avt_now_s();
    enum avt_code code = avt_tts_load(context->tts, NULL, reterr);
    bench->result->speech_load_s = avt_now_s() - before;
    struct avt_tts_request request = {.text = bench_text, .voice = "af_heart", .speed = 1,
                                      .cancel = &context->cancel};
    before = avt_now_s();
    if (code == AVT_OK)
        code = avt_tts_synthesize(context->tts, &request, on_chunk, bench, reterr);
    if (code == AVT_OK && bench->speech_s > 0)
        bench->result->speech_rtf = (avt_now_s() - before) / bench->speech_s;
    return code;
}

static enum avt_code bench_face(struct bench *bench, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_data("models/presenter.png");
    if (!path)
        return avt_fail(reterr, AVT_EMODEL, "the default presenter's picture is not installed");
    AVT_CLEANUP(avt_image_freep) struct avt_image *picture = NULL;
    struct avt_face found, face;
    struct avt_face_verdict verdict;
    enum avt_code code = avt_still_load(path, &picture, reterr);
    enum { ROUNDS = 5 };
    double before = 0;
    /* The first round loads the models and does not count. */
    for (int i = 0; i <= ROUNDS && code == AVT_OK; i++) {
        if (i == 1)
            before = avt_now_s();
        code = avt_face_choose(bench->context->finder, picture, 0, "the default presenter", &found,
                               &verdict, reterr);
    }
    bench->result->face_ms = (avt_now_s() - before) / ROUNDS * 1000;
    if (code != AVT_OK)
        return code;
    struct avt_frame_layout layout;
    avt_frame_layout_make(picture->width, picture->height, &found, AVT_FIT_COVER,
                          BENCH_WIDTH, BENCH_HEIGHT, BENCH_WIDTH, &layout);
    code = avt_frame_layout_apply(&layout, picture, &found, &bench->picture, &face, reterr);
    return code == AVT_OK ? avt_render_photo_new(bench->picture, &face, &bench->renderer, reterr)
                          : code;
}

static enum avt_code bench_frames(struct bench *bench, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *frame = NULL;
    enum avt_code code = avt_image_new(BENCH_WIDTH, BENCH_HEIGHT, &frame, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_motion_options options = AVT_MOTION_OPTIONS_INIT;
    struct avt_motion_driver *driver = avt_motion_from_timeline(&options);
    avt_motion_feed(driver, bench->timeline, 0);
    int frames = (int)(bench->speech_s * BENCH_FPS);
    double before = avt_now_s();
    for (int i = 0; i < frames; i++) {
        struct avt_motion motion;
        avt_motion_at(driver, (i + 0.5) / BENCH_FPS, &motion);
        avt_render(bench->renderer, &motion, frame);
    }
    bench->result->lipsync_fps = frames / (avt_now_s() - before);
    avt_motion_free(driver);
    return AVT_OK;
}

static enum avt_code bench_encode(struct bench *bench, const char *folder,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, "bench.mp4");
    AVT_CLEANUP(avt_film_freep) struct avt_film *film = NULL;
    struct avt_film_options options = {.width = BENCH_WIDTH, .height = BENCH_HEIGHT,
                                       .fps_num = BENCH_FPS, .fps_den = 1,
                                       .quality = AVT_QUALITY_MEDIUM,
                                       .threads = bench->context->threads,
                                       .origin = {"algorithmicMedia", "none", "none", "bench"}};
    AVT_CLEANUP(avt_image_freep) struct avt_image *frame = NULL;
    enum avt_code code = avt_film_open(path, &options, &film, reterr);
    if (code == AVT_OK)
        code = avt_image_new(BENCH_WIDTH, BENCH_HEIGHT, &frame, reterr);
    struct avt_motion_options motion_options = AVT_MOTION_OPTIONS_INIT;
    struct avt_motion_driver *driver = avt_motion_from_timeline(&motion_options);
    avt_motion_feed(driver, bench->timeline, 0);
    int frames = (int)(bench->speech_s * BENCH_FPS);
    double busy = 0;
    for (int i = 0; i < frames && code == AVT_OK; i++) {
        struct avt_motion motion;
        avt_motion_at(driver, (i + 0.5) / BENCH_FPS, &motion);
        avt_render(bench->renderer, &motion, frame);
        double before = avt_now_s();
        code = avt_film_write_frame(film, frame, reterr);
        busy += avt_now_s() - before;
    }
    double before = avt_now_s();
    if (code == AVT_OK)
        code = avt_film_finish(film, reterr);
    busy += avt_now_s() - before;
    bench->result->encode_fps = busy > 0 ? frames / busy : 0;
    avt_motion_free(driver);
    (void)unlink(path);
    return code;
}

static void cpu_name(char *out, size_t size)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    snprintf(out, size, "unknown");
    if (avt_file_read_text("/proc/cpuinfo", 1 << 20, &text, NULL) != AVT_OK)
        return;
    const char *line = strstr(text, "model name");
    const char *colon = line ? strchr(line, ':') : NULL;
    if (colon)
        snprintf(out, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
}

enum avt_code avt_bench(struct avt_context *context, avt_progress_fn progress, void *user,
                        struct avt_benchmark *ret_benchmark, struct avt_error *reterr)
{
    avt_context_begin(context);
    struct avt_benchmark result = {.size = sizeof(result), .threads = context->threads};
    cpu_name(result.cpu, sizeof(result.cpu));
    struct bench bench = {.context = context, .result = &result, .progress = progress,
                          .user = user, .started = avt_now_s(), .timeline = avt_timeline_new()};
    AVT_CLEANUP(avt_freep) char *folder = avt_strdup("/tmp/avatar-bench-XXXXXX");
    enum avt_code code = AVT_OK;
    if (!mkdtemp(folder))
        code = avt_fail(reterr, AVT_EOUTPUT, "no temporary folder can be made in /tmp");
    if (code == AVT_OK)
        code = avt_nn_start(context->threads, reterr);
    report(&bench, AVT_STAGE_SPEECH, 0.05);
    if (code == AVT_OK)
        code = bench_speech(&bench, reterr);
    report(&bench, AVT_STAGE_FACE, 0.4);
    if (code == AVT_OK)
        code = bench_face(&bench, reterr);
    report(&bench, AVT_STAGE_LIPSYNC, 0.6);
    if (code == AVT_OK)
        code = bench_frames(&bench, reterr);
    report(&bench, AVT_STAGE_ENCODE, 0.75);
    if (code == AVT_OK)
        code = bench_encode(&bench, folder, reterr);
    result.memory_peak_mb = (double)avt_memory_peak_bytes() / 1e6;
    (void)rmdir(folder);
    avt_renderer_free(bench.renderer);
    avt_image_free(bench.picture);
    avt_timeline_free(bench.timeline);
    if (code == AVT_OK)
        *ret_benchmark = result;
    return code;
}
