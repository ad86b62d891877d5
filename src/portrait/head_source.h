/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The text files that the head is baked from (MakeHuman's, CC0). Private to portrait; used at set-up only. */
#include <stdbool.h>

#include "base/buf.h"
#include "portrait/head.h"

enum {
    AVT_SOURCE_VERTICES_MAX = 30000,
    AVT_SOURCE_FACES_MAX = 40000,
    AVT_SOURCE_GROUPS_MAX = 512,
    AVT_SOURCE_BYTES_MAX = 16 << 20, /* of one file */
    AVT_SOURCE_FILES_MAX = 6,
};

struct avt_source_face {
    uint32_t corners[4], texture[4];
};

struct avt_source_group {
    char name[64];
    struct avt_source_face *faces;
    size_t face_count;
};

/* Centimetres; left and right are mirror images. */
struct avt_source_mesh {
    double (*points)[3];
    uint32_t *twins; /* which vertex is its mirror image; itself in the middle */
    size_t vertex_count;
    double (*texture)[2];
    size_t texture_count;
    struct avt_source_face *faces;
    size_t face_count;
    struct avt_source_group *groups; /* in the order of their first faces; faces lie together */
    size_t group_count;
};

struct avt_source_target {
    char name[AVT_HEAD_NAME_SIZE]; /* as in head.bin */
    /* Its own file and that of its mirror image; the same if it is symmetric, NULL if it is meant to be lopsided. */
    char *path, *twin_path;
    bool both; /* of two files, one a side, what is wanted is both together */
};

struct avt_source {
    struct avt_source_mesh mesh;
    float *shares[AVT_HEAD_SHARES]; /* [mesh.vertex_count] */
    struct avt_source_target *targets; /* by name */
    size_t target_count;
};

/** @param paths  base.obj, hm08.mirror, the bones' weights, the folders of targets and of face units.
 *  @return AVT_OK, AVT_EFORMAT, AVT_EIO, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_source_open(const char *const *paths, size_t count, struct avt_source *ret_source,
                                          struct avt_error *reterr);
void avt_source_done(struct avt_source *source);
/** NULL if there is none. */
const struct avt_source_group *avt_source_group(const struct avt_source_mesh *mesh, const char *name);
/** By how many centimetres a target moves each vertex [mesh.vertex_count]. @return AVT_OK, AVT_EFORMAT, AVT_EIO. */
AVT_CHECKED enum avt_code avt_source_moves(const struct avt_source *source, const struct avt_source_target *target,
                                           double (*moves)[3], struct avt_error *reterr);
/** base.obj and hm08.mirror. */
AVT_CHECKED enum avt_code avt_source_read_mesh(const char *obj_path, const char *mirror_path,
                                               struct avt_source_mesh *mesh, struct avt_error *reterr);
void avt_source_mesh_done(struct avt_source_mesh *mesh);
/** The next word of a line: spaces skipped; empty at the line's end. Moves *at. @return its length. */
size_t avt_source_word(const char **at, const char **ret_word);
/** A decimal number that fills the word. */
bool avt_source_number(const char *word, size_t length, double *ret_value);
/** A whole number below `limit`. */
bool avt_source_index(const char *word, size_t length, uint32_t limit, uint32_t *ret_value);
/** The line after. NULL: there is none. */
const char *avt_source_next_line(const char *at);
