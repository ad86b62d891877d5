/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/estimate.h"

#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "os/paths.h"

#define RATES_FILE "measurements.json"
enum { RATES_BYTES_MAX = 1 << 16 };

/* Measured on 2 cores of a shared server with docs/architecture.md's method. */
static const struct avt_rates defaults = {
    .chars_per_s = 15,
    .startup_s = 1.2,
    .speech_rtf = 0.25,
    .lipsync_mpix_s = 0.006,
    .encode_mpix_s = {0.005, 0.007, 0.012, 0.03},
    .overlap = 0.75,
    .memory_mb = 560,
};

/* The fields by name, so that reading and writing cannot drift apart. */
static const struct {
    const char *name;
    size_t offset;
    double low, high; /* beyond: a broken file, the default is kept */
} fields[] = {
    {"chars_per_s", offsetof(struct avt_rates, chars_per_s), 1, 100},
    {"startup_s", offsetof(struct avt_rates, startup_s), 0, 600},
    {"speech_rtf", offsetof(struct avt_rates, speech_rtf), 1e-4, 100},
    {"lipsync_mpix_s", offsetof(struct avt_rates, lipsync_mpix_s), 1e-6, 10},
    {"encode_low_mpix_s", offsetof(struct avt_rates, encode_mpix_s[0]), 1e-6, 10},
    {"encode_medium_mpix_s", offsetof(struct avt_rates, encode_mpix_s[1]), 1e-6, 10},
    {"encode_high_mpix_s", offsetof(struct avt_rates, encode_mpix_s[2]), 1e-6, 10},
    {"encode_ultra_mpix_s", offsetof(struct avt_rates, encode_mpix_s[3]), 1e-6, 10},
    {"overlap", offsetof(struct avt_rates, overlap), 0.05, 20},
    {"memory_mb", offsetof(struct avt_rates, memory_mb), 10, 1e6},
};
enum { FIELD_COUNT = sizeof(fields) / sizeof(*fields) };

static double *field(struct avt_rates *rates, size_t index)
{
    return (double *)(void *)((char *)rates + fields[index].offset);
}

void avt_rates_load(const char *storage, struct avt_rates *ret_rates)
{
    *ret_rates = defaults;
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(storage, RATES_FILE);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    struct avt_error error = {0};
    if (avt_json_read_file(path, RATES_BYTES_MAX, &json, &error) != AVT_OK) {
        avt_debug("no measurements yet: %s", error.message);
        return;
    }
    ret_rates->runs = (int)json_integer_value(json_object_get(json, "runs"));
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        json_t *value = json_object_get(json, fields[i].name);
        double number = json_number_value(value);
        if (json_is_number(value) && number >= fields[i].low && number <= fields[i].high)
            *field(ret_rates, i) = number;
    }
}

static void save(const char *storage, struct avt_rates *rates)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_object();
    json_object_set_new(json, "runs", json_integer(rates->runs));
    for (size_t i = 0; i < FIELD_COUNT; i++)
        json_object_set_new(json, fields[i].name, json_real(*field(rates, i)));
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(storage, RATES_FILE);
    struct avt_error error = {0};
    if (avt_mkdirs(storage, &error) != AVT_OK || avt_json_write_file(path, json, &error) != AVT_OK)
        avt_debug("measurements are not kept: %s", error.message);
}

static void blend(double *rate, double measured, double share, double low, double high)
{
    if (measured >= low && measured <= high)
        *rate += share * (measured - *rate);
}

void avt_rates_learn(const char *storage, const struct avt_plan *plan,
                     const struct avt_pipeline_result *result, size_t text_chars)
{
    struct avt_rates rates;
    avt_rates_load(storage, &rates);
    /* The first run counts fully; later ones smooth out the noise of a busy machine. */
    double share = rates.runs == 0 ? 1 : 0.3;
    double film = result->duration_s;
    double mpix = (double)result->frames * result->width * result->height / 1e6;
    if (film < 1 || mpix <= 0)
        return;
    const double *stage = result->stage_s;
    double busy = stage[AVT_STAGE_SPEECH] + stage[AVT_STAGE_LIPSYNC] + stage[AVT_STAGE_ENCODE];
    double startup = stage[AVT_STAGE_VOICE] + stage[AVT_STAGE_FACE];
    if (!plan->options.speech) {
        blend(&rates.chars_per_s, (double)text_chars / film / plan->options.speed, share, 1, 100);
        blend(&rates.speech_rtf, stage[AVT_STAGE_SPEECH] / film, share, 1e-4, 100);
    }
    blend(&rates.startup_s, startup, share, 0, 600);
    blend(&rates.lipsync_mpix_s, stage[AVT_STAGE_LIPSYNC] / mpix, share, 1e-6, 10);
    blend(&rates.encode_mpix_s[plan->quality], stage[AVT_STAGE_ENCODE] / mpix, share, 1e-6, 10);
    blend(&rates.overlap, (result->total_s - startup) / fmax(busy, 1e-3), share, 0.05, 20);
    blend(&rates.memory_mb, result->peak_memory_mb, share, 10, 1e6);
    rates.runs++;
    save(storage, &rates);
}

double avt_rates_duration(const struct avt_rates *rates, size_t chars, double speed)
{
    return 0.5 + (double)chars / (rates->chars_per_s * speed);
}

void avt_rates_estimate(const struct avt_rates *rates, const struct avt_plan *plan,
                        double duration_s, int width, int height,
                        struct avt_pipeline_estimate *ret_estimate)
{
    struct avt_pipeline_estimate estimate = {.size = sizeof(estimate)};
    estimate.duration_s = duration_s;
    estimate.frames = (long long)ceil(duration_s * plan->fps_num / plan->fps_den);
    estimate.width = width;
    estimate.height = height;
    double mpix = (double)estimate.frames * width * height / 1e6;
    double *stage = estimate.stage_s;
    stage[AVT_STAGE_VOICE] = rates->startup_s / 2;
    stage[AVT_STAGE_FACE] = rates->startup_s / 2;
    stage[AVT_STAGE_SPEECH] = plan->options.speech ? 0 : rates->speech_rtf * duration_s;
    stage[AVT_STAGE_LIPSYNC] = rates->lipsync_mpix_s * mpix;
    stage[AVT_STAGE_ENCODE] = rates->encode_mpix_s[plan->quality] * mpix;
    double busy = stage[AVT_STAGE_SPEECH] + stage[AVT_STAGE_LIPSYNC] + stage[AVT_STAGE_ENCODE];
    estimate.total_s = rates->startup_s + rates->overlap * busy;
    estimate.memory_mb = rates->memory_mb;
    estimate.runs_measured = rates->runs;
    *ret_estimate = estimate;
}
