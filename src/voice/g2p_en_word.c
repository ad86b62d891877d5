/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/alphabet.h"
#include "voice/g2p_en_parts.h"
#include "voice/normalize_parts.h"
#include "voice/tagger.h"

enum avt_next_sound avt_g2p_first_sound(const char *phonemes, enum avt_next_sound otherwise)
{
    for (const char *at = phonemes; *at; at += avt_alphabet_symbol_size(at)) {
        if (avt_alphabet_in(at, AVT_ALPHABET_VOWELS))
            return AVT_NEXT_VOWEL;
        if (avt_alphabet_in(at, AVT_ALPHABET_CONSONANTS))
            return AVT_NEXT_CONSONANT;
    }
    return otherwise;
}

static bool is_lower_word(const char *word)
{
    for (; *word; word++)
        if (norm_is_upper(*word))
            return false;
    return true;
}

bool g2p_is_upper_word(const char *word)
{
    bool letters = false;
    for (; *word; word++) {
        if (norm_is_lower(*word))
            return false;
        letters |= norm_is_upper(*word);
    }
    return letters;
}

static bool is_capitalised_word(const char *word)
{
    return norm_is_upper(word[0]) && is_lower_word(word + 1);
}

static void to_lower(const char *word, char out[G2P_WORD_BYTES_MAX])
{
    size_t size = 0;
    for (; word[size] && size < G2P_WORD_BYTES_MAX - 1; size++)
        out[size] = (char)(norm_is_upper(word[size]) ? word[size] - 'A' + 'a' : word[size]);
    out[size] = '\0';
}

/* As written, else with the first letter's case changed: "Hello" is "hello", "paris" "Paris". Gold
 * goes before silver in either case. */
static bool find(const struct g2p_query *query, const char *word, bool silver,
                 struct avt_lexicon_entry *ret_entry)
{
    struct avt_lexicon_entry exact, other;
    bool has_exact = avt_lexicon_find(query->g2p->lexicon, word, &exact);
    if (has_exact && !exact.silver) {
        *ret_entry = exact;
        return true;
    }
    char changed[G2P_WORD_BYTES_MAX];
    bool has_other = false;
    if (word[0] && word[1] && (is_capitalised_word(word) || is_lower_word(word))) {
        to_lower(word, changed);
        if (norm_is_lower(word[0]))
            changed[0] = (char)(changed[0] - 'a' + 'A');
        has_other = avt_lexicon_find(query->g2p->lexicon, changed, &other);
    }
    if (has_other && !other.silver) {
        *ret_entry = other;
        return true;
    }
    if (!silver || (!has_exact && !has_other))
        return false;
    *ret_entry = has_exact ? exact : other;
    return true;
}

static bool in_gold(const struct g2p_query *query, const char *word)
{
    struct avt_lexicon_entry entry;
    return find(query, word, false, &entry);
}

static bool in_dictionary(const struct g2p_query *query, const char *word)
{
    struct avt_lexicon_entry entry;
    return find(query, word, true, &entry);
}

/* Letter names, the last with the main stress; NULL if there is nothing but signs. */
char *g2p_spell(const struct g2p_query *query, const char *word)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf letters = AVT_BUF_INIT(1 << 14);
    for (; *word; word++) {
        if (!norm_is_alpha(*word))
            continue;
        char letter[2] = {(char)(norm_is_lower(*word) ? *word - 'a' + 'A' : *word), '\0'};
        struct avt_lexicon_entry entry;
        if (avt_lexicon_find(query->g2p->lexicon, letter, &entry))
            avt_buf_append_str(&letters, entry.phonemes[AVT_POS_DEFAULT]);
    }
    if (letters.size == 0)
        return NULL;
    AVT_CLEANUP(avt_freep)
    char *weak = avt_alphabet_stress(avt_buf_str(&letters), AVT_STRESS_SOFTEN);
    const char *last = NULL;
    for (const char *at = strstr(weak, AVT_STRESS_SECONDARY); at;
         at = strstr(at + 1, AVT_STRESS_SECONDARY))
        last = at;
    if (!last)
        return avt_strdup(weak);
    return avt_asprintf("%.*s" AVT_STRESS_PRIMARY "%s", (int)(last - weak), weak,
                        last + strlen(AVT_STRESS_SECONDARY));
}

static enum avt_pos parent_pos(enum avt_tag tag)
{
    switch (tag) {
    case AVT_TAG_NN:
    case AVT_TAG_NNS:
    case AVT_TAG_NNP:
        return AVT_POS_NOUN;
    case AVT_TAG_VB:
    case AVT_TAG_VBP:
    case AVT_TAG_VBZ:
    case AVT_TAG_VBD:
    case AVT_TAG_VBN:
    case AVT_TAG_VBG:
        return AVT_POS_VERB;
    case AVT_TAG_JJ:
        return AVT_POS_ADJ;
    case AVT_TAG_RB:
        return AVT_POS_ADV;
    default:
        return AVT_POS_DEFAULT;
    }
}

/* The data's VBP variants exist because misaki's tagger takes pasts for presents; ours are not
 * asked for. */
static const char *choose_variant(const struct g2p_query *query,
                                  const struct avt_lexicon_entry *entry)
{
    if (query->context->next == AVT_NEXT_PAUSE && entry->phonemes[AVT_POS_PAUSE])
        return entry->phonemes[AVT_POS_PAUSE];
    enum avt_pos exact = query->tag == AVT_TAG_VBD   ? AVT_POS_VBD
                         : query->tag == AVT_TAG_VBN ? AVT_POS_VBN
                         : query->tag == AVT_TAG_DT  ? AVT_POS_DT
                                                     : AVT_POS_DEFAULT;
    if (exact != AVT_POS_DEFAULT && entry->phonemes[exact])
        return entry->phonemes[exact];
    enum avt_pos parent = parent_pos(query->tag);
    return entry->phonemes[parent] ? entry->phonemes[parent] : entry->phonemes[AVT_POS_DEFAULT];
}

/* A dictionary word in its stress; initials that no dictionary has are spelled. NULL if unknown. */
static char *look_up(const struct g2p_query *query, const char *word)
{
    char lower[G2P_WORD_BYTES_MAX];
    bool initials = false;
    if (g2p_is_upper_word(word) && !in_gold(query, word)) {
        to_lower(word, lower);
        word = lower;
        initials = query->tag == AVT_TAG_NNP;
    }
    struct avt_lexicon_entry entry;
    const char *found = find(query, word, !initials, &entry) ? choose_variant(query, &entry) : "";
    if (found[0] == '\0' || (initials && !strstr(found, AVT_STRESS_PRIMARY)))
        return g2p_spell(query, word);
    return avt_alphabet_stress(found, query->stress);
}

bool g2p_all_letters(const char *word)
{
    for (const char *at = word; *at; at++)
        if (!norm_is_alpha(*at))
            return false;
    return word[0] != '\0';
}

static bool is_known(const struct g2p_query *query, const char *word)
{
    if (word[0] == '\0')
        return false;
    if (in_dictionary(query, word))
        return true;
    if (!g2p_all_letters(word))
        return false;
    if (word[1] == '\0')
        return true;
    char lower[G2P_WORD_BYTES_MAX];
    to_lower(word, lower);
    return g2p_is_upper_word(word + 1) || (g2p_is_upper_word(word) && in_gold(query, lower));
}

char *avt_g2p_add_s(const char *phonemes, bool british)
{
    const char *last = avt_alphabet_last(phonemes);
    if (!last)
        return avt_strdup("z");
    const char *ending = avt_alphabet_in(last, "ptkfθ")    ? "s"
                         : avt_alphabet_in(last, "szʃʒʧʤ") ? british ? "ɪz" : "ᵻz"
                                                           : "z";
    return avt_asprintf("%s%s", phonemes, ending);
}

static char *add_ed(const char *phonemes, bool british)
{
    const char *last = avt_alphabet_last(phonemes), *before = avt_alphabet_before_last(phonemes);
    if (!last)
        return avt_strdup("d");
    if (avt_alphabet_in(last, "pkfθʃsʧ"))
        return avt_asprintf("%st", phonemes);
    if (*last == 'd')
        return avt_asprintf("%s%s", phonemes, british ? "ɪd" : "ᵻd");
    if (*last != 't')
        return avt_asprintf("%sd", phonemes);
    if (british || !before)
        return avt_asprintf("%sɪd", phonemes);
    if (avt_alphabet_in(before, AVT_ALPHABET_FLAPPERS))
        return avt_asprintf("%.*sɾᵻd", (int)(last - phonemes), phonemes);
    return avt_asprintf("%sᵻd", phonemes);
}

static char *add_ing(const char *phonemes, const char *stem, bool british)
{
    const char *last = avt_alphabet_last(phonemes), *before = avt_alphabet_before_last(phonemes);
    size_t size = strlen(stem);
    if (!last)
        return avt_strdup("ɪŋ");
    /* A British r is heard again before a vowel: "pouring". */
    bool linking = british && avt_alphabet_in(last, "əː") &&
                   (avt_str_ends(stem, "r") || (size > 2 && avt_str_ends(stem, "re")));
    if (linking)
        return avt_asprintf("%sɹɪŋ", phonemes);
    if (!british && *last == 't' && before && avt_alphabet_in(before, AVT_ALPHABET_FLAPPERS))
        return avt_asprintf("%.*sɾɪŋ", (int)(last - phonemes), phonemes);
    return avt_asprintf("%sɪŋ", phonemes);
}

/* The stem: `word` less its last `cut` bytes, plus `add`; false if no dictionary has it. */
static bool known_stem(const struct g2p_query *query, const char *word, size_t cut, const char *add,
                       char stem[G2P_WORD_BYTES_MAX])
{
    size_t size = strlen(word);
    if (size <= cut || size - cut + strlen(add) >= G2P_WORD_BYTES_MAX)
        return false;
    memcpy(stem, word, size - cut);
    memcpy(stem + size - cut, add, strlen(add) + 1);
    return is_known(query, stem);
}

static char *stem_s(const struct g2p_query *query, const char *word)
{
    char stem[G2P_WORD_BYTES_MAX];
    size_t size = strlen(word);
    if (size < 3 || word[size - 1] != 's')
        return NULL;
    bool known = !avt_str_ends(word, "ss") && !avt_str_ends(word, "'s") &&
                 known_stem(query, word, 1, "", stem);
    known = known || ((avt_str_ends(word, "'s") ||
                       (size > 4 && avt_str_ends(word, "es") && !avt_str_ends(word, "ies"))) &&
                      known_stem(query, word, 2, "", stem));
    known =
        known || (size > 4 && avt_str_ends(word, "ies") && known_stem(query, word, 3, "y", stem));
    AVT_CLEANUP(avt_freep) char *phonemes = known ? look_up(query, stem) : NULL;
    return phonemes ? avt_g2p_add_s(phonemes, query->g2p->british) : NULL;
}

static char *stem_ed(const struct g2p_query *query, const char *word)
{
    char stem[G2P_WORD_BYTES_MAX];
    size_t size = strlen(word);
    if (size < 4 || word[size - 1] != 'd')
        return NULL;
    bool doubled = size > 5 && avt_str_ends(word, "ed") && word[size - 3] == word[size - 4] &&
                   strchr("bdgklmnprt", word[size - 3]);
    bool known = avt_str_ends(word, "ed") && known_stem(query, word, 1, "", stem);
    known = known || (size > 4 && avt_str_ends(word, "ed") && !avt_str_ends(word, "eed") &&
                      known_stem(query, word, 2, "", stem));
    known = known || (doubled && known_stem(query, word, 3, "", stem));
    known =
        known || (size > 4 && avt_str_ends(word, "ied") && known_stem(query, word, 3, "y", stem));
    AVT_CLEANUP(avt_freep) char *phonemes = known ? look_up(query, stem) : NULL;
    return phonemes ? add_ed(phonemes, query->g2p->british) : NULL;
}

static char *stem_ing(const struct g2p_query *query, const char *word)
{
    char stem[G2P_WORD_BYTES_MAX];
    size_t size = strlen(word);
    if (size < 5 || !avt_str_ends(word, "ing"))
        return NULL;
    bool doubled =
        size > 6 && word[size - 4] == word[size - 5] && strchr("bcdgklmnprstvxz", word[size - 4]);
    bool known = size > 5 && known_stem(query, word, 3, "", stem);
    known = known || known_stem(query, word, 3, "e", stem);
    known = known || ((doubled || (size > 5 && avt_str_ends(word, "cking"))) &&
                      known_stem(query, word, 4, "", stem));
    if (!known)
        return NULL;
    struct g2p_query raised = *query;
    if (raised.stress == AVT_STRESS_KEEP)
        raised.stress = AVT_STRESS_SECONDARY_AT_LEAST;
    AVT_CLEANUP(avt_freep) char *phonemes = look_up(&raised, stem);
    return phonemes ? add_ing(phonemes, stem, query->g2p->british) : NULL;
}

static char *with_ending(const struct g2p_query *query, const char *word)
{
    char *phonemes = stem_s(query, word);
    if (!phonemes)
        phonemes = stem_ed(query, word);
    return phonemes ? phonemes : stem_ing(query, word);
}

static char *gold(const struct g2p_query *query, const char *word, enum avt_pos pos)
{
    struct avt_lexicon_entry entry;
    if (!avt_lexicon_find(query->g2p->lexicon, word, &entry))
        return NULL;
    return avt_strdup(entry.phonemes[pos] ? entry.phonemes[pos] : entry.phonemes[AVT_POS_DEFAULT]);
}

/* Small words whose sound depends on what follows. NULL if `word` is none. */
static char *small_word(const struct g2p_query *query, const char *word)
{
    enum avt_next_sound next = query->context->next;
    bool capitals = g2p_is_upper_word(word) && strlen(word) > 1;
    bool name = capitals && query->tag == AVT_TAG_NNP;
    if (avt_str_equal(word, "I"))
        return avt_strdup(AVT_STRESS_SECONDARY "I");
    if (avt_str_equal(word, "a") || avt_str_equal(word, "A"))
        return avt_strdup(next == AVT_NEXT_PAUSE || query->tag == AVT_TAG_NNP ? "ˈA" : "ɐ");
    if (avt_str_casecmp(word, "an") == 0 && !name)
        return avt_strdup("ɐn");
    if (avt_str_casecmp(word, "am") == 0 && !name)
        return next == AVT_NEXT_PAUSE || capitals ? gold(query, "am", AVT_POS_DEFAULT)
                                                  : avt_strdup("ɐm");
    if (avt_str_casecmp(word, "to") == 0 && !name)
        return next == AVT_NEXT_PAUSE ? gold(query, "to", AVT_POS_DEFAULT)
                                      : avt_strdup(next == AVT_NEXT_VOWEL ? "tʊ" : "tə");
    if (avt_str_casecmp(word, "in") == 0 && !name)
        return avt_strdup(next == AVT_NEXT_PAUSE || query->tag != AVT_TAG_IN ? "ˈɪn" : "ɪn");
    if (avt_str_casecmp(word, "the") == 0 && !name)
        return avt_strdup(next == AVT_NEXT_VOWEL ? "ði" : "ðə");
    if (avt_str_casecmp(word, "used") == 0)
        return gold(query, "used", query->context->next_is_to ? AVT_POS_VBD : AVT_POS_DEFAULT);
    return NULL;
}

/* A capital first letter is worth a little stress, capitals throughout more, as misaki has it. */
enum avt_stress g2p_stress_of(const char *word)
{
    if (is_lower_word(word))
        return AVT_STRESS_KEEP;
    return g2p_is_upper_word(word) ? AVT_STRESS_PRIMARY_AT_LEAST : AVT_STRESS_SECONDARY_AT_LEAST;
}

/* Without hyphens and by the dictionary alone; NULL if it does not help. */
char *g2p_simple_word(const struct g2p_query *query, const char *word)
{
    char *phonemes = small_word(query, word);
    if (phonemes)
        return phonemes;
    char lower[G2P_WORD_BYTES_MAX];
    to_lower(word, lower);
    size_t size = strlen(word);
    /* Capitals that are only the start of a sentence or shouting. */
    bool plain_case = g2p_is_upper_word(word) || is_capitalised_word(word);
    if (size > 1 && !is_lower_word(word) && plain_case && !in_dictionary(query, word) &&
        (query->tag != AVT_TAG_NNP || size > 4 || is_capitalised_word(word))) {
        if (in_dictionary(query, lower))
            word = lower;
        else {
            phonemes = with_ending(query, lower);
            if (phonemes)
                return phonemes;
        }
    }
    if (is_known(query, word))
        return look_up(query, word);
    /* "the dogs' tails", "James' hat", "goin'" */
    char bare[G2P_WORD_BYTES_MAX];
    if (size > 1 && word[size - 1] == '\'') {
        memcpy(bare, word, size - 1);
        bare[size - 1] = '\0';
        phonemes = is_known(query, bare) ? look_up(query, bare) : with_ending(query, bare);
        if (phonemes)
            return phonemes;
    }
    if (size > 2 && avt_str_ends(word, "n'") && known_stem(query, word, 1, "g", bare))
        return look_up(query, bare);
    return with_ending(query, word);
}

/* Letters without accents, ASCII apostrophes, nothing else but hyphens; false if the word has
 * letters that have no plain form. */
static bool fold(const char *text, char out[G2P_WORD_BYTES_MAX])
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf folded = AVT_BUF_INIT(G2P_WORD_BYTES_MAX - 1);
    size_t size = strlen(text);
    bool plain = true;
    for (size_t at = 0; at < size && !folded.overflowed;) {
        struct norm_codepoint c = norm_char_at(text + at, size - at);
        at += c.size;
        if (c.kind == NORM_LETTER)
            plain &= norm_fold_letter(c.value, &folded);
        else if (c.ascii == '\'' || c.ascii == '-')
            avt_buf_append_char(&folded, c.ascii);
    }
    memcpy(out, avt_buf_str(&folded), folded.size + 1);
    return plain && !folded.overflowed;
}

enum avt_code avt_g2p_word(const struct avt_g2p *g2p, const struct avt_word *word,
                           const struct avt_g2p_context *context, char **ret_phonemes,
                           struct avt_error *reterr)
{
    char folded[G2P_WORD_BYTES_MAX];
    struct g2p_query query = {.g2p = g2p, .context = context, .tag = (enum avt_tag)word->tag};
    bool plain = fold(word->text, folded);
    query.stress = g2p_stress_of(folded);
    if (word->flags & AVT_WORD_SPELL) {
        char *letters = g2p_spell(&query, folded);
        *ret_phonemes = letters ? letters : avt_strdup("");
        return AVT_OK;
    }
    if (!plain)
        return g2p_unknown_word(&query, word->text, ret_phonemes, reterr);
    if (!strchr(folded, '-') || in_dictionary(&query, folded))
        return g2p_one_part(&query, folded, word->text, ret_phonemes, reterr);
    char lower[G2P_WORD_BYTES_MAX];
    to_lower(folded, lower);
    if (in_dictionary(&query, lower))
        return g2p_one_part(&query, lower, lower, ret_phonemes, reterr);
    return g2p_hyphenated(&query, folded, ret_phonemes, reterr);
}
