/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Text helpers that are free of locale. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Decode one UTF-8 codepoint at text[0..size). Returns its length in bytes, 0 if invalid or size 0
 *  (overlong forms, surrogates and > U+10FFFF are invalid). */
size_t avt_utf8_decode(const char *text, size_t size, uint32_t *ret_codepoint);
/** Encode; returns the length 1..4 (no NUL is written), 0 for an invalid codepoint. */
size_t avt_utf8_encode(uint32_t codepoint, char out[4]);
/** SIZE_MAX if text[0..size) is valid UTF-8 without NUL, else the offset of the first bad byte. */
size_t avt_utf8_invalid_at(const char *text, size_t size);
/** Number of codepoints of a valid NUL-terminated string. */
size_t avt_utf8_count(const char *text);

static inline bool avt_str_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}
bool avt_str_starts(const char *text, const char *prefix);
bool avt_str_ends(const char *text, const char *suffix);
/** Whether `text` is one of `list`. */
bool avt_str_is_one_of(const char *text, const char *const *list, size_t count);
/** The same for an array. */
#define AVT_STR_AMONG(text, array) avt_str_is_one_of((text), (array), sizeof(array) / sizeof((array)[0]))
/** ASCII case only. */
int avt_str_casecmp(const char *a, const char *b);
/** Whole-string parses: false unless all of `text` is one number within range. */
bool avt_parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value);
bool avt_parse_double(const char *text, double min, double max, double *ret_value);
/** Edit distance (bytes, insert/delete/replace/swap cost 1); strings over 64 bytes give SIZE_MAX. */
size_t avt_edit_distance(const char *a, const char *b);
/** The nearest of `names[count]` to `name`, or NULL if none is near enough to be meant. */
const char *avt_nearest_name(const char *name, const char *const *names, size_t count);
