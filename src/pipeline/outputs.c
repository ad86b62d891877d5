/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/outputs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "dsp/motion.h"
#include "media/still.h"
#include "os/paths.h"
#include "pipeline/run.h"

enum avt_code avt_outputs_open(struct avt_outputs *outputs, const struct avt_plan *plan,
                               struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    struct stat st;
    if (plan->options.timeline_out)
        code = avt_outfile_open(plan->options.timeline_out, &outputs->timeline, reterr);
    if (code == AVT_OK && plan->captions_path)
        code = avt_outfile_open(plan->captions_path, &outputs->captions, reterr);
    if (code != AVT_OK || !plan->parts)
        return code;
    if (stat(plan->parts, &st) == 0 && !S_ISDIR(st.st_mode))
        return avt_fail(reterr, AVT_EOUTPUT,
                        "'%s' is in the way: intermediates go into a folder of that name",
                        plan->parts);
    if (mkdir(plan->parts, 0777) == 0)
        outputs->parts = avt_strdup(plan->parts);
    else if (errno != EEXIST)
        return avt_fail(reterr, AVT_EOUTPUT, "the folder '%s' cannot be made: %s", plan->parts,
                        strerror(errno));
    return AVT_OK;
}

static json_t *face_json(const struct avt_face *face)
{
    json_t *mesh = json_array();
    for (int i = 0; i < AVT_MESH_POINTS; i++)
        json_array_append_new(mesh, json_pack("[f,f,f]", (double)face->mesh[i].x,
                                              (double)face->mesh[i].y, (double)face->mesh[i].z));
    return json_pack("{s:f, s:f, s:[f,f,f,f], s:{s:f,s:f,s:f}, s:f, s:f, s:o}", "score",
                     (double)face->score, "presence", (double)face->presence, "box",
                     (double)face->box.x, (double)face->box.y, (double)face->box.width,
                     (double)face->box.height, "pose", "yaw", (double)face->pose.yaw, "pitch",
                     (double)face->pose.pitch, "roll", (double)face->pose.roll, "eye_distance",
                     (double)face->eye_distance, "sharpness", (double)face->sharpness, "mesh", mesh);
}

enum avt_code avt_outputs_face(struct avt_outputs *outputs, const struct avt_plan *plan,
                               const struct avt_image *picture, const struct avt_face *face,
                               struct avt_error *reterr)
{
    char hash[AVT_SHA256_HEX_SIZE];
    if (plan->presenter || plan->modelled) {
        snprintf(outputs->face_origin, sizeof(outputs->face_origin),
                 plan->presenter ? "default presenter (computer graphics)" : "modelled presenter (computer graphics)");
    } else {
        enum avt_code code = avt_sha256_file(plan->picture, hash, reterr);
        if (code != AVT_OK)
            return code;
        snprintf(outputs->face_origin, sizeof(outputs->face_origin), "%s sha256:%s",
                 plan->clip ? "clip" : "picture", hash);
    }
    if (!plan->parts)
        return AVT_OK;
    AVT_CLEANUP(avt_freep) char *json_path = avt_path_join(plan->parts, "face.json");
    AVT_CLEANUP(avt_freep) char *png_path = avt_path_join(plan->parts, "face.png");
    AVT_CLEANUP(avt_json_decrefp) json_t *json = face_json(face);
    enum avt_code code = avt_json_write_file(json_path, json, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_image_freep) struct avt_image *drawn = NULL;
    code = avt_image_copy(picture, &drawn, reterr);
    if (code != AVT_OK)
        return code;
    avt_face_annotate(drawn, face, &outputs->verdict);
    return avt_still_save_png(png_path, drawn, reterr);
}

static enum avt_code write_all(struct avt_outfile *file, const char *text, const char *path,
                               struct avt_error *reterr)
{
    size_t size = strlen(text);
    for (size_t done = 0; done < size;) {
        ssize_t put = write(avt_outfile_fd(file), text + done, size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return avt_fail(reterr, errno == ENOSPC || errno == EFBIG ? AVT_ENOSPACE : AVT_EOUTPUT,
                            "'%s' cannot be written: %s", path, strerror(errno));
        done += (size_t)put;
    }
    return AVT_OK;
}

enum avt_code avt_outputs_write(struct avt_outputs *outputs, struct avt_run *run,
                                struct avt_error *reterr)
{
    const struct avt_plan *plan = run->plan;
    enum avt_code code = AVT_OK;
    if (outputs->captions) {
        AVT_CLEANUP(avt_freep) char *captions = plan->captions == AVT_CAPTIONS_SRT
                                                    ? avt_captions_srt(run->timeline)
                                                    : avt_captions_vtt(run->timeline);
        code = write_all(outputs->captions, captions, plan->captions_path, reterr);
    }
    /* Only now: no caption stays for the outro. */
    if (plan->outro_frames > 0 && !avt_run_pause(run, (double)run->frames_made * plan->fps_den / plan->fps_num))
        return avt_fail(reterr, AVT_ELIMIT, "the text is too long for one film; split it");
    AVT_CLEANUP(avt_freep) char *timeline = avt_timeline_format(run->timeline);
    if (code == AVT_OK && outputs->timeline)
        code = write_all(outputs->timeline, timeline, plan->options.timeline_out, reterr);
    if (code == AVT_OK && plan->parts) {
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(plan->parts, "timeline.json");
        code = avt_file_write(path, timeline, strlen(timeline), reterr);
    }
    return code;
}

enum avt_code avt_outputs_commit(struct avt_outputs *outputs, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    if (outputs->timeline)
        code = avt_outfile_commit(outputs->timeline, reterr);
    if (code == AVT_OK && outputs->captions)
        code = avt_outfile_commit(outputs->captions, reterr);
    if (code == AVT_OK)
        avt_free(AVT_TAKE(outputs->parts)); /* it stays */
    return code;
}

void avt_outputs_done(struct avt_outputs *outputs)
{
    static const char *const files[] = {"timeline.json", "face.json", "face.png", "speech.wav"};
    avt_outfile_free(outputs->timeline);
    avt_outfile_free(outputs->captions);
    if (outputs->parts) {
        /* The run failed and the folder is ours: intermediates go. */
        for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
            AVT_CLEANUP(avt_freep) char *path = avt_path_join(outputs->parts, files[i]);
            (void)unlink(path);
        }
        (void)rmdir(outputs->parts);
    }
    avt_free(outputs->parts);
    *outputs = (struct avt_outputs){0};
}
