/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tools/train_clone.py asks: how a style sounds, said and heard by the program's own code. Not
 * installed. Prints one line with the rows of the sentences, then answers each request on standard
 * input: 'S', u32 sentence, f32 style [256]            say it and listen 'A', u32 rate, u32 count,
 * f32 samples [count] listen to this with f32 [258]: direction [256], mean pitch in semitones re
 * 100 Hz, its spread.
 */
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "voice/clone_probe.h"
#include "voice/clone_space.h"

enum { SAMPLES_MAX = 60 * 48000 };

static bool take(void *data, size_t size, size_t count)
{
    return fread(data, size, count, stdin) == count;
}

static enum avt_code answer(int what, const struct avt_ge2e *speaker,
                            const struct avt_clone_probe *probe, struct avt_clone_heard *ret_heard,
                            struct avt_error *reterr)
{
    uint32_t first = 0, count = 0;
    if (what == 'S') {
        float style[AVT_PACK_STYLE];
        if (!take(&first, 4, 1) || first >= AVT_CLONE_SENTENCES || !take(style, 4, AVT_PACK_STYLE))
            return avt_fail(reterr, AVT_EINVAL, "a request is cut short");
        return avt_clone_probe_hear(probe, style, NULL, (int)first, NULL, ret_heard, reterr);
    }
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    if (what != 'A' || !take(&first, 4, 1) || !take(&count, 4, 1) || count > SAMPLES_MAX)
        return avt_fail(reterr, AVT_EINVAL, "an unknown request");
    enum avt_code code = avt_audio_new((int)first, count, &audio, reterr);
    if (code == AVT_OK && !take(audio->samples, 4, count))
        code = avt_fail(reterr, AVT_EINVAL, "a request is cut short");
    return code == AVT_OK ? avt_clone_listen(speaker, audio, ret_heard, reterr) : code;
}

int main(void)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_ge2e_freep) struct avt_ge2e *speaker = NULL;
    AVT_CLEANUP(avt_clone_probe_freep) struct avt_clone_probe *probe = NULL;
    enum avt_code code = avt_ge2e_open(&speaker, &error);
    if (code == AVT_OK)
        code = avt_clone_probe_open(speaker, &probe, &error);
    for (int i = 0; code == AVT_OK && i < AVT_CLONE_SENTENCES; i++)
        printf("%zu%c", avt_clone_probe_row(probe, i), i + 1 < AVT_CLONE_SENTENCES ? ' ' : '\n');
    (void)fflush(stdout);
    for (int what = 0; code == AVT_OK && (what = getchar()) != EOF;) {
        AVT_CLEANUP(avt_clone_heard_done) struct avt_clone_heard heard = {0};
        code = answer(what, speaker, probe, &heard, &error);
        float numbers[2] = {(float)heard.pitch_st, (float)heard.spread_st};
        if (code == AVT_OK) {
            (void)fwrite(heard.voice.values, 4, AVT_GE2E_SIZE, stdout);
            (void)fwrite(numbers, 4, 2, stdout);
            (void)fflush(stdout);
        }
    }
    if (code != AVT_OK)
        (void)fprintf(stderr, "voice_probe: %s\n", error.message);
    return code == AVT_OK ? 0 : 1;
}
