/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in Chinese characters and in kana: both count in units of ten thousand. */
#include "base/assert.h"
#include "voice/intl.h"

const char *const INTL_DIGITS_ZH[10] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
const char *const INTL_DIGITS_JA[10] = {"ゼロ", "いち", "に",   "さん", "よん",
                                        "ご",   "ろく", "なな", "はち", "きゅう"};

enum { GROUP = 4 };

/* Four digits at most, "1005" as 一千零五; `leading`: something stands before, so a gap is said. */
static void group_zh(struct avt_buf *out, const char *digits, size_t count, bool leading)
{
    static const char *const PLACES[GROUP] = {"", "十", "百", "千"};
    bool gap = false, said = false;
    for (size_t i = 0; i < count; i++) {
        int digit = digits[i] - '0';
        size_t place = count - 1 - i;
        if (digit == 0) {
            gap = true;
            continue;
        }
        if (gap && (said || leading))
            avt_buf_append_str(out, "零");
        gap = false;
        /* 十二, not 一十二, at the front. */
        if (!(digit == 1 && place == 1 && !said && !leading))
            avt_buf_append_str(out, INTL_DIGITS_ZH[digit]);
        avt_buf_append_str(out, PLACES[place]);
        said = true;
    }
}

static bool all_zero(const char *digits, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (digits[i] != '0')
            return false;
    return true;
}

void intl_cardinal_zh(struct avt_buf *out, const char *digits, size_t count)
{
    static const char *const UNITS[] = {"", "万", "亿", "万亿"};
    avt_assert(count > 0 && count <= INTL_DIGITS_MAX);
    if (all_zero(digits, count)) {
        avt_buf_append_str(out, INTL_DIGITS_ZH[0]);
        return;
    }
    bool leading = false;
    size_t groups = (count + GROUP - 1) / GROUP;
    for (size_t group = groups, at = 0; group-- > 0;) {
        size_t size = count - at - group * GROUP;
        if (!all_zero(digits + at, size)) {
            group_zh(out, digits + at, size, leading);
            avt_buf_append_str(out, UNITS[group]);
            leading = true;
        }
        at += size;
    }
}

/* What changes where a digit meets its place: さんびゃく, はっせん. */
static const char *place_ja(int digit, size_t place)
{
    if (place == 2)
        return digit == 3 ? "さんびゃく" : digit == 6 ? "ろっぴゃく" : digit == 8 ? "はっぴゃく" : NULL;
    if (place == 3)
        return digit == 3 ? "さんぜん" : digit == 8 ? "はっせん" : NULL;
    return NULL;
}

static void group_ja(struct avt_buf *out, const char *digits, size_t count)
{
    static const char *const PLACES[GROUP] = {"", "じゅう", "ひゃく", "せん"};
    for (size_t i = 0; i < count; i++) {
        int digit = digits[i] - '0';
        size_t place = count - 1 - i;
        if (digit == 0)
            continue;
        const char *special = place_ja(digit, place);
        if (special) {
            avt_buf_append_str(out, special);
            continue;
        }
        if (digit != 1 || place == 0)
            avt_buf_append_str(out, INTL_DIGITS_JA[digit]);
        avt_buf_append_str(out, PLACES[place]);
    }
}

void intl_cardinal_ja(struct avt_buf *out, const char *digits, size_t count)
{
    static const char *const UNITS[] = {"", "まん", "おく", "ちょう"};
    avt_assert(count > 0 && count <= INTL_DIGITS_MAX);
    if (all_zero(digits, count)) {
        avt_buf_append_str(out, INTL_DIGITS_JA[0]);
        return;
    }
    size_t groups = (count + GROUP - 1) / GROUP;
    for (size_t group = groups, at = 0; group-- > 0;) {
        size_t size = count - at - group * GROUP;
        if (!all_zero(digits + at, size)) {
            group_ja(out, digits + at, size);
            avt_buf_append_str(out, UNITS[group]);
        }
        at += size;
    }
}
