/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Ctrl-C and SIGTERM: the first asks the library to stop, the second ends the process at once. A worker asks
 * for other things (avt_interrupt_call()).
 * There is one process and one set of signal handlers, so this is the one place with global state.
 */
#include <avatar/avatar.h>
#include <stdbool.h>

#include "os/thread.h"

/** Installs the handlers and ignores SIGPIPE and SIGXFSZ, which then arrive as write errors. */
void avt_interrupt_setup(void);
/** The context to cancel, or NULL. A signal that came before is passed on at once. */
void avt_interrupt_watch(struct avt_context *context);
/** Instead of cancelling, call `ask` with the first and the second signal (from the handler: it may do what a
 *  handler may); the third ends the process. NULL: as before. */
void avt_interrupt_call(void (*ask)(void *user), void *user);
/** True once a signal came. */
bool avt_interrupted(void);
/** 143 after SIGTERM, else the status of AVT_ECANCELLED. */
int avt_interrupt_status(void);
/** The same as a flag, for calls that look at one. */
const struct avt_cancel *avt_interrupt_cancel(void);
/** Sleep, but no longer than until a signal comes. */
void avt_interrupt_sleep_ms(int ms);
/** Signals do again what they did when the program began: before it becomes another one. */
void avt_interrupt_reset(void);
