/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/face.h"
#include "cli/terminal.h"
#include "cli/views.h"

/** "yes", "yes, but: ...", "no: ..." */
static char *verdict(const struct avt_face_info *face)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(4096);
    avt_buf_append_str(&text, !face->usable ? "no" : face->warning ? "yes, but" : "yes");
    for (int i = 0; i < face->reason_count; i++)
        avt_buf_printf(&text, "%s %s", i ? ";" : ":", face->reasons[i]);
    return avt_buf_take(&text);
}

static void print_faces(struct avt_cli *cli, const struct avt_face_info *faces, size_t count)
{
    const char *const headings[] = {"face",          ">score", "box",
                                    ">eyes apart", "turned",  ">sharp", "can be animated"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 7);
    for (size_t i = 0; i < count; i++) {
        const struct avt_face_info *face = &faces[i];
        char number[24], score[24], box[64], eyes[24], pose[64], sharp[24];
        AVT_CLEANUP(avt_freep) char *can = verdict(face);
        snprintf(number, sizeof(number), "%zu", i + 1);
        snprintf(score, sizeof(score), "%.2f", (double)face->score);
        snprintf(box, sizeof(box), "%.0fx%.0f+%.0f+%.0f", (double)face->box[2],
                 (double)face->box[3], (double)face->box[0], (double)face->box[1]);
        snprintf(eyes, sizeof(eyes), "%.0f px", (double)face->eye_distance);
        snprintf(pose, sizeof(pose), "%+ld %+ld %+ld°", lroundf(face->yaw), lroundf(face->pitch),
                 lroundf(face->roll));
        snprintf(sharp, sizeof(sharp), "%.2f", (double)face->sharpness);
        avt_table_row(table, (const char *[]){number, score, box, eyes, pose, sharp, can});
    }
    avt_table_print(table, stdout, cli->width);
    if (cli->verbosity == 0)
        return;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 6; k++)
            avt_cli_say(cli, "face %zu %s %.1f %.1f\n", i + 1, avt_view_keypoint_name(k),
                        (double)faces[i].keypoints[k][0], (double)faces[i].keypoints[k][1]);
}

enum avt_code avt_cmd_avatar_detect(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *annotate = cli->args.text[AVT_OPT_ANNOTATE];
    AVT_CLEANUP(avt_freep) char *picture = NULL;
    size_t count = 0;
    int width = 0, height = 0;
    enum avt_code code = avt_cli_face(cli, cli->args.operands[0], &picture, reterr);
    if (code == AVT_OK)
        code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) struct avt_face_info *faces =
        avt_new0(struct avt_face_info, AVT_FACE_INFO_MAX);
    code = avt_face_detect(cli->context, picture, (int)cli->args.number[AVT_OPT_FACE], annotate,
                           faces, &count, &width, &height, reterr);
    if (code == AVT_ENOFACE)
        cli->hint = "choose a picture that shows a face from the front";
    if (code != AVT_OK)
        return code;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, avt_view_face(&faces[i]));
    avt_cli_set_text(result, "picture", picture);
    avt_cli_set_int(result, "width", width);
    avt_cli_set_int(result, "height", height);
    avt_cli_set_text(result, "annotated", annotate);
    json_object_set_new(result, "faces", list);
    avt_cli_say(cli, "%s: %d x %d, %zu %s\n", picture, width, height, count,
                count == 1 ? "face" : "faces");
    if (avt_cli_talks(cli))
        print_faces(cli, faces, count);
    if (annotate)
        avt_cli_say(cli, "%s: what was found\n", annotate);
    return AVT_OK;
}
