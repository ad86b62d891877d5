/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /avatar: profiles (store/avatar.h) and detection. A job looks for the face and draws the thumbnail,
 * since nothing here decodes pictures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/job_answer.h"
#include "api/upload.h"
#include "api_handlers.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/submit.h"
#include "os/paths.h"
#include "store/avatar.h"
#include "store/avatar_file.h"

#define AVATAR_PREFIX "ap-"

/* ---- detection
 * ----------------------------------------------------------------------------------- */

static void answer_faces(struct avt_call *call, const struct avt_job *job)
{
    if (job->status != AVT_JOB_COMPLETED) {
        avt_job_answer_failure(call, job);
        return;
    }
    json_t *faces = json_deep_copy(job->result);
    json_object_set_new(faces, "job_id", json_string(job->id));
    avt_call_json(call, 200, faces);
}

/* The params of a form: the picture becomes an upload first. NULL: it has answered. */
static json_t *form_params(struct avt_call *call, char ret_upload[AVT_UPLOAD_ID_SIZE])
{
    const struct avt_http_part *part = avt_http_part_named(call->request, "image");
    struct avt_upload upload;
    if (part->fd < 0) {
        avt_call_body_fault(call, 422, "validation_error", "image", "missing",
                            "the part 'image' should be a file");
        return NULL;
    }
    if (!avt_upload_keep(call, part, "image", &upload))
        return NULL;
    json_t *params = json_copy(call->body);
    json_object_set_new(params, "image", json_string(upload.id));
    memcpy(ret_upload, upload.id, AVT_UPLOAD_ID_SIZE);
    return params;
}

void avt_route_detect_faces(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    char upload[AVT_UPLOAD_ID_SIZE] = "";
    bool form = avt_http_part_named(request, "image") != NULL;
    json_t *params;
    if (form) {
        params = form_params(call, upload);
    } else {
        if (!avt_job_check_source(call, "image", "image"))
            return;
        params = avt_job_params_of(call);
    }
    if (!params)
        return;
    struct avt_job job = {0};
    bool replayed = false;
    bool made = avt_job_submit(call, AVT_JOB_FACE_DETECT, params, true, &job, &replayed);
    /* A replay has a picture of its own already. */
    if (*upload && (!made || replayed))
        avt_upload_drop(call->api, upload);
    if (!made)
        return;
    avt_job_answer(call, &job, replayed, avt_job_wait_s(call, true), answer_faces, NULL);
    avt_job_done(&job);
}

void avt_route_generate_avatar(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job job = {0};
    bool replayed = false;
    if (!avt_job_submit(call, AVT_JOB_AVATAR_GENERATE, avt_job_params_of(call), false, &job, &replayed))
        return;
    avt_job_answer(call, &job, replayed, avt_job_wait_s(call, false), NULL, NULL);
    avt_job_done(&job);
}

/* ---- profiles
 * -------------------------------------------------------------------------------------- */

static json_t *avatar_json(const struct avt_record *record)
{
    json_t *json = avt_avatar_view(record);
    char path[128];
    snprintf(path, sizeof(path), "/avatar/profiles/%s/thumbnail", record->id);
    json_object_set_new(json, "thumbnail", json_string(path));
    return json;
}

/* False: it has answered. */
static bool load_avatar(struct avt_call *call, struct avt_record *ret_record)
{
    const char *id = avt_http_param(call->request, "id");
    struct avt_error error = {0};
    enum avt_code code = avt_jobstore_record_get(call->api->options.store, "avatar", id,
                                                 call->owner, ret_record, &error);
    if (code == AVT_ENOENT)
        avt_call_missing(call, "avatar profile", id);
    else if (code != AVT_OK)
        avt_call_error(call, &error);
    return code == AVT_OK;
}

/* Looks for the face and draws the thumbnail; a profile without one still works. */
static void start_check(struct avt_call *call, struct avt_record *record)
{
    struct avt_job job = {.type = AVT_JOB_FACE_DETECT};
    job.params = json_pack("{s:s, s:b}", "image", record->id, "thumbnail", 1);
    memcpy(job.owner, record->owner, sizeof(job.owner));
    struct avt_submit_options options = {call->api->storage, call->api->options.free_bytes_min};
    struct avt_error error = {0};
    bool replayed;
    if (avt_jobs_submit(call->api->options.store, &options, &job, NULL, &replayed, &error) ==
        AVT_OK) {
        json_object_set_new(record->data, "check_job", json_string(job.id));
        struct avt_supervisor *supervisor = atomic_load(&call->api->supervisor);
        if (supervisor)
            avt_supervisor_wake(supervisor);
    } else {
        avt_log(AVT_LOG_WARN, "avatar profile %s gets no thumbnail: %s", record->id, error.message);
    }
    avt_job_done(&job);
}

static void remove_avatar_files(struct avt_api *api, const char *id)
{
    struct avt_error error = {0};
    if (avt_layout_remove(api->storage, AVT_LAYOUT_AVATARS, id, NULL, &error) != AVT_OK)
        avt_log(AVT_LOG_WARN, "avatar profile %s: %s", id, error.message);
}

/* The upload that the profile is made of: one named, or the file of the form, kept as one for the
 * moment. False: it has answered. */
static bool find_picture(struct avt_call *call, struct avt_upload *ret_upload, bool *ret_ours)
{
    const char *id = avt_call_body_text(call, "upload_id");
    const struct avt_http_part *part = avt_http_part_named(call->request, "image");
    struct avt_error error = {0};
    if (!id == !part || (part && part->fd < 0)) {
        avt_call_body_fault(call, 422, "validation_error", "image", "missing",
                            "send the picture or clip as the part 'image', or name an upload with "
                            "'upload_id'");
        return false;
    }
    *ret_ours = part != NULL;
    if (part)
        return avt_upload_keep(call, part, "image|video", ret_upload);
    if (!avt_job_check_source(call, "upload_id", "image|video"))
        return false;
    if (avt_upload_get(call->api->options.store, id, call->owner, ret_upload, &error) == AVT_OK)
        return true;
    avt_call_error(call, &error);
    return false;
}

static enum avt_code make_avatar(struct avt_call *call, const struct avt_upload *upload,
                                 struct avt_record *ret_avatar, struct avt_error *error)
{
    struct avt_api *api = call->api;
    AVT_CLEANUP(avt_avatar_draft_freep) struct avt_avatar_draft *draft = NULL;
    AVT_CLEANUP(avt_json_decrefp)
    json_t *about = json_pack("{s:O, s:O}", "name", json_object_get(call->body, "name"), "rights",
                              json_object_get(call->body, "rights"));
    enum avt_code code =
        avt_avatar_draft_new(api->options.store, api->storage, call->key_id, &draft, error);
    if (code == AVT_OK)
        code = avt_avatar_draft_link(draft, upload, error);
    return code == AVT_OK ? avt_avatar_draft_commit(draft, about, ret_avatar, error) : code;
}

static void answer_made(struct avt_call *call, struct avt_record *avatar)
{
    struct avt_error error = {0};
    start_check(call, avatar);
    if (avt_avatar_save(call->api->options.store, avatar, &error) != AVT_OK)
        avt_log(AVT_LOG_WARN, "avatar profile %s: %s", avatar->id, error.message);
    avt_call_location(call, "/avatar/profiles/%s", avatar->id);
    avt_call_json(call, 201, avatar_json(avatar));
}

void avt_route_create_avatar(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_upload upload;
    struct avt_record avatar = {0};
    struct avt_error error = {0};
    bool ours = false;
    if (!find_picture(call, &upload, &ours))
        return;
    enum avt_code code = make_avatar(call, &upload, &avatar, &error);
    if (ours)
        avt_upload_drop(call->api, upload.id);
    if (code != AVT_OK) {
        avt_call_error(call, &error);
        return;
    }
    answer_made(call, &avatar);
    avt_record_done(&avatar);
}

/* A cursor is where the last page ended: milliseconds, "-", the digits of the id. */
static const struct avt_record_mark *read_cursor(const struct avt_call *call,
                                                 struct avt_record_mark *mark)
{
    const char *text = avt_call_text(call, "cursor");
    if (!text)
        return NULL;
    char *digits = NULL;
    mark->created_ms = strtoll(text, &digits, 10);
    snprintf(mark->id, sizeof(mark->id), AVATAR_PREFIX "%s", digits + 1);
    return mark;
}

/* One more than the page holds is asked for, to know whether there is one. */
static json_t *page_json(const struct avt_record *records, size_t count, size_t limit)
{
    char cursor[64] = "";
    json_t *list = json_array();
    for (size_t i = 0; i < count && i < limit; i++)
        json_array_append_new(list, avatar_json(&records[i]));
    if (count > limit)
        snprintf(cursor, sizeof(cursor), "%lld-%s", (long long)records[limit - 1].created_ms,
                 records[limit - 1].id + strlen(AVATAR_PREFIX));
    return json_pack("{s:o, s:s?}", "profiles", list, "next_cursor", *cursor ? cursor : NULL);
}

void avt_route_list_avatars(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    enum { LIMIT_DEFAULT = 100 };
    struct avt_record *records = NULL;
    struct avt_record_mark mark;
    size_t count = 0, limit = (size_t)avt_call_int(call, "limit", LIMIT_DEFAULT);
    struct avt_error error = {0};
    if (avt_jobstore_record_page(call->api->options.store, "avatar", call->owner,
                                 read_cursor(call, &mark), limit + 1, &records, &count,
                                 &error) != AVT_OK) {
        avt_call_error(call, &error);
        return;
    }
    avt_call_json(call, 200, page_json(records, count, limit));
    avt_records_done(records, count);
}

void avt_route_get_avatar(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_record record = {0};
    if (load_avatar(call, &record))
        avt_call_json(call, 200, avatar_json(&record));
    avt_record_done(&record);
}

void avt_route_update_avatar(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_record record = {0};
    struct avt_error error = {0};
    if (!load_avatar(call, &record))
        return;
    json_object_update(record.data, call->body);
    if (avt_avatar_save(call->api->options.store, &record, &error) == AVT_OK)
        avt_call_json(call, 200, avatar_json(&record));
    else
        avt_call_error(call, &error);
    avt_record_done(&record);
}

void avt_route_delete_avatar(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_record record = {0};
    struct avt_error error = {0};
    if (!load_avatar(call, &record))
        return;
    enum avt_code code = avt_jobstore_record_delete(call->api->options.store, "avatar", record.id,
                                                    call->owner, &error);
    if (code == AVT_OK || code == AVT_ENOENT) {
        remove_avatar_files(call->api, record.id);
        avt_call_empty(call, 204);
    } else {
        avt_call_error(call, &error);
    }
    avt_record_done(&record);
}

/* ---- thumbnail
 * --------------------------------------------------------------------------------------- */

static bool serve_thumbnail(struct avt_call *call, const struct avt_record *record)
{
    AVT_CLEANUP(avt_freep) char *path = avt_avatar_path(call->api->storage, record->id, "thumbnail");
    struct avt_http_file file;
    struct avt_error error = {0};
    if (avt_http_file_open(path, &file, &error) != AVT_OK)
        return false;
    file.media_type = "image/png";
    avt_http_answer_file(call->request, &file);
    return true;
}

void avt_route_get_avatar_thumbnail(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_record record = {0};
    if (!load_avatar(call, &record))
        return;
    if (!serve_thumbnail(call, &record) &&
        !(avt_avatar_adopt_thumbnail(call->api->options.store, call->api->storage, &record) &&
          serve_thumbnail(call, &record))) {
        avt_http_add_header(request, "Retry-After", "1");
        avt_call_problem(call, 409, "not_ready",
                         "the thumbnail of '%s' is not there yet: a worker makes it", record.id);
    }
    avt_record_done(&record);
}

/* ---- profiles that travel
 * ---------------------------------------------------------------------------- */

/* The file is made anew for each: it is open when its name is gone, and gone when it has been sent. */
static enum avt_code write_file(struct avt_call *call, const struct avt_record *record, struct avt_http_file *ret_file,
                                struct avt_error *error)
{
    AVT_CLEANUP(avt_tmp_freep) struct avt_tmp *tmp = NULL;
    AVT_CLEANUP(avt_freep) char *picture = avt_avatar_path(call->api->storage, record->id, "picture");
    enum avt_code code = avt_tmp_new(call->api->storage, &tmp, error);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(avt_tmp_path(tmp), "profile");
    code = avt_avatar_file_write(record->data, picture, path, error);
    return code == AVT_OK ? avt_http_file_open(path, ret_file, error) : code;
}

void avt_route_export_avatar(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_record record = {0};
    struct avt_http_file file;
    struct avt_error error = {0};
    if (!load_avatar(call, &record))
        return;
    if (write_file(call, &record, &file, &error) == AVT_OK) {
        char name[AVT_LAYOUT_ID_SIZE + 64];
        snprintf(name, sizeof(name), "%s.avtface", record.id);
        file.media_type = "application/octet-stream";
        file.filename = name;
        file.attachment = true;
        /* What is in it is known by the picture's hash and when the record was changed. */
        snprintf(file.etag, sizeof(file.etag), "\"%.24s-%llx\"",
                 json_string_value(json_object_get(record.data, "sha256")), (unsigned long long)record.updated_ms);
        avt_http_answer_file(request, &file);
    } else {
        avt_call_error(call, &error);
    }
    avt_record_done(&record);
}

/* Out of the spooled part into the storage. */
static enum avt_code read_file(struct avt_call *call, const struct avt_http_part *part, struct avt_record *ret_avatar,
                               struct avt_error *error)
{
    struct avt_api *api = call->api;
    AVT_CLEANUP(avt_tmp_freep) struct avt_tmp *tmp = NULL;
    AVT_CLEANUP(avt_avatar_draft_freep) struct avt_avatar_draft *draft = NULL;
    AVT_CLEANUP(avt_intake_done) struct avt_intake intake = {.fd = -1};
    AVT_CLEANUP(avt_json_decrefp) json_t *about = NULL;
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", part->fd);
    enum avt_code code = avt_tmp_new(api->storage, &tmp, error);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *picture = avt_path_join(avt_tmp_path(tmp), "picture");
    code = avt_avatar_file_read(path, "profile", picture, 0, &about, error);
    if (code == AVT_OK)
        code = avt_intake_open(picture, &intake, error);
    if (code == AVT_OK && avt_str_equal(intake.kind, "audio"))
        code = avt_fail(error, AVT_EFORMAT, "the profile holds a sound, and no face can be seen in it");
    if (code == AVT_OK)
        code = avt_avatar_draft_new(api->options.store, api->storage, call->key_id, &draft, error);
    if (code == AVT_OK)
        code = avt_avatar_draft_copy(draft, &intake, error);
    if (code != AVT_OK)
        return code;
    return avt_avatar_draft_commit(draft, about, ret_avatar, error);
}

void avt_route_import_avatar(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const struct avt_http_part *part = avt_http_part_named(request, "profile");
    struct avt_record avatar = {0};
    struct avt_error error = {0};
    if (!part || part->fd < 0) {
        avt_call_body_fault(call, 422, "validation_error", "profile", "missing",
                            "send the exported profile as the part 'profile', a file");
        return;
    }
    enum avt_code code = read_file(call, part, &avatar, &error);
    if (code == AVT_OK) {
        answer_made(call, &avatar);
    } else if (code == AVT_EFORMAT) {
        avt_call_problem(call, 415, "unsupported_media_type", "%s; send a file as export wrote it", error.message);
    } else if (code == AVT_EINVAL) {
        avt_call_body_fault(call, 422, "validation_error", "profile", "invalid", "%s", error.message);
    } else {
        avt_call_error(call, &error);
    }
    avt_record_done(&avatar);
}
