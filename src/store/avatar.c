/* SPDX-License-Identifier: Apache-2.0 */
#include "store/avatar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"

/* 32 bits of an id are random, so even the second try is rare. */
enum { ID_TRIES_MAX = 8 };

/* ---- what it says ---------------------------------------------------------------------------- */

static bool is_text(const char *text)
{
    return avt_utf8_invalid_at(text, strlen(text)) == SIZE_MAX;
}

enum avt_code avt_avatar_check_name(const char *name, struct avt_error *reterr)
{
    if (!is_text(name))
        return avt_fail(reterr, AVT_EINVAL, "the name of an avatar profile is not UTF-8");
    if (name[strspn(name, " \t\r\n")] == '\0')
        return avt_fail(reterr, AVT_EINVAL, "the name of an avatar profile is empty");
    if (avt_utf8_count(name) > AVT_AVATAR_NAME_MAX)
        return avt_fail(reterr, AVT_EINVAL,
                        "the name of an avatar profile has at most %d characters, not %zu",
                        AVT_AVATAR_NAME_MAX, avt_utf8_count(name));
    return AVT_OK;
}

enum avt_code avt_avatar_check_rights(const char *rights, struct avt_error *reterr)
{
    size_t count = rights && is_text(rights) ? avt_utf8_count(rights) : 0;
    if (!rights)
        return avt_fail(reterr, AVT_EINVAL,
                        "a face is kept only with a statement of rights: say with --rights whose "
                        "face it is and why it may be animated");
    if (!is_text(rights))
        return avt_fail(reterr, AVT_EINVAL, "the statement of rights is not UTF-8");
    if (count < AVT_AVATAR_RIGHTS_MIN || count > AVT_AVATAR_RIGHTS_MAX)
        return avt_fail(reterr, AVT_EINVAL,
                        "the statement of rights has %d to %d characters, not %zu: say whose face "
                        "it is and why it may be animated",
                        AVT_AVATAR_RIGHTS_MIN, AVT_AVATAR_RIGHTS_MAX, count);
    return AVT_OK;
}

/* ---- one that is being made ------------------------------------------------------------------ */

struct avt_avatar_draft {
    struct avt_jobstore *store;
    const char *storage;
    char owner[AVT_JOB_OWNER_SIZE];
    struct avt_tmp *tmp;
    char *folder, *picture, *thumbnail; /* in it */
    char wish[AVT_LAYOUT_ID_SIZE];      /* for its id; "": any will do */
    const char *media_type;             /* static; NULL: there is no picture yet */
    int64_t size_bytes;
    char sha256[AVT_SHA256_HEX_SIZE];
};

enum avt_code avt_avatar_draft_new(struct avt_jobstore *store, const char *storage,
                                   const char *owner, struct avt_avatar_draft **ret_draft,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_avatar_draft_freep)
    struct avt_avatar_draft *draft = avt_new0(struct avt_avatar_draft, 1);
    draft->store = store;
    draft->storage = storage;
    snprintf(draft->owner, sizeof(draft->owner), "%s", owner);
    enum avt_code code = avt_tmp_new(storage, &draft->tmp, reterr);
    if (code != AVT_OK)
        return code;
    /* A folder in the folder, which can go while the lock on the outer one is held. */
    draft->folder = avt_path_join(avt_tmp_path(draft->tmp), "profile");
    draft->picture = avt_path_join(draft->folder, "picture");
    draft->thumbnail = avt_path_join(draft->folder, "thumbnail");
    code = avt_mkdirs(draft->folder, reterr);
    if (code == AVT_OK)
        *ret_draft = AVT_TAKE(draft);
    return code;
}

enum avt_code avt_avatar_draft_copy(struct avt_avatar_draft *draft, struct avt_intake *intake,
                                    struct avt_error *reterr)
{
    enum avt_code code = avt_intake_copy(intake, draft->picture, reterr);
    if (code != AVT_OK)
        return code;
    draft->media_type = intake->media_type;
    draft->size_bytes = intake->size_bytes;
    memcpy(draft->sha256, intake->sha256, sizeof(draft->sha256));
    return AVT_OK;
}

enum avt_code avt_avatar_draft_link(struct avt_avatar_draft *draft, const struct avt_upload *upload,
                                    struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *from = avt_upload_path(draft->storage, upload->id);
    if (link(from, draft->picture) != 0)
        return avt_fail(reterr, avt_code_from_errno(errno), "the picture of %s cannot be kept: %s",
                        upload->id, errno == ENOENT ? "the upload is gone" : "the disk refuses it");
    draft->media_type = upload->media_type;
    draft->size_bytes = upload->size_bytes;
    memcpy(draft->sha256, upload->sha256, sizeof(draft->sha256));
    return AVT_OK;
}

const char *avt_avatar_draft_picture(const struct avt_avatar_draft *draft)
{
    return draft->picture;
}

const char *avt_avatar_draft_thumbnail(const struct avt_avatar_draft *draft)
{
    return draft->thumbnail;
}

void avt_avatar_draft_wish(struct avt_avatar_draft *draft, const char *id)
{
    avt_assert(avt_layout_id_valid(AVT_LAYOUT_AVATARS, id));
    snprintf(draft->wish, sizeof(draft->wish), "%s", id);
}

/* The names in a folder are on disk; a file system that cannot has no better way. */
static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/* Puts the files where profiles are, under an id that no other has. */
static enum avt_code put_in_place(struct avt_avatar_draft *draft, char ret_id[AVT_LAYOUT_ID_SIZE],
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *home = avt_layout_folder(draft->storage, AVT_LAYOUT_AVATARS);
    enum avt_code code = avt_mkdirs(home, reterr);
    if (code != AVT_OK)
        return code;
    sync_folder(draft->folder);
    for (int tries = 1;; tries++) {
        if (tries == 1 && *draft->wish)
            memcpy(ret_id, draft->wish, sizeof(draft->wish));
        else
            avt_layout_id_make(AVT_LAYOUT_AVATARS, ret_id);
        AVT_CLEANUP(avt_freep)
        char *path = avt_layout_path(draft->storage, AVT_LAYOUT_AVATARS, ret_id);
        if (rename(draft->folder, path) == 0)
            break;
        if ((errno != EEXIST && errno != ENOTEMPTY) || tries == ID_TRIES_MAX)
            return avt_fail(reterr,
                            avt_code_from_errno(errno) == AVT_ENOSPACE ? AVT_ENOSPACE : AVT_EOUTPUT,
                            "the folder of the profile '%s' cannot be made: %s", path,
                            strerror(errno));
    }
    sync_folder(home);
    return AVT_OK;
}

enum avt_code avt_avatar_draft_commit(struct avt_avatar_draft *draft, json_t *about,
                                      struct avt_record *ret_record, struct avt_error *reterr)
{
    avt_assert(draft->media_type && json_is_object(about));
    struct avt_record record = {.kind = AVT_AVATAR_KIND};
    enum avt_code code = put_in_place(draft, record.id, reterr);
    if (code != AVT_OK)
        return code;
    memcpy(record.owner, draft->owner, sizeof(record.owner));
    record.data =
        json_pack("{s:s, s:I, s:s}", "media_type", draft->media_type, "size_bytes",
                  (json_int_t)draft->size_bytes, "sha256", draft->sha256);
    json_object_update(record.data, about);
    code = avt_jobstore_record_put(draft->store, &record, reterr);
    if (code != AVT_OK)
        (void)!avt_layout_remove(draft->storage, AVT_LAYOUT_AVATARS, record.id, NULL, NULL);
    else /* The store knows its times. */
        code = avt_jobstore_record_get(draft->store, AVT_AVATAR_KIND, record.id, NULL, ret_record, reterr);
    avt_record_done(&record);
    return code;
}

void avt_avatar_draft_free(struct avt_avatar_draft *draft)
{
    if (!draft)
        return;
    avt_tmp_free(draft->tmp);
    avt_free(draft->folder);
    avt_free(draft->picture);
    avt_free(draft->thumbnail);
    avt_free(draft);
}

/* ---- those that are there -------------------------------------------------------------------- */

enum avt_code avt_avatar_save(struct avt_jobstore *store, struct avt_record *record, struct avt_error *reterr)
{
    struct avt_record stored = {0};
    enum avt_code code = avt_jobstore_record_put(store, record, reterr);
    if (code == AVT_OK)
        code = avt_jobstore_record_get(store, AVT_AVATAR_KIND, record->id, NULL, &stored, reterr);
    if (code == AVT_OK)
        record->updated_ms = stored.updated_ms;
    avt_record_done(&stored);
    return code;
}

char *avt_avatar_path(const char *storage, const char *id, const char *name)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_path(storage, AVT_LAYOUT_AVATARS, id);
    return folder ? avt_path_join(folder, name) : NULL;
}

static bool is_meant(const struct avt_record *record, const char *which)
{
    const char *name = avt_record_text(record, "name");
    /* The "ap-" alone begins them all. */
    bool is_start = avt_str_starts(which, "ap-") && strlen(which) > 3;
    return (name && avt_str_equal(name, which)) || (is_start && avt_str_starts(record->id, which));
}

/* Which of `records` is meant; its data is taken out. */
static enum avt_code choose(struct avt_record *records, size_t count, const char *which,
                            struct avt_record *ret_record, struct avt_error *reterr)
{
    size_t found = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_meant(&records[i], which))
            continue;
        at = i;
        found++;
    }
    if (found == 0)
        return avt_fail(reterr, AVT_ENOENT,
                        "there is no avatar profile '%.80s'; 'avatar avatar list' shows all", which);
    if (found > 1)
        return avt_fail(reterr, AVT_EINVAL,
                        "%zu avatar profiles are meant by '%.80s'; give more of the id", found,
                        which);
    *ret_record = records[at];
    records[at].data = NULL;
    return AVT_OK;
}

enum avt_code avt_avatar_find(struct avt_jobstore *store, const char *which,
                              struct avt_record *ret_record, struct avt_error *reterr)
{
    struct avt_record *records = NULL;
    size_t count = 0;
    enum avt_code code = AVT_ENOENT;
    if (avt_layout_id_valid(AVT_LAYOUT_AVATARS, which))
        code = avt_jobstore_record_get(store, AVT_AVATAR_KIND, which, NULL, ret_record, reterr);
    if (code != AVT_ENOENT)
        return code;
    code = avt_jobstore_record_list(store, AVT_AVATAR_KIND, NULL, AVT_AVATARS_MAX, &records, &count,
                                    reterr);
    if (code != AVT_OK)
        return code;
    code = choose(records, count, which, ret_record, reterr);
    avt_records_done(records, count);
    return code;
}

bool avt_avatar_adopt_thumbnail(struct avt_jobstore *store, const char *storage,
                                const struct avt_record *record)
{
    const char *id = avt_record_text(record, "check_job");
    struct avt_job job = {0};
    if (!id || !avt_job_id_valid(id) || avt_jobstore_get(store, id, NULL, &job, NULL) != AVT_OK)
        return false;
    const char *file = json_string_value(json_object_get(job.result, "file"));
    AVT_CLEANUP(avt_freep) char *from = file ? avt_layout_result(storage, id, file) : NULL;
    AVT_CLEANUP(avt_freep) char *to = avt_avatar_path(storage, record->id, "thumbnail");
    bool adopted =
        job.status == AVT_JOB_COMPLETED && from && to && (link(from, to) == 0 || errno == EEXIST);
    avt_job_done(&job);
    return adopted;
}

json_t *avt_avatar_view(const struct avt_record *record)
{
    static const char *const members[] = {"name",       "description", "rights",   "media_type",
                                          "size_bytes", "sha256",      "check_job", "origin"};
    json_t *json = json_object();
    json_object_set_new(json, "id", json_string(record->id));
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        avt_record_copy(json, record, members[i]);
    json_object_set_new(json, "created_at", avt_json_time(record->created_ms));
    json_object_set_new(json, "updated_at", avt_json_time(record->updated_ms));
    return json;
}
