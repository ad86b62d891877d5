/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Portraits by Stable Diffusion, for those who have its weights: a folder of ONNX models as diffusers and optimum
 * write it. Text becomes numbers (clip_tokenizer.h), the text encoder makes a context of them, noise is cleared in
 * steps (sd_schedule.h) by the UNet, and a decoder makes the picture. docs/stable-diffusion.md.
 *
 * The same folder, text, seed, size and settings give the same picture on one machine; between machines ONNX Runtime
 * may round otherwise.
 *
 * Threads: one picture at a time from one struct avt_sd.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "os/thread.h"

enum avt_sd_kind {
    AVT_SD_15,    /* Stable Diffusion 1 */
    AVT_SD_2,     /* Stable Diffusion 2 */
    AVT_SD_TURBO, /* one to four steps, no guidance */
    AVT_SD_SDXS,  /* one step, no guidance */
    AVT_SD_LCM,   /* two to eight steps */
    AVT_SD_KIND_COUNT,
};
/** "sd15", "sd2", "turbo", "sdxs", "lcm". */
const char *avt_sd_kind_name(enum avt_sd_kind kind);
/** False for any other name. */
bool avt_sd_kind_parse(const char *name, enum avt_sd_kind *ret_kind);
/** What models of this kind are usually under; a model's own text counts. */
const char *avt_sd_kind_licence(enum avt_sd_kind kind);
/** For people, of several lines: what the engine needs, where it comes from, under which licences. */
const char *avt_sd_needs(void);

/** What a folder holds. */
struct avt_sd_info {
    enum avt_sd_kind kind;
    int text_width;      /* 768 (CLIP ViT-L) or 1024 (OpenCLIP ViT-H) */
    bool is_half;        /* the UNet takes float16 */
    bool has_taesd;      /* the small, fast decoder */
    int size;            /* pixels of a side that it was trained on */
    bool is_fixed;       /* and no other can be had: the export has its shapes written in */
    int steps;           /* taken unless said otherwise */
    double guidance;     /* the same */
};
/** Whether `folder` can be used: every model is opened, one after the other, and asked what it takes and gives.
 *  @return AVT_OK, AVT_EMODEL (no such folder, or a part is missing), AVT_EMODELBAD (a part does not fit: the message
 *          names the file, what was expected and what was found), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_sd_check(const char *folder, struct avt_sd_info *ret_info, struct avt_error *reterr);

/* What goes before a user's text: faces that can be animated. */
#define AVT_SD_PREFIX "front-facing head-and-shoulders portrait, closed mouth, neutral, looking at camera, even light"
/* What pictures are led away from where guidance is more than 1. */
#define AVT_SD_NEGATIVE                                                                                              \
    "open mouth, teeth, profile, looking away, several people, cropped head, hand on face, blurry, deformed, text, " \
    "watermark"

enum {
    AVT_SD_PROMPT_BYTES_MAX = 4000,
    AVT_SD_SIDE_MIN = 64,
    AVT_SD_SIDE_MAX = 1024, /* pixels; beyond what these models were trained on pictures fall apart */
    AVT_SD_RESEEDS_MAX = 4,
};

struct avt_sd_options {
    const char *prompt;   /* UTF-8; AVT_SD_PREFIX is put before it */
    bool plain;           /* the prompt as it is */
    const char *negative; /* NULL: AVT_SD_NEGATIVE; "": nothing */
    uint64_t seed;
    int steps;            /* 0: as suits the model */
    double guidance;      /* 0: as suits the model; 1: none */
    int width, height;    /* pixels, multiples of 8; 0: as the model was trained */
    const struct avt_cancel *cancel; /* may be NULL; looked at during steps too */

    /** Asked about each finished picture, in linear order: AVT_OK takes it, AVT_ENOFACE and AVT_EFACE want another seed
     *  (AVT_SD_RESEEDS_MAX times, then that is the result), any other code ends it. NULL: the first is taken. */
    enum avt_code (*accept)(const struct avt_image *image, void *user, struct avt_error *reterr);
    /** After each step: `step` of `steps`, 1 the first; `attempt` 0 .. AVT_SD_RESEEDS_MAX. `preview` is NULL unless
     *  wanted; a rough picture of an eighth of the size, borrowed for the call. */
    void (*progress)(int step, int steps, int attempt, const struct avt_image *preview, void *user);
    bool previews;
    /** For tests of parity: "text", "negative" (step 0), "latents" (before the first step, then after each), "image"
     *  [3, height, width], all as float32. */
    void (*trace)(const char *stage, int step, const float *values, size_t count, void *user);
    void *user;
};

struct avt_sd_result {
    struct avt_image *image; /* owned: avt_image_free() */
    uint64_t seed;           /* the one that gave it: options->seed plus the reseeds */
    int reseeds;
    bool is_cut;             /* the text was longer than the model reads */
};

struct avt_sd;
/** @param is_lean  Keep one model in memory at a time, loading it anew for each use; else all that were used stay.
 *  @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD. Owned by the caller: avt_sd_free(). */
AVT_CHECKED enum avt_code avt_sd_open(const char *folder, bool is_lean, struct avt_sd **ret_sd,
                                      struct avt_error *reterr);
void avt_sd_free(struct avt_sd *sd);
AVT_DEFINE_FREEP(struct avt_sd, avt_sd_free)

/** @return AVT_OK, AVT_ETEXT (no prompt, not UTF-8), AVT_ELIMIT (prompt), AVT_EINVAL (size, steps, guidance),
 *          AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM, AVT_ECANCELLED, and what `accept` returns. */
AVT_CHECKED enum avt_code avt_sd_generate(struct avt_sd *sd, const struct avt_sd_options *options,
                                          struct avt_sd_result *ret_result, struct avt_error *reterr);
