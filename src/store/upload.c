/* SPDX-License-Identifier: Apache-2.0 */
#include "store/upload.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "store/intake.h"

#define RECORD_KIND "upload"

/* ---- what it is ------------------------------------------------------------------------------ */

struct signature {
    size_t at, size;
    const char *bytes;
    const char *kind, *media_type;
};

/* More exact ones first. ISO files are told apart by their brand, Matroska by its DocType. */
static const struct signature signatures[] = {
    {0, 8, "\x89PNG\r\n\x1a\n", "image", "image/png"},
    {0, 3, "\xff\xd8\xff", "image", "image/jpeg"},
    {8, 4, "WEBP", "image", "image/webp"},
    {8, 4, "WAVE", "audio", "audio/wav"},
    {8, 4, "AVI ", "video", "video/x-msvideo"},
    {0, 4, "fLaC", "audio", "audio/flac"},
    {0, 4, "OggS", "audio", "audio/ogg"},
    {0, 3, "ID3", "audio", "audio/mpeg"},
    {4, 7, "ftypM4A", "audio", "audio/mp4"},
    {4, 8, "ftypavif", NULL, NULL},
    {4, 8, "ftypheic", NULL, NULL},
    {4, 8, "ftypmif1", NULL, NULL},
    {4, 8, "ftypqt  ", "video", "video/quicktime"},
    {4, 4, "ftyp", "video", "video/mp4"},
    {0, 6, "GIF87a", "video", "image/gif"},
    {0, 6, "GIF89a", "video", "image/gif"},
};

/** Frame header of MPEG audio: 11 bits of sync, then version, layer, bit rate and sample rate that
 * are not the reserved ones (ISO 11172-3, 2.4.1.3). */
static bool is_mpeg_audio(const unsigned char *p, size_t size)
{
    return size >= 4 && p[0] == 0xff && (p[1] & 0xe0) == 0xe0 && (p[1] & 0x18) != 0x08 &&
           (p[1] & 0x06) != 0 && (p[2] & 0xf0) != 0xf0 && (p[2] & 0x0c) != 0x0c;
}

static bool holds(const unsigned char *data, size_t size, const char *text)
{
    return memmem(data, size, text, strlen(text)) != NULL;
}

bool avt_upload_sniff(const void *head, size_t size, const char **ret_kind,
                      const char **ret_media_type)
{
    const unsigned char *bytes = head;
    size = size < AVT_UPLOAD_HEAD_BYTES ? size : AVT_UPLOAD_HEAD_BYTES;
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        const struct signature *s = &signatures[i];
        bool riff = s->at == 8;
        if (size < s->at + s->size || memcmp(bytes + s->at, s->bytes, s->size) != 0 ||
            (riff && memcmp(bytes, "RIFF", 4) != 0))
            continue;
        *ret_kind = s->kind;
        *ret_media_type = s->media_type;
        return s->kind != NULL;
    }
    if (size >= 4 && memcmp(bytes, "\x1a\x45\xdf\xa3", 4) == 0) {
        *ret_kind = "video";
        *ret_media_type = holds(bytes, size, "webm") ? "video/webm" : "video/x-matroska";
        return holds(bytes, size, "webm") || holds(bytes, size, "matroska");
    }
    *ret_kind = "audio";
    *ret_media_type = "audio/mpeg";
    return is_mpeg_audio(bytes, size);
}

/** Our own static strings for what a record says; NULL if it says something else. */
static bool known_type(const char *kind, const char *media_type, struct avt_upload *upload)
{
    static const char *const more[][2] = {{"video", "video/webm"}, {"video", "video/x-matroska"}};
    for (size_t i = 0; kind && media_type && i < sizeof(signatures) / sizeof(signatures[0]) + 2;
         i++) {
        const char *k = i < 2 ? more[i][0] : signatures[i - 2].kind;
        const char *m = i < 2 ? more[i][1] : signatures[i - 2].media_type;
        if (k && avt_str_equal(k, kind) && avt_str_equal(m, media_type)) {
            upload->kind = k;
            upload->media_type = m;
            return true;
        }
    }
    return false;
}

/* ---- ids and paths ----------------------------------------------------------------------------
 */

void avt_upload_id_make(char ret_id[AVT_UPLOAD_ID_SIZE])
{
    unsigned char bytes[8];
    avt_random_bytes(bytes, sizeof(bytes));
    size_t used = (size_t)snprintf(ret_id, AVT_UPLOAD_ID_SIZE, "up-");
    for (size_t i = 0; i < sizeof(bytes); i++, used += 2)
        snprintf(ret_id + used, AVT_UPLOAD_ID_SIZE - used, "%02x", bytes[i]);
}

bool avt_upload_id_valid(const char *id)
{
    return avt_str_starts(id, "up-") && strlen(id) == AVT_UPLOAD_ID_SIZE - 1 &&
           strspn(id + 3, "0123456789abcdef") == AVT_UPLOAD_ID_SIZE - 4;
}

static char *folder_of(const char *storage, const char *id)
{
    avt_assert(avt_upload_id_valid(id));
    return avt_asprintf("%s/uploads/%s", storage, id);
}

char *avt_upload_path(const char *storage, const char *id)
{
    avt_assert(avt_upload_id_valid(id));
    return avt_asprintf("%s/uploads/%s/data", storage, id);
}

enum avt_code avt_upload_make_folder(const char *storage, const char *id, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = folder_of(storage, id);
    return avt_mkdirs(folder, reterr);
}

static void remove_bytes(const char *storage, const char *id)
{
    AVT_CLEANUP(avt_freep) char *path = avt_upload_path(storage, id);
    AVT_CLEANUP(avt_freep) char *folder = folder_of(storage, id);
    unlink(path);
    rmdir(folder);
}

/* ---- records ----------------------------------------------------------------------------------
 */

static enum avt_code no_such_upload(const char *id, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOENT, "there is no upload '%.40s'", id);
}

enum avt_code avt_upload_put(struct avt_jobstore *store, struct avt_upload *upload,
                             struct avt_error *reterr)
{
    struct avt_record record = {.kind = RECORD_KIND, .expires_ms = upload->expires_ms};
    snprintf(record.id, sizeof(record.id), "%s", upload->id);
    snprintf(record.owner, sizeof(record.owner), "%s", upload->owner);
    record.data =
        json_pack("{s:s, s:s, s:I, s:s}", "kind", upload->kind, "media_type", upload->media_type,
                  "size_bytes", (json_int_t)upload->size_bytes, "sha256", upload->sha256);
    record.created_ms = upload->created_ms = avt_jobstore_now_ms(store);
    enum avt_code code = avt_jobstore_record_put(store, &record, reterr);
    avt_record_done(&record);
    return code;
}

enum avt_code avt_upload_get(struct avt_jobstore *store, const char *id, const char *owner,
                             struct avt_upload *ret_upload, struct avt_error *reterr)
{
    if (!avt_upload_id_valid(id))
        return no_such_upload(id, reterr);
    struct avt_record record = {0};
    enum avt_code code = avt_jobstore_record_get(store, RECORD_KIND, id, owner, &record, reterr);
    if (code == AVT_ENOENT)
        return no_such_upload(id, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_upload upload = {.created_ms = record.created_ms, .expires_ms = record.expires_ms};
    snprintf(upload.id, sizeof(upload.id), "%s", id);
    snprintf(upload.owner, sizeof(upload.owner), "%s", record.owner);
    const char *sha256 = json_string_value(json_object_get(record.data, "sha256"));
    upload.size_bytes = json_integer_value(json_object_get(record.data, "size_bytes"));
    bool good =
        known_type(json_string_value(json_object_get(record.data, "kind")),
                   json_string_value(json_object_get(record.data, "media_type")), &upload) &&
        sha256 && strlen(sha256) == AVT_SHA256_HEX_SIZE - 1 && upload.size_bytes >= 0;
    if (good)
        snprintf(upload.sha256, sizeof(upload.sha256), "%s", sha256);
    avt_record_done(&record);
    if (!good)
        return avt_fail(reterr, AVT_EFORMAT, "the record of upload '%s' is damaged", id);
    *ret_upload = upload;
    return AVT_OK;
}

enum avt_code avt_upload_hold(struct avt_jobstore *store, const char *id, int64_t until_ms,
                              struct avt_error *reterr)
{
    struct avt_record record = {0};
    if (!avt_upload_id_valid(id))
        return no_such_upload(id, reterr);
    enum avt_code code = avt_jobstore_record_get(store, RECORD_KIND, id, NULL, &record, reterr);
    if (code == AVT_ENOENT)
        return no_such_upload(id, reterr);
    if (code == AVT_OK && record.expires_ms != 0 && record.expires_ms < until_ms) {
        record.expires_ms = until_ms;
        code = avt_jobstore_record_put(store, &record, reterr);
    }
    avt_record_done(&record);
    return code;
}

enum avt_code avt_upload_remove(struct avt_jobstore *store, const char *storage, const char *id,
                                const char *owner, struct avt_error *reterr)
{
    if (!avt_upload_id_valid(id))
        return no_such_upload(id, reterr);
    enum avt_code code = avt_jobstore_record_delete(store, RECORD_KIND, id, owner, reterr);
    if (code == AVT_ENOENT)
        return no_such_upload(id, reterr);
    if (code == AVT_OK)
        remove_bytes(storage, id);
    return code;
}

json_t *avt_upload_view(const struct avt_upload *upload)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:o, s:o}", "id", upload->id, "kind", upload->kind,
                     "media_type", upload->media_type, "size_bytes", (json_int_t)upload->size_bytes,
                     "sha256", upload->sha256, "created_at", avt_json_time(upload->created_ms),
                     "expires_at", avt_json_time(upload->expires_ms));
}

/* ---- import ------------------------------------------------------------------------------------
 */

enum avt_code avt_upload_check_file(const char *path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_intake_done) struct avt_intake intake;
    return avt_intake_open(path, &intake, reterr);
}

static enum avt_code store_copy(const char *storage, struct avt_intake *intake,
                                struct avt_upload *upload, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_upload_path(storage, upload->id);
    enum avt_code code = avt_upload_make_folder(storage, upload->id, reterr);
    if (code == AVT_OK)
        code = avt_intake_copy(intake, path, reterr);
    if (code != AVT_OK)
        return code;
    upload->kind = intake->kind;
    upload->media_type = intake->media_type;
    upload->size_bytes = intake->size_bytes;
    memcpy(upload->sha256, intake->sha256, sizeof(upload->sha256));
    return AVT_OK;
}

enum avt_code avt_upload_import(struct avt_jobstore *store,
                                const struct avt_upload_import_options *options, const char *path,
                                struct avt_upload *ret_upload, struct avt_error *reterr)
{
    struct avt_upload upload = {0};
    AVT_CLEANUP(avt_intake_done) struct avt_intake intake;
    enum avt_code code = avt_intake_open(path, &intake, reterr);
    if (code != AVT_OK)
        return code;
    intake.size_bytes_max = options->size_bytes_max;
    avt_upload_id_make(upload.id);
    snprintf(upload.owner, sizeof(upload.owner), "%s", options->owner ? options->owner : "");
    if (options->keep_ms > 0)
        upload.expires_ms = avt_jobstore_now_ms(store) + options->keep_ms;
    code = store_copy(options->storage, &intake, &upload, reterr);
    if (code == AVT_OK)
        code = avt_upload_put(store, &upload, reterr);
    if (code != AVT_OK) {
        remove_bytes(options->storage, upload.id);
        return code;
    }
    *ret_upload = upload;
    return AVT_OK;
}
