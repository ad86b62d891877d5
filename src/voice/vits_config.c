/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/vits_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

/* ---- constants of Coqui's code --------------------------------------------------------------- */

/* The alphabets that stand for what a configuration leaves out. */
static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char PUNCTUATION[] = "!'(),-.:;? ";
static const char IPA[] = "iyɨʉɯuɪʏʊeøɘəɵɤoɛœɜɞʌɔæɐaɶɑɒᵻ"                                  /* vowels */
                          "ʘɓǀɗǃʄǂɠǁʛ"                                                     /* clicks and the like */
                          "pbtdʈɖcɟkɡqɢʔɴŋɲɳnɱmʙrʀⱱɾɽɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɬɮʋɹɻjɰlɭʎʟ" /* consonants */
                          "ˈˌːˑ" "ʍwɥʜʢʡɕʑɺɧʲ" "\u0303" "ɚ˞ɫ";

enum {
    BASIC = AVT_VITS_LOWER | AVT_VITS_SPACES,
    SPELLED = AVT_VITS_SYMBOLS | AVT_VITS_BRACKETS | AVT_VITS_SPACES,
};
static const struct avt_vits_cleaner CLEANERS[] = {
    {"basic_cleaners", BASIC, NULL},
    {"transliteration_cleaners", BASIC, NULL},
    {"basic_german_cleaners", BASIC, NULL},
    {"basic_turkish_cleaners", AVT_VITS_TURKISH_I | BASIC, NULL},
    {"english_cleaners", AVT_VITS_LOWER | SPELLED, " and "},
    {"french_cleaners", AVT_VITS_LOWER | SPELLED, " et "},
    {"portuguese_cleaners", AVT_VITS_LOWER | SPELLED, " e "},
    {"multilingual_cleaners", AVT_VITS_LOWER | SPELLED, NULL},
    {"phoneme_cleaners", SPELLED, " and "},
    {"multilingual_phoneme_cleaners", SPELLED, NULL},
    {"chinese_mandarin_cleaners", 0, NULL},
    {"no_cleaners", AVT_VITS_NO_NEWLINES, NULL},
};
static const struct avt_vits_cleaner NO_CLEANER = {"none", 0, NULL};

static enum avt_code no_voice(const char *why, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT, "this is no Coqui VITS voice that can be used: its config.json %s", why);
}

/* ---- reading values -------------------------------------------------------------------------- */

/* Python's Infinity and NaN as null; text in quotes stays. Owned by the caller. */
static char *without_infinity(const char *json, size_t size)
{
    static const char *const WORDS[] = {"-Infinity", "Infinity", "NaN"};
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(2 * AVT_VITS_JSON_BYTES_MAX);
    bool quoted = false;
    for (size_t at = 0; at < size;) {
        size_t word = 0;
        for (size_t i = 0; !quoted && i < sizeof(WORDS) / sizeof(WORDS[0]) && word == 0; i++) {
            size_t length = strlen(WORDS[i]);
            word = size - at >= length && memcmp(json + at, WORDS[i], length) == 0 ? length : 0;
        }
        if (word > 0) {
            avt_buf_append_str(&out, "null");
            at += word;
            continue;
        }
        if (quoted && json[at] == '\\' && at + 1 < size)
            avt_buf_append_char(&out, json[at++]);
        else if (json[at] == '"')
            quoted = !quoted;
        avt_buf_append_char(&out, json[at++]);
    }
    return avt_buf_take(&out);
}

/* NULL: neither is there. A null is as if it were not. */
static json_t *value_of(json_t *root, json_t *arguments, const char *key)
{
    json_t *value = json_object_get(arguments, key);
    if (!value || json_is_null(value))
        value = json_object_get(root, key);
    return json_is_null(value) ? NULL : value;
}

/* `fallback` if it is not there; false: it is no number of that range. */
static bool number_of(json_t *value, double min, double max, double fallback, double *ret_number)
{
    double number = value ? json_number_value(value) : fallback;
    if ((value && !json_is_number(value)) || !(number >= min && number <= max))
        return false;
    *ret_number = number;
    return true;
}

static bool flag_of(json_t *value, bool fallback, bool *ret_flag)
{
    if (value && !json_is_boolean(value))
        return false;
    *ret_flag = value ? json_is_true(value) : fallback;
    return true;
}

/* A string, or NULL if it is not there or null; false: it is something else. */
static bool text_of(json_t *object, const char *key, const char **ret_text)
{
    json_t *value = json_object_get(object, key);
    if (value && !json_is_null(value) && !json_is_string(value))
        return false;
    *ret_text = json_string_value(value);
    return true;
}

/* ---- the vocabulary -------------------------------------------------------------------------- */

struct alphabet {
    const char *pad, *eos, *bos, *blank, *characters, *punctuations, *phonemes;
    bool is_unique, is_sorted;
};

static int by_codepoint(const void *a, const void *b)
{
    const struct avt_vits_symbol *first = a, *second = b;
    return first->codepoint < second->codepoint ? -1 : first->codepoint > second->codepoint;
}

static int by_codepoint_and_id(const void *a, const void *b)
{
    int order = by_codepoint(a, b);
    int64_t first = ((const struct avt_vits_symbol *)a)->id, second = ((const struct avt_vits_symbol *)b)->id;
    return order ? order : first < second ? -1 : first > second;
}

static bool add_symbol(struct avt_vits_config *config, uint32_t codepoint)
{
    if (config->symbol_count == AVT_VITS_SYMBOLS_MAX)
        return false;
    config->symbols[config->symbol_count++] = (struct avt_vits_symbol){codepoint, config->vocabulary++};
    return true;
}

/* pad, bos, eos, blank: a name such as "<PAD>", or a character that may also stand in the text. */
static bool add_special(struct avt_vits_config *config, const char *name, int64_t *ret_id)
{
    uint32_t codepoint = 0;
    size_t size = name ? strlen(name) : 0;
    *ret_id = config->vocabulary;
    if (size == 0 || avt_utf8_decode(name, size, &codepoint) != size) {
        config->vocabulary++;
        return true;
    }
    return add_symbol(config, codepoint);
}

/* One more for each code point; in their order if `is_sorted`, those of them that repeat left out if `is_unique`. */
static bool add_characters(struct avt_vits_config *config, const char *text, bool is_sorted, bool is_unique)
{
    struct avt_vits_symbol *first = config->symbols + config->symbol_count;
    int64_t id = config->vocabulary;
    uint32_t codepoint = 0;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size) {
        if (!add_symbol(config, codepoint))
            return false;
    }
    size_t count = config->symbol_count - (size_t)(first - config->symbols), kept = 0;
    if (is_sorted)
        qsort(first, count, sizeof(*first), by_codepoint);
    for (size_t i = 0; i < count; i++) {
        if (is_unique && kept > 0 && first[kept - 1].codepoint == first[i].codepoint)
            continue;
        first[kept].codepoint = first[i].codepoint;
        first[kept].id = id + (int64_t)kept;
        kept++;
    }
    config->symbol_count -= count - kept;
    config->vocabulary = id + (int64_t)kept;
    return true;
}

/* [pad, punctuation, letters, IPA, blank]: nothing sorted, and blank is always "<BLNK>". */
static bool make_vits_alphabet(const struct alphabet *alphabet, struct avt_vits_config *config)
{
    int64_t pad = 0;
    return add_special(config, alphabet->pad, &pad) &&
           add_characters(config, alphabet->punctuations, false, false) &&
           add_characters(config, alphabet->characters, false, false) &&
           (!alphabet->phonemes || add_characters(config, alphabet->phonemes, false, false)) &&
           add_special(config, "<BLNK>", &config->blank);
}

/* [pad, eos, bos, blank, letters, punctuation], each of the first four only if it is named. */
static bool make_plain_alphabet(const struct alphabet *alphabet, struct avt_vits_config *config)
{
    int64_t pad = -1;
    return (!alphabet->pad || !*alphabet->pad || add_special(config, alphabet->pad, &pad)) &&
           (!alphabet->eos || !*alphabet->eos || add_special(config, alphabet->eos, &config->eos)) &&
           (!alphabet->bos || !*alphabet->bos || add_special(config, alphabet->bos, &config->bos)) &&
           (!alphabet->blank || !*alphabet->blank || add_special(config, alphabet->blank, &config->blank)) &&
           add_characters(config, alphabet->characters, alphabet->is_sorted, alphabet->is_unique) &&
           add_characters(config, alphabet->punctuations, false, false);
}

/* Of a character that is there twice the last place counts. */
static void settle_symbols(struct avt_vits_config *config)
{
    qsort(config->symbols, config->symbol_count, sizeof(config->symbols[0]), by_codepoint_and_id);
    size_t kept = 0;
    for (size_t i = 0; i < config->symbol_count; i++) {
        bool is_last = i + 1 == config->symbol_count ||
                       config->symbols[i].codepoint != config->symbols[i + 1].codepoint;
        if (is_last)
            config->symbols[kept++] = config->symbols[i];
    }
    config->symbol_count = kept;
}

/* Of the alphabet's class: the last part of a Python name. */
enum kind { KIND_VITS, KIND_LETTERS, KIND_IPA, KIND_UNKNOWN };
static enum kind kind_of(const char *class, bool uses_phonemes)
{
    const char *dot = class ? strrchr(class, '.') : NULL, *name = dot ? dot + 1 : class;
    if (!class || !*class)
        return uses_phonemes ? KIND_IPA : KIND_LETTERS;
    if (avt_str_equal(name, "VitsCharacters"))
        return KIND_VITS;
    if (avt_str_equal(name, "IPAPhonemes"))
        return KIND_IPA;
    return avt_str_equal(name, "Graphemes") ? KIND_LETTERS : KIND_UNKNOWN;
}

static bool read_alphabet(json_t *object, enum kind kind, struct alphabet *ret_alphabet)
{
    if (!object) {
        *ret_alphabet = (struct alphabet){.pad = "<PAD>", .eos = "<EOS>", .bos = "<BOS>", .blank = "<BLNK>",
                                          .characters = kind == KIND_IPA ? IPA : LETTERS,
                                          .punctuations = PUNCTUATION, .phonemes = IPA, .is_sorted = true};
        return true;
    }
    struct alphabet alphabet = {0};
    if (!text_of(object, "pad", &alphabet.pad) || !text_of(object, "eos", &alphabet.eos) ||
        !text_of(object, "bos", &alphabet.bos) || !text_of(object, "blank", &alphabet.blank) ||
        !text_of(object, "characters", &alphabet.characters) ||
        !text_of(object, "punctuations", &alphabet.punctuations) ||
        !text_of(object, "phonemes", &alphabet.phonemes) ||
        !flag_of(value_of(object, NULL, "is_unique"), true, &alphabet.is_unique) ||
        !flag_of(value_of(object, NULL, "is_sorted"), true, &alphabet.is_sorted))
        return false;
    if (kind == KIND_IPA && alphabet.phonemes)
        alphabet.characters = alphabet.phonemes;
    *ret_alphabet = alphabet;
    return alphabet.characters && alphabet.punctuations;
}

static enum avt_code read_symbols(json_t *root, bool uses_phonemes, struct avt_vits_config *config,
                                  struct avt_error *reterr)
{
    json_t *object = value_of(root, NULL, "characters");
    const char *class = NULL;
    struct alphabet alphabet;
    if (object && (!json_is_object(object) || !text_of(object, "characters_class", &class)))
        return no_voice("has characters that are no such object", reterr);
    enum kind kind = kind_of(class, uses_phonemes);
    if (kind == KIND_UNKNOWN)
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "this Coqui VITS voice has an alphabet of the kind '%.60s'; VitsCharacters, Graphemes and "
                        "IPAPhonemes are known", class);
    if (!read_alphabet(object, kind, &alphabet))
        return no_voice("has characters without characters and punctuations, or of another type", reterr);
    if (kind != KIND_VITS && alphabet.is_unique && !alphabet.is_sorted)
        return no_voice("asks for characters in no order (is_unique without is_sorted)", reterr);
    config->blank = config->bos = config->eos = -1;
    bool fits = kind == KIND_VITS ? make_vits_alphabet(&alphabet, config) : make_plain_alphabet(&alphabet, config);
    if (!fits)
        return avt_fail(reterr, AVT_ELIMIT, "the alphabet of this Coqui VITS voice has more than %d symbols",
                        AVT_VITS_SYMBOLS_MAX);
    settle_symbols(config);
    if (config->has_blanks && config->blank < 0)
        return no_voice("asks for blanks between symbols (add_blank) and names none", reterr);
    if (config->has_ends && (config->bos < 0 || config->eos < 0))
        return no_voice("asks for ends (enable_eos_bos_chars) and does not name both", reterr);
    return config->symbol_count > 0 ? AVT_OK : no_voice("has no characters", reterr);
}

/* ---- how text is read ------------------------------------------------------------------------ */

static enum avt_code read_cleaner(json_t *root, struct avt_vits_config *config, struct avt_error *reterr)
{
    const char *name = NULL;
    config->cleaner = &NO_CLEANER;
    if (!text_of(root, "text_cleaner", &name))
        return no_voice("has a text_cleaner that is no name", reterr);
    for (size_t i = 0; name && *name && i < sizeof(CLEANERS) / sizeof(CLEANERS[0]); i++) {
        if (avt_str_equal(name, CLEANERS[i].name))
            config->cleaner = &CLEANERS[i];
    }
    return !name || !*name || config->cleaner != &NO_CLEANER
               ? AVT_OK
               : avt_fail(reterr, AVT_EUNSUPPORTED, "this Coqui VITS voice has its text cleaned by '%.60s', which is "
                          "not known here", name);
}

static enum avt_code read_language(json_t *root, struct avt_vits_config *config, struct avt_error *reterr)
{
    static const char *const OTHERS[] = {"ja-jp", "ko-kr", "bn", "be", "zh-cn", "zh"}; /* have readers of their own */
    const char *reader = NULL, *language = NULL;
    if (!text_of(root, "phonemizer", &reader) || !text_of(root, "phoneme_language", &language))
        return no_voice("has a phonemizer or phoneme_language that is no name", reterr);
    size_t size = language ? strlen(language) : 0;
    if (size == 0 || size >= sizeof(config->language) ||
        strspn(language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != size)
        return no_voice("names no phoneme_language", reterr);
    bool is_named = reader && *reader;
    if (!is_named && AVT_STR_AMONG(language, OTHERS))
        reader = "a reader of its own";
    else if (!is_named)
        reader = "espeak";
    if (!avt_str_equal(reader, "espeak") && !avt_str_equal(reader, "gruut"))
        return avt_fail(reterr, AVT_EUNSUPPORTED, "this Coqui VITS voice has '%.20s' read by '%.40s', not by espeak-ng "
                        "or gruut as others are", language, reader);
    config->reader = avt_str_equal(reader, "gruut") ? AVT_VITS_GRUUT : AVT_VITS_ESPEAK;
    (void)snprintf(config->language, sizeof(config->language), "%s",
                   avt_str_equal(language, "en") ? "en-us" : avt_str_equal(language, "zh-cn") ? "cmn" : language);
    return AVT_OK;
}

static enum avt_code read_root(json_t *root, struct avt_vits_config *config, struct avt_error *reterr)
{
    json_t *arguments = value_of(root, NULL, "model_args"), *audio = value_of(root, NULL, "audio");
    const char *model = NULL;
    bool uses_phonemes = false;
    double rate = 0, speakers = 0, languages = 0;
    if (!text_of(root, "model", &model) || !model || !avt_str_equal(model, "vits"))
        return no_voice("does not say \"model\": \"vits\"", reterr);
    if (!number_of(json_object_get(audio, "sample_rate"), AVT_VITS_RATE_MIN, AVT_VITS_RATE_MAX, 22050, &rate) ||
        rate != floor(rate))
        return no_voice("has no audio.sample_rate that can be used", reterr);
    if (!number_of(value_of(root, arguments, "length_scale"), .1, 10, 1, &config->length_scale))
        return no_voice("has a length_scale beyond 0.1 to 10", reterr);
    if (!number_of(value_of(root, arguments, "inference_noise_scale"), 0, 4, .667, &config->noise_scale) ||
        !number_of(value_of(root, arguments, "inference_noise_scale_dp"), 0, 4, 1, &config->noise_scale_dp))
        return no_voice("has an inference_noise_scale or inference_noise_scale_dp beyond 0 to 4", reterr);
    if (!number_of(value_of(root, arguments, "num_speakers"), 0, AVT_VITS_SPEAKERS_MAX, 0, &speakers) ||
        !number_of(value_of(root, arguments, "num_languages"), 0, AVT_VITS_LANGUAGES_MAX, 0, &languages))
        return no_voice("has a num_speakers or num_languages that is no such number", reterr);
    if (!flag_of(value_of(root, NULL, "use_phonemes"), false, &uses_phonemes) ||
        !flag_of(value_of(root, NULL, "add_blank"), true, &config->has_blanks) ||
        !flag_of(value_of(root, NULL, "enable_eos_bos_chars"), false, &config->has_ends))
        return no_voice("has a use_phonemes, add_blank or enable_eos_bos_chars that is neither true nor false", reterr);
    config->rate = (int)rate;
    config->speakers = (int64_t)speakers;
    config->languages = (int64_t)languages;
    enum avt_code code = read_cleaner(root, config, reterr);
    if (code == AVT_OK && uses_phonemes)
        code = read_language(root, config, reterr);
    return code == AVT_OK ? read_symbols(root, uses_phonemes, config, reterr) : code;
}

enum avt_code avt_vits_config_parse(const char *json, size_t size, struct avt_vits_config *ret_config,
                                    struct avt_error *reterr)
{
    avt_assert(json && ret_config);
    if (size > AVT_VITS_JSON_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "a config.json of more than %d bytes is not read", AVT_VITS_JSON_BYTES_MAX);
    AVT_CLEANUP(avt_freep) char *text = without_infinity(json, size);
    AVT_CLEANUP(avt_json_decrefp) json_t *root = json_loads(text, 0, NULL);
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    if (!json_is_object(root))
        return no_voice("is not valid JSON", reterr);
    enum avt_code code = read_root(root, config, reterr);
    if (code == AVT_OK)
        *ret_config = *config;
    return code;
}

enum avt_code avt_vits_config_read(const char *path, struct avt_vits_config *ret_config, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    enum avt_code code = avt_file_read_text(path, AVT_VITS_JSON_BYTES_MAX, &text, reterr);
    return code == AVT_OK ? avt_vits_config_parse(text, strlen(text), ret_config, reterr) : code;
}

int64_t avt_vits_symbol(const struct avt_vits_config *config, uint32_t codepoint)
{
    const struct avt_vits_symbol key = {.codepoint = codepoint};
    const struct avt_vits_symbol *found =
        bsearch(&key, config->symbols, config->symbol_count, sizeof(key), by_codepoint);
    return found ? found->id : -1;
}
