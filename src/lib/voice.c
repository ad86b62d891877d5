/* SPDX-License-Identifier: Apache-2.0 */
/* Voices and speech of the public interface. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/loudness.h"
#include "lib/context.h"
#include "media/captions.h"
#include "media/film.h"
#include "nn/session.h"

size_t avt_voices_count(void)
{
    return avt_voice_count();
}

enum avt_code avt_voices_get(size_t index, struct avt_voice_info *ret_voice)
{
    if (index >= avt_voice_count())
        return AVT_EINVAL;
    const struct avt_voice *voice = avt_voice_get(index);
    *ret_voice = (struct avt_voice_info){0};
    snprintf(ret_voice->id, sizeof(ret_voice->id), "%s", voice->id);
    snprintf(ret_voice->name, sizeof(ret_voice->name), "%s", voice->name);
    snprintf(ret_voice->language, sizeof(ret_voice->language), "%s", voice->language);
    snprintf(ret_voice->gender, sizeof(ret_voice->gender), "%s", voice->gender);
    snprintf(ret_voice->grade, sizeof(ret_voice->grade), "%s", voice->grade);
    snprintf(ret_voice->engine, sizeof(ret_voice->engine), "%s", voice->engine);
    return AVT_OK;
}

struct speech {
    struct avt_film *film;
    struct avt_timeline *timeline;
    struct avt_loudness *meter;
    double known_s, started, blocked_s;
    const struct avt_speech_options *options;
};

static enum avt_code on_chunk(struct avt_speech_chunk *chunk, void *user, struct avt_error *reterr)
{
    struct speech *speech = user;
    double before = avt_now_s();
    const struct avt_audio *audio = chunk->audio;
    enum avt_code code = avt_film_write_audio(speech->film, audio->samples, audio->count, reterr);
    if (code == AVT_OK &&
        !avt_timeline_append(speech->timeline, chunk->timeline, speech->known_s, chunk->text_start))
        code = avt_fail(reterr, AVT_ELIMIT, "the text is too long for one file; split it");
    if (code == AVT_OK)
        code = avt_loudness_add(speech->meter, audio->samples, audio->count, reterr);
    speech->known_s += (double)audio->count / audio->rate;
    speech->blocked_s += avt_now_s() - before;
    if (code == AVT_OK && speech->options->progress) {
        struct avt_progress progress = {.stage = AVT_STAGE_SPEECH,
                                        .fraction = chunk->fraction_done,
                                        .elapsed_s = avt_now_s() - speech->started};
        progress.speed = speech->known_s / progress.elapsed_s;
        progress.eta_s =
            progress.elapsed_s * (1 / (progress.fraction > .01 ? progress.fraction : .01) - 1);
        speech->options->progress(&progress, speech->options->user);
    }
    avt_speech_chunk_free(chunk);
    return code;
}

/* Caption text in the format of the path's extension; NULL if it is neither. */
static char *caption_text(const struct avt_timeline *timeline, const char *path)
{
    if (avt_str_ends(path, ".srt"))
        return avt_captions_srt(timeline);
    return avt_str_ends(path, ".vtt") ? avt_captions_vtt(timeline) : NULL;
}

static enum avt_code write_beside(const struct speech *speech, struct avt_error *reterr)
{
    const struct avt_speech_options *options = speech->options;
    enum avt_code code = AVT_OK;
    if (options->timeline_out)
        code = avt_timeline_write(speech->timeline, options->timeline_out, reterr);
    if (code == AVT_OK && options->captions_out) {
        AVT_CLEANUP(avt_freep) char *text = caption_text(speech->timeline, options->captions_out);
        code = avt_file_write(options->captions_out, text, strlen(text), reterr);
    }
    return code;
}

static enum avt_code check(const struct avt_speech_options *options,
                           const struct avt_tts_request *request, struct avt_error *reterr)
{
    if (!options->output)
        return avt_fail(reterr, AVT_EINVAL, "no output file was named: add --output FILE.wav");
    if (options->captions_out && !avt_str_ends(options->captions_out, ".srt") &&
        !avt_str_ends(options->captions_out, ".vtt"))
        return avt_fail(reterr, AVT_EINVAL, "'%s': captions must end in .srt or .vtt",
                        options->captions_out);
    enum avt_code code = avt_film_check_path(options->output, false, reterr);
    return code == AVT_OK ? avt_tts_check(request, reterr) : code;
}

enum avt_code avt_speech_synthesize(struct avt_context *context,
                                    const struct avt_speech_options *options,
                                    struct avt_speech_result *ret_result, struct avt_error *reterr)
{
    struct avt_speech_options all = AVT_SPEECH_OPTIONS_INIT;
    memcpy(&all, options, options->size < sizeof(all) ? options->size : sizeof(all));
    avt_context_begin(context);
    struct avt_tts_request request = {.text = all.text,
                                      .voice = all.voice ? all.voice
                                                         : avt_voice_default(all.language),
                                      .language = all.language,
                                      .speed = all.speed,
                                      .cancel = &context->cancel};
    enum avt_code code = check(&all, &request, reterr);
    if (code == AVT_OK)
        code = avt_nn_start(context->threads, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_film_freep) struct avt_film *film = NULL;
    AVT_CLEANUP(avt_freep) char *origin_voice = avt_asprintf("kokoro-82m 1.0 %s (synthetic)",
                                                             request.voice);
    struct avt_film_options sound = {.audio_rate = AVT_SPEECH_RATE,
                                     .quality = AVT_QUALITY_HIGH,
                                     .origin = {.digital_source_type = "trainedAlgorithmicMedia",
                                                .voice = origin_voice,
                                                .title = "Speech made with avatar"}};
    code = avt_film_open(all.output, &sound, &film, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = avt_timeline_new();
    avt_free(timeline->text);
    timeline->text = avt_strdup(all.text);
    timeline->sample_rate = AVT_SPEECH_RATE;
    AVT_CLEANUP(avt_loudness_freep) struct avt_loudness *meter = NULL;
    code = avt_loudness_new(AVT_SPEECH_RATE, &meter, reterr);
    if (code != AVT_OK)
        return code;
    struct speech speech = {.film = film, .timeline = timeline, .meter = meter,
                            .started = avt_now_s(), .options = &all};
    code = avt_tts_load(context->tts, reterr);
    double before = avt_now_s();
    if (code == AVT_OK)
        code = avt_tts_synthesize(context->tts, &request, on_chunk, &speech, reterr);
    double busy = avt_now_s() - before - speech.blocked_s;
    timeline->duration = speech.known_s;
    if (code == AVT_OK)
        code = avt_film_finish(film, reterr);
    if (code == AVT_OK)
        code = write_beside(&speech, reterr);
    if (code != AVT_OK)
        return code;
    *ret_result = (struct avt_speech_result){
        .size = sizeof(*ret_result),
        .duration_s = speech.known_s,
        .total_s = avt_now_s() - speech.started,
        .real_time_factor = speech.known_s > 0 ? busy / speech.known_s : 0,
        .loudness_lufs = avt_loudness_lufs(meter),
        .sample_rate = AVT_SPEECH_RATE,
        .phonemes = (long long)timeline->phoneme_count,
        .words = (long long)timeline->word_count,
    };
    return AVT_OK;
}
