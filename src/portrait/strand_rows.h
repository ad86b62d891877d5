/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Strands in a frame: moved with the skin, turned with the head, seen by the camera and lit, eight points at once.
 *
 * Light on hair: Kajiya and Kay's diffuse light of a thin fibre, with Marschner's two highlights, shifted to root and
 * tip (Light scattering from human hair fibers, 2003).
 *
 * Threads: rows are only read; avt_strand_rows_pose() uses a crew.
 */
#include "os/crew.h"
#include "portrait/pose.h"
#include "portrait/raster.h"
#include "portrait/shade.h"
#include "portrait/strands.h"

/** A set of strands, laid out for that: each strand's points as rows of numbers. */
struct avt_strand_rows {
    const struct avt_strands *strands; /* borrowed */
    size_t padded;                     /* points of a strand, a multiple of eight; those beyond repeat the last */
    float *rows;                       /* [count, AVT_STRAND_ROWS, padded] */
};
enum {
    AVT_STRAND_ROW_PLACE = 0, /* 3, at rest, cm */
    AVT_STRAND_ROW_FOLLOW = 3,
    AVT_STRAND_ROW_LIT = 4,   /* AVT_LIT_COUNT */
    AVT_STRAND_ROWS = AVT_STRAND_ROW_LIT + AVT_LIT_COUNT,
};

/** @param lit  What reaches each point, [count, points].
 *  @return AVT_OK, AVT_ENOMEM. Owned: avt_strand_rows_done(). */
AVT_CHECKED enum avt_code avt_strand_rows_init(struct avt_strand_rows *rows, const struct avt_strands *strands,
                                               const float (*lit)[AVT_LIT_COUNT], struct avt_error *reterr);
void avt_strand_rows_done(struct avt_strand_rows *rows);

struct avt_strand_frame {
    const struct avt_shade_scene *scene;
    const struct avt_part *skin; /* shaped: what roots move with */
    const struct avt_pose *pose;
    const struct avt_view *view;
    size_t stride; /* every so manyth strand is drawn, as much wider */
    const uint8_t *wanted; /* as in struct avt_strand_set: other points need not be filled; or NULL */
};
/** Which pieces of strands a picture needs, as in struct avt_strand_set, [count / stride rounded up, points]: where
 *  points lie within `straight` cm of a line, one piece passes them. */
void avt_strand_rows_runs(const struct avt_strands *strands, size_t stride, float straight, uint8_t *ret_wanted);
/** Fill `at`, [count / stride rounded up, points]. */
void avt_strand_rows_pose(const struct avt_strand_rows *rows, const struct avt_strand_frame *frame,
                          struct avt_crew *crew, struct avt_strand_point *at);
/** Strands [first, end) of that; `work` is a struct avt_strand_work. */
struct avt_strand_work {
    const struct avt_strand_rows *rows;
    const struct avt_strand_frame *frame;
    struct avt_strand_point *at;
};
void avt_strand_rows_some(void *work, int worker, int first, int end);
