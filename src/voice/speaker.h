/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Who speaks: a voice of the table, or several blended ("af_heart*0.7+am_adam*0.3"), resolved from
 * what a person wrote to what an engine needs. Wherever a voice is accepted, this is what reads it.
 *
 * Other sources of voices hook in at avt_speaker_find(): added Piper voices, and the profiles of
 * profile/profile.h ("vp-abc12345", the beginning of such an id, or a name that no stock voice has).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/voices.h"
#include "profile/profile.h"

enum {
    AVT_SPEAKER_PARTS_MAX = AVT_VOICE_BLEND_MAX,
    AVT_SPEAKER_ID_SIZE = AVT_VOICE_NAME_SIZE, /* of the blend as written, with its NUL */
    AVT_SPEAKER_EQ_BANDS = 40,
};

/** How a melody differs from the predicted one: {0, 1} not at all. */
struct avt_melody {
    double pitch_st; /* semitones up */
    double range;    /* about its mean; above 0 */
};

struct avt_speaker_part {
    char id[48];
    char *path;    /* style data of its own, [510, 256] f32; NULL: the pack of this id; owned */
    double weight; /* above 0; all together are 1 */
};

struct avt_speaker {
    char id[AVT_SPEAKER_ID_SIZE]; /* "af_heart", "af_heart*0.70+am_adam*0.30" */
    char language[16];            /* of the heaviest part */
    char engine[16];
    char *data;        /* what the engine reads instead of packs; NULL for Kokoro; owned */
    int64_t data_speaker; /* which of those that `data` has */
    double lateness_s; /* mean of the parts */
    struct avt_speaker_part parts[AVT_SPEAKER_PARTS_MAX];
    size_t part_count;
    float eq_db[AVT_SPEAKER_EQ_BANDS]; /* spectrum of a clone, at the centres of voice/clone_eq.h */
    bool has_eq;
    struct avt_melody melody; /* of a clone; of a blend, the mean of its parts */
    bool is_clone;         /* a part of it is a cloned voice */
    bool languages_differ; /* parts of several languages: the blend has an accent */
};

/** @param spec  As above; borrowed.
 *  @param home  Where added voices are, and whose profiles can be used; NULL: only the table.
 *  @return AVT_OK, AVT_EVOICE (message says what is wrong). */
AVT_CHECKED enum avt_code avt_speaker_find(const char *spec,
                                           const struct avt_profile_home *home,
                                           struct avt_speaker *ret_speaker,
                                           struct avt_error *reterr);
/** Name and version of the engine that speaks `spec`, for records: "kokoro-82m 1.0". */
const char *avt_speaker_engine_text(const char *spec);
/** Where the speech of `spec` comes from, for the origin metadata of what is made with it; says so if
 *  a cloned voice is in it. Owned by the caller.
 *  @param text  What is said: markup in it may ask for further voices. NULL: none.
 *  @param home  As above. */
char *avt_speaker_origin(const char *spec, const char *text, const struct avt_profile_home *home);
void avt_speaker_done(struct avt_speaker *speaker);
