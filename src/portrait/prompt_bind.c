/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to what. An adjective belongs to the next noun that takes it ("long curly red hair"), else to the noun
 * before ("her eyes are blue", "hair: long"), else to none ("curly", "in black"). A negation reaches to the next noun,
 * and over "or". */
#include "base/str.h"
#include "portrait/prompt_reader.h"

#define BIT(clothing) (UINT64_C(1) << AVT_CLOTHING_##clothing)

enum {
    REACH_MAX = 12,          /* words from an adjective to its noun */
    NEGATION_REACH_MAX = 7,  /* and from a negation to what it denies */
};

struct binding {
    struct avt_reader *reader;
    size_t noun;        /* token of the last noun of this sentence, SIZE_MAX */
    size_t noun_words;
    enum avt_word_class noun_class;
    bool linked;        /* "is" or ":" came after that noun, and nothing since that ends it */
    bool in;            /* "in" or "wearing" is right before */
    bool negated, without;
    size_t negated_at;
    size_t denied;      /* noun whose adjectives took the negation */
    size_t layered;     /* noun that was looked at for what is under it */
    size_t hidden;      /* noun that is under other clothes */
};

static bool has(const struct avt_match *match, enum avt_word_kind kind)
{
    for (size_t i = 0; i < match->count; i++)
        if (match->rows[i]->kind == kind)
            return true;
    return false;
}

static const struct avt_word *row_of(const struct avt_match *match, enum avt_word_kind kind, enum avt_word_class class)
{
    for (size_t i = 0; i < match->count; i++)
        if (match->rows[i]->kind == kind && match->rows[i]->class == class)
            return match->rows[i];
    return NULL;
}

static const struct avt_word *noun_row(const struct avt_match *match)
{
    for (size_t i = 0; i < match->count; i++) {
        enum avt_word_kind kind = match->rows[i]->kind;
        if (kind == AVT_WORD_NOUN || kind == AVT_WORD_PARTICIPLE || kind == AVT_WORD_PROFESSION)
            return match->rows[i];
    }
    return NULL;
}

static bool is_adjective(const struct avt_match *match)
{
    return has(match, AVT_WORD_ADJECTIVE) || has(match, AVT_WORD_ALONE);
}

/* Does the noun at `at` take the adjective? A participle that also goes with people only by a hyphen. */
static bool takes(const struct avt_reader *reader, const struct avt_match *adjective, size_t at)
{
    const struct avt_word *noun = noun_row(&reader->matches[at]);
    if (!noun || !row_of(adjective, AVT_WORD_ADJECTIVE, noun->class))
        return false;
    return noun->kind != AVT_WORD_PARTICIPLE || reader->tokens[at].hyphen ||
           !row_of(adjective, AVT_WORD_ADJECTIVE, AVT_CLASS_PERSON);
}

/* Of "hospital scrubs", of which both take the colour, it belongs to the last; not of "black-haired woman". */
static size_t last_of_compound(const struct avt_reader *reader, const struct avt_match *adjective, size_t at)
{
    size_t next = at + reader->matches[at].words;
    while (next < reader->count && !reader->tokens[next].comma && !reader->tokens[next].stop &&
           noun_row(&reader->matches[next]) && noun_row(&reader->matches[next])->class != AVT_CLASS_PERSON &&
           takes(reader, adjective, next)) {
        at = next;
        next = at + reader->matches[at].words;
    }
    return at;
}

/* The noun ahead that takes the adjective, SIZE_MAX if there is none.
 * @param ret_far  Whether there is a comma or "and" between. */
static size_t noun_ahead(const struct avt_reader *reader, const struct avt_match *adjective, size_t at, bool *ret_far)
{
    *ret_far = false;
    bool after_unknown = false;
    for (size_t next = at + adjective->words; next < reader->count && next - at < REACH_MAX;) {
        const struct avt_token *token = &reader->tokens[next];
        const struct avt_match *match = &reader->matches[next];
        if (token->stop || token->colon || ((token->comma || has(match, AVT_WORD_AND)) && after_unknown))
            return SIZE_MAX;
        *ret_far = *ret_far || token->comma || has(match, AVT_WORD_AND) || has(match, AVT_WORD_OR);
        if (noun_row(match)) {
            if (takes(reader, adjective, next))
                return last_of_compound(reader, adjective, next);
            size_t after = next + match->words;
            bool compound = after < reader->count && noun_row(&reader->matches[after]) && !reader->tokens[after].comma;
            bool passes = noun_row(match)->kind == AVT_WORD_PARTICIPLE || is_adjective(match) || compound;
            if (!passes)
                return SIZE_MAX;
        } else if (match->words && !is_adjective(match) && !has(match, AVT_WORD_SAY) && !has(match, AVT_WORD_SMALL) &&
                   !has(match, AVT_WORD_AND) && !has(match, AVT_WORD_OR) && !has(match, AVT_WORD_HALF)) {
            return SIZE_MAX;
        } else if (token->comma && match->words && !is_adjective(match) && !has(match, AVT_WORD_SAY) &&
                   !has(match, AVT_WORD_HALF)) {
            return SIZE_MAX;
        }
        after_unknown = match->words == 0;
        next += match->words ? match->words : 1;
    }
    return SIZE_MAX;
}

/* Is right after the adjective what it must belong to, and does not take it: a tie that cannot be red, or a parrot? */
static bool is_taken_away(const struct avt_reader *reader, size_t at)
{
    size_t next = at + reader->matches[at].words;
    if (next >= reader->count || reader->tokens[next].comma || reader->tokens[next].stop)
        return false;
    const struct avt_match *match = &reader->matches[next];
    if (match->words)
        return noun_row(match) && !is_adjective(match) && noun_row(match)->class != AVT_CLASS_PERSON;
    const struct avt_token *token = &reader->tokens[next];
    return token->hyphen || next + 1 >= reader->count || token[1].comma || token[1].stop ||
           (match[1].words && !is_adjective(&match[1]) && !noun_row(&match[1]) && !has(&match[1], AVT_WORD_SAY));
}

static struct avt_saying saying_of(const struct binding *binding, size_t at, size_t words, size_t phrase)
{
    const struct avt_reader *reader = binding->reader;
    size_t before = at;
    while (before > 0 && has(&reader->matches[before - 1], AVT_WORD_ARTICLE))
        before--;
    return (struct avt_saying){
        .alternative = !binding->negated && before > 0 && has(&reader->matches[before - 1], AVT_WORD_OR),
        .strength = AVT_STRENGTH_SAID,
        .span = {reader->tokens[at].from, reader->tokens[at + words - 1].to},
        .phrase = phrase,
        .token = at,
        .negated = binding->negated,
    };
}

static void apply(struct binding *binding, const char *effects, const struct avt_saying *saying)
{
    struct avt_reader *reader = binding->reader;
    reader->understood += effects[0] != '\0';
    if (!avt_reader_apply(reader, effects, saying))
        avt_reader_note(reader, "\"not %.*s\" says too little", (int)(saying->span.to - saying->span.from),
                        reader->prompt + saying->span.from);
    if (strstr(effects, "ancestry="))
        reader->ancestry_end = saying->token + 1;
}

/* After a denied word: does the denial go on to what follows? */
static void pass_negation(struct binding *binding, size_t next)
{
    const struct avt_reader *reader = binding->reader;
    if (!binding->negated || next >= reader->count)
        return;
    const struct avt_match *match = &reader->matches[next];
    bool goes_on = has(match, AVT_WORD_OR);
    if (has(match, AVT_WORD_AND) && binding->without && next + 1 < reader->count)
        goes_on = !has(&match[1], AVT_WORD_ARTICLE) && !has(&match[1], AVT_WORD_LINK) &&
                  !has(&match[1], AVT_WORD_IN) && !is_adjective(&match[1]);
    /* "no hat, glasses or earrings": a list that ends with "or" is denied as a whole. */
    for (size_t i = next; i < reader->count && i < next + NEGATION_REACH_MAX && reader->tokens[next].comma; i++) {
        const struct avt_match *item = &reader->matches[i];
        if (has(item, AVT_WORD_OR) && !reader->tokens[i].stop)
            goes_on = true;
        if (reader->tokens[i].stop || has(item, AVT_WORD_LINK) || has(item, AVT_WORD_AND) || has(item, AVT_WORD_IN))
            break;
    }
    binding->negated = goes_on;
    binding->negated_at = next;
}

/* A noun with effects of its own is denied as a whole: "no red glasses" is no glasses. */
static bool is_denied_whole(const struct binding *binding, size_t noun)
{
    const struct avt_word *row = noun_row(&binding->reader->matches[noun]);
    return row && row->effects[0] && row->effects[0] != '!' && row->class != AVT_CLASS_PERSON;
}

/* "blue suit, white shirt": what is worn over the rest is what counts, whichever is told first. */
static void layer(struct binding *binding, size_t noun)
{
    static const uint64_t over = BIT(SUIT) | BIT(BLAZER) | BIT(CARDIGAN) | BIT(DENIM_JACKET) | BIT(LEATHER_JACKET) |
                                 BIT(LAB_COAT) | BIT(APRON),
                          under = BIT(T_SHIRT) | BIT(SHIRT) | BIT(BLOUSE) | BIT(POLO) | BIT(TURTLENECK) | BIT(SWEATER) |
                                  BIT(DRESS);
    struct avt_reader *reader = binding->reader;
    const struct avt_word *row = noun_row(&reader->matches[noun]);
    struct avt_wish *old = &reader->wishes.of[AVT_SLOT_CLOTHING];
    if (binding->layered == noun || row->class != AVT_CLASS_CLOTHES || old->strength != AVT_STRENGTH_SAID)
        return;
    binding->layered = noun;
    struct avt_reader alone = {.prompt = "", .tokens = reader->tokens, .count = reader->count};
    struct avt_saying saying = {.strength = AVT_STRENGTH_SAID, .phrase = SIZE_MAX};
    if (!avt_reader_apply(&alone, row->effects, &saying) || !alone.wishes.of[AVT_SLOT_CLOTHING].mask)
        return;
    uint64_t mask = alone.wishes.of[AVT_SLOT_CLOTHING].mask;
    if (!(old->mask & ~under) && !(mask & ~over)) {
        *old = (struct avt_wish){0};
        reader->wishes.of[AVT_SLOT_CLOTHING_COLOUR] = (struct avt_wish){0};
    } else if (!(old->mask & ~over) && !(mask & ~under)) {
        binding->hidden = noun;
        const struct avt_token *first = &reader->tokens[noun];
        const struct avt_token *last = first + reader->matches[noun].words - 1;
        avt_reader_note(reader, "\"%.*s\": what is worn under other clothes goes with them",
                        (int)(last->to - first->from), reader->prompt + first->from);
    }
}

static void bind_adjective(struct binding *binding, size_t at)
{
    struct avt_reader *reader = binding->reader;
    const struct avt_match *match = &reader->matches[at];
    bool far, postposed = binding->noun != SIZE_MAX && binding->noun + binding->noun_words == at &&
                          !reader->tokens[at].comma;
    size_t ahead = noun_ahead(reader, match, at, &far);
    bool takes_before = binding->noun != SIZE_MAX && takes(reader, match, binding->noun);
    const struct avt_word *alone = row_of(match, AVT_WORD_ALONE, AVT_CLASS_NONE);
    const struct avt_word *worn = row_of(match, AVT_WORD_ADJECTIVE, AVT_CLASS_CLOTHES);
    const struct avt_word *row = NULL;
    size_t phrase = SIZE_MAX;
    if (ahead != SIZE_MAX && !(far && takes_before && (binding->linked || postposed))) {
        row = row_of(match, AVT_WORD_ADJECTIVE, noun_row(&reader->matches[ahead])->class);
        phrase = ahead;
        if (binding->negated && is_denied_whole(binding, ahead))
            return;
        if (!binding->negated)
            layer(binding, ahead);
        if (binding->hidden == ahead)
            row = NULL;
        if (binding->negated)
            binding->denied = ahead;
    } else if (is_taken_away(reader, at)) {
        row = NULL;
    } else if (binding->in && worn) {
        row = worn;
    } else if (takes_before) {
        row = row_of(match, AVT_WORD_ADJECTIVE, binding->noun_class);
        phrase = binding->noun;
    } else {
        row = alone;
    }
    if (!row) {
        avt_reader_unknown(reader, saying_of(binding, at, match->words, 0).span);
        return;
    }
    struct avt_saying saying = saying_of(binding, at, match->words, phrase);
    saying.own_to = saying.span.to;
    if (phrase != SIZE_MAX && phrase == ahead && at + match->words == ahead) /* "long hair", to be told as a whole */
        saying.span.to = reader->tokens[ahead + reader->matches[ahead].words - 1].to;
    apply(binding, row->effects, &saying);
    if (ahead == SIZE_MAX || phrase != ahead)
        pass_negation(binding, at + match->words);
}

static void bind_noun(struct binding *binding, size_t at)
{
    struct avt_reader *reader = binding->reader;
    const struct avt_match *match = &reader->matches[at];
    const struct avt_word *row = noun_row(match);
    struct avt_saying saying = saying_of(binding, at, match->words, at);
    if (row->kind == AVT_WORD_PROFESSION)
        saying.strength = AVT_STRENGTH_LEANING;
    bool denied_already = binding->negated && binding->denied == at;
    if (!saying.negated)
        layer(binding, at);
    reader->understood += row->class == AVT_CLASS_PERSON && !saying.negated; /* "a person" is enough to draw one */
    bool silent = (row->effects[0] == '!' && !saying.negated) || binding->hidden == at;
    if (!silent && !denied_already && !(saying.negated && row->kind == AVT_WORD_PROFESSION))
        apply(binding, row->effects, &saying);
    binding->noun = at;
    binding->noun_words = match->words;
    binding->noun_class = row->class;
    binding->linked = false;
    pass_negation(binding, at + match->words);
}

static void bind_small(struct binding *binding, size_t at)
{
    const struct avt_match *match = &binding->reader->matches[at];
    bool is = has(match, AVT_WORD_IS);
    if (has(match, AVT_WORD_NOT) || has(match, AVT_WORD_WITHOUT)) {
        binding->negated = true;
        binding->without = has(match, AVT_WORD_WITHOUT);
        binding->negated_at = at;
    } else if (has(match, AVT_WORD_BUT)) {
        binding->negated = false;
    }
    if (is)
        binding->linked = binding->noun != SIZE_MAX;
    else if (has(match, AVT_WORD_LINK) || has(match, AVT_WORD_IN) || has(match, AVT_WORD_ARTICLE))
        binding->linked = false;
    if (has(match, AVT_WORD_IN))
        binding->in = true;
}

static bool is_mixed(const char *phrase)
{
    static const char *const phrases[] = {"mixed", "mixed race", "biracial", "multiracial", "mixed heritage"};
    return AVT_STR_AMONG(phrase, phrases);
}

/* "an Italian suit" says nothing about who wears it. */
static bool is_of_things(const struct avt_reader *reader, size_t at)
{
    size_t next = at + reader->matches[at].words;
    const struct avt_word *noun = next < reader->count ? noun_row(&reader->matches[next]) : NULL;
    return noun && !reader->tokens[next].comma && !reader->tokens[next].stop &&
           (noun->class == AVT_CLASS_CLOTHES || noun->class == AVT_CLASS_GLASSES || noun->class == AVT_CLASS_HEADWEAR ||
            noun->class == AVT_CLASS_EARRINGS || noun->class == AVT_CLASS_PLACE);
}

/* One phrase, or an unknown word. @return words taken. */
static size_t bind_one(struct binding *binding, size_t at)
{
    struct avt_reader *reader = binding->reader;
    const struct avt_match *match = &reader->matches[at];
    size_t numbers = avt_reader_number(reader, at);
    if (numbers < match->words) /* "three piece suit" */
        numbers = 0;
    if (numbers) {
        reader->understood++;
        binding->in = false;
        return numbers;
    }
    if (!match->words) {
        binding->negated = false;
        avt_reader_unknown(reader, (struct avt_span){reader->tokens[at].from, reader->tokens[at].to});
        binding->in = false;
        return 1;
    }
    bool far, adjective = is_adjective(match);
    /* "light" may be a noun and "friendly" stand anywhere, or belong to the next noun. */
    if (adjective && (noun_row(match) || has(match, AVT_WORD_SAY)))
        adjective = noun_ahead(reader, match, at, &far) != SIZE_MAX && !far;
    if (adjective) {
        bind_adjective(binding, at);
        binding->in = binding->in && at + match->words < reader->count && !reader->tokens[at + match->words].comma;
        return match->words;
    }
    if (noun_row(match)) {
        bind_noun(binding, at);
        binding->in = false;
        return match->words;
    }
    if (has(match, AVT_WORD_NAME) && at + match->words < reader->count) {
        const struct avt_token *name = &reader->tokens[at + match->words];
        avt_reader_unknown(reader, (struct avt_span){name->from, name->to});
        return match->words + 1;
    }
    bool said = false;
    for (size_t i = 0; i < match->count; i++)
        if (match->rows[i]->kind == AVT_WORD_SAY) {
            struct avt_saying saying = saying_of(binding, at, match->words, SIZE_MAX);
            said = true;
            if (avt_str_starts(match->rows[i]->effects, "ancestry=") && is_of_things(reader, at)) {
                avt_reader_unknown(reader, saying.span);
                continue;
            }
            apply(binding, match->rows[i]->effects, &saying);
            reader->is_mixed = reader->is_mixed || is_mixed(match->rows[i]->phrase);
        }
    if (said) {
        binding->in = false;
        pass_negation(binding, at + match->words);
    } else {
        bind_small(binding, at);
    }
    return match->words;
}

void avt_reader_bind(struct avt_reader *reader)
{
    struct binding binding = {.reader = reader, .noun = SIZE_MAX, .denied = SIZE_MAX};
    binding.layered = binding.hidden = SIZE_MAX;
    for (size_t at = 0; at < reader->count;) {
        const struct avt_token *token = &reader->tokens[at];
        if (token->stop)
            binding.noun = SIZE_MAX;
        if (token->colon)
            binding.linked = binding.noun != SIZE_MAX;
        if (token->stop || at - binding.negated_at > NEGATION_REACH_MAX ||
            (token->comma && binding.negated && binding.negated_at != at))
            binding.negated = false;
        if (token->stop || token->comma)
            binding.in = false;
        at += bind_one(&binding, at);
    }
}
