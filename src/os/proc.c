/* SPDX-License-Identifier: Apache-2.0 */
#include "os/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"

extern char **environ;

/*
 * Standard input and output are one socket pair each, not pipes: a write to a child that died then
 * fails with EPIPE under MSG_NOSIGNAL instead of raising SIGPIPE in the program that embeds us.
 */
struct avt_proc {
    pid_t pid;
    int in, out; /* ours: to its stdin, from its stdout; -1 if none */
    bool reaped;
    int status;
    char name[64];
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

enum avt_code avt_proc_start(const char *const *argv, int flags, struct avt_proc **ret_proc,
                             struct avt_error *reterr)
{
    avt_assert(argv && argv[0] && ret_proc);
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    if (((flags & AVT_PROC_STDIN) &&
         socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0) ||
        ((flags & AVT_PROC_STDOUT) &&
         socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) != 0)) {
        close_fd(&in[0]);
        close_fd(&in[1]);
        return avt_fail(reterr, AVT_EHELPER, "'%s' cannot be started: %s", argv[0],
                        strerror(errno));
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (flags & AVT_PROC_STDIN)
        posix_spawn_file_actions_adddup2(&actions, in[1], 0);
    else
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (flags & AVT_PROC_STDOUT)
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    if (flags & AVT_PROC_QUIET)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    /* Children get default signals, and a group of their own so that Ctrl-C reaches only us. */
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    pid_t pid = -1;
    int failed = posix_spawnp(&pid, argv[0], &actions, &attributes,
                              (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close_fd(&in[1]);
    close_fd(&out[1]);
    if (failed) {
        close_fd(&in[0]);
        close_fd(&out[0]);
        return avt_fail(reterr, failed == ENOENT ? AVT_ENOENT : AVT_EHELPER,
                        "'%s' cannot be started: %s", argv[0], strerror(failed));
    }
    struct avt_proc *proc = avt_new0(struct avt_proc, 1);
    proc->pid = pid;
    proc->in = in[0];
    proc->out = out[0];
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash ? slash + 1 : argv[0];
    memcpy(proc->name, name, strnlen(name, sizeof(proc->name) - 1));
    *ret_proc = proc;
    return AVT_OK;
}

enum avt_code avt_proc_write(struct avt_proc *proc, const void *data, size_t size,
                             struct avt_error *reterr)
{
    const char *bytes = data;
    for (size_t done = 0; done < size;) {
        ssize_t put = send(proc->in, bytes + done, size - done, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return avt_fail(reterr, AVT_EHELPER, "the helper '%s' is gone: %s", proc->name,
                            strerror(errno));
        done += (size_t)put;
    }
    return AVT_OK;
}

void avt_proc_close_stdin(struct avt_proc *proc)
{
    close_fd(&proc->in);
}

enum avt_code avt_proc_read(struct avt_proc *proc, void *data, size_t size, int timeout_ms,
                            size_t *ret_size, struct avt_error *reterr)
{
    for (;;) {
        struct pollfd poll_fd = {.fd = proc->out, .events = POLLIN};
        int ready = poll(&poll_fd, 1, timeout_ms);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            return avt_fail(reterr, AVT_EHELPER, "the helper '%s' did not answer within %d ms",
                            proc->name, timeout_ms);
        ssize_t got = ready < 0 ? -1 : recv(proc->out, data, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno != ECONNRESET)
            return avt_fail(reterr, AVT_EHELPER, "the helper '%s' cannot be read: %s", proc->name,
                            strerror(errno));
        *ret_size = got > 0 ? (size_t)got : 0;
        return AVT_OK;
    }
}

int avt_proc_wait(struct avt_proc *proc)
{
    while (!proc->reaped) {
        if (waitpid(proc->pid, &proc->status, 0) == proc->pid || errno != EINTR)
            proc->reaped = true;
    }
    return exit_status(proc->status);
}

bool avt_proc_ended(struct avt_proc *proc, int *ret_status)
{
    if (!proc->reaped) {
        pid_t got = waitpid(proc->pid, &proc->status, WNOHANG);
        if (got == 0 || (got < 0 && errno == EINTR))
            return false;
        proc->reaped = true;
    }
    *ret_status = exit_status(proc->status);
    return true;
}

void avt_proc_signal(struct avt_proc *proc, int signal_number)
{
    if (!proc->reaped)
        (void)kill(proc->pid, signal_number);
}

int avt_proc_end_fd(const struct avt_proc *proc)
{
    return proc->reaped ? -1 : (int)syscall(SYS_pidfd_open, proc->pid, 0);
}

bool avt_pid_runs(int pid)
{
    char path[64], state = 'R';
    if (kill(pid, 0) != 0 && errno == ESRCH)
        return false;
    /* "4711 (name) Z ...": the name may hold anything, so from its end. */
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    if (avt_file_read_text(path, 4096, &text, NULL) != AVT_OK)
        return true;
    const char *end = strrchr(text, ')');
    return !end || sscanf(end, ") %c", &state) != 1 || state != 'Z';
}

int avt_proc_pid(const struct avt_proc *proc)
{
    return (int)proc->pid;
}

void avt_proc_free(struct avt_proc *proc)
{
    if (!proc)
        return;
    close_fd(&proc->in);
    close_fd(&proc->out);
    if (!proc->reaped && waitpid(proc->pid, &proc->status, WNOHANG) == 0) {
        enum { WAIT_STEPS = 100, STEP_NS = 10 * 1000 * 1000 };
        /* The whole group: pip and npm start children of their own. */
        (void)kill(-proc->pid, SIGTERM);
        for (int i = 0; i < WAIT_STEPS; i++) {
            if (waitpid(proc->pid, &proc->status, WNOHANG) != 0) {
                proc->reaped = true;
                break;
            }
            nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
        }
        if (!proc->reaped) {
            (void)kill(-proc->pid, SIGKILL);
            (void)avt_proc_wait(proc);
        }
    }
    avt_free(proc);
}
