/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the parts of a Stable Diffusion folder are together. */
#include "portrait/sd_folder.h"
#include "portrait/sd_model.h"

/** @param text_width  Of the context that the text encoder gave; 0: not known.
 *  @return AVT_OK, AVT_EMODELBAD (the two do not go together). */
AVT_CHECKED enum avt_code avt_sd_info_fill(const struct avt_sd_folder *folder, const struct avt_sd_net *unet,
                                           int text_width, struct avt_sd_info *ret_info, struct avt_error *reterr);
