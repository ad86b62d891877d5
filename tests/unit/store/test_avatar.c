/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <dirent.h>

#include "base/buf.h"
#include "store/avatar.h"

#define RIGHTS "A picture of myself."

/* How many entries a folder of the storage has. */
static size_t entries(const struct box *box, const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(box->folder, name);
    size_t count = 0;
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return count;
}

/* A PNG by its first bytes, and no more than those. Owned. */
static char *write_picture(const struct box *box, const char *rest)
{
    AVT_CLEANUP(avt_freep) char *data = avt_asprintf("\x89PNG\r\n\x1a\n%s", rest);
    char *path = avt_path_join(box->folder, "me.png");
    GOOD(avt_file_write(path, data, strlen(data), &error));
    return path;
}

static json_t *about(const char *name)
{
    return json_pack("{s:s, s:s}", "name", name, "rights", RIGHTS);
}

static enum avt_code add(struct box *box, const char *path, const struct avt_cancel *cancel,
                         const char *name, struct avt_record *ret_record, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_intake_done) struct avt_intake intake;
    AVT_CLEANUP(avt_avatar_draft_freep) struct avt_avatar_draft *draft = NULL;
    AVT_CLEANUP(avt_json_decrefp) json_t *said = about(name);
    enum avt_code code = avt_intake_open(path, &intake, reterr);
    if (code == AVT_OK)
        code = avt_avatar_draft_new(box->store, box->folder, "key-1", &draft, reterr);
    intake.cancel = cancel;
    intake.size_bytes_max = 1000;
    if (code == AVT_OK)
        code = avt_avatar_draft_copy(draft, &intake, reterr);
    if (code == AVT_OK)
        code = avt_file_write(avt_avatar_draft_thumbnail(draft), "small", 5, reterr);
    return code == AVT_OK ? avt_avatar_draft_commit(draft, said, ret_record, reterr) : code;
}

/* Its id, borrowed from a small ring. */
static const char *added(struct box *box, const char *name)
{
    static char ids[8][AVT_LAYOUT_ID_SIZE];
    static unsigned next;
    char *id = ids[next++ % 8];
    AVT_CLEANUP(avt_freep) char *path = write_picture(box, name);
    struct avt_record record = {0};
    GOOD(add(box, path, NULL, name, &record, &error));
    snprintf(id, AVT_LAYOUT_ID_SIZE, "%.27s", record.id);
    avt_record_done(&record);
    return id;
}

static void avatar__of_a_file(void **state)
{
    struct box *box = *state;
    const char *id = added(box, "Ada");
    struct avt_record record = {0};
    GOOD(avt_jobstore_record_get(box->store, AVT_AVATAR_KIND, id, "key-1", &record, &error));
    assert_int_equal(record.created_ms, START_MS);
    AVT_CLEANUP(avt_json_decrefp) json_t *view = avt_avatar_view(&record);
    avt_record_done(&record);
    assert_string_equal(json_string_value(json_object_get(view, "id")), id);
    assert_string_equal(json_string_value(json_object_get(view, "name")), "Ada");
    assert_string_equal(json_string_value(json_object_get(view, "rights")), RIGHTS);
    assert_string_equal(json_string_value(json_object_get(view, "media_type")), "image/png");
    assert_int_equal(json_integer_value(json_object_get(view, "size_bytes")), 11);
    assert_true(json_is_null(json_object_get(view, "description")));
    AVT_CLEANUP(avt_freep) char *picture = avt_avatar_path(box->folder, id, "picture");
    AVT_CLEANUP(avt_freep) char *thumbnail = avt_avatar_path(box->folder, id, "thumbnail");
    char sha256[AVT_SHA256_HEX_SIZE];
    GOOD(avt_sha256_file(picture, sha256, &error));
    assert_string_equal(json_string_value(json_object_get(view, "sha256")), sha256);
    assert_true(avt_file_exists(thumbnail));
    assert_int_equal(entries(box, "tmp"), 0);
    assert_null(avt_avatar_path(box->folder, "../ap-0", "picture"));
}

static void avatar__of_a_wished_id(void **state)
{
    struct box *box = *state;
    static const char wish[] = "ap-0123abcd";
    AVT_CLEANUP(avt_freep) char *path = write_picture(box, "wished");
    AVT_CLEANUP(avt_json_decrefp) json_t *said = about("Ada");
    json_object_set_new(said, "origin", json_pack("{s:s, s:i}", "kind", "modelled", "seed", 7));
    for (int i = 0; i < 2; i++) {
        AVT_CLEANUP(avt_intake_done) struct avt_intake intake;
        AVT_CLEANUP(avt_avatar_draft_freep) struct avt_avatar_draft *draft = NULL;
        struct avt_record record = {0};
        GOOD(avt_intake_open(path, &intake, &error));
        GOOD(avt_avatar_draft_new(box->store, box->folder, "", &draft, &error));
        GOOD(avt_avatar_draft_copy(draft, &intake, &error));
        avt_avatar_draft_wish(draft, wish);
        GOOD(avt_avatar_draft_commit(draft, said, &record, &error));
        /* The second one finds it taken. */
        assert_int_equal(strcmp(record.id, wish) == 0, i == 0);
        assert_true(avt_layout_id_valid(AVT_LAYOUT_AVATARS, record.id));
        AVT_CLEANUP(avt_json_decrefp) json_t *view = avt_avatar_view(&record);
        assert_int_equal(json_integer_value(json_object_get(json_object_get(view, "origin"), "seed")), 7);
        avt_record_done(&record);
    }
    assert_int_equal(entries(box, "avatars"), 2);
}

static void avatar__of_an_upload(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_freep) char *path = write_picture(box, "upload");
    AVT_CLEANUP(avt_json_decrefp) json_t *said = about("Ada");
    const struct avt_upload_import_options options = {.storage = box->folder, .owner = "key-1"};
    struct avt_upload upload;
    struct avt_record record = {0};
    GOOD(avt_upload_import(box->store, &options, path, &upload, &error));
    {
        AVT_CLEANUP(avt_avatar_draft_freep) struct avt_avatar_draft *draft = NULL;
        GOOD(avt_avatar_draft_new(box->store, box->folder, "key-1", &draft, &error));
        GOOD(avt_avatar_draft_link(draft, &upload, &error));
        GOOD(avt_avatar_draft_commit(draft, said, &record, &error));
    }
    assert_string_equal(avt_record_text(&record, "sha256"), upload.sha256);
    assert_string_equal(record.owner, "key-1");
    /* It does not need the upload any more. */
    GOOD(avt_upload_remove(box->store, box->folder, upload.id, NULL, &error));
    AVT_CLEANUP(avt_freep) char *picture = avt_avatar_path(box->folder, record.id, "picture");
    assert_true(avt_file_exists(picture));
    avt_record_done(&record);

    AVT_CLEANUP(avt_avatar_draft_freep) struct avt_avatar_draft *late = NULL;
    GOOD(avt_avatar_draft_new(box->store, box->folder, "key-1", &late, &error));
    BAD(AVT_ENOENT, "the upload is gone", avt_avatar_draft_link(late, &upload, &error));
}

static void avatar__what_fails_leaves_nothing(void **state)
{
    struct box *box = *state;
    struct avt_record record = {0};
    struct avt_cancel cancel = {0};
    AVT_CLEANUP(avt_freep) char *long_rest = avt_alloc0(2001, 1);
    memset(long_rest, 'x', 2000);
    AVT_CLEANUP(avt_freep) char *path = write_picture(box, long_rest);
    BAD(AVT_ELIMIT, "larger than", add(box, path, NULL, "Ada", &record, &error));
    AVT_CLEANUP(avt_freep) char *small = write_picture(box, "x");
    avt_cancel_request(&cancel);
    BAD(AVT_ECANCELLED, "stopped", add(box, small, &cancel, "Ada", &record, &error));
    /* The store refuses the record, after the files are in place. */
    AVT_CLEANUP(avt_freep) char *much = avt_alloc0(AVT_RECORD_BYTES_MAX + 1, 1);
    memset(much, 'x', AVT_RECORD_BYTES_MAX);
    BAD(AVT_ELIMIT, "bytes allowed", add(box, small, NULL, much, &record, &error));
    assert_int_equal(entries(box, "avatars"), 0);
    assert_int_equal(entries(box, "tmp"), 0);
    assert_null(record.data);
}

static void avatar__found_by_id_start_and_name(void **state)
{
    struct box *box = *state;
    const char *ada = added(box, "Ada"), *eve = added(box, "Eve"), *twin = added(box, "Eve");
    char start[AVT_LAYOUT_ID_SIZE];
    struct avt_record record = {0};
    const char *const ways[] = {ada, start, "Ada"};
    snprintf(start, sizeof(start), "%.10s", ada);
    for (size_t i = 0; i < 3; i++) {
        GOOD(avt_avatar_find(box->store, ways[i], &record, &error));
        assert_string_equal(record.id, ada);
        avt_record_done(&record);
    }
    BAD(AVT_EINVAL, "2 avatar profiles are meant", avt_avatar_find(box->store, "Eve", &record, &error));
    GOOD(avt_avatar_find(box->store, twin, &record, &error));
    avt_record_done(&record);
    assert_string_not_equal(eve, twin);
    const char *const none[] = {"", "ap-", "A", "ada", "Ada ", "ap-00000000", "../Ada"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        BAD(AVT_ENOENT, "no avatar profile", avt_avatar_find(box->store, none[i], &record, &error));
}

static void avatar__what_is_said_is_checked(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_buf_done) struct avt_buf many = AVT_BUF_INIT(8192);
    for (int i = 0; i < 80; i++)
        avt_buf_append_str(&many, "\xc3\xa4");
    GOOD(avt_avatar_check_name(avt_buf_str(&many), &error));
    avt_buf_append_str(&many, "x");
    BAD(AVT_EINVAL, "80 characters, not 81", avt_avatar_check_name(avt_buf_str(&many), &error));
    BAD(AVT_EINVAL, "empty", avt_avatar_check_name(" \t", &error));
    BAD(AVT_EINVAL, "UTF-8", avt_avatar_check_name("\xff", &error));
    GOOD(avt_avatar_check_rights("My picture", &error));
    BAD(AVT_EINVAL, "--rights", avt_avatar_check_rights(NULL, &error));
    BAD(AVT_EINVAL, "not 4", avt_avatar_check_rights("mine", &error));
    BAD(AVT_EINVAL, "UTF-8", avt_avatar_check_rights("My picture \xff", &error));
}

static void avatar__thumbnail_of_a_job(void **state)
{
    struct box *box = *state;
    const char *id = added(box, "Ada");
    struct avt_record record = {0};
    AVT_CLEANUP(avt_freep) char *thumbnail = avt_avatar_path(box->folder, id, "thumbnail");
    unlink(thumbnail);
    GOOD(avt_avatar_find(box->store, id, &record, &error));
    assert_false(avt_avatar_adopt_thumbnail(box->store, box->folder, &record));
    const char *job = SUBMIT(.type = AVT_JOB_FACE_DETECT);
    json_object_set_new(record.data, "check_job", json_string(job));
    assert_false(avt_avatar_adopt_thumbnail(box->store, box->folder, &record));
    struct avt_job claimed = box_claim(box);
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_output(box->folder, job, claimed.lease_token);
    AVT_CLEANUP(avt_freep) char *made = avt_path_join(folder, "thumbnail.png");
    AVT_CLEANUP(avt_freep)
    char *file = avt_asprintf("%lld/thumbnail.png", (long long)claimed.lease_token);
    AVT_CLEANUP(avt_json_decrefp) json_t *result = json_pack("{s:s}", "file", file);
    GOOD(avt_mkdirs(folder, &error));
    GOOD(avt_file_write(made, "small", 5, &error));
    GOOD(avt_jobstore_complete(box->store, job, claimed.lease_token, result, NULL, &error));
    assert_true(avt_avatar_adopt_thumbnail(box->store, box->folder, &record));
    assert_true(avt_avatar_adopt_thumbnail(box->store, box->folder, &record));
    assert_true(avt_file_exists(thumbnail));
    avt_record_done(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(avatar__of_a_file),
        TEST(avatar__of_a_wished_id),
        TEST(avatar__of_an_upload),
        TEST(avatar__what_fails_leaves_nothing),
        TEST(avatar__found_by_id_start_and_name),
        TEST(avatar__what_is_said_is_checked),
        TEST(avatar__thumbnail_of_a_job),
    };
    return RUN_ALL_KINDS(tests);
}
