/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Progress on standard error. On a terminal one live line, redrawn in place and cleared at the end;
 * elsewhere plain lines: one per stage change and at most one per tenth of the way. Messages of the
 * library go through here too, so that they never break the live line.
 *
 * Threads: all functions may be called from any thread.
 */
#include <avatar/avatar.h>
#include <stdbool.h>

#include "base/cleanup.h"

struct avt_progress_line;

/** @param shown  False with --quiet: nothing but messages. */
struct avt_progress_line *avt_progress_line_new(bool shown);
/** avt_progress_fn's work. */
void avt_progress_line_stage(struct avt_progress_line *line, const struct avt_progress *progress);
/** `what` names the work ("encode"); fraction < 0: not known. `detail` may be "". */
void avt_progress_line_step(struct avt_progress_line *line, const char *what, double fraction,
                            const char *detail);
/** A line of text, with control characters made visible, above the live line. */
void avt_progress_line_message(struct avt_progress_line *line, const char *prefix,
                               const char *text);
/** Removes the live line. */
void avt_progress_line_clear(struct avt_progress_line *line);
void avt_progress_line_free(struct avt_progress_line *line);
AVT_DEFINE_FREEP(struct avt_progress_line, avt_progress_line_free)
