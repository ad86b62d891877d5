/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Wav2Lip's network as users bring it: whatever its exporter called its inputs, and of whichever size. */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/painter.h"
#include "nn/session.h"

enum {
    AVT_WAV2LIP_SIDE = 96, /* of the published one; read from the file where that says */
    AVT_WAV2LIP_SIDE_MIN = 32,
    AVT_WAV2LIP_SIDE_MAX = 1024,
};
#define AVT_WAV2LIP_FILE    "wav2lip.onnx"
#define AVT_WAV2LIP_VERSION "wav2lip 1"

struct avt_wav2lip_net {
    struct avt_session *session;
    char *path;
    const struct avt_tensor_info *mel, *video, *output; /* borrowed of the session */
    int side;
    int batch; /* that the file is made for; 0: any */
};
/** Zero *ret_net first; avt_wav2lip_net_close() also after a failure.
 *  @return AVT_OK, AVT_EMODEL (missing), AVT_EMODELBAD (no Wav2Lip, and why), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_wav2lip_net_open(const struct avt_painter_weights *weights,
                                               struct avt_wav2lip_net *ret_net, struct avt_error *reterr);
void avt_wav2lip_net_close(struct avt_wav2lip_net *net);

/** Paint `count` faces, in as many runs as the file's batch makes it.
 *  @param mel         [count, 1, 80, 16]
 *  @param video       [count, 6, side, side]
 *  @param ret_planes  [count, 3, side, side]
 *  @return AVT_OK, AVT_EMODELBAD, AVT_ECANCELLED, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_wav2lip_net_run(const struct avt_wav2lip_net *net, const float *mel, const float *video,
                                              size_t count, const struct avt_cancel *cancel, float *ret_planes,
                                              struct avt_error *reterr);
