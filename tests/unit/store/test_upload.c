/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/upload.h"

static int64_t now_ms = 1000000;

static int64_t clock_now(void *user)
{
    (void)user;
    return now_ms;
}

struct fixture {
    char folder[40];
    char *file; /* a picture to import */
    struct avt_jobstore *store;
};

static int setup(void **state)
{
    struct fixture *f = avt_new0(struct fixture, 1);
    snprintf(f->folder, sizeof(f->folder), "/tmp/avt-upload-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->file = avt_asprintf("%s/picture", f->folder);
    assert_int_equal(avt_file_write(f->file, "\xff\xd8\xff\xe0 and more", 13, NULL), AVT_OK);
    struct avt_jobstore_options options = {
        .storage = f->folder, .kind = "memory", .now_ms = clock_now};
    assert_int_equal(avt_jobstore_open(&options, &f->store, NULL), AVT_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    avt_jobstore_close(f->store);
    AVT_CLEANUP(avt_freep) char *uploads = avt_asprintf("%s/uploads", f->folder);
    unlink(f->file);
    rmdir(uploads);
    /* Fails, and so does the test, if anything is left. */
    int left = rmdir(f->folder);
    avt_free(f->file);
    avt_free(f);
    return left;
}

static void upload__sniff(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t size;
        const char *media_type; /* NULL: nothing known */
    } rows[] = {
        {"\x89PNG\r\n\x1a\n", 8, "image/png"},
        {"\x89PNG\r\n\x1a", 7, NULL},
        {"\xff\xd8\xff\xe0", 4, "image/jpeg"},
        {"RIFF\0\0\0\0WEBPVP8 ", 16, "image/webp"},
        {"RIFX\0\0\0\0WEBPVP8 ", 16, NULL},
        {"RIFF\0\0\0\0WAVEfmt ", 16, "audio/wav"},
        {"RIFF\0\0\0\0AVI LIST", 16, "video/x-msvideo"},
        {"fLaC\0\0\0\x22", 8, "audio/flac"},
        {"OggS\0\2", 6, "audio/ogg"},
        {"ID3\4\0", 5, "audio/mpeg"},
        {"\xff\xfb\x90\x64", 4, "audio/mpeg"},
        {"\xff\xf3\x40\xc0", 4, "audio/mpeg"},
        {"\xff\xff\xff\xff", 4, NULL},
        {"\xff\xfb\xf0\x64", 4, NULL},
        {"\xff\xe9\x90\x64", 4, NULL},
        {"\0\0\0\x1c"
         "ftypM4A \0",
         13, "audio/mp4"},
        {"\0\0\0\x1c"
         "ftypisom\0",
         13, "video/mp4"},
        {"\0\0\0\x1c"
         "ftypqt  \0",
         13, "video/quicktime"},
        {"\0\0\0\x1c"
         "ftypheic\0",
         13, NULL},
        {"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm", 12, "video/webm"},
        {"\x1a\x45\xdf\xa3\x01\x42\x82\x88matroska", 16, "video/x-matroska"},
        {"\x1a\x45\xdf\xa3nothing", 11, NULL},
        {"GIF89a", 6, "image/gif"},
        {"<svg xmlns", 10, NULL},
        {"#EXTM3U\n", 8, NULL},
        {"%PDF-1.7", 8, NULL},
        {"MZ\x90\0", 4, NULL},
        {"", 0, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *kind = NULL, *media_type = NULL;
        bool known = avt_upload_sniff(rows[i].head, rows[i].size, &kind, &media_type);
        if (known != (rows[i].media_type != NULL) ||
            (known && !avt_str_equal(media_type, rows[i].media_type)))
            fail_msg("row %zu: %s", i, known ? media_type : "nothing");
    }
}

static void upload__ids(void **state)
{
    (void)state;
    char a[AVT_UPLOAD_ID_SIZE], b[AVT_UPLOAD_ID_SIZE];
    avt_upload_id_make(a);
    avt_upload_id_make(b);
    assert_true(avt_upload_id_valid(a));
    assert_string_not_equal(a, b);
    const char *const bad[] = {"",
                               "up-",
                               "up-0123456789abcde",
                               "up-0123456789abcdef0",
                               "up-0123456789ABCDEF",
                               "up-0123456789abcde/",
                               "../up-0123456789abcd",
                               "ap-0123456789abcdef"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (avt_upload_id_valid(bad[i]))
            fail_msg("'%s' is no id", bad[i]);
}

static void upload__imported_read_and_removed(void **state)
{
    struct fixture *f = *state;
    struct avt_upload_import_options options = {
        .storage = f->folder, .owner = "abc", .keep_ms = 500};
    struct avt_upload upload, copy;
    struct avt_error error = {0};
    assert_int_equal(avt_upload_import(f->store, &options, f->file, &upload, &error), AVT_OK);
    AVT_CLEANUP(avt_freep) char *path = avt_upload_path(f->folder, upload.id);
    char sha256[AVT_SHA256_HEX_SIZE];
    struct stat st;
    assert_int_equal(avt_sha256_file(path, sha256, &error), AVT_OK);
    assert_string_equal(upload.sha256, sha256);
    /* Others' pictures are nobody else's business. */
    AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/uploads/%s", f->folder, upload.id);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0077, 0);

    assert_int_equal(avt_upload_get(f->store, upload.id, "abc", &copy, &error), AVT_OK);
    assert_string_equal(copy.media_type, "image/jpeg");
    assert_string_equal(copy.kind, "image");
    assert_int_equal(copy.size_bytes, 13);
    assert_int_equal(copy.created_ms, now_ms);
    assert_string_equal(copy.sha256, sha256);
    AVT_CLEANUP(avt_json_decrefp) json_t *view = avt_upload_view(&copy);
    assert_string_equal(json_string_value(json_object_get(view, "expires_at")),
                        "1970-01-01T00:16:40.500Z");

    /* A job that waits needs it for longer; a shorter wish changes nothing. */
    assert_int_equal(avt_upload_hold(f->store, upload.id, now_ms + 700, &error), AVT_OK);
    assert_int_equal(avt_upload_hold(f->store, upload.id, now_ms + 600, &error), AVT_OK);
    assert_int_equal(avt_upload_hold(f->store, "up-0000000000000000", 1, &error), AVT_ENOENT);
    assert_int_equal(avt_upload_get(f->store, upload.id, "abc", &copy, &error), AVT_OK);
    assert_int_equal(copy.expires_ms, now_ms + 700);
    assert_string_equal(copy.owner, "abc");

    assert_int_equal(avt_upload_get(f->store, upload.id, "xyz", &copy, &error), AVT_ENOENT);
    assert_int_equal(avt_upload_remove(f->store, f->folder, upload.id, "xyz", &error), AVT_ENOENT);
    assert_true(avt_file_exists(path));
    now_ms += 1000;
    assert_int_equal(avt_upload_get(f->store, upload.id, "abc", &copy, &error), AVT_ENOENT);
    now_ms -= 1000;
    assert_int_equal(avt_upload_remove(f->store, f->folder, upload.id, NULL, &error), AVT_OK);
    assert_false(avt_file_exists(path));
    assert_int_equal(avt_upload_get(f->store, upload.id, NULL, &copy, &error), AVT_ENOENT);
}

static void upload__bad_files_leave_nothing(void **state)
{
    struct fixture *f = *state;
    AVT_CLEANUP(avt_freep) char *text = avt_asprintf("%s/text", f->folder);
    assert_int_equal(avt_file_write(text, "#!/bin/sh\n", 10, NULL), AVT_OK);
    struct avt_upload_import_options options = {.storage = f->folder, .size_bytes_max = 5};
    struct avt_upload upload;
    struct avt_error error = {0};
    assert_int_equal(avt_upload_import(f->store, &options, f->file, &upload, &error), AVT_ELIMIT);
    assert_int_equal(avt_upload_import(f->store, &options, text, &upload, &error), AVT_EFORMAT);
    assert_int_equal(avt_upload_import(f->store, &options, "/nonexistent", &upload, &error),
                     AVT_ENOENT);
    assert_int_equal(avt_upload_import(f->store, &options, f->folder, &upload, &error), AVT_EIO);
    struct avt_record *records = NULL;
    size_t count = 0;
    assert_int_equal(
        avt_jobstore_record_list(f->store, "upload", NULL, 10, &records, &count, &error), AVT_OK);
    assert_int_equal(count, 0);
    avt_records_done(records, count);
    unlink(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upload__sniff),
        cmocka_unit_test(upload__ids),
        cmocka_unit_test_setup_teardown(upload__imported_read_and_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(upload__bad_files_leave_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
