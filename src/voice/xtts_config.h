/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * xtts.json, which tools/export/xtts.py writes beside the networks of a Coqui XTTS v2: what of its config.json and of
 * Coqui's code is needed to run them.
 *
 *   {"model": "xtts", "rate": 24000, "latent_rate": 22050, "stride": 1024, "hop": 256, "width": 1024, "latents": 32,
 *    "speaker": 512, "text_tokens": 6681, "text_start": 261, "text_stop": 0, "text_max": 402, "codes": 1026,
 *    "code_start": 1024, "code_stop": 1025, "codes_max": 602, "temperature": 0.75, "top_k": 50, "top_p": 0.85,
 *    "repetition_penalty": 5.0, "gpt_cond_len": 30, "gpt_cond_chunk_len": 4, "max_ref_len": 30,
 *    "languages": ["en", …, "zh-cn", …]}
 *
 * Numbers above are those of the published model, as its config.json gives them.
 *
 * Threads: immutable once parsed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

#define AVT_XTTS_CONFIG "xtts.json"

enum {
    AVT_XTTS_JSON_BYTES_MAX = 1 << 16,
    AVT_XTTS_LANGUAGES_MAX = 64,
    AVT_XTTS_LANGUAGE_SIZE = 16,
    AVT_XTTS_RATE = 24000,        /* Hz, of the sound */
    AVT_XTTS_LATENT_RATE = 22050, /* Hz, of the sound that the codes were made of */
    AVT_XTTS_STRIDE = 1024,       /* samples at AVT_XTTS_LATENT_RATE of a code: 21.5 codes a second */
    AVT_XTTS_HOP = 256,           /* samples of the sound of a row that the decoder takes */
    AVT_XTTS_CODES_LIMIT = 4096,  /* of codes_max, and of text_max */
    AVT_XTTS_WIDTH_MAX = 1 << 13,
    AVT_XTTS_VOCABULARY_MAX = 1 << 20,
    AVT_XTTS_SECONDS_MAX = 600, /* of a recording */
    AVT_XTTS_TOP_K_MAX = 1 << 16,
};
#define AVT_XTTS_TEMPERATURE_MIN 0.01
#define AVT_XTTS_TEMPERATURE_MAX 2.0
#define AVT_XTTS_TOP_P_MIN       0.001
#define AVT_XTTS_PENALTY_MAX     100.0

struct avt_xtts_config {
    int width;   /* D: of a latent */
    int latents; /* that a voice is made of */
    int speaker; /* numbers of the speaker's embedding */
    int text_tokens, text_start, text_stop; /* ids of text are below the first */
    int text_max; /* ids of one text, start and stop not counted, are fewer */
    int codes, code_start, code_stop;
    int codes_max; /* of one text */
    double temperature, top_p, repetition_penalty; /* of sampling, if nothing else is wanted */
    int top_k;
    int reference_seconds; /* of a recording: what is beyond is not heard */
    int condition_seconds, condition_chunk_seconds; /* of these, heard by the language model in all, and at once */
    char languages[AVT_XTTS_LANGUAGES_MAX][AVT_XTTS_LANGUAGE_SIZE]; /* "zh-cn" */
    size_t language_count;
};

/** @return AVT_OK, AVT_EFORMAT (no xtts.json: which key, and what it may be), AVT_EUNSUPPORTED (an XTTS of other rates
 *          or steps than above), AVT_ELIMIT (longer than AVT_XTTS_JSON_BYTES_MAX). */
AVT_CHECKED enum avt_code avt_xtts_config_parse(const char *json, size_t size, struct avt_xtts_config *ret_config,
                                                struct avt_error *reterr);
/** Of `path`. Also AVT_ENOENT, AVT_EIO. */
AVT_CHECKED enum avt_code avt_xtts_config_read(const char *path, struct avt_xtts_config *ret_config,
                                               struct avt_error *reterr);
