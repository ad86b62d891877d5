/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Presenters that the program models itself, as pictures. Such a picture carries what it is made of in a note
 * (media/still_note.h): a film of it is drawn anew from that for each frame, instead of warping the picture. Whoever
 * changes its pixels gets the photo engine: the note names their SHA-256.
 *
 * Threads: no shared state.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "portrait/attributes.h"
#include "portrait/portrait.h"

#define AVT_MODELLED_NOTE "avatar:presenter"

struct avt_modelled {
    struct avt_attributes attributes;
    enum avt_look look;
};

/** What the note of a picture says; the picture is loaded to compare its pixels.
 *  @return false: it is no modelled presenter, or was changed since. */
bool avt_modelled_read(const char *path, struct avt_modelled *ret_modelled);
/** The note of a picture. NULL: out of memory. Owned by the caller: avt_free(). */
char *avt_modelled_note(const struct avt_modelled *modelled, const struct avt_image *image);
/** Make it, with the installed head. @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_modelled_make(const struct avt_modelled *modelled, struct avt_portrait **ret_portrait,
                                            struct avt_error *reterr);
