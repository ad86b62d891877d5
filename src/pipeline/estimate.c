/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/estimate.h"

#include <math.h>

_Static_assert((int)AVT_RATES_STAGES == (int)AVT_STAGE_COUNT, "public and inner limits agree");

void avt_rates_learn(const char *storage, const struct avt_plan *plan,
                     const struct avt_pipeline_result *result, size_t text_chars)
{
    struct avt_rates rates;
    avt_rates_load(storage, &rates);
    /* The first run counts fully; later ones smooth out the noise of a busy machine. */
    double share = rates.runs == 0 ? 1 : 0.3;
    double film = result->duration_s - avt_plan_still_s(plan);
    double mpix = (double)result->frames * result->width * result->height / 1e6;
    if (film < 1 || mpix <= 0)
        return;
    double drawn_mpix = mpix * film / result->duration_s;
    const double *stage = result->stage_s;
    double busy = stage[AVT_STAGE_SPEECH] + stage[AVT_STAGE_LIPSYNC] + stage[AVT_STAGE_ENCODE];
    double startup = stage[AVT_STAGE_VOICE] + stage[AVT_STAGE_FACE];
    if (!plan->options.speech) {
        avt_rates_blend(&rates.chars_per_s, (double)text_chars / film / plan->options.speed, share,
                        1, 100);
        avt_rates_blend(&rates.speech_rtf, stage[AVT_STAGE_SPEECH] / film, share, 1e-4, 100);
    }
    avt_rates_blend(&rates.startup_s, startup, share, 0, 600);
    avt_rates_blend(&rates.lipsync_mpix_s, stage[AVT_STAGE_LIPSYNC] / drawn_mpix, share, 1e-6, 10);
    avt_rates_blend(&rates.encode_mpix_s[plan->quality], stage[AVT_STAGE_ENCODE] / mpix, share,
                    1e-6, 10);
    avt_rates_blend(&rates.overlap, (result->total_s - startup) / fmax(busy, 1e-3), share, 0.05,
                    20);
    avt_rates_blend(&rates.memory_mb, result->peak_memory_mb, share, 10, 1e6);
    rates.runs++;
    avt_rates_save(storage, &rates);
}

void avt_rates_estimate(const struct avt_rates *rates, const struct avt_plan *plan,
                        double duration_s, int width, int height,
                        struct avt_pipeline_estimate *ret_estimate)
{
    const struct avt_rates_film film = {.duration_s = duration_s,
                                        .fps = (double)plan->fps_num / plan->fps_den,
                                        .width = width,
                                        .height = height,
                                        .quality = (int)plan->quality,
                                        .recorded = plan->options.speech != NULL};
    struct avt_pipeline_estimate estimate = {.size = sizeof(estimate),
                                             .duration_s = duration_s,
                                             .width = width,
                                             .height = height,
                                             .memory_mb = rates->memory_mb,
                                             .runs_measured = rates->runs};
    avt_rates_film(rates, &film, &estimate.frames, estimate.stage_s, &estimate.total_s);
    *ret_estimate = estimate;
}
