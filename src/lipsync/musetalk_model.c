/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/musetalk_model.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "lipsync/painter_check.h"
#include "nn/half.h"
#include "nn/session.h"

enum { INPUTS_MAX = 3, RANK_MAX = 4 };
enum { FLOATS = 1 << AVT_DTYPE_F32 | 1 << AVT_DTYPE_F16, TIMES = FLOATS | 1 << AVT_DTYPE_I32 | 1 << AVT_DTYPE_I64 };

/* What an input or output must be. The first length is that of the batch. */
struct wanted {
    const char *name; /* NULL: whatever it is called, if there is one only */
    int dtypes;       /* bits of enum avt_dtype */
    int rank;
    int64_t shape[RANK_MAX]; /* -1: any */
    bool is_optional;
};

struct net_kind {
    const char *file;
    struct wanted inputs[INPUTS_MAX], output; /* an input without a rank ends the list */
    bool is_single;                           /* always of a batch of 1 */
    bool is_optional;
};

enum { WHISPER, ENCODER, UNET, DECODER, PARSER, NET_COUNT };
static const struct net_kind kinds[NET_COUNT] = {
    [WHISPER] = {"whisper_encoder.onnx", {{"input_features", FLOATS, 3, {1, 80, 3000}, false}},
                 {"audio_features_all_layers", FLOATS, 4, {1, AVT_MUSETALK_STEPS, AVT_MUSETALK_LAYERS, -1}, false},
                 true, false},
    [ENCODER] = {"vae_encoder.onnx", {{"image", FLOATS, 4, {-1, 3, AVT_MUSETALK_SIDE, AVT_MUSETALK_SIDE}, false}},
                 {"latents", FLOATS, 4, {-1, 4, 32, 32}, false}, false, false},
    [UNET] = {"unet.onnx",
              {{"input_latents", FLOATS, 4, {-1, 8, 32, 32}, false},
               {"audio_prompts", FLOATS, 3, {-1, AVT_MUSETALK_PROMPTS, -1}, false},
               {"timesteps", TIMES, 1, {-1}, true}},
              {"latents", FLOATS, 4, {-1, 4, 32, 32}, false}, false, false},
    [DECODER] = {"vae_decoder.onnx", {{"latents", FLOATS, 4, {-1, 4, 32, 32}, false}},
                 {"image", FLOATS, 4, {-1, 3, AVT_MUSETALK_SIDE, AVT_MUSETALK_SIDE}, false}, false, false},
    [PARSER] = {"face_parsing.onnx",
                {{NULL, FLOATS, 4, {1, 3, AVT_MUSETALK_PARSE_SIDE, AVT_MUSETALK_PARSE_SIDE}, false}},
                {NULL, FLOATS, 4, {1, AVT_MUSETALK_CLASSES, AVT_MUSETALK_PARSE_SIDE, AVT_MUSETALK_PARSE_SIDE}, false},
                true, true},
};

struct net {
    const struct net_kind *kind;
    char *path;
    struct avt_session *session; /* NULL: not there */
    const struct avt_tensor_info *inputs[INPUTS_MAX], *output; /* borrowed from the session; NULL: it has none */
};

struct avt_musetalk_model {
    struct net nets[NET_COUNT];
    int width;
};

/* --- opening --- */

static bool fits(const struct wanted *wanted, const struct avt_tensor_info *info)
{
    if (!(1 << info->dtype & wanted->dtypes) || info->rank != wanted->rank)
        return false;
    for (int i = 0; i < info->rank; i++) {
        if (wanted->shape[i] >= 0 && info->shape[i] >= 0 && info->shape[i] != wanted->shape[i])
            return false;
    }
    /* What takes several at once, or any number, or one. */
    return wanted->shape[0] >= 0 || info->shape[0] == 1 || info->shape[0] < 0;
}

static enum avt_code check(const struct net *net, const struct wanted *wanted, bool is_output,
                           const struct avt_tensor_info *info, struct avt_error *reterr)
{
    if (info ? fits(wanted, info) : wanted->is_optional)
        return AVT_OK;
    char expected[80], found[80] = "nothing";
    avt_shape_text(AVT_DTYPE_F32, wanted->rank, wanted->shape, "n", expected, sizeof(expected));
    if (info)
        avt_shape_text(info->dtype, info->rank, info->shape, "n", found, sizeof(found));
    return avt_fail(reterr, AVT_EMODELBAD, "'%.180s': %s '%s' should be like %s, and is %s", net->path,
                    is_output ? "output" : "input", wanted->name ? wanted->name : info ? info->name : "(any)", expected,
                    found);
}

static enum avt_code check_inputs(struct net *net, struct avt_error *reterr)
{
    size_t count = avt_session_input_count(net->session), known = 0;
    for (int i = 0; i < INPUTS_MAX && net->kind->inputs[i].rank; i++) {
        const struct wanted *wanted = &net->kind->inputs[i];
        net->inputs[i] = wanted->name ? avt_session_find_input(net->session, wanted->name)
                         : count == 1 ? avt_session_input_info(net->session, 0)
                                      : NULL;
        enum avt_code code = check(net, wanted, false, net->inputs[i], reterr);
        if (code != AVT_OK)
            return code;
        known += net->inputs[i] != NULL;
    }
    for (size_t i = 0; known < count && i < count; i++) {
        const struct avt_tensor_info *info = avt_session_input_info(net->session, i);
        if (info != net->inputs[0] && info != net->inputs[1] && info != net->inputs[2])
            return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' asks for '%.60s', which MuseTalk's does not", net->path,
                            info->name);
    }
    return AVT_OK;
}

static enum avt_code check_output(struct net *net, struct avt_error *reterr)
{
    const struct wanted *wanted = &net->kind->output;
    size_t count = avt_session_output_count(net->session);
    if (wanted->name)
        net->output = avt_session_find_output(net->session, wanted->name);
    for (size_t i = 0; !wanted->name && !net->output && i < count; i++) {
        const struct avt_tensor_info *info = avt_session_output_info(net->session, i);
        net->output = fits(wanted, info) ? info : NULL;
    }
    return check(net, wanted, true, net->output, reterr);
}

static enum avt_code open_net(const struct avt_painter_weights *weights, const struct net_kind *kind, struct net *net,
                              struct avt_error *reterr)
{
    net->kind = kind;
    net->path = avt_asprintf("%s/%s", weights->folder, kind->file);
    if (!avt_file_exists(net->path)) {
        if (kind->is_optional)
            return AVT_OK;
        return avt_fail(reterr, AVT_EMODEL, "MuseTalk needs '%.300s', which is not there", net->path);
    }
    struct avt_error why = {0};
    const struct avt_session_options options = {.foreign = true,
                                                .device = weights->device,
                                                .gpu_bytes_max = weights->gpu_bytes_max};
    enum avt_code code = avt_session_open(net->path, &options, &net->session, &why);
    if (code != AVT_OK && (strstr(why.message, "External data") || strstr(why.message, "External initializer")))
        return avt_fail(reterr, AVT_EMODELBAD, "'%.300s' has its weights in a file beside it, usually "
                        "%s_data, which is missing, cut short, or a link out of the folder", net->path, kind->file);
    if (code != AVT_OK)
        return avt_fail(reterr, code, "%s", why.message);
    code = check_inputs(net, reterr);
    return code == AVT_OK ? check_output(net, reterr) : code;
}

/* Floats of one hidden state, as Whisper's and the UNet's files agree on. */
static enum avt_code find_width(struct avt_musetalk_model *model, struct avt_error *reterr)
{
    int64_t given = model->nets[WHISPER].output->shape[3], taken = model->nets[UNET].inputs[1]->shape[2];
    int64_t width = given > 0 ? given : taken > 0 ? taken : 384;
    if (width > AVT_MUSETALK_WIDTH_MAX || (taken > 0 && taken != width))
        return avt_fail(reterr, AVT_EMODELBAD, "'%.160s' gives states of %lld, and '%.160s' takes such of %lld",
                        model->nets[WHISPER].path, (long long)width, model->nets[UNET].path, (long long)taken);
    model->width = (int)width;
    return AVT_OK;
}

enum avt_code avt_musetalk_model_open(const struct avt_painter_weights *weights,
                                      struct avt_musetalk_model **ret_model, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_musetalk_model_freep)
    struct avt_musetalk_model *model = avt_new0(struct avt_musetalk_model, 1);
    for (int i = 0; i < NET_COUNT; i++) {
        enum avt_code code = open_net(weights, &kinds[i], &model->nets[i], reterr);
        if (code != AVT_OK)
            return code;
    }
    enum avt_code code = find_width(model, reterr);
    if (code == AVT_OK)
        *ret_model = AVT_TAKE(model);
    return code;
}

void avt_musetalk_model_free(struct avt_musetalk_model *model)
{
    if (!model)
        return;
    for (int i = 0; i < NET_COUNT; i++) {
        avt_session_free(model->nets[i].session);
        avt_free(model->nets[i].path);
    }
    avt_free(model);
}

int avt_musetalk_model_width(const struct avt_musetalk_model *model)
{
    return model->width;
}

bool avt_musetalk_model_has_parser(const struct avt_musetalk_model *model)
{
    return model->nets[PARSER].session != NULL;
}

enum avt_code avt_musetalk_model_print(const struct avt_musetalk_model *model, char ret_hex[65],
                                       struct avt_error *reterr)
{
    static const int parts[] = {ENCODER, PARSER};
    char both[2 * AVT_SHA256_HEX_SIZE] = "";
    for (int i = 0; i < 2; i++) {
        const struct net *net = &model->nets[parts[i]];
        enum avt_code code = net->session ? avt_sha256_file(net->path, both + strlen(both), reterr) : AVT_OK;
        if (code != AVT_OK)
            return code;
    }
    avt_sha256_data(both, strlen(both), ret_hex);
    return AVT_OK;
}

/* --- running --- */

static void to_type(const float *values, size_t count, enum avt_dtype dtype, void *out)
{
    for (size_t i = 0; i < count; i++) {
        float value = values ? values[i] : 0;
        if (dtype == AVT_DTYPE_F16)
            ((uint16_t *)out)[i] = avt_half_from_float(value);
        else if (dtype == AVT_DTYPE_F32)
            ((float *)out)[i] = value;
        else if (dtype == AVT_DTYPE_I32)
            ((int32_t *)out)[i] = (int32_t)value;
        else
            ((int64_t *)out)[i] = (int64_t)value;
    }
}

/* One input: borrowed where its type is the model's, else converted. */
struct input {
    struct avt_tensor tensor;
    void *made;
};

static void inputs_done(struct input (*inputs)[INPUTS_MAX])
{
    for (int i = 0; i < INPUTS_MAX; i++)
        avt_free((*inputs)[i].made);
}

/* `values` is NULL for zeros: the time. False when out of memory. */
static bool make_input(const struct avt_tensor_info *info, const struct wanted *wanted, const float *values,
                       size_t batch, struct input *input)
{
    struct avt_tensor *tensor = &input->tensor;
    *tensor = (struct avt_tensor){.name = info->name, .dtype = info->dtype, .rank = wanted->rank};
    for (int i = 0; i < wanted->rank; i++)
        tensor->shape[i] = wanted->shape[i];
    /* A time of one for all stays one. */
    tensor->shape[0] = info->shape[0] > 0 ? info->shape[0] : (int64_t)batch;
    if (values && info->dtype == AVT_DTYPE_F32) {
        /* ONNX Runtime does not write to inputs. */
        memcpy(&tensor->data, &values, sizeof(values));
        return true;
    }
    size_t count = avt_tensor_count(tensor);
    input->made = tensor->data = avt_try_alloc(count, sizeof(int64_t));
    if (input->made)
        to_type(values, count, info->dtype, input->made);
    return input->made != NULL;
}

static enum avt_code take(const struct net *net, const struct avt_tensor *output, const int64_t *shape, float *out,
                          struct avt_error *reterr)
{
    int rank = net->kind->output.rank;
    bool is_right = output->rank == rank && (output->dtype == AVT_DTYPE_F32 || output->dtype == AVT_DTYPE_F16);
    for (int i = 0; is_right && i < rank; i++)
        is_right = output->shape[i] == shape[i];
    if (!is_right) {
        char expected[80], found[80];
        avt_shape_text(AVT_DTYPE_F32, rank, shape, "n", expected, sizeof(expected));
        avt_shape_text(output->dtype, output->rank, output->shape, "n", found, sizeof(found));
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' should have given %s, and gave %s", net->path, expected,
                        found);
    }
    size_t count = avt_tensor_count(output);
    for (size_t i = 0; i < count; i++)
        out[i] = output->dtype == AVT_DTYPE_F32 ? ((const float *)output->data)[i]
                                                : avt_half_to_float(((const uint16_t *)output->data)[i]);
    return AVT_OK;
}

/* One run: `values[i]` are of input i. */
static enum avt_code run_once(const struct net *net, const float *const values[INPUTS_MAX], size_t batch, int width,
                              const struct avt_cancel *cancel, float *out, struct avt_error *reterr)
{
    AVT_CLEANUP(inputs_done) struct input inputs[INPUTS_MAX] = {0};
    struct avt_tensor tensors[INPUTS_MAX];
    size_t count = 0;
    for (int i = 0; i < INPUTS_MAX; i++) {
        if (!net->inputs[i])
            continue;
        struct wanted wanted = net->kind->inputs[i];
        if (wanted.rank == 3 && wanted.shape[2] < 0)
            wanted.shape[2] = width;
        if (!make_input(net->inputs[i], &wanted, values[i], batch, &inputs[i]))
            return avt_fail(reterr, AVT_ENOMEM, "out of memory before running '%.200s'", net->path);
        tensors[count++] = inputs[i].tensor;
    }
    int64_t shape[RANK_MAX];
    memcpy(shape, net->kind->output.shape, sizeof(shape));
    shape[0] = (int64_t)batch;
    if (shape[3] < 0)
        shape[3] = width;
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {.name = net->output->name};
    enum avt_code code = avt_session_run_until(net->session, tensors, count, &output, 1, cancel, reterr);
    return code == AVT_OK ? take(net, &output, shape, out, reterr) : code;
}

/* Of one item of a batch. */
static size_t floats_of(const struct wanted *wanted, int width)
{
    size_t count = 1;
    for (int i = 1; i < wanted->rank; i++)
        count *= (size_t)(wanted->shape[i] < 0 ? width : wanted->shape[i]);
    return count;
}

static enum avt_code run(const struct avt_musetalk_model *model, int which, const float *first, const float *second,
                         size_t count, const struct avt_cancel *cancel, float *out, struct avt_error *reterr)
{
    const struct net *net = &model->nets[which];
    const struct wanted *wanted = net->kind->inputs;
    size_t chunk = net->inputs[0]->shape[0] == 1 ? 1 : count, out_floats = floats_of(&net->kind->output, model->width);
    for (size_t at = 0; at < count; at += chunk) {
        const float *values[INPUTS_MAX] = {first + at * floats_of(&wanted[0], model->width)};
        if (second)
            values[1] = second + at * floats_of(&wanted[1], model->width);
        enum avt_code code = run_once(net, values, chunk, model->width, cancel, out + at * out_floats, reterr);
        if (code != AVT_OK)
            return code;
    }
    for (size_t i = 0; i < count; i++) {
        if (!avt_painter_sane(out + i * out_floats, out_floats))
            return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gave numbers that are no %s: all the same, or not finite",
                            net->path, which == WHISPER ? "sound" : "picture");
    }
    return AVT_OK;
}

enum avt_code avt_musetalk_hear(const struct avt_musetalk_model *model, const float *mel,
                                const struct avt_cancel *cancel, float *ret_states, struct avt_error *reterr)
{
    return run(model, WHISPER, mel, NULL, 1, cancel, ret_states, reterr);
}

enum avt_code avt_musetalk_encode(const struct avt_musetalk_model *model, const float *images, size_t count,
                                  const struct avt_cancel *cancel, float *ret_latents, struct avt_error *reterr)
{
    return run(model, ENCODER, images, NULL, count, cancel, ret_latents, reterr);
}

enum avt_code avt_musetalk_unet(const struct avt_musetalk_model *model, const float *latents, const float *prompts,
                                size_t count, const struct avt_cancel *cancel, float *ret_latents,
                                struct avt_error *reterr)
{
    return run(model, UNET, latents, prompts, count, cancel, ret_latents, reterr);
}

enum avt_code avt_musetalk_decode(const struct avt_musetalk_model *model, const float *latents, size_t count,
                                  const struct avt_cancel *cancel, float *ret_images, struct avt_error *reterr)
{
    return run(model, DECODER, latents, NULL, count, cancel, ret_images, reterr);
}

enum avt_code avt_musetalk_parse(const struct avt_musetalk_model *model, const float *image,
                                 const struct avt_cancel *cancel, float *ret_scores, struct avt_error *reterr)
{
    avt_assert(avt_musetalk_model_has_parser(model));
    return run(model, PARSER, image, NULL, 1, cancel, ret_scores, reterr);
}
