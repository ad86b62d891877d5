/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Captions cut from a timeline: at most 2 lines of 42 characters, 1..7 s each, broken at
 * punctuation and phrase ends, in step with the words. */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/timeline.h"

enum avt_captions { AVT_CAPTIONS_NONE, AVT_CAPTIONS_SRT, AVT_CAPTIONS_VTT, AVT_CAPTIONS_BURN };

bool avt_captions_parse(const char *name, enum avt_captions *ret_captions);

/** The whole document, owned by the caller (avt_free). ASS is laid out for width x height,
 *  with so many pixels kept free at the left and the right, or the title-safe area if that is more. */
char *avt_captions_srt(const struct avt_timeline *timeline);
char *avt_captions_vtt(const struct avt_timeline *timeline);
char *avt_captions_ass(const struct avt_timeline *timeline, int width, int height, int kept_free);
