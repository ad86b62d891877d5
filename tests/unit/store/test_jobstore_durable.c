/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on disk before a call answers. The calls that make things last are watched: those of this
 * program stand before the C library's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "fixture.h"

/* ---- what was called ------------------------------------------------------------------------- */

/* "f" a file was synced, "d" a folder, "r" a file got its name. */
static char calls[256];
static size_t call_count;
static bool fail_sync; /* a file cannot be synced, as on a full disk */

static void note(char call)
{
    if (call_count < sizeof(calls) - 1)
        calls[call_count++] = call;
    calls[call_count] = '\0';
}

static bool is_folder(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static int watched_sync(int fd, long number)
{
    if (fail_sync && !is_folder(fd)) {
        errno = ENOSPC;
        return -1;
    }
    note(is_folder(fd) ? 'd' : 'f');
    return (int)syscall(number, fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    return watched_sync(fd, SYS_fsync);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    return watched_sync(fd, SYS_fdatasync);
}

__attribute__((visibility("default"))) int rename(const char *from, const char *to)
{
    note('r');
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static void forget_calls(void)
{
    call_count = 0;
    calls[0] = '\0';
}

static bool is_files(const struct box *box)
{
    return avt_str_equal(box->kind, "file");
}

/* A file gets its name when its bytes are there, and then the folder is synced that holds the name.
 * SQLite does as it likes, as long as something was. */
static void expect_lasting(const struct box *box, const char *after)
{
    bool good = is_files(box) ? call_count >= 3 && strcmp(calls + call_count - 3, "frd") == 0
                              : strchr(calls, 'f') != NULL;
    if (!good)
        fail_msg("%s: %s did '%s'", box->kind, after, calls);
    forget_calls();
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void durable__each_change_before_its_answer(void **state)
{
    struct box *box = *state;
    struct avt_job job;
    char first[AVT_JOB_ID_SIZE];
    forget_calls();
    memcpy(first, SUBMIT(), sizeof(first));
    expect_lasting(box, "submit");
    int64_t token = box_claim(box).lease_token;
    expect_lasting(box, "claim");
    GOOD(avt_jobstore_complete(box->store, first, token, NULL, NULL, &error));
    expect_lasting(box, "complete");
    const char *second = SUBMIT();
    forget_calls();
    GOOD(avt_jobstore_cancel(box->store, second, NULL, &job, &error));
    avt_job_done(&job);
    expect_lasting(box, "cancel");
    struct avt_record key = {.kind = "key", .id = "0a1b2c3d", .data = json_object()};
    GOOD(avt_jobstore_record_put(box->store, &key, &error));
    avt_record_done(&key);
    expect_lasting(box, "record_put");
}

static void durable__a_disk_that_refuses_is_no_success(void **state)
{
    struct box *box = *state;
    struct avt_job job = {.params = json_object()};
    fail_sync = true;
    enum avt_code code = avt_jobstore_submit(box->store, &job, NULL, NULL, NULL);
    fail_sync = false;
    avt_job_done(&job);
    assert_int_not_equal(code, AVT_OK);
    /* The next one finds a store as if nothing had been asked. */
    box_reopen(box);
    struct avt_job_filter all = {.status = -1, .type = -1, .limit = 10};
    struct avt_job *jobs;
    size_t count;
    char cursor[64];
    GOOD(avt_jobstore_list(box->store, &all, &jobs, &count, cursor, &error));
    assert_int_equal(count, 0);
    avt_job_list_done(jobs, count);
    SUBMIT();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(durable__each_change_before_its_answer),
        TEST(durable__a_disk_that_refuses_is_no_success),
    };
    int failed = 0;
    static const char *const kinds[] = {"sqlite", "file"};
    for (int i = 0; i < 2; i++) {
        box_kind = kinds[i];
        failed += cmocka_run_group_tests_name(box_kind, tests, NULL, NULL);
    }
    return failed;
}
