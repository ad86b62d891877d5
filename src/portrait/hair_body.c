/* SPDX-License-Identifier: Apache-2.0 */
/* Head and shoulders as a field of distances. Solid is what lies between the frontmost and the hindmost skin of a
 * column: ears and the mouth fill up, which is what hair needs. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/hair_parts.h"

/* Cell side, and the box, in cm: wide enough for hair that falls to the chest. */
#define STEP .45f
static const struct avt_point3 LOW = {-21, -36, -22};
enum { NX = 94, NY = 122, NZ = 88 };
/* What clothes and other hair take up around the shoulders. */
#define CLOTHES_CM 1.0f
#define FAR        1e3f

struct columns {
    float front[NY][NX], back[NY][NX];
};

static void add_triangle(struct columns *columns, struct avt_point3 a, struct avt_point3 b, struct avt_point3 c)
{
    float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    if (fabsf(area) < 1e-9f)
        return;
    float scale = 1 / area;
    int x0 = (int)ceilf(fmaxf((fminf(a.x, fminf(b.x, c.x)) - LOW.x) / STEP, 0));
    int y0 = (int)ceilf(fmaxf((fminf(a.y, fminf(b.y, c.y)) - LOW.y) / STEP, 0));
    int x1 = (int)fminf((fmaxf(a.x, fmaxf(b.x, c.x)) - LOW.x) / STEP, NX - 1);
    int y1 = (int)fminf((fmaxf(a.y, fmaxf(b.y, c.y)) - LOW.y) / STEP, NY - 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            float px = LOW.x + STEP * (float)x, py = LOW.y + STEP * (float)y;
            float u = ((px - a.x) * (c.y - a.y) - (py - a.y) * (c.x - a.x)) * scale;
            float v = ((b.x - a.x) * (py - a.y) - (b.y - a.y) * (px - a.x)) * scale;
            if (u < -.001f || v < -.001f || u + v > 1.001f)
                continue;
            float z = a.z + u * (b.z - a.z) + v * (c.z - a.z);
            columns->front[y][x] = fmaxf(columns->front[y][x], z);
            columns->back[y][x] = fminf(columns->back[y][x], z);
        }
}

/* Steps to neighbours that come earlier in a sweep. */
static const struct {
    int x, y, z;
} BEFORE[13] = {{-1, 0, 0},  {0, -1, 0}, {0, 0, -1},   {-1, -1, 0}, {1, -1, 0},  {-1, 0, -1}, {1, 0, -1},
                {0, -1, -1}, {0, 1, -1}, {-1, -1, -1}, {1, -1, -1}, {-1, 1, -1}, {1, 1, -1}};

static void sweep(float *d, int way)
{
    for (int k = 0; k < NZ; k++)
        for (int j = 0; j < NY; j++)
            for (int i = 0; i < NX; i++) {
                int z = way > 0 ? k : NZ - 1 - k, y = way > 0 ? j : NY - 1 - j, x = way > 0 ? i : NX - 1 - i;
                float *at = &d[(z * NY + y) * NX + x];
                if (*at <= 0)
                    continue;
                for (int n = 0; n < 13; n++) {
                    int px = x + way * BEFORE[n].x, py = y + way * BEFORE[n].y, pz = z + way * BEFORE[n].z;
                    if (px < 0 || py < 0 || pz < 0 || px >= NX || py >= NY || pz >= NZ)
                        continue;
                    /* Borgefors' lengths for 1, 2 and 3 axes, least in error. */
                    float cost = n < 3 ? .92644f : n < 9 ? 1.34065f : 1.65849f;
                    *at = fminf(*at, d[(pz * NY + py) * NX + px] + cost * STEP);
                }
            }
}

/* Along one axis, (1 2 1) / 4. */
static void blur(const float *in, float *out, int stride, int length, int x, int y, int z)
{
    for (int k = 0; k < NZ; k++)
        for (int j = 0; j < NY; j++)
            for (int i = 0; i < NX; i++) {
                int at = (k * NY + j) * NX + i, where = x ? i : y ? j : k;
                (void)z;
                float left = where > 0 ? in[at - stride] : in[at],
                      right = where + 1 < length ? in[at + stride] : in[at];
                out[at] = .25f * left + .5f * in[at] + .25f * right;
            }
}

enum avt_code avt_hair_body_make(const struct avt_bust *bust, struct avt_hair_body *ret_body, struct avt_error *reterr)
{
    size_t cells = (size_t)NX * NY * NZ;
    AVT_CLEANUP(avt_freep) struct columns *columns = avt_try_new0(struct columns, 1);
    AVT_CLEANUP(avt_freep) float *outside = avt_try_new0(float, cells);
    AVT_CLEANUP(avt_freep) float *inside = avt_try_new0(float, cells);
    if (!columns || !outside || !inside)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    for (int y = 0; y < NY; y++)
        for (int x = 0; x < NX; x++) {
            columns->front[y][x] = -FAR;
            columns->back[y][x] = FAR;
        }
    for (size_t t = 0; t < bust->skin.triangle_count; t++) {
        const uint32_t *corner = bust->skin.triangles[t];
        add_triangle(columns, bust->skin.points[corner[0]], bust->skin.points[corner[1]], bust->skin.points[corner[2]]);
    }
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                float at = LOW.z + STEP * (float)z;
                bool solid = at <= columns->front[y][x] && at >= columns->back[y][x];
                size_t cell = ((size_t)z * NY + (size_t)y) * NX + (size_t)x;
                outside[cell] = solid ? 0 : FAR;
                inside[cell] = solid ? FAR : 0;
            }
    for (int way = 1; way >= -1; way -= 2) {
        sweep(outside, way);
        sweep(inside, way);
    }
    float from = bust->chin.y - 2.5f, to = bust->chin.y - 5.5f;
    for (size_t cell = 0; cell < cells; cell++) {
        float y = LOW.y + STEP * (float)(cell / NX % NY);
        outside[cell] += -inside[cell] - CLOTHES_CM * avt_smoothstep(from, to, y);
    }
    for (int round = 0; round < 1; round++) {
        blur(outside, inside, 1, NX, 1, 0, 0);
        blur(inside, outside, NX, NY, 0, 1, 0);
        blur(outside, inside, NX * NY, NZ, 0, 0, 1);
        memcpy(outside, inside, cells * sizeof(*outside));
    }
    *ret_body = (struct avt_hair_body){.nx = NX, .ny = NY, .nz = NZ, .low = LOW, .distance = AVT_TAKE(outside)};
    return AVT_OK;
}

void avt_hair_body_done(struct avt_hair_body *body)
{
    avt_free(body->distance);
    *body = (struct avt_hair_body){0};
}

float avt_hair_body_distance(const struct avt_hair_body *body, struct avt_point3 p, struct avt_point3 *ret_way)
{
    float x = fminf(fmaxf((p.x - body->low.x) / STEP, 0), (float)body->nx - 1.01f);
    float y = fminf(fmaxf((p.y - body->low.y) / STEP, 0), (float)body->ny - 1.01f);
    float z = fminf(fmaxf((p.z - body->low.z) / STEP, 0), (float)body->nz - 1.01f);
    int i = (int)x, j = (int)y, k = (int)z;
    float fx = x - (float)i, fy = y - (float)j, fz = z - (float)k;
    const float *d = body->distance + ((size_t)k * (size_t)body->ny + (size_t)j) * (size_t)body->nx + (size_t)i;
    size_t row = (size_t)body->nx, slice = (size_t)body->nx * (size_t)body->ny;
    float a = avt_mix(d[0], d[1], fx), b = avt_mix(d[row], d[row + 1], fx);
    float c = avt_mix(d[slice], d[slice + 1], fx), e = avt_mix(d[slice + row], d[slice + row + 1], fx);
    float front = avt_mix(a, b, fy), back = avt_mix(c, e, fy);
    if (ret_way) {
        float low = avt_mix(a, c, fz), high = avt_mix(b, e, fz);
        float left = avt_mix(avt_mix(d[0], d[row], fy), avt_mix(d[slice], d[slice + row], fy), fz);
        float right = avt_mix(avt_mix(d[1], d[row + 1], fy), avt_mix(d[slice + 1], d[slice + row + 1], fy), fz);
        *ret_way = avt_vec_unit((struct avt_point3){right - left, high - low, back - front});
    }
    return avt_mix(front, back, fz);
}

struct avt_point3 avt_hair_body_clear(const struct avt_hair_body *body, struct avt_point3 p, float gap)
{
    for (int round = 0; round < 2; round++) {
        struct avt_point3 way;
        float distance = avt_hair_body_distance(body, p, &way);
        if (distance >= gap)
            break;
        p = avt_vec_along(p, gap - distance, way);
    }
    return p;
}
