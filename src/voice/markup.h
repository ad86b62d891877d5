/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Markup in a text to speak, in either of two notations (docs/speech.md): signs in square brackets
 * ([pause:500ms], [voice:am_michael]...[/voice], [word](/ipa/)), or a subset of SSML 1.1. Both become
 * the plain text, which captions show and offsets count, and a list of spans over it that says who
 * speaks and how. Words that are read otherwise than written are overrides.
 *
 * markup.c holds what both notations share and the brackets, ssml.c the XML, a strict parser of our
 * own without DTD, external entities or namespaces.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

enum avt_markup_kind {
    AVT_MARKUP_AUTO, /* brackets, or SSML if the text begins with <speak> */
    AVT_MARKUP_SSML,
    AVT_MARKUP_NONE, /* every character is to be spoken */
};

enum {
    AVT_MARKUP_SPANS_MAX = 20000,
    AVT_MARKUP_DEPTH_MAX = 32,    /* elements inside each other */
    AVT_MARKUP_VALUE_MAX = 2000,  /* bytes of an attribute or of a bracket's content */
    AVT_MARKUP_PAUSE_MAX_MS = 60000,
    AVT_MARKUP_PIECE_BYTES = 4000, /* a longer span is parted at its paragraphs */
};

/* How a part of the text is spoken. Strings live as long as the markup. */
struct avt_style {
    const char *voice;    /* NULL: as the request says */
    const char *language; /* NULL: the voice's */
    double rate;          /* 1: as the request says */
    double pitch_st;      /* semitones */
    double range;         /* of the melody; 1: as it is */
    double volume_db;
    size_t named_at; /* where in the source the voice or the language is named, for messages */
};

/** Spans follow each other and cover the plain text; some are empty, for their pause. */
struct avt_span {
    size_t start, end;  /* bytes of the plain text */
    int pause_ms;       /* silence before it; -1: what the text makes */
    struct avt_style style;
};

enum avt_override_kind {
    AVT_OVERRIDE_IPA,        /* value: IPA */
    AVT_OVERRIDE_ALIAS,      /* value: what is read instead */
    AVT_OVERRIDE_CARDINAL,   /* the text is a whole number */
    AVT_OVERRIDE_ORDINAL,
    AVT_OVERRIDE_CHARACTERS, /* letter by letter */
};
struct avt_override {
    size_t start, end; /* bytes of the plain text, never empty, in order, never overlapping */
    size_t source;
    enum avt_override_kind kind;
    char *value; /* NULL where the kind has none; owned */
};

struct avt_markup {
    char *text; /* plain; owned */
    struct avt_span *spans;
    size_t span_count, span_capacity;
    struct avt_override *overrides;
    size_t override_count, override_capacity;
    char **strings; /* that styles point to */
    size_t string_count;
};

/** @param source  Valid UTF-8.
 *  @return AVT_OK, AVT_ETEXT (message with line and column), AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_markup_parse(const char *source, size_t size,
                                           enum avt_markup_kind kind,
                                           struct avt_markup **ret_markup,
                                           struct avt_error *reterr);
void avt_markup_free(struct avt_markup *markup);
AVT_DEFINE_FREEP(struct avt_markup, avt_markup_free)

/** Line and column, from 1, columns in characters, of a byte of `source`. */
void avt_markup_place(const char *source, size_t at, size_t *ret_line, size_t *ret_column);
