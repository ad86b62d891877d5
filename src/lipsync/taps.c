/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/taps.h"

#include <math.h>

#include "base/assert.h"
#include "base/mem.h"

/* Catmull-Rom. */
static double cubic(double x)
{
    x = fabs(x);
    if (x < 1)
        return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

bool avt_taps_init(struct avt_taps *taps, double from, double to, int values, int count)
{
    avt_assert(to > from && values > 0 && count > 0);
    double step = (to - from) / count, scale = fmax(step, 1), reach = 2 * scale;
    int width = (int)ceil(2 * reach) + 1;
    if (width > values)
        width = values;
    *taps = (struct avt_taps){.count = count, .width = width};
    taps->first = avt_try_new0(int, (size_t)count);
    taps->weights = avt_try_new0(float, (size_t)count * (size_t)width);
    if (!taps->first || !taps->weights) {
        avt_taps_done(taps);
        return false;
    }
    for (int i = 0; i < count; i++) {
        double middle = from + (i + .5) * step, sum = 0;
        float *weights = taps->weights + (size_t)i * (size_t)width;
        double first = fmin(fmax(floor(middle - reach), 0), values - width);
        taps->first[i] = (int)first;
        for (int k = 0; k < width; k++)
            sum += cubic((first + k + .5 - middle) / scale);
        for (int k = 0; k < width; k++)
            weights[k] = (float)(cubic((first + k + .5 - middle) / scale) / sum);
    }
    return true;
}

void avt_taps_done(struct avt_taps *taps)
{
    avt_free(taps->first);
    avt_free(taps->weights);
    *taps = (struct avt_taps){0};
}
