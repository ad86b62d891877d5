/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/device.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/runtime.h"
#include "os/paths.h"

#define TURN_POLL_NS (20 * 1000 * 1000)

bool avt_gpu_look(struct avt_gpu *ret_gpu)
{
    struct avt_gpu gpus[AVT_GPUS_MAX];
    size_t count = avt_gpus_look(gpus);
    if (count > 0)
        *ret_gpu = gpus[0];
    return count > 0;
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

bool avt_gpu_is_at_fault(enum avt_code code)
{
    return code == AVT_ENOMEM || code == AVT_EUNSUPPORTED || code == AVT_EMODELBAD || code == AVT_EINTERNAL;
}
