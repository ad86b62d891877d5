/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"

/* Name and exit status of each code, indexed by -code. Statuses follow the shell's habits: 2 is
 * wrong usage, 130 an interrupt; the rest are free numbers below 64. */
static const struct {
    const char *name;
    int exit_status;
} codes[AVT_CODE_COUNT] = {
    [-AVT_OK] = {"ok", 0},
    [-AVT_EINTERNAL] = {"internal", 1},
    [-AVT_EINVAL] = {"invalid_argument", 2},
    [-AVT_ENOMEM] = {"out_of_memory", 3},
    [-AVT_ENOENT] = {"not_found", 4},
    [-AVT_EIO] = {"io", 5},
    [-AVT_ELIMIT] = {"too_large", 6},
    [-AVT_EFORMAT] = {"bad_format", 7},
    [-AVT_ETEXT] = {"bad_text", 8},
    [-AVT_EVOICE] = {"unknown_voice", 9},
    [-AVT_ENOFACE] = {"no_face", 10},
    [-AVT_EFACE] = {"unsuitable_face", 11},
    [-AVT_EOUTPUT] = {"output", 12},
    [-AVT_ENOSPACE] = {"no_space", 13},
    [-AVT_EMODEL] = {"model_missing", 14},
    [-AVT_EMODELBAD] = {"model_damaged", 15},
    [-AVT_EHELPER] = {"phonemizer", 16},
    [-AVT_ECANCELLED] = {"cancelled", 130},
    [-AVT_EUNSUPPORTED] = {"unsupported", 17},
    [-AVT_ENETWORK] = {"network", 18},
    [-AVT_ETIMEOUT] = {"time_limit", 19},
    [-AVT_EDENIED] = {"denied", 20},
    [-AVT_EJOB] = {"job_failed", 21},
    [-AVT_ERECORDING] = {"unusable_recording", 22},
};

enum avt_code avt_fail(struct avt_error *reterr, enum avt_code code, const char *format, ...)
{
    if (reterr) {
        va_list ap;
        reterr->code = code;
        va_start(ap, format);
        vsnprintf(reterr->message, sizeof(reterr->message), format, ap);
        va_end(ap);
    }
    return code;
}

const char *avt_code_name(enum avt_code code)
{
    int index = -(int)code;
    return index >= 0 && index < AVT_CODE_COUNT ? codes[index].name : "unknown";
}

int avt_code_exit_status(enum avt_code code)
{
    int index = -(int)code;
    return index >= 0 && index < AVT_CODE_COUNT ? codes[index].exit_status : 1;
}

enum avt_code avt_code_from_errno(int errnum)
{
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return AVT_ENOSPACE;
    case ENOENT:
    case ENOTDIR:
        return AVT_ENOENT;
    case ENOMEM:
        return AVT_ENOMEM;
    default:
        return AVT_EIO;
    }
}

void avt_assert_failed(const char *file, int line, const char *expression)
{
    fprintf(stderr, "%s:%d: broken assumption: %s\n", file, line, expression);
    __builtin_trap();
}
