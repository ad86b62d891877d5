/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static _Atomic(struct avt_context *) watched;
static atomic_int signal_seen; /* the first one; 0: none */
static struct avt_cancel cancel;
static atomic_int signal_count;
static void (*_Atomic asked)(void *user);
static void *_Atomic asked_user;

enum { ASKS_MAX = 2 };

int avt_interrupt_status(void)
{
    return atomic_load(&signal_seen) == SIGTERM ? 128 + SIGTERM : avt_code_status(AVT_ECANCELLED);
}

static void on_signal(int number)
{
    int none = 0, count = atomic_fetch_add(&signal_count, 1);
    void (*ask)(void *) = atomic_load(&asked);
    if (ask && count < ASKS_MAX) {
        atomic_store(&signal_seen, number);
        ask(atomic_load(&asked_user));
        return;
    }
    if (!atomic_compare_exchange_strong(&signal_seen, &none, number))
        _exit(128 + number);
    avt_cancel_request(&cancel);
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

void avt_interrupt_call(void (*ask)(void *user), void *user)
{
    atomic_store(&asked, NULL);
    atomic_store(&asked_user, user);
    atomic_store(&asked, ask);
    if (ask && avt_interrupted())
        ask(user);
}

bool avt_interrupted(void)
{
    return atomic_load(&signal_seen) != 0;
}

const struct avt_cancel *avt_interrupt_cancel(void)
{
    return &cancel;
}

void avt_interrupt_sleep_ms(int ms)
{
    /* A signal ends poll(); one that came before it is caught by the short steps. */
    for (int left = ms; left > 0 && !avt_interrupted(); left -= 100)
        poll(NULL, 0, left < 100 ? left : 100);
}

void avt_interrupt_reset(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
}
