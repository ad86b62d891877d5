/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Answers that are kept for as long as the store is as it was when they were made: many clients ask
 * for the same few jobs again and again. Whether it still is costs one read of a number
 * (avt_jobstore_version()), so nothing that has changed is ever given out.
 *
 * Threads: any.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/jobstore.h"

enum {
    AVT_ANSWERS_MAX = 256,
    AVT_ANSWERS_BYTES_MAX = 64 << 10, /* of one; a longer one is not kept */
    AVT_ANSWERS_KEY_SIZE = 192,
    AVT_ANSWERS_NOTE_SIZE = 64,
};

struct avt_answers;

struct avt_answers *avt_answers_new(struct avt_jobstore *store);
/** Does nothing for NULL. */
void avt_answers_free(struct avt_answers *answers);

/** What was asked for. Begin with avt_answers_look() before the store is asked. */
struct avt_answer_key {
    char text[AVT_ANSWERS_KEY_SIZE]; /* who asks and for what; "" = not to be kept */
    uint64_t version;                /* of the store; 0: it cannot tell */
};
/**
 * The answer kept for `key`, a copy, owned by the caller (avt_free); NULL if there is none. Fills
 * in key->version for avt_answers_keep().
 * @param ret_note  What was kept with it.
 */
char *avt_answers_look(struct avt_answers *answers, struct avt_answer_key *key, size_t *ret_size,
                       char ret_note[AVT_ANSWERS_NOTE_SIZE]);
/** Keep an answer that was made after avt_answers_look(), for at most keep_ms (0: no limit). Not
 * kept if the store has changed meanwhile. `text` and `note` are copied. */
void avt_answers_keep(struct avt_answers *answers, const struct avt_answer_key *key,
                      const char *text, size_t size, const char *note, unsigned keep_ms);
