/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/imported.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/folders.h"
#include "nn/hardware.h"
#include "os/paths.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789._-"

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool avt_imported_name_valid(const char *name)
{
    size_t size = strnlen(name, AVT_IMPORTED_NAME_SIZE);
    return size > 0 && size < AVT_IMPORTED_NAME_SIZE && is_plain(name[0]) && strspn(name, NAME_CHARACTERS) == size;
}

enum avt_code avt_imported_check_name(const char *name, struct avt_error *reterr)
{
    if (avt_imported_name_valid(name))
        return AVT_OK;
    return avt_fail(reterr, AVT_EINVAL,
                    "'%.64s' cannot be the name of a model: use lower-case letters, digits, '.', '_' and '-', at most "
                    "%d, a letter or digit first",
                    name, AVT_IMPORTED_NAME_SIZE - 1);
}

bool avt_imported_name_of(const char *folder, char ret_name[AVT_IMPORTED_NAME_SIZE])
{
    size_t end = strlen(folder), used = 0;
    while (end > 0 && folder[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && folder[start - 1] != '/')
        start--;
    for (size_t i = start; i < end && used < AVT_IMPORTED_NAME_SIZE - 1; i++) {
        char c = folder[i] >= 'A' && folder[i] <= 'Z' ? (char)(folder[i] + ('a' - 'A')) : folder[i];
        bool keeps = is_plain(c) || (used > 0 && strchr("._-", c));
        /* Everything else is one dash, and none at the start. */
        if (keeps || (used > 0 && ret_name[used - 1] != '-'))
            ret_name[used++] = keeps ? c : '-';
    }
    while (used > 0 && !is_plain(ret_name[used - 1]))
        used--;
    ret_name[used] = '\0';
    return used > 0;
}

void avt_imported_names(const struct avt_imported_list *list, char *text, size_t size)
{
    avt_assert(size > 0);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->count && used < size; i++) {
        const char *before = i == 0 ? "" : i + 1 == list->count ? " and " : ", ";
        int length = snprintf(text + used, size - used, "%s%s", before, list->items[i].name);
        used += length > 0 ? (size_t)length : 0;
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

char *avt_imported_path(void)
{
    char *folders[AVT_MODEL_FOLDERS_MAX];
    size_t count = avt_model_folders(folders);
    char *path = avt_path_join(folders[0], "imported.json");
    for (size_t i = 0; i < count; i++)
        avt_free(folders[i]);
    return path;
}

static bool take_text(const json_t *object, const char *key, char *text, size_t size)
{
    const json_t *value = json_object_get(object, key);
    const char *found = json_string_value(value);
    size_t length = json_string_length(value);
    if (!found || length == 0 || length >= size || strlen(found) != length)
        return false;
    memcpy(text, found, length + 1);
    return true;
}

static bool take_files(const json_t *files, struct avt_imported *ret_entry)
{
    size_t count = json_array_size(files);
    if (count > AVT_IMPORTED_FILES_MAX || (files && !json_is_array(files)))
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(files, i);
        struct avt_imported_file *file = &ret_entry->files[i];
        file->size = json_integer_value(json_object_get(object, "size"));
        if (!take_text(object, "name", file->name, sizeof(file->name)) || strchr(file->name, '/') || file->size < 0 ||
            !take_text(object, "sha256", file->sha256, sizeof(file->sha256)))
            return false;
    }
    ret_entry->file_count = count;
    return true;
}

static bool take_entry(const json_t *object, struct avt_imported *ret_entry)
{
    ret_entry->is_accepted = json_is_true(json_object_get(object, "licence_accepted"));
    if (json_object_get(object, "precision") &&
        !take_text(object, "precision", ret_entry->precision, sizeof(ret_entry->precision)))
        return false;
    if (json_object_get(object, "language") &&
        !take_text(object, "language", ret_entry->language, sizeof(ret_entry->language)))
        return false;
    return take_files(json_object_get(object, "files"), ret_entry) &&
           take_text(object, "name", ret_entry->name, sizeof(ret_entry->name)) &&
           avt_imported_name_valid(ret_entry->name) &&
           take_text(object, "engine", ret_entry->engine, sizeof(ret_entry->engine)) &&
           take_text(object, "kind", ret_entry->kind, sizeof(ret_entry->kind)) &&
           take_text(object, "folder", ret_entry->folder, sizeof(ret_entry->folder)) && ret_entry->folder[0] == '/';
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct avt_imported *)a)->name, ((const struct avt_imported *)b)->name);
}

static enum avt_code broken(const char *path, const char *what, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT,
                    "'%.300s', the list of imported models, is broken: %s; delete it and import them again", path,
                    what);
}

static enum avt_code read_list(const char *path, const json_t *json, struct avt_imported_list *list,
                               struct avt_error *reterr)
{
    char what[96];
    const json_t *entries = json_object_get(json, "imported");
    size_t count = json_array_size(entries);
    if (!json_is_array(entries))
        return broken(path, "it has no list \"imported\"", reterr);
    if (count > AVT_IMPORTED_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "'%.300s' lists %zu imported models; there may be %d", path, count,
                        AVT_IMPORTED_MAX);
    list->items = avt_new0(struct avt_imported, AVT_IMPORTED_MAX);
    for (size_t i = 0; i < count; i++) {
        snprintf(what, sizeof(what), "entry %zu lacks a good name, engine, kind or folder", i + 1);
        if (!take_entry(json_array_get(entries, i), &list->items[i]))
            return broken(path, what, reterr);
        snprintf(what, sizeof(what), "two are named %s", list->items[i].name);
        if (avt_imported_find(list, list->items[i].name))
            return broken(path, what, reterr);
        list->count = i + 1;
    }
    qsort(list->items, count, sizeof(list->items[0]), by_name);
    return AVT_OK;
}

enum avt_code avt_imported_load(struct avt_imported_list *ret_list, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_imported_path();
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    struct avt_error why = {0};
    enum avt_code code = avt_json_read_file(path, AVT_IMPORTED_BYTES_MAX, &json, &why);
    if (code == AVT_EFORMAT)
        return broken(path, "it is no JSON", reterr);
    if (code != AVT_OK && code != AVT_ENOENT)
        return avt_fail(reterr, code, "%s", why.message);
    if (code == AVT_OK)
        code = read_list(path, json, &list, reterr);
    if (code != AVT_OK && code != AVT_ENOENT)
        return code;
    *ret_list = list;
    list = (struct avt_imported_list){0};
    return AVT_OK;
}

void avt_imported_done(struct avt_imported_list *list)
{
    avt_free(list->items);
    *list = (struct avt_imported_list){0};
}

const struct avt_imported *avt_imported_find(const struct avt_imported_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (avt_str_equal(list->items[i].name, name))
            return &list->items[i];
    return NULL;
}

enum avt_code avt_imported_missing(const struct avt_imported_list *list, const char *name, struct avt_error *reterr)
{
    const char *names[AVT_IMPORTED_MAX];
    char all[256];
    for (size_t i = 0; i < list->count; i++)
        names[i] = list->items[i].name;
    const char *near = strnlen(name, AVT_IMPORTED_NAME_SIZE) < AVT_IMPORTED_NAME_SIZE
                           ? avt_nearest_name(name, names, list->count)
                           : NULL;
    if (near)
        return avt_fail(reterr, AVT_ENOENT, "no imported model is named '%.64s'; did you mean %s?", name, near);
    if (list->count == 0)
        return avt_fail(reterr, AVT_ENOENT, "no imported model is named '%.64s'; none is imported", name);
    avt_imported_names(list, all, sizeof(all));
    return avt_fail(reterr, AVT_ENOENT, "no imported model is named '%.64s'; there is %s", name, all);
}

/* ---- one to run ------------------------------------------------------------------------------ */

static enum avt_code check_files(const struct avt_imported *entry, struct avt_error *reterr)
{
    struct stat st;
    if (stat(entry->folder, &st) != 0 || !S_ISDIR(st.st_mode))
        return avt_fail(reterr, AVT_EMODEL,
                        "the folder of the model %s is gone ('avatar models list' shows where it was): put it back, or "
                        "'avatar models import' it from where it is now",
                        entry->name);
    for (size_t i = 0; i < entry->file_count; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(entry->folder, entry->files[i].name);
        if (stat(path, &st) != 0)
            return avt_fail(reterr, AVT_EMODEL, "'%s' of the model %s is gone: put it back, or import the model again",
                            entry->files[i].name, entry->name);
        if (st.st_size != entry->files[i].size)
            return avt_fail(reterr, AVT_EMODELBAD,
                            "'%s' of the model %s has changed since it was imported (%lld bytes, %lld then): run "
                            "'avatar models import' again",
                            entry->files[i].name, entry->name, (long long)st.st_size, entry->files[i].size);
    }
    return AVT_OK;
}

int avt_imported_rank(const struct avt_imported *entry, const char *const *precisions)
{
    int rank = 0;
    while (precisions && rank < AVT_HARDWARE_PRECISIONS && !avt_str_equal(entry->precision, precisions[rank]))
        rank++;
    return rank;
}

/* The best of the engine; NULL: there is none. @param ret_equals  As good ones. */
static const struct avt_imported *best_one(const struct avt_imported_list *list, const char *engine,
                                           const char *const *precisions, size_t *ret_equals)
{
    const struct avt_imported *best = NULL;
    *ret_equals = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct avt_imported *entry = &list->items[i];
        if (!avt_str_equal(entry->engine, engine))
            continue;
        int better = best ? avt_imported_rank(best, precisions) - avt_imported_rank(entry, precisions) : 1;
        if (better > 0) {
            best = entry;
            *ret_equals = 0;
        }
        *ret_equals += better >= 0;
    }
    /* Of equals the one with the engine's own name. */
    const struct avt_imported *own = avt_imported_find(list, engine);
    if (best && own && avt_str_equal(own->engine, engine) &&
        avt_imported_rank(own, precisions) == avt_imported_rank(best, precisions)) {
        best = own;
        *ret_equals = 1;
    }
    return best;
}

static enum avt_code say_several(const struct avt_imported *best, size_t count, struct avt_error *reterr)
{
    const char *of = *best->precision ? " of " : "";
    return avt_fail(reterr, AVT_EINVAL, "%zu models of %s%s%s are imported: name one of them ('avatar models list')",
                    count, best->engine, of, best->precision);
}

enum avt_code avt_imported_choose(const char *engine, const char *name, const char *const *precisions,
                                  struct avt_imported **ret_entry, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code != AVT_OK)
        return code;
    size_t count = 1;
    const struct avt_imported *found = avt_str_equal(name, engine) ? best_one(&list, engine, precisions, &count)
                                                                   : avt_imported_find(&list, name);
    if (found && !avt_str_equal(found->engine, engine))
        found = NULL;
    if (found && count > 1)
        return say_several(found, count, reterr);
    if (!found)
        return avt_fail(reterr, AVT_EMODEL,
                        "%s needs weights, which do not come with this program: bring them with 'avatar models "
                        "import DIR' (docs/engines.md says which, and from where)",
                        engine);
    code = check_files(found, reterr);
    if (code != AVT_OK)
        return code;
    *ret_entry = avt_new0(struct avt_imported, 1);
    **ret_entry = *found;
    return AVT_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void keep_more(const struct avt_imported *entry, json_t *object)
{
    if (entry->is_accepted)
        json_object_set_new(object, "licence_accepted", json_true());
    if (*entry->precision)
        json_object_set_new(object, "precision", json_string(entry->precision));
    if (*entry->language)
        json_object_set_new(object, "language", json_string(entry->language));
    json_t *files = entry->file_count ? json_array() : NULL;
    for (size_t i = 0; i < entry->file_count; i++) {
        const struct avt_imported_file *file = &entry->files[i];
        json_array_append_new(files, json_pack("{s:s, s:s, s:I}", "name", file->name, "sha256", file->sha256, "size",
                                               (json_int_t)file->size));
    }
    if (files)
        json_object_set_new(object, "files", files);
}

static enum avt_code save(const struct avt_imported_list *list, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_imported_path();
    AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_pack("{s:[]}", "imported");
    for (size_t i = 0; i < list->count; i++) {
        const struct avt_imported *entry = &list->items[i];
        json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "name", entry->name, "engine", entry->engine, "kind",
                                   entry->kind, "folder", entry->folder);
        if (!object)
            return avt_fail(reterr, AVT_EINVAL, "'%.300s' is not UTF-8, so that it cannot be kept in a list: rename it",
                            entry->folder);
        keep_more(entry, object);
        json_array_append_new(json_object_get(json, "imported"), object);
    }
    enum avt_code code = avt_mkdirs(folder, reterr);
    return code == AVT_OK ? avt_json_write_file(path, json, reterr) : code;
}

enum avt_code avt_imported_add(const struct avt_imported *entry, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    enum avt_code code = avt_imported_check_name(entry->name, reterr);
    if (code == AVT_OK)
        code = avt_imported_load(&list, reterr);
    if (code != AVT_OK)
        return code;
    if (!list.items)
        list.items = avt_new0(struct avt_imported, AVT_IMPORTED_MAX);
    size_t at = 0;
    while (at < list.count && !avt_str_equal(list.items[at].name, entry->name))
        at++;
    if (at == AVT_IMPORTED_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "%d models are imported, and there may be no more: forget one first",
                        AVT_IMPORTED_MAX);
    list.items[at] = *entry;
    list.count += at == list.count;
    return save(&list, reterr);
}

enum avt_code avt_imported_remove(const char *name, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_imported *found = avt_imported_find(&list, name);
    if (!found)
        return avt_imported_missing(&list, name, reterr);
    size_t at = (size_t)(found - list.items);
    list.count--;
    memmove(&list.items[at], &list.items[at + 1], (list.count - at) * sizeof(list.items[0]));
    return save(&list, reterr);
}

enum avt_code avt_imported_hide_folder(const char *folder, enum avt_code code, struct avt_error *error)
{
    size_t size = strlen(folder);
    for (char *at; code != AVT_OK && error && (at = strstr(error->message, folder));) {
        size_t cut = size + (at[size] == '/');
        memmove(at, at + cut, strlen(at + cut) + 1);
    }
    return code;
}
