/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Still pictures: PNG, JPEG, WebP in (by content, not by name); EXIF orientation and ICC profile
 * honoured, so what comes out is upright sRGB. */
#include "dsp/image.h"

enum { AVT_STILL_BYTES_MAX = 64 << 20 };

/** @param path  UTF-8. @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_EFORMAT (not a picture, truncated),
 *  AVT_ELIMIT (AVT_STILL_BYTES_MAX, AVT_IMAGE_SIDE_MAX, AVT_IMAGE_PIXELS_MAX), AVT_ENOMEM.
 *  *ret_image is owned by the caller. Transparent pixels are laid over mid grey. */
AVT_CHECKED enum avt_code avt_still_load(const char *path, struct avt_image **ret_image,
                                         struct avt_error *reterr);
/** As avt_still_load(), with its alpha. */
AVT_CHECKED enum avt_code avt_still_load_alpha(const char *path, struct avt_image **ret_image,
                                               struct avt_error *reterr);
/** As avt_still_load(), from memory; `name` stands for it in messages. Fuzzed. */
AVT_CHECKED enum avt_code avt_still_decode(const void *data, size_t size, const char *name,
                                           struct avt_image **ret_image, struct avt_error *reterr);
/** PNG, written whole or not at all. */
AVT_CHECKED enum avt_code avt_still_save_png(const char *path, const struct avt_image *image,
                                             struct avt_error *reterr);
/** The same with a note inside (still_note.h), if `key` is not NULL. */
AVT_CHECKED enum avt_code avt_still_save_png_note(const char *path, const struct avt_image *image, const char *key,
                                                  const char *text, struct avt_error *reterr);
