/* SPDX-License-Identifier: Apache-2.0 */
/* The voices that this build can speak with. Grades: overall grade in the voice list of
 * kokoro-js 1.2.1. Lateness: tools/measure_lateness.py, on the pinned model and packs; bm_fable
 * carries the median of the others. */
#include "base/voices.h"

#include <string.h>

#include "base/assert.h"
#include "base/str.h"

#define KOKORO(id, name, language, gender, grade, lateness_ms)                                     \
    {                                                                                              \
        id, name, language, gender, grade, "kokoro", (lateness_ms) / 1000.0                        \
    }

static const struct avt_voice VOICES[] = {
    KOKORO("af_heart", "Heart", "en-us", "female", "A", 47),
    KOKORO("af_alloy", "Alloy", "en-us", "female", "C", 44),
    KOKORO("af_aoede", "Aoede", "en-us", "female", "C+", 47),
    KOKORO("af_bella", "Bella", "en-us", "female", "A-", 57),
    KOKORO("af_jessica", "Jessica", "en-us", "female", "D", 54),
    KOKORO("af_kore", "Kore", "en-us", "female", "C+", 47),
    KOKORO("af_nicole", "Nicole", "en-us", "female", "B-", 50),
    KOKORO("af_nova", "Nova", "en-us", "female", "C", 46),
    KOKORO("af_river", "River", "en-us", "female", "D", 55),
    KOKORO("af_sarah", "Sarah", "en-us", "female", "C+", 56),
    KOKORO("af_sky", "Sky", "en-us", "female", "C-", 46),
    KOKORO("am_adam", "Adam", "en-us", "male", "F+", 46),
    KOKORO("am_echo", "Echo", "en-us", "male", "D", 46),
    KOKORO("am_eric", "Eric", "en-us", "male", "D", 49),
    KOKORO("am_fenrir", "Fenrir", "en-us", "male", "C+", 46),
    KOKORO("am_liam", "Liam", "en-us", "male", "D", 54),
    KOKORO("am_michael", "Michael", "en-us", "male", "C+", 57),
    KOKORO("am_onyx", "Onyx", "en-us", "male", "D", 48),
    KOKORO("am_puck", "Puck", "en-us", "male", "C+", 43),
    KOKORO("am_santa", "Santa", "en-us", "male", "D-", 50),
    KOKORO("bf_alice", "Alice", "en-gb", "female", "D", 58),
    KOKORO("bf_emma", "Emma", "en-gb", "female", "B-", 50),
    KOKORO("bf_isabella", "Isabella", "en-gb", "female", "C", 49),
    KOKORO("bf_lily", "Lily", "en-gb", "female", "D", 58),
    KOKORO("bm_daniel", "Daniel", "en-gb", "male", "D", 49),
    KOKORO("bm_fable", "Fable", "en-gb", "male", "C", 49),
    KOKORO("bm_george", "George", "en-gb", "male", "C", 53),
    KOKORO("bm_lewis", "Lewis", "en-gb", "male", "D+", 48),
};

enum { VOICE_COUNT = sizeof(VOICES) / sizeof(VOICES[0]) };

size_t avt_voice_count(void)
{
    return VOICE_COUNT;
}

const struct avt_voice *avt_voice_get(size_t index)
{
    avt_assert(index < VOICE_COUNT);
    return &VOICES[index];
}

/* People write "heart", "Heart" or "af-heart" for af_heart. */
static const char *nearest_voice(const char *id)
{
    for (size_t i = 0; i < VOICE_COUNT; i++) {
        if (avt_str_casecmp(VOICES[i].id, id) == 0 || avt_str_casecmp(VOICES[i].name, id) == 0)
            return VOICES[i].id;
    }
    const char *names[VOICE_COUNT];
    for (size_t i = 0; i < VOICE_COUNT; i++)
        names[i] = VOICES[i].id;
    const char *nearest = avt_nearest_name(id, names, VOICE_COUNT);
    if (nearest)
        return nearest;
    for (size_t i = 0; i < VOICE_COUNT; i++)
        names[i] = VOICES[i].name;
    nearest = avt_nearest_name(id, names, VOICE_COUNT);
    for (size_t i = 0; i < VOICE_COUNT; i++) {
        if (nearest && avt_str_equal(VOICES[i].name, nearest))
            return VOICES[i].id;
    }
    return NULL;
}

enum avt_code avt_voice_find(const char *id, const struct avt_voice **ret_voice,
                             struct avt_error *reterr)
{
    avt_assert(id && ret_voice);
    for (size_t i = 0; i < VOICE_COUNT; i++) {
        if (avt_str_equal(VOICES[i].id, id)) {
            *ret_voice = &VOICES[i];
            return AVT_OK;
        }
    }
    const char *nearest = nearest_voice(id);
    if (nearest)
        return avt_fail(reterr, AVT_EVOICE,
                        "there is no voice '%.40s'; did you mean '%s'? `avatar voice list` shows "
                        "all voices",
                        id, nearest);
    return avt_fail(reterr, AVT_EVOICE,
                    "there is no voice '%.40s'; `avatar voice list` shows all voices", id);
}

enum avt_code avt_language_check(const char *language, struct avt_error *reterr)
{
    avt_assert(language);
    if (avt_str_equal(language, "en-us") || avt_str_equal(language, "en-gb"))
        return AVT_OK;
    return avt_fail(reterr, AVT_EVOICE,
                    "the language '%.20s' cannot be spoken; en-us and en-gb can", language);
}
