/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many changes a second a job store takes, on the disk that holds FOLDER: store KIND FOLDER [JOBS].
 * Prints one JSON object. Every change waits for the disk, so the figures say as much about that.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/thread.h"
#include "store/jobstore.h"

enum { THREADS = 8, PAGE = 20 };

static struct avt_jobstore *store;
static int jobs_each;

static void stop(enum avt_code code, const struct avt_error *error)
{
    if (code == AVT_OK)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static void submit(int count)
{
    for (int i = 0; i < count; i++) {
        struct avt_error error = {0};
        struct avt_job job = {.type = AVT_JOB_VOICE_SYNTHESIS,
                              .params = json_pack("{s:s}", "text", "Every word was made here.")};
        stop(avt_jobstore_submit(store, &job, NULL, NULL, &error), &error);
        avt_job_done(&job);
    }
}

static void submit_thread(void *user)
{
    (void)user;
    submit(jobs_each);
}

static void submit_together(void)
{
    struct avt_thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = avt_thread_start("submit", submit_thread, NULL);
    for (int i = 0; i < THREADS; i++)
        avt_thread_join(threads[i]);
}

static int claim_and_complete(int most)
{
    struct avt_job_claim_options options = {.worker = "w", .lease_ms = 60000, .types = ~0u};
    const double stage_s[AVT_JOB_STAGES] = {0};
    int count = 0;
    for (; count < most; count++) {
        struct avt_error error = {0};
        struct avt_job job = {0};
        enum avt_code code = avt_jobstore_claim(store, &options, &job, &error);
        if (code == AVT_ENOENT)
            break;
        stop(code, &error);
        stop(avt_jobstore_complete(store, job.id, job.lease_token, NULL, stage_s, &error), &error);
        avt_job_done(&job);
    }
    return count;
}

static void list(int times)
{
    for (int i = 0; i < times; i++) {
        struct avt_error error = {0};
        struct avt_job_filter filter = {.status = -1, .type = -1, .limit = PAGE};
        struct avt_job *jobs;
        size_t count;
        char cursor[64];
        stop(avt_jobstore_list(store, &filter, &jobs, &count, cursor, &error), &error);
        avt_job_list_done(jobs, count);
    }
}

static double open_store(const char *kind, const char *folder)
{
    struct avt_error error = {0};
    double start_s = avt_now_s();
    stop(avt_jobstore_open(
             &(struct avt_jobstore_options){
                 .kind = kind, .storage = folder, .queue_max = 10000000},
             &store, &error),
         &error);
    return avt_now_s() - start_s;
}

/* Calls `run` and gives the rate of `count`. */
#define RATE(count, run)                                                                           \
    ({                                                                                             \
        double start_s_ = avt_now_s();                                                             \
        run;                                                                                       \
        (double)(count) / (avt_now_s() - start_s_);                                                \
    })

int main(int argc, char **argv)
{
    int64_t jobs = 400;
    if (argc < 3 || (argc > 3 && !avt_parse_int(argv[3], THREADS, 10000000, &jobs))) {
        fprintf(stderr, "usage: store KIND FOLDER [JOBS]\n");
        return 2;
    }
    jobs_each = (int)jobs / THREADS;
    (void)open_store(argv[1], argv[2]);
    double one = RATE(jobs, submit((int)jobs));
    double together = RATE(jobs_each * THREADS, submit_together());
    double claim = RATE(jobs, (void)claim_and_complete((int)jobs));
    double lists = RATE(1000, list(1000));
    avt_jobstore_close(store);
    double open_s = open_store(argv[1], argv[2]);
    avt_jobstore_close(store);
    printf("{\"kind\": \"%s\", \"submits_per_s\": %.0f, \"submits_per_s_8_threads\": %.0f, "
           "\"claims_and_completions_per_s\": %.0f, \"lists_of_20_per_s\": %.0f, "
           "\"open_s\": %.3f}\n",
           argv[1], one, together, claim, lists, open_s);
    return 0;
}
