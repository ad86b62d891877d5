/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Voice profiles: voices of one's own, in <storage>/voices/. A profile is a folder vp-xxxxxxxx (8
 * of a-z0-9):
 *   profile.json    all of struct avt_profile
 *   style.f32       pack [510, 1, 256] f32, little-endian, as Kokoro's own
 *   reference.flac  the cleaned recordings, only if they were to be kept
 * It is made under a hidden name and renamed, so it is there whole or not at all; deleting takes
 * all of it. A pack is never written to again: what changes a voice makes another profile.
 *
 * Who consented to what is also in <storage>/voices/audit.log, one JSON object a line, which
 * outlives the profile: time, action (create, import, export, rename, delete), id, name, owner, the
 * actor, consent statement, by whom.
 *
 * A profile travels as one file: "AVTVOX1\n", u32 size of the JSON, the JSON, the pack.
 *
 * `voice` speaks with profiles and `api`, which loads no engine, lists them: so they stand below
 * both. Threads: the folder may be used by several processes at once.
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
    AVT_PROFILE_OWNER_SIZE = 16,
    AVT_PROFILE_SOURCE_SIZE = 32,
    AVT_PROFILE_BLEND_SIZE = 256,
    AVT_PROFILE_EQ_BANDS = 40,
    AVT_PROFILE_PACK_FLOATS = 510 * 256,
    AVT_PROFILE_JSON_MAX = 64 << 10,
    AVT_PROFILES_MAX = 10000, /* of one storage */
    AVT_PROFILE_MELODY_MAX_ST = 12,
    AVT_PROFILE_RANGE_MAX = 4,
};

/** Where profiles are, and in whose name they are used. Borrowed. */
struct avt_profile_home {
    const char *storage;
    const char *owner; /* only what is its own can be seen; NULL: everybody's */
    const char *actor; /* who makes, changes and deletes: the owner of new ones; NULL: this machine's user */
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
    double melody_st;    /* how much higher than predicted it speaks, semitones */
    double melody_range; /* of its melody, of the predicted one; 0: as predicted */
    double lateness_s; /* of a blend's labels against its sound; 0: as that of stock_id */
    double reference_s, reference_speech_s, reference_snr_db;
    float eq_db[AVT_PROFILE_EQ_BANDS]; /* at the centres of voice/clone_eq.h */
    bool has_reference;
    char owner[AVT_PROFILE_OWNER_SIZE];   /* id of the API key that made it; "": none */
    char source[AVT_PROFILE_SOURCE_SIZE]; /* id of the job that made it; "": none */
    char blend[AVT_PROFILE_BLEND_SIZE];   /* the voices it is a blend of; "": cloned */
};

/** A cloned voice is in it, so somebody consented to it. */
bool avt_profile_is_clone(const struct avt_profile *profile);

/** Whether `text` has the form of an id; nothing else ever becomes part of a path. */
bool avt_profile_id_valid(const char *text);

/** Make one. `profile` needs everything but created_at and owner, which are set; id is the wanted
 *  one, or "" for any that is free. A blend of stock voices needs no consent.
 *  @param pack       [510, 1, 256]
 *  @param reference  A FLAC file to keep, or NULL.
 *  @return AVT_OK, AVT_EINVAL (name, consent), AVT_EOUTPUT (also if there is that id), AVT_ENOSPACE,
 *          AVT_EIO. */
AVT_CHECKED enum avt_code avt_profile_create(const struct avt_profile_home *home,
                                             struct avt_profile *profile, const float *pack,
                                             const void *reference, size_t reference_size,
                                             struct avt_error *reterr);
/** One by its whole id. @return AVT_OK, AVT_ENOENT (also for what is no id), AVT_EFORMAT, AVT_EIO. */
AVT_CHECKED enum avt_code avt_profile_get(const struct avt_profile_home *home, const char *id,
                                          struct avt_profile *ret_profile,
                                          struct avt_error *reterr);
/** One by its id, the beginning of its id ("vp-ab") or its name, where those are unique.
 *  @return AVT_OK, AVT_EVOICE (none, or several), AVT_EFORMAT, AVT_EIO. */
AVT_CHECKED enum avt_code avt_profile_find(const struct avt_profile_home *home, const char *which,
                                           struct avt_profile *ret_profile,
                                           struct avt_error *reterr);
/** All, oldest first; those that cannot be read are left out. *ret_profiles owned (avt_free). */
AVT_CHECKED enum avt_code avt_profile_list(const struct avt_profile_home *home,
                                           struct avt_profile **ret_profiles, size_t *ret_count,
                                           struct avt_error *reterr);
/** Path of the style file; owned by the caller. */
char *avt_profile_pack_path(const char *storage, const char *id);
/** Path of the kept recording, which is there if has_reference; owned by the caller. */
char *avt_profile_reference_path(const char *storage, const char *id);

/** @return AVT_OK, AVT_EINVAL (name), and as avt_profile_find(). */
AVT_CHECKED enum avt_code avt_profile_rename(const struct avt_profile_home *home,
                                             const char *which, const char *name,
                                             struct avt_profile *ret_profile,
                                             struct avt_error *reterr);
/** All of it, the kept recording too. */
AVT_CHECKED enum avt_code avt_profile_delete(const struct avt_profile_home *home,
                                             const char *which, struct avt_profile *ret_profile,
                                             struct avt_error *reterr);
/** To one file, without the recording and the owner. */
AVT_CHECKED enum avt_code avt_profile_export(const struct avt_profile_home *home,
                                             const char *which, const char *path,
                                             struct avt_profile *ret_profile,
                                             struct avt_error *reterr);
/** From one file, under a new id. @return AVT_OK, AVT_ENOENT, AVT_EFORMAT, and as create. */
AVT_CHECKED enum avt_code avt_profile_import(const struct avt_profile_home *home,
                                             const char *path, struct avt_profile *ret_profile,
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
