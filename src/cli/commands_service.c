/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands_service.h"

#include "cli/commands.h"

#define SET(id) AVT_OPT_SET(AVT_SET_##id)

/* Where the jobs are. */
#define PLACE SET(SERVER), SET(KEY), AVT_OPT_STORAGE, SET(STORE)

/* ---- jobs ---------------------------------------------------------------------------------- */

static const enum avt_cli_opt list_options[] = {
    AVT_OPT_FILTER_STATUS, AVT_OPT_FILTER_TYPE, AVT_OPT_SINCE, AVT_OPT_LIMIT, PLACE, AVT_OPT_COUNT};
static const enum avt_cli_opt status_options[] = {AVT_OPT_WATCH, PLACE, AVT_OPT_COUNT};
static const enum avt_cli_opt submit_options[] = {
    AVT_OPT_PARAMS,    AVT_OPT_BATCH,    AVT_OPT_JOB_TYPE,   AVT_OPT_JOB_AVATAR, AVT_OPT_JOB_INPUT,
    AVT_OPT_JOB_MUSIC, AVT_OPT_JOB_WATERMARK, AVT_OPT_JOB_BACKGROUND, AVT_OPT_JOB_INTRO, AVT_OPT_JOB_OUTRO,
    AVT_OPT_JOB_NAME,  AVT_OPT_CONSENT,  AVT_OPT_CONSENT_BY,
    AVT_OPT_ATTRIBUTES, AVT_OPT_LOOK,    AVT_OPT_VARIATIONS, AVT_OPT_ENGINE,    AVT_OPT_MODEL,
    AVT_OPT_VOICE,     AVT_OPT_LANGUAGE, AVT_OPT_SPEED,      AVT_OPT_QUALITY,    AVT_OPT_SIZE,
    AVT_OPT_FIT,
    AVT_OPT_JOB_FPS,   AVT_OPT_CAPTIONS, AVT_OPT_HEAD_MOTION, AVT_OPT_EXPRESSIVENESS,
    AVT_OPT_EMOTION,   AVT_OPT_BLINK,    AVT_OPT_LIPSYNC,    AVT_OPT_ENHANCE,    AVT_OPT_TTS,
    AVT_OPT_SEED,      AVT_OPT_JOB_FORMAT, AVT_OPT_TEXT_FILE,
    AVT_OPT_PRIORITY,  AVT_OPT_AT,       AVT_OPT_WEBHOOK,    AVT_OPT_WAIT,       PLACE,
    AVT_OPT_COUNT};
static const enum avt_cli_opt place_options[] = {PLACE, AVT_OPT_COUNT};
static const enum avt_cli_opt cleanup_options[] = {AVT_OPT_OLDER_THAN, AVT_OPT_CLEAN_KEEP,
                                                   AVT_OPT_CLEAN_STATUS, AVT_OPT_DRY_RUN, PLACE,
                                                   AVT_OPT_COUNT};
static const enum avt_cli_opt result_options[] = {AVT_OPT_OUTPUT_RESULT, AVT_OPT_RESULT_CAPTIONS,
                                                  PLACE, AVT_OPT_COUNT};

static const char *const list_examples[] = {"avatar jobs list --status failed --since 1d",
                                            "what went wrong since yesterday", NULL};
static const char *const status_examples[] = {"avatar jobs status 20260115 --watch",
                                              "the only job of that day, until it has ended", NULL};
static const char *const submit_examples[] = {
    "avatar jobs submit \"Good morning.\" --avatar me.jpg --wait", "one film, waited for",
    "avatar jobs submit --batch lessons.jsonl --priority -10",
    "many, each line such as {\"text\": \"...\", \"avatar\": \"me.jpg\"}, after all else",
    "avatar jobs submit --type lipsync --input speech.wav --text-file said.txt",
    "a film of a recording",
    "avatar jobs submit --type voice_clone --input anna.wav --name Anna --consent \"I agree. Anna B.\"",
    "a voice for later jobs",
    "avatar jobs submit --type avatar_generate \"an elderly teacher with a white beard\" --name Teacher",
    "a presenter for later jobs",
    "avatar jobs submit \"Hello.\" --server http://gpu.example.org:8000",
    "on another machine; its key in AVATAR_KEY", NULL};
static const char *const cleanup_examples[] = {"avatar jobs cleanup --older-than 30d --dry-run",
                                               "what would a month's limit remove?", NULL};
static const char *const result_examples[] = {"avatar jobs result 20260115120000 -o talk.mp4",
                                              "save what a job made", NULL};

#define OPERAND_ID                                                                                 \
    {                                                                                              \
        .name = "ID", .type = AVT_CLI_STRING, .count_min = 1, .count_max = 1,                      \
        .help = "Id of a job, or the beginning of one, with or without job-"                       \
    }
#define OPERAND_IDS                                                                                \
    {                                                                                              \
        .name = "ID", .type = AVT_CLI_STRING, .count_min = 1, .count_max = 64,                     \
        .help = "Ids of jobs, or their beginnings, with or without job-"                           \
    }

const struct avt_cli_command avt_cli_jobs_commands[] = {
    {.name = "submit",
     .summary = "put a job on",
     .about = "Puts work on for a worker to do and returns at once, or with --wait when it is done. A "
              "text becomes a film; --type makes it something else; --params and --batch read jobs from "
              "files. Pictures and recordings that are named are copied, so the files may go.",
     .examples = submit_examples,
     .operand = {.name = "TEXT",
                 .type = AVT_CLI_STRING,
                 .count_max = 1,
                 .help = "What is said, in quotes; or use --text-file, --params or --batch. For avatar_generate what "
                         "the person looks like"},
     .options = submit_options,
     .run = avt_cmd_jobs_submit},
    {.name = "list",
     .summary = "show the jobs",
     .about = "Lists jobs, the newest first.",
     .examples = list_examples,
     .options = list_options,
     .run = avt_cmd_jobs_list},
    {.name = "status",
     .summary = "show one job, or follow it",
     .about = "Shows everything that is known of a job. With --watch it follows the job with a live line "
              "until it has ended; Ctrl-C stops watching, not the job.",
     .examples = status_examples,
     .operand = OPERAND_ID,
     .options = status_options,
     .run = avt_cmd_jobs_status},
    {.name = "result",
     .summary = "save what a job made",
     .about = "Saves the film or sound of a completed job, or its captions.",
     .examples = result_examples,
     .operand = OPERAND_ID,
     .options = result_options,
     .run = avt_cmd_jobs_result},
    {.name = "cancel",
     .summary = "stop jobs",
     .about = "Cancels jobs that wait at once, and running ones within two seconds. A job that has ended "
              "is left as it is.",
     .operand = OPERAND_IDS,
     .options = place_options,
     .run = avt_cmd_jobs_cancel},
    {.name = "retry",
     .summary = "put failed or cancelled jobs on again",
     .about = "Makes a new job with the same params of each job that failed or was cancelled.",
     .operand = OPERAND_IDS,
     .options = place_options,
     .run = avt_cmd_jobs_retry},
    {.name = "delete",
     .summary = "remove finished jobs and what they made",
     .about = "Removes jobs that have ended, with their results, for good.",
     .operand = OPERAND_IDS,
     .options = place_options,
     .run = avt_cmd_jobs_delete},
    {.name = "cleanup",
     .summary = "remove old jobs and what they made",
     .about = "Removes finished jobs by age, number or status, with their results; never one that waits or "
              "runs. A server does the same by itself with --keep-for and --disk-quota.",
     .examples = cleanup_examples,
     .options = cleanup_options,
     .run = avt_cmd_jobs_cleanup},
    {.name = "stats",
     .summary = "show how the work is going",
     .about = "Counts jobs by type and status, and shows how long the oldest waits, how long jobs and "
              "their stages take, and how many were completed in the last hour.",
     .options = place_options,
     .run = avt_cmd_jobs_stats},
    {.name = NULL},
};

/* ---- server -------------------------------------------------------------------------------- */

static const enum avt_cli_opt server_start_options[] = {
    SET(HOST),           SET(PORT),          SET(WORKERS),       SET(INTERACTIVE),
    AVT_OPT_STORAGE,     SET(STORE),         SET(MEMORY_BUDGET), SET(WORKER_THREADS),
    SET(HARDWARE),       SET(VRAM),
    SET(INSECURE),       SET(CORS_ORIGIN),   SET(ERRORS),        SET(LOG),
    SET(WEBHOOK_SECRET), SET(WEBHOOK_PRIVATE), SET(QUEUE_LIMIT), SET(RATE_LIMIT),
    SET(KEY_JOBS),       SET(FREE_SPACE),    SET(DISK_QUOTA),    SET(KEEP_FOR),
    SET(KEEP_LAST),      SET(KEEP_UPLOADS),  SET(LEASE),         SET(POLL),
    SET(DRAIN),          SET(TIME_LIMIT),    SET(RESCUES),       SET(RECYCLE_JOBS),
    SET(RECYCLE_MEMORY), SET(UPLOAD_LIMIT),  SET(JSON_LIMIT),    SET(HEADER_LIMIT),
    SET(URI_LIMIT),      SET(HEADER_LINES),  SET(PARTS_LIMIT),   SET(FIELD_LIMIT),
    SET(CONNECTIONS),    SET(CONNECTIONS_PER_PEER), SET(STREAMS), SET(STREAM_BUFFER),
    SET(WAITING),        SET(HEADER_TIMEOUT), SET(IDLE_TIMEOUT), SET(STALL_TIMEOUT),
    SET(REQUEST_TIMEOUT), SET(RATE_MIN),     SET(PING),          AVT_OPT_COUNT};
static const enum avt_cli_opt server_status_options[] = {PLACE, AVT_OPT_COUNT};
static const enum avt_cli_opt server_stop_options[] = {AVT_OPT_STORAGE, SET(DRAIN), AVT_OPT_COUNT};

static const char *const server_start_examples[] = {
    "avatar server start", "for this machine alone, http://127.0.0.1:8000/docs",
    "avatar server start --host 0.0.0.0 --workers 2 --memory-budget 4000",
    "for others too, once 'avatar keys create' has made a key",
    "avatar server start --config /etc/avatar/avatar.ini --log json", "as a service does it", NULL};

const struct avt_cli_command avt_cli_server_commands[] = {
    {.name = "start",
     .summary = "serve the REST API and keep workers beside it",
     .about = "Serves the API in the foreground until Ctrl-C or SIGTERM; then it takes no new work, lets "
              "what runs finish or hands it back, and ends. One server per storage. The address is printed "
              "when it answers; /docs there shows the API.",
     .examples = server_start_examples,
     .options = server_start_options,
     .run = avt_cmd_server_start},
    {.name = "status",
     .summary = "show the server, its workers and its work",
     .about = "Shows whether a server answers and what it is at: the one on the storage of this machine, or "
              "the one at --server.",
     .options = server_status_options,
     .run = avt_cmd_server_status},
    {.name = "stop",
     .summary = "stop the server of this machine",
     .about = "Asks the server on the storage to end, as Ctrl-C does, and waits until it has. That none "
              "runs is no error.",
     .options = server_stop_options,
     .run = avt_cmd_server_stop},
    {.name = NULL},
};

/* ---- keys ---------------------------------------------------------------------------------- */

static const enum avt_cli_opt keys_create_options[] = {AVT_OPT_KEY_NAME, AVT_OPT_SCOPE,
                                                       AVT_OPT_EXPIRES, AVT_OPT_KEY_RATE,
                                                       AVT_OPT_KEY_JOBS, AVT_OPT_STORAGE, SET(STORE),
                                                       AVT_OPT_COUNT};
static const enum avt_cli_opt keys_options[] = {AVT_OPT_STORAGE, SET(STORE), AVT_OPT_COUNT};

static const char *const keys_create_examples[] = {
    "avatar keys create --name website --expires 90d", "a key for a program that submits jobs",
    "avatar keys create --name guest --rate-limit 60 --key-jobs 2", "one with limits of its own",
    "avatar keys create --name operator --scope admin", "one for everything", NULL};

const struct avt_cli_command avt_cli_keys_commands[] = {
    {.name = "create",
     .summary = "make a key",
     .about = "Makes a key for the server and prints it, once: only a hash is kept. As soon as there is a "
              "key, requests need one. Who has a key sees the jobs made with it and no others.",
     .examples = keys_create_examples,
     .options = keys_create_options,
     .run = avt_cmd_keys_create},
    {.name = "list",
     .summary = "show the keys",
     .about = "Lists the keys with what they may do, when they expire and when they were last used.",
     .options = keys_options,
     .run = avt_cmd_keys_list},
    {.name = "revoke",
     .summary = "make a key useless",
     .about = "Revokes a key at once, for every server on the storage. What was made with it stays.",
     .operand = {.name = "ID",
                 .type = AVT_CLI_STRING,
                 .count_min = 1,
                 .count_max = 1,
                 .help = "Id of the key, as 'avatar keys list' shows it, or the beginning of it"},
     .options = keys_options,
     .run = avt_cmd_keys_revoke},
    {.name = NULL},
};

/* ---- backup -------------------------------------------------------------------------------- */

const enum avt_cli_opt avt_cli_backup_options[] = {AVT_OPT_NO_OUTPUTS, AVT_OPT_STORAGE, SET(STORE),
                                                   AVT_OPT_COUNT};
const char *const avt_cli_backup_examples[] = {"avatar backup /backup/avatar-$(date +%F)",
                                               "one for each day", NULL};

/* ---- config -------------------------------------------------------------------------------- */

static const char *const config_show_examples[] = {
    "avatar config show", "what is in force, and why",
    "AVATAR_PORT=9000 avatar config show --config test.ini --json",
    "the same as data, with another file", NULL};

const struct avt_cli_command avt_cli_config_commands[] = {
    {.name = "show",
     .summary = "show every setting, its value and where that comes from",
     .about = "Settings come from the command line, from environment variables and from an INI file, "
              "in that order. An option --upload-limit is the variable AVATAR_UPLOAD_LIMIT and the "
              "key upload-limit in the section that is shown. Secrets are not shown.",
     .examples = config_show_examples,
     .settings = true,
     .run = avt_cmd_config_show},
    {.name = NULL},
};

/* ---- worker ---------------------------------------------------------------------------------- */

const enum avt_cli_opt avt_cli_worker_options[] = {AVT_OPT_WORKER_NAME,
                                                   AVT_OPT_WORKER_INTERACTIVE,
                                                   AVT_OPT_ONCE,
                                                   AVT_OPT_THREADS,
                                                   AVT_OPT_STORAGE,
                                                   AVT_OPT_SET(AVT_SET_STORE),
                                                   AVT_OPT_SET(AVT_SET_LOG),
                                                   AVT_OPT_SET(AVT_SET_LEASE),
                                                   AVT_OPT_SET(AVT_SET_POLL),
                                                   AVT_OPT_SET(AVT_SET_DRAIN),
                                                   AVT_OPT_SET(AVT_SET_TIME_LIMIT),
                                                   AVT_OPT_SET(AVT_SET_RESCUES),
                                                   AVT_OPT_SET(AVT_SET_MEMORY_BUDGET),
                                                   SET(HARDWARE), SET(VRAM), SET(LEAVE_GPU),
                                                   AVT_OPT_SET(AVT_SET_RECYCLE_JOBS),
                                                   AVT_OPT_SET(AVT_SET_RECYCLE_MEMORY),
                                                   AVT_OPT_SUPERVISED,
                                                   AVT_OPT_COUNT};

const char *const avt_cli_worker_examples[] = {
    "avatar worker", "takes jobs until Ctrl-C",
    "avatar worker --once --json", "one job, then what came of it",
    "avatar worker --interactive --memory-budget 600", "a place for short work, small", NULL};
