/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Colours that people write. */
#include <stdbool.h>
#include <stdint.h>

/** "#rrggbb", "#rgb", or a name: the sixteen of CSS 1, with grey, orange, cyan and magenta; any case. To red, green,
 *  blue. False, with ret_rgb as it was, for anything else. */
bool avt_colour_parse(const char *text, uint8_t ret_rgb[3]);
/** The names, one after the other with commas between. */
const char *avt_colour_names(void);
