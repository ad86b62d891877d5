/* SPDX-License-Identifier: Apache-2.0 */
/* The server's side of jobs/link.h: one thread that is connected to every worker of a storage. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/link_peer.h"
#include "os/thread.h"

/* A socket is seen at once where the kernel tells of it, else after a scan. */
#define SCAN_EVERY_S   2.0
#define STATUS_EVERY_S 2.0
#define SUFFIX         ".sock"

struct worker {
    struct avt_peer peer;
    char name[AVT_WORKER_NAME_SIZE];
    struct avt_worker_status status; /* name "": none yet */
};

struct avt_link_watch {
    avt_link_watch_fn message;
    void *user;
    char *storage;
    int wake_fd, notify_fd; /* notify_fd -1: no inotify here */
    struct avt_thread *thread;
    atomic_bool ends, wake_all;
    double scanned, asked;
    struct avt_mutex *lock;
    /* guarded by lock; only the thread adds and removes */
    struct worker *workers[AVT_LINK_WORKERS_MAX];
    size_t count;
};

/* ---- messages from workers ------------------------------------------------------------------- */

struct incoming {
    struct avt_link_watch *watch;
    struct worker *worker;
};

static void note(struct worker *worker, const struct avt_link_message *message)
{
    struct avt_worker_status *status = &worker->status;
    switch (message->type) {
    case AVT_LINK_STATUS:
        *status = message->worker;
        break;
    case AVT_LINK_CLAIMED:
        memcpy(status->job, message->job, sizeof(status->job));
        status->progress = 0;
        status->stage[0] = '\0';
        break;
    case AVT_LINK_PROGRESS:
        memcpy(status->job, message->job, sizeof(status->job));
        status->progress = message->progress;
        memcpy(status->stage, message->stage, sizeof(status->stage));
        break;
    default: /* AVT_LINK_FINISHED */
        status->job[0] = '\0';
        status->progress = 0;
        status->stage[0] = '\0';
        break;
    }
}

static void on_message(const struct avt_link_message *message, void *user)
{
    const struct incoming *from = user;
    if (message->type < AVT_LINK_PROGRESS)
        return;
    avt_mutex_lock(from->watch->lock);
    note(from->worker, message);
    avt_mutex_unlock(from->watch->lock);
    if (from->watch->message)
        from->watch->message(from->worker->name, message, from->watch->user);
}

/* ---- who is there ---------------------------------------------------------------------------- */

static void worker_free(struct worker *worker)
{
    avt_peer_done(&worker->peer);
    avt_free(worker);
}

static bool known(const struct avt_link_watch *watch, const char *name)
{
    for (size_t i = 0; i < watch->count; i++)
        if (avt_str_equal(watch->workers[i]->name, name))
            return true;
    return false;
}

/* "worker-1.sock" to "worker-1". */
static bool worker_of(const char *file, char ret_name[AVT_WORKER_NAME_SIZE])
{
    size_t size = strlen(file);
    if (!avt_str_ends(file, SUFFIX) || size - strlen(SUFFIX) >= AVT_WORKER_NAME_SIZE)
        return false;
    snprintf(ret_name, AVT_WORKER_NAME_SIZE, "%.*s", (int)(size - strlen(SUFFIX)), file);
    return avt_worker_name_valid(ret_name);
}

static void connect_one(struct avt_link_watch *watch, int folder_fd, const char *file)
{
    char name[AVT_WORKER_NAME_SIZE];
    if (!worker_of(file, name) || watch->count == AVT_LINK_WORKERS_MAX || known(watch, name))
        return;
    int fd = avt_link_connect(folder_fd, file);
    if (fd < 0)
        return; /* left by a dead worker, or not listening yet */
    struct worker *worker = avt_new0(struct worker, 1);
    avt_peer_init(&worker->peer, fd);
    memcpy(worker->name, name, sizeof(worker->name));
    avt_mutex_lock(watch->lock);
    watch->workers[watch->count++] = worker;
    avt_mutex_unlock(watch->lock);
}

static void scan(struct avt_link_watch *watch)
{
    watch->scanned = avt_now_s();
    int folder_fd = avt_link_folder(watch->storage, false);
    if (folder_fd < 0)
        return;
    int listed = dup(folder_fd);
    DIR *folder = listed >= 0 ? fdopendir(listed) : NULL;
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        connect_one(watch, folder_fd, entry->d_name);
    if (folder)
        closedir(folder);
    else if (listed >= 0)
        close(listed);
    close(folder_fd);
}

static void remove_dead(struct avt_link_watch *watch)
{
    avt_mutex_lock(watch->lock);
    for (size_t i = watch->count; i-- > 0;) {
        if (!watch->workers[i]->peer.dead)
            continue;
        worker_free(watch->workers[i]);
        watch->workers[i] = watch->workers[--watch->count];
    }
    avt_mutex_unlock(watch->lock);
}

/* ---- thread ---------------------------------------------------------------------------------- */

static void queue_all(struct avt_link_watch *watch, enum avt_link_type type)
{
    const struct avt_link_message message = {.type = type};
    for (size_t i = 0; i < watch->count; i++)
        avt_peer_queue(&watch->workers[i]->peer, &message);
}

/* Fill `fds` for the descriptors of the watch itself and of all workers. Returns how many. */
static size_t prepare(struct avt_link_watch *watch, struct pollfd *fds)
{
    fds[0] = (struct pollfd){.fd = watch->wake_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = watch->notify_fd, .events = POLLIN};
    avt_mutex_lock(watch->lock);
    if (atomic_exchange(&watch->wake_all, false))
        queue_all(watch, AVT_LINK_WAKE);
    if (avt_now_s() - watch->asked >= STATUS_EVERY_S) {
        watch->asked = avt_now_s();
        queue_all(watch, AVT_LINK_ASK_STATUS);
    }
    for (size_t i = 0; i < watch->count; i++) {
        struct avt_peer *peer = &watch->workers[i]->peer;
        avt_peer_flush(peer);
        fds[i + 2] =
            (struct pollfd){.fd = peer->fd, .events = peer->out.size ? POLLIN | POLLOUT : POLLIN};
    }
    avt_mutex_unlock(watch->lock);
    return watch->count + 2;
}

static void drain_notifications(int fd)
{
    char block[4096];
    while (fd >= 0 && read(fd, block, sizeof(block)) > 0)
        ;
}

static void watch_main(void *user)
{
    struct avt_link_watch *watch = user;
    struct pollfd fds[AVT_LINK_WORKERS_MAX + 2];
    while (!atomic_load(&watch->ends)) {
        size_t count = prepare(watch, fds);
        if (poll(fds, count, (int)(SCAN_EVERY_S * 1000)) < 0 && errno != EINTR)
            return;
        avt_wake_clear(watch->wake_fd);
        for (size_t i = 2; i < count; i++) {
            struct incoming from = {watch, watch->workers[i - 2]};
            if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
                avt_peer_read(&from.worker->peer, on_message, &from);
        }
        remove_dead(watch);
        if (fds[1].revents || avt_now_s() - watch->scanned >= SCAN_EVERY_S) {
            drain_notifications(watch->notify_fd);
            scan(watch);
        }
    }
}

enum avt_code avt_link_watch_start(const char *storage, avt_link_watch_fn message, void *user,
                                   struct avt_link_watch **ret_watch, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_link_watch_freep)
    struct avt_link_watch *watch = avt_new0(struct avt_link_watch, 1);
    watch->message = message;
    watch->user = user;
    watch->storage = avt_strdup(storage);
    watch->lock = avt_mutex_new();
    watch->wake_fd = avt_wake_new();
    watch->notify_fd = -1;
    int folder_fd = avt_link_folder(storage, true);
    if (folder_fd < 0 || watch->wake_fd < 0)
        return avt_fail(reterr, AVT_EIO, "the folder '%s/run' cannot be used: %s", storage,
                        strerror(errno));
    char folder[64];
    snprintf(folder, sizeof(folder), "/proc/self/fd/%d", folder_fd);
    watch->notify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->notify_fd >= 0)
        (void)inotify_add_watch(watch->notify_fd, folder, IN_CREATE | IN_MOVED_TO);
    close(folder_fd);
    scan(watch);
    watch->thread = avt_thread_start("workers", watch_main, watch);
    if (!watch->thread)
        return avt_fail(reterr, AVT_ENOMEM, "no more threads can be started on this machine");
    *ret_watch = AVT_TAKE(watch);
    return AVT_OK;
}

/* ---- callers --------------------------------------------------------------------------------- */

void avt_link_watch_send(struct avt_link_watch *watch, const char *worker,
                         const struct avt_link_message *message)
{
    avt_mutex_lock(watch->lock);
    for (size_t i = 0; i < watch->count; i++)
        if (!worker || avt_str_equal(watch->workers[i]->name, worker))
            avt_peer_queue(&watch->workers[i]->peer, message);
    avt_mutex_unlock(watch->lock);
    avt_wake(watch->wake_fd);
}

void avt_link_watch_wake(struct avt_link_watch *watch)
{
    atomic_store(&watch->wake_all, true);
    avt_wake(watch->wake_fd);
}

void avt_link_watch_cancel(struct avt_link_watch *watch, const char *job)
{
    struct avt_link_message message = {.type = AVT_LINK_CANCEL};
    snprintf(message.job, sizeof(message.job), "%s", job);
    avt_link_watch_send(watch, NULL, &message);
}

static int by_name(const void *a, const void *b)
{
    const struct avt_worker_status *left = a, *right = b;
    return strcmp(left->name, right->name);
}

size_t avt_link_watch_workers(struct avt_link_watch *watch, struct avt_worker_status *ret_workers,
                              size_t max)
{
    size_t count = 0;
    avt_mutex_lock(watch->lock);
    for (size_t i = 0; i < watch->count && count < max; i++)
        if (*watch->workers[i]->status.name)
            ret_workers[count++] = watch->workers[i]->status;
    avt_mutex_unlock(watch->lock);
    qsort(ret_workers, count, sizeof(*ret_workers), by_name);
    return count;
}

void avt_link_watch_free(struct avt_link_watch *watch)
{
    if (!watch)
        return;
    if (watch->thread) {
        atomic_store(&watch->ends, true);
        avt_wake(watch->wake_fd);
        avt_thread_join(watch->thread);
    }
    for (size_t i = 0; i < watch->count; i++) {
        avt_peer_flush(&watch->workers[i]->peer);
        worker_free(watch->workers[i]);
    }
    if (watch->notify_fd >= 0)
        close(watch->notify_fd);
    if (watch->wake_fd >= 0)
        close(watch->wake_fd);
    avt_mutex_free(watch->lock);
    avt_free(watch->storage);
    avt_free(watch);
}

size_t avt_link_tell(const char *storage, const struct avt_link_message *message)
{
    int folder_fd = avt_link_folder(storage, false);
    if (folder_fd < 0)
        return 0;
    int listed = dup(folder_fd);
    DIR *folder = listed >= 0 ? fdopendir(listed) : NULL;
    size_t told = 0, seen = 0;
    for (const struct dirent *entry;
         folder && seen < AVT_LINK_WORKERS_MAX && (entry = readdir(folder));) {
        char name[AVT_WORKER_NAME_SIZE];
        if (!worker_of(entry->d_name, name))
            continue;
        seen++;
        int fd = avt_link_connect(folder_fd, entry->d_name);
        if (fd < 0)
            continue;
        struct avt_peer peer;
        avt_peer_init(&peer, fd);
        avt_peer_queue(&peer, message);
        avt_peer_flush(&peer);
        told += !peer.dead && peer.out.size == 0;
        avt_peer_done(&peer);
    }
    if (folder)
        closedir(folder);
    else if (listed >= 0)
        close(listed);
    close(folder_fd);
    return told;
}
