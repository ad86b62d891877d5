/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures from outside. What is read must be opaque and within the limits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "media/media.h"
#include "media/still.h"
#include "media/still_note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    avt_media_quiet();
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *note = avt_still_note_find(data, size, "avatar");
    avt_assert(!note || strlen(note) <= AVT_STILL_NOTE_MAX);
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    if (avt_still_decode(data, size, "input", &image, &error) != AVT_OK) {
        avt_assert(!image && error.code != AVT_EINTERNAL && error.message[0]);
        return 0;
    }
    avt_assert(image->width > 0 && image->width <= AVT_IMAGE_SIDE_MAX);
    avt_assert((size_t)image->width * (size_t)image->height <= AVT_IMAGE_PIXELS_MAX);
    avt_assert(avt_image_row(image, image->height - 1)[4 * (image->width - 1) + 3] == 255);
    return 0;
}
