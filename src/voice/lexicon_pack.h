/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Writes files of the format in lexicon.h. Private to the compilers of dictionaries: English
 * (lexicon_compile.c) and Chinese (hanzi_compile.c).
 */
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "voice/lexicon.h"

struct avt_lexicon_pack {
    struct avt_buf pool; /* appended to by who packs */
    uint32_t *slots;     /* [slot_count][2] */
    uint32_t slot_count, count;
};

/** Room for `words` entries at least. avt_lexicon_pack_done() when through. */
void avt_lexicon_pack_init(struct avt_lexicon_pack *pack, size_t words);
void avt_lexicon_pack_done(struct avt_lexicon_pack *pack);
/** The slot where `word` is (slot[0] != 0) or would be; NULL if the table is too full. */
uint32_t *avt_lexicon_pack_slot(struct avt_lexicon_pack *pack, const char *word);
/** Begin the entry of `word`, whose slot is free: the value is what is appended to the pool next. */
void avt_lexicon_pack_begin(struct avt_lexicon_pack *pack, uint32_t *slot, const char *word);
/** @param name  Of the dictionary, for messages.
 *  @return AVT_OK, AVT_ELIMIT, or what avt_file_write() gives. */
AVT_CHECKED enum avt_code avt_lexicon_pack_write(const struct avt_lexicon_pack *pack,
                                                 const char *out_path, const char *name,
                                                 struct avt_error *reterr);
