/* SPDX-License-Identifier: Apache-2.0 */
/* Made by tools/make_vocab.py from the model's symbol table; not to be edited. */
#include "voice/kokoro_vocab.h"

#include <stddef.h>

static const struct {
    uint32_t codepoint;
    int id;
} SYMBOLS[] = {
    /* in the order of code points */
    {0x0020, 16}, {0x0021, 5}, {0x0022, 11}, {0x0028, 12}, {0x0029, 13}, {0x002c, 3},
    {0x002e, 4}, {0x003a, 2}, {0x003b, 1}, {0x003f, 6}, {0x0041, 24}, {0x0049, 25},
    {0x004f, 31}, {0x0051, 33}, {0x0053, 35}, {0x0054, 36}, {0x0057, 39}, {0x0059, 41},
    {0x0061, 43}, {0x0062, 44}, {0x0063, 45}, {0x0064, 46}, {0x0065, 47}, {0x0066, 48},
    {0x0068, 50}, {0x0069, 51}, {0x006a, 52}, {0x006b, 53}, {0x006c, 54}, {0x006d, 55},
    {0x006e, 56}, {0x006f, 57}, {0x0070, 58}, {0x0071, 59}, {0x0072, 60}, {0x0073, 61},
    {0x0074, 62}, {0x0075, 63}, {0x0076, 64}, {0x0077, 65}, {0x0078, 66}, {0x0079, 67},
    {0x007a, 68}, {0x00e6, 72}, {0x00e7, 78}, {0x00f0, 81}, {0x00f8, 116}, {0x014b, 112},
    {0x0153, 120}, {0x0250, 70}, {0x0251, 69}, {0x0252, 71}, {0x0254, 76}, {0x0255, 77},
    {0x0256, 80}, {0x0259, 83}, {0x025a, 85}, {0x025b, 86}, {0x025c, 87}, {0x025f, 90},
    {0x0261, 92}, {0x0263, 139}, {0x0264, 140}, {0x0265, 99}, {0x0268, 101}, {0x026a, 102},
    {0x026f, 110}, {0x0270, 111}, {0x0272, 114}, {0x0273, 113}, {0x0274, 115}, {0x0278, 118},
    {0x0279, 123}, {0x027b, 126}, {0x027d, 129}, {0x027e, 125}, {0x0281, 128}, {0x0282, 130},
    {0x0283, 131}, {0x0288, 132}, {0x028a, 135}, {0x028b, 136}, {0x028c, 138}, {0x028e, 143},
    {0x0292, 147}, {0x0294, 148}, {0x029d, 103}, {0x02a3, 18}, {0x02a4, 82}, {0x02a5, 19},
    {0x02a6, 20}, {0x02a7, 133}, {0x02a8, 21}, {0x02b0, 162}, {0x02b2, 164}, {0x02c8, 156},
    {0x02cc, 157}, {0x02d0, 158}, {0x0303, 17}, {0x03b2, 75}, {0x03b8, 119}, {0x03c7, 142},
    {0x1d4a, 42}, {0x1d5d, 22}, {0x1d7b, 177}, {0x2014, 9}, {0x201c, 14}, {0x201d, 15},
    {0x2026, 10}, {0x2192, 171}, {0x2193, 169}, {0x2197, 172}, {0x2198, 173}, {0xab67, 23},
};

int avt_kokoro_symbol_id(uint32_t codepoint)
{
    size_t low = 0, high = sizeof(SYMBOLS) / sizeof(SYMBOLS[0]);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (SYMBOLS[middle].codepoint < codepoint)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < sizeof(SYMBOLS) / sizeof(SYMBOLS[0]) && SYMBOLS[low].codepoint == codepoint)
        return SYMBOLS[low].id;
    return -1;
}
