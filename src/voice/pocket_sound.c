/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/pocket_sound.h"

#include <math.h>
#include <string.h>

static double level_db(const float *samples)
{
    double sum = 0;
    for (size_t i = 0; i < AVT_POCKET_LEVEL_FRAME; i++)
        sum += (double)samples[i] * (double)samples[i];
    return 20 * log10(sqrt(sum / AVT_POCKET_LEVEL_FRAME) + 1e-12);
}

size_t avt_pocket_end_on_pause(float *sound, size_t count)
{
    size_t frames = count / AVT_POCKET_LEVEL_FRAME, end = 0;
    double loudest = -INFINITY;
    for (size_t i = 0; i < frames; i++)
        loudest = fmax(loudest, level_db(sound + i * AVT_POCKET_LEVEL_FRAME));
    for (size_t i = 0; i < frames; i++) {
        if (level_db(sound + i * AVT_POCKET_LEVEL_FRAME) > loudest - AVT_POCKET_FLOOR_DB)
            end = (i + 1) * AVT_POCKET_LEVEL_FRAME;
    }
    if (end == 0)
        return count;
    for (size_t i = 0; i < AVT_POCKET_FADE_OUT; i++)
        sound[end - AVT_POCKET_FADE_OUT + i] *= 1 - (float)i / (float)(AVT_POCKET_FADE_OUT - 1);
    memset(sound + end, 0, AVT_POCKET_PAUSE * sizeof(float));
    return end + AVT_POCKET_PAUSE;
}

bool avt_pocket_is_sound(const float *samples, size_t count)
{
    bool is_moving = false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(samples[i]))
            return false;
        is_moving |= samples[i] != samples[0];
    }
    return is_moving;
}
