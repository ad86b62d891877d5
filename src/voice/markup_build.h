/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the two notations of markup build with; private to markup*.c and ssml*.c. */
#include "voice/markup.h"

struct avt_markup_builder {
    const char *source;
    size_t size;
    struct avt_markup *markup;
    struct avt_buf text;
    struct avt_style style; /* of what is appended next */
    int pause_ms;           /* before it */
    struct avt_error *reterr;
};

void avt_markup_begin(struct avt_markup_builder *builder, const char *source, size_t size,
                      struct avt_error *reterr);
/** What was built; the builder is empty after. */
enum avt_code avt_markup_finish(struct avt_markup_builder *builder, struct avt_markup **ret_markup);
void avt_markup_builder_done(struct avt_markup_builder *builder);

/** Append plain text in the present style. */
enum avt_code avt_markup_text(struct avt_markup_builder *builder, const char *text, size_t size);
/** A pause before what comes next; the longest of several wins. */
void avt_markup_pause(struct avt_markup_builder *builder, int pause_ms);
/** Override the text from byte `start` of the plain text on; nothing if that is empty. `value` is
 *  copied, may be NULL. */
enum avt_code avt_markup_override(struct avt_markup_builder *builder, size_t start, size_t source,
                                  enum avt_override_kind kind, const char *value);
/** A copy that lives as long as the markup. */
const char *avt_markup_string(struct avt_markup_builder *builder, const char *text, size_t size);

/** "line 3, column 7: " and the message; returns AVT_ETEXT. */
enum avt_code avt_markup_fail(const struct avt_markup_builder *builder, size_t at,
                              const char *format, ...) __attribute__((format(printf, 3, 4)));

/** "500ms", "1.5s". False if it is neither or out of range. */
bool avt_markup_time(const char *text, int *ret_ms);
/** "0.9", "90%", and with `words` "slow", "x-fast". */
bool avt_markup_rate(const char *text, bool words, double *ret_rate);
/** "+2st", "-1.5st", "+10%", "low"; semitones within +-12. */
bool avt_markup_pitch(const char *text, bool words, double *ret_semitones);

enum avt_code avt_ssml_parse(struct avt_markup_builder *builder);
