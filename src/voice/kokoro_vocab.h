/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The alphabet of Kokoro-82M v1.0: 114 symbols, mostly IPA (tools/make_vocab.py). */
#include <stdint.h>

/** The model's number for a symbol, -1 if it has none. 0 is the pad that opens and closes a run. */
int avt_kokoro_symbol_id(uint32_t codepoint);
