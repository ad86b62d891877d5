/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static _Atomic(struct avt_context *) watched;
static atomic_int signal_seen; /* the first one; 0: none */

int avt_interrupt_status(void)
{
    return atomic_load(&signal_seen) == SIGTERM ? 128 + SIGTERM : avt_code_status(AVT_ECANCELLED);
}

static void on_signal(int number)
{
    int none = 0;
    if (!atomic_compare_exchange_strong(&signal_seen, &none, number))
        _exit(128 + number);
    struct avt_context *context = atomic_load(&watched);
    if (context)
        avt_context_cancel(context);
}

void avt_interrupt_setup(void)
{
    /* No SA_RESTART: a read from a terminal or a pipe must end too. */
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void avt_interrupt_watch(struct avt_context *context)
{
    atomic_store(&watched, context);
    if (context && avt_interrupted())
        avt_context_cancel(context);
}

bool avt_interrupted(void)
{
    return atomic_load(&signal_seen) != 0;
}
