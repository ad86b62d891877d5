/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The still pictures before and after the talking part of a film. */
#include "dsp/image.h"
#include "dsp/watermark.h"
#include "pipeline/plan.h"

/** NULL: the film has none. */
struct avt_stills {
    struct avt_image *intro, *outro;
};

/** Read what the plan names. @return as avt_still_load(); the message says which of the two it was. */
AVT_CHECKED enum avt_code avt_stills_load(const struct avt_plan *plan, struct avt_stills *stills,
                                          struct avt_error *reterr);
/** From now on they are frames of the film: of its size, with the watermark (NULL: none) that all frames have.
 *  With AVT_FIT_CONTAIN all of a picture is seen between bars as those of the face; else it fills the frame and its
 *  middle is seen. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_stills_fit(struct avt_stills *stills, enum avt_fit fit, int width, int height,
                                         const struct avt_watermark *mark, struct avt_error *reterr);
/** Does nothing where there are none. */
void avt_stills_done(struct avt_stills *stills);

/** Mix `still` into a frame of its size, both opaque; share 0: nothing of it is seen, 256: nothing else. */
void avt_stills_mix(const struct avt_image *still, unsigned share, struct avt_image *frame);
