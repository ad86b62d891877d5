/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /v1: speech as OpenAI's API has it, for the many programs that speak with that one. Errors below /v1
 * have OpenAI's form too (call.c). What is said here of models and voices is docs/api.md's table.
 */
#include "api/job_answer.h"
#include "api/speech.h"
#include "api_handlers.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/voices.h"
#include "jobs/params.h"
#include "profile/piper.h"

/* ---- models ---------------------------------------------------------------------------------- */

/* One engine under its own name and those that clients have built in: none is another voice or quality. */
static const char *const MODELS[] = {"kokoro", "tts-1", "tts-1-hd", "gpt-4o-mini-tts"};
enum { MODEL_COUNT = sizeof(MODELS) / sizeof(*MODELS) };

/* 27 January 2025: publication of Kokoro-82M v1.0. */
#define MODEL_CREATED INT64_C(1737936000)

/* A dated or longer name of one of them means it too: "tts-1-1106", "kokoro-82m". */
static bool is_model(const char *id)
{
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        size_t size = strlen(MODELS[i]);
        if (avt_str_starts(id, MODELS[i]) && (id[size] == '\0' || id[size] == '-'))
            return true;
    }
    return false;
}

static json_t *model_json(const char *id)
{
    return json_pack("{s:s, s:s, s:I, s:s}", "id", id, "object", "model", "created",
                     (json_int_t)MODEL_CREATED, "owned_by", "avatar");
}

void avt_route_list_models(struct avt_http_request *request, void *user)
{
    (void)user;
    json_t *list = json_array();
    for (size_t i = 0; i < MODEL_COUNT; i++)
        json_array_append_new(list, model_json(MODELS[i]));
    avt_call_json(avt_call(request), 200, json_pack("{s:s, s:o}", "object", "list", "data", list));
}

void avt_route_get_model(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    if (is_model(id))
        avt_call_json(call, 200, model_json(id));
    else
        avt_call_problem(call, 404, "unknown_model",
                         "there is no model '%.64s'; GET /v1/models lists them", id);
}

/* ---- voices ---------------------------------------------------------------------------------- */

/* OpenAI's names, each to a voice of the same sex and about the same character; namesakes first. */
static const char *const NAMESAKES[][2] = {
    {"alloy", "af_alloy"},   {"ash", "am_michael"}, {"ballad", "bm_george"}, {"cedar", "am_puck"},
    {"coral", "af_bella"},   {"echo", "am_echo"},   {"fable", "bm_fable"},   {"marin", "af_heart"},
    {"nova", "af_nova"},     {"onyx", "am_onyx"},   {"sage", "af_sarah"},    {"shimmer", "af_kore"},
    {"verse", "am_fenrir"},
};

static json_t *voice_json(const char *id, const char *name, const char *language, const char *gender,
                          const char *kind)
{
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s}", "id", id, "name", name, "language", language,
                     "gender", gender, "kind", kind);
}

void avt_route_list_speech_voices(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_profile_home home = avt_call_home(call);
    AVT_CLEANUP(avt_freep) struct avt_profile *own = NULL;
    size_t count = 0;
    struct avt_error error = {0};
    if (avt_profile_list(&home, &own, &count, &error) != AVT_OK) {
        avt_call_error(call, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < avt_voice_count(); i++) {
        const struct avt_voice *voice = avt_voice_get(i);
        json_array_append_new(
            list, voice_json(voice->id, voice->name, voice->language, voice->gender, "stock"));
    }
    char **added = avt_piper_list(call->api->storage);
    for (size_t i = 0; added[i]; i++) {
        char language[AVT_PIPER_LANGUAGE_SIZE];
        if (avt_piper_language(call->api->storage, added[i], language, NULL) == AVT_OK)
            json_array_append_new(list, voice_json(added[i], added[i] + strlen(AVT_PIPER_PREFIX),
                                                   language, NULL, "added"));
    }
    avt_piper_list_free(added);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, voice_json(own[i].id, own[i].name, own[i].language,
                                               *own[i].gender ? own[i].gender : NULL,
                                               *own[i].blend ? "blend" : "cloned"));
    avt_call_json(call, 200, json_pack("{s:o}", "voices", list));
}

/* The voice asked for as the engine knows it; NULL: it has answered. */
static const char *voice_of(struct avt_call *call)
{
    const json_t *asked = json_object_get(call->body, "voice");
    const char *voice = json_string_value(json_is_object(asked) ? json_object_get(asked, "id") : asked);
    if (!voice)
        return AVT_VOICE_DEFAULT;
    for (size_t i = 0; i < sizeof(NAMESAKES) / sizeof(*NAMESAKES); i++) {
        if (avt_str_equal(NAMESAKES[i][0], voice))
            return NAMESAKES[i][1];
    }
    char missing[AVT_VOICE_NAME_SIZE];
    if (strlen(voice) <= AVT_PARAMS_VOICE_MAX && avt_job_voices_exist(call, voice, missing))
        return voice;
    avt_call_body_fault(call, 400, "unknown_voice", "voice", "unknown_voice",
                        "there is no voice '%.200s'; GET /v1/audio/voices lists them", voice);
    return NULL;
}

/* ---- speech ---------------------------------------------------------------------------------- */

static const char *text_or(const struct avt_call *call, const char *name, const char *fallback)
{
    const char *text = avt_call_body_text(call, name);
    return text ? text : fallback;
}

static json_t *params_of(const struct avt_call *call, const char *voice)
{
    json_t *params = json_pack("{s:s, s:s, s:s, s:b}", "text", avt_call_body_text(call, "input"),
                               "voice_profile_id", voice, "format",
                               text_or(call, "response_format", "mp3"), "stream", 1);
    json_t *speed = json_object_get(call->body, "speed");
    if (speed)
        json_object_set(params, "speed", speed);
    return params;
}

void avt_route_create_speech(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *model = avt_call_body_text(call, "model");
    if (!is_model(model)) {
        avt_call_body_fault(call, 404, "unknown_model", "model", "unknown_model",
                            "there is no model '%.64s'; GET /v1/models lists them", model);
        return;
    }
    const char *voice = voice_of(call);
    if (!voice)
        return;
    /* One that was just recycled or lost will be there again. */
    if (call->api->options.workers <= 0 && !avt_job_some_worker(call->api)) {
        avt_call_problem(call, 503, "no_worker",
                         "there is no worker that could speak now; start the server with --workers, "
                         "or try again later");
        return;
    }
    long long characters = (long long)avt_utf8_count(avt_call_body_text(call, "input"));
    const struct avt_speech_request speech = {
        .params = params_of(call, voice),
        .hurry = characters <= AVT_PARAMS_STREAM_TEXT_MAX,
        .events = avt_str_equal(text_or(call, "stream_format", "audio"), "sse"),
        .characters = characters};
    /* Clients send what other servers know; of our own jobs' fields nothing may come in with that. */
    json_object_clear(call->body);
    avt_speech_answer(call, &speech);
}
