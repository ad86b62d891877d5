/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Visemes: which mouth shape a phoneme asks for, on channels that are left-right symmetric, and how
 * strongly it insists on each. Fifteen shapes after the Oculus set with the amendments of
 * docs/lipsync.md: ʃ ʒ tʃ dʒ are lip-heavy (CH), diphthongs move through two shapes (60 % / 40 %,
 * as Rhubarb Lip Sync times them), h and ʔ take the shape of their neighbours.
 */
#include <stddef.h>

enum avt_viseme {
    AVT_VISEME_SIL,
    AVT_VISEME_PP, /* p b m: the lips close */
    AVT_VISEME_FF, /* f v: lower lip to upper teeth */
    AVT_VISEME_TH,
    AVT_VISEME_DD,
    AVT_VISEME_KK,
    AVT_VISEME_CH,
    AVT_VISEME_SS,
    AVT_VISEME_NN, /* n l */
    AVT_VISEME_RR,
    AVT_VISEME_AA,
    AVT_VISEME_AE, /* between aa and E */
    AVT_VISEME_AH, /* ʌ */
    AVT_VISEME_UH, /* ə */
    AVT_VISEME_E,
    AVT_VISEME_I,
    AVT_VISEME_O,
    AVT_VISEME_U,
    AVT_VISEME_W,    /* as U, lips tighter */
    AVT_VISEME_NONE, /* h ʔ: nothing of its own */
    AVT_VISEME_COUNT,
};

/** Channels of the mouth, 0..1 each; motion_timeline.c maps them to ARKit weights. */
enum avt_mouth_channel {
    AVT_MOUTH_JAW,    /* jawOpen */
    AVT_MOUTH_WIDE,   /* lip corners apart */
    AVT_MOUTH_ROUND,  /* mouthPucker */
    AVT_MOUTH_FUNNELED, /* mouthFunnel: lips forward and apart */
    AVT_MOUTH_UPPER,  /* upper lip lifted */
    AVT_MOUTH_LOWER,  /* lower lip drawn down */
    AVT_MOUTH_TONGUE, /* tip up */
    AVT_MOUTH_TONGUE_OUT,
    AVT_MOUTH_CHANNELS,
};

struct avt_viseme_shape {
    float target[AVT_MOUTH_CHANNELS]; /* 0..1 */
    float weight[AVT_MOUTH_CHANNELS]; /* dominance, 0 = does not care */
    float lead_s, lag_s;              /* how early the lips start and how late they leave */
};
const struct avt_viseme_shape *avt_viseme_shape(enum avt_viseme viseme);

/** Visemes of one IPA phoneme ("tʃ", "aɪ", "ˈʌ", "" = silence), one or two in order. Stress and
 *  length marks are ignored; an unknown symbol is AVT_VISEME_UH. Returns the count. */
size_t avt_visemes_of(const char *ipa, enum avt_viseme ret_visemes[2]);
