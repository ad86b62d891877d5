/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/custom_ops.h"

#include <stdatomic.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nn/conv1d.h"
#include "nn/fuse.h"

enum { RANK = 3, CHANNELS_MAX = 1 << 20 };

/* ---- what both share ------------------------------------------------------------------------ */

static OrtStatus *refuse(const OrtApi *api, const char *what)
{
    return api->CreateStatus(ORT_INVALID_ARGUMENT, what);
}

/* The thread pool and the arena that a node runs with. */
struct node_run {
    const OrtApi *api;
    const OrtKernelContext *context;
    OrtAllocator *allocator;
};

static bool run_tasks(void *user, void (*task)(void *arg, size_t index), size_t count, void *arg)
{
    const struct node_run *run = user;
    OrtStatus *status = run->api->KernelContext_ParallelFor(run->context, task, count, 0, arg);
    run->api->ReleaseStatus(status);
    return !status;
}

static void *take_memory(void *user, size_t size)
{
    const struct node_run *run = user;
    void *memory = NULL;
    OrtStatus *status = run->api->AllocatorAlloc(run->allocator, size, &memory);
    run->api->ReleaseStatus(status);
    return status ? NULL : memory;
}

static void give_memory(void *user, void *memory)
{
    const struct node_run *run = user;
    run->api->ReleaseStatus(run->api->AllocatorFree(run->allocator, memory));
}

static OrtStatus *open_run(const OrtApi *api, const OrtKernelContext *context,
                           struct node_run *ret_run)
{
    *ret_run = (struct node_run){.api = api, .context = context};
    OrtMemoryInfo *cpu = NULL;
    OrtStatus *status = api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &cpu);
    if (!status)
        status = api->KernelContext_GetAllocator(context, cpu, &ret_run->allocator);
    api->ReleaseMemoryInfo(cpu);
    return status;
}

/* Floats of one input or initializer and its shape; at most RANK axes. */
struct floats {
    const float *data;
    int64_t shape[RANK];
    size_t rank, count;
};

static OrtStatus *read_value(const OrtApi *api, const OrtValue *value, struct floats *ret_floats)
{
    OrtTensorTypeAndShapeInfo *info = NULL;
    struct floats floats = {0};
    const void *data = NULL;
    OrtStatus *status = api->GetTensorTypeAndShape(value, &info);
    if (!status)
        status = api->GetDimensionsCount(info, &floats.rank);
    if (!status && floats.rank > RANK)
        status = refuse(api, "an input of an avatar operator has more than three axes");
    if (!status)
        status = api->GetDimensions(info, floats.shape, floats.rank);
    if (!status)
        status = api->GetTensorShapeElementCount(info, &floats.count);
    if (!status)
        status = api->GetTensorData(value, &data);
    api->ReleaseTensorTypeAndShapeInfo(info);
    floats.data = data;
    *ret_floats = floats;
    return status;
}

static OrtStatus *read_input(const OrtApi *api, const OrtKernelContext *context, size_t index,
                             struct floats *ret_floats)
{
    const OrtValue *value = NULL;
    OrtStatus *status = api->KernelContext_GetInput(context, index, &value);
    if (!status && !value)
        status = refuse(api, "an avatar operator lacks an input");
    return status ? status : read_value(api, value, ret_floats);
}

static OrtStatus *make_output(const OrtApi *api, OrtKernelContext *context, size_t channels,
                              size_t length, float **ret_data)
{
    const int64_t shape[RANK] = {1, (int64_t)channels, (int64_t)length};
    OrtValue *value = NULL;
    void *data = NULL;
    OrtStatus *status = api->KernelContext_GetOutput(context, 0, shape, RANK, &value);
    if (!status)
        status = api->GetTensorMutableData(value, &data);
    *ret_data = data;
    return status;
}

static size_t ORT_API_CALL one(const OrtCustomOp *op)
{
    (void)op;
    return 1;
}

static const char *ORT_API_CALL provider(const OrtCustomOp *op)
{
    (void)op;
    return "CPUExecutionProvider";
}

static ONNXTensorElementDataType ORT_API_CALL output_type(const OrtCustomOp *op, size_t index)
{
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

static OrtCustomOpInputOutputCharacteristic ORT_API_CALL output_need(const OrtCustomOp *op,
                                                                     size_t index)
{
    (void)op, (void)index;
    return INPUT_OUTPUT_REQUIRED;
}

static OrtMemType ORT_API_CALL memory_type(const OrtCustomOp *op, size_t index)
{
    (void)op, (void)index;
    return OrtMemTypeDefault;
}

static int ORT_API_CALL version(const OrtCustomOp *op)
{
    (void)op;
    return 1;
}

#define COMMON_MEMBERS                                                                             \
    .version = ORT_API_VERSION, .GetExecutionProviderType = provider,                              \
    .GetOutputType = output_type, .GetOutputTypeCount = one,                                       \
    .GetOutputCharacteristic = output_need, .GetInputMemoryType = memory_type,                     \
    .GetStartVersion = version, .GetEndVersion = version

/* ---- Conv1d --------------------------------------------------------------------------------- */

enum { CONV_X, CONV_WEIGHTS, CONV_BIAS, CONV_INPUTS };

struct conv_node {
    const OrtApi *api;
    struct avt_conv1d *conv;
    size_t in, out;
};

static OrtStatus *read_attributes(const OrtApi *api, const OrtKernelInfo *info,
                                  struct avt_conv1d_shape *shape, struct avt_conv1d_bytes *bytes)
{
    int64_t dilation = 0, pad_begin = 0, pad_end = 0, zero = 0;
    OrtStatus *status = api->KernelInfoGetAttribute_int64(info, "dilation", &dilation);
    if (!status)
        status = api->KernelInfoGetAttribute_int64(info, "pad_begin", &pad_begin);
    if (!status)
        status = api->KernelInfoGetAttribute_int64(info, "pad_end", &pad_end);
    if (!status)
        status = api->KernelInfoGetAttribute_int64(info, "zero_point", &zero);
    if (!status)
        status = api->KernelInfoGetAttribute_float(info, "scale", &bytes->scale);
    /* Negative numbers become huge ones here, which no convolution supports. */
    shape->dilation = (size_t)dilation;
    shape->pad_begin = (size_t)pad_begin;
    shape->pad_end = (size_t)pad_end;
    bytes->zero = (int)zero;
    return status;
}

static OrtStatus *read_constant(const OrtApi *api, const OrtKernelInfo *info, size_t index,
                                struct floats *ret_floats)
{
    int is_constant = 0;
    const OrtValue *value = NULL;
    OrtStatus *status = api->KernelInfoGetConstantInput_tensor(info, index, &is_constant, &value);
    if (!status && (!is_constant || !value))
        status = refuse(api, "the weights of avatar.Conv1d are not constant");
    return status ? status : read_value(api, value, ret_floats);
}

static OrtStatus *ORT_API_CALL conv_create(const OrtCustomOp *op, const OrtApi *api,
                                           const OrtKernelInfo *info, void **ret_kernel)
{
    (void)op;
    struct avt_conv1d_shape shape = {0};
    struct avt_conv1d_bytes bytes = {0};
    struct floats weights = {0}, bias = {0};
    size_t inputs = 0;
    OrtStatus *status = read_attributes(api, info, &shape, &bytes);
    if (!status)
        status = api->KernelInfo_GetInputCount(info, &inputs);
    if (!status)
        status = read_constant(api, info, CONV_WEIGHTS, &weights);
    if (!status && inputs > CONV_BIAS)
        status = read_constant(api, info, CONV_BIAS, &bias);
    if (status)
        return status;
    shape.out = (size_t)weights.shape[0];
    shape.in = (size_t)weights.shape[1];
    shape.taps = (size_t)weights.shape[2];
    bytes.data = (const uint8_t *)weights.data;
    if (weights.rank != RANK || !avt_conv1d_supports(&shape) ||
        (bias.data && bias.count != shape.out))
        return refuse(api, "avatar.Conv1d does not support this shape");
    struct conv_node *node = avt_new0(struct conv_node, 1);
    node->api = api;
    node->in = shape.in;
    node->out = shape.out;
    node->conv = avt_conv1d_new(&shape, &bytes, bias.data);
    if (!node->conv) {
        avt_free(node);
        return api->CreateStatus(ORT_FAIL, "Failed to allocate memory for avatar.Conv1d");
    }
    *ret_kernel = node;
    return NULL;
}

static void ORT_API_CALL conv_destroy(void *kernel)
{
    struct conv_node *node = kernel;
    avt_conv1d_free(node->conv);
    avt_free(node);
}

static OrtStatus *ORT_API_CALL conv_compute(void *kernel, OrtKernelContext *context)
{
    const struct conv_node *node = kernel;
    const OrtApi *api = node->api;
    struct floats x = {0};
    struct node_run run;
    float *y = NULL;
    OrtStatus *status = read_input(api, context, CONV_X, &x);
    if (status)
        return status;
    if (x.rank != RANK || x.shape[0] != 1 || (size_t)x.shape[1] != node->in)
        return refuse(api, "the input of avatar.Conv1d has another shape than [1, in, n]");
    size_t length = (size_t)x.shape[2], out_length = avt_conv1d_output_length(node->conv, length);
    if (out_length == 0)
        return refuse(api, "the input of avatar.Conv1d is shorter than its taps");
    status = make_output(api, context, node->out, out_length, &y);
    if (!status)
        status = open_run(api, context, &run);
    if (status)
        return status;
    const struct avt_workers workers = {run_tasks, take_memory, give_memory, &run};
    bool done = avt_conv1d_run(node->conv, avt_kernels(), &workers, x.data, length, y);
    api->ReleaseAllocator(run.allocator);
    return done ? NULL : api->CreateStatus(ORT_FAIL, "Failed to allocate memory for avatar.Conv1d");
}

static const char *ORT_API_CALL conv_name(const OrtCustomOp *op)
{
    (void)op;
    return AVT_CONV1D;
}

static size_t ORT_API_CALL conv_inputs(const OrtCustomOp *op)
{
    (void)op;
    return CONV_INPUTS;
}

static ONNXTensorElementDataType ORT_API_CALL conv_input_type(const OrtCustomOp *op, size_t index)
{
    (void)op;
    return index == CONV_WEIGHTS ? ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8
                                 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

static OrtCustomOpInputOutputCharacteristic ORT_API_CALL conv_input_need(const OrtCustomOp *op,
                                                                         size_t index)
{
    (void)op;
    return index < CONV_BIAS ? INPUT_OUTPUT_REQUIRED : INPUT_OUTPUT_OPTIONAL;
}

static OrtCustomOp conv_op = {
    COMMON_MEMBERS,
    .GetName = conv_name,
    .GetInputType = conv_input_type,
    .GetInputTypeCount = conv_inputs,
    .GetInputCharacteristic = conv_input_need,
    .CreateKernelV2 = conv_create,
    .KernelComputeV2 = conv_compute,
    .KernelDestroy = conv_destroy,
};

/* ---- AdaIn ---------------------------------------------------------------------------------- */

enum { ADAIN_X, ADAIN_GAMMA, ADAIN_BETA, ADAIN_ALPHA, ADAIN_BY_ALPHA, ADAIN_INPUTS };

struct adain_node {
    const OrtApi *api;
    float epsilon;
};

struct adain_run {
    const struct avt_kernels *kernels;
    struct floats inputs[ADAIN_INPUTS];
    float epsilon;
    size_t length;
    float *y;
};

static void adain_task(void *arg, size_t channel)
{
    const struct adain_run *run = arg;
    const struct floats *inputs = run->inputs;
    bool has_snake = inputs[ADAIN_ALPHA].data;
    run->kernels->adain_row(inputs[ADAIN_X].data + channel * run->length, run->length, run->epsilon,
                            inputs[ADAIN_GAMMA].data[channel], inputs[ADAIN_BETA].data[channel],
                            has_snake ? inputs[ADAIN_ALPHA].data[channel] : 0.0f,
                            has_snake ? inputs[ADAIN_BY_ALPHA].data[channel] : 0.0f,
                            run->y + channel * run->length);
}

static OrtStatus *ORT_API_CALL adain_create(const OrtCustomOp *op, const OrtApi *api,
                                            const OrtKernelInfo *info, void **ret_kernel)
{
    (void)op;
    float epsilon = 0.0f;
    OrtStatus *status = api->KernelInfoGetAttribute_float(info, "epsilon", &epsilon);
    if (status)
        return status;
    struct adain_node *node = avt_new0(struct adain_node, 1);
    *node = (struct adain_node){api, epsilon};
    *ret_kernel = node;
    return NULL;
}

static OrtStatus *ORT_API_CALL adain_compute(void *kernel, OrtKernelContext *context)
{
    const struct adain_node *node = kernel;
    const OrtApi *api = node->api;
    struct adain_run run = {.kernels = avt_kernels(), .epsilon = node->epsilon};
    size_t inputs = 0;
    OrtStatus *status = api->KernelContext_GetInputCount(context, &inputs);
    for (size_t i = 0; !status && i < inputs && i < ADAIN_INPUTS; i++)
        status = read_input(api, context, i, &run.inputs[i]);
    if (status)
        return status;
    const struct floats *x = &run.inputs[ADAIN_X];
    size_t channels = (size_t)x->shape[1];
    bool sound = x->rank == RANK && x->shape[0] == 1 && channels <= CHANNELS_MAX &&
                 (inputs == ADAIN_ALPHA || inputs == ADAIN_INPUTS);
    for (size_t i = ADAIN_GAMMA; sound && i < inputs; i++)
        sound = run.inputs[i].count == channels;
    if (!sound)
        return refuse(api, "the inputs of avatar.AdaIn have other shapes than [1, c, n] and [c]");
    run.length = (size_t)x->shape[2];
    status = make_output(api, context, channels, run.length, &run.y);
    if (status || x->count == 0)
        return status;
    return api->KernelContext_ParallelFor(context, adain_task, channels, 0, &run);
}

static const char *ORT_API_CALL adain_name(const OrtCustomOp *op)
{
    (void)op;
    return AVT_ADAIN;
}

static size_t ORT_API_CALL adain_inputs(const OrtCustomOp *op)
{
    (void)op;
    return ADAIN_INPUTS;
}

static OrtCustomOpInputOutputCharacteristic ORT_API_CALL adain_input_need(const OrtCustomOp *op,
                                                                          size_t index)
{
    (void)op;
    return index < ADAIN_ALPHA ? INPUT_OUTPUT_REQUIRED : INPUT_OUTPUT_OPTIONAL;
}

static OrtCustomOp adain_op = {
    COMMON_MEMBERS,
    .GetName = adain_name,
    .GetInputType = output_type,
    .GetInputTypeCount = adain_inputs,
    .GetInputCharacteristic = adain_input_need,
    .CreateKernelV2 = adain_create,
    .KernelComputeV2 = adain_compute,
    .KernelDestroy = avt_free,
};

OrtStatus *avt_custom_ops_domain(const OrtApi *api, OrtCustomOpDomain **ret_domain)
{
    OrtStatus *status = api->CreateCustomOpDomain(AVT_DOMAIN, ret_domain);
    if (!status)
        status = api->CustomOpDomain_Add(*ret_domain, &conv_op);
    if (!status)
        status = api->CustomOpDomain_Add(*ret_domain, &adain_op);
    return status;
}
