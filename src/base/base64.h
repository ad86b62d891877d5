/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Base64 (RFC 4648, section 4), with padding. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Characters of `size` bytes, with the NUL. */
#define AVT_BASE64_SIZE(size) (((size) + 2) / 3 * 4 + 1)

/** @param ret_text  [AVT_BASE64_SIZE(size)] */
void avt_base64_encode(const uint8_t *data, size_t size, char *ret_text);
/** Whole text, padding may be left out. False for anything else, and for more than `size_max`
 * bytes. */
bool avt_base64_decode(const char *text, uint8_t *ret_data, size_t size_max, size_t *ret_size);
