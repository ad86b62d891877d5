/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The command line as data: every command and option with its type, range, default and help. The
 * parser, --help, the man page, docs/cli.md, bash completion and `help --json` all read these
 * tables, so none of them can say something else than the others.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"
#include "base/error.h"
#include "base/json.h"

/** Every option there is. Commands list the ones they take. Settings (base/config.h) are options too, and
 *  have their names, types and help from there. */
enum avt_cli_opt {
    AVT_OPT_HELP,
    AVT_OPT_VERSION,
    AVT_OPT_JSON,
    AVT_OPT_QUIET, /* up to here common to all commands */
    AVT_OPT_VERBOSE,
    AVT_OPT_CONFIG, /* taken by every command that takes a setting */
    AVT_OPT_THREADS,
    AVT_OPT_TEXT_FILE,
    AVT_OPT_TEXT,
    AVT_OPT_SPEECH,
    AVT_OPT_TIMELINE_IN,
    AVT_OPT_VOICE,
    AVT_OPT_LANGUAGE,
    AVT_OPT_SPEED,
    AVT_OPT_PITCH,
    AVT_OPT_SSML,
    AVT_OPT_LEXICON,
    AVT_OPT_FORMAT_STREAM,
    AVT_OPT_AVATAR,
    AVT_OPT_FACE,
    AVT_OPT_OUTPUT_FILM,
    AVT_OPT_OUTPUT_SPEECH,
    AVT_OPT_OUTPUT_VIDEO,
    AVT_OPT_QUALITY,
    AVT_OPT_SIZE,
    AVT_OPT_SIZE_ENCODE,
    AVT_OPT_FIT,
    AVT_OPT_FPS,
    AVT_OPT_FPS_SOURCE,
    AVT_OPT_CAPTIONS,
    AVT_OPT_CAPTIONS_FILE,
    AVT_OPT_MUSIC,
    AVT_OPT_WATERMARK,
    AVT_OPT_BACKGROUND,
    AVT_OPT_INTRO,
    AVT_OPT_OUTRO,
    AVT_OPT_TIMELINE_OUT,
    AVT_OPT_SEED,
    AVT_OPT_HEAD_MOTION,
    AVT_OPT_EXPRESSIVENESS,
    AVT_OPT_LIPSYNC,
    AVT_OPT_ENHANCE,
    AVT_OPT_TTS,
    AVT_OPT_EMOTION,
    AVT_OPT_BLINK,
    AVT_OPT_KEEP_INTERMEDIATES,
    AVT_OPT_LOW_MEMORY,
    AVT_OPT_ANNOTATE,
    AVT_OPT_ATTRIBUTES,
    AVT_OPT_LOOK,
    AVT_OPT_SEED_PRESENTER,
    AVT_OPT_SIZE_PRESENTER,
    AVT_OPT_VARIATIONS,
    AVT_OPT_OUTPUT_PRESENTER,
    AVT_OPT_NAME_PRESENTER,
    AVT_OPT_ENGINE,
    AVT_OPT_MODEL,
    AVT_OPT_MODEL_NAME,
    AVT_OPT_MODEL_LANGUAGE,
    AVT_OPT_FORCE,
    AVT_OPT_ACCEPT_LICENCE,
    AVT_OPT_PIPER,
    AVT_OPT_NAME,
    AVT_OPT_FILTER_LANGUAGE,
    AVT_OPT_FILTER_GENDER,
    AVT_OPT_PROFILE_NAME,
    AVT_OPT_AVATAR_NAME,
    AVT_OPT_AVATAR_NEW_NAME,
    AVT_OPT_RIGHTS,
    AVT_OPT_AUDIO,
    AVT_OPT_CONSENT,
    AVT_OPT_CONSENT_BY,
    AVT_OPT_CONSENT_AUDIO,
    AVT_OPT_FAST,
    AVT_OPT_BEST,
    AVT_OPT_POINTS,
    AVT_OPT_KEEP_REFERENCE,
    AVT_OPT_OUTPUT_PROFILE,
    AVT_OPT_OUTPUT_FACE,
    AVT_OPT_MARKDOWN,
    AVT_OPT_FILTER_STATUS,
    AVT_OPT_FILTER_TYPE,
    AVT_OPT_SINCE,
    AVT_OPT_LIMIT,
    AVT_OPT_WATCH,
    AVT_OPT_PARAMS,
    AVT_OPT_BATCH,
    AVT_OPT_JOB_TYPE,
    AVT_OPT_JOB_AVATAR,
    AVT_OPT_JOB_MUSIC,
    AVT_OPT_JOB_WATERMARK,
    AVT_OPT_JOB_BACKGROUND,
    AVT_OPT_JOB_INTRO,
    AVT_OPT_JOB_OUTRO,
    AVT_OPT_JOB_INPUT,
    AVT_OPT_JOB_NAME,
    AVT_OPT_JOB_FORMAT,
    AVT_OPT_JOB_FPS,
    AVT_OPT_PRIORITY,
    AVT_OPT_AT,
    AVT_OPT_WEBHOOK,
    AVT_OPT_WAIT,
    AVT_OPT_OLDER_THAN,
    AVT_OPT_CLEAN_KEEP,
    AVT_OPT_CLEAN_STATUS,
    AVT_OPT_DRY_RUN,
    AVT_OPT_OUTPUT_RESULT,
    AVT_OPT_NO_OUTPUTS,
    AVT_OPT_RESULT_CAPTIONS,
    AVT_OPT_KEY_NAME,
    AVT_OPT_SCOPE,
    AVT_OPT_EXPIRES,
    AVT_OPT_KEY_RATE,
    AVT_OPT_KEY_JOBS,
    AVT_OPT_WORKER_NAME,
    AVT_OPT_WORKER_INTERACTIVE,
    AVT_OPT_ONCE,
    AVT_OPT_SUPERVISED,
    AVT_OPT_SETTINGS, /* the first setting; the others follow */
    AVT_OPT_STORAGE = AVT_OPT_SETTINGS + AVT_SET_STORAGE,
    AVT_OPT_COUNT = AVT_OPT_SETTINGS + AVT_SETTING_COUNT,
};
/** The option that is a setting. */
#define AVT_OPT_SET(setting) ((enum avt_cli_opt)(AVT_OPT_SETTINGS + (int)(setting)))

enum avt_cli_type {
    AVT_CLI_FLAG,    /* no value */
    AVT_CLI_STRING,  /* any text */
    AVT_CLI_CHOICE,  /* one of `choices` */
    AVT_CLI_VOICE,   /* a voice id; the library checks it */
    AVT_CLI_INTEGER, /* min..max */
    AVT_CLI_NUMBER,  /* min..max */
    AVT_CLI_RATE,    /* 25 or 30000/1001, min..max */
    AVT_CLI_SIZE,    /* source or 1280x720 */
    AVT_CLI_BLINK,   /* on, off, or min..max a minute */
    AVT_CLI_INPUT,   /* a file that is read */
    AVT_CLI_OUTPUT,  /* a file that is written */
    AVT_CLI_FOLDER,
    AVT_CLI_MODEL,   /* a model id; the library checks it */
    AVT_CLI_COMMAND, /* name of a command */
    AVT_CLI_LIST,    /* texts, by commas or by giving the option again */
    AVT_CLI_BYTES,   /* 10GB, 512MB; min..max in bytes */
    AVT_CLI_DURATION, /* 90s, 15m, 12h, 7d; min..max in milliseconds */
    AVT_CLI_MOMENT,  /* a time (cli/moment.h), or a duration from now: back if max < 0 */
};

struct avt_cli_option {
    const char *name;     /* without the dashes */
    char letter;          /* 0: none */
    enum avt_cli_type type;
    const char *argument; /* "FILE"; NULL for flags */
    const char *fallback; /* value when not given; NULL: none */
    const char *const *choices; /* ends with NULL */
    double min, max;
    const char *env;  /* environment variable that stands in for it */
    const char *help; /* one or more sentences without the final stop */
    bool required, hidden;
    bool is_operand; /* each value is one more operand, before or after the others */
};

/** What a command takes besides options. */
struct avt_cli_operand {
    const char *name; /* "TEXT"; "PROFILE NAME" for two that differ; NULL: the command takes none */
    enum avt_cli_type type;
    const char *const *choices;
    size_t count_min, count_max;
    const char *help;
};

struct avt_cli;

struct avt_cli_command {
    const char *name;
    const char *summary; /* one line, begins small, no stop */
    const char *about;   /* paragraphs; NULL for groups */
    const char *const *examples; /* command line, what it does, command line, ...; ends with NULL */
    struct avt_cli_operand operand;
    const enum avt_cli_opt *options; /* ends with AVT_OPT_COUNT */
    bool settings; /* reads the settings without taking one as an option */
    const struct avt_cli_command *commands; /* subcommands; ends with a NULL name; NULL: a leaf */
    /** Does the work; fills `result`, which is printed with --json. */
    enum avt_code (*run)(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
};

/** Exit status and what it means to a person. */
struct avt_cli_status {
    enum avt_code code; /* AVT_OK with status != 0: not a code of the library */
    int status;         /* < 0: ask avt_code_status() */
    const char *meaning;
};

struct avt_cli_variable {
    const char *name, *help;
};

extern const struct avt_cli_command avt_cli_root;
extern const struct avt_cli_status avt_cli_statuses[];   /* ends with a NULL meaning */
extern const struct avt_cli_variable avt_cli_variables[]; /* ends with a NULL name */

const struct avt_cli_option *avt_cli_option(enum avt_cli_opt id);
/** True if the option is a setting, and which. */
bool avt_cli_option_setting(enum avt_cli_opt id, enum avt_setting *ret_setting);
/** The options of a command, in order, the common ones (--json ... --help) at the end.
 *  @param ret_ids  [AVT_OPT_COUNT]. Returns how many. */
size_t avt_cli_options_of(const struct avt_cli_command *command,
                          enum avt_cli_opt ret_ids[AVT_OPT_COUNT]);
/** Subcommand of that name, or NULL. */
const struct avt_cli_command *avt_cli_find(const struct avt_cli_command *group, const char *name);
/** Calls `visit` for every command, groups before what they hold, with its whole name
 *  ("pipeline run"; "" for the root). */
void avt_cli_walk(void (*visit)(const struct avt_cli_command *command, const char *path,
                                void *user),
                  void *user);
