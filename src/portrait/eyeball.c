/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/eyeball.h"

#include <math.h>

#include "base/mem.h"
#include "portrait/shade.h"
#include "portrait/vec.h"

enum { ROWS = 30, COLUMNS = 40 };
/* The ball ends this far behind its equator, where no lid shows it. */
#define LAST_ANGLE 1.9f
/* A cornea bulges 2.5 mm over 24 mm and is curved one and a half times as much. */
#define BULGE .045f
#define CORNEA_REACH .56f
#define CORNEA_CURVE 1.35f
/* How far a full ARKit look turns the ball. */
#define LOOK_ACROSS .52f
#define LOOK_UP .42f
/* Shade of lid and lashes on the ball, cm below the margin. */
#define SHADE_CM .34f

enum avt_code avt_eyeball_mesh(struct avt_mesh *ret_mesh, struct avt_error *reterr)
{
    struct avt_mesh mesh = {.vertex_count = 1 + ROWS * COLUMNS, .triangle_count = COLUMNS + 2 * (ROWS - 1) * COLUMNS};
    mesh.points = avt_try_new0(struct avt_point3, mesh.vertex_count);
    mesh.triangles = avt_try_alloc(mesh.triangle_count, sizeof(*mesh.triangles));
    if (!mesh.points || !mesh.triangles) {
        avt_mesh_done(&mesh);
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for an eyeball");
    }
    mesh.points[0] = (struct avt_point3){0, 0, 1};
    size_t t = 0;
    for (uint32_t row = 0; row < ROWS; row++)
        for (uint32_t column = 0; column < COLUMNS; column++) {
            float angle = LAST_ANGLE * (float)(row + 1) / ROWS, turn = 6.2831853f * (float)column / COLUMNS;
            mesh.points[1 + row * COLUMNS + column] =
                (struct avt_point3){sinf(angle) * cosf(turn), sinf(angle) * sinf(turn), cosf(angle)};
            uint32_t next = (column + 1) % COLUMNS, here = 1 + row * COLUMNS, above = here - COLUMNS;
            uint32_t corners[2][3] = {{row ? above + column : 0, here + column, here + next},
                                      {row ? above + column : 0, here + next, row ? above + next : 0}};
            for (int k = 0; k < (row ? 2 : 1); k++, t++)
                for (int c = 0; c < 3; c++)
                    mesh.triangles[t][c] = corners[k][c];
        }
    *ret_mesh = mesh;
    return AVT_OK;
}

/* Height of the lid's margin over x. */
static float lid_at(const struct avt_point3 *lid, size_t count, float x)
{
    float height = count ? lid[0].y : 0, nearest = 1e9f;
    for (size_t i = 0; i + 1 < count; i++) {
        struct avt_point3 a = lid[i], b = lid[i + 1];
        float t = fabsf(b.x - a.x) > 1e-6f ? avt_min(avt_max((x - a.x) / (b.x - a.x), 0), 1) : 0;
        float off = fabsf(a.x + t * (b.x - a.x) - x);
        if (off < nearest) {
            nearest = off;
            height = a.y + t * (b.y - a.y);
        }
    }
    return height;
}

void avt_eyeball_shape(struct avt_part *part, const struct avt_ball *ball, const struct avt_motion *motion, bool left,
                       const struct avt_point3 *lid, size_t lid_count)
{
    const float *w = motion->arkit;
    /* Inwards is to the picture's left for the subject's left eye. */
    float out = left ? w[AVT_EYE_LOOK_OUT_LEFT] - w[AVT_EYE_LOOK_IN_LEFT]
                     : w[AVT_EYE_LOOK_IN_RIGHT] - w[AVT_EYE_LOOK_OUT_RIGHT];
    float up = left ? w[AVT_EYE_LOOK_UP_LEFT] - w[AVT_EYE_LOOK_DOWN_LEFT]
                    : w[AVT_EYE_LOOK_UP_RIGHT] - w[AVT_EYE_LOOK_DOWN_RIGHT];
    float sx = sinf(out * LOOK_ACROSS), cx = cosf(out * LOOK_ACROSS), sy = sinf(up * LOOK_UP), cy = cosf(up * LOOK_UP);
    for (size_t i = 0; i < part->mesh->vertex_count; i++) {
        struct avt_point3 q = part->mesh->points[i];
        float r = hypotf(q.x, q.y), cornea = q.z > 0 ? avt_smoothstep(CORNEA_REACH, .15f, r) : 0;
        float curve = 1 + (CORNEA_CURVE - 1) * (q.z > 0 ? avt_smoothstep(CORNEA_REACH, CORNEA_REACH * .8f, r) : 0);
        struct avt_point3 way[2] = {avt_vec_scale(q, ball->radius * (1 + BULGE * cornea)),
                                    avt_vec_unit((struct avt_point3){q.x * curve, q.y * curve, q.z})};
        for (int k = 0; k < 2; k++) {
            struct avt_point3 p = way[k], raised = {p.x, p.y * cy + p.z * sy, p.z * cy - p.y * sy};
            way[k] = (struct avt_point3){raised.x * cx + raised.z * sx, raised.y, raised.z * cx - raised.x * sx};
        }
        part->shaped[i] = avt_vec_add(ball->centre, way[0]);
        part->normals[i] = way[1];
        float *vary = part->varyings[i], below = lid_at(lid, lid_count, part->shaped[i].x) - part->shaped[i].y;
        vary[AVT_VARY_LOCAL] = q.x;
        vary[AVT_VARY_LOCAL + 1] = q.y;
        vary[AVT_VARY_LOCAL + 2] = q.z;
        float corner = avt_smoothstep(1.0f, .62f, fabsf(part->shaped[i].x - ball->centre.x) / ball->radius);
        vary[AVT_VARY_EXTRA] = (.22f + .78f * avt_smoothstep(-.02f, SHADE_CM, below)) * (.55f + .45f * corner);
    }
}
