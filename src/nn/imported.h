/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Models that users brought: a list of names, and of the folders that they stand for. The folders stay where they are;
 * nothing of them is copied, read or deleted here. The list is imported.json in the first model folder (folders.h).
 *
 * Threads: none in common. Two programs that change the list at the same moment: the later counts; what is read is
 * whole in any case.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"

enum {
    AVT_IMPORTED_MAX = 64,
    AVT_IMPORTED_NAME_SIZE = 64,
    AVT_IMPORTED_WORD_SIZE = 16,
    AVT_IMPORTED_FOLDER_SIZE = 4096,
    AVT_IMPORTED_BYTES_MAX = 1 << 20, /* of the file */
    AVT_IMPORTED_FILES_MAX = 32,
    AVT_IMPORTED_FILE_SIZE = 128,
};

/* A file as it was when it was imported. */
struct avt_imported_file {
    char name[AVT_IMPORTED_FILE_SIZE]; /* in the folder */
    char sha256[AVT_SHA256_HEX_SIZE];
    long long size;
};

struct avt_imported {
    char name[AVT_IMPORTED_NAME_SIZE];
    char engine[AVT_IMPORTED_WORD_SIZE];   /* that runs it: "sd", or one of nn/weights.h */
    char kind[AVT_IMPORTED_WORD_SIZE];     /* the engine's own word: "turbo"; or its stage: "lipsync" */
    char folder[AVT_IMPORTED_FOLDER_SIZE]; /* absolute; may be gone */
    char precision[AVT_IMPORTED_WORD_SIZE]; /* of most weights: "float32", "float16", "int8"; "": unknown */
    char language[AVT_IMPORTED_WORD_SIZE]; /* that it speaks, where the files do not tell: "de"; "": nobody said */
    bool is_accepted; /* the user said that a licence which is not for everything is his */
    struct avt_imported_file files[AVT_IMPORTED_FILES_MAX]; /* [file_count]; none of "sd" */
    size_t file_count;
};

/** Owned by the caller: avt_imported_done(). Zero it first. */
struct avt_imported_list {
    struct avt_imported *items; /* [count], in the order of names */
    size_t count;
};

/** Lower-case letters, digits, "." "_" "-", the first a letter or digit: never a path. */
bool avt_imported_name_valid(const char *name);
/** AVT_EINVAL with what a name may be, unless it is valid. */
AVT_CHECKED enum avt_code avt_imported_check_name(const char *name, struct avt_error *reterr);
/** A valid name out of the last part of `folder`: "/models/SD Turbo/" gives "sd-turbo". False if nothing is left. */
bool avt_imported_name_of(const char *folder, char ret_name[AVT_IMPORTED_NAME_SIZE]);
/** Path of the list, which need not be there. Owned by the caller. */
char *avt_imported_path(void);

/** No file is an empty list.
 *  @return AVT_OK, AVT_EFORMAT (no such list: what is wrong with it), AVT_ELIMIT (too large, too many), AVT_EIO. */
AVT_CHECKED enum avt_code avt_imported_load(struct avt_imported_list *ret_list, struct avt_error *reterr);
/** Does nothing for an empty list. */
void avt_imported_done(struct avt_imported_list *list);
/** NULL if there is none of that name. Borrowed from the list. */
const struct avt_imported *avt_imported_find(const struct avt_imported_list *list, const char *name);

/** Put `entry` on the list in the file, in place of what has its name.
 *  @return AVT_OK, AVT_EINVAL (the name), AVT_ELIMIT (AVT_IMPORTED_MAX), as avt_imported_load(), and what cannot be
 *          written: AVT_EIO, AVT_EOUTPUT, AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_imported_add(const struct avt_imported *entry, struct avt_error *reterr);
/** Take a name off the list in the file. As above, and AVT_ENOENT with the names that there are. */
AVT_CHECKED enum avt_code avt_imported_remove(const char *name, struct avt_error *reterr);
/** The model that an engine is to run: the one of that `name`, or one of the engine if the name is the engine's own: of
 *  those of the best precision the only one, or the one that has this name too. Its files must be as they were when it
 *  was imported, by their sizes.
 *  @param precisions  avt_hardware_precisions(); NULL: one is as good as another.
 *  @param ret_entry  Owned by the caller (avt_free).
 *  @return AVT_OK, AVT_EMODEL (none is imported, or it is gone: what to do), AVT_EINVAL (several: which), AVT_EMODELBAD
 *          (a file has changed), and as avt_imported_load(). */
AVT_CHECKED enum avt_code avt_imported_choose(const char *engine, const char *name,
                                              const char *const *precisions, struct avt_imported **ret_entry,
                                              struct avt_error *reterr);
/** How far down an import stands in a list of precisions, 0 first: what is not known is last. */
int avt_imported_rank(const struct avt_imported *entry, const char *const *precisions);
/** Where weights lie is nobody's business who sends jobs: of their paths in a message the names are left.
 *  @return `code`. */
enum avt_code avt_imported_hide_folder(const char *folder, enum avt_code code, struct avt_error *error);
/** AVT_ENOENT: there is no `name` in the list; what is near it or what there is is said. */
enum avt_code avt_imported_missing(const struct avt_imported_list *list, const char *name, struct avt_error *reterr);
/** "a, b and c" of the names, cut where `size` is short. */
void avt_imported_names(const struct avt_imported_list *list, char *text, size_t size);
