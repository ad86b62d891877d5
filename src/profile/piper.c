/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/piper.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/voices.h"

enum { NAME_BYTES_MAX = 40, RATE_MIN = 8000, RATE_MAX = 48000 };

static enum avt_code no_voice(const char *why, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT, "this is no Piper voice: its JSON file %s", why);
}

static bool number_of(json_t *object, const char *key, double min, double max, double *ret_value)
{
    json_t *value = json_object_get(object, key);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= min && number <= max))
        return false;
    *ret_value = number;
    return true;
}

static int by_codepoint(const void *a, const void *b)
{
    const struct avt_piper_symbol *first = a, *second = b;
    return first->codepoint < second->codepoint ? -1 : first->codepoint > second->codepoint;
}

/* Symbols of several code points belong to other kinds of phonemes and are left out. */
static enum avt_code read_symbols(json_t *map, struct avt_piper_config *config,
                                  struct avt_error *reterr)
{
    const char *key;
    json_t *ids;
    json_object_foreach(map, key, ids)
    {
        struct avt_piper_symbol symbol = {0};
        size_t size = strlen(key);
        if (size == 0 || avt_utf8_decode(key, size, &symbol.codepoint) != size)
            continue;
        symbol.id_count = json_array_size(ids);
        if (symbol.id_count == 0 || symbol.id_count > AVT_PIPER_IDS_MAX ||
            config->symbol_count == AVT_PIPER_SYMBOLS_MAX)
            return no_voice("has a phoneme_id_map that is not understood", reterr);
        for (size_t i = 0; i < symbol.id_count; i++)
            symbol.ids[i] = json_integer_value(json_array_get(ids, i));
        config->symbols[config->symbol_count++] = symbol;
    }
    qsort(config->symbols, config->symbol_count, sizeof config->symbols[0], by_codepoint);
    if (!avt_piper_symbol(config, '_') || !avt_piper_symbol(config, '^') ||
        !avt_piper_symbol(config, '$'))
        return no_voice("has no phoneme_id_map with _, ^ and $", reterr);
    return AVT_OK;
}

/* The language of the table, or else what espeak-ng calls it: that is how all of Piper's were trained. */
static enum avt_code read_language(json_t *root, struct avt_piper_config *config,
                                   struct avt_error *reterr)
{
    const char *kind = json_string_value(json_object_get(root, "phoneme_type"));
    if (kind && !avt_str_equal(kind, "espeak"))
        return avt_fail(reterr, AVT_EFORMAT,
                        "this Piper voice is read by '%.20s', not by espeak-ng as others are", kind);
    const char *voice =
        json_string_value(json_object_get(json_object_get(root, "espeak"), "voice"));
    size_t size = voice ? strlen(voice) : 0;
    if (size == 0 || size >= sizeof config->language ||
        strspn(voice, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != size)
        return no_voice("names no espeak.voice", reterr);
    const struct avt_language *language = avt_language_find(voice);
    (void)snprintf(config->language, sizeof config->language, "%s", language ? language->tag : voice);
    if (avt_str_equal(config->language, "zh") || avt_str_equal(config->language, "ja"))
        return avt_fail(reterr, AVT_EFORMAT,
                        "Piper voices of Chinese and Japanese use other phonemes than those that "
                        "are made here");
    return AVT_OK;
}

enum avt_code avt_piper_config_parse(const char *json, size_t size,
                                     struct avt_piper_config *ret_config, struct avt_error *reterr)
{
    avt_assert(json && ret_config);
    AVT_CLEANUP(avt_json_decrefp) json_t *root = NULL;
    struct avt_piper_config config = {0};
    root = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        return no_voice("is not valid JSON", reterr);
    double rate = 0.0, speakers = 1.0;
    json_t *inference = json_object_get(root, "inference");
    if (!number_of(json_object_get(root, "audio"), "sample_rate", RATE_MIN, RATE_MAX, &rate))
        return no_voice("names no audio.sample_rate", reterr);
    if (!number_of(inference, "noise_scale", 0, 4, &config.noise_scale) ||
        !number_of(inference, "length_scale", 0.1, 10, &config.length_scale) ||
        !number_of(inference, "noise_w", 0, 4, &config.noise_w))
        return no_voice("has no inference with noise_scale, length_scale and noise_w", reterr);
    (void)number_of(root, "num_speakers", 1, 100000, &speakers);
    config.rate = (int)rate;
    config.speakers = (int64_t)speakers;
    enum avt_code code = read_language(root, &config, reterr);
    if (code == AVT_OK)
        code = read_symbols(json_object_get(root, "phoneme_id_map"), &config, reterr);
    if (code == AVT_OK)
        *ret_config = config;
    return code;
}

const struct avt_piper_symbol *avt_piper_symbol(const struct avt_piper_config *config,
                                                uint32_t codepoint)
{
    const struct avt_piper_symbol key = {.codepoint = codepoint};
    return bsearch(&key, config->symbols, config->symbol_count, sizeof key, by_codepoint);
}

enum avt_code avt_piper_config_read(const char *folder, struct avt_piper_config *ret_config,
                                    struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/voice.json", folder);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    enum avt_code code = avt_file_read_text(path, AVT_PIPER_JSON_BYTES_MAX, &text, reterr);
    return code == AVT_OK ? avt_piper_config_parse(text, strlen(text), ret_config, reterr) : code;
}

/* ---- the folder of voices -------------------------------------------------------------------- */

/* What may stand in a path and in a blend. */
static bool good_name(const char *name)
{
    size_t size = strlen(name);
    return size > 0 && size <= NAME_BYTES_MAX && name[0] != '.' && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == size;
}

static char *folder_of(const char *storage, const char *id)
{
    return avt_asprintf("%s/voices-piper/%s", storage, id);
}

enum avt_code avt_piper_folder(const char *storage, const char *id, char **ret_folder,
                               struct avt_error *reterr)
{
    avt_assert(id && ret_folder);
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    if (storage && avt_str_starts(id, AVT_PIPER_PREFIX) &&
        good_name(id + strlen(AVT_PIPER_PREFIX)))
        folder = folder_of(storage, id);
    AVT_CLEANUP(avt_freep) char *json = folder ? avt_asprintf("%s/voice.json", folder) : NULL;
    if (!json || !avt_file_exists(json))
        return avt_fail(reterr, AVT_EVOICE,
                        "there is no voice '%.60s'; `avatar voice list` shows all, `avatar voice "
                        "add --piper FILE` adds one",
                        id);
    *ret_folder = AVT_TAKE(folder);
    return AVT_OK;
}

/* Voices without names for their speakers number them. */
static enum avt_code speaker_of(json_t *root, const char *id, const char *name, int64_t *ret_speaker,
                                struct avt_error *reterr)
{
    json_t *names = json_object_get(root, "speaker_id_map");
    json_t *number = json_object_get(names, name);
    int64_t count = json_integer_value(json_object_get(root, "num_speakers"));
    char *end = NULL;
    *ret_speaker = json_is_integer(number) ? json_integer_value(number)
                   : json_object_size(names) == 0 && *name ? strtoll(name, &end, 10)
                                                           : -1;
    if (*ret_speaker >= 0 && *ret_speaker < (count > 1 ? count : 1) && !(end && *end))
        return AVT_OK;
    const char *first = json_object_iter_key(json_object_iter(names));
    return avt_fail(reterr, AVT_EVOICE,
                    "the voice '%.60s' has no speaker '%.40s'; it has %zu, such as '%.40s'", id, name,
                    (size_t)(count > 1 ? count : 1), first ? first : "0");
}

enum avt_code avt_piper_find(const char *storage, const char *spec, char **ret_folder,
                             int64_t *ret_speaker, struct avt_error *reterr)
{
    avt_assert(spec && ret_folder && ret_speaker);
    const char *colon = strchr(spec, ':');
    AVT_CLEANUP(avt_freep) char *id = colon ? avt_strndup(spec, (size_t)(colon - spec)) : avt_strdup(spec);
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    enum avt_code code = avt_piper_folder(storage, id, &folder, reterr);
    *ret_speaker = 0;
    if (code == AVT_OK && colon) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/voice.json", folder);
        AVT_CLEANUP(avt_freep) char *text = NULL;
        code = avt_file_read_text(path, AVT_PIPER_JSON_BYTES_MAX, &text, reterr);
        AVT_CLEANUP(avt_json_decrefp) json_t *root = code == AVT_OK ? json_loads(text, 0, NULL) : NULL;
        if (code == AVT_OK)
            code = speaker_of(root, id, colon + 1, ret_speaker, reterr);
    }
    if (code == AVT_OK)
        *ret_folder = AVT_TAKE(folder);
    return code;
}

bool avt_piper_exists(const char *storage, const char *spec)
{
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    int64_t speaker;
    return avt_piper_find(storage, spec, &folder, &speaker, NULL) == AVT_OK;
}

static enum avt_code copy_file(const char *from, const char *to, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_map_close) struct avt_map map = {0};
    enum avt_code code = avt_map_open(from, &map, reterr);
    if (code == AVT_OK && map.size > AVT_PIPER_MODEL_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "'%s' is larger than any Piper voice", from);
    return code == AVT_OK ? avt_file_write(to, map.data, map.size, reterr) : code;
}

static enum avt_code make_id(const char *onnx, const char *name, char **ret_id,
                             struct avt_error *reterr)
{
    const char *slash = strrchr(onnx, '/'), *base = slash ? slash + 1 : onnx;
    size_t size = strlen(base);
    if (!name && !avt_str_ends(base, ".onnx"))
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is no .onnx file", onnx);
    AVT_CLEANUP(avt_freep) char *own = name ? avt_strdup(name) : avt_strndup(base, size - 5);
    if (!good_name(own))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%.60s' cannot be a voice's name: give one of letters, digits, _, - and . "
                        "with --name",
                        own);
    *ret_id = avt_asprintf(AVT_PIPER_PREFIX "%s", own);
    return AVT_OK;
}

enum avt_code avt_piper_add(const char *storage, const char *onnx, const char *name, char **ret_id,
                            struct avt_error *reterr)
{
    avt_assert(storage && onnx && ret_id);
    AVT_CLEANUP(avt_freep) char *id = NULL;
    enum avt_code code = make_id(onnx, name, &id, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *json = avt_asprintf("%s.json", onnx);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    struct avt_piper_config config;
    code = avt_file_read_text(json, AVT_PIPER_JSON_BYTES_MAX, &text, reterr);
    if (code == AVT_OK)
        code = avt_piper_config_parse(text, strlen(text), &config, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *folder = folder_of(storage, id);
    AVT_CLEANUP(avt_freep) char *model = avt_asprintf("%s/model.onnx", folder);
    AVT_CLEANUP(avt_freep) char *voice = avt_asprintf("%s/voice.json", folder);
    if (avt_file_exists(voice))
        return avt_fail(reterr, AVT_EINVAL,
                        "there is a voice '%s' already: remove it, or give another --name", id);
    code = avt_mkdirs(folder, reterr);
    if (code == AVT_OK)
        code = copy_file(onnx, model, reterr);
    /* Last, because it is what makes the folder a voice. */
    if (code == AVT_OK)
        code = avt_file_write(voice, text, strlen(text), reterr);
    if (code != AVT_OK) {
        (void)unlink(model);
        (void)rmdir(folder);
        return code;
    }
    *ret_id = AVT_TAKE(id);
    return AVT_OK;
}

enum avt_code avt_piper_remove(const char *storage, const char *id, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    enum avt_code code = avt_piper_folder(storage, id, &folder, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *model = avt_asprintf("%s/model.onnx", folder);
    AVT_CLEANUP(avt_freep) char *voice = avt_asprintf("%s/voice.json", folder);
    if (unlink(voice) != 0 || (unlink(model) != 0 && errno != ENOENT) || rmdir(folder) != 0)
        return avt_fail(reterr, AVT_EIO, "the voice '%s' cannot be removed: %s", id,
                        strerror(errno));
    return AVT_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **avt_piper_list(const char *storage)
{
    char **ids = avt_new0(char *, AVT_PIPER_VOICES_MAX + 1);
    size_t count = 0;
    AVT_CLEANUP(avt_freep) char *root = storage ? avt_asprintf("%s/voices-piper", storage) : NULL;
    DIR *dir = root ? opendir(root) : NULL;
    if (!dir)
        return ids;
    for (struct dirent *entry; (entry = readdir(dir)) && count < AVT_PIPER_VOICES_MAX;) {
        AVT_CLEANUP(avt_freep) char *folder = NULL;
        if (avt_piper_folder(storage, entry->d_name, &folder, NULL) == AVT_OK)
            ids[count++] = avt_strdup(entry->d_name);
    }
    closedir(dir);
    qsort(ids, count, sizeof *ids, by_text);
    return ids;
}

void avt_piper_list_free(char **ids)
{
    for (char **id = ids; *id; id++)
        avt_free(*id);
    avt_free(ids);
}

enum avt_code avt_piper_language(const char *storage, const char *id,
                                 char ret_language[AVT_PIPER_LANGUAGE_SIZE],
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    AVT_CLEANUP(avt_freep) struct avt_piper_config *config = avt_new0(struct avt_piper_config, 1);
    enum avt_code code = avt_piper_folder(storage, id, &folder, reterr);
    if (code == AVT_OK)
        code = avt_piper_config_read(folder, config, reterr);
    if (code == AVT_OK)
        memcpy(ret_language, config->language, sizeof(config->language));
    return code;
}
