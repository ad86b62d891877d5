/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, landmarks and measures of a bust. */
#include <math.h>

#include "base/mem.h"
#include "portrait/head.h"

/* A line of the base mesh with the vertices on its edges; `closed`: also on that from its end to its start. */
static enum avt_code refine(const struct avt_head *head, enum avt_head_line line, bool closed, uint32_t **ret_line,
                            size_t *ret_count, struct avt_error *reterr)
{
    const uint16_t *from = head->lines[line];
    size_t count = head->line_counts[line], used = 0;
    uint32_t *out = avt_try_new0(uint32_t, 2 * count);
    if (!out)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a bust");
    for (size_t i = 0; i < count; i++) {
        out[used++] = from[i];
        if (i + 1 == count && !closed)
            break;
        uint32_t middle = avt_subdivision_middle(&head->meshes[AVT_HEAD_SKIN], from[i], from[(i + 1) % count]);
        if (middle != UINT32_MAX)
            out[used++] = middle;
    }
    *ret_line = out;
    *ret_count = used;
    return AVT_OK;
}

static enum avt_code make_lines(const struct avt_head *head, struct avt_bust_lines *lines, struct avt_error *reterr)
{
    enum avt_code code = refine(head, AVT_LINE_LIP_OUTLINE, true, &lines->lip_outline, &lines->lip_outline_count,
                                reterr);
    if (code == AVT_OK)
        code = refine(head, AVT_LINE_LIP_SEAM, true, &lines->lip_seam, &lines->lip_seam_count, reterr);
    for (int side = 0; code == AVT_OK && side < 2; side++) {
        code = refine(head, AVT_LINE_RIGHT_UPPER_LID + (unsigned)side, false, &lines->upper_lid[side],
                      &lines->upper_lid_count, reterr);
        if (code == AVT_OK)
            code = refine(head, AVT_LINE_RIGHT_LOWER_LID + (unsigned)side, false, &lines->lower_lid[side],
                          &lines->lower_lid_count, reterr);
    }
    return code;
}

/* Regions are told by where a vertex lies on the average head. */
enum avt_code avt_bust_measure(const struct avt_head *head, struct avt_bust *bust, struct avt_error *reterr)
{
    const struct avt_mesh *skin = &bust->skin;
    bust->crown = bust->chin = bust->brow_middle = (struct avt_point3){0};
    bust->chin.y = 1e9f;
    float forward = -1e9f, back = 1e9f;
    for (size_t i = 0; i < skin->vertex_count; i++) {
        struct avt_point3 at = skin->points[i], usual = bust->average[i];
        if (skin->follow[i] > .9f && at.y > bust->crown.y)
            bust->crown = at;
        if (fabsf(usual.x) < .3f && usual.z > .5f && usual.y < -8 && usual.y > -11.5f && at.y < bust->chin.y)
            bust->chin = at;
        if (fabsf(usual.x) < .3f && usual.y > 1 && usual.y < 2 && at.z > bust->brow_middle.z)
            bust->brow_middle = at;
        if (usual.y > 1.5f && usual.y < 4 && skin->follow[i] > .9f) {
            bust->head_width = fmaxf(bust->head_width, 2 * fabsf(at.x));
            forward = fmaxf(forward, at.z);
            back = fminf(back, at.z);
        }
    }
    if (bust->chin.y > 1e8f)
        bust->chin.y = 0; /* no face: the data is not a head's */
    bust->head_depth = fmaxf(forward - back, 0);
    bust->crown.x = bust->chin.x = bust->brow_middle.x = 0;
    for (int side = 0; side < 2; side++)
        bust->ear_lobes[side] = skin->points[head->lines[AVT_LINE_EAR_LOBES][side]];
    return make_lines(head, &bust->lines, reterr);
}
