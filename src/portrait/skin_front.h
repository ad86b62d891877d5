/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The face's skin as seen from the front on the average head: which triangle lies at (x, y). Brows and the edges of
 * beards are drawn there and so come to lie on any face.
 *
 * Threads: only read once made.
 */
#include <stdbool.h>

#include "portrait/bust.h"

enum { AVT_FRONT_CELLS = 64 };

struct avt_skin_front {
    const struct avt_bust *bust;
    const struct avt_point3 *normals; /* of the skin, at rest */
    uint32_t first[AVT_FRONT_CELLS * AVT_FRONT_CELLS + 1];
    uint32_t *triangles; /* by cell */
};
struct avt_skin_spot {
    uint32_t triangle;
    float share[3];
    struct avt_point3 at, normal; /* on the real face */
};

/** @param normals  [bust->skin.vertex_count], borrowed. @return AVT_OK, AVT_ENOMEM. Owned: avt_skin_front_done(). */
AVT_CHECKED enum avt_code avt_skin_front_make(const struct avt_bust *bust, const struct avt_point3 *normals,
                                              struct avt_skin_front *ret_front, struct avt_error *reterr);
void avt_skin_front_done(struct avt_skin_front *front);
/** What lies at (x, y), cm on the average head; false: nothing does. */
bool avt_skin_front_at(const struct avt_skin_front *front, float x, float y, struct avt_skin_spot *ret_spot);
