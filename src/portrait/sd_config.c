/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/sd_config.h"

#include <limits.h>
#include <math.h>

#include "base/json.h"
#include "base/str.h"

/* Of Stable Diffusion 1 and 2: what the variance of its latents is brought to one by. */
#define SD_VAE_SCALE 0.18215

/* One file, while it is read; the first wrong value is told. */
struct reader {
    const json_t *object;
    const char *file;
    enum avt_code code;
    struct avt_error *reterr;
};

static enum avt_code open_reader(const char *json, size_t size, const char *file, json_t **ret_object,
                                 struct reader *ret_reader, struct avt_error *reterr)
{
    json_error_t where;
    *ret_object = json_loadb(json, size, 0, &where);
    if (!*ret_object)
        return avt_fail(reterr, AVT_EMODELBAD, "%s: %s at line %d, column %d", file, where.text, where.line,
                        where.column);
    if (!json_is_object(*ret_object))
        return avt_fail(reterr, AVT_EMODELBAD, "%s is not a JSON object", file);
    *ret_reader = (struct reader){*ret_object, file, AVT_OK, reterr};
    return AVT_OK;
}

static double read_number(struct reader *reader, const char *name, double low, double high, double absent)
{
    const json_t *value = json_object_get(reader->object, name);
    if (!value || json_is_null(value))
        return absent;
    double number = json_is_number(value) ? json_number_value(value) : NAN;
    if (number >= low && number <= high)
        return number;
    if (reader->code == AVT_OK)
        reader->code = avt_fail(reader->reterr, AVT_EMODELBAD, "%s: \"%s\" is not a number from %g to %g", reader->file,
                                name, low, high);
    return absent;
}

static int read_int(struct reader *reader, const char *name, int low, int high, int absent)
{
    return (int)read_number(reader, name, low, high, absent);
}

/* Index of the text among `names`. */
static int read_name(struct reader *reader, const char *name, const char *const *names, int count, int absent)
{
    const json_t *value = json_object_get(reader->object, name);
    if (!value || json_is_null(value))
        return absent;
    const char *text = json_is_string(value) ? json_string_value(value) : "?";
    for (int i = 0; i < count; i++) {
        if (avt_str_equal(text, names[i]))
            return i;
    }
    if (reader->code == AVT_OK)
        reader->code = avt_fail(reader->reterr, AVT_EMODELBAD,
                                "%s: \"%s\" is '%.40s', and what is known goes from '%s' to '%s'", reader->file, name,
                                text, names[0], names[count - 1]);
    return absent;
}

static bool is_class(const struct reader *reader, const char *name)
{
    const json_t *value = json_object_get(reader->object, "_class_name");
    return json_is_string(value) && avt_str_equal(json_string_value(value), name);
}

static void refuse(struct reader *reader, const char *name, bool is_set)
{
    if (is_set && reader->code == AVT_OK)
        reader->code = avt_fail(reader->reterr, AVT_EMODELBAD, "%s: \"%s\" is set, which this program does not do",
                                reader->file, name);
}

enum avt_code avt_sd_scheduler_parse(const char *json, size_t size, struct avt_sd_scheduler *ret_scheduler,
                                     struct avt_error *reterr)
{
    static const char *const schedules[] = {"linear", "scaled_linear"};
    static const char *const predictions[] = {"epsilon", "v_prediction"};
    static const char *const spacings[] = {"linspace", "leading", "trailing"};
    struct reader reader;
    AVT_CLEANUP(avt_json_decrefp) json_t *object = NULL;
    enum avt_code code = open_reader(json, size, "scheduler_config.json", &object, &reader, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_sd_scheduler made = {
        .train_steps = read_int(&reader, "num_train_timesteps", 2, AVT_SD_TRAIN_STEPS_MAX, 1000),
        .beta_start = read_number(&reader, "beta_start", 1e-9, .5, .00085),
        .beta_end = read_number(&reader, "beta_end", 1e-9, .5, .012),
        .is_scaled = read_name(&reader, "beta_schedule", schedules, 2, 1) == 1,
        .predicts_velocity = read_name(&reader, "prediction_type", predictions, 2, 0) == 1,
        .spacing = (enum avt_sd_spacing)read_name(&reader, "timestep_spacing", spacings, 3, AVT_SD_LINSPACE),
        .steps_offset = read_int(&reader, "steps_offset", 0, 10, 0),
        .is_lcm = is_class(&reader, "LCMScheduler"),
        .origin_steps = read_int(&reader, "original_inference_steps", 1, 1000, 50),
        .timestep_scale = read_number(&reader, "timestep_scaling", 1e-3, 1e3, 10),
    };
    refuse(&reader, "rescale_betas_zero_snr", json_is_true(json_object_get(object, "rescale_betas_zero_snr")));
    refuse(&reader, "trained_betas", json_is_array(json_object_get(object, "trained_betas")));
    if (reader.code == AVT_OK && made.origin_steps > made.train_steps)
        reader.code = avt_fail(reterr, AVT_EMODELBAD,
                               "scheduler_config.json: \"original_inference_steps\" is more than "
                               "\"num_train_timesteps\"");
    if (reader.code == AVT_OK)
        *ret_scheduler = made;
    return reader.code;
}

enum avt_code avt_sd_unet_parse(const char *json, size_t size, struct avt_sd_unet_config *ret_config,
                                struct avt_error *reterr)
{
    struct reader reader;
    AVT_CLEANUP(avt_json_decrefp) json_t *object = NULL;
    enum avt_code code = open_reader(json, size, "unet/config.json", &object, &reader, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_sd_unet_config made = {
        .sample_size = read_int(&reader, "sample_size", 1, 256, 0),
        .has_no_middle = json_is_null(json_object_get(object, "mid_block_type")),
    };
    if (reader.code == AVT_OK)
        *ret_config = made;
    return reader.code;
}

enum avt_code avt_sd_vae_parse(const char *json, size_t size, struct avt_sd_vae_config *ret_config,
                               struct avt_error *reterr)
{
    struct reader reader;
    AVT_CLEANUP(avt_json_decrefp) json_t *object = NULL;
    enum avt_code code = open_reader(json, size, "the decoder's config.json", &object, &reader, reterr);
    if (code != AVT_OK)
        return code;
    bool is_taesd = is_class(&reader, "AutoencoderTiny");
    struct avt_sd_vae_config made = {
        .scale = read_number(&reader, "scaling_factor", 1e-3, 1e3, is_taesd ? 1 : SD_VAE_SCALE),
        .shift = read_number(&reader, "shift_factor", -1e3, 1e3, 0),
        .is_taesd = is_taesd,
    };
    if (reader.code == AVT_OK)
        *ret_config = made;
    return reader.code;
}
