/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/device.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/runtime.h"
#include "os/paths.h"

#define TURN_POLL_NS (20 * 1000 * 1000)

/* ---- NVML ------------------------------------------------------------------------------------- */

/* Of nvml.h, which need not be installed: docs.nvidia.com/deploy/nvml-api. Success is 0. */
struct nvml_memory {
    unsigned long long total, free, used;
};
struct nvml {
    int (*init)(void);
    int (*shutdown)(void);
    int (*handle)(unsigned index, void **device);
    int (*name)(void *device, char *name, unsigned size);
    int (*memory)(void *device, struct nvml_memory *memory);
    int (*driver)(char *version, unsigned size);
};

static bool find(void *library, const char *name, void *ret_function)
{
    /* ISO C has no cast from an object pointer to a function pointer; POSIX promises the bits. */
    void *found = dlsym(library, name);
    memcpy(ret_function, &found, sizeof(found));
    return found != NULL;
}

static bool open_nvml(void *library, struct nvml *nvml)
{
    return find(library, "nvmlInit_v2", &nvml->init) && find(library, "nvmlShutdown", &nvml->shutdown) &&
           find(library, "nvmlDeviceGetHandleByIndex_v2", &nvml->handle) &&
           find(library, "nvmlDeviceGetName", &nvml->name) &&
           find(library, "nvmlDeviceGetMemoryInfo", &nvml->memory) &&
           find(library, "nvmlSystemGetDriverVersion", &nvml->driver);
}

bool avt_gpu_look(struct avt_gpu *ret_gpu)
{
    struct nvml nvml;
    struct nvml_memory memory = {0};
    void *device = NULL;
    void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return false;
    *ret_gpu = (struct avt_gpu){0};
    bool open = open_nvml(library, &nvml) && nvml.init() == 0;
    bool there = open && nvml.handle(0, &device) == 0 && nvml.memory(device, &memory) == 0 &&
                 nvml.name(device, ret_gpu->name, sizeof(ret_gpu->name)) == 0;
    if (there && nvml.driver(ret_gpu->driver, sizeof(ret_gpu->driver)) != 0)
        ret_gpu->driver[0] = '\0';
    ret_gpu->total_bytes = (long long)memory.total;
    ret_gpu->used_bytes = (long long)memory.used;
    if (open)
        nvml.shutdown();
    dlclose(library);
    return there;
}

/* ---- the runtime ------------------------------------------------------------------------------ */

static bool has_provider(const OrtApi *api)
{
    char **names = NULL;
    int count = 0;
    OrtStatus *status = api->GetAvailableProviders(&names, &count);
    if (status) {
        api->ReleaseStatus(status);
        return false;
    }
    bool found = false;
    for (int i = 0; i < count; i++)
        found |= avt_str_equal(names[i], "CUDAExecutionProvider");
    status = api->ReleaseAvailableProviders(names, count);
    if (status)
        api->ReleaseStatus(status);
    return found;
}

/* Loads the provider's library and CUDA's: what is missing is said here and not in the middle of a film. */
static enum avt_code try_provider(const OrtApi *api, struct avt_error *reterr)
{
    OrtSessionOptions *options = NULL;
    OrtCUDAProviderOptionsV2 *cuda = NULL;
    OrtStatus *status = api->CreateSessionOptions(&options);
    if (!status)
        status = api->CreateCUDAProviderOptions(&cuda);
    if (!status)
        status = api->SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda);
    if (cuda)
        api->ReleaseCUDAProviderOptions(cuda);
    api->ReleaseSessionOptions(options);
    return status ? avt_fail_ort(reterr, AVT_EUNSUPPORTED, api, status,
                                 "ONNX Runtime cannot use the GPU: CUDA 13 and cuDNN 9 must be installed")
                  : AVT_OK;
}

enum avt_code avt_gpu_usable(struct avt_error *reterr)
{
    struct avt_gpu gpu;
    const struct avt_runtime *runtime = NULL;
    if (!avt_gpu_look(&gpu))
        return avt_fail(reterr, AVT_EUNSUPPORTED, "there is no NVIDIA GPU, or its driver is not installed");
    enum avt_code code = avt_runtime(&runtime, reterr);
    if (code != AVT_OK)
        return code;
    if (!has_provider(runtime->api))
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "ONNX Runtime %s was built without CUDA: run 'avatar models fetch onnxruntime-gpu'",
                        runtime->version);
    return try_provider(runtime->api, reterr);
}

/* ---- turns ------------------------------------------------------------------------------------ */

struct avt_gpu_turn {
    int fd;
};

enum avt_code avt_gpu_take_turn(const char *folder, const struct avt_cancel *cancel, struct avt_gpu_turn **ret_turn,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, "gpu.lock");
    enum avt_code code = avt_mkdirs(folder, reterr);
    if (code != AVT_OK)
        return code;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return avt_fail(reterr, AVT_EIO, "'%.300s' cannot be opened: %s", path, strerror(errno));
    /* A lock goes with its process, so nothing is left of one that was killed. */
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            code = avt_fail(reterr, AVT_EIO, "'%.300s' cannot be locked: %s", path, strerror(errno));
        else if (avt_cancelled(cancel))
            code = avt_fail(reterr, AVT_ECANCELLED, "cancelled while another job had the GPU");
        if (code != AVT_OK) {
            close(fd);
            return code;
        }
        nanosleep(&(struct timespec){.tv_nsec = TURN_POLL_NS}, NULL);
    }
    *ret_turn = avt_new0(struct avt_gpu_turn, 1);
    (*ret_turn)->fd = fd;
    return AVT_OK;
}

void avt_gpu_end_turn(struct avt_gpu_turn *turn)
{
    if (!turn)
        return;
    close(turn->fd);
    avt_free(turn);
}
