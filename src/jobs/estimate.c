/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/estimate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "os/rates.h"

_Static_assert((int)AVT_RATES_STAGES == (int)AVT_JOB_STAGES, "the stages are the same");

enum { VOICE = 0, SPEECH = 1, FACE = 2, ENCODE = 4 }; /* of the stages */
/* A presenter: hair, clothes and the like, and then each million pixels. Measured on two cores. */
#define PRESENTER_S      2.5
#define PRESENTER_MPIX_S 0.5
/* One picture by Stable Diffusion; from seconds to many minutes, as its model, steps and size are. */
#define DIFFUSED_S       120.0
/* Reading the head of a file. */
#define INFO_S 0.1
/* One measurement among those of a busy machine. */
#define SHARE 0.3

static int quality_index(const char *name)
{
    static const char *const names[AVT_RATES_QUALITIES] = {"low", "medium", "high", "ultra"};
    int i = 0;
    while (i < AVT_RATES_QUALITIES - 1 && !avt_str_equal(names[i], name))
        i++;
    return i;
}

static void set_size(const struct avt_job_config *config, struct avt_job_estimate *estimate)
{
    estimate->width = 1280;
    estimate->height = 720;
    if (!avt_str_equal(config->size, "source"))
        (void)sscanf(config->size, "%dx%d", &estimate->width, &estimate->height);
}

static double film_duration(const struct avt_rates *rates, const struct avt_job_params *params,
                            double media_duration_s)
{
    double timeline_s = json_number_value(json_object_get(params->timeline, "duration"));
    if (params->type == AVT_JOB_LIPSYNC && media_duration_s > 0)
        return media_duration_s;
    if (timeline_s > 0 && timeline_s < 1e6)
        return timeline_s;
    return params->text
               ? avt_rates_duration(rates, avt_utf8_count(params->text), params->config.speed)
               : 0;
}

static void estimate_film(const struct avt_rates *rates, const struct avt_job_params *params,
                          double media_duration_s, struct avt_job_estimate *estimate)
{
    set_size(&params->config, estimate);
    double still_s =
        AVT_FILM_STILL_S * ((params->intro.kind != AVT_REF_NONE) + (params->outro.kind != AVT_REF_NONE));
    estimate->duration_s = film_duration(rates, params, media_duration_s);
    if (estimate->duration_s > 0)
        estimate->duration_s += still_s;
    const struct avt_rates_film film = {
        .duration_s = estimate->duration_s,
        .fps =
            params->config.fps_num ? (double)params->config.fps_num / params->config.fps_den : 25,
        .width = estimate->width,
        .height = estimate->height,
        .quality = quality_index(params->config.quality),
        .still_s = still_s,
        .recorded = params->type == AVT_JOB_LIPSYNC,
        .speech_rtf = avt_rates_engine(rates, params->config.tts).speech_rtf,
        .picture_s = avt_rates_engine(rates, params->config.lipsync).picture_s +
                     avt_rates_engine(rates, params->config.enhance).picture_s};
    if (film.duration_s > 0)
        avt_rates_film(rates, &film, &estimate->frames, estimate->stage_s, &estimate->total_s);
}

/* The search ends by the clock (docs/voices.md); that of `best` and of a number of points does not, and
 * takes about as long for each as the default one. */
static double clone_s(const struct avt_job_clone *clone)
{
    static const double fast_s = 10, default_s = 90, check_s = 5, point_s = 0.7;
    if (clone->points > 0)
        return check_s + point_s * clone->points;
    return avt_str_equal(clone->effort, "fast")   ? fast_s
           : avt_str_equal(clone->effort, "best") ? 3 * default_s
                                                  : default_s;
}

void avt_job_estimate(const char *storage, const struct avt_job_params *params,
                      double media_duration_s, struct avt_job_estimate *ret_estimate)
{
    struct avt_rates rates;
    avt_rates_load(storage, &rates);
    struct avt_job_estimate estimate = {.memory_mb = rates.memory_mb, .runs_measured = rates.runs};
    switch (params->type) {
    case AVT_JOB_FULL_PIPELINE:
    case AVT_JOB_LIPSYNC:
        estimate_film(&rates, params, media_duration_s, &estimate);
        break;
    case AVT_JOB_VOICE_SYNTHESIS:
        estimate.duration_s =
            avt_rates_duration(&rates, avt_utf8_count(params->text), params->config.speed);
        double brought_rtf = avt_rates_engine(&rates, params->config.tts).speech_rtf;
        estimate.stage_s[SPEECH] = (brought_rtf > 0 ? brought_rtf : rates.speech_rtf) * estimate.duration_s;
        estimate.total_s = rates.startup_s / 2 + estimate.stage_s[SPEECH];
        break;
    case AVT_JOB_FACE_DETECT:
        estimate.total_s = estimate.stage_s[FACE] = rates.detect_s;
        break;
    case AVT_JOB_VIDEO_INFO:
        estimate.total_s = INFO_S;
        break;
    case AVT_JOB_VIDEO_ENCODE:
        set_size(&params->config, &estimate);
        if (media_duration_s <= 0)
            break;
        double fps =
            params->config.fps_num ? (double)params->config.fps_num / params->config.fps_den : 25;
        estimate.duration_s = media_duration_s;
        estimate.frames = (long long)(media_duration_s * fps);
        estimate.total_s = estimate.stage_s[ENCODE] = rates.transcode_mpix_s *
                                                      (double)estimate.frames * estimate.width *
                                                      estimate.height / 1e6;
        break;
    case AVT_JOB_VOICE_CLONE:
        estimate.total_s = estimate.stage_s[VOICE] = clone_s(&params->clone);
        break;
    case AVT_JOB_AVATAR_GENERATE:
        if (params->generate.is_diffused) {
            estimate.total_s = estimate.stage_s[FACE] = DIFFUSED_S;
            break;
        }
        (void)sscanf(params->generate.size, "%dx%d", &estimate.width, &estimate.height);
        estimate.total_s = estimate.stage_s[FACE] = PRESENTER_S * params->generate.variations +
                                                    PRESENTER_MPIX_S * estimate.width * estimate.height / 1e6;
        break;
    default:
        break;
    }
    *ret_estimate = estimate;
}

void avt_job_learn(const char *storage, const struct avt_job_params *params,
                   const struct avt_job_measured *measured)
{
    struct avt_rates rates;
    avt_rates_load(storage, &rates);
    if (params->type == AVT_JOB_FACE_DETECT) {
        avt_rates_blend(&rates.detect_s, measured->busy_s, SHARE, 1e-3, 600);
    } else if (params->type == AVT_JOB_VIDEO_ENCODE && measured->mpix > 0) {
        avt_rates_blend(&rates.transcode_mpix_s, measured->busy_s / measured->mpix, SHARE, 1e-6,
                        10);
    } else if (params->type == AVT_JOB_VOICE_SYNTHESIS && !avt_str_equal(params->config.tts, "builtin")) {
        avt_rates_engine_learn(&rates, params->config.tts, measured->busy_s / fmax(measured->duration_s, 1e-3), 0);
    } else if (params->type == AVT_JOB_VOICE_SYNTHESIS && measured->duration_s >= 1) {
        double chars = (double)avt_utf8_count(params->text);
        avt_rates_blend(&rates.speech_rtf, measured->busy_s / measured->duration_s, SHARE, 1e-4,
                        100);
        avt_rates_blend(&rates.chars_per_s, chars / measured->duration_s / params->config.speed,
                        SHARE, 1, 100);
    } else {
        return;
    }
    avt_rates_save(storage, &rates);
}
