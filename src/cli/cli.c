/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "os/proc.h"

enum { SAY_BYTES_MAX = 1 << 20 };

/* ---- output -------------------------------------------------------------------------------- */

bool avt_cli_talks(const struct avt_cli *cli)
{
    return !cli->json && !cli->quiet;
}

void avt_cli_say(struct avt_cli *cli, const char *format, ...)
{
    if (!avt_cli_talks(cli))
        return;
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(SAY_BYTES_MAX);
    char *formatted = NULL;
    va_list list;
    va_start(list, format);
    int size = vasprintf(&formatted, format, list);
    va_end(list);
    if (size < 0)
        return;
    AVT_CLEANUP(avt_freep) char *owned = formatted;
    char *rest = owned, *line;
    while ((line = strsep(&rest, "\n"))) {
        AVT_CLEANUP(avt_freep) char *safe = avt_text_safe(line);
        avt_buf_printf(&text, "%s%s", safe, rest ? "\n" : "");
    }
    avt_progress_line_clear(cli->progress);
    fputs(avt_buf_str(&text), stdout);
}

void avt_cli_warn(struct avt_cli *cli, const char *text)
{
    if (!cli->quiet && *text)
        avt_progress_line_message(cli->progress, "avatar: warning: ", text);
}

void avt_cli_set_text(json_t *object, const char *key, const char *text)
{
    if (!text || !*text) {
        json_object_set_new(object, key, json_null());
        return;
    }
    AVT_CLEANUP(avt_freep) char *valid = avt_text_utf8(text);
    json_object_set_new(object, key, json_string(valid));
}

void avt_cli_set_real(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, json_real(value));
}

void avt_cli_set_int(json_t *object, const char *key, long long value)
{
    json_object_set_new(object, key, json_integer(value));
}

void avt_cli_set_bool(json_t *object, const char *key, bool value)
{
    json_object_set_new(object, key, json_boolean(value));
}

long long avt_cli_file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (long long)st.st_size : -1;
}

/** One line, and escapes for everything beyond ASCII where a terminal would act on it. */
static void print_json(const json_t *object)
{
    size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(9);
    if (isatty(STDOUT_FILENO))
        flags |= JSON_ENSURE_ASCII;
    json_dumpf(object, stdout, flags);
    fputc('\n', stdout);
}

static json_t *failure(const char *code, const char *message, const char *stage)
{
    json_t *error = json_object();
    avt_cli_set_text(error, "code", code);
    avt_cli_set_text(error, "message", message);
    avt_cli_set_text(error, "stage", stage);
    return error;
}

/* ---- context ------------------------------------------------------------------------------- */

static void on_message(enum avt_message_level level, const char *text, void *user)
{
    struct avt_cli *cli = user;
    static const char *const prefixes[] = {
        [AVT_MESSAGE_ERROR] = "avatar: error: ",
        [AVT_MESSAGE_WARNING] = "avatar: warning: ",
        [AVT_MESSAGE_INFO] = "avatar: ",
        [AVT_MESSAGE_DEBUG] = "avatar: debug: ",
    };
    avt_progress_line_message(cli->progress, prefixes[level], text);
}

enum avt_code avt_cli_context(struct avt_cli *cli, struct avt_error *reterr)
{
    if (cli->context)
        return AVT_OK;
    struct avt_context_options options = AVT_CONTEXT_OPTIONS_INIT;
    options.storage = cli->args.text[AVT_OPT_STORAGE];
    options.threads = (int)cli->args.number[AVT_OPT_THREADS];
    options.hardware = avt_config_text(&cli->config, AVT_SET_HARDWARE);
    options.vram_bytes = avt_config_number(&cli->config, AVT_SET_VRAM);
    options.message = on_message;
    options.message_level = cli->quiet            ? AVT_MESSAGE_ERROR
                            : cli->verbosity == 0 ? AVT_MESSAGE_WARNING
                            : cli->verbosity == 1 ? AVT_MESSAGE_INFO
                                                  : AVT_MESSAGE_DEBUG;
    options.user = cli;
    enum avt_code code = avt_context_open(&options, &cli->context, reterr);
    if (code == AVT_OK)
        avt_interrupt_watch(cli->context);
    return code;
}

void avt_cli_on_progress(const struct avt_progress *progress, void *user)
{
    struct avt_cli *cli = user;
    /* A signal between two calls is forgotten by the library: ask again. */
    if (avt_interrupted())
        avt_context_cancel(cli->context);
    avt_progress_line_stage(cli->progress, progress);
}

/* ---- end of a command ---------------------------------------------------------------------- */

static const char *hint_of(enum avt_code code)
{
    switch (code) {
    case AVT_EVOICE:
        return "'avatar voice list' shows all voices";
    case AVT_ENOFACE:
    case AVT_EFACE:
        return "'avatar avatar detect IMAGE --annotate found.png' shows what was found";
    case AVT_EMODEL:
        return "'avatar models fetch' downloads what is missing";
    case AVT_EMODELBAD:
        return "'avatar models fetch' repairs it, 'avatar models verify' checks all";
    case AVT_EDENIED:
        return "a key is given with --key, better with AVATAR_KEY in the environment or an INI file";
    case AVT_EHELPER:
        return "'avatar doctor' checks the installation";
    default:
        return NULL;
    }
}

/** The part of a hint in quotes that says which command to use: once is enough. */
static bool mentions(const char *message, const char *text)
{
    char command[64] = "";
    if (text[0] != '\'' || sscanf(text, "'%63[a-z ]", command) != 1)
        return false;
    size_t size = strlen(command);
    while (size > 0 && command[size - 1] == ' ')
        command[--size] = '\0';
    return strstr(message, command) != NULL;
}

static void print_error(const struct avt_cli *cli, const char *message, const char *advice)
{
    bool colour = avt_terminal_colour(STDERR_FILENO);
    avt_progress_line_message(cli->progress, colour ? "\033[31mavatar:\033[0m " : "avatar: ",
                              message);
    if (advice && !mentions(message, advice))
        avt_progress_line_message(cli->progress, "hint: ", advice);
}

static int finish(struct avt_cli *cli, enum avt_code code, json_t *result,
                  const struct avt_error *error)
{
    const char *message = error->message[0] ? error->message : avt_code_text(code);
    int status = code == AVT_OK ? 0 : avt_code_status(code);
    if (code == AVT_ECANCELLED && avt_interrupted())
        status = avt_interrupt_status();
    avt_progress_line_clear(cli->progress);

    AVT_CLEANUP(avt_json_decrefp) json_t *whole = json_object();
    avt_cli_set_bool(whole, "success", code == AVT_OK && !cli->doubt);
    if (code != AVT_OK) {
        print_error(cli, message, cli->hint ? cli->hint : hint_of(code));
        json_object_set_new(whole, "error",
                            failure(avt_code_text(code), message, cli->failed_stage));
    } else if (cli->doubt) {
        status = 1;
        print_error(cli, cli->doubt, NULL);
        json_object_set_new(whole, "error", failure("doctor", cli->doubt, NULL));
    }
    json_object_update(whole, result);
    if (cli->json)
        print_json(whole);
    return status;
}

static int wrong_usage(struct avt_cli *cli, const struct avt_args_fault *fault)
{
    print_error(cli, fault->message, fault->hint[0] ? fault->hint : NULL);
    if (cli->json) {
        AVT_CLEANUP(avt_json_decrefp) json_t *whole = json_object();
        avt_cli_set_bool(whole, "success", false);
        json_object_set_new(whole, "error",
                            failure(avt_code_text(AVT_EINVAL), fault->message, NULL));
        print_json(whole);
    }
    return avt_code_status(AVT_EINVAL);
}

/** A full disk or a closed pipe behind standard output is an error like any other. */
static int flush_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    int why = errno;
    if (why != EPIPE)
        fprintf(stderr, "avatar: cannot write to standard output: %s\n", strerror(why));
    return status ? status : avt_code_status(AVT_EIO);
}

/* ---- settings ------------------------------------------------------------------------------ */

/** What the command line says of one setting, as one text. Owned by the caller. */
static char *given_text(const struct avt_args *args, enum avt_cli_opt id)
{
    if (avt_cli_option(id)->type != AVT_CLI_LIST)
        return avt_strdup(args->text[id]);
    AVT_CLEANUP(avt_buf_done) struct avt_buf all = AVT_BUF_INIT(AVT_CONFIG_FILE_BYTES_MAX);
    for (size_t i = 0; i < args->value_count; i++)
        if (args->values[i].id == id)
            avt_buf_printf(&all, "%s%s", all.size ? "," : "", args->values[i].text);
    return avt_buf_take(&all);
}

static enum avt_code take_given(struct avt_cli *cli, enum avt_cli_opt id, enum avt_setting setting,
                                struct avt_error *reterr)
{
    char source[64];
    if (!cli->args.given[id])
        return AVT_OK;
    AVT_CLEANUP(avt_freep) char *text = given_text(&cli->args, id);
    snprintf(source, sizeof(source), "--%s", avt_cli_option(id)->name);
    return avt_config_set(&cli->config, setting, text, AVT_CONFIG_COMMAND, source, reterr);
}

/** Command line, environment, file, in that order; then the arguments hold what came of it. */
static enum avt_code resolve_settings(struct avt_cli *cli, struct avt_error *reterr)
{
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    enum avt_setting setting;
    enum avt_code code = AVT_OK;
    bool reads = false;
    size_t count = avt_cli_options_of(cli->args.command, ids);
    for (size_t i = 0; i < count; i++)
        reads = reads || ids[i] == AVT_OPT_CONFIG;
    if (!reads)
        return AVT_OK;
    avt_config_init(&cli->config);
    for (size_t i = 0; i < count && code == AVT_OK; i++)
        if (avt_cli_option_setting(ids[i], &setting))
            code = take_given(cli, ids[i], setting, reterr);
    if (code == AVT_OK)
        code = avt_config_load(&cli->config, cli->args.text[AVT_OPT_CONFIG], reterr);
    for (size_t i = 0; i < count; i++) {
        if (!avt_cli_option_setting(ids[i], &setting))
            continue;
        cli->args.text[ids[i]] = avt_config_text(&cli->config, setting);
        cli->args.number[ids[i]] = (double)avt_config_number(&cli->config, setting);
    }
    return code;
}

/** A secret that everybody can read is none. */
static void check_secrets(struct avt_cli *cli)
{
    struct stat st;
    if (!cli->config.file || stat(cli->config.file, &st) != 0 || !(st.st_mode & S_IROTH))
        return;
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        if (!info->secret || cli->config.values[i].origin != AVT_CONFIG_FILE)
            continue;
        AVT_CLEANUP(avt_freep) char *text = avt_asprintf(
            "'%s' holds a secret (%s) and everybody can read it: chmod 600 '%s'", cli->config.file,
            info->name, cli->config.file);
        avt_cli_warn(cli, text);
    }
}

static int run(struct avt_cli *cli)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_json_decrefp) json_t *result = json_object();
    enum avt_code code = resolve_settings(cli, &error);
    if (code == AVT_OK)
        check_secrets(cli);
    if (code == AVT_OK)
        code = cli->args.command->run(cli, result, &error);
    int status = finish(cli, code, result, &error);
    avt_interrupt_watch(NULL);
    avt_context_close(cli->context);
    avt_config_done(&cli->config);
    return status;
}

/** True if an option that no value can hide is among the words; for command lines that are wrong
 *  before it is reached. */
static bool has_word(int argc, char *const *argv, const char *word)
{
    for (int i = 1; i < argc && !avt_str_equal(argv[i], "--"); i++)
        if (avt_str_equal(argv[i], word))
            return true;
    return false;
}

int avt_cli_main(int argc, char *const *argv)
{
    struct avt_cli cli = {0};
    struct avt_args_fault fault;
    avt_memory_setup();
    avt_interrupt_setup();
    bool good = avt_args_parse(argc, argv, &cli.args, &fault);
    cli.json = good ? cli.args.given[AVT_OPT_JSON] > 0 : has_word(argc, argv, "--json");
    cli.quiet = cli.args.given[AVT_OPT_QUIET] > 0;
    cli.verbosity = cli.args.given[AVT_OPT_VERBOSE];
    cli.width = isatty(STDOUT_FILENO) ? avt_terminal_width(STDOUT_FILENO) : 0;
    cli.colour = avt_terminal_colour(STDOUT_FILENO);
    AVT_CLEANUP(avt_progress_line_freep) struct avt_progress_line *progress =
        avt_progress_line_new(!cli.quiet);
    cli.progress = progress;

    if (argc < 2) {
        avt_help_print(&avt_cli_root, "", stderr);
        return avt_code_status(AVT_EINVAL);
    }
    if (!good)
        return flush_output(wrong_usage(&cli, &fault));
    if (cli.args.given[AVT_OPT_HELP]) {
        avt_help_print(cli.args.command, cli.args.path, stdout);
        return flush_output(0);
    }
    if (cli.args.given[AVT_OPT_VERSION]) {
        printf("avatar %s\n", avt_version());
        return flush_output(0);
    }
    return flush_output(run(&cli));
}
