/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Logging goes to a sink that the program sets; a library without a sink is silent. Modules below
 * pipeline log debug only. Set the sink before threads start. */
enum avt_log_level { AVT_LOG_ERROR, AVT_LOG_WARN, AVT_LOG_INFO, AVT_LOG_DEBUG };

typedef void (*avt_log_fn)(enum avt_log_level level, const char *message, void *user);

void avt_log_set_sink(avt_log_fn sink, enum avt_log_level level_max, void *user);
void avt_log(enum avt_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define avt_debug(...) avt_log(AVT_LOG_DEBUG, __VA_ARGS__)
