/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of avt_avatar_generate(): what its engines share. */
#include "base/json.h"
#include "lib/context.h"
#include "portrait/bust.h"

struct avt_generating {
    struct avt_context *context;
    struct avt_generate_options options; /* complete: the output is checked, the seed is one */
    int count;
    int width, height; /* of the picture; set by the engine */
    double started;    /* avt_now_s() */
    struct avt_head *head; /* NULL: not loaded; owned */
    json_t *json;          /* of the result, with an empty list "presenters"; owned */
};

/** The engine sd: find the model, make a picture that will do, write it.
 *  @return as avt_avatar_generate(). */
AVT_CHECKED enum avt_code avt_generate_diffused(struct avt_generating *work, struct avt_error *reterr);
