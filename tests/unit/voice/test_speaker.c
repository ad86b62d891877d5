/* SPDX-License-Identifier: Apache-2.0 */
/* Blends of voices, IPA and the user's lexicon: what people write. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/ipa.h"
#include "profile/piper.h"
#include "voice/speaker.h"
#include "voice/user_lexicon.h"

static void blend__has_weights_that_sum_to_one(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *id, *language;
        size_t parts;
        bool differ;
    } ROWS[] = {
        {"af_heart", "af_heart", "en-us", 1, false},
        {"af_heart*0.7+am_adam*0.3", "af_heart*0.70+am_adam*0.30", "en-us", 2, false},
        {"af_heart + bm_george", "af_heart*0.50+bm_george*0.50", "en-us", 2, true},
        {"af_heart*1+ff_siwis * 3", "af_heart*0.25+ff_siwis*0.75", "fr", 2, true},
        {"af_heart*5", "af_heart*1.00", "en-us", 1, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_speaker_done) struct avt_speaker speaker = {0};
        struct avt_error error = {0};
        if (avt_speaker_find(ROWS[i].spec, NULL, &speaker, &error) != AVT_OK)
            fail_msg("%s: %s", ROWS[i].spec, error.message);
        assert_string_equal(speaker.id, ROWS[i].id);
        assert_string_equal(speaker.language, ROWS[i].language);
        assert_int_equal(speaker.part_count, ROWS[i].parts);
        assert_int_equal(speaker.languages_differ, ROWS[i].differ);
        double sum = 0.0;
        for (size_t p = 0; p < speaker.part_count; p++)
            sum += speaker.parts[p].weight;
        assert_true(fabs(sum - 1.0) < 1e-9);
        assert_true(speaker.lateness_s > 0.02 && speaker.lateness_s < 0.1);
    }
}

static void blend__is_refused(void **state)
{
    (void)state;
    static const char *const ROWS[] = {
        "",         "af_heart+",        "+af_heart",        "af_heart*",     "*0.5",
        "af_heart*0", "af_heart*-1",    "af_heart*x",       "af_heart**2",   "af_heart*1e9",
        "af_hart*1+af_heart", "af_heart*nan", "a+a+a+a+a+a+a+a+a",
        "af_heart+af_heart+af_heart+af_heart+af_heart+af_heart+af_heart+af_heart+af_heart",
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct avt_speaker speaker = {0};
        struct avt_error error = {0};
        if (avt_speaker_find(ROWS[i], NULL, &speaker, &error) != AVT_EVOICE || !error.message[0])
            fail_msg("'%s' is taken", ROWS[i]);
    }
}

static void piper__config_is_checked(void **state)
{
    (void)state;
#define OF_VOICE(name) "{\"audio\":{\"sample_rate\":22050},\"espeak\":{\"voice\":\"" name "\"},"
#define HEAD OF_VOICE("fr-fr")
#define TAIL                                                                                       \
    "\"inference\":{\"noise_scale\":0.6,\"length_scale\":1,\"noise_w\":0.8},"                       \
    "\"phoneme_id_map\":{\"_\":[0],\"^\":[1],\"$\":[2],\"a\":[14],\"ab\":[3]}}"
    static const char GOOD[] = HEAD TAIL;
    static const struct {
        const char *json, *part;
    } ROWS[] = {
        {"", "JSON"},
        {"[]", "sample_rate"},
        {"{\"audio\":{\"sample_rate\":5}}", "sample_rate"},
        {HEAD "\"inference\":{}}", "noise_scale"},
        {HEAD "\"inference\":{\"noise_scale\":0,\"length_scale\":1,\"noise_w\":0}}", "phoneme_id_map"},
        {"{\"audio\":{\"sample_rate\":22050}," TAIL, "no espeak.voice"},
        {OF_VOICE("../de") TAIL, "no espeak.voice"},
        {OF_VOICE("ja") TAIL, "Chinese and Japanese"},
        {HEAD "\"phoneme_type\":\"text\"," TAIL, "'text'"},
    };
    AVT_CLEANUP(avt_freep) struct avt_piper_config *config = avt_new0(struct avt_piper_config, 1);
    struct avt_error error = {0};
    assert_int_equal(avt_piper_config_parse(GOOD, strlen(GOOD), config, &error), AVT_OK);
    assert_string_equal(config->language, "fr");
    static const char OTHER[] = OF_VOICE("de") TAIL;
    assert_int_equal(avt_piper_config_parse(OTHER, strlen(OTHER), config, &error), AVT_OK);
    assert_string_equal(config->language, "de");
    assert_int_equal(config->symbol_count, 4);
    assert_int_equal(avt_piper_symbol(config, 'a')->ids[0], 14);
    assert_null(avt_piper_symbol(config, 'b'));
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        assert_int_equal(
            avt_piper_config_parse(ROWS[i].json, strlen(ROWS[i].json), config, &error),
            AVT_EFORMAT);
        if (!strstr(error.message, ROWS[i].part))
            fail_msg("%s: %s", ROWS[i].json, error.message);
    }
    char *id = NULL, *folder = NULL;
    assert_int_equal(avt_piper_add("/nonexistent", "x.onnx", "../x", &id, &error), AVT_EINVAL);
    assert_int_equal(avt_piper_folder("/nonexistent", "piper-../x", &folder, &error), AVT_EVOICE);
}

/* A voice of two speakers, with names or without. */
static void write_voice(const char *storage, const char *id, const char *names)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/voices-piper/%s", storage, id);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/voice.json", folder);
    AVT_CLEANUP(avt_freep)
    char *json = avt_asprintf(HEAD "\"num_speakers\":2,\"speaker_id_map\":%s," TAIL, names);
    assert_int_equal(avt_mkdirs(folder, NULL), AVT_OK);
    assert_int_equal(avt_file_write(path, json, strlen(json), NULL), AVT_OK);
}

static void piper__speaker_is_chosen(void **state)
{
    (void)state;
    char storage[] = "/tmp/avatar-speaker-XXXXXX";
    assert_non_null(mkdtemp(storage));
    write_voice(storage, "piper-named", "{\"anna\":0,\"bob\":1,\"far\":7}");
    write_voice(storage, "piper-bare", "{}");
    static const struct {
        const char *spec;
        int speaker; /* -1: refused */
    } ROWS[] = {
        {"piper-named", 0},   {"piper-named:anna", 0}, {"piper-named:bob", 1}, {"piper-named:far", -1},
        {"piper-named:1", -1}, {"piper-named:", -1},   {"piper-bare:1", 1},    {"piper-bare:2", -1},
        {"piper-bare:-1", -1}, {"piper-bare:1x", -1},  {"piper-none:1", -1},
    };
    const struct avt_profile_home home = {.storage = storage};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_speaker_done) struct avt_speaker speaker = {0};
        struct avt_error error = {0};
        enum avt_code code = avt_speaker_find(ROWS[i].spec, &home, &speaker, &error);
        bool as_expected = ROWS[i].speaker < 0 ? code == AVT_EVOICE : code == AVT_OK;
        if (!as_expected || speaker.data_speaker != (ROWS[i].speaker > 0 ? ROWS[i].speaker : 0))
            fail_msg("%s: %d, %s", ROWS[i].spec, (int)speaker.data_speaker, error.message);
        assert_int_equal(avt_piper_exists(storage, ROWS[i].spec), ROWS[i].speaker >= 0);
    }
    struct avt_error error = {0};
    struct avt_speaker speaker = {0};
    assert_int_equal(avt_speaker_find("piper-named:eve", &home, &speaker, &error), AVT_EVOICE);
    assert_non_null(strstr(error.message, "no speaker 'eve'; it has 2, such as 'anna'"));
    assert_int_equal(avt_piper_remove(storage, "piper-named:bob", &error), AVT_EVOICE);
    assert_int_equal(avt_piper_remove(storage, "piper-named", &error), AVT_OK);
    assert_int_equal(avt_piper_remove(storage, "piper-bare", &error), AVT_OK);
    AVT_CLEANUP(avt_freep) char *voices = avt_asprintf("%s/voices-piper", storage);
    assert_int_equal(rmdir(voices), 0);
    assert_int_equal(rmdir(storage), 0);
}

static void ipa__becomes_the_alphabet_of_the_model(void **state)
{
    (void)state;
    static const struct {
        const char *ipa, *language, *expected; /* NULL: refused */
    } ROWS[] = {
        {"təˈmeɪtoʊ", "en-us", "təˈmAtO"},   {"/tʃɜːrtʃ/", "en-us", "ʧɜɹʧ"},
        {"ɡəʊt", "en-gb", "ɡQt"},           {"gut", "en-us", "ɡut"},
        {"ˈt͡ʃiz", "en-us", "ˈʧiz"},         {"ka.sa", "es", "kasa"},
        {"ˈsaʊ̯na", "it", "ˈsWna"},          {"ʃta͡ɪn", "fr", "ʃtIn"},
        {"q4", "en-us", NULL},              {"", "en-us", NULL},
        {"ˈ", "en-us", NULL},               {"/./", "es", NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_freep) char *got = NULL;
        struct avt_error error = {0};
        enum avt_code code = avt_ipa_to_phonemes(ROWS[i].ipa, ROWS[i].language, &got, &error);
        const char *expected = ROWS[i].expected;
        if ((code == AVT_OK) != (expected != NULL) || (got && !avt_str_equal(got, expected)))
            fail_msg("/%s/: %s %s", ROWS[i].ipa, got ? got : "(none)", error.message);
    }
}

static void lexicon__finds_by_word_and_language(void **state)
{
    (void)state;
    static const char TEXT[] = "# names\n\nNguyen\t/wɪn/\ten\nsql\tsequel\nchat\t/ʃa/\tfr\r\n"
                               "chat\t/tʃæt/\ten-us\n";
    AVT_CLEANUP(avt_user_lexicon_freep) struct avt_user_lexicon *lexicon = NULL;
    struct avt_error error = {0};
    if (avt_user_lexicon_parse(TEXT, "my.tsv", &lexicon, &error) != AVT_OK)
        fail_msg("%s", error.message);
    struct avt_pronunciation found;
    assert_true(avt_user_lexicon_find(lexicon, "Nguyen", "en-gb", &found));
    assert_true(found.ipa);
    assert_string_equal(found.text, "wɪn");
    assert_false(avt_user_lexicon_find(lexicon, "nguyen", "en-gb", &found));
    assert_false(avt_user_lexicon_find(lexicon, "Nguyen", "fr", &found));
    assert_true(avt_user_lexicon_find(lexicon, "SQL", "it", &found));
    assert_false(found.ipa);
    assert_string_equal(found.text, "sequel");
    assert_true(avt_user_lexicon_find(lexicon, "Chat", "fr", &found));
    assert_string_equal(found.text, "ʃa");
    assert_false(avt_user_lexicon_find(lexicon, "chat", "en-gb", &found));
}

static void lexicon__says_which_place_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } ROWS[] = {
        {"a\t/a/\nword", "line 2, column 5: a word, a tab"},
        {"\n\na\t", "line 3, column 3: a word, a tab"},
        {"a b\tc", "line 1, column 1: this is not one word"},
        {" \u00e9 b\tc", "line 1, column 2: this is not one word"},
        {"\u00e9\t/b", "line 1, column 3: IPA stands between two slashes"},
        {"a\t//", "two slashes"},
        {"a\tb\r\na\t/4/", "line 2, column 4: '4'"},
        {"\ufeffa\tb\t xx", "line 1, column 6: this language cannot be spoken: 'xx'"},
        {"a\tb\tes\td", "line 1, column 8: there are more than three fields"},
        {"\tb", "not one word"},
        {"a\tb\na\u00e9\xff", "line 2, column 3: this is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct avt_user_lexicon *lexicon = NULL;
        struct avt_error error = {0};
        if (avt_user_lexicon_parse(ROWS[i].text, "my.tsv", &lexicon, &error) != AVT_EFORMAT ||
            !strstr(error.message, ROWS[i].part) || !strstr(error.message, "my.tsv"))
            fail_msg("'%s': %s", ROWS[i].text, error.message);
    }
    AVT_CLEANUP(avt_user_lexicon_freep) struct avt_user_lexicon *none = NULL;
    assert_int_equal(avt_user_lexicon_parse("", "x", &none, NULL), AVT_OK);
    struct avt_pronunciation found;
    assert_false(avt_user_lexicon_find(none, "a", "es", &found));
    struct avt_user_lexicon *missing = NULL;
    assert_int_equal(avt_user_lexicon_open("/nonexistent", &missing, NULL), AVT_ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blend__has_weights_that_sum_to_one),
        cmocka_unit_test(blend__is_refused),
        cmocka_unit_test(piper__config_is_checked),
        cmocka_unit_test(piper__speaker_is_chosen),
        cmocka_unit_test(ipa__becomes_the_alphabet_of_the_model),
        cmocka_unit_test(lexicon__finds_by_word_and_language),
        cmocka_unit_test(lexicon__says_which_place_is_wrong),
    };
    return cmocka_run_group_tests_name("speaker", tests, NULL, NULL);
}
