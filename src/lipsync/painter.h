/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Neural networks that paint the mouth of a face which is already in the picture, as the sound says: of a clip, or of a
 * photo whose head and eyes render_photo.c moves. Engines are const tables, one file family each (painter_wav2lip.c,
 * painter_musetalk.c); their weights are brought by users (nn/weights.h). Those that enhance (painter_enhance.c) hear
 * nothing, and make a mouth sharper that is there already.
 *
 * Threads: one painter is used by one thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "nn/device.h"
#include "os/thread.h"

enum {
    AVT_PAINTER_RATE = 16000, /* Hz, of the sound that painters hear */
    AVT_PAINTER_BATCH_MAX = 64,
    AVT_ENHANCE_BATCH = 1, /* pictures at once of those that enhance */
};

/** The sound of the whole film: mono, -1..1, at AVT_PAINTER_RATE. */
struct avt_painter_sound {
    long long count; /* samples */
    /** Give exactly `count` samples from `from` on, which may lie before 0 or end beyond the sound: there it is
     *  silent. */
    enum avt_code (*read)(void *user, long long from, size_t count, float *ret_samples, struct avt_error *reterr);
    void *user;
};

struct avt_painter_weights {
    const char *folder;
    enum avt_device device;
    long long gpu_bytes_max; /* of its arena there; 0: as much as there is */
};

/** Pictures of a film, counted by those that enhance. */
struct avt_painter_tally {
    long long painted;
    long long too_large; /* left as they were: the face has more pixels than the network makes */
};

/** A film to paint in. All is borrowed until end(). */
struct avt_painter_film {
    int fps_num, fps_den; /* frames a second, as they are: never rounded */
    int batch;            /* pictures at once, at most: 1..AVT_PAINTER_BATCH_MAX */
    const char *cache;    /* folder in which a file may be kept for the next film of the same face; NULL: none */
    const char *cache_key; /* file name in it: of the face's content and size, without the engine's name */
    const struct avt_painter_sound *sound; /* NULL for those that enhance */
    struct avt_painter_tally *tally;       /* NULL: not wanted */
    const struct avt_cancel *cancel; /* NULL: none */
};

/** One picture to paint on. All are borrowed for the call. */
struct avt_painter_view {
    struct avt_image *image;     /* changed in place, around the mouth only */
    const struct avt_face *face; /* in pixels of `image`; NULL: none, the picture passes through */
    long long frame;             /* of the film, from 0: its moment */
    long long picture;           /* its number in the clip: what has the same looks the same; -1: it has none */
    float strength;              /* 0..1: how much of the painting is laid over; 0: passes through */
};

struct avt_painter_engine {
    const char *name;    /* "wav2lip": of --lipsync, and of the weights */
    const char *version; /* that results name: "wav2lip 1" */
    /** Load what has weights. @return AVT_OK, AVT_EMODEL (a file is missing), AVT_EMODELBAD, AVT_EUNSUPPORTED (the
     *  device), AVT_ENOMEM. */
    enum avt_code (*open)(const struct avt_painter_weights *weights, void **ret_state, struct avt_error *reterr);
    void (*close)(void *state);
    /** Begin a film: listen to its sound. There is one at a time, which end() ends, also if this fails.
     *  @return AVT_OK, what the sound's read() gives, AVT_ECANCELLED, AVT_EMODELBAD, AVT_ENOMEM. */
    enum avt_code (*begin)(void *state, const struct avt_painter_film *film, struct avt_error *reterr);
    /** Paint `count` pictures, at most the batch; frames in rising order over all calls. If it fails none of them has
     *  been changed, and it may be called again with fewer.
     *  @return AVT_OK, AVT_ECANCELLED, AVT_EMODELBAD (numbers that are no picture), AVT_ENOMEM. */
    enum avt_code (*paint)(void *state, const struct avt_painter_view *views, size_t count, struct avt_error *reterr);
    /** Does nothing without a film. */
    void (*end)(void *state);
};

extern const struct avt_painter_engine avt_painter_wav2lip;
extern const struct avt_painter_engine avt_painter_musetalk;
/* Enhancers: they take AVT_ENHANCE_BATCH pictures at once. */
extern const struct avt_painter_engine avt_painter_restore;
extern const struct avt_painter_engine avt_painter_upscale;
