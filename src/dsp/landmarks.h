/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is known about one face in one picture: plain values shared by face (makes them), lipsync
 * (moves them) and pipeline. Points are in pixels of the picture they were found in, x right, y
 * down, z in the scale of x, towards the viewer negative (as MediaPipe gives it). "Left" and "right"
 * are the subject's own.
 */
#include <stdbool.h>

enum {
    AVT_MESH_POINTS = 478, /* 468 face mesh + 5 per iris (468.. subject's right, 473.. left) */
    AVT_KEYPOINTS = 6,     /* right eye, left eye, nose tip, mouth centre, right ear, left ear */
};

struct avt_point {
    float x, y;
};
struct avt_point3 {
    float x, y, z;
};
struct avt_rect {
    float x, y, width, height;
};

/** Degrees. yaw > 0: the subject turns to the picture's right; pitch > 0: looks up; roll > 0: the
 *  head tilts clockwise as the viewer sees it. All 0: straight into the camera. */
struct avt_head_pose {
    float yaw, pitch, roll;
};

struct avt_face {
    float score; /* detector, 0..1 */
    struct avt_rect box;
    struct avt_point keypoints[AVT_KEYPOINTS];
    float presence; /* mesh, 0..1 */
    struct avt_point3 mesh[AVT_MESH_POINTS];
    struct avt_head_pose pose;
    float eye_distance; /* between eye centres, pixels */
    float sharpness;    /* 0..1: energy of fine detail inside the face; < .15 looks blurred */
    float mouth;        /* how much the lips stand out from the skin around them; < .05: something covers them */
    float mouth_middle; /* the same of their middle; < .12: perhaps a finger is before it */
};
