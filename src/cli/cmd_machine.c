/* SPDX-License-Identifier: Apache-2.0 */
/* doctor and bench: what is installed here and how fast it is. */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/terminal.h"

/* ---- doctor -------------------------------------------------------------------------------- */

static const char *state_of(const struct avt_check *check)
{
    return check->ok > 0 ? "ok" : check->ok < 0 ? "warning" : "broken";
}

static void print_checks(struct avt_cli *cli, const struct avt_check *checks, size_t count)
{
    const char *const headings[] = {"", "check", "what was found"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 3);
    for (size_t i = 0; i < count; i++)
        avt_table_row(table,
                      (const char *[]){state_of(&checks[i]), checks[i].name, checks[i].detail});
    if (avt_cli_talks(cli))
        avt_table_print(table, stdout, cli->width);
}

enum avt_code avt_cmd_doctor(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    size_t count = 0, broken = 0;
    AVT_CLEANUP(avt_freep) struct avt_check *checks = avt_new0(struct avt_check, AVT_CHECKS_MAX);
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_doctor(cli->context, checks, &count, reterr);
    if (code != AVT_OK)
        return code;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_object();
        avt_cli_set_text(object, "name", checks[i].name);
        avt_cli_set_int(object, "ok", checks[i].ok);
        avt_cli_set_text(object, "state", state_of(&checks[i]));
        avt_cli_set_text(object, "detail", checks[i].detail);
        json_array_append_new(list, object);
        broken += checks[i].ok == 0;
    }
    json_object_set_new(result, "checks", list);
    print_checks(cli, checks, count);
    if (broken > 0)
        cli->doubt = broken == 1 ? "one thing that is required is broken: the table says what to do"
                                 : "things that are required are broken: the table says what to do";
    return AVT_OK;
}

/* ---- bench --------------------------------------------------------------------------------- */

static void print_figures(struct avt_cli *cli, const struct avt_benchmark *bench)
{
    if (!avt_cli_talks(cli))
        return;
    const char *const headings[] = {"what", ">figure", "unit"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 3);
    const struct {
        const char *what;
        double value;
        int digits;
        const char *unit;
    } rows[] = {
        {"load the speech model", bench->speech_load_s, 2, "s"},
        {"speech", bench->speech_rtf, 3, "s of work per second of speech"},
        {"find a face", bench->face_ms, 0, "ms for a picture of 1280 px"},
        {"lip-sync", bench->lipsync_fps, 0, "frames/s at 1280 x 720"},
        {"encode", bench->encode_fps, 0, "frames/s at 1280 x 720, medium"},
        {"memory at most", bench->memory_peak_mb, 0, "MB"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char value[24];
        snprintf(value, sizeof(value), "%.*f", rows[i].digits, rows[i].value);
        avt_table_row(table, (const char *[]){rows[i].what, value, rows[i].unit});
    }
    avt_cli_say(cli, "%s, %d %s\n", bench->cpu, bench->threads,
                bench->threads == 1 ? "thread" : "threads");
    avt_table_print(table, stdout, cli->width);
}

enum avt_code avt_cmd_bench(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct avt_benchmark bench = {.size = sizeof(bench)};
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_bench(cli->context, avt_cli_on_progress, cli, &bench, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "cpu", bench.cpu);
    avt_cli_set_int(result, "threads", bench.threads);
    avt_cli_set_real(result, "speech_load_s", bench.speech_load_s);
    avt_cli_set_real(result, "speech_rtf", bench.speech_rtf);
    avt_cli_set_real(result, "face_ms", bench.face_ms);
    avt_cli_set_real(result, "lipsync_fps", bench.lipsync_fps);
    avt_cli_set_real(result, "encode_fps", bench.encode_fps);
    avt_cli_set_real(result, "memory_peak_mb", bench.memory_peak_mb);
    avt_progress_line_clear(cli->progress);
    print_figures(cli, &bench);
    return AVT_OK;
}
