/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Child processes by posix_spawn, spoken to over pipes; facts about this process and machine. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct avt_proc;

enum avt_proc_flags {
    AVT_PROC_STDIN = 1,  /* a pipe to the child's standard input */
    AVT_PROC_STDOUT = 2, /* a pipe from its standard output */
    AVT_PROC_QUIET = 4,  /* its standard error goes to /dev/null */
};

/** Start argv[0] (searched in PATH if it has no slash; argv ends with NULL). Descriptors other than
 *  0-2 are closed in the child, which sees the end of its standard input when this process dies.
 *  @return AVT_OK, AVT_ENOENT, AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_proc_start(const char *const *argv, int flags,
                                         struct avt_proc **ret_proc, struct avt_error *reterr);
/** Write all; AVT_EHELPER if the child is gone (SIGPIPE is never raised). */
AVT_CHECKED enum avt_code avt_proc_write(struct avt_proc *proc, const void *data, size_t size,
                                         struct avt_error *reterr);
void avt_proc_close_stdin(struct avt_proc *proc);
/** Read up to `size` bytes; 0 at the end. AVT_EHELPER after timeout_ms without a byte (-1: none). */
AVT_CHECKED enum avt_code avt_proc_read(struct avt_proc *proc, void *data, size_t size,
                                        int timeout_ms, size_t *ret_size, struct avt_error *reterr);
/** Wait for the end; exit status, or 128 + signal. */
int avt_proc_wait(struct avt_proc *proc);
/** As avt_proc_wait(), without waiting: false while it runs. */
bool avt_proc_ended(struct avt_proc *proc, int *ret_status);
/** Send a signal to the process alone (not its group). Does nothing once it was reaped. */
void avt_proc_signal(struct avt_proc *proc, int signal_number);
/** Descriptor that a poll() finds readable when the process has ended; -1 if this kernel has none. The
 *  caller's. */
int avt_proc_end_fd(const struct avt_proc *proc);
int avt_proc_pid(const struct avt_proc *proc);
/** True if a process of that id runs on this machine; one that ended and was not reaped does not. */
bool avt_pid_runs(int pid);
/** Ends it if it runs (SIGTERM, then SIGKILL after 1 s), reaps, frees. Does nothing for NULL. */
void avt_proc_free(struct avt_proc *proc);
AVT_DEFINE_FREEP(struct avt_proc, avt_proc_free)

/** Folder of the running executable or of the shared library that holds this code; borrowed. */
const char *avt_self_folder(void);
/** Threads worth starting here: affinity and cgroup quota respected, at least 1. */
int avt_cpu_count(void);
/** Peak and current resident memory of this process in bytes. */
size_t avt_memory_peak_bytes(void);
size_t avt_memory_now_bytes(void);
/** Give memory that was freed back to the system, where the C library has kept it. */
void avt_memory_trim(void);
/** For a program's first line: blocks of 4 MiB and more go back to the system as soon as they are freed.
 *  Otherwise glibc raises that limit to 32 MiB as they come, keeps them in the heap of each thread, and a
 *  model that runs on ever other lengths tears holes there: 67 MB in ten minutes of speech, now 4 MB. */
void avt_memory_setup(void);
/** All of this machine's, or as much as the cgroup may have, bytes. */
size_t avt_memory_total_bytes(void);
/** Memory that can still be had on this machine (MemAvailable, cgroup limit), bytes. */
size_t avt_memory_available_bytes(void);
bool avt_cpu_has_avx2(void);
