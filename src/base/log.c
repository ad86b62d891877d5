/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static struct {
    avt_log_fn sink;
    enum avt_log_level level_max;
    void *user;
} log_state;

void avt_log_set_sink(avt_log_fn sink, enum avt_log_level level_max, void *user)
{
    log_state.level_max = level_max;
    log_state.user = user;
    log_state.sink = sink;
}

void avt_log(enum avt_log_level level, const char *format, ...)
{
    if (!log_state.sink || level > log_state.level_max)
        return;
    char message[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(message, sizeof(message), format, ap);
    va_end(ap);
    log_state.sink(level, message, log_state.user);
}
