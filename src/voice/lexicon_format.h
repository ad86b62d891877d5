/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Numbers of the file format in lexicon.h, shared by its reader and its compiler. */
#define LEX_MAGIC "AVTLEX1\n"

enum {
    LEX_HEADER_BYTES = 24,
    LEX_SLOT_BYTES = 8,
    LEX_SLOTS_MAX = 1 << 21,
    LEX_PROBES_MAX = 1024, /* a look-up never tries more; the compiler makes sure none needs to */
    LEX_VALUE_MARK = 0x40,
    LEX_VALUE_SILVER = 0x20,
    LEX_VALUE_VARIANTS = 0x1f, /* mask of their number */
};
