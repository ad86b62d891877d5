/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ONNX Runtime with a GPU that is none: the real library, to which a CUDA provider is added that computes on the
 * processor. What the true one can do to a program is done on demand, told by variables of the environment:
 *
 *   FAKE_ORT_REAL   path of the real library
 *   FAKE_GPU        "none" (no provider), "broken" (it cannot be loaded), else it works
 *   FAKE_GPU_BATCH  a run on the GPU with more than so many pictures (first side of its inputs) is out of memory; of
 *                   runs whose values stay there, any if it is 0
 *   FAKE_GPU_BAD    "nan" or "flat": what runs on the GPU give
 *   FAKE_GPU_LOG    a line for each session that is opened and closed there, for each run, and before it for each
 *                   output that stays there; and beside it, in
 *                   FAKE_GPU_LOG.used, what all of them take: for fake_nvml.c
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <onnxruntime_c_api.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SESSIONS_MAX = 256 };

static const OrtApi *real;
static OrtApi fake;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* guarded by lock */
static const OrtSessionOptions *options[SESSIONS_MAX]; /* with the provider */
static struct {
    const OrtSession *session;
    long long bytes;
    char name[128];
} sessions[SESSIONS_MAX];

static bool is_set(const char *variable, const char *value)
{
    const char *set = getenv(variable);
    return set && strcmp(set, value) == 0;
}

static void note(const char *what, const char *name)
{
    const char *path = getenv("FAKE_GPU_LOG");
    FILE *file = path ? fopen(path, "ae") : NULL;
    if (!file)
        return;
    fprintf(file, "%s %s\n", what, name);
    fclose(file);
}

/* Needs lock. */
static void note_use(void)
{
    char path[4096];
    long long used = 0;
    const char *log = getenv("FAKE_GPU_LOG");
    for (int i = 0; i < SESSIONS_MAX; i++)
        used += sessions[i].session ? sessions[i].bytes : 0;
    snprintf(path, sizeof(path), "%s.used", log ? log : "");
    FILE *file = log ? fopen(path, "we") : NULL;
    if (!file)
        return;
    fprintf(file, "%lld\n", used);
    fclose(file);
}

/* ---- the provider ------------------------------------------------------------------------------ */

static OrtStatus *ORT_API_CALL available(char ***ret_names, int *ret_count)
{
    OrtStatus *status = real->GetAvailableProviders(ret_names, ret_count);
    if (status)
        return status;
    bool has_gpu = !is_set("FAKE_GPU", "none");
    char **more = calloc((size_t)*ret_count + 1, sizeof(*more));
    for (int i = 0; i < *ret_count; i++)
        more[i] = strdup((*ret_names)[i]);
    if (has_gpu)
        more[*ret_count] = strdup("CUDAExecutionProvider");
    status = real->ReleaseAvailableProviders(*ret_names, *ret_count);
    *ret_names = more;
    *ret_count += has_gpu;
    return status;
}

static OrtStatus *ORT_API_CALL release_available(char **names, int count)
{
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return NULL;
}

static OrtStatus *ORT_API_CALL create_cuda(OrtCUDAProviderOptionsV2 **ret_cuda)
{
    *ret_cuda = calloc(1, 1);
    return NULL;
}

static OrtStatus *ORT_API_CALL update_cuda(OrtCUDAProviderOptionsV2 *cuda, const char *const *keys,
                                           const char *const *values, size_t count)
{
    (void)cuda;
    for (size_t i = 0; i < count; i++) {
        char text[160];
        snprintf(text, sizeof(text), "%s=%s", keys[i], values[i]);
        note("option", text);
    }
    return NULL;
}

static void ORT_API_CALL release_cuda(OrtCUDAProviderOptionsV2 *cuda)
{
    free(cuda);
}

static OrtStatus *ORT_API_CALL append_cuda(OrtSessionOptions *session, const OrtCUDAProviderOptionsV2 *cuda)
{
    (void)cuda;
    if (is_set("FAKE_GPU", "broken"))
        return real->CreateStatus(ORT_FAIL, "Failed to load libonnxruntime_providers_cuda.so: libcudnn.so.9: cannot "
                                            "open");
    pthread_mutex_lock(&lock);
    for (int i = 0; i < SESSIONS_MAX; i++) {
        if (!options[i]) {
            options[i] = session;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Needs lock. */
static int option_index(const OrtSessionOptions *session)
{
    for (int i = 0; i < SESSIONS_MAX; i++) {
        if (session && options[i] == session)
            return i;
    }
    return -1;
}

static void ORT_API_CALL release_options(OrtSessionOptions *session)
{
    pthread_mutex_lock(&lock);
    int index = option_index(session);
    if (index >= 0)
        options[index] = NULL;
    pthread_mutex_unlock(&lock);
    real->ReleaseSessionOptions(session);
}

/* ---- sessions ---------------------------------------------------------------------------------- */

static OrtStatus *ORT_API_CALL create(const OrtEnv *env, const char *path, const OrtSessionOptions *session_options,
                                      OrtSession **ret_session)
{
    OrtStatus *status = real->CreateSession(env, path, session_options, ret_session);
    struct stat st;
    pthread_mutex_lock(&lock);
    for (int i = 0; !status && option_index(session_options) >= 0 && i < SESSIONS_MAX; i++) {
        if (sessions[i].session)
            continue;
        const char *name = strrchr(path, '/');
        sessions[i].session = *ret_session;
        sessions[i].bytes = stat(path, &st) == 0 ? st.st_size : 0;
        snprintf(sessions[i].name, sizeof(sessions[i].name), "%s", name ? name + 1 : path);
        note("open", sessions[i].name);
        note_use();
        break;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* Index, or -1: it is not on the GPU. */
static int session_index(const OrtSession *session)
{
    int index = -1;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < SESSIONS_MAX; i++) {
        if (session && sessions[i].session == session)
            index = i;
    }
    pthread_mutex_unlock(&lock);
    return index;
}

static void ORT_API_CALL release_session(OrtSession *session)
{
    int index = session_index(session);
    if (index >= 0) {
        pthread_mutex_lock(&lock);
        note("close", sessions[index].name);
        sessions[index].session = NULL;
        note_use();
        pthread_mutex_unlock(&lock);
    }
    real->ReleaseSession(session);
}

static long long first_side(const OrtValue *value)
{
    OrtTensorTypeAndShapeInfo *info = NULL;
    size_t rank = 0;
    int64_t shape[16] = {0};
    OrtStatus *status = real->GetTensorTypeAndShape(value, &info);
    if (!status)
        status = real->GetDimensionsCount(info, &rank);
    if (!status && rank > 0 && rank <= 16)
        status = real->GetDimensions(info, shape, rank);
    if (status)
        real->ReleaseStatus(status);
    if (info)
        real->ReleaseTensorTypeAndShapeInfo(info);
    return rank > 0 ? shape[0] : 0;
}

static void spoil(OrtValue *value)
{
    OrtTensorTypeAndShapeInfo *info = NULL;
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    size_t count = 0;
    float *data = NULL;
    OrtStatus *status = real->GetTensorTypeAndShape(value, &info);
    if (!status)
        status = real->GetTensorElementType(info, &type);
    if (!status)
        status = real->GetTensorShapeElementCount(info, &count);
    if (!status)
        status = real->GetTensorMutableData(value, (void **)&data);
    for (size_t i = 0; !status && type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT && i < count; i++)
        data[i] = is_set("FAKE_GPU_BAD", "nan") ? NAN : .25f;
    if (status)
        real->ReleaseStatus(status);
    if (info)
        real->ReleaseTensorTypeAndShapeInfo(info);
}

static OrtStatus *ORT_API_CALL run(OrtSession *session, const OrtRunOptions *run_options, const char *const *in_names,
                                   const OrtValue *const *in, size_t in_count, const char *const *out_names,
                                   size_t out_count, OrtValue **out)
{
    int index = session_index(session);
    const char *limit = getenv("FAKE_GPU_BATCH");
    if (index >= 0) {
        long long batch = in_count > 0 ? first_side(in[0]) : 0;
        note("run", sessions[index].name);
        if (limit && batch > atoll(limit))
            return real->CreateStatus(ORT_FAIL, "CUDA failure 2: out of memory ; GPU=0");
    }
    OrtStatus *status = real->Run(session, run_options, in_names, in, in_count, out_names, out_count, out);
    for (size_t i = 0; index >= 0 && !status && getenv("FAKE_GPU_BAD") && i < out_count; i++)
        spoil(out[i]);
    return status;
}

/* ---- runs whose values stay on the GPU --------------------------------------------------------- */

/* That of the GPU is the processor's; which are meant for it is noted here. Guarded by lock. */
enum { MEMORIES_MAX = 64 };
static const OrtMemoryInfo *memories[MEMORIES_MAX];

/* Puts `with` in the place of `what`; false: it is not there. */
static bool change_memory(const OrtMemoryInfo *what, const OrtMemoryInfo *with)
{
    bool found = false;
    pthread_mutex_lock(&lock);
    for (int i = 0; !found && i < MEMORIES_MAX; i++) {
        found = memories[i] == what;
        if (found)
            memories[i] = with;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static OrtStatus *ORT_API_CALL create_memory_info(const char *name, enum OrtAllocatorType type, int id,
                                                  enum OrtMemType mem_type, OrtMemoryInfo **ret_info)
{
    if (strcmp(name, "Cuda") != 0)
        return real->CreateMemoryInfo(name, type, id, mem_type, ret_info);
    OrtStatus *status = real->CreateCpuMemoryInfo(type, mem_type, ret_info);
    if (!status)
        change_memory(NULL, *ret_info);
    return status;
}

static void ORT_API_CALL release_memory_info(OrtMemoryInfo *info)
{
    if (info)
        change_memory(info, NULL);
    real->ReleaseMemoryInfo(info);
}

static OrtStatus *ORT_API_CALL bind_to_device(OrtIoBinding *binding, const char *name, const OrtMemoryInfo *info)
{
    if (change_memory(info, info))
        note("keep", name);
    return real->BindOutputToDevice(binding, name, info);
}

static OrtStatus *ORT_API_CALL run_with_binding(OrtSession *session, const OrtRunOptions *run_options,
                                                const OrtIoBinding *binding)
{
    int index = session_index(session);
    const char *limit = getenv("FAKE_GPU_BATCH");
    OrtAllocator *allocator = NULL;
    OrtValue **values = NULL;
    size_t count = 0;
    note("run", index >= 0 ? sessions[index].name : "on the processor");
    if (limit && atoll(limit) < 1)
        return real->CreateStatus(ORT_FAIL, "CUDA failure 2: out of memory ; GPU=0");
    OrtStatus *status = real->RunWithBinding(session, run_options, binding);
    if (status || !getenv("FAKE_GPU_BAD"))
        return status;
    status = real->GetAllocatorWithDefaultOptions(&allocator);
    if (!status)
        status = real->GetBoundOutputValues(binding, allocator, &values, &count);
    for (size_t i = 0; i < count; i++) {
        spoil(values[i]);
        real->ReleaseValue(values[i]);
    }
    return !status && values ? real->AllocatorFree(allocator, values) : status;
}

/* ---- the library ------------------------------------------------------------------------------- */

static const OrtApiBase *real_base(void)
{
    const char *path = getenv("FAKE_ORT_REAL");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    const OrtApiBase *(*get_base)(void) = NULL;
    if (library)
        *(void **)&get_base = dlsym(library, "OrtGetApiBase");
    if (!get_base) {
        fprintf(stderr, "fake_ort: FAKE_ORT_REAL is no ONNX Runtime: %s\n", path ? path : "not set");
        abort();
    }
    return get_base();
}

static const OrtApi *ORT_API_CALL get_api(uint32_t version)
{
    real = real_base()->GetApi(version);
    if (!real)
        return NULL;
    fake = *real;
    fake.GetAvailableProviders = available;
    fake.ReleaseAvailableProviders = release_available;
    fake.CreateCUDAProviderOptions = create_cuda;
    fake.UpdateCUDAProviderOptions = update_cuda;
    fake.ReleaseCUDAProviderOptions = release_cuda;
    fake.SessionOptionsAppendExecutionProvider_CUDA_V2 = append_cuda;
    fake.ReleaseSessionOptions = release_options;
    fake.CreateSession = create;
    fake.ReleaseSession = release_session;
    fake.Run = run;
    fake.CreateMemoryInfo = create_memory_info;
    fake.ReleaseMemoryInfo = release_memory_info;
    fake.BindOutputToDevice = bind_to_device;
    fake.RunWithBinding = run_with_binding;
    return &fake;
}

static const char *ORT_API_CALL get_version(void)
{
    return real_base()->GetVersionString();
}

const OrtApiBase *ORT_API_CALL OrtGetApiBase(void)
{
    static const OrtApiBase base = {.GetApi = get_api, .GetVersionString = get_version};
    return &base;
}
