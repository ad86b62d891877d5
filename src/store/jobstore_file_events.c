/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of a job: those of type "status" are in its own file, the others a line each in
 * jobs/<id>.events.jsonl. A line that is broken (its writer died) is passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/jobstore_file.h"

/* ---- lines ----------------------------------------------------------------------------------- */

/* {"sequence", "at", "type", "data"}; false for a line that is none. */
static bool parse_line(const char *line, size_t size, const char *job, struct avt_job_event *event)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_loadb(line, size, 0, NULL);
    const char *at = NULL, *type = NULL;
    json_int_t sequence = 0;
    json_t *data = NULL;
    if (!json || json_unpack(json, "{s:I, s:s, s:s, s:o}", "sequence", &sequence, "at", &at, "type",
                             &type, "data", &data) != 0)
        return false;
    if (!json_is_object(data) || strlen(type) >= sizeof(event->type) ||
        !avt_time_parse_ms(at, &event->at_ms))
        return false;
    event->sequence = sequence;
    memcpy(event->job, job, AVT_JOB_ID_SIZE);
    memcpy(event->type, type, strlen(type) + 1);
    event->data = json_incref(data);
    return true;
}

int64_t avt_file_events_last(const struct avt_file_store *files, const char *id)
{
    enum { TAIL_BYTES = 2 * AVT_JOBSTORE_EVENT_BYTES_MAX };
    AVT_CLEANUP(avt_freep) char *path = avt_file_job_path(files, id, ".events.jsonl");
    int64_t last = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return 0;
    struct stat st;
    int64_t size = fstat(fd, &st) == 0 ? st.st_size : 0;
    int64_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    AVT_CLEANUP(avt_freep) char *tail = avt_alloc0((size_t)(size - from) + 1, 1);
    ssize_t got = pread(fd, tail, (size_t)(size - from), from);
    close(fd);
    for (char *line = tail, *end;
         got > 0 && (end = memchr(line, '\n', (size_t)(tail + got - line))); line = end + 1) {
        struct avt_job_event event = {0};
        if (parse_line(line, (size_t)(end - line), id, &event)) {
            if (event.sequence > last)
                last = event.sequence;
            json_decref(event.data);
        }
    }
    return last;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static enum avt_code append_failed(const char *path, int errnum, struct avt_error *reterr)
{
    return avt_fail(reterr, avt_code_from_errno(errnum) == AVT_ENOSPACE ? AVT_ENOSPACE : AVT_EIO,
                    "'%s' cannot be written: %s", path, strerror(errnum));
}

static int count_lines(int fd)
{
    enum { BLOCK = 1 << 16 };
    AVT_CLEANUP(avt_freep) char *block = avt_new0(char, BLOCK);
    int count = 0;
    int64_t at = 0;
    for (ssize_t got; (got = pread(fd, block, BLOCK, at)) > 0; at += got)
        for (ssize_t i = 0; i < got; i++)
            count += block[i] == '\n';
    return count;
}

/* A half line at the end, of a process that died, is closed so that ours stands alone. */
static bool ends_clean(int fd, int64_t size)
{
    char last = '\n';
    return size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

static enum avt_code append(const char *path, int fd, struct avt_file_more *more, const char *line,
                            const char *job, bool sync, struct avt_error *reterr)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return append_failed(path, errno, reterr);
    if (more->events_size != st.st_size)
        more->events_count = count_lines(fd);
    more->events_size = st.st_size;
    if (more->events_count >= AVT_JOBSTORE_EVENTS_MAX)
        return avt_job_events_full(job, reterr);
    AVT_CLEANUP(avt_freep)
    char *text = avt_asprintf("%s%s\n", ends_clean(fd, st.st_size) ? "" : "\n", line);
    ssize_t size = (ssize_t)strlen(text), put = write(fd, text, (size_t)size);
    if (put != size || (sync && fdatasync(fd) != 0)) {
        int errnum = put >= 0 && put < size ? ENOSPC : errno;
        (void)!ftruncate(fd, st.st_size);
        return append_failed(path, errnum, reterr);
    }
    more->events_size += size;
    more->events_count++;
    return AVT_OK;
}

enum avt_code avt_file_event_add(void *impl, const char *job, const char *type, const json_t *data,
                                 int64_t now_ms, struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    char at[AVT_TIME_SIZE];
    AVT_CLEANUP(avt_freep) char *path = avt_file_job_path(files, job, ".events.jsonl");
    struct avt_job_head *head = avt_jobindex_find(files->index, job);
    avt_time_format_ms(now_ms, at);
    if (!head)
        return avt_fail(reterr, AVT_ENOENT, "there is no job '%s'", job);
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_pack("{s:I, s:s, s:s, s:O}", "sequence", (json_int_t)files->sequence + 1,
                             "at", at, "type", type, "data", data);
    AVT_CLEANUP(avt_freep) char *line = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (!line)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for an event of %s", job);
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return append_failed(path, errno, reterr);
    struct avt_file_more *more = head->more;
    /* Progress comes often and is not worth a wait for the disk. */
    bool sync = !avt_str_equal(type, "progress");
    enum avt_code code = append(path, fd, more, line, job, sync, reterr);
    close(fd);
    if (code == AVT_OK) {
        more->last_event = ++files->sequence;
        avt_file_mark_changed(files, job);
    }
    return code;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct event_list {
    struct avt_job_event *events;
    size_t count, capacity;
};

/* The event is taken. */
static void add(struct event_list *list, const struct avt_job_event *event)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 32;
        list->events = avt_realloc(list->events, list->capacity, sizeof(*list->events));
    }
    list->events[list->count++] = *event;
}

static void read_history(struct avt_file_store *files, const char *id, int64_t after,
                         struct event_list *list)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    AVT_CLEANUP(avt_freep) char *path = avt_file_job_path(files, id, ".json");
    const json_t *entry;
    size_t i;
    if (avt_file_read_json(files, path, AVT_FILE_JOB_BYTES_MAX, &json, NULL) != AVT_OK)
        return;
    json_array_foreach(json_object_get(json, "history"), i, entry)
    {
        struct avt_job_event event = {.type = "status"};
        const char *at = json_string_value(json_object_get(entry, "at"));
        event.sequence = json_integer_value(json_object_get(entry, "sequence"));
        if (event.sequence <= after || !at || !avt_time_parse_ms(at, &event.at_ms))
            continue;
        memcpy(event.job, id, AVT_JOB_ID_SIZE);
        event.data = json_deep_copy(entry);
        json_object_del(event.data, "at");
        json_object_del(event.data, "sequence");
        add(list, &event);
    }
}

static void read_lines(struct avt_file_store *files, const char *id, int64_t after,
                       struct event_list *list)
{
    AVT_CLEANUP(avt_freep) char *path = avt_file_job_path(files, id, ".events.jsonl");
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    if (avt_file_read(path, AVT_FILE_EVENTS_BYTES_MAX, &text, &size, NULL) != AVT_OK)
        return;
    for (char *line = text, *end; (end = memchr(line, '\n', (size_t)(text + size - line)));
         line = end + 1) {
        struct avt_job_event event = {0};
        if (!parse_line(line, (size_t)(end - line), id, &event))
            continue;
        if (event.sequence > after)
            add(list, &event);
        else
            json_decref(event.data);
    }
}

static int by_sequence(const void *a, const void *b)
{
    const struct avt_job_event *x = a, *y = b;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

enum avt_code avt_file_events(void *impl, const char *job, int64_t after, size_t limit,
                              struct avt_job_event **ret_events, size_t *ret_count,
                              struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    struct event_list list = {0};
    size_t heads;
    enum avt_code code = avt_file_refresh(files, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_job_head *const *all = avt_jobindex_all(files->index, &heads);
    struct avt_job_head *one = job ? avt_jobindex_find(files->index, job) : NULL;
    if (job) {
        all = &one;
        heads = one ? 1 : 0;
    }
    for (size_t i = 0; i < heads; i++) {
        const struct avt_file_more *more = all[i]->more;
        if (more->last_event <= after)
            continue;
        read_history(files, all[i]->id, after, &list);
        read_lines(files, all[i]->id, after, &list);
    }
    if (list.count > 0)
        qsort(list.events, list.count, sizeof(*list.events), by_sequence);
    while (list.count > limit)
        json_decref(list.events[--list.count].data);
    *ret_events = list.events ? list.events : avt_new0(struct avt_job_event, 1);
    *ret_count = list.count;
    return AVT_OK;
}
