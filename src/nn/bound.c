/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/bound.h"

#include "base/assert.h"
#include "base/mem.h"
#include "nn/session_private.h"
#include "nn/updates.h"

/* What is bound at each of the session's inputs and outputs, by index. */
struct avt_bound {
    struct avt_session *session;
    OrtRunOptions *run_options; /* without the shrinking of the arena that other runs end with: the next step asks
                                 * for the same again */
    OrtValue *inputs[AVT_SESSION_IO_MAX], *outputs[AVT_SESSION_IO_MAX];
    bool wanted[AVT_SESSION_IO_MAX];
    size_t carried[AVT_SESSION_IO_MAX]; /* of an input: 1 + the output that it goes on from, 0 for none */
    size_t updated[AVT_SESSION_IO_MAX]; /* of an output: 1 + the input that it may be written over, 0 for none */
    bool is_own[AVT_SESSION_IO_MAX];    /* of an input: it was carried, not borrowed */
    bool kept[AVT_SESSION_IO_MAX];      /* of an output: it may stay on the GPU */
    OrtMemoryInfo *gpu;                 /* these two of a session there; NULL until needed */
    OrtIoBinding *binding;
};

struct avt_bound *avt_bound_new(struct avt_session *session)
{
    avt_assert(session);
    struct avt_bound *bound = avt_new0(struct avt_bound, 1);
    bound->session = session;
    return bound;
}

static void release(const struct avt_bound *bound, OrtValue **value)
{
    bound->session->runtime->api->ReleaseValue(*value);
    *value = NULL;
}

void avt_bound_free(struct avt_bound *bound)
{
    if (!bound)
        return;
    for (size_t i = 0; i < AVT_SESSION_IO_MAX; i++) {
        release(bound, &bound->inputs[i]);
        release(bound, &bound->outputs[i]);
    }
    const OrtApi *api = bound->session->runtime->api;
    api->ReleaseRunOptions(bound->run_options);
    if (bound->binding)
        api->ReleaseIoBinding(bound->binding);
    if (bound->gpu)
        api->ReleaseMemoryInfo(bound->gpu);
    avt_free(bound);
}

static enum avt_code find_input(const struct avt_bound *bound, const char *name, size_t *ret_index,
                                struct avt_error *reterr)
{
    const struct avt_tensor_info *info = avt_session_find_input(bound->session, name);
    if (!info)
        return avt_fail(reterr, AVT_EINVAL, "the model '%.200s' has no input '%.60s'", bound->session->path, name);
    *ret_index = (size_t)(info - bound->session->inputs);
    return AVT_OK;
}

static enum avt_code find_output(const struct avt_bound *bound, const char *name, size_t *ret_index,
                                 struct avt_error *reterr)
{
    const struct avt_tensor_info *info = avt_session_find_output(bound->session, name);
    if (!info)
        return avt_fail(reterr, AVT_EINVAL, "the model '%.200s' has no output '%.60s'", bound->session->path, name);
    *ret_index = (size_t)(info - bound->session->outputs);
    return AVT_OK;
}

enum avt_code avt_bound_set(struct avt_bound *bound, const struct avt_tensor *tensor, struct avt_error *reterr)
{
    enum avt_code code = avt_session_check(bound->session, tensor, reterr);
    size_t index = 0;
    if (code == AVT_OK)
        code = find_input(bound, tensor->name, &index, reterr);
    if (code != AVT_OK)
        return code;
    OrtValue *value = NULL;
    OrtStatus *status = avt_session_value(bound->session, tensor, &value);
    if (status)
        return avt_fail_ort(reterr, AVT_EINTERNAL, bound->session->runtime->api, status,
                            "the input '%.60s' of the model '%.200s' cannot be set", tensor->name,
                            bound->session->path);
    release(bound, &bound->inputs[index]);
    bound->inputs[index] = value;
    bound->carried[index] = 0;
    bound->is_own[index] = false;
    return AVT_OK;
}

enum avt_code avt_bound_want(struct avt_bound *bound, const char *name, struct avt_error *reterr)
{
    size_t index = 0;
    enum avt_code code = find_output(bound, name, &index, reterr);
    if (code == AVT_OK)
        bound->wanted[index] = true;
    return code;
}

enum avt_code avt_bound_keep(struct avt_bound *bound, const char *name, struct avt_error *reterr)
{
    size_t index = 0;
    enum avt_code code = find_output(bound, name, &index, reterr);
    if (code == AVT_OK)
        bound->wanted[index] = bound->kept[index] = true;
    return code;
}

/* What was carried belongs to the inputs now; the rest is gone. */
static void shift_values(struct avt_bound *bound)
{
    for (size_t i = 0; i < AVT_SESSION_IO_MAX; i++) {
        if (bound->carried[i]) {
            release(bound, &bound->inputs[i]);
            bound->inputs[i] = AVT_TAKE(bound->outputs[bound->carried[i] - 1]);
            bound->carried[i] = 0;
            bound->is_own[i] = true;
        }
    }
    for (size_t i = 0; i < AVT_SESSION_IO_MAX; i++)
        release(bound, &bound->outputs[i]);
}

/* The input that an output is written over now, or NULL. */
static OrtValue *written_over(const struct avt_bound *bound, size_t output)
{
    size_t over = bound->updated[output];
    return over && bound->is_own[over - 1] ? bound->inputs[over - 1] : NULL;
}

static OrtStatus *run_in_memory(struct avt_bound *bound)
{
    const struct avt_session *session = bound->session;
    const char *in_names[AVT_SESSION_IO_MAX], *out_names[AVT_SESSION_IO_MAX];
    const OrtValue *in[AVT_SESSION_IO_MAX];
    OrtValue *out[AVT_SESSION_IO_MAX] = {0};
    size_t in_count = 0, out_count = 0;
    for (size_t i = 0; i < session->input_count; i++) {
        if (bound->inputs[i]) {
            in_names[in_count] = session->inputs[i].name;
            in[in_count++] = bound->inputs[i];
        }
    }
    for (size_t i = 0; i < session->output_count; i++) {
        if (!bound->wanted[i])
            continue;
        out[out_count] = written_over(bound, i);
        out_names[out_count++] = session->outputs[i].name;
    }
    OrtStatus *status = session->runtime->api->Run(session->ort, bound->run_options, in_names, in, in_count,
                                                   out_names, out_count, out);
    for (size_t i = session->output_count; !status && i-- > 0;) {
        if (!bound->wanted[i])
            continue;
        if (written_over(bound, i)) /* it is the output now */
            bound->inputs[bound->updated[i] - 1] = NULL;
        bound->outputs[i] = out[--out_count];
    }
    return status;
}

/* onnxruntime.ai/docs/performance/tune-performance/iobinding.html */
static OrtStatus *bind_all(struct avt_bound *bound)
{
    const struct avt_session *session = bound->session;
    const OrtApi *api = session->runtime->api;
    OrtStatus *status = NULL;
    if (!bound->gpu)
        status = api->CreateMemoryInfo("Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault, &bound->gpu);
    if (!status && !bound->binding)
        status = api->CreateIoBinding(session->ort, &bound->binding);
    if (status)
        return status;
    api->ClearBoundInputs(bound->binding);
    api->ClearBoundOutputs(bound->binding);
    for (size_t i = 0; !status && i < session->input_count; i++) {
        if (bound->inputs[i])
            status = api->BindInput(bound->binding, session->inputs[i].name, bound->inputs[i]);
    }
    for (size_t i = 0; !status && i < session->output_count; i++) {
        const char *name = session->outputs[i].name;
        const OrtValue *over = written_over(bound, i);
        if (!bound->wanted[i])
            continue;
        status = over ? api->BindOutput(bound->binding, name, over)
                      : api->BindOutputToDevice(bound->binding, name,
                                                bound->kept[i] ? bound->gpu : session->runtime->cpu);
    }
    return status;
}

static OrtStatus *run_on_gpu(struct avt_bound *bound)
{
    const struct avt_session *session = bound->session;
    const OrtApi *api = session->runtime->api;
    OrtAllocator *allocator = NULL;
    OrtValue **values = NULL;
    size_t count = 0, taken = 0;
    OrtStatus *status = bind_all(bound);
    if (!status)
        status = api->SynchronizeBoundInputs(bound->binding);
    if (!status)
        status = api->RunWithBinding(session->ort, bound->run_options, bound->binding);
    if (!status)
        status = api->SynchronizeBoundOutputs(bound->binding);
    if (!status)
        status = api->GetAllocatorWithDefaultOptions(&allocator);
    if (!status)
        status = api->GetBoundOutputValues(bound->binding, allocator, &values, &count);
    for (size_t i = 0; !status && i < session->output_count && taken < count; i++) {
        if (!bound->wanted[i])
            continue;
        if (written_over(bound, i)) /* another name of the same memory */
            release(bound, &bound->inputs[bound->updated[i] - 1]);
        bound->outputs[i] = values[taken++];
    }
    if (!values)
        return status;
    OrtStatus *freed = api->AllocatorFree(allocator, values);
    if (status && freed)
        api->ReleaseStatus(freed);
    return status ? status : freed;
}

enum avt_code avt_bound_run(struct avt_bound *bound, struct avt_error *reterr)
{
    const OrtApi *api = bound->session->runtime->api;
    shift_values(bound);
    OrtStatus *status = bound->run_options ? NULL : api->CreateRunOptions(&bound->run_options);
    if (!status)
        status = bound->session->device == AVT_DEVICE_GPU ? run_on_gpu(bound) : run_in_memory(bound);
    return status ? avt_fail_ort(reterr, AVT_EINTERNAL, api, status, "the model '%.200s' failed", bound->session->path)
                  : AVT_OK;
}

/* That a step has made the output of that name. */
static enum avt_code find_made(const struct avt_bound *bound, const char *name, size_t *ret_index,
                               struct avt_error *reterr)
{
    enum avt_code code = find_output(bound, name, ret_index, reterr);
    if (code == AVT_OK && !bound->outputs[*ret_index])
        return avt_fail(reterr, AVT_EINVAL, "no step of the model '%.200s' has made '%.60s'", bound->session->path,
                        name);
    return code;
}

enum avt_code avt_bound_get(const struct avt_bound *bound, struct avt_tensor *ret_tensor, struct avt_error *reterr)
{
    size_t index = 0;
    enum avt_code code = find_made(bound, ret_tensor->name, &index, reterr);
    if (code == AVT_OK && bound->kept[index])
        return avt_fail(reterr, AVT_EINVAL, "'%.60s' is kept where it was made, and cannot be got", ret_tensor->name);
    return code == AVT_OK ? avt_session_look(bound->session, bound->outputs[index], ret_tensor, reterr) : code;
}

enum avt_code avt_bound_carry(struct avt_bound *bound, const char *output, const char *input,
                              struct avt_error *reterr)
{
    size_t from = 0, to = 0;
    enum avt_code code = find_made(bound, output, &from, reterr);
    if (code == AVT_OK)
        code = find_input(bound, input, &to, reterr);
    for (size_t i = 0; code == AVT_OK && i < AVT_SESSION_IO_MAX; i++) {
        if (i != to && bound->carried[i] == from + 1)
            return avt_fail(reterr, AVT_EINVAL, "'%.60s' is carried to two inputs", output);
    }
    if (code == AVT_OK)
        bound->carried[to] = from + 1;
    return code;
}

bool avt_bound_update(struct avt_bound *bound, const struct avt_updates *updates, const char *output,
                      const char *input)
{
    size_t from = 0, to = 0;
    if (find_output(bound, output, &from, NULL) != AVT_OK || find_input(bound, input, &to, NULL) != AVT_OK ||
        !avt_updates_has(updates, output, input))
        return false;
    bound->updated[from] = to + 1;
    return true;
}
