/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A checked pipeline request: every option resolved, everything that can be refused early refused. */
#include <stdbool.h>

#include <avatar/avatar.h>

#include "base/cleanup.h"
#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "lipsync/motion_driver.h"
#include "media/captions.h"
#include "media/film.h"
#include "nn/hardware.h"
#include "os/thread.h"
#include "pipeline/painting_choice.h"
#include "pipeline/speaking.h"
#include "voice/tts.h"

#define AVT_PLAN_FPS_MAX      120
#define AVT_PLAN_FPS_DEFAULT  25 /* of a picture */
#define AVT_PLAN_BLINK_MAX    60
#define AVT_PLAN_SIDE_MIN     64
#define AVT_PLAN_SIDE_DEFAULT 1280 /* longer side when the size is the source's */
#define AVT_PLAN_FADE_S       0.4  /* from the intro to the face and from the face to the outro */

/** How a picture gets into a film of another shape. */
enum avt_fit {
    AVT_FIT_COVER,   /* the film is filled: cut around the face */
    AVT_FIT_CONTAIN, /* all of the picture is seen: bars beside it, a blurred enlargement of it */
    AVT_FIT_FACE,    /* filled with head and shoulders */
};

/** What stands behind the person. */
enum avt_background_kind {
    AVT_BACKGROUND_KEEP, /* what stood there */
    AVT_BACKGROUND_BLUR, /* the same, out of focus */
    AVT_BACKGROUND_COLOUR,
    AVT_BACKGROUND_PICTURE,
    AVT_BACKGROUND_VIDEO,
    AVT_BACKGROUND_TRANSPARENT, /* nothing */
};
struct avt_background {
    enum avt_background_kind kind;
    uint8_t colour[3]; /* R, G, B */
    const char *path;  /* of the picture or video; borrowed */
};
/** "keep", "blur", "transparent", a colour, or the path of a file that is there.
 *  @return AVT_OK, AVT_EINVAL, AVT_ENOENT (what looks like a path leads nowhere). */
AVT_CHECKED enum avt_code avt_background_parse(const char *spec, struct avt_background *ret_background,
                                               struct avt_error *reterr);

struct avt_modelled;

struct avt_plan {
    struct avt_pipeline_options options; /* complete, whatever size the caller's struct had */
    const char *voice, *picture_name;
    char *picture;                       /* path; the default presenter's if none was given */
    bool presenter;                      /* the picture is the program's own */
    bool clip;                           /* it is a film: each of its pictures is the face's */
    struct avt_speaking_choice speaker;  /* what speaks, if not the program itself */
    char speaker_why[AVT_SPEAKING_WHY_SIZE]; /* of "auto": avt_speaking_settle(); else "" */
    struct avt_painting_choice painter;  /* what paints the mouth, if not the program itself */
    struct avt_painting_choice enhancer; /* what makes it sharper, if anything does */
    struct avt_modelled *modelled;       /* it is a picture of a modelled presenter; NULL: it is not */
    enum avt_quality quality;
    enum avt_captions captions;
    enum avt_emotion emotion;
    enum avt_fit fit;
    struct avt_background background;
    int width, height;                   /* asked for; 0 x 0: the source's */
    int fps_num, fps_den;
    int intro_frames, outro_frames;      /* 0: none */
    int fade_frames;                     /* of which so many show the face as well */
    char *captions_path;                 /* beside the output, or NULL */
    char *parts;                         /* folder of intermediates, or NULL */
    const struct avt_profile_home *home; /* borrowed; where added voices are, and whose */
    const struct avt_hardware_wish *hardware; /* borrowed */
    struct avt_user_lexicon *lexicon;    /* NULL: none */
    char *plain_text;                    /* the text without markup; "" if there is none */
};

struct avt_engines;

/** @param engines  Borrowed as long as the plan lives.
 *  @return AVT_OK, AVT_EINVAL, AVT_ETEXT, AVT_EVOICE, AVT_EOUTPUT, AVT_EMODEL. */
AVT_CHECKED enum avt_code avt_plan_make(const struct avt_pipeline_options *options,
                                        const struct avt_engines *engines,
                                        struct avt_plan *ret_plan,
                                        struct avt_error *reterr);
/** Does a network work on the pictures? */
bool avt_plan_paints(const struct avt_plan *plan);
/** What to ask of the speech engine; borrows from the plan. The words of a recording have no markup. */
struct avt_tts_request avt_plan_request(const struct avt_plan *plan,
                                        const struct avt_cancel *cancel);
/** Intro and outro together, s. */
double avt_plan_still_s(const struct avt_plan *plan);
void avt_plan_done(struct avt_plan *plan);

/** "source" (0 x 0) or "WIDTHxHEIGHT" within limits. */
AVT_CHECKED enum avt_code avt_size_parse(const char *spec, int *ret_width, int *ret_height,
                                         struct avt_error *reterr);

/** Where a picture is cut, how large the film is, and where in it what was cut is seen: all of the
 *  film but for bars. Of a film of the source's size (want_width 0) it is all of the picture, scaled
 *  down to side_max, or with AVT_FIT_FACE a part of its shape. Sizes are even. */
struct avt_frame_layout {
    double x, y, width, height; /* of the source, pixels */
    int out_width, out_height;
    int in_x, in_y, in_width, in_height; /* of the film */
};
void avt_frame_layout_make(int width, int height, const struct avt_face *face, enum avt_fit fit,
                           int want_width, int want_height, int side_max,
                           struct avt_frame_layout *ret_layout);
/** Cut and scale picture and face, to in_width x in_height. */
AVT_CHECKED enum avt_code avt_frame_layout_apply(const struct avt_frame_layout *layout,
                                           const struct avt_image *picture,
                                           const struct avt_face *face,
                                           struct avt_image **ret_picture,
                                           struct avt_face *ret_face, struct avt_error *reterr);
