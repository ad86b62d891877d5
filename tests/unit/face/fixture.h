/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The canonical face as a mesh in a picture, turned and placed at will. */
#include <math.h>
#include <string.h>

#include "dsp/landmarks.h"
#include "face/canonical.h"

/* Eye centres of the canonical face lie this far apart, cm. */
#define FIXTURE_EYES 6.3f

/** Degrees as in struct avt_head_pose; `scale` is pixels per cm, x and y where its origin goes. */
static inline void fixture_mesh(struct avt_head_pose pose, float scale, float x, float y,
                                struct avt_point3 out[AVT_MESH_POINTS])
{
    const float degree = 3.14159265f / 180;
    float cy = cosf(pose.yaw * degree), sy = sinf(pose.yaw * degree);
    float cp = cosf(pose.pitch * degree), sp = sinf(pose.pitch * degree);
    float cr = cosf(pose.roll * degree), sr = sinf(pose.roll * degree);
    memset(out, 0, AVT_MESH_POINTS * sizeof *out);
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        /* Irises: where the eye corners 133 and 362 are is near enough here. */
        struct avt_point3 p =
            avt_face_canonical[i < AVT_FACE_CANONICAL_POINTS ? i : i < 473 ? 133 : 362];
        /* Look up: what is in front rises. Then turn to the right, then tilt clockwise. */
        float y1 = p.y * cp + p.z * sp;
        float z1 = p.z * cp - p.y * sp;
        float x2 = p.x * cy + z1 * sy;
        float z2 = z1 * cy - p.x * sy;
        float x3 = x2 * cr + y1 * sr;
        float y3 = y1 * cr - x2 * sr;
        out[i] = (struct avt_point3){x + scale * x3, y - scale * y3, -scale * z2};
    }
}
