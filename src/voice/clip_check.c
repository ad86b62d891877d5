/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clip_check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/resample.h"
#include "dsp/silence.h"
#include "voice/clip_measure.h"
#include "voice/vad.h"

/* Below the lowest voice there is only rumble. */
static const double HIGH_PASS_HZ = 60.0;
/* Of the cleaned speech: where the encoder leaves the level alone, so that loud and soft recordings
 * of one voice give one direction (12 dB more turn it by 30 degrees). */
static const double LEVEL_DB = -30.0;
/* Sound that the encoder hears at most; a longer one tells it nothing new. */
enum { ENCODER_SECONDS = 120 };

/* Tried on 36 clips of read speech and on the same spoilt by degrees: docs/voices.md. */
static const double SILENT_DB = -60.0;
static const double CLIPPED_REFUSED = 0.03, CLIPPED_WARNED = 0.003;
static const double MUSIC_REFUSED = 0.25, MUSIC_WARNED = 0.05;
static const double SNR_REFUSED_DB = 5.0, SNR_WARNED_DB = 15.0, SNR_MAX_DB = 60.0;
static const double VOICES_APART = 0.74, OTHER_REFUSED = 0.20, OTHER_WARNED = 0.10;
static const double BANDWIDTH_WARNED_HZ = 3600.0;

void avt_clip_speech_done(struct avt_clip_speech *speech)
{
    avt_audio_free(speech->wide);
    avt_audio_free(speech->narrow);
    avt_pitch_done(&speech->pitch);
    *speech = (struct avt_clip_speech){0};
}

static void warn(struct avt_clip_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void warn(struct avt_clip_report *report, const char *format, ...)
{
    if (report->warning_count == AVT_CLIP_WARNINGS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(report->warnings[report->warning_count++], AVT_CLIP_TEXT_MAX, format,
                    arguments);
    va_end(arguments);
}

static void refuse(struct avt_clip_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The first reason stays. */
static void refuse(struct avt_clip_report *report, const char *format, ...)
{
    if (report->refusal[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(report->refusal, AVT_CLIP_TEXT_MAX, format, arguments);
    va_end(arguments);
}

/* What the spectrum says; weighted by length over several recordings. */
static enum avt_code measure_sound(const struct avt_audio *audio, struct avt_clip_report *report,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *narrow = NULL;
    double music = 0.0, bandwidth = 0.0, seconds = (double)audio->count / audio->rate;
    enum avt_code code = avt_audio_resample(audio, AVT_GE2E_RATE, &narrow, reterr);
    if (code == AVT_OK)
        code = avt_clip_music(narrow, &music, reterr);
    if (code == AVT_OK)
        code = avt_clip_bandwidth(audio, &bandwidth, reterr);
    if (code != AVT_OK)
        return code;
    double all = report->seconds + seconds, part = all > 0.0 ? seconds / all : 0.0;
    report->music += (music - report->music) * part;
    report->clipped += (avt_clip_clipped(audio) - report->clipped) * part;
    report->bandwidth_hz += (bandwidth - report->bandwidth_hz) * part;
    report->seconds = all;
    return AVT_OK;
}

/* Level, distance from noise, and the speech itself. */
static enum avt_code take_speech(const struct avt_audio *audio, struct avt_clip_report *report,
                                 struct avt_audio **ret_speech, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *wide = NULL;
    AVT_CLEANUP(avt_pitch_done) struct avt_pitch pitch = {0};
    AVT_CLEANUP(avt_vad_done) struct avt_vad vad = {0};
    enum avt_code code = avt_audio_resample(audio, AVT_CLIP_RATE, &wide, reterr);
    if (code != AVT_OK)
        return code;
    avt_clip_high_pass(wide, HIGH_PASS_HZ);
    code = avt_pitch_track(wide, &pitch, reterr);
    if (code != AVT_OK)
        return code;
    avt_vad_run(&pitch, &vad);
    code = avt_vad_cut(&vad, wide, ret_speech, reterr);
    if (code != AVT_OK)
        return code;
    avt_audio_set_level(*ret_speech, LEVEL_DB);
    double all = report->speech_s + vad.seconds, part = all > 0.0 ? vad.seconds / all : 0.0;
    double snr = fmin(vad.speech_db - vad.floor_db, SNR_MAX_DB);
    report->snr_db += (snr - report->snr_db) * part;
    report->level_db += (vad.speech_db - report->level_db) * part;
    report->speech_s = all;
    return AVT_OK;
}

static enum avt_code append(struct avt_audio *all, const struct avt_audio *piece,
                            struct avt_error *reterr)
{
    size_t count = all->count + piece->count;
    float *samples = avt_try_new0(float, count + 1);
    if (!samples)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for the recordings");
    if (all->count > 0)
        memcpy(samples, all->samples, all->count * sizeof(*samples));
    if (piece->count > 0)
        memcpy(samples + all->count, piece->samples, piece->count * sizeof(*samples));
    avt_free(all->samples);
    all->samples = samples;
    all->count = count;
    return AVT_OK;
}

static enum avt_code find_voices(const struct avt_ge2e *encoder, struct avt_clip_report *report,
                                 struct avt_clip_speech *speech, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_embedding *windows = NULL;
    size_t count = 0;
    enum avt_code code = avt_ge2e_windows(encoder, speech->narrow, &windows, &count, reterr);
    if (code != AVT_OK)
        return code;
    avt_embedding_mean(windows, count, &speech->voice);
    avt_clip_voices(windows, count, &report->other_voice, &report->voices_apart);
    if (report->voices_apart >= VOICES_APART)
        report->other_voice = 0.0;
    return AVT_OK;
}

static void judge_sound(struct avt_clip_report *report)
{
    if (report->speech_s < AVT_CLIP_SPEECH_MIN_S && report->music > MUSIC_REFUSED)
        refuse(report,
               "this is music: %.0f %% of its partials stand still, and speech has none that do",
               report->music * 100.0);
    if (report->speech_s <= 0.0)
        refuse(report, "no speech was found in %.1f s of sound", report->seconds);
    if (report->speech_s < AVT_CLIP_SPEECH_MIN_S)
        refuse(
            report,
            "only %.1f s of speech were found in %.1f s of sound; %.0f s are needed, and %.0f s or "
            "more make a better likeness",
            report->speech_s, report->seconds, AVT_CLIP_SPEECH_MIN_S, AVT_CLIP_SPEECH_GOOD_S);
    if (report->music > MUSIC_REFUSED)
        refuse(report,
               "there is music in the recording (%.0f %% of its partials stand still, up to %.0f "
               "%% is "
               "allowed); give one with speech alone",
               report->music * 100.0, MUSIC_REFUSED * 100.0);
    if (report->clipped > CLIPPED_REFUSED)
        refuse(
            report,
            "the recording is clipped: %.1f %% of it stands at the peak, up to %.0f %% is allowed; "
            "record it again at a lower level",
            report->clipped * 100.0, CLIPPED_REFUSED * 100.0);
    if (report->snr_db < SNR_REFUSED_DB)
        refuse(report,
               "the speech is only %.0f dB above the noise, %.0f dB are needed; record it in a "
               "quieter "
               "place",
               report->snr_db, SNR_REFUSED_DB);
}

static void judge_voices(struct avt_clip_report *report)
{
    if (report->other_voice >= OTHER_REFUSED)
        refuse(report,
               "more than one person speaks: %.0f %% of the speech sounds like somebody else "
               "(similarity %.2f, below %.2f are two people); give recordings of one voice",
               report->other_voice * 100.0, report->voices_apart, VOICES_APART);
    else if (report->other_voice >= OTHER_WARNED)
        warn(report, "%.0f %% of the speech sounds different from the rest (similarity %.2f)",
             report->other_voice * 100.0, report->voices_apart);
}

static void add_warnings(struct avt_clip_report *report)
{
    if (report->speech_s < AVT_CLIP_SPEECH_GOOD_S)
        warn(report, "%.1f s of speech are little; %.0f s or more make a better likeness",
             report->speech_s, AVT_CLIP_SPEECH_GOOD_S);
    if (report->music > MUSIC_WARNED)
        warn(report, "there may be music behind the voice (%.0f %% of the partials stand still)",
             report->music * 100.0);
    if (report->clipped > CLIPPED_WARNED)
        warn(report, "the recording is clipped in places (%.1f %% of it stands at the peak)",
             report->clipped * 100.0);
    if (report->snr_db < SNR_WARNED_DB)
        warn(report, "the recording is noisy: speech is %.0f dB above the noise", report->snr_db);
    if (report->bandwidth_hz < BANDWIDTH_WARNED_HZ)
        warn(report, "the recording has nothing above %.1f kHz, as over a telephone",
             report->bandwidth_hz / 1000.0);
}

/* Cleaned speech of all recordings, joined. */
static enum avt_code collect(const struct avt_clip *clips, size_t count,
                             struct avt_clip_report *report, struct avt_clip_speech *speech,
                             struct avt_error *reterr)
{
    double seconds = 0.0;
    for (size_t i = 0; i < count; i++)
        seconds += (double)clips[i].audio->count / clips[i].audio->rate;
    if (seconds > AVT_CLIP_SECONDS_MAX)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the recordings have %.0f s together, more than %d s; a minute is plenty",
                        seconds, AVT_CLIP_SECONDS_MAX);
    enum avt_code code = avt_audio_new(AVT_CLIP_RATE, 0, &speech->wide, reterr);
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *piece = NULL;
        code = measure_sound(clips[i].audio, report, reterr);
        if (code == AVT_OK)
            code = take_speech(clips[i].audio, report, &piece, reterr);
        if (code == AVT_OK)
            code = append(speech->wide, piece, reterr);
    }
    return code;
}

static enum avt_code listen(const struct avt_ge2e *encoder, struct avt_clip_report *report,
                            struct avt_clip_speech *speech, struct avt_error *reterr)
{
    struct avt_audio head = *speech->wide;
    size_t most = (size_t)ENCODER_SECONDS * AVT_CLIP_RATE;
    head.count = head.count < most ? head.count : most;
    enum avt_code code = avt_audio_resample(&head, AVT_GE2E_RATE, &speech->narrow, reterr);
    if (code == AVT_OK)
        code = find_voices(encoder, report, speech, reterr);
    if (code == AVT_OK)
        code = avt_pitch_track(speech->wide, &speech->pitch, reterr);
    return code;
}

enum avt_code avt_clip_check(const struct avt_ge2e *encoder, const struct avt_clip *clips,
                             size_t count, struct avt_clip_report *ret_report,
                             struct avt_clip_speech *ret_speech, struct avt_error *reterr)
{
    avt_assert(encoder && clips && count > 0 && count <= AVT_CLIPS_MAX && ret_report && ret_speech);
    AVT_CLEANUP(avt_clip_speech_done) struct avt_clip_speech speech = {0};
    struct avt_clip_report *report = ret_report;
    *report = (struct avt_clip_report){.voices_apart = 1.0};
    enum avt_code code = collect(clips, count, report, &speech, reterr);
    if (code != AVT_OK)
        return code;
    double loudest = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < clips[i].audio->count; k++)
            loudest = fmax(loudest, (double)fabsf(clips[i].audio->samples[k]));
    }
    loudest = loudest > 0.0 ? 20.0 * log10(loudest) : -120.0;
    if (loudest < SILENT_DB)
        refuse(report, "the recording is silent (its highest sample is at %.0f dBFS)", loudest);
    judge_sound(report);
    if (report->refusal[0] == '\0') {
        code = listen(encoder, report, &speech, reterr);
        if (code != AVT_OK)
            return code;
        judge_voices(report);
    }
    report->usable = report->refusal[0] == '\0';
    if (!report->usable)
        return AVT_OK;
    add_warnings(report);
    *ret_speech = speech;
    speech = (struct avt_clip_speech){0};
    return AVT_OK;
}
