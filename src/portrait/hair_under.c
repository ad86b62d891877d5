/* SPDX-License-Identifier: Apache-2.0 */
/* The surface under dense hair: the scalp again, a little further out, diving under the skin before the hairline. */
#include <math.h>

#include "base/mem.h"
#include "portrait/hair_parts.h"
#include "portrait/noise.h"

/* How far inside the hairline it comes out of the skin, and is full: cm. */
#define SURFACE_AT 1.4f
#define FULL_AT    2.8f

/* How far a vertex moves outwards, cm; negative: under the skin. */
static float raise_at(const struct avt_hair *hair, struct avt_point3 average)
{
    float level = avt_hairline_level(&hair->line, average), near, height = .16f;
    avt_hair_side(hair, average, &near);
    if (hair->row.kind == AVT_HAIR_KIND_AFRO)
        /* Uneven, or it would be seen as a ball within the cloud. */
        height = hair->row.lift * (.34f + .36f * avt_noise(average, .8f, hair->seed + 33));
    if (hair->row.kind == AVT_HAIR_KIND_SHORT)
        height = fminf(.16f, .25f * hair->row.side);
    /* What falls forward covers the edge from above. */
    bool over = average.z > -4 && (hair->row.comb == AVT_COMB_FORWARD || hair->row.fringe > 0);
    float surface = over ? .35f : SURFACE_AT, full = over ? 1.4f : FULL_AT;
    float share = avt_smoothstep(surface - 1, full, level) * 1.3f - .3f;
    bool fringed = hair->row.fringe > 0 && level < 2.6f + 1.6f * hair->row.fringe;
    if (hair->row.part != AVT_PART_NONE && average.z > -9.5f && !fringed)
        share = fminf(share, avt_smoothstep(.05f, .75f, near) * 1.3f - .3f);
    if (hair->line.thin_crown > 0) {
        float away = avt_vec_length(avt_vec_sub(average, (struct avt_point3){0, 9.6f, -10.5f}));
        share = fminf(share, avt_smoothstep(2, 6, away) * 1.5f - .5f);
    }
    return share > 0 ? share * height : .25f * share;
}

enum avt_code avt_hair_under(const struct avt_hair *hair, struct avt_mesh *ret_under, struct avt_error *reterr)
{
    const struct avt_mesh *skin = &hair->bust->skin;
    /* A head shorn this short shows its skin, and so do the partings between rows. */
    if ((hair->row.kind == AVT_HAIR_KIND_SHORT && hair->row.top < 1) || hair->row.kind == AVT_HAIR_KIND_CORNROWS) {
        *ret_under = (struct avt_mesh){0};
        return AVT_OK;
    }
    AVT_CLEANUP(avt_freep) uint32_t *number = avt_try_new0(uint32_t, skin->vertex_count);
    AVT_CLEANUP(avt_freep) float *raise = avt_try_new0(float, skin->vertex_count);
    if (!number || !raise)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    for (size_t i = 0; i < skin->vertex_count; i++)
        raise[i] = hair->bust->average[i].y > -7 ? raise_at(hair, hair->bust->average[i]) : -1;
    struct avt_mesh under = {0};
    for (int pass = 0; pass < 2; pass++) {
        size_t vertices = 0, triangles = 0;
        for (size_t i = 0; i < skin->vertex_count; i++)
            number[i] = UINT32_MAX;
        for (size_t t = 0; t < skin->triangle_count; t++) {
            const uint32_t *corner = skin->triangles[t];
            if (raise[corner[0]] <= 0 && raise[corner[1]] <= 0 && raise[corner[2]] <= 0)
                continue;
            for (int k = 0; k < 3; k++) {
                if (number[corner[k]] == UINT32_MAX) {
                    number[corner[k]] = (uint32_t)vertices++;
                    if (pass)
                        under.points[number[corner[k]]] =
                            avt_vec_along(skin->points[corner[k]], raise[corner[k]], hair->normals[corner[k]]);
                }
                if (pass)
                    under.triangles[triangles][k] = number[corner[k]];
            }
            triangles++;
        }
        if (pass)
            break;
        under = (struct avt_mesh){.vertex_count = vertices,
                                  .triangle_count = triangles,
                                  .points = avt_try_new0(struct avt_point3, vertices + 1),
                                  .triangles = avt_try_alloc(triangles + 1, sizeof(*under.triangles))};
        if (!under.points || !under.triangles) {
            avt_mesh_done(&under);
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
        }
    }
    *ret_under = under;
    return AVT_OK;
}
