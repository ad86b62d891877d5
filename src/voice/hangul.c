/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/hangul.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

/* Syllables are in order of their letters (Unicode 3.12). */
enum { SYLLABLES = 0xac00, INITIALS = 19, VOWELS = 21, FINALS = 28, SILENT = 11, JOINED_BYTES_MAX = 8 };

static const char *const INITIAL[INITIALS] = {"g", "kk", "n",  "d", "tt", "l",  "m", "b", "pp", "s",
                                              "ss", "",  "j",  "jj", "ch", "k", "t", "p", "h"};
static const char *const VOWEL[VOWELS] = {"a",  "ae", "ya", "yae", "eo", "e",  "yeo", "ye", "o", "wa", "wae",
                                          "oe", "yo", "u",  "wo",  "we", "wi", "yu",  "eu", "ui", "i"};
static const char *const FINAL[FINALS] = {"",  "g",  "kk", "gs", "n",  "nj", "nh", "d",  "l", "lg",
                                          "lm", "lb", "ls", "lt", "lp", "lh", "m",  "b",  "bs", "s",
                                          "ss", "ng", "j",  "ch", "k",  "t",  "p",  "h"};

static bool is_one_of(const char *const *list, size_t count, const char *text, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(list[i]) == size && memcmp(list[i], text, size) == 0)
            return true;
    }
    return false;
}

/* Whether what a final and an initial are together could be parted otherwise. */
static bool is_unclear(const char *final, const char *initial)
{
    char joined[JOINED_BYTES_MAX];
    size_t final_size = strlen(final), size = final_size + strlen(initial), ways = 0;
    memcpy(joined, final, final_size);
    memcpy(joined + final_size, initial, size - final_size);
    for (size_t i = 0; i < size; i++)
        ways += is_one_of(FINAL, FINALS, joined, i) && is_one_of(INITIAL, INITIALS, joined + i, size - i);
    return ways > 1;
}

void avt_hangul_romanise(const char *text, struct avt_buf *out)
{
    const char *final = NULL; /* of the syllable before */
    uint32_t codepoint = 0;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size) {
        uint32_t index = codepoint - SYLLABLES;
        if (codepoint < SYLLABLES || index >= INITIALS * VOWELS * FINALS) {
            avt_buf_append(out, text, size);
            final = NULL;
            continue;
        }
        uint32_t initial = index / (VOWELS * FINALS);
        if (final && (initial == SILENT || is_unclear(final, INITIAL[initial])))
            avt_buf_append_char(out, '-');
        avt_buf_append_str(out, INITIAL[initial]);
        avt_buf_append_str(out, VOWEL[index / FINALS % VOWELS]);
        final = FINAL[index % FINALS];
        avt_buf_append_str(out, final);
    }
}
