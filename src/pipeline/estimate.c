/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/estimate.h"

#include <math.h>
#include <sys/stat.h>

#include "base/str.h"
#include "media/film.h"
#include "media/music.h"
#include "os/paths.h"

_Static_assert((int)AVT_RATES_STAGES == (int)AVT_STAGE_COUNT, "public and inner limits agree");

/* Films with music are in stereo. */
static double sound_bytes(const struct avt_plan *plan, double seconds)
{
    return avt_quality_sound_rate(plan->quality) / 8. * (plan->options.music ? 2 : 1) * seconds;
}

/* Of .mp4 films, which most are. */
static void learn_size(struct avt_rates *rates, const struct avt_plan *plan, const struct avt_pipeline_result *result,
                       double drawn, double share)
{
    struct stat st;
    if (avt_str_casecmp(avt_path_extension(plan->options.output), "mp4") != 0 || stat(plan->options.output, &st) != 0)
        return;
    double picture = (double)st.st_size - sound_bytes(plan, result->duration_s);
    avt_rates_blend(&rates->film_mpix_bytes[plan->quality], picture / drawn, share, 1, 1e6);
}

/* Of engines that the user brought only their own pace is learnt: the rest of such a film is not as usual. */
static void learn_brought(struct avt_rates *rates, const struct avt_plan *plan,
                          const struct avt_pipeline_result *result, double film)
{
    double frames = (double)result->frames * film / result->duration_s;
    if (plan->speaker.engine)
        avt_rates_engine_learn(rates, plan->options.tts, result->stage_s[AVT_STAGE_SPEECH] / film, 0);
    double picture_s = result->stage_s[AVT_STAGE_LIPSYNC] / frames;
    if (plan->painter.engine && !plan->enhancer.engine)
        avt_rates_engine_learn(rates, plan->options.lipsync, 0, picture_s);
    if (plan->enhancer.engine && !plan->painter.engine)
        avt_rates_engine_learn(rates, plan->options.enhance, 0, picture_s);
}

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
    if (avt_plan_paints(plan) || plan->speaker.engine) {
        learn_brought(&rates, plan, result, film);
        avt_rates_save(storage, &rates);
        return;
    }
    double drawn = mpix * film / result->duration_s;
    const double *stage = result->stage_s;
    double busy = stage[AVT_STAGE_SPEECH] + stage[AVT_STAGE_LIPSYNC] + stage[AVT_STAGE_ENCODE];
    double startup = stage[AVT_STAGE_VOICE] + stage[AVT_STAGE_FACE];
    if (!plan->options.speech) {
        avt_rates_blend(&rates.chars_per_s, (double)text_chars / film / plan->options.speed, share,
                        1, 100);
        avt_rates_blend(&rates.speech_rtf, stage[AVT_STAGE_SPEECH] / film, share, 1e-4, 100);
    }
    avt_rates_blend(&rates.startup_s, startup, share, 0, 600);
    avt_rates_blend(plan->clip ? &rates.clip_mpix_s : &rates.lipsync_mpix_s, stage[AVT_STAGE_LIPSYNC] / drawn,
                    share, 1e-6, 10);
    learn_size(&rates, plan, result, drawn, share);
    avt_rates_blend(&rates.encode_mpix_s[plan->quality], stage[AVT_STAGE_ENCODE] / mpix, share,
                    1e-6, 10);
    avt_rates_blend(&rates.overlap, (result->total_s - startup) / fmax(busy, 1e-3), share, 0.05,
                    20);
    avt_rates_blend(&rates.memory_mb, result->peak_memory_mb, share, 10, 1e6);
    rates.runs++;
    avt_rates_save(storage, &rates);
}

/* Million pixels of the talking part. */
static double drawn_mpix(const struct avt_plan *plan, const struct avt_estimate_facts *facts)
{
    return facts->talking_s * plan->fps_num / plan->fps_den * facts->width * facts->height / 1e6;
}

/* Of still pictures there is next to nothing in a film. ProRes has no memory of what was seen before, and the GIFs of
 * two films are too unlike each other to say anything of a third. */
static long long size_bytes(const struct avt_rates *rates, const struct avt_plan *plan,
                            const struct avt_estimate_facts *facts)
{
    static const double prores_mpix_bytes[AVT_RATES_QUALITIES] = {160e3, 250e3, 440e3, 760e3};
    static const double webm_share = 0.6;
    const char *extension = avt_path_extension(plan->options.output);
    double talking = drawn_mpix(plan, facts), all_s = facts->talking_s + avt_plan_still_s(plan);
    double sound = sound_bytes(plan, all_s);
    double picture = rates->film_mpix_bytes[plan->quality] * talking;
    if (avt_str_casecmp(extension, "gif") == 0)
        return 0;
    if (avt_str_casecmp(extension, "webm") == 0)
        return (long long)(webm_share * (picture + sound));
    if (plan->background.kind == AVT_BACKGROUND_TRANSPARENT)
        picture = prores_mpix_bytes[plan->quality] * talking * all_s / fmax(facts->talking_s, 1e-3);
    return (long long)(picture + sound);
}

/* What a plain film of that size has not (docs/media.md has the figures). */
static void add_extras(const struct avt_plan *plan, const struct avt_estimate_facts *facts,
                       struct avt_pipeline_estimate *estimate)
{
    /* A person is cut out once, in several copies of the picture, and laid over the background in each frame. */
    static const double cut_mpix_s = 0.43, lay_mpix_s = 0.0006, music_s_s = 0.002;
    enum { CUT_COPIES = 6 };
    double frame_mb = 4. * facts->width * facts->height / 1e6, frames = 0;
    double started_s = 0, drawn_s = 0;
    if (plan->background.kind != AVT_BACKGROUND_KEEP) {
        started_s += cut_mpix_s * facts->width * facts->height / 1e6;
        drawn_s += lay_mpix_s * drawn_mpix(plan, facts);
        frames += CUT_COPIES;
    }
    started_s += music_s_s * fmin(facts->music_s, AVT_MUSIC_MEASURED_S);
    frames += (plan->intro_frames > 0) + (plan->outro_frames > 0) + (plan->options.watermark != NULL);
    estimate->stage_s[AVT_STAGE_FACE] += started_s;
    estimate->stage_s[AVT_STAGE_LIPSYNC] += drawn_s;
    estimate->total_s += started_s + drawn_s;
    estimate->memory_mb += frames * frame_mb;
}

struct avt_rates_film avt_rates_film_of(const struct avt_rates *rates, const struct avt_plan *plan, double duration_s,
                                        int width, int height)
{
    const struct avt_pipeline_options *options = &plan->options;
    return (struct avt_rates_film){.duration_s = duration_s,
                                   .fps = (double)plan->fps_num / plan->fps_den,
                                   .still_s = avt_plan_still_s(plan),
                                   .width = width,
                                   .height = height,
                                   .quality = (int)plan->quality,
                                   .recorded = options->speech != NULL,
                                   .clip = plan->clip,
                                   .speech_rtf = avt_rates_engine(rates, options->tts).speech_rtf,
                                   .picture_s = avt_rates_engine(rates, options->lipsync).picture_s +
                                                avt_rates_engine(rates, options->enhance).picture_s};
}

void avt_rates_estimate(const struct avt_rates *rates, const struct avt_plan *plan,
                        const struct avt_estimate_facts *facts, struct avt_pipeline_estimate *ret_estimate)
{
    const struct avt_rates_film film =
        avt_rates_film_of(rates, plan, facts->talking_s + avt_plan_still_s(plan), facts->width, facts->height);
    struct avt_pipeline_estimate estimate = {.size = sizeof(estimate),
                                             .duration_s = film.duration_s,
                                             .width = facts->width,
                                             .height = facts->height,
                                             .memory_mb = rates->memory_mb,
                                             .runs_measured = rates->runs,
                                             .size_bytes = size_bytes(rates, plan, facts)};
    avt_rates_film(rates, &film, &estimate.frames, estimate.stage_s, &estimate.total_s);
    add_extras(plan, facts, &estimate);
    /* One of them at a time is at work, but what is there stays. */
    if (plan->painter.engine)
        estimate.memory_mb += (double)avt_painting_bytes(&plan->painter, AVT_DEVICE_CPU) / 1e6;
    if (plan->enhancer.engine)
        estimate.memory_mb += (double)avt_painting_bytes(&plan->enhancer, AVT_DEVICE_CPU) / 1e6;
    if (plan->speaker.engine)
        estimate.memory_mb += (double)avt_speaking_bytes(&plan->speaker) / 1e6;
    *ret_estimate = estimate;
}
