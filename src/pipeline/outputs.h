/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a run writes beside the film: timeline, captions, intermediates. Their places are checked
 * before any work is done, and they appear only together with the film. */
#include "base/file.h"
#include "dsp/image.h"
#include "face/face.h"
#include "pipeline/plan.h"

struct avt_run;

struct avt_outputs {
    struct avt_outfile *timeline, *captions; /* opened early: a bad path is refused at once */
    struct avt_face_verdict verdict;
    char face_origin[128];
    char *parts; /* folder of intermediates that this run made, or NULL */
};

AVT_CHECKED enum avt_code avt_outputs_open(struct avt_outputs *outputs, const struct avt_plan *plan,
                                           struct avt_error *reterr);
/** Note where the face came from; keep face.png and face.json if intermediates are wanted. */
AVT_CHECKED enum avt_code avt_outputs_face(struct avt_outputs *outputs, const struct avt_plan *plan,
                                           const struct avt_image *picture,
                                           const struct avt_face *face, struct avt_error *reterr);
/** Write the contents; nothing appears yet. */
AVT_CHECKED enum avt_code avt_outputs_write(struct avt_outputs *outputs, struct avt_run *run,
                                            struct avt_error *reterr);
/** Give the files their names. */
AVT_CHECKED enum avt_code avt_outputs_commit(struct avt_outputs *outputs, struct avt_error *reterr);
/** Without a commit before, nothing remains. */
void avt_outputs_done(struct avt_outputs *outputs);
