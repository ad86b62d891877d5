/* SPDX-License-Identifier: Apache-2.0 */
/* /voice and /languages. Stock voices are a table; those of one's own are profiles of the storage
 * (profile/profile.h), which belong to the key that made them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/job_answer.h"
#include "api_handlers.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/voices.h"
#include "jobs/params.h"
#include "profile/piper.h"

/* ---- one voice
 * ------------------------------------------------------------------------------------ */

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static json_t *stock_json(const struct avt_voice *voice)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s, s:s, s:b, s:n}", "id", voice->id, "name",
                     voice->name, "language", voice->language, "gender",
                     voice->gender, "grade", or_null(voice->grade), "engine", voice->engine, "kind",
                     "stock", "read_only", 1, "created_at");
}

/* NULL: it is not there or cannot be read. */
static json_t *added_json(const struct avt_call *call, const char *id)
{
    char language[AVT_PIPER_LANGUAGE_SIZE];
    if (avt_piper_language(call->api->storage, id, language, NULL) != AVT_OK)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:n, s:n, s:s, s:s, s:b, s:n}", "id", id, "name",
                     id + strlen(AVT_PIPER_PREFIX), "language", language, "gender",
                     "grade", "engine", "piper", "kind", "added", "read_only", 1, "created_at");
}

/* Hz of semitones above 100 Hz. */
static double hz_of(double semitones)
{
    return 100.0 * exp2(semitones / 12.0);
}

/* What is known of the recordings, and how near the clone came. */
static void add_likeness(json_t *json, const struct avt_profile *profile)
{
    json_t *more = json_pack(
        "{s:f, s:f, s:f, s:s, s:f, s:f, s:f, s:b}", "similarity", profile->similarity,
        "self_similarity", profile->self_similarity, "stock_similarity", profile->stock_similarity,
        "stock_voice", profile->stock_id, "pitch_hz", hz_of(profile->pitch_st),
        "reference_pitch_hz", hz_of(profile->reference_pitch_st), "reference_speech_s",
        profile->reference_speech_s, "reference_kept", profile->has_reference);
    json_object_update(json, more);
    json_decref(more);
}

static json_t *own_json(const struct avt_profile *profile)
{
    bool is_blend = *profile->blend != '\0';
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s?, s:n, s:s, s:s, s:b, s:s, s:s, s:s?, s:s?, s:s?, s:s?}", "id",
        profile->id, "name", profile->name, "language", profile->language, "gender",
        or_null(profile->gender), "grade", "engine", profile->engine, "kind",
        is_blend ? "blend" : "cloned", "read_only", 0, "created_at", profile->created_at, "maker",
        profile->maker, "blend", or_null(profile->blend), "consent", or_null(profile->consent),
        "consent_by", or_null(profile->consent_by), "consent_at", or_null(profile->consent_at));
    if (!is_blend)
        add_likeness(json, profile);
    return json;
}

static const struct avt_voice *stock_voice(const char *id)
{
    const struct avt_voice *voice = NULL;
    return avt_voice_find(id, &voice, NULL) == AVT_OK ? voice : NULL;
}

/* ---- the list
 * ------------------------------------------------------------------------------------- */

/* A cursor is where the last page ended: "s12", the next of the table and then of the added voices; "p"
 * with the digits of created_at and the letters of the id of the last profile, which may be gone by now. */
enum { CURSOR_SIZE = 32, LIMIT_DEFAULT = 100 };

static void cursor_of(const struct avt_profile *profile, char ret_cursor[CURSOR_SIZE])
{
    size_t used = 0;
    ret_cursor[used++] = 'p';
    for (const char *p = profile->created_at; *p && *p != '.' && used < 15; p++) {
        if (*p >= '0' && *p <= '9')
            ret_cursor[used++] = *p;
    }
    snprintf(ret_cursor + used, CURSOR_SIZE - used, "%s", profile->id + strlen(AVT_PROFILE_PREFIX));
}

struct page {
    const struct avt_call *call;
    json_t *list;
    size_t limit;
    char last[CURSOR_SIZE]; /* of what was added last */
    bool full;              /* there is more */
};

static bool wanted(const struct avt_call *call, const json_t *voice, const char *name)
{
    const char *want = avt_call_text(call, name);
    const char *has = json_string_value(json_object_get(voice, name));
    return !want || (has && avt_str_equal(want, has));
}

/* `voice` is taken. */
static void add_voice(struct page *page, json_t *voice, const char *cursor)
{
    bool fits = wanted(page->call, voice, "language") && wanted(page->call, voice, "gender") &&
                wanted(page->call, voice, "kind");
    if (fits && json_array_size(page->list) == page->limit) {
        page->full = true;
    } else if (fits) {
        json_array_append(page->list, voice);
        snprintf(page->last, sizeof(page->last), "%s", cursor);
    }
    json_decref(voice);
}

/* Those of the table, then those that were added to this machine. */
static void add_shared(struct page *page, const char *after)
{
    int64_t first = 0;
    char cursor[CURSOR_SIZE];
    if (*after == 'p' || (*after == 's' && !avt_parse_int(after + 1, 0, INT32_MAX, &first)))
        return;
    char **added = avt_piper_list(page->call->api->storage);
    size_t stock = avt_voice_count(), count = stock;
    while (added[count - stock])
        count++;
    for (size_t i = (size_t)first; i < count && !page->full; i++) {
        json_t *voice = i < stock ? stock_json(avt_voice_get(i)) : added_json(page->call, added[i - stock]);
        snprintf(cursor, sizeof(cursor), "s%zu", i + 1);
        if (voice)
            add_voice(page, voice, cursor);
    }
    avt_piper_list_free(added);
}

static void add_own(struct page *page, const char *after, const struct avt_profile *profiles,
                    size_t count)
{
    for (size_t i = 0; i < count && !page->full; i++) {
        char cursor[CURSOR_SIZE];
        cursor_of(&profiles[i], cursor);
        if (*after != 'p' || strcmp(cursor, after) > 0)
            add_voice(page, own_json(&profiles[i]), cursor);
    }
}

void avt_route_list_voices(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_profile_home home = avt_call_home(call);
    AVT_CLEANUP(avt_freep) struct avt_profile *profiles = NULL;
    size_t count = 0;
    struct avt_error error = {0};
    if (avt_profile_list(&home, &profiles, &count, &error) != AVT_OK) {
        avt_call_error(call, &error);
        return;
    }
    const char *cursor = avt_call_text(call, "cursor");
    struct page page = {.call = call,
                        .list = json_array(),
                        .limit = (size_t)avt_call_int(call, "limit", LIMIT_DEFAULT)};
    add_shared(&page, cursor ? cursor : "");
    add_own(&page, cursor ? cursor : "", profiles, count);
    avt_call_json(call, 200,
                  json_pack("{s:o, s:s, s:s?}", "profiles", page.list, "default", AVT_VOICE_DEFAULT,
                            "next_cursor", page.full ? page.last : NULL));
}

/* ---- look, rename, delete
 * ------------------------------------------------------------------------- */

/* What came of a profile's own call. */
static void answer_own(struct avt_call *call, const char *id, enum avt_code code,
                       const struct avt_profile *profile, const struct avt_error *error)
{
    if (code == AVT_OK)
        avt_call_json(call, 200, own_json(profile));
    else if (code == AVT_ENOENT || code == AVT_EVOICE)
        avt_call_missing(call, "voice", id);
    else
        avt_call_error(call, error);
}

void avt_route_get_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    const struct avt_voice *stock = stock_voice(id);
    json_t *shared = stock ? stock_json(stock) : added_json(call, id);
    struct avt_profile_home home = avt_call_home(call);
    struct avt_profile profile;
    struct avt_error error = {0};
    if (shared)
        avt_call_json(call, 200, shared);
    else
        answer_own(call, id, avt_profile_get(&home, id, &profile, &error), &profile, &error);
}

static bool refuse_shared(struct avt_call *call, const char *id)
{
    bool stock = stock_voice(id);
    if (!stock && !avt_piper_exists(call->api->storage, id))
        return false;
    avt_call_problem(call, 403, "read_only", "the %s voice '%s' cannot be changed or deleted",
                     stock ? "stock" : "added", id);
    return true;
}

/* The id is asked for first: what is found by a name that looks like one is not meant. */
void avt_route_update_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id"), *name = avt_call_body_text(call, "name");
    struct avt_profile_home home = avt_call_home(call);
    struct avt_profile profile;
    struct avt_error error = {0};
    if (refuse_shared(call, id))
        return;
    enum avt_code code = avt_profile_get(&home, id, &profile, &error);
    if (code == AVT_OK)
        code = avt_profile_rename(&home, id, name, &profile, &error);
    if (code == AVT_EINVAL)
        avt_call_body_fault(call, 422, "validation_error", "name", "value_error", "%s",
                            error.message);
    else
        answer_own(call, id, code, &profile, &error);
}

void avt_route_delete_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    struct avt_profile_home home = avt_call_home(call);
    struct avt_profile profile;
    struct avt_error error = {0};
    if (refuse_shared(call, id))
        return;
    enum avt_code code = avt_profile_get(&home, id, &profile, &error);
    if (code == AVT_OK)
        code = avt_profile_delete(&home, id, &profile, &error);
    if (code == AVT_OK)
        avt_call_empty(call, 204);
    else
        answer_own(call, id, code, &profile, &error);
}

/* ---- speech
 * ------------------------------------------------------------------------------------------ */

static void answer_speech(struct avt_call *call, const struct avt_job *job)
{
    if (job->status != AVT_JOB_COMPLETED)
        avt_job_answer_failure(call, job);
    else if (avt_call_wants_json(call))
        avt_call_json(call, 200, avt_api_job_view(call->api, job));
    else if (!avt_job_serve(call, job, "file", false))
        avt_call_problem(call, 404, "not_found", "the speech of job '%s' is gone", job->id);
}

void avt_route_synthesize_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job job = {0};
    bool replayed = false;
    const char *tts = json_string_value(json_object_get(call->body, "tts"));
    bool brief = avt_utf8_count(avt_call_body_text(call, "text")) < AVT_PARAMS_SHORT_TEXT_MAX &&
                 !json_object_get(call->body, "run_at") && (!tts || avt_str_equal(tts, "builtin"));
    if (!avt_job_check_voice(call) ||
        !avt_job_submit(call, AVT_JOB_VOICE_SYNTHESIS, avt_job_params_of(call), brief, &job,
                        &replayed))
        return;
    avt_job_answer(call, &job, replayed, avt_job_wait_s(call, brief), answer_speech, NULL);
    avt_job_done(&job);
}

/* ---- languages
 * ------------------------------------------------------------------------------------- */

static json_t *language_json(const struct avt_language *language)
{
    int voices = 0;
    for (size_t i = 0; i < avt_voice_count(); i++)
        voices += avt_str_equal(avt_voice_get(i)->language, language->tag);
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "tag", language->tag, "name", language->name,
                     "endonym", language->endonym, "voice", language->voice, "voices", voices,
                     "sample", language->sample);
}

void avt_route_list_languages(struct avt_http_request *request, void *user)
{
    (void)user;
    json_t *list = json_array();
    for (size_t i = 0; i < avt_language_count(); i++)
        json_array_append_new(list, language_json(avt_language_get(i)));
    avt_call_json(avt_call(request), 200, json_pack("{s:o}", "languages", list));
}
