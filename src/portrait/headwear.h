/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of headwear. */
#include "portrait/clothes.h"
#include "portrait/wear_parts.h"

struct avt_hatter {
    const struct avt_bust *bust;
    const struct avt_attributes *attributes;
    struct avt_wear *wear;
    struct avt_map skull;
    struct avt_material cloth, second;
    float hair;  /* how far hair holds cloth off the skull, cm */
    float scale; /* of this head by the average */
    uint32_t seed;
};
/** A rim around the head: degrees above the middle of the skull in front, at the sides, behind. */
struct avt_hat_line {
    float front, side, back;
};
/** Radians. */
float avt_hat_rim(const struct avt_hat_line *line, float turn);
void avt_scarf_make(struct avt_hatter *hatter);
