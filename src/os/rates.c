/* SPDX-License-Identifier: Apache-2.0 */
#include "os/rates.h"

#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "os/paths.h"

#define RATES_FILE "measurements.json"
enum { RATES_BYTES_MAX = 1 << 16 };
enum { VOICE, SPEECH, FACE, LIPSYNC, ENCODE }; /* of the stages */

/* Measured on 2 cores of a shared server by `./dev bench` (docs/benchmarks.md). */
static const struct avt_rates defaults = {
    .chars_per_s = 15,
    .startup_s = 1.2,
    .speech_rtf = 0.25,
    .lipsync_mpix_s = 0.006,
    .clip_mpix_s = 0.025,
    .encode_mpix_s = {0.005, 0.007, 0.012, 0.03},
    .overlap = 0.75,
    .memory_mb = 560,
    .film_mpix_bytes = {650, 2400, 3400, 5900},
    .detect_s = 0.3,
    .transcode_mpix_s = 0.012,
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
    {"clip_mpix_s", offsetof(struct avt_rates, clip_mpix_s), 1e-6, 10},
    {"film_low_mpix_bytes", offsetof(struct avt_rates, film_mpix_bytes[0]), 1, 1e6},
    {"film_medium_mpix_bytes", offsetof(struct avt_rates, film_mpix_bytes[1]), 1, 1e6},
    {"film_high_mpix_bytes", offsetof(struct avt_rates, film_mpix_bytes[2]), 1, 1e6},
    {"film_ultra_mpix_bytes", offsetof(struct avt_rates, film_mpix_bytes[3]), 1, 1e6},
    {"encode_low_mpix_s", offsetof(struct avt_rates, encode_mpix_s[0]), 1e-6, 10},
    {"encode_medium_mpix_s", offsetof(struct avt_rates, encode_mpix_s[1]), 1e-6, 10},
    {"encode_high_mpix_s", offsetof(struct avt_rates, encode_mpix_s[2]), 1e-6, 10},
    {"encode_ultra_mpix_s", offsetof(struct avt_rates, encode_mpix_s[3]), 1e-6, 10},
    {"overlap", offsetof(struct avt_rates, overlap), 0.05, 20},
    {"memory_mb", offsetof(struct avt_rates, memory_mb), 10, 1e6},
    {"detect_s", offsetof(struct avt_rates, detect_s), 1e-3, 600},
    {"transcode_mpix_s", offsetof(struct avt_rates, transcode_mpix_s), 1e-6, 10},
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

void avt_rates_save(const char *storage, const struct avt_rates *rates)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_object();
    struct avt_rates copy = *rates;
    json_object_set_new(json, "runs", json_integer(copy.runs));
    for (size_t i = 0; i < FIELD_COUNT; i++)
        json_object_set_new(json, fields[i].name, json_real(*field(&copy, i)));
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(storage, RATES_FILE);
    struct avt_error error = {0};
    if (avt_mkdirs(storage, &error) != AVT_OK || avt_json_write_file(path, json, &error) != AVT_OK)
        avt_debug("measurements are not kept: %s", error.message);
}

void avt_rates_blend(double *rate, double measured, double share, double low, double high)
{
    if (measured >= low && measured <= high)
        *rate += share * (measured - *rate);
}

double avt_rates_duration(const struct avt_rates *rates, size_t chars, double speed)
{
    return 0.5 + (double)chars / (rates->chars_per_s * speed);
}

void avt_rates_film(const struct avt_rates *rates, const struct avt_rates_film *film,
                    long long *ret_frames, double ret_stage_s[AVT_RATES_STAGES],
                    double *ret_total_s)
{
    *ret_frames = (long long)ceil(film->duration_s * film->fps);
    double mpix = (double)*ret_frames * film->width * film->height / 1e6;
    double talking_s = film->duration_s - film->still_s;
    for (int i = 0; i < AVT_RATES_STAGES; i++)
        ret_stage_s[i] = 0;
    ret_stage_s[VOICE] = rates->startup_s / 2;
    ret_stage_s[FACE] = rates->startup_s / 2;
    ret_stage_s[SPEECH] = film->recorded ? 0 : rates->speech_rtf * talking_s;
    double lipsync_mpix_s = film->clip ? rates->clip_mpix_s : rates->lipsync_mpix_s;
    ret_stage_s[LIPSYNC] = lipsync_mpix_s * mpix * (film->duration_s > 0 ? talking_s / film->duration_s : 1);
    ret_stage_s[ENCODE] = rates->encode_mpix_s[film->quality] * mpix;
    double busy = ret_stage_s[SPEECH] + ret_stage_s[LIPSYNC] + ret_stage_s[ENCODE];
    *ret_total_s = rates->startup_s + rates->overlap * busy;
}
