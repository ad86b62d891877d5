/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views.h"

#include "base/assert.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/terminal.h"

static const char *const keypoint_names[6] = {"right_eye", "left_eye",  "nose_tip",
                                              "mouth",     "right_ear", "left_ear"};

const char *avt_view_keypoint_name(size_t index)
{
    avt_assert(index < 6);
    return keypoint_names[index];
}

static json_t *point_json(const float *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_real((double)values[i]));
    return array;
}

json_t *avt_view_face(const struct avt_face_info *face)
{
    json_t *object = json_object(), *pose = json_object(), *keypoints = json_object();
    json_t *mesh = json_array(), *reasons = json_array();
    avt_cli_set_bool(object, "usable", face->usable);
    avt_cli_set_bool(object, "warning", face->warning);
    for (int i = 0; i < face->reason_count; i++)
        json_array_append_new(reasons, json_string(face->reasons[i]));
    json_object_set_new(object, "reasons", reasons);
    avt_cli_set_real(object, "score", (double)face->score);
    avt_cli_set_real(object, "presence", (double)face->presence);
    json_object_set_new(object, "box", point_json(face->box, 4));
    for (size_t i = 0; i < 6; i++)
        json_object_set_new(keypoints, keypoint_names[i], point_json(face->keypoints[i], 2));
    json_object_set_new(object, "keypoints", keypoints);
    avt_cli_set_real(pose, "yaw", (double)face->yaw);
    avt_cli_set_real(pose, "pitch", (double)face->pitch);
    avt_cli_set_real(pose, "roll", (double)face->roll);
    json_object_set_new(object, "pose", pose);
    avt_cli_set_real(object, "eye_distance", (double)face->eye_distance);
    avt_cli_set_real(object, "sharpness", (double)face->sharpness);
    for (size_t i = 0; i < AVT_FACE_INFO_POINTS; i++)
        json_array_append_new(mesh, point_json(face->mesh[i], 3));
    json_object_set_new(object, "mesh", mesh);
    return object;
}

void avt_view_video(json_t *json, const struct avt_video_info *info)
{
    avt_cli_set_text(json, "container", info->container);
    avt_cli_set_real(json, "duration_s", info->duration_s);
    avt_cli_set_int(json, "size_bytes", info->size_bytes);
    avt_cli_set_int(json, "bit_rate", info->bit_rate);
    json_t *video = json_null(), *audio = json_null(), *tags = json_object();
    if (*info->video_codec) {
        video = json_object();
        avt_cli_set_text(video, "codec", info->video_codec);
        avt_cli_set_int(video, "width", info->width);
        avt_cli_set_int(video, "height", info->height);
        avt_cli_set_real(video, "fps", info->fps);
        avt_cli_set_int(video, "frames", info->frames);
        avt_cli_set_real(video, "start_s", info->video_start_s);
        avt_cli_set_real(video, "duration_s", info->video_duration_s);
        avt_cli_set_text(video, "pixel_format", info->pixel_format);
        avt_cli_set_text(video, "color_space", info->color_space);
    }
    if (*info->audio_codec) {
        audio = json_object();
        avt_cli_set_text(audio, "codec", info->audio_codec);
        avt_cli_set_int(audio, "sample_rate", info->audio_rate);
        avt_cli_set_int(audio, "channels", info->audio_channels);
        avt_cli_set_real(audio, "start_s", info->audio_start_s);
        avt_cli_set_real(audio, "duration_s", info->audio_duration_s);
    }
    json_object_set_new(json, "video", video);
    json_object_set_new(json, "audio", audio);
    avt_cli_set_text(json, "digital_source_type", info->digital_source_type);
    for (int i = 0; i < info->tag_count; i++) {
        AVT_CLEANUP(avt_freep) char *key = avt_text_utf8(info->tags[i][0]);
        avt_cli_set_text(tags, key, info->tags[i][1]);
    }
    json_object_set_new(json, "tags", tags);
}

json_t *avt_view_stage_figures(const double figures[AVT_STAGE_COUNT])
{
    json_t *object = json_object();
    for (int i = 0; i < AVT_STAGE_COUNT; i++)
        avt_cli_set_real(object, avt_stage_name((enum avt_stage)i), figures[i]);
    return object;
}

/* Which engine did what, and why it was chosen where nobody said. */
static json_t *engines_of(const struct avt_pipeline_result *film)
{
    json_t *engines = json_object();
    avt_cli_set_text(engines, "voice", film->voice_engine);
    avt_cli_set_text(engines, "face", film->face_engine);
    avt_cli_set_text(engines, "lipsync", film->lipsync_engine);
    if (*film->lipsync_why)
        avt_cli_set_text(engines, "lipsync_why", film->lipsync_why);
    if (*film->voice_why)
        avt_cli_set_text(engines, "voice_why", film->voice_why);
    if (*film->enhanced_by)
        avt_cli_set_text(engines, "enhanced_by", film->enhanced_by);
    if (*film->enhance_why)
        avt_cli_set_text(engines, "enhance_why", film->enhance_why);
    return engines;
}

void avt_view_film(json_t *object, const struct avt_pipeline_result *film)
{
    avt_cli_set_real(object, "duration_s", film->duration_s);
    avt_cli_set_int(object, "frames", film->frames);
    avt_cli_set_int(object, "width", film->width);
    avt_cli_set_int(object, "height", film->height);
    avt_cli_set_real(object, "fps", film->fps);
    avt_cli_set_real(object, "peak_memory_mb", film->peak_memory_mb);
    json_object_set_new(object, "stage_peak_mb", avt_view_stage_figures(film->stage_peak_mb));
    if (film->gpu_peak_mb > 0)
        avt_cli_set_real(object, "gpu_peak_mb", film->gpu_peak_mb);
    json_object_set_new(object, "engines", engines_of(film));
    avt_cli_set_text(object, "warning", film->warning);
}

json_t *avt_view_stages(int completed)
{
    json_t *names = json_array();
    for (int i = 0; i < AVT_STAGE_COUNT; i++)
        if (completed & 1 << i)
            json_array_append_new(names, json_string(avt_stage_name((enum avt_stage)i)));
    return names;
}

json_t *avt_view_profile(const struct avt_profile_info *profile)
{
    json_t *object = json_object();
    avt_cli_set_text(object, "id", profile->id);
    avt_cli_set_text(object, "name", profile->name);
    avt_cli_set_text(object, "kind", *profile->blend ? "blend" : "cloned");
    avt_cli_set_text(object, "language", profile->language);
    avt_cli_set_text(object, "gender", profile->gender);
    avt_cli_set_text(object, "engine", profile->engine);
    avt_cli_set_text(object, "maker", profile->maker);
    avt_cli_set_text(object, "created_at", profile->created_at);
    if (profile->is_clone) {
        avt_cli_set_text(object, "consent", profile->consent);
        avt_cli_set_text(object, "consent_by", profile->consent_by);
        avt_cli_set_text(object, "consent_at", profile->consent_at);
    }
    if (*profile->blend) {
        avt_cli_set_text(object, "blend", profile->blend);
        return object;
    }
    avt_cli_set_real(object, "similarity", profile->similarity);
    avt_cli_set_real(object, "self_similarity", profile->self_similarity);
    avt_cli_set_real(object, "stock_similarity", profile->stock_similarity);
    avt_cli_set_text(object, "stock_voice", profile->stock_id);
    avt_cli_set_real(object, "pitch_hz", profile->pitch_hz);
    avt_cli_set_real(object, "reference_pitch_hz", profile->reference_pitch_hz);
    avt_cli_set_real(object, "reference_speech_s", profile->reference_speech_s);
    avt_cli_set_bool(object, "reference_kept", profile->has_reference);
    return object;
}

void avt_view_clone_report(json_t *object, const struct avt_voice_clone_report *report, bool made)
{
    json_t *found = json_object(), *warnings = json_array();
    avt_cli_set_real(found, "seconds", report->seconds);
    avt_cli_set_real(found, "speech_s", report->speech_s);
    avt_cli_set_real(found, "snr_db", report->snr_db);
    avt_cli_set_real(found, "level_db", report->level_db);
    avt_cli_set_real(found, "clipped", report->clipped);
    avt_cli_set_real(found, "music", report->music);
    avt_cli_set_real(found, "other_voice", report->other_voice);
    avt_cli_set_real(found, "bandwidth_hz", report->bandwidth_hz);
    for (int i = 0; i < report->warning_count; i++)
        json_array_append_new(warnings, json_string(report->warnings[i]));
    json_object_set_new(object, "recordings", found);
    json_object_set_new(object, "warnings", warnings);
    avt_cli_set_real(object, "total_s", report->total_s);
    if (!made)
        return;
    avt_cli_set_int(object, "points", report->points);
    avt_cli_set_bool(object, "spectrum_matched", report->spectrum);
    avt_cli_set_bool(object, "searched", report->searched);
}
