/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One end of a worker's socket: lines in, lines out, never waiting. Private to jobs/link_*.c. */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "jobs/link.h"

struct avt_peer {
    int fd; /* owned; -1: closed */
    bool dead;
    struct avt_buf in, out;
};

/** Takes `fd`, which does not block. */
void avt_peer_init(struct avt_peer *peer, int fd);
void avt_peer_done(struct avt_peer *peer);
/** Read what is there and call `message` for each good line. A broken line or one that is too long,
 * the end of the stream and errors make the peer dead. */
void avt_peer_read(struct avt_peer *peer,
                   void (*message)(const struct avt_link_message *message, void *user), void *user);
/** Send later, by avt_peer_flush(). Without room: progress is dropped, anything else makes the peer
 * dead. */
void avt_peer_queue(struct avt_peer *peer, const struct avt_link_message *message);
/** Write as much as the socket takes. */
void avt_peer_flush(struct avt_peer *peer);

/** Connected socket to <folder_fd>/<name>, not blocking; -1 with errno. Long paths are no problem.
 */
int avt_link_connect(int folder_fd, const char *name);
/** Listening socket at <folder_fd>/<name>, mode 0600, not blocking; -1 with errno. */
int avt_link_bind(int folder_fd, const char *name);
/** Open <storage>/run, made if `make` is set. -1 if it cannot be. */
int avt_link_folder(const char *storage, bool make);
/** Counter descriptor for waking a poll(); -1 if the system refuses. */
int avt_wake_new(void);
void avt_wake(int fd); /* async-signal-safe */
void avt_wake_clear(int fd);
