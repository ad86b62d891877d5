/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Teeth: the model's are two plain bands, which look like a sports guard in a smile. These stand in their place: ten
 * crowns a jaw along an arch, in a gum. They move as the bands do.
 */
#include "portrait/bust.h"

struct avt_dentition {
    struct avt_mesh mesh;
    struct avt_point *marks; /* [vertex_count] x: 0 tooth .. 1 gum; y: 0 between teeth .. 1 middle of one */
    struct avt_bust_move moves[AVT_ARKIT_COUNT];
};
/** @param upper  The upper jaw's. @return AVT_OK, AVT_ENOMEM. Owned: avt_dentition_done(). */
AVT_CHECKED enum avt_code avt_dentition_make(const struct avt_bust *bust, bool upper,
                                             struct avt_dentition *ret_dentition, struct avt_error *reterr);
void avt_dentition_done(struct avt_dentition *dentition);
