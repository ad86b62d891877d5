/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How fast this machine is, from what earlier work measured: a small JSON file in the storage,
 * updated after every film, speech and so on. Before the first, built-in figures of a 2-core
 * machine.
 *
 * Threads and processes: the file is replaced whole. Two that learn at the same time may lose one
 * of the two measurements, which does no harm to a mean.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum {
    AVT_RATES_STAGES = 6,
    AVT_RATES_QUALITIES = 4
}; /* as AVT_STAGE_COUNT; low medium high ultra */

enum { AVT_RATES_ENGINES_MAX = 32, AVT_RATES_NAME_SIZE = 64 };

#define AVT_FILM_STILL_S 2.5 /* that an intro is shown, and an outro */

/** An engine that the user brought, by the name that --tts, --lipsync or --enhance has, without what is behind it. */
struct avt_rates_engine {
    char name[AVT_RATES_NAME_SIZE];
    double speech_rtf; /* busy seconds per second of speech; 0: not measured */
    double picture_s;  /* busy seconds per picture; 0: not measured */
};

struct avt_rates {
    int runs;                                  /* films measured */
    double chars_per_s;                        /* of speech at speed 1 */
    double startup_s;                          /* loading models and the face */
    double speech_rtf;                         /* busy seconds per second of speech */
    double lipsync_mpix_s;                     /* busy seconds per million pixels */
    double clip_mpix_s;                        /* the same where the face is a clip, which is decoded and followed */
    double encode_mpix_s[AVT_RATES_QUALITIES]; /* the same, per quality */
    double overlap; /* wall seconds per busy second while the stages overlap */
    double memory_mb;
    double film_mpix_bytes[AVT_RATES_QUALITIES]; /* of an .mp4 film's picture, per million pixels */
    double detect_s;         /* finding the faces of a picture */
    double transcode_mpix_s; /* decoding and encoding anew, per million pixels of output */
    struct avt_rates_engine engines[AVT_RATES_ENGINES_MAX]; /* [engine_count] */
    size_t engine_count;
};

/** As measured, or of an engine's own name (pocket, wav2lip ...) a built-in figure; zeros: nothing is known. `spec` is
 *  what --tts, --lipsync or --enhance says; NULL, "builtin" and "none": zeros. */
struct avt_rates_engine avt_rates_engine(const struct avt_rates *rates, const char *spec);
/** Blend in what was measured of one: 0 for what was not. When there are too many the first is forgotten. */
void avt_rates_engine_learn(struct avt_rates *rates, const char *spec, double speech_rtf, double picture_s);

/** Built-in figures if there is no file, or it is broken. */
void avt_rates_load(const char *storage, struct avt_rates *ret_rates);
/** Write the file; failures are only logged: no work is lost for the sake of a statistic. */
void avt_rates_save(const char *storage, const struct avt_rates *rates);
/** Move `rate` towards what was measured by `share` (0..1); anything beyond low..high is no
 * measurement. */
void avt_rates_blend(double *rate, double measured, double share, double low, double high);

/** Expected seconds of film for `chars` characters. */
double avt_rates_duration(const struct avt_rates *rates, size_t chars, double speed);

struct avt_rates_film {
    double duration_s, fps;
    double still_s; /* of the duration: pictures that stand still, without a face and without speech */
    int width, height;
    int quality;   /* 0..3 */
    bool recorded; /* the speech is there already */
    bool clip;     /* the face is a clip */
    double speech_rtf, picture_s; /* of engines that the user brought; 0: the program's own */
};
/** Frames of that film, busy seconds per stage (voice speech face lipsync encode cleanup) and
 * seconds of wall clock. */
void avt_rates_film(const struct avt_rates *rates, const struct avt_rates_film *film,
                    long long *ret_frames, double ret_stage_s[AVT_RATES_STAGES],
                    double *ret_total_s);
