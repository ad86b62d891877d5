/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Points and directions in space. */
#include <math.h>

#include "dsp/landmarks.h"

/* Without a thought for NaN, which fminf() and fmaxf() of the library give and take time for. */
static inline float avt_min(float a, float b)
{
    return a < b ? a : b;
}
static inline float avt_max(float a, float b)
{
    return a > b ? a : b;
}

static inline struct avt_point3 avt_vec_add(struct avt_point3 a, struct avt_point3 b)
{
    return (struct avt_point3){a.x + b.x, a.y + b.y, a.z + b.z};
}
static inline struct avt_point3 avt_vec_sub(struct avt_point3 a, struct avt_point3 b)
{
    return (struct avt_point3){a.x - b.x, a.y - b.y, a.z - b.z};
}
static inline struct avt_point3 avt_vec_scale(struct avt_point3 a, float k)
{
    return (struct avt_point3){a.x * k, a.y * k, a.z * k};
}
/** a + k b */
static inline struct avt_point3 avt_vec_along(struct avt_point3 a, float k, struct avt_point3 b)
{
    return (struct avt_point3){a.x + k * b.x, a.y + k * b.y, a.z + k * b.z};
}
static inline float avt_vec_dot(struct avt_point3 a, struct avt_point3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline struct avt_point3 avt_vec_cross(struct avt_point3 a, struct avt_point3 b)
{
    return (struct avt_point3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
static inline float avt_vec_length(struct avt_point3 a)
{
    return sqrtf(avt_vec_dot(a, a));
}
/** Of length 1; 0 stays 0. */
static inline struct avt_point3 avt_vec_unit(struct avt_point3 a)
{
    float length = avt_vec_length(a);
    return avt_vec_scale(a, length > 0 ? 1 / length : 0);
}
/** 0 at `low` and below, 1 at `high` and above, smooth between; low > high falls. */
static inline float avt_smoothstep(float low, float high, float x)
{
    float t = avt_min(avt_max((x - low) / (high - low), 0), 1);
    return t * t * (3 - 2 * t);
}
static inline float avt_mix(float a, float b, float t)
{
    return a + t * (b - a);
}
