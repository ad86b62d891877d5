/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Takes little-endian values off the front of a file's bytes. What is taken after the end, or is not what it
 * may be, sets `bad` and gives 0: a parser looks once, at the end. Threads: one cursor, one thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct avt_cursor {
    const uint8_t *at; /* borrowed */
    size_t left;
    bool bad;
};

/** The next `size` bytes; NULL once there are fewer. */
const uint8_t *avt_cursor_take(struct avt_cursor *cursor, size_t size);
/** An unsigned number of 1 to 4 bytes. */
uint32_t avt_cursor_number(struct avt_cursor *cursor, size_t bytes);
/** A float whose amount is below `limit`. */
float avt_cursor_float(struct avt_cursor *cursor, float limit);
