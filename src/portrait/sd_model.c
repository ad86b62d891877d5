/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/sd_model.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nn/half.h"

/* Of latents: a file that says more says nothing. */
enum { SIDE_MAX = 4096 };

void avt_sd_net_close(struct avt_sd_net *net)
{
    avt_session_free(net->session);
    avt_free(net->path);
    *net = (struct avt_sd_net){0};
}

static enum avt_code open_session(const char *path, bool is_look, struct avt_sd_net *net, struct avt_error *reterr)
{
    const struct avt_session_options options = {.foreign = true, .unoptimized = is_look};
    net->path = avt_strdup(path);
    struct avt_error why = {0};
    enum avt_code code = avt_session_open(path, &options, &net->session, &why);
    if (code == AVT_OK)
        return AVT_OK;
    /* ONNX Runtime's words for it begin with folders and tensors, and are cut before they come to the point. */
    if (strstr(why.message, "External data") || strstr(why.message, "External initializer"))
        return avt_fail(reterr, AVT_EMODELBAD, "'%.300s' has its weights in a file beside it, usually model.onnx_data, "
                        "which is missing, cut short, or a link out of the folder", path);
    return avt_fail(reterr, code, "%s", why.message);
}

enum { INTEGERS = 1 << AVT_DTYPE_I32 | 1 << AVT_DTYPE_I64, FLOATS = 1 << AVT_DTYPE_F32 | 1 << AVT_DTYPE_F16 };

/* What an input or output must be. */
struct wanted {
    const char *name;
    int dtypes;             /* bits of enum avt_dtype */
    int rank_low, rank;
    int64_t shape[4];       /* -1: any length will do */
};

static bool fits(const struct wanted *wanted, const struct avt_tensor_info *info)
{
    if (!(1 << info->dtype & wanted->dtypes) || info->rank < wanted->rank_low || info->rank > wanted->rank)
        return false;
    for (int i = 0; i < info->rank; i++) {
        if (wanted->shape[i] >= 0 && info->shape[i] >= 0 && info->shape[i] != wanted->shape[i])
            return false;
    }
    return true;
}

static enum avt_code check(const struct avt_sd_net *net, const struct wanted *wanted, bool is_output,
                           const struct avt_tensor_info *info, struct avt_error *reterr)
{
    if (info && fits(wanted, info))
        return AVT_OK;
    char expected[80], found[80] = "nothing";
    enum avt_dtype dtype = wanted->dtypes == INTEGERS ? AVT_DTYPE_I64 : AVT_DTYPE_F32;
    avt_shape_text(dtype, wanted->rank, wanted->shape, "n", expected, sizeof(expected));
    if (info)
        avt_shape_text(info->dtype, info->rank, info->shape, "n", found, sizeof(found));
    return avt_fail(reterr, AVT_EMODELBAD, "'%.180s': %s '%s' should be like %s, and is %s", net->path,
                    is_output ? "output" : "input", wanted->name, expected, found);
}

static enum avt_code want_input(const struct avt_sd_net *net, const struct wanted *wanted,
                                const struct avt_tensor_info **ret_info, struct avt_error *reterr)
{
    *ret_info = avt_session_find_input(net->session, wanted->name);
    return check(net, wanted, false, *ret_info, reterr);
}

/* By its usual name, or whichever is first of its kind: exporters call outputs as they like. */
static enum avt_code want_output(struct avt_sd_net *net, const struct wanted *wanted, struct avt_error *reterr)
{
    net->output = avt_session_find_output(net->session, wanted->name);
    for (size_t i = 0; !net->output && i < avt_session_output_count(net->session); i++) {
        const struct avt_tensor_info *info = avt_session_output_info(net->session, i);
        if (fits(wanted, info))
            net->output = info;
    }
    return check(net, wanted, true, net->output, reterr);
}

/* Every input must be one that is filled. */
static enum avt_code check_inputs(const struct avt_sd_net *net, struct avt_error *reterr)
{
    for (size_t i = 0; i < avt_session_input_count(net->session); i++) {
        const struct avt_tensor_info *info = avt_session_input_info(net->session, i);
        if (info == net->ids || info == net->sample || info == net->time || info == net->context ||
            info == net->guidance)
            continue;
        bool is_xl = strcmp(info->name, "text_embeds") == 0 || strcmp(info->name, "time_ids") == 0;
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' asks for '%.40s', which %s", net->path, info->name,
                        is_xl ? "Stable Diffusion XL does, and this program does not run that"
                              : "no Stable Diffusion that this program knows does");
    }
    return AVT_OK;
}

enum avt_code avt_sd_text_open(const char *path, bool is_look, struct avt_sd_net *ret_net, struct avt_error *reterr)
{
    static const struct wanted ids = {"input_ids", INTEGERS, 2, 2, {1, AVT_CLIP_TOKENS}},
                               output = {"last_hidden_state", FLOATS, 3, 3, {1, AVT_CLIP_TOKENS, -1}};
    enum avt_code code = open_session(path, is_look, ret_net, reterr);
    if (code == AVT_OK)
        code = want_input(ret_net, &ids, &ret_net->ids, reterr);
    if (code == AVT_OK)
        code = want_output(ret_net, &output, reterr);
    return code == AVT_OK ? check_inputs(ret_net, reterr) : code;
}

enum avt_code avt_sd_unet_open(const char *path, bool is_look, struct avt_sd_net *ret_net, struct avt_error *reterr)
{
    static const struct wanted sample = {"sample", FLOATS, 4, 4, {1, AVT_SD_LATENT_CHANNELS, -1, -1}},
                               time = {"timestep", INTEGERS | FLOATS, 0, 1, {1}},
                               context = {"encoder_hidden_states", FLOATS, 3, 3, {1, AVT_CLIP_TOKENS, -1}},
                               guidance = {"timestep_cond", FLOATS, 2, 2, {1, AVT_SD_GUIDANCE_WIDTH}},
                               output = {"out_sample", FLOATS, 4, 4, {1, AVT_SD_LATENT_CHANNELS, -1, -1}};
    enum avt_code code = open_session(path, is_look, ret_net, reterr);
    if (code == AVT_OK)
        code = want_input(ret_net, &sample, &ret_net->sample, reterr);
    if (code == AVT_OK)
        code = want_input(ret_net, &time, &ret_net->time, reterr);
    if (code == AVT_OK)
        code = want_input(ret_net, &context, &ret_net->context, reterr);
    if (code == AVT_OK && avt_session_find_input(ret_net->session, guidance.name))
        code = want_input(ret_net, &guidance, &ret_net->guidance, reterr);
    if (code == AVT_OK)
        code = want_output(ret_net, &output, reterr);
    return code == AVT_OK ? check_inputs(ret_net, reterr) : code;
}

enum avt_code avt_sd_decoder_open(const char *path, bool is_look, struct avt_sd_net *ret_net, struct avt_error *reterr)
{
    static const struct wanted latents = {"latent_sample", FLOATS, 4, 4, {1, AVT_SD_LATENT_CHANNELS, -1, -1}},
                               output = {"sample", FLOATS, 4, 4, {1, 3, -1, -1}};
    enum avt_code code = open_session(path, is_look, ret_net, reterr);
    if (code != AVT_OK)
        return code;
    /* TAESD's exporters call it as they like; it is the only one. */
    struct wanted wanted = latents;
    if (avt_session_input_count(ret_net->session) == 1)
        wanted.name = avt_session_input_name(ret_net->session, 0);
    code = want_input(ret_net, &wanted, &ret_net->sample, reterr);
    if (code == AVT_OK)
        code = want_output(ret_net, &output, reterr);
    return code == AVT_OK ? check_inputs(ret_net, reterr) : code;
}

int avt_sd_net_width(const struct avt_sd_net *net)
{
    int64_t width = net->context ? net->context->shape[2] : net->output->shape[2];
    return width > 0 && width < INT32_MAX ? (int)width : 0;
}

int avt_sd_net_side(const struct avt_sd_net *net, bool is_height)
{
    int64_t side = net->sample->shape[is_height ? 2 : 3];
    return side > 0 && side <= SIDE_MAX ? (int)side : 0;
}

/* An input of the type that the model wants. `values` are borrowed where they are of that type already, else
 * tensor->data is made, and freed with the rest by done(). */
struct inputs {
    struct avt_tensor tensors[4];
    void *made[4];
    size_t count;
};

static void inputs_done(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        avt_free(inputs->made[i]);
}

static void convert(const double *value, const float *values, size_t count, enum avt_dtype dtype, void *out)
{
    for (size_t i = 0; i < count; i++) {
        double v = value ? *value : (double)values[i];
        switch (dtype) {
        case AVT_DTYPE_F16:
            ((uint16_t *)out)[i] = avt_half_from_float((float)v);
            break;
        case AVT_DTYPE_F32:
            ((float *)out)[i] = (float)v;
            break;
        case AVT_DTYPE_I32:
            ((int32_t *)out)[i] = (int32_t)v;
            break;
        default:
            ((int64_t *)out)[i] = (int64_t)v;
            break;
        }
    }
}

/* Of `values`, or if that is NULL of the one `value`. False when out of memory. */
static bool add_input(struct inputs *inputs, const struct avt_tensor_info *info, int rank, const int64_t *shape,
                      float *values, double value)
{
    size_t index = inputs->count++;
    struct avt_tensor *tensor = &inputs->tensors[index];
    *tensor = (struct avt_tensor){.name = info->name, .dtype = info->dtype, .rank = rank, .data = values};
    for (int i = 0; i < rank; i++)
        tensor->shape[i] = shape[i];
    if (values && info->dtype == AVT_DTYPE_F32)
        return true;
    size_t count = avt_tensor_count(tensor);
    inputs->made[index] = tensor->data = avt_try_alloc(count, sizeof(int64_t));
    if (tensor->data)
        convert(values ? NULL : &value, values, count, info->dtype, tensor->data);
    return tensor->data != NULL;
}

static enum avt_code run(const struct avt_sd_net *net, const struct inputs *inputs, const struct avt_cancel *cancel,
                         struct avt_tensor *ret_output, struct avt_error *reterr)
{
    *ret_output = (struct avt_tensor){.name = net->output->name};
    return avt_session_run_until(net->session, inputs->tensors, inputs->count, ret_output, 1, cancel, reterr);
}

/* The output as float32, moved into `out` ([count]) or *ret_values (owned). */
static enum avt_code take_floats(const struct avt_sd_net *net, struct avt_tensor *output, const int64_t *shape,
                                 int rank, float **ret_values, struct avt_error *reterr)
{
    bool is_right = output->rank == rank && (output->dtype == AVT_DTYPE_F32 || output->dtype == AVT_DTYPE_F16);
    for (int i = 0; is_right && i < rank; i++)
        is_right = shape[i] < 0 ? output->shape[i] > 0 : output->shape[i] == shape[i];
    if (!is_right) {
        char expected[80], found[80];
        avt_shape_text(AVT_DTYPE_F32, rank, shape, "n", expected, sizeof(expected));
        avt_shape_text(output->dtype, output->rank, output->shape, "n", found, sizeof(found));
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' should have given %s, and gave %s", net->path, expected,
                        found);
    }
    if (output->dtype == AVT_DTYPE_F32) {
        *ret_values = AVT_TAKE(output->data);
        return AVT_OK;
    }
    size_t count = avt_tensor_count(output);
    float *values = avt_try_new0(float, count);
    if (!values)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory after running '%.200s'", net->path);
    for (size_t i = 0; i < count; i++)
        values[i] = avt_half_to_float(((const uint16_t *)output->data)[i]);
    *ret_values = values;
    return AVT_OK;
}

enum avt_code avt_sd_text_run(const struct avt_sd_net *net, const int32_t ids[AVT_CLIP_TOKENS],
                              const struct avt_cancel *cancel, float **ret_context, int *ret_width,
                              struct avt_error *reterr)
{
    AVT_CLEANUP(inputs_done) struct inputs inputs = {0};
    float values[AVT_CLIP_TOKENS]; /* numbers below 2^24 are whole in a float */
    for (size_t i = 0; i < AVT_CLIP_TOKENS; i++)
        values[i] = (float)ids[i];
    if (!add_input(&inputs, net->ids, 2, (const int64_t[]){1, AVT_CLIP_TOKENS}, values, 0))
        return avt_fail(reterr, AVT_ENOMEM, "out of memory before running '%.200s'", net->path);
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {0};
    enum avt_code code = run(net, &inputs, cancel, &output, reterr);
    if (code == AVT_OK)
        code = take_floats(net, &output, (const int64_t[]){1, AVT_CLIP_TOKENS, -1}, 3, ret_context, reterr);
    if (code == AVT_OK)
        *ret_width = (int)output.shape[2];
    return code;
}

enum avt_code avt_sd_unet_run(const struct avt_sd_net *net, const struct avt_sd_question *question,
                              const struct avt_cancel *cancel, float *ret_answer, struct avt_error *reterr)
{
    const struct avt_sd_latents *sample = &question->sample;
    const int64_t shape[] = {1, AVT_SD_LATENT_CHANNELS, sample->height, sample->width}, one[] = {1},
                  context[] = {1, AVT_CLIP_TOKENS, question->width}, guidance[] = {1, AVT_SD_GUIDANCE_WIDTH};
    AVT_CLEANUP(inputs_done) struct inputs inputs = {0};
    bool is_made = add_input(&inputs, net->sample, 4, shape, sample->values, 0) &&
                   add_input(&inputs, net->time, net->time->rank, one, NULL, question->time) &&
                   add_input(&inputs, net->context, 3, context, question->context, 0);
    if (is_made && net->guidance)
        is_made = add_input(&inputs, net->guidance, 2, guidance, question->guidance, 0);
    if (!is_made)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory before running '%.200s'", net->path);
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {0};
    AVT_CLEANUP(avt_freep) float *answer = NULL;
    enum avt_code code = run(net, &inputs, cancel, &output, reterr);
    if (code == AVT_OK)
        code = take_floats(net, &output, shape, 4, &answer, reterr);
    if (code == AVT_OK)
        memcpy(ret_answer, answer, avt_sd_latents_count(sample) * sizeof(float));
    return code;
}

enum avt_code avt_sd_decoder_run(const struct avt_sd_net *net, const struct avt_sd_latents *latents,
                                 const struct avt_cancel *cancel, float **ret_pixels, struct avt_error *reterr)
{
    const int64_t in[] = {1, AVT_SD_LATENT_CHANNELS, latents->height, latents->width};
    const int64_t out[] = {1, 3, (int64_t)latents->height * AVT_SD_LATENT_PIXELS,
                           (int64_t)latents->width * AVT_SD_LATENT_PIXELS};
    AVT_CLEANUP(inputs_done) struct inputs inputs = {0};
    if (!add_input(&inputs, net->sample, 4, in, latents->values, 0))
        return avt_fail(reterr, AVT_ENOMEM, "out of memory before running '%.200s'", net->path);
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {0};
    enum avt_code code = run(net, &inputs, cancel, &output, reterr);
    return code == AVT_OK ? take_floats(net, &output, out, 4, ret_pixels, reterr) : code;
}
