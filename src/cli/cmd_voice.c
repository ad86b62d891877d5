/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/voices.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/sound_output.h"
#include "cli/terminal.h"

/* ---- voice list ---------------------------------------------------------------------------- */

/** "en" matches "en-us", "en-us" only itself. */
static bool language_matches(const char *language, const char *filter)
{
    size_t size = strlen(filter);
    return avt_str_starts(language, filter) && (language[size] == '\0' || language[size] == '-');
}

static bool is_wanted(const struct avt_cli *cli, const struct avt_voice_info *voice)
{
    const char *language = cli->args.text[AVT_OPT_FILTER_LANGUAGE];
    const char *gender = cli->args.text[AVT_OPT_FILTER_GENDER];
    return (!language || language_matches(voice->language, language)) &&
           (!gender || avt_str_equal(voice->gender, gender));
}

static json_t *voice_json(const struct avt_voice_info *voice)
{
    json_t *object = json_object();
    avt_cli_set_text(object, "id", voice->id);
    avt_cli_set_text(object, "name", voice->name);
    avt_cli_set_text(object, "language", voice->language);
    avt_cli_set_text(object, "gender", voice->gender);
    avt_cli_set_text(object, "grade", voice->grade);
    avt_cli_set_text(object, "engine", voice->engine);
    const struct avt_language *language = avt_language_find(voice->language);
    avt_cli_set_text(object, "sample", language ? language->sample : NULL);
    return object;
}

static void list_voice(const struct avt_cli *cli, const struct avt_voice_info *voice,
                       json_t *voices, struct avt_table *table)
{
    if (!is_wanted(cli, voice))
        return;
    json_array_append_new(voices, voice_json(voice));
    avt_table_row(table, (const char *[]){voice->id, voice->name, voice->language,
                                          *voice->gender ? voice->gender : "-",
                                          *voice->grade ? voice->grade : "-", voice->engine});
}

enum avt_code avt_cmd_voice_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *const headings[] = {"id", "name", "language", "gender", "grade", "engine"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 6);
    json_t *voices = json_array();
    json_object_set_new(result, "voices", voices);
    struct avt_voice_info voice;
    enum avt_code code = avt_cli_context(cli, reterr);
    for (size_t i = 0; code == AVT_OK && i < avt_voices_count(); i++) {
        code = avt_voices_get(i, &voice);
        if (code != AVT_OK)
            return avt_fail(reterr, code, "voice %zu of the list cannot be read", i);
        list_voice(cli, &voice, voices, table);
    }
    /* One that is damaged does not hide the others. */
    for (size_t i = 0; code == AVT_OK && i < avt_voices_added_count(cli->context); i++) {
        struct avt_error error = {0};
        if (avt_voices_added_get(cli->context, i, &voice, &error) == AVT_OK)
            list_voice(cli, &voice, voices, table);
        else
            avt_cli_warn(cli, error.message);
    }
    if (code != AVT_OK)
        return code;
    if (json_array_size(voices) == 0)
        return avt_fail(reterr, AVT_EVOICE, "there is no such voice%s%s",
                        cli->args.text[AVT_OPT_FILTER_LANGUAGE] ? " for the language " : "",
                        cli->args.text[AVT_OPT_FILTER_LANGUAGE]
                            ? cli->args.text[AVT_OPT_FILTER_LANGUAGE]
                            : "");
    if (avt_cli_talks(cli))
        avt_table_print(table, stdout, cli->width);
    return AVT_OK;
}

/* ---- voice add, voice remove ----------------------------------------------------------------- */

enum avt_code avt_cmd_voice_add(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct avt_voice_info voice;
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_voices_add_piper(cli->context, cli->args.text[AVT_OPT_PIPER],
                                    cli->args.text[AVT_OPT_NAME], &voice, reterr);
    if (code != AVT_OK)
        return code;
    json_object_set_new(result, "voice", voice_json(&voice));
    avt_cli_say(cli, "%s: added, speaks %s\n", voice.id, voice.language);
    return AVT_OK;
}

enum avt_code avt_cmd_voice_remove(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *id = cli->args.operands[0];
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_voices_remove(cli->context, id, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "removed", id);
    avt_cli_say(cli, "%s: removed\n", id);
    return AVT_OK;
}

/* ---- voice synthesize ---------------------------------------------------------------------- */

/** speech.wav -> speech.srt; NULL if no captions are asked for. Owned by the caller. */
static char *caption_path(const char *output, const char *kind)
{
    if (avt_str_equal(kind, "none"))
        return NULL;
    const char *slash = strrchr(output, '/'), *dot = strrchr(output, '.');
    size_t stem = dot && (!slash || dot > slash + 1) ? (size_t)(dot - output) : strlen(output);
    return avt_asprintf("%.*s.%s", (int)stem, output, kind);
}

static void report_speech(struct avt_cli *cli, json_t *json, const struct avt_speech_options *what,
                          const struct avt_speech_result *result)
{
    char length[24], took[24], bytes[24];
    long long size = avt_cli_file_size(what->output);
    avt_cli_set_text(json, "output", what->output);
    avt_cli_set_int(json, "size_bytes", size);
    avt_cli_set_text(json, "captions", what->captions_out);
    avt_cli_set_text(json, "timeline", what->timeline_out);
    avt_cli_set_real(json, "duration_s", result->duration_s);
    avt_cli_set_real(json, "total_s", result->total_s);
    avt_cli_set_real(json, "first_sound_s", result->first_sound_s);
    avt_cli_set_text(json, "warning", result->warning);
    avt_cli_set_text(json, "engine", result->voice_engine);
    if (*result->voice_why)
        avt_cli_set_text(json, "engine_why", result->voice_why);
    avt_cli_set_real(json, "real_time_factor", result->real_time_factor);
    avt_cli_set_real(json, "loudness_lufs", result->loudness_lufs);
    avt_cli_set_int(json, "sample_rate", result->sample_rate);
    avt_cli_set_int(json, "phonemes", result->phonemes);
    avt_cli_set_int(json, "words", result->words);
    avt_cli_say(cli, "%s: %s of speech, %s; made in %s\n", what->output,
                avt_text_seconds(result->duration_s, length), avt_text_bytes(size, bytes),
                avt_text_seconds(result->total_s, took));
    if (*result->voice_why)
        avt_cli_say(cli, "voice by %s\n", result->voice_why);
    if (what->captions_out)
        avt_cli_say(cli, "%s: captions\n", what->captions_out);
    if (what->timeline_out)
        avt_cli_say(cli, "%s: timeline\n", what->timeline_out);
    if (cli->verbosity > 0)
        avt_cli_say(cli,
                    "%lld words, %lld phonemes, %d Hz, %.1f LUFS; %.2f s of work per second of "
                    "speech\n",
                    result->words, result->phonemes, result->sample_rate, result->loudness_lufs,
                    result->real_time_factor);
}

/* What progress and sound of one run come to. */
struct run {
    struct avt_cli *cli;
    struct avt_sound_output output;
};

static void on_progress(const struct avt_progress *progress, void *user)
{
    const struct run *run = user;
    avt_cli_on_progress(progress, run->cli);
}

static int on_sound(const struct avt_speech_sound *sound, void *user)
{
    struct run *run = user;
    return avt_sound_output_write(&run->output, sound);
}

static enum avt_code check_stream(const struct avt_cli *cli, struct avt_error *reterr)
{
    if (cli->args.given[AVT_OPT_JSON])
        return avt_fail(reterr, AVT_EINVAL,
                        "'--output -' and --json both write to standard output: leave one out");
    if (!avt_str_equal(cli->args.text[AVT_OPT_CAPTIONS_FILE], "none"))
        return avt_fail(reterr, AVT_EINVAL,
                        "captions stand beside a file: give --output FILE instead of -");
    return AVT_OK;
}

/* Speak to standard output, where nothing else may be written then. */
static enum avt_code stream(struct run *run, struct avt_speech_options *options,
                            struct avt_error *reterr)
{
    struct avt_speech_result result = {.size = sizeof(result)};
    options->output = NULL;
    options->sound = on_sound;
    run->output.wav = avt_str_equal(run->cli->args.text[AVT_OPT_FORMAT_STREAM], "wav");
    enum avt_code code = avt_speech_synthesize(run->cli->context, options, &result, reterr);
    if (run->output.why == EPIPE)
        return avt_fail(reterr, AVT_EOUTPUT, "who read the sound stopped reading");
    if (run->output.why)
        return avt_fail(reterr, run->output.why == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                        "the sound cannot be written to standard output: %s",
                        strerror(run->output.why));
    if (code == AVT_OK && *result.warning)
        avt_cli_warn(run->cli, result.warning);
    return code;
}

enum avt_code avt_cmd_voice_synthesize(struct avt_cli *cli, json_t *result,
                                       struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    const char *output = args->text[AVT_OPT_OUTPUT_SPEECH];
    bool streams = avt_str_equal(output, "-");
    AVT_CLEANUP(avt_freep) char *text = NULL;
    AVT_CLEANUP(avt_freep) char *captions =
        caption_path(output, args->text[AVT_OPT_CAPTIONS_FILE]);
    enum avt_code code = streams ? check_stream(cli, reterr) : AVT_OK;
    if (code == AVT_OK)
        code = avt_cli_text(cli, args->operands[0], true, &text, reterr);
    if (code == AVT_OK)
        code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    struct run run = {.cli = cli};
    struct avt_speech_options options = AVT_SPEECH_OPTIONS_INIT;
    struct avt_speech_result speech = {.size = sizeof(speech)};
    options.text = text;
    options.voice = args->text[AVT_OPT_VOICE];
    options.language = args->text[AVT_OPT_LANGUAGE];
    options.speed = args->number[AVT_OPT_SPEED];
    options.pitch = args->number[AVT_OPT_PITCH];
    options.ssml = args->given[AVT_OPT_SSML];
    options.lexicon = args->text[AVT_OPT_LEXICON];
    options.tts = args->text[AVT_OPT_TTS];
    options.seed = (uint64_t)args->number[AVT_OPT_SEED];
    options.output = output;
    options.timeline_out = args->text[AVT_OPT_TIMELINE_OUT];
    options.captions_out = captions;
    options.progress = on_progress;
    options.user = &run;
    code = streams ? stream(&run, &options, reterr)
                   : avt_speech_synthesize(cli->context, &options, &speech, reterr);
    if (args->given[AVT_OPT_TTS] && (code == AVT_EMODEL || code == AVT_EMODELBAD || code == AVT_EFORMAT))
        cli->hint = "'avatar models list' shows which weights are imported";
    if (streams)
        return code;
    if (code == AVT_OK)
        report_speech(cli, result, &options, &speech);
    if (code == AVT_OK && *speech.warning)
        avt_cli_warn(cli, speech.warning);
    return code;
}
