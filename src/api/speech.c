/* SPDX-License-Identifier: Apache-2.0 */
#include "api/speech.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "api/follower.h"
#include "api/job_answer.h"
#include "api/problem.h"
#include "api/spent.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/params.h"
#include "store/layout.h"

/* The model counts in frames of 25 ms: what comes out is given in these, as others give tokens. */
static const double FRAMES_PER_S = 40.0;

enum state { MAKING, MADE, LOST };

struct speech {
    struct avt_call *call;
    char job[AVT_JOB_ID_SIZE];
    char format[8];
    bool events, keep; /* keep: whoever has the Idempotency-Key may ask again */
    long long characters;
    char *path; /* of the file, once it is known where it grows */
    int fd;
    off_t sent;
    int64_t token;  /* of the lease under which it grows */
    bool delivered; /* all of it was handed to the stream */
    bool over;      /* the last event was, too */
    /* Once a stream is open, its thread and whoever publishes take turns with these. */
    enum state state;
    double duration_s;
    char why[AVT_ERROR_MESSAGE_MAX];
};

static void topic_of(const char *job, char ret_topic[AVT_HTTP_TOPIC_SIZE])
{
    snprintf(ret_topic, AVT_HTTP_TOPIC_SIZE, "speech:%s", job);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void cancel(struct avt_api *api, const char *id)
{
    struct avt_job job = {0};
    struct avt_error error = {0};
    if (avt_jobstore_cancel(api->options.store, id, NULL, &job, &error) != AVT_OK) {
        if (error.code != AVT_ENOENT)
            avt_log(AVT_LOG_WARN, "the job %s is not cancelled: %s", id, error.message);
        return;
    }
    avt_places_forget(api->places);
    struct avt_supervisor *supervisor = atomic_load(&api->supervisor);
    if (supervisor && job.status == AVT_JOB_RUNNING)
        avt_supervisor_cancel(supervisor, id);
    avt_follower_wake(atomic_load(&api->follower));
    avt_job_done(&job);
}

/* The request is over, however it ended. */
static void speech_done(void *user)
{
    struct speech *speech = user;
    if (!speech->keep && !speech->delivered)
        cancel(speech->call->api, speech->job);
    if (!speech->keep)
        avt_spent_add(speech->call->api->spent, speech->job);
    if (speech->fd >= 0)
        close(speech->fd);
    avt_free(speech->path);
}

/* ---- what the stream asks for ---------------------------------------------------------------- */

static ptrdiff_t read_file(struct speech *speech, void *data, size_t size)
{
    if (speech->state == LOST)
        return AVT_HTTP_SOURCE_BROKEN;
    ssize_t got = pread(speech->fd, data, size, speech->sent);
    if (got < 0)
        return errno == EINTR ? 0 : AVT_HTTP_SOURCE_BROKEN;
    speech->sent += got;
    if (got == 0 && speech->state == MADE)
        return AVT_HTTP_SOURCE_END;
    return got;
}

static ptrdiff_t read_bytes(void *user, void *data, size_t size)
{
    struct speech *speech = user;
    ptrdiff_t got = read_file(speech, data, size);
    speech->delivered = got == AVT_HTTP_SOURCE_END;
    return got;
}

static ptrdiff_t put_event(json_t *json, char *ret_text, size_t size)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *taken = json;
    AVT_CLEANUP(avt_freep) char *text = json_dumps(taken, JSON_COMPACT);
    int written = text ? snprintf(ret_text, size, "data: %s\n\n", text) : -1;
    return written > 0 && (size_t)written < size ? written : AVT_HTTP_SOURCE_BROKEN;
}

static ptrdiff_t last_event(struct speech *speech, bool whole, char *ret_text, size_t size)
{
    long long frames = llround(speech->duration_s * FRAMES_PER_S);
    speech->over = true;
    if (!whole) {
        const struct avt_problem problem = {
            .status = 503,
            .code = "speech_failed",
            .detail = *speech->why ? speech->why : "the speech could not be finished; try again"};
        return put_event(json_pack("{s:s, s:o}", "type", "error", "error",
                                   avt_problem_openai(&problem)),
                         ret_text, size);
    }
    speech->delivered = true;
    return put_event(json_pack("{s:s, s:{s:I, s:I, s:I}}", "type", "speech.audio.done", "usage",
                               "input_tokens", (json_int_t)speech->characters, "output_tokens",
                               (json_int_t)frames, "total_tokens",
                               (json_int_t)(speech->characters + frames)),
                     ret_text, size);
}

static ptrdiff_t read_events(void *user, void *data, size_t size)
{
    enum { PIECE = 15 << 10 }; /* 20 KiB in Base64 */
    static const char begin[] = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"", end[] = "\"}\n\n";
    _Static_assert(sizeof(begin) + AVT_BASE64_SIZE(PIECE) + sizeof(end) < AVT_HTTP_SOURCE_BYTES,
                   "an event fits");
    struct speech *speech = user;
    uint8_t piece[PIECE];
    char *text = data;
    if (speech->over)
        return AVT_HTTP_SOURCE_END;
    ptrdiff_t got = read_file(speech, piece, sizeof(piece));
    if (got == 0)
        return 0;
    if (got < 0)
        return last_event(speech, got == AVT_HTTP_SOURCE_END, text, size);
    memcpy(text, begin, sizeof(begin) - 1);
    text += sizeof(begin) - 1;
    avt_base64_encode(piece, (size_t)got, text);
    text += AVT_BASE64_SIZE((size_t)got) - 1;
    memcpy(text, end, sizeof(end) - 1);
    return text + sizeof(end) - 1 - (char *)data;
}

/* What is published on the topic: the job as it is now. */
static void on_event(void *user, const char *event, const char *json)
{
    struct speech *speech = user;
    enum avt_job_status status;
    AVT_CLEANUP(avt_json_decrefp) json_t *data = json_loads(json, 0, NULL);
    if (speech->state != MAKING || !data || !avt_job_status_parse(event, &status))
        return;
    /* Another claim of the job, now or soon, begins anew in a file of its own. */
    bool same = json_integer_value(json_object_get(data, "token")) == speech->token;
    speech->duration_s = json_number_value(json_object_get(data, "duration_s"));
    if (!same || (status != AVT_JOB_RUNNING && status != AVT_JOB_COMPLETED))
        speech->state = LOST;
    else if (status == AVT_JOB_COMPLETED)
        speech->state = MADE;
    const char *why = json_string_value(json_object_get(data, "message"));
    if (why)
        snprintf(speech->why, sizeof(speech->why), "%s", why);
}

static char *event_text(const struct avt_job *job)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_object();
    const json_t *duration = json_object_get(job->result, "duration_s");
    json_object_set_new(json, "token", json_integer(job->lease_token));
    json_object_set_new(json, "duration_s", json_real(json_number_value(duration)));
    if (job->status == AVT_JOB_FAILED)
        json_object_set_new(json, "message", json_string(job->error_message));
    return json_dumps(json, JSON_COMPACT);
}

/* The job as it is now; as cancelled if it is gone. False if the store does not say. */
static bool look(const struct avt_api *api, const char *id, const char **ret_event, char **ret_text)
{
    struct avt_job job = {.status = AVT_JOB_CANCELLED};
    enum avt_code code = avt_jobstore_get(api->options.store, id, NULL, &job, NULL);
    if (code != AVT_OK && code != AVT_ENOENT)
        return false;
    *ret_event = avt_job_status_name(job.status);
    *ret_text = event_text(&job);
    avt_job_done(&job);
    return *ret_text != NULL;
}

void avt_speech_follow(struct avt_api *api, const struct avt_job_event *event)
{
    char topic[AVT_HTTP_TOPIC_SIZE];
    const char *status;
    AVT_CLEANUP(avt_freep) char *text = NULL;
    topic_of(event->job, topic);
    if (avt_http_has_audience(api->server, topic) && look(api, event->job, &status, &text))
        avt_http_publish(api->server, topic, 0, status, text, false);
}

/* ---- from request to stream ------------------------------------------------------------------ */

/* Where the job's file is, or will be; NULL while no worker has it. */
static char *path_of(const struct speech *speech, const struct avt_job *job)
{
    const struct avt_api *api = speech->call->api;
    if (job->status == AVT_JOB_COMPLETED)
        return avt_job_result_path(api, job, "file");
    if (job->status != AVT_JOB_RUNNING)
        return NULL;
    AVT_CLEANUP(avt_freep)
    char *folder = avt_layout_output(api->storage, job->id, job->lease_token);
    return folder ? avt_asprintf("%s/speech.%s", folder, speech->format) : NULL;
}

/* Asked by the stream thread while the request is parked: it appears with the first sound in it. */
static bool is_there(void *user)
{
    const struct speech *speech = user;
    return speech->path && access(speech->path, R_OK) == 0;
}

static void open_stream(struct speech *speech, const struct avt_job *job)
{
    struct avt_call *call = speech->call;
    bool made = job->status == AVT_JOB_COMPLETED;
    const struct avt_http_source source = {.read = speech->events ? read_events : read_bytes,
                                           .event = on_event,
                                           .user = speech};
    char topic[AVT_HTTP_TOPIC_SIZE];
    topic_of(job->id, topic);
    speech->token = job->lease_token;
    speech->state = made ? MADE : MAKING;
    speech->duration_s = json_number_value(json_object_get(job->result, "duration_s"));
    struct avt_http_stream *stream =
        avt_http_stream_bytes(call->request, topic,
                              speech->events ? "text/event-stream" : avt_media_type_of(speech->format),
                              &source);
    /* What happened between looking and opening was published to nobody. */
    const char *status;
    AVT_CLEANUP(avt_freep) char *text = NULL;
    if (stream && !made && look(call->api, job->id, &status, &text))
        avt_http_stream_send(stream, 0, status, text);
}

static void resumed(struct avt_http_request *request, void *user);

/* Parks the request until there is something new. False: too many are. */
static bool park(struct speech *speech, const struct avt_job *job)
{
    struct avt_call *call = speech->call;
    char topic[AVT_HTTP_TOPIC_SIZE];
    double left_s = call->deadline_s - avt_now_s();
    avt_topic_of(job->id, topic);
    if (left_s <= 0 || !avt_http_park_until(call->request, topic, (unsigned)(left_s * 1000) + 1,
                                            is_there, speech, resumed))
        return false;
    /* It may have gone on between looking and parking; then nobody else wakes us. */
    struct avt_job now = {0};
    bool moved = avt_jobstore_get(call->api->options.store, job->id, NULL, &now, NULL) != AVT_OK ||
                 now.status != job->status || now.lease_token != job->lease_token;
    avt_job_done(&now);
    if (moved)
        avt_http_wake(call->api->server, topic);
    return true;
}

/* A voice that only the worker could look for is refused as one that is missed at once. */
static void answer_failure(struct avt_call *call, const struct avt_job *job)
{
    if (avt_str_equal(job->error_code, avt_code_name(AVT_EVOICE)))
        avt_call_problem(call, 400, job->error_code, "%s", job->error_message);
    else
        avt_job_answer_failure(call, job);
}

static void go_on(struct speech *speech, const struct avt_job *job)
{
    avt_free(speech->path);
    speech->path = path_of(speech, job);
    if (speech->path)
        speech->fd = open(speech->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (speech->fd >= 0)
        open_stream(speech, job);
    else if (avt_job_status_final(job->status) && job->status != AVT_JOB_COMPLETED)
        answer_failure(speech->call, job);
    else if (job->status == AVT_JOB_COMPLETED)
        avt_call_problem(speech->call, 503, "speech_failed", "the speech is gone; ask for it again");
    else if (!park(speech, job))
        avt_call_problem(speech->call, 503, "busy",
                         "no worker came to it in %d s; try again later, or have more workers",
                         AVT_SPEECH_START_S);
}

static void resumed(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job job = {0};
    if (!avt_job_load(call, call->job, &job))
        return;
    go_on(call->speech, &job);
    avt_job_done(&job);
}

void avt_speech_answer(struct avt_call *call, const struct avt_speech_request *request)
{
    struct speech *speech = avt_http_alloc(call->request, sizeof(*speech));
    struct avt_job job = {0};
    bool replayed = false;
    const char *format = json_string_value(json_object_get(request->params, "format"));
    *speech = (struct speech){.call = call,
                              .fd = -1,
                              .events = request->events,
                              .keep = call->idempotency_key != NULL,
                              .characters = request->characters};
    snprintf(speech->format, sizeof(speech->format), "%s", format);
    if (!avt_job_submit(call, AVT_JOB_VOICE_SYNTHESIS, request->params, request->hurry, &job,
                        &replayed))
        return;
    memcpy(speech->job, job.id, sizeof(speech->job));
    call->speech = speech;
    call->deadline_s = avt_now_s() + AVT_SPEECH_START_S;
    avt_http_on_free(call->request, speech_done, speech);
    avt_call_location(call, "/jobs/%s", job.id);
    if (replayed)
        avt_http_add_header(call->request, "Idempotency-Replayed", "true");
    go_on(speech, &job);
    avt_job_done(&job);
}
