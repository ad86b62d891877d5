/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A run whose mouth is painted by a neural network (lipsync/painter.h), or is made sharper by one, or both in turn:
 * which engines and weights, what they hear, and the pictures on their way through them, a batch at a time.
 *
 * All of the speech is made before the first picture: the network wants to hear what comes next, and so the speech
 * model need not be in memory beside it.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/motion.h"
#include "lipsync/painter.h"
#include "pipeline/face_clip.h"

struct avt_run;

/** A picture on its way. */
struct avt_painted {
    struct avt_image *frame; /* of the film, borrowed from the run's pool */
    struct avt_image *face;  /* what is painted on: `frame`, or what is seen inside its bars */
    const struct avt_image *ground; /* what stood behind the person; NULL: nothing is wanted of it */
    long long number;        /* of the frame */
    struct avt_face where;
    struct avt_painter_view view;
};

struct avt_painting;
/** Load the networks and let them hear the speech of the run, which is complete and waits on the disk.
 *  @return AVT_OK, what the engine gives, AVT_ENOSPACE, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_painting_new(struct avt_run *run, struct avt_painting **ret_painting,
                                           struct avt_error *reterr);
void avt_painting_free(struct avt_painting *painting);
AVT_DEFINE_FREEP(struct avt_painting, avt_painting_free)

/** Take from `motion` what the network is to paint: the mouth is at rest, eyes and head stay. */
void avt_painting_rest(struct avt_motion *motion);
/** The place for the next picture; there is one unless the batch is full. Its `frame` is `frame`, its `face` a picture
 *  to draw the face into, of the size that run->inside has, or `frame` itself. */
struct avt_painted *avt_painting_next(struct avt_painting *painting, struct avt_image *frame, long long number);
/** Where the face is in the picture that was drawn: `view` of a clip's picture; NULL: it is looked for.
 *  @return AVT_OK, what the finder gives. */
AVT_CHECKED enum avt_code avt_painting_look(struct avt_painting *painting, struct avt_painted *painted,
                                            const struct avt_clip_view *view, struct avt_error *reterr);
/** Pictures that wait; all of the batch: it is full. */
size_t avt_painting_waiting(const struct avt_painting *painting);
bool avt_painting_full(const struct avt_painting *painting);
/** Paint on all that wait. They are then taken one by one, in their order, before the next one comes.
 *  @return as the engine's paint(). */
AVT_CHECKED enum avt_code avt_painting_run(struct avt_painting *painting, struct avt_error *reterr);
/** Add to the run's warning what they left undone. */
void avt_painting_warn(const struct avt_painting *painting);
/** The next painted one, or NULL. Borrowed. */
struct avt_painted *avt_painting_take(struct avt_painting *painting);
