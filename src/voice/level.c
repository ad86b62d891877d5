/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/level.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/limiter.h"
#include "dsp/loudness.h"

/* -16 LUFS: AES TD1008 for speech that is streamed. */
static const double TARGET_LUFS = -16.0;
static const double CEILING_DBTP = -1.5;
/* The engines' voices lie between -30 and -12 LUFS; beyond these a piece holds no speech. */
static const double GAIN_MIN_DB = -12.0, GAIN_MAX_DB = 30.0;
/* What the limiter takes away is made up for, to a point: beyond it speech sounds squeezed. */
static const double MAKE_UP_MAX_DB = 2.0;
enum { MAKE_UP_ROUNDS = 3 };

struct avt_leveller {
    struct avt_loudness *raw; /* of all pieces as they came */
    int rate;
};

enum avt_code avt_leveller_new(int rate, struct avt_leveller **ret_leveller,
                               struct avt_error *reterr)
{
    avt_assert(ret_leveller);
    AVT_CLEANUP(avt_leveller_freep)
    struct avt_leveller *leveller = avt_new0(struct avt_leveller, 1);
    leveller->rate = rate;
    enum avt_code code = avt_loudness_new(rate, &leveller->raw, reterr);
    if (code != AVT_OK)
        return code;
    *ret_leveller = AVT_TAKE(leveller);
    return AVT_OK;
}

void avt_leveller_free(struct avt_leveller *leveller)
{
    if (!leveller)
        return;
    avt_loudness_free(leveller->raw);
    avt_free(leveller);
}

static enum avt_code amplify(struct avt_audio *audio, const float *from, double gain_db,
                             struct avt_error *reterr)
{
    float gain = (float)pow(10.0, gain_db / 20.0);
    for (size_t i = 0; i < audio->count; i++)
        audio->samples[i] = from[i] * gain;
    return avt_audio_limit(audio, CEILING_DBTP, reterr);
}

enum avt_code avt_leveller_apply(struct avt_leveller *leveller, struct avt_audio *audio,
                                 struct avt_error *reterr)
{
    avt_assert(leveller && audio && audio->rate == leveller->rate);
    enum avt_code code = avt_loudness_add(leveller->raw, audio->samples, audio->count, reterr);
    if (code != AVT_OK)
        return code;
    double so_far = avt_loudness_lufs(leveller->raw), own = -HUGE_VAL;
    code = avt_loudness_of(audio->samples, audio->count, audio->rate, &own, reterr);
    if (code != AVT_OK)
        return code;
    double gain = isfinite(so_far) ? TARGET_LUFS - so_far : 0.0;
    gain = fmin(fmax(gain, GAIN_MIN_DB), GAIN_MAX_DB);

    AVT_CLEANUP(avt_freep) float *raw = avt_try_new0(float, audio->count + 1);
    if (!raw)
        return avt_fail(reterr, AVT_ENOMEM,
                        "there is not enough memory to set the loudness; close other programs");
    memcpy(raw, audio->samples, audio->count * sizeof(*raw));
    double make_up = 0.0;
    for (int round = 0; round < MAKE_UP_ROUNDS; round++) {
        double now = 0.0;
        code = amplify(audio, raw, gain + make_up, reterr);
        if (code == AVT_OK)
            code = avt_loudness_of(audio->samples, audio->count, audio->rate, &now, reterr);
        if (code != AVT_OK)
            return code;
        double missing = own + gain - now;
        if (!isfinite(missing) || missing < 0.1 || make_up + missing > MAKE_UP_MAX_DB)
            break;
        make_up += missing;
    }
    return AVT_OK;
}
