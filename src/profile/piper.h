/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Piper voices: a VITS model and a JSON file each, added by the user and kept in the program's own
 * folder, <storage>/voices-piper/<id>/{model.onnx,voice.json}. Their ids begin with "piper-". Here is
 * what is known of them without running one; tts_piper.c speaks.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

#define AVT_PIPER_PREFIX "piper-"

enum {
    AVT_PIPER_LANGUAGE_SIZE = 16,
    AVT_PIPER_JSON_BYTES_MAX = 1 << 20,
    AVT_PIPER_MODEL_BYTES_MAX = 512 << 20,
    AVT_PIPER_SYMBOLS_MAX = 512, /* entries of phoneme_id_map */
    AVT_PIPER_IDS_MAX = 4,       /* of one symbol */
    AVT_PIPER_VOICES_MAX = 256,
};

struct avt_piper_symbol {
    uint32_t codepoint;
    int64_t ids[AVT_PIPER_IDS_MAX];
    size_t id_count;
};

/** The JSON file of a voice. */
struct avt_piper_config {
    char language[AVT_PIPER_LANGUAGE_SIZE]; /* of the table, or as espeak-ng calls another: "de" */
    int rate;          /* Hz */
    double noise_scale, length_scale, noise_w;
    int64_t speakers;
    struct avt_piper_symbol symbols[AVT_PIPER_SYMBOLS_MAX]; /* by code point */
    size_t symbol_count;
};

/** @return AVT_OK, AVT_EFORMAT (not a Piper voice, or one that espeak-ng does not read for). */
AVT_CHECKED enum avt_code avt_piper_config_parse(const char *json, size_t size,
                                                 struct avt_piper_config *ret_config,
                                                 struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_piper_config_read(const char *folder,
                                                struct avt_piper_config *ret_config,
                                                struct avt_error *reterr);
/** Ids of a code point; NULL if the voice has no such symbol. */
const struct avt_piper_symbol *avt_piper_symbol(const struct avt_piper_config *config,
                                                uint32_t codepoint);

/** Whether there is a voice `spec`, sound or not. */
bool avt_piper_exists(const char *storage, const char *spec);
/** What somebody wrote for a voice and one of its speakers: an id, or "id:speaker" with a name of the
 *  voice's speaker_id_map or, where that is empty, a number from 0. @return AVT_OK, AVT_EVOICE, AVT_EIO. */
AVT_CHECKED enum avt_code avt_piper_find(const char *storage, const char *spec, char **ret_folder,
                                         int64_t *ret_speaker, struct avt_error *reterr);
/** Folder of the voice `id`; owned by the caller. AVT_EVOICE if there is none. */
AVT_CHECKED enum avt_code avt_piper_folder(const char *storage, const char *id, char **ret_folder,
                                           struct avt_error *reterr);
/** What the voice `id` speaks, as in struct avt_piper_config. @return AVT_OK, AVT_EVOICE, AVT_EFORMAT. */
AVT_CHECKED enum avt_code avt_piper_language(const char *storage, const char *id,
                                             char ret_language[AVT_PIPER_LANGUAGE_SIZE],
                                             struct avt_error *reterr);
/** Take over a voice: FILE.onnx with FILE.onnx.json beside it.
 *  @param name    What follows "piper-" in the id; NULL: the file's name without .onnx.
 *  @param ret_id  Owned by the caller.
 *  @return AVT_OK, AVT_ENOENT, AVT_EFORMAT, AVT_EINVAL (name taken or not usable), AVT_ELIMIT,
 *          AVT_EIO, AVT_EOUTPUT, AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_piper_add(const char *storage, const char *onnx, const char *name,
                                        char **ret_id, struct avt_error *reterr);
/** @return AVT_OK, AVT_EVOICE, AVT_EIO. */
AVT_CHECKED enum avt_code avt_piper_remove(const char *storage, const char *id,
                                           struct avt_error *reterr);
/** Ids of all, sorted, with a NULL at the end; free each and the list. */
char **avt_piper_list(const char *storage);
void avt_piper_list_free(char **ids);
