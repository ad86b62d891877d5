/* SPDX-License-Identifier: Apache-2.0 */
/* What brings a shaped head to rest: arms lowered, mouth closed, blinks that close whatever the eye's shape. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/head.h"

/* The mesh stands with its arms spread by some 45 degrees. */
#define ARMS_DOWN_DEGREES 32.0f
#define SHOULDERS_DOWN_DEGREES 1.0f
#define RADIANS 0.01745329252f
/* The lips touch: a hair of overlap, so that nothing is seen between them; subdivision rounds the corners open. */
#define LIP_OVERLAP_CM .025f
#define LIP_OVERLAP_AT_CORNERS_CM .1f
enum { LIP_EDGES = 7, LID_EDGES = 12 };

struct avt_ball avt_head_eye(const struct avt_head *head, const struct avt_point3 *points, int side)
{
    size_t from = head->part_starts[AVT_HEAD_RIGHT_EYE + side];
    struct avt_point3 low = points[from], high = low;
    for (size_t i = from; i < from + head->part_counts[AVT_HEAD_RIGHT_EYE + side]; i++) {
        struct avt_point3 p = points[i];
        low = (struct avt_point3){fminf(low.x, p.x), fminf(low.y, p.y), fminf(low.z, p.z)};
        high = (struct avt_point3){fmaxf(high.x, p.x), fmaxf(high.y, p.y), fmaxf(high.z, p.z)};
    }
    return (struct avt_ball){{(low.x + high.x) / 2, (low.y + high.y) / 2, (low.z + high.z) / 2},
                             (high.y - low.y) / 2};
}

struct avt_point3 avt_head_joint(const struct avt_head *head, const struct avt_point3 *points,
                                 enum avt_head_joint joint)
{
    size_t from = head->part_starts[AVT_HEAD_JOINTS] + (size_t)joint * AVT_HEAD_JOINT_VERTICES;
    struct avt_point3 sum = {0};
    for (size_t i = from; i < from + AVT_HEAD_JOINT_VERTICES; i++) {
        sum.x += points[i].x / AVT_HEAD_JOINT_VERTICES;
        sum.y += points[i].y / AVT_HEAD_JOINT_VERTICES;
        sum.z += points[i].z / AVT_HEAD_JOINT_VERTICES;
    }
    return sum;
}

/* By the first terms of their series, good to 1e-7 below 35 degrees: libraries differ in the last digit. */
static float sine(float x)
{
    float square = x * x;
    return x * (1 - square / 6 * (1 - square / 20 * (1 - square / 42)));
}

static float cosine(float x)
{
    float square = x * x;
    return 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56)));
}

static void swing(const struct avt_head *head, struct avt_point3 *points, struct avt_point3 centre,
                  const float *shares, float degrees)
{
    for (size_t i = 0; i < head->part_counts[AVT_HEAD_SKIN]; i++) {
        if (shares[i] <= 0)
            continue;
        float angle = degrees * RADIANS * shares[i], x = points[i].x - centre.x, y = points[i].y - centre.y;
        points[i].x = centre.x + x * cosine(angle) - y * sine(angle);
        points[i].y = centre.y + x * sine(angle) + y * cosine(angle);
    }
}

static void lower_arms(const struct avt_head *head, struct avt_point3 *points)
{
    for (int side = 0; side < 2; side++) {
        float sign = side ? -1 : 1;
        struct avt_point3 clavicle = avt_head_joint(head, points, AVT_JOINT_RIGHT_CLAVICLE + (unsigned)side);
        struct avt_point3 shoulder = avt_head_joint(head, points, AVT_JOINT_RIGHT_SHOULDER + (unsigned)side);
        swing(head, points, clavicle, head->shares[AVT_SHARE_RIGHT_SHOULDER + side], sign * SHOULDERS_DOWN_DEGREES);
        swing(head, points, shoulder, head->shares[AVT_SHARE_RIGHT_ARM + side], sign * ARMS_DOWN_DEGREES);
    }
}

/* Where the row of `count` vertices passes x; its ends beyond them. `points` may be moved by `moves`. */
static struct avt_point3 at_x(const struct avt_point3 *row, size_t count, float x)
{
    for (size_t i = 1; i < count; i++) {
        float a = row[i - 1].x, b = row[i].x;
        if ((a <= x && x <= b) || (b <= x && x <= a)) {
            float t = a == b ? 0 : (x - a) / (b - a);
            return (struct avt_point3){x, row[i - 1].y + t * (row[i].y - row[i - 1].y),
                                       row[i - 1].z + t * (row[i].z - row[i - 1].z)};
        }
    }
    bool first = fabsf(row[0].x - x) < fabsf(row[count - 1].x - x);
    return first ? row[0] : row[count - 1];
}

static float falloff(unsigned edges, unsigned reach)
{
    float t = edges < reach ? 1 - (float)edges / (float)reach : 0;
    return t * t * (3 - 2 * t);
}

static void close_mouth(const struct avt_head *head, struct avt_point3 *points)
{
    const uint16_t *seam = head->lines[AVT_LINE_LIP_SEAM];
    size_t count = head->line_counts[AVT_LINE_LIP_SEAM], corner = 0;
    struct avt_point3 row[AVT_HEAD_LINE_MAX + 1];
    for (size_t i = 0; i < count; i++) {
        row[i] = points[seam[i]];
        if (row[i].x > row[corner].x)
            corner = i;
    }
    row[count] = row[0];
    float gaps[AVT_HEAD_LINE_MAX] = {0};
    float half_width = fmaxf(fabsf(row[corner].x - row[0].x) / 2, 1e-3f), middle = (row[corner].x + row[0].x) / 2;
    for (size_t i = 1; i < count; i++) {
        bool upper = i < corner;
        struct avt_point3 other = upper ? at_x(row + corner, count - corner + 1, row[i].x)
                                        : at_x(row, corner + 1, row[i].x);
        /* Towards the corners the lips are one. */
        float beside = fabsf(row[i].x - middle) / half_width, touch = fminf(fmaxf((1 - beside) / .06f, 0), 1);
        float overlap = LIP_OVERLAP_CM + LIP_OVERLAP_AT_CORNERS_CM * beside * beside * beside;
        gaps[i] = i == corner ? 0 : (other.y - row[i].y + (upper ? -overlap : overlap)) / 2 * touch;
    }
    for (size_t i = 0; i < head->part_counts[AVT_HEAD_SKIN]; i++) {
        struct avt_nearest near = head->nearest_lip[i];
        points[i].y += gaps[near.place] * falloff(near.edges, LIP_EDGES);
    }
}

/* Teeth and tongue are placed by the lips, whatever the face's shape. Parted lips show the edge of the upper teeth,
 * which the source hides; the lower ones bite behind them. Its rows reach into the corners of the lips, and its tongue
 * fills the mouth. */
#define UPPER_EDGE_BELOW_LIPS_CM .12f
#define BITE_CM .1f
#define ARCH_WIDTH .9f
#define ARCH_BACK_CM .15f
#define TONGUE_DOWN_CM .25f
#define TONGUE_FLAT .65f
#define SHIFT_MAX_CM .8f

/* The edge of a row of teeth at its front, once subdivided, which rounds it: the lowest for sign -1, else the highest.
 * `scratch` has as many points as the head. */
static float edge_in_front(const struct avt_head *head, const struct avt_point3 *points, enum avt_head_part part,
                           float sign, struct avt_point3 *scratch)
{
    const struct avt_subdivision *mesh = &head->meshes[part];
    const struct avt_point3 *at = points + head->part_starts[part];
    size_t count = head->part_counts[part];
    if (mesh->vertex_count <= head->vertex_count) {
        avt_subdivision_apply(mesh, at, scratch);
        at = scratch;
        count = mesh->vertex_count;
    }
    float front = at[0].z, edge = -1e9f;
    for (size_t i = 0; i < count; i++)
        front = fmaxf(front, at[i].z);
    for (size_t i = 0; i < count; i++)
        if (at[i].z > front - .5f)
            edge = fmaxf(edge, sign * at[i].y);
    return sign * edge;
}

static void place_row(const struct avt_head *head, struct avt_point3 *points, enum avt_head_part part, float up)
{
    struct avt_point3 *row = points + head->part_starts[part];
    up = fminf(fmaxf(up, -SHIFT_MAX_CM), SHIFT_MAX_CM);
    for (size_t i = 0; i < head->part_counts[part]; i++)
        row[i] = (struct avt_point3){row[i].x * ARCH_WIDTH, row[i].y + up, row[i].z - ARCH_BACK_CM};
}

static void place_teeth(const struct avt_head *head, struct avt_point3 *points, struct avt_point3 *scratch)
{
    const uint16_t *seam = head->lines[AVT_LINE_LIP_SEAM];
    size_t count = head->line_counts[AVT_LINE_LIP_SEAM];
    struct avt_point3 row[AVT_HEAD_LINE_MAX];
    for (size_t i = 0; i < count; i++)
        row[i] = points[seam[i]];
    float edge = at_x(row, count, (points[seam[0]].x + points[seam[count / 2]].x) / 2).y - UPPER_EDGE_BELOW_LIPS_CM;
    float up = edge - edge_in_front(head, points, AVT_HEAD_UPPER_TEETH, -1, scratch);
    float by = edge + BITE_CM - edge_in_front(head, points, AVT_HEAD_LOWER_TEETH, 1, scratch);
    place_row(head, points, AVT_HEAD_UPPER_TEETH, up);
    place_row(head, points, AVT_HEAD_LOWER_TEETH, by);
    size_t from = head->part_starts[AVT_HEAD_TONGUE];
    float low = points[from].y;
    for (size_t i = from; i < from + head->part_counts[AVT_HEAD_TONGUE]; i++)
        low = fminf(low, points[i].y);
    for (size_t i = from; i < from + head->part_counts[AVT_HEAD_TONGUE]; i++)
        points[i].y = low + (points[i].y - low) * TONGUE_FLAT + by - TONGUE_DOWN_CM * (1 - TONGUE_FLAT);
}

/* Clothes lie on a torso that is smooth, as a tailor's dummy is. The mesh is dense there, so it takes many passes.
 * `sums` and `counts` have as many as the head has vertices and are 0, `edges`
 * as many as the skin has edges. */
static void smooth_torso(const struct avt_head *head, struct avt_point3 *points, struct avt_point3 *sums,
                         float *counts, uint32_t *edges)
{
    enum { PASSES = 300, REACH = 4 };
    const struct avt_subdivision *skin = &head->meshes[AVT_HEAD_SKIN];
    size_t edge_count = 0;
    for (uint32_t e = 0; e < skin->edge_count; e++)
        if (head->nearest_detail[skin->edges[2 * e]].edges <= REACH &&
            head->nearest_detail[skin->edges[2 * e + 1]].edges <= REACH)
            edges[edge_count++] = e;
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t i = 0; i < 2 * edge_count; i++) {
            const uint32_t *ends = &skin->edges[2 * edges[i / 2]];
            struct avt_point3 from = points[ends[i % 2]], *sum = &sums[ends[(i + 1) % 2]];
            *sum = (struct avt_point3){sum->x + from.x, sum->y + from.y, sum->z + from.z};
            counts[ends[(i + 1) % 2]]++;
        }
        for (size_t i = 0; i < 2 * edge_count; i++) {
            uint32_t v = skin->edges[2 * edges[i / 2] + i % 2];
            /* Half the way: all of it would swing back and forth for ever on a grid. The outermost stay. */
            float share = counts[v] > 0 && head->nearest_detail[v].edges < REACH ? .5f : 0;
            float scale = share > 0 ? share / counts[v] : 0;
            points[v].x += scale * sums[v].x - share * points[v].x;
            points[v].y += scale * sums[v].y - share * points[v].y;
            points[v].z += scale * sums[v].z - share * points[v].z;
            sums[v] = (struct avt_point3){0};
            counts[v] = 0;
        }
    }
}

/* How high the upper lid stands over the middle of the pupil, in radii of the ball: where it is drawn to if it stands
 * higher or lower. The iris measures some .43; an awake eye shows its upper edge just covered. */
#define LID_LOWEST .25f
#define LID_HIGHEST .36f

/* Open an eye that the targets together would half close, and the other way round, by its own blink. */
static void rest_lid(const struct avt_head *head, struct avt_point3 *points, int side)
{
    const struct avt_head_target *blink = avt_head_find(head, side ? "arkit/eyeBlinkLeft" : "arkit/eyeBlinkRight");
    struct avt_ball eye = avt_head_eye(head, points, side);
    struct avt_point3 row[AVT_HEAD_LINE_MAX];
    size_t count = head->line_counts[AVT_LINE_RIGHT_UPPER_LID + side];
    float heights[2];
    if (!blink || !(eye.radius > 0))
        return;
    for (int closed = 0; closed < 2; closed++) {
        if (closed)
            avt_head_add(blink, 1, points);
        for (size_t i = 0; i < count; i++)
            row[i] = points[head->lines[AVT_LINE_RIGHT_UPPER_LID + side][i]];
        heights[closed] = (at_x(row, count, eye.centre.x).y - eye.centre.y) / eye.radius;
    }
    float want = fminf(fmaxf(heights[0], LID_LOWEST), LID_HIGHEST);
    float span = fmaxf(heights[0] - heights[1], .3f);
    float weight = fminf(fmaxf((heights[0] - want) / span, -.4f), .4f);
    avt_head_add(blink, weight - 1, points);
}

enum avt_code avt_head_rest(const struct avt_head *head, struct avt_point3 *points, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_point3 *sums = avt_try_new0(struct avt_point3, head->vertex_count);
    AVT_CLEANUP(avt_freep) float *counts = avt_try_new0(float, head->vertex_count);
    AVT_CLEANUP(avt_freep) uint32_t *edges = avt_try_new0(uint32_t, head->meshes[AVT_HEAD_SKIN].edge_count);
    if (!sums || !counts || !edges)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a bust");
    smooth_torso(head, points, sums, counts, edges);
    lower_arms(head, points);
    rest_lid(head, points, 0);
    rest_lid(head, points, 1);
    close_mouth(head, points);
    place_teeth(head, points, sums);
    struct avt_point3 right = avt_head_eye(head, points, 0).centre, left = avt_head_eye(head, points, 1).centre;
    struct avt_point3 middle = {(right.x + left.x) / 2, (right.y + left.y) / 2, (right.z + left.z) / 2};
    for (size_t i = 0; i < head->vertex_count; i++) {
        points[i].x -= middle.x;
        points[i].y -= middle.y;
        points[i].z -= middle.z;
    }
    return AVT_OK;
}

static float length(struct avt_point3 v)
{
    return sqrtf(v.x * v.x + v.y * v.y + v.z * v.z);
}

void avt_head_fit_blink(const struct avt_head *head, const struct avt_point3 *points, int side,
                        struct avt_point3 *moves)
{
    const uint16_t *upper = head->lines[AVT_LINE_RIGHT_UPPER_LID + side];
    const uint16_t *lower = head->lines[AVT_LINE_RIGHT_LOWER_LID + side];
    size_t count = head->line_counts[AVT_LINE_RIGHT_UPPER_LID + side];
    struct avt_point3 row[AVT_HEAD_LINE_MAX], lack[AVT_HEAD_LINE_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        struct avt_point3 p = points[lower[i]], m = moves[lower[i]];
        row[i] = (struct avt_point3){p.x + m.x, p.y + m.y, p.z + m.z};
    }
    for (size_t i = 1; i + 1 < count; i++) {
        struct avt_point3 p = points[upper[i]], m = moves[upper[i]];
        struct avt_point3 meet = at_x(row, count, p.x + m.x);
        lack[i] = (struct avt_point3){0, meet.y - p.y - m.y, meet.z - p.z - m.z};
    }
    for (size_t i = 0; i < head->part_counts[AVT_HEAD_SKIN]; i++) {
        struct avt_nearest near = head->nearest_lid[side][i];
        if (near.place >= count || near.edges >= LID_EDGES)
            continue;
        float most = length(moves[upper[near.place]]);
        float share = most > 0 ? fminf(length(moves[i]) / most, 1) : 0;
        moves[i].y += share * lack[near.place].y;
        moves[i].z += share * lack[near.place].z;
    }
}
