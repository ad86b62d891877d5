/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which outputs of a graph are an input with some of its rows replaced, where nothing else reads that input. Private to
 * nn; bound.h says what for. */
#include "nn/bound.h"

bool avt_updates_has(const struct avt_updates *updates, const char *output, const char *input);
/** The same from a model's bytes. */
struct avt_updates *avt_updates_parse(const void *data, size_t size);
