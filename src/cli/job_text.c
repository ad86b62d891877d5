/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/job_text.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/backend.h"
#include "cli/terminal.h"

int64_t avt_job_text_time(const json_t *job, const char *key)
{
    int64_t ms = 0;
    return avt_time_parse_ms(avt_backend_text(job, key), &ms) ? ms : 0;
}

const char *avt_job_text_age(int64_t ms, char ret_text[24])
{
    long long seconds = ms > 0 ? (ms + 500) / 1000 : 0;
    if (seconds < 100)
        snprintf(ret_text, 24, "%lld s", seconds);
    else if (seconds < 100 * 60)
        snprintf(ret_text, 24, "%lld min", (seconds + 30) / 60);
    else if (seconds < 48 * 3600)
        snprintf(ret_text, 24, "%lld h", (seconds + 1800) / 3600);
    else
        snprintf(ret_text, 24, "%lld d", (seconds + 43200) / 86400);
    return ret_text;
}

static void add(struct avt_buf *out, const char *text)
{
    avt_buf_printf(out, "%s%s", out->size ? ", " : "", text);
}

static void note_pending(const json_t *job, int64_t now_ms, struct avt_buf *out)
{
    char text[64], number[24];
    int64_t delay_ms = avt_job_text_time(job, "run_at") - now_ms;
    const json_t *place = json_object_get(job, "queue_position");
    const json_t *eta = json_object_get(job, "eta_seconds");
    bool delayed = delay_ms > 1500;
    if (delayed) {
        snprintf(text, sizeof(text), "starts in %s", avt_job_text_age(delay_ms, number));
        add(out, text);
    } else if (json_is_integer(place)) {
        snprintf(text, sizeof(text), "place %lld", (long long)json_integer_value(place));
        add(out, text);
    }
    if (json_is_number(eta) && !delayed) {
        double eta_s = json_number_value(eta);
        snprintf(text, sizeof(text), "done in about %s",
                 eta_s < 60 ? avt_text_seconds(eta_s, number)
                            : avt_job_text_age((int64_t)(eta_s * 1000), number));
        add(out, text);
    }
    if (json_integer_value(json_object_get(job, "attempt")) > 0) {
        snprintf(text, sizeof(text), "tried %lld of %lld times",
                 (long long)json_integer_value(json_object_get(job, "attempt")),
                 (long long)json_integer_value(json_object_get(job, "attempts_max")));
        add(out, text);
    }
}

static void note_running(const json_t *job, bool percent, struct avt_buf *out)
{
    char text[64], clock[24];
    const json_t *eta = json_object_get(job, "eta_seconds");
    snprintf(text, sizeof(text), "%lld %%",
             (long long)json_integer_value(json_object_get(job, "progress")));
    if (percent)
        add(out, text);
    if (*avt_backend_text(job, "stage"))
        add(out, avt_backend_text(job, "stage"));
    if (json_is_number(eta)) {
        snprintf(text, sizeof(text), "%s to go", avt_text_clock(json_number_value(eta), clock));
        add(out, text);
    }
    if (json_is_true(json_object_get(job, "cancel_requested")))
        add(out, "is being cancelled");
}

static void note_ended(const json_t *job, int64_t now_ms, struct avt_buf *out)
{
    char text[64], number[24];
    const json_t *error = json_object_get(job, "error");
    int64_t started_ms = avt_job_text_time(job, "started_at");
    int64_t finished_ms = avt_job_text_time(job, "finished_at");
    if (avt_str_equal(avt_backend_text(job, "status"), "failed")) {
        avt_buf_printf(out, "%s: %s", avt_backend_text(error, "code"),
                       avt_backend_text(error, "message"));
        return;
    }
    if (started_ms > 0 && finished_ms >= started_ms)
        add(out, avt_text_seconds((double)(finished_ms - started_ms) / 1000, number));
    if (finished_ms > 0) {
        snprintf(text, sizeof(text), "%s ago", avt_job_text_age(now_ms - finished_ms, number));
        add(out, text);
    }
}

void avt_job_text_note(const json_t *job, int64_t now_ms, bool percent, struct avt_buf *out)
{
    const char *status = avt_backend_text(job, "status");
    if (avt_str_equal(status, "pending"))
        note_pending(job, now_ms, out);
    else if (avt_str_equal(status, "running"))
        note_running(job, percent, out);
    else
        note_ended(job, now_ms, out);
}
