/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "cli/views.h"

/* ---- video info ------------------------------------------------------------------------------ */

static void print_info(struct avt_cli *cli, const struct avt_video_info *info)
{
    if (!avt_cli_talks(cli))
        return;
    char cell[256], text[24], rate[24];
    const char *const headings[] = {"what", "value"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 2);
    snprintf(cell, sizeof(cell), "%s, %s, %s", info->container,
             avt_text_seconds(info->duration_s, text), avt_text_bytes(info->size_bytes, rate));
    avt_table_row(table, (const char *[]){"file", cell});
    if (*info->video_codec) {
        snprintf(cell, sizeof(cell), "%s, %d x %d, %.5g fps, %.3f s, %s %s", info->video_codec,
                 info->width, info->height, info->fps, info->video_duration_s, info->pixel_format,
                 info->color_space);
        avt_table_row(table, (const char *[]){"picture", cell});
    }
    if (*info->audio_codec) {
        snprintf(cell, sizeof(cell), "%s, %d Hz, %d %s, %.3f s", info->audio_codec,
                 info->audio_rate, info->audio_channels,
                 info->audio_channels == 1 ? "channel" : "channels", info->audio_duration_s);
        avt_table_row(table, (const char *[]){"sound", cell});
    }
    if (*info->digital_source_type)
        avt_table_row(table, (const char *[]){"origin", info->digital_source_type});
    for (int i = 0; cli->verbosity > 0 && i < info->tag_count; i++)
        avt_table_row(table, (const char *[]){info->tags[i][0], info->tags[i][1]});
    avt_table_print(table, stdout, cli->width);
}

/** Fills `json` and prints; used on what `encode` made, too. */
static enum avt_code show_file(struct avt_cli *cli, const char *path, bool print, json_t *json,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_video_info *info = avt_new0(struct avt_video_info, 1);
    info->size = sizeof(*info);
    enum avt_code code = avt_video_probe(cli->context, path, info, reterr);
    if (code != AVT_OK)
        return code;
    avt_view_video(json, info);
    if (print)
        print_info(cli, info);
    return AVT_OK;
}

enum avt_code avt_cmd_video_info(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "path", cli->args.operands[0]);
    return show_file(cli, cli->args.operands[0], true, result, reterr);
}

/* ---- video encode ---------------------------------------------------------------------------- */

static void on_encode(const struct avt_progress *progress, void *user)
{
    struct avt_cli *cli = user;
    char detail[64] = "", clock[24];
    if (avt_interrupted())
        avt_context_cancel(cli->context);
    if (progress->speed > 0)
        snprintf(detail, sizeof(detail), "%.1fx", progress->speed);
    size_t used = strlen(detail);
    if (progress->eta_s >= 0)
        snprintf(detail + used, sizeof(detail) - used, "  ETA %s",
                 avt_text_clock(progress->eta_s, clock));
    avt_progress_line_step(cli->progress, "encode", progress->fraction, detail);
}

enum avt_code avt_cmd_video_encode(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    struct avt_encode_options options = AVT_ENCODE_OPTIONS_INIT;
    options.input = args->operands[0];
    options.output = args->text[AVT_OPT_OUTPUT_VIDEO];
    options.quality = args->text[AVT_OPT_QUALITY];
    options.size_spec = args->text[AVT_OPT_SIZE_ENCODE];
    options.fps_num = args->rate_num;
    options.fps_den = args->rate_den;
    options.progress = on_encode;
    options.user = cli;
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_video_encode(cli->context, &options, reterr);
    if (code != AVT_OK)
        return code;
    char bytes[24];
    avt_cli_set_text(result, "output", options.output);
    avt_cli_say(cli, "%s: %s\n", options.output,
                avt_text_bytes(avt_cli_file_size(options.output), bytes));
    return show_file(cli, options.output, cli->verbosity > 0, result, reterr);
}
