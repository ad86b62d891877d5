/* SPDX-License-Identifier: Apache-2.0 */
#include "os/rates.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
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

/* Measured on 2 cores with random weights, which have the speed of real ones (docs/engines.md). */
static const struct avt_rates_engine known[] = {
    {"pocket", .speech_rtf = .65}, {"vits", .speech_rtf = .65}, {"xtts", .speech_rtf = 4},
    {"wav2lip", .picture_s = .11}, {"musetalk", .picture_s = 11},
    {"restore", .picture_s = 2}, {"upscale", .picture_s = 4}, /* of which there are faster and slower ones */
};
enum { KNOWN_COUNT = sizeof(known) / sizeof(known[0]) };
static const double ENGINE_RTF_MAX = 1000, ENGINE_PICTURE_S_MAX = 600;

/* Without the speaker behind it. */
static bool name_of(const char *spec, char ret_name[AVT_RATES_NAME_SIZE])
{
    size_t size = spec ? strcspn(spec, ":") : 0;
    if (size == 0 || size >= AVT_RATES_NAME_SIZE || avt_str_equal(spec, "builtin") || avt_str_equal(spec, "auto") ||
        avt_str_equal(spec, "none"))
        return false;
    memcpy(ret_name, spec, size);
    ret_name[size] = '\0';
    return true;
}

static struct avt_rates_engine *find_engine(struct avt_rates *rates, const char *name)
{
    for (size_t i = 0; i < rates->engine_count; i++) {
        if (avt_str_equal(rates->engines[i].name, name))
            return &rates->engines[i];
    }
    return NULL;
}

struct avt_rates_engine avt_rates_engine(const struct avt_rates *rates, const char *spec)
{
    struct avt_rates_engine engine = {0};
    if (!name_of(spec, engine.name))
        return engine;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (avt_str_equal(known[i].name, engine.name))
            engine = known[i];
    }
    for (size_t i = 0; i < rates->engine_count; i++) {
        const struct avt_rates_engine *measured = &rates->engines[i];
        if (!avt_str_equal(measured->name, engine.name))
            continue;
        engine.speech_rtf = measured->speech_rtf > 0 ? measured->speech_rtf : engine.speech_rtf;
        engine.picture_s = measured->picture_s > 0 ? measured->picture_s : engine.picture_s;
    }
    return engine;
}

void avt_rates_engine_learn(struct avt_rates *rates, const char *spec, double speech_rtf, double picture_s)
{
    static const double share = 0.3;
    char name[AVT_RATES_NAME_SIZE];
    if (!name_of(spec, name))
        return;
    struct avt_rates_engine *engine = find_engine(rates, name);
    if (!engine && rates->engine_count == AVT_RATES_ENGINES_MAX) {
        rates->engine_count--;
        memmove(rates->engines, rates->engines + 1, rates->engine_count * sizeof(rates->engines[0]));
    }
    if (!engine) {
        engine = &rates->engines[rates->engine_count++];
        *engine = (struct avt_rates_engine){0};
        memcpy(engine->name, name, sizeof(name));
    }
    if (speech_rtf > 0)
        avt_rates_blend(&engine->speech_rtf, speech_rtf, engine->speech_rtf > 0 ? share : 1, 1e-4, ENGINE_RTF_MAX);
    if (picture_s > 0)
        avt_rates_blend(&engine->picture_s, picture_s, engine->picture_s > 0 ? share : 1, 1e-6, ENGINE_PICTURE_S_MAX);
}

static void read_engines(const json_t *object, struct avt_rates *rates)
{
    const char *name;
    json_t *value;
    /* The macro casts the constness away; nothing is changed. */
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        double speech_rtf = json_number_value(json_object_get(value, "speech_rtf"));
        double picture_s = json_number_value(json_object_get(value, "picture_s"));
        avt_rates_engine_learn(rates, name, speech_rtf, picture_s);
    }
}

static json_t *engines_json(const struct avt_rates *rates)
{
    json_t *object = json_object();
    for (size_t i = 0; i < rates->engine_count; i++)
        json_object_set_new(object, rates->engines[i].name,
                            json_pack("{s:f, s:f}", "speech_rtf", rates->engines[i].speech_rtf, "picture_s",
                                      rates->engines[i].picture_s));
    return object;
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
    read_engines(json_object_get(json, "engines"), ret_rates);
}

void avt_rates_save(const char *storage, const struct avt_rates *rates)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_object();
    struct avt_rates copy = *rates;
    json_object_set_new(json, "runs", json_integer(copy.runs));
    for (size_t i = 0; i < FIELD_COUNT; i++)
        json_object_set_new(json, fields[i].name, json_real(*field(&copy, i)));
    if (rates->engine_count > 0)
        json_object_set_new(json, "engines", engines_json(rates));
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
    double talking = film->duration_s > 0 ? talking_s / film->duration_s : 1;
    double lipsync_mpix_s = film->clip ? rates->clip_mpix_s : rates->lipsync_mpix_s;
    double own_speech_s = film->recorded || film->speech_rtf > 0 ? 0 : rates->speech_rtf * talking_s;
    double drawing_s = lipsync_mpix_s * mpix * talking;
    /* Engines that were brought keep all cores busy by themselves: little of the rest is done meanwhile. */
    double speech_s = film->recorded ? 0 : film->speech_rtf * talking_s;
    double painting_s = film->picture_s * (double)*ret_frames * talking;
    ret_stage_s[SPEECH] = own_speech_s + speech_s;
    ret_stage_s[LIPSYNC] = drawing_s + painting_s;
    ret_stage_s[ENCODE] = rates->encode_mpix_s[film->quality] * mpix;
    double busy = own_speech_s + drawing_s + ret_stage_s[ENCODE];
    *ret_total_s = rates->startup_s + rates->overlap * busy + speech_s + painting_s;
}
