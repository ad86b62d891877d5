/* SPDX-License-Identifier: Apache-2.0 */
/* Words made of several (hyphens, apostrophes, capitals inside) and words that no dictionary has.
 */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/g2p_en_parts.h"

enum { PARTS_MAX = 16 };

/* What an apostrophe and letters add to a word that is in no dictionary with them. */
static const struct {
    const char *written, *american, *british;
} CLITICS[] = {{"'ll", "əl", "əl"},
               {"'ve", "əv", "əv"},
               {"'re", "əɹ", "ə"},
               {"'m", "m", "m"},
               {"n't", "ᵊnt", "ᵊnt"}};

/* "PhD", "xml", "MSc": no vowel to say it with. */
static bool is_unspeakable(const char *word)
{
    enum { LETTERS_MAX = 5 };
    return g2p_all_letters(word) && strlen(word) <= LETTERS_MAX && !strpbrk(word, "aeiouyAEIOUY");
}

enum avt_code g2p_unknown_word(const struct g2p_query *query, const char *word, char **ret_phonemes,
                               struct avt_error *reterr)
{
    if (is_unspeakable(word)) {
        char *letters = g2p_spell(query, word);
        *ret_phonemes = letters ? letters : avt_strdup("");
        return AVT_OK;
    }
    const char *answer = NULL;
    enum avt_code code = avt_phonemizer_word(query->g2p->phonemizer, word, &answer, reterr);
    if (code == AVT_OK)
        *ret_phonemes = avt_strdup(answer);
    return code;
}

/* "Zelenskyy's", "there'd": the stem in its own way, then the ending by sound. */
static bool clitic(const struct g2p_query *query, const char *word, char **ret_phonemes,
                   enum avt_code *ret_code, struct avt_error *reterr)
{
    size_t size = strlen(word);
    const char *mark = strrchr(word, '\'');
    bool possessive = mark && mark > word && avt_str_equal(mark, "'s");
    bool would = mark && mark > word && avt_str_equal(mark, "'d");
    const char *ending = NULL;
    size_t cut = possessive || would ? 2 : 0;
    for (size_t i = 0; i < sizeof CLITICS / sizeof CLITICS[0] && !cut; i++) {
        if (size > strlen(CLITICS[i].written) && avt_str_ends(word, CLITICS[i].written)) {
            ending = query->g2p->british ? CLITICS[i].british : CLITICS[i].american;
            cut = strlen(CLITICS[i].written);
        }
    }
    if (!cut)
        return false;
    AVT_CLEANUP(avt_freep) char *stem = avt_strndup(word, size - cut);
    AVT_CLEANUP(avt_freep) char *phonemes = NULL;
    *ret_code = g2p_one_part(query, stem, stem, &phonemes, reterr);
    if (*ret_code != AVT_OK)
        return true;
    const char *last = avt_alphabet_last(phonemes);
    if (possessive)
        *ret_phonemes = avt_g2p_add_s(phonemes, query->g2p->british);
    else if (would)
        *ret_phonemes = avt_asprintf(
            "%s%s", phonemes, last && avt_alphabet_in(last, AVT_ALPHABET_CONSONANTS) ? "əd" : "d");
    else
        *ret_phonemes = avt_asprintf("%s%s", phonemes, ending);
    return true;
}

/* Where "OpenAI" and "JavaScript" are cut: bytes of the first part, 0 if it is one word. */
static size_t camel_cut(const char *word)
{
    for (size_t i = 1; word[i]; i++) {
        bool up = norm_is_upper(word[i]) && norm_is_lower(word[i - 1]);
        bool down = i > 1 && norm_is_upper(word[i - 1]) && norm_is_upper(word[i - 2]) &&
                    norm_is_lower(word[i]);
        if (up)
            return i;
        if (down)
            return i - 1;
    }
    return 0;
}

static char *join_parts(char *const *parts, const size_t *letters, size_t count);

/* Whether the rules know every part of a camel-cased word. */
static bool camel_known(const struct g2p_query *query, const char *word)
{
    char part[G2P_WORD_BYTES_MAX];
    for (size_t cut = camel_cut(word);; cut = camel_cut(word)) {
        size_t size = cut > 0 ? cut : strlen(word);
        if (size >= sizeof part)
            return false;
        memcpy(part, word, size);
        part[size] = '\0';
        AVT_CLEANUP(avt_freep) char *phonemes = g2p_simple_word(query, part);
        if (!phonemes || cut == 0)
            return phonemes != NULL;
        word += cut;
    }
}

static enum avt_code camel(const struct g2p_query *query, const char *word, size_t cut,
                           char **ret_phonemes, struct avt_error *reterr)
{
    char *parts[2] = {NULL, NULL};
    const size_t letters[2] = {cut, strlen(word + cut)};
    AVT_CLEANUP(avt_freep) char *head = avt_strndup(word, cut);
    struct g2p_query part = *query;
    part.stress = g2p_stress_of(head);
    part.tag = g2p_is_upper_word(head) ? AVT_TAG_NNP : AVT_TAG_NN;
    enum avt_code code = g2p_one_part(&part, head, head, &parts[0], reterr);
    part.stress = g2p_stress_of(word + cut);
    part.tag = g2p_is_upper_word(word + cut) ? AVT_TAG_NNP : AVT_TAG_NN;
    if (code == AVT_OK)
        code = g2p_one_part(&part, word + cut, word + cut, &parts[1], reterr);
    if (code == AVT_OK)
        *ret_phonemes = join_parts(parts, letters, 2);
    avt_free(parts[0]);
    avt_free(parts[1]);
    return code;
}

enum avt_code g2p_one_part(const struct g2p_query *query, const char *word, const char *original,
                           char **ret_phonemes, struct avt_error *reterr)
{
    char *phonemes = g2p_simple_word(query, word);
    enum avt_code code = AVT_OK;
    if (phonemes) {
        *ret_phonemes = phonemes;
        return AVT_OK;
    }
    if (clitic(query, word, ret_phonemes, &code, reterr))
        return code;
    size_t cut = camel_cut(word);
    if (cut > 0 && camel_known(query, word))
        return camel(query, word, cut, ret_phonemes, reterr);
    return g2p_unknown_word(query, original, ret_phonemes, reterr);
}

/* A compound keeps one or two main stresses: the lighter half of its parts is weakened. */
static char *join_parts(char *const *parts, const size_t *letters, size_t count)
{
    bool weaken[PARTS_MAX] = {false};
    size_t primary = 0;
    for (size_t i = 0; i < count; i++)
        primary += strstr(parts[i], AVT_STRESS_PRIMARY) != NULL;
    if (count == 2 && letters[0] == 1) {
        weaken[1] = true; /* "T-shirt" */
    } else if (primary > (count + 1) / 2) {
        for (size_t done = 0; done < count / 2; done++) {
            size_t lightest = count;
            for (size_t i = 0; i < count; i++) {
                bool unstressed = !strstr(parts[i], AVT_STRESS_PRIMARY);
                if (!weaken[i] && !unstressed &&
                    (lightest == count ||
                     avt_alphabet_weight(parts[i]) < avt_alphabet_weight(parts[lightest])))
                    lightest = i;
            }
            if (lightest < count)
                weaken[lightest] = true;
        }
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(1 << 16);
    for (size_t i = 0; i < count; i++) {
        AVT_CLEANUP(avt_freep)
        char *part = avt_alphabet_stress(parts[i], weaken[i] ? AVT_STRESS_SOFTEN : AVT_STRESS_KEEP);
        avt_buf_append_str(&out, part);
    }
    return avt_buf_take(&out);
}

enum avt_code g2p_hyphenated(const struct g2p_query *query, char *word, char **ret_phonemes,
                             struct avt_error *reterr)
{
    char *texts[PARTS_MAX], *parts[PARTS_MAX] = {NULL};
    size_t letters[PARTS_MAX] = {0}, count = 0;
    enum avt_code code = AVT_OK;
    for (char *rest = word; rest && count < PARTS_MAX;) {
        char *part = strsep(&rest, "-");
        if (part[0] != '\0')
            texts[count++] = part;
    }
    /* From the right, for "the" in "state-of-the-art". */
    struct avt_g2p_context context = *query->context;
    for (size_t i = count; i-- > 0 && code == AVT_OK;) {
        struct g2p_query inner = *query;
        inner.context = &context;
        inner.stress = g2p_stress_of(texts[i]);
        if (i + 1 < count)
            inner.tag = g2p_is_upper_word(texts[i]) ? AVT_TAG_NNP : AVT_TAG_IN;
        letters[i] = strlen(texts[i]);
        code = g2p_one_part(&inner, texts[i], texts[i], &parts[i], reterr);
        if (code == AVT_OK)
            context.next = avt_g2p_first_sound(parts[i], context.next);
    }
    if (code == AVT_OK)
        *ret_phonemes = join_parts(parts, letters, count);
    for (size_t i = 0; i < count; i++)
        avt_free(parts[i]);
    return code;
}
