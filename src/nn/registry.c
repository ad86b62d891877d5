/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/registry.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/folders.h"
#include "nn/registry_private.h"
#include "os/paths.h"

enum avt_code avt_registry_open(struct avt_registry **ret_registry, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_data("models/manifest.json");
    if (!path)
        return avt_fail(reterr, AVT_EMODEL,
                        "the model list models/manifest.json is not installed: install the program "
                        "again or set AVATAR_DATA to its data folder");
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, AVT_MANIFEST_BYTES_MAX, &text, &size, reterr);
    if (code != AVT_OK)
        return code == AVT_ENOMEM ? code : AVT_EMODELBAD;
    struct utsname machine;
    avt_assert(uname(&machine) == 0);
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry =
        avt_new0(struct avt_registry, 1);
    code = avt_manifest_parse(text, size, machine.machine, &registry->manifest, reterr);
    if (code != AVT_OK)
        return code;
    *ret_registry = AVT_TAKE(registry);
    return AVT_OK;
}

void avt_registry_free(struct avt_registry *registry)
{
    if (!registry)
        return;
    avt_manifest_free(registry->manifest);
    avt_free(registry);
}

size_t avt_registry_count(const struct avt_registry *registry)
{
    return registry->manifest->count;
}

const struct avt_asset *avt_registry_get(const struct avt_registry *registry, size_t index)
{
    avt_assert(index < registry->manifest->count);
    return &registry->manifest->entries[index].asset;
}

enum avt_code avt_registry_find(const struct avt_registry *registry, const char *id,
                                const struct avt_manifest_entry **ret_entry,
                                struct avt_error *reterr)
{
    const char *names[AVT_MANIFEST_ASSETS_MAX];
    for (size_t i = 0; i < registry->manifest->count; i++) {
        const struct avt_manifest_entry *entry = &registry->manifest->entries[i];
        names[i] = entry->asset.id;
        if (avt_str_equal(entry->asset.id, id)) {
            *ret_entry = entry;
            return AVT_OK;
        }
    }
    const char *near = avt_nearest_name(id, names, registry->manifest->count);
    if (near)
        return avt_fail(reterr, AVT_EMODEL, "there is no model '%.80s': did you mean '%s'?", id,
                        near);
    return avt_fail(reterr, AVT_EMODEL,
                    "there is no model '%.80s': 'avatar models list' shows those there are", id);
}

static enum avt_code missing(struct avt_error *reterr, const struct avt_asset *asset)
{
    return avt_fail(reterr, AVT_EMODEL, "'%s' (%s) is not installed: run 'avatar models fetch'",
                    asset->id, asset->title);
}

/* Cheap check by size: set-up verified the content, this catches what was cut short since. */
static enum avt_code check_size(const char *path, long long size, const struct avt_asset *asset,
                                struct avt_error *reterr)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return missing(reterr, asset);
    bool sound = S_ISREG(st.st_mode) && (size ? st.st_size == size : st.st_size > 0);
    if (!sound)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "'%s' is damaged (%lld bytes, %lld expected): run 'avatar models fetch'",
                        path, (long long)st.st_size, size);
    return AVT_OK;
}

static enum avt_code check_sizes(const struct avt_manifest_entry *entry, const char *path,
                                 struct avt_error *reterr)
{
    if (!entry->file_count)
        return check_size(path, entry->asset.size_bytes, &entry->asset, reterr);
    for (size_t i = 0; i < entry->file_count; i++) {
        AVT_CLEANUP(avt_freep) char *file = avt_path_join(path, entry->files[i].name);
        enum avt_code code =
            check_size(file, entry->files[i].size_bytes, &entry->asset, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

/* Where the asset might lie, best first; owned each. */
static size_t candidates(const struct avt_asset *asset,
                         char *ret_paths[AVT_MODEL_FOLDERS_MAX + 1])
{
    if (asset->committed) {
        AVT_CLEANUP(avt_freep) char *name = avt_path_join("models", asset->file);
        ret_paths[0] = avt_path_data(name);
        return ret_paths[0] ? 1 : 0;
    }
    size_t count = avt_model_folders(ret_paths);
    for (size_t i = 0; i < count; i++) {
        char *path = avt_path_join(ret_paths[i], asset->file);
        avt_free(ret_paths[i]);
        ret_paths[i] = path;
    }
    /* Installing the program puts the runtime into <prefix>/lib/avatar. */
    if (avt_str_equal(asset->file, AVT_RUNTIME_FILE)) {
        char *installed = avt_runtime_find_installed();
        if (installed)
            ret_paths[count++] = installed;
    }
    return count;
}

enum avt_code avt_registry_path(const struct avt_registry *registry, const char *id,
                                char **ret_path, struct avt_error *reterr)
{
    const struct avt_manifest_entry *entry = NULL;
    enum avt_code code = avt_registry_find(registry, id, &entry, reterr);
    if (code != AVT_OK)
        return code;
    char *paths[AVT_MODEL_FOLDERS_MAX + 1];
    size_t count = candidates(&entry->asset, paths);
    char *found = NULL;
    code = AVT_EMODEL;
    for (size_t i = 0; i < count; i++) {
        if (!found && avt_file_exists(paths[i])) {
            code = check_sizes(entry, paths[i], reterr);
            if (code == AVT_OK)
                found = AVT_TAKE(paths[i]);
        }
        avt_free(paths[i]);
    }
    if (!found && code == AVT_EMODEL)
        return missing(reterr, &entry->asset);
    if (found)
        *ret_path = found;
    return code;
}

enum avt_code avt_registry_locate(const char *id, char **ret_path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    enum avt_code code = avt_registry_open(&registry, reterr);
    return code == AVT_OK ? avt_registry_path(registry, id, ret_path, reterr) : code;
}

enum avt_code avt_registry_read(const char *id, size_t size_max, char **ret_data, size_t *ret_size,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = NULL;
    enum avt_code code = avt_registry_locate(id, &path, reterr);
    if (code == AVT_OK)
        code = avt_file_read(path, size_max, ret_data, ret_size, reterr);
    return code;
}

static enum avt_code check_hash(const char *path, const char *sha256, struct avt_error *reterr)
{
    char hex[AVT_SHA256_HEX_SIZE];
    enum avt_code code = avt_sha256_file(path, hex, reterr);
    if (code != AVT_OK)
        return code;
    if (!avt_str_equal(hex, sha256))
        return avt_fail(reterr, AVT_EMODELBAD,
                        "'%s' is damaged (its SHA-256 is wrong): run 'avatar models fetch'", path);
    return AVT_OK;
}

enum avt_code avt_entry_verify(const struct avt_manifest_entry *entry, const char *path,
                               struct avt_error *reterr)
{
    enum avt_code code = check_sizes(entry, path, reterr);
    if (code == AVT_OK && *entry->asset.sha256)
        code = check_hash(path, entry->asset.sha256, reterr);
    for (size_t i = 0; code == AVT_OK && i < entry->file_count; i++) {
        AVT_CLEANUP(avt_freep) char *file = avt_path_join(path, entry->files[i].name);
        code = check_hash(file, entry->files[i].sha256, reterr);
    }
    return code;
}

enum avt_code avt_registry_verify(const struct avt_registry *registry, const char *id,
                                  struct avt_error *reterr)
{
    const struct avt_manifest_entry *entry = NULL;
    enum avt_code code = avt_registry_find(registry, id, &entry, reterr);
    AVT_CLEANUP(avt_freep) char *path = NULL;
    if (code == AVT_OK)
        code = avt_registry_path(registry, id, &path, reterr);
    return code == AVT_OK ? avt_entry_verify(entry, path, reterr) : code;
}

char *avt_registry_folder(void)
{
    char *folders[AVT_MODEL_FOLDERS_MAX];
    size_t count = avt_model_folders(folders);
    for (size_t i = 1; i < count; i++)
        avt_free(folders[i]);
    return folders[0];
}
