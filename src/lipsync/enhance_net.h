/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Networks that make a picture better, as users bring them, whatever their exporters called what goes in and out:
 *
 *   restore.onnx  [1, 3, 512, 512] R G B of -1..1, a face in the template of enhance_place.h, and the same out:
 *                 GFPGAN, RestoreFormer, GPEN (of any square size), CodeFormer (which takes a single number besides:
 *                 how true it is to stay to what it sees, 0..1)
 *   upscale.onnx  [1, 3, h, w] R G B of 0..1, and a whole number of times as large out: Real-ESRGAN and the like
 *
 * All of float32 or float16; CodeFormer's number of float32 or float64.
 *
 * Threads: as sessions.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/painter.h"
#include "nn/session.h"

enum avt_enhance_kind {
    AVT_ENHANCE_RESTORE,
    AVT_ENHANCE_UPSCALE,
};
enum {
    AVT_ENHANCE_SIDE_MIN = 64, /* pixels of a file's squares */
    AVT_ENHANCE_SIDE_MAX = 1024,
    AVT_ENHANCE_FACTOR_MAX = 8,
};
/** CodeFormer's read-me: -w 1.0 for films, since it is steadiest. */
#define AVT_ENHANCE_FIDELITY 1.0

struct avt_enhance_net {
    enum avt_enhance_kind kind;
    struct avt_session *session;
    char *path;
    const struct avt_tensor_info *image, *fidelity, *output; /* borrowed of the session; fidelity may be NULL */
    int side;   /* of the squares that it takes; 0: any */
    int factor; /* as many times as large is what it gives; 1 of restore */
};
/** Zero *ret_net first; avt_enhance_net_close() also after a failure.
 *  @return AVT_OK, AVT_EMODEL (missing), AVT_EMODELBAD (no such network, and why), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_enhance_net_open(enum avt_enhance_kind kind, const struct avt_painter_weights *weights,
                                               struct avt_enhance_net *ret_net, struct avt_error *reterr);
void avt_enhance_net_close(struct avt_enhance_net *net);

/** @param side        net->side, or any where that is 0
 *  @param planes      [3, side, side] R G B, 0..1
 *  @param ret_planes  [3, side * factor, side * factor] the same
 *  @return AVT_OK, AVT_EMODELBAD (also of numbers that are no picture), AVT_ECANCELLED, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_enhance_net_run(const struct avt_enhance_net *net, int side, const float *planes,
                                              const struct avt_cancel *cancel, float *ret_planes,
                                              struct avt_error *reterr);
