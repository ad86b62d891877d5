/* SPDX-License-Identifier: Apache-2.0 */
/* The speech side of a run: chunks to the queue, or to the spool when speech must finish first. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "lipsync/viseme_net.h"
#include "media/media.h"
#include "nn/shelf.h"
#include "os/paths.h"
#include "pipeline/align.h"
#include "pipeline/run.h"

/* Recordings are read whole: an hour of speech is 350 MB. */
#define RECORDING_S_MAX 3600.0

static enum avt_code spool_chunk(struct avt_run *run, struct avt_speech_chunk *chunk,
                                 struct avt_error *reterr)
{
    const struct avt_audio *audio = chunk->audio;
    if (fwrite(audio->samples, sizeof(float), audio->count, run->spool_file) != audio->count)
        return avt_fail(reterr, AVT_ENOSPACE,
                        "the speech cannot be kept while captions are prepared: %s; free some disk "
                        "space",
                        strerror(errno));
    double offset = run->timeline->duration;
    if (!avt_timeline_append(run->timeline, chunk->timeline, offset, chunk->text_start))
        return avt_fail(reterr, AVT_ELIMIT, "the text is too long for one film; split it");
    avt_speech_chunk_free(chunk);
    return AVT_OK;
}

struct speech_state {
    struct avt_run *run;
    double blocked_s;
};

static enum avt_code on_chunk(struct avt_speech_chunk *chunk, void *user, struct avt_error *reterr)
{
    struct speech_state *state = user;
    struct avt_run *run = state->run;
    double before = avt_now_s();
    avt_mutex_lock(run->lock);
    run->speech_fraction = chunk->fraction_done;
    run->speech_known_s += (double)chunk->audio->count / chunk->audio->rate;
    run->voice_ready = true;
    avt_mutex_unlock(run->lock);
    enum avt_code code = AVT_OK;
    if (run->spool)
        code = spool_chunk(run, chunk, reterr);
    else if (!avt_queue_push(run->chunks, chunk))
        code = avt_fail(reterr, AVT_ECANCELLED, "cancelled");
    if (code != AVT_OK)
        avt_speech_chunk_free(chunk);
    state->blocked_s += avt_now_s() - before;
    return code;
}

static enum avt_code speak(struct avt_run *run, struct avt_error *reterr)
{
    const struct avt_tts_request request = avt_plan_request(run->plan, &run->stop);
    const struct avt_speaking_request brought = {run->engines, &run->plan->speaker, request, run->plan->options.seed};
    AVT_CLEANUP(avt_speaking_freep) struct avt_speaking *speaking = NULL;
    double before = avt_now_s();
    enum avt_code code = run->plan->speaker.engine ? avt_speaking_open(&brought, &speaking, reterr)
                                                   : avt_tts_load(run->engines->tts, &request, reterr);
    avt_run_add_time(run, AVT_STAGE_VOICE, avt_now_s() - before);
    if (code != AVT_OK) {
        avt_run_fail(run, AVT_STAGE_VOICE, code, reterr);
        return code;
    }
    avt_run_complete(run, AVT_STAGE_VOICE);
    avt_mutex_lock(run->lock);
    run->voice_ready = true;
    avt_mutex_unlock(run->lock);
    const struct avt_pipeline_options *options = &run->plan->options;
    struct speech_state state = {.run = run};
    before = avt_now_s();
    code = speaking ? avt_speaking_run(speaking, on_chunk, &state, reterr)
                    : avt_tts_synthesize(run->engines->tts, &request, on_chunk, &state, reterr);
    avt_run_add_time(run, AVT_STAGE_SPEECH, avt_now_s() - before - state.blocked_s);
    if (speaking)
        snprintf(run->speech_warning, sizeof(run->speech_warning), "%s", avt_speaking_warning(speaking));
    avt_speaking_free(AVT_TAKE(speaking));
    if (options->low_memory) {
        avt_tts_unload(run->engines->tts);
        avt_shelf_drop(run->engines->shelf, run->plan->speaker.engine ? run->plan->speaker.name : "");
    }
    return code;
}

/* Where it is not known what is said, the mouth follows what is heard. */
static enum avt_code listen(struct avt_run *run, const struct avt_audio *audio,
                            struct avt_timeline **ret_timeline, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_viseme_net_freep) struct avt_viseme_net *net = NULL;
    const struct avt_tts_request request = avt_plan_request(run->plan, &run->stop);
    enum avt_code code = avt_viseme_net_open(&net, reterr);
    if (code == AVT_OK)
        code = run->plan->options.text
                   ? avt_align_request(run->engines->tts, net, audio, &request, ret_timeline, reterr)
                   : avt_viseme_net_listen(net, audio, &run->stop, ret_timeline, reterr);
    return code;
}

enum avt_code avt_run_recorded(struct avt_run *run, struct avt_speech_chunk **ret_chunk,
                               struct avt_error *reterr)
{
    const struct avt_pipeline_options *options = &run->plan->options;
    AVT_CLEANUP(avt_speech_chunk_freep) struct avt_speech_chunk *chunk =
        avt_new0(struct avt_speech_chunk, 1);
    enum avt_code code =
        avt_media_read_audio(options->speech, AVT_SPEECH_RATE, &chunk->audio, reterr);
    if (code != AVT_OK)
        return code;
    double duration = (double)chunk->audio->count / chunk->audio->rate;
    if (duration > RECORDING_S_MAX || duration < 0.1)
        return avt_fail(reterr, AVT_ELIMIT,
                        "'%s' is %.1f s long; recorded speech may be from 0.1 s to %.0f minutes",
                        options->speech, duration, RECORDING_S_MAX / 60);
    if (options->timeline_in)
        code = avt_timeline_read(options->timeline_in, &chunk->timeline, reterr);
    else
        code = listen(run, chunk->audio, &chunk->timeline, reterr);
    if (code != AVT_OK)
        return code;
    chunk->timeline->duration = duration;
    chunk->fraction_done = 1;
    *ret_chunk = AVT_TAKE(chunk);
    return AVT_OK;
}

static enum avt_code recorded(struct avt_run *run, struct avt_error *reterr)
{
    struct avt_speech_chunk *chunk = NULL;
    double before = avt_now_s();
    enum avt_code code = avt_run_recorded(run, &chunk, reterr);
    avt_run_add_time(run, AVT_STAGE_SPEECH, avt_now_s() - before);
    if (code != AVT_OK)
        return code;
    avt_run_complete(run, AVT_STAGE_VOICE);
    struct speech_state state = {.run = run};
    return on_chunk(chunk, &state, reterr);
}

void avt_run_speech(void *user)
{
    struct avt_run *run = user;
    struct avt_error error = {0};
    enum avt_code code =
        run->plan->options.speech ? recorded(run, &error) : speak(run, &error);
    if (code != AVT_OK) {
        avt_run_fail(run, AVT_STAGE_SPEECH, code, &error);
        return;
    }
    avt_run_complete(run, AVT_STAGE_SPEECH);
    avt_mutex_lock(run->lock);
    run->speech_done = true;
    avt_mutex_unlock(run->lock);
    avt_queue_close(run->chunks);
}

/* The spool in pieces of a few seconds; the whole timeline rides on the first. */
static bool next_spooled(struct avt_run *run, struct avt_speech_chunk **ret_chunk)
{
    enum { PIECE = 4 * AVT_SPEECH_RATE };
    AVT_CLEANUP(avt_speech_chunk_freep) struct avt_speech_chunk *chunk =
        avt_new0(struct avt_speech_chunk, 1);
    bool first = ftell(run->spool_file) == 0;
    struct avt_error error = {0};
    enum avt_code code = avt_audio_new(AVT_SPEECH_RATE, PIECE, &chunk->audio, &error);
    if (code != AVT_OK) {
        avt_run_fail(run, AVT_STAGE_LIPSYNC, code, &error);
        return false;
    }
    chunk->audio->count =
        fread(chunk->audio->samples, sizeof(float), PIECE, run->spool_file);
    if (chunk->audio->count == 0)
        return false;
    chunk->timeline = avt_timeline_new();
    if (first && !avt_timeline_append(chunk->timeline, run->timeline, 0, 0)) {
        (void)avt_fail(&error, AVT_ELIMIT, "the text is too long for one film; split it");
        avt_run_fail(run, AVT_STAGE_LIPSYNC, AVT_ELIMIT, &error);
        return false;
    }
    *ret_chunk = AVT_TAKE(chunk);
    return true;
}

bool avt_run_next_chunk(struct avt_run *run, struct avt_speech_chunk **ret_chunk)
{
    if (run->spool)
        return !avt_cancelled(&run->stop) && next_spooled(run, ret_chunk);
    void *item = NULL;
    if (!avt_queue_pop(run->chunks, &item))
        return false;
    *ret_chunk = item;
    return true;
}
