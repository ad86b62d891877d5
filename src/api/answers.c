/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answers.h"

#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/thread.h"

struct entry {
    char key[AVT_ANSWERS_KEY_SIZE]; /* "" = free */
    uint64_t version;
    double until_s; /* 0: no limit */
    char note[AVT_ANSWERS_NOTE_SIZE];
    char *text;
    size_t size;
};

struct avt_answers {
    struct avt_jobstore *store;
    struct avt_mutex *lock;
    struct entry entries[AVT_ANSWERS_MAX]; /* guarded by lock; each key has one place */
};

struct avt_answers *avt_answers_new(struct avt_jobstore *store)
{
    struct avt_answers *answers = avt_new0(struct avt_answers, 1);
    answers->store = store;
    answers->lock = avt_mutex_new();
    return answers;
}

void avt_answers_free(struct avt_answers *answers)
{
    if (!answers)
        return;
    for (size_t i = 0; i < AVT_ANSWERS_MAX; i++)
        avt_free(answers->entries[i].text);
    avt_mutex_free(answers->lock);
    avt_free(answers);
}

/* FNV-1a (Fowler, Noll, Vo), 32 bits. */
static struct entry *place_of(struct avt_answers *answers, const char *key)
{
    uint32_t value = 2166136261u;
    for (; *key; key++)
        value = (value ^ (unsigned char)*key) * 16777619u;
    return &answers->entries[value % AVT_ANSWERS_MAX];
}

char *avt_answers_look(struct avt_answers *answers, struct avt_answer_key *key, size_t *ret_size,
                       char ret_note[AVT_ANSWERS_NOTE_SIZE])
{
    char *copy = NULL;
    key->version = key->text[0] ? avt_jobstore_version(answers->store) : 0;
    if (key->version == 0)
        return NULL;
    avt_mutex_lock(answers->lock);
    const struct entry *entry = place_of(answers, key->text);
    if (entry->version == key->version && avt_str_equal(entry->key, key->text) &&
        (entry->until_s == 0 || avt_now_s() < entry->until_s)) {
        copy = avt_new0(char, entry->size + 1);
        memcpy(copy, entry->text, entry->size);
        *ret_size = entry->size;
        memcpy(ret_note, entry->note, AVT_ANSWERS_NOTE_SIZE);
    }
    avt_mutex_unlock(answers->lock);
    return copy;
}

void avt_answers_keep(struct avt_answers *answers, const struct avt_answer_key *key,
                      const char *text, size_t size, const char *note, unsigned keep_ms)
{
    avt_assert(strlen(note) < AVT_ANSWERS_NOTE_SIZE);
    /* The second look is for a change that was being written when the first was taken, and then
     * undone because its writer died: the number would come again with the next change. */
    if (key->version == 0 || size > AVT_ANSWERS_BYTES_MAX ||
        avt_jobstore_version(answers->store) != key->version)
        return;
    char *copy = avt_new0(char, size + 1);
    memcpy(copy, text, size);
    avt_mutex_lock(answers->lock);
    struct entry *entry = place_of(answers, key->text);
    char *before = entry->text;
    memcpy(entry->key, key->text, sizeof(entry->key));
    memcpy(entry->note, note, strlen(note) + 1);
    entry->version = key->version;
    entry->until_s = keep_ms > 0 ? avt_now_s() + keep_ms / 1000.0 : 0;
    entry->text = copy;
    entry->size = size;
    avt_mutex_unlock(answers->lock);
    avt_free(before);
}
