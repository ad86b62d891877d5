/* SPDX-License-Identifier: Apache-2.0 */
/* Cloning of the public interface: files -> recordings -> checked speech -> voice -> profile. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "lib/context.h"
#include "media/film.h"
#include "media/media.h"
#include "nn/session.h"
#include "voice/clone.h"

enum { RATE_MIN = 8000, RATE_MAX = 192000, REFERENCE_BYTES_MAX = 128 << 20 };
/* The same as for telling two people apart in one recording. */
static const double CONSENT_SIMILARITY_MIN = 0.74;

struct cloning {
    struct avt_context *context;
    struct avt_voice_clone_options options;
    double started;
};

static void report_progress(const struct cloning *cloning, double fraction)
{
    if (!cloning->options.progress)
        return;
    struct avt_progress progress = {.stage = AVT_STAGE_VOICE,
                                    .fraction = fraction,
                                    .elapsed_s = avt_now_s() - cloning->started,
                                    .eta_s = -1.0};
    if (fraction > 0.1)
        progress.eta_s = progress.elapsed_s * (1.0 / fraction - 1.0);
    cloning->options.progress(&progress, cloning->options.user);
}

/* The check and the verdict take about a tenth each. */
static void on_search(double fraction, void *user)
{
    report_progress(user, 0.1 + 0.8 * fraction);
}

static enum avt_code read_clip(const char *path, struct avt_audio **ret_audio,
                               struct avt_error *reterr)
{
    struct avt_media_info info;
    enum avt_code code = avt_media_probe(path, &info, reterr);
    if (code != AVT_OK)
        return code;
    if (!info.has_audio)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' has no sound", path);
    /* Asked before it is decoded: three hours of sound are 2 GB. */
    if (info.duration > AVT_CLIP_SECONDS_MAX)
        return avt_fail(reterr, AVT_ELIMIT,
                        "'%s' is %.0f minutes long, more than %d; cut out a minute of speech", path,
                        info.duration / 60.0, AVT_CLIP_SECONDS_MAX / 60);
    int rate = info.audio_rate < RATE_MIN ? RATE_MIN : info.audio_rate;
    return avt_media_read_audio(path, rate < RATE_MAX ? rate : RATE_MAX, ret_audio, reterr);
}

static void fill_report(const struct avt_clip_report *found, struct avt_voice_clone_report *report)
{
    report->seconds = found->seconds;
    report->speech_s = found->speech_s;
    report->snr_db = found->snr_db;
    report->level_db = found->level_db;
    report->clipped = found->clipped;
    report->music = found->music;
    report->other_voice = found->other_voice;
    report->bandwidth_hz = found->bandwidth_hz;
    for (size_t i = 0; i < found->warning_count && i < AVT_CLONE_WARNINGS_MAX; i++)
        memcpy(report->warnings[report->warning_count++], found->warnings[i],
               sizeof(report->warnings[0]));
}

/* All files, decoded and judged. */
static enum avt_code check_clips(const struct avt_ge2e *encoder, const char *const *paths,
                                 size_t count, struct avt_clip_report *ret_found,
                                 struct avt_clip_speech *ret_speech, struct avt_error *reterr)
{
    struct avt_clip clips[AVT_CLIPS_MAX] = {0};
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        clips[i].name = paths[i];
        code = read_clip(paths[i], &clips[i].audio, reterr);
    }
    if (code == AVT_OK)
        code = avt_clip_check(encoder, clips, count, ret_found, ret_speech, reterr);
    for (size_t i = 0; i < count; i++)
        avt_audio_free(clips[i].audio);
    if (code == AVT_OK && !ret_found->usable)
        code = avt_fail(reterr, AVT_ERECORDING, "the voice cannot be cloned: %s", ret_found->refusal);
    return code;
}

/* A spoken statement has to be by the same voice. */
static enum avt_code check_consent_clip(const struct avt_ge2e *encoder, const char *path,
                                        const struct avt_clip_speech *speech,
                                        struct avt_error *reterr)
{
    struct avt_clip_report found;
    AVT_CLEANUP(avt_clip_speech_done) struct avt_clip_speech said = {0};
    enum avt_code code = check_clips(encoder, &path, 1, &found, &said, reterr);
    if (code != AVT_OK)
        return code;
    double similarity = avt_embedding_similarity(&said.voice, &speech->voice);
    if (similarity >= CONSENT_SIMILARITY_MIN)
        return AVT_OK;
    return avt_fail(
        reterr, AVT_ERECORDING,
        "the spoken consent in '%s' is by another voice than the recordings (similarity "
        "%.2f, at least %.2f is needed)",
        path, similarity, CONSENT_SIMILARITY_MIN);
}

static enum avt_code check_options(const struct avt_voice_clone_options *options,
                                   struct avt_error *reterr)
{
    if (!options->consent || options->consent[0] == '\0')
        return avt_fail(
            reterr, AVT_EINVAL,
            "a voice is cloned only with its owner's consent: state it with --consent \"I, "
            "NAME, agree that ...\"");
    enum avt_code code = avt_profile_check_text("the statement of consent", options->consent,
                                                AVT_PROFILE_STATEMENT_SIZE, reterr);
    if (code == AVT_OK)
        code = avt_profile_check_text("the name", options->name, AVT_PROFILE_NAME_SIZE, reterr);
    if (code == AVT_OK && options->consent_by)
        code = avt_profile_check_text("the name of who consents", options->consent_by,
                                      AVT_PROFILE_PERSON_SIZE, reterr);
    if (code == AVT_OK && ((options->id && !avt_profile_id_valid(options->id)) ||
                           (options->source && strlen(options->source) >= AVT_PROFILE_SOURCE_SIZE)))
        code = avt_fail(reterr, AVT_EINVAL, "the id or the source of the profile has no good form");
    if (code == AVT_OK && (options->clip_count < 1 || options->clip_count > AVT_CLIPS_MAX))
        code = avt_fail(reterr, AVT_EINVAL, "%zu recordings were given; it takes 1 to %d",
                        options->clip_count, AVT_CLIPS_MAX);
    return code == AVT_OK ? avt_language_check(options->language, reterr) : code;
}

/* The cleaned recordings as FLAC, through a file that is gone afterwards. */
static enum avt_code pack_reference(const char *storage, const struct avt_audio *audio,
                                    char **ret_data, size_t *ret_size, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/voices", storage);
    AVT_CLEANUP(avt_freep)
    char *path = avt_asprintf("%s/.reference-%d.flac", folder, (int)getpid());
    enum avt_code code = avt_mkdirs(folder, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_film_freep) struct avt_film *film = NULL;
    const struct avt_film_options options = {.audio_rate = audio->rate,
                                             .quality = AVT_QUALITY_HIGH,
                                             .origin = {.digital_source_type = "digitalCapture",
                                                        .voice = "recorded",
                                                        .title = "Reference of a voice profile"}};
    code = avt_film_open(path, &options, &film, reterr);
    if (code == AVT_OK)
        code = avt_film_write_audio(film, audio->samples, audio->count, reterr);
    if (code == AVT_OK)
        code = avt_film_finish(film, reterr);
    if (code == AVT_OK)
        code = avt_file_read(path, REFERENCE_BYTES_MAX, ret_data, ret_size, reterr);
    (void)unlink(path);
    return code;
}

#define SET(field, text) (void)snprintf(profile->field, sizeof(profile->field), "%s", text)

static void fill_profile(const struct avt_voice_clone_options *options,
                         const struct avt_clip_report *found, const struct avt_clone_voice *voice,
                         struct avt_profile *profile)
{
    const struct avt_voice *stock = NULL;
    const struct passwd *user = options->consent_by ? NULL : getpwuid(getuid());
    *profile = (struct avt_profile){
        .similarity = voice->similarity,
        .self_similarity = voice->self_similarity,
        .stock_similarity = voice->stock_similarity,
        .pitch_st = voice->pitch_st,
        .pitch_spread_st = voice->pitch_spread_st,
        .reference_pitch_st = voice->reference_pitch_st,
        .reference_spread_st = voice->reference_spread_st,
        .reference_s = found->seconds,
        .reference_speech_s = found->speech_s,
        .reference_snr_db = found->snr_db,
    };
    SET(id, options->id ? options->id : "");
    SET(source, options->source ? options->source : "");
    SET(name, options->name);
    SET(language, options->language);
    if (avt_voice_find(voice->stock_id, &stock, NULL) == AVT_OK)
        SET(gender, stock->gender);
    SET(engine, "kokoro");
    SET(maker, AVT_CLONE_ENGINE);
    SET(encoder, AVT_GE2E_NAME);
    SET(model, "kokoro-82m 1.0");
    SET(consent, options->consent);
    SET(consent_by, options->consent_by ? options->consent_by : user ? user->pw_name : "unknown");
    avt_time_rfc3339(profile->consent_at);
    SET(stock_id, voice->stock_id);
    profile->melody_st = voice->melody.pitch_st;
    profile->melody_range = voice->melody.range;
    memcpy(profile->eq_db, voice->eq_db, sizeof(profile->eq_db));
}

static enum avt_code clone(struct cloning *cloning, struct avt_profile *profile,
                           struct avt_voice_clone_report *report, struct avt_error *reterr)
{
    const struct avt_voice_clone_options *options = &cloning->options;
    AVT_CLEANUP(avt_ge2e_freep) struct avt_ge2e *encoder = NULL;
    AVT_CLEANUP(avt_clip_speech_done) struct avt_clip_speech speech = {0};
    AVT_CLEANUP(avt_clone_voice_done) struct avt_clone_voice voice = {0};
    AVT_CLEANUP(avt_freep) char *reference = NULL;
    size_t reference_size = 0;
    struct avt_clip_report found = {0};
    enum avt_code code = avt_ge2e_open(&encoder, reterr);
    if (code == AVT_OK)
        code = check_clips(encoder, options->clips, options->clip_count, &found, &speech, reterr);
    fill_report(&found, report);
    if (code == AVT_OK && options->consent_clip)
        code = check_consent_clip(encoder, options->consent_clip, &speech, reterr);
    if (code != AVT_OK)
        return code;
    report_progress(cloning, 0.1);
    const struct avt_clone_options how = {.effort = (enum avt_clone_effort)options->speed,
                                          .points = options->points,
                                          .threads = cloning->context->threads,
                                          .seed = options->seed,
                                          .cancel = &cloning->context->cancel,
                                          .progress = on_search,
                                          .user = cloning};
    code = avt_clone_make(encoder, &speech, &how, &voice, reterr);
    if (code == AVT_OK && options->keep_reference)
        code = pack_reference(cloning->context->storage, speech.wide, &reference, &reference_size, reterr);
    if (code != AVT_OK)
        return code;
    report->points = (long long)voice.points;
    report->spectrum = voice.spectrum;
    report->searched = voice.searched;
    fill_profile(options, &found, &voice, profile);
    return avt_profile_create(&cloning->context->home, profile, voice.pack, reference, reference_size, reterr);
}

enum avt_code avt_voice_clone(struct avt_context *context,
                              const struct avt_voice_clone_options *options,
                              struct avt_profile_info *ret_profile,
                              struct avt_voice_clone_report *ret_report, struct avt_error *reterr)
{
    struct cloning cloning = {.context = context, .options = AVT_VOICE_CLONE_OPTIONS_INIT};
    memcpy(&cloning.options, options,
           options->size < sizeof(cloning.options) ? options->size : sizeof(cloning.options));
    if (!cloning.options.language)
        cloning.options.language = "en-us";
    cloning.started = avt_now_s();
    struct avt_voice_clone_report report = {.size = sizeof(report)};
    struct avt_profile profile = {0};
    avt_context_begin(context);
    enum avt_code code = check_options(&cloning.options, reterr);
    if (code == AVT_OK)
        code = avt_nn_start(context->threads, reterr);
    if (code == AVT_OK)
        code = clone(&cloning, &profile, &report, reterr);
    report.total_s = avt_now_s() - cloning.started;
    if (ret_report)
        *ret_report = report;
    if (code == AVT_OK && ret_profile)
        avt_profile_describe(&profile, ret_profile);
    return code;
}
