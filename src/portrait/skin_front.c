/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/skin_front.h"

#include <math.h>

#include "base/mem.h"
#include "portrait/vec.h"

/* The face: 17 cm square from the chin to the hair, in cells of about .27 cm. */
#define LEFT_X  (-8.5f)
#define LOW_Y   (-12.0f)
#define SIDE_CM 17.0f

static int cell_of(float offset)
{
    int cell = (int)(offset * (AVT_FRONT_CELLS / SIDE_CM));
    return cell < 0 ? 0 : cell >= AVT_FRONT_CELLS ? AVT_FRONT_CELLS - 1 : cell;
}

/* Twice the area as seen from the front; positive: it faces the viewer. */
static float seen_area(const struct avt_bust *bust, uint32_t t)
{
    const uint32_t *corner = bust->skin.triangles[t];
    struct avt_point3 a = bust->average[corner[0]], b = bust->average[corner[1]], c = bust->average[corner[2]];
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

enum avt_code avt_skin_front_make(const struct avt_bust *bust, const struct avt_point3 *normals,
                                  struct avt_skin_front *ret_front, struct avt_error *reterr)
{
    *ret_front = (struct avt_skin_front){.bust = bust, .normals = normals};
    uint32_t *first = ret_front->first;
    for (int write = 0; write < 2; write++) {
        for (size_t t = 0; t < bust->skin.triangle_count; t++) {
            const uint32_t *corner = bust->skin.triangles[t];
            struct avt_point3 p[3];
            for (int k = 0; k < 3; k++)
                p[k] = bust->average[corner[k]];
            float x0 = fminf(p[0].x, fminf(p[1].x, p[2].x)), x1 = fmaxf(p[0].x, fmaxf(p[1].x, p[2].x));
            float y0 = fminf(p[0].y, fminf(p[1].y, p[2].y)), y1 = fmaxf(p[0].y, fmaxf(p[1].y, p[2].y));
            if (p[0].z < -5 || x1 < LEFT_X || x0 > LEFT_X + SIDE_CM || y1 < LOW_Y || y0 > LOW_Y + SIDE_CM ||
                seen_area(bust, (uint32_t)t) <= 1e-7f)
                continue;
            for (int y = cell_of(y0 - LOW_Y); y <= cell_of(y1 - LOW_Y); y++)
                for (int x = cell_of(x0 - LEFT_X); x <= cell_of(x1 - LEFT_X); x++) {
                    uint32_t *at = &first[y * AVT_FRONT_CELLS + x];
                    if (write)
                        ret_front->triangles[*at] = (uint32_t)t;
                    (*at)++;
                }
        }
        if (write)
            break;
        uint32_t total = 0;
        for (int cell = 0; cell <= AVT_FRONT_CELLS * AVT_FRONT_CELLS; cell++) {
            uint32_t count = first[cell];
            first[cell] = total;
            total += count;
        }
        ret_front->triangles = avt_try_new0(uint32_t, total + 1);
        if (!ret_front->triangles)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    }
    /* After writing each cell's start is its end. */
    for (int cell = AVT_FRONT_CELLS * AVT_FRONT_CELLS; cell > 0; cell--)
        first[cell] = first[cell - 1];
    first[0] = 0;
    return AVT_OK;
}

void avt_skin_front_done(struct avt_skin_front *front)
{
    avt_free(front->triangles);
    front->triangles = NULL;
}

bool avt_skin_front_at(const struct avt_skin_front *front, float x, float y, struct avt_skin_spot *ret_spot)
{
    const struct avt_bust *bust = front->bust;
    int cell = cell_of(y - LOW_Y) * AVT_FRONT_CELLS + cell_of(x - LEFT_X);
    float nearest = -1e9f;
    for (uint32_t i = front->first[cell]; i < front->first[cell + 1]; i++) {
        uint32_t t = front->triangles[i];
        const uint32_t *corner = bust->skin.triangles[t];
        struct avt_point3 a = bust->average[corner[0]], b = bust->average[corner[1]], c = bust->average[corner[2]];
        float scale = 1 / seen_area(bust, t);
        float u = ((x - a.x) * (c.y - a.y) - (y - a.y) * (c.x - a.x)) * scale;
        float v = ((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) * scale;
        float z = a.z + u * (b.z - a.z) + v * (c.z - a.z);
        if (u < -1e-4f || v < -1e-4f || u + v > 1.0001f || z <= nearest)
            continue;
        nearest = z;
        *ret_spot = (struct avt_skin_spot){.triangle = t, .share = {1 - u - v, u, v}};
    }
    if (nearest < -1e8f)
        return false;
    const uint32_t *corner = bust->skin.triangles[ret_spot->triangle];
    for (int k = 0; k < 3; k++) {
        ret_spot->at = avt_vec_along(ret_spot->at, ret_spot->share[k], bust->skin.points[corner[k]]);
        ret_spot->normal = avt_vec_along(ret_spot->normal, ret_spot->share[k], front->normals[corner[k]]);
    }
    ret_spot->normal = avt_vec_unit(ret_spot->normal);
    return true;
}
