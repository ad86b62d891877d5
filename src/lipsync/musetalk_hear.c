/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/musetalk_hear.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/mel.h"

enum { SEGMENTS = 2, FRAMES = AVT_MUSETALK_SEGMENT_SAMPLES / AVT_MEL_HOP };

struct avt_musetalk_ear {
    const struct avt_musetalk_model *model;
    const struct avt_painter_sound *sound;
    int fps_num, fps_den;
    int width;
    long long steps;   /* of the sound */
    float *positions;  /* [50, width] */
    struct {
        long long index; /* of the segment; -1: none */
        float *states;   /* [1500, 5, width] */
    } segments[SEGMENTS]; /* an even and an odd one: a window spans two neighbours at most */
    int encoded;
};

static long long floor_div(long long a, long long b)
{
    return a / b - (a % b < 0);
}

long long avt_musetalk_first_step(long long frame, int fps_num, int fps_den)
{
    return floor_div(frame * fps_den * AVT_MUSETALK_STEP_RATE, fps_num) - AVT_MUSETALK_STEPS_BEFORE;
}

void avt_musetalk_scale_mel(const float *mel, float *ret_mel)
{
    float loudest = mel[0];
    for (size_t i = 1; i < AVT_MUSETALK_MEL; i++)
        loudest = fmaxf(loudest, mel[i]);
    for (size_t frame = 0; frame < FRAMES; frame++) {
        for (size_t band = 0; band < AVT_MEL_BANDS; band++)
            ret_mel[band * FRAMES + frame] = (fmaxf(mel[frame * AVT_MEL_BANDS + band], loudest - 8) + 4) / 4;
    }
}

static void make_positions(float *positions, int width)
{
    for (int row = 0; row < AVT_MUSETALK_PROMPTS; row++) {
        for (int column = 0; column < width; column++) {
            double angle = row * pow(10000, -(double)(column & ~1) / width);
            positions[row * width + column] = (float)(column & 1 ? cos(angle) : sin(angle));
        }
    }
}

struct avt_musetalk_ear *avt_musetalk_ear_new(const struct avt_musetalk_model *model,
                                              const struct avt_painter_sound *sound, int fps_num, int fps_den)
{
    avt_assert(fps_num > 0 && fps_den > 0 && sound->count >= 0);
    struct avt_musetalk_ear *ear = avt_new0(struct avt_musetalk_ear, 1);
    *ear = (struct avt_musetalk_ear){.model = model, .sound = sound, .fps_num = fps_num, .fps_den = fps_den,
                                     .width = avt_musetalk_model_width(model),
                                     .steps = sound->count / (AVT_PAINTER_RATE / AVT_MUSETALK_STEP_RATE),
                                     .segments = {{.index = -1}, {.index = -1}}};
    ear->positions = avt_new0(float, (size_t)AVT_MUSETALK_PROMPTS * (size_t)ear->width);
    make_positions(ear->positions, ear->width);
    return ear;
}

void avt_musetalk_ear_free(struct avt_musetalk_ear *ear)
{
    if (!ear)
        return;
    for (int i = 0; i < SEGMENTS; i++)
        avt_free(ear->segments[i].states);
    avt_free(ear->positions);
    avt_free(ear);
}

int avt_musetalk_ear_encoded(const struct avt_musetalk_ear *ear)
{
    return ear->encoded;
}

static enum avt_code encode(struct avt_musetalk_ear *ear, long long index, const struct avt_cancel *cancel,
                            float *ret_states, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) float *samples = avt_try_new0(float, AVT_MUSETALK_SEGMENT_SAMPLES);
    AVT_CLEANUP(avt_freep) float *scaled = avt_try_new0(float, AVT_MUSETALK_MEL);
    if (!samples || !scaled)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to listen to the sound");
    enum avt_code code = ear->sound->read(ear->sound->user, index * AVT_MUSETALK_SEGMENT_SAMPLES,
                                          AVT_MUSETALK_SEGMENT_SAMPLES, samples, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_audio audio = {.samples = samples, .count = AVT_MUSETALK_SEGMENT_SAMPLES, .rate = AVT_MEL_RATE};
    AVT_CLEANUP(avt_mel_done) struct avt_mel mel = {0};
    code = avt_mel_compute(&audio, &mel, reterr);
    if (code != AVT_OK)
        return code;
    avt_assert(mel.frames == FRAMES);
    avt_musetalk_scale_mel(mel.values, scaled);
    ear->encoded++;
    return avt_musetalk_hear(ear->model, scaled, cancel, ret_states, reterr);
}

/* The states of segment `index`, kept until another of its parity is asked for. */
static enum avt_code states_of(struct avt_musetalk_ear *ear, long long index, const struct avt_cancel *cancel,
                               const float **ret_states, struct avt_error *reterr)
{
    size_t slot = (size_t)(index % SEGMENTS);
    if (ear->segments[slot].index != index) {
        if (!ear->segments[slot].states)
            ear->segments[slot].states = avt_try_new0(float, (size_t)AVT_MUSETALK_STEPS * AVT_MUSETALK_LAYERS *
                                                                 (size_t)ear->width);
        if (!ear->segments[slot].states)
            return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to listen to the sound");
        ear->segments[slot].index = -1;
        enum avt_code code = encode(ear, index, cancel, ear->segments[slot].states, reterr);
        if (code != AVT_OK)
            return code;
        ear->segments[slot].index = index;
    }
    *ret_states = ear->segments[slot].states;
    return AVT_OK;
}

enum avt_code avt_musetalk_ear_listen(struct avt_musetalk_ear *ear, long long frame, const struct avt_cancel *cancel,
                                      float *ret_prompts, struct avt_error *reterr)
{
    avt_assert(frame >= 0);
    long long first = avt_musetalk_first_step(frame, ear->fps_num, ear->fps_den);
    size_t floats = (size_t)AVT_MUSETALK_LAYERS * (size_t)ear->width; /* of one step */
    memcpy(ret_prompts, ear->positions, AVT_MUSETALK_WINDOW * floats * sizeof(float));
    for (int i = 0; i < AVT_MUSETALK_WINDOW; i++) {
        long long step = first + i;
        if (step < 0 || step >= ear->steps)
            continue;
        const float *states = NULL;
        enum avt_code code = states_of(ear, step / AVT_MUSETALK_STEPS, cancel, &states, reterr);
        if (code != AVT_OK)
            return code;
        const float *from = states + (size_t)(step % AVT_MUSETALK_STEPS) * floats;
        for (size_t k = 0; k < floats; k++)
            ret_prompts[(size_t)i * floats + k] += from[k];
    }
    return AVT_OK;
}
