/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Voice profiles: voices of one's own, in <storage>/voices/. A profile is a folder vp-xxxxxxxx (8
 * of a-z0-9): profile.json   all of struct avt_profile style.f32      pack [510, 1, 256] f32,
 * little-endian, as Kokoro's own reference.flac the cleaned recordings, only if they were to be
 * kept It is made under a hidden name and renamed, so it is there whole or not at all; deleting
 * takes all of it. Who consented to what is also in <storage>/voices/audit.log, one JSON object a
 * line, which outlives the profile: time, action (create, import, export, rename, delete), id,
 * name, consent statement, by whom.
 *
 * A profile travels as one file: "AVTVOX1\n", u32 size of the JSON, the JSON, the pack.
 *
 * Threads: the folder may be used by several processes at once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

#define AVT_PROFILE_PREFIX "vp-"
enum {
    AVT_PROFILE_ID_SIZE = 12, /* "vp-abc12345" and a NUL */
    AVT_PROFILE_NAME_SIZE = 65,
    AVT_PROFILE_STATEMENT_SIZE = 513,
    AVT_PROFILE_PERSON_SIZE = 129,
    AVT_PROFILE_EQ_BANDS = 40,
    AVT_PROFILE_PACK_FLOATS = 510 * 256,
    AVT_PROFILE_JSON_MAX = 64 << 10,
    AVT_PROFILES_MAX = 10000, /* of one storage */
};

struct avt_profile {
    char id[AVT_PROFILE_ID_SIZE];
    char name[AVT_PROFILE_NAME_SIZE]; /* UTF-8, one line */
    char language[16], gender[16];
    char engine[32];  /* "kokoro": what speaks with it */
    char maker[32];   /* "kokoro-search 1": what made it */
    char encoder[32]; /* that the similarity was measured with */
    char model[32];   /* the style belongs to */
    char created_at[32];
    char consent[AVT_PROFILE_STATEMENT_SIZE], consent_by[AVT_PROFILE_PERSON_SIZE], consent_at[32];
    double similarity, self_similarity, stock_similarity;
    char stock_id[32]; /* the published voice that is most alike */
    double pitch_st, pitch_spread_st, reference_pitch_st, reference_spread_st; /* re 100 Hz */
    double reference_s, reference_speech_s, reference_snr_db;
    float eq_db[AVT_PROFILE_EQ_BANDS]; /* at the centres of voice/clone_eq.h */
    bool has_reference;
};

/** Whether `text` has the form of an id; nothing else ever becomes part of a path. */
bool avt_profile_id_valid(const char *text);

/** Make one. `profile` needs everything but id and created_at, which are set.
 *  @param pack       [510, 1, 256]
 *  @param reference  A FLAC file to keep, or NULL.
 *  @return AVT_OK, AVT_EINVAL (name, consent), AVT_EOUTPUT, AVT_ENOSPACE, AVT_EIO. */
AVT_CHECKED enum avt_code avt_profile_create(const char *storage, struct avt_profile *profile,
                                             const float *pack, const void *reference,
                                             size_t reference_size, struct avt_error *reterr);
/** One by its id, the beginning of its id ("vp-ab") or its name, where those are unique.
 *  @return AVT_OK, AVT_EVOICE (none, or several), AVT_EFORMAT, AVT_EIO. */
AVT_CHECKED enum avt_code avt_profile_find(const char *storage, const char *which,
                                           struct avt_profile *ret_profile,
                                           struct avt_error *reterr);
/** All, oldest first; those that cannot be read are left out. *ret_profiles owned (avt_free). */
AVT_CHECKED enum avt_code avt_profile_list(const char *storage, struct avt_profile **ret_profiles,
                                           size_t *ret_count, struct avt_error *reterr);
/** Path of the style file; owned by the caller. */
char *avt_profile_pack_path(const char *storage, const char *id);

/** @return AVT_OK, AVT_EINVAL (name), and as avt_profile_find(). */
AVT_CHECKED enum avt_code avt_profile_rename(const char *storage, const char *which,
                                             const char *name, struct avt_profile *ret_profile,
                                             struct avt_error *reterr);
/** All of it, the kept recording too. */
AVT_CHECKED enum avt_code avt_profile_delete(const char *storage, const char *which,
                                             struct avt_profile *ret_profile,
                                             struct avt_error *reterr);
/** To one file, without the recording. */
AVT_CHECKED enum avt_code avt_profile_export(const char *storage, const char *which,
                                             const char *path, struct avt_profile *ret_profile,
                                             struct avt_error *reterr);
/** From one file, under a new id. @return AVT_OK, AVT_ENOENT, AVT_EFORMAT, and as create. */
AVT_CHECKED enum avt_code avt_profile_import(const char *storage, const char *path,
                                             struct avt_profile *ret_profile,
                                             struct avt_error *reterr);

/** The exported form, from bytes that may be anything. @param ret_pack  Owned (avt_free), [510,
 * 256].
 *  @return AVT_OK, AVT_EFORMAT. */
AVT_CHECKED enum avt_code avt_profile_parse(const uint8_t *data, size_t size,
                                            struct avt_profile *ret_profile, float **ret_pack,
                                            struct avt_error *reterr);
/** A name or statement for people: UTF-8, one line, not blank, below `size` bytes.
 *  @return AVT_OK, AVT_EINVAL. */
AVT_CHECKED enum avt_code avt_profile_check_text(const char *what, const char *text, size_t size,
                                                 struct avt_error *reterr);
