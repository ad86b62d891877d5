/* SPDX-License-Identifier: Apache-2.0 */
/* Films and sound from outside: what they say about themselves, and their sound. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/assert.h"
#include "media/media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const char *path)
{
    struct avt_error error = {0};
    struct avt_media_info info;
    if (avt_media_probe(path, &info, &error) != AVT_OK) {
        avt_assert(error.message[0] && error.code != AVT_OK);
        return;
    }
    avt_assert(info.has_video || info.has_audio);
    avt_assert(info.tag_count >= 0 && info.tag_count <= AVT_MEDIA_TAGS_MAX);
    if (!info.has_audio || info.audio_duration > 60)
        return;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    if (avt_media_read_audio(path, 16000, &audio, &error) == AVT_OK)
        avt_assert(audio->rate == 16000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    avt_media_quiet();
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    if (write(fd, data, size) == (ssize_t)size) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        read_all(path);
    }
    close(fd);
    return 0;
}
