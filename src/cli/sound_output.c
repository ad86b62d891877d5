/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sound_output.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/interrupt.h"

enum { WAV_HEADER_BYTES = 44, SAMPLE_BYTES = 2 };

static int write_all(struct avt_sound_output *output, const void *data, size_t size)
{
    const char *bytes = data;
    for (size_t done = 0; done < size;) {
        ssize_t put = write(STDOUT_FILENO, bytes + done, size - done);
        if (put < 0 && errno == EINTR && !avt_interrupted())
            continue;
        if (put < 0) {
            output->why = errno;
            return -1;
        }
        done += (size_t)put;
    }
    return 0;
}

static void put_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

/* The sizes are not known yet: all ones, which players take as "until it ends". */
static int write_header(struct avt_sound_output *output, int rate)
{
    unsigned char header[WAV_HEADER_BYTES] = "RIFF....WAVEfmt ";
    put_u32(header + 4, UINT32_MAX);
    put_u32(header + 16, 16);
    put_u32(header + 20, 1 | 1u << 16); /* PCM, one channel */
    put_u32(header + 24, (uint32_t)rate);
    put_u32(header + 28, (uint32_t)rate * SAMPLE_BYTES);
    put_u32(header + 32, SAMPLE_BYTES | 16u << 16);
    memcpy(header + 36, "data", 4);
    put_u32(header + 40, UINT32_MAX);
    return write_all(output, header, sizeof header);
}

int avt_sound_output_write(struct avt_sound_output *output, const struct avt_speech_sound *sound)
{
    if (output->wav && !output->started && write_header(output, sound->rate) != 0)
        return -1;
    output->started = true;
    AVT_CLEANUP(avt_freep) unsigned char *bytes = avt_new0(unsigned char, sound->count * 2 + 1);
    for (size_t i = 0; i < sound->count; i++) {
        long value = lrintf(fminf(fmaxf(sound->samples[i], -1.0f), 1.0f) * 32767.0f);
        bytes[2 * i] = (unsigned char)(value & 0xff);
        bytes[2 * i + 1] = (unsigned char)((value >> 8) & 0xff);
    }
    return write_all(output, bytes, sound->count * SAMPLE_BYTES);
}
