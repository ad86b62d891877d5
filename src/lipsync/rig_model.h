/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The baked rig, models/rig.bin (tools/bake_rig.py): MediaPipe's canonical face and how each of its
 * points moves for ARKit's 52 shapes, carried over from a modelled human head, with teeth, gums,
 * tongue and eyes behind it. docs/rig.md tells how it is made.
 *
 * Its space: centimetres, x to the picture's right, y up, z towards the viewer.
 *
 * File, little-endian: "AVTRIG1\n"; u32 points (478), shapes (52), triangles, basis, parts, 0;
 * points x f32 [3]; triangles x u16 [3]; basis x (u32 point, f32 weight); shapes x moves(points),
 * in the order of enum avt_arkit; parts x (16 bytes name, NUL-padded; u32 attachment, vertices,
 * triangles, moved; vertices x f32 [3]; triangles x u16 [3]; moved x (u32 shape, moves(vertices)),
 * shapes rising). moves(n) is f32 step, n x i16 [3] in units of it; a step of 0 stands alone:
 * nothing moves.
 *
 * Threads: immutable once open.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/landmarks.h"
#include "dsp/motion.h"

enum {
    AVT_RIG_MODEL_TRIANGLES_MAX = 4096,
    AVT_RIG_MODEL_BASIS_MAX = 128,
    AVT_RIG_MODEL_PARTS_MAX = 16,
    AVT_RIG_MODEL_VERTICES_MAX = 4096, /* of a part */
    AVT_RIG_MODEL_NAME_SIZE = 16,
    AVT_RIG_MODEL_BYTES_MAX = 3 << 20,
};

/** What a part belongs to, and keeps its place by: skull and jaw lie behind the lips. */
enum avt_rig_attachment {
    AVT_RIG_SKULL,
    AVT_RIG_JAW,
    AVT_RIG_EYE_RIGHT,
    AVT_RIG_EYE_LEFT,
    AVT_RIG_ATTACHMENT_COUNT,
};

struct avt_rig_triangle {
    uint16_t corners[3];
};

struct avt_rig_part {
    char name[AVT_RIG_MODEL_NAME_SIZE]; /* "upper_teeth" */
    enum avt_rig_attachment attachment;
    size_t vertex_count, triangle_count;
    struct avt_point3 *vertices;
    struct avt_rig_triangle *triangles;
    struct avt_point3 *moves[AVT_ARKIT_COUNT]; /* [vertex_count] at weight 1; NULL: none */
};

struct avt_rig_basis {
    int point;
    float weight;
};

struct avt_rig_model {
    struct avt_point3 points[AVT_MESH_POINTS];
    struct avt_point3 moves[AVT_ARKIT_COUNT][AVT_MESH_POINTS]; /* at weight 1 */
    /* MediaPipe's, with the lids of mouth and eyes. */
    struct avt_rig_triangle *triangles;
    size_t triangle_count;
    struct avt_rig_basis basis[AVT_RIG_MODEL_BASIS_MAX]; /* points that tell the pose */
    size_t basis_count;
    struct avt_rig_part parts[AVT_RIG_MODEL_PARTS_MAX];
    size_t part_count;
};

/** The installed one. @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD. Owned: avt_rig_model_free(). */
AVT_CHECKED enum avt_code avt_rig_model_open(struct avt_rig_model **ret_model,
                                             struct avt_error *reterr);
/** From bytes that may be anything. @return AVT_OK, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_rig_model_parse(const uint8_t *data, size_t size,
                                              struct avt_rig_model **ret_model,
                                              struct avt_error *reterr);
void avt_rig_model_free(struct avt_rig_model *model);
AVT_DEFINE_FREEP(struct avt_rig_model, avt_rig_model_free)

/** Borrowed; NULL if there is no such part. */
const struct avt_rig_part *avt_rig_model_part(const struct avt_rig_model *model, const char *name);
