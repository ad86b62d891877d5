/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/painter_check.h"

#include <math.h>

bool avt_painter_sane(const float *values, size_t count)
{
    bool differs = false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            return false;
        differs |= values[i] != values[0];
    }
    return differs;
}
