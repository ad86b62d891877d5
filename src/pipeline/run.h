/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of one pipeline run: what its threads share. See pipeline.h for who does what. */
#include <stdio.h>

#include "base/file.h"
#include "dsp/watermark.h"
#include "lipsync/motion_driver.h"
#include "lipsync/renderer.h"
#include "media/music.h"
#include "nn/hardware.h"
#include "pipeline/background.h"
#include "pipeline/estimate.h"
#include "pipeline/face_clip.h"
#include "pipeline/pipeline.h"
#include "pipeline/modelled.h"
#include "pipeline/painting.h"
#include "pipeline/plan.h"
#include "pipeline/stills.h"

enum {
    AVT_RUN_CHUNKS = 3,     /* sentences that speech may be ahead */
    AVT_RUN_FRAMES = 6,     /* finished frames that wait for the encoder */
    AVT_RUN_ENCODE_ITEMS = 12,
};

/** What goes to the encoder: a frame (returned to the pool after) or sound. */
struct avt_encode_item {
    struct avt_image *frame; /* owned by the run's pool */
    struct avt_audio *audio; /* owned by the item */
    size_t silence;          /* instead of both: samples of it */
};

struct avt_run {
    const struct avt_engines *engines;
    const struct avt_plan *plan;
    const struct avt_cancel *outer; /* the caller's */
    struct avt_cancel stop;         /* set on the first error or cancel; polled by every stage */
    double started;

    /* set before the threads start, then read only */
    struct avt_renderer *renderer;   /* of a picture; NULL: the face is a clip, or modelled */
    struct avt_portrait *portrait;   /* of a modelled presenter */
    struct avt_face_clip *clip;
    struct avt_clip_renderer *clip_renderer; /* NULL where a network paints */
    struct avt_painting *painting; /* the lip-sync thread's; NULL: no network works on the pictures */
    struct avt_film *film;
    struct avt_film *sound; /* speech.wav among the intermediates, or NULL */
    struct avt_music *music; /* borrowed; NULL: none */
    struct avt_hardware hardware;  /* with a painter or an enhancer */
    int width, height;
    struct avt_image *backdrop; /* what the bars are parts of, and what stands behind a person; NULL: neither */
    bool over;                  /* the person is laid over it by its alpha; else it is seen in bars alone */
    struct avt_image *inside;   /* with bars: what is drawn between them, before it goes into the frame */
    int inside_x, inside_y;
    const struct avt_image *behind; /* a picture that is to stand behind the person, borrowed; NULL: none */
    struct avt_background_video *video; /* the same, moving: drawn into `backdrop` for each frame; borrowed */
    const struct avt_image *logo; /* the watermark as it was given, borrowed; NULL: none */
    struct avt_watermark *watermark;
    struct avt_stills *stills; /* borrowed; frames of the film once the face is known */
    bool spool; /* speech is finished first and waits on disk (burnt captions, low memory, a network that works on the
                 * pictures) */

    struct avt_queue *chunks; /* struct avt_speech_chunk */
    struct avt_queue *items;  /* struct avt_encode_item */
    struct avt_queue *pool;   /* struct avt_image, free frames */

    /* the speech thread's, then (joined or chunk handed over) the lip-sync thread's */
    struct avt_timeline *timeline;
    FILE *spool_file;

    char warning[512]; /* the lip-sync thread's: what the result is to tell */
    char speech_warning[AVT_SPEAKING_WARNING_SIZE]; /* the same of the speech thread's, read when it is over */

    double told_fraction; /* the reporting thread's: the most that was told */

    struct avt_mutex *lock;
    /* guarded by lock */
    enum avt_code code;
    struct avt_error error;
    int failed_stage;
    unsigned completed; /* bit per stage */
    double stage_s[AVT_STAGE_COUNT];
    size_t stage_peak[AVT_STAGE_COUNT]; /* bytes of memory, at most, while it was at work */
    uint64_t gpu_peak;                  /* bytes of the GPU, if it is used */
    double speech_fraction; /* of the text */
    double speech_known_s;  /* sound made so far */
    long long frames_made, frames_encoded;
    bool drawing; /* the threads of frames and film have been started */
    bool speech_done, frames_done, encode_done, voice_ready;
};

/** Note the first error and stop everything. */
void avt_run_fail(struct avt_run *run, enum avt_stage stage, enum avt_code code,
                  const struct avt_error *error);
void avt_run_add_time(struct avt_run *run, enum avt_stage stage, double seconds);
void avt_run_complete(struct avt_run *run, enum avt_stage stage);

/* Thread bodies; user is the struct avt_run. */
void avt_run_speech(void *user);
void avt_run_frames(void *user);
void avt_run_encode(void *user);

/** How long the intro is seen before the speech begins; 0: there is none. */
double avt_run_intro_s(const struct avt_plan *plan);
/** Silence in the timeline from its end to `end_s`. False at the limit. */
bool avt_run_pause(struct avt_run *run, double end_s);

/** Next chunk in order, from the speech thread or the spool. False at the end or when stopped. */
bool avt_run_next_chunk(struct avt_run *run, struct avt_speech_chunk **ret_chunk);
/** Read a recording and its timeline as one chunk. */
AVT_CHECKED enum avt_code avt_run_recorded(struct avt_run *run, struct avt_speech_chunk **ret_chunk,
                                           struct avt_error *reterr);
