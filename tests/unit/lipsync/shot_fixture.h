/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A picture that is painted on, a copy of it as it was, and the face in it. */
#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "lipsync/painter.h"

struct shot {
    struct avt_image *image, *before;
    struct avt_face face;
};

static inline void shot_done(struct shot *shot)
{
    avt_image_free(shot->image);
    avt_image_free(shot->before);
}

static inline struct avt_painter_view view_of(struct shot *shot, long long frame, float strength)
{
    return (struct avt_painter_view){.image = shot->image, .face = &shot->face, .frame = frame, .picture = -1,
                                     .strength = strength};
}
