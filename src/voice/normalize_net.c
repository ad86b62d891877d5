/* SPDX-License-Identifier: Apache-2.0 */
/* Web and e-mail addresses, file names, hashtags. */
#include <string.h>

#include "base/str.h"
#include "voice/normalize_parts.h"

/* Endings that make "name.ending" a web address without "www." or "https://" before it. */
static const char *const ENDINGS[] = {"com", "org", "net", "edu", "gov",  "io",  "co",  "uk",
                                      "ai",  "de",  "fr",  "eu",  "info", "app", "dev", "me",
                                      "tv",  "ca",  "us",  "jp",  "cn",   "in",  "au",  "int"};

static bool is_address_char(char c)
{
    return norm_is_alpha(c) || norm_is_digit(c) || (c != '\0' && strchr("-._~:/?#@&+=%", c));
}

/* The text need not end with a NUL. */
static bool starts_with(const char *text, size_t size, const char *prefix)
{
    return size >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_like_domain(const char *text, size_t size)
{
    /* The part before a path or a query: "example.com/a.b?c" ends its domain at the slash. */
    size_t domain = 0;
    while (domain < size && !strchr("/?#:", text[domain]))
        domain++;
    size_t dot = domain;
    while (dot > 0 && text[dot - 1] != '.')
        dot--;
    if (dot < 2 || domain - dot < 2 || domain - dot > 4 || !norm_is_alpha(text[0]))
        return false;
    char ending[8];
    norm_fold_lower(text + dot, domain - dot, ending, sizeof ending);
    for (size_t i = 0; i < sizeof ENDINGS / sizeof ENDINGS[0]; i++)
        if (avt_str_equal(ending, ENDINGS[i]))
            return memcmp(text + dot, ending, domain - dot) == 0; /* lower case as written */
    return false;
}

static bool is_mail(const char *text, size_t size)
{
    const char *at = memchr(text, '@', size);
    if (!at || at == text)
        return false;
    size_t rest = size - (size_t)(at - text) - 1;
    const char *dot = memchr(at + 1, '.', rest);
    return dot && dot > at + 1 && dot < text + size - 1;
}

size_t norm_address_size(const char *text, size_t size)
{
    size_t length = 0;
    bool hint = false; /* most words end here: neither a dot nor an at sign inside */
    while (length < size && length < NORM_ADDRESS_BYTES_MAX && is_address_char(text[length])) {
        hint |= text[length] == '.' || text[length] == '@' || text[length] == ':';
        length++;
    }
    while (length > 0 && strchr(".,:;?!-&+=%", text[length - 1]))
        length--;
    if (!hint || length < 4)
        return 0;
    bool scheme = starts_with(text, length, "http://") || starts_with(text, length, "https://");
    if (scheme || (length > 6 && starts_with(text, length, "www.")))
        return !scheme || length > 8 ? length : 0;
    return is_mail(text, length) || ends_like_domain(text, length) ? length : 0;
}

static const char *sign_name(char c)
{
    switch (c) {
    case '.':
        return "dot";
    case '/':
        return "slash";
    case '@':
        return "at";
    case '-':
        return "dash";
    case '_':
        return "underscore";
    case ':':
        return "colon";
    case '?':
        return "question mark";
    case '=':
        return "equals";
    case '&':
        return "and";
    case '#':
        return "hash";
    case '+':
        return "plus";
    case '%':
        return "percent";
    case '~':
        return "tilde";
    default:
        return NULL;
    }
}

void norm_read_address(struct reader *reader, const struct raw *raw)
{
    const char *text = reader->text + raw->start;
    size_t size = raw->end - raw->start, at = 0;
    /* Nobody says "https colon slash slash". */
    if (starts_with(text, size, "https://"))
        at = 8;
    else if (starts_with(text, size, "http://"))
        at = 7;
    while (at < size) {
        const char *name = sign_name(text[at]);
        if (name) {
            bool last_slash = text[at] == '/' && at + 1 == size;
            if (!last_slash)
                norm_say(reader, name);
            at++;
            continue;
        }
        size_t end = at;
        while (end < size && !sign_name(text[end]))
            end++;
        if (end - at == 3 && memcmp(text + at, "www", 3) == 0)
            norm_say_spelled(reader, "www");
        else
            norm_say_mixed(reader, text + at, end - at);
        at = end;
    }
}

/* "#ClimateAction2026" in its parts: at digits, underscores and where small letters turn large. */
static void say_parts(struct reader *reader, const char *text, size_t size)
{
    size_t start = 0;
    for (size_t at = 1; at <= size; at++) {
        bool end = at == size || text[at] == '_' ||
                   (norm_is_upper(text[at]) && norm_is_lower(text[at - 1])) ||
                   (norm_is_upper(text[at]) && at + 1 < size && norm_is_lower(text[at + 1]) &&
                    norm_is_upper(text[at - 1]));
        if (!end)
            continue;
        if (text[start] == '_')
            start++;
        if (at > start)
            norm_say_mixed(reader, text + start, at - start);
        start = at;
    }
}

void norm_read_hashtag(struct reader *reader, const struct raw *raw)
{
    norm_say(reader, raw->kind == RAW_HASHTAG ? "hashtag" : "at");
    say_parts(reader, reader->text + raw->start + 1, raw->end - raw->start - 1);
}
