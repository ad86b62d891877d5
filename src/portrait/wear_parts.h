/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of wear.h: each adds its pieces. */
#include "portrait/wear.h"

void avt_clothes_sew(const struct avt_bust *bust, const struct avt_attributes *attributes,
                     struct avt_wear *wear);
void avt_headwear_make(const struct avt_bust *bust, const struct avt_attributes *attributes,
                       struct avt_wear *wear);
void avt_glasses_make(const struct avt_bust *bust, const struct avt_attributes *attributes,
                      struct avt_wear *wear);
void avt_earrings_make(const struct avt_bust *bust, const struct avt_attributes *attributes,
                       struct avt_wear *wear);
