/* SPDX-License-Identifier: Apache-2.0 */
#include "face/face.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "dsp/draw.h"

/* Closed rings of mesh points (MediaPipe face_mesh_connections.py, Apache-2.0), -1 at the end. */
static const short oval[] = {10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397,
                             365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58,
                             132, 93,  234, 127, 162, 21,  54,  103, 67,  109, -1};
static const short outer_lips[] = {61,  185, 40,  39,  37,  0,  267, 269, 270, 409, 291,
                                   375, 321, 405, 314, 17,  84, 181, 91,  146, -1};
static const short inner_lips[] = {78,  191, 80,  81,  82,  13, 312, 311, 310, 415, 308,
                                   324, 318, 402, 317, 14,  87, 178, 88,  95,  -1};
static const short right_eye[] = {33,  246, 161, 160, 159, 158, 157, 173, 133,
                                  155, 154, 153, 145, 144, 163, 7,   -1};
static const short left_eye[] = {263, 466, 388, 387, 386, 385, 384, 398, 362,
                                 382, 381, 380, 374, 373, 390, 249, -1};
static const short right_brow[] = {46, 53, 52, 65, 55, 107, 66, 105, 63, 70, -1};
static const short left_brow[] = {276, 283, 282, 295, 285, 336, 296, 334, 293, 300, -1};
static const short right_iris[] = {469, 470, 471, 472, -1};
static const short left_iris[] = {474, 475, 476, 477, -1};

static const struct {
    const short *points;
    struct avt_colour colour;
} rings[] = {
    {oval, {255, 255, 255, 200}},       {right_brow, {120, 200, 255, 220}},
    {left_brow, {120, 200, 255, 220}},  {right_eye, {80, 255, 120, 255}},
    {left_eye, {80, 255, 120, 255}},    {right_iris, {255, 230, 60, 255}},
    {left_iris, {255, 230, 60, 255}},   {outer_lips, {255, 90, 160, 255}},
    {inner_lips, {255, 160, 60, 255}},
};

static const struct avt_colour point_colour = {120, 230, 255, 150};
static const struct avt_colour keypoint_colour = {255, 60, 60, 255};
static const struct avt_colour good = {60, 210, 90, 255};
static const struct avt_colour fair = {255, 190, 40, 255};
static const struct avt_colour bad = {240, 60, 60, 255};
static const struct avt_colour paper = {0, 0, 0, 190};

static void draw_ring(struct avt_image *image, const struct avt_face *face, const short *points,
                      float width, struct avt_colour colour)
{
    for (int i = 0; points[i] >= 0; i++) {
        const struct avt_point3 *a = &face->mesh[points[i]];
        const struct avt_point3 *b = &face->mesh[points[i + 1] >= 0 ? points[i + 1] : points[0]];
        avt_draw_line(image, a->x, a->y, b->x, b->y, width, colour);
    }
}

static void draw_frame(struct avt_image *image, const struct avt_rect *box, float width,
                       struct avt_colour colour)
{
    float right = box->x + box->width;
    float bottom = box->y + box->height;
    avt_draw_line(image, box->x, box->y, right, box->y, width, colour);
    avt_draw_line(image, right, box->y, right, bottom, width, colour);
    avt_draw_line(image, right, bottom, box->x, bottom, width, colour);
    avt_draw_line(image, box->x, bottom, box->x, box->y, width, colour);
}

enum { LINES_MAX = 2 + AVT_VERDICT_REASONS_MAX, LINE_SIZE = 200 };

static int make_lines(const struct avt_face *face, const struct avt_face_verdict *verdict,
                      char lines[LINES_MAX][LINE_SIZE])
{
    int count = 0;
    snprintf(lines[count++], LINE_SIZE, "%s",
             !verdict->usable ? "not usable" : verdict->warning ? "usable, but" : "usable");
    for (int i = 0; i < verdict->reason_count; i++)
        snprintf(lines[count++], LINE_SIZE, "%.180s", verdict->reasons[i]);
    snprintf(lines[count++], LINE_SIZE,
             "eyes %.0f px, yaw %+.0f, pitch %+.0f, roll %+.0f, sharp %.2f",
             (double)face->eye_distance, (double)face->pose.yaw, (double)face->pose.pitch,
             (double)face->pose.roll, (double)face->sharpness);
    return count;
}

/* The verdict on a dark strip along the upper edge, as large as its longest line allows. */
static void draw_verdict(struct avt_image *image, const struct avt_face *face,
                         const struct avt_face_verdict *verdict, struct avt_colour colour)
{
    char lines[LINES_MAX][LINE_SIZE];
    int count = make_lines(face, verdict, lines);
    size_t longest = 1;
    for (int i = 0; i < count; i++)
        longest = strlen(lines[i]) > longest ? strlen(lines[i]) : longest;
    /* At most one 45th of the shorter side a line, at least one pixel a cell. */
    int shorter = image->width < image->height ? image->width : image->height;
    int scale = image->width / (AVT_DRAW_CELL_WIDTH * ((int)longest + 2));
    int scale_max = shorter / (45 * 5);
    scale = scale > scale_max ? scale_max : scale;
    scale = scale < 1 ? 1 : scale;

    int line = AVT_DRAW_CELL_HEIGHT * scale;
    int margin = AVT_DRAW_CELL_WIDTH * scale;
    avt_draw_box(image, 0, 0, image->width, count * line + 2 * margin - 2 * scale, paper);
    for (int i = 0; i < count; i++)
        avt_draw_text(image, margin, margin + i * line, scale, lines[i],
                      i == 0 ? colour : (struct avt_colour){255, 255, 255, 255});
}

void avt_face_annotate(struct avt_image *image, const struct avt_face *face,
                       const struct avt_face_verdict *verdict)
{
    avt_assert(image && face && verdict);
    struct avt_colour colour = !verdict->usable ? bad : verdict->warning ? fair : good;
    /* Thin enough to show the lip line of a small face, wide enough to see on a large picture. */
    float unit = fmaxf(face->eye_distance / 110, 0.6f);
    draw_frame(image, &face->box, fmaxf(1.5f * unit, 1), colour);
    for (int i = 0; i < AVT_MESH_POINTS; i++)
        avt_draw_line(image, face->mesh[i].x, face->mesh[i].y, face->mesh[i].x, face->mesh[i].y,
                      1.4f * unit, point_colour);
    for (size_t i = 0; i < sizeof rings / sizeof rings[0]; i++)
        draw_ring(image, face, rings[i].points, 0.8f * unit, rings[i].colour);
    for (int i = 0; i < AVT_KEYPOINTS; i++)
        avt_draw_line(image, face->keypoints[i].x, face->keypoints[i].y, face->keypoints[i].x,
                      face->keypoints[i].y, 5 * unit, keypoint_colour);
    draw_verdict(image, face, verdict, colour);
}
