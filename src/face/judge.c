/* SPDX-License-Identifier: Apache-2.0 */
#include "face/judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "face/face.h"
#include "face/pose.h"

/* Beyond these the mesh clings to something that is no face; measured as docs/face.md tells. */
#define PRESENCE_MIN 0.5f
#define UNREST_MAX 0.06f      /* eye distances */
#define MISFIT_MAX 2.5f     /* cm of the canonical face, whose eyes are 6.3 cm apart */
#define DISAGREEMENT_MAX 0.6f /* eye distances, mean over eyes and mouth */

/* A head from the side: the detector is sure (it gives .93 to a profile, at most .55 to what is no
 * face), and the nose stands off the middle between the ears by this much of the box (.2 from the
 * front, .7 from the side). */
#define ASIDE_SCORE_MIN 0.8f
#define ASIDE_NOSE_MIN 0.5f

/* Usable, but a person should know. */
#define EYE_DISTANCE_GOOD 60.0f
#define YAW_GOOD 25.0f
#define PITCH_MAX 40.0f
#define PITCH_GOOD 25.0f
#define ROLL_GOOD 30.0f
#define SHARPNESS_GOOD 0.15f
/* A face reaches a little beyond its points; so much of it may lie outside the picture. */
#define OUTSIDE_MAX 0.08f
#define OUTSIDE_GOOD 0.0f
/* A mask or a hand; measured as docs/face.md tells. */
#define MOUTH_MIN 0.05f
#define MOUTH_GOOD 0.09f
#define MOUTH_SHARPNESS_MIN 0.2f /* in a blur no lips stand out: to .15; with a mask or a hand .33 and more */
#define MIDDLE_GOOD 0.12f /* a finger */

bool avt_mesh_face_like(const struct avt_mesh_fit *fit)
{
    if (!(fit->presence >= PRESENCE_MIN) || !(fit->unrest <= UNREST_MAX))
        return false;
    float misfit = 0;
    avt_face_pose(fit->points, &misfit);
    return misfit <= MISFIT_MAX && avt_mesh_eye_distance(fit->points) > 1;
}

bool avt_face_plausible(const struct avt_detection *detection, const struct avt_mesh_fit *fit)
{
    float distance = avt_mesh_eye_distance(fit->points);
    struct avt_point mouth = {(fit->points[13].x + fit->points[14].x) / 2,
                              (fit->points[13].y + fit->points[14].y) / 2};
    const struct avt_point seen[] = {avt_mesh_eye(fit->points, 0), avt_mesh_eye(fit->points, 1),
                                     mouth};
    static const int keypoints[] = {0, 1, 3};
    float apart = 0;
    for (int k = 0; k < 3; k++)
        apart += hypotf(seen[k].x - detection->keypoints[keypoints[k]].x,
                        seen[k].y - detection->keypoints[keypoints[k]].y) / 3;
    return apart <= DISAGREEMENT_MAX * distance;
}

bool avt_detection_aside(const struct avt_detection *detection)
{
    const struct avt_point *k = detection->keypoints;
    float from_ears = hypotf(k[2].x - (k[4].x + k[5].x) / 2, k[2].y - (k[4].y + k[5].y) / 2);
    return detection->score >= ASIDE_SCORE_MIN &&
           from_ears > ASIDE_NOSE_MIN * fmaxf(detection->box.width, detection->box.height);
}

/* The part from brows to lips, at a size where skin, lashes and lips have their detail. */
enum { SHARP_SIDE_MIN = 16, SHARP_SIDE_MAX = 208 };
#define SHARP_SPAN 2.2f /* eye distances */
/* Detail to contrast where the measure reaches one half: a crisp photograph has .1 to .25. */
#define SHARP_HALF 0.06f
#define SHARP_NOISE 3.0f /* levels: a flat patch is not sharp for its grain */

/* Mean squares of what a 3 x 3 binomial blur takes away, and of the deviation from the mean. */
static void detail_and_contrast(const float *luma, int n, double *ret_detail, double *ret_contrast)
{
    double mean = 0;
    for (int i = 0; i < n * n; i++)
        mean += (double)luma[i] / (n * n);
    double detail = 0;
    double contrast = 0;
    for (int y = 1; y < n - 1; y++) {
        for (int x = 1; x < n - 1; x++) {
            const float *p = luma + (size_t)y * (size_t)n + (size_t)x;
            float blurred = (4 * p[0] + 2 * (p[-1] + p[1] + p[-n] + p[n]) + p[-n - 1] + p[-n + 1] +
                             p[n - 1] + p[n + 1]) / 16;
            detail += (double)((p[0] - blurred) * (p[0] - blurred));
            contrast += ((double)p[0] - mean) * ((double)p[0] - mean);
        }
    }
    *ret_detail = detail / ((n - 2) * (n - 2));
    *ret_contrast = contrast / ((n - 2) * (n - 2));
}

float avt_face_sharpness(const struct avt_image *image,
                         const struct avt_point3 mesh[AVT_MESH_POINTS])
{
    struct avt_point right = avt_mesh_eye(mesh, 0);
    struct avt_point left = avt_mesh_eye(mesh, 1);
    float mouth_x = (mesh[13].x + mesh[14].x) / 2;
    float mouth_y = (mesh[13].y + mesh[14].y) / 2;
    struct avt_square square = {.x = ((right.x + left.x) / 2 + mouth_x) / 2,
                                .y = ((right.y + left.y) / 2 + mouth_y) / 2,
                                .side = fmaxf(1, SHARP_SPAN * avt_mesh_eye_distance(mesh)),
                                .angle = atan2f(left.y - right.y, left.x - right.x)};
    int n = (int)fminf(fmaxf(square.side, SHARP_SIDE_MIN), SHARP_SIDE_MAX);
    size_t plane = (size_t)n * (size_t)n;
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * plane);
    avt_sample_square(image, &square, n, 1, 0, planes);
    for (size_t i = 0; i < plane; i++) /* BT.709 luma */
        planes[i] = 0.2126f * planes[i] + 0.7152f * planes[plane + i] +
                    0.0722f * planes[2 * plane + i];

    double detail;
    double contrast;
    detail_and_contrast(planes, n, &detail, &contrast);
    double ratio = sqrt(detail) / (sqrt(contrast) + (double)SHARP_NOISE);
    return (float)(ratio / (ratio + (double)SHARP_HALF));
}

/* Mean colour around a place; black outside the picture. */
static void mean_around(const struct avt_image *image, float x, float y, float radius, float ret_rgb[3])
{
    float sum[3] = {0};
    int count = 0, r = (int)radius;
    for (int dy = -r; dy <= r; dy++) {
        for (int dx = -r; dx <= r; dx++) {
            int px = (int)x + dx, py = (int)y + dy;
            if (px < 0 || py < 0 || px >= image->width || py >= image->height)
                continue;
            const uint8_t *p = avt_image_row(image, py) + 4 * (ptrdiff_t)px;
            for (int c = 0; c < 3; c++)
                sum[c] += p[c];
            count++;
        }
    }
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = count > 0 ? sum[c] / (float)count : 0;
}

static float luma(const float rgb[3])
{
    return .2126f * rgb[0] + .7152f * rgb[1] + .0722f * rgb[2]; /* BT.709 */
}

static float redness(const float rgb[3])
{
    return rgb[0] / (rgb[1] + rgb[2] + 8);
}

enum { LIP_COLUMNS = 7, LIP_MIDDLE = 3, AROUND = 13, SEAM_STEPS = 24, BESIDE = 6 };
#define DARKEST 8.0f /* levels: in the dark nothing stands out */
#define SEAM_WEIGHT 0.5f
#define SEAM_WEIGHT_MIDDLE 1.5f /* there closed lips always have one */

/* By how much the darkest place between two is darker than both, levels. */
static float dip_between(const struct avt_image *image, struct avt_point a, struct avt_point b, float radius)
{
    float rgb[3], darkest = 255;
    for (int i = 0; i <= SEAM_STEPS; i++) {
        float t = (float)i / SEAM_STEPS;
        mean_around(image, a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), 0, rgb);
        darkest = fminf(darkest, luma(rgb));
    }
    mean_around(image, a.x, a.y, radius, rgb);
    float end = luma(rgb);
    mean_around(image, b.x, b.y, radius, rgb);
    return fminf(end, luma(rgb)) - darkest;
}

/* What is seen at a mouth: levels of light, and redness. */
struct mouth_look {
    float skin, skin_red; /* around it */
    float lips[LIP_COLUMNS], lips_red[LIP_COLUMNS], dip[LIP_COLUMNS]; /* both lips, and what is dark between them */
    float beside; /* dark lines where a line between lips would go on: folds of a mask, gaps between fingers */
};

static void look_beside(const struct avt_image *image, const struct avt_point3 *mesh, struct avt_point half_height,
                        float radius, struct mouth_look *look)
{
    static const float along[BESIDE] = {-.28f, -.2f, -.12f, 1.12f, 1.2f, 1.28f}; /* 0 and 1: the mouth's corners */
    struct avt_point from = {mesh[61].x, mesh[61].y}, way = {mesh[291].x - from.x, mesh[291].y - from.y};
    for (int i = 0; i < BESIDE; i++) {
        struct avt_point at = {from.x + along[i] * way.x, from.y + along[i] * way.y};
        struct avt_point above = {at.x - half_height.x, at.y - half_height.y};
        struct avt_point below = {at.x + half_height.x, at.y + half_height.y};
        look->beside += fmaxf(0, dip_between(image, above, below, radius)) / BESIDE;
    }
}

static void look_at_mouth(const struct avt_image *image, const struct avt_point3 *mesh, struct mouth_look *look)
{
    static const short outer[2][LIP_COLUMNS] = {{40, 39, 37, 0, 267, 269, 270}, {91, 181, 84, 17, 314, 405, 321}};
    static const short inner[2][LIP_COLUMNS] = {{80, 81, 82, 13, 312, 311, 310}, {88, 178, 87, 14, 317, 402, 318}};
    static const short around[AROUND] = {164, 18, 200, 57, 287, 186, 410, 92, 322, 43, 273, 167, 393};
    *look = (struct mouth_look){0};
    float radius = fmaxf(1, .02f * avt_mesh_eye_distance(mesh)), rgb[3];
    for (int i = 0; i < AROUND; i++) {
        mean_around(image, mesh[around[i]].x, mesh[around[i]].y, 2 * radius, rgb);
        look->skin += luma(rgb) / AROUND;
        look->skin_red += redness(rgb) / AROUND;
    }
    struct avt_point half_height = {0, 0};
    for (int i = 0; i < LIP_COLUMNS; i++) {
        struct avt_point lip[2];
        for (int side = 0; side < 2; side++) {
            const struct avt_point3 *a = &mesh[outer[side][i]], *b = &mesh[inner[side][i]];
            lip[side] = (struct avt_point){(a->x + b->x) / 2, (a->y + b->y) / 2};
            mean_around(image, lip[side].x, lip[side].y, radius, rgb);
            look->lips[i] += luma(rgb) / 2;
            look->lips_red[i] += redness(rgb) / 2;
        }
        look->dip[i] = dip_between(image, lip[0], lip[1], radius);
        half_height.x += (lip[1].x - lip[0].x) / (2 * LIP_COLUMNS);
        half_height.y += (lip[1].y - lip[0].y) / (2 * LIP_COLUMNS);
    }
    look_beside(image, mesh, half_height, radius, look);
}

/* By light, by colour, and by the dark line between the lips less `beside`, over the columns from..to-1. */
static float stands_out(const struct mouth_look *look, int from, int to, float seam_weight, float beside)
{
    float lips = 0, lips_red = 0, seam = 0;
    for (int i = from; i < to; i++) {
        lips += look->lips[i] / (float)(to - from);
        lips_red += look->lips_red[i] / (float)(to - from);
        seam += look->dip[i] / (float)(to - from);
    }
    float by_colour = look->skin_red > 0 ? fmaxf(0, lips_red / look->skin_red - 1) : 0;
    return by_colour + (fabsf(lips - look->skin) + seam_weight * fmaxf(0, seam - beside)) / (look->skin + DARKEST);
}

float avt_face_mouth(const struct avt_image *image, const struct avt_point3 mesh[AVT_MESH_POINTS], float *ret_middle)
{
    struct mouth_look look;
    look_at_mouth(image, mesh, &look);
    /* A finger is two columns wide, and need not be quite in the middle. */
    *ret_middle = fminf(stands_out(&look, LIP_MIDDLE - 1, LIP_MIDDLE + 1, SEAM_WEIGHT_MIDDLE, 0),
                        stands_out(&look, LIP_MIDDLE, LIP_MIDDLE + 2, SEAM_WEIGHT_MIDDLE, 0));
    return stands_out(&look, 0, LIP_COLUMNS, SEAM_WEIGHT, look.beside);
}

float avt_face_weight(const struct avt_face *face, int width, int height)
{
    /* A face at the very edge counts like one of half its size in the middle. */
    float dx = (face->box.x + face->box.width / 2) / (float)width - 0.5f;
    float dy = (face->box.y + face->box.height / 2) / (float)height - 0.5f;
    float off = fminf(1, 2 * sqrtf(dx * dx + dy * dy));
    return avt_mesh_eye_distance(face->mesh) * (1 - 0.5f * off);
}

/* Adds a reason while there is room: the first ones given are the most serious. */
static void __attribute__((format(printf, 2, 3)))
reason(struct avt_face_verdict *verdict, const char *format, ...)
{
    if (verdict->reason_count == AVT_VERDICT_REASONS_MAX)
        return;
    va_list args;
    va_start(args, format);
    char *text = verdict->reasons[verdict->reason_count++];
    vsnprintf(text, sizeof verdict->reasons[0], format, args);
    va_end(args);
}

static float outside_share(const struct avt_face *face, const struct avt_image *image)
{
    int outside = 0;
    for (int i = 0; i < AVT_MESH_POINTS; i++)
        outside += face->mesh[i].x < 0 || face->mesh[i].y < 0 ||
                   face->mesh[i].x > (float)image->width || face->mesh[i].y > (float)image->height;
    return (float)outside / AVT_MESH_POINTS;
}

/* From the side half of it is hidden, and what is seen tells nothing. */
static bool mouth_is_shown(const struct avt_face *face)
{
    return fabsf(face->pose.yaw) <= AVT_FACE_YAW_MAX;
}

static void refuse(const struct avt_face *face, float outside, struct avt_face_verdict *verdict)
{
    const struct avt_head_pose *pose = &face->pose;
    if (fabsf(pose->yaw) > AVT_FACE_YAW_MAX)
        reason(verdict, "head turned too far to the side: %d degrees, at most %d",
               (int)ceilf(fabsf(pose->yaw)), (int)AVT_FACE_YAW_MAX);
    if (fabsf(pose->pitch) > PITCH_MAX)
        reason(verdict, "head tipped too far %s: %d degrees, at most %d",
               pose->pitch > 0 ? "up" : "down", (int)ceilf(fabsf(pose->pitch)), (int)PITCH_MAX);
    /* After the turn, which brings the eyes together too. */
    if (face->eye_distance < AVT_FACE_EYE_DISTANCE_MIN)
        reason(verdict, "face too small: %d px between the eyes, %d needed",
               (int)floorf(face->eye_distance), (int)AVT_FACE_EYE_DISTANCE_MIN);
    if (outside > OUTSIDE_MAX)
        reason(verdict, "face cut off by the edge of the picture: %d %% of it outside, at most %d",
               (int)ceilf(100 * outside), (int)lrintf(100 * OUTSIDE_MAX));
    if (face->mouth < MOUTH_MIN && mouth_is_shown(face) && face->sharpness >= MOUTH_SHARPNESS_MIN)
        reason(verdict, "mouth covered: it stands out by %.2f, %.2f needed", (double)face->mouth, (double)MOUTH_MIN);
}

static void warn(const struct avt_face *face, float outside, struct avt_face_verdict *verdict)
{
    const struct avt_head_pose *pose = &face->pose;
    if (face->eye_distance < EYE_DISTANCE_GOOD && face->eye_distance >= AVT_FACE_EYE_DISTANCE_MIN)
        reason(verdict, "face rather small: %d px between the eyes, %d or more look better",
               (int)floorf(face->eye_distance), (int)EYE_DISTANCE_GOOD);
    if (face->sharpness < SHARPNESS_GOOD)
        reason(verdict, "face looks blurred: sharpness %.2f, %.2f or more looks better", (double)face->sharpness,
               (double)SHARPNESS_GOOD);
    if (fabsf(pose->yaw) > YAW_GOOD && fabsf(pose->yaw) <= AVT_FACE_YAW_MAX)
        reason(verdict, "head turned by %d degrees: straight into the camera works best",
               (int)lrintf(fabsf(pose->yaw)));
    if (fabsf(pose->pitch) > PITCH_GOOD && fabsf(pose->pitch) <= PITCH_MAX)
        reason(verdict, "head tipped %s by %d degrees: level works best",
               pose->pitch > 0 ? "up" : "down", (int)lrintf(fabsf(pose->pitch)));
    if (fabsf(pose->roll) > ROLL_GOOD)
        reason(verdict, "head tilted by %d degrees: turn the picture upright for a better film",
               (int)lrintf(fabsf(pose->roll)));
    if (outside > OUTSIDE_GOOD && outside <= OUTSIDE_MAX)
        reason(verdict, "face touches the edge of the picture: %d %% of it outside", (int)ceilf(100 * outside));
    if (!mouth_is_shown(face))
        return;
    if (face->mouth < MOUTH_GOOD && (face->mouth >= MOUTH_MIN || face->sharpness < MOUTH_SHARPNESS_MIN))
        reason(verdict, "mouth hardly stands out, by %.2f: if a hand or a mask is before it, use another picture",
               (double)face->mouth);
    else if (face->mouth >= MOUTH_GOOD && face->mouth_middle < MIDDLE_GOOD)
        reason(verdict, "middle of the mouth hardly stands out, by %.2f: if a finger is before it, use another picture",
               (double)face->mouth_middle);
}

void avt_face_judge(const struct avt_face *face, const struct avt_image *image,
                    struct avt_face_verdict *ret_verdict)
{
    avt_assert(face && image && ret_verdict);
    *ret_verdict = (struct avt_face_verdict){0};
    float outside = outside_share(face, image);
    refuse(face, outside, ret_verdict);
    ret_verdict->usable = ret_verdict->reason_count == 0;
    warn(face, outside, ret_verdict);
    ret_verdict->warning = ret_verdict->usable && ret_verdict->reason_count > 0;
}
