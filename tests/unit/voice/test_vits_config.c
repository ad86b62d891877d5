/* SPDX-License-Identifier: Apache-2.0 */
/* config.json of Coqui's voices: a row for each fact of Coqui's code, and files that are none. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/vits_config.h"

#define VITS "\"characters_class\": \"TTS.tts.models.vits.VitsCharacters\""
#define PLAIN "\"characters_class\": \"TTS.tts.utils.text.characters.Graphemes\""

static enum avt_code parse(const char *rest, struct avt_vits_config *config, struct avt_error *error)
{
    AVT_CLEANUP(avt_freep) char *json = avt_asprintf("{\"model\": \"vits\"%s%s}", *rest ? ", " : "", rest);
    return avt_vits_config_parse(json, strlen(json), config, error);
}

struct symbol_row {
    const char *fact;
    const char *json;
    uint32_t codepoint;
    int64_t id;
};
static const struct symbol_row SYMBOLS[] = {
    {"VitsCharacters: pad is the first", "\"characters\": {" VITS ", \"pad\": \"_\", \"punctuations\": \".,\", "
     "\"characters\": \"ba\"}", '_', 0},
    {"VitsCharacters: punctuation follows", "\"characters\": {" VITS ", \"pad\": \"_\", \"punctuations\": \".,\", "
     "\"characters\": \"ba\"}", ',', 2},
    {"VitsCharacters: letters follow, in their own order", "\"characters\": {" VITS ", \"pad\": \"_\", "
     "\"punctuations\": \".,\", \"characters\": \"ba\"}", 'b', 3},
    {"VitsCharacters: is_sorted and is_unique change nothing", "\"characters\": {" VITS ", \"pad\": \"_\", "
     "\"punctuations\": \".,\", \"characters\": \"baa\", \"is_sorted\": true, \"is_unique\": true, "
     "\"phonemes\": \"c\"}", 'c', 6},
    {"VitsCharacters: IPA follows the letters", "\"characters\": {" VITS ", \"pad\": \"_\", \"punctuations\": \".,\", "
     "\"characters\": \"ba\", \"phonemes\": \"\u02c8\"}", 0x2c8, 5},
    {"VitsCharacters: a pad of null keeps its place", "\"characters\": {" VITS ", \"pad\": null, "
     "\"punctuations\": \".,\", \"characters\": \"ba\"}", '.', 1},
    {"of a character that is there twice the last counts", "\"characters\": {" VITS ", \"pad\": \"_\", "
     "\"punctuations\": \".,\", \"characters\": \"bab\"}", 'b', 5},
    {"Graphemes: pad, eos, bos, blank, then letters", "\"characters\": {" PLAIN ", \"pad\": \"<P>\", \"eos\": \"<E>\", "
     "\"bos\": \"<B>\", \"blank\": \"<K>\", \"characters\": \"a\", \"punctuations\": \"!\"}", 'a', 4},
    {"Graphemes: letters by code point", "\"add_blank\": false, \"characters\": {" PLAIN ", \"characters\": \"cab\", "
     "\"punctuations\": \"!\"}", 'c', 2},
    {"Graphemes: is_sorted false leaves their order", "\"add_blank\": false, \"characters\": {" PLAIN ", "
     "\"characters\": \"cab\", \"punctuations\": \"!\", \"is_unique\": false, \"is_sorted\": false}", 'c', 0},
    {"Graphemes: is_unique by default", "\"add_blank\": false, \"characters\": {" PLAIN ", \"characters\": \"ccab\", "
     "\"punctuations\": \"!\"}", '!', 3},
    {"Graphemes: is_unique false keeps what repeats", "\"add_blank\": false, \"characters\": {" PLAIN ", "
     "\"characters\": \"ccab\", \"punctuations\": \"!\", \"is_unique\": false}", '!', 4},
    {"Graphemes: punctuation in its own order", "\"add_blank\": false, \"characters\": {" PLAIN ", "
     "\"characters\": \"a\", \"punctuations\": \"?!\"}", '!', 2},
    {"no class and no phonemes: Graphemes", "\"characters\": {\"blank\": \"#\", \"characters\": \"ba\", "
     "\"punctuations\": \"\"}", 'a', 1},
    {"no class but phonemes: IPAPhonemes, whose letters are the phonemes", "\"use_phonemes\": true, "
     "\"phoneme_language\": \"de\", \"characters\": {\"blank\": \"#\", \"characters\": \"ba\", "
     "\"punctuations\": \"\", \"phonemes\": \"zy\"}", 'z', 2},
    {"no characters: 52 letters behind the four", "", 'a', 30},
    {"no characters: punctuation behind them", "", '!', 56},
    {"no characters but phonemes: IPA by code point", "\"use_phonemes\": true, \"phoneme_language\": \"de\"", 'a', 4},
    {"what is not there has none", "", '7', -1},
};

static void symbols__are_numbered_as_coqui_numbers_them(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    for (size_t i = 0; i < sizeof(SYMBOLS) / sizeof(SYMBOLS[0]); i++) {
        struct avt_error error = {0};
        if (parse(SYMBOLS[i].json, config, &error) != AVT_OK)
            fail_msg("%s: %s", SYMBOLS[i].fact, error.message);
        if (avt_vits_symbol(config, SYMBOLS[i].codepoint) != SYMBOLS[i].id)
            fail_msg("%s: %lld, not %lld", SYMBOLS[i].fact,
                     (long long)avt_vits_symbol(config, SYMBOLS[i].codepoint), (long long)SYMBOLS[i].id);
    }
}

static void defaults__are_coquis(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    assert_int_equal(parse("", config, NULL), AVT_OK);
    assert_int_equal(config->rate, 22050);
    assert_true(config->has_blanks);
    assert_false(config->has_ends);
    assert_true(config->length_scale == 1 && config->noise_scale == .667 && config->noise_scale_dp == 1);
    assert_int_equal(config->reader, AVT_VITS_LETTERS);
    assert_int_equal(config->cleaner->cleaning, 0);
    assert_int_equal(config->eos, 1);
    assert_int_equal(config->bos, 2);
    assert_int_equal(config->blank, 3);
    assert_int_equal(config->vocabulary, 4 + 52 + 11);
    assert_int_equal(config->speakers, 0);
    /* The place of the blank that no configuration changes. */
    assert_int_equal(parse("\"characters\": {" VITS ", \"pad\": \"_\", \"punctuations\": \".,\", \"characters\": "
                           "\"ba\", \"blank\": \"#\"}", config, NULL), AVT_OK);
    assert_int_equal(config->blank, 5);
    assert_int_equal(config->vocabulary, 6);
    assert_int_equal(avt_vits_symbol(config, '#'), -1);
}

static void values__of_model_args_go_first(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    assert_int_equal(parse("\"model_args\": {\"length_scale\": 1.5, \"num_speakers\": 109, \"num_languages\": null}, "
                           "\"num_speakers\": 3, \"audio\": {\"sample_rate\": 16000}, \"max_audio_len\": Infinity, "
                           "\"low\": [-Infinity, NaN], \"said\": \"\\\"Infinity \\\\\"",
                           config, NULL), AVT_OK);
    assert_true(config->length_scale == 1.5);
    assert_int_equal(config->speakers, 109);
    assert_int_equal(config->rate, 16000);
}

static void languages__are_named_for_espeak(void **state)
{
    (void)state;
    static const struct {
        const char *language, *phonemizer, *name;
        enum avt_vits_reader reader;
    } ROWS[] = {{"en", "\"espeak\"", "en-us", AVT_VITS_ESPEAK}, {"en-us", "\"gruut\"", "en-us", AVT_VITS_GRUUT},
                {"de", "null", "de", AVT_VITS_ESPEAK},          {"zh-cn", "\"espeak\"", "cmn", AVT_VITS_ESPEAK},
                {"fr-fr", "\"\"", "fr-fr", AVT_VITS_ESPEAK}};
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_freep) char *json = avt_asprintf("\"use_phonemes\": true, \"phoneme_language\": \"%s\", "
                                                         "\"phonemizer\": %s", ROWS[i].language, ROWS[i].phonemizer);
        assert_int_equal(parse(json, config, NULL), AVT_OK);
        assert_string_equal(config->language, ROWS[i].name);
        assert_int_equal(config->reader, ROWS[i].reader);
    }
}

static void other_files__are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum avt_code code;
        const char *said;
    } ROWS[] = {
        {"", AVT_EFORMAT, "JSON"},
        {"[]", AVT_EFORMAT, "JSON"},
        {"{\"model\": \"vits\"", AVT_EFORMAT, "JSON"},
        {"{\"model\": \"xtts\"}", AVT_EFORMAT, "vits"},
        {"{\"model\": 3}", AVT_EFORMAT, "vits"},
        {"{\"model\": \"vits\", \"audio\": {\"sample_rate\": \"22050\"}}", AVT_EFORMAT, "sample_rate"},
        {"{\"model\": \"vits\", \"audio\": {\"sample_rate\": 22050.5}}", AVT_EFORMAT, "sample_rate"},
        {"{\"model\": \"vits\", \"audio\": {\"sample_rate\": 1e9}}", AVT_EFORMAT, "sample_rate"},
        {"{\"model\": \"vits\", \"length_scale\": 0}", AVT_EFORMAT, "length_scale"},
        {"{\"model\": \"vits\", \"inference_noise_scale\": 5}", AVT_EFORMAT, "inference_noise_scale"},
        {"{\"model\": \"vits\", \"num_speakers\": -1}", AVT_EFORMAT, "num_speakers"},
        {"{\"model\": \"vits\", \"num_speakers\": \"many\"}", AVT_EFORMAT, "num_speakers"},
        {"{\"model\": \"vits\", \"add_blank\": 1}", AVT_EFORMAT, "add_blank"},
        {"{\"model\": \"vits\", \"text_cleaner\": [\"a\"]}", AVT_EFORMAT, "text_cleaner"},
        {"{\"model\": \"vits\", \"text_cleaner\": \"korean_cleaners\"}", AVT_EUNSUPPORTED, "korean_cleaners"},
        {"{\"model\": \"vits\", \"use_phonemes\": true}", AVT_EFORMAT, "phoneme_language"},
        {"{\"model\": \"vits\", \"use_phonemes\": true, \"phoneme_language\": \"en/../us\"}", AVT_EFORMAT, "language"},
        {"{\"model\": \"vits\", \"use_phonemes\": true, \"phoneme_language\": \"ja-jp\"}", AVT_EUNSUPPORTED, "ja-jp"},
        {"{\"model\": \"vits\", \"use_phonemes\": true, \"phoneme_language\": \"en\", \"phonemizer\": "
         "\"multi_phonemizer\"}", AVT_EUNSUPPORTED, "multi_phonemizer"},
        {"{\"model\": \"vits\", \"characters\": \"abc\"}", AVT_EFORMAT, "characters"},
        {"{\"model\": \"vits\", \"characters\": {\"characters\": \"abc\"}}", AVT_EFORMAT, "punctuations"},
        {"{\"model\": \"vits\", \"characters\": {\"characters\": 5, \"punctuations\": \"\"}}", AVT_EFORMAT, "type"},
        {"{\"model\": \"vits\", \"characters\": {\"characters\": \"a\", \"punctuations\": \"\", \"is_sorted\": false}}",
         AVT_EFORMAT, "order"},
        {"{\"model\": \"vits\", \"characters\": {\"characters\": \"a\", \"punctuations\": \"\"}}", AVT_EFORMAT,
         "add_blank"},
        {"{\"model\": \"vits\", \"enable_eos_bos_chars\": true, \"characters\": {" VITS ", \"characters\": \"a\", "
         "\"punctuations\": \"\"}}", AVT_EFORMAT, "enable_eos_bos_chars"},
        {"{\"model\": \"vits\", \"characters\": {\"characters_class\": \"TTS.tts.models.vits.FairseqVocab\"}}",
         AVT_EUNSUPPORTED, "FairseqVocab"},
    };
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct avt_error error = {0};
        enum avt_code code = avt_vits_config_parse(ROWS[i].json, strlen(ROWS[i].json), config, &error);
        if (code != ROWS[i].code || !strstr(error.message, ROWS[i].said))
            fail_msg("%s: %d '%s'", ROWS[i].json, code, error.message);
    }
}

static void alphabets__have_a_limit(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    AVT_CLEANUP(avt_freep) char *many = avt_new0(char, AVT_VITS_SYMBOLS_MAX + 2);
    memset(many, 'a', AVT_VITS_SYMBOLS_MAX - 1); /* and a punctuation mark: as many as fit */
    AVT_CLEANUP(avt_freep) char *most = avt_asprintf("\"characters\": {" VITS ", \"characters\": \"%s\", "
                                                     "\"punctuations\": \"!\"}", many);
    memset(many, 'a', AVT_VITS_SYMBOLS_MAX);
    AVT_CLEANUP(avt_freep) char *over = avt_asprintf("\"characters\": {" VITS ", \"characters\": \"%s\", "
                                                     "\"punctuations\": \"!\"}", many);
    assert_int_equal(parse(most, config, NULL), AVT_OK);
    assert_int_equal(parse(over, config, NULL), AVT_ELIMIT);
    AVT_CLEANUP(avt_freep) char *large = avt_new0(char, AVT_VITS_JSON_BYTES_MAX + 2);
    memset(large, ' ', AVT_VITS_JSON_BYTES_MAX + 1);
    assert_int_equal(avt_vits_config_parse(large, AVT_VITS_JSON_BYTES_MAX + 1, config, NULL), AVT_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols__are_numbered_as_coqui_numbers_them),
        cmocka_unit_test(defaults__are_coquis),
        cmocka_unit_test(values__of_model_args_go_first),
        cmocka_unit_test(languages__are_named_for_espeak),
        cmocka_unit_test(other_files__are_refused),
        cmocka_unit_test(alphabets__have_a_limit),
    };
    return cmocka_run_group_tests_name("vits_config", tests, NULL, NULL);
}
