/* SPDX-License-Identifier: Apache-2.0 */
/* The worker's side of jobs/link.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "jobs/link_peer.h"
#include "os/thread.h"

struct avt_link {
    struct avt_link_handler handler;
    char socket[AVT_WORKER_NAME_SIZE + 8];
    int folder_fd, listen_fd, wake_fd;
    ino_t inode; /* of the socket, to remove no other worker's */
    struct avt_thread *thread;
    atomic_bool ends;
    struct avt_mutex *lock;
    /* guarded by lock */
    struct avt_peer peers[AVT_LINK_PEERS_MAX]; /* fd -1: free */
};

static void queue_status(struct avt_link *link, struct avt_peer *peer)
{
    /* Asked for without the lock: who answers may want to send. */
    struct avt_link_message answer = {.type = AVT_LINK_STATUS};
    link->handler.status(&answer.worker, link->handler.user);
    avt_mutex_lock(link->lock);
    avt_peer_queue(peer, &answer);
    avt_mutex_unlock(link->lock);
}

struct incoming {
    struct avt_link *link;
    struct avt_peer *peer;
};

static void on_message(const struct avt_link_message *message, void *user)
{
    struct incoming *from = user;
    if (message->type == AVT_LINK_ASK_STATUS)
        queue_status(from->link, from->peer);
    else if (message->type == AVT_LINK_WAKE || message->type == AVT_LINK_CANCEL ||
             message->type == AVT_LINK_DRAIN)
        from->link->handler.message(message, from->link->handler.user);
}

static void accept_peer(struct avt_link *link)
{
    int fd = accept4(link->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (int i = 0; i < AVT_LINK_PEERS_MAX; i++) {
        struct avt_peer *peer = &link->peers[i];
        if (peer->fd >= 0)
            continue;
        avt_mutex_lock(link->lock);
        avt_peer_init(peer, fd);
        avt_mutex_unlock(link->lock);
        queue_status(link, peer);
        return;
    }
    close(fd);
}

/* Only this thread opens and closes peers, so it may read them without the lock; writing and the
 * output buffers need it. */
static void serve_peer(struct avt_link *link, struct avt_peer *peer, short events)
{
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        struct incoming from = {link, peer};
        avt_peer_read(peer, on_message, &from);
    }
    avt_mutex_lock(link->lock);
    avt_peer_flush(peer);
    if (peer->dead)
        avt_peer_done(peer);
    avt_mutex_unlock(link->lock);
}

static void link_main(void *user)
{
    struct avt_link *link = user;
    while (!atomic_load(&link->ends)) {
        struct pollfd fds[AVT_LINK_PEERS_MAX + 2] = {{.fd = link->listen_fd, .events = POLLIN},
                                                     {.fd = link->wake_fd, .events = POLLIN}};
        avt_mutex_lock(link->lock);
        for (int i = 0; i < AVT_LINK_PEERS_MAX; i++) {
            const struct avt_peer *peer = &link->peers[i];
            fds[i + 2] = (struct pollfd){.fd = peer->fd,
                                         .events = peer->out.size ? POLLIN | POLLOUT : POLLIN};
        }
        avt_mutex_unlock(link->lock);
        if (poll(fds, AVT_LINK_PEERS_MAX + 2, -1) < 0 && errno != EINTR)
            return;
        avt_wake_clear(link->wake_fd);
        for (int i = 0; i < AVT_LINK_PEERS_MAX; i++)
            if (link->peers[i].fd >= 0)
                serve_peer(link, &link->peers[i], fds[i + 2].fd >= 0 ? fds[i + 2].revents : 0);
        if (fds[0].revents)
            accept_peer(link);
    }
}

static enum avt_code open_socket(struct avt_link *link, const char *name, struct avt_error *reterr)
{
    int taken = avt_link_connect(link->folder_fd, link->socket);
    if (taken >= 0) {
        close(taken);
        return avt_fail(reterr, AVT_ELIMIT,
                        "a worker named '%s' runs already on this storage; choose another --name",
                        name);
    }
    struct stat st;
    link->listen_fd = avt_link_bind(link->folder_fd, link->socket);
    if (link->listen_fd < 0 ||
        fstatat(link->folder_fd, link->socket, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return avt_fail(reterr, AVT_EIO, "the socket '%s' of the worker cannot be made: %s",
                        link->socket, strerror(errno));
    link->inode = st.st_ino;
    return AVT_OK;
}

enum avt_code avt_link_listen(const char *storage, const char *name,
                              const struct avt_link_handler *handler, struct avt_link **ret_link,
                              struct avt_error *reterr)
{
    if (!avt_worker_name_valid(name))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' cannot name a worker: use up to %d letters, digits, dots, dashes and "
                        "underscores",
                        name, AVT_WORKER_NAME_SIZE - 1);
    AVT_CLEANUP(avt_link_freep) struct avt_link *link = avt_new0(struct avt_link, 1);
    link->handler = *handler;
    link->lock = avt_mutex_new();
    link->listen_fd = -1;
    for (int i = 0; i < AVT_LINK_PEERS_MAX; i++)
        link->peers[i].fd = -1;
    snprintf(link->socket, sizeof(link->socket), "%s.sock", name);
    link->folder_fd = avt_link_folder(storage, true);
    link->wake_fd = avt_wake_new();
    if (link->folder_fd < 0 || link->wake_fd < 0)
        return avt_fail(reterr, AVT_EIO, "the folder '%s/run' cannot be used: %s", storage,
                        strerror(errno));
    enum avt_code code = open_socket(link, name, reterr);
    if (code != AVT_OK)
        return code;
    link->thread = avt_thread_start("link", link_main, link);
    if (!link->thread)
        return avt_fail(reterr, AVT_ENOMEM, "no more threads can be started on this machine");
    *ret_link = AVT_TAKE(link);
    return AVT_OK;
}

void avt_link_send(struct avt_link *link, const struct avt_link_message *message)
{
    avt_mutex_lock(link->lock);
    for (int i = 0; i < AVT_LINK_PEERS_MAX; i++)
        if (link->peers[i].fd >= 0)
            avt_peer_queue(&link->peers[i], message);
    avt_mutex_unlock(link->lock);
    avt_wake(link->wake_fd);
}

/* What was said last, as far as the sockets take it at once. */
static void say_goodbye(struct avt_link *link)
{
    for (int i = 0; i < AVT_LINK_PEERS_MAX; i++) {
        if (link->peers[i].fd < 0)
            continue;
        avt_peer_flush(&link->peers[i]);
        avt_peer_done(&link->peers[i]);
    }
}

void avt_link_free(struct avt_link *link)
{
    if (!link)
        return;
    struct stat st;
    if (link->inode && fstatat(link->folder_fd, link->socket, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_ino == link->inode)
        (void)unlinkat(link->folder_fd, link->socket, 0);
    if (link->thread) {
        atomic_store(&link->ends, true);
        avt_wake(link->wake_fd);
        avt_thread_join(link->thread);
    }
    say_goodbye(link);
    if (link->listen_fd >= 0)
        close(link->listen_fd);
    if (link->wake_fd >= 0)
        close(link->wake_fd);
    if (link->folder_fd >= 0)
        close(link->folder_fd);
    avt_mutex_free(link->lock);
    avt_free(link);
}
