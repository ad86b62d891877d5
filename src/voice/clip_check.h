/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Whether recordings will do as the model of a voice, and their cleaning. What is measured: seconds
 * of speech (voice/vad.h), the distance of speech from what is steady around it, clipping, music,
 * and whether more than one person speaks. A verdict is a refusal, which no option overrides, or
 * warnings; both carry the numbers.
 *
 * What the measures are worth: music is told by partials that stand still, so a drum solo or a
 * singer alone pass; two people who sound alike pass as one. docs/voices.md has what they were tried
 * on.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"
#include "voice/pitch.h"
#include "voice/ge2e.h"

enum {
    AVT_CLIPS_MAX = 16,         /* recordings of one voice */
    AVT_CLIP_SECONDS_MAX = 600, /* of all recordings together */
    AVT_CLIP_WARNINGS_MAX = 6,
    AVT_CLIP_TEXT_MAX = 256,
    AVT_CLIP_RATE = 24000, /* Hz, of the cleaned sound */
};
/** Speech that must be left of all recordings, and that a good likeness wants. */
#define AVT_CLIP_SPEECH_MIN_S  3.0
#define AVT_CLIP_SPEECH_GOOD_S 10.0

struct avt_clip_report {
    double seconds;      /* of sound */
    double speech_s;     /* of speech in it */
    double snr_db;       /* speech over what is steady, at most 60 */
    double level_db;     /* of the speech, dBFS */
    double clipped;      /* 0..1: part of the samples that stand at the peak */
    double music;        /* 0..1: part of the partials that stand still */
    double other_voice;  /* 0..1: part of the windows that sound like somebody else */
    double voices_apart; /* similarity of the two voices; 1 if there is one */
    double bandwidth_hz; /* above it there is nothing */
    bool usable;
    char refusal[AVT_CLIP_TEXT_MAX]; /* "" or one sentence */
    char warnings[AVT_CLIP_WARNINGS_MAX][AVT_CLIP_TEXT_MAX];
    size_t warning_count;
};

/** A recording that is decoded, at its own rate: what clipping and bandwidth are seen in. */
struct avt_clip {
    const char *name;        /* for messages; borrowed */
    struct avt_audio *audio; /* borrowed */
};

/** What is left after cleaning. */
struct avt_clip_speech {
    struct avt_audio *wide;   /* 24 kHz: high-passed, at -30 dBFS (RMS), silence cut out */
    struct avt_audio *narrow; /* the same at 16 kHz, at most two minutes of it: for the encoder */
    struct avt_pitch pitch;   /* of `wide` */
    struct avt_embedding voice;
};
void avt_clip_speech_done(struct avt_clip_speech *speech);

/** Measure, judge and clean `count` (1 to AVT_CLIPS_MAX) recordings of one voice.
 *  @param ret_report  Filled as far as things went, also on refusal.
 *  @param ret_speech  Set only if the report says usable; owned: avt_clip_speech_done().
 *  @return AVT_OK, also if they will not do (look at the report), AVT_ELIMIT, AVT_ENOMEM,
 * AVT_EMODEL, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_clip_check(const struct avt_ge2e *encoder,
                                         const struct avt_clip *clips, size_t count,
                                         struct avt_clip_report *ret_report,
                                         struct avt_clip_speech *ret_speech,
                                         struct avt_error *reterr);
