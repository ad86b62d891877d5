/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is said when: what the mouth follows and captions are cut from (docs/timeline.md). Times are
 * seconds in the final video. Phonemes cover the whole duration without gaps or overlaps; silence
 * is a phoneme with an empty `ipa`.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { AVT_IPA_SIZE = 16 };

struct avt_phoneme {
    char ipa[AVT_IPA_SIZE]; /* diphthongs and affricates whole ("aɪ", "tʃ"); "" is silence */
    double start, end;      /* s */
    int32_t word;           /* index into words, -1 for silence */
    uint8_t stress;         /* 0 none, 1 primary, 2 secondary; on vowels */
    float loudness;         /* RMS against the mean level of speech, 1 = as loud; 0 unknown */
};

struct avt_word {
    char *text;                  /* as written; owned */
    double start, end;           /* s */
    size_t text_start, text_end; /* bytes of UTF-8 in timeline.text, [start, end) */
};

struct avt_timeline_segment {
    double start, end;
    char voice[64];
    char language[16];
};

struct avt_timeline {
    char *text; /* owned */
    double duration;
    int sample_rate;
    struct avt_timeline_segment *segments;
    size_t segment_count;
    struct avt_phoneme *phonemes;
    size_t phoneme_count, phoneme_capacity;
    struct avt_word *words;
    size_t word_count, word_capacity;
};

/* About 10 hours of speech. */
enum { AVT_TIMELINE_PHONEMES_MAX = 1 << 20, AVT_TIMELINE_WORDS_MAX = 1 << 18 };

struct avt_timeline *avt_timeline_new(void);
void avt_timeline_free(struct avt_timeline *timeline);
AVT_DEFINE_FREEP(struct avt_timeline, avt_timeline_free)

/** Append a copy; false at the limit. For words `text` is copied. */
bool avt_timeline_add_phoneme(struct avt_timeline *timeline, const struct avt_phoneme *phoneme);
bool avt_timeline_add_word(struct avt_timeline *timeline, const struct avt_word *word);
/** Append all of `part`: its times move by offset_s, its text offsets by text_offset, its word
 * indices follow the words that are there, silences that meet become one. `text` stays: the caller
 * sets that of the whole. The rate is taken over when none is set. False at the limit, with nothing
 * appended. */
bool avt_timeline_append(struct avt_timeline *timeline, const struct avt_timeline *part,
                         double offset_s, size_t text_offset);

/** The JSON text of docs/timeline.md, owned by the caller (avt_free). */
char *avt_timeline_format(const struct avt_timeline *timeline);
/** JSON as in docs/timeline.md. Reading checks order, ranges and limits (outside bytes; fuzzed);
 * gaps between phonemes become silence, overlaps are refused.
 *  @return AVT_OK, AVT_EFORMAT, AVT_ELIMIT; AVT_ENOENT, AVT_EIO when reading a file; AVT_EOUTPUT,
 *  AVT_ENOSPACE when writing one. */
AVT_CHECKED enum avt_code avt_timeline_write(const struct avt_timeline *timeline, const char *path,
                                             struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_timeline_read(const char *path, struct avt_timeline **ret_timeline,
                                            struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_timeline_parse(const char *json, size_t size,
                                             struct avt_timeline **ret_timeline,
                                             struct avt_error *reterr);
