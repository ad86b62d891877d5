/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/params.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/colour.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/voices.h"
#include "store/avatar.h"
#include "store/layout.h"

/* 2^53 - 1: the largest whole number that survives a trip through JSON. */
#define SEED_MAX ((json_int_t)9007199254740991)

#define BIT(type) (1u << (type))
enum {
    FILM = BIT(AVT_JOB_FULL_PIPELINE) | BIT(AVT_JOB_LIPSYNC),
    SPEECH = BIT(AVT_JOB_VOICE_SYNTHESIS),
    DETECT = BIT(AVT_JOB_FACE_DETECT),
    ENCODE = BIT(AVT_JOB_VIDEO_ENCODE),
    INFO = BIT(AVT_JOB_VIDEO_INFO),
    CLONE = BIT(AVT_JOB_VOICE_CLONE),
    GENERATE = BIT(AVT_JOB_AVATAR_GENERATE),
};

struct reader {
    struct avt_job_params *params;
    const char *prefix; /* "config." inside of config */
    struct avt_error *reterr;
};

struct field {
    const char *name;
    unsigned types;    /* that have it */
    unsigned required; /* that need it */
    enum avt_code (*read)(struct reader *r, const char *name, const json_t *value);
};

static enum avt_code bad(struct reader *r, const char *name, const char *what)
{
    return avt_fail(r->reterr, AVT_EINVAL, "%s%s: %s", r->prefix, name, what);
}

/* ---- values ---------------------------------------------------------------------------------- */

static enum avt_code read_text(struct reader *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text)
        return bad(r, name, "must be a text");
    size_t size = json_string_length(value);
    if (size > AVT_PARAMS_TEXT_BYTES_MAX)
        return avt_fail(r->reterr, AVT_ETEXT,
                        "%s%s: the text has %zu bytes, %d can be spoken in one go: split it",
                        r->prefix, name, size, AVT_PARAMS_TEXT_BYTES_MAX);
    if (avt_utf8_invalid_at(text, size) != SIZE_MAX)
        return avt_fail(r->reterr, AVT_ETEXT, "%s%s: the text holds a NUL character", r->prefix,
                        name);
    if (text[strspn(text, " \t\r\n")] == '\0')
        return avt_fail(r->reterr, AVT_ETEXT, "%s%s: the text is empty", r->prefix, name);
    r->params->text = text;
    return AVT_OK;
}

bool avt_job_voice_valid(const char *text)
{
    bool built_in = strlen(text) < 32 && text[0] >= 'a' && text[0] <= 'z' &&
                    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
    bool added = strlen(text) < 64 && avt_str_starts(text, "piper-") &&
                 strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:") == strlen(text);
    return built_in || added || avt_layout_id_valid(AVT_LAYOUT_VOICES, text);
}

static bool blend_is_good(const char *text)
{
    char name[AVT_VOICE_NAME_SIZE];
    double weight;
    for (const char *at = text; at;) {
        if (!avt_voice_blend_next(&at, name, &weight) || !avt_job_voice_valid(name))
            return false;
    }
    return true;
}

static enum avt_code read_voice(struct reader *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) > AVT_PARAMS_VOICE_MAX || !blend_is_good(text))
        return bad(r, name,
                   "must be the id of a voice, such as af_heart, or of a voice profile, such as "
                   "vp-0a1b2c3d, or a blend of them, such as af_heart*0.7+am_adam*0.3");
    r->params->voice = text;
    return AVT_OK;
}

static enum avt_code read_language(struct reader *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    size_t size = text ? strlen(text) : 0;
    if (size < 2 || size > 16 || text[0] < 'a' || text[0] > 'z' ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != size)
        return bad(r, name, "must be the tag of a language, such as en-us");
    r->params->language = text;
    return AVT_OK;
}

/* One of a list that ends with NULL. */
static enum avt_code read_choice(struct reader *r, const char *name, const json_t *value,
                                 const char *const *choices, const char **ret)
{
    const char *text = json_string_value(value);
    char all[96] = "must be one of";
    for (size_t i = 0; choices[i]; i++) {
        if (text && avt_str_equal(text, choices[i])) {
            *ret = choices[i];
            return AVT_OK;
        }
        size_t used = strlen(all);
        snprintf(all + used, sizeof(all) - used, "%s %s", i ? "," : "", choices[i]);
    }
    return bad(r, name, all);
}

static enum avt_code read_captions(struct reader *r, const char *name, const json_t *value)
{
    static const char *const choices[] = {"none", "srt", "vtt", "burn", NULL};
    return read_choice(r, name, value, choices, &r->params->captions);
}

static enum avt_code read_quality(struct reader *r, const char *name, const json_t *value)
{
    static const char *const choices[] = {"low", "medium", "high", "ultra", NULL};
    return read_choice(r, name, value, choices, &r->params->config.quality);
}

static enum avt_code read_fit(struct reader *r, const char *name, const json_t *value)
{
    static const char *const choices[] = {"cover", "contain", "face", NULL};
    return read_choice(r, name, value, choices, &r->params->config.fit);
}

static enum avt_code read_format(struct reader *r, const char *name, const json_t *value)
{
    static const char *const films[] = {"mp4", "webm", "mov", "gif", NULL};
    static const char *const sounds[] = {"wav", "flac", "mp3", "opus", "m4a", "aac", "pcm", NULL};
    bool sound = r->params->type == AVT_JOB_VOICE_SYNTHESIS;
    return read_choice(r, name, value, sound ? sounds : films, &r->params->config.format);
}

/* Of speech alone all that the engine can do; in a film lips could not follow. */
static enum avt_code read_speed(struct reader *r, const char *name, const json_t *value)
{
    bool alone = r->params->type == AVT_JOB_VOICE_SYNTHESIS;
    double speed = json_number_value(value);
    if (!json_is_number(value) || !(speed >= (alone ? 0.25 : 0.5) && speed <= (alone ? 4 : 2)))
        return bad(r, name,
                   alone ? "must be a number from 0.25 to 4" : "must be a number from 0.5 to 2");
    r->params->config.speed = speed;
    return AVT_OK;
}

static enum avt_code seed_of(struct reader *r, const char *name, const json_t *value, uint64_t *ret_seed)
{
    json_int_t seed = json_integer_value(value);
    if (!json_is_integer(value) || seed < 0 || seed > SEED_MAX)
        return bad(r, name, "must be a whole number from 0 to 9007199254740991");
    *ret_seed = (uint64_t)seed;
    return AVT_OK;
}

static enum avt_code read_seed(struct reader *r, const char *name, const json_t *value)
{
    return seed_of(r, name, value, &r->params->config.seed);
}

static enum avt_code read_person_seed(struct reader *r, const char *name, const json_t *value)
{
    return seed_of(r, name, value, &r->params->generate.seed);
}

static enum avt_code read_share(struct reader *r, const char *name, const json_t *value, double *ret)
{
    double share = json_number_value(value);
    if (!json_is_number(value) || !(share >= 0 && share <= 1))
        return bad(r, name, "must be a number from 0 to 1");
    *ret = share;
    return AVT_OK;
}

static enum avt_code read_head_motion(struct reader *r, const char *name, const json_t *value)
{
    return read_share(r, name, value, &r->params->config.head_motion);
}

static enum avt_code read_expressiveness(struct reader *r, const char *name, const json_t *value)
{
    return read_share(r, name, value, &r->params->config.expressiveness);
}

static enum avt_code read_emotion(struct reader *r, const char *name, const json_t *value)
{
    static const char *const choices[] = {"neutral", "happy", "sad", "serious", "surprised", NULL};
    return read_choice(r, name, value, choices, &r->params->config.emotion);
}

/* The name of an imported model (nn/imported.h) and never a path: whoever sends jobs chooses no files here. */
static bool is_model_name(const json_t *value)
{
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    return text && size > 0 && size < AVT_PARAMS_MODEL_SIZE && !strchr("._-", text[0]) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

/* One of those, and what stands behind a colon. @param ret_rest  NULL: there is no colon. */
static bool is_model_with(const json_t *value, const char **ret_rest)
{
    const char *text = json_string_value(value);
    const char *colon = text ? strchr(text, ':') : NULL;
    json_t *model = json_stringn(text ? text : "", colon ? (size_t)(colon - text) : json_string_length(value));
    bool good = is_model_name(model) && strlen(text) == json_string_length(value) &&
                strlen(text) < AVT_PARAMS_MODEL_SIZE;
    json_decref(model);
    *ret_rest = colon ? colon + 1 : NULL;
    return good;
}

/* Which engines there are is known where the job is run. */
static enum avt_code read_lipsync(struct reader *r, const char *name, const json_t *value)
{
    if (!is_model_name(value))
        return bad(r, name, "must be builtin, auto, wav2lip, musetalk, or the name of an imported model");
    r->params->config.lipsync = json_string_value(value);
    return AVT_OK;
}

static enum avt_code read_enhance(struct reader *r, const char *name, const json_t *value)
{
    const char *strength = NULL;
    double number;
    if (!is_model_with(value, &strength) ||
        (strength && (strspn(strength, "0123456789.") != strlen(strength) ||
                      !avt_parse_double(strength, 0, 1, &number))))
        return bad(r, name, "must be none, auto, restore, upscale, or the name of an imported model of these, with "
                            ":STRENGTH behind it, 0 to 1");
    r->params->config.enhance = json_string_value(value);
    return AVT_OK;
}

static enum avt_code read_tts(struct reader *r, const char *name, const json_t *value)
{
    const char *speaker = NULL;
    if (!is_model_with(value, &speaker) ||
        (speaker && strspn(speaker, "abcdefghijklmnopqrstuvwxyz0123456789._:-") != strlen(speaker)))
        return bad(r, name, "must be builtin, auto, pocket, vits, xtts, or the name of an imported model, with "
                            ":SPEAKER "
                            "behind it where it has several");
    r->params->config.tts = json_string_value(value);
    return AVT_OK;
}

static enum avt_code read_blink(struct reader *r, const char *name, const json_t *value)
{
    json_int_t blink = json_integer_value(value);
    if (!json_is_integer(value) || blink < 0 || blink > AVT_PARAMS_BLINK_MAX)
        return bad(r, name, "must be a whole number from 0 to 60, how often a minute; 0 is never");
    r->params->config.blink = (int)blink;
    return AVT_OK;
}

static enum avt_code read_face(struct reader *r, const char *name, const json_t *value)
{
    json_int_t face = json_integer_value(value);
    if (!json_is_integer(value) || face < 0 || face > AVT_PARAMS_FACE_MAX)
        return bad(r, name, "must be a whole number from 0 to 16; 0 is the largest central face");
    r->params->face = (int)face;
    return AVT_OK;
}

static enum avt_code read_annotate(struct reader *r, const char *name, const json_t *value)
{
    if (!json_is_boolean(value))
        return bad(r, name, "must be true or false");
    r->params->annotate = json_is_true(value);
    return AVT_OK;
}

static enum avt_code read_stream(struct reader *r, const char *name, const json_t *value)
{
    if (!json_is_boolean(value))
        return bad(r, name, "must be true or false");
    r->params->stream = json_is_true(value);
    return AVT_OK;
}

static enum avt_code read_thumbnail(struct reader *r, const char *name, const json_t *value)
{
    if (!json_is_boolean(value))
        return bad(r, name, "must be true or false");
    r->params->thumbnail = json_is_true(value);
    return AVT_OK;
}

/* "30000/1001" */
static bool parse_fraction(const char *text, int *ret_num, int *ret_den)
{
    char copy[32];
    int64_t num = 0, den = 0;
    const char *slash = strchr(text, '/');
    if (!slash || strlen(text) >= sizeof(copy))
        return false;
    snprintf(copy, sizeof(copy), "%.*s", (int)(slash - text), text);
    if (!avt_parse_int(copy, 1, 1000000, &num) || !avt_parse_int(slash + 1, 1, 100000, &den))
        return false;
    *ret_num = (int)num;
    *ret_den = (int)den;
    return true;
}

static enum avt_code read_fps(struct reader *r, const char *name, const json_t *value)
{
    int num = 0, den = 1;
    double number = json_number_value(value);
    if (json_is_string(value)) {
        if (!parse_fraction(json_string_value(value), &num, &den))
            num = 0;
    } else if (json_is_number(value) && number > 0 && number <= AVT_PARAMS_FPS_MAX) {
        /* 29.97 is how people write 30000/1001; other decimals stand for thousandths. */
        num = (int)lround(ceil(number) * 1000);
        den = 1001;
        if (fabs((double)num / den - number) > 0.005 || number == floor(number)) {
            den = number == floor(number) ? 1 : 1000;
            num = (int)lround(number * den);
        }
    }
    double rate = (double)num / den;
    if (!(rate >= AVT_PARAMS_FPS_MIN && rate <= AVT_PARAMS_FPS_MAX))
        return bad(r, name, "must be a number from 5 to 60, or a fraction such as \"30000/1001\"");
    r->params->config.fps_num = num;
    r->params->config.fps_den = den;
    return AVT_OK;
}

static bool size_is_good(const char *text, int side_max)
{
    int64_t width = 0, height = 0;
    char copy[16];
    const char *x = strchr(text, 'x');
    if (!x || strlen(text) >= sizeof(copy))
        return false;
    snprintf(copy, sizeof(copy), "%.*s", (int)(x - text), text);
    return avt_parse_int(copy, AVT_PARAMS_SIDE_MIN, side_max, &width) &&
           avt_parse_int(x + 1, AVT_PARAMS_SIDE_MIN, side_max, &height) &&
           width % 2 == 0 && height % 2 == 0;
}

static enum avt_code read_size(struct reader *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || !(avt_str_equal(text, "source") || size_is_good(text, AVT_PARAMS_SIDE_MAX)))
        return bad(r, name,
                   "must be \"source\" or WIDTHxHEIGHT with even sides from 64 to 3840, "
                   "such as \"1280x720\"");
    r->params->config.size = text;
    return AVT_OK;
}

static bool is_hex(const char *text, size_t count)
{
    return strspn(text, "0123456789abcdef") == count && text[count] == '\0';
}

bool avt_ref_parse(const char *text, struct avt_ref *ret_ref)
{
    *ret_ref = (struct avt_ref){.kind = AVT_REF_NONE};
    if (avt_str_starts(text, "up-") && is_hex(text + 3, 16))
        ret_ref->kind = AVT_REF_UPLOAD;
    else if (avt_str_starts(text, "ap-") && is_hex(text + 3, 8))
        ret_ref->kind = AVT_REF_AVATAR;
    else if (avt_job_id_valid(text))
        ret_ref->kind = AVT_REF_JOB;
    else
        return false;
    snprintf(ret_ref->id, sizeof(ret_ref->id), "%s", text);
    return true;
}

static enum avt_code read_ref(struct reader *r, const char *name, const json_t *value,
                              struct avt_ref *ret)
{
    const char *text = json_string_value(value);
    if (!text || !avt_ref_parse(text, ret))
        return bad(r, name,
                   "must be the id of an upload, of an avatar profile or of a job, such as "
                   "up-0123456789abcdef");
    return AVT_OK;
}

static enum avt_code read_avatar(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->avatar);
}

static enum avt_code read_audio(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->audio);
}

static enum avt_code read_music(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->music);
}

static enum avt_code read_watermark(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->watermark);
}

static enum avt_code read_intro(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->intro);
}

static enum avt_code read_outro(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->outro);
}

bool avt_job_background_valid(const char *text)
{
    uint8_t rgb[3];
    return avt_str_equal(text, "keep") || avt_str_equal(text, "blur") || avt_str_equal(text, "transparent") ||
           avt_colour_parse(text, rgb);
}

static enum avt_code read_background(struct reader *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    bool word = text && avt_job_background_valid(text);
    if (!word && (!text || !avt_ref_parse(text, &r->params->behind) || r->params->behind.kind == AVT_REF_AVATAR))
        return bad(r, name,
                   "must be keep, blur, transparent, a colour such as #1a6b3c or white, or the id of an upload or of a "
                   "job that made a picture or film");
    r->params->background = word ? text : NULL;
    return AVT_OK;
}

static enum avt_code read_image(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->image);
}

static enum avt_code read_input(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->input);
}

static enum avt_code read_consent_audio(struct reader *r, const char *name, const json_t *value)
{
    return read_ref(r, name, value, &r->params->clone.consent_audio);
}

static enum avt_code read_clips(struct reader *r, const char *name, const json_t *value)
{
    struct avt_job_clone *clone = &r->params->clone;
    size_t count = json_array_size(value);
    if (count < 1 || count > AVT_PARAMS_CLIPS_MAX)
        return bad(r, name, "must be a list of 1 to 16 uploads or jobs");
    for (size_t i = 0; i < count; i++) {
        enum avt_code code = read_ref(r, name, json_array_get(value, i), &clone->clips[i]);
        if (code != AVT_OK)
            return code;
    }
    clone->clip_count = count;
    return AVT_OK;
}

/* ---- a voice and who agreed ------------------------------------------------------------------ */

/* What people read in a list or a log: in one line, and not blank. */
static enum avt_code read_line(struct reader *r, const char *name, const json_t *value,
                               size_t bytes_max, const char **ret)
{
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    bool good = text && size <= bytes_max && strlen(text) == size && text[strspn(text, " ")] != '\0';
    for (size_t i = 0; good && i < size; i++)
        good = (unsigned char)text[i] >= ' ' && text[i] != 127;
    if (!good)
        return avt_fail(r->reterr, AVT_EINVAL,
                        "%s%s: must be one line of text, not blank, of at most %zu bytes", r->prefix,
                        name, bytes_max);
    *ret = text;
    return AVT_OK;
}

static enum avt_code read_name(struct reader *r, const char *name, const json_t *value)
{
    return read_line(r, name, value, AVT_PARAMS_NAME_MAX, &r->params->clone.name);
}

static enum avt_code read_consent(struct reader *r, const char *name, const json_t *value)
{
    return read_line(r, name, value, AVT_PARAMS_STATEMENT_MAX, &r->params->clone.consent);
}

static enum avt_code read_consent_by(struct reader *r, const char *name, const json_t *value)
{
    return read_line(r, name, value, AVT_PARAMS_PERSON_MAX, &r->params->clone.consent_by);
}

static enum avt_code read_effort(struct reader *r, const char *name, const json_t *value)
{
    static const char *const choices[] = {"fast", "default", "best", NULL};
    return read_choice(r, name, value, choices, &r->params->clone.effort);
}

static enum avt_code read_points(struct reader *r, const char *name, const json_t *value)
{
    json_int_t points = json_integer_value(value);
    if (!json_is_integer(value) || points < 1 || points > AVT_PARAMS_POINTS_MAX)
        return bad(r, name, "must be a whole number from 1 to 2000");
    r->params->clone.points = (int)points;
    return AVT_OK;
}

static enum avt_code read_keep_reference(struct reader *r, const char *name, const json_t *value)
{
    if (!json_is_boolean(value))
        return bad(r, name, "must be true or false");
    r->params->clone.keep_reference = json_is_true(value);
    return AVT_OK;
}

/* ---- a person who is modelled ---------------------------------------------------------------- */

/* Which words are understood, the worker finds out: the words are not known here. */
static enum avt_code read_prompt(struct reader *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    if (!text)
        return bad(r, name, "must be a text");
    if (size > AVT_PARAMS_PROMPT_BYTES_MAX)
        return avt_fail(r->reterr, AVT_ETEXT, "%s%s: has %zu bytes; a description has at most %d", r->prefix, name,
                        size, AVT_PARAMS_PROMPT_BYTES_MAX);
    if (avt_utf8_invalid_at(text, size) != SIZE_MAX)
        return avt_fail(r->reterr, AVT_ETEXT, "%s%s: the text holds a NUL character", r->prefix, name);
    if (text[strspn(text, " \t\r\n")] == '\0')
        return avt_fail(r->reterr, AVT_ETEXT, "%s%s: is empty; say what the person looks like", r->prefix, name);
    r->params->generate.prompt = text;
    return AVT_OK;
}

static enum avt_code read_attributes(struct reader *r, const char *name, const json_t *value)
{
    if (!json_is_object(value))
        return bad(r, name, "must be an object, such as {\"age\": 52, \"hair\": \"bob\"}");
    if (json_dumpb(value, NULL, 0, JSON_COMPACT) > AVT_PARAMS_ATTRIBUTES_BYTES_MAX)
        return bad(r, name, "are more than there can be of a person");
    r->params->generate.attributes = value;
    return AVT_OK;
}

static enum avt_code read_look(struct reader *r, const char *name, const json_t *value)
{
    static const char *const choices[] = {"real", "toon", NULL};
    return read_choice(r, name, value, choices, &r->params->generate.look);
}

static enum avt_code read_engine(struct reader *r, const char *name, const json_t *value)
{
    static const char *const choices[] = {"modelled", "sd", NULL};
    const char *engine = NULL;
    enum avt_code code = read_choice(r, name, value, choices, &engine);
    if (code == AVT_OK)
        r->params->generate.is_diffused = avt_str_equal(engine, "sd");
    return code;
}

static enum avt_code read_model(struct reader *r, const char *name, const json_t *value)
{
    if (!is_model_name(value))
        return bad(r, name, "must be the name of a model that was imported, such as sd-turbo; a path is not taken");
    r->params->generate.model = json_string_value(value);
    return AVT_OK;
}

static enum avt_code read_picture_size(struct reader *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || !size_is_good(text, AVT_PARAMS_PRESENTER_SIDE_MAX))
        return bad(r, name, "must be WIDTHxHEIGHT with even sides from 64 to 2048, such as \"1024x1024\"");
    r->params->generate.size = text;
    return AVT_OK;
}

static enum avt_code read_variations(struct reader *r, const char *name, const json_t *value)
{
    json_int_t variations = json_integer_value(value);
    if (!json_is_integer(value) || variations < 1 || variations > AVT_PARAMS_VARIATIONS_MAX)
        return bad(r, name, "must be a whole number from 1 to 16");
    r->params->generate.variations = (int)variations;
    return AVT_OK;
}

static enum avt_code read_avatar_name(struct reader *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    struct avt_error error = {0};
    if (!text || strlen(text) != json_string_length(value))
        return bad(r, name, "must be a text");
    if (avt_avatar_check_name(text, &error) != AVT_OK)
        return bad(r, name, error.message);
    r->params->generate.name = text;
    return AVT_OK;
}

/* What one engine has and the other has not, and that somebody is described. */
static enum avt_code check_person(struct avt_job_generate *generate, struct avt_error *reterr)
{
    int width = 0, height = 0;
    const char *other = generate->attributes       ? "attributes"
                        : generate->look           ? "look"
                        : generate->variations > 1 ? "variations"
                                                   : NULL;
    if (!generate->prompt && (generate->is_diffused || !generate->attributes))
        return avt_fail(reterr, AVT_EINVAL, "prompt: is missing; say what the person looks like%s",
                        generate->is_diffused ? "" : ", or give attributes");
    if (!generate->is_diffused) {
        if (generate->model)
            return avt_fail(reterr, AVT_EINVAL, "model: is for the engine sd");
        generate->size = generate->size ? generate->size : "1024x1024";
        return AVT_OK;
    }
    if (other)
        return avt_fail(reterr, AVT_EINVAL, "%s: the engine sd makes one picture of the prompt alone; leave it out",
                        other);
    if (generate->size &&
        (sscanf(generate->size, "%dx%d", &width, &height) != 2 || width > AVT_PARAMS_DIFFUSED_SIDE_MAX ||
         height > AVT_PARAMS_DIFFUSED_SIDE_MAX || width % AVT_PARAMS_DIFFUSED_SIDE_STEP ||
         height % AVT_PARAMS_DIFFUSED_SIDE_STEP))
        return avt_fail(reterr, AVT_EINVAL, "size: with the engine sd sides must be multiples of %d up to %d",
                        AVT_PARAMS_DIFFUSED_SIDE_STEP, AVT_PARAMS_DIFFUSED_SIDE_MAX);
    return AVT_OK;
}

static enum avt_code read_timeline(struct reader *r, const char *name, const json_t *value)
{
    if (!json_is_object(value))
        return bad(r, name, "must be an object, as --timeline writes it");
    if (json_dumpb(value, NULL, 0, JSON_COMPACT) > AVT_PARAMS_TIMELINE_BYTES_MAX)
        return bad(r, name, "is larger than any timeline that can be used");
    r->params->timeline = value;
    return AVT_OK;
}

/* ---- objects --------------------------------------------------------------------------------- */

static enum avt_code read_config(struct reader *r, const char *name, const json_t *value);

static const struct field fields[] = {
    {"text", FILM | SPEECH, BIT(AVT_JOB_FULL_PIPELINE) | SPEECH, read_text},
    {"voice_profile_id", BIT(AVT_JOB_FULL_PIPELINE) | SPEECH, 0, read_voice},
    {"language", FILM | SPEECH | CLONE, 0, read_language},
    {"speed", SPEECH, 0, read_speed},
    {"format", SPEECH, 0, read_format},
    {"tts", SPEECH, 0, read_tts},
    {"seed", SPEECH, 0, read_seed},
    {"stream", SPEECH, 0, read_stream},
    {"audio", BIT(AVT_JOB_LIPSYNC), BIT(AVT_JOB_LIPSYNC), read_audio},
    {"timeline", BIT(AVT_JOB_LIPSYNC), 0, read_timeline},
    {"avatar", FILM, 0, read_avatar},
    {"captions", FILM, 0, read_captions},
    {"music", FILM, 0, read_music},
    {"watermark", FILM, 0, read_watermark},
    {"background", FILM, 0, read_background},
    {"intro", FILM, 0, read_intro},
    {"outro", FILM, 0, read_outro},
    {"image", DETECT, DETECT, read_image},
    {"face", FILM | DETECT, 0, read_face},
    {"annotate", DETECT, 0, read_annotate},
    {"thumbnail", DETECT, 0, read_thumbnail},
    {"input", ENCODE | INFO, ENCODE | INFO, read_input},
    {"config", FILM | ENCODE, 0, read_config},
    {"name", CLONE, CLONE, read_name},
    {"audio", CLONE, CLONE, read_clips},
    {"consent", CLONE, CLONE, read_consent},
    {"consent_by", CLONE, 0, read_consent_by},
    {"consent_audio", CLONE, 0, read_consent_audio},
    {"effort", CLONE, 0, read_effort},
    {"points", CLONE, 0, read_points},
    {"keep_reference", CLONE, 0, read_keep_reference},
    {"prompt", GENERATE, 0, read_prompt},
    {"attributes", GENERATE, 0, read_attributes},
    {"look", GENERATE, 0, read_look},
    {"seed", GENERATE, 0, read_person_seed},
    {"size", GENERATE, 0, read_picture_size},
    {"variations", GENERATE, 0, read_variations},
    {"name", GENERATE, 0, read_avatar_name},
    {"engine", GENERATE, 0, read_engine},
    {"model", GENERATE, 0, read_model},
};
static const struct field config_fields[] = {
    {"video_quality", FILM | ENCODE, 0, read_quality},
    {"size", FILM | ENCODE, 0, read_size},
    {"fit", FILM, 0, read_fit},
    {"fps", FILM | ENCODE, 0, read_fps},
    {"speed", FILM, 0, read_speed}, /* recorded speech has its own */
    {"head_motion", FILM, 0, read_head_motion},
    {"expressiveness", FILM, 0, read_expressiveness},
    {"emotion", FILM, 0, read_emotion},
    {"lipsync", FILM, 0, read_lipsync},
    {"enhance", FILM, 0, read_enhance},
    {"tts", BIT(AVT_JOB_FULL_PIPELINE), 0, read_tts},
    {"blink", FILM, 0, read_blink},
    {"seed", FILM, 0, read_seed},
    {"format", FILM | ENCODE, 0, read_format},
};
enum {
    FIELD_COUNT = sizeof(fields) / sizeof(*fields),
    CONFIG_COUNT = sizeof(config_fields) / sizeof(*config_fields),
};

static enum avt_code unknown(struct reader *r, const struct field *list, size_t count,
                             const char *name)
{
    const char *names[FIELD_COUNT];
    size_t named = 0;
    for (size_t i = 0; i < count; i++)
        if (list[i].types & BIT(r->params->type))
            names[named++] = list[i].name;
    const char *near = strlen(name) < 64 ? avt_nearest_name(name, names, named) : NULL;
    return avt_fail(r->reterr, AVT_EINVAL, "%s%.64s: there is no such field for %s%s%s%s",
                    r->prefix, name, avt_job_type_name(r->params->type),
                    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static enum avt_code read_object(struct reader *r, const struct field *list, size_t count,
                                 const json_t *object)
{
    unsigned bit = BIT(r->params->type);
    const char *name;
    json_t *value;
    /* The macro casts the constness away; nothing is changed. */
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        size_t i = 0;
        while (i < count && !((list[i].types & bit) && avt_str_equal(list[i].name, name)))
            i++;
        if (i == count)
            return unknown(r, list, count, name);
        enum avt_code code = json_is_null(value) ? AVT_OK : list[i].read(r, name, value);
        if (code != AVT_OK)
            return code;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *given = json_object_get(object, list[i].name);
        if ((list[i].required & bit) && (!given || json_is_null(given)))
            return bad(r, list[i].name, "is missing");
    }
    return AVT_OK;
}

static enum avt_code read_config(struct reader *r, const char *name, const json_t *value)
{
    if (!json_is_object(value))
        return bad(r, name, "must be an object");
    struct reader inner = {r->params, "config.", r->reterr};
    return read_object(&inner, config_fields, CONFIG_COUNT, value);
}

enum avt_code avt_job_params_read(enum avt_job_type type, const json_t *json,
                                  struct avt_job_params *ret_params, struct avt_error *reterr)
{
    avt_assert(type >= 0 && type < AVT_JOB_TYPE_COUNT);
    struct avt_job_params params = {
        .type = type,
        .captions = "none",
        .background = "keep",
        .config = {.quality = "medium",
                   .size = "source",
                   .fit = "cover",
                   .speed = 1,
                   .seed = 1,
                   .head_motion = .5,
                   .expressiveness = .5,
                   .emotion = "neutral",
                   .lipsync = "builtin",
                   .enhance = "none",
                   .tts = "builtin",
                   .blink = AVT_PARAMS_BLINK_USUAL,
                   .format = type == AVT_JOB_VOICE_SYNTHESIS ? "wav" : "mp4"},
        .clone = {.effort = "default"},
        .generate = {.variations = 1}};
    struct reader r = {&params, "", reterr};
    if (!json_is_object(json))
        return avt_fail(reterr, AVT_EINVAL, "params: must be an object");
    /* What a delivery says is for the one who makes it to check. */
    enum avt_code code =
        type == AVT_JOB_WEBHOOK ? AVT_OK : read_object(&r, fields, FIELD_COUNT, json);
    if (code == AVT_OK && type == AVT_JOB_AVATAR_GENERATE)
        code = check_person(&params.generate, reterr);
    if (code != AVT_OK)
        return code;
    if (type == AVT_JOB_LIPSYNC && !params.text && !params.timeline && !avt_str_equal(params.captions, "none"))
        return avt_fail(reterr, AVT_EINVAL,
                        "captions: they need to know what is said; send text or timeline too");
    if (params.stream && avt_str_equal(params.config.format, "m4a"))
        return avt_fail(reterr, AVT_EINVAL,
                        "format: m4a cannot be read before it is whole; choose aac");
    if (params.music.kind != AVT_REF_NONE && avt_str_equal(params.config.format, "gif"))
        return avt_fail(reterr, AVT_EINVAL,
                        "music: a GIF has no sound; leave the music out or choose mp4 or webm");
    if (params.background && avt_str_equal(params.background, "transparent") &&
        !avt_str_equal(params.config.format, "webm") && !avt_str_equal(params.config.format, "mov"))
        return avt_fail(reterr, AVT_EINVAL,
                        "background: a film in %s cannot be transparent; choose the format webm, or mov for programs "
                        "that cut films",
                        params.config.format);
    if (params.background && avt_str_equal(params.background, "transparent") &&
        (params.intro.kind != AVT_REF_NONE || params.outro.kind != AVT_REF_NONE))
        return avt_fail(reterr, AVT_EINVAL,
                        "%s: a transparent film is laid over another film, which a still picture would hide; leave it "
                        "out, or choose another background",
                        params.intro.kind != AVT_REF_NONE ? "intro" : "outro");
    *ret_params = params;
    return AVT_OK;
}

/* ---- facts ----------------------------------------------------------------------------------- */

bool avt_job_params_short(const struct avt_job_params *params)
{
    switch (params->type) {
    case AVT_JOB_FACE_DETECT:
    case AVT_JOB_VIDEO_INFO:
        return true;
    case AVT_JOB_VOICE_SYNTHESIS:
        if (!avt_str_equal(params->config.tts, "builtin")) /* whose pace nobody knows, and who are large */
            return false;
        return params->stream ? avt_utf8_count(params->text) <= AVT_PARAMS_STREAM_TEXT_MAX
                              : avt_utf8_count(params->text) < AVT_PARAMS_SHORT_TEXT_MAX;
    default:
        return false;
    }
}

const char *avt_media_type_of(const char *extension)
{
    static const struct {
        const char *extension, *type;
    } known[] = {
        {"mp4", "video/mp4"},   {"m4v", "video/mp4"},         {"mov", "video/quicktime"},
        {"webm", "video/webm"}, {"gif", "image/gif"},         {"wav", "audio/wav"},
        {"flac", "audio/flac"}, {"mp3", "audio/mpeg"},        {"opus", "audio/ogg"},
        {"ogg", "audio/ogg"},   {"m4a", "audio/mp4"},         {"png", "image/png"},
        {"aac", "audio/aac"},   {"pcm", "audio/pcm"},
        {"jpg", "image/jpeg"},  {"webp", "image/webp"},       {"srt", "application/x-subrip"},
        {"vtt", "text/vtt"},    {"json", "application/json"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (avt_str_equal(known[i].extension, extension))
            return known[i].type;
    return "application/octet-stream";
}
