/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clone_eq.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum { BANDS = AVT_CLONE_EQ_BANDS, CURVES = 8 };
static const double STEP_DB = 1.5;
/* Similarity that a squared dB of a cosine has to be worth: of two curves that do the same, the
 * flatter. */
static const double FLATNESS = 0.0005;
static const double NOTHING = 1e-12;

/* Slaney's scale, as in dsp/mel.c. */
static double mel_to_hz(double mel)
{
    return mel < 15.0 ? mel * 200.0 / 3.0 : 1000.0 * exp((mel - 15.0) * log(6.4) / 27.0);
}

void avt_clone_eq_centres(float *ret_hz)
{
    double top = 15.0 + log(AVT_GE2E_RATE / 2000.0) * 27.0 / log(6.4);
    for (int band = 0; band < BANDS; band++)
        ret_hz[band] = (float)mel_to_hz(top * (band + 1) / (BANDS + 1));
}

static void make_curve(const double *cosines, float *ret_gains_db)
{
    for (int band = 0; band < BANDS; band++) {
        double gain = 0.0;
        for (int curve = 0; curve < CURVES; curve++)
            gain += cosines[curve] * cos(M_PI * (curve + 1) * (band + 0.5) / BANDS);
        ret_gains_db[band] = (float)(AVT_CLONE_EQ_MAX_DB * tanh(gain / AVT_CLONE_EQ_MAX_DB));
    }
}

/* The spectrum with its bands turned, at the power that it had. */
static void turn(const struct avt_mel *from, const float *gains_db, float *ret_values)
{
    double factors[BANDS], before = 0.0, after = 0.0;
    for (int band = 0; band < BANDS; band++)
        factors[band] = pow(10.0, (double)gains_db[band] / 10.0);
    for (size_t i = 0; i < from->frames * BANDS; i++) {
        double value = (double)from->values[i] * factors[i % BANDS];
        before += (double)from->values[i];
        after += value;
        ret_values[i] = (float)value;
    }
    float level = (float)(before / fmax(after, NOTHING));
    for (size_t i = 0; i < from->frames * BANDS; i++)
        ret_values[i] *= level;
}

enum avt_code avt_clone_eq_similarity(const struct avt_ge2e *encoder,
                                      const struct avt_clone_heard *heard, size_t count,
                                      const struct avt_embedding *target, const float *gains_db,
                                      double *ret_similarity, struct avt_error *reterr)
{
    avt_assert(encoder && heard && count > 0 && target && ret_similarity);
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        struct avt_embedding voice = heard[i].voice;
        if (gains_db) {
            AVT_CLEANUP(avt_mel_done) struct avt_mel turned = {.frames = heard[i].mel.frames};
            turned.values = avt_try_new0(float, turned.frames *BANDS + 1);
            if (!turned.values)
                return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for spectra");
            turn(&heard[i].mel, gains_db, turned.values);
            enum avt_code code =
                avt_ge2e_embed_mel(encoder, &turned, heard[i].speech->count, &voice, reterr);
            if (code != AVT_OK)
                return code;
        }
        sum += avt_embedding_similarity(&voice, target);
    }
    *ret_similarity = sum / (double)count;
    return AVT_OK;
}

struct fit {
    const struct avt_ge2e *encoder;
    const struct avt_clone_heard *heard;
    size_t count;
    const struct avt_embedding *target;
};

static enum avt_code try_curve(const struct fit *fit, const double *cosines, double *ret_worth,
                               struct avt_error *reterr)
{
    float gains[BANDS];
    double worth = 0.0;
    make_curve(cosines, gains);
    enum avt_code code = avt_clone_eq_similarity(fit->encoder, fit->heard, fit->count, fit->target,
                                                 gains, &worth, reterr);
    for (int curve = 0; curve < CURVES; curve++)
        worth -= FLATNESS * cosines[curve] * cosines[curve];
    *ret_worth = worth;
    return code;
}

enum avt_code avt_clone_eq_fit(const struct avt_ge2e *encoder, const struct avt_clone_heard *heard,
                               size_t count, const struct avt_embedding *target, int rounds,
                               float *ret_gains_db, struct avt_error *reterr)
{
    avt_assert(rounds >= 1 && rounds <= 6 && ret_gains_db);
    const struct fit fit = {encoder, heard, count, target};
    double best[CURVES] = {0}, steps[CURVES], worth = 0.0;
    for (int curve = 0; curve < CURVES; curve++)
        steps[curve] = STEP_DB;
    enum avt_code code = try_curve(&fit, best, &worth, reterr);
    for (int turn_count = 0; code == AVT_OK && turn_count < rounds * CURVES; turn_count++) {
        int curve = turn_count % CURVES;
        bool better = false;
        for (int sign = 1; code == AVT_OK && !better && sign >= -1; sign -= 2) {
            double tried[CURVES], tried_worth = 0.0;
            memcpy(tried, best, sizeof(tried));
            tried[curve] += sign * steps[curve];
            code = try_curve(&fit, tried, &tried_worth, reterr);
            better = code == AVT_OK && tried_worth > worth;
            if (better) {
                memcpy(best, tried, sizeof(best));
                worth = tried_worth;
            }
        }
        if (!better)
            steps[curve] /= 2.0;
    }
    if (code == AVT_OK)
        make_curve(best, ret_gains_db);
    return code;
}
