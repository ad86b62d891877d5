/* SPDX-License-Identifier: Apache-2.0 */
#include "store/avatar_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/avatar.h"

static const char MAGIC[8] = "AVTFACE1";
enum { PIECE = 256 << 10 };

/* What travels: keys of the record, and what their values are. */
static const struct {
    const char *key;
    json_type type;
    bool required;
} MEMBERS[] = {
    {"name", JSON_STRING, true},        {"rights", JSON_STRING, true},      {"description", JSON_STRING, false},
    {"origin", JSON_OBJECT, false},     {"media_type", JSON_STRING, true},  {"size_bytes", JSON_INTEGER, true},
    {"sha256", JSON_STRING, true},
};

static json_t *members_of(const json_t *about)
{
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++) {
        json_t *value = json_object_get(about, MEMBERS[i].key);
        if (value && json_typeof(value) == MEMBERS[i].type)
            json_object_set(out, MEMBERS[i].key, value);
    }
    return out;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum avt_code open_file(const char *path, const char *shown, int *ret_fd, struct avt_error *reterr)
{
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*ret_fd >= 0)
        return AVT_OK;
    return avt_fail(reterr, errno == ENOENT ? AVT_ENOENT : AVT_EIO, "'%s' cannot be read: %s", shown, strerror(errno));
}

/* All of `size` bytes. */
static enum avt_code put(int fd, const char *path, const void *data, size_t size, struct avt_error *reterr)
{
    for (const char *at = data; size > 0;) {
        ssize_t done = write(fd, at, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return avt_fail(reterr, avt_code_from_errno(errno) == AVT_ENOSPACE ? AVT_ENOSPACE : AVT_EOUTPUT,
                            "'%s' cannot be written: %s", path, strerror(errno));
        at += done;
        size -= (size_t)done;
    }
    return AVT_OK;
}

/* The rest of `from`, at most size_max bytes; what it was. */
static enum avt_code copy_rest(int from, const char *from_path, int to, const char *to_path, int64_t size_max,
                               int64_t *ret_size, char ret_sha256[AVT_SHA256_HEX_SIZE], struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *piece = avt_new0(char, PIECE);
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    *ret_size = 0;
    for (;;) {
        ssize_t got = read(from, piece, PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", from_path, strerror(errno));
        if (got == 0)
            break;
        *ret_size += got;
        if (size_max > 0 && *ret_size > size_max)
            return avt_fail(reterr, AVT_ELIMIT, "the picture in '%s' is larger than the %lld bytes that are allowed",
                            from_path, (long long)size_max);
        avt_sha256_update(hash, piece, (size_t)got);
        enum avt_code code = put(to, to_path, piece, (size_t)got, reterr);
        if (code != AVT_OK)
            return code;
    }
    avt_sha256_finish(hash, ret_sha256);
    return AVT_OK;
}

static bool is_told(const json_t *about, int64_t size, const char *sha256)
{
    const char *told = json_string_value(json_object_get(about, "sha256"));
    return json_integer_value(json_object_get(about, "size_bytes")) == size && told && avt_str_equal(told, sha256);
}

/* ---- writing ------------------------------------------------------------------------------------ */

static enum avt_code put_head(int fd, const json_t *about, const char *path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *members = members_of(about);
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *text = avt_json_text(members, &size);
    if (!text || size > AVT_AVATAR_FILE_JSON_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "what is known of the profile takes more than %d bytes",
                        AVT_AVATAR_FILE_JSON_MAX);
    uint8_t head[AVT_AVATAR_FILE_HEAD];
    memcpy(head, MAGIC, sizeof(MAGIC));
    for (size_t i = 0; i < 4; i++)
        head[sizeof(MAGIC) + i] = (uint8_t)(size >> 8 * i);
    enum avt_code code = put(fd, path, head, sizeof(head), reterr);
    return code == AVT_OK ? put(fd, path, text, size, reterr) : code;
}

enum avt_code avt_avatar_file_write(const json_t *about, const char *picture, const char *path,
                                    struct avt_error *reterr)
{
    avt_assert(json_is_object(about) && picture && path);
    AVT_CLEANUP(close_fd) int from = -1;
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = NULL;
    char sha256[AVT_SHA256_HEX_SIZE];
    int64_t size;
    enum avt_code code = open_file(picture, picture, &from, reterr);
    if (code == AVT_OK)
        code = avt_outfile_open(path, &file, reterr);
    if (code == AVT_OK)
        code = put_head(avt_outfile_fd(file), about, path, reterr);
    if (code == AVT_OK)
        code = copy_rest(from, picture, avt_outfile_fd(file), path, 0, &size, sha256, reterr);
    if (code == AVT_OK && !is_told(about, size, sha256))
        code = avt_fail(reterr, AVT_EFORMAT, "the picture '%s' is not what it was when it was added: it is damaged",
                        picture);
    return code == AVT_OK ? avt_outfile_commit(file, reterr) : code;
}

/* ---- reading ------------------------------------------------------------------------------------ */

enum avt_code avt_avatar_file_parse(const uint8_t *data, size_t size, json_t **ret_about, size_t *ret_begin,
                                    struct avt_error *reterr)
{
    if (size < AVT_AVATAR_FILE_HEAD || memcmp(data, MAGIC, sizeof(MAGIC)) != 0)
        return avt_fail(reterr, AVT_EFORMAT, "this is no exported avatar profile");
    size_t json_size = 0;
    for (size_t i = 4; i-- > 0;)
        json_size = json_size << 8 | data[sizeof(MAGIC) + i];
    if (json_size > AVT_AVATAR_FILE_JSON_MAX || json_size > size - AVT_AVATAR_FILE_HEAD)
        return avt_fail(reterr, AVT_EFORMAT, "the avatar profile is damaged: what precedes its picture is cut off");
    json_error_t fault;
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_loadb((const char *)data + AVT_AVATAR_FILE_HEAD, json_size, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(json))
        return avt_fail(reterr, AVT_EFORMAT, "the avatar profile is damaged: its JSON is not sound");
    AVT_CLEANUP(avt_json_decrefp) json_t *about = members_of(json);
    for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++)
        if (MEMBERS[i].required && !json_object_get(about, MEMBERS[i].key))
            return avt_fail(reterr, AVT_EFORMAT, "the avatar profile is damaged: it has no %s", MEMBERS[i].key);
    *ret_about = AVT_TAKE(about);
    *ret_begin = AVT_AVATAR_FILE_HEAD + json_size;
    return AVT_OK;
}

static enum avt_code read_head(int fd, const char *path, json_t **ret_about, struct avt_error *reterr)
{
    const size_t most = AVT_AVATAR_FILE_HEAD + AVT_AVATAR_FILE_JSON_MAX;
    AVT_CLEANUP(avt_freep) uint8_t *data = avt_new0(uint8_t, most);
    size_t have = 0, begin;
    for (ssize_t got = 1; got > 0 && have < most;) {
        got = read(fd, data + have, most - have);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got < 0)
            return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", path, strerror(errno));
        else
            have += (size_t)got;
    }
    struct avt_error error = {0};
    enum avt_code code = avt_avatar_file_parse(data, have, ret_about, &begin, &error);
    if (code != AVT_OK)
        return avt_fail(reterr, code, "'%s': %s", path, error.message);
    if (lseek(fd, (off_t)begin, SEEK_SET) != (off_t)begin)
        return avt_fail(reterr, AVT_EIO, "'%s' cannot be read again from its middle: is it a regular file?", path);
    return AVT_OK;
}

enum avt_code avt_avatar_file_read(const char *path, const char *shown, const char *picture, int64_t size_max,
                                   json_t **ret_about, struct avt_error *reterr)
{
    AVT_CLEANUP(close_fd) int from = -1;
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = NULL;
    AVT_CLEANUP(avt_json_decrefp) json_t *about = NULL;
    char sha256[AVT_SHA256_HEX_SIZE];
    int64_t size;
    enum avt_code code = open_file(path, shown, &from, reterr);
    if (code == AVT_OK)
        code = read_head(from, shown, &about, reterr);
    if (code == AVT_OK)
        code = avt_outfile_open(picture, &file, reterr);
    if (code == AVT_OK)
        code = copy_rest(from, shown, avt_outfile_fd(file), picture, size_max, &size, sha256, reterr);
    if (code == AVT_OK && !is_told(about, size, sha256))
        code = avt_fail(reterr, AVT_EFORMAT, "'%s' is damaged: its picture has %lld bytes, of %lld that belong to it, "
                        "or was changed; export it again", shown, (long long)size,
                        (long long)json_integer_value(json_object_get(about, "size_bytes")));
    if (code == AVT_OK)
        code = avt_avatar_check_name(json_string_value(json_object_get(about, "name")), reterr);
    if (code == AVT_OK)
        code = avt_avatar_check_rights(json_string_value(json_object_get(about, "rights")), reterr);
    if (code == AVT_OK)
        code = avt_outfile_commit(file, reterr);
    if (code != AVT_OK)
        return code;
    json_object_del(about, "media_type");
    json_object_del(about, "size_bytes");
    json_object_del(about, "sha256");
    *ret_about = AVT_TAKE(about);
    return AVT_OK;
}
