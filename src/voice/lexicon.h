/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Compiled pronunciation dictionary. Set-up turns misaki's JSON files into one file that is mapped
 * at start and never parsed: a header, a hash table of offsets, a pool of strings.
 *
 *   bytes  0..7   "AVTLEX1\n"
 *          8..11  number of entries         (all numbers are little-endian u32)
 *         12..15  number of slots, a power of two
 *         16..19  bytes of the pool
 *         20..23  0
 *   slots         { key offset, value offset } each; key offset 0 is an empty slot
 *   pool          NUL-terminated strings; starts and ends with a NUL
 *
 * A value is one byte 0x40 | silver << 5 | variants, then, without variants, the phonemes, else for
 * each variant the letter 'A' + enum avt_pos and the phonemes. The file may come from anywhere, so
 * every offset is checked when it is used; a broken one makes the word unknown.
 *
 * Threads: immutable once open.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/** What a variant of a pronunciation is for; the names are those of misaki's data. */
enum avt_pos {
    AVT_POS_DEFAULT,
    AVT_POS_VERB,
    AVT_POS_NOUN,
    AVT_POS_ADJ,
    AVT_POS_ADV,
    AVT_POS_VBD,
    AVT_POS_VBN,
    AVT_POS_VBP,
    AVT_POS_DT,
    AVT_POS_PAUSE, /* "None" in the data: the word stands before a pause */
    AVT_POS_COUNT
};

enum {
    AVT_LEXICON_ENTRIES_MAX = 1 << 20,
    AVT_LEXICON_BYTES_MAX = 64 << 20,
    AVT_LEXICON_KEY_MAX = 64,       /* bytes of a word; the longest in the data has 45 */
    AVT_LEXICON_PHONEMES_MAX = 256, /* bytes of a pronunciation */
};

struct avt_lexicon;

/** @return AVT_OK, AVT_EMODEL (no such file), AVT_EMODELBAD (not a whole dictionary). */
AVT_CHECKED enum avt_code avt_lexicon_open(const char *path, struct avt_lexicon **ret_lexicon,
                                           struct avt_error *reterr);
/** The same from memory, borrowed until avt_lexicon_free(). */
AVT_CHECKED enum avt_code avt_lexicon_open_data(const void *data, size_t size,
                                                struct avt_lexicon **ret_lexicon,
                                                struct avt_error *reterr);
size_t avt_lexicon_count(const struct avt_lexicon *lexicon);
void avt_lexicon_free(struct avt_lexicon *lexicon);
AVT_DEFINE_FREEP(struct avt_lexicon, avt_lexicon_free)

/** An entry; the strings live as long as the lexicon. NULL: no such variant. "": to be spelled. */
struct avt_lexicon_entry {
    const char *phonemes[AVT_POS_COUNT]; /* [AVT_POS_DEFAULT] is never NULL */
    bool silver;                         /* of the less trusted half of the data */
};
/** Exactly `word`, case included. False if the dictionary lacks it. */
bool avt_lexicon_find(const struct avt_lexicon *lexicon, const char *word,
                      struct avt_lexicon_entry *ret_entry);

/** Compile misaki's gold and silver dictionaries of one dialect into `out_path`. Gold goes before
 *  silver. @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_ELIMIT, AVT_EFORMAT, AVT_ENOMEM, or what
 *  avt_file_write() gives. */
AVT_CHECKED enum avt_code avt_lexicon_compile(const char *gold_json, const char *silver_json,
                                              const char *out_path, struct avt_error *reterr);

/** FNV-1a, as in the file. */
unsigned avt_lexicon_hash(const char *word);
