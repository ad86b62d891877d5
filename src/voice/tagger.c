/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/tagger.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { LOWER_MAX = 32, LOOK_MAX = 12 /* words looked back or ahead at most */ };

struct tagger {
    struct avt_reading *reading;
    char (*lower)[LOWER_MAX]; /* of each word, cut; "" for what is spelled */
    bool *pause;              /* after each word */
    size_t count;
};

bool avt_tagger_pause_after(const struct avt_reading *reading, size_t index)
{
    if (index + 1 >= reading->word_count)
        return true;
    const struct avt_token *tokens = reading->tokens.tokens;
    size_t from = reading->words[index].token, to = reading->words[index + 1].token;
    if (from != to && tokens[from].sentence_end)
        return true;
    for (size_t i = from + 1; i < to; i++)
        if (tokens[i].sentence_end ||
            (tokens[i].punctuation && strchr(".,;:!?-e", tokens[i].punctuation)))
            return true;
    return false;
}

static void lower_copy(const struct avt_word *word, char out[LOWER_MAX])
{
    size_t size = 0;
    for (const char *at = word->text; *at && size < LOWER_MAX - 1; at++)
        out[size++] = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    out[size] = '\0';
    if (word->flags & AVT_WORD_SPELL)
        out[0] = '\0';
}

static const char *word_at(const struct tagger *tagger, size_t index)
{
    return index < tagger->count ? tagger->lower[index] : "";
}

static enum avt_tag tag_at(const struct tagger *tagger, size_t index)
{
    return index < tagger->count ? (enum avt_tag)tagger->reading->words[index].tag : AVT_TAG_NONE;
}

/* The next word of the same clause, "" if a pause comes first. */
static const char *next_word(const struct tagger *tagger, size_t index)
{
    return tagger->pause[index] ? "" : word_at(tagger, index + 1);
}

#define ONE_OF(word, ...)                                                                          \
    avt_str_is_one_of((word), (const char *const[]){__VA_ARGS__},                                  \
                      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static bool is_nominative(const char *word)
{
    return ONE_OF(word, "i", "you", "we", "they", "i'll", "you'll");
}

static bool is_third_person(const char *word)
{
    return ONE_OF(word, "he", "she", "it", "everyone", "someone", "nobody", "everybody", "somebody",
                  "anyone", "this", "that");
}

static bool is_have(const char *word)
{
    return ONE_OF(word, "have", "has", "had", "having", "haven't", "hasn't", "hadn't", "i've",
                  "you've", "we've", "they've", "could've", "should've", "would've", "must've");
}

static bool is_be(const char *word)
{
    return ONE_OF(word, "be", "is", "are", "was", "were", "been", "being", "am", "isn't", "aren't",
                  "wasn't", "weren't", "i'm", "you're", "he's", "she's", "it's", "we're", "they're",
                  "get", "gets", "got", "getting", "become", "becomes", "became", "seem", "seems",
                  "that's", "what's", "there's");
}

static bool is_do(const char *word)
{
    return ONE_OF(word, "do", "does", "did", "don't", "doesn't", "didn't");
}

/* Whether `word` can start a noun phrase, so that a verb before it has its object. */
static bool starts_object(const char *word)
{
    enum avt_tag tag = avt_tagger_closed(word);
    return tag == AVT_TAG_DT || tag == AVT_TAG_PRPS || tag == AVT_TAG_PRP;
}

/* Index of the last word of the clause before `index` that is no adverb; SIZE_MAX at its start. */
static size_t anchor(const struct tagger *tagger, size_t index)
{
    size_t at = index;
    for (int looked = 0; at > 0 && !tagger->pause[at - 1] && looked < LOOK_MAX; looked++) {
        at--;
        if (tag_at(tagger, at) != AVT_TAG_RB || is_have(tagger->lower[at]))
            return at;
    }
    return SIZE_MAX;
}

static bool clause_has(const struct tagger *tagger, size_t index, const char *const *list,
                       size_t count)
{
    size_t from = index, to = index;
    for (int i = 0; i < LOOK_MAX && from > 0 && !tagger->pause[from - 1]; i++)
        from--;
    for (int i = 0; i < LOOK_MAX && to + 1 < tagger->count && !tagger->pause[to]; i++)
        to++;
    for (size_t i = from; i <= to; i++)
        if (avt_str_is_one_of(tagger->lower[i], list, count))
            return true;
    return false;
}

/* "I read the book": past unless something in the clause says that it is a habit. */
static enum avt_tag tense_of_read(const struct tagger *tagger, size_t index, const char *subject)
{
    static const char *const PRESENT[] = {"every",    "always", "often",     "usually", "sometimes",
                                          "never",    "daily",  "regularly", "now",     "when",
                                          "if",       "rarely", "please",    "can",     "will",
                                          "nowadays", "who"};
    static const char *const PAST[] = {
        "yesterday", "last", "ago",  "already", "once",   "earlier", "had",        "did",
        "was",       "were", "said", "told",    "before", "finally", "previously", "recently"};
    if (is_third_person(subject))
        return AVT_TAG_VBD; /* the present would be "reads" */
    /* "Who read my letter?", but "those who read" */
    if (avt_str_equal(subject, "who") && (index == 1 || tagger->pause[index - 2]) &&
        starts_object(next_word(tagger, index)))
        return AVT_TAG_VBD;
    if (clause_has(tagger, index, PAST, sizeof PAST / sizeof PAST[0]))
        return AVT_TAG_VBD;
    if (avt_str_equal(subject, "you") ||
        clause_has(tagger, index, PRESENT, sizeof PRESENT / sizeof PRESENT[0]))
        return AVT_TAG_VBP;
    return starts_object(next_word(tagger, index)) || ONE_OF(next_word(tagger, index), "about")
               ? AVT_TAG_VBD
               : AVT_TAG_VBP;
}

static enum avt_tag past_or_present(const struct tagger *tagger, size_t index, unsigned classes,
                                    const char *subject)
{
    bool past = (classes & AVT_CLASS_PAST) != 0, base = (classes & AVT_CLASS_VERB) != 0;
    if (past && base) {
        if (avt_str_equal(tagger->lower[index], "read"))
            return tense_of_read(tagger, index, subject);
        return is_third_person(subject) || avt_str_equal(tagger->lower[index], "wound")
                   ? AVT_TAG_VBD
                   : AVT_TAG_VBP;
    }
    if (past)
        return AVT_TAG_VBD;
    if (base && (classes & AVT_CLASS_ADJECTIVE) && is_third_person(subject))
        return AVT_TAG_NONE; /* "nobody close to him": the verb would be "closes" */
    if (classes & AVT_CLASS_VERB_S)
        return AVT_TAG_VBZ;
    return base ? AVT_TAG_VBP : AVT_TAG_NONE;
}

static enum avt_tag as_noun(unsigned classes)
{
    if (classes & AVT_CLASS_NOUN_S)
        return AVT_TAG_NNS;
    return AVT_TAG_NN;
}

/* Whether what follows looks like a noun that the word at `index` could qualify. */
static bool noun_follows(const struct tagger *tagger, size_t index)
{
    const char *next = next_word(tagger, index);
    if (next[0] == '\0' || avt_tagger_closed(next) != AVT_TAG_NONE)
        return false;
    unsigned classes = avt_tagger_classes(next);
    if (classes & (AVT_CLASS_NOUN | AVT_CLASS_NOUN_S))
        return true;
    if (classes & AVT_CLASS_ADJECTIVE)
        return true; /* "the live broadcast", "a close old friend" */
    return (classes & (AVT_CLASS_VERB | AVT_CLASS_PAST | AVT_CLASS_ADVERB)) == 0;
}

/* After "the", "my", "big", "of": inside a noun phrase. */
static enum avt_tag in_noun_phrase(const struct tagger *tagger, size_t index, unsigned classes)
{
    if (classes & AVT_CLASS_ADJECTIVE && noun_follows(tagger, index))
        return AVT_TAG_JJ;
    if (classes & (AVT_CLASS_NOUN | AVT_CLASS_NOUN_S))
        return as_noun(classes);
    if (classes & AVT_CLASS_ADJECTIVE)
        return AVT_TAG_JJ;
    if (classes & AVT_CLASS_PARTICIPLE)
        return AVT_TAG_VBN;
    if (classes & AVT_CLASS_GERUND)
        return AVT_TAG_VBG;
    if (classes & AVT_CLASS_ADVERB)
        return AVT_TAG_RB;
    return AVT_TAG_NN;
}

static enum avt_tag after_be(const struct tagger *tagger, size_t index, unsigned classes)
{
    if (classes & AVT_CLASS_PARTICIPLE)
        return AVT_TAG_VBN;
    if (classes & AVT_CLASS_ADJECTIVE)
        return AVT_TAG_JJ;
    if (classes & AVT_CLASS_GERUND)
        return AVT_TAG_VBG;
    if (classes & AVT_CLASS_ADVERB)
        return AVT_TAG_RB;
    /* "What is record time", "Is use of it free": never a base verb. */
    return in_noun_phrase(tagger, index, classes);
}

/* Start of a clause: an order ("Record the call") or a noun phrase without an article. */
static enum avt_tag at_start(const struct tagger *tagger, size_t index, unsigned classes)
{
    const char *next = next_word(tagger, index);
    bool object = starts_object(next) || ONE_OF(next, "up", "down", "out", "back", "away", "off");
    /* "Tear here" */
    object = object || (!(classes & AVT_CLASS_ADJECTIVE) && ONE_OF(next, "here", "now", "today"));
    if ((classes & AVT_CLASS_VERB) &&
        (object || !(classes & (AVT_CLASS_NOUN | AVT_CLASS_ADJECTIVE))))
        return AVT_TAG_VB;
    if ((classes & AVT_CLASS_VERB) && (classes & AVT_CLASS_ADJECTIVE) &&
        noun_follows(tagger, index))
        return AVT_TAG_JJ;
    if (classes & (AVT_CLASS_NOUN | AVT_CLASS_NOUN_S))
        return as_noun(classes);
    if (classes & AVT_CLASS_ADJECTIVE)
        return AVT_TAG_JJ;
    if (classes & AVT_CLASS_GERUND)
        return AVT_TAG_VBG;
    if (classes & AVT_CLASS_PARTICIPLE)
        return AVT_TAG_VBN;
    return classes & AVT_CLASS_ADVERB ? AVT_TAG_RB : AVT_TAG_NN;
}

/* Whether nothing else in the clause can be its verb, though it begins as a sentence would. */
static bool is_only_verb(const struct tagger *tagger, size_t index)
{
    size_t from = index;
    for (int i = 0; i < LOOK_MAX && from > 0 && !tagger->pause[from - 1]; i++) {
        enum avt_tag tag = tag_at(tagger, --from);
        if (tag == AVT_TAG_MD || (tag >= AVT_TAG_VB && tag <= AVT_TAG_VBG))
            return false;
    }
    for (size_t i = index; !tagger->pause[i] && i < index + LOOK_MAX; i++) {
        enum avt_tag closed = avt_tagger_closed(word_at(tagger, i + 1));
        unsigned classes = avt_tagger_classes(word_at(tagger, i + 1));
        if (closed == AVT_TAG_MD || (closed >= AVT_TAG_VB && closed <= AVT_TAG_VBG) ||
            (classes & AVT_CLASS_PAST) ||
            (classes & AVT_CLASS_VERB_S && !(classes & AVT_CLASS_NOUN_S)))
            return false;
    }
    enum avt_tag first = tag_at(tagger, from);
    return first == AVT_TAG_DT || first == AVT_TAG_PRPS;
}

/* After a noun: its verb, or the next noun of a compound. */
static enum avt_tag after_noun(const struct tagger *tagger, size_t index, unsigned classes,
                               enum avt_tag before, const char *subject)
{
    const char *next = next_word(tagger, index);
    enum avt_tag next_tag = avt_tagger_closed(next);
    bool plural = before == AVT_TAG_NNS || ONE_OF(subject, "people", "children", "men", "women", "police",
                                                "cattle", "fish", "sheep");
    /* A plural seldom qualifies the next noun: "farms produce fresh food", "muscles contract". */
    bool bare_verb = plural &&
                     (next[0] == '\0' || (avt_tagger_classes(next) & AVT_CLASS_ADJECTIVE)) &&
                     !ONE_OF(subject, "sports", "sales", "systems", "savings", "news", "arms");
    /* "The law permits small fires" */
    bare_verb = bare_verb || (next[0] != '\0' && next_tag == AVT_TAG_NONE &&
                              is_only_verb(tagger, index));
    bool verb_like = bare_verb || starts_object(next) || next_tag == AVT_TAG_TO ||
                     next_tag == AVT_TAG_RB || next_tag == AVT_TAG_IN || next_tag == AVT_TAG_WH ||
                     (avt_tagger_classes(next) & AVT_CLASS_ADVERB);
    if ((classes & AVT_CLASS_PAST) && !(classes & (AVT_CLASS_VERB | AVT_CLASS_NOUN)))
        return AVT_TAG_VBD;
    if (avt_str_equal(tagger->lower[index], "read"))
        return plural ? tense_of_read(tagger, index, "they") : AVT_TAG_VBD;
    if ((classes & AVT_CLASS_PAST) && (classes & AVT_CLASS_NOUN) && verb_like)
        return AVT_TAG_VBD; /* "the eagle dove into" */
    if ((classes & AVT_CLASS_VERB_S) && !plural && (verb_like || !(classes & AVT_CLASS_NOUN_S)))
        return AVT_TAG_VBZ;
    /* "the manager projects growth": people act. */
    bool agent = before == AVT_TAG_NNP || avt_str_ends(subject, "er") ||
                 avt_str_ends(subject, "or") || avt_str_ends(subject, "ist");
    if ((classes & AVT_CLASS_VERB_S) && agent && next[0] != '\0' && next_tag == AVT_TAG_NONE)
        return AVT_TAG_VBZ;
    if ((classes & AVT_CLASS_VERB) && plural && (verb_like || !(classes & AVT_CLASS_NOUN)))
        return AVT_TAG_VBP;
    if ((classes & AVT_CLASS_VERB) && !(classes & (AVT_CLASS_NOUN | AVT_CLASS_ADJECTIVE)))
        return AVT_TAG_VBP;
    if (classes & (AVT_CLASS_NOUN | AVT_CLASS_NOUN_S))
        return as_noun(classes);
    if (classes & AVT_CLASS_ADVERB)
        return AVT_TAG_RB;
    if (classes & AVT_CLASS_ADJECTIVE)
        return AVT_TAG_JJ;
    if (classes & AVT_CLASS_GERUND)
        return AVT_TAG_VBG;
    return AVT_TAG_NN;
}

static enum avt_tag after_verb(const struct tagger *tagger, size_t index, unsigned classes)
{
    if (classes & AVT_CLASS_ADVERB && !noun_follows(tagger, index))
        return AVT_TAG_RB;
    if (classes & AVT_CLASS_ADJECTIVE)
        return AVT_TAG_JJ;
    return in_noun_phrase(tagger, index, classes);
}

/* Whether the "to" at `index` is that of an infinitive: a preposition goes before a noun. */
static bool is_infinitive(const struct tagger *tagger, size_t index)
{
    const char *verb_or_noun = next_word(tagger, index);
    const char *before = index > 0 ? tagger->lower[index - 1] : "";
    if (ONE_OF(verb_or_noun, "work", "school", "market", "music", "water", "people", "children"))
        return !ONE_OF(before, "go", "goes", "went", "going", "get", "got", "listen", "back");
    return true;
}

static enum avt_tag after_and(const struct tagger *tagger, size_t index, unsigned classes,
                              size_t and_index)
{
    enum avt_tag joined = and_index > 0 ? tag_at(tagger, and_index - 1) : AVT_TAG_NONE;
    const char *next = next_word(tagger, index);
    if ((classes & AVT_CLASS_VERB) && starts_object(next) && !(classes & AVT_CLASS_PAST))
        return AVT_TAG_VB; /* "wait and close the door" */
    if (joined == AVT_TAG_VB || joined == AVT_TAG_VBP)
        return classes & AVT_CLASS_VERB ? joined : in_noun_phrase(tagger, index, classes);
    if ((classes & AVT_CLASS_PAST) && !(classes & AVT_CLASS_NOUN) && joined != AVT_TAG_VBN &&
        (!(classes & AVT_CLASS_VERB) || joined == AVT_TAG_VBD))
        return AVT_TAG_VBD;
    if (joined == AVT_TAG_VBN && (classes & AVT_CLASS_PARTICIPLE))
        return AVT_TAG_VBN;
    if ((classes & AVT_CLASS_VERB_S) && (joined == AVT_TAG_VBZ || starts_object(next)))
        return AVT_TAG_VBZ;
    return in_noun_phrase(tagger, index, classes);
}

/* A question turns the order round: "Did you read", "Have they read", "Can we record". */
static enum avt_tag after_question(const struct tagger *tagger, size_t subject, unsigned classes)
{
    if (subject == 0 || tagger->pause[subject - 1])
        return AVT_TAG_NONE;
    const char *opener = tagger->lower[subject - 1];
    if ((is_do(opener) || avt_tagger_closed(opener) == AVT_TAG_MD ||
         ONE_OF(opener, "let", "make", "makes", "made", "help", "helps", "helped", "watch", "see",
                "hear", "saw", "heard")) &&
        (classes & AVT_CLASS_VERB))
        return AVT_TAG_VB;
    if (is_have(opener) && (classes & AVT_CLASS_PARTICIPLE))
        return AVT_TAG_VBN;
    return AVT_TAG_NONE;
}

/* Whether the "that" at `index` begins what is said or thought, and is not a pronoun. */
static bool begins_statement(const struct tagger *tagger, size_t index)
{
    if (!avt_str_equal(tagger->lower[index], "that") || tag_at(tagger, index) != AVT_TAG_IN ||
        index == 0)
        return false;
    enum avt_tag before = tag_at(tagger, index - 1);
    return before >= AVT_TAG_VB && before <= AVT_TAG_VBN;
}

static enum avt_tag choose(const struct tagger *tagger, size_t index, unsigned classes)
{
    size_t before = anchor(tagger, index);
    if (before == SIZE_MAX)
        return at_start(tagger, index, classes);
    if (begins_statement(tagger, before))
        return in_noun_phrase(tagger, index, classes);
    const char *word = tagger->lower[before];
    enum avt_tag tag = tag_at(tagger, before);
    if (is_have(word) && (classes & AVT_CLASS_PARTICIPLE))
        return AVT_TAG_VBN;
    if (is_have(word) && avt_str_equal(tagger->lower[index], "read"))
        return AVT_TAG_VBN;
    if (is_be(word))
        return after_be(tagger, index, classes);
    if ((tag == AVT_TAG_MD || is_do(word) || (tag == AVT_TAG_TO && is_infinitive(tagger, before)) ||
         tag == AVT_TAG_UH || ONE_OF(word, "let's", "help", "please")) &&
        (classes & AVT_CLASS_VERB))
        return AVT_TAG_VB;
    enum avt_tag chosen = AVT_TAG_NONE;
    if (tag == AVT_TAG_PRP || tag == AVT_TAG_NN || tag == AVT_TAG_NNP || tag == AVT_TAG_NNS) {
        chosen = after_question(tagger, before, classes);
        if (chosen != AVT_TAG_NONE && (tag == AVT_TAG_PRP || !(classes & AVT_CLASS_NOUN)))
            return chosen;
    }
    if (tag == AVT_TAG_WH || is_nominative(word) || is_third_person(word) ||
        (tag == AVT_TAG_PRP && !ONE_OF(word, "him", "them", "me", "us")))
        chosen = past_or_present(tagger, index, classes, word);
    if (chosen != AVT_TAG_NONE && !(is_third_person(word) && tag == AVT_TAG_DT &&
                                    (classes & (AVT_CLASS_NOUN | AVT_CLASS_ADJECTIVE))))
        return chosen;
    switch (tag) {
    case AVT_TAG_DT:
    case AVT_TAG_PRPS:
    case AVT_TAG_JJ:
    case AVT_TAG_CD:
    case AVT_TAG_IN:
    case AVT_TAG_TO:
    case AVT_TAG_EX:
        return in_noun_phrase(tagger, index, classes);
    case AVT_TAG_CC:
        return after_and(tagger, index, classes, before);
    case AVT_TAG_NN:
    case AVT_TAG_NNP:
    case AVT_TAG_NNS:
        return after_noun(tagger, index, classes, tag, word);
    default:
        return after_verb(tagger, index, classes);
    }
}

static bool is_capitalised(const char *text)
{
    return text[0] >= 'A' && text[0] <= 'Z';
}

static bool is_all_capitals(const char *text)
{
    size_t letters = 0;
    for (; *text; text++) {
        if (*text >= 'a' && *text <= 'z')
            return false;
        letters += *text >= 'A' && *text <= 'Z';
    }
    return letters > 1;
}

/* Whether capitals around a word mean shouting rather than initials. */
static bool is_shouting(const struct tagger *tagger, size_t index)
{
    size_t capitals = 0, words = 0;
    size_t from = index > 4 ? index - 4 : 0;
    for (size_t i = from; i < tagger->count && i <= index + 4; i++) {
        if (i == index || strlen(tagger->reading->words[i].text) < 2)
            continue;
        words++;
        /* "NASA, the FBI and the CIA" is not shouted: the words must be ordinary ones. */
        const char *lower = tagger->lower[i];
        capitals += is_all_capitals(tagger->reading->words[i].text) && avt_tagger_listed(lower);
    }
    return capitals >= 2 && capitals * 2 > words;
}

/* Names and initials: capitals that the start of a sentence does not explain. */
static bool is_name(const struct tagger *tagger, size_t index)
{
    const char *text = tagger->reading->words[index].text;
    const char *lower = tagger->lower[index];
    if (is_all_capitals(text)) {
        /* "I did NOT": common words in capitals are stressed, but for those that are initials. */
        bool common = avt_tagger_listed(lower) && !ONE_OF(lower, "us", "it", "who", "act", "aim");
        return !common && !is_shouting(tagger, index);
    }
    bool start = index == 0 || tagger->pause[index - 1];
    return is_capitalised(text) && !start && avt_tagger_closed(lower) == AVT_TAG_NONE;
}

static enum avt_tag tag_of_that(const struct tagger *tagger, size_t index)
{
    const char *next = next_word(tagger, index);
    if (next[0] == '\0')
        return AVT_TAG_DT;
    /* "that book", "that is": pointing; "said that he", "the man that came": not. */
    bool start = index == 0 || tagger->pause[index - 1];
    if (start || (tag_at(tagger, index - 1) == AVT_TAG_IN) || is_be(next))
        return AVT_TAG_DT;
    /* "She never read that novel." */
    enum avt_tag before = tag_at(tagger, index - 1);
    unsigned no_noun = AVT_CLASS_VERB | AVT_CLASS_VERB_S | AVT_CLASS_PAST | AVT_CLASS_ADVERB;
    if (tagger->pause[index + 1] && before >= AVT_TAG_VB && before <= AVT_TAG_VBN &&
        avt_tagger_closed(next) == AVT_TAG_NONE &&
        !(avt_tagger_classes(next) & no_noun))
        return AVT_TAG_DT;
    return AVT_TAG_IN;
}

/* "A" as the name of something: "Plan A", "A and B", "option A is". */
static bool is_letter_a(const struct tagger *tagger, size_t index)
{
    const struct avt_word *word = &tagger->reading->words[index];
    const struct avt_token_list *tokens = &tagger->reading->tokens;
    bool last =
        index + 1 == tagger->count || tagger->reading->words[index + 1].token != word->token;
    /* "5(a)", "the 'a'": nothing that it could be the article of. */
    if (avt_str_casecmp(word->text, "a") == 0 && last && word->token + 1 < tokens->count &&
        strchr(")'\"", tokens->tokens[word->token + 1].punctuation) &&
        tokens->tokens[word->token + 1].punctuation && !tokens->tokens[word->token].space_after)
        return true;
    if (!avt_str_equal(word->text, "A"))
        return false;
    enum avt_tag next = avt_tagger_closed(next_word(tagger, index));
    if (next == AVT_TAG_CC || next == AVT_TAG_VBZ || next == AVT_TAG_MD || next == AVT_TAG_IN ||
        next == AVT_TAG_TO || next == AVT_TAG_VBD || next == AVT_TAG_VBP)
        return true;
    return index > 0 && !tagger->pause[index - 1] &&
           ONE_OF(tagger->lower[index - 1], "plan", "vitamin", "grade", "group", "class", "section",
                  "type", "hepatitis", "option", "team", "appendix", "exhibit", "point", "part",
                  "series", "level", "influenza");
}

static enum avt_tag tag_of(const struct tagger *tagger, size_t index)
{
    const struct avt_word *word = &tagger->reading->words[index];
    const char *lower = tagger->lower[index];
    if (word->flags & AVT_WORD_NUMBER)
        return AVT_TAG_CD;
    if ((word->flags & AVT_WORD_SPELL) || is_letter_a(tagger, index))
        return AVT_TAG_NNP;
    if (avt_str_equal(lower, "that"))
        return tag_of_that(tagger, index);
    if (is_name(tagger, index) && !(avt_tagger_classes(lower) & AVT_CLASS_VERB))
        return AVT_TAG_NNP;
    enum avt_tag closed = avt_tagger_closed(lower);
    if (closed == AVT_TAG_IN && avt_str_equal(lower, "like")) {
        size_t before = anchor(tagger, index);
        const char *subject = before == SIZE_MAX ? "" : tagger->lower[before];
        if (is_nominative(subject) || avt_tagger_closed(subject) == AVT_TAG_MD)
            return AVT_TAG_VBP;
    }
    if (closed != AVT_TAG_NONE)
        return closed;
    return choose(tagger, index, avt_tagger_classes(lower));
}

void avt_tagger_run(struct avt_reading *reading)
{
    struct tagger tagger = {.reading = reading, .count = reading->word_count};
    if (tagger.count == 0)
        return;
    tagger.lower = avt_alloc0(tagger.count, sizeof *tagger.lower);
    tagger.pause = avt_new0(bool, tagger.count);
    for (size_t i = 0; i < tagger.count; i++) {
        lower_copy(&reading->words[i], tagger.lower[i]);
        tagger.pause[i] = avt_tagger_pause_after(reading, i);
    }
    for (size_t i = 0; i < tagger.count; i++)
        reading->words[i].tag = tag_of(&tagger, i);
    avt_free(tagger.lower);
    avt_free(tagger.pause);
}
