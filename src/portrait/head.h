/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * head.bin in memory, and its layout, which the baker writes. Private to portrait.
 *
 * All little-endian, one after the other, f = float32, h = uint16:
 *   "AVTHEAD1"
 *   u32 vertices of each part in the order of enum avt_head_part, which is the order of all vertices
 *   3 f a vertex: centimetres, about the middle between the eyes
 *   for skin, upper teeth, lower teeth and tongue: u32 faces, and of each 4 h, numbered within the part
 *   u32 count of texture points of the skin, 2 f each; 4 h a face of the skin: which are its corners'
 *   AVT_HEAD_SHARES times one h a skin vertex: shares in 1/65535
 *   AVT_HEAD_LINES times u32 count, h each: vertices of the skin
 *   u32 targets, and of each, in the order of their names: 80 bytes of name, u32 count, f step, then h a vertex
 *   (rising) and 3 int16 a vertex: by how many steps it moves
 */
#include "portrait/bust.h"

enum avt_head_part {
    AVT_HEAD_SKIN,
    AVT_HEAD_UPPER_TEETH,
    AVT_HEAD_LOWER_TEETH,
    AVT_HEAD_TONGUE,
    AVT_HEAD_RIGHT_EYE,
    AVT_HEAD_LEFT_EYE,
    AVT_HEAD_JOINTS, /* AVT_HEAD_JOINT_VERTICES of each of enum avt_head_joint */
    AVT_HEAD_PARTS,
    AVT_HEAD_MESHES = AVT_HEAD_RIGHT_EYE, /* those with faces come first */
};

enum avt_head_joint {
    AVT_JOINT_NECK,
    AVT_JOINT_SKULL,
    AVT_JOINT_RIGHT_CLAVICLE,
    AVT_JOINT_LEFT_CLAVICLE,
    AVT_JOINT_RIGHT_SHOULDER,
    AVT_JOINT_LEFT_SHOULDER,
    AVT_HEAD_JOINTS_COUNT,
};

/* How far a skin vertex goes with what: baked from the CC0 bone weights. */
enum avt_head_share {
    AVT_SHARE_FOLLOW, /* the head */
    AVT_SHARE_RIGHT_SHOULDER,
    AVT_SHARE_LEFT_SHOULDER,
    AVT_SHARE_RIGHT_ARM,
    AVT_SHARE_LEFT_ARM,
    AVT_HEAD_SHARES,
};

/* Each of a pair: right, then left. */
enum avt_head_line {
    AVT_LINE_RIGHT_UPPER_LID, /* from the inner to the outer corner, both included */
    AVT_LINE_LEFT_UPPER_LID,
    AVT_LINE_RIGHT_LOWER_LID,
    AVT_LINE_LEFT_LOWER_LID,
    AVT_LINE_LIP_OUTLINE, /* closed, from the cupid's bow on by the left */
    AVT_LINE_LIP_SEAM,    /* closed: upper from right to left corner, lower back */
    AVT_LINE_EAR_LOBES,
    AVT_HEAD_LINES,
};

enum {
    AVT_HEAD_JOINT_VERTICES = 8,
    AVT_HEAD_VERTICES_MAX = 20000,
    AVT_HEAD_FACES_MAX = 20000,
    AVT_HEAD_TEXTURE_MAX = 30000,
    AVT_HEAD_LINE_MAX = 64,
    AVT_HEAD_TARGETS_MAX = 1024,
    AVT_HEAD_NAME_SIZE = 80,
};
#define AVT_HEAD_MAGIC "AVTHEAD1"
/* Nothing lies, or is moved, farther than this. */
#define AVT_HEAD_REACH_CM 400.0f

typedef uint16_t avt_quad[4];

struct avt_head_target {
    const char *name; /* in the data; "eyes/eye-scale-incr", "arkit/jawOpen" */
    size_t count;
    float step;            /* centimetres */
    const uint8_t *indices; /* [count] h */
    const uint8_t *moves;   /* [count][3] int16 */
};

/* What one vertex of a subdivided mesh is made of, and its topology. */
struct avt_subdivision {
    size_t base_count, vertex_count, edge_count, triangle_count;
    uint32_t *starts; /* [vertex_count + 1] */
    uint16_t *from;   /* [starts[vertex_count]] base vertices */
    float *weights;
    uint32_t (*triangles)[3];
    uint32_t *edges; /* [edge_count][2] base vertices, in the order of the vertices on them */
};

/* Lids are numbered as upper lid, then lower lid. */
struct avt_nearest {
    uint8_t place, edges; /* edges AVT_NEAREST_NONE: too far */
};
enum { AVT_NEAREST_NONE = 16 };

struct avt_head {
    size_t part_counts[AVT_HEAD_PARTS], part_starts[AVT_HEAD_PARTS];
    size_t vertex_count;
    struct avt_point3 *points; /* [vertex_count] */
    avt_quad *quads[AVT_HEAD_MESHES];
    size_t quad_counts[AVT_HEAD_MESHES];
    struct avt_point *texture;
    size_t texture_count;
    avt_quad *texture_quads; /* [quad_counts[AVT_HEAD_SKIN]] */
    float *shares[AVT_HEAD_SHARES];
    uint16_t lines[AVT_HEAD_LINES][AVT_HEAD_LINE_MAX];
    size_t line_counts[AVT_HEAD_LINES];
    struct avt_head_target *targets;
    size_t target_count;

    /* Made of the above once, for all busts. */
    struct avt_subdivision meshes[AVT_HEAD_MESHES];
    struct avt_point *uv; /* as in struct avt_mesh, of the skin */
    size_t uv_count;
    uint32_t (*uv_triangles)[3];
    struct avt_point3 *average; /* of the subdivided skin */
    float *follow;              /* of the subdivided skin */
    /* Of the skin's vertices: which place of the lip seam, of each eye's lids and of what is smoothed away is nearest
     * along the mesh, and how many edges away. */
    struct avt_nearest *nearest_lip, *nearest_lid[2], *nearest_detail;

    void *map; /* struct avt_map, if it was opened and not parsed */
};

/** NULL if there is none of that name. */
const struct avt_head_target *avt_head_find(const struct avt_head *head, const char *name);
/** Which vertex the i-th move of a target is of. */
size_t avt_head_index(const struct avt_head_target *target, size_t i);
/** Add a target to points [vertex_count]. */
void avt_head_add(const struct avt_head_target *target, float weight, struct avt_point3 *points);
/** The same up to a height on the base mesh, fading to nothing at another above it (centimetres over the eyes). */
void avt_head_add_below(const struct avt_head *head, const struct avt_head_target *target, float weight, float whole,
                        float nothing, struct avt_point3 *points);

/** Add what age, gender, ancestry, weight and muscle make of the base mesh. */
void avt_head_macro(const struct avt_head *head, const struct avt_attributes *attributes, struct avt_point3 *points);
/** Add face shape, eye shape and features, and what age does beyond the macro targets. */
void avt_head_details(const struct avt_head *head, const struct avt_attributes *attributes,
                      struct avt_point3 *points);
/** Lower the arms, close the mouth, place teeth, rest the lids, and move the middle between the eyes to the origin.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_head_rest(const struct avt_head *head, struct avt_point3 *points,
                                        struct avt_error *reterr);

struct avt_ball avt_head_eye(const struct avt_head *head, const struct avt_point3 *points, int side);
struct avt_point3 avt_head_joint(const struct avt_head *head, const struct avt_point3 *points,
                                 enum avt_head_joint joint);
/** Make blinks of the base mesh [vertex_count each; right, left] close the eye: the lids just meet. */
void avt_head_fit_blink(const struct avt_head *head, const struct avt_point3 *points, int side,
                        struct avt_point3 *moves);
/** Lines of the subdivided skin, lobes, crown, chin and measures. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_bust_measure(const struct avt_head *head, struct avt_bust *bust,
                                           struct avt_error *reterr);

/** Catmull-Clark once. The vertices of the result: those of the base, one an edge, one a face.
 *  @return AVT_OK, AVT_EMODELBAD (an edge of more than two faces), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_subdivide(const avt_quad *quads, size_t quad_count, size_t vertex_count,
                                        struct avt_subdivision *ret_subdivision, struct avt_error *reterr);
void avt_subdivision_done(struct avt_subdivision *subdivision);
/** Where the vertices lie, or by what they move. */
void avt_subdivision_apply(const struct avt_subdivision *subdivision, const struct avt_point3 *base,
                           struct avt_point3 *points);
/** The vertex on the edge between base vertices a and b; UINT32_MAX: there is no such edge. */
uint32_t avt_subdivision_middle(const struct avt_subdivision *subdivision, uint32_t a, uint32_t b);
/** For each skin vertex which of `line` is nearest along edges; those of `line` that are UINT16_MAX are not looked at.
 *  NULL: out of memory. Owned by the caller. */
struct avt_nearest *avt_subdivision_nearest(const struct avt_subdivision *subdivision, const uint16_t *line,
                                            size_t count);
/** Texture points of the subdivided skin: head->uv, uv_count, uv_triangles. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_subdivide_texture(struct avt_head *head, struct avt_error *reterr);
