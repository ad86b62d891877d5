/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/wav2lip_net.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "lipsync/wav2lip_mel.h"
#include "nn/half.h"

enum { MEL = AVT_WAV2LIP_BANDS * AVT_WAV2LIP_STEPS };

static bool is_float(enum avt_dtype dtype)
{
    return dtype == AVT_DTYPE_F32 || dtype == AVT_DTYPE_F16;
}

/* `sizes`: -1 for any. */
static bool fits(const struct avt_tensor_info *info, const int64_t sizes[4])
{
    if (!is_float(info->dtype) || info->rank != 4)
        return false;
    for (int i = 0; i < 4; i++) {
        if (sizes[i] >= 0 && info->shape[i] >= 0 && info->shape[i] != sizes[i])
            return false;
    }
    return true;
}

/* More for one that fits, then for each of those sizes that the file names. */
static int match(const struct avt_tensor_info *info, const int64_t sizes[4])
{
    int count = fits(info, sizes) ? 5 : 0;
    for (int i = 0; i < 4 && info->rank == 4; i++)
        count += sizes[i] >= 0 && info->shape[i] == sizes[i];
    return count;
}

static const int64_t mel_sizes[4] = {-1, 1, AVT_WAV2LIP_BANDS, AVT_WAV2LIP_STEPS}, video_sizes[4] = {-1, 6, -1, -1},
                     output_sizes[4] = {-1, 3, -1, -1};

static enum avt_code find_inputs(struct avt_wav2lip_net *net, struct avt_error *reterr)
{
    if (avt_session_input_count(net->session) != 2)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' has %zu inputs, and Wav2Lip has two: mel spectra and pictures",
                        net->path, avt_session_input_count(net->session));
    const struct avt_tensor_info *a = avt_session_input_info(net->session, 0);
    const struct avt_tensor_info *b = avt_session_input_info(net->session, 1);
    /* Names differ between exporters, and sizes may be left open: what fits better decides. */
    bool is_turned = match(a, mel_sizes) + match(b, video_sizes) < match(b, mel_sizes) + match(a, video_sizes);
    net->mel = is_turned ? b : a;
    net->video = is_turned ? a : b;
    static const char *const wanted[] = {"[n, 1, 80, 16] for mel spectra", "[n, 6, 96, 96] for pictures"};
    for (int i = 0; i < 2; i++) {
        const struct avt_tensor_info *info = i ? net->video : net->mel;
        char found[80];
        avt_shape_text(info->dtype, info->rank, info->shape, "n", found, sizeof(found));
        if (!fits(info, i ? video_sizes : mel_sizes))
            return avt_fail(reterr, AVT_EMODELBAD, "'%.180s': Wav2Lip has an input like float32 %s, and '%.40s' is %s",
                            net->path, wanted[i], info->name, found);
    }
    return AVT_OK;
}

/* What a file says of a side of its pictures; 0: nothing. */
static int64_t side_of(const struct avt_tensor_info *info)
{
    return info->shape[2] > 0 ? info->shape[2] : info->shape[3] > 0 ? info->shape[3] : 0;
}

static enum avt_code find_sizes(struct avt_wav2lip_net *net, struct avt_error *reterr)
{
    for (size_t i = 0; !net->output && i < avt_session_output_count(net->session); i++) {
        if (fits(avt_session_output_info(net->session, i), output_sizes))
            net->output = avt_session_output_info(net->session, i);
    }
    if (!net->output)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gives no pictures like float32 [n, 3, 96, 96]", net->path);
    int64_t side = side_of(net->video);
    side = side ? side : side_of(net->output);
    side = side ? side : AVT_WAV2LIP_SIDE;
    for (int i = 2; i < 4; i++) {
        bool is_square = (net->video->shape[i] < 0 || net->video->shape[i] == side) &&
                         (net->output->shape[i] < 0 || net->output->shape[i] == side);
        if (!is_square || side < AVT_WAV2LIP_SIDE_MIN || side > AVT_WAV2LIP_SIDE_MAX || side % 2)
            return avt_fail(reterr, AVT_EMODELBAD, "'%.160s' is for pictures of %lld x %lld pixels and gives %lld x "
                            "%lld, -1 for any; these should be squares of one size, %d to %d", net->path,
                            (long long)net->video->shape[2], (long long)net->video->shape[3],
                            (long long)net->output->shape[2], (long long)net->output->shape[3], AVT_WAV2LIP_SIDE_MIN,
                            AVT_WAV2LIP_SIDE_MAX);
    }
    int64_t batch = net->video->shape[0] > 0 ? net->video->shape[0] : net->mel->shape[0];
    if (batch > AVT_PAINTER_BATCH_MAX ||
        (net->mel->shape[0] > 0 && net->video->shape[0] > 0 && net->mel->shape[0] != net->video->shape[0]))
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' wants %lld pictures at once, and %lld of spectra", net->path,
                        (long long)net->video->shape[0], (long long)net->mel->shape[0]);
    net->side = (int)side;
    net->batch = batch > 0 ? (int)batch : 0;
    return AVT_OK;
}

enum avt_code avt_wav2lip_net_open(const struct avt_painter_weights *weights, struct avt_wav2lip_net *ret_net,
                                   struct avt_error *reterr)
{
    avt_assert(weights && ret_net);
    const struct avt_session_options options = {.foreign = true,
                                                .device = weights->device,
                                                .gpu_bytes_max = weights->gpu_bytes_max};
    ret_net->path = avt_asprintf("%s/" AVT_WAV2LIP_FILE, weights->folder);
    enum avt_code code = avt_session_open(ret_net->path, &options, &ret_net->session, reterr);
    if (code == AVT_OK)
        code = find_inputs(ret_net, reterr);
    return code == AVT_OK ? find_sizes(ret_net, reterr) : code;
}

void avt_wav2lip_net_close(struct avt_wav2lip_net *net)
{
    avt_session_free(net->session);
    avt_free(net->path);
    *net = (struct avt_wav2lip_net){0};
}

/* `count` values and zeros up to `whole`, of the type that the model wants. Owned; NULL when out of memory. */
static void *input_of(const struct avt_tensor_info *info, const float *values, size_t count, size_t whole)
{
    if (info->dtype == AVT_DTYPE_F32) {
        float *floats = avt_try_new0(float, whole);
        if (floats)
            memcpy(floats, values, count * sizeof(*values));
        return floats;
    }
    uint16_t *halves = avt_try_new0(uint16_t, whole);
    for (size_t i = 0; halves && i < count; i++)
        halves[i] = avt_half_from_float(values[i]);
    return halves;
}

/* One run, of `count` pictures in a batch of `batch`. */
static enum avt_code run(const struct avt_wav2lip_net *net, const float *mel, const float *video, size_t count,
                         size_t batch, const struct avt_cancel *cancel, float *ret_planes, struct avt_error *reterr)
{
    size_t square = (size_t)net->side * (size_t)net->side;
    AVT_CLEANUP(avt_freep) void *mel_input = input_of(net->mel, mel, count * MEL, batch * MEL);
    AVT_CLEANUP(avt_freep) void *video_input = input_of(net->video, video, count * 6 * square, batch * 6 * square);
    if (!mel_input || !video_input)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory before running '%.200s'", net->path);
    const struct avt_tensor inputs[] = {
        {.name = net->mel->name, .dtype = net->mel->dtype, .rank = 4,
         .shape = {(int64_t)batch, 1, AVT_WAV2LIP_BANDS, AVT_WAV2LIP_STEPS}, .data = mel_input},
        {.name = net->video->name, .dtype = net->video->dtype, .rank = 4,
         .shape = {(int64_t)batch, 6, net->side, net->side}, .data = video_input},
    };
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {.name = net->output->name};
    enum avt_code code = avt_session_run_until(net->session, inputs, 2, &output, 1, cancel, reterr);
    if (code != AVT_OK)
        return code;
    if (!is_float(output.dtype) || avt_tensor_count(&output) != batch * 3 * square || output.rank != 4 ||
        output.shape[0] != (int64_t)batch || output.shape[1] != 3 || output.shape[2] != net->side)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' should have given %zu pictures of 3 x %d x %d, and did not",
                        net->path, batch, net->side, net->side);
    if (output.dtype == AVT_DTYPE_F32)
        memcpy(ret_planes, output.data, count * 3 * square * sizeof(float));
    for (size_t i = 0; output.dtype == AVT_DTYPE_F16 && i < count * 3 * square; i++)
        ret_planes[i] = avt_half_to_float(((const uint16_t *)output.data)[i]);
    return AVT_OK;
}

enum avt_code avt_wav2lip_net_run(const struct avt_wav2lip_net *net, const float *mel, const float *video, size_t count,
                                  const struct avt_cancel *cancel, float *ret_planes, struct avt_error *reterr)
{
    avt_assert(net && mel && video && count > 0 && ret_planes);
    size_t square = (size_t)net->side * (size_t)net->side, batch = net->batch ? (size_t)net->batch : count;
    for (size_t done = 0; done < count; done += batch) {
        if (avt_cancelled(cancel)) /* a run may be over before it is looked at */
            return avt_fail(reterr, AVT_ECANCELLED, "cancelled");
        size_t now = count - done < batch ? count - done : batch;
        enum avt_code code = run(net, mel + done * MEL, video + done * 6 * square, now, batch, cancel,
                                 ret_planes + done * 3 * square, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}
