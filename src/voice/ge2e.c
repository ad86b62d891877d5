/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/ge2e.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nn/registry.h"
#include "nn/session.h"

static const double LEVEL_DB = -30.0; /* RMS re full scale */
static const double COVERAGE_MIN = 0.75;
/* Windows run through the network at once: bounds the memory of a long clip. */
enum { BATCH_MAX = 32 };

struct avt_ge2e {
    struct avt_session *session;
};

double avt_embedding_similarity(const struct avt_embedding *a, const struct avt_embedding *b)
{
    double product = 0.0, length_a = 0.0, length_b = 0.0;
    for (int i = 0; i < AVT_GE2E_SIZE; i++) {
        product += (double)a->values[i] * (double)b->values[i];
        length_a += (double)a->values[i] * (double)a->values[i];
        length_b += (double)b->values[i] * (double)b->values[i];
    }
    return product / sqrt(fmax(length_a * length_b, 1e-24));
}

void avt_embedding_mean(const struct avt_embedding *all, size_t count,
                        struct avt_embedding *ret_mean)
{
    avt_assert(count > 0);
    double sum[AVT_GE2E_SIZE] = {0}, length = 0.0;
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < AVT_GE2E_SIZE; k++)
            sum[k] += (double)all[i].values[k];
    }
    for (int k = 0; k < AVT_GE2E_SIZE; k++)
        length += sum[k] * sum[k];
    length = fmax(sqrt(length), 1e-12);
    for (int k = 0; k < AVT_GE2E_SIZE; k++)
        ret_mean->values[k] = (float)(sum[k] / length);
}

enum avt_code avt_ge2e_open(struct avt_ge2e **ret_speaker, struct avt_error *reterr)
{
    avt_assert(ret_speaker);
    AVT_CLEANUP(avt_freep) char *path = NULL;
    AVT_CLEANUP(avt_ge2e_freep) struct avt_ge2e *speaker = avt_new0(struct avt_ge2e, 1);
    enum avt_code code = avt_registry_locate("speaker-ge2e", &path, reterr);
    if (code == AVT_OK)
        code = avt_session_open(path, NULL, &speaker->session, reterr);
    if (code == AVT_OK)
        *ret_speaker = AVT_TAKE(speaker);
    return code;
}

void avt_ge2e_free(struct avt_ge2e *speaker)
{
    if (!speaker)
        return;
    avt_session_free(speaker->session);
    avt_free(speaker);
}

/* Windows over a sound of this many samples: Resemblyzer's compute_partial_slices(). */
static size_t window_count(size_t sample_count)
{
    size_t frames = sample_count / AVT_MEL_HOP + 1; /* = ceil((samples + 1) / hop) */
    size_t count = 1;
    if (frames + AVT_GE2E_STEP > AVT_GE2E_FRAMES)
        count = (frames + AVT_GE2E_STEP - AVT_GE2E_FRAMES) / AVT_GE2E_STEP + 1;
    double start = (double)(count - 1) * AVT_GE2E_STEP * AVT_MEL_HOP;
    double covered = ((double)sample_count - start) / (AVT_GE2E_FRAMES * AVT_MEL_HOP);
    return covered < COVERAGE_MIN && count > 1 ? count - 1 : count;
}

static double rms(const struct avt_audio *audio)
{
    double sum = 0.0;
    for (size_t i = 0; i < audio->count; i++)
        sum += (double)audio->samples[i] * (double)audio->samples[i];
    return audio->count > 0 ? sqrt(sum / (double)audio->count) : 0.0;
}

enum avt_code avt_ge2e_mel(const struct avt_audio *audio, struct avt_mel *ret_mel,
                           struct avt_error *reterr)
{
    avt_assert(audio && ret_mel);
    if (audio->count > (size_t)AVT_GE2E_SECONDS_MAX * AVT_GE2E_RATE)
        return avt_fail(reterr, AVT_ELIMIT, "the sound is longer than %d minutes; cut it",
                        AVT_GE2E_SECONDS_MAX / 60);
    enum avt_code code = avt_mel_power(audio, AVT_GE2E_BANDS, ret_mel, reterr);
    if (code != AVT_OK)
        return code;
    double level = rms(audio), wanted = pow(10.0, LEVEL_DB / 20.0);
    /* The spectrum is power: the gain counts twice. */
    if (level > 0.0 && level < wanted) {
        float gain = (float)(wanted / level * (wanted / level));
        for (size_t i = 0; i < ret_mel->frames * AVT_GE2E_BANDS; i++)
            ret_mel->values[i] *= gain;
    }
    return AVT_OK;
}

/* Windows [from, from + count) of a spectrum through the network. */
static enum avt_code run_batch(const struct avt_ge2e *speaker, const struct avt_mel *mel,
                               size_t from, size_t count, struct avt_embedding *ret_windows,
                               struct avt_error *reterr)
{
    enum { WINDOW = AVT_GE2E_FRAMES * AVT_GE2E_BANDS };
    AVT_CLEANUP(avt_freep) float *input = avt_new0(float, (size_t)BATCH_MAX *WINDOW);
    for (size_t i = 0; i < count; i++) {
        size_t first = (from + i) * AVT_GE2E_STEP;
        size_t there = mel->frames > first ? mel->frames - first : 0;
        there = there < AVT_GE2E_FRAMES ? there : AVT_GE2E_FRAMES;
        memcpy(input + i * WINDOW, mel->values + first * AVT_GE2E_BANDS,
               there * AVT_GE2E_BANDS * sizeof(*input));
    }
    const struct avt_tensor mels = {.name = "mels",
                                    .dtype = AVT_DTYPE_F32,
                                    .rank = 3,
                                    .shape = {(int64_t)count, AVT_GE2E_FRAMES, AVT_GE2E_BANDS},
                                    .data = input};
    struct avt_tensor out = {.name = "embeddings"};
    enum avt_code code = avt_session_run(speaker->session, &mels, 1, &out, 1, reterr);
    if (code != AVT_OK)
        return code;
    if (out.dtype == AVT_DTYPE_F32 && avt_tensor_count(&out) == count * AVT_GE2E_SIZE)
        memcpy(ret_windows, out.data, count * sizeof(*ret_windows));
    else
        code = avt_fail(reterr, AVT_EMODELBAD,
                        "the speaker encoder gives something else than it should; run `avatar "
                        "models verify speaker-ge2e`");
    avt_tensor_done(&out);
    return code;
}

static enum avt_code run_windows(const struct avt_ge2e *speaker, const struct avt_mel *mel,
                                 size_t sample_count, struct avt_embedding **ret_windows,
                                 size_t *ret_count, struct avt_error *reterr)
{
    size_t count = window_count(sample_count);
    AVT_CLEANUP(avt_freep)
    struct avt_embedding *windows = avt_try_new0(struct avt_embedding, count);
    if (!windows)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to compare voices");
    for (size_t at = 0; at < count; at += BATCH_MAX) {
        size_t size = count - at < BATCH_MAX ? count - at : BATCH_MAX;
        enum avt_code code = run_batch(speaker, mel, at, size, windows + at, reterr);
        if (code != AVT_OK)
            return code;
    }
    *ret_windows = AVT_TAKE(windows);
    *ret_count = count;
    return AVT_OK;
}

enum avt_code avt_ge2e_windows(const struct avt_ge2e *speaker, const struct avt_audio *audio,
                               struct avt_embedding **ret_windows, size_t *ret_count,
                               struct avt_error *reterr)
{
    avt_assert(speaker && audio && ret_windows && ret_count);
    AVT_CLEANUP(avt_mel_done) struct avt_mel mel = {0};
    enum avt_code code = avt_ge2e_mel(audio, &mel, reterr);
    if (code == AVT_OK)
        code = run_windows(speaker, &mel, audio->count, ret_windows, ret_count, reterr);
    return code;
}

enum avt_code avt_ge2e_embed_mel(const struct avt_ge2e *speaker, const struct avt_mel *mel,
                                 size_t sample_count, struct avt_embedding *ret_embedding,
                                 struct avt_error *reterr)
{
    avt_assert(speaker && mel && ret_embedding);
    AVT_CLEANUP(avt_freep) struct avt_embedding *windows = NULL;
    size_t count = 0;
    enum avt_code code = run_windows(speaker, mel, sample_count, &windows, &count, reterr);
    if (code == AVT_OK)
        avt_embedding_mean(windows, count, ret_embedding);
    return code;
}

enum avt_code avt_ge2e_embed(const struct avt_ge2e *speaker, const struct avt_audio *audio,
                             struct avt_embedding *ret_embedding, struct avt_error *reterr)
{
    avt_assert(speaker && audio && ret_embedding);
    AVT_CLEANUP(avt_mel_done) struct avt_mel mel = {0};
    enum avt_code code = avt_ge2e_mel(audio, &mel, reterr);
    if (code == AVT_OK)
        code = avt_ge2e_embed_mel(speaker, &mel, audio->count, ret_embedding, reterr);
    return code;
}
