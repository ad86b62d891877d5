/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/enhance_net.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "lipsync/enhance_place.h"
#include "lipsync/painter_check.h"
#include "nn/half.h"

static const struct {
    const char *file;
    const char *wanted;
} kinds[] = {
    [AVT_ENHANCE_RESTORE] = {"restore.onnx", "[1, 3, 512, 512]"},
    [AVT_ENHANCE_UPSCALE] = {"upscale.onnx", "[1, 3, h, w]"},
};
enum { TRIAL_SIDE = 64 };

static bool is_picture(const struct avt_tensor_info *info)
{
    return (info->dtype == AVT_DTYPE_F32 || info->dtype == AVT_DTYPE_F16) && info->rank == 4 &&
           (info->shape[0] < 0 || info->shape[0] == 1) && info->shape[1] == 3;
}

static bool is_number(const struct avt_tensor_info *info)
{
    return (info->dtype == AVT_DTYPE_F32 || info->dtype == AVT_DTYPE_F64) &&
           (info->rank == 0 || (info->rank == 1 && (info->shape[0] < 0 || info->shape[0] == 1)));
}

static enum avt_code misfit(const struct avt_enhance_net *net, const struct avt_tensor_info *info, const char *word,
                            struct avt_error *reterr)
{
    char found[80] = "none";
    if (info)
        avt_shape_text(info->dtype, info->rank, info->shape, "n", found, sizeof(found));
    return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' should %s a picture like float32 %s, and '%.40s' is %s",
                    net->path, word, kinds[net->kind].wanted, info ? info->name : "", found);
}

/* One picture in, with CodeFormer a number, and one picture out, with some beside it that are of no use here. */
static enum avt_code find_tensors(struct avt_enhance_net *net, struct avt_error *reterr)
{
    for (size_t i = 0; i < avt_session_input_count(net->session); i++) {
        const struct avt_tensor_info *info = avt_session_input_info(net->session, i);
        if (is_picture(info) && !net->image)
            net->image = info;
        else if (is_number(info) && !net->fidelity && net->kind == AVT_ENHANCE_RESTORE)
            net->fidelity = info;
        else
            return misfit(net, info, "take", reterr);
    }
    if (!net->image)
        return misfit(net, NULL, "take", reterr);
    for (size_t i = 0; i < avt_session_output_count(net->session); i++) {
        const struct avt_tensor_info *info = avt_session_output_info(net->session, i);
        if (is_picture(info) && (!net->output || avt_str_equal(info->name, "output")))
            net->output = info;
    }
    if (!net->output)
        return misfit(net, avt_session_output_info(net->session, 0), "give", reterr);
    return AVT_OK;
}

static enum avt_code find_side(struct avt_enhance_net *net, struct avt_error *reterr)
{
    int64_t height = net->image->shape[2], width = net->image->shape[3];
    int64_t side = height > 0 ? height : width;
    bool is_open = height <= 0 && width <= 0;
    bool is_square = is_open || width <= 0 || height <= 0 || width == height;
    if (!is_square || (!is_open && (side < AVT_ENHANCE_SIDE_MIN || side > AVT_ENHANCE_SIDE_MAX)))
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' takes pictures of %lld x %lld pixels; these should be "
                        "squares, %d to %d", net->path, (long long)width, (long long)height, AVT_ENHANCE_SIDE_MIN,
                        AVT_ENHANCE_SIDE_MAX);
    net->side = !is_open ? (int)side : net->kind == AVT_ENHANCE_RESTORE ? AVT_ENHANCE_TEMPLATE : 0;
    return AVT_OK;
}

static size_t count_of(int side)
{
    return (size_t)side * (size_t)side * 3;
}

/* The network sees -1..1 if it restores. */
static float to_network(const struct avt_enhance_net *net, float value)
{
    return net->kind == AVT_ENHANCE_RESTORE ? 2 * value - 1 : value;
}

static float from_network(const struct avt_enhance_net *net, float value)
{
    return fminf(fmaxf(net->kind == AVT_ENHANCE_RESTORE ? (value + 1) / 2 : value, 0), 1);
}

/* Owned; NULL when out of memory. */
static void *input_of(const struct avt_enhance_net *net, const float *planes, size_t count)
{
    if (net->image->dtype == AVT_DTYPE_F32) {
        float *values = avt_try_new0(float, count);
        for (size_t i = 0; values && i < count; i++)
            values[i] = to_network(net, planes[i]);
        return values;
    }
    uint16_t *values = avt_try_new0(uint16_t, count);
    for (size_t i = 0; values && i < count; i++)
        values[i] = avt_half_from_float(to_network(net, planes[i]));
    return values;
}

/* Run it; the output is as the network gave it. */
static enum avt_code run(const struct avt_enhance_net *net, int side, const float *planes,
                         const struct avt_cancel *cancel, struct avt_tensor *ret_output, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) void *values = input_of(net, planes, count_of(side));
    if (!values)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory before running '%.200s'", net->path);
    double wide = AVT_ENHANCE_FIDELITY;
    float narrow = (float)wide;
    struct avt_tensor inputs[2] = {{.name = net->image->name, .dtype = net->image->dtype, .rank = 4,
                                    .shape = {1, 3, side, side}, .data = values}};
    if (net->fidelity)
        inputs[1] = (struct avt_tensor){.name = net->fidelity->name, .dtype = net->fidelity->dtype,
                                        .rank = net->fidelity->rank, .shape = {1},
                                        .data = net->fidelity->dtype == AVT_DTYPE_F32 ? (void *)&narrow : &wide};
    ret_output->name = net->output->name;
    return avt_session_run_until(net->session, inputs, net->fidelity ? 2 : 1, ret_output, 1, cancel, reterr);
}

/* Of a network that makes larger: how much, seen from what it makes of a black square. */
static enum avt_code find_factor(struct avt_enhance_net *net, struct avt_error *reterr)
{
    int side = net->side ? net->side : TRIAL_SIDE;
    int64_t made = net->output->shape[2];
    if (net->side == 0 || made <= 0) {
        AVT_CLEANUP(avt_freep) float *black = avt_try_new0(float, count_of(side));
        AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {0};
        if (!black)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory before running '%.200s'", net->path);
        enum avt_code code = run(net, side, black, NULL, &output, reterr);
        if (code != AVT_OK)
            return code;
        made = output.rank == 4 ? output.shape[2] : 0;
    }
    int64_t most = net->kind == AVT_ENHANCE_RESTORE ? 1 : AVT_ENHANCE_FACTOR_MAX;
    if (made < side || made % side != 0 || made / side > most)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' makes %lld pixels of %d; %s", net->path, (long long)made, side,
                        most == 1 ? "it should be as many" : "it should be a whole number of times as many, 1 to 8");
    net->factor = (int)(made / side);
    return AVT_OK;
}

enum avt_code avt_enhance_net_open(enum avt_enhance_kind kind, const struct avt_painter_weights *weights,
                                   struct avt_enhance_net *ret_net, struct avt_error *reterr)
{
    avt_assert(weights && ret_net);
    const struct avt_session_options options = {.foreign = true,
                                                .device = weights->device,
                                                .gpu_bytes_max = weights->gpu_bytes_max};
    ret_net->kind = kind;
    ret_net->path = avt_asprintf("%s/%s", weights->folder, kinds[kind].file);
    enum avt_code code = avt_session_open(ret_net->path, &options, &ret_net->session, reterr);
    if (code == AVT_OK)
        code = find_tensors(ret_net, reterr);
    if (code == AVT_OK)
        code = find_side(ret_net, reterr);
    return code == AVT_OK ? find_factor(ret_net, reterr) : code;
}

void avt_enhance_net_close(struct avt_enhance_net *net)
{
    avt_session_free(net->session);
    avt_free(net->path);
    *net = (struct avt_enhance_net){0};
}

enum avt_code avt_enhance_net_run(const struct avt_enhance_net *net, int side, const float *planes,
                                  const struct avt_cancel *cancel, float *ret_planes, struct avt_error *reterr)
{
    avt_assert(net && (net->side == 0 || side == net->side) && planes && ret_planes);
    if (avt_cancelled(cancel)) /* a run may be over before it is looked at */
        return avt_fail(reterr, AVT_ECANCELLED, "cancelled");
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {0};
    enum avt_code code = run(net, side, planes, cancel, &output, reterr);
    if (code != AVT_OK)
        return code;
    int made = side * net->factor;
    size_t count = count_of(made);
    bool is_half = output.dtype == AVT_DTYPE_F16;
    if ((!is_half && output.dtype != AVT_DTYPE_F32) || output.rank != 4 || output.shape[1] != 3 ||
        output.shape[2] != made || output.shape[3] != made || avt_tensor_count(&output) != count)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' should have made a picture of 3 x %d x %d, and did not",
                        net->path, made, made);
    for (size_t i = 0; i < count; i++)
        ret_planes[i] = is_half ? avt_half_to_float(((const uint16_t *)output.data)[i]) : ((float *)output.data)[i];
    if (!avt_painter_sane(ret_planes, count))
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' made what is no picture: its file is damaged, or the "
                        "processor it runs on computes wrongly", net->path);
    for (size_t i = 0; i < count; i++)
        ret_planes[i] = from_network(net, ret_planes[i]);
    return AVT_OK;
}
