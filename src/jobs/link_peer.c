/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/link_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "os/paths.h"

enum {
    READ_BYTES = 4096,
    READS_MAX = 16,            /* in a row, so that one peer cannot keep the thread */
    OUT_BYTES_MAX = 128 << 10, /* waiting to be read by the other side */
    BACKLOG = 16,
};

void avt_peer_init(struct avt_peer *peer, int fd)
{
    *peer = (struct avt_peer){.fd = fd};
    avt_buf_init(&peer->in, AVT_LINK_LINE_MAX);
    avt_buf_init(&peer->out, OUT_BYTES_MAX);
}

void avt_peer_done(struct avt_peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
    avt_buf_done(&peer->in);
    avt_buf_done(&peer->out);
}

/* Hand over the whole lines at the start of `in`, keep the rest. */
static void take_lines(struct avt_peer *peer,
                       void (*message)(const struct avt_link_message *, void *), void *user)
{
    size_t start = 0;
    const char *end;
    while (!peer->dead && start < peer->in.size &&
           (end = memchr(peer->in.data + start, '\n', peer->in.size - start))) {
        struct avt_link_message read;
        struct avt_error error = {0};
        size_t size = (size_t)(end - (peer->in.data + start));
        if (avt_link_parse(peer->in.data + start, size, &read, &error) == AVT_OK) {
            message(&read, user);
        } else {
            avt_debug("a connection between server and worker is closed: %s", error.message);
            peer->dead = true;
        }
        start += size + 1;
    }
    memmove(peer->in.data, peer->in.data + start, peer->in.size - start);
    peer->in.size -= start;
}

void avt_peer_read(struct avt_peer *peer,
                   void (*message)(const struct avt_link_message *message, void *user), void *user)
{
    char block[READ_BYTES];
    for (int i = 0; i < READS_MAX && !peer->dead; i++) {
        ssize_t got = recv(peer->fd, block, sizeof(block), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (got <= 0 || !avt_buf_append(&peer->in, block, (size_t)got))
            peer->dead = true;
        else
            take_lines(peer, message, user);
    }
}

void avt_peer_queue(struct avt_peer *peer, const struct avt_link_message *message)
{
    size_t before = peer->out.size;
    if (peer->dead || (message->type == AVT_LINK_PROGRESS && before > OUT_BYTES_MAX / 2))
        return;
    if (!avt_link_format(message, &peer->out))
        peer->dead = true;
}

void avt_peer_flush(struct avt_peer *peer)
{
    size_t done = 0;
    while (!peer->dead && done < peer->out.size) {
        ssize_t put = send(peer->fd, peer->out.data + done, peer->out.size - done,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (put < 0)
            peer->dead = true;
        else
            done += (size_t)put;
    }
    if (done == 0)
        return;
    memmove(peer->out.data, peer->out.data + done, peer->out.size - done);
    peer->out.size -= done;
}

/* ---- sockets --------------------------------------------------------------------------------- */

/* A socket's path has room for 107 bytes, a storage folder may be deeper: through its descriptor.
 */
static bool address_of(int folder_fd, const char *name, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int size =
        snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", folder_fd, name);
    if (size > 0 && (size_t)size < sizeof(ret->sun_path))
        return true;
    errno = ENAMETOOLONG;
    return false;
}

int avt_link_connect(int folder_fd, const char *name)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (address_of(folder_fd, name, &address) &&
        connect(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

int avt_link_bind(int folder_fd, const char *name)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    /* Under a name that nobody looks for until mode and queue are right. */
    char hidden[AVT_WORKER_NAME_SIZE + 32];
    snprintf(hidden, sizeof(hidden), ".%s.%d", name, (int)getpid());
    (void)unlinkat(folder_fd, hidden, 0);
    if (address_of(folder_fd, hidden, &address) &&
        bind(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0 &&
        fchmodat(folder_fd, hidden, 0600, 0) == 0 && listen(fd, BACKLOG) == 0 &&
        renameat(folder_fd, hidden, folder_fd, name) == 0)
        return fd;
    int why = errno;
    (void)unlinkat(folder_fd, hidden, 0);
    close(fd);
    errno = why;
    return -1;
}

int avt_link_folder(const char *storage, bool make)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(storage, "run");
    if (make && avt_mkdirs(path, NULL) != AVT_OK)
        return -1;
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int avt_wake_new(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void avt_wake(int fd)
{
    uint64_t one = 1;
    ssize_t ignored = write(fd, &one, sizeof(one));
    (void)ignored;
}

void avt_wake_clear(int fd)
{
    uint64_t count;
    ssize_t ignored = read(fd, &count, sizeof(count));
    (void)ignored;
}
