/* SPDX-License-Identifier: Apache-2.0 */
/* Is a folder of weights what an engine takes: names, types, shapes, operators; then a run on zeros, and hashes. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/half.h"
#include "nn/onnx_bytes.h"
#include "nn/weights.h"
#include "os/paths.h"

enum { SHAPE_TEXT_SIZE = 128, READ_BYTES = 4 << 20 };

struct examination {
    const struct avt_weights *weights;
    const char *folder;
    const struct avt_weights_check *check;
    struct avt_weights_prints *prints;
    struct avt_onnx_weights weights_found;
    long long bytes, bytes_done; /* of all files: read twice and loaded once, which takes about as long */
};

static void tell(const struct examination *work, const char *file, const char *stage)
{
    double all = fmax(1, 2 * (double)work->bytes);
    if (work->check && work->check->progress)
        work->check->progress(file, stage, fmin(1, (double)work->bytes_done / all), work->check->user);
}

static enum avt_code stopped(const struct examination *work, struct avt_error *reterr)
{
    bool stop = work->check && avt_cancelled(work->check->cancel);
    return stop ? avt_fail(reterr, AVT_ECANCELLED, "cancelled; nothing was imported") : AVT_OK;
}

/* ---- what a file says ------------------------------------------------------------------------ */

static enum avt_code damaged(const char *path, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EMODELBAD, "'%.300s' is no ONNX file, or was cut short: download or export it again",
                    path);
}

/* The version of the standard operators; and of what precision the weights are. */
static enum avt_code read_file(struct examination *work, const char *path, struct avt_error *reterr)
{
    struct avt_map map;
    enum avt_code code = avt_map_open(path, &map, reterr);
    if (code != AVT_OK)
        return code == AVT_ENOMEM ? code : damaged(path, reterr);
    const struct avt_slice model = {map.data, map.size};
    uint64_t version = avt_onnx_opset(model);
    avt_onnx_count_weights(model, &work->weights_found);
    avt_map_close(&map);
    if (version == 0)
        return damaged(path, reterr);
    if (version < AVT_WEIGHTS_OPSET_MIN)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "'%.300s' uses version %llu of ONNX's operators, which is too old: export it again with opset "
                        "%d or later",
                        path, (unsigned long long)version, AVT_WEIGHTS_OPSET_MIN);
    return AVT_OK;
}

static bool type_fits(const char *type, enum avt_dtype dtype)
{
    if (avt_str_equal(type, "any"))
        return true;
    if (avt_str_equal(type, "float"))
        return dtype == AVT_DTYPE_F32 || dtype == AVT_DTYPE_F16;
    if (avt_str_equal(type, "int"))
        return dtype == AVT_DTYPE_I32 || dtype == AVT_DTYPE_I64;
    return dtype == (avt_str_equal(type, "int64") ? AVT_DTYPE_I64 : AVT_DTYPE_F32);
}

static bool shape_fits(const struct avt_weights_tensor *wanted, const struct avt_tensor_info *info)
{
    if (wanted->rank < 0)
        return true;
    if (wanted->rank != info->rank)
        return false;
    for (int i = 0; i < wanted->rank; i++) {
        if (wanted->shape[i] >= 0 && info->shape[i] >= 0 && wanted->shape[i] != info->shape[i])
            return false;
    }
    return true;
}

static bool name_fits(const char *wanted, const char *name)
{
    size_t size = strlen(wanted);
    return wanted[size - 1] == '*' ? strncmp(wanted, name, size - 1) == 0 : avt_str_equal(wanted, name);
}

static bool fits(const struct avt_weights_tensor *wanted, const struct avt_tensor_info *info)
{
    return type_fits(wanted->type, info->dtype) && shape_fits(wanted, info);
}

/* Inputs or outputs of one file. */
struct side {
    const char *path;
    const char *word; /* "input" */
    const struct avt_weights_tensor *wanted;
    size_t wanted_count;
    const struct avt_tensor_info *(*info)(const struct avt_session *session, size_t index);
    const struct avt_session *session;
    size_t count;
    bool must_know_all; /* an input that nobody knows cannot be fed */
};

static enum avt_code misfit(const struct side *side, const struct avt_weights_tensor *wanted,
                            const struct avt_tensor_info *info, struct avt_error *reterr)
{
    char is[SHAPE_TEXT_SIZE], want[SHAPE_TEXT_SIZE];
    avt_shape_text(info->dtype, info->rank, info->shape, "any", is, sizeof(is));
    avt_shape_text(info->dtype, wanted->rank, wanted->shape, "any", want, sizeof(want));
    const char *shape = wanted->rank < 0 ? "" : strchr(want, '[');
    return avt_fail(reterr, AVT_EMODELBAD, "the %s '%.60s' of '%.200s' is %s; %s %s is needed", side->word, info->name,
                    side->path, is, wanted->type, shape);
}

/* Which of the file's tensors is `wanted`: by its name; else the only one of its kind that is not wanted by name, for
 * exports name things differently. SIZE_MAX: none. */
static size_t find(const struct side *side, const struct avt_weights_tensor *wanted)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < side->count; i++) {
        if (name_fits(wanted->name, side->info(side->session, i)->name))
            return i;
    }
    for (size_t i = 0; i < side->count; i++) {
        const struct avt_tensor_info *info = side->info(side->session, i);
        bool is_named = false;
        for (size_t k = 0; k < side->wanted_count; k++)
            is_named |= name_fits(side->wanted[k].name, info->name);
        if (is_named || wanted->rank < 0 || !fits(wanted, info))
            continue;
        if (found != SIZE_MAX)
            return SIZE_MAX;
        found = i;
    }
    return found;
}

static enum avt_code check_side(const struct side *side, struct avt_error *reterr)
{
    bool known[AVT_SESSION_IO_MAX] = {false};
    for (size_t k = 0; k < side->wanted_count; k++) {
        const struct avt_weights_tensor *wanted = &side->wanted[k];
        size_t index = find(side, wanted);
        if (index == SIZE_MAX && !wanted->is_optional)
            return avt_fail(reterr, AVT_EMODELBAD,
                            "'%.200s' has no %s '%s'; it has %s%s%s: is it another model's file?",
                            side->path, side->word, wanted->name, side->count ? "'" : "none",
                            side->count ? side->info(side->session, 0)->name : "", side->count ? "' and so on" : "");
        for (size_t i = 0; index != SIZE_MAX && i < side->count; i++) {
            const struct avt_tensor_info *info = side->info(side->session, i);
            if (i != index && !name_fits(wanted->name, info->name))
                continue;
            known[i] = true;
            if (!fits(wanted, info))
                return misfit(side, wanted, info, reterr);
        }
    }
    for (size_t i = 0; side->must_know_all && i < side->count; i++) {
        if (!known[i])
            return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' takes an input '%.60s', which the engine does not know",
                            side->path, side->info(side->session, i)->name);
    }
    return AVT_OK;
}

static struct side inputs_of(const struct avt_weights_file *file, const char *path, const struct avt_session *session)
{
    return (struct side){path, "input", file->inputs, file->input_count, avt_session_input_info, session,
                         avt_session_input_count(session), true};
}

static enum avt_code check_tensors(const struct avt_weights_file *file, const char *path,
                                   const struct avt_session *session, struct avt_error *reterr)
{
    const struct side inputs = inputs_of(file, path, session);
    const struct side outputs = {path, "output", file->outputs, file->output_count, avt_session_output_info, session,
                                 avt_session_output_count(session), false};
    enum avt_code code = check_side(&inputs, reterr);
    return code == AVT_OK ? check_side(&outputs, reterr) : code;
}

/* ---- a run on zeros -------------------------------------------------------------------------- */

static bool is_finite(const struct avt_tensor *tensor)
{
    size_t count = avt_tensor_count(tensor);
    for (size_t i = 0; i < count; i++) {
        if (tensor->dtype == AVT_DTYPE_F32 && !isfinite(((const float *)tensor->data)[i]))
            return false;
        if (tensor->dtype == AVT_DTYPE_F16 && !isfinite(avt_half_to_float(((const uint16_t *)tensor->data)[i])))
            return false;
        if (tensor->dtype == AVT_DTYPE_F64 && !isfinite(((const double *)tensor->data)[i]))
            return false;
    }
    return true;
}

static void fill(struct avt_tensor *tensor, int value)
{
    size_t count = avt_tensor_count(tensor);
    for (size_t i = 0; i < count && value != 0; i++) {
        if (tensor->dtype == AVT_DTYPE_F32)
            ((float *)tensor->data)[i] = (float)value;
        else if (tensor->dtype == AVT_DTYPE_F16)
            ((uint16_t *)tensor->data)[i] = avt_half_from_float((float)value);
        else if (tensor->dtype == AVT_DTYPE_I64)
            ((int64_t *)tensor->data)[i] = value;
        else if (tensor->dtype == AVT_DTYPE_I32)
            ((int32_t *)tensor->data)[i] = value;
        else if (tensor->dtype == AVT_DTYPE_F64)
            ((double *)tensor->data)[i] = value;
    }
}

/* Zeros, or what it is to be filled with, for each input, of the trial's length wherever any will do. False: out of
 * memory. */
static bool make_zeros(const struct side *side, struct avt_tensor *inputs)
{
    for (size_t i = 0; i < side->count; i++) {
        const struct avt_tensor_info *info = side->info(side->session, i);
        inputs[i] = (struct avt_tensor){.name = info->name, .dtype = info->dtype, .rank = info->rank};
        const struct avt_weights_tensor *wanted = NULL;
        for (size_t k = 0; k < side->wanted_count; k++) {
            if (name_fits(side->wanted[k].name, info->name) || find(side, &side->wanted[k]) == i)
                wanted = &side->wanted[k];
        }
        for (int d = 0; d < info->rank; d++)
            inputs[i].shape[d] = info->shape[d] >= 0 ? info->shape[d] : wanted ? wanted->trial[d] : 1;
        size_t count = avt_tensor_count(&inputs[i]);
        inputs[i].data = avt_try_alloc(count ? count : 1, sizeof(int64_t));
        if (!inputs[i].data)
            return false;
        memset(inputs[i].data, 0, (count ? count : 1) * sizeof(int64_t));
        fill(&inputs[i], wanted ? wanted->fill : 0);
    }
    return true;
}

static enum avt_code try_network(const struct examination *work, const struct avt_weights_file *file,
                                 const char *path, struct avt_session *session, struct avt_error *reterr)
{
    struct avt_tensor inputs[AVT_SESSION_IO_MAX] = {0}, outputs[AVT_SESSION_IO_MAX] = {0};
    size_t input_count = avt_session_input_count(session), output_count = avt_session_output_count(session);
    for (size_t i = 0; i < output_count; i++)
        outputs[i].name = avt_session_output_info(session, i)->name;
    const struct side side = inputs_of(file, path, session);
    struct avt_error why = {0};
    enum avt_code code = make_zeros(&side, inputs)
                             ? avt_session_run_until(session, inputs, input_count, outputs, output_count,
                                                     work->check ? work->check->cancel : NULL, &why)
                             : avt_fail(&why, AVT_ENOMEM, "out of memory while '%.300s' was tried", path);
    if (code == AVT_EINTERNAL)
        code = avt_fail(reterr, AVT_EMODELBAD, "'%.200s' could be opened but not run, so it is not what the engine "
                                               "takes (%.200s)",
                        path, why.message);
    else if (code != AVT_OK)
        code = avt_fail(reterr, code, "%s", why.message);
    for (size_t i = 0; i < output_count; i++) {
        if (code == AVT_OK && !is_finite(&outputs[i]))
            code = avt_fail(reterr, AVT_EMODELBAD,
                            "'%.200s' gives numbers in '%.60s' that are none (NaN): its weights are damaged, or "
                            "float16 is too coarse for it",
                            path, outputs[i].name);
        avt_tensor_done(&outputs[i]);
    }
    for (size_t i = 0; i < input_count; i++)
        avt_free(inputs[i].data);
    return code;
}

/* ---- files ----------------------------------------------------------------------------------- */

static long long size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (long long)st.st_size : -1;
}

/* Tensors of large networks lie beside it: as torch and optimum name such files. */
static char *beside(const struct examination *work, const char *name, char ret_name[128])
{
    static const char *const ENDINGS[] = {".data", "_data"};
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        snprintf(ret_name, 128, "%.100s%s", name, ENDINGS[i]);
        char *path = avt_path_join(work->folder, ret_name);
        if (size_of(path) >= 0)
            return path;
        avt_free(path);
    }
    return NULL;
}

static enum avt_code hash_file(struct examination *work, const char *path, const char *name, struct avt_error *reterr)
{
    struct avt_weights_print *print = &work->prints->items[work->prints->count];
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    struct avt_map map;
    enum avt_code code = avt_map_open(path, &map, reterr);
    if (code != AVT_OK)
        return code;
    for (size_t at = 0; at < map.size && code == AVT_OK; at += READ_BYTES) {
        size_t size = map.size - at < READ_BYTES ? map.size - at : READ_BYTES;
        avt_sha256_update(hash, map.data + at, size);
        work->bytes_done += (long long)size;
        tell(work, name, "hash");
        code = stopped(work, reterr);
    }
    *print = (struct avt_weights_print){.name = name, .size = (long long)map.size};
    avt_map_close(&map);
    avt_sha256_finish(hash, print->sha256);
    work->prints->count += code == AVT_OK;
    return code;
}

static enum avt_code look_into(struct examination *work, const struct avt_weights_file *file, const char *path,
                               struct avt_error *reterr)
{
    enum avt_code code = read_file(work, path, reterr);
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    tell(work, file->name, "look");
    if (code == AVT_OK)
        code = avt_session_open(path, &(struct avt_session_options){.foreign = true}, &session, reterr);
    if (code == AVT_OK)
        code = check_tensors(file, path, session, reterr);
    tell(work, file->name, "try");
    if (code == AVT_OK)
        code = stopped(work, reterr);
    return code == AVT_OK ? try_network(work, file, path, session, reterr) : code;
}

static enum avt_code examine_file(struct examination *work, size_t index, struct avt_error *reterr)
{
    const struct avt_weights_file *file = &work->weights->files[index];
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(work->folder, file->name);
    if (size_of(path) < 0)
        return AVT_OK; /* not required, or it would not have come so far */
    AVT_CLEANUP(avt_freep) char *data = file->is_network ? beside(work, file->name, work->prints->beside[index]) : NULL;
    long long before = work->bytes_done;
    enum avt_code code = size_of(path) == 0 ? damaged(path, reterr) : AVT_OK;
    if (code == AVT_OK && file->is_network)
        code = look_into(work, file, path, reterr);
    work->bytes_done = before + size_of(path) + (data ? size_of(data) : 0);
    if (code == AVT_OK)
        code = hash_file(work, path, file->name, reterr);
    if (code == AVT_OK && data)
        code = hash_file(work, data, work->prints->beside[index], reterr);
    return code;
}

/* That of most. A network of 8 bits has some of 32 as well. */
static const char *precision_of(const struct avt_onnx_weights *found)
{
    if (found->int8 > found->float16 && found->int8 > found->float32)
        return "int8";
    return found->float16 > found->float32 ? "float16" : "float32";
}

enum avt_code avt_weights_examine(const struct avt_weights *weights, const char *folder,
                                  const struct avt_weights_check *check, struct avt_weights_prints *ret_prints,
                                  struct avt_error *reterr)
{
    avt_assert(weights && folder && ret_prints);
    struct examination work = {.weights = weights, .folder = folder, .check = check, .prints = ret_prints};
    for (size_t i = 0; i < weights->file_count; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, weights->files[i].name);
        char name[128];
        AVT_CLEANUP(avt_freep) char *data = beside(&work, weights->files[i].name, name);
        long long size = size_of(path);
        if (size < 0 && weights->files[i].is_required)
            return avt_fail(reterr, AVT_EMODEL, "%s needs a file %s, which is not in '%.200s'. %s", weights->title,
                            weights->files[i].name, folder, weights->source);
        work.bytes += (size > 0 ? size : 0) + (data ? size_of(data) : 0);
    }
    enum avt_code code = AVT_OK;
    for (size_t i = 0; i < weights->file_count && code == AVT_OK; i++)
        code = examine_file(&work, i, reterr);
    ret_prints->precision = precision_of(&work.weights_found);
    return code;
}
