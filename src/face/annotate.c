/* SPDX-License-Identifier: Apache-2.0 */
#include "face/face.h"

void avt_face_annotate(struct avt_image *image, const struct avt_face *face,
                       const struct avt_face_verdict *verdict)
{
    (void)image;
    (void)face;
    (void)verdict;
}
