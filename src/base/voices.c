/* SPDX-License-Identifier: Apache-2.0 */
/* The voices and languages that this build can speak with. Grades: overall grade in the voice list
 * that Kokoro-82M v1.0 was published with; "" where it gives none. Lateness:
 * tools/measure_lateness.py, on the pinned model and packs; bm_fable and the voices of other
 * languages than English, which the tool's text does not fit, carry the median of the others. */
#include "base/voices.h"

#include <string.h>

#include "base/assert.h"
#include "base/str.h"

#define KOKORO(id, name, language, gender, grade, lateness_ms)                                     \
    {                                                                                              \
        id, name, language, gender, grade, "kokoro", (lateness_ms) / 1000.0                        \
    }

/* ms: the median of the measured voices. */
enum { LATENESS_TYPICAL = 49 };

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
    KOKORO("ef_dora", "Dora", "es", "female", "", LATENESS_TYPICAL),
    KOKORO("em_alex", "Alex", "es", "male", "", LATENESS_TYPICAL),
    KOKORO("em_santa", "Santa", "es", "male", "", LATENESS_TYPICAL),
    KOKORO("ff_siwis", "Siwis", "fr", "female", "B-", LATENESS_TYPICAL),
    KOKORO("hf_alpha", "Alpha", "hi", "female", "C", LATENESS_TYPICAL),
    KOKORO("hf_beta", "Beta", "hi", "female", "C", LATENESS_TYPICAL),
    KOKORO("hm_omega", "Omega", "hi", "male", "C", LATENESS_TYPICAL),
    KOKORO("hm_psi", "Psi", "hi", "male", "C", LATENESS_TYPICAL),
    KOKORO("if_sara", "Sara", "it", "female", "C", LATENESS_TYPICAL),
    KOKORO("im_nicola", "Nicola", "it", "male", "C", LATENESS_TYPICAL),
    KOKORO("jf_alpha", "Alpha", "ja", "female", "C+", LATENESS_TYPICAL),
    KOKORO("jf_gongitsune", "Gongitsune", "ja", "female", "C", LATENESS_TYPICAL),
    KOKORO("jf_nezumi", "Nezumi", "ja", "female", "C-", LATENESS_TYPICAL),
    KOKORO("jf_tebukuro", "Tebukuro", "ja", "female", "C", LATENESS_TYPICAL),
    KOKORO("jm_kumo", "Kumo", "ja", "male", "C-", LATENESS_TYPICAL),
    KOKORO("pf_dora", "Dora", "pt-br", "female", "", LATENESS_TYPICAL),
    KOKORO("pm_alex", "Alex", "pt-br", "male", "", LATENESS_TYPICAL),
    KOKORO("pm_santa", "Santa", "pt-br", "male", "", LATENESS_TYPICAL),
    KOKORO("zf_xiaobei", "Xiaobei", "zh", "female", "D", LATENESS_TYPICAL),
    KOKORO("zf_xiaoni", "Xiaoni", "zh", "female", "D", LATENESS_TYPICAL),
    KOKORO("zf_xiaoxiao", "Xiaoxiao", "zh", "female", "D", LATENESS_TYPICAL),
    KOKORO("zf_xiaoyi", "Xiaoyi", "zh", "female", "D", LATENESS_TYPICAL),
    KOKORO("zm_yunjian", "Yunjian", "zh", "male", "D", LATENESS_TYPICAL),
    KOKORO("zm_yunxi", "Yunxi", "zh", "male", "D", LATENESS_TYPICAL),
    KOKORO("zm_yunxia", "Yunxia", "zh", "male", "D", LATENESS_TYPICAL),
    KOKORO("zm_yunyang", "Yunyang", "zh", "male", "D", LATENESS_TYPICAL),
};

static const struct avt_language LANGUAGES[] = {
    {"en-us", "American English", "English (US)", "af_heart",
     "Good morning. I can read your text aloud, quickly or slowly, and I never get tired of it."},
    {"en-gb", "British English", "English (UK)", "bf_emma",
     "Good morning. I can read your text aloud, quickly or slowly, and I never get tired of it."},
    {"es", "Spanish", "español", "ef_dora",
     "Buenos días. Puedo leer tu texto en voz alta, deprisa o despacio, y nunca me canso de hacerlo."},
    {"fr", "French", "français", "ff_siwis",
     "Bonjour. Je peux lire votre texte à voix haute, vite ou lentement, sans jamais me fatiguer."},
    {"hi", "Hindi", "हिन्दी", "hf_alpha",
     "नमस्ते। मैं आपका लेख तेज़ या धीमी गति से, बिना थके पढ़ सकती हूँ।"},
    {"it", "Italian", "italiano", "if_sara",
     "Buongiorno. Posso leggere il tuo testo ad alta voce, in fretta o lentamente, senza stancarmi mai."},
    {"ja", "Japanese", "日本語", "jf_alpha",
     "おはよう ございます。 あなたの ぶんしょうを はやくも ゆっくりも よみます。"},
    {"pt-br", "Brazilian Portuguese", "português (Brasil)", "pf_dora",
     "Bom dia. Posso ler o seu texto em voz alta, depressa ou devagar, e nunca me canso disso."},
    {"zh", "Mandarin Chinese", "中文（普通话）", "zf_xiaoxiao",
     "早上好。我可以用快或慢的速度朗读您的文字，而且从不疲倦。"},
};

/* What people and other programs write instead. */
static const struct {
    const char *tag, *language;
} ALIASES[] = {
    {"en", "en-us"},    {"es-es", "es"},    {"es-mx", "es"},   {"es-419", "es"}, {"es-us", "es"},
    {"fr-fr", "fr"},    {"fr-ca", "fr"},    {"fr-be", "fr"},   {"fr-ch", "fr"},  {"hi-in", "hi"},
    {"it-it", "it"},    {"it-ch", "it"},    {"ja-jp", "ja"},   {"pt", "pt-br"},  {"zh-cn", "zh"},
    {"zh-hans", "zh"},  {"cmn", "zh"},      {"en-uk", "en-gb"},
};

enum {
    VOICE_COUNT = sizeof(VOICES) / sizeof(VOICES[0]),
    LANGUAGE_COUNT = sizeof(LANGUAGES) / sizeof(LANGUAGES[0]),
};

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

bool avt_voice_is_blend(const char *spec)
{
    return strpbrk(spec, "*+") != NULL;
}

static void trim(const char **from, const char **to)
{
    while (*from < *to && **from == ' ')
        ++*from;
    while (*from < *to && (*to)[-1] == ' ')
        --*to;
}

/* Copies from..to without blanks around it; false for nothing, and what does not fit. */
static bool take(const char *from, const char *to, char *ret, size_t size)
{
    trim(&from, &to);
    size_t length = (size_t)(to - from);
    if (length == 0 || length >= size)
        return false;
    memcpy(ret, from, length);
    ret[length] = '\0';
    return true;
}

bool avt_voice_blend_next(const char **at, char ret_name[AVT_VOICE_NAME_SIZE], double *ret_weight)
{
    avt_assert(at && *at);
    static const double weight_max = 1000.0;
    char number[24] = "1";
    const char *from = *at, *plus = strchr(from, '+'), *to = plus ? plus : from + strlen(from);
    const char *star = memchr(from, '*', (size_t)(to - from));
    if (!take(from, star ? star : to, ret_name, AVT_VOICE_NAME_SIZE) ||
        (star && !take(star + 1, to, number, sizeof(number))))
        return false;
    *at = plus ? plus + 1 : NULL;
    return avt_parse_double(number, 0.0, weight_max, ret_weight) && *ret_weight > 0.0;
}

size_t avt_language_count(void)
{
    return LANGUAGE_COUNT;
}

const struct avt_language *avt_language_get(size_t index)
{
    avt_assert(index < LANGUAGE_COUNT);
    return &LANGUAGES[index];
}

const struct avt_language *avt_language_find(const char *tag)
{
    avt_assert(tag);
    for (size_t i = 0; i < sizeof(ALIASES) / sizeof(ALIASES[0]); i++) {
        if (avt_str_casecmp(ALIASES[i].tag, tag) == 0)
            tag = ALIASES[i].language;
    }
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        if (avt_str_casecmp(LANGUAGES[i].tag, tag) == 0)
            return &LANGUAGES[i];
    }
    return NULL;
}

const char *avt_voice_default(const char *language)
{
    const struct avt_language *known = language ? avt_language_find(language) : NULL;
    return known ? known->voice : AVT_VOICE_DEFAULT;
}

enum avt_code avt_language_check(const char *language, struct avt_error *reterr)
{
    avt_assert(language);
    if (avt_language_find(language))
        return AVT_OK;
    return avt_fail(reterr, AVT_EVOICE,
                    "the language '%.20s' cannot be spoken; these can: en-us, en-gb, es, fr, hi, "
                    "it, ja, pt-br, zh",
                    language);
}
