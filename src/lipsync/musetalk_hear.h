/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What MuseTalk hears at each frame: hidden states of Whisper's encoder, 50 a second.
 *
 * The sound is cut into segments of 30 s, the last one filled up with silence, and each is encoded by itself, when a
 * frame first asks for it. A segment's input is Whisper's log-mel spectrum (dsp/mel.h), raised to 8 below its loudest
 * value, then (x + 4) / 4. States after the sound's end, floor(50 * duration) of them, and before its start are zero.
 *
 * A frame hears 10 states: from 4 before its start to 6 after it, 80 ms back and 120 ms on, as the network was trained
 * at 25 frames a second, where frame i hears [2 i - 4, 2 i + 6). At other rates the start is floor(50 i / fps), the
 * rate taken as the fraction it is. (The published code rounds the rate down to a whole number, so that films of
 * 29.97 frames a second drift, and begins its window 6 states before a frame below 25 frames a second and 2 before it
 * from 50 on: there the mouth would be 40 ms off.)
 *
 * The window is flattened by time, then by layer, and to row p is added the sinusoidal position p: sin(p w) in even
 * columns 2 k, cos(p w) in odd ones 2 k + 1, w = 10000^(-2 k / width).
 *
 * Memory: two segments, each 1500 * 5 * width floats: 23 MB for both.
 * Threads: one ear is used by one thread at a time.
 */
#include "lipsync/musetalk_model.h"
#include "lipsync/painter.h"

enum {
    AVT_MUSETALK_STEP_RATE = 50,
    AVT_MUSETALK_STEPS_BEFORE = 4,
    AVT_MUSETALK_SEGMENT_SAMPLES = 30 * AVT_PAINTER_RATE,
};

/** The first state that `frame` (from 0) hears; negative before the sound. */
long long avt_musetalk_first_step(long long frame, int fps_num, int fps_den);

/** Whisper's scaling and layout of a log-mel spectrum of [3000, 80] into [80, 3000]. */
void avt_musetalk_scale_mel(const float *mel, float *ret_mel);

struct avt_musetalk_ear;
/** @param model  Borrowed, as the sound is, until the ear is freed.  Owned by the caller. */
struct avt_musetalk_ear *avt_musetalk_ear_new(const struct avt_musetalk_model *model,
                                              const struct avt_painter_sound *sound, int fps_num, int fps_den);
void avt_musetalk_ear_free(struct avt_musetalk_ear *ear);
AVT_DEFINE_FREEP(struct avt_musetalk_ear, avt_musetalk_ear_free)

/** What `frame` hears, [50, width]. Frames in rising order encode each segment once.
 *  @return AVT_OK, what sound->read() gives, AVT_ECANCELLED, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_musetalk_ear_listen(struct avt_musetalk_ear *ear, long long frame,
                                                  const struct avt_cancel *cancel, float *ret_prompts,
                                                  struct avt_error *reterr);
/** How often a segment was encoded: for tests. */
int avt_musetalk_ear_encoded(const struct avt_musetalk_ear *ear);
