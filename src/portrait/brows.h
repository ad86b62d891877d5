/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of brows.c: brows and lashes go into one set of strands of AVT_BROW_POINTS points each. */
#include "portrait/hair_parts.h"
#include "portrait/skin_front.h"

enum { AVT_BROW_POINTS = 6, AVT_BROW_STRANDS_MAX = 1600 };

/** Room for one more; NULL when full. */
struct avt_point3 *avt_brow_more(struct avt_strands *strands, struct avt_strand **ret_strand);
/** Upper and lower lashes of both eyes; drawn ones have a line along the upper lid, too. */
void avt_lashes_grow(const struct avt_bust *bust, const struct avt_attributes *attributes, enum avt_look look,
                     struct avt_strands *strands);
