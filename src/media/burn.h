/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Captions drawn into the picture by libass. Private to media.
 * Threads: one burner is used by one thread at a time. */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"

enum { AVT_BURN_TEXT_MAX = 64 << 20 };

struct avt_burn;

/** @param ass  Borrowed for the call. @return AVT_OK, AVT_EFORMAT (not ASS), AVT_EUNSUPPORTED (no
 *  font on this machine), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_burn_new(const char *ass, int width, int height,
                                       struct avt_burn **ret_burn, struct avt_error *reterr);
/** The picture at `seconds` with captions: `image` itself if none are shown then, else a picture of
 *  the burner's own that lasts until the next call. */
const struct avt_image *avt_burn_draw(struct avt_burn *burn, const struct avt_image *image,
                                      double seconds);
void avt_burn_free(struct avt_burn *burn);
AVT_DEFINE_FREEP(struct avt_burn, avt_burn_free)
