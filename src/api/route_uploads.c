/* SPDX-License-Identifier: Apache-2.0 */
/* /uploads */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/upload.h"
#include "api_handlers.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "store/layout.h"

static bool quota_left(struct avt_call *call)
{
    struct avt_record *records = NULL;
    size_t count = 0;
    struct avt_error error = {0};
    if (call->granted >= AVT_NEEDS_ADMIN)
        return true;
    if (avt_jobstore_record_list(call->api->options.store, "upload", call->key_id,
                                 AVT_UPLOADS_PER_KEY_MAX, &records, &count, &error) != AVT_OK) {
        avt_call_error(call, &error);
        return false;
    }
    avt_records_done(records, count);
    if (count < AVT_UPLOADS_PER_KEY_MAX)
        return true;
    avt_http_add_header(call->request, "Retry-After", "3600");
    avt_call_problem(call, 429, "too_many_uploads",
                     "this key has %d uploads; delete some, or wait until they expire",
                     AVT_UPLOADS_PER_KEY_MAX);
    return false;
}

static enum avt_code keep_file(struct avt_api *api, const char *id,
                               const struct avt_http_part *part, struct avt_error *error)
{
    AVT_CLEANUP(avt_freep) char *path = avt_upload_path(api->storage, id);
    enum avt_code code = avt_upload_make_folder(api->storage, id, error);
    if (code == AVT_OK)
        code = avt_http_part_keep(part, path, error);
    return code;
}

void avt_upload_drop(struct avt_api *api, const char *id)
{
    struct avt_error error = {0};
    if (avt_upload_remove(api->options.store, api->storage, id, NULL, &error) != AVT_OK)
        avt_log(AVT_LOG_WARN, "upload %s could not be removed: %s", id, error.message);
}

bool avt_upload_keep(struct avt_call *call, const struct avt_http_part *part, const char *kinds,
                     struct avt_upload *ret_upload)
{
    struct avt_upload upload = {0};
    struct avt_error error = {0};
    struct avt_api *api = call->api;
    if (part->size == 0) {
        avt_call_body_fault(call, 422, "validation_error", *part->name ? part->name : "file",
                            "missing", "the file is empty");
        return false;
    }
    bool known = avt_upload_sniff(part->head, part->head_size, &upload.kind, &upload.media_type);
    if (!known || !strstr(kinds, upload.kind)) {
        avt_call_problem(call, 415, "unsupported_media_type",
                         "by its first bytes the file is %s; here these are taken: %s",
                         known ? upload.media_type : "nothing that is known", kinds);
        return false;
    }
    if (!quota_left(call))
        return false;
    avt_upload_id_make(upload.id);
    memcpy(upload.owner, call->key_id, sizeof(upload.owner));
    memcpy(upload.sha256, part->sha256, sizeof(upload.sha256));
    upload.size_bytes = (int64_t)part->size;
    if (api->options.upload_keep_ms > 0)
        upload.expires_ms = avt_jobstore_now_ms(api->options.store) + api->options.upload_keep_ms;
    enum avt_code code = keep_file(api, upload.id, part, &error);
    if (code == AVT_OK)
        code = avt_upload_put(api->options.store, &upload, &error);
    if (code != AVT_OK) {
        /* What stays is an upload without a record, which a sweep removes. */
        struct avt_error ignored = {0};
        if (avt_layout_remove(api->storage, AVT_LAYOUT_UPLOADS, upload.id, NULL, &ignored) != AVT_OK)
            avt_log(AVT_LOG_WARN, "upload %s: %s", upload.id, ignored.message);
        avt_call_error(call, &error);
        return false;
    }
    *ret_upload = upload;
    return true;
}

void avt_route_create_upload(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const struct avt_http_part *part = avt_http_part_named(request, call->body ? "file" : "");
    struct avt_upload upload;
    if (!part || part->fd < 0) {
        avt_call_body_fault(call, 422, "validation_error", "file", "missing",
                            "send the file as the body, or as the part 'file' of a form");
        return;
    }
    if (!avt_upload_keep(call, part, "image|audio|video", &upload))
        return;
    avt_call_location(call, "/uploads/%s", upload.id);
    avt_call_json(call, 201, avt_upload_view(&upload));
}

void avt_route_get_upload(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    struct avt_upload upload;
    struct avt_error error = {0};
    enum avt_code code = avt_upload_get(call->api->options.store, id, call->owner, &upload, &error);
    if (code == AVT_OK)
        avt_call_json(call, 200, avt_upload_view(&upload));
    else if (code == AVT_ENOENT)
        avt_call_missing(call, "upload", id);
    else
        avt_call_error(call, &error);
}

void avt_route_delete_upload(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    struct avt_error error = {0};
    enum avt_code code =
        avt_upload_remove(call->api->options.store, call->api->storage, id, call->owner, &error);
    if (code == AVT_OK)
        avt_call_empty(call, 204);
    else if (code == AVT_ENOENT)
        avt_call_missing(call, "upload", id);
    else
        avt_call_error(call, &error);
}
