/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/pocket_nets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

static const char *const names[AVT_POCKET_FILES] = {
    [AVT_POCKET_TEXT] = "text_conditioner.onnx", [AVT_POCKET_MAIN] = "flow_lm_main.onnx",
    [AVT_POCKET_FLOW] = "flow_lm_flow.onnx",     [AVT_POCKET_DECODER] = "mimi_decoder.onnx",
    [AVT_POCKET_ENCODER] = "mimi_encoder.onnx",
};
enum { WIDTH_MAX = 1 << 14, LATENTS_MAX = 1 << 10 };

/* What each file must have. A length of WIDTH or LATENTS must be the same in all of them. */
enum { ANY = -1, WIDTH = -2, LATENTS = -3 };
static const struct wanted {
    enum avt_pocket_file file;
    bool is_output;
    const char *name;
    enum avt_dtype dtype;
    int rank;
    int64_t shape[3];
} wanted[] = {
    {AVT_POCKET_MAIN, false, "sequence", AVT_DTYPE_F32, 3, {1, ANY, LATENTS}},
    {AVT_POCKET_MAIN, false, "text_embeddings", AVT_DTYPE_F32, 3, {1, ANY, WIDTH}},
    {AVT_POCKET_MAIN, true, "conditioning", AVT_DTYPE_F32, 2, {1, WIDTH}},
    {AVT_POCKET_MAIN, true, "eos_logit", AVT_DTYPE_F32, 2, {1, 1}},
    {AVT_POCKET_TEXT, false, "token_ids", AVT_DTYPE_I64, 2, {1, ANY}},
    {AVT_POCKET_TEXT, true, "embeddings", AVT_DTYPE_F32, 3, {1, ANY, WIDTH}},
    {AVT_POCKET_FLOW, false, "c", AVT_DTYPE_F32, 2, {1, WIDTH}},
    {AVT_POCKET_FLOW, false, "s", AVT_DTYPE_F32, 2, {1, 1}},
    {AVT_POCKET_FLOW, false, "t", AVT_DTYPE_F32, 2, {1, 1}},
    {AVT_POCKET_FLOW, false, "x", AVT_DTYPE_F32, 2, {1, LATENTS}},
    {AVT_POCKET_FLOW, true, "flow_dir", AVT_DTYPE_F32, 2, {1, LATENTS}},
    {AVT_POCKET_DECODER, false, "latent", AVT_DTYPE_F32, 3, {1, ANY, LATENTS}},
    {AVT_POCKET_DECODER, true, "audio_frame", AVT_DTYPE_F32, 3, {1, 1, ANY}},
    {AVT_POCKET_ENCODER, false, "audio", AVT_DTYPE_F32, 3, {1, 1, ANY}},
    {AVT_POCKET_ENCODER, true, "latents", AVT_DTYPE_F32, 3, {1, ANY, WIDTH}},
};

static int64_t length_of(const struct avt_pocket_nets *nets, int64_t length)
{
    return length == WIDTH ? nets->width : length == LATENTS ? nets->latents : length;
}

static enum avt_code check_tensor(const struct avt_pocket_nets *nets, const struct wanted *w, struct avt_error *reterr)
{
    const struct avt_session *session = nets->sessions[w->file];
    int64_t shape[3];
    for (int i = 0; i < w->rank; i++)
        shape[i] = length_of(nets, w->shape[i]);
    return avt_session_expect(session, w->is_output, w->name, w->dtype, w->rank, shape, reterr);
}

/* The width and the latents are what the language model says. */
static enum avt_code read_sizes(struct avt_pocket_nets *nets, struct avt_error *reterr)
{
    const struct avt_session *session = nets->sessions[AVT_POCKET_MAIN];
    const struct avt_tensor_info *sequence = avt_session_find_input(session, "sequence"),
                                 *text = avt_session_find_input(session, "text_embeddings");
    if (!sequence || !text || sequence->rank != 3 || text->rank != 3 || sequence->shape[2] < 1 || text->shape[2] < 1 ||
        sequence->shape[2] > LATENTS_MAX || text->shape[2] > WIDTH_MAX)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' should have inputs 'sequence' [1, n, 32] and "
                        "'text_embeddings' [1, n, 1024], and has not", nets->paths[AVT_POCKET_MAIN]);
    nets->latents = (int)sequence->shape[2];
    nets->width = (int)text->shape[2];
    return AVT_OK;
}

enum avt_code avt_pocket_nets_open(const char *folder, struct avt_pocket_nets *nets, struct avt_error *reterr)
{
    static const struct avt_session_options options = {.foreign = true};
    nets->folder = avt_strdup(folder);
    for (int i = 0; i < AVT_POCKET_FILES; i++) {
        nets->paths[i] = avt_asprintf("%s/%s", folder, names[i]);
        if (i == AVT_POCKET_ENCODER && !avt_file_exists(nets->paths[i]))
            continue;
        enum avt_code code = avt_session_open(nets->paths[i], &options, &nets->sessions[i], reterr);
        if (code != AVT_OK)
            return code;
    }
    enum avt_code code = read_sizes(nets, reterr);
    for (size_t i = 0; code == AVT_OK && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (nets->sessions[wanted[i].file])
            code = check_tensor(nets, &wanted[i], reterr);
    }
    return code;
}

void avt_pocket_nets_close(struct avt_pocket_nets *nets)
{
    for (int i = 0; i < AVT_POCKET_FILES; i++) {
        avt_session_free(nets->sessions[i]);
        avt_free(nets->paths[i]);
    }
    avt_free(nets->folder);
    *nets = (struct avt_pocket_nets){0};
}

enum avt_code avt_pocket_check(const struct avt_pocket_nets *nets, enum avt_pocket_file file,
                               const struct avt_tensor *output, int rank, int64_t last, struct avt_error *reterr)
{
    if (output->dtype != AVT_DTYPE_F32 || output->rank != rank || (last >= 0 && output->shape[rank - 1] != last))
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gives a '%s' of another shape than it says", nets->paths[file],
                        output->name);
    size_t count = avt_tensor_count(output);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(((const float *)output->data)[i]))
            return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gives numbers in '%s' that are none (NaN): its weights "
                            "are damaged", nets->paths[file], output->name);
    }
    return AVT_OK;
}

enum avt_code avt_pocket_embed(const struct avt_pocket_nets *nets, const int32_t *ids, size_t count,
                               float **ret_vectors, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) int64_t *tokens = avt_try_new0(int64_t, count);
    if (!tokens)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a text");
    for (size_t i = 0; i < count; i++)
        tokens[i] = ids[i];
    const struct avt_tensor input = {"token_ids", AVT_DTYPE_I64, 2, {1, (int64_t)count}, tokens};
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {.name = "embeddings"};
    enum avt_code code = avt_session_run(nets->sessions[AVT_POCKET_TEXT], &input, 1, &output, 1, reterr);
    if (code == AVT_OK)
        code = avt_pocket_check(nets, AVT_POCKET_TEXT, &output, 3, nets->width, reterr);
    if (code == AVT_OK && output.shape[1] != (int64_t)count)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gives another number of vectors than of tokens",
                        nets->paths[AVT_POCKET_TEXT]);
    if (code == AVT_OK)
        *ret_vectors = AVT_TAKE(output.data);
    return code;
}

enum avt_code avt_pocket_hear(const struct avt_pocket_nets *nets, float *sound, size_t count,
                              const struct avt_cancel *cancel, float **ret_vectors, size_t *ret_frames,
                              struct avt_error *reterr)
{
    const struct avt_tensor input = {"audio", AVT_DTYPE_F32, 3, {1, 1, (int64_t)count}, sound};
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {.name = "latents"};
    enum avt_code code =
        avt_session_run_until(nets->sessions[AVT_POCKET_ENCODER], &input, 1, &output, 1, cancel, reterr);
    if (code == AVT_OK)
        code = avt_pocket_check(nets, AVT_POCKET_ENCODER, &output, 3, nets->width, reterr);
    if (code != AVT_OK)
        return code;
    *ret_frames = (size_t)output.shape[1];
    *ret_vectors = AVT_TAKE(output.data);
    return AVT_OK;
}

enum avt_code avt_pocket_flow(const struct avt_pocket_nets *nets, float *conditioning, float from, float to, float *x,
                              float *ret_flow, struct avt_error *reterr)
{
    const struct avt_tensor inputs[] = {
        {"c", AVT_DTYPE_F32, 2, {1, nets->width}, conditioning},
        {"s", AVT_DTYPE_F32, 2, {1, 1}, &from},
        {"t", AVT_DTYPE_F32, 2, {1, 1}, &to},
        {"x", AVT_DTYPE_F32, 2, {1, nets->latents}, x},
    };
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {.name = "flow_dir"};
    enum avt_code code = avt_session_run(nets->sessions[AVT_POCKET_FLOW], inputs, 4, &output, 1, reterr);
    if (code == AVT_OK)
        code = avt_pocket_check(nets, AVT_POCKET_FLOW, &output, 2, nets->latents, reterr);
    if (code == AVT_OK)
        memcpy(ret_flow, output.data, (size_t)nets->latents * sizeof(float));
    return code;
}
