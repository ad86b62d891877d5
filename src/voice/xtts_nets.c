/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_nets.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/pocket_sound.h"

static const char *const names[AVT_XTTS_FILES] = {
    [AVT_XTTS_FILE_GPT] = AVT_XTTS_GPT,
    [AVT_XTTS_FILE_DECODER] = AVT_XTTS_DECODER,
    [AVT_XTTS_FILE_CONDITIONING] = AVT_XTTS_CONDITIONING,
    [AVT_XTTS_FILE_SPEAKER] = AVT_XTTS_SPEAKER,
};
#define CACHE     "cache_"
#define OUT_CACHE "out_cache_"
enum { CACHE_RANK = 3, CACHE_ROWS = 1, CACHES_MAX = 120, CACHE_ROW_MAX = 1 << 16 };

/* What each file must have. A length below ANY is one of xtts.json. */
enum { ANY = -1, WIDTH = -2, LATENTS = -3, SPEAKER = -4, CODES = -5 };
static const struct wanted {
    enum avt_xtts_file file;
    bool is_output;
    const char *name;
    enum avt_dtype dtype;
    int rank;
    int64_t shape[3];
} wanted[] = {
    {AVT_XTTS_FILE_GPT, false, "conditioning", AVT_DTYPE_F32, 3, {1, ANY, WIDTH}},
    {AVT_XTTS_FILE_GPT, false, "text", AVT_DTYPE_I64, 2, {1, ANY}},
    {AVT_XTTS_FILE_GPT, false, "code", AVT_DTYPE_I64, 2, {1, ANY}},
    {AVT_XTTS_FILE_GPT, false, "position", AVT_DTYPE_I64, 1, {1}},
    {AVT_XTTS_FILE_GPT, false, "past", AVT_DTYPE_I64, 1, {1}},
    {AVT_XTTS_FILE_GPT, true, "logits", AVT_DTYPE_F32, 2, {1, CODES}},
    {AVT_XTTS_FILE_GPT, true, "latent", AVT_DTYPE_F32, 3, {1, ANY, WIDTH}},
    {AVT_XTTS_FILE_DECODER, false, "latents", AVT_DTYPE_F32, 3, {1, WIDTH, ANY}},
    {AVT_XTTS_FILE_DECODER, false, "speaker", AVT_DTYPE_F32, 2, {1, SPEAKER}},
    {AVT_XTTS_FILE_DECODER, true, "sound", AVT_DTYPE_F32, 3, {1, 1, ANY}},
    {AVT_XTTS_FILE_CONDITIONING, false, "mel", AVT_DTYPE_F32, 3, {1, 80, ANY}},
    {AVT_XTTS_FILE_CONDITIONING, true, "latents", AVT_DTYPE_F32, 3, {1, LATENTS, WIDTH}},
    {AVT_XTTS_FILE_SPEAKER, false, "mel", AVT_DTYPE_F32, 3, {1, 64, ANY}},
    {AVT_XTTS_FILE_SPEAKER, true, "embedding", AVT_DTYPE_F32, 2, {1, SPEAKER}},
};

static int64_t length_of(const struct avt_xtts_config *config, int64_t length)
{
    switch (length) {
    case WIDTH:
        return config->width;
    case LATENTS:
        return config->latents;
    case SPEAKER:
        return config->speaker;
    case CODES:
        return config->codes;
    default:
        return length;
    }
}

static enum avt_code check_tensor(const struct avt_xtts *xtts, const struct avt_session *session,
                                  const struct wanted *w, struct avt_error *reterr)
{
    int64_t shape[3];
    for (int i = 0; i < w->rank; i++)
        shape[i] = length_of(&xtts->config, w->shape[i]);
    return avt_session_expect(session, w->is_output, w->name, w->dtype, w->rank, shape, reterr);
}

static enum avt_code open_file(const struct avt_xtts *xtts, enum avt_xtts_file file,
                               const struct avt_session_options *place, struct avt_session **ret_session,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    enum avt_code code = avt_session_open(xtts->paths[file], place, &session, reterr);
    for (size_t i = 0; code == AVT_OK && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (wanted[i].file == file)
            code = check_tensor(xtts, session, &wanted[i], reterr);
    }
    if (code == AVT_OK)
        *ret_session = AVT_TAKE(session);
    return code;
}

/* The caches: inputs of the language model that go on as an output. */
static enum avt_code find_caches(struct avt_xtts *xtts, struct avt_error *reterr)
{
    const char *path = xtts->paths[AVT_XTTS_FILE_GPT];
    struct avt_xtts_caches *caches = &xtts->caches;
    for (size_t i = 0; i < avt_session_input_count(xtts->gpt); i++) {
        const struct avt_tensor_info *info = avt_session_input_info(xtts->gpt, i);
        if (!avt_str_starts(info->name, CACHE))
            continue;
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf(OUT_CACHE "%s", info->name + strlen(CACHE));
        const struct avt_tensor_info *output = avt_session_find_output(xtts->gpt, name);
        bool is_right = output && output->dtype == info->dtype && info->rank == CACHE_RANK && info->shape[0] > 0 &&
                        info->shape[0] <= CACHE_ROW_MAX && info->shape[CACHE_ROWS] < 0 && info->shape[2] > 0 &&
                        info->shape[2] <= CACHE_ROW_MAX &&
                        (info->dtype == AVT_DTYPE_F32 || info->dtype == AVT_DTYPE_F16);
        if (!is_right || caches->count == CACHES_MAX)
            return avt_fail(reterr, AVT_EMODELBAD, "'%.200s': input '%.60s' should be like float [heads, n, size], and "
                            "have an output '%.60s' of its type", path, info->name, name);
        caches->tensors[caches->count] = (struct avt_tensor){
            .name = info->name, .dtype = info->dtype, .rank = CACHE_RANK, .shape = {info->shape[0], 1, info->shape[2]}};
        caches->outputs[caches->count++] = output->name;
    }
    return caches->count > 0 ? AVT_OK
                             : avt_fail(reterr, AVT_EMODELBAD, "'%.200s' should have inputs called '" CACHE
                                        "0' and so on, and has none", path);
}

enum avt_code avt_xtts_nets_open(const char *folder, struct avt_xtts *xtts, struct avt_error *reterr)
{
    xtts->config_path = avt_asprintf("%s/" AVT_XTTS_CONFIG, folder);
    for (size_t i = 0; i < AVT_XTTS_FILES; i++) {
        xtts->paths[i] = avt_asprintf("%s/%s", folder, names[i]);
        if (!avt_file_exists(xtts->paths[i]))
            return avt_fail(reterr, AVT_EMODEL, "XTTS needs '%.300s', which is missing", xtts->paths[i]);
    }
    enum avt_code code = avt_xtts_config_read(xtts->config_path, &xtts->config, reterr);
    if (code == AVT_ENOENT)
        return avt_fail(reterr, AVT_EMODEL, "XTTS needs '%.300s', which is missing", xtts->config_path);
    if (code == AVT_OK)
        code = open_file(xtts, AVT_XTTS_FILE_DECODER, &xtts->place, &xtts->decoder, reterr);
    if (code == AVT_OK)
        code = open_file(xtts, AVT_XTTS_FILE_GPT, &xtts->place, &xtts->gpt, reterr);
    if (code == AVT_OK)
        code = find_caches(xtts, reterr);
    if (code == AVT_OK)
        xtts->updates = avt_updates_read(xtts->paths[AVT_XTTS_FILE_GPT]);
    return code;
}

void avt_xtts_nets_close(struct avt_xtts *xtts)
{
    avt_session_free(xtts->gpt);
    avt_session_free(xtts->decoder);
    avt_updates_free(xtts->updates);
    avt_free(xtts->config_path);
    for (size_t i = 0; i < AVT_XTTS_FILES; i++)
        avt_free(xtts->paths[i]);
}

enum avt_code avt_xtts_nets_take(const struct avt_xtts *xtts, enum avt_xtts_file file,
                                 struct avt_session **ret_session, struct avt_error *reterr)
{
    static const struct avt_session_options in_memory = {.foreign = true};
    return open_file(xtts, file, &in_memory, ret_session, reterr);
}

enum avt_code avt_xtts_caches_make(const struct avt_xtts *xtts, size_t rows, struct avt_xtts_caches *ret_caches,
                                   struct avt_error *reterr)
{
    for (size_t i = 0; i < xtts->caches.count; i++) {
        struct avt_tensor tensor = xtts->caches.tensors[i];
        tensor.shape[CACHE_ROWS] = (int64_t)rows;
        tensor.data = avt_try_alloc(avt_tensor_count(&tensor), avt_dtype_size(tensor.dtype));
        if (!tensor.data)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for a text of XTTS");
        ret_caches->outputs[i] = xtts->caches.outputs[i];
        ret_caches->tensors[ret_caches->count++] = tensor;
    }
    return AVT_OK;
}

void avt_xtts_caches_done(struct avt_xtts_caches *caches)
{
    for (size_t i = 0; i < caches->count; i++)
        avt_tensor_done(&caches->tensors[i]);
    caches->count = 0;
}

enum avt_code avt_xtts_check(const struct avt_xtts *xtts, enum avt_xtts_file file, const struct avt_tensor *output,
                             size_t count, struct avt_error *reterr)
{
    if (output->dtype != AVT_DTYPE_F32 || avt_tensor_count(output) != count)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gives a '%s' of another shape than it says", xtts->paths[file],
                        output->name);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(((const float *)output->data)[i]))
            return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gives numbers in '%s' that are none (NaN): its weights "
                            "are damaged, or float16 is too coarse for it", xtts->paths[file], output->name);
    }
    return AVT_OK;
}

enum avt_code avt_xtts_hear(const struct avt_xtts *xtts, enum avt_xtts_file file, struct avt_session *session,
                            float *mel, size_t bands, size_t frames, size_t count, const struct avt_cancel *cancel,
                            float **ret_values, struct avt_error *reterr)
{
    const struct avt_tensor input = {"mel", AVT_DTYPE_F32, 3, {1, (int64_t)bands, (int64_t)frames}, mel};
    AVT_CLEANUP(avt_tensor_done)
    struct avt_tensor output = {.name = file == AVT_XTTS_FILE_SPEAKER ? "embedding" : "latents"};
    enum avt_code code = avt_session_run_until(session, &input, 1, &output, 1, cancel, reterr);
    if (code == AVT_OK)
        code = avt_xtts_check(xtts, file, &output, count, reterr);
    if (code == AVT_OK)
        *ret_values = AVT_TAKE(output.data);
    return code;
}

enum avt_code avt_xtts_decode(const struct avt_xtts *xtts, float *rows, size_t row_count, float *speaker,
                              const struct avt_cancel *cancel, float **ret_sound, struct avt_error *reterr)
{
    const struct avt_tensor inputs[] = {
        {"latents", AVT_DTYPE_F32, 3, {1, xtts->config.width, (int64_t)row_count}, rows},
        {"speaker", AVT_DTYPE_F32, 2, {1, xtts->config.speaker}, speaker},
    };
    const size_t count = row_count * AVT_XTTS_HOP;
    AVT_CLEANUP(avt_tensor_done) struct avt_tensor output = {.name = "sound"};
    enum avt_code code = avt_session_run_until(xtts->decoder, inputs, 2, &output, 1, cancel, reterr);
    if (code == AVT_OK)
        code = avt_xtts_check(xtts, AVT_XTTS_FILE_DECODER, &output, count, reterr);
    if (code == AVT_OK && !avt_pocket_is_sound(output.data, count))
        code = avt_fail(reterr, AVT_EMODELBAD, "'%.200s' gives the same number all over: that is no sound",
                        xtts->paths[AVT_XTTS_FILE_DECODER]);
    if (code == AVT_OK)
        *ret_sound = AVT_TAKE(output.data);
    return code;
}
