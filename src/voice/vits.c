/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/vits.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/resample.h"
#include "nn/session.h"
#include "voice/tts.h"
#include "voice/vits_text.h"

enum { NAMES_BYTES_MAX = 4 << 20, INPUTS_MAX = 5 };

static const char DURATION_TENSOR[] = "/Ceil_output_0"; /* [1, 1, n] f32, frames of each id */

struct avt_vits {
    char *path; /* of the network */
    struct avt_vits_config *config;
    struct avt_session *session;
    json_t *speakers, *languages; /* {"name": number}; NULL: no list */
    bool has_speakers, has_languages; /* as the network says */
    bool is_timed;
    int64_t file_bytes;
};

/* ---- what the network takes ------------------------------------------------------------------ */

struct tensor_fact {
    const char *name;
    enum avt_dtype dtype;
    int rank;
    bool is_optional;
};
static const struct tensor_fact INPUTS[INPUTS_MAX] = {
    {"input", AVT_DTYPE_I64, 2, false}, {"input_lengths", AVT_DTYPE_I64, 1, false},
    {"scales", AVT_DTYPE_F32, 1, false}, {"sid", AVT_DTYPE_I64, 1, true}, {"langid", AVT_DTYPE_I64, 1, true},
};
static const struct tensor_fact OUTPUT = {"output", AVT_DTYPE_F32, 3, false};

static enum avt_code check_tensor(const struct avt_vits *vits, const struct tensor_fact *fact, const char *word,
                                  const struct avt_tensor_info *info, struct avt_error *reterr)
{
    if (!info && fact->is_optional)
        return AVT_OK;
    if (!info)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' has no %s '%s': it is not what Coqui's exporter "
                        "makes of a VITS", vits->path, word, fact->name);
    if (info->dtype == fact->dtype && info->rank == fact->rank)
        return AVT_OK;
    return avt_fail(reterr, AVT_EMODELBAD, "the %s '%s' of '%.200s' is %s of rank %d; %s of rank %d is needed", word,
                    fact->name, vits->path, avt_dtype_name(info->dtype), info->rank, avt_dtype_name(fact->dtype),
                    fact->rank);
}

static enum avt_code check_network(const struct avt_vits *vits, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    for (size_t i = 0; i < INPUTS_MAX && code == AVT_OK; i++)
        code = check_tensor(vits, &INPUTS[i], "input", avt_session_find_input(vits->session, INPUTS[i].name), reterr);
    for (size_t i = 0; i < avt_session_input_count(vits->session) && code == AVT_OK; i++) {
        bool is_known = false;
        const char *name = avt_session_input_name(vits->session, i);
        for (size_t k = 0; k < INPUTS_MAX; k++)
            is_known |= avt_str_equal(name, INPUTS[k].name);
        if (!is_known)
            code = avt_fail(reterr, AVT_EMODELBAD, "'%.200s' takes an input '%.60s', which Coqui's exporter "
                            "never makes", vits->path, name);
    }
    return code == AVT_OK
               ? check_tensor(vits, &OUTPUT, "output", avt_session_find_output(vits->session, OUTPUT.name), reterr)
               : code;
}

/* With the durations if the graph has them under today's name; else the file as it is. */
static enum avt_code open_network(struct avt_vits *vits, struct avt_error *reterr)
{
    const char *const extra[] = {DURATION_TENSOR};
    const struct avt_session_options timed = {.extra_outputs = extra, .extra_output_count = 1};
    const struct avt_session_options plain = {.foreign = true};
    vits->is_timed = avt_session_open(vits->path, &timed, &vits->session, NULL) == AVT_OK;
    enum avt_code code = vits->is_timed ? AVT_OK : avt_session_open(vits->path, &plain, &vits->session, reterr);
    return code == AVT_OK ? check_network(vits, reterr) : code;
}

/* ---- the folder ------------------------------------------------------------------------------ */

/* Names with a number each, below what the network has; *ret_names stays NULL where there is no file. */
static enum avt_code read_names(const char *folder, const char *file, int64_t count_max, json_t **ret_names,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, file);
    AVT_CLEANUP(avt_json_decrefp) json_t *names = NULL;
    if (!avt_file_exists(path))
        return AVT_OK;
    enum avt_code code = avt_json_read_file(path, NAMES_BYTES_MAX, &names, reterr);
    if (code != AVT_OK)
        return code;
    bool fits = json_is_object(names) && json_object_size(names) <= (size_t)count_max;
    const char *name;
    json_t *number;
    json_object_foreach(names, name, number)
    {
        fits = fits && json_is_integer(number) && json_integer_value(number) >= 0 &&
               json_integer_value(number) < count_max;
    }
    if (!fits)
        return avt_fail(reterr, AVT_EFORMAT, "'%.200s' is no list of names with a number below %lld each", path,
                        (long long)count_max);
    *ret_names = AVT_TAKE(names);
    return AVT_OK;
}

static enum avt_code open_folder(struct avt_vits *vits, const char *folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *config = avt_asprintf("%s/" AVT_VITS_CONFIG, folder);
    struct stat st;
    if (!avt_file_exists(vits->path) || !avt_file_exists(config))
        return avt_fail(reterr, AVT_EMODEL, "'%.300s' is missing: a Coqui VITS voice is a folder with %s and %s",
                        avt_file_exists(vits->path) ? config : vits->path, AVT_VITS_FILE, AVT_VITS_CONFIG);
    enum avt_code code = avt_vits_config_read(config, vits->config, reterr);
    if (code == AVT_OK)
        code = read_names(folder, AVT_VITS_SPEAKERS, AVT_VITS_SPEAKERS_MAX, &vits->speakers, reterr);
    if (code == AVT_OK)
        code = read_names(folder, AVT_VITS_LANGUAGES, AVT_VITS_LANGUAGES_MAX, &vits->languages, reterr);
    if (code == AVT_OK)
        code = open_network(vits, reterr);
    if (code != AVT_OK)
        return code;
    vits->has_speakers = avt_session_find_input(vits->session, "sid") != NULL;
    vits->has_languages = avt_session_find_input(vits->session, "langid") != NULL;
    vits->file_bytes = stat(vits->path, &st) == 0 ? (int64_t)st.st_size : 0;
    return AVT_OK;
}

enum avt_code avt_vits_open(const char *folder, struct avt_vits **ret_vits, struct avt_error *reterr)
{
    avt_assert(folder && ret_vits);
    AVT_CLEANUP(avt_vits_freep) struct avt_vits *vits = avt_new0(struct avt_vits, 1);
    vits->config = avt_new0(struct avt_vits_config, 1);
    vits->path = avt_asprintf("%s/" AVT_VITS_FILE, folder);
    enum avt_code code = open_folder(vits, folder, reterr);
    if (code == AVT_OK)
        *ret_vits = AVT_TAKE(vits);
    return code;
}

void avt_vits_free(struct avt_vits *vits)
{
    if (!vits)
        return;
    avt_session_free(vits->session);
    json_decref(vits->speakers);
    json_decref(vits->languages);
    avt_free(vits->config);
    avt_free(vits->path);
    avt_free(vits);
}

const struct avt_vits_config *avt_vits_config(const struct avt_vits *vits)
{
    return vits->config;
}

bool avt_vits_is_timed(const struct avt_vits *vits)
{
    return vits->is_timed;
}

int64_t avt_vits_file_bytes(const struct avt_vits *vits)
{
    return vits->file_bytes;
}

/* ---- who speaks ------------------------------------------------------------------------------ */

/* How many of them: what config.json counts, or the list where it counts none. */
static int64_t count_of(bool has_any, int64_t counted, json_t *names)
{
    int64_t count = counted;
    const char *name;
    json_t *number;
    json_object_foreach(names, name, number)
    {
        if (json_integer_value(number) >= count)
            count = json_integer_value(number) + 1;
    }
    return has_any && count > 0 ? count : 1;
}

static int64_t speaker_count(const struct avt_vits *vits)
{
    return count_of(vits->has_speakers, vits->config->speakers, vits->speakers);
}

static int64_t language_count(const struct avt_vits *vits)
{
    return count_of(vits->has_languages, vits->config->languages, vits->languages);
}

static enum avt_code number_of(const struct avt_vits *vits, const char *word, json_t *names, int64_t count,
                               const char *name, int64_t *ret_number, struct avt_error *reterr)
{
    json_t *listed = name ? json_object_get(names, name) : NULL;
    int64_t number = 0;
    bool found = !name || !*name || listed || avt_parse_int(name, 0, count - 1, &number);
    number = listed ? json_integer_value(listed) : number;
    if (found && number < count) {
        *ret_number = number;
        return AVT_OK;
    }
    const char *first = json_object_iter_key(json_object_iter(names));
    return avt_fail(reterr, AVT_EVOICE, "the voice '%.200s' has no %s '%.60s'; it has %lld, such as '%.60s'",
                    vits->path, word, name, (long long)count, first ? first : "0");
}

enum avt_code avt_vits_speaker(const struct avt_vits *vits, const char *name, int64_t *ret_speaker,
                               struct avt_error *reterr)
{
    avt_assert(vits && ret_speaker);
    return number_of(vits, "speaker", vits->speakers, speaker_count(vits), name, ret_speaker, reterr);
}

enum avt_code avt_vits_language(const struct avt_vits *vits, const char *name, int64_t *ret_language,
                                struct avt_error *reterr)
{
    avt_assert(vits && ret_language);
    return number_of(vits, "language", vits->languages, language_count(vits), name, ret_language, reterr);
}

/* ---- speech ---------------------------------------------------------------------------------- */

bool avt_vits_sane(const float *samples, size_t count)
{
    bool differs = false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(samples[i]))
            return false;
        differs |= samples[i] != samples[0];
    }
    return differs;
}

static enum avt_code run(struct avt_vits *vits, const struct avt_vits_input *input, struct avt_tensor outputs[2],
                         struct avt_error *reterr)
{
    int64_t length = (int64_t)input->count, speaker = input->speaker, language = input->language;
    AVT_CLEANUP(avt_freep) int64_t *ids = avt_new0(int64_t, input->count);
    memcpy(ids, input->ids, input->count * sizeof(*ids));
    /* Exports up to Coqui's 0.27 hear the length alone, see vits.h. */
    const struct avt_vits_config *config = vits->config;
    float scales[] = {(float)config->noise_scale, (float)(config->length_scale / input->speed),
                      (float)config->noise_scale_dp};
    struct avt_tensor inputs[INPUTS_MAX] = {
        {.name = "input", .dtype = AVT_DTYPE_I64, .rank = 2, .shape = {1, length}, .data = ids},
        {.name = "input_lengths", .dtype = AVT_DTYPE_I64, .rank = 1, .shape = {1}, .data = &length},
        {.name = "scales", .dtype = AVT_DTYPE_F32, .rank = 1, .shape = {3}, .data = scales},
    };
    size_t count = 3;
    if (vits->has_speakers)
        inputs[count++] = (struct avt_tensor){
            .name = "sid", .dtype = AVT_DTYPE_I64, .rank = 1, .shape = {1}, .data = &speaker};
    if (vits->has_languages)
        inputs[count++] = (struct avt_tensor){
            .name = "langid", .dtype = AVT_DTYPE_I64, .rank = 1, .shape = {1}, .data = &language};
    outputs[0] = (struct avt_tensor){.name = OUTPUT.name};
    outputs[1] = (struct avt_tensor){.name = DURATION_TENSOR};
    return avt_session_run_until(vits->session, inputs, count, outputs, vits->is_timed ? 2 : 1, input->cancel, reterr);
}

static enum avt_code take_audio(const struct avt_vits *vits, const struct avt_tensor *tensor,
                                struct avt_audio **ret_audio, struct avt_error *reterr)
{
    size_t count = avt_tensor_count(tensor);
    int rate = vits->config->rate;
    const float *samples = tensor->data;
    if (tensor->dtype != AVT_DTYPE_F32 || count > (size_t)rate * AVT_VITS_SECONDS_MAX || !avt_vits_sane(samples, count))
        return avt_fail(reterr, AVT_EMODELBAD, "the voice '%.200s' gave %zu samples that are no speech: silence, "
                        "numbers that are none, or far too many", vits->path, count);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    enum avt_code code = avt_audio_new(rate, count, &audio, reterr);
    if (code != AVT_OK)
        return code;
    memcpy(audio->samples, samples, count * sizeof(*samples));
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *spoken = NULL;
    code = avt_audio_resample(audio, AVT_SPEECH_RATE, &spoken, reterr);
    if (code != AVT_OK)
        return code;
    for (size_t i = 0; i < spoken->count; i++) /* between samples a wave may rise above all of them */
        spoken->samples[i] = fminf(fmaxf(spoken->samples[i], -1), 1);
    *ret_audio = AVT_TAKE(spoken);
    return AVT_OK;
}

/* Frames have one length, so the sound itself says which. */
static enum avt_code take_seconds(const struct avt_vits *vits, const struct avt_tensor *frames, size_t count,
                                  double seconds, double *ret_seconds, struct avt_error *reterr)
{
    const float *values = frames->data;
    double total = 0;
    bool fits = frames->dtype == AVT_DTYPE_F32 && avt_tensor_count(frames) == count;
    for (size_t i = 0; fits && i < count; i++) {
        fits = values[i] >= 0;
        total += (double)values[i];
    }
    if (!fits || !(total > 0) || !isfinite(total))
        return avt_fail(reterr, AVT_EMODELBAD, "the voice '%.200s' gave sound and timing that do not fit each other",
                        vits->path);
    for (size_t i = 0; i < count; i++)
        ret_seconds[i] = (double)values[i] * seconds / total;
    return AVT_OK;
}

enum avt_code avt_vits_speak(struct avt_vits *vits, const struct avt_vits_input *input, struct avt_audio **ret_audio,
                             double *ret_seconds, struct avt_error *reterr)
{
    avt_assert(vits && input && ret_audio && input->count > 0 && input->count <= AVT_VITS_IDS_MAX);
    avt_assert(input->speed >= .25 && input->speed <= 4 && (!ret_seconds || vits->is_timed));
    if (input->speaker < 0 || input->speaker >= speaker_count(vits) || input->language < 0 ||
        input->language >= language_count(vits))
        return avt_fail(reterr, AVT_EVOICE, "the voice '%.200s' has %lld speakers and %lld languages, numbered from 0",
                        vits->path, (long long)speaker_count(vits), (long long)language_count(vits));
    struct avt_tensor outputs[2] = {0};
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    enum avt_code code = run(vits, input, outputs, reterr);
    if (code == AVT_OK)
        code = take_audio(vits, &outputs[0], &audio, reterr);
    if (code == AVT_OK && ret_seconds)
        code = take_seconds(vits, &outputs[1], input->count, (double)audio->count / AVT_SPEECH_RATE, ret_seconds,
                            reterr);
    avt_tensor_done(&outputs[0]);
    avt_tensor_done(&outputs[1]);
    if (code == AVT_OK)
        *ret_audio = AVT_TAKE(audio);
    return code;
}
