/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The voices that this build can speak with, as plain facts: `voice` speaks with them, `api`, which
 * loads no engine, lists them. */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

#define AVT_VOICE_DEFAULT "af_heart" /* for English, and when nothing else is known */

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

enum { AVT_VOICE_NAME_SIZE = 256, AVT_VOICE_BLEND_MAX = 8 /* voices of a blend */ };
/** Whether what somebody wrote is a blend of voices: "af_heart*0.7+am_adam*0.3". */
bool avt_voice_is_blend(const char *spec);
/**
 * The next part of a blend, "name" or "name*weight" (weight 1), blanks allowed around each.
 * @param at  Where it begins; moved to the next part, or NULL after the last.
 * @return False if it is no part of a blend: no name, or a weight that is not above 0 and at most
 *         1000.
 */
bool avt_voice_blend_next(const char **at, char ret_name[AVT_VOICE_NAME_SIZE], double *ret_weight);

struct avt_language {
    const char *tag;     /* "pt-br" */
    const char *name;    /* "Brazilian Portuguese" */
    const char *endonym; /* "português (Brasil)" */
    const char *voice;   /* id of the voice to speak it with if none is asked for */
    const char *sample;  /* a sentence in it, to try voices with */
};

size_t avt_language_count(void);
const struct avt_language *avt_language_get(size_t index);
/** By tag, in any case, or by one that means it here ("en", "fr-FR", "pt"). NULL if there is none. */
const struct avt_language *avt_language_find(const char *tag);
/** The voice for a text if none is asked for; `language` may be NULL or unknown. Never NULL. */
const char *avt_voice_default(const char *language);
/** @return AVT_OK, or AVT_EVOICE if this build cannot speak `language`. */
AVT_CHECKED enum avt_code avt_language_check(const char *language, struct avt_error *reterr);
