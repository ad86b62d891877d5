/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Lines of a log on standard error, for people, as JSON or as logfmt: what server and workers
 * write. One line is one write(), so that the lines of several processes do not mix.
 */
#include <stdbool.h>

#include "base/log.h"

enum avt_logline_form { AVT_LOGLINE_TEXT, AVT_LOGLINE_JSON, AVT_LOGLINE_LOGFMT };

struct avt_logline_field {
    const char *key, *value; /* value NULL or "": left out. A NULL key ends the list */
};

/** "text", "json", "logfmt" */
bool avt_logline_form_parse(const char *name, enum avt_logline_form *ret_form);
/** @param program  Who says it: "avatar-server", "worker-1". */
void avt_logline(enum avt_logline_form form, const char *program, enum avt_log_level level,
                 const char *message, const struct avt_logline_field *fields);
