/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Faces in a picture: BlazeFace (short range, full range if that finds nothing) and the MediaPipe
 * attention mesh, both Apache-2.0, converted by tools/convert_face_models.py.
 *
 * Threads: one finder is used by one thread at a time.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "os/footprint.h"

enum { AVT_FACES_MAX = 16 };

struct avt_face_finder;
/** Loads nothing yet. */
struct avt_face_finder *avt_face_finder_new(void);
/** Note in `table` (borrowed until avt_face_finder_free()) what is loaded and used. */
void avt_face_finder_watch(struct avt_face_finder *finder, struct avt_footprints *table);
void avt_face_finder_unload(struct avt_face_finder *finder);
/** Unload one model by its id; false if it is not loaded. */
bool avt_face_finder_drop(struct avt_face_finder *finder, const char *model);
void avt_face_finder_free(struct avt_face_finder *finder);
AVT_DEFINE_FREEP(struct avt_face_finder, avt_face_finder_free)

/** All faces, the largest central one first (the one to animate). Zero faces is AVT_OK.
 *  @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_face_find(struct avt_face_finder *finder,
                                        const struct avt_image *image,
                                        struct avt_face ret_faces[AVT_FACES_MAX],
                                        size_t *ret_count, struct avt_error *reterr);

/* What a face must have to be animated; measured on portraits, see docs/face.md. */
#define AVT_FACE_EYE_DISTANCE_MIN 40.0f /* px */
#define AVT_FACE_YAW_MAX 40.0f          /* degrees: beyond, the far eye or lip corner is hidden */

enum { AVT_VERDICT_REASONS_MAX = 4 };
struct avt_face_verdict {
    bool usable;
    bool warning; /* usable, but expect less: reasons say why */
    int reason_count;
    char reasons[AVT_VERDICT_REASONS_MAX][160]; /* "face too small: 31 px between the eyes, 40 needed" */
};
void avt_face_judge(const struct avt_face *face, const struct avt_image *image,
                    struct avt_face_verdict *ret_verdict);
/** All reasons in one line. Owned by the caller. */
char *avt_face_reasons(const struct avt_face_verdict *verdict);

/** Find, choose (index 0, or `face_index` from --face N, 1-based; 0 = choose) and judge.
 *  @return as avt_face_find(), and AVT_ENOFACE, AVT_EFACE, AVT_EINVAL (face_index beyond count). */
AVT_CHECKED enum avt_code avt_face_choose(struct avt_face_finder *finder,
                                          const struct avt_image *image, int face_index,
                                          const char *name, struct avt_face *ret_face,
                                          struct avt_face_verdict *ret_verdict,
                                          struct avt_error *reterr);
/** The face of the next picture of a clip, near to where it was in the one before: a few milliseconds.
 *  Score, sharpness, mouth and key points stay those of `before`.
 *  @param ret_found  False: it is not there any more, or is turned too far away (AVT_FACE_YAW_MAX).
 *  @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_face_follow(struct avt_face_finder *finder, const struct avt_image *image,
                                          const struct avt_face *before, struct avt_face *ret_face,
                                          bool *ret_found, struct avt_error *reterr);
/** Draws box, mesh, key points and verdict into `image`. */
void avt_face_annotate(struct avt_image *image, const struct avt_face *face,
                       const struct avt_face_verdict *verdict);
