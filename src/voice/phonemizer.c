/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/phonemizer.h"

#include <string.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"
#include "os/proc.h"
#include "voice/lexicon.h"

enum { ANSWER_BYTES_MAX = 1 << 14, CACHE_SLOTS = AVT_PHONEMIZER_CACHE_MAX * 2 };

struct cached {
    char *word; /* NULL: empty */
    char *phonemes;
};

struct avt_phonemizer {
    char *language;
    bool raw, hyphens;
    int timeout_ms;
    char *program; /* NULL: the program's own helper */
    struct avt_proc *proc;
    int starts;           /* runs since the last good one, this one included */
    int answers;          /* of this run */
    struct cached *cache; /* [CACHE_SLOTS], open addressing */
    size_t cache_count;
};

struct avt_phonemizer *avt_phonemizer_new(const struct avt_phonemizer_options *options)
{
    struct avt_phonemizer *phonemizer = avt_new0(struct avt_phonemizer, 1);
    phonemizer->language = avt_strdup(options->language);
    phonemizer->raw = options->raw;
    phonemizer->hyphens = options->hyphens;
    phonemizer->timeout_ms =
        options->timeout_ms > 0 ? options->timeout_ms : AVT_PHONEMIZER_TIMEOUT_MS;
    phonemizer->program = options->program ? avt_strdup(options->program) : NULL;
    phonemizer->cache = avt_new0(struct cached, CACHE_SLOTS);
    return phonemizer;
}

static void cache_clear(struct avt_phonemizer *phonemizer)
{
    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        avt_free(phonemizer->cache[i].word);
        avt_free(phonemizer->cache[i].phonemes);
        phonemizer->cache[i] = (struct cached){0};
    }
    phonemizer->cache_count = 0;
}

static struct cached *cache_slot(struct avt_phonemizer *phonemizer, const char *word)
{
    size_t slot = avt_lexicon_hash(word) % CACHE_SLOTS;
    while (phonemizer->cache[slot].word && !avt_str_equal(phonemizer->cache[slot].word, word))
        slot = (slot + 1) % CACHE_SLOTS;
    return &phonemizer->cache[slot];
}

static enum avt_code start(struct avt_phonemizer *phonemizer, struct avt_error *reterr)
{
    if (phonemizer->starts >= AVT_PHONEMIZER_STARTS_MAX)
        return avt_fail(reterr, AVT_EHELPER,
                        "the helper 'avatar-phonemize' ended %d times and is not started again; "
                        "run 'avatar doctor' to see what is wrong with espeak-ng",
                        phonemizer->starts);
    if (!phonemizer->program)
        phonemizer->program = avt_path_helper("avatar-phonemize");
    if (!phonemizer->program)
        return avt_fail(
            reterr, AVT_EHELPER,
            "a word that is in no dictionary needs the helper 'avatar-phonemize', which "
            "is missing; install espeak-ng (libespeak-ng-dev) and build again");
    const char *argv[] = {phonemizer->program, phonemizer->language, NULL};
    enum avt_code code = avt_proc_start(argv, AVT_PROC_STDIN | AVT_PROC_STDOUT | AVT_PROC_QUIET,
                                        &phonemizer->proc, reterr);
    /* A missing file is no model of ours that could be fetched: it is the helper all the same. */
    if (code == AVT_ENOENT)
        return avt_fail(reterr, AVT_EHELPER,
                        "the helper '%s' is missing; install espeak-ng and build again",
                        phonemizer->program);
    if (code == AVT_OK) {
        phonemizer->starts++;
        phonemizer->answers = 0;
    }
    return code;
}

static enum avt_code ended_early(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EHELPER,
                    "the helper 'avatar-phonemize' ended without an answer; run 'avatar doctor' to "
                    "see what is wrong with espeak-ng");
}

/* One line from the helper, without its newline. */
static enum avt_code read_line(struct avt_phonemizer *phonemizer, char line[ANSWER_BYTES_MAX],
                               struct avt_error *reterr)
{
    size_t size = 0;
    while (size < ANSWER_BYTES_MAX - 1) {
        size_t got = 0;
        enum avt_code code =
            avt_proc_read(phonemizer->proc, line + size, ANSWER_BYTES_MAX - 1 - size,
                          phonemizer->timeout_ms, &got, reterr);
        if (code != AVT_OK)
            return avt_fail(reterr, AVT_EHELPER,
                            "the helper 'avatar-phonemize' gave no answer in %d ms; run 'avatar "
                            "doctor' to see what is wrong with espeak-ng",
                            phonemizer->timeout_ms);
        if (got == 0)
            break;
        size += got;
        if (line[size - 1] != '\n')
            continue;
        line[size - 1] = '\0';
        return AVT_OK;
    }
    return ended_early(reterr);
}

static enum avt_code ask_once(struct avt_phonemizer *phonemizer, const char *word,
                              char line[ANSWER_BYTES_MAX], struct avt_error *reterr)
{
    enum avt_code code = phonemizer->proc ? AVT_OK : start(phonemizer, reterr);
    if (code != AVT_OK)
        return code;
    /* It may end before or after the question is in its pipe: the same to who asked. */
    if (avt_proc_write(phonemizer->proc, word, strlen(word), NULL) != AVT_OK ||
        avt_proc_write(phonemizer->proc, "\n", 1, NULL) != AVT_OK)
        return ended_early(reterr);
    code = read_line(phonemizer, line, reterr);
    if (code == AVT_OK && line[0] == '!')
        return avt_fail(reterr, AVT_EHELPER, "%.200s", line + 1);
    return code;
}

static enum avt_code ask(struct avt_phonemizer *phonemizer, const char *word,
                         char line[ANSWER_BYTES_MAX], struct avt_error *reterr)
{
    enum avt_code code = AVT_EHELPER;
    for (int i = 0; i < AVT_PHONEMIZER_TRIES; i++) {
        int starts = phonemizer->starts;
        bool running = phonemizer->proc != NULL;
        code = ask_once(phonemizer, word, line, reterr);
        if (code == AVT_OK)
            return code;
        avt_debug("phonemizer: '%s' failed, starts %d", word, phonemizer->starts);
        avt_proc_free(AVT_TAKE(phonemizer->proc));
        if (!running && phonemizer->starts == starts)
            return code; /* it could not even be started: trying again changes nothing */
    }
    return code;
}

static bool is_english(const struct avt_phonemizer *phonemizer)
{
    return avt_str_starts(phonemizer->language, "en");
}

static char *map(const struct avt_phonemizer *phonemizer, const char *ipa)
{
    if (phonemizer->raw)
        return avt_phonemizer_map_raw(ipa, phonemizer->hyphens);
    if (is_english(phonemizer))
        return avt_phonemizer_map(ipa, avt_str_equal(phonemizer->language, "en-gb"));
    return avt_phonemizer_map_foreign(ipa, avt_str_equal(phonemizer->language, "hi"));
}

/* What espeak must not see: control characters end its line or mean something to it. Never half a
 * character. */
static void clean_copy(const char *word, size_t size_max, char copy[AVT_PHONEMIZER_PHRASE_MAX])
{
    size_t size = 0;
    for (; *word && size < size_max - 1; word++)
        copy[size++] = (unsigned char)*word < 0x20 || *word == 0x7f ? ' ' : *word;
    while (size > 0 && avt_utf8_invalid_at(copy, size) != SIZE_MAX)
        size--;
    copy[size] = '\0';
}

static enum avt_code ask_mapped(struct avt_phonemizer *phonemizer, const char *clean,
                                char **ret_phonemes, struct avt_error *reterr)
{
    char line[ANSWER_BYTES_MAX];
    enum avt_code code = ask(phonemizer, clean, line, reterr);
    if (code != AVT_OK)
        return code;
    /* A server may live for months: only failures close together count. */
    if (++phonemizer->answers >= AVT_PHONEMIZER_ANSWERS_GOOD)
        phonemizer->starts = 1;
    *ret_phonemes = map(phonemizer, line);
    return AVT_OK;
}

enum avt_code avt_phonemizer_word(struct avt_phonemizer *phonemizer, const char *word,
                                  const char **ret_phonemes, struct avt_error *reterr)
{
    avt_assert(phonemizer && word && ret_phonemes);
    char clean[AVT_PHONEMIZER_PHRASE_MAX];
    clean_copy(word, is_english(phonemizer) && !phonemizer->raw ? AVT_PHONEMIZER_WORD_MAX : AVT_PHONEMIZER_PHRASE_MAX,
               clean);
    struct cached *slot = cache_slot(phonemizer, clean);
    if (!slot->word) {
        char *phonemes = NULL;
        enum avt_code code = ask_mapped(phonemizer, clean, &phonemes, reterr);
        if (code != AVT_OK)
            return code;
        if (phonemizer->cache_count >= AVT_PHONEMIZER_CACHE_MAX) {
            cache_clear(phonemizer);
            slot = cache_slot(phonemizer, clean);
        }
        *slot = (struct cached){.word = avt_strdup(clean), .phonemes = phonemes};
        phonemizer->cache_count++;
    }
    *ret_phonemes = slot->phonemes;
    return AVT_OK;
}

enum avt_code avt_phonemizer_phrase(struct avt_phonemizer *phonemizer, const char *phrase,
                                    char **ret_phonemes, struct avt_error *reterr)
{
    avt_assert(phonemizer && phrase && ret_phonemes);
    char clean[AVT_PHONEMIZER_PHRASE_MAX];
    clean_copy(phrase, AVT_PHONEMIZER_PHRASE_MAX, clean);
    return ask_mapped(phonemizer, clean, ret_phonemes, reterr);
}

void avt_phonemizer_free(struct avt_phonemizer *phonemizer)
{
    if (!phonemizer)
        return;
    avt_proc_free(phonemizer->proc);
    cache_clear(phonemizer);
    avt_free(phonemizer->cache);
    avt_free(phonemizer->program);
    avt_free(phonemizer->language);
    avt_free(phonemizer);
}
