/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is known beforehand about Kokoro's space of voices, from models/clone-kokoro.bin
 * (tools/train_clone.py): its principal components, and how samples of it sound to the speaker
 * encoder.
 *
 * A point of the space is avt_clone_model.dims coordinates, first those of the packs' first half
 * (timbre: what the decoder is given), then those of the second (prosody: durations, pitch,
 * energy); 1 is one standard deviation of the published packs, and they lie at a mean square of
 * about 1. Components span all rows of a pack, so every point is a whole pack: mean pack + sum of
 * coordinate x component. Components are kept as weights of the packs themselves, which is all that
 * a blend needs.
 *
 * File, little-endian: "AVTCLN2\n"; u32 packs, timbre dims, prosody dims, samples, sentences, 0;
 * f32 kernel length, rbf, linear, sentence, noise, 0 (voice/clone_gp.h, as parts of the variance);
 * packs x 32 bytes ids; f32 weights [dims, packs]; then per sample f32 coordinates [dims], f32
 * pitch (semitones re 100 Hz), i16 pack it is (-1: a blend), u16 sentence, u16 direction [256] in
 * units of 1 / 65535.
 *
 * Threads: immutable once open.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "voice/ge2e.h"

enum {
    AVT_CLONE_DIMS_MAX = 40,
    AVT_CLONE_PACKS_MAX = 128,
    AVT_CLONE_SAMPLES_MAX = 4096,
    AVT_CLONE_SENTENCES_MAX = 16,
    AVT_CLONE_ID_SIZE = 32,
    AVT_CLONE_BYTES_MAX = 8 << 20,
};

struct avt_clone_sample {
    float coords[AVT_CLONE_DIMS_MAX];
    double pitch_st;
    int pack;     /* index of the published voice that it is, -1 for a blend */
    int sentence; /* what it said */
    struct avt_embedding voice;
};

struct avt_clone_kernel {
    double length, rbf, linear, sentence, noise;
};

struct avt_clone_model {
    size_t pack_count, dims, timbre_dims, sentence_count;
    char (*pack_ids)[AVT_CLONE_ID_SIZE]; /* [pack_count] "af_heart" */
    float *weights;                      /* [dims, pack_count] */
    struct avt_clone_kernel kernel;
    struct avt_clone_sample *samples; /* [sample_count] */
    size_t sample_count;
};

/** The installed one. @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD. Owned: avt_clone_model_free(). */
AVT_CHECKED enum avt_code avt_clone_model_open(struct avt_clone_model **ret_model,
                                               struct avt_error *reterr);
/** From bytes that may be anything. @return AVT_OK, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_clone_model_parse(const uint8_t *data, size_t size,
                                                struct avt_clone_model **ret_model,
                                                struct avt_error *reterr);
void avt_clone_model_free(struct avt_clone_model *model);
AVT_DEFINE_FREEP(struct avt_clone_model, avt_clone_model_free)

/** How much of each pack a point is made of: for the halves `half` 0 (timbre) and 1 (prosody); each
 * sums to 1, single ones may be negative. @param ret_parts  [pack_count] */
void avt_clone_model_parts(const struct avt_clone_model *model, const float *coords, int half,
                           float *ret_parts);
/** Coordinates of a published voice, as near as the components come. @param ret_coords  [dims] */
void avt_clone_model_coords(const struct avt_clone_model *model, size_t pack, float *ret_coords);
