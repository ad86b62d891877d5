/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/audio.h"

#include "base/assert.h"
#include "base/mem.h"

enum avt_code avt_audio_new(int rate, size_t count, struct avt_audio **ret_audio,
                            struct avt_error *reterr)
{
    avt_assert(ret_audio && rate > 0);
    if (count > AVT_AUDIO_COUNT_MAX)
        return avt_fail(
            reterr, AVT_ELIMIT,
            "the sound would be %.0f minutes long, more than the 4 hours that fit in one "
            "piece; split it into shorter ones",
            (double)count / rate / 60.0);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = avt_new0(struct avt_audio, 1);
    /* One sample more than asked for, so that an empty sound has memory too. */
    audio->samples = avt_try_new0(float, count + 1);
    if (!audio->samples)
        return avt_fail(
            reterr, AVT_ENOMEM,
            "there is not enough memory for %.1f minutes of sound; close other programs "
            "or use a shorter text",
            (double)count / rate / 60.0);
    audio->count = count;
    audio->rate = rate;
    *ret_audio = AVT_TAKE(audio);
    return AVT_OK;
}

void avt_audio_free(struct avt_audio *audio)
{
    if (!audio)
        return;
    avt_free(audio->samples);
    avt_free(audio);
}
