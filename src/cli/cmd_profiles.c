/* SPDX-License-Identifier: Apache-2.0 */
/* voice clone, voice blend, and what is done with voice profiles. */
#include <stdio.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "cli/views.h"

/* ---- what all have in common ---------------------------------------------------------------- */

static void say_consent(struct avt_cli *cli, const struct avt_profile_info *profile)
{
    avt_cli_say(cli, "  consent    \"%s\", %s, %s\n", profile->consent, profile->consent_by,
                profile->consent_at);
}

static void say_blend(struct avt_cli *cli, const struct avt_profile_info *profile)
{
    avt_cli_say(cli, "  made       %s for %s, %s\n", profile->created_at, profile->engine,
                profile->language);
    avt_cli_say(cli, "  blend of   %s\n", profile->blend);
    if (profile->is_clone)
        say_consent(cli, profile);
}

static void say_profile(struct avt_cli *cli, const struct avt_profile_info *profile)
{
    avt_cli_say(cli, "%s  %s\n", profile->id, profile->name);
    if (*profile->blend) {
        say_blend(cli, profile);
        return;
    }
    avt_cli_say(cli, "  made       %s by %s for %s, %s\n", profile->created_at, profile->maker,
                profile->engine, profile->language);
    avt_cli_say(cli, "  from       %.1f s of speech at %.0f Hz%s\n", profile->reference_speech_s,
                profile->reference_pitch_hz,
                profile->has_reference ? ", kept as reference.flac" : ", not kept");
    avt_cli_say(
        cli,
        "  similarity %.2f to the recordings (%s, the nearest published voice: %.2f; 1 is the "
        "same, .55 a stranger)\n",
        profile->similarity, profile->stock_id, profile->stock_similarity);
    avt_cli_say(cli, "  speaks     at %.0f Hz; it resembles the voice and does not copy it\n",
                profile->pitch_hz);
    say_consent(cli, profile);
}

/* What most of them end with: a profile to show. */
static enum avt_code finish(struct avt_cli *cli, json_t *result, enum avt_code code,
                            const struct avt_profile_info *profile, const char *what)
{
    if (code != AVT_OK)
        return code;
    json_object_set_new(result, "profile", avt_view_profile(profile));
    if (what)
        avt_cli_say(cli, "%s  %s: %s\n", profile->id, profile->name, what);
    else
        say_profile(cli, profile);
    return AVT_OK;
}

/* ---- voice clone ---------------------------------------------------------------------------- */

static void report_clone(struct avt_cli *cli, json_t *result,
                         const struct avt_profile_info *profile,
                         const struct avt_voice_clone_report *report)
{
    avt_view_clone_report(result, report, profile != NULL);
    for (int i = 0; i < report->warning_count; i++)
        avt_cli_warn(cli, report->warnings[i]);
    if (!profile)
        return;
    char took[24];
    json_object_set_new(result, "profile", avt_view_profile(profile));
    say_profile(cli, profile);
    avt_cli_say(cli, "  took       %s, %lld voices tried\n",
                avt_text_seconds(report->total_s, took), report->points);
    avt_cli_say(cli, "Speak with it: avatar voice synthesize \"Hello.\" --voice %s -o hello.wav\n",
                profile->id);
}

enum avt_code avt_cmd_voice_clone(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    if (args->given[AVT_OPT_FAST] && args->given[AVT_OPT_BEST])
        return avt_fail(reterr, AVT_EINVAL, "--fast and --best cannot be had together");
    struct avt_voice_clone_options options = AVT_VOICE_CLONE_OPTIONS_INIT;
    options.name = args->text[AVT_OPT_PROFILE_NAME];
    options.clips = args->operands;
    options.clip_count = args->operand_count;
    options.consent = args->text[AVT_OPT_CONSENT];
    options.consent_by = args->text[AVT_OPT_CONSENT_BY];
    options.consent_clip = args->text[AVT_OPT_CONSENT_AUDIO];
    options.language = args->text[AVT_OPT_LANGUAGE];
    options.speed = args->given[AVT_OPT_FAST]   ? AVT_CLONE_SPEED_FAST
                    : args->given[AVT_OPT_BEST] ? AVT_CLONE_SPEED_BEST
                                                : AVT_CLONE_SPEED_DEFAULT;
    options.points = (size_t)args->number[AVT_OPT_POINTS];
    options.keep_reference = args->given[AVT_OPT_KEEP_REFERENCE] > 0;
    options.progress = avt_cli_on_progress;
    options.user = cli;
    struct avt_profile_info profile = {.size = sizeof(profile)};
    struct avt_voice_clone_report report = {.size = sizeof(report)};
    code = avt_voice_clone(cli->context, &options, &profile, &report, reterr);
    report_clone(cli, result, code == AVT_OK ? &profile : NULL, &report);
    return code;
}

/* ---- voice blend ---------------------------------------------------------------------------- */

enum avt_code avt_cmd_voice_blend(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct avt_profile_info profile = {.size = sizeof(profile)};
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_voice_blend(cli->context, cli->args.operands[0],
                               cli->args.text[AVT_OPT_PROFILE_NAME], &profile, reterr);
    return finish(cli, result, code, &profile, NULL);
}

/* ---- voice profiles ------------------------------------------------------------------------- */

enum avt_code avt_cmd_voice_profiles(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *const headings[] = {"id", "name", "language", "gender", ">similarity", "made"};
    size_t count = 0;
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_profiles_count(cli->context, &count, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 6);
    json_t *profiles = json_array();
    json_object_set_new(result, "profiles", profiles);
    for (size_t i = 0; i < count; i++) {
        struct avt_profile_info profile;
        char similarity[16];
        code = avt_profiles_get(cli->context, i, &profile);
        if (code != AVT_OK)
            return avt_fail(reterr, code, "profile %zu of the list cannot be read", i);
        json_array_append_new(profiles, avt_view_profile(&profile));
        snprintf(similarity, sizeof(similarity), "%.2f", profile.similarity);
        avt_table_row(table, (const char *[]){profile.id, profile.name, profile.language,
                                              *profile.gender ? profile.gender : "-",
                                              *profile.blend ? "blend" : similarity, profile.created_at});
    }
    if (count == 0)
        avt_cli_say(cli, "There are no voice profiles yet; 'avatar voice clone' makes one.\n");
    else if (avt_cli_talks(cli))
        avt_table_print(table, stdout, cli->width);
    return AVT_OK;
}

/* ---- voice show, rename, delete, export, import --------------------------------------------- */

enum avt_code avt_cmd_voice_show(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct avt_profile_info profile;
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_profile_show(cli->context, cli->args.operands[0], &profile, reterr);
    return finish(cli, result, code, &profile, NULL);
}

enum avt_code avt_cmd_voice_rename(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct avt_profile_info profile;
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_profile_set_name(cli->context, cli->args.operands[0],
                                    cli->args.text[AVT_OPT_PROFILE_NAME], &profile, reterr);
    return finish(cli, result, code, &profile, "renamed");
}

enum avt_code avt_cmd_voice_delete(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct avt_profile_info profile;
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_profile_remove(cli->context, cli->args.operands[0], &profile, reterr);
    return finish(cli, result, code, &profile, "deleted");
}

enum avt_code avt_cmd_voice_export(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct avt_profile_info profile;
    const char *path = cli->args.text[AVT_OPT_OUTPUT_PROFILE];
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_profile_save(cli->context, cli->args.operands[0], path, &profile, reterr);
    avt_cli_set_text(result, "output", code == AVT_OK ? path : NULL);
    return finish(cli, result, code, &profile, path);
}

enum avt_code avt_cmd_voice_import(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct avt_profile_info profile;
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_profile_load(cli->context, cli->args.operands[0], &profile, reterr);
    return finish(cli, result, code, &profile, "imported");
}
