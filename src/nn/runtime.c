/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/runtime.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "nn/custom_ops.h"
#include "nn/device.h"
#include "nn/folders.h"
#include "nn/session.h"
#include "os/proc.h"

enum { THREADS_MAX = 64 };

/* A failed start leaves this empty, so that it can be tried again once the library is fetched. */
static struct {
    pthread_mutex_t lock;
    bool started;
    struct avt_runtime runtime;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum avt_code avt_fail_ort(struct avt_error *reterr, enum avt_code code, const OrtApi *api,
                           OrtStatus *status, const char *format, ...)
{
    char what[AVT_ERROR_MESSAGE_MAX / 2], why[AVT_ERROR_MESSAGE_MAX / 3];
    va_list ap;
    va_start(ap, format);
    vsnprintf(what, sizeof(what), format, ap);
    va_end(ap);
    const char *text = api->GetErrorMessage(status);
    if (strstr(text, "bad_alloc") || strstr(text, "Failed to allocate memory") || strstr(text, "out of memory") ||
        strstr(text, "Available memory of"))
        code = AVT_ENOMEM;
    snprintf(why, sizeof(why), "%s", text);
    for (char *p = why; *p; p++) {
        if ((unsigned char)*p < ' ')
            *p = ' ';
    }
    api->ReleaseStatus(status);
    return avt_fail(reterr, code, "%s (%s)", what, why);
}

static void ORT_API_CALL log_line(void *user, OrtLoggingLevel level, const char *category,
                                  const char *id, const char *place, const char *message)
{
    (void)user, (void)level, (void)category, (void)id;
    avt_debug("onnxruntime: %s (%s)", message, place);
}

/* The library's path, owned; NULL if it is not installed. */
static char *find_library(void)
{
    const char *chosen = getenv("AVATAR_ORT");
    if (chosen && *chosen)
        return avt_strdup(chosen);
    /* Fetched by who has a GPU; where there is none (another machine with the same home) it is of no use. */
    struct avt_gpu gpu;
    AVT_CLEANUP(avt_freep) char *with_cuda = avt_model_find(AVT_RUNTIME_GPU_FILE);
    if (with_cuda && avt_gpu_look(&gpu))
        return AVT_TAKE(with_cuda);
    char *installed = avt_runtime_find_installed();
    return installed ? installed : avt_model_find(AVT_RUNTIME_FILE);
}

static enum avt_code open_library(const OrtApiBase **ret_base, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = find_library();
    if (!path)
        return avt_fail(reterr, AVT_EMODEL,
                        "ONNX Runtime, which runs the models, is not installed: run 'avatar models "
                        "fetch'");
    /* Never closed: it keeps threads and thread-local data of its own. */
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return avt_fail(reterr, avt_file_exists(path) ? AVT_EMODELBAD : AVT_EMODEL,
                        "ONNX Runtime cannot be loaded: %.300s; run 'avatar models fetch'",
                        dlerror());
    const OrtApiBase *(*get_base)(void) = NULL;
    /* ISO C has no cast from an object pointer to a function pointer; POSIX promises the bits. */
    *(void **)&get_base = dlsym(library, "OrtGetApiBase");
    if (!get_base)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "'%s' is not ONNX Runtime: run 'avatar models fetch' or correct $AVATAR_ORT",
                        path);
    *ret_base = get_base();
    return AVT_OK;
}

static OrtStatus *make_env(const OrtApi *api, int threads, OrtEnv **ret_env)
{
    OrtThreadingOptions *options = NULL;
    OrtStatus *status = api->CreateThreadingOptions(&options);
    if (!status)
        status = api->SetGlobalIntraOpNumThreads(options, threads);
    /* Nodes run one after another: all parallelism is inside them. */
    if (!status)
        status = api->SetGlobalInterOpNumThreads(options, 1);
    /* Idle pool threads sleep: spinning would take the core that drawing and encoding run on. */
    if (!status)
        status = api->SetGlobalSpinControl(options, 0);
    if (!status)
        status = api->CreateEnvWithCustomLoggerAndGlobalThreadPools(
            log_line, NULL, ORT_LOGGING_LEVEL_ERROR, "avatar", options, ret_env);
    if (!status)
        status = api->DisableTelemetryEvents(*ret_env);
    api->ReleaseThreadingOptions(options);
    return status;
}

static enum avt_code start(int threads, struct avt_runtime *runtime, struct avt_error *reterr)
{
    const OrtApiBase *base = NULL;
    enum avt_code code = open_library(&base, reterr);
    if (code != AVT_OK)
        return code;
    runtime->version = base->GetVersionString();
    runtime->api = base->GetApi(ORT_API_VERSION);
    if (!runtime->api)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "ONNX Runtime %s is too old: version " AVT_RUNTIME_VERSION " is needed, run "
                        "'avatar models fetch'",
                        runtime->version);
    int wanted = threads > 0 ? threads : avt_cpu_count();
    OrtStatus *status =
        make_env(runtime->api, wanted < THREADS_MAX ? wanted : THREADS_MAX, &runtime->env);
    if (!status)
        status = runtime->api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault,
                                                   &runtime->cpu);
    if (!status)
        status = avt_custom_ops_domain(runtime->api, &runtime->operators);
    if (status)
        return avt_fail_ort(reterr, AVT_EINTERNAL, runtime->api, status,
                            "ONNX Runtime cannot be started");
    avt_debug("onnxruntime %s started with %d threads", runtime->version, wanted);
    return AVT_OK;
}

static enum avt_code start_once(int threads, struct avt_error *reterr)
{
    pthread_mutex_lock(&state.lock);
    enum avt_code code = AVT_OK;
    if (!state.started) {
        struct avt_runtime runtime = {0};
        code = start(threads, &runtime, reterr);
        if (code == AVT_OK) {
            state.runtime = runtime;
            state.started = true;
        }
    }
    pthread_mutex_unlock(&state.lock);
    return code;
}

enum avt_code avt_nn_start(int threads, struct avt_error *reterr)
{
    return start_once(threads, reterr);
}

const char *avt_nn_version(void)
{
    pthread_mutex_lock(&state.lock);
    const char *version = state.started ? state.runtime.version : NULL;
    pthread_mutex_unlock(&state.lock);
    return version;
}

enum avt_code avt_runtime(const struct avt_runtime **ret_runtime, struct avt_error *reterr)
{
    enum avt_code code = start_once(0, reterr);
    if (code == AVT_OK)
        *ret_runtime = &state.runtime;
    return code;
}
