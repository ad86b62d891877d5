/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Kept in release builds. For our own mistakes only: bad input is never an assertion. */
_Noreturn void avt_assert_failed(const char *file, int line, const char *expression);

#define avt_assert(expr) ((expr) ? (void)0 : avt_assert_failed(__FILE__, __LINE__, #expr))
