/* SPDX-License-Identifier: Apache-2.0 */
/* Text to written tokens. One look at each character, plus a bounded look ahead. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/normalize_parts.h"

struct lexer {
    const char *text;
    size_t size, at;
    struct raw_list *list;
    bool line_start;
    bool quote_open;   /* a single quotation mark was opened */
    size_t skipped_to; /* end of what was last passed over in silence */
};

static struct norm_codepoint look(const struct lexer *lexer, size_t at)
{
    if (at >= lexer->size)
        return (struct norm_codepoint){.kind = NORM_NEWLINE, .size = 1};
    return norm_char_at(lexer->text + at, lexer->size - at);
}

static bool is_alnum(struct norm_codepoint c)
{
    return c.kind == NORM_LETTER || c.kind == NORM_DIGIT;
}

/* Upper case, of the letters that English names start with. */
static bool is_capital(struct norm_codepoint c)
{
    return c.kind == NORM_LETTER && ((c.value < 0x80 && norm_is_upper((char)c.value)) ||
                                     (c.value >= 0xc0 && c.value <= 0xde));
}

static struct raw *last_raw(const struct lexer *lexer)
{
    return lexer->list->count > 0 ? &lexer->list->items[lexer->list->count - 1] : NULL;
}

/* Whether something other than white space or an opening mark stands right before `at`. */
static bool attached(const struct lexer *lexer)
{
    const struct raw *raw = last_raw(lexer);
    return raw && raw->end == lexer->at &&
           !(raw->kind == RAW_PUNCT && strchr("(\"'-", raw->punctuation));
}

static struct raw *add(struct lexer *lexer, enum raw_kind kind, size_t end)
{
    struct raw_list *list = lexer->list;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->items = avt_realloc(list->items, list->capacity, sizeof *list->items);
    }
    struct raw *raw = &list->items[list->count++];
    *raw =
        (struct raw){.kind = kind, .start = lexer->at, .end = end, .line_start = lexer->line_start};
    lexer->line_start = false;
    lexer->at = end;
    return raw;
}

static void add_punctuation(struct lexer *lexer, char punctuation, size_t end)
{
    add(lexer, RAW_PUNCT, end)->punctuation = punctuation;
}

/* A word in progress. */
struct scan {
    size_t at;            /* end so far */
    size_t letters;       /* in all */
    size_t segment_start; /* of the letters since the last inner dot */
    size_t segment;       /* their number */
    bool has_dot, has_digit;
};

static size_t letters_from(const struct lexer *lexer, size_t at, size_t limit)
{
    size_t count = 0;
    for (struct norm_codepoint c = look(lexer, at); c.kind == NORM_LETTER && count < limit;
         c = look(lexer, at)) {
        at += c.size;
        count++;
    }
    return count;
}

static bool is_file_extension(const struct lexer *lexer, size_t at)
{
    static const char *const KNOWN[] = {"js",   "ts",   "py",   "md",  "txt", "pdf", "doc", "csv",
                                        "xml",  "json", "html", "css", "png", "jpg", "gif", "mp3",
                                        "mp4",  "wav",  "zip",  "exe", "cpp", "net", "io",  "ai",
                                        "docx", "xlsx", "yaml", "c",   "h"};
    size_t end = at;
    for (struct norm_codepoint c = look(lexer, end); is_alnum(c) && end - at < 6;
         c = look(lexer, end))
        end += c.size;
    char extension[8];
    norm_fold_lower(lexer->text + at, end - at, extension, sizeof extension);
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        if (avt_str_equal(extension, KNOWN[i]))
            return !is_capital(look(lexer, at));
    return false;
}

/* Next character that is no white space (bounded), for guessing whether a sentence ends. */
static struct norm_codepoint look_past_space(const struct lexer *lexer, size_t at)
{
    struct norm_codepoint c = look(lexer, at);
    for (int i = 0; i < 8 && at < lexer->size && (c.kind == NORM_SPACE || c.kind == NORM_NEWLINE);
         i++) {
        at += c.size;
        c = look(lexer, at);
    }
    return c;
}

static bool previous_is_name(const struct lexer *lexer)
{
    const struct raw *raw = last_raw(lexer);
    if (!raw || raw->kind == RAW_PUNCT)
        return true;
    return raw->kind == RAW_WORD &&
           is_capital(norm_char_at(lexer->text + raw->start, raw->end - raw->start));
}

/* Whether the dot at scan->at, which no letter follows, belongs to the word. */
static bool own_dot(const struct lexer *lexer, const struct scan *scan)
{
    if (scan->has_digit)
        return false;
    struct norm_codepoint next = look_past_space(lexer, scan->at + 1);
    struct norm_codepoint first = look(lexer, lexer->at);
    if (scan->has_dot)
        return scan->segment <= 2; /* "U.S.", "Ph.D."; not "file.txt." */
    if (scan->letters == 1)
        return is_capital(first) && next.kind == NORM_LETTER && previous_is_name(lexer) &&
               first.value != 'I';
    char word[16];
    norm_fold_lower(lexer->text + lexer->at, scan->at - lexer->at, word, sizeof word);
    const struct raw *before = last_raw(lexer);
    if (avt_str_equal(word, "in") && before && before->kind == RAW_NUMBER)
        return next.kind == NORM_LETTER && !is_capital(next); /* "27 in. wide" */
    bool number = next.kind == NORM_DIGIT || next.ascii == '+' || next.ascii == '#';
    return norm_is_abbreviation(word, is_capital(first),
                                number                     ? 'd'
                                : is_capital(next)         ? 'u'
                                : next.kind == NORM_LETTER ? 'l'
                                : next.ascii == ','        ? ','
                                                           : 0);
}

/* Whether a dot between two letters joins them. */
static bool inner_dot(const struct lexer *lexer, const struct scan *scan)
{
    size_t after = scan->at + 1;
    struct norm_codepoint next = look(lexer, after);
    if (next.kind == NORM_DIGIT)
        return scan->has_digit && scan->segment > 0 &&
               look(lexer, scan->at - 1).kind == NORM_DIGIT; /* "v2.0" */
    if (next.kind != NORM_LETTER)
        return false;
    size_t follows = letters_from(lexer, after, 3);
    if (scan->segment == 1 && !scan->has_digit && follows <= 2)
        return true; /* "U.S", "e.g", "p.m" */
    if (scan->segment == 2 && follows == 1 && is_capital(next) &&
        is_capital(look(lexer, lexer->at)))
        return true; /* "Ph.D" */
    return is_file_extension(lexer, after);
}

/* Whether the sign at scan->at joins what stands on both sides of it into one token. */
static bool joins(const struct lexer *lexer, const struct scan *scan, struct norm_codepoint sign)
{
    size_t after = scan->at + sign.size;
    struct norm_codepoint next = look(lexer, after);
    switch (sign.ascii) {
    case '\'':
        return next.kind == NORM_LETTER;
    case '-':
        /* A dash proper separates; a hyphen joins. */
        return (sign.value == '-' || sign.value == 0x2010 || sign.value == 0x2011) &&
               is_alnum(next);
    case '/':
    case '_':
        return is_alnum(next);
    case '&':
        return is_capital(next) && scan->at > lexer->at && norm_is_upper(lexer->text[scan->at - 1]);
    case '.':
        return sign.value == '.' && inner_dot(lexer, scan);
    default:
        return false;
    }
}

/* "C++", "A+", "C#", "m²": a sign that ends a word and belongs to it. */
static size_t word_tail(const struct lexer *lexer, const struct scan *scan)
{
    size_t at = scan->at;
    struct norm_codepoint c = look(lexer, at);
    if (c.ascii == '#' && scan->letters == 1 && !is_alnum(look(lexer, at + 1)))
        return at + 1;
    for (int i = 0; i < 2 && c.ascii == '+' && scan->letters == 1; i++) {
        at += c.size;
        c = look(lexer, at);
    }
    if (at > scan->at)
        return is_alnum(c) ? scan->at : at;
    if ((c.value == 0xb2 || c.value == 0xb3) && scan->letters <= 3)
        return at + c.size;
    return at;
}

static void lex_number(struct lexer *lexer, size_t start);

static void lex_word(struct lexer *lexer, size_t start)
{
    struct scan scan = {.at = start, .segment_start = start};
    while (scan.at < lexer->size && scan.letters < NORM_WORD_LETTERS_MAX) {
        struct norm_codepoint c = look(lexer, scan.at);
        if (c.kind == NORM_LETTER || c.kind == NORM_DIGIT) {
            scan.letters++;
            scan.segment++;
            scan.has_digit |= c.kind == NORM_DIGIT;
        } else if (joins(lexer, &scan, c)) {
            scan.has_dot |= c.ascii == '.';
            scan.segment = 0;
        } else if (c.kind == NORM_CURRENCY && scan.letters <= 3 && !scan.has_digit &&
                   look(lexer, scan.at + c.size).kind == NORM_DIGIT) {
            lex_number(lexer, scan.at); /* "US$5" */
            return;
        } else if (c.kind != NORM_MARK || scan.at - start > 4 * NORM_WORD_LETTERS_MAX) {
            break;
        }
        scan.at += c.size;
    }
    struct norm_codepoint c = look(lexer, scan.at);
    if (c.value == '.' && look(lexer, scan.at + 1).value != '.' && own_dot(lexer, &scan)) {
        scan.at++;
        /* "the U.S.'s" */
        c = look(lexer, scan.at);
        bool possessive = c.ascii == '\'' && look(lexer, scan.at + c.size).value == 's' &&
                          !is_alnum(look(lexer, scan.at + c.size + 1));
        add(lexer, RAW_WORD, possessive ? scan.at + c.size + 1 : scan.at)->abbreviation_dot =
            !possessive;
        return;
    }
    /* The apostrophe of "the dogs' tails", unless it closes a quotation. */
    if (c.ascii == '\'' && !lexer->quote_open && scan.at > start &&
        (lexer->text[scan.at - 1] == 's' || lexer->text[scan.at - 1] == 'n'))
        scan.at += c.size;
    else
        scan.at = word_tail(lexer, &scan);
    add(lexer, RAW_WORD, scan.at);
}

/* Whether the comma at `at` groups thousands: three digits follow, and no fourth. */
static bool groups_thousands(const struct lexer *lexer, size_t at, size_t digits_before,
                             bool grouped)
{
    for (size_t i = 1; i <= 3; i++)
        if (look(lexer, at + i).kind != NORM_DIGIT)
            return false;
    return look(lexer, at + 4).kind != NORM_DIGIT && digits_before > 0 &&
           (grouped ? digits_before == 3 : digits_before <= 3);
}

struct number_scan {
    size_t at, digits; /* digits: in the present run */
    bool grouped, letters, feet;
    char last; /* ASCII of the last character taken */
};

static bool number_joins(const struct lexer *lexer, struct number_scan *scan,
                         struct norm_codepoint c)
{
    struct norm_codepoint next = look(lexer, scan->at + c.size);
    struct norm_codepoint second = look(lexer, scan->at + c.size + next.size);
    switch (c.ascii) {
    case ',':
        if (c.value != ',' || !groups_thousands(lexer, scan->at, scan->digits, scan->grouped))
            return false;
        scan->grouped = true;
        return true;
    case '.':
        /* "9a.m." */
        if (next.value == 'm' && (scan->last == 'a' || scan->last == 'p'))
            return true;
        return c.value == '.' && next.kind == NORM_DIGIT;
    case ':':
        return next.kind == NORM_DIGIT && norm_is_digit(scan->last);
    case '/':
        return is_alnum(next);
    case '-':
        return next.kind == NORM_DIGIT || (c.value == '-' && next.kind == NORM_LETTER) ||
               (next.kind == NORM_CURRENCY && second.kind == NORM_DIGIT);
    case '%':
    case 'o':
        return true;
    case 'f':
        return norm_is_digit(scan->last);
    case 'x':
        return next.kind == NORM_DIGIT;
    case '2':
    case '3':
        return scan->letters;
    case '+':
        return norm_is_digit(scan->last) && !is_alnum(next);
    case '\'':
        if (next.kind == NORM_DIGIT) {
            scan->feet = true;
            return norm_is_digit(scan->last);
        }
        return next.value == 's' && !is_alnum(second);
    case '"':
        return scan->feet && norm_is_digit(scan->last);
    default:
        return c.kind == NORM_CURRENCY && (norm_is_digit(scan->last) || scan->last == '-');
    }
}

static void lex_number(struct lexer *lexer, size_t start)
{
    struct number_scan scan = {.at = start};
    while (scan.at < lexer->size && scan.at - lexer->at < NORM_NUMBER_BYTES_MAX - 8) {
        struct norm_codepoint c = look(lexer, scan.at);
        /* What starts the number (a sign, a currency) has been checked by the caller. */
        bool lead = scan.last == 0 && !is_alnum(c);
        if (c.kind == NORM_DIGIT) {
            scan.digits++;
        } else if (c.kind == NORM_LETTER) {
            scan.letters = true;
        } else if (!lead && !number_joins(lexer, &scan, c)) {
            break;
        }
        if (c.kind != NORM_DIGIT)
            scan.digits = 0;
        if (c.ascii != ',' && c.kind != NORM_DIGIT)
            scan.grouped = false;
        if (!lead)
            scan.last = c.ascii ? c.ascii : '?';
        scan.at += c.size;
    }
    bool dot = scan.at - lexer->at > 4 && memcmp(lexer->text + scan.at - 3, "a.m", 3) == 0;
    dot |= scan.at - lexer->at > 4 && memcmp(lexer->text + scan.at - 3, "p.m", 3) == 0;
    dot = dot && look(lexer, scan.at).value == '.';
    add(lexer, RAW_NUMBER, scan.at + dot)->abbreviation_dot = dot;
}

/* "(555) 123-4567", which would else be cut at its brackets. 0 if it is not that. */
static size_t telephone_size(const struct lexer *lexer)
{
    static const char *const SHAPES[] = {"(ddd) ddd-dddd", "(ddd)ddd-dddd", "(ddd) ddd dddd"};
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++) {
        size_t size = strlen(SHAPES[i]), matched = 0;
        if (size > lexer->size - lexer->at)
            continue;
        while (matched < size) {
            char wanted = SHAPES[i][matched], found = lexer->text[lexer->at + matched];
            if (wanted == 'd' ? !norm_is_digit(found) : found != wanted)
                break;
            matched++;
        }
        if (matched == size && look(lexer, lexer->at + size).kind != NORM_DIGIT)
            return size;
    }
    return 0;
}

/* "'90s", "'cause": an apostrophe that starts a token. */
static bool lex_leading_apostrophe(struct lexer *lexer, struct norm_codepoint c)
{
    static const char *const CONTRACTIONS[] = {"cause", "em",   "til",   "twas",  "tis",  "n",
                                               "round", "bout", "twere", "twill", "neath"};
    size_t after = lexer->at + c.size;
    struct norm_codepoint first = look(lexer, after), second = look(lexer, after + first.size);
    if (first.kind == NORM_DIGIT && second.kind == NORM_DIGIT &&
        look(lexer, after + 2).kind != NORM_DIGIT && !attached(lexer)) {
        lex_number(lexer, lexer->at);
        return true;
    }
    if (first.kind != NORM_LETTER || attached(lexer))
        return false;
    size_t end = after;
    for (struct norm_codepoint l = look(lexer, end); l.kind == NORM_LETTER && end - after < 8;
         l = look(lexer, end))
        end += l.size;
    char word[16];
    norm_fold_lower(lexer->text + after, end - after, word, sizeof word);
    for (size_t i = 0; i < sizeof CONTRACTIONS / sizeof CONTRACTIONS[0]; i++) {
        if (!avt_str_equal(word, CONTRACTIONS[i]))
            continue;
        /* The second mark of "rock 'n' roll" too. */
        if (avt_str_equal(word, "n") && look(lexer, end).kind == NORM_APOSTROPHE)
            end += look(lexer, end).size;
        add(lexer, RAW_WORD, end);
        return true;
    }
    return false;
}

static void skip(struct lexer *lexer, size_t size)
{
    lexer->at += size;
}

static bool is_dot(const struct lexer *lexer, size_t at)
{
    return at < lexer->size && lexer->text[at] == '.';
}

/* A run of dots: one is a full stop, more are an ellipsis (". . ." too, but not ". ..."). */
static void lex_dots(struct lexer *lexer)
{
    size_t end = lexer->at + 1;
    while (is_dot(lexer, end))
        end++;
    bool spaced = end == lexer->at + 1;
    while (spaced && is_dot(lexer, end + 1) && lexer->text[end] == ' ' && !is_dot(lexer, end + 2))
        end += 2;
    add_punctuation(lexer, end == lexer->at + 1 ? '.' : 'e', end);
}

/* "?!", "!!!" are one mark. */
static void lex_marks(struct lexer *lexer, char first)
{
    size_t end = lexer->at;
    char mark = first;
    for (struct norm_codepoint c = look(lexer, end);
         end < lexer->size && (c.ascii == '!' || c.ascii == '?'); c = look(lexer, end)) {
        if (c.ascii == '?')
            mark = '?';
        end += c.size;
    }
    add_punctuation(lexer, mark, end);
}

/* Whether the sign of `size` bytes here stands between two numbers before "=": "9 - 4 = 5". */
static bool is_operator(const struct lexer *lexer, size_t size)
{
    size_t at = lexer->at + size;
    if (!last_raw(lexer) || last_raw(lexer)->kind != RAW_NUMBER || attached(lexer) ||
        look(lexer, at).kind != NORM_SPACE)
        return false;
    at++;
    size_t digits = at;
    while (at - digits < NORM_NUMBER_BYTES_MAX && look(lexer, at).kind == NORM_DIGIT)
        at++;
    return at > digits && look_past_space(lexer, at).ascii == '=';
}

static void lex_dash(struct lexer *lexer, struct norm_codepoint c)
{
    struct norm_codepoint next = look(lexer, lexer->at + c.size);
    bool number =
        next.kind == NORM_DIGIT || (next.kind == NORM_CURRENCY &&
                                    look(lexer, lexer->at + c.size + next.size).kind == NORM_DIGIT);
    if (number && !(last_raw(lexer) && last_raw(lexer)->end == lexer->at &&
                    last_raw(lexer)->punctuation != '(')) {
        lex_number(lexer, lexer->at);
        return;
    }
    if (is_operator(lexer, c.size)) {
        add(lexer, RAW_SYMBOL, lexer->at + c.size)->name = "minus";
        return;
    }
    if (lexer->line_start && next.kind == NORM_SPACE) {
        skip(lexer, c.size); /* a bullet */
        return;
    }
    size_t end = lexer->at;
    while (end < lexer->size && look(lexer, end).ascii == '-' &&
           look(lexer, end).kind == NORM_PUNCTUATION)
        end += look(lexer, end).size;
    /* A hyphen with a space on one side only ("pre- and post-war") makes no pause, and a ruler of
     * dashes is an ornament. */
    bool after_word = last_raw(lexer) && last_raw(lexer)->end == lexer->at;
    bool hyphen = c.value == '-' && end - lexer->at == 1;
    if (end - lexer->at > 6 || (hyphen && (after_word || next.kind != NORM_SPACE)))
        skip(lexer, end - lexer->at);
    else
        add_punctuation(lexer, '-', end);
}

static void lex_punctuation(struct lexer *lexer, struct norm_codepoint c)
{
    struct norm_codepoint next = look(lexer, lexer->at + c.size);
    size_t telephone = c.value == '(' ? telephone_size(lexer) : 0;
    if (telephone > 0) {
        add(lexer, RAW_NUMBER, lexer->at + telephone);
    } else if (c.value == '.' && next.kind == NORM_DIGIT && !attached(lexer)) {
        lex_number(lexer, lexer->at);
    } else if (c.value == '.') {
        lex_dots(lexer);
    } else if (c.ascii == '!' || c.ascii == '?') {
        lex_marks(lexer, c.ascii);
    } else if (c.ascii == '-') {
        lex_dash(lexer, c);
    } else {
        add_punctuation(lexer, c.ascii, lexer->at + c.size);
    }
}

static void lex_symbol(struct lexer *lexer, struct norm_codepoint c)
{
    struct norm_codepoint next = look(lexer, lexer->at + c.size);
    bool free_standing = !attached(lexer);
    bool scale = c.ascii == 'o' && (next.value == 'C' || next.value == 'F') &&
                 !is_alnum(look(lexer, lexer->at + c.size + 1));
    if (scale) {
        add(lexer, RAW_WORD, lexer->at + c.size + 1);
    } else if (c.ascii == '/' && is_operator(lexer, c.size)) {
        add(lexer, RAW_SYMBOL, lexer->at + c.size)->name = "divided by";
    } else if (c.ascii == '^' && next.kind == NORM_DIGIT && !free_standing) {
        add(lexer, RAW_SYMBOL, lexer->at + c.size)->name = "to the power of";
    } else if (next.kind == NORM_DIGIT && free_standing && c.ascii && strchr("#~+", c.ascii)) {
        lex_number(lexer, lexer->at);
    } else if (next.kind == NORM_LETTER && free_standing && (c.ascii == '#' || c.ascii == '@')) {
        size_t end = lexer->at + c.size;
        for (struct norm_codepoint l = next;
             (is_alnum(l) || l.kind == NORM_MARK || l.ascii == '_') &&
             end - lexer->at < NORM_WORD_LETTERS_MAX;
             l = look(lexer, end))
            end += l.size;
        add(lexer, c.ascii == '#' ? RAW_HASHTAG : RAW_HANDLE, end);
    } else if (c.name && !((c.ascii == '<' || c.ascii == '>') &&
                           (next.kind == NORM_LETTER || next.ascii == '/' || attached(lexer)))) {
        add(lexer, RAW_SYMBOL, lexer->at + c.size)->name = c.name;
    } else {
        skip(lexer, c.size);
    }
}

static void lex_space(struct lexer *lexer, struct norm_codepoint c)
{
    struct raw *raw = last_raw(lexer);
    if (raw)
        raw->space_after = true;
    if (c.kind == NORM_NEWLINE) {
        /* A carriage return before a line feed is one line end. */
        bool pair = c.value == '\r' && look(lexer, lexer->at + 1).value == '\n';
        if (raw && !pair && raw->newlines_after < 2)
            raw->newlines_after += c.value == 0x2029 ? 2 : 1;
        lexer->line_start = true;
    }
    skip(lexer, c.size);
}

/* A long address becomes several tokens, cut after a sign where there is one. */
static void lex_address(struct lexer *lexer, size_t end)
{
    while (lexer->at < end) {
        size_t cut = end;
        if (end - lexer->at > NORM_ADDRESS_PART_MAX) {
            cut = lexer->at + NORM_ADDRESS_PART_MAX;
            while (cut > lexer->at + NORM_ADDRESS_PART_MAX / 2 && is_alnum(look(lexer, cut - 1)))
                cut--;
        }
        add(lexer, RAW_ADDRESS, cut);
    }
}

static void lex_one(struct lexer *lexer)
{
    struct norm_codepoint c = look(lexer, lexer->at);
    size_t address = is_alnum(c) && !attached(lexer)
                         ? norm_address_size(lexer->text + lexer->at, lexer->size - lexer->at)
                         : 0;
    if (address > 0) {
        lex_address(lexer, lexer->at + address);
        return;
    }
    switch (c.kind) {
    case NORM_SPACE:
    case NORM_NEWLINE:
        lex_space(lexer, c);
        break;
    case NORM_LETTER:
        lex_word(lexer, lexer->at);
        break;
    case NORM_DIGIT:
        lex_number(lexer, lexer->at);
        break;
    case NORM_APOSTROPHE:
        if (!lex_leading_apostrophe(lexer, c)) {
            lexer->quote_open = !attached(lexer);
            add_punctuation(lexer, '\'', lexer->at + c.size);
        }
        break;
    case NORM_PUNCTUATION:
        lex_punctuation(lexer, c);
        break;
    case NORM_CURRENCY:
        if (look(lexer, lexer->at + c.size).kind == NORM_DIGIT ||
            (look(lexer, lexer->at + c.size).value == '.' && /* "$.99" */
             look(lexer, lexer->at + c.size + 1).kind == NORM_DIGIT))
            lex_number(lexer, lexer->at);
        else
            skip(lexer, c.size);
        break;
    case NORM_SYMBOL:
        lex_symbol(lexer, c);
        break;
    case NORM_MARK:
    case NORM_NOTHING:
        skip(lexer, c.size);
        break;
    }
}

enum avt_code norm_lex(const char *text, size_t size, struct raw_list *ret_list,
                       struct avt_error *reterr)
{
    if (size > AVT_NORMALIZE_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the text has %zu bytes, more than the %d that can be read in one go; "
                        "split it",
                        size, AVT_NORMALIZE_BYTES_MAX);
    struct lexer lexer = {.text = text, .size = size, .list = ret_list, .line_start = true};
    while (lexer.at < size)
        lex_one(&lexer);
    return AVT_OK;
}
