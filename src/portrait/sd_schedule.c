/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/sd_schedule.h"

#include <math.h>

#include "base/assert.h"
#include "base/mem.h"

/* sigma^2 = (1 - alpha) / alpha, alpha being what is left of the picture's power after `time` steps of training. */
static void fill_sigmas(const struct avt_sd_scheduler *scheduler, double *sigmas)
{
    double alpha = 1, low = scheduler->beta_start, high = scheduler->beta_end;
    for (int i = 0; i < scheduler->train_steps; i++) {
        double t = (double)i / (scheduler->train_steps - 1);
        double root = sqrt(low) + (sqrt(high) - sqrt(low)) * t;
        alpha *= 1 - (scheduler->is_scaled ? root * root : low + (high - low) * t);
        sigmas[i] = sqrt((1 - alpha) / alpha);
    }
}

static double sigma_at(const double *sigmas, int count, double time)
{
    int below = (int)time;
    if (below >= count - 1)
        return sigmas[count - 1];
    return sigmas[below] + (sigmas[below + 1] - sigmas[below]) * (time - below);
}

static double ancestral_time(const struct avt_sd_scheduler *scheduler, int steps, int index)
{
    int last = scheduler->train_steps - 1;
    double spacing;
    switch (scheduler->spacing) {
    case AVT_SD_LEADING:
        return (double)(scheduler->train_steps / steps) * (steps - 1 - index) + scheduler->steps_offset;
    case AVT_SD_TRAILING:
        spacing = (double)scheduler->train_steps / steps;
        return rint(scheduler->train_steps - index * spacing) - 1;
    case AVT_SD_LINSPACE:
        break;
    }
    /* One step is the first of many: numpy's linspace gives 0 then, from which no picture comes. */
    return steps == 1 ? last : (double)last * (steps - 1 - index) / (steps - 1);
}

static double lcm_time(const struct avt_sd_scheduler *scheduler, int steps, int index)
{
    int stride = scheduler->train_steps / scheduler->origin_steps;
    /* In the order that numpy.linspace multiplies, which decides where it is cut to a whole number. */
    int from_end = (int)(index * ((double)scheduler->origin_steps / steps));
    return (double)(scheduler->origin_steps - from_end) * stride - 1;
}

enum avt_code avt_sd_schedule_make(const struct avt_sd_scheduler *scheduler, bool is_lcm, int steps,
                                   struct avt_sd_schedule *ret_schedule, struct avt_error *reterr)
{
    int most = is_lcm && scheduler->origin_steps < AVT_SD_STEPS_MAX ? scheduler->origin_steps : AVT_SD_STEPS_MAX;
    if (most > scheduler->train_steps)
        most = scheduler->train_steps;
    if (steps < 1 || steps > most)
        return avt_fail(reterr, AVT_EINVAL, "this model takes 1 to %d steps, not %d", most, steps);
    AVT_CLEANUP(avt_freep) double *sigmas = avt_new0(double, (size_t)scheduler->train_steps);
    fill_sigmas(scheduler, sigmas);
    struct avt_sd_schedule made = {.is_lcm = is_lcm,
                                   .predicts_velocity = scheduler->predicts_velocity,
                                   .count = steps,
                                   .timestep_scale = scheduler->timestep_scale};
    for (int i = 0; i < steps; i++) {
        double time = is_lcm ? lcm_time(scheduler, steps, i) : ancestral_time(scheduler, steps, i);
        made.times[i] = time;
        made.sigmas[i] = sigma_at(sigmas, scheduler->train_steps, time);
    }
    double top = made.sigmas[0];
    if (!isfinite(top))
        return avt_fail(reterr, AVT_EMODELBAD,
                        "scheduler_config.json: \"beta_start\" and \"beta_end\" leave nothing of a "
                        "picture after \"num_train_timesteps\"");
    made.start = is_lcm ? 1 : scheduler->spacing == AVT_SD_LEADING ? sqrt(top * top + 1) : top;
    *ret_schedule = made;
    return AVT_OK;
}

void avt_sd_schedule_scale(const struct avt_sd_schedule *schedule, int step, const float *latents, size_t count,
                           float *ret_input)
{
    avt_assert(step >= 0 && step < schedule->count);
    double sigma = schedule->sigmas[step];
    float scale = schedule->is_lcm ? 1.0f : (float)(1 / sqrt(sigma * sigma + 1));
    for (size_t i = 0; i < count; i++)
        ret_input[i] = latents[i] * scale;
}

bool avt_sd_schedule_takes_noise(const struct avt_sd_schedule *schedule, int step)
{
    return step + 1 < schedule->count;
}

/* Latents here have the picture's power and sigma^2 of noise; the answer is the noise, or the velocity of Salimans
 * and Ho 2022 for latents of power one. */
static void step_ancestral(const struct avt_sd_schedule *schedule, int step, const float *answer, const float *noise,
                           size_t count, float *latents, float *ret_clean)
{
    double sigma = schedule->sigmas[step], next = schedule->sigmas[step + 1];
    double up = sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma));
    double down = sqrt(next * next - up * up), power = sigma * sigma + 1;
    double from_latents = schedule->predicts_velocity ? 1 / power : 1;
    double from_answer = schedule->predicts_velocity ? -sigma / sqrt(power) : -sigma;
    for (size_t i = 0; i < count; i++) {
        double clean = latents[i] * from_latents + answer[i] * from_answer;
        double direction = (latents[i] - clean) / sigma;
        double moved = latents[i] + direction * (down - sigma);
        ret_clean[i] = (float)clean;
        latents[i] = (float)(noise ? moved + noise[i] * up : moved);
    }
}

/* Latents here have power one: alpha of picture, 1 - alpha of noise. */
static void step_lcm(const struct avt_sd_schedule *schedule, int step, const float *answer, const float *noise,
                     size_t count, float *latents, float *ret_clean)
{
    double sigma = schedule->sigmas[step], next = schedule->sigmas[step + 1];
    double picture = 1 / sqrt(sigma * sigma + 1), rest = sigma * picture;
    double next_picture = 1 / sqrt(next * next + 1), next_rest = next * next_picture;
    /* The boundary that consistency models keep: at time 0 the answer is what came in (sigma_data .5). */
    double time = schedule->times[step] * schedule->timestep_scale;
    double skip = .25 / (time * time + .25), out = time / sqrt(time * time + .25);
    for (size_t i = 0; i < count; i++) {
        double end = schedule->predicts_velocity ? picture * latents[i] - rest * answer[i]
                                                 : (latents[i] - rest * answer[i]) / picture;
        double clean = out * end + skip * latents[i];
        ret_clean[i] = (float)clean;
        latents[i] = (float)(noise ? next_picture * clean + next_rest * noise[i] : clean);
    }
}

void avt_sd_schedule_step(const struct avt_sd_schedule *schedule, int step, const float *answer, const float *noise,
                          size_t count, float *latents, float *ret_clean)
{
    avt_assert(step >= 0 && step < schedule->count);
    avt_assert(noise || !avt_sd_schedule_takes_noise(schedule, step));
    const float *taken = avt_sd_schedule_takes_noise(schedule, step) ? noise : NULL;
    if (schedule->is_lcm)
        step_lcm(schedule, step, answer, taken, count, latents, ret_clean);
    else
        step_ancestral(schedule, step, answer, taken, count, latents, ret_clean);
}

void avt_sd_guidance_embedding(double guidance, float ret_values[AVT_SD_GUIDANCE_WIDTH])
{
    enum { HALF = AVT_SD_GUIDANCE_WIDTH / 2 };
    for (int i = 0; i < HALF; i++) {
        double angle = 1000 * (guidance - 1) * exp(-log(10000) * i / (HALF - 1));
        ret_values[i] = (float)sin(angle);
        ret_values[HALF + i] = (float)cos(angle);
    }
}
