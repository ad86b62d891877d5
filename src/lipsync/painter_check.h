/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Whether what a network gave can be a picture at all: graphics cards that run out of memory or of range give numbers
 * that are none, or the same everywhere.
 *
 * Threads: pure.
 */
#include <stdbool.h>
#include <stddef.h>

/** True if all are finite and they are not all the same. A single one, or none, is not sane. */
bool avt_painter_sane(const float *values, size_t count);
