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
#include "pipeline/speaking.h"
#include "voice/speaker.h"

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
    struct avt_film *film; /* NULL: no file is wanted */
    struct avt_timeline *timeline;
    struct avt_loudness *meter;
    double known_s, started, blocked_s, first_s;
    const struct avt_speech_options *options;
    char warning[AVT_SPEAKING_WARNING_SIZE]; /* of an engine that was brought */
};

static void report(const struct speech *speech, double fraction)
{
    if (!speech->options->progress)
        return;
    struct avt_progress progress = {.stage = AVT_STAGE_SPEECH,
                                    .fraction = fraction,
                                    .elapsed_s = avt_now_s() - speech->started};
    progress.speed = speech->known_s / progress.elapsed_s;
    progress.eta_s =
        progress.elapsed_s * (1 / (progress.fraction > .01 ? progress.fraction : .01) - 1);
    speech->options->progress(&progress, speech->options->user);
}

/* To who listens while it is made. */
static enum avt_code pass_on(const struct speech *speech, const struct avt_speech_chunk *chunk,
                             struct avt_error *reterr)
{
    if (!speech->options->sound)
        return AVT_OK;
    const struct avt_speech_sound sound = {.size = sizeof(sound),
                                           .samples = chunk->audio->samples,
                                           .count = chunk->audio->count,
                                           .rate = chunk->audio->rate,
                                           .start_s = speech->known_s,
                                           .text_start = chunk->text_start,
                                           .text_end = chunk->text_end,
                                           .fraction_done = chunk->fraction_done};
    if (speech->options->sound(&sound, speech->options->user) != 0)
        return avt_fail(reterr, AVT_ECANCELLED, "speaking was stopped by who listened");
    return AVT_OK;
}

static enum avt_code on_chunk(struct avt_speech_chunk *chunk, void *user, struct avt_error *reterr)
{
    struct speech *speech = user;
    double before = avt_now_s();
    const struct avt_audio *audio = chunk->audio;
    if (speech->first_s == 0.0)
        speech->first_s = before - speech->started;
    enum avt_code code = pass_on(speech, chunk, reterr);
    if (code == AVT_OK && speech->film)
        code = avt_film_write_audio(speech->film, audio->samples, audio->count, reterr);
    if (code == AVT_OK &&
        !avt_timeline_append(speech->timeline, chunk->timeline, speech->known_s, chunk->text_start))
        code = avt_fail(reterr, AVT_ELIMIT, "the text is too long for one file; split it");
    if (code == AVT_OK)
        code = avt_loudness_add(speech->meter, audio->samples, audio->count, reterr);
    speech->known_s += (double)audio->count / audio->rate;
    speech->blocked_s += avt_now_s() - before;
    if (code == AVT_OK)
        report(speech, chunk->fraction_done);
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

static enum avt_code check(const struct avt_speech_options *options, const struct avt_speaking_choice *choice,
                           const struct avt_tts_request *request, struct avt_error *reterr)
{
    if (!options->output && !options->sound)
        return avt_fail(reterr, AVT_EINVAL, "no output file was named: add --output FILE.wav");
    if (options->captions_out && !avt_str_ends(options->captions_out, ".srt") &&
        !avt_str_ends(options->captions_out, ".vtt"))
        return avt_fail(reterr, AVT_EINVAL, "'%s': captions must end in .srt or .vtt",
                        options->captions_out);
    enum avt_code code =
        options->output ? avt_film_check_path(options->output, false, reterr) : AVT_OK;
    if (code != AVT_OK)
        return code;
    return choice->engine ? avt_speaking_check(choice, request, reterr) : avt_tts_check(request, reterr);
}

static enum avt_code open_film(const struct avt_speech_options *options, const struct avt_speaking_choice *choice,
                               const struct avt_tts_request *request,
                               struct avt_film **ret_film, struct avt_error *reterr)
{
    if (!options->output)
        return AVT_OK;
    AVT_CLEANUP(avt_freep) char *own = avt_speaker_origin(request->voice, options->text, request->home);
    AVT_CLEANUP(avt_freep) char *origin_voice =
        choice->engine ? avt_speaking_origin(choice, own) : avt_strdup(own);
    struct avt_film_options sound = {.audio_rate = AVT_SPEECH_RATE,
                                     .quality = AVT_QUALITY_HIGH,
                                     .growing = options->growing,
                                     .origin = {.digital_source_type = "trainedAlgorithmicMedia",
                                                .voice = origin_voice,
                                                .title = "Speech made with avatar"}};
    return avt_film_open(options->output, &sound, ret_film, reterr);
}

/* Synthesise into what `speech` holds; *ret_busy_s: without the time that writing took. */
static enum avt_code run(struct avt_context *context, const struct avt_speaking_choice *choice,
                         const struct avt_tts_request *request, struct speech *speech, double *ret_busy_s,
                         struct avt_error *reterr)
{
    const struct avt_engines engines = avt_context_engines(context);
    const struct avt_speaking_request brought = {&engines, choice, *request, speech->options->seed};
    AVT_CLEANUP(avt_speaking_freep) struct avt_speaking *speaking = NULL;
    enum avt_code code = choice->engine ? avt_speaking_open(&brought, &speaking, reterr)
                                        : avt_tts_load(context->tts, request, reterr);
    double before = avt_now_s();
    if (code == AVT_OK)
        code = speaking ? avt_speaking_run(speaking, on_chunk, speech, reterr)
                        : avt_tts_synthesize(context->tts, request, on_chunk, speech, reterr);
    *ret_busy_s = avt_now_s() - before - speech->blocked_s;
    if (speaking)
        snprintf(speech->warning, sizeof(speech->warning), "%s", avt_speaking_warning(speaking));
    speech->timeline->duration = speech->known_s;
    if (code == AVT_OK && speech->film)
        code = avt_film_finish(speech->film, reterr);
    return code == AVT_OK ? write_beside(speech, reterr) : code;
}

static void fill_result(const struct speech *speech, const struct avt_speaking_choice *choice, const char *voice,
                        double busy_s, struct avt_speech_result *ret_result)
{
    struct avt_speech_result result = {
        .size = sizeof(result),
        .duration_s = speech->known_s,
        .total_s = avt_now_s() - speech->started,
        .real_time_factor = speech->known_s > 0 ? busy_s / speech->known_s : 0,
        .loudness_lufs = avt_loudness_lufs(speech->meter),
        .sample_rate = AVT_SPEECH_RATE,
        .phonemes = (long long)speech->timeline->phoneme_count,
        .words = (long long)speech->timeline->word_count,
        .first_sound_s = speech->first_s,
    };
    snprintf(result.warning, sizeof(result.warning), "%s", speech->warning);
    if (choice->engine)
        avt_speaking_describe(choice, voice, result.voice_engine, sizeof(result.voice_engine));
    else
        snprintf(result.voice_engine, sizeof(result.voice_engine), "%s (%s)", avt_speaker_engine_text(voice), voice);
    /* An older program's struct ends sooner. */
    size_t size = ret_result->size > 0 && ret_result->size < sizeof(result) ? ret_result->size
                                                                            : sizeof(result);
    memcpy(ret_result, &result, size);
    ret_result->size = size;
}

static void warn_of_blend(const struct avt_tts_request *request, struct avt_speech_result *result)
{
    struct avt_speaker speaker = {0};
    if (result->size < sizeof(*result) ||
        avt_speaker_find(request->voice, request->home, &speaker, NULL) != AVT_OK)
        return;
    if (speaker.languages_differ)
        (void)snprintf(result->warning, sizeof(result->warning),
                       "the voices of this blend are of different languages; it has an accent");
    avt_speaker_done(&speaker);
}

enum avt_code avt_speech_synthesize(struct avt_context *context,
                                    const struct avt_speech_options *options,
                                    struct avt_speech_result *ret_result, struct avt_error *reterr)
{
    struct avt_speech_options all = AVT_SPEECH_OPTIONS_INIT;
    memcpy(&all, options, options->size < sizeof(all) ? options->size : sizeof(all));
    avt_context_begin(context);
    AVT_CLEANUP(avt_user_lexicon_freep) struct avt_user_lexicon *lexicon = NULL;
    enum avt_code code =
        all.lexicon ? avt_user_lexicon_open(all.lexicon, &lexicon, reterr) : AVT_OK;
    if (code != AVT_OK)
        return code;
    const struct avt_tts_request request = {
        .text = all.text,
        .voice = all.voice ? all.voice : avt_voice_default(all.language),
        .language = all.language,
        .speed = all.speed,
        .pitch_st = all.pitch,
        .markup = all.ssml ? AVT_MARKUP_SSML : AVT_MARKUP_AUTO,
        .lexicon = lexicon,
        .home = &context->home,
        .cancel = &context->cancel};
    AVT_CLEANUP(avt_speaking_choice_done) struct avt_speaking_choice choice = {0};
    char why[AVT_SPEAKING_WHY_SIZE] = "";
    const struct avt_hardware_wish hardware = avt_context_hardware(context);
    code = avt_speaking_choose(all.tts, &hardware, &choice, reterr);
    if (code == AVT_OK)
        code = avt_speaking_settle(&choice, &request, &hardware, why, reterr);
    if (code == AVT_OK)
        code = check(&all, &choice, &request, reterr);
    if (code == AVT_OK)
        code = avt_nn_start(context->threads, reterr);
    AVT_CLEANUP(avt_film_freep) struct avt_film *film = NULL;
    if (code == AVT_OK)
        code = open_film(&all, &choice, &request, &film, reterr);
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = avt_timeline_new();
    AVT_CLEANUP(avt_loudness_freep) struct avt_loudness *meter = NULL;
    if (code == AVT_OK)
        code = avt_loudness_new(AVT_SPEECH_RATE, &meter, reterr);
    if (code != AVT_OK)
        return code;
    avt_free(timeline->text);
    timeline->text = NULL;
    code = avt_tts_plain_text(&request, &timeline->text, reterr);
    timeline->sample_rate = AVT_SPEECH_RATE;
    struct speech speech = {.film = film, .timeline = timeline, .meter = meter,
                            .started = avt_now_s(), .options = &all};
    double busy_s = 0.0;
    if (code == AVT_OK)
        code = run(context, &choice, &request, &speech, &busy_s, reterr);
    if (code != AVT_OK)
        return code;
    fill_result(&speech, &choice, request.voice, busy_s, ret_result);
    warn_of_blend(&request, ret_result);
    if (ret_result->size >= sizeof(*ret_result))
        snprintf(ret_result->voice_why, sizeof(ret_result->voice_why), "%s", why);
    return AVT_OK;
}
