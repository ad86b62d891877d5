/* SPDX-License-Identifier: Apache-2.0 */
/* What brings a shaped head to rest: arms lowered, mouth closed, blinks that close whatever the eye's shape. */
#include <math.h>
#include <string.h>

#include "portrait/head.h"

/* The mesh stands with its arms spread by some 45 degrees. */
#define ARMS_DOWN_DEGREES 32.0f
#define SHOULDERS_DOWN_DEGREES 1.0f
#define RADIANS 0.01745329252f
/* The lips touch: a hair of overlap, so that no light is seen between them. */
#define LIP_OVERLAP_CM 0.015f
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

static void swing(const struct avt_head *head, struct avt_point3 *points, struct avt_point3 centre,
                  const float *shares, float degrees)
{
    for (size_t i = 0; i < head->part_counts[AVT_HEAD_SKIN]; i++) {
        if (shares[i] <= 0)
            continue;
        float angle = degrees * RADIANS * shares[i], x = points[i].x - centre.x, y = points[i].y - centre.y;
        points[i].x = centre.x + x * cosf(angle) - y * sinf(angle);
        points[i].y = centre.y + x * sinf(angle) + y * cosf(angle);
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
        float beside = fabsf(row[i].x - middle) / half_width, touch = fminf(fmaxf((1 - beside) / .2f, 0), 1);
        gaps[i] = i == corner ? 0 : (other.y - row[i].y + (upper ? -1 : 1) * LIP_OVERLAP_CM) / 2 * touch;
    }
    for (size_t i = 0; i < head->part_counts[AVT_HEAD_SKIN]; i++) {
        struct avt_nearest near = head->nearest_lip[i];
        points[i].y += gaps[near.place] * falloff(near.edges, LIP_EDGES);
    }
}

void avt_head_rest(const struct avt_head *head, struct avt_point3 *points)
{
    lower_arms(head, points);
    close_mouth(head, points);
    struct avt_point3 right = avt_head_eye(head, points, 0).centre, left = avt_head_eye(head, points, 1).centre;
    struct avt_point3 middle = {(right.x + left.x) / 2, (right.y + left.y) / 2, (right.z + left.z) / 2};
    for (size_t i = 0; i < head->vertex_count; i++) {
        points[i].x -= middle.x;
        points[i].y -= middle.y;
        points[i].z -= middle.z;
    }
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
