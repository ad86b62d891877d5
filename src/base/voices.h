/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The voices that this build can speak with, as plain facts: `voice` speaks with them, `api`, which
 * loads no engine, lists them. */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

#define AVT_VOICE_DEFAULT "af_heart"

struct avt_voice {
    const char *id;       /* "af_heart" */
    const char *name;     /* "Heart" */
    const char *language; /* "en-us" */
    const char *gender;   /* "female", "male" */
    const char *grade;    /* published quality, "A" best; "" unknown */
    const char *engine;   /* "kokoro" */
    double lateness_s;    /* how late the engine's labels are against the sound; subtracted */
};

/** All of them (a static table). */
size_t avt_voice_count(void);
const struct avt_voice *avt_voice_get(size_t index);
/** By id. @return AVT_OK, AVT_EVOICE (message suggests the nearest). */
AVT_CHECKED enum avt_code avt_voice_find(const char *id, const struct avt_voice **ret_voice,
                                         struct avt_error *reterr);
/** @return AVT_OK, or AVT_EVOICE if this build cannot speak `language` ("en-us", "en-gb"). */
AVT_CHECKED enum avt_code avt_language_check(const char *language, struct avt_error *reterr);
