/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/pocket.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "voice/pocket_bundle.h"
#include "voice/pocket_nets.h"
#include "voice/pocket_sound.h"
#include "voice/pocket_voice.h"

enum {
    STEP_FRAMES_MAX = 4, /* that the decoder does at once, when it has begun: fewer calls cost less */
    SOUND_MIN = AVT_POCKET_RATE / 2, /* samples of a recording */
};

struct avt_pocket {
    struct avt_pocket_nets nets;
    struct avt_spm *spm;
    struct avt_pocket_state main_start, decoder_start; /* zeros */
    struct avt_updates *updates; /* of the language model's caches, if its graph has them */
    struct avt_pocket_bundle bundle;
    int room; /* positions of the language model: of voice, text and sound together */
};

/* --- opening --- */

static enum avt_code open_all(const char *folder, struct avt_pocket *pocket, struct avt_error *reterr)
{
    enum avt_code code = avt_pocket_nets_open(folder, &pocket->nets, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/tokenizer.model", folder);
    code = avt_spm_open(path, &pocket->spm, reterr);
    if (code == AVT_OK)
        code = avt_pocket_bundle_read(folder, pocket->nets.width, &pocket->bundle, reterr);
    const struct avt_pocket_nets *nets = &pocket->nets;
    if (code == AVT_OK)
        code = avt_pocket_state_start(nets->sessions[AVT_POCKET_MAIN], nets->paths[AVT_POCKET_MAIN],
                                      &pocket->main_start, reterr);
    if (code == AVT_OK)
        code = avt_pocket_state_start(nets->sessions[AVT_POCKET_DECODER], nets->paths[AVT_POCKET_DECODER],
                                      &pocket->decoder_start, reterr);
    if (code != AVT_OK)
        return code;
    pocket->updates = avt_updates_read(nets->paths[AVT_POCKET_MAIN]);
    int64_t room = avt_pocket_state_room(&pocket->main_start);
    pocket->room = room > AVT_POCKET_VOICE_POSITIONS_MAX ? AVT_POCKET_VOICE_POSITIONS_MAX : (int)room;
    return AVT_OK;
}

bool avt_pocket_speaks(const char *language)
{
    static const char *const languages[] = {"en", "de", "es", "fr", "it", "pt"};
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        if (avt_str_equal(languages[i], language))
            return true;
    }
    return false;
}

enum avt_code avt_pocket_open(const char *folder, struct avt_pocket **ret_pocket, struct avt_error *reterr)
{
    avt_assert(folder && ret_pocket);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = avt_new0(struct avt_pocket, 1);
    enum avt_code code = open_all(folder, pocket, reterr);
    if (code == AVT_OK)
        *ret_pocket = AVT_TAKE(pocket);
    return code;
}

void avt_pocket_free(struct avt_pocket *pocket)
{
    if (!pocket)
        return;
    avt_pocket_state_done(&pocket->main_start);
    avt_pocket_state_done(&pocket->decoder_start);
    avt_updates_free(pocket->updates);
    avt_pocket_bundle_done(&pocket->bundle);
    avt_spm_free(pocket->spm);
    avt_pocket_nets_close(&pocket->nets);
    avt_free(pocket);
}

bool avt_pocket_can_clone(const struct avt_pocket *pocket)
{
    return pocket->nets.sessions[AVT_POCKET_ENCODER] != NULL;
}

/* --- the language model --- */

/* What it hears: latents of a frame or vectors, one of them of length 0. */
static enum avt_code set_heard(struct avt_bound *lm, const struct avt_pocket_nets *nets, float *latents,
                               size_t latent_count, float *vectors, size_t vector_count, struct avt_error *reterr)
{
    static float nothing[1]; /* an empty tensor has an address all the same */
    struct avt_tensor sequence = {"sequence", AVT_DTYPE_F32, 3, {1, (int64_t)latent_count, nets->latents},
                                  latent_count ? latents : nothing};
    struct avt_tensor text = {"text_embeddings", AVT_DTYPE_F32, 3, {1, (int64_t)vector_count, nets->width},
                              vector_count ? vectors : nothing};
    enum avt_code code = avt_bound_set(lm, &sequence, reterr);
    return code == AVT_OK ? avt_bound_set(lm, &text, reterr) : code;
}

/* Let it hear vectors: of a voice, or of a text. */
static enum avt_code prefill(struct avt_bound *lm, const struct avt_pocket_nets *nets, float *vectors, size_t count,
                             struct avt_error *reterr)
{
    enum avt_code code = set_heard(lm, nets, NULL, 0, vectors, count, reterr);
    return code == AVT_OK ? avt_bound_run(lm, reterr) : code;
}

/* --- voices --- */

static void hash_sound(const float *sound, size_t count, char ret_hex[AVT_SHA256_HEX_SIZE])
{
    avt_sha256_data(sound, count * sizeof(float), ret_hex);
}

static size_t heard_samples(size_t count)
{
    const size_t most = (size_t)AVT_POCKET_VOICE_SECONDS_MAX * AVT_POCKET_RATE;
    return count < most ? count : most;
}

static enum avt_code check_recording(const struct avt_pocket *pocket, const float *sound, size_t count,
                                     struct avt_error *reterr)
{
    if (!avt_pocket_can_clone(pocket))
        return avt_fail(reterr, AVT_EMODEL, "Pocket TTS cannot take on a voice: '%.200s' is missing, which only the "
                        "weights with voice cloning have (Hugging Face kyutai/pocket-tts, once its terms are accepted)",
                        pocket->nets.paths[AVT_POCKET_ENCODER]);
    if (count < SOUND_MIN || !avt_pocket_is_sound(sound, count))
        return avt_fail(reterr, AVT_ERECORDING, "a voice cannot be taken from a recording that is shorter than half a "
                        "second, or silent");
    return AVT_OK;
}

/* The model's own vector before those of a recording. */
static enum avt_code put_before(const struct avt_pocket *pocket, float **vectors, size_t *count,
                                struct avt_error *reterr)
{
    const size_t width = (size_t)pocket->nets.width;
    float *all = avt_try_new0(float, (*count + 1) * width);
    if (!all)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a recording");
    memcpy(all, pocket->bundle.bos, width * sizeof(float));
    memcpy(all + width, *vectors, *count * width * sizeof(float));
    avt_free(*vectors);
    *vectors = all;
    ++*count;
    return AVT_OK;
}

/* The recording as vectors: in whole frames, the last filled up with silence. */
static enum avt_code hear(const struct avt_pocket *pocket, const float *sound, size_t count,
                          const struct avt_cancel *cancel, float **ret_vectors, size_t *ret_frames,
                          struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) float *padded = avt_try_new0(float, count + AVT_POCKET_PAUSE + AVT_POCKET_FRAME);
    if (!padded)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a recording");
    memcpy(padded, sound, count * sizeof(float));
    size_t ended = avt_pocket_end_on_pause(padded, count), frames = (ended + AVT_POCKET_FRAME - 1) / AVT_POCKET_FRAME;
    if (ended < count)
        memset(padded + ended, 0, (count - ended) * sizeof(float));
    enum avt_code code =
        avt_pocket_hear(&pocket->nets, padded, frames * AVT_POCKET_FRAME, cancel, ret_vectors, ret_frames, reterr);
    if (code == AVT_OK && *ret_frames != frames)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' makes %zu vectors of %zu frames",
                        pocket->nets.paths[AVT_POCKET_ENCODER], *ret_frames, frames);
    return code == AVT_OK && pocket->bundle.bos ? put_before(pocket, ret_vectors, ret_frames, reterr) : code;
}

enum avt_code avt_pocket_voice_make(const struct avt_pocket *pocket, const float *sound, size_t count,
                                    const struct avt_cancel *cancel, struct avt_pocket_voice **ret_voice,
                                    struct avt_error *reterr)
{
    enum avt_code code = check_recording(pocket, sound, count, reterr);
    count = heard_samples(count);
    AVT_CLEANUP(avt_freep) float *vectors = NULL;
    size_t frames = 0;
    if (code == AVT_OK)
        code = hear(pocket, sound, count, cancel, &vectors, &frames, reterr);
    if (code != AVT_OK)
        return code;
    if (frames >= (size_t)pocket->room)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' has room for %d frames only",
                        pocket->nets.paths[AVT_POCKET_MAIN], pocket->room);
    if (avt_cancelled(cancel))
        return avt_fail(reterr, AVT_ECANCELLED, "cancelled");
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *lm = avt_bound_new(pocket->nets.sessions[AVT_POCKET_MAIN]);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = avt_new0(struct avt_pocket_voice, 1);
    code = avt_pocket_state_set(lm, &pocket->main_start, NULL, reterr);
    if (code == AVT_OK)
        code = prefill(lm, &pocket->nets, vectors, frames, reterr);
    if (code == AVT_OK)
        code = avt_pocket_state_copy(lm, &pocket->main_start, &voice->state, reterr);
    if (code != AVT_OK)
        return code;
    voice->positions = (int)frames;
    hash_sound(sound, count, voice->sound);
    *ret_voice = AVT_TAKE(voice);
    return AVT_OK;
}

enum avt_code avt_pocket_voice_save(const struct avt_pocket *pocket, const struct avt_pocket_voice *voice,
                                    const char *path, struct avt_error *reterr)
{
    struct avt_pocket_voice marked = *voice;
    enum avt_code code = avt_sha256_file(pocket->nets.paths[AVT_POCKET_MAIN], marked.model, reterr);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(AVT_POCKET_VOICE_BYTES_MAX);
    if (code == AVT_OK)
        code = avt_pocket_voice_write(&marked, &out, reterr);
    return code == AVT_OK ? avt_file_write(path, out.data, out.size, reterr) : code;
}

enum avt_code avt_pocket_voice_load(const struct avt_pocket *pocket, const char *path, const float *sound,
                                    size_t count, struct avt_pocket_voice **ret_voice, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, AVT_POCKET_VOICE_BYTES_MAX, &data, &size, reterr);
    if (code == AVT_ELIMIT)
        return avt_fail(reterr, AVT_EFORMAT, "'%.300s' is too large for a voice of Pocket TTS", path);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = NULL;
    if (code == AVT_OK)
        code = avt_pocket_voice_parse(data, size, AVT_POCKET_VOICE_BYTES_MAX, &voice, reterr);
    char hex[AVT_SHA256_HEX_SIZE];
    if (code == AVT_OK)
        code = avt_sha256_file(pocket->nets.paths[AVT_POCKET_MAIN], hex, reterr);
    if (code != AVT_OK)
        return code;
    if (memcmp(hex, voice->model, sizeof(hex)) != 0 || !avt_pocket_voice_fit(voice, &pocket->main_start))
        return avt_fail(reterr, AVT_EFORMAT, "the voice in '%.300s' is of another model", path);
    if (sound)
        hash_sound(sound, heard_samples(count), hex);
    if (sound && memcmp(hex, voice->sound, sizeof(hex)) != 0)
        return avt_fail(reterr, AVT_EFORMAT, "the voice in '%.300s' is of another recording", path);
    *ret_voice = AVT_TAKE(voice);
    return AVT_OK;
}

/* --- speaking --- */

struct speech {
    const struct avt_pocket *pocket;
    const struct avt_pocket_voice *voice;
    const struct avt_pocket_options *options;
    avt_pocket_sink sink;
    void *user;
    struct avt_rng rng;
    struct avt_pocket_spoken spoken;
    float *frames; /* [STEP_FRAMES_MAX, latents] that wait for the decoder */
    float *conditioning, *flow; /* [width], [latents] */
    struct avt_error *reterr;
};

/* One text of at most 50 tokens. */
struct chunk {
    struct avt_bound *lm, *decoder;
    size_t waiting; /* frames */
    size_t samples; /* given so far */
};

static void trace(const struct speech *s, const char *stage, const float *values, size_t count)
{
    if (s->options->trace)
        s->options->trace(stage, values, count, s->options->trace_user);
}

/* The decoder's first samples of a chunk begin with a step. */
static void fade_in(const struct chunk *chunk, float *samples, size_t count)
{
    for (size_t i = 0; i < count && chunk->samples + i < AVT_POCKET_FADE; i++)
        samples[i] *= (float)(chunk->samples + i) / (float)(AVT_POCKET_FADE - 1);
}

/* The waiting frames as sound. */
static enum avt_code decode(struct speech *s, struct chunk *chunk)
{
    const struct avt_pocket_nets *nets = &s->pocket->nets;
    struct avt_tensor latent = {"latent", AVT_DTYPE_F32, 3, {1, (int64_t)chunk->waiting, nets->latents}, s->frames};
    struct avt_tensor sound = {.name = "audio_frame"};
    enum avt_code code = avt_bound_set(chunk->decoder, &latent, s->reterr);
    if (code == AVT_OK)
        code = avt_bound_run(chunk->decoder, s->reterr);
    if (code == AVT_OK)
        code = avt_bound_get(chunk->decoder, &sound, s->reterr);
    size_t count = chunk->waiting * AVT_POCKET_FRAME;
    if (code == AVT_OK)
        code = avt_pocket_check(nets, AVT_POCKET_DECODER, &sound, 3, (int64_t)count, s->reterr);
    if (code == AVT_OK && !avt_pocket_is_sound(sound.data, count))
        code = avt_fail(s->reterr, AVT_EMODELBAD, "'%.200s' gives the same number all over: that is no sound",
                        nets->paths[AVT_POCKET_DECODER]);
    if (code == AVT_OK)
        code = avt_pocket_state_carry(chunk->decoder, &s->pocket->decoder_start, s->reterr);
    if (code != AVT_OK)
        return code;
    fade_in(chunk, sound.data, count);
    trace(s, "sound", sound.data, count);
    chunk->samples += count;
    chunk->waiting = 0;
    s->spoken.samples += count;
    return s->sink(sound.data, count, s->user, s->reterr);
}

/* Noise into a frame's latents, in place of the frame that the language model heard last. */
static enum avt_code sample(struct speech *s, float *latent)
{
    const struct avt_pocket_nets *nets = &s->pocket->nets;
    const int steps = s->options->lsd_steps > 0 ? s->options->lsd_steps : 1;
    const double spread = sqrt(s->options->temperature);
    for (int i = 0; i < nets->latents; i++)
        latent[i] = (float)(spread * avt_rng_normal(&s->rng));
    trace(s, "noise", latent, (size_t)nets->latents);
    enum avt_code code = AVT_OK;
    for (int step = 0; code == AVT_OK && step < steps; step++) {
        code = avt_pocket_flow(nets, s->conditioning, (float)step / (float)steps, (float)(step + 1) / (float)steps,
                               latent, s->flow, s->reterr);
        for (int i = 0; code == AVT_OK && i < nets->latents; i++)
            latent[i] += s->flow[i] / (float)steps;
    }
    if (code == AVT_OK)
        trace(s, "latent", latent, (size_t)nets->latents);
    return code;
}

/* One step of the language model. */
static enum avt_code next_condition(struct speech *s, struct chunk *chunk, float *last, float *ret_eos)
{
    const struct avt_pocket_nets *nets = &s->pocket->nets;
    struct avt_tensor conditioning = {.name = "conditioning"}, eos = {.name = "eos_logit"};
    enum avt_code code = set_heard(chunk->lm, nets, last, 1, NULL, 0, s->reterr);
    if (code == AVT_OK)
        code = avt_bound_run(chunk->lm, s->reterr);
    if (code == AVT_OK)
        code = avt_bound_get(chunk->lm, &conditioning, s->reterr);
    if (code == AVT_OK)
        code = avt_bound_get(chunk->lm, &eos, s->reterr);
    if (code == AVT_OK)
        code = avt_pocket_check(nets, AVT_POCKET_MAIN, &conditioning, 2, nets->width, s->reterr);
    if (code == AVT_OK)
        code = avt_pocket_check(nets, AVT_POCKET_MAIN, &eos, 2, 1, s->reterr);
    if (code == AVT_OK)
        code = avt_pocket_state_carry(chunk->lm, &s->pocket->main_start, s->reterr);
    if (code != AVT_OK)
        return code;
    memcpy(s->conditioning, conditioning.data, (size_t)nets->width * sizeof(float));
    *ret_eos = *(const float *)eos.data;
    trace(s, "conditioning", s->conditioning, (size_t)nets->width);
    return AVT_OK;
}

/* Frame after frame until the end is heard, `frames_after` of them counted from that one. */
static enum avt_code speak_frames(struct speech *s, struct chunk *chunk, int frames_max, int frames_after)
{
    const size_t latents = (size_t)s->pocket->nets.latents;
    AVT_CLEANUP(avt_freep) float *last = avt_new0(float, latents);
    for (size_t i = 0; i < latents; i++)
        last[i] = NAN; /* for the model: here it begins */
    int end = INT32_MAX;
    enum avt_code code = AVT_OK;
    for (int frame = 0; frame < frames_max; frame++) {
        if (avt_cancelled(s->options->cancel))
            return avt_fail(s->reterr, AVT_ECANCELLED, "cancelled");
        float eos = 0;
        code = next_condition(s, chunk, last, &eos);
        if (code != AVT_OK)
            return code;
        if (eos > AVT_POCKET_EOS_LOGIT && end == INT32_MAX && frame >= AVT_POCKET_EOS_FRAMES_MIN)
            end = frame + frames_after;
        if (frame >= end)
            break;
        code = sample(s, last);
        if (code != AVT_OK)
            return code;
        memcpy(s->frames + latents * chunk->waiting++, last, latents * sizeof(float));
        if (chunk->samples == 0 || chunk->waiting == STEP_FRAMES_MAX)
            code = decode(s, chunk);
        if (code != AVT_OK)
            return code;
    }
    s->spoken.cut_chunks += end == INT32_MAX;
    return chunk->waiting > 0 ? decode(s, chunk) : AVT_OK;
}

static enum avt_code want_all(const struct speech *s, struct chunk *chunk)
{
    enum avt_code code = avt_pocket_state_set(chunk->lm, &s->voice->state, s->pocket->updates, s->reterr);
    if (code == AVT_OK)
        code = avt_pocket_state_set(chunk->decoder, &s->pocket->decoder_start, NULL, s->reterr);
    if (code == AVT_OK)
        code = avt_bound_want(chunk->lm, "conditioning", s->reterr);
    if (code == AVT_OK)
        code = avt_bound_want(chunk->lm, "eos_logit", s->reterr);
    return code == AVT_OK ? avt_bound_want(chunk->decoder, "audio_frame", s->reterr) : code;
}

static enum avt_code speak_chunk(struct speech *s, const char *text)
{
    const struct avt_pocket *pocket = s->pocket;
    AVT_CLEANUP(avt_freep) char *prompt = avt_pocket_prepare(text, pocket->bundle.style);
    AVT_CLEANUP(avt_freep) int32_t *ids = NULL;
    AVT_CLEANUP(avt_freep) float *vectors = NULL;
    size_t count = 0;
    enum avt_code code = avt_spm_encode(pocket->spm, prompt, &ids, &count, s->reterr);
    if (code != AVT_OK || count == 0)
        return code;
    int left = pocket->room - s->voice->positions - (int)count, frames_max = avt_pocket_frames_max(count);
    if (left < AVT_POCKET_EOS_FRAMES_MIN)
        return avt_fail(s->reterr, AVT_ELIMIT, "the voice's recording is too long: Pocket TTS has no room left for a "
                        "text");
    frames_max = left < frames_max ? left : frames_max;
    code = avt_pocket_embed(&pocket->nets, ids, count, &vectors, s->reterr);
    if (code != AVT_OK)
        return code;
    trace(s, "text", vectors, count * (size_t)pocket->nets.width);
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *lm = avt_bound_new(pocket->nets.sessions[AVT_POCKET_MAIN]);
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *decoder = avt_bound_new(pocket->nets.sessions[AVT_POCKET_DECODER]);
    struct chunk chunk = {.lm = lm, .decoder = decoder};
    code = want_all(s, &chunk);
    if (code == AVT_OK)
        code = prefill(lm, &pocket->nets, vectors, count, s->reterr);
    if (code == AVT_OK)
        code = avt_pocket_state_carry(lm, &pocket->main_start, s->reterr);
    if (code == AVT_OK)
        code = speak_frames(s, &chunk, frames_max, avt_pocket_frames_after(prompt));
    s->spoken.chunks += code == AVT_OK;
    return code;
}

static enum avt_code speak_chunks(struct speech *s, const char *text)
{
    const struct avt_pocket_nets *nets = &s->pocket->nets;
    AVT_CLEANUP(avt_pocket_chunks_done) struct avt_pocket_chunks chunks = {0};
    enum avt_code code =
        avt_pocket_split(s->pocket->spm, text, AVT_POCKET_CHUNK_TOKENS_MAX, &chunks, s->reterr);
    AVT_CLEANUP(avt_freep) float *frames = avt_new0(float, (size_t)STEP_FRAMES_MAX * (size_t)nets->latents);
    AVT_CLEANUP(avt_freep) float *conditioning = avt_new0(float, (size_t)nets->width);
    AVT_CLEANUP(avt_freep) float *flow = avt_new0(float, (size_t)nets->latents);
    s->frames = frames;
    s->conditioning = conditioning;
    s->flow = flow;
    for (size_t i = 0; code == AVT_OK && i < chunks.count; i++)
        code = speak_chunk(s, chunks.texts[i]);
    if (code == AVT_OK && s->spoken.chunks == 0)
        return avt_fail(s->reterr, AVT_ETEXT, "there is nothing in the text that can be spoken");
    return code;
}

enum avt_code avt_pocket_speak(const struct avt_pocket *pocket, const char *text,
                               const struct avt_pocket_voice *voice, const struct avt_pocket_options *options,
                               avt_pocket_sink sink, void *user, struct avt_pocket_spoken *ret_spoken,
                               struct avt_error *reterr)
{
    avt_assert(pocket && text && voice && options && sink);
    if (!(options->temperature >= 0 && options->temperature <= 2) || options->lsd_steps < 0 ||
        options->lsd_steps > AVT_POCKET_STEPS_MAX)
        return avt_fail(reterr, AVT_EINVAL, "Pocket TTS takes a temperature of 0 to 2 and at most %d steps a frame",
                        AVT_POCKET_STEPS_MAX);
    struct speech s = {.pocket = pocket, .voice = voice, .options = options, .sink = sink, .user = user,
                       .reterr = reterr};
    avt_rng_init(&s.rng, options->seed);
    enum avt_code code = speak_chunks(&s, text);
    if (code != AVT_OK)
        return code;
    if (s.spoken.cut_chunks > 0)
        avt_debug("Pocket TTS heard no end in %d of %d pieces of the text", s.spoken.cut_chunks, s.spoken.chunks);
    if (ret_spoken)
        *ret_spoken = s.spoken;
    return AVT_OK;
}
