/* SPDX-License-Identifier: Apache-2.0 */
/* Faces and pictures of the public interface. */
#include <string.h>

#include "base/mem.h"
#include "lib/context.h"
#include "media/clip.h"
#include "media/still.h"
#include "nn/session.h"

_Static_assert((int)AVT_FACE_INFO_MAX == (int)AVT_FACES_MAX, "public and inner limits agree");
_Static_assert((int)AVT_FACE_INFO_POINTS == (int)AVT_MESH_POINTS, "public and inner limits agree");
_Static_assert((int)AVT_FACE_INFO_REASONS == (int)AVT_VERDICT_REASONS_MAX, "limits agree");

static void fill(const struct avt_face *face, const struct avt_face_verdict *verdict,
                 struct avt_face_info *info)
{
    *info = (struct avt_face_info){
        .score = face->score,
        .presence = face->presence,
        .box = {face->box.x, face->box.y, face->box.width, face->box.height},
        .yaw = face->pose.yaw,
        .pitch = face->pose.pitch,
        .roll = face->pose.roll,
        .eye_distance = face->eye_distance,
        .sharpness = face->sharpness,
        .usable = verdict->usable,
        .warning = verdict->warning,
        .reason_count = verdict->reason_count,
    };
    for (int i = 0; i < AVT_KEYPOINTS; i++) {
        info->keypoints[i][0] = face->keypoints[i].x;
        info->keypoints[i][1] = face->keypoints[i].y;
    }
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        info->mesh[i][0] = face->mesh[i].x;
        info->mesh[i][1] = face->mesh[i].y;
        info->mesh[i][2] = face->mesh[i].z;
    }
    memcpy(info->reasons, verdict->reasons, sizeof(info->reasons));
}

/* A picture, or of a film its first one. */
static enum avt_code load_picture(const char *path, struct avt_image **ret_image, struct avt_error *reterr)
{
    if (!avt_clip_probe(path, NULL))
        return avt_still_load(path, ret_image, reterr);
    AVT_CLEANUP(avt_clip_freep) struct avt_clip *clip = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    bool end = false;
    enum avt_code code = avt_clip_open(path, 1, &clip, reterr);
    if (code == AVT_OK)
        code = avt_image_new(avt_clip_info(clip)->width, avt_clip_info(clip)->height, &image, reterr);
    if (code == AVT_OK)
        code = avt_clip_read(clip, 0, image, &end, reterr);
    if (code == AVT_OK)
        *ret_image = AVT_TAKE(image);
    return code;
}

enum avt_code avt_face_detect(struct avt_context *context, const char *picture, int face_index,
                              const char *annotate_png, struct avt_face_info *ret_faces,
                              size_t *ret_count, int *ret_width, int *ret_height,
                              struct avt_error *reterr)
{
    avt_context_begin(context);
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    AVT_CLEANUP(avt_freep) struct avt_face *faces = avt_new0(struct avt_face, AVT_FACES_MAX);
    size_t count = 0;
    enum avt_code code = avt_nn_start(context->threads, reterr);
    if (code == AVT_OK)
        code = load_picture(picture, &image, reterr);
    if (code == AVT_OK)
        code = avt_face_find(context->finder, image, faces, &count, reterr);
    if (code != AVT_OK)
        return code;
    *ret_width = image->width;
    *ret_height = image->height;
    if (count == 0)
        return avt_fail(reterr, AVT_ENOFACE,
                        "no face was found in '%s'; use a picture that shows one face from the "
                        "front, well lit and at least 120 pixels wide",
                        picture);
    if (face_index < 0 || (size_t)face_index > count)
        return avt_fail(reterr, AVT_EINVAL, "'%s' has %zu face%s, so there is no face %d", picture,
                        count, count == 1 ? "" : "s", face_index);
    if (face_index > 1) {
        struct avt_face chosen = faces[face_index - 1];
        memmove(faces + 1, faces, (size_t)(face_index - 1) * sizeof(*faces));
        faces[0] = chosen;
    }
    struct avt_face_verdict first = {0};
    for (size_t i = 0; i < count; i++) {
        struct avt_face_verdict verdict;
        avt_face_judge(&faces[i], image, &verdict);
        if (i == 0)
            first = verdict;
        fill(&faces[i], &verdict, &ret_faces[i]);
    }
    *ret_count = count;
    if (annotate_png) {
        for (size_t i = count; i-- > 1;) {
            struct avt_face_verdict verdict;
            avt_face_judge(&faces[i], image, &verdict);
            avt_face_annotate(image, &faces[i], &verdict);
        }
        avt_face_annotate(image, &faces[0], &first);
        code = avt_still_save_png(annotate_png, image, reterr);
    }
    return code;
}

enum avt_code avt_picture_thumbnail(struct avt_context *context, const char *picture, int side_max,
                                    const char *output_png, struct avt_error *reterr)
{
    avt_context_begin(context);
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL, *small = NULL;
    if (side_max < 16 || side_max > 2048)
        return avt_fail(reterr, AVT_EINVAL, "a thumbnail has from 16 to 2048 pixels on a side, not %d",
                        side_max);
    enum avt_code code = load_picture(picture, &image, reterr);
    if (code != AVT_OK)
        return code;
    int side = image->width > image->height ? image->width : image->height;
    double scale = side > side_max ? (double)side_max / side : 1;
    int width = (int)(image->width * scale + 0.5), height = (int)(image->height * scale + 0.5);
    code = avt_image_new(width > 0 ? width : 1, height > 0 ? height : 1, &small, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(image, 0, 0, image->width, image->height, small);
    return avt_still_save_png(output_png, small, reterr);
}
