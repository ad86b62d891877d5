/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/viseme.h"

#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/str.h"

/*
 * Targets per channel: {jaw, wide, round, funnel, upper, lower, tongue, tongue out}. Lip gaps follow
 * the measured speech gaps listed in docs/lipsync.md (a: .20, e: .12, i: .06 of the eye distance);
 * the tuning figures are our own, from films judged by eye and by face tracker.
 */
#define J AVT_MOUTH_JAW
static const struct avt_viseme_shape shapes[AVT_VISEME_COUNT] = {
    [AVT_VISEME_SIL] = {{0, 0, 0, 0, 0, 0, .1f, 0}, {.5f, .3f, .3f, .3f, .5f, .5f, .2f, .5f}, .10f, .10f},
    [AVT_VISEME_PP] = {{.02f, 0, .05f, 0, 0, 0, .2f, 0}, {.6f, .2f, .2f, .2f, 1, 1, .1f, .5f}, .08f, .06f},
    [AVT_VISEME_FF] = {{.06f, .10f, 0, 0, .12f, 0, .1f, 0}, {1, .4f, .5f, .5f, .8f, 1, .1f, .5f}, .08f, .06f},
    [AVT_VISEME_TH] = {{.17f, .05f, 0, 0, .10f, .15f, .8f, .7f}, {.7f, .2f, .2f, .2f, .3f, .3f, 1, 1}, .07f, .06f},
    [AVT_VISEME_DD] = {{.14f, .08f, 0, 0, .08f, .14f, .8f, 0}, {.5f, .15f, .1f, .1f, .2f, .2f, 1, .6f}, .06f, .06f},
    [AVT_VISEME_KK] = {{.20f, .05f, 0, 0, .08f, .10f, .3f, 0}, {.4f, .1f, .1f, .1f, .2f, .2f, .6f, .6f}, .06f, .06f},
    [AVT_VISEME_CH] = {{.12f, 0, .42f, .60f, .18f, .22f, .5f, 0}, {.9f, .7f, .9f, .9f, .6f, .6f, .6f, .6f}, .11f, .09f},
    [AVT_VISEME_SS] = {{.07f, .50f, 0, 0, .14f, .30f, .5f, 0}, {1, .6f, .5f, .5f, .5f, .6f, .7f, .6f}, .07f, .07f},
    [AVT_VISEME_NN] = {{.15f, .08f, 0, 0, .08f, .12f, .9f, 0}, {.45f, .1f, .1f, .1f, .2f, .2f, 1, .6f}, .06f, .06f},
    [AVT_VISEME_RR] = {{.16f, 0, .38f, .22f, .05f, .10f, .5f, 0}, {.6f, .5f, .6f, .5f, .3f, .3f, .6f, .6f}, .08f, .07f},
    [AVT_VISEME_AA] = {{.80f, .10f, 0, 0, .12f, .20f, .0f, 0}, {1, .5f, .6f, .6f, .5f, .5f, .4f, .6f}, .10f, .09f},
    [AVT_VISEME_AE] = {{.72f, .32f, 0, 0, .18f, .24f, .1f, 0}, {1, .6f, .6f, .6f, .5f, .5f, .4f, .6f}, .10f, .09f},
    [AVT_VISEME_AH] = {{.62f, .10f, 0, 0, .10f, .16f, .10f, 0}, {1, .4f, .5f, .5f, .4f, .4f, .3f, .6f}, .09f, .08f},
    [AVT_VISEME_UH] = {{.42f, .10f, 0, 0, .08f, .12f, .15f, 0}, {.8f, .3f, .35f, .35f, .3f, .3f, .3f, .6f}, .08f, .07f},
    [AVT_VISEME_E] = {{.46f, .50f, 0, 0, .14f, .20f, .2f, 0}, {1, .7f, .6f, .6f, .5f, .5f, .4f, .6f}, .09f, .08f},
    [AVT_VISEME_I] = {{.15f, .88f, 0, 0, .14f, .20f, .5f, 0}, {1, .9f, .7f, .7f, .5f, .5f, .5f, .6f}, .09f, .09f},
    [AVT_VISEME_O] = {{.48f, 0, .62f, .40f, .03f, .06f, .1f, 0}, {1, 1.2f, 1.3f, 1, .5f, .5f, .4f, .6f}, .11f, .10f},
    [AVT_VISEME_U] = {{.13f, 0, .95f, .30f, 0, .02f, .2f, 0}, {1, 1.5f, 1.6f, 1.2f, .6f, .6f, .4f, .6f}, .12f, .11f},
    [AVT_VISEME_W] = {{.08f, 0, 1.f, .20f, 0, 0, .2f, 0}, {1, 1.5f, 1.7f, 1.2f, .6f, .6f, .4f, .6f}, .12f, .09f},
    [AVT_VISEME_NONE] = {{.12f, 0, 0, 0, 0, 0, 0, 0}, {.05f, 0, 0, 0, 0, 0, 0, .1f}, .04f, .04f},
};
#undef J

const struct avt_viseme_shape *avt_viseme_shape(enum avt_viseme viseme)
{
    avt_assert(viseme >= 0 && viseme < AVT_VISEME_COUNT);
    return &shapes[viseme];
}

/* Symbols of each viseme, UTF-8, separated by spaces. Vowels and consonants of the languages that
 * the speech engines know; docs/lipsync.md has the table with sources. */
static const struct {
    enum avt_viseme viseme;
    const char *symbols;
} table[] = {
    {AVT_VISEME_PP, "p b m ɓ ɱ"},
    {AVT_VISEME_FF, "f v ɸ β ʋ"},
    {AVT_VISEME_TH, "θ ð"},
    {AVT_VISEME_DD, "t d ɾ ʈ ɖ T"},
    {AVT_VISEME_KK, "k g ɡ q c ɟ ŋ ɢ x ɣ χ ɰ"},
    {AVT_VISEME_CH, "ʃ ʒ ɕ ʑ ʂ ʐ ʧ ʤ ʨ ʥ ç"},
    {AVT_VISEME_SS, "s z ʦ ʣ"},
    {AVT_VISEME_NN, "n ɲ ɳ ɴ l ɫ ʎ ɭ ɬ"},
    {AVT_VISEME_RR, "ɹ r ʁ ɻ ɽ ɚ ɝ ɜ ʀ"},
    {AVT_VISEME_AA, "a ɑ ɒ"},
    {AVT_VISEME_AE, "æ"},
    {AVT_VISEME_AH, "ʌ ɐ"},
    {AVT_VISEME_UH, "ə ɘ ɵ ᵊ ɤ"},
    {AVT_VISEME_E, "e ɛ ø œ"},
    {AVT_VISEME_I, "i ɪ ɨ j ᵻ ʝ"},
    {AVT_VISEME_O, "o ɔ"},
    {AVT_VISEME_U, "u ʊ ɯ y ʏ ʉ"},
    {AVT_VISEME_W, "w ɥ ʍ"},
    {AVT_VISEME_NONE, "h ħ ɦ ʔ ʕ"},
};

static enum avt_viseme symbol_viseme(const char *symbol, size_t size)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        for (const char *p = table[i].symbols; *p;) {
            size_t length = strcspn(p, " ");
            if (length == size && memcmp(p, symbol, size) == 0)
                return table[i].viseme;
            p += length + (p[length] == ' ');
        }
    }
    return AVT_VISEME_UH;
}

/* Stress, length, tie bars, and combining marks say nothing about the mouth. */
static int is_mark(uint32_t cp)
{
    return cp == 0x2C8 || cp == 0x2CC || cp == 0x2D0 || cp == 0x2D1 || cp == ' ' || cp == '^' ||
           (cp >= 0x300 && cp <= 0x36F) || (cp >= 0x2B0 && cp <= 0x2B8 && cp != 0x2B7);
}

size_t avt_visemes_of(const char *ipa, enum avt_viseme ret_visemes[2])
{
    size_t count = 0, size = strlen(ipa);
    for (size_t i = 0; i < size && count < 2;) {
        uint32_t cp = 0;
        size_t length = avt_utf8_decode(ipa + i, size - i, &cp);
        if (length == 0)
            break;
        if (!is_mark(cp))
            ret_visemes[count++] = symbol_viseme(ipa + i, length);
        i += length;
    }
    if (count == 0) {
        ret_visemes[0] = AVT_VISEME_SIL;
        return 1;
    }
    /* Affricates are one gesture of the lips: that of their second half. */
    if (count == 2 && ret_visemes[0] == AVT_VISEME_DD) {
        ret_visemes[0] = ret_visemes[1];
        count = 1;
    }
    if (count == 2 && ret_visemes[0] == ret_visemes[1])
        count = 1;
    return count;
}
