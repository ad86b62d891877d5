/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/weights.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/manifest.h"
#include "os/paths.h"

enum { NAME_BYTES_MAX = 96, SENTENCE_BYTES_MAX = 512, TRIAL_MAX = 1 << 20 };
static const char *const TYPES[] = {"float", "float32", "int64", "int", "any"};

/* ---- reading the list ------------------------------------------------------------------------ */

static enum avt_code bad(const char *engine, const char *what, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EMODELBAD,
                    "the list of engines in models/manifest.json is broken: %s%s%s; install the program again",
                    engine ? engine : "", engine ? ": " : "", what);
}

static const char *text_of(const json_t *object, const char *key, size_t size_max)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    return text && size > 0 && size <= size_max && strlen(text) == size ? text : NULL;
}

static bool is_type(const char *type)
{
    for (size_t i = 0; type && i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (avt_str_equal(type, TYPES[i]))
            return true;
    }
    return false;
}

static bool parse_shape(const json_t *shape, const json_t *trial, struct avt_weights_tensor *tensor)
{
    tensor->rank = shape ? (int)json_array_size(shape) : -1;
    for (int i = 0; i < AVT_TENSOR_RANK_MAX; i++) {
        json_int_t side = json_integer_value(json_array_get(trial, (size_t)i));
        tensor->trial[i] = side >= 1 && side <= TRIAL_MAX ? side : 1;
    }
    if (shape && (!json_is_array(shape) || json_array_size(shape) > AVT_TENSOR_RANK_MAX))
        return false;
    for (int i = 0; i < tensor->rank; i++) {
        const json_t *side = json_array_get(shape, (size_t)i);
        tensor->shape[i] = json_integer_value(side);
        if (!json_is_integer(side) || tensor->shape[i] < -1)
            return false;
    }
    return true;
}

static bool parse_tensors(const json_t *list, struct avt_weights_tensor *tensors, size_t *ret_count)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0 || count > AVT_WEIGHTS_TENSORS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(list, i);
        tensors[i].name = text_of(object, "name", NAME_BYTES_MAX);
        tensors[i].type = text_of(object, "type", NAME_BYTES_MAX);
        tensors[i].is_optional = json_is_true(json_object_get(object, "optional"));
        json_int_t fill = json_integer_value(json_object_get(object, "fill"));
        if (fill < 0 || fill > AVT_WEIGHTS_FILL_MAX)
            return false;
        tensors[i].fill = (int)fill;
        if (!tensors[i].name || !is_type(tensors[i].type) ||
            !parse_shape(json_object_get(object, "shape"), json_object_get(object, "try"), &tensors[i]))
            return false;
    }
    *ret_count = count;
    return true;
}

/* One name, not a path: nothing outside the folder is ever looked at. */
static bool is_file_name(const char *name)
{
    return name && name[0] != '.' && !strchr(name, '/');
}

static bool parse_file(const json_t *object, struct avt_weights_file *file)
{
    file->name = text_of(object, "file", NAME_BYTES_MAX);
    file->is_required = json_is_true(json_object_get(object, "required"));
    file->is_network = json_object_get(object, "inputs") != NULL;
    if (!is_file_name(file->name))
        return false;
    return !file->is_network ||
           (parse_tensors(json_object_get(object, "inputs"), file->inputs, &file->input_count) &&
            parse_tensors(json_object_get(object, "outputs"), file->outputs, &file->output_count));
}

static enum avt_code parse_engine(const json_t *object, struct avt_weights *weights, struct avt_error *reterr)
{
    const struct {
        const char *key;
        const char **value;
    } texts[] = {{"engine", &weights->engine},   {"stage", &weights->stage},   {"title", &weights->title},
                 {"licence", &weights->licence}, {"source", &weights->source}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i].value = text_of(object, texts[i].key, SENTENCE_BYTES_MAX);
        if (!*texts[i].value)
            return bad(weights->engine, "an engine without one of its texts", reterr);
    }
    weights->is_commercial = json_is_true(json_object_get(object, "commercial"));
    const json_t *files = json_object_get(object, "files");
    size_t count = json_array_size(files);
    if (count == 0 || count > AVT_WEIGHTS_FILES_MAX)
        return bad(weights->engine, "no files, or too many", reterr);
    weights->files = avt_new0(struct avt_weights_file, count);
    for (size_t i = 0; i < count; i++) {
        if (!parse_file(json_array_get(files, i), &weights->files[i]))
            return bad(weights->engine, "a file without a good name, inputs or outputs", reterr);
        weights->file_count = i + 1;
    }
    return AVT_OK;
}

enum avt_code avt_weights_parse(const char *text, size_t size, struct avt_weights_list **ret_list,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list = avt_new0(struct avt_weights_list, 1);
    list->json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *engines = json_object_get(list->json, "engines");
    size_t count = json_array_size(engines);
    if (!json_is_array(engines) || count > AVT_WEIGHTS_ENGINES_MAX)
        return bad(NULL, "no list \"engines\", or too many in it", reterr);
    for (size_t i = 0; i < count; i++) {
        list->count = i + 1;
        enum avt_code code = parse_engine(json_array_get(engines, i), &list->items[i], reterr);
        if (code != AVT_OK)
            return code;
    }
    *ret_list = AVT_TAKE(list);
    return AVT_OK;
}

enum avt_code avt_weights_load(struct avt_weights_list **ret_list, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_data("models/manifest.json");
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    if (!path)
        return avt_fail(reterr, AVT_EMODEL, "the model list models/manifest.json is not installed: install the program "
                                            "again or set AVATAR_DATA to its data folder");
    enum avt_code code = avt_file_read(path, AVT_MANIFEST_BYTES_MAX, &text, &size, reterr);
    return code == AVT_OK ? avt_weights_parse(text, size, ret_list, reterr) : code;
}

void avt_weights_free(struct avt_weights_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        avt_free(list->items[i].files);
    json_decref(list->json);
    avt_free(list);
}

const struct avt_weights *avt_weights_find(const struct avt_weights_list *list, const char *engine)
{
    for (size_t i = 0; i < list->count; i++) {
        if (avt_str_equal(list->items[i].engine, engine))
            return &list->items[i];
    }
    return NULL;
}

static bool is_there(const char *folder, const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, name);
    return avt_file_exists(path);
}

const struct avt_weights *avt_weights_recognise(const struct avt_weights_list *list, const char *folder)
{
    const struct avt_weights *best = NULL;
    size_t best_missing = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct avt_weights *weights = &list->items[i];
        size_t found = 0, missing = 0;
        for (size_t k = 0; k < weights->file_count; k++) {
            if (weights->files[k].is_required)
                *(is_there(folder, weights->files[k].name) ? &found : &missing) += 1;
        }
        if (found > 0 && (!best || missing < best_missing)) {
            best = weights;
            best_missing = missing;
        }
    }
    return best;
}
