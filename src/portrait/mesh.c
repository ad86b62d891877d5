/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/bust.h"
#include "portrait/strands.h"

void avt_mesh_done(struct avt_mesh *mesh)
{
    avt_free(mesh->points);
    avt_free(mesh->uv);
    avt_free(mesh->uv_triangles);
    avt_free(mesh->follow);
    avt_free(mesh->triangles);
    *mesh = (struct avt_mesh){0};
}

void avt_mesh_normals(const struct avt_mesh *mesh, const struct avt_point3 *points, struct avt_point3 *normals)
{
    memset(normals, 0, mesh->vertex_count * sizeof(*normals));
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        const uint32_t *corner = mesh->triangles[t];
        struct avt_point3 a = points[corner[0]], b = points[corner[1]], c = points[corner[2]];
        struct avt_point3 u = {b.x - a.x, b.y - a.y, b.z - a.z}, v = {c.x - a.x, c.y - a.y, c.z - a.z};
        struct avt_point3 across = {u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x};
        for (int k = 0; k < 3; k++) {
            struct avt_point3 *normal = &normals[corner[k]];
            normal->x += across.x;
            normal->y += across.y;
            normal->z += across.z;
        }
    }
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        struct avt_point3 *n = &normals[i];
        float length = sqrtf(n->x * n->x + n->y * n->y + n->z * n->z);
        float scale = length > 0 ? 1 / length : 0;
        *n = (struct avt_point3){n->x * scale, n->y * scale, n->z * scale};
    }
}

void avt_strands_free(struct avt_strands *strands)
{
    if (!strands)
        return;
    avt_free(strands->at);
    avt_free(strands->follow);
    avt_free(strands->strands);
    avt_free(strands);
}
