/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_guard.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"

size_t avt_xtts_codes_max(size_t id_count)
{
    return AVT_XTTS_CODES_PER_ID * id_count + AVT_XTTS_CODES_SPARE;
}

size_t avt_xtts_repeated(const int32_t *codes, size_t count)
{
    size_t most = 0;
    for (size_t period = 1; period <= AVT_XTTS_LOOP_PERIOD_MAX && period < count; period++) {
        size_t run = 0;
        while (run + period < count && codes[count - 1 - run] == codes[count - 1 - run - period])
            run++;
        if (run >= 2 * period && run >= AVT_XTTS_LOOP_DOUBT && run > most)
            most = run;
    }
    return most;
}

bool avt_xtts_is_loop(size_t repeated)
{
    return repeated >= AVT_XTTS_LOOP_CODES;
}

static bool is_quiet(const float *samples)
{
    double sum = 0;
    for (size_t i = 0; i < AVT_XTTS_QUIET_FRAME; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sqrt(sum / AVT_XTTS_QUIET_FRAME) < (double)AVT_XTTS_QUIET_LEVEL;
}

/* The first of what is held; the rest is forgotten. */
static size_t give(struct avt_xtts_quiet *quiet, size_t count, float *ret_samples)
{
    memcpy(ret_samples, quiet->held, count * sizeof(float));
    quiet->count = 0;
    return count;
}

size_t avt_xtts_quiet_pass(struct avt_xtts_quiet *quiet, const float *samples, size_t count, float *ret_samples)
{
    avt_assert(count % AVT_XTTS_QUIET_FRAME == 0);
    size_t given = 0;
    for (size_t at = 0; at < count && !quiet->ended; at += AVT_XTTS_QUIET_FRAME) {
        bool is_loud = !is_quiet(samples + at);
        if (is_loud || !quiet->heard) {
            given += give(quiet, quiet->count, ret_samples + given);
            memcpy(ret_samples + given, samples + at, AVT_XTTS_QUIET_FRAME * sizeof(float));
            given += AVT_XTTS_QUIET_FRAME;
            quiet->heard |= is_loud;
            continue;
        }
        memcpy(quiet->held + quiet->count, samples + at, AVT_XTTS_QUIET_FRAME * sizeof(float));
        quiet->count += AVT_XTTS_QUIET_FRAME;
        if (quiet->count == AVT_XTTS_QUIET_MAX) {
            given += give(quiet, AVT_XTTS_QUIET_KEPT, ret_samples + given);
            quiet->ended = true;
        }
    }
    return given;
}

size_t avt_xtts_quiet_end(struct avt_xtts_quiet *quiet, float *ret_samples)
{
    return give(quiet, quiet->count, ret_samples);
}
