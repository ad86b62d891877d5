/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A clip as a face: its pictures in the film's size and rate, each with the face in it. The clip plays there
 * and back again for as long as the film lasts, so it never jumps. Faces are followed from picture to picture,
 * looked for anew where they are lost, and smoothed over neighbours on both sides, which the film can do
 * because it looks ahead. Where there is none the picture passes through, and towards such a place the work on
 * the mouth fades.
 *
 * Threads: one clip is used by one thread at a time, together with its finder.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "dsp/image.h"
#include "face/face.h"
#include "media/clip.h"
#include "os/thread.h"
#include "pipeline/plan.h"

enum {
    AVT_FACE_CLIP_LOOKS = 8,   /* pictures tried for the one that the mouth is learnt from */
    AVT_FACE_CLIP_LOOK_S = 10, /* in which a usable face must appear */
};

struct avt_face_clip;
/** Opens the clip and finds its face.
 *  @param name    For messages; borrowed.
 *  @param finder  Borrowed as long as the clip lives.
 *  @return as avt_clip_open() and avt_face_choose(); AVT_ECANCELLED. */
AVT_CHECKED enum avt_code avt_face_clip_open(const char *path, const char *name, int face_index,
                                             struct avt_face_finder *finder,
                                             const struct avt_cancel *cancel,
                                             struct avt_face_clip **ret_clip,
                                             struct avt_error *reterr);
void avt_face_clip_free(struct avt_face_clip *clip);
AVT_DEFINE_FREEP(struct avt_face_clip, avt_face_clip_free)

/** The picture to learn the mouth from, in the clip's own size, and its face. Borrowed; the picture until
 *  avt_face_clip_place(). */
const struct avt_image *avt_face_clip_picture(const struct avt_face_clip *clip);
const struct avt_face *avt_face_clip_face(const struct avt_face_clip *clip);
const struct avt_face_verdict *avt_face_clip_verdict(const struct avt_face_clip *clip);

/** Size and rate from now on. `layout` is of avt_face_clip_picture().
 *  @param cache  Folder of what earlier films found out, or NULL; `hash`: SHA-256 of the clip, in hex. */
AVT_CHECKED enum avt_code avt_face_clip_place(struct avt_face_clip *clip,
                                              const struct avt_frame_layout *layout, int fps_num,
                                              int fps_den, const char *cache, const char *hash,
                                              struct avt_error *reterr);

/** Cut the person out of every picture from now on, after avt_face_clip_place(): pictures get their alpha. While no
 *  face is found, all people are cut out whom the network sees.
 *  @param want_ground  Views have what stood behind. @return as avt_matte_open(). */
AVT_CHECKED enum avt_code avt_face_clip_cut(struct avt_face_clip *clip, bool want_ground,
                                            struct avt_error *reterr);

struct avt_clip_view {
    const struct avt_image *picture; /* borrowed until the next call */
    const struct avt_image *ground;  /* without the person, reduced; NULL: not wanted */
    const struct avt_face *face;     /* NULL: none */
    float strength;                  /* of the work on the mouth, 0..1 */
    long long number;                /* of the picture in the clip, which plays there and back */
};
/** What frame `frame` of the film shows; frames in order, from 0. */
AVT_CHECKED enum avt_code avt_face_clip_view(struct avt_face_clip *clip, long long frame,
                                             struct avt_clip_view *ret_view,
                                             struct avt_error *reterr);
/** Keep what was found out for the next film. */
void avt_face_clip_save(struct avt_face_clip *clip);
