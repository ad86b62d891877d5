/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What weights an engine needs that users bring: its files, and what each of them takes and gives. The list stands in
 * models/manifest.json under "engines", where tools/export reads it too:
 *
 *   {"engine": "wav2lip", "stage": "lipsync", "title": "Wav2Lip", "licence": "…", "commercial": false, "source": "…",
 *    "files": [{"file": "wav2lip.onnx", "required": true,
 *               "inputs": [{"name": "mel", "type": "float", "shape": [-1, 1, 80, 16]}], "outputs": […]}]}
 *
 * type: "float" (float32 or float16), "float32", "int64", "int" (of 32 or 64 bits) or "any"; in a shape -1 is any
 * length. A name that ends in '*' stands for all that begin so, one at least, and may be without a shape; "optional":
 * true may be missing; "try": [1, 1, 24000] is the shape that it is tried with, where any length will do but 1; "fill":
 * 20 is the value of all its numbers then, where zeros do not do. A file without "inputs" is no network (a tokenizer).
 *
 * Threads: immutable once loaded.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "nn/session.h"
#include "os/thread.h"

enum {
    AVT_WEIGHTS_ENGINES_MAX = 16,
    AVT_WEIGHTS_FILES_MAX = 16,
    AVT_WEIGHTS_TENSORS_MAX = AVT_SESSION_IO_MAX,
    AVT_WEIGHTS_OPSET_MIN = 9,
    AVT_WEIGHTS_FILL_MAX = 1000,
};

struct avt_weights_tensor {
    const char *name;
    const char *type;
    int rank; /* -1: any */
    int64_t shape[AVT_TENSOR_RANK_MAX];
    bool is_optional;
    int64_t trial[AVT_TENSOR_RANK_MAX]; /* sides where the shape has -1 */
    int fill; /* 0..AVT_WEIGHTS_FILL_MAX */
};
struct avt_weights_file {
    const char *name;
    bool is_required;
    bool is_network;
    struct avt_weights_tensor inputs[AVT_WEIGHTS_TENSORS_MAX], outputs[AVT_WEIGHTS_TENSORS_MAX];
    size_t input_count, output_count;
};
struct avt_weights {
    const char *engine; /* "wav2lip" */
    const char *stage;  /* "lipsync", "tts", "enhance" */
    const char *title;
    const char *licence; /* of the published weights, a sentence */
    bool is_commercial;  /* it may be used for anything; else the user must say that he may */
    const char *source;  /* where they come from, a sentence */
    struct avt_weights_file *files; /* [file_count] */
    size_t file_count;
};

struct avt_weights_list {
    struct avt_weights items[AVT_WEIGHTS_ENGINES_MAX];
    size_t count;
    void *json; /* owns all text */
};
/** Of the program's own list. @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD. Owned. */
AVT_CHECKED enum avt_code avt_weights_load(struct avt_weights_list **ret_list, struct avt_error *reterr);
/** The same of a manifest in memory. @return AVT_OK, AVT_EMODELBAD (which entry). */
AVT_CHECKED enum avt_code avt_weights_parse(const char *text, size_t size, struct avt_weights_list **ret_list,
                                            struct avt_error *reterr);
void avt_weights_free(struct avt_weights_list *list);
AVT_DEFINE_FREEP(struct avt_weights_list, avt_weights_free)
/** NULL: there is none of that name. */
const struct avt_weights *avt_weights_find(const struct avt_weights_list *list, const char *engine);
/** Whose files lie in `folder`: of those engines that have a required file there the one that lacks the fewest. NULL:
 *  nobody's. */
const struct avt_weights *avt_weights_recognise(const struct avt_weights_list *list, const char *folder);

/** A file as it was found. */
struct avt_weights_print {
    const char *name; /* borrowed of the weights, or of what lies beside: see below */
    char sha256[AVT_SHA256_HEX_SIZE];
    long long size;
};
struct avt_weights_prints {
    struct avt_weights_print items[2 * AVT_WEIGHTS_FILES_MAX];
    char beside[AVT_WEIGHTS_FILES_MAX][128]; /* names of files with the tensors of large networks */
    size_t count;
    const char *precision; /* of most weights: "float32", "float16" or "int8" */
};

struct avt_weights_check {
    const struct avt_cancel *cancel; /* or NULL */
    /** `stage`: "look", "hash", "try"; fraction 0..1 of all. */
    void (*progress)(const char *file, const char *stage, double fraction, void *user);
    void *user;
};
/** Is all in `folder` that `weights` names, and is it what it should be? Each network is looked at (names, types,
 *  shapes, version of its operators), then run once on zeros; each file gets its SHA-256.
 *  @param ret_prints  Zero it first.
 *  @return AVT_OK, AVT_EMODEL (a file is missing: which, and where it comes from), AVT_EMODELBAD (damaged, or not what
 *          the engine takes: what is wrong), AVT_ECANCELLED, AVT_ENOMEM, AVT_EIO. */
AVT_CHECKED enum avt_code avt_weights_examine(const struct avt_weights *weights, const char *folder,
                                              const struct avt_weights_check *check,
                                              struct avt_weights_prints *ret_prints, struct avt_error *reterr);
