/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <utime.h>

#include "store/layout.h"

static void write_file(const char *folder, const char *name, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, name);
    AVT_CLEANUP(avt_freep) char *parent = avt_path_dirname(path);
    AVT_CLEANUP(avt_freep) char *data = avt_alloc0(size + 1, 1);
    assert_int_equal(avt_mkdirs(parent, &error), AVT_OK);
    assert_int_equal(avt_file_write(path, data, size, &error), AVT_OK);
}

static bool exists(struct box *box, const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(box->folder, name);
    return avt_file_exists(path);
}

static void layout__folders_are_private(void **state)
{
    struct box *box = *state;
    static const char *const names[] = {"outputs", "uploads", "avatars", "voices", "run", "tmp"};
    GOOD(avt_layout_make(box->folder, &error));
    GOOD(avt_layout_make(box->folder, &error));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct stat st;
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(box->folder, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
    }
    assert_true(avt_layout_free_bytes(box->folder) > 0);
    assert_int_equal(avt_layout_free_bytes("/no/such/folder"), -1);
}

static void layout__ids(void **state)
{
    (void)state;
    static const struct {
        enum avt_layout_kind kind;
        const char *id;
        bool good;
    } rows[] = {
        {AVT_LAYOUT_UPLOADS, "up-0123456789abcdef", true},
        {AVT_LAYOUT_UPLOADS, "up-0123456789abcde", false},
        {AVT_LAYOUT_UPLOADS, "up-0123456789abcdef0", false},
        {AVT_LAYOUT_UPLOADS, "up-0123456789ABCDEF", false},
        {AVT_LAYOUT_UPLOADS, "ap-0123456789abcdef", false},
        {AVT_LAYOUT_AVATARS, "ap-01234567", true},
        {AVT_LAYOUT_AVATARS, "ap-0123456/", false},
        {AVT_LAYOUT_VOICES, "vp-89abcdef", true},
        {AVT_LAYOUT_VOICES, "vp-k3x9z0qw", true},
        {AVT_LAYOUT_VOICES, "vp-K3x9z0qw", false},
        {AVT_LAYOUT_VOICES, "../voices", false},
        {AVT_LAYOUT_VOICES, "", false},
        {AVT_LAYOUT_OUTPUTS, "job-20240115120000-abc12345", true},
        {AVT_LAYOUT_OUTPUTS, "..", false},
        {AVT_LAYOUT_RUN, "x", false},
        {AVT_LAYOUT_TMP, "", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_layout_path("/s", rows[i].kind, rows[i].id);
        if (avt_layout_id_valid(rows[i].kind, rows[i].id) != rows[i].good ||
            (path != NULL) != rows[i].good)
            fail_msg("'%s'", rows[i].id);
    }
    for (int kind = AVT_LAYOUT_UPLOADS; kind <= AVT_LAYOUT_VOICES; kind++) {
        char a[AVT_LAYOUT_ID_SIZE], b[AVT_LAYOUT_ID_SIZE];
        avt_layout_id_make((enum avt_layout_kind)kind, a);
        avt_layout_id_make((enum avt_layout_kind)kind, b);
        assert_true(avt_layout_id_valid((enum avt_layout_kind)kind, a));
        assert_string_not_equal(a, b);
    }
}

static void layout__results_stay_inside(void **state)
{
    (void)state;
    const char *job = "job-20240115120000-abc12345";
    static const char *const bad[] = {"film.mp4",  "/film.mp4", "1/",      "1",
                                      "1/../x",    "1/..",      "1/a/b",   "../1/film.mp4",
                                      "1/.hidden", "x/film",    "-1/film", "1//film",
                                      "1/a\nb",    "",          "1/\x7f",  "1111111111111111111/x"};
    AVT_CLEANUP(avt_freep) char *path = avt_layout_result("/s", job, "12/film.mp4");
    assert_string_equal(path, "/s/outputs/job-20240115120000-abc12345/12/film.mp4");
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        AVT_CLEANUP(avt_freep) char *no = avt_layout_result("/s", job, bad[i]);
        if (no)
            fail_msg("'%s' gave %s", bad[i], no);
    }
    assert_null(avt_layout_result("/s", "..", "1/film.mp4"));
    AVT_CLEANUP(avt_freep) char *output = avt_layout_output("/s", job, 7);
    assert_string_equal(output, "/s/outputs/job-20240115120000-abc12345/7");
    assert_null(avt_layout_output("/s", "x", 7));
    assert_null(avt_layout_output("/s", job, -7));
}

static void layout__remove_and_count(void **state)
{
    struct box *box = *state;
    int64_t bytes = -1;
    GOOD(avt_layout_create(box->folder, AVT_LAYOUT_AVATARS, "ap-00000001", &error));
    write_file(box->folder, "avatars/ap-00000001/deep/er/photo.png", 1000);
    write_file(box->folder, "avatars/ap-00000002/photo.png", 500);
    write_file(box->folder, "outside", 70);
    AVT_CLEANUP(avt_freep) char *link = avt_path_join(box->folder, "avatars/ap-00000001/link");
    assert_int_equal(symlink("../../outside", link), 0);
    assert_int_equal(avt_layout_bytes(box->folder, AVT_LAYOUT_AVATARS), 1500);
    assert_int_equal(avt_layout_bytes(box->folder, AVT_LAYOUT_VOICES), 0);
    GOOD(avt_layout_remove(box->folder, AVT_LAYOUT_AVATARS, "ap-00000001", &bytes, &error));
    assert_int_equal(bytes, 1000);
    assert_false(exists(box, "avatars/ap-00000001"));
    assert_true(exists(box, "outside"));
    GOOD(avt_layout_remove(box->folder, AVT_LAYOUT_AVATARS, "ap-00000001", NULL, &error));
    BAD(AVT_ENOENT, "no '..'",
        avt_layout_remove(box->folder, AVT_LAYOUT_AVATARS, "..", NULL, &error));
    BAD(AVT_ENOENT, "no '../..'",
        avt_layout_create(box->folder, AVT_LAYOUT_AVATARS, "../..", &error));
    assert_true(exists(box, "avatars/ap-00000002"));
}

static void output_of(struct box *box, const char *id, int token)
{
    AVT_CLEANUP(avt_freep) char *name = avt_asprintf("outputs/%s/%d/film.mp4", id, token);
    write_file(box->folder, name, 100);
}

static bool has_output(struct box *box, const char *id, int token)
{
    AVT_CLEANUP(avt_freep) char *name = avt_asprintf("outputs/%s/%d/film.mp4", id, token);
    return exists(box, name);
}

static void sweep__only_the_last_claim_of_a_job_keeps_its_output(void **state)
{
    struct box *box = *state;
    struct avt_sweep_result result;
    const char *running = SUBMIT(), *done = SUBMIT(), *failed = SUBMIT(), *pending = SUBMIT();
    const char *gone = "job-20240115120000-abc12345";
    for (int i = 0; i < 4; i++) { /* each is claimed twice */
        struct avt_job job = box_claim(box);
        assert_string_not_equal(job.id, "");
    }
    GOOD(avt_jobstore_rescue(box->store, "worker-1", 9, NULL, NULL, NULL, &error));
    for (int i = 0; i < 4; i++)
        assert_int_equal(box_claim(box).lease_token, 2);
    const struct avt_error why = {AVT_EIO, "broken"};
    GOOD(avt_jobstore_complete(box->store, done, 2, NULL, NULL, &error));
    GOOD(avt_jobstore_fail(box->store, failed, 2, &why, "", 0, NULL, &error));
    GOOD(avt_jobstore_hand_back(box->store, pending, 2, &error));
    const char *all[] = {running, done, failed, pending, gone};
    for (int i = 0; i < 5; i++)
        for (int token = 1; token <= 2; token++)
            output_of(box, all[i], token);
    write_file(box->folder, "outputs/notes.txt", 5);
    write_file(box->folder, "outputs/My films/a.mp4", 5);

    GOOD(avt_layout_sweep(box->folder, box->store, &result, &error));
    assert_false(has_output(box, running, 1));
    assert_true(has_output(box, running, 2));
    assert_false(has_output(box, done, 1));
    assert_true(has_output(box, done, 2));
    for (int i = 2; i < 5; i++) {
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("outputs/%s", all[i]);
        assert_false(exists(box, name));
    }
    assert_true(exists(box, "outputs/notes.txt"));
    assert_true(exists(box, "outputs/My films/a.mp4"));
    assert_int_equal(result.folders, 7); /* one each of two, two each of two, one with both in it */
    assert_int_equal(result.bytes, 800);
    GOOD(avt_layout_sweep(box->folder, box->store, &result, &error));
    assert_int_equal(result.folders, 0);
}

static void sweep__spares_outputs_when_the_store_is_lost(void **state)
{
    struct box *box = *state;
    struct avt_sweep_result result;
    const char *gone = "job-20240115120000-abc12345";
    output_of(box, gone, 1);
    GOOD(avt_layout_sweep(box->folder, box->store, &result, &error));
    assert_true(has_output(box, gone, 1));
    SUBMIT();
    GOOD(avt_layout_sweep(box->folder, box->store, &result, &error));
    assert_false(has_output(box, gone, 1));
}

static void sweep__uploads_that_nobody_knows(void **state)
{
    struct box *box = *state;
    struct avt_sweep_result result;
    struct avt_record record = {
        .kind = "upload", .id = "up-0000000000000001", .data = json_object()};
    GOOD(avt_jobstore_record_put(box->store, &record, &error));
    avt_record_done(&record);
    for (int i = 1; i <= 3; i++) {
        const struct utimbuf old = {1000, 1000};
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("uploads/up-000000000000000%d/data", i);
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(box->folder, name);
        AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
        write_file(box->folder, name, 10);
        if (i != 3)
            assert_int_equal(utime(path, &old), 0);
        assert_int_equal(utime(folder, &old), 0);
    }
    write_file(box->folder, "voices/vp-00000000/voice.json", 10);
    GOOD(avt_layout_sweep(box->folder, box->store, &result, &error));
    assert_true(exists(box, "uploads/up-0000000000000001/data")); /* has a record */
    assert_false(exists(box, "uploads/up-0000000000000002"));     /* has none */
    assert_true(exists(box, "uploads/up-0000000000000003/data")); /* still coming in */
    assert_true(exists(box, "voices/vp-00000000/voice.json"));    /* profiles are never swept */
    assert_int_equal(result.folders, 1);
}

static void make_old(const char *path)
{
    const struct utimbuf old = {1000, 1000};
    assert_int_equal(utime(path, &old), 0);
}

static void sweep__profiles_that_were_not_finished(void **state)
{
    struct box *box = *state;
    static const char *const files[] = {
        "voices/.new-vp-00000001/reference.flac", "voices/.new-vp-00000002/style.f32",
        "voices/vp-00000003/style.f32", "voices/.reference-7.flac", "voices/audit.log"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        write_file(box->folder, files[i], 10);
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(box->folder, files[i]);
        AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
        if (i != 1) {
            make_old(path);
            make_old(folder);
        }
    }
    GOOD(avt_layout_sweep(box->folder, box->store, NULL, &error));
    assert_false(exists(box, "voices/.new-vp-00000001"));
    assert_true(exists(box, files[1])); /* being made */
    assert_true(exists(box, files[2]));
    assert_false(exists(box, files[3]));
    assert_true(exists(box, files[4]));
}

static void sweep__tmp_of_processes_that_are_gone(void **state)
{
    struct box *box = *state;
    struct avt_tmp *mine = NULL;
    int pipe_fds[2];
    char theirs[256] = "";
    GOOD(avt_tmp_new(box->folder, &mine, &error));
    write_file(avt_tmp_path(mine), "work", 10);
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) { /* ends without cleaning up */
        struct avt_tmp *tmp = NULL;
        if (avt_tmp_new(box->folder, &tmp, NULL) == AVT_OK)
            (void)!write(pipe_fds[1], avt_tmp_path(tmp), strlen(avt_tmp_path(tmp)));
        _exit(0);
    }
    assert_true(waitpid(child, NULL, 0) == child);
    assert_true(read(pipe_fds[0], theirs, sizeof(theirs) - 1) > 0);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    assert_true(avt_file_exists(theirs));
    make_old(theirs);
    make_old(avt_tmp_path(mine));
    GOOD(avt_layout_sweep(box->folder, box->store, NULL, &error));
    assert_false(avt_file_exists(theirs));
    AVT_CLEANUP(avt_freep) char *path = avt_strdup(avt_tmp_path(mine));
    assert_true(avt_file_exists(path));
    avt_tmp_free(mine);
    assert_false(avt_file_exists(path));
}

static void server__one_per_storage(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_server_lock_freep) struct avt_server_lock *lock = NULL;
    struct avt_server_lock *second = NULL;
    GOOD(avt_layout_make(box->folder, &error));
    assert_int_equal(avt_server_lock_holder(box->folder), 0);
    GOOD(avt_server_lock_take(box->folder, &lock, &error));
    assert_int_equal(avt_server_lock_holder(box->folder), getpid());
    char says[64];
    snprintf(says, sizeof(says), "process %d", (int)getpid());
    BAD(AVT_EINVAL, says, avt_server_lock_take(box->folder, &second, &error));
    pid_t child = fork();
    if (child == 0)
        _exit(avt_server_lock_take(box->folder, &second, NULL) == AVT_EINVAL ? 0 : 1);
    int status = -1;
    assert_true(waitpid(child, &status, 0) == child && status == 0);
    avt_server_lock_free(AVT_TAKE(lock));
    assert_int_equal(avt_server_lock_holder(box->folder), 0);
    GOOD(avt_server_lock_take(box->folder, &lock, &error));
}

static void server__a_killed_one_holds_nothing(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_server_lock_freep) struct avt_server_lock *lock = NULL;
    int pipe_fds[2];
    char byte;
    GOOD(avt_layout_make(box->folder, &error));
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) {
        struct avt_server_lock *theirs = NULL;
        (void)!avt_server_lock_take(box->folder, &theirs, NULL);
        (void)!write(pipe_fds[1], "x", 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
    assert_int_equal(avt_server_lock_holder(box->folder), child);
    kill(child, SIGKILL);
    assert_true(waitpid(child, NULL, 0) == child);
    GOOD(avt_server_lock_take(box->folder, &lock, &error));
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(layout__folders_are_private),
        cmocka_unit_test(layout__ids),
        cmocka_unit_test(layout__results_stay_inside),
        TEST(layout__remove_and_count),
        TEST(sweep__only_the_last_claim_of_a_job_keeps_its_output),
        TEST(sweep__spares_outputs_when_the_store_is_lost),
        TEST(sweep__uploads_that_nobody_knows),
        TEST(sweep__profiles_that_were_not_finished),
        TEST(sweep__tmp_of_processes_that_are_gone),
        TEST(server__one_per_storage),
        TEST(server__a_killed_one_holds_nothing),
    };
    return RUN_ALL_KINDS(tests);
}
