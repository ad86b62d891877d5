/* SPDX-License-Identifier: Apache-2.0 */
/* Words: abbreviations, initials, Roman numerals, and words mixed with digits and signs. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/normalize_parts.h"

/* When a dot after it belongs to the word. */
enum dot {
    DOT_ALWAYS,
    DOT_BEFORE_NAME,   /* a title: a capital letter follows */
    DOT_BEFORE_NUMBER, /* "No. 5": else it is a word at the end of a sentence */
    DOT_INSIDE,        /* a unit: the sentence goes on after it */
    DOT_DAY,           /* "Sat. too": a capital letter, and the sentence goes on */
};
/* When the expansion is used for the word without a dot. */
enum bare { BARE_NEVER, BARE_ALWAYS, BARE_BEFORE_NAME };

static const struct abbreviation {
    const char *written; /* lower case */
    enum dot dot;
    enum bare bare;
    const char *spoken; /* NULL: decided by code */
} ABBREVIATIONS[] = {
    {"mr", DOT_BEFORE_NAME, BARE_BEFORE_NAME, "Mister"},
    {"mrs", DOT_BEFORE_NAME, BARE_BEFORE_NAME, "Mrs"},
    {"ms", DOT_BEFORE_NAME, BARE_BEFORE_NAME, "Miz"},
    {"mx", DOT_BEFORE_NAME, BARE_BEFORE_NAME, "Mix"},
    {"messrs", DOT_BEFORE_NAME, BARE_BEFORE_NAME, "Messers"},
    {"dr", DOT_ALWAYS, BARE_BEFORE_NAME, NULL},
    {"st", DOT_ALWAYS, BARE_BEFORE_NAME, NULL},
    {"prof", DOT_BEFORE_NAME, BARE_BEFORE_NAME, "Professor"},
    {"rev", DOT_BEFORE_NAME, BARE_NEVER, "Reverend"},
    {"hon", DOT_BEFORE_NAME, BARE_NEVER, "Honorable"},
    {"gen", DOT_BEFORE_NAME, BARE_NEVER, "General"},
    {"col", DOT_BEFORE_NAME, BARE_NEVER, "Colonel"},
    {"maj", DOT_BEFORE_NAME, BARE_NEVER, "Major"},
    {"capt", DOT_BEFORE_NAME, BARE_NEVER, "Captain"},
    {"cmdr", DOT_BEFORE_NAME, BARE_NEVER, "Commander"},
    {"lt", DOT_BEFORE_NAME, BARE_NEVER, "Lieutenant"},
    {"sgt", DOT_BEFORE_NAME, BARE_NEVER, "Sergeant"},
    {"gov", DOT_BEFORE_NAME, BARE_NEVER, "Governor"},
    {"sen", DOT_BEFORE_NAME, BARE_NEVER, "Senator"},
    {"rep", DOT_BEFORE_NAME, BARE_NEVER, "Representative"},
    {"pres", DOT_BEFORE_NAME, BARE_NEVER, "President"},
    {"mt", DOT_BEFORE_NAME, BARE_BEFORE_NAME, "Mount"},
    {"jr", DOT_ALWAYS, BARE_ALWAYS, "Junior"},
    {"sr", DOT_ALWAYS, BARE_ALWAYS, "Senior"},
    {"ave", DOT_ALWAYS, BARE_NEVER, "Avenue"},
    {"blvd", DOT_ALWAYS, BARE_ALWAYS, "Boulevard"},
    {"rd", DOT_ALWAYS, BARE_NEVER, "Road"},
    {"hwy", DOT_ALWAYS, BARE_ALWAYS, "Highway"},
    {"pkwy", DOT_ALWAYS, BARE_ALWAYS, "Parkway"},
    {"apt", DOT_BEFORE_NUMBER, BARE_NEVER, "apartment"},
    {"etc", DOT_ALWAYS, BARE_ALWAYS, "etc"},
    {"e.g", DOT_ALWAYS, BARE_ALWAYS, "for example"},
    {"eg", DOT_ALWAYS, BARE_NEVER, "for example"},
    {"i.e", DOT_ALWAYS, BARE_ALWAYS, "that is"},
    {"ie", DOT_ALWAYS, BARE_NEVER, "that is"},
    {"vs", DOT_ALWAYS, BARE_ALWAYS, "versus"},
    {"viz", DOT_ALWAYS, BARE_NEVER, "namely"},
    {"cf", DOT_ALWAYS, BARE_NEVER, "compare"},
    {"al", DOT_ALWAYS, BARE_NEVER, "al"},
    {"approx", DOT_ALWAYS, BARE_ALWAYS, "approximately"},
    {"appt", DOT_ALWAYS, BARE_ALWAYS, "appointment"},
    {"dept", DOT_ALWAYS, BARE_ALWAYS, "department"},
    {"govt", DOT_ALWAYS, BARE_ALWAYS, "government"},
    {"asst", DOT_ALWAYS, BARE_ALWAYS, "assistant"},
    {"assoc", DOT_ALWAYS, BARE_NEVER, "association"},
    {"univ", DOT_ALWAYS, BARE_NEVER, "university"},
    {"ctrl", DOT_ALWAYS, BARE_ALWAYS, "control"},
    {"misc", DOT_ALWAYS, BARE_ALWAYS, "miscellaneous"},
    {"inc", DOT_ALWAYS, BARE_ALWAYS, "Incorporated"},
    {"ltd", DOT_ALWAYS, BARE_ALWAYS, "Limited"},
    {"corp", DOT_ALWAYS, BARE_NEVER, "Corporation"},
    {"co", DOT_ALWAYS, BARE_NEVER, "Company"},
    {"bros", DOT_ALWAYS, BARE_NEVER, "Brothers"},
    {"est", DOT_BEFORE_NUMBER, BARE_NEVER, "established"},
    {"no", DOT_BEFORE_NUMBER, BARE_NEVER, "number"},
    {"nos", DOT_BEFORE_NUMBER, BARE_NEVER, "numbers"},
    {"vol", DOT_BEFORE_NUMBER, BARE_NEVER, "volume"},
    {"fig", DOT_BEFORE_NUMBER, BARE_NEVER, "figure"},
    {"ch", DOT_BEFORE_NUMBER, BARE_NEVER, "chapter"},
    {"sec", DOT_BEFORE_NUMBER, BARE_NEVER, "section"},
    {"art", DOT_BEFORE_NUMBER, BARE_NEVER, "article"},
    {"p", DOT_BEFORE_NUMBER, BARE_NEVER, "page"},
    {"pp", DOT_BEFORE_NUMBER, BARE_NEVER, "pages"},
    {"tel", DOT_BEFORE_NUMBER, BARE_NEVER, "telephone"},
    {"ext", DOT_BEFORE_NUMBER, BARE_NEVER, "extension"},
    {"ca", DOT_BEFORE_NUMBER, BARE_NEVER, "circa"},
    {"c", DOT_BEFORE_NUMBER, BARE_NEVER, "circa"},
    {"jan", DOT_ALWAYS, BARE_NEVER, "January"},
    {"feb", DOT_ALWAYS, BARE_NEVER, "February"},
    {"mar", DOT_BEFORE_NUMBER, BARE_NEVER, "March"},
    {"apr", DOT_ALWAYS, BARE_NEVER, "April"},
    {"jun", DOT_BEFORE_NUMBER, BARE_NEVER, "June"},
    {"jul", DOT_BEFORE_NUMBER, BARE_NEVER, "July"},
    {"aug", DOT_ALWAYS, BARE_NEVER, "August"},
    {"sep", DOT_BEFORE_NUMBER, BARE_NEVER, "September"},
    {"sept", DOT_ALWAYS, BARE_NEVER, "September"},
    {"oct", DOT_ALWAYS, BARE_NEVER, "October"},
    {"nov", DOT_ALWAYS, BARE_NEVER, "November"},
    {"dec", DOT_ALWAYS, BARE_NEVER, "December"},
    {"mon", DOT_DAY, BARE_NEVER, "Monday"},
    {"tue", DOT_ALWAYS, BARE_ALWAYS, "Tuesday"},
    {"tues", DOT_ALWAYS, BARE_ALWAYS, "Tuesday"},
    {"wed", DOT_DAY, BARE_NEVER, "Wednesday"},
    {"thu", DOT_ALWAYS, BARE_ALWAYS, "Thursday"},
    {"thurs", DOT_ALWAYS, BARE_ALWAYS, "Thursday"},
    {"fri", DOT_DAY, BARE_NEVER, "Friday"},
    {"sat", DOT_DAY, BARE_NEVER, "Saturday"},
    {"sun", DOT_DAY, BARE_NEVER, "Sunday"},
    {"w/", DOT_INSIDE, BARE_ALWAYS, "with"},
    {"w/o", DOT_INSIDE, BARE_ALWAYS, "without"},
    {"b/c", DOT_INSIDE, BARE_ALWAYS, "because"},
    {"he/she", DOT_INSIDE, BARE_ALWAYS, "he or she"},
    {"she/he", DOT_INSIDE, BARE_ALWAYS, "she or he"},
    {"him/her", DOT_INSIDE, BARE_ALWAYS, "him or her"},
    {"his/her", DOT_INSIDE, BARE_ALWAYS, "his or her"},
    {"ft", DOT_INSIDE, BARE_NEVER, NULL},
    {"lb", DOT_INSIDE, BARE_NEVER, NULL},
    {"lbs", DOT_INSIDE, BARE_NEVER, NULL},
    {"oz", DOT_INSIDE, BARE_NEVER, NULL},
    {"min", DOT_INSIDE, BARE_NEVER, NULL},
    {"hr", DOT_INSIDE, BARE_NEVER, NULL},
    {"hrs", DOT_INSIDE, BARE_NEVER, NULL},
    {"mi", DOT_INSIDE, BARE_NEVER, NULL},
    {"sq", DOT_INSIDE, BARE_NEVER, NULL},
};

static const struct abbreviation *find_abbreviation(const char *word)
{
    for (size_t i = 0; i < sizeof ABBREVIATIONS / sizeof ABBREVIATIONS[0]; i++)
        if (avt_str_equal(ABBREVIATIONS[i].written, word))
            return &ABBREVIATIONS[i];
    return NULL;
}

bool norm_is_title(const char *word)
{
    const struct abbreviation *found = find_abbreviation(word);
    return found && (found->dot == DOT_BEFORE_NAME || !found->spoken);
}

bool norm_is_abbreviation(const char *word, bool capital, char next)
{
    const struct abbreviation *found = find_abbreviation(word);
    if (!found)
        return false;
    switch (found->dot) {
    case DOT_BEFORE_NAME:
        return next == 'u';
    case DOT_BEFORE_NUMBER:
        return next == 'd';
    case DOT_INSIDE:
        return next == 'l' || next == 'd';
    case DOT_DAY:
        return capital && (next == 'l' || next == 'd' || next == ',');
    case DOT_ALWAYS:
        break;
    }
    return true;
}

static bool starts_upper(const struct reader *reader, const struct raw *raw)
{
    return raw && raw->kind == RAW_WORD && norm_is_upper(reader->text[raw->start]);
}

/* "Dr. Smith" is a doctor, "Elm Dr." a drive; "St. Paul" a saint, "Main St." a street. */
static const char *doctor_or_street(const struct reader *reader, const char *word)
{
    char next[32];
    norm_neighbour_word(reader, 1, next);
    bool capital_after = starts_upper(reader, norm_neighbour(reader, 1));
    bool sentence_after = capital_after && norm_starts_sentence(next) && norm_after_name(reader);
    bool street =
        starts_upper(reader, norm_neighbour(reader, -1)) && (!capital_after || sentence_after);
    if (avt_str_equal(word, "dr"))
        return street ? "Drive" : "Doctor";
    return street ? "Street" : "Saint";
}

static bool read_abbreviation(struct reader *reader, const struct raw *raw, const char *word)
{
    const struct abbreviation *found = find_abbreviation(word);
    if (!found || found->dot == DOT_INSIDE) {
        if (!found || found->bare != BARE_ALWAYS)
            return false;
    }
    bool capital = norm_is_upper(reader->text[raw->start]);
    bool month_or_day = norm_month(word) > 0;
    const struct raw *next = norm_neighbour(reader, 1);
    if (!raw->abbreviation_dot) {
        bool number_beside =
            (next && next->kind == RAW_NUMBER) ||
            (norm_neighbour(reader, -1) && norm_neighbour(reader, -1)->kind == RAW_NUMBER);
        bool use = found->bare == BARE_ALWAYS ||
                   (found->bare == BARE_BEFORE_NAME && capital && starts_upper(reader, next)) ||
                   (month_or_day && capital && number_beside);
        /* "thu", "fri" without a capital are no days. */
        if (!use || (avt_str_equal(word, "may")) ||
            (!capital && found->spoken && norm_is_upper(found->spoken[0]) &&
             strcmp(word, "inc") != 0 && strcmp(word, "ltd") != 0))
            return false;
    }
    norm_say(reader, found->spoken ? found->spoken : doctor_or_street(reader, word));
    return true;
}

/* Value of a well-formed Roman numeral, 0 if it is none. */
static unsigned roman_value(const char *text, size_t size)
{
    static const struct {
        const char *letters;
        unsigned value;
    } PARTS[] = {{"M", 1000}, {"CM", 900}, {"D", 500}, {"CD", 400}, {"C", 100},
                 {"XC", 90},  {"L", 50},   {"XL", 40}, {"X", 10},   {"IX", 9},
                 {"V", 5},    {"IV", 4},   {"I", 1}};
    unsigned value = 0;
    size_t at = 0;
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        size_t length = strlen(PARTS[i].letters);
        unsigned repeats = 0;
        while (at + length <= size && memcmp(text + at, PARTS[i].letters, length) == 0 &&
               repeats < 3) {
            at += length;
            value += PARTS[i].value;
            repeats++;
            if (length == 2 || PARTS[i].letters[0] == 'V' || PARTS[i].letters[0] == 'L' ||
                PARTS[i].letters[0] == 'D')
                break;
        }
    }
    return at == size ? value : 0;
}

static bool in_list(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (avt_str_equal(word, list[i]))
            return true;
    return false;
}
#define IN_LIST(word, list) in_list((word), (list), sizeof(list) / sizeof((list)[0]))

/* "Henry VIII" is Henry the eighth, "World War II" World War two, "XIX century" nineteenth. */
static bool read_roman(struct reader *reader, const char *text, size_t size)
{
    static const char *const RULERS[] = {
        "henry",    "elizabeth", "louis",     "george",    "charles",   "edward",  "richard",
        "william",  "james",     "philip",    "paul",      "benedict",  "pius",    "leo",
        "napoleon", "nicholas",  "alexander", "catherine", "peter",     "ivan",    "frederick",
        "wilhelm",  "ferdinand", "gustav",    "christian", "harald",    "alfonso", "victor",
        "mary",     "gregory",   "clement",   "urban",     "innocent",  "john",    "ramses",
        "ramesses", "cleopatra", "ptolemy",   "darius",    "xerxes",    "francis", "carl",
        "robert",   "david",     "malcolm",   "otto",      "margrethe", "haakon",  "albert"};
    static const char *const PARTS[] = {
        "war",     "chapter", "part",   "act",   "scene",    "volume",   "book",     "section",
        "article", "type",    "phase",  "stage", "title",    "bowl",     "grade",    "class",
        "level",   "step",    "figure", "table", "appendix", "apollo",   "schedule", "round",
        "episode", "mark",    "psalm",  "tier",  "category", "division", "factor",   "fantasy",
        "unit",    "vol",     "rocky",  "quest"};
    static const char *const TITLES[] = {"king",    "queen", "pope", "emperor",
                                         "empress", "tsar",  "czar"};
    static const char *const AFTER_FIRST[] = {"of",  "was",    "and", "ruled",   "died", "had",
                                              "who", "became", "in",  "reigned", "is",   "with"};
    unsigned value = roman_value(text, size);
    if (value == 0)
        return false;
    char before[32], after[32], title[32];
    norm_neighbour_word(reader, -1, before);
    norm_neighbour_word(reader, -2, title);
    norm_neighbour_word(reader, 1, after);
    bool capital_before = starts_upper(reader, norm_neighbour(reader, -1));
    bool ruler = capital_before && IN_LIST(before, RULERS);
    bool part = IN_LIST(before, PARTS);
    bool century = avt_str_equal(after, "century");
    bool small_letters_only = strspn(text, "IVX") >= size;
    const struct raw *next = norm_neighbour(reader, 1);
    if (size == 1 && text[0] == 'I' && ruler && next && next->kind == RAW_WORD &&
        !IN_LIST(after, AFTER_FIRST) && !IN_LIST(title, TITLES))
        return false; /* "Mary I know", not Mary the first */
    if (!ruler && !part && !century && !(capital_before && size >= 2 && small_letters_only))
        return false;
    if (century && size == 1 && !small_letters_only)
        return false;
    char digits[8];
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(256);
    size_t count = (size_t)snprintf(digits, sizeof digits, "%u", value);
    if (ruler)
        norm_say(reader, "the");
    if (ruler || century)
        norm_ordinal(&words, digits, count, reader->british);
    else
        norm_cardinal(&words, digits, count, reader->british);
    norm_say_number(reader, &words);
    return true;
}

void norm_say_mixed(struct reader *reader, const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t end = at;
        if (norm_is_digit(text[at])) {
            AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(4096);
            while (end < size && norm_is_digit(text[end]))
                end++;
            /* "B2B", "P2P", but not "H2O". */
            bool to = at == 1 && size == 3 && end == 2 && text[1] == '2' &&
                      norm_is_upper(text[0]) && norm_is_upper(text[2]) && text[2] != 'O';
            if (to)
                avt_buf_append_str(&words, "to"); /* "B2B" */
            else
                norm_label(&words, text + at, end - at, reader->british);
            norm_say_number(reader, &words);
        } else if (norm_is_alpha(text[at]) || (unsigned char)text[at] >= 0x80) {
            while (end < size && (norm_is_alpha(text[end]) || (unsigned char)text[end] >= 0x80 ||
                                  (text[end] == '\'' && end + 1 < size)))
                end++;
            AVT_CLEANUP(avt_freep) char *word = avt_strndup(text + at, end - at);
            /* "BMW 320", "CO2", "x": letters by their names. */
            bool capitals = end - at <= 3 && end - at < size;
            for (size_t i = at; i < end; i++)
                capitals &= norm_is_upper(text[i]);
            norm_say_flags(reader, word, capitals || end - at == 1 ? AVT_WORD_SPELL : 0);
        } else {
            end++;
        }
        at = end;
    }
}

/* "am" and "pm" are spelled after a time, and "pm" always. */
static bool read_half_of_day(struct reader *reader, const char *word)
{
    bool after =
        avt_str_equal(word, "pm") || avt_str_equal(word, "p.m") || avt_str_equal(word, "a.m");
    const struct raw *before = norm_neighbour(reader, -1);
    char previous[32];
    norm_neighbour_word(reader, -1, previous);
    if (avt_str_equal(word, "am"))
        after = before && (before->kind == RAW_NUMBER || strncmp(previous, "o'clock", 7) == 0);
    if (after)
        norm_say_spelled(reader, word[0] == 'a' ? "AM" : "PM");
    return after;
}

/* "5 km", "20 °C", "$5 m" */
static bool read_unit(struct reader *reader, const struct raw *raw, const char *written)
{
    const struct raw *before = norm_neighbour(reader, -1);
    if (!before)
        return false;
    if (before->kind == RAW_SYMBOL && before->end == raw->start && strlen(written) == 1 &&
        before->name && strcmp(before->name, "degrees") == 0) {
        const char *scale = written[0] == 'C' ? "Celsius" : written[0] == 'F' ? "Fahrenheit" : "K";
        norm_say(reader, scale);
        return true;
    }
    if (before->kind != RAW_NUMBER || before->end == raw->start)
        return false;
    if (reader->pending && norm_multiplier(written)) {
        norm_say_flags(reader, norm_multiplier(written), AVT_WORD_NUMBER);
        return true;
    }
    /* "5 ft 6 in" */
    char unit_before[32];
    norm_neighbour_word(reader, -2, unit_before);
    bool inches = avt_str_equal(written, "in") &&
                  (avt_str_equal(unit_before, "ft") || avt_str_equal(unit_before, "feet") ||
                   avt_str_equal(unit_before, "foot") || raw->abbreviation_dot);
    if (!norm_unit_apart(written) && !inches)
        return false;
    const struct norm_unit *unit = norm_unit(written);
    bool one = (before->end - before->start == 1 && reader->text[before->start] == '1') ||
               norm_is_qualifier(reader, -2);
    norm_say(reader, one ? unit->one : unit->many);
    return true;
}

/* Letters with a dot after each: "U.S.A.", "Ph.D.". */
static bool read_initials(struct reader *reader, const char *text)
{
    char letters[32];
    size_t count = 0, run = 0;
    bool dot = false;
    const char *at = text;
    for (; *at && *at != '\''; at++) {
        if (*at == '.') {
            dot = true;
            run = 0;
        } else if (!norm_is_alpha(*at) || ++run > 2 || count >= sizeof letters - 1) {
            return false;
        } else {
            letters[count++] = *at;
        }
    }
    letters[count] = '\0';
    if (!dot || count < 1)
        return false;
    norm_say_spelled(reader, letters);
    if (avt_str_equal(at, "'s"))
        norm_say_flags(reader, "'s", AVT_WORD_JOIN);
    return true;
}

/* One part of a token, between its hyphens, slashes and so on; `join`: no space before it. */
static void read_part(struct reader *reader, const char *text, size_t size, bool join)
{
    size_t first_word = reader->reading->word_count;
    bool digits = false;
    for (size_t i = 0; i < size; i++)
        digits |= norm_is_digit(text[i]);
    if (digits && norm_is_digit(text[0])) {
        norm_read_digits(reader, text, size);
        return;
    }
    if (digits && (text[0] == 'v' || text[0] == 'V') && size > 1 && norm_is_digit(text[1])) {
        norm_say(reader, "version");
        norm_read_digits(reader, text + 1, size - 1);
        return;
    }
    /* The halves of "AT&T" and "R&D" are letters, not words. */
    bool initials = size <= 3 && text[size] == '&';
    for (size_t i = 0; i < size; i++)
        initials &= norm_is_upper(text[i]);
    if (initials) {
        AVT_CLEANUP(avt_freep) char *letters = avt_strndup(text, size);
        norm_say_spelled(reader, letters);
        return;
    }
    if (digits || size == 1) {
        norm_say_mixed(reader, text, size);
        return;
    }
    AVT_CLEANUP(avt_freep) char *word = avt_strndup(text, size);
    norm_say(reader, word);
    if (join && reader->reading->word_count > first_word)
        reader->reading->words[first_word].flags |= AVT_WORD_JOIN;
}

static void say_tail(struct reader *reader, const char *tail)
{
    for (; *tail; tail++) {
        if (*tail == '+')
            norm_say(reader, "plus");
        else if (*tail == '#')
            norm_say(reader, "sharp");
    }
}

/* Words with signs or digits inside: "AT&T", "and/or", "COVID-19", "Node.js", "C++". */
static void read_compound(struct reader *reader, const char *text)
{
    size_t body = strcspn(text, "+#"), start = 0;
    bool name = false;
    for (size_t i = 0; i < body; i++)
        name |= norm_is_digit(text[i]);
    bool hyphens_split = name; /* a word of letters and hyphens goes to the dictionary whole */
    for (size_t at = 0; at <= body; at++) {
        char c = at < body ? text[at] : '\0';
        bool version = c == '.' && at > start && norm_is_digit(text[at - 1]);
        if (c != '\0' && !strchr("/_&.", c) && !(c == '-' && hyphens_split))
            continue;
        if (version)
            continue;
        if (at > start)
            read_part(reader, text + start, at - start, false);
        if (c == '.' && at + 1 < body)
            norm_say(reader, "dot");
        else if (c == '&')
            norm_say(reader, "and");
        start = at + 1;
    }
    say_tail(reader, text + body);
}

/* "km²" without a number before it, "x²". */
static bool read_power(struct reader *reader, const char *text)
{
    size_t size = strlen(text);
    bool squared = size > 2 && strcmp(text + size - 2, "²") == 0;
    bool cubed = size > 2 && strcmp(text + size - 2, "³") == 0;
    if (!squared && !cubed)
        return false;
    const struct norm_unit *unit = norm_unit(text);
    if (unit) {
        norm_say(reader, unit->many);
        return true;
    }
    norm_say_mixed(reader, text, size - 2);
    norm_say(reader, squared ? "squared" : "cubed");
    return true;
}

/* The Roman numeral and what hangs on it: "VIII's". */
static bool read_numeral(struct reader *reader, const char *text)
{
    size_t size = strspn(text, "IVXLCDM");
    if (size == 0 || (text[size] != '\0' && !avt_str_equal(text + size, "'s")))
        return false;
    if (!read_roman(reader, text, size))
        return false;
    if (text[size] != '\0')
        norm_say_flags(reader, "'s", AVT_WORD_JOIN);
    return true;
}

void norm_read_word(struct reader *reader, const struct raw *raw)
{
    char text[NORM_WORD_LETTERS_MAX * 8], word[32];
    norm_raw_text(reader, raw, text, sizeof text);
    norm_fold_lower(text, strlen(text), word, sizeof word);
    size_t size = strlen(word);
    if (size > 0 && word[size - 1] == '.')
        word[size - 1] = '\0';
    bool dot = raw->abbreviation_dot;
    if (read_half_of_day(reader, word) || read_unit(reader, raw, dot ? word : text) ||
        read_numeral(reader, text) || read_power(reader, text) ||
        read_abbreviation(reader, raw, word))
        return;
    if (strchr(text, '.') && read_initials(reader, text))
        return;
    if (strpbrk(text, "/_&.+#0123456789")) {
        read_compound(reader, text);
        return;
    }
    bool letter = text[0] != '\0' && text[1] == '\0' && text[0] != 'I' && text[0] != 'a';
    /* A lone capital A is an article at the start of a sentence and a letter elsewhere. */
    if (letter && text[0] == 'A')
        norm_say_flags(reader, text, dot ? AVT_WORD_SPELL : 0);
    else
        norm_say_flags(reader, text, letter ? AVT_WORD_SPELL : 0);
}
