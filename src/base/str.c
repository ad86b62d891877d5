/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

size_t avt_utf8_decode(const char *text, size_t size, uint32_t *ret_codepoint)
{
    const unsigned char *s = (const unsigned char *)text;
    if (size == 0)
        return 0;
    if (s[0] < 0x80) {
        *ret_codepoint = s[0];
        return 1;
    }
    size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || size < length)
        return 0;
    uint32_t cp = s[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        cp = cp << 6 | (s[i] & 0x3Fu);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (cp < least[length] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return 0;
    *ret_codepoint = cp;
    return length;
}

size_t avt_utf8_encode(uint32_t cp, char out[4])
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return 0;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t length = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (cp & 0x3F));
        cp >>= 6;
    }
    static const unsigned char lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[length] | cp);
    return length;
}

size_t avt_utf8_invalid_at(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint32_t cp = 0;
        size_t length = avt_utf8_decode(text + i, size - i, &cp);
        if (length == 0 || cp == 0)
            return i;
        i += length;
    }
    return SIZE_MAX;
}

size_t avt_utf8_count(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

bool avt_str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool avt_str_ends(const char *text, const char *suffix)
{
    size_t a = strlen(text), b = strlen(suffix);
    return a >= b && strcmp(text + a - b, suffix) == 0;
}

bool avt_str_is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (avt_str_equal(text, list[i]))
            return true;
    return false;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : (unsigned char)c;
}

int avt_str_casecmp(const char *a, const char *b)
{
    for (;; a++, b++) {
        int x = lower(*a), y = lower(*b);
        if (x != y || x == 0)
            return x - y;
    }
}

bool avt_parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    char *end = NULL;
    if (!((*text >= '0' && *text <= '9') || *text == '-' || *text == '+'))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end || end == text || value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

bool avt_parse_double(const char *text, double min, double max, double *ret_value)
{
    char *end = NULL;
    if (!((*text >= '0' && *text <= '9') || *text == '-' || *text == '+' || *text == '.'))
        return false;
    errno = 0;
    double value = strtod(text, &end);
    if (errno || *end || end == text || !isfinite(value) || value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

enum { EDIT_MAX = 64 };

size_t avt_edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > EDIT_MAX || m > EDIT_MAX)
        return SIZE_MAX;
    /* Three rows of the optimal string alignment table. */
    size_t before[EDIT_MAX + 1] = {0}, last[EDIT_MAX + 1], row[EDIT_MAX + 1];
    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = best < last[j] + 1 ? best : last[j] + 1;
            best = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        memcpy(before, last, sizeof(last));
        memcpy(last, row, sizeof(row));
    }
    return last[m];
}

const char *avt_nearest_name(const char *name, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX, length = strlen(name);
    for (size_t i = 0; i < count; i++) {
        size_t distance = avt_edit_distance(name, names[i]);
        /* A name that contains what was typed ("heart" for "af_heart") is near whatever its length. */
        if (length >= 3 && strstr(names[i], name))
            distance = 1;
        if (distance < best_distance) {
            best_distance = distance;
            best = names[i];
        }
    }
    return best_distance <= 1 + length / 3 ? best : NULL;
}
