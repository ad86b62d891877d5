/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the library found, as JSON: the commands print it, jobs have it as their result. */
#include <stdbool.h>

#include <avatar/avatar.h>

#include "base/json.h"

/** "right_eye", ...; index 0..5. */
const char *avt_view_keypoint_name(size_t index);
/** New reference. */
json_t *avt_view_face(const struct avt_face_info *face);
/** Sets container, duration_s, video, audio, tags, ... of `object`. */
void avt_view_video(json_t *object, const struct avt_video_info *info);
/** Sets duration_s, frames, width, height, fps, peaks of memory, engines and warning of a film that was made. */
void avt_view_film(json_t *object, const struct avt_pipeline_result *film);
/** Seconds by name of the stage. New reference. */
json_t *avt_view_stage_figures(const double figures[AVT_STAGE_COUNT]);
/** Names of the stages whose bit is set. New reference. */
json_t *avt_view_stages(int completed);
/** A voice profile. New reference. */
json_t *avt_view_profile(const struct avt_profile_info *profile);
/** Sets recordings, warnings and total_s of `object`; points, ... too if a voice was `made`. */
void avt_view_clone_report(json_t *object, const struct avt_voice_clone_report *report, bool made);
