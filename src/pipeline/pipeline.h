/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The coordinator: text or recorded speech and a face in, one film out. The only place that wires
 * voice, face, lipsync and media together.
 *
 *     speech thread --chunks (3)--> lip-sync thread --frames, sound (6)--> encode thread
 *
 * Chunks are about a sentence, so memory does not grow with the length of the text, and the film is
 * being encoded while later sentences are still unspoken. The calling thread loads the picture,
 * finds the face, reports progress and waits. The first error wins, stops the others, and leaves
 * nothing at the output path.
 */
#include <avatar/avatar.h>

#include "face/face.h"
#include "nn/hardware.h"
#include "os/thread.h"
#include "voice/tts.h"

/** Engines that stay loaded between runs; owned by whoever made them. */
struct avt_engines {
    const struct avt_profile_home *home; /* borrowed: the storage, and whose voices are used */
    struct avt_tts *tts;
    struct avt_face_finder *finder;
    struct avt_shelf *shelf; /* of networks that users brought: painters, speech engines */
    struct avt_footprints *footprints; /* of all models that the three above have loaded */
    int64_t memory_bytes;      /* that loaded models may take; 0: no limit */
    struct avt_hardware_wish hardware;
    bool leave_gpu;            /* others need it: nothing stays loaded there after a film */
};

/** @return as avt_pipeline_run() of <avatar/avatar.h>. */
AVT_CHECKED enum avt_code avt_pipeline_execute(const struct avt_engines *engines,
                                               const struct avt_pipeline_options *options,
                                               const struct avt_cancel *cancel,
                                               struct avt_pipeline_result *ret_result,
                                               struct avt_error *reterr);

AVT_CHECKED enum avt_code avt_pipeline_plan(const struct avt_engines *engines,
                                            const struct avt_pipeline_options *options,
                                            struct avt_pipeline_estimate *ret_estimate,
                                            struct avt_error *reterr);
