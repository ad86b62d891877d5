/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The params of each job type, read from JSON with every value checked: the same reading for the
 * command line, the API and the worker. Whether a voice, a language or a file exists is not known
 * here; the worker finds out. docs/api.md has the fields.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "store/job.h"

enum {
    AVT_PARAMS_TEXT_BYTES_MAX = 200 * 1000, /* what the speech engine takes: about 4 hours */
    AVT_PARAMS_SHORT_TEXT_MAX = 500,        /* characters; speech of less is short work */
    AVT_PARAMS_STREAM_TEXT_MAX = 4096,      /* the same, up to this, where somebody listens meanwhile */
    AVT_PARAMS_TIMELINE_BYTES_MAX = 2 << 20,
    AVT_PARAMS_FACE_MAX = 16,
    AVT_PARAMS_FPS_MIN = 5,
    AVT_PARAMS_FPS_MAX = 60,
    AVT_PARAMS_BLINK_USUAL = 16, /* a minute, as AVT_BLINK_USUAL */
    AVT_PARAMS_BLINK_MAX = 60,
    AVT_PARAMS_SIDE_MIN = 64,
    AVT_PARAMS_SIDE_MAX = 3840,
    AVT_PARAMS_ID_SIZE = 32,
    AVT_PARAMS_CLIPS_MAX = 16,
    AVT_PARAMS_POINTS_MAX = 2000,
    /* Bytes, as profile/profile.h has room for. */
    AVT_PARAMS_NAME_MAX = 64,
    AVT_PARAMS_STATEMENT_MAX = 512,
    AVT_PARAMS_PERSON_MAX = 128,
    AVT_PARAMS_VOICE_MAX = 200,
    /* Of a modelled presenter, as the library has them. */
    AVT_PARAMS_PROMPT_BYTES_MAX = 4000,
    AVT_PARAMS_ATTRIBUTES_BYTES_MAX = 64 << 10,
    AVT_PARAMS_PRESENTER_SIDE_MAX = 2048,
    AVT_PARAMS_VARIATIONS_MAX = 16,
    /* Of one by Stable Diffusion. */
    AVT_PARAMS_DIFFUSED_SIDE_MAX = 1024,
    AVT_PARAMS_DIFFUSED_SIDE_STEP = 8,
    AVT_PARAMS_MODEL_SIZE = 64,
};

/** What an id in params names. */
enum avt_ref_kind {
    AVT_REF_NONE,   /* not given */
    AVT_REF_UPLOAD, /* up-0123456789abcdef */
    AVT_REF_AVATAR, /* ap-01234567 */
    AVT_REF_JOB,    /* job-20240115120000-abc12345: its result */
};
struct avt_ref {
    enum avt_ref_kind kind;
    char id[AVT_PARAMS_ID_SIZE];
};

/** voice_clone: whose voice, and how much work is put into it. */
struct avt_job_clone {
    const char *name, *consent;
    const char *consent_by; /* NULL: not said */
    struct avt_ref clips[AVT_PARAMS_CLIPS_MAX];
    size_t clip_count;
    struct avt_ref consent_audio;
    const char *effort; /* fast default best */
    int points;         /* 0: what the effort says */
    bool keep_reference;
};

/** avatar_generate: who is modelled. */
struct avt_job_generate {
    const char *prompt;       /* NULL: attributes alone say who it is; never of sd */
    const json_t *attributes; /* object, which counts more than the prompt; NULL: none */
    const char *look;         /* real toon; NULL: what the prompt asks for */
    uint64_t seed;            /* 0: one at random */
    const char *size;         /* "1024x1024", even sides; of sd multiples of 8, NULL: as the model was trained */
    int variations;           /* 1: one person; more: a sheet */
    bool is_diffused;         /* by the engine sd, without attributes, look and variations */
    const char *model;        /* of sd: the name of an imported one, never a path; NULL: the only one */
    const char *name;         /* of the avatar profile that the person becomes; NULL: of none */
};

struct avt_job_config {
    const char *quality;  /* low medium high ultra */
    const char *size;     /* "source" or "1280x720", even sides */
    const char *fit;      /* cover contain face */
    int fps_num, fps_den; /* 0: 25, or for video_encode as the source */
    double speed;         /* 0.5..2, of speech alone 0.25..4 */
    uint64_t seed;        /* of blinks and sway */
    double head_motion, expressiveness; /* 0..1 */
    const char *emotion;  /* neutral happy sad serious surprised */
    const char *tts;      /* builtin, pocket, or the name of an imported model */
    const char *lipsync;  /* builtin, an engine, or the name of an imported model */
    const char *enhance;  /* none, or the same with ":STRENGTH" behind it */
    int blink;            /* a minute, 1..60; 0: never */
    const char *format;   /* film: mp4 webm mov gif; sound: wav flac mp3 opus m4a aac pcm */
};

/** Strings are borrowed from the JSON. What a type does not have stays at its default. */
struct avt_job_params {
    enum avt_job_type type;
    const char *text; /* UTF-8; NULL: none */
    const char *voice;     /* a built-in voice ("af_heart"), a profile ("vp-0a1b2c3d") or a blend of
                              them ("af_heart*0.7+vp-0a1b2c3d*0.3"); NULL: default */
    const char *language;  /* NULL: the voice's own */
    const char *captions;  /* none srt vtt burn */
    struct avt_ref avatar; /* none: the default presenter */
    struct avt_ref audio;  /* lipsync */
    struct avt_ref music;  /* under the speech; none: none */
    struct avt_ref watermark; /* in the corner; none: none */
    struct avt_ref intro, outro; /* pictures before and after the talking; none: none */
    const char *background;   /* keep blur transparent, or a colour; NULL with a picture: */
    struct avt_ref behind;    /* the picture that stands behind the person; none: none */
    struct avt_ref image;  /* face_detect */
    struct avt_ref input;  /* video_encode, video_info */
    int face;              /* 1..16; 0: the largest central one */
    bool stream;           /* voice_synthesis: the file grows while it is spoken; not m4a */
    bool annotate;         /* face_detect: draw the findings into a PNG */
    bool thumbnail; /* face_detect: make a small PNG of the picture; a face is not required */
    const json_t *timeline; /* lipsync: object, or NULL */
    struct avt_job_config config;
    struct avt_job_clone clone;
    struct avt_job_generate generate;
};

/**
 * Read the params of a job of `type`.
 * @param json        Borrowed; must outlive *ret_params.
 * @return AVT_OK; AVT_EINVAL, AVT_ETEXT (text empty, too long or not UTF-8) with the field named
 *         ("config.fps: ...").
 */
AVT_CHECKED enum avt_code avt_job_params_read(enum avt_job_type type, const json_t *json,
                                              struct avt_job_params *ret_params,
                                              struct avt_error *reterr);

/** Whether `text` has the form of a voice's name; each name of a blend has. */
bool avt_job_voice_valid(const char *text);
/** Whether `text` says by itself what stands behind a person: keep, blur, transparent or a colour. */
bool avt_job_background_valid(const char *text);
/** An upload, avatar profile or job id; false (kind AVT_REF_NONE) for anything else. */
bool avt_ref_parse(const char *text, struct avt_ref *ret_ref);
/** True for work of about a second: an interactive worker may take it, a request may wait for it.
 */
bool avt_job_params_short(const struct avt_job_params *params);
/** "video/mp4" of "mp4"; "application/octet-stream" of what is unknown. */
const char *avt_media_type_of(const char *extension);
