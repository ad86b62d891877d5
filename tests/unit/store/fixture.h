/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the tests of the job store share: every test gets a fresh store of each kind, with a clock
 * that stands still until the test moves it.
 */
#include "../cmocka_all.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"
#include "store/jobstore.h"

#define START_MS  INT64_C(1750000000000)
#define ALL_TYPES (~0u)

struct box {
    const char *kind;
    char folder[64];
    struct avt_jobstore *store;
    int64_t now_ms;
    char reported[4096]; /* what the store passed over, a line each */
};

/* The kind that runs now; main() sets it. */
static const char *box_kind;

static inline int64_t box_now(void *user)
{
    return ((struct box *)user)->now_ms;
}

static inline void box_report(const char *sentence, void *user)
{
    struct box *box = user;
    size_t used = strlen(box->reported);
    snprintf(box->reported + used, sizeof(box->reported) - used, "%s\n", sentence);
}

/* Another handle on the same storage, as another process would have. */
static inline struct avt_jobstore *box_open(struct box *box)
{
    struct avt_jobstore_options options = {.storage = box->folder,
                                           .kind = box->kind,
                                           .now_ms = box_now,
                                           .report = box_report,
                                           .user = box};
    struct avt_jobstore *store = NULL;
    struct avt_error error = {0};
    if (avt_jobstore_open(&options, &store, &error) != AVT_OK)
        fail_msg("%s: %s", box->kind, error.message);
    return store;
}

static inline int box_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline void box_remove_folder(const char *folder)
{
    (void)nftw(folder, box_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* In memory where there is such a folder: each of thousands of changes waits for the disk, and what
 * is tested here does not depend on it. */
static inline void box_make_folder(char *ret_folder, size_t size)
{
    const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(ret_folder, size, "%s/avatar-test-store-XXXXXX", top);
    assert_non_null(mkdtemp(ret_folder));
}

static inline int box_setup(void **state)
{
    struct box *box = avt_new0(struct box, 1);
    box->kind = box_kind;
    box->now_ms = START_MS;
    box_make_folder(box->folder, sizeof(box->folder));
    box->store = box_open(box);
    *state = box;
    return 0;
}

static inline int box_teardown(void **state)
{
    struct box *box = *state;
    avt_jobstore_close(box->store);
    box_remove_folder(box->folder);
    avt_free(box);
    return 0;
}

/* True for the kinds that outlive their handle. */
static inline bool box_lasts(const struct box *box)
{
    return !avt_str_equal(box->kind, "memory");
}

static inline void box_reopen(struct box *box)
{
    avt_jobstore_close(box->store);
    box->store = box_open(box);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, box_setup, box_teardown)

/* Runs the tests with each kind of store; the number of failures. */
#define RUN_ALL_KINDS(tests)                                                                       \
    ({                                                                                             \
        int failed_ = 0;                                                                           \
        static const char *const kinds_[] = {"memory", "sqlite", "file"};                          \
        for (int k_ = 0; k_ < 3; k_++) {                                                           \
            box_kind = kinds_[k_];                                                                 \
            failed_ += cmocka_run_group_tests_name(box_kind, tests, NULL, NULL);                   \
        }                                                                                          \
        failed_;                                                                                   \
    })

/* A call that has to succeed; its last argument is &error. */
#define GOOD(call)                                                                                 \
    do {                                                                                           \
        struct avt_error error = {0};                                                              \
        enum avt_code code_ = (call);                                                              \
        if (code_ != AVT_OK)                                                                       \
            fail_msg("%s: %s gave %s: %s", box->kind, #call, avt_code_name(code_), error.message); \
    } while (0)

/* A call that has to fail with that code and a sentence that holds `says`. */
#define BAD(expected, says, call)                                                                  \
    do {                                                                                           \
        struct avt_error error = {0};                                                              \
        enum avt_code code_ = (call);                                                              \
        if (code_ != (expected))                                                                   \
            fail_msg("%s: %s gave %s, not %s (%s)", box->kind, #call, avt_code_name(code_),        \
                     avt_code_name(expected), error.message);                                      \
        if (!strstr(error.message, says))                                                          \
            fail_msg("%s: %s says '%s'", box->kind, #call, error.message);                         \
    } while (0)

/* Submit with what is set in `job`; the id is borrowed from a small ring. */
static inline const char *box_submit_job(struct box *box, struct avt_job job)
{
    static char ids[64][AVT_JOB_ID_SIZE];
    static unsigned next;
    char *id = ids[next++ % 64];
    if (!job.params)
        job.params = json_pack("{s:s}", "text", "Hello.");
    GOOD(avt_jobstore_submit(box->store, &job, NULL, NULL, &error));
    memcpy(id, job.id, AVT_JOB_ID_SIZE);
    avt_job_done(&job);
    return id;
}

#define SUBMIT(...) box_submit_job(box, (struct avt_job){__VA_ARGS__})

/* The job as it is; without params and result. */
static inline struct avt_job box_job(struct box *box, const char *id)
{
    struct avt_job job = {0};
    GOOD(avt_jobstore_get(box->store, id, NULL, &job, &error));
    avt_job_done(&job);
    return job;
}

/* Claim for `worker` with a lease of 60 s; id "" if there was nothing to do. */
static inline struct avt_job box_claim_with(struct box *box, struct avt_jobstore *store,
                                            const char *worker)
{
    struct avt_job job = {0};
    struct avt_error error = {0};
    struct avt_job_claim_options options = {
        .worker = worker, .lease_ms = 60000, .types = ALL_TYPES};
    enum avt_code code = avt_jobstore_claim(store, &options, &job, &error);
    if (code != AVT_OK && code != AVT_ENOENT)
        fail_msg("%s: %s", box->kind, error.message);
    avt_job_done(&job);
    return job;
}

static inline struct avt_job box_claim(struct box *box)
{
    return box_claim_with(box, box->store, "worker-1");
}

/* Every write of a worker, with a token that is not (or no longer) the job's. */
static inline void box_expect_fenced(struct box *box, const char *id, int64_t token)
{
    const struct avt_error why = {AVT_EIO, "broken"};
    struct avt_job before = box_job(box, id);
    bool flag = false;
    BAD(AVT_ENOENT, "lease",
        avt_jobstore_heartbeat(box->store, id, token, 1000, 5, "x", 0, &flag, &error));
    BAD(AVT_ENOENT, "lease", avt_jobstore_complete(box->store, id, token, NULL, NULL, &error));
    BAD(AVT_ENOENT, "lease", avt_jobstore_fail(box->store, id, token, &why, "x", 0, &flag, &error));
    BAD(AVT_ENOENT, "lease",
        avt_jobstore_fail(box->store, id, token, &why, "x", 5, &flag, &error));
    BAD(AVT_ENOENT, "lease", avt_jobstore_cancelled(box->store, id, token, &error));
    BAD(AVT_ENOENT, "lease", avt_jobstore_hand_back(box->store, id, token, &error));
    assert_false(flag);
    struct avt_job after = box_job(box, id);
    assert_memory_equal(&before, &after, sizeof(before));
}
