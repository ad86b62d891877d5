/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/field.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* Displacements below this many pixels at shape 1 are left out of a span. */
#define NOTHING .004f
/* The inverse is iterated until it moves less than this (pixels), or gives up. */
#define INVERSE_EXACT .01f
enum { INVERSE_ROUNDS_MAX = 16 };
/* Of the shorter side: the frame of the picture that does not move, and where it moves freely. */
#define BORDER_STILL .035f
#define BORDER_FREE  .13f

typedef float vec4 __attribute__((vector_size(16)));

void avt_ground_init(struct avt_ground *ground, const struct avt_rig *rig, int width, int height,
                     int filter)
{
    *ground = (struct avt_ground){.rig = rig, .width = width, .height = height, .filter = filter};
    for (int i = 0; i < AVT_GROUND_POINTS; i++) {
        struct avt_point p = avt_rig_project(rig, rig->points[i]);
        ground->x[i] = p.x / rig->unit;
        ground->y[i] = p.y / rig->unit;
        ground->z[i] = rig->points[i].z;
    }
}

float avt_ground_depth(const struct avt_ground *ground, float x, float y)
{
    const struct avt_rig *rig = ground->rig;
    /* Shepard's interpolation. It is softened, more so towards the contour: there the mesh falls
     * away steeply between few points, and a turning head would show them as waves. */
    struct avt_point3 at = avt_rig_unproject(rig, x, y, 0);
    float half_height = .5f * (rig->chin_y - rig->top_y);
    float out =
        hypotf(at.x / rig->face_half_width, (at.y - rig->top_y - half_height) / half_height);
    float soft = avt_mix(.07f, .30f, avt_step(.6f, 1.f, out));
    float px = x / rig->unit, py = y / rig->unit;
    vec4 sums = {0}, weights = {0};
    for (int i = 0; i < AVT_GROUND_POINTS; i += 4) {
        vec4 qx, qy, qz;
        memcpy(&qx, ground->x + i, sizeof qx);
        memcpy(&qy, ground->y + i, sizeof qy);
        memcpy(&qz, ground->z + i, sizeof qz);
        vec4 dx = qx - px, dy = qy - py;
        vec4 d2 = dx * dx + dy * dy + soft * soft, w = 1 / (d2 * d2);
        sums += w * qz;
        weights += w;
    }
    return (sums[0] + sums[1] + sums[2] + sums[3]) /
           (weights[0] + weights[1] + weights[2] + weights[3]);
}

void avt_ground_box(const struct avt_ground *ground, const float rect[4], float z, int margin, int ret_box[4])
{
    float lo_x = INFINITY, lo_y = INFINITY, hi_x = -INFINITY, hi_y = -INFINITY;
    for (int i = 0; i < 4; i++) {
        struct avt_point p = avt_rig_project(
            ground->rig, (struct avt_point3){rect[i & 1 ? 2 : 0], rect[i & 2 ? 3 : 1], z});
        lo_x = fminf(lo_x, p.x);
        lo_y = fminf(lo_y, p.y);
        hi_x = fmaxf(hi_x, p.x);
        hi_y = fmaxf(hi_y, p.y);
    }
    ret_box[0] = (int)avt_clampf(floorf(lo_x), 0, (float)ground->width);
    ret_box[1] = (int)avt_clampf(floorf(lo_y), 0, (float)ground->height);
    ret_box[2] = (int)avt_clampf(ceilf(hi_x) + (float)margin, 0, (float)ground->width);
    ret_box[3] = (int)avt_clampf(ceilf(hi_y) + (float)margin, 0, (float)ground->height);
}

float avt_ground_border(const struct avt_ground *ground, float x, float y)
{
    float side = (float)(ground->width < ground->height ? ground->width : ground->height);
    float to_x = x < (float)ground->width - 1 - x ? x : (float)ground->width - 1 - x;
    float to_y = y < (float)ground->height - 1 - y ? y : (float)ground->height - 1 - y;
    return avt_step(BORDER_STILL * side, BORDER_FREE * side, to_x) *
           avt_step(BORDER_STILL * side, BORDER_FREE * side, to_y);
}

static bool is_lid(enum avt_shape shape)
{
    return shape >= AVT_SHAPE_BLINK_RIGHT && shape <= AVT_SHAPE_WIDE_LEFT;
}

/* Which side of the cut that matters to `shape` a place is on. */
static enum avt_side side_of(const struct avt_rig *rig, enum avt_shape shape, struct avt_point3 at)
{
    if (!is_lid(shape))
        return at.y < avt_curve_at(&rig->seam, at.x) ? AVT_UPPER : AVT_LOWER;
    const struct avt_rig_eye *eye = &rig->eyes[(shape - AVT_SHAPE_BLINK_RIGHT) & 1];
    float middle = .5f * (avt_curve_at(&eye->upper, at.x) + avt_curve_at(&eye->lower, at.x));
    return at.y < middle ? AVT_UPPER : AVT_LOWER;
}

static enum avt_side forced_side(const struct avt_rig *rig, enum avt_skin skin,
                                 enum avt_shape shape, struct avt_point3 at)
{
    if (skin == (is_lid(shape) ? AVT_SKIN_LID_UPPER : AVT_SKIN_LIP_UPPER))
        return AVT_UPPER;
    if (skin == (is_lid(shape) ? AVT_SKIN_LID_LOWER : AVT_SKIN_LIP_LOWER))
        return AVT_LOWER;
    return side_of(rig, shape, at);
}

struct place {
    struct avt_point3 at;   /* by the depth of the skin, as the mesh continues it */
    struct avt_point3 turn; /* by the depth of the head */
    float head, breath, border;
    struct avt_rig_place skin;
};

static struct avt_point displacement(const struct avt_ground *ground, enum avt_skin skin,
                                     enum avt_shape shape, const struct place *place)
{
    const struct avt_rig *rig = ground->rig;
    struct avt_point3 d;
    if (shape >= AVT_SHAPE_SKIN_COUNT) {
        d = avt_rig_displace_head(shape, place->turn);
        float share = shape == AVT_SHAPE_BREATH ? place->breath : place->head;
        d = (struct avt_point3){d.x * share, d.y * share, d.z * share};
    } else {
        enum avt_side side = forced_side(rig, skin, shape, place->at);
        d = avt_rig_skin_mix(&place->skin, shape, side,
                             avt_rig_displace(rig, shape, side, place->at));
    }
    struct avt_point p = avt_rig_project_vector(rig, d);
    return (struct avt_point){p.x * place->border, p.y * place->border};
}

static bool make_span(struct avt_shape_span *span, const float *dx, const float *dy, int count)
{
    int first = count, last = -1;
    for (int i = 0; i < count; i++) {
        if (fabsf(dx[i]) > NOTHING || fabsf(dy[i]) > NOTHING) {
            first = i < first ? i : first;
            last = i;
        }
    }
    if (last < 0)
        return true;
    span->first = first;
    span->count = last - first + 1;
    span->dx = avt_try_new0(float, (size_t)span->count);
    span->dy = avt_try_new0(float, (size_t)span->count);
    if (!span->dx || !span->dy)
        return false;
    memcpy(span->dx, dx + first, (size_t)span->count * sizeof(float));
    memcpy(span->dy, dy + first, (size_t)span->count * sizeof(float));
    return true;
}

static struct avt_field *field_new(const struct avt_ground *ground, enum avt_skin skin,
                                   const struct avt_point *pixels, const struct avt_point3 *points,
                                   int count)
{
    avt_assert(count > 0);
    AVT_CLEANUP(avt_field_freep) struct avt_field *field = avt_new0(struct avt_field, 1);
    field->count = count;
    field->x = avt_try_new0(float, (size_t)count);
    field->y = avt_try_new0(float, (size_t)count);
    field->dx = avt_try_new0(float, (size_t)count);
    field->dy = avt_try_new0(float, (size_t)count);
    AVT_CLEANUP(avt_freep) struct place *places = avt_try_new0(struct place, (size_t)count);
    if (!field->x || !field->y || !field->dx || !field->dy || !places)
        return NULL;
    for (int i = 0; i < count; i++) {
        struct avt_point p = pixels ? pixels[i] : avt_rig_project(ground->rig, points[i]);
        field->x[i] = p.x;
        field->y[i] = p.y;
        places[i].at =
            points ? points[i]
                   : avt_rig_unproject(ground->rig, p.x, p.y, avt_ground_depth(ground, p.x, p.y));
        float depth = avt_rig_head_depth(ground->rig, places[i].at);
        places[i].turn = depth == places[i].at.z ? places[i].at : avt_rig_unproject(ground->rig, p.x, p.y, depth);
        places[i].head = avt_rig_head_share(ground->rig, places[i].at);
        places[i].breath = avt_rig_breath_share(ground->rig, places[i].at);
        places[i].border = avt_ground_border(ground, p.x, p.y);
        if (ground->skin && !points)
            avt_rig_skin_place(ground->skin, places[i].at, &places[i].skin);
    }
    for (int shape = 0; shape < AVT_SHAPE_COUNT; shape++) {
        bool rolls = shape == AVT_SHAPE_ROLL_UPPER || shape == AVT_SHAPE_ROLL_LOWER;
        if ((skin == AVT_SKIN_NONE && shape < AVT_SHAPE_SKIN_COUNT) || (points && rolls) ||
            (ground->only && ground->only[shape] == 0))
            continue;
        for (int i = 0; i < count; i++) {
            struct avt_point d = displacement(ground, skin, (enum avt_shape)shape, &places[i]);
            field->dx[i] = d.x;
            field->dy[i] = d.y;
        }
        if (!make_span(&field->spans[shape], field->dx, field->dy, count))
            return NULL;
    }
    return AVT_TAKE(field);
}

struct avt_field *avt_field_new(const struct avt_ground *ground, enum avt_skin skin,
                                const struct avt_point *pixels, int count)
{
    return field_new(ground, skin, pixels, NULL, count);
}

struct avt_field *avt_field_new_edge(const struct avt_ground *ground, enum avt_skin skin,
                                     const struct avt_point3 *points, int count)
{
    return field_new(ground, skin, NULL, points, count);
}

void avt_field_free(struct avt_field *field)
{
    if (!field)
        return;
    for (int i = 0; i < AVT_SHAPE_COUNT; i++) {
        avt_free(field->spans[i].dx);
        avt_free(field->spans[i].dy);
    }
    avt_free(field->x);
    avt_free(field->y);
    avt_free(field->dx);
    avt_free(field->dy);
    avt_free(field);
}

void avt_field_move(struct avt_field *field, const float amounts[AVT_SHAPE_COUNT])
{
    memset(field->dx, 0, (size_t)field->count * sizeof(float));
    memset(field->dy, 0, (size_t)field->count * sizeof(float));
    for (int shape = 0; shape < AVT_SHAPE_COUNT; shape++) {
        const struct avt_shape_span *span = &field->spans[shape];
        float amount = amounts[shape];
        if (amount == 0)
            continue;
        float *restrict dx = field->dx + span->first, *restrict dy = field->dy + span->first;
        const float *restrict sx = span->dx, *restrict sy = span->dy;
        for (int i = 0; i < span->count; i++) {
            dx[i] += amount * sx[i];
            dy[i] += amount * sy[i];
        }
    }
}

struct avt_lattice *avt_lattice_new(const struct avt_ground *ground, enum avt_skin skin, int x0,
                                    int y0, int x1, int y1, int step_log2)
{
    int step = 1 << step_log2;
    AVT_CLEANUP(avt_lattice_freep) struct avt_lattice *lattice = avt_new0(struct avt_lattice, 1);
    lattice->warp.x = x0;
    lattice->warp.y = y0;
    lattice->warp.step_log2 = step_log2;
    lattice->warp.filter = ground->filter;
    lattice->warp.nx = (x1 - x0 + step - 1) / step + 1;
    lattice->warp.ny = (y1 - y0 + step - 1) / step + 1;
    size_t count = (size_t)lattice->warp.nx * (size_t)lattice->warp.ny;
    lattice->fixed = avt_try_new0(int32_t, 2 * count);
    AVT_CLEANUP(avt_freep) struct avt_point *nodes = avt_try_new0(struct avt_point, count);
    if (!lattice->fixed || !nodes)
        return NULL;
    for (size_t i = 0; i < count; i++)
        nodes[i] = (struct avt_point){(float)(x0 + (int)(i % (size_t)lattice->warp.nx) * step),
                                      (float)(y0 + (int)(i / (size_t)lattice->warp.nx) * step)};
    lattice->warp.dx = lattice->fixed;
    lattice->warp.dy = lattice->fixed + count;
    lattice->field = avt_field_new(ground, skin, nodes, (int)count);
    return lattice->field ? AVT_TAKE(lattice) : NULL;
}

void avt_lattice_free(struct avt_lattice *lattice)
{
    if (!lattice)
        return;
    avt_field_free(lattice->field);
    avt_free(lattice->fixed);
    avt_free(lattice);
}

/* Displacement at a place between the nodes; the lattice's edge repeats. */
static struct avt_point displaced(const struct avt_lattice *lattice, float gx, float gy)
{
    int nx = lattice->warp.nx, ny = lattice->warp.ny;
    gx = avt_clampf(gx, 0, (float)(nx - 1) - .001f);
    gy = avt_clampf(gy, 0, (float)(ny - 1) - .001f);
    int i = (int)gx, j = (int)gy;
    float fx = gx - (float)i, fy = gy - (float)j;
    const float *dx = lattice->field->dx + (ptrdiff_t)j * nx + i;
    const float *dy = lattice->field->dy + (ptrdiff_t)j * nx + i;
    return (struct avt_point){
        avt_mix(avt_mix(dx[0], dx[1], fx), avt_mix(dx[nx], dx[nx + 1], fx), fy),
        avt_mix(avt_mix(dy[0], dy[1], fx), avt_mix(dy[nx], dy[nx + 1], fx), fy)};
}

void avt_lattice_move(struct avt_lattice *lattice, const float amounts[AVT_SHAPE_COUNT])
{
    avt_field_move(lattice->field, amounts);
    const struct avt_field *field = lattice->field;
    int nx = lattice->warp.nx, ny = lattice->warp.ny;
    float per_step = 1 / (float)(1 << lattice->warp.step_log2);
    int32_t *fixed_x = lattice->fixed, *fixed_y = lattice->fixed + (ptrdiff_t)nx * ny;
    for (int j = 0; j < ny; j++) {
        for (int i = 0; i < nx; i++) {
            ptrdiff_t n = (ptrdiff_t)j * nx + i;
            /* Where the skin that is now at this node came from: s + d(s) = node. */
            float bx = -field->dx[n], by = -field->dy[n];
            for (int round = 0; round < INVERSE_ROUNDS_MAX; round++) {
                struct avt_point d =
                    displaced(lattice, (float)i + bx * per_step, (float)j + by * per_step);
                float change = fabsf(d.x + bx) + fabsf(d.y + by);
                /* Where skin is stretched a lot plain iteration swings: go half way then. */
                float way = round < 5 ? 1 : .5f;
                bx += way * (-d.x - bx);
                by += way * (-d.y - by);
                if (change < INVERSE_EXACT)
                    break;
            }
            fixed_x[n] = avt_warp_fixed(bx);
            fixed_y[n] = avt_warp_fixed(by);
        }
    }
}
