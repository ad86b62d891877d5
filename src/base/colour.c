/* SPDX-License-Identifier: Apache-2.0 */
#include "base/colour.h"

#include <string.h>

#include "base/str.h"

#define NAMES                                                                                                          \
    "black, silver, gray, grey, white, maroon, red, purple, fuchsia, magenta, green, lime, olive, yellow, orange, "    \
    "navy, blue, teal, aqua, cyan"

/* CSS Color Module Level 4, 6.1. */
static const struct {
    const char *name;
    unsigned rgb;
} known[] = {
    {"black", 0x000000},   {"silver", 0xc0c0c0},  {"gray", 0x808080}, {"grey", 0x808080},   {"white", 0xffffff},
    {"maroon", 0x800000},  {"red", 0xff0000},     {"purple", 0x800080}, {"fuchsia", 0xff00ff},
    {"magenta", 0xff00ff}, {"green", 0x008000},   {"lime", 0x00ff00}, {"olive", 0x808000},  {"yellow", 0xffff00},
    {"orange", 0xffa500},  {"navy", 0x000080},    {"blue", 0x0000ff}, {"teal", 0x008080},   {"aqua", 0x00ffff},
    {"cyan", 0x00ffff},
};

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool parse_digits(const char *text, unsigned *ret_rgb)
{
    size_t count = strlen(text);
    unsigned rgb = 0;
    if (count != 3 && count != 6)
        return false;
    for (size_t i = 0; i < count; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            return false;
        rgb = rgb << 4 | (unsigned)digit;
        if (count == 3) /* each digit stands for two */
            rgb = rgb << 4 | (unsigned)digit;
    }
    *ret_rgb = rgb;
    return true;
}

bool avt_colour_parse(const char *text, uint8_t ret_rgb[3])
{
    unsigned rgb = 0;
    bool found = text[0] == '#' && parse_digits(text + 1, &rgb);
    for (size_t i = 0; !found && i < sizeof(known) / sizeof(*known); i++) {
        found = avt_str_casecmp(text, known[i].name) == 0;
        rgb = known[i].rgb;
    }
    for (int c = 0; found && c < 3; c++)
        ret_rgb[c] = (uint8_t)(rgb >> (16 - 8 * c));
    return found;
}

const char *avt_colour_names(void)
{
    return NAMES;
}
