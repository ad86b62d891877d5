/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The picture side of a GIF: fewer and smaller frames, one palette for all. Private to media. */
#include "media/encoder.h"

struct avt_gif;

/** @param options  Of the film: the GIF takes its size and rate from them within the preset's caps.
 *  @return as avt_encoder_init_video(). */
AVT_CHECKED enum avt_code avt_gif_new(AVFormatContext *mux, const struct avt_film_options *options,
                                      struct avt_gif **ret_gif, struct avt_error *reterr);
/** Next frame of the film. The palette is chosen from the first seconds, so these wait here. */
AVT_CHECKED enum avt_code avt_gif_write(struct avt_gif *gif, const struct avt_image *image,
                                        struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_gif_finish(struct avt_gif *gif, struct avt_error *reterr);
/** Put a comment before the trailer of a finished GIF file. */
AVT_CHECKED enum avt_code avt_gif_append_comment(int fd, const char *comment,
                                                 struct avt_error *reterr);
void avt_gif_free(struct avt_gif *gif);
AVT_DEFINE_FREEP(struct avt_gif, avt_gif_free)
