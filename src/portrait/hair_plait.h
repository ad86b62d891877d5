/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Three strands plaited along a path: braids, and the rows of cornrows. */
#include "portrait/hair_parts.h"

struct avt_plait {
    const struct avt_point3 *path; /* [steps] */
    size_t steps, count;           /* hairs */
    float wide, tip_wide;          /* half the width, cm */
    float pitch;                   /* cm of path in which a strand comes back to its side */
    float from, to;                /* shares of the path that it takes */
    uint32_t lock;
    bool tuft; /* loose ends, beyond `to` */
    bool flat; /* lies on the skull: its width is along it */
};
void avt_plait_grow(struct avt_hair *hair, const struct avt_plait *plait, struct avt_rng *rng);
