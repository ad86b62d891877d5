/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/session.h"

#include <stdatomic.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "nn/fuse.h"
#include "nn/graph_edit_private.h"
#include "nn/model_bytes.h"
#include "nn/runtime.h"
#include "nn/session_private.h"

static const struct {
    ONNXTensorElementDataType ort;
    size_t size;
    const char *name;
} dtypes[] = {
    [AVT_DTYPE_F32] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, 4, "float32"},
    [AVT_DTYPE_I64] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, 8, "int64"},
    [AVT_DTYPE_I32] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, 4, "int32"},
    [AVT_DTYPE_U8] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, 1, "uint8"},
    [AVT_DTYPE_F16] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, 2, "float16"},
    [AVT_DTYPE_BOOL] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL, 1, "bool"},
    [AVT_DTYPE_F64] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE, 8, "float64"},
};
enum { DTYPE_COUNT = sizeof(dtypes) / sizeof(dtypes[0]) };

const char *avt_dtype_name(enum avt_dtype dtype)
{
    return (size_t)dtype < DTYPE_COUNT ? dtypes[dtype].name : "another type";
}

size_t avt_dtype_size(enum avt_dtype dtype)
{
    return (size_t)dtype < DTYPE_COUNT ? dtypes[dtype].size : 0;
}

void avt_shape_text(enum avt_dtype dtype, int rank, const int64_t *shape, const char *any, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s [", avt_dtype_name(dtype));
    for (int i = 0; i < rank && i < AVT_TENSOR_RANK_MAX && used < size; i++) {
        const char *comma = i ? ", " : "";
        used += (size_t)(shape[i] < 0 ? snprintf(text + used, size - used, "%s%s", comma, any)
                                      : snprintf(text + used, size - used, "%s%lld", comma, (long long)shape[i]));
    }
    if (used < size)
        snprintf(text + used, size - used, "]");
}

size_t avt_tensor_count(const struct avt_tensor *tensor)
{
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++) {
        if (__builtin_mul_overflow(count, (size_t)tensor->shape[i], &count))
            return SIZE_MAX;
    }
    return count;
}

void avt_tensor_done(struct avt_tensor *tensor)
{
    avt_free(tensor->data);
    tensor->data = NULL;
}

/* What CUDA is told: onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html. The arena grows by what is
 * asked for, not by doubling, which would not fit beside another model; convolutions are chosen by rule, not by trying
 * them all, which takes a minute and much memory. */
static OrtStatus *use_gpu(const OrtApi *api, OrtSessionOptions *session_options, long long bytes_max)
{
    char limit[32];
    snprintf(limit, sizeof(limit), "%lld", bytes_max);
    const char *const keys[] = {"device_id", "arena_extend_strategy", "cudnn_conv_algo_search", "gpu_mem_limit"};
    const char *const values[] = {"0", "kSameAsRequested", "HEURISTIC", limit};
    OrtCUDAProviderOptionsV2 *options = NULL;
    OrtStatus *status = api->CreateCUDAProviderOptions(&options);
    if (!status)
        status = api->UpdateCUDAProviderOptions(options, keys, values, bytes_max > 0 ? 4 : 3);
    if (!status)
        status = api->SessionOptionsAppendExecutionProvider_CUDA_V2(session_options, options);
    if (options)
        api->ReleaseCUDAProviderOptions(options);
    return status;
}

static OrtStatus *make_options(const OrtApi *api, const struct avt_session_options *options,
                               OrtSessionOptions **ret_options)
{
    OrtStatus *status = api->CreateSessionOptions(ret_options);
    if (!status)
        status = api->SetSessionGraphOptimizationLevel(
            *ret_options, options && options->unoptimized ? ORT_DISABLE_ALL : ORT_ENABLE_ALL);
    /* Texts differ in length, so a memory plan of one run never fits the next. */
    if (!status)
        status = api->DisableMemPattern(*ret_options);
    if (!status && options && options->device == AVT_DEVICE_GPU)
        status = use_gpu(api, *ret_options, options->gpu_bytes_max);
    if (!status && options && options->sequential) {
        status = api->SetIntraOpNumThreads(*ret_options, 1);
        if (!status)
            status = api->SetInterOpNumThreads(*ret_options, 1);
    } else if (!status) {
        status = api->DisablePerSessionThreads(*ret_options);
    }
    return status;
}

/* AVT_DTYPE_NONE if it is none of ours. */
static enum avt_dtype dtype_of(ONNXTensorElementDataType type)
{
    for (size_t i = 0; i < DTYPE_COUNT; i++) {
        if (dtypes[i].ort == type)
            return (enum avt_dtype)i;
    }
    return AVT_DTYPE_NONE;
}

/* What is no tensor (a sequence, a map) keeps AVT_DTYPE_NONE. */
static OrtStatus *read_type(const OrtApi *api, const OrtTypeInfo *type, struct avt_tensor_info *info)
{
    const OrtTensorTypeAndShapeInfo *shape = NULL; /* a part of `type` */
    ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    size_t rank = 0;
    info->dtype = AVT_DTYPE_NONE;
    OrtStatus *status = api->CastTypeInfoToTensorInfo(type, &shape);
    if (status || !shape)
        return status;
    status = api->GetTensorElementType(shape, &element);
    if (!status)
        status = api->GetDimensionsCount(shape, &rank);
    info->dtype = dtype_of(element);
    info->rank = rank <= AVT_TENSOR_RANK_MAX ? (int)rank : AVT_TENSOR_RANK_MAX + 1;
    if (!status && rank <= AVT_TENSOR_RANK_MAX)
        status = api->GetDimensions(shape, info->shape, rank);
    return status;
}

static OrtStatus *read_info(const struct avt_session *session, OrtAllocator *allocator, bool is_input,
                            size_t index, struct avt_tensor_info *ret_info)
{
    const OrtApi *api = session->runtime->api;
    char *name = NULL;
    OrtStatus *status =
        is_input ? api->SessionGetInputName(session->ort, index, allocator, &name)
                 : api->SessionGetOutputName(session->ort, index, allocator, &name);
    if (status)
        return status;
    ret_info->name = avt_strdup(name);
    status = api->AllocatorFree(allocator, name);
    OrtTypeInfo *type = NULL;
    if (!status)
        status = is_input ? api->SessionGetInputTypeInfo(session->ort, index, &type)
                          : api->SessionGetOutputTypeInfo(session->ort, index, &type);
    if (!status)
        status = read_type(api, type, ret_info);
    api->ReleaseTypeInfo(type);
    return status;
}

static OrtStatus *read_infos(struct avt_session *session)
{
    const OrtApi *api = session->runtime->api;
    OrtAllocator *allocator = NULL; /* the default one: never freed */
    OrtStatus *status = api->GetAllocatorWithDefaultOptions(&allocator);
    if (!status)
        status = api->SessionGetInputCount(session->ort, &session->input_count);
    if (!status)
        status = api->SessionGetOutputCount(session->ort, &session->output_count);
    if (session->input_count > AVT_SESSION_IO_MAX)
        session->input_count = AVT_SESSION_IO_MAX;
    if (session->output_count > AVT_SESSION_IO_MAX)
        session->output_count = AVT_SESSION_IO_MAX;
    for (size_t i = 0; !status && i < session->input_count; i++)
        status = read_info(session, allocator, true, i, &session->inputs[i]);
    for (size_t i = 0; !status && i < session->output_count; i++)
        status = read_info(session, allocator, false, i, &session->outputs[i]);
    return status;
}

/* After each run the arena gives back what that run took beyond the weights: between sentences the
 * memory is the encoder's. */
static OrtStatus *make_run_options(const OrtApi *api, OrtRunOptions **ret_options)
{
    OrtStatus *status = api->CreateRunOptions(ret_options);
    if (!status)
        status = api->AddRunConfigEntry(*ret_options, "memory.enable_memory_arena_shrinkage",
                                        "cpu:0");
    return status;
}

static enum avt_code finish(struct avt_session *session, OrtStatus *status, bool foreign, struct avt_error *reterr)
{
    const OrtApi *api = session->runtime->api;
    if (!status)
        status = read_infos(session);
    if (!status)
        status = make_run_options(api, &session->run_options);
    return status ? avt_fail_ort(reterr, AVT_EMODELBAD, api, status,
                                 "the model '%.200s' cannot be loaded%s",
                                 session->path, foreign ? "" : ": run 'avatar models verify'")
                  : AVT_OK;
}

/* One of ours: from memory, so that its graph can be worked on. */
static enum avt_code create(struct avt_session *session, const struct avt_session_options *options,
                            struct avt_error *reterr)
{
    const struct avt_runtime *runtime = session->runtime;
    const OrtApi *api = runtime->api;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
    enum avt_code code =
        avt_model_bytes_open(session->path, options ? options->extra_outputs : NULL,
                             options ? options->extra_output_count : 0, &bytes, reterr);
    if (code != AVT_OK)
        return code;
    if (options && options->edit && !avt_graph_edit_apply(&bytes, options->edit))
        return avt_fail(reterr, AVT_EMODELBAD,
                        "the model '%.200s' is not the one that this program knows: run 'avatar "
                        "models verify'",
                        session->path);
    struct avt_fused fused = avt_fuse(&bytes, avt_fuse_worth());
    avt_debug("%s: %zu convolutions and %zu normalisations by operators of our own", session->path,
              fused.conv1d, fused.adain);
    OrtSessionOptions *ort_options = NULL;
    OrtStatus *status = make_options(api, options, &ort_options);
    if (!status && fused.conv1d + fused.adain > 0)
        status = api->AddCustomOpDomain(ort_options, runtime->operators);
    if (!status)
        status = api->CreateSessionFromArray(runtime->env, bytes.data, bytes.size, ort_options,
                                             &session->ort);
    api->ReleaseSessionOptions(ort_options);
    return finish(session, status, false, reterr);
}

/* By its path: ONNX Runtime finds the files that hold its weights beside it, and maps them. */
static enum avt_code create_foreign(struct avt_session *session, const struct avt_session_options *options,
                                    struct avt_error *reterr)
{
    const OrtApi *api = session->runtime->api;
    OrtSessionOptions *ort_options = NULL;
    OrtStatus *status = make_options(api, options, &ort_options);
    if (status) {
        api->ReleaseSessionOptions(ort_options);
        return avt_fail_ort(reterr, AVT_EUNSUPPORTED, api, status, "the model '%.200s' cannot be put on the GPU",
                            session->path);
    }
    status = api->CreateSession(session->runtime->env, session->path, ort_options, &session->ort);
    api->ReleaseSessionOptions(ort_options);
    return finish(session, status, true, reterr);
}

enum avt_code avt_session_open(const char *path, const struct avt_session_options *options,
                               struct avt_session **ret_session, struct avt_error *reterr)
{
    avt_assert(path && ret_session);
    const struct avt_runtime *runtime = NULL;
    enum avt_code code = avt_runtime(&runtime, reterr);
    if (code != AVT_OK)
        return code;
    if (!avt_file_exists(path))
        return avt_fail(reterr, AVT_EMODEL,
                        options && options->foreign ? "the model '%s' is missing"
                                                    : "the model '%s' is missing: run 'avatar models fetch'",
                        path);
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = avt_new0(struct avt_session, 1);
    session->runtime = runtime;
    session->path = avt_strdup(path);
    session->device = options ? options->device : AVT_DEVICE_CPU;
    code = options && options->foreign ? create_foreign(session, options, reterr)
                                       : create(session, options, reterr);
    if (code != AVT_OK)
        return code;
    *ret_session = AVT_TAKE(session);
    return AVT_OK;
}

void avt_session_free(struct avt_session *session)
{
    if (!session)
        return;
    session->runtime->api->ReleaseRunOptions(session->run_options);
    session->runtime->api->ReleaseSession(session->ort);
    for (size_t i = 0; i < AVT_SESSION_IO_MAX; i++) {
        avt_free(session->inputs[i].name);
        avt_free(session->outputs[i].name);
    }
    avt_free(session->path);
    avt_free(session);
}

enum avt_code avt_session_check(const struct avt_session *session, const struct avt_tensor *t, struct avt_error *reterr)
{
    bool sound = t->name && t->rank >= 0 && t->rank <= AVT_TENSOR_RANK_MAX && avt_dtype_size(t->dtype) > 0;
    for (int d = 0; sound && d < t->rank; d++)
        sound = t->shape[d] >= 0;
    if (sound && avt_tensor_count(t) <= SIZE_MAX / avt_dtype_size(t->dtype))
        return AVT_OK;
    return avt_fail(reterr, AVT_EINVAL, "input '%s' of '%s' has no valid shape", t->name ? t->name : "", session->path);
}

static enum avt_code check_tensors(const struct avt_session *session,
                                   const struct avt_tensor *inputs, size_t input_count,
                                   size_t output_count, struct avt_error *reterr)
{
    if (input_count > AVT_SESSION_IO_MAX || output_count == 0 || output_count > AVT_SESSION_IO_MAX)
        return avt_fail(reterr, AVT_EINVAL, "a model takes at most %d inputs and outputs",
                        AVT_SESSION_IO_MAX);
    for (size_t i = 0; i < input_count; i++) {
        enum avt_code code = avt_session_check(session, &inputs[i], reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

OrtStatus *avt_session_value(const struct avt_session *session, const struct avt_tensor *t, OrtValue **ret_value)
{
    return session->runtime->api->CreateTensorWithDataAsOrtValue(
        session->runtime->cpu, t->data, avt_tensor_count(t) * avt_dtype_size(t->dtype), t->shape, (size_t)t->rank,
        dtypes[t->dtype].ort, ret_value);
}

static OrtStatus *read_shape(const OrtApi *api, const OrtValue *value, struct avt_tensor *tensor,
                             ONNXTensorElementDataType *ret_type, size_t *ret_rank)
{
    OrtTensorTypeAndShapeInfo *info = NULL;
    OrtStatus *status = api->GetTensorTypeAndShape(value, &info);
    if (!status)
        status = api->GetTensorElementType(info, ret_type);
    if (!status)
        status = api->GetDimensionsCount(info, ret_rank);
    if (!status && *ret_rank <= AVT_TENSOR_RANK_MAX)
        status = api->GetDimensions(info, tensor->shape, *ret_rank);
    api->ReleaseTensorTypeAndShapeInfo(info);
    return status;
}

enum avt_code avt_session_look(const struct avt_session *session, OrtValue *value, struct avt_tensor *tensor,
                               struct avt_error *reterr)
{
    const OrtApi *api = session->runtime->api;
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    size_t rank = 0;
    OrtStatus *status = read_shape(api, value, tensor, &type, &rank);
    if (!status)
        status = api->GetTensorMutableData(value, &tensor->data);
    if (status)
        return avt_fail_ort(reterr, AVT_EINTERNAL, api, status, "output '%s' cannot be read",
                            tensor->name);
    tensor->dtype = dtype_of(type);
    if (rank > AVT_TENSOR_RANK_MAX || tensor->dtype == AVT_DTYPE_NONE)
        return avt_fail(reterr, AVT_EMODELBAD, "output '%s' of the model '%s' is of no usable type",
                        tensor->name, session->path);
    tensor->rank = (int)rank;
    return AVT_OK;
}

/* Copies one output out of the runtime's arena, so that callers free it like any memory of ours. */
static enum avt_code take_output(const struct avt_session *session, OrtValue *value,
                                 struct avt_tensor *tensor, struct avt_error *reterr)
{
    struct avt_tensor seen = {.name = tensor->name};
    enum avt_code code = avt_session_look(session, value, &seen, reterr);
    if (code != AVT_OK)
        return code;
    size_t count = avt_tensor_count(&seen), size = avt_dtype_size(seen.dtype);
    *tensor = seen;
    tensor->data = avt_try_alloc(count ? count : 1, size);
    if (!tensor->data)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory after running the model '%s'",
                        session->path);
    if (count)
        memcpy(tensor->data, seen.data, count * size);
    return AVT_OK;
}

static enum avt_code run_ort(const struct avt_session *session,
                             const OrtRunOptions *run_options, const struct avt_tensor *inputs,
                             size_t input_count, const struct avt_tensor *outputs,
                             size_t output_count, OrtValue **in, OrtValue **out,
                             struct avt_error *reterr)
{
    const OrtApi *api = session->runtime->api;
    const char *in_names[AVT_SESSION_IO_MAX] = {0}, *out_names[AVT_SESSION_IO_MAX] = {0};
    OrtStatus *status = NULL;
    for (size_t i = 0; !status && i < input_count; i++) {
        const struct avt_tensor *t = &inputs[i];
        in_names[i] = t->name;
        status = avt_session_value(session, t, &in[i]);
    }
    for (size_t i = 0; i < output_count; i++)
        out_names[i] = outputs[i].name;
    if (!status)
        status = api->Run(session->ort, run_options, in_names,
                          (const OrtValue *const *)in, input_count, out_names, output_count, out);
    if (status)
        return avt_fail_ort(reterr, AVT_EINTERNAL, api, status, "the model '%.200s' failed",
                            session->path);
    return AVT_OK;
}

static enum avt_code run_with(struct avt_session *session, const OrtRunOptions *run_options,
                              const struct avt_tensor *inputs, size_t input_count,
                              struct avt_tensor *outputs, size_t output_count,
                              struct avt_error *reterr)
{
    enum avt_code code = check_tensors(session, inputs, input_count, output_count, reterr);
    if (code != AVT_OK)
        return code;
    const OrtApi *api = session->runtime->api;
    OrtValue *in[AVT_SESSION_IO_MAX] = {0}, *out[AVT_SESSION_IO_MAX] = {0};
    code = run_ort(session, run_options, inputs, input_count, outputs, output_count, in, out,
                   reterr);
    for (size_t i = 0; i < output_count; i++)
        outputs[i].data = NULL;
    for (size_t i = 0; code == AVT_OK && i < output_count; i++)
        code = take_output(session, out[i], &outputs[i], reterr);
    for (size_t i = 0; code != AVT_OK && i < output_count; i++)
        avt_tensor_done(&outputs[i]);
    for (size_t i = 0; i < AVT_SESSION_IO_MAX; i++) {
        api->ReleaseValue(in[i]);
        api->ReleaseValue(out[i]);
    }
    return code;
}

enum avt_code avt_session_run(struct avt_session *session, const struct avt_tensor *inputs,
                              size_t input_count, struct avt_tensor *outputs, size_t output_count,
                              struct avt_error *reterr)
{
    return run_with(session, session->run_options, inputs, input_count, outputs, output_count,
                    reterr);
}

/* Ends a run when its cancel flag is set: the flag may be set by a signal handler, which must not
 * call ONNX Runtime itself. */
struct watch {
    const OrtApi *api;
    OrtRunOptions *run_options;
    const struct avt_cancel *cancel;
    sem_t over; /* posted when the run has ended: waiting for the watcher must not take longer than the run */
};

static void watch_run(void *user)
{
    enum { STEP_NS = 20 * 1000 * 1000, SECOND_NS = 1000 * 1000 * 1000 };
    struct watch *watch = user;
    while (!avt_cancelled(watch->cancel)) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += STEP_NS;
        until.tv_sec += until.tv_nsec / SECOND_NS;
        until.tv_nsec %= SECOND_NS;
        if (sem_clockwait(&watch->over, CLOCK_MONOTONIC, &until) == 0)
            return;
    }
    OrtStatus *status = watch->api->RunOptionsSetTerminate(watch->run_options);
    if (status)
        watch->api->ReleaseStatus(status);
}

enum avt_code avt_session_run_until(struct avt_session *session, const struct avt_tensor *inputs,
                                    size_t input_count, struct avt_tensor *outputs,
                                    size_t output_count, const struct avt_cancel *cancel,
                                    struct avt_error *reterr)
{
    if (!cancel)
        return avt_session_run(session, inputs, input_count, outputs, output_count, reterr);
    const OrtApi *api = session->runtime->api;
    struct watch watch = {.api = api, .cancel = cancel};
    OrtStatus *status = make_run_options(api, &watch.run_options);
    if (status) {
        api->ReleaseRunOptions(watch.run_options);
        return avt_fail_ort(reterr, AVT_EINTERNAL, api, status, "the model '%.200s' cannot be run",
                            session->path);
    }
    (void)sem_init(&watch.over, 0, 0); /* fails for a value out of range only */
    /* Without the thread the run is only slower to cancel. */
    struct avt_thread *thread = avt_thread_start("watch", watch_run, &watch);
    enum avt_code code = run_with(session, watch.run_options, inputs, input_count, outputs,
                                  output_count, reterr);
    (void)sem_post(&watch.over);
    avt_thread_join(thread);
    (void)sem_destroy(&watch.over);
    api->ReleaseRunOptions(watch.run_options);
    if (code != AVT_OK && avt_cancelled(cancel))
        return avt_fail(reterr, AVT_ECANCELLED, "cancelled");
    return code;
}

enum avt_code avt_session_expect(const struct avt_session *session, bool is_output, const char *name,
                                 enum avt_dtype dtype, int rank, const int64_t *shape, struct avt_error *reterr)
{
    const struct avt_tensor_info *info =
        is_output ? avt_session_find_output(session, name) : avt_session_find_input(session, name);
    bool is_right = info && info->dtype == dtype && info->rank == rank;
    for (int i = 0; is_right && i < rank; i++)
        is_right = shape[i] < 0 || info->shape[i] < 0 || info->shape[i] == shape[i];
    if (is_right)
        return AVT_OK;
    char expected[80], found[80] = "nothing";
    avt_shape_text(dtype, rank, shape, "n", expected, sizeof(expected));
    if (info)
        avt_shape_text(info->dtype, info->rank, info->shape, "n", found, sizeof(found));
    return avt_fail(reterr, AVT_EMODELBAD, "'%.180s': %s '%s' should be like %s, and is %s", session->path,
                    is_output ? "output" : "input", name, expected, found);
}

size_t avt_session_input_count(const struct avt_session *session)
{
    return session->input_count;
}

const char *avt_session_input_name(const struct avt_session *session, size_t index)
{
    avt_assert(index < session->input_count);
    return session->inputs[index].name;
}

size_t avt_session_output_count(const struct avt_session *session)
{
    return session->output_count;
}

const char *avt_session_output_name(const struct avt_session *session, size_t index)
{
    avt_assert(index < session->output_count);
    return session->outputs[index].name;
}

const struct avt_tensor_info *avt_session_input_info(const struct avt_session *session, size_t index)
{
    avt_assert(index < session->input_count);
    return &session->inputs[index];
}

const struct avt_tensor_info *avt_session_output_info(const struct avt_session *session, size_t index)
{
    avt_assert(index < session->output_count);
    return &session->outputs[index];
}

static const struct avt_tensor_info *find(const struct avt_tensor_info *infos, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(infos[i].name, name) == 0)
            return &infos[i];
    }
    return NULL;
}

const struct avt_tensor_info *avt_session_find_input(const struct avt_session *session, const char *name)
{
    return find(session->inputs, session->input_count, name);
}

const struct avt_tensor_info *avt_session_find_output(const struct avt_session *session, const char *name)
{
    return find(session->outputs, session->output_count, name);
}
