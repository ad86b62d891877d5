/* SPDX-License-Identifier: Apache-2.0 */
/* pipeline run, pipeline estimate, video lipsync: all three fill the same library options. */
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/face.h"
#include "cli/terminal.h"
#include "cli/views.h"

/** What run, estimate and lipsync have in common, but for the face. */
static struct avt_pipeline_options options_of(struct avt_cli *cli)
{
    const struct avt_args *args = &cli->args;
    struct avt_pipeline_options options = AVT_PIPELINE_OPTIONS_INIT;
    options.language = args->text[AVT_OPT_LANGUAGE];
    options.face_index = (int)args->number[AVT_OPT_FACE];
    options.quality = args->text[AVT_OPT_QUALITY];
    options.size_spec = args->text[AVT_OPT_SIZE];
    options.fit = args->text[AVT_OPT_FIT];
    options.music = args->text[AVT_OPT_MUSIC];
    options.watermark = args->text[AVT_OPT_WATERMARK];
    options.background = args->text[AVT_OPT_BACKGROUND];
    options.intro = args->text[AVT_OPT_INTRO];
    options.outro = args->text[AVT_OPT_OUTRO];
    options.fps_num = args->rate_num;
    options.fps_den = args->rate_den;
    options.low_memory = args->given[AVT_OPT_LOW_MEMORY] > 0;
    options.keep_intermediates = args->given[AVT_OPT_KEEP_INTERMEDIATES] > 0;
    options.lipsync = args->text[AVT_OPT_LIPSYNC];
    options.enhance = args->text[AVT_OPT_ENHANCE];
    options.tts = args->text[AVT_OPT_TTS];
    if (args->text[AVT_OPT_SPEED]) {
        options.voice = args->text[AVT_OPT_VOICE];
        options.pitch = args->number[AVT_OPT_PITCH];
        options.ssml = args->given[AVT_OPT_SSML];
        options.lexicon = args->text[AVT_OPT_LEXICON];
        options.speed = args->number[AVT_OPT_SPEED];
    }
    if (args->text[AVT_OPT_OUTPUT_FILM]) {
        options.output = args->text[AVT_OPT_OUTPUT_FILM];
        options.captions = args->text[AVT_OPT_CAPTIONS];
        options.timeline_out = args->text[AVT_OPT_TIMELINE_OUT];
        options.seed = (uint64_t)args->number[AVT_OPT_SEED];
        options.head_motion = args->number[AVT_OPT_HEAD_MOTION];
        options.expressiveness = args->number[AVT_OPT_EXPRESSIVENESS];
        options.emotion = args->text[AVT_OPT_EMOTION];
        options.blink = args->number[AVT_OPT_BLINK];
        options.progress = avt_cli_on_progress;
        options.user = cli;
    }
    return options;
}

/** The result as JSON; on failure what there is of it. */
static void report(json_t *json, const struct avt_pipeline_result *result, const char *timeline)
{
    json_object_set_new(json, "stages_completed", avt_view_stages(result->stages_completed));
    avt_cli_set_text(json, "failed_stage",
                     result->failed_stage >= 0
                         ? avt_stage_name((enum avt_stage)result->failed_stage)
                         : NULL);
    json_object_set_new(json, "stage_seconds", avt_view_stage_figures(result->stage_s));
    avt_cli_set_real(json, "total_s", result->total_s);
    if (!result->success)
        return;
    avt_cli_set_text(json, "output", result->output);
    avt_cli_set_int(json, "size_bytes", avt_cli_file_size(result->output));
    avt_cli_set_text(json, "captions", result->captions);
    avt_cli_set_text(json, "timeline", timeline);
    avt_view_film(json, result);
}

static void summarise(struct avt_cli *cli, const struct avt_pipeline_result *result,
                      const char *timeline)
{
    char bytes[24], length[24], took[24];
    avt_cli_say(cli, "%s: %s, %d x %d, %g fps, %s; made in %s (%.1f x as fast as it plays)\n",
                result->output, avt_text_seconds(result->duration_s, length), result->width,
                result->height, result->fps,
                avt_text_bytes(avt_cli_file_size(result->output), bytes),
                avt_text_seconds(result->total_s, took),
                result->total_s > 0 ? result->duration_s / result->total_s : 0);
    if (*result->captions)
        avt_cli_say(cli, "%s: captions\n", result->captions);
    if (timeline)
        avt_cli_say(cli, "%s: timeline\n", timeline);
    if (*result->lipsync_why)
        avt_cli_say(cli, "lip-sync by %s\n", result->lipsync_why);
    if (*result->voice_why)
        avt_cli_say(cli, "voice by %s\n", result->voice_why);
    if (*result->enhance_why)
        avt_cli_say(cli, "enhanced by %s\n", result->enhance_why);
    if (cli->verbosity == 0)
        return;
    avt_cli_say(cli, "busy seconds (stages overlap):");
    for (int i = 0; i < AVT_STAGE_COUNT; i++)
        avt_cli_say(cli, "%s %s %.2f", i ? "," : "", avt_stage_name((enum avt_stage)i),
                    result->stage_s[i]);
    avt_cli_say(cli, "\nvoice: %s; face: %s; lip-sync: %s; peak memory %.0f MB\n",
                result->voice_engine, result->face_engine, result->lipsync_engine,
                result->peak_memory_mb);
}

static enum avt_code run(struct avt_cli *cli, struct avt_pipeline_options *options, json_t *json,
                         struct avt_error *reterr)
{
    struct avt_pipeline_result result = {.size = sizeof(result), .failed_stage = -1};
    AVT_CLEANUP(avt_freep) char *face = NULL;
    enum avt_code code = avt_cli_face(cli, cli->args.text[AVT_OPT_AVATAR], &face, reterr);
    if (code == AVT_OK)
        code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    options->avatar = face;
    code = avt_pipeline_run(cli->context, options, &result, reterr);
    report(json, &result, options->timeline_out);
    if (code != AVT_OK) {
        bool brought = cli->args.given[AVT_OPT_LIPSYNC] || cli->args.given[AVT_OPT_TTS] ||
                       cli->args.given[AVT_OPT_ENHANCE];
        if (brought && (code == AVT_EMODEL || code == AVT_EMODELBAD))
            cli->hint = "'avatar models list' shows which weights are imported";
        if (result.failed_stage >= 0)
            cli->failed_stage = avt_stage_name((enum avt_stage)result.failed_stage);
        return code;
    }
    avt_cli_warn(cli, result.warning);
    summarise(cli, &result, options->timeline_out);
    return AVT_OK;
}

enum avt_code avt_cmd_pipeline_run(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    struct avt_pipeline_options options = options_of(cli);
    enum avt_code code = avt_cli_text(cli, cli->args.operands[0], true, &text, reterr);
    if (code != AVT_OK)
        return code;
    options.text = text;
    return run(cli, &options, result, reterr);
}

enum avt_code avt_cmd_video_lipsync(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    struct avt_pipeline_options options = options_of(cli);
    const char *operand = cli->args.operands[0], *option = cli->args.text[AVT_OPT_SPEECH];
    if (operand && option)
        return avt_fail(reterr, AVT_EINVAL,
                        "there are two recordings, '%s' and '%s': leave one out", operand, option);
    options.speech = operand ? operand : option;
    if (!options.speech)
        return avt_fail(reterr, AVT_EINVAL, "there is no speech: name a sound file");
    enum avt_code code = avt_cli_text(cli, cli->args.text[AVT_OPT_TEXT], false, &text, reterr);
    if (code != AVT_OK)
        return code;
    options.text = text;
    options.timeline_in = cli->args.text[AVT_OPT_TIMELINE_IN];
    return run(cli, &options, result, reterr);
}

/* ---- estimate -------------------------------------------------------------------------------- */

static void print_estimate(struct avt_cli *cli, const struct avt_pipeline_estimate *estimate)
{
    if (!avt_cli_talks(cli))
        return;
    char cell[128], time[24];
    const char *const headings[] = {"what", "estimate"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 2);
    snprintf(cell, sizeof(cell), "%s, %lld frames, %d x %d",
             avt_text_seconds(estimate->duration_s, time), estimate->frames, estimate->width,
             estimate->height);
    avt_table_row(table, (const char *[]){"film", cell});
    avt_table_row(table,
                  (const char *[]){"time to make", avt_text_seconds(estimate->total_s, time)});
    snprintf(cell, sizeof(cell), "%.0f MB", estimate->memory_mb);
    avt_table_row(table, (const char *[]){"memory", cell});
    avt_table_row(table, (const char *[]){"file", avt_text_bytes(estimate->size_bytes, time)});
    for (int i = 0; cli->verbosity > 0 && i < AVT_STAGE_COUNT; i++) {
        char name[48];
        snprintf(name, sizeof(name), "stage %s", avt_stage_name((enum avt_stage)i));
        avt_table_row(table, (const char *[]){name, avt_text_seconds(estimate->stage_s[i], time)});
    }
    if (estimate->runs_measured > 0)
        snprintf(cell, sizeof(cell), "%d earlier %s on this machine", estimate->runs_measured,
                 estimate->runs_measured == 1 ? "run" : "runs");
    else
        snprintf(cell, sizeof(cell), "built-in figures: nothing was made on this machine yet");
    avt_table_row(table, (const char *[]){"rests on", cell});
    avt_table_print(table, stdout, cli->width);
}

enum avt_code avt_cmd_pipeline_estimate(struct avt_cli *cli, json_t *result,
                                        struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    AVT_CLEANUP(avt_freep) char *face = NULL;
    struct avt_pipeline_options options = options_of(cli);
    struct avt_pipeline_estimate estimate = {.size = sizeof(estimate)};
    enum avt_code code = avt_cli_text(cli, cli->args.operands[0], true, &text, reterr);
    if (code == AVT_OK)
        code = avt_cli_face(cli, cli->args.text[AVT_OPT_AVATAR], &face, reterr);
    if (code == AVT_OK)
        code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    options.text = text;
    options.avatar = face;
    bool clear = avt_str_equal(options.background, "transparent");
    options.output = clear ? "avatar.webm" : avt_cli_option(AVT_OPT_OUTPUT_FILM)->fallback; /* its format counts */
    code = avt_pipeline_estimate(cli->context, &options, &estimate, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_real(result, "duration_s", estimate.duration_s);
    avt_cli_set_real(result, "total_s", estimate.total_s);
    json_object_set_new(result, "stage_seconds", avt_view_stage_figures(estimate.stage_s));
    avt_cli_set_real(result, "memory_mb", estimate.memory_mb);
    avt_cli_set_int(result, "frames", estimate.frames);
    avt_cli_set_int(result, "width", estimate.width);
    avt_cli_set_int(result, "height", estimate.height);
    avt_cli_set_int(result, "size_bytes", estimate.size_bytes);
    avt_cli_set_int(result, "runs_measured", estimate.runs_measured);
    print_estimate(cli, &estimate);
    return AVT_OK;
}
