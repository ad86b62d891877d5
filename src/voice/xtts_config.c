/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

static enum avt_code bad(const char *key, const char *what, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT,
                    "this " AVT_XTTS_CONFIG " is damaged, or was not written by tools/export/xtts.py: its \"%s\" %s",
                    key, what);
}

static bool number_of(json_t *root, const char *key, double min, double max, double *ret_number)
{
    const json_t *value = json_object_get(root, key);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= min && number <= max))
        return false;
    *ret_number = number;
    return true;
}

static bool whole_of(json_t *root, const char *key, int min, int max, int *ret_number)
{
    double number = 0;
    if (!number_of(root, key, min, max, &number) || number != floor(number))
        return false;
    *ret_number = (int)number;
    return true;
}

static enum avt_code read_numbers(json_t *root, struct avt_xtts_config *config, struct avt_error *reterr)
{
    const struct {
        const char *key;
        int min, max, *ret;
    } whole[] = {
        {"width", 1, AVT_XTTS_WIDTH_MAX, &config->width},
        {"latents", 1, AVT_XTTS_CODES_LIMIT, &config->latents},
        {"speaker", 1, AVT_XTTS_WIDTH_MAX, &config->speaker},
        {"text_tokens", 1, AVT_XTTS_VOCABULARY_MAX, &config->text_tokens},
        {"text_start", 0, AVT_XTTS_VOCABULARY_MAX, &config->text_start},
        {"text_stop", 0, AVT_XTTS_VOCABULARY_MAX, &config->text_stop},
        {"text_max", 2, AVT_XTTS_CODES_LIMIT, &config->text_max},
        {"codes", 1, AVT_XTTS_VOCABULARY_MAX, &config->codes},
        {"code_start", 0, AVT_XTTS_VOCABULARY_MAX, &config->code_start},
        {"code_stop", 0, AVT_XTTS_VOCABULARY_MAX, &config->code_stop},
        {"codes_max", 1, AVT_XTTS_CODES_LIMIT, &config->codes_max},
        {"top_k", 1, AVT_XTTS_TOP_K_MAX, &config->top_k},
        {"gpt_cond_len", 1, AVT_XTTS_SECONDS_MAX, &config->condition_seconds},
        {"gpt_cond_chunk_len", 1, AVT_XTTS_SECONDS_MAX, &config->condition_chunk_seconds},
        {"max_ref_len", 1, AVT_XTTS_SECONDS_MAX, &config->reference_seconds},
    };
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        char range[80];
        (void)snprintf(range, sizeof(range), "is no whole number of %d to %d", whole[i].min, whole[i].max);
        if (!whole_of(root, whole[i].key, whole[i].min, whole[i].max, whole[i].ret))
            return bad(whole[i].key, range, reterr);
    }
    if (!number_of(root, "temperature", AVT_XTTS_TEMPERATURE_MIN, AVT_XTTS_TEMPERATURE_MAX, &config->temperature))
        return bad("temperature", "is no number of 0.01 to 2", reterr);
    if (!number_of(root, "top_p", AVT_XTTS_TOP_P_MIN, 1, &config->top_p))
        return bad("top_p", "is no number of 0.001 to 1", reterr);
    if (!number_of(root, "repetition_penalty", 1, AVT_XTTS_PENALTY_MAX, &config->repetition_penalty))
        return bad("repetition_penalty", "is no number of 1 to 100", reterr);
    return AVT_OK;
}

static enum avt_code check_ids(const struct avt_xtts_config *config, struct avt_error *reterr)
{
    if (config->text_start >= config->text_tokens || config->text_stop >= config->text_tokens)
        return bad("text_tokens", "does not count the ids that begin and end a text", reterr);
    if (config->code_start >= config->codes || config->code_stop >= config->codes || config->codes < 2)
        return bad("codes", "does not count the codes that begin and end a sound", reterr);
    return AVT_OK;
}

static enum avt_code check_steps(json_t *root, struct avt_error *reterr)
{
    static const struct {
        const char *key;
        int wanted;
    } ROWS[] = {{"rate", AVT_XTTS_RATE},
                {"latent_rate", AVT_XTTS_LATENT_RATE},
                {"stride", AVT_XTTS_STRIDE},
                {"hop", AVT_XTTS_HOP}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int found = 0;
        if (!whole_of(root, ROWS[i].key, 1, 1 << 20, &found))
            return bad(ROWS[i].key, "is no whole number", reterr);
        if (found != ROWS[i].wanted)
            return avt_fail(reterr, AVT_EUNSUPPORTED, "this XTTS has a %s of %d; only %d is known here", ROWS[i].key,
                            found, ROWS[i].wanted);
    }
    return AVT_OK;
}

static enum avt_code read_languages(json_t *root, struct avt_xtts_config *config, struct avt_error *reterr)
{
    const json_t *list = json_object_get(root, "languages");
    if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > AVT_XTTS_LANGUAGES_MAX)
        return bad("languages", "is no list of names", reterr);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        size_t size = name ? strlen(name) : 0;
        if (size == 0 || size >= AVT_XTTS_LANGUAGE_SIZE ||
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") != size)
            return bad("languages", "has one that is no name such as \"zh-cn\"", reterr);
        memcpy(config->languages[i], name, size + 1);
    }
    config->language_count = json_array_size(list);
    return AVT_OK;
}

enum avt_code avt_xtts_config_parse(const char *json, size_t size, struct avt_xtts_config *ret_config,
                                    struct avt_error *reterr)
{
    avt_assert(json && ret_config);
    if (size > AVT_XTTS_JSON_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "an " AVT_XTTS_CONFIG " of more than %d bytes is not read",
                        AVT_XTTS_JSON_BYTES_MAX);
    AVT_CLEANUP(avt_json_decrefp) json_t *root = json_loadb(json, size, 0, NULL);
    AVT_CLEANUP(avt_freep) struct avt_xtts_config *config = avt_new0(struct avt_xtts_config, 1);
    const char *model = json_string_value(json_object_get(root, "model"));
    if (!model || !avt_str_equal(model, "xtts"))
        return bad("model", "is not \"xtts\"", reterr);
    enum avt_code code = check_steps(root, reterr);
    if (code == AVT_OK)
        code = read_numbers(root, config, reterr);
    if (code == AVT_OK)
        code = check_ids(config, reterr);
    if (code == AVT_OK)
        code = read_languages(root, config, reterr);
    if (code == AVT_OK)
        *ret_config = *config;
    return code;
}

enum avt_code avt_xtts_config_read(const char *path, struct avt_xtts_config *ret_config, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    enum avt_code code = avt_file_read_text(path, AVT_XTTS_JSON_BYTES_MAX, &text, reterr);
    return code == AVT_OK ? avt_xtts_config_parse(text, strlen(text), ret_config, reterr) : code;
}
