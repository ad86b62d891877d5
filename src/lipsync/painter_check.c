/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/painter_check.h"

#include <math.h>

#include "base/assert.h"

bool avt_painter_sane(const float *values, size_t count)
{
    avt_assert(values && count > 0);
    float low = values[0], high = values[0];
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            return false;
        low = fminf(low, values[i]);
        high = fmaxf(high, values[i]);
    }
    return count < 2 || high - low > AVT_PAINTER_SPREAD_MIN;
}
