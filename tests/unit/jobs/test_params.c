/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "jobs/params.h"

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!json)
        fail_msg("%s: %s", text, error.text);
    return json;
}

#define UP   "up-0123456789abcdef"
#define AP   "ap-01234567"
#define JOB  "job-20240115120000-abc12345"

struct row {
    enum avt_job_type type;
    const char *json;
    enum avt_code code;
    const char *says; /* of a refusal */
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AVT_CLEANUP(avt_json_decrefp) json_t *json = parse(rows[i].json);
        struct avt_job_params params = {.face = 77};
        struct avt_error error = {0};
        enum avt_code code = avt_job_params_read(rows[i].type, json, &params, &error);
        if (code != rows[i].code || (code != AVT_OK && !strstr(error.message, rows[i].says)))
            fail_msg("%s: %s: %s", rows[i].json, avt_code_name(code), error.message);
        if (code != AVT_OK)
            assert_int_equal(params.face, 77);
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof(*(rows)))

static void params__full_pipeline(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\"}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"avatar\":null,\"config\":{}}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"avatar\":\"" AP "\"}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"avatar\":\"" JOB "\"}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"voice_profile_id\":\"vp-0a1b2c3d\"}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fps\":29.97}}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fps\":\"30000/1001\"}}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{}", AVT_EINVAL, "text: is missing"},
        {AVT_JOB_FULL_PIPELINE, "[]", AVT_EINVAL, "params: must be an object"},
        {AVT_JOB_FULL_PIPELINE, "null", AVT_EINVAL, "params: must be an object"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":7}", AVT_EINVAL, "text: must be a text"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"\"}", AVT_ETEXT, "text: the text is empty"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\" \\n\\t\"}", AVT_ETEXT, "empty"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"a\\u0000b\"}", AVT_ETEXT, "NUL"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"txt\":1}", AVT_EINVAL, "did you mean text?"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"image\":\"" UP "\"}", AVT_EINVAL,
         "image: there is no such field for full_pipeline"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"avatar\":\"/etc/passwd\"}", AVT_EINVAL, "avatar: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"avatar\":\"up-0123456789abcdeg\"}", AVT_EINVAL,
         "avatar: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"avatar\":\"" UP "/../x\"}", AVT_EINVAL, "avatar: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"voice_profile_id\":\"../x\"}", AVT_EINVAL, "voice_profile_id"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"voice_profile_id\":\"vp-1\"}", AVT_EINVAL, "voice_profile_id"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"language\":\"English!\"}", AVT_EINVAL, "language: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"captions\":\"SRT\"}", AVT_EINVAL,
         "captions: must be one of none, srt, vtt, burn"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"music\":\"song.mp3\"}", AVT_EINVAL, "music: must be the id"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"music\":\"" UP "\",\"config\":{\"format\":\"gif\"}}",
         AVT_EINVAL, "music: a GIF has no sound"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"watermark\":\"../logo.png\"}", AVT_EINVAL,
         "watermark: must be the id"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"intro\":\"title.png\"}", AVT_EINVAL, "intro: must be the id"},
        {AVT_JOB_FULL_PIPELINE,
         "{\"text\":\"Hi.\",\"outro\":\"" UP
         "\",\"background\":\"transparent\",\"config\":{\"format\":\"mov\"}}",
         AVT_EINVAL, "outro: a transparent film"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"background\":\"office.png\"}", AVT_EINVAL,
         "background: must be keep"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"background\":\"ap-01234567\"}", AVT_EINVAL,
         "background: must be keep"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"background\":7}", AVT_EINVAL, "background: must be keep"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"background\":\"transparent\"}", AVT_EINVAL,
         "background: a film in mp4 cannot be transparent"},
        {AVT_JOB_FULL_PIPELINE,
         "{\"text\":\"Hi.\",\"background\":\"transparent\",\"config\":{\"format\":\"mov\"}}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"background\":\"#1a6b3c\"}", AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":[]}", AVT_EINVAL, "config: must be an object"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fit\":\"crop\"}}", AVT_EINVAL,
         "config.fit: must be one of cover, contain, face"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fps\":0}}", AVT_EINVAL, "config.fps: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fps\":1e300}}", AVT_EINVAL, "config.fps: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fps\":-25}}", AVT_EINVAL, "config.fps: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fps\":\"25/0\"}}", AVT_EINVAL, "config.fps: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fps\":\"fast\"}}", AVT_EINVAL, "config.fps: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"fps\":true}}", AVT_EINVAL, "config.fps: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"size\":\"1280x721\"}}", AVT_EINVAL, "config.size"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"size\":\"99999999x2\"}}", AVT_EINVAL, "config.size"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"size\":\"x\"}}", AVT_EINVAL, "config.size"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"speed\":2.01}}", AVT_EINVAL, "config.speed"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"seed\":-1}}", AVT_EINVAL, "config.seed"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"seed\":1.5}}", AVT_EINVAL, "config.seed"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"head_motion\":0,\"expressiveness\":1,\"blink\":0}}",
         AVT_OK, ""},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"head_motion\":1.01}}", AVT_EINVAL,
         "config.head_motion: must be a number from 0 to 1"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"expressiveness\":-0.1}}", AVT_EINVAL,
         "config.expressiveness: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"emotion\":\"angry\"}}", AVT_EINVAL,
         "config.emotion: must be one of neutral, happy, sad, serious, surprised"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"blink\":61}}", AVT_EINVAL, "config.blink: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"blink\":\"off\"}}", AVT_EINVAL, "config.blink: must"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"format\":\"wav\"}}", AVT_EINVAL, "config.format"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"video_quality\":\"best\"}}", AVT_EINVAL,
         "config.video_quality: must be one of low, medium, high, ultra"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"config\":{\"video_qualty\":\"low\"}}", AVT_EINVAL,
         "did you mean video_quality?"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"face\":17}", AVT_EINVAL, "face: must"},
    };
    CHECK(rows);
}

static void params__other_types(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"speed\":1.5,\"format\":\"opus\"}", AVT_OK, ""},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"format\":\"mp4\"}", AVT_EINVAL, "format: must be one of wav"},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"speed\":\"1\"}", AVT_EINVAL, "speed: must"},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"speed\":4,\"format\":\"pcm\",\"stream\":true}", AVT_OK, ""},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"speed\":4.01}", AVT_EINVAL, "from 0.25 to 4"},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"stream\":1}", AVT_EINVAL, "stream: must be true"},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"format\":\"m4a\",\"stream\":true}", AVT_EINVAL, "choose aac"},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"voice_profile_id\":\"af_heart*0.7+am_adam*0.3\"}", AVT_OK,
         ""},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"voice_profile_id\":\"a+/etc\"}", AVT_EINVAL, "must be the id"},
        {AVT_JOB_VOICE_SYNTHESIS, "{\"text\":\"Hi.\",\"config\":{}}", AVT_EINVAL, "config: there is no such"},
        {AVT_JOB_FACE_DETECT, "{\"image\":\"" UP "\",\"face\":2,\"annotate\":true}", AVT_OK, ""},
        {AVT_JOB_FACE_DETECT, "{}", AVT_EINVAL, "image: is missing"},
        {AVT_JOB_FACE_DETECT, "{\"image\":null}", AVT_EINVAL, "image: is missing"},
        {AVT_JOB_FACE_DETECT, "{\"image\":[\"" UP "\"]}", AVT_EINVAL, "image: must be the id"},
        {AVT_JOB_FACE_DETECT, "{\"image\":\"" UP "\",\"annotate\":1}", AVT_EINVAL, "annotate: must be true"},
        {AVT_JOB_FACE_DETECT, "{\"image\":\"" UP "\",\"face\":\"1\"}", AVT_EINVAL, "face: must"},
        {AVT_JOB_LIPSYNC, "{\"audio\":\"" UP "\",\"text\":\"Hi.\"}", AVT_OK, ""},
        {AVT_JOB_LIPSYNC, "{\"audio\":\"" JOB "\",\"timeline\":{\"version\":1}}", AVT_OK, ""},
        {AVT_JOB_LIPSYNC, "{\"audio\":\"" UP "\"}", AVT_OK, ""},
        {AVT_JOB_LIPSYNC, "{\"audio\":\"" UP "\",\"captions\":\"srt\"}", AVT_EINVAL, "captions: they need to know"},
        {AVT_JOB_LIPSYNC, "{\"text\":\"Hi.\"}", AVT_EINVAL, "audio: is missing"},
        {AVT_JOB_LIPSYNC, "{\"audio\":\"" UP "\",\"timeline\":\"x\"}", AVT_EINVAL, "timeline: must be an object"},
        {AVT_JOB_VIDEO_ENCODE, "{\"input\":\"" UP "\",\"config\":{\"format\":\"webm\",\"fps\":30}}", AVT_OK, ""},
        {AVT_JOB_VIDEO_ENCODE, "{\"config\":{}}", AVT_EINVAL, "input: is missing"},
        {AVT_JOB_VIDEO_ENCODE, "{\"input\":\"" UP "\",\"config\":{\"seed\":3}}", AVT_EINVAL, "config.seed: there"},
        {AVT_JOB_VIDEO_ENCODE, "{\"input\":\"" UP "\",\"config\":{\"blink\":3}}", AVT_EINVAL, "config.blink: there"},
        {AVT_JOB_LIPSYNC, "{\"audio\":\"" UP "\",\"text\":\"Hi.\",\"config\":{\"emotion\":\"sad\"}}", AVT_OK, ""},
        {AVT_JOB_VIDEO_INFO, "{\"input\":\"" UP "\"}", AVT_OK, ""},
        {AVT_JOB_VIDEO_INFO, "{\"input\":\"http://x/y\"}", AVT_EINVAL, "input: must"},
        {AVT_JOB_WEBHOOK, "{\"anything\":1}", AVT_OK, ""},
        {AVT_JOB_WEBHOOK, "3", AVT_EINVAL, "params: must be an object"},
    };
    CHECK(rows);
}

#define CLONE(more) "{\"name\":\"Anna\",\"audio\":[\"" UP "\"],\"consent\":\"I agree.\"" more "}"

static void params__voice_clone(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {AVT_JOB_VOICE_CLONE, CLONE(""), AVT_OK, ""},
        {AVT_JOB_VOICE_CLONE, CLONE(",\"effort\":\"fast\",\"points\":5,\"keep_reference\":true"), AVT_OK, ""},
        {AVT_JOB_VOICE_CLONE, CLONE(",\"consent_by\":\"A. B.\",\"consent_audio\":\"" JOB "\""), AVT_OK, ""},
        {AVT_JOB_VOICE_CLONE, CLONE(",\"language\":\"fr\""), AVT_OK, ""},
        {AVT_JOB_VOICE_CLONE, "{}", AVT_EINVAL, "name: is missing"},
        {AVT_JOB_VOICE_CLONE, "{\"name\":\"A\",\"audio\":[\"" UP "\"]}", AVT_EINVAL, "consent: is missing"},
        {AVT_JOB_VOICE_CLONE, "{\"name\":\"A\",\"audio\":[],\"consent\":\"Yes.\"}", AVT_EINVAL, "audio: must be"},
        {AVT_JOB_VOICE_CLONE, "{\"name\":\"A\",\"audio\":\"" UP "\",\"consent\":\"Yes.\"}", AVT_EINVAL,
         "audio: must be a list"},
        {AVT_JOB_VOICE_CLONE, "{\"name\":\"A\",\"audio\":[\"a.wav\"],\"consent\":\"Yes.\"}", AVT_EINVAL,
         "audio: must be the id"},
        {AVT_JOB_VOICE_CLONE, "{\"name\":\"a\\nb\"}", AVT_EINVAL, "name: must be one line"},
        {AVT_JOB_VOICE_CLONE, "{\"consent\":\"  \"}", AVT_EINVAL, "consent: must be one line"},
        {AVT_JOB_VOICE_CLONE, "{\"consent\":\"a\\u0000b\"}", AVT_EINVAL, "consent: must be one line"},
        {AVT_JOB_VOICE_CLONE, CLONE(",\"effort\":\"more\""), AVT_EINVAL, "effort: must be one of fast, default, best"},
        {AVT_JOB_VOICE_CLONE, CLONE(",\"points\":0"), AVT_EINVAL, "points: must"},
        {AVT_JOB_VOICE_CLONE, CLONE(",\"keep_reference\":\"no\""), AVT_EINVAL, "keep_reference: must be true"},
        {AVT_JOB_VOICE_CLONE, CLONE(",\"text\":\"Hi.\""), AVT_EINVAL, "text: there is no such field"},
        {AVT_JOB_LIPSYNC, "{\"text\":\"Hi.\",\"audio\":[\"" UP "\"]}", AVT_EINVAL, "audio: must be the id"},
    };
    CHECK(rows);
}

#define PERSON(more) "{\"prompt\":\"a man\"," more "}"

static void params__avatar_generate(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {AVT_JOB_AVATAR_GENERATE, "{\"prompt\":\"a man\"}", AVT_OK, ""},
        {AVT_JOB_AVATAR_GENERATE,
         PERSON("\"seed\":7,\"look\":\"toon\",\"size\":\"64x2048\",\"variations\":16,\"name\":\"Zo\u00eb\","
                "\"attributes\":{\"age\":52}"),
         AVT_OK, ""},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"look\":null"), AVT_OK, ""},
        {AVT_JOB_AVATAR_GENERATE, "{\"attributes\":{\"age\":52}}", AVT_OK, ""},
        {AVT_JOB_AVATAR_GENERATE, "{\"prompt\":null,\"attributes\":{}}", AVT_OK, ""},
        {AVT_JOB_AVATAR_GENERATE, "{}", AVT_EINVAL, "prompt: is missing; say what the person looks like, or give"},
        {AVT_JOB_AVATAR_GENERATE, "{\"seed\":7}", AVT_EINVAL, "prompt: is missing"},
        {AVT_JOB_AVATAR_GENERATE, "{\"engine\":\"sd\"}", AVT_EINVAL, "prompt: is missing"},
        {AVT_JOB_AVATAR_GENERATE, "{\"engine\":\"sd\",\"attributes\":{}}", AVT_EINVAL, "prompt: is missing"},
        {AVT_JOB_AVATAR_GENERATE, "{\"prompt\":7}", AVT_EINVAL, "prompt: must be a text"},
        {AVT_JOB_AVATAR_GENERATE, "{\"prompt\":\" \\n\"}", AVT_ETEXT, "prompt: is empty"},
        {AVT_JOB_AVATAR_GENERATE, "{\"prompt\":\"a\\u0000b\"}", AVT_ETEXT, "NUL"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"attributes\":[]"), AVT_EINVAL, "attributes: must be an object"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"look\":\"oil\""), AVT_EINVAL, "look: must be one of real, toon"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"seed\":-1"), AVT_EINVAL, "seed: must"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"seed\":1.5"), AVT_EINVAL, "seed: must"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"size\":\"source\""), AVT_EINVAL, "size: must be WIDTHxHEIGHT"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"size\":\"62x64\""), AVT_EINVAL, "size: must"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"size\":\"2050x64\""), AVT_EINVAL, "size: must"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"size\":\"321x320\""), AVT_EINVAL, "size: must"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"variations\":0"), AVT_EINVAL, "variations: must"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"variations\":17"), AVT_EINVAL, "variations: must"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"name\":\" \""), AVT_EINVAL, "name: the name of an avatar profile is empty"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"name\":\"a\\u0000b\""), AVT_EINVAL, "name: must be a text"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"config\":{}"), AVT_EINVAL, "config: there is no such field"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"modelled\",\"look\":\"toon\""), AVT_OK, ""},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"model\":\"sd-turbo_0.9\",\"size\":\"512x768\""), AVT_OK,
         ""},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"oil\""), AVT_EINVAL, "engine: must be one of modelled, sd"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"model\":\"/models/sd\""), AVT_EINVAL, "a path is not"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"model\":\"..\""), AVT_EINVAL, "model: must be"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"model\":\"a\\u0000\""), AVT_EINVAL, "model: must be"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"model\":7"), AVT_EINVAL, "model: must be"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"model\":\"turbo\""), AVT_EINVAL, "model: is for the engine sd"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"look\":\"real\""), AVT_EINVAL, "look: the engine sd"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"attributes\":{}"), AVT_EINVAL, "attributes: the engine"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"variations\":2"), AVT_EINVAL, "variations: the engine"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"engine\":\"sd\",\"size\":\"1032x64\""), AVT_EINVAL,
         "size: with the engine"},
        {AVT_JOB_AVATAR_GENERATE, PERSON("\"variation\":2"), AVT_EINVAL, "did you mean variations?"},
        {AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hi.\",\"prompt\":\"a man\"}", AVT_EINVAL, "prompt: there is no such"},
    };
    CHECK(rows);
}

static void params__voices(void **state)
{
    (void)state;
    static const char *const good[] = {"af_heart", "vp-k3x9z0qw", "af_heart*0.7+am_adam*0.3",
                                       "vp-k3x9z0qw * 2 + af_heart"};
    static const char *const bad[] = {"", "vp-k3x9z0q", "vp-K3x9z0qw", "af_heart*", "*1", "+", "af_heart+",
                                      "af_heart*0", "af_heart*-1", "a/b*1", "af_heart*1+../x*2"};
    for (size_t i = 0; i < sizeof(good) / sizeof(*good) + sizeof(bad) / sizeof(*bad); i++) {
        bool is_good = i < sizeof(good) / sizeof(*good);
        const char *voice = is_good ? good[i] : bad[i - sizeof(good) / sizeof(*good)];
        AVT_CLEANUP(avt_json_decrefp) json_t *json =
            json_pack("{s:s, s:s}", "text", "Hi.", "voice_profile_id", voice);
        struct avt_job_params params;
        struct avt_error error = {0};
        enum avt_code code = avt_job_params_read(AVT_JOB_VOICE_SYNTHESIS, json, &params, &error);
        if (code != (is_good ? AVT_OK : AVT_EINVAL))
            fail_msg("%s: %s", voice, error.message);
    }
}

static void params__values_arrive(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_json_decrefp) json_t *json =
        parse("{\"text\":\"Hi.\",\"voice_profile_id\":\"am_michael\",\"avatar\":\"" UP "\",\"face\":2,"
              "\"language\":\"en-gb\",\"captions\":\"vtt\",\"music\":\"" JOB "\",\"watermark\":\"" UP "\","
              "\"background\":\"" JOB "\",\"intro\":\"" UP "\",\"outro\":\"" JOB "\","
              "\"config\":{\"video_quality\":\"high\","
              "\"size\":\"640x360\",\"fit\":\"face\",\"fps\":29.97,\"speed\":1.25,\"seed\":9,\"format\":\"webm\","
              "\"head_motion\":0.25,\"expressiveness\":1,\"emotion\":\"serious\",\"blink\":7}}");
    struct avt_job_params params;
    struct avt_error error = {0};
    assert_int_equal(avt_job_params_read(AVT_JOB_FULL_PIPELINE, json, &params, &error), AVT_OK);
    assert_string_equal(params.text, "Hi.");
    assert_string_equal(params.voice, "am_michael");
    assert_int_equal(params.avatar.kind, AVT_REF_UPLOAD);
    assert_string_equal(params.avatar.id, UP);
    assert_int_equal(params.face, 2);
    assert_string_equal(params.music.id, JOB);
    assert_string_equal(params.watermark.id, UP);
    assert_string_equal(params.intro.id, UP);
    assert_string_equal(params.outro.id, JOB);
    assert_null(params.background);
    assert_string_equal(params.behind.id, JOB);
    assert_string_equal(params.language, "en-gb");
    assert_string_equal(params.captions, "vtt");
    assert_string_equal(params.config.quality, "high");
    assert_string_equal(params.config.size, "640x360");
    assert_string_equal(params.config.fit, "face");
    assert_int_equal(params.config.fps_num, 30000);
    assert_int_equal(params.config.fps_den, 1001);
    assert_true(params.config.speed == 1.25);
    assert_int_equal(params.config.seed, 9);
    assert_string_equal(params.config.format, "webm");
    assert_true(params.config.head_motion == 0.25);
    assert_true(params.config.expressiveness == 1);
    assert_string_equal(params.config.emotion, "serious");
    assert_int_equal(params.config.blink, 7);
}

static void params__frame_rates(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int num, den;
    } rows[] = {
        {"{\"text\":\"a\",\"config\":{\"fps\":25}}", 25, 1},
        {"{\"text\":\"a\",\"config\":{\"fps\":25.0}}", 25, 1},
        {"{\"text\":\"a\",\"config\":{\"fps\":23.976}}", 24000, 1001},
        {"{\"text\":\"a\",\"config\":{\"fps\":23.98}}", 24000, 1001},
        {"{\"text\":\"a\",\"config\":{\"fps\":59.94}}", 60000, 1001},
        {"{\"text\":\"a\",\"config\":{\"fps\":12.5}}", 12500, 1000},
        {"{\"text\":\"a\",\"config\":{\"fps\":\"30000/1001\"}}", 30000, 1001},
        {"{\"text\":\"a\",\"config\":{\"fps\":60}}", 60, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_json_decrefp) json_t *json = parse(rows[i].json);
        struct avt_job_params params;
        assert_int_equal(avt_job_params_read(AVT_JOB_FULL_PIPELINE, json, &params, NULL), AVT_OK);
        assert_int_equal(params.config.fps_num, rows[i].num);
        assert_int_equal(params.config.fps_den, rows[i].den);
    }
}

static void params__what_is_not_given(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_json_decrefp) json_t *json = parse("{\"text\":\"Hi.\"}");
    struct avt_job_params params;
    assert_int_equal(avt_job_params_read(AVT_JOB_VOICE_SYNTHESIS, json, &params, NULL), AVT_OK);
    assert_string_equal(params.config.format, "wav");
    assert_true(params.config.speed == 1);
    assert_null(params.voice);
    assert_int_equal(avt_job_params_read(AVT_JOB_FULL_PIPELINE, json, &params, NULL), AVT_OK);
    assert_string_equal(params.config.format, "mp4");
    assert_string_equal(params.config.quality, "medium");
    assert_string_equal(params.config.size, "source");
    assert_string_equal(params.config.fit, "cover");
    assert_string_equal(params.captions, "none");
    assert_int_equal(params.config.fps_num, 0);
    assert_int_equal(params.avatar.kind, AVT_REF_NONE);
}

static void params__text_has_a_limit(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *text = avt_new0(char, AVT_PARAMS_TEXT_BYTES_MAX + 2);
    memset(text, 'a', AVT_PARAMS_TEXT_BYTES_MAX + 1);
    struct avt_job_params params;
    struct avt_error error = {0};
    for (int over = 1; over >= 0; over--) {
        text[AVT_PARAMS_TEXT_BYTES_MAX + over] = '\0';
        AVT_CLEANUP(avt_json_decrefp) json_t *json = json_pack("{s:s}", "text", text);
        assert_int_equal(avt_job_params_read(AVT_JOB_VOICE_SYNTHESIS, json, &params, &error),
                         over ? AVT_ETEXT : AVT_OK);
    }
    /* A refusal does not repeat what was to be said: it ends up in logs. */
    assert_null(strstr(error.message, "aaaa"));
}

static void params__what_is_short(void **state)
{
    (void)state;
    char text[AVT_PARAMS_SHORT_TEXT_MAX + 1] = "";
    memset(text, 'a', AVT_PARAMS_SHORT_TEXT_MAX);
    for (int size = AVT_PARAMS_SHORT_TEXT_MAX; size >= AVT_PARAMS_SHORT_TEXT_MAX - 1; size--) {
        text[size] = '\0';
        struct avt_job_params params = {
            .type = AVT_JOB_VOICE_SYNTHESIS, .text = text, .config = {.tts = "builtin"}};
        assert_int_equal(avt_job_params_short(&params), size < AVT_PARAMS_SHORT_TEXT_MAX);
        params.config.tts = "xtts";
        assert_false(avt_job_params_short(&params));
        params.type = AVT_JOB_FULL_PIPELINE;
        assert_false(avt_job_params_short(&params));
        params.type = AVT_JOB_FACE_DETECT;
        assert_true(avt_job_params_short(&params));
    }
}

static void params__media_types(void **state)
{
    (void)state;
    assert_string_equal(avt_media_type_of("mp4"), "video/mp4");
    assert_string_equal(avt_media_type_of("wav"), "audio/wav");
    assert_string_equal(avt_media_type_of("exe"), "application/octet-stream");
    assert_string_equal(avt_media_type_of(""), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(params__full_pipeline),      cmocka_unit_test(params__other_types),
        cmocka_unit_test(params__voice_clone),
        cmocka_unit_test(params__avatar_generate),
        cmocka_unit_test(params__voices),
        cmocka_unit_test(params__values_arrive),      cmocka_unit_test(params__what_is_not_given),
        cmocka_unit_test(params__text_has_a_limit),   cmocka_unit_test(params__what_is_short),
        cmocka_unit_test(params__media_types),        cmocka_unit_test(params__frame_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
