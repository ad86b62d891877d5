/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/manifest.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"

enum { NAME_BYTES_MAX = 200, MANIFEST_VERSION = 1 };

/* Where the parser stands, for its messages. */
struct context {
    const char *asset; /* NULL outside */
    const char *machine;
    struct avt_error *reterr;
};

static enum avt_code bad(const struct context *context, const char *what)
{
    return avt_fail(context->reterr, AVT_EMODELBAD,
                    "the model list models/manifest.json is damaged (%.60s: %s): install the "
                    "program again",
                    context->asset ? context->asset : "top level", what);
}

static bool is_hash(const char *text)
{
    return strlen(text) == AVT_SHA256_HEX_SIZE - 1 &&
           strspn(text, "0123456789abcdef") == AVT_SHA256_HEX_SIZE - 1;
}

/* A relative path of plain names: it cannot climb out of the folder that it is joined to. */
static bool is_safe_path(const char *path)
{
    if (!*path || strlen(path) > NAME_BYTES_MAX)
        return false;
    for (const char *part = path; part;) {
        const char *slash = strchr(part, '/');
        size_t size = slash ? (size_t)(slash - part) : strlen(part);
        /* A trailing slash, which marks a folder in an archive, leaves one empty last part. */
        bool is_last_empty = size == 0 && !slash && part != path;
        if (!is_last_empty && (size == 0 || *part == '.'))
            return false;
        for (size_t i = 0; i < size; i++) {
            if ((unsigned char)part[i] <= ' ' || part[i] == '\\' || part[i] == 0x7f)
                return false;
        }
        part = slash ? slash + 1 : NULL;
    }
    return true;
}

/* A package name with its version: what a shell or an option parser would trip over is left out. */
static bool is_package_spec(const char *spec)
{
    return *spec && *spec != '-' && strlen(spec) <= NAME_BYTES_MAX &&
           spec[strspn(spec, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "@/._=+-")] == '\0';
}

static bool is_url(const char *url)
{
    return (avt_str_starts(url, "https://") || avt_str_starts(url, "http://") ||
            avt_str_starts(url, "file:///")) &&
           url[strcspn(url, " \t\r\n\"")] == '\0';
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static enum avt_code parse_fingerprint(const struct context *context, const json_t *object,
                                       const char **ret_sha256, long long *ret_size)
{
    const char *sha256 = text_of(object, "sha256");
    const json_t *size = json_object_get(object, "size");
    if (!sha256 || !is_hash(sha256))
        return bad(context, "no valid \"sha256\"");
    if (!json_is_integer(size) || json_integer_value(size) <= 0)
        return bad(context, "no valid \"size\"");
    *ret_sha256 = sha256;
    *ret_size = json_integer_value(size);
    return AVT_OK;
}

static enum avt_code parse_source(const struct context *context, const json_t *object,
                                  struct avt_source *source)
{
    static const char *const kinds[] = {
        [AVT_SOURCE_PIP] = "pip", [AVT_SOURCE_NPM] = "npm", [AVT_SOURCE_URL] = "url"};
    for (size_t i = 0; i < 3 && !source->spec; i++) {
        source->kind = (enum avt_source_kind)i;
        source->spec = text_of(object, kinds[i]);
    }
    if (!source->spec ||
        !(source->kind == AVT_SOURCE_URL ? is_url(source->spec) : is_package_spec(source->spec)))
        return bad(context, "a source without a valid \"pip\", \"npm\" or \"url\"");
    source->archive = text_of(object, "archive");
    if (!source->archive || !is_safe_path(source->archive) || strchr(source->archive, '/'))
        return bad(context, "a source without a valid \"archive\"");
    source->platform = text_of(object, "platform");
    if (source->platform && !is_package_spec(source->platform))
        return bad(context, "a source with a bad \"platform\"");
    const json_t *members = json_object_get(object, "members");
    source->member_count = json_array_size(members);
    if (source->member_count > AVT_MANIFEST_MEMBERS_MAX)
        return bad(context, "a source with too many \"members\"");
    for (size_t i = 0; i < source->member_count; i++) {
        const char *member = json_string_value(json_array_get(members, i));
        if (!member || !is_safe_path(member))
            return bad(context, "a source with a bad member name");
        source->members[i] = member;
    }
    return parse_fingerprint(context, object, &source->sha256, &source->size_bytes);
}

static enum avt_code parse_sources(const struct context *context, const json_t *array,
                                   struct avt_manifest_entry *entry)
{
    entry->source_count = json_array_size(array);
    if (entry->source_count > AVT_MANIFEST_SOURCES_MAX)
        return bad(context, "too many sources");
    for (size_t i = 0; i < entry->source_count; i++) {
        enum avt_code code = parse_source(context, json_array_get(array, i), &entry->sources[i]);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

static enum avt_code parse_files(const struct context *context, const json_t *array,
                                 struct avt_manifest_entry *entry)
{
    size_t count = json_array_size(array);
    if (count == 0)
        return AVT_OK;
    if (count > AVT_MANIFEST_FILES_MAX)
        return bad(context, "too many \"files\"");
    entry->files = avt_new0(struct avt_manifest_file, count);
    entry->file_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(array, i);
        struct avt_manifest_file *file = &entry->files[i];
        file->name = text_of(object, "name");
        if (!file->name || !is_safe_path(file->name) || strchr(file->name, '/'))
            return bad(context, "a file without a valid \"name\"");
        enum avt_code code = parse_fingerprint(context, object, &file->sha256, &file->size_bytes);
        if (code != AVT_OK)
            return code;
        entry->asset.size_bytes += file->size_bytes;
    }
    bool has_folder = entry->source_count == 1 && entry->sources[0].member_count == 1 &&
                      avt_str_ends(entry->sources[0].members[0], "/");
    return has_folder ? AVT_OK : bad(context, "\"files\" without one source folder");
}

/* Joined or single files carry one hash; folders one per file; built files one if every machine builds the same. */
static enum avt_code parse_content(const struct context *context, const json_t *object,
                                   struct avt_manifest_entry *entry)
{
    const json_t *content = object;
    const json_t *machines = json_object_get(object, "machines");
    if (machines) {
        content = json_object_get(machines, context->machine);
        if (!content)
            return AVT_OK;
    }
    enum avt_code code = parse_sources(context, json_object_get(content, "from"), entry);
    if (code == AVT_OK)
        code = parse_files(context, json_object_get(content, "files"), entry);
    bool unknown = entry->build && !json_object_get(content, "sha256");
    if (code != AVT_OK || entry->file_count || unknown)
        return code;
    return parse_fingerprint(context, content, &entry->asset.sha256, &entry->asset.size_bytes);
}

static enum avt_code parse_entry(struct context *context, const json_t *object,
                                 struct avt_manifest_entry *entry)
{
    struct avt_asset *asset = &entry->asset;
    const struct {
        const char *key;
        const char **value;
    } texts[] = {
        {"id", &asset->id},           {"title", &asset->title},   {"version", &asset->version},
        {"licence", &asset->licence}, {"source", &asset->source}, {"file", &asset->file},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *value = text_of(object, texts[i].key);
        if (!value || !*value || strlen(value) > NAME_BYTES_MAX)
            return bad(context, "an asset without one of its texts");
        *texts[i].value = value;
        context->asset = asset->id;
    }
    if (!is_package_spec(asset->id) || strchr(asset->id, '/') || !is_safe_path(asset->file) ||
        avt_str_ends(asset->file, "/"))
        return bad(context, "a bad \"id\" or \"file\"");
    asset->sha256 = "";
    asset->committed = json_is_true(json_object_get(object, "committed"));
    asset->required = json_is_true(json_object_get(object, "required"));
    asset->test = json_is_true(json_object_get(object, "test"));
    entry->build = json_is_true(json_object_get(object, "build"));
    return parse_content(context, object, entry);
}

static enum avt_code parse_root(struct context *context, struct avt_manifest *manifest)
{
    const json_t *assets = json_object_get(manifest->root, "assets");
    size_t count = json_array_size(assets);
    if (json_integer_value(json_object_get(manifest->root, "version")) != MANIFEST_VERSION)
        return bad(context, "unknown version");
    if (count == 0 || count > AVT_MANIFEST_ASSETS_MAX)
        return bad(context, "no assets, or too many");
    const json_t *client =
        json_object_get(json_object_get(manifest->root, "npm_client"), context->machine);
    enum avt_code code =
        client ? parse_source(context, client, &manifest->npm_client) : AVT_OK;
    manifest->entries = avt_new0(struct avt_manifest_entry, count);
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        context->asset = NULL;
        code = parse_entry(context, json_array_get(assets, i), &manifest->entries[i]);
        manifest->count = i + 1;
        for (size_t j = 0; code == AVT_OK && j < i; j++) {
            if (avt_str_equal(manifest->entries[i].asset.id, manifest->entries[j].asset.id))
                code = bad(context, "the same \"id\" twice");
        }
    }
    return code;
}

enum avt_code avt_manifest_parse(const char *text, size_t size, const char *machine,
                                 struct avt_manifest **ret_manifest, struct avt_error *reterr)
{
    struct context context = {.machine = machine, .reterr = reterr};
    AVT_CLEANUP(avt_manifest_freep) struct avt_manifest *manifest =
        avt_new0(struct avt_manifest, 1);
    json_error_t error;
    manifest->root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (!manifest->root)
        return bad(&context, "not JSON");
    enum avt_code code = parse_root(&context, manifest);
    if (code != AVT_OK)
        return code;
    *ret_manifest = AVT_TAKE(manifest);
    return AVT_OK;
}

void avt_manifest_free(struct avt_manifest *manifest)
{
    if (!manifest)
        return;
    for (size_t i = 0; manifest->entries && i < manifest->count; i++)
        avt_free(manifest->entries[i].files);
    avt_free(manifest->entries);
    json_decref(manifest->root);
    avt_free(manifest);
}
