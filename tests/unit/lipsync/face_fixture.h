/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A face and a picture of it that need no model and no file. */
#include <math.h>

#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "face_points.h"

/** A face with its eyes `unit` pixels apart, the point between them at (x, y), head turned. */
static inline struct avt_face make_face(float unit, float x, float y, float yaw_deg, float roll_deg)
{
    struct avt_face face = {.score = 1, .presence = 1, .eye_distance = unit, .sharpness = 1};
    float a = yaw_deg * .017453293f, b = roll_deg * .017453293f;
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        float px = face_points[i][0] * .001f, py = face_points[i][1] * .001f,
              pz = face_points[i][2] * .001f;
        float tx = px * cosf(a) + pz * sinf(a), tz = pz * cosf(a) - px * sinf(a);
        face.mesh[i] = (struct avt_point3){x + unit * (tx * cosf(b) - py * sinf(b)),
                                           y + unit * (tx * sinf(b) + py * cosf(b)), -unit * tz};
    }
    face.pose = (struct avt_head_pose){yaw_deg, 0, roll_deg};
    return face;
}

/** Part the lips of a face by `gap` (eye distances) in the middle. */
static inline void part_lips(struct avt_face *face, float gap)
{
    static const short lower[] = {95, 88, 178, 87, 14, 317, 402, 318, 324};
    for (int i = 0; i < 9; i++) {
        float u = (float)(i - 4) / 5;
        face->mesh[lower[i]].y += gap * face->eye_distance * (1 - u * u);
    }
}

/** A skin-coloured picture with a soft pattern, red lips and dark eyes where the face has them. */
static inline struct avt_image *make_picture(int width, int height, const struct avt_face *face)
{
    struct avt_image *image = NULL;
    struct avt_error error = {0};
    if (avt_image_new(width, height, &image, &error) != AVT_OK)
        return NULL;
    static const short eyes[] = {468, 473};
    struct avt_point3 lips = face->mesh[13];
    float unit = face->eye_distance;
    for (int y = 0; y < height; y++) {
        uint8_t *row = avt_image_row(image, y);
        for (int x = 0; x < width; x++) {
            int wave = ((x * 5) ^ (y * 3)) & 31;
            int rgb[3] = {190 + wave, 150 + wave, 120 + wave};
            float lx = ((float)x - lips.x) / (.36f * unit),
                  ly = ((float)y - lips.y) / (.11f * unit);
            if (lx * lx + ly * ly < 1) {
                rgb[0] = 170 + wave;
                rgb[1] = 60;
                rgb[2] = 65;
            }
            for (int e = 0; e < 2; e++) {
                float ex = ((float)x - face->mesh[eyes[e]].x) / unit;
                float ey = ((float)y - face->mesh[eyes[e]].y) / unit;
                if (ex * ex + ey * ey < .01f)
                    rgb[0] = rgb[1] = rgb[2] = 30;
            }
            for (int c = 0; c < 3; c++)
                row[4 * x + c] = (uint8_t)rgb[c];
            row[4 * x + 3] = 255;
        }
    }
    return image;
}
