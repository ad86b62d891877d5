/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The config.json that lies beside a Coqui VITS: how text becomes the numbers of its symbols, and how fast it speaks.
 * Facts are those of Coqui's own code (PyPI coqui-tts 0.26: TTS/tts/models/vits.py, TTS/tts/utils/text/).
 *
 * Python wrote the file, so it may hold Infinity and NaN, which are no JSON ("max_audio_len": Infinity is in most).
 *
 * Threads: immutable once parsed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
    AVT_VITS_JSON_BYTES_MAX = 4 << 20,
    AVT_VITS_SYMBOLS_MAX = 8192, /* Chinese characters are the longest alphabets */
    AVT_VITS_LANGUAGE_SIZE = 16,
    AVT_VITS_SPEAKERS_MAX = 100 * 1000,
    AVT_VITS_LANGUAGES_MAX = 1000,
    AVT_VITS_RATE_MIN = 8000,
    AVT_VITS_RATE_MAX = 96000,
};

/* What turns words into symbols. */
enum avt_vits_reader {
    AVT_VITS_LETTERS, /* the cleaned text itself */
    AVT_VITS_ESPEAK,  /* espeak-ng's IPA */
    AVT_VITS_GRUUT,   /* gruut's, which writes espeak-ng's symbols and differs in words: espeak-ng stands in */
};

/* What a text_cleaner does, in this order. Those that also write out numbers, times and abbreviations of English or
 * French leave that to the front end here. */
enum avt_vits_cleaning {
    AVT_VITS_NO_NEWLINES = 1 << 0, /* line ends are dropped */
    AVT_VITS_TURKISH_I = 1 << 1,   /* I is ı */
    AVT_VITS_LOWER = 1 << 2,
    AVT_VITS_SYMBOLS = 1 << 3, /* ; and : are commas, - is a space, & is `and_word` */
    AVT_VITS_BRACKETS = 1 << 4, /* < > ( ) [ ] " are dropped */
    AVT_VITS_SPACES = 1 << 5,  /* white space is one space, none at the ends */
};
struct avt_vits_cleaner {
    const char *name; /* as config.json names it */
    unsigned cleaning;
    const char *and_word; /* " and "; NULL: & stays */
};

struct avt_vits_symbol {
    uint32_t codepoint;
    int64_t id;
};

struct avt_vits_config {
    int rate; /* Hz, of the sound: audio.sample_rate */
    enum avt_vits_reader reader;
    char language[AVT_VITS_LANGUAGE_SIZE]; /* as espeak-ng calls it: "en-us"; "" where letters are read */
    const struct avt_vits_cleaner *cleaner;
    double length_scale; /* of model_args; longer is slower */
    double noise_scale, noise_scale_dp; /* of model_args, inference_…: of the sound, of the durations */
    bool has_blanks;     /* one before, between and behind all symbols */
    bool has_ends;       /* bos and eos around it all */
    int64_t blank, bos, eos; /* ids; -1: none */
    int64_t vocabulary;      /* ids are below it */
    int64_t speakers, languages; /* that it names; 0: one, and no names */
    struct avt_vits_symbol symbols[AVT_VITS_SYMBOLS_MAX]; /* [symbol_count], by code point */
    size_t symbol_count;
};

/** @return AVT_OK, AVT_EFORMAT (no Coqui VITS, or one that Coqui could not run either), AVT_EUNSUPPORTED (its text is
 *          read by a program that is not here), AVT_ELIMIT (more symbols than AVT_VITS_SYMBOLS_MAX). */
AVT_CHECKED enum avt_code avt_vits_config_parse(const char *json, size_t size, struct avt_vits_config *ret_config,
                                                struct avt_error *reterr);
/** Of `path`. Also AVT_ENOENT, AVT_EIO. */
AVT_CHECKED enum avt_code avt_vits_config_read(const char *path, struct avt_vits_config *ret_config,
                                               struct avt_error *reterr);
/** Id of a code point; -1: the voice has no such symbol. */
int64_t avt_vits_symbol(const struct avt_vits_config *config, uint32_t codepoint);
