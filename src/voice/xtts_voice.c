/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_voice.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/mem.h"
#include "dsp/resample.h"
#include "voice/kept_voice.h"
#include "voice/pocket_sound.h"
#include "voice/xtts_mel.h"
#include "voice/xtts_nets.h"

#define MAGIC "AVTXTV1\n"
#define CHUNK_SECONDS_MIN .33f /* of a recording: what is left over below that is not heard */
#define NUMBER_LIMIT 1e30f

void avt_xtts_voice_free(struct avt_xtts_voice *voice)
{
    if (!voice)
        return;
    avt_free(voice->conditioning);
    avt_free(voice->embedding);
    avt_free(voice);
}

/* --- hearing --- */

struct hearing {
    const struct avt_xtts *xtts;
    const struct avt_cancel *cancel;
    avt_xtts_trace trace;
    void *user;
    struct avt_error *reterr;
};

static void tell(const struct hearing *h, const char *stage, const float *values, size_t count)
{
    if (h->trace)
        h->trace(stage, values, count, h->user);
}

static size_t heard_samples(const struct avt_xtts *xtts, const struct avt_xtts_recording *recording)
{
    size_t most = (size_t)xtts->config.reference_seconds * (size_t)recording->rate;
    return recording->count < most ? recording->count : most;
}

static enum avt_code check_recording(const struct avt_xtts_recording *recording, size_t count, struct avt_error *reterr)
{
    if (recording->rate < AVT_RESAMPLE_RATE_MIN || recording->rate > AVT_RESAMPLE_RATE_MAX)
        return avt_fail(reterr, AVT_EINVAL, "a recording at %d Hz cannot be heard", recording->rate);
    if ((double)count < .34 * recording->rate || !avt_pocket_is_sound(recording->sound, count))
        return avt_fail(reterr, AVT_ERECORDING, "a voice cannot be taken from a recording that is shorter than a third "
                        "of a second, or silent");
    return AVT_OK;
}

/* The heard part at another rate, within -1..1. */
static enum avt_code at_rate(const struct avt_xtts_recording *recording, size_t count, int rate,
                             struct avt_audio **ret_audio, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *heard = NULL;
    enum avt_code code = avt_audio_new(recording->rate, count, &heard, reterr);
    if (code != AVT_OK)
        return code;
    memcpy(heard->samples, recording->sound, count * sizeof(float));
    code = avt_audio_resample(heard, rate, ret_audio, reterr);
    for (size_t i = 0; code == AVT_OK && i < (*ret_audio)->count; i++)
        (*ret_audio)->samples[i] = fminf(fmaxf((*ret_audio)->samples[i], -1), 1);
    return code;
}

/* Spectrum and network of one piece. */
static enum avt_code hear_piece(const struct hearing *h, enum avt_xtts_file file, struct avt_session *session,
                                const float *sound, size_t count, size_t value_count, float **ret_values)
{
    bool is_speaker = file == AVT_XTTS_FILE_SPEAKER;
    const struct avt_xtts_mel *mel = is_speaker ? &avt_xtts_mel_speaker : &avt_xtts_mel_voice;
    AVT_CLEANUP(avt_freep) float *values = NULL;
    size_t frames = 0, bands = (size_t)mel->bands;
    enum avt_code code = avt_xtts_mel_compute(mel, sound, count, &values, &frames, h->reterr);
    if (code != AVT_OK)
        return code;
    tell(h, is_speaker ? "speaker_mel" : "mel", values, bands * frames);
    return avt_xtts_hear(h->xtts, file, session, values, bands, frames, value_count, h->cancel, ret_values, h->reterr);
}

/* The mean over chunks. */
static enum avt_code hear_chunks(const struct hearing *h, struct avt_session *session, const struct avt_audio *audio,
                                 struct avt_xtts_voice *voice)
{
    const struct avt_xtts_config *config = &h->xtts->config;
    const size_t count = voice->latents * voice->width, second = (size_t)audio->rate;
    const size_t all = (size_t)config->condition_seconds * second;
    const size_t step = (size_t)config->condition_chunk_seconds * second;
    const size_t end = audio->count < all ? audio->count : all;
    size_t chunks = 0;
    for (size_t at = 0; at < end; at += step) {
        size_t size = end - at < step ? end - at : step;
        if ((float)size < CHUNK_SECONDS_MIN * (float)second)
            continue;
        AVT_CLEANUP(avt_freep) float *latents = NULL;
        enum avt_code code = hear_piece(h, AVT_XTTS_FILE_CONDITIONING, session, audio->samples + at, size, count,
                                        &latents);
        if (code != AVT_OK)
            return code;
        tell(h, "latents", latents, count);
        for (size_t i = 0; i < count; i++)
            voice->conditioning[i] += latents[i];
        chunks++;
    }
    if (chunks == 0)
        return avt_fail(h->reterr, AVT_ERECORDING, "a recording is too short for XTTS");
    for (size_t i = 0; i < count; i++)
        voice->conditioning[i] /= (float)chunks;
    tell(h, "conditioning", voice->conditioning, count);
    return AVT_OK;
}

static enum avt_code hear_voice(const struct hearing *h, const struct avt_audio *audio, struct avt_xtts_voice *voice)
{
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    tell(h, "sound22", audio->samples, audio->count);
    enum avt_code code = avt_xtts_nets_take(h->xtts, AVT_XTTS_FILE_CONDITIONING, &session, h->reterr);
    return code == AVT_OK ? hear_chunks(h, session, audio, voice) : code;
}

static enum avt_code hear_speaker(const struct hearing *h, const struct avt_audio *audio, struct avt_xtts_voice *voice)
{
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    tell(h, "sound16", audio->samples, audio->count);
    enum avt_code code = avt_xtts_nets_take(h->xtts, AVT_XTTS_FILE_SPEAKER, &session, h->reterr);
    if (code == AVT_OK)
        code = hear_piece(h, AVT_XTTS_FILE_SPEAKER, session, audio->samples, audio->count, voice->speaker,
                          &voice->embedding);
    if (code == AVT_OK)
        tell(h, "embedding", voice->embedding, voice->speaker);
    return code;
}

static void hash_sound(const struct avt_xtts_recording *recording, size_t count, char ret_hex[AVT_SHA256_HEX_SIZE])
{
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    uint32_t rate = (uint32_t)recording->rate;
    avt_sha256_update(hash, recording->sound, count * sizeof(float));
    avt_sha256_update(hash, &rate, sizeof(rate));
    avt_sha256_finish(hash, ret_hex);
}

enum avt_code avt_xtts_voice_hear(const struct avt_xtts *xtts, const struct avt_xtts_recording *recording,
                                  const struct avt_cancel *cancel, avt_xtts_trace trace, void *user,
                                  struct avt_xtts_voice **ret_voice, struct avt_error *reterr)
{
    avt_assert(xtts && recording && recording->sound && ret_voice);
    const struct hearing h = {xtts, cancel, trace, user, reterr};
    const size_t count = heard_samples(xtts, recording);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *voiced = NULL;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *spoken = NULL;
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = avt_new0(struct avt_xtts_voice, 1);
    voice->width = (size_t)xtts->config.width;
    voice->latents = (size_t)xtts->config.latents;
    voice->speaker = (size_t)xtts->config.speaker;
    voice->conditioning = avt_new0(float, voice->latents * voice->width);
    enum avt_code code = check_recording(recording, count, reterr);
    if (code == AVT_OK)
        code = at_rate(recording, count, avt_xtts_mel_voice.rate, &voiced, reterr);
    if (code == AVT_OK)
        code = at_rate(recording, count, avt_xtts_mel_speaker.rate, &spoken, reterr);
    if (code == AVT_OK)
        code = hear_voice(&h, voiced, voice);
    if (code == AVT_OK)
        code = hear_speaker(&h, spoken, voice);
    if (code != AVT_OK)
        return code;
    hash_sound(recording, count, voice->sound);
    *ret_voice = AVT_TAKE(voice);
    return AVT_OK;
}

enum avt_code avt_xtts_voice_make(const struct avt_xtts *xtts, const struct avt_xtts_recording *recording,
                                  const struct avt_cancel *cancel, struct avt_xtts_voice **ret_voice,
                                  struct avt_error *reterr)
{
    return avt_xtts_voice_hear(xtts, recording, cancel, NULL, NULL, ret_voice, reterr);
}

/* --- a file --- */

enum avt_code avt_xtts_voice_write(const struct avt_xtts_voice *voice, struct avt_buf *out, struct avt_error *reterr)
{
    avt_kept_voice_begin(out, MAGIC, voice->model, voice->sound);
    avt_kept_voice_number(out, voice->width, 4);
    avt_kept_voice_number(out, voice->latents, 4);
    avt_kept_voice_number(out, voice->speaker, 4);
    avt_buf_append(out, voice->conditioning, voice->latents * voice->width * sizeof(float));
    avt_buf_append(out, voice->embedding, voice->speaker * sizeof(float));
    avt_kept_voice_seal(out);
    return out->overflowed ? avt_fail(reterr, AVT_ELIMIT, "a voice of XTTS is too large to be kept") : AVT_OK;
}

static enum avt_code bad(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT, "this file holds no voice of XTTS, or is damaged");
}

/* NULL: out of memory. */
static float *take_floats(struct avt_cursor *cursor, size_t count)
{
    float *values = avt_try_new0(float, count);
    for (size_t i = 0; values && i < count; i++)
        values[i] = avt_cursor_float(cursor, NUMBER_LIMIT);
    return values;
}

enum avt_code avt_xtts_voice_parse(const void *data, size_t size, struct avt_xtts_voice **ret_voice,
                                   struct avt_error *reterr)
{
    struct avt_cursor cursor;
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = avt_new0(struct avt_xtts_voice, 1);
    if (!avt_kept_voice_open(data, size, MAGIC, &cursor, voice->model, voice->sound))
        return bad(reterr);
    voice->width = avt_cursor_number(&cursor, 4);
    voice->latents = avt_cursor_number(&cursor, 4);
    voice->speaker = avt_cursor_number(&cursor, 4);
    bool is_right = !cursor.bad && voice->width > 0 && voice->width <= AVT_XTTS_WIDTH_MAX && voice->latents > 0 &&
                    voice->latents <= AVT_XTTS_CODES_LIMIT && voice->speaker > 0 &&
                    voice->speaker <= AVT_XTTS_WIDTH_MAX;
    if (!is_right || cursor.left != (voice->width * voice->latents + voice->speaker) * sizeof(float))
        return bad(reterr);
    voice->conditioning = take_floats(&cursor, voice->width * voice->latents);
    voice->embedding = take_floats(&cursor, voice->speaker);
    if (!voice->conditioning || !voice->embedding)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a voice");
    if (cursor.bad)
        return bad(reterr);
    *ret_voice = AVT_TAKE(voice);
    return AVT_OK;
}

/* Of what a voice depends on. */
static enum avt_code hash_model(const struct avt_xtts *xtts, char ret_hex[AVT_SHA256_HEX_SIZE],
                                struct avt_error *reterr)
{
    const char *const paths[] = {xtts->paths[AVT_XTTS_FILE_CONDITIONING], xtts->paths[AVT_XTTS_FILE_SPEAKER],
                                 xtts->config_path};
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *all = avt_sha256_new();
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char hex[AVT_SHA256_HEX_SIZE];
        enum avt_code code = avt_sha256_file(paths[i], hex, reterr);
        if (code != AVT_OK)
            return code;
        avt_sha256_update(all, hex, strlen(hex));
    }
    avt_sha256_finish(all, ret_hex);
    return AVT_OK;
}

enum avt_code avt_xtts_voice_save(const struct avt_xtts *xtts, const struct avt_xtts_voice *voice, const char *path,
                                  struct avt_error *reterr)
{
    struct avt_xtts_voice marked = *voice;
    enum avt_code code = hash_model(xtts, marked.model, reterr);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(AVT_XTTS_VOICE_BYTES_MAX);
    if (code == AVT_OK)
        code = avt_xtts_voice_write(&marked, &out, reterr);
    return code == AVT_OK ? avt_file_write(path, out.data, out.size, reterr) : code;
}

enum avt_code avt_xtts_voice_load(const struct avt_xtts *xtts, const char *path,
                                  const struct avt_xtts_recording *recording, struct avt_xtts_voice **ret_voice,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, AVT_XTTS_VOICE_BYTES_MAX, &data, &size, reterr);
    if (code == AVT_ELIMIT)
        return avt_fail(reterr, AVT_EFORMAT, "'%.300s' is too large for a voice of XTTS", path);
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = NULL;
    if (code == AVT_OK)
        code = avt_xtts_voice_parse(data, size, &voice, reterr);
    char hex[AVT_SHA256_HEX_SIZE];
    if (code == AVT_OK)
        code = hash_model(xtts, hex, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_xtts_config *config = &xtts->config;
    if (memcmp(hex, voice->model, sizeof(hex)) != 0 || voice->width != (size_t)config->width ||
        voice->latents != (size_t)config->latents || voice->speaker != (size_t)config->speaker)
        return avt_fail(reterr, AVT_EFORMAT, "the voice in '%.300s' is of another model", path);
    if (recording)
        hash_sound(recording, heard_samples(xtts, recording), hex);
    if (recording && memcmp(hex, voice->sound, sizeof(hex)) != 0)
        return avt_fail(reterr, AVT_EFORMAT, "the voice in '%.300s' is of another recording", path);
    *ret_voice = AVT_TAKE(voice);
    return AVT_OK;
}
