/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where the face is in each picture of a clip, kept on disk: memory does not grow with the clip, and the next
 * film of the same clip in the same size finds it done. One file, <folder>/<key>.track, replaced whole; the
 * folder holds at most AVT_FACE_TRACKS_BYTES, the oldest files go first.
 *
 * File, in the machine's own byte order: 16 bytes head (magic with the byte order and the size of a record),
 * then a record for each picture from the first.
 *
 * Threads: one track is used by one thread at a time; processes may share the folder.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/landmarks.h"

#define AVT_FACE_TRACKS_BYTES (256 << 20)

struct avt_face_track;
/** Opens what is there; a file that is missing or damaged is a track without pictures.
 *  @param folder  Made if missing; NULL: nothing is found and nothing kept.
 *  @param key     A file name: of the clip's content and of all that decides where its points are. */
struct avt_face_track *avt_face_track_open(const char *folder, const char *key);
/** Does not save. */
void avt_face_track_free(struct avt_face_track *track);
AVT_DEFINE_FREEP(struct avt_face_track, avt_face_track_free)

/** Pictures that are known, from the first on. */
long long avt_face_track_count(const struct avt_face_track *track);
/** Whether picture `index`, which is known, shows a face; then *ret_face is it: mesh, pose, box, presence and
 *  eye distance, to 1/8 pixel. */
bool avt_face_track_get(struct avt_face_track *track, long long index, struct avt_face *ret_face);
/** Add the next picture. `face` NULL: it shows none. Out of room it is forgotten, and the track ends there.
 *  @return Whether it is known now. */
bool avt_face_track_add(struct avt_face_track *track, const struct avt_face *face);
/** Keep it for the next film, if anything was added. What goes wrong is logged: nothing is lost but time. */
void avt_face_track_save(struct avt_face_track *track);
