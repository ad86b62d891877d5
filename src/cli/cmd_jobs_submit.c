/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs submit. A request is the body of POST /jobs, however it was given: by options, as a file, or
 * as a line of a batch. Files that it names are taken in as uploads first.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/job_text.h"
#include "cli/jobs.h"
#include "cli/terminal.h"
#include "cli/text_input.h"
#include "jobs/params.h"

enum {
    BATCH_BYTES_MAX = 256 << 20,
    BATCH_JOBS_MAX = 10000,
    UPLOADS_MAX = 1024,
    ATTRIBUTES_BYTES_MAX = 64 << 10, /* as 'avatar generate' takes */
};

/* ---- files that requests name
 * -------------------------------------------------------------------- */

/* "audio" of a voice_clone is an array of them. */
static const char *const file_keys[] = {"avatar", "audio",         "image", "input",
                                        "music",  "watermark",     "background", "intro",
                                        "outro",  "consent_audio"};
enum { FILE_KEYS = sizeof(file_keys) / sizeof(file_keys[0]) };

/** A file that was taken in. */
struct taken {
    char *path;
    bool shared; /* by all jobs that name it */
    char id[AVT_BACKEND_ID_SIZE];
};

struct submission {
    struct avt_cli *cli;
    struct avt_backend *backend;
    json_t *requests; /* array of objects */
    int *lines;       /* of each request in the batch; NULL: not a batch */
    struct taken *taken;
    size_t taken_count;
};

static void submission_done(struct submission *s)
{
    for (size_t i = 0; i < s->taken_count; i++)
        avt_free(s->taken[i].path);
    avt_free(s->taken);
    avt_free(s->lines);
    json_decref(s->requests);
    avt_backend_close(s->backend);
}

/** The `i`-th value of a member, which may be an array or a single value; NULL: there is none. */
static json_t *value_at(const json_t *request, const char *key, size_t i)
{
    json_t *value = json_object_get(request, key);
    if (json_is_array(value))
        return json_array_get(value, i);
    return i == 0 ? value : NULL;
}

/** The path that a value is; NULL: it is an id or says what it means by itself, or is not there. */
static const char *path_of(const char *key, const json_t *value)
{
    struct avt_ref ref;
    const char *text = json_string_value(value);
    if (text && avt_str_equal(key, "background") && avt_job_background_valid(text))
        return NULL;
    return text && *text && !avt_ref_parse(text, &ref) ? text : NULL;
}

/** A clone takes its recordings with it when it has ended, so it shares them with no other job. */
static bool shares_files(const json_t *request)
{
    return !avt_str_equal(avt_backend_text(request, "type"), "voice_clone");
}

static enum avt_code take_file(struct submission *s, const char *path, bool shared, const char **ret_id,
                               struct avt_error *reterr)
{
    size_t i = 0;
    while (i < s->taken_count && !(shared && s->taken[i].shared && avt_str_equal(s->taken[i].path, path)))
        i++;
    if (i == UPLOADS_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the batch names more than %d files", UPLOADS_MAX);
    if (i == s->taken_count) {
        s->taken = avt_realloc(s->taken, i + 1, sizeof(s->taken[0]));
        enum avt_code code = s->backend->ops->upload(s->backend, path, s->taken[i].id, reterr);
        if (code != AVT_OK)
            return code;
        s->taken[i].path = avt_strdup(path);
        s->taken[i].shared = shared;
        s->taken_count++;
    }
    *ret_id = s->taken[i].id;
    return AVT_OK;
}

/** Replaces paths by ids. */
static enum avt_code take_files(struct submission *s, json_t *request, struct avt_error *reterr)
{
    for (size_t k = 0; k < FILE_KEYS; k++) {
        json_t *value;
        for (size_t i = 0; (value = value_at(request, file_keys[k], i)); i++) {
            const char *path = path_of(file_keys[k], value), *id = NULL;
            if (!path)
                continue;
            enum avt_code code = take_file(s, path, shares_files(request), &id, reterr);
            if (code != AVT_OK)
                return code;
            json_string_set(value, id);
        }
    }
    return AVT_OK;
}

/** What no job uses would lie about until it expires. */
static void give_up_files(struct submission *s)
{
    for (size_t i = 0; i < s->taken_count; i++)
        (void)!s->backend->ops->upload_remove(s->backend, s->taken[i].id, NULL);
}

/* ---- profiles that requests name
 * ----------------------------------------------------------------- */

/* "image" is that of a face_detect. */
static const char *const face_keys[] = {"avatar", "image"};

/** Opened when first needed: a request that is wrong is told so before. */
static enum avt_code open_backend(struct submission *s, struct avt_error *reterr)
{
    return s->backend ? AVT_OK : avt_backend_open(s->cli, &s->backend, reterr);
}

static bool may_be_profile(const struct submission *s, const char *key)
{
    return AVT_STR_AMONG(key, face_keys) && s->backend && s->backend->ops->avatar;
}

/** Replaces the beginnings of ids and the names of avatar profiles by their ids, where no file is called
 *  so. What is none is left to the check. */
static enum avt_code take_profiles(struct submission *s, const json_t *request,
                                   struct avt_error *reterr)
{
    for (size_t k = 0; k < sizeof(face_keys) / sizeof(face_keys[0]); k++) {
        json_t *value = json_object_get(request, face_keys[k]);
        const char *which = path_of(face_keys[k], value);
        char id[AVT_BACKEND_ID_SIZE];
        if (!which || avt_cli_file_size(which) >= 0)
            continue;
        enum avt_code code = open_backend(s, reterr);
        if (code != AVT_OK)
            return code;
        code = s->backend->ops->avatar ? s->backend->ops->avatar(s->backend, which, id, reterr)
                                       : AVT_ENOENT;
        if (code != AVT_OK && code != AVT_ENOENT)
            return code;
        if (code == AVT_OK)
            json_string_set(value, id);
    }
    return AVT_OK;
}

/* ---- checking ----------------------------------------------------------------------------------
 */

/** As far as can be said before anything is sent: names, types, ranges, and that files are there.
 */
static enum avt_code check_request(const struct submission *s, const json_t *request,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *params = json_deep_copy(request);
    enum avt_job_type type = AVT_JOB_FULL_PIPELINE;
    const json_t *given = json_object_get(request, "type");
    const char *const others[] = {"type", "priority", "run_at", "webhook_url"};
    struct avt_job_params read;
    if (given && (!json_is_string(given) || !avt_job_type_parse(json_string_value(given), &type) ||
                  !avt_job_type_listed(type)))
        return avt_fail(reterr, AVT_EINVAL, "there is no type of job '%.40s'",
                        avt_backend_text(request, "type"));
    for (size_t k = 0; k < FILE_KEYS; k++) {
        json_t *value;
        for (size_t i = 0; (value = value_at(params, file_keys[k], i)); i++) {
            const char *path = path_of(file_keys[k], value);
            if (!path)
                continue;
            if (avt_cli_file_size(path) < 0)
                return avt_fail(reterr, AVT_ENOENT, "'%.300s' (%s) is neither a file nor an id%s", path,
                                file_keys[k],
                                may_be_profile(s, file_keys[k]) ? " nor an avatar profile" : "");
            json_string_set(value, "up-0000000000000000");
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        json_object_del(params, others[i]);
    return avt_job_params_read(type, params, &read, reterr);
}

static enum avt_code check_all(struct submission *s, struct avt_error *reterr)
{
    size_t i;
    json_t *request;
    json_array_foreach(s->requests, i, request)
    {
        struct avt_error error = {0};
        enum avt_code code = take_profiles(s, request, &error);
        if (code == AVT_OK)
            code = check_request(s, request, &error);
        if (code != AVT_OK && s->lines)
            return avt_fail(reterr, code, "line %d: %.400s; no job was put on", s->lines[i],
                            error.message);
        if (code != AVT_OK)
            return avt_fail(reterr, code, "%s", error.message);
    }
    return AVT_OK;
}

/* ---- requests from options ----------------------------------------------------------------------
 */

static void set_given_text(const struct avt_args *args, json_t *object, enum avt_cli_opt id,
                           const char *key)
{
    if (args->given[id])
        avt_cli_set_text(object, key, args->text[id]);
}

static void set_given_number(const struct avt_args *args, json_t *object, enum avt_cli_opt id,
                             const char *key)
{
    double value = args->number[id];
    if (!args->given[id])
        return;
    json_object_set_new(object, key,
                        value == (double)(long long)value ? json_integer((long long)value)
                                                          : json_real(value));
}

static json_t *config_of(const struct avt_args *args, bool speech)
{
    json_t *config = json_object();
    set_given_text(args, config, AVT_OPT_QUALITY, "video_quality");
    set_given_text(args, config, AVT_OPT_SIZE, "size");
    set_given_text(args, config, AVT_OPT_FIT, "fit");
    set_given_number(args, config, AVT_OPT_JOB_FPS, "fps");
    set_given_number(args, config, AVT_OPT_HEAD_MOTION, "head_motion");
    set_given_number(args, config, AVT_OPT_EXPRESSIVENESS, "expressiveness");
    set_given_text(args, config, AVT_OPT_EMOTION, "emotion");
    set_given_text(args, config, AVT_OPT_LIPSYNC, "lipsync");
    set_given_text(args, config, AVT_OPT_ENHANCE, "enhance");
    set_given_number(args, config, AVT_OPT_BLINK, "blink");
    if (!speech) {
        set_given_text(args, config, AVT_OPT_TTS, "tts");
        set_given_number(args, config, AVT_OPT_SEED, "seed");
        set_given_number(args, config, AVT_OPT_SPEED, "speed");
        set_given_text(args, config, AVT_OPT_JOB_FORMAT, "format");
    }
    return config;
}

/** What --input is called in the params of a type; NULL: it takes none. */
static const char *input_key(const char *type)
{
    return avt_str_equal(type, "face_detect")    ? "image"
           : avt_str_equal(type, "lipsync")      ? "audio"
           : avt_str_equal(type, "voice_clone")  ? "audio"
           : avt_str_equal(type, "video_encode") ? "input"
                                                 : NULL;
}

static bool generates(const json_t *request)
{
    return avt_str_equal(avt_backend_text(request, "type"), "avatar_generate");
}

/** What only a clone is told, and must be. */
static enum avt_code set_clone(const struct avt_args *args, json_t *request, struct avt_error *reterr)
{
    static const struct {
        enum avt_cli_opt option;
        const char *key;
    } about[] = {{AVT_OPT_JOB_NAME, "name"},
                 {AVT_OPT_CONSENT, "consent"},
                 {AVT_OPT_CONSENT_BY, "consent_by"}};
    bool clone = avt_str_equal(avt_backend_text(request, "type"), "voice_clone");
    for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++) {
        if (args->given[about[i].option] && !clone && !(about[i].option == AVT_OPT_JOB_NAME && generates(request)))
            return avt_fail(reterr, AVT_EINVAL, "--%s is for jobs of type voice_clone",
                            avt_cli_option(about[i].option)->name);
        if (clone && !args->given[about[i].option] && about[i].option != AVT_OPT_CONSENT_BY)
            return avt_fail(reterr, AVT_EINVAL, "a job of type voice_clone needs --%s",
                            avt_cli_option(about[i].option)->name);
        set_given_text(args, request, about[i].option, about[i].key);
    }
    if (clone)
        json_object_set_new(request, "audio", json_pack("[O]", json_object_get(request, "audio")));
    return AVT_OK;
}

static enum avt_code set_attributes(const char *path, json_t *request, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    json_error_t why;
    enum avt_code code = avt_text_input_read(path, ATTRIBUTES_BYTES_MAX, AVT_EFORMAT, &text, reterr);
    json_t *attributes = code == AVT_OK ? json_loads(text, JSON_REJECT_DUPLICATES, &why) : NULL;
    if (code == AVT_OK && !attributes)
        code = avt_fail(reterr, AVT_EFORMAT, "'%.200s' is no JSON: %s (line %d, column %d)", path, why.text, why.line,
                        why.column);
    if (code == AVT_OK)
        json_object_set_new(request, "attributes", attributes);
    return code;
}

/** What only a presenter is told. Its size and seed are not those of a film. */
static enum avt_code set_presenter(const struct avt_args *args, json_t *request, json_t *config,
                                   struct avt_error *reterr)
{
    static const enum avt_cli_opt own[] = {AVT_OPT_ATTRIBUTES, AVT_OPT_LOOK, AVT_OPT_VARIATIONS, AVT_OPT_ENGINE,
                                          AVT_OPT_MODEL};
    static const char *const moved[] = {"size", "seed"};
    if (!generates(request)) {
        for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
            if (args->given[own[i]])
                return avt_fail(reterr, AVT_EINVAL, "--%s is for jobs of type avatar_generate",
                                avt_cli_option(own[i])->name);
        return AVT_OK;
    }
    for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
        json_t *value = json_object_get(config, moved[i]);
        if (value)
            json_object_set(request, moved[i], value);
        json_object_del(config, moved[i]);
    }
    set_given_text(args, request, AVT_OPT_LOOK, "look");
    set_given_text(args, request, AVT_OPT_ENGINE, "engine");
    set_given_text(args, request, AVT_OPT_MODEL, "model");
    set_given_number(args, request, AVT_OPT_VARIATIONS, "variations");
    return args->given[AVT_OPT_ATTRIBUTES] ? set_attributes(args->text[AVT_OPT_ATTRIBUTES], request, reterr) : AVT_OK;
}

static enum avt_code request_of_options(struct submission *s, struct avt_error *reterr)
{
    const struct avt_args *args = &s->cli->args;
    const char *type =
        args->given[AVT_OPT_JOB_TYPE] ? args->text[AVT_OPT_JOB_TYPE] : "full_pipeline";
    const char *key = input_key(type);
    bool speech = avt_str_equal(type, "voice_synthesis");
    bool shows = avt_str_equal(type, "avatar_generate");
    bool says = speech || (shows && !args->given[AVT_OPT_ATTRIBUTES]) || avt_str_equal(type, "full_pipeline");
    AVT_CLEANUP(avt_freep) char *text = NULL;
    enum avt_code code = avt_cli_text(s->cli, args->operands[0], says, &text, reterr);
    if (code != AVT_OK)
        return code;
    if (args->given[AVT_OPT_JOB_INPUT] && !key)
        return avt_fail(reterr, AVT_EINVAL, "a job of type %s takes no --input", type);
    if (!args->given[AVT_OPT_JOB_INPUT] && key)
        return avt_fail(reterr, AVT_EINVAL, "a job of type %s needs --input FILE", type);
    json_t *request = json_object();
    json_array_append_new(s->requests, request);
    avt_cli_set_text(request, "type", type);
    if (text)
        avt_cli_set_text(request, shows ? "prompt" : "text", text);
    if (key)
        set_given_text(args, request, AVT_OPT_JOB_INPUT, key);
    set_given_text(args, request, AVT_OPT_VOICE, "voice_profile_id");
    set_given_text(args, request, AVT_OPT_JOB_AVATAR, "avatar");
    set_given_text(args, request, AVT_OPT_LANGUAGE, "language");
    set_given_text(args, request, AVT_OPT_CAPTIONS, "captions");
    set_given_text(args, request, AVT_OPT_JOB_MUSIC, "music");
    set_given_text(args, request, AVT_OPT_JOB_WATERMARK, "watermark");
    set_given_text(args, request, AVT_OPT_JOB_BACKGROUND, "background");
    set_given_text(args, request, AVT_OPT_JOB_INTRO, "intro");
    set_given_text(args, request, AVT_OPT_JOB_OUTRO, "outro");
    if (speech) {
        set_given_text(args, request, AVT_OPT_TTS, "tts");
        set_given_number(args, request, AVT_OPT_SEED, "seed");
        set_given_number(args, request, AVT_OPT_SPEED, "speed");
        set_given_text(args, request, AVT_OPT_JOB_FORMAT, "format");
    }
    AVT_CLEANUP(avt_json_decrefp) json_t *config = config_of(args, speech);
    code = set_presenter(args, request, config, reterr);
    if (code != AVT_OK)
        return code;
    if (json_object_size(config) > 0)
        json_object_set(request, "config", config);
    return set_clone(args, request, reterr);
}

/* ---- requests from files ------------------------------------------------------------------------
 */

static enum avt_code parse_request(const char *text, const char *name, int line,
                                   json_t **ret_request, struct avt_error *reterr)
{
    json_error_t why;
    json_t *request = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    char where[40] = "";
    if (line > 0)
        snprintf(where, sizeof(where), " line %d", line);
    if (!request)
        return avt_fail(reterr, AVT_EFORMAT, "%.200s%s is no JSON: %s (column %d)", name, where,
                        why.text, why.column);
    if (!json_is_object(request)) {
        json_decref(request);
        return avt_fail(reterr, AVT_EFORMAT, "%.200s%s is not a JSON object", name, where);
    }
    *ret_request = request;
    return AVT_OK;
}

static enum avt_code requests_of_batch(struct submission *s, char *text, const char *name,
                                       struct avt_error *reterr)
{
    char *rest = text, *line;
    s->lines = avt_new0(int, BATCH_JOBS_MAX);
    for (int number = 1; (line = strsep(&rest, "\n")); number++) {
        json_t *request = NULL;
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        size_t count = json_array_size(s->requests);
        if (count == BATCH_JOBS_MAX)
            return avt_fail(reterr, AVT_ELIMIT, "%s holds more than %d jobs: cut it into parts",
                            name, BATCH_JOBS_MAX);
        enum avt_code code = parse_request(line, name, number, &request, reterr);
        if (code != AVT_OK)
            return code;
        s->lines[count] = number;
        json_array_append_new(s->requests, request);
    }
    if (json_array_size(s->requests) == 0)
        return avt_fail(reterr, AVT_EFORMAT, "%s holds no job", name);
    return AVT_OK;
}

static enum avt_code requests_of_file(struct submission *s, struct avt_error *reterr)
{
    const struct avt_args *args = &s->cli->args;
    bool batch = args->given[AVT_OPT_BATCH] > 0;
    const char *path = args->text[batch ? AVT_OPT_BATCH : AVT_OPT_PARAMS];
    AVT_CLEANUP(avt_freep)
    char *name =
        avt_str_equal(path, "-") ? avt_strdup("standard input") : avt_asprintf("'%s'", path);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    json_t *request = NULL;
    enum avt_code code = avt_text_input_read(path, BATCH_BYTES_MAX, AVT_EFORMAT, &text, reterr);
    if (code != AVT_OK)
        return code;
    if (batch)
        return requests_of_batch(s, text, name, reterr);
    code = parse_request(text, name, 0, &request, reterr);
    if (code == AVT_OK)
        json_array_append_new(s->requests, request);
    return code;
}

/** Options that say what a job is, which a file says too. */
static enum avt_code check_one_source(const struct avt_args *args, struct avt_error *reterr)
{
    static const enum avt_cli_opt about[] = {
        AVT_OPT_JOB_TYPE,  AVT_OPT_JOB_INPUT, AVT_OPT_VOICE,      AVT_OPT_LANGUAGE,
        AVT_OPT_CAPTIONS,  AVT_OPT_QUALITY,   AVT_OPT_SIZE,       AVT_OPT_FIT,
        AVT_OPT_JOB_FPS,   AVT_OPT_SPEED,     AVT_OPT_SEED,       AVT_OPT_JOB_FORMAT,
        AVT_OPT_TEXT_FILE, AVT_OPT_JOB_MUSIC, AVT_OPT_JOB_AVATAR, AVT_OPT_JOB_WATERMARK,
        AVT_OPT_JOB_BACKGROUND, AVT_OPT_JOB_INTRO, AVT_OPT_JOB_OUTRO,
        AVT_OPT_JOB_NAME,  AVT_OPT_CONSENT,   AVT_OPT_CONSENT_BY, AVT_OPT_ATTRIBUTES,
        AVT_OPT_LOOK,      AVT_OPT_VARIATIONS, AVT_OPT_ENGINE,    AVT_OPT_MODEL,
        AVT_OPT_HEAD_MOTION, AVT_OPT_EXPRESSIVENESS, AVT_OPT_EMOTION, AVT_OPT_BLINK,
        AVT_OPT_LIPSYNC, AVT_OPT_ENHANCE, AVT_OPT_TTS};
    const char *file = args->given[AVT_OPT_BATCH] ? "--batch" : "--params";
    if (args->given[AVT_OPT_PARAMS] && args->given[AVT_OPT_BATCH])
        return avt_fail(reterr, AVT_EINVAL, "--params and --batch are two sources: leave one out");
    if (!args->given[AVT_OPT_PARAMS] && !args->given[AVT_OPT_BATCH])
        return AVT_OK;
    if (args->operand_count > 0)
        return avt_fail(reterr, AVT_EINVAL, "there is a text beside %s: leave one out", file);
    for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
        if (args->given[about[i]])
            return avt_fail(reterr, AVT_EINVAL, "--%s stands in the file, not beside %s",
                            avt_cli_option(about[i])->name, file);
    return AVT_OK;
}

/** --priority, --at and --webhook go for every request that does not say otherwise. */
static void add_common(struct submission *s)
{
    const struct avt_args *args = &s->cli->args;
    size_t i;
    json_t *request;
    json_array_foreach(s->requests, i, request)
    {
        char time[AVT_TIME_SIZE];
        avt_time_format_ms((int64_t)args->number[AVT_OPT_AT], time);
        if (args->given[AVT_OPT_PRIORITY] && !json_object_get(request, "priority"))
            set_given_number(args, request, AVT_OPT_PRIORITY, "priority");
        if (args->given[AVT_OPT_AT] && !json_object_get(request, "run_at"))
            avt_cli_set_text(request, "run_at", time);
        if (args->given[AVT_OPT_WEBHOOK] && !json_object_get(request, "webhook_url"))
            set_given_text(args, request, AVT_OPT_WEBHOOK, "webhook_url");
    }
}

static enum avt_code read_requests(struct submission *s, struct avt_error *reterr)
{
    const struct avt_args *args = &s->cli->args;
    bool file = args->given[AVT_OPT_PARAMS] || args->given[AVT_OPT_BATCH];
    enum avt_code code = check_one_source(args, reterr);
    if (code == AVT_OK)
        code = file ? requests_of_file(s, reterr) : request_of_options(s, reterr);
    if (code != AVT_OK)
        return code;
    add_common(s);
    return check_all(s, reterr);
}

/* ---- submitting ---------------------------------------------------------------------------------
 */

static void say_submitted(struct avt_cli *cli, const json_t *job)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf note = AVT_BUF_INIT(AVT_JOB_NOTE_MAX);
    avt_job_text_note(job, avt_time_now_ms(), true, &note);
    avt_cli_say(cli, "%s: %s%s%s\n", avt_backend_text(job, "id"), avt_backend_text(job, "status"),
                note.size ? ", " : "", avt_buf_str(&note));
}

/** Puts all on; `jobs` gets what was, also when it ends early. */
static enum avt_code submit_all(struct submission *s, json_t *jobs, struct avt_error *reterr)
{
    size_t i, count = json_array_size(s->requests);
    json_t *request;
    json_array_foreach(s->requests, i, request)
    {
        struct avt_error error = {0};
        json_t *job = NULL;
        enum avt_code code = avt_interrupted() ? avt_fail(&error, AVT_ECANCELLED, "stopped")
                                               : take_files(s, request, &error);
        if (code == AVT_OK)
            code = s->backend->ops->submit(s->backend, request, &job, &error);
        if (code == AVT_OK) {
            json_array_append_new(jobs, job);
            say_submitted(s->cli, job);
            continue;
        }
        if (i == 0)
            give_up_files(s);
        if (s->lines)
            return avt_fail(reterr, code, "line %d: %.380s; %zu of %zu jobs were put on before",
                            s->lines[i], error.message, i, count);
        return avt_fail(reterr, code, "%s", error.message);
    }
    return AVT_OK;
}

/** Waits for each; what has ended takes the place of what was submitted. */
static enum avt_code wait_all(struct submission *s, json_t *jobs, struct avt_error *reterr)
{
    size_t i, count = json_array_size(jobs), failed = 0;
    struct avt_error first = {0};
    json_t *job;
    json_array_foreach(jobs, i, job)
    {
        AVT_CLEANUP(avt_freep) char *id = avt_strdup(avt_backend_text(job, "id"));
        json_t *last = NULL;
        enum avt_code code = avt_cli_jobs_watch(s->cli, s->backend, id, &last, reterr);
        if (last)
            json_array_set_new(jobs, i, last);
        if (code != AVT_OK)
            return code;
        say_submitted(s->cli, last);
        if (avt_cli_jobs_verdict(last, failed ? NULL : &first) != AVT_OK)
            failed++;
    }
    if (failed == 0)
        return AVT_OK;
    if (count == 1)
        return avt_fail(reterr, AVT_EJOB, "%s", first.message);
    return avt_fail(reterr, AVT_EJOB, "%zu of %zu jobs failed or were cancelled", failed, count);
}

enum avt_code avt_cmd_jobs_submit(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(submission_done) struct submission s = {.cli = cli, .requests = json_array()};
    json_t *jobs = json_array();
    json_object_set_new(result, "jobs", jobs);
    enum avt_code code = read_requests(&s, reterr);
    if (code == AVT_OK)
        code = open_backend(&s, reterr);
    if (code == AVT_OK)
        code = submit_all(&s, jobs, reterr);
    if (code == AVT_OK && s.backend->ops->idle && s.backend->ops->idle(s.backend))
        avt_cli_warn(cli,
                     "no worker runs here: 'avatar worker' or 'avatar server start' starts one");
    if (code == AVT_OK && cli->args.given[AVT_OPT_WAIT])
        code = wait_all(&s, jobs, reterr);
    else if (code == AVT_OK && !s.lines)
        avt_cli_say(cli, "'avatar jobs status %s --watch' follows it\n",
                    avt_backend_text(json_array_get(jobs, 0), "id"));
    return code;
}
