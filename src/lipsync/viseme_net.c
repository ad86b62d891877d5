/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/viseme_net.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/mel.h"
#include "dsp/resample.h"
#include "dsp/silence.h"
#include "nn/registry.h"
#include "nn/session.h"

#define MODEL "visemes"

enum {
    BANDS = AVT_VISEME_NET_BANDS,
    PRIOR_FRAMES = 50, /* that the mean of the training set counts for */
    MEAN_FRAMES = 300,
    /* A long recording goes through the network in pieces that overlap by what it sees. */
    PIECE = 3000,
    PAST = 140, /* at least 132 */
    AHEAD = 8,
    STAY = 3, /* frames that a viseme lasts at least */
    STATES = AVT_VISEME_COUNT * STAY,
};
static const double LEVEL_DB = -26.0, GAIN_MAX = 100.0;
static const float FLOOR = 1e-6f;
/* Of going on to another viseme, as a logarithm; and what speaks for closed lips: one that is missed is
 * seen, one too many less so. Both by the figures of docs/visemes.md. */
static const float CHANGE = -1.5f, LIPS = .5f;
/* A vowel is stressed if it is this loud and the loudest of its neighbourhood. */
static const float STRESSED = 1.1f;
static const double STRESS_REACH_S = .35;

/* One symbol for each viseme. */
static const char *const SYMBOLS[AVT_VISEME_COUNT] = {
    [AVT_VISEME_SIL] = "",  [AVT_VISEME_PP] = "m",   [AVT_VISEME_FF] = "f", [AVT_VISEME_TH] = "θ",
    [AVT_VISEME_DD] = "d",  [AVT_VISEME_KK] = "k",   [AVT_VISEME_CH] = "ʃ", [AVT_VISEME_SS] = "s",
    [AVT_VISEME_NN] = "n",  [AVT_VISEME_RR] = "ɹ",   [AVT_VISEME_AA] = "ɑ", [AVT_VISEME_AE] = "æ",
    [AVT_VISEME_AH] = "ʌ",  [AVT_VISEME_UH] = "ə",   [AVT_VISEME_E] = "ɛ",  [AVT_VISEME_I] = "i",
    [AVT_VISEME_O] = "ɔ",   [AVT_VISEME_U] = "u",    [AVT_VISEME_W] = "w",  [AVT_VISEME_NONE] = "h",
};

struct avt_viseme_net {
    struct avt_session *session;
    float prior[BANDS];
};

static enum avt_code wrong_model(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EMODELBAD,
                    "the viseme network gives something else than it should; run `avatar models verify " MODEL
                    "`");
}

static enum avt_code run(const struct avt_viseme_net *net, const float *mel, size_t frames,
                         const char *name, size_t expected, struct avt_tensor *ret_out,
                         struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) float *copy = avt_try_new0(float, frames * BANDS);
    if (!copy)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to listen");
    memcpy(copy, mel, frames * BANDS * sizeof(*copy));
    const struct avt_tensor input = {.name = "mel",
                                     .dtype = AVT_DTYPE_F32,
                                     .rank = 3,
                                     .shape = {1, BANDS, (int64_t)frames},
                                     .data = copy};
    *ret_out = (struct avt_tensor){.name = name};
    enum avt_code code = avt_session_run(net->session, &input, 1, ret_out, 1, reterr);
    if (code == AVT_OK &&
        (ret_out->dtype != AVT_DTYPE_F32 || avt_tensor_count(ret_out) != expected)) {
        avt_tensor_done(ret_out);
        code = wrong_model(reterr);
    }
    return code;
}

enum avt_code avt_viseme_net_open(struct avt_viseme_net **ret_net, struct avt_error *reterr)
{
    avt_assert(ret_net);
    AVT_CLEANUP(avt_freep) char *path = NULL;
    AVT_CLEANUP(avt_viseme_net_freep) struct avt_viseme_net *net = avt_new0(struct avt_viseme_net, 1);
    enum avt_code code = avt_registry_locate(MODEL, &path, reterr);
    if (code == AVT_OK)
        code = avt_session_open(path, NULL, &net->session, reterr);
    const float nothing[BANDS] = {0};
    struct avt_tensor prior;
    if (code == AVT_OK)
        code = run(net, nothing, 1, "prior", BANDS, &prior, reterr);
    if (code != AVT_OK)
        return code;
    memcpy(net->prior, prior.data, sizeof(net->prior));
    avt_tensor_done(&prior);
    *ret_net = AVT_TAKE(net);
    return AVT_OK;
}

void avt_viseme_net_free(struct avt_viseme_net *net)
{
    if (!net)
        return;
    avt_session_free(net->session);
    avt_free(net);
}

/* ---- hearing --------------------------------------------------------------------------------- */

/* Band by band [BANDS, frames], as the network reads it. */
static void normalise(const struct avt_viseme_net *net, const struct avt_mel *mel, float gain, float *ret_rows)
{
    double mean[BANDS];
    for (int b = 0; b < BANDS; b++)
        mean[b] = (double)net->prior[b];
    for (size_t i = 0; i < mel->frames; i++) {
        double follow = fmax(1.0 / MEAN_FRAMES, 1.0 / (double)(i + 1 + PRIOR_FRAMES));
        for (size_t b = 0; b < BANDS; b++) {
            double value = (double)logf(mel->values[i * BANDS + b] * gain + FLOOR);
            mean[b] += (value - mean[b]) * follow;
            ret_rows[b * mel->frames + i] = (float)(value - mean[b]);
        }
    }
}

static float power_gain(const struct avt_audio *audio)
{
    double sum = 0.0;
    for (size_t i = 0; i < audio->count; i++)
        sum += (double)audio->samples[i] * (double)audio->samples[i];
    double rms = sqrt(sum / (double)(audio->count ? audio->count : 1));
    double gain = rms > 0.0 ? fmin(pow(10.0, LEVEL_DB / 20.0) / rms, GAIN_MAX) : 1.0;
    return (float)(gain * gain);
}

static void softmax(const float *logits, size_t stride, float *ret_row)
{
    float top = logits[0], sum = 0.0f;
    for (size_t v = 1; v < AVT_VISEME_COUNT; v++)
        top = fmaxf(top, logits[v * stride]);
    for (size_t v = 0; v < AVT_VISEME_COUNT; v++)
        sum += ret_row[v] = expf(logits[v * stride] - top);
    for (size_t v = 0; v < AVT_VISEME_COUNT; v++)
        ret_row[v] /= sum;
}

/* Frames [first, last) of `rows`, with what the network sees around them. */
static enum avt_code hear_piece(const struct avt_viseme_net *net, const float *rows, size_t frames,
                                size_t first, size_t last, float *ret_visemes,
                                struct avt_error *reterr)
{
    size_t from = first > PAST ? first - PAST : 0, to = last + AHEAD < frames ? last + AHEAD : frames;
    size_t count = to - from;
    AVT_CLEANUP(avt_freep) float *piece = avt_try_new0(float, count * BANDS);
    if (!piece)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to listen");
    for (size_t b = 0; b < BANDS; b++)
        memcpy(piece + b * count, rows + b * frames + from, count * sizeof(*piece));
    struct avt_tensor logits;
    enum avt_code code =
        run(net, piece, count, "logits", count * AVT_VISEME_COUNT, &logits, reterr);
    if (code != AVT_OK)
        return code;
    for (size_t i = first; i < last; i++)
        softmax((const float *)logits.data + (i - from), count, ret_visemes + i * AVT_VISEME_COUNT);
    avt_tensor_done(&logits);
    return AVT_OK;
}

enum avt_code avt_viseme_net_hear(const struct avt_viseme_net *net, const struct avt_audio *audio,
                                  const struct avt_cancel *cancel, float **ret_visemes,
                                  size_t *ret_frames, struct avt_error *reterr)
{
    avt_assert(net && audio && audio->count > 0 && ret_visemes && ret_frames);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *sound = NULL;
    AVT_CLEANUP(avt_mel_done) struct avt_mel mel = {0};
    enum avt_code code = avt_audio_resample(audio, AVT_VISEME_NET_RATE, &sound, reterr);
    if (code == AVT_OK)
        code = avt_mel_power(sound, BANDS, &mel, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) float *rows = avt_try_new0(float, mel.frames * BANDS + 1);
    AVT_CLEANUP(avt_freep) float *visemes = avt_try_new0(float, mel.frames * AVT_VISEME_COUNT + 1);
    if (!rows || !visemes)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to listen");
    normalise(net, &mel, power_gain(sound), rows);
    for (size_t at = 0; code == AVT_OK && at < mel.frames; at += PIECE) {
        size_t last = at + PIECE < mel.frames ? at + PIECE : mel.frames;
        code = cancel && avt_cancelled(cancel)
                   ? avt_fail(reterr, AVT_ECANCELLED, "cancelled")
                   : hear_piece(net, rows, mel.frames, at, last, visemes, reterr);
    }
    if (code != AVT_OK)
        return code;
    *ret_visemes = AVT_TAKE(visemes);
    *ret_frames = mel.frames;
    return AVT_OK;
}

/* ---- the likeliest sequence -------------------------------------------------------------------- */

static float evidence(const float *frame, size_t viseme)
{
    return logf(frame[viseme] + 1e-7f) + (viseme == AVT_VISEME_PP ? LIPS : 0.0f);
}

/* State v * STAY + k: the k-th frame of viseme v; the last one repeats. A step back is told by the viseme it
 * came from, or by OWN if that is the same one's. */
enum { OWN = AVT_VISEME_COUNT, SAME = AVT_VISEME_COUNT + 1 };

static void advance(const float *frame, const float *before, float *after, uint8_t *back)
{
    size_t leaving = 0;
    for (size_t v = 1; v < AVT_VISEME_COUNT; v++) {
        if (before[v * STAY + STAY - 1] > before[leaving * STAY + STAY - 1])
            leaving = v;
    }
    float enter = before[leaving * STAY + STAY - 1] + CHANGE;
    for (size_t v = 0; v < AVT_VISEME_COUNT; v++) {
        float here = evidence(frame, v);
        const float *own = before + v * STAY;
        after[v * STAY] = enter + here;
        back[v * STAY] = (uint8_t)leaving;
        for (size_t k = 1; k < STAY; k++) {
            after[v * STAY + k] = own[k - 1] + here;
            back[v * STAY + k] = OWN;
        }
        if (own[STAY - 1] > own[STAY - 2]) {
            after[v * STAY + STAY - 1] = own[STAY - 1] + here;
            back[v * STAY + STAY - 1] = SAME;
        }
    }
}

enum avt_code avt_viseme_path(const float *visemes, size_t frames, uint8_t *ret_path,
                              struct avt_error *reterr)
{
    avt_assert(visemes && ret_path);
    AVT_CLEANUP(avt_freep) uint8_t *back = avt_try_new0(uint8_t, frames * STATES + 1);
    if (!back)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to listen");
    float before[STATES], after[STATES];
    /* It may begin, and end, anywhere within a viseme. */
    for (size_t s = 0; frames > 0 && s < STATES; s++)
        before[s] = evidence(visemes, s / STAY);
    for (size_t i = 1; i < frames; i++) {
        advance(visemes + i * AVT_VISEME_COUNT, before, after, back + i * STATES);
        memcpy(before, after, sizeof(before));
    }
    size_t state = 0;
    for (size_t s = 1; frames > 0 && s < STATES; s++)
        state = before[s] > before[state] ? s : state;
    for (size_t i = frames; i-- > 0;) {
        ret_path[i] = (uint8_t)(state / STAY);
        uint8_t from = back[i * STATES + state];
        if (i > 0 && from != SAME)
            state = from == OWN ? state - 1 : (size_t)from * STAY + STAY - 1;
    }
    return AVT_OK;
}

/* ---- the timeline ---------------------------------------------------------------------------- */

static bool is_vowel(const struct avt_phoneme *phoneme)
{
    enum avt_viseme visemes[2];
    (void)avt_visemes_of(phoneme->ipa, visemes);
    return visemes[0] >= AVT_VISEME_AA && visemes[0] <= AVT_VISEME_U;
}

static void set_loudness(struct avt_timeline *timeline, const struct avt_audio *audio)
{
    double energy = 0.0, seconds = 0.0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < timeline->phoneme_count; i++) {
            struct avt_phoneme *phoneme = &timeline->phonemes[i];
            if (!*phoneme->ipa)
                continue;
            double level = avt_audio_level_db(audio, (size_t)(phoneme->start * audio->rate),
                                              (size_t)(phoneme->end * audio->rate));
            double power = pow(10.0, level / 10.0);
            energy += pass == 0 ? power * (phoneme->end - phoneme->start) : 0.0;
            seconds += pass == 0 ? phoneme->end - phoneme->start : 0.0;
            if (pass == 1 && energy > 0.0)
                phoneme->loudness = (float)fmax(sqrt(power * seconds / energy), 0.001);
        }
    }
}

static void set_stress(struct avt_timeline *timeline)
{
    for (size_t i = 0; i < timeline->phoneme_count; i++) {
        struct avt_phoneme *one = &timeline->phonemes[i];
        bool loudest = one->loudness > STRESSED && is_vowel(one);
        for (size_t k = i; loudest && k-- > 0 && timeline->phonemes[k].end > one->start - STRESS_REACH_S;)
            loudest = !is_vowel(&timeline->phonemes[k]) || timeline->phonemes[k].loudness <= one->loudness;
        for (size_t k = i + 1; loudest && k < timeline->phoneme_count &&
                               timeline->phonemes[k].start < one->end + STRESS_REACH_S;
             k++)
            loudest = !is_vowel(&timeline->phonemes[k]) || timeline->phonemes[k].loudness < one->loudness;
        one->stress = loudest;
    }
}

enum avt_code avt_viseme_net_listen(const struct avt_viseme_net *net, const struct avt_audio *audio,
                                    const struct avt_cancel *cancel,
                                    struct avt_timeline **ret_timeline, struct avt_error *reterr)
{
    avt_assert(ret_timeline);
    AVT_CLEANUP(avt_freep) float *visemes = NULL;
    size_t frames = 0;
    enum avt_code code = avt_viseme_net_hear(net, audio, cancel, &visemes, &frames, reterr);
    AVT_CLEANUP(avt_freep) uint8_t *path = code == AVT_OK ? avt_try_new0(uint8_t, frames + 1) : NULL;
    if (code == AVT_OK && !path)
        code = avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to listen");
    if (code == AVT_OK)
        code = avt_viseme_path(visemes, frames, path, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = avt_timeline_new();
    timeline->sample_rate = audio->rate;
    timeline->duration = (double)audio->count / audio->rate;
    for (size_t first = 0, last; first < frames; first = last) {
        for (last = first + 1; last < frames && path[last] == path[first];)
            last++;
        struct avt_phoneme phoneme = {.start = (double)first / AVT_VISEME_NET_FRAMES_PER_S,
                                      .end = fmin((double)last / AVT_VISEME_NET_FRAMES_PER_S, timeline->duration),
                                      .word = -1};
        if (last == frames)
            phoneme.end = timeline->duration;
        (void)snprintf(phoneme.ipa, sizeof(phoneme.ipa), "%s", SYMBOLS[path[first]]);
        if (phoneme.end > phoneme.start && !avt_timeline_add_phoneme(timeline, &phoneme))
            return avt_fail(reterr, AVT_ELIMIT, "the recording is too long for one film; split it");
    }
    set_loudness(timeline, audio);
    set_stress(timeline);
    *ret_timeline = AVT_TAKE(timeline);
    return AVT_OK;
}
