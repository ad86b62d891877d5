/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/enhance_blend.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* Of 0..1: below the first a place is still, from the second on it moves. Grain of clips, averaged over the reach,
 * stays below; lips that move are far above. */
#define STILL  (2.f / 255)
#define MOVING (8.f / 255)
/* What comes in of the new picture where nothing moves: half of it is there after three pictures. */
#define CARRIED_IN .2f

void avt_enhance_match(const float *seen, const float *mask, size_t count, float *made)
{
    double weight = 0;
    for (size_t i = 0; i < count; i++)
        weight += (double)mask[i];
    for (int c = 0; c < 3 && weight > 0; c++, seen += count, made += count) {
        double sums[2] = {0}, squares[2] = {0};
        for (size_t i = 0; i < count; i++) {
            double w = (double)mask[i] / weight, a = (double)seen[i], b = (double)made[i];
            sums[0] += w * a;
            sums[1] += w * b;
            squares[0] += w * a * a;
            squares[1] += w * b * b;
        }
        double spread = squares[0] - sums[0] * sums[0], other = squares[1] - sums[1] * sums[1];
        float gain = other > 0 ? (float)sqrt(fmax(spread, 0) / other) : 1;
        gain = fminf(fmaxf(gain, 1 / AVT_ENHANCE_GAIN_MAX), AVT_ENHANCE_GAIN_MAX);
        for (size_t i = 0; i < count; i++)
            made[i] = (float)sums[0] + gain * (made[i] - (float)sums[1]);
    }
}

/* The mean of each row's values over `reach` to both sides, as columns: twice, and it is that of squares. */
static void mean_rows(const float *in, int side, int reach, float *out)
{
    float share = 1 / (float)(2 * reach + 1);
    for (int y = 0; y < side; y++, in += side) {
        double sum = (double)in[0] * (reach + 1);
        for (int k = 1; k <= reach; k++)
            sum += (double)in[k];
        for (int x = 0; x < side; x++) {
            out[(size_t)x * (size_t)side + (size_t)y] = (float)sum * share;
            int next = x + reach + 1 < side ? x + reach + 1 : side - 1, last = x - reach > 0 ? x - reach : 0;
            sum += (double)in[next] - (double)in[last];
        }
    }
}

static void note(struct avt_enhance_steady *steady, long long frame, const float *light, const float *change)
{
    size_t count = (size_t)steady->side * (size_t)steady->side;
    memcpy(steady->light, light, count * sizeof(*light));
    memcpy(steady->change, change, 3 * count * sizeof(*change));
    steady->frame = frame;
}

/* Room for pictures of another size. */
static bool make_room(struct avt_enhance_steady *steady, int side)
{
    size_t count = (size_t)side * (size_t)side;
    avt_enhance_steady_done(steady);
    steady->light = avt_try_new0(float, count);
    steady->change = avt_try_new0(float, 3 * count);
    steady->work = avt_try_new0(float, 2 * count);
    if (!steady->light || !steady->change || !steady->work) {
        avt_enhance_steady_done(steady);
        return false;
    }
    steady->side = side;
    steady->frame = -2; /* before any */
    return true;
}

enum avt_code avt_enhance_steady_run(struct avt_enhance_steady *steady, long long frame, int side, const float *seen,
                                     int reach, float *change, struct avt_error *reterr)
{
    avt_assert(side > 0 && reach > 0 && reach <= side / 4);
    if (steady->side != side && !make_room(steady, side))
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to enhance a mouth");
    size_t count = (size_t)side * (size_t)side;
    float *light = steady->work, *differs = steady->work + count;
    if (frame == steady->frame + 1) {
        for (size_t i = 0; i < count; i++)
            light[i] = (seen[i] + seen[count + i] + seen[2 * count + i]) / 3 - steady->light[i];
        mean_rows(light, side, reach, differs);
        mean_rows(differs, side, reach, light);
        for (size_t i = 0; i < count; i++) {
            float t = fminf(fmaxf((fabsf(light[i]) - STILL) / (MOVING - STILL), 0), 1);
            float part = CARRIED_IN + (1 - CARRIED_IN) * t * t * (3 - 2 * t);
            for (size_t c = 0; c < 3; c++) {
                float before = steady->change[c * count + i];
                change[c * count + i] = before + part * (change[c * count + i] - before);
            }
        }
    }
    for (size_t i = 0; i < count; i++)
        light[i] = (seen[i] + seen[count + i] + seen[2 * count + i]) / 3;
    note(steady, frame, light, change);
    return AVT_OK;
}

void avt_enhance_steady_done(struct avt_enhance_steady *steady)
{
    avt_free(steady->light);
    avt_free(steady->change);
    avt_free(steady->work);
    *steady = (struct avt_enhance_steady){0};
}
